"""The past of a stream: the last samples of its input, in a ring that every window lies in without a seam.

A ring of R samples, the reach of the kernel and a block, is held twice, one copy behind the other, and each sample is
written to both. So the samples that a block's outputs read are neighbours, wherever the ring begins and ends:

    place     0 ………… next ……… R ………… R + next ……… 2 R
    samples   … 7 8 9 | 1 2 3 … 7 8 9 | 1 2 3 …            with 9 the newest

and a call moves no more than its own samples, twice. Channels last, a sample is all its channels; channels first, each
channel has such a ring.
"""

from __future__ import annotations

from typing import NamedTuple

from ...layer.causal import reach
from ...layer.spec import ConvSpec
from ..tiled.geometry import Strides, map_strides

HEAD = 64  # bytes before the ring, for what the state holds besides
LINE = 64  # bytes that the rings of channels are rounded up to


class Ring(NamedTuple):
    """reach: samples of the past that an output reads. length: samples that are held, R. sample: numbers of one, in a
    row. rows: rows of samples, of `pitch` numbers each; block: numbers from one row of the caller's block to the next.
    size: bytes of a number."""

    reach: int
    length: int
    sample: int
    rows: int
    pitch: int
    block: int
    size: int

    @property
    def bytes(self) -> int:
        """Of the state: what it begins with, and the rings."""
        return HEAD + self.rows * self.pitch * self.size


def ring_of(spec: ConvSpec, lanes: int) -> Ring:
    """Of a stream, whose last vector of so many lanes may be read beyond its last sample."""
    past, size = reach(spec.kw, spec.dw), spec.arithmetic.input.bytes
    length = past + spec.iw
    sample, rows = (spec.ic, 1) if spec.channels_last else (1, spec.ic)
    line = LINE // size
    return Ring(past, length, sample, rows, -(-(2 * length * sample + lanes) // line) * line, spec.iw, size)


def strides(spec: ConvSpec, ring: Ring) -> Strides:
    """Of what tiles read."""
    return map_strides(spec, spec.ic, 1, 1, ring.pitch)
