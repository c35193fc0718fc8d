"""Exact splits of an extent into register tiles: sizes are known, so nothing is left to run time."""

from __future__ import annotations

import functools
from typing import NamedTuple

from ..layer.spec import Axis

Taps = tuple[tuple[int, int], ...]  # for each kw, the rows [lo, hi) of the tile that it reaches


class Edge:
    """A tile of `size` pixels of an axis, from `start` on, that the padding touches. A long kernel has very many of
    these, most of which nobody looks at."""

    def __init__(self, axis: Axis, start: int, size: int) -> None:
        self.axis, self.start, self.size = axis, start, size

    @functools.cached_property
    def taps(self) -> Taps:
        axis, start, size = self.axis, self.start, self.size
        ranges = []
        for k in range(axis.k):
            offset = k * axis.d - axis.before  # what pixel 0 reads
            lo = max(0, -(-(0 - offset) // axis.s) - start)
            hi = min(size, -(-(axis.i - offset) // axis.s) - start)
            ranges.append((min(lo, size), max(hi, min(lo, size))))
        return tuple(ranges)


def inside(axis: Axis, start: int, size: int) -> bool:
    """Whether every tap of `size` pixels from `start` on lies on the input: the first one of the first pixel does, and
    the last one of the last."""
    first = start * axis.s - axis.before
    return first >= 0 and first + (size - 1) * axis.s + (axis.k - 1) * axis.d < axis.i


class Segment(NamedTuple):
    """`number` equal tiles side by side, the first at `start`.

    width: elements a tile covers. size: its rows, or its vectors. tail: lanes used in its last
    vector (0: all). edge: the tile, which then is one, where the padding touches it.
    """

    start: int
    number: int
    width: int
    size: int
    tail: int = 0
    edge: Edge | None = None

    @property
    def taps(self) -> Taps | None:
        """Which rows each kernel column reaches; None where all of them."""
        return None if self.edge is None else self.edge.taps

    @property
    def end(self) -> int:
        return self.start + self.number * self.width


def balanced(extent: int, most: int) -> list[int]:
    """Fewest parts of at most `most`, as equal as can be: 14 by 6 is 5 + 5 + 4, not 6 + 6 + 2."""
    parts = -(-extent // most)
    base, longer = divmod(extent, parts)
    return [base + 1] * longer + [base] * (parts - longer)


def largest_parts(extent: int, most: int) -> list[int]:
    """Every size of at most `most` that the largest of balanced parts can have; few, however large the extent."""
    sizes = [-(-extent // -(-extent // most))]
    while sizes[-1] > 1:  # the fewest parts that are all smaller
        sizes.append(-(-extent // -(-extent // (sizes[-1] - 1))))
    return sizes[::-1]


@functools.lru_cache(maxsize=4096)
def row_segments(extent: int, most: int) -> tuple[Segment, ...]:
    """Tiles of at most `most` rows: the longer ones, then the shorter ones."""
    parts = balanced(extent, most)
    longer = parts.count(parts[0])
    segments = [Segment(0, longer, parts[0], parts[0])]
    if longer < len(parts):
        segments.append(Segment(longer * parts[0], len(parts) - longer, parts[-1], parts[-1]))
    return tuple(segments)


@functools.lru_cache(maxsize=1024)
def edge_segments(axis: Axis, most: int) -> tuple[Segment, ...]:
    """Tiles of at most `most` pixels along a padded axis, each that the padding touches in a segment of its own."""
    segments: list[Segment] = []
    start = 0
    for size in balanced(axis.o, most):
        edge = None if inside(axis, start, size) else Edge(axis, start, size)
        last = segments[-1] if segments else None
        if last and edge is None and last.edge is None and last.size == size:
            segments[-1] = last._replace(number=last.number + 1)
        else:
            segments.append(Segment(start, 1, size, size, edge=edge))
        start += size
    return tuple(segments)


@functools.lru_cache(maxsize=4096)
def vector_segments(extent: int, most: int, lanes: int) -> tuple[Segment, ...]:
    """Tiles of at most `most` vectors; the last vector may be partly used, in a tile of its own."""
    segments: list[Segment] = []
    start = 0
    for size in balanced(-(-extent // lanes), most):
        width = size * lanes
        tail = max(0, start + width - extent)
        last = segments[-1] if segments else None
        if last and last.size == size and not tail:
            segments[-1] = last._replace(number=last.number + 1)
        else:
            segments.append(Segment(start, 1, width, size, tail=lanes - tail if tail else 0))
        start += width
    return tuple(segments)
