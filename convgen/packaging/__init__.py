"""Kernels as files of other people's projects.

    output      one kernel's files and its manifest; written all or none, and found again
    undo        steps of writing that are undone where a later one fails
    bundle      what a library of layers consists of
    files       its texts: header, dispatcher, build files
    selftest    its self-test in C
    selfchain   the part of that which tests chains
    embed       packed weights as C arrays
    blob        or as a file beside the library
    weighted    a kernel with its weights inside
    network/    a whole network as one function

Imports: version, errors, isolate, layer, machine, plan, algorithms, planner, emit, run, verification.
"""
