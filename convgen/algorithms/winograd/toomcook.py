"""Winograd transforms as exact matrices.

F(m, r) computes m outputs of a correlation with r taps by n = m + r − 1 products instead of m·r:

    y_i = Σ_j d[i + j]·g[j]  =  (Aᵀ [(G g) ⊙ (Bᵀ d)])_i        i < m, j < r

It is interpolation (A. Toom; S. Cook; S. Winograd, Arithmetic Complexity of Computations, 1980): a
product of polynomials is known from its values at n points, one of which is infinity. In two
dimensions the matrices act on the rows and then on the columns: Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A.
All numbers here are fractions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, permutations

import msgspec

from ...errors import InputError

Matrix = tuple[tuple[Fraction, ...], ...]

# --- points ---


def _pairs(*sizes: str, zero: bool) -> tuple[Fraction, ...]:
    signed = [sign * Fraction(size) for size in sizes for sign in (1, -1)]
    return (Fraction(0), *signed) if zero else tuple(signed)


# n -> the finite points: the least `noise` among points of few bits for which `exact_weights` are good
# (n < 9; beyond, noise alone counts, and nothing is exact). Pairs ±p halve the work.
_BY_LENGTH = {
    3: (Fraction(0), Fraction(1)),
    4: _pairs("1", zero=True),
    5: _pairs("1/2", "5/4", zero=False),
    # F(4, 3) errs 1/3 as much as at {0, ±1, ±2}. At {0, ±3/4, ±3/2} it would be 1/4, in fewer
    # operations, but even small integers would round
    6: (*_pairs("1", zero=True), Fraction(1, 2), Fraction(-2)),
    7: _pairs("1/4", "1", "3/2", zero=False),
    8: _pairs("1/2", "1", "2", zero=True),
    9: _pairs("1/4", "5/8", "5/4", "2", zero=False),
    10: _pairs("1/2", "3/4", "5/4", "5/2", zero=True),
}

# (m, r) -> the points of F(m, r)
POINTS = {(m, r): _BY_LENGTH[m + r - 1]
          for m in (2, 4, 6) for r in range(2, 8) if m + r - 1 in _BY_LENGTH}
# errs 1.25 times as much, but integers up to 9 do not round, not 105; and 0 leaves out products (numbers.vanishing)
POINTS[4, 2] = (*_pairs("3/2", zero=True), Fraction(1, 2))
POINTS[2, 5] = _pairs("1/2", "2", zero=True)  # as good there, with a smaller worst case and less work

# --- transforms ---


class Transforms(msgspec.Struct, frozen=True):
    """F(m, r) at `points` and infinity: at is m × n, g is n × r, bt is n × n."""

    m: int
    r: int
    points: tuple[Fraction, ...]
    at: Matrix
    g: Matrix
    bt: Matrix

    @property
    def n(self) -> int:
        """Products, and inputs of a tile: m + r − 1."""
        return self.m + self.r - 1

    @property
    def g_over(self) -> tuple[tuple[tuple[int, ...], int], ...]:
        """Row by row, G as integers over a divisor: in double, sums of multiples of float32 hardly
        round then, and those that cancel give zero. The division comes last."""
        divisors = [_denominator(row) for row in self.g]
        return tuple((tuple(int(c * q) for c in row), q)
                     for row, q in zip(self.g, divisors, strict=True))


def transforms(m: int, r: int, points: Sequence[Fraction | int] | None = None) -> Transforms:
    """The matrices of F(m, r); points: m + r − 2 different numbers, those of POINTS by default.

    Product k belongs to p = points[k], the last one to infinity. M is the monic polynomial whose zeros
    are the points, M_k the one of the points without p:

        row k of Bᵀ = the coefficients of M_k, times b      the last row = those of M, times b
        column k of Aᵀ = p^i, times a                       the last column = (0 … 0 1)
        row k of G = p^j / (M_k(p)·a·b)                     the last row = (0 … 0 1) / b

    a and b are free for each product. Factors of two never round, G g is rounded once whatever is in G,
    and an error relative to its product does not see the others: no a and b make F(m, r) more
    accurate, as long as Aᵀ and Bᵀ stay exact in float32. So fractions go to G, and a and b save
    operations. b clears odd denominators, and is 1 for dyadic points: each row of Bᵀ has a 1. a does
    so too; and without ±1 among the points it is a power of two that gives a row of Aᵀ a 1.

    Raises InputError.
    """
    for name, value in (("m", m), ("r", r)):
        if not isinstance(value, int) or value < 1:
            raise InputError(f"{name} of F(m, r) must be a positive integer ({name}={value!r})")
    if points is None:
        if (m, r) not in POINTS:
            known = ", ".join(f"F({a}, {b})" for a, b in POINTS)
            raise InputError(f"points must be given for F(m, r) other than {known} (m={m}, r={r})")
        points = POINTS[m, r]
    for p in points:
        if not isinstance(p, int | Fraction):
            raise InputError(f"points must be integers or fractions (point={p!r})")
    if len(points) != m + r - 2:
        raise InputError(f"points must be m + r - 2 = {m + r - 2} numbers (got {len(points)})")
    if len(set(points)) != len(points):
        raise InputError(f"points must differ (points={', '.join(map(str, points))})")
    return _transforms(m, r, tuple(map(Fraction, points)))


@lru_cache(maxsize=256)
def _transforms(m: int, r: int, points: tuple[Fraction, ...]) -> Transforms:
    ones = _ones(m, points)
    columns, g, bt = [], [], []
    for k, p in enumerate(points):
        poly = _with_zeros(points[:k] + points[k + 1 :])
        b = _odd(_denominator(poly))
        a = ones.get(abs(p), Fraction(_odd(p.denominator)) ** (m - 1))
        scale = sum(c * p**i for i, c in enumerate(poly)) * a * b
        columns.append([p**i * a for i in range(m)])
        g.append(tuple(p**j / scale for j in range(r)))
        bt.append((*(c * b for c in poly), Fraction(0)))
    poly = _with_zeros(points)
    b = _odd(_denominator(poly))
    columns.append([Fraction(i == m - 1) for i in range(m)])
    g.append(tuple(Fraction(j == r - 1, b) for j in range(r)))
    bt.append(tuple(c * b for c in poly))
    return Transforms(m, r, points, tuple(zip(*columns, strict=True)), tuple(g), tuple(bt))


def fractions(matrix: Sequence[Sequence[int]]) -> Matrix:
    """A matrix of integers."""
    return tuple(tuple(map(Fraction, row)) for row in matrix)


@lru_cache(maxsize=256)
def ending(t: Transforms, m: int) -> tuple[Transforms, Transforms]:
    """t, and an F(m, r) for fewer outputs, m < t.m, that takes products of t: the same rows of G at some of
    the points. Products come in another order, those of both first.

    At a point p of both, G differs from that of F(m, r) alone by c = Π (p − q) over the points q left out,
    and by what a and b are; so Aᵀ has c in that column. The points are those of the least noise.
    """
    kept = min((_part(t, m, some) for some in combinations(range(len(t.points)), m + t.r - 2)),
               key=lambda kept: noise(kept[1]))
    both, small = kept
    order = [*both, *(k for k in range(t.n) if k not in both)]
    rows = [[matrix[k] for k in order] for matrix in (t.g, t.bt)]
    at = tuple(tuple(row[k] for k in order) for row in t.at)
    return msgspec.structs.replace(t, at=at, g=tuple(rows[0]), bt=tuple(rows[1])), small


def _part(t: Transforms, m: int, some: tuple[int, ...]) -> tuple[tuple[int, ...], Transforms]:
    """The products of t at those points and at infinity, and F(m, r) by them."""
    own = _transforms(m, t.r, tuple(t.points[k] for k in some))
    both = (*some, t.n - 1)
    ratios = [next(a / b for a, b in zip(mine, t.g[k], strict=True) if b) for mine, k in zip(own.g, both, strict=True)]
    at = tuple(tuple(c * ratio for c, ratio in zip(row, ratios, strict=True)) for row in own.at)
    return both, msgspec.structs.replace(own, at=at, g=tuple(t.g[k] for k in both))


def _ones(m: int, points: tuple[Fraction, ...]) -> dict[Fraction, Fraction]:
    """|p| -> a for powers of two: a = |p|^−i puts ±1 into row i of Aᵀ, a different row for each |p|.
    The last row has the 1 of infinity, the first that of any column which is left alone."""
    if any(abs(p) == 1 for p in points):
        return {}
    powers = sorted({abs(p) for p in points if power_of_two(p)})
    return {p: p**-i for p, i in zip(powers, range(1, m - 1), strict=False)}


def _with_zeros(points: Iterable[Fraction]) -> list[Fraction]:
    """The coefficients of Π (x − p), lowest first."""
    poly = [Fraction(1)]
    for p in points:
        shifted = [Fraction(0), *poly]
        poly = [low - p * high for low, high in zip(shifted, [*poly, Fraction(0)], strict=True)]
    return poly


def amplification(t: Transforms) -> float:
    """How large what F(m, r) adds up can be, over what a direct sum does, for |d|, |g| ≤ 1:

        max_i Σ_k |Aᵀ_ik|·(Σ_j |G_kj|)·(Σ_l |Bᵀ_kl|) / r

    Errors are at most γ times as large. It depends on the points alone; squared, it is that of
    F(m × m, r × r).
    """
    return float(_growth(t, 1))


def noise(t: Transforms) -> float:
    """The same with squares: the ratio of standard deviations for random d and g of equal variances.

        max_i sqrt(Σ_k Aᵀ_ik²·(Σ_j G_kj²)·(Σ_l Bᵀ_kl²) / r)
    """
    return math.sqrt(_growth(t, 2))


def _growth(t: Transforms, power: int) -> Fraction:
    def total(row: Sequence[Fraction], weights: Sequence[int]) -> Fraction:
        """Σ |c|^power · weight, summed as integers: sums of fractions take ten times as long."""
        over = _denominator(row)
        numerators = (abs(c.numerator) * (over // c.denominator) for c in row)
        return Fraction(sum(c**power * weight for c, weight in zip(numerators, weights, strict=True)), over**power)

    products = [total(g, [1] * t.r) * total(b, [1] * t.n) for g, b in zip(t.g, t.bt, strict=True)]
    over = _denominator(products)
    weights = [p.numerator * (over // p.denominator) for p in products]
    return max(total(row, weights) for row in t.at) / (over * t.r)


def exact_weights(t: Transforms) -> tuple[tuple[int, ...], ...]:
    """r short vectors of integers g that span all those for which G g is dyadic. With weights made of
    them (outer products of them in two dimensions) and integer data, both small, nothing rounds."""
    basis = [[int(i == j) for j in range(t.r)] for i in range(t.r)]
    for w, divisor in t.g_over:  # each asks that Σ w_j g_j be a multiple of q
        q = _odd(divisor)

        def rest(g: list[int], w: tuple[int, ...] = w, q: int = q) -> int:
            return _dot(w, g) % q

        while len(left := sorted((g for g in basis if rest(g)), key=rest)) > 1:  # Euclid
            for g in left[1:]:
                _subtract(g, left[0], rest(g) // rest(left[0]))
        for g in left:
            g[:] = [x * (q // math.gcd(q, rest(g))) for x in g]
        _shorten(basis)
    return tuple(map(tuple, basis))


def _shorten(basis: list[list[int]]) -> None:
    """Subtracts vectors from each other until none gets shorter."""
    again = True
    while again:
        again = False
        for a, b in permutations(basis, 2):
            times = round(Fraction(_dot(a, b), _dot(b, b)))
            _subtract(a, b, times)
            again = again or times != 0


def _dot(a: Sequence[int], b: Sequence[int]) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _subtract(a: list[int], b: list[int], times: int) -> None:
    a[:] = [x - times * y for x, y in zip(a, b, strict=True)]


def _denominator(row: Iterable[Fraction]) -> int:
    return math.lcm(*(c.denominator for c in row))


def _odd(value: int) -> int:
    return value // (value & -value)


def power_of_two(c: Fraction) -> bool:
    """±2^k: a product with it does not round."""
    return c != 0 and _odd(abs(c.numerator)) == _odd(c.denominator) == 1
