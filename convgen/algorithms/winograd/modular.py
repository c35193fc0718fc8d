"""Winograd's minimal filtering of integers, exact: all of it modulo 2^32.

As in winograd.py a tile of m × m outputs is

    Y = Aᵀ [Σ_ic U ⊙ V] A        U = G g Gᵀ,  V = Bᵀ d B

but with integers. At whole points Bᵀ and Aᵀ are integers, and row i of G is one over a divisor s_i. With s_i G in the
place of G, and Aᵀ times L / s_i in the place of Aᵀ, where L is their least common multiple along an axis, everything is
an integer, and Y comes out L_h L_w times as large. That product is q 2^e with an odd q, which has an inverse modulo
2^32; so what is left of Y, whatever overflowed on the way, is 2^e v modulo 2^32, and v itself wherever
|v| < 2^(31 − e): by its types, or as largest_sum promises. F(4 × 4, 3 × 3) has e = 6, F(3 × 3, 3 × 3) and
F(2 × 2, 3 × 3) have e = 2. U and V must fit 16 bits, of which products are summed as pmaddwd does.

A task is a block of rows of tiles, whose V and Σ U ⊙ V stay in its worker's scratch. It reads a padded copy of the
input in 16 bits, which holds the windows of all tiles, also of those that reach beyond the output.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import WinogradChoices
from ...plan.plan import Loop, Plan
from ...plan.program import (
    TAPS,
    Program,
)
from ...plan.proof import inputs, proof
from ...plan.tiling import row_segments, vector_segments
from ...plan.work import Access, Footprint, Pass, Visits, Work
from ..numerics import Modular
from ..reading import Reading
from ..space import Space
from ..tiled import direct, exact
from . import modular_view
from .codelets import codelet
from .modular_numbers import line, numbers, residue
from .toomcook import fractions

NAME = "modular"
AUTOMATIC = True
APPROXIMATE = False
CHOICES = WinogradChoices

SIZES = (2, 3, 4)  # outputs of a tile along an axis
SHORT = 2**15 - 1
SHARE = 0.5  # of the time of an FMA that an addition or a shift takes: more units do them
NEEDS = "modular needs one group, stride 1, no dilation, and a kernel of more than one pixel in one plane"


# --- which plans there are ---


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    row = target.row
    if row.shorts is None or row.deep != 2:
        return f"modular needs products of pairs of 16 bits (isa={row.name})"
    if not _shape(spec):
        return NEEDS
    if min(spec.ic, spec.oc) < row.lanes or spec.ic % 2:
        return f"modular needs {row.lanes} channels, an even number of the input (ic={spec.ic}, oc={spec.oc})"
    return exact.unfit(spec, target)


def _shape(spec: ConvSpec) -> bool:
    """Whether it is one of those that NEEDS names."""
    _, h, w = spec.axes
    return spec.g == 1 and spec.kd * spec.id * spec.od == 1 and h.k * w.k > 1 and h.s * w.s * h.d * w.d == 1


def admits(spec: ConvSpec, m: int) -> bool:
    """Whether tiles of m × m are exact: U and V fit 16 bits, and v what is left of Y."""
    return proof(spec).products <= _most(spec, m)


def promises(spec: ConvSpec) -> set[int]:
    """The largest sums with which tiles of some size are exact; none of a layer that has no such tiles."""
    return {most for m in SIZES if (most := _most(spec, m))} if _shape(spec) else set()


def _most(spec: ConvSpec, m: int) -> int:
    """The largest v of which 32 bits of Y tell all; 0 where 16 bits do not hold U and V."""
    h, w = line(spec.kh, m), line(spec.kw, m)
    if h is None or w is None:
        return 0
    weight = -int(spec.arithmetic.weights.smallest)  # of the type: packing checks sums, not each weight
    if h.reach * w.reach * max(map(abs, inputs(spec))) > SHORT or h.gain * w.gain * weight > SHORT:
        return 0
    return (1 << 31 - residue(h.over * w.over).e) - 1


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops."""
    for m in SIZES:
        if admits(spec, m):
            shapes = {shape for block in _blocks(spec, m) for shape in
                      direct.shapes(target.row, block * -(-spec.ow // _outputs(spec.kw, m)), spec.oc)}
            for mr, nr in sorted(shapes):
                yield Plan(spec=spec, target=target, algorithm=NAME, lanes="oc", mr=mr, nr=nr,
                           choices=WinogradChoices(unroll=4, source="copy", m=m, fused=True))


def _outputs(k: int, m: int) -> int:
    """Of a tile, along an axis with a kernel of k."""
    return m if k > 1 else 1


def _blocks(spec: ConvSpec, m: int) -> list[int]:
    """Rows of tiles in a block: whatever divides all."""
    rows = -(-spec.oh // _outputs(spec.kh, m))
    return [size for size in range(1, rows + 1) if rows % size == 0]


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """Blocks for which a register tile is worth a look."""
    spec, m = tile.spec, tile.own(WinogradChoices).m
    rows, columns = _outputs(spec.kh, m), -(-spec.ow // _outputs(spec.kw, m))
    for block in _blocks(spec, m):
        if (tile.mr, tile.nr) in direct.shapes(tile.target.row, block * columns, spec.oc):
            yield (Loop("n", 1, "task"), Loop("oh", block * rows, "task"),
                   Loop("oc", tile.nr * tile.target.row.lanes), Loop("ow", tile.mr), *TAPS)


SPACE = Space(unfit, tiles, orders)
plans, check = SPACE.plans, SPACE.check


# --- what others ask ---


def program(plan: Plan, rows: Rows) -> Program:
    """What is printed."""
    return modular_view.program(numbers(plan), rows)


def decisions(plan: Plan) -> dict[str, object]:
    return {"lanes": plan.lanes, "m": plan.own(WinogradChoices).m}


def numerics(plan: Plan) -> Modular:
    """Nothing is rounded."""
    t = numbers(plan)
    return Modular(roundings=0, bits=31 - residue(t.h.over * t.w.over).e)


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    t = numbers(plan)
    trips = {"n": plan.spec.n, "oh": t.rows // t.block, "oc": -(-t.width // (plan.nr * t.row.lanes)),
             "ow": -(-t.count // plan.mr), "ic": -(-plan.spec.ic // 2)}
    return [(loop, trips.get(loop.dim, 1)) for loop in plan.loops]


def tasks(plan: Plan) -> int:
    t = numbers(plan)
    return plan.spec.n * t.rows // t.block


def visits(plan: Plan) -> tuple[Visits, ...]:
    """The micro-kernel runs of all products."""
    t = numbers(plan)
    often, steps = t.points * tasks(plan), -(-plan.spec.ic // 2)
    return tuple(
        Visits(often * rows.number * vectors.number, rows.size, vectors.size, steps, -(-steps // 4),
               rows.size + vectors.size, 2 * t.depth)
        for rows, vectors in itertools.product(row_segments(t.count, plan.mr),
                                               vector_segments(t.width, plan.nr, t.row.lanes)))


def work(plan: Plan) -> Work:
    """Products between transforms, and these as passes."""
    t, s = numbers(plan), plan.spec
    assert t.row.shorts is not None
    panels, blocks = -(-t.width // (plan.nr * t.row.lanes)), tasks(plan)
    trips = (blocks, t.points, panels, -(-t.count // plan.mr))

    def array(name: str, plane: int, dims: tuple[int, ...], weight: int) -> Access:
        """A plane for each position; dims: the loops that move it."""
        def footprint(depth: int) -> Footprint:
            inside = [trips[dim] for dim in dims if depth <= dim < 2]
            below = [trips[dim] for dim in dims if 2 <= dim < depth]
            return Footprint(max(1, plane * math.prod(inside) // math.prod(below)), ())
        return Access(name, footprint, dims.__contains__, weight)

    into, back = (sum(len(codelet(fractions(matrix)).ops) * count for matrix, count in pairs) for pairs in (
        ((t.h.bt, t.w.n), (t.w.bt, t.h.n)), ((t.h.at, t.w.n), (t.w.at, t.h.m))))
    every = blocks * t.count
    ends = t.h.m * t.w.m * (4 + exact.finish(s, t.row))
    copied = t.copy.workspace
    size = t.copy.source.itemsize
    return Work(
        visits=visits(plan), trips=trips,
        arrays=(array("weights", 2 * t.u_plane, (1, 2), 1), array("V", 2 * t.count * t.depth, (1, 3), 2),
                array("M", 4 * t.count * t.width, (1, 2, 3), 2)),
        passes=(Pass("copy", copied, 2 / t.row.shorts.lanes, size * copied + s.ic * s.ih * s.iw * s.n),
                Pass("transform", every * t.depth // t.row.shorts.lanes, t.points, size * copied, SHARE * into),
                Pass("transform back", every * t.width // t.row.lanes, 0.7 * t.points,
                     s.arithmetic.output.bytes * s.n * s.oc * s.oh * s.ow, SHARE * (back + ends))),
        epilogue=0.0 if s.channels_last else 0.5 * s.n * s.oc * s.oh * s.ow, phases=2)


def registers(plan: Plan) -> int:
    return direct.registers(plan)


def tile(plan: Plan) -> str:
    t = numbers(plan)
    return (f"F({t.h.m}x{t.w.m}, {plan.spec.kh}x{plan.spec.kw}), {t.points} products of {plan.mr} tiles x"
            f" {plan.nr * t.row.lanes} channels")


def reading(plan: Plan) -> Reading:
    return Reading("copy", "a padded copy of the input")


def passes(plan: Plan) -> str:
    return "transforms"


def explain(plan: Plan) -> str:
    """What the transforms save, and why they are exact."""
    t, s = numbers(plan), plan.spec
    left = t.points * t.rows * t.columns * s.n * s.ic * s.oc
    return (f"F({t.h.m}x{t.w.m}, {s.kh}x{s.kw}) modulo 2^32: {s.macs / left:.2f} times fewer multiplications, exact"
            f" since no sum reaches 2^{numerics(plan).bits}")
