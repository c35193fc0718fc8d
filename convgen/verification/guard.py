"""A kernel among unmapped pages: a stray read or write crashes, or shows.

Each array has an allocation of its own, [unmapped page | pages | unmapped page], and lies at the
end of the pages, at their start, or off every alignment that the kernel does not ask for. What
a kernel only reads is read-only. All other bytes are 0xFF before the run, NaN in every type: bytes written
beside an array, an output that is not written, and a result that depends on what the workspace held
before, all show.

A device that works on copies (conv.in_place is False) gets the pages with the array in their middle. A write
beside the array, or to what is only read, shows when they come back; a read beside it does when it changes the
result.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .. import isolate
from ..run.fence import PLACES, Fence
from .checks import Array, Arrays, Outcome, Wrong, expect_bits, normals, run

if TYPE_CHECKING:
    from ..run.build import AnyConv as Conv


def guard(conv: Conv, rng: np.random.Generator) -> Outcome:
    """The mode: fenced runs give the bits of an ordinary run and write nothing else."""
    arrays = normals(conv.kernel.spec, rng)
    conv.pack(arrays.w, arrays.b)
    base = run(conv, arrays)
    for place in PLACES:
        isolate.stage(f"guard, arrays {place}")
        expect_bits(f"arrays {place}", _fenced(conv, arrays, place), base)
    return None, "arrays " + ", ".join(PLACES)


def _fenced(conv: Conv, arrays: Arrays, place: str) -> Array:
    """Pack and run with every array fenced."""
    kernel, spec = conv.kernel, conv.kernel.spec
    align, wide_align = conv.aligns
    fences: dict[str, Fence] = {}

    def fence(what: str, size: int, align: int) -> Fence | None:
        """`size` bytes; None for none."""
        if size:
            fences[what] = Fence(size, align, place)
        return fences.get(what)

    def copy(what: str, array: Array | None) -> Fence | None:
        """A read-only copy of the array."""
        made = None if array is None else fence(what, array.nbytes, align)
        if made is not None and array is not None:
            made.bytes[:] = array.reshape(-1).view(np.uint8)
            made.keep(lock=conv.in_place)
        return made

    packed = fence("packed weights", kernel.packed_bytes, wide_align)
    conv.pack_at(copy("weights", arrays.w), copy("bias", arrays.b), packed)
    fences["packed weights"].keep(lock=conv.in_place)
    output = fence("output", spec.itemsize * math.prod(spec.output_shape), align)
    workspace = fence("workspace", kernel.workspace_bytes + kernel.scratch_bytes, wide_align)
    conv.run_at(copy("input", arrays.x), packed, copy("residual", arrays.r), output, workspace)
    for what, made in fences.items():
        if not made.intact():
            raise Wrong(f"arrays {place}: bytes beside the {what} were written")
        if not made.kept():
            raise Wrong(f"arrays {place}: the {what} were written")
    return fences["output"].bytes.copy().view(spec.arithmetic.output.dtype).reshape(spec.output_shape)
