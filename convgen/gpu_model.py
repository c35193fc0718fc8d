"""The cost model of GPUs: how long the compute units take, a wave of work-groups after the other.

Rough on purpose: it keeps what the tuner measures down to sensible plans, and prefers large tiles as long as
there are groups for all units. Cycles are those of one compute unit.
"""

from __future__ import annotations

from .algorithms import ALGORITHMS
from .plan import Plan
from .target import Target

FMAS = 128  # of a compute unit, a cycle
LOCAL_BYTES = 128  # from local memory, a cycle
GLOBAL_BYTES = 48  # from caches and memory, a cycle
LATENCY = 600  # cycles from a load to its use, hidden by other work-items
FULL = 512  # items of a unit that hide it
SCATTERED = 4.0  # times the memory traffic of items that are no neighbours there
BARRIER = 40  # cycles for a group to meet, twice a chunk
GROUPS_AT_ONCE = 2  # a second group works while the first one waits


def applies(target: Target) -> bool:
    return target.device is not None and target.device.kind == "gpu"


def arithmetic(plan: Plan) -> float:
    """No plan takes less."""
    return cycles(plan)[1]


def cycles(plan: Plan) -> tuple[float, float, float]:
    """(all, arithmetic alone, memory alone)."""
    algorithm, target = ALGORITHMS[plan.algorithm], plan.target
    assert target.device is not None
    units, tasks = target.device.units, algorithm.tasks(plan)
    together = any(loop.bind == "local" for loop in plan.loops)
    visits = algorithm.visits(plan)
    items = sum(v.number for v in visits) / tasks if together else 64.0
    groups = tasks if together else -(-tasks // 64)
    waves = -(-groups // (units * GROUPS_AT_ONCE)) * GROUPS_AT_ONCE if groups > units else 1
    lanes = target.row.lanes
    fmas = sum(v.number * v.rows * v.vectors * v.steps for v in visits) * lanes / groups  # of a group
    local = sum(v.number * v.loads * v.steps for v in visits) * lanes * plan.spec.itemsize / groups
    if together:
        chunks = visits[0].rounds
        moved = sum(array.footprint(0).bytes for array in algorithm.work(plan).arrays)
        sums = max(fmas / FMAS, local / LOCAL_BYTES) + chunks * BARRIER
        memory = moved / GLOBAL_BYTES
        waiting = chunks * LATENCY * max(0.0, 1 - items * GROUPS_AT_ONCE / FULL) / 4
    else:
        sums, memory, waiting = fmas / FMAS, local / GLOBAL_BYTES, float(LATENCY)
        last = [loop.dim for loop, trips in algorithm.nest(plan) if loop.bind == "task" and trips > 1][-1:]
        if last != ["oc" if plan.spec.channels_last else "ow"]:
            memory *= SCATTERED
        memory += sum(step.bytes for step in algorithm.work(plan).passes) * SCATTERED / GLOBAL_BYTES / groups
    return waves * (max(sums, memory) + waiting), waves * sums, waves * memory
