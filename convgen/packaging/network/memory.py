"""Where each value lies in the one array that all share, and when.

A buffer lives from the step that writes it first to the last that reads it; two that never live at once may share
their place. Which places are best is NP-hard; of a few orders in which buffers are placed, each where it fits first
(Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, section 5), the one that takes
least is taken. No plan can take less than the buffers of the step at which most live.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

ALIGN = 64  # bytes


class Buffer(NamedTuple):
    """first, last: the steps at which it lives."""

    name: str
    bytes: int
    first: int
    last: int


class Arena(NamedTuple):
    """offsets: of each buffer, in bytes. bytes: of all. least: what no plan can be below."""

    offsets: dict[str, int]
    bytes: int
    least: int


def arena(buffers: Sequence[Buffer]) -> Arena:
    found = [_placed(sorted(buffers, key=order)) for order in ORDERS]
    best = min(found, key=lambda offsets: _end(buffers, offsets))
    steps = {buffer.first for buffer in buffers}
    least = max((sum(_rounded(one.bytes) for one in buffers if one.first <= step <= one.last) for step in steps),
                default=0)
    return Arena(best, _end(buffers, best), least)


ORDERS: tuple[Callable[[Buffer], tuple[int, ...]], ...] = (
    lambda buffer: (-buffer.bytes, buffer.first),
    lambda buffer: (buffer.first, -buffer.bytes),
    lambda buffer: (buffer.first - buffer.last, -buffer.bytes),
    lambda buffer: (-buffer.bytes * (buffer.last - buffer.first + 1), buffer.first),
)


def _rounded(size: int) -> int:
    return -(-size // ALIGN) * ALIGN


def _end(buffers: Sequence[Buffer], offsets: dict[str, int]) -> int:
    return max((offsets[buffer.name] + _rounded(buffer.bytes) for buffer in buffers), default=0)


def _placed(buffers: Sequence[Buffer]) -> dict[str, int]:
    """Each in the lowest gap between those that are placed and live when it does."""
    placed: list[tuple[int, Buffer]] = []
    for buffer in buffers:
        at = 0
        for offset, other in sorted((one for one in placed if one[1].first <= buffer.last
                                     and buffer.first <= one[1].last), key=lambda one: one[0]):
            if at + _rounded(buffer.bytes) <= offset:
                break
            at = max(at, offset + _rounded(other.bytes))
        placed.append((at, buffer))
    return {buffer.name: offset for offset, buffer in placed}
