"""An algorithm in two forms, of which a layer and a target have one: for integers and for floats, say; or one whose
tasks are a thread's, or a work-item's, and one whose tasks the work-items of a group share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..layer.spec import ConvSpec
from ..machine.noted import Rows
from ..machine.target import Target
from ..plan.choices import Choices, TiledChoices
from ..plan.plan import Loop, Plan
from ..plan.program import Program
from ..plan.work import Visits, Work
from .numerics import Numerics
from .protocol import Algorithm
from .reading import Reading


class Forms(NamedTuple):
    """Both as one algorithm. second: whether a layer has the other one on a target."""

    first: Algorithm
    other: Algorithm
    second: Callable[[ConvSpec, Target], bool]

    @property
    def NAME(self) -> str:
        return self.first.NAME

    @property
    def AUTOMATIC(self) -> bool:
        return self.first.AUTOMATIC

    @property
    def APPROXIMATE(self) -> bool:
        return self.first.APPROXIMATE

    @property
    def CHOICES(self) -> type[Choices]:
        return self.first.CHOICES

    def of(self, plan: Plan) -> Algorithm:
        """The form of a plan."""
        return self._of(plan.spec, plan.target)

    def _of(self, spec: ConvSpec, target: Target) -> Algorithm:
        return self.other if self.second(spec, target) else self.first

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        yield from self._of(spec, target).plans(spec, target)

    def check(self, plan: Plan) -> str | None:
        return self.of(plan).check(plan)

    def decisions(self, plan: Plan) -> dict[str, object]:
        return self.of(plan).decisions(plan)

    def numerics(self, plan: Plan) -> Numerics:
        return self.of(plan).numerics(plan)

    def program(self, plan: Plan, rows: Rows) -> Program:
        return self.of(plan).program(plan, rows)

    def nest(self, plan: Plan) -> list[tuple[Loop, int]]:
        return self.of(plan).nest(plan)

    def tasks(self, plan: Plan) -> int:
        return self.of(plan).tasks(plan)

    def visits(self, plan: Plan) -> tuple[Visits, ...]:
        return self.of(plan).visits(plan)

    def work(self, plan: Plan) -> Work:
        return self.of(plan).work(plan)

    def registers(self, plan: Plan) -> int:
        return self.of(plan).registers(plan)

    def tile(self, plan: Plan) -> str:
        return self.of(plan).tile(plan)

    def reading(self, plan: Plan) -> Reading:
        return self.of(plan).reading(plan)

    def passes(self, plan: Plan) -> str:
        return self.of(plan).passes(plan)

    def explain(self, plan: Plan) -> str:
        return self.of(plan).explain(plan)


class Both(Forms):
    """An algorithm whose plans are of both forms, those of the other one too where a layer has it. Plans of the first
    read a copy."""

    def of(self, plan: Plan) -> Algorithm:
        copied = plan.own(TiledChoices).source == "local"
        return self.first if copied or not self.second(plan.spec, plan.target) else self.other

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        yield from self.first.plans(spec, target)
        if self.second(spec, target):
            yield from self.other.plans(spec, target)
