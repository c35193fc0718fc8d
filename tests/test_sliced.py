"""Depthwise layers whose channels crowd few sets of a cache: tasks that copy theirs."""

import msgspec
import pytest

from convgen import ConvSpec, verify
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.machine.target import NAMED
from convgen.planner import rank

V3 = NAMED["x86-64-v3"]
# With 32 lines of L1, those of a 7×7 window of 24 channels crowd each other as those of 512 do in one of 32 KiB.
SMALL = msgspec.structs.replace(V3, caches=(msgspec.structs.replace(V3.caches[0], size=2048, ways=1), *V3.caches[1:]))
LAYER = ConvSpec(g=24, ic=24, ih=9, iw=8, oc=24, kh=7, kw=7, padding="half", layout="nhwc", n=2)
CROWDED = ConvSpec(g=512, ic=512, ih=9, iw=8, oc=512, kh=7, kw=7, padding="half", layout="nhwc", n=2)
# what else a layer may have
LAYERS = {
    "f32": {},
    "residual": {"residual": True, "activation": "hard-swish"},
    "slopes, strides": {"activation": "prelu", "sh": 2, "sw": 2},
    "no padding": {"padding": None, "n": 1},
    "halfs": {"dtype": "f16"},
    "bf16, parts of tensors": {"dtype": "bf16", "in_stride": 40, "out_stride": 27},
    "planes": {"id": 3, "kd": 3, "ih": 7, "iw": 7, "layout": "ndhwc"},
}


@pytest.mark.skipif(not V3.runs_here(), reason="needs AVX2")
@pytest.mark.parametrize("name", LAYERS)
def test_slices_are_exact(name):
    """Whatever else a layer has."""
    spec = LAYER.replace(**LAYERS[name])
    plans = [plan for plan in ALGORITHMS["depthwise"].plans(spec, SMALL) if plan.choices.source == "slice"]
    report = verify(render(plans[len(plans) // 2]).compile(opt="O0"), ("exact", "bound", "guard", "algebra"))
    assert report.ok, report


def test_slices_are_for_windows_that_crowd_few_sets():
    def reads(**changes):
        return rank.best(CROWDED.replace(**changes), V3).choices.source

    assert reads() == reads(ih=14, iw=14) == "slice"
    assert reads(g=480, ic=480, oc=480) == reads(kh=5, kw=5) == reads(ih=128, iw=128) == "edges"


def test_without_a_second_cache_there_are_none():
    small = msgspec.structs.replace(V3, caches=V3.caches[:1])
    assert {plan.choices.source for plan in ALGORITHMS["depthwise"].plans(CROWDED, small)} == {"edges"}
