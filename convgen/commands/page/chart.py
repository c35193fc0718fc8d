"""Marks in a box that holds all its labels: what every picture of a page consists of.

Coordinates are pixels, y downwards. A chart is drawn for the width of a telephone, so that its labels can be read
there; what a mark means, its class says, and the style sheet gives that a colour.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from ...benchmark.pictures import text_width

WIDTH = 360.0  # of a chart
SIZE = 12.0  # of a letter
PAD = 2.0  # around everything

Anchor = Literal["start", "middle", "end"]

class Shape(NamedTuple):
    """A path as SVG says it."""

    path: str
    style: str
    title: str = ""
    kind: str = "shape"


class Dot(NamedTuple):
    x: float
    y: float
    style: str
    title: str = ""
    radius: float = 4.0
    kind: str = "dot"


class Text(NamedTuple):
    """x, y: where its baseline begins, is half, or ends."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"
    style: str = "label"
    kind: str = "text"

    @property
    def left(self) -> float:
        return self.x - text_width(self.text, SIZE) * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]

    @property
    def right(self) -> float:
        return self.left + text_width(self.text, SIZE)


Mark = Shape | Dot | Text


class Chart(NamedTuple):
    """x, y, width, height: the box. title: what it shows, in words, for those who cannot see it. legend: (style, text)
    of marks. note: a line below."""

    title: str
    x: float
    y: float
    width: float
    height: float
    marks: tuple[Mark, ...]
    legend: tuple[tuple[str, str], ...] = ()
    note: str = ""


def chart(title: str, height: float, marks: Iterable[Mark], legend: Iterable[tuple[str, str]] = (),
          note: str = "", width: float = WIDTH) -> Chart:
    """A chart of at least this size; the box grows where a label would leave it."""
    found = tuple(marks)
    texts = [mark for mark in found if isinstance(mark, Text)]
    left = min(0.0, *(text.left - PAD for text in texts), 0.0)
    right = max(width, *(text.right + PAD for text in texts), 0.0)
    top = min(0.0, *(text.y - SIZE - PAD for text in texts), 0.0)
    bottom = max(height, *(text.y + SIZE / 3 + PAD for text in texts), 0.0)
    return Chart(title, left, top, right - left, bottom - top, found, tuple(legend), note)


def box(x: float, y: float, width: float, height: float) -> str:
    """The path of a rectangle."""
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"


def line(*points: tuple[float, float], closed: bool = False) -> str:
    """The path through points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "z" * closed


class Scale(NamedTuple):
    """From values between low and high to pixels between begin and end."""

    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The pixel; of a value beyond an end, that of the end."""
        value = min(max(value, self.low), self.high)
        part = math.log(value / self.low) / math.log(self.high / self.low) if self.log else \
            (value - self.low) / (self.high - self.low)
        return self.begin + part * (self.end - self.begin)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values, at most so many, from the lowest to the highest."""
        if self.log:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            every = max(1, -(-(last - first + 1) // most))
            return [10.0**power for power in range(first, last + 1, every)]
        step = 10.0 ** math.floor(math.log10((self.high - self.low) / most))
        step *= next(factor for factor in (1, 2, 5, 10, 20) if (self.high - self.low) / (factor * step) <= most - 1)
        return [step * i for i in range(math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9) + 1)]


def axes(across: Scale, up: Scale, names: tuple[str, str], texts: Sequence[tuple[float, str]] | None = None,
         levels: Sequence[tuple[float, str]] | None = None) -> list[Mark]:
    """Both axes: a grid, numbers beside it, a name at the end of each. texts, levels: other marks along them, as
    (value, text); a text that would touch the one before is left out."""
    marks: list[Mark] = []
    left, right, bottom, top = across.begin, across.end, up.begin, up.end
    for value, text in [(tick, number(tick)) for tick in up.ticks()] if levels is None else levels:
        y = up.at(value)
        marks += [Shape(line((left, y), (right, y)), "grid"), Text(left - 6, y + 4, text, "end", "tick")]
    end = -math.inf
    for value, text in [(tick, number(tick)) for tick in across.ticks()] if texts is None else texts:
        x = across.at(value)
        mark = Text(x, bottom + 16, text, "middle", "tick")
        marks.append(Shape(line((x, bottom), (x, top)), "grid"))
        if mark.left > end:
            marks.append(mark)
            end = mark.right + 4
    marks.append(Shape(line((left, top), (left, bottom), (right, bottom)), "axis"))
    return [*marks, Text(right, bottom + 32, names[0], "end", "name"), Text(0, top - 10, names[1], "start", "name")]


def number(value: float) -> str:
    """A tick's number, with a decimal prefix where it is large: 0.01, 20, 5 k."""
    for prefix, scale in ((" G", 1e9), (" M", 1e6), (" k", 1e3)):
        if abs(value) >= scale:
            return f"{value / scale:g}{prefix}"
    return f"{value:g}"
