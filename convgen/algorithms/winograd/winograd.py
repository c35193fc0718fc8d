"""Winograd's minimal filtering: fewer multiplications for stride 1, at the price of transforms.

The output is cut into tiles of mh × mw; with α = m + k − 1 along each axis, a tile is

    Y = Aᵀ [Σ_ic U ⊙ V] A        U = G g Gᵀ (packed once),  V = Bᵀ d B

(A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2016, equation 8). Each of
the α·α positions is a matrix product over the tiles of a block: pixels × input channels by input
channels × output channels, by the register tiles of `direct`. A block's V and M = Σ U ⊙ V stay in its
thread's scratch; or all blocks pass through three phases together (`fused` is False), which needs
more memory and leaves more tasks. Where there are few tiles, tasks may share the output channels
instead: each transforms the input for itself, and waits for no other. Where a block holds an axis as a
whole, its last tile is as small as what is left: 14 is 4 + 4 + 4 + 2, with 6 + 6 + 6 + 4 products of which
the last 4 are among the 6 of the others, so that they share U (toomcook.ending).

A transposed layer with strides is the forward one that has its phases as channels (lowering.Subpixel): all of them
share V, and each has products of its own, fewer where it has fewer taps (numbers.vanishing). Beside that only packing
and the transform back differ: which tap a weight is, and where outputs lie.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from ...errors import InputError
from ...layer.element import F32
from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.bound import UNIT_ROUNDOFF
from ...plan.choices import Source, WinogradChoices
from ...plan.plan import Bind, Loop, Plan
from ...plan.program import TAPS, Program
from ...plan.tiling import largest_parts, row_segments, vector_segments
from ...plan.work import Access, Footprint, Pass, Visits, Work, multiplied
from ..lowering import subpixel
from ..numerics import Growth, Transformed
from ..reading import reading as reading
from ..space import Space
from ..tiled import direct
from . import toomcook, view, wide
from .codelets import codelet
from .numbers import filtering, numbers
from .toomcook import Transforms

NAME = "winograd"
AUTOMATIC = True
APPROXIMATE = True
CHOICES = WinogradChoices

NEEDS = "winograd needs stride 1, or a transposed layer, no dilation, and more than one tap for an output, in one plane"
PARTS = (2, 4)  # of the output channels, that tasks share where a block has all tiles
FEW = 64  # tiles of such a block: more leave tasks enough
LARGEST = 1.6  # errors of the worst outputs over what `noise` says of all of them


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    row = target.row
    if (seen := subpixel(spec)) is None or not applies(seen.spec):
        return NEEDS
    if spec.transposed and target.is_gpu:
        return "winograd needs a CPU for transposed layers with strides"
    if row.sums is not F32:
        return f"transforms are in f32 (isa={row.name})"
    if min(spec.icg, spec.ocg) < row.lanes:
        return f"winograd needs {row.lanes} input and output channels a group (ic={spec.ic}, oc={spec.oc}, g={spec.g})"
    return None


def _divides(part: int, spec: ConvSpec, target: Target) -> bool:
    """Whether the output channels split into equal parts of that size, in whole vectors."""
    return 0 < part < spec.oc and spec.oc % part == part % target.row.lanes == 0


def _source(spec: ConvSpec) -> Source:
    """Channels first, a row of tiles is transposed into scratch."""
    return "edges" if spec.channels_last else "copy"


def applies(spec: ConvSpec) -> bool:
    """Whether tiles of a forward layer can be filtered: see NEEDS."""
    _, h, w = spec.axes
    return spec.kd == 1 and spec.sd == 1 and not (spec.front or spec.back) and h.k * w.k > 1 \
        and all(a.s == 1 and a.d == 1 for a in (h, w))


def decisions(plan: Plan) -> dict[str, object]:
    """The unrolling follows from the lanes."""
    own = plan.own(WinogradChoices)
    return {"lanes": (plan.lanes, own.unroll), "source": own.source, "m": own.m, "fused": own.fused}


def numerics(plan: Plan) -> Transformed:
    """Measured errors are 0.7 to 1.1 of the expected one for F(4 × 4, 3 × 3), less for the others. The amplification
    is for x and w of one magnitude."""
    t = numbers(plan)
    expected = LARGEST * _worst(toomcook.noise, plan) * UNIT_ROUNDOFF
    return Transformed(roundings=_roundings(plan), expected_error=expected,
                       amplification=_worst(toomcook.amplification, plan), growth=_growth(plan), h=t.h, w=t.w)


def _growth(plan: Plan) -> Growth:
    """Along both axes, of the worst position of each: no number is larger, whichever axis comes first."""
    t = numbers(plan)
    h, w = (_growth_of(axis.axis.k, t.choices.m, axis.last.m, wide.wide(t.row) is wide.DOUBLE) for axis in (t.h, t.w))
    return Growth(*(one * other for one, other in zip(h, w, strict=True)))


def _roundings(plan: Plan) -> int:
    """Transforms, of weights too, products over channels, whose sums begin with 0, transforms back, bias and residual;
    weights times their scale."""
    t, s = numbers(plan), plan.spec
    return s.icg + wide.roundings(t.row, t.h.f, t.w.f) + s.bias + s.residual + s.arithmetic.weights_only \
        + sum(_roundings_of(axis.axis.k, t.choices.m, axis.last.m, t.row.fused) for axis in (t.h, t.w))


def _worst(measure: Callable[[Transforms], float], plan: Plan) -> float:
    """The product of what either axis does, in its worst tile."""
    t = numbers(plan)
    return math.prod(_worst_of(measure, axis.axis.k, t.choices.m, axis.last.m) for axis in (t.h, t.w))


# A planner asks this of thousands of plans, which have few transforms between them.


@functools.lru_cache(maxsize=256)
def _roundings_of(k: int, m: int, last: int, fused: bool) -> int:
    """Those of an axis's transforms into and back, on the longest path through both, in its worst tile."""
    return max(max(codelet(f.at).roundings(fused, codelet(f.bt).roundings(fused))) for f in _kinds(k, m, last))


@functools.lru_cache(maxsize=256)
def _worst_of(measure: Callable[[Transforms], float], k: int, m: int, last: int) -> float:
    return max(map(measure, _kinds(k, m, last)))


@functools.lru_cache(maxsize=256)
def _growth_of(k: int, m: int, last: int, double: bool) -> Growth:
    """Of the transforms of an axis. Sums of weights that are not double are divided last."""
    found = []
    for f in _kinds(k, m, last):
        into, before = codelet(f.bt).growth([Fraction(1)] * f.n)
        weights = [sum(map(abs, row)) for row in f.g]
        products = [u * v for u, v in zip(weights, into, strict=True)]
        _, behind = codelet(f.at).growth(products)
        packed = weights if double else [sum(map(abs, row)) for row, _ in f.g_over]
        found.append(Growth(float(before), float(max(packed)), float(behind / k)))
    return Growth(*map(max, zip(*found, strict=True)))


def _kinds(k: int, m: int, last: int) -> tuple[Transforms, ...]:
    """The transforms of an axis: those of its tiles, and of its last one where that is smaller."""
    f = filtering(k, m)
    return toomcook.ending(f, last) if last < f.m else (f,)


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    t, s = numbers(plan), plan.spec
    trips = {"n": s.n, "g": s.g, "od": s.od, "oh": t.h.blocks, "ow": t.w.blocks, "ic": s.icg}
    channels = {"task": t.groups, "seq": t.phases * -(-t.padded // (plan.nr * t.row.lanes))}
    return [(loop, channels[loop.bind] if loop.dim == "oc" else trips.get(loop.dim, 1)) for loop in plan.loops]


class Cut(NamedTuple):
    """One way to cut a layer: outputs of a block, down and across; whether its phases are one; output channels of a
    task, 0 for all; the register tiles worth a look."""

    rows: int
    columns: int
    fused: bool
    part: int
    shapes: list[tuple[int, int]]


@functools.lru_cache(maxsize=64)
def _cuts(given: ConvSpec, target: Target, m: int) -> tuple[Cut, ...]:
    """Every one for tiles of m outputs along an axis; none where there are no such transforms."""
    seen = subpixel(given)
    assert seen is not None
    spec = seen.spec
    try:
        h, w = (filtering(k, m) for k in (spec.kh, spec.kw))
    except InputError:
        return ()
    if not wide.sums(target.row, h, w):
        return ()
    th, tw = -(-spec.oh // h.m), -(-spec.ow // w.m)
    room = target.near // (target.row.itemsize * h.n * w.n * (spec.icg + spec.ocg))  # tiles
    blocks = [(bh, bw, True, 0) for bh, bw in _blocks(spec, th, tw) if bh == 1 or bh * bw <= room]
    parts = [spec.oc // number for number in PARTS if seen.phases == spec.g == 1 and spec.n * spec.od * th * tw <= FEW]
    blocks += [(th, tw, True, part) for part in parts if _divides(part, spec, target)]
    return tuple(Cut(_step(bh, th, h.m, spec.oh), _step(bw, tw, w.m, spec.ow), fused, part,
                     direct.shapes(target.row, bh * bw if fused else spec.n * spec.od * th * tw, part or given.ocg))
                 for bh, bw, fused, part in (*blocks, (th, tw, False, 0)))


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops."""
    for m, fused in itertools.product((2, 4, 6), (True, False)):
        for mr, nr in sorted({shape for cut in _cuts(spec, target, m) if cut.fused == fused for shape in cut.shapes}):
            yield Plan(spec=spec, target=target, algorithm=NAME, lanes="oc", mr=mr, nr=nr,
                       choices=WinogradChoices(unroll=4, source=_source(spec), m=m, fused=fused))


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """Blocks for which a register tile is worth a look."""
    own = tile.own(WinogradChoices)
    for cut in _cuts(tile.spec, tile.target, own.m):
        if cut.fused == own.fused and (tile.mr, tile.nr) in cut.shapes:
            yield _loops(cut.rows, cut.columns, tile.nr * tile.target.row.lanes, cut.fused, cut.part)


def _step(block: int, tiles: int, m: int, extent: int) -> int:
    """Outputs of a block along an axis; all of them where it holds all tiles, and more than one."""
    return extent if block == tiles > 1 else block * m


def _blocks(spec: ConvSpec, rows: int, columns: int) -> list[tuple[int, int]]:
    """Tiles of a block, down and across: rows of tiles as even as can be, or parts of one row."""
    blocks = {(size, columns) for size in largest_parts(rows, rows)}
    if spec.channels_last:  # else a row of tiles is transposed as a whole
        blocks |= {(1, -(-columns // parts)) for parts in range(2, 9) if parts <= columns}
    return sorted(blocks)


def _loops(rows: int, columns: int, channels: int, fused: bool, part: int) -> tuple[Loop, ...]:
    bind: Bind = "task" if fused else "seq"
    return (Loop("n", 1, "task"), Loop("g", 1, "task"), *[Loop("oc", part, "task")] * (part > 0),
            Loop("od", 1, "task"), Loop("oh", rows, bind), Loop("ow", columns, bind), Loop("oc", channels), *TAPS)


SPACE = Space(unfit, tiles, orders)
plans, check = SPACE.plans, SPACE.check


def tile(plan: Plan) -> str:
    """A tile in words."""
    t = numbers(plan)
    last = f" and {t.h.last.m}x{t.w.last.m} at the end" if t.h.nested or t.w.nested else ""
    return (f"F({t.h.f.m}x{t.w.f.m}, {t.h.f.r}x{t.w.f.r}){last}, {t.points} products of {plan.mr} tiles x"
            f" {plan.nr * t.row.lanes} channels")


def registers(plan: Plan) -> int:
    """The registers of the products."""
    return direct.registers(plan)


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/winograd prints."""
    return view.program(plan, rows)


def passes(plan: Plan) -> str:
    return "transforms"


def explain(plan: Plan) -> str:
    """What the transforms save and cost."""
    t, spec = numbers(plan), plan.spec
    left = multiplied(visits(plan)) * plan.target.row.lanes
    phases = f" in each of {t.phases} phases" * (t.phases > 1)
    return (f"F({t.h.f.m}x{t.w.f.m}, {t.h.f.r}x{t.w.f.r}){phases}: {spec.macs / left:.2f} times fewer multiplications,"
            f" expected error {numerics(plan).expected_error:.3g} of sum |x||w|")


def visits(plan: Plan) -> tuple[Visits, ...]:
    """The micro-kernel runs of all products."""
    t, s = numbers(plan), plan.spec
    products = Counter[int]()
    for run in t.runs:
        products[run.number] += run.blocks * t.multiplied(run)
    channels = vector_segments(t.padded, plan.nr, t.row.lanes)
    return tuple(
        Visits(t.groups * number * rows.number * vectors.number, rows.size, vectors.size, s.icg,
               -(-s.icg // t.choices.unroll), rows.size + vectors.size, t.row.itemsize * t.depth)
        for count, number in products.items()
        for rows, vectors in itertools.product(row_segments(count, plan.mr), channels))


def work(plan: Plan) -> Work:
    """Products between transforms: U, V and M in the loops over groups (or parts), blocks, positions, panels of output
    channels and tiles; and the passes before and after."""
    t, s = numbers(plan), plan.spec
    size, lanes = t.row.itemsize, t.row.lanes
    blocks = s.n * s.od * t.h.blocks * t.w.blocks if t.choices.fused else 1
    panels, count = t.phases * -(-t.padded // (plan.nr * lanes)), max(t.counts)
    trips = (t.groups, blocks, t.points, panels, -(-count // plan.mr))

    every = sum(len(run.rows) * len(run.columns) for run in t.runs)
    weights = t.u_plane * sum(map(t.multiplied, t.runs)) // (every * t.phases)  # of a position that are read

    asked = any(g.asking().ahead for g in t.products.values())

    def array(name: str, plane: int, dims: tuple[int, ...], weight: int) -> Access:
        """A plane for each position; dims: the loops that move it. Scratch serves one block after another."""
        def footprint(depth: int) -> Footprint:
            inside = [trips[dim] for dim in dims if dim >= depth and dim < 3]
            below = [trips[dim] for dim in dims if 3 <= dim < depth]
            return Footprint(max(1, size * plane * math.prod(inside) // math.prod(below)), ())
        return Access(name, footprint, dims.__contains__, weight, ahead=asked and name == "weights")

    tiles_all = s.n * s.od * t.groups * t.h.tiles * t.w.tiles
    (into_h, from_h), (into_w, from_w) = (_operations(axis.axis.k, t.choices.m) for axis in (t.h, t.w))
    into, back = (into_h * t.w.f.n + into_w * t.h.f.n, from_h * t.w.f.n + from_w * t.h.f.m)
    vectors_in, vectors_out = tiles_all * t.depth // lanes, tiles_all * t.width // lanes
    x, y = (s.itemsize * s.n * c * e for c, e in ((s.ic, s.id * s.ih * s.iw), (s.oc, s.od * s.oh * s.ow)))
    groups = () if t.choices.fused else (0,)  # a worker's scratch serves one group after another
    v, m = (size * lanes * vectors * t.points for vectors in (vectors_in, vectors_out))
    among = size * (t.v_floats + t.m_floats) * (1 if t.choices.fused else t.groups)
    return Work(
        visits=visits(plan), trips=trips,
        arrays=(array("weights", weights, (0, 2, 3), 1), array("V", count * t.depth, (*groups, 2, 4), 2),
                array("M", count * t.width, (*groups, 2, 3, 4), 2)),
        passes=(Pass("transform", vectors_in, 2 * t.points, x, into, scattered=v, among=among),
                Pass("transform back", vectors_out, 1.5 * t.points, y, back, scattered=m, among=among)),
        epilogue=0.0, phases=1 if t.choices.fused else 3)


def tasks(plan: Plan) -> int:
    """Tasks of the longest phase."""
    t = numbers(plan)
    return math.prod(trips for _, trips, _ in t.tasks) if t.choices.fused else plan.spec.g * t.points


@functools.lru_cache(maxsize=256)
def _operations(k: int, m: int) -> tuple[int, int]:
    """Of one transform into and one back, along an axis."""
    f = filtering(k, m)
    return len(codelet(f.bt).ops), len(codelet(f.at).ops)
