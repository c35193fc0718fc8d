"""Squares of numbers that are transposed in registers.

A perfect shuffle of as many vectors as a vector has lanes makes the lowest bit of the lane the highest of the vector's
number; as many shuffles as a lane has bits transpose them:

    from   [row][number]        to   [number][row]
"""

from __future__ import annotations

from typing import NamedTuple

from ..machine.isa import Isa
from ..plan.program import Load, Node, Step, Steps


class Square(NamedTuple):
    """A function that transposes `rows` rows of `numbers` numbers, both up to the lanes of a vector. apart: of what it
    reads, from row to row; width: of what it writes, which are whole vectors, with zeros for rows that there are not;
    or, where they are counted, as many numbers as a call says. full: whether there are as many rows as lanes. stages:
    vectors made of vectors, the last of which are called `last` and a number."""

    name: str
    rows: int
    numbers: int
    apart: int
    width: int
    counted: bool
    full: bool
    stages: list[Node]
    last: str

    @property
    def statements(self) -> int:
        """About how many statements are printed."""
        return sum(len(step) for node in self.stages if isinstance(node, Steps) for step in node.steps) \
            + self.rows + self.numbers * (1 + self.counted)


def square(what: str, row: Isa, rows: int, numbers: int, apart: int, width: int, *, counted: bool = False) -> Square:
    """The function for vectors of a row of the ISA table. Only what is stored is made."""
    lanes = row.lanes
    levels = lanes.bit_length() - 1
    kept = [list(range(numbers))]
    while len(kept) < levels:
        kept.insert(0, sorted({2 * i % lanes + odd for i in kept[0] for odd in (0, 1)}))
    step: Step = []
    for stage, vectors in enumerate(kept):
        for i in vectors:
            pair = f"r{stage}_{2 * i % lanes}", f"r{stage}_{2 * i % lanes + 1}"
            half = row.deinterleave_even if i < lanes // 2 else row.deinterleave_odd
            step.append(Load(f"r{stage + 1}_{i}", half(*pair)))
    name = "_".join(filter(None, ("transpose", what, f"{rows}x{numbers}")))
    stages: list[Node] = [Steps([step], shared=True)]
    return Square(name, rows, numbers, apart, width, counted, rows == lanes, stages, f"r{levels}_")
