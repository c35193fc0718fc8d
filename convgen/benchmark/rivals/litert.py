"""LiteRT (TensorFlow Lite) with XNNPACK, its default on the CPU: NHWC.

The model is one convolution. Padding that neither SAME nor VALID expresses is a PAD before it,
which XNNPACK merges into the convolution.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata

import flatbuffers
import numpy as np
from ai_edge_litert import interpreter as litert
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from .problem import F32, Problem, Setup, clock, fused, need

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


def _model(problem: Problem) -> bytes:
    """The flatbuffer: [PAD], then CONV_2D or DEPTHWISE_CONV_2D."""
    build = Model()
    spec = problem.spec
    padding = schema.Padding.VALID
    x = y = build.tensor(problem.x.shape)
    if any(problem.before + problem.after):
        if all((a.before, a.after) == same(a.i, a.k, a.s, a.d) for a in problem.axes):
            padding = schema.Padding.SAME
        else:
            h, w = problem.axes
            pads = np.array([(0, 0), (h.before, h.after), (w.before, w.after), (0, 0)], np.int32)
            y = build.tensor((spec.n, h.padded, w.padded, spec.ic))
            build.operator("PAD", schema.PadOptionsT(), [x, build.tensor((4, 2), pads)], [y])
    kind, options, weights = _convolution(problem)
    options.padding = padding
    options.strideH, options.strideW = problem.strides
    options.dilationHFactor, options.dilationWFactor = problem.dilations
    name = ACTIVATIONS[fused(problem, tuple(ACTIVATIONS))[0]]
    options.fusedActivationFunction = getattr(schema.ActivationFunctionType, name)
    bias = np.zeros(spec.oc, np.float32) if problem.b is None else problem.b
    constants = [build.tensor(array.shape, array) for array in (weights, bias)]
    out = build.tensor(problem.output_shape)
    build.operator(kind, options, [y, *constants], [out])
    return build.finish(x, out)


def _convolution(problem: Problem) -> tuple[str, schema.Conv2DOptionsT | schema.DepthwiseConv2DOptionsT, F32]:
    """Operator, its options, its weights."""
    if problem.spec.g > 1 and problem.spec.icg == 1:
        depthwise = schema.DepthwiseConv2DOptionsT()
        depthwise.depthMultiplier = problem.spec.ocg
        return "DEPTHWISE_CONV_2D", depthwise, np.moveaxis(problem.w, 0, -1)
    return "CONV_2D", schema.Conv2DOptionsT(), np.moveaxis(problem.w, 1, -1)


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

    def tensor(self, shape: tuple[int, ...], data: F32 | NDArray[np.int32] | None = None) -> int:
        """A new tensor's number; `data` makes it a constant."""
        tensor = schema.TensorT()
        tensor.shape = list(shape)
        tensor.name = f"t{len(self._graph.tensors)}"
        integers = data is not None and data.dtype == np.int32
        tensor.type = schema.TensorType.INT32 if integers else schema.TensorType.FLOAT32
        tensor.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            tensor.buffer = len(self._model.buffers)
            self._model.buffers.append(buffer)
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def operator(self, kind: str, options: object, inputs: list[int], outputs: list[int]) -> None:
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, kind)
        code.version = 1
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
