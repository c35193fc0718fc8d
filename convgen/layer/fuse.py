"""The same network in fewer steps.

    once        steps that make the same are done once
    reshape     a Reshape of a Reshape is one; what leaves all where it is, is none
    move        a nest that only moves numbers disappears into the operands of those that read it
    before      one without reduced axes is done where its only reader reads it, if that reads no number twice
    behind      what its only reader does to each number that a reduction gives, follows it in the same nest

Each number is rounded as often as before: a value that is stored in fewer bits than C computes in stays a value, unless
these hold it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from .element import Element
from .functions import FUNCTIONS
from .steps import Call, Convolve, Index, Join, Model, Nest, Operand, Reshape, Step, Value, named, spelled

MOST = 16  # operands of a nest
LONGEST = 32  # calls of one
WORD = 4  # bytes of whole numbers that are taken for those of C
CLAMPED = "to-whole"  # of a float, which nobody expects beyond the range of the type


def fused(model: Model) -> Model:
    """With the same inputs, outputs and numbers; values that no step makes any more are left out."""
    model = _once(model)
    model = _merged(_reshaped(model))
    made = {step.makes for step in model.steps}
    read = {name for step in model.steps for name in step.values} | {*model.outputs}
    constants = {name: array for name, array in model.constants.items() if name in read}
    values = {name: value for name, value in model.values.items()
              if name in made or name in constants or name in model.inputs}
    return model._replace(values=values, constants=constants)


def _renamed(step: Step, names: dict[str, str]) -> Step:
    """The same with other values."""
    def of(name: str) -> str:
        return names.get(name, name)

    if isinstance(step, Nest):
        operands = [named(operand, names) for operand in step.operands]
        return _rebuilt(step._replace(makes=of(step.makes)), operands)
    if isinstance(step, Join):
        return step._replace(makes=of(step.makes), pieces=tuple(map(of, step.pieces)))
    if isinstance(step, Convolve):
        return step._replace(makes=of(step.makes), reads=of(step.reads), adds=of(step.adds))
    return step._replace(makes=of(step.makes), reads=of(step.reads))


# --- once, reshape ---


def _once(model: Model) -> Model:
    """Without steps that make what another has made."""
    names: dict[str, str] = {}
    first: dict[tuple[object, ...], str] = {}
    kept: list[tuple[Step, str]] = []
    for given, title in zip(model.steps, model.titles, strict=True):
        step = _renamed(given, names)
        if not isinstance(step, Convolve) and step.makes not in model.outputs:
            what = (type(step), step._replace(makes=""), model.values[step.makes],
                    spelled(step) if isinstance(step, Nest) else "")
            if what in first:
                names[step.makes] = first[what]
                continue
            first[what] = step.makes
        kept.append((step, title))
    return _of(model, kept)


def _reshaped(model: Model) -> Model:
    names: dict[str, str] = {}
    source: dict[str, str] = {}  # of a Reshape, what it reads
    made = set[str]()  # values by steps that may make them under another name
    kept: list[tuple[Step, str]] = []
    for given, title in zip(model.steps, model.titles, strict=True):
        step = _renamed(given, names)
        if isinstance(step, Nest) and _in_order(step, model.values):
            step = Reshape(step.makes, step.operands[0].value)
        if isinstance(step, Reshape):
            step = step._replace(reads=source.get(step.reads, step.reads))
            if model.values[step.makes] == model.values[step.reads]:
                if step.makes not in model.outputs:
                    names[step.makes] = step.reads
                    continue
                if step.reads in made:
                    earlier = {step.reads: step.makes}
                    kept = [(_renamed(one, earlier), said) for one, said in kept]
                    source = {_of_name(a, earlier): _of_name(b, earlier) for a, b in source.items()}
                    names = {a: _of_name(b, earlier) for a, b in names.items()} | earlier
                    continue
            source[step.makes] = step.reads
        if step.makes not in model.outputs:
            made.add(step.makes)
        kept.append((step, title))
    return _living(_of(model, kept))


def _of_name(name: str, names: dict[str, str]) -> str:
    return names.get(name, name)


def _in_order(step: Nest, values: dict[str, Value]) -> bool:
    """Whether a nest leaves all numbers in their order."""
    if step.calls or step.reduced or step.operands[0].outside is not None:
        return False
    (operand,) = step.operands
    if values[operand.value].element is not values[step.makes].element:
        return False
    read = [(extent, index) for extent, index in zip(values[operand.value].shape, operand.places, strict=True)
            if extent > 1]
    made = [(extent, Index(0, ((axis, 1),))) for axis, extent in enumerate(step.axes) if extent > 1]
    return read == made and all(index.start == 0 and not index.table and not index.by for index in operand.places)


def _of(model: Model, kept: Iterable[tuple[Step, str]]) -> Model:
    both = tuple(kept)
    return model._replace(steps=tuple(step for step, _ in both), titles=tuple(title for _, title in both))


def _living(model: Model) -> Model:
    """Without steps whose values nobody reads."""
    needed = {*model.outputs}
    kept: list[tuple[Step, str]] = []
    for step, title in zip(reversed(model.steps), reversed(model.titles), strict=True):
        if step.makes in needed:
            needed.update(step.values)
            kept.append((step, title))
    return _of(model, reversed(kept))


# --- merge ---


class _Merge:
    """nests: by the values that they make, merged already. readers: of each value, how many steps, and an output once
    more."""

    def __init__(self, model: Model) -> None:
        self.values = model.values
        self.nests: dict[str, Nest] = {}
        self.titles: dict[str, str] = {}
        self.readers = Counter(name for step in model.steps for name in step.values)
        self.readers.update(model.outputs)

    def merged(self, nest: Nest, title: str) -> tuple[Nest, str]:
        """With all that it can take in."""
        while (found := self._next(nest)) is not None:
            taken, nest_after = found
            self.readers[taken] -= 1
            inner = self.nests[taken]
            if not self.readers[taken]:
                self.readers.subtract(inner.values)
            fresh = set(nest_after.values) - (set(nest.values) - {taken})
            self.readers.update(fresh)
            nest = nest_after
            if inner.calls:
                title = ", ".join(dict.fromkeys([*self.titles[taken].split(", "), *title.split(", ")]))
        self.nests[nest.makes], self.titles[nest.makes] = nest, title
        return nest, title

    def _next(self, nest: Nest) -> tuple[str, Nest] | None:
        for value in nest.values:
            inner = self.nests.get(value)
            if inner is None:
                continue
            readings = [operand for operand in nest.operands if operand.value == value]
            if sum(operand.values.count(value) for operand in nest.operands) > len(readings):
                continue  # it tells where others are read
            made = self._moved(nest, inner, readings) if not inner.calls else self._computed(nest, inner, readings)
            if made is not None and len(made.operands) <= MOST and len(made.calls) <= LONGEST:
                return value, made
        return None

    def _moved(self, nest: Nest, inner: Nest, readings: list[Operand]) -> Nest | None:
        """Of numbers in other places."""
        (source,) = inner.operands
        if not _holds(self.values[inner.makes].element, self.values[source.value].element):
            return None
        looked_up = source.outside is not None or any(index.table or index.by for index in source.places)
        if nest.reduced and looked_up:
            return None
        found = {}
        for reading in readings:
            outside = source.outside
            if reading.outside is not None:
                if not self._covers(inner) or source.outside not in (None, reading.outside):
                    return None
                outside = reading.outside
            operand = _composed(source, reading, outside)
            if operand is None:
                return None
            found[reading] = operand
        return _rebuilt(nest, [found.get(operand, operand) for operand in nest.operands])

    def _covers(self, inner: Nest) -> bool:
        """Whether what is beyond its ends is beyond those of what it reads."""
        (source,) = inner.operands
        seen = [axis for index in source.places for axis, _ in index.steps]
        if len(set(seen)) != len(seen):
            return False
        for index, extent in zip(source.places, self.values[source.value].shape, strict=True):
            if index.table or index.by or len(index.steps) > 1:
                return False
            if not index.steps:
                if extent > 1:
                    return False
                continue
            ((axis, step),) = index.steps
            if step != 1 or index.start > 0 or inner.axes[axis] + index.start < extent:
                return False
        return len(seen) == len(inner.axes)

    def _computed(self, nest: Nest, inner: Nest, readings: list[Operand]) -> Nest | None:
        """Of numbers that are computed: each once, as before."""
        (reading, *more) = readings
        if more or reading.outside is not None or self.readers[inner.makes] > 1 or not self._exact(inner):
            return None
        place = nest.operands.index(reading)
        if inner.reduced:
            same = tuple(Index(0, ((axis, 1),)) if extent > 1 else None for axis, extent in enumerate(inner.axes))
            straight = all(want in (None, index) for want, index in zip(same, reading.places, strict=True))
            if nest.reduced or nest.axes != inner.axes or not straight:
                return None
            return _joined(nest, place, inner, list(inner.operands), inner.reduced)
        if math.prod((*nest.axes, *nest.reduced)) > math.prod(inner.axes):
            return None
        operands = []
        for source in inner.operands:
            operand = _composed(source, reading, source.outside)
            if operand is None:
                return None
            operands.append(operand)
        return _joined(nest, place, inner, operands, nest.reduced)

    def _exact(self, inner: Nest) -> bool:
        """Whether storing the value changes nothing."""
        element, call = self.values[inner.makes].element, inner.calls[-1]
        if not element.whole:
            return not element.rounds
        row = FUNCTIONS.get(call.function)
        return element.bytes >= WORD or call.function == CLAMPED or bool(call.table) or _cut(inner, element) \
            or (row is not None and row.result == "truth")


def _cut(nest: Nest, element: Element) -> bool:
    """Whether its result is cut to a range within the element's: by its last call, of a last but one."""
    if len(nest.calls) < 2:
        return False
    inner, last = nest.calls[-2:]
    result = len(nest.operands) + len(nest.calls) - 2
    return (inner.function, last.function, last.arguments[0]) == ("max", "min", result) and all(
        isinstance(end, float) and element.smallest <= end <= element.largest
        for end in (inner.arguments[1], last.arguments[1]))


def _holds(made: Element, read: Element) -> bool:
    """Whether a number that is stored again is the same, and is computed with in the same way."""
    return made is read or (not made.whole and not read.whole and made.mantissa >= read.mantissa)


def _composed(source: Operand, reading: Operand, outside: float | None) -> Operand | None:
    """Where a nest reads, by way of a value, what that is made of; None where no index says it."""
    found = []
    for index in source.places:
        if any(reading.places[axis].by for axis, _ in index.steps):
            return None
        tables = [axis for axis, _ in index.steps if reading.places[axis].table]
        if index.by:
            by = _composed(index.by, reading, None)
            if by is None:
                return None
            found.append(Index(by=by))
        elif not tables:
            start = index.start + sum(step * reading.places[axis].start for axis, step in index.steps)
            steps: Counter[int] = Counter()
            for axis, step in index.steps:
                for outer, stride in reading.places[axis].steps:
                    steps[outer] += step * stride
            found.append(Index(start, tuple((axis, step) for axis, step in steps.items() if step), index.table))
        elif len(index.steps) == 1:
            ((axis, step),) = index.steps
            table = [index.start + step * place for place in reading.places[axis].table]
            found.append(reading.places[axis]._replace(
                table=tuple(index.table[place] for place in table) if index.table else tuple(table)))
        else:
            return None
    return Operand(source.value, tuple(found), outside)


def _rebuilt(nest: Nest, operands: list[Operand]) -> Nest:
    """With others in the place of its operands, each once."""
    distinct = list(dict.fromkeys(operands))
    moved = [distinct.index(operand) for operand in operands]
    return nest._replace(operands=tuple(distinct), calls=_renumbered(nest.calls, moved, len(operands), len(distinct)))


def _renumbered(calls: tuple[Call, ...], moved: list[int], before: int, now: int) -> tuple[Call, ...]:
    def at(one: int | float) -> int | float:
        if not isinstance(one, int):
            return one
        return moved[one] if one < before else one - before + now

    if before == now and moved == list(range(before)):
        return calls
    return tuple(call._replace(arguments=tuple(map(at, call.arguments))) for call in calls)


def _joined(nest: Nest, place: int, inner: Nest, sources: list[Operand], reduced: tuple[int, ...]) -> Nest:
    """The calls of one nest and then those of another, which has its result for an operand. sources: of the first, as
    the nest that is made reads them."""
    distinct = list(dict.fromkeys([*sources, *(one for at, one in enumerate(nest.operands) if at != place)]))
    first = _renumbered(inner.calls, [distinct.index(one) for one in sources], len(sources), len(distinct))
    result = len(distinct) + len(first) - 1
    own = [result if at == place else distinct.index(one) for at, one in enumerate(nest.operands)]
    second = _renumbered(nest.calls, own, len(nest.operands), len(distinct) + len(first))
    return nest._replace(operands=tuple(distinct), calls=(*first, *second), reduced=reduced)


def _merged(model: Model) -> Model:
    merge = _Merge(model)
    kept = []
    for step, title in zip(model.steps, model.titles, strict=True):
        kept.append(merge.merged(step, title) if isinstance(step, Nest) else (step, title))
    return _living(_of(model, kept))
