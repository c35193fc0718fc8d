"""Extents that the user gives, put where a model leaves them open: by --batch, and by --set NAME=VALUE.

A NAME is INPUT.AXIS, for this axis alone and whatever the model says of it; or a symbol, for all axes of inputs that
have it; or VALUE.AXIS, of a value whose shape cannot be inferred.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import InputError
from ..layer.names import show
from ..layer.spec import LIMIT
from .proto import brief, text

Told = dict[str, dict[int, int]]  # of values: extents by axis


class Extents(NamedTuple):
    """free: what options must give for inputs to have known extents, (option, input). told: of values that are no
    inputs."""

    free: tuple[tuple[str, str], ...]
    told: Told

    def check(self, known: Mapping[str, object]) -> None:
        """InputError unless all values whose extents are told are among the known ones."""
        for name, axes in self.told.items():
            for axis, extent in axes.items():
                if name not in known:
                    raise _unknown(f"{name}.{axis}", extent, self.free)


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


def substitute(graph: Any, batch: int | None, dims: Mapping[str, int]) -> Extents:
    """Put extents into the inputs, in place."""
    given = {name: _extent(name, value) for name, value in dims.items()}
    axes = list(_axes(graph, given))
    if batch is not None and not any(axis.first for axis in axes):
        raise InputError(f"batch must be for a model with an input of three or more axes (batch={batch})")
    seen = Counter((axis.input, axis.symbol) for axis in axes if axis.symbol)
    loose = {symbol for (_, symbol), count in seen.items() if count > 1}  # these say "any", as "?" of some exporters
    meant = {axis.symbol: batch for axis in axes if axis.symbol and axis.first and batch is not None} | given
    used, changed = set[str](), False
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
    for name in (name for name in given if name not in used):
        value, _, number = name.rpartition(".")
        if not value or not number.isascii() or not number.isdigit() or len(number) > 2:
            raise _unknown(name, given[name], free)
        told.setdefault(value, {})[int(number)] = given[name]
    _spread(graph, axes)
    if changed:  # what the file says of other values was for other extents
        del graph.value_info[:]
        for value in graph.output:
            if value.type.HasField("tensor_type"):
                value.type.tensor_type.ClearField("shape")
    return Extents(free, told)


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


def _unknown(name: str, extent: int, free: tuple[tuple[str, str], ...]) -> InputError:
    options = ", ".join(option.removeprefix("--set ") for option, _ in free) or "none"
    return InputError(f"dimension must be a symbol of the model's inputs, or VALUE.AXIS ({brief(name)}={extent};"
                      f" symbols: {brief(options)})")


def _extent(name: str, value: int) -> int:
    if not isinstance(value, int) or not 1 <= value < LIMIT:
        raise InputError(f"{brief(name)} must be at least 1 and below 2^31 ({brief(name)}={show(value)})")
    return value
