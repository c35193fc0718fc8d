"""Weights with a zero point: what is packed are weights less it, and from there on a layer is the one without."""

from __future__ import annotations

import functools

import msgspec
import numpy as np
import pytest
from tools import any_c, needs

from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.errors import InputError
from convgen.layer.element import S8, S16
from convgen.layer.spec import ConvSpec
from convgen.machine.target import NAMED
from convgen.packaging.embed import Packer
from convgen.plan import proof
from convgen.planner.describe import proof_text
from convgen.verification import exactness, oracle, whole
from convgen.verification.report import modes_of, verify

SQUARE = {"ic": 16, "oc": 20, "ih": 6, "iw": 9, "kh": 3, "kw": 3, "padding": 1, "input_zero": 77}
DEEP = {**SQUARE, "g": 18, "ic": 18, "oc": 18, "layout": "nhwc"}

# name -> (algorithm, target, row of products, fields): each way in which weights are packed, of 8 bits and of 16.
PACKED = {
    "reference": ("reference", "scalar", "scalar", SQUARE),
    "direct": ("direct", "x86-64-v3", "avx2_s16", SQUARE),
    "direct, fours": ("direct", "x86-64-v4-vnni", "avx512vnni_s8", {**SQUARE, "layout": "nhwc"}),
    "direct, groups": ("direct", "scalar", "scalar_s16", {**SQUARE, "g": 2, "weights_layout": "ohwi"}),
    "depthwise": ("depthwise", "x86-64-v3", "avx2_s16", DEEP),
    "depthwise, bytes": ("depthwise", "x86-64-v4-vnni", "avx512vnni_s8", DEEP),
    "depthwise, flat": ("depthwise", "x86-64-v4-vnni", "avx512vnni_s8", {**DEEP, "layout": "nchw"}),
    "grouped": ("grouped", "x86-64-v3", "avx2_s16", {**DEEP, "g": 4, "ic": 16, "oc": 16}),
    "dot": ("dot", "x86-64-v3", "avx2_s16", {**SQUARE, "ic": 40, "oc": 3, "layout": "nhwc"}),
    "modular": ("modular", "x86-64-v3", "avx2_s16", SQUARE),
    "direct, OpenCL": ("direct", "opencl-cpu", "cl8_s8", SQUARE),
    "implicit": ("implicit", "opencl-gpu", "cl4_s8", {**SQUARE, "layout": "nhwc"}),
}
# what a layer is given -> the same less its zero point
MOVED = {
    "u8:u8:u8, 128": ({"dtype": "u8:u8:u8", "weights_zero": 128}, "u8:s8:u8"),
    "s8:u8:s32, 3": ({"dtype": "s8:u8:s32", "weights_zero": 3}, "s8:s16:s32"),
    "u8:u8:f32": ({"dtype": "u8:u8:f32"}, "u8:s16:f32"),
    "u8:s8:s8, -128": ({"dtype": "u8:s8:s8", "weights_zero": -128}, "u8:s16:s8"),
}


@functools.cache
def plan(spec: ConvSpec, algorithm: str, target: str, row: str):
    """The first plan on that row; None where it has none for the layer."""
    plans = ALGORITHMS[algorithm].plans(spec, msgspec.structs.replace(NAMED[target], isa=row))
    return next(iter(plans), None)


@pytest.mark.sampled
@needs(any_c)
@pytest.mark.parametrize("moved", MOVED)
@pytest.mark.parametrize("way", PACKED)
def test_packed_are_weights_less_their_zero_point(way, moved):
    """Byte by byte those of the layer without one, bias and scales too; and the rest of the kernel is its text."""
    (fields, dtype), (algorithm, target, row, shape) = MOVED[moved], PACKED[way]
    spec = ConvSpec(**{**shape, **fields, "input_zero": 77})
    lowered = spec.replace(dtype=dtype, weights_zero=0)
    wide = lowered.arithmetic.weights is S16
    one, other = (plan(s, algorithm, target, row.replace("_s8", "_s16") if wide else row) for s in (spec, lowered))
    if wide and algorithm in ("modular", "implicit"):
        assert one is other is None, "they are for weights of 8 bits"
        return
    kernel, same = render(one, "k"), render(other, "k")
    arrays = exactness.drawn(spec, np.random.default_rng(0))
    arrays.pop("input")
    less = (arrays["weights"].astype(np.int64) - spec.weight_zero).astype(lowered.weights_element.dtype)
    assert Packer([kernel])(kernel, arrays) == Packer([same])(same, arrays | {"weights": less})

    lines = zip(*(text.source.partition("*/")[2].splitlines() for text in (kernel, same)), strict=True)
    assert all("weights" in line for line, plain in lines if line != plain), "the caller's; what runs does not see them"


# --- which types, which range ---


@pytest.mark.parametrize(("dtype", "zero", "held", "ends"), [
    ("u8:u8:u8", 0, S16, (0, 255)), ("u8:u8:u8", 127, S16, (-127, 128)), ("u8:u8:u8", 128, S8, (-128, 127)),
    ("s8:u8:s32", 255, S16, (-255, 0)), ("s8:s8:s8", 0, S8, (-128, 127)), ("s8:s8:s8", 1, S16, (-129, 126)),
    ("u8:s8:f32", -128, S16, (0, 255)), ("u8:s8:f32", 127, S16, (-255, 0)), ("u8:s16:u8", 0, S16, (-255, 255)),
])  # fmt: skip
def test_what_holds_weights_less_their_zero_point(dtype, zero, held, ends):
    spec = ConvSpec(ic=7, oc=3, ih=5, kh=3, dtype=dtype, weights_zero=zero)
    assert spec.arithmetic.weights is held
    assert spec.array("weights").element.name == dtype.split(":")[1]
    assert proof.weight_ends(spec) == ends
    assert proof.proof(spec).products == 63 * max(map(abs, proof.inputs(spec))) * max(map(abs, ends))


@pytest.mark.parametrize("zero", [0, 100, 128, 255])
def test_data_reach_both_ends(zero):
    spec = ConvSpec(ic=9, oc=8, ih=5, kh=3, dtype="u8:u8:s32", weights_zero=zero, bias=False)
    drawn = exactness.drawn(spec, np.random.default_rng(0))["weights"]
    assert (drawn.dtype, drawn.min(), drawn.max()) == (np.uint8, 0, 255)
    extremes = whole.at_ends(spec, np.random.default_rng(0))
    assert set(extremes.ravel()) == {0, 255}
    taps = oracle.cross_weights(spec, extremes)[0].astype(int) - zero
    assert (np.abs(taps) == proof.proof(spec).weight).all()


def test_the_largest_sums_of_known_weights_are_of_weights_less_their_zero_point():
    spec = ConvSpec(ic=2, oc=1, iw=1, kw=1, dtype="u8:u8:s32", weights_zero=100, bias=False)
    found = proof.known(spec, np.array([[[0], [255]]], np.uint8))
    assert (found.least, found.largest) == (-100 * 255, 155 * 255)
    long = spec.replace(ic=100_000)
    weights = np.full((1, 100_000, 1), 100, np.uint8)
    weights[0, 0] = 103
    assert proof.kept(long, weights).promise == 3 * 255


def test_files_say_it():
    spec = ConvSpec(**SQUARE, dtype="u8:u8:u8", weights_zero=100)
    text = render(plan(spec, "reference", "scalar", "scalar"), "k").source
    assert "v = bias + sum (w - 100) (x - 77) is exact in s32" in text
    assert "--weights-zero 100" in text
    assert "|v - bias| <= 144 * 178 * 155 = " in proof_text(spec)
    assert "(|w|" not in proof_text(spec), "that is no promise"


# --- what it gives, and what is refused ---

MODES = {"u8": {"dtype": "u8:u8:u8", "weights_zero": 255, "input_zero": 255},
         "s8": {"dtype": "s8:s8:s8", "weights_zero": -128, "rounding": "tflite"},
         "8 bits": {"dtype": "u8:u8:s32", "weights_zero": 128}}


@needs(any_c)
@pytest.mark.parametrize("name", MODES)
def test_every_mode_of_verify(name):
    spec = ConvSpec(**{**SQUARE, "ic": 5, "oc": 6, **MODES[name]})
    row = "scalar_s8" if spec.arithmetic.weights is S8 else "scalar_s16"
    report = verify(render(plan(spec, "direct", "scalar", row), "k").compile(opt="O1"))
    assert report.ok, report
    assert {one.mode for one in report.checks} == set(modes_of(spec))


@pytest.mark.parametrize(("fields", "told"), [
    ({"weights_zero": 256}, "weights_zero must be in the range of u8, 0 to 255 (weights_zero=256)"),
    ({"weights_zero": -1}, "weights_zero must be in the range of u8, 0 to 255 (weights_zero=-1)"),
    ({"dtype": "u8:s8:u8", "weights_zero": 128},
     "weights_zero must be in the range of s8, -128 to 127 (weights_zero=128)"),
    ({"weights_zero": 1.5}, "weights_zero must be an integer (weights_zero=1.5)"),
    ({"weights_zero": [1, 2]}, "weights_zero must be an integer (weights_zero=[1, 2])"),
    ({"dtype": "u8:s16:u8", "weights_zero": 1},
     "weights_zero must be 0 for weights of s16: they are less it already (weights_zero=1)"),
    ({"dtype": "f32", "weights_zero": 1}, "weights_zero must be 0 where there are no such integers (weights_zero=1)"),
    ({"dtype": "f32", "weights_zero": "x"}, "weights_zero must be an integer (weights_zero='x')"),
])  # fmt: skip
def test_zero_points_that_are_none(fields, told):
    with pytest.raises(InputError) as error:
        ConvSpec(**{"ic": 2, "oc": 2, "ih": 4, "kh": 3, "dtype": "u8:u8:u8", **fields})
    assert str(error.value) == told


@needs(any_c)
@pytest.mark.parametrize(("weights", "told"), [
    (np.zeros((2, 2, 3, 3), np.int8), "weights must be uint8 in native byte order (weights.dtype=|i1)"),
    (np.zeros((2, 2, 3, 3), np.int16), "weights must be uint8 in native byte order (weights.dtype=<i2)"),
    (np.zeros((2, 2, 9), np.uint8), "weights must have shape (2, 2, 3, 3) (weights.shape=(2, 2, 9))"),
], ids=str)
def test_weights_are_given_as_they_are(weights, told):
    spec = ConvSpec(ic=2, oc=2, ih=4, kh=3, dtype="u8:u8:s32", weights_zero=128, bias=False)
    made = render(plan(spec, "reference", "scalar", "scalar"), "k").compile(opt="O1")
    with pytest.raises(InputError) as error:
        made.pack(weights)
    assert str(error.value).startswith(told)
