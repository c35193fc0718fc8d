"""What a plan means in numbers: blocks, pairs of them, parts of the kernel, and where numbers lie.

A block is size_h × size_w neighbouring numbers of a channel, padding included, of which step_h × step_w outputs follow.
Two blocks make one of complex numbers, x + iy: weights are real, so that products with their spectrum keep the two
apart. A pair's second block is `pairs` further along one dimension: columns of blocks, rows of blocks, or images.

In memory a block is a matrix of complex numbers, rows × columns, a vector of real parts before one of imaginary parts:
that of a plane of pixels as it lies, a signal in rows of as many points as a vector has lanes. Spectra have the columns
of `lanes` rows after each other:

    points      [row][column / lanes][re, im][lane = column % lanes]
    spectrum    [row / lanes][column][re, im][lane = row % lanes]       indices with their bits reversed
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

from ...machine.isa import ISAS, PLAIN
from ...plan.choices import FourierChoices
from ...plan.plan import Plan
from ..tiled.geometry import input_strides, output_strides
from ..winograd.index import Index
from .accurate import accurate
from .butterflies import Pass, passes, roots_of

LINE = 16  # floats of a cache line


class Cut(NamedTuple):
    """How an axis is cut: points of a block, outputs of one, blocks, input before the first output's."""

    size: int
    step: int
    blocks: int
    before: int


class Trip(NamedTuple):
    """A loop over tasks: its variable, its turns, what one of them is."""

    var: str
    turns: int
    what: str

    @property
    def at(self) -> Index:
        return self.var if self.turns > 1 else 0


class Numbers:
    """Of one plan."""

    def __init__(self, plan: Plan) -> None:
        s, own = plan.spec, plan.own(FourierChoices)
        self.plan, self.spec, self.choices = plan, s, own
        row = plan.target.row
        self.row = ISAS[PLAIN[row.dialect]] if plan.target.is_gpu else row  # there work-items are what lanes are
        self.lanes = lanes = self.row.lanes
        self.pairs_at_once, self.channels_at_once = plan.mr, plan.nr
        self.x, self.y = input_strides(s), output_strides(s)
        self.points = own.size_h * own.size_w
        self.flat = own.size_h == 1
        self.columns = lanes if self.flat else own.size_w
        self.rows = self.points // self.columns
        self.parts, self.taps = parts_of(s.kw, own.size_w) if self.flat else (1, s.kw)
        self.h = Cut(own.size_h, 1 if self.flat else own.size_h - s.kh + 1, 0, s.axes[1].before)
        step = own.size_w - self.taps + 1
        if self.parts > 1:
            step = self.taps
        elif (whole := step - step % lanes) and (self.flat or -(-s.ow // whole) == -(-s.ow // step)):
            step = whole  # vectors of outputs, whose blocks begin where vectors of the input do
        self.w = Cut(own.size_w, step, 0, s.axes[2].before)
        self.h, self.w = (cut._replace(blocks=-(-extent // cut.step))
                          for cut, extent in ((self.h, s.oh), (self.w, s.ow)))
        # pairs
        counts = {"b": self.w.blocks, "bh": self.h.blocks, "n": s.n}
        self.paired = next((dim for dim, count in counts.items() if count > 1), "")
        self.odd = bool(self.paired) and counts[self.paired] % 2 == 1
        self.apart = -(-counts[self.paired] // 2) if self.paired else 0
        if self.paired:
            counts[self.paired] = self.apart
        self.images, self.down, self.across = (counts[dim] for dim in ("n", "bh", "b"))
        # passes down the columns of a block, and along its rows; a signal's are one transform, with roots between them
        self.turned = self.flat and lanes > 1
        self.column_passes = passes(self.rows, by_lane=self.turned)
        self.row_passes = passes(self.columns, roots_of(self.column_passes))
        self.roots = roots_of(self.column_passes) + roots_of(self.row_passes)
        # numbers in memory
        self.spectrum = 2 * self.points
        self.plane = self.spectrum + LINE  # a line more: planes at a power of two would meet in one set of the cache
        self.groups_of = s.ocg // self.channels_at_once  # output channels, as many at once
        self.terms = s.icg * self.parts
        # packed spectra: what is read together lies so
        self.channel_pitch = self.spectrum if plan.target.is_gpu else 2 * lanes
        self.term_pitch = self.channel_pitch * self.channels_at_once
        self.pitch = 2 if plan.target.is_gpu else self.term_pitch * self.terms  # from one vector to the next
        self.tiles = -(-self.across // self.pairs_at_once)  # times that pairs are taken along a row of blocks
        self.slots = self.tiles * self.pairs_at_once + self.parts - 1  # spectra of a channel along it that they read
        self.turns_at = s.oc * self.terms * self.spectrum
        self.roots_at = self.turns_at + self.spectrum * self.turned
        self.bias_at = -(-(self.roots_at + 2 * self.roots) // LINE) * LINE
        self.slopes_at = self.bias_at + s.oc * s.bias
        self.packed = self.slopes_at + s.oc * s.slopes

    @property
    def lines(self) -> int:
        """Rows of blocks whose spectra are kept."""
        return self.images * self.spec.od * self.down

    @property
    def near(self) -> int:
        """Spectra in a worker's scratch that its products read."""
        return self.spec.icg * self.pairs_at_once if self.choices.fused else 0

    @property
    def scratch(self) -> int:
        """Floats of a worker: a block, spectra, products."""
        return self.plane * (1 + self.near + self.pairs_at_once * self.channels_at_once)

    @property
    def workspace(self) -> int:
        """Floats of spectra that another phase makes."""
        return 0 if self.choices.fused else self.lines * self.spec.ic * self.slots * self.plane

    @property
    def kept(self) -> int:
        """Spectra of a channel, one after the other, where products read them."""
        return self.pairs_at_once if self.choices.fused else self.slots

    @property
    def places(self) -> list[Trip]:
        """The loops over rows of blocks."""
        return [Trip("n", self.images, "image"), Trip("d", self.spec.od, "plane"),
                Trip("bh", self.down, "row of blocks")]

    @property
    def transforming(self) -> list[Trip]:
        """Those over tasks that transform the input by themselves."""
        return [*self.places, Trip("ic", self.spec.ic, "input channel"), Trip("slot", self.slots, "pair of blocks")]

    @property
    def multiplying(self) -> list[Trip]:
        """Those over tasks that multiply."""
        image, *rest = self.places
        channels = [] if self.choices.fused else [Trip("part", self.groups_of, "some output channels")]
        return [image, Trip("g", self.spec.g, "group"), *channels, *rest, Trip("tile", self.tiles, "pairs of blocks")]

    @property
    def tasks(self) -> int:
        """Of the phase that multiplies."""
        return math.prod(trip.turns for trip in self.multiplying)

    @property
    def transforms(self) -> tuple[int, int]:
        """How many there are into the spectrum, and back."""
        s, pairs = self.spec, self.lines * self.tiles * self.pairs_at_once
        forward = pairs * s.ic if self.choices.fused else self.lines * self.slots * s.ic
        return forward, pairs * s.oc

    @property
    def passes(self) -> list[Pass]:
        return [*self.column_passes, *self.row_passes]

    @property
    def size(self) -> int:
        """Of the longest transform."""
        return self.points if self.flat else max(self.rows, self.columns)

    @property
    def roundings(self) -> int:
        """Those of the longest way from an input to an output, as shares of norms: see numerics in fourier.py."""
        one = sum(step.roundings for step in self.passes)
        made = accurate(self.row)
        assert made is not None
        packing = 1 + made.roundings * (self.points.bit_length() - 1)
        products = math.ceil(math.sqrt(2) * (2 * self.terms + 1))
        return 2 * one + packing + products + self.spec.bias + self.spec.residual


numbers = functools.lru_cache(maxsize=1024)(Numbers)


def parts_of(taps: int, size: int) -> tuple[int, int]:
    """Parts of a kernel along a signal in blocks of `size`, and taps of each. Spectra serve all parts where these are
    as long as a block has outputs."""
    if taps <= size // 2 + 1:
        return 1, taps
    return -(-taps // (size // 2)), size // 2
