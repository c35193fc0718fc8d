"""What is asked for: a convolution and its arrays, whatever computes it.

    spec        ConvSpec, one convolution: what follows from its fields
    fields      these: shapes, layouts, options, those left out and what is wrong with them
    extents     one axis: what words for pads mean, how many outputs there are
    descriptions  what each field of it says
    element     the types of elements, a row each
    causal      what a layer must be that reads no later input
    stream      layers that are called block by block
    array       what a kernel takes and gives
    chain       Chain: layers that follow each other, as one
    outline     what a chain is from outside
    call        what the functions of a kernel in C take, in order
    quantisation  what the integers of a quantised layer stand for
    rounding    how a sum of integers becomes an output: the rules
    magnitudes  the largest that a layer will meet
    activation  what is done to each output, a row each
    activation_code  the same in C, on vectors
    network     the distinct layers of a model, and where it uses them
    steps       a whole network: values, and the steps that make one of others
    terms       what a nest computes, as an expression
    building    the steps as an importer makes them
    ends        where a network ends that is not all of its model
    fuse        the same network in fewer steps
    tried       divisions of 8 bits that are products, by trying all numbers there are
    functions   what these do to numbers, a row each
    routines    those that are no expressions, in C
    descriptor  the extents of a layer in a line, as oneDNN has it
    formats     specs as descriptors, TOML, JSON and names
    names       C identifiers, and text that is safe to show
    reserved    names that others have: keywords, functions and headers of C's library
    outside     what comes from files that anybody may have written

Imports: errors.
"""
