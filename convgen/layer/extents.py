"""One axis of a layer: what a word for its pads means, and how many outputs there are.

i, o, k: extents of input, output and kernel; s, d: stride and dilation, 1 is none. What a kernel with its dilation
spans beyond one input is its reach, (k − 1)·d.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec

from ..errors import InputError
from .descriptor import LIMIT, PADS
from .names import show

PaddingName = Literal["valid", "half", "same", "same-upper", "same-lower", "full"]
PADDINGS: tuple[str, ...] = get_args(PaddingName)
Padding = PaddingName | int | Sequence[int | Sequence[int]]  # or for all axes; for each; (before, after) for each


class Axis(msgspec.Struct, frozen=True):
    """One spatial axis of a layer: extents of input, output and kernel, stride, dilation, pads."""

    name: str
    i: int
    o: int
    k: int
    s: int
    d: int
    before: int
    after: int

    @property
    def padded(self) -> int:
        """Extent of the input with its zero padding."""
        return self.before + self.i + self.after


def read_padding(given: Any, lowest: Sequence[Sequence[int]]) -> str | list[tuple[int, int]]:
    """What `padding` says: one of PADDINGS, or (before, after) of each axis that the layer has. lowest: what these may
    be at least. InputError for anything else."""
    rank = len(lowest)
    pairs = [one if isinstance(one, list | tuple) else (one, one)
             for one in (given if isinstance(given, list | tuple) else [given] * rank)]
    if isinstance(given, str) and given.lower() in PADDINGS:
        return given.lower()
    if len(pairs) == rank and all(len(pair) == 2 and all(map(_pad, pair, lows))
                                  for pair, lows in zip(pairs, lowest, strict=True)):
        return [(int(before), int(after)) for before, after in pairs]
    each = f"one for each of {rank} axes, or " if rank > 1 else "or "
    each += "((before, after), …)"
    names = ", ".join(PADDINGS)
    raise InputError(f"padding must be one of {names}; or an integer of at least 0, {each} (padding={show(given)})")


def _pad(value: object, lowest: int) -> bool:
    """Whether it can be one."""
    return hasattr(value, "__index__") and not isinstance(value, bool) and lowest <= operator.index(value) < LIMIT


def named_pads(name: str, i: int, k: int, s: int, d: int, *, transposed: bool) -> tuple[int, int]:
    """What one of PADDINGS means along an axis: (before, after)."""
    reach = (k - 1) * d
    total = reach + 1 - s if transposed else max(0, (-(-i // s) - 1) * s + reach + 1 - i)
    half = max(0, total) // 2
    upper = half, total - half
    lower = max(0, total) - half
    return {
        "valid": (0, 0),
        "half": (reach // 2, reach // 2),
        "same": upper,
        "same-upper": upper,
        "same-lower": (lower, total - lower),
        "full": (reach, reach),
    }[name]


def windows(axis: str, i: int, k: int, s: int, d: int, before: int, after: int) -> int:
    """Outputs along an axis: the windows that fit the padded input. InputError where none does."""
    padded = i + before + after
    if padded >= LIMIT:
        raise InputError(f"padded i{axis} must be less than 2^31 (got {padded})")
    room = padded - (k - 1) * d - 1
    if room < 0:
        raise InputError(
            f"k{axis} with its dilation must fit the padded input"
            f" (k{axis}={k}, d{axis}={d}, spans {(k - 1) * d + 1}; i{axis} padded is {padded})"
        )
    return room // s + 1


def scattered(axis: str, i: int, k: int, s: int, d: int, before: int, after: int) -> int:
    """The same of a transposed layer: what all inputs add to, less the pads. InputError where no input reaches that."""
    first, last = PADS[axis]
    whole = (i - 1) * s + (k - 1) * d + 1
    extent = whole - before - after
    if not 0 < extent < LIMIT:
        raise InputError(f"{first} and {last} must leave 1 to 2^31 - 1 outputs ({first}={before}, {last}={after};"
                         f" without them {whole})")
    places = ((max(0, -(-(before - tap) // s)), tap) for tap in range(0, k * d, d))  # the first input, for each tap
    if not any(q < i and q * s + tap - before < extent for q, tap in places):
        raise InputError(f"{first} and {last} must leave outputs that an input reaches ({first}={before},"
                         f" {last}={after}, i{axis}={i}, k{axis}={k}, s{axis}={s}, d{axis}={d})")
    return extent
