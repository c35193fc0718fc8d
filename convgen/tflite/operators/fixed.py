"""TFLite's arithmetic of integers that stand for real numbers: its reference kernels, in NumPy for tables that are made
here, and as terms for nests.

A real factor is a multiplier of 31 bits and a shift, and a product with it is rounded twice (layer/rounding.py,
tflite; TFLite, internal/common.cc, MultiplyByQuantizedMultiplier, built as LiteRT is). Factors are computed in f32 or
f64 as the kernels compute them: NumPy's f32 here is C's float.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...layer.rounding import Multiplier, multiplier, scaled_tflite
from ...layer.steps import Operand
from ...layer.terms import Argument, Term, looked_up, term
from .builder import Builder, Node, Real, plus

Integers = NDArray[np.int64]


def factor(scale: float | np.floating[Any], least: bool = False) -> Multiplier:
    """Of a positive scale. least: whether it must be below 1, as the kernels of sums ask."""
    if not 0 < float(scale) < (1.0 if least else 2.0**30):
        raise InputError(f"scales of inputs and output must give a factor above 0 and below {'1' if least else '2^30'}"
                         f" ({float(scale):g})")
    return multiplier(float(scale))


def scaled(x: Argument, by: Multiplier) -> Term:
    return term("scale-tflite", x, float(by.m), float(by.shift))


def scaled_here(x: Integers, by: Multiplier) -> Integers:
    """The same of numbers."""
    return scaled_tflite(x, np.int64(by.m), np.int64(by.shift))  # type: ignore[arg-type]


def tabled(net: Builder, node: Node, values: Callable[[Integers, Real, Real], NDArray[Any]]) -> None:
    """A function of one quantised number, as a table of all. values: of the integers of the input's type, as integers
    that are cut to the output's."""
    x, y = net.real(node.input(0)), net.real(node.output)
    q = np.arange(int(x.element.smallest), int(x.element.largest) + 1)
    made = np.clip(values(q, x, y), y.element.smallest, y.element.largest)
    put_table(net, node, x, tuple(int(one) for one in made), y)


def put_table(net: Builder, node: Node, x: Real, table: tuple[int, ...], y: Real) -> None:
    """The nest that looks each number of the input up. table: of the input's least number first."""
    shape = net.shape(node.input(0))
    place = plus(whole_of(net, node.input(0)), -int(x.element.smallest))
    net.nest(node.output, y.element, shape, looked_up(place, table))


def whole_of(net: Builder, name: str) -> Operand:
    """All numbers of a value."""
    found = net.last(name, len(net.shape(name)))
    if isinstance(found, float):
        raise InputError("its input must not be constant")
    return found


def away(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """C's round: to the nearest whole number, ties away from zero."""
    return np.asarray(np.trunc(x.astype(np.float64) + np.copysign(0.5, x)), np.float32)


def away_term(x: Argument) -> Term:
    """The same of a float as a whole number, which 24 bits hold: trunc x, and 1 further where what is cut off is at
    least a half."""
    whole = term("to-whole", x)
    rest = term("sub", x, term("to-float", whole))
    up, down = term("less-equal", 0.5, rest), term("less-equal", rest, -0.5)
    return term("sub", term("add", whole, up), down)
