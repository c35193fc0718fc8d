"""How a sum of integers becomes a quantised output: named rules, each exact.

A layer's sum v, in 32 bits or in 64, is multiplied by a real scale, rounded, moved by the output's zero point and cut
to its range. Runtimes round differently, and what a network was quantised for is part of what it computes; so a layer
names its rule, and every kernel gives the rule's bits.

    half-even       rint(f32(v) · scale), a product in f32, ties to even: QLinearConv as ONNX Runtime computes it (MLAS,
                    requantize.cpp, MlasRequantizeOutput), and XNNPACK's qs8 and qu8 convolutions, which LiteRT takes
                    where it can (their "fp32" requantisation, scale = (s_x·s_w)/s_y, each step in f32). f32(v) itself
                    rounds where |v| > 2^24.
    tflite          SaturatingRoundingDoublingHighMul, then RoundingDivideByPOT, ties away from zero: two roundings
                    (gemmlowp, fixedpoint.h; TFLite, internal/common.cc, MultiplyByQuantizedMultiplier): what TFLite's
                    reference kernels compute, and those of microcontrollers by default
    tflite-single   the same multiplier and one rounding, ties up (ruy, apply_multiplier.cc; TFLite and CMSIS-NN, where
                    they are compiled with TFLITE_SINGLE_ROUNDING or CMSIS_NN_USE_SINGLE_ROUNDING)

The scale of the last two is a multiplier m of 31 bits and a shift, scale = m · 2^(shift − 31) (TFLite,
internal/quantization_util.cc, QuantizeMultiplier). Where v·2^shift leaves 32 bits, which TFLite's C++ leaves undefined,
it is cut to them here.

Of sums in 64 bits both are one rule: m is reduced to r of 15 bits, and v · r · 2^(shift − 15) rounded once, ties up
(TFLite, internal/common.cc, MultiplyByQuantizedMultiplier of int64_t, whether or not it is built with
TFLITE_SINGLE_ROUNDING; CMSIS-NN, arm_nn_requantize_s64). Both ask for |v| < 2^47 and shift < 8; here larger shifts are
allowed too, and mean what the formula says.

Checked against LiteRT 2.3 on x86-64, as tests/test_tflite.py does where it is: the reference kernels (BUILTIN_REF) are
`tflite` and XNNPACK (the default) is `half-even`, bit for bit but for the ends of a clamp, which it rounds with the
zero point added, to even, on 200 random layers of each kind in s8 and u8, and on 200 whose scales are powers of two,
which tell all rules apart by their ties; of 16x8 the reference kernels are all that there is. The optimised kernels
without XNNPACK have no rule of their own: depthwise layers of u8 are `tflite`, while ruy (on AVX-512, of s8 and u8)
and what is written for NEON round twice with ties up both times, and channels left over from a vector are `tflite`
again.
`tflite-single` is ruy's function on 200 000 random pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .element import S64, Element

Integers = NDArray[np.int64]
Scales = NDArray[np.floating[Any]]


class Multiplier(NamedTuple):
    """A scale in integers: m · 2^(shift − 31), with m of 31 bits, 2^30 <= m < 2^31."""

    m: int
    shift: int


def multiplier(scale: float) -> Multiplier:
    """Of a positive scale."""
    fraction, shift = math.frexp(scale)
    m = math.floor(fraction * 2**31 + 0.5)
    if m == 2**31:
        m, shift = m // 2, shift + 1
    if shift < -31:  # it would shift everything out
        return Multiplier(0, 0)
    return Multiplier(m, shift)


def half_even(v: Integers, scale: Scales) -> Integers:
    """f32 has the range of every product of a sum and a scale that a layer may have."""
    return np.rint(v.astype(np.float32) * scale).astype(np.int64)


def _multipliers(scale: Scales) -> tuple[Integers, Integers]:
    found = np.array([multiplier(float(one)) for one in scale.ravel()], np.int64).reshape(*scale.shape, 2)
    return found[..., 0], found[..., 1]


def tflite(v: Integers, scale: Scales) -> Integers:
    """A sum that leaves 32 bits when it is shifted to the left is cut to them."""
    return scaled_tflite(v, *_multipliers(scale))


def scaled_tflite(v: Integers, m: Integers, shift: Integers) -> Integers:
    """By multipliers."""
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    product = _shifted(v, left) * m
    nudge = np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    high = _towards_zero(product + nudge, 31)
    rest = high & ((np.int64(1) << right) - 1)
    threshold = (((np.int64(1) << right) - 1) >> 1) + (high < 0)
    return (high >> right) + (rest > threshold)


PARTS = 27  # bits of the lower part of a scale of 53


def parts(scale: Scales) -> tuple[Integers, Integers, Integers]:
    """Positive scales in f64 below 2^24 as (high·2^27 + low) / 2^n."""
    fraction, exponent = np.frexp(scale)
    whole = (fraction * 2.0**53).astype(np.int64)
    return whole >> PARTS, whole & ((1 << PARTS) - 1), (53 - exponent).astype(np.int64)


def scaled_away(v: Integers, high: Integers, low: Integers, n: Integers) -> Integers:
    """v·scale to the nearest, ties away from zero, of a scale in parts: what round(v·scale) gives in f64, whose product
    rounds to 53 bits before. Cut to 2^30 in magnitude, beyond which an output is at the end of its range anyway."""
    size = np.abs(v)
    whole = size * high + ((size * low) >> PARTS)
    right = np.minimum(n - PARTS, 62)
    rounded = np.minimum((whole + (np.int64(1) << (right - 1))) >> right, np.int64(1 << 30))
    signed: Integers = np.where(v < 0, -rounded, rounded)
    return signed


def tflite_single(v: Integers, scale: Scales) -> Integers:
    m, shift = _multipliers(scale)
    right = 31 - np.minimum(shift, 0)
    rounded: Integers = (_shifted(v, np.maximum(shift, 0)) * m + (np.int64(1) << (right - 1))) >> right
    return rounded


def reduced(m: Integers) -> Integers:
    """A multiplier of 31 bits in 15."""
    return np.where(m < 0x7FFF0000, (m + (1 << 15)) >> 16, np.int64(0x7FFF))


def tflite_wide(v: Integers, scale: Scales) -> Integers:
    """Of sums below 2^47. From shift 15 on, a sum beyond 2^17 gives more than any output is, and so does 2^17."""
    m, shift = _multipliers(scale)
    right, left = np.maximum(15 - shift, 1), np.clip(shift - 14, 0, 16)
    kept = np.where(left > 0, np.clip(v, np.int64(-(2**17)), np.int64(2**17)), v)
    rounded: Integers = (kept * reduced(m) * (np.int64(1) << left) + (np.int64(1) << (right - 1))) >> right
    return rounded


def _shifted(v: Integers, left: Integers) -> Integers:
    """v · 2^left, cut to 32 bits: beyond them, an output is at the end of its range anyway."""
    def cut(numbers: Integers) -> Integers:
        return np.clip(numbers, np.int64(-(2**31)), np.int64(2**31 - 1))

    return cut(cut(v) << np.minimum(left, np.int64(31)))


def _towards_zero(value: Integers, bits: int) -> Integers:
    """Division by 2^bits as C has it."""
    return np.where(value < 0, -(-value >> bits), value >> bits)


def _away(real: Any) -> Any:
    """Real numbers of f32, ties away from zero."""
    exact = np.asarray(real, np.float64)
    return np.trunc(exact + np.copysign(0.5, exact))


class Rule(NamedTuple):
    """round: of sums and scales, which meet each other. nearest: of real numbers in f32, which the ends of a clamp are
    (TFLite, kernel_util.cc, CalculateActivationRangeQuantized). operation: of a row of the ISA table, that does it by
    integers alone; the scale that these come from is in f64, else in f32. says: what it computes, in a line. bits: of
    the multiplier."""

    round: Callable[[Any, Any], Integers]
    nearest: Callable[[Any], Any]
    operation: str
    says: str
    bits: int = 31

    @property
    def integers(self) -> bool:
        """Whether it multiplies by integers."""
        return bool(self.operation)


RULES: dict[str, Rule] = {
    "half-even": Rule(half_even, np.rint, "", "rint(v * scale), a product in f32, ties to even"),
    "tflite": Rule(tflite, _away, "scale_tflite", "v * m / 2^31 rounded, ties up, then / 2^-shift rounded, ties away"
                                                  " from zero; scale = m 2^(shift - 31)"),
    "tflite-single": Rule(tflite_single, _away, "scale_tflite_single", "v * m / 2^(31 - shift) rounded, ties up;"
                                                                       " scale = m 2^(shift - 31)"),
}

_WIDE = Rule(tflite_wide, _away, "scale_wide", "v * r / 2^(15 - shift) rounded, ties up; scale = r 2^(shift - 15), r of"
                                               " 15 bits", 15)


def rule(name: str, sums: Element) -> Rule:
    """The rule of that name, for sums of an element."""
    found = RULES[name]
    return _WIDE if found.integers and sums is S64 else found
