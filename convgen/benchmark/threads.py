"""How a kernel scales with threads, from the measured times of its tasks: on a machine that has fewer cores, too.

Each task of a run is timed by itself, on one thread, in the order of the run. Threads then take them one by one in
that order, each the next one as soon as it is free (list scheduling, R. L. Graham, 1966), phase by phase; to wake the
threads of a phase and to meet again takes some time too. What threads do to each other is not in it: the caches that
they share, the memory's bandwidth, a lower clock.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import msgspec
import numpy as np

from .. import isolate
from ..errors import UnsupportedError
from ..machine.target import Target
from ..plan.kernel import Kernel
from ..planner.cost import fork
from ..run import emulated, native
from ..run.build import built, load
from ..verification.timed import normals, place, timed
from .timing import REPEATS, TIMEOUT

Phases = tuple[tuple[float, ...], ...]  # seconds of each task


class Job(msgspec.Struct, frozen=True):
    """What another process is to time: a built kernel."""

    kernel: Kernel
    where: str
    repeats: int


def measure(kernel: Kernel, repeats: int = REPEATS) -> Phases:
    """Seconds of each task of each phase: the least of some runs. CrashError when the kernel dies or hangs.
    UnsupportedError for what has no tasks to time here."""
    if kernel.plan.target.device is not None or emulated.runner(kernel.plan.target) or kernel.spec.streamed \
            or kernel.spec.op == "backward-weights":
        raise UnsupportedError("threads-model must be of a layer or a chain in C that runs here, no stream, no gradient"
                               f" of weights ({kernel.name})")
    found = isolate.call("convgen.benchmark.threads:run", Job(kernel, built(kernel), repeats), TIMEOUT)
    return msgspec.convert(found, Phases)


def run(payload: object) -> list[list[float]]:
    """What `measure` runs in the other process, on a Job."""
    job = msgspec.convert(payload, Job)
    conv = load(job.kernel, job.where)
    assert isinstance(conv, native.Conv)
    spec = conv.kernel.spec
    there = place(spec, normals(spec, np.random.default_rng(0)))
    whole = min(timed(conv, there).seconds(1, 1) for _ in range(job.repeats))
    phases = conv.task_times(there["input"], there.get("residual"), there["output"], job.repeats)
    clock = max(0.0, sum(map(sum, phases)) - whole) / sum(map(len, phases))  # what timing a task took
    return [[max(0.0, seconds - clock) for seconds in tasks] for tasks in phases]


def simulated(phases: Sequence[Sequence[float]], threads: int, start: float) -> float:
    """Seconds of a run by so many threads. start: seconds in which those of a phase are woken and meet again; one
    thread needs none."""
    total = 0.0
    for tasks in phases:
        free = [0.0] * threads
        for seconds in tasks:
            heapq.heapreplace(free, free[0] + seconds)
        total += max(free) + start * (threads > 1)
    return total


def start_of(target: Target, clock: float) -> float:
    """Seconds of a start at a clock in Hz, as the planner counts it."""
    return fork(target) / clock
