"""Where a nest reads and writes: sums of its loops' variables.

The axes of a nest become loops. Those of one turn vanish, and two become one where every array goes on through them in
the same way,

    for (h …) for (w …) y[h * 56 + w] = x[h * 56 + w]        for (hw …) y[hw] = x[hw]

so that what is done to each number of an array is one long loop, whatever its shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...layer.steps import Nest, Operand, Value
from .orders import Lie


class Loop(NamedTuple):
    """A loop of a nest. reduced: over an axis that is."""

    name: str
    extent: int
    reduced: bool = False


class Form(NamedTuple):
    """start + Σ step·variable, by the number of the loop."""

    start: int
    steps: tuple[tuple[int, int], ...] = ()

    def step(self, loop: int) -> int:
        return sum(step for which, step in self.steps if which == loop)


class Term(NamedTuple):
    """stride·table[place]"""

    table: tuple[int, ...]
    place: Form
    stride: int


class Lookup(NamedTuple):
    """stride·p: p is the whole number that lies at `access` of a value, counted from the end of the extent where it is
    negative, and held inside."""

    value: str
    access: Access
    extent: int
    stride: int


class Within(NamedTuple):
    """0 <= place < extent; only then is an array read there. table: place is one in it."""

    place: Form
    extent: int
    table: tuple[int, ...] = ()


class Access(NamedTuple):
    """An element of an array: at form + Σ terms + Σ lookups, where all of `within` hold."""

    form: Form
    terms: tuple[Term, ...] = ()
    within: tuple[Within, ...] = ()
    lookups: tuple[Lookup, ...] = ()


class Places(NamedTuple):
    """loops: those over outputs in the order of the output's memory, then those that are reduced."""

    loops: tuple[Loop, ...]
    output: Access
    operands: tuple[Access, ...]


def places(nest: Nest, values: dict[str, Value], lies: dict[str, Lie], start: int = 0) -> Places:
    """Of a nest whose values lie there; its first output lies at `start`."""
    extents = (*nest.axes, *nest.reduced)
    made = lies[nest.makes]
    output = Access(Form(start, tuple(enumerate(made.strides))))
    operands = [_access(operand, values, lies, extents) for operand in nest.operands]
    order = [*made.order, *range(len(nest.axes), len(extents))]
    kept = [axis for axis in order if extents[axis] > 1]
    count = len(nest.axes)
    groups = _together(kept, extents, count, (output, *operands))
    names = _names(groups, count)
    place = {group[-1]: at for at, group in enumerate(groups)}  # whose step is the loop's
    loops = tuple(Loop(name, _product(extents[axis] for axis in group), group[0] >= count)
                  for name, group in zip(names, groups, strict=True))
    return Places(loops, _renumbered(output, place), tuple(_renumbered(one, place) for one in operands))


def _product(numbers: Iterable[int]) -> int:
    product = 1
    for number in numbers:
        product *= number
    return product


def _access(operand: Operand, values: dict[str, Value], lies: dict[str, Lie], extents: Sequence[int]) -> Access:
    form, terms, within, lookups = Form(0), list[Term](), list[Within](), list[Lookup]()
    shape, strides = values[operand.value].shape, lies[operand.value].strides
    for place, stride, extent in zip(operand.places, strides, shape, strict=True):
        if place.by is not None:
            lookups.append(Lookup(place.by.value, _access(place.by, values, lies, extents), extent, stride))
            continue
        at = Form(place.start, tuple((axis, step) for axis, step in place.steps if extents[axis] > 1 and step))
        if place.table and not at.steps:  # one place of the table
            at = Form(place.table[at.start])
        elif place.table:
            terms.append(Term(place.table, at, stride))
            if operand.outside is not None and not all(0 <= one < extent for one in place.table):
                within.append(Within(at, extent, place.table))
            continue
        form = Form(form.start + stride * at.start, (*form.steps, *((axis, stride * step) for axis, step in at.steps)))
        if operand.outside is not None and not _inside(at, extents, extent):
            within.append(Within(at, extent))
    return Access(form, tuple(terms), tuple(within), tuple(lookups))


def _inside(place: Form, extents: Sequence[int], extent: int) -> bool:
    """Whether a place never lies behind the ends."""
    ends = [step * (extents[axis] - 1) for axis, step in place.steps]
    return place.start + sum(min(end, 0) for end in ends) >= 0 \
        and place.start + sum(max(end, 0) for end in ends) < extent


def _together(kept: list[int], extents: Sequence[int], count: int, accesses: Sequence[Access]) -> list[list[int]]:
    """Axes of loops; those of a group are one loop."""
    groups: list[list[int]] = []
    for axis in kept:
        before = groups[-1][-1] if groups else None
        if before is not None and (before < count) == (axis < count) and all(
                _through(access, before, axis, extents[axis]) for access in accesses):
            groups[-1].append(axis)
        else:
            groups.append([axis])
    return groups


def _through(access: Access, outer: int, inner: int, extent: int) -> bool:
    """Whether the next turn of the outer loop goes on where the inner one ends."""
    watched = [term.place for term in access.terms] + [one.place for one in access.within]
    return access.form.step(outer) == extent * access.form.step(inner) \
        and not any(place.step(outer) or place.step(inner) for place in watched) \
        and all(_through(one.access, outer, inner, extent) for one in access.lookups)


def _names(groups: Sequence[Sequence[int]], count: int) -> list[str]:
    names: list[str] = []
    for group in groups:
        letter = "i" if group[0] < count else "j"
        names.append(f"{letter}{sum(name[0] == letter for name in names)}")
    return names


def _renumbered(access: Access, place: dict[int, int]) -> Access:
    """With the numbers of loops in place of those of axes."""
    def of(form: Form) -> Form:
        steps = {at: form.step(axis) for axis, at in place.items()}
        return Form(form.start, tuple((at, step) for at, step in steps.items() if step))

    return Access(of(access.form), tuple(term._replace(place=of(term.place)) for term in access.terms),
                  tuple(one._replace(place=of(one.place)) for one in access.within),
                  tuple(one._replace(access=_renumbered(one.access, place)) for one in access.lookups))
