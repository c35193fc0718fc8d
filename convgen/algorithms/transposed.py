"""An algorithm in its forms: of forward layers; of transposed ones, and so of gradients of inputs, those that are one
forward layer as that, others by their phases; of streams. What it has no form for, it has no plan for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ..layer.spec import ConvSpec
from ..machine.noted import Rows
from ..machine.target import Target
from ..plan.choices import Choices
from ..plan.plan import Loop, Plan
from ..plan.program import Program
from ..plan.work import Visits, Work
from .lowering import forward, lowered
from .numerics import Numerics
from .protocol import Algorithm
from .reading import Reading

WEIGHTS = "backward-weights"  # which no forward layer computes


class Transposable(NamedTuple):
    """plain: of forward layers. phased: of transposed ones that are none; streamed: of those that are called block by
    block; None where it has no plan for them."""

    plain: Algorithm
    phased: Algorithm | None = None
    streamed: Algorithm | None = None

    @property
    def NAME(self) -> str:
        return self.plain.NAME

    @property
    def AUTOMATIC(self) -> bool:
        return self.plain.AUTOMATIC

    @property
    def APPROXIMATE(self) -> bool:
        return self.plain.APPROXIMATE

    @property
    def CHOICES(self) -> type[Choices]:
        return self.plain.CHOICES

    def of(self, plan: Plan) -> tuple[Algorithm, Plan]:
        """The form of a plan, and the plan that it takes."""
        if self.streamed is not None and plan.spec.streamed:
            return self.streamed, plan
        if self.phased is None or forward(plan.spec) is not None:
            return self.plain, lowered(plan)
        return self.phased, msgspec.structs.replace(plan, spec=plan.spec.computed)

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        if spec.chained:
            return
        if spec.streamed:
            yield from self.streamed.plans(spec, target) if self.streamed else ()
            return
        plain = forward(spec)
        if plain is None:
            form, own = self.phased, spec.computed
        else:
            form, own = self.plain, plain
        if form is None or spec.op == WEIGHTS:
            return
        for plan in form.plans(own, target):
            yield plan if own is spec else msgspec.structs.replace(plan, spec=spec)

    def check(self, plan: Plan) -> str | None:
        if plan.spec.op == WEIGHTS:
            return f"op must not be {WEIGHTS} for {self.NAME} (op={plan.spec.op})"
        if plan.spec.chained:
            return f"{self.NAME} has no plan for chains"
        if self.streamed is None and plan.spec.streamed:
            return f"{self.NAME} has no plan for streams"
        if self.phased is None and forward(plan.spec) is None:
            return f"{self.NAME} has no plan for transposed layers with strides"
        algorithm, own = self.of(plan)
        return algorithm.check(own)

    def decisions(self, plan: Plan) -> dict[str, object]:
        algorithm, own = self.of(plan)
        return algorithm.decisions(own)

    def numerics(self, plan: Plan) -> Numerics:
        algorithm, own = self.of(plan)
        return algorithm.numerics(own)

    def program(self, plan: Plan, rows: Rows) -> Program:
        algorithm, own = self.of(plan)
        return algorithm.program(own, rows)

    def nest(self, plan: Plan) -> list[tuple[Loop, int]]:
        algorithm, own = self.of(plan)
        return algorithm.nest(own)

    def tasks(self, plan: Plan) -> int:
        algorithm, own = self.of(plan)
        return algorithm.tasks(own)

    def visits(self, plan: Plan) -> tuple[Visits, ...]:
        algorithm, own = self.of(plan)
        return algorithm.visits(own)

    def work(self, plan: Plan) -> Work:
        algorithm, own = self.of(plan)
        return algorithm.work(own)

    def registers(self, plan: Plan) -> int:
        algorithm, own = self.of(plan)
        return algorithm.registers(own)

    def tile(self, plan: Plan) -> str:
        algorithm, own = self.of(plan)
        return algorithm.tile(own)

    def reading(self, plan: Plan) -> Reading:
        algorithm, own = self.of(plan)
        return algorithm.reading(own)

    def passes(self, plan: Plan) -> str:
        algorithm, own = self.of(plan)
        return algorithm.passes(own)

    def explain(self, plan: Plan) -> str:
        algorithm, own = self.of(plan)
        return algorithm.explain(own)
