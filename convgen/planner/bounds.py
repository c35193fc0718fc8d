"""How far an output of a plan's kernel may be off, and for which magnitudes that holds: those for which no number on
the way to an output overflows."""

from __future__ import annotations

import decimal

import msgspec
import numpy as np

from ..algorithms import ALGORITHMS
from ..algorithms.numerics import Growth, Spectral
from ..layer.activation import Error
from ..layer.element import F32, Element
from ..layer.spec import ConvSpec
from ..plan.bound import Bound, Range
from ..plan.plan import Plan

ADDED = 0.5  # the share of what sums may reach that is left to bias and residual, where there are any


def bound_of(plan: Plan) -> Bound:
    """How far an output of the plan's kernel may be off."""
    if plan.stages:
        *before, last = map(bound_of, plan.stages)
        return msgspec.structs.replace(last, before=tuple(before), range=msgspec.UNSET)
    numerics = ALGORITHMS[plan.algorithm].numerics(plan)
    of, output = plan.spec.arithmetic, plan.spec.arithmetic.output
    lipschitz, absolute, relative = Error() if of.exact else plan.spec.act.error
    sums = of.sum.name if of.exact else plan.target.row.arithmetic
    bound = Bound(numerics.roundings, lipschitz, absolute, relative, numerics.amplification,
                  isinstance(numerics, Spectral) or msgspec.UNSET, sums, output.name)
    return bound if of.exact else msgspec.structs.replace(bound, range=_range(plan.spec, bound, numerics.growth))


def overflows(plan: Plan) -> str | None:
    """What a plan does with some magnitudes that its layer will meet, in words; None where it holds all."""
    if isinstance(most := plan.spec.range, msgspec.UnsetType):
        return None
    held = bound_of(plan).range
    if isinstance(held, msgspec.UnsetType) or held.holds(*most):
        return None
    return f"overflows unless {', '.join(held.conditions)} (range={most[0]:g},{most[1]:g})"


def _range(spec: ConvSpec, bound: Bound, growth: Growth) -> Range:
    """Numbers on the way are at most so many times the largest |x|, |w|, or both, as the plan makes them grow; and
    outputs are sums. Those that are computed stray by γ."""
    of = spec.arithmetic
    way = bound.sums.largest / (1 + bound.gamma)
    ends = _ends(spec, bound) / (1 + bound.gamma * bound.amplification)
    summed = spec.op == "backward-weights" and spec.bias  # Σ dy is the gradient of the bias
    added = ADDED * min(way, ends) if spec.residual or (spec.bias and not summed) else 0.0

    def alone(element: Element, times: float) -> float:
        return element.largest if times <= 1 or way / times >= element.largest else _down(way / times)

    weights = alone(F32 if of.weights_only else of.weights, spec.terms if summed else growth.weights)
    return Range(alone(of.input, growth.input), weights,
                 _down(min((way - added) / growth.sums, ends - added) / spec.terms), _down(added))


def _ends(spec: ConvSpec, bound: Bound) -> float:
    """What the last sum must not exceed, for the activation to make an output of it that memory can hold."""
    sums, output = bound.sums.largest, bound.memory.largest
    with np.errstate(over="ignore"):  # e^v, of which nothing is left in the end
        made = np.abs(spec.act.value(np.array([-sums, sums]), np.ones(2) if spec.slopes else None))
    return sums if np.all(made <= output) else min(sums, output / max(1.0, bound.lipschitz))


def _down(number: float) -> float:
    """To three digits, downwards: what texts show is what holds."""
    return float(decimal.Context(prec=3, rounding=decimal.ROUND_DOWN).create_decimal(number))
