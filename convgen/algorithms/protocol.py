"""What an algorithm is to the rest of the house."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ..layer.spec import ConvSpec
from ..machine.noted import Rows
from ..machine.target import Target
from ..plan.choices import Choices
from ..plan.plan import Loop, Plan
from ..plan.program import Program
from ..plan.work import Visits, Work
from .numerics import Numerics
from .reading import Reading


class Algorithm(Protocol):
    """A module, or an object, that knows which plans there are, what each makes of numbers and of a machine, and the
    program of each. One that does not apply to a layer has no plans for it."""

    @property
    def NAME(self) -> str: ...

    @property
    def AUTOMATIC(self) -> bool:
        """Whether the planner may choose it unasked."""

    @property
    def APPROXIMATE(self) -> bool:
        """Whether it may stray further than sums in f32 do, so that a limit of errors may exclude it."""

    @property
    def CHOICES(self) -> type[Choices]:
        """The struct of its plans' choices."""

    def plans(self, spec: ConvSpec, target: Target, /) -> Iterator[Plan]:
        """Every legal plan; none when the algorithm does not apply."""

    def check(self, plan: Plan, /) -> str | None:
        """Why a plan is illegal, or None."""

    def decisions(self, plan: Plan, /) -> dict[str, object]:
        """By name, all but its tile and its loops; what is decided together, as one. Tuning varies them."""

    def numerics(self, plan: Plan, /) -> Numerics:
        """How the plan's arithmetic rounds."""

    def program(self, plan: Plan, rows: Rows, /) -> Program:
        """What is printed; `rows` note the helpers that it calls."""

    def nest(self, plan: Plan, /) -> list[tuple[Loop, int]]:
        """Its loops with the times each runs in the one around it."""

    def tasks(self, plan: Plan, /) -> int:
        """How many tasks threads can share."""

    def visits(self, plan: Plan, /) -> tuple[Visits, ...]:
        """The micro-kernel runs: all that its compute cost depends on; none where nothing is weighed."""

    def work(self, plan: Plan, /) -> Work:
        """What it makes a machine do."""

    def registers(self, plan: Plan, /) -> int:
        """Vector registers that its tile takes."""

    def tile(self, plan: Plan, /) -> str:
        """Its register tile in words."""

    def reading(self, plan: Plan, /) -> Reading:
        """Where it reads the input."""

    def passes(self, plan: Plan, /) -> str:
        """What it does before and after its main loops, in a word."""

    def explain(self, plan: Plan, /) -> str:
        """What a reader of `plan --explain` should know of it beside its loops; empty where that is all."""
