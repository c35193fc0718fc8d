"""OpenVINO, CPU plugin.

One request at a time (the latency hint), f32 forced, because the plugin takes bf16 where the CPU
has it. A channels-last layer says so of its tensors, and the plugin chooses how to convert. The
model is built in Python and run through OpenVINO's C interface, which saves several microseconds
a call.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import cffi
import numpy as np
import openvino
from openvino import opset13 as ops

from ...errors import ConvgenError
from .problem import F32, Problem, Setup, clock, fused

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


def setups(problem: Problem, threads: int) -> Iterator[Setup]:
    options = {
        "INFERENCE_NUM_THREADS": str(threads), "NUM_STREAMS": "1", "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "layer.xml")
        openvino.save_model(_model(problem), path, compress_to_fp16=False)
        request = InferRequest(path, options)
    request.data("input", problem.x.shape)[:] = problem.x
    y = request.data("output", problem.output_shape)
    what = "channels-last tensors" if problem.spec.channels_last else "plain tensors"
    yield Setup(f"{what}, f32", clock(request.infer), y.copy)


def _model(problem: Problem) -> openvino.Model:
    """The layer in NCHW, reading and writing tensors of the spec's layout."""
    spec, rank = problem.spec, len(problem.axes)
    last = spec.channels_last
    shape = [problem.x.shape[i] for i in (0, rank + 1, *range(1, rank + 1))] if last else problem.x.shape
    x = ops.parameter(shape, np.float32)
    place = (problem.strides, problem.before, problem.after, problem.dilations)
    if spec.g == 1:
        y = ops.convolution(x, ops.constant(problem.w), *place)
    else:
        grouped = problem.w.reshape(spec.g, spec.ocg, *problem.w.shape[1:])
        y = ops.group_convolution(x, ops.constant(grouped), *place)
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

    def data(self, end: str, shape: tuple[int, ...]) -> F32:
        """The array of the request's only "input" or "output" tensor."""
        tensor = self._make("tensor", f"infer_request_get_{end}_tensor", self._request)
        place = self._ffi.new("void **")
        if self._library.ov_tensor_data(tensor, place):
            self._raise()
        buffer = self._ffi.buffer(place[0], 4 * math.prod(shape))
        return np.frombuffer(buffer, np.float32).reshape(shape)

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
