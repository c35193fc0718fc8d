"""Convolutions that sum integers, in the ways that ONNX has of writing them.

    QLinearConv    of x, w and b in integers: outputs in 8 bits
    ConvInteger    of x and w: the sums
    Conv           of a DequantizeLinear for x, one for w, and b; perhaps with a QuantizeLinear behind it or behind its
    ConvTranspose  activation: outputs in 8 bits, else in f32; before these perhaps the Add of a DequantizeLinear for a
                   residual

Integers q stand for s·(q − z), where the scale s and the zero point z are one for all, or of w one for each output
channel, which in a ConvTranspose is one of a group's. Layers have no zero points of weights: these are subtracted here,
and what remains must fit s8, or else s16. Around a Conv x and y may have 16 bits too (of opset 21, and before that of
ONNX Runtime's domain): both of s16, with weights in s8; the layer sums in 64 bits, as its bias has.

What a layer multiplies its sums by is computed in f32, in ONNX Runtime's order, (s_x·s_w)/s_y (qlinearconv.cc,
ComputeOutputScale). So is its bias, where that is a constant of f32: rint(b / (s_x·s_w)), as ONNX Runtime has it
(weight_bias_quantization.cc). A residual is multiplied by s_r/s_y, likewise in f32. (ONNX Runtime has no ConvTranspose
of integers: it computes that in f32, and its outputs may be a step from a layer's.)

An Add of outputs that were quantised before it is no residual: what their rounding lost is lost, and a layer rounds
only the sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnsupportedError
from ..layer.activation import Activation
from ..layer.element import F32, S8, S16, S32, S64, U8, Element
from ..layer.names import brief
from ..layer.network import Use, Wiring
from ..layer.quantisation import CLAMPS
from ..layer.spec import ConvSpec
from .cut import Read
from .fold import FOLDS, Chain, Step
from .forms import recognise
from .graph import Graph, Node
from .proto import type_name
from .tensors import Array

OPERATORS = ("QLinearConv", "ConvInteger")
SUMS = ("ConvInteger", "MatMulInteger")  # which make the sums themselves
UINT8, INT8, INT16, INT32 = 2, 3, 5, 6  # ONNX's numbers
BYTES = {UINT8: U8, INT8: S8}
QUANTISED = BYTES | {INT16: S16}  # of values that are dequantised and quantised
TOLERANCE = 1e-5  # by which the scale of a bias may differ from s_x·s_w, which exporters round in their own ways


class Quantised(NamedTuple):
    """A value of a graph in integers, and what these stand for. scale, zero: one number, or one for each output
    channel; scale None where nobody says it."""

    name: str
    element: Element
    zero: NDArray[np.int64]
    scale: NDArray[np.float32] | None = None


# --- of arrays ---


def weights(w: Array, zero: Array, axis: int = 0) -> Array:
    """Less their zero points, in the smaller type that holds them. axis: of output channels."""
    found = w.astype(np.int16) - zero.astype(np.int16).reshape(-1, *[1] * (w.ndim - axis - 1))
    small = not found.size or (S8.smallest <= found.min() and found.max() <= S8.largest)
    return found.astype(S8.dtype if small else S16.dtype)


def scales(x: Array, w: Array, y: Array | None, channels: int) -> NDArray[np.float32]:
    """What sums are multiplied by, one number for each output channel."""
    with np.errstate(all="ignore"):
        found = x.reshape(-1) * w.reshape(-1) if y is None else x.reshape(-1) * w.reshape(-1) / y.reshape(-1)
    made = "x_scale * w_scale" + " / y_scale" * (y is not None)
    _check_normal(made, "product" if y is None else "quotient", found)
    return np.broadcast_to(found.astype(np.float32), (channels,)).copy()


def check_scale(field: str, name: str, array: Array, channels: int | None) -> NDArray[np.float32]:
    """Of a value, or InputError. field: in ONNX. channels: how many may have a number of their own, None for an input
    or output, which has one."""
    _check_count(field, name, array.shape, channels)
    if array.dtype != F32.dtype:
        raise UnsupportedError(f"{field} must be f32 ({name} is {array.dtype})")
    _check_normal(field, name, array.reshape(-1))
    return array.reshape(-1)


def check_zero(field: str, name: str, array: Array, element: Element, channels: int | None) -> NDArray[np.int64]:
    """Likewise of a value of that type."""
    _check_count(field, name, array.shape, channels)
    if array.dtype != element.dtype:
        raise InputError(f"{field} must be of the type of {field[0]}, {element.name} ({name} is {array.dtype})")
    return array.reshape(-1).astype(np.int64)


def _check_count(field: str, name: str, shape: tuple[int, ...], channels: int | None) -> None:
    if shape in ((), (1,), (channels,)):
        return
    if channels is None:  # DequantizeLinear knows more
        raise UnsupportedError(f"{field} must be one number ({name} has the shape {shape})")
    raise InputError(f"{field} must be one number, or one for each of {channels} output channels ({name} has the shape"
                     f" {shape})")


def _check_normal(field: str, name: str, numbers: Array) -> None:
    """Subnormal numbers too would not be what they seem: their roundings are coarse, and some machines flush them."""
    with np.errstate(invalid="ignore"):
        wrong = np.flatnonzero(~((numbers >= np.finfo(np.float32).tiny) & (numbers <= F32.largest)))
    if wrong.size:
        place = f"[{wrong[0]}]" if numbers.size > 1 else ""
        raise InputError(f"{field} must be a positive normal f32 ({name}{place}={numbers[wrong[0]]:.9g})")


# --- of a graph ---


def _constant(graph: Graph, field: str, name: str, channels: int | None) -> Array:
    if not name or name not in graph.constant:
        raise UnsupportedError(f"{field} must be a constant ({field}={brief(name)})")
    _check_count(field, brief(name), graph.shape(name) or (), channels)  # before anything large is read
    return graph.array(name)


def _scale(graph: Graph, field: str, name: str, channels: int | None = None) -> NDArray[np.float32]:
    return check_scale(field, brief(name), _constant(graph, field, name, channels), channels)


def _zero(graph: Graph, field: str, name: str, element: Element, channels: int | None = None) -> NDArray[np.int64]:
    if not name:
        return np.zeros(1, np.int64)
    return check_zero(field, brief(name), _constant(graph, field, name, channels), element, channels)


def _element(what: str, name: str, kind: int, known: Mapping[int, Element]) -> Element:
    """Of a value that ONNX calls so. kind: ONNX's number of its type; known: of those that it may be of."""
    if kind not in known:
        *others, last = (element.name for element in known.values())
        raise UnsupportedError(f"{what} must be {', '.join(others)} or {last} ({brief(name)} is {type_name(kind)})")
    return known[kind]


def _read(graph: Graph, what: str, name: str, scale: str | None, zero: str, channels: int | None = None,
          known: Mapping[int, Element] = BYTES) -> Quantised:
    """A value, which ONNX calls so; of its scale, None where there is none, and of its zero point the names. known:
    the types that it may be of."""
    element = _element(what, name, graph.kind(name), known)
    return Quantised(name, element, _zero(graph, f"{what}_zero_point", zero, element, channels),
                     None if scale is None else _scale(graph, f"{what}_scale", scale, channels))


def _dequantised(graph: Graph, what: str, name: str, channels: int | None = None, at: int = 0) -> Quantised | None:
    """What the DequantizeLinear reads that makes a value, if one does. at: the axis of channels."""
    node = graph.maker(name)
    if node is None or node.op != "DequantizeLinear" or node.domain:
        return None
    if size := node.get("block_size", int, 0):
        raise UnsupportedError(f"{what}_scale must not be one for each block (block_size={size})")
    axes, axis = len(graph.shape(name) or ()), node.get("axis", int, 1)
    if (graph.shape(node.input(1)) or (1,)) != (1,) and axis not in (at, at - axes):
        raise UnsupportedError(f"{what}_scale must be one number, or one for each output channel (axis={axis})")
    known = BYTES if what == "w" else QUANTISED
    return _read(graph, what, node.input(0), node.input(1), node.input(2), channels, known)


class Operands(NamedTuple):
    """Of a convolution: input, weights, outputs, None while these are sums or real numbers, and bias, None where there
    is none, or it is not constant."""

    x: Quantised
    w: Quantised
    y: Quantised | None
    bias: NDArray[np.signedinteger] | None


class Integers(Chain):
    """A convolution that sums integers, and what was folded into it. x, w, y, bias: as Operands; residual: what is
    added."""

    def __init__(self, graph: Graph, index: int, spec: ConvSpec, reads: Read, of: Operands) -> None:
        self.start(graph, index, reads)
        self.spec = spec
        self.x, self.w, self.y, self.bias = x, w, y, _ = of
        self.residual: Quantised | None = None
        self.weights = w.name
        known = not w.zero.any() and w.element is S8
        if not known and w.name not in graph.constant:
            raise UnsupportedError("w must be constant unless it is s8 with zero points of 0"
                                   f" (w={brief(w.name)}, of {w.element.name})")
        element = S8 if known else next(one for one in (S8, S16) if one.dtype == self._weights().dtype)
        output = S32 if w.scale is None else F32 if y is None else y.element
        if element is S16 and x.element is S16:
            raise UnsupportedError(f"w less its zero points must fit s8 where x is s16 (w={brief(w.name)}, of"
                                   f" {w.element.name})")
        self.spec = spec.replace(dtype=":".join(one.name for one in (x.element, element, output)),
                                 input_zero=int(x.zero[0]), output_zero=0 if y is None else int(y.zero[0]))
        self.scale = self._scale()

    @property
    def axis(self) -> int:
        """Of output channels in the weights of the model."""
        return int(self.spec.transposed)

    @property
    def fixed(self) -> bool:
        return self.w.name in self.graph.constant

    @property
    def open(self) -> bool:
        return self.spec.arithmetic.output is F32

    def step(self, node: Node) -> Step | None:
        return STEPS.get(node.op) if not node.domain and node.output else None

    def quantise(self, y: Quantised) -> None:
        """Outputs become integers."""
        self.spec = self._quantised(self.spec, y, self.residual)
        self.y = y
        self.scale = self._scale()

    def _quantised(self, spec: ConvSpec, y: Quantised, r: Quantised | None) -> ConvSpec:
        """The layer with such outputs and such a residual."""
        of = spec.arithmetic
        if y.element.bytes != of.input.bytes:
            raise UnsupportedError(f"x and y must both be of 8 bits or both s16 ({brief(self.x.name)} is"
                                   f" {of.input.name}, {brief(y.name)} is {y.element.name})")
        added = {} if r is None else {"residual": True, "residual_zero": int(r.zero[0]),
                                      "residual_scale": float((_known(r.scale) / _known(y.scale))[0])}
        return spec.replace(dtype=f"{of.input.name}:{of.weights.name}:{y.element.name}", output_zero=int(y.zero[0]),
                            output_scale=_clamp_scale(spec.activation, y), **added)

    def add(self, node: Node, other: str) -> str:
        """Take in the sum with a value, or say why not."""
        graph, spec = self.graph, self.spec
        if spec.activation != "none":
            return "it comes after the activation"
        if self.residual is not None:
            return "the layer has a residual already"
        if other in graph.constant:
            return f"{brief(other)} is a constant of the model, which a layer does not hold"
        if graph.shape(other) != self.shape:
            return f"{brief(other)} has not the output's shape"
        try:
            r, y = _dequantised(graph, "r", other), self._quantised_behind(node.output)
            if r is None:
                return f"{brief(other)} is not made by a DequantizeLinear"
            if y is None:
                return "no QuantizeLinear is behind it or behind its clamp"
            if r.element is not y.element:
                return f"it adds {r.element.name} ({brief(r.name)}) to what becomes {y.element.name} ({brief(y.name)})"
            with np.errstate(all="ignore"):
                self._quantised(spec, y, r)
        except (InputError, UnsupportedError) as error:
            return str(error)
        self.residual, self.adds, self.spec = r, r.name, spec.replace(residual=True)
        if self._only_reader(other) is not None:
            self.taken.append(graph.index(other))
        return ""

    def _quantised_behind(self, real: str) -> Quantised | None:
        """What a value becomes that is quantised, perhaps clamped before; None of another."""
        act = recognise(self.graph, real)
        if act is not None and Activation.parse(act[1]).name not in CLAMPS:
            return None
        last = self._only_reader(real if act is None else self.graph.nodes[act[0][-1]].output)
        return None if last is None else _requantised(self.graph, self.graph.nodes[last])

    def beyond(self, taken: Mapping[int, str]) -> dict[int, str]:
        """Sums with outputs that are rounded already."""
        graph = self.graph
        if self.y is None:
            return {}
        said = f"{brief(self.end)} is rounded to {self.y.element.name} before it, and a layer rounds only the sum"
        dequantised = [node.output for index in graph.readers.get(self.end, ())
                       if (node := graph.nodes[index]).op == "DequantizeLinear" and not node.domain]
        readers = [index for real in dequantised for index in graph.readers.get(real, ())]
        return {index: said for index in readers if graph.nodes[index].op == "Add" and index not in taken}

    def settle(self) -> None:
        """Take in what leaves outputs in integers as they are, or only clamps them: they are dequantised, clamped and
        quantised again by the same numbers, as PyTorch exports a ReLU6. Or another activation, which is dequantised and
        quantised as anybody likes: these become sums, and a table follows."""
        y = self.y
        while y is not None and (index := self._only_reader(self.end)) is not None:
            if self._same(index):
                self.take(index)
            elif self.spec.activation == "none" and (found := self._between(index, y)) is not None:
                indices, activation, made = found
                if Activation.parse(activation).name in CLAMPS:
                    self.take(*indices, activation=activation, output_scale=_clamp_scale(activation, y))
                else:
                    self.take(*indices, activation=activation, output_scale=float(_known(made.scale)[0]),
                              output_zero=int(made.zero[0]), sum_scale=float(_known(y.scale)[0]),
                              sum_zero=int(y.zero[0]))
            else:
                return

    def _only_reader(self, value: str) -> int | None:
        readers = self.graph.readers.get(value, [])
        return readers[0] if len(readers) == 1 and value not in self.graph.kept else None

    def _same(self, index: int) -> bool:
        """Whether a node makes what it reads."""
        node = self.graph.nodes[index]
        cast = node.op == "Cast" and node.attributes.get("to") == self.graph.kind(node.input(0))
        return not node.domain and (cast or node.op == "Identity") and bool(node.output)

    def _between(self, index: int, y: Quantised) -> tuple[list[int], str, Quantised] | None:
        """From the node that dequantises to the one that quantises again, the activation between them, and what it
        makes: of a clamp, integers that stand for the same; of another, of the same type."""
        graph = self.graph
        real = graph.nodes[index].output
        try:
            if not real or not _alike(_dequantised(graph, "y", real), y):
                return None
            act = recognise(graph, real)
            if act is None or Activation.parse(act[1]).slopes:
                return None
            last = self._only_reader(graph.nodes[act[0][-1]].output)
            made = None if last is None else _requantised(graph, graph.nodes[last])
            if last is None or made is None or made.element is not y.element:
                return None
            clamps = Activation.parse(act[1]).name in CLAMPS
            if not _alike(made, y) if clamps else y.element.bytes > 1:  # which are too many for a table
                return None
        except (InputError, UnsupportedError):  # whoever reads on will tell
            return None
        return [index, *act[0], last], act[1], made

    def use(self, name: str, element: Element | None) -> Use:
        wiring = Wiring(self.reads.said, self.adds, self.end)
        if element is None:
            return Use(name, wiring=wiring)
        return Use(name, self._weights() if self.fixed else None, self.bias, wiring=wiring, scale=self.scale)

    def _weights(self) -> Array:
        array = self.graph.array(self.w.name)
        if array.dtype != self.w.element.dtype:
            raise InputError(f"w must be of its type, {self.w.element.name} ({brief(self.w.name)} is {array.dtype})")
        return np.ascontiguousarray(weights(array, self.w.zero, self.axis))

    def _scale(self) -> NDArray[np.float32] | None:
        if self.x.scale is None or self.w.scale is None:
            return None
        return scales(self.x.scale, self.w.scale, None if self.y is None else _known(self.y.scale), self.spec.oc)


def _clamp_scale(activation: str, y: Quantised) -> float:
    """The spec's output_scale: 0 where nobody need know it."""
    return 0.0 if activation in ("none", "relu") else float(_known(y.scale)[0])


def _alike(one: Quantised | None, other: Quantised) -> bool:
    """Whether integers stand for the same."""
    return one is not None and one.element is other.element and bool(
        (one.zero == other.zero).all() and (_known(one.scale) == _known(other.scale)).all())


def _known(scale: NDArray[np.float32] | None) -> NDArray[np.float32]:
    assert scale is not None  # nobody quantises without
    return scale


def _requantised(graph: Graph, node: Node) -> Quantised | None:
    """What a QuantizeLinear makes; None for another node."""
    if node.op != "QuantizeLinear" or node.domain or not node.output:
        return None
    if size := node.get("block_size", int, 0):
        raise UnsupportedError(f"y_scale must not be one for each block (block_size={size})")
    zero = node.input(2)
    kind = graph.kind(zero) if zero else node.get("output_dtype", int, 0) or UINT8
    element = _element("y", node.output, kind, QUANTISED)
    return Quantised(node.output, element, _zero(graph, "y_zero_point", zero, element),
                     _scale(graph, "y_scale", node.input(1)))


# --- the operators ---


def as_conv(node: Node) -> Node:
    """A Conv of the same arrays, for its extents, strides and pads."""
    places = (0, 3, 8) if node.op == "QLinearConv" else (0, 1)
    return node._replace(inputs=tuple(node.input(place) for place in places))


def operands(graph: Graph, node: Node, channels: int) -> Operands:
    """Of one of OPERATORS, or of the product of matrices that has the same inputs."""
    at = node.input
    if node.op in SUMS:
        w = _read(graph, "w", at(1), None, at(3), channels)
        return Operands(_read(graph, "x", at(0), None, at(2)), w, None, None)
    x = _read(graph, "x", at(0), at(1), at(2))
    w = _read(graph, "w", at(3), at(4), at(5), channels)
    kind = graph.kind(at(7)) or graph.kind(node.output)
    if kind not in BYTES:
        raise InputError(f"y_zero_point must be u8 or s8 ({brief(at(7) or node.output)} is {type_name(kind)})")
    zero = _zero(graph, "y_zero_point", at(7), BYTES[kind])
    y = Quantised(node.output, BYTES[kind], zero, _scale(graph, "y_scale", at(6)))
    return Operands(x, w, y, _bias(graph, at(8), channels))


def between(graph: Graph, node: Node, input: str, spec: ConvSpec, axis: int) -> Operands | None:
    """Of a layer of dequantised values; None for one of others. input: the value that is convolved, perhaps padded
    first. axis: of output channels in the weights."""
    x = _dequantised(graph, "x", input)
    channels = spec.ocg if spec.transposed else spec.oc
    w = None if x is None else _dequantised(graph, "w", node.input(1), channels, axis)
    if x is None or w is None:
        return None
    scale = _known(w.scale)
    w = w._replace(scale=np.tile(scale, spec.oc // channels) if scale.size > 1 else scale)
    return Operands(x, w, None, _rounded(graph, node.input(2), x, w, spec.oc))


def _bias(graph: Graph, name: str, channels: int) -> NDArray[np.signedinteger] | None:
    if not name or name not in graph.constant:
        return None
    array = graph.array(name)
    if array.dtype != S32.dtype or array.shape != (channels,):
        raise InputError(f"b must be s32 of the shape ({channels},) ({brief(name)} is {array.dtype} {array.shape})")
    return array.astype(np.int32)


def _rounded(graph: Graph, name: str, x: Quantised, w: Quantised, channels: int) -> NDArray[np.signedinteger] | None:
    """The bias of a Conv: what is dequantised by s_x·s_w, or real numbers, divided by it and rounded."""
    if not name:
        return None
    if name not in graph.constant:
        raise UnsupportedError(f"b must be a constant (b={brief(name)})")
    unit = scales(_known(x.scale), _known(w.scale), None, channels)
    element = S64 if x.element is S16 else S32
    node = graph.maker(name)
    if node is not None and node.op == "DequantizeLinear" and graph.kind(node.input(0)) == INT32:
        own = _scale(graph, "b_scale", node.input(1), channels)
        moved = node.input(2) and graph.array(node.input(2)).any()
        if not moved and np.all(np.abs(own.astype(np.float64) - unit) <= TOLERANCE * unit):
            given = _bias(graph, node.input(0), channels)
            return None if given is None else given.astype(element.dtype)
    array = graph.array(name)
    if array.shape != (channels,) or array.dtype != F32.dtype:
        raise InputError(f"b must be f32 of the shape ({channels},) ({brief(name)} is {array.dtype} {array.shape})")
    with np.errstate(all="ignore"):
        found = np.rint(array / unit)
        wrong = np.flatnonzero(~(np.abs(found) < 2.0**element.mantissa))
    if wrong.size:
        raise InputError(f"b / (x_scale * w_scale) must fit {element.name} ({brief(name)}[{wrong[0]}]="
                         f"{array[wrong[0]]:.9g} gives {found[wrong[0]]:.9g})")
    return found.astype(element.dtype)


# --- steps: as those of fold.py ---


def _quantised(chain: Chain, node: Node) -> str:
    """QuantizeLinear: outputs in 8 or 16 bits."""
    assert isinstance(chain, Integers)  # no other chain has this step
    if chain.spec.act.name not in CLAMPS:
        return f"activation must be one of {', '.join(CLAMPS)} before it (activation={chain.spec.activation})"
    try:
        y = _requantised(chain.graph, node)
        if y is not None:
            chain.quantise(y)
    except UnsupportedError as error:
        return str(error)
    return ""


def _added(chain: Chain, node: Node) -> str:
    """Add: of a residual in integers, where the sum becomes integers too."""
    assert isinstance(chain, Integers)
    if len(node.inputs) != 2 or "broadcast" in node.attributes:
        return "it is not the sum of two arrays"
    return chain.add(node, node.inputs[node.inputs[0] == chain.end])


def _unlike(chain: Chain, node: Node) -> str:
    return "its layer sums integers, and neither scales nor adds more"


_ALIKE = ("Identity", "Dropout")
STEPS: Mapping[str, Step] = {
    op: step if op in _ALIKE or step is FOLDS["Clip"] else _unlike for op, step in FOLDS.items()
} | {"QuantizeLinear": _quantised, "Add": _added, "Sum": _added}
