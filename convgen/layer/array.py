"""The arrays that a kernel takes and gives. Whatever passes them on goes by this list: headers, bindings, tests."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import msgspec

from .element import Element

Role = Literal["weights", "bias", "slopes", "input", "residual", "output"]
When = Literal["pack", "run"]


class Array(msgspec.Struct, frozen=True):
    """One of the caller's arrays.

    role: what it is to the layer, and its name in C. element: of its numbers. shape, in the order of `layout`, whose
    letters name the axes. when: whether packing takes it, once, or each run.
    """

    role: Role
    element: Element
    shape: tuple[int, ...]
    layout: str
    when: When

    @property
    def count(self) -> int:
        """Its numbers."""
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        return self.element.bytes * self.count

    @property
    def written(self) -> bool:
        """Whether the kernel writes it."""
        return self.role == "output"


def elements(arrays: Iterable[Array]) -> tuple[Element, ...]:
    """Those of the arrays, each once."""
    return tuple({array.element.name: array.element for array in arrays}.values())
