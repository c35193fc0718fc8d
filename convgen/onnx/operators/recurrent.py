"""Recurrent layers, unrolled: each step in time is nests, which read the state that the step before it made.

    RNN     h = f(a)
    LSTM    i, o, f = σ(a), c~ = tanh(a);   c = f·c' + i·c~;   h = o·tanh(c)    P·c' or P·c within a, if P is given
    GRU     z, r = σ(a);   h~ = tanh(x·Wh + r·h'·Rh + b);   h = (1 − z)·h~ + z·h'

a = x·W + h'·R + b is one product for all gates, W and R being constants that are held with the gates side by side, and
x·W one for all times. Source: the operators' text in ONNX.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, UnsupportedError
from ...layer.building import Shape
from ...layer.names import brief
from ...layer.steps import Index, Operand
from ...layer.terms import Argument, Term, term
from ..graph import Node
from .builder import Builder, Operator

MOST_STEPS = 256  # in time, of both directions: each is code of its own
FUNCTIONS = {"Sigmoid": "sigmoid", "Tanh": "tanh", "Relu": "relu"}
DIRECTIONS = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}


class Kind(NamedTuple):
    """gates, whose sums lie side by side; activations: of ONNX, where a node tells none; step: makes a state of the
    one before."""

    gates: int
    activations: tuple[str, ...]
    step: Callable[[Layer, str, int], str]


class Layer:
    """One direction of a node. x: what it reads, [time][image][number]; sums: x·W + b of all times; h, c: the state,
    [image][unit]."""

    def __init__(self, net: Builder, node: Node, kind: Kind, at: int, x: str, size: int) -> None:
        self.net, self.node, self.kind, self.at, self.size = net, node, kind, at, size
        self.times, self.images, self.numbers = net.shape(x)
        self.element = net.element(x)
        functions = node.get("activations", tuple, kind.activations * (at + 1))
        own = functions[at * len(kind.activations) : (at + 1) * len(kind.activations)]
        if len(own) != len(kind.activations) or not FUNCTIONS.keys() >= set(own):
            raise UnsupportedError(f"its activations must be among {', '.join(FUNCTIONS)} ({', '.join(functions)})")
        self.act = [FUNCTIONS[one] for one in own]
        self.clip = node.get("clip", float, None)
        self.w = self._gates(1, self.numbers)
        self.r = self._gates(2, size)
        self.b = self._bias()
        both = self.b is not None and not self._apart
        self.sums = self._sums(x, self.b[0] + self.b[1] if both and self.b is not None else
                               None if self.b is None else self.b[0])
        self.h = self._state(5)
        self.c = self._state(6) if node.op == "LSTM" else ""

    @property
    def _apart(self) -> bool:
        """Whether the bias of the recurrence stays inside of what a gate scales."""
        return self.node.op == "GRU" and bool(self.node.get("linear_before_reset", int, 0))

    def constant(self, place: int, what: str, shape: Shape) -> NDArray[Any] | None:
        """Of this direction."""
        name = self.node.input(place)
        if not name:
            return None
        array = self.net.array(name)
        if array is None:
            raise UnsupportedError(f"{what} must be constants")
        if array.shape[1:] != shape or len(array) <= self.at:
            raise InputError(f"{what} must have the shape of each direction {shape} ({brief(name)} has {array.shape})")
        own: NDArray[Any] = array[self.at]
        return own

    def _gates(self, place: int, depth: int) -> str:
        """The constants of all gates side by side: [number][gate, unit]."""
        wide = self.kind.gates * self.size
        array = self.constant(place, "weights", (wide, depth))
        if array is None:
            raise InputError("weights must be given")
        return self.net.hold(f"{self.node.output}_{'xwr'[place]}", np.ascontiguousarray(array.T))

    def _bias(self) -> tuple[NDArray[Any], NDArray[Any]] | None:
        wide = self.kind.gates * self.size
        array = self.constant(3, "bias", (2 * wide,))
        return None if array is None else (array[:wide], array[wide:])

    def _sums(self, x: str, bias: NDArray[Any] | None) -> str:
        wide = self.kind.gates * self.size
        made = (self.times, self.images, wide)
        read = Operand(x, (Index(0, ((0, 1),)), Index(0, ((1, 1),)), Index(0, ((3, 1),))))
        root = term("sum", term("mul", read, Operand(self.w, (Index(0, ((3, 1),)), Index(0, ((2, 1),))))))
        if bias is not None:
            root = term("add", root, Operand(self.net.hold(f"{self.node.output}_b", bias), (Index(0, ((2, 1),)),)))
        return self.net.nest(self.net.hidden(self.node.output), self.element, made, root, (self.numbers,))

    def _state(self, place: int) -> str:
        """What the state is before the first step."""
        name, made = self.node.input(place), (self.images, self.size)
        if not name:
            return self.net.hold(f"{self.node.output}_0", np.zeros(made, self.element.dtype))
        shape = self.net.shape(name)
        along = 1 if self.node.get("layout", int, 0) else 0
        if len(shape) != 3 or shape[1 - along] != self.images or shape[2] != self.size or shape[along] <= self.at:
            raise InputError(f"states must be of each direction, image and unit ({brief(name)} has {shape})")
        index = [Index(0, ((0, 1),)), Index(0, ((1, 1),))]
        index.insert(along, Index(self.at))
        return self.net.move(self.net.hidden(self.node.output), name, made, index)

    # --- of a step ---

    def made(self, root: Term, *, inner: bool = False) -> str:
        """A value of each image and unit. inner: of sums over the units of the state."""
        return self.net.nest(self.net.hidden(self.node.output), self.element, (self.images, self.size), root,
                             (self.size,) * inner)

    def of(self, state: str) -> Operand:
        return Operand(state, (Index(0, ((0, 1),)), Index(0, ((1, 1),))))

    def recurrence(self, state: str) -> str:
        """h'·R of all gates, [image][gate, unit]."""
        read = Operand(state, (Index(0, ((0, 1),)), Index(0, ((2, 1),))))
        root = term("sum", term("mul", read, Operand(self.r, (Index(0, ((2, 1),)), Index(0, ((1, 1),))))))
        return self.net.nest(self.net.hidden(self.node.output), self.element,
                             (self.images, self.kind.gates * self.size), root, (self.size,))

    def given(self, gate: int, time: int) -> Operand:
        """x·W + b of a gate at a time."""
        return Operand(self.sums, (Index(time), Index(0, ((0, 1),)), Index(gate * self.size, ((1, 1),))))

    def gate(self, value: str, gate: int) -> Operand:
        return Operand(value, (Index(0, ((0, 1),)), Index(gate * self.size, ((1, 1),))))

    def unit(self, near: str, numbers: NDArray[Any]) -> Operand:
        """A constant of each unit."""
        return Operand(self.net.hold(f"{self.node.output}_{near}", np.ascontiguousarray(numbers)),
                       (Index(0, ((1, 1),)),))

    def activated(self, which: int, x: Argument) -> Term:
        if self.clip is not None:
            x = term("min", term("max", x, -self.clip), self.clip)
        return term(self.act[which], x)


def _rnn(layer: Layer, h: str, time: int) -> str:
    return layer.made(layer.activated(0, term("add", layer.given(0, time), layer.gate(layer.recurrence(h), 0))))


def _lstm(layer: Layer, h: str, time: int) -> str:
    """Gates i, o, f, c. Peepholes i, o, f: of the state before, but o's of the new one."""
    r, peep = layer.recurrence(h), layer.constant(7, "peepholes", (3 * layer.size,))

    def gate(number: int, seen: str = "") -> Argument:
        a = term("add", layer.given(number, time), layer.gate(r, number))
        if peep is not None and seen:
            own = layer.unit("p", peep[number * layer.size : (number + 1) * layer.size])
            a = term("add", a, term("mul", own, layer.of(seen)))
        return a

    i, fresh = layer.activated(0, gate(0, layer.c)), layer.activated(1, gate(3))
    f = term("sub", 1.0, i) if layer.node.get("input_forget", int, 0) else layer.activated(0, gate(2, layer.c))
    layer.c = layer.made(term("add", term("mul", f, layer.of(layer.c)), term("mul", i, fresh)))
    o = layer.activated(0, gate(1, layer.c))
    return layer.made(term("mul", o, term(layer.act[2], layer.of(layer.c))))


def _gru(layer: Layer, h: str, time: int) -> str:
    """Gates z, r, h."""
    r = layer.recurrence(h)
    behind = layer.b[1] if layer.b is not None and layer._apart else None

    def part(number: int) -> Argument:
        own: Argument = layer.gate(r, number)
        if behind is not None:
            own = term("add", own, layer.unit("rb", behind[number * layer.size : (number + 1) * layer.size]))
        return own

    def gate(number: int) -> Term:
        return layer.activated(0, term("add", layer.given(number, time), part(number)))

    if layer._apart:
        new = layer.activated(1, term("add", layer.given(2, time), term("mul", gate(1), part(2))))
    else:
        scaled = layer.made(term("mul", gate(1), layer.of(h)))
        read = Operand(scaled, (Index(0, ((0, 1),)), Index(0, ((2, 1),))))
        weights = Operand(layer.r, (Index(0, ((2, 1),)), Index(2 * layer.size, ((1, 1),))))
        sums = layer.made(term("sum", term("mul", read, weights)), inner=True)
        new = layer.activated(1, term("add", layer.given(2, time), layer.of(sums)))
    z = layer.made(gate(0))
    return layer.made(term("add", term("mul", term("sub", 1.0, layer.of(z)), new), term("mul", layer.of(z),
                                                                                       layer.of(h))))


KINDS = {
    "RNN": Kind(1, ("Tanh",), _rnn),
    "LSTM": Kind(4, ("Sigmoid", "Tanh", "Tanh"), _lstm),
    "GRU": Kind(3, ("Sigmoid", "Tanh"), _gru),
}


def _recurrent(net: Builder, node: Node) -> None:
    """Outputs [time][direction][image][unit] of each step, [direction][image][unit] of the last h and c; images come
    first where `layout` is 1."""
    kind, x, size = KINDS[node.op], node.input(0), node.get("hidden_size", int, 0)
    first = bool(node.get("layout", int, 0))
    shape, direction = net.shape(x), str(node.get("direction", str, "forward"))
    if len(shape) != 3 or size < 1 or direction not in DIRECTIONS:
        raise InputError(f"it must read times, images and numbers, and have units and a direction (input {shape},"
                         f" hidden_size={size}, direction={direction})")
    if first:
        shape = (shape[1], shape[0], shape[2])
        x = net.move(net.hidden(node.output), x, shape,
                     [Index(0, ((1, 1),)), Index(0, ((0, 1),)), Index(0, ((2, 1),))])
    times, images, _ = shape
    lengths = net.numbers(node, 4, "sequence_lens")
    if lengths is not None and set(lengths) != {times}:
        raise UnsupportedError(f"its sequences must be as long as its input ({times}; {', '.join(map(str, lengths))})")
    if times * len(DIRECTIONS[direction]) > MOST_STEPS:
        raise UnsupportedError(f"its sequences must be at most {MOST_STEPS} long, which are unrolled (it has {times})")
    every, last, cells = [], [], []
    for at, back in enumerate(DIRECTIONS[direction]):
        layer = Layer(net, node, kind, at, x, size)
        states = dict[int, str]()
        for time in reversed(range(times)) if back else range(times):
            layer.h = states[time] = kind.step(layer, layer.h, time)
        every.append([states[time] for time in range(times)])
        last.append(layer.h)
        cells.append(layer.c)
    found = [[state for together in zip(*every, strict=True) for state in together], last, cells]
    count = len(last)
    for makes, states_of, axes in zip(node.outputs, found, ((times, count), (1, count), (1, count)), strict=False):
        if makes:
            _stacked(net, makes, states_of, (*axes, images, size), alone=makes != node.output, first=first)


def _stacked(net: Builder, makes: str, states: Sequence[str], shape: Shape, *, alone: bool, first: bool) -> None:
    """States as one array [time][direction][image][unit]; alone: without times; first: images before all else."""
    _, count, images, size = shape
    rows = [net.reshape(net.hidden(makes), state, (1, images, size)) for state in states]
    joined = net.join(net.hidden(makes), tuple(rows), 0) if len(rows) > 1 else rows[0]
    made, order = ((count, images, size), (1, 0, 2)) if alone else (shape, (2, 0, 1, 3))
    if not first:
        net.reshape(makes, joined, made)
        return
    whole = net.reshape(net.hidden(makes), joined, made)
    net.move(makes, whole, tuple(made[axis] for axis in order),
             [Index(0, ((order.index(axis), 1),)) for axis in range(len(made))])


OPERATORS: dict[str, Operator] = dict.fromkeys(KINDS, _recurrent)
