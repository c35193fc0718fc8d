"""What a layer takes of a machine's memory, as linkers of small machines count it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..layer.spec import ConvSpec

RAM = 4  # bytes of flash that a byte of RAM counts as: microcontrollers have about a quarter as much


class Sizes(NamedTuple):
    """Bytes. code: estimated, compiled for size, 0 where nobody does; fast: the same for speed, at most; packed:
    weights; workspace: of one worker; arrays: input, residual and output; weights: what packing takes. lines: of the
    file, about, 0 where nobody counts them."""

    code: int
    packed: int
    workspace: int
    arrays: int
    weights: int
    fast: int = 0
    lines: int = 0

    @property
    def flash(self) -> int:
        """What never changes, where the packed weights are inside."""
        return self.code + self.packed

    @property
    def ram(self) -> int:
        return self.workspace + self.arrays

    @property
    def flash_packing(self) -> int:
        """What never changes, where a program packs the weights when it starts."""
        return self.code + self.weights

    @property
    def ram_packing(self) -> int:
        return self.ram + self.packed

    @property
    def own(self) -> int:
        """All but the caller's arrays, which is what plans of a layer differ in, as bytes of flash."""
        return self.flash + RAM * self.workspace


def together(layers: Iterable[Sizes]) -> Sizes:
    """Of layers that run one after another: all their code and weights, and the memory of the largest."""
    known = list(layers)
    return Sizes(sum(one.code for one in known), sum(one.packed for one in known),
                 max((one.workspace for one in known), default=0), max((one.arrays for one in known), default=0),
                 sum(one.weights for one in known), sum(one.fast for one in known))


def arrays_of(spec: ConvSpec) -> tuple[int, int]:
    """Bytes of the arrays of each run, and of those that packing takes."""
    run = sum(array.bytes for array in spec.arrays if array.when == "run")
    return run, sum(array.bytes for array in spec.arrays) - run
