"""How large plans are, and which of them are too large to be chosen.

A plan whose loops are written out may take half a megabyte to be a little faster. Each row says how much code a plan
may have that nobody asked for, and its file may have only so many lines, for those who read it and compile it; who asks
for another limit of code gets plans within that. Faster ones beyond it leave the ranking, so that its first plan is
always one to take; slower ones stay where they are, for nobody would choose them.
"""

from __future__ import annotations

import collections
import functools
import heapq
import math
from collections.abc import Sequence

import msgspec

from ..algorithms import ALGORITHMS
from ..errors import InputError, UnsupportedError
from ..layer.names import show
from ..machine.noted import Rows
from ..machine.target import Target
from ..plan.plan import Plan
from ..plan.sizes import Sizes, arrays_of
from . import cost
from .cost import Estimate

MOST_LINES = 2850  # of a file, about, unasked: that is within 150 of what is printed
FAR = 1.5  # times the limit: no order of a plan's loops makes up for that
ORDERS = 2  # that are too large, and those that are predicted to be slower are not tried
# Times the limit that a plan takes, if its code is to that of a like one as are their instructions: it is too large.
# (Depthwise layers of integers, whose loops are written out: 0.75 to 1.13 of what is then printed.)
SURE = 1.15


@functools.lru_cache(maxsize=4096)
def sizes(plan: Plan) -> Sizes:
    """The bytes that a plan takes."""
    program = ALGORITHMS[plan.algorithm].program(plan, _rows_of(plan.kind))
    size = (program.workspace_of or program.row).itemsize
    packed = (program.packed_of or program.row).itemsize * program.packed
    return Sizes(program.code_bytes, packed, size * (program.workspace + program.scratch),
                 *arrays_of(plan.spec), program.fast_bytes, program.lines)


def instructions(plan: Plan) -> float:
    """Of its micro-kernels, those that are written in a straight line, about: they need not be printed for that."""
    return sum(run.steps / max(run.rounds, 1) * (run.rows * run.vectors + run.loads + run.extra)
               + (run.finish or run.rows * run.vectors) for run in ALGORITHMS[plan.algorithm].visits(plan))


@functools.lru_cache(maxsize=64)
def _rows_of(kind: Plan) -> Rows:
    """Where programs of all plans of a kind come from: their micro-kernels are the same."""
    return Rows()


def check_max_code(max_code: int | None) -> None:
    """InputError for what is no limit of code."""
    if max_code is not None and (type(max_code) is not int or max_code < 1):
        raise InputError(f"max_code must be a number of bytes of at least 1 (max_code={show(max_code)})")


def limit(target: Target, max_code: int | None) -> Limit:
    """How much code a plan may have: as asked for; or as the target's row has it, in a file that is not too long."""
    return Limit(target.row.most_code, MOST_LINES) if max_code is None else Limit(max_code)


def within(ranked: Sequence[Estimate], target: Target, max_code: int | None) -> list[Estimate]:
    """The ranking without the faster plans that are too large, led by one that is not. Where all are: UnsupportedError
    if the limit was asked for, else the smallest leads."""
    fits = limit(target, max_code)
    best = next((one for one in ranked if not one.pruned and fits(one.plan)), None)
    if best is ranked[0]:
        return list(ranked)
    # what was pruned beside plans that are too large may be the best of the others
    heap = [(one.cycles, place, one) for place, one in enumerate(ranked) if one.pruned]
    heapq.heapify(heap)
    while heap and (best is None or heap[0][0] < best.cycles):
        _, place, one = heapq.heappop(heap)
        if fits.refuses(one.plan):
            continue
        if one.pruned:
            one = cost.estimate(one.plan)
            heapq.heappush(heap, (one.cycles, place, one))
        elif fits(one.plan):
            best = one
    if best is None:
        best = _smallest(ranked)
        if max_code is not None:
            raise UnsupportedError(f"max_code must be at least {sizes(best.plan).fast}, which the smallest plan,"
                                   f" {best.plan.label}, may take (max_code={max_code})")
    return [best, *(one for one in ranked if one.plan != best.plan and one.plan not in fits.refused)]


class Limit:
    """Says which plans have no more code than so many bytes, in no more lines, and remembers the others."""

    def __init__(self, code: int, lines: float = math.inf) -> None:
        self.code, self.lines = code, lines
        self.refused = set[Plan]()
        self._large = collections.Counter[Plan]()  # orders of a kind of plans that are too large
        self._each = dict[Plan, float]()  # of the limit, for an instruction: the least of such plans, whatever the tile

    def __call__(self, plan: Plan) -> bool:
        if plan.target.device is not None:  # nobody counts its code
            return True
        if self.refuses(plan):
            return False
        much = self.share(plan)
        if much > 1:
            self._large[plan.coded] += 1 if much <= FAR else ORDERS
            like = self._like(plan)
            self._each[like] = min(self._each.get(like, math.inf), much / instructions(plan))
            self.refused.add(plan)
        return much <= 1

    def refuses(self, plan: Plan) -> bool:
        """Whether a plan is too large by what is known of others: it need not be printed for that."""
        sure = self._large[plan.coded] >= ORDERS or self._each.get(self._like(plan), 0.0) * instructions(plan) > SURE
        if sure:
            self.refused.add(plan)
        return sure

    @staticmethod
    def _like(plan: Plan) -> Plan:
        return msgspec.structs.replace(plan.coded, mr=1, nr=1)

    def share(self, plan: Plan) -> float:
        """How much of the limit a plan takes: more than 1 if it is too large."""
        known = sizes(plan)
        return max(known.fast / self.code, known.lines / self.lines)


def _smallest(ranked: Sequence[Estimate]) -> Estimate:
    """The plan with the least code, one of each kind considered."""
    kinds = {one.plan.coded: one for one in reversed(ranked)}
    best = min(kinds.values(), key=lambda one: (sizes(one.plan).fast, one.cycles))
    return cost.estimate(best.plan) if best.pruned else best
