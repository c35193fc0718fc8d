"""Whole axes: means, sums, the largest and the least, softmax, L2 norms."""

from __future__ import annotations

import math

import numpy as np

from ...errors import InputError, UnsupportedError
from ...layer.building import Shape, at
from ...layer.element import F32
from ...layer.rounding import Multiplier
from ...layer.steps import Operand
from ...layer.terms import Argument, looked_up, term
from ...onnx.operators.reducing import ROWS, all_of, along, extents, kept, one_of, reduce
from .builder import NONE, Builder, Node, Operator, plus
from .fixed import away_term, factor, scaled

REDUCED = {"MEAN": "ReduceMean", "SUM": "ReduceSum", "REDUCE_MAX": "ReduceMax", "REDUCE_MIN": "ReduceMin"}
SQUARE_LEAST = 1e-6  # below which L2_NORMALIZATION takes no norm


def _reduced(net: Builder, node: Node) -> None:
    name = node.input(0)
    shape = net.shape(name)
    axes = tuple(sorted({at(axis, len(shape), "axes") for axis in net.whole(node.input(1), "axes")}))
    gone = not node.option("KeepDims")
    if not net.quantised(node, 1):
        reduce(net, node.output, name, axes, ROWS[REDUCED[node.kind]], gone=gone)
    elif node.kind == "MEAN":
        _mean(net, node, axes, gone=gone)
    elif node.kind == "SUM":
        raise UnsupportedError("its data must be f32")
    elif net.real(name) != net.real(node.output):
        raise UnsupportedError("its input and output must have one scale and zero_point")
    else:
        reduce(net, node.output, name, axes, ROWS[REDUCED[node.kind]], gone=gone)


def _mean(net: Builder, node: Node, axes: Shape, *, gone: bool) -> None:
    """Of integers: the sum of those less what stands for 0, times a multiplier that holds the division (reduce.h,
    QuantizedMeanOrSum)."""
    name = node.input(0)
    shape, x, y = net.shape(name), net.real(name), net.real(node.output)
    inner = extents(shape, axes)
    count = math.prod(inner)
    by = factor(float(x.scale) / float(y.scale))
    left = min(count.bit_length() - 1, 32, 31 + by.shift)
    by = Multiplier((by.m << left) // count, by.shift - left)
    total = term("sum", along(name, shape, axes, gone=gone))
    root = y.made(scaled(plus(total, -x.zero * count), by), NONE)
    net.nest(node.output, y.element, kept(shape, axes, gone=gone), root, inner)


def _softmax(net: Builder, node: Node) -> None:
    """e^(β(x − m)) / Σ e^(β(x − m)) along the last axis, of the largest number m."""
    name, beta = node.input(0), float(node.option("Beta"))
    shape = net.shape(name)
    if not shape:
        raise InputError("it must have an axis")
    axes = (len(shape) - 1,)
    m = one_of(reduce(net, net.hidden(node.output), name, axes, ROWS["ReduceMax"]), shape, axes)
    if net.quantised(node, 1):
        _softmax_of_bytes(net, node, m, beta)
        return
    less: Argument = term("sub", all_of(name, shape), m)
    power = net.nest(net.hidden(node.output), F32, shape, term("exp", less if beta == 1 else term("mul", less, beta)))
    total = reduce(net, net.hidden(node.output), power, axes, ROWS["ReduceSum"])
    net.nest(node.output, F32, shape, term("div", all_of(power, shape), one_of(total, shape, axes)))


def _softmax_of_bytes(net: Builder, node: Node, m: Operand, beta: float) -> None:
    """By a table of e^(−βs·i), whose entries are summed one by one in f32 (optimized_ops.h, Softmax of integers, which
    LiteRT's reference kernels call as well)."""
    name = node.input(0)
    shape, x, y = net.shape(name), net.real(name), net.real(node.output)
    axes = (len(shape) - 1,)
    powers = np.exp((-x.scale * np.float32(beta) * np.arange(256, dtype=np.float32)).astype(np.float64))
    table = tuple(float(one) for one in powers.astype(np.float32))
    each = looked_up(term("sub", m, along(name, shape, axes)), table)
    total = term("mul", term("sum-in-order", each), float(y.scale))
    inverse = net.nest(net.hidden(node.output), F32, kept(shape, axes), term("div", 1.0, total), extents(shape, axes))
    share = term("mul", looked_up(term("sub", m, all_of(name, shape)), table), one_of(inverse, shape, axes))
    net.nest(node.output, y.element, shape, y.made(away_term(share), NONE))


def _l2(net: Builder, node: Node) -> None:
    """x / √max(Σ x², least) along the last axis."""
    if net.quantised(node, 1):
        raise UnsupportedError("its data must be f32")
    name = node.input(0)
    shape = net.shape(name)
    axes = (len(shape) - 1,)
    x = along(name, shape, axes)
    root = term("sqrt", term("max", term("sum", term("mul", x, x)), SQUARE_LEAST))
    norm = net.nest(net.hidden(node.output), F32, kept(shape, axes), root, extents(shape, axes))
    net.nest(node.output, F32, shape, term("div", all_of(name, shape), one_of(norm, shape, axes)))


OPERATORS: dict[str, Operator] = {
    **dict.fromkeys(REDUCED, _reduced), "SOFTMAX": _softmax, "L2_NORMALIZATION": _l2,
}  # fmt: skip
