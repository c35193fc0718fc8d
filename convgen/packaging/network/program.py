"""A whole network as calls: where its values lie, and what is called with them in turn.

Values that a convolution, a nest or nobody changes are where they are made: what is reshaped stays where it is, and a
nest that reads each number where it writes one writes over what nobody reads later.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...layer.call import running
from ...layer.names import to_identifier
from ...layer.network import DistinctLayer, Network, Use
from ...layer.spec import ConvSpec
from ...layer.steps import Convolve, Join, Model, Nest, Reshape, Step, Value
from . import nests
from .memory import Arena, Buffer, arena, live, tops
from .orders import Arranged, Lie, copied

# in the files
OWN = ("workspace", "workers", "arena", "constants", "STEP", "NULL", "INFINITE", "SHARED", "ALIGNED", "BYTES", "ROW")
FUNCTION = re.compile(r"(step|constant)\d+(_\d+)?")
LAYER, VALUE = "layer_", "value_"  # what stands before names that are no identifiers


class Scratch(NamedTuple):
    """Bytes of a kernel's workspace: those that all workers share, and each worker's own. over: whether its output may
    be its residual's array."""

    shared: int
    each: int
    over: bool

    @property
    def fixed(self) -> bool:
        """Whether there is one, which is the same for any number of workers: it has a place among the values."""
        return bool(self.shared and not self.each)


NO_SCRATCH = Scratch(0, 0, False)


class Array(NamedTuple):
    """What NAME_run takes or gives. name: in C."""

    value: str
    name: str
    declaration: str
    said: str
    bytes: int


class Constant(NamedTuple):
    """name: in C, of the library's files; type: of its numbers."""

    name: str
    value: str
    type: str


class Line(NamedTuple):
    """A call, and what is said of it. workspace: where that of a convolution begins in the arena, and what it is."""

    text: str
    comment: str
    step: int
    workspace: tuple[int, Scratch] | None = None


class Spot(NamedTuple):
    """Where a value begins: bytes from the begin of the array of that name in C, or of the arena, which has none."""

    array: str
    offset: int


NO_SPOTS: Mapping[str, Spot] = {}


class Whole(NamedTuple):
    """inputs, outputs: in the model's order. tops: what a call needs of the arena, (bytes before the workspace, shared,
    each) where no other needs more. spots: of what steps make. live: bytes of what lives in the arena while each step
    of the model runs."""

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    functions: tuple[nests.Function, ...]
    calls: tuple[Line, ...]
    constants: tuple[Constant, ...]
    arena: Arena
    tops: tuple[tuple[int, int, int], ...]
    spots: Mapping[str, Spot] = NO_SPOTS
    live: tuple[int, ...] = ()

    def bytes(self, workers: int) -> int:
        """Of the arena, for so many workers; for 0, as for one."""
        return max((top + shared + each * max(workers, 1) for top, shared, each in self.tops), default=0)


def distinct(model: Model) -> Network:
    """The convolutions of the network, each different layer once."""
    parts: dict[ConvSpec, list[Use]] = {}
    for step in model.steps:
        if isinstance(step, Convolve):
            parts.setdefault(step.spec, []).append(step.use)
    return Network(to_identifier(model.name),
                   tuple(DistinctLayer(uses[0].name, spec, tuple(uses)) for spec, uses in parts.items()))


def whole(of: Arranged, library: str, symbols: Mapping[str, str], scratch: Mapping[str, Scratch]) -> Whole:
    """library: its name. symbols: what C calls each convolution, and scratch: what its kernels need, by the name of its
    use."""
    return _Program(of, library, symbols, scratch).whole()


class _Home:
    """An array that one or more values have. names: theirs, as they are made. read: the last step that reads one of
    them, -1 for none; made: the first and the last step that makes one. alone: whether nothing else lies inside."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.outputs: list[str] = []  # of the network, among them
        self.read = -1
        self.made: list[int] = []
        self.alone = True


class _Program:
    def __init__(self, of: Arranged, library: str, symbols: Mapping[str, str], scratch: Mapping[str, Scratch]) -> None:
        self.prefix = f"{library}_"  # of functions and macros
        self.model, self.lies, self.symbols, self.scratch = of.model, of.lies, symbols, scratch
        self.values: dict[str, Value] = of.model.values
        self.last = {name: at for at, step in enumerate(self.model.steps) for name in step.values}
        self.home: dict[str, str] = {}  # of each value, the one whose place it has
        self.homes: dict[str, _Home] = {}
        self.given = {*self.model.inputs, *self.model.constants}  # which may not be written
        self.wanted = {*self.model.outputs}
        self.functions = nests.Functions()
        self.over: dict[int, str] = {}  # of steps, the value that they write over

    def whole(self) -> Whole:
        for name in (*self.model.inputs, *self.model.constants):
            self._settle(name, name)
        self.copies: set[int] = set()
        for at, step in enumerate(self.model.steps):
            self._settle(step.makes, self._place(at, step), at)
        values = [self._buffer(name, home) for name, home in self.homes.items()
                  if name not in self.given and not home.outputs]
        needs = [self._scratch(step) for step in self.model.steps]
        buffers = [*values, *(Buffer(at, need.shared, at, at) for at, need in enumerate(needs) if need.fixed)]
        self.arena = arena(buffers, [0 if need.fixed else need.shared + need.each for need in needs])
        self.tops = tops(buffers, self.arena.offsets, len(self.model.steps))
        taken = {*OWN, *self.symbols.values()}
        inputs = [self._array(name, taken, "const ") for name in self.model.inputs]
        outputs = [self._array(name, taken, "") for name in self.model.outputs]
        self.names = {self.home[one.value]: one.name for one in (*inputs, *outputs)}
        used = {name for step in self.model.steps for name in step.values}
        constants = [Constant(f"constant{at}", name, self.values[name].element.c) for at, name in enumerate(
            name for name in self.model.constants if name in used)]
        self.names |= {one.value: one.name for one in constants}
        calls: list[Line] = []
        titles = self.model.titles or [""] * len(self.model.steps)
        for at, (step, title) in enumerate(zip(self.model.steps, titles, strict=True)):
            calls += self._calls(at, step, title)
        needed = [(top, 0, 0) for top in self.tops]
        needed += [(line.workspace[0], line.workspace[1].shared, line.workspace[1].each)
                   for line in calls if line.workspace]
        return Whole(tuple(inputs), tuple(outputs), tuple(self.functions.made), tuple(calls), tuple(constants),
                     self.arena, _largest(needed), {step.makes: self._spot(step.makes) for step in self.model.steps},
                     tuple(live(values, len(self.model.steps))))

    # --- places ---

    def _settle(self, name: str, home: str, at: int | None = None) -> None:
        """at: the step that makes it."""
        self.home[name] = home
        there = self.homes.setdefault(home, _Home())
        there.names.append(name)
        there.read = max(there.read, self.last.get(name, -1))
        there.alone = there.alone and self.lies[name].inside == name
        if name in self.wanted:
            there.outputs.append(name)
        if at is not None:
            there.made = [there.made[0] if there.made else at, at]

    def _place(self, at: int, step: Step) -> str:
        """Whose place the step's output has: its own, or that of what it is made of or is part of."""
        if self.lies[step.makes].inside != step.makes:
            return self._outermost(step.makes)
        if isinstance(step, Reshape):
            home = self.home[step.reads]
            if step.makes not in self.wanted or not (home in self.given or self.homes[home].outputs):
                return home
            self.copies.add(at)
            return step.makes
        for name in self._replaceable(step):
            there = self.homes[self.home[name]]
            if there.read == at and there.alone and self.home[name] not in self.given and not there.outputs:
                self.over[at] = name
                return self.home[name]
        return step.makes

    def _outermost(self, name: str) -> str:
        while self.lies[name].inside != name:
            name = self.lies[name].inside
        return name

    def _replaceable(self, step: Step) -> list[str]:
        if isinstance(step, Nest):
            return self.functions.replaceable(step, self.values, self.lies)
        if isinstance(step, Convolve) and step.adds and step.adds != step.reads and self.scratch[step.use.name].over:
            return [step.adds]
        return []

    def _buffer(self, name: str, home: _Home) -> Buffer:
        value = self.values[name]
        first, last = home.made
        return Buffer(name, value.element.bytes * math.prod(value.shape), first, max(home.read, last))

    def _scratch(self, step: Step) -> Scratch:
        return self.scratch[step.use.name] if isinstance(step, Convolve) else NO_SCRATCH

    # --- text ---

    def _array(self, name: str, taken: set[str], const: str) -> Array:
        value = self.values[name]
        base = own = self._identifier(name)
        number = 1
        while own in taken:
            number += 1
            own = f"{base}_{number}"
        taken.add(own)
        extents = " x ".join(map(str, value.shape)) or "1"
        return Array(name, own, f"{const}{value.element.c} *{own}", f"{value.element.name}, {extents}",
                     value.element.bytes * math.prod(value.shape))

    def _identifier(self, name: str) -> str:
        """A name for a parameter, which no function and no macro of the library has."""
        found = to_identifier(name)
        if found != name and found.startswith(LAYER):
            return VALUE + found.removeprefix(LAYER)
        return VALUE + found if found.startswith(self.prefix) or FUNCTION.fullmatch(found) else found

    def _spot(self, name: str) -> Spot:
        home, offset = self.home[name], self._offset(name) * self.values[name].element.bytes
        if home in self.names:
            return Spot(self.names[home], offset)
        return Spot("", self.arena.offsets[home] + offset)

    def _pointer(self, name: str) -> str:
        """The same in C."""
        spot, element = self._spot(name), self.values[name].element
        if not spot.array:
            return f"({element.c} *)(arena + {spot.offset})"
        return f"{spot.array} + {spot.offset // element.bytes}" if spot.offset else spot.array

    def _offset(self, name: str) -> int:
        """Numbers before it in the array that it lies in."""
        offset = 0
        while self.lies[name].inside != name:
            offset += self.lies[name].offset
            name = self.lies[name].inside
        return offset

    def _calls(self, at: int, step: Step, title: str) -> list[Line]:
        if isinstance(step, Convolve):
            return [self._convolution(at, step, title)]
        if isinstance(step, Nest):
            return [self._nest(at, step, title, self.over.get(at, ""))]
        if isinstance(step, Reshape):
            return [self._moved(at, step.makes, step.reads, title)] if at in self.copies else []
        assert isinstance(step, Join)
        found, start, whole = [], 0, self.lies[step.makes]
        for piece in step.pieces:
            value = self.values[piece]
            offset = start * whole.strides[step.axis]
            if not self._lies_there(piece, step.makes, offset):
                found.append(self._nest(at, copied(step.makes, piece, value), title, start=offset))
            start += value.shape[step.axis]
        return found

    def _lies_there(self, piece: str, joined: str, offset: int) -> bool:
        """Whether a piece was made in its place."""
        return self.lies[piece].inside != piece and self._outermost(piece) == self._outermost(joined) \
            and self._offset(piece) == self._offset(joined) + offset

    def _moved(self, at: int, makes: str, reads: str, title: str) -> Line:
        """A reshaped array, copied: as one of one axis, since both lie in the model's order."""
        size = math.prod(self.values[makes].shape)
        flat = {name: Value(self.values[name].element, (size,)) for name in (makes, reads)}
        nest = copied(makes, reads, flat[makes])
        lies = {name: Lie((0,), (1,), name) for name in flat}
        return self._line(at, self.functions.call(nest, f"step{at}", flat, lies), title)

    def _nest(self, at: int, nest: Nest, title: str, over: str = "", start: int = 0) -> Line:
        name = f"step{at}" + (f"_{start}" if start else "")
        return self._line(at, self.functions.call(nest, name, self.values, self.lies, over, start), title)

    def _line(self, at: int, called: tuple[str, list[str]], title: str) -> Line:
        name, values = called
        return Line(f"{name}({', '.join([*map(self._pointer, values), 'workers'])})", title, at)

    def _convolution(self, at: int, step: Convolve, title: str) -> Line:
        scratch = self._scratch(step)
        top = self.arena.offsets[at] if scratch.fixed else self.tops[at]
        given = {"input": self._pointer(step.reads), "output": self._pointer(step.makes),
                 "residual": self._pointer(step.adds) if step.adds else "", "workspace": f"arena + {top}"}
        if not scratch.shared and not scratch.each:
            given["workspace"] = "NULL"
        arguments = [given[one.name] for one in running(step.spec) if one.name != "packed"]
        return Line(f"{self.symbols[step.use.name]}({', '.join([*arguments, 'workers'])})", title, at, (top, scratch))


def _largest(tops: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    """Without those that never need more than another, however many workers there are."""
    found: list[tuple[int, int, int]] = []
    for top, shared, each in sorted(set(tops), key=lambda one: (-one[2], -one[0] - one[1])):
        if not any(other[2] >= each and other[0] + other[1] >= top + shared for other in found):
            found.append((top, shared, each))
    return tuple(found)


