"""The modules that stand for a convolution and what was folded into it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from ..errors import InputError
from ..run.arrays import to_pack
from . import fold, kernels

if TYPE_CHECKING:
    from ..plan.kernel import Kernel

Tensor = Any  # torch.Tensor; mypy knows nothing of torch
Dtype = Any


class Told:
    """Whether a model has warned already; its layers share one."""

    yet = False


class Layer(nn.Module):  # type: ignore[misc]  # torch is not installed everywhere: nn.Module is Any
    """A convolution and what follows it by generated kernels, one for each shape of input that is known.

    For other inputs it is what it stands for, `modules_one_by_one`: in training mode, under autocast, where gradients
    are recorded, and by torch.onnx.export, which knows no kernels, without a word; for another shape, type or device,
    with a warning. dtype, added: PyTorch's types of its input and of its residual.
    """

    def __init__(self, name: str, known: dict[tuple[int, ...], Kernel], threads: int, told: Told, dtype: Dtype,
                 added: Dtype) -> None:
        """name: in warnings. known: input's shape -> kernel. threads: 0 for as many as PyTorch uses. pack() comes
        next."""
        super().__init__()
        self.name, self.threads, self.told = name, threads, told
        self.known, self.dtype, self.added = known, dtype, added
        self._ready: list[tuple[tuple[int, ...], tuple[int, ...], str, Tensor]] = []
        self.register_load_state_dict_post_hook(_loaded)

    def pack(self) -> None:
        """Bring the weights into the kernels' order anew: needed after they were changed, other than by
        load_state_dict(), training, or what converts or moves them."""
        arrays = self.arrays()
        usable = arrays and all(array.isfinite().all() for array in arrays.values())
        ready = []
        for extents, kernel in self.known.items() if usable else ():
            key = kernels.register(kernel)
            made = kernels.shape(kernel.spec, kernel.spec.output_shape)
            ready.append((extents, made, key, kernels.pack(key, arrays)))
        self._ready = ready

    def forward(self, x: Tensor, residual: Tensor | None = None) -> Tensor:
        if self.training or torch.is_autocast_enabled("cpu") or torch.onnx.is_in_onnx_export() or (
                torch.is_grad_enabled() and (x.requires_grad or (residual is not None and residual.requires_grad))):
            return self.modules_one_by_one(x, residual)
        for extents, made, key, packed in self._ready:
            if x.shape == extents and _fits(x, self.dtype) and (
                    residual is None or (residual.shape == made and _fits(residual, self.added))):
                return kernels.conv(x, packed, residual, key, self.threads)
        if not self.told.yet and not torch.compiler.is_compiling():
            self.told.yet = True
            warnings.warn(self._refusal(x, residual), RuntimeWarning, stacklevel=2)
        return self.modules_one_by_one(x, residual)

    def arrays(self) -> dict[str, Tensor]:
        """What kernels take once, by role; empty where they cannot have it."""
        raise NotImplementedError

    @property
    def needed(self) -> str:
        """What must be so for kernels to have them, for a warning."""
        raise NotImplementedError

    def modules_one_by_one(self, x: Tensor, residual: Tensor | None = None) -> Tensor:
        """What PyTorch computes, bit for bit."""
        raise NotImplementedError

    def _refusal(self, x: Tensor, residual: Tensor | None) -> str:
        given = " + ".join(f"{t.dtype} {tuple(t.shape)} on {t.device}" for t in (x, residual) if t is not None)
        if not self._ready:
            expected = self.needed
        else:
            expected = f"{self.dtype} {' or '.join(str(tuple(extents)) for extents, *_ in self._ready)} on cpu"
        return (f"{self.name or 'the model'}: input must be what the kernel is for, else PyTorch's own modules run"
                f" (expected {expected}; given {given}); further modules that do so stay quiet")

    def train(self, mode: bool = True) -> Layer:
        trained = self.training and not mode
        super().train(mode)
        if trained:
            self.pack()
        return self

    def _apply(self, *args: Any, **keywords: Any) -> Layer:
        super()._apply(*args, **keywords)
        self.pack()
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_ready": []}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.known = {extents: kernel for extents, kernel in self.known.items()
                      if kernel.plan.target.runs_here(kernel.spec.arithmetic)}
        self.pack()

    def extra_repr(self) -> str:
        return ", ".join(dict.fromkeys(kernel.title for kernel in self.known.values()))


def _fits(tensor: Tensor, dtype: Dtype) -> bool:
    return tensor.dtype is dtype and tensor.device.type == "cpu" and tensor.layout is torch.strided


def _loaded(layer: Layer, _: Any) -> None:
    layer.pack()


class Modules(Layer):
    """act(norm(conv(x)) + residual), of modules. Input, parameters and output are of one type."""

    def __init__(self, name: str, conv: Any, norm: Any, act: Any, known: dict[tuple[int, ...], Kernel],
                 threads: int, told: Told) -> None:
        super().__init__(name, known, threads, told, conv.weight.dtype, conv.weight.dtype)
        self.conv, self.norm, self.act = conv, norm, act
        self.eval()

    def arrays(self) -> dict[str, Tensor]:
        own = [module for module in (self.conv, self.norm, self.act) if module is not None]
        parts = [part for module in own for part in (*module.parameters(), *module.buffers())]
        if self.conv.weight.dtype is self.dtype and fold.here(*(p for p in parts if p.is_floating_point())):
            return fold.folded(self.conv, self.norm, self.act)
        return {}

    @property
    def needed(self) -> str:
        return f"finite weights in {self.dtype} on cpu"

    def modules_one_by_one(self, x: Tensor, residual: Tensor | None = None) -> Tensor:
        y = self.conv(x)
        if self.norm is not None:
            y = self.norm(y)
        if residual is not None:
            y = y + residual
        return y if self.act is None else self.act(y)


class Integers(Layer):
    """What a graph computes between integers, or of these in f32: `eager`, of input and perhaps residual. given: what
    kernels take once, by role, as eager has it, once and for all."""

    def __init__(self, name: str, eager: Any, given: dict[str, Tensor], known: dict[tuple[int, ...], Kernel],
                 threads: int, told: Told, dtype: Dtype, added: Dtype) -> None:
        super().__init__(name, known, threads, told, dtype, added)
        self.eager, self.roles = eager, {role: tensor.dtype for role, tensor in given.items()}
        for role, tensor in given.items():
            self.register_buffer(role, tensor)
        self.eval()

    def arrays(self) -> dict[str, Tensor]:
        found = {role: getattr(self, role) for role in self.roles}
        if not all(_fits(tensor, self.roles[role]) for role, tensor in found.items()):
            return {}
        own = {role: tensor.numpy() for role, tensor in found.items()}
        try:
            for kernel in self.known.values():
                to_pack(kernel.spec.replace(weights_layout=fold.WEIGHTS[kernel.spec.transposed]), {"bias": None, **own},
                        copy=False)
        except InputError:  # of sums that might overflow, say
            return {}
        return found

    @property
    def needed(self) -> str:
        return "weights, bias and scales like those that were quantised, on cpu"

    def modules_one_by_one(self, x: Tensor, residual: Tensor | None = None) -> Tensor:
        return self.eager(x) if residual is None else self.eager(x, residual)
