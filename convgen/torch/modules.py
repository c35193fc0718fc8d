"""Models that cannot be traced: every convolution for itself, with what follows it in the same nn.Sequential.

A Sequential counts only where the example ran it as a whole whenever it ran its members: a program that goes through
them by hand would meet values that are no longer there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from ..errors import InputError
from . import fold, left

Module = Any  # torch.nn.Module; mypy knows nothing of torch
NONE = ("", None)
Shapes = dict[Module, list[tuple[int, ...]]]


def watch(model: Module, run: Callable[[], object]) -> tuple[Shapes, Counter[Module]]:
    """What `run` shows: the shapes that convolutions are given in the type of their weights, each once, and how often
    each module is called. InputError where that fails at a convolution that cannot take its input."""
    shapes: Shapes = {}
    calls: Counter[Module] = Counter()
    last: list[Any] = []  # the convolution that was called last, and its input

    def note(module: Module, args: Sequence[Any], rest: Mapping[str, Any]) -> None:
        calls[module] += 1
        last[:] = [module, *args[:1]] if type(module) in fold.CONVOLUTIONS and args else last
        if type(module) in fold.CONVOLUTIONS and len(args) == 1 and not rest \
                and getattr(args[0], "dtype", None) is module.weight.dtype:
            seen = shapes.setdefault(module, [])
            if tuple(args[0].shape) not in seen:
                seen.append(tuple(args[0].shape))

    hooks = [module.register_forward_pre_hook(note, with_kwargs=True) for module in model.modules()]
    try:
        run()
    except (RuntimeError, TypeError, AttributeError) as error:
        path = next((path for path, module in model.named_modules() if last and module is last[0]), "")
        if last and (told := left.mismatch(path, *last)):
            raise InputError(f"example_input must be what the model takes: {told}") from error
        raise
    finally:
        for hook in hooks:
            hook.remove()
    return shapes, calls


def replace(model: Module, make: Callable[..., Module | None], shapes: Shapes, calls: Counter[Module]) -> None:
    """Put Layers in place of convolutions, Identities in place of what they take in. make: as of graph.replace."""
    for path, parent in list(model.named_modules()):
        members = list(parent._modules.items())  # with those that it has twice
        for at, (name, conv) in enumerate(members):
            if conv not in shapes or not fold.is_convolution(conv):
                continue
            whole = type(parent) is nn.Sequential and fold.plain(parent) and calls[conv] == calls[parent]
            after = [m if calls[m[1]] == calls[conv] else NONE for m in members[at + 1 :]] if whole else []
            norm = after.pop(0) if after and fold.is_norm(after[0][1], conv) else NONE
            act = after.pop(0) if after and fold.activation(after[0][1]) is not None else NONE
            layer = make(f"{path}.{name}".lstrip("."), conv, norm[1], act[1], shapes[conv], False)
            if layer is None:
                continue
            setattr(parent, name, layer)
            for taken, module in (norm, act):
                if module is not None:
                    setattr(parent, taken, nn.Identity())
