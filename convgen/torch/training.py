"""Convolutions that are trained: their outputs and gradients by generated kernels.

    y = convolution(x, weight, bias, forward, data, weights, threads)

forward, data and weights are keys of kernels (kernels.register): of the layer, of the gradient of its input, and of
that of its weights and bias. Weights are packed in each call, since every step changes them; the order in memory is
that of kernels.py.

A transposed layer is the transpose of a forward one, A: its input's gradient is A of dy, and its weights' that of A's,
of which dy is the input and x the gradient of the output. Its bias's is a sum by PyTorch.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn

from ..errors import InputError
from ..layer.descriptor import PADS
from ..layer.spec import ConvSpec
from . import fold, kernels
from .layer import Told

if TYPE_CHECKING:
    from ..plan.kernel import Kernel

Tensor = Any  # torch.Tensor; mypy knows nothing of torch
Module = Any
Context = Any

CONVOLUTION = "(Tensor x, Tensor weight, Tensor? bias, str forward, str data, str weights, int threads) -> Tensor"
OF_INPUT = "(Tensor dy, Tensor weight, str data, int threads) -> Tensor"
OF_WEIGHTS = "(Tensor x, Tensor dy, str weights, int threads) -> (Tensor, Tensor)"


class Trio(NamedTuple):
    """The kernels of one shape of input."""

    forward: Kernel
    data: Kernel
    weights: Kernel


def trio_of(spec: ConvSpec) -> tuple[ConvSpec, ConvSpec, ConvSpec]:
    """Those of a Trio, of a layer as PyTorch has its weights; InputError where there are none."""
    forward = spec.replace(weights_layout=fold.WEIGHTS[spec.transposed])
    if spec.transposed:
        other = _transpose(forward)
        return forward, other, other.replace(op="backward-weights")
    return forward, forward.replace(op="backward-data"), forward.replace(op="backward-weights")


def _transpose(spec: ConvSpec) -> ConvSpec:
    """The forward layer that a transposed one is the transpose of, with the same array of weights."""
    fields: dict[str, Any] = {"op": "forward", "ic": spec.oc, "oc": spec.ic, "bias": False, "weights_layout": "oihw"}
    for axis in spec.axes:
        first, last = PADS[axis.name]
        fields |= {f"i{axis.name}": axis.o, first: max(axis.before, 0), last: max(axis.after, 0)}
    found = spec.replace(**fields)
    if (found.od, found.oh, found.ow) != (spec.id, spec.ih, spec.iw):
        raise InputError("output_padding must be less than the stride for the gradients of a transposed layer"
                         f" ({spec!r})")
    return found


# --- the operators ---


def _run(x: Tensor, weight: Tensor, bias: Tensor | None, forward: str, data: str, weights: str, threads: int) -> Tensor:
    arrays = {"weights": weight} if bias is None else {"weights": weight, "bias": bias}
    return kernels.run(x, kernels.pack(forward, arrays), None, forward, threads)


def _of_input(dy: Tensor, weight: Tensor, data: str, threads: int) -> Tensor:
    return kernels.run(dy, kernels.pack(data, {"weights": weight}), None, data, threads)


def _of_weights(x: Tensor, dy: Tensor, weights: str, threads: int) -> tuple[Tensor, Tensor]:
    """Of the weights, as PyTorch has them, and of the bias; empty where there is none."""
    found = kernels.find(weights)
    made = _made(x, weights)
    kernels.call(found, {"input": found.fitting("input", x), "output_gradient": found.fitting("output_gradient", dy),
                         "weights_gradient": made[0], "bias_gradient": made[1]}, threads)
    return made


def _made(like: Tensor, weights: str) -> tuple[Tensor, Tensor]:
    """Of these gradients, not initialised."""
    spec = kernels.find(weights).conv.kernel.spec
    return like.new_empty(spec.weights_shape), like.new_empty(spec.oc if spec.bias else 0)


convolution = torch.library.custom_op("convgen::convolution", _run, mutates_args=(), device_types="cpu",
                                      schema=CONVOLUTION)
of_input = torch.library.custom_op("convgen::convolution_input_gradient", _of_input, mutates_args=(),
                                   device_types="cpu", schema=OF_INPUT)
of_weights = torch.library.custom_op("convgen::convolution_weights_gradient", _of_weights, mutates_args=(),
                                     device_types="cpu", schema=OF_WEIGHTS)
convolution.register_fake(lambda x, weight, bias, forward, data, weights, threads: kernels.find(forward).blank(x))
of_input.register_fake(lambda dy, weight, data, threads: kernels.find(data).blank(dy))
of_weights.register_fake(lambda x, dy, weights, threads: _made(x, weights))


def _keep(ctx: Context, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, weight, _, *ctx.told = inputs
    ctx.save_for_backward(x, weight)


def _backward(ctx: Context, dy: Tensor) -> tuple[Tensor | None, ...]:
    (x, weight), (forward, data, weights, threads) = ctx.saved_tensors, ctx.told
    transposed = kernels.find(forward).conv.kernel.spec.transposed
    dx = dw = db = None
    if ctx.needs_input_grad[0]:
        dx = of_input(dy, weight, data, threads)
    if transposed:
        dw = of_weights(dy, x, weights, threads)[0] if ctx.needs_input_grad[1] else None
        db = dy.sum([axis for axis in range(dy.dim()) if axis != 1]) if ctx.needs_input_grad[2] else None
    elif ctx.needs_input_grad[1] or ctx.needs_input_grad[2]:
        dw, db = of_weights(x, dy, weights, threads)
    return dx, dw, db if ctx.needs_input_grad[2] else None, None, None, None, None


convolution.register_autograd(_backward, setup_context=_keep)


# --- the modules ---


class Trained(nn.Module):  # type: ignore[misc]  # torch is not installed everywhere: nn.Module is Any
    """A convolution, with its parameters by their names, by the kernels for each shape of input that is known.

    For inputs of another shape or type, on another device and under autocast it is PyTorch's own, with a warning for
    the whole model.
    """

    def __init__(self, name: str, conv: Module, known: dict[tuple[int, ...], Trio], threads: int, told: Told) -> None:
        """name: in warnings. known: input's shape -> kernels. threads: 0 for as many as PyTorch uses."""
        super().__init__()
        self.name, self.known, self.threads, self.told = name, known, threads, told
        self.weight, self.bias = conv.weight, conv.bias
        self.settings = [conv]  # in a list, for its parameters not to count twice
        self._ready: dict[tuple[int, ...], tuple[str, str, str]] = {}

    def load(self) -> None:
        """The kernels, which were built before."""
        self._ready = {shape: (kernels.register(trio.forward), kernels.register(trio.data),
                               kernels.register(trio.weights)) for shape, trio in self.known.items()}

    def forward(self, x: Tensor) -> Tensor:
        keys = self._ready.get(tuple(x.shape))
        if keys and fold.here(x, self.weight, self.bias) and not torch.is_autocast_enabled("cpu") \
                and x.dtype is self.weight.dtype and not torch.onnx.is_in_onnx_export():
            return convolution(x, self.weight, self.bias, *keys, self.threads)
        if not self.told.yet and not torch.compiler.is_compiling():
            self.told.yet = True
            shapes = " or ".join(str(shape) for shape in self.known)
            warnings.warn(
                f"{self.name or 'the model'}: input must be what the kernels are for, else PyTorch's own convolution"
                f" runs (expected {fold.short(self.weight.dtype)} {shapes} on cpu; given {x.dtype} {tuple(x.shape)} on"
                f" {x.device}); further modules that do so stay quiet", RuntimeWarning, stacklevel=2)
        own = {"weight": self.weight} if self.bias is None else {"weight": self.weight, "bias": self.bias}
        return torch.func.functional_call(self.settings[0], own, (x,))

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.load()

    def extra_repr(self) -> str:
        return str(self.settings[0].extra_repr())


def replace(model: Module, make: Any, shapes: dict[Module, list[tuple[int, ...]]]) -> None:
    """Put Trained modules in place of convolutions. make(path, conv, shapes) gives one, or None where there are no
    kernels; the same for a convolution that the model has twice."""
    found: dict[Module, Trained | None] = {}
    for path, parent in list(model.named_modules()):
        for name, conv in list(parent._modules.items()):
            if conv not in shapes or not fold.is_convolution(conv):
                continue
            if conv not in found:
                found[conv] = make(f"{path}.{name}".lstrip("."), conv, shapes[conv])
            if found[conv] is not None:
                setattr(parent, name, found[conv])
