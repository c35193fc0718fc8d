"""What tune does where others measure: the workers of a Dask scheduler, or processes of this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from ..errors import InputError
from ..machine.find import find, names_device
from ..machine.host import host
from ..tuning import fleet, lock
from ..tuning.database import Records
from ..tuning.fleet import Crew, Fleet
from ..tuning.tuner import Effort, Progress, Tuned
from .console import say
from .request import Layers, Request, called


class Show(Protocol):
    """Shows how far a layer is, and the seconds left in all; over: its turn is. where: the device, if not here."""

    def __call__(self, layer: int, progress: Progress, left: float, over: bool, where: str = "") -> None: ...



def crew(scheduler: str | None, local_workers: int | None, threads: int,
         effort: str) -> AbstractContextManager[Crew] | None:
    """Who measures, if others are to. InputError for what does not go together."""
    if scheduler is None and local_workers is None:
        return None
    if effort == "estimate":
        raise InputError("scheduler and local-workers must come with measurements (effort=estimate)")
    if scheduler is not None and local_workers is not None:
        raise InputError("scheduler must stand without local-workers, which have one of their own"
                         f" (scheduler={scheduler}, local-workers={local_workers})")
    return fleet.connected(scheduler) if scheduler is not None else fleet.local(local_workers or 1, threads)


def elsewhere(request: Request) -> bool:
    """Whether the target means another one on each machine."""
    return request.target == "host" or names_device(request.target)


def tuned(crew: Crew, request: Request, layers: Layers, effort: Effort, limit: float, threads: int, seed: int,
          resume: bool, file: Path | None, show: Show) -> tuple[dict[str, list[Tuned]], bool]:
    """What came of the layers on each device, and whether the user stopped it. file: the lock to write."""
    name, means = request.target, elsewhere(request)
    target = name if means else find(name)
    wanted = [(spec, max(1, len(names))) for spec, names in layers.items()]
    names = [called(*layer) for layer in layers.items()]

    def tell(news: fleet.News) -> None:
        where = news.kind.device.partition(",")[0] if len(own.kinds) > 1 else ""
        show(news.layer, news.progress, news.left, news.over, where)

    with Records() as database:
        own = Fleet(crew, wanted, target, host() if isinstance(target, str) else target, database, effort, limit,
                    threads, seed, request.algorithm, request.max_error, request.max_code, names, say, tell)
        if file and not means and len(own.kinds) > 1:
            raise InputError(f"lock must be for host where workers are of several kinds: it has one plan for"
                             f" {name} (kinds={len(own.kinds)})")
        if not resume:
            for kind in own.kinds:
                for spec in layers:
                    database.forget(database.rows(**msgspec.structs.asdict(kind.place(spec, threads))))
        stopped = False
        with _locking(file, own):
            try:
                own.run()
            except KeyboardInterrupt:
                stopped = True
        return {kind.device: found for kind, found in own.results().items()}, stopped


@contextlib.contextmanager
def _locking(file: Path | None, own: Fleet) -> Iterator[None]:
    """Write the best plans into the lock, in the end or when all is lost."""
    try:
        yield
    finally:
        if file:
            best = [one.best for found in own.results().values() for one in found if one.best]
            lock.update(file, best)
            say(f"{file} holds plans for {len(best)} layers now")
