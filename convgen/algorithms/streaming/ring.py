"""The past of a stream: the last samples of its input, in a ring that every window lies in without a seam.

A ring of R samples, the reach of the kernel and a block, is held twice, one copy behind the other, and each sample is
written to both. So the samples that a block's outputs read are neighbours, wherever the ring begins and ends:

    place     0 ………… next ……… R ………… R + next ……… 2 R
    samples   … 7 8 9 | 1 2 3 … 7 8 9 | 1 2 3 …            with 9 the newest

and a call moves no more than its own samples, twice. Channels last, a sample is all its channels; channels first, each
channel has such a ring. Of integers it may hold what products take instead of the inputs, all channels of a sample
together, as the copies do that tiles of whole layers read.
"""

from __future__ import annotations

from typing import NamedTuple

from ...layer.causal import reach
from ...layer.spec import ConvSpec
from ..tiled.geometry import Strides

HEAD = 64  # bytes before the ring, for what the state holds besides
LINE = 64  # bytes that the rings of channels are rounded up to


class Ring(NamedTuple):
    """reach: samples of the past that an output reads. length: samples that are held, R. sample: numbers of one, in a
    row. rows: rows of samples, of `pitch` numbers each; block: numbers from one row of the caller's block to the next,
    step: from one of its samples to the next. size: bytes of a number."""

    reach: int
    length: int
    sample: int
    rows: int
    pitch: int
    block: int
    step: int
    size: int

    @property
    def bytes(self) -> int:
        """Of the state: what it begins with, and the rings."""
        return HEAD + self.rows * self.pitch * self.size


def ring_of(spec: ConvSpec, beyond: int, size: int, held: int = 0) -> Ring:
    """Of a stream, beyond whose last sample so many numbers may be read, of `size` bytes. held: of a sample, where all
    its channels lie together, whatever the layout."""
    past = reach(spec.kw, spec.dw)
    length = past + spec.iw
    sample, rows = (spec.ic, 1) if spec.channels_last else (1, spec.ic)
    step = spec.input_channels if spec.channels_last else 1
    sample, rows = (held, 1) if held else (sample, rows)
    line = LINE // size
    return Ring(past, length, sample, rows, -(-(2 * length * sample + beyond) // line) * line, spec.iw, step, size)


def strides(ring: Ring) -> Strides:
    """Of what tiles read."""
    c, w = (1, ring.sample) if ring.rows == 1 else (ring.pitch, 1)
    return Strides(n=0, c=c, d=0, h=0, w=w)
