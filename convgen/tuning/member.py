"""What a worker of a fleet does: it says what it is, and lets a layer have a turn.

Dask runs these functions on the worker. What is tried there goes to whoever asked at once, trial by trial, as an event:
so a worker that dies takes one trial with it, and a worker needs no records of its own. The process in which it tries
them serves all turns of a tuning: starting one takes as long as two trials.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from ..emit.sources import digest
from ..errors import ConvgenError
from ..layer.spec import ConvSpec
from ..machine.find import find
from ..machine.target import Target
from ..run import emulated
from ..version import __version__
from .database import Place, Record
from .records import compiler_of, device_of, spec_text, target_text
from .trial import Lab
from .tuner import NO_LIMIT, Effort, Progress, Tuned, Tuning


class Kind(NamedTuple):
    """What measurements depend on beside layer and plan: workers of a kind may stand in for each other. As in Place."""

    target: str
    device: str
    compiler: str

    def place(self, spec: ConvSpec, threads: int) -> Place:
        return Place(spec_text(spec), self.target, self.device, self.compiler, threads)


class Job(msgspec.Struct, frozen=True):
    """A turn of a layer. number: of the turn. target: a name where it means something else on each machine. rows: those
    on record. seconds, most: as of Tuning.turn. cores: by workers' names, the core that each keeps to."""

    tag: str
    number: int
    spec: ConvSpec
    place: Place
    target: str | Target
    rows: tuple[Record, ...]
    effort: Effort
    seconds: float
    most: float
    threads: int
    seed: int
    algorithm: str | None
    max_error: float
    max_code: int | None
    cores: dict[object, int]


class Turn(NamedTuple):
    """What came of it: all rows of the layer, and the seconds that it took."""

    result: Tuned
    progress: Progress
    rows: tuple[Record, ...]
    spent: float


class Event(msgspec.Struct, frozen=True):
    """Of turn `number`: rows to be recorded, as Records.put does, or how far it is."""

    number: int
    rows: tuple[Record, ...] = ()
    settled: bool = False
    progress: Progress | None = None


def introduce(target: str | Target, convgen: str, printer: str) -> tuple[str, ...]:
    """The fields of this worker's Kind; or, in a tuple of one, why it is of no use to that convgen."""
    if (convgen, printer) != (__version__, digest()):
        return (f"must have convgen {convgen}, printing the same (it has {__version__})",)
    try:
        found = find(target)
        if found.device is None and not emulated.runner(found) and not (found.at_home and found.runs_here()):
            return (f"must run {found.name}",)
        return Kind(target_text(found), device_of(found), compiler_of(found))
    except ConvgenError as error:
        return (str(error),)


def turn(job: Job) -> Turn:
    """Tune a layer for a while. Errors that are not a plan's fault are raised."""
    from distributed import get_worker  # of the extra "fleet"

    worker = get_worker()
    if worker.name in job.cores:
        os.sched_setaffinity(0, {job.cores[worker.name]})  # this thread, and the processes that it starts

    def send(event: Event) -> None:
        worker.log_event(job.tag, msgspec.json.encode(event).decode())

    with _lab(job) as lab:
        target = find(job.target).planned_for(job.threads if job.threads > 1 else None)
        tuning = Tuning(job.spec, job.place, target, lab, Sent(job, send), job.effort, job.seed, job.algorithm,
                        job.max_error, lambda: _clock(job.tag), job.max_code)
        tuning.turn(job.seconds, job.most, lambda progress: send(Event(job.number, progress=progress)))
    return Turn(tuning.result(), tuning.progress(), tuple(tuning.rows.values()), tuning.spent)


class Sent:
    """In the place of Records: what is put is sent."""

    def __init__(self, job: Job, send: Callable[[Event], None]) -> None:
        self._job, self._send = job, send

    def rows(self, **_: object) -> list[Record]:
        return list(self._job.rows)

    def put(self, rows: Iterable[Record], settled: bool = False) -> None:
        self._send(Event(self._job.number, tuple(rows), settled))


_stopped: set[str] = set()  # tags of tunings that are over
_idle: dict[str, Lab] = {}  # by tags, between turns


def stop(tag: str) -> None:
    """Let the turns of a tuning end with the trial that they are at."""
    _stopped.add(tag)
    _close(tag)


@contextlib.contextmanager
def _lab(job: Job) -> Iterator[Lab]:
    """Of the tuning's last turn here, or a new one; it is kept for the next, unless the tuning is over, or another
    begins: who asked may be gone without a word."""
    lab = _idle.pop(job.tag, None) or Lab(job.threads, job.seed)
    for tag in tuple(_idle):
        _close(tag)
    try:
        yield lab
    except BaseException:
        lab.close()
        raise
    _idle[job.tag] = lab
    if job.tag in _stopped:
        _close(job.tag)


def _close(tag: str) -> None:
    if lab := _idle.pop(tag, None):
        lab.close()


def _clock(tag: str) -> float:
    """Seconds; once the tuning is over, later than any end."""
    return time.monotonic() + (2 * NO_LIMIT if tag in _stopped else 0)
