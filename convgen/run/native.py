"""A kernel as a Python callable: NumPy arrays in, NumPy array out, through cffi.

    conv = native.compile(kernel)
    conv.pack(weights, bias)
    y = conv(x, threads=4)

Nothing is copied or converted on the way: an array that the C code could not use as it is, is an
InputError that says how to convert it.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cffi
import numpy as np

from ..errors import InputError
from ..layer.names import show
from . import compilers

if TYPE_CHECKING:
    from ..plan.kernel import Kernel
    from .fence import Fence

Array = np.ndarray[Any, np.dtype[Any]]  # of the type that the spec names

ALIGN = 64  # bytes: what packed weights and workspace are aligned to
PAGE = 4096  # bytes: what arrays that are timed are aligned to; which sets of a cache they share is no chance then
MAX_THREADS = 1024

# A kernel is bound to the OpenMP runtime that it was linked with, not to one that a package such as PyTorch has loaded
# for the whole process: started by one and numbered by the other, its workers would share what each should have alone.
OWN_FIRST: int = getattr(os, "RTLD_DEEPBIND", 0)  # elsewhere than with glibc, that is so anyway or cannot be had

F32 = np.dtype(np.float32)

_CDEF = """
void {name}_pack(const float *weights, const float *bias, void *packed);
void {name}(const float *input, const void *packed, {residual} float *output, void *workspace, int workers);
size_t {name}_tasks(int phase);
void {name}_task(int phase, size_t task, int worker,
                 const float *input, const void *packed, {residual} float *output, void *workspace);
int omp_get_thread_num(void);
"""


def compile(kernel: Kernel, cc: str | None = None, opt: str = "O3") -> Conv:
    """Build `kernel` (or find it in the cache) and load it. Errors: those of compilers.build."""
    return load(kernel, compilers.build(kernel, cc, opt))


def load(kernel: Kernel, path: Path | str) -> Conv:
    """The library at `path`, which must have been built from `kernel`'s source."""
    return Conv(kernel, Path(path))


def empty(shape: tuple[int, ...], align: int = ALIGN, dtype: np.dtype[Any] = F32) -> Array:
    """An array, not initialised, that starts a cache line: no vector of it lies in two lines where
    that can be helped, and a kernel bound by memory can be twice as fast."""
    count = math.prod(shape)
    block = np.empty(count + align // dtype.itemsize, dtype)
    start = -block.ctypes.data % align // dtype.itemsize
    return block[start : start + count].reshape(shape)


class Conv:
    """One layer, ready to run. Calls from several Python threads at once are safe."""

    kernel: Kernel
    path: Path
    openmp: bool  # built with OpenMP: the kernel starts its own threads
    in_place = True  # the kernel works on the caller's arrays, not on copies
    aligns = (F32.itemsize, ALIGN)  # of arrays, and of packed weights and workspace, in bytes

    def __init__(self, kernel: Kernel, path: Path) -> None:
        self.kernel, self.path = kernel, path.absolute()
        spec, name = kernel.spec, kernel.name
        self._phases = range(len(kernel.phases))
        self._ffi = cffi.FFI()
        self._ffi.cdef(_CDEF.format(name=name, residual="const float *residual," * spec.residual))
        try:
            self._library = self._ffi.dlopen(str(self.path), self._ffi.RTLD_NOW | OWN_FIRST)
            self._pack = getattr(self._library, f"{name}_pack")
            self._run = getattr(self._library, name)
            self._tasks = getattr(self._library, f"{name}_tasks")
            self._task = getattr(self._library, f"{name}_task")
        except (OSError, AttributeError) as error:
            raise InputError(f"library must load and define the kernel (path={path}: {error})") from None
        # The handle also finds the symbols of the libraries it depends on: libgomp's or libomp's.
        runtime = getattr(self._library, "omp_get_thread_num", None)
        self.openmp = runtime is not None
        if runtime is not None:
            _pin(self._ffi, runtime, self.path)
        self._floats, self._pointers = self._ffi.typeof("float[]"), self._ffi.typeof("float *")
        self._layer = (spec.input_shape, spec.output_shape, spec.residual)  # computed once
        self._packed: Any = None
        self._local = threading.local()

    def __repr__(self) -> str:
        return f"<convgen.Conv {self.kernel.name}>"

    @property
    def where(self) -> str:
        """What run.build.load() needs to find it again, in another process."""
        return str(self.path)

    def pack(self, weights: Array, bias: Array | None = None) -> None:
        """Bring weights (spec.weights_shape) and bias (oc) into the kernel's own order, once."""
        spec = self.kernel.spec
        source = self._pointer("weights", weights, spec.weights_shape)
        added = self._optional("bias", bias, (spec.oc,), spec.bias)
        packed = self._buffer(self.kernel.packed_bytes)
        self._pack(source, self._ffi.NULL if added is None else added, packed)
        self._packed = packed  # only now: another thread may be running with the weights of before

    def __call__(
        self, x: Array, residual: Array | None = None, out: Array | None = None,
        threads: int | None = None,
    ) -> Array:
        """y of spec.output_shape, written to `out` when given; same bits for any `threads`, one if None."""
        count = _thread_count(threads)
        y, arguments = self._arguments(x, residual, out, count)
        self._runner(arguments, count)()
        return y

    def run_in_order(self, x: Array, seed: int, residual: Array | None = None) -> Array:
        """y, computed task by task on this thread; `seed` shuffles the tasks inside each phase."""
        y, arguments = self._arguments(x, residual, None, 1)
        order = np.random.default_rng(seed)
        for phase in self._phases:
            for task in order.permutation(self._tasks(phase)):
                self._task(phase, int(task), 0, *arguments)
        return y

    def time(
        self, x: Array, residual: Array | None = None, out: Array | None = None,
        threads: int | None = None, calls: int = 1,
    ) -> float:
        """Seconds that `calls` runs take back to back, arguments being checked only once.

        One more run comes before the clock starts: it touches the output's pages for the first time.
        """
        count = _thread_count(threads)
        _, arguments = self._arguments(x, residual, out, count)
        run = self._runner(arguments, count)
        run()
        start = time.perf_counter()
        for _ in itertools.repeat(None, calls):
            run()
        return time.perf_counter() - start

    # --- for checks: the C functions, on memory as it lies ---

    def pack_at(self, weights: Fence | None, bias: Fence | None, packed: Fence | None) -> None:
        """NAME_pack on the caller's memory, of the bytes that the kernel states; None where a layer has none."""
        self._pack(*map(self._address, (weights, bias, packed)))

    def run_at(self, input: Fence | None, packed: Fence | None, residual: Fence | None, output: Fence | None,
               workspace: Fence | None) -> None:
        """The layer on the caller's memory, by one worker."""
        added = [residual] if self.kernel.spec.residual else []
        self._run(*map(self._address, (input, packed, *added, output, workspace)), 1)

    def _address(self, fence: Fence | None) -> Any:
        return self._ffi.NULL if fence is None else self._ffi.cast("void *", fence.address)

    # --- for other libraries' arrays, by their addresses; nothing is checked ---

    def workspace_bytes(self, threads: int) -> int:
        """What run_raw needs, aligned as `aligns` says."""
        return self.kernel.workspace_bytes + threads * self.kernel.scratch_bytes

    def pack_raw(self, weights: int, bias: int, packed: int) -> None:
        """NAME_pack; bias is 0 where the layer has none."""
        self._pack(*(self._ffi.cast(self._pointers, address) for address in (weights, bias, packed)))

    def run_raw(self, addresses: tuple[int, ...], threads: int) -> None:
        """The layer, by so many threads. addresses: of input, packed, the residual if the layer has one, output
        and workspace."""
        cast, pointers = self._ffi.cast, self._pointers
        arguments = tuple([cast(pointers, address) for address in addresses])
        self._runner(arguments, threads)()

    # --- arguments ---

    def _arguments(self, x: Any, residual: Any, out: Any, threads: int) -> tuple[Array, tuple[Any, ...]]:
        """The output array, and the C arguments from `input` on. They keep the arrays alive."""
        input_shape, output_shape, takes_residual = self._layer
        source = self._pointer("x", x, input_shape)
        added = self._optional("residual", residual, output_shape, takes_residual)
        if out is None:
            out = empty(output_shape)
            target = self._ffi.from_buffer(self._floats, out)
        else:
            target = self._pointer("out", out, output_shape)
            check_out(out, x, residual)
        if self._packed is None:
            raise InputError("weights must be packed before the first call (conv.pack(weights, bias))")
        if getattr(self._local, "threads", 0) < threads:
            self._local.workspace, self._local.threads = self._buffer(self.workspace_bytes(threads)), threads
        workspace = self._local.workspace
        if added is None:
            return out, (source, self._packed, target, workspace)
        return out, (source, self._packed, added, target, workspace)

    def _pointer(self, field: str, array: Any, shape: tuple[int, ...]) -> Any:
        check_array(field, array, shape)
        return self._ffi.from_buffer(self._floats, array)

    def _optional(self, field: str, array: Any, shape: tuple[int, ...], wanted: bool) -> Any:
        check_optional(field, array, shape, wanted)
        return None if array is None else self._ffi.from_buffer(self._floats, array)

    def _buffer(self, count: int) -> Any:
        return self._ffi.from_buffer(empty((-(-count // F32.itemsize),))) if count else self._ffi.NULL

    # --- threads ---

    def _runner(self, arguments: tuple[Any, ...], threads: int) -> Callable[[], None]:
        """Runs the layer on so many threads: the kernel's own, where it is built with OpenMP."""
        if self.openmp or threads == 1:
            return functools.partial(self._run, *arguments, threads)
        return functools.partial(self._spread, arguments, threads)

    def _spread(self, arguments: tuple[Any, ...], threads: int) -> None:
        """Without OpenMP: worker w of T does the tasks w, w + T, w + 2T, … of each phase."""
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


def check_array(field: str, array: Any, shape: tuple[int, ...], dtype: np.dtype[Any] = F32) -> None:
    """InputError unless a kernel can use the array as it is."""
    if type(array) is np.ndarray and array.dtype == dtype and array.shape == shape:
        flags = array.flags
        if flags.c_contiguous and flags.aligned:
            return
    raise _refusal(field, array, shape, dtype)


def check_out(out: Array, x: Array, residual: Array | None) -> None:
    """InputError unless a kernel can write to the array, and change nothing that it reads."""
    if not out.flags.writeable:
        raise InputError("out must be writable (it is read-only)")
    for field, array in (("x", x), ("residual", residual)):
        if array is not None and np.may_share_memory(out, array):
            raise InputError(f"out must not overlap {field} (they share memory)")


def check_optional(field: str, array: Any, shape: tuple[int, ...], wanted: bool, dtype: np.dtype[Any] = F32) -> None:
    """The same for an array that a layer may lack."""
    if array is None and wanted:
        raise InputError(f"{field} must be given, the layer has one ({field}=None)")
    if array is not None and not wanted:
        raise InputError(f"{field} must be None, the layer has none ({field} is given)")
    if array is not None:
        check_array(field, array, shape, dtype)


def _refusal(field: str, array: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> InputError:
    """Why `array` cannot be handed to C, in one line."""
    kind = type(array)
    if not isinstance(array, np.ndarray):
        return InputError(f"{field} must be a NumPy array ({field} is a {kind.__name__})")
    if kind is not np.ndarray:
        return InputError(
            f"{field} must be a plain numpy.ndarray ({field} is a {kind.__name__}); use np.asarray"
        )
    if array.dtype != dtype:
        return InputError(
            f"{field} must be {dtype.name} in native byte order ({field}.dtype={array.dtype.str});"
            f" use {field}.astype(np.{dtype.name})"
        )
    if array.shape != shape:
        return InputError(f"{field} must have shape {shape} ({field}.shape={array.shape})")
    if not array.flags.c_contiguous:
        return InputError(
            f"{field} must be C-contiguous ({field}.strides={array.strides});"
            f" use np.ascontiguousarray({field})"
        )
    return InputError(
        f"{field} must be aligned to {dtype.itemsize} bytes ({field}.ctypes.data={array.ctypes.data:#x});"
        f" use {field}.copy()"
    )


def _thread_count(threads: Any) -> int:
    if threads is None:
        return 1
    if type(threads) is int and 1 <= threads <= MAX_THREADS:
        return threads
    raise InputError(f"threads must be an integer from 1 to {MAX_THREADS} (threads={show(threads)})")


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Helpers of a thread that works itself; shared by all layers, started when first needed."""
    return ThreadPoolExecutor(threads - 1, thread_name_prefix="convgen")


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
