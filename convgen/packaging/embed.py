"""Weights as a kernel reads them, computed here by the kernel's own NAME_pack, and as text for C.

NAME_pack is plain C in every kernel, whatever instruction set the rest is for, and OpenCL's can be read as such: it is
built for this machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import cffi
import numpy as np
from numpy.typing import NDArray

from ..emit import render
from ..errors import UnsupportedError
from ..layer.call import packing
from ..layer.element import F32
from ..run import compilers
from ..run.arrays import check_given, empty

if TYPE_CHECKING:
    from ..plan.kernel import Kernel

ROW = 512  # bytes of data in a line of text
BLOCK = 128 * ROW  # that are made text at a time
ALIGN = 64  # bytes; MSVC takes no expression for it


class Packer:
    """NAME_pack of some kernels, as one library; MissingToolError without a compiler, UnsupportedError for kernels that
    sum in f16."""

    def __init__(self, kernels: Sequence[Kernel]) -> None:
        for kernel in kernels:
            check_sums(kernel)
        packings = [render.packing(kernel) for kernel in kernels]
        helpers = {name: text for one in packings for name, text in one.helpers.items()}
        self._ffi = cffi.FFI()
        for kernel in kernels:
            self._ffi.cdef(f"void {kernel.name}_pack({', '.join(map(str, packing(kernel.spec)))});")
        source = "\n".join(["#include <stddef.h>\n#include <stdint.h>\n", *helpers.values(),
                            *(one.source for one in packings)])
        # no product and sum may become an FMA, which rounds once: the same bytes on every machine
        path = compilers.shared("packers", source, opt="O2", extra=("-ffp-contract=off", "-lm"))
        self._library = self._ffi.dlopen(str(path))

    def __call__(self, kernel: Kernel, arrays: Mapping[str, NDArray[Any]]) -> bytes:
        """What the kernel takes as `packed`; arrays: what it takes once, by role."""
        wanted = {parameter.name: parameter.array for parameter in packing(kernel.spec)}
        for role in {**wanted, **arrays}:
            check_given(role, arrays.get(role), wanted.get(role))
        packed = empty((kernel.packed_bytes,), dtype=np.dtype(np.uint8))
        packed.fill(0)  # what lies between its parts, too: the same bytes every time
        given = {**arrays, "packed": packed}
        getattr(self._library, f"{kernel.name}_pack")(*[
            self._ffi.cast("void *", given[name].ctypes.data) if name in given else self._ffi.NULL for name in wanted])
        return packed.tobytes()


def check_sums(kernel: Kernel) -> None:
    """UnsupportedError for a kernel that sums in floats other than f32: C has no such numbers, and neither the data nor
    the bounds of a self-test are for them."""
    if kernel.bound.sums is not F32 and not kernel.bound.sums.whole:
        raise UnsupportedError(f"sums must be in f32 for a package, or weights in the code; see --max-error"
                               f" ({kernel.title}: {kernel.bound.arithmetic})")


class Stored(NamedTuple):
    """Arrays as weights.c.j2 prints them. owner: whose macro names their section; section: which that is unasked.
    storage: class of a table of their addresses."""

    owner: str
    section: str
    arrays: Mapping[str, bytes]
    storage: str = "static "

    @property
    def context(self) -> dict[str, Any]:
        """What the template needs; marks stand for the data."""
        return {"owner": self.owner, "section": self.section, "row": ROW, "align": ALIGN, "storage": self.storage,
                "arrays": [(name, len(data), _mark(name)) for name, data in self.arrays.items()]}

    def filled(self, text: str) -> str:
        """The text that the template has printed, with the data."""
        return filled(text, {_mark(name): data for name, data in self.arrays.items()})


def _mark(name: str) -> str:
    return f"    /* {name} */"


def filled(text: str, data: Mapping[str, bytes]) -> str:
    """A text with bytes in the place of lines that stand for them; those are long, and templates slow."""
    pieces: list[str] = []
    for mark, one in data.items():
        before, text = text.split(mark + "\n")
        pieces += [before, c_bytes(one), "\n"]
    return "".join([*pieces, text])


def c_bytes(data: bytes) -> str:
    """Bytes as C string literals, ROW of them a line, with the macro ROW behind: nothing, so that they are one string,
    or a comma. Compilers read these 13 times as fast as lists of numbers."""
    whole = len(data) // ROW * ROW
    blocks = [data[at : min(at + BLOCK, whole)] for at in range(0, whole, BLOCK)] + [data[whole:]] * (whole < len(data))
    return "".join(map(_lines, blocks)).removesuffix("\n")


def _lines(data: bytes) -> str:
    """Lines of as many bytes each, as a table of all characters; NUL, which no text has, stands where there is none."""
    rows = np.frombuffer(data, np.uint8).reshape(-1, min(ROW, len(data)))
    before, behind = (np.broadcast_to(part, (len(rows), len(part))) for part in (_BEFORE, _BEHIND))
    return np.hstack((before, _WRITTEN[rows], behind)).tobytes().translate(None, b"\0").decode("ascii")


def _cells(*texts: str) -> NDArray[np.uint32]:
    """Texts of up to four characters as a number each."""
    return np.frombuffer("".join(text.ljust(4, "\0") for text in texts).encode(), np.uint32)


# how each byte is written; two ? may begin a trigraph
_WRITTEN = _cells(*(chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
                    for byte in range(256)))
_BEFORE, _BEHIND = _cells("    ", '"'), _cells('" RO', "W\n")
