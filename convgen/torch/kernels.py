"""Generated kernels on tensors: the operator torch.ops.convgen.conv.

    y = conv(x, packed, residual, key, threads)

x, residual and y have PyTorch's shapes, channels second; in memory they are as the kernel's layout says, and what is
not is copied. packed: from pack(). key: from register(), the same in every process, so that what torch.compile keeps
on disk means the same kernel later. threads: 0 for as many as PyTorch uses.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from ..errors import InputError, UnsupportedError
from ..layer.spec import ConvSpec
from ..run import build
from ..run.arrays import ALIGN
from ..run.native import Conv
from . import elements

if TYPE_CHECKING:
    from ..plan.kernel import Kernel

Tensor = Any  # torch.Tensor; mypy knows nothing of torch

SCHEMA = "(Tensor x, Tensor packed, Tensor? residual, str key, int threads) -> Tensor"
LAST = {2: torch.channels_last, 3: torch.channels_last_3d}  # of a rank; PyTorch has no name for channels-last 1-D


class Loaded(NamedTuple):
    """A kernel that runs in this process, and the shapes and types of a run's arrays, by role, as PyTorch has them."""

    conv: Conv
    arrays: dict[str, tuple[tuple[int, ...], Any]]

    def fitting(self, role: str, tensor: Tensor) -> Tensor:
        """The tensor as the kernel reads it; InputError for one of another shape or type."""
        _check("x" if role == "input" else role, tensor, *self.arrays[role])
        return dense(tensor, self.conv.kernel.spec.channels_last)

    def blank(self, like: Tensor) -> Tensor:
        """An output, not initialised."""
        extents, dtype = self.arrays["output"]
        return _blank(extents, dtype, like, self.conv.kernel.spec.channels_last)


_loaded: dict[str, Loaded] = {}


def register(kernel: Kernel) -> str:
    """Build and load a kernel, once; what the operator knows it by. Errors: those of compilers.build."""
    key = f"{kernel.name} {hashlib.sha256(kernel.source.encode()).hexdigest()[:16]}"
    if key not in _loaded:
        conv = build.compile(kernel)
        if not isinstance(conv, Conv):
            raise InputError(f"target must be a CPU, whose memory tensors lie in (target={kernel.plan.target.name})")
        spec = kernel.spec
        if spec.sliced:
            raise UnsupportedError("PyTorch's layers take and give whole tensors, no slices of channels"
                                   f" (in_stride={spec.input_channels}, ic={spec.ic},"
                                   f" out_stride={spec.output_channels}, oc={spec.oc})")
        _loaded[key] = Loaded(conv, {
            array.role: (shape(spec, array.shape), elements.dtype(array.element))
            for array in spec.arrays if array.when == "run"})
    return key


def shape(spec: ConvSpec, extents: tuple[int, ...]) -> tuple[int, ...]:
    """PyTorch's shape of an array of the layer: channels second."""
    return (extents[0], extents[-1], *extents[1:-1]) if spec.channels_last else extents


def find(key: str) -> Loaded:
    """What is known by a key; InputError where nothing is."""
    try:
        return _loaded[key]
    except KeyError:
        raise InputError(f"key must be of a kernel registered in this process (key={key[:100]!r})") from None


def pack(key: str, arrays: Mapping[str, Tensor]) -> Tensor:
    """What the layer takes once, by role and of its type, in the kernel's own order; weights as PyTorch has them,
    (oc, ic / g, *kernel), or of a transposed layer (ic, oc / g, *kernel)."""
    conv = find(key).conv
    weights, layout = arrays["weights"], conv.kernel.spec.weights_layout
    order = {"oihw": range(weights.ndim), "iohw": range(weights.ndim), "hwio": (*range(2, weights.ndim), 1, 0),
             "ohwi": (0, *range(2, weights.ndim), 1)}[layout]
    own = {role: array.contiguous() for role, array in {**arrays, "weights": weights.permute(*order)}.items()}
    packed = torch.empty(conv.kernel.packed_bytes, dtype=torch.uint8)
    conv.pack_raw({role: array.data_ptr() for role, array in own.items()} | {"packed": packed.data_ptr()})
    return packed


def dense(x: Tensor, last: bool) -> Tensor:
    """x as its elements must lie, itself if they do."""
    if not last:
        return x.contiguous()
    form = LAST.get(x.dim() - 2)
    return x.movedim(1, -1).contiguous().movedim(-1, 1) if form is None else x.contiguous(memory_format=form)


def _blank(extents: tuple[int, ...], dtype: Any, like: Tensor, last: bool) -> Tensor:
    if not last:
        return like.new_empty(extents, dtype=dtype)
    form = LAST.get(len(extents) - 2)
    if form is None:
        n, c, w = extents
        return like.new_empty((n, w, c), dtype=dtype).movedim(-1, 1)
    return torch.empty(extents, dtype=dtype, device=like.device, memory_format=form)


class _Workspace(threading.local):
    """One for all layers of a thread: what the layer before has left in the caches is written again."""

    memory: Tensor = None

    def address(self, size: int) -> int:
        if self.memory is None or self.memory.numel() < size:
            self.memory = torch.empty(size, dtype=torch.uint8)
        return int(self.memory.data_ptr())


_workspace = _Workspace()


def run(x: Tensor, packed: Tensor, residual: Tensor | None, key: str, threads: int) -> Tensor:
    """The operator."""
    found = find(key)
    kernel = found.conv.kernel
    _check("packed", packed, (kernel.packed_bytes,), torch.uint8)
    if packed.data_ptr() % ALIGN:
        packed = packed.clone()
    if (residual is not None) != kernel.spec.residual:
        raise InputError(f"residual must be given where the layer has one, only there (key={key[:100]!r})")
    tensors = {role: found.fitting(role, tensor) for role, tensor in (("input", x), ("residual", residual))
               if tensor is not None}
    y = found.blank(x)
    tensors |= {"packed": packed, "output": y}
    call(found, tensors, threads)
    return y


def call(found: Loaded, tensors: Mapping[str, Tensor], threads: int) -> None:
    """Run a kernel on tensors as they lie, by the names of its parameters."""
    count = threads or torch.get_num_threads()
    workspace = _workspace.address(found.conv.workspace_bytes(count))
    found.conv.run_raw({name: tensor.data_ptr() for name, tensor in tensors.items()} | {"workspace": workspace}, count)


def _check(field: str, tensor: Tensor, wanted: tuple[int, ...], dtype: Any) -> None:
    if tensor.shape != wanted or tensor.dtype is not dtype:
        raise InputError(f"{field} must be {str(dtype).removeprefix('torch.')} of shape {wanted} ({field} is"
                         f" {tensor.dtype}, {tuple(tensor.shape)})")


def _fake(x: Tensor, packed: Tensor, residual: Tensor | None, key: str, threads: int) -> Tensor:
    """What `run` gives, but for the numbers."""
    return find(key).blank(x)


conv = torch.library.custom_op("convgen::conv", run, mutates_args=(), device_types="cpu", schema=SCHEMA)
conv.register_fake(_fake)
