"""ncnn: NCHW, one image.

Its defaults (Winograd, packed layouts, matrix product) stay on, storage in 16 bits is turned off,
and memory comes from pools, as its own benchmark does. An extractor is made anew for each call,
because that is how ncnn is used.

A quantised layer is of 8 signed bits without zero points, and of groups one scale each. Inputs and outputs stay
integers, so that the layer neither quantises its input nor gives real numbers.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import ncnn
import numpy as np

from ...layer.quantisation import CLAMPS
from .problem import Problem, Setup, clock, fused, need

DTYPES = ("f32", "s8:s8:s8")
POOLS = (ncnn.UnlockedPoolAllocator(), ncnn.PoolAllocator())  # they must outlive every net

# activation -> ncnn's number for it
ACTIVATIONS = {"none": 0, "relu": 1, "leaky-relu": 2, "clip": 3, "relu6": 3, "sigmoid": 4}


F32_WEIGHTS, S8_WEIGHTS = 0, 0x000D4B38  # what the file of weights begins with
REQUANTISED = 101  # outputs are integers again
AS_IT_IS = 1  # of a result: neither in f32 nor in another packing


def version() -> str:
    return str(ncnn.__version__)


def setups(problem: Problem, threads: int) -> Iterator[Setup]:
    spec = problem.spec
    need(not spec.channels_last, "channels-last layout")
    need(len(problem.axes) == 2, "3-D layers here")
    need(spec.n == 1, "batch")
    exact = spec.arithmetic.exact
    need(not exact or (spec.input_zero, spec.output_zero) == (0, 0), "zero points")
    need(not exact or spec.g == 1 or spec.ocg == 1, "scales of channels in groups")
    net = ncnn.Net()
    options = net.opt
    options.num_threads = threads
    options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
    options.use_bf16_packed = options.use_bf16_storage = False
    options.blob_allocator, options.workspace_allocator = POOLS
    with tempfile.TemporaryDirectory() as folder:
        text, weights = Path(folder, "layer.param"), Path(folder, "layer.bin")
        text.write_text(_param(problem))
        weights.write_bytes(_integers(problem) if exact else _floats(problem))
        if net.load_param(str(text)) or net.load_model(str(weights)):
            raise RuntimeError("ncnn did not load the layer")
    x = ncnn.Mat(problem.x[0]).clone()  # memory of its own, aligned as it likes
    result: list[ncnn.Mat] = []

    def call() -> None:
        result.clear()
        extractor = net.create_extractor()
        extractor.input("x", x)
        result.append(take(extractor))

    def floats(extractor: ncnn.Extractor) -> ncnn.Mat:
        return extractor.extract("y")[1]

    def integers(extractor: ncnn.Extractor) -> ncnn.Mat:
        made = extractor.extract("y", AS_IT_IS)[1]
        return made if made.elempack == 1 else ncnn.convert_packing(made, 1, options)

    take: Callable[[ncnn.Extractor], ncnn.Mat] = integers if exact else floats
    yield Setup("s8" if exact else "f32", clock(call), lambda: np.array(result[0])[None])


def _floats(problem: Problem) -> bytes:
    """The file of weights."""
    bias = b"" if problem.b is None else problem.b.tobytes()
    return struct.pack("<I", F32_WEIGHTS) + problem.w.tobytes() + bias


def _integers(problem: Problem) -> bytes:
    """The same of a quantised layer: weights to a multiple of 4 bytes, bias in real numbers, and how many integers 1
    is, in the weights of each channel, the input, the output."""
    steps, weights = problem.steps, problem.w.tobytes()
    numbers = [[] if problem.b is None else problem.real_bias, 1 / steps.weights, [1 / steps.input], [1 / steps.output]]
    return (struct.pack("<I", S8_WEIGHTS) + weights + bytes(-len(weights) % 4)
            + np.concatenate(numbers).astype(np.float32).tobytes())


def _param(problem: Problem) -> str:
    """The network: an input and a convolution."""
    exact = problem.spec.arithmetic.exact
    name, params = fused(problem, CLAMPS if exact else tuple(ACTIVATIONS))
    scalars = (0.0, 6.0) if name == "relu6" else params
    h, w = problem.axes
    fields: dict[int, object] = {
        0: problem.spec.oc, 1: w.k, 11: h.k, 2: w.d, 12: h.d, 3: w.s, 13: h.s,
        4: w.before, 15: w.after, 14: h.before, 16: h.after, 5: int(problem.spec.bias),
        6: problem.w.size, 7: problem.spec.g, 9: ACTIVATIONS[name], 8: REQUANTISED * exact,
    }  # fmt: skip
    if scalars:
        fields[-23310] = ",".join([str(len(scalars)), *(f"{value:e}" for value in scalars)])
    kind = "Convolution" if problem.spec.g == 1 else "ConvolutionDepthWise"
    if problem.spec.g == 1:
        del fields[7]
    listed = " ".join(f"{key}={value}" for key, value in fields.items())
    return f"7767517\n2 2\nInput x 0 1 x\n{kind} y 1 1 x y {listed}\n"
