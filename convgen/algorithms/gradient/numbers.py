"""Where everything of a gradient of weights lies, and how its sums are divided.

    dw[o, c, k] = Σ_{n, p} dy[n, o, p] · x[n, c, p·s + k·d − pad]

Pixels p are summed some rows of some images at a time. What these read is copied, padded and in f32, to the scratch of
the worker, in blocks of channels whose pixels follow each other:

    x    [block of input channels][image][kernel plane][row][column][channel of the block]
    dy   [block of output channels][image][row][column][channel of the block]

A tile is a block of output channels, in vectors, times a block of input channels and some taps, each in a row of its
own. Where each output channel reads one input channel, both blocks are of the same channels, and rows are taps alone.
Sums of a task stay in the workspace, one after the other for all rows that it sums:

    sums [split][group][block of output channels]( [block of input channels][tap][input channel][output channel]
                                                   [output channel of the bias] )
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import NamedTuple

from ...layer.spec import Axis, ConvSpec
from ...plan.choices import GradientChoices
from ...plan.plan import Plan

LONGEST = 256  # pixels of a row


class Reach(NamedTuple):
    """An axis of x as it is copied: for outputs from o on, `number` inputs from o·s − before on, `every` apart; outputs
    are `step` of them apart, taps `tap`."""

    axis: Axis
    number: int
    every: int
    step: int
    tap: int

    @property
    def inside(self) -> tuple[int, int]:
        """The first of those from output 0 on that is no padding, and the one behind the last."""
        low = -(-self.axis.before // self.every)
        high = -(-(self.axis.i + self.axis.before) // self.every)
        return min(self.number, low), min(self.number, max(low, high))


def _reach(axis: Axis, outputs: int) -> Reach:
    """Of a kernel of one tap, what lies between the inputs is left out."""
    every = axis.s if axis.k == 1 else 1
    step = axis.s // every
    return Reach(axis, (outputs - 1) * step + (axis.k - 1) * axis.d + 1, every, step, axis.d)


class Rows(NamedTuple):
    """Taps of a tile: the number of the first among all, and where x of each of its rows lies, counted from the first
    one's. Tiles whose rows lie alike share a function."""

    first: int
    start: int
    offsets: tuple[int, ...]


class Numbers:
    """Of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.spec, self.own = plan, rearranged(plan.spec), plan.own(GradientChoices)
        s, lanes = self.spec, plan.target.row.lanes
        self.by_channel = depthwise(plan)
        self.groups = 1 if self.by_channel else s.g
        self.outputs = s.oc if self.by_channel else s.ocg  # of a group
        self.inputs = s.ic if self.by_channel else s.icg
        self.width = plan.nr * lanes  # of a block of output channels
        self.channels = self.width if self.by_channel else plan.mr // self.own.taps  # of one of input channels
        self.blocks = -(-self.outputs // self.width)
        self.input_blocks = 1 if self.by_channel else -(-self.inputs // self.channels)
        self.d, self.h, self.w = _reach(s.axes[0], 1), _reach(s.axes[1], self.own.rows), _reach(s.axes[2], s.ow)
        self.pixel = self.channels
        self.row = self.w.number * self.pixel
        self.plane = self.h.number * self.row
        self.image = s.kd * self.plane
        self.input_block = self.own.images * self.image
        self.part = -(-self.blocks // self.own.parts)  # blocks of output channels of a task
        self.line = s.ow * self.width
        self.picture = self.own.rows * self.line
        self.block = self.own.images * self.picture
        self.x = (self.part if self.by_channel else self.input_blocks) * self.input_block
        self.taps = s.kd * s.kh * s.kw
        self.tile = self.taps * (1 if self.by_channel else self.channels) * self.width
        self.sums = self.input_blocks * self.tile + self.width  # of a block of output channels
        self.heights = -(-s.oh // self.own.rows)
        self.batches = -(-s.n // self.own.images)
        self.steps = self.batches * s.od * self.heights  # of the whole sum

    @property
    def scratch(self) -> int:
        """Numbers of a worker."""
        return whole(self.x) + whole(self.part * self.block)

    @property
    def split(self) -> int:
        """Numbers of the sums of one part of the pixels."""
        return self.groups * self.blocks * self.sums

    @property
    def shared(self) -> int:
        """Of those of all."""
        return whole(self.own.splits * self.split)

    @property
    def longest(self) -> int:
        """Pixels summed in one part of them, at most."""
        most = -(-self.steps // self.own.splits)
        return min(self.spec.terms, most * self.own.images * self.own.rows * self.spec.ow)

    @functools.cached_property
    def rows(self) -> list[Rows]:
        """The tiles of two blocks of channels, one for some taps each."""
        s, found = self.spec, list[Rows]()
        places = [kd * self.plane + kh * self.h.tap * self.row + kw * self.w.tap * self.pixel
                  for kd, kh, kw in itertools.product(range(s.kd), range(s.kh), range(s.kw))]
        line = self.own.taps if self.own.taps <= s.kw else self.own.taps // s.kw * s.kw
        for begin in range(0, self.taps, s.kw if line <= s.kw else line):
            end = min(self.taps, begin + max(line, s.kw))
            for first in range(begin, end, line):
                taps = places[first : min(first + line, end)]
                channels = range(1 if self.by_channel else self.channels)
                found.append(Rows(first, taps[0], tuple(at - taps[0] + c for at in taps for c in channels)))
        return found

    @property
    def copied(self) -> tuple[int, int]:
        """Numbers of x and dy that all tasks copy, padding included."""
        s, often = self.spec, self.steps * self.groups
        x = math.prod((self.input_blocks * (self.blocks if self.by_channel else self.own.parts), self.own.images,
                       s.kd, self.h.number, self.w.number, self.channels))
        return often * x, often * self.blocks * self.block


@functools.lru_cache(maxsize=256)
def rearranged(spec: ConvSpec) -> ConvSpec:
    """The pixels of a kernel of one tap, without strides and padding, follow each other: in rows that are long, but not
    so long that what a step reads would leave the caches."""
    if any(a.k > 1 or a.s > 1 or a.before or a.after for a in spec.axes) or spec.rank < 2:
        return spec
    pixels = math.prod(spec.output_extents)
    width = max(one for one in range(1, min(pixels, LONGEST) + 1) if pixels % one == 0)
    ones = {"id": 1, "dd": 1} if spec.rank == 3 else {}
    return spec.replace(ih=pixels // width, iw=width, dh=1, dw=1, **ones) if width > spec.iw else spec


def depthwise(plan: Plan) -> bool:
    """Whether each output channel reads one input channel."""
    return plan.spec.g > 1 and plan.spec.icg == plan.spec.ocg == 1


def whole(numbers: int) -> int:
    """Of so many, as many cache lines as they take."""
    return -(-numbers // 16) * 16


@functools.lru_cache(maxsize=1024)
def numbers(plan: Plan) -> Numbers:
    return Numbers(plan)
