"""The operators of TFLite between layers, a table of each kind: operator -> the function that makes its steps.

    builder        the steps of a network as they are made
    fixed          TFLite's arithmetic of integers that stand for real numbers
    pointwise      each number of those that meet it
    moving         numbers in other places
    pooling        windows
    reducing       whole axes, softmax among them
    resizing       more or fewer places along axes
    quantising     integers, and what they stand for
"""

from __future__ import annotations

from . import moving, pointwise, pooling, quantising, reducing, resizing
from .builder import Operator

# what they do -> operators, as README tells them
KINDS: dict[str, dict[str, Operator]] = {
    "each number": pointwise.OPERATORS,
    "numbers in other places": moving.OPERATORS,
    "windows": pooling.OPERATORS,
    "whole axes": reducing.OPERATORS,
    "other sizes": resizing.OPERATORS,
    "integers": quantising.OPERATORS,
}
OPERATORS: dict[str, Operator] = {op: made for kind in KINDS.values() for op, made in kind.items()}
