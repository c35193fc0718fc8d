"""A kernel among unmapped pages: a stray read or write crashes, or shows.

Each array has an allocation of its own, [unmapped page | pages | unmapped page], and lies at the
end of the pages, at their start, or off every alignment that the C interface does not ask for. What
a kernel only reads is read-only. All other bytes are 0xFF before the run, NaN as f32: bytes written
beside an array, an output that is not written, and a result that depends on what the workspace held
before, all show. POSIX systems only.
"""

from __future__ import annotations

import ctypes
import math
import mmap
from typing import TYPE_CHECKING

import cffi
import numpy as np

from . import isolate, native
from .checks import F32, Arrays, Outcome, Wrong, expect_bits, normals, run
from .native import ALIGN

if TYPE_CHECKING:
    from .opencl import AnyConv as Conv

PLACES = ("before an unmapped page", "after an unmapped page", "unaligned")
FILL = 0xFF
PROT_NONE = 0


class Fence:
    """`size` bytes at one of PLACES, at `address`, a multiple of `align`; `bytes` is a view of them."""

    def __init__(self, size: int, align: int, place: str) -> None:
        page = mmap.PAGESIZE
        self._room = -(-(size + align) // page) * page
        memory = mmap.mmap(-1, self._room + 2 * page, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._pages = ctypes.addressof(ctypes.c_char.from_buffer(memory)) + page
        _protect(self._pages - page, page, PROT_NONE)
        _protect(self._pages + self._room, page, PROT_NONE)
        pages = np.frombuffer(memory, np.uint8, self._room, offset=page)
        pages[:] = FILL
        start = {PLACES[0]: (self._room - size) // align * align, PLACES[1]: 0, PLACES[2]: align}[place]
        self.address = self._pages + start
        self.bytes = pages[start : start + size]
        self._beside = pages[:start], pages[start + size :]

    def lock(self) -> None:
        """Make the bytes read-only from here on."""
        _protect(self._pages, self._room, mmap.PROT_READ)

    def intact(self) -> bool:
        """Whether nothing was written beside the bytes."""
        return all(bool((part == FILL).all()) for part in self._beside)


def _protect(address: int, size: int, protection: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(size), protection):
        raise OSError(ctypes.get_errno(), "mprotect failed")


def guard(conv: Conv, rng: np.random.Generator) -> Outcome:
    """The mode: fenced runs give the bits of an ordinary run and write nothing else."""
    arrays = normals(conv.kernel.spec, rng)
    conv.pack(arrays.w, arrays.b)
    base = run(conv, arrays)
    for place in PLACES:
        isolate.stage(f"guard, arrays {place}")
        expect_bits(f"arrays {place}", _fenced(conv, arrays, place), base)
    return None, "arrays " + ", ".join(PLACES)


def _fenced(conv: Conv, arrays: Arrays, place: str) -> F32:
    """Pack and run through the C functions themselves, with every array fenced."""
    kernel, spec, name = conv.kernel, conv.kernel.spec, conv.kernel.name
    fences: dict[str, Fence] = {}

    def fence(what: str, size: int, align: int) -> int:
        """The address of `size` bytes; 0 for none, NULL in C."""
        if size:
            fences[what] = Fence(size, align, place)
        return fences[what].address if size else 0

    def copy(what: str, array: F32 | None) -> int:
        """The address of a read-only copy of the array; 0 for none."""
        if array is None:
            return 0
        address = fence(what, array.nbytes, array.itemsize)
        fences[what].bytes[:] = array.reshape(-1).view(np.uint8)
        fences[what].lock()
        return address

    assert isinstance(conv, native.Conv)
    ffi = cffi.FFI()
    addresses = ", ".join(["uintptr_t"] * (4 + spec.residual))
    ffi.cdef(f"void {name}_pack(uintptr_t, uintptr_t, uintptr_t); void {name}({addresses});")
    library = ffi.dlopen(str(conv.path))

    packed = fence("packed weights", kernel.packed_bytes, ALIGN)
    getattr(library, f"{name}_pack")(copy("weights", arrays.w), copy("bias", arrays.b), packed)
    fences["packed weights"].lock()
    residual = [copy("residual", arrays.r)] if spec.residual else []
    output = fence("output", spec.itemsize * math.prod(spec.output_shape), spec.itemsize)
    workspace = fence("workspace", kernel.workspace_bytes + kernel.scratch_bytes, ALIGN)
    getattr(library, name)(copy("input", arrays.x), packed, *residual, output, workspace)
    for what, made in fences.items():
        if not made.intact():
            raise Wrong(f"arrays {place}: bytes beside the {what} were written")
    return fences["output"].bytes.copy().view(np.float32).reshape(spec.output_shape)
