"""Work on many layers, in several processes where that saves time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from ..errors import CrashError
from ..machine.host import cores
from .console import progress

CHUNK = 8  # jobs that travel together
MANY = 12  # kernels; so many take longer to plan than processes to start
J = TypeVar("J")
R = TypeVar("R")


def each(function: Callable[[J], R], jobs: Sequence[J], kernels: int, title: str,
         processes: int | None = None) -> list[R]:
    """The function of each job, in order. kernels: how many they plan together; title: what progress is called;
    processes: at most, None for one a core. CrashError when one of them dies."""
    found, count = [], processes or cores()
    with progress(len(jobs), title) as step:
        pool = _processes(min(count, len(jobs))) if count > 1 and kernels >= MANY else None
        if pool is None:
            for job in jobs:
                found.append(function(job))
                step()
            return found
        with pool:
            try:
                for done in pool.map(function, jobs, chunksize=max(1, min(CHUNK, len(jobs) // (2 * count)))):
                    found.append(done)
                    step()
            except BrokenProcessPool:
                raise CrashError(f"{title}: one of {count} processes died, as for lack of memory") from None
            except BaseException:
                pool.shutdown(cancel_futures=True)  # what is wrong with one needs no others
                raise
    return found


def _processes(count: int) -> ProcessPoolExecutor | None:
    """Some, spawned, since threads may be running here; None where the system has no semaphores for them, as without a
    /dev/shm that can be written."""
    try:
        return ProcessPoolExecutor(count, get_context("spawn"))
    except (OSError, ImportError):
        return None
