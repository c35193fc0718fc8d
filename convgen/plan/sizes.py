"""What a layer takes of a machine's memory, as linkers of small machines count it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..layer.spec import ConvSpec


class Sizes(NamedTuple):
    """Bytes. code: estimated, 0 where nobody does; packed: weights; workspace: of one worker; arrays: input, residual
    and output."""

    code: int
    packed: int
    workspace: int
    arrays: int

    @property
    def flash(self) -> int:
        """What never changes: code, and weights where they are packed beforehand."""
        return self.code + self.packed

    @property
    def ram(self) -> int:
        return self.workspace + self.arrays

    @property
    def own(self) -> int:
        """All but the caller's arrays: what plans of a layer differ in."""
        return self.flash + self.workspace


def together(layers: Iterable[Sizes]) -> Sizes:
    """Of layers that run one after another: all their code and weights, and the memory of the largest."""
    known = list(layers)
    return Sizes(sum(one.code for one in known), sum(one.packed for one in known),
                 max((one.workspace for one in known), default=0), max((one.arrays for one in known), default=0))


def arrays_of(spec: ConvSpec) -> int:
    """Bytes of the arrays of each run."""
    return sum(array.bytes for array in spec.arrays if array.when == "run")
