"""Kernels of streams as Python callables, and a stream: the state between its calls.

    conv = convgen.generate(spec).compile()
    conv.pack(weights, bias)
    stream = conv.stream()
    y = stream(x)                   the next samples, any number of them, at most a block at a time
    stream.reset()                  as if it had heard nothing

conv(x) is a stream of its own, from its first sample to its last: x may have any number of samples too.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ..errors import InputError, UnsupportedError
from ..layer.array import Array as LayerArray
from ..layer.array import Role
from ..layer.call import running
from ..layer.names import show
from ..layer.spec import ConvSpec
from ..layer.stream import empty as empty_of
from . import contexts, emulated, native, opencl
from .arrays import Array, empty, plain, room
from .conv import Conv as Compiled
from .emulated import Word
from .fence import Fence

BYTES = np.dtype(np.uint8)
SHORT, FOREIGN = -1, -2  # what a call returns for a block of no length that may be, and for another layer's state
NEVER = -1  # samples that a state has heard which start() has not made


class Streaming(Compiled):
    """What the kernels of streams have in common, whatever runs them."""

    _arrays: dict[str, LayerArray]

    def state(self) -> Any:
        """Memory for the state of a stream, which start() makes one; where the kernel finds it."""
        return empty((self.kernel.state_bytes,), dtype=BYTES)

    def start(self, state: Any) -> None:
        """NAME_reset, of a state."""
        raise NotImplementedError

    def block(self, state: Any, x: Array, samples: int, y: Array, residual: Array | None = None) -> int:
        """NAME: what it returns. x, y, residual: of the layer's shapes, where a block has fewer samples too."""
        raise NotImplementedError

    def block_at(self, memory: Mapping[str, Fence], samples: int) -> int:
        """The same on the caller's memory, by the names of NAME's parameters."""
        raise NotImplementedError

    def start_at(self, memory: Mapping[str, Fence]) -> None:
        """NAME_reset likewise."""
        raise NotImplementedError

    def stream(self) -> Stream:
        """A stream that has heard nothing. Streams share the packed weights; each is for one thread at a time."""
        return Stream(self)

    def __call__(self, x: Array, residual: Array | None = None, out: Array | None = None, threads: int | None = None,
                 *, copy: bool = False) -> Array:
        """All outputs of a stream x from its first sample on, written to `out` when given. One thread computes,
        whatever `threads` says."""
        native.thread_count(threads)
        y = self.stream()(x, residual, copy=copy)
        if out is None:
            return y
        if not isinstance(out, np.ndarray) or (out.shape, out.dtype) != (y.shape, y.dtype) or not out.flags.writeable:
            raise InputError(f"out must be a writable array of {y.dtype.name} of shape {y.shape} ({show(out)})")
        out[...] = y
        return out

    def run_in_order(self, x: Array, seed: int, residual: Array | None = None) -> Array:
        """y, in blocks of lengths that `seed` draws: a stream has no tasks, and its order is that of time."""
        return self.stream().cut(x, lengths(np.random.default_rng(seed), self.kernel.spec.iw), residual)


def lengths(rng: np.random.Generator, most: int) -> Iterator[int]:
    """Of blocks, drawn without end."""
    return (int(rng.integers(1, most + 1)) for _ in itertools.count())


class Stream:
    """A stream: what its samples so far have left behind."""

    def __init__(self, conv: Streaming) -> None:
        self.conv = conv
        self._state = conv.state()
        self._input, self._output = (room(conv._arrays[role]) for role in ("input", "output"))
        self._residual = room(conv._arrays["residual"]) if conv.kernel.spec.residual else None
        self._heard = 0  # samples
        self._axis = conv._arrays["input"].layout.index("w")
        self.reset()

    def __repr__(self) -> str:
        return f"<convgen.Stream {self.conv.kernel.title}>"

    def reset(self) -> None:
        """Forget all samples."""
        self._heard = 0
        self.conv.start(self._state)

    def __call__(self, x: Array, residual: Array | None = None, *, copy: bool = False) -> Array:
        """The outputs that the next samples give: x is as the layer's input, with any number of samples, y as its
        output, and so what is added to it, the residual. copy: these may be of other types. InputError for what is
        none."""
        return self.cut(x, itertools.repeat(self.conv.kernel.spec.iw), residual, copy=copy)

    def outputs(self, samples: int) -> int:
        """How many the next samples give."""
        return outputs(self.conv.kernel.spec, self._heard, samples)

    def cut(self, x: Array, blocks: Iterable[int], residual: Array | None = None, *, copy: bool = False) -> Array:
        """The same, in blocks of these lengths, as many as it takes: the outputs do not depend on them."""
        samples = self._given("x", "input", x, copy)
        count = samples.shape[self._axis]
        added = self._added(residual, self.outputs(count), copy)
        left, made, parts = count, 0, [part(self._output, self._axis, 0, 0)]
        for length in blocks:
            if not left:
                break
            if not 1 <= length <= self.conv.kernel.spec.iw:
                raise InputError(f"blocks must have 1 to {self.conv.kernel.spec.iw} samples ({length})")
            first, length = samples.shape[self._axis] - left, min(length, left)
            part(self._input, self._axis, 0, length)[...] = part(samples, self._axis, first, first + length)
            gives = self.outputs(length)
            if added is not None and self._residual is not None:
                part(self._residual, self._axis, 0, gives)[...] = part(added, self._axis, made, made + gives)
            count = self.conv.block(self._state, self._input, length, self._output, self._residual)
            self._heard += length
            made += count
            parts.append(part(self._output, self._axis, 0, count).copy())
            left -= length
        return np.concatenate(parts, self._axis)

    def _given(self, name: str, role: Role, array: Any, copy: bool) -> Array:
        """Samples of one of the layer's arrays; InputError for what is none."""
        wanted = self.conv._arrays[role]
        found: Array = plain(name, array, wanted.element.dtype) if copy else array
        _check(name, found, wanted, self._axis)
        return found

    def _added(self, residual: Any, outputs: int, copy: bool) -> Array | None:
        """The residual of so many outputs, if the layer has one."""
        if self._residual is None:
            if residual is not None:
                raise InputError("residual must be None, the layer has none (residual is given)")
            return None
        if residual is None:
            raise InputError("residual must be given (residual=None)")
        found = self._given("residual", "residual", residual, copy)
        if found.shape[self._axis] != outputs:
            raise InputError(f"residual must have as many samples as there are outputs, {outputs}"
                             f" (residual.shape={found.shape})")
        return found


def outputs(spec: ConvSpec, heard: int, samples: int) -> int:
    """How many so many samples give behind those that were heard."""
    return -(-(heard + samples) // spec.sw) - -(-heard // spec.sw)


def part(array: Array, axis: int, start: int, end: int) -> Array:
    """Samples of an array, which lie along an axis."""
    found: Array = array[(slice(None),) * axis + (slice(start, end),)]
    return found


class Conv(Streaming, native.Conv):
    """Loaded by this process."""

    CALLS = """
int {name}({running});
void {name}_reset(void *state);
"""

    def _find(self, name: str) -> None:
        self._reset = getattr(self._library, f"{name}_reset")

    def start(self, state: Array) -> None:
        self._reset(self._ffi.from_buffer(self._bytes, state))

    def block(self, state: Array, x: Array, samples: int, y: Array, residual: Array | None = None) -> int:
        return int(self._run(*self._block(state, x, samples, y, residual)))

    def _block(self, state: Array, x: Array, samples: int, y: Array, residual: Array | None) -> tuple[Any, ...]:
        """The arguments of NAME. They keep the arrays alive."""
        _, given = self._prepared(x, residual, y, 1)
        return self._ordered(self._running, {
            **given, "samples": samples, "state": self._ffi.from_buffer(self._bytes, state)})

    def time(self, x: Array, residual: Array | None = None, out: Array | None = None, threads: int | None = None,
             calls: int = 1) -> float:
        """Seconds that `calls` blocks of x take, one after the other. One more comes before the clock starts; in the
        end `out` is what the first gives."""
        native.thread_count(threads)
        stream = self.stream()
        run, arguments = self._run, self._block(
            stream._state, x, self.kernel.spec.iw, room(self._arrays["output"]) if out is None else out,
            residual)
        run(*arguments)
        start = time.perf_counter()
        for _ in itertools.repeat(None, calls):
            run(*arguments)
        taken = time.perf_counter() - start
        stream.reset()
        run(*arguments)
        return taken

    def start_at(self, memory: Mapping[str, Fence]) -> None:
        self._reset(self._addresses({"state": memory["state"].address})["state"])

    def block_at(self, memory: Mapping[str, Fence], samples: int) -> int:
        addresses = self._addresses({name: fence.address for name, fence in memory.items()})
        return int(self._run(*self._ordered(self._running, {**addresses, "samples": samples})))


class Emulated(Streaming, emulated.Conv):
    """In a program of its own, to which the state goes and comes with each block."""

    def start(self, state: Array) -> None:
        with self._lock:
            self._point("state")
            self._say(Word.RESET)
            self._fetch("state", state)

    def block(self, state: Array, x: Array, samples: int, y: Array, residual: Array | None = None) -> int:
        if not self._packed:
            raise InputError("weights must be packed before the first call (conv.pack(weights, bias))")
        with self._lock:
            area = self._areas["state"]
            self._say(Word.PUT, area.number, area.at, area.bytes, data=state)
            self._put({"input": x, "residual": residual, "output": y}, "packed", "workspace", "state")
            count = self._told(samples)
            self._fetch("output", y.view(np.uint8).reshape(-1))
            self._fetch("state", state)
        return count

    def time(self, x: Array, residual: Array | None = None, out: Array | None = None, threads: int | None = None,
             calls: int = 1) -> float:
        raise UnsupportedError("streams are not timed under a runner")

    def start_at(self, memory: Mapping[str, Fence]) -> None:
        self._lent(memory, ["state"], lambda: self._say(Word.RESET))

    def block_at(self, memory: Mapping[str, Fence], samples: int) -> int:
        found = list[int]()
        self._lent(memory, [one.name for one in running(self.kernel.spec)],
                   lambda: found.append(self._told(samples)))
        return found[0]

    def _told(self, samples: int) -> int:
        """What NAME returns."""
        self._say(Word.BLOCK, samples & 0xFFFFFFFF)
        return int.from_bytes(self._read(4), "little", signed=True)

    def _point(self, name: str) -> None:
        self._say(Word.POINT, self._areas[name].number, self._areas[name].at)

    def _fetch(self, name: str, to: Array) -> None:
        """What lies in an area now."""
        area = self._areas[name]
        self._say(Word.GET, area.number, area.at, area.bytes)
        to[...] = np.frombuffer(self._read(area.bytes), np.uint8)


class Past:
    """A state on a device: a buffer of the last samples, and how many there were. NEVER, until start()."""

    def __init__(self, memory: Any) -> None:
        self.memory, self.heard = memory, NEVER


class OnDevice(Streaming, opencl.Conv):
    """On an OpenCL device, in whose memory the past is. What `due` is, the host counts."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._heard_at: WeakKeyDictionary[Fence, int] = WeakKeyDictionary()

    def state(self) -> Past:
        with self._lock, contexts.translated("keep the past"):
            return Past(self._fresh(self.kernel.state_bytes))

    def start(self, state: Past) -> None:
        with self._lock, contexts.translated("keep the past"):
            self._empty(state.memory)
            self.queue.finish()
        state.heard = 0

    def _empty(self, memory: Any) -> None:
        spec = self.kernel.spec
        number = np.array(empty_of(spec), spec.arithmetic.input.dtype)
        self._cl.enqueue_fill_buffer(self.queue, memory, number, 0, self.kernel.state_bytes)

    def block(self, state: Past, x: Array, samples: int, y: Array, residual: Array | None = None) -> int:
        given = self._given({"input": x, "residual": residual, "output": y})
        with self._lock, contexts.translated("run the kernel"):
            lent = self.in_place and self._aligned(given)
            buffers = {role: self._around(role, array) for role, array in given.items()} if lent else \
                self._copied({"input": x, "residual": residual})
            count = self._enqueue_block(self.queue, state, samples, buffers)
            if not lent and count > 0:
                self._fetch("output", buffers["output"], y)
            self.queue.finish()
        return count

    def _enqueue_block(self, queue: Any, state: Past, samples: int, buffers: Mapping[str, Any],
                       wait_for: Sequence[Any] | None = None) -> int:
        """What NAME returns in C: how many outputs there will be, or why there are none."""
        count = self._gives(state.heard, samples)
        if count >= 0:
            self._enqueue(queue, {**buffers, "state": state.memory, **self._numbers(state.heard, samples)}, None,
                          wait_for)
            state.heard += samples
        return count

    def _gives(self, heard: int, samples: int) -> int:
        spec = self.kernel.spec
        if not 1 <= samples <= spec.iw:
            return SHORT
        return FOREIGN if heard == NEVER else outputs(spec, heard, samples)

    def _numbers(self, heard: int, samples: int) -> dict[str, Any]:
        """What kernels take beside memory."""
        return {"samples": np.int32(samples), "due": np.int32(-heard % self.kernel.spec.sw)}

    def enqueue(self, queue: Any, input: Any, output: Any, residual: Any = None,  # type: ignore[override]
                wait_for: Sequence[Any] | None = None, *, state: Past, samples: int) -> int:
        """The next block of a stream whose state start() has made one, on buffers of the caller's of a whole block;
        how many outputs it gives, or -1 or -2 as NAME in C. The queue must take launches in order."""
        buffers = {"input": input, "output": output, "residual": residual}
        self._check_context({"queue": queue, **buffers})
        with self._lock, contexts.translated("run the kernel"):
            return self._enqueue_block(queue, state, samples, buffers, wait_for)

    def time(self, x: Array, residual: Array | None = None, out: Array | None = None, threads: int | None = None,
             calls: int = 1) -> float:
        """Seconds that `calls` blocks of x take, one after the other, all arrays on the device. One more comes first,
        whose outputs `out` gets."""
        native.thread_count(threads)
        state, samples = self.state(), self.kernel.spec.iw
        self.start(state)
        self.block(state, x, samples, room(self._arrays["output"]) if out is None else out, residual)
        with self._lock, contexts.translated("run the kernel"):
            buffers = self._copied({"input": x, "residual": residual})
            self.queue.finish()
            start = time.perf_counter()
            for _ in itertools.repeat(None, calls):
                self._enqueue_block(self.queue, state, samples, buffers)
            self.queue.finish()
            return time.perf_counter() - start

    # --- for checks: memory as it lies ---

    def start_at(self, memory: Mapping[str, Fence]) -> None:
        with self._lent(memory, ["state"]) as (buffer,):
            self._empty(buffer)
        self._heard_at[memory["state"]] = 0

    def block_at(self, memory: Mapping[str, Fence], samples: int) -> int:
        fence = memory["state"]
        heard = self._heard_at.get(fence, NEVER)
        count = self._gives(heard, samples)
        if count >= 0:
            numbers = self._numbers(heard, samples)
            with self._lent(memory, self._running) as buffers:
                self._launch(self.queue, [numbers.get(name, buffer) for name, buffer in
                                          zip(self._running, buffers, strict=True)], self.groups(1))
            self._heard_at[fence] = heard + samples
        return count


def _check(name: str, x: Any, wanted: LayerArray, axis: int) -> None:
    """InputError for what is no samples of one of the layer's arrays."""
    dtype = wanted.element.dtype
    if not isinstance(x, np.ndarray) or x.dtype != dtype:
        told = f"{name}.dtype={x.dtype.str}" if isinstance(x, np.ndarray) else f"{name} is a {type(x).__name__}"
        raise InputError(f"{name} must be a NumPy array of {dtype.name} in native byte order ({told}); use copy=True")
    shape = ["samples" if at == axis else str(extent) for at, extent in enumerate(wanted.shape)]
    if x.ndim != len(shape) or any(at != axis and x.shape[at] != extent for at, extent in enumerate(wanted.shape)):
        raise InputError(f"{name} must have shape ({', '.join(shape)}) ({name}.shape={x.shape})")
