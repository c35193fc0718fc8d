"""Exact splits of an extent into register tiles: sizes are known, so nothing is left to run time."""

from __future__ import annotations

import functools
import itertools
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


class Run(NamedTuple):
    """`number` parts of `size` each, the first of which begins at `start`."""

    start: int
    number: int
    size: int

    def within(self, low: int, high: int) -> tuple[Run, Run, Run]:
        """The parts before those that begin from low to high, these, and those behind; each may be none."""
        first = min(self.number, max(0, -(-(low - self.start) // self.size)))
        past = min(self.number, max(first, (high - self.start) // self.size + 1))
        bounds = (0, first, past, self.number)
        before, inside, behind = (Run(self.start + begin * self.size, end - begin, self.size)
                                  for begin, end in itertools.pairwise(bounds))
        return before, inside, behind

    def parts(self) -> list[int]:
        """Where each begins."""
        return list(range(self.start, self.start + self.number * self.size, self.size))


def balanced(extent: int, most: int) -> list[Run]:
    """Fewest parts of at most `most`, as equal as can be, longer ones first: 14 by 6 is 5 + 5 + 4, not 6 + 6 + 2."""
    parts = -(-extent // most)
    base, longer = divmod(extent, parts)
    runs = (Run(0, longer, base + 1), Run(longer * (base + 1), parts - longer, base))
    return [run for run in runs if run.number]


def largest_parts(extent: int, most: int) -> list[int]:
    """Every size of at most `most` that the largest of balanced parts can have; few, however large the extent."""
    sizes = [-(-extent // -(-extent // most))]
    while sizes[-1] > 1:  # the fewest parts that are all smaller
        sizes.append(-(-extent // -(-extent // (sizes[-1] - 1))))
    return sizes[::-1]


@functools.lru_cache(maxsize=4096)
def row_segments(extent: int, most: int) -> tuple[Segment, ...]:
    """Tiles of at most `most` rows: the longer ones, then the shorter ones."""
    return tuple(Segment(start, number, size, size) for start, number, size in balanced(extent, most))


def within(axis: Axis, columns: int) -> tuple[int, int]:
    """The first and the last output whose window lies on the input with all of the columns behind its first taps that
    the last taps of so many columns read."""
    last = columns - 1 + (axis.k - 1) * axis.d
    return -(-axis.before // axis.s), (axis.i - 1 - last + axis.before) // axis.s


@functools.lru_cache(maxsize=1024)
def edge_runs(axis: Axis, most: int, lanes: int = 1) -> tuple[tuple[Run, Run, Run], ...]:
    """Tiles of at most `most` pixels along a padded axis, or of vectors of pixels, which are read whole: of each size
    those before the ones whose windows lie on the input, these, and those behind."""
    runs = (Run(run.start * lanes, run.number, run.size * lanes) for run in balanced(-(-axis.o // lanes), most))
    return tuple(run.within(*within(axis, run.size * axis.s if lanes > 1 else (run.size - 1) * axis.s + 1))
                 for run in runs)


def touched(axis: Axis, most: int, lanes: int = 1) -> int:
    """How many of these the padding touches."""
    return sum(before.number + behind.number for before, _, behind in edge_runs(axis, most, lanes))


@functools.lru_cache(maxsize=1024)
def edge_segments(axis: Axis, most: int) -> tuple[Segment, ...]:
    """Tiles of at most `most` pixels along a padded axis, each that the padding touches in a segment of its own."""
    segments: list[Segment] = []
    for before, inside, behind in edge_runs(axis, most):
        size = inside.size
        segments += [Segment(start, 1, size, size, edge=Edge(axis, start, size)) for start in before.parts()]
        segments += [Segment(inside.start, inside.number, size, size)] if inside.number else []
        segments += [Segment(start, 1, size, size, edge=Edge(axis, start, size)) for start in behind.parts()]
    return tuple(segments)


@functools.lru_cache(maxsize=4096)
def vector_segments(extent: int, most: int, lanes: int) -> tuple[Segment, ...]:
    """Tiles of at most `most` vectors; the last vector may be partly used, in a tile of its own."""
    segments: list[Segment] = []
    for start, number, size in balanced(-(-extent // lanes), most):
        width = size * lanes
        cut = (start + number * size) * lanes > extent  # the last one
        if number > cut:
            segments.append(Segment(start * lanes, number - cut, width, size))
        if cut:
            segments.append(Segment((start + (number - 1) * size) * lanes, 1, width, size, tail=extent % lanes))
    return tuple(segments)
