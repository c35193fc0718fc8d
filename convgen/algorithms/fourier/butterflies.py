"""Fourier transforms of a few points as straight-line code, and longer ones as passes of these.

A transform of r points, r a power of two, is that of the sums and that of the differences of its halves (decimation in
frequency: J. Cooley and J. Tukey, 1965; W. Gentleman and G. Sande, 1966):

    y_k = Σ_n x_n ω^{nk},  ω = exp(−2πi/r):    t_n = x_n + x_{n + r/2}       gives the even k
                                               d_n = (x_n − x_{n + r/2}) ω^n   gives the odd k

A longer one of M points is a pass over j < M/r of such a codelet on the points j, j + M/r, …, whose output k is then
multiplied by exp(−2πi jk/M), and after it r transforms of M/r points each. Results lie where their index has its bits
reversed; the inverse goes the same way back, so nobody ever sorts them. Complex numbers are two reals, and that of i
is an exchange of both; so is an inverse: the transform of numbers whose parts have changed places.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import NamedTuple

from ..winograd.codelets import Codelet, Op

TWIDDLE = 3  # roundings of a product with a root: sqrt(5) u (R. Brent et al., 2007), and at most u in the root itself


class Part(NamedTuple):
    """A real number: a value of the codelet, and whether it counts with the other sign."""

    name: str
    negative: bool = False


class Point(NamedTuple):
    """A complex number."""

    re: Part
    im: Part


class _Code:
    """A codelet in the making."""

    def __init__(self) -> None:
        self.ops: list[Op] = []

    def op(self, kind: str, *args: str | Fraction) -> str:
        self.ops.append(Op(f"t{len(self.ops)}", kind, args))  # type: ignore[arg-type]  # "add", "sub" or "mul"
        return self.ops[-1].name

    def sum(self, a: Part, b: Part) -> Part:
        if a.negative == b.negative:
            return Part(self.op("add", a.name, b.name), a.negative)
        return Part(self.op("sub", *((b.name, a.name) if a.negative else (a.name, b.name))))

    def less(self, a: Part, b: Part) -> Part:
        return self.sum(a, Part(b.name, not b.negative))

    def turned(self, point: Point, eighths: int) -> Point:
        """A point times exp(−2πi/8)^eighths."""
        re, im = point
        if eighths >= 2:
            return self.turned(Point(im, Part(re.name, not re.negative)), eighths - 2)
        if eighths == 0:
            return point
        both = self.sum(re, im), self.less(im, re)
        return Point(*(Part(self.op("mul", part.name, Fraction(math.sqrt(0.5))), part.negative) for part in both))


@functools.lru_cache
def codelet(radix: int) -> Codelet:
    """A transform of so many points, 8 at most: inputs 2 n and 2 n + 1 are the parts of point n, outputs 2 q and
    2 q + 1 those of the one whose index is q with its bits reversed."""
    code = _Code()

    def transform(points: list[Point]) -> list[Point]:
        if len(points) == 1:
            return points
        pairs = list(zip(points[: len(points) // 2], points[len(points) // 2 :], strict=True))
        sums = [Point(*map(code.sum, a, b)) for a, b in pairs]
        differences = [Point(*map(code.less, a, b)) for a, b in pairs]
        return transform(sums) + transform(
            [code.turned(point, n * 8 // len(points)) for n, point in enumerate(differences)])

    found = transform([Point(Part(f"x{2 * n}"), Part(f"x{2 * n + 1}")) for n in range(radix)])
    parts = [part for point in found for part in point]
    assert not any(part.negative for part in parts)
    return Codelet(2 * radix, tuple(code.ops), tuple(part.name for part in parts))


def reversed_bits(index: int, size: int) -> int:
    """The index of `size` points, a power of two, with its bits reversed."""
    return int(f"{index:0{size.bit_length() - 1}b}"[::-1], 2) if size > 1 else 0


class Pass(NamedTuple):
    """One pass of a transform: `blocks` blocks, each of `turns` transforms of `radix` points. roots: how many follow
    for each turn, those of all outputs but the first, the same in all lanes; or of all, for each lane its own
    (`by_lane`). They lie from number `table` on."""

    radix: int
    turns: int
    blocks: int
    roots: int
    by_lane: bool
    table: int

    @property
    def points(self) -> int:
        """Of a block."""
        return self.radix * self.turns

    @property
    def name(self) -> str:
        """What passes that differ in numbers alone are called."""
        return f"{self.radix}{'_by_lane' if self.by_lane else '_turned' * (self.roots > 0)}"

    @property
    def operations(self) -> float:
        """Real sums and products for each complex number."""
        return (len(codelet(self.radix).ops) + 4 * self.roots) / self.radix

    @property
    def roundings(self) -> int:
        """Those of log2 radix sums of complex numbers, each off by at most u of itself; a product with exp(-2 pi i/8)
        is a sum and a product, with a root that is off too."""
        return self.radix.bit_length() - 1 + 3 * (self.radix == 8) + TWIDDLE * (self.roots > 0)


def passes(size: int, table: int = 0, by_lane: bool = False) -> list[Pass]:
    """A transform of so many points, a power of two other than 2, in as few passes as can be, its roots from number
    `table` on. by_lane: whether those of another one follow it, different in each lane, in a table of their own."""
    found: list[Pass] = []
    left = size
    while left > 1:
        radix = 8 if left.bit_length() % 3 == 1 else 4  # 4s until 8s are left
        last = left == radix
        roots = radix * by_lane if last else radix - 1
        found.append(Pass(radix, left // radix, size // left, roots, by_lane and last, 0 if last else table))
        table += 0 if last else left // radix * roots
        left //= radix
    return found


def roots_of(found: list[Pass]) -> int:
    """How many roots they have in tables of numbers that are the same in all lanes."""
    return sum(one.turns * one.roots for one in found if not one.by_lane)
