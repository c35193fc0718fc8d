"""The operators of ONNX between convolutions, a table of each kind: operator -> the function that makes its steps.

    builder        the steps of a network as they are made
    pointwise      each number of those that meet it
    moving         numbers in other places
    gathering      numbers at places that others tell
    pooling        windows
    reducing       whole axes, softmax among them
    normalising    by the mean and the variance of axes
    resizing       more or fewer places along axes
    quantising     integers, and what they stand for
    multiplying    sums of products
    recurrent      layers with a state, step by step
"""

from __future__ import annotations

from . import gathering, moving, multiplying, normalising, pointwise, pooling, quantising, recurrent, reducing, resizing
from .builder import Operator

# what they do -> operators, as README tells them
KINDS: dict[str, dict[str, Operator]] = {
    "each number": pointwise.OPERATORS,
    "numbers in other places": moving.OPERATORS,
    "numbers at computed places": gathering.OPERATORS,
    "windows": pooling.OPERATORS,
    "whole axes": reducing.OPERATORS,
    "normalisation": normalising.OPERATORS,
    "other sizes": resizing.OPERATORS,
    "integers": quantising.OPERATORS,
    "sums of products": multiplying.OPERATORS,
    "layers with a state": recurrent.OPERATORS,
}
OPERATORS: dict[str, Operator] = {op: made for kind in KINDS.values() for op, made in kind.items()}
