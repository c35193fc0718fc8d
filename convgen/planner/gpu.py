"""The cost model of GPUs: cycles of one compute unit, wave after wave of work-groups.

Rough on purpose: it keeps what the tuner measures down to sensible plans, and prefers large tiles as long as
there are groups for all units.
"""

from __future__ import annotations

from ..algorithms import ALGORITHMS
from ..machine.target import WARP, Target
from ..plan.plan import Plan
from .cost import Estimate

LOCAL_BYTES = 128  # from local memory, a cycle
GLOBAL_BYTES = 48  # from caches and memory, a cycle
LATENCY = 600.0  # cycles from a load to its use, while other work-items run
FULL = 512  # work-items of a unit that hide it completely
SCATTERED = 4.0  # times the memory traffic of work-items that read neighbours, for those that do not
BARRIER = 40  # cycles of the barriers around a chunk of the sum
AT_ONCE = 2  # groups of a unit: the second one works while the first one waits
LAUNCH = 3000.0  # cycles from the end of one phase to the full speed of the next


def estimate(plan: Plan) -> Estimate:
    """Waves of groups, each as slow as arithmetic, local memory or global memory make it; and the phases before and
    after, where the work-items of a group cooperate."""
    algorithm, target = ALGORITHMS[plan.algorithm], plan.target
    assert target.device is not None
    units, tasks, visits = target.device.units, algorithm.tasks(plan), algorithm.visits(plan)
    cooperative = plan.cooperative
    # in local memory, or in the caller's array
    itemsize = target.row.itemsize * target.row.deep if cooperative else plan.spec.itemsize
    groups = tasks if cooperative else -(-tasks // WARP)
    waves = -(-groups // (units * AT_ONCE)) * AT_ONCE if groups > units else 1
    lanes = target.row.lanes
    arithmetic = sum(v.number * v.rows * v.vectors * v.steps / v.speed for v in visits)
    arithmetic *= target.row.products / groups / target.fma_rate
    loaded = sum(v.number * v.loads * v.steps for v in visits) * lanes * itemsize / groups
    work = algorithm.work(plan)
    passes = 0.0
    if cooperative:
        items, chunks = visits[0].ahead * visits[0].number / tasks, visits[0].rounds
        moved = float(sum(array.footprint(0).bytes for array in work.arrays))
        beside = sum(v.number * v.extra * v.steps for v in visits) / groups / (lanes * target.fma_rate)
        arithmetic = max(arithmetic, beside, loaded / LOCAL_BYTES) + chunks * BARRIER
        waiting = chunks * LATENCY * max(0.0, 1 - items * AT_ONCE / FULL) / 4
        passes = sum(max(2 * step.elements * step.cycles / target.peak, _streaming(step.bytes, target)) + LAUNCH
                     for step in work.passes)
    else:
        innermost = [loop.dim for loop, trips in algorithm.nest(plan) if loop.bind == "task" and trips > 1][-1:]
        neighbours = innermost == ["oc" if plan.spec.channels_last else "ow"]
        moved = loaded * (1 if neighbours else SCATTERED) + sum(step.bytes for step in work.passes) * SCATTERED / groups
        waiting = LATENCY
    memory = moved / GLOBAL_BYTES
    cycles = max(waves * (max(arithmetic, memory) + waiting), _streaming(work.least, target))
    return Estimate(plan, cycles + passes, waves * arithmetic, (("memory", moved * groups, waves * memory),), passes)


def _streaming(size: int, target: Target) -> float:
    """Cycles to move so many bytes once, from memory where the last cache cannot hold them."""
    assert target.device is not None
    return size / (target.memory_rate if size > target.caches[-1].size else GLOBAL_BYTES * target.device.units)
