"""OpenVINO, CPU plugin.

One request at a time (the latency hint), f32 forced, because the plugin takes bf16 where the CPU
has it. A channels-last layer says so of its tensors, and the plugin chooses how to convert. The
model is built in Python and run through OpenVINO's C interface, which saves several microseconds
a call.

A quantised layer is what its own tools write: integers, what they stand for, the layer in real numbers, FakeQuantize,
integers. The plugin makes a convolution of integers of it, or does not: its execution graph tells, and then the layer
is none that it serves. Of channels-last tensors it does so where transposes stand between integers' meanings and the
layer.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cffi
import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13 as ops

from ...errors import ConvgenError
from ...layer.quantisation import CLAMPS
from .problem import Network, Problem, Setup, clock, fused, joined, need

DTYPES = ("f32", "u8:s8:u8", "s8:s8:s8")
OPS = {"transposed": ("f32",)}
ACTIVATIONS = ("none", "relu", "relu6", "clip", "leaky-relu", "sigmoid", "tanh", "silu", "hard-swish", "gelu")

_CDEF = """
typedef struct ov_core ov_core_t;
typedef struct ov_compiled_model ov_compiled_model_t;
typedef struct ov_infer_request ov_infer_request_t;
typedef struct ov_tensor ov_tensor_t;
const char *ov_get_last_err_msg(void);
int ov_core_create(ov_core_t **core);
void ov_core_free(ov_core_t *core);
int ov_core_compile_model_from_file(const ov_core_t *core, const char *path, const char *device,
                                    size_t words, ov_compiled_model_t **model, ...);
void ov_compiled_model_free(ov_compiled_model_t *model);
int ov_compiled_model_create_infer_request(const ov_compiled_model_t *model, ov_infer_request_t **request);
void ov_infer_request_free(ov_infer_request_t *request);
int ov_infer_request_get_input_tensor(const ov_infer_request_t *request, ov_tensor_t **tensor);
int ov_infer_request_get_output_tensor(const ov_infer_request_t *request, ov_tensor_t **tensor);
int ov_infer_request_infer(ov_infer_request_t *request);
int ov_tensor_data(const ov_tensor_t *tensor, void **data);
void ov_tensor_free(ov_tensor_t *tensor);
"""


def version() -> str:
    return str(openvino.__version__).partition("-")[0]  # the rest names a commit


def networks(network: Network, threads: int) -> Iterator[Setup]:
    request = _request(network, _options(threads))
    yield Setup("f32", clock(request.infer), lambda: _made(request, network))


def unoptimised(network: Network, threads: int) -> NDArray[np.float64]:
    """With the transformations that make layers of integers switched off."""
    request = _request(network, {**_options(threads), "LP_TRANSFORMS_MODE": "NO"})
    request.infer()
    return _made(request, network)


def _request(network: Network, options: dict[str, str]) -> openvino.InferRequest:
    model = openvino.Core().read_model(network.file)
    model.reshape({name: list(array.shape) for name, array in network.inputs.items()})
    request = openvino.compile_model(model, "CPU", options).create_infer_request()
    for name, array in network.inputs.items():
        request.set_tensor(name, openvino.Tensor(array, shared_memory=True))
    return request


def _made(request: openvino.InferRequest, network: Network) -> NDArray[np.float64]:
    return joined(request.get_tensor(name).data for name in network.outputs)


def _options(threads: int) -> dict[str, str]:
    return {"INFERENCE_NUM_THREADS": str(threads), "NUM_STREAMS": "1", "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32"}


def setups(problem: Problem, threads: int) -> Iterator[Setup]:
    options = _options(threads)
    exact = problem.spec.arithmetic.exact
    model = _quantised(problem) if exact else _model(problem)
    how = _executed(model, options) if exact else "f32"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "layer.xml")
        openvino.save_model(model, path, compress_to_fp16=False)
        request = InferRequest(path, options)
    request.data("input", problem.x.shape, problem.x.dtype)[:] = problem.x
    y = request.data("output", problem.output_shape, problem.x.dtype)
    what = "channels-last tensors" if problem.spec.channels_last else "plain tensors"
    yield Setup(f"{what}, {how}", clock(request.infer), y.copy)


def _model(problem: Problem) -> openvino.Model:
    """The layer in NCHW, reading and writing tensors of the spec's layout."""
    spec, rank = problem.spec, len(problem.axes)
    last = spec.channels_last
    shape = [problem.x.shape[i] for i in (0, rank + 1, *range(1, rank + 1))] if last else problem.x.shape
    x = ops.parameter(shape, np.float32)
    make = _transposed if spec.transposed else _convolution
    y = make(problem, x, ops.constant(_grouped(problem, problem.w)))
    if problem.b is not None:
        y = ops.add(y, ops.constant(problem.b.reshape(1, -1, *[1] * rank)))
    model = openvino.Model([_activated(problem, y)], [x], "layer")
    if last:
        axes = "DHW"[-rank:]
        steps = openvino.preprocess.PrePostProcessor(model)
        for end in (steps.input(), steps.output()):
            end.tensor().set_layout(openvino.Layout(f"N{axes}C"))
            end.model().set_layout(openvino.Layout(f"NC{axes}"))
        model = steps.build()
    return model


def _grouped(problem: Problem, numbers: NDArray[Any]) -> NDArray[Any]:
    """Numbers whose first axis is channels, with one of groups before it where the layer has groups."""
    g = problem.spec.g
    return numbers if g == 1 else numbers.reshape(g, -1, *numbers.shape[1:])


def _convolution(problem: Problem, x: openvino.Node, w: openvino.Node) -> openvino.Node:
    make = ops.convolution if problem.spec.g == 1 else ops.group_convolution
    return make(x, w, problem.strides, problem.before, problem.after, problem.dilations)


def _transposed(problem: Problem, x: openvino.Node, w: openvino.Node) -> openvino.Node:
    make = ops.convolution_backprop_data if problem.spec.g == 1 else ops.group_convolution_backprop_data
    return make(x, w, problem.strides, pads_begin=problem.before, pads_end=problem.cropped,
                dilations=problem.dilations, output_padding=problem.added)


def _quantised(problem: Problem) -> openvino.Model:
    """The same of a quantised layer."""
    fused(problem, CLAMPS)
    spec, steps, rank = problem.spec, problem.steps, len(problem.axes)
    output = spec.arithmetic.output
    x = ops.parameter(problem.x.shape, problem.x.dtype)
    y = ops.convert(x, "f32")
    if spec.input_zero:  # with the type of integers, by which the plugin knows it for one
        y = ops.subtract(y, ops.convert(ops.constant(problem.x.dtype.type(spec.input_zero)), "f32"))
    y = ops.multiply(y, ops.constant(np.float32(steps.input)))
    if spec.channels_last:
        y = ops.transpose(y, ops.constant([0, rank + 1, *range(1, rank + 1)]))
    each = _grouped(problem, steps.weights.reshape(-1, *[1] * (rank + 1)))
    w = ops.convert(ops.constant(_grouped(problem, problem.w)), "f32")
    y = _convolution(problem, y, ops.multiply(w, ops.constant(each)))
    y = ops.add(y, ops.constant(problem.real_bias.reshape(1, -1, *[1] * rank)))
    if problem.clamp:
        y = ops.clamp(y, *(steps.output * (end - spec.output_zero) for end in problem.clamp))
    ends = output.smallest, output.largest
    real = [steps.output * (end - spec.output_zero) for end in ends]
    y = ops.fake_quantize(y, *[ops.constant(np.float32(end)) for end in (*real, *ends)], 1 << 8 * output.bytes)
    if spec.channels_last:
        y = ops.transpose(y, ops.constant([0, *range(2, rank + 2), 1]))
    return openvino.Model([ops.convert(y, openvino.Type(output.dtype))], [x], "layer")


def _executed(model: openvino.Model, options: dict[str, str]) -> str:
    """The plugin's own name of the convolution that it makes of a quantised layer; UnsupportedError unless that is one
    of integers."""
    graph = openvino.compile_model(model, "CPU", options).get_runtime_model()
    told = [{key: str(value.value) for key, value in node.get_rt_info().items()} for node in graph.get_ordered_ops()]
    (made,) = (one["primitiveType"] for one in told if one["layerType"] == "Convolution")
    need(made.lower().endswith("i8"), f"convolution of integers for this layer: it would run {made}")
    return made


def _activated(problem: Problem, y: openvino.Node) -> openvino.Node:
    name, params = fused(problem, ACTIVATIONS)
    plain = {"relu": ops.relu, "sigmoid": ops.sigmoid, "tanh": ops.tanh, "silu": ops.swish,
             "hard-swish": ops.hswish}  # fmt: skip
    if name in plain:
        return plain[name](y)
    match name:
        case "relu6":
            return ops.clamp(y, 0.0, 6.0)
        case "clip":
            return ops.clamp(y, *params)
        case "leaky-relu":
            return ops.prelu(y, ops.constant(np.float32(params[0])))
        case "gelu":
            return ops.gelu(y, "erf")
    return y


class InferRequest:
    """An inference request of the C interface, and what it stands on."""

    def __init__(self, path: Path, options: dict[str, str]) -> None:
        self._ffi = cffi.FFI()
        self._ffi.cdef(_CDEF)
        (file,) = Path(openvino.__file__).parent.glob("libs/*openvino_c.*")
        self._library = self._ffi.dlopen(str(file))
        words = [self._ffi.new("char[]", word.encode()) for pair in options.items() for word in pair]
        core = self._make("core", "create")
        model = self._make("compiled_model", "core_compile_model_from_file", core, str(path).encode(),
                           b"CPU", len(words), rest=words)
        self._request = self._make("infer_request", "compiled_model_create_infer_request", model)
        self._parts = (core, model)

    def infer(self) -> None:
        if self._library.ov_infer_request_infer(self._request):
            self._raise()

    def data(self, end: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """The array of the request's only "input" or "output" tensor."""
        tensor = self._make("tensor", f"infer_request_get_{end}_tensor", self._request)
        place = self._ffi.new("void **")
        if self._library.ov_tensor_data(tensor, place):
            self._raise()
        buffer = self._ffi.buffer(place[0], dtype.itemsize * math.prod(shape))
        return np.frombuffer(buffer, dtype).reshape(shape)

    def _make(self, kind: str, function: str, *arguments: object, rest: Iterable[object] = ()) -> cffi.FFI.CData:
        """What a function of the C interface makes, freed with the last reference to it."""
        made = self._ffi.new(f"ov_{kind}_t **")
        name = f"ov_{kind}_{function}" if function == "create" else f"ov_{function}"
        if getattr(self._library, name)(*arguments, made, *rest):
            self._raise()
        return self._ffi.gc(made[0], getattr(self._library, f"ov_{kind}_free"))

    def _raise(self) -> None:
        text = self._ffi.string(self._library.ov_get_last_err_msg()).decode(errors="replace")
        raise ConvgenError(f"OpenVINO failed: {' '.join(text.split())[:200]}")
