"""The cost model: ranks the plans of a layer for a target.

A plan's cycles are those of its micro-kernels, or of the busiest level of memory where that takes
longer, plus a share of what the other levels take, for no machine hides all of it:

    cycles = max(compute, T_1, T_2, …) + EXPOSED · (sum of the rest) + passes + epilogue

Traffic into a cache follows from the loop nest: find the innermost loops whose data fits; what they
touch is loaded once for every iteration of the loops around them, except by an array that those
loops do not move. (Y. Yang et al., Interstellar, 2020, section 3, says the same in its own words.)
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

from .algorithms import ALGORITHMS
from .algorithms.work import Array, Visits, Work, occupied
from .errors import InputError, UnsupportedError
from .plan import Plan
from .spec import ConvSpec
from .target import Target, find

EXPOSED = 0.25  # share of the lesser costs that is not hidden behind the greatest
USABLE = 0.8  # share of a cache that a working set may count on
VISIT = 24.0  # cycles to enter and leave a micro-kernel: the FMA pipeline drains and fills
ROUND = 1.0  # cycles for a turn of a loop around straight-line terms


class Estimate(NamedTuple):
    """Predicted cost of a plan, in cycles of one core.

    compute: micro-kernels. traffic: (level, bytes, cycles) for each step of the memory hierarchy,
    innermost first. passes: the copy and such. epilogue: scattered stores.
    pruned: only compute is known; it is already above the best plan's total.
    """

    plan: Plan
    cycles: float
    compute: float
    traffic: tuple[tuple[str, float, float], ...] = ()
    passes: float = 0.0
    epilogue: float = 0.0
    pruned: bool = False


def best(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None) -> Plan:
    """The plan with the lowest predicted cost. UnsupportedError when no algorithm has one."""
    return rank(spec, target, algorithm)[0].plan


def rank(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None) -> list[Estimate]:
    """All plans of the layer, best first; those that cannot win by compute alone are only pruned."""
    return list(_rank(spec, find(target), algorithm))


@functools.lru_cache(maxsize=64)
def _rank(spec: ConvSpec, target: Target, algorithm: str | None) -> tuple[Estimate, ...]:
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise InputError(f"algorithm must be one of {', '.join(ALGORITHMS)} (algorithm={algorithm[:60]!r})")
    if algorithm == "reference":  # for reading and for tests: nothing to weigh
        return tuple(Estimate(plan, 0.0, 0.0) for plan in ALGORITHMS["reference"].plans(spec, target))
    names = [algorithm] if algorithm else [name for name in ALGORITHMS if name != "reference"]
    candidates = [
        (compute_cycles(ALGORITHMS[name].visits(plan), target), index, plan)
        for name in names for index, plan in enumerate(ALGORITHMS[name].plans(spec, target))
    ]
    if not candidates:
        raise UnsupportedError(f"no algorithm has a plan for this layer on target {target.name}")
    estimates: list[Estimate] = []
    least = float("inf")
    for compute, _, plan in sorted(candidates, key=lambda c: c[:2]):
        if compute > least:
            estimates.append(Estimate(plan, compute, compute, pruned=True))
            continue
        estimate = cost(plan, compute)
        least = min(least, estimate.cycles)
        estimates.append(estimate)
    return tuple(sorted(estimates, key=lambda e: (e.pruned, e.cycles)))


def cost(plan: Plan, compute: float | None = None) -> Estimate:
    """The predicted cost of one plan."""
    algorithm, target = ALGORITHMS[plan.algorithm], plan.target
    work: Work = algorithm.work(plan)
    if compute is None:
        compute = compute_cycles(work.visits, target)
    names = [f"L{level + 1}" for level in range(len(target.caches))] + ["memory"]
    rates = [cache.rate for cache in target.caches[1:]] + [target.memory_rate]
    traffic = []
    for level, (cache, rate) in enumerate(zip(target.caches, rates, strict=True)):
        moved = float(sum(
            array.weight * bytes_in for array, bytes_in in
            zip(work.arrays, loads(work, cache.size * USABLE, cache.sets, cache.line), strict=True)))
        traffic.append((f"{names[level + 1]} to {names[level]}", moved, moved / rate))
    last = target.caches[-1].size
    passes = 0.0
    for step in work.passes:
        # what is copied is too much for L1 and, in a large layer, for every cache
        rate = rates[0] / 2 if step.bytes < target.caches[1].size * USABLE else \
            rates[1] / 2 if step.bytes < last * USABLE and len(rates) > 2 else target.memory_rate
        passes += max(step.elements * step.cycles, step.bytes / rate)
    parts = [compute, *(cycles for _, _, cycles in traffic)]
    longest = max(parts)
    total = longest + EXPOSED * (sum(parts) - longest) + passes + work.epilogue
    return Estimate(plan, total, compute, tuple(traffic), passes, work.epilogue)


def compute_cycles(visits: tuple[Visits, ...], target: Target) -> float:
    """Cycles of the micro-kernels with all their data in L1.

    A term of a rows × vectors tile takes rows·vectors FMAs, each accumulator one, so no less than
    the FMA's latency; it loads `vectors` vectors and broadcasts `rows` elements.
    """
    total = 0.0
    for count, rows, vectors, steps, rounds in visits:
        fmas = rows * vectors
        term = max(fmas / target.fma_rate, target.fma_latency, (rows + vectors) / target.load_rate,
                   (fmas + rows + vectors) / target.issue)
        stores = fmas * (1 / target.store_rate + 1 / target.load_rate)
        total += count * (steps * term + rounds * ROUND + VISIT + stores)
    return total


def loads(work: Work, capacity: float, sets: int, line: int) -> list[int]:
    """Bytes each array brings into a cache of `capacity` bytes."""
    depth = len(work.trips) + 1  # nothing fits, not even one visit of a tile
    for outer in range(len(work.trips), -1, -1):
        if sum(occupied(array.footprint(outer), sets, line) for array in work.arrays) > capacity:
            break
        depth = outer
    return [_load(array, work.trips, depth) for array in work.arrays]


def _load(array: Array, trips: tuple[int, ...], depth: int) -> int:
    """Bytes of one array when the loops from `depth` inwards fit: it stays over the loops that do
    not move it; over the first loop that does, neighbouring windows share what they can."""
    if depth > len(trips):
        return array.footprint(len(trips)).size * math.prod(trips)
    outer = depth - 1
    while outer >= 0 and not (array.moves(outer) and trips[outer] > 1):
        outer -= 1
    if outer < 0:
        return array.footprint(depth).size
    moved = array.footprint(outer).size
    for loop in range(outer):
        moved *= trips[loop]
    return moved
