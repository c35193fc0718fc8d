"""Long kernels by Fourier transforms: a convolution of signals is a product of their spectra.

A block of input x and the taps w give, for all outputs whose windows lie on the block (overlap and save: T. Stockham,
High-speed convolution and correlation, 1966),

    y = F⁻¹ [Σ_ic X ⊙ conj(W)]        X = F x,  W = F w (packed once)

Kernels along a row that are longer than half a block are cut into parts that long, and spectra of blocks, which lie as
far apart as parts do, serve all of them: Y_b = Σ_p X_{b+p} ⊙ conj(W_p). Blocks are transformed in pairs, one as the
imaginary part of the other's numbers (numbers.py). Transforms are passes of short ones (butterflies.py), down vectors
of columns first, then, transposed, along rows. Where spectra of the input are read by one task, it makes them; else a
phase of its own does.

The bound (compare N. Higham, Accuracy and Stability of Numerical Algorithms, 2002, theorem 24.2). The sums of a pass
are each off by at most u of themselves, and passes change no ratio of norms; so with d roundings in a row a spectrum,
whose norm is √N ‖x‖, is off by at most γ_d times that. The sum over frequencies of |X||W| is at most the product of
their norms, N ‖x‖ ‖w‖; its roundings are a share of that, and so are those of the way back, where each number is a sum
of products times roots. So

    |ŷ − y| <= γ_d Σ ‖x‖ ‖w‖        over input channels and parts of the kernel, ‖x‖ of both blocks of a pair

where d counts the passes both ways, those of the weights, and √2 (2 terms + 1) for products, since one of complex
numbers is four of reals.

Magnitudes: each number of a transform is a sum of some of its points, times roots. For |x| <= X that is at most √2 N X
in magnitude, since a point is a pair, and √2 as much where parts are added before a product with exp(-2 pi i/8).
Spectra of weights are packed divided by N: none exceeds the largest tap. With these, Σ|X||W| <= ‖x‖ ‖w‖ bounds products
and what is on the way back, √2 as much again.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ...layer.element import F32
from ...layer.spec import Axis, ConvSpec
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.bound import UNIT_ROUNDOFF
from ...plan.choices import FourierChoices
from ...plan.plan import Loop, Plan
from ...plan.program import Program
from ...plan.work import Access, Footprint, Pass, Visits, Work
from ..numerics import Growth, Spectral
from ..reading import AS_IT_IS, Reading
from ..space import Space
from . import view
from .accurate import accurate
from .numbers import numbers, parts_of

NAME = "fourier"
AUTOMATIC = True
APPROXIMATE = True
CHOICES = FourierChoices

NEEDS = "fourier needs f32, stride 1, no dilation, and a kernel in one plane: 1x32 or more, or 9x9 or more"
LEAST_TAPS = 32  # of a kernel along rows
LEAST_TILE = 9  # of one in a plane, along either axis
LONGEST, LARGEST = 1 << 16, 64  # points of a block of a signal, and of one in a plane along an axis
MOST_PARTS = 64
AT_ONCE = ((1, 1), (1, 2), (2, 1), (2, 2))  # pairs of blocks and output channels whose products are summed together
APART = 8  # terms whose sums keep an FMA unit busy
MOVED = 6.0  # cycles to load or store a vector of a pair, edges and all
SCATTERED = 2.0  # (Sapphire Rapids) cycles more for each of its numbers where they are no neighbours
HALVED = 2.6  # times as long, where loads, stores and shuffles of a vector are two of its halves (Zen 4)
LEVEL = 0.6  # standard deviations of what a rounding adds, as shares of u
WORST = 4.6  # of the worst output among some 10^5, in standard deviations


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    row = target.row
    if not applies(spec):
        return NEEDS
    if row.sums is not F32 or accurate(row) is None or not row.has("fnma"):
        return f"fourier needs f32, and in C doubles to pack weights in (isa={row.name})"
    return None


def applies(spec: ConvSpec) -> bool:
    """Whether there are blocks to transform: see NEEDS."""
    d, h, w = spec.axes
    if spec.dtype != F32.name or any(a.s != 1 or a.d != 1 for a in spec.axes) or d.k > 1 or d.before or d.after:
        return False
    along = h.k == 1 and not (h.before or h.after) and w.k >= LEAST_TAPS
    return along or min(h.k, w.k) >= LEAST_TILE


def decisions(plan: Plan) -> dict[str, object]:
    own = plan.own(FourierChoices)
    return {"size": (own.size_h, own.size_w), "fused": own.fused}


def numerics(plan: Plan) -> Spectral:
    """The bound is above. Roundings are expected to add up as errors of random signs do: for normal data to some u of
    √terms, which outputs are large, whether or not they read padding, where Σ|x||w| is 2/π times the terms that do not.
    amplification: for |x| <= X and |w| <= W."""
    t, s = numbers(plan), plan.spec
    steps = 2 * sum(step.roundings for step in t.passes)
    least = s.icg * math.prod(_least(axis) for axis in s.axes)
    expected = WORST * LEVEL * UNIT_ROUNDOFF * math.sqrt(steps * s.terms) * math.pi / 2 / least
    block = math.sqrt(2 * t.points * (t.taps if t.flat else s.kh * s.kw))
    amplification = s.icg * t.parts * block / s.terms
    return Spectral(roundings=t.roundings, expected_error=expected, amplification=amplification,
                    growth=Growth(2.0 * t.points, 1.0, math.sqrt(2) * amplification))


def _least(axis: Axis) -> int:
    """Taps of the output that reads the least of the input along an axis, the first or the last; at least 1."""
    return max(1, min(min(axis.k, axis.i + axis.before - o) - max(0, axis.before - o) for o in (0, axis.o - 1)))


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops."""
    for size_h, size_w in sizes(spec, target.row.lanes):
        parts = parts_of(spec.kw, size_w)[0] if size_h == 1 else 1
        for fused, (pairs, channels) in itertools.product((True, False), AT_ONCE):
            if (fused and parts > 1) or spec.ocg % channels:
                continue
            plan = Plan(spec=spec, target=target, algorithm=NAME, lanes="ow", mr=pairs, nr=channels,
                        choices=FourierChoices(size_h=size_h, size_w=size_w, fused=fused))
            if pairs <= numbers(plan).across:
                yield plan


def sizes(spec: ConvSpec, lanes: int) -> Iterator[tuple[int, int]]:
    """Points of blocks: no more than twice what a layer's outputs need, no fewer than vectors take."""
    h, w = (axis.o + axis.k - 1 for axis in spec.axes[1:])
    if spec.axes[1].k == 1:
        least = max(lanes * lanes, 4)
        powers = [1 << b for b in range(2, LONGEST.bit_length())]
        yield from ((1, size) for size in powers
                    if least <= size < max(2 * least, 2 * w) and parts_of(spec.kw, size)[0] <= MOST_PARTS)
        return
    sides = [size for size in (8, 16, 32, 64) if size >= lanes]
    for size_h, size_w in itertools.product(sides, sides):
        if all(axis.k <= size < max(2 * lanes, 16, 2 * needed)
               for axis, size, needed in zip(spec.axes[1:], (size_h, size_w), (h, w), strict=True)):
            yield size_h, size_w


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """Loops follow from the sizes: where a task makes spectra, it multiplies them with those of all output channels."""
    t, own = numbers(tile), tile.own(FourierChoices)
    channels = Loop("oc", tile.nr, "seq" if own.fused else "task")
    yield (Loop("n", 1, "task"), Loop("g", 1, "task"), *[channels] * (not own.fused), Loop("od", 1, "task"),
           Loop("oh", t.h.step, "task"), Loop("ow", tile.mr * t.w.step, "task"), *[channels] * own.fused,
           Loop("ic", 1), Loop("kw", t.taps))


SPACE = Space(unfit, tiles, orders)
plans, check = SPACE.plans, SPACE.check


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    t, s = numbers(plan), plan.spec
    trips = {"n": t.images, "g": s.g, "od": s.od, "oh": t.down, "ow": t.tiles, "oc": t.groups_of, "ic": s.icg,
             "kw": t.parts}
    return [(loop, trips[loop.dim]) for loop in plan.loops]


def tasks(plan: Plan) -> int:
    """Tasks of the longest phase."""
    return numbers(plan).tasks


def registers(plan: Plan) -> int:
    """Those of the products: sums, spectra of a pair, of a channel."""
    return 2 * plan.mr * plan.nr + 2 * plan.mr + 2 * plan.nr


def tile(plan: Plan) -> str:
    """A tile in words."""
    t, many = numbers(plan), tuple("s" * (count > 1) for count in (plan.mr, plan.nr))
    outputs = f"{t.w.step}" if t.flat else f"{t.h.step}x{t.w.step}"
    return f"{plan.mr} pair{many[0]} x {plan.nr} channel{many[1]}, {t.choices.mark} points for {outputs} outputs"


def reading(plan: Plan) -> Reading:
    return AS_IT_IS


def passes(plan: Plan) -> str:
    return "transforms"


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/fourier prints."""
    return view.program(plan, rows)


def explain(plan: Plan) -> str:
    """What transforms save and cost."""
    t, spec = numbers(plan), plan.spec
    left = sum(v.number * v.rows * v.vectors * v.steps for v in visits(plan)) * t.lanes
    left += sum(step.elements * step.operations for step in _steps(plan)) * t.lanes / 2
    return saved(plan, spec.macs / left)


def saved(plan: Plan, times: float) -> str:
    """By how many times fewer operations, and at what price."""
    t = numbers(plan)
    return (f"blocks of {t.choices.mark} points, {t.parts} part{'s' * (t.parts > 1)} of the kernel:"
            f" {times:.2f} times fewer operations,"
            f" expected error {numerics(plan).expected_error:.3g} of sum |x||w|")


def visits(plan: Plan) -> tuple[Visits, ...]:
    """The products: a complex number is two sums, of two products each. Where these are few, those of some vectors are
    summed at a time, for none waits for another."""
    t = numbers(plan)
    vectors, together = t.points // t.lanes * t.transforms[1] // (plan.mr * plan.nr), -(-APART // t.terms)
    return (Visits(-(-vectors // together), 2 * plan.mr * together, plan.nr, 2 * t.terms, t.terms,
                   together * (plan.mr + plan.nr), 0, finish=2.0 * plan.mr * plan.nr * together),)


def _steps(plan: Plan) -> list[Pass]:
    """The transforms: for each vector of complex numbers its operations in each pass, loads and stores beside them, and
    log2 lanes shuffles of each part."""
    t, s = numbers(plan), plan.spec
    operations = sum(step.operations for step in t.passes)
    cycles = len(t.passes) + math.log2(t.lanes) + MOVED + SCATTERED * t.lanes * (t.x.w > 1 or t.y.w > 1)
    cycles *= HALVED if plan.target.halves else 1.0
    into, back = (t.points // t.lanes * number for number in t.transforms)
    x, y = (s.itemsize * s.n * c * e for c, e in ((s.ic, s.id * s.ih * s.iw), (s.oc, s.od * s.oh * s.ow)))
    return [Pass("transform", into, cycles, x, operations), Pass("transform back", back, cycles, y, operations)]


def work(plan: Plan) -> Work:
    """Products between transforms, in the loops over groups, rows of blocks, output channels, pairs and vectors."""
    t, s = numbers(plan), plan.spec
    size, vector = t.row.itemsize, 2 * t.lanes
    channels, tiles = (t.groups_of, t.tiles)
    trips = (s.g, t.lines, channels, tiles, t.points // t.lanes)
    fused = t.choices.fused
    trips = (s.g, t.lines, tiles, channels, trips[4]) if fused else trips
    channel, pair = (3, 2) if fused else (2, 3)

    def array(name: str, one: int, dims: tuple[int, ...], weight: int = 1) -> Access:
        """`one`: floats that a vector's products take of it; dims: the loops that move it."""
        def footprint(depth: int) -> Footprint:
            inside = [trips[dim] for dim in dims if dim >= depth]
            return Footprint(size * one * math.prod(inside), ())
        return Access(name, footprint, dims.__contains__, weight)

    return Work(
        visits=visits(plan), trips=trips,
        arrays=(array("weights", vector * t.terms * plan.nr, (0, channel, 4)),
                array("spectra", vector * t.terms * plan.mr, (0, 1, pair, 4), 1 if fused else 2),
                array("products", vector * plan.mr * plan.nr, (4,), 2)),
        passes=tuple(_steps(plan)), epilogue=0.0, phases=1 if fused else 2)
