"""What a plan makes a machine do, free of any machine: the planner turns it into cycles."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple, Protocol, Self

import numpy as np

from .plan import Plan

SPARE = 2  # ways of an L1 set that weights and outputs take
STREAMS = 16  # runs of memory that a tile reads side by side, from which on prefetchers lose count of them


class Visits(NamedTuple):
    """`number` runs of one micro-kernel: rows × vectors accumulators, `steps` terms of `loads` loads
    each, `rounds` turns of the loops around the innermost one. pitch: bytes between the input streams
    of two rows. extra: instructions of a term that are neither loads nor sums. speed: times as many FMAs a cycle as
    vector instructions do. ahead: rounds that loads precede their use by, where work-items share them. finish:
    instructions that make outputs of its sums and store them; None: nothing but a store of each. shuffles: vectors
    of a term that are shuffled, each in the place of an FMA."""

    number: int
    rows: int
    vectors: int
    steps: float
    rounds: int
    loads: float
    pitch: int
    extra: float = 0.0
    speed: float = 1.0
    ahead: int = 1
    finish: float | None = None
    shuffles: float = 0.0


def multiplied(visits: Iterable[Visits]) -> float:
    """Vectors of products that all of the runs make."""
    return sum(run.number * run.rows * run.vectors * run.steps for run in visits)


class Footprint:
    """A regular set of memory: `bytes` neighbours, repeated along axes of (count, stride in bytes); `size` bytes in
    all. Plans of a kind share theirs, and what is known of them."""

    __slots__ = ("axes", "bytes", "size", "taken")

    def __init__(self, bytes: int, axes: tuple[tuple[int, int], ...]) -> None:
        self.bytes, self.axes = bytes, axes
        self.size = bytes
        for count, _ in axes:
            self.size *= count
        self.taken = dict[tuple[int, int], int]()  # of a cache, by its sets and its line

    def __repr__(self) -> str:
        return f"Footprint({self.bytes}, {self.axes})"

    def lines(self, line: int) -> int:
        """Bytes of the cache lines it takes, each run in lines of its own."""
        return self.size // self.bytes * -(-self.bytes // line) * line if self.bytes else 0

    def occupied(self, sets: int, line: int) -> int:
        """Bytes of a cache that it takes, its crowded sets counted for all: power-of-two strides
        map many lines to few sets, and a cache is full when one set is."""
        known = self.taken.get((sets, line))
        if known is None:
            even = self.size <= 4 * self.bytes or self.bytes >= sets * line  # each run fills all sets alike
            known = self.taken[sets, line] = self.size if even else \
                int(self.size * _crowding(self.bytes, self.axes, sets, line))
        return known

    @property
    def regions(self) -> tuple[int, int]:
        """Into how many it falls, and bytes of each: runs that follow each other without a gap are one."""
        reach, apart = self.bytes, 1
        for count, stride in sorted(self.axes, key=lambda axis: axis[1]):
            if stride <= reach:
                reach += (count - 1) * stride
            else:
                apart *= count
        return apart, reach


class Again(NamedTuple):
    """How a tile comes back to the lines that it reads: `often` times to each of `runs` such sets of them."""

    footprint: Footprint
    often: int
    runs: int


class Access(NamedTuple):
    """How a loop nest reads or writes an array.

    footprint(depth): what the loops from `depth` inwards touch. moves(depth): whether loop `depth`
    changes what the loops inside it touch. weight: 2 where each byte is read and written back.
    ahead: whether the kernel asks for it before it reads it. again: where a tile comes back to the same lines, what it
    reads meanwhile. alone: whether nothing is computed while it is read.
    """

    name: str
    footprint: Callable[[int], Footprint]
    moves: Callable[[int], bool]
    weight: float = 1
    ahead: bool = False
    again: Again | None = None
    alone: bool = False


class Pass(NamedTuple):
    """A sweep before the main nest: elements moved, cycles each beyond the memory traffic, and sums or products, which
    take as long as FMAs do. least: elements moved in any order of the loops, where that decides; 0: as many.
    scattered: bytes that it reads or writes a line here, a line there, among so many (`among`) that pass by before it
    comes to them."""

    name: str
    elements: int
    cycles: float
    bytes: int
    operations: float = 0.0
    least: int = 0
    scattered: int = 0
    among: int = 0


class Volumes(NamedTuple):
    """Many orders of a nest's loops, for who looks at all at once.

    trips[loop, order]; bytes[array, depth, order] that the loops from a depth inwards touch; moves[array, loop, order]:
    whether the loop changes which. weights[array, order]: as of an Access. runs[array, order]: bytes side by side in
    what a tile touches, or a part of it that it comes back to; 0 where it asks for them beforehand; visited[array,
    order]: bytes of all these runs. tasks[order]: that threads share.
    """

    trips: np.ndarray
    bytes: np.ndarray
    moves: np.ndarray
    weights: np.ndarray
    runs: np.ndarray
    visited: np.ndarray
    tasks: np.ndarray


class Orders(Protocol):
    """What the loops of a kind of plans touch, for all of their orders at once."""

    @property
    def alike(self) -> Hashable:
        """Kinds that have this in common are looked at together."""

    def volumes(self, kinds: Sequence[tuple[Self, Sequence[Plan]]], /) -> Volumes:
        """Of such kinds, each with its plans, what these touch."""


class Work(NamedTuple):
    """A plan's work. trips: of each loop outside the register tile, outermost first. once: a visit of a
    tile reads no line again after others. least: bytes that the main nest moves at least, whatever its tiles. phases:
    that wait for each other. repeats: how often the nest runs, each time for outputs of its own. others: of nests that
    run beside it; visits, passes and epilogue are then of all. threads: that its tasks should keep busy; 0: as many as
    those of any layer. kept: share of L1 that may hold what tiles read again; 0: as much as of any cache. whole: what
    all of the nest touches of each array, at least, in any order of its loops; none where these are more than an order.
    Where they are not, visits, epilogue, and what passes move at least, are the same for all plans of a kind. orders:
    what plans of this one's kind touch; None where that is not known at once."""

    visits: tuple[Visits, ...]
    trips: tuple[int, ...]
    arrays: tuple[Access, ...]
    passes: tuple[Pass, ...]
    epilogue: float
    once: bool = False
    least: int = 0
    phases: int = 1
    repeats: int = 1
    others: tuple[Work, ...] = ()
    threads: int = 0
    kept: float = 0.0
    dealt: int = 0
    whole: tuple[Footprint, ...] = ()
    orders: Orders | None = None

    @property
    def nests(self) -> tuple[Work, ...]:
        """All of them."""
        return (self, *self.others)


@functools.lru_cache(maxsize=65536)
def _crowding(run: int, axes: tuple[tuple[int, int], ...], sets: int, line: int) -> float:
    """How much more of a cache's sets than of its bytes such runs take."""
    starts = np.zeros(1, int)
    for count, stride in axes:
        sampled = min(count, max(1, 128 // len(starts)))  # a sample shows the pattern
        starts = (starts[:, None] + stride * np.arange(sampled)).ravel()
    starts.sort()
    first, last = starts // line, (starts + min(run, sets * line) - 1) // line
    first[1:] = np.maximum(first[1:], last[:-1] + 1)  # of lines that no run before has
    begins = first % sets
    ends = begins + last - first + 1
    touched = int((ends - begins).sum())
    beyond = ends > sets  # these go on from the first set
    ends[beyond] -= sets
    begins.sort()
    ends.sort()
    begun = np.arange(1, len(begins) + 1)
    most = int(np.count_nonzero(beyond) + max(0, (begun - ends.searchsorted(begins, "right")).max()))
    spread = touched * line / (len(starts) * run)  # parts of lines count as lines
    return max(1.0, spread) * (most * sets / touched if most > 4 else 1.0)
