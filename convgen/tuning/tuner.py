"""Measures plans of one layer, and finds a fast one.

The plans come from the planner, which ranks them by its model. First the best of the ranking are
tried, and a random sample of the rest, which the model may have misjudged; then the neighbours of the
fastest so far: plans that differ from it in one decision. Last comes a final: the fastest
few and the model's first choice are measured round-robin, so that all of them meet the same disturbances, and
the slower half leaves after each round. Every trial is recorded at once; a plan on record is not
tried again.
"""

from __future__ import annotations

import contextlib
import itertools
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from ..algorithms import ALGORITHMS, MAX_ERROR
from ..emit.sources import digest
from ..errors import InputError, UnsupportedError
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.plan import Plan
from ..planner.cost import Estimate
from ..planner.rank import rank, with_best
from ..planner.size import limit
from ..version import __version__
from .database import Place, Record
from .records import check_algorithm, plan_text, read_plan, read_spec, target_of
from .search import Search
from .trial import Outcome

BATCH = 4  # plans compiled before they are tried
REPEATS = 5  # measurements in a trial
LAP = 3  # measurements of each plan in a lap of the final: once through all that are in it
LEAST_LAPS = 3  # in a round
LEAST_LEFT = 1.0  # seconds that a measurement in the final may take, however little time is left
FINAL_SHARE = 0.2  # of a layer's time, at most


class Effort(NamedTuple):
    """How many plans of a layer to try: the model's best, a sample of the rest, neighbours; how many
    get to the final, and how long its rounds are; seconds in all."""

    best: int
    sample: int
    moves: int
    finalists: int
    round_s: float
    seconds: float


NO_LIMIT = 10**9

EFFORTS = {
    "measure": Effort(6, 3, 8, 4, 1.0, 24.0),
    "patient": Effort(16, 10, 54, 6, 2.0, 105.0),
    "exhaustive": Effort(NO_LIMIT, 0, 0, 8, 4.0, float(NO_LIMIT)),
}


class Runner(Protocol):
    """What tries plans: a trial.Lab."""

    def build(self, plans: Sequence[Plan]) -> None: ...

    def run(self, plan: Plan, repeats: int, left: float, best: float | None = None,
            verify: bool = False) -> Outcome | None: ...  # fmt: skip


class Book(Protocol):
    """What trials are written into, and read from: Records."""

    def rows(self, **where: object) -> list[Record]: ...

    def put(self, rows: Iterable[Record], settled: bool = False) -> None: ...


class Tuned(NamedTuple):
    """A layer's result. first: the model's choice. best: None when no plan could be measured.
    tried: trials made now. failed: those of them that went wrong. finished: false when time ran out.
    choice: what the model predicts for its choice; None when there was no time to ask it."""

    first: Record | None = None
    best: Record | None = None
    tried: int = 0
    failed: tuple[Record, ...] = ()
    finished: bool = False
    choice: Estimate | None = None


class Progress(NamedTuple):
    """After each trial: how many are on record, of how many; the seconds of the model's choice, and of the fastest."""

    done: int
    of: int
    first: float | None
    best: float | None


Tell = Callable[[Progress], None]


def tune(
    spec: ConvSpec, target: Target, lab: Runner, records: Book, place: Place, effort: Effort,
    seconds: float, seed: int = 0, algorithm: str | None = None, max_error: float = MAX_ERROR,
    tell: Tell = lambda progress: None, clock: Callable[[], float] = time.monotonic, max_code: int | None = None,
) -> Tuned:  # fmt: skip
    """Tune one layer for about `seconds`, or less where the effort says so, by plans within max_error and max_code."""
    start = clock()
    tuning = Tuning(spec, place, target, lab, records, effort, seed, algorithm, max_error, clock, max_code)
    left = max(0.0, min(seconds, effort.seconds) - (clock() - start))
    tuning.turn(left, left, tell)
    return tuning.result()


def check_tunable(spec: ConvSpec) -> None:
    """UnsupportedError for what is not tuned yet, wherever that is."""
    if spec.chained:
        raise UnsupportedError(f"chains are not tuned yet: the model plans them (layers={len(spec.parts)})")


class Tuning:
    """One layer being tuned, in one turn or in several, each of which goes on where the last one ended: its plans, the
    trials on record, and those made now. spent: seconds so far, planning included. finished: there is no more to
    try."""

    def __init__(self, spec: ConvSpec, place: Place, target: Target, lab: Runner, records: Book, effort: Effort,
                 seed: int = 0, algorithm: str | None = None, max_error: float = MAX_ERROR,
                 clock: Callable[[], float] = time.monotonic, max_code: int | None = None) -> None:
        check_tunable(spec)
        if algorithm is not None:
            check_algorithm(algorithm)
        start = clock()
        self.lab, self.records, self.place = lab, records, place
        self.effort, self.seed, self.clock = effort, seed, clock
        ranked = with_best(rank(spec, target, algorithm, max_error, max_code), effort.best)
        fits = limit(target, max_code)
        self.search = Search(ranked, effort.best, effort.sample, effort.moves, seed, fits)
        self.predicted = {estimate.plan: estimate.cycles for estimate in ranked}
        self.choice, self.first = ranked[0], ranked[0].plan
        known = {plan_text(plan): plan for plan in self.predicted}
        self.rows = {known[row.plan]: row
                     for row in records.rows(**msgspec.structs.asdict(place), convgen=__version__, printer=digest())
                     if row.plan in known}
        self.tried: list[Record] = []
        self.end, self.finished = start, False
        self.others, self.trying = 0, 0.0  # trials behind the first, and what they took
        self.spent = clock() - start

    def begin(self, seconds: float) -> None:
        """A first trial: of the model's choice, unless it is on record. It alone makes data and asks the oracle."""
        start = self.clock()
        self._first(start + seconds, lambda progress: None)
        self.spent += self.clock() - start

    def turn(self, seconds: float, most: float, tell: Tell) -> None:
        """Try plans for about `seconds`, and hold a final at the end of them. Until `most` seconds are over, the last
        trial may go on, and so may a final after which there is no more to try."""
        start = self.clock()
        self.end = start + seconds
        reserve = FINAL_SHARE * seconds
        if self._first(start + most, tell):  # what others are compared with may use the final's time too
            self._search(self.end - reserve, start + most - reserve, tell)
        if self.finished:
            self.end = start + most
        self._final()
        self.spent += self.clock() - start

    def result(self) -> Tuned:
        first = self.rows.get(self.first)
        measured = [row for row in self.rows.values() if row.status == "ok"]
        best = min(measured, key=lambda row: row.merit, default=None)
        return Tuned(first if first in measured else None, best, len(self.tried),
                     tuple(row for row in self.tried if row.status != "ok"), self.finished, self.choice)

    def progress(self) -> Progress:
        first = self.rows.get(self.first)
        return Progress(len(self.rows), self.search.total, first.min_s if first else None, self.fastest())

    def _first(self, until: float, tell: Tell) -> bool:
        return self.first in self.rows or self._try([self.first], until, until, tell)

    def _search(self, until: float, latest: float, tell: Tell) -> None:
        """Batch after batch, as long as there is time for a whole trial."""
        while batch := self.search.next(self.seconds(), BATCH):
            left, pace = until - self.clock(), self.pace()
            if pace is not None:
                batch = batch[: int(left / pace)]  # those there is time for
            start, known = self.clock(), len(self.tried)
            going = left > 0 and bool(batch) and self._try(batch, until, latest, tell)
            self.trying += self.clock() - start
            self.others += len(self.tried) - known
            if not going:
                return
        self.finished = True

    def seconds(self) -> dict[Plan, float | None]:
        """The time of every plan on record; None for one that failed."""
        return {plan: row.min_s for plan, row in self.rows.items()}

    def fastest(self) -> float | None:
        return min((row.min_s for row in self.rows.values() if row.min_s is not None), default=None)

    def pace(self) -> float | None:
        """Seconds that a trial takes, once the first is over."""
        return self.trying / self.others if self.others else None

    def _try(self, plans: Sequence[Plan], until: float, latest: float, tell: Tell) -> bool:
        """Try plans, each on record when it is done; False when time ran out before the last. None begins after
        `until`, and one that is not done at the latest is cut short."""
        self.lab.build(plans)
        for plan in plans:
            now = self.clock()
            outcome = self.lab.run(plan, REPEATS, latest - now, self.fastest(), verify=True) if now < until else None
            if outcome is None:
                return False
            self._note({plan: self._row(plan, outcome)})
            self.tried.append(self.rows[plan])
            tell(self.progress())
        return True

    def _final(self) -> None:
        """Find the fastest of the fastest, when there are trials that no final has seen yet."""
        measured = {plan: row for plan, row in self.rows.items() if row.status == "ok"}
        if all(row.rounds for row in measured.values()):
            return
        ranking = sorted(measured, key=lambda plan: (measured[plan].min_s, measured[plan].plan))
        champion = min(measured, key=lambda plan: measured[plan].merit)  # of the last final
        contenders = list(dict.fromkeys([*ranking[: self.effort.finalists], champion]))
        # the first choice stays to the end, to be compared with
        times: dict[Plan, list[float]] = {
            plan: [] for plan in (*contenders, self.first) if plan in measured}
        rounds = dict.fromkeys(times, 1)
        halvings = max(1, len(contenders).bit_length() - 1)
        length = min(self.effort.round_s, max(0.0, self.end - self.clock()) / halvings)
        while self._round([plan for plan in times if plan in (*contenders, self.first)], times, length):
            contenders = sorted(times.keys() & set(contenders), key=lambda plan: min(times[plan]))
            for plan in contenders:
                rounds[plan] += 1
            contenders = contenders[: max(1, len(contenders) // 2)]
            if len(contenders) < 2:
                break
        last = [plan for plan in (*contenders[:1], self.first) if times.get(plan)]
        if last and max(rounds.values()) > 1:
            rounds[min(last, key=lambda plan: min(times[plan]))] = max(rounds.values()) + 1
            self._note({plan: self._row(plan, Outcome("ok", tuple(taken)), rounds[plan])
                        for plan, taken in times.items() if taken}, settled=True)

    def _round(self, group: Sequence[Plan], times: dict[Plan, list[float]], length: float) -> bool:
        """Measure plans round-robin for `length` seconds; False when there is no time for a lap.

        A plan that fails now leaves `times`, and is on record as failed.
        """
        until = self.clock() + length
        for lap in itertools.count():
            if self.clock() >= (until if lap >= LEAST_LAPS else self.end):
                return lap > 0
            group = [plan for plan in group if plan in times]
            if not group:
                return False
            for plan in group:
                outcome = self.lab.run(plan, LAP, max(LEAST_LEFT, self.end - self.clock()))
                if outcome is None:
                    return False
                if outcome.status == "ok":
                    times[plan] += outcome.seconds
                else:
                    del times[plan]
                    self._note({plan: self._row(plan, outcome)})
                    self.tried.append(self.rows[plan])
        return True

    def _row(self, plan: Plan, outcome: Outcome, rounds: int = 0) -> Record:
        times = outcome.seconds
        return Record(
            **msgspec.structs.asdict(self.place), convgen=__version__, printer=digest(), plan=plan_text(plan),
            status=outcome.status, min_s=min(times, default=None),
            median_s=statistics.median(times) if times else None, repeats=len(times), rounds=rounds,
            predicted=self.predicted[plan], seed=self.seed, detail=outcome.detail,
        )  # fmt: skip

    def _note(self, rows: Mapping[Plan, Record], settled: bool = False) -> None:
        """Record rows; settled: as the result of a final."""
        self.records.put(rows.values(), settled)
        if settled:
            self.rows = {plan: msgspec.structs.replace(row, rounds=1) for plan, row in self.rows.items()}
        self.rows |= rows


# --- how good the model is ---


class Accuracy(NamedTuple):
    """The model's first choice beside the best plan on record in the same place, where `plans` were
    measured. gap: how much more time it takes, 0.1 for 10 %; None when it was not measured."""

    spec: ConvSpec
    place: Place
    plans: int
    best_s: float
    gap: float | None


def accuracy(rows: Iterable[Record]) -> list[Accuracy]:
    """Of every place for which this machine can plan and where at least two plans within MAX_ERROR were measured; the
    worst last. rows: in the order of Records.rows."""
    found = []
    for place, group in itertools.groupby(rows, lambda row: row.place):
        target = target_of(place.target, place.device)
        if target is None:
            continue
        target = target.planned_for(place.threads if place.threads > 1 else None)
        spec = read_spec(place.spec)
        measured = [row for row in group
                    if row.status == "ok" and not any(row.outdated) and _admitted(row, spec, target)]
        if len(measured) < 2:
            continue
        best = measured[0].min_s or 0.0
        choice = plan_text(rank(spec, target)[0].plan)
        first = next((row.min_s for row in measured if row.plan == choice), None)
        gap = None if first is None else max(0.0, first / best - 1)
        found.append(Accuracy(spec, place, len(measured), best, gap))
    return sorted(found, key=lambda one: (one.gap is not None, one.gap or 0.0))


def _admitted(row: Record, spec: ConvSpec, target: Target) -> bool:
    """Whether the planner may choose it by the default limit of error."""
    with contextlib.suppress(InputError):  # no longer legal
        plan = read_plan(row.plan, spec, target)
        return bool(ALGORITHMS[plan.algorithm].numerics(plan).expected_error <= MAX_ERROR)
    return False
