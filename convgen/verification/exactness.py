"""What a kernel that sums integers does: the rule's bits, always.

Data are drawn over the whole range of each type, its ends more often than what lies between; scales so that outputs
fall into their range and beyond it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..layer.element import Element
from ..layer.spec import ConvSpec
from . import oracle

if TYPE_CHECKING:
    from .checks import Arrays

EDGE = 0.1  # of numbers that are at an end of their range


def drawn(spec: ConvSpec, rng: np.random.Generator) -> Arrays:
    """Arrays of a layer that sums integers, by role."""
    of = spec.arithmetic
    x = whole(rng, of.input, spec.input_shape)
    reach = min(int(of.weights.largest), 255)  # what 16 bits hold is 8 bits less a zero point
    w = whole(rng, of.weights, spec.weights_shape, reach)
    size = 60.0 * np.sqrt(spec.terms) * max(1, reach / 2)  # of a sum, about
    found = {"input": x, "weights": w}
    if spec.bias:
        found["bias"] = rng.normal(0, size, spec.oc).round().astype(of.bias.dtype)
    if of.scaled:
        scale = np.exp2(rng.uniform(-2, 2, spec.oc)) * 64 / size
        found["scale"] = np.maximum(scale, 2.0**-100).astype(spec.scale.dtype)
    return found


def whole(rng: np.random.Generator, element: Element, shape: tuple[int, ...], reach: int | None = None) -> NDArray[Any]:
    """Integers of an element, up to reach in magnitude."""
    low, high = int(element.smallest), int(element.largest)
    if reach is not None:
        low, high = max(low, -reach - 1), min(high, reach)
    numbers = rng.integers(low, high + 1, shape)
    ends = rng.random(shape)
    numbers = np.where(ends < EDGE / 2, low, np.where(ends > 1 - EDGE / 2, high, numbers))
    return numbers.astype(element.dtype)


def right(spec: ConvSpec, arrays: Arrays) -> NDArray[Any]:
    """What the rule makes of them."""
    return oracle.convolve(spec, **arrays).y
