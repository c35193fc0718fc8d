"""generated/ holds kernels of the speed suite as anybody can make them, a folder for each target: reproduced byte
for byte.

`pytest tests/test_gallery.py --update-gallery` writes the folder anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from convgen.api import generate
from convgen.layer.formats import load_layers
from convgen.layer.spec import ConvSpec
from convgen.packaging import output
from convgen.plan.kernel import Kernel
from convgen.planner.describe import describe

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / "generated"

TFLITE: dict[str, object] = {"dtype": "s8:s8:s8", "input_zero": -128, "output_zero": -128, "rounding": "tflite"}

# what is in no suite: a filter of 500 taps, a large kernel, and layers of streams: of spotting keywords, of a WaveNet
OTHERS = {"signal.fir": ConvSpec(ic=1, oc=1, iw=1 << 16, kw=500, layout="ncw", bias=False),
          "large.dw31": ConvSpec(ic=96, oc=96, g=96, ih=56, iw=56, kh=31, kw=31, padding="half"),
          "keywords.conv": ConvSpec(ic=40, oc=64, kw=3, causal=True, stream=2, layout="nwc"),
          "wavenet.d64": ConvSpec(ic=16, oc=16, kw=3, dw=64, causal=True, stream=64, layout="nwc")}

# layer of suite.toml, of transposed.toml or above, layout, target, other changes to the layer
ENTRIES: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("resnet50.conv1", "nhwc", "x86-64-v3", {"activation": "relu"}),
    ("resnet50.2b3x3", "nhwc", "x86-64-v3", {}),
    ("resnet50.3b3x3", "nchw", "x86-64-v3", {}),
    ("resnet50.4c1x1", "nhwc", "x86-64-v3", {"residual": True, "activation": "relu"}),
    ("resnet50.5b3x3", "nhwc", "x86-64-v3", {}),
    ("mobilenet.pw7", "nchw", "x86-64-v3", {"activation": "relu6"}),
    ("unet.head", "nhwc", "x86-64-v3", {"activation": "sigmoid"}),
    ("mobilenet.dw3", "nhwc", "x86-64-v3", {"activation": "relu6"}),
    ("mobilenet.dw2", "nchw", "x86-64-v3", {}),
    ("resnext.g32", "nhwc", "x86-64-v3", {}),
    ("dcgan.5", "nchw", "x86-64-v3", {"activation": "tanh"}),
    ("resnet50.3b3x3", "nhwc", "x86-64-v4", {}),
    ("resnet50.2b3x3", "nhwc", "scalar", {}),
    ("mobilenet.conv0", "nchw", "scalar", {"activation": "hard-swish"}),
    ("resnet50.4c1x1", "nhwc", "opencl-cpu", {"dtype": "f16", "activation": "relu"}),
    ("resnet50.3b3x3", "nchw", "opencl-gpu", {"n": 8}),
    ("resnet50.3b3x3", "nhwc", "opencl-sm80", {"dtype": "f16", "n": 32}),
    ("resnet50.5a1x1", "nhwc", "x86-64-v3", {"dtype": "f32:s8:f32", "ih": 1, "iw": 1}),
    ("resnet50.2b3x3", "nhwc", "reference", {}),
    ("resnet50.2b3x3", "nhwc", "x86-64-v3", {"dtype": "u8:s8:u8", "activation": "relu"}),
    ("resnet50.4c1x1", "nhwc", "x86-64-v4-vnni", {"dtype": "u8:s8:u8", "output_zero": 128}),
    ("mobilenet.dw3", "nhwc", "x86-64-v4-vnni", {"dtype": "u8:s8:u8", "activation": "relu"}),
    ("resnet50.3b3x3", "nhwc", "x86-64-v4-amx", {"dtype": "u8:s8:u8", "activation": "relu"}),
    ("mobilenet.pw7", "nhwc", "aarch64-dotprod", {**TFLITE, "rounding": "tflite-single"}),
    ("mobilenet.dw7", "nhwc", "cortex-m4", TFLITE),
    ("signal.fir", "ncw", "x86-64-v3", {}),
    ("large.dw31", "nchw", "opencl-gpu", {}),
    ("resnet50.2b3x3", "nhwc", "x86-64-v3", {"op": "backward-weights", "n": 8}),
    ("resnet50.3b3x3", "nhwc", "opencl-gpu", {"op": "backward-weights", "n": 8}),
    ("keywords.conv", "nwc", "cortex-m4", {**TFLITE, "activation": "relu"}),
    ("wavenet.d64", "nwc", "x86-64-v3", {"residual": True}),
    ("mobilenet.conv0", "nhwc", "reference", {"dtype": "u8:s8:u8", "input_zero": 128}),
)


def kernels() -> list[tuple[str, str, Kernel]]:
    """Layer, target or `reference`, kernel."""
    layers = {layer.name: layer.spec for file in ("suite.toml", "transposed.toml")
              for layer in load_layers(str(HERE / file))} | OTHERS
    made = []
    for name, layout, target, changes in ENTRIES:
        spec = layers[name].replace(layout=layout, **changes)
        if target == "reference":
            made.append((name, target, generate(spec, target="scalar", algorithm="reference", records=False)))
        else:
            made.append((name, target, generate(spec, target=target, records=False)))
    return made


def texts() -> dict[str, str]:
    index = ["# Kernels as convgen emits them",
             "",
             "Every file here is made by the command in its head comment, and a test makes it again.",
             "",
             "| layer | what it does | target | plan | kernel |", "| --- | --- | --- | --- | --- |"]
    found: dict[str, str] = {}
    for layer, folder, kernel in kernels():
        found |= {f"{folder}/{name}": text for name, text in output.files(kernel, (layer,)).items()}
        shape, what = describe(kernel.spec)
        index.append(f"| {layer} | {shape}; {what} | {kernel.plan.target.name} | {kernel.plan.label} |"
                     f" [{kernel.name}]({folder}/{next(iter(kernel.files))}) |")
    return {**found, "README.md": "\n".join(index) + "\n"}


def test_the_gallery_is_reproduced_byte_for_byte(request: pytest.FixtureRequest) -> None:
    wanted = texts()
    if request.config.getoption("--update-gallery"):
        shutil.rmtree(FOLDER)
        for name, text in wanted.items():
            (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / name).write_bytes(text.encode())
    found = (path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
    assert sorted(found) == sorted(wanted)
    for name, text in wanted.items():
        assert (FOLDER / name).read_bytes() == text.encode(), name
