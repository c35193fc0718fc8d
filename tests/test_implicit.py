"""Kernels for GPUs: tiles that a work-group shares, and tiles of single items. Any device can run them."""

from __future__ import annotations

import msgspec
import pytest
import tools

from convgen import ConvSpec, verify
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.machine.target import NAMED
from convgen.planner.rank import best

needs_device = tools.needs_device
GPU = NAMED["opencl-gpu"]
IMPLICIT = ALGORITHMS["implicit"]

# how a chunk of the input is loaded, and where the tile ends, differ
LAYERS = {
    "vectors of channels": {"ic": 32, "oc": 37, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "padding": "half",
                            "layout": "nhwc", "residual": True},
    "odd channels": {"ic": 35, "oc": 40, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
                     "n": 2, "activation": "relu6"},
    "several taps in a chunk": {"ic": 3, "oc": 16, "ih": 16, "iw": 15, "kh": 5, "kw": 5, "padding": "half",
                                "layout": "nhwc", "flip": True},
    "channels first, images of odd size": {"ic": 32, "oc": 37, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "padding": "half",
                                           "n": 3, "residual": True, "activation": "silu"},
    "channels first, strided": {"ic": 5, "oc": 36, "ih": 8, "iw": 16, "kh": 3, "kw": 3, "sh": 2, "sw": 2,
                                "padding": "half"},
    "groups of planes": {"ic": 16, "oc": 24, "g": 2, "id": 3, "ih": 5, "iw": 6, "kd": 2, "kh": 3, "kw": 3, "dh": 2,
                         "padding": "half", "layout": "ndhwc", "n": 2},
    "pointwise": {"ic": 64, "oc": 64, "ih": 8, "iw": 8, "kw": 1, "weights_layout": "ohwi", "bias": False},
    "one pixel": {"ic": 20, "oc": 7, "iw": 1, "kw": 1, "layout": "nwc"},
}


def plans(name, number):
    """Some of a layer's plans, different tiles and chunks."""
    found = list(IMPLICIT.plans(ConvSpec(**LAYERS[name]), GPU))
    assert found, name
    return found[:: max(1, len(found) // number)][:number]


@pytest.mark.sampled(every=2)
@needs_device
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    for plan in plans(name, 3):
        report = verify(render(plan).compile(), ["exact", "bound", "properties"])
        assert report.ok, report


@needs_device
@pytest.mark.sweep
@pytest.mark.parametrize("name", LAYERS)
def test_all_tiles(name):
    for plan in plans(name, 12):
        report = verify(render(plan).compile(), ["exact"])
        assert report.ok, report


SINGLE = {
    "depthwise": {"ic": 21, "oc": 21, "g": 21, "ih": 9, "iw": 9, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc"},
    "depthwise, channels first": {"ic": 6, "oc": 6, "g": 6, "ih": 9, "iw": 13, "kh": 5, "kw": 5, "padding": "half",
                                  "residual": True},
    "groups of two": {"ic": 16, "oc": 16, "g": 8, "ih": 7, "iw": 7, "kh": 3, "kw": 3, "padding": "half",
                      "layout": "nhwc"},
    "two outputs": {"ic": 40, "oc": 2, "iw": 50, "kw": 1, "layout": "nwc", "activation": "sigmoid"},
}


@needs_device
@pytest.mark.parametrize("name", SINGLE)
def test_tiles_of_single_items(name):
    """Every loop around a tile is a task: a GPU needs many."""
    spec = ConvSpec(**SINGLE[name])
    names = ("depthwise", "grouped", "dot", "direct")
    found = [plan for algorithm in names for plan in ALGORITHMS[algorithm].plans(spec, GPU)]
    assert {plan.algorithm for plan in found} >= {name.split(",")[0]} & set(names)
    for plan in found[:: max(1, len(found) // 4)]:
        assert all(loop.bind == "task" for loop in plan.loops if loop.dim in ("n", "g", "oc", "od", "oh", "ow"))
        report = verify(render(plan).compile(), ["exact", "bound"])
        assert report.ok, report


def test_a_dense_layer_is_shared_and_a_depthwise_one_is_not():
    dense = {"ic": 64, "oc": 64, "ih": 28, "iw": 28, "kh": 3, "kw": 3, "padding": "half", "n": 8}
    for layout in ("nchw", "nhwc"):
        assert best(ConvSpec(**dense, layout=layout), GPU, max_error=0).algorithm == "implicit"
        assert best(ConvSpec(**dense, g=64, layout=layout), GPU).algorithm in ("depthwise", "direct")


@pytest.mark.parametrize(("change", "reason"), [
    ({"mr": 4}, "loops[5] must be local oc by 4"),
    ({"loops": ()}, "loops[0] must be group g by 1"),
    ({"target": NAMED["x86-64-v3"]}, "needs a GPU"),
    ({"target": NAMED["opencl-cpu"]}, "needs a GPU"),
    ({"target": msgspec.structs.replace(GPU, device=msgspec.structs.replace(GPU.device, group=16))}, "work-group"),
    ({"target": msgspec.structs.replace(GPU, device=msgspec.structs.replace(GPU.device, local_bytes=100))}, "local"),
])
def test_illegal_plans_say_why(change, reason):
    plan = next(plan for plan in IMPLICIT.plans(ConvSpec(**LAYERS["pointwise"]), GPU) if plan.mr == 8)
    assert IMPLICIT.check(plan) is None
    assert reason in IMPLICIT.check(msgspec.structs.replace(plan, **change))
