"""The steps of a network as they are made, and what an operator asks of its node."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, UnsupportedError
from ...layer.element import BF16, F16, F32, F64, S8, S16, S32, S64, U8, Element
from ...layer.spec import LIMIT
from ...layer.steps import Index, Join, Operand, Reshape, Step, Value, spread
from ...layer.terms import Term, nest
from ..graph import Graph, Node
from ..proto import brief, unused
from ..tensors import Array

BOOL = 9  # ONNX's number; truths are held as u8
ELEMENTS = {1: F32, 2: U8, 3: S8, 5: S16, 6: S32, 7: S64, BOOL: U8, 10: F16, 11: F64, 16: BF16}
KNOWN = ", ".join(element.name for kind, element in ELEMENTS.items() if kind != BOOL) + ", or of truths"
EXACT = 2**53  # up to here whole numbers are floats of 64 bits

Shape = tuple[int, ...]


class Builder:
    """values, constants, steps, titles: as a Model has them. title: of the node whose steps are being made."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.values: dict[str, Value] = {}
        self.constants: dict[str, NDArray[Any]] = {}
        self.steps: list[Step] = []
        self.titles: list[str] = []
        self.title = ""
        self._names = {*graph.values, *(name for node in graph.nodes for name in node.outputs)}

    # --- what there is ---

    def value(self, name: str) -> Value:
        """Of an input, a constant, or what a step makes. KeyError where no step could be made."""
        if name not in self.values and name in self.graph.constant:
            self._hold(name, self.graph.array(name))
        return self.values[name]

    def shape(self, name: str) -> Shape:
        return self.value(name).shape

    def element(self, name: str) -> Element:
        return self.value(name).element

    def element_of(self, kind: int, what: str) -> Element:
        """By ONNX's number of a type."""
        if kind not in ELEMENTS:
            raise UnsupportedError(f"{what} must be of {KNOWN} (ONNX's type {kind})")
        return ELEMENTS[kind]

    def array(self, name: str) -> Array | None:
        """Of a constant."""
        return self.graph.array(name) if name and name in self.graph.constant else None

    def numbers(self, node: Node, place: int, what: str) -> tuple[int, ...] | None:
        """An input of whole numbers, which must be constant; None where it is not given."""
        if not node.input(place):
            return None
        array = self.array(node.input(place))
        if array is None:
            raise UnsupportedError(f"{what} must be a constant")
        return tuple(int(number) for number in array.ravel())

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

    def begin(self, name: str) -> None:
        """An input of the graph."""
        self._register(name, self.element_of(self.graph.kind(name), brief(name)), self.graph.known(name))

    def hidden(self, near: str) -> str:
        """A name for a value that the model does not name."""
        return unused(near, self._names)

    def hold(self, near: str, array: NDArray[Any]) -> str:
        """A constant that the model does not have."""
        name = self.hidden(near)
        self._hold(name, array)
        return name

    def _hold(self, name: str, array: NDArray[Any]) -> None:
        kinds = {element.dtype: element for kind, element in ELEMENTS.items() if kind != BOOL}
        plain = array.astype(np.uint8) if array.dtype.kind == "b" else array
        if plain.dtype not in kinds:
            raise UnsupportedError(f"{brief(name)} must be of {KNOWN} (it is {array.dtype})")
        self._register(name, kinds[plain.dtype], plain.shape)
        self.constants[name] = plain

    def _register(self, name: str, element: Element, shape: Shape) -> None:
        claimed = self.graph.shape(name)
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
        self._register(step.makes, element, shape)
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


Operator = Callable[[Builder, Node], object]


# --- what nodes say ---


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


def unused_outputs(net: Builder, node: Node) -> None:
    """UnsupportedError where anybody reads a further output."""
    for name in node.outputs[1:]:
        if name in net.graph.readers or name in net.graph.kept:
            raise UnsupportedError(f"its output {brief(name)} must not be read")


def identity(axes: int) -> list[Index]:
    """Each axis of an operand as that of the nest."""
    return [Index(0, ((axis, 1),)) for axis in range(axes)]
