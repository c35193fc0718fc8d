"""What the plans of both matrix products mean in numbers."""

from __future__ import annotations

import functools
import math

from ...layer.spec import ConvSpec
from ...machine.rows.nvidia import BLOCK, MATRIX_ROWS, ROW, SLOT, WARP_LANES, MatrixRow
from ...plan.plan import Loop, Plan
from ..tiled import exact

LANES = 4  # of the vectors that sums are finished in
PAD = 4  # floats between rows of local memory, so that transposed stores spread over its banks
SLOTS = ROW // SLOT  # copies of a row of a chunk
STAGES = 4  # buffers at most
LARGEST = 2**31 - 1  # an index is an int


class Tiles:
    """How a layer is cut into tiles of channels × pixels, a work-group's each, and its sum into chunks.

    deep: input channels of a term. zero: of integers, what stands for 0 among those that are multiplied. before:
    numbers that are packed before what has one for each channel.
    """

    zero: int
    before: int

    def __init__(self, plan: Plan, chunk: int, deep: int) -> None:
        s, self.plan, self.spec = plan.spec, plan, plan.spec
        outer = {loop.dim: loop.step for loop in plan.loops if loop.bind == "group"}
        self.channels, self.columns = outer["oc"], outer["ow"]  # of a tile
        self.by_channel = plan.lanes == "oc"
        self.vectors, self.rows = \
            (self.channels, self.columns) if self.by_channel else (self.columns, self.channels)
        self.deep = deep
        self.taps, self.words = s.kd * s.kh * s.kw, -(-s.icg // self.deep)  # terms of a tap
        self.terms, self.chunk = self.taps * self.words, chunk
        self.chunks = -(-self.terms // chunk)
        self.depth = self.chunks * chunk  # terms, those that fill the last chunk too
        self.panels = -(-s.ocg // self.channels)
        self.width = self.panels * self.channels  # channels of a group, padded
        self.plane = s.od * s.oh * s.ow
        self.pixels = s.n * self.plane
        self.tiles = -(-self.pixels // self.columns)
        # vectors of the output are at multiples of their size, and all or nothing
        self.aligned = (math.gcd(s.ocg, s.output_channels) if self.by_channel else self.plane) % LANES == 0

    @property
    def tasks(self) -> int:
        """Work-groups."""
        return self.spec.g * self.panels * self.tiles

    @property
    def nest(self) -> list[tuple[Loop, int]]:
        """The loops of the plan with the times each runs in the one around it."""
        trips = {("g", "group"): self.spec.g, ("oc", "group"): self.panels, ("ow", "group"): self.tiles,
                 ("ic", "seq"): self.chunks}
        return [(loop, trips.get((loop.dim, loop.bind), 1)) for loop in self.plan.loops]

    @property
    def packed(self) -> int:
        """Numbers of all that is packed: of integers in arrays of their own, else bias and slopes by channel."""
        if self.spec.arithmetic.exact:
            return self.sections[1]
        return self.before + self.spec.g * self.width * len(self.spec.per_channel)

    @property
    def sections(self) -> tuple[tuple[exact.Section, ...], int]:
        """Of integers: the arrays with a number for each channel, and where they end."""
        return exact.sections(self.spec, self.plan.target.row, self.before, self.spec.g * self.width, self.zero)


class Implicit(Tiles):
    """Tiles of items, which have the sums of mr rows × nr vectors each."""

    def __init__(self, plan: Plan) -> None:
        row = plan.target.row
        super().__init__(plan, next(loop.step for loop in plan.loops if loop.dim == "ic"), row.deep)
        s = self.spec
        self.zero = exact.operands(s, row).zero if s.arithmetic.exact else 0
        self.before = self.packed_weights * self.deep
        self.across, self.down = self.vectors // (plan.nr * LANES), self.rows // plan.mr  # items
        self.items = self.across * self.down
        self.group_of_rows = math.gcd(plan.mr, LANES)  # rows that an item reads together
        self.uniform = self.words % self.chunk == 0  # a chunk lies in one tap
        # input in vectors
        self.wide = self.deep == 1 and s.channels_last and math.gcd(s.icg, s.input_channels, self.chunk) % LANES == 0
        self.input_pitch = self.columns + PAD
        self.weights_pitch = self.channels
        self.buffer = self.chunk * (self.input_pitch + self.weights_pitch)  # floats of one of the two

    @property
    def loads(self) -> int:
        """Loads of the input by one item for a chunk."""
        return self.columns * self.chunk // (LANES if self.wide else 1) // self.items

    @property
    def weight_loads(self) -> int:
        return self.channels * self.chunk // LANES // self.items

    @property
    def packed_weights(self) -> int:
        """Terms: [group][panel][taps × input channels, whole chunks][channel of the panel]."""
        return self.spec.g * self.depth * self.width


class Tensor(Tiles):
    """Tiles of warps, which have the sums of 8 mr rows × 16 nr columns each."""

    def __init__(self, plan: Plan) -> None:
        s, matrix = plan.spec, matrix_row(plan.spec)
        assert matrix is not None
        self.matrix = matrix
        super().__init__(plan, ROW * matrix.each, deep=1)
        self.zero = s.input_zero
        self.warp_rows, self.warp_columns = 8 * plan.mr, BLOCK * plan.nr
        self.down, self.across = self.rows // self.warp_rows, self.vectors // self.warp_columns  # warps
        self.items = WARP_LANES * self.down * self.across
        self.slot = SLOT * self.matrix.each
        # neighbours in the sum that share a tap: a chunk, a slot, or one number
        self.grain = next(g for g in (self.chunk, self.slot, 1) if s.icg % g == 0)
        self.wide = s.channels_last and self.grain > 1 and s.input_channels % self.slot == 0  # input in whole slots
        # whether a slot of what stands for 0 is packed behind the weights, to be copied where the input has none
        self.filled = self.wide and s.padded and self.zero != 0
        words = 4 // plan.target.row.itemsize  # numbers of one
        self.before = words * (self.packed_words + SLOT * self.filled)
        self.buffer = (self.columns + self.channels) * ROW  # words of one of them
        device = plan.target.device
        self.stages = min(STAGES, max(2, (device.local_bytes if device else 0) // (4 * self.buffer)))
        # words, where instructions are emulated
        self.exchange_of_warp = (plan.mr // 2 + plan.nr) * WARP_LANES * SLOT
        self.exchange = self.down * self.across * self.exchange_of_warp

    @property
    def through(self) -> int:
        """Numbers of the input that an item brings to local memory through registers, for a chunk."""
        return 0 if self.wide else len(self.loads(self.columns)) * self.slot

    def loads(self, rows: int) -> list[str]:
        """Of each load of an item for so many rows of a tile: the condition, in C, of the items that do it."""
        left = [rows * SLOTS - start for start in range(0, rows * SLOTS, self.items)]
        return [f"item < {items}" if items < self.items else "" for items in left]

    @property
    def packed_rows(self) -> int:
        """Of ROW words each: [group][panel][chunk][row of a tile]."""
        return self.spec.g * self.width * self.chunks

    @property
    def packed_words(self) -> int:
        """Of the weights."""
        return self.packed_rows * ROW


def matrix_row(spec: ConvSpec) -> MatrixRow | None:
    """The instruction that multiplies a layer's numbers, if there is one: pixels are its rows where channels are last,
    else its columns."""
    sides = spec.arithmetic.input.name, spec.arithmetic.weights.name
    return MATRIX_ROWS.get(sides if spec.channels_last else sides[::-1])


implicit_numbers = functools.lru_cache(maxsize=1024)(Implicit)
tensor_numbers = functools.lru_cache(maxsize=1024)(Tensor)
