"""Models that commands take layers from: by how the file's name ends, who reads it."""

from __future__ import annotations

from collections.abc import Mapping

from ..onnx import models as onnx
from ..onnx.models import Found as Found
from ..onnx.models import told as told
from ..tflite import models as tflite

READERS = {".onnx": onnx.find, ".tflite": tflite.find}


def is_model(source: str) -> bool:
    return source.lower().endswith(tuple(READERS))


def find(source: str, *, batch: int | None, dims: Mapping[str, int], layout: str | None = None,
         dtype: str | None = None, weights: bool = True, skip: bool = False) -> Found:
    """What is found in a file; one with another ending is taken for ONNX's."""
    ending = next((one for one in READERS if source.lower().endswith(one)), ".onnx")
    return READERS[ending](source, batch=batch, dims=dims, layout=layout, dtype=dtype, weights=weights, skip=skip)
