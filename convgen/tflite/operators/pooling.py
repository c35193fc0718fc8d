"""Pooling of images, channels last: what is done to the numbers of a window, which the reduced axes of a nest count.

    y[n, p, c] = R over k of x[n, p·s + k − pad, c]

A mean of integers is rounded to the nearest, ties away from zero, where their scale is the output's (pooling.cc and
reference/integer_ops/pooling.h).
"""

from __future__ import annotations

import functools
import math

import numpy as np

from ...errors import InputError, UnsupportedError
from ...layer.building import Shape
from ...layer.element import F32, S32
from ...layer.steps import Index, Operand, spread
from ...layer.terms import Argument, Term, term
from ...onnx.operators.pooling import Window, lowest
from ..layers import same
from .builder import Builder, Node, Operator, act_on

NEAR = 1e-6  # how far apart scales may be that are one


def _windows(net: Builder, node: Node) -> tuple[list[Window], Shape]:
    """Of both axes of an image, and the output's shape."""
    shape = net.shape(node.input(0))
    if len(shape) != 4:
        raise InputError(f"it must have images (input {shape})")
    found, padded = [], same(node.option("Padding"))
    for axis, i in (("Height", shape[1]), ("Width", shape[2])):
        k, s = node.option(f"Filter{axis}"), node.option(f"Stride{axis[0]}")
        if k < 1 or s < 1 or (k > i and not padded):
            raise InputError("filter and stride must be at least 1, and the filter not larger than the input"
                             f" (filter={k}, stride={s}, input={i})")
        o = -(-i // s) if padded else (i - k) // s + 1
        pads = max(0, (o - 1) * s + k - i)
        found.append(Window(i, k, s, 1, pads // 2, pads - pads // 2, o))
    return found, (shape[0], found[0].o, found[1].o, shape[3])


def _operand(name: str, found: list[Window], outside: float) -> Operand:
    index = [Index(-one.before, ((1 + at, one.s), (4 + at, 1))) for at, one in enumerate(found)]
    reaches = any(one.before or one.after for one in found)
    return Operand(name, (Index(0, ((0, 1),)), *index, Index(0, ((3, 1),))), outside if reaches else None)


def _one_scale(net: Builder, node: Node) -> None:
    x, y = net.real(node.input(0)), net.real(node.output)
    if abs(float(x.scale) - float(y.scale)) > NEAR or x.zero != y.zero:
        raise UnsupportedError("its input and output must have one scale and zero_point")


def _put(net: Builder, node: Node, shape: Shape, found: list[Window], root: Term, *, quantised: bool) -> None:
    act = node.activation
    if quantised:
        _one_scale(net, node)
        y = net.real(node.output)
        low, high = y.limits(act)
        made = term("min", term("max", root, low), high)
        net.nest(node.output, y.element, shape, made, tuple(one.k for one in found))
    else:
        acted = act_on(root, act)
        assert isinstance(acted, Term)
        net.nest(node.output, F32, shape, acted, tuple(one.k for one in found))


def _largest(net: Builder, node: Node) -> None:
    found, shape = _windows(net, node)
    root = term("largest", _operand(node.input(0), found, lowest(net.element(node.input(0)))))
    _put(net, node, shape, found, root, quantised=net.quantised(node, 1))


def _average(net: Builder, node: Node) -> None:
    found, shape = _windows(net, node)
    quantised = net.quantised(node, 1)
    counts = [one.counts for one in found]
    count: Argument = float(math.prod(one.k for one in found))
    if any({*along} != {one.k} for along, one in zip(counts, found, strict=True)):
        whole = functools.reduce(np.multiply.outer, map(np.asarray, counts))[..., np.newaxis]
        held = net.hold(f"{node.output}_counts", whole.astype(S32.dtype if quantised else F32.dtype))
        count = spread(held, net.shape(held), 1)
    total = term("sum", _operand(node.input(0), found, 0.0))
    root = rounded_mean(total, count) if quantised else term("div", total, count)
    _put(net, node, shape, found, root, quantised=quantised)


def rounded_mean(total: Term, count: Argument) -> Term:
    """A whole number by another, to the nearest, ties away from zero."""
    half: Argument = float(count // 2) if isinstance(count, float) else term("div", count, 2.0)
    moved = term("choose", term("less", 0.0, total), term("add", total, half), term("sub", total, half))
    return term("div", moved, count)


OPERATORS: dict[str, Operator] = {"MAX_POOL_2D": _largest, "AVERAGE_POOL_2D": _average}
