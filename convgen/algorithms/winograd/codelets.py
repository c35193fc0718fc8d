"""Constant matrices as straight-line code: additions and fused multiply-adds, which round, and by how
much (``Codelet.roundings``). All numbers here are fractions.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, permutations
from typing import Any, Literal

import msgspec

from ...errors import InputError
from .toomcook import Matrix, power_of_two

Kind = Literal["add", "sub", "mul", "fma"]


class Op(msgspec.Struct, frozen=True):
    """One operation of the ISA rows, its operands in their order: add(a, b), sub(a, b), mul(a, k),
    fma(a, k, c) = a·k + c. k is a fraction, the others are names of values."""

    name: str
    kind: Kind
    args: tuple[str | Fraction, ...]

    @property
    def operands(self) -> tuple[str, ...]:
        return tuple(a for a in self.args if isinstance(a, str))

    @property
    def constant(self) -> Fraction:
        """k; 1 for add and sub."""
        return next((a for a in self.args if isinstance(a, Fraction)), Fraction(1))

    @property
    def terms(self) -> tuple[tuple[str, Fraction], ...]:
        """(operand, coefficient), whose products add up to the result."""
        factors = (self.constant, Fraction(-1 if self.kind == "sub" else 1))
        return tuple(zip(self.operands, factors, strict=False))


class Codelet(msgspec.Struct, frozen=True):
    """y = M x as straight-line code. The inputs are x0, x1, …; the operations define t0, t1, … in
    order; outputs[i] is the name of y_i: a t, an x that passes through, or None for zero."""

    inputs: int
    ops: tuple[Op, ...]
    outputs: tuple[str | None, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Kind -> how many operations."""
        return dict(Counter(op.kind for op in self.ops))

    @property
    def constants(self) -> tuple[Fraction, ...]:
        """Every k once, in the order of use."""
        return tuple(dict.fromkeys(op.constant for op in self.ops if op.kind in ("mul", "fma")))

    @property
    def inexact(self) -> tuple[Fraction, ...]:
        """The constants that are no float32, and so are rounded when they are printed."""
        return tuple(c for c in self.constants if not in_f32(c))

    @property
    def live(self) -> int:
        """Vector registers needed besides the constants. An input is loaded just before its first
        use, an output stored when it is made, and a result takes the register of an operand that is
        not needed again."""
        return _pressure(self.ops, Counter(name for op in self.ops for name in op.operands))[0]

    def first(self, count: int) -> Codelet:
        """The same code for the first outputs alone."""
        needed = set(self.outputs[:count])
        ops: list[Op] = []
        for op in reversed(self.ops):
            if op.name in needed:
                needed.update(op.operands)
                ops.insert(0, op)
        return Codelet(self.inputs, tuple(ops), self.outputs[:count])

    def takes(self, name: str) -> bool:
        """Whether it needs an input."""
        return name in self.outputs or any(name in op.operands for op in self.ops)

    def evaluate(self, xs: Sequence[Any]) -> list[Any]:
        """y, for inputs of any type that multiplies with fractions."""
        values = self._named(xs)
        for op in self.ops:
            first, *rest = (values[name] * c for name, c in op.terms)
            values[op.name] = sum(rest, first)
        return [Fraction(0) if y is None else values[y] for y in self.outputs]

    def roundings(self, fused: bool = True, before: Sequence[int] | None = None) -> tuple[int, ...]:
        """d_i: the most roundings on a path from an input to y_i, in float32. before: those behind each input, none
        unless they are given.

        A sum rounds once, and so does a product unless its constant is a power of two; an fma rounds
        once if `fused`, else as the product and the sum it is. A constant that is no float32 counts
        for one more. So the computed ŷ is a sum over paths of x_j·Π k·Π (1 + δ) with at most d_i
        factors |δ| ≤ u, and barring underflow (N. Higham, Accuracy and Stability of Numerical
        Algorithms, 2002, section 3.1)

            |ŷ − y| ≤ γ_d·(magnitude·|x|)        γ_d = d·u / (1 − d·u)

        One codelet after another: the d of the first stand before the second, and the magnitudes multiply. On the
        rows and then the columns of a tile d_i + d_j: |Ŷ − Y| ≤ γ·N |X| Nᵀ with N = magnitude, that is N ⊗ N. So an
        output of F(m × m, r × r), with U = G g Gᵀ rounded once and products summed over channels with at most s
        roundings, is within γ_D of Σ N_A [|U| ⊙ (N_B |d| N_Bᵀ)] N_Aᵀ, D = 2·d + 1 + s, d being that of A's codelet
        behind B's: a position that B computes in many steps is not the one that A takes through the most.
        """
        depth: dict[str, int] = self._named(before or [0] * self.inputs)
        for op in self.ops:
            product = 0 if in_f32(op.constant) else 1
            if not power_of_two(op.constant) and not (fused and op.kind == "fma"):
                product += 1
            first, *rest = (depth[name] for name in op.operands)
            depth[op.name] = max(first + product, *rest) + 1 if rest else first + product
        return tuple(0 if y is None else depth[y] for y in self.outputs)

    def magnitude(self) -> Matrix:
        """Entry (i, j): the sum over the paths from x_j to y_i of Π |k|. It is |M_ij| where no paths
        cancel, and more elsewhere."""
        columns = []
        for j in range(self.inputs):
            values = self._named([Fraction(i == j) for i in range(self.inputs)])
            for op in self.ops:
                values[op.name] = sum(values[name] * abs(c) for name, c in op.terms)
            columns.append([Fraction(0) if y is None else values[y] for y in self.outputs])
        return tuple(zip(*columns, strict=True))

    def growth(self, xs: Sequence[Fraction]) -> tuple[list[Fraction], Fraction]:
        """For inputs that xs bound in magnitude: what bounds each output, and any number on the way."""
        values = self._named(xs)
        for op in self.ops:
            values[op.name] = sum(values[name] * abs(c) for name, c in op.terms)
        return [Fraction(0) if y is None else values[y] for y in self.outputs], max(values.values())

    def _named(self, xs: Sequence[Any]) -> dict[str, Any]:
        return {f"x{j}": x for j, x in zip(range(self.inputs), xs, strict=True)}


def codelet(matrix: Sequence[Sequence[Fraction | int]]) -> Codelet:
    """Code for y = M x with few operations, the same code every time. Raises InputError.

    Pairs of terms that several rows have in one ratio are computed once, the most frequent pair
    first, until none is left: this finds the even and odd halves that points p and −p share. Then a
    row of k terms takes k − 1 operations, and one more if none of its coefficients is 1.
    """
    lengths = {len(row) for row in matrix}
    if len(lengths) != 1 or 0 in lengths:
        raise InputError(f"rows of a matrix must have one length, above 0 (lengths={sorted(lengths)})")
    for c in (c for row in matrix for c in row):
        if not isinstance(c, int | Fraction):
            raise InputError(f"entries of a matrix must be integers or fractions (entry={c!r})")
    return _codelet(tuple(tuple((c.numerator, c.denominator) for c in row) for row in matrix))


@lru_cache(maxsize=256)
def _codelet(matrix: tuple[tuple[tuple[int, int], ...], ...]) -> Codelet:
    """Its fractions as pairs of integers, which are hashed in a hundredth of the time."""
    rows = [{f"x{j}": Fraction(*c) for j, c in enumerate(row) if c[0]} for row in matrix]
    code = _Code()
    code.share(rows)
    outputs = [code.total(row) if row else None for row in rows]
    ops = _schedule(code.ops, outputs)
    names = {op.name: f"t{i}" for i, op in enumerate(ops)}
    return Codelet(
        len(matrix[0]),
        tuple(Op(names[op.name], op.kind, tuple(names.get(str(a), a) for a in op.args)) for op in ops),
        tuple(y and names.get(y, y) for y in outputs),
    )


class _Code:
    """A codelet in the making: its operations in order. depth: roundings on the longest path to a value."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.depth: Counter[str] = Counter()
        self.known: dict[tuple[Any, ...], str] = {}

    def op(self, kind: Kind, *args: str | Fraction, rounds: int = 1) -> str:
        """The name of the result, which may be known already."""
        if (kind, args) not in self.known:
            op = Op(f"t{len(self.ops)}", kind, args)
            self.ops.append(op)
            self.depth[op.name] = max(self.depth[name] for name in op.operands) + rounds
            self.known[kind, args] = op.name
        return self.known[kind, args]

    def scale(self, a: str, k: Fraction) -> str:
        return a if k == 1 else self.op("mul", a, k, rounds=int(not power_of_two(k)))

    def add(self, a: str, b: str, k: Fraction) -> str:
        """a + b·k, one operation."""
        if abs(k) == 1:
            return self.op("add" if k == 1 else "sub", a, b)
        return self.op("fma", b, k, a)

    def share(self, rows: list[dict[str, Fraction]]) -> None:
        """Computes pairs that several rows (value -> coefficient) have in one ratio, and puts the
        result in their place: as a + b·k or b + a/k, whichever leaves more rows a coefficient 1."""
        while True:
            seen = Counter((a, b, row[b] / row[a]) for row in rows for a, b in combinations(row, 2))
            pairs = [(a, b, k) for (a, b, k), rows_with in seen.items()
                     if rows_with > 1 and (in_f32(k) or in_f32(1 / k))]
            if not pairs:
                return
            a, b, k = max(pairs, key=lambda pair: seen[pair])
            users = [row for row in rows if a in row and b in row and row[b] / row[a] == k]
            ways = [way for way in ((a, b, k), (b, a, 1 / k)) if in_f32(way[2])]
            a, b, k = max(ways, key=lambda way: sum(row[way[0]] == 1 for row in users))
            name = self.add(a, b, k)
            for row in users:
                del row[b]
                row[name] = row.pop(a)

    def total(self, row: dict[str, Fraction]) -> str:
        """The value of a row: a tree of operations, the values with the fewest roundings first. One
        term at least must have the coefficient 1, which the sum then has; else one is multiplied."""
        terms = dict(row)
        if 1 not in terms.values():
            a = min(terms, key=lambda a: (self.depth[a], not power_of_two(terms[a])))
            terms[self.scale(a, terms.pop(a))] = Fraction(1)
        while len(terms) > 1:
            ways = [(a, b) for a, b in permutations(terms, 2)
                    if terms[a] == 1 or in_f32(terms[b] / terms[a])]
            a, b = min(ways, key=lambda way: (max(self.depth[name] for name in way), terms[way[0]] != 1))
            name = self.add(a, b, terms.pop(b) / terms[a])
            terms[name] = terms.pop(a)
        return next(iter(terms))


def _schedule(ops: list[Op], outputs: Iterable[str | None]) -> list[Op]:
    """The operations in an order that keeps few values live: output by output, each time the one
    that takes the fewest registers to make, and then leaves the fewest values behind."""
    made = {op.name: op for op in ops}
    uses = Counter(name for op in ops for name in op.operands)
    left = [y for y in dict.fromkeys(outputs) if y in made]
    done: list[Op] = []

    def with_path(name: str, before: list[Op]) -> list[Op]:
        """`before` and what is missing to make `name`, operands first."""
        if name not in made or made[name] in before:
            return before
        for operand in made[name].operands:
            before = with_path(operand, before)
        return [*before, made[name]]

    while left:
        ways = {y: with_path(y, done) for y in left}
        y = min(left, key=lambda y: (*_pressure(ways[y], uses), len(ways[y])))
        done = ways[y]
        left.remove(y)
    return done


def _pressure(ops: Iterable[Op], uses: Counter[str]) -> tuple[int, int]:
    """The most values live at a time, and how many are live at the end."""
    left = Counter(uses)
    live: set[str] = set()
    peak = 0
    for op in ops:
        live.update(op.operands)
        peak = max(peak, len(live))
        left.subtract(op.operands)
        live = {name for name in live if left[name]} | {op.name}
        peak = max(peak, len(live))
        if not left[op.name]:
            live.remove(op.name)
    return peak, len(live)


def in_f32(c: Fraction) -> bool:
    try:
        return bool(struct.unpack("f", struct.pack("f", float(c)))[0] == c)
    except OverflowError:
        return False
