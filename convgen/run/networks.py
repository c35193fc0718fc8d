"""A whole network as a Python callable: NumPy arrays in, NumPy arrays out, through cffi.

    scores = net(image)
    scores = net(image=image)

It was built with hooks, which tell what each step takes and what it has made.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cffi
import msgspec
import numpy as np

from .. import isolate
from ..errors import InputError
from ..layer.element import KNOWN
from ..layer.names import kind, show
from . import scratch
from .arrays import PLAIN, Array, address, aligned, empty
from .native import OWN_FIRST, forked, thread_count

TRUTHS = np.dtype(np.bool_)  # taken where u8 is, of which they are 0 and 1


class Argument(msgspec.Struct, frozen=True):
    """An array that a network takes or gives. value: its name in the model; name: in C. element: by its name."""

    value: str
    name: str
    element: str
    shape: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        return KNOWN[self.element].dtype


class Step(msgspec.Struct, frozen=True):
    """name: what it is in the model, "name operator". kind: a convolution's kernel size, or the operator. macs: of
    convolutions, multiplications and additions of their definition; bytes: of all arrays that it reads and makes."""

    name: str
    kind: str
    macs: int
    bytes: int


class Place(msgspec.Struct, frozen=True):
    """Where a value lies when the step of that number has ended: in the array of that name in C, or in the workspace,
    which has none. offset, strides: in bytes."""

    value: str
    step: int
    array: str
    element: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int


class Built(msgspec.Struct, frozen=True):
    """A network in a library. path: of that; function: which runs it. constants: where each begins in the memory that
    holds all, in bytes. arena, tops: bytes of workspace, as packaging.network.program has them. places: of what the
    steps make, in their order."""

    path: str
    function: str
    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    constants: tuple[int, ...]
    arena: int
    tops: tuple[tuple[int, int, int], ...]
    steps: tuple[Step, ...]
    places: tuple[Place, ...]

    def workspace_bytes(self, workers: int) -> int:
        return max([self.arena, *(top + shared + each * workers for top, shared, each in self.tops)])


class Network:
    """A network, ready to run. Calls from several Python threads at once are safe.

    threads: that share the work of a call; the result has the same bits for any number.
    """

    def __init__(self, built: Built, constants: Array, threads: int = 1) -> None:
        self.built, self.constants = built, constants
        self.threads = thread_count(threads)
        self._ffi = cffi.FFI()
        pointers = ", ".join(["void *"] * (len(built.inputs) + len(built.outputs) + 2))
        self._ffi.cdef(f"void {built.function}({pointers}, int workers); void net_watch(void (*hook)(int, int));")
        try:  # for good: idle threads of its OpenMP would run code that is gone
            self._library = self._ffi.dlopen(
                built.path, self._ffi.RTLD_NOW | getattr(self._ffi, "RTLD_NODELETE", 0) | OWN_FIRST)
            self._run = getattr(self._library, built.function)
        except (OSError, AttributeError) as error:
            raise InputError(f"library must load and define the network (path={built.path}: {error})") from None
        self._table = self._ffi.new("void *[]", [self._pointer(constants[at:]) for at in (*built.constants, 0)])
        self._local = threading.local()
        self._shapes = [(one.shape, math.prod(one.shape), np.dtype(one.dtype)) for one in built.outputs]

    def __repr__(self) -> str:
        taken, made = (", ".join(f"{one.value} {one.element} {'x'.join(map(str, one.shape))}" for one in arrays)
                       for arrays in (self.built.inputs, self.built.outputs))
        return f"<convgen.Network {taken} -> {made}, {len(self.steps)} steps>"

    @property
    def inputs(self) -> tuple[Argument, ...]:
        return self.built.inputs

    @property
    def outputs(self) -> tuple[Argument, ...]:
        return self.built.outputs

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.built.steps

    @property
    def workspace_bytes(self) -> int:
        """Of a call; each thread of Python that calls has such a workspace."""
        return self.built.workspace_bytes(self.threads)

    def __call__(self, *arrays: Array, **named: Array) -> Array | tuple[Array, ...]:
        """The output, or a tuple of all where there are several. Inputs in the model's order, or by their names.
        InputError for an array that C could not use as it is."""
        given, made = self._given(arrays, named), self._made()
        self._run(*self._arguments(given, made))
        return made[0] if len(made) == 1 else tuple(made)

    def time(self, calls: int, *arrays: Array, **named: Array) -> float:
        """Seconds that so many calls take back to back, after one that is not counted."""
        given, made = self._given(arrays, named), self._made()
        arguments = self._arguments(given, made)
        self._run(*arguments)
        start = time.perf_counter()
        for _ in itertools.repeat(None, calls):
            self._run(*arguments)
        return time.perf_counter() - start

    def profile(self, repeats: int, *arrays: Array, **named: Array) -> list[tuple[float, ...]]:
        """Seconds that each step took in each of so many calls, after one that is not counted. A microsecond or so of
        each is the hooks' own."""
        given, made = self._given(arrays, named), self._made()
        arguments = self._arguments(given, made)
        self._run(*arguments)
        began, taken = [0.0] * len(self.steps), [0.0] * len(self.steps)

        def hook(index: int, ended: int) -> None:
            if ended:
                taken[index] = time.perf_counter() - began[index]
            else:
                began[index] = time.perf_counter()

        rounds = []
        with self._watched(hook):
            for _ in range(repeats):
                self._run(*arguments)
                rounds.append(tuple(taken))
        return list(zip(*rounds, strict=True))

    def watch(self, seen: Callable[[str, Array], None], *arrays: Array, **named: Array) -> None:
        """Run once; seen: called with each value that steps make, and its name, in the order of the steps. The array is
        the network's own memory, which the next step may write."""
        given, made = self._given(arrays, named), self._made()
        arguments, memory = self._arguments(given, made), self._workspace()
        known = {one.name: array for one, array in zip((*self.inputs, *self.outputs), (*given, *made), strict=True)}
        done: dict[int, list[Place]] = {}
        for place in self.built.places:
            done.setdefault(place.step, []).append(place)
        failed: list[BaseException] = []

        def hook(index: int, ended: int) -> None:
            for place in done.get(index, ()) if ended and not failed else ():
                base = known[place.array] if place.array else memory
                dtype = KNOWN[place.element].dtype
                try:
                    seen(place.value, np.ndarray(place.shape, dtype, base, place.offset, place.strides))
                except BaseException as error:  # it is raised where C has returned
                    failed.append(error)

        with self._watched(hook):
            self._run(*arguments)
        if failed:
            raise failed[0]

    @contextlib.contextmanager
    def _watched(self, hook: Callable[[int, int], None]) -> Iterator[None]:
        """The hook is called around each step that this thread runs."""
        kept = self._ffi.callback("void(int, int)", hook)
        self._library.net_watch(kept)
        try:
            yield
        finally:
            self._library.net_watch(self._ffi.NULL)

    # --- arguments ---

    def _given(self, arrays: Sequence[Array], named: Mapping[str, Array]) -> list[Array]:
        """An array for each input."""
        if len(arrays) > len(self.inputs):
            raise InputError(f"inputs must be {len(self.inputs)} arrays ({len(arrays)} are given)")
        found: dict[str, Array] = {one.value: array for one, array in zip(self.inputs, arrays, strict=False)}
        values = {one.name: one.value for one in self.inputs} | {one.value: one.value for one in self.inputs}
        for name, array in named.items():
            if name not in values:
                known = ", ".join(one.value for one in self.inputs)
                raise InputError(f"inputs must be {known} ({show(name)} is given)")
            if values[name] in found:
                raise InputError(f"inputs must be given once ({show(name)} is given twice)")
            found[values[name]] = array
        return [_checked(one, found.get(one.value)) for one in self.inputs]

    def _made(self) -> list[Array]:
        return [aligned(*one) for one in self._shapes]

    def _arguments(self, given: Sequence[Array], made: Sequence[Array]) -> tuple[Any, ...]:
        """Of C. They do not keep the arrays alive."""
        pointers = [self._pointer(array) for array in (*given, *made)]
        workers = 1 if forked() else self.threads
        self._workspace()
        return (*pointers, self._table, self._local.pointer, workers)

    def _workspace(self) -> Array:
        """This thread's own."""
        if not hasattr(self._local, "workspace"):
            self._local.workspace = empty((self.workspace_bytes,), dtype=np.uint8)
            self._local.pointer = self._pointer(self._local.workspace)
        found: Array = self._local.workspace
        return found

    def _pointer(self, array: Array) -> Any:
        return self._ffi.cast("void *", address(array))


def _checked(wanted: Argument, given: Array | None) -> Array:
    """The array, if C can use it as it is."""
    field = wanted.value
    if given is None:
        raise InputError(f"{field} must be given ({field}=None)")
    if type(given) not in PLAIN:
        raise InputError(f"{field} must be a NumPy array ({field}, {kind(given)})")
    if given.dtype == TRUTHS and wanted.dtype == np.uint8:
        given = given.view(np.uint8)
    if given.dtype != wanted.dtype:
        raise InputError(f"{field} must be of {wanted.dtype} ({field}.dtype={given.dtype}); astype(...) converts")
    if given.shape != wanted.shape:
        raise InputError(f"{field} must be of shape {wanted.shape} ({field}.shape={given.shape})")
    if not (given.flags.c_contiguous and given.flags.aligned):
        raise InputError(f"{field} must lie in a row (strides={given.strides}); numpy.ascontiguousarray(...) copies")
    return given


# --- in another process ---


class Saved(msgspec.Struct, frozen=True):
    """A network, for a process that loads it. constants: a file of the memory that holds them."""

    built: Built
    constants: str
    threads: int


def save(net: Network, folder: Path) -> Saved:
    place = folder / "constants"
    net.constants.tofile(place)
    return Saved(net.built, str(place), net.threads)


def opened(saved: Saved) -> Network:
    read = np.fromfile(saved.constants, np.uint8)
    memory = empty(read.shape, dtype=np.uint8)
    memory[:] = read
    return Network(saved.built, memory, saved.threads)


class Profile(msgspec.Struct, frozen=True):
    """inputs: a file of arrays, in order."""

    saved: Saved
    inputs: str
    repeats: int


def profile(net: Network, arrays: Sequence[Array], repeats: int, timeout: float) -> list[tuple[float, ...]]:
    """Network.profile in a process of its own."""
    with scratch.temporary() as folder:
        inputs = folder / "inputs.npz"
        np.savez(inputs, *arrays)
        job = Profile(save(net, folder), str(inputs), repeats)
        return msgspec.convert(isolate.call("convgen.run.networks:profiled", job, timeout), list[tuple[float, ...]])


def profiled(payload: object) -> list[tuple[float, ...]]:
    """What `profile` runs in the other process."""
    job = msgspec.convert(payload, Profile)
    return opened(job.saved).profile(job.repeats, *_loaded(job.inputs))


def _loaded(path: str) -> list[Array]:
    with np.load(path) as file:
        return [np.asarray(file[name], order="C") for name in file.files]  # numbers of no axis stay so


class Recording(msgspec.Struct, frozen=True):
    """inputs: a file of arrays, in order. folder: for the values, files by their number."""

    saved: Saved
    inputs: str
    folder: str


def record(net: Network, arrays: Sequence[Array], folder: Path, timeout: float) -> Iterator[tuple[str, Array]]:
    """Each value that steps make, in their order, computed by a process of its own. CrashError when that dies or
    hangs."""
    inputs = folder / "inputs.npz"
    np.savez(inputs, *arrays)
    isolate.call("convgen.run.networks:recorded", Recording(save(net, folder), str(inputs), str(folder)), timeout)
    for at, place in enumerate(net.built.places):
        dtype = KNOWN[place.element].dtype
        yield place.value, np.fromfile(folder / str(at), dtype).reshape(place.shape)


def recorded(payload: object) -> None:
    """What `record` runs in the other process."""
    job = msgspec.convert(payload, Recording)
    net = opened(job.saved)
    numbers = {place.value: at for at, place in enumerate(net.built.places)}
    net.watch(lambda value, array: array.tofile(Path(job.folder, str(numbers[value]))), *_loaded(job.inputs))
