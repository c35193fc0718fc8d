"""Every layer of the speed suite and of ResNet-50, both layouts: exact, within bound, guarded."""

from __future__ import annotations

from pathlib import Path

import pytest

from convgen.algorithms import ALGORITHMS
from convgen.api import generate, render
from convgen.layer.formats import load_layers
from convgen.layer.spec import ConvSpec
from convgen.machine.host import host
from convgen.verification.report import verify

pytestmark = pytest.mark.optimised

HERE = Path(__file__).resolve().parent
MODES = ("exact", "bound", "guard")
QUICK = 40e6  # multiply-adds of the layers that always run

LAYERS = {
    f"{layer.name}-{layout}": layer.spec.replace(layout=layout)
    for file in ("suite.toml", "resnet50.toml")
    for layer in load_layers(str(HERE / file))
    for layout in ("nchw", "nhwc")
}


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize("name", [name for name, spec in LAYERS.items() if spec.macs < QUICK])
def test_small_layers(name: str) -> None:
    report = verify(generate(LAYERS[name]).compile(), MODES)
    assert report.ok, report


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("algorithm", ["direct", "dot", "depthwise", "grouped", "reference"])
def test_an_output_may_read_nothing_but_padding(algorithm: str, layout: str) -> None:
    """Every extent of the width is 1, and the only column read is left of the input."""
    groups = {"depthwise": 1, "grouped": 2}.get(algorithm, 0)
    spec = ConvSpec(ic=16, oc=2 if algorithm == "dot" else 16, g=16 // groups if groups else 1, ih=5, iw=1, kh=2,
                    kw=1, sh=3, sw=3, top=3, left=1, right=1, layout=layout, activation="hard-swish")
    plans = list(ALGORITHMS[algorithm].plans(spec, host()))
    assert plans or (algorithm in ("grouped", "dot") and layout == "nchw")
    for plan in plans[::40]:
        report = verify(render(plan).compile(opt="O1"), MODES)
        assert report.ok, report


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
def test_depthwise_kernels_too_long_to_be_written_out(layout: str) -> None:
    """31 × 31: the loop over kernel rows is left to run time."""
    spec = ConvSpec(ic=20, oc=20, g=20, ih=9, iw=21, kh=31, kw=31, padding="half", layout=layout)
    plan = next(plan for plan in ALGORITHMS["depthwise"].plans(spec, host()) if plan.nr == 2)
    report = verify(render(plan).compile(opt="O1"), MODES)
    assert report.ok, report


@pytest.mark.parametrize("width", [2, 3, 15, 31, 34, 49])
def test_rows_are_dealt_to_phases_whatever_is_left_of_a_vector(width: int) -> None:
    spec = ConvSpec(ic=3, oc=5, ih=5, iw=width, kh=3, kw=3, sh=2, sw=2, padding="half", layout="nchw")
    plan = next(plan for plan in ALGORITHMS["direct"].plans(spec, host()) if plan.lanes == "ow")
    report = verify(render(plan).compile(opt="O1"), MODES)
    assert report.ok, report


@pytest.mark.sweep
@pytest.mark.parametrize("opt", ["O3", "O0"])
@pytest.mark.parametrize("name", LAYERS)
def test_all_layers(name: str, opt: str) -> None:
    report = verify(generate(LAYERS[name]).compile(opt=opt), MODES, timeout=600)
    assert report.ok, report
