"""Layers made of other layers: what lowering a convolution gives is a forward convolution again.

A transposed layer of stride 1 is a forward one, its kernel reversed. Of others, the outputs are split into phases:
along an axis of stride s, those of phase ρ are p = ρ + s·t for t = 0, 1, …, and the taps that meet in them are the k
for which s divides ρ + before − k·d: k = k0 + j·κ with κ = s / gcd(s, d), for j below K, and they read the inputs

    q = t + e − j·δ          e = (ρ + before − k0·d) / s,          δ = d / gcd(s, d).

Counted from the last j to the first this is a forward layer of stride 1 with a kernel of K taps, δ apart. Its outputs
side by side are the sub-pixel convolution of W. Shi et al., Is the deconvolution layer the same as a convolutional
layer?, 2016: without dilation, all phases as the channels of one forward layer (Subpixel). Counted as if there were no
padding, outputs s·a + ρ for all ρ < s read the same inputs, a − K + 1 to a, by the taps ρ + s·j, which stand for 0
beyond the kernel.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from ..errors import InputError
from ..layer.descriptor import PADS
from ..layer.spec import Axis, ConvSpec
from ..plan.plan import Plan

JOINED = (2, 4)  # strides whose phases a tile may hold side by side: its registers are shared among them


@functools.lru_cache(maxsize=256)
def flatten(spec: ConvSpec) -> ConvSpec:
    """A 1×1 layer without strides or padding is a matrix product: its pixels form one long row."""
    if any(a.k != 1 or a.s != 1 or a.before or a.after for a in spec.axes):
        return spec
    pixels = spec.id * spec.ih * spec.iw
    row = {"id": 1, "ih": 1, "dd": 1, "dh": 1, "dw": 1, "weights_layout": spec.weights_layout}
    if spec.channels_last:
        return spec.replace(n=1, iw=spec.n * pixels, layout="nwc", **row)
    return spec.replace(iw=pixels, layout="ncw", **row)


def rows_product(terms: int, channels: int, rows: int) -> ConvSpec:
    """A matrix product, rows × terms by terms × channels, as a 1×1 layer: its rows are pixels, channels last."""
    return ConvSpec(ic=terms, oc=channels, iw=rows, kw=1, layout="nwc", bias=False)


@functools.lru_cache(maxsize=1024)
def forward(spec: ConvSpec) -> ConvSpec | None:
    """The forward layer that a layer is; None of a transposed one that is several, or that leaves out inputs, and of
    gradients of weights."""
    if spec.op == "backward-weights":
        return None
    spec = spec.computed
    if not spec.transposed:
        return spec
    pads: dict[str, int] = {}
    for axis in spec.axes:
        reach = (axis.k - 1) * axis.d
        pads |= zip(PADS[axis.name], (reach - axis.before, reach - axis.after), strict=True)
    if any(axis.s > 1 for axis in spec.axes) or min(pads.values()) < 0:
        return None
    return spec.replace(op="forward", weights_layout=spec.weights_layout, flip=not spec.flip, **pads)


def lowered(plan: Plan) -> Plan:
    """The plan of the forward layer that its layer is; where it is none, of what is computed."""
    spec = forward(plan.spec) or plan.spec.computed
    return plan if spec is plan.spec else msgspec.structs.replace(plan, spec=spec)


class Spread(NamedTuple):
    """Where outputs of an axis lie: position t of the layer that computes them gives outputs step·t + ρ - cut, for all
    ρ < step, those of them that are from 0 to outputs - 1. taps: of a kernel of the layer that is asked for, of which
    tap ρ + step·(K - 1 - j) is j of the K of a phase, if there is one."""

    step: int
    cut: int
    outputs: int
    taps: int

    def gap(self, phase: int) -> bool:
        """Whether a phase has no first tap."""
        return phase >= self.taps - self.step * (-(-self.taps // self.step) - 1)

    def certain(self, last: int, most: int) -> int:
        """How many of `most` positions from `last` on give outputs in all phases."""
        return max(0, min(most, (self.outputs + self.cut) // self.step - last))


class Subpixel(NamedTuple):
    """A layer as a forward one of stride 1, `spec`, that has the phases' channels one after the other in each group,
    row by row; h, w: where its outputs lie. A forward layer is that itself."""

    spec: ConvSpec
    h: Spread
    w: Spread

    @property
    def phases(self) -> int:
        """How many."""
        return self.h.step * self.w.step


@functools.lru_cache(maxsize=256)
def subpixel(spec: ConvSpec) -> Subpixel | None:
    """None of a transposed layer whose kernel is no plane, or dilated, or that leaves out inputs, and where its arrays
    would be too large."""
    d, h, w = spec.axes
    if not spec.transposed:
        return Subpixel(spec, Spread(1, 0, h.o, h.k), Spread(1, 0, w.o, w.k))
    if (d.k, d.s, d.before, d.after) != (1, 1, 0, 0):
        return None
    fields: dict[str, int] = {}
    for axis in (h, w):
        taps, first = -(-axis.k // axis.s), axis.before // axis.s
        positions = (axis.before + axis.o - 1) // axis.s - first + 1
        pads = (taps - 1 - first, first + positions - axis.i)
        if axis.d > 1 or min(pads) < 0:
            return None
        fields |= zip((f"k{axis.name}", f"s{axis.name}", *PADS[axis.name]), (taps, 1, *pads), strict=True)
    fields |= {"oc": h.s * w.s * spec.oc}
    try:
        plain = spec.replace(op="forward", out_stride=None, flip=False, weights_layout=None, **fields)
    except InputError:
        return None
    return Subpixel(plain, *(Spread(axis.s, axis.before % axis.s, axis.o, axis.k) for axis in (h, w)))


class Line(NamedTuple):
    """Phases of an axis that differ in nothing but where they begin, evenly: outputs from `first` on, the next phase
    `step` behind, with the taps from `tap` on, those of the next phase `tap_step` behind.

    number: how many. beside: in each of them, whose outputs are neighbours in memory, and whose taps follow each other:
    channels of one layer, all of a phase before those of the next. joined: in each of them, that a tile sums side by
    side; their window is as large as all need, and column κ of it meets phase ρ by tap ρ + tap + (taps - 1 - κ)·apart,
    if there is one. outputs, taps: of each. apart: from one tap to the
    next. dilation: of the forward layer, whose window begins at input `start`, of which `low` to `high` - 1 meet some
    output.
    """

    axis: Axis
    number: int
    first: int
    step: int
    tap: int
    tap_step: int
    outputs: int
    taps: int
    apart: int
    dilation: int
    start: int
    low: int
    high: int
    beside: int = 1
    joined: int = 1

    @property
    def together(self) -> int:
        """Phases of one nest whose outputs are neighbours."""
        return self.beside * self.joined

    @property
    def pads(self) -> tuple[int, int]:
        """Of the forward layer on these inputs."""
        end = self.start + self.outputs - 1 + max(0, self.taps - 1) * self.dilation + 1
        return max(0, self.low - self.start), max(0, end - self.high)


class Phase(NamedTuple):
    """Phases that are computed by the same forward layer `spec`, with other weights and to other places. lines: of
    depth, height and width. empty: no tap meets in their outputs."""

    spec: ConvSpec
    lines: tuple[Line, Line, Line]
    empty: bool

    @property
    def number(self) -> int:
        """How many phases."""
        return math.prod(line.number for line in self.lines)

    @property
    def said(self) -> str:
        """In words."""
        axes = self.lines[3 - self.spec.rank :]
        places = " x ".join(f"{line.first} to {line.first + line.together - 1}" if line.together > 1 else
                            f"{line.first}" if line.number == 1 else
                            f"{line.first}, {line.first + line.step}" + ", ..." * (line.number > 2) for line in axes)
        kernel = "no tap" if self.empty else "kernel " + "x".join(str(line.taps) for line in axes)
        return f"outputs from {places} on, {'x'.join(str(line.axis.s) for line in axes)} apart: {kernel}"


@functools.lru_cache(maxsize=256)
def phases(spec: ConvSpec, lanes: int = 1, joined: int = 1) -> tuple[Phase, ...]:
    """Those of a transposed layer, the one with most products first. lanes: of vectors of output channels, which those
    of several phases may fill. joined: phases along a row that a tile sums side by side, 1 or all of them."""
    d, h, _ = map(_lines, spec.axes)
    w = [_joined(spec.axes[2])] if joined > 1 else [_filling(spec, line, lanes) for line in _lines(spec.axes[2])]
    found = [_phase(spec, lines) for lines in itertools.product(d, h, w)]
    return tuple(sorted(found, key=lambda phase: (phase.empty, -phase.spec.macs)))


def joinable(spec: ConvSpec, *, gaps: bool) -> int:
    """How many phases along a row tiles may hold side by side; 1 where they may not. gaps: whether also where
    some have fewer taps than their window."""
    w = spec.axes[2]
    fits = w.s in JOINED and w.d == 1 and w.o % w.s == 0 and any(
        line.taps for line in _each(w))
    return w.s if fits and (gaps or _joined(w).taps * w.s == w.k) else 1


def _joined(axis: Axis) -> Line:
    """All phases of an axis."""
    found = [line for line in _each(axis) if line.taps]
    start, end = min(line.start for line in found), max(line.start + line.taps for line in found)
    outputs, taps = axis.o // axis.s, end - start
    return Line(axis, 1, 0, 0, axis.before - axis.s * (end - 1), 0, outputs, taps, axis.s, 1, start, max(0, start),
                min(axis.i, start + outputs + taps - 1), joined=axis.s)


def _phase(spec: ConvSpec, lines: tuple[Line, ...]) -> Phase:
    d, h, w = lines
    empty = any(line.taps == 0 for line in lines)
    fields: dict[str, int] = {}
    for line in lines:
        name = line.axis.name
        own = (line.outputs, 1, 1, 1, 0, 0) if empty else \
            (line.high - line.low, line.taps, 1, line.dilation, *line.pads)
        fields |= zip((f"i{name}", f"k{name}", f"s{name}", f"d{name}", *PADS[name]), own, strict=True)
    if w.beside > 1:
        fields |= {"oc": w.beside * spec.oc}
    plain = spec.replace(op="forward", weights_layout=spec.weights_layout, flip=not spec.flip, **fields)
    return Phase(plain, (d, h, w), empty)


def _filling(spec: ConvSpec, line: Line, lanes: int) -> Line:
    """The phases along a row, beside each other where that takes fewer vectors, and their outputs are neighbours."""
    neighbours = spec.g == 1 and spec.output_channels == spec.oc and (spec.channels_last or spec.oc == 1)
    fewer = -(-line.number * spec.oc // lanes) < line.number * -(-spec.oc // lanes)
    if neighbours and fewer and line.step == line.tap_step == 1:
        return line._replace(number=1, step=0, tap_step=0, beside=line.number)
    return line


def _lines(axis: Axis) -> Iterator[Line]:
    """The phases of an axis, those together that differ evenly."""
    for _, alike in itertools.groupby(sorted(_each(axis), key=_kind), key=_kind):  # sorting keeps their order
        yield from _evenly(alike)


def _kind(line: Line) -> tuple[int, ...]:
    """What phases must have in common."""
    return line.taps, line.start, line.outputs, line.low, line.high


def _each(axis: Axis) -> Iterator[Line]:
    """Phase by phase."""
    s, d, i = axis.s, axis.d, axis.i
    common = math.gcd(s, d)
    apart, dilation = s // common, d // common
    inverse = pow(dilation, -1, apart)
    for first in range(min(s, axis.o)):
        outputs = -(-(axis.o - first) // s)
        steps, none = divmod(first + axis.before, common)  # k d = first + before, modulo s, for the first tap k
        tap = axis.k if none else min(axis.k, steps * inverse % apart)
        taps = -(-(axis.k - tap) // apart)
        start = (first + axis.before - tap * d) // s - (taps - 1) * dilation
        low, high = max(0, start), min(i, start + outputs + (taps - 1) * dilation)
        if taps and low < high:
            yield Line(axis, 1, first, 0, tap, 0, outputs, taps, apart, dilation, start, low, high)
        else:
            yield Line(axis, 1, first, 0, 0, 0, outputs, 0, apart, dilation, 0, 0, 0)


def _evenly(lines: Iterable[Line]) -> Iterator[Line]:
    """The same, as few as can be of lines that differ in where they begin alone."""
    found: list[Line] = []
    for line in lines:
        if found:
            last = found[-1]
            steps = (line.first - last.first - (last.number - 1) * last.step,
                     line.tap - last.tap - (last.number - 1) * last.tap_step)
            if last.number == 1 or steps == (last.step, last.tap_step):
                found[-1] = last._replace(number=last.number + 1, step=steps[0], tap_step=steps[1])
                continue
        found.append(line)
    yield from found
