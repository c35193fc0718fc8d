"""Decisions about one kernel, and what follows from them; no code.

    plan        Plan: algorithm, loop order, tile sizes, the algorithm's own choices
    choices     what algorithms decide for themselves
    written     a plan as files hold it
    tiling      how tiles cut the outputs and where they meet the padding
    work        what a plan makes a machine do, free of any machine
    sizes       the bytes of code, weights and memory that a plan takes
    bound       the error bound of a plan
    proof       that no sum of integers leaves its type
    program     what an algorithm returns, to be printed: functions, phases, trees of control flow
    kernel      Kernel: its texts, and what a caller must know of them

Imports: errors, notebook, layer, machine.
"""
