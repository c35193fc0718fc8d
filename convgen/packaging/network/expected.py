"""What a network must give: inputs that C can make too, and some of the outputs, computed in NumPy.

Floats are from -1 to 1, integers over their whole range; a network of integers must give what NumPy gives, bit for bit,
one of floats what it gives in f64, to within TOLERANCE of the largest output: each layer has a bound of its own, which
the self-test holds it to, and here it is seen that they are put together rightly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...layer.element import Element
from ...layer.steps import Model, Value
from ...verification import golden
from ...verification.along import TOLERANCE, Reference

STREAM = 64  # of the first input's numbers; those of layers are below
MOST = 64  # outputs that are told


class Given(NamedTuple):
    """An input or an output in C. stream: of its random numbers; least, integers: of whole ones, which. known: (place,
    value) of outputs. limit: how far these may stray."""

    name: str
    element: Element
    size: int
    stream: int = 0
    least: int = 0
    integers: int = 0
    known: tuple[tuple[int, float], ...] = ()
    limit: float = 0.0


def drawn(value: Value, stream: int) -> NDArray[np.generic]:
    """Numbers of an input."""
    element = value.element
    if not element.whole:
        return golden.reals(stream, value.shape).astype(element.dtype)
    low, count = _range(element)
    return golden.ranged(stream, value.shape, low, count).astype(element.dtype)


def _range(element: Element) -> tuple[int, int]:
    """The least integer, and how many there are: few of large types, which may be indices."""
    if element.bytes > 2:
        return 0, 2
    return int(element.smallest), int(element.largest - element.smallest) + 1


def expected(model: Model) -> tuple[list[Given], list[Given]]:
    """Inputs and outputs."""
    given = {name: drawn(model.values[name], STREAM + at) for at, name in enumerate(model.inputs)}
    reference = Reference(model, given)
    inputs = [Given(f"input{at}", model.values[name].element, given[name].size, STREAM + at,
                    *(_range(model.values[name].element) if model.values[name].element.whole else (0, 0)))
              for at, name in enumerate(model.inputs)]
    outputs = [_output(f"output{at}", model.values[name], reference.wanted(name))
               for at, name in enumerate(model.outputs)]
    return inputs, outputs


def _output(name: str, value: Value, array: NDArray[np.generic]) -> Given:
    flat = array.astype(np.float64).ravel()
    known = tuple((at, float(flat[at])) for at in golden.places(flat.size, MOST))
    largest = float(np.max(np.abs(flat), initial=0.0))
    return Given(name, value.element, flat.size, known=known, limit=0.0 if value.element.whole else TOLERANCE * largest)
