"""Reductions of axes, softmax among them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ...errors import InputError
from ...layer.building import Building, Shape, all_at, at, identity
from ...layer.element import S64
from ...layer.steps import Index, Operand
from ...layer.terms import Argument, Term, term
from ..graph import Node
from .builder import Builder, Operator


class Row(NamedTuple):
    """before: of each number; behind: of what the reduction gives, and of how many numbers."""

    reduction: str
    before: Callable[[Argument], Argument] = lambda x: x
    behind: Callable[[Term, float], Term] = lambda y, count: y


def _square(x: Argument) -> Argument:
    return term("mul", x, x)


ROWS = {
    "ReduceSum": Row("sum"),
    "ReduceMean": Row("sum", behind=lambda y, count: term("div", y, count)),
    "ReduceMax": Row("largest"),
    "ReduceMin": Row("least"),
    "ReduceProd": Row("product"),
    "ReduceL1": Row("sum", lambda x: term("abs", x)),
    "ReduceL2": Row("sum", _square, lambda y, count: term("sqrt", y)),
    "ReduceSumSquare": Row("sum", _square),
    "ReduceLogSum": Row("sum", behind=lambda y, count: term("log", y)),
}


def kept(shape: Shape, axes: Shape, *, gone: bool = False) -> Shape:
    """With an extent of 1 for each of these axes, or without them."""
    return tuple(extent for axis, extent in enumerate(shape) if axis not in axes) if gone else tuple(
        1 if axis in axes else extent for axis, extent in enumerate(shape))


def along(name: str, shape: Shape, axes: Shape, *, turned: bool = False, gone: bool = False) -> Operand:
    """A value whose axes are reduced, in a nest whose own axes are as many, or the others where these are gone.
    turned: the last numbers first."""
    index = identity(len(shape))
    if gone:
        rest = [axis for axis in range(len(shape)) if axis not in axes]
        index = [Index(0, ((rest.index(axis), 1),)) if axis in rest else Index() for axis in range(len(shape))]
    first = len(shape) - gone * len(axes)
    for number, axis in enumerate(axes):
        index[axis] = Index(shape[axis] - 1 if turned else 0, ((first + number, -1 if turned else 1),))
    return Operand(name, tuple(index))


def extents(shape: Shape, axes: Shape) -> Shape:
    return tuple(shape[axis] for axis in axes)


def all_of(name: str, shape: Shape) -> Operand:
    return Operand(name, tuple(identity(len(shape))))


def one_of(name: str, shape: Shape, axes: Shape) -> Operand:
    """A value that has an extent of 1 where these axes are."""
    return Operand(name, tuple(Index() if axis in axes else Index(0, ((axis, 1),)) for axis in range(len(shape))))


def reduce(net: Building, makes: str, reads: str, axes: Shape, row: Row, *, gone: bool = False) -> str:
    """With an extent of 1 for each of the axes that are reduced, or without them."""
    shape, element = net.shape(reads), net.element(reads)
    total = term(row.reduction, row.before(along(reads, shape, axes, gone=gone)))
    y = row.behind(total, float(math.prod(extents(shape, axes))))
    return net.nest(makes, element, kept(shape, axes, gone=gone), y, extents(shape, axes))


def _axes(net: Builder, node: Node) -> Shape:
    """Those that a node reduces; none where it leaves all as it is."""
    count = len(net.shape(node.input(0)))
    given = net.numbers(node, 1, "axes")
    axes = node.get("axes", tuple, ()) if given is None else given
    if not axes and not node.get("noop_with_empty_axes", int, 0):
        return tuple(range(count))
    return all_at(axes, count)


def _gone(node: Node) -> bool:
    return not node.get("keepdims", int, 1)


def _reduced(net: Builder, node: Node) -> None:
    reduce(net, node.output, node.input(0), _axes(net, node), ROWS[node.op], gone=_gone(node))


def _log_sum_exp(net: Builder, node: Node) -> None:
    """m + ln Σ e^(x − m), of the largest number m"""
    name, axes = node.input(0), _axes(net, node)
    shape = net.shape(name)
    gone = _gone(node)
    most = reduce(net, net.hidden(node.output), name, axes, ROWS["ReduceMax"], gone=gone)
    m = all_of(most, net.shape(most))
    y = term("add", term("log", term("sum", term("exp", term("sub", along(name, shape, axes, gone=gone), m)))), m)
    net.nest(node.output, net.element(name), kept(shape, axes, gone=gone), y, extents(shape, axes))


def _found(net: Builder, node: Node) -> None:
    """ArgMax, ArgMin"""
    name = node.input(0)
    shape = net.shape(name)
    axes = (at(node.get("axis", int, 0), len(shape)),)
    last, gone = bool(node.get("select_last_index", int, 0)), _gone(node)
    reduction = "where-largest" if node.op == "ArgMax" else "where-least"
    place = term(reduction, along(name, shape, axes, turned=last, gone=gone))
    root = term("sub", float(shape[axes[0]] - 1), place) if last else place
    net.nest(node.output, S64, kept(shape, axes, gone=gone), root, extents(shape, axes))


def _softmax(net: Builder, node: Node) -> None:
    """e^(x − m) / Σ e^(x − m), of the largest number m, or its logarithm. Before opset 13 of all axes from one on."""
    name = node.input(0)
    shape, element = net.shape(name), net.element(name)
    old = net.graph.opset < 13
    axis = at(node.get("axis", int, 1 if old else -1), len(shape))
    axes = tuple(range(axis, len(shape))) if old else (axis,)
    m = one_of(reduce(net, net.hidden(node.output), name, axes, ROWS["ReduceMax"]), shape, axes)
    if node.op == "LogSoftmax":
        root = term("log", term("sum", term("exp", term("sub", along(name, shape, axes), m))))
        total = net.nest(net.hidden(node.output), element, kept(shape, axes), root, extents(shape, axes))
        y = term("sub", term("sub", all_of(name, shape), m), one_of(total, shape, axes))
    else:
        power = net.nest(net.hidden(node.output), element, shape, term("exp", term("sub", all_of(name, shape), m)))
        total = reduce(net, net.hidden(node.output), power, axes, ROWS["ReduceSum"])
        y = term("div", all_of(power, shape), one_of(total, shape, axes))
    net.nest(node.output, element, shape, y)


def _global(net: Builder, node: Node) -> None:
    shape = net.shape(node.input(0))
    if len(shape) < 3:
        raise InputError(f"it must have spatial axes (input {shape})")
    rows = {"GlobalAveragePool": ROWS["ReduceMean"], "GlobalMaxPool": ROWS["ReduceMax"]}
    reduce(net, node.output, node.input(0), tuple(range(2, len(shape))), rows[node.op])


def _cumulative(net: Builder, node: Node) -> None:
    """CumSum: Σ over j ≤ i of x[j], where nothing is before the first."""
    name, (number, *_) = node.input(0), net.numbers(node, 1, "axis") or (0,)
    shape = net.shape(name)
    axis = at(number, len(shape))
    own, turned = int(bool(node.get("exclusive", int, 0))), bool(node.get("reverse", int, 0))
    index = identity(len(shape))
    step = 1 if turned else -1
    index[axis] = Index(step * own, ((axis, 1), (len(shape), step)))
    net.nest(node.output, net.element(name), shape, term("sum", Operand(name, tuple(index), 0.0)), (shape[axis],))


def _hardmax(net: Builder, node: Node) -> None:
    """1 at the first of the largest numbers, else 0; opsets as of Softmax."""
    name = node.input(0)
    shape = net.shape(name)
    old = net.graph.opset < 13
    axis = at(node.get("axis", int, 1 if old else -1), len(shape))
    axes = tuple(range(axis, len(shape))) if old else (axis,)
    found = net.nest(net.hidden(node.output), S64, kept(shape, axes),
                     term("where-largest", along(name, shape, axes)), extents(shape, axes))
    inner = extents(shape, axes)
    numbers = net.hold(f"{node.output}_places", np.arange(math.prod(inner)).reshape(
        *[extent if number in axes else 1 for number, extent in enumerate(shape)]))
    here = Operand(numbers, tuple(Index(0, ((number, 1),)) if number in axes else Index()
                                  for number in range(len(shape))))
    root = term("to-float", term("equal", here, one_of(found, shape, axes)))
    net.nest(node.output, net.element(name), shape, root)


OPERATORS: dict[str, Operator] = {
    **dict.fromkeys(ROWS, _reduced), "ReduceLogSumExp": _log_sum_exp, "ArgMax": _found, "ArgMin": _found,
    "Softmax": _softmax, "LogSoftmax": _softmax, "Hardmax": _hardmax, "CumSum": _cumulative,
    "GlobalAveragePool": _global, "GlobalMaxPool": _global,
}  # fmt: skip
