"""Exact splits of an extent into register tiles: sizes are known, so nothing is left to run time."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

Taps = tuple[tuple[int, int], ...]  # for each kw, the rows [lo, hi) of the tile that it reaches


class Segment(NamedTuple):
    """`number` equal tiles side by side, the first at `start`.

    width: elements a tile covers. size: its rows, or its vectors. tail: lanes used in its last
    vector (0: all). taps: None where every kernel column reaches every row.
    """

    start: int
    number: int
    width: int
    size: int
    tail: int = 0
    taps: Taps | None = None

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


def edge_segments(extent: int, most: int, taps: Callable[[int, int], Taps | None]) -> tuple[Segment, ...]:
    """The same tiles, each that the padding touches in a segment of its own.

    taps(start, size) says which rows each kernel column reaches, None where all of them.
    """
    segments: list[Segment] = []
    start = 0
    for size in balanced(extent, most):
        reach = taps(start, size)
        last = segments[-1] if segments else None
        if last and reach is None and last.taps is None and last.size == size:
            segments[-1] = last._replace(number=last.number + 1)
        else:
            segments.append(Segment(start, 1, size, size, taps=reach))
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
