"""The best of many plans, without an estimate of each: best first, by what is known of a plan at least.

Of a kind of plans that is the arithmetic; of each of its plans, once the kind's turn comes, what its loops move too.
What is known to take longer than the best has no turn; so the first kinds name one at once.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

from ..plan.plan import Plan
from . import cost, gpu
from .cost import Best, Estimate, Least

TOGETHER = 16  # kinds whose plans are looked at together, at least


def search(candidates: Sequence[tuple[float, Plan]], count: int) -> list[Estimate]:
    """The estimates of plans, each given with the cycles of its arithmetic, in the order of these. All but the best
    `count` may be pruned."""
    found = [gpu.estimate(plan) if plan.target.is_gpu else Estimate(plan, compute, compute, pruned=True)
             for compute, plan in candidates]
    kinds = dict[tuple[Plan, float], list[int]]()
    for place, (compute, plan) in enumerate(candidates):
        if not plan.target.is_gpu:
            kinds.setdefault((plan.kind, compute), []).append(place)
    waiting = sorted(((compute, places) for (_, compute), places in kinds.items()), reverse=True)
    heap, best = list[tuple[float, int, Least]](), Best(count)
    while heap or waiting:
        if waiting and (not heap or (waiting[-1][0] <= heap[0][0] and best.most < math.inf)):
            if waiting[-1][0] > best.most:
                break
            turn = [waiting.pop()]
            while waiting and (len(turn) < TOGETHER or (heap and waiting[-1][0] <= heap[0][0])):
                turn.append(waiting.pop())
            least = cost.least([(compute, [candidates[at][1] for at in places]) for compute, places in turn], best.most)
            for (_, places), all_of_them in zip(turn, least, strict=True):
                for at, one in zip(places, all_of_them, strict=True):
                    heapq.heappush(heap, (one.cycles, at, one))
        elif heap[0][0] > best.most:
            break
        else:
            _, at, one = heapq.heappop(heap)
            compute, plan = candidates[at]
            found[at] = cost.estimate(plan, compute, best.most, one)
            best.add(found[at])
    for cycles, at, _ in heap:
        found[at] = found[at]._replace(cycles=cycles)
    return found
