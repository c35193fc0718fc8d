"""A nest as a function in C, in one of three ways.

    each      no sum: every output for itself

                  for (i0 …) for (i1 …) y[…] = f(a[…], b[…]);

    strips    the outputs that lie side by side are made together, a strip at a time, so that compilers make vectors of
              them: channels of a pixel, pixels of a row

                  for (i0 …) for (i1 … by the strip) {
                      for (l …) sum[l] = 0;
                      for (j0 …) for (l …) sum[l] += f(a[…]);
                      for (l …) y[…] = g(sum[l]);
                  }

    parts     what is summed lies side by side: PARTS sums are kept, of every PARTS-th number, and added in the end

Each output is computed in the same order whatever the number of threads, which share the outermost loop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ...layer.activation_code import Routine
from ...layer.element import F32, S8, S16, S32, U8, Element
from ...layer.functions import REDUCTIONS
from ...layer.steps import Nest, Value, named, spelled
from ...plan.program import For, If, Let, Node, Statement, affine
from .numbers import Arithmetic, Variable, literal, loaded, stored
from .orders import Lie
from .places import Access, Form, Loop, Places, Within, places

PARTS = 16  # sums of numbers side by side
STRIP = 128  # outputs that are made together, at most
FEW = 8  # outputs side by side, too few for a strip where numbers to sum lie side by side
WORTH = 1 << 15  # turns of loops that are worth another thread
INDICES, ENTRIES = (S16, S32), (S8, U8, S16, S32)  # what tables of places, and of numbers, may be of


class Table(NamedTuple):
    """type: of its numbers, in C; numbers: as C has them."""

    name: str
    type: str
    numbers: tuple[str, ...]


Tables = dict[tuple[str, tuple[str, ...]], Table]  # by their type and numbers


class Function(NamedTuple):
    """parameters: their declarations. words: the elements whose conversions it calls; helpers: functions of whole
    numbers."""

    name: str
    parameters: tuple[str, ...]
    tables: tuple[Table, ...]
    nodes: list[Node]
    routines: dict[str, Routine]
    words: tuple[str, ...]
    helpers: tuple[str, ...] = ()


class Functions:
    """Those of a network. Nests that do the same, with values of the same types, shapes and places, have one."""

    def __init__(self) -> None:
        self.made: list[Function] = []
        self._known: dict[tuple[object, ...], str] = {}
        self._replaceable: dict[tuple[object, ...], list[int]] = {}
        self._tables: Tables = {}  # of all functions

    def call(self, nest: Nest, name: str, values: dict[str, Value], lies: dict[str, Lie], over: str = "",
             start: int = 0) -> tuple[str, list[str]]:
        """The name of the function of a nest, and the values that it takes: the output's last, and none that lies where
        that does. name: of a new one. over: the value in whose place the output is written, if it is written over one.
        start: where in the array that it makes its first output lies."""
        read = [value for value in nest.values if value != over]
        what = (*_likeness(nest, values, lies), nest.values.index(over) if over else None, start)
        if what not in self._known:
            self.made.append(_Writer(nest, name, values, lies, self._tables, over, start).function())
            self._known[what] = name
        return self._known[what], [*read, nest.makes]

    def replaceable(self, nest: Nest, values: dict[str, Value], lies: dict[str, Lie]) -> list[str]:
        """The values in whose place the output can be written: each number is read where it is written, and nowhere
        else."""
        if nest.reduced:
            return []
        what = _likeness(nest, values, lies)
        if what not in self._replaceable:
            self._replaceable[what] = [nest.values.index(name) for name in _replaceable(nest, values, lies)]
        return [nest.values[at] for at in self._replaceable[what]]


def _likeness(nest: Nest, values: dict[str, Value], lies: dict[str, Lie]) -> tuple[object, ...]:
    """All that the function of a nest depends on: not what its values are called, nor where each array begins."""
    read = nest.values
    numbers = {name: str(at) for at, name in enumerate(read)}
    unnamed = nest._replace(makes="", operands=tuple(named(operand, numbers) for operand in nest.operands))
    lying = ((*values[name], lies[name].order, lies[name].strides) for name in (*read, nest.makes))
    return (unnamed, spelled(nest), *lying)


def _replaceable(nest: Nest, values: dict[str, Value], lies: dict[str, Lie]) -> list[str]:
    found = places(nest, values, lies)
    accesses: dict[str, list[Access]] = {}
    for operand, access in zip(nest.operands, found.operands, strict=True):
        accesses.setdefault(operand.value, []).append(access)
    made = values[nest.makes]
    telling = {name for operand in nest.operands for name in operand.values[1:]}
    return [name for name, all_of in accesses.items() if name not in telling and values[name].element is made.element
            and math.prod(values[name].shape) == math.prod(made.shape) and all(one == found.output for one in all_of)]


class _Writer:
    def __init__(self, nest: Nest, name: str, values: dict[str, Value], lies: dict[str, Lie],
                 tables: Tables, over: str, start: int) -> None:
        self.nest, self.name, self.values, self.over = nest, name, values, over
        self.places: Places = places(nest, values, lies, start)
        self.numbers = Arithmetic(nest, values)
        self.tables, self.before = tables, len(tables)
        read = [value for value in nest.values if value != over]
        self.pointers = {value: f"x{at}" if len(read) > 1 else "x" for at, value in enumerate(read)} | {over: "y"}
        self.outputs = [at for at, loop in enumerate(self.places.loops) if not loop.reduced]
        self.reduced = [at for at, loop in enumerate(self.places.loops) if loop.reduced]
        self.strip = ""  # the index of a number in a strip, where there is one
        self.uncut = -1  # a reduced loop that has all its turns

    def function(self) -> Function:
        if not self.numbers.reductions:
            nodes = self._nested(self.outputs, self._each())
        elif self._in_parts():
            nodes = self._nested(self.outputs, self._parts())
        elif self.outputs and self._strips():
            nodes = self._nested(self.outputs[:-1], self._strip())
        else:
            nodes = self._nested(self.outputs, self._one_by_one())
        elements = {value: self.values[value].element for value in (*self.nest.values, self.nest.makes)}
        parameters = [f"const {elements[value].c} *restrict {self.pointers[value]}"
                      for value in self.nest.values if value != self.over]
        parameters.append(f"{elements[self.nest.makes].c} *restrict y")
        words = tuple(dict.fromkeys(one.name for one in elements.values() if one.words))
        tables = (*self.tables.values(),)[self.before :]
        return Function(self.name, tuple(parameters), tables, nodes, self.numbers.routines, words,
                        tuple(self.numbers.helpers))

    # --- which way ---

    def _in_parts(self) -> bool:
        rows = [REDUCTIONS[self.numbers.call(one).function] for one in self.numbers.reductions]
        if not self.reduced or any(row.finds or row.ordered for row in rows):
            return False
        last = self.reduced[-1]
        summed = [self.places.operands[one] for one in self.numbers.inner if one < self.numbers.count]
        if self.places.loops[last].extent < PARTS or not any(one.form.step(last) == 1 for one in summed):
            return False
        if not self.outputs:
            return True
        beside = self.outputs[-1]
        return self.places.loops[beside].extent < FEW or not any(one.form.step(beside) == 1 for one in summed)

    def _strips(self) -> bool:
        return self.places.loops[self.outputs[-1]].extent > 1

    # --- loops ---

    def _loop(self, at: int) -> Loop:
        return self.places.loops[at]

    def _nested(self, loops: Sequence[int], body: list[Node]) -> list[Node]:
        """The body inside of loops over outputs, the outermost shared by threads."""
        for at in reversed(loops):
            loop = self._loop(at)
            body = [For(loop.name, "0", str(loop.extent), 1, "", body)]
        if loops and math.prod(loop.extent for loop in self.places.loops) >= WORTH:
            return [Statement("SHARED"), *body]
        return body

    def _over_reduced(self, loops: Sequence[int], body: list[Node]) -> list[Node]:
        """The body inside of reduced loops. Where what lies outside of an array changes nothing, they leave it out."""
        bounds = self._clipped()
        for at in reversed(loops):
            loop = self._loop(at)
            first, last = (f"{loop.name}_first", f"{loop.name}_end") if at in bounds else ("0", str(loop.extent))
            inner: list[Node] = [For(loop.name, first, last, 1, "", body)]
            if at in bounds:
                inner = [*self._bounds(loop, bounds[at]), *inner]
            body = inner
        return body

    def _clipped(self) -> dict[int, tuple[Within, int]]:
        """Reduced loops that can be cut short, with the condition that they do away with, and their step in it."""
        found: dict[int, tuple[Within, int]] = {}
        if len(self.numbers.reductions) != 1 or self.nest.operands == ():
            return found
        call = self.numbers.call(self.numbers.reductions[0])
        operand = call.arguments[0]
        if not isinstance(operand, int) or operand >= self.numbers.count:
            return found
        if self.nest.operands[operand].outside != REDUCTIONS[call.function].start:
            return found
        inner = {self.outputs[-1]} if self.outputs and self.strip else set[int]()
        for within in self.places.operands[operand].within:
            own = [(at, step) for at, step in within.place.steps if at in self.reduced]
            if len(own) == 1 and own[0][1] > 0 and not within.table and own[0][0] not in (*found, self.uncut) \
                    and not any(at in inner for at, _ in within.place.steps):
                found[own[0][0]] = within, own[0][1]
        return found

    def _bounds(self, loop: Loop, bound: tuple[Within, int]) -> list[Node]:
        """Where a reduced loop begins and ends: 0 <= at + step·j < extent."""
        within, step = bound
        at = self._loops_of(within)
        base = self._form(Form(within.place.start, tuple(one for one in within.place.steps if one[0] != at)))
        name = loop.name
        less = f" + {step - 1}" if step > 1 else ""
        over = f" / {step}" if step > 1 else ""
        whole = step * (loop.extent - 1)
        first = f"{name}_at < 0 ? (-{name}_at{less}){over} : 0" if step > 1 else f"{name}_at < 0 ? -{name}_at : 0"
        end = f"{name}_at > {within.extent - 1 - whole} ? ({within.extent} - {name}_at{less}){over} : {loop.extent}"
        return [Let("const ptrdiff_t ", f"{name}_at", base), Let("const ptrdiff_t ", f"{name}_first", first),
                Let("const ptrdiff_t ", f"{name}_end", end)]

    def _loops_of(self, within: Within) -> int:
        return next(at for at, _ in within.place.steps if at in self.reduced)

    # --- addresses ---

    def _form(self, form: Form) -> str:
        terms = [(self._variable(at), step) for at, step in form.steps]
        return affine("", *terms, form.start)

    def _variable(self, at: int) -> str:
        if self.strip and self.outputs and at == self.outputs[-1]:
            return self.strip
        return self._loop(at).name

    def _index(self, access: Access) -> str:
        text = self._form(access.form)
        for term in access.terms:
            table = self._table(term.table, INDICES)
            entry = f"{table.name}[{self._form(term.place)}]"
            entry = entry if term.stride == 1 else f"(ptrdiff_t){entry} * {term.stride}"
            text = entry if text == "0" else f"{text} + {entry}"
        return text

    def _table(self, numbers: tuple[int, ...] | tuple[float, ...], types: Sequence[Element]) -> Table:
        """types: of integers, from which the first is taken that holds them all."""
        real = isinstance(numbers[0], float)
        element = F32 if real else next(one for one in types if all(
            one.smallest <= number <= one.largest for number in (min(numbers), max(numbers))))
        name = f"{self.name}_t{len(self.tables) - self.before}"
        made = Table(name, element.c, tuple(map(literal if real else str, numbers)))
        return self.tables.setdefault((made.type, made.numbers), made)

    def _load(self, at: int, skipped: Sequence[Within] = ()) -> list[Node]:
        """The variable of an operand, and before it those of computed places. skipped: conditions that hold already."""
        operand, access = self.nest.operands[at], self.places.operands[at]
        variable = self.numbers.variables[at]
        found, index = self._looked_up(access, variable.name)
        text = loaded(self.values[operand.value].element, f"{self.pointers[operand.value]}[{index}]")
        asked = []
        for one in access.within:
            if one not in skipped:
                place = self._form(one.place)
                place = f"{self._table(one.table, INDICES).name}[{place}]" if one.table else place
                asked += [f"{place} >= 0", f"{place} < {one.extent}"]
        if asked:
            outside = operand.outside or 0.0
            other = literal(outside) if variable.kind == "real" else _whole(outside, self.values[operand.value])
            text = f"{' && '.join(asked)} ? {text} : {other}"
        return [*found, Let(f"const {variable.type} ", variable.name, text)]

    def _looked_up(self, access: Access, name: str) -> tuple[list[Node], str]:
        """The variables of the computed places of an access, and its index. name: what theirs begin with."""
        nodes, index = list[Node](), self._index(access)
        for number, one in enumerate(access.lookups):
            place, last = f"{name}_p{number}", one.extent - 1
            found, inner = self._looked_up(one.access, place)
            given, counted = f"{place}_given", f"{place}_counted"
            nodes += [*found, Let("const ptrdiff_t ", given, f"(ptrdiff_t){self.pointers[one.value]}[{inner}]"),
                      Let("const ptrdiff_t ", counted, f"{given} < 0 ? {given} + {one.extent} : {given}"),
                      Let("const ptrdiff_t ", place, f"{counted} < 0 ? 0 : {counted} > {last} ? {last} : {counted}")]
            index = affine(index if index != "0" else "", (place, one.stride))
        return nodes, index

    # --- bodies ---

    def _made(self, numbers: Sequence[int], skipped: Sequence[Within] = (), at: str = "") -> list[Node]:
        """The variables of operands and calls; reductions are there already."""
        nodes: list[Node] = []
        for number in numbers:
            if number < self.numbers.count:
                nodes += self._load(number, skipped)
            elif number not in self.numbers.reductions:
                variable, entries = self.numbers.variables[number], self.numbers.call(number).table
                table = self._table(entries, ENTRIES).name if entries else ""
                nodes.append(Let(f"const {variable.type} ", variable.name, self.numbers.value(number, at, table)))
        return nodes

    def _store(self, at: str = "") -> Node:
        last = len(self.numbers.variables) - 1
        variable = self.numbers.variables[last]
        number = variable.name + at * (last in self.numbers.reductions)
        element = self.values[self.nest.makes].element
        return Statement(f"y[{self._index(self.places.output)}] = {stored(element, number, variable)};")

    def _each(self) -> list[Node]:
        return [*self._made(self.numbers.outer), self._store()]

    def _start(self, number: int) -> str:
        start = REDUCTIONS[self.numbers.call(number).function].start
        variable = self._summed(number)
        if variable.kind == "real":
            return literal(start)
        if math.isinf(start):
            bits = 63 if variable.type == "int64_t" else 31
            return f"INT{bits + 1}_{'MAX' if start > 0 else 'MIN'}"
        return str(int(start))

    def _summed(self, number: int) -> Variable:
        """What a reduction is of, as a variable of its type."""
        argument = self.numbers.call(number).arguments[0]
        if isinstance(argument, int):
            return self.numbers.variables[argument]
        return Variable("", "real", "float")

    def _step(self, number: int, place: str, at: str = "") -> list[Node]:
        """One more number. at: the index of sums in a strip; place: the number of the place, where one is sought."""
        call, name = self.numbers.call(number), self.numbers.variables[number].name
        argument = call.arguments[0]
        new = self.numbers.argument(argument, self._summed(number).kind != "real")
        reduction = REDUCTIONS[call.function]
        if reduction.finds:
            best = f"{name}_best{at}"
            return [If(reduction.c.format(best, new),
                       [Statement(f"{best} = {new};"),
                        Statement(f"{name}{at} = ({self.numbers.variables[number].type})({place});")])]
        return [Statement(f"{name}{at} = {reduction.c.format(name + at, new)};")]

    def _place(self) -> str:
        """The number of a place, through all reduced loops."""
        terms, size = [], 1
        for at in reversed(self.reduced):
            terms.append((self._loop(at).name, size))
            size *= self._loop(at).extent
        return affine("", *reversed(terms))

    def _begun(self, at: str = "") -> list[Node]:
        """What reductions begin with."""
        nodes: list[Node] = []
        for number in self.numbers.reductions:
            name, start = self.numbers.variables[number].name, self._start(number)
            if REDUCTIONS[self.numbers.call(number).function].finds:
                nodes += [Statement(f"{name}_best{at} = {start};"), Statement(f"{name}{at} = 0;")]
            else:
                nodes.append(Statement(f"{name}{at} = {start};"))
        return nodes

    def _declared(self, size: str = "") -> list[Node]:
        nodes: list[Node] = []
        for number in self.numbers.reductions:
            variable = self.numbers.variables[number]
            if REDUCTIONS[self.numbers.call(number).function].finds:
                nodes.append(Statement(f"{self._summed(number).type} {variable.name}_best{size};"))
            nodes.append(Statement(f"{variable.type} {variable.name}{size};"))
        return nodes

    def _sums(self, at: str = "") -> list[Node]:
        skipped = [within for within, _ in self._clipped().values()]
        nodes = self._made(self.numbers.inner, skipped, at)
        for number in self.numbers.reductions:
            nodes += self._step(number, self._place(), at)
        return nodes

    def _one_by_one(self) -> list[Node]:
        return [*self._declared(), *self._begun(), *self._over_reduced(self.reduced, self._sums()),
                *self._made(self.numbers.outer), self._store()]

    def _strip(self) -> list[Node]:
        loop = self._loop(self.outputs[-1])
        size, name = _strip(loop.extent), loop.name
        whole = loop.extent % size == 0
        end = str(size) if whole else "count"
        self.strip = "l" if loop.extent == size else f"({name} + l)"

        def lanes(nodes: list[Node]) -> list[Node]:
            return [For("l", "0", end, 1, "", nodes)]

        body = [*self._declared(f"[{size}]"), *lanes(self._begun("[l]")),
                *self._over_reduced(self.reduced, lanes(self._sums("[l]"))),
                *lanes([*self._made(self.numbers.outer, (), "[l]"), self._store("[l]")])]
        if loop.extent == size:
            return body
        count: list[Node] = [] if whole else [
            Let("const ptrdiff_t ", "count", f"{loop.extent} - {name} < {size} ? {loop.extent} - {name} : {size}")]
        return [For(name, "0", str(loop.extent), size, "", [*count, *body])]

    def _parts(self) -> list[Node]:
        """PARTS sums of each reduction, then one of them."""
        *around, last = self.reduced
        self.uncut, loop = last, self._loop(last)
        whole = loop.extent // PARTS * PARTS
        inner = self._over_reduced(around, [
            For(loop.name, "0", str(whole), PARTS, "", [For("l", "0", str(PARTS), 1, "", self._moved(last, "l"))]),
            *([For("l", "0", str(loop.extent - whole), 1, "", self._moved(last, "l", whole))]
              if loop.extent > whole else [])])
        nodes: list[Node] = []
        for number in self.numbers.reductions:
            nodes.append(Statement(f"{self.numbers.variables[number].type} {self._part(number)}[{PARTS}];"))
        nodes.append(For("l", "0", str(PARTS), 1, "", [
            Statement(f"{self._part(number)}[l] = {self._start(number)};") for number in self.numbers.reductions]))
        nodes += inner
        for number in self.numbers.reductions:
            variable, part = self.numbers.variables[number], self._part(number)
            c = REDUCTIONS[self.numbers.call(number).function].c
            nodes.append(For("l", "1", str(PARTS), 1, "", [
                Statement(f"{part}[0] = {c.format(f'{part}[0]', f'{part}[l]')};")]))
            nodes.append(Let(f"const {variable.type} ", variable.name, f"{part}[0]"))
        return [*nodes, *self._made(self.numbers.outer), self._store()]

    def _part(self, number: int) -> str:
        return f"{self.numbers.variables[number].name}_parts"

    def _moved(self, last: int, lane: str, start: int | None = None) -> list[Node]:
        """The sums of a place that is the lane-th behind the loop's, or behind a place that is told."""
        loop = self._loop(last)
        moved = loop._replace(name=f"({loop.name} + {lane})" if start is None else f"({start} + {lane})")
        kept = self.places
        self.places = kept._replace(loops=(*kept.loops[:last], moved, *kept.loops[last + 1 :]))
        skipped = [within for within, _ in self._clipped().values()]
        nodes = self._made(self.numbers.inner, skipped)
        self.places = kept
        for number in self.numbers.reductions:
            part = f"{self._part(number)}[l]"
            new = self.numbers.argument(self.numbers.call(number).arguments[0], self._summed(number).kind != "real")
            nodes.append(Statement(f"{part} = {REDUCTIONS[self.numbers.call(number).function].c.format(part, new)};"))
        return nodes


def _strip(extent: int) -> int:
    """How many outputs side by side are made together: all, or a part of them that divides them."""
    if extent <= STRIP:
        return extent
    return next((size for size in range(STRIP, STRIP // 4, -1) if extent % size == 0), STRIP // 2)


def _whole(number: float, value: Value) -> str:
    """An integer of its type: infinities are its ends."""
    element = value.element
    if math.isinf(number) and element.bytes > 2:
        return f"INT{8 * element.bytes}_{'MAX' if number > 0 else 'MIN'}"
    return str(int(max(min(number, element.largest), element.smallest)))
