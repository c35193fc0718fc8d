"""What a convolution takes in of the modules behind it:

    act(norm(conv(x)) + residual),   w' = w·s,   b' = β + (b − μ)·s,   s = γ / √(σ² + ε)

computed in float64 and rounded once, to the type that all parameters have; and the slopes of act, if it has some. A
module is taken for what it is only when its class is PyTorch's own, not a subclass, and nothing is hooked to it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from ..errors import InputError
from ..layer.activation import ACTIVATIONS as TABLE
from ..layer.activation import named
from ..layer.element import ELEMENTS
from ..layer.fields import LAYOUTS
from ..layer.spec import ConvSpec
from . import elements

Module = Any  # torch.nn.Module; mypy knows nothing of torch
Tensor = Any

OLD_NORM = ("it has the weight_norm or spectral_norm of torch.nn.utils: call remove_weight_norm or"
            " remove_spectral_norm on it first, or take those of torch.nn.utils.parametrizations")
TRANSPOSED = {nn.ConvTranspose1d: 1, nn.ConvTranspose2d: 2, nn.ConvTranspose3d: 3}
CONVOLUTIONS = {nn.Conv1d: 1, nn.Conv2d: 2, nn.Conv3d: 3, **TRANSPOSED}
WEIGHTS = ("oihw", "iohw")  # as PyTorch has them: of forward layers, of transposed ones
NORMS = {nn.BatchNorm1d: 1, nn.BatchNorm2d: 2, nn.BatchNorm3d: 3}

# classes that are activations of a spec, with parameters that suit
ACTIVATIONS = {getattr(nn, row.torch.name) for row in TABLE.values() if row.torch is not None}
# those with a parameter of its own for each channel, or one for all
SLOPED = {getattr(nn, row.torch.name) for row in TABLE.values() if row.torch is not None and row.slopes}

# function or method -> the module that does the same, which takes its other arguments
FUNCTIONS: dict[Any, Module] = {
    call: getattr(nn, row.torch.name)
    for row in TABLE.values() if row.torch is not None for name in row.torch.calls
    for call in (getattr(nn.functional, name, None), getattr(torch, name, None), name)
    if call is not None and (call != name or hasattr(torch.Tensor, name))
}


def plain(module: Module) -> bool:
    """Whether a call of the module does what its class does and nothing else."""
    return not (module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module))


def is_convolution(module: Module) -> bool:
    """Whether a kernel may stand for it."""
    return type(module) in CONVOLUTIONS and not why_not(module)


def why_not(module: Module) -> str:
    """Why no kernel may stand for a module that convolves; empty where one may."""
    if type(module) not in CONVOLUTIONS:
        return f"its class {type(module).__name__} is not PyTorch's own"
    if old_norm(module):
        return OLD_NORM
    if not plain(module):
        return "it has hooks, or a forward of its own"
    if module.padding_mode != "zeros":
        return f"it pads by {module.padding_mode}, not by zeros"
    if not here(module.weight, module.bias):
        kinds = dict.fromkeys(f"{short(p.dtype)} on {p.device.type}" for p in (module.weight, module.bias)
                              if p is not None)
        return f"its parameters are {' and '.join(kinds)}, not of one type of {', '.join(ELEMENTS)} on cpu"
    return ""


def old_norm(module: Module) -> bool:
    """Whether it has torch.nn.utils.weight_norm or spectral_norm, which compute weights before each call."""
    return any(isinstance(hook, WeightNorm | SpectralNorm) for hook in module._forward_pre_hooks.values())


def short(dtype: Any) -> str:
    """PyTorch's name of a type."""
    return str(dtype).removeprefix("torch.")


def is_norm(module: Module, conv: Module) -> bool:
    """Whether it is a BatchNorm with statistics, of a convolution's output."""
    return (type(module) in NORMS and plain(module) and not module.training and module.running_mean is not None
            and NORMS[type(module)] == CONVOLUTIONS[type(conv)] and module.num_features == conv.out_channels
            and here(conv.weight, module.weight, module.bias, module.running_mean, module.running_var))


def activation(module: Module) -> str | None:
    """The activation of a spec that it is, or None."""
    if type(module) not in ACTIVATIONS or not plain(module) or not here(*module.parameters()):
        return None
    return named(lambda row: row.torch, type(module).__name__, lambda attribute, _: getattr(module, attribute))


def here(*parameters: Any) -> bool:
    """Whether all that are there are numbers of one type, in memory that a kernel can read."""
    found = [p for p in parameters if p is not None]
    return all(p.dtype in elements.KNOWN and p.dtype is found[0].dtype and p.device.type == "cpu" for p in found)


def spec(conv: Module, extents: tuple[int, ...], last: bool, bias: bool, residual: bool, act: str) -> ConvSpec:
    """The layer that the modules are for an input of PyTorch's shape `extents` and the type of the weights. InputError
    when it is none."""
    rank, transposed = CONVOLUTIONS[type(conv)], type(conv) in TRANSPOSED
    if len(extents) != rank + 2 or extents[1] != conv.in_channels:
        raise InputError(f"input must have {rank + 2} axes, of which the second is {conv.in_channels}"
                         f" (shape={tuple(extents)})")
    fields: dict[str, Any] = {}
    names = list(zip("dhw", ("front", "top", "left"), ("back", "bottom", "right"), strict=True))[3 - rank :]
    for index, (axis, before, after) in enumerate(names):
        k, d = conv.kernel_size[index], conv.dilation[index]
        reach = d * (k - 1)
        pads = {"valid": (0, 0), "same": (reach // 2, reach - reach // 2)}.get(conv.padding) \
            if isinstance(conv.padding, str) else (conv.padding[index],) * 2
        fields |= {f"i{axis}": extents[2 + index], f"k{axis}": k, f"s{axis}": conv.stride[index], f"d{axis}": d}
        fields |= dict(zip((before, after), pads or (0, 0), strict=True))
        if transposed:
            fields[after] -= conv.output_padding[index]
    return ConvSpec(n=extents[0], g=conv.groups, ic=conv.in_channels, oc=conv.out_channels, bias=bias,
                    residual=residual, activation=act, layout=LAYOUTS[rank - 1 + 3 * last],
                    dtype=elements.KNOWN[conv.weight.dtype].name, op="transposed" if transposed else "forward",
                    **fields)


def folded(conv: Module, norm: Module | None, act: Module | None) -> dict[str, Tensor]:
    """w' and b', as weights and bias, none where there is neither bias nor norm; slopes, where act has some. What is
    too large for the type is infinite."""
    with torch.no_grad():
        w = conv.weight.detach().double()
        b = None if conv.bias is None else conv.bias.detach().double()
        if norm is not None:
            s = (norm.running_var.double() + norm.eps).rsqrt()
            if norm.weight is not None:
                s = s * norm.weight.double()
            b = ((0.0 if b is None else b) - norm.running_mean.double()) * s
            if norm.bias is not None:
                b = b + norm.bias.double()
            if type(conv) in TRANSPOSED:  # (ic, oc / g, …)
                each = s.reshape(conv.groups, -1).repeat_interleave(conv.in_channels // conv.groups, dim=0)
                w = w * each.reshape(*w.shape[:2], *[1] * (w.dim() - 2))
            else:
                w = w * s.reshape(-1, *[1] * (w.dim() - 1))
        found = {"weights": w, **({} if b is None else {"bias": b})}
        if act is not None and type(act) in SLOPED:
            found["slopes"] = act.weight.detach().expand(conv.out_channels)
        return {role: elements.rounded(tensor, conv.weight.dtype) for role, tensor in found.items()}
