"""PyTorch on the CPU (oneDNN).

Three ways: conv2d on plain tensors of the layer's memory format; weights reordered once for oneDNN,
which is what torch.compile does for constant weights; and oneDNN's own tensors for input and output
too, converted in each call, which is what torch.jit.optimize_for_inference does. A loop inside
TorchScript makes the calls, so that Python costs nothing.

A quantised layer has an input of 8 unsigned bits and weights of signed ones. It is the operator of each engine
(torch.backends.quantized), on quantised tensors, and the one of oneDNN that torch.compile writes, on plain ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...verification import oracle
from .problem import Problem, Setup, fused, need

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

DTYPES = ("f32", "u8:s8:u8")
OPS = dict.fromkeys(("transposed", "backward-data", "backward-weights"), ("f32",))
ENGINES = ("x86", "onednn", "fbgemm")
FUSED = {"none": "", "relu": "_relu"}  # activation -> the end of a quantised operator's name

# All inputs are the same tensor, which the compiler cannot know: else it would compute once for many.
PROGRAM = """
def run(inputs: List[Tensor], w: Tensor, b: Optional[Tensor], scalars: List[Optional[number]]):
    result: List[Tensor] = []
    for x in inputs:
        result.clear()
        result.append({expression})
    return result
"""
# The same, of a quantised layer: of an engine's operator, and of oneDNN's.
ENGINE = PROGRAM.replace("w: Tensor, b: Optional[Tensor], scalars: List[Optional[number]]",
                         "w: __torch__.torch.classes.quantized.Conv{rank}dPackedParamsBase")
POINTWISE = PROGRAM.replace("b: Optional[Tensor], scalars: List[Optional[number]]", "steps: Tensor, zeros: Tensor,"
                            " b: Tensor, scalars: List[Optional[number]]")


def version() -> str:
    return str(torch.__version__)


def setups(problem: Problem, threads: int) -> Iterator[Setup]:
    torch.set_num_threads(threads)
    if problem.spec.transposed:
        return _transposed(problem)
    if problem.spec.backward:
        return _gradient(problem)
    return _quantised(problem) if problem.spec.arithmetic.exact else _floats(problem)


def _floats(problem: Problem) -> Iterator[Setup]:
    name, params = fused(problem, tuple(ACTIVATIONS))
    rank = len(problem.axes)
    own = form(problem, problem.spec.channels_last)
    x, w = tensor(problem), torch.from_numpy(problem.w)
    b = None if problem.b is None else torch.from_numpy(problem.b)
    source, pads, around = padding(problem)
    padded = [axis.padded if around else axis.i for axis in problem.axes]
    place = f"{problem.strides}, {pads}, {problem.dilations}, {problem.spec.g}"
    inner, outer = ACTIVATIONS[name]
    scalars = [0.0, 6.0] if name == "relu6" else list(params)

    with torch.inference_mode():
        packed = torch.ops.mkldnn._reorder_convolution_weight(
            w, pads, problem.strides, problem.dilations, problem.spec.g, [problem.spec.n, problem.spec.ic, *padded]
        )
        blocked_bias = None if b is None else b.to_mkldnn()
        plain = outer.format(*params, y=f"torch.conv{rank}d({source}, w, b, {place})")
        pointwise = (f"torch.ops.mkldnn._convolution_pointwise({source}, w, b, {pads}, {problem.strides},"
                     f" {problem.dilations}, {problem.spec.g}, {inner!r}, scalars, '')")
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
            yield looped(f"{title}{around}", program, problem, x, (weights, bias, scalars))


def _transposed(problem: Problem) -> Iterator[Setup]:
    """As the first two ways of others; pads are the same on both sides, but for what is added to the output."""
    name, params = fused(problem, tuple(ACTIVATIONS))
    spec, rank = problem.spec, len(problem.axes)
    more = [before - after for before, after in zip(problem.before, problem.after, strict=True)]
    need(all(0 <= one < max(axis.s, axis.d) for one, axis in zip(more, problem.axes, strict=True)),
         "such padding that differs between the two sides")
    own = form(problem, spec.channels_last)
    x, w = tensor(problem), torch.from_numpy(problem.w)
    b = None if problem.b is None else torch.from_numpy(problem.b)
    inner, outer = ACTIVATIONS[name]
    scalars = [0.0, 6.0] if name == "relu6" else list(params)
    place = (problem.before, more, problem.strides, problem.dilations, spec.g)
    sides = f"{problem.strides}, {problem.before}, {more}, {spec.g}, {problem.dilations}"
    plain = outer.format(*params, y=f"torch.conv_transpose{rank}d(x, w, b, {sides})")
    ways: list[tuple[str, str, torch.Tensor]] = [("plain", plain, w.contiguous(memory_format=own))]
    with torch.inference_mode():
        if rank == 2:
            packed = torch.ops.mkldnn._reorder_convolution_transpose_weight(w, *place, list(x.shape))
            pointwise = (f"torch.ops.mkldnn._convolution_transpose_pointwise(x, w, b,"
                         f" {', '.join(map(str, place))}, {inner!r}, scalars, '')")
            ways.append(("weights prepacked", pointwise, packed))
        for title, expression, weights in ways:
            program = PROGRAM.format(expression=f"{expression}.contiguous(memory_format={own})")
            yield looped(title, program, problem, x, (weights, b, scalars))


def _gradient(problem: Problem) -> Iterator[Setup]:
    """As autograd calls it, with what is not needed left out."""
    spec, own = problem.spec, form(problem, problem.spec.channels_last)
    of_input = spec.op == "backward-data"
    need(not of_input or problem.before == problem.after, "such padding that differs between the two sides")
    x, dy, w = tensor(problem), tensor(problem, problem.dy), torch.from_numpy(problem.w).contiguous(memory_format=own)
    source, pads, around = padding(problem)
    place = f"{problem.strides}, {pads}, {problem.dilations}, False, {[0] * len(pads)}, {spec.g}"
    bias = f"[{spec.oc}]" if spec.bias else "None"
    mask = [of_input, not of_input, spec.bias]
    made = f"torch.ops.aten.convolution_backward(dy, {source}, w, {bias}, {place}, {mask})[{0 if of_input else 1}]"
    # what varies is called x: of the gradient of the input, that of the output
    taken, other, names = (dy, x, "dy, x") if of_input else (x, dy, "x, dy")
    first, second = names.split(", ")
    program = PROGRAM.format(expression=made).replace("for x in inputs", f"for {first} in inputs") \
        .replace("b: Optional[Tensor]", f"{second}: Tensor")

    def arranged(taps: torch.Tensor) -> NDArray[np.generic]:
        return oracle.from_cross(spec, taps.numpy().reshape(spec.oc, spec.icg, spec.kd, spec.kh, spec.kw))

    yield looped(f"plain{around}", program, problem, taken, (w, other, []), arranged=None if of_input else arranged)


def _quantised(problem: Problem) -> Iterator[Setup]:
    name, _ = fused(problem, tuple(FUSED))
    spec, steps, rank = problem.spec, problem.steps, len(problem.axes)
    own = form(problem, spec.channels_last)
    back = f".contiguous(memory_format={own})"
    x, w, b = tensor(problem), torch.from_numpy(problem.w), torch.from_numpy(problem.real_bias)
    each, zeros = torch.from_numpy(steps.weights), torch.zeros(spec.oc, dtype=torch.long)
    source, pads, around = padding(problem)
    place = (problem.strides, pads, problem.dilations, spec.g)
    with torch.inference_mode():
        marked = torch._make_per_tensor_quantized_tensor(x, steps.input, spec.input_zero).contiguous(memory_format=own)
        taps = torch._make_per_channel_quantized_tensor(w, each.double(), zeros, 0)
        for engine in ENGINES:
            torch.backends.quantized.engine = engine
            packed = getattr(torch.ops.quantized, f"conv{rank}d_prepack")(taps, b, *place)
            y = f"torch.ops.quantized.conv{rank}d{FUSED[name]}({source}, w, {steps.output}, {spec.output_zero}){back}"
            yield looped(f"engine {engine}{around}", ENGINE.format(rank=rank, expression=y), problem, marked, (packed,))
        source = source.replace("0.", str(spec.input_zero))  # of plain tensors
        shape = [spec.n, spec.ic, *(axis.padded if around else axis.i for axis in problem.axes)]
        packed = torch.ops.onednn.qconv_prepack(w, each, steps.input, spec.input_zero, *place, shape)
        y = (f"torch.ops.onednn.qconv_pointwise({source}, {steps.input}, {spec.input_zero}, w, steps, zeros, b,"
             f" {', '.join(map(str, place))}, {steps.output}, {spec.output_zero}, torch.uint8, {name!r}, scalars, '')")
        yield looped(f"oneDNN's operator{around}", POINTWISE.format(expression=y + back), problem, x,
                     (packed, each, zeros, b, []))


def form(problem: Problem, last: bool) -> torch.memory_format:
    """The memory format of tensors of the layer's rank, channels-last or not."""
    if not last:
        return torch.contiguous_format
    return {2: torch.channels_last, 3: torch.channels_last_3d}[len(problem.axes)]


def tensor(problem: Problem, array: NDArray[Any] | None = None) -> torch.Tensor:
    """x, or another array like it, channels-first by its axes, of the layer's layout in memory."""
    x = torch.from_numpy(problem.x if array is None else array)
    rank = len(problem.axes)
    return x.permute(0, rank + 1, *range(1, rank + 1)) if problem.spec.channels_last else x


def padding(problem: Problem) -> tuple[str, list[int], str]:
    """(the input as an expression, padding of both sides, what to call it): conv2d takes no other on either side."""
    if problem.before == problem.after:
        return "x", problem.before, ""
    edges = [pad for axis in reversed(problem.axes) for pad in (axis.before, axis.after)]
    return f"torch.constant_pad_nd(x, {edges}, 0.)", [0] * len(problem.axes), ", input padded first"


def looped(name: str, program: str, problem: Problem, x: torch.Tensor, constants: tuple[object, ...],
           wait: Callable[[], object] = lambda: None,
           arranged: Callable[[torch.Tensor], NDArray[np.generic]] | None = None) -> Setup:
    """The set-up of a program; wait: returns when the device has done what it was given. arranged: the result as the
    layer has it, where that is no output."""
    loop: Callable[..., list[torch.Tensor]] = torch.jit.CompilationUnit(program).run
    result: list[torch.Tensor] = []

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

    def output() -> NDArray[np.generic]:
        if arranged is not None:
            return arranged(result[0])
        y = result[0].int_repr() if result[0].is_quantized else result[0].cpu()
        array: NDArray[np.generic] = (y.permute(0, *range(2, y.dim()), 1) if problem.spec.channels_last else y).numpy()
        return array

    return Setup(name, seconds, output)
