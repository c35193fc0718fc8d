"""The operators of ONNX between convolutions, a table of each kind: operator -> the function that makes its steps.

    builder        the steps of a network as they are made
    pointwise      each number of those that meet it
    moving         numbers in other places
    pooling        windows
    reducing       whole axes, softmax among them
    normalising    by the mean and the variance of axes
    resizing       more or fewer places along axes
    quantising     integers, and what they stand for
    multiplying    sums of products
"""

from __future__ import annotations

from . import moving, multiplying, normalising, pointwise, pooling, quantising, reducing, resizing
from .builder import Operator

# what they do -> operators, as README tells them
KINDS: dict[str, dict[str, Operator]] = {
    "each number": pointwise.OPERATORS,
    "numbers in other places": moving.OPERATORS,
    "windows": pooling.OPERATORS,
    "whole axes": reducing.OPERATORS,
    "normalisation": normalising.OPERATORS,
    "other sizes": resizing.OPERATORS,
    "integers": quantising.OPERATORS,
    "sums of products": multiplying.OPERATORS,
}
OPERATORS: dict[str, Operator] = {op: made for kind in KINDS.values() for op, made in kind.items()}
