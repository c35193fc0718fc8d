"""An algorithm in two forms, of which a layer and a target have one: for integers and for floats, say; or one whose
tasks are a thread's, or a work-item's, and one whose tasks the work-items of a group share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.choices import TiledChoices
from ..plan.plan import Plan
from .delegate import Delegate
from .protocol import Algorithm


class Forms(Delegate, frozen=True):
    """Both as one algorithm. second: whether a layer has the other one on a target, and not the inner one."""

    other: Algorithm
    second: Callable[[ConvSpec, Target], bool]

    def form(self, plan: Plan) -> tuple[Algorithm, Plan]:
        return self.other if self.second(plan.spec, plan.target) else self.inner, plan

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        yield from (self.other if self.second(spec, target) else self.inner).plans(spec, target)


class Both(Forms, frozen=True):
    """An algorithm whose plans are of both forms, those of the other one too where a layer has it. Plans of the inner
    one read a copy."""

    def form(self, plan: Plan) -> tuple[Algorithm, Plan]:
        return (self.inner, plan) if plan.own(TiledChoices).source == "local" else super().form(plan)

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        yield from self.inner.plans(spec, target)
        if self.second(spec, target):
            yield from self.other.plans(spec, target)
