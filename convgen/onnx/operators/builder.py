"""The steps of a network as they are made, and what an operator asks of its node."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import UnsupportedError
from ...layer.building import TYPES, Building, Shape
from ...layer.element import BF16, F16, F32, F64, S8, S16, S32, S64, U8, Element
from ...layer.names import brief
from ..graph import Graph, Node
from ..proto import type_name
from ..tensors import Array

BOOL = 9  # ONNX's number; truths are held as u8
ELEMENTS = {1: F32, 2: U8, 3: S8, 5: S16, 6: S32, 7: S64, BOOL: U8, 10: F16, 11: F64, 16: BF16}


class Builder(Building):
    """Of a graph."""

    def __init__(self, graph: Graph) -> None:
        super().__init__({*graph.values, *(name for node in graph.nodes for name in node.outputs)})
        self.graph = graph

    def array(self, name: str) -> Array | None:
        return self.graph.array(name) if name and name in self.graph.constant else None

    def claimed(self, name: str) -> Shape | None:
        return self.graph.shape(name)

    def element_of(self, kind: int, what: str) -> Element:
        """By ONNX's number of a type."""
        if kind not in ELEMENTS:
            raise UnsupportedError(f"{what} must be of {TYPES} (it is {type_name(kind)})")
        return ELEMENTS[kind]

    def numbers(self, node: Node, place: int, what: str) -> tuple[int, ...] | None:
        """An input of whole numbers, which must be constant; None where it is not given."""
        if not node.input(place):
            return None
        array = self.array(node.input(place))
        if array is None:
            raise UnsupportedError(f"{what} must be a constant")
        return tuple(int(number) for number in array.ravel())

    def begin(self, name: str) -> None:
        """An input of the graph."""
        self.register(name, self.element_of(self.graph.kind(name), brief(name)), self.graph.known(name))


Operator = Callable[[Builder, Node], object]


def unused_outputs(net: Builder, node: Node) -> None:
    """UnsupportedError where anybody reads a further output."""
    for name in node.outputs[1:]:
        if name in net.graph.readers or name in net.graph.kept:
            raise UnsupportedError(f"its output {brief(name)} must not be read")
