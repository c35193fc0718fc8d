"""The time of a tuning, shared by many layers.

First each layer has a trial of the model's choice, those that take the largest share of the network's time first.
Then they take turns: next is always the layer that has had the least time for its share, until it has had twice as
much. A layer is planned when its first trial is due, a turn ends with a final, and every trial is on record at once:
so whenever the tuning is stopped, time has gone where the network spends its own, within a factor of two, and the best
plans so far are on record.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..algorithms import MAX_ERROR
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..planner.cost import roofline
from .database import Place, Records
from .tuner import BATCH, NO_LIMIT, Effort, Progress, Runner, Tuned, Tuning

LEAST_TURN = 3.0  # seconds: to build a batch, and to try it


class Layer(NamedTuple):
    """A layer to tune. uses: how many convolutions of the network are such ones."""

    spec: ConvSpec
    place: Place
    uses: int = 1


class News(NamedTuple):
    """After each trial, and when a layer's turn is over: the layer's number, how far it is, seconds left in all, up to
    NO_LIMIT."""

    layer: int
    progress: Progress
    left: float
    over: bool


class Campaign:
    """Tunes layers for `limit` seconds in all, and each no longer than the effort says, by plans within max_error
    and max_code."""

    def __init__(self, layers: Sequence[Layer], target: Target, lab: Runner, records: Records, effort: Effort,
                 limit: float = NO_LIMIT, seed: int = 0, algorithm: str | None = None, max_error: float = MAX_ERROR,
                 tell: Callable[[News], None] = lambda news: None, clock: Callable[[], float] = time.monotonic,
                 max_code: int | None = None) -> None:
        self.layers, self.lab, self.effort, self.tell, self.clock = layers, lab, effort, tell, clock
        self.begin = functools.partial(Tuning, target=target, lab=lab, records=records, effort=effort, seed=seed,
                                       algorithm=algorithm, max_error=max_error, clock=clock, max_code=max_code)
        self.end = clock() + limit
        self.tunings: dict[int, Tuning] = {}
        # until it is planned, a layer's time is guessed by its roofline
        self.weights = [layer.uses * max(roofline(layer.spec, target)) for layer in layers]

    def run(self) -> None:
        order = sorted(range(len(self.layers)), key=lambda number: -self.weights[number])
        for at in range(0, len(order), BATCH):
            self._firsts(order[at : at + BATCH])
        going = list(self.tunings)
        while going and self._left() > 0:
            number = min(going, key=lambda number: self.tunings[number].spent / self.weights[number])
            if not self._turn(number, going):
                going.remove(number)

    def results(self) -> list[Tuned]:
        """What came of each layer, so far."""
        return [self.tunings[number].result() if number in self.tunings else Tuned()
                for number in range(len(self.layers))]

    def _left(self) -> float:
        return self.end - self.clock()

    def _remaining(self) -> float:
        """Seconds until the limit, or until each layer has had what the effort allows, which may be earlier."""
        started = [tuning for tuning in self.tunings.values() if not tuning.finished]
        waiting = len(self.layers) - len(self.tunings)
        most = self.effort.seconds * (waiting + len(started)) - sum(tuning.spent for tuning in started)
        return max(0.0, min(self._left(), most))

    def _told(self, number: int, over: bool = False) -> None:
        self.tell(News(number, self.tunings[number].progress(), self._remaining(), over))

    def _firsts(self, numbers: Sequence[int]) -> None:
        """The first trials of a few layers, built together. One may take half of the time that is left: others come."""
        for number in numbers:
            if self._left() <= 0:
                return
            layer = self.layers[number]
            self.tunings[number] = tuning = self.begin(layer.spec, layer.place)
            self.weights[number] = layer.uses * tuning.choice.cycles
        self.lab.build([tuning.first for tuning in map(self.tunings.__getitem__, numbers)
                        if tuning.first not in tuning.rows])
        for number in numbers:
            if self._left() > 0:
                waiting = len(self.tunings) < len(self.layers) or number != numbers[-1]
                self.tunings[number].begin(self._left() / (2 if waiting else 1))
                self._told(number, over=True)

    def _turn(self, number: int, going: Sequence[int]) -> bool:
        """Let one of the layers have a turn; False when it needs no other, or there is no time for one."""
        tuning, left = self.tunings[number], self._left()
        most = min(left, self.effort.seconds - tuning.spent)
        share = self.weights[number] / sum(self.weights[one] for one in going)
        fair = share * (left + sum(self.tunings[one].spent for one in going)) - tuning.spent
        least = max(LEAST_TURN, 2 * (tuning.pace() or 0.0))
        seconds = most if len(going) == 1 else min(most, max(least, min(fair, tuning.spent)))
        known = len(tuning.tried)
        tuning.turn(seconds, most, lambda _: self._told(number))
        more = len(tuning.tried) > known
        if more:
            self._told(number, over=True)
        return more and not tuning.finished and tuning.spent < self.effort.seconds
