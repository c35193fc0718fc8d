"""What the steps of a network between convolutions do to numbers, one row each.

A row says what a function computes, in NumPy and in C. Activations (activation.py) are functions too, of one number, by
the names that specs have: "relu", "clip(0,6)", "silu".

Arguments and results are floats, whole numbers or truths. C computes floats in f32, whole numbers in 64 bits; a truth
is 0 or 1. Both kinds do not meet: "to-float" and "to-whole" make one of the other. A literal is of the kind of what it
meets.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .activation import Activation
from .activation_code import Routine
from .rounding import scaled_away, scaled_tflite
from .routines import ROUTINES

Numbers = NDArray[Any]
Kind = Literal["real", "whole", "truth"]  # of a number


class Function(NamedTuple):
    """value: of arrays that meet. c: an expression of its arguments {0}, {1} and so on, each a name or a literal,
    which may call the routines; {table} is that of the call, {type} the type of the result. whole: the same of whole
    numbers, where that is another, empty where there is none. result: the kind of what it gives, None for that of its
    arguments, but for a first one by which it chooses. helpers: functions of whole numbers that it calls, of the ISA
    table's rows."""

    value: Callable[..., Numbers]
    c: str
    arguments: int = 2
    whole: str | None = None
    result: Kind | None = None
    routines: tuple[Routine, ...] = ()
    helpers: tuple[str, ...] = ()


class Reduction(NamedTuple):
    """value: of an array, along axes. start: what it begins with; c: what it does with the sum so far {0} and a number
    {1}. finds: whether it gives the place of a number, and not the number. ordered: whether it takes numbers one by one
    in the order of the axes, so that floats have the same bits everywhere."""

    value: Callable[..., Numbers]
    start: float
    c: str
    finds: bool = False
    ordered: bool = False


def _compared(value: Callable[..., Numbers], sign: str) -> Function:
    return Function(lambda a, b: value(a, b), f"{{0}} {sign} {{1}}", result="truth")


def _called(name: str, value: Callable[..., Numbers], arguments: int = 1, whole: str = "") -> Function:
    """By the routine of the row of that name."""
    routines = ROUTINES[name]
    given = ", ".join(f"{{{place}}}" for place in range(arguments))
    return Function(value, f"{routines[-1].name}({given})", arguments, whole, routines=routines)


def _quotient(a: Numbers, b: Numbers) -> Numbers:
    """Of whole numbers, what C's has: rounded towards zero."""
    if a.dtype.kind != "i":
        return np.asarray(a / b)
    whole = np.abs(a) // np.maximum(np.abs(b), 1)
    return np.asarray(np.where((a < 0) == (b < 0), whole, -whole))


def _one_by_one(v: Numbers, axis: tuple[int, ...]) -> Numbers:
    """The sum along the last axes."""
    return np.asarray(np.cumsum(v.reshape(*v.shape[: axis[0]], -1), -1)[..., -1])


def _erf(v: Numbers) -> Numbers:
    return np.array([math.erf(value) for value in v.ravel()]).reshape(v.shape).astype(v.dtype)


FUNCTIONS: dict[str, Function] = {
    "add": Function(np.add, "{0} + {1}"),
    "sub": Function(np.subtract, "{0} - {1}"),
    "mul": Function(np.multiply, "{0} * {1}"),
    "div": Function(_quotient, "{0} / {1}"),
    "mod": _called("mod", np.mod, 2, "({0} % {1} + {1}) % {1}"),
    "fmod": _called("fmod", np.fmod, 2, "{0} % {1}"),
    "pow": _called("pow", np.power, 2),
    "max": Function(np.maximum, "{0} > {1} ? {0} : {1}"),
    "min": Function(np.minimum, "{0} < {1} ? {0} : {1}"),
    "equal": _compared(np.equal, "=="),
    "less": _compared(np.less, "<"),
    "less-equal": _compared(np.less_equal, "<="),
    "and": Function(np.logical_and, "{0} && {1}", result="truth"),
    "or": Function(np.logical_or, "{0} || {1}", result="truth"),
    "xor": Function(np.logical_xor, "!{0} != !{1}", result="truth"),
    "not": Function(np.logical_not, "!{0}", 1, result="truth"),
    "choose": Function(lambda a, b, c: np.asarray(np.where(a, b, c)), "{0} ? {1} : {2}", 3),
    "neg": Function(np.negative, "-{0}", 1),
    "abs": Function(np.abs, "{0} < 0 ? -{0} : {0}", 1),
    "sign": Function(np.sign, "(float)(({0} > 0) - ({0} < 0))", 1, whole="({0} > 0) - ({0} < 0)"),
    # to the nearest whole number, ties to even, below 2^22; compilers make vectors of it, unlike of what holds for all
    "round-small": Function(np.rint, "({0} + 12582912.0f) - 12582912.0f", 1),
    "to-float": Function(lambda a: a.astype(np.float64), "(float){0}", 1, result="real"),
    "to-whole": Function(lambda a: np.trunc(a).astype(np.int64), "({type}){0}", 1, result="whole"),
    "look-up": Function(lambda a, table: np.asarray(table[a]), "{table}[{0}]", 1, result="whole"),
    "look-up-real": Function(lambda a, table: np.asarray(table[a]), "{table}[{0}]", 1, result="real"),
    "scale-tflite": Function(scaled_tflite, "scale_tflite({0}, {1}, {2})", 3, helpers=("scale_tflite",)),
    "scale-away": Function(scaled_away, "scale_away({0}, {1}, {2}, {3})", 4, helpers=("scale_away",)),
    **{name: _called(name, value) for name, value in (
        ("floor", np.floor), ("ceil", np.ceil), ("round", np.rint), ("sqrt", np.sqrt), ("exp", np.exp), ("log", np.log),
        ("erf", _erf), ("sin", np.sin), ("cos", np.cos), ("tan", np.tan), ("asin", np.arcsin), ("acos", np.arccos),
        ("atan", np.arctan), ("sinh", np.sinh), ("cosh", np.cosh), ("asinh", np.arcsinh), ("acosh", np.arccosh),
        ("atanh", np.arctanh))},
}  # fmt: skip

REDUCTIONS: dict[str, Reduction] = {
    "sum": Reduction(np.sum, 0.0, "{0} + {1}"),
    "sum-in-order": Reduction(_one_by_one, 0.0, "{0} + {1}", ordered=True),
    "product": Reduction(np.prod, 1.0, "{0} * {1}"),
    "largest": Reduction(np.max, -np.inf, "{1} > {0} ? {1} : {0}"),
    "least": Reduction(np.min, np.inf, "{1} < {0} ? {1} : {0}"),
    "where-largest": Reduction(np.argmax, -np.inf, "{1} > {0}", finds=True),
    "where-least": Reduction(np.argmin, np.inf, "{1} < {0}", finds=True),
}  # fmt: skip


def chooses(name: str) -> bool:
    """Whether the first argument is a truth that says which of the others it is."""
    return name == "choose"


def apply(name: str, arguments: tuple[Numbers, ...]) -> Numbers:
    """A function, or an activation, of arrays."""
    if name in FUNCTIONS:
        return FUNCTIONS[name].value(*arguments)
    found: Numbers = Activation.parse(name).value(*arguments)
    return found
