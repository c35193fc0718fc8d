"""From a plan to the text of a kernel: the only room that knows the template engine.

    render      a plan printed: a Kernel
    functions   a program's functions as text, and those of a chain's layers
    context     the names that templates may use, as typed views
    dialect     where C and OpenCL C differ
    sizes       the macros of a header: extents of the layer, bytes of its arrays
    texts       the template engine, and what more than one template needs
    sources     the sources that decide what is printed, and their digest

Imports: version, errors, garbage, layer, machine, plan, algorithms, planner.
"""
