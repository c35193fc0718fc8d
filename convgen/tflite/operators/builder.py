"""The steps of a network as they are made of a TFLite graph, and what an operator asks of its node."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...errors import InputError, UnsupportedError
from ...layer.activation import Activation
from ...layer.building import Array, Building, Shape
from ...layer.descriptor import LIMIT
from ...layer.element import F32, KNOWN, S8, U8, Element
from ...layer.names import brief, show, unused
from ...layer.quantisation import Quantisation, limits
from ...layer.terms import Argument, Term, term
from ..graph import Graph, element, quantisation
from ..layers import activation

BYTES = (S8, U8)  # what quantised values are of


class Node(NamedTuple):
    """An operator. inputs, outputs: names of values, empty for what is left out. given: its options, None where it has
    none, or others."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    given: dict[str, Any] | None

    @property
    def output(self) -> str:
        return self.outputs[0]

    def input(self, place: int) -> str:
        """InputError for one that the operator must have and lacks."""
        name = self.inputs[place] if place < len(self.inputs) else ""
        if not name:
            raise InputError(f"it must have {place + 1} inputs (inputs={len(self.inputs)})")
        return name

    def option(self, field: str) -> Any:
        if self.given is None:
            raise InputError(f"builtin_options must be those of {self.kind} (it has none, or others)")
        return self.given[field]

    @property
    def activation(self) -> Activation:
        """The one that is fused into it."""
        self.option("FusedActivationFunction")
        return Activation.parse(activation(self.given or {}))


class Real(NamedTuple):
    """What the integers of a value stand for: scale·(q − zero)."""

    element: Element
    scale: np.float32
    zero: int

    def limits(self, act: Activation) -> tuple[float, float]:
        """Of integers of the range of an activation (kernel_util.cc, CalculateActivationRangeQuantized)."""
        given = Quantisation(output_zero=self.zero, output_scale=float(self.scale), rounding="tflite")
        low, high = limits(given, self.element, act)
        return float(low), float(high)

    def less(self, x: Argument) -> Argument:
        """An integer less what stands for 0."""
        return plus(x, -self.zero)

    def made(self, x: Argument, act: Activation) -> Term:
        """The integer of a sum that is on this scale already: moved by what stands for 0, and cut."""
        low, high = self.limits(act)
        return term("min", term("max", plus(x, self.zero), low), high)


def plus(x: Argument, number: int) -> Argument:
    """A whole number and another, which is known."""
    return term("add" if number > 0 else "sub", x, float(abs(number))) if number else x


NONE = Activation.parse("none")


class Builder(Building):
    """Values have the names of tensors; those without one, or with another's, get one."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.names: list[str] = []
        taken: set[str] = set()
        for tensor in graph.tensors:
            name = tensor.name if tensor.name and tensor.name not in taken else unused(tensor.name or "tensor", taken)
            taken.add(name)
            self.names.append(name)
        self._numbers = {name: number for number, name in enumerate(self.names)}
        super().__init__(taken)

    def name(self, number: int) -> str:
        """Of a tensor; empty for -1."""
        return self.names[number] if number >= 0 else ""

    def node(self, index: int) -> Node:
        operator = self.graph.operators[index]
        return Node(operator.kind, tuple(map(self.name, operator.inputs)), tuple(map(self.name, operator.outputs)),
                    operator.options)

    def array(self, name: str) -> Array | None:
        return self.graph.constant(self._numbers[name]) if name in self._numbers else None

    def claimed(self, name: str) -> Shape | None:
        return self.graph.tensors[self._numbers[name]].shape if name in self._numbers else None

    def made(self, name: str) -> tuple[Element, Shape]:
        """The element and the shape that the file says of a tensor."""
        tensor = self.graph.tensors[self._numbers[name]]
        found = KNOWN.get(element(tensor))
        if found is None:
            raise UnsupportedError(f"its data must be of {', '.join(KNOWN)} ({brief(name)} is {element(tensor)})")
        if not 1 <= math.prod(tensor.shape) < LIMIT or min(tensor.shape, default=1) < 1:
            raise UnsupportedError(f"{brief(name)} must have 1 to 2^31 - 1 elements ({show(tensor.shape)})")
        return found, tensor.shape

    def begin(self, name: str) -> None:
        """An input of the graph."""
        self.register(name, *self.made(name))

    def whole(self, name: str, what: str) -> tuple[int, ...]:
        """Whole numbers of an input that must be constant."""
        array = self.array(name)
        if array is None or array.dtype.kind not in "iu":
            raise UnsupportedError(f"{what} must be constant whole numbers ({brief(name)})")
        return tuple(int(number) for number in array.ravel())

    def real(self, name: str) -> Real:
        """Of a quantised value of 8 bits. UnsupportedError for another."""
        found, _ = self.made(name)
        if found not in BYTES:
            raise UnsupportedError(f"its data must be all f32, or all s8, or all u8 ({brief(name)} is {found.name})")
        of = quantisation(self.graph.tensors[self._numbers[name]], brief(name))
        return Real(found, of.scale[0], int(of.zero[0]))

    def meaning(self, name: str) -> tuple[tuple[float, ...], tuple[int, ...]]:
        """Scales and zero points, of whatever type; none where numbers are themselves."""
        tensor = self.graph.tensors[self._numbers[name]]
        return tuple(map(float, tensor.scale)), tuple(map(int, tensor.zero))

    def quantised(self, node: Node, count: int) -> bool:
        """Whether the first `count` inputs of a node and its output are integers that stand for real numbers, of one
        type; UnsupportedError unless they are, or all are f32."""
        kinds = {name: self.element(name) for name in node.inputs[:count]} | {node.output: self.made(node.output)[0]}
        if {*kinds.values()} == {F32}:
            return False
        if len({*kinds.values()}) > 1 or not {*kinds.values()} <= {*BYTES}:
            told = ", ".join(f"{brief(name)} is {one.name}" for name, one in kinds.items())
            raise UnsupportedError(f"its data must be all f32, or all s8, or all u8 ({told})")
        return True


Operator = Callable[[Builder, Node], object]


def act_on(x: Argument, act: Activation) -> Argument:
    """What a fused activation makes of a float."""
    return x if act.name == "none" else term(str(act), x)
