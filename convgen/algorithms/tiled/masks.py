"""Which bytes lie inside the picture, where rows of a depthwise layer of integers follow each other without padding.

Where a row has as many outputs as pixels, flat.py copies a channel without columns of padding: output o = oh · iw + ow
reads, of tap kw, the byte at o + kw · dw. That stands in column ow + kw · dw − left, if there is such a column; else it
belongs to the row before or behind, and what the layer reads is padding. Masks tell the words that a shuffle makes of a
vector of bytes. They are the same for every kernel row, and again after every so many vectors, when rows begin where
they did.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...layer.spec import ConvSpec
from ...machine.isa import Isa

MOST = 512  # masks that a file may hold, of 8 bytes each


class Masks(NamedTuple):
    """bits: of each vector of bytes, each word of a kernel row and each quarter, in this order. vectors: after how many
    they begin again. each: of a vector."""

    bits: list[int]
    vectors: int
    each: int


def mask(inside: npt.NDArray[np.bool_], deep: int) -> int:
    """What is inside, (words, `deep`), as a bit for each byte of a vector of 64, the lowest first. Words of two bytes
    have 16 bits for each, of which the upper ones stay as they are."""
    every = np.ones((len(inside), 4), bool)
    every[:, :: 4 // deep] = inside
    return int.from_bytes(np.packbits(every.reshape(-1), bitorder="little").tobytes(), "little")


def period(spec: ConvSpec, row: Isa) -> int:
    """Vectors of bytes after which rows begin where they did, or of all outputs."""
    count = 4 * row.lanes
    return min(math.lcm(count, spec.ow) // count, -(-spec.oh * spec.ow // count))


def wraps(spec: ConvSpec, row: Isa) -> bool:
    """Whether a channel's rows may follow each other without padding; asked where a shuffle makes words of them."""
    held = row.bytewise[spec.arithmetic.input.name].copied
    each = -(-spec.kw // row.deep) * (held.lanes // row.lanes)
    return held.has("spread_inside") and spec.sh == spec.sw == 1 and spec.ow == spec.iw and \
        min(spec.top, spec.bottom, spec.left, spec.right) >= 0 and period(spec, row) * each <= MOST


def masks(spec: ConvSpec, row: Isa) -> Masks:
    """All of them."""
    bits, vectors, count = list[int](), period(spec, row), 4 * row.lanes
    i, j = np.arange(row.lanes)[:, None], np.arange(row.deep)
    for vector in range(vectors):
        for first in range(0, spec.kw, row.deep):
            for quarter in range(count // row.lanes):
                output = vector * count + i // 4 * 16 + 4 * quarter + i % 4
                column = output % spec.iw + (first + j) * spec.dw - spec.left
                bits.append(mask(((column >= 0) & (column < spec.iw)) | (first + j >= spec.kw), row.deep))
    return Masks(bits, vectors, len(bits) // vectors)
