"""Layers of integers whose channels do not fill vectors: narrow groups, and few output channels."""

import pytest
import tools
from exact_layers import check

from convgen import ConvSpec, plan
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.machine.find import find
from convgen.verification.report import verify

PADDED = {"kh": 3, "kw": 3, "top": 1, "left": 2, "right": 1}
GROUPS = {"ih": 5, "iw": 9, **PADDED, "layout": "nhwc"}
FEW = {"ih": 6, "iw": 11, "layout": "nhwc"}

# algorithm, fields; groups whose channels fill words and do not, are more or fewer than outputs, and leave a tail of a
# vector; channels of dot on both sides of a vector and of a word; inputs read in place and copied
LAYERS = {
    "4 and 4": ("grouped", {"dtype": "u8:s8:u8", "g": 9, "ic": 36, "oc": 36, **GROUPS, "input_zero": 130}),
    "4 and 4, from 0": ("grouped", {"dtype": "u8:s8:s8", "g": 7, "ic": 28, "oc": 28, **GROUPS, "sw": 2}),
    "5 and 4": ("grouped", {"dtype": "s8:s8:s8", "g": 5, "ic": 25, "oc": 20, **GROUPS, "input_zero": -128,
                            "rounding": "tflite", "bias": False}),
    "8 and 4": ("grouped", {"dtype": "s8:s8:f32", "g": 3, "ic": 24, "oc": 12, "ih": 4, "iw": 7, "kh": 1, "kw": 1,
                            "layout": "nhwc", "input_zero": 3}),
    "3 and 4, of 16 bits": ("grouped", {"dtype": "u8:s16:u8", "g": 3, "ic": 9, "oc": 12, **GROUPS, "dw": 2,
                                        "input_zero": 255, "rounding": "tflite-single"}),
    "2 and 1": ("grouped", {"dtype": "u8:s8:s32", "g": 5, "ic": 10, "oc": 5, **GROUPS, "input_zero": 7}),
    "64 to 2": ("dot", {"dtype": "u8:s8:u8", "ic": 64, "oc": 2, **FEW, "kh": 1, "kw": 1, "input_zero": 9}),
    "32 to 1": ("dot", {"dtype": "s8:s8:u8", "ic": 32, "oc": 1, **FEW, "kh": 1, "kw": 1, "input_zero": -7,
                        "output_zero": 255}),
    "66 to 3": ("dot", {"dtype": "u8:s8:s8", "ic": 66, "oc": 3, **FEW, **PADDED, "input_zero": 128,
                        "rounding": "tflite", "activation": "relu"}),
    "300 to 5": ("dot", {"dtype": "s8:s16:f32", "ic": 300, "oc": 5, "ih": 3, "iw": 4, "layout": "nhwc", "kh": 1,
                         "kw": 2, "input_zero": 5, "bias": False}),
    "7 to 6": ("dot", {"dtype": "u8:s8:s32", "ic": 7, "oc": 6, **FEW, **PADDED, "out_stride": 9}),
    "one pixel": ("dot", {"dtype": "u8:s8:u8", "ic": 520, "oc": 6, "ih": 1, "iw": 1, "kh": 1, "kw": 1,
                          "layout": "nhwc", "input_zero": 255, "rounding": "tflite-single"}),
}
TARGETS = ("x86-64-v3", "x86-64-v3-vnni", "x86-64-v4", "x86-64-v4-vnni")


def each(name, target):
    """A plan of each way to read the input, for a machine that is here."""
    algorithm, fields = LAYERS[name]
    spec = ConvSpec(**fields)
    if not find(target).runs_here(spec.arithmetic):
        pytest.skip(f"needs {target}")
    machine = find(target).summing(spec.arithmetic)[0]
    return {one.choices.source: one for one in ALGORITHMS[algorithm].plans(spec, machine)}.values()


@pytest.mark.sampled
@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", LAYERS)
def test_they_give_the_rules_bits(name, target):
    plans = list(each(name, target))
    assert plans
    for one in plans:
        check(render(one).compile(opt="O1"))


@pytest.mark.sampled
@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["4 and 4, from 0", "8 and 4", "64 to 2", "7 to 6"])
def test_they_touch_nothing_else(name, target):
    for one in each(name, target):
        conv = render(one).compile()
        assert verify(conv, ["guard"]).ok, one.label


@tools.needs(tools.c, "gcc")
def test_packing_reads_no_bias_beyond_the_last():
    """gcc 12 made vectors of a condition on the channel, and read them whole."""
    spec = ConvSpec(dtype="s8:s8:s8", ic=4, oc=28, ih=9, iw=9, kh=1, kw=1, layout="nhwc", input_zero=3)
    one = plan(spec, "x86-64-v4", records=False).plan
    if not one.target.runs_here(spec.arithmetic):
        pytest.skip("needs AVX-512")
    assert verify(render(one).compile(), ["guard"]).ok


SUITE = {
    "resnext": ({"ic": 128, "oc": 128, "g": 32, "ih": 56, "iw": 56, "kh": 3, "kw": 3, "top": 1, "bottom": 1, "left": 1,
                 "right": 1}, "grouped"),
    "head": ({"ic": 32, "oc": 2, "ih": 128, "iw": 128, "kh": 1, "kw": 1}, "dot"),
    "fully connected": ({"ic": 2048, "oc": 1000, "ih": 1, "iw": 1, "kh": 1, "kw": 1}, "direct"),
    "ten classes": ({"ic": 512, "oc": 10, "ih": 1, "iw": 1, "kh": 1, "kw": 1}, "direct, dot"),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SUITE)
def test_the_planner_picks_them(name, target):
    fields, algorithms = SUITE[name]
    spec = ConvSpec(dtype="u8:s8:u8", layout="nhwc", input_zero=128, **fields)
    found = plan(spec, target, records=False).plan
    assert found.algorithm in algorithms
    if name == "fully connected":
        assert (found.mr, found.choices.source) == (1, "input" if "vnni" in target else "copy"), "weights pass once"


@pytest.mark.parametrize(("algorithm", "target"), [("grouped", "scalar"), ("dot", "scalar"), ("grouped", "opencl")])
def test_rows_without_their_shuffles_have_no_plans(algorithm, target):
    spec = ConvSpec(**LAYERS[{"grouped": "4 and 4", "dot": "64 to 2"}[algorithm]][1])
    for machine in find(target).summing(spec.arithmetic):
        assert not list(ALGORITHMS[algorithm].plans(spec, machine))


@pytest.mark.parametrize(("ic", "zero", "some"), [(7000, 0, True), (7000, 128, True), (8192, 128, False)])
def test_sums_to_which_the_bias_is_added_last_stay_in_32_bits(ic, zero, some):
    """Of inputs as they lie, which may be twice as large as those less their zero point."""
    spec = ConvSpec(ic=ic, oc=3, ih=4, kh=3, layout="nhwc", dtype="u8:s8:s32", input_zero=zero, bias=False)
    row = find("x86-64-v3").summing(spec.arithmetic)[0]
    assert any(ALGORITHMS["direct"].plans(spec, row))
    assert any(ALGORITHMS["dot"].plans(spec, row)) == some
