"""What the plans of both matrix products mean in numbers."""

from __future__ import annotations

import functools
import math

from ...machine.rows.nvidia import BLOCK, MATRIX_ROWS, ROW, SLOT, WARP_LANES
from ...plan.plan import Loop, Plan
from ..tiled import exact

LANES = 4  # of the vectors that sums are finished in
PAD = 4  # floats between rows of local memory, so that transposed stores spread over its banks
SLOTS = ROW // SLOT  # copies of a row of a chunk
STAGES = 4  # buffers at most
LARGEST = 2**31 - 1  # an index is an int


class Tiles:
    """How a layer is cut into tiles of channels × pixels, a work-group's each, and its sum into chunks."""

    def __init__(self, plan: Plan, chunk: int) -> None:
        s, self.plan, self.spec = plan.spec, plan, plan.spec
        outer = {loop.dim: loop.step for loop in plan.loops if loop.bind == "group"}
        self.channels, self.columns = outer["oc"], outer["ow"]  # of a tile
        self.by_channel = plan.lanes == "oc"
        self.vectors, self.rows = \
            (self.channels, self.columns) if self.by_channel else (self.columns, self.channels)
        self.deep = plan.target.row.deep  # input channels of a term
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


class Implicit(Tiles):
    """Tiles of items, which have the sums of mr rows × nr vectors each."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, next(loop.step for loop in plan.loops if loop.dim == "ic"))
        s = self.spec
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
        """Floats: [group][panel][taps × input channels, whole chunks][channel of the panel]."""
        return self.spec.g * self.depth * self.width

    @property
    def packed(self) -> int:
        """Numbers of the weights, then what has one for each channel."""
        if self.deep > 1:
            return self.sections[1]
        return self.packed_weights + self.spec.g * self.width * len(self.spec.per_channel)

    @property
    def sections(self) -> tuple[tuple[exact.Section, ...], int]:
        """Of integers: the arrays behind packed weights, and where they end."""
        row, zero = self.plan.target.row, exact.operands(self.spec, self.plan.target.row).zero
        return exact.sections(self.spec, row, self.packed_weights * self.deep, self.spec.g * self.width, zero)


class Tensor(Tiles):
    """Tiles of warps, which have the sums of 8 mr rows × 16 nr columns each."""

    def __init__(self, plan: Plan) -> None:
        s, self.matrix = plan.spec, MATRIX_ROWS[plan.spec.dtype]
        super().__init__(plan, ROW * self.matrix.each)
        self.warp_rows, self.warp_columns = 8 * plan.mr, BLOCK * plan.nr
        self.down, self.across = self.rows // self.warp_rows, self.vectors // self.warp_columns  # warps
        self.items = WARP_LANES * self.down * self.across
        self.slot = SLOT * self.matrix.each
        # neighbours in the sum that share a tap: a chunk, a slot, or one number
        self.grain = next(g for g in (self.chunk, self.slot, 1) if s.icg % g == 0)
        self.wide = s.channels_last and self.grain > 1 and s.input_channels % self.slot == 0  # input in whole slots
        self.buffer = (self.columns + self.channels) * ROW  # words of one of them
        device = plan.target.device
        self.stages = min(STAGES, max(2, (device.local_bytes if device else 0) // (4 * self.buffer)))
        # words, where instructions are emulated
        self.exchange_of_warp = (plan.mr // 2 + plan.nr) * WARP_LANES * SLOT
        self.exchange = self.down * self.across * self.exchange_of_warp

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

    @property
    def packed(self) -> int:
        """Words of the weights, then bias and slopes by channel."""
        return self.packed_words + self.spec.g * self.width * len(self.spec.per_channel)


implicit_numbers = functools.lru_cache(maxsize=1024)(Implicit)
tensor_numbers = functools.lru_cache(maxsize=1024)(Tensor)
