"""Rows of numbers dealt to phases, as strides have them: number i to phase i mod s, in whole vectors.

As many vectors as there are phases, s = 2^k, are dealt by k levels of pairs: the even numbers of two vectors are one,
the odd ones another.

    from   x0 x1 x2 x3 …        to   phase 0: x0 xs …    phase 1: x1 xs+1 …
"""

from __future__ import annotations

from typing import NamedTuple

from ..machine.isa import Isa
from ..plan.program import Load, Node, Step, Steps


class Split(NamedTuple):
    """A function that deals a row, of which the first number is column `left`, to `phases`, which are `pitch` numbers
    apart. stages: vectors made of r0_0, r0_1 …, which are neighbours in the row; made: of the i-th of them each."""

    phases: int
    left: int
    pitch: int
    stages: list[Node]
    made: list[str]

    @property
    def statements(self) -> int:
        """About how many are printed, for whole vectors and for the rest."""
        return 2 * self.phases * (1 + self.phases.bit_length())

    def place(self, i: int) -> int:
        """Where number i of the row goes."""
        column = self.left + i
        return column % self.phases * self.pitch + column // self.phases

    @property
    def any_place(self) -> str:
        """The same of any, in C."""
        column = f"(i + {self.left})" if self.left else "i"
        return f"{column} % {self.phases} * {self.pitch} + {column} / {self.phases}"


def split(row: Isa, phases: int, left: int, pitch: int) -> Split:
    """The function for vectors of a row of the ISA table."""
    loads, made = dealt(row, "r", [f"r0_{k}" for k in range(phases)])
    stages: list[Node] = [Steps([Step(loads)], shared=True)]
    return Split(phases, left, pitch, stages, made)


def dealt(row: Isa, prefix: str, vectors: list[str]) -> tuple[list[Load], list[str]]:
    """What deals neighbouring vectors, as many as there are phases, and the vector of each phase. prefix: of names."""
    streams, loads, level = {0: vectors}, list[Load](), 0
    apart = 1  # in the row, of numbers that are neighbours in a vector
    while apart < len(vectors):
        level, halves = level + 1, dict[int, list[str]]()
        for first, names in streams.items():
            for phase, half in ((first, row.deinterleave_even), (first + apart, row.deinterleave_odd)):
                halves[phase] = [f"{prefix}{level}_{phase}_{k}" for k in range(len(names) // 2)]
                loads += [Load(name, half(names[2 * k], names[2 * k + 1])) for k, name in enumerate(halves[phase])]
        streams, apart = halves, 2 * apart
    return loads, [streams[phase][0] for phase in range(len(vectors))]


def splits(row: Isa, stride: int) -> bool:
    """Whether rows are dealt so: by powers of two, a vector of each phase at a time."""
    return 1 < stride <= row.lanes and stride & (stride - 1) == 0
