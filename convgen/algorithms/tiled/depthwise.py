"""Depthwise convolution: every output channel sees one input channel.

Nothing is shared between channels, so nothing is broadcast, and a term is worth as many loads as it
takes. A tile is a patch of output, mr rows by nr columns of vectors, all in registers; its input is
walked row by row, and a vector of it, loaded once, meets every sum whose window it lies in:

    acc[m][v] += x[m·sh + kh·dh][v·sw + kw·dw] · w[kh][kw]          0 <= m < mr, 0 <= v < nr

lanes = "oc": a vector is channels of one pixel, a column is a pixel. Channels first, it reads a copy with channels
last, and outputs change places as they are stored: long kernels on small images, most of whose vectors of pixels would
read padding, are worth both.
lanes = "ow" (channels first): a vector is pixels of one row, a column is a vector; columns of a kernel
read vectors that overlap. Lanes beyond the row are left out of the loads where the stride is 1 or 2
(which takes even or odd pixels of two vectors); a channel with other strides is first dealt out, padded,
to the thread's scratch.

Two limits. 2×2 kernels move as much as they compute: each number that is loaded or stored is worth 2 FMAs, so that
56×56×96 in f32 (2.4 MB) takes at least as long as a copy of it from the third cache, on a Zen 5 19 µs, 0.47 of its FMA
peak. And a kernel that reaches beyond the whole image multiplies each input with each output once, 31×31 on 14×14 no
more than 27×27: 196² FMAs a channel, however far it reaches.
"""

from __future__ import annotations

import functools
import itertools
import math
import sys
from collections.abc import Iterator, Sequence

from ...layer.element import F32
from ...layer.spec import Axis, ConvSpec
from ...machine.target import Target
from ...plan.choices import Source, TiledChoices
from ...plan.plan import Lanes, Loop, Plan
from ...plan.program import (
    TAPS,
    Barrier,
    Fma,
    For,
    If,
    Let,
    Load,
    Node,
    Prefetch,
    Step,
    Steps,
    a_tile_an_item,
    affine,
)
from ...plan.tiling import Segment, edge_segments, largest_parts, row_segments, vector_segments
from ..space import Space
from .clip import Clip
from .geometry import PADDED, SKIPS, Geometry, at_padding, of_kinds, read_row, too_long, vector_edges
from .loopnest import LoopNest
from .microkernel import Reduced, Reduction, load_lanes
from .sliced import Sliced, SliceNest, worthwhile
from .tiled import Tiled, too_coarse
from .window import Window, Windows, reach

NAME = "depthwise"

MAX_TERMS = 512  # multiply-adds of a tile, all written out
MAX_TILES = 24  # kinds of tiles that a file may hold, each compiled for itself
WHOLE = 16  # largest extent of a tile


class Patch(Geometry):
    """Tiles of output rows and columns."""

    def split(self) -> dict[str, tuple[Segment, ...]]:
        plan, w, lanes = self.plan, self.spec.axes[2], self.row.lanes
        skips = self.choices.source in SKIPS
        if plan.lanes == "oc":
            columns = edge_segments(w, plan.nr) if skips else row_segments(w.o, plan.nr)
            channels = vector_segments(self.channels, 1, lanes)
        else:
            columns = vector_edges(w, plan.nr, lanes) if skips else \
                vector_segments(w.o, plan.nr, lanes)
            channels = row_segments(self.channels, 1)
        if rolled(plan):
            return {"ow": columns, "oc": channels}
        h = self.spec.axes[1]
        rows = edge_segments(h, plan.mr) if skips else row_segments(h.o, plan.mr)
        return {"oh": rows, "ow": columns, "oc": channels}

    def rounds(self, steps: float) -> int:
        """Of planes, and of rows of the kernel that are not written out. Vectors of pixels, which lie across lines and
        are loaded in parts, take as long (timed) as if each term had one."""
        if self.plan.lanes == "ow":
            return super().rounds(steps)
        loops = self.spec.kd * (self.spec.kh if rolled(self.plan) else 1)
        return loops if loops > 1 else 0


class SlicePatch(Sliced, Patch):
    """Tiles that read a slice of the input."""


class Patchwise(Reduction):
    """The walk over the input rows of a patch."""

    def __init__(self, g: Geometry, served: list[dict[str, Segment]], clips: list[Clip]) -> None:
        super().__init__(g, served, clips)
        self.lanes = g.row.lanes
        self.width = self.lanes if self.plan.lanes == "oc" else 1
        self.tail = served[0]["oc"].tail if self.plan.lanes == "oc" else 0  # no channel after the last
        self.kernel_row = self.spec.kw * g.joined * self.width  # packed weights of a row of the kernel
        self.widened = self.source.widening[0] > 0
        whole = self.vectors * self.lanes + (self.spec.kw - 1) * self.spec.dw
        self.reached = self.spec.iw if self.pixels.taps else whole  # columns from x on that may be read
        self.held = holds_weights(self.plan)
        self.rolled = rolled(self.plan)
        self.windows = Windows([self.window(at) for at in served])
        self.pixel = functools.cache(self._pixel)  # which several columns of the kernel meet

    @classmethod
    def shares(cls, g: Geometry) -> tuple[str, ...]:
        """Rows, and columns that are pixels: vectors of pixels that reach beyond the image's row take other loads."""
        return tuple(dim for dim in ("oh", *["ow"] * (g.plan.lanes == "oc")) if dim in g.segments)

    def window(self, at: dict[str, Segment]) -> Window:
        """What the patch in these segments sees. A copy holds its padding; rows of the kernel that are left to run time
        are clipped there, and vectors of pixels are loaded in parts."""
        _, h, w = self.spec.axes
        everything = (0, sys.maxsize)
        copied = self.g.choices.source in PADDED
        down = everything if self.rolled else reach(h, at["oh"], copied)
        across = reach(w, at["ow"], copied) if self.plan.lanes == "oc" else everything
        return Window(self.g.along("oh", at).size, at["ow"].size, *down, *across)

    def constants(self) -> tuple[str, ...]:
        return self.windows.constants()

    def told(self, at: dict[str, Segment]) -> list[int]:
        window = self.window(at)
        return [getattr(window, name) for name in self.constants()]

    def output(self, m: int, v: int) -> str:
        return self.windows.output(m, v)

    def columns(self) -> str:
        return "columns" if "columns" in self.windows.asked else super().columns()

    def contract(self) -> list[str]:
        return [*super().contract(), *self.windows.contract()]

    def place(self) -> str:
        if self.g.choices.source == "local":
            return "the window in the copy of its channel"
        if self.g.choices.source == "copy":
            return "the window in the copy"
        where = "slice" if self.g.choices.source == "slice" else "input"
        row = f"row 0 of the {where}" if "kh" in self.clipped else f"the window's first row on the {where}"
        if self.plan.lanes == "oc":
            return f"{row}, its first column there"
        return f"{row}, column 0" if self.pixels.taps else f"{row}, its first column"

    def panel(self) -> str:
        return f"w: its weights, {self.width} a tap."

    def body(self) -> list[Node]:
        """Loops over kernel planes, and over kernel rows where they are too many, around the walk."""
        s, g = self.spec, self.g
        row = self.kernel_row
        loops = [Reduced("kd", s.kd, s.dd * g.input.d, s.kh * row)]
        loops += [Reduced("kh", s.kh, s.dh * g.input.h, row)] * self.rolled
        loops = [loop for loop in loops if loop.extent > 1 or loop.dim in self.clipped]
        return self._loops(loops, "x", "w") or self.nothing()

    def _loops(self, loops: list[Reduced], x: str, w: str) -> list[Node]:
        if not loops:
            return self._walk(x, w)
        loop, rest = loops[0], loops[1:]
        if loop.dim in self.clipped:
            inside = self._loops(rest, f"x_{loop.dim}", f"w_{loop.dim}")
            return self._clip(loop, x, w, lambda x, w: inside)[:-1] if inside else []  # no more reads of w
        body = self._loops(rest, f"x_{loop.dim}", f"w_{loop.dim}")
        places = ((self.source, "x", affine(x, (loop.dim, loop.stride or 0))),
                  (self.row, "w", affine(w, (loop.dim, loop.inner))))
        lets: list[Node] = [Let(f"const {row.in_memory} *", f"{name}_{loop.dim}", at) for row, name, at in places]
        return [For(loop.dim, "0", str(loop.extent), 1, self._reduced(loop.dim), [*lets, *body])] if body else []

    def _walk(self, x: str, w: str) -> list[Node]:
        """The rows of the window from the first to the last."""
        s = self.spec
        kernel_rows = 1 if self.rolled else s.kh
        taps = [(m, kh) for m in range(self.rows) for kh in range(kernel_rows)]
        nodes: list[Node] = []
        met: set[tuple[int, int]] = set()  # the weights that some product takes
        for r in sorted({m * s.sh + kh * s.dh for m, kh in taps}):
            test = self.windows.row(r)
            if test is None:
                continue  # padding, wherever the patch stands
            here = [(m, kh) for m, kh in taps if m * s.sh + kh * s.dh == r]
            place, offset = self.windows.behind("top", r, self.g.input.h)
            lets: list[Node] = []
            name = x
            if place:
                name = f"x{r}"
                lets, offset = [Let(f"const {self.source.in_memory} *", name, affine(x, place, offset))], 0
            step = self._row(name, offset, r, w, here)
            products = {item.b for item in step if isinstance(item, Fma)}
            if not products:
                continue
            met |= {(kh, kw) for _, kh in here for kw in range(s.kw * self.g.joined) if f"w{kh}_{kw}" in products}
            row: list[Node] = [*lets, Steps([step], f"row {r} of the window" if not self.rolled else "")]
            if not self.held:
                row.append(Barrier())  # weights are loaded where they are used
            nodes += [If(test, row)] if test else row
        if nodes and self.held:
            held: Step = [self._weight(w, kh, kw) for kh, kw in sorted(met)]
            nodes.insert(0, Steps([held], "the weights stay in registers", shared=True))
        return nodes

    def _row(self, x: str, offset: int, r: int, w: str, taps: list[tuple[int, int]]) -> Step:
        """Loads and products of row r of the window; (m, kh) in taps: sums of row m read it by kernel row kh."""
        loaded: Step = []
        names: set[str] = set()

        def load(items: Sequence[Load | Prefetch]) -> None:
            for item in items:
                name = item.name if isinstance(item, Load) else item.text
                if name not in names:
                    names.add(name)
                    loaded.append(item)

        for kw in range(self.spec.kw):
            columns = [(v, *found) for v in range(self.vectors) if (found := self._vector(x, offset, v, kw))]
            for v, items, _ in columns:
                load(items)
                load(self._following(x, offset, r, v, kw))
            if columns:  # gcc would read the inputs again for every product
                loaded.append(Barrier())
            for (m, kh), (phase, k) in itertools.product(taps, self._met(kw)) if columns else ():
                if not self.held:
                    load([self._weight(w, kh, k)])
                loaded.extend(Fma(f"acc{m}_{v}{phase}", items[-1].name, f"w{kh}_{k}", when)
                              for v, items, when in columns)
        return loaded

    def _met(self, kw: int) -> list[tuple[str, int]]:
        """The sums that meet in a column of the kernel, by the end of their names, each with its weight of a row."""
        joined = self.g.taps.joined
        if joined is None:
            return [("", kw)]
        return [(f"_{phase}", kw * joined.number + phase) for phase in range(joined.number) if joined.column(kw, phase)]

    def _weight(self, w: str, kh: int, kw: int) -> Load:
        address = affine(w, kh * self.kernel_row + kw * self.width)
        load = self.row.load if self.width > 1 or self.lanes == 1 else self.row.broadcast
        return Load(f"w{kh}_{kw}", load(address))

    def _vector(self, x: str, offset: int, v: int, kw: int) -> tuple[list[Load], str] | None:
        """What brings the input of column v and kernel column kw into the register named last, and when it is there to
        be multiplied; None where all of it is padding."""
        s, g, lanes, pixels = self.spec, self.g, self.lanes, self.pixels
        if self.plan.lanes == "oc":
            return self.pixel(x, offset, v * s.sw + kw * s.dw)
        if self.g.choices.source == "local":
            return [Load(f"a{v}_{kw}", self.source.load(affine(x, offset + g.tap(kw) + v * lanes)))], ""
        begin = pixels.start * s.sw - s.left if pixels.taps else 0  # x is at the image's, or the window's, left
        column = begin + v * lanes * s.sw + kw * s.dw
        if pixels.taps and not max(0, -column) < min(lanes * s.sw, s.iw - column):
            return None
        if s.sw == 1:
            return self._part(f"a{v}_{kw}", x, offset, column), ""
        base, odd = column - kw * s.dw % 2, kw * s.dw % 2
        both = [self._part(f"p{v}_{kw * s.dw - odd + half * lanes}", x, offset, base + half * lanes)
                for half in range(2)]
        every_second = self.row.deinterleave_odd if odd else self.row.deinterleave_even
        taken = every_second(*(part[-1].name for part in both))
        return [*both[0], *both[1], Load(f"a{v}_{kw}", taken, instructions=2)], ""

    def _pixel(self, x: str, offset: int, column: int) -> tuple[list[Load], str] | None:
        """A vector of channels of a column of the window, and when it lies on the input."""
        when = self.windows.column(column)
        if when is None:
            return None
        place, beyond = self.windows.behind("left", column, self.g.input.w)
        load = load_lanes(self.source, f"a{column}", affine(x, place, offset + beyond), self.tail)
        if when:
            load = load._replace(value=f"{when} ? {load.value} : {self.row.zero()}")
        return [load], when

    def _following(self, x: str, offset: int, r: int, v: int, kw: int) -> list[Prefetch]:
        """Asks for what the next tile reads where this one reads column v and kernel column kw of row r; of pixels,
        for all of their lines with the first kernel column."""
        s, lanes = self.spec, self.lanes
        if self.g.next is None or (self.rolled and s.kh > 1):
            return []
        if self.plan.lanes == "oc":
            column = v * s.sw + kw * s.dw
            if self.windows.column(column) is None:
                return []
            place, beyond = self.windows.behind("left", column, self.g.input.w)
            return self.ask(x, offset + beyond, r, column, place)
        begin = max(0, self.pixels.start * s.sw - s.left) if self.pixels.taps else 0
        apart = max(lanes, self.plan.target.line // self.source.itemsize)
        first, end = (-(-at // apart) * apart for at in (v * lanes * s.sw, (v + 1) * lanes * s.sw))
        lines = range(begin + first, min(begin + end, s.iw) if self.pixels.taps else begin + end, apart)
        return [one for line in lines if not kw for one in self.ask(x, offset + line, r, line)]

    def _part(self, name: str, x: str, offset: int, column: int) -> list[Load]:
        """What brings a vector of pixels from a column on, without those beyond the image's row."""
        lanes, source = self.lanes, self.source
        first, end = max(0, -column), min(lanes, self.spec.iw - column)
        if self.pixels.taps and end <= first:
            return [Load(name, self.row.zero())]
        whole = not self.pixels.taps or (first, end) == (0, lanes)
        shift = column % lanes
        base = column - shift
        # Vectors that are widened, and parts that take several loads, are cut from the two that they lie across: these
        # serve all columns of the kernel. The second may reach beyond what can be read.
        cut = self.widened and base + 2 * lanes <= self.reached if whole else self.widened or not source.masked
        if shift and cut:
            low, high = (self._part(f"q{at}" if at >= 0 else "q_before", x, offset, at) for at in (base, base + lanes))
            return [*low, *high, Load(name, self.row.splice(low[-1].name, high[-1].name, shift))]
        address = affine(x, offset + column)
        if not shift and (self.widened or not (whole or source.masked)):
            name = f"q{column}"  # others are cut from it
        return [Load(name, source.load(address) if whole else source.load_part(address, first, end))]


@of_kinds
def geometry(plan: Plan) -> Patch:
    of = SlicePatch if plan.own(TiledChoices).source == "slice" else Patch
    return of(plan, plan.spec, "oh", "ow", spans_groups=plan.lanes == "oc")


def holds_weights(plan: Plan) -> bool:
    """Whether all the weights of a kernel plane fit the registers beside the tile."""
    return not rolled(plan) and working(plan) + kernel(plan) <= plan.target.row.registers


def kernel(plan: Plan) -> int:
    """Weights of a kernel plane, of all phases that a tile holds."""
    return plan.spec.kh * plan.spec.kw * plan.own(TiledChoices).joined


def rolled(plan: Plan) -> bool:
    """Whether the loop over kernel rows is left to run time: written out, the tile would be too long.
    Loads in a loop have one address for many streams, which prefetchers cannot follow."""
    return plan.mr * plan.nr * kernel(plan) > MAX_TERMS


def working(plan: Plan) -> int:
    """Registers for the sums, and for the inputs of one step."""
    spec = plan.spec
    read = read_row(plan)
    whole = plan.nr + 1 if plan.lanes == "ow" and spec.sw == 1 and (read.widening[0] or not read.masked) else 0
    return plan.mr * plan.nr * plan.own(TiledChoices).joined + plan.nr * spec.sw + 1 + whole


def registers(plan: Plan) -> int:
    """Sums, inputs, weights."""
    return working(plan) + (kernel(plan) if holds_weights(plan) else 1)


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    if spec.icg != 1 or spec.g == 1:
        return f"depthwise needs one input channel a group (ic={spec.ic}, g={spec.g})"
    if spec.channels_last and spec.ocg != 1:
        return f"depthwise needs one output channel a group, channels last (oc={spec.oc}, g={spec.g})"
    if not spec.channels_last and target.row.lanes == 1:
        return f"depthwise needs more than one lane, channels first (isa={target.isa})"
    return "sums of integers are for others" if target.row.sums.whole else too_coarse(spec, target)


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None."""
    w = plan.spec.axes[2]
    if reason := too_long(w, at_padding(plan, w, plan.nr, plan.target.row.lanes if plan.lanes == "ow" else 1)):
        return reason
    segments = geometry(plan).segments
    if len(segments["ow"]) * len(segments["oc"]) * len(segments.get("oh", "1")) > MAX_TILES:
        return f"too many distinct tiles (mr={plan.mr}, nr={plan.nr})"
    return None


def _sources(spec: ConvSpec, target: Target, lanes: Lanes) -> tuple[Source, ...]:
    """Where the input may be read: in place, but rows of pixels only if their stride is 1 or 2. Vectors of
    pixels overlap: numbers of another type are converted once for each of these, or once in a copy. Channels are no
    neighbours where they are first, but in a copy; pixels of channels that are last may crowd few sets of a cache, but
    not in a slice."""
    if lanes == "oc":
        there: Source = "unpadded" if not spec.channels_last else "edges" if spec.padded else "input"
        return (there, "slice") if worthwhile(spec, target) else (there,)
    if spec.sw > 2:
        return ("local",)
    return ("edges",) if spec.arithmetic.input is F32 else ("edges", "local")


@a_tile_an_item
def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """The loop orders of a plan's lanes. A task that reads a slice has the channels of a vector."""
    sliced = plan.own(TiledChoices).source == "slice"
    for loops in nests(plan, plan.target.row.lanes):
        if not sliced or (loops[2].dim == "oc" and loops[2].step == plan.target.row.lanes):
            yield loops


def nests(plan: Plan, lanes: int) -> Iterator[tuple[Loop, ...]]:
    """The loops around tiles with so many lanes."""
    spec = plan.spec
    n, g, od, task_od = Loop("n", 1, "task"), Loop("g", 1, "task"), Loop("od", 1), Loop("od", 1, "task")
    if plan.lanes == "ow":
        yield n, g, Loop("oc", 1), od, Loop("oh", plan.mr), Loop("ow", plan.nr * lanes), *TAPS
        return
    oh, ow, oc = Loop("oh", plan.mr), Loop("ow", plan.nr), Loop("oc", lanes)
    task_oh = Loop("oh", plan.mr, "task")
    # channels outer: a column of patches in one go; pixels outer: whole cache lines, row by row
    yield n, g, Loop("oc", lanes, "task"), od, oh, ow, *TAPS
    yield n, g, Loop("oc", lanes, "task"), od, ow, oh, *TAPS
    yield n, g, task_od, task_oh, ow, oc, *TAPS
    yield n, g, task_od, task_oh, oc, ow, *TAPS
    patches = -(-spec.oh // plan.mr)
    for band in sorted({-(-patches // parts) * plan.mr for parts in (4, 8, 16) if parts < patches} - {plan.mr}):
        yield n, g, task_od, Loop("oh", band, "task"), oc, oh, ow, *TAPS
        yield n, g, task_od, Loop("oh", band, "task"), oc, ow, oh, *TAPS
    for parts in (2, 4, 8, 16):
        panel = -(-spec.oc // (lanes * parts)) * lanes
        if lanes < panel < spec.oc:
            yield n, g, Loop("oc", panel, "task"), od, oh, ow, oc, *TAPS
            yield n, g, Loop("oc", panel, "task"), od, ow, oh, oc, *TAPS


def tiles(spec: ConvSpec, target: Target, joined: int = 1) -> Iterator[Plan]:
    """Plans without loops. A tile of several rows is written out. joined: phases along a row of a transposed layer that
    tiles hold."""
    by_channel = not spec.channels_last and spec.ocg == 1 and spec.oc >= target.row.lanes and target.device is None \
        and joined == 1
    ways: tuple[Lanes, ...] = ("oc",) if spec.channels_last else ("ow", "oc") if by_channel else ("ow",)
    for lanes in ways:
        columns = spec.ow if lanes == "oc" else -(-spec.ow // target.row.lanes)
        for nr, mr, source in itertools.product(
                largest_parts(columns, WHOLE), largest_parts(spec.oh, WHOLE), _sources(spec, target, lanes)):
            plan = Plan(spec=spec, target=target, algorithm=NAME, lanes=lanes, mr=mr, nr=nr,
                        choices=TiledChoices(source=source, joined=joined))
            if registers(plan) <= target.row.registers and (mr == 1 or not rolled(plan)):
                yield plan


def loads(plan: Plan, rows: int, vectors: int) -> tuple[float, float]:
    """Loads for a term: the vectors of each input row, and the weights where they are not held."""
    spec, read = plan.spec, read_row(plan)
    _, h, w = spec.axes
    window = distinct(h, rows)
    if plan.lanes == "oc":
        brought = float(distinct(w, vectors))
    else:
        crossing = plan.target.crossing if read.lanes * read.itemsize >= plan.target.line else 1
        if plan.own(TiledChoices).source == "edges" and spec.sw == 2:
            # two loads for the even and the odd columns, which shuffles pick; loads of halves outlast these
            pairs = len({column * spec.dw // 2 for column in range(spec.kw)})
            brought = vectors * (2 * crossing * pairs + (0 if plan.target.halves else 2 * spec.kw))
        else:
            brought = vectors * crossing * spec.kw
    terms = kernel(plan)
    weights = terms if holds_weights(plan) else rows * terms
    return window * brought / terms, weights / terms


def distinct(axis: Axis, outputs: int) -> int:
    """Inputs that the taps of so many outputs read: of all pairs (output, tap) those without (output + d, tap - s),
    which reads the same, s and d being stride and dilation without what divides both."""
    common = math.gcd(axis.s, axis.d)
    return outputs * axis.k - max(0, outputs - axis.d // common) * max(0, axis.k - axis.s // common)


def tile(plan: Plan) -> str:
    """A tile in words."""
    lanes = plan.target.row.lanes
    return f"{plan.mr} rows x {plan.nr} pixels x {lanes} channels" if plan.lanes == "oc" else \
        f"{plan.mr} rows x {plan.nr * lanes} pixels"


class Depthwise(Tiled):
    """The algorithm."""

    def asked_lines(self, plan: Plan, rows: int, vectors: int) -> float:
        _, h, w = plan.spec.axes
        lines = distinct(w, vectors) if plan.lanes == "oc" else vectors * plan.spec.sw
        return distinct(h, rows) * lines / kernel(plan)

    def looping(self, plan: Plan) -> type[LoopNest]:
        return SliceNest if plan.own(TiledChoices).source == "slice" else LoopNest


ALGORITHM = Depthwise(NAME, Space(unfit, tiles, orders, limit), geometry, loads, registers, once=True, tile=tile,
                  reduction=Patchwise)
