"""A plan as files hold it, in manifests, records and lock files: flat, and the same whatever struct has a decision.

    {"algorithm": "winograd", …, "mr": 5, "nr": 2, "unroll": 4, "source": "copy", "loops": […], "m": 4, "fused": true}

So a decision that moves from one struct to another orphans no file.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..layer.names import show
from ..layer.outside import Natural
from ..layer.spec import ConvSpec
from ..machine.target import Target
from .choices import Choices, Source
from .plan import Lanes, Loop, Plan


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a plan, and those of every struct of choices, in the order of files."""

    spec: ConvSpec
    target: Target
    algorithm: str
    lanes: Lanes = "oc"
    mr: Natural = 1
    nr: Natural = 1
    unroll: Natural = 1
    source: Source = "input"
    loops: tuple[Loop, ...] = ()
    m: Natural = 0
    fused: bool = False
    size_h: Natural | msgspec.UnsetType = msgspec.UNSET  # not in files where there is none: these are as they were
    size_w: Natural | msgspec.UnsetType = msgspec.UNSET
    as_given: bool | msgspec.UnsetType = msgspec.UNSET  # unset where it is false
    joined: Natural | msgspec.UnsetType = msgspec.UNSET  # unset where it is 1
    taps: Natural | msgspec.UnsetType = msgspec.UNSET
    images: Natural | msgspec.UnsetType = msgspec.UNSET
    rows: Natural | msgspec.UnsetType = msgspec.UNSET
    splits: Natural | msgspec.UnsetType = msgspec.UNSET
    parts: Natural | msgspec.UnsetType = msgspec.UNSET
    band: Natural | msgspec.UnsetType = msgspec.UNSET
    strip: Natural | msgspec.UnsetType = msgspec.UNSET
    stages: tuple[Written, ...] | msgspec.UnsetType = msgspec.UNSET  # unset where there are none

    def __post_init__(self) -> None:
        for name, nothing in (("as_given", False), ("joined", 1), ("stages", ())):
            if getattr(self, name) == nothing:
                msgspec.structs.force_setattr(self, name, msgspec.UNSET)

    def foreign(self, kind: type[Choices]) -> str | None:
        """The first choice that is made and not of this kind, in words; None where all are."""
        others = (name for name in self.__struct_fields__ if name not in (*_COMMON, "stages", *kind.__struct_fields__))
        return next((f"{name} must be {_DEFAULTS[name]} ({name}={show(value)})"
                     for name in others if (value := self._value(name)) != _DEFAULTS[name]), None)

    def plan(self, kind: type[Choices]) -> Plan:
        """The plan, with choices of this kind."""
        common, own = ({name: self._value(name) for name in names} for names in (_COMMON, kind.__struct_fields__))
        return Plan(**common, choices=kind(**own))

    @property
    def layers(self) -> tuple[Written, ...]:
        """The plans of a chain's layers; none of another plan."""
        return () if isinstance(self.stages, msgspec.UnsetType) else self.stages

    def _value(self, name: str) -> Any:
        """Of a field; of one that files may leave out, its default."""
        value = getattr(self, name)
        return _DEFAULTS[name] if value is msgspec.UNSET else value


_COMMON = [name for name in Plan.__struct_fields__ if name not in ("choices", "stages")]
_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Written)} | {"as_given": False, "joined": 1}


def written(plan: Plan) -> Written:
    """A plan as files hold it."""
    return Written(**{name: getattr(plan, name) for name in _COMMON}, **msgspec.structs.asdict(plan.choices),
                   stages=tuple(map(written, plan.stages)))
