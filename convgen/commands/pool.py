"""Work on many layers, in several processes where that saves time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
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

_kept: list[ProcessPoolExecutor] | None = None  # those of the work that is under way; None where each() starts its own


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Within it, the processes that one each() started serve the next, and know what they planned."""
    global _kept
    before, _kept = _kept, []
    try:
        yield
    finally:
        for pool in _kept:
            pool.shutdown(cancel_futures=True)
        _kept = before


def each(function: Callable[[J], R], jobs: Sequence[J], kernels: int, title: str,
         processes: int | None = None) -> list[R]:
    """The function of each job, in order. kernels: how many they plan together; title: what progress is called;
    processes: at most, None for one a core. CrashError when one of them dies."""
    found, count = [], processes or cores()
    with progress(len(jobs), title) as step:
        # those that are kept may serve more jobs next time; they start as jobs come
        most = min(count, len(jobs)) if _kept is None else count
        pool = _processes(most) if count > 1 and (kernels >= MANY or _kept) else None
        if pool is None:
            for job in jobs:
                found.append(function(job))
                step()
            return found
        with contextlib.nullcontext() if _kept else pool:
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
    """Some, spawned, since threads may be running here, or those that are kept; None where the system has no semaphores
    for them, as without a /dev/shm that can be written."""
    if _kept:
        return _kept[0]
    try:
        pool = ProcessPoolExecutor(count, get_context("spawn"))
    except (OSError, ImportError):
        return None
    if _kept is not None:
        _kept.append(pool)
    return pool
