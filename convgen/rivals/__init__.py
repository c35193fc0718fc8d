"""The libraries that bench compares with: where each is described, and whether it is here."""

from __future__ import annotations

import importlib.util
from typing import NamedTuple


class Rival(NamedTuple):
    """module: what describes it. imports: the packages it needs. install: their names for pip."""

    module: str
    imports: tuple[str, ...]
    install: str


RIVALS = {
    "onnxruntime": Rival("convgen.rivals.onnxruntime", ("onnxruntime", "onnx"), "onnxruntime onnx"),
    "torch": Rival("convgen.rivals.torch", ("torch",), "torch"),
    "openvino": Rival("convgen.rivals.openvino", ("openvino",), "openvino"),
    "ncnn": Rival("convgen.rivals.ncnn", ("ncnn",), "ncnn"),
    "litert": Rival("convgen.rivals.litert", ("ai_edge_litert",), "ai-edge-litert"),
    "mnn": Rival("convgen.rivals.mnn", ("MNN", "onnx"), "mnn onnx"),
}


def missing(name: str) -> str | None:
    """Why the rival of that name cannot be asked, or None when its packages are there."""
    if all(importlib.util.find_spec(package) for package in RIVALS[name].imports):
        return None
    return f"not installed (pip install {RIVALS[name].install})"
