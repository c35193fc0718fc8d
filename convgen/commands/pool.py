"""Work on many layers, in several processes where that saves time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from ..machine.host import cores
from .console import progress

MANY = 12  # kernels; so many take longer to plan than processes to start
J = TypeVar("J")
R = TypeVar("R")


def each(function: Callable[[J], R], jobs: Sequence[J], kernels: int, title: str) -> list[R]:
    """The function of each job, in order. kernels: how many they plan together; title: what progress is called."""
    found = []
    with progress(len(jobs), title) as step:
        pool = _processes() if cores() > 1 and kernels >= MANY else None
        if pool is None:
            for job in jobs:
                found.append(function(job))
                step()
            return found
        with pool:
            for done in pool.map(function, jobs):
                found.append(done)
                step()
    return found


def _processes() -> ProcessPoolExecutor | None:
    """Some, spawned, since threads may be running here; None where the system has no semaphores for them, as without a
    /dev/shm that can be written."""
    try:
        return ProcessPoolExecutor(cores(), get_context("spawn"))
    except (OSError, ImportError):
        return None
