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
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .element import Element
from .names import show

if TYPE_CHECKING:
    from .spec import ConvSpec

CLAMPS = ("none", "relu", "relu6", "clip")  # activations that are one of quantised outputs
FIELDS = {"input_zero": 0, "output_zero": 0, "output_scale": 0.0, "rounding": "half-even"}  # of quantised layers


def check_quantisation(spec: ConvSpec) -> None:
    """InputError for fields of quantised layers that do not suit the spec's types, or each other."""
    of = spec.arithmetic
    ends = {"input_zero": of.input if of.exact else None, "output_zero": of.output if of.quantised else None}
    for field, element in ends.items():
        _check_zero(field, getattr(spec, field), element)
    if not of.quantised:
        for field in ("output_scale", "rounding"):
            if getattr(spec, field) != FIELDS[field]:
                raise InputError(f"{field} must not be given unless outputs are quantised"
                                 f" ({field}={show(getattr(spec, field))}, dtype={spec.dtype})")
    scale = spec.output_scale
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not math.isfinite(scale) or scale < 0 \
            or 0 < scale < np.finfo(np.float32).tiny or scale > np.finfo(np.float32).max:
        raise InputError(f"output_scale must be a positive normal f32 (output_scale={show(scale)})")
    if not of.exact:
        return
    if spec.slopes:
        raise InputError(f"activation must take no slopes where sums are integers (activation={spec.activation})")
    if of.quantised and spec.act.name not in ("none", "relu") and not scale:
        raise InputError(f"output_scale must be given with an activation that is not relu (activation={spec.activation})")


def _check_zero(field: str, value: object, element: Element | None) -> None:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)  # type: ignore[arg-type]  # what is no integer raises
    except TypeError:
        raise InputError(f"{field} must be an integer ({field}={show(value)})") from None
    if element is None and number:
        raise InputError(f"{field} must be 0 where there are no such integers ({field}={number})")
    if element is not None and not element.smallest <= number <= element.largest:
        raise InputError(f"{field} must be in the range of {element.name}, {element.smallest:.0f} to"
                         f" {element.largest:.0f} ({field}={number})")


def limits(spec: ConvSpec) -> tuple[int, int]:
    """The least and the largest output of a layer of quantised outputs: of its type, and of a clamp."""
    output = spec.arithmetic.output
    found = [int(output.smallest), int(output.largest)]
    for at, end in enumerate(spec.act.value(np.array([-np.inf, np.inf], np.float32))):
        if np.isfinite(end):
            place = spec.output_zero + (round(float(end / np.float32(spec.output_scale))) if end else 0)
            found[at] = min(max(place, int(output.smallest)), int(output.largest))
    return found[0], found[1]
