"""MNN, CPU back end, precision "high" (f32); the model is converted from ONNX by its own converter.

It computes in blocks of channels, and converts from and to the plain tensors of the model in every
call. A channels-last layer has a Transpose on both sides, which the converter merges into those.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import _tools as converter  # comes with MNN
import MNN
import numpy as np

from . import onnx_model
from .problem import F32, Problem, Setup, clock, need

ACTIVATIONS = ("relu", "relu6")  # what the converter fuses


def version() -> str:
    return str(MNN.version())


def setups(problem: Problem, threads: int) -> Iterator[Setup]:
    need(len(problem.axes) == 2, "3-D layers here")
    with tempfile.TemporaryDirectory() as folder:
        source, path = Path(folder, "layer.onnx"), Path(folder, "layer.mnn")
        source.write_bytes(onnx_model.model(problem, ACTIVATIONS))
        converter.mnnconvert(
            ["mnnconvert", "-f", "ONNX", "--modelFile", str(source), "--MNNModel", str(path)]
        )
        net = MNN.Interpreter(str(path))
    session = net.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    x, y = net.getSessionInput(session), net.getSessionOutput(session)
    if x.getShape() != problem.x.shape or y.getShape() != problem.output_shape:
        raise RuntimeError(f"MNN made {x.getShape()} -> {y.getShape()} of the layer")
    x.copyFrom(MNN.Tensor(x.getShape(), MNN.Halide_Type_Float, problem.x, x.getDimensionType()))

    def output() -> F32:
        return np.array(y.getNumpyData()).reshape(problem.output_shape)

    around = ", transposes around" if problem.spec.channels_last else ""
    yield Setup(f"precision high{around}", clock(lambda: net.runSession(session)), output)
