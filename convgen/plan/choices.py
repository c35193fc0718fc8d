"""What algorithms decide for themselves, beside lanes, register tile and loops: a struct for each sort of decisions.

A plan carries one, and only its algorithm looks inside. They stand here, before the algorithms, because plans travel
between processes, and whoever reads one must know its types.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ..layer.outside import Natural

Source = Literal["input", "ahead", "edges", "copy", "local", "widened", "unpadded", "near",
                 "columns", "panels", "band", "slice"]


class Choices(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Of an algorithm that has nothing more to decide; the others add their fields."""

    @property
    def mark(self) -> str:
        """What the algorithm's name in a label needs, for kernels to differ in name."""
        return ""

    @property
    def coded(self) -> Choices:
        """The decisions by which a kernel's code is as large as it is: all, unless a kind says which are not."""
        return self


class TiledChoices(Choices, frozen=True, kw_only=True, tag=True):
    """Of register tiles in a loop nest.

    unroll: reduction steps in straight line. source: where the tile reads its input, the caller's array ("input"),
    that array, asking for the next tile's part of it beforehand ("ahead"), that array with edge tiles that skip the
    padding exactly ("edges"), a zero-padded copy in the order the tile reads it ("copy"), such a copy of one channel
    in a thread's own scratch ("local"), a copy of the array as it lies, in the type of the sums, whose padding edge
    tiles skip too ("widened"), or only the tile's pixels of such a copy, in the thread's scratch ("near"), or a copy
    in the order the tile reads it without padding, which edge tiles skip ("unpadded"), or such a copy whose rows are
    padded, while edge tiles skip rows of padding ("columns"), or the pixels of a task's tiles, packed tile by tile in
    the thread's scratch ("panels"), or there too what a padded copy would hold of the rows that a task reads ("band"),
    or the channels of a task, pixel after pixel ("slice"), whose padding edge tiles skip.
    as_given: whether weights are packed in the caller's type, narrower than that of the sums, and widened whenever
    they are loaded; else they are packed in the type of the sums. joined: of a transposed layer, phases along a row
    that a tile holds side by side, whose outputs it stores in turns.
    """

    unroll: Natural = 1
    source: Source = "input"
    as_given: bool = False
    joined: Natural = 1


class WinogradChoices(TiledChoices, frozen=True, kw_only=True, tag=True):
    """Of minimal filtering, whose products are such tiles.

    m: outputs of a transform along an axis. fused: whether a block passes through transform, products and transform
    back in one task; else all blocks pass through three phases together. source: where transforms read their input.
    """

    m: Natural
    fused: bool = False

    @property
    def mark(self) -> str:
        return str(self.m)


class FourierChoices(Choices, frozen=True, kw_only=True, tag=True):
    """Of products of Fourier transforms.

    size_h, size_w: points of a transform down and across, powers of two; size_h is 1 for rows that are transformed each
    by itself. fused: whether a task transforms the input that its products read; else another phase does so once for
    all.
    """

    size_h: Natural
    size_w: Natural
    fused: bool = True

    @property
    def mark(self) -> str:
        return str(self.size_w) if self.size_h == 1 else f"{self.size_h}x{self.size_w}"


class GradientChoices(Choices, frozen=True, kw_only=True, tag=True):
    """Of sums over pixels.

    taps: of the kernel, whose products are in a tile together. images, rows: of the output's gradient that are summed
    at a time. splits: parts of all these, each with sums of its own, which are added in the end; parts: of the channels
    in lanes, by which tasks divide the sums.
    """

    taps: Natural
    images: Natural
    rows: Natural
    splits: Natural
    parts: Natural


class ChainChoices(Choices, frozen=True, kw_only=True, tag=True):
    """Of a chain of layers. band: rows of output that are computed together. strip: bands that follow each other in a
    task; the first of a strip computes all rows that it reads, the others those that the one before has not."""

    band: Natural
    strip: Natural

    @property
    def mark(self) -> str:
        return str(self.band)

    @property
    def coded(self) -> Choices:
        """All but the strip: how many bands a task has is a count in a loop."""
        return msgspec.structs.replace(self, strip=1)


# what a plan may carry
Known = Choices | TiledChoices | WinogradChoices | FourierChoices | GradientChoices | ChainChoices
