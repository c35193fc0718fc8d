"""The cost model: ranks the plans of a layer for a target.

A plan's cycles are those of its micro-kernels, or of the busiest level of memory where that takes
longer, plus a share of what the other levels take, for no machine hides all of it:

    cycles = max(compute, T_1, T_2, …) + EXPOSED · (sum of the rest) + passes + epilogue

Traffic into a cache follows from the loop nest: find the innermost loops whose data fits; what they
touch is loaded once for every iteration of the loops around them, except by an array that those
loops do not move. (Y. Yang et al., Interstellar, 2020, section 3, says the same in its own words.)
"""

from __future__ import annotations

import collections
import functools
import itertools
import math
from typing import Any, NamedTuple

import msgspec

from ..algorithms import ALGORITHMS, MAX_ERROR, check_max_error
from ..errors import InputError, UnsupportedError
from ..layer.spec import ConvSpec
from ..machine.find import find
from ..machine.rows import stored
from ..machine.target import Cache, Target
from ..plan.plan import Plan
from ..plan.work import Array, Visits, Work, occupied
from . import gpu as gpu_model
from .describe import amount, complexity, complexity_lines, describe, plan_lines

EXPOSED = (0.05, 0.25, 0.3)  # share of the traffic into L1, L2, L3 that the micro-kernels do not hide
USABLE = 0.8  # share of a cache that a working set may count on
BLEND = 4  # how softly the limits of a tile meet; measured tiles of 8, 10, 12 FMAs run at 0.83, 0.93, 0.98
THREADS = 16  # a plan should have work for so many, if it costs one thread next to nothing:
PARALLEL = 0.01  # what it may cost to halve the time of the busiest of them
SHARES = 4  # tasks that each unit of a device should have, at that price
STALL = 4.0  # cycles for a cache line that crowded sets send back to L2
STREAM = 0.75  # cycles a row of a tile loses in each term when the rows' lines collide in L1
SPARE = 2  # ways of an L1 set that weights and outputs take
VISIT = 16.0  # cycles to enter and leave a micro-kernel: the FMA pipeline drains and fills
ROUND = 1.0  # cycles for a turn of a loop around straight-line terms
LAUNCH = 60_000.0  # cycles that a CPU's OpenCL loses between phases, all cores together: threads sleep and are woken
LATE = 40_000.0  # by which one of them begins later than another, if it has not found all work done
ALONE = 4.0  # cycles for a line that comes into L1 without its neighbour: nothing has fetched it ahead


class Estimate(NamedTuple):
    """Predicted cost of a plan, in cycles of one core.

    compute: micro-kernels. traffic: (level, bytes, cycles) for each step of the memory hierarchy,
    innermost first. passes: the copy and such. epilogue: scattered stores. idle: of threads that wait for
    others, or for tasks.
    pruned: only compute is known; it is already above the best plan's total.
    """

    plan: Plan
    cycles: float
    compute: float
    traffic: tuple[tuple[str, float, float], ...] = ()
    passes: float = 0.0
    epilogue: float = 0.0
    idle: float = 0.0
    pruned: bool = False


def best(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
         max_error: float = MAX_ERROR) -> Plan:
    """The plan with the lowest predicted cost. UnsupportedError when no algorithm has one."""
    return rank(spec, target, algorithm, max_error)[0].plan


def rank(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
         max_error: float = MAX_ERROR) -> list[Estimate]:
    """All plans of the layer with an expected error up to max_error, best first; those that cannot win by
    compute alone are only pruned."""
    check_max_error(max_error)
    return list(_rank(spec, find(target), algorithm, max_error))


@functools.lru_cache(maxsize=64)
def _rank(spec: ConvSpec, target: Target, algorithm: str | None, max_error: float) -> tuple[Estimate, ...]:
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise InputError(f"algorithm must be one of {', '.join(ALGORITHMS)} (algorithm={algorithm[:60]!r})")
    stored(target.row, spec.dtype)
    if algorithm is not None and not ALGORITHMS[algorithm].AUTOMATIC:  # nothing to weigh
        return tuple(Estimate(plan, 0.0, 0.0) for plan in ALGORITHMS[algorithm].plans(spec, target))
    names = [algorithm] if algorithm else [name for name, known in ALGORITHMS.items() if known.AUTOMATIC]
    candidates, errors = [], []
    targets = [target, target.halved] if spec.dtype == "f16" and target.halved else [target]
    for name in names:
        made = itertools.chain(*(ALGORITHMS[name].plans(spec, machine) for machine in targets))
        for index, plan in enumerate(made):
            errors.append(ALGORITHMS[name].numerics(plan).expected_error)
            if errors[-1] <= max_error:
                candidates.append((least_cycles(plan), index, plan))
    if not errors:
        raise UnsupportedError(f"no algorithm has a plan for this layer on target {target.name}")
    if not candidates:
        raise UnsupportedError(f"max_error admits no {algorithm} plan for this layer; the most accurate expects"
                               f" {min(errors):.2g} (max_error={max_error:g})")
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


def least_cycles(plan: Plan) -> float:
    """What its arithmetic takes alone."""
    if plan.target.is_gpu:
        return gpu_model.cost(plan).arithmetic
    return compute_cycles(ALGORITHMS[plan.algorithm].visits(plan), plan.target)


def cost(plan: Plan, compute: float | None = None) -> Estimate:
    """The predicted cost of one plan."""
    algorithm, target = ALGORITHMS[plan.algorithm], plan.target
    if target.is_gpu:
        total, arithmetic, memory, moved, passes = gpu_model.cost(plan)
        return Estimate(plan, total, arithmetic, (("memory", moved, memory),), passes)
    work: Work = algorithm.work(plan)
    if compute is None:
        compute = compute_cycles(work.visits, target)
    names = [f"L{level + 1}" for level in range(len(target.caches))] + ["memory"]
    rates = [cache.rate for cache in target.caches[1:]] + [target.memory_rate]
    traffic = []
    for level, (cache, rate) in enumerate(zip(target.caches, rates, strict=True)):
        brought = loads(work, cache.size * USABLE, cache.sets, cache.line)
        moved = float(sum(array.weight * count for array, count in zip(work.arrays, brought, strict=True)))
        cycles = moved / rate + (alone(work, brought, cache.line) if level == 0 else 0.0)
        traffic.append((f"{names[level + 1]} to {names[level]}", moved, cycles))
    last = target.caches[-1].size
    passes = 0.0
    for step in work.passes:
        # what is copied is too much for L1 and, in a large layer, for every cache
        rate = rates[0] / 2 if step.bytes < target.caches[1].size * USABLE else \
            rates[1] / 2 if step.bytes < last * USABLE and len(rates) > 2 else target.memory_rate
        passes += max(step.elements * step.cycles, step.bytes / rate)
    longest = max(compute, *(cycles for _, _, cycles in traffic))
    shown = sum(share * cycles for share, (_, _, cycles) in zip(exposed(len(traffic)), traffic, strict=True))
    total = max(longest, compute + shown) + stalls(work, target.caches[0]) + passes + work.epilogue
    idle = _idle(total, algorithm.tasks(plan), work.phases, target)
    return Estimate(plan, total + idle, compute, tuple(traffic), passes, work.epilogue, idle)


def _idle(cycles: float, tasks: int, phases: int, target: Target) -> float:
    """What threads lose: how many there are is known of an OpenCL device alone, which takes long to start them."""
    if target.device is None:
        return cycles * PARALLEL * _surplus(tasks, THREADS)
    units = target.device.units
    uneven = cycles * (_surplus(tasks, units) + PARALLEL * _surplus(tasks, SHARES * units))
    return uneven + phases * LAUNCH + min(cycles / tasks, LATE)


def _surplus(tasks: int, threads: int) -> float:
    """The share of tasks that there are not, for every thread to have as many as the busiest."""
    return -(-tasks // threads) * threads / tasks - 1


def exposed(levels: int) -> tuple[float, ...]:
    """EXPOSED for a machine with that many caches; the last one faces memory."""
    return (*EXPOSED[: levels - 1], EXPOSED[-1])


def compute_cycles(visits: tuple[Visits, ...], target: Target) -> float:
    """Cycles of the micro-kernels with all their data in L1.

    A term of a rows × vectors tile takes rows·vectors FMAs, each accumulator one, so no less than
    the FMA's latency; and it loads its operands, or makes them. Where these limits
    are close no schedule meets them all: they are blended.
    """
    total = 0.0
    for count, rows, vectors, steps, rounds, reads, pitch, extra, *_ in visits:
        fmas, made = rows * vectors, reads + extra
        limits = (fmas / target.fma_rate, target.fma_latency, made / target.load_rate)
        term = max(sum(limit**BLEND for limit in limits) ** (1 / BLEND),
                   (fmas + made) / target.issue)
        term += STREAM * rows * _collide(rows, pitch, target.caches[0])
        stores = fmas * (1 / target.store_rate + 1 / target.load_rate)
        total += count * (steps * term + rounds * ROUND + VISIT + stores)
    return total


@functools.lru_cache(maxsize=1024)
def _collide(rows: int, pitch: int, cache: Cache) -> bool:
    """Whether the lines that the rows of a tile read side by side need more ways of a set than there
    are: each would be evicted before its next element is read."""
    used = collections.Counter(row * pitch // cache.line % cache.sets for row in range(rows))
    distinct = len({row * pitch // cache.line for row in range(rows)})
    return distinct == rows and max(used.values()) > cache.ways - SPARE


def loads(work: Work, capacity: float, sets: int, line: int) -> list[int]:
    """Bytes each array brings into a cache of `capacity` bytes; none where the whole layer stays there,
    as when one layer follows another."""
    depth = len(work.trips) + 1  # nothing fits, not even one visit of a tile
    for outer in range(len(work.trips), -1, -1):
        if sum(occupied(array.footprint(outer), sets, line) for array in work.arrays) > capacity:
            break
        depth = outer
    return [_load(array, work.trips, depth, line) if depth else 0 for array in work.arrays]


def alone(work: Work, moved: list[int], line: int) -> float:
    """Cycles that L1 waits for lines one by one: where the innermost loop that moves an array goes no
    further than a line before it jumps. Two neighbours, and prefetchers keep up."""
    lines = 0.0
    for array, count in zip(work.arrays, moved, strict=True):
        inner = [depth for depth, trips in enumerate(work.trips) if trips > 1 and array.moves(depth)]
        if array.footprint(inner[-1] if inner else 0).bytes <= line:
            lines += array.weight * count / line
    return ALONE * lines


def stalls(work: Work, cache: Cache) -> float:
    """Cycles lost to crowded sets: a tile whose data would fit L1, but maps to so few of its sets
    that it evicts what it needs again, waits for L2 where no prefetcher helps."""
    if work.once:
        return 0.0
    visit = [array.footprint(len(work.trips)) for array in work.arrays]
    lost = sum(run.lines(cache.line) for run in visit
               if occupied(run, cache.sets, cache.line) > cache.size * USABLE >= 2 * run.lines(cache.line))
    return STALL * lost / cache.line * math.prod(work.trips)


def _load(array: Array, trips: tuple[int, ...], depth: int, line: int) -> int:
    """Bytes of one array when the loops from `depth` inwards fit: it stays over the loops that do
    not move it; over the first loop that does, neighbouring windows share what they can."""
    if depth > len(trips):
        return array.footprint(len(trips)).lines(line) * math.prod(trips)
    outer = depth - 1
    while outer >= 0 and not (array.moves(outer) and trips[outer] > 1):
        outer -= 1
    if outer < 0:
        return array.footprint(depth).lines(line)
    moved = array.footprint(outer).lines(line)
    for loop in range(outer):
        moved *= trips[loop]
    return moved


def summary(estimate: Estimate) -> dict[str, Any]:
    """An estimate as JSON-able data."""
    plan = estimate.plan
    return {
        "plan": msgspec.to_builtins(plan),
        "label": plan.label,
        "complexity": complexity(plan.spec),
        "cycles": round(estimate.cycles),
        "compute_cycles": round(estimate.compute),
        "pass_cycles": round(estimate.passes),
        "epilogue_cycles": round(estimate.epilogue),
        "traffic": [{"level": level, "bytes": round(moved), "cycles": round(cycles)}
                    for level, moved, cycles in estimate.traffic],
        "share_of_peak": round(_share(estimate), 4),
    }


def explain(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
            max_error: float = MAX_ERROR, rejected: int = 8) -> str:
    """The winner as a loop nest with its predicted cost, and why the best of the others lost."""
    ranked = rank(spec, target, algorithm, max_error)
    winner = ranked[0]
    plan, machine = winner.plan, winner.plan.target
    lines = [*describe(spec), "", *complexity_lines(spec), "", f"plan {plan.label} for target {machine.name}",
             *(f"  {line}" for line in plan_lines(plan))]
    if not plan.loops:
        return "\n".join(lines)
    peak = _peak(plan)
    ideal = 2 * spec.macs / peak
    moving = spec.bytes / machine.memory_rate
    bound = "compute" if ideal >= moving else "memory"
    if more := ALGORITHMS[plan.algorithm].explain(plan):
        lines.append(f"  {more} (limit {max_error:g})")
    lines += ["", prediction(winner),
              f"  {'micro-kernels':<16} {'':>12}  {amount(winner.compute):>8}cycles"]
    for level, moved, cycles in winner.traffic:
        lines.append(f"  {level:<16} {amount(moved):>11}B  {amount(cycles):>8}cycles")
    passes = ALGORITHMS[plan.algorithm].passes(plan)
    for what, cycles in ((passes, winner.passes), ("scattered stores", winner.epilogue), ("idle threads", winner.idle)):
        if cycles:
            lines.append(f"  {what:<16} {'':>12}  {amount(cycles):>8}cycles")
    lines += [f"roofline: {amount(ideal)}cycles at {peak:.0f} flops a cycle,"
              f" {amount(moving)}cycles at {machine.memory_rate:g} bytes a cycle from memory:"
              f" bound by {bound}"]
    weighed = [e for e in ranked if not e.pruned]
    lines += ["", f"{len(ranked)} plans, {len(ranked) - len(weighed)} out by their micro-kernels alone;"
              " the best of the others, one a kind:"]
    seen = {_kind(plan)}
    for estimate in ranked[1:]:
        kind = _kind(estimate.plan)
        if kind in seen:
            continue
        seen.add(kind)
        lines.append(f"  {estimate.cycles / winner.cycles - 1:+7.1%}  {estimate.plan.label:<24}"
                     f" {_order(estimate.plan):<28} {_reason(estimate, winner)}")
        if len(seen) > rejected:
            break
    return "\n".join(lines)


def prediction(estimate: Estimate) -> str:
    """The predicted cost in a line."""
    speed = f"{_share(estimate):.0%} of the FMA peak"
    if estimate.plan.m:  # fewer multiplications than the layer's definition has
        speed = f"as fast as direct sums at {speed}"
    return f"predicted {amount(estimate.cycles)}cycles, {speed}"


def _share(estimate: Estimate) -> float:
    return 2 * estimate.plan.spec.macs / (max(estimate.cycles, 1.0) * _peak(estimate.plan))


def _peak(plan: Plan) -> float:
    """Floating-point operations a cycle of the instructions that a plan multiplies with."""
    visits = ALGORITHMS[plan.algorithm].visits(plan) if plan.loops else ()
    return plan.target.peak * max((visit.speed for visit in visits), default=1.0)


def _kind(plan: Plan) -> tuple[object, ...]:
    return plan.label, plan.source, tuple(loop.dim for loop in plan.loops)


def _order(plan: Plan) -> str:
    """The loops outside the tile, and where the input comes from: ``oc ic oh ow, copy``."""
    dims = [loop.dim for loop, trips in ALGORITHMS[plan.algorithm].nest(plan)[:-4] if trips > 1]
    return f"{' '.join(dims)}, {plan.source}"


def _reason(estimate: Estimate, winner: Estimate) -> str:
    """The part of the cost that grew most over the winner's."""
    if estimate.pruned:
        return f"its micro-kernels alone take {amount(estimate.compute)}cycles"
    parts = {"micro-kernels": (estimate.compute, winner.compute),
             ALGORITHMS[estimate.plan.algorithm].passes(estimate.plan): (estimate.passes, winner.passes),
             "scattered stores": (estimate.epilogue, winner.epilogue),
             "idle threads": (estimate.idle, winner.idle)}
    for share, (level, moved, cycles), (_, _, least) in zip(
            exposed(len(winner.traffic)), estimate.traffic, winner.traffic, strict=True):
        parts[f"{level}, {amount(moved)}B"] = (cycles * share, least * share)
    worst = max(parts, key=lambda part: parts[part][0] - parts[part][1])
    return f"{worst}: {amount(max(0.0, parts[worst][0] - parts[worst][1]))}cycles more"
