"""An algorithm in its forms: of forward layers; of transposed ones, and so of gradients of inputs, those that are one
forward layer as that, others by their phases; of streams. What it has no form for, it has no plan for."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.plan import Plan
from .delegate import Delegate
from .lowering import forward, lowered
from .protocol import Algorithm

WEIGHTS = "backward-weights"  # which no forward layer computes


class Transposable(Delegate, frozen=True):
    """inner: of forward layers. phased: of transposed ones that are none; streamed: of those that are called block by
    block; None where it has no plan for them."""

    phased: Algorithm | None = None
    streamed: Algorithm | None = None

    def form(self, plan: Plan) -> tuple[Algorithm, Plan]:
        if self.streamed is not None and plan.spec.streamed:
            return self.streamed, plan
        if self.phased is None or forward(plan.spec) is not None:
            return self.inner, lowered(plan)
        return self.phased, lowered(plan)

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
            form, own = self.inner, plain
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
        return super().check(plan)
