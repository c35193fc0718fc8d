"""The libraries that bench compares with: which module describes each, what it runs on, and whether it is here."""

from __future__ import annotations

import ctypes.util
import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from ...algorithms import MAX_ERROR
from ...errors import InputError
from ...layer.element import F32
from ...layer.names import show
from ...layer.quantisation import Quantisation
from ...layer.spec import ConvSpec
from ...machine.target import Target
from . import instructions

# What computes: a kernel and a library that do not share it would compare two pieces of hardware
Processor = Literal["cpu", "device"]
PROCESSORS = {"cpu": "the CPU, with the threads granted", "device": "the OpenCL device"}


class Rival(NamedTuple):
    """module: what describes it. imports: the packages it needs. install: their names for pip. processor: what it runs
    on, None for the kernel's own. library: one that is no Python package, as the linker is told. max_error: of one that
    is convgen's own kernel of the same layer in f32; None for a library. apart: whether it is convgen's own kernels of
    the layers of a chain. variables: of its environment, by which it is
    held to some of the CPU's instructions."""

    module: str
    imports: tuple[str, ...]
    install: str
    processor: Processor | None = "cpu"
    library: str = ""
    max_error: float | None = None
    apart: bool = False
    variables: tuple[str, ...] = ()

    @property
    def in_f32(self) -> bool:
        """Whether it is convgen's own kernel of the layer in f32, and thus computes something else."""
        return self.max_error is not None


OWN_MODULE = "convgen.benchmark.rivals.own"

RIVALS = {
    "onnxruntime": Rival("convgen.benchmark.rivals.onnxruntime", ("onnxruntime", "onnx"), "onnxruntime onnx"),
    "torch": Rival("convgen.benchmark.rivals.torch", ("torch",), "torch", variables=instructions.TORCH),
    "openvino": Rival("convgen.benchmark.rivals.openvino", ("openvino",), "openvino", variables=instructions.OPENVINO),
    "ncnn": Rival("convgen.benchmark.rivals.ncnn", ("ncnn",), "ncnn"),
    "litert": Rival("convgen.benchmark.rivals.litert", ("ai_edge_litert",), "ai-edge-litert"),
    "mnn": Rival("convgen.benchmark.rivals.mnn", ("MNN", "onnx"), "mnn onnx"),
    "scipy": Rival("convgen.benchmark.rivals.scipy", ("scipy",), "scipy"),
    "clblast": Rival("convgen.benchmark.rivals.clblast", ("pyopencl",), "pyopencl", "device", library="clblast"),
    "torch-cuda": Rival("convgen.benchmark.rivals.torch_cuda", ("torch",), "torch", "device"),
    "f32": Rival(OWN_MODULE, (), "", None, max_error=MAX_ERROR),
    "f32-direct": Rival(OWN_MODULE, (), "", None, max_error=0.0),
    "apart": Rival(OWN_MODULE, (), "", None, apart=True),
}


FORMATS = {".onnx": "ONNX", ".tflite": "TFLite"}  # of models, by how the file's name ends
# Those that read a whole model from a file of these formats, or whose package has what converts it.
NETWORKS = {"onnxruntime": ("ONNX",), "openvino": ("ONNX", "TFLite"), "mnn": ("ONNX", "TFLite"), "litert": ("TFLite",)}


def format_of(file: str) -> str:
    """Of a model, ONNX's where the name tells nothing else."""
    return FORMATS.get(Path(file).suffix.lower(), "ONNX")


def in_f32(spec: ConvSpec) -> ConvSpec:
    """The same layer in f32."""
    return spec.replace(dtype=F32.name, **Quantisation()._asdict())


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
        if RIVALS[name].processor not in (processor, None):
            fitting = ", ".join(other for other, rival in RIVALS.items() if rival.processor in (processor, None))
            raise InputError(f"against must name libraries that run where the kernel does, on {PROCESSORS[processor]}:"
                             f" {fitting} (against={name}, target={target.name})")
