"""Every layer of the speed suite and of ResNet-50, both layouts: exact, within bound, guarded."""

from __future__ import annotations

from pathlib import Path

import pytest

from convgen.formats import load_layers
from convgen.render import generate
from convgen.verifier import verify

HERE = Path(__file__).resolve().parent
MODES = ("exact", "bound", "guard")
QUICK = 40e6  # multiply-adds of the layers that always run

LAYERS = {
    f"{layer.name}-{layout}": layer.spec.replace(layout=layout)
    for file in ("suite.toml", "resnet50.toml")
    for layer in load_layers(str(HERE / file))
    for layout in ("nchw", "nhwc")
}


@pytest.mark.parametrize("name", [name for name, spec in LAYERS.items() if spec.macs < QUICK])
def test_small_layers(name: str) -> None:
    report = verify(generate(LAYERS[name]).compile(), MODES)
    assert report.ok, report


@pytest.mark.sweep
@pytest.mark.parametrize("opt", ["O3", "O0"])
@pytest.mark.parametrize("name", LAYERS)
def test_all_layers(name: str, opt: str) -> None:
    report = verify(generate(LAYERS[name]).compile(opt=opt), MODES, timeout=600)
    assert report.ok, report
