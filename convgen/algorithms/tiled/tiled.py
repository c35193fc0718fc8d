"""What `direct`, `depthwise` and `grouped` have in common: register tiles inside a loop nest."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ...layer.element import F32
from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import Choices, Source, TiledChoices
from ...plan.plan import Loop, Plan
from ...plan.program import Program
from ...plan.work import Visits, Work
from ..numerics import Direct, Growth
from ..reading import Reading, reading
from ..space import Space
from . import exact
from . import work as tiled_work
from .functions import Kept
from .geometry import Geometry, adds_bias
from .loopnest import LoopNest
from .microkernel import Reduction
from .packing import Packing, packing


def directwise(plan: Plan) -> str:
    """A tile in words: rows of one dimension, vectors of the other."""
    rows, columns = ("pixels", "channels") if plan.lanes == "oc" else ("channels", "pixels")
    return f"{plan.mr} {rows} x {plan.nr * plan.target.row.lanes} {columns}"


def walk_error(roundings: int, unit: float) -> float:
    """The largest error to expect of sums that are rounded to coarser numbers, relative to their Σ|x||w|, among some
    10^5 outputs on normal data. With d products of variance 1, rounding k errs by 0.42 u √k (one of a product by
    0.42 u), all of them by 0.42 u √(d²/2 + d); d products are 0.64 d; the worst of so many, of sums that strayed far on
    the way, errs 10 times as much as most."""
    return 10 * 0.42 / 0.64 * unit * math.sqrt(0.5 + 1 / roundings)


def too_coarse(spec: ConvSpec, target: Target) -> str | None:
    """Why a target must not sum this layer in the type that it computes in; None where it may. Long sums have no
    bound."""
    sums = target.row.sums
    if target.row.matrix:
        return f"isa {target.isa} has matrices"
    if sums.whole:
        return exact.unfit(spec, target)
    limit = int(0.5 / sums.roundoff)
    if sums is not F32 and spec.arithmetic.input is not sums:
        return f"sums in {sums.name} need arrays of it (dtype={spec.dtype}, isa={target.isa})"
    if spec.terms + 2 > limit:  # a product and its additions, the residual
        return f"sums in {sums.name} must have fewer than {limit - 1} terms ({spec.terms})"
    return None


def in_place(spec: ConvSpec, row: Isa, read: str = "load") -> tuple[Source, ...]:
    """Where tiles can read the input in its own order, by the operation `read`."""
    there: Source = "edges" if spec.padded else "input"
    if row.kind == "products":  # steps over neighbours, and padding that stands for 0
        lies = spec.icg % row.deep == 0 and (row.deep == 1 or spec.channels_last)
        there_read = row.given[spec.arithmetic.input.name].in_place
        readable = there_read is not None and there_read.has(read)
        return (there,) if lies and readable and not (spec.padded and exact.operands(spec, row).zero) else ()
    return (there,) if spec.arithmetic.input is row.memory else (there, "widened")


def packings(spec: ConvSpec, row: Isa) -> tuple[bool, ...]:
    """Whether weights may be packed as they are given: where they are narrower than all else. (OpenCL C has no halfs to
    copy.)"""
    of = spec.arithmetic
    return (False, True) if of.weights is not of.bias and not of.exact and row.dialect == "c" else (False,)


@functools.lru_cache(maxsize=1024)
def _numerics(algorithm: Tiled, kind: Plan) -> Direct:
    """Those of all plans of a kind."""
    return algorithm.numerics_of(kind)


@functools.lru_cache(maxsize=1024)
def _visits(algorithm: Tiled, kind: Plan) -> tuple[Visits, ...]:
    """Those of all plans of a kind."""
    return algorithm.visits_of(kind, algorithm.alone(kind))


@functools.lru_cache(maxsize=1024)
def _alike(algorithm: Tiled, kind: Plan) -> tuple[Geometry, Work]:
    """The numbers of all plans of a kind, and of their work all but what the order of loops decides."""
    g = algorithm.alone(kind)
    return g, tiled_work.alike(g, algorithm.visits(kind), algorithm.once)


class Tiled(NamedTuple):
    """One such algorithm: its plans, a plan's numbers, how a tile sums.

    tile: its tile in words. packing: how its weights are arranged.
    loads: of input and of weights for one term of a tile of (rows, vectors) in this plan. registers: those
    its tile takes. once: a tile reads every line of its input in one go, and not again.
    """

    NAME: str
    space: Space
    geometry: Callable[[Plan], Geometry]
    loads: Callable[[Plan, int, int], tuple[float, float]]
    registers: Callable[[Plan], int]
    once: bool = False
    tile: Callable[[Plan], str] = directwise
    reduction: type[Reduction] = Reduction
    packing: Callable[[Geometry], Packing] = packing
    CHOICES: type[Choices] = TiledChoices
    AUTOMATIC: bool = True
    APPROXIMATE: bool = False

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        """Every legal plan; none where the algorithm does not apply."""
        return self.space.plans(spec, target)

    def check(self, plan: Plan) -> str | None:
        """Why a plan is none of them, or None."""
        return self.space.check(plan)

    def decisions(self, plan: Plan) -> dict[str, object]:
        """The unrolling follows from the lanes."""
        own = plan.own(TiledChoices)
        return {"lanes": (plan.lanes, own.unroll), "source": own.source, "as_given": own.as_given,
                "joined": own.joined}

    def roundings(self, plan: Plan) -> int:
        """Longest chain of roundings: a product and its additions, the first of them to 0 where the bias does not start
        the sum but ends it; a weight that is scaled, or a sum of such, to which the bias is added; the residual."""
        spec, scaled = plan.spec, plan.spec.arithmetic.weights_only
        ends = adds_bias(plan) or (scaled and plan.own(TiledChoices).as_given)
        return spec.terms + scaled + (spec.bias and (ends or not plan.target.row.fused)) + spec.residual

    def numerics(self, plan: Plan) -> Direct:
        return _numerics(self, plan.kind)

    def numerics_of(self, plan: Plan) -> Direct:
        """Nothing is transformed. Sums of coarser numbers than f32 walk at random: see walk_error. Integers do not
        round."""
        if plan.target.row.sums.whole:
            return Direct(roundings=0)
        roundings, sums = self.roundings(plan), plan.target.row.sums
        error = 0.0 if sums is F32 else walk_error(roundings, sums.roundoff)
        return Direct(roundings=roundings, expected_error=error, growth=self.growth(plan))

    def growth(self, plan: Plan) -> Growth:
        """Integers that are packed as they are given make sums that are not scaled yet."""
        of = plan.spec.arithmetic
        if of.weights_only and plan.own(TiledChoices).as_given:
            return Growth(input=-of.weights.smallest * plan.spec.terms)
        return Growth()

    def reading(self, plan: Plan) -> Reading:
        found, g = reading(plan), self.alone(plan)
        asked = ", the next tile's input asked for beforehand" * (g.next is not None)
        return Reading(found.word, f"{found.words}{asked}{', writing past the caches' * bool(g.io.fence)}")

    def passes(self, plan: Plan) -> str:
        return "copy"

    def explain(self, plan: Plan) -> str:
        return ""

    def program(self, plan: Plan, rows: Rows) -> Program:
        """What is printed; rows note the helpers that it calls."""
        kept = rows.once((self.NAME, plan.kind), lambda: Kept({}, {}, {}))
        return self.looping(plan)(self.alone(plan).noted(rows), self.reduction, kept=kept).program(self.packing)

    def looping(self, plan: Plan) -> type[LoopNest]:
        """How its loops are made."""
        return LoopNest

    def alone(self, plan: Plan) -> Geometry:
        """The numbers of a plan that is no part of another."""
        g = self.geometry(plan)
        return (g.asking() if self.reduction is Reduction else g).far()

    def nest(self, plan: Plan) -> list[tuple[Loop, int]]:
        """The loops of the plan with the times each runs in the one around it."""
        g = self.geometry(plan)
        return [(loop, g.trips(index)) for index, loop in enumerate(plan.loops)]

    def tasks(self, plan: Plan) -> int:
        """What threads can share."""
        return math.prod(trips for loop, trips in self.nest(plan) if loop.bind == "task")

    def visits(self, plan: Plan) -> tuple[Visits, ...]:
        """The micro-kernel runs of the plan: all that its compute cost depends on."""
        return _visits(self, plan.kind)

    def visits_of(self, plan: Plan, g: Geometry) -> tuple[Visits, ...]:
        """The same of a nest with such numbers."""
        broadcast = self.reduction is Reduction and plan.lanes == "oc"
        of_vector, of_number = g.source.widening
        conversions = of_number if broadcast else of_vector
        found = []
        for visit in tiled_work.visits(g):
            of_input, of_weights = self.loads(plan, visit.rows, visit.vectors)
            extra = conversions * of_input
            if g.choices.as_given:
                extra += g.weights.widening[plan.lanes == "ow"] * of_weights
            if g.choices.source == "near":  # loaded, widened and stored in whole vectors
                extra = visit.rows * (2 + g.io.widening[0]) / g.row.lanes
            if g.next:
                extra += self.asked_lines(plan, visit.rows, visit.vectors)
            if g.choices.source == "ahead":  # the lines of the next tile
                extra += visit.vectors * g.row.lanes * g.source.itemsize / plan.target.line
            finish = self.finish(plan, visit.rows * visit.vectors) if g.exact else None
            found.append(visit._replace(loads=of_input + of_weights, extra=extra, finish=finish))
        return tuple(found)

    def asked_lines(self, plan: Plan, rows: int, vectors: int) -> float:
        """Lines of the next tile's input that one of (rows, vectors) asks for, for each of its terms."""
        return 0.0

    def finish(self, plan: Plan, sums: int) -> float:
        """Instructions that make outputs of so many vectors of integers, and store them."""
        return sums * exact.finish(plan.spec, plan.target.row)

    def work(self, plan: Plan) -> Work:
        """What the plan makes a machine do."""
        g, found = _alike(self, plan.kind)
        return tiled_work.ordered(g.ordered(plan), found)
