"""Kernel rows and planes that lie on padding, which tiles skip at run time."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import NamedTuple

from ...layer.spec import Axis
from ...plan.program import Let, affine


class Clip(NamedTuple):
    """Of an axis, in C: where the window starts, and which rows of the kernel meet the input: from begin to end - 1.
    Each is a number where it is the same for all outputs; otherwise a variable (ih, kh_begin, kh_end)."""

    axis: Axis
    start: str
    begin: str
    end: str

    @property
    def variables(self) -> list[str]:
        return [name for name in (self.start, self.begin, self.end) if name.isidentifier()]

    def lets(self) -> list[Let]:
        """The variables for a row of outputs."""
        a = self.axis
        start = affine("", (f"o{a.name}", a.s), -a.before)
        values = {self.start: start, self.begin: self._first(), self.end: self._past()}
        return [Let("const ptrdiff_t ", name, values[name]) for name in self.variables]

    def number(self) -> tuple[tuple[tuple[str, int], ...], int]:
        """Which of the axis's `ranges` a row of outputs has: the variables that add up to it, each once, and what is
        added to them."""
        first, past = ranges(self.axis)[0]
        ends = (self.begin, self.end)
        return tuple((name, 1) for name in ends if not name.isdigit()), \
            sum(int(name) for name in ends if name.isdigit()) - first - past

    @property
    def only(self) -> int | None:
        """The one row of the kernel that meets the input; None where they are several, or not known."""
        known = self.begin.isdigit() and self.end.isdigit() and int(self.end) - int(self.begin) == 1
        return int(self.begin) if known else None

    def place(self, base: str, pitch: int) -> str:
        """The row of the input that a row of the kernel meets, rows being `pitch` apart."""
        d = self.axis.d
        tap = (f"k{self.axis.name}", d) if self.only is None else self.only * d
        if self.start.isidentifier():
            return f"{base} + ({affine(self.start, tap)}) * {pitch}"
        start = int(self.start)
        return affine(base, (start + tap) * pitch) if isinstance(tap, int) else \
            affine(base, (tap[0], tap[1] * pitch), start * pitch)

    def _first(self) -> str:
        a, (_, high) = self.axis, starts(self.axis)
        first = f"-{self.start}" if a.d == 1 else f"(-{self.start} + {a.d - 1}) / {a.d}"
        return first if high < 0 else f"{self.start} < 0 ? {first} : 0"

    def _past(self) -> str:
        a, (low, high) = self.axis, starts(self.axis)
        whole = a.i - (a.k - 1) * a.d  # windows that start before are not cut
        room = affine("", a.i - 1 + a.d) + f" - {self.start}"
        past = room if a.d == 1 else f"({room}) / {a.d}"
        if high >= a.i:
            past = f"{self.start} < {a.i} ? {past} : 0" if whole < a.i else "0"
        return f"{self.start} < {whole} ? {a.k} : {past}" if low < whole else past


def clips(axes: Iterable[Axis]) -> list[Clip]:
    """The clips of padded axes along which a tile has one output."""
    return [clip(axis) for axis in axes if axis.before or axis.after]


def starts(axis: Axis) -> tuple[int, int]:
    """Where the first output's window begins, and the last one's."""
    return -axis.before, (axis.o - 1) * axis.s - axis.before


@functools.lru_cache(maxsize=1024)
def ranges(axis: Axis) -> tuple[tuple[int, int], ...]:
    """The rows of the kernel that meet the input, from … to, of the last output first. Neither end ever rises from one
    output to the next: their sum tells which it is, counted from that of the last. What no output has is as the next.
    Where windows lie before the input, rows begin behind the kernel, as in C."""
    own = clip(axis)

    def meets(start: int) -> tuple[int, int]:
        return (int(own.begin) if own.begin.isdigit() else max(0, -(start // axis.d)), _end(axis, start))

    both = [meets(start) for start in range(starts(axis)[1], starts(axis)[0] - 1, -axis.s)]
    found = [both[0]]
    for begin, end in both:
        found += [(begin, end)] * (begin + end - sum(both[0]) - len(found) + 1)
    return tuple(found)


def clip(axis: Axis) -> Clip:
    name, (low, high) = axis.name, starts(axis)
    begins, ends = ({end(axis, start) for start in (low, high)} for end in (_begin, _end))  # both fall with the start
    return Clip(axis, f"i{name}" if axis.o > 1 else str(low),
                str(begins.pop()) if len(begins) == 1 else f"k{name}_begin",
                str(ends.pop()) if len(ends) == 1 else f"k{name}_end")


def _begin(axis: Axis, start: int) -> int:
    """The first kernel row that lies on the input or behind it."""
    return min(axis.k, max(0, -(start // axis.d)))


def _end(axis: Axis, start: int) -> int:
    """The first kernel row behind the input."""
    return max(0, min(axis.k, (axis.i - 1 - start) // axis.d + 1))
