"""ONNX Runtime, CPU provider (MLAS).

It convolves in NCHW only, either as it is or in blocks of channels (NCHWc), between two
conversions. For a channels-last layer the graph has a Transpose on both sides, which the blocked
way merges into its conversions. Both ways are tried; input and output are bound once.

A quantised layer is a QLinearConv, as it is or by the kernel for channels last, which the same level of optimisation
chooses. On x86 without VNNI sums of two products saturate unless it is told not to: both are tried. It is slow with
signed inputs there, which are therefore made unsigned first, as another way.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from ...layer.quantisation import CLAMPS
from ...machine.cpus import cpu_features
from . import onnx_model
from .problem import Network, Problem, Setup, aligned, clock, joined

DTYPES = ("f32", "u8:s8:u8", "s8:s8:s8")
OPS = {"transposed": ("f32",)}
ACTIVATIONS = ("relu", "relu6", "clip", "leaky-relu", "sigmoid", "tanh")  # what it fuses
LEVELS = {"as it is": "ORT_ENABLE_EXTENDED", "channels in blocks": "ORT_ENABLE_ALL"}
QUANTISED_LEVELS = {"as it is": "ORT_ENABLE_EXTENDED", "channels last": "ORT_ENABLE_ALL"}
PRECISE = "session.x64quantprecision"
VNNI = {"avx_vnni", "avx512_vnni"}


def version() -> str:
    return str(ort.__version__)


def setups(problem: Problem, threads: int) -> Iterator[Setup]:
    exact = problem.spec.arithmetic.exact
    signed = exact and problem.spec.arithmetic.input.signed
    models = {how: onnx_model.model(problem, CLAMPS if exact else ACTIVATIONS, bool(how))
              for how in ["", ", through unsigned integers"][: 1 + signed]}
    around = ", transposes around" if problem.spec.channels_last else ""
    precise = ("", ", precise") if exact and not cpu_features() & VNNI else ("",)
    ways = itertools.product((QUANTISED_LEVELS if exact else LEVELS).items(), precise, models.items())
    for (name, level), how, (through, data) in ways:
        options = _options(level, threads)
        if how:
            options.add_session_config_entry(PRECISE, "1")
        session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        yield _setup(f"{name}{around}{how}{through}", session, problem)


def networks(network: Network, threads: int) -> Iterator[Setup]:
    for name, level in LEVELS.items():
        session = ort.InferenceSession(network.file, _options(level, threads), providers=["CPUExecutionProvider"])
        yield _bound(name, session, network)


def unoptimised(network: Network, threads: int) -> NDArray[np.float64]:
    options = _options("ORT_DISABLE_ALL", threads)
    session = ort.InferenceSession(network.file, options, providers=["CPUExecutionProvider"])
    return joined(session.run(list(network.outputs), network.inputs))


def _bound(name: str, session: ort.InferenceSession, network: Network) -> Setup:
    made = {name: aligned(array.shape, dtype=array.dtype) for name, array in network.outputs.items()}
    binding = session.io_binding()
    for label, array in network.inputs.items():
        binding.bind_ortvalue_input(label, ort.OrtValue.ortvalue_from_numpy(array))
    for label, array in made.items():
        binding.bind_ortvalue_output(label, ort.OrtValue.ortvalue_from_numpy(array))
    return Setup(name, clock(lambda: session.run_with_iobinding(binding)), lambda: joined(made.values()))


def _options(level: str, threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, level)
    return options


def _setup(name: str, session: ort.InferenceSession, problem: Problem) -> Setup:
    x, y = problem.x, aligned(problem.output_shape, dtype=problem.x.dtype)  # the binding borrows their memory
    binding = session.io_binding()
    binding.bind_ortvalue_input("x", ort.OrtValue.ortvalue_from_numpy(x))
    binding.bind_ortvalue_output("y", ort.OrtValue.ortvalue_from_numpy(y))

    def call(_keep: object = x) -> None:
        session.run_with_iobinding(binding)

    return Setup(name, clock(call), lambda: y)
