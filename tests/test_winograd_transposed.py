"""Winograd kernels of transposed layers with strides: all phases as the channels of one forward layer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tools
from test_algebra import cxx, subject
from test_winograd import HERE, nested

from convgen import ConvSpec, verify
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.winograd.numbers import numbers
from convgen.api import render
from convgen.errors import UnsupportedError
from convgen.machine.find import find
from convgen.planner.rank import best, rank
from convgen.verification import compare, filtering, golden, oracle
from convgen.verification.algebra.proof import prove
from convgen.verification.report import MODES

WINOGRAD = ALGORITHMS["winograd"]
ODD = {"ic": 35, "oc": 37, "ih": 7, "iw": 9, "op": "transposed"}  # tails in channels, partial tiles both ways
TWICE = {**ODD, "kh": 4, "kw": 4, "sh": 2, "sw": 2, "padding": "same"}

# name -> (layer, outputs of a tile along an axis)
LAYERS = {
    "4x4-first": ({**TWICE, "residual": True, "activation": "relu"}, 2),
    "4x4": ({**TWICE, "layout": "nhwc", "residual": True, "activation": "relu"}, 4),
    # phases have 2 x 2, 2 x 1, 1 x 2 taps and one
    "3x3": ({**TWICE, "kh": 3, "kw": 3, "top": 1, "left": 0, "bottom": 0, "right": 1, "padding": None,
             "layout": "nhwc"}, 4),
    "3x3-first": ({**TWICE, "kh": 3, "kw": 3, "n": 2, "activation": "silu"}, 4),
    "5x5": ({**TWICE, "kh": 5, "kw": 5, "layout": "nhwc", "weights_layout": "hwoi", "flip": True}, 4),
    "6x3s3x2": ({**TWICE, "kh": 6, "kw": 3, "sh": 3, "sw": 2, "flip": True, "weights_layout": "oihw"}, 2),
    # one axis alone has phases, or taps that meet
    "4x3s2x1": ({**TWICE, "kw": 3, "sw": 1, "layout": "nhwc", "activation": "prelu"}, 2),
    "3x4s1x2": ({**TWICE, "kh": 3, "sh": 1, "activation": "prelu"}, 2),
    "2x5s2x3": ({**TWICE, "kh": 2, "kw": 5, "sw": 3, "layout": "nhwc", "bias": False}, 6),
    "1x4s2x2": ({**TWICE, "kh": 1, "bottom": -1, "padding": None}, 4),
    "1d": ({"op": "transposed", "ic": 35, "oc": 37, "iw": 20, "kw": 16, "sw": 8, "left": 4, "right": 4,
            "layout": "nwc"}, 6),
    "1d-first": ({"op": "transposed", "ic": 35, "oc": 37, "iw": 20, "kw": 5, "sw": 3, "residual": True}, 4),
    "groups": ({**TWICE, "ic": 64, "oc": 70, "g": 2, "layout": "nhwc"}, 4),
    "planes": ({**TWICE, "id": 2, "kd": 1, "n": 2, "layout": "ndhwc"}, 2),
    "one-tile": ({**TWICE, "ih": 2, "iw": 1, "layout": "nhwc"}, 4),
    # outputs that no input reaches; pads that leave out most of what the kernel adds
    "beyond": ({**TWICE, "kh": 3, "kw": 3, "top": 0, "left": 2, "bottom": -1, "right": 2, "padding": None}, 4),
    "slice": ({**TWICE, "out_stride": 45, "residual": True, "layout": "nhwc"}, 4),
    "gradient": ({"op": "backward-data", "ic": 37, "oc": 35, "ih": 14, "iw": 17, "kh": 3, "kw": 3, "sh": 2, "sw": 2,
                  "padding": "half", "layout": "nhwc", "bias": False}, 4),
}


def some_plans(name):
    """One by blocks, one whose last tiles are smaller, one in three phases."""
    fields, m = LAYERS[name]
    plans = [plan for plan in WINOGRAD.plans(ConvSpec(**fields), HERE) if plan.choices.m == m]
    assert plans, name
    ends = [plan for plan in plans if nested_of(plan)]
    return list(dict.fromkeys([plans[len(plans) // 3], *ends[:1], next(one for one in plans if not one.choices.fused)]))


def nested_of(plan):
    return nested(WINOGRAD.form(plan)[1])


@pytest.mark.sampled(every=3)
@pytest.mark.skipif(not HERE.runs_here(), reason="needs the instruction set")
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    for plan in some_plans(name):
        report = verify(render(plan).compile(opt="O1"), list(MODES))
        assert report.ok, report
        figures = {check.mode: check.figure for check in report.checks}
        assert 0.001 < figures["bound"] <= 1, "a bound that means something"


PROVEN = [  # target, layer, outputs of a tile along an axis
    ("scalar", "3x3", 2), ("x86-64-v3", "4x4", 4), ("x86-64-v3", "1d-first", 4), ("x86-64-v4", "3x3-first", 2),
    ("aarch64", "beyond", 4), ("wasm32", "gradient", 2), ("opencl-cpu", "5x5", 2)]


@tools.needs(cxx)
@pytest.mark.sampled(every=3)
@pytest.mark.parametrize(("target", "name", "m"), PROVEN, ids=[f"{target}-{name}" for target, name, _ in PROVEN])
def test_kernels_are_proven(target, name, m):
    """All addresses, that sums are the layer's, and no more roundings than the bound counts."""
    spec = ConvSpec(**LAYERS[name][0]).replace(activation="none")
    for fused in (True, False):
        kernel = render(next(plan for plan in WINOGRAD.plans(spec, find(target))
                             if plan.choices.m == m and plan.choices.fused == fused))
        proof = prove(subject(kernel))
        assert not proof.finding
        assert proof.outputs == spec.array("output").count
        assert 0 <= kernel.bound.roundings - proof.roundings <= 3


def test_the_planner_chooses_it():
    """Where most taps of a phase are there, and errors are admitted."""
    spec = ConvSpec(**{**TWICE, "ic": 256, "oc": 128, "ih": 16, "iw": 16}, layout="nhwc")
    plan = best(spec, "x86-64-v3")
    assert plan.family == "winograd4"
    assert "in each of 4 phases" in WINOGRAD.explain(plan)
    assert best(spec, "x86-64-v3", max_error=0.0).algorithm == "direct"
    assert best(spec.replace(kh=2, kw=2, padding=0), "x86-64-v3").algorithm == "direct", "of one tap each"


@pytest.mark.parametrize(("changes", "target"), [
    ({"dw": 2}, "x86-64-v3"), ({"kh": 2, "kw": 2}, "x86-64-v3"), ({"oc": 4}, "x86-64-v3"),
    ({"dtype": "u8:s8:u8"}, "x86-64-v3"), ({"dtype": "s8:s8:s32"}, "x86-64-v3"), ({"top": 4}, "x86-64-v3"),
    ({"g": 35, "ic": 35, "oc": 35}, "x86-64-v3"), ({}, "opencl-gpu")], ids=str)
def test_where_there_is_none(changes, target):
    """Phases of one tap, dilation, few channels, integers, pads beyond the kernel, GPUs."""
    with pytest.raises(UnsupportedError, match="algorithm winograd has no plan for this layer on target"):
        rank(ConvSpec(**{**TWICE, "padding": None, **changes}), target, "winograd")


@pytest.mark.parametrize("name", ["4x4", "5x5", "3x3-first"])
def test_data_that_need_no_python(name):
    """Of a package's self-test: no step of a kernel rounds."""
    fields, m = LAYERS[name]
    spec = ConvSpec(**fields).replace(activation="none")
    plan = next(plan for plan in WINOGRAD.plans(spec, HERE) if plan.choices.m == m)
    made = golden.recipe(plan)
    arrays = golden.arrays(spec, made)
    weights = oracle.cross_weights(spec.computed, arrays["weights"])
    assert all(weights[..., kh, kw].any() for kh in range(spec.kh) for kw in range(spec.kw)), "every tap is tried"
    conv = render(plan).compile(opt="O1")
    compare.pack(conv, arrays)
    np.testing.assert_array_equal(compare.run(conv, arrays), oracle.convolve(spec.computed, **arrays).y)


def test_weights_of_phases_are_those_of_the_layer():
    """Each tap of the layer is one of the forward layer, by the definition of either."""
    spec = ConvSpec(**{**TWICE, "ic": 16, "oc": 16, "kh": 5, "kw": 3, "sw": 3, "padding": 1, "bias": False})
    plan = next(iter(WINOGRAD.plans(spec, HERE)))
    t = numbers(plan)
    rng = np.random.default_rng(2)
    x, w = (rng.integers(-4, 5, shape).astype(np.float32) for shape in (spec.input_shape, spec.weights_shape))
    plain = oracle.from_cross(t.spec, filtering.by_phase(t, oracle.cross_weights(spec, w)[:, :, 0])[:, :, None])
    y = oracle.convolve(t.spec, x, plain).v.reshape(t.rows.step, t.columns.step, spec.oc, t.spec.oh, t.spec.ow)
    want = oracle.convolve(spec, x, w).v[0]
    for (oh, ow) in itertools.product(range(spec.oh), range(spec.ow)):
        (row, ph), (column, pw) = divmod(oh + t.rows.cut, t.rows.step), divmod(ow + t.columns.cut, t.columns.step)
        np.testing.assert_array_equal(y[ph, pw, :, row, column], want[:, oh, ow])
