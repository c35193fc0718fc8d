"""The arrays that a kernel takes and gives. Whatever passes them on goes by this list: headers, bindings, tests."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import msgspec

from .element import Element

Role = Literal["weights", "bias", "scale", "slopes", "input", "residual", "output", "output_gradient",
               "weights_gradient", "bias_gradient"]
WRITTEN: tuple[Role, ...] = ("output", "weights_gradient", "bias_gradient")
When = Literal["pack", "run"]


class Array(msgspec.Struct, frozen=True):
    """One of the caller's arrays.

    role: what it is to the layer, and its name in C. element: of its numbers. shape, in the order of `layout`, whose
    letters name the axes. when: whether packing takes it, once, or each run. tensor: the shape of what it is a slice of
    channels of, itself as a rule. The caller hands over the address of its own first number.
    """

    role: Role
    element: Element
    shape: tuple[int, ...]
    layout: str
    when: When
    tensor: tuple[int, ...]

    @property
    def whole(self) -> bool:
        """Whether its numbers are neighbours, with none of another array between them."""
        return self.tensor == self.shape

    @property
    def strides(self) -> tuple[int, ...]:
        """Numbers from one index to the next, along each axis."""
        return tuple(math.prod(self.tensor[axis + 1 :]) for axis in range(len(self.shape)))

    @property
    def runs(self) -> tuple[int, int]:
        """Its numbers come in runs of neighbours: how many are in one, and how many from one run to the next."""
        if self.whole:
            return 1, 1
        axis = self.layout.index("c")
        return math.prod(self.shape[axis:]), math.prod(self.tensor[axis:])

    @property
    def count(self) -> int:
        """Its numbers."""
        return math.prod(self.shape)

    @property
    def span(self) -> int:
        """Numbers from its first to its last, with those of the tensor that lie between them."""
        return 1 + sum((extent - 1) * stride for extent, stride in zip(self.shape, self.strides, strict=True))

    @property
    def bytes(self) -> int:
        """Of its span."""
        return self.element.bytes * self.span

    @property
    def written(self) -> bool:
        """Whether the kernel writes it."""
        return self.role in WRITTEN


def elements(arrays: Iterable[Array]) -> tuple[Element, ...]:
    """Those of the arrays, each once."""
    return tuple({array.element.name: array.element for array in arrays}.values())
