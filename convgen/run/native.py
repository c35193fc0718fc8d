"""A kernel as a Python callable: NumPy arrays in, NumPy array out, through cffi.

    conv = native.compile(kernel)
    conv.pack(weights, bias)
    y = conv(x, threads=4)

Nothing is copied or converted on the way, unless copy=True asks for it: an array that the C code could not use as it
is, is an InputError that says how to convert it. Another number of images than the layer has are run so many at a time.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cffi
import numpy as np

from ..errors import InputError, UnsupportedError
from ..layer.array import Array as LayerArray
from ..layer.call import Parameter, packing, running
from ..layer.names import show
from . import compilers
from .arrays import ALIGN, Array, check_given, check_out, empty, room, spanned, to_pack
from .batches import batches, other_batch
from .conv import Conv as Compiled
from .conv import Each

if TYPE_CHECKING:
    from ..layer.spec import ConvSpec
    from ..machine.target import Target
    from ..plan.kernel import Kernel
    from .fence import Fence

MAX_THREADS = 1024

# A kernel is bound to the OpenMP runtime that it was linked with, not to one that a package such as PyTorch has loaded
# for the whole process: started by one and numbered by the other, its workers would share what each should have alone.
OWN_FIRST: int = getattr(os, "RTLD_DEEPBIND", 0)  # elsewhere than with glibc, that is so anyway or cannot be had

_PACK = "void {name}_pack({packing});"
_CDEF = """
void {name}({running}, int workers);
size_t {name}_tasks(int phase);
void {name}_task(int phase, size_t task, int worker, {running});
int omp_get_thread_num(void);
"""


def compile(kernel: Kernel, cc: str | None = None, opt: str = "O3", kind: type[Conv] | None = None) -> Conv:
    """Build `kernel` (or find it in the cache) and load it. kind: Conv, or what it is for a kernel of another sort.
    Errors: those of compilers.build."""
    conv = load(kernel, compilers.build(kernel, cc, opt), kind)
    conv.how = cc, opt
    return conv


def load(kernel: Kernel, path: Path | str, kind: type[Conv] | None = None) -> Conv:
    """The library at `path`, which must have been built from `kernel`'s source."""
    return (kind or Conv)(kernel, Path(path))


def _restored(kind: type[Conv], kernel: Kernel, cc: str | None, opt: str, packed: bytes | None) -> Conv:
    """A Conv from a pickle, or a copy."""
    must_run_here(kernel.plan.target, kernel.spec)
    conv = compile(kernel, cc, opt, kind)
    if packed is not None:
        conv.restore(packed)
    return conv


def must_run_here(target: Target, spec: ConvSpec) -> None:
    """UnsupportedError where this machine lacks the instructions for the layer, of a target that is a CPU."""
    if not target.runs_here(spec.arithmetic):
        raise UnsupportedError(f"target must be one that this machine can run (target={target.name})")


class Conv(Compiled):
    """One layer, ready to run. Calls from several Python threads at once are safe."""

    kernel: Kernel
    path: Path
    openmp: bool  # built with OpenMP: the kernel starts its own threads
    in_place = True  # the kernel works on the caller's arrays, not on copies
    how: tuple[str | None, str] = None, "O3"  # cc and opt of the build
    CALLS = _CDEF  # what the kernel defines beside NAME_pack

    def __init__(self, kernel: Kernel, path: Path) -> None:
        self.kernel, self.path = kernel, path.absolute()
        spec, name = kernel.spec, kernel.name
        self._phases = range(len(kernel.phases))
        self._packing, self._running = packing(spec), running(spec)
        self._ffi = cffi.FFI()
        self._ffi.cdef((_PACK * bool(self._packing) + self.CALLS).format(
            name=name, packing=", ".join(map(str, self._packing)), running=", ".join(map(str, self._running))))
        try:
            self._library = self._ffi.dlopen(str(self.path), self._ffi.RTLD_NOW | OWN_FIRST)
            self._pack = getattr(self._library, f"{name}_pack") if self._packing else None
            self._run = getattr(self._library, name)
            self._find(name)
        except (OSError, AttributeError) as error:
            raise InputError(f"library must load and define the kernel (path={path}: {error})") from None
        # The handle also finds the symbols of the libraries it depends on: libgomp's or libomp's.
        runtime = getattr(self._library, "omp_get_thread_num", None)
        self.openmp = runtime is not None
        if runtime is not None:
            _pin(self._ffi, runtime, self.path)
        self._arrays: dict[str, LayerArray] = {array.role: array for array in spec.arrays}  # computed once
        self._bytes, self._pointer = self._ffi.typeof("char[]"), self._ffi.typeof("void *")
        self._types: dict[str, Any] = {array.role: self._ffi.typeof(f"{array.element.c}[]") for array in spec.arrays}
        self._packed: Any = None
        self._local = threading.local()

    def _find(self, name: str) -> None:
        """What only such a kernel defines."""
        self._tasks = getattr(self._library, f"{name}_tasks")
        self._task = getattr(self._library, f"{name}_task")

    def __repr__(self) -> str:
        return f"<convgen.Conv {self.kernel.title}{'' if self._packed is not None else ', no weights yet'}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process, or another machine, goes the kernel with the packed weights, not the library: that is
        found in the compile cache there, or built anew."""
        packed = None if self._packed is None else bytes(self._ffi.buffer(self._packed))
        return _restored, (type(self), self.kernel, *self.how, packed)

    @property
    def where(self) -> str:
        """What run.build.load() needs to find it again, in another process."""
        return str(self.path)

    @property
    def aligns(self) -> tuple[int, int]:
        """Of arrays, and of packed weights and workspace, in bytes."""
        return max(array.element.bytes for array in self._arrays.values()), ALIGN

    def pack(self, weights: Each, bias: Each | None = None, scale: Each | float | None = None, *,
             slopes: Each | None = None, copy: bool = False) -> None:
        """Bring weights (spec.weights_shape), bias, scales and slopes (oc) into the kernel's own order, once. scale: of
        layers that sum integers, a real number for each output channel, or one for all. copy: arrays of another type,
        or with other strides, are converted first. Of a chain, each is a list, an item for every layer."""
        assert self._pack is not None
        arrays = {"weights": weights, "bias": bias, "scale": scale, "slopes": slopes}
        given = self._given(to_pack(self.kernel.spec, arrays, copy))
        packed = self._buffer(self.kernel.packed_bytes)
        self._pack(*self._ordered(self._packing, given | {"packed": packed}))
        self._packed = packed  # only now: another thread may be running with the weights of before

    def restore(self, packed: bytes) -> None:
        """Weights in the kernel's own order, as another Conv of the same kernel has packed them."""
        if len(packed) != self.kernel.packed_bytes:
            raise InputError(f"packed must be {self.kernel.packed_bytes} bytes (len(packed)={len(packed)})")
        buffer = self._buffer(self.kernel.packed_bytes)
        self._ffi.memmove(buffer, packed, len(packed))
        self._packed = buffer

    def __call__(
        self, x: Array, residual: Array | None = None, out: Array | None = None,
        threads: int | None = None, *, copy: bool = False,
    ) -> Array:
        """y of spec.output_shape, written to `out` when given; same bits for any `threads`, one if None.

        `out` may be the residual itself, where kernel.over_residual. Slices of channels (in_stride, out_stride) are
        views of their tensors: `tensor[..., :64]`. x may have another number of images, and then so have residual, out
        and y: the kernel runs on as many at a time as the spec has, so each image has the bits that it has in a batch
        of the spec's size. copy: arrays of another type, or with other strides, are converted.
        """
        count = thread_count(threads)
        if copy or other_batch(x, self._arrays["input"]):
            run = functools.partial(self, threads=threads)
            return batches(run, self.kernel, self._arrays, x, residual, out, copy)
        y, arguments = self._arguments(x, residual, out, count)
        self._runner(arguments, count)()
        return y

    def run_in_order(self, x: Array, seed: int, residual: Array | None = None) -> Array:
        """y, computed task by task on this thread; `seed` shuffles the tasks inside each phase."""
        y, arguments = self._arguments(x, residual, None, 1)
        self._shuffled(arguments, seed)
        return y

    def _shuffled(self, arguments: tuple[Any, ...], seed: int, half: int | None = None) -> None:
        """Task by task, in another order; half: 0 or 1, of the last phase that half of the tasks alone."""
        order = np.random.default_rng(seed)
        for phase in self._phases:
            tasks = order.permutation(self._tasks(phase))
            for task in tasks if half is None or phase + 1 < len(self._phases) else tasks[half::2]:
                self._task(phase, int(task), 0, *arguments)

    @staticmethod
    def unwritten(y: Array) -> int:
        """The bits, as an unsigned integer, of an output in y that no half has written."""
        return int.from_bytes(b"\xa5" * y.itemsize, "little")

    def halves(self, x: Array, seed: int, residual: Array | None = None) -> list[Array]:
        """What one half of the last phase's tasks writes, and what the other; `seed` draws which. All others are
        `unwritten`."""
        found = []
        for half in range(2):
            y, arguments = self._arguments(x, residual, None, 1)
            y.view(f"u{y.itemsize}")[...] = self.unwritten(y)
            self._shuffled(arguments, seed, half)
            found.append(y)
        return found

    def tasks(self, phase: int) -> int:
        """What NAME_tasks says."""
        return int(self._tasks(phase))

    def time(
        self, x: Array, residual: Array | None = None, out: Array | None = None,
        threads: int | None = None, calls: int = 1,
    ) -> float:
        """Seconds that `calls` runs take back to back, arguments being checked only once.

        One more run comes before the clock starts: it touches the output's pages for the first time.
        """
        return self._timed(self.ready(x, residual, out, threads), calls)

    def ready(self, x: Array, residual: Array | None = None, out: Array | None = None,
              threads: int | None = None) -> Callable[[], None]:
        """A run, whose arguments are checked once."""
        count = thread_count(threads)
        _, arguments = self._arguments(x, residual, out, count)
        return self._runner(arguments, count)

    def _timed(self, run: Callable[[], None], calls: int) -> float:
        run()
        start = time.perf_counter()
        for _ in itertools.repeat(None, calls):
            run()
        return time.perf_counter() - start

    def task_times(self, x: Array, residual: Array | None = None, out: Array | None = None,
                   repeats: int = 1) -> list[list[float]]:
        """Seconds of each task of each phase, the least of some runs on this thread; with what the clock takes."""
        _, arguments = self._arguments(x, residual, out, 1)
        found: list[list[float]] = [[math.inf] * self._tasks(phase) for phase in self._phases]
        for _ in range(1 + repeats):  # the first touches the memory
            for phase, least in enumerate(found):
                for task, before in enumerate(least):
                    start = time.perf_counter()
                    self._task(phase, task, 0, *arguments)
                    least[task] = min(before, time.perf_counter() - start)
        return found

    # --- for checks: the C functions, on memory as it lies ---

    def pack_at(self, memory: Mapping[str, Fence]) -> None:
        """NAME_pack on the caller's memory, of the bytes that the kernel states, by what it is."""
        self.pack_raw({name: fence.address for name, fence in memory.items()})

    def run_at(self, memory: Mapping[str, Fence]) -> None:
        """The layer on the caller's memory, by one worker."""
        addresses = self._addresses({name: fence.address for name, fence in memory.items()})
        self._run(*self._ordered(self._running, addresses), 1)

    # --- for other libraries' arrays, by their addresses; nothing is checked ---

    def workspace_bytes(self, threads: int) -> int:
        """What run_raw needs, aligned as `aligns` says."""
        return self.kernel.workspace_bytes + threads * self.kernel.scratch_bytes

    def pack_raw(self, addresses: Mapping[str, int]) -> None:
        """NAME_pack; addresses: by the names of its parameters, those that the layer has."""
        assert self._pack is not None
        self._pack(*self._ordered(self._packing, self._addresses(addresses)))

    def run_raw(self, addresses: Mapping[str, int], threads: int) -> None:
        """The layer, by so many threads; addresses: by the names of NAME's parameters."""
        self._runner(self._ordered(self._running, self._addresses(addresses)), threads)()

    def _addresses(self, addresses: Mapping[str, int]) -> dict[str, Any]:
        return {name: self._ffi.cast(self._pointer, address) for name, address in addresses.items()}

    # --- arguments ---

    def _arguments(self, x: Any, residual: Any, out: Any, threads: int) -> tuple[Array, tuple[Any, ...]]:
        """The output array, and the C arguments from `input` on. They keep the arrays alive."""
        out, given = self._prepared(x, residual, out, threads)
        return out, self._ordered(self._running, given)

    def _prepared(self, x: Any, residual: Any, out: Any, threads: int) -> tuple[Array, dict[str, Any]]:
        """The output array, and the C arguments by name."""
        output = self._arrays["output"]
        fresh = out is None
        if fresh:
            out = room(output)
        given = self._given({"input": x, "residual": residual, "output": out})
        if not fresh:
            check_out(self.kernel, out, x, residual)
        if self._packed is None:
            raise InputError("weights must be packed before the first call (conv.pack(weights, bias))")
        return out, self._working(given | {"packed": self._packed}, threads)

    def _called(self, given: Mapping[str, Any], threads: int) -> tuple[Any, ...]:
        """The C arguments of pointers by name, and a workspace for so many threads, this thread's own."""
        return self._ordered(self._running, self._working(given, threads))

    def _working(self, given: Mapping[str, Any], threads: int) -> dict[str, Any]:
        """The same by name."""
        if getattr(self._local, "threads", 0) < threads:
            self._local.workspace, self._local.threads = self._buffer(self.workspace_bytes(threads)), threads
        return {**given, "workspace": self._local.workspace}

    def _given(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """Pointers to the arrays that the layer has; InputError where the kernel could not use one as it is."""
        pointers = {}
        for role, array in arrays.items():
            wanted = self._arrays.get(role)
            check_given(role, array, wanted)
            if wanted is not None:
                row = array if wanted.whole else spanned(array, wanted)
                pointers[role] = self._ffi.from_buffer(self._types[role], row)
        return pointers

    def _ordered(self, parameters: tuple[Parameter, ...], given: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple([given.get(parameter.name, self._ffi.NULL) for parameter in parameters])

    def _buffer(self, size: int) -> Any:
        return self._ffi.from_buffer(self._bytes, empty((size,), dtype=np.dtype(np.uint8))) if size else self._ffi.NULL

    # --- threads ---

    def _runner(self, arguments: tuple[Any, ...], threads: int) -> Callable[[], None]:
        """Runs the layer on so many threads: the kernel's own, where it is built with OpenMP and that has its threads,
        or starts none."""
        if threads == 1 or self.kernel.plan.brief or (self.openmp and not _forked):
            return functools.partial(self._run, *arguments, threads)
        return functools.partial(self._spread, arguments, threads)

    def _spread(self, arguments: tuple[Any, ...], threads: int) -> None:
        """By threads of Python: worker w of T does the tasks w, w + T, w + 2T, … of each phase."""
        pool = _pool(threads)

        def work(phase: int, count: int, worker: int) -> None:
            for task in range(worker, count, threads):
                self._task(phase, task, worker, *arguments)

        for phase in self._phases:
            count = self._tasks(phase)
            workers = range(1, min(threads, count))
            others = [pool.submit(work, phase, count, worker) for worker in workers]
            work(phase, count, 0)
            for other in others:
                other.result()


def thread_count(threads: Any) -> int:
    if threads is None:
        return 1
    if type(threads) is int and 1 <= threads <= MAX_THREADS:
        return threads
    raise InputError(f"threads must be an integer from 1 to {MAX_THREADS} (threads={show(threads)})")


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Helpers of a thread that works itself; shared by all layers, started when first needed."""
    return ThreadPoolExecutor(threads - 1, thread_name_prefix="convgen")


_forked = False  # whether this process began as a copy of another, without that one's other threads


def forked() -> bool:
    """Whether OpenMP's threads must be done without."""
    return _forked


def _after_fork() -> None:
    """OpenMP's runtime (libgomp, for one) would wait forever for threads that only the parent has, and whether it had
    started any, for whichever library of the process, cannot be asked: Python's threads do its work. Those too are new
    ones."""
    global _forked
    _forked = True
    _pool.cache_clear()


os.register_at_fork(after_in_child=_after_fork)

_runtimes: set[int] = set()


def _pin(ffi: Any, function: Any, path: Path) -> None:
    """Keep the OpenMP runtime that `function` belongs to loaded for the rest of the process.

    Its idle threads would run unmapped code, and crash, once the last kernel that needs it is
    closed. One kernel that stays loaded per runtime is enough.
    """
    address = int(ffi.cast("uintptr_t", function))
    if address not in _runtimes:
        ffi.dlopen(str(path), ffi.RTLD_NOW | ffi.RTLD_NODELETE)
        _runtimes.add(address)
