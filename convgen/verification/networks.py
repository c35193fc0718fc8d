"""What a network computes, step by step, in NumPy: floats in f64, convolutions by the oracle, integers exactly.

Simple enough to be seen to be right, and of no speed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..layer.functions import REDUCTIONS, apply
from ..layer.steps import Convolve, Index, Join, Model, Nest, Operand, Reshape, Step, Value
from . import oracle

Arrays = dict[str, NDArray[Any]]


def evaluate(model: Model, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
    """Every value of the network, by name; floats are f64."""
    found: Arrays = {name: _wide(array, model.values[name]) for name, array in {**model.constants, **inputs}.items()}
    for step in model.steps:
        found[step.makes] = _wide(_made(step, found, model.values[step.makes]), model.values[step.makes])
    return found


def _wide(array: NDArray[Any], value: Value) -> NDArray[Any]:
    """Integers in their own type, all else in f64."""
    dtype: Any = value.element.dtype if value.element.whole else np.float64
    return array.astype(dtype).reshape(value.shape)


def _made(step: Step, of: Arrays, value: Value) -> NDArray[Any]:
    if isinstance(step, Convolve):
        return _convolved(step, of, value)
    if isinstance(step, Nest):
        return _nested(step, of)
    if isinstance(step, Reshape):
        return of[step.reads].reshape(value.shape)
    assert isinstance(step, Join)
    return np.concatenate([of[piece] for piece in step.pieces], step.axis)


def _convolved(step: Convolve, of: Arrays, value: Value) -> NDArray[Any]:
    spec, (inward, outward) = step.spec, step.orders
    residual = of[step.adds].transpose(outward).reshape(spec.output_shape) if step.adds else None
    y = oracle.convolve(spec, of[step.reads].transpose(inward).reshape(spec.input_shape), residual=residual,
                        **step.use.arrays).y
    in_memory = y.reshape([value.shape[axis] for axis in outward])
    return in_memory.transpose(np.argsort(outward))


def _nested(step: Nest, of: Arrays) -> NDArray[Any]:
    extents = (*step.axes, *step.reduced)
    numbers: list[NDArray[Any]] = [_operand(operand, of[operand.value], extents) for operand in step.operands]
    count, over = len(step.axes), tuple(range(len(step.axes), len(extents)))
    for call in step.calls:
        taken = tuple(numbers[one] if isinstance(one, int) else np.asarray(one) for one in call.arguments)
        if call.function in REDUCTIONS:
            whole = np.broadcast_to(taken[0], extents)
            reduction = REDUCTIONS[call.function]
            if reduction.finds:  # the first place, counted through all reduced axes
                flat = whole.reshape(*step.axes, math.prod(step.reduced))
                made = reduction.value(flat, axis=-1)
            else:
                made = reduction.value(whole, axis=over)
            numbers.append(made.reshape(*step.axes, *[1] * len(over)))
        else:
            numbers.append(apply(call.function, taken))
    last = numbers[-1]
    return np.broadcast_to(last.reshape(last.shape[:count]), step.axes)  # extents of reduced axes are 1 by now


def _operand(operand: Operand, array: NDArray[Any], extents: tuple[int, ...]) -> NDArray[Any]:
    """The operand at each place of the nest; axes along which it is the same have extent 1."""
    places = [_places(index, extents) for index in operand.places]
    if operand.outside is None:
        taken = array[tuple(places)]
    else:
        inside = np.ones([1] * len(extents), bool)
        for place, extent in zip(places, array.shape, strict=True):
            inside = inside & (place >= 0) & (place < extent)
        held = tuple(np.clip(place, 0, extent - 1) for place, extent in zip(places, array.shape, strict=True))
        taken = np.where(inside, array[held], np.asarray(operand.outside).astype(array.dtype))
    met: NDArray[Any] = taken.reshape(np.broadcast_shapes(taken.shape, [1] * len(extents)))
    return met


def _places(index: Index, extents: tuple[int, ...]) -> NDArray[Any]:
    place = np.full([1] * len(extents), index.start)
    for axis, step in index.steps:
        shape = [1] * len(extents)
        shape[axis] = extents[axis]
        place = place + step * np.arange(extents[axis]).reshape(shape)
    found: NDArray[Any] = np.asarray(index.table)[place] if index.table else place
    return found
