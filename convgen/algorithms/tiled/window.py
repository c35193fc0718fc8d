"""What a patch of outputs sees: the part of its window that lies on the input.

Patches at the image's edges differ from those inside in that part alone, and the last ones may be smaller. One function
serves them all: it is compiled anew for each kind, which says by constants what it is.

    static void tile_6x2x8_row0(const float *x, const float *w, const float *bias, float *output)
    {
        patch_6x2x8(x, w, bias, output, 6, 1, 8, 0, 4);     6 rows, window rows 1 to 7, window columns 0 to 3
    }

So no patch pays for what another needs, and no product is spent on padding. (Rows of zeros, read through a pointer that
is chosen at run time, need no constants; but pointers for the rows and the outer columns of a window take 27 % more
instructions in the tile above, the products with zeros not counted.)
"""

from __future__ import annotations

from typing import NamedTuple

from ...layer.spec import Axis
from ...plan.tiling import Segment


class Window(NamedTuple):
    """Of one patch: its outputs, rows × columns (of pixels, or of vectors of them), and the rows and columns of its
    window that lie on the input: from top to bottom - 1, from left to right - 1."""

    rows: int
    columns: int
    top: int
    bottom: int
    left: int
    right: int


def reach(axis: Axis, segment: Segment, copied: bool = False) -> tuple[int, int]:
    """(first, end) of what lies on the input in the window of a segment's first tile: all of it, of a copy, which holds
    its padding."""
    extent = (segment.size - 1) * axis.s + (axis.k - 1) * axis.d + 1
    if copied:
        return 0, extent
    start = segment.start * axis.s - axis.before
    first = min(max(0, -start), extent)
    return first, max(first, min(extent, axis.i - start))


class Windows:
    """Those of all patches that a function serves. It tells them apart by constants, of which `asked` has the names."""

    def __init__(self, served: list[Window]) -> None:
        self.served = served
        self.values = {name: {getattr(window, name) for window in served} for name in Window._fields}
        self.asked = set[str]()

    def constants(self) -> tuple[str, ...]:
        """Names of the parameters that the function takes for them; known when its body is."""
        return tuple(name for name in Window._fields if name in self.asked)

    def contract(self) -> list[str]:
        """What the constants are."""
        said = {"rows": "outputs down", "columns": "outputs across",
                "top": "the window's first row on the input", "bottom": "the row behind its last one there",
                "left": "the window's first column on the input", "right": "the column behind its last one there"}
        return ["; ".join(f"{name}: {said[name]}" for name in self.constants()) + "."] if self.asked else []

    def output(self, row: int, column: int) -> str:
        """The condition for an output to be there, in C; empty where it is in every patch."""
        return self._all(self._above("rows", row), self._above("columns", column))

    def row(self, index: int) -> str | None:
        """The condition for a row of the window to lie on the input; empty where it always does, None where never."""
        return self._between("top", "bottom", index)

    def column(self, index: int) -> str | None:
        """The same for a column."""
        return self._between("left", "right", index)

    def behind(self, first: str, index: int, stride: int) -> tuple[tuple[str, int] | int, int]:
        """How far a row or column that lies on the input is behind the first one that does (top or left), in C: a term
        of what the calls tell, if they must, and a number."""
        starts = {start for start in self.values[first] if start <= index}
        if len(starts) == 1:
            return 0, (index - starts.pop()) * stride
        self.asked.add(first)
        return (f"({index} - {first})", stride), 0

    def _between(self, first: str, end: str, index: int) -> str | None:
        found = [getattr(window, first) <= index < getattr(window, end) for window in self.served]
        if not any(found):
            return None
        after = ""
        if max(self.values[first]) > index:
            self.asked.add(first)
            after = f"{first} <= {index}" if index else f"{first} == 0"
        return self._all(after, self._above(end, index))

    def _above(self, name: str, index: int) -> str:
        """The condition for a number to be above an index."""
        if min(self.values[name]) > index:
            return ""
        self.asked.add(name)
        return f"{name} > {index}"

    @staticmethod
    def _all(*conditions: str) -> str:
        return " && ".join(filter(None, conditions))
