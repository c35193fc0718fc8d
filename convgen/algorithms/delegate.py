"""An algorithm whose plans are another's, of layers seen otherwise: what is asked of a plan, the other one answers."""

from __future__ import annotations

import msgspec

from ..machine.noted import Rows
from ..plan.choices import Choices
from ..plan.plan import Loop, Plan
from ..plan.program import Program
from ..plan.work import Visits, Work
from .numerics import Numerics
from .protocol import Algorithm
from .reading import Reading


class Delegate(msgspec.Struct, frozen=True):
    """All of an Algorithm but `plans`; who extends it says which form a plan has, and overrides what it answers itself.

    inner: the algorithm whose name and choices it has."""

    inner: Algorithm

    def form(self, plan: Plan) -> tuple[Algorithm, Plan]:
        """Who answers for a plan, and the plan that it takes."""
        return self.inner, plan

    @property
    def NAME(self) -> str:
        return self.inner.NAME

    @property
    def AUTOMATIC(self) -> bool:
        return self.inner.AUTOMATIC

    @property
    def APPROXIMATE(self) -> bool:
        return self.inner.APPROXIMATE

    @property
    def CHOICES(self) -> type[Choices]:
        return self.inner.CHOICES

    def check(self, plan: Plan) -> str | None:
        algorithm, own = self.form(plan)
        return algorithm.check(own)

    def decisions(self, plan: Plan) -> dict[str, object]:
        algorithm, own = self.form(plan)
        return algorithm.decisions(own)

    def numerics(self, plan: Plan) -> Numerics:
        algorithm, own = self.form(plan)
        return algorithm.numerics(own)

    def program(self, plan: Plan, rows: Rows) -> Program:
        algorithm, own = self.form(plan)
        return algorithm.program(own, rows)

    def nest(self, plan: Plan) -> list[tuple[Loop, int]]:
        algorithm, own = self.form(plan)
        return algorithm.nest(own)

    def tasks(self, plan: Plan) -> int:
        algorithm, own = self.form(plan)
        return algorithm.tasks(own)

    def visits(self, plan: Plan) -> tuple[Visits, ...]:
        algorithm, own = self.form(plan)
        return algorithm.visits(own)

    def work(self, plan: Plan) -> Work:
        algorithm, own = self.form(plan)
        return algorithm.work(own)

    def registers(self, plan: Plan) -> int:
        algorithm, own = self.form(plan)
        return algorithm.registers(own)

    def tile(self, plan: Plan) -> str:
        algorithm, own = self.form(plan)
        return algorithm.tile(own)

    def reading(self, plan: Plan) -> Reading:
        algorithm, own = self.form(plan)
        return algorithm.reading(own)

    def passes(self, plan: Plan) -> str:
        algorithm, own = self.form(plan)
        return algorithm.passes(own)

    def explain(self, plan: Plan) -> str:
        algorithm, own = self.form(plan)
        return algorithm.explain(own)
