"""How NAME_pack sums what is rounded once, at the end: in double, or where there may be none, in two floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from ...machine.isa import Isa
from ...plan.program import Let, Node, Statement
from .codelets import in_f32
from .toomcook import Transforms

HALF = 12  # bits of a half of a float: two of them make an exact product


class Summed(NamedTuple):
    """A sum of products over a divisor: what begins it, what adds one, what ends it, the value."""

    before: list[Node]
    term: list[Node]
    after: list[Node]
    value: str


class Wide(NamedTuple):
    """type: of the factors' tables; ending: of their numbers. words: how little sums round. first: how the function
    begins."""

    type: str
    ending: str
    words: str
    first: str
    summed: Callable[[Sequence[str], str, Sequence[str]], Summed]


def _in_double(factors: Sequence[str], weight: str, divisors: Sequence[str]) -> Summed:
    divisor = " * ".join(divisors)
    return Summed([Let("double ", "sum", "0.0")], [Statement(f"sum += {' * '.join([*factors, weight])};")], [],
                  f"(float)(sum / {f'({divisor})' if len(divisors) == 2 else divisor})")


def _in_two_floats(factors: Sequence[str], weight: str, divisors: Sequence[str]) -> Summed:
    """high + low: what a product and a sum lose is known exactly (T. Dekker, 1971; D. Knuth, TAOCP 2, 4.2.2)."""
    return Summed(
        [Let("float ", "high", "0.0f"), Let("float ", "low", "0.0f")],
        [Let("const float ", "factor", " * ".join(factors)), Let("const float ", "weight", weight),
         Let("const float ", "term", "factor * weight"), Let("const float ", "sum", "high + term"),
         Let("const float ", "taken", "sum - high"),
         Statement("low += (high - (sum - taken)) + (term - taken) + fma(factor, weight, -term);"),
         Statement("high = sum;")],
        [Let("const float ", "divisor", " * ".join(divisors)), Let("const float ", "u", "high / divisor")],
        "u + (fma(-u, divisor, high) + low) / divisor")


def _in_halves(factors: Sequence[str], weight: str, divisors: Sequence[str]) -> Summed:
    """high + low, as above, without an FMA, which may be a call: a half of a number times a small integer is exact,
    and so the same whether or not a compiler makes an FMA of it."""
    return Summed(
        [Let("float ", "high", "0.0f"), Let("float ", "low", "0.0f")],
        [Let("const float ", "factor", " * ".join(factors)), Let("const float ", "weight", weight),
         *_upper("weight"), Let("const float ", "term", "factor * upper.f"), Let("const float ", "sum", "high + term"),
         Let("const float ", "taken", "sum - high"),
         Statement("low += (high - (sum - taken)) + (term - taken) + factor * (weight - upper.f);"),
         Statement("high = sum;")],
        [Let("const float ", "divisor", " * ".join(divisors)), Let("const float ", "u", "high / divisor"),
         *_upper("u"), Let("const float ", "rest", "high - divisor * upper.f - divisor * (u - upper.f)")],
        "u + (rest + low) / divisor")


def _upper(number: str) -> list[Node]:
    """upper.f: a number without the last HALF bits of its 24."""
    return [Let("union { float f; uint32_t bits; } ", "upper", f"{{{number}}}"),
            Statement(f"upper.bits &= UINT32_C(0x{2**32 - 2**HALF:x});")]


DOUBLE = Wide("double", "", "sums in double hardly round", "", _in_double)
HALVES = Wide("float", "f", "sums of two floats each hardly round", "", _in_halves)
TWO_FLOATS = HALVES._replace(first="#pragma OPENCL FP_CONTRACT OFF", summed=_in_two_floats)


def wide(row: Isa) -> Wide:
    if row.dialect == "opencl":
        return TWO_FLOATS
    return DOUBLE if row.doubles else HALVES


def roundings(row: Isa, h: Transforms, w: Transforms) -> int:
    """Of a sum, which is rounded at the end; in two floats, of its factors and divisor too, where these are products
    that no float holds."""
    if wide(row) is not TWO_FLOATS:
        return 1
    both = [({n for numbers, _ in axis.g_over for n in numbers}, {divisor for _, divisor in axis.g_over})
            for axis in (h, w)]
    return 1 + sum(not all(in_f32(Fraction(a * b)) for a in mine for b in other)
                   for mine, other in zip(*both, strict=True))


def sums(row: Isa, h: Transforms, w: Transforms) -> bool:
    """Whether sums of such transforms hardly round: halves want small integers, but for powers of two."""
    if wide(row) is not HALVES:
        return True
    factors = math.prod(max(_odd(number) for numbers, _ in axis.g_over for number in numbers) for axis in (h, w))
    divisors = math.prod(max(_odd(divisor) for _, divisor in axis.g_over) for axis in (h, w))
    return max(factors, divisors) < 1 << HALF


def _odd(number: int) -> int:
    """An integer without its factors of two."""
    return abs(number) // (abs(number) & -abs(number)) if number else 0
