"""Columns of an input row that a copy deals to phases: [phase][column / stride], so that the columns which one kernel
tap reads follow each other.

Column q of phase p is input column q·sw + p − left. Neighbouring phases hold the input at the same q, but where padding
ends in between; many of them are a loop: written out, a stride of 16 takes 16 loops, each of which a compiler makes
vectors of.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

from ...layer.spec import ConvSpec
from ...plan.program import For, Node

WRITTEN = 8  # phases that need no loop


class Phases(NamedTuple):
    """`number` neighbouring phases, the first of which is `first`, that hold the input from q = low to high - 1."""

    first: int
    number: int
    low: int
    high: int


Place = tuple[str, int]  # of a phase: a variable, empty for none, and a number that is added


def phases(s: ConvSpec, columns: int) -> list[Phases]:
    """All phases of a row, each of so many columns."""
    def held(phase: int) -> tuple[int, int]:
        low = min(columns, max(0, -(-(s.left - phase) // s.sw)))
        return low, min(columns, max(low, -(-(s.iw + s.left - phase) // s.sw)))

    return [Phases(min(those), max(those) - min(those) + 1, low, high)
            for (low, high), run in itertools.groupby(range(s.sw), held) for those in [list(run)]]


def each_phase(s: ConvSpec, columns: int, moved: Callable[[Place, Phases], list[Node]]) -> list[Node]:
    """What `moved` gives for each phase, told its number and the phases that are like it."""
    nodes: list[Node] = []
    for run in phases(s, columns):
        if run.number > WRITTEN:
            nodes.append(For("p", str(run.first), str(run.first + run.number), 1, "", moved(("p", 0), run)))
        else:
            nodes += [node for p in range(run.first, run.first + run.number) for node in moved(("", p), run)]
    return nodes
