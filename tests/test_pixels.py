"""Vectors of channels, channels first: outputs and residuals that are transposed in registers, groups that share a
vector, on a copy; and biases that are added to finished sums."""

import msgspec
import pytest
import tools
from plans import of_source

from convgen import ConvSpec
from convgen.api import render
from convgen.machine import host
from convgen.machine.find import find
from convgen.plan.plan import Plan
from convgen.planner.rank import rank
from convgen.run.build import built
from convgen.verification.report import verify_at

pytestmark = tools.needs(tools.c, "gcc")
WIDE = {"x86-64-v3": 8, "x86-64-v4": 16}
SQUARE = "transpose_out"


def verified(plan: Plan, *modes: str) -> None:
    kernel = render(plan)
    report = verify_at(kernel, built(kernel, opt="O1"), modes or ("exact", "guard", "algebra"))
    assert report.ok, (plan.label, str(report))


def tiles(spec: ConvSpec, name: str) -> list[Plan]:
    """A plan of each tile with channels in lanes that reads the input where it is."""
    found = of_source(spec, name, "edges" if spec.padded else "input", lambda plan: (plan.mr, plan.nr, plan.lanes))
    return [plan for plan in found if plan.lanes == "oc"]


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("name", WIDE)
def test_tiles_store_squares(name, residual):
    """Rows of outputs that are no whole tiles, channels that are no whole vectors, two groups and two images."""
    if not find(name).runs_here():
        pytest.skip(f"needs {name}")
    spec = ConvSpec(layout="nchw", n=2, g=2, ic=6, ih=9, iw=15, oc=2 * WIDE[name] + 6, kh=3, kw=3, padding=1,
                    residual=residual, activation="relu")
    made = 0
    for plan in tiles(spec, name):
        text = render(plan).source
        squares = plan.mr > 1 if name == "x86-64-v4" else plan.mr % 8 == 0
        assert (SQUARE in text) == squares, plan.label
        assert ("transpose_in" in text) == (squares and residual), plan.label
        if squares:
            verified(plan)
            made += 1
    assert made


@pytest.mark.parametrize(("dtype", "groups"), [
    ("f32", {"g": 8, "ic": 32, "oc": 32}), ("u8:s8:u8", {"g": 8, "ic": 32, "oc": 32}),
    ("s8:s8:f32", {"g": 6, "ic": 48, "oc": 24}), ("u8:s8:u8", {"g": 6, "ic": 12, "oc": 24})])
@pytest.mark.parametrize("name", WIDE)
def test_groups_share_vectors_of_a_copy(name, groups, dtype):
    if not find(name).runs_here():
        pytest.skip(f"needs {name}")
    spec = ConvSpec(layout="nchw", ih=10, iw=17, kh=3, kw=3, sh=2, sw=2, padding=1, dtype=dtype, **groups)
    plan = next(one.plan for one in rank(spec, name, "grouped"))
    assert plan.choices.source == "copy"
    verified(plan, "exact", "guard")


@pytest.mark.parametrize("layer", [
    {"ic": 18, "oc": 70, "ih": 5, "iw": 7, "kh": 1, "kw": 1}, {"ic": 5, "oc": 20, "g": 5, "ih": 8, "iw": 9, "kh": 3,
                                                               "kw": 3, "padding": 1},
    {"ic": 24, "oc": 24, "g": 24, "ih": 8, "iw": 9, "kh": 3, "kw": 3, "padding": 1},
    {"ic": 1024, "oc": 24, "ih": 5, "iw": 7, "kh": 1, "kw": 1}, {"op": "transposed", "ic": 12, "oc": 20, "ih": 4,
                                                                "iw": 5, "kh": 4, "kw": 4, "sh": 2, "sw": 2}])
@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
def test_biases_are_added_in_the_end(layer, layout):
    """Where additions have units of their own; the claim of roundings counts them, as algebra finds."""
    target = find("x86-64-v3")
    if not target.runs_here():
        pytest.skip("needs AVX2")
    spec = ConvSpec(layout=layout, residual=True, activation="silu", **layer)
    before = rank(spec, target, max_error=0)[0].plan
    plan = rank(spec, msgspec.structs.replace(target, name="host", adds=True), max_error=0)[0].plan
    kernel = render(plan)
    late = plan.lanes == "oc" and plan.algorithm in ("direct", "depthwise", "grouped")
    assert kernel.bound.roundings - render(before).bound.roundings == late or before.lanes != plan.lanes
    verified(plan, "exact", "bound", "algebra")


def test_a_host_knows_whether_additions_have_units_of_their_own(monkeypatch):
    for vendor, adds in (("AuthenticAMD", True), ("GenuineIntel", msgspec.UNSET)):
        monkeypatch.setattr(host, "_told", {"vendor_id": vendor}.get)
        assert host.detected.__wrapped__().adds is adds
