"""LiteRT (TensorFlow Lite) with XNNPACK, its default on the CPU: NHWC.

The model is one convolution. Padding that neither SAME nor VALID expresses is a PAD before it,
which XNNPACK merges into the convolution; a transposed one has no such padding.

A quantised layer is of 8 signed bits, with a scale for each channel of the weights, as TensorFlow's converter writes
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from typing import Any, NamedTuple, TypeAlias

import flatbuffers
import numpy as np
from ai_edge_litert import interpreter as litert
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from .problem import Network, Problem, Setup, clock, fused, joined, need

DTYPES = ("f32", "s8:s8:s8")
OPS = {"transposed": DTYPES}
VERSION = 3  # of operators: the first of which integers have 8 signed bits
ACTIVATIONS = {"none": "NONE", "relu": "RELU", "relu6": "RELU6"}


def version() -> str:
    return metadata.version("ai-edge-litert")


def setups(problem: Problem, threads: int) -> Iterator[Setup]:
    need(problem.spec.channels_last, "channels-first layout")
    need(len(problem.axes) == 2, "3-D layers in XNNPACK")
    model = litert.Interpreter(model_content=_model(problem), num_threads=threads)
    model.allocate_tensors()
    model.set_tensor(model.get_input_details()[0]["index"], problem.x)
    y = model.get_output_details()[0]["index"]
    ops = {op["op_name"] for op in model._get_ops_details()}
    how = "XNNPACK" if "DELEGATE" in ops else "without XNNPACK, which does not take the layer"
    yield Setup(how, clock(model.invoke), lambda: model.get_tensor(y))


def networks(network: Network, threads: int) -> Iterator[Setup]:
    model = litert.Interpreter(model_path=network.file, num_threads=threads)
    model.allocate_tensors()
    given = {one["name"]: one["index"] for one in model.get_input_details()}
    made = [one["index"] for one in model.get_output_details()]
    for name, array in network.inputs.items():
        need(name in given, f"the input {name}")
        model.set_tensor(given[name], array)
    yield Setup("XNNPACK", clock(model.invoke), lambda: joined(map(model.get_tensor, made)))


def _model(problem: Problem) -> bytes:
    """The flatbuffer: [PAD], then CONV_2D or DEPTHWISE_CONV_2D; or TRANSPOSE_CONV."""
    build = Model()
    spec = problem.spec
    padding = _left_out(problem) if spec.transposed else schema.Padding.VALID
    kind, options, weights, channels = _convolution(problem)
    given, taps, added, made = _meanings(problem, channels)
    x = y = build.tensor(problem.x.shape, problem.x.dtype, given)
    if not spec.transposed and any(problem.before + problem.after):
        if all((a.before, a.after) == same(a.i, a.k, a.s, a.d) for a in problem.axes):
            padding = schema.Padding.SAME
        else:
            h, w = problem.axes
            pads = np.array([(0, 0), (h.before, h.after), (w.before, w.after), (0, 0)], np.int32)
            y = build.tensor((spec.n, h.padded, w.padded, spec.ic), problem.x.dtype, given)
            build.operator("PAD", schema.PadOptionsT(), [x, build.constant(pads)], [y])
    options.padding = padding
    options.strideH, options.strideW = problem.strides
    if not spec.transposed:
        options.dilationHFactor, options.dilationWFactor = problem.dilations
    name = ACTIVATIONS[fused(problem, tuple(ACTIVATIONS))[0]]
    options.fusedActivationFunction = getattr(schema.ActivationFunctionType, name)
    bias = np.zeros(spec.oc, spec.arithmetic.bias.dtype) if problem.b is None else problem.b
    inputs = [y, build.constant(weights, taps), build.constant(bias, added)]
    if spec.transposed:
        inputs = [build.constant(np.array(problem.output_shape, np.int32)), inputs[1], y, inputs[2]]
    out = build.tensor(problem.output_shape, problem.x.dtype, made)
    build.operator(kind, options, inputs, [out])
    return build.finish(x, out)


def _left_out(problem: Problem) -> int:
    """The padding of TRANSPOSE_CONV: that of the forward layer from its output, of which its input is the output."""
    if all((a.before, a.i) == (same(a.o, a.k, a.s, 1)[0], -(-a.o // a.s)) for a in problem.axes):
        return int(schema.Padding.SAME)
    need(not any(problem.before), "padding of transposed layers but SAME and VALID")
    return int(schema.Padding.VALID)


Options: TypeAlias = schema.Conv2DOptionsT | schema.DepthwiseConv2DOptionsT | schema.TransposeConvOptionsT


def _convolution(problem: Problem) -> tuple[str, Options, NDArray[Any], int]:
    """Operator, its options, its weights, their axis of output channels."""
    if problem.spec.transposed:
        need(problem.spec.g == 1 and max(problem.dilations) == 1, "transposed layers with groups or dilation")
        return "TRANSPOSE_CONV", schema.TransposeConvOptionsT(), np.moveaxis(problem.w, 0, -1), 0
    if problem.spec.g > 1 and problem.spec.icg == 1:
        depthwise = schema.DepthwiseConv2DOptionsT()
        depthwise.depthMultiplier = problem.spec.ocg
        return "DEPTHWISE_CONV_2D", depthwise, np.moveaxis(problem.w, 0, -1), 3
    return "CONV_2D", schema.Conv2DOptionsT(), np.moveaxis(problem.w, 1, -1), 0


class Meaning(NamedTuple):
    """What a tensor's integers stand for: scale·(integer − zero), a scale for each index of an axis, or one."""

    scale: NDArray[np.float32]
    zero: int = 0
    axis: int = 0


def _meanings(problem: Problem, axis: int) -> tuple[Meaning | None, ...]:
    """Of input, weights, bias and output; nothing where they are real numbers."""
    if not problem.spec.arithmetic.quantised:
        return (None,) * 4
    spec, steps = problem.spec, problem.steps
    given = Meaning(np.array([steps.input], np.float32), spec.input_zero)
    made = Meaning(np.array([steps.output], np.float32), spec.output_zero)
    return given, Meaning(steps.weights, axis=axis), Meaning(steps.bias), made


def same(i: int, k: int, s: int, d: int) -> tuple[int, int]:
    """TensorFlow's SAME padding of one axis."""
    total = max(0, (-(-i // s) - 1) * s + (k - 1) * d + 1 - i)
    return total // 2, total - total // 2


class Model:
    """A .tflite file in the making."""

    def __init__(self) -> None:
        self._graph = schema.SubGraphT()
        self._graph.tensors, self._graph.operators = [], []
        self._model = schema.ModelT()
        self._model.version = 3
        self._model.subgraphs, self._model.operatorCodes = [self._graph], []
        self._model.buffers = [schema.BufferT()]  # the first one is empty, for what is not constant

    def tensor(self, shape: tuple[int, ...], dtype: np.dtype[Any], meaning: Meaning | None = None) -> int:
        """A new tensor's number."""
        tensor = schema.TensorT()
        tensor.shape = list(shape)
        tensor.name = f"t{len(self._graph.tensors)}"
        tensor.type = getattr(schema.TensorType, dtype.name.upper())
        tensor.buffer = 0
        if meaning is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = meaning.scale
            tensor.quantization.zeroPoint = np.full(meaning.scale.shape, meaning.zero, np.int64)
            tensor.quantization.quantizedDimension = meaning.axis
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def constant(self, data: NDArray[Any], meaning: Meaning | None = None) -> int:
        """The number of a new tensor that has this content."""
        number = self.tensor(data.shape, data.dtype, meaning)
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
        self._graph.tensors[number].buffer = len(self._model.buffers)
        self._model.buffers.append(buffer)
        return number

    def operator(self, kind: str, options: object, inputs: list[int], outputs: list[int]) -> None:
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, kind)
        code.version = VERSION
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self._model.operatorCodes)
        operator.inputs, operator.outputs = inputs, outputs
        operator.builtinOptions = options
        operator.builtinOptionsType = getattr(
            schema.BuiltinOptions, type(options).__name__.removesuffix("T")
        )
        self._model.operatorCodes.append(code)
        self._graph.operators.append(operator)

    def finish(self, x: int, y: int) -> bytes:
        self._graph.inputs, self._graph.outputs = [x], [y]
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
