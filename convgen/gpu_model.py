"""The cost model of GPUs: how long the compute units take, a wave of work-groups after the other.

Rough on purpose: it keeps what the tuner measures down to sensible plans, and prefers large tiles as long as
there are groups for all units. Cycles are those of one compute unit.
"""

from __future__ import annotations

from typing import NamedTuple

from .algorithms import ALGORITHMS
from .plan import Plan
from .target import WARP

LOCAL_BYTES = 128  # from local memory, a cycle
GLOBAL_BYTES = 48  # from caches and memory, a cycle
LATENCY = 600.0  # cycles from a load to its use, hidden by other work-items
FULL = 512  # items of a unit that hide it
SCATTERED = 4.0  # times the memory traffic of items that are no neighbours there
BARRIER = 40  # cycles for a group to meet, twice a chunk
AT_ONCE = 2  # a second group works while the first one waits


class Cost(NamedTuple):
    """Cycles in all, and of arithmetic and memory alone; bytes that groups bring in."""

    cycles: float
    arithmetic: float
    memory: float
    bytes: float


def cost(plan: Plan) -> Cost:
    """Wave after wave of groups, each as slow as arithmetic, local memory or global memory make it."""
    algorithm, target, size = ALGORITHMS[plan.algorithm], plan.target, plan.spec.itemsize
    assert target.device is not None
    units, tasks, visits = target.device.units, algorithm.tasks(plan), algorithm.visits(plan)
    together = any(loop.bind == "local" for loop in plan.loops)
    groups = tasks if together else -(-tasks // WARP)
    waves = -(-groups // (units * AT_ONCE)) * AT_ONCE if groups > units else 1
    lanes = target.row.lanes
    sums = sum(v.number * v.rows * v.vectors * v.steps / v.speed for v in visits) / groups / target.fma_rate
    loaded = sum(v.number * v.loads * v.steps for v in visits) * lanes * size / groups
    work = algorithm.work(plan)
    if together:
        items, chunks = visits[0].number / tasks, visits[0].rounds
        moved = float(sum(array.footprint(0).bytes for array in work.arrays))
        sums = max(sums, loaded / LOCAL_BYTES) + chunks * BARRIER
        waiting = chunks * LATENCY * max(0.0, 1 - items * AT_ONCE / FULL) / 4
    else:
        last = [loop.dim for loop, trips in algorithm.nest(plan) if loop.bind == "task" and trips > 1][-1:]
        near = last == ["oc" if plan.spec.channels_last else "ow"]
        moved = loaded * (1 if near else SCATTERED) + sum(step.bytes for step in work.passes) * SCATTERED / groups
        waiting = LATENCY
    memory = moved / GLOBAL_BYTES
    return Cost(waves * (max(sums, memory) + waiting), waves * sums, waves * memory, moved * groups)
