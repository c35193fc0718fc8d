"""Direct convolution with a register tile of mr broadcast rows × nr vectors.

lanes = "oc": rows are pixels of one output row, vectors are output channels; the input is
broadcast and the packed weights are loaded. lanes = "ow": rows are output channels, vectors are
pixels; the weights are broadcast and the input is loaded. Either way one term of the sum is

    acc[m][v] += broadcast(a[m]) · b[v]          0 <= m < mr, 0 <= v < nr

The register tile is the scheme of K. Goto and R. van de Geijn, Anatomy of High-Performance Matrix
Multiplication (2008), applied to a convolution as in E. Georganas et al., Anatomy of
High-Performance Deep Learning Convolutions on SIMD Architectures (2018), section II.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.target import Target
from ...plan.choices import Source, TiledChoices
from ...plan.plan import Lanes, Loop, Plan
from ...plan.program import a_tile_an_item
from ...plan.work import SPARE, STREAMS
from ..lowering import flatten
from ..space import Space
from . import band
from .exact import operands
from .geometry import Geometry, at_padding, of_kinds, read_row, too_long
from .loopnest import LoopNest
from .panels import PackingNest, Panels, packs
from .tiled import Tiled, in_place, packings, too_coarse

NAME = "direct"

MAX_TILES = 24  # distinct tile functions a file may hold
UNROLL = 4
PAGE = 4096  # bytes
SCATTERED = 64 * PAGE  # bytes of pixels from which on it may be worth it to pack them: those pages a core finds at once
WAITING = 512  # terms that are summed at least between two times that sums wait in workspace


# copies that tasks make for themselves, each as it needs it
OF_SOURCE: dict[Source, type[Geometry]] = {"panels": Panels, "band": band.Band}
NESTS: dict[Source, type[LoopNest]] = {"panels": PackingNest, "band": band.BandNest}

Seen = Callable[[ConvSpec], ConvSpec]  # the layer as the loops see it


class Apart(Geometry):
    """Of a layer whose copy serves other kernels too."""

    merges = False


@of_kinds
def _geometry(kind: Plan, seen: Seen, of: type[Geometry]) -> Geometry:
    of = OF_SOURCE.get(kind.own(TiledChoices).source, of)
    return of(kind, seen(kind.spec), rows_dim="ow" if kind.lanes == "oc" else "oc")


def geometry(plan: Plan, seen: Seen = flatten, of: type[Geometry] = Geometry) -> Geometry:
    return _geometry(plan, seen, of)


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    return too_coarse(spec, target)


def limit(plan: Plan, seen: Seen = flatten) -> str | None:
    """Why a plan is left out, or None."""
    w = seen(plan.spec).axes[2]
    if reason := too_long(w, at_padding(plan, w, plan.mr)):
        return reason
    g = geometry(plan, seen)
    if g.stages > 1 and g.io is not g.row:
        return f"a blocked reduction keeps its sums in the output, where {g.spec.dtype} would round them"
    if g.waits and (g.row.dialect != "c" or g.plan.lanes != "oc"):
        return "a blocked reduction needs output lanes that are neighbours in memory, or channels in lanes, in C"
    if g.waits and g.kc * g.terms // g.spec.icg < WAITING:
        return f"sums that wait are worth it from {WAITING} terms a block on"
    if len(g.segments["ow"]) * len(g.segments["oc"]) * min(3, g.stages) > MAX_TILES:
        return f"too many distinct tiles ({len(g.segments['ow'])} x {len(g.segments['oc'])})"
    return None


def registers(plan: Plan) -> int:
    """Accumulators, the vectors of a term, and what is broadcast."""
    return plan.mr * plan.nr * plan.own(TiledChoices).joined + plan.nr + 1


def side_by_side(spec: ConvSpec, target: Target) -> int:
    """Pixels of a row whose inputs the first cache holds side by side: where they lie powers of two apart, they share
    few of its sets, some ways of which are for weights and outputs."""
    if not target.caches or not spec.channels_last:
        return spec.ow
    near, pitch = target.caches[0], spec.sw * spec.input_channels * spec.arithmetic.input.bytes
    return (near.ways - SPARE) * near.met(pitch)


def shapes(row: Isa, rows: int, columns: int, joined: int = 1, held: int = 0) -> list[tuple[int, int]]:
    """Register tiles (mr, nr) worth a look, for extents of rows and of columns: those that fill the registers for
    their width, and those of at most `held` rows, where that is less. joined: phases that each has."""
    found = set()
    for nr in range(1, min(-(-columns // row.lanes), 7, row.registers // 2) + 1):
        full = (row.registers - 1 - nr) // (nr * joined)
        # the most rows that fit, and the fewest that split the extent into as few or one more tile
        for most in (full, full - 1, full // 2, *[held] * (0 < held < full)):
            if most >= 1:
                parts = -(-rows // most)
                found.add((-(-rows // parts), nr))
    return sorted(found)


def banded(spec: ConvSpec, target: Target) -> bool:
    """Whether tasks may copy the rows that they read, each for itself, where vectors are pixels. Depthwise layers have
    tiles that need no copy."""
    flat = spec.planar and spec.oh > 1 and not spec.channels_last
    return flat and spec.icg > 1 and target.row.dialect == "c"


def _sources(spec: ConvSpec, target: Target, lanes: Lanes, whole: bool) -> tuple[Source, ...]:
    """Where tiles can read the input. Vectors of pixels must be neighbours in memory, and cannot skip padding; one
    lane has no direction. whole: whether all pixels are one row of a 1×1 layer."""
    row = target.row
    copied: tuple[Source, ...] = ("copy", "band") if banded(spec, target) else ("copy",)
    if row.kind == "products":
        if lanes == "oc":
            there = in_place(spec, row, "broadcast")
            columns: Source = "columns"
            # without vectors, what skips padding takes longer than products with it
            skipped = spec.padded and row.lanes > 1 and not there and not operands(spec, row).zero
            skips: tuple[Source, ...] = ("unpadded",) if skipped else ()
            above = spec.top or spec.bottom
            rows = above and not (spec.front or spec.back) and row.lanes > 1 and not there and not skipped
            return (*there, *skips, *[columns] * bool(rows), "copy")
        return copied if row.lanes > 1 and not spec.channels_last else ()
    if lanes == "oc":
        rows = not spec.padded and spec.sw == spec.kw == spec.kh == spec.kd == 1 and spec.channels_last and spec.g == 1
        near: tuple[Source, ...] = ("near",) if rows and spec.arithmetic.input is not row.memory else ()
        return (*in_place(spec, row), "copy", *near)
    if row.lanes == 1:
        return ()
    if spec.padded or spec.sw != 1 or spec.channels_last:
        return copied
    far = 2 * spec.bytes > target.near and spec.icg >= STREAMS  # it may come from memory
    ahead: tuple[Source, ...] = ("ahead",) if far and row.prefetch and spec.kd * spec.kh * spec.kw == 1 else ()
    scattered = whole and spec.icg * spec.iw * spec.arithmetic.input.bytes > SCATTERED
    panels: tuple[Source, ...] = ("panels",) if scattered and row.dialect == "c" else ()
    return ("input", *ahead, *panels, *copied)


def planes(spec: ConvSpec) -> int:
    """Channels of pixels that lanes are, in a straight line. Each of its loads goes from one plane of the input to
    another, so many behind it; steps of whole pages, where half of them are none, make a layer up to twice as slow
    (Sapphire Rapids, planes of 48²), since no prefetcher foresees them."""
    plane = spec.arithmetic.input.bytes * spec.id * spec.ih * spec.iw
    half = UNROLL // 2
    return half if plane * UNROLL % PAGE == 0 < plane * half % PAGE else UNROLL


def tiles(spec: ConvSpec, target: Target, joined: int = 1, seen: Seen = flatten) -> Iterator[Plan]:
    """Plans without loops. joined: phases along a row of a transposed layer that tiles hold, of pixels then."""
    flat, row = seen(spec), target.row
    extents: tuple[tuple[Lanes, int, int], ...] = (("oc", flat.ow, flat.ocg), ("ow", flat.ocg, flat.ow))
    if joined > 1:
        extents = extents[1:] if not spec.channels_last else ()
    for lanes, rows, columns in extents:
        unroll = UNROLL if lanes == "oc" else max(planes(flat), min(9, flat.kw * flat.kh))
        sources = _sources(flat, target, lanes, flat is not spec)
        held = side_by_side(flat, target) if lanes == "oc" else 0
        for (mr, nr), source, as_given in itertools.product(
                shapes(row, rows, columns, joined, held), sources, packings(spec, row)):
            if source == "near" and nr * row.lanes < flat.oc:
                continue  # each panel of channels would widen the pixels again
            if source == "panels" and nr > 2 and mr * nr + nr + 1 >= row.registers - 1:
                continue  # gcc 12 spills sums: 5 × 80 and 9 × 48 are slower by 0.9 and 0.78 than 6 × 64, 14 × 32
            yield Plan(spec=spec, target=target, algorithm=NAME, lanes=lanes, mr=mr, nr=nr,
                       choices=TiledChoices(unroll=unroll, source=source, as_given=as_given, joined=joined))


@a_tile_an_item
def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """The loop orders of a plan."""
    source, flat = plan.own(TiledChoices).source, flatten(plan.spec)
    bands = source in ("copy", "band") and plan.lanes == "ow" and banded(flat, plan.target)
    for loops in nests(plan, flat):
        if bands and (source == "band") != band.fits(plan, flat, loops):
            continue  # a task that reads a band copies no more than that
        if source != "panels" or packs(plan, loops):
            yield loops


def nests(plan: Plan, spec: ConvSpec) -> Iterator[tuple[Loop, ...]]:
    """Loop orders: weights outer, pixels outer, blocks of rows, blocks of the reduction."""
    vl = plan.target.row.lanes
    oc_step = plan.nr * vl if plan.lanes == "oc" else plan.mr
    ow_step = plan.mr if plan.lanes == "oc" else plan.nr * vl
    ic, taps = Loop("ic", 1), (Loop("kd", 1), Loop("kh", 1), Loop("kw", 1))
    inner = (*taps, ic) if plan.lanes == "oc" else (ic, *taps)
    n, g, od, oh = Loop("n", 1, "task"), Loop("g", 1, "task"), Loop("od", 1, "task"), Loop("oh", 1, "task")
    seq = {"od": Loop("od", 1), "oh": Loop("oh", 1)}
    oc, ow = Loop("oc", oc_step), Loop("ow", ow_step)

    def blocks(extent: int, step: int, parts: tuple[int, ...]) -> list[int]:
        """Block sizes that cut `extent` into about as many parts as asked, whole steps each."""
        count = -(-extent // step)
        return sorted({-(-count // p) * step for p in parts if 1 < p <= count})

    bands = [Loop("oh", b, "task") for b in blocks(spec.oh, 1, (2, 4, 8, 16)) if b > 1]
    pixels_first = [Loop("ow", b, "task") for b in blocks(spec.ow, ow_step, (4, 16, 64)) if b > ow_step]
    panel = [Loop("oc", b, "task") for b in blocks(spec.ocg, oc_step, (2, 4, 8, 16)) if b > oc_step]
    # weights outer: a panel of weights stays close while every pixel passes
    task_oc = Loop("oc", oc_step, "task")
    yield n, g, task_oc, seq["od"], seq["oh"], ow, *inner
    # pixels outer: a window of the input stays close while all the weights pass
    yield n, g, od, oh, ow, oc, *inner
    yield n, g, od, oh, oc, ow, *inner
    for block in bands:  # a band of rows stays close for each panel
        yield n, g, od, block, oc, seq["oh"], ow, *inner
    if spec.oh * spec.od == 1:
        for block in pixels_first:
            yield n, g, block, seq["od"], seq["oh"], oc, ow, *inner
            yield n, g, block, seq["od"], seq["oh"], ow, oc, *inner
    for block in panel:
        yield n, g, block, seq["od"], seq["oh"], ow, oc, *inner
    reused = spec.n * spec.od * spec.oh * spec.ow > ow_step  # else a block of the reduction serves one tile
    for kc in (512, 256, 128, 64, 32) if reused else ():
        if kc < spec.icg and spec.icg % kc == 0:
            part = Loop("ic", kc)
            yield n, g, task_oc, part, seq["od"], seq["oh"], ow, *inner
            for block in bands:
                yield n, g, od, block, part, oc, seq["oh"], ow, *inner
            if spec.oh * spec.od == 1:
                for block in pixels_first:
                    yield n, g, block, part, seq["od"], seq["oh"], oc, ow, *inner
            for block in panel:
                yield n, g, block, part, oc, seq["od"], seq["oh"], ow, *inner


def loads(plan: Plan, rows: int, vectors: int) -> tuple[float, float]:
    """Loads of one term: vectors, which serve all phases, and broadcasts. A vector of pixels as wide as a line lies in
    two, but in panels."""
    if plan.lanes == "oc":
        return rows, vectors
    read, own = read_row(plan), plan.own(TiledChoices)
    crossing = own.source != "panels" and read.lanes * read.deep * read.itemsize >= plan.target.line
    return vectors * (plan.target.crossing if crossing else 1) / own.joined, rows


@a_tile_an_item
def as_it_is(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """The loop orders of a layer whose outputs form no long row."""
    yield from nests(plan, plan.spec)


def itself(spec: ConvSpec) -> ConvSpec:
    """A layer as the loops see it whose outputs form no long row."""
    return spec


class Direct(Tiled):
    """The algorithm."""

    def looping(self, plan: Plan) -> type[LoopNest]:
        return NESTS.get(plan.own(TiledChoices).source, LoopNest)


ALGORITHM = Direct(NAME, Space(unfit, tiles, orders, limit), geometry, loads, registers)
# of layers whose outputs lie among others
APART = ALGORITHM._replace(
    space=Space(unfit, functools.partial(tiles, seen=itself), as_it_is, functools.partial(limit, seen=itself)),
    geometry=functools.partial(geometry, seen=itself, of=Apart))
