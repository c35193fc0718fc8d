"""In which order the axes of each value lie in memory.

Convolutions tell the order of what they read and make; inputs and outputs of the network, its constants and what is
reshaped lie in the model's own. A nest makes its output as the first convolution behind it wants it, or as most of what
it reads lies. Where a value is wanted in another order too, a step that copies is put in: `arranged` returns the model
with such steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...layer.steps import Convolve, Index, Join, Model, Nest, Operand, Reshape, Step, Value

Order = tuple[int, ...]  # axes, outermost first


class Lie(NamedTuple):
    """Where a value lies. strides: numbers from one place to the next, along each axis. inside: the value in whose
    array it lies, itself where it has one of its own; offset: numbers from the begin of that."""

    order: Order
    strides: tuple[int, ...]
    inside: str
    offset: int = 0


class Arranged(NamedTuple):
    """lies: of each value of the model."""

    model: Model
    lies: dict[str, Lie]


def natural(value: Value) -> Order:
    return tuple(range(len(value.shape)))


def strides(value: Value, order: Order) -> tuple[int, ...]:
    """Numbers from one place to the next, along each axis."""
    found, step = [0] * len(order), 1
    for axis in reversed(order):
        found[axis] = step
        step *= value.shape[axis]
    return tuple(found)


def alike(value: Value, one: Order, other: Order) -> bool:
    """Whether the array is the same in memory: axes of one place do not matter."""
    long = [axis for axis in one if value.shape[axis] > 1]
    return long == [axis for axis in other if value.shape[axis] > 1]


def arranged(model: Model) -> Arranged:
    values = dict(model.values)
    wanted = _wanted(model)
    orders = {name: natural(values[name]) for name in (*model.inputs, *model.constants)}
    copies: dict[tuple[str, Order], str] = {}
    steps: list[Step] = []
    titles: list[str] = []

    def as_wanted(name: str, order: Order) -> str:
        value = values[name]
        if alike(value, orders[name], order):
            return name
        if (name, order) not in copies:
            copy = _fresh(f"{name} in order {' '.join(map(str, order))}", values)
            values[copy], orders[copy] = value, order
            steps.append(copied(copy, name, value))
            titles.append(f"{name} in another order")
            copies[name, order] = copy
        return copies[name, order]

    for step, title in zip(model.steps, model.titles or [""] * len(model.steps), strict=True):
        made = values[step.makes]
        if isinstance(step, Convolve):
            inward, outward = step.orders
            step = step._replace(reads=as_wanted(step.reads, inward),
                                 adds=step.adds and as_wanted(step.adds, outward))
            order = outward
        elif isinstance(step, Reshape):
            step = step._replace(reads=as_wanted(step.reads, natural(values[step.reads])))
            order = natural(made)
        elif isinstance(step, Join):
            order = wanted.get(step.makes) or _most(step.pieces, values, orders, len(made.shape)) or natural(made)
        else:
            order = wanted.get(step.makes) or _carried(step, values, orders) or natural(made)
        if step.makes in model.outputs and not alike(made, order, natural(made)):
            inner = _fresh(f"{step.makes} inside", values)
            values[inner], orders[inner], copies[step.makes, order] = made, order, inner
            steps += [step._replace(makes=inner), copied(step.makes, inner, made)]
            titles += [title, f"{step.makes} in the model's order"]
            order = natural(made)
        else:
            steps.append(step)
            titles.append(title)
        orders[step.makes] = order
    lies = {name: Lie(orders[name], strides(value, orders[name]), name) for name, value in values.items()
            if name in orders}
    return Arranged(model._replace(values=values, steps=tuple(steps), titles=tuple(titles)), lies)


def copied(makes: str, reads: str, value: Value) -> Nest:
    """The same numbers at the same places."""
    places = tuple(Index(0, ((axis, 1),)) for axis in range(len(value.shape)))
    return Nest(makes, value.shape, (Operand(reads, places),))


def _fresh(name: str, values: dict[str, Value]) -> str:
    while name in values:
        name += "'"
    return name


def _wanted(model: Model) -> dict[str, Order]:
    """What the first reader that has a choice to make wants of each value: convolutions, and what is joined or added
    with what they make."""
    found: dict[str, Order] = {name: natural(model.values[name]) for name in model.outputs}
    for step in model.steps:
        for name, order in _wishes(step):
            found.setdefault(name, order)
    return found


def _wishes(step: Step) -> Iterator[tuple[str, Order]]:
    if isinstance(step, Convolve):
        yield step.reads, step.orders[0]
        if step.adds:
            yield step.adds, step.orders[1]


def _carried(step: Nest, values: dict[str, Value], orders: dict[str, Order]) -> Order | None:
    """The order of the largest operand that has the output's axes, one for one."""
    rank = len(step.axes)
    fit = [operand for operand in step.operands if len(operand.places) == rank and all(
        [axis for axis, _ in place.steps if axis < rank] in ([], [at]) for at, place in enumerate(operand.places))]
    if not fit:
        return None
    largest = max(fit, key=lambda operand: _size(values[operand.value]))
    return orders[largest.value]


def _most(pieces: tuple[str, ...], values: dict[str, Value], orders: dict[str, Order], rank: int) -> Order | None:
    largest = max(pieces, key=lambda name: _size(values[name]))
    return orders[largest] if len(orders[largest]) == rank else None


def _size(value: Value) -> int:
    size = 1
    for extent in value.shape:
        size *= extent
    return size

