"""The libraries that bench compares with: which module describes each, what it runs on, and whether it is here."""

from __future__ import annotations

import ctypes.util
import importlib.util
from collections.abc import Iterable
from typing import Literal, NamedTuple

from ...errors import InputError
from ...layer.names import show
from ...machine.target import Target

# What computes: a kernel and a library that do not share it would compare two pieces of hardware
Processor = Literal["cpu", "device"]
PROCESSORS = {"cpu": "the CPU, with the threads granted", "device": "the OpenCL device"}


class Rival(NamedTuple):
    """module: what describes it. imports: the packages it needs. install: their names for pip. processor: what it runs
    on. library: one that is no Python package, as the linker is told."""

    module: str
    imports: tuple[str, ...]
    install: str
    processor: Processor = "cpu"
    library: str = ""


RIVALS = {
    "onnxruntime": Rival("convgen.benchmark.rivals.onnxruntime", ("onnxruntime", "onnx"), "onnxruntime onnx"),
    "torch": Rival("convgen.benchmark.rivals.torch", ("torch",), "torch"),
    "openvino": Rival("convgen.benchmark.rivals.openvino", ("openvino",), "openvino"),
    "ncnn": Rival("convgen.benchmark.rivals.ncnn", ("ncnn",), "ncnn"),
    "litert": Rival("convgen.benchmark.rivals.litert", ("ai_edge_litert",), "ai-edge-litert"),
    "mnn": Rival("convgen.benchmark.rivals.mnn", ("MNN", "onnx"), "mnn onnx"),
    "clblast": Rival("convgen.benchmark.rivals.clblast", ("pyopencl",), "pyopencl", "device", library="clblast"),
    "torch-cuda": Rival("convgen.benchmark.rivals.torch_cuda", ("torch",), "torch", "device"),
}


def missing(name: str) -> str | None:
    """Why the rival of that name cannot be measured, or None when its packages are here."""
    rival = RIVALS[name]
    if not all(importlib.util.find_spec(package) for package in rival.imports):
        return f"not installed (pip install {rival.install})"
    if rival.library and not ctypes.util.find_library(rival.library):
        return f"not installed (no library lib{rival.library} in the system)"
    return None


def check(names: Iterable[str], target: Target) -> None:
    """InputError for a rival that does not run where kernels for the target do."""
    processor: Processor = "cpu" if target.device is None else "device"
    for name in names:
        if name not in RIVALS:
            raise InputError(f"against must be one of {', '.join(RIVALS)} (against={show(name)})")
        if RIVALS[name].processor != processor:
            fitting = ", ".join(other for other, rival in RIVALS.items() if rival.processor == processor)
            raise InputError(f"against must name libraries that run where the kernel does, on {PROCESSORS[processor]}:"
                             f" {fitting} (against={name}, target={target.name})")
