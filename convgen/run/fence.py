"""Memory among unmapped pages: what touches it beside an array crashes, or shows. POSIX systems only."""

from __future__ import annotations

import ctypes
import mmap

import numpy as np
from numpy.typing import NDArray

PLACES = ("before an unmapped page", "after an unmapped page", "unaligned")
FILL = 0xFF  # NaN, in every type of floats
PROT_NONE = 0


class Fence:
    """`size` bytes at one of PLACES, at `address`, a multiple of `align`; `bytes` is a view of them, `pages` of all
    that lies between the unmapped pages. All are FILL at first."""

    def __init__(self, size: int, align: int, place: str) -> None:
        page = mmap.PAGESIZE
        room = -(-(size + align) // page) * page
        memory = mmap.mmap(-1, room + 2 * page, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._first = ctypes.addressof(ctypes.c_char.from_buffer(memory)) + page
        _protect(self._first - page, page, PROT_NONE)
        _protect(self._first + room, page, PROT_NONE)
        self.pages = np.frombuffer(memory, np.uint8, room, offset=page)
        self.pages[:] = FILL
        self.start = {PLACES[0]: (room - size) // align * align, PLACES[1]: 0, PLACES[2]: align}[place]
        self.address = self._first + self.start
        self.bytes = self.pages[self.start : self.start + size]
        self._beside = self.pages[: self.start], self.pages[self.start + size :]
        self._kept: NDArray[np.uint8] | None = None

    def keep(self, lock: bool) -> None:
        """From here on nothing may change the bytes; `lock` makes them read-only."""
        self._kept = self.bytes.copy()
        if lock:
            _protect(self._first, self.pages.size, mmap.PROT_READ)

    def intact(self) -> bool:
        """Whether nothing was written beside the bytes."""
        return all(bool((part == FILL).all()) for part in self._beside)

    def kept(self) -> bool:
        """Whether bytes that nothing may change are what they were."""
        return self._kept is None or np.array_equal(self.bytes, self._kept)


def _protect(address: int, size: int, protection: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(size), protection):
        raise OSError(ctypes.get_errno(), "mprotect failed")
