"""What a plan of Winograd's filtering modulo 2^32 means in numbers: transforms in integers, blocks, scratch."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

from ...plan.choices import TiledChoices, WinogradChoices
from ...plan.plan import Loop, Plan
from ...plan.program import TAPS
from ..lowering import rows_product
from ..tiled import direct, exact
from ..tiled.exact import Section
from ..tiled.geometry import Geometry, Strides
from .toomcook import transforms

POINTS = (0, 1, -1, 2, -2)  # whole numbers, the smallest


class Line(NamedTuple):
    """Transforms of an axis, in integers: bt, g, at; and L."""

    m: int
    n: int
    bt: tuple[tuple[int, ...], ...]
    g: tuple[tuple[int, ...], ...]
    at: tuple[tuple[int, ...], ...]
    over: int

    @property
    def reach(self) -> int:
        """How many times larger than an input a transformed one may be."""
        return max(sum(map(abs, row)) for row in self.bt)

    @property
    def gain(self) -> int:
        """The same of weights."""
        return max(sum(map(abs, row)) for row in self.g)


IDENTITY = Line(1, 1, ((1,),), ((1,),), ((1,),), 1)


@functools.lru_cache(maxsize=64)
def line(k: int, m: int) -> Line | None:
    """F(m, k); None where there are not enough points."""
    if k == 1:
        return IDENTITY
    if m + k - 2 > len(POINTS):
        return None
    f = transforms(m, k, POINTS[: m + k - 2])
    over = math.lcm(*(divisor for _, divisor in f.g_over))
    at = tuple(tuple(int(a) * over // divisor for a, (_, divisor) in zip(row, f.g_over, strict=True)) for row in f.at)
    return Line(m, f.n, tuple(tuple(map(int, row)) for row in f.bt), tuple(row for row, _ in f.g_over), at, over)


class Residue(NamedTuple):
    """L_h L_w = q 2^e: the inverse of q modulo 2^32, as int32_t has it, and e."""

    inverse: int
    e: int


def residue(over: int) -> Residue:
    """Of a positive number."""
    e = (over & -over).bit_length() - 1
    inverse = pow(over >> e, -1, 2**32)
    return Residue(inverse - 2**32 * (inverse >= 2**31), e)


class Numbers:
    """What a plan means in numbers."""

    def __init__(self, plan: Plan) -> None:
        s, self.plan, self.row = plan.spec, plan, plan.target.row
        self.spec, self.m = s, plan.own(WinogradChoices).m
        h, w = line(s.kh, self.m), line(s.kw, self.m)
        assert h is not None
        assert w is not None
        assert self.row.shorts is not None
        self.h, self.w, lanes = h, w, self.row.lanes
        self.rows, self.columns = -(-s.oh // h.m), -(-s.ow // w.m)  # tiles
        self.block = next(loop.step for loop in plan.loops if loop.dim == "oh") // h.m  # rows of tiles
        self.count = self.block * self.columns
        self.points = h.n * w.n
        self.depth = -(-s.ic // self.row.shorts.lanes) * self.row.shorts.lanes  # channels of V
        self.width = -(-s.oc // lanes) * lanes  # and of M
        # planes at a power of two would meet in one set of the cache
        self.v_plane, self.m_plane = self.count * self.depth + 32, self.count * self.width + 16
        self.copy = _copied(plan, self.rows * h.m, self.columns * w.m)
        self.product = self._product()
        self.u_plane = self.product.packed_weights
        held = self.copy.source.itemsize
        self.m_at = -(-self.points * self.v_plane * 2 // 64) * 64 // held  # in numbers of the copy, from V on
        self.strip_at = self.m_at + self.points * self.m_plane * 4 // held
        strip = 0 if s.channels_last else self.block * h.m * s.ow * self.width * s.arithmetic.output.bytes
        self.scratch = self.strip_at + -(-strip // 64) * 64 // held

    def _product(self) -> Product:
        plan = self.plan
        spec = rows_product(self.spec.ic, self.width, self.count).replace(dtype="s16:s16:s32")
        seq = [Loop(dim, 1) for dim in ("n", "g")]
        loops = (*seq, Loop("oc", plan.nr * self.row.lanes), Loop("od", 1), Loop("oh", 1), Loop("ow", plan.mr), *TAPS)
        inner = Plan(spec=spec, target=plan.target, algorithm=direct.NAME, mr=plan.mr, nr=plan.nr, loops=loops,
                     choices=TiledChoices(unroll=4, source="input"))
        return Product(inner, self.depth)

    @property
    def blocks(self) -> int:
        """Of rows of tiles, in an image."""
        return self.rows // self.block

    @property
    def residue(self) -> Residue:
        """What is left of sums."""
        return residue(self.h.over * self.w.over)

    @property
    def sections(self) -> tuple[tuple[Section, ...], int]:
        """Bias and scales, behind U."""
        return exact.sections(self.spec, self.row, self.points * self.u_plane, self.width, 0)


class Product(Geometry):
    """The matrix product of one position: rows are tiles."""

    def __init__(self, plan: Plan, pitch: int) -> None:
        self.pitch = pitch
        super().__init__(plan, plan.spec, "ow")

    def _input(self) -> tuple[Strides, int]:
        return Strides(0, 1, 0, 0, self.pitch), 0


def _copied(plan: Plan, rows: int, columns: int) -> Geometry:
    """The padded copy, for so many outputs."""
    s = plan.spec
    spec = s.replace(bottom=s.bottom + rows - s.oh, right=s.right + columns - s.ow,
                     **{pad: getattr(s, pad) for pad in ("front", "back", "top", "left")})
    inner = Plan(spec=spec, target=plan.target, algorithm=direct.NAME, mr=1, nr=1,
                 choices=TiledChoices(unroll=1, source="copy"))
    return Geometry(inner, spec, "ow")


numbers = functools.lru_cache(maxsize=512)(Numbers)
