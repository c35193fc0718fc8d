"""Rows that each task copies to its scratch: strides, padding, dilation, groups, tails of tiles, a last band that is
short, of floats and of integers."""

import pytest
import tools
from plans import of_source
from test_algebra import subject

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.machine.find import find
from convgen.planner.rank import rank
from convgen.run.build import built
from convgen.verification.algebra.proof import prove
from convgen.verification.report import verify_at

pytestmark = tools.needs(tools.c, "gcc")
LAYERS = {
    "step": {"ic": 5, "ih": 13, "iw": 37, "oc": 7, "kh": 3, "kw": 3, "sh": 2, "sw": 2, "padding": 1},
    "groups": {"n": 2, "g": 3, "ic": 9, "ih": 11, "iw": 18, "oc": 12, "kh": 3, "kw": 3, "padding": 1, "residual": True,
               "activation": "relu"},
    "thin": {"n": 2, "g": 3, "ic": 15, "ih": 11, "iw": 18, "oc": 12, "kh": 3, "kw": 3, "padding": 1, "input_zero": 7},
    "pixel": {"ic": 33, "ih": 10, "iw": 35, "oc": 5, "kh": 1, "kw": 1, "sh": 2, "sw": 2},
    "far": {"ic": 3, "ih": 17, "iw": 20, "oc": 8, "kh": 3, "kw": 3, "dh": 3, "dw": 2, "top": 3, "bottom": 1, "left": 2,
            "right": 4},
    "four": {"ic": 3, "ih": 27, "iw": 141, "oc": 6, "kh": 7, "kw": 7, "sh": 4, "sw": 4, "padding": 3},
    "eight": {"ic": 2, "ih": 24, "iw": 139, "oc": 5, "kh": 8, "kw": 8, "sh": 8, "sw": 8},
    "wide": {"ic": 3, "ih": 23, "iw": 33, "oc": 9, "kh": 5, "kw": 5, "sh": 3, "sw": 3},
}
RUN = [*(("x86-64-v3", "f32", layer) for layer in LAYERS if layer != "thin"), ("x86-64-v3", "u8:s8:u8", "thin"),
       ("x86-64-v4", "u8:s8:u8", "step"), ("x86-64-v4", "f32", "step"), ("x86-64-v4", "f32", "groups"),
       ("x86-64-v3", "f16", "step"), ("x86-64-v4", "f32", "four"), ("x86-64-v4", "f32", "eight")]


@pytest.mark.parametrize(("name", "dtype", "layer"), RUN)
def test_every_height(name, dtype, layer):
    if not find(name).runs_here():
        pytest.skip(f"needs {name}")
    spec = ConvSpec(layout="nchw", dtype=dtype, **LAYERS[layer])
    heights = of_source(spec, name, "band", lambda plan: tuple(loop.step for loop in plan.loops if loop.dim == "oh"))
    assert len(heights) > 1
    for plan in heights:
        kernel = render(plan)
        report = verify_at(kernel, built(kernel, opt="O1"), ("exact", "guard"))
        assert report.ok, (plan.loops, str(report))


@pytest.mark.parametrize("pads", [{"front": 1}, {"back": 1}, {"front": 1, "sd": 2}])
def test_planes_of_padding_have_no_rows_to_copy(pads):
    """A layer of one plane whose outputs have several, or one that lies on padding."""
    spec = ConvSpec(layout="ncdhw", ic=4, id=1, ih=6, iw=30, oc=5, kd=1, kh=3, kw=3, sw=3, **pads)
    assert of_source(spec.replace(front=0, back=0), "x86-64-v3", "band", lambda plan: 0)
    assert not of_source(spec, "x86-64-v3", "band", lambda plan: 0)


def test_a_large_input_is_not_copied_whole():
    """3x3 of stride 2 on 256 x 256 pixels: a copy of all is larger than the input."""
    spec = ConvSpec(layout="nchw", ic=32, ih=256, iw=256, oc=64, kh=3, kw=3, sh=2, sw=2, padding=1)
    plan = rank(spec, "x86-64-v4")[0].plan
    assert plan.choices.source == "band"
    assert render(plan).scratch_bytes * 20 < 4 * spec.ic * spec.ih * spec.iw


@pytest.mark.skipif(not find("x86-64-v3").runs_here(), reason="needs AVX2")
def test_workers_copy_for_themselves():
    tools.require(tools.openmp("gcc"))
    spec = ConvSpec(layout="nchw", ic=16, ih=64, iw=64, oc=16, kh=3, kw=3, sh=2, sw=2, padding=1)
    kernel = render(of_source(spec, "x86-64-v3", "band", lambda plan: 0)[0])
    report = verify_at(kernel, built(kernel), ("properties",))
    assert report.ok, str(report)


@pytest.mark.parametrize(("of", "planar"), [
    ({}, True), ({"front": 1}, False), ({"back": 1}, False), ({"front": 1, "sd": 2}, False), ({"id": 2}, False),
    ({"id": 2, "kd": 2}, False)])
def test_planar_layers_are_one_plane_everywhere(of, planar):
    one = {"layout": "ncdhw", "ic": 1, "oc": 1, "id": 1, "ih": 4, "iw": 4, "kh": 3, "kw": 3}
    assert ConvSpec(**one | of).planar == planar


@pytest.mark.parametrize("sh", [1, 2])
def test_planes_of_padding_are_no_sheets(sh):
    """Nor rows beside each other, in products of matrices."""
    spec = ConvSpec(ic=8, oc=16, id=1, ih=7, iw=20, kd=1, kh=3, kw=3, padding=1, sh=sh, sw=sh, layout="ncdhw",
                    dtype="u8:s8:u8")
    machine = find("x86-64-v4-amx").summing(spec.arithmetic)
    for plan in [plan for row in machine for plan in ALGORITHMS["matrix"].plans(spec, row)][::4]:
        assert not prove(subject(render(plan))).finding
