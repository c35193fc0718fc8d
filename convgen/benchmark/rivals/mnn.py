"""MNN, CPU back end, precision "high" (f32); the model is converted from ONNX by its own converter.

It computes in blocks of channels, and converts from and to the plain tensors of the model in every
call. A channels-last layer has a Transpose on both sides, which the converter merges into those.

A quantised layer is its operator for integers, written as the JSON that the converter reads, between those conversions.
Inputs and outputs stay integers: as MNN keeps them, which on x86 is 128 above its own signed ones, so that they are
those of 8 unsigned bits.
"""

from __future__ import annotations

import ctypes
import json
import math
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

import _tools as converter  # comes with MNN
import MNN
import numpy as np
from numpy.typing import NDArray

from ...layer.quantisation import CLAMPS
from . import format_of, onnx_model
from .problem import F32, Array, Network, Problem, Setup, clock, fused, joined, need

DTYPES = ("f32", "u8:s8:u8", "s8:s8:s8")
KEPT_ABOVE = 128 if platform.machine().lower() in ("x86_64", "amd64") else 0  # signed integers, as bytes
ACTIVATIONS = ("relu", "relu6")  # what the converter fuses


def version() -> str:
    return str(MNN.version())


def setups(problem: Problem, threads: int) -> Iterator[Setup]:
    need(len(problem.axes) == 2, "3-D layers here")
    net = _net(_quantised(problem)) if problem.spec.arithmetic.exact else _net(onnx_model.model(problem, ACTIVATIONS))
    session = net.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    x, y = net.getSessionInput(session), net.getSessionOutput(session)
    if x.getShape() != problem.x.shape or y.getShape() != problem.output_shape:
        raise RuntimeError(f"MNN made {x.getShape()} -> {y.getShape()} of the layer")
    if problem.spec.arithmetic.exact:
        move = np.uint8(KEPT_ABOVE if problem.spec.arithmetic.input.signed else KEPT_ABOVE ^ 128)
        _bytes(x, problem.x.shape)[:] = problem.x.view(np.uint8) ^ move
        made = _bytes(y, problem.output_shape)
        yield Setup("operator of integers", clock(lambda: net.runSession(session)),
                    lambda: (made ^ move).view(problem.x.dtype))
        return
    x.copyFrom(MNN.Tensor(x.getShape(), MNN.Halide_Type_Float, problem.x, x.getDimensionType()))

    def output() -> F32:
        return np.array(y.getNumpyData()).reshape(problem.output_shape)

    around = ", transposes around" if problem.spec.channels_last else ""
    yield Setup(f"precision high{around}", clock(lambda: net.runSession(session)), output)


def networks(network: Network, threads: int) -> Iterator[Setup]:
    need(all(array.dtype == np.float32 for array in (*network.inputs.values(), *network.outputs.values())),
         "types but f32 here")
    net = _converted(format_of(network.file).upper(), Path(network.file))
    session = net.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    given = {name: net.getSessionInput(session, name) for name in network.inputs}
    for name, tensor in given.items():
        if tensor.getShape() != network.inputs[name].shape:
            net.resizeTensor(tensor, network.inputs[name].shape)
    net.resizeSession(session)
    for name, tensor in given.items():
        tensor.copyFrom(_plain(network.inputs[name]))

    def output(name: str) -> Array:
        made = _plain(np.zeros(network.outputs[name].shape, np.float32))
        net.getSessionOutput(session, name).copyToHostTensor(made)
        return np.array(made.getNumpyData())

    yield Setup("precision high", clock(lambda: net.runSession(session)), lambda: joined(map(output, network.outputs)))


def _plain(array: F32) -> MNN.Tensor:
    """In the order of its axes."""
    return MNN.Tensor(array.shape, MNN.Halide_Type_Float, array, MNN.Tensor_DimensionType_Caffe)


def _net(source: bytes) -> MNN.Interpreter:
    """What MNN makes of a model: of ONNX, or of its own in JSON."""
    kind = "JSON" if source.startswith(b"{") else "ONNX"
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "layer")
        given.write_bytes(source)
        return _converted(kind, given)


def _converted(kind: str, source: Path) -> MNN.Interpreter:
    """What its converter makes of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.mnn")
        converter.mnnconvert(["mnnconvert", "-f", kind, "--modelFile", str(source), "--MNNModel", str(path)])
        return MNN.Interpreter(str(path))


def _quantised(problem: Problem) -> bytes:
    """x -> its blocks of channels -> the operator -> y, with zero points of signed integers. The bias takes what the
    input's zero point adds to the sums, and the output's."""
    fused(problem, CLAMPS)
    spec, (h, w) = problem.spec, problem.axes
    assert problem.scale is not None
    lower = 0 if spec.arithmetic.input.signed else 128
    before, after = spec.input_zero - lower, spec.output_zero - lower
    least, most = (end - lower for end in spec.limits)
    bias = np.zeros(spec.oc, np.int64) if problem.b is None else problem.b.astype(np.int64)
    bias = bias - before * problem.w.reshape(spec.oc, -1).sum(1, dtype=np.int64) + np.rint(after / problem.scale)
    common = {
        "padX": w.before, "padY": h.before, "pads": [h.before, w.before, h.after, w.after], "padMode": "CAFFE",
        "kernelX": w.k, "kernelY": h.k, "strideX": w.s, "strideY": h.s, "dilateX": w.d, "dilateY": h.d,
        "group": spec.g, "outputCount": spec.oc, "inputCount": spec.ic,
    }  # fmt: skip
    numbers = {
        "weight": problem.w.ravel().tolist(), "bias": bias.astype(np.int64).tolist(),
        "scale": problem.scale.astype(np.float64).tolist(), "zeroPoint": before, "outputZeroPoint": after,
        "clampMin": least, "clampMax": most, "nbits": 8, "outputDataType": "DT_INT8",
    }  # fmt: skip
    depthwise = spec.g > 1 and (spec.icg, spec.ocg) == (1, 1)
    need(spec.g == 1 or depthwise, "groups of several channels in integers")
    own, blocks = "NHWC" if spec.channels_last else "NCHW", "NC4HW4"
    steps = (
        ("Input", "Input", {"dims": list(problem.x.shape), "dtype": "DT_INT8", "dformat": own}),
        ("ConvertTensor", "TensorConvertInfo", {"source": own, "dest": blocks}),
        ("DepthwiseConvInt8" if depthwise else "ConvInt8", "Convolution2D",
         {"common": common, "symmetricQuan": numbers}),
        ("ConvertTensor", "TensorConvertInfo", {"source": blocks, "dest": own}),
    )
    names = [f"v{at}" for at in range(len(steps))]
    operators = [{"type": kind, "main_type": table, "main": fields, "name": names[at], "outputIndexes": [at],
                  **({"inputIndexes": [at - 1]} if at else {})} for at, (kind, table, fields) in enumerate(steps)]
    return json.dumps({"oplists": operators, "outputName": names[-1:], "tensorName": names,
                       "tensorNumber": len(names), "sourceType": "ONNX", "usage": "INFERENCE"}).encode()


def _bytes(tensor: MNN.Tensor, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """A tensor's memory, of bytes; Python's interface knows no integers of 8 bits."""
    address = ctypes.pythonapi.PyCapsule_GetPointer
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    memory = (ctypes.c_uint8 * math.prod(shape)).from_address(address(tensor.getHost(), None))
    return np.ctypeslib.as_array(memory).reshape(shape)
