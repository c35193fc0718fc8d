"""The cost model of CPUs: cycles of one core, from the loop nest and the caches.

A plan takes as long as its micro-kernels, or as the busiest level of memory where that takes longer, plus a share of
what the other levels take, for no machine hides all of it:

    cycles = ‖compute, max(T_i − EXPOSED_i · T_i)‖ + Σ EXPOSED_i · T_i + passes + epilogue + conflicts + late + idle

where T_i are the cycles of level i: the longest counts as a whole, of the others what is exposed; the norm is nearly
the larger of the two.
T_i, conflicts and late lines are for memory.py to say.
"""

from __future__ import annotations

import bisect
import collections
import functools
import itertools
import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import msgspec

from ..algorithms import ALGORITHMS
from ..layer.spec import ConvSpec
from ..machine.target import Cache, Target
from ..plan.plan import Plan
from ..plan.work import SPARE, Orders, Pass, Visits, Work
from . import memory
from .memory import Level

BESIDE = 0.5  # units for shuffles that no FMA takes, by those for FMAs, where there are some
BLEND = 4  # exponent of the norm that joins a tile's limits; tiles of 8, 10, 12 FMAs, measured, reach 0.83, 0.93, 0.98
COLLISION = 0.75  # cycles a row of a tile loses in each term when the rows' lines collide in L1
COLD = 0.7  # of memory's rate, at which what no prefetcher knew of is read
VISIT = 16.0  # cycles to enter and leave a micro-kernel: the FMA pipeline drains and fills
# Instructions that a core has in flight: short micro-kernels begin before the ones before them end. Cores that issue
# fewer than IN_ORDER a cycle take them one after another.
FLIGHT, IN_ORDER = 200, 4
MOST_BESIDE = 7.0  # of these: addresses and loops take their time too (Zen 5, depthwise 1 × 1: 7 to 12 cycles a visit)
ROUND = 1.0  # cycles for an iteration of a loop around straight-line terms
FULL = 0.02  # of a term's time, that a tile loses that leaves one register to the next term's loads (AVX-512, timed)
OVERLAP = 8  # exponent of the norm that joins the micro-kernels and the busiest level of memory

# threads: a C kernel may not know how many it will get, an OpenCL device uses all its units
THREADS = 16  # tasks should keep so many threads of a C kernel busy, at the price of PARALLEL
PARALLEL = 0.01  # what it may cost to halve the time of the busiest thread
FORK = 5_000.0  # cycles in which a phase's threads are woken and meet again; OpenMP's, which spin between phases
# Cycles for a line of outputs that two threads write: it goes from core to core (Sapphire Rapids, depthwise layers
# whose tasks are channels and end within lines: 220 to 340)
HANDED = 250.0
SHARES = 4  # tasks that each unit of an OpenCL device should have, at that price
LAUNCH = 60_000.0  # cycles that a CPU's OpenCL loses between phases, all cores together: threads sleep and are woken
LATE = 40_000.0  # cycles by which one of its threads starts later than another, unless all work is done by then


class Estimate(NamedTuple):
    """Predicted cost of a plan, in cycles of one core; of a GPU, in cycles of one compute unit.

    compute: the micro-kernels. traffic: (level, bytes, cycles) for each level of the memory hierarchy,
    innermost first. passes: what runs before and after the main loop nest, such as the copy of the input.
    epilogue: scattered stores. idle: of threads that wait for others, or for tasks. conflicts: of cache lines that
    evict each other, and of pages whose addresses do. late: that lines are waited for where a run of them
    begins, and where L2 has lost them. pruned: cycles are at least so many, and others are better; of what they consist
    nothing is said.
    """

    plan: Plan
    cycles: float
    compute: float
    traffic: tuple[tuple[str, float, float], ...] = ()
    passes: float = 0.0
    epilogue: float = 0.0
    idle: float = 0.0
    conflicts: float = 0.0
    late: float = 0.0
    pruned: bool = False


class Best:
    """Cycles of the best plans so far, as many as anybody will ask for: what takes more than `most` is none of them."""

    def __init__(self, count: int) -> None:
        self._count, self._cycles = count, list[float]()

    @property
    def most(self) -> float:
        return self._cycles[-1] if len(self._cycles) == self._count else math.inf

    def add(self, one: Estimate) -> None:
        if not one.pruned and one.cycles < self.most:
            bisect.insort(self._cycles, one.cycles)
            del self._cycles[self._count :]


class Least(NamedTuple):
    """What a plan takes at least: cycles in all, and of the traffic into each level of memory."""

    cycles: float
    levels: tuple[float, ...]


def least(kinds: Sequence[tuple[float, Sequence[Plan]]], most: float = math.inf) -> list[list[Least]]:
    """Of plans of each kind, which have the cycles of their micro-kernels in common: by the bytes that they touch,
    whatever sets and lines of a cache these lie in; by what each tile loses, and what threads wait. Where nobody knows
    that of all orders at once, or it is more than `most` already, what no order avoids."""
    found, together = [list[Least]() for _ in kinds], dict[Hashable, list[tuple[int, Work, Orders]]]()
    each = [0.0] * len(kinds)  # cycles that a visit of a tile loses
    for at, (compute, plans) in enumerate(kinds):
        work, target = ALGORITHMS[plans[0].algorithm].work(plans[0]), plans[0].target
        if not all(nest.whole for nest in work.nests):
            found[at] = [Least(compute, (0.0,) * len(memory.rates(target)))] * len(plans)
            continue
        levels = [memory.unavoidable(work, level, target) for level in range(len(memory.rates(target)))]
        cycles, orders = _joined(compute, levels)[0] + _beside(work, target), work.orders if target.caches else None
        if orders is not None:
            each[at] = memory.of_a_tile(work, target)
            cycles += sum(visit.number for visit in work.visits) * each[at]
        if orders is None or cycles > most:
            found[at] = [Least(cycles, tuple(one.cycles for one in levels))] * len(plans)
        else:
            together.setdefault((orders.alike, work.once, work.kept), []).append((at, work, orders))
    for many in together.values():
        first, work, orders = many[0]
        any_of_them = kinds[first][1][0]
        target = any_of_them.target
        touched = orders.volumes([(own, kinds[at][1]) for at, _, own in many])
        counts, tiles = touched.tasks.tolist(), touched.trips.prod(axis=0).tolist()
        waiting = {tasks: 1 + _waiting(any_of_them, tasks, work) for tasks in set(counts)}
        known = zip(memory.least(work, touched, target), counts, tiles, strict=True)
        for at, work, _ in many:
            (compute, plans), beside = kinds[at], _beside(work, target)
            for own, tasks, number in itertools.islice(known, len(plans)):
                total = (sum(_joined(compute, own)) + beside + number * each[at]) * waiting[tasks]
                found[at].append(Least(total, tuple([one.cycles for one in own])))
    return found


def _beside(work: Work, target: Target) -> float:
    """Cycles of the epilogue and of passes, at least."""
    return work.epilogue + sum(max((step.least or step.elements) * _each(step, target),
                                   memory.swept(step.bytes, target)) for step in work.passes)


def estimate(plan: Plan, compute: float | None = None, most: float = math.inf, least: Least | None = None) -> Estimate:
    """The predicted cost of a plan. compute: what compute_cycles says, if it has been asked already. most: cycles
    beyond which nobody asks for the rest: the estimate is then pruned, and says how many the plan takes at least.
    least: what is known of that."""
    algorithm, target = ALGORITHMS[plan.algorithm], plan.target
    work: Work = algorithm.work(plan)
    if compute is None:
        compute = compute_cycles(work.visits, target)
    passes = sum(max(step.elements * _each(step, target), memory.swept(step.bytes, target))
                 + memory.scattered(step, target) for step in work.passes)
    names = [f"L{level + 1}" for level in range(len(target.caches))] + ["memory"]
    nests = [(nest, memory.Touched(nest)) for nest in work.nests]
    together = 0 if plan.stages else memory.together(work.nests)  # layers of a chain take turns, band by band
    levels = [Level(0.0, cycles, 0.0) for cycles in (least.levels if least else (0.0,) * len(memory.rates(target)))]
    joined, late = _joined(compute, levels)
    for level in sorted(range(len(levels)), key=lambda level: level != 1):  # what L3 delivers tells most
        levels[level] = memory.traffic(nests, level, target, together)
        joined, late = _joined(compute, levels)
        if (total := joined + late + passes + work.epilogue) > most:
            return Estimate(plan, total, compute, (), passes, work.epilogue, pruned=True)
    conflicts = sum(nest.repeats * (memory.conflicts(nest, target.caches) + memory.lookups(nest, target.line))
                    for nest in work.nests)
    total = joined + conflicts + late + passes + work.epilogue
    traffic = tuple((f"{names[level + 1]} to {names[level]}", one.moved, one.cycles)
                    for level, one in enumerate(levels))
    idle = _idle(total, plan, algorithm.tasks(plan), work)
    return Estimate(plan, total + idle, compute, traffic, passes, work.epilogue, idle, conflicts, late)


def _each(step: Pass, target: Target) -> float:
    """Cycles of an element of a pass, memory aside."""
    return step.cycles + step.operations / target.fma_rate


def _joined(compute: float, levels: Sequence[Level]) -> tuple[float, float]:
    """Cycles of arithmetic and traffic, and what they wait for late lines."""
    if not levels:
        return compute, 0.0
    known = list(zip(memory.exposed(len(levels)), levels, strict=True))
    shown = sum(share * one.cycles for share, one in known)
    hidden = max((1 - share) * one.cycles for share, one in known)
    return (compute**OVERLAP + hidden**OVERLAP) ** (1 / OVERLAP) + shown, sum(one.late for _, one in known)


def cold(one: Estimate) -> float:
    """Cycles of a plan whose weights come from memory in each call, as those of a network do, whose other layers have
    taken the caches. Arithmetic hides the reading of what tiles ask for beforehand, but for the first panel; and of
    nothing else: there is none while a tile waits for a panel. (Sapphire Rapids, layers of 1 × 1: 1.4 to 2.2 times as
    long as with weights in a cache, 1.1 to 1.3 where they are asked for.)"""
    work: Work = ALGORITHMS[one.plan.algorithm].work(one.plan)
    nests = work.nests[: 1 if one.plan.stages else None]  # a chain's own arrays are all that its layers have
    waited = asked = 0.0
    for nest in nests:
        for array in nest.arrays:
            if array.name == "weights" and array.ahead:
                panels = [depth + 1 for depth, trips in enumerate(nest.trips) if trips > 1 and array.moves(depth)]
                asked += array.footprint(0).size
                waited += array.footprint(panels[0] if panels else 0).size
            elif array.name == "weights":
                waited += array.footprint(0).size
    rate = one.plan.target.memory_rate
    meanwhile = asked / rate
    return max(one.cycles, (1 - memory.EXPOSED[-1]) * meanwhile) + memory.EXPOSED[-1] * meanwhile + waited / rate / COLD


def unhidden(plan: Plan) -> float:
    """Cycles of reading the weights from memory that no plan of a layer hides: none packs them into fewer bytes than
    they are given in. Of a chain nothing is known."""
    weights = 0 if plan.stages else sum(array.bytes for array in plan.spec.arrays if array.role == "weights")
    return memory.EXPOSED[-1] * weights / plan.target.memory_rate


def roofline(spec: ConvSpec, target: Target, speed: float = 1.0) -> tuple[float, float]:
    """Cycles of a layer's arithmetic at the peak, or at `speed` times that; cycles to move each of its arrays once from
    memory. What any plan of direct sums takes is at least the larger, caches aside."""
    return 2 * spec.macs / (target.peak * speed), spec.bytes / target.memory_rate


# --- the micro-kernels ---


@functools.lru_cache(maxsize=1024)
def compute_cycles(visits: tuple[Visits, ...], target: Target) -> float:
    """Cycles of the micro-kernels with all their data in L1.

    A term of a rows × vectors tile takes rows·vectors FMAs, each accumulator one, so no less than
    the FMA's latency; and it loads its operands, or makes them. Where these limits
    are close no schedule meets them all: they are blended. One shuffle a cycle takes the place of an FMA, or of half of
    one where another unit has them too. Where several runs are in flight, none waits for its own sums alone.
    """
    total, flight = 0.0, FLIGHT if target.issue >= IN_ORDER else 0
    for count, rows, vectors, steps, rounds, reads, pitch, extra, *_, finish, shuffles in visits:
        fmas, made = rows * vectors, reads + extra
        units = target.fma_rate * (1 + BESIDE * bool(target.adds))
        multiplied = max(fmas / target.fma_rate, (fmas + shuffles) / units, shuffles)
        beside = min(MOST_BESIDE, max(1.0, flight / (steps * (fmas + made) + 2 * fmas)))
        limits = (multiplied, target.fma_latency / beside, made / target.load_rate)
        term = max(sum(limit**BLEND for limit in limits) ** (1 / BLEND),
                   (fmas * target.row.products + made + shuffles) / target.issue)
        if fmas + vectors + 1 == target.row.registers - 1:
            term *= 1 + FULL
        term += COLLISION * rows * any(_collide(rows, pitch, cache) for cache in target.caches[:1])
        stores = fmas * (1 / target.store_rate + 1 / target.load_rate) if finish is None else finish / target.issue
        total += count * (steps * term + rounds * ROUND + VISIT / beside + stores)
    return total


@functools.lru_cache(maxsize=1024)
def _collide(rows: int, pitch: int, cache: Cache) -> bool:
    """Whether the lines that the rows of a tile read side by side need more ways of a set than there
    are: each would be evicted before its next element is read."""
    used = collections.Counter(row * pitch // cache.line % cache.sets for row in range(rows))
    distinct = len({row * pitch // cache.line for row in range(rows)})
    return distinct == rows and max(used.values()) > cache.ways - SPARE


# --- threads ---


def _idle(cycles: float, plan: Plan, tasks: int, work: Work) -> float:
    """Cycles that threads wait: for each other, and to be started, of all together, where their number is known. Else
    a C kernel's tasks should keep many busy, if that costs little; an OpenCL device has a thread a unit, which take
    long to start."""
    if _alone(plan):
        return 0.0
    target, waited = plan.target, cycles * _waiting(plan, tasks, work)
    if target.device is not None:
        return waited + work.phases * LAUNCH + min(cycles / tasks, LATE)
    if not isinstance(target.threads, msgspec.UnsetType):
        starts = work.phases * fork(target) * target.threads if target.threads > 1 else 0.0
        return waited + starts + _handed(work, target.threads, target.line)
    threads = work.threads or THREADS
    return waited + PARALLEL * min(cycles * threads, _handed(work, threads, target.line))


def _alone(plan: Plan) -> bool:
    """Whether no threads share it."""
    return plan.target.device is None and (plan.spec.streamed or plan.brief)


def _waiting(plan: Plan, tasks: int, work: Work) -> float:
    """The share of a plan's time that threads wait for the busiest: a plan of its kind with so many tasks."""
    target = plan.target
    if _alone(plan):
        return 0.0
    if target.device is not None:
        return _uneven(tasks, target.device.units) + PARALLEL * _uneven(tasks, SHARES * target.device.units)
    if not isinstance(target.threads, msgspec.UnsetType):
        return _uneven(tasks, target.threads)
    return PARALLEL * _uneven(tasks, work.threads or THREADS)


def _handed(work: Work, threads: int, line: int) -> float:
    """Cycles, of all threads together, that these wait for lines which their neighbours write too: where each has a
    part of every run of outputs, such as some channels of each pixel, and parts end within lines."""
    total, sides = 0.0, min(2, threads - 1)
    for nest in work.nests:
        depth = 0  # of the loop that tells one thread's tasks from another's
        while depth < nest.dealt and math.prod(nest.trips[:depth]) < threads:
            depth += 1
        for array in nest.arrays:
            part = array.footprint(depth)
            whole = part.bytes % line == 0 and all(stride % line == 0 for _, stride in part.axes)
            runs, _ = part.regions
            if array.weight > 1 and runs > 1 and not whole:
                total += nest.repeats * threads * sides * runs * HANDED
    return total


def fork(target: Target) -> float:
    """Cycles in which a phase's threads are woken, and meet again."""
    return FORK if isinstance(target.fork, msgspec.UnsetType) else target.fork


def _uneven(tasks: int, threads: int) -> float:
    """How much longer the busiest thread works than the average: 0.5 for half as long again."""
    return -(-tasks // threads) * threads / tasks - 1
