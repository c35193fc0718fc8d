"""What functions in C are told: parameters in which their calls differ; what is the same in all is known inside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..winograd.index import Index


class Told(NamedTuple):
    """inside: of each value, its number, or the name of the parameter that it is."""

    inside: dict[str, Index]

    @property
    def names(self) -> list[str]:
        """Those of the parameters."""
        return [name for name, value in self.inside.items() if isinstance(value, str)]

    def of(self, call: dict[str, Index]) -> list[str]:
        """The arguments of a call."""
        return [str(call[name]) for name in self.names]


def told(calls: Iterable[dict[str, Index]]) -> Told:
    """Of all calls of a function, by the names of what they give."""
    first, *others = calls
    return Told({name: value if isinstance(value, int) and all(call[name] == value for call in others) else name
                 for name, value in first.items()})
