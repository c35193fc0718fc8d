"""A whole network as one function in C.

    outputs     each output as an array of its own
    orders      in which order the axes of each value lie in memory
    slices      what is joined, made in its place
    places      where a nest reads and writes, as sums of its loops' variables
    numbers     what a nest does to numbers, as statements in C
    nests       a nest as a function in C
    memory      where each value lies in the one array that all share, and when
    program     the steps as calls: what run.c.j2 prints
    printed     the texts
    expected    what it must give, for the self-test
    report      what each step takes
"""
