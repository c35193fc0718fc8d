"""What it runs on: registers, instructions, caches; this machine and those that can be named.

    isa         what an instruction set must say of itself: lanes, registers, C for each operation
    rows/       the instruction sets, a row each
    noted       rows that note which helpers their operations call
    target      Target: an instruction set with the rates and caches that the cost model asks for; the named ones
    cpus        the features of a CPU, and how C asks for them
    host        this machine's CPU
    devices     this machine's OpenCL devices
    find        the target that a name means

Imports: errors, layer.
"""
