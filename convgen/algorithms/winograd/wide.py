"""How NAME_pack sums what is rounded once, at the end: in double, or where a device may have none, in two floats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...machine.isa import Dialect
from ...plan.program import Let, Node, Statement


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


WIDE: dict[Dialect, Wide] = {
    "c": Wide("double", "", "sums in double hardly round", "", _in_double),
    "opencl": Wide("float", "f", "sums of two floats each hardly round", "#pragma OPENCL FP_CONTRACT OFF",
                   _in_two_floats),
}
