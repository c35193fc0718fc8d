"""A kernel of a stream as a Python callable, and a stream: the state between its calls.

    conv = convgen.compile(spec)
    conv.pack(weights, bias)
    stream = conv.stream()
    y = stream(x)                   the next samples, any number of them, at most a block at a time
    stream.reset()                  as if it had heard nothing

conv(x) is a stream of its own from its first sample to its last: x may have any number of samples too.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..errors import InputError
from ..layer.array import Array as LayerArray
from ..layer.names import show
from . import native
from .arrays import Array, plain, room
from .fence import Fence
from .native import thread_count


class Conv(native.Conv):
    """A layer that is called block by block."""

    CALLS = """
int {name}({running});
void {name}_reset(void *state);
"""

    def _find(self, name: str) -> None:
        self._reset = getattr(self._library, f"{name}_reset")

    def stream(self) -> Stream:
        """A stream that has heard nothing. Streams share the weights that are packed; each is for one thread at a time.
        """
        return Stream(self)

    def __call__(self, x: Array, residual: Array | None = None, out: Array | None = None, threads: int | None = None,
                 *, copy: bool = False) -> Array:
        """All outputs of a stream x, from its first sample on. residual: None. threads: one computes, whatever is told.
        """
        thread_count(threads)
        if residual is not None:
            raise InputError("residual must be None, the layer has none (residual is given)")
        y = self.stream()(x, copy=copy)
        if out is None:
            return y
        if not isinstance(out, np.ndarray) or out.shape != y.shape or out.dtype != y.dtype or not out.flags.writeable:
            raise InputError(f"out must be a writable array of {y.dtype.name} of shape {y.shape}")
        out[...] = y
        return out

    def run_in_order(self, x: Array, seed: int, residual: Array | None = None) -> Array:
        """y, in blocks of lengths that `seed` draws: a stream has no tasks, and its order is that of time."""
        rng = np.random.default_rng(seed)
        most = self.kernel.spec.iw
        return self.stream().cut(x, (int(rng.integers(1, most + 1)) for _ in itertools.count()))

    def time(self, x: Array, residual: Array | None = None, out: Array | None = None, threads: int | None = None,
             calls: int = 1) -> float:
        """Seconds that `calls` blocks of x take, one after the other. One more comes before the clock starts."""
        thread_count(threads)
        stream = self.stream()
        arguments = stream.arguments(x, room(self._arrays["output"]) if out is None else out)
        run = self._run
        run(*arguments)
        start = time.perf_counter()
        for _ in itertools.repeat(None, calls):
            run(*arguments)
        return time.perf_counter() - start

    def run_at(self, memory: Mapping[str, Fence]) -> None:
        """The first block of a stream, as long as blocks can be, on the caller's memory."""
        addresses = self._addresses({name: fence.address for name, fence in memory.items()})
        self._reset(addresses["state"])
        self._run(*self._ordered(self._running, {**addresses, "samples": self.kernel.spec.iw}))


class Stream:
    """A stream: what its samples so far have left behind."""

    def __init__(self, conv: Conv) -> None:
        self.conv = conv
        self._state = conv._buffer(conv.kernel.state_bytes)
        self._workspace = conv._buffer(conv.workspace_bytes(1))
        self._input, self._output = (room(conv._arrays[role]) for role in ("input", "output"))
        self.reset()

    def __repr__(self) -> str:
        return f"<convgen.Stream {self.conv.kernel.title}>"

    def reset(self) -> None:
        """Forget all samples."""
        self.conv._reset(self._state)

    def __call__(self, x: Array, *, copy: bool = False) -> Array:
        """The outputs that the next samples give: x is as the layer's input, with any number of samples, and y as its
        output. copy: x may be of another type. InputError for what is none."""
        most = self.conv.kernel.spec.iw
        return self.cut(x, itertools.repeat(most), copy=copy)

    def cut(self, x: Array, lengths: Iterable[int], *, copy: bool = False) -> Array:
        """The same, in blocks of these lengths, as many as it takes. The outputs do not depend on them."""
        wanted = self.conv._arrays["input"]
        if copy:
            x = plain("x", x, wanted.element.dtype)
        axis = wanted.layout.index("w")
        _check(x, wanted, axis)
        parts, done, lengths = [], 0, iter(lengths)
        while done < x.shape[axis]:
            length = min(next(lengths), x.shape[axis] - done)
            parts.append(self._block(_part(x, axis, done, done + length), axis))
            done += length
        return np.concatenate(parts, axis) if parts else self._output[:, :0] if axis == 1 else self._output[..., :0]

    def arguments(self, x: Array, y: Array) -> tuple[Any, ...]:
        """Those of NAME for a block that is as long as blocks can be."""
        conv = self.conv
        if conv._packed is None:
            raise InputError("weights must be packed before the first call (conv.pack(weights, bias))")
        given = conv._given({"input": x, "output": y})
        given |= {"packed": conv._packed, "state": self._state, "workspace": self._workspace,
                  "samples": conv.kernel.spec.iw}
        return conv._ordered(conv._running, given)

    def _block(self, x: Array, axis: int) -> Array:
        """The outputs of a block, in an array of their own."""
        length = x.shape[axis]
        _part(self._input, axis, 0, length)[...] = x
        arguments = list(self.arguments(self._input, self._output))
        names = [parameter.name for parameter in self.conv._running]
        arguments[names.index("samples")] = length
        count = self.conv._run(*arguments)
        if count < 0:
            raise InputError(f"samples must be 1 to {self.conv.kernel.spec.iw} in a block (samples={length})")
        return _part(self._output, axis, 0, count).copy()


def _part(array: Array, axis: int, start: int, end: int) -> Array:
    return array[:, start:end] if axis == 1 else array[..., start:end]


def _check(x: Any, wanted: LayerArray, axis: int) -> None:
    """InputError for what is no samples of the layer's input."""
    if not isinstance(x, np.ndarray):
        raise InputError(f"x must be a NumPy array (x is a {type(x).__name__})")
    if x.dtype != wanted.element.dtype:
        raise InputError(f"x must be {wanted.element.dtype.name} in native byte order (x.dtype={x.dtype.str}); use"
                         " copy=True")
    shape = tuple("samples" if at == axis else extent for at, extent in enumerate(wanted.shape))
    if x.ndim != len(shape) or any(at != axis and own != extent for at, (own, extent) in
                                   enumerate(zip(x.shape, wanted.shape, strict=False))):
        raise InputError(f"x must have shape ({', '.join(map(str, shape))}) (x.shape={show(x.shape)})")
