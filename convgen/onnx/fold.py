"""A Conv of an ONNX graph and the nodes behind it that its layer can do:

    y = act( s·(w∗x + b) + t + r ),    s·(w∗x + b) + t = (s·w)∗x + (s·b + t)

s and t are constants for each output channel, of BatchNormalization, Mul, Div, Add and Sub, computed in float64; r has
the output's shape, and is not a constant. act is one node, or the nodes that forms.py recognises.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnsupportedError
from ..layer.activation import ACTIVATIONS, Activation, named
from ..layer.element import ELEMENTS, Element
from ..layer.fields import LAYOUTS
from ..layer.names import brief
from ..layer.network import Use, Wiring
from ..layer.spec import ConvSpec
from .cut import Read
from .forms import recognise
from .graph import FLOATS, Graph, Node
from .tensors import MAX_AXES

F64 = NDArray[np.float64]


Orders = tuple[tuple[int, ...], tuple[int, ...]]
Step = Callable[["Chain", Node], str]  # changes the chain, or says why it cannot


class Chain:
    """A Conv and what was folded into it. end: the value that they make. taken: the nodes. scale, shift: s and s·b + t
    for each output channel; scale None where weights are not constant, shift None where the bias is not. slopes: where
    the activation takes them. reads: the input, or what of it. adds: the residual. weights: the value that is them."""

    spec: ConvSpec
    scale: NDArray[Any] | None
    weights: str

    def __init__(self, graph: Graph, index: int, spec: ConvSpec, reads: Read) -> None:
        self.start(graph, index, reads)
        self.spec, self.weights, bias = spec, self.node.input(1), self.node.input(2)
        self.scale = np.ones(spec.oc) if self.weights in graph.constant else None
        self.shift: F64 | None = None
        if bias in graph.constant:
            self.shift = exactly(graph, bias, (spec.oc,), "bias") if bias else np.zeros(spec.oc)

    def start(self, graph: Graph, index: int, reads: Read) -> None:
        """With the node alone."""
        self.graph, self.node, self.reads, self.adds = graph, graph.nodes[index], reads, ""
        self.end, self.taken = self.node.output, [index]
        self.slopes: F64 | None = None

    @property
    def fixed(self) -> bool:
        """Whether weights are constant."""
        return self.scale is not None

    @property
    def open(self) -> bool:
        """Whether what follows may be folded in."""
        return True

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the value that is made, as the model has it."""
        return self.spec.output_shape

    @property
    def channel(self) -> int:
        """The axis of output channels there."""
        return 1

    def laid(self, layout: str, dtype: str | None) -> tuple[ConvSpec, Orders]:
        """The layer in "nchw" or "nhwc", of a type that replaces its own if one is told; and the orders of the axes of
        its input and of its output in memory."""
        last, rank = layout == "nhwc", self.spec.rank
        spec = self.spec.replace(layout=LAYOUTS[rank - 1 + 3 * last], weights_layout=self.spec.weights_layout,
                                 dtype=dtype or self.spec.dtype)
        order = (0, *range(2, rank + 2), 1) if last else tuple(range(rank + 2))
        return spec, (order, order)

    def settle(self) -> None:
        """Take in what needs no step, at the end."""

    def beyond(self, taken: Mapping[int, str]) -> dict[int, str]:
        """What does not follow at once, and is not taken in either, and why. taken: as fold has it."""
        return {}

    def step(self, node: Node) -> Step | None:
        """What folds a node in, if anything does."""
        return FOLDS.get(node.op) if not node.domain and node.output else None

    def take(self, *indices: int, **changes: Any) -> None:
        """Nodes, of which the last makes the end, and what becomes of the layer."""
        self.taken += indices
        self.end = self.graph.nodes[indices[-1]].output
        self.spec = self.spec.replace(**changes) if changes else self.spec

    def use(self, name: str, element: Element | None) -> Use:
        """With its weights, bias and slopes as such numbers, if these arrays are wanted."""
        wiring = Wiring(self.reads.said, self.adds, self.end)
        if element is None:
            return Use(name, wiring=wiring)
        weights = bias = None
        if self.scale is not None:
            array = self._weights()
            with np.errstate(all="ignore"):
                array *= self._each(self.scale, array.ndim)
            weights = self._rounded("weights", array, element)
        if self.spec.bias and self.shift is not None:
            bias = self._rounded("bias", self.shift, element)
        slopes = None if self.slopes is None else self._rounded("slopes", self.slopes, element)
        return Use(name, weights, bias, slopes, wiring)

    def _weights(self) -> NDArray[Any]:
        """Those of the model, in the order of the layer's."""
        return exactly(self.graph, self.weights, self.spec.weights_shape, "weights")

    def _each(self, scale: NDArray[Any], axes: int) -> NDArray[Any]:
        """A number for each output channel, so that it meets the weights: [ic][oc / g][…] of a transposed layer, else
        [oc][…]."""
        if not self.spec.transposed:
            return scale.reshape(-1, *[1] * (axes - 1))
        of_groups = scale.reshape(self.spec.g, self.spec.ocg)
        return np.repeat(of_groups, self.spec.icg, axis=0).reshape(self.spec.ic, -1, *[1] * (axes - 2))

    def _rounded(self, what: str, values: F64, element: Element) -> NDArray[Any]:
        """Each as the nearest number of the element. Those of f32 may leave its range; UnsupportedError where others
        do, as what is folded in may make them."""
        with np.errstate(all="ignore"):
            found = element.nearest(values) if element.rounds else values
            array: NDArray[Any] = found.astype(element.dtype, order="C")
        if element.rounds and not np.isfinite(found).all():
            raise UnsupportedError(f"{what} of Conv {brief(self.node.name)} must be finite numbers of {element.name},"
                                   f" with what is folded in ({what} reach {np.abs(values).max():.3g})")
        return array


def fold(chain: Chain, taken: dict[int, str]) -> dict[int, str]:
    """Take in what follows as far as possible. The nodes that were not, and why. taken: what other layers have, ""."""
    refused = _behind(chain, taken)
    chain.settle()
    return refused | chain.beyond(taken)


def _behind(chain: Chain, taken: dict[int, str]) -> dict[int, str]:
    graph = chain.graph
    while chain.open and chain.end not in graph.kept:
        readers = graph.readers.get(chain.end, [])
        if any(taken.get(index) == "" for index in readers):
            return {}
        found = recognise(graph, chain.end) if chain.spec.activation == "none" else None
        if found is not None:
            chain.take(*found[0], activation=found[1])
            continue
        able = [index for index in readers if chain.step(graph.nodes[index])]
        if len(readers) != 1:
            return dict.fromkeys(able, f"{brief(chain.end)} has other readers")
        if not able:
            return {}
        node = graph.nodes[able[0]]
        if any(name in graph.readers or name in graph.kept for name in node.outputs[1:]):
            return {able[0]: "it makes more than one value"}
        step = chain.step(node)
        if step is not None and (reason := step(chain, node)):
            return {able[0]: reason}
        chain.take(*able)
    return {}


# --- steps ---


def _nothing(chain: Chain, node: Node) -> str:
    return "it trains" if node.get("training_mode", int, 0) or node.input(2) else ""


def _normalised(chain: Chain, node: Node) -> str:
    """(v − mean)·γ/√(var + ε) + β"""
    graph, count = chain.graph, chain.spec.oc
    trains = node.get("training_mode", int, 0) or (graph.opset < 7 and not node.get("is_test", int, 0))
    if trains or not node.get("spatial", int, 1):
        return "it trains"
    if chain.channel % len(chain.shape) != 1:
        return "its channels are not those of the layer"
    if len(node.inputs) != 5 or not graph.constant.issuperset(node.inputs[1:]):
        return "its parameters are not constant"
    gamma, beta, mean, var = (exactly(graph, name, (count,), "parameters") for name in node.inputs[1:])
    with np.errstate(all="ignore"):
        scale = gamma / np.sqrt(var + float(np.float32(node.get("epsilon", float, 1e-5))))
        return _affine(chain, scale, beta - mean * scale)


def _summed(chain: Chain, node: Node) -> str:
    if node.op == "Sum" and len(node.inputs) == 1:
        return ""
    if len(node.inputs) != 2 or "broadcast" in node.attributes:
        return "it is not the sum of two arrays"
    first = node.inputs[0] == chain.end
    other = node.inputs[first]
    if (values := per_channel(chain, other)) is not None:
        one = np.ones(chain.spec.oc)
        if node.op == "Sub":
            return _affine(chain, one, -values) if first else _affine(chain, -one, values)
        return _affine(chain, one, values)
    value = chain.graph.values.get(other)
    if node.op == "Sub":
        return "it subtracts what is not one constant for each channel"
    if value is None or FLOATS.get(value.type) is not ELEMENTS[chain.spec.dtype] \
            or value.shape != chain.shape:
        return f"{brief(other)} has neither the output's shape nor one constant for each channel"
    if chain.spec.activation != "none":
        return "it comes after the activation"
    if chain.spec.residual:
        return "the layer has a residual already"
    if other in chain.graph.constant:
        return f"{brief(other)} is a constant of the model, which a layer does not hold"
    chain.spec, chain.adds = chain.spec.replace(residual=True), other
    return ""


def _scaled(chain: Chain, node: Node) -> str:
    first = len(node.inputs) == 2 and node.inputs[0] == chain.end
    if len(node.inputs) != 2 or "broadcast" in node.attributes or (node.op == "Div" and not first):
        return "it does not scale"
    values = per_channel(chain, node.inputs[first])
    if values is None:
        return f"{brief(node.inputs[first])} is not one constant for each channel"
    with np.errstate(all="ignore"):
        return _affine(chain, 1 / values if node.op == "Div" else values, np.zeros(chain.spec.oc))


def _affine(chain: Chain, scale: F64, shift: F64) -> str:
    """s·v + t"""
    scales, shifts = bool((scale != 1).any()), bool((shift != 0).any())
    if chain.spec.activation != "none":
        return "it comes after the activation"
    if scales and chain.spec.residual:
        return "it scales the residual"
    if scales and chain.scale is None:
        return "the weights of the Conv are not constant"
    if chain.shift is None:
        return "the bias of the Conv is not constant"
    if chain.scale is not None:
        chain.scale = chain.scale * scale
    chain.shift = chain.shift * scale + shift
    if shifts:
        chain.spec = chain.spec.replace(bias=True)
    return ""


def _activated(chain: Chain, node: Node) -> str:
    if chain.spec.activation != "none":
        return "it comes after the activation"
    try:
        name = SPECIAL.get(node.op, _named)(chain.graph, node)
        if not name:
            return "it is not among a layer's activations"
        spec = chain.spec.replace(activation=str(Activation.parse(name)))
    except InputError as error:
        return str(error)
    slopes = _slopes(chain, node) if spec.slopes else None
    if spec.slopes and slopes is None:
        return f"{brief(node.input(1))} is not one constant for each channel"
    chain.spec, chain.slopes = spec, slopes
    return ""


def _slopes(chain: Chain, node: Node) -> F64 | None:
    """Those of a PRelu, if they are one constant for each channel. Before opset 7 they do not meet the last axes."""
    name, count = node.input(1), (chain.spec.oc,)
    if chain.graph.opset < 7 and chain.channel == 1 and name in chain.graph.constant \
            and chain.graph.shape(name) == count:
        return exactly(chain.graph, name, count, "slopes")
    return per_channel(chain, name)


# --- activations, as convgen writes them ---


def _slope(graph: Graph, node: Node) -> str | None:
    """PRelu: with one slope for all a function of its own, which needs no array."""
    name, shape = node.input(1), graph.shape(node.input(1))
    if name in graph.constant and shape is not None and all(extent == 1 for extent in shape):
        return f"leaky-relu({small(graph, name)[0]:.9g})"
    return _named(graph, node)


def _named(_: Graph, node: Node) -> str | None:
    return activation_name(node)


def activation_name(node: Node) -> str | None:
    """By the name that its row has in ONNX."""
    def get(attribute: str, default: Any) -> Any:
        return node.attributes.get(attribute) if default is None else node.get(attribute, float, default)

    return named(lambda row: row.onnx, node.op, get)


# operators whose parameters are no attributes
SPECIAL: dict[str, Callable[[Graph, Node], str | None]] = {"PRelu": _slope}

# operator -> the step that folds it
FOLDS: dict[str, Step] = {
    "Identity": _nothing, "Dropout": _nothing,
    "BatchNormalization": _normalised,
    "Add": _summed, "Sub": _summed, "Sum": _summed,
    "Mul": _scaled, "Div": _scaled,
    **dict.fromkeys((*SPECIAL, "Clip", *(row.onnx.name for row in ACTIVATIONS.values() if row.onnx)), _activated),
}  # fmt: skip


# --- constants ---


def small(graph: Graph, name: str) -> list[Any]:
    """The elements of a constant that must be few; at least one."""
    shape = graph.shape(name)
    if shape is None or len(shape) > MAX_AXES or not 1 <= math.prod(shape) <= 64:
        raise InputError(f"{brief(name)} must have 1 to 64 elements (its shape is {shape})")
    return [value.item() for value in graph.array(name).ravel()]


def exactly(graph: Graph, name: str, shape: tuple[int, ...], what: str) -> F64:
    if graph.shape(name) != shape:
        raise InputError(f"{what} must have the shape {shape} ({brief(name)} has {graph.shape(name)})")
    array = graph.array(name)
    if array.shape != shape or array.dtype.name not in {element.numpy for element in FLOATS.values()}:
        raise InputError(f"{what} must be {', '.join(ELEMENTS)} of the shape {shape} ({brief(name)} is {array.dtype}"
                         f" {array.shape})")
    return array.astype(np.float64)


def per_channel(chain: Chain, name: str) -> F64 | None:
    """One number for each output channel, if that is what a constant is once it meets the output."""
    axes, count, shape = len(chain.shape), chain.spec.oc, chain.graph.shape(name)
    if name not in chain.graph.constant or shape is None or len(shape) > axes:
        return None
    aligned = (1,) * (axes - len(shape)) + shape
    if aligned[chain.channel] not in (1, count) or math.prod(aligned) != aligned[chain.channel]:
        return None
    array = exactly(chain.graph, name, shape, "constant")
    return np.broadcast_to(array.reshape(-1), (count,)).copy()
