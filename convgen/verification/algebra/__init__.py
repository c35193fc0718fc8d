"""Is a kernel's file right for every input? Its text, proven over a finite field; of integers, run on a model of its
machine. See ../SOUNDNESS.md.

    contract    what must come out: the layer as data in C++, from its spec and the header of its file
    integers    the same of layers that sum integers, and the data that they run on
    activations what activations give of numbers, of which a field has no bits
    intervals   their sums for all inputs, by a run with intervals in place of numbers
    proof       build, run, and tell what refutes a file
    opencl      OpenCL files: launches, work-items, arrays of a work-group
    written     files of folders, as subjects of proofs
    include/    what a file is compiled against: numbers, arrays, vectors, instructions; and the run

Imports: errors, layer, plan, run, the oracle and its data; no algorithm, no planner, no printer: what they got wrong,
it must not repeat.
"""
