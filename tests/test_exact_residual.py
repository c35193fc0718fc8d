"""Residuals of layers that sum integers: fields, the rule, and that no compiler fuses a product with its sum."""

import numpy as np
import pytest
import tools
from exact_layers import check, layer

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.errors import InputError
from convgen.machine.target import NAMED
from convgen.verification import exactness, oracle

FUSED = ("-ffp-contract=fast", "-mfma")
NAMES = ("table", "table, channels first", "residual", "residual, channels first", "residual, f32")
SMALL = {"ic": 4, "oc": 4, "ih": 4, "kh": 1, "dtype": "u8:s8:u8"}
ADDED = {**SMALL, "residual": True, "residual_scale": 0.5}


TABLED = {**SMALL, "activation": "sigmoid", "output_scale": 1 / 256, "sum_scale": 0.1}


def plan(spec, target, algorithm="direct"):
    return next(iter(ALGORITHMS[algorithm].plans(spec, NAMED[target].summing(spec.arithmetic)[0])))


@pytest.mark.parametrize(("fields", "says"), [
    ({**ADDED, "residual_zero": 256}, "residual_zero must be in the range of u8, 0 to 255 (residual_zero=256)"),
    ({**ADDED, "residual_zero": 1.5}, "residual_zero must be an integer (residual_zero=1.5)"),
    ({**ADDED, "residual_scale": -1.0}, "residual_scale must be a positive normal f32 up to 6.646e+35"
                                        " (residual_scale=-1.0)"),
    ({**ADDED, "residual_scale": 1e-40}, "residual_scale must be a positive normal f32 up to 6.646e+35"
                                         " (residual_scale=1e-40)"),
    ({**ADDED, "residual_scale": 0}, "residual_scale must be given with a residual of quantised outputs"
                                     " (residual_scale=0)"),
    ({**SMALL, "residual_scale": 0.5}, "residual_scale must not be given without a residual of quantised outputs"
                                       " (residual_scale=0.5)"),
    ({**SMALL, "residual_zero": 3}, "residual_zero must be 0 where there are no such integers (residual_zero=3)"),
    ({**ADDED, "dtype": "u8:s8:f32"}, "residual_scale must not be given without a residual of quantised outputs"
                                      " (residual_scale=0.5)"),
    ({**TABLED, "sum_scale": 0}, "sum_scale must be given with this activation of these outputs (sum_scale=0,"
                                 " activation=sigmoid)"),
    ({**SMALL, "activation": "prelu"}, "activation must take no slopes where sums are integers (activation=prelu)"),
    ({**TABLED, "activation": "relu"}, "sum_scale must not be given with this activation of these outputs"
                                       " (sum_scale=0.1, activation=relu)"),
    ({**TABLED, "sum_zero": -1}, "sum_zero must be in the range of u8, 0 to 255 (sum_zero=-1)"),
    ({**TABLED, "activation": "relu", "sum_scale": 0, "sum_zero": 1}, "sum_zero must be 0 where there are no such"
                                                                      " integers (sum_zero=1)"),
    ({**TABLED, "output_scale": 0}, "output_scale must be given with an activation that is not relu (output_scale=0,"
                                    " activation=sigmoid)"),
], ids=str)
def test_fields(fields, says):
    with pytest.raises(InputError) as error:
        ConvSpec(**fields)
    assert str(error.value) == says


def test_the_rule():
    """Products are rounded to f32, then their sum; ties go to the even one; then the zero point is added."""
    spec = ConvSpec(**{**SMALL, "ic": 1, "oc": 5, "ih": 1, "layout": "nhwc"}, bias=False, residual=True,
                    residual_scale=0.25, residual_zero=10, output_zero=100)
    arrays = {"input": np.full(spec.input_shape, 1, np.uint8), "weights": np.array([[[[1, 2, 3, 4, 127]]]], np.int8),
              "scale": np.full(5, 0.25, np.float32),
              "residual": np.array([11, 18, 3, 10, 255], np.uint8).reshape(spec.output_shape)}
    # 0.25 + 0.25, 0.5 + 2, 0.75 - 1.75, 1 + 0, 31.75 + 61.25
    assert oracle.convolve(spec, **arrays).y.ravel().tolist() == [100, 102, 99, 101, 193]


@pytest.mark.sampled
@tools.needs(tools.c, "gcc")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("target", "algorithm"), [
    ("scalar", "direct"), ("x86-64-v3", "direct"), ("x86-64-v3", "modular"), ("x86-64-v4", "direct")])
def test_kernels_give_the_rules_bits(name, target, algorithm):
    if not NAMED[target].runs_here():
        pytest.skip(f"{target} does not run here")
    spec = layer(name)
    if algorithm == "modular":
        spec = spec.replace(ic=16)
    check(render(plan(spec, target, algorithm)).compile(opt="O1"))


@tools.needs(tools.c, "gcc")
def test_the_output_may_be_the_residual():
    spec = layer("residual")
    conv = render(plan(spec, "scalar")).compile(opt="O1")
    arrays = exactness.drawn(spec, np.random.default_rng(3))
    conv.pack(arrays["weights"], arrays["bias"], arrays["scale"])
    assert conv.kernel.over_residual
    there = arrays["residual"].copy()
    conv(arrays["input"], there, out=there)
    np.testing.assert_array_equal(there, exactness.right(spec, arrays))


def test_a_table_is_the_activation_between_two_quantisations():
    spec = ConvSpec(**TABLED, sum_zero=128)
    sums = np.arange(256)
    want = np.clip(np.rint(1 / (1 + np.exp(-(sums - 128) * float(np.float32(0.1)))) * 256), 0, 255)
    assert spec.table == want.tolist()


def cancelling(spec):
    """Sums of two large products, of which a fused multiply-add would not round one."""
    arrays = exactness.drawn(spec, np.random.default_rng(5))
    arrays["scale"] = np.full(spec.oc, 1.7, np.float32)
    v = oracle.convolve(spec, **arrays).v * np.float32(1.7)
    if spec.arithmetic.quantised:
        given, of = spec.quantisation, spec.arithmetic.output
        places = np.rint(-v / given.residual_scale) + given.residual_zero
        arrays["residual"] = np.clip(places, of.smallest, of.largest).astype(of.dtype)
    else:
        arrays["residual"] = (-v).astype(np.float32)
    return arrays


@pytest.mark.sampled
@pytest.mark.optimised
@pytest.mark.parametrize("cc", tools.CC)
@pytest.mark.parametrize(("target", "algorithm"), [
    ("scalar", "direct"), ("x86-64-v3", "direct"), ("x86-64-v3", "depthwise")])
@pytest.mark.parametrize("dtype", ["u8:s8:u8", "u8:s8:f32", "s16:s8:s16", "s16:s8:f32"])
def test_no_compiler_fuses_a_product_and_its_sum(cc, target, algorithm, dtype):
    if not NAMED["x86-64-v3"].runs_here():
        pytest.skip("x86-64-v3 does not run here")
    if algorithm == "depthwise" and dtype.startswith("s16"):
        pytest.skip("sums of 64 bits are for plain C there")
    more = {"residual_scale": 1000.1, "residual_zero": 128, "output_zero": 128} if not dtype.endswith("f32") else {}
    of = {"g": 32, "ic": 32} if algorithm == "depthwise" else {"ic": 16}
    spec = ConvSpec(**of, oc=32, ih=20, kh=3, layout="nhwc", input_zero=128, dtype=dtype, residual=True, **more)
    conv = render(plan(spec, target, algorithm)).compile(cc=" ".join([cc, *FUSED]), opt="O2")
    arrays = cancelling(spec)
    conv.pack(arrays["weights"], arrays["bias"], arrays["scale"])
    np.testing.assert_array_equal(conv(arrays["input"], arrays["residual"]), exactness.right(spec, arrays))


def test_a_kernel_says_what_it_adds():
    spec = layer("residual")
    source = " ".join(render(plan(spec, "scalar"), name="k").source.replace("*", "").split())
    assert "y = rint(v scale + (r - 127) 0.7), both products and their sum in f32, ties to even" in source
    assert "--residual-zero 127 --residual-scale 0.7 --residual" in source
