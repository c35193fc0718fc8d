"""An algorithm in two forms: one whose tasks are a thread's, or a work-item's, and one whose tasks the work-items
of a group share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.plan import Plan


class Forms(NamedTuple):
    """Both as one; of() is the one that a plan's loops ask for, and what __getattr__ finds are its functions."""

    alone: Any
    together: Any

    @property
    def NAME(self) -> str:
        name: str = self.alone.NAME
        return name

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        """Those of either: no target has both."""
        yield from self.alone.plans(spec, target)
        yield from self.together.plans(spec, target)

    def of(self, plan: Plan) -> Any:
        return self.together if plan.together else self.alone

    def __getattr__(self, name: str) -> Callable[[Plan], Any]:
        def function(plan: Plan) -> Any:
            return getattr(self.of(plan), name)(plan)
        return function
