"""What it runs on: registers, instructions, caches; this machine and those that can be named.

    isa         what an instruction set must say of itself: lanes, registers, C for each operation
    matrix      instructions that multiply matrices
    meaning     what each operation does, in NumPy
    family      architectures, and how a program finds out what a CPU of them has
    rows/       a machine a file: its instruction sets, a row each, its CPUs' features, its named targets
    noted       rows that note which helpers their operations call
    target      Target: an instruction set with the rates and caches that the cost model asks for
    cpus        what this machine's CPU has
    calibrated  a machine as measured, in a file
    host        this machine's CPU
    devices     this machine's OpenCL devices
    find        the target that a name means

Imports: errors, isolate, layer.
"""

from . import rows

__all__ = ["rows"]  # whatever is imported from here finds the table full
