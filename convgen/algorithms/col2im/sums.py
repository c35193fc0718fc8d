"""The functions that make a row of outputs of products: each adds what meets in an output, phases of columns are put
side by side, and bias, residual and activation follow.

All but the last work in scratch, in whole vectors: what these hold beyond their outputs is written over by the next
ones, or never read.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from ...machine.isa import Isa
from ...plan.program import Let, Node, Parameter, Statement, affine, reads, writes
from ..turns import in_turns
from ..winograd.index import Index, over, term
from .numbers import Columns, Numbers


class Function(NamedTuple):
    """A function of the kernel: what it does, in lines; its parameters and statements."""

    name: str
    comment: list[str]
    parameters: tuple[Parameter, ...]
    nodes: list[Node]


class Sums:
    """Those of a plan, with the row that computes."""

    def __init__(self, t: Numbers, row: Isa) -> None:
        self.t, self.s, self.row = t, t.spec, row
        self.rows = [f"row{j}" for j in range(t.rows_met)]

    def functions(self) -> list[Function]:
        """In the order in which a row passes through them."""
        return [self._sum(), *[self._join()] * (self.t.joined > 0), self._finish()]

    @property
    def arrays(self) -> list[str]:
        """What the last of them takes beside its row, before the output."""
        return [*self.s.per_channel, *["residual"] * self.s.residual]

    # --- sums ---

    def _sum(self) -> Function:
        t, scalar = self.t, self.row.scalar
        what = "a row" if t.by_pixel else "a channel's row"
        rows = [f"{', '.join(self.rows)}: products of the rows of the input that meet in it. line: the sums."]
        if t.by_pixel:
            comment, nodes = f"The sums of {what}, pixel after pixel.", self._pixels()
        else:
            apart = f", phases {t.line_pitch} apart" * (t.joined > 0)
            comment, nodes = f"The sums of {what}{apart}.", self._phases()
        return Function("sum_row", [comment, *rows],
                        (*(reads(scalar, name) for name in self.rows), writes(scalar, "line")), nodes)

    def _added(self, places: list[str], to: str) -> list[Node]:
        """A vector of sums."""
        row = self.row
        if not places:
            return [Statement(f"{row.store(to, row.zero())};")]
        first, *others = places
        return [Let(f"{row.vector} ", "sum", row.load(first)),
                *(Statement(f"sum = {row.add('sum', row.load(place))};") for place in others),
                Statement(f"{row.store(to, 'sum')};")]

    def _pixels(self) -> list[Node]:
        """All channels and columns of a group of pixels are neighbours, in the products and in the outputs."""
        t = self.t

        def vector(shifts: list[int], group: Index, at: Index) -> list[Node]:
            places = [affine(row, term(group, t.pitch), a * (t.run - t.pitch), term(at))
                      for row in self.rows for a in shifts]
            return self._added(places, affine("line", term(group, t.run), term(at), -t.groups_from * t.run))

        def one(shifts: tuple[int, ...], group: Index) -> list[Node]:
            nodes: list[Node] = []
            for begin, end, met in t.parts():
                given = functools.partial(vector, [a for a in shifts if a < met], group)
                nodes += over("i", (begin, end, t.lanes), given)
            return nodes

        return [node for begin, end, shifts in t.pixel_spans()
                for node in over("group", (begin, end, 1), functools.partial(one, shifts))]

    def _phases(self) -> list[Node]:
        """The pixels of a channel and a tap are neighbours: sums of one phase of columns after the other."""
        t = self.t

        def vector(one: Columns, shifts: tuple[int, ...], phase: Index, at: Index) -> list[Node]:
            places = [affine(row, term(phase, t.pitch), (one.column + (a + one.before) * self.s.sw) * t.pitch,
                             term(at), -a) for row in self.rows for a in shifts]
            return self._added(places, affine("line", term(phase, t.line_pitch), one.first * t.line_pitch, term(at)))

        def line(one: Columns, phase: Index) -> list[Node]:
            return [node for begin, end, shifts in t.phase_spans(one)
                    for node in over("i", (begin, end, t.lanes), functools.partial(vector, one, shifts, phase))]

        return [node for one in t.column_sets()
                for node in over("phase", (0, one.number, 1), functools.partial(line, one))]

    # --- outputs ---

    def _join(self) -> Function:
        """Phases of columns, a line each, become one row."""
        t, step, row = self.t, self.s.sw, self.row
        phases, outputs = min(step, self.s.ow), -(-self.s.ow // step)

        def move(phase: Index, at: Index) -> list[Node]:
            number = row.get("line", affine("", term(phase, t.line_pitch), term(at)))
            return [Statement(f"{row.put('joined', affine('', term(at, step), term(phase)), number)};")]

        def each(phase: Index) -> list[Node]:
            return over("i", (0, outputs, 1), functools.partial(move, phase))

        nodes = over("i", (0, outputs, t.lanes), self._interleave) if t.interleaves else \
            over("phase", (0, phases, 1), each)
        return Function("join_row", ["The phases of a row, `line`, as its outputs in their order, `joined`."],
                        (reads(row.scalar, "line"), writes(row.scalar, "joined")), nodes)

    def _interleave(self, at: Index) -> list[Node]:
        """A vector of each of 2^n phases: n times, those of the first half in turns with those of the other."""
        t, step, row = self.t, self.s.sw, self.row
        held = [f"a{phase}" for phase in range(step)]
        nodes: list[Node] = [
            Let(f"const {row.vector} ", name, row.load(affine("line", term(at), phase * t.line_pitch)))
            for phase, name in enumerate(held)]
        made, held = in_turns(row, held, "")
        nodes += [Let(f"const {row.vector} ", name, value) for name, value in made]
        return [*nodes, *(Statement(f"{row.store(affine('joined', term(at, step), part * t.lanes), name)};")
                          for part, name in enumerate(held))]

    def _finish(self) -> Function:
        """Bias, residual and activation."""
        t, s, row, lanes = self.t, self.s, self.row, self.t.lanes
        outputs = s.ow * (s.oc if t.by_pixel else 1)
        turns = t.by_pixel and t.period > lanes  # channels of vectors differ
        whole = outputs - outputs % lanes
        read = row.load if t.by_pixel else row.broadcast
        of_channels: list[Node] = [
            Let(f"const {row.vector} ", f"{role}_lanes", read(affine(role, ("c", 1)) if turns else role))
            for role in s.per_channel]

        def vector(at: Index, valid: int) -> list[Node]:
            nodes: list[Node] = [Let(f"{row.vector} ", "y", row.load(affine("line", term(at))))]
            place = affine("residual", term(at))
            values = [row.add("y", "bias_lanes")] * s.bias
            values += [row.add("y", row.load_part(place, 0, valid) if valid else row.load(place))] * s.residual
            if s.slopes:
                values.append(row.both_in_f32("activate", "y", "slopes_lanes"))
            elif s.activation != "none":
                values.append(row.in_f32("activate", "y"))
            nodes += [Statement(f"y = {value};") for value in values]
            to = affine("output", term(at))
            return [*nodes, Statement(f"{row.store_tail(to, 'y', valid) if valid else row.store(to, 'y')};")]

        again, held = (of_channels, []) if turns else ([], of_channels)
        step: list[Node] = [Statement(f"c = c < {t.period - lanes} ? c + {lanes} : 0;")] * bool(again)
        nodes: list[Node] = [*held, *[Let("ptrdiff_t ", "c", "0")] * bool(again)]
        if whole:
            nodes += over("i", (0, whole, lanes), lambda at: [*again, *vector(at, 0), *step])
        if outputs > whole:
            nodes += [*again, *vector(whole, outputs % lanes)]
        numbers = "of the channel" if not t.by_pixel else "of all channels"
        places = ", ".join(["line", *["residual"] * s.residual, "output"])
        comment = ["Outputs of their sums.", *[f"{', '.join(s.per_channel)}: {numbers}."] * bool(s.per_channel),
                   f"{places}: the first output's."]
        return Function("finish_row", comment, (
            reads(row.scalar, "line"), *(reads(row.scalar, name) for name in self.arrays),
            writes(row.scalar, "output")), nodes)
