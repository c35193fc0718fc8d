"""Depthwise convolution of integers, channels last.

Products sum `deep` neighbours in a lane. Here these are taps of one kernel row: bytes of neighbouring pixels,
interleaved, so that a word has the same channel of each,

    acc[m][v] += Σ_j word(x[m·sh + kh·dh], q)[j] · w[kh][word][j]          0 <= j < deep

A vector of bytes holds four of words, and outputs are packed to bytes in the order that words were made in: a tile is a
patch of pixels with as many channels as a vector has bytes, four sums each. Words begin at every `grid`-th column of
the window, not at the window of each output: a word serves all outputs that it has taps of, whose weights are packed
once for each `phase`, the place of an output's first tap in its word. With 3 taps of 4, words begin at every second
column:

    word 0 = (x0, x1, x2, x3)        output 0: (w0, w1, w2, 0)        output 1: (0, w0, w1, w2)

Padding is a vector of what stands for 0. Patches that the padding touches are functions of their own, for each row and
column of them; where these are too much code, as those of 5×5 kernels may be, patches read a padded copy of the input,
whose bytes are as the caller has them, and are all the same.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ...layer.spec import ConvSpec
from ...machine.isa import Given, Isa
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import Source, TiledChoices
from ...plan.plan import Loop, Plan
from ...plan.program import Barrier, Fma, If, Let, Load, Node, Statement, Step, Steps, affine, loop
from ...plan.tiling import Segment, edge_segments, largest_parts, row_segments, vector_segments
from ...plan.work import Visits
from ..reading import Reading
from ..space import Space
from ..weights import channel_terms, tap_term, weight
from . import exact
from . import work as tiled_work
from .clip import Clip
from .contract import lines
from .depthwise import NAME, Patch, Patchwise, nests, rolled
from .geometry import Geometry, at_padding, of_kinds, too_long
from .microkernel import Accumulator, load_lanes
from .packing import Packing, panels
from .tiled import Tiled, too_coarse

BLOCK = 16  # bytes that are interleaved among themselves
QUARTER = 4  # of these, in a word's vector
SHUFFLES = 2  # that make a vector of words, about
MOST = 6  # rows or columns of a tile
MAX_TILES = 48  # kinds of tiles that a file may hold: four times as many sums as of floats are done by one


def several(spec: ConvSpec) -> str | None:
    """Why tiles that take a channel's plane for its input do not serve a layer, or None."""
    if spec.icg != 1 or spec.g == 1:
        return f"depthwise needs one input channel a group (ic={spec.ic}, g={spec.g})"
    if not spec.planar:
        return ("depthwise needs one plane and none of padding before it, channels first, where sums are integers"
                f" (kd={spec.kd}, id={spec.id}, front={spec.front})")
    return None


def given(plan: Plan) -> Given:
    """How a plan takes its input."""
    return taken(plan.spec, plan.target.row)


def taken(spec: ConvSpec, row: Isa) -> Given:
    return row.bytewise[spec.arithmetic.input.name]


def source(plan: Plan) -> Isa:
    """The row of the bytes that tiles read."""
    found = given(plan).in_place
    assert found is not None
    return found


def zero_of(spec: ConvSpec, row: Isa) -> int:
    """What stands for 0 among bytes as they are loaded."""
    return spec.input_zero + (taken(spec, row).offset or 0)


class Words(NamedTuple):
    """How the taps of a kernel row lie in words: these begin at every `grid`-th column of those that are dw apart; a
    row of taps takes `each` of them, in any of the phases 0, step, 2 step and so on."""

    grid: int
    each: int
    phases: int
    step: int

    def weights(self, phase: int) -> int:
        """Which of the packed phases."""
        return phase // self.step


@functools.lru_cache(maxsize=4096)
def words(spec: ConvSpec, deep: int, columns: int) -> Words:
    """Of tiles of so many columns. As far apart as they can begin without a row taking more of them."""
    count = -(-spec.kw // deep)
    grid = deep
    while grid > 1 and (grid - 1 + spec.kw > count * deep or deep % grid):
        grid -= 1
    found = {v * spec.sw // spec.dw % grid for v in range(columns)}
    step = math.gcd(*found) or 1
    return Words(grid, count, max(found) // step + 1, step)


class Interleave(Patch):
    """Tiles of output rows and columns, with a vector of bytes of channels."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, plan.spec, "oh", "ow", spans_groups=True)
        s, row = self.spec, self.row
        self.source, self.icp = source(plan), 1  # taps fill a word, not channels
        self.words = words(s, row.deep, plan.nr)
        self.terms = s.kd * s.kh * self.words.phases * self.words.each * row.deep
        self.quarters = self.source.lanes // row.lanes
        if self.quarters > 1 and s.arithmetic.quantised:
            self.narrowed = row.bytewise[s.arithmetic.output.name].in_place

    def split(self) -> dict[str, tuple[Segment, ...]]:
        skips = self.choices.source == "edges"
        h, w = self.spec.axes[1:]
        columns = edge_segments(w, self.plan.nr) if skips else row_segments(w.o, self.plan.nr)
        channels = vector_segments(self.channels, 1, source(self.plan).lanes)
        if rolled(self.plan):
            return {"ow": columns, "oc": channels}
        rows = edge_segments(h, self.plan.mr) if skips else row_segments(h.o, self.plan.mr)
        return {"oh": rows, "ow": columns, "oc": channels}

    def noted(self, rows: Rows, pixel: str = Geometry.pixel) -> Interleave:
        found = super().noted(rows, pixel)
        assert isinstance(found, Interleave)
        found.narrowed = self.narrowed and rows.of(self.narrowed)
        return found

    def _held(self) -> int:
        return self.spec.ic

    @property
    def copied_by(self) -> Isa:
        """Bytes stay as they are."""
        return msgspec.structs.replace(self.row, given={self.spec.arithmetic.input.name: Given(self.source)})

    @property
    def lanes(self) -> int:
        return self.source.lanes

    @property
    def zero(self) -> int:
        return zero_of(self.spec, self.row)


class Wordwise(Patchwise):
    """The walk over the input rows of a patch, whose padding is a vector of what stands for 0."""

    zero = 0

    def _walk(self, x: str, w: str) -> list[Node]:
        """The rows of the window from the first to the last."""
        s = self.spec
        kernel_rows = 1 if self.rolled else s.kh
        taps = [(m, kh) for m in range(self.rows) for kh in range(kernel_rows)]
        nodes: list[Node] = []
        for r in sorted({m * s.sh + kh * s.dh for m, kh in taps}):
            test = self.windows.row(r)
            if test is None and not self.zero:
                continue  # padding, wherever the patch stands
            here = [(m, kh) for m, kh in taps if m * s.sh + kh * s.dh == r]
            step = self._of_row(x, w, r, test, here)
            if not any(isinstance(item, Fma) for item in step):
                continue
            row: list[Node] = [Steps([step], f"row {r} of the window" if not self.rolled else ""), Barrier()]
            nodes += [If(test, row)] if test and not self.zero else row
        if nodes:
            nodes.insert(0, Steps([[Load("padding", self.source.set1(str(self.zero)))]], shared=True))
            nodes.insert(1, Statement("(void)padding;"))
        return nodes

    def _of_row(self, x: str, w: str, r: int, test: str | None, taps: list[tuple[int, int]]) -> Step:
        """Loads and products of row r of the window, which lies on the input where `test` says so; (m, kh) in taps:
        sums of row m read it by kernel row kh."""
        raise NotImplementedError


class Interleaved(Wordwise):
    """A word at a time."""

    def __init__(self, g: Geometry, served: list[dict[str, Segment]], clips: list[Clip]) -> None:
        super().__init__(g, served, clips)
        assert isinstance(g, Interleave)
        self.words, self.quarters, self.zero = g.words, g.quarters, g.zero
        self.width = g.source.lanes * g.deep  # packed weights of a word
        self.kernel_row = self.words.phases * self.words.each * self.width

    def panel(self) -> str:
        return f"w: its weights, {self.width} a word."

    def parts(self, acc: Accumulator) -> list[Accumulator]:
        """A sum for each quarter of the bytes."""
        if self.quarters == 1:
            return [acc]
        lanes = [k * self.lanes for k in range(self.quarters)]
        return [acc._replace(name=f"{acc.name}_{k}", slopes=acc.slopes + at,
                             bias=None if acc.bias is None else acc.bias + at) for k, at in enumerate(lanes)]

    def results(self, sums: list[Accumulator]) -> tuple[list[Node], list[Accumulator]]:
        """A vector of bytes of four sums; or the sums in the order of their channels."""
        if self.quarters == 1:
            return [], sums
        found: list[Accumulator] = []
        steps: Step = []
        for four in (sums[at : at + self.quarters] for at in range(0, len(sums), self.quarters)):
            name = four[0].name.removesuffix("_0")
            if self.g.narrowed:
                found.append(four[0]._replace(name=name))
                continue
            names = four[0].name, four[1].name, four[2].name, four[3].name
            for k, acc in enumerate(four):
                valid = min(self.lanes, acc.valid - k * self.lanes) if acc.valid else self.lanes
                if valid <= 0:
                    break
                y = f"y{name.removeprefix('acc')}_{k}"
                steps.append(Load(y, self.source.in_order(*names, k)))
                found.append(acc._replace(name=y, output=four[0].output + k * self.lanes, valid=valid % self.lanes))
        return [Steps([steps], "channels in their order", shared=True)] if steps else [], found

    def _of_row(self, x: str, w: str, r: int, test: str | None, taps: list[tuple[int, int]]) -> Step:
        s, deep = self.spec, self.g.deep
        served: dict[int, list[tuple[int, int, int]]] = {}  # where a word begins -> (column, phase, which of its words)
        for v in range(self.vectors):
            first, apart = divmod(v * s.sw, s.dw)
            phase = first % self.words.grid
            for i in range(-(-(s.kw + phase) // deep)):
                served.setdefault((first - phase + i * deep) * s.dw + apart, []).append((v, phase, i))
        items: Step = []
        known: set[str] = set()

        def load(item: Load) -> str:
            if item.name not in known:
                known.add(item.name)
                items.append(item)
            return item.name

        for q, found in sorted(served.items()):
            met = {j for _, phase, i in found for j in range(deep) if 0 <= i * deep + j - phase < s.kw}
            pixels = {j: self._bytes(x, r, test, q + j * s.dw) for j in sorted(met)}
            if not any(pixels.values()) and not self.zero:
                continue  # padding, wherever the patch stands
            names = {j: load(item) if item else "padding" for j, item in pixels.items()}
            one = next(iter(names.values()))
            a, b, c, d = ([names.get(j, one) for j in range(deep)] + [one] * 3)[:4]
            places = [(str(v), self.words.weights(phase) * self.words.each + i) for v, phase, i in found]
            for k in range(self.quarters):
                word = load(Load(f"b{q}_{k}", self.source.neighbours(a, b, c, d, k)))
                part = f"_{k}" if self.quarters > 1 else ""
                for m, kh in taps:
                    above = kh * self.words.phases * self.words.each
                    for column, at in places:
                        weight = f"w{above + at}_{k}"
                        if weight not in known:
                            place = affine(w, (above + at) * self.width + k * self.lanes * deep)
                            load(Load(weight, self.row.load(place)))
                        items.append(Fma(f"acc{m}_{column}{part}", word, weight))
        return items

    def _bytes(self, x: str, r: int, row: str | None, column: int) -> Load | None:
        """The channels of a column of row r of the window; None where it is padding wherever the patch stands."""
        across = self.windows.column(column)
        if row is None or across is None:
            return None
        (down, below), (place, beyond) = (self.windows.behind("top", r, self.g.input.h),
                                          self.windows.behind("left", column, self.g.input.w))
        load = load_lanes(self.source, f"p{column}", affine(x, down, place, below + beyond), self.tail)
        tests = " && ".join(test for test in (row if self.zero else "", across) if test)
        return load._replace(value=f"{tests} ? {load.value} : padding") if tests else load


@of_kinds
def geometry(plan: Plan) -> Interleave:
    return Interleave(plan)


def packing(g: Geometry) -> Packing:
    """Panels of a vector of bytes of channels."""
    assert isinstance(g, Interleave)
    s, lanes, width = g.plan.spec, g.row.lanes, g.source.lanes
    order = _order("j", lanes, width)
    many = g.tiles("oc") > 1
    channel = ("oc0 + " * many + order) if g.quarters > 1 else "oc0" if many else "0"
    column = affine("", ("word" if g.words.each > 1 else "", g.deep), ("i" if g.deep > 1 else "", 1),
                    ("phase" if g.words.phases > 1 else "", -g.words.step))
    taps = [dim for dim in ("kd", "kh") if getattr(s, dim) > 1]
    there = affine("", *channel_terms(s, "channel"), *(tap_term(s, dim) for dim in (*taps, "kw")))
    tests = [f"channel < {g.channels}"] * (g.packed_channels != g.channels) + \
        ["kw >= 0"] * (g.words.phases > 1) + [f"kw < {s.kw}"] * (g.words.each * g.deep > s.kw)
    value = weight(s, g.row, there)
    value = f"{' && '.join(tests)} ? {value} : 0" if tests else value
    nest: list[Node] = [Let("const ptrdiff_t ", "channel", channel), Let("const ptrdiff_t ", "kw", column),
                        Statement(f"*out++ = {value};")]
    extents = {"kd": s.kd, "kh": s.kh, "phase": g.words.phases, "word": g.words.each, "j": width, "i": g.deep}
    for dim, extent in reversed(extents.items()):
        nest = loop(dim, str(extent), nest)
    limit = exact.limit(s) if g.narrowed else 0
    numbers = exact.packed_numbers(s, g.row, g.sections[0], 1, g.channels, g.packed_channels, g.zero, limit=limit,
                                   order=_order("oc", lanes, width) if g.quarters > 1 else "")
    said = "".join(f"{dim}, " for dim in taps) + "phases, " * (g.words.phases > 1) + "words, " * (g.words.each > 1)
    return Packing(
        comment=lines([f"Packs a panel: {said}{width} channels, those of each quarter of their bytes together,"
                       f" {g.deep} kernel columns; zero beyond the last.",
                       f"weights: the layer's.{' oc0: its first channel.' * many} out: the panel. Returns its end."]),
        parameters=["oc0"] * many, panel=nest, panels=panels(g, ["weights"]), numbers=numbers, limit=limit)


def _order(place: str, lanes: int, width: int) -> str:
    """The channel in a place among those that are packed, in C."""
    return (f"{place} / {width} * {width} + {place} % {lanes} / {QUARTER} * {BLOCK}"
            f" + {place} % {width} / {lanes} * {QUARTER} + {place} % {QUARTER}")


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    if spec.icg != 1 or spec.g == 1 or spec.ocg != 1 or not spec.channels_last:
        return (f"depthwise needs channels last, one input and one output channel a group where sums are integers"
                f" (layout={spec.layout}, ic={spec.ic}, oc={spec.oc}, g={spec.g})")
    if spec.arithmetic.input.name not in target.row.bytewise:
        return f"depthwise needs a row that interleaves bytes (isa={target.isa})"
    return too_coarse(spec, target)


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None."""
    w = plan.spec.axes[2]
    if reason := too_long(w, at_padding(plan, w, plan.nr)):
        return reason
    segments = geometry(plan).segments
    if len(segments["ow"]) * len(segments["oc"]) * len(segments.get("oh", "1")) > MAX_TILES:
        return f"too many distinct tiles (mr={plan.mr}, nr={plan.nr})"
    return None


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops."""
    for nr, mr, read in itertools.product(
            largest_parts(spec.ow, MOST), largest_parts(spec.oh, MOST), _sources(spec, target.row)):
        plan = Plan(spec=spec, target=target, algorithm=NAME, lanes="oc", mr=mr, nr=nr,
                    choices=TiledChoices(source=read))
        if registers(plan) <= target.row.registers and not rolled(plan):
            yield plan


def _sources(spec: ConvSpec, row: Isa) -> tuple[Source, ...]:
    """Where the input may be read. Tiles skip planes of padding, which must then stand for 0."""
    if not spec.padded:
        return ("input",)
    return ("copy",) if (spec.front or spec.back) and zero_of(spec, row) else ("edges", "copy")


def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """Those of depthwise layers, with vectors of bytes of channels."""
    yield from nests(plan, source(plan).lanes)


def registers(plan: Plan) -> int:
    """Sums, the words of a step, and what they are made of."""
    quarters = source(plan).lanes // plan.target.row.lanes
    return plan.mr * plan.nr * quarters + quarters + 2


def loads(plan: Plan, rows: int, vectors: int) -> tuple[float, float]:
    """Not asked: see Depthwise.visits."""
    return 0.0, 0.0


def tile(plan: Plan) -> str:
    """A tile in words."""
    return f"{plan.mr} rows x {plan.nr} pixels x {source(plan).lanes} channels"


class Interleaving(Tiled):
    """The algorithm."""

    def reading(self, plan: Plan) -> Reading:
        """Padding is read as what stands for 0, or skipped where that is 0."""
        if plan.own(TiledChoices).source == "copy":
            return super().reading(plan)
        padding = ", in the place of padding what stands for 0" if plan.spec.padded else ""
        return super().reading(plan)._replace(words=f"the input as it is{padding}")

    def visits_of(self, plan: Plan, g: Geometry) -> tuple[Visits, ...]:
        """A term is a word of a kernel row, for the whole tile."""
        assert isinstance(g, Interleave)
        s = plan.spec
        found = []
        for visit in tiled_work.visits(g):
            rows, columns = visit.rows, visit.vectors
            window = len({m * s.sh + kh * s.dh for m in range(rows) for kh in range(s.kh)})
            begun = {(v * s.sw // s.dw - v * s.sw // s.dw % g.words.grid, v * s.sw % s.dw) for v in range(columns)}
            made = window * len(begun) * g.words.each * g.quarters
            steps = s.kd * s.kh * g.words.each
            weights = rows * min(columns, g.words.phases) * g.quarters
            found.append(visit._replace(vectors=columns * g.quarters, steps=steps, rounds=s.kd,
                                        loads=made / steps / g.quarters + weights, extra=SHUFFLES * made / steps))
        return tuple(found)


ALGORITHM = Interleaving(NAME, Space(unfit, tiles, orders, limit), geometry, loads, registers, once=True, tile=tile,
                         reduction=Interleaved, packing=packing)
