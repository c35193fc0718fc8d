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
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from . import activation_code
from .activation_code import Code, Routine
from .element import c_float
from .names import show

Values = NDArray[Any]  # f64, or f32


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


# --- values that take more than a line ---


def _erfc(v: Values) -> Values:
    return np.array([math.erfc(value) for value in v.ravel()]).reshape(v.shape)


# --- the rows ---

ACTIVATIONS: dict[str, Function] = {
    "none": Function(
        value=lambda v: v,
        error=lambda: Error(),
        code=activation_code.none,
        c="v",
        exact=True,
    ),
    "relu": Function(
        value=lambda v: np.maximum(v, 0.0),
        error=lambda: Error(),  # it chooses, as the next: nothing is rounded
        code=activation_code.relu,
        c="v > 0.0 ? v : 0.0",
        exact=True,
        onnx=Name("Relu"),
        torch=Name("ReLU", calls=("relu", "relu_")),
    ),
    "relu6": Function(
        value=lambda v: np.clip(v, 0.0, 6.0),
        error=lambda: Error(),
        code=activation_code.relu6,
        c="v < 0.0 ? 0.0 : v > 6.0 ? 6.0 : v",
        exact=True,
        torch=Name("ReLU6", calls=("relu6",)),
    ),
    "clip": Function(
        defaults=(-1.0, 1.0),
        rule=("lower <= upper", lambda lower, upper: lower <= upper),
        value=np.clip,
        error=lambda lower, upper: Error(absolute=max(abs(lower), abs(upper))),  # they are rounded
        code=activation_code.clip,
        c="v < (double){0} ? (double){0} : v > (double){1} ? (double){1} : v",
        exact=True,
        bend=lambda lower, upper: max(abs(lower), abs(upper)),
        torch=Name("Hardtanh", ("min_val", "max_val"), calls=("hardtanh",)),
    ),
    "leaky-relu": Function(
        defaults=(0.01,),
        value=lambda v, slope: np.where(v >= 0.0, v, slope * v),
        error=lambda slope: Error(max(1.0, abs(slope)), relative=2 * abs(slope)),  # the slope, and the product
        code=activation_code.leaky_relu,
        c="v >= 0.0 ? v : (double){0} * v",
        exact=True,
        onnx=Name("LeakyRelu", ("alpha",)),
        torch=Name("LeakyReLU", ("negative_slope",), calls=("leaky_relu",)),
    ),
    "prelu": Function(
        slopes=True,
        value=lambda v, slopes: np.where(v >= 0.0, v, slopes * v),
        error=lambda: Error(relative=1.0),  # the product, for |slopes| <= 1
        code=activation_code.prelu,
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
        code=activation_code.elu,
        routines=(activation_code.EXPM1,),
        c="v > 0.0 ? v : (double){0} * expm1(v)",
        onnx=Name("Elu", ("alpha",)),
        torch=Name("ELU", ("alpha",), calls=("elu",)),
    ),
    "softplus": Function(
        value=lambda v: np.logaddexp(0.0, v),
        # The logarithm, of ln 2 at most, errs by 2 u for the 4 u of what is under it, and by 4 u ln 2; the sum, by u y.
        error=lambda: Error(absolute=6.0, relative=1.0),
        code=activation_code.softplus,
        routines=(activation_code.EXPONENTIAL, activation_code.LOG1P),
        c="(v > 0.0 ? v : 0.0) + log1p(exp(-fabs(v)))",
        onnx=Name("Softplus"),
        torch=Name("Softplus", only={"beta": (1,), "threshold": (20,)}, calls=("softplus",)),
    ),
    "sigmoid": Function(
        value=lambda v: 1.0 / (1.0 + np.exp(-v)),
        error=lambda: Error(0.25, absolute=4.0),
        code=activation_code.sigmoid,
        routines=(activation_code.EXPONENTIAL,),
        c="1.0 / (1.0 + exp(-v))",
        onnx=Name("Sigmoid"),
        torch=Name("Sigmoid", calls=("sigmoid", "sigmoid_")),
    ),
    "hard-sigmoid": Function(
        defaults=(0.2, 0.5),
        value=lambda v, slope, middle: np.clip(slope * v + middle, 0.0, 1.0),
        # the middle, and the sum, which is at most 1; the slope, and the product
        error=lambda slope, middle: Error(abs(slope), 1 + abs(middle), 2 * abs(slope)),
        code=activation_code.hard_sigmoid,
        c="fmax(0.0, fmin(1.0, (double){0} * v + (double){1}))",
        bend=lambda slope, middle: max(abs(middle), abs(1 - middle)) / abs(slope) if slope else 3.0,
        onnx=Name("HardSigmoid", ("alpha", "beta")),
        torch=Name("Hardsigmoid", (1 / 6, 0.5), calls=("hardsigmoid",)),
    ),
    "tanh": Function(
        value=np.tanh,
        error=lambda: Error(1.0, absolute=6.0),
        code=activation_code.tanh,
        routines=(activation_code.EXPONENTIAL,),
        c="tanh(v)",
        onnx=Name("Tanh"),
        torch=Name("Tanh", calls=("tanh", "tanh_")),
    ),
    "silu": Function(
        value=lambda v: v / (1.0 + np.exp(-v)),
        error=lambda: Error(1.1, relative=6.0),
        code=activation_code.silu,
        routines=(activation_code.EXPONENTIAL,),
        c="v / (1.0 + exp(-v))",
        onnx=Name("Swish", only={"alpha": (None, 1.0)}),
        torch=Name("SiLU", calls=("silu",)),
    ),
    "hard-swish": Function(
        value=lambda v: v * np.clip(v + 3.0, 0.0, 6.0) / 6.0,
        error=lambda: Error(1.5, relative=5.0),
        code=activation_code.hard_swish,
        c="v <= -3.0 ? 0.0 : v >= 3.0 ? v : v * (v + 3.0) / 6.0",
        onnx=Name("HardSwish"),
        torch=Name("Hardswish", calls=("hardswish",)),
    ),
    "mish": Function(
        value=lambda v: v * np.tanh(np.logaddexp(0.0, v)),
        # The gate g = n / (n + 2), e = e^v, passes on (1 − g)·(2 e + 2) / (e + 2) of e's 4 u and 1 − g of the 2 u of n;
        # 3 u of roundings follow. All times g, that is 3.7 u|v| at most, at v = 0.45.
        error=lambda: Error(1.09, relative=4.0),
        code=activation_code.mish,
        routines=(activation_code.EXPONENTIAL,),
        c="v * tanh(log1p(exp(v)))",
        onnx=Name("Mish"),
        torch=Name("Mish", calls=("mish",)),
    ),
    "gelu": Function(
        # v/2·(1 + erf(v/√2)), by the identity that does not cancel for v < 0
        value=lambda v: v / 2.0 * _erfc(-v / math.sqrt(2.0)),
        error=lambda: Error(1.13, relative=8.0),
        code=activation_code.gelu,
        routines=(activation_code.EXPONENTIAL,),
        c="0.5 * v * erfc(-v / 1.4142135623730951)",
        onnx=Name("Gelu", only={"approximate": (None, "none")}),
        torch=Name("GELU", only={"approximate": ("none",)}, calls=("gelu",)),
    ),
    "gelu-tanh": Function(
        value=lambda v: 0.5 * v * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (v + 0.044715 * v**3))),
        # The gate g = 1 / (1 + e^w) passes on 1 − g of the exponential's 4 u and of the 4 u|w| of w; 2 u of roundings
        # follow. All times g, that is 3.2 u|v| at most, at v = 0.87.
        error=lambda: Error(1.13, relative=4.0),
        code=activation_code.gelu_tanh,
        routines=(activation_code.EXPONENTIAL,),
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
