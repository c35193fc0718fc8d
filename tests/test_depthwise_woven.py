"""Depthwise layers of integers, channels first, whose words are loaded as they lie: in a copy, or the input itself."""

from __future__ import annotations

import numpy as np
import pytest
import tools
from exact_layers import check

from convgen.algorithms import ALGORITHMS
from convgen.algorithms.tiled import exact, planes
from convgen.api import render
from convgen.layer.spec import ConvSpec
from convgen.machine.rows import ISAS
from convgen.machine.target import NAMED
from convgen.plan.proof import proof
from convgen.planner.rank import rank
from convgen.verification import exactness
from convgen.verification.report import run_mode

DEPTHWISE = ALGORITHMS["depthwise"]

pytestmark = tools.needs(tools.c, "gcc")


def layer(channels=2, **fields):
    given = {"dtype": "u8:s8:u8", "ic": channels, "oc": channels, "g": channels, "ih": 5, "iw": 21, "kh": 3, "kw": 3,
             "padding": "half", "input_zero": 3, "output_zero": 131}
    return ConvSpec(**{**given, **fields})


ODD = {"padding": None, "top": 2, "left": 1}
LAYERS = {
    "rows beside each other": layer(4, ih=14, iw=14), "an odd number": layer(3, ih=9, iw=12), "of 16": layer(
        padding=None, ih=8, iw=16, kw=1), "too short": layer(3, ih=7, iw=7),
    "a vector less one": layer(iw=31), "a vector": layer(iw=32), "a vector and one": layer(iw=33),
    "two vectors less one": layer(iw=63), "two vectors": layer(iw=64),
    "two vectors and one": layer(iw=65), "five vectors": layer(iw=150, ih=3),
    "one tap": layer(kh=1, kw=1, padding=None), "two taps": layer(kw=2, **ODD),
    "four taps": layer(kw=4, kh=2, **ODD),
    "five taps": layer(kw=5, kh=5, input_zero=255), "seven taps": layer(kw=7, kh=7, iw=40, input_zero=0),
    "sparse": layer(ih=11, iw=67, sh=2, sw=2), "sparse, half a vector": layer(ih=14, iw=28, sh=2, sw=2, **ODD),
    "very sparse": layer(iw=90, sw=4, sh=3), "very sparse, five": layer(iw=140, sw=4, kw=5, bottom=1, **ODD),
    "signed": layer(dtype="s8:s8:s8", input_zero=-128, output_zero=127), "signed, least": layer(
        dtype="s8:s8:s8", input_zero=127, output_zero=-128, activation="relu", iw=70),
    "padding of 0": layer(input_zero=0, bias=False, iw=50), "signed padding of 0": layer(
        dtype="s8:s8:u8", input_zero=-128, iw=50), "of 16 bits": layer(dtype="u8:s16:u8", ih=14, iw=14),
    "several outputs": layer(3, oc=6, n=2, ih=14, iw=14), "turned": layer(flip=True, weights_layout="hwio", iw=40),
    "tflite": layer(rounding="tflite", activation="relu6", output_scale=0.05), "once": layer(
        rounding="tflite-single", iw=80), "table": layer(
        3, activation="silu", sum_zero=3, sum_scale=0.06, output_scale=0.03, ih=14, iw=14),
    "nothing but padding": layer(ih=1, iw=1, padding=None, top=2, left=3, bottom=1, right=1),
}
COPYING = [name for name in ("x86-64-v3", "x86-64-v3-vnni") if NAMED[name].runs_here()]


def held(conv):
    check(conv)
    outcome = run_mode(conv, "guard")
    assert outcome.ok, outcome.detail


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize("at", range(len(LAYERS)), ids=list(LAYERS))
def test_words_in_a_copy(at):
    spec = list(LAYERS.values())[at]
    rows = [one for name in COPYING for one in NAMED[name].summing(spec.arithmetic)
            if planes.way(spec, one.row) == "woven"]
    if not rows:
        pytest.skip("needs AVX2, or AVX-VNNI")
    machine = rows[at % len(rows)]
    plans = [plan for plan in DEPTHWISE.plans(spec, machine) if plan.choices.source == "local"]
    held(render(plans[at // 2 % len(plans)]).compile(opt="O1"))


@pytest.mark.sampled(every=3)
@pytest.mark.skipif(not NAMED["x86-64-v4-vnni"].runs_here(), reason="needs AVX-512 VNNI")
@pytest.mark.parametrize("at", range(len(LAYERS)), ids=list(LAYERS))
def test_words_where_the_input_lies(at):
    """By tiles of one row and of several."""
    spec = list(LAYERS.values())[at]
    plans = [plan for machine in NAMED["x86-64-v4-vnni"].summing(spec.arithmetic)
             for plan in DEPTHWISE.plans(spec, machine) if plan.choices.source == "edges"]
    if not plans:
        assert spec.arithmetic.weights.bytes > 1
        pytest.skip("words of two bytes are copied")
    conv = render(plans[at % len(plans)]).compile(opt="O1")
    assert "scratch" not in conv.kernel.source
    held(conv)


def test_rows_that_lie_beside_each_other_need_no_room_of_their_own():
    (plan, *_) = DEPTHWISE.plans(LAYERS["rows beside each other"], NAMED["x86-64-v3"].summing(layer().arithmetic)[0])
    assert render(plan).source.count("_mm256_extracti128_si256(outputs, ") == 2


def test_which_words_lie_as_they_are():
    row = ISAS["avx2_s16"]
    for spec in (layer(dw=2, iw=40), layer(sw=3, iw=40), layer(dtype="u8:s8:s32", output_zero=0), layer(sw=8, iw=40),
                 layer(residual=True, residual_scale=0.7), layer(sw=4, iw=40)):
        assert planes.way(spec, row) != "woven"
    assert planes.way(layer(sw=4, iw=40), ISAS["avxvnni_s8"]) == "woven"
    assert planes.way(layer(), ISAS["avx512vnni_s8"]) == "masked"


@pytest.mark.skipif(not NAMED["x86-64-v4-vnni"].runs_here(), reason="needs AVX-512 VNNI")
def test_planners_copy_short_rows_alone():
    """Rows that fill a vector are read where they lie."""
    for iw, source in ((14, "local"), (28, "local"), (56, "edges"), (112, "edges")):
        spec = layer(64, ih=iw, iw=iw)
        assert rank(spec, NAMED["x86-64-v4-vnni"])[0].plan.choices.source == source


LIMITED = {"channels first": layer(64, ih=6, iw=9), "signed": layer(
    64, ih=6, iw=9, dtype="s8:s8:s8", input_zero=-128, output_zero=127), "channels last": layer(64, layout="nhwc")}


@pytest.mark.parametrize("name", LIMITED)
@pytest.mark.parametrize("target", COPYING[:1])
def test_what_packing_cuts_changes_no_output(name, target):
    """Scales up to 2^25, and biases up to the ends of 32 bits: products of both leave 32 bits, unless they are cut."""
    spec = LIMITED[name]
    conv = render(rank(spec, NAMED[target])[0].plan).compile(opt="O1")
    assert "limit_bias(bias[" in conv.kernel.source
    rng, arrays = np.random.default_rng(5), exactness.drawn(spec, np.random.default_rng(3))
    most = proof(spec).bias
    arrays["scale"] = (2.0 ** rng.uniform(-30, 25, spec.oc)).astype(np.float32)
    arrays["scale"][::2] = (2.0 ** rng.uniform(-3, 10, (spec.oc + 1) // 2)).astype(np.float32)
    arrays["bias"] = np.clip(np.round(2.0 ** rng.uniform(0, 31, spec.oc)) * rng.choice([-1, 1], spec.oc), -most, most) \
        .astype(np.int32)
    small = {**arrays, "bias": rng.integers(-1, 2, spec.oc).astype(np.int32), "weights": 0 * arrays["weights"]}
    for given in (arrays, small):
        conv.pack(given["weights"], given["bias"], given["scale"])
        np.testing.assert_array_equal(conv(given["input"]), exactness.right(spec, given))


def test_where_packing_cuts_nothing():
    """Long kernels, whose sums times the largest scale would leave 32 bits; residuals; rules of integers."""
    assert exact.limit(layer()) == 9 * 252 * 128 + 1024
    for fields in ({"kh": 9, "kw": 9}, {"residual": True, "residual_scale": 0.7}, {"rounding": "tflite"},
                   {"dtype": "u8:s8:s32", "output_zero": 0}):
        assert exact.limit(layer(**fields)) == 0
