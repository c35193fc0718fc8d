"""The code of activations: statements in C on a vector v of floats, by the operations of any row of the ISA table.

Constants are literals; what several functions need is a routine of its own. activation.py says what each computes, and
how far it may stray.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol


class Operations(Protocol):
    """What the code uses of a row of the ISA table (machine/isa.py): expressions in C on vectors of floats.
    An operand is a name or a call, since on one lane an expression is an ordinary one."""

    vector: str

    def set1(self, x: str) -> str: ...
    def zero(self) -> str: ...
    def add(self, a: str, b: str) -> str: ...
    def sub(self, a: str, b: str) -> str: ...
    def mul(self, a: str, b: str) -> str: ...
    def div(self, a: str, b: str) -> str: ...
    def fma(self, a: str, b: str, c: str) -> str: ...
    def max(self, a: str, b: str) -> str: ...
    def min(self, a: str, b: str) -> str: ...
    def pow2(self, a: str) -> str: ...


Code = Iterator[str]  # statements, the last of which returns


class Routine(NamedTuple):
    """A function of vectors in C."""

    name: str
    parameters: tuple[str, ...]
    comment: str
    code: Callable[[Operations], Code]


# --- code that several share ---


def _let(o: Operations, name: str, value: str) -> str:
    return f"const {o.vector} {name} = {value};"


def _polynomial(o: Operations, x: str, *coefficients: str) -> Code:
    """p, by Horner's rule; the highest coefficient first."""
    yield f"{o.vector} p = {o.set1(coefficients[0])};"
    for coefficient in coefficients[1:]:
        yield f"p = {o.fma('p', x, o.set1(coefficient))};"


def _power(o: Operations) -> Code:
    """Of x: k and tail, e^x = 2^k·(1 + tail)."""
    yield _let(o, "k", o.fma("x", o.set1("1.44269504f"), "shift"))
    yield _let(o, "whole", o.sub("k", "shift"))
    yield _let(o, "r1", o.fma("whole", o.set1("-0.693359375f"), "x"))
    yield _let(o, "r", o.fma("whole", o.set1("2.12194440e-4f"), "r1"))
    yield from _polynomial(o, "r", "1.9875691500e-4f", "1.3981999507e-3f", "8.3334519073e-3f", "4.1665795894e-2f",
                           "1.6666665459e-1f", "5.0000001201e-1f")
    yield _let(o, "square", o.mul("r", "r"))
    yield _let(o, "tail", o.fma("p", "square", "r"))


def _exponential(o: Operations) -> Code:
    yield _let(o, "low", o.set1("-87.3f"))
    yield _let(o, "high", o.set1("89.0f"))
    yield _let(o, "shift", o.set1("12582912.0f"))
    yield _let(o, "above", o.max("low", "a"))
    yield _let(o, "x", o.min("high", "above"))
    yield from _power(o)
    yield _let(o, "e", o.add("tail", o.set1("1.0f")))
    yield f"return {o.mul('e', o.pow2('k'))};"


EXPONENTIAL = Routine(
    "exponential", ("a",),
    "e^a, infinite above 88.4, relative error below 4 u. a = k ln 2 + r with |r| <= ln 2 / 2; e^r is a polynomial"
    " (Cephes' expf).", _exponential)


def _expm1(o: Operations) -> Code:
    yield _let(o, "shift", o.set1("12582912.0f"))
    yield _let(o, "x", o.max(o.set1("-87.3f"), "a"))
    yield from _power(o)
    yield _let(o, "power", o.pow2("k"))
    yield _let(o, "less", o.sub("power", o.set1("1.0f")))
    yield f"return {o.fma('power', 'tail', 'less')};"


EXPM1 = Routine(
    "expm1_below", ("a",),
    "e^a - 1 for a <= 0, error below 2 u |a|. a = k ln 2 + r with |r| <= ln 2 / 2; e^r - 1 is a polynomial (Cephes'"
    " expf), 2^k - 1 is exact.", _expm1)


def _log1p(o: Operations) -> Code:
    yield _let(o, "under", o.add("t", o.set1("2.0f")))
    yield _let(o, "z", o.div("t", "under"))
    yield _let(o, "square", o.mul("z", "z"))
    yield from _polynomial(o, "square", "0.134257495f", "0.141183093f", "0.200037807f", "0.333333194f")
    yield _let(o, "twice", o.add("z", "z"))
    yield _let(o, "cube", o.mul("twice", "square"))
    yield f"return {o.fma('cube', 'p', 'twice')};"


LOG1P = Routine(
    "log1p_unit", ("t",),
    "ln(1 + t) for 0 <= t <= 1, relative error below 4 u: 2 artanh z = 2 z + 2 z^3 p(z^2), z = t / (t + 2) <= 1/3.",
    _log1p)


# --- the code of each ---


def none(o: Operations) -> Code:
    yield "return v;"


def relu(o: Operations) -> Code:
    yield f"return {o.max(o.zero(), 'v')};"


def relu6(o: Operations) -> Code:
    yield f"return {o.min(o.set1('6.0f'), o.max(o.zero(), 'v'))};"


def clip(o: Operations, lower: str, upper: str) -> Code:
    yield f"return {o.min(o.set1(upper), o.max(o.set1(lower), 'v'))};"


def leaky_relu(o: Operations, slope: str) -> Code:
    yield _let(o, "above", o.max(o.zero(), "v"))
    yield _let(o, "below", o.min(o.zero(), "v"))
    yield f"return {o.fma(o.set1(slope), 'below', 'above')};"


def prelu(o: Operations) -> Code:
    yield _let(o, "above", o.max(o.zero(), "v"))
    yield _let(o, "below", o.min(o.zero(), "v"))
    yield f"return {o.fma('slopes', 'below', 'above')};"


def hard_sigmoid(o: Operations, slope: str, middle: str) -> Code:
    yield _let(o, "line", o.fma(o.set1(slope), "v", o.set1(middle)))
    yield f"return {o.max(o.zero(), o.min(o.set1('1.0f'), 'line'))};"


def hard_swish(o: Operations) -> Code:
    yield _let(o, "raised", o.add("v", o.set1("3.0f")))
    yield _let(o, "gate", o.min(o.set1("6.0f"), o.max(o.zero(), "raised")))
    yield _let(o, "sixth", o.mul("gate", o.set1("0.166666667f")))
    yield f"return {o.mul('v', 'sixth')};"


def elu(o: Operations, scale: str) -> Code:
    yield _let(o, "above", o.max(o.zero(), "v"))
    yield _let(o, "below", f"expm1_below({o.min(o.zero(), 'v')})")
    yield f"return {o.fma(o.set1(scale), 'below', 'above')};"


def sigmoid(o: Operations, over: str = "one") -> Code:
    yield _let(o, "minus", o.sub(o.zero(), "v"))
    yield _let(o, "e", "exponential(minus)")
    yield _let(o, "one", o.set1("1.0f"))
    yield _let(o, "under", o.add("e", "one"))
    yield f"return {o.div(over, 'under')};"


def silu(o: Operations) -> Code:
    yield from sigmoid(o, "v")


def tanh(o: Operations) -> Code:
    yield "/* (e^2v - 1) / (e^2v + 1); beyond |v| = 10 the quotient is 1 in f32 */"
    yield _let(o, "above", o.max(o.set1("-10.0f"), "v"))
    yield _let(o, "x", o.min(o.set1("10.0f"), "above"))
    yield _let(o, "e", f"exponential({o.add('x', 'x')})")
    yield _let(o, "one", o.set1("1.0f"))
    yield _let(o, "over", o.sub("e", "one"))
    yield _let(o, "under", o.add("e", "one"))
    yield f"return {o.div('over', 'under')};"


def softplus(o: Operations) -> Code:
    yield "/* max(v, 0) + ln(1 + e^-|v|) */"
    yield _let(o, "minus", o.sub(o.zero(), "v"))
    yield _let(o, "t", f"exponential({o.min('minus', 'v')})")
    yield f"return {o.add(o.max(o.zero(), 'v'), 'log1p_unit(t)')};"


def mish(o: Operations) -> Code:
    yield "/* v n / (n + 2), n = e^v (e^v + 2); beyond 10 the quotient is 1 in f32, below -90 nothing is left */"
    yield _let(o, "above", o.max(o.set1("-90.0f"), "v"))
    yield _let(o, "e", f"exponential({o.min(o.set1('10.0f'), 'above')})")
    yield _let(o, "two", o.set1("2.0f"))
    yield _let(o, "more", o.add("e", "two"))
    yield _let(o, "n", o.mul("e", "more"))
    yield _let(o, "under", o.add("n", "two"))
    yield _let(o, "gate", o.div("n", "under"))
    yield f"return {o.mul('above', 'gate')};"


def gelu(o: Operations) -> Code:
    yield "/* max(v, 0) - |v| erfc(|v| / sqrt 2) / 2, erfc by Abramowitz and Stegun, formula 7.1.26 */"
    yield _let(o, "minus", o.sub(o.zero(), "v"))
    yield _let(o, "magnitude", o.max("minus", "v"))
    yield _let(o, "size", o.min(o.set1("20.0f"), "magnitude"))
    yield _let(o, "z", o.mul("size", o.set1("0.707106781f")))
    yield _let(o, "one", o.set1("1.0f"))
    yield _let(o, "under", o.fma("z", o.set1("0.3275911f"), "one"))
    yield _let(o, "t", o.div("one", "under"))
    yield from _polynomial(o, "t", "1.061405429f", "-1.453152027f", "1.421413741f", "-0.284496736f", "0.254829592f")
    yield _let(o, "q", o.mul("p", "t"))
    yield _let(o, "square", o.mul("size", "size"))
    yield _let(o, "e", f"exponential({o.mul('square', o.set1('-0.5f'))})")
    yield _let(o, "erfc", o.mul("q", "e"))
    yield _let(o, "halved", o.mul("size", o.set1("0.5f")))
    yield _let(o, "below", o.mul("halved", "erfc"))
    yield _let(o, "above", o.max(o.zero(), "v"))
    yield f"return {o.sub('above', 'below')};"


def gelu_tanh(o: Operations) -> Code:
    yield "/* v / (1 + e^-2z), z = sqrt(2 / pi) (v + 0.044715 v^3) */"
    yield _let(o, "square", o.mul("v", "v"))
    yield _let(o, "cubic", o.fma(o.set1("-0.0713548163f"), "square", o.set1("-1.59576912f")))
    yield _let(o, "e", f"exponential({o.mul('v', 'cubic')})")
    yield _let(o, "under", o.add("e", o.set1("1.0f")))
    yield f"return {o.div('v', 'under')};"
