"""Tasks of kernels in C, as who brings threads of his own meets them: each phase has as many as the kernel says, other
phases have none, and no output is written by two tasks of the last phase, which may run at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..run.arrays import Array
from ..run.native import Conv as Native
from .compare import Wrong, expect_bits

if TYPE_CHECKING:
    from ..run.build import AnyConv as Conv

SPLITS = 2  # of the tasks into halves: two tasks that write the same are in one half in 1 of 2 of these
FEW = 2**20  # bytes of outputs; of more, one split, whose halves many tasks share
FAR = (-(2**31), 2**31 - 1)  # phases for which whoever does not look reads memory that there is not


def counted(conv: Conv) -> None:
    """NAME_tasks tells the tasks of all phases, and of phases that there are not, none."""
    if not isinstance(conv, Native):
        return
    phases = conv.kernel.phases
    for phase in (*range(-1, len(phases) + 1), *FAR):
        expected, told = phases[phase] if 0 <= phase < len(phases) else 0, conv.tasks(phase)
        if told != expected:
            raise Wrong(f"tasks of phase {phase} are {expected} (told={told})")


def disjoint(conv: Conv, x: Array, residual: Array | None, seed: int, base: Array) -> None:
    """One half of the last phase's tasks writes none of the outputs that the other writes, and both together all."""
    if not isinstance(conv, Native) or conv.kernel.phases[-1] < 2:
        return
    for split in range(SPLITS if base.nbytes < FEW else 1):
        one, other = (_written(half) for half in conv.halves(x, seed + split, residual))
        if (both := one[1] & other[1]).any():
            place = ", ".join(str(int(at)) for at in np.argwhere(both)[0])
            raise Wrong(f"tasks of one phase must write no output twice (y[{place}], of {both.sum()})")
        expect_bits("tasks by halves", np.where(one[1], one[0], other[0]), base)


def _written(y: Array) -> tuple[Array, Array]:
    """Outputs, and which of them are no longer what `halves` fills them with."""
    return y, y.view(f"u{y.itemsize}") != Native.unwritten(y)
