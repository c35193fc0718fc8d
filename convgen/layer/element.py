"""Types of numbers in memory, one row each, and the types that a layer's arithmetic goes through."""

from __future__ import annotations

import struct
from typing import NamedTuple

import msgspec


class Element(msgspec.Struct, frozen=True):
    """A type of numbers in memory.

    name: as specs and kernels write it. bytes: of one. numpy: NumPy's name, or ml_dtypes'. c, opencl,
    host: its type in C, in OpenCL C, and in the C of OpenCL's host. mantissa: bits of its significand, the hidden one
    counted. least: distance between neighbours around zero.
    """

    name: str
    bytes: int
    numpy: str
    c: str
    opencl: str
    host: str
    mantissa: int
    least: float

    @property
    def roundoff(self) -> float:
        """u: how far rounding to the nearest moves a normal number, relative to it."""
        return 2.0**-self.mantissa


F32 = Element("f32", 4, "float32", "float", "float", "float", 24, 2.0**-149)
F16 = Element("f16", 2, "float16", "uint16_t", "half", "cl_half", 11, 2.0**-24)
BF16 = Element("bf16", 2, "bfloat16", "uint16_t", "ushort", "cl_ushort", 8, 2.0**-133)

ELEMENTS = {element.name: element for element in (F32, F16, BF16)}


class Arithmetic(NamedTuple):
    """The elements of a layer's arrays, and of its sums. The bias is of the weights' element, the residual of the
    output's."""

    input: Element
    weights: Element
    sum: Element
    output: Element


# the short names of `dtype` -> what they stand for: all arrays of one element, sums in f32
ARITHMETICS = {element.name: Arithmetic(element, element, F32, element) for element in (F32, F16)}


def c_float(value: float) -> str:
    """A C literal of the f32 nearest to value: ``0.1f``, ``-1.0f``, ``1e-05f``."""
    nearest = struct.unpack("f", struct.pack("f", value))[0]
    text = f"{nearest:.9g}"
    return f"{text}f" if any(c in text for c in ".e") else f"{text}.0f"
