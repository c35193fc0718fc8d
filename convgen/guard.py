"""A kernel among unmapped pages: a stray read or write crashes, or shows.

Each array has an allocation of its own, [unmapped page | pages | unmapped page], and lies at the
end of the pages, at their start, or off every alignment that the C interface does not ask for. What
a kernel only reads is read-only. All other bytes are 0xFF before the run, NaN as f32: bytes written
beside an array, an output that is not written, and a result that depends on what the workspace held
before, all show. POSIX systems only.
"""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import numpy as np

from . import isolate
from .checks import F32, Arrays, Outcome, Wrong, expect_bits, normals, run
from .native import ALIGN, Conv

PLACES = ("before an unmapped page", "after an unmapped page", "unaligned")
FILL = 0xFF
PROT_NONE = 0


class Fence:
    """`size` bytes at one of PLACES, at a multiple of `align`; `bytes` is a view of them."""

    def __init__(self, size: int, align: int, place: str) -> None:
        page = mmap.PAGESIZE
        self._room = -(-(size + align) // page) * page
        memory = mmap.mmap(-1, self._room + 2 * page, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(memory)) + page
        _protect(self._address - page, page, PROT_NONE)
        _protect(self._address + self._room, page, PROT_NONE)
        pages = np.frombuffer(memory, np.uint8, self._room, offset=page)
        pages[:] = FILL
        start = {PLACES[0]: (self._room - size) // align * align, PLACES[1]: 0, PLACES[2]: align}[place]
        self.bytes = pages[start : start + size]
        self._beside = pages[:start], pages[start + size :]

    def lock(self) -> None:
        """Make the bytes read-only from here on."""
        _protect(self._address, self._room, mmap.PROT_READ)

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
    """Pack and run with every array fenced."""
    fences: list[tuple[str, Fence]] = []

    def fence(what: str, size: int, align: int) -> Fence:
        fences.append((what, Fence(size, align, place)))
        return fences[-1][1]

    def locked(what: str, array: F32 | None) -> F32 | None:
        if array is None:
            return None
        made = fence(what, array.nbytes, array.itemsize)
        made.bytes[:] = array.reshape(-1).view(np.uint8)
        made.lock()
        return made.bytes.view(np.float32).reshape(array.shape)

    def allocate(size: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        return fence("packed weights or workspace", size, ALIGN).bytes

    twin = Conv(conv.kernel, conv.path, allocate)
    twin.pack(locked("weights", arrays.w), locked("bias", arrays.b))
    fences[-1][1].lock()  # the packed weights
    out = fence("output", conv.kernel.spec.itemsize * int(np.prod(conv.kernel.spec.output_shape)), 4)
    y = out.bytes.view(np.float32).reshape(conv.kernel.spec.output_shape)
    twin(locked("input", arrays.x), locked("residual", arrays.r), out=y)
    for what, made in fences:
        if not made.intact():
            raise Wrong(f"arrays {place}: bytes beside the {what} were written")
    return y.copy()
