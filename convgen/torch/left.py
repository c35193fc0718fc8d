"""What a model leaves to PyTorch: the convolutions that became no Layer, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd as AnyConvolution
from torch.overrides import TorchFunctionMode

from . import fold
from .layer import Layer
from .training import Trained

Module = Any  # torch.nn.Module; mypy knows nothing of torch

FUNCTIONS = {getattr(nn.functional, f"conv{kind}{axes}d") for kind in ("", "_transpose") for axes in (1, 2, 3)}
# Of convolutions that torch.ao has quantised in eager mode, or by FX: only PyTorch's own kernels know their weights.
PACKED = "it was quantised in eager mode or by FX; of what PT2E quantises (torchao), kernels are generated"
NAMED = 4  # convolutions that a reason is told of
REASONS = 8


class _Calls(TorchFunctionMode):  # type: ignore[misc]  # torch is not installed everywhere: the class is Any
    """Counts convolutions as functions; those that modules call too."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += func in FUNCTIONS
        return func(*args, **(kwargs or {}))


class Seen(NamedTuple):
    """What a run left to PyTorch: the modules that convolved, by path, and how many functions did, called by none."""

    modules: dict[str, Module]
    functions: int


def seen(model: Module, args: Sequence[Any]) -> Seen:
    """By running the model."""
    own: list[Module] = []
    hooks = [module.register_forward_pre_hook(lambda module, _: own.append(module))
             for module in model.modules() if isinstance(module, AnyConvolution) or _packed(module)]
    try:
        with _Calls() as calls:
            model(*args)
    finally:
        for hook in hooks:
            hook.remove()
    kept = [f"{path}." for path, module in model.named_modules()
            if isinstance(module, Layer | Trained)]  # by these, who warn
    called = {path: module for path, module in model.named_modules()
              if module in own and not path.startswith(tuple(kept))}
    return Seen(called, max(0, calls.count - sum(isinstance(module, AnyConvolution) for module in own)))


def _packed(module: Module) -> bool:
    """Whether it is a convolution of torch.ao.nn, which nobody need have imported."""
    return any(kind.__module__.startswith("torch.ao.nn.") and kind.__name__ == "_ConvNd"
               for kind in type(module).__mro__) and not isinstance(module, AnyConvolution)


def told(model: Module, refused: Mapping[Module | str, str], found: Seen) -> str:
    """In a line, how many convolutions are kernels, and why others are not; empty where all are. refused: what the
    factory says of modules, and of nodes of a graph by their names."""
    layers, functions = sum(isinstance(module, Layer | Trained) for module in model.modules()), found.functions
    reasons: dict[str, list[str]] = {}
    for path, module in found.modules.items():
        reason = refused.get(module) or (PACKED if _packed(module) else fold.why_not(module)) or \
            f"the example gives it something else than one input of {fold.short(module.weight.dtype)}"
        reasons.setdefault(reason, []).append(path or "the model")
    nodes = {name: reason for name, reason in refused.items() if isinstance(name, str)}
    for name, reason in nodes.items():
        reasons.setdefault(reason, []).append(name)
    others = len(found.modules) + functions + len(nodes)
    if layers and not others:
        return ""
    texts = [f"{', '.join(paths[:NAMED])}{', …' * (len(paths) > NAMED)}: {reason}" for reason, paths in reasons.items()]
    if functions:
        texts.append(f"{functions} call{'s' * (functions > 1)} of torch.nn.functional: a kernel stands for a module,"
                     " which keeps its weights")
    if not others:
        texts.append("the model has no others that could be seen")
    return (f"{layers} of {layers + others} convolutions run as kernels, the others are left to PyTorch"
            f" ({'; '.join(texts[:REASONS])}{'; …' * (len(texts) > REASONS)})")


def mismatch(path: str, conv: Module, x: Any) -> str:
    """Why a convolution cannot take what it is given; empty where it can."""
    if not isinstance(x, torch.Tensor):
        return f"{path} must be given a tensor (it is given a {type(x).__name__})"
    axes = fold.CONVOLUTIONS[type(conv)] + 2
    channels = x.shape[1 - axes] if x.dim() in (axes, axes - 1) else -1
    if x.dtype is conv.weight.dtype and channels == conv.in_channels:
        return ""
    return (f"{path} must be given {fold.short(conv.weight.dtype)} of {axes} axes, the second of {conv.in_channels}"
            f" channels (it is given {fold.short(x.dtype)} of shape {tuple(x.shape)})")
