"""The main graph of a TFLite file: who makes and who reads each tensor, the numbers of the constant ones, and what the
integers of quantised ones stand for."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnsupportedError
from ..layer.element import F32, S8, S16, U8
from ..layer.names import brief, show
from .file import Model, Tensor

# the schema's names of types -> ours
ELEMENTS = {"FLOAT32": "f32", "FLOAT16": "f16", "INT8": "s8", "UINT8": "u8", "INT16": "s16", "INT32": "s32",
            "INT64": "s64"}
RANGES = {"INT8": S8, "UINT8": U8, "INT16": S16}


class Quantisation(NamedTuple):
    """What integers stand for: scale·(q − zero), with one of each, or one for each output channel."""

    scale: NDArray[np.float32]
    zero: NDArray[np.int64]


class Graph:
    """Tensors and operators go by their numbers. outputs: what the graph gives; kept: the same, whoever reads it."""

    def __init__(self, model: Model) -> None:
        self.name, self.tensors, self.operators, self.inner = model.name, model.tensors, model.operators, model.inner
        self.inputs, self.outputs, self.kept = model.inputs, model.outputs, frozenset(model.outputs)
        self.maker = {one: index for index, operator in enumerate(model.operators) for one in operator.outputs}
        self.readers: dict[int, list[int]] = {}
        for index, operator in enumerate(model.operators):
            for one in dict.fromkeys(operator.inputs):
                self.readers.setdefault(one, []).append(index)

    def constant(self, number: int) -> NDArray[Any] | None:
        """The numbers of a constant tensor, or of one that DEQUANTIZE makes of such; else None."""
        tensor, maker = self.tensors[number], self.maker.get(number)
        if tensor.data is not None:
            return _array(tensor)
        if maker is None or not self.unpacks(maker) or tensor.kind != "FLOAT32":
            return None
        return self.real(self.operators[maker].inputs[0])

    def real(self, number: int) -> NDArray[Any]:
        """The numbers in f32 that those of a constant tensor stand for."""
        tensor = self.tensors[number]
        values = _array(tensor)
        if values.dtype == np.float16:
            return values.astype(np.float32)
        of = quantisation(tensor, brief(tensor.name), tensor.axis)
        shape = [-1 if axis == tensor.axis else 1 for axis in range(values.ndim)]
        scale, zero = of.scale.reshape(shape), of.zero.reshape(shape).astype(np.float32)
        return np.asarray(scale * (values.astype(np.float32) - zero), np.float32)

    def unpacks(self, index: int) -> bool:
        """Whether an operator is a DEQUANTIZE of a constant."""
        operator = self.operators[index]
        return operator.kind == "DEQUANTIZE" and len(operator.inputs) == 1 and operator.inputs[0] != -1 \
            and self.tensors[operator.inputs[0]].data is not None


def element(tensor: Tensor) -> str:
    """The name of its type."""
    return ELEMENTS.get(tensor.kind, tensor.kind)


def _array(tensor: Tensor) -> NDArray[Any]:
    data = tensor.data
    if tensor.sparse or tensor.kind not in ELEMENTS or data is None:
        kind = "sparse" if tensor.sparse else element(tensor)
        raise UnsupportedError(f"constants must be of {', '.join(ELEMENTS.values())} ({brief(tensor.name)} is {kind})")
    dtype = np.dtype(tensor.kind.lower())
    wanted = math.prod(tensor.shape) * dtype.itemsize
    if min(tensor.shape, default=1) < 0 or data.size != wanted:
        raise InputError(f"a constant must have the bytes of its shape ({brief(tensor.name)}: {element(tensor)}"
                         f" {show(tensor.shape)}, {data.size} bytes)")
    found = data.view(dtype.newbyteorder("<")).astype(dtype, copy=False).reshape(tensor.shape)
    return np.require(found, requirements="A")  # files align numbers to 4 bytes


def quantisation(tensor: Tensor, what: str, axis: int | None = None) -> Quantisation:
    """Of s8, u8 or s16: of a whole tensor, or along an axis. InputError for what cannot be one; what: the tensor, in
    messages."""
    count = 1 if axis is None or not 0 <= axis < len(tensor.shape) else tensor.shape[axis]
    scale, zero = tensor.scale, tensor.zero
    if not scale.size:
        raise InputError(f"scale of {what} must be given ({brief(tensor.name)} is {element(tensor)})")
    if scale.size not in (1, count):
        raise InputError(f"scale of {what} must be one number{f', or {count}' * (count > 1)}"
                         f" ({brief(tensor.name)} has {scale.size})")
    if scale.size > 1 and tensor.axis != axis:
        raise InputError(f"scale of {what} must be along axis {axis} (quantized_dimension={tensor.axis} of"
                         f" {brief(tensor.name)})")
    good = np.isfinite(scale) & (scale >= np.finfo(np.float32).tiny)
    if not good.all():
        at = int(np.argmin(good))
        raise InputError(f"scale of {what} must be a positive normal f32 (scale[{at}]={show(float(scale[at]))} of"
                         f" {brief(tensor.name)})")
    if not zero.size:
        zero = np.zeros(1, np.int64)
    if zero.size not in (1, scale.size):
        raise InputError(f"zero_point of {what} must be one number{f', or {count}' * (scale.size > 1)}"
                         f" ({brief(tensor.name)} has {zero.size})")
    limits = RANGES.get(tensor.kind, F32)
    inside = (zero >= limits.smallest) & (zero <= limits.largest)
    if not inside.all():
        at = int(np.argmin(inside))
        raise InputError(f"zero_point of {what} must be in the range of {limits.name}, {limits.smallest:.0f} to"
                         f" {limits.largest:.0f} (zero_point[{at}]={zero[at]} of {brief(tensor.name)})")
    return Quantisation(scale, zero)
