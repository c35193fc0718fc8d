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

OPERATORS: dict[str, Operator] = {
    **pointwise.OPERATORS, **moving.OPERATORS, **pooling.OPERATORS, **reducing.OPERATORS, **normalising.OPERATORS,
    **resizing.OPERATORS, **quantising.OPERATORS, **multiplying.OPERATORS,
}  # fmt: skip
