"""The plans of a layer for a target, ranked: enumerate what the algorithms offer, prune what cannot win, order the rest
by predicted cost."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Sequence

import msgspec

from ..algorithms import ALGORITHMS, MAX_ERROR, check_max_error
from ..algorithms.chain import chain, pooling
from ..errors import InputError, UnsupportedError
from ..garbage import waiting
from ..layer.spec import ConvSpec
from ..machine.find import find
from ..machine.rows import stored
from ..machine.target import Target
from ..plan.plan import Plan
from ..plan.proof import proof
from . import bands, cost, gpu
from .bounds import overflows
from .cost import Estimate
from .search import search
from .size import check_max_code, within

MANY = 4  # families of an algorithm that are named together


def best(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
         max_error: float = MAX_ERROR, max_code: int | None = None) -> Plan:
    """The plan with the lowest predicted cost. UnsupportedError when no algorithm has one."""
    return rank(spec, target, algorithm, max_error, max_code)[0].plan


def rank(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
         max_error: float = MAX_ERROR, max_code: int | None = None) -> list[Estimate]:
    """All plans of the layer with an expected error up to max_error, the best first and the pruned ones last, of which
    it is only known that the first takes no longer. The first
    has no more than max_code bytes of code, compiled for speed, or than its row may have unasked; plans that are faster
    and larger are left out."""
    check_max_error(max_error)
    check_max_code(max_code)
    _check_sums(spec, find(target))
    return list(_within(spec, find(target), algorithm, max_error, max_code))


def check(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
          max_error: float = MAX_ERROR) -> None:
    """Raise what rank would raise, at the price of the first plan instead of all."""
    check_max_error(max_error)
    _check_sums(spec, find(target))
    if not _settled(spec, find(target), algorithm):
        next(_admitted(spec, find(target), algorithm, max_error))


def _check_sums(spec: ConvSpec, target: Target) -> None:
    """UnsupportedError for sums of integers that could overflow, or of which no rule makes outputs."""
    if spec.pooled:
        raise UnsupportedError(f"{pooling.NAME} must be the last layer of a chain (op={spec.operation})")
    for at, layer in enumerate(spec.parts):
        if reason := layer.unruled:
            raise UnsupportedError(f"layers[{at}]: {reason}" if spec.chained else reason)
    for layer in spec.parts if spec.arithmetic.exact else ():
        proof(layer)
    if spec.chained and (reason := chain.unfit(spec, target)):
        raise UnsupportedError(reason)


def with_best(ranked: Sequence[Estimate], count: int) -> list[Estimate]:
    """The ranking, led by as many of the best plans as asked for in their order: pruned ones may be among them."""
    first, *others = ranked
    best, found = cost.Best(count), {first.plan: first}
    best.add(first)
    for one in sorted(others, key=lambda one: one.cycles):
        if one.cycles > best.most:
            break
        found[one.plan] = estimate(one.plan) if one.pruned else one
        best.add(found[one.plan])
    known = sorted((found.get(one.plan, one) for one in others), key=lambda one: (one.pruned, one.cycles))
    return [first, *known]


def estimate(plan: Plan) -> Estimate:
    """The predicted cost of one plan."""
    return gpu.estimate(plan) if plan.target.is_gpu else cost.estimate(plan)


@functools.lru_cache(maxsize=8)  # few, for each has thousands of plans
@waiting()
def _within(spec: ConvSpec, target: Target, algorithm: str | None, max_error: float,
            max_code: int | None) -> tuple[Estimate, ...]:
    return tuple(within(_rank(spec, target, algorithm, max_error), target, max_code))


@functools.lru_cache(maxsize=8)
def _rank(spec: ConvSpec, target: Target, algorithm: str | None, max_error: float) -> tuple[Estimate, ...]:
    if algorithm is not None and _settled(spec, target, algorithm):
        plans = ALGORITHMS[algorithm].plans(spec, target)
        return tuple(Estimate(plan, 0.0, 0.0) for plan in plans if not overflows(plan))
    candidates = sorted(((_arithmetic(plan), index, plan)
                         for index, plan in _admitted(spec, target, algorithm, max_error)), key=lambda one: one[:2])
    return tuple(sorted(search([(compute, plan) for compute, _, plan in candidates], 1),
                        key=lambda one: (one.pruned, one.cycles)))


def _settled(spec: ConvSpec, target: Target, algorithm: str | None) -> bool:
    """Whether there is nothing to weigh: the algorithm asked for is not one that the planner chooses. InputError for
    one that is none; UnsupportedError where it has no plan, or the target no row for the layer's arrays."""
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise InputError(f"algorithm must be one of {', '.join(ALGORITHMS)} (algorithm={algorithm[:60]!r})")
    if algorithm is not None and not ALGORITHMS[algorithm].AUTOMATIC:
        reasons = [overflows(plan) for plan in ALGORITHMS[algorithm].plans(spec, target)]
        if not reasons:
            raise _no_plan(spec, target, algorithm)
        if all(reasons):
            raise UnsupportedError(f"{algorithm} {reasons[0]}")
        return True
    stored(target.row, spec.arithmetic)
    return False


def _admitted(spec: ConvSpec, target: Target, algorithm: str | None, max_error: float) -> Iterator[tuple[int, Plan]]:
    """Every plan within max_error that holds the layer's magnitudes, with its place in its algorithm's list;
    UnsupportedError when there is none."""
    names = [algorithm] if algorithm else [name for name, known in ALGORITHMS.items() if known.AUTOMATIC]
    targets = target.summing(spec.arithmetic)
    found, errors, reasons = False, set[float](), dict[str, str]()
    for name in names:
        plans = bands.candidates(spec, target) if name == chain.NAME else \
            itertools.chain(*(ALGORITHMS[name].plans(spec, machine) for machine in targets))
        for index, plan in enumerate(plans):
            error = ALGORITHMS[name].numerics(plan).expected_error
            errors.add(error)
            if error > max_error:
                continue
            if reason := overflows(plan):
                reasons[plan.algorithm] = reason
                continue
            found = True
            yield index, plan
    if not errors and spec.chained:
        raise UnsupportedError("chains need plans of all layers that read their input where it lies, without a copy;"
                               f" there are none (dtype={spec.dtype}, target={target.name})")
    if not errors:
        raise _no_plan(spec, target, algorithm)
    if not found and reasons:
        raise UnsupportedError("; ".join(f"{name} {reason}" for name, reason in reasons.items()))
    if not found:
        raise UnsupportedError(f"max_error admits no {algorithm} plan for this layer; the most accurate expects"
                               f" {min(errors):.2g} (max_error={max_error:g})")


def _no_plan(spec: ConvSpec, target: Target, algorithm: str | None) -> UnsupportedError:
    """For who asked for an algorithm, or for any."""
    asked = "no algorithm has a" if algorithm is None else f"algorithm {algorithm} has no"
    return UnsupportedError(f"{asked} plan for this layer on target {target.name}"
                            f" (dtype={spec.dtype}, op={spec.operation})")


def inexact(spec: ConvSpec, target: str | Target = "host", max_error: float = MAX_ERROR) -> dict[str, float]:
    """The families of plans that max_error leaves out, and the least error that one of each is expected to add; an
    algorithm by its name, where that is many families and leaves none of them. None where sums are of integers, which
    are exact."""
    machine, found = find(target), dict[str, float]()
    if spec.arithmetic.exact:
        return found
    for algorithm in ALGORITHMS.values():
        least = dict[str, float]()
        for plan in algorithm.plans(spec, machine) if algorithm.APPROXIMATE and algorithm.AUTOMATIC else ():
            least[plan.family] = min(least.get(plan.family, math.inf), algorithm.numerics(plan).expected_error)
        if len(least) >= MANY and min(least.values()) > max_error:
            least = {algorithm.NAME: min(least.values())}
        found |= {family: error for family, error in least.items() if error > max_error}
    return found


def overflowing(spec: ConvSpec, target: str | Target = "host") -> dict[str, str]:
    """The families of plans that the layer's range leaves out, and why."""
    machine, found = find(target), dict[str, str]()
    if isinstance(spec.range, msgspec.UnsetType):
        return found
    for algorithm in ALGORITHMS.values():
        for plan in algorithm.plans(spec, machine) if algorithm.AUTOMATIC else ():
            if plan.family not in found and (reason := overflows(plan)):
                found[plan.family] = reason
    return found


def _arithmetic(plan: Plan) -> float:
    """Cycles of a plan's arithmetic alone: no plan takes less."""
    if plan.target.is_gpu:
        return gpu.estimate(plan).compute
    return cost.compute_cycles(ALGORITHMS[plan.algorithm].visits(plan), plan.target)
