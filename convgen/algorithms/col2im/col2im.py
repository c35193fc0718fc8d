"""Transposed convolution with strides as a matrix product, whose numbers are then added where kernels overlap.

Every input pixel times the weights of all output channels and taps gives what it adds to the outputs around it,

    P[q, (o, k)] = Σ_c x[c, q] w[c, o, k]
    y[o, p] = act(b[o] + Σ P[q, (o, k)] + r[o, p])        over q·s + k − pad = p

the first a product without padding, which fills vectors however few output channels there are, the second the sum that
is known as col2im (Y. Jia, Caffe, 2014), here gathered: an output adds what meets in it, always in the same order, and
is written once. A task has some output channels and a band of output rows; it multiplies the rows of the input that
meet in these, some of which its neighbours multiply too, in its worker's scratch. Where a row is not on the input,
a row of zeros is added.

The bound: d counts the terms of a product, the products that meet, bias and residual.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...layer.element import F32
from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import TiledChoices
from ...plan.plan import Lanes, Loop, Plan
from ...plan.program import TAPS, Program
from ...plan.work import Access, Footprint, Pass, Visits, Work
from ..numerics import Direct
from ..reading import AS_IT_IS, Reading
from ..space import Space
from ..tiled import direct
from ..tiled import work as tiled_work
from . import view
from .numbers import Numbers, blocks_of, numbers

NAME = "col2im"
AUTOMATIC = True
APPROXIMATE = False
CHOICES = TiledChoices

NEEDS = "col2im needs a transposed layer with strides, in f32, of one group, without dilation, in one plane"
MOST = 1 << 20  # floats of products in a worker's scratch
MEET, MEET_IN_ROW = 64, 16  # products that may meet in an output: each sum is written out, at the ends of rows too
SMALLEST = 64  # times smaller than the largest task is one that is worth a look
BANDS = (1, 2, 4, 8, 16, 32, 64)  # about how many a layer is cut into
JOIN = 1.0  # cycles to move a number to its place among other phases of columns
INTERLEAVE = 2.0  # cycles to do so with a vector, for each time that the phases are halved
FINISH = 4.0  # cycles for a vector of outputs, activation apart
ROW = 16.0  # cycles to begin and end with a row


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    plane = spec.id == spec.kd == spec.od == 1
    if not (spec.transposed and spec.sh * spec.sw > 1 and spec.dtype == F32.name and spec.g == 1 and plane
            and spec.dh == spec.dw == 1):
        return NEEDS
    row, met, in_row = target.row, -(-spec.kh // spec.sh) * -(-spec.kw // spec.sw), -(-spec.kw // spec.sw)
    if met > MEET or in_row > MEET_IN_ROW:
        return f"col2im needs at most {MEET} products in an output, {MEET_IN_ROW} of a row ({met}, {in_row})"
    if row.sums is not F32 or row.dialect != "c":
        return f"col2im needs C in f32 (isa={row.name})"
    return None


def _lanes(spec: ConvSpec) -> list[Lanes]:
    """What vectors may hold: channels and taps, where outputs along a row are neighbours, pixels where inputs are."""
    dense = spec.output_channels == spec.oc
    by_pixel: list[Lanes] = ["oc"] if dense and (spec.channels_last or spec.oc == 1) else []
    planar: list[Lanes] = ["ow"] if not spec.channels_last else []
    return by_pixel + planar


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops."""
    row = target.row
    for lanes in _lanes(spec):
        if not _cuts(spec, lanes == "oc"):
            continue
        pixels, channels = spec.ih * spec.iw, spec.oc * spec.kh * spec.kw
        rows, columns = (pixels, channels) if lanes == "oc" else (channels, pixels)
        for mr, nr in direct.shapes(row, rows, columns):
            yield Plan(spec=spec, target=target, algorithm=NAME, lanes=lanes, mr=mr, nr=nr,
                       choices=TiledChoices(unroll=direct.UNROLL))


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """Loops: tasks, and those of their product; pixels outermost first, which was faster where the two are predicted to
    be equal."""
    s, row = tile.spec, tile.target.row
    by_pixel = tile.lanes == "oc"
    oc = Loop("oc", tile.nr * row.lanes if by_pixel else tile.mr)
    ow = Loop("ow", tile.mr if by_pixel else tile.nr * row.lanes)
    for block, band in _cuts(s, by_pixel):
        head = (Loop("n", 1, "task"), Loop("oc", block, "task"), Loop("oh", band * s.sh, "task"))
        yield (*head, ow, oc, *TAPS)
        yield (*head, oc, ow, *TAPS)


def _cuts(s: ConvSpec, by_pixel: bool) -> list[tuple[int, int]]:
    """Output channels and groups of output rows that a task may have."""
    groups = (s.oh - 1 + s.top) // s.sh - s.top // s.sh + 1
    bands = sorted({-(-groups // parts) for parts in BANDS})
    cuts = [(block, band) for block in ([s.oc] if by_pixel else blocks_of(s)) for band in bands]
    floats = {(block, band): block * band * s.kh * s.kw * s.iw for block, band in cuts}  # of products
    most = min(MOST, max(floats.values()))
    return [cut for cut in cuts if most / SMALLEST <= floats[cut] <= most]


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None."""
    g = numbers(plan).product
    if len(g.segments["ow"]) * len(g.segments["oc"]) > direct.MAX_TILES:
        return "too many distinct tiles"
    return None


SPACE = Space(unfit, tiles, orders, limit)
plans, check = SPACE.plans, SPACE.check


def decisions(plan: Plan) -> dict[str, object]:
    return {"lanes": plan.lanes}


def numerics(plan: Plan) -> Direct:
    """See the bound above."""
    t, s = numbers(plan), plan.spec
    return Direct(roundings=s.ic + t.rows_met * t.columns_met - 1 + s.bias + s.residual)


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    t = numbers(plan)
    inner = t.product
    product = [(loop, inner.trips(at)) for at, loop in enumerate(inner.plan.loops)]
    return [*zip(plan.loops, (t.spec.n, t.blocks, t.bands), strict=False), *product]


def tasks(plan: Plan) -> int:
    return numbers(plan).tasks


def registers(plan: Plan) -> int:
    return direct.registers(plan)


def tile(plan: Plan) -> str:
    """A tile in words."""
    rows, columns = ("pixels", "products") if plan.lanes == "oc" else ("products", "pixels")
    return f"{plan.mr} {rows} x {plan.nr * plan.target.row.lanes} {columns}"


def reading(plan: Plan) -> Reading:
    return AS_IT_IS


def passes(plan: Plan) -> str:
    return "sums"


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/col2im prints."""
    return view.program(plan, rows)


def explain(plan: Plan) -> str:
    """What a task multiplies, and what of it others multiply too."""
    t = numbers(plan)
    again = t.bands * t.rows / plan.spec.ih
    return (f"a product of {t.rows * plan.spec.iw} pixels by {t.channels} channels and taps a task,"
            f" {t.rows_met * t.columns_met} of its numbers an output"
            + (f"; rows of the input are multiplied {again:.2f} times" if again > 1 else ""))


def visits(plan: Plan) -> tuple[Visits, ...]:
    """Those of the products."""
    t = numbers(plan)
    return tuple(visit._replace(number=visit.number * t.tasks)
                 for visit in direct.ALGORITHM.visits_of(t.product.plan, t.product))


def work(plan: Plan) -> Work:
    """Products in the loops of tasks; their sums as a pass, which reads products that are near."""
    t, s, g = numbers(plan), plan.spec, numbers(plan).product
    outer = len(g.plan.loops) - 4
    trips = (s.n, t.blocks, t.bands)
    moved = {"weights": (1,), "input": (0, 2), "output": ()}

    def outside(inner: Access) -> Access:
        """The same in the loops of tasks."""
        by = moved[inner.name]

        def footprint(depth: int) -> Footprint:
            one = inner.footprint(max(0, depth - len(trips)))
            axes = tuple((trips[at], one.bytes) for at in by if at >= depth and trips[at] > 1)
            return Footprint(one.bytes, one.axes + axes)

        def moves(depth: int) -> bool:
            return depth in by if depth < len(trips) else inner.moves(depth - len(trips))

        return inner._replace(footprint=footprint, moves=moves)

    return Work(visits=visits(plan), trips=(*trips, *(g.trips(at) for at in range(outer))),
                arrays=tuple(outside(one) for one in tiled_work.arrays(g, outer)), passes=(_sums(t),), epilogue=0.0)


def _sums(t: Numbers) -> Pass:
    """Vectors of sums, each of so many products, and of outputs; phases that change places."""
    s, lanes = t.spec, t.lanes
    if t.by_pixel:
        vectors = (t.groups_to - t.groups_from) * sum(-(-(end - begin) // lanes) for begin, end, _ in t.parts())
        rows = s.n * s.oh
    else:
        vectors = sum(one.number * math.ceil(one.outputs / lanes) for one in t.column_sets())
        rows = s.n * s.oh * s.oc
    outputs = s.n * s.oh * s.ow * s.oc
    cycles = rows * (vectors * (t.rows_met * t.columns_met + 1) + ROW) + outputs / lanes * FINISH
    if t.joined:
        cycles += outputs * (INTERLEAVE * math.log2(s.sw) / lanes if t.interleaves else JOIN)
    return Pass("sums", outputs, cycles / outputs, s.itemsize * outputs * (2 + s.residual))
