"""A whole network as one function in C.

    outputs     each output as an array of its own
    chains      convolutions that follow each other, in one kernel
    pools       which nests chains may end with
    orders      in which order the axes of each value lie in memory
    slices      what is joined, made in its place
    places      where a nest reads and writes, as sums of its loops' variables
    numbers     what a nest does to numbers, as statements in C
    nests       a nest as a function in C
    memory      where each value lies in the one array that all share, and when
    passes      all of these on a model, in turn
    program     the steps as calls: what run.c.j2 prints
    printed     the texts of a package's network
    expected    what its self-test compares with
    report      what each step takes
    library     the same network built into the cache, and loaded
"""
