"""Layers tuned by the workers of a Dask scheduler: on many machines, of one kind or of several.

Workers are of a kind where they have the same device and compiler. Each kind measures every layer, and its workers
share them: a worker that is free takes the layer that has had the least time for its share of the network's, first
trials first. What it tries comes in as it is tried (member.py), and goes on record under the worker's own fingerprint;
so whatever dies, a worker, the scheduler or this process, all trials but those under way are kept. A lost worker's turn
begins anew on another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import queue
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ..algorithms import MAX_ERROR
from ..emit.sources import digest
from ..errors import ConvgenError, InputError, MissingToolError
from ..layer.names import show
from ..layer.spec import ConvSpec
from ..machine.host import cores
from ..machine.target import Target
from ..planner.cost import roofline
from ..version import __version__
from . import member
from .campaign import LEAST_TURN
from .database import Record, Records
from .member import Event, Job, Kind, Turn
from .tuner import NO_LIMIT, Effort, Progress, Tuned

if TYPE_CHECKING:
    from distributed import Client, Future

RESOURCE = "measure"  # of which a worker has 1: it measures one plan at a time
START = f"dask worker SCHEDULER --nthreads 1 --resources {RESOURCE}=1"
CONNECT = 10.0  # seconds to wait for a scheduler
TURN = 30.0  # seconds of a turn, at most, which a lost worker's layer may lose
TICK = 0.5  # seconds between looks at who is there
GRACE = 15.0  # seconds that a kind without workers is waited for: one that died may be started again
PARTING = 5.0  # seconds to wait for trials under way when the user stops


class Crew(NamedTuple):
    """A connection to a scheduler. cores: by names of workers, the core that each keeps to."""

    client: Client
    address: str
    cores: dict[object, int]


@contextlib.contextmanager
def connected(address: str) -> Iterator[Crew]:
    """The workers of a scheduler. InputError where there is none, or one of another version."""
    distributed = _dask()

    async def reach() -> None:
        """A client waits without end for whoever takes its call and does not answer."""
        await (await asyncio.wait_for(distributed.comm.connect(address, timeout=CONNECT), CONNECT)).close()

    try:
        asyncio.run(reach())
        client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
    except Exception as error:  # whatever another kind of server says is read as if it were Dask's
        raise InputError(f"scheduler must be the address of a Dask scheduler that runs (scheduler={show(address)}:"
                         f" {' '.join(str(error).split())[:120] or type(error).__name__})") from None
    with contextlib.closing(client):
        theirs = client.get_versions()["scheduler"]["packages"]["distributed"]
        if theirs != distributed.__version__:
            raise InputError(f"scheduler must run distributed {distributed.__version__}, as this process does"
                             f" (scheduler={address}, which runs {theirs})")
        yield Crew(client, address, {})


@contextlib.contextmanager
def local(count: int, threads: int) -> Iterator[Crew]:
    """Workers of this machine, each on a core of its own. InputError for more than it has cores."""
    if cores() < count:
        raise InputError(f"local-workers must not exceed the cores that this process may use (local-workers={count},"
                         f" cores={cores()})")
    if threads != 1:
        raise InputError(f"threads must be 1 with local workers, which keep to a core each (threads={threads})")
    distributed = _dask()
    with _uninterrupted():  # a terminal's Ctrl-C goes to this process's children too, which end when it tells them
        cluster = distributed.LocalCluster(n_workers=count, threads_per_worker=1, processes=True, memory_limit=0,
                                           resources={RESOURCE: 1}, dashboard_address=None,
                                           silence_logs=logging.CRITICAL)
    with cluster, distributed.Client(cluster, set_as_default=False) as client:
        own = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        yield Crew(client, cluster.scheduler_address, dict(zip(range(count), own, strict=False)))


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that are started in it ignore SIGINT, and so does this one meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _dask() -> ModuleType:
    try:
        distributed = importlib.import_module("distributed")  # of the extra "fleet"
    except ImportError:
        raise MissingToolError("fleets need Dask: pip install 'convgen[fleet]'") from None
    for name in ("distributed", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is lost is told in a line of ours
    return distributed


class Share:
    """A layer on the workers of a kind: what came of it so far, and its turn under way. allowed: who may have it."""

    def __init__(self, layer: int, weight: float) -> None:
        self.layer, self.weight, self.spent = layer, weight, 0.0
        self.turn: Future | None = None
        self.allowed: frozenset[str] = frozenset()
        self.number, self.progress, self.over = -1, Progress(0, 0, None, None), False
        self.latest, self.tried = Tuned(), dict[str, Record]()  # by plans

    def result(self) -> Tuned:
        rows = tuple(self.tried.values())
        return self.latest._replace(tried=len(rows), failed=tuple(row for row in rows if row.status != "ok"))


class News(NamedTuple):
    """As campaign.News, of a kind."""

    kind: Kind
    layer: int
    progress: Progress
    left: float
    over: bool


class Fleet:
    """Tunes layers, each of them so often used, for `limit` seconds in all, and each no longer than the effort says.
    names: of the layers, for say, which gets a line for everything lost."""

    def __init__(self, crew: Crew, layers: Sequence[tuple[ConvSpec, int]], target: str | Target, machine: Target,
                 records: Records, effort: Effort, limit: float = NO_LIMIT, threads: int = 1, seed: int = 0,
                 algorithm: str | None = None, max_error: float = MAX_ERROR, max_code: int | None = None,
                 names: Sequence[str] = (), say: Callable[[str], None] = lambda line: None,
                 tell: Callable[[News], None] = lambda news: None) -> None:
        """machine: a target by which layers are weighed until a worker has planned them."""
        self.crew, self.layers, self.target, self.records, self.effort = crew, layers, target, records, effort
        self.threads, self.seed, self.names, self.say, self.tell = threads, seed, names, say, tell
        self.limits = {"algorithm": algorithm, "max_error": max_error, "max_code": max_code}
        self.tag, self.count = f"convgen-{uuid.uuid4().hex}", 0
        self.end = time.monotonic() + limit
        self.kinds: dict[Kind, list[Share]] = {}
        self.workers: dict[str, Kind | None] = {}  # by address; None for those of no use
        self.seen: dict[Kind, float] = {}  # when each kind had a worker last
        self.weights = [uses * max(roofline(spec, machine)) for spec, uses in layers]
        self.news: queue.SimpleQueue[Event | Share] = queue.SimpleQueue()
        self.alive = self._meet()
        if not self.kinds:
            raise MissingToolError(f"no worker of {crew.address} can tune; start some: {START}")

    def run(self) -> None:
        """Until all is tried, or there is no time left, or no worker. MissingToolError when the scheduler is lost."""
        self.crew.client.subscribe_topic(self.tag, self._heard)
        try:
            looked = 0.0
            while True:
                if time.monotonic() - looked > TICK:
                    self._look()
                    looked = time.monotonic()
                self._hand_out()
                if not any(share.turn for share in self._shares()) and not self._waiting():
                    return
                self._listen(TICK)
        finally:
            self._part()

    def results(self) -> dict[Kind, list[Tuned]]:
        """What came of each layer so far, on each kind of worker."""
        return {kind: [share.result() for share in shares] for kind, shares in self.kinds.items()}

    def place_rows(self, kind: Kind, layer: int) -> tuple[Record, ...]:
        """What is on record of a layer, of what this convgen prints."""
        place = kind.place(self.layers[layer][0], self.threads)
        return tuple(self.records.rows(**msgspec.structs.asdict(place), convgen=__version__, printer=digest()))

    # --- who is there ---

    def _look(self) -> None:
        """Whose turn is lost is to be handed out again; a kind without workers is waited for, but not for ever."""
        if self.crew.client.status != "running":
            raise self._lost()
        self.alive = alive = self._meet()
        now = time.monotonic()
        for kind, shares in self.kinds.items():
            if any(self.workers[address] == kind for address in alive):
                self.seen[kind] = now
            elif now - self.seen[kind] > GRACE and not all(share.over for share in shares):
                self.say(f"no worker is left of {kind.device}; what they measured is on record")
                for share in shares:
                    self._drop(share)
                    share.over = True
            for share in shares:
                if share.turn and not share.allowed & alive:
                    self._drop(share)

    def _drop(self, share: Share) -> None:
        if share.turn:
            turn, share.turn, share.number = share.turn, None, -1
            turn.cancel()

    def _meet(self) -> frozenset[str]:
        """The workers that are alive and of use; new ones have introduced themselves."""
        client = self.crew.client
        try:
            found = client.scheduler_info()["workers"]
            fresh = [address for address in found if address not in self.workers]
            told = client.run(member.introduce, self.target, __version__, digest(), workers=fresh,
                              on_error="return") if fresh else {}
        except (OSError, ValueError):
            raise self._lost() from None
        for address in fresh:
            answer, reason = told.get(address), ""
            if not found[address]["resources"].get(RESOURCE):
                reason = f"must offer to measure alone: {START}"
            elif not isinstance(answer, tuple):
                reason = f"must have convgen {__version__} ({' '.join(str(answer).split())[:120]})"
            elif len(answer) == 1:
                reason = answer[0]
            if reason:
                self.say(f"worker {address} is left out: {reason}")
            self.workers[address] = kind = None if reason or answer is None else Kind(*answer)
            if kind and kind not in self.kinds:
                self.kinds[kind] = [Share(layer, weight) for layer, weight in enumerate(self.weights)]
                self.seen[kind] = time.monotonic()
        return frozenset(address for address in found if self.workers[address])

    def _lost(self) -> MissingToolError:
        return MissingToolError(f"scheduler {self.crew.address} is gone; every trial that was told of is on record, and"
                                " the same command goes on")

    # --- who does what ---

    def _shares(self) -> Iterator[Share]:
        for shares in self.kinds.values():
            yield from shares

    def _idle(self, shares: Sequence[Share]) -> list[Share]:
        """Those that are due, in order: the ones that take the network's time first, then those behind others."""
        due = [share for share in shares if not share.turn and not share.over]
        return sorted(due, key=lambda share: (share.spent > 0, share.spent / share.weight, -share.weight))

    def _waiting(self) -> bool:
        return self._left() > 0 and any(not share.over for share in self._shares())

    def _left(self) -> float:
        return self.end - time.monotonic()

    def _hand_out(self) -> None:
        """A turn for each worker that is free."""
        for kind, shares in self.kinds.items():
            mates = frozenset(address for address in self.alive if self.workers[address] == kind)
            free = len(mates) - sum(share.turn is not None for share in shares)
            for share in self._idle(shares)[: max(0, free)]:
                if self._left() > 0:
                    self._begin(kind, share, mates)

    def _begin(self, kind: Kind, share: Share, mates: frozenset[str]) -> None:
        spec = self.layers[share.layer][0]
        most = min(self._left(), self.effort.seconds - share.spent)
        self.count += 1
        job = Job(self.tag, self.count, spec, kind.place(spec, self.threads), self.target,
                  self.place_rows(kind, share.layer), self.effort, self._seconds(kind, share, len(mates), most), most,
                  self.threads, self.seed, cores=self.crew.cores, **self.limits)  # type: ignore[arg-type]  # by name
        share.number, share.allowed = self.count, mates
        share.turn = self.crew.client.submit(member.turn, job, key=f"{self.tag}-{self.count}", workers=list(mates),
                                             resources={RESOURCE: 1}, pure=False)
        share.turn.add_done_callback(lambda _: self.news.put(share))

    def _seconds(self, kind: Kind, share: Share, workers: int, most: float) -> float:
        """Of its turn: short for the first; later what it lacks of its share of all workers' time, up to TURN."""
        if not share.spent:
            return min(most, LEAST_TURN)
        going = [one for one in self.kinds[kind] if not one.over]
        spent = sum(one.spent for one in going)
        fair = share.weight / sum(one.weight for one in going) * (self._left() * workers + spent) - share.spent
        pace = share.spent / max(1, len(share.tried))
        return min(most, TURN, max(LEAST_TURN, 2 * pace, fair))

    # --- what comes in ---

    def _heard(self, event: tuple[float, object]) -> None:
        """An event, in the client's thread."""
        with contextlib.suppress(msgspec.MsgspecError):  # of nobody of ours
            self.news.put(msgspec.json.decode(str(event[1]), type=Event))

    def _listen(self, seconds: float) -> None:
        """Take in what has come, and wait for it so long."""
        with contextlib.suppress(queue.Empty):
            self._take(self.news.get(timeout=seconds))
            while True:
                self._take(self.news.get_nowait())

    def _take(self, news: Event | Share) -> None:
        for kind, shares in self.kinds.items():
            for share in shares:
                if news is share and share.turn and share.turn.done():
                    self._done(kind, share, share.turn)
                elif isinstance(news, Event) and news.number == share.number:
                    self._note(kind, share, news)

    def _note(self, kind: Kind, share: Share, event: Event) -> None:
        if event.rows:
            self.records.put(event.rows, event.settled)
            if not event.settled:
                share.tried |= {row.plan: row for row in event.rows}
        if event.progress:
            share.progress = event.progress
            self.tell(News(kind, share.layer, share.progress, self._remaining(), False))

    def _done(self, kind: Kind, share: Share, future: Future) -> None:
        """A turn is over: its rows are recorded again, in case an event was lost."""
        share.turn, share.number = None, -1
        if future.status == "cancelled":  # by a scheduler that is lost, or since its workers are
            return
        try:
            turn: Turn = future.result()
        except Exception as error:
            share.over = True
            why = str(error) if isinstance(error, ConvgenError) else f"{type(error).__name__}: {error}"
            self.say(f"{self.names[share.layer]} is left out on {kind.device}: {' '.join(why.split())[:300]}")
            return
        if turn.rows:
            self.records.put(turn.rows)
        share.latest, share.progress = turn.result, turn.progress
        nothing = share.spent > 0 and not turn.result.tried
        share.spent += turn.spent
        if turn.result.choice:
            share.weight = self.layers[share.layer][1] * turn.result.choice.cycles
        share.over = turn.result.finished or nothing or share.spent >= self.effort.seconds - LEAST_TURN
        self.tell(News(kind, share.layer, share.progress, self._remaining(), True))

    def _remaining(self) -> float:
        """Seconds until the limit, or until each layer has had what the effort allows, which may be earlier."""
        need = [sum(self.effort.seconds - share.spent for share in shares if not share.over)
                / max(1, sum(own == kind for own in self.workers.values())) for kind, shares in self.kinds.items()]
        return max(0.0, min([self._left(), *need]))

    def _part(self) -> None:
        """Let turns under way end with the trial that they are at, and take in what still comes."""
        client = self.crew.client
        with contextlib.suppress(Exception):  # whatever is lost by now
            if client.status == "running":
                client.run(member.stop, self.tag, on_error="ignore")
                until = time.monotonic() + PARTING
                while any(share.turn for share in self._shares()) and time.monotonic() < until:
                    self._listen(TICK)
            for share in self._shares():
                self._drop(share)
            client.unsubscribe_topic(self.tag)
        with contextlib.suppress(queue.Empty):
            while True:
                self._take(self.news.get_nowait())
