"""What a plan by matrix products means in numbers: the tasks, the product of each, where its numbers lie, and which of
them meet in an output."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from ...layer.spec import ConvSpec
from ...plan.plan import Loop, Plan
from ...plan.program import TAPS
from ..lowering import rows_product
from ..tiled.geometry import Geometry, Strides, input_strides
from ..weights import all_taps

LINE = 16  # floats of a cache line
INTERLEAVED = (2, 4, 8)  # phases of columns that vectors bring in order, the others one number after the other
SETS = 256  # floats that many lines must not be a multiple of apart, for they would share sets of a cache


class Span(NamedTuple):
    """Positions `begin` to `end` - 1, to each of which the same shifts lead from a number of the input's."""

    begin: int
    end: int
    shifts: tuple[int, ...]


def spans(begin: int, end: int, extent: int, shifts: Iterable[int]) -> list[Span]:
    """The positions from `begin` to `end`, those together that have the same shifts a, with 0 <= position - a < extent.
    """
    shifts = tuple(shifts)
    cuts = {min(max(begin, cut), end) for a in shifts for cut in (a, a + extent)}
    return [Span(low, high, tuple(a for a in shifts if a <= low < a + extent))
            for low, high in itertools.pairwise(sorted({begin, end, *cuts}))]


class Columns(NamedTuple):
    """`number` neighbouring phases along rows, whose outputs the same shifts lead to: from output `first` on, `outputs`
    of each; the kernel's column of the first one and of shift 0 is `column`, and shifts are counted from `before`."""

    number: int
    first: int
    outputs: int
    column: int
    taps: int
    before: int


class Numbers:
    """What a plan means in numbers."""

    def __init__(self, plan: Plan) -> None:
        s, self.plan, self.row = plan.spec, plan, plan.target.row
        self.spec, self.lanes = s, plan.target.row.lanes
        _, h, w = s.axes
        # whether a pixel's products lie together, else those of a channel and a tap
        self.by_pixel = plan.lanes == "oc"
        steps = {loop.dim: loop.step for loop in plan.loops if loop.bind == "task"}
        self.block = steps["oc"]  # output channels of a task
        self.blocks = s.oc // self.block
        self.rows_met, self.columns_met = (-(-axis.k // axis.s) for axis in (h, w))  # of the input, in an output
        # a group is of the outputs, sh rows, that begin where the kernel on a row of the input does
        self.first = h.before // h.s
        self.groups = (h.o - 1 + h.before) // h.s - self.first + 1
        self.band = steps["oh"] // h.s  # groups of a task
        self.bands = -(-self.groups // self.band)
        self.rows = min(h.i, self.band + self.rows_met - 1)  # of the input, that a task multiplies
        self.kernel = s.kh * s.kw
        self.channels = self.block * self.kernel  # of the product
        # may fewer rows meet in an output, before the first one of the input, behind the last, or where a kernel ends?
        last = self.first + self.groups - 1
        self.zeros = self.first < self.rows_met - 1 or last >= h.i or h.k % h.s > 0
        held = (self.rows + self.zeros) * w.i  # pixels of products, a row of zeros the last of them
        each = self.channels if self.by_pixel else held
        self.pitch = each + LINE * (each % SETS == 0)  # from a pixel's products to the next, or from a channel's
        self.products = _lines((held if self.by_pixel else self.channels) * self.pitch + self.lanes)
        # outputs of a phase along rows, in scratch; those of all phases, in their order
        self.line_pitch = -(-w.o // w.s) + self.lanes
        self.run = w.s * s.oc  # numbers of a group of pixels
        self.groups_from, self.groups_to = w.before // w.s, (w.o - 1 + w.before) // w.s + 1
        if self.by_pixel:
            self.line = _lines((self.groups_to - self.groups_from) * self.run + self.lanes)
        else:
            self.line = _lines(w.s * self.line_pitch)
        self.joined = _lines(w.s * self.line_pitch + self.lanes) if w.s > 1 and not self.by_pixel else 0
        self.interleaves = w.s in INTERLEAVED and w.o >= w.s  # phases of columns, by whole vectors
        self.scratch = self.products + self.line + self.joined
        # numbers of each channel, packed so that whole vectors of them go round
        self.period = math.lcm(s.oc, self.lanes) if self.by_pixel else s.oc

    @functools.cached_property
    def product(self) -> Geometry:
        """The product of a task: its rows of the input, one long row of pixels, by the weights of its channels."""
        plan, s = self.plan, self.spec
        pixels = self.rows * s.iw
        spec = rows_product(s.ic, self.channels, pixels)
        if not self.by_pixel:
            spec = spec.replace(layout="ncw")
        seq = [Loop(dim, 1) for dim in ("n", "g", "od", "oh")]
        inner = msgspec.structs.replace(plan, spec=spec, algorithm="direct",
                                        loops=(*seq, *(loop for loop in plan.loops[:-4] if loop.bind == "seq"), *TAPS))
        g = Geometry(inner, spec, "ow" if self.by_pixel else "oc")
        given = input_strides(s)
        read = Strides(0, given.c, 0, 0, given.w)
        to = Strides(0, 1, 0, 0, self.pitch) if self.by_pixel else Strides(0, self.pitch, 0, 0, 1)
        return g.placed(read, read, to, all_taps(spec))

    @property
    def task_loops(self) -> list[tuple[str, int, str]]:
        """Variables of a task, how many it has, what they count."""
        return [("n", self.spec.n, "images"), ("block", self.blocks, f"output channels, {self.block} at a time"),
                ("band", self.bands, f"output rows, {self.band * self.spec.sh} at a time")]

    @property
    def tasks(self) -> int:
        return math.prod(trips for _, trips, _ in self.task_loops)

    @property
    def packed(self) -> int:
        """Packed weights, then what has a number for each channel."""
        return self.blocks * self.product.packed_weights + len(self.spec.per_channel) * self.period

    # --- which products meet in an output ---

    def pixel_spans(self) -> list[Span]:
        """Groups of pixels, by the columns of the input that meet in them."""
        return spans(self.groups_from, self.groups_to, self.spec.iw, range(self.columns_met))

    def parts(self) -> list[tuple[int, int, int]]:
        """Of a group: numbers from one to another, and how many columns of the input may meet in them."""
        s, left = self.spec, self.spec.kw % self.spec.sw
        cut = left * s.oc
        both = [(0, cut, self.columns_met), (cut, self.run, self.columns_met - 1)]
        return both if left else [(0, self.run, self.columns_met)]

    def column_sets(self) -> list[Columns]:
        """All phases along rows, those together that differ in their column alone."""
        w, found = self.spec.axes[2], list[Columns]()
        for first in range(min(w.s, w.o)):
            before, column = divmod(first + w.before, w.s)
            taps = max(0, -(-(w.k - column) // w.s))
            one = Columns(1, first, -(-(w.o - first) // w.s), column, taps, before)
            last = found[-1] if found else None
            if last and (last.outputs, last.taps, last.before) == (one.outputs, taps, before):
                found[-1] = last._replace(number=last.number + 1)
            else:
                found.append(one)
        return found

    def phase_spans(self, one: Columns) -> list[Span]:
        """Outputs of such a phase, by the columns of the input that meet in them."""
        return spans(0, one.outputs, self.spec.iw, (j - one.before for j in range(one.taps)))


def _lines(floats: int) -> int:
    """As many floats, in whole lines of a cache."""
    return -(-floats // LINE) * LINE


def blocks_of(spec: ConvSpec) -> Sequence[int]:
    """Output channels that a task may have: parts of the same size."""
    small = [size for size in range(1, math.isqrt(spec.oc) + 1) if spec.oc % size == 0]
    return sorted({*small, *(spec.oc // size for size in small)})


numbers = functools.lru_cache(maxsize=4096)(Numbers)
