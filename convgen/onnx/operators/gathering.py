"""Numbers at places that other numbers tell. Those that are constants become tables, where one axis has them; computed
ones are read as the numbers are, counted from the end where they are negative, and held inside of their axis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, UnsupportedError
from ...layer.building import Shape, at, identity
from ...layer.element import S64
from ...layer.names import brief
from ...layer.steps import Index, Operand, spread
from ...layer.terms import Argument, term
from ..graph import Node
from .builder import Builder, Operator
from .reducing import all_of

MOST_RANKED = 1 << 14  # numbers along the axis of a TopK, each of which is compared with each


def _indices(net: Builder, node: Node, extents: Shape) -> tuple[str, NDArray[Any] | None]:
    """The value that tells places, whole numbers, and its numbers where they are constant: each within the extent that
    stands at its place along the last axis, or of them all."""
    name = node.input(1)
    if not net.element(name).whole:
        raise InputError(f"indices must be whole numbers ({brief(name)} is {net.element(name).name})")
    array = net.array(name)
    if array is not None and ((array < -np.array(extents)) | (array >= np.array(extents))).any():
        raise InputError(f"indices must be within the axis (of {', '.join(map(str, extents))})")
    return name, array


def _gather(net: Builder, node: Node) -> None:
    name, shape = node.input(0), net.shape(node.input(0))
    axis = at(node.get("axis", int, 0), len(shape))
    indices, known = _indices(net, node, shape[axis : axis + 1])
    told = net.shape(indices)
    count = len(told)
    index = [Index(0, ((other + (count - 1) * (other > axis), 1),)) for other in range(len(shape))]
    if known is None:
        index[axis] = Index(by=spread(indices, told, axis))
    else:
        strides = [math.prod(told[number + 1 :]) for number in range(count)]
        places = np.where(known < 0, known + shape[axis], known).astype(np.int64)
        index[axis] = placed(places, tuple((axis + number, stride) for number, stride in enumerate(strides)))
    net.move(node.output, name, (*shape[:axis], *told, *shape[axis + 1 :]), index)


def placed(places: NDArray[Any], steps: tuple[tuple[int, int], ...]) -> Index:
    """An index at places that are counted by steps: by a table, unless they are evenly apart."""
    flat = places.ravel()
    apart = int(flat[1] - flat[0]) if flat.size > 1 else 0
    if (flat == flat[0] + apart * np.arange(flat.size)).all():
        return Index(int(flat[0]), tuple((axis, apart * step) for axis, step in steps if apart))
    return Index(0, steps, tuple(map(int, flat)))


def _gather_elements(net: Builder, node: Node) -> None:
    """y[i, j] = x[i, t[i, j]], of axis 1"""
    name, shape = node.input(0), net.shape(node.input(0))
    axis = at(node.get("axis", int, 0), len(shape))
    indices, _ = _indices(net, node, shape[axis : axis + 1])
    told = net.shape(indices)
    if len(told) != len(shape) or any(few > many for number, (few, many) in enumerate(zip(told, shape, strict=True))
                                      if number != axis):
        raise InputError(f"indices must have the axes of data, none but axis {axis} longer ({told}, and {shape})")
    index = identity(len(shape))
    index[axis] = Index(by=all_of(indices, told))
    net.move(node.output, name, told, index)


def _gather_nd(net: Builder, node: Node) -> None:
    """y[b, i, …] = x[b, t[b, i, 0], t[b, i, 1], …, …]"""
    name, shape, first = node.input(0), net.shape(node.input(0)), node.get("batch_dims", int, 0)
    told = net.shape(node.input(1))
    count = told[-1] if told else 0
    if not 0 <= first < min(len(shape), len(told)) or not 1 <= count <= len(shape) - first \
            or told[:first] != shape[:first]:
        raise InputError(f"indices must name axes of data behind the batch (indices {told}, data {shape},"
                         f" batch_dims={first})")
    indices, _ = _indices(net, node, shape[first : first + count])
    outer, rest = told[:-1], shape[first + count :]
    index = identity(first)
    for number in range(count):
        index.append(Index(by=Operand(indices, (*identity(len(outer)), Index(number)))))
    index += [Index(0, ((len(outer) + number, 1),)) for number in range(len(rest))]
    net.move(node.output, name, (*outer, *rest), index)


def _top(net: Builder, node: Node) -> None:
    """TopK: the numbers by rank, each rank the count of those before it: r[i] = #{j: x[j] > x[i], or as much and
    j < i}, and then the number whose rank is asked for."""
    name, shape, last = node.input(0), net.shape(node.input(0)), node.get("axis", int, -1)
    axis = at(last, len(shape))
    (k,) = net.numbers(node, 1, "k") or (node.get("k", int, 0),)
    extent = shape[axis]
    if not 1 <= k <= extent:
        raise InputError(f"k must be 1 to the extent of its axis (k={k}, of {extent})")
    if extent > MOST_RANKED:
        raise UnsupportedError(f"its axis must have at most {MOST_RANKED} numbers (it has {extent})")
    beyond = len(shape)  # the axis that is reduced
    places = net.hold(f"{node.output}_places", np.arange(extent))
    order = (Index(0, ((axis, 1),)), Index(0, ((beyond, 1),)))
    mine, other = (_at(net, name, axis, index) for index in order)
    before: tuple[Argument, Argument] = (mine, other) if node.get("largest", int, 1) else (other, mine)
    earlier = term("less", Operand(places, order[1:]), Operand(places, order[:1]))
    counts = term("or", term("less", *before), term("and", term("equal", mine, other), earlier))
    rank = net.nest(net.hidden(node.output), S64, shape,
                    term("sum", term("choose", counts, Operand(net.hold(f"{node.output}_one", np.ones(1, np.int64)),
                                                                (Index(),)), 0.0)), (extent,))
    made = (*shape[:axis], k, *shape[axis + 1 :])
    found = term("equal", _at(net, rank, axis, order[1]), Operand(places, order[:1]))
    where = term("where-largest", term("to-float", found))
    makes = (*node.outputs, "", "")[:2]
    indices = net.nest(makes[1] or net.hidden(node.output), S64, made, where, (extent,))
    if makes[0]:
        net.nest(makes[0], net.element(name), made, _at(net, name, axis, Index(by=all_of(indices, made))))


def _at(net: Builder, name: str, axis: int, index: Index) -> Operand:
    """A value in a nest of its axes, read along one of them elsewhere."""
    places = identity(len(net.shape(name)))
    places[axis] = index
    return Operand(name, tuple(places))


OPERATORS: dict[str, Operator] = {
    "Gather": _gather, "GatherElements": _gather_elements, "GatherND": _gather_nd, "TopK": _top,
}
