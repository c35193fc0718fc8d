"""What the user gives where a model leaves it open: by --batch, and by --set NAME=VALUE.

A NAME is INPUT.AXIS, for this axis alone and whatever the model says of it; or a symbol, for all axes of inputs that
have it; or VALUE.AXIS, of a value whose shape cannot be inferred; or INPUT, of one that is a single number, which is a
constant from then on: the rate of samples, by which a model chooses its branch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError
from ..layer.descriptor import LIMIT
from ..layer.names import brief, show
from .proto import text

Told = dict[str, dict[int, int]]  # of values: extents by axis


class Extents(NamedTuple):
    """free: what options must give for inputs to have known extents, (option, input). told: of values that are no
    inputs. names: those that extents of inputs may be given by, for messages."""

    free: tuple[tuple[str, str], ...]
    told: Told
    names: str

    def check(self, known: Mapping[str, object]) -> None:
        """InputError unless all values whose extents are told are among the known ones."""
        for name, axes in self.told.items():
            for axis, extent in axes.items():
                if name not in known:
                    raise _unknown(f"{name}.{axis}", extent, self.names)


class _Axis(NamedTuple):
    """Of an input. extent: its message. first: whether it is the batch."""

    own: str
    symbol: str
    extent: Any
    first: bool
    input: str

    @property
    def name(self) -> str:
        return self.symbol or self.own

    @property
    def open(self) -> bool:
        return self.extent.WhichOneof("value") != "dim_value" or bool(self.extent.dim_value < 0)


def fix(onnx: Any, graph: Any, dims: Mapping[str, int]) -> dict[str, int]:
    """Make initializers of the inputs that are single numbers and given, in place; the extents that are left."""
    made = {text(tensor.name) for tensor in graph.initializer}
    rest, kept = dict(dims), []
    for value in graph.input:
        name, tensor = text(value.name), value.type.tensor_type
        shape = [one.dim_value for one in tensor.shape.dim]
        single = tensor.HasField("shape") and all(extent == 1 for extent in shape)
        if name not in rest or name in made or not single:
            kept.append(value)
            continue
        number = rest.pop(name)
        try:
            array = np.asarray(number).astype(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)).reshape(shape)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise InputError(f"an input that is set must be a number ({brief(name)}={number})") from None
        if array.item() != number:
            raise InputError(f"an input must be set to a number of its type ({brief(name)}={number}, of"
                             f" {array.dtype})")
        graph.initializer.append(onnx.numpy_helper.from_array(array, name))
    del graph.input[:]
    graph.input.extend(kept)
    return rest


def substitute(graph: Any, batch: int | None, dims: Mapping[str, int]) -> Extents:
    """Put extents into the inputs, in place."""
    given = {name: _extent(name, value) for name, value in dims.items()}
    axes = list(_axes(graph, given))
    if batch is not None and not any(axis.first for axis in axes):
        raise InputError(f"batch must be for a model with an input of three or more axes (batch={batch})")
    seen = Counter((axis.input, axis.symbol) for axis in axes if axis.symbol)
    loose = {symbol for (_, symbol), count in seen.items() if count > 1}  # these say "any", as "?" of some exporters
    meant = {axis.symbol: batch for axis in axes if axis.symbol and axis.first and batch is not None} | given
    used, changed = _settled(axes, given), False
    for axis in axes:
        was = None if axis.open else axis.extent.dim_value
        name = axis.own if axis.own in given else axis.name
        if axis.first and batch is not None:
            if name not in loose and given.get(name, batch) != batch:
                raise InputError(f"batch and {name} must agree (batch={batch}, {name}={given[name]})")
            axis.extent.dim_value = _extent("batch", batch)
        elif name in given or (name in meant and name not in loose):
            axis.extent.dim_value = meant[name]
        elif axis.open:
            axis.extent.ClearField("dim_value")
        used.add(name)
        changed = changed or (was is not None and was != axis.extent.dim_value)
    free = tuple({"--batch" if axis.first else f"--set {axis.own if axis.symbol in loose else axis.name}": axis.input
                  for axis in axes if axis.open}.items())
    told: Told = {}
    counts, names = Counter(axis.input for axis in axes), _names(axes)
    for name in (name for name in given if name not in used):
        value, _, number = name.rpartition(".")
        if not value or not number.isascii() or not number.isdigit() or len(number) > 2:
            raise _unknown(name, given[name], names)
        if value in counts:
            raise InputError(f"{brief(value)} has axes 0 to {counts[value] - 1} ({brief(name)}={given[name]})")
        told.setdefault(value, {})[int(number)] = given[name]
    _spread(graph, axes)
    if changed:  # what the file says of other values was for other extents
        del graph.value_info[:]
        for value in graph.output:
            if value.type.HasField("tensor_type"):
                value.type.tensor_type.ClearField("shape")
    return Extents(free, told, names)


def _settled(axes: Sequence[_Axis], given: Mapping[str, int]) -> set[str]:
    """The symbols that are given though each axis that has them is, by its own name; InputError unless these agree."""
    both: dict[str, list[_Axis]] = {}
    for axis in axes:
        if axis.symbol in given:
            both.setdefault(axis.symbol, []).append(axis)
    found = {symbol: alike for symbol, alike in both.items() if all(axis.own in given for axis in alike)}
    for symbol, alike in found.items():
        for axis in alike:
            if given[axis.own] != given[symbol]:
                raise InputError(f"{brief(symbol)} and {brief(axis.own)} must agree, they are the same axis"
                                 f" ({brief(symbol)}={given[symbol]}, {brief(axis.own)}={given[axis.own]})")
    return set(found)


def _names(axes: Sequence[_Axis]) -> str:
    symbols = list(dict.fromkeys(axis.symbol for axis in axes if axis.symbol))
    inputs = [f"{brief(name)}.0 to .{count - 1}" for name, count in Counter(axis.input for axis in axes).items()]
    return "; ".join(f"{what}: {', '.join(found[:8])}{', …' * (len(found) > 8)}" if found else f"{what}: none"
                     for what, found in (("symbols", [brief(symbol) for symbol in symbols]), ("axes", inputs)))


def _axes(graph: Any, given: Mapping[str, int]) -> Iterator[_Axis]:
    """Of all inputs that are no constants. One without a shape has as many as are given."""
    made = {text(tensor.name) for tensor in graph.initializer}
    for value in graph.input:
        name = text(value.name)
        if name in made or not value.type.HasField("tensor_type"):
            continue
        tensor = value.type.tensor_type
        if not tensor.HasField("shape"):
            while f"{name}.{len(tensor.shape.dim)}" in given:
                tensor.shape.dim.add()
            if not tensor.shape.dim:
                tensor.ClearField("shape")
                continue
        extents = tensor.shape.dim
        for axis, extent in enumerate(extents):
            symbol = text(extent.dim_param) if extent.WhichOneof("value") == "dim_param" else ""
            yield _Axis(f"{name}.{axis}", symbol, extent, axis == 0 and len(extents) >= 3, name)


def _spread(graph: Any, axes: Sequence[_Axis]) -> None:
    """A symbol whose axes all have one extent now means it everywhere."""
    extents: dict[str, set[int]] = {}
    for axis in axes:
        extents.setdefault(axis.symbol, set()).add(0 if axis.open else axis.extent.dim_value)
    known = {symbol: found.pop() for symbol, found in extents.items() if symbol and len(found) == 1 and 0 not in found}
    for value in (*graph.value_info, *graph.output):
        for extent in value.type.tensor_type.shape.dim if value.type.HasField("tensor_type") else ():
            if extent.dim_param in known:
                extent.dim_value = known[extent.dim_param]


def _unknown(name: str, extent: int, names: str) -> InputError:
    return InputError(f"dimension must be a symbol of the model's inputs, or VALUE.AXIS ({brief(name)}={extent};"
                      f" {names})")


def _extent(name: str, value: int) -> int:
    if not isinstance(value, int) or not 1 <= value < LIMIT:
        raise InputError(f"{brief(name)} must be at least 1 and below 2^31 ({brief(name)}={show(value)})")
    return value
