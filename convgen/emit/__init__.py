"""From a plan to the text of a kernel: the only room that knows the template engine.

    render      Kernel: its texts, and what a caller must know of them

Imports: errors, layer, machine, plan, algorithms, planner.
"""
