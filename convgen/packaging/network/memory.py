"""Where each value lies in the one array that all share, and when.

A buffer lives from the step that writes it first to the last that reads it; two that never live at once may share
their place. Which places are best is NP-hard; of a few orders in which buffers are placed, each where it fits first
(Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, section 5), the one that takes
least is taken; and where it is not the best that there can be, each is mended: the buffer that reaches highest is
placed before one on which it stands. No plan can take less than the buffers of the step at which most live.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

ALIGN = 64  # bytes
ERA = 256  # steps; buffers that share none need not be compared
MENDED = 8  # times that an order is mended: those that can be, have been after some five
PLACED = 40_000  # buffers in all that mending an order places: a bound for very large networks


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
    steps = max([len(above), *(buffer.last + 1 for buffer in buffers)])
    above = [*above, *[0] * (steps - len(above))]
    alive = live(buffers, steps)
    least = max(map(sum, zip(alive, above, strict=True)), default=0)
    found = [_Placing(sorted(buffers, key=order), above) for order in ORDERS]
    best = min(found, key=lambda one: one.taken)
    for _ in range(min(MENDED, PLACED // max(1, len(buffers)))):
        if best.taken <= least:
            break
        found = [one.mended() for one in found]
        best = min([best, *found], key=lambda one: one.taken)
    return Arena(best.offsets, _end(buffers, best.offsets), max(alive, default=0))


class _Placing:
    """Buffers placed in an order. needed: by each step, with what it needs above; taken: by all."""

    def __init__(self, order: list[Buffer], above: Sequence[int]) -> None:
        self.order, self.above = order, above
        self.offsets = _placed(order)
        self.needed = [*map(sum, zip(tops(order, self.offsets, len(above)), above, strict=True))]
        self.taken = max(self.needed, default=0)

    def mended(self) -> _Placing:
        """The highest buffer of the step that needs most, before one on which it stands; the same where it stands on
        none."""
        step = self.needed.index(self.taken)
        high = max((one for one in self.order if one.first <= step <= one.last), key=self._top)
        below = next((at for at, one in enumerate(self.order) if self._top(one) == self.offsets[high.name]
                      and one.first <= high.last and high.first <= one.last), None)
        if below is None:
            return self
        order = [one for one in self.order if one is not high]
        order.insert(below, high)
        return _Placing(order, self.above)

    def _top(self, one: Buffer) -> int:
        return self.offsets[one.name] + _rounded(one.bytes)


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
