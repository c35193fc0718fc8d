"""ncnn: NCHW, one image.

Its defaults (Winograd, packed layouts, matrix product) stay on, storage in 16 bits is turned off,
and memory comes from pools, as its own benchmark does. An extractor is made anew for each call,
because that is how ncnn is used.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import ncnn
import numpy as np

from .problem import Problem, Setup, clock, fused, need

POOLS = (ncnn.UnlockedPoolAllocator(), ncnn.PoolAllocator())  # they must outlive every net

# activation -> ncnn's number for it
ACTIVATIONS = {"none": 0, "relu": 1, "leaky-relu": 2, "clip": 3, "relu6": 3, "sigmoid": 4}


def version() -> str:
    return str(ncnn.__version__)


def setups(problem: Problem, threads: int) -> Iterator[Setup]:
    spec = problem.spec
    need(not spec.channels_last, "channels-last layout")
    need(len(problem.axes) == 2, "3-D layers here")
    need(spec.n == 1, "batch")
    net = ncnn.Net()
    options = net.opt
    options.num_threads = threads
    options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
    options.use_bf16_packed = options.use_bf16_storage = False
    options.blob_allocator, options.workspace_allocator = POOLS
    with tempfile.TemporaryDirectory() as folder:
        text, weights = Path(folder, "layer.param"), Path(folder, "layer.bin")
        text.write_text(_param(problem))
        bias = b"" if problem.b is None else problem.b.tobytes()
        weights.write_bytes(struct.pack("<I", 0) + problem.w.tobytes() + bias)  # 0 says f32
        if net.load_param(str(text)) or net.load_model(str(weights)):
            raise RuntimeError("ncnn did not load the layer")
    x = ncnn.Mat(problem.x[0]).clone()  # memory of its own, aligned as it likes
    result: list[ncnn.Mat] = []

    def call() -> None:
        result.clear()
        extractor = net.create_extractor()
        extractor.input("x", x)
        result.append(extractor.extract("y")[1])

    yield Setup("f32", clock(call), lambda: np.array(result[0])[None])


def _param(problem: Problem) -> str:
    """The network: an input and a convolution."""
    name, params = fused(problem, tuple(ACTIVATIONS))
    scalars = (0.0, 6.0) if name == "relu6" else params
    h, w = problem.axes
    fields: dict[int, object] = {
        0: problem.spec.oc, 1: w.k, 11: h.k, 2: w.d, 12: h.d, 3: w.s, 13: h.s,
        4: w.before, 15: w.after, 14: h.before, 16: h.after, 5: int(problem.spec.bias),
        6: problem.w.size, 7: problem.spec.g, 9: ACTIVATIONS[name],
    }  # fmt: skip
    if scalars:
        fields[-23310] = ",".join([str(len(scalars)), *(f"{value:e}" for value in scalars)])
    kind = "Convolution" if problem.spec.g == 1 else "ConvolutionDepthWise"
    if problem.spec.g == 1:
        del fields[7]
    listed = " ".join(f"{key}={value}" for key, value in fields.items())
    return f"7767517\n2 2\nInput x 0 1 x\n{kind} y 1 1 x y {listed}\n"
