"""The steps of a network as they are made, by an importer (onnx/, tflite/).

An importer's builder says which constants its model has, and what it claims of shapes; the rest is here: values by
name, steps in order, and a value for each constant that a step reads.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnsupportedError
from .descriptor import LIMIT
from .element import KNOWN, Element
from .names import brief, unused
from .steps import Index, Join, Model, Operand, Reshape, Step, Value, spread
from .terms import Term, nest

TYPES = ", ".join(sorted(KNOWN)) + ", or of truths"
EXACT = 2**53  # up to here whole numbers are floats of 64 bits

Shape = tuple[int, ...]
Array = NDArray[Any]


class Building:
    """values, constants, steps, titles: as a Model has them. title: of what the steps that come now are made of."""

    def __init__(self, names: Iterable[str]) -> None:
        """names: of the model's values, which no other gets."""
        self.values: dict[str, Value] = {}
        self.constants: dict[str, Array] = {}
        self.steps: list[Step] = []
        self.titles: list[str] = []
        self.title = ""
        self._names = set(names)

    # --- what the model says: an importer's ---

    def array(self, name: str) -> Array | None:
        """Of a constant."""
        raise NotImplementedError

    def claimed(self, name: str) -> Shape | None:
        """What the model says of a value's shape, if it does."""
        raise NotImplementedError

    # --- what there is ---

    def value(self, name: str) -> Value:
        """Of an input, a constant, or what a step makes. KeyError where no step could be made."""
        if name not in self.values and (array := self.array(name)) is not None:
            self._hold(name, array)
        return self.values[name]

    def shape(self, name: str) -> Shape:
        return self.value(name).shape

    def element(self, name: str) -> Element:
        return self.value(name).element

    def operand(self, name: str, first: int) -> Operand | float:
        """A value as it is spread; a constant of one number as itself."""
        array = self.constants[name] if name in self.constants else self.array(name)
        if array is not None and array.size == 1 and np.isfinite(array.item()) and abs(array.item()) < EXACT:
            return float(array.item())
        return spread(name, self.shape(name), first)

    def last(self, name: str, axes: int) -> Operand | float:
        """The same where its axes are the last of so many."""
        return self.operand(name, axes - len(self.shape(name)))

    # --- what is made ---

    def hidden(self, near: str) -> str:
        """A name for a value that the model does not name."""
        return unused(near, self._names)

    def hold(self, near: str, array: Array) -> str:
        """A constant that the model does not have."""
        name = self.hidden(near)
        self._hold(name, array)
        return name

    def _hold(self, name: str, array: Array) -> None:
        plain = array.astype(np.uint8) if array.dtype.kind == "b" else array
        found = next((element for element in KNOWN.values() if element.numpy == plain.dtype.name), None)
        if found is None:
            raise UnsupportedError(f"{brief(name)} must be of {TYPES} (it is {array.dtype})")
        self.register(name, found, plain.shape)
        self.constants[name] = plain

    def register(self, name: str, element: Element, shape: Shape) -> None:
        """A value, of whose shape the model may say something else."""
        claimed = self.claimed(name)
        if claimed is not None and claimed != shape:
            raise InputError(f"{brief(name)} must have the shape that its node gives ({shape}, and the model says"
                             f" {claimed})")
        if not 1 <= math.prod(shape) < LIMIT:
            raise UnsupportedError(f"{brief(name)} must have 1 to 2^31 - 1 elements ({shape})")
        self.values[name] = Value(element, shape)

    def put(self, step: Step, element: Element, shape: Shape) -> str:
        """A step; the value that it makes."""
        for name in step.values:
            self.value(name)
        self.register(step.makes, element, shape)
        self.steps.append(step)
        self.titles.append(self.title)
        return step.makes

    def nest(self, makes: str, element: Element, axes: Shape, root: Operand | Term, reduced: Shape = ()) -> str:
        return self.put(nest(makes, axes, root, reduced), element, axes)

    def move(self, makes: str, reads: str, axes: Shape, index: Sequence[Index], outside: float | None = None) -> str:
        """Numbers of one value in other places."""
        return self.nest(makes, self.element(reads), axes, Operand(reads, tuple(index), outside))

    def reshape(self, makes: str, reads: str, shape: Shape) -> str:
        if math.prod(shape) != math.prod(self.shape(reads)):
            raise InputError(f"{brief(makes)} must keep the number of elements ({self.shape(reads)} becomes {shape})")
        return self.put(Reshape(makes, reads), self.element(reads), shape)

    def join(self, makes: str, pieces: tuple[str, ...], axis: int) -> str:
        shape = [*self.shape(pieces[0])]
        shape[axis] = sum(self.shape(piece)[axis] for piece in pieces)
        return self.put(Join(makes, pieces, axis), self.element(pieces[0]), tuple(shape))

    def model(self, name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Model:
        """All of it, without constants that nothing reads. KeyError for an output that was not made."""
        for one in outputs:
            self.value(one)
        read = {value for step in self.steps for value in step.values} | {*outputs}
        made = {*inputs, *(step.makes for step in self.steps)}
        constants = {one: array for one, array in self.constants.items() if one in read}
        values = {one: value for one, value in self.values.items() if one in made or one in constants}
        return Model(name, values, inputs, outputs, constants, tuple(self.steps), tuple(self.titles))


# --- axes ---


def at(axis: int, axes: int, what: str = "axis") -> int:
    """An axis that may be counted from the end."""
    if not -axes <= axis < axes:
        raise InputError(f"{what} must be an axis ({what}={axis}, of {axes} axes)")
    return axis % axes


def all_at(axes: Sequence[int], count: int) -> tuple[int, ...]:
    """Several, each once, in order."""
    found = sorted(at(axis, count, "axes") for axis in axes)
    if len(set(found)) != len(found):
        raise InputError(f"axes must be different ({', '.join(map(str, axes))})")
    return tuple(found)


def identity(axes: int) -> list[Index]:
    """Each axis of an operand as that of the nest."""
    return [Index(0, ((axis, 1),)) for axis in range(axes)]


def met(extents: dict[str, Shape]) -> Shape:
    """What axes of values become that meet as NumPy's do. InputError where they cannot."""
    try:
        return np.broadcast_shapes(*extents.values())
    except ValueError:
        told = ", ".join(f"{brief(name)} {shape}" for name, shape in extents.items())
        raise InputError(f"operands must have extents that are equal or 1 ({told})") from None
