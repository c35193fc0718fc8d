"""Transforms of blocks as loops over passes, which are functions in C."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

from ...plan.program import Call, For, Node, affine
from ..winograd.codelets import Codelet
from ..winograd.index import Index
from .butterflies import Pass, codelet, reversed_bits
from .numbers import Numbers
from .told import Told, told

Term = tuple[str, int] | int  # of an address


class Butterfly(NamedTuple):
    """A pass in C, which goes both ways. code: of its points; order: which of them each of the code's outputs is.
    told: floats from one turn to the next, from a point to the next, turns."""

    step: Pass
    code: Codelet
    order: list[int]
    told: Told

    @property
    def name(self) -> str:
        return self.step.name

    @property
    def said(self) -> str:
        """What parameters mean, in words."""
        words = {"step": "floats from there to that of the next turn", "apart": "floats between two points",
                 "count": "turns"}
        return "".join(f" {name}: {words[name]}." for name in self.told.names)

    @property
    def turned(self) -> range:
        """The outputs that roots are for."""
        return range(self.step.radix - self.step.roots, self.step.radix) if self.step.roots else range(0)


def butterflies(calls: list[tuple[Pass, dict[str, Index]]]) -> dict[str, Butterfly]:
    """By name, those of passes and what these are told."""
    return {name: Butterfly(step, codelet(step.radix), [reversed_bits(q, step.radix) for q in range(step.radix)],
                            told(call for other, call in calls if other.name == name))
            for name, step in {step.name: step for step, _ in calls}.items()}


class Transforms:
    """Those of a plan's blocks."""

    def __init__(self, t: Numbers) -> None:
        self.t = t
        self.down, self.along = 2 * t.columns, 2 * t.lanes  # from a point to the next, in points and in a spectrum

    def _call(self, step: Pass, pitch: int) -> dict[str, Index]:
        """What a pass is told of points that lie `pitch` apart; the last of a transform does all its blocks at once."""
        if step.turns == 1:
            return {"step": step.radix * pitch, "apart": pitch, "count": step.blocks}
        return {"step": pitch, "apart": step.turns * pitch, "count": step.turns}

    @functools.cached_property
    def butterflies(self) -> dict[str, Butterfly]:
        """By name."""
        both = [(step, self.down) for step in self.t.column_passes] + [(step, self.along) for step in self.t.row_passes]
        return butterflies([(step, self._call(step, pitch)) for step, pitch in both])

    @property
    def squares(self) -> Told:
        """Of a transpose: from one row to the next, from one column to the next."""
        ways: list[dict[str, Index]] = [{"from_apart": self.down, "to_apart": self.along},
                                        {"from_apart": self.along, "to_apart": self.down}]
        return told(ways)

    def nodes(self, way: str) -> list[Node]:
        """Down all columns, a vector of them at a time, and along all rows, as many at a time as there are lanes; the
        other way round on the way back."""
        t = self.t
        points, band = "z" if t.lanes > 1 else "spectrum", self.down * t.lanes
        down = _over("column", self.down, self.along, f"the {t.columns} columns, a vector at a time",
                     lambda at: self._passes(t.column_passes, way, affine(points, at), self.down))
        if t.columns == 1:
            return down

        def along(at: Term) -> list[Node]:
            row = self._passes(t.row_passes, way, affine("spectrum", at), self.along)
            squares = [] if t.lanes == 1 else _over("column", self.down, self.along, "", lambda column: [
                Call("transpose", self._square(way, at, column, part)) for part in (0, t.lanes)])
            return squares + row if way == "forward" else row + squares

        rows = _over("row", t.rows // t.lanes * band, band, f"the {t.rows} rows, {t.lanes} at a time", along)
        return down + rows if way == "forward" else rows + down

    def _passes(self, found: list[Pass], way: str, place: str, pitch: int) -> list[Node]:
        """The passes of a transform whose points lie `pitch` apart from `place` on."""
        t, nodes = self.t, list[Node]()
        for step in found if way == "forward" else reversed(found):
            table = t.turns_at if step.by_lane else t.roots_at + 2 * step.table
            given = [*self.butterflies[step.name].told.of(self._call(step, pitch)),
                     *[affine("packed", table)] * (step.roots > 0)]
            size = step.points * pitch
            end = step.blocks * size if step.turns > 1 else size
            nodes += _over("block", end, size, "", self._once(f"{way}_{step.name}", place, given))
        return nodes

    def _once(self, name: str, place: str, given: list[str]) -> Callable[[Term], list[Node]]:
        return lambda at: [Call(name, [affine(place, at), *given])]

    def _square(self, way: str, at: Term, column: Term, part: int) -> list[str]:
        """The arguments of a transpose, of rows to columns or back. Columns that are a vector in a block are `lanes`
        vectors in a spectrum."""
        wide = (column[0], self.t.lanes) if isinstance(column, tuple) else column
        ends = [(affine("z", at, column, part), self.down), (affine("spectrum", at, wide, part), self.along)]
        source, target = ends if way == "forward" else reversed(ends)
        given: list[str] = []
        for (place, apart), name in ((source, "from_apart"), (target, "to_apart")):
            given += [place, *[str(apart)] * (name in self.squares.names)]
        return given

    def stages(self) -> list[list[tuple[int, int]]]:
        """A perfect shuffle makes the lowest bit of the lane the highest of the vector's number; as many of them as a
        lane has bits transpose. Vector i of a stage has alternate lanes of two vectors, odd ones in the second half."""
        lanes = self.t.lanes
        return [[(2 * i % lanes, 2 * i % lanes + 1) for i in range(lanes)] for _ in range(lanes.bit_length() - 1)]


def _over(var: str, end: int, step: int, comment: str, body: Callable[[Term], list[Node]]) -> list[Node]:
    """A loop, where there is more than one turn. body: its statements, from the term of an address."""
    made: list[Node] = body((var, 1) if end > step else 0)
    return [For(var, "0", str(end), step, comment, made)] if end > step else made
