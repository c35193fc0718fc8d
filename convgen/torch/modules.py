"""Models that cannot be traced: every convolution for itself, with what follows it in the same nn.Sequential.

A Sequential counts only where the example ran it as a whole whenever it ran its members: a program that goes through
them by hand would meet values that are no longer there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from . import fold

Module = Any  # torch.nn.Module; mypy knows nothing of torch
Shapes = dict[Module, list[tuple[int, ...]]]


def watch(model: Module, run: Callable[[], object]) -> tuple[Shapes, Counter[Module]]:
    """What `run` shows: the shapes that convolutions are given, each once, and how often each module is called."""
    shapes: Shapes = {}
    calls: Counter[Module] = Counter()

    def note(module: Module, args: Sequence[Any]) -> None:
        calls[module] += 1
        if type(module) in fold.CONVOLUTIONS and len(args) == 1 and args[0].dtype is torch.float32:
            seen = shapes.setdefault(module, [])
            if tuple(args[0].shape) not in seen:
                seen.append(tuple(args[0].shape))

    # before any hook of the module's own, which may be what changes the input
    hooks = [module.register_forward_pre_hook(note) for module in model.modules()]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return shapes, calls


def replace(model: Module, make: Callable[..., Module | None], shapes: Shapes, calls: Counter[Module]) -> int:
    """Put Layers in place of convolutions, Identities in place of what they take in; how many Layers. make: as of
    graph.replace."""
    done = 0
    for path, parent in list(model.named_modules()):
        whole = type(parent) is nn.Sequential and fold.plain(parent)
        members = list(parent.named_children())
        for at, (name, conv) in enumerate(members):
            if conv not in shapes or not fold.is_convolution(conv):
                continue
            after = [m for _, m in members[at + 1 : at + 3]
                     if whole and calls[m] == calls[conv] == calls[parent]] if whole else []
            norm = after[0] if after and fold.is_norm(after[0], conv) else None
            rest = after[1:] if norm is not None else after
            act = rest[0] if rest and fold.activation(rest[0]) is not None else None
            layer = make(f"{path}.{name}".lstrip("."), conv, norm, act, shapes[conv], False)
            if layer is None:
                continue
            setattr(parent, name, layer)
            for taken, member in members[at + 1 : at + 3]:
                if member is not None and (member is norm or member is act):
                    setattr(parent, taken, nn.Identity())
            done += 1
    return done
