"""What a Winograd plan means in numbers: transforms, tiles, blocks, sizes of scratch."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import NamedTuple

from ..plan import Loop, Plan
from ..spec import Axis, ConvSpec
from ..toomcook import Transforms, transforms
from .geometry import Geometry, Strides
from .nest import TAPS

LINE = 16  # floats of a cache line
NEAR = 32  # channels that are turned round together: two lines, which prefetchers bring in pairs


class Product(Geometry):
    """The matrix product of one position: rows are tiles, channels lie together, padded to vectors."""

    late_bias = True

    def _input(self) -> tuple[Strides, int]:
        pitch = -(-self.spec.ic // self.row.lanes) * self.row.lanes
        return Strides(0, 1, 0, 0, pitch), 0


class Split(NamedTuple):
    """How an axis is cut: transforms, tiles in all, tiles in a block."""

    axis: Axis
    f: Transforms
    tiles: int
    block: int

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
        return self.axis.o % self.f.m != 0


IDENTITY = Transforms(1, 1, (), ((Fraction(1),),), ((Fraction(1),),), ((Fraction(1),),))


@functools.lru_cache(maxsize=256)
def filtering(k: int, m: int) -> Transforms:
    """F(m, k), or nothing to do along an axis with a kernel of 1."""
    return IDENTITY if k == 1 else transforms(m, k)


class Numbers:
    """What a plan means in numbers."""

    def __init__(self, plan: Plan) -> None:
        s, self.plan, self.row = plan.spec, plan, plan.target.row
        self.spec = s
        block: dict[str, int] = {loop.dim: loop.step for loop in plan.loops}
        _, h, w = s.axes
        self.h, self.w = (
            Split(axis, f, -(-axis.o // f.m), max(1, block[f"o{axis.name}"] // f.m))
            for axis, f in ((h, filtering(h.k, plan.m)), (w, filtering(w.k, plan.m))))
        self.points = self.h.f.n * self.w.f.n
        lanes = self.row.lanes
        self.depth, self.width = (-(-c // lanes) * lanes for c in (s.icg, s.ocg))  # channels, padded
        most = max(self.counts)
        # a line more than tiles need: planes at a power of two would meet in one set of the cache
        self.v_plane, self.m_plane = (most * c + LINE for c in (self.depth, self.width))
        self.u_plane = self.width * s.icg
        # all positions of a group's weights, of a block's tiles before and after the products
        self.u_floats, self.v_floats, self.m_floats = (
            self.points * plane for plane in (self.u_plane, self.v_plane, self.m_plane))

    @functools.cached_property
    def products(self) -> dict[int, Product]:
        """The matrix product over each number of tiles."""
        return {count: self._product(count) for count in self.counts}

    @property
    def counts(self) -> list[int]:
        """Tiles that one product takes: those of a block, or all of the layer."""
        if not self.plan.fused:
            return [self.spec.n * self.spec.od * self.h.tiles * self.w.tiles]
        return sorted({a * b for a in self.h.sizes for b in self.w.sizes}, reverse=True)

    def _product(self, count: int) -> Product:
        plan, s = self.plan, self.spec
        spec = ConvSpec(ic=s.icg, oc=self.width, iw=count, kw=1, layout="nwc", bias=False)
        seq = [Loop(dim, 1) for dim in ("n", "g")]
        loops = (*seq, Loop("oc", plan.nr * self.row.lanes), Loop("od", 1), Loop("oh", 1), Loop("ow", plan.mr), *TAPS)
        inner = Plan(spec=spec, target=plan.target, algorithm="direct", lanes="oc", mr=plan.mr, nr=plan.nr,
                     unroll=plan.unroll, loops=loops)
        return Product(inner, spec, "ow")

    @property
    def window_pixels(self) -> int:
        """Columns that a row of tiles reads."""
        return self.w.tiles * self.w.f.m + self.w.f.r - 1

    @property
    def near(self) -> int:
        """Channels that are turned round together, in whole vectors."""
        return -(-NEAR // self.row.lanes) * self.row.lanes

    @property
    def strip(self) -> int:
        """Floats that hold, channels first, the window of a row of tiles, or outputs of some channels."""
        if self.spec.channels_last:
            return 0
        window = self.h.f.n * self.window_pixels * self.near
        outputs = self.h.f.m * self.w.tiles * self.w.f.m * self.near
        return -(-max(window, outputs) // LINE) * LINE

    @property
    def scratch(self) -> int:
        """Floats of V and M, and of what a thread needs beside them."""
        return self.v_floats + self.m_floats + self.strip * self.plan.fused

    @property
    def tasks(self) -> list[tuple[str, int, str]]:
        s = self.spec
        return [("n", s.n, "image"), ("g", s.g, "group"), ("od", s.od, "plane"),
                ("th", self.h.blocks, "block of rows"), ("tw", self.w.blocks, "block of columns")]


numbers = functools.lru_cache(maxsize=1024)(Numbers)
