"""The numbers of plans whose tiles are registers of matrices."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ...layer.spec import Axis, ConvSpec
from ...machine.isa import Isa
from ...machine.matrix import Matrix, shapes
from ...machine.noted import Rows
from ...plan.plan import Plan
from ..lowering import flatten
from .geometry import Geometry, Strides

MOST_STEPS = 36  # of a sum that take about as long as outputs of it
QUARTERS = 4  # vectors of sums that become one of bytes


class Shape(NamedTuple):
    """How tiles use the registers: rows of pixels in each, blocks of them that are summed together, vectors of
    channels, words of the reduction left for a last, narrower step (0: none)."""

    rows: int
    blocks: int
    vectors: int
    tail: int

    @property
    def sums(self) -> int:
        return self.blocks * self.vectors

    def operands(self, tail: bool) -> tuple[int, int]:
        """The registers of pixels and of weights, of whole steps or of the last one."""
        first = self.sums + 2 * tail
        return first, first + 1

    def table(self, matrix: Matrix) -> list[int]:
        """The bytes that tell it."""
        registers = [(self.rows, matrix.words)] * (self.sums + 1) + [(matrix.words, matrix.words)]
        if self.tail:
            registers += [(self.rows, self.tail), (self.tail, matrix.words)]
        return shapes(registers)


class Rowwise(Geometry):
    """Pixels of a row of the output."""

    merges = False
    pitch = 0  # pixels from one row to the next among those that tiles compute; 0: they are of one row

    def __init__(self, plan: Plan, spec: ConvSpec) -> None:
        super().__init__(plan, spec, rows_dim="ow")
        four = all(segment.size == QUARTERS for segment in self.segments["oc"])
        if four and spec.arithmetic.quantised and not spec.residual:
            self.narrowed = in_order(plan.spec, self.row)

    def noted(self, rows: Rows, pixel: str = Geometry.pixel) -> Rowwise:
        g = super().noted(rows, pixel)
        assert isinstance(g, Rowwise)
        g.narrowed = self.narrowed and rows.of(self.narrowed)
        return g

    @property
    def lane_stride(self) -> int:
        """Outputs of a pixel are neighbours where they are stored first."""
        return 1

    @property
    def matrix(self) -> Matrix:
        matrix = self.row.matrix
        assert matrix is not None
        return matrix

    @property
    def shape(self) -> Shape:
        sizes = [segment.size for segment in self.segments["ow"]]
        even = max(-(-size // -(-size // self.matrix.rows)) for size in sizes)  # as many in all blocks
        rows, tail = min(even, *sizes), runs(self)[1] % self.matrix.words
        vectors = max(segment.size for segment in self.segments["oc"])
        room = self.matrix.registers - 2 - 2 * bool(tail)
        return Shape(rows, min(room // vectors, -(-max(sizes) // rows)), vectors, tail)

    @property
    def together(self) -> int:
        """Pixels that are summed together."""
        return self.shape.rows * self.shape.blocks

    @property
    def products(self) -> int:
        """Steps of a sum."""
        number, length = runs(self)
        return number * -(-length // self.matrix.words)

    def meanwhile(self, parts: int) -> bool:
        """Whether outputs of one part of a tile are made while the next one is summed. Where sums are long, all that
        takes no time."""
        return parts > 1 and self.spec.channels_last and self.products <= MOST_STEPS


def short_of_strides(axis: Axis) -> int:
    """What a padded axis has less than whole strides."""
    return -axis.padded % axis.s


def sheeted(spec: ConvSpec) -> bool:
    """Whether rows of pixels may follow each other in a copy: all of which is read, each row of a stride by kernel rows
    of its own, and the copy's last strides are no further outputs."""
    return spec.planar and spec.oh > 1 and flatten(spec) is spec and (spec.sh == 1 or spec.dh == 1) \
        and all(a.s <= a.k and a.padded + short_of_strides(a) < a.o * a.s + (a.k - 1) * a.d + 1 for a in spec.axes)


def sheet_pitch(spec: ConvSpec) -> int:
    """Pixels from one row of a sheet to the next."""
    return -(-spec.axes[2].padded // spec.sw)


def sheet_pixels(spec: ConvSpec) -> int:
    """Pixels of a sheet, up to the last output."""
    return (spec.oh - 1) * sheet_pitch(spec) + spec.ow


class Sheet(Rowwise):
    """Pixels of all rows of a copy that holds the padding, one after the other: rows are `pitch` pixels, of which the
    last ones are no outputs.

    Where a stride goes over rows, those that a kernel row reads follow each other: rows 0, sh, 2·sh … of the padded
    input, then 1, sh + 1 …, each such phase of `phase_rows` rows. Kernel row kh begins in phase kh mod sh, at its row
    kh / sh.
    """

    def __init__(self, plan: Plan, spec: ConvSpec) -> None:
        _, h, w = spec.axes
        own = self.own = Rowwise(plan, msgspec.structs.replace(
            spec, bottom=h.after + short_of_strides(h), right=w.after + short_of_strides(w)))
        self.pitch, self.phase_rows = sheet_pitch(spec), own.copied[1] // spec.sh
        super().__init__(plan, spec.replace(
            ih=(spec.kh - 1) * spec.dh + 1, iw=(sheet_pixels(spec) - 1) * spec.sw + (spec.kw - 1) * spec.dw + 1,
            top=0, bottom=0, left=0, right=0))
        self.given, self.output = own.given, own.output
        if self.pitch == spec.ow:  # there is nothing between the rows
            self.pitch = 0
        else:  # where an output lies is for the end of a tile to say
            self.output = own.output._replace(h=0, w=0)

    @property
    def whole(self) -> Geometry:
        return self.own

    def noted(self, rows: Rows, pixel: str = Geometry.pixel) -> Sheet:
        g = super().noted(rows, pixel)
        assert isinstance(g, Sheet)
        g.own = self.own.noted(rows, pixel)
        return g

    def _input(self) -> tuple[Strides, int]:
        return self.own.input, self.own.workspace

    def tap_row(self, kh: int) -> int:
        row, phase = divmod(kh * self.spec.dh, self.spec.sh)
        return (phase * self.phase_rows + row) * self.input.h


def in_order(spec: ConvSpec, row: Isa) -> Isa:
    """The row of a layer's outputs, which makes bytes of four vectors of sums, in their order."""
    out = row.bytewise[spec.arithmetic.output.name].in_place
    assert out is not None
    return msgspec.structs.replace(
        out, name=f"{out.name}_in_order",
        ops={**out.ops, "narrow": out.ops["weave"].replace("{a}", out.ops["narrow"]).replace("{n}", "1")})


def runs(g: Geometry) -> tuple[int, int]:
    """Of input channels and taps of the kernel that follow each other in memory: how many runs a sum has, and the words
    of each."""
    s, words = g.spec, g.icp // g.deep
    taps = s.kd * s.kh * s.kw
    for count, stride in ((s.kw, g.tap(1)), (s.kh, g.tap_row(1)), (s.kd, s.dd * g.input.d)):
        if count > 1 and stride != words * g.deep:
            break
        words, taps = words * count, taps // count
    return taps, words


def blocks(pixels: int, rows: int) -> list[int]:
    """Where blocks of so many rows begin that hold all pixels; the last one ends with these."""
    return [min(start, pixels - rows) for start in range(0, pixels, rows)]
