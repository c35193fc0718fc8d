"""The tensors of an ONNX file as arrays, from the file or from others in its folder."""

from __future__ import annotations

import contextlib
import math
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..layer.descriptor import LIMIT
from ..layer.names import brief, show
from .proto import library, text

MAX_AXES = 64  # of an array: what NumPy takes

Array = NDArray[Any]

_TYPES: dict[int, np.dtype[Any]] = {  # by ONNX's number
    1: np.dtype("<f4"), 2: np.dtype("u1"), 3: np.dtype("i1"), 4: np.dtype("<u2"), 5: np.dtype("<i2"),
    6: np.dtype("<i4"), 7: np.dtype("<i8"), 9: np.dtype("?"), 10: np.dtype("<f2"), 11: np.dtype("<f8"),
    12: np.dtype("<u4"), 13: np.dtype("<u8"),
}  # fmt: skip
_SMALL_FLOATS = (16, 17, 18, 19, 20)  # bf16 and those of a byte, whose types are ml_dtypes', which onnx brings
_FIELDS = {1: "float_data", 7: "int64_data", 11: "double_data", 12: "uint64_data", 13: "uint64_data",
           **dict.fromkeys((2, 3, 4, 5, 6, 9), "int32_data")}
KNOWN = frozenset((*_TYPES, *_SMALL_FLOATS))


def _dtype(tensor: Any) -> np.dtype[Any]:
    number = tensor.data_type
    if number in _SMALL_FLOATS:
        found: np.dtype[Any] = library().helper.tensor_dtype_to_np_dtype(number)
        return found
    if number not in _TYPES:
        raise InputError(f"tensor {brief(text(tensor.name))} must be of a known type (data_type={number})")
    return _TYPES[number]


def check(tensor: Any) -> None:
    """InputError when the file lacks what the extents claim."""
    name = brief(text(tensor.name))
    if len(tensor.dims) > MAX_AXES:
        raise InputError(f"tensor {name} must have at most {MAX_AXES} axes (it claims {len(tensor.dims)})")
    if any(extent < 0 for extent in tensor.dims):
        raise InputError(f"tensor {name} must have extents of at least 0 ({show(list(tensor.dims))})")
    if math.prod(tensor.dims) >= LIMIT:
        raise InputError(f"tensor {name} must have fewer than 2^31 elements (it claims {show(list(tensor.dims))})")
    least = 4 if tensor.data_type == 1 else 1 / 8  # bytes of an element in any form
    if tensor.data_location != 1 and math.prod(tensor.dims) * least > tensor.ByteSize():
        raise InputError(f"tensor {name} must hold what it claims ({show(list(tensor.dims))} in"
                         f" {tensor.ByteSize()} bytes)")


def read(tensor: Any, folder: Path) -> Array:
    """The values, as a view of the file where they lie in one of their own."""
    check(tensor)
    name, shape = brief(text(tensor.name)), tuple(tensor.dims)
    dtype, count = _dtype(tensor), math.prod(shape)
    if tensor.data_location == 1:
        array = _external(tensor, name, folder, dtype, count)
    elif tensor.HasField("raw_data"):
        raw = tensor.raw_data
        array = np.frombuffer(raw, dtype) if len(raw) == count * dtype.itemsize else np.empty(0, dtype)
    elif tensor.data_type in _FIELDS:
        array = np.asarray(getattr(tensor, _FIELDS[tensor.data_type]), dtype)
    else:  # small floats, by their bits
        array = np.asarray(tensor.int32_data, np.int32).astype(f"<u{dtype.itemsize}").view(dtype)
    if array.size != count:
        raise InputError(f"tensor {name} must hold what it claims ({show(list(shape))})")
    return array.reshape(shape)


def _external(tensor: Any, name: str, folder: Path, dtype: np.dtype[Any], count: int) -> Array:
    """A tensor in a file beside the model: there, or below, and nowhere else."""
    entries = {text(entry.key): text(entry.value) for entry in tensor.external_data}
    location = entries.get("location", "")
    numbers = {}
    for key, default in (("offset", 0), ("length", count * dtype.itemsize)):
        digits = entries.get(key, str(default))
        if not digits.isascii() or not digits.isdigit() or len(digits) > 19:
            raise InputError(f"tensor {name}: {key} must be a number ({key}={show(digits)})")
        numbers[key] = int(digits)
    inside, outside = folder.resolve(), None
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        outside = (inside / location).resolve()
    if not location or outside is None or not outside.is_relative_to(inside):
        raise InputError(f"tensor {name}: external data must lie in the model's folder (location={show(location)})")
    try:
        with regular(outside) as file:
            size = os.fstat(file.fileno()).st_size
            if numbers["length"] != count * dtype.itemsize or numbers["offset"] + numbers["length"] > size:
                raise InputError(f"tensor {name}: external data must hold what it claims ({count} elements at"
                                 f" {numbers['offset']} of {size} bytes)")
            if not count:
                return np.empty(0, dtype)
            return np.asarray(np.memmap(file, dtype, "r", numbers["offset"], (count,)))
    except (OSError, ValueError) as error:
        raise InputError(f"tensor {name}: external data must be readable ({show(location)}:"
                         f" {reason(error)})") from None


def regular(path: Path) -> Any:
    """The file, opened without waiting for anybody; OSError unless it is a plain one."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(None, "not a plain file")
    return os.fdopen(handle, "rb")


def reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
