"""All weights of a library as one file beside it, NAME.weights, which programs map or link as it is.

    0    "weights written by convgen", then zeros
    32   ORDER, 32 bits, and FORM, 32 bits
    40   bytes of the file, 64 bits
    48   two sums, 64 bits each, of all words of 32 bits behind the header: theirs, and that of all sums on the way
         (Fletcher, "An Arithmetic Checksum for Serial Transmissions", 1982, with no modulus but 2^64)
    64   the arrays, each at a multiple of 64

All numbers have the lowest byte first, as the weights do.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .embed import ALIGN

MARK = b"weights written by convgen "
ORDER, FORM = 0x01020304, 1
HEADER = 64  # bytes
WORD = 1 << 64  # sums are modulo this
CHUNK = 1 << 20  # words that are summed together


class Blob(NamedTuple):
    """offsets: of each array in the file. sums: of its header."""

    data: bytes
    offsets: dict[str, int]
    sums: tuple[int, int]


def blob(arrays: Mapping[str, bytes]) -> Blob:
    """A file of arrays by name."""
    offsets, pieces, at = dict[str, int](), list[bytes](), HEADER
    for name, array in arrays.items():
        offsets[name] = at
        pieces += [array, bytes(-len(array) % ALIGN)]
        at += len(array) + len(pieces[-1])
    body = b"".join(pieces)
    found = sums(body)
    return Blob(struct.pack("<32sIIQQQ", MARK, ORDER, FORM, at, *found) + body, offsets, found)


def sums(body: bytes) -> tuple[int, int]:
    words = np.frombuffer(body, "<u4")
    first = second = 0
    for start in range(0, len(words), CHUNK):
        some = words[start : start + CHUNK].astype(np.uint64)
        behind = np.arange(len(some), 0, -1, dtype=np.uint64)  # how often each is part of a sum on the way
        second = (second + len(some) * first + int(np.sum(some * behind, dtype=np.uint64))) % WORD
        first = (first + int(some.sum(dtype=np.uint64))) % WORD
    return first, second
