"""What a Winograd plan means in numbers: transforms, tiles, blocks, sizes of scratch."""

from __future__ import annotations

import functools
import itertools
from fractions import Fraction
from typing import NamedTuple

from ...layer.spec import Axis
from ...plan.choices import TiledChoices, WinogradChoices
from ...plan.plan import Loop, Plan
from ...plan.program import TAPS
from ..lowering import Spread, rows_product, subpixel
from ..tiled.geometry import Geometry, Strides
from .toomcook import Transforms, ending, transforms

LINE = 16  # floats of a cache line
FAR = 1.5  # times the second cache, from which on transforms ask for what they read and write
NEAR = 32  # channels transposed at a time: two cache lines, since prefetchers fetch them in pairs


class Product(Geometry):
    """The matrix product of one position: rows are tiles, channels lie together, padded to vectors."""

    late_bias = True

    def _input(self) -> tuple[Strides, int]:
        pitch = -(-self.spec.ic // self.row.lanes) * self.row.lanes
        return Strides(0, 1, 0, 0, pitch), 0


class Split(NamedTuple):
    """How an axis is cut: transforms, those of its last tile, tiles in all, tiles in a block."""

    axis: Axis
    f: Transforms
    last: Transforms
    tiles: int
    block: int

    @property
    def nested(self) -> bool:
        """Whether the last tile is a smaller one, which takes the first products of the others."""
        return self.last.m < self.f.m

    @property
    def reach(self) -> int:
        """Outputs of all tiles."""
        return (self.tiles - 1) * self.f.m + self.last.m

    @property
    def shares(self) -> list[tuple[range, bool]]:
        """Products, and whether the last tile takes them too."""
        both = [(range(self.last.n), True)]
        return both + [(range(self.last.n, self.f.n), False)] * self.nested

    @property
    def blocks(self) -> int:
        return -(-self.tiles // self.block)

    @property
    def cuts(self) -> list[tuple[int, int]]:
        """(tiles of a block, number of such blocks), the longer first."""
        last = self.tiles - (self.blocks - 1) * self.block
        return [(self.block, self.blocks - 1), (last, 1)] if last < self.block else [(last, self.blocks)]

    @property
    def sizes(self) -> list[int]:
        """Tiles of the blocks, each size once, the longer first."""
        return [size for size, _ in self.cuts]

    @property
    def partial(self) -> bool:
        """Whether the last tile reaches beyond the output."""
        return self.reach > self.axis.o


class Products(NamedTuple):
    """The products [i, j] of rows × columns, in `blocks` blocks of `tiles` tiles: they take `number` tiles from
    the `first` on."""

    tiles: int
    blocks: int
    rows: range
    columns: range
    first: int
    number: int


IDENTITY = Transforms(1, 1, (), ((Fraction(1),),), ((Fraction(1),),), ((Fraction(1),),))


@functools.lru_cache(maxsize=256)
def filtering(k: int, m: int) -> Transforms:
    """F(m, k), or nothing to do along an axis with a kernel of 1."""
    return IDENTITY if k == 1 else transforms(m, k)


@functools.lru_cache(maxsize=256)
def split(axis: Axis, m: int, step: int) -> Split:
    """step: outputs of a block, whole tiles; or all, in tiles of which the last is smaller."""
    f = filtering(axis.k, m)
    tiles = -(-axis.o // f.m)
    f, last = ending(f, step % f.m) if step % f.m else (f, f)
    return Split(axis, f, last, tiles, -(-step // f.m))


def vanishing(f: Transforms, spread: Spread) -> int | None:
    """The product of F(m, r) that has nothing in the phases without a first tap: that of the point 0; None where there
    is no such phase, or point."""
    if not any(map(spread.gap, range(spread.step))):
        return None
    return next((k for k, row in enumerate(f.g) if not any(row[1:])), None)


def part_of(plan: Plan) -> int:
    """Output channels of a task, where tasks share those of a group; 0 where they do not."""
    return next((loop.step for loop in plan.loops if loop.dim == "oc" and loop.bind == "task"), 0)


class Numbers:
    """What a plan means in numbers. given: its layer; spec: the forward layer that it computes, which differs from that
    where it is transposed; rows, columns: where outputs lie, phases: of them, that follow each other as channels do,
    each with products of its own; vanishing: of either axis, the index of those that some phases have not."""

    def __init__(self, plan: Plan) -> None:
        seen = subpixel(plan.spec)
        assert seen is not None
        self.plan, self.row, self.choices = plan, plan.target.row, plan.own(WinogradChoices)
        self.given, self.spec, self.phases = plan.spec, seen.spec, seen.phases
        self.rows, self.columns = seen.h, seen.w
        s = seen.spec
        block: dict[str, int] = {loop.dim: loop.step for loop in plan.loops}
        _, h, w = s.axes
        self.h, self.w = (split(axis, self.choices.m, block[f"o{axis.name}"]) for axis in (h, w))
        self.points = self.h.f.n * self.w.f.n
        # parts of the only group's output channels are like groups that share an input
        self.channels = part_of(plan) or self.given.ocg
        self.groups = self.given.oc // self.channels
        lanes = self.row.lanes
        self.depth, self.padded = (-(-c // lanes) * lanes for c in (s.icg, self.channels))  # channels, padded
        self.width = self.phases * self.padded
        self.vanishing = vanishing(self.h.f, self.rows), vanishing(self.w.f, self.columns)
        self.u_plane = self.width * s.icg
        self.u_floats = self.points * self.u_plane  # all positions of a group's weights

    # Planes of a block's tiles before and after the products. Who asks how plans round needs none.

    @functools.cached_property
    def v_plane(self) -> int:
        """A line more than tiles need: planes at a power of two would meet in one set of the cache."""
        return max(self.counts) * self.depth + LINE

    @functools.cached_property
    def m_plane(self) -> int:
        return max(self.counts) * self.width + LINE

    @property
    def v_floats(self) -> int:
        """All positions."""
        return self.points * self.v_plane

    @property
    def m_floats(self) -> int:
        return self.points * self.m_plane

    @functools.cached_property
    def products(self) -> dict[int, Product]:
        """The matrix product over each number of tiles."""
        return {count: self._product(count) for count in self.counts}

    def multiplied(self, run: Products) -> int:
        """Products of a run, of all phases that have them."""
        def some(at: range, spread: Spread, none: int | None) -> int:
            return sum(i != none or not spread.gap(phase) for i in at for phase in range(spread.step))

        return some(run.rows, self.rows, self.vanishing[0]) * some(run.columns, self.columns, self.vanishing[1])

    @property
    def counts(self) -> list[int]:
        """Tiles that products take, each number once, the most first."""
        return sorted({run.number for run in self.runs}, reverse=True)

    @functools.cached_property
    def runs(self) -> list[Products]:
        """All products of a group. A block holds first the last tile of each row where that is nested, then the others
        row by row; the row of nested tiles is the last in both parts, and its last tile the very last. So
        the tiles that take a product are neighbours. Without blocks, a row stands for those of all images."""
        s, fused = self.spec, self.choices.fused
        images = s.n * s.od
        together, apart = (1, images) if fused else (images, 1)
        runs = []
        for (a, a_blocks), (b, b_blocks) in itertools.product(self.h.cuts, self.w.cuts):
            others = together * (a - self.h.nested)  # rows of tiles without the nested one
            for (rows, every), (columns, each) in itertools.product(self.h.shares, self.w.shares):
                number = (together * a if every else others) * (b if each else b - 1)
                runs.append(Products(a * b, apart * a_blocks * b_blocks, rows, columns, 0 if each else others, number))
        return runs

    def _product(self, count: int) -> Product:
        plan, s = self.plan, self.spec
        spec = rows_product(s.icg, self.padded, count).replace(out_stride=self.width)
        seq = [Loop(dim, 1) for dim in ("n", "g")]
        loops = (*seq, Loop("oc", plan.nr * self.row.lanes), Loop("od", 1), Loop("oh", 1), Loop("ow", plan.mr), *TAPS)
        inner = Plan(spec=spec, target=plan.target, algorithm="direct", lanes="oc", mr=plan.mr, nr=plan.nr,
                     loops=loops, choices=TiledChoices(unroll=self.choices.unroll))
        return Product(inner, spec, "ow")

    @property
    def asks(self) -> bool:
        """Whether transforms ask for what the next tile of a row reads and, but where phases share them, writes, since
        maps lie beyond the second cache, into which they come so: the lines of a window are too many short runs for
        prefetchers. (Zen 4, 3 to 14 MB: 0.94 of the time, less than the second cache holds: 0.98 to 1.03; into the
        first cache, on a Zen 5, 19 and 34 MB: 0.88 and 0.8, 5 MB: 1.02, and on a Zen 4, 16 to 40 MB, 1.13 times as long
        as into the second.)"""
        caches = self.plan.target.caches
        return bool(self.row.prefetch_far and caches[1:]) and self.spec.channels_last \
            and self.given.map_bytes > FAR * caches[1].size

    @property
    def staged(self) -> bool:
        """Whether outputs stay in scratch where channels and pixels change places, and go from there to the output, one
        channel after another: lines of many planes that lie in one set of L1 drive each other out before they are
        written. (Zen 5, planes of 64² to 192²: 0.92 to 0.97 of the time; of maps from memory 1.03.)"""
        s, target = self.spec, self.plan.target
        if s.channels_last or self.phases > 1 or s.ow % self.row.lanes or not target.caches \
                or target.beyond(s.map_bytes):
            return False
        near, plane = target.caches[0], s.arithmetic.output.bytes * s.od * s.oh * s.ow
        return near.met(plane) * near.ways < self.row.lanes

    @property
    def window_pixels(self) -> int:
        """Columns that a row of tiles reads."""
        return self.w.reach + self.w.f.r - 1

    @property
    def near(self) -> int:
        """Channels that are transposed at a time, in whole vectors."""
        return -(-NEAR // self.row.lanes) * self.row.lanes

    @property
    def strip(self) -> int:
        """Floats that hold, channels first, the window of a row of tiles, or outputs of some channels."""
        if self.spec.channels_last:
            return 0
        window = self.h.f.n * self.window_pixels * self.near
        outputs = self.h.f.m * self.w.reach * self.columns.step * self.near
        return -(-max(window, outputs) // LINE) * LINE

    @property
    def scratch(self) -> int:
        """Floats of a worker's scratch: V, M, and a strip to transpose in."""
        return self.v_floats + self.m_floats + self.strip * self.choices.fused

    @property
    def tasks(self) -> list[tuple[str, int, str]]:
        s = self.spec
        group = "part of the output channels" if part_of(self.plan) else "group"
        return [("n", s.n, "image"), ("g", self.groups, group), ("od", s.od, "plane"),
                ("th", self.h.blocks, "block of rows"), ("tw", self.w.blocks, "block of columns")]


numbers = functools.lru_cache(maxsize=1024)(Numbers)
