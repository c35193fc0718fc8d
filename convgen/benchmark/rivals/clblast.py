"""CLBlast on an OpenCL device: NCHW, 2-D, one group.

Its convolution, in both modes in which it takes weights; and what that is made of, im2col and a matrix product, called
one by one: the product then is another of its kernels, and may be faster. Its parameters are those it has built in.
What it lacks its user adds: bias is a kernel of its own, from here. Arrays stay on the device, and calls follow each
other in one queue, which is waited for once.
"""

from __future__ import annotations

import ctypes.util
import functools
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cffi
import numpy as np

from ...errors import ConvgenError
from ...machine import devices
from .problem import F32, Problem, Setup, fused, need

if TYPE_CHECKING:
    import pyopencl as cl  # of the extra "opencl"

CROSS, FLIPPED = 151, 152  # the latter reads the taps from the last to the first
ROWS, PLAIN = 101, 111  # row-major, not transposed

_CDEF = """
int CLBlastSconvgemm(int mode, size_t channels, size_t height, size_t width, size_t kernel_h, size_t kernel_w,
                     size_t pad_h, size_t pad_w, size_t stride_h, size_t stride_w, size_t dilation_h, size_t dilation_w,
                     size_t num_kernels, size_t batch_count, void *image, size_t image_offset, void *weights,
                     size_t weights_offset, void *result, size_t result_offset, void **queue, void **event);
int CLBlastSim2col(int mode, size_t channels, size_t height, size_t width, size_t kernel_h, size_t kernel_w,
                   size_t pad_h, size_t pad_w, size_t stride_h, size_t stride_w, size_t dilation_h, size_t dilation_w,
                   void *image, size_t image_offset, void *columns, size_t columns_offset, void **queue, void **event);
int CLBlastSgemm(int layout, int a_transpose, int b_transpose, size_t m, size_t n, size_t k, float alpha,
                 void *a, size_t a_offset, size_t a_ld, void *b, size_t b_offset, size_t b_ld, float beta,
                 void *c, size_t c_offset, size_t c_ld, void **queue, void **event);
"""

BIAS = """
__kernel void add(__global float *y, __global const float *b, uint channels) {
    y[get_global_id(1) * get_global_size(0) + get_global_id(0)] += b[get_global_id(1) % channels];
}
"""


def version() -> str:
    """Of the loaded file, where that can be seen (Linux)."""
    maps = Path("/proc/self/maps")
    found = re.search(r"libclblast\.so\.([\d.]+)$", maps.read_text() if maps.exists() else "", re.MULTILINE)
    return found[1] if found else "unknown"


def setups(problem: Problem, device: str) -> Iterator[Setup]:
    need(not problem.spec.channels_last, "channels-last layout")
    need(len(problem.axes) == 2, "3-D layers")
    need(problem.spec.g == 1, "groups")
    need(problem.before == problem.after, "padding that differs between the two sides")
    fused(problem, ("none",))
    flipped = np.ascontiguousarray(problem.w[:, :, ::-1, ::-1])
    for name, taps, make in (("convgemm, cross-correlation", problem.w, lambda run: run.convgemm(CROSS)),
                             ("convgemm, convolution", flipped, lambda run: run.convgemm(FLIPPED)),
                             ("im2col and gemm", problem.w, Invocation.products)):
        run = Invocation(problem, taps, device, make)
        yield Setup(name, run.seconds, run.output)


@functools.cache
def _opened(device: str) -> tuple[cl.Context, cl.CommandQueue, cl.Kernel]:
    """(context, queue, kernel that adds bias). They last: CLBlast keeps what it compiles by the context's address."""
    opencl = devices.opencl()
    _, handle = devices.handle(device)
    context = opencl.Context([handle])
    add = opencl.Kernel(opencl.Program(context, BIAS).build(), "add")
    return context, opencl.CommandQueue(context, handle), add


@functools.cache
def _library() -> tuple[cffi.FFI, cffi.FFI.CData]:
    ffi = cffi.FFI()
    ffi.cdef(_CDEF)
    return ffi, ffi.dlopen(ctypes.util.find_library("clblast"))


Calls = list[tuple[Callable[..., int], tuple[object, ...]]]  # functions of the library, and what they are given


class Invocation:
    """The layer on a device, and all that a call of the library is given: it must live as long."""

    def __init__(self, problem: Problem, taps: F32, device: str, make: Callable[[Invocation], Calls]) -> None:
        self._cl = devices.opencl()
        self._context, self._queue, self._add = _opened(device)
        self._ffi, self._library = _library()
        spec, (high, wide) = problem.spec, problem.axes
        self._spec = spec
        self._y = np.zeros(problem.output_shape, np.float32)
        self._x, self._w, self._result = (self._buffer(array) for array in (problem.x, taps, self._y))
        self._bias = None if problem.b is None else self._buffer(problem.b)
        self._sizes = (spec.ic, high.i, wide.i, high.k, wide.k, *problem.before, *problem.strides, *problem.dilations)
        self._pixels = high.o * wide.o
        queue = self._ffi.new("void **", self._ffi.cast("void *", self._queue.int_ptr))
        self._last = (queue, self._ffi.NULL)
        self._calls = make(self)

    def convgemm(self, mode: int) -> Calls:
        places = [part for one in (self._x, self._w, self._result) for part in (self._at(one), 0)]
        return [(self._library.CLBlastSconvgemm,
                 (mode, *self._sizes, self._spec.oc, self._spec.n, *places, *self._last))]

    def products(self) -> Calls:
        """For each image y = w·columns, where w is oc × k and the columns are k × pixels."""
        spec, pixels = self._spec, self._pixels
        k = spec.ic * spec.kh * spec.kw
        itself = self._sizes[1:] == (spec.ih, spec.iw, 1, 1, 0, 0, 1, 1, 1, 1)  # the image has the columns
        self._columns = self._x if itself else self._buffer(np.zeros(k * pixels, np.float32))
        calls: Calls = []
        for image in range(spec.n):
            start = image * spec.ic * spec.ih * spec.iw
            if not itself:
                calls.append((self._library.CLBlastSim2col, (CROSS, *self._sizes, self._at(self._x), start,
                                                            self._at(self._columns), 0, *self._last)))
            calls.append((self._library.CLBlastSgemm, (
                ROWS, PLAIN, PLAIN, spec.oc, pixels, k, 1.0, self._at(self._w), 0, k,
                self._at(self._columns), start if itself else 0, pixels, 0.0,
                self._at(self._result), image * spec.oc * pixels, pixels, *self._last)))
        return calls

    def _buffer(self, array: F32) -> cl.Buffer:
        flags = self._cl.mem_flags.READ_WRITE | self._cl.mem_flags.COPY_HOST_PTR
        return self._cl.Buffer(self._context, flags, hostbuf=array)

    def _at(self, buffer: cl.Buffer) -> cffi.FFI.CData:
        return self._ffi.cast("void *", buffer.int_ptr)

    def seconds(self, calls: int) -> float:
        grid, channels = (self._pixels, self._spec.n * self._spec.oc), np.uint32(self._spec.oc)
        self._queue.finish()
        start = time.perf_counter()
        for _ in range(calls):
            for function, arguments in self._calls:
                if status := function(*arguments):
                    raise ConvgenError(f"CLBlast failed with status {status}")
            if self._bias is not None:
                self._add(self._queue, grid, None, self._result, self._bias, channels)
        self._queue.finish()
        return time.perf_counter() - start

    def output(self) -> F32:
        self._cl.enqueue_copy(self._queue, self._y, self._result)
        return self._y
