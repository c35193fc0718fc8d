"""Where everything of a gradient of weights lies, and how its sums are divided.

    dw[o, c, k] = Σ_{n, p} dy[n, o, p] · x[n, c, p·s + k·d − pad]

Pixels p are summed some rows of some images at a time. What these read is copied, padded and in f32, to the scratch of
the worker, in blocks of channels whose pixels follow each other; but a side is read where it lies, if it is read but
once, or a copy would be no other:

    x    [block of input channels][image][kernel plane][row][column][channel of the block]
    dy   [block of output channels][image][row][column][channel of the block]

The channels of one side lie in lanes: a block of them is some vectors wide. A tile is such a block times one of the
other side's channels and some taps, each in a row of its own. Lanes are of output channels, or, where these are few, of
input channels. Where each output channel reads one input channel, both blocks are of the same channels, and rows are
taps alone. Sums of a task stay in the workspace, one after the other for all rows that it sums:

    sums [split][group][block of lanes]( [block of the other side][tap][other channel][lane]
                                         [output channel of the bias] )

Where lanes are of input channels, the bias sums vectors of neighbouring pixels of dy, whose rows are padded for it; its
sums are [block of output channels][pixel of a vector][channel of the block].

Planes with few output channels need not be transposed: lanes are of neighbouring pixels then, the columns of a row
follow each other for each channel of a block, x […][row][channel of the block][column], and every sum has a lane for
each pixel of a vector, which are added in the end. A block of output channels has as many as a tile has vectors.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import NamedTuple

from ...layer.element import F32
from ...layer.spec import Axis, ConvSpec
from ...plan.choices import GradientChoices
from ...plan.plan import Plan
from ..tiled.geometry import input_strides, output_strides

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
    one's, where x lies in lanes one for each tap. Tiles whose rows lie alike share a function."""

    first: int
    start: int
    offsets: tuple[int, ...]


class Side(NamedTuple):
    """x or dy as a task copies it: the channels of a block, how many blocks, and whether these are a part of all; those
    lie in lanes, unless rows are planes: of columns for each channel."""

    width: int
    blocks: int
    parted: bool
    planes: bool

    def places(self, columns: int) -> tuple[int, int]:
        """From one pixel of a row to the next, and from one channel to the next."""
        return (1, columns) if self.planes else (self.width, 1)


class Numbers:
    """Of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.spec, self.own = plan, rearranged(plan.spec), plan.own(GradientChoices)
        s, lanes = self.spec, plan.target.row.lanes
        self.by_channel = depthwise(plan)
        self.by_input, self.by_pixel = plan.lanes == "ic", plan.lanes == "ow"  # in lanes
        self.groups = 1 if self.by_channel else s.g
        self.outputs = s.oc if self.by_channel else s.ocg  # of a group
        self.inputs = s.ic if self.by_channel else s.icg
        wide, few = (self.inputs, self.outputs) if self.by_input else (self.outputs, self.inputs)
        self.vectors = plan.nr * lanes  # numbers of a row of a tile
        self.width = plan.nr if self.by_pixel else self.vectors  # channels of a block of lanes
        self.channels = self.width if self.by_channel else plan.mr // self.own.taps  # of a block of the other side
        self.blocks = -(-wide // self.width)
        self.others = 1 if self.by_channel else -(-few // self.channels)
        self.part = -(-self.blocks // self.own.parts)  # blocks of lanes of a task
        self.d, self.h, self.w = _reach(s.axes[0], 1), _reach(s.axes[1], self.own.rows), _reach(s.axes[2], s.ow)
        of_lanes = Side(self.width, self.part, True, self.by_pixel)
        of_others = Side(self.channels, self.others, False, self.by_pixel)
        self.x, self.dy = (of_lanes, of_others) if self.by_input else (of_others, of_lanes)
        self.x = of_lanes if self.by_channel else self.x
        self.row = self.w.number * self.x.width
        self.plane = self.h.number * self.row
        self.image = s.kd * self.plane
        self.input_block = self.own.images * self.image
        vectors = lanes if self.by_input and s.bias else 1
        self.columns = -(-s.ow // vectors) * vectors  # of dy
        self.line = self.columns * self.dy.width
        self.picture = self.own.rows * self.line
        self.block = self.own.images * self.picture
        self.taps = s.kd * s.kh * s.kw
        self.tile = self.taps * (1 if self.by_channel else self.channels) * self.vectors
        self.bias_at = self.others * self.tile  # in the sums of a block of lanes
        self.bias = self.channels * lanes if self.by_input else self.vectors  # sums for a block of dy
        self.sums = self.bias_at + self.bias * (self.others if self.by_input else 1)
        self.heights = -(-s.oh // self.own.rows)
        self.batches = -(-s.n // self.own.images)
        self.steps = self.batches * s.od * self.heights  # of the whole sum
        self.spans = self._spans()
        self.x_spread = self.spreads and self.own.rows == s.oh
        self.x_lies = self.x_spread or (not s.padded and self._lies(self.x, self.inputs, s.input_channels)
                                        and (s.channels_last or self.w.every == 1))
        self.rest = self.inputs % self.channels if self.x_spread else 0  # channels of the last block, if it has fewer
        self.fresh = self.steps == self.own.splits and not self.by_input  # each task has one step: it adds to no sums
        summed = self.by_input and s.bias and self.dy.width < s.output_channels  # vectors of neighbouring pixels
        self.dy_lies = self.columns == s.ow and not summed and self._lies(self.dy, self.outputs, s.output_channels)
        self.x_pixel, self.x_channel = self.x.places(self.w.number)
        self.dy_pixel, self.dy_channel = self.dy.places(self.columns)
        if self.x_lies:
            x = input_strides(s)
            self.x_pixel, self.row, self.plane = self.w.every * x.w, self.h.every * x.h, s.dd * x.d
            self.image, self.x_channel, self.input_block = x.n, x.c, self.x.width * x.c
        if self.dy_lies:
            dy = output_strides(s)
            self.dy_pixel, self.line, self.picture = dy.w, dy.h, dy.n
            self.dy_channel, self.block = dy.c, self.dy.width * dy.c

    def _lies(self, side: Side, channels: int, pitch: int) -> bool:
        """Whether a side is read where it lies: in f32, in whole blocks of neighbouring channels or of planes, of which
        each is read once, or is all that there is of a pixel, as a copy of it would be."""
        s, once = self.spec, self.once(side)
        as_copied = s.channels_last and (once or side.width == pitch)
        return s.arithmetic.input is F32 and channels % side.width == 0 and (as_copied or (side.planes and once))

    @property
    def spreads(self) -> bool:
        """Whether planes of x, whose numbers meet vectors of dy one by one, are read where they lie, by steps that have
        whole planes. These follow each other; parts of planes that lie far apart no cache would keep."""
        s = self.spec
        return not (s.channels_last or s.padded or self.by_channel or self.by_input or self.by_pixel) \
            and s.arithmetic.input is F32 and self.taps == 1 and self.w.every == 1

    @property
    def ends_in_squares(self) -> bool:
        """Whether squares of sums are transposed: of one tap, output channels in whole vectors of lanes, and the input
        channels of each neighbours in the gradient, which is in f32."""
        s, lanes = self.spec, self.plan.target.row.lanes
        return self.taps == 1 and not (self.by_channel or self.by_input or self.by_pixel) and 1 < lanes <= self.inputs \
            and s.arithmetic.weights is F32 and self.outputs % lanes == 0 and s.weights_layout in ("oihw", "ohwi")

    def once(self, side: Side) -> bool:
        """Whether each number of a side is read by one tile."""
        return (self.others if side.parted else self.blocks) * len(self.spans) == 1

    def _spans(self) -> list[tuple[int, int]]:
        """Of the taps of each tile, the first, and the one behind the last: of some rows of the kernel, or of a part of
        one."""
        line, found = self.own.taps, list[tuple[int, int]]()
        if line > self.spec.kw:
            line = line // self.spec.kw * self.spec.kw
        step = max(line, self.spec.kw)
        for begin in range(0, self.taps, step):
            end = min(self.taps, begin + step)
            found += [(first, min(first + line, end)) for first in range(begin, end, line)]
        return found

    def parted(self, side: Side) -> bool:
        """Whether a task copies some blocks of a side, not all."""
        return side.parted and self.own.parts > 1

    @property
    def last_rows(self) -> list[Rows]:
        """The tiles of the last block of input channels, where that has fewer."""
        return [rows._replace(offsets=rows.offsets[: self.rest]) for rows in self.rows] if self.rest else []

    def sums_of(self, rows: int) -> int:
        """Rows of accumulators of a tile of so many rows of x."""
        return rows * (self.channels if self.by_input else 1)

    @property
    def place_of_dy(self) -> int:
        """In the scratch of a worker, behind x."""
        return 0 if self.x_lies else whole(self.x.blocks * self.input_block)

    @property
    def scratch(self) -> int:
        """Numbers of a worker."""
        return self.place_of_dy + (0 if self.dy_lies else whole(self.dy.blocks * self.block))

    @property
    def split(self) -> int:
        """Numbers of the sums of one part of the pixels."""
        return self.groups * self.blocks * self.sums

    @property
    def shared(self) -> int:
        """Of those of all."""
        return whole(self.own.splits * self.split)

    @functools.cached_property
    def longest(self) -> int:
        """Roundings of a sum, at most: the products that a number of one part of the pixels adds in turn, the first of
        them to 0; where lanes are of pixels, then the other lanes; and the other parts."""
        s, own = self.spec, self.own
        images = [min(own.images, s.n - n) for n in range(0, s.n, own.images)]
        rows = [min(own.rows, s.oh - oh) for oh in range(0, s.oh, own.rows)]
        lines = [many * high for many in images for _ in range(s.od) for high in rows]  # of each step
        ends = [split * self.steps // own.splits for split in range(own.splits + 1)]
        most = max(sum(lines[begin:end]) for begin, end in itertools.pairwise(ends))
        lanes = min(s.ow, self.plan.target.row.lanes) if self.by_pixel else 1
        return most * -(-s.ow // lanes) + lanes - 1 + own.splits - 1

    @functools.cached_property
    def rows(self) -> list[Rows]:
        """The tiles of two blocks of channels, one for some taps each."""
        s, found = self.spec, list[Rows]()
        places = [kd * self.plane + kh * self.h.tap * self.row + kw * self.w.tap * self.x_pixel
                  for kd, kh, kw in itertools.product(range(s.kd), range(s.kh), range(s.kw))]
        for first, end in self.spans:
            taps = places[first:end]
            channels = [c * self.x_channel for c in range(1 if self.x.parted else self.channels)]
            found.append(Rows(first, taps[0], tuple(at - taps[0] + channel for at in taps for channel in channels)))
        return found

    @property
    def copied(self) -> tuple[int, int]:
        """Numbers of x and dy that all tasks copy, padding included."""
        often = self.steps * self.groups
        x, dy = (self.blocks if side.parted else side.blocks * self.own.parts for side in (self.x, self.dy))
        return (0 if self.x_lies else often * x * self.input_block), (0 if self.dy_lies else often * dy * self.block)


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
