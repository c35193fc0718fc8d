"""An algorithm in two forms: one whose tasks are a thread's, or a work-item's, and one whose tasks the work-items
of a group share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..plan import Plan
from ..spec import ConvSpec
from ..target import Target


class Forms(NamedTuple):
    """Both as one: GPUs have the second. What __getattr__ finds are the functions of a plan's form."""

    alone: Any
    together: Any

    @property
    def NAME(self) -> str:
        name: str = self.alone.NAME
        return name

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        yield from self._of(target).plans(spec, target)

    def of(self, plan: Plan) -> Any:
        return self._of(plan.target)

    def _of(self, target: Target) -> Any:
        return self.together if target.is_gpu else self.alone

    def __getattr__(self, name: str) -> Callable[[Plan], Any]:
        def function(plan: Plan) -> Any:
            return getattr(self.of(plan), name)(plan)
        return function
