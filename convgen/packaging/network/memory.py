"""Where each value lies in the one array that all share, and when.

A buffer lives from the step that writes it first to the last that reads it; two that never live at once may share
their place. Which places are best is NP-hard; of a few orders in which buffers are placed, each where it fits first
(Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, section 5), the one that takes
least is taken. No plan can take less than the buffers of the step at which most live.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

ALIGN = 64  # bytes
ERA = 256  # steps; buffers that share none need not be compared


class Buffer(NamedTuple):
    """name: of a value, or the number of the step whose workspace it is. first, last: the steps at which it lives."""

    name: str | int
    bytes: int
    first: int
    last: int


class Arena(NamedTuple):
    """offsets: of each buffer, in bytes. bytes: of all. least: what no plan can be below."""

    offsets: dict[str | int, int]
    bytes: int
    least: int


def arena(buffers: Sequence[Buffer], above: Sequence[int] = ()) -> Arena:
    """above: bytes that each step needs besides, behind all that lives then: the less they and all buffers take
    together, the better."""
    steps = max((buffer.last + 1 for buffer in buffers), default=0)

    def taken(offsets: dict[str | int, int]) -> int:
        needed = [top + more for top, more in zip(tops(buffers, offsets, steps), above, strict=False) if more]
        return max([_end(buffers, offsets), *needed])

    best = min((_placed(sorted(buffers, key=order)) for order in ORDERS), key=taken)
    return Arena(best, _end(buffers, best), max(live(buffers, steps), default=0))


def live(buffers: Sequence[Buffer], steps: int) -> list[int]:
    """Bytes of all that live at each step."""
    changes = [0] * (steps + 1)
    for one in buffers:
        changes[one.first] += _rounded(one.bytes)
        changes[one.last + 1] -= _rounded(one.bytes)
    return list(itertools.accumulate(changes))[:steps]


def tops(buffers: Sequence[Buffer], offsets: dict[str | int, int], steps: int) -> list[int]:
    """Where the arena is free above all that lives at each step."""
    found = np.zeros(steps, np.int64)
    for one in buffers:
        lives = found[one.first : one.last + 1]
        np.maximum(lives, offsets[one.name] + _rounded(one.bytes), out=lives)
    return [int(top) for top in found]


ORDERS: tuple[Callable[[Buffer], tuple[int, ...]], ...] = (
    lambda buffer: (-buffer.bytes, buffer.first),
    lambda buffer: (buffer.first, -buffer.bytes),
    lambda buffer: (buffer.first - buffer.last, -buffer.bytes),
    lambda buffer: (-buffer.bytes * (buffer.last - buffer.first + 1), buffer.first),
)


def _rounded(size: int) -> int:
    return -(-size // ALIGN) * ALIGN


def _end(buffers: Sequence[Buffer], offsets: dict[str | int, int]) -> int:
    return max((offsets[buffer.name] + _rounded(buffer.bytes) for buffer in buffers), default=0)


def _placed(buffers: Sequence[Buffer]) -> dict[str | int, int]:
    """Each in the lowest gap between those that are placed and live when it does."""
    offsets: dict[str | int, int] = {}
    eras: dict[int, list[Buffer]] = {}  # those that are placed, by each era in which they live
    for buffer in buffers:
        mine = range(buffer.first // ERA, buffer.last // ERA + 1)
        others = {other.name: other for era in mine for other in eras.get(era, ())
                  if other.first <= buffer.last and buffer.first <= other.last}
        at = 0
        for other in sorted(others.values(), key=lambda one: offsets[one.name]):
            if at + _rounded(buffer.bytes) <= offsets[other.name]:
                break
            at = max(at, offsets[other.name] + _rounded(other.bytes))
        offsets[buffer.name] = at
        for era in mine:
            eras.setdefault(era, []).append(buffer)
    return offsets
