"""Packed weights that are asked for before they are read.

A network's weights come from memory whenever it runs: they are many, and what ran since has taken the caches. The
first tile that reads a panel waits for all of it, unless tiles that read the panel before have asked for it. So each
asks for a share of the next panel, while it computes: that of the pixels p ... p + mr - 1, of P in all, begins at

    panel + |panel| + p · share          share · P >= |panel|

Where weights are still in a cache, that costs next to nothing: a hint a few terms. Where one tile reads a panel, as
those of one pixel do, all weights are a stream, which it asks for STREAM bytes ahead: asking for the next panel would
take as much of the caches as this one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ...machine.isa import Isa

MOST_PIXELS = 2048  # of an output: more take so long that they hide the reading of a panel without being told to
LEAST_BYTES = 1 << 16  # of packed weights, fewer than which are soon read
# Into L1. (Zen 5, 3 to 11 MB of weights in L3: 0.75 to 0.85 of the time with the next panel into L2, 0.86 to 0.99 of
# that without asking; 16 KB and more are worse, and so is L2. From memory all take about as long.)
STREAM = 4096


class Ahead(NamedTuple):
    """Of a plan. share: numbers of the next panel that are a pixel's, whole lines. line: numbers of one. terms: of the
    sums of a tile. row: that of packed weights. stream: numbers behind what a tile reads now; 0: it asks for the next
    panel."""

    share: int
    line: int
    terms: int
    row: Isa
    stream: int = 0

    def lines(self, rows: int, terms: int) -> int:
        """Lines that so many terms of a tile with so many rows ask for."""
        return math.ceil(terms * rows * self.share / self.line / self.terms)

    def ask(self, place: str) -> str:
        """For the line at a place, in C."""
        if self.stream:
            return self.row.prefetch.format(p=place)
        return self.row.prefetch_far.format(p=place if place.isidentifier() else f"({place})")


def ahead(row: Isa, line: int, pixels: int, packed: int, panel: int, terms: int, rows: int) -> Ahead | None:
    """None where there is too little to ask for, or nobody measured that it helps. row: of packed weights. line: bytes
    of one. packed: all weights, in numbers. panel: those that a tile reads, in so many terms. rows: its pixels."""
    if not row.prefetch_far or pixels > MOST_PIXELS or packed * row.itemsize < LEAST_BYTES:
        return None
    numbers = line // row.itemsize
    stream = STREAM // row.itemsize if pixels <= rows else 0
    return Ahead(-(-panel // pixels // numbers) * numbers, numbers, terms, row, stream)
