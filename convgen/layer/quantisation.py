"""Quantised layers: what their integers stand for, and what an output is made of.

An input x stands for the real number s_x·(x − input_zero), a weight w for s_w·(w − weights_zero), an output y for
s_y·(y − output_zero). The layer sums integers,

    v[n, o, p] = b[o] + Σ_{c, k} (w[o, c, k] − weights_zero) · (x[n, c, p·s + k·d − pad] − input_zero)

where padding is input_zero, so that it adds nothing; of a transposed layer the same products where w and x meet in an
output, and what none meets in is b[o]. The weights' zero point is subtracted once, when they are packed:
what kernels multiply are signed weights of 8 bits, or of 16 where 8 do not hold each of them less the zero point. An
output of 8 bits, or of 16, is

    y = clamp(round(v·scale[o]) + output_zero),   scale[o] = s_x·s_w[o] / s_y

by the rule that the spec names (rounding.py), in the range of its type and of the activation; one of f32 is
act(f32(v)·scale[o]), a product in f32, with scale[o] = s_x·s_w[o]; one of s32 is v itself. f32(v) is the f32 nearest to
v, ties to even.

A residual is an array like the output. Of 8 or 16 bits, r stands for s_r·(r − residual_zero), and by the rule half-even

    y = clamp(rint(f32(v)·scale[o] + f32(r − residual_zero)·residual_scale) + output_zero),   residual_scale = s_r / s_y

where both products are rounded to f32, then their sum, which is no fused multiply-add on any machine; of f32,
y = act(f32(v)·scale[o] + r), rounded as often.

An activation that is no clamp is a table of 256 outputs. The rule gives the sum before it, q, which stands for
sum_scale·(q − sum_zero), with sum_scale in the place of s_y and sum_zero in that of output_zero; then y = table[q],

    table[q] = clamp(rint(act((q − sum_zero)·sum_scale) / output_scale) + output_zero)

in f64, computed when the kernel is printed, so that it is the same wherever the kernel runs.
"""

from __future__ import annotations

import math
import operator
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError
from .activation import Activation
from .element import Arithmetic, Element
from .names import show
from .rounding import RULES

PRODUCT = 2.0**127  # a power of two that is an f32: no product of a residual and its scale is beyond it
CLAMPS = ("none", "relu", "relu6", "clip")  # activations that are one of quantised outputs


class Quantisation(NamedTuple):
    """The fields of a spec that only quantised layers have. input_zero, output_zero, weights_zero: the integers that
    stand for 0.
    output_scale: what an output is multiplied by to be a real number; 0: nobody need know. rounding: the rule.
    residual_zero, residual_scale: the residual that stands for 0, and s_r / s_y; 0 where there is none.
    sum_zero, sum_scale: of the sum before an activation that is no clamp.
    largest_sum: what no sum of the weights exceeds in magnitude, whatever the input, with and without its bias: a
    promise of whoever packs them; 0: all that their types admit."""

    input_zero: Any = 0
    output_zero: Any = 0
    output_scale: Any = 0.0
    rounding: str = "half-even"
    largest_sum: Any = 0
    weights_zero: Any = 0
    residual_zero: Any = 0
    residual_scale: Any = 0.0
    sum_zero: Any = 0
    sum_scale: Any = 0.0


def check_quantisation(given: Quantisation, of: Arithmetic, activation: Activation, residual: bool) -> None:
    """InputError for fields that do not suit the types of a layer, or each other."""
    _check_zero("input_zero", given.input_zero, of.input if of.exact else None)
    if of.exact and of.weights.bytes > 1 and given.weights_zero:
        raise InputError(f"weights_zero must be 0 for weights of {of.weights.name}: they are less it already"
                         f" (weights_zero={show(given.weights_zero)})")
    _check_zero("weights_zero", given.weights_zero, of.weights if of.exact else None)
    _check_zero("output_zero", given.output_zero, of.output if of.quantised else None)
    if not of.quantised:
        for field in ("output_scale", "rounding"):
            if (value := getattr(given, field)) != Quantisation._field_defaults[field]:
                raise InputError(f"{field} must not be given unless outputs are quantised ({field}={show(value)})")
    if of.exact and activation.slopes:
        raise InputError(f"activation must take no slopes where sums are integers (activation={activation})")
    _check_scale("output_scale", given.output_scale)
    _check_residual(given, of, residual)
    _check_sum(given, of, activation)
    if of.exact and not of.scaled and activation.name != "none":
        raise InputError(f"activation must be none where outputs are sums of integers (activation={activation})")
    if of.quantised and activation.name not in ("none", "relu") and not given.output_scale:
        raise InputError(f"output_scale must be given with an activation that is not relu (output_scale=0,"
                         f" activation={activation})")


def unruled(rounding: str, of: Arithmetic, activation: Activation, residual: bool) -> str | None:
    """Why nothing says what outputs of integer sums are, or None."""
    if tabled(of, activation) and of.output.bytes > 1:
        return (f"activation must be one of {', '.join(CLAMPS)} where outputs are {of.output.name}, which are too many"
                f" for a table (activation={activation})")
    if residual and not of.scaled:
        return f"a residual must not be added to sums in {of.output.name} (residual=True)"
    if residual and of.quantised and RULES[rounding].integers:
        return f"rounding must be half-even with a residual (rounding={rounding})"
    return None


def tabled(of: Arithmetic, activation: Activation) -> bool:
    """Whether outputs come from a table."""
    return of.quantised and activation.name not in CLAMPS


def table(given: Quantisation, output: Element, activation: Activation) -> list[int]:
    """Of the outputs of an activation that is no clamp, the least sum first."""
    q = np.arange(int(output.smallest), int(output.largest) + 1, dtype=np.float64)
    with np.errstate(all="ignore"):
        real = activation.value((q - given.sum_zero) * float(np.float32(given.sum_scale)))
        places = np.rint(real / float(np.float32(given.output_scale))) + given.output_zero
    return [int(place) for place in np.clip(places, output.smallest, output.largest)]


def _check_sum(given: Quantisation, of: Arithmetic, activation: Activation) -> None:
    """What only an activation that is no clamp has."""
    needed, scale = tabled(of, activation), given.sum_scale
    _check_zero("sum_zero", given.sum_zero, of.output if needed else None)
    _check_scale("sum_scale", scale)
    if bool(scale) != needed:
        raise InputError(f"sum_scale must {'' if needed else 'not '}be given with this activation of these outputs"
                         f" (sum_scale={show(scale)}, activation={activation})")


def _check_residual(given: Quantisation, of: Arithmetic, residual: bool) -> None:
    _check_zero("residual_zero", given.residual_zero, of.output if residual and of.quantised else None)
    _check_scale("residual_scale", given.residual_scale, PRODUCT / 2.0 ** (8 * of.output.bytes))
    if given.residual_scale and not (residual and of.quantised):
        raise InputError("residual_scale must not be given without a residual of quantised outputs"
                         f" (residual_scale={show(given.residual_scale)})")
    if residual and of.quantised and not given.residual_scale:
        raise InputError("residual_scale must be given with a residual of quantised outputs"
                         f" (residual_scale={show(given.residual_scale)})")


def _check_scale(field: str, scale: Any, largest: float = float(np.finfo(np.float32).max)) -> None:
    """0 where it is not given."""
    least = float(np.finfo(np.float32).tiny)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not math.isfinite(scale) or scale < 0 \
            or 0 < scale < least or scale > largest:
        below = "" if largest > 2.0**127 else f" up to {largest:.4g}"
        raise InputError(f"{field} must be a positive normal f32{below} ({field}={show(scale)})")


def _check_zero(field: str, value: Any, element: Element | None) -> None:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise InputError(f"{field} must be an integer ({field}={show(value)})") from None
    if element is None and number:
        raise InputError(f"{field} must be 0 where there are no such integers ({field}={number})")
    if element is not None and not element.smallest <= number <= element.largest:
        raise InputError(f"{field} must be in the range of {element.name}, {element.smallest:.0f} to"
                         f" {element.largest:.0f} ({field}={number})")


def limits(given: Quantisation, output: Element, activation: Activation) -> tuple[int, int]:
    """The least and the largest quantised output: of its type, and of a clamp."""
    low, high = int(output.smallest), int(output.largest)
    if given.sum_scale:
        return low, high
    found, nearest = [low, high], RULES[given.rounding].nearest
    for at, end in enumerate(activation.value(np.array([-np.inf, np.inf], np.float32))):
        if np.isfinite(end):
            with np.errstate(over="ignore"):  # an end that no output reaches
                place = float(nearest(end / np.float32(given.output_scale))) if end else 0.0
            found[at] = int(min(max(given.output_zero + place, low), high))
    return found[0], found[1]
