"""Kernels of gradients of weights as callables: two arrays in, one or two out, and nothing to pack.

    conv = generate(spec).compile()
    dw, db = conv(x, dy, threads=4)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from ..errors import InputError, UnsupportedError
from ..layer.array import Array as LayerArray
from . import contexts, emulated, native, opencl
from .arrays import Array, converted, room

if TYPE_CHECKING:
    from ..plan.kernel import Kernel


class Gradients(NamedTuple):
    """weights: of the shape and layout of weights. bias: of each output channel; None where the layer has none."""

    weights: Array
    bias: Array | None


class Given(NamedTuple):
    """Arrays by role, some of which are to be written."""

    arrays: dict[str, Array | None]
    made: Gradients


def given(kernel: Kernel, x: Any, dy: Any, out: Gradients | None = None, *, copy: bool = False) -> Given:
    """What a run takes: these, converted where that is asked for, and room for what it gives, or `out`."""
    wanted: dict[str, LayerArray] = {array.role: array for array in kernel.spec.arrays}
    arrays: dict[str, Any] = {"input": x, "output_gradient": dy}
    if copy:
        arrays = converted(arrays, wanted)
    bias = wanted.get("bias_gradient")
    made = out or Gradients(room(wanted["weights_gradient"]), None if bias is None else room(bias))
    read = [array for array in arrays.values() if isinstance(array, np.ndarray)]
    if any(np.may_share_memory(one, other) for one in made if one is not None for other in read):
        raise InputError("out must not overlap what is read (they share memory)")
    return Given({**arrays, "weights_gradient": made.weights, "bias_gradient": made.bias}, made)


def nothing_to_pack() -> NoReturn:
    raise InputError("weights must not be packed for their gradient (op=backward-weights)")


class Native(native.Conv):
    """In this process."""

    def pack(self, *arrays: Any, **named: Any) -> NoReturn:
        """InputError: there are no weights."""
        nothing_to_pack()

    def __repr__(self) -> str:
        return f"<convgen.Conv {self.kernel.title}>"

    def __call__(self, x: Array, dy: Array, out: Gradients | None = None,  # type: ignore[override]
                 threads: int | None = None, *, copy: bool = False) -> Gradients:
        """Of inputs x and the gradient of the outputs, both of the shapes that the spec says; the same bits for any
        number of threads, one if None. out: arrays to write to."""
        count, taken = native.thread_count(threads), given(self.kernel, x, dy, out, copy=copy)
        self._runner(self._called(self._given(taken.arrays), count), count)()
        return taken.made

    def run_in_order(self, x: Array, seed: int, dy: Array) -> Gradients:  # type: ignore[override]
        """The same task by task on this thread; `seed` shuffles the tasks inside each phase."""
        taken = given(self.kernel, x, dy)
        self._shuffled(self._called(self._given(taken.arrays), 1), seed)
        return taken.made

    def time(self, x: Array, dy: Array, out: Gradients | None = None,  # type: ignore[override]
             threads: int | None = None, calls: int = 1) -> float:
        """Seconds that `calls` runs take back to back, behind one that is not counted."""
        count, taken = native.thread_count(threads), given(self.kernel, x, dy, out)
        return self._timed(self._runner(self._called(self._given(taken.arrays), count), count), calls)


class Emulated(emulated.Conv):
    """In a program of another machine."""

    def pack(self, *arrays: Any, **named: Any) -> NoReturn:
        """InputError: there are no weights."""
        nothing_to_pack()

    def __call__(self, x: Array, dy: Array, out: Gradients | None = None,  # type: ignore[override]
                 threads: int | None = None, *, copy: bool = False) -> Gradients:
        """As of Native; so many workers do their tasks in turn."""
        return self._gradients(given(self.kernel, x, dy, out, copy=copy), self._shared(threads))

    def run_in_order(self, x: Array, seed: int, dy: Array) -> Gradients:  # type: ignore[override]
        return self._gradients(given(self.kernel, x, dy), self._shuffled(seed))

    def time(self, x: Array, dy: Array, out: Gradients | None = None,  # type: ignore[override]
             threads: int | None = None, calls: int = 1) -> float:
        if threads not in (None, 1):
            raise UnsupportedError(f"threads must be 1 under a runner (threads={threads})")
        taken: list[float] = []

        def run() -> None:
            self._run(1)
            taken.append(self._run(calls))
        self._gradients(given(self.kernel, x, dy, out), run)
        return taken[0]

    def _gradients(self, taken: Given, run: Callable[[], None]) -> Gradients:
        with self._lock:
            self._put(taken.arrays, "workspace")
            run()
            self._take({role: array for role, array in taken.arrays.items() if role.endswith("s_gradient")})
        return taken.made


class OnDevice(opencl.Conv):
    """On an OpenCL device."""

    def pack(self, *arrays: Any, **named: Any) -> NoReturn:
        """InputError: there are no weights."""
        nothing_to_pack()

    def __call__(self, x: Array, dy: Array, out: Gradients | None = None,  # type: ignore[override]
                 threads: int | None = None, *, copy: bool = False) -> Gradients:
        """As of Native, of NumPy arrays. threads: how many work-groups or work-items share the tasks, not the device's
        usual number."""
        taken = given(self.kernel, x, dy, out, copy=copy)
        arrays = self._given(taken.arrays)
        with self._lock, contexts.translated("run the kernel"):
            lent = self.in_place and self._aligned(arrays)
            buffers = {role: self._around(role, array) for role, array in arrays.items()} if lent else \
                self._copied(_read(taken))
            self._enqueue(self.queue, buffers, threads)
            for role in () if lent else (role for role in arrays if self._arrays[role].written):
                self._fetch(role, buffers[role], arrays[role])
            self.queue.finish()
        return taken.made

    def run_in_order(self, x: Array, seed: int, dy: Array) -> Gradients:  # type: ignore[override]
        """The same, the tasks split in some other way, that `seed` draws."""
        return self(x, dy, threads=self._drawn_groups(seed))

    def time(self, x: Array, dy: Array, out: Gradients | None = None,  # type: ignore[override]
             threads: int | None = None, calls: int = 1) -> float:
        """Seconds that `calls` runs take back to back, all arrays on the device. One more comes first."""
        self(x, dy, out, threads)
        taken = given(self.kernel, x, dy, out)
        with self._lock, contexts.translated("run the kernel"):
            return self._timed(self._copied(_read(taken)), threads, calls)

    def enqueue(self, queue: Any, input: Any, output_gradient: Any, weights_gradient: Any,  # type: ignore[override]
                bias_gradient: Any = None, wait_for: Sequence[Any] | None = None) -> Any:
        """The event of the last phase, on buffers of the caller's; the queue may run out of order."""
        buffers = {"input": input, "output_gradient": output_gradient, "weights_gradient": weights_gradient,
                   "bias_gradient": bias_gradient}
        self._check_context({"queue": queue, **buffers})
        with self._lock, contexts.translated("run the kernel"):
            return self._enqueue(queue, buffers, None, wait_for)


def _read(taken: Given) -> dict[str, Array | None]:
    """What a run reads."""
    return {role: taken.arrays[role] for role in ("input", "output_gradient")}


Compiled = Native | Emulated | OnDevice
