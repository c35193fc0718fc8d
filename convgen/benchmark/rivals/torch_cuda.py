"""PyTorch on CUDA (cuDNN): f16, or f32 without TF32, the algorithm that cuDNN measured to be the fastest.

Two ways: cuDNN works on channels-first or on channels-last tensors, and those that are not the layer's own are
converted in each call. A loop inside TorchScript makes the calls; the device is waited for before and after it.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ...machine import devices
from .problem import Problem, Setup, fused, need
from .torch import ACTIVATIONS, PROGRAM, form, looped, padding, tensor, version

__all__ = ["DTYPES", "setups", "version"]

DTYPES = ("f32", "f16")


def setups(problem: Problem, device: str) -> Iterator[Setup]:
    name, params = fused(problem, tuple(ACTIVATIONS))
    where = _same(device)
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    x, w = tensor(problem).to(where), torch.from_numpy(problem.w).to(where)
    b = None if problem.b is None else torch.from_numpy(problem.b).to(where)
    source, pads, around = padding(problem)
    rank, own = len(problem.axes), form(problem, problem.spec.channels_last)
    for title, last in (("channels-first", False), ("channels-last", True)):
        inner = form(problem, last)
        y = (f"torch.conv{rank}d({source}.contiguous(memory_format={inner}), w, b, {problem.strides}, {pads},"
             f" {problem.dilations}, {problem.spec.g})")
        y = ACTIVATIONS[name][1].format(*params, y=y)
        program = PROGRAM.format(expression=f"{y}.contiguous(memory_format={own})")
        yield looped(f"{title}{around}", program, problem, x, (w.contiguous(memory_format=inner), b, []),
                     torch.cuda.synchronize)


def _same(key: str) -> torch.device:
    """The OpenCL device of that key, as PyTorch has it; UnsupportedError where it has not."""
    need(torch.cuda.is_available(), "CUDA device that PyTorch can use")
    name = devices.handle(key)[0].name
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    need(name in names, f"CUDA device named {name}")
    device = torch.device("cuda", names.index(name))
    torch.cuda.set_device(device)
    return device
