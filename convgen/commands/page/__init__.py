"""A layer or a network as a page to look at: all data gathered here, as typed structs; templates/page only prints it.

    chart       marks in a box that holds all its labels: what every picture of a page consists of
    drawing     the layer drawn: input, kernel, output
    plots       roofline, errors, memory, tuning history, register tile
    table       tables and bars
    assembly    instructions of the inner loop, counted in what a compiler made of it
    layer       all that a page says of one kernel
    network     what it says of many layers together
    html        the page as text
"""
