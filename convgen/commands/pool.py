"""Work on many layers, in several processes where that saves time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import NamedTuple, TypeVar

from ..errors import CrashError
from ..machine.host import cores
from .console import progress

MANY = 12  # kernels; so many take longer to plan than processes to start
J = TypeVar("J")
R = TypeVar("R")


class Process(NamedTuple):
    """One at work. seen: what its jobs were about, of which it knows what it planned."""

    pool: ProcessPoolExecutor
    seen: set[Hashable]


_kept: list[Process] | None = None  # those of the work that is under way; None where each() starts its own


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Within it, the processes that one each() started serve the next, and know what they planned."""
    global _kept
    before, _kept = _kept, []
    try:
        yield
    finally:
        _end(_kept)
        _kept = before


def each(function: Callable[[J], R], jobs: Sequence[J], kernels: int, title: str,
         processes: int | None = None, about: Callable[[J], Hashable] = id) -> list[R]:
    """The function of each job, in order. kernels: how many they plan together; title: what progress is called;
    processes: at most, None for one a core; about: what a job plans, which whoever has planned it before does sooner.
    Where jobs fail, the error of the first of them. CrashError when a process dies."""
    count = processes or cores()
    with progress(len(jobs), title) as step:
        # those that are kept may serve more jobs next time; they start as jobs come
        most = min(count, len(jobs)) if _kept is None else count
        team = _processes(most) if count > 1 and (kernels >= MANY or _kept) else []
        if not team:
            return [_stepped(function(job), step) for job in jobs]
        try:
            return _shared(team, function, jobs, about, step)
        except BrokenProcessPool:
            raise CrashError(f"{title}: one of {count} processes died, as for lack of memory") from None
        except BaseException:
            _end(team)  # what is wrong with one needs no others
            raise
        finally:
            if _kept is None:
                _end(team)


def _stepped(result: R, step: Callable[[], object]) -> R:
    step()
    return result


def _shared(team: Sequence[Process], function: Callable[[J], R], jobs: Sequence[J], about: Callable[[J], Hashable],
            step: Callable[[], object]) -> list[R]:
    """Whoever is free takes the first job that it has seen, else one that nobody has, else any."""
    topics = [about(job) for job in jobs]
    left, at_work = set(range(len(jobs))), dict[Future[R], tuple[Process, int]]()
    found, failed = dict[int, R](), dict[int, Exception]()

    def give(process: Process) -> None:
        if not left:
            return
        own, others = process.seen, set[Hashable]().union(*(one.seen for one in team))
        at = min(left, key=lambda at: (topics[at] not in own, topics[at] in others, at))
        left.remove(at)
        own.add(topics[at])
        at_work[process.pool.submit(function, jobs[at])] = process, at

    for process in team:
        give(process)
    while at_work:
        for future in wait(at_work, return_when=FIRST_COMPLETED).done:
            process, at = at_work.pop(future)
            try:
                found[at] = future.result()
                step()
            except BrokenProcessPool:
                raise
            except Exception as error:  # of the function: the same one however the jobs were shared
                failed[at] = error
                left.difference_update(range(at, len(jobs)))
            give(process)
    if failed:
        raise failed[min(failed)]
    return [found[at] for at in range(len(jobs))]


def _processes(count: int) -> list[Process]:
    """Some, spawned, since threads may be running here, or those that are kept; none where the system has no semaphores
    for them, as without a /dev/shm that can be written."""
    if _kept:
        return _kept
    try:
        team = [Process(ProcessPoolExecutor(1, get_context("spawn")), set()) for _ in range(count)]
    except (OSError, ImportError):
        return []
    if _kept is not None:
        _kept.extend(team)
    return team


def _end(team: Sequence[Process]) -> None:
    for process in team:
        process.pool.shutdown(cancel_futures=True)
