"""Measures plans of a layer, and finds a fast one.

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from ..algorithms import ALGORITHMS, MAX_ERROR
from ..emit.sources import digest
from ..errors import InputError
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.plan import Plan
from ..planner.cost import Estimate
from ..planner.rank import rank
from ..version import __version__
from .records import Place, Record, Records, check_algorithm, plan_text, read_plan, read_spec, target_of
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


class Tuned(NamedTuple):
    """A layer's result. first: the model's choice. best: None when no plan could be measured.
    tried: trials made now. failed: those of them that went wrong. finished: false when time ran out."""

    first: Record | None
    best: Record | None
    tried: int
    failed: tuple[Record, ...]
    finished: bool


class Progress(NamedTuple):
    """After each trial: how many are on record, of how many, and the seconds of the fastest."""

    done: int
    of: int
    best: float | None


def shares(count: int, limit: float, clock: Callable[[], float] = time.monotonic) -> Iterator[float]:
    """Seconds for each of `count` layers: what is left of the limit, divided by the layers left."""
    end = clock() + limit
    for left in range(count, 0, -1):
        yield max(0.0, end - clock()) / left


def tune(
    spec: ConvSpec, target: Target, lab: Runner, records: Records, place: Place, effort: Effort,
    seconds: float, seed: int = 0, algorithm: str | None = None, max_error: float = MAX_ERROR,
    tell: Callable[[Progress], None] = lambda progress: None,
    clock: Callable[[], float] = time.monotonic,
) -> Tuned:  # fmt: skip
    """Tune one layer for about `seconds`, or less where the effort says so, by plans within max_error."""
    if algorithm is not None:
        check_algorithm(algorithm)
    ranked = rank(spec, target, algorithm, max_error)
    search = Search(ranked, effort.best, effort.sample, effort.moves, seed)
    trials = _Trials(ranked, lab, records, place, seed, clock, clock() + min(seconds, effort.seconds))
    reserve = FINAL_SHARE * (trials.end - clock())
    finished = True
    while batch := search.next(trials.seconds(), BATCH):
        left = trials.end - reserve - clock()
        pace = trials.pace()
        if pace is not None:
            batch = batch[: int(left / pace)]  # those there is time for
        if left <= 0 or not batch or not trials.run(batch, reserve, lambda: tell(
                Progress(len(trials.rows), search.total, trials.fastest()))):
            finished = False
            break
    trials.final(effort)
    first = trials.rows.get(ranked[0].plan)
    measured = [row for row in trials.rows.values() if row.status == "ok"]
    best = min(measured, key=lambda row: row.merit, default=None)
    return Tuned(first if first in measured else None, best, len(trials.tried),
                 tuple(row for row in trials.tried if row.status != "ok"), finished)


class _Trials:
    """The trials of one layer: those on record, and those made now."""

    def __init__(self, ranked: Sequence[Estimate], lab: Runner, records: Records, place: Place, seed: int,
                 clock: Callable[[], float], end: float) -> None:
        self.lab, self.records, self.place, self.seed, self.clock = lab, records, place, seed, clock
        self.start, self.end = clock(), end
        self.predicted = {estimate.plan: estimate.cycles for estimate in ranked}
        self.first = ranked[0].plan
        known = {plan_text(plan): plan for plan in self.predicted}
        self.rows = {known[row.plan]: row
                     for row in records.rows(**msgspec.structs.asdict(place), convgen=__version__, printer=digest())
                     if row.plan in known}
        self.tried: list[Record] = []

    def seconds(self) -> dict[Plan, float | None]:
        """The time of every plan on record; None for one that failed."""
        return {plan: row.min_s for plan, row in self.rows.items()}

    def fastest(self) -> float | None:
        return min((row.min_s for row in self.rows.values() if row.min_s is not None), default=None)

    def pace(self) -> float | None:
        """Seconds that a trial has taken so far."""
        return (self.clock() - self.start) / len(self.tried) if self.tried else None

    def run(self, plans: Sequence[Plan], reserve: float, tell: Callable[[], None]) -> bool:
        """Try plans, each on record when it is done; False when time ran out before the last."""
        self.lab.build(plans)
        for plan in plans:
            left = self.end - self.clock()
            if plan != self.first:  # what others are compared with may use the final's time too
                left -= reserve
            outcome = self.lab.run(plan, REPEATS, left, self.fastest(), verify=True) if left > 0 else None
            if outcome is None:
                return False
            self._note({plan: self._row(plan, outcome)})
            self.tried.append(self.rows[plan])
            tell()
        return True

    def final(self, effort: Effort) -> None:
        """Find the fastest of the fastest, when there are trials that no final has seen yet."""
        measured = {plan: row for plan, row in self.rows.items() if row.status == "ok"}
        if all(row.rounds for row in measured.values()):
            return
        ranking = sorted(measured, key=lambda plan: (measured[plan].min_s, measured[plan].plan))
        champion = min(measured, key=lambda plan: measured[plan].merit)  # of the last final
        contenders = list(dict.fromkeys([*ranking[: effort.finalists], champion]))
        # the first choice stays to the end, to be compared with
        times: dict[Plan, list[float]] = {
            plan: [] for plan in (*contenders, self.first) if plan in measured}
        rounds = dict.fromkeys(times, 1)
        halvings = max(1, len(contenders).bit_length() - 1)
        length = min(effort.round_s, max(0.0, self.end - self.clock()) / halvings)
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
            now = self.clock()
            if lap and now >= (until if lap >= LEAST_LAPS else self.end):
                return True
            group = [plan for plan in group if plan in times]
            if not group:
                return False
            for plan in group:
                outcome = self.lab.run(plan, LAP, max(LEAST_LEFT, self.end - now))
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


def accuracy(rows: Sequence[Record]) -> list[Accuracy]:
    """Of every place for which this machine can plan and where at least two plans within MAX_ERROR were measured; the
    worst last. rows: as Records.rows gives them."""
    found = []
    for place, group in itertools.groupby(rows, lambda row: row.place):
        target = target_of(place.target, place.device)
        if target is None:
            continue
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
