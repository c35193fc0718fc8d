"""The nests of a transposed layer with strides: for each of its phases the plan of a forward layer, its numbers, where
its arrays lie in those of the caller, and in which order the tasks of all come."""

from __future__ import annotations

import functools
import math
from copy import copy
from typing import NamedTuple

import msgspec

from ...layer.descriptor import PADS
from ...layer.spec import ConvSpec
from ...machine.target import Target
from ...plan.choices import Source, TiledChoices
from ...plan.plan import Plan
from .. import lowering
from ..weights import JoinedTaps, Taps, all_taps
from .exact import Biases
from .geometry import Geometry, Strides, input_strides, output_strides
from .tiled import Tiled

WEIGHTS = 0.5  # share of the second cache that weights may count on


class Part(NamedTuple):
    """Phases that share a nest: the plan of one as a forward layer, and its numbers; where the nest's input and output
    begin in the caller's arrays, or in the copy, and the numbers of packed weights and of biases before its own. tasks:
    of one phase."""

    phase: lowering.Phase
    plan: Plan
    g: Geometry
    reads_at: int
    writes_at: int
    weights_at: int
    bias_at: int
    tasks: int

    @property
    def all_tasks(self) -> int:
        return self.phase.number * self.tasks

    @property
    def counted(self) -> list[tuple[str, int, int]]:
        """Of the axes along which there are several phases: the variable that counts them, how many, and the numbers
        from one's outputs to the next one's."""
        return [(f"p{line.axis.name}", line.number, line.step * getattr(self.g.output, line.axis.name) // line.axis.s)
                for line in self.phase.lines if line.number > 1]

    def following(self, size: int) -> list[tuple[str, int]]:
        """Of arrays of so many numbers for each of the phases, one after the other: the terms of a phase's place."""
        return [(name, apart) for name, _, apart in _following(self.phase, size)]


@functools.lru_cache(maxsize=1024)
def plans_of(plan: Plan) -> tuple[tuple[lowering.Phase, Plan], ...]:
    """The phases, each with the plan of one."""
    return tuple((phase, _plan_of(plan, phase)) for phase in phases_of(plan))


def phases_of(plan: Plan) -> tuple[lowering.Phase, ...]:
    """The phases that have nests."""
    return lowering.phases(plan.spec, lanes_of(plan), plan.own(TiledChoices).joined)


def lanes_of(plan: Plan) -> int:
    """Of vectors of output channels."""
    return lanes_beside(plan.spec, plan.target) if plan.lanes == "oc" else 1


def lanes_beside(spec: ConvSpec, target: Target) -> int:
    """Of vectors that phases beside each other may fill: of integers, each has a bias of its own."""
    return 1 if spec.arithmetic.exact else target.row.lanes


def _plan_of(plan: Plan, phase: lowering.Phase) -> Plan:
    """The same decisions for a phase, without blocks that would hold all of it."""
    own, spec = plan.own(TiledChoices), phase.spec
    in_place = plan.lanes == "oc" and own.source in ("input", "edges")
    source: Source = "input" if phase.empty else ("edges" if spec.padded else "input") if in_place else own.source
    extents = {"od": spec.od, "oh": spec.oh, "ow": spec.ow, "oc": spec.ocg, "ic": 1 if phase.empty else spec.icg}
    dims = [loop.dim for loop in plan.loops]
    loops = tuple(loop for at, loop in enumerate(plan.loops)
                  if loop.dim not in dims[at + 1 :] or loop.step < extents.get(loop.dim, 0))
    return msgspec.structs.replace(plan, spec=spec, loops=loops,
                                   choices=msgspec.structs.replace(own, source=source))


@functools.lru_cache(maxsize=1024)
def cover_of(inner: Tiled, plan: Plan) -> Geometry | None:
    """The padded copy from which all phases read, as that of a layer; None where they read the input itself."""
    if plan.own(TiledChoices).source != "copy":
        return None
    found = [(phase, inner.geometry(part)) for phase, part in plans_of(plan) if not phase.empty]
    fields: dict[str, int] = {}
    for at, axis in enumerate(plan.spec.axes):
        name, lines = axis.name, [phase.lines[at] for phase, _ in found]
        before = max(0, *(-line.start for line in lines))
        # vectors of pixels reach beyond the last one
        ends = [line.start + max(line.outputs, g.segments["ow"][-1].end if name == "w" and plan.lanes == "ow" else 0)
                + (line.taps - 1) * line.dilation for line, (_, g) in zip(lines, found, strict=True)]
        fields |= {f"i{name}": axis.i, f"k{name}": 1, f"s{name}": 1, f"d{name}": 1}
        fields |= zip(PADS[name], (before, max(0, *(end - axis.i for end in ends))), strict=True)
    spec = plan.spec.replace(op="forward", weights_layout=plan.spec.weights_layout, **fields)
    return inner.geometry(msgspec.structs.replace(plan, spec=spec))


@functools.lru_cache(maxsize=256)
def parts_of(inner: Tiled, plan: Plan) -> list[Part]:
    spec, cover = plan.spec, cover_of(inner, plan)
    given, output = input_strides(spec), output_strides(spec)
    apart = Strides(output.n, output.c, *(getattr(output, axis.name) * axis.s for axis in spec.axes))
    found: list[Part] = []
    geometries = [copy(inner.geometry(part)) for _, part in plans_of(plan)]
    for (phase, _), g in zip(plans_of(plan), geometries, strict=True):
        g.terms = 0 if phase.empty else g.terms * phase.lines[2].joined
    total = sum(phase.number * g.packed_weights for (phase, _), g in zip(plans_of(plan), geometries, strict=True))
    numbers = max(g.packed_numbers for g in geometries)
    biases = _biases(plan, geometries[0])
    at = bias_at = 0
    for (phase, part), plain in zip(plans_of(plan), geometries, strict=True):
        read = Strides(0, 0, 0, 0, 0) if phase.empty else given if cover is None else cover.input
        to = apart if phase.lines[2].beside == 1 else apart._replace(c=1)
        g = plain.placed(given, read, to, _taps(spec, phase), total - plain.packed_weights, numbers, biases)
        first = {line.axis.name: line.low for line in phase.lines}
        if cover is not None:  # which begins before the input
            first = {line.axis.name: line.start + own.before
                     for line, own in zip(phase.lines, cover.spec.axes, strict=True)}
        start = sum(first[name] * getattr(read, name) for name in first)
        end = sum(line.first * getattr(output, line.axis.name) for line in phase.lines)
        loops = [g.trips(index) for index, loop in enumerate(part.loops) if loop.bind == "task"]
        found.append(Part(phase, part, g, start, end, at, bias_at, math.prod(loops)))
        at += phase.number * g.packed_weights
        bias_at += phase.number * g.packed_numbers * (len(biases) > 0)
    return found


def _biases(plan: Plan, g: Geometry) -> tuple[Biases, ...]:
    """Those of each phase, which has other taps, where inputs have a zero point; g: of any of them."""
    found, at = list[Biases](), 0
    for phase, part in plans_of(plan) if g.exact and g.zero else ():
        found.append(Biases(part.spec, g.zero, _taps(plan.spec, phase), not phase.empty, at,
                            tuple(_following(phase, g.packed_numbers))))
        at += phase.number * g.packed_numbers
    return tuple(found)


def _following(phase: lowering.Phase, size: int) -> list[tuple[str, int, int]]:
    """Of the axes along which there are several phases: the variable that counts them, how many, and how far apart
    arrays of so many numbers are, one after the other."""
    found: list[tuple[str, int, int]] = []
    for line in reversed(phase.lines):
        if line.number > 1:
            found.insert(0, (f"p{line.axis.name}", line.number, size))
            size *= line.number
    return found


def _taps(spec: ConvSpec, phase: lowering.Phase) -> Taps:
    """Of the caller's weights, those of a phase. Its taps are counted from the last to the first."""
    whole = all_taps(spec)
    first, strides, steps = 0, {}, []
    for line in phase.lines:
        dim = f"k{line.axis.name}"
        last = line.tap + (line.taps - 1) * line.apart
        strides[dim] = line.apart * whole.strides[dim]
        first += whole.strides[dim] * (line.axis.k - 1 - last if spec.flip else line.tap)
        steps.append((f"p{line.axis.name}", whole.strides[dim] * (-line.tap_step if spec.flip else line.tap_step)))
    w, tap = phase.lines[2], whole.strides["kw"]
    if w.joined > 1:
        first -= tap * (w.axis.k - 1 - w.tap - (w.taps - 1) * w.apart if spec.flip else w.tap)  # told by `joined`
        joined = JoinedTaps(w.joined, w.tap + (w.taps - 1) * w.apart, w.axis.k, tap, spec.flip)
        whole = whole._replace(joined=joined)
    elif w.beside > 1:
        whole = whole._replace(channels=spec.oc, beside=-tap if spec.flip else tap)
    return whole._replace(strides=strides, first=first, steps=tuple(steps))


# --- the order of tasks ---


def together(parts: list[Part]) -> bool:
    """Whether the tasks of all phases for the same place follow each other, which share lines of the output: where
    weights of all stay in the second cache. Else all tasks of a phase do, which share weights."""
    size = sum(part.phase.number * part.g.packed_weights for part in parts) * parts[0].g.weights.itemsize
    return size <= WEIGHTS * max((cache.size for cache in parts[0].plan.target.caches[1:2]), default=0)


def all_tasks(parts: list[Part]) -> int:
    """How many there are; where they take turns, a phase with fewer places has some that do nothing."""
    if together(parts):
        return sum(part.phase.number for part in parts) * max(part.tasks for part in parts)
    return sum(part.all_tasks for part in parts)
