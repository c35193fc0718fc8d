"""Kernels compiled, loaded and called from Python.

    build       a kernel built and loaded, as its target says
    compilers   the C compilers here, and a cache of what they built
    text        how much machine code a kernel is
    programs    programs of others, which end with this one
    headers     the headers of a machine's instructions, read once for many kernels
    scratch     folders for files under way
    shelves     how large the cache may become
    private     folders and files that nobody but the user and root can change
    arrays      NumPy arrays as kernels take them
    batches     any number of images, by a kernel that takes a fixed one
    conv        what all of them are when loaded
    networks    a whole network as a callable
    streaming   kernels that are called block by block, and streams
    native      a kernel in C as a callable, through cffi
    emulated    the same of another machine, in a program that a runner starts
    contexts    OpenCL devices as this process has them open
    opencl      a kernel of an OpenCL device as a callable, through pyopencl
    gradients   those of gradients of weights, by each of the three
    fence       inaccessible memory behind an array

Imports: errors, isolate, layer, machine, plan, emit.
"""
