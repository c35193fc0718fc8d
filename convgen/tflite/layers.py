"""A convolution of a TFLite file as a layer, y = act(conv(x, w) + b), in TFLite's own order: channels last.

Its numbers are f32, or quantised: s8, with a scale of the weights for each output channel or one for all; s16, with
such weights in s8, sums in 64 bits and no zero points; or u8, with one scale. Then sums are of x less its zero point by
w less its own, which is subtracted here, and become outputs as TFLite's reference kernels round them
(layer/rounding.py, "tflite"), with the scale

    s8, s16   s_x·s_w[o] / s_y in f64             (kernel_util.cc, PopulateConvolutionQuantizationParams)
    u8        s_x·s_w in f32, then / s_y in f64   (the same file, GetQuantizedConvolutionMultipler)

Where the bias of s16 is in s32, TFLite sums in 32 bits, which may overflow, and rounds by the multiplier of 31 bits:
no layer does that.

A PAD before it is part of it, where it adds what stands for 0 and nobody else reads what it makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnsupportedError
from ..layer.descriptor import PADS
from ..layer.element import Element
from ..layer.fields import LAYOUTS
from ..layer.names import brief, show
from ..layer.quantisation import Quantisation
from ..layer.spec import ConvSpec
from .file import Operator, Tensor
from .graph import RANGES, Graph, element, quantisation
from .graph import Quantisation as Meaning

Numbers = NDArray[Any]


class Kind(NamedTuple):
    """axes: the spatial ones, in letters. weights_layout: as the file has the weights. out: the axis of theirs that is
    output channels."""

    axes: str
    weights_layout: str
    out: int


# the operators that are layers; weights of a depthwise one are [1, h, w, o], hwio of one input channel a group
KINDS = {"CONV_2D": Kind("hw", "ohwi", 0), "DEPTHWISE_CONV_2D": Kind("hw", "hwio", 3),
         "CONV_3D": Kind("dhw", "hwio", 4), "TRANSPOSE_CONV": Kind("hw", "ohwi", 0)}
# by the schema's numbers
PADDING = ("same-upper", "valid")
ACTIVATIONS = ("none", "relu", "clip(-1,1)", "relu6", "tanh", "sign bit")
FUSED = 4  # of these, that TFLite's kernels have inside
INT32 = 2
BIAS_ERROR = 0.02  # by how much of an output TFLite lets the bias's scale be wrong


class Layer(NamedTuple):
    """spec: in the file's layouts. weights, bias, scale: of its elements, scale None in f32. reads, adds, makes:
    tensors, adds -1 without a residual. taken: the operators that it does."""

    spec: ConvSpec
    weights: Numbers
    bias: Numbers | None
    scale: Numbers | None
    reads: int
    makes: int
    taken: tuple[int, ...]
    adds: int = -1

    def arrays(self, of: Element) -> dict[str, Numbers | None]:
        """By role; weights and bias as such numbers, if they are floats."""
        weights = self.weights if of.whole else _rounded("weights", self.weights, of)
        bias = self.bias if of.whole or self.bias is None else _rounded("bias", self.bias, of)
        return {"weights": weights, "bias": bias, "scale": self.scale}


class Given(NamedTuple):
    """What an operator that may be a layer reads and makes. data: input, weights and output; bias: None without one.
    inputs: the numbers of input, weights and bias; makes: that of the output. packed: whether weights alone are
    quantised; floats: whether real numbers are asked for."""

    data: tuple[Tensor, Tensor, Tensor]
    bias: Tensor | None
    inputs: tuple[int, ...]
    makes: int
    packed: bool
    floats: bool


def layer(graph: Graph, index: int, floats: bool = False) -> Layer:
    """Of the operator of that number, which is one of KINDS. floats: of the real numbers, where these are quantised.
    InputError for what is wrong, UnsupportedError for what is no layer."""
    operator = graph.operators[index]
    inputs, transposed = operator.inputs, operator.kind == "TRANSPOSE_CONV"
    if transposed:  # the output's shape, weights, input, bias
        inputs = (*inputs[2:3], *inputs[1:2], *inputs[3:])
    given = read(graph, operator, inputs, floats)
    found = numbered(graph, given, _spec(operator, *given.data), index)
    if given.data[0].kind != "FLOAT32":
        found = _quantised(found, KINDS[operator.kind].out, given.data)
        check_bias(given.bias, given.data)
    pad = None if transposed else _pad(graph, inputs[0], found.spec)
    if pad is not None:
        found = found._replace(spec=pad.spec, reads=pad.reads, taken=(pad.operator, index))
    return real(found, given)


def read(graph: Graph, operator: Operator, inputs: tuple[int, ...], floats: bool) -> Given:
    """inputs: input, weights, and perhaps a bias."""
    outputs = operator.outputs
    if len(inputs) not in (2, 3) or len(outputs) != 1 or -1 in (*inputs[:2], *outputs):
        raise InputError(f"it must have input, weights, perhaps a bias, and one output (inputs={show(inputs)},"
                         f" outputs={show(outputs)})")
    x, w, y = (graph.tensors[one] for one in (*inputs[:2], *outputs))
    b = graph.tensors[inputs[2]] if inputs[2:] not in ((), (-1,)) else None
    packed = x.kind == "FLOAT32" and w.kind in RANGES and w.data is not None
    if packed and floats:
        w = w._replace(kind="FLOAT32")
    _check_kinds(x, w, b, y, packed)
    if x.kind == "INT16" and (operator.options or {}).get("QuantizedBiasType") == INT32:
        raise UnsupportedError("its sums must be in s64, not s32 (quantized_bias_type=INT32)")
    return Given((x, w, y), b, inputs, outputs[0], packed, floats)


def numbered(graph: Graph, given: Given, spec: ConvSpec, index: int) -> Layer:
    """The layer of a spec of the right shapes, with its numbers as the file has them."""
    inputs, b = given.inputs, given.bias
    spec = spec.replace(bias=b is not None)
    weights = graph.real(inputs[1]) if given.packed else _constant(graph, inputs[1], "weights", given.data[1].shape)
    bias = None if b is None else _constant(graph, inputs[2], "bias", (spec.oc,))
    return Layer(spec, weights.reshape(spec.weights_shape), bias, None, inputs[0], given.makes, (index,))


def _check_kinds(x: Tensor, w: Tensor, b: Tensor | None, y: Tensor, packed: bool) -> None:
    """What TFLite's kernels compute with, and layers have. packed: whether only the weights are quantised, for which
    its kernels quantise the input as it comes."""
    wanted = {"FLOAT32": ("FLOAT32", "FLOAT32"), "INT8": ("INT8", "INT32"), "UINT8": ("UINT8", "INT32"),
              "INT16": ("INT8", "INT64")}.get(x.kind)
    if wanted is None:
        raise UnsupportedError(f"its data must be f32, s8, u8 or s16 ({brief(x.name)} is {element(x)})")
    told = f"input {element(x)}, weights {element(w)}, bias {element(b) if b else 'none'}, output {element(y)}"
    if y.kind != x.kind or w.kind != wanted[0] or (b is not None and b.kind != wanted[1]):
        hint = "; --dtype f32 takes weights as floats" * packed
        raise UnsupportedError("its data must be all f32; or s8 or u8, with a bias in s32; or s16, with weights in s8"
                               f" and a bias in s64 ({told}){hint}")


def _constant(graph: Graph, number: int, what: str, shape: tuple[int, ...]) -> Numbers:
    name, values = brief(graph.tensors[number].name), graph.constant(number)
    if values is None:
        raise UnsupportedError(f"its {what} must be constant ({name} is not)")
    if values.shape != shape:
        raise InputError(f"{what} must have the shape {shape} ({name} has {show(values.shape)})")
    return values


def _spec(operator: Operator, x: Tensor, w: Tensor, y: Tensor) -> ConvSpec:
    """The layer without what its numbers stand for, in f32."""
    kind, options = KINDS[operator.kind], operator.options
    if options is None:
        raise InputError(f"builtin_options must be those of {operator.kind} (it has none, or others)")
    rank = len(kind.axes)
    for tensor in (x, w, y):
        if len(tensor.shape) != rank + 2 or min(tensor.shape) < 1:
            raise InputError(f"{brief(tensor.name)} must have {rank + 2} extents of at least 1"
                             f" (shape={show(tensor.shape)})")
        if tensor.open not in ((), (0,)):
            raise InputError(f"extents of {brief(tensor.name)} must be known, but for the batch (left open: axes"
                             f" {show(tensor.open)})")
    depthwise, transposed = operator.kind == "DEPTHWISE_CONV_2D", operator.kind == "TRANSPOSE_CONV"
    oc, ic, icg = w.shape[kind.out], x.shape[-1], 1 if depthwise else w.shape[-2 if kind.out else -1]
    kernel = w.shape[1:-1] if kind.out in (0, 3) else w.shape[:-2]
    if ic % icg or (depthwise and w.shape[0] != 1) or (transposed and ic != icg):
        raise InputError(f"weights must suit the input's channels (weights {w.shape}, input {x.shape})")
    padding = _of(PADDING, options["Padding"], "padding")
    fields: dict[str, Any] = {
        "n": x.shape[0], "ic": ic, "oc": oc, "g": ic // icg, "layout": LAYOUTS[rank + 2],
        "weights_layout": kind.weights_layout, "activation": activation(options)}
    fields |= {"op": "transposed"} if transposed else {"padding": padding}
    for axis, i, k, o in zip(kind.axes, x.shape[1:-1], kernel, y.shape[1:-1], strict=True):
        s = options[f"Stride{axis.upper()}"]
        fields |= {f"i{axis}": i, f"k{axis}": k, f"s{axis}": s}
        if transposed:
            fields |= zip(PADS[axis], _pads(i, k, s, o, padding), strict=True)
        else:
            fields |= {f"d{axis}": options[f"Dilation{axis.upper()}Factor"]}
    spec = ConvSpec(**fields)
    if spec.output_shape != y.shape:
        raise InputError(f"output must have the shape {spec.output_shape} ({brief(y.name)} has {y.shape})")
    return spec


def _pads(i: int, k: int, s: int, o: int, padding: str) -> tuple[int, int]:
    """Of a transposed layer: before it, those of the forward one from its output (TFLite's ComputePadding)."""
    if s < 1:
        raise InputError(f"stride must be at least 1 (stride={s})")
    before = max(0, (-(-o // s) - 1) * s + k - o) // 2 if padding != "valid" else 0
    return before, (i - 1) * s + k - o - before


def same(padding: int) -> bool:
    """Whether the schema's number is that of SAME."""
    return _of(PADDING, padding, "padding") == PADDING[0]


def _of(names: Sequence[str], number: int, field: str) -> str:
    if not 0 <= number < len(names):
        raise InputError(f"{field} must be from 0 to {len(names) - 1} ({field}={number})")
    return names[number]


def activation(options: dict[str, Any]) -> str:
    """The one that is fused into an operator of these options."""
    found = _of(ACTIVATIONS, options["FusedActivationFunction"], "fused_activation_function")
    if found not in ACTIVATIONS[:FUSED]:
        raise UnsupportedError(f"its activation must be none, RELU, RELU6 or RELU_N1_TO_1 (it is {found})")
    return found


# --- quantised ---


def _quantised(found: Layer, axis: int, data: tuple[Tensor, Tensor, Tensor]) -> Layer:
    """The layer with its types, zero points and scales, and weights less their zero point. axis: of output channels."""
    x, w, y = data
    ends, weights, spec = (quantisation(x, "input"), quantisation(y, "output")), found.weights, found.spec
    for end, tensor, what in zip(ends, (x, y), ("input", "output"), strict=True):
        if tensor.kind == "INT16" and end.zero.any():
            raise InputError(f"zero_point of {what} must be 0 in s16 (zero_point={end.zero[0]} of"
                             f" {brief(tensor.name)})")
    of = quantisation(w, "weights", axis if w.kind == "INT8" else None)
    if w.kind == "INT8":
        if of.zero.any():
            at = int(np.argmax(of.zero != 0))
            raise InputError(f"zero_point of weights must be 0 in s8 (zero_point[{at}]={of.zero[at]} of"
                             f" {brief(w.name)})")
        product = ends[0].scale.astype(np.float64) * of.scale.astype(np.float64)
    else:
        weights = less_zero(weights, of)
        with np.errstate(all="ignore"):
            product = (ends[0].scale * of.scale).astype(np.float64)
    scale = np.broadcast_to(product / ends[1].scale.astype(np.float64), (spec.oc,)).copy()
    limits = np.finfo(np.float32)
    wrong = ~((scale >= limits.tiny) & (scale <= limits.max))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise InputError("scale of input times that of weights through that of output must be a positive normal f32"
                         f" ({scale[at]:g} of channel {at})")
    names = element(x), f"s{8 * weights.itemsize}", element(y)
    spec = spec.replace(
        dtype=":".join(names), input_zero=int(ends[0].zero[0]), output_zero=int(ends[1].zero[0]), rounding="tflite",
        output_scale=float(ends[1].scale[0]) if spec.activation not in ("none", "relu") else 0.0)
    return found._replace(spec=spec, weights=weights, scale=scale)


def less_zero(weights: Numbers, of: Meaning) -> Numbers:
    """Weights of one zero point less it, in 8 bits where these hold them."""
    found = weights.astype(np.int16) - np.int16(of.zero[0])
    return found.astype(np.int8) if found.min() >= -128 and found.max() <= 127 else found


def real(found: Layer, given: Given) -> Layer:
    """The layer of the real numbers that a quantised one's integers stand for, where these are asked for."""
    if not given.floats or found.scale is None:
        return found
    x, w, _ = given.data
    spec, scale = found.spec, w.scale.astype(np.float64)
    across = scale if spec.weights_layout == "hwio" else scale.reshape(-1, *[1] * (found.weights.ndim - 1))
    bias = None if found.bias is None else found.bias * (x.scale.astype(np.float64) * scale)
    spec = spec.replace(dtype="f32", **Quantisation()._asdict())
    return found._replace(spec=spec, weights=found.weights * across, bias=bias, scale=None)


def check_bias(b: Tensor | None, data: tuple[Tensor, Tensor, Tensor]) -> None:
    """What the reference kernels ask of a bias (conv.cc, Prepare; kernel_util.cc, GetQuantizedConvolutionMultipler)."""
    if b is None:
        return
    if b.zero.any():
        raise InputError(f"zero_point of bias must be 0 (zero_point={b.zero[b.zero != 0][0]} of {brief(b.name)})")
    x, w, y = (tensor.scale[:1].astype(np.float64) for tensor in data)
    if data[0].kind == "UINT8" and b.scale.size and not abs(x * w - b.scale[0]) <= BIAS_ERROR * y:
        raise InputError(f"scale of bias must be that of input times that of weights (scale={b.scale[0]:g} of"
                         f" {brief(b.name)}, not {float(x[0] * w[0]):g})")


# --- PAD before it ---


class _Pad(NamedTuple):
    """operator: its number. spec: of the layer with it. reads: what both are of."""

    operator: int
    spec: ConvSpec
    reads: int


def _pad(graph: Graph, number: int, spec: ConvSpec) -> _Pad | None:
    """The PAD that makes a tensor, with the layer that does it too; None where there is none that it can."""
    index = graph.maker.get(number)
    if index is None or graph.operators[index].kind not in ("PAD", "PADV2") or number in graph.kept \
            or len(graph.readers[number]) > 1:
        return None
    operator, made = graph.operators[index], graph.tensors[number]
    if len(operator.inputs) != 2 + (operator.kind == "PADV2") or -1 in operator.inputs:
        return None
    source, rank = graph.tensors[operator.inputs[0]], spec.rank
    pads = graph.constant(operator.inputs[1])
    if pads is None or pads.shape != (rank + 2, 2) or pads.dtype.kind != "i" or pads.min() < 0 or pads[[0, -1]].any() \
            or source.kind != made.kind or len(source.shape) != rank + 2 or min(source.shape) < 1 \
            or tuple(source.shape + pads.sum(1)) != made.shape:
        return None
    if spec.arithmetic.exact and [*source.scale, *source.zero] != [*made.scale, *made.zero]:
        return None
    if operator.kind == "PADV2":
        value = graph.constant(operator.inputs[2])
        if value is None or value.size != 1 or value.item() != spec.input_zero:
            return None
    changes: dict[str, int] = {}
    for axis, extent, (before, after) in zip("dhw"[3 - rank:], source.shape[1:-1], pads[1:-1].tolist(), strict=True):
        first, last = PADS[axis]
        changes |= {f"i{axis}": extent, first: before + getattr(spec, first), last: after + getattr(spec, last)}
    return _Pad(index, spec.replace(**changes), operator.inputs[0])


def _rounded(what: str, values: Numbers, to: Element) -> Numbers:
    """Each number as the nearest of the element."""
    with np.errstate(all="ignore"):
        found = to.nearest(values.astype(np.float64)) if to.rounds else values
        array: Numbers = found.astype(to.dtype)
    if to.rounds and not np.isfinite(found).all():
        raise UnsupportedError(f"{what} must be finite numbers of {to.name} ({what} reach"
                               f" {np.abs(values).max():.3g})")
    return array
