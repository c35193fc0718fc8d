"""The program of a chain: for each layer the functions of its bands and what packs its weights; the task, which calls
them band by band."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from ...layer import call
from ...layer.spec import ConvSpec
from ...machine.isa import Isa, stored
from ...machine.noted import Rows
from ...plan.choices import ChainChoices
from ...plan.plan import Plan
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
from ..tiled.copying import Copying
from ..tiled.functions import Functions, NestsView, Variant
from ..tiled.geometry import Geometry, input_strides, output_strides
from ..tiled.loopnest import LoopNest
from ..tiled.microkernel import Tile, hot
from ..weights import weights_given
from . import pooling, stages
from .bands import Band, Part, buffers, strips

LINE = 64  # bytes: where buffers, and the packed weights of each layer, begin


class Nest(NamedTuple):
    """A function for some rows of a layer. comment: which. copy: the copy of these that it makes first, if any, by a
    function for one row."""

    name: str
    comment: str
    parameters: tuple[Parameter, ...]
    nodes: list[Node]
    copy: Copying | None = None
    row: tuple[Parameter, ...] = ()  # the parameters of that

    @property
    def copier(self) -> str:
        """The name of that."""
        return "copy_" + self.name.partition("_")[2]

    @property
    def copies(self) -> list[Node]:
        """The calls of that."""
        if self.copy is None:
            return []
        if self.copy.tasks == 1:
            return [Call(self.copier, ["input", "workspace"])]
        call = Call(self.copier, ["row", "input", "workspace"])
        return [For("row", "0", str(self.copy.tasks), 1, "rows of the copy", [call])]


class StageView(NestsView, frozen=True, kw_only=True):
    """What templates/chain/layer.c.j2 prints of a layer: what NestsView has of all its nests; and

    nests: their functions; copy: what their copies have in common, if they make any. panel_parameters: of what packs a
    panel.
    """

    nests: list[Nest]
    panel_parameters: tuple[Parameter, ...]

    @property
    def around(self) -> int:
        copies = sum(statements([*nest.copies, *nest.copy.nest]) for nest in self.nests if nest.copy)
        return copies + sum(statements(nest.nodes) for nest in self.nests) + self.pack.statements


class Rowwise(NamedTuple):
    """A function for some rows of a pooling: spec, the layer that they are."""

    name: str
    comment: str
    parameters: tuple[Parameter, ...]
    spec: ConvSpec


class Channels(NamedTuple):
    """Those of whole vectors, so many; or the last, `used` of a vector. In C: what a result begins with, what it
    becomes with number x, and how it is stored."""

    whole: int
    used: int
    first: str
    joined: str
    stored: str


class PoolingView(View, frozen=True, kw_only=True):
    """What templates/chain/pooling.c.j2 prints. nests: its functions. row_stride, lane_stride: numbers from one row of
    output, and one pixel, to the next. blocks: of floats; integers have none.
    """

    nests: list[Rowwise]
    kind: pooling.Kind
    row_stride: int
    lane_stride: int
    blocks: list[Channels]

    @property
    def statements(self) -> int:
        return len(self.nests) * (12 + 8 * len(self.blocks))

    @property
    def looped(self) -> int:
        return len(self.nests) * len(self.blocks)


class ChainView(View, frozen=True, kw_only=True):
    """What templates/chain/chain.c.j2 prints behind the layers' functions.

    places: the loop variables of a task; nodes: what it does. kept: whether rows of a band are kept for the next.
    packs: of each layer, what its function that packs takes. layers: their views, for those who count.
    """

    places: list[tuple[str, str, str]]
    nodes: list[Node]
    kept: bool
    packs: list[list[str]]
    layers: list[StageView | PoolingView]

    @property
    def statements(self) -> int:
        return sum(layer.statements for layer in self.layers) + statements(self.nodes)

    @property
    def looped(self) -> int:
        return sum(layer.looped for layer in self.layers)

    @property
    def unpacked(self) -> int:
        return sum(layer.unpacked for layer in self.layers if isinstance(layer, StageView))


# --- memory ---


def packed_bytes(plan: Plan) -> int:
    """Of a layer's plan, in whole lines."""
    if plan.spec.pooled:
        return 0
    g = stages.tiled(plan).geometry(plan)
    return -(-g.packed * g.weights.itemsize // LINE) * LINE


def buffer_bytes(plan: Plan) -> list[int]:
    """Of the maps between the layers of a chain's plan, in whole lines."""
    own, spec = plan.own(ChainChoices), plan.spec
    sizes = (rows * layer.ow * layer.oc * spec.itemsize for rows, layer in
             zip(buffers(spec, own.band, own.strip), spec.parts, strict=False))
    return [-(-size // LINE) * LINE for size in sizes]


def copy_bytes(plan: Plan) -> int:
    """Of the largest copy that a layer makes of its rows, in whole lines: one at a time is there."""
    sizes = [0]
    for plans in stages.plans_of(plan) or ():
        found = [stages.tiled(one).geometry(stages.alone(one)) for spec, one in plans.items() if not spec.pooled]
        sizes += [g.workspace * g.source.itemsize for g in found if g.copies]
    return -(-max(sizes) // LINE) * LINE


def scratch_bytes(plan: Plan) -> int:
    """Of a worker: the maps between layers, and a copy."""
    return sum(buffer_bytes(plan)) + copy_bytes(plan)


# --- the program ---


def program(plan: Plan, rows: Rows) -> Program:
    plans = stages.plans_of(plan)
    assert plans is not None
    names = [{spec: f"layer{at}_{_name(spec)}" for spec in one} for at, one in enumerate(plans)]
    made = [(_pooling if plan.stages[at].spec.pooled else _layer)(at, plan.stages[at], one, names[at], rows)
            for at, one in enumerate(plans)]
    spec, first = plan.spec, made[0]
    io, weights = stored(plan.target.row, spec.arithmetic), first.packed_of or first.row
    scratch = scratch_bytes(plan) // io.itemsize
    task = Task(plan, names, io, weights)
    many = spec.n * len(task.strips)
    views = [one.view for one in made if isinstance(one.view, StageView | PoolingView)]
    view = ChainView(places=unrank(task.loops), nodes=task.nodes(), kept=task.kept, packs=task.packs(), layers=views)
    phase = Phase("compute_task", many, task.what, (
        *["task"] * (many > 1), "worker", "input", "packed", *["residual"] * spec.residual, "output", "workspace"))
    return Program(
        row=first.row, template="chain/chain.c.j2", pack="chain/pack.c.j2", view=view, phases=(phase,),
        parameters=chain_parameters(spec, first.row), packed_of=weights, workspace_of=io,
        packed=sum(map(packed_bytes, plan.stages)) // weights.itemsize, scratch=scratch,
        barriers=any(one.barriers for one in made), apart=any(one.apart for one in made),
        hot=max(made, key=lambda one: one.view.statements).hot, over_residual=False, stages=tuple(made))


def chain_parameters(spec: ConvSpec, row: Isa) -> tuple[Parameter, ...]:
    """Of NAME_pack: the arrays of all layers, of which a bias may be NULL."""
    bias = row.named(spec.arithmetic.bias)
    taken = [reads(row.named(one.array.element) if one.array else bias, one.name) for one in call.packing(spec)[:-1]]
    return (*taken, writes("void", "packed"))


def _name(spec: ConvSpec) -> str:
    """What C calls the function of some rows: by how many it makes, and the padding that it has."""
    pads = ((word, pad) for word, pad in (("top", spec.top), ("bottom", spec.bottom)) if pad)
    return "_".join([f"rows{spec.oh}", *(f"{word}{pad}" for word, pad in pads)])


def _layer(at: int, plan: Plan, plans: dict[ConvSpec, Plan], names: dict[ConvSpec, str], rows: Rows) -> Program:
    """The functions of the bands of layer `at`, as a program of their own."""
    algorithm, functions = stages.tiled(plan), Functions()
    g = algorithm.geometry(stages.alone(plan)).noted(rows)
    nests: list[Nest] = []
    barriers = False
    for spec, one in plans.items():
        nest = LoopNest(algorithm.geometry(stages.alone(one)).noted(rows), algorithm.reduction, functions)
        nodes = nest.nodes()
        barriers = barriers or nest.barriers
        copy, row = nest.copying() if g.copies else None, tuple[Parameter, ...]()
        given, made = reads(g.io.scalar, "input"), writes(g.source.scalar, "workspace")
        if copy is not None:
            row = (*indices(["task"] if copy.tasks > 1 else []), given, made)
        nests.append(Nest(names[spec], _said(spec), _taken(spec, g), nodes, copy, row))
    whole = LoopNest(g, algorithm.reduction)
    pack = algorithm.packing(g)
    tiles = [one for one in functions.values() if isinstance(one, Tile)]
    view = StageView(
        tiles=tiles, variants=[one for one in functions.values() if isinstance(one, Variant)],
        lanes=g.row.lanes, by_channel=plan.lanes != "ow", row_stride=g.row_stride, lane_stride=g.lane_stride,
        contiguous=g.contiguous, numbers=whole.numbers(), packed_numbers=g.packed_numbers, transposes=False,
        narrowed=g.narrowed, rescales=g.rescales, nests=nests, copy=_common(nests), pack=pack,
        panel_parameters=(*weights_given(plan.spec, g.row, g.scales), *indices(pack.parameters),
                          writes(g.weights.scalar, "out")))
    return Program(
        row=g.row, template="chain/layer.c.j2", pack="tiled/pack.c.j2", view=view, phases=(),
        parameters=packing_parameters(plan.spec, g.io, "void"), packed_of=g.weights,
        workspace_of=g.source if g.copies else None, long=g.long, packed=g.packed,
        barriers=barriers, apart=any(tile.apart for tile in tiles), hot=hot(tiles),
        exports=(*(nest.name for nest in nests), f"layer{at}_pack"))


def _pooling(at: int, plan: Plan, plans: dict[ConvSpec, Plan], names: dict[ConvSpec, str], rows: Rows) -> Program:
    """The same of a pooling."""
    spec, row = plan.spec, rows.of(plan.target.row)
    io = rows.of(stored(row, spec.arithmetic))
    taken = (reads(io.in_memory, "input"), writes(io.in_memory, "output"))
    strides, last, kind = output_strides(spec), spec.oc % io.lanes, pooling.KINDS[spec.operation]
    blocks, vectors = list[Channels](), not spec.arithmetic.exact
    if vectors and (whole := spec.oc - last):
        first = io.load("window + c") if kind.first else io.zero()
        blocks.append(Channels(whole, 0, first, kind.joined(io, io.load("x"), "acc"), io.store("y + c", "acc")))
    if vectors and last:
        first = io.load_few("window + c", last) if kind.first else io.zero()
        blocks.append(Channels(0, last, first, kind.joined(io, io.load_few("x", last), "acc"),
                               io.store_few("y + c", "acc", last)))
    view = PoolingView(nests=[Rowwise(names[one], _said(one), taken, one) for one in plans],
                       kind=kind, row_stride=strides.h, lane_stride=strides.w,
                       blocks=blocks)
    return Program(row=row, template="chain/pooling.c.j2", pack="", view=view, phases=(), parameters=(), packed=0,
                   hot=None, exports=tuple(names.values()))


def _said(spec: ConvSpec) -> str:
    """A function of some rows in words."""
    pads = [f"{pad} rows of padding {where}" for pad, where in ((spec.top, "above"), (spec.bottom, "below")) if pad]
    return f"{spec.oh} rows of {spec.ih}" + "".join(f", {pad}" for pad in pads)


def _taken(spec: ConvSpec, g: Geometry) -> tuple[Parameter, ...]:
    return (reads((g.io if g.copies else g.source).scalar, "input"), reads(g.weights.scalar, "packed"),
            *[reads(g.io.scalar, "residual")] * spec.residual, writes(g.io.scalar, "output"),
            *[writes("void", "copied")] * g.copies)


def _common(nests: list[Nest]) -> Copying | None:
    """Of the copies of a layer's rows, what they call."""
    copies = [nest.copy for nest in nests if nest.copy]
    return copies[0]._replace(helpers=set().union(*(copy.helpers for copy in copies))) if copies else None


class Task:
    """What a task does: a strip of bands, layer by layer."""

    def __init__(self, plan: Plan, names: list[dict[ConvSpec, str]], io: Isa, weights: Isa) -> None:
        own = plan.own(ChainChoices)
        self.plan, self.spec, self.names, self.own = plan, plan.spec, names, own
        self.io, self.weights = io, weights
        self.strips = strips(self.spec, own.band, own.strip)
        self.input, self.output = input_strides(self.spec), output_strides(self.spec)
        self.kept = any(part.kept for one in self.strips for band in one for part in band.parts)
        self.copies = [not one.spec.pooled and stages.tiled(one).geometry(one).copies for one in plan.stages]
        self.maps = [layer.ow * layer.oc for layer in self.spec.parts]  # numbers of a row of each layer's map

    @property
    def loops(self) -> list[tuple[str, int, str]]:
        return [("image", self.spec.n, "images"), ("strip", len(self.strips), f"strips of {self.what}")]

    @property
    def what(self) -> str:
        """What a task is, in words."""
        rows = min(self.spec.oh, self.own.band * self.own.strip)
        return f"{'images x ' * (self.spec.n > 1)}output rows, {rows} at a time"

    def packs(self) -> list[list[str]]:
        """The arguments by which NAME_pack calls the function of each layer."""
        found, at = list[list[str]](), 0
        for stage, layer in enumerate(self.spec.parts):
            if layer.pooled:
                continue
            given = [one.name + str(stage) for one in call.packing(layer)[:-1]]
            found.append([*given, affine("out", at)])
            at += packed_bytes(self.plan.stages[stage]) // self.weights.itemsize
        return found

    def nodes(self) -> list[Node]:
        found: list[Node] = []
        size, at, scratch = self.io.itemsize, 0, scratch_bytes(self.plan)
        for stage, taken in enumerate(buffer_bytes(self.plan)):
            place = affine("workspace", ("(ptrdiff_t)worker", scratch // size), at // size)
            found.append(Let(f"{self.io.in_memory} *", f"map{stage}", place))
            at += taken
        if copy_bytes(self.plan):
            place = affine("workspace", ("(ptrdiff_t)worker", scratch // size), at // size)
            found.append(Let("void *", "copied", place))
        if self.spec.n > 1:
            arrays = [("input", self.input.n), *[("residual", self.output.n)] * self.spec.residual,
                      ("output", self.output.n)]
            found += [Statement(f"{name} += image * {step};") for name, step in arrays]
        kinds = self._kinds()
        many = len(self.strips)
        if len(kinds) == 1:
            return found + self._strip(*kinds[0])
        for members, one in kinds:
            low, high = members[0], members[-1]
            tests = [f"strip == {low}"] if low == high else \
                [f"strip >= {low}"] * (low > 0) + [f"strip <= {high}"] * (high < many - 1)
            found.append(If(" && ".join(tests), self._strip(members, one)))
        return found

    def _kinds(self) -> list[tuple[list[int], tuple[Band, ...]]]:
        """Strips that follow each other and do the same, and one of them."""
        groups = itertools.groupby(enumerate(self.strips), key=lambda one: tuple(map(self._alike, one[1])))
        alike = ([*group] for _, group in groups)
        return [([at for at, _ in members], members[0][1]) for members in alike]

    def _alike(self, band: Band) -> tuple[object, ...]:
        return band.relative(self.spec.sh)

    def _strip(self, members: list[int], strip: tuple[Band, ...]) -> list[Node]:
        """The bands of a strip: those that do the same in a loop. oh: the first row of output of a band."""
        nodes: list[Node] = []
        step = self.own.band
        begin = strip[0].rows.begin
        moving = len(members) > 1
        if moving:
            nodes.append(Let("const ptrdiff_t ", "first", f"strip * {self.own.band * self.own.strip}"))

        def row(band: Band) -> list[tuple[str, int] | int]:
            """Its first row, in terms."""
            return [("first", 1), band.rows.begin - begin] if moving else [band.rows.begin]

        for _, group in itertools.groupby(strip, key=self._alike):
            run = list(group)
            if len(run) == 1:
                nodes += self._band(run[0], row(run[0]))
                continue
            nodes.append(For("oh", affine("", *row(run[0])), affine("", *row(run[-1]), 1), step,
                             f"bands of {step} rows", self._band(run[0], [("oh", 1)])))
        return nodes

    def _band(self, band: Band, oh: list[tuple[str, int] | int]) -> list[Node]:
        """What the layers do in a band that begins at row oh, in terms."""
        nodes: list[Node] = []
        for part in band.parts:
            if part.kept and part.moved:
                row = self.maps[part.stage]
                nodes.append(Call("keep_rows", [f"map{part.stage}", str(part.moved * row), str(part.kept * row)]))
            nodes.append(Call(self.names[part.stage][part.spec], self._arguments(part, band, oh)))
        return nodes

    def _arguments(self, part: Part, band: Band, oh: list[tuple[str, int] | int]) -> list[str]:
        spec, last = self.spec, len(self.spec.parts) - 1

        def times(step: int) -> list[tuple[str, int] | int]:
            return [one * step if isinstance(one, int) else (one[0], one[1] * step) for one in oh]

        if part.stage == 0:
            behind = part.reads.begin - band.rows.begin * spec.sh
            source = affine("input", *times(spec.sh * self.input.h), behind * self.input.h)
        else:
            source = affine(f"map{part.stage - 1}", part.start * self.maps[part.stage - 1])
        at = sum(packed_bytes(one) for one in self.plan.stages[: part.stage]) // self.weights.itemsize
        packed = affine("packed", at)
        copied = ["copied"] * self.copies[part.stage]
        if part.stage < last:
            return [source, packed, affine(f"map{part.stage}", part.kept * self.maps[part.stage]), *copied]
        given = ["residual"] * spec.residual + ["output"]
        return [source, *[packed] * (not part.spec.pooled), *(affine(name, *times(self.output.h)) for name in given),
                *copied]

