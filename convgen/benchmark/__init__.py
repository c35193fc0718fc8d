"""How fast a kernel is, beside the machine's limits and beside other libraries.

    threads     a kernel's scaling, simulated from the times of its tasks
    timing      seconds a call, and what they mean: GFLOP/s, share of the limits
    peaks       the limits, measured: FMAs and copied bytes a second
    calibration  what the planner counts by, measured
    contest     kernels and libraries measured round-robin, each in a process of its own
    rivals/     the libraries, a module each
    sample      some layers of very many, that stand for all
    kept        results in a file, as they come
    data        random data of a layer's types
    pictures    bars and rooflines as SVG
    scatter     many layers under one roofline, likewise
    raster      an SVG as PNG, by a program that draws it

Imports: version, errors, isolate, layer, machine, plan, algorithms, planner, emit, run, verification.
"""
