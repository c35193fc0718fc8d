"""The cost model of GPUs: how long the compute units take, a wave of work-groups after the other.

Rough on purpose: it keeps what the tuner measures down to sensible plans, and prefers large tiles as long as
there are groups for all units. Cycles are those of one compute unit.
"""

from __future__ import annotations

from typing import NamedTuple

from ..algorithms import ALGORITHMS
from ..machine.target import WARP, Target
from ..plan.plan import Plan

LOCAL_BYTES = 128  # from local memory, a cycle
GLOBAL_BYTES = 48  # from caches and memory, a cycle
LATENCY = 600.0  # cycles from a load to its use, hidden by other work-items
FULL = 512  # items of a unit that hide it
SCATTERED = 4.0  # times the memory traffic of items that are no neighbours there
BARRIER = 40  # cycles for a group to meet, twice a chunk
AT_ONCE = 2  # a second group works while the first one waits
LAUNCH = 3000.0  # cycles from the end of one phase to the full speed of the next


class Cost(NamedTuple):
    """Cycles in all, and of arithmetic and memory alone; bytes that groups bring in; cycles of the phases before
    and after."""

    cycles: float
    arithmetic: float
    memory: float
    bytes: float
    passes: float = 0.0


def cost(plan: Plan) -> Cost:
    """Wave after wave of groups, each as slow as arithmetic, local memory or global memory make it; and the phases
    around them, where groups do tasks together."""
    algorithm, target = ALGORITHMS[plan.algorithm], plan.target
    assert target.device is not None
    units, tasks, visits = target.device.units, algorithm.tasks(plan), algorithm.visits(plan)
    size = target.row.itemsize if plan.cooperative else plan.spec.itemsize  # items load from local memory, or not
    groups = tasks if plan.cooperative else -(-tasks // WARP)
    waves = -(-groups // (units * AT_ONCE)) * AT_ONCE if groups > units else 1
    lanes = target.row.lanes
    sums = sum(v.number * v.rows * v.vectors * v.steps / v.speed for v in visits) / groups / target.fma_rate
    loaded = sum(v.number * v.loads * v.steps for v in visits) * lanes * size / groups
    work = algorithm.work(plan)
    passes = 0.0
    if plan.cooperative:
        items, chunks = visits[0].ahead * visits[0].number / tasks, visits[0].rounds
        moved = float(sum(array.footprint(0).bytes for array in work.arrays))
        sums = max(sums, loaded / LOCAL_BYTES) + chunks * BARRIER
        waiting = chunks * LATENCY * max(0.0, 1 - items * AT_ONCE / FULL) / 4
        passes = sum(max(2 * step.elements * step.cycles / target.peak, _streaming(step.bytes, target)) + LAUNCH
                     for step in work.passes)
    else:
        last = [loop.dim for loop, trips in algorithm.nest(plan) if loop.bind == "task" and trips > 1][-1:]
        near = last == ["oc" if plan.spec.channels_last else "ow"]
        moved = loaded * (1 if near else SCATTERED) + sum(step.bytes for step in work.passes) * SCATTERED / groups
        waiting = LATENCY
    memory = moved / GLOBAL_BYTES
    cycles = max(waves * (max(sums, memory) + waiting), _streaming(work.least, target))
    return Cost(cycles + passes, waves * sums, waves * memory, moved * groups, passes)


def _streaming(size: int, target: Target) -> float:
    """Cycles to move so many bytes once, from memory where the last cache cannot hold them."""
    assert target.device is not None
    return size / (target.memory_rate if size > target.caches[-1].size else GLOBAL_BYTES * target.device.units)
