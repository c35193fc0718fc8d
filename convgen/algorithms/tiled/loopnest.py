"""The loops around the micro-kernels of the tiled algorithms, and the micro-kernels they call."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable
from typing import NamedTuple

from ...layer.array import Role
from ...plan.plan import Loop
from ...plan.program import (
    Barrier,
    Block,
    Call,
    For,
    If,
    Let,
    Node,
    Parameter,
    Phase,
    Program,
    Statement,
    affine,
    indices,
    nodes_of,
    packing_parameters,
    reads,
    unrank,
    writes,
)
from ...plan.tiling import Segment
from ..squares import Square, square
from ..weights import weights_given
from . import exact
from .clip import clips
from .contract import apart, lines
from .copying import Copying, copying
from .functions import Functions, Kept, TiledView, Variant, known
from .geometry import ARRANGED, CLIPS, SKIPS, Geometry, Strides
from .microkernel import Accumulator, Reduction, Tile, counted, hot, largest, products
from .packing import Packing

COPIED = {"copy": "workspace", "widened": "workspace", "unpadded": "workspace", "columns": "workspace",
          "local": "scratch", "slice": "scratch"}  # where a copy of the input lies


Placing = Callable[[str, int], tuple[str, int] | int]  # the term of a dimension, by its stride


class Place(NamedTuple):
    """Where in the loops a tile stands. segments: which one of each dimension that is cut into tiles. starts: indices
    that are known. stage: of the reduction, as Tile has it."""

    segments: dict[str, Segment]
    starts: dict[str, int]
    stage: str = ""

    def inside(self, dim: str, segment: Segment) -> Place:
        """In a segment of a dimension."""
        return self._replace(segments={**self.segments, dim: segment})

    def at(self, dim: str, start: int) -> Place:
        """At a known index of a dimension."""
        return self._replace(starts={**self.starts, dim: start})


class Shape(NamedTuple):
    """Of a tile: its rows and vectors, the outputs along the vectors of a row, whether the lanes are along them, and
    how many the last vector uses (0: all)."""

    rows: int
    vectors: int
    width: int
    along: bool
    tail: int


class LoopNest:
    """The loop nest of one plan, and the micro-kernels it calls."""

    def __init__(self, g: Geometry, reduction: type[Reduction], functions: Functions | None = None,
                 kept: Kept | None = None) -> None:
        """reduction: how the algorithm multiplies and sums inside a tile. functions: those of all nests of a program.
        kept: what nests of this kind have made of the same rows.
        """
        self.reduction = reduction
        self.functions: Functions = {} if functions is None else functions
        self.g, self.plan, self.spec, self.row = g, g.plan, g.spec, g.row
        s = self.spec
        self.edges = g.choices.source in SKIPS
        self.clips = clips(axis for axis in s.axes[:2] if g.choices.source in CLIPS
                           and f"o{axis.name}" not in g.segments)
        self.shared = reduction.shares(g)
        self.kept = Kept({}, {}, {}) if kept is None else kept
        self.tiles: dict[Hashable, Tile] = {}
        self.variants: dict[Hashable, Variant] = {}

    def program(self, packing: Callable[[Geometry], Packing]) -> Program:
        """What templates/tiled prints. packing: the algorithm's panels."""
        g, nodes = self.g, self.nodes()
        pack, copy = packing(g), self.copying() if g.copies else None
        view = TiledView(
            tiles=list(self.tiles.values()),
            variants=list(self.variants.values()),
            lanes=self.row.lanes,
            by_channel=self.plan.lanes != "ow",
            row_stride=g.row_stride,
            lane_stride=g.lane_stride,
            contiguous=g.contiguous,
            places=unrank(self.counted),
            nodes=nodes,
            pack=pack,
            panel_parameters=(*weights_given(self.spec, self.row, g.scales), *indices(pack.parameters),
                              writes(g.weights.scalar, "out")),
            copy=copy,
            numbers=self.numbers(),
            packed_numbers=g.packed_numbers,
            transposes=self.transposes,
            narrowed=g.narrowed,
            rescales=g.rescales,
            waiting=affine("workspace", g.waiting_at) if g.waits else "",
        )
        return Program(
            row=self.row,
            template="tiled/tiled.c.j2",
            pack="tiled/pack.c.j2",
            view=view,
            phases=self._phases(copy),
            parameters=packing_parameters(self.spec, g.io, "void"),
            packed_of=g.weights,
            workspace_of=g.source if copy is not None else self.row if g.waits else None,
            io=g.io if g.io.fence else None,
            long=g.long,
            helpers=(*[g.io.transpose] * self.transposes, *(copy.helpers if copy and g.exact else ())),
            packed=g.packed,
            workspace=g.held_workspace,
            scratch=g.scratch,
            packers=pack.packers,
            barriers=self.barriers,
            apart=self.apart,
            capability=self.row.capability,
            hot=hot(self.tiles.values()),
            over_residual=g.stages == 1 or g.waits,  # else sums stay in the output before the residual is read
        )

    def _phases(self, copy: Copying | None) -> tuple[Phase, ...]:
        """The copy, and the tasks of the nest."""
        tasks = self._tasks()
        split = [self._comment(loop.dim, loop.step) for _, trips, loop in tasks if trips > 1]
        count = math.prod(trips for _, trips, _ in tasks)
        nest = Phase("compute_task", count, " x ".join(split) or "all of it", (
            *["task"] * (count > 1), *["worker"] * (copy is not None and copy.local),
            *["input"] * (copy is None or copy.local), "packed", *["residual"] * self.spec.residual, "output",
            *["workspace"] * (copy is not None or self.g.waits)))
        if copy is None or copy.local:
            return (nest,)
        return Phase("copy_task", copy.tasks, copy.what, (*["task"] * (copy.tasks > 1), "input", "workspace")), nest

    def copying(self) -> Copying:
        """The copy that tiles read."""
        return copying(self.g.whole)

    @property
    def transposes(self) -> bool:
        """Whether outputs are stored by blocks of 8 × 8, of some tiles."""
        return self.g.transposes and any(tile.blocks for tile in self.tiles.values())

    def numbers(self) -> list[tuple[str, str, str]]:
        """What has a number for each channel."""
        row, found = self.g.weights, self.g.sections[0]
        return [(f"{row.space}{section.element or row.scalar}", section.role,
                 exact.view_of(section, row) if section.element else affine("packed", section.at)) for section in found]

    def nodes(self) -> list[Node]:
        """What a task does; afterwards `tiles` has the micro-kernels that it calls."""
        fence = [Statement(f"{self.g.io.fence};")] * bool(self.g.io.fence)
        return [*self._enter(len(self._tasks()), 0, Place({}, {})), *fence]

    @property
    def barriers(self) -> bool:
        """Whether a micro-kernel has some."""
        return any(tile.barriers for tile in self.tiles.values())

    @property
    def apart(self) -> bool:
        """Whether one stays a function of its own."""
        return any(tile.apart for tile in self.tiles.values())

    def _tasks(self) -> list[tuple[str, int, Loop]]:
        """(variable, trips, loop) of the loops that tasks share."""
        return [(self._variable(i), self.g.trips(i), loop)
                for i, loop in enumerate(self.plan.loops) if loop.bind == "task"]

    @property
    def counted(self) -> list[tuple[str, int, str]]:
        """Of the same: variable, trips, what they count."""
        return [(name, trips, self._comment(loop.dim, loop.step)) for name, trips, loop in self._tasks()]

    def parameters(self, stage: str) -> tuple[Parameter, ...]:
        """Of a tile function, in the order in which `_visit` passes them."""
        ranges = indices(name for clip in self.clips for name in clip.variables)
        packed, outside = self.g.weights.scalar, self.g.io.scalar
        numbers = {section.role: section.element or packed for section in self.g.sections[0]}
        weights = reads(packed, "w"), *[reads(packed, "next")] * bool(self.g.ahead)
        summed = (reads(self.g.source.scalar, "x"), *ranges, *weights) if self.reduction.sums else ()
        return (*summed, *(reads(numbers[role], role) for role in self._numbered(stage)),
                *[reads(outside, "residual")] * self._added(stage),
                *[(reads if stage == "_last" else writes)(self.row.scalar, "sums")] * self._waits(stage),
                *[writes(outside, "output")] * self._stores(stage))

    def _numbered(self, stage: str) -> list[Role]:
        """What of a number for each channel this stage needs: the bias is what sums start from, or are added to, unless
        they are scaled first; scales and slopes are of their end."""
        ends: dict[str, tuple[str, ...]] = {} if self.g.rescales else {"bias": ("", "_first")}
        return [section.role for section in self.g.sections[0] if stage in ends.get(section.role, ("", "_last"))]

    def _added(self, stage: str) -> bool:
        """Whether the residual is added in this stage."""
        return self.spec.residual and stage in ("", "_last")

    def _waits(self, stage: str) -> bool:
        """Whether sums of this stage come from, or go to, an array of their own."""
        return self.g.waits and stage != ""

    def _stores(self, stage: str) -> bool:
        """Whether this stage writes outputs."""
        return not self.g.waits or stage in ("", "_last")

    # --- the loop nest around the tiles ---

    def _variable(self, index: int) -> str:
        """Name of a loop variable: oh, oc0 for an innermost loop, oh1, oc1 for a block around it."""
        loop = self.plan.loops[index]
        if any(other.dim == loop.dim for other in self.plan.loops[index + 1 :]):
            return "ic0" if loop.dim == "ic" else f"{loop.dim}1"
        if loop.dim not in self.g.segments:
            return loop.dim
        return f"{loop.dim}_tile" if loop.bind == "task" else f"{loop.dim}0"

    def _comment(self, dim: str, step: int) -> str:
        what = {"n": "images", "g": "groups", "od": "output planes", "oh": "output rows",
                "ow": "pixels", "oc": "output channels", "ic": "input channels"}[dim]
        return f"{what}, {step} at a time" if step > 1 else what

    def _enter(self, tasks: int, depth: int, at: Place) -> list[Node]:
        """What a task does: where its loop over tiles is itself split into tasks, find the tile."""
        if depth == tasks:
            dims = [loop.dim for loop in self.plan.loops]
            windows = [node for dim in dims[:tasks] if dim not in dims[tasks:] for node in self._window(dim)]
            return [*windows, *self._nest(tasks, at)]
        dim = self.plan.loops[depth].dim
        if self._variable(depth) != f"{dim}_tile":
            return self._enter(tasks, depth + 1, at)
        nodes: list[Node] = []
        segments = self.g.segments[dim]
        first = 0
        for segment in segments:
            last = first + segment.number
            inner = at.inside(dim, segment)
            if segment.number == 1:
                inner = inner.at(dim, segment.start)
            body = self._enter(tasks, depth + 1, inner)
            if segment.number > 1:
                place = affine("", (f"{dim}_tile", segment.width), segment.start - first * segment.width)
                body.insert(0, Let("const ptrdiff_t ", f"{dim}0", place))
            tests = [f"{dim}_tile >= {first}"] * (first > 0) + \
                    [f"{dim}_tile < {last}"] * (last < self.g.tiles(dim))
            nodes += [If(" && ".join(tests), body)] if tests else body
            first = last
        return nodes

    def _nest(self, depth: int, at: Place) -> list[Node]:
        """Loops from `depth` inwards; `at` maps a dimension to the segment chosen outside."""
        loop = self.plan.loops[depth]
        dims = [other.dim for other in self.plan.loops]
        if depth >= len(dims) - 4:
            return self._visit(at)
        var, dim = self._variable(depth), loop.dim
        blocks = [i for i in range(depth) if dims[i] == dim]
        comment = self._comment(dim, loop.step)
        if dim == "ic":
            return self._stages(depth, at)
        if dim in dims[depth + 1 : -4]:  # a block; the loop inside does the work
            return [For(var, "0", str(self.g.trips(depth)), 1, comment, self._nest(depth + 1, at))]
        if dim in self.g.segments:
            return self._segments(depth, at, loop.step, blocks)
        extent = self.g.extents[dim]
        if not blocks:
            window = self._window(dim)
            body = [*window, *self._nest(depth + 1, at)]
            if extent > 1:
                return [For(var, "0", str(extent), 1, comment, body)]
            return [Block(body)] if window else body
        block = self.plan.loops[blocks[-1]].step
        begin = affine("", (f"{dim}1", block))
        end = affine("", (f"{dim}1", block), block)
        lets: list[Node] = []
        if extent % block:
            lets = [Let("const ptrdiff_t ", f"{dim}_end", f"{end} < {extent} ? {end} : {extent}")]
            end = f"{dim}_end"
        body = [*self._window(dim), *self._nest(depth + 1, at)]
        node = For(var, begin, end, 1, comment, body)
        return [Block([*lets, node])] if lets else [node]

    def _segments(self, depth: int, at: Place, step: int, blocks: list[int]) -> list[Node]:
        """The loop over register tiles of ow or oc: one loop a segment of equal tiles."""
        dim = self.plan.loops[depth].dim
        nodes: list[Node] = []
        first = 0
        for segment in self.g.segments[dim]:
            inner = at.inside(dim, segment)
            last = first + segment.number
            name = f"{dim}0"
            comment = f"{self._comment(dim, segment.width)}"
            if blocks:
                # tile numbers of this block that fall into this segment
                chunk, trips = self.plan.loops[blocks[-1]].step // step, self.g.trips(blocks[-1])
                low, high = affine("", (f"{dim}1", chunk)), affine("", (f"{dim}1", chunk), chunk)
                begin = low if not first else str(first) if first >= (trips - 1) * chunk else \
                    f"{low} > {first} ? {low} : {first}"
                end = high if trips * chunk <= last else str(last) if last <= chunk else \
                    f"{high} < {last} ? {high} : {last}"
                tile = f"{dim}_tile"
                place = Let("const ptrdiff_t ", name,
                            affine("", (tile, segment.width), segment.start - first * segment.width))
                lets: list[Node] = []
                if "?" in end:
                    lets.append(Let("const ptrdiff_t ", f"{dim}_end", end))
                    end = f"{dim}_end"
                if "?" in begin:
                    lets.append(Let("const ptrdiff_t ", f"{dim}_begin", begin))
                    begin = f"{dim}_begin"
                loop = For(tile, begin, end, 1, comment, [place, *self._nest(depth + 1, inner)])
                nodes += [Block([*lets, loop])] if lets else [loop]
            elif segment.number == 1:
                nodes += self._nest(depth + 1, inner.at(dim, segment.start))
            else:
                nodes.append(For(name, str(segment.start), str(segment.end), segment.width, comment,
                                 self._nest(depth + 1, inner)))
            first = last
        return nodes

    def _stages(self, depth: int, at: Place) -> list[Node]:
        """Blocks of the reduction: the first starts the sums, the last finishes them."""
        kc, stages = self.g.kc, self.g.stages
        first = self._nest(depth + 1, at.at("ic", 0)._replace(stage="_first"))
        last = self._nest(depth + 1, at.at("ic", (stages - 1) * kc)._replace(stage="_last"))
        if stages == 2:
            return [*first, *last]
        middle = at._replace(stage="_next")
        if stages == 3:
            return [*first, *self._nest(depth + 1, middle.at("ic", kc)), *last]
        loop = For("ic0", str(kc), str((stages - 1) * kc), kc, self._comment("ic", kc), self._nest(depth + 1, middle))
        return [*first, loop, *last]

    def _window(self, dim: str) -> list[Node]:
        """Inside loop od or oh: where its window begins, and which kernel rows meet the input."""
        return [let for clip in self.clips if f"o{clip.axis.name}" == dim for let in clip.lets()]

    # --- one visit of a tile: its arguments ---

    def _placing(self, at: Place) -> Placing:
        """The term of a dimension there: a variable times its stride, or a constant where it is known."""
        g = self.g

        def place(dim: str, stride: int) -> tuple[str, int] | int:
            if dim in at.starts:
                return at.starts[dim] * stride
            if dim in g.segments:
                return (f"{dim}0", stride) if g.moves(dim) else 0
            if dim == "ic":
                return ("ic0", stride) if g.stages > 1 else 0
            return (dim, stride) if g.extents[dim] > 1 else 0

        return place

    def _visit(self, at: Place) -> list[Node]:
        s, g, place = self.spec, self.g, self._placing(at)
        channels = at.segments["oc"]
        there, ranges = self._read(at)
        stage_base = [place("ic", s.kd * s.kh * s.kw * channels.width)]
        w_terms = [place("g", g.packed_channels * g.terms), place("oc", g.terms), *stage_base]
        c_terms = [place("g", g.packed_channels), place("oc", 1)]
        brought: list[Node] = []
        if g.choices.source == "near":
            brought, there = self._near(there, at.segments["ow"].size), "scratch"
        args = [there, *ranges, affine("weights", *w_terms)] if self.reduction.sums else []
        if g.ahead and g.ahead.stream:
            args.append(affine("weights", *w_terms, g.ahead.stream))
        elif g.ahead:
            share = g.ahead.share
            planes = share * s.oh * s.ow
            args.append(affine("weights", *w_terms, channels.width * g.terms, place("n", s.od * planes),
                               place("od", planes), place("oh", share * s.ow), place("ow", share)))
        args += [affine(role, *c_terms, *self._class() * (role == "bias")) for role in self._numbered(at.stage)]
        args += self._outside(at.stage, place)
        return [*brought, Call(self._tile(at), args)]

    def _read(self, at: Place) -> tuple[str, list[str]]:
        """Where the window of a tile begins in what it reads, and which of its rows and planes lie there."""
        s, g, place = self.spec, self.g, self._placing(at)
        near = g.choices.source == "near"
        x = g.given if near else g.input
        x_terms = [place("n", x.n), *self._channel(place, x.c), place("ic", x.c)]
        ranges = []
        # from one output's window to the next one's
        steps = (s.sd * x.d, s.sh * x.h, x.w if near else g.column)
        for axis, pitch, step in zip(s.axes, (x.d, x.h, x.w), steps, strict=True):
            dim = f"o{axis.name}"
            segment = at.segments.get(dim)
            clip = next((clip for clip in self.clips if clip.axis == axis), None)
            if clip:
                ranges += clip.variables
            elif segment and segment.taps and dim in self.shared:  # at what lies on the input
                x_terms.append(min(max(0, segment.start * axis.s - axis.before), axis.i) * pitch)
            elif not (segment and segment.taps):  # a copy holds its padding, so the window of output o is at o·s there
                x_terms += [place(dim, step), -axis.before * pitch if self.edges else 0]
        return affine(COPIED.get(g.choices.source, "input") if g.copies else "input", *x_terms), ranges

    def _channel(self, place: Placing, channel: int) -> list[tuple[str, int] | int]:
        """Where the input channels of a group begin, or of an output channel's group; `channel` numbers apart."""
        s, g = self.spec, self.g
        apart = g.icp if g.choices.source in ARRANGED else s.icg  # from one group to the next
        if not g.spans_groups:
            return [place("g", apart * channel)]
        first = place("oc", 1)
        if isinstance(first, int):
            return [first // s.ocg * apart * channel]
        return [("oc0", apart // s.ocg * channel) if s.ocg in (1, apart) else (f"(oc0 / {s.ocg})", apart * channel)]

    def _outside(self, stage: str, place: Placing) -> list[str]:
        """Where residual, sums that wait, and output of a tile begin."""
        g = self.g

        def terms(c: int, group: int, to: Strides) -> list[tuple[str, int] | int]:
            return [place("n", to.n), place("g", group), place("oc", c),
                    place("od", to.d), place("oh", to.h), place("ow", to.w)]

        outputs = terms(g.output.c, g.channels * g.output.c, g.output)
        return [*[affine("residual", *outputs)] * self._added(stage),
                *[affine("sums", *terms(1, g.packed_channels, g.waiting))] * self._waits(stage),
                *[affine("output", *outputs)] * self._stores(stage)]

    def _class(self) -> list[tuple[str, int] | int]:
        """Where the bias of the rows of the kernel lies that outputs here sum, counted from the first one."""
        if not self.g.classes:
            return []
        (clip,) = self.clips
        (names, added), numbers = clip.number(), self.g.packed_numbers
        return [*((name, times * numbers) for name, times in names), added * numbers]

    def _near(self, there: str, pixels: int) -> list[Node]:
        """Brings so many pixels of a row with all their channels to scratch: at once where they lie side by side."""
        channels, pitch = self.spec.ic, self.g.given.w
        if pitch == channels or pixels == 1:
            return [Call("copy_floats", ["scratch", there, str(pixels * channels)])]
        return [For("i", "0", str(pixels), 1, "", [
            Call("copy_floats", [affine("scratch", ("i", channels)), affine(there, ("i", pitch)), str(channels)])])]

    def _tile(self, at: Place) -> str:
        """The name of the function for a tile that stands here."""
        segments = {dim: at.segments[dim] for dim in self.g.segments}
        own = {dim: segment for dim, segment in segments.items() if dim not in self.shared}
        place, stage, kept = _key(own), at.stage, self.kept
        key = (place, stage)
        if key not in self.tiles:
            if key not in kept.tiles:
                choices = itertools.product(*(self.g.segments[dim] for dim in self.shared))
                served = [{**segments, **dict(zip(self.shared, chosen, strict=True))} for chosen in choices]
                if place not in kept.sums:
                    kept.sums[place] = self.reduction(self.g, served, self.clips)
                kept.tiles[key] = self._made(kept.sums[place], largest(served), own, stage)
            self.tiles[key] = known(self.functions, kept.tiles[key])
        tile = self.tiles[key]
        if not tile.constants:
            return tile.name
        alone = (_key(segments), stage)
        if alone not in self.variants:
            name, comment = self._named(self._shape(segments), segments, stage)
            if alone not in kept.left:
                kept.left[alone] = self._left(segments)
            made = Variant(f"tile_{name}", f"{comment}: {tile.name} for these.", tile,
                           kept.sums[place].told(segments), kept.left[alone])
            self.variants[alone] = known(self.functions, made)
        return self.variants[alone].name

    def _left(self, segments: dict[str, Segment]) -> int:
        """Statements of a micro-kernel for a tile that stands here and nowhere else."""
        shape = self._shape(segments)
        sums = shape.rows * shape.vectors
        return counted(self.reduction(self.g, [segments], self.clips).body(), sums, sums)

    def _made(self, reduction: Reduction, at: dict[str, Segment], own: dict[str, Segment], stage: str) -> Tile:
        """A micro-kernel for segments as large as `at`; its own are those that it shares with no others."""
        g, shape = self.g, self._shape(at)
        biased = not g.late_bias and g.long is None and not g.rescales and any(
            section.role == "bias" for section in g.sections[0])

        def accumulator(m: int, v: int) -> Accumulator:
            channel = m * g.channel_strides[0] + v * g.channel_strides[1]
            return Accumulator(f"acc{m}_{v}", m, v, m * g.row_stride + v * g.vector_stride,
                               channel if biased and not g.adds_bias else None, channel,
                               shape.tail if v == shape.vectors - 1 or not shape.along else 0, reduction.output(m, v),
                               m * g.waiting.w + v * g.row.lanes, biased and g.adds_bias)

        sums = [part for m in range(shape.rows) for v in range(shape.vectors)
                for part in reduction.parts(accumulator(m, v))]
        after, results = reduction.results(sums) if self._stores(stage) else ([], [])
        body = [*reduction.summed, *after]
        constants = tuple(Parameter("int", name) for name in reduction.constants())
        name, comment = self._named(shape, own, stage)
        across = shape.tail or g.row.lanes if self.plan.lanes == "oc" and not (shape.along or g.contiguous) else 0
        put, squares, take = tuple[Node, ...](), tuple[Square, ...](), tuple[Node, ...]()
        if across and results and g.squares:
            put, squares = self._put(across, reduction.columns(), results)
        elif results and g.pixels_in_squares(shape.rows):
            put, squares = self._in_squares(shape, residual=False)
            if self._added(stage):
                take, others = self._in_squares(shape, residual=True)
                squares += others
        return Tile(
            name=f"{'patch' if constants else 'tile'}_{name}", parameters=self.parameters(stage), rows=shape.rows,
            sums=sums, results=results, width=shape.width, stage=stage, body=body,
            statements=counted(body, len(sums), len(results)), products=products(body),
            barriers=any(isinstance(node, Barrier) for node in nodes_of(body)),
            apart=g.row.dialect == "c" and stage in ("", "_last") and not self.spec.act.row.exact,
            comment=lines([f"{'Up to ' * bool(constants)}{comment}.", *reduction.contract(), *self._results(stage)]),
            constants=constants,
            across=across, columns=reduction.columns(), waits=self._waits(stage), put=put, squares=squares,
            take=take)

    def _put(self, across: int, columns: str,
             results: list[Accumulator]) -> tuple[tuple[Node, ...], tuple[Square, ...]]:
        """How vectors of channels that lie apart, one for each of some neighbouring pixels, become outputs: a square of
        them at a time; and the functions that do it."""
        g, lanes, made, nodes = self.g, self.g.row.lanes, dict[str, Square](), list[Node]()
        vectors = 1 + max(acc.vector for acc in results)
        for m, first in itertools.product(sorted({acc.row for acc in results}), range(0, vectors, lanes)):
            rows = min(lanes, vectors - first)
            one = square("out", g.row, rows, across, lanes, g.lane_stride, counted=True)
            made[one.name] = one
            count, tests = columns, [acc.when for acc in results if acc.row == m][:1]
            if columns.isdigit():
                count = str(min(lanes, int(columns) - first))
            elif vectors > lanes:
                count = f"{columns} < {first + lanes} ? {columns} - {first} : {lanes}"
                tests.append(f"{columns} > {first}" if first else "")
            call = Call(one.name, [affine(f"spread[{m}]", first * lanes), affine("output", m * g.row_stride + first),
                                   count])
            test = " && ".join(filter(None, tests))
            nodes.append(If(test, [call]) if test else call)
        return tuple(nodes), tuple(made.values())

    def _in_squares(self, shape: Shape, *, residual: bool) -> tuple[tuple[Node, ...], tuple[Square, ...]]:
        """The same of vectors of channels that lie apart, of neighbouring pixels, some vectors for each of these; or
        how the residual becomes such vectors."""
        g, lanes, made, nodes = self.g, self.g.row.lanes, dict[str, Square](), list[Node]()
        pitch = shape.vectors * lanes
        for v, first in itertools.product(range(shape.vectors), range(0, shape.rows, lanes)):
            pixels = min(lanes, shape.rows - first)
            channels = shape.tail if shape.tail and v == shape.vectors - 1 else lanes
            here, there = affine(f"spread[{first}]", v * lanes), v * lanes * g.lane_stride + first
            if residual:
                one = square(f"in{pitch}", g.row, channels, pixels, g.lane_stride, pitch)
                nodes.append(Call(one.name, [affine("residual", there), here]))
            else:
                one = square(f"out{pitch}", g.row, pixels, channels, pitch, g.lane_stride, counted=True)
                nodes.append(Call(one.name, [here, affine("output", there), str(pixels)]))
            made[one.name] = one
        return tuple(nodes), tuple(made.values())

    def _results(self, stage: str) -> list[str]:
        """What bias, slopes, residual and output are."""
        g = self.g
        what = {"ow": g.pixel, "oh": "row", "oc": "channel"}
        across = g.output.w if g.vector_dim == "ow" else g.output.c
        steps = [(f"{what[g.rows_dim]}s", g.row_stride), (f"{what[g.vector_dim]}s", across)]
        place = ", ".join(f"first {what[dim]}" for dim in dict.fromkeys((g.rows_dim, g.vector_dim, "oc")))
        channels = "of all channels, for every pixel" if g.late_bias else "of the first channel"
        outer = ", ".join([*["residual"] * self._added(stage), "output"])
        stay, there = ("", "") if g.waits else (", which stay in output", " in output")
        stages = {"": [], "_first": [f"Starts the sums{stay}."], "_next": [f"Goes on with the sums{there}."],
                  "_last": [f"Ends the sums{there}."]}
        return [*(f"{name}: {channels}." for name in self._numbered(stage)),
                *[f"sums: of the first pixel, first channel; pixels {g.waiting.w} apart."] * self._waits(stage),
                *[f"{outer}: the {place}{apart(steps)}."] * self._stores(stage), *stages[stage]]

    def _shape(self, at: dict[str, Segment]) -> Shape:
        g = self.g
        rows, vectors = g.along(g.rows_dim, at), at[g.vector_dim]
        along = g.vector_dim == self.plan.lanes
        tail = (vectors if along else at["oc"]).tail
        width = vectors.size * g.lanes - (g.lanes - tail if tail else 0) if along else vectors.size
        return Shape(rows.size, vectors.size, width, along, tail)

    def _named(self, shape: Shape, own: dict[str, Segment], stage: str) -> tuple[str, str]:
        """What the name of a function ends in, and what it is in words. own: the segments that it stands in."""
        what = {"ow": self.g.pixel, "oh": "row", "oc": "channel"}
        sizes = [(shape.rows, what[self.g.rows_dim]), (shape.width, what[self.g.vector_dim])]
        if not shape.along:
            sizes.append((shape.tail or self.g.lanes,
                          "input channel" if self.plan.lanes == "ic" else what["oc"]))
        places = [(what[dim], segment.start) for dim, segment in own.items() if segment.taps]
        name = "x".join(str(size) for size, _ in sizes) + "".join(f"_{what}{start}" for what, start in places) + stage
        comment = " x ".join(f"{size} {name}{'s' if size > 1 else ''}" for size, name in sizes)
        return name, comment + "".join(f", from {what} {start}" for what, start in places)


def _key(segments: dict[str, Segment]) -> Hashable:
    """Of a function for these segments: where a tile stands matters at the edges only."""
    return tuple((s.size, s.tail, s.taps, s.start if s.taps else None) for s in segments.values())
