"""PyTorch on the CPU (oneDNN).

Three ways: conv2d on plain tensors of the layer's memory format; weights reordered once for oneDNN,
which is what torch.compile does for constant weights; and oneDNN's own tensors for input and output
too, converted in each call, which is what torch.jit.optimize_for_inference does. A loop inside
TorchScript makes the calls, so that Python costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

from .layer import Layer, Setup, fused

# activation -> what it is called inside oneDNN's convolution, and as an expression of TorchScript
ACTIVATIONS = {
    "none": ("none", "{y}"),
    "relu": ("relu", "torch.relu_({y})"),
    "relu6": ("hardtanh", "torch.clamp_({y}, 0., 6.)"),
    "clip": ("hardtanh", "torch.clamp_({y}, {0}, {1})"),
    "leaky-relu": ("leaky_relu", "torch.nn.functional.leaky_relu({y}, {0}, True)"),
    "sigmoid": ("sigmoid", "torch.sigmoid_({y})"),
    "tanh": ("tanh", "torch.tanh_({y})"),
    "hard-swish": ("hardswish", "torch.nn.functional.hardswish({y}, True)"),
}

# All inputs are the same tensor, which the compiler cannot know: else it would compute once for many.
PROGRAM = """
def run(inputs: List[Tensor], w: Tensor, b: Optional[Tensor], scalars: List[Optional[number]]):
    result: List[Tensor] = []
    for x in inputs:
        result.clear()
        result.append({expression})
    return result
"""


def version() -> str:
    return str(torch.__version__)


def setups(layer: Layer, threads: int) -> Iterator[Setup]:
    name, params = fused(layer, tuple(ACTIVATIONS))
    torch.set_num_threads(threads)
    rank = len(layer.axes)
    own = form(layer, layer.spec.channels_last)
    x, w = tensor(layer), torch.from_numpy(layer.w)
    b = None if layer.b is None else torch.from_numpy(layer.b)
    source, pads, around = padding(layer)
    padded = [axis.padded if around else axis.i for axis in layer.axes]
    place = f"{layer.strides}, {pads}, {layer.dilations}, {layer.spec.g}"
    inner, outer = ACTIVATIONS[name]
    scalars = [0.0, 6.0] if name == "relu6" else list(params)

    with torch.inference_mode():
        packed = torch.ops.mkldnn._reorder_convolution_weight(
            w, pads, layer.strides, layer.dilations, layer.spec.g, [layer.spec.n, layer.spec.ic, *padded]
        )
        blocked_bias = None if b is None else b.to_mkldnn()
        plain = outer.format(*params, y=f"torch.conv{rank}d({source}, w, b, {place})")
        pointwise = (f"torch.ops.mkldnn._convolution_pointwise({source}, w, b, {pads}, {layer.strides},"
                     f" {layer.dilations}, {layer.spec.g}, {inner!r}, scalars, '')")
        blocked = outer.format(
            *params, y=f"torch.conv{rank}d({source}.to_mkldnn(), w, b, {place}).to_dense()"
        )
        for title, expression, weights, bias in (
            ("plain", plain, w.contiguous(memory_format=own), b),
            ("weights prepacked", pointwise, packed, b),
            ("oneDNN's own tensors", blocked, packed, blocked_bias),
        ):
            # some of these leave the other memory format; nothing is done when it is right already
            program = PROGRAM.format(expression=f"{expression}.contiguous(memory_format={own})")
            yield looped(f"{title}{around}", program, layer, x, (weights, bias, scalars))


def form(layer: Layer, last: bool) -> Any:
    """The memory format of tensors of the layer's rank, channels-last or not."""
    if not last:
        return torch.contiguous_format
    return {2: torch.channels_last, 3: torch.channels_last_3d}[len(layer.axes)]


def tensor(layer: Layer) -> Any:
    """x, channels-first by its axes, of the layer's layout in memory."""
    x = torch.from_numpy(layer.x)
    rank = len(layer.axes)
    return x.permute(0, rank + 1, *range(1, rank + 1)) if layer.spec.channels_last else x


def padding(layer: Layer) -> tuple[str, list[int], str]:
    """(the input as an expression, padding of both sides, what to call it): conv2d takes no other on either side."""
    if layer.before == layer.after:
        return "x", layer.before, ""
    edges = [pad for axis in reversed(layer.axes) for pad in (axis.before, axis.after)]
    return f"torch.constant_pad_nd(x, {edges}, 0.)", [0] * len(layer.axes), ", input padded first"


def looped(name: str, program: str, layer: Layer, x: Any, constants: tuple[Any, ...],
           wait: Callable[[], object] = lambda: None) -> Setup:
    """The set-up of a program; wait: until the device has done what it was given."""
    loop: Callable[..., list[Any]] = torch.jit.CompilationUnit(program).run
    result: list[Any] = []

    def seconds(calls: int) -> float:
        inputs = [x] * calls
        with torch.inference_mode():
            wait()
            start = time.perf_counter()
            made = loop(inputs, *constants)
            wait()
            taken = time.perf_counter() - start
        result[:] = made
        return taken

    def output() -> Any:
        y = result[0].cpu()
        return (y.permute(0, *range(2, y.dim()), 1) if layer.spec.channels_last else y).numpy()

    return Setup(name, seconds, output)
