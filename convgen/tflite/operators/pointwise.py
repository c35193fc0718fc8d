"""Operators that compute each number of the numbers that meet it: of f32, or of integers of 8 bits that stand for real
numbers, as TFLite's reference kernels do (add.cc, sub.cc, mul.cc, activations.cc and what these call)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, UnsupportedError
from ...layer.activation import Activation
from ...layer.building import met
from ...layer.element import F32, S8
from ...layer.steps import Operand
from ...layer.terms import Argument, Term, term
from .builder import NONE, Builder, Node, Operator, Real, act_on
from .fixed import Integers, away, factor, scaled, scaled_here, tabled, whole_of

SHIFT = 20  # bits by which sums of 8 bits are finer than their operands


def _operands(net: Builder, node: Node, count: int) -> tuple[tuple[int, ...], list[Argument]]:
    """The output's shape, and the operands as they meet."""
    names = [node.input(place) for place in range(count)]
    shape = met({name: net.shape(name) for name in names})
    given: list[Argument] = [net.last(name, len(shape)) for name in names]
    if not any(isinstance(one, Operand) for one in given):
        raise UnsupportedError("an operand must not be constant")
    return shape, given


# --- two operands ---


def _sum(x: tuple[Real, Real], y: Real, a: Argument, b: Argument, sign: int) -> Argument:
    """a ± b on the output's scale: both on one of 2^-SHIFT of twice the coarser, then their sum on the output's."""
    twice = 2 * float(max(x[0].scale, x[1].scale))
    left, right = (factor(float(one.scale) / twice, least=True) for one in x)
    right = right._replace(m=sign * right.m)
    fine = [term("mul", of.less(one), float(1 << SHIFT)) for of, one in zip(x, (a, b), strict=True)]
    total = term("add", scaled(fine[0], left), scaled(fine[1], right))
    return scaled(total, factor(twice / float(np.float32(1 << SHIFT) * y.scale), least=True))


def _product(x: tuple[Real, Real], y: Real, a: Argument, b: Argument) -> Argument:
    by = factor(x[0].scale * x[1].scale / y.scale)
    return scaled(term("mul", x[0].less(a), x[1].less(b)), by)


class Pair(NamedTuple):
    """function: of floats; whole: of integers on their scales, None where TFLite has none, or it is of floats."""

    function: str
    whole: Callable[[tuple[Real, Real], Real, Argument, Argument], Argument] | None = None


PAIRS = {
    "ADD": Pair("add", lambda x, y, a, b: _sum(x, y, a, b, 1)),
    "SUB": Pair("sub", lambda x, y, a, b: _sum(x, y, a, b, -1)),
    "MUL": Pair("mul", _product),
    "DIV": Pair("div"),
}


def _pair(net: Builder, node: Node) -> None:
    row, act = PAIRS[node.kind], node.activation
    shape, (a, b) = _operands(net, node, 2)
    if not net.quantised(node, 2):
        root = act_on(term(row.function, a, b), act)
        element = F32
    elif row.whole is None:
        raise UnsupportedError("its data must be f32")
    else:
        y = net.real(node.output)
        root = y.made(row.whole((net.real(node.input(0)), net.real(node.input(1))), y, a, b), act)
        element = y.element
    assert isinstance(root, Term)
    net.nest(node.output, element, shape, root)


def _extreme(net: Builder, node: Node) -> None:
    """MAXIMUM, MINIMUM: of integers as they are, which must be on one scale."""
    shape, (a, b) = _operands(net, node, 2)
    if net.quantised(node, 2) and len({net.real(name) for name in (*node.inputs, node.output)}) > 1:
        raise UnsupportedError("its inputs and output must have one scale and zero_point")
    net.nest(node.output, net.element(node.input(0)), shape, term(node.kind[:3].lower(), a, b))


# --- one operand ---

_RELUS = {"RELU": "relu", "RELU6": "relu6", "RELU_N1_TO_1": "clip(-1,1)", "RELU_0_TO_1": "clip(0,1)"}


def _clamp(net: Builder, node: Node) -> None:
    act = Activation.parse(_RELUS[node.kind])
    if not net.quantised(node, 1):
        return _float(net, node, term(str(act), whole_of(net, node.input(0))))
    if node.kind == "RELU_0_TO_1":
        raise UnsupportedError("its data must be f32")

    def values(q: Integers, x: Real, y: Real) -> Integers:
        low, high = y.limits(act)
        return np.clip(scaled_here(q - x.zero, factor(x.scale / y.scale)) + y.zero, low, high)
    return tabled(net, node, values)


def _leaky(net: Builder, node: Node) -> None:
    alpha = np.float32(node.option("Alpha"))
    if not net.quantised(node, 1):
        x = whole_of(net, node.input(0))
        return _float(net, node, term("choose", term("less", 0.0, x), x, term("mul", x, float(alpha))))

    def values(q: Integers, x: Real, y: Real) -> Integers:
        less = q - x.zero
        if alpha < 0:
            raise UnsupportedError(f"alpha must be at least 0 where numbers are integers (alpha={alpha:g})")
        below = scaled_here(less, factor(x.scale * alpha / y.scale)) if alpha else 0 * less
        return np.where(less >= 0, scaled_here(less, factor(x.scale / y.scale)), below) + y.zero
    return tabled(net, node, values)


def _hard_swish(net: Builder, node: Node) -> None:
    if net.quantised(node, 1):
        return tabled(net, node, hard_swish)
    return _float(net, node, term("hard-swish", whole_of(net, node.input(0))))


def hard_swish(q: Integers, x: Real, y: Real) -> Integers:
    """In numbers of 16 bits (reference/hard_swish.h): x on 2^-7 of its scale, times (x + 3) / 6 within 0 to 1, which is
    a half and half of x / 3, cut to -1 to 1."""
    fine = np.float32(1 / 128) * x.scale
    outward, inward = factor(fine / y.scale), factor(fine / np.float32(3 / 32768))
    if outward.shift > 0:
        raise InputError(f"scale of output must be at least that of input / 128 ({y.scale:g}, of {x.scale:g})")
    value = (q - x.zero) << 7
    part = _shifted(value, max(inward.shift - 1, 0))
    part = _high(part, _short(inward.m))
    part = _shifted(part, int(inward.shift > 0))
    part = _divided(part, max(-inward.shift, 0))
    part = (part + (1 << 15)) >> 1
    product = part * _high(value, _short(outward.m))
    made: Integers = _divided(np.sign(product) * (np.abs(product) >> 15), -outward.shift) + y.zero
    return made


def _short(m: int) -> int:
    """A multiplier of 31 bits in 15."""
    return 0x7FFF if m >= 0x7FFFFFFF - (1 << 15) else (m + (1 << 15)) >> 16


def _high(a: Integers, b: int) -> Integers:
    """The upper 16 bits of twice a product of 16 bits each, rounded, ties up."""
    return (a * b + (1 << 14)) >> 15


def _shifted(a: Integers, left: int) -> Integers:
    return np.clip(a << left, -(1 << 15), (1 << 15) - 1) if left else a


def _divided(a: Integers, right: int) -> Integers:
    """By 2^right, rounded, ties away from zero."""
    size = (np.abs(a) + ((1 << right) >> 1)) >> right
    return np.where(a < 0, -size, size)


# what LiteRT computes in f32 for each number of 8 bits, once (activations.cc, PopulateLookupTable); here in f64 and
# then rounded to f32
_CURVES: dict[str, tuple[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]]] = {
    "LOGISTIC": ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
    "TANH": ("tanh", np.tanh),
    "ELU": ("elu(1)", lambda x: np.where(x < 0, np.expm1(x), x)),
}


def _curve(net: Builder, node: Node) -> None:
    function, curve = _CURVES[node.kind]
    if not net.quantised(node, 1):
        return _float(net, node, term(function, whole_of(net, node.input(0))))

    if node.kind == "ELU" and net.element(node.input(0)) is not S8:
        raise UnsupportedError("its data must be f32 or s8")

    def values(q: Integers, x: Real, y: Real) -> Integers:
        with np.errstate(over="ignore"):
            real = curve((x.scale * (q - x.zero).astype(np.float32)).astype(np.float64)).astype(np.float32)
        place = away(real * (np.float32(1) / y.scale)) + np.float32(y.zero)
        whole: Integers = np.clip(place, -1024, 1024).astype(np.int64)  # far beyond 8 bits
        return whole
    return tabled(net, node, values)


def _prelu(net: Builder, node: Node) -> None:
    """alpha is in the second operand."""
    shape, (x, alpha) = _operands(net, node, 2)
    if not net.quantised(node, 2):
        root = term("choose", term("less", x, 0.0), term("mul", x, alpha), x)
        net.nest(node.output, F32, shape, root)
        return
    of, slopes, y = (net.real(name) for name in (node.input(0), node.input(1), node.output))
    less = of.less(x)
    above = scaled(less, factor(of.scale / y.scale))
    below = scaled(term("mul", less, slopes.less(alpha)), factor(of.scale * slopes.scale / y.scale))
    net.nest(node.output, y.element, shape, y.made(term("choose", term("less", less, 0.0), below, above), NONE))


_FUNCTIONS: dict[str, Callable[[Argument], Term]] = {
    **{op: lambda x, function=function: term(function, x) for op, function in {  # type: ignore[misc]
        "ABS": "abs", "NEG": "neg", "SQRT": "sqrt", "EXP": "exp", "LOG": "log", "SIN": "sin", "COS": "cos",
        "FLOOR": "floor", "CEIL": "ceil", "ROUND": "round", "SIGN": "sign"}.items()},
    "SQUARE": lambda x: term("mul", x, x),
    "RSQRT": lambda x: term("div", 1.0, term("sqrt", x)),
}


def _function(net: Builder, node: Node) -> None:
    if net.quantised(node, 1):
        raise UnsupportedError("its data must be f32")
    _float(net, node, _FUNCTIONS[node.kind](whole_of(net, node.input(0))))


def _float(net: Builder, node: Node, root: Term) -> None:
    net.nest(node.output, F32, net.shape(node.input(0)), root)


def _squared_difference(net: Builder, node: Node) -> None:
    shape, (a, b) = _operands(net, node, 2)
    if net.quantised(node, 2):
        raise UnsupportedError("its data must be f32")
    less = term("sub", a, b)
    net.nest(node.output, F32, shape, term("mul", less, less))


OPERATORS: dict[str, Operator] = {
    **dict.fromkeys(PAIRS, _pair), "MAXIMUM": _extreme, "MINIMUM": _extreme, "PRELU": _prelu,
    **dict.fromkeys(_RELUS, _clamp), "LEAKY_RELU": _leaky, "HARD_SWISH": _hard_swish, **dict.fromkeys(_CURVES, _curve),
    **dict.fromkeys(_FUNCTIONS, _function), "SQUARED_DIFFERENCE": _squared_difference,
}  # fmt: skip
