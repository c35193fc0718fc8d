"""The rounding rules of quantised outputs, against numbers that the libraries that have them gave."""

from __future__ import annotations

import numpy as np
import pytest

from convgen.api import generate
from convgen.layer.rounding import RULES
from convgen.layer.spec import ConvSpec
from convgen.verification import oracle

# (v, scale) -> outputs by XNNPACK (half-even) and by TFLite's reference kernels (tflite), cut to s8, of LiteRT 2.3 on
# x86-64; and by ruy's ApplyMultiplier (tflite-single), cut likewise: ties, negatives, shifts to both sides, sums that
# f32 rounds
PINNED = [
    (1, 0.5, 0, 1, 1),
    (-1, 0.5, 0, 0, 0),
    (3, 0.5, 2, 2, 2),
    (-3, 0.5, -2, -1, -1),
    (5, 0.5, 2, 3, 3),
    (-5, 0.5, -2, -2, -2),
    (3, 0.25, 1, 1, 1),
    (-3, 0.25, -1, -1, -1),
    (10, 0.25, 2, 3, 3),
    (-10, 0.25, -2, -3, -2),
    (12, 0.125, 2, 2, 2),
    (-12, 0.125, -2, -2, -1),
    (7, 0.0625, 0, 1, 0),
    (-7, 0.0625, 0, 0, 0),
    (99, 0.4393749535083771, 43, 44, 43),
    (78, 0.37560349702835083, 29, 30, 29),
    (-610, 0.09089162945747375, -55, -56, -55),
    (216, 0.32614538073539734, 70, 71, 70),
    (257, 0.3979322612285614, 102, 103, 102),
    (126, 0.40055030584335327, 50, 51, 50),
    (2173, 0.03979822248220444, 86, 87, 86),
    (236, 0.2512925863265991, 59, 60, 59),
    (431, 0.19811972975730896, 85, 86, 85),
    (21, 0.49476584792137146, 10, 11, 10),
    (1097, 0.10527355223894119, 115, 116, 115),
    (2147483647, 4.214684778958144e-08, 91, 91, 91),
    (-2147483648, 2.9802322387695312e-08, -64, -64, -64),
    (2147483647, 4.656612873077393e-10, 1, 1, 1),
    (-2147483648, 4.656612873077393e-10, -1, -1, -1),
    (2147483647, 2.3283064365386963e-10, 0, 1, 0),
    (-2147483648, 2.3283064365386963e-10, 0, -1, 0),
    (-2147483648, 1.1641532182693481e-10, 0, 0, 0),
    (16777217, 1.9073486328125e-06, 32, 32, 32),
    (1, 1.0, 1, 1, 1),
    (-1, 1.0, -1, -1, -1),
    (7, 1.5, 10, 11, 11),
    (-7, 1.5, -10, -10, -10),
    (-3, 2.5, -8, -7, -7),
    (3, 2.5, 8, 8, 8),
    (-1, 127.5, -128, -127, -127),
    (1, 100.5, 100, 101, 101),
    (-2, 63.75, -128, -127, -127),
    (0, 200.0, 0, 0, 0),
    (85, 1.4999998807907104, 127, 127, 127),
    (100, 0.9999999999999858, 100, 100, 100),  # so near to 1 that its multiplier is that of 1
]


@pytest.mark.parametrize(("rule", "column"), [("half-even", 2), ("tflite", 3), ("tflite-single", 4)])
def test_a_rule_gives_the_numbers_of_its_library(rule, column):
    v = np.array([row[0] for row in PINNED], np.int64)
    scale = np.array([row[1] for row in PINNED], np.float64 if RULES[rule].integers else np.float32)
    found = np.clip(RULES[rule].round(v, scale), -128, 127)
    assert found.tolist() == [row[column] for row in PINNED]


@pytest.mark.parametrize("target", ["scalar", "host"])
@pytest.mark.parametrize(("rule", "column"), [("half-even", 2), ("tflite", 3), ("tflite-single", 4)])
def test_a_kernel_gives_them_too(rule, column, target):
    """Weights of 0, so that a channel's sum is its bias."""
    rows = [row for row in PINNED if row[0] > -(2**31)]  # which is no sum that a layer may reach
    spec = ConvSpec(ic=1, oc=len(rows), iw=1, kw=1, layout="nwc", dtype="s8:s8:s8", rounding=rule)
    conv = generate(spec, target).compile()
    conv.pack(np.zeros(spec.weights_shape, np.int8), np.array([row[0] for row in rows], np.int32),
              scale=np.array([row[1] for row in rows], spec.scale.dtype))
    assert conv(np.ones(spec.input_shape, np.int8)).ravel().tolist() == [row[column] for row in rows]


@pytest.mark.parametrize(("rule", "low", "high"), [("half-even", 1, 5), ("tflite", 0, 6), ("tflite-single", 0, 6)])
def test_a_clamp_ends_where_the_rule_rounds_to(rule, low, high):
    """±1 by a scale of 0.4 is a tie."""
    spec = ConvSpec(ic=1, oc=2, iw=1, kw=1, layout="nwc", dtype="s8:s8:s8", rounding=rule, activation="clip(-1,1)",
                    output_scale=float(np.float32(0.4)), output_zero=3)
    scale = np.ones(2, np.float64 if RULES[rule].integers else np.float32)
    x, w = np.full((1, 1, 1), 100, np.int8), np.array([[[-1, 1]]], np.int8)
    y = oracle.convolve(spec, x, w, np.zeros(2, np.int32), scale=scale).y
    assert spec.limits == (low, high) == tuple(y.ravel())


def test_what_would_leave_32_bits_is_cut_to_them():
    v, scale = np.array([2**31 - 1, -(2**31), 1, 0]), np.array([3.0, 3.0, 2.0**40, 2.0**40])
    for rule in ("tflite", "tflite-single"):
        assert np.clip(RULES[rule].round(v, scale), -128, 127).tolist() == [127, -128, 127, 0]
