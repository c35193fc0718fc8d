"""Is a kernel right? The modes of verify, and what they compare with.

    oracle      the convolution in NumPy, simple enough to be seen to be right; it knows the spec alone
    filtering   the same through Winograd's transforms, for data on which those do not round
    networks    what a whole network computes, step by step
    along       how the error of a network grows along it
    spectra     how far products of Fourier transforms may stray
    sampled     what of a layer is compared: of a large one, boxes of outputs
    golden      small data with known results, for tests in C
    draws       data of layers of floats
    compare     what a kernel makes of data, and its comparison with what that must be
    readers     which outputs read which inputs
    apart       tasks of a phase, which write no output twice
    checks      what right kernels of layers do
    extremes    data at the end of a kernel's range of magnitudes
    exactness   data of layers that sum integers
    streams     what right kernels of streams do
    timed       a kernel on data, for who measures it
    whole       what right kernels of these do, and their largest sums
    joined      the arrays of a chain, those of its layers, and what the oracle makes of them
    chains      what right kernels of chains do
    gradients   what right kernels of gradients of weights do
    algebra/    the mode that proves a kernel's file from its text; it knows no plan and no algorithm
    SOUNDNESS   what that proves, and what it trusts: a page
    DEFECTS     bugs of other systems, and what happens here: a page
    guard       the mode that finds accesses outside the caller's arrays
    report      verify: all modes, in a process that a kernel may take down
    spread      how far from its bound a kernel stays on random data: errors counted by their size

Imports: errors, isolate, notebook, layer, machine, plan, algorithms, emit, run.
"""
