"""Quantised layers: what their integers stand for, and what an output is made of.

An input x stands for the real number s_x·(x − input_zero), a weight w for s_w·w, an output y for s_y·(y − output_zero).
The layer sums integers,

    v[n, o, p] = b[o] + Σ_{c, k} w[o, c, k] · (x[n, c, p·s + k·d − pad] − input_zero)

where padding is input_zero, so that it adds nothing. An output of 8 bits is

    y = clamp(round(v·scale[o]) + output_zero),   scale[o] = s_x·s_w[o] / s_y

by the rule that the spec names (rounding.py), in the range of its type and of the activation; one of f32 is
act(f32(v)·scale[o]), a product in f32, with scale[o] = s_x·s_w[o]; one of s32 is v itself.
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

CLAMPS = ("none", "relu", "relu6", "clip")  # activations that are one of quantised outputs


class Quantisation(NamedTuple):
    """The fields of a spec that only quantised layers have. input_zero, output_zero: the integers that stand for 0.
    output_scale: what an output is multiplied by to be a real number; 0: nobody need know. rounding: the rule.
    largest_sum: what no sum of the weights exceeds in magnitude, whatever the input, with and without its bias: a
    promise of whoever packs them; 0: all that their types admit."""

    input_zero: Any = 0
    output_zero: Any = 0
    output_scale: Any = 0.0
    rounding: str = "half-even"
    largest_sum: Any = 0


def check_quantisation(given: Quantisation, of: Arithmetic, activation: Activation) -> None:
    """InputError for fields that do not suit the types of a layer, or each other."""
    _check_zero("input_zero", given.input_zero, of.input if of.exact else None)
    _check_zero("output_zero", given.output_zero, of.output if of.quantised else None)
    if not of.quantised:
        for field in ("output_scale", "rounding"):
            if (value := getattr(given, field)) != Quantisation._field_defaults[field]:
                raise InputError(f"{field} must not be given unless outputs are quantised ({field}={show(value)})")
    scale, range_ = given.output_scale, np.finfo(np.float32)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not math.isfinite(scale) or scale < 0 \
            or 0 < scale < range_.tiny or scale > range_.max:
        raise InputError(f"output_scale must be a positive normal f32 (output_scale={show(scale)})")
    if of.exact and not of.scaled and activation.name != "none":
        raise InputError(f"activation must be none where outputs are sums of integers (activation={activation})")
    if of.exact and activation.slopes:
        raise InputError(f"activation must take no slopes where sums are integers (activation={activation})")
    if of.quantised and activation.name not in ("none", "relu") and not scale:
        raise InputError(f"output_scale must be given with an activation that is not relu (activation={activation})")


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
    found, nearest = [low, high], RULES[given.rounding].nearest
    for at, end in enumerate(activation.value(np.array([-np.inf, np.inf], np.float32))):
        if np.isfinite(end):
            place = int(nearest(end / np.float32(given.output_scale))) if end else 0
            found[at] = min(max(given.output_zero + place, low), high)
    return found[0], found[1]
