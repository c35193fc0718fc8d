"""Words of a row of pixels as they lie, for depthwise layers of integers with channels first.

A vector of words is loaded from any column on, and needs no shuffle: lane i has the columns from `deep`·i on. So a lane
sums as many neighbouring outputs as begin in a word, n = deep / sw of them, each by weights of its own `phase`: the
place of its first tap in its word (interleaved.py says how words begin at every `grid`-th column, and why). With words
of two and 3 taps, from columns 0 and 2 on,

    output 2 i:        (x0, x1)·(w0, w1) + (x2, x3)·(w2, 0)
    output 2 i + 1:    (x0, x1)·(0, w0) + (x2, x3)·(w1, w2)

The sums of a lane's outputs lie in n vectors. They are woven as bytes: of four vectors of sums, which are 4 / n runs of
columns, one vector of outputs.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import msgspec

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...plan.program import Let, Node, Statement, affine, loop
from ..weights import channel_terms, tap_term, weight
from .contract import lines
from .interleaved import Words, words
from .packing import Packing


class Sum(NamedTuple):
    """A product of a word: which of a lane's outputs it belongs to, and by which of the packed words of a row of the
    kernel."""

    output: int
    weights: int


class Woven(NamedTuple):
    """outputs: of a lane. words: how taps lie in them. of_row: packed words of a row of the kernel. sums: for each
    column that words begin at, behind that of a lane's first output, what it is multiplied for."""

    outputs: int
    words: Words
    of_row: int
    sums: dict[int, list[Sum]]

    @property
    def runs(self) -> int:
        """Of columns, that a vector of outputs as bytes comes from."""
        return 4 // self.outputs


def weaves(spec: ConvSpec, row: Isa) -> bool:
    """Whether a layer's words are there as they lie; a residual would have to be unwoven."""
    return spec.arithmetic.input.name in row.wordwise and spec.dw == 1 and row.deep % spec.sw == 0 \
        and spec.arithmetic.quantised and not spec.residual


@functools.lru_cache(maxsize=1024)
def woven(spec: ConvSpec, deep: int) -> Woven:
    """How a layer's words lie."""
    outputs = deep // spec.sw
    found = words(spec, deep, outputs)
    sums: dict[int, list[Sum]] = {}
    for v in range(outputs):
        first = v * spec.sw
        phase = first % found.grid
        for i in range(-(-(spec.kw + phase) // deep)):
            sums.setdefault(first - phase + i * deep, []).append(Sum(v, found.weights(phase) * found.each + i))
    return Woven(outputs, found, found.phases * found.each, dict(sorted(sums.items())))


def narrowing(spec: ConvSpec, row: Isa) -> Isa:
    """The row of a layer's outputs, which makes them of four vectors of sums."""
    out = row.bytewise[spec.arithmetic.output.name].in_place
    assert out is not None
    outputs = row.deep // spec.sw
    return msgspec.structs.replace(
        out, name=f"{out.name}_woven_{outputs}",
        ops={**out.ops, "narrow": out.ops["weave"].replace("{a}", out.ops["narrow"]).replace("{n}", str(outputs))})


def packing(spec: ConvSpec, row: Isa, numbers: list[Node], limit: int) -> Packing:
    """The words of each channel, one channel behind the other. numbers: packs bias and scales, cut to `limit`."""
    deep, own = row.deep, woven(spec, row.deep).words
    column = affine("", ("word" if own.each > 1 else "", deep), ("i", 1),
                    ("phase" if own.phases > 1 else "", -own.step))
    taps = [*["kh"] * (spec.kh > 1), "kw"]
    value = weight(spec, row, affine("", *channel_terms(spec, "oc"), *(tap_term(spec, dim) for dim in taps)))
    tests = ["kw >= 0"] * (own.phases > 1) + [f"kw < {spec.kw}"] * (own.each * deep > spec.kw)
    value = f"{' && '.join(tests)} ? {value} : 0" if tests else value
    nest: list[Node] = [Let("const ptrdiff_t ", "kw", column), Statement(f"*out++ = {value};")]
    for dim, extent in (("i", deep), ("word", own.each), ("phase", own.phases), ("kh", spec.kh)):
        nest = loop(dim, str(extent), nest)
    return Packing(
        comment=lines([f"Packs the taps of channel oc, once for each of {own.phases} places of a row's first tap in its"
                       f" word of {deep}, zeros around them." if own.phases > 1 else
                       f"Packs the taps of channel oc, {deep} a word, zeros beyond a row's last.",
                       "weights: the layer's. out: the panel. Returns its end."]),
        parameters=["oc"], panel=nest,
        panels=loop("oc", str(spec.oc), [Statement("out = pack_panel(weights, oc, out);")]), numbers=numbers,
        limit=limit)
