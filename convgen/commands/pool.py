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
        if cores() == 1 or kernels < MANY:
            for job in jobs:
                found.append(function(job))
                step()
            return found
        # processes are spawned, since threads may be running here
        with ProcessPoolExecutor(cores(), get_context("spawn")) as pool:
            for done in pool.map(function, jobs):
                found.append(done)
                step()
    return found
