"""The functions that a layer may apply last, one row each.

A row says all that anybody must know of a function: its value, in NumPy; the code, on vectors of floats; how far that
may stray; what other libraries call it. Adding one is adding a row, and its text to tests/test_activations.py.

The code errs by |act_emitted(v) − act(v)| <= u·(absolute + relative·|v|), u = 2^-24. Errors are added up from its
roundings, in the order of its operations; parameters are rounded to f32. Tests measure them over the whole range of
f32.

A function may also take an array of the caller's, with a finite number for each output channel: its slopes. These are
what the caller says, to the last bit, and so no error. What is stated holds for |slopes| <= 1; where the largest of
them, A, is above 1, both the error and the Lipschitz constant are A times that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .element import c_float
from .names import show

Values = NDArray[Any]  # f64, or f32


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


class Error(NamedTuple):
    """What a function makes of errors of v, and what its code adds to them, in units of u and u·|v|."""

    lipschitz: float = 1.0
    absolute: float = 0.0
    relative: float = 0.0


class Name(NamedTuple):
    """What another library calls a function. params: for each of its parameters, the attribute that holds it, or its
    value. only: what values other attributes must have, None for one that is not given. calls: the names of PyTorch's
    functions and methods that do the same."""

    name: str
    params: tuple[str | float, ...] = ()
    only: Mapping[str, tuple[Any, ...]] = MappingProxyType({})
    calls: tuple[str, ...] = ()


class Function(NamedTuple):
    """A row. value, error, code and bend take the parameters after their own arguments, code as literals in C.

    value: of an array of floats, in its own type; NaN stays NaN. code: the statements of `activate`, on a vector v;
    routines: what it calls. c: an expression in C of the double v and the parameters {0} and {1}. slopes: whether it
    takes the array of that role, a number for each channel: value as its second argument, which meets the first, code
    as a vector and c as a double, both named `slopes`. defaults: of the parameters. rule: what they must satisfy, in
    words and as a test. exact: f32 arguments give f32 values, or one product of them: `value`, computed in f32, is what
    the code gives, bit for bit. bend: how far from 0 it is not straight, roughly. onnx, torch: its names there.
    """

    value: Callable[..., Values]
    error: Callable[..., Error]
    code: Callable[..., Code]
    c: str
    routines: tuple[Routine, ...] = ()
    slopes: bool = False
    defaults: tuple[float, ...] = ()
    rule: tuple[str, Callable[..., bool]] = ("", lambda *_: True)
    exact: bool = False
    bend: Callable[..., float] = lambda *_: 3.0
    onnx: Name | None = None
    torch: Name | None = None


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


def _none(o: Operations) -> Code:
    yield "return v;"


def _relu(o: Operations) -> Code:
    yield f"return {o.max(o.zero(), 'v')};"


def _relu6(o: Operations) -> Code:
    yield f"return {o.min(o.set1('6.0f'), o.max(o.zero(), 'v'))};"


def _clip(o: Operations, lower: str, upper: str) -> Code:
    yield f"return {o.min(o.set1(upper), o.max(o.set1(lower), 'v'))};"


def _leaky_relu(o: Operations, slope: str) -> Code:
    yield _let(o, "above", o.max(o.zero(), "v"))
    yield _let(o, "below", o.min(o.zero(), "v"))
    yield f"return {o.fma(o.set1(slope), 'below', 'above')};"


def _prelu(o: Operations) -> Code:
    yield _let(o, "above", o.max(o.zero(), "v"))
    yield _let(o, "below", o.min(o.zero(), "v"))
    yield f"return {o.fma('slopes', 'below', 'above')};"


def _hard_sigmoid(o: Operations, slope: str, middle: str) -> Code:
    yield _let(o, "line", o.fma(o.set1(slope), "v", o.set1(middle)))
    yield f"return {o.max(o.zero(), o.min(o.set1('1.0f'), 'line'))};"


def _hard_swish(o: Operations) -> Code:
    yield _let(o, "raised", o.add("v", o.set1("3.0f")))
    yield _let(o, "gate", o.min(o.set1("6.0f"), o.max(o.zero(), "raised")))
    yield _let(o, "sixth", o.mul("gate", o.set1("0.166666667f")))
    yield f"return {o.mul('v', 'sixth')};"


def _elu(o: Operations, scale: str) -> Code:
    yield _let(o, "above", o.max(o.zero(), "v"))
    yield _let(o, "below", f"expm1_below({o.min(o.zero(), 'v')})")
    yield f"return {o.fma(o.set1(scale), 'below', 'above')};"


def _sigmoid(o: Operations, over: str = "one") -> Code:
    yield _let(o, "minus", o.sub(o.zero(), "v"))
    yield _let(o, "e", "exponential(minus)")
    yield _let(o, "one", o.set1("1.0f"))
    yield _let(o, "under", o.add("e", "one"))
    yield f"return {o.div(over, 'under')};"


def _silu(o: Operations) -> Code:
    yield from _sigmoid(o, "v")


def _tanh(o: Operations) -> Code:
    yield "/* (e^2v - 1) / (e^2v + 1); beyond |v| = 10 the quotient is 1 in f32 */"
    yield _let(o, "above", o.max(o.set1("-10.0f"), "v"))
    yield _let(o, "x", o.min(o.set1("10.0f"), "above"))
    yield _let(o, "e", f"exponential({o.add('x', 'x')})")
    yield _let(o, "one", o.set1("1.0f"))
    yield _let(o, "over", o.sub("e", "one"))
    yield _let(o, "under", o.add("e", "one"))
    yield f"return {o.div('over', 'under')};"


def _softplus(o: Operations) -> Code:
    yield "/* max(v, 0) + ln(1 + e^-|v|) */"
    yield _let(o, "minus", o.sub(o.zero(), "v"))
    yield _let(o, "t", f"exponential({o.min('minus', 'v')})")
    yield f"return {o.add(o.max(o.zero(), 'v'), 'log1p_unit(t)')};"


def _mish(o: Operations) -> Code:
    yield "/* v n / (n + 2), n = e^v (e^v + 2); beyond 10 the quotient is 1 in f32, below -90 nothing is left */"
    yield _let(o, "above", o.max(o.set1("-90.0f"), "v"))
    yield _let(o, "e", f"exponential({o.min(o.set1('10.0f'), 'above')})")
    yield _let(o, "two", o.set1("2.0f"))
    yield _let(o, "more", o.add("e", "two"))
    yield _let(o, "n", o.mul("e", "more"))
    yield _let(o, "under", o.add("n", "two"))
    yield _let(o, "gate", o.div("n", "under"))
    yield f"return {o.mul('above', 'gate')};"


def _gelu(o: Operations) -> Code:
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


def _gelu_tanh(o: Operations) -> Code:
    yield "/* v / (1 + e^-2z), z = sqrt(2 / pi) (v + 0.044715 v^3) */"
    yield _let(o, "square", o.mul("v", "v"))
    yield _let(o, "cubic", o.fma(o.set1("-0.0713548163f"), "square", o.set1("-1.59576912f")))
    yield _let(o, "e", f"exponential({o.mul('v', 'cubic')})")
    yield _let(o, "under", o.add("e", o.set1("1.0f")))
    yield f"return {o.div('v', 'under')};"


# --- values that take more than a line ---


def _erfc(v: Values) -> Values:
    return np.array([math.erfc(value) for value in v.ravel()]).reshape(v.shape)


# --- the rows ---

ACTIVATIONS: dict[str, Function] = {
    "none": Function(
        value=lambda v: v,
        error=lambda: Error(),
        code=_none,
        c="v",
        exact=True,
    ),
    "relu": Function(
        value=lambda v: np.maximum(v, 0.0),
        error=lambda: Error(),  # it chooses, as the next: nothing is rounded
        code=_relu,
        c="v > 0.0 ? v : 0.0",
        exact=True,
        onnx=Name("Relu"),
        torch=Name("ReLU", calls=("relu", "relu_")),
    ),
    "relu6": Function(
        value=lambda v: np.clip(v, 0.0, 6.0),
        error=lambda: Error(),
        code=_relu6,
        c="v < 0.0 ? 0.0 : v > 6.0 ? 6.0 : v",
        exact=True,
        torch=Name("ReLU6", calls=("relu6",)),
    ),
    "clip": Function(
        defaults=(-1.0, 1.0),
        rule=("lower <= upper", lambda lower, upper: lower <= upper),
        value=np.clip,
        error=lambda lower, upper: Error(absolute=max(abs(lower), abs(upper))),  # they are rounded
        code=_clip,
        c="v < (double){0} ? (double){0} : v > (double){1} ? (double){1} : v",
        exact=True,
        bend=lambda lower, upper: max(abs(lower), abs(upper)),
        torch=Name("Hardtanh", ("min_val", "max_val"), calls=("hardtanh",)),
    ),
    "leaky-relu": Function(
        defaults=(0.01,),
        value=lambda v, slope: np.where(v >= 0.0, v, slope * v),
        error=lambda slope: Error(max(1.0, abs(slope)), relative=2 * abs(slope)),  # the slope, and the product
        code=_leaky_relu,
        c="v >= 0.0 ? v : (double){0} * v",
        exact=True,
        onnx=Name("LeakyRelu", ("alpha",)),
        torch=Name("LeakyReLU", ("negative_slope",), calls=("leaky_relu",)),
    ),
    "prelu": Function(
        slopes=True,
        value=lambda v, slopes: np.where(v >= 0.0, v, slopes * v),
        error=lambda: Error(relative=1.0),  # the product, for |slopes| <= 1
        code=_prelu,
        c="v >= 0.0 ? v : slopes * v",
        exact=True,
        onnx=Name("PRelu"),
        torch=Name("PReLU"),
    ),
    "elu": Function(
        defaults=(1.0,),
        value=lambda v, scale: np.where(v > 0.0, v, scale * np.expm1(v)),
        # 2 u |v| of e^v − 1, then the scale, and the product
        error=lambda scale: Error(max(1.0, abs(scale)), relative=4 * abs(scale)),
        code=_elu,
        routines=(EXPM1,),
        c="v > 0.0 ? v : (double){0} * expm1(v)",
        onnx=Name("Elu", ("alpha",)),
        torch=Name("ELU", ("alpha",), calls=("elu",)),
    ),
    "softplus": Function(
        value=lambda v: np.logaddexp(0.0, v),
        # The logarithm, of ln 2 at most, errs by 2 u for the 4 u of what is under it, and by 4 u ln 2; the sum, by u y.
        error=lambda: Error(absolute=6.0, relative=1.0),
        code=_softplus,
        routines=(EXPONENTIAL, LOG1P),
        c="(v > 0.0 ? v : 0.0) + log1p(exp(-fabs(v)))",
        onnx=Name("Softplus"),
        torch=Name("Softplus", only={"beta": (1,), "threshold": (20,)}, calls=("softplus",)),
    ),
    "sigmoid": Function(
        value=lambda v: 1.0 / (1.0 + np.exp(-v)),
        error=lambda: Error(0.25, absolute=4.0),
        code=_sigmoid,
        routines=(EXPONENTIAL,),
        c="1.0 / (1.0 + exp(-v))",
        onnx=Name("Sigmoid"),
        torch=Name("Sigmoid", calls=("sigmoid", "sigmoid_")),
    ),
    "hard-sigmoid": Function(
        defaults=(0.2, 0.5),
        value=lambda v, slope, middle: np.clip(slope * v + middle, 0.0, 1.0),
        # the middle, and the sum, which is at most 1; the slope, and the product
        error=lambda slope, middle: Error(abs(slope), 1 + abs(middle), 2 * abs(slope)),
        code=_hard_sigmoid,
        c="fmax(0.0, fmin(1.0, (double){0} * v + (double){1}))",
        bend=lambda slope, middle: max(abs(middle), abs(1 - middle)) / abs(slope) if slope else 3.0,
        onnx=Name("HardSigmoid", ("alpha", "beta")),
        torch=Name("Hardsigmoid", (1 / 6, 0.5), calls=("hardsigmoid",)),
    ),
    "tanh": Function(
        value=np.tanh,
        error=lambda: Error(1.0, absolute=6.0),
        code=_tanh,
        routines=(EXPONENTIAL,),
        c="tanh(v)",
        onnx=Name("Tanh"),
        torch=Name("Tanh", calls=("tanh", "tanh_")),
    ),
    "silu": Function(
        value=lambda v: v / (1.0 + np.exp(-v)),
        error=lambda: Error(1.1, relative=6.0),
        code=_silu,
        routines=(EXPONENTIAL,),
        c="v / (1.0 + exp(-v))",
        onnx=Name("Swish", only={"alpha": (None, 1.0)}),
        torch=Name("SiLU", calls=("silu",)),
    ),
    "hard-swish": Function(
        value=lambda v: v * np.clip(v + 3.0, 0.0, 6.0) / 6.0,
        error=lambda: Error(1.5, relative=5.0),
        code=_hard_swish,
        c="v <= -3.0 ? 0.0 : v >= 3.0 ? v : v * (v + 3.0) / 6.0",
        onnx=Name("HardSwish"),
        torch=Name("Hardswish", calls=("hardswish",)),
    ),
    "mish": Function(
        value=lambda v: v * np.tanh(np.logaddexp(0.0, v)),
        # The gate g = n / (n + 2), e = e^v, passes on (1 − g)·(2 e + 2) / (e + 2) of e's 4 u and 1 − g of the 2 u of n;
        # 3 u of roundings follow. All times g, that is 3.7 u|v| at most, at v = 0.45.
        error=lambda: Error(1.09, relative=4.0),
        code=_mish,
        routines=(EXPONENTIAL,),
        c="v * tanh(log1p(exp(v)))",
        onnx=Name("Mish"),
        torch=Name("Mish", calls=("mish",)),
    ),
    "gelu": Function(
        # v/2·(1 + erf(v/√2)), by the identity that does not cancel for v < 0
        value=lambda v: v / 2.0 * _erfc(-v / math.sqrt(2.0)),
        error=lambda: Error(1.13, relative=8.0),
        code=_gelu,
        routines=(EXPONENTIAL,),
        c="0.5 * v * erfc(-v / 1.4142135623730951)",
        onnx=Name("Gelu", only={"approximate": (None, "none")}),
        torch=Name("GELU", only={"approximate": ("none",)}, calls=("gelu",)),
    ),
    "gelu-tanh": Function(
        value=lambda v: 0.5 * v * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (v + 0.044715 * v**3))),
        # The gate g = 1 / (1 + e^w) passes on 1 − g of the exponential's 4 u and of the 4 u|w| of w; 2 u of roundings
        # follow. All times g, that is 3.2 u|v| at most, at v = 0.87.
        error=lambda: Error(1.13, relative=4.0),
        code=_gelu_tanh,
        routines=(EXPONENTIAL,),
        c="0.5 * v * (1.0 + tanh(0.7978845608028654 * (v + 0.044715 * v * v * v)))",
        onnx=Name("Gelu", only={"approximate": ("tanh",)}),
        torch=Name("GELU", only={"approximate": ("tanh",)}, calls=("gelu",)),
    ),
}


class Activation(msgspec.Struct, frozen=True):
    """A function of the table with its parameters, e.g. ``clip(-1, 1)``."""

    name: str
    params: tuple[float, ...] = ()

    @staticmethod
    def parse(text: str) -> Activation:
        """Read ``relu`` or ``clip(-1,1)``; InputError when the name or a parameter is unknown."""
        if not isinstance(text, str):
            raise InputError(f"activation must be text (activation={show(text)})")
        name, paren, rest = text.strip().lower().replace("_", "-").partition("(")
        if name not in ACTIVATIONS:
            raise InputError(
                f"activation must be one of {', '.join(ACTIVATIONS)} (activation={show(text)})"
            )
        row = ACTIVATIONS[name]
        if not paren:
            return Activation(name, row.defaults)
        try:
            if not rest.endswith(")"):
                raise ValueError
            params = tuple(float(part) for part in rest[:-1].split(","))
        except ValueError:
            raise InputError(
                f"activation parameters must be numbers in parentheses (activation={show(text)})"
            ) from None
        if len(params) != len(row.defaults):
            raise InputError(
                f"activation {name} takes {len(row.defaults)} parameters, got {len(params)}"
                f" (activation={show(text)})"
            )
        if any(abs(value) > 3.4e38 or not math.isfinite(value) for value in params):
            raise InputError(f"activation parameters must be finite f32 (activation={show(text)})")
        rule, holds = row.rule
        if not holds(*params):
            raise InputError(f"activation {name} must have {rule} (activation={show(text)})")
        return Activation(name, params)

    def __str__(self) -> str:
        return f"{self.name}({','.join(f'{p:.9g}' for p in self.params)})" if self.params else self.name

    @property
    def row(self) -> Function:
        return ACTIVATIONS[self.name]

    @property
    def slopes(self) -> bool:
        """Whether it takes a number for each channel."""
        return self.row.slopes

    @property
    def error(self) -> Error:
        """Where it takes slopes, what it is as long as none is above 1 in magnitude."""
        return self.row.error(*self.params)

    @property
    def condition(self) -> str:
        """Of `error`, in words; empty where it always holds."""
        return "for |slopes| <= 1, else times the largest" if self.slopes else ""

    @property
    def bend(self) -> float:
        return self.row.bend(*self.params)

    def value(self, v: Values, slopes: Values | None = None) -> Values:
        """Of floats, elementwise and in their type; the parameters are f32 numbers. slopes: where it takes them, of the
        same type, so that they meet v. NaN stays NaN."""
        given = [] if slopes is None else [slopes]
        return self.row.value(v, *given, *(float(np.float32(param)) for param in self.params))

    @property
    def routines(self) -> tuple[Routine, ...]:
        """The code: what it calls, then `activate`."""
        row, literals = self.row, [c_float(param) for param in self.params]
        _, absolute, relative = self.error
        where = f" {self.condition}" if self.condition else ""
        comment = f"{self}; error at most u ({absolute} + {relative} |v|){where}, u = 2^-24."
        parameters = ("v", *["slopes"] * self.slopes)
        return (*row.routines, Routine("activate", parameters, comment, lambda o: row.code(o, *literals)))

    @property
    def expression(self) -> str:
        """In C, of the double v, and the double `slopes` where it takes them."""
        return self.row.c.format(*map(c_float, self.params))


def named(library: Callable[[Function], Name | None], name: str, get: Callable[[str, Any], Any]) -> str | None:
    """The activation that a library calls so, None where it is none. library: the names that rows have there.
    get(attribute, default): of what is called so."""
    for own, row in ACTIVATIONS.items():
        other = library(row)
        if other is None or other.name != name:
            continue
        if all(get(attribute, None) in values for attribute, values in other.only.items()):
            params = [get(param, default) if isinstance(param, str) else param
                      for param, default in zip(other.params, row.defaults, strict=True)]
            return f"{own}({','.join(f'{param:.9g}' for param in params)})" if params else own
    return None
