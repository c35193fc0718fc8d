"""The best of many plans, without an estimate of each: best first, by what is known of a plan at least.

Of a kind of plans that is the arithmetic; of each of its plans, once the kind's turn comes, what its loops move too.
What is known to take longer than the best has no turn.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from ..plan.plan import Plan
from . import cost, gpu
from .cost import Best, Estimate, Least


def search(candidates: Sequence[tuple[float, Plan]], count: int) -> list[Estimate]:
    """The estimates of plans, each given with the cycles of its arithmetic, in the order of these. All but the best
    `count` may be pruned."""
    kinds = dict[tuple[Plan, float], list[int]]()
    for place, (compute, plan) in enumerate(candidates):
        kinds.setdefault((plan.kind, compute), []).append(place)
    heap: list[tuple[float, int, Least | None, list[int]]] = [
        (compute, places[0], None, places) for (_, compute), places in kinds.items()]
    heapq.heapify(heap)
    found, best = dict[int, Estimate](), Best(count)
    while heap:
        cycles, first, least, places = heapq.heappop(heap)
        compute, plan = candidates[first]
        if cycles > best.most:
            found |= {at: Estimate(candidates[at][1], cycles, compute, pruned=True) for at in places}
        elif plan.target.is_gpu:
            found |= {at: gpu.estimate(candidates[at][1]) for at in places}
        elif least is None and len(places) > 1:
            for at, one in zip(places, cost.least([candidates[at][1] for at in places], compute), strict=True):
                heapq.heappush(heap, (one.cycles, at, one, [at]))
        else:
            found[first] = cost.estimate(plan, compute, best.most, least)
        for at in places:
            if at in found:
                best.add(found[at])
    return [found[place] for place in range(len(candidates))]
