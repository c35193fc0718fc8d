"""Types of numbers in memory, one row each, and the types that a layer's arithmetic goes through."""

from __future__ import annotations

import contextlib
import functools
import importlib
import itertools
import struct
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np

from ..errors import MissingToolError

Float64 = np.ndarray[Any, np.dtype[np.float64]]


class Element(msgspec.Struct, frozen=True):
    """A type of numbers in memory.

    name: as specs and kernels write it. bytes: of one. numpy: NumPy's name, or ml_dtypes'. c, opencl,
    host: its type in C, in OpenCL C, and in the C of OpenCL's host. mantissa: bits of its significand, the hidden one
    counted. least: distance between neighbours around zero. largest: the largest number. words: what a number is where
    its type in C does not say so. include: the headers of that type. whole: whether its numbers are integers, of
    `mantissa` bits and perhaps a sign.
    """

    name: str
    bytes: int
    numpy: str
    c: str
    opencl: str
    host: str
    mantissa: int
    least: float
    largest: float
    words: str = ""
    include: tuple[str, ...] = ()
    whole: bool = False
    signed: bool = True

    @property
    def sentence(self) -> str:
        """What C's type holds, as a sentence; empty where the type says it."""
        return f"{self.c} holds {self.words}." if self.words else ""

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's. MissingToolError where that needs ml_dtypes, and it is not there."""
        return _dtype(self.numpy)

    @property
    def roundoff(self) -> float:
        """u: how far rounding to the nearest moves a normal number, relative to it; 0 for integers, which never
        round."""
        return 0.0 if self.whole else 2.0**-self.mantissa

    @property
    def smallest(self) -> float:
        """The number furthest below zero."""
        return (-self.largest - 1 if self.signed else 0.0) if self.whole else -self.largest

    @property
    def underflow(self) -> float:
        """How far rounding moves a number near zero; 0 for a type of f32's range: no data reaches its subnormals."""
        return self.least / 2 if self.narrow else 0.0

    @property
    def narrow(self) -> bool:
        """Whether its range is so small that sums of ordinary data leave it, above or below."""
        return not self.whole and self.largest < 2.0**64

    @property
    def rounds(self) -> bool:
        """Whether storing an f32 number, as the last operation leaves it, rounds once more."""
        return not self.whole and self.mantissa < F32.mantissa

    def nearest(self, values: Float64) -> Float64:
        """The number of this type nearest to each value, ties to even; infinite where it would be above the largest.

        Rounded once: casts of PyTorch's and of ml_dtypes go through f32, and so round twice.
        """
        step = np.maximum(np.ldexp(1.0, np.frexp(values)[1] - self.mantissa), self.least)  # between neighbours
        found: Float64 = np.rint(values / step) * step
        found[np.abs(found) > self.largest] *= np.inf
        return found


@functools.cache
def _dtype(name: str) -> np.dtype[Any]:
    with contextlib.suppress(TypeError):
        return np.dtype(name)
    try:
        found: np.dtype[Any] = np.dtype(getattr(importlib.import_module("ml_dtypes"), name))
    except ImportError:
        raise MissingToolError(f"{name} needs the package ml_dtypes (pip install ml_dtypes)") from None
    return found


F32 = Element("f32", 4, "float32", "float", "float", "float", 24, 2.0**-149, 2.0**128 - 2.0**104)
F16 = Element("f16", 2, "float16", "uint16_t", "half", "cl_half", 11, 2.0**-24, 65504.0,
              "f16, IEEE 754's binary16", ("stdint.h",))
BF16 = Element("bf16", 2, "bfloat16", "uint16_t", "ushort", "cl_ushort", 8, 2.0**-133, 2.0**128 - 2.0**120,
               "bf16, the upper half of a float", ("stdint.h",))

# In OpenCL C its bits, since a device need not have doubles.
F64 = Element("f64", 8, "float64", "double", "ulong", "cl_double", 53, 2.0**-1074, (2.0 - 2.0**-52) * 2.0**1023)


def _integer(name: str, bits: int, opencl: str, host: str) -> Element:
    signed = name.startswith("s")
    mantissa = bits - signed
    return Element(name, bits // 8, f"{'' if signed else 'u'}int{bits}", f"{'' if signed else 'u'}int{bits}_t", opencl,
                   host, mantissa, 1.0, 2.0**mantissa - 1, "", ("stdint.h",), True, signed)


U8, S8 = _integer("u8", 8, "uchar", "cl_uchar"), _integer("s8", 8, "char", "cl_char")
S16, S32 = _integer("s16", 16, "short", "cl_short"), _integer("s32", 32, "int", "cl_int")
S64 = _integer("s64", 64, "long", "cl_long")  # whose largest number, as a float, is the next power of two

# what all arrays of a layer may be of; and what they may be of where its sums are integers
ELEMENTS = {element.name: element for element in (F32, F16, BF16)}
INTEGERS = {element.name: element for element in (U8, S8, S16, S32, S64)}
KNOWN = {**ELEMENTS, F64.name: F64, **INTEGERS}


class Arithmetic(NamedTuple):
    """The elements of a layer's arrays, and of its sums. Slopes are of the bias's element, the residual of the
    output's. What a kernel sums are weights less their zero point: `less`."""

    input: Element
    weights: Element
    sum: Element
    output: Element
    bias: Element

    @property
    def exact(self) -> bool:
        """Whether sums are integers."""
        return self.sum.whole

    @property
    def scaled(self) -> bool:
        """Whether integers are multiplied by a real scale: sums, to become outputs."""
        return self.sum.whole and self.output is not self.sum

    @property
    def weights_only(self) -> bool:
        """Whether weights alone are integers: a real scale of their output channel makes them real."""
        return self.weights.whole and not self.sum.whole

    @property
    def has_scale(self) -> bool:
        """Whether there is a real scale of each output channel: of sums, or of weights."""
        return self.scaled or self.weights_only

    @property
    def quantised(self) -> bool:
        """Whether its outputs are such sums as integers again."""
        return self.scaled and self.output.whole

    def less(self, zero: int) -> Arithmetic:
        """That of weights less a zero point: in 8 bits, with a sign, where these hold each of them, else in 16."""
        if not self.exact or self.weights.bytes > 1:
            return self
        low, high = self.weights.smallest - zero, self.weights.largest - zero
        return self._replace(weights=S8 if S8.smallest <= low and high <= S8.largest else S16)


def includes(elements: Iterable[Element]) -> tuple[str, ...]:
    """The headers that their types in C need."""
    return tuple(dict.fromkeys(header for element in elements for header in element.include))


def _quantised() -> Iterator[Arithmetic]:
    """8-bit input by weights of 8 bits, or of 16, which hold 8 bits less any zero point; sums in 32 bits. Input of 16
    bits by weights of 8, with sums in 64 bits: TFLite's and CMSIS-NN's 16x8."""
    for given, weights in itertools.product((U8, S8), (S8, S16, U8)):
        yield from (Arithmetic(given, weights, S32, output, S32) for output in (U8, S8, S32, F32))
    yield Arithmetic(S16, S16, S32, S32, S32)
    yield from (Arithmetic(S16, S8, S64, output, S64) for output in (S16, F32))


# all but the weights in f32
WEIGHTS_ONLY = tuple(Arithmetic(F32, weights, F32, F32, F32) for weights in (S8, F16, BF16))

# The names of `dtype` -> what they stand for. One name: all arrays of one element, sums in f32; several: input, weights
# and output, as benchdnn writes them.
ARITHMETICS = {element.name: Arithmetic(element, element, F32, element, element) for element in ELEMENTS.values()} | {
    ":".join(element.name for element in (one.input, one.weights, one.output)): one
    for one in (*_quantised(), *WEIGHTS_ONLY)}


def c_float(value: float) -> str:
    """A C literal of the f32 nearest to value: ``0.1f``, ``-1.0f``, ``1e-05f``."""
    nearest = struct.unpack("f", struct.pack("f", value))[0]
    text = f"{nearest:.9g}"
    return f"{text}f" if any(c in text for c in ".e") else f"{text}.0f"
