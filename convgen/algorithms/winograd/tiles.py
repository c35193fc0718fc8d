"""Kinds of tiles, those at an edge and the others, and where their windows lie on the input."""

from __future__ import annotations

from typing import NamedTuple

from ...layer.spec import Axis
from ...plan.program import affine
from ..lowering import Spread
from .codelets import Codelet, codelet
from .index import Index
from .numbers import Numbers
from .toomcook import Transforms


class Windows(NamedTuple):
    """Where the windows of tiles of one kind begin along an axis: the first, the last."""

    axis: Axis
    first: int
    last: int

    @property
    def start(self) -> Index:
        return f"i{self.axis.name}" if self.first < self.last else self.first

    def inside(self, extent: int) -> list[str] | None:
        """The conditions for a window to lie on the input as a whole, in C; None where none does."""
        most = self.axis.i - extent
        if self.last < 0 or most < max(0, self.first):
            return None
        return [f"{self.start} >= 0"] * (self.first < 0) + [f"{self.start} <= {most}"] * (self.last > most)

    def row(self, at: int) -> list[str] | None:
        """The same for one row of the window."""
        i, row = self.axis.i, affine(str(self.start), at)
        if self.last + at < 0 or self.first + at >= i:
            return None
        return [f"{row} >= 0"] * (self.first + at < 0) + [f"{row} < {i}"] * (self.last + at >= i)

    def beyond(self, index: str, extent: int) -> list[str] | None:
        """The conditions, one of which holds, for row `index` of `extent` to lie on padding; None where all do."""
        i = self.axis.i
        if self.first >= i or self.last + extent <= 0:
            return None
        row, shift = (index, self.start) if isinstance(self.start, int) else (f"{self.start} + {index}", 0)
        return [f"{row} < {-shift}"] * (self.first < 0) + [f"{row} >= {i - shift}"] * (self.last + extent > i)


class TileKind(NamedTuple):
    """Tiles of one kind, the transforms of which have names that end in `name`. rows, columns: where their windows are.
    outputs: rows and columns that every one of them has, in all phases; most: those that some have; spread: where they
    lie."""

    name: str
    h: Transforms
    w: Transforms
    rows: Windows
    columns: Windows
    outputs: tuple[int, int]
    most: tuple[int, int]
    spread: tuple[Spread, Spread]

    @property
    def codes(self) -> dict[str, Codelet]:
        return {"into_h": codelet(self.h.bt), "into_w": codelet(self.w.bt),
                "from_h": codelet(self.h.at).first(self.most[0]), "from_w": codelet(self.w.at).first(self.most[1])}

    @property
    def statements(self) -> tuple[int, int]:
        """Of the transforms into and back: each loads its inputs, computes, stores its outputs, and makes an address
        for every second of them; windows come inside and at an edge."""
        sizes = {name: len(code.ops) + 3 * (code.inputs + len(code.outputs)) // 2 for name, code in self.codes.items()}
        return 2 * (sizes["into_h"] + sizes["into_w"]), sizes["from_h"] + sizes["from_w"]

    def row_tests(self, place: str) -> list[str]:
        """The conditions for a row of a phase's outputs, which would be row `place`, to be one of the layer's, in C."""
        spread, cut = self.spread[0], self._cuts(self.rows, 0)
        return [f"{place} >= 0"] * cut + [f"{place} < {spread.outputs}"] * (self.outputs[0] < self.most[0])

    def column_tests(self, at: int) -> list[str]:
        """The same for column `at` of a tile, the first of which would be `column`."""
        spread, cut = self.spread[1], at == 0 and self._cuts(self.columns, 1)
        last = spread.outputs - at * spread.step
        return ["column >= 0"] * cut + [f"column < {last}"] * (self.outputs[1] <= at)

    def _cuts(self, windows: Windows, axis: int) -> bool:
        """Whether the first position of the layer is one of these, and has no outputs in some phase."""
        return self.spread[axis].cut > 0 and windows.first == -windows.axis.before

    @property
    def inside(self) -> list[str] | None:
        """The conditions for a window to lie on the input; None where none does."""
        rows, columns = self.rows.inside(self.h.n), self.columns.inside(self.w.n)
        return None if rows is None or columns is None else rows + columns

    def meets(self, row: int) -> list[str] | None:
        """The conditions for a row of the window to lie on the input; None where it never does. Where windows are one
        column wide, that must too."""
        rows, columns = self.rows.row(row), self.columns.row(0) if self.w.n == 1 else []
        return None if rows is None or columns is None else rows + columns

    @property
    def padding(self) -> bool:
        """Whether windows hold nothing else."""
        return self.columns.beyond("j", self.w.n) is None or all(self.meets(row) is None for row in range(self.h.n))

    @property
    def starts(self) -> list[str]:
        """Names of those of (ih, iw) that differ, and matter."""
        both = () if self.padding else (self.rows.start, self.columns.start)
        return [start for start in both if isinstance(start, str)]


def tile_parts(t: Numbers) -> list[list[TileKind]]:
    """Rows of tiles that differ, all but the last and the last; in each, tiles that differ."""
    kinds = []
    spread = t.rows, t.columns
    for split, outputs, suffix in zip((t.h, t.w), spread, ("_bottom", "_right"), strict=True):
        axis, m, last, cut = split.axis, split.f.m, (split.tiles - 1) * split.f.m, split.last.m
        usual = Windows(axis, -axis.before, last - split.nested * m - axis.before)
        most = m if split.nested or split.tiles > 1 else min(m, axis.o - last)
        both = [("", split.f, usual, outputs.certain(last - split.nested * m, most), most)]
        both += [(suffix, split.last, Windows(axis, last - axis.before, last - axis.before),
                  outputs.certain(last, cut), cut)] * split.nested
        kinds.append(both)
    return [[TileKind(down + across, h, w, rows, columns, (a, b), (a_most, b_most), spread)
             for across, w, columns, b, b_most in kinds[1]] for down, h, rows, a, a_most in kinds[0]]
