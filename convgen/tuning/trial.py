"""One plan tried: printed, compiled, verified and timed, in a process that it may take down.

A Lab compiles plans a batch at a time, then tries them one by one: compilers disturb a measurement.
What is for an OpenCL device is built where it is tried, since the driver may be what goes down.
What all plans of a layer share, the data and what the oracle makes of it, is computed once in the
process that tries them.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import msgspec
import numpy as np

from .. import isolate
from ..benchmark.timing import MOST_CALLS, REPEAT_SECONDS
from ..emit.render import Kernel, render
from ..errors import CrashError, InputError, UnsupportedError, VerificationError
from ..layer.spec import ConvSpec
from ..plan.plan import Plan
from ..run import compilers, native
from ..run.opencl import AnyConv
from ..verification import checks, oracle
from .records import OPT, Status, runner

COMPILERS = 2  # at work at once
TRANSFORMS = 3  # kinds of plan whose data is kept
LOADED = 16  # kernels that the other process keeps ready for more measurements
SLOW = 1.5  # times the best so far: a plan slower than that is measured but once


class Outcome(NamedTuple):
    """What came of a trial: seconds a call in each measurement, or what went wrong."""

    status: Status
    seconds: tuple[float, ...] = ()
    detail: str = ""


class Lab:
    """Tries plans, in a process that it starts anew when a plan has taken it down. Use it in a `with`.

    threads: for C; an OpenCL device uses as many as it has.
    """

    def __init__(self, threads: int, seed: int) -> None:
        self._threads, self._seed = threads, seed
        self._pool = ThreadPoolExecutor(COMPILERS)
        self._built: dict[Plan, Future[tuple[Kernel, str]]] = {}
        self._worker: isolate.Worker | None = None

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        if self._worker is not None:
            self._worker.kill()
        self._pool.shutdown(cancel_futures=True)

    def build(self, plans: Sequence[Plan]) -> None:
        """Compile plans, and wait for all of them."""
        for plan in plans:
            if plan not in self._built:
                self._built[plan] = self._pool.submit(_build, plan)
        for plan in plans:
            self._built[plan].exception()

    def run(self, plan: Plan, repeats: int, left: float, best: float | None = None,
            verify: bool = False) -> Outcome | None:  # fmt: skip
        """Measure a plan `repeats` times, or once when far slower than `best` seconds.

        None when `left` seconds were not enough, which says nothing about the plan. Errors that are
        not the plan's (no compiler, a full disk) are raised.
        """
        self.build([plan])
        try:
            kernel, where = self._built[plan].result()
        except (InputError, compilers.CompileError) as error:
            if isinstance(error, InputError) and not str(error).startswith("plan: "):
                raise
            return Outcome("illegal", detail=str(error))
        threads: int | None = self._threads
        if plan.target.device is None:  # the source is long, and not needed any more
            kernel = msgspec.structs.replace(kernel, source="")
        else:
            threads = None
        payload = {"kernel": msgspec.to_builtins(kernel), "where": where, "threads": threads,
                   "repeats": repeats, "seed": self._seed, "best": best, "verify": verify}
        patience = _patience(plan)
        if self._worker is None or self._worker.killed:
            self._worker = isolate.Worker()
        try:
            seconds = self._worker.call("convgen.tuning.trial:run", payload, min(patience, max(left, 1.0)))
        except (compilers.CompileError, UnsupportedError) as error:  # by a driver; too big for the device
            return Outcome("illegal", detail=str(error))
        except VerificationError as error:
            return Outcome("wrong", detail=str(error))
        except CrashError as error:
            self._worker.kill()  # where a device failed and not the process, nothing works on it any more
            if "gave no answer" not in str(error):
                return Outcome("crash", detail=str(error))
            return Outcome("timeout", detail=str(error)) if left >= patience else None
        return Outcome("ok", tuple(seconds))


def _build(plan: Plan) -> tuple[Kernel, str]:
    """The kernel, and from where kernel.load() has it: a library, or the device that has yet to build it."""
    kernel = render(plan)
    if plan.target.device is not None:
        return kernel, runner(plan.target).key
    return kernel, str(compilers.build(kernel, opt=OPT))


def _patience(plan: Plan) -> float:
    """Seconds after which a trial must hang: a driver that compiles, the oracle, and a kernel at a flop every
    few cycles. For an ordinary layer less than the shortest effort has, or no hang would ever be on record."""
    return 15 + 2e-8 * plan.spec.macs


# --- in the other process ---


class Ready:
    """A loaded kernel with its weights packed, and how many calls make a measurement."""

    def __init__(self, kernel: Kernel, where: str, threads: int | None) -> None:
        self.conv, self.threads, self.calls = kernel.load(where), threads, 0

    def pack(self) -> None:
        arrays, _ = _data(self.conv.kernel.spec)
        checks.pack(self.conv, arrays)

    def seconds(self, calls: int) -> float:
        arrays, y = _data(self.conv.kernel.spec)
        return self.conv.time(arrays["input"], arrays.get("residual"), y, self.threads, calls)

    def settle(self, best: float | None) -> bool:
        """Find the number of calls that takes long enough; False when the kernel is far from `best`."""
        calls = 1
        while (taken := self.seconds(calls)) < REPEAT_SECONDS and calls < MOST_CALLS:
            calls = min(MOST_CALLS, max(calls + 1, math.ceil(1.3 * calls * REPEAT_SECONDS / taken)))
        self.calls = calls
        return best is None or taken / calls < SLOW * best


_ready: dict[tuple[Kernel, str], Ready] = {}


def run(payload: dict[str, Any]) -> list[float]:
    """What Lab.run calls: verify and measure; VerificationError when the kernel is wrong, CompileError when
    a driver refuses it, UnsupportedError when a device has no room for it."""
    with contextlib.suppress(UnsupportedError):
        return _run(payload)
    _ready.clear()  # those that were kept take room too
    return _run(payload)


def _run(payload: dict[str, Any]) -> list[float]:
    key = msgspec.convert(payload["kernel"], Kernel), payload["where"]
    if key not in _ready:
        while len(_ready) >= LOADED:
            del _ready[next(iter(_ready))]
        isolate.stage("build")
        _ready[key] = Ready(*key, payload["threads"])
    ready = _ready[key]
    if payload["verify"]:
        isolate.stage("verify")
        _verify(ready.conv, payload["seed"], payload["threads"])
    isolate.stage("measure")
    fresh = payload["verify"] or not ready.calls
    if fresh:
        ready.pack()
    near = not fresh or ready.settle(payload["best"])
    return [ready.seconds(ready.calls) / ready.calls for _ in range(payload["repeats"] if near else 1)]


@functools.lru_cache(maxsize=1)
def _data(spec: ConvSpec) -> tuple[checks.Arrays, checks.Array]:
    """What kernels are timed on, and where the result goes."""
    arrays = checks.aligned(checks.normals(spec, np.random.default_rng(0)))
    return arrays, native.empty(spec.output_shape, native.PAGE, spec.arithmetic.output.dtype)


def _expected(kernel: Kernel, seed: int) -> list[tuple[str, checks.Arrays, oracle.Result]]:
    """Integers and reals, each with what to expect: the same for all plans of a layer that transform alike."""
    key = (kernel.spec, kernel.plan.m, seed)
    if key not in _cases:
        while len(_cases) >= TRANSFORMS:
            del _cases[next(iter(_cases))]
        rng = np.random.default_rng(seed)
        data = [("integers", checks.unrounded(kernel, rng)), ("normal data", checks.normals(kernel.spec, rng))]
        _cases[key] = [(what, arrays, checks.reference(kernel, arrays)) for what, arrays in data]
    return _cases[key]


_cases: dict[tuple[ConvSpec, int, int], list[tuple[str, checks.Arrays, oracle.Result]]] = {}


def _verify(conv: AnyConv, seed: int, threads: int | None) -> None:
    """The modes exact and bound in short: integers give the oracle's bits, reals stay in the bound."""
    kernel = conv.kernel
    for what, arrays, (y, v, s) in _expected(kernel, seed):
        checks.pack(conv, arrays)
        got = checks.run(conv, arrays, threads)
        exact = what == "integers"
        want, allowed = checks.pointwise(kernel, v) if exact else (y, kernel.bound.allowed(v, s, y))
        try:
            checks.expect(what, got, want, allowed)
        except checks.Wrong as wrong:
            raise VerificationError(str(wrong)) from None
