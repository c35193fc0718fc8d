"""Which plans of a layer to try next.

First those that the planner ranks highest, with the best of every kind of plan among them; then a
random sample of the rest; then neighbours of the fastest plan so far: those that differ from it in
one decision, a different decision each time.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..algorithms import ALGORITHMS
from ..plan.plan import Plan
from ..planner.cost import Estimate

PROMISING = 1.5  # the best plan of another kind is tried early if it takes at most so many times the best plan's cycles
NEAR = 1.5  # where tiles differ in size, numbers of blocks with at most this ratio count as equal: they are rounded


class Search:
    """Walks through the ranked plans of one layer.

    best: how many to take from the top, half of them for the best of each kind. sample: how many of
    the rest, at random. moves: how many neighbours. total: how many plans that makes at most. fits: whether a plan may
    be tried; it is asked for those alone whose turn comes.
    """

    def __init__(self, ranked: Sequence[Estimate], best: int, sample: int, moves: int, seed: int,
                 fits: Callable[[Plan], bool] = lambda plan: True) -> None:
        self._fits = fits
        self._plans = [estimate.plan for estimate in ranked]
        promising = [e.plan for e in ranked if e.cycles <= PROMISING * ranked[0].cycles]
        leaders = list({_kind(plan): plan for plan in reversed(promising)}.values())[::-1]
        top = list(itertools.islice(
            filter(fits, dict.fromkeys([self._plans[0], *leaders[: best // 2], *self._plans])), best))
        known = set(top)
        rest = [plan for plan in self._plans if plan not in known]
        self._first = [*top, *filter(fits, random.Random(seed).sample(rest, min(sample, len(rest))))]
        self._moves = min(moves, len(self._plans) - len(self._first))
        self.total = len(self._first) + self._moves

    def next(self, seconds: Mapping[Plan, float | None], count: int) -> list[Plan]:
        """Up to `count` plans to try, none when the search is over.

        seconds: what has been tried, None for a plan that failed.
        """
        first = [plan for plan in self._first if plan not in seconds]
        if first:
            return first[:count]
        moved = len(seconds) - len(self._first)
        return self._neighbours(seconds, min(count, self._moves - moved))

    def _neighbours(self, seconds: Mapping[Plan, float | None], count: int) -> list[Plan]:
        """Untried neighbours of the fastest plan that has any: the highest ranked of each decision, then the second
        of each, and so on."""
        if count <= 0:
            return []
        measured = [(taken, plan) for plan, taken in seconds.items() if taken is not None]
        for _, centre in sorted(measured, key=lambda pair: pair[0]):
            by_decision: dict[str, list[Plan]] = {}
            for plan in self._plans:
                if plan not in seconds:
                    decision = difference(centre, plan)
                    if decision is not None:
                        by_decision.setdefault(decision, []).append(plan)
            found = [(rank, plan) for plans in by_decision.values() for rank, plan in enumerate(plans)]
            if found:
                ordered = (plan for _, plan in sorted(found, key=lambda pair: pair[0]))
                if some := list(itertools.islice(filter(self._fits, ordered), count)):
                    return some
        return []


def _kind(plan: Plan) -> tuple[object, ...]:
    return plan.algorithm, *ALGORITHMS[plan.algorithm].decisions(plan).values()


class _Nest(NamedTuple):
    """The order of a plan's loops outside the sum, and the number of blocks of each dimension that has two loops."""

    order: tuple[str, ...]
    blocks: dict[str, int]


def _nest(plan: Plan) -> _Nest:
    if not plan.loops:
        return _Nest((), {})
    order: list[str] = []
    blocks: dict[str, int] = {}
    nest = ALGORITHMS[plan.algorithm].nest(plan)
    for index, (loop, trips) in enumerate(nest):
        if any(later.dim == loop.dim for later, _ in nest[index + 1 :]):
            order.append(f"block of {loop.dim}")
            blocks[loop.dim] = trips
        elif loop.dim not in ("ic", "kd", "kh", "kw"):
            order.append(f"{loop.dim} {loop.bind}")
    return _Nest(tuple(order), blocks)


def difference(one: Plan, other: Plan) -> str | None:
    """The one decision in which two plans differ; None when there are several.

    Some decisions bring others with them, and count as one: a tile with other lanes has another size, another unrolling
    and another order of its sum; the order of the loops says which dimensions have blocks.
    """
    tile = (one.mr, one.nr) != (other.mr, other.nr)
    lanes = one.lanes != other.lanes
    mine, theirs = (ALGORITHMS[plan.algorithm].decisions(plan) for plan in (one, other))
    found = ["algorithm"] * (one.algorithm != other.algorithm)
    found += [name for name in mine | theirs if mine.get(name) != theirs.get(name)]
    if tile and not lanes:
        found.append("tile")
    if one.target.isa != other.target.isa:
        found.append("arithmetic")
    if len(found) > 1:
        return None
    (order, blocks), (other_order, other_blocks) = _nest(one), _nest(other)
    if order != other_order:
        found.append("order")
    else:
        found += [f"block of {dim}" for dim, count in blocks.items()
                  if not _alike(count, other_blocks[dim], tile or lanes)]
    if not found:
        return "sum"  # the order of the loops inside the sum, or nothing
    return found[0] if len(found) == 1 else None


def _alike(one: int, other: int, rounded: bool) -> bool:
    return one == other or (rounded and max(one, other) < NEAR * min(one, other))
