"""A whole network: values, and the steps that make one of others.

    Convolve    a layer of convgen, with its weights
    Nest        out[i] = R over j of f(a[i, j], b[i, j], ...): what is done to each number, pooling, reductions,
                products of matrices, and every way of moving numbers
    Reshape     the same numbers, in the same order, as an array of other axes
    Join        arrays side by side along an axis

An importer (onnx/, tflite/) makes the steps; verification/networks.py says in NumPy what they compute, and nothing else
does; packaging/ makes C of them. Axes are those of the model, whatever the order in which they lie in memory: which
axis is innermost is decided later, for the whole network.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from .element import Element
from .network import Use
from .spec import ConvSpec


class Value(NamedTuple):
    """An array between steps. Truths are u8, 0 or 1."""

    element: Element
    shape: tuple[int, ...]


class Index(NamedTuple):
    """Where a nest reads along an axis of an operand: at p = start + Σ step·i[axis] for `steps` of (axis of the nest,
    step); or, if there is a table, at table[p]; or, if there is a `by`, at the whole number that this operand gives:
    counted from the end where it is negative, and at the nearest place where the axis has none there."""

    start: int = 0
    steps: tuple[tuple[int, int], ...] = ()
    table: tuple[int, ...] = ()
    by: Operand | None = None


class Operand(NamedTuple):
    """An array that a nest reads, with a place along each of its axes. outside: the number that stands behind its ends;
    None where it is never read there."""

    value: str
    places: tuple[Index, ...]
    outside: float | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """Its own, and those that tell where it is read."""
        return (self.value, *(name for index in self.places if index.by for name in index.by.values))


class Call(NamedTuple):
    """A function of functions.py, or an activation's name, or a reduction's. arguments: an int is an operand, or, from
    their number on, the result of an earlier call; a float is itself, whole where it meets whole numbers alone. A
    reduction goes over all `reduced` axes; calls before it are done for each of their places, those after it once.
    table: the numbers in which a function looks up its argument, from 0 on; ints, or floats of f32."""

    function: str
    arguments: tuple[int | float, ...]
    table: tuple[int, ...] | tuple[float, ...] = ()


class Convolve(NamedTuple):
    """The layer reads memory in the order of its spec's layout. orders: that of the axes of its input and of its output
    (and residual), outermost first: (0, 2, 3, 1) of nhwc; a matrix is an input nwc of one image. name: of the use."""

    makes: str
    reads: str
    adds: str  # the residual, empty where there is none
    spec: ConvSpec
    use: Use
    orders: tuple[tuple[int, ...], tuple[int, ...]]

    @property
    def values(self) -> tuple[str, ...]:
        return (self.reads, *[self.adds] * bool(self.adds))


class Nest(NamedTuple):
    """For each place i of the output, `axes` being its extents, and j of the axes that are `reduced`, which are
    numbered after them: the calls, of the operands there. The last result is the output's number, or the only operand's
    where there are no calls."""

    makes: str
    axes: tuple[int, ...]
    operands: tuple[Operand, ...]
    calls: tuple[Call, ...] = ()
    reduced: tuple[int, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for operand in self.operands for name in operand.values))


class Reshape(NamedTuple):
    makes: str
    reads: str

    @property
    def values(self) -> tuple[str, ...]:
        return (self.reads,)


class Join(NamedTuple):
    makes: str
    pieces: tuple[str, ...]
    axis: int

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.pieces))


Step = Convolve | Nest | Reshape | Join


class Model(NamedTuple):
    """values: all that inputs, constants and steps make. steps: in an order in which they can run; titles: what each is
    in the model, "name operator". inputs, outputs: the model's, in its order."""

    name: str
    values: dict[str, Value]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    constants: dict[str, NDArray[Any]]
    steps: tuple[Step, ...]
    titles: tuple[str, ...] = ()


def spread(value: str, extents: tuple[int, ...], first: int = 0) -> Operand:
    """An array of such extents that meets others as NumPy's do. first: the axis of the nest that its first one is."""
    return Operand(value, tuple(Index(0, ((first + axis, 1),) if extent > 1 else ())
                                for axis, extent in enumerate(extents)))


def spelled(nest: Nest) -> str:
    """Its numbers as they are written: equal ones need not be the same, as operand 1 and the number 1.0 are not."""
    return repr((nest.calls, [operand.outside for operand in nest.operands]))


def named(operand: Operand, names: dict[str, str]) -> Operand:
    """The same of other values."""
    places = tuple(index._replace(by=named(index.by, names)) if index.by else index for index in operand.places)
    return operand._replace(value=names.get(operand.value, operand.value), places=places)
