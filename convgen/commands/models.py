"""Models that commands take layers from: by how the file's name ends, who reads it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..errors import UnsupportedError
from ..layer.steps import Model
from ..onnx import models as onnx
from ..onnx.models import Found as Found
from ..onnx.models import told as told
from ..onnx.network import find_model
from ..tflite import models as tflite

READERS = {".onnx": onnx.find, ".tflite": tflite.find}


def is_model(source: str) -> bool:
    return source.lower().endswith(tuple(READERS))


def becomes_function(source: str) -> bool:
    """Whether all of such a model may become one function."""
    return source.lower().endswith(".onnx")


def find(source: str, *, batch: int | None, dims: Mapping[str, int], layout: str | None = None,
         dtype: str | None = None, weights: bool = True, skip: bool = False) -> Found:
    """What is found in a file; one with another ending is taken for ONNX's."""
    ending = next((one for one in READERS if source.lower().endswith(one)), ".onnx")
    return READERS[ending](source, batch=batch, dims=dims, layout=layout, dtype=dtype, weights=weights, skip=skip)


def whole(source: str, *, batch: int | None, dims: Mapping[str, int], layout: str | None = None,
          dtype: str | None = None, cut: Collection[str] = (), stop_at: Collection[str] = ()) -> Model:
    """All of a file's network, up to its outputs, to the values named in `cut`, or before operators."""
    if not becomes_function(source):
        raise UnsupportedError(f"model must be ONNX's to become one function ({source})")
    return find_model(source, batch=batch, dims=dims, layout=layout, dtype=dtype, cut=cut, stop_at=stop_at)
