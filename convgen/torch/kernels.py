"""Generated kernels on tensors: the operator torch.ops.convgen.conv.

    y = conv(x, packed, residual, key, threads)

x, residual and y have PyTorch's shapes, channels second; in memory they are as the kernel's layout says, and what is
not is copied. packed: from pack(). key: from register(), the same in every process, so that what torch.compile keeps
on disk means the same kernel later. threads: 0 for as many as PyTorch uses.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from ..errors import InputError
from ..layer.spec import ConvSpec
from ..run import build
from ..run.native import ALIGN, Conv

if TYPE_CHECKING:
    from ..plan.kernel import Kernel

Tensor = Any  # torch.Tensor; mypy knows nothing of torch
Array = np.ndarray[Any, np.dtype[np.float32]]

SCHEMA = "(Tensor x, Tensor packed, Tensor? residual, str key, int threads) -> Tensor"
LAST = {2: torch.channels_last, 3: torch.channels_last_3d}  # of a rank; PyTorch has no name for channels-last 1-D


class Loaded(NamedTuple):
    """A kernel that runs in this process, and the shapes of its arrays as PyTorch counts axes."""

    conv: Conv
    x: tuple[int, ...]
    y: tuple[int, ...]


_loaded: dict[str, Loaded] = {}


def register(kernel: Kernel) -> str:
    """Build and load a kernel, once; what the operator knows it by. Errors: those of compilers.build."""
    key = f"{kernel.name} {hashlib.sha256(kernel.source.encode()).hexdigest()[:16]}"
    if key not in _loaded:
        conv = build.compile(kernel)
        if not isinstance(conv, Conv):
            raise InputError(f"target must be a CPU, whose memory tensors lie in (target={kernel.plan.target.name})")
        spec = kernel.spec
        _loaded[key] = Loaded(conv, shape(spec, spec.input_shape), shape(spec, spec.output_shape))
    return key


def shape(spec: ConvSpec, extents: tuple[int, ...]) -> tuple[int, ...]:
    """PyTorch's shape of an array of the layer: channels second."""
    return (extents[0], extents[-1], *extents[1:-1]) if spec.channels_last else extents


def _find(key: str) -> Loaded:
    try:
        return _loaded[key]
    except KeyError:
        raise InputError(f"key must be of a kernel registered in this process (key={key[:100]!r})") from None


def pack(key: str, weights: Array, bias: Array | None) -> Tensor:
    """weights as PyTorch has them, (oc, ic / g, *kernel), and bias (oc,), in the kernel's own order."""
    conv = _find(key).conv
    spec = conv.kernel.spec
    order = {"oihw": range(weights.ndim), "hwio": (*range(2, weights.ndim), 1, 0),
             "ohwi": (0, *range(2, weights.ndim), 1)}[spec.weights_layout]
    own = np.ascontiguousarray(weights.transpose(*order))
    packed = torch.empty(conv.kernel.packed_bytes // spec.itemsize, dtype=torch.float32)
    conv.pack_raw(own.ctypes.data, 0 if bias is None else bias.ctypes.data, packed.data_ptr())
    return packed


def dense(x: Tensor, last: bool) -> Tensor:
    """x as its elements must lie, itself if they do."""
    if not last:
        return x.contiguous()
    form = LAST.get(x.dim() - 2)
    return x.movedim(1, -1).contiguous().movedim(-1, 1) if form is None else x.contiguous(memory_format=form)


def _blank(extents: tuple[int, ...], like: Tensor, last: bool) -> Tensor:
    """An output, not initialised."""
    if not last:
        return like.new_empty(extents)
    form = LAST.get(len(extents) - 2)
    if form is None:
        n, c, w = extents
        return like.new_empty((n, w, c)).movedim(-1, 1)
    return torch.empty(extents, dtype=like.dtype, device=like.device, memory_format=form)


class _Workspace(threading.local):
    """One for all layers of a thread: what the layer before has left in the caches is written again."""

    memory: Tensor = None

    def address(self, size: int) -> int:
        if self.memory is None or self.memory.numel() < size:
            self.memory = torch.empty(size, dtype=torch.uint8)
        return int(self.memory.data_ptr())


_workspace = _Workspace()


def _run(x: Tensor, packed: Tensor, residual: Tensor | None, key: str, threads: int) -> Tensor:
    conv, wanted, made = _find(key)
    kernel, last = conv.kernel, conv.kernel.spec.channels_last
    count = threads or torch.get_num_threads()
    _check("x", x, wanted)
    _check("packed", packed, (kernel.packed_bytes // 4,))
    if packed.data_ptr() % ALIGN:
        packed = packed.clone()
    x = dense(x, last)
    y = _blank(made, x, last)
    arrays = [x, packed, y]
    if residual is not None:
        _check("residual", residual, made)
        arrays.insert(2, dense(residual, last))
    if (residual is not None) != kernel.spec.residual:
        raise InputError(f"residual must be given where the layer has one, only there (key={key[:100]!r})")
    workspace = _workspace.address(conv.workspace_bytes(count))
    conv.run_raw((*[array.data_ptr() for array in arrays], workspace), count)
    return y


def _check(field: str, tensor: Tensor, wanted: tuple[int, ...]) -> None:
    if tensor.shape != wanted or tensor.dtype is not torch.float32:
        raise InputError(f"{field} must be float32 of shape {wanted} ({field} is {tensor.dtype},"
                         f" {tuple(tensor.shape)})")


def _fake(x: Tensor, packed: Tensor, residual: Tensor | None, key: str, threads: int) -> Tensor:
    """What `_run` gives, but for the numbers."""
    found = _find(key)
    return _blank(found.y, x, found.conv.kernel.spec.channels_last)


conv = torch.library.custom_op("convgen::conv", _run, mutates_args=(), device_types="cpu", schema=SCHEMA)
conv.register_fake(_fake)
