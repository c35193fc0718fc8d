"""Convolutions that follow each other, as chains: one kernel, no whole map between them.

    a = conv1(x), y = conv2(a)   →   y = conv1_then_conv2(x)

A nest that pools may be the last of them. Only where nothing else reads a, and the chain is predicted to take no longer
than its layers apart, on every target. Of all ways to cut a run of convolutions into chains and single layers, the one
that is predicted to be the fastest is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ...errors import InputError
from ...layer.chain import Chain
from ...layer.network import joined
from ...layer.spec import ConvSpec
from ...layer.steps import Convolve, Model, Nest
from ...planner.apart import HOPE
from .pools import pooling

LONGEST = 4  # layers of a chain: a block of MobileNet has three, and a pooling may follow

Cycles = tuple[float, ...] | None  # predicted, on each target, the best last; None where one has no plan
Ask = Callable[[Sequence[ConvSpec]], Sequence[Cycles]]
Run = list[Convolve]


class _Segment(NamedTuple):
    """Layers first … last - 1 of a run."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first


def chained(models: Sequence[Model], ask: Ask) -> list[Model]:
    """The models, with chains in the place of convolutions. ask: what layers and chains are predicted to take."""
    known: dict[ConvSpec, Cycles] = {}

    def learn(specs: Iterator[ConvSpec]) -> None:
        new = [spec for spec in dict.fromkeys(specs) if spec not in known]
        known.update(zip(new, ask(new) if new else (), strict=True))

    made = _Made()
    runs = [[_Run(run, known, made) for run in _runs(model, made)] for model in models]
    every = [run for found in runs for run in found]
    learn(spec for run in every for spec in run.layers)
    for length in range(2, LONGEST + 1):
        learn(spec for run in every for spec in run.hopeful(length))
    return [_with(model, found) for model, found in zip(models, runs, strict=True)]


def _runs(model: Model, made: _Made) -> list[Run]:
    """Convolutions whose output is read by the next one alone, as a chain's layers are; a nest that pools may be the
    last."""
    readers = Counter(name for step in model.steps for name in step.values)
    readers.update(model.outputs)
    runs, unfinished = list[Run](), dict[str, Run]()  # by the value that the next one reads
    for step, title in zip(model.steps, model.titles or [""] * len(model.steps), strict=True):
        if isinstance(step, Nest) and (begun := unfinished.get(step.values[0] if step.values else "")):
            last = pooling(step, title, begun[-1], model.values)
            if last is not None and made.follows(begun[-1].spec, last.spec):
                begun.append(last)
        if not isinstance(step, Convolve):
            continue
        run = unfinished.pop(step.reads, None)
        if run is None or run[-1].orders[1] != step.orders[0] or not made.follows(run[-1].spec, step.spec):
            run = []
            runs.append(run)
        run.append(step)
        if readers[step.makes] == 1 and not step.adds:
            unfinished[step.makes] = run
    return [run for run in runs if len(run) > 1]


def _chain(layers: Sequence[ConvSpec]) -> ConvSpec | None:
    try:
        return Chain(layers) if len(layers) > 1 else layers[0]
    except InputError:
        return None


def inside(model: Model) -> list[str]:
    """The values between layers of chains, as the model calls them."""
    return [link.wiring.makes for step in model.steps if isinstance(step, Convolve)
            for link in step.use.links[:-1] if link.wiring is not None]


class _Made:
    """What layers that follow each other are as one, made once for all places where such layers stand."""

    def __init__(self) -> None:
        self._numbers: dict[ConvSpec, int] = {}  # of layers
        self._chains: dict[tuple[int, ...], ConvSpec | None] = {}

    def number(self, layer: ConvSpec) -> int:
        return self._numbers.setdefault(layer, len(self._numbers))

    def chain(self, layers: Sequence[ConvSpec], numbers: tuple[int, ...]) -> ConvSpec | None:
        """Of one layer, itself; None where they cannot be one. numbers: of the layers."""
        if numbers not in self._chains:
            self._chains[numbers] = _chain(layers)
        return self._chains[numbers]

    def follows(self, first: ConvSpec, second: ConvSpec) -> bool:
        """Whether two layers can be one."""
        return self.chain((first, second), (self.number(first), self.number(second))) is not None


class _Run:
    def __init__(self, steps: Run, known: dict[ConvSpec, Cycles], made: _Made) -> None:
        self.steps, self.known, self.made = steps, known, made
        self.layers = [step.spec for step in steps]
        self.numbers = tuple(map(made.number, self.layers))

    def spec(self, part: _Segment) -> ConvSpec | None:
        return self.made.chain(self.layers[part.first : part.last], self.numbers[part.first : part.last])

    def hopeful(self, length: int) -> Iterator[ConvSpec]:
        """Chains of so many layers that may be worth it."""
        for first in range(len(self.layers) - length + 1):
            part = _Segment(first, first + length)
            shorter = (_Segment(first, part.last - 1), _Segment(first + 1, part.last))
            if (spec := self.spec(part)) is not None and all(self._slower(one) <= HOPE for one in shorter):
                yield spec

    def _slower(self, part: _Segment) -> float:
        """How many times as long it takes as its layers apart, on the target where that is most."""
        spec = self.spec(part)
        cycles = self.known.get(spec) if spec is not None else None
        apart = [self.known[layer] for layer in self.layers[part.first : part.last]]
        if cycles is None or None in apart:
            return float("inf")
        sums = map(sum, zip(*filter(None, apart), strict=True))
        return max(one / whole if whole else float("inf") for one, whole in zip(cycles, sums, strict=True))

    def parts(self) -> list[_Segment]:
        """The cut that takes the fewest cycles on the best target; of chains, none that is slower than apart."""
        least = [(0.0, 0)]  # of each place, the cycles before it, and in how many parts
        lasts: list[_Segment] = []  # of these, the last, for all places but the first
        for last in range(1, len(self.layers) + 1):
            ways = []
            for part in (_Segment(last - length, last) for length in range(1, min(LONGEST, last) + 1)):
                known = self.known.get(self.spec(part))  # type: ignore[arg-type]
                if part.length == 1 or self._slower(part) <= 1.0:
                    before, count = least[part.first]
                    ways.append((before + (known[-1] if known else 0.0), count + 1, part))
            cycles, count, part = min(ways, key=lambda way: way[:2])
            least.append((cycles, count))
            lasts.append(part)
        found, end = list[_Segment](), len(self.layers)
        while end:
            found.append(lasts[end - 1])
            end = found[-1].first
        return found[::-1]


def _with(model: Model, runs: Sequence[_Run]) -> Model:
    """With one step for each part of a run, where its last layer was."""
    titles = dict(zip((step.makes for step in model.steps), model.titles or [""] * len(model.steps), strict=True))
    inner, made = set[str](), dict[str, tuple[Convolve, str]]()
    for run in runs:
        for part in run.parts():
            steps = run.steps[part.first : part.last]
            spec = run.spec(part)
            if len(steps) < 2 or spec is None:
                continue
            inner |= {step.makes for step in steps[:-1]}
            first, last = steps[0], steps[-1]
            made[last.makes] = (
                Convolve(last.makes, first.reads, last.adds, spec, joined([step.use for step in steps]),
                         (first.orders[0], last.orders[1])),
                ", ".join(titles[step.makes] for step in steps))
    kept = [made.get(step.makes, (step, titles[step.makes])) for step in model.steps if step.makes not in inner]
    return model._replace(values={name: value for name, value in model.values.items() if name not in inner},
                          steps=tuple(step for step, _ in kept), titles=tuple(title for _, title in kept))
