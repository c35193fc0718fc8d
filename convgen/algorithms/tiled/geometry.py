"""What a plan means in numbers: tiles, strides, sizes. The planner and the templates read it."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable
from typing import NamedTuple, Self, TypeVar, TypeVarTuple

from ...layer.array import Role
from ...layer.spec import Axis, ConvSpec
from ...machine.isa import Isa, past, stored, words_of
from ...machine.noted import Rows
from ...plan.choices import Source, TiledChoices
from ...plan.plan import Loop, Plan
from ...plan.tiling import (
    Edge,
    Run,
    Segment,
    edge_runs,
    edge_segments,
    row_segments,
    touched,
    vector_segments,
)
from ...plan.work import Footprint
from ..weights import Taps, all_taps
from . import exact
from .ahead import Ahead, ahead
from .clip import ranges
from .exact import Biases, Section

SKIPS: tuple[Source, ...] = ("edges", "widened", "unpadded", "slice")  # edge tiles skip the padding
CLIPS: tuple[Source, ...] = (*SKIPS, "columns")  # rows and planes of it at least
# tiles read numbers that are computed with
COPIES: tuple[Source, ...] = ("copy", "local", "widened", "unpadded", "near", "columns", "panels",
                             "band", "slice")
OWN: tuple[Source, ...] = ("band", "slice")  # each task copies what it reads
ARRANGED: tuple[Source, ...] = ("copy", "local", "unpadded", "columns", "band")  # in the order that tiles read
PADDED: tuple[Source, ...] = ("copy", "local", "band")  # padding is read like the rest

# Maps larger than this have tiles that ask for the input of the next one: depthwise, of pixels, so much of the last
# cache, which others use too; of planes, so many times the second; of groups, which compute more meanwhile, likewise.
# (Zen 4, 1 and 32 MB: pixels of up to 12 MB gain nothing, those of 15 MB a third; groups of 8, 5 to 12 MB, a fifth.)
ASKED_PIXELS, ASKED_PLANES, ASKED_GROUPS = 0.4, 2.0, 4.0
SHORT = 6  # lines of a row of a plane, up to which prefetchers follow several rows as one run
MAX_COLUMNS = 1024  # kernel columns that the tiles at the padding may have, each of which is written out


class Next(NamedTuple):
    """The tile along the row, or the one below. apart: numbers from the input of this tile to that of the next.
    columns, rows: the first ones of its window, which this tile reads too."""

    along: bool
    apart: int
    columns: int = 0
    rows: int = 0


class Strides(NamedTuple):
    """Elements between neighbours along each dimension of a feature map; c is one channel."""

    n: int
    c: int
    d: int
    h: int
    w: int


def map_strides(spec: ConvSpec, channels: int, d: int, h: int, w: int) -> Strides:
    """Strides of a dense feature map of `channels` × d × h × w in the spec's layout."""
    if spec.channels_last:
        return Strides(d * h * w * channels, 1, h * w * channels, w * channels, channels)
    return Strides(channels * d * h * w, d * h * w, h * w, w, 1)


def input_strides(spec: ConvSpec) -> Strides:
    """Strides of the caller's input."""
    return map_strides(spec, spec.input_channels, *spec.input_extents)


def output_strides(spec: ConvSpec) -> Strides:
    """Strides of the caller's output, and of the residual."""
    return map_strides(spec, spec.output_channels, *spec.output_extents)


def read_row(plan: Plan) -> Isa:
    """The row of what tiles read."""
    row, copied = plan.target.row, plan.own(TiledChoices).source in COPIES
    if row.kind == "products":
        given = row.given[plan.spec.arithmetic.input.name]
        return given.copied if copied or given.in_place is None else given.in_place
    return row if copied else stored(row, plan.spec.arithmetic)


def adds_bias(plan: Plan) -> bool:
    """Whether sums that are not summed in blocks have their bias added in the end: those of channels side by side. One
    that all of a vector have costs more then, and few terms do not hide it (depthwise, channels first: 0.92)."""
    return bool(plan.target.adds) and plan.lanes == "oc" and plan.target.row.kind == "floats" \
        and not plan.spec.arithmetic.weights_only


def whole_lines(floats: int) -> int:
    """As many floats, in cache lines that threads do not share."""
    return -(-floats // 16) * 16


@functools.lru_cache(maxsize=1024)
def vector_edges(axis: Axis, most: int, lanes: int) -> tuple[Segment, ...]:
    """Tiles of at most `most` vectors of pixels along an axis; those whose whole vectors would read
    beyond the axis are apart."""
    segments: list[Segment] = []
    for before, inside, behind in edge_runs(axis, most, lanes):
        width, size = inside.size, inside.size // lanes

        def edges(part: Run, width: int = width, size: int = size) -> list[Segment]:
            """Each tile, of which the last may have fewer pixels."""
            pixels = [min(width, axis.o - start) for start in part.parts()]
            return [Segment(start, 1, width, size, left % lanes, Edge(axis, start, left))
                    for start, left in zip(part.parts(), pixels, strict=True)]

        segments += [*edges(before), *[Segment(inside.start, inside.number, width, size)] * (inside.number > 0),
                     *edges(behind)]
    return tuple(segments)


class Geometry:
    """The numbers of one plan."""

    pixel = "pixel"  # what stands along a row
    narrowed: Isa | None = None  # where an output is made of the sums of several vectors, the row of what is stored
    late_bias = False  # is the bias added after the sum, or is it what the sum starts from?
    merges = True  # may a copy hold a kernel row's columns and channels as one run?
    ahead: Ahead | None = None  # what tiles ask for of the next panel of weights
    writes_far: bool = False  # whether tiles ask for the lines that the next one writes
    next: Next | None = None  # whose input tiles ask for
    biases: tuple[Biases, ...] = ()  # of the nests of the program, where they differ

    def __init__(self, plan: Plan, spec: ConvSpec, rows_dim: str, vector_dim: str = "",
                 spans_groups: bool = False) -> None:
        """rows_dim, vector_dim: the dimensions that the tile's rows and its vectors follow each other
        along; the latter is the plan's lanes unless told.

        spec: the layer as the loops see it. spans_groups: output channels of all groups form one
        dimension, and the loop over groups runs once.
        """
        self.plan, self.spec, self.row = plan, spec, plan.target.row
        self.choices = plan.own(TiledChoices)
        self.io = stored(self.row, spec.arithmetic)  # for the caller's arrays; of integers, for the output
        self.source = read_row(plan)  # for what the tiles read
        self.exact = self.row.kind == "products"
        self.interleaver = exact.interleaver(spec, self.row) if self.exact else None  # of what copies bring
        self.long = exact.long_row(spec, self.row)  # by which outputs are made of sums that become long
        # for the caller's weights; for those that are packed
        self.given_weights = self.row if self.exact else words_of(self.row, spec.arithmetic.weights)
        self.weights = self.given_weights if self.choices.as_given else self.row
        self.deep = self.row.deep  # input channels that one step sums
        self.icp = -(-spec.icg // self.deep) * self.deep  # of a group, as packed
        # a kernel row's columns and channels are one run of neighbours, so that only its end is filled up
        self.merged = self.merges and self.icp > spec.icg and self.choices.source == "copy" and plan.lanes == "oc" \
            and spec.g == spec.dw == 1 < spec.kw
        self.steps = -(-spec.kw * spec.icg // self.deep) if self.merged else spec.kw * self.icp // self.deep
        self.held = self._held()
        self.rows_dim, self.vector_dim, self.spans_groups = rows_dim, vector_dim or plan.lanes, spans_groups
        self.channels = spec.oc if spans_groups else spec.ocg
        self.extents = {"n": spec.n, "g": 1 if spans_groups else spec.g, "oc": self.channels, "od": spec.od,
                        "oh": spec.oh, "ow": spec.ow, "ic": spec.icg, "kd": spec.kd, "kh": spec.kh,
                        "kw": spec.kw}
        self.given, self.output = input_strides(spec), output_strides(spec)
        self.taps = all_taps(plan.spec)
        self.segments = self.split()
        # output channels of a group as packed: whole vectors where channels fill the lanes
        self.packed_channels = self.segments["oc"][-1].end
        self.terms = self.steps * self.deep * spec.kd * spec.kh  # packed weights of an output channel
        self.others = 0  # packed weights of other nests of the program
        self.touched = dict[tuple[int, ...], tuple[Footprint, ...]]()  # by parts of the layer, in any order of loops
        self.numbered = 0  # numbers of a nest that has most for each channel, where there are several
        self.scratch = 0  # floats of workspace for each thread
        self.outputs = 0  # rows of outputs whose inputs a task copies to it
        self.input, self.workspace = self._input()  # what tiles read; `given` is the caller's input
        blocks = [loop.step for loop in plan.loops if loop.dim == "ic" and loop.step > 1]
        self.kc = blocks[0] if blocks else spec.icg
        self.stages = spec.icg // self.kc
        # elements of bias and slopes from one row of a tile to the next, and from one vector to the next
        self.channel_strides = (int(rows_dim == "oc"), self.row.lanes if self.vector_dim == "oc" else 0)

    @property
    def whole(self) -> Geometry:
        """The numbers of the layer as its arrays lie, which a copy is made by."""
        return self

    @property
    def whole_vectors(self) -> bool:
        """Whether the last vector of pixels may be read whole: a copy reaches beyond it."""
        return self.choices.source in PADDED

    @property
    def copies(self) -> bool:
        """Whether tiles read a copy of the input that the program makes."""
        return self.choices.source in COPIES

    @property
    def waits(self) -> bool:
        """Whether the sums of a block of the reduction wait in workspace for the next one's: outputs whose lanes lie
        apart are slow to go on with."""
        return self.stages > 1 and not self.contiguous

    @property
    def waiting(self) -> Strides:
        """Where they lie: channels last, in whole vectors."""
        pixel, s = self.extents["g"] * self.packed_channels, self.spec
        return Strides(s.od * s.oh * s.ow * pixel, 1, s.oh * s.ow * pixel, s.ow * pixel, pixel)

    @property
    def waiting_at(self) -> int:
        """Numbers of workspace before them."""
        return whole_lines(self.workspace)

    @property
    def held_workspace(self) -> int:
        """Numbers of workspace: the copy, and sums that wait."""
        return self.waiting_at + self.spec.n * self.waiting.n if self.waits else self.workspace

    @property
    def row_stride(self) -> int:
        """Numbers of output from one row of a tile to the next."""
        return {"ow": self.output.w, "oh": self.output.h, "oc": self.output.c}[self.rows_dim]

    @property
    def lane_stride(self) -> int:
        """From one lane to the next."""
        return self.output.w // self.joined if self.plan.lanes == "ow" else self.output.c

    @property
    def vector_stride(self) -> int:
        """From one vector to the next, where lanes are neighbours."""
        return self.row.lanes if self.vector_dim == self.plan.lanes else self.output.w

    @property
    def squares(self) -> bool:
        """Whether squares of floats are transposed in registers where channels and pixels change places."""
        return self.row.dialect == "c" and self.row.lanes > 1 and self.io is self.row and not self.exact

    def pixels_in_squares(self, rows: int) -> bool:
        """Whether tiles of so many pixels, vectors of channels that lie apart, store them so. Parts of squares are
        parts of vectors, which must be stored as fast as whole ones."""
        fits = rows > 1 if self.row.masks else rows % self.lanes == 0
        return self.squares and fits and self.rows_dim == "ow" and self.row_stride == 1 != self.lane_stride \
            and self.vector_dim == "oc" == self.plan.lanes and not self.waits

    @property
    def adds_bias(self) -> bool:
        """Whether the bias is added to sums that start at zero: where additions cost nothing, and what registers are
        copied from for a tile's sums to start from does. (Zen 5: tiles of 24 sums of 18 terms, 226 and 251 GFLOP/s.)"""
        return adds_bias(self.plan) and self.stages == 1

    @property
    def contiguous(self) -> bool:
        """Whether the lanes of an output vector are neighbours in memory."""
        return self.lane_stride == 1

    @property
    def transposes(self) -> bool:
        """Whether large tiles store their outputs by blocks of 8 × 8."""
        return bool(self.io.transpose) and self.row_stride == 1 != self.lane_stride

    def ordered(self, plan: Plan) -> Self:
        """A copy for a plan of the same kind, with other loops around its tiles."""
        g = object.__new__(type(self))  # copy.copy takes five times as long, for each order of loops
        g.__dict__ |= self.__dict__ | {"plan": plan}
        g.__dict__.pop("_counts", None)
        return g

    def asking(self) -> Self:
        """A copy whose tiles ask for weights ahead, and for outputs that come from memory to be written, unless they
        write whole pixels (Zen 5, 20 to 70 MB: 0.7 to 0.95 of the time): of a program that has these to itself."""
        g, s, caches = copy.copy(self), self.spec, self.plan.target.caches
        g.writes_far = bool(self.row.prefetch_far and caches) and self.plan.lanes == "oc" and self.rows_dim == "ow" \
            and self.stages == 1 and self.plan.nr * self.row.lanes < s.oc and self.contiguous \
            and s.bytes > caches[-1].size
        if self.plan.lanes == "oc" and not self.spans_groups and not self.choices.as_given:
            summed = self.terms // self.stages
            g.ahead = ahead(self.weights, self.plan.target.line, s.n * s.od * s.oh * s.ow, self.packed_weights,
                            max(segment.width for segment in self.segments["oc"]) * summed, summed // self.deep,
                            self.plan.mr)
        return g

    def far(self) -> Self:
        """A copy for large maps, of a program that has them to itself. Outputs that no cache keeps go past all of them,
        which then need not fetch the lines first; and some tiles ask for what the next one reads and writes. (Zen 4,
        depthwise, 50 MB of pixels: 0.36 of the time; groups of 8, 20 MB: 0.6; depthwise, 160 MB of planes: 0.46.)"""
        g, s, target, lanes = copy.copy(self), self.spec, self.plan.target, self.row.lanes
        io, along = past(self.io), s.oc if self.plan.lanes == "oc" else s.ow
        if io and not self.exact and self.contiguous and self.stages == 1 and along % lanes == 0 \
                and lanes * io.itemsize == target.line and target.caches and s.map_bytes > target.caches[-1].size \
                and target.beyond(s.n * s.oc * s.od * s.oh * s.ow * io.itemsize):
            g.io, g.writes_far = io, False
        if self.row.prefetch_far and len(target.caches) > 1 and self.choices.source in ("input", "edges"):
            g.next = self._next()
            g.writes_far |= g.next is not None and not g.io.fence
        return g

    def _next(self) -> Next | None:
        """The tile whose input is asked for, of those that read each line at once: along the row, of vectors of
        channels, since each pixel is another line, which prefetchers do not follow; below it, of vectors of pixels, but
        of whole or short rows, which are one run of memory. None where the map is near, or where the second cache does
        not hold the rows beside those that this tile reads, twice."""
        s, caches = self.spec, self.plan.target.caches
        patch, channels = self.rows_dim == "oh", self.spans_groups and self.input.c == 1
        parts = self.plan.nr * self.row.lanes < s.ow and s.iw * self.source.itemsize > SHORT * self.plan.target.line
        if not (channels or (patch and parts)):
            return None
        near = ASKED_GROUPS * caches[1].size if not patch else \
            ASKED_PIXELS * caches[-1].size if channels else ASKED_PLANES * caches[1].size
        if s.map_bytes <= near:
            return None
        columns, rows = (self.plan.nr, self.plan.mr) if patch else (self.plan.mr, 1)
        along = channels and columns < s.ow
        down, across = ((outputs - 1) * axis.s + (axis.k - 1) * axis.d + 1 for outputs, axis in zip(
            (rows, 2 * columns) if along else (2 * rows, s.ow), s.axes[1:], strict=True))
        if 2 * down * across * self.input.w * self.source.itemsize > caches[1].size:
            return None
        again = [(axis.k - 1) * axis.d + 1 - axis.s for axis in s.axes[1:]]
        if along:
            return Next(along, columns * s.sw * self.input.w, columns=again[1])
        return Next(along, rows * s.sh * self.input.h, rows=again[0])

    @property
    def asks(self) -> bool:
        """Whether tiles ask for the input of the next one."""
        return self.choices.source == "ahead" or self.next is not None

    def noted(self, rows: Rows, pixel: str = pixel) -> Geometry:
        """A copy whose rows record the helper functions that their operations call. pixel: what comments call one."""
        g = copy.copy(self)
        g.pixel = pixel
        g.row, g.io, g.source = rows.of(self.row), rows.of(self.io), rows.of(self.source)
        g.interleaver = self.interleaver and rows.of(self.interleaver)
        g.long = None if self.long is None else rows.of(self.long)
        g.given_weights, g.weights = rows.of(self.given_weights), rows.of(self.weights)
        return g

    def placed(self, given: Strides, read: Strides, output: Strides, taps: Taps, others: int = 0,
               numbered: int = 0, biases: tuple[Biases, ...] = ()) -> Geometry:
        """A copy for a layer whose arrays are parts of others: strides of the caller's input, of what tiles read and of
        the output; its weights; of the other nests of the program packed weights, and numbers for each channel, of the
        one that has most; of all nests the biases."""
        g = copy.copy(self)
        g.given, g.input, g.output, g.taps, g.others, g.numbered = given, read, output, taps, others, numbered
        g.biases, g.touched = biases, {}
        return g

    @property
    def joined(self) -> int:
        """Phases of a transposed layer whose sums lie side by side in a tile, and whose outputs are neighbours."""
        return self.taps.joined.number if self.taps.joined else 1

    @property
    def joined_columns(self) -> float:
        """Products of a sum's phases for each column of the kernel."""
        return self.taps.joined.kernel / self.spec.kw if self.taps.joined else 1.0

    def rounds(self, steps: float) -> int:
        """Iterations of the loops around a micro-kernel's straight-line terms, of which it has so many."""
        unroll = self.choices.unroll
        return math.ceil(steps / (unroll if self.order[-1] == "ic" else max(unroll, self.spec.kw)))

    def split(self) -> dict[str, tuple[Segment, ...]]:
        """The tiles along each dimension that is cut into tiles."""
        plan, row, column = self.plan, self.rows_dim, self.vector_dim
        return {
            "oc": row_segments(self.channels, 1),
            row: edge_segments(self.spec.axes[2], plan.mr) if self.choices.source in SKIPS else
            row_segments(self.extents[row], plan.mr),
            column: vector_segments(self.extents[column], plan.nr, self.row.lanes),
        }

    def along(self, dim: str, at: dict[str, Segment]) -> Segment:
        """The segment that `at` names for a dimension; one element at a time where it is not tiled."""
        return at.get(dim) or Segment(0, self.extents[dim], 1, 1)

    def _input(self) -> tuple[Strides, int]:
        """Strides of the array the tiles read, and the floats of workspace it takes."""
        s, source = self.spec, self.choices.source
        if source not in ARRANGED:
            if source not in COPIES:
                return self.given, 0
            copied = s.n * s.ic * s.id * s.ih * s.iw if source == "widened" else 0
            if source == "near":
                self.scratch = whole_lines(self.plan.mr * s.ic)
            return map_strides(s, s.ic, *s.input_extents), copied
        d, h, w = self.copied
        if self.plan.lanes != "ow":  # [n][d][h][w][c]
            row = self.copied_row
            strides = Strides(d * h * row, 1, h * row, row, self.held)
        else:  # [n][c][d][h][phase][column / stride]: the columns that one kernel tap reads are contiguous
            self.phase = self.phased(w)
            row, deep = self.phase * s.sw, self.deep  # channels lie side by side that one step sums
            strides = Strides(s.g * self.icp * d * h * row, d * h * row, h * row * deep, row * deep, deep)
        if source == "local":  # a channel at a time, in the scratch of the thread
            self.scratch = whole_lines(strides.c)
            return strides._replace(n=0, c=0), 0
        return strides, s.n * strides.n

    def _held(self) -> int:
        """Numbers from one pixel to the next in a copy with channels last: pixels that lie powers of two apart would
        share few sets of a cache, and evict each other."""
        if self.merged:
            return self.spec.ic
        held = self.spec.g * self.icp
        size = self.source.itemsize
        return held + 64 // size if self.exact and held * size % 1024 == 0 else held

    def phased(self, columns: int) -> int:
        """Columns of each phase of a row of so many, as far as tiles read."""
        s = self.spec
        return max(-(-columns // s.sw), self.segments["ow"][-1].end + (s.kw - 1) * s.dw // s.sw)

    @property
    def copied(self) -> tuple[int, ...]:
        """Planes, rows and columns of a copy."""
        padded = {"d": PADDED, "h": PADDED, "w": (*PADDED, "columns")}
        return tuple(axis.padded if self.choices.source in padded[axis.name] else axis.i for axis in self.spec.axes)

    @property
    def copied_row(self) -> int:
        """Numbers of a row in a copy with channels last; what steps read beyond its last pixel is part of it."""
        return self.copied[2] * self.held + (self.deep - 1) * self.merged

    def tap(self, kw: int) -> int:
        """Elements from the first column of a tile's window to kernel column kw."""
        if self.choices.source in PADDED and self.plan.lanes == "ow":
            column = kw * self.spec.dw
            return (column % self.spec.sw * self.phase + column // self.spec.sw) * self.deep
        return kw * self.spec.dw * self.input.w

    def tap_row(self, kh: int) -> int:
        """Elements from the first row of a tile's window to kernel row kh."""
        return kh * self.spec.dh * self.input.h

    @property
    def column(self) -> int:
        """Elements from one output pixel's window to the next one's, along a row."""
        phased = self.plan.lanes == "ow" and self.choices.source in PADDED
        return self.deep if phased else self.spec.sw * self.input.w

    @property
    def row_step(self) -> int:
        """Elements of input from one row of the tile to the next; 0 where rows are output channels."""
        return {"ow": self.column, "oh": self.spec.sh * self.input.h, "oc": 0}[self.rows_dim]

    @property
    def copied_by(self) -> Isa:
        """The row of products that says what copies make of inputs, of integers."""
        return self.row

    @property
    def order(self) -> tuple[str, ...]:
        """The reduction dimensions, outermost first."""
        return tuple(loop.dim for loop in self.plan.loops if loop.dim in ("kd", "kh", "kw", "ic")
                     and not (loop.dim == "ic" and loop.step > 1))

    @property
    def lanes(self) -> int:
        """Of a vector of outputs."""
        return self.row.lanes

    @property
    def zero(self) -> int:
        """What stands for 0 among inputs as products take them, of integers."""
        return exact.operands(self.spec, self.row).zero

    @property
    def classes(self) -> tuple[tuple[int, int], ...]:
        """The rows of the kernel that outputs sum, from … to, where the bias depends on them: those of padding that
        stands for another number than 0 are skipped."""
        return ranges(self.spec.axes[1]) if self.choices.source == "columns" else ()

    @property
    def nought(self) -> str:
        """A packed weight of 0, in C."""
        return "0" if self.exact or self.choices.as_given else "0.0f"

    @property
    def scales(self) -> bool:
        """Whether weights are multiplied by their scale when they are packed."""
        return self.spec.arithmetic.weights_only and not self.choices.as_given

    @property
    def rescales(self) -> bool:
        """Whether sums are multiplied by it, being of weights as they are given; the bias is added after that."""
        return self.spec.arithmetic.weights_only and self.choices.as_given

    @property
    def packed_weights(self) -> int:
        """The packed weights; what has a number for each channel follows."""
        return self.extents["g"] * self.packed_channels * self.terms

    @property
    def packed(self) -> int:
        """All that is packed, in numbers of its weights."""
        return self.sections[1]

    @functools.cached_property
    def roles(self) -> tuple[Role, ...]:
        """What has a number for each channel behind the packed weights."""
        return tuple(array.role for array in self.spec.arrays if array.layout == "o"
                     and not (array.role == "scale" and self.scales))

    @property
    def sections(self) -> tuple[tuple[Section, ...], int]:
        """The arrays behind packed weights, and where they end."""
        if self.exact:
            return exact.sections(self.spec, self.row, self.packed_weights + self.others, self.packed_numbers,
                                  self.zero, len(self.classes) or sum(one.number for one in self.biases) or 1)
        start, size, element = self.packed_weights + self.others, self.packed_numbers, ""
        if self.choices.as_given:  # floats behind what is none, in a line of their own
            each = self.weights.itemsize
            start, size = -(-start * each // 64) * 64 // each, size * self.row.itemsize // each
            element = self.row.scalar
        found = tuple(Section(role, start + at * size, element) for at, role in enumerate(self.roles))
        return found, start + size * len(found)

    @property
    def packed_numbers(self) -> int:
        """Numbers of an array of a number for each channel, as packed."""
        return self.numbered or self.extents["g"] * self.packed_channels

    @property
    def depth(self) -> int:
        """Input channels that one block of the reduction sums."""
        return self.kc

    def tiles(self, dim: str) -> int:
        """Register tiles along a dimension."""
        return sum(segment.number for segment in self.segments[dim])

    def moves(self, dim: str) -> bool:
        """Whether tiles stand at several places along a dimension."""
        return self.tiles(dim) > 1

    def trips(self, index: int) -> int:
        """How often loop `index` of the plan runs for each run of the loop around it."""
        return self._counts[index]

    def around(self, loops: tuple[Loop, ...]) -> dict[str, int]:
        """The extents that loops go over, in whole tiles."""
        steps = {loop.dim: loop.step for loop in loops}  # of the innermost one
        return {dim: self.kc * self.stages if dim == "ic" else
                self.tiles(dim) * step if dim in self.segments else self.extents[dim]
                for dim, step in steps.items()}

    @functools.cached_property
    def _counts(self) -> tuple[int, ...]:
        extents, found = self.around(self.plan.loops), []
        for loop in self.plan.loops:
            found.append(-(-extents[loop.dim] // loop.step))
            extents[loop.dim] = loop.step
        return tuple(found)


Told = TypeVarTuple("Told")
Made = TypeVar("Made", bound=Geometry)


def of_kinds(made: Callable[[Plan, *Told], Made]) -> Callable[[Plan, *Told], Made]:
    """The numbers of plans, made once for each kind of these, of which a planner asks for many orders, and several
    times in a row for each."""
    kept = functools.lru_cache(maxsize=1024)(made)
    last: tuple[Plan | None, tuple[*Told] | None, Made | None] = None, None, None

    def geometry(plan: Plan, *told: *Told) -> Made:
        nonlocal last
        before, with_, g = last
        if before is not plan or told != with_ or g is None:
            g = kept(plan.kind, *told).ordered(plan)
            last = plan, told, g
        return g

    return geometry


def at_padding(plan: Plan, axis: Axis, most: int, lanes: int = 1) -> int:
    """Tiles of at most `most` pixels, or vectors of them, that a plan has for the padding alone."""
    return touched(axis, most, lanes) if plan.own(TiledChoices).source in SKIPS else 0


def too_long(axis: Axis, tiles: int) -> str | None:
    """Why so many tiles at the padding of a long kernel would be too much code; None where they are not. Asked before
    there is a geometry, which has a segment for each of them."""
    columns = axis.k * tiles
    return f"too many kernel columns in tiles at the padding ({columns})" if columns > MAX_COLUMNS else None
