"""What a network computes, step by step, in NumPy: floats in f64, convolutions by the oracle, integers exactly.

Simple enough to be seen to be right, and of no speed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..layer.functions import REDUCTIONS, apply, chooses
from ..layer.steps import Call, Convolve, Index, Join, Model, Nest, Operand, Reshape, Step, Value
from .joined import output

Arrays = dict[str, NDArray[Any]]


def evaluate(model: Model, inputs: Mapping[str, NDArray[Any]], floats: type[np.floating[Any]] = np.float64) -> Arrays:
    """Every value of the network, by name. floats: in which these are computed; in np.float32, what rounds as C does,
    one operation after the other, has the same bits, as integers that are made of floats must."""
    def held(array: NDArray[Any], value: Value) -> NDArray[Any]:
        of = value.element
        if of.rounds and floats is np.float32:  # in memory, it is rounded once more
            array = array.astype(of.dtype)
        return array.astype(of.dtype if of.whole else floats).reshape(value.shape)

    found: Arrays = {name: held(array, model.values[name]) for name, array in {**model.constants, **inputs}.items()}
    with np.errstate(all="ignore"):  # NaN and Inf pass through
        for step in model.steps:
            value = model.values[step.makes]
            found[step.makes] = held(_made(step, found, value, floats), value)
    return found


def _made(step: Step, of: Arrays, value: Value, floats: type[np.floating[Any]]) -> NDArray[Any]:
    if isinstance(step, Convolve):
        return _convolved(step, of, value)
    if isinstance(step, Nest):
        return _nested(step, of, floats)
    if isinstance(step, Reshape):
        return of[step.reads].reshape(value.shape)
    assert isinstance(step, Join)
    return np.concatenate([of[piece] for piece in step.pieces], step.axis)


def _convolved(step: Convolve, of: Arrays, value: Value) -> NDArray[Any]:
    spec, (inward, outward) = step.spec, step.orders
    residual = of[step.adds].transpose(outward).reshape(spec.output_shape) if step.adds else None
    arrays = {"input": of[step.reads].transpose(inward).reshape(spec.input_shape), **step.use.arrays}
    given = arrays if residual is None else {**arrays, "residual": residual}
    y = output(spec, given)
    in_memory = y.reshape([value.shape[axis] for axis in outward])
    return in_memory.transpose(np.argsort(outward))


def _nested(step: Nest, of: Arrays, floats: type[np.floating[Any]]) -> NDArray[Any]:
    extents = (*step.axes, *step.reduced)
    numbers: list[NDArray[Any]] = [_operand(operand, of, extents) for operand in step.operands]
    over = tuple(range(len(step.axes), len(extents)))
    for call in step.calls:
        taken = _arguments(call, numbers, floats)
        if call.function not in REDUCTIONS:
            made = apply(call.function, (*taken, np.asarray(call.table)) if call.table else taken)
            numbers.append(made.astype(floats) if made.dtype.kind == "f" else made)
            continue
        whole, reduction = np.broadcast_to(taken[0], extents), REDUCTIONS[call.function]
        if reduction.finds:  # the first place, counted through all reduced axes
            made = reduction.value(whole.reshape(*step.axes, math.prod(step.reduced)), axis=-1)
        else:
            made = reduction.value(whole, axis=over)
        numbers.append(made.reshape(*step.axes, *[1] * len(over)))
    return np.broadcast_to(numbers[-1], (*step.axes, *[1] * len(over))).reshape(step.axes)


def _arguments(call: Call, numbers: list[NDArray[Any]], floats: type[np.floating[Any]]) -> tuple[NDArray[Any], ...]:
    """Literals are whole where they meet whole numbers alone."""
    met = [numbers[one].dtype.kind for one in call.arguments[chooses(call.function):] if isinstance(one, int)]
    whole = bool(met) and "f" not in met
    return tuple(numbers[one] if isinstance(one, int) else
                 np.asarray(one, np.int64 if whole and one.is_integer() else floats) for one in call.arguments)


def _operand(operand: Operand, of: Arrays, extents: tuple[int, ...]) -> NDArray[Any]:
    """The operand at each place of the nest; axes along which it is the same have extent 1. Whole numbers have 64
    bits."""
    array = of[operand.value]
    places = [_places(index, extents) if index.by is None else _told(_operand(index.by, of, extents), extent)
              for index, extent in zip(operand.places, array.shape, strict=True)]
    wide = array.astype(np.int64) if array.dtype.kind in "iu" else array
    if operand.outside is None:
        taken = np.asarray(wide[tuple(places)])
    else:
        inside = np.ones([1] * len(extents), bool)
        for place, extent in zip(places, array.shape, strict=True):
            inside = inside & (place >= 0) & (place < extent)
        held = tuple(np.clip(place, 0, extent - 1) for place, extent in zip(places, array.shape, strict=True))
        taken = np.where(inside, wide[held], np.asarray(operand.outside).astype(wide.dtype))
    return taken.reshape(np.broadcast_shapes(taken.shape, (1,) * len(extents)))


def _told(numbers: NDArray[Any], extent: int) -> NDArray[Any]:
    """The places that numbers mean: from the end where they are negative, the nearest where there is none."""
    found: NDArray[Any] = np.clip(np.where(numbers < 0, numbers + extent, numbers), 0, extent - 1)
    return found


def _places(index: Index, extents: tuple[int, ...]) -> NDArray[Any]:
    place = np.full([1] * len(extents), index.start)
    for axis, step in index.steps:
        shape = [1] * len(extents)
        shape[axis] = extents[axis]
        place = place + step * np.arange(extents[axis]).reshape(shape)
    found: NDArray[Any] = np.asarray(index.table)[place] if index.table else place
    return found
