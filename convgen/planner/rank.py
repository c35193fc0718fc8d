"""The plans of a layer for a target, ranked: enumerate what the algorithms offer, prune what cannot win, order the rest
by predicted cost."""

from __future__ import annotations

import functools
import itertools

from ..algorithms import ALGORITHMS, MAX_ERROR, check_max_error
from ..errors import InputError, UnsupportedError
from ..layer.spec import ConvSpec
from ..machine.find import find
from ..machine.rows import stored
from ..machine.target import Target
from ..plan.plan import Plan
from . import cost, gpu
from .cost import Estimate


def best(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
         max_error: float = MAX_ERROR) -> Plan:
    """The plan with the lowest predicted cost. UnsupportedError when no algorithm has one."""
    return rank(spec, target, algorithm, max_error)[0].plan


def rank(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
         max_error: float = MAX_ERROR) -> list[Estimate]:
    """All plans of the layer with an expected error up to max_error, the best first and the pruned ones last."""
    check_max_error(max_error)
    return list(_rank(spec, find(target), algorithm, max_error))


def estimate(plan: Plan) -> Estimate:
    """The predicted cost of one plan."""
    return gpu.estimate(plan) if plan.target.is_gpu else cost.estimate(plan)


@functools.lru_cache(maxsize=64)
def _rank(spec: ConvSpec, target: Target, algorithm: str | None, max_error: float) -> tuple[Estimate, ...]:
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise InputError(f"algorithm must be one of {', '.join(ALGORITHMS)} (algorithm={algorithm[:60]!r})")
    stored(target.row, spec.dtype)
    if algorithm is not None and not ALGORITHMS[algorithm].AUTOMATIC:  # nothing to weigh
        return tuple(Estimate(plan, 0.0, 0.0) for plan in ALGORITHMS[algorithm].plans(spec, target))
    candidates = _candidates(spec, target, algorithm, max_error)
    estimates: list[Estimate] = []
    least = float("inf")  # cycles of the best plan so far
    for compute, _, plan in sorted(candidates, key=lambda candidate: candidate[:2]):
        if compute > least:
            estimates.append(Estimate(plan, compute, compute, pruned=True))
            continue
        estimates.append(gpu.estimate(plan) if plan.target.is_gpu else cost.estimate(plan, compute))
        least = min(least, estimates[-1].cycles)
    return tuple(sorted(estimates, key=lambda one: (one.pruned, one.cycles)))


def _candidates(spec: ConvSpec, target: Target, algorithm: str | None,
                max_error: float) -> list[tuple[float, int, Plan]]:
    """(cycles of its arithmetic alone, its place in the algorithm's list, plan) of every plan within max_error."""
    names = [algorithm] if algorithm else [name for name, known in ALGORITHMS.items() if known.AUTOMATIC]
    targets = [target]
    if target.halved and target.halved.row.sums is spec.arithmetic.input:
        targets.append(target.halved)
    candidates, errors = [], []
    for name in names:
        plans = itertools.chain(*(ALGORITHMS[name].plans(spec, machine) for machine in targets))
        for index, plan in enumerate(plans):
            errors.append(ALGORITHMS[name].numerics(plan).expected_error)
            if errors[-1] <= max_error:
                candidates.append((_arithmetic(plan), index, plan))
    if not errors:
        raise UnsupportedError(f"no algorithm has a plan for this layer on target {target.name}")
    if not candidates:
        raise UnsupportedError(f"max_error admits no {algorithm} plan for this layer; the most accurate expects"
                               f" {min(errors):.2g} (max_error={max_error:g})")
    return candidates


def _arithmetic(plan: Plan) -> float:
    """Cycles of a plan's arithmetic alone: no plan takes less."""
    if plan.target.is_gpu:
        return gpu.estimate(plan).compute
    return cost.compute_cycles(ALGORITHMS[plan.algorithm].visits(plan), plan.target)
