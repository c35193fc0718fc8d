"""ONNX Runtime, CPU provider (MLAS).

It convolves in NCHW only, either as it is or in blocks of channels (NCHWc), between two
conversions. For a channels-last layer the graph has a Transpose on both sides, which the blocked
way merges into its conversions. Both ways are tried; input and output are bound once.
"""

from __future__ import annotations

from collections.abc import Iterator

import onnxruntime as ort

from . import onnx_model
from .problem import Problem, Setup, aligned, clock

ACTIVATIONS = ("relu", "relu6", "clip", "leaky-relu", "sigmoid", "tanh")  # what it fuses
LEVELS = {"as it is": "ORT_ENABLE_EXTENDED", "channels in blocks": "ORT_ENABLE_ALL"}


def version() -> str:
    return str(ort.__version__)


def setups(problem: Problem, threads: int) -> Iterator[Setup]:
    data = onnx_model.model(problem, ACTIVATIONS)
    around = ", transposes around" if problem.spec.channels_last else ""
    for name, level in LEVELS.items():
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, level)
        session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        yield _setup(f"{name}{around}", session, problem)


def _setup(name: str, session: ort.InferenceSession, problem: Problem) -> Setup:
    x, y = problem.x, aligned(problem.output_shape)  # the binding borrows their memory
    binding = session.io_binding()
    binding.bind_ortvalue_input("x", ort.OrtValue.ortvalue_from_numpy(x))
    binding.bind_ortvalue_output("y", ort.OrtValue.ortvalue_from_numpy(y))

    def call(_keep: object = x) -> None:
        session.run_with_iobinding(binding)

    return Setup(name, clock(call), lambda: y)
