"""Tables that can be sorted, and bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...planner.describe import amount

MINUS_ONE = -1.0  # sorts what is not known below every figure


class Cell(NamedTuple):
    """key: what it is sorted by, if not its text."""

    text: str
    key: float | None = None
    link: str = ""
    note: str = ""


class Column(NamedTuple):
    """numbers: whether it holds some, which stand to the right."""

    name: str
    numbers: bool = False


class Table(NamedTuple):
    """caption: what it lists, in words."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Bar(NamedTuple):
    """share: of the longest, 0 to 1. style: of its colour."""

    label: str
    value: str
    share: float
    note: str = ""
    style: str = "predicted"
    link: str = ""


class Fact(NamedTuple):
    """A figure with its unit, or a few words, and what it is of."""

    name: str
    value: str


def figure(value: float | None, unit: str) -> Cell:
    """A number of three digits with a prefix and its unit; a dash where it is not known."""
    return Cell("–", MINUS_ONE) if value is None else Cell(f"{amount(value)}{unit}".strip(), value)


def share(value: float | None) -> Cell:
    """A share in percent."""
    return Cell("–", MINUS_ONE) if value is None else Cell(f"{value:.0%}", value)


def duration(seconds: float | None) -> Cell:
    return Cell("–", MINUS_ONE) if seconds is None else Cell(time_text(seconds), seconds)


def time_text(seconds: float) -> str:
    """Three digits, in µs below a millisecond."""
    return f"{1e6 * seconds:.3g} µs" if seconds < 1e-3 else f"{1e3 * seconds:.3g} ms"


def bars(values: Iterable[tuple[str, float, str, str]], style: str = "predicted", links: Sequence[str] = ()) -> \
        tuple[Bar, ...]:
    """(label, value, its text, a note) of each, in their order."""
    found = list(values)
    most = max((value for _, value, _, _ in found), default=0.0) or 1.0
    return tuple(Bar(label, text, value / most, note, style, links[i] if links else "")
                 for i, (label, value, text, note) in enumerate(found))
