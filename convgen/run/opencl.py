"""A kernel as a Python callable on an OpenCL device: NumPy arrays or pyopencl arrays, in and out.

    conv = opencl.compile(kernel)
    conv.pack(weights, bias)
    y = conv(x)

Packed weights and buffers stay on the device from call to call.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, UnsupportedError
from ..layer.array import Array as LayerArray
from ..layer.call import launched, packing
from ..machine import devices
from ..machine.isa import DOTS
from ..machine.target import SCRATCH, WARP
from . import contexts
from .arrays import (
    ALIGN,
    FIELDS,
    Array,
    check_given,
    check_out,
    check_over_residual,
    empty,
    laid,
    lies,
    room,
    spanned,
    to_pack,
)
from .batches import batches, other_batch
from .conv import Conv as Compiled
from .conv import Each

if TYPE_CHECKING:
    from ..plan.kernel import Kernel
    from .fence import Fence


def compile(kernel: Kernel, device: str | None = None, queue: Any = None, kind: type[Conv] | None = None) -> Conv:
    """Build `kernel` on a device: that of its target, or one of the same kind; or that of a queue of pyopencl's, in its
    context. kind: of what is made, Conv unless told otherwise."""
    made = kind or Conv
    if queue is None:
        return made(kernel, *devices.serving(kernel.plan.target, device))
    cl = devices.opencl()
    if device is not None or not isinstance(queue, cl.CommandQueue):
        raise InputError(f"queue must be one of pyopencl, without a device (device={device!r},"
                         f" queue is {type(queue).__name__})")
    info = next((info for info, known in devices.handles() if known == queue.device), None)
    if info is None:
        raise InputError(f"queue must be of a device, not of a part of one (queue.device={queue.device.name})")
    return made(kernel, info, queue.device, queue)


def _restored(kernel: Kernel, packed: bytes | None, kind: type[Conv]) -> Conv:
    """A Conv from a pickle, or a copy."""
    conv = compile(kernel, kind=kind)
    if packed is not None:
        conv.restore(packed)
    return conv


class Conv(Compiled):
    """One layer on one device. Calls from several Python threads at once take turns."""

    kernel: Kernel
    info: devices.Info

    def __init__(self, kernel: Kernel, info: devices.Info, device: Any, queue: Any = None) -> None:
        self.kernel, self.info = kernel, info
        self._arrays: dict[str, LayerArray] = {array.role: array for array in kernel.spec.arrays}
        self._cl = cl = devices.opencl()
        self._check_limits()
        own = contexts.context_of(info.key) if queue is None else (queue.context, queue, threading.RLock())
        self.context, self.queue = own[:2]
        self._lock: threading.RLock = own[2]
        self._program = contexts.program(cl, self.context, device, kernel)
        self._packing = [parameter.name for parameter in packing(kernel.spec)]
        self._running = [parameter.name for parameter in launched(kernel.spec)]
        self._pack: Any = cl.Kernel(self._program, f"{kernel.name}_pack") if self._packing else None
        self._phases = [cl.Kernel(self._program, f"{kernel.name}_{index}") for index in range(len(kernel.phases))]
        self._group = self._fitting(device)
        self._kept: dict[str, Any] = {}
        self._packed: Any = None
        self._last: Any = None  # the event of the last run, if it used the workspace

    def __repr__(self) -> str:
        weights = "" if self._packed is not None or not self._packing else ", no weights yet"
        return f"<convgen.run.opencl.Conv {self.kernel.title} on {self.info.name}{weights}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process goes the kernel with the packed weights; it is built there, on the device of its target.
        """
        packed = None
        if self._packed is not None:
            packed = np.empty(self._packed.size, np.uint8)
            with self._lock, contexts.translated("read the weights"):
                self._cl.enqueue_copy(self.queue, packed, self._packed, is_blocking=True)
        return _restored, (self.kernel, None if packed is None else packed.tobytes(), type(self))

    @property
    def where(self) -> str:
        """What run.build.load() needs to find it again, in another process."""
        return self.info.key

    def _check_limits(self) -> None:
        """UnsupportedError for what the device would refuse, or worse."""
        kernel, info, spec = self.kernel, self.info, self.kernel.spec
        sizes: dict[str, int] = {array.role: array.bytes for array in spec.arrays if array.when == "run"}
        sizes |= {"packed weights": kernel.packed_bytes, "workspace": self._workspace(self.groups())}
        for what, size in sizes.items():
            if size > info.largest_buffer:
                raise UnsupportedError(f"{what} must fit a buffer of the device ({size} > {info.largest_buffer} bytes)")
        total = sum(sizes.values())
        if total > info.memory_bytes:
            raise UnsupportedError(f"arrays must fit the device's memory ({total} > {info.memory_bytes} bytes)")
        if "cl_khr_fp64" in kernel.extensions and not info.double:
            raise UnsupportedError(f"kernel computes in double, the device does not (device={info.name})")
        if "cl_khr_fp16" in kernel.extensions and not info.half:
            raise UnsupportedError(f"kernel computes in half, the device does not (device={info.name})")
        if DOTS in kernel.extensions and not info.dots:
            raise UnsupportedError(f"kernel has dot products of bytes, the device has not (device={info.name})")
        if 0 < info.capability < kernel.capability:  # other devices emulate what they lack
            raise UnsupportedError(f"kernel needs instructions, which devices from compute capability"
                                   f" {kernel.capability / 10:g} have (device={info.name}, {info.capability / 10:g})")

    def _fitting(self, device: Any) -> int:
        """Work-items of a group that do tasks of their own: what suits most devices, if the kernels allow as many;
        their limits may lie below the device's. UnsupportedError where items that share a task are too many."""
        built = [*[(self._pack, 1)] * bool(self._packing), *zip(self._phases, self.kernel.items, strict=True)]
        allowed = [(kernel.get_work_group_info(self._cl.kernel_work_group_info.WORK_GROUP_SIZE, device), items)
                   for kernel, items in built]
        for most, items in allowed:
            if items > most:
                raise UnsupportedError(f"kernel has work-groups of {items} items, the device allows {most} of it"
                                       f" (device={self.info.name})")
        return int(min([WARP, *(most for most, items in allowed if items == 1)]))

    def _workspace(self, groups: int) -> int:
        return self.kernel.workspace_bytes + groups * self.kernel.scratch_bytes

    def groups(self, threads: int | None = None) -> int:
        """Workers that share the tasks of a phase: work-groups that do one together, or else work-items. One for each
        task, which the device hands to whichever unit is free; if they need memory of their own, a CPU has only so
        many that it stays in caches."""
        most = max(self.kernel.phases)
        if self.info.kind == "cpu" and most * self.kernel.scratch_bytes > SCRATCH:
            units, cached = self.info.units, SCRATCH // self.kernel.scratch_bytes
            most = min(most, units * max(1, cached // units))
        return max(1, min(threads or most, max(self.kernel.phases)))

    # --- running ---

    def pack(self, weights: Each, bias: Each | None = None, scale: Each | float | None = None, *,
             slopes: Each | None = None, copy: bool = False) -> None:
        """Bring weights (spec.weights_shape), bias, scales and slopes (oc) into the kernel's own order, on the
        device, once. copy: arrays of another type, or with other strides, are converted first."""
        arrays = {"weights": weights, "bias": bias, "scale": scale, "slopes": slopes}
        given = self._given(to_pack(self.kernel.spec, arrays, copy))
        with self._lock, contexts.translated("pack the weights"):
            flags = self._cl.mem_flags.READ_ONLY | self._cl.mem_flags.COPY_HOST_PTR
            buffers = {role: self._cl.Buffer(self.context, flags, hostbuf=array) for role, array in given.items()}
            packed = self._fresh(max(4, self.kernel.packed_bytes))
            self._pack.set_args(*map((buffers | {"packed": packed}).get, self._packing))
            self._spread(self.queue, self._pack, self.kernel.packers, 1)
            self.queue.finish()
            self._packed = packed

    def restore(self, packed: bytes) -> None:
        """Weights in the kernel's own order, as another Conv of the same kernel has packed them."""
        size = max(4, self.kernel.packed_bytes)
        if len(packed) != size:
            raise InputError(f"packed must be {size} bytes (len(packed)={len(packed)})")
        with self._lock, contexts.translated("pack the weights"):
            buffer = self._fresh(size)
            self._cl.enqueue_copy(self.queue, buffer, np.frombuffer(packed, np.uint8), is_blocking=True)
            self._packed = buffer

    def __call__(self, x: Any, residual: Any = None, out: Any = None, threads: int | None = None, *,
                 copy: bool = False) -> Any:
        """y of spec.output_shape, written to `out` when given. pyopencl arrays give one, which is ready when its
        queue is; NumPy arrays a NumPy array. threads: how many work-groups share the tasks, not the device's
        usual number; the bits are the same. Slices of channels are views of their tensors: `tensor[..., :64]`. NumPy
        arrays may have another number of images, and copy converts them, as native.Conv says."""
        if copy or other_batch(x, self._arrays["input"]):
            run = functools.partial(self, threads=threads)
            return batches(run, self.kernel, self._arrays, x, residual, out, copy)
        if not isinstance(x, np.ndarray):
            return self._on_device(x, residual, out, threads)
        output = self._arrays["output"]
        fresh = out is None
        if fresh:
            out = room(output)
        given = self._given({"input": x, "residual": residual, "output": out})
        if not fresh:
            check_out(self.kernel, out, x, residual)
        with self._lock, contexts.translated("run the kernel"):
            lent = self.in_place and self._aligned(given)
            buffers = {role: self._around(role, array) for role, array in given.items()} if lent else \
                self._copied({"input": x, "residual": residual})
            if residual is not None and residual.ctypes.data == out.ctypes.data:  # one memory, one buffer
                buffers["output"] = buffers["residual"]
            self._enqueue(self.queue, buffers, threads)
            if lent:
                self.queue.finish()
            else:
                self._fetch("output", buffers["output"], out)
        return out

    def _aligned(self, given: Mapping[str, Array]) -> bool:
        """Whether slices, which begin anywhere, begin where the kernel's vectors may."""
        return all(self._arrays[role].whole or array.ctypes.data % self.aligns[0] == 0
                   for role, array in given.items())

    def _fetch(self, role: str, buffer: Any, out: Array) -> None:
        """From the device; other channels of the tensor are left as they are."""
        wanted = self._arrays[role]
        if wanted.whole:
            self._cl.enqueue_copy(self.queue, out, buffer, is_blocking=True)
            return
        there = np.empty(wanted.bytes, np.uint8)
        self._cl.enqueue_copy(self.queue, there, buffer, is_blocking=True)
        out[...] = laid(wanted, there)

    def _given(self, arrays: Mapping[str, Any]) -> dict[str, Array]:
        """Those that the layer has; InputError where the kernel could not use one as it is."""
        for role, array in arrays.items():
            check_given(role, array, self._arrays.get(role))
        return {role: array for role, array in arrays.items() if array is not None}

    def _around(self, role: str, array: Array) -> Any:
        """A buffer in the caller's memory."""
        flags = self._cl.mem_flags
        use = flags.READ_WRITE if array.flags.writeable else flags.READ_ONLY
        return self._cl.Buffer(self.context, use | flags.USE_HOST_PTR, hostbuf=self._row(role, array))

    def _row(self, role: str, array: Array) -> Array:
        """An array as neighbours in memory: with what lies between, where it is a slice."""
        wanted = self._arrays[role]
        return array if wanted.whole else spanned(array, wanted)

    def _copied(self, given: Mapping[str, Array | None]) -> dict[str, Any]:
        """The kept buffers of a run, what it reads, `given`, on its way to the device."""
        buffers = {role: self._buffer(role) for role, array in self._arrays.items() if array.when == "run"}
        for role, array in given.items():
            if array is not None:
                self._cl.enqueue_copy(self.queue, buffers[role], self._row(role, array), is_blocking=False)
        return buffers

    def enqueue(self, queue: Any, input: Any, output: Any, residual: Any = None,
                wait_for: Sequence[Any] | None = None) -> Any:
        """The event of the last phase, on buffers of the caller's; the queue may run out of order."""
        buffers = {"input": input, "output": output, "residual": residual}
        self._check_context({"queue": queue, **buffers})
        with self._lock, contexts.translated("run the kernel"):
            return self._enqueue(queue, buffers, None, wait_for)

    def _check_context(self, given: Mapping[str, Any]) -> None:
        """InputError for a queue or memory of another context, which no kernel of this one can use."""
        for what, one in given.items():
            if one is not None and one.context != self.context:
                raise InputError(f"{what} must be of the kernel's context: use conv.queue and arrays made with it, or"
                                 " kernel.compile(queue=your_queue)")

    def time(self, x: Array, residual: Array | None = None, out: Array | None = None, threads: int | None = None,
             calls: int = 1) -> float:
        """Seconds that `calls` runs take back to back, all arrays on the device. One more comes first."""
        self(x, residual, out, threads)
        with self._lock, contexts.translated("run the kernel"):
            return self._timed(self._copied({"input": x, "residual": residual}), threads, calls)

    def _timed(self, buffers: Mapping[str, Any], threads: int | None, calls: int) -> float:
        """Seconds that so many runs take."""
        self.queue.finish()
        start = time.perf_counter()
        for _ in range(calls):
            self._enqueue(self.queue, buffers, threads)
        self.queue.finish()
        return time.perf_counter() - start

    def run_in_order(self, x: Array, seed: int, residual: Array | None = None) -> Array:
        """y, the tasks split in some other way, that `seed` draws."""
        y: Array = self(x, residual, threads=self._drawn_groups(seed))
        return y

    def _drawn_groups(self, seed: int) -> int:
        return int(np.random.default_rng(seed).integers(1, 2 + max(self.kernel.phases)))

    def _on_device(self, x: Any, residual: Any, out: Any, threads: int | None) -> Any:
        import pyopencl.array as arrays

        given = {"input": x, "residual": residual, "output": out}
        for role, array in given.items():
            wanted = self._arrays.get(role)
            if wanted is None:
                check_given(role, array, None)
                continue
            if wanted.written and array is None:
                continue
            dtype, field = wanted.element.dtype, FIELDS.get(role, role)
            if not isinstance(array, arrays.Array) or array.dtype != dtype or array.shape != wanted.shape \
                    or not (lies(array.strides, wanted) and (not wanted.whole or array.flags.c_contiguous)) \
                    or array.offset % self._origins:
                kind = f"{type(array).__name__} {getattr(array, 'shape', '')}"
                form = "C-contiguous" if wanted.whole else f"slice of a {wanted.tensor}"
                raise InputError(f"{field} must be a NumPy array, or a {form} {dtype.name} pyopencl array"
                                 f" of shape {wanted.shape} with an offset of a multiple of {self._origins} bytes"
                                 f" ({field} is {kind}, offset {getattr(array, 'offset', 'none')})")
        queue = x.queue or self.queue
        there = {role: array for role, array in given.items() if array is not None}
        self._check_context({"queue": queue, **{FIELDS.get(role, role): array.base_data
                                                for role, array in there.items()}})
        if out is None:
            output = self._arrays["output"]
            tensor = arrays.empty(queue, output.tensor, output.element.dtype)
            out = there["output"] = tensor[tuple(map(slice, output.shape))]
        self._check_same(out, residual)
        events = [event for array in there.values() for event in array.events]
        with self._lock, contexts.translated("run the kernel"):
            event = self._enqueue(queue, self._parts(there), threads, events or None)
        out.events[:] = [event]  # it has waited for the others
        return out

    @property
    def _origins(self) -> int:
        """What the beginning of a part of a buffer must be a multiple of, in bytes."""
        return self.info.align

    def _parts(self, there: Mapping[str, Any]) -> dict[str, Any]:
        """The buffers of pyopencl arrays, from their first numbers on; one and the same for one memory."""
        made: dict[Any, Any] = {}
        found = {}
        for role, array in there.items():
            key = array.base_data.int_ptr, array.offset
            if key not in made:
                size = self._arrays[role].bytes
                made[key] = array.base_data.get_sub_region(array.offset, size) if array.offset else array.base_data
            found[role] = made[key]
        return found

    def _check_same(self, out: Any, residual: Any) -> None:
        """InputError where the output would be the residual, and must not."""
        if residual is not None and (out.base_data.int_ptr, out.offset) \
                == (residual.base_data.int_ptr, residual.offset):
            check_over_residual(self.kernel)

    def _enqueue(self, queue: Any, buffers: Mapping[str, Any], threads: int | None,
                 wait_for: Sequence[Any] | None = None) -> Any:
        """The event of the last phase; buffers: of a run's arrays, by role."""
        if self._packing and self._packed is None:
            raise InputError("weights must be packed before the first call (conv.pack(weights, bias))")
        groups = self.groups(threads)
        own = {"packed": self._packed, "workspace": self._buffer("workspace", groups)}
        return self._launch(queue, [{**buffers, **own}[name] for name in self._running], groups, wait_for)

    def _launch(self, queue: Any, arguments: list[Any], groups: int, wait_for: Sequence[Any] | None = None) -> Any:
        """The event of the last phase."""
        event = None
        kernel = self.kernel
        shared = kernel.workspace_bytes + kernel.scratch_bytes > 0
        if shared and self._last is not None:  # runs in queues that overlap take turns with the workspace
            wait_for = [*(wait_for or ()), self._last]
        for phase, tasks, items in zip(self._phases, kernel.phases, kernel.items, strict=True):
            phase.set_args(*arguments)
            event = self._spread(queue, phase, min(groups, tasks), items, wait_for)
            wait_for = [event]
        self._last = event if shared else None
        return event

    def _spread(self, queue: Any, kernel: Any, workers: int, items: int, wait_for: Sequence[Any] | None = None) -> Any:
        """The event of a launch: groups of `items`; single items in groups that suit the device."""
        beyond = workers >= max(self.kernel.phases) or not self.kernel.scratch_bytes  # more workers find no task
        if items == 1 and self.info.kind != "cpu" and beyond:
            items = self._group
            workers = -(-workers // items)
        return self._cl.enqueue_nd_range_kernel(queue, kernel, (workers * items,), (items,), wait_for=wait_for)

    def _buffer(self, what: str, groups: int = 1) -> Any:
        """A buffer that is kept; made anew where it is too small."""
        size = max(4, self._workspace(groups) if what == "workspace" else self._arrays[what].bytes)
        if what not in self._kept or self._kept[what].size < size:
            self._kept[what] = self._fresh(size)
        return self._kept[what]

    def _fresh(self, size: int) -> Any:
        """A new buffer of `size` bytes. A CPU's is an array of ours, as C kernels have: NumPy asks for large pages, of
        which Winograd's transforms touch fewer (3 % of a layer of 13 MB)."""
        flags = self._cl.mem_flags
        if self.info.kind != "cpu":
            return self._cl.Buffer(self.context, flags.READ_WRITE, size)
        return self._cl.Buffer(self.context, flags.READ_WRITE | flags.USE_HOST_PTR,
                               hostbuf=empty((size,), dtype=np.dtype(np.uint8)))

    # --- for checks: memory as it lies ---

    @property
    def in_place(self) -> bool:
        """Whether kernels work on the caller's memory, not on copies."""
        return contexts.in_place(self.info.key)

    @property
    def aligns(self) -> tuple[int, int]:
        """Of arrays, and of packed weights and workspace, in bytes: what the device asks for. Kernels for CPUs are
        content with less, which brings the end of an array nearer to the next page."""
        target = self.kernel.plan.target.device
        if self.in_place and target is not None and target.kind == "cpu":
            return max(array.element.bytes for array in self._arrays.values()), ALIGN
        return (max(4, self.info.align),) * 2

    def pack_at(self, memory: Mapping[str, Fence]) -> None:
        """NAME_pack on the caller's memory, of the bytes that the kernel states, by what it is."""
        with self._lent(memory, self._packing) as buffers:
            self._pack.set_args(*buffers)
            self._spread(self.queue, self._pack, self.kernel.packers, 1)

    def run_at(self, memory: Mapping[str, Fence]) -> None:
        """The layer on the caller's memory, by one worker."""
        with self._lent(memory, self._running) as buffers:
            self._launch(self.queue, buffers, self.groups(1))

    @contextlib.contextmanager
    def _lent(self, memory: Mapping[str, Fence], names: Sequence[str]) -> Iterator[list[Any]]:
        """Buffers in the fences of these names, or with copies of all their pages, which are brought back."""
        copied: list[tuple[Fence, Any]] = []

        def buffer(fence: Fence | None) -> Any:
            flags = self._cl.mem_flags
            if fence is None:
                return None
            if self.in_place:
                return self._cl.Buffer(self.context, flags.READ_WRITE | flags.USE_HOST_PTR, hostbuf=fence.bytes)
            pages = self._cl.Buffer(self.context, flags.READ_WRITE | flags.COPY_HOST_PTR, hostbuf=fence.pages)
            copied.append((fence, pages))
            return pages.get_sub_region(fence.start, fence.bytes.size)

        with self._lock, contexts.translated("run the kernel"):
            yield [buffer(memory.get(name)) for name in names]
            self.queue.finish()
            for fence, pages in copied:
                self._cl.enqueue_copy(self.queue, fence.pages, pages)
