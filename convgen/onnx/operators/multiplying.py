"""Sums of products of values that are both computed: of matrices, and convolutions with computed weights. With a
constant they are layers (../products.py, ../layers.py)."""

from __future__ import annotations

import numpy as np

from ...errors import InputError, UnsupportedError
from ...layer.building import Shape
from ...layer.element import F32, Element
from ...layer.names import brief
from ...layer.steps import Index, Operand
from ...layer.terms import Argument, Term, term
from ..graph import Node
from ..layers import layer
from .builder import Builder, Operator


class Matrices:
    """Of two values that are multiplied as NumPy does: the axes of the product with those that it loses, [batch, m, n],
    its shape, and the operands in the nest, whose reduced axis is `depth` long."""

    def __init__(self, net: Builder, a: str, b: str, *, turned: tuple[bool, bool] = (False, False)) -> None:
        one, other = net.shape(a), net.shape(b)
        if not one or not other:
            raise InputError(f"it must multiply values that have axes ({brief(a)} {one}, {brief(b)} {other})")
        left = (1,) * (2 - len(one)) + one
        right = other + (1,) * (2 - len(other))
        m, k = left[:-3:-1] if turned[0] else left[-2:]
        depth, n = right[:-3:-1] if turned[1] else right[-2:]
        try:
            batch = np.broadcast_shapes(left[:-2], right[:-2])
        except ValueError:
            batch = ()
            k = -1
        if k != depth:
            raise InputError(f"operands must have as many numbers to sum ({brief(a)} {one}, {brief(b)} {other})")
        self.depth, self.axes = depth, (*batch, m, n)
        self.shape = (*batch, *[m] * (len(one) > 1), *[n] * (len(other) > 1))
        rows, columns, summed = len(batch), len(batch) + 1, len(batch) + 2
        self.a = self._operand(a, left[:-2], ((rows, summed), (summed, rows))[turned[0]], len(batch), len(one))
        self.b = self._operand(b, right[:-2], ((summed, columns), (columns, summed))[turned[1]], len(batch), len(other))

    @staticmethod
    def _operand(name: str, batch: Shape, last: tuple[int, int], axes: int, own: int) -> Operand:
        first = axes - len(batch)
        index = [Index(0, ((first + axis, 1),) if extent > 1 else ()) for axis, extent in enumerate(batch)]
        inner = [Index(0, ((axis, 1),)) for axis in last]
        if own == 1:  # the axis that is summed, which comes last of the first operand and first of the second
            inner = [one for one in inner if one.steps[0][0] == axes + 2]
        return Operand(name, (*index, *inner))


def _of_one_type(net: Builder, node: Node) -> Element:
    """That of all operands; InputError where they differ."""
    first, *others = filter(None, node.inputs)
    for name in others:
        if net.element(name) is not net.element(first):
            raise InputError(f"operands must be of one type ({brief(first)} is {net.element(first).name}, {brief(name)}"
                             f" is {net.element(name).name})")
    return net.element(first)


def _matmul(net: Builder, node: Node) -> None:
    of = Matrices(net, node.input(0), node.input(1))
    put_product(net, node, of, term("sum", term("mul", of.a, of.b)), _of_one_type(net, node))


def put_product(net: Builder, node: Node, of: Matrices, root: Term, element: Element) -> None:
    if of.shape == of.axes:
        net.nest(node.output, element, of.axes, root, (of.depth,))
    else:
        net.reshape(node.output, net.nest(net.hidden(node.output), element, of.axes, root, (of.depth,)), of.shape)


def _gemm(net: Builder, node: Node) -> None:
    turned = bool(node.get("transA", int, 0)), bool(node.get("transB", int, 0))
    of = Matrices(net, node.input(0), node.input(1), turned=turned)
    root: Term = term("sum", term("mul", of.a, of.b))
    if (alpha := node.get("alpha", float, 1.0)) != 1:
        root = term("mul", root, alpha)
    if node.input(2):
        c: Argument = net.last(node.input(2), 2)
        beta = node.get("beta", float, 1.0)
        root = term("add", root, c if beta == 1 else term("mul", c, beta))
    net.nest(node.output, _of_one_type(net, node), of.axes, root, (of.depth,))


def _conv(net: Builder, node: Node) -> None:
    x, w = node.inputs[:2]
    spec, cut = layer(node, net.shape(x), net.shape(w), F32)
    if any(cut):
        raise UnsupportedError("its pads must not be negative, with weights that are computed")
    axes, g = spec.axes[3 - spec.rank :], spec.g
    first, summed = 3, 3 + spec.rank  # the first spatial axis, and the reduced axis of input channels
    places = [Index(-one.before, ((first + at, one.s), (summed + 1 + at, one.d))) for at, one in enumerate(axes)]
    outside = 0.0 if spec.padded else None
    read = Operand(x, (Index(0, ((0, 1),)), Index(0, ((1, spec.icg), (summed, 1))), *places), outside)
    channel = Index(0, ((1, spec.ocg), (2, 1)))
    taps = Operand(w, (channel, Index(0, ((summed, 1),)), *(Index(0, ((summed + 1 + at, 1),))
                                                           for at in range(spec.rank))))
    root = term("sum", term("mul", read, taps))
    if node.input(2):
        root = term("add", root, Operand(node.input(2), (channel,)))
    made = (spec.n, g, spec.ocg, *(one.o for one in axes))
    whole = net.nest(net.hidden(node.output), _of_one_type(net, node), made, root, (spec.icg, *(one.k for one in axes)))
    net.reshape(node.output, whole, (spec.n, spec.oc, *(one.o for one in axes)))


def _einsum(net: Builder, node: Node) -> None:
    """A letter is an axis of the nest; those that the output lacks are summed."""
    equation = node.get("equation", str, "").replace(" ", "")
    read, arrow, made = equation.partition("->")
    if "." in equation or not arrow:
        raise UnsupportedError(f"equation must name all axes, and those of the output (equation={equation})")
    terms = read.split(",")
    if [len(one) for one in terms] != [len(net.shape(name)) for name in node.inputs]:
        raise InputError(f"equation must name the axes of each operand (equation={equation})")
    extents: dict[str, int] = {}
    for letters, name in zip(terms, node.inputs, strict=True):
        for letter, extent in zip(letters, net.shape(name), strict=True):
            if extents.setdefault(letter, extent) != extent:
                raise InputError(f"equation must give a letter one extent (equation={equation}, {letter})")
    summed = [letter for letter in extents if letter not in made]
    order = [*made, *summed]
    operands = [Operand(name, tuple(Index(0, ((order.index(letter), 1),)) for letter in letters))
                for letters, name in zip(terms, node.inputs, strict=True)]
    root: Operand | Term = operands[0]
    for one in operands[1:]:
        root = term("mul", root, one)
    net.nest(node.output, _of_one_type(net, node), tuple(extents[letter] for letter in made),
             term("sum", root) if summed else root, tuple(extents[letter] for letter in summed))


OPERATORS: dict[str, Operator] = {"MatMul": _matmul, "Gemm": _gemm, "Conv": _conv, "Einsum": _einsum}
