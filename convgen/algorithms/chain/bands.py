"""The rows of a chain: which each layer computes in a band.

A band is some rows of the chain's output. From its last layer to the first, what a layer computes is what the next one
reads and has not read in the band before,

    reads: rows a·s − pad … (b − 1)·s − pad + (k − 1)·d of the map before, for rows a … b − 1, as far as it has them
    makes: of these, the ones behind those that the band before made

so no row of a map between layers is computed twice in a strip of bands. A layer's part of a band is a layer of its own,
of a few rows, whose padding above and below is that of the rows which are not there.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from ...layer.spec import ConvSpec


class Rows(NamedTuple):
    """Of a map, from begin to end - 1."""

    begin: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.begin


class Part(NamedTuple):
    """What a layer does in a band: `spec`, the layer that makes the rows `makes` of its map of the rows `reads` of the
    one before. Its map lies in a buffer, from the first row that the next layer reads on: `kept` rows of the band
    before move to the buffer's begin, from its row `moved`; the new ones follow. The last layer has no buffer. start:
    the row of the buffer before that `reads` begin at: not 0 where nothing new is read."""

    stage: int
    spec: ConvSpec
    reads: Rows
    makes: Rows
    kept: int = 0
    moved: int = 0
    start: int = 0


class Band(NamedTuple):
    """Rows of output, and the parts of those layers that do something, in their order."""

    rows: Rows
    parts: tuple[Part, ...]

    def relative(self, stride: int) -> tuple[object, ...]:
        """What bands have in common that differ in nothing but where they begin in the chain's input and output, whose
        rows follow so many rows of input."""
        first, *_ = self.parts
        start = first.reads.begin - self.rows.begin * stride if first.stage == 0 else 0
        return (start, self.rows.length, *(part._replace(reads=Rows(0, 0), makes=Rows(0, 0)) for part in self.parts))


def windows(layer: ConvSpec, rows: Rows) -> tuple[Rows, int, int]:
    """The rows that a layer reads for some of its outputs, and its padding above and below these."""
    axis = layer.axes[1]
    first = rows.begin * axis.s - axis.before
    last = (rows.end - 1) * axis.s - axis.before + (axis.k - 1) * axis.d + 1
    return Rows(max(0, first), min(axis.i, last)), max(0, -first), max(0, last - axis.i)


@functools.lru_cache(maxsize=8192)
def few_rows(layer: ConvSpec, rows: Rows) -> ConvSpec:
    """The layer that computes these rows alone, of one image."""
    reads, above, below = windows(layer, rows)
    return layer.replace(n=1, ih=reads.length, top=above, bottom=below)


def bands(chain: ConvSpec, height: int) -> int:
    """How many bands of so many rows."""
    return -(-chain.oh // height)


@functools.lru_cache(maxsize=256)
def strip(chain: ConvSpec, height: int, first: int, count: int) -> tuple[Band, ...]:
    """So many bands, from number `first` on, of which the first finds no rows of a map."""
    layers = chain.parts
    held: dict[int, Rows] = {}  # of the map that a layer makes
    found = []
    for number in range(first, first + count):
        whole = Rows(number * height, min(chain.oh, (number + 1) * height))
        rows, parts = whole, list[Part]()
        for stage in reversed(range(len(layers))):
            reads = windows(layers[stage], rows)[0]
            part = Part(stage, few_rows(layers[stage], rows), reads, rows)
            if stage < len(layers) - 1:
                before, wanted = held.get(stage, Rows(0, 0)), parts[0].reads
                kept = max(0, before.end - wanted.begin) if before.length else 0
                part = part._replace(kept=kept, moved=wanted.begin - before.begin if kept else 0)
                held[stage] = wanted
            parts.insert(0, part)
            if stage:
                rows = Rows(max(reads.begin, held[stage - 1].end) if stage - 1 in held else reads.begin, reads.end)
                if not rows.length:
                    parts[0] = part._replace(start=reads.begin - held[stage - 1].begin)
                    break
        found.append(Band(whole, tuple(parts)))
    return tuple(found)


def strips(chain: ConvSpec, height: int, length: int) -> list[tuple[Band, ...]]:
    """All strips of at most so many bands."""
    many = bands(chain, height)
    return [strip(chain, height, first, min(length, many - first)) for first in range(0, many, length)]


def buffers(chain: ConvSpec, height: int, length: int) -> list[int]:
    """Rows of the buffer of each map between layers."""
    most = [0] * (len(chain.parts) - 1)
    for one in strips(chain, height, length):
        for part in (part for band in one for part in band.parts if part.stage < len(most)):
            most[part.stage] = max(most[part.stage], part.kept + part.makes.length)
    return most
