"""Integers q that stand for s·(q − z), with one scale s and one zero point z, or one for each place of an axis.

    QuantizeLinear      q = clamp(rint(x / s) + z)
    DequantizeLinear    s·(q − z)
    MatMulInteger       Σ_k (a − z_a)·(b − z_b)
    QLinearMatMul       clamp(rint(that · (s_a·s_b / s_y)) + z_y)

Every operation is one of f32, rounded once.
"""

from __future__ import annotations

import numpy as np

from ...errors import InputError, UnsupportedError
from ...layer.building import Shape, at
from ...layer.element import S32, U8, Element
from ...layer.names import brief
from ...layer.steps import Operand
from ...layer.terms import Argument, Term, term
from ..graph import Node
from .builder import Builder, Operator
from .multiplying import Matrices, put_product
from .reducing import all_of


def _numbers(net: Builder, node: Node, place: int, shape: Shape, axis: int) -> Operand | float:
    """A scale or zero point, as it meets the value that it is of. axis: of which there is one for each place."""
    name = node.input(place)
    own = net.shape(name)
    if own == (shape[axis],) and shape[axis] > 1:
        return net.operand(name, axis)
    if own not in ((), (1,)):
        raise InputError(f"{brief(name)} must be one number, or one for each place of the axis (it has the shape {own},"
                         f" axis={axis}, of {shape})")
    return net.operand(name, 0)


def _of(net: Builder, node: Node) -> tuple[str, Shape, int]:
    """The value, its shape, and the axis of scales."""
    if size := node.get("block_size", int, 0):
        raise UnsupportedError(f"its scale must not be one for each block (block_size={size})")
    shape = net.shape(node.input(0))
    axis = node.get("axis", int, 1)
    return node.input(0), shape or (1,), at(axis, len(shape)) if -len(shape) <= axis < len(shape) else 0


def rounded(x: Argument, zero: Argument | None, to: Element) -> Term:
    """clamp(rint(x) + z); rint(x) + z is exact where that is in the range of the type. With z known, x is clamped first
    to whole numbers, so that it is small."""
    if not to.whole or to.bytes > 2:
        raise UnsupportedError(f"it must make integers of at most 16 bits ({to.name})")
    if zero is None or isinstance(zero, float):
        z = zero or 0.0
        near: Argument = term("round-small", term("min", term("max", x, to.smallest - z), to.largest - z))
        return term("to-whole", term("add", near, z) if z else near)
    found = term("add", term("round", x), term("to-float", zero))
    return term("to-whole", term("min", term("max", found, to.smallest), to.largest))


def _quantise(net: Builder, node: Node) -> None:
    name, shape, axis = _of(net, node)
    zero = node.input(2)
    kind = net.graph.kind(zero) if zero else node.get("output_dtype", int, 0)
    to = net.element_of(kind, "y") if kind else U8
    x: Argument = all_of(name, net.shape(name))
    x = term("to-float", x) if net.element(name).whole else x
    z = _numbers(net, node, 2, shape, axis) if zero else None
    root = rounded(term("div", x, _numbers(net, node, 1, shape, axis)), z, to)
    net.nest(node.output, to, net.shape(name), root)


def _dequantise(net: Builder, node: Node) -> None:
    name, shape, axis = _of(net, node)
    q: Argument = all_of(name, net.shape(name))
    z = _numbers(net, node, 2, shape, axis) if node.input(2) else 0.0
    real = term("to-float", q if z == 0 else term("sub", q, z))
    to = net.element(node.input(1))
    net.nest(node.output, to, net.shape(name), term("mul", real, _numbers(net, node, 1, shape, axis)))


def _less(net: Builder, node: Node, x: Operand, place: int, axes: int, *, last: bool) -> Argument:
    """An operand of a product less its zero point: one number, or one for each row of the first operand, or column of
    the second."""
    name = node.input(place)
    if not name:
        return x
    own = len(net.shape(name))
    zero = net.operand(name, axes - own - (own == 1 and not last))
    return x if zero == 0 else term("sub", x, zero)


def _matmul_integer(net: Builder, node: Node) -> None:
    of = Matrices(net, node.input(0), node.input(1))
    count = len(of.axes)
    root = term("sum", term("mul", _less(net, node, of.a, 2, count, last=False),
                            _less(net, node, of.b, 3, count, last=True)))
    put_product(net, node, of, root, S32)


def _qlinear_matmul(net: Builder, node: Node) -> None:
    of = Matrices(net, node.input(0), node.input(3))
    count = len(of.axes)
    total = term("sum", term("mul", _less(net, node, of.a, 2, count, last=False),
                             _less(net, node, of.b, 5, count, last=True)))
    scales = [net.array(node.input(place)) for place in (1, 4, 6)]
    if any(one is None for one in scales):
        raise UnsupportedError("its scales must be constant")
    a, b, y = (one.astype(np.float32) for one in scales if one is not None)
    if a.size != 1 or y.size != 1:
        raise UnsupportedError("the scales of its first operand and of its output must be one number")
    held = net.hold(f"{node.output}_scale", np.asarray(a.reshape(()) * b / y.reshape(()), np.float32))
    to = net.element(node.input(7)) if node.input(7) else net.element(node.input(0))
    product = term("mul", term("to-float", total), net.last(held, count))
    put_product(net, node, of, rounded(product, net.last(node.input(7), count) if node.input(7) else None, to), to)


OPERATORS: dict[str, Operator] = {
    "QuantizeLinear": _quantise, "DequantizeLinear": _dequantise, "MatMulInteger": _matmul_integer,
    "QLinearMatMul": _qlinear_matmul,
}
