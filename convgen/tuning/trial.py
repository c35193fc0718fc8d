"""One plan tried: printed, compiled, verified and timed, in a process that it may take down.

A Lab compiles a batch of plans, then tries them one by one: compilers disturb a measurement.
A kernel for an OpenCL device is built in the process that tries it, since its driver may crash too.
What all plans of a layer share, the data and the oracle's results, is computed once in the
process that tries them.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import msgspec
import numpy as np

from .. import isolate
from ..benchmark.timing import MOST_CALLS, REPEAT_SECONDS
from ..emit.render import render
from ..errors import CrashError, InputError, LateError, UnsupportedError, VerificationError
from ..layer.spec import ConvSpec
from ..plan.kernel import Kernel
from ..plan.plan import Plan
from ..run import compilers
from ..run.build import AnyConv, built, load
from ..verification import compare, draws, gradients, oracle, whole
from ..verification.timed import Timed, normals, place, timed
from .database import Status
from .records import OPT, runner

COMPILERS = 2  # that work at once
KEPT_BYTES = 2**29  # data and the oracle's results that the other process keeps, for when a layer has another turn
LOADED = 16  # kernels that the other process keeps loaded for more measurements
SLOW = 1.5  # a plan that takes more than so many times the best one's time is measured only once


class Outcome(NamedTuple):
    """What came of a trial: seconds a call in each measurement, or what went wrong."""

    status: Status
    seconds: tuple[float, ...] = ()
    detail: str = ""


class Job(msgspec.Struct, frozen=True):
    """What the other process is to try. where: the built library, or the device that has yet to build the kernel.
    threads: None for an OpenCL device. best: seconds of the fastest plan so far."""

    kernel: Kernel
    where: str
    threads: int | None
    repeats: int
    seed: int
    best: float | None
    verify: bool


class Lab:
    """Tries plans, in a process that it starts again when a plan has taken it down. Use it in a `with`, or close it.

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
        self.close()

    def close(self) -> None:
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
        not the plan's fault (no compiler, a full disk) are raised.
        """
        self.build([plan])
        try:
            kernel, where = self._built[plan].result()
        except (InputError, compilers.CompileError) as error:
            if isinstance(error, InputError) and not str(error).startswith("plan: "):
                raise
            return Outcome("illegal", detail=str(error))
        threads: int | None = self._threads
        if plan.target.device is not None:
            threads = None
        job = Job(kernel, where, threads, repeats, self._seed, best, verify)
        patience = _patience(plan)
        if self._worker is None or self._worker.killed:
            self._worker = isolate.Worker()
        try:
            seconds = self._worker.call("convgen.tuning.trial:run", job, min(patience, max(left, 1.0)))
        except (compilers.CompileError, UnsupportedError) as error:  # by a driver; too big for the device
            return Outcome("illegal", detail=str(error))
        except VerificationError as error:
            return Outcome("wrong", detail=str(error))
        except CrashError as error:
            self._worker.kill()  # it may still live where only the device failed, which is of no use to it any more
            if not isinstance(error, LateError):
                return Outcome("crash", detail=str(error))
            return Outcome("timeout", detail=str(error)) if left >= patience else None
        return Outcome("ok", tuple(seconds))


def _build(plan: Plan) -> tuple[Kernel, str]:
    """The kernel, and what run.build.load() takes: a library, a program, or the device that has yet to build it."""
    kernel = render(plan)
    if plan.target.device is not None:
        return kernel, runner(plan.target).key
    # the source is long, and of no more use
    return msgspec.structs.replace(kernel, source=""), built(kernel, opt=OPT)


def _patience(plan: Plan) -> float:
    """Seconds after which a trial counts as hanging: enough for a driver that compiles, the oracle, and a kernel at a
    flop every few cycles; for an ordinary layer less than the shortest effort has, or no hang would ever be on record.
    """
    return 15 + 2e-8 * plan.spec.macs


# --- in the other process ---


class Subject:
    """A kernel with its weights packed, and how many calls make a measurement."""

    own: Timed

    def __init__(self, kernel: Kernel, where: str, threads: int | None) -> None:
        self.conv, self.threads, self.calls = load(kernel, where), threads, 0

    def pack(self) -> None:
        self.own = timed(self.conv, _data(self.conv.kernel.spec))

    def seconds(self, calls: int) -> float:
        return self.own.seconds(self.threads, calls)

    def settle(self, best: float | None) -> bool:
        """Find the number of calls that takes long enough; False when the kernel is far from `best`."""
        calls = 1
        while (taken := self.seconds(calls)) < REPEAT_SECONDS and calls < MOST_CALLS:
            calls = min(MOST_CALLS, max(calls + 1, math.ceil(1.3 * calls * REPEAT_SECONDS / taken)))
        self.calls = calls
        return best is None or taken / calls < SLOW * best


_subjects: dict[tuple[Kernel, str], Subject] = {}


def run(payload: object) -> list[float]:
    """What Lab.run calls, on a Job: verify and measure; VerificationError when the kernel is wrong, CompileError when
    a driver refuses it, UnsupportedError when a device has too little memory for it."""
    job = msgspec.convert(payload, Job)
    with contextlib.suppress(UnsupportedError):
        return _run(job)
    _subjects.clear()  # those that were kept take memory too
    return _run(job)


def _run(job: Job) -> list[float]:
    key = job.kernel, job.where
    if key not in _subjects:
        while len(_subjects) >= LOADED:
            del _subjects[next(iter(_subjects))]
        isolate.stage("build")
        _subjects[key] = Subject(*key, job.threads)
    subject = _subjects[key]
    if job.verify:
        isolate.stage("verify")
        try:
            _verify(subject.conv, job.seed, job.threads)
        except VerificationError:
            isolate.retire()
            raise
    isolate.stage("measure")
    fresh = job.verify or not subject.calls
    if fresh:
        subject.pack()
    near = not fresh or subject.settle(job.best)
    return [subject.seconds(subject.calls) / subject.calls for _ in range(job.repeats if near else 1)]


@functools.lru_cache(maxsize=1)
def _data(spec: ConvSpec) -> compare.Arrays:
    """What kernels are timed on, and where the results go."""
    return place(spec, normals(spec, np.random.default_rng(0)))


def _expected(kernel: Kernel, seed: int) -> list[Case]:
    """Integers and reals, or what a layer of integers is verified on, each with the oracle's results: the same for all
    plans of a layer that transform alike."""
    key = (kernel.spec, kernel.plan.family if compare.transforms(kernel) else "", seed)
    if key not in _cases:
        rng = np.random.default_rng(seed)
        if kernel.spec.arithmetic.exact:
            data = [(what, draw(kernel.spec, rng)) for what, draw in whole.DRAWINGS.items()]
        else:
            data = [("normal data", draws.normals(kernel.spec, rng))]
            if not compare.spectral(kernel):
                data.insert(0, ("integers", draws.unrounded(kernel, rng)))
        _cases[key] = [(what, arrays, compare.reference(kernel, arrays)) for what, arrays in data]
    _cases[key] = found = _cases.pop(key)  # the last one used comes last
    while len(_cases) > 1 and sum(map(_size, _cases.values())) > KEPT_BYTES:
        del _cases[next(iter(_cases))]
    return found


Case = tuple[str, compare.Arrays, oracle.Result]
_cases: dict[tuple[ConvSpec, str, int], list[Case]] = {}


def _size(cases: Sequence[Case]) -> int:
    """Bytes that they take."""
    return sum(array.nbytes for _, arrays, result in cases for array in (*arrays.values(), *result))


def _verify(conv: AnyConv, seed: int, threads: int | None) -> None:
    """The modes exact and bound, in short: integers give the oracle's bits, reals stay within the bound."""
    kernel = conv.kernel
    if kernel.spec.op == "backward-weights":
        for mode in (gradients.exact, gradients.bound):
            try:
                mode(conv, np.random.default_rng(seed))
            except compare.Wrong as wrong:
                raise VerificationError(str(wrong)) from None
        return
    for what, arrays, (y, v, s) in _expected(kernel, seed):
        compare.pack(conv, arrays)
        got = compare.run(conv, arrays, threads)
        if kernel.spec.arithmetic.exact:
            want, allowed = whole.outputs(kernel.spec, v, arrays)
        elif what == "integers":
            want, allowed = compare.pointwise(kernel, v, arrays)
        else:
            want, allowed = y, kernel.bound.allowed(v, s, y)
        try:
            compare.expect(what, got, want, allowed)
        except compare.Wrong as wrong:
            raise VerificationError(str(wrong)) from None
