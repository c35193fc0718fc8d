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

from typing import TYPE_CHECKING

import numpy as np

from .. import isolate
from ..layer.array import When
from ..run.arrays import Array, laid
from ..run.fence import PLACES, Fence
from .checks import Outcome
from .compare import Arrays, Wrong, expect_bits, pack, run, taken
from .draws import normals

if TYPE_CHECKING:
    from ..run.build import AnyConv as Conv


def guard(conv: Conv, rng: np.random.Generator) -> Outcome:
    """The mode: fenced runs give the bits of an ordinary run and write nothing else."""
    arrays = normals(conv.kernel.spec.computed, rng)
    pack(conv, arrays)
    base = run(conv, arrays)
    for place in PLACES:
        isolate.stage(f"guard, arrays {place}")
        expect_bits(f"arrays {place}", _fenced(conv, arrays, place), base)
    return None, "arrays " + ", ".join(PLACES)


def _fenced(conv: Conv, arrays: Arrays, place: str) -> Array:
    """Pack and run with every array fenced."""
    kernel, spec = conv.kernel, conv.kernel.spec.computed
    align, wide_align = conv.aligns
    memory: dict[str, Fence] = {}

    def fence(name: str, size: int, align: int) -> None:
        if size:
            memory[name] = Fence(size, align, place)

    def copy(when: When) -> None:
        """What the call takes, read-only, and room for what it gives."""
        for array in spec.arrays:
            if array.when == when:
                fence(array.role, array.bytes, align)
                if not array.written:
                    laid(array, memory[array.role].bytes)[...] = arrays[array.role]
                    memory[array.role].keep(lock=conv.in_place)

    copy("pack")
    fence("packed", kernel.packed_bytes, wide_align)
    conv.pack_at(memory)
    memory["packed"].keep(lock=conv.in_place)
    copy("run")
    fence("workspace", kernel.workspace_bytes + kernel.scratch_bytes, wide_align)
    conv.run_at(memory)
    for name, made in memory.items():
        what = "packed weights" if name == "packed" else name
        if not made.intact():
            raise Wrong(f"arrays {place}: bytes beside the {what} were written")
        if not made.kept():
            raise Wrong(f"arrays {place}: the {what} were written")
    output = spec.array("output")
    assert output is not None
    return taken(laid(output, memory["output"].bytes), memory["output"].bytes)
