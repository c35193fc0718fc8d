"""Transposed convolution with strides, in phases (lowering.py): register tiles in a loop nest for each, in one kernel.

All phases have the plan's tile, loops and source of the input. Each is a forward layer of stride 1 that takes some taps
of the weights and whose outputs lie the stride apart,

    compute_task:   tasks 0 … 15: compute_phase0, 16 … 31: compute_phase1, …
    packed:         [weights of phase 0][weights of phase 1] … [bias][slopes]

so a task is one of a phase's nest. Phases that differ in nothing but their weights and where their outputs begin share
a nest, equal micro-kernels of several nests are one function, and a padded copy serves all phases.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from copy import copy
from typing import NamedTuple

import msgspec

from ...layer.descriptor import PADS
from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import Choices, Source, TiledChoices
from ...plan.plan import Loop, Plan
from ...plan.program import (
    Call,
    For,
    If,
    Let,
    Node,
    Parameter,
    Phase,
    Program,
    Statement,
    View,
    affine,
    indices,
    packing_parameters,
    reads,
    statements,
    unrank,
    writes,
)
from ...plan.work import Visits, Work
from .. import lowering
from ..numerics import Numerics
from ..reading import Reading
from ..space import Space
from ..weights import Taps, all_taps
from . import work as tiled_work
from .arrange import Copying, Packing, copying, packing
from .geometry import Geometry, Strides, input_strides, output_strides
from .loopnest import Functions, LoopNest, Variant
from .microkernel import Reduction, Tile, hot
from .tiled import Tiled

SOURCES: tuple[Source, ...] = ("input", "edges", "copy")
MAX_NESTS = 64  # that a file may hold


class Part(NamedTuple):
    """Phases that share a nest: the plan of one as a forward layer, and its numbers; where the nest's input and output
    begin in the caller's arrays, or in the copy, and the numbers of packed weights before its own. tasks: of one
    phase."""

    phase: lowering.Phase
    plan: Plan
    g: Geometry
    reads_at: int
    writes_at: int
    weights_at: int
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


class Nothing(Reduction):
    """Of outputs in which no tap meets: nothing is summed."""

    def body(self) -> list[Node]:
        return self.nothing()


class Nest(NamedTuple):
    """The function of a part, or of several that are alike. comment: their phases. places: the loop variables of a
    task; nodes: what it does. moved: pointers that begin elsewhere in each of a part's phases."""

    name: str
    comment: list[str]
    parameters: tuple[Parameter, ...]
    places: list[tuple[str, str, str]]
    moved: list[Node]
    nodes: list[Node]


class Panels(NamedTuple):
    """A function that packs a panel. comment, nodes: what it does."""

    name: str
    parameters: tuple[Parameter, ...]
    comment: list[str]
    nodes: list[Node]


class PhasedView(View, frozen=True, kw_only=True):
    """What templates/tiled/phased.c.j2 prints: what TiledView has of all nests; and

    nests: their functions; calls: which of them a task calls. panels: functions that pack; pack: how NAME_pack calls
    them.
    """

    tiles: list[Tile]
    variants: list[Variant]
    lanes: int
    by_channel: bool
    row_stride: int
    lane_stride: int
    contiguous: bool
    copy: Copying | None
    numbers: list[tuple[str, str, str]]
    packed_numbers: int
    transposes: bool
    narrowed: Isa | None
    nests: list[Nest]
    calls: list[Node]
    panels: list[Panels]
    pack: Packing

    @property
    def statements(self) -> int:
        copied = statements(self.copy.nest) if self.copy else 0
        own = sum(statements(nest.nodes) for nest in self.nests) + sum(statements(one.nodes) for one in self.panels)
        calls = [variant.patch.name for variant in self.variants]
        tiles = sum(tile.statements * (calls.count(tile.name) or 1) for tile in self.tiles)
        return tiles + own + copied + statements(self.pack.panels) + statements(self.pack.numbers)


class Phased(NamedTuple):
    """A tiled algorithm, of layers with phases. inner: of the forward layer of one phase."""

    inner: Tiled

    @property
    def NAME(self) -> str:
        return self.inner.NAME

    @property
    def AUTOMATIC(self) -> bool:
        return self.inner.AUTOMATIC

    @property
    def APPROXIMATE(self) -> bool:
        return self.inner.APPROXIMATE

    @property
    def CHOICES(self) -> type[Choices]:
        return self.inner.CHOICES

    @property
    def space(self) -> Space:
        """What the phase with most products has, where it suits the others."""
        inner = self.inner.space

        def unfit(spec: ConvSpec, target: Target) -> str | None:
            found = lowering.phases(spec)
            if len(found) > MAX_NESTS:
                return f"{self.NAME} has at most {MAX_NESTS} kinds of phases ({len(found)})"
            return inner.unfit(found[0].spec, target)

        def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
            found = lowering.phases(spec)
            padded = any(phase.spec.padded for phase in found if not phase.empty)
            for tile in inner.tiles(found[0].spec, target):
                own = tile.own(TiledChoices)
                source: Source = "edges" if padded and own.source == "input" and tile.lanes == "oc" else own.source
                if source in SOURCES and not (padded and source == "input"):
                    yield msgspec.structs.replace(tile, spec=spec, choices=msgspec.structs.replace(own, source=source))

        def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
            first = lowering.phases(plan.spec)[0].spec
            blocked = plan.lanes == "oc" or plan.spec.sw == 1  # else sums could not stay in the output
            for loops in inner.orders(msgspec.structs.replace(plan, spec=first)):
                if blocked or all(loop.step == 1 for loop in loops if loop.dim == "ic"):
                    yield loops

        def limit(plan: Plan) -> str | None:
            return next(filter(None, (inner.limit(part) for _, part in plans_of(plan))), None)

        return Space(unfit, tiles, orders, limit)

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        """Every legal plan; none where the algorithm does not apply."""
        return self.space.plans(spec, target)

    def check(self, plan: Plan) -> str | None:
        """Why a plan is none of them, or None."""
        return self.space.check(plan)

    def decisions(self, plan: Plan) -> dict[str, object]:
        return self.inner.decisions(plan)

    def numerics(self, plan: Plan) -> Numerics:
        """The terms of the layer are those of the phase with most."""
        return self.inner.numerics(plan)

    def reading(self, plan: Plan) -> Reading:
        return self.inner.reading(plan)

    def passes(self, plan: Plan) -> str:
        return self.inner.passes(plan)

    def explain(self, plan: Plan) -> str:
        return ""

    def registers(self, plan: Plan) -> int:
        return max(self.inner.registers(part) for _, part in plans_of(plan))

    def tile(self, plan: Plan) -> str:
        return self.inner.tile(plan)

    def parts(self, plan: Plan) -> list[Part]:
        """The nests."""
        return _parts(self.inner, plan)

    def nest(self, plan: Plan) -> list[tuple[Loop, int]]:
        """The phases, and the loops of the largest of them."""
        parts = self.parts(plan)
        first = parts[0]
        loops = [(loop, first.g.trips(index)) for index, loop in enumerate(first.plan.loops)]
        return [(Loop("phase", 1, "task"), sum(part.phase.number for part in parts)), *loops]

    def tasks(self, plan: Plan) -> int:
        return sum(part.all_tasks for part in self.parts(plan))

    def visits(self, plan: Plan) -> tuple[Visits, ...]:
        """Those of all phases; where no tap meets, the tiles have no terms."""
        found = []
        for part in self.parts(plan):
            for visit in self.inner.visits_of(part.plan, part.g):
                visit = visit._replace(number=part.phase.number * visit.number)
                found.append(visit._replace(steps=0.0, rounds=0) if part.phase.empty else visit)
        return tuple(found)

    def work(self, plan: Plan) -> Work:
        """Of all nests; the copy is made once."""
        found = [tiled_work.work(part.g, (), self.inner.once)._replace(repeats=part.phase.number, passes=())
                 for part in self.parts(plan)]
        cover = _cover(self.inner, plan)
        return found[0]._replace(
            visits=self.visits(plan), passes=tiled_work.passes(cover) if cover else (), others=tuple(found[1:]),
            epilogue=sum(work.repeats * work.epilogue for work in found))

    def program(self, plan: Plan, rows: Rows) -> Program:
        """What is printed; rows note the helpers that it calls."""
        return _program(self.inner, plan, rows)


# --- the nests of a plan ---


@functools.lru_cache(maxsize=1024)
def plans_of(plan: Plan) -> tuple[tuple[lowering.Phase, Plan], ...]:
    """The phases, each with the plan of one."""
    return tuple((phase, _plan_of(plan, phase)) for phase in lowering.phases(plan.spec))


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
def _cover(inner: Tiled, plan: Plan) -> Geometry | None:
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
def _parts(inner: Tiled, plan: Plan) -> list[Part]:
    spec, cover = plan.spec, _cover(inner, plan)
    given, output = input_strides(spec), output_strides(spec)
    apart = Strides(output.n, output.c, *(getattr(output, axis.name) * axis.s for axis in spec.axes))
    found: list[Part] = []
    geometries = [copy(inner.geometry(part)) for _, part in plans_of(plan)]
    for (phase, _), g in zip(plans_of(plan), geometries, strict=True):
        g.terms = 0 if phase.empty else g.terms
    total = sum(phase.number * g.packed_weights for (phase, _), g in zip(plans_of(plan), geometries, strict=True))
    at = 0
    for (phase, part), plain in zip(plans_of(plan), geometries, strict=True):
        read = Strides(0, 0, 0, 0, 0) if phase.empty else given if cover is None else cover.input
        g = plain.placed(given, read, apart, _taps(spec, phase), total - plain.packed_weights)
        first = {line.axis.name: line.low for line in phase.lines}
        if cover is not None:  # which begins before the input
            first = {line.axis.name: line.start + own.before
                     for line, own in zip(phase.lines, cover.spec.axes, strict=True)}
        start = sum(first[name] * getattr(read, name) for name in first)
        end = sum(line.first * getattr(output, line.axis.name) for line in phase.lines)
        loops = [g.trips(index) for index, loop in enumerate(part.loops) if loop.bind == "task"]
        found.append(Part(phase, part, g, start, end, at, math.prod(loops)))
        at += phase.number * g.packed_weights
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
    return whole._replace(strides=strides, first=first, steps=tuple(steps))


# --- the program ---


def _program(inner: Tiled, plan: Plan, rows: Rows) -> Program:
    parts, cover = _parts(inner, plan), _cover(inner, plan)
    noted = [part._replace(g=part.g.noted(rows)) for part in parts]
    functions: Functions = {}
    loops = [LoopNest(part.g, Nothing if part.phase.empty else inner.reduction, functions) for part in noted]
    nests: list[Nest] = []
    names = [_shared(nests, _nest(part, loop)) for part, loop in zip(noted, loops, strict=True)]
    copied = copying(cover.noted(rows)) if cover else None
    tasks, g, spec = sum(part.all_tasks for part in parts), noted[0].g, plan.spec
    panels, pack = _packing(noted, spec)
    phases = [Phase("compute_task", tasks, "phases and their tasks", (
        *["task"] * (tasks > 1), *["input"] * (copied is None or any(part.phase.empty for part in parts)), "packed",
        *["residual"] * spec.residual, "output", *["workspace"] * (copied is not None)))]
    if copied:
        phases.insert(0, Phase("copy_task", copied.tasks, copied.what,
                               (*["task"] * (copied.tasks > 1), "input", "workspace")))
    view = PhasedView(
        tiles=[one for one in functions.values() if isinstance(one, Tile)],
        variants=[one for one in functions.values() if isinstance(one, Variant)], lanes=g.row.lanes,
        by_channel=plan.lanes != "ow", row_stride=g.row_stride, lane_stride=g.lane_stride, contiguous=g.contiguous,
        copy=copied, numbers=loops[0].numbers(), packed_numbers=g.packed_numbers, transposes=loops[0].transposes,
        narrowed=g.narrowed, nests=nests, calls=_calls(noted, loops, names), panels=panels, pack=pack)
    return Program(
        row=g.row, template="tiled/phased.c.j2", pack="tiled/phased_pack.c.j2", view=view, phases=tuple(phases),
        parameters=packing_parameters(spec, g.io, "void"), workspace_of=cover.source if cover else None,
        packed=g.packed, workspace=cover.workspace if cover else 0, packers=pack.packers,
        barriers=any(loop.barriers for loop in loops), capability=g.row.capability, hot=hot(view.tiles),
        over_residual=all(part.g.stages == 1 for part in parts))


def _taken(part: Part, loop: LoopNest) -> list[Parameter]:
    """What the function of a part takes beside its task."""
    numbers = {section.role: section.element or part.g.row.scalar for section in part.g.sections[0]}
    base = "workspace" if part.plan.own(TiledChoices).source == "copy" else "input"
    io = part.g.io.scalar
    return [reads(part.g.source.scalar, base), reads(part.g.row.scalar, "weights"),
            *(reads(numbers[role], role) for role in numbers), *[reads(io, "residual")] * loop.spec.residual,
            writes(io, "output")]


def _shared(nests: list[Nest], made: Nest) -> str:
    """Adds a function to the others, or its phases to one that is like it; its name."""
    for at, nest in enumerate(nests):
        if nest == made._replace(name=nest.name, comment=nest.comment):
            nests[at] = nest._replace(comment=nest.comment + made.comment)
            return nest.name
    nests.append(made._replace(name=f"compute_phase{len(nests)}"))
    return nests[-1].name


def _nest(part: Part, loop: LoopNest) -> Nest:
    """The function of a part, without its name."""
    nodes, counted = loop.nodes(), part.counted
    to = affine("", *((name, step) for name, _, step in counted))
    weights, size = list[tuple[str, int]](), part.g.packed_weights
    for name, count, _ in reversed(counted):
        weights.insert(0, (name, size))
        size *= count
    moved = {**dict.fromkeys(["residual"] * loop.spec.residual + ["output"], to), "weights": affine("", *weights)}
    phases = [(name, count, f"phases along o{name[1:]}") for name, count, _ in counted]
    parameters = (*[Parameter("size_t", "task")] * (part.all_tasks > 1), *_taken(part, loop))
    return Nest("", [part.phase.said], parameters, unrank(phases + loop.counted),
                [Statement(f"{name} += {by};") for name, by in moved.items() if by != "0"], nodes)


def _calls(parts: list[Part], loops: list[LoopNest], names: list[str]) -> list[Node]:
    """What a task does: it calls the nest that it is one of, by its name."""
    nodes: list[Node] = []
    before = sum(part.all_tasks for part in parts)
    for part, loop, name in reversed([*zip(parts, loops, names, strict=True)]):
        before -= part.all_tasks
        places = {"input": part.reads_at, "workspace": part.reads_at, "weights": part.weights_at,
                  "residual": part.writes_at, "output": part.writes_at}
        args = [affine(one.name, places.get(one.name, 0)) for one in _taken(part, loop)]
        task = [affine("task", -before)] * (part.all_tasks > 1)
        call: list[Node] = [Call(name, [*task, *args])]
        last = not nodes
        nodes = call if last else [If(f"task < {before + part.all_tasks}", [*call, Statement("return;")]), *nodes]
    return nodes


def _packing(parts: list[Part], spec: ConvSpec) -> tuple[list[Panels], Packing]:
    """The functions that pack panels, equal ones once, and how NAME_pack calls them."""
    found: list[Panels] = []
    nodes: list[Node] = []
    last: Packing | None = None
    packers = 0
    for part in parts:
        last = packing(part.g)
        if part.phase.empty:
            continue
        row = part.g.row
        parameters = (reads(row.named(spec.arithmetic.weights), "weights"), *indices(last.parameters),
                      writes(row.scalar, "out"))
        body = (parameters, last.comment, last.panel)
        number = next((at for at, one in enumerate(found) if one[1:] == body), len(found))
        found += [Panels("pack_panel" + f"{number + 1}" * (number > 0), *body)] * (number == len(found))
        panels = packing(part.g, found[number].name).panels
        if isinstance(panels[0], Let):  # the number of turns of work-items: once for all parts
            nodes, panels = nodes or panels[:1], panels[1:]
        packers += part.phase.number * last.packers
        for variable, count, _ in reversed(part.counted):
            panels = [For(variable, "0", str(count), 1, "", panels)]
        nodes += panels
    assert last is not None
    return found, last._replace(panels=nodes, packers=packers if parts[0].plan.target.is_gpu else 1)
