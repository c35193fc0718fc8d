"""How NAME_pack makes roots that are rounded once, and what it transforms weights in."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import NamedTuple

from ...layer.element import c_float
from ...machine.isa import Isa
from .butterflies import TWIDDLE


class Accurate(NamedTuple):
    """type: what weights are transformed in. pairs: whether roots are products of pairs of floats: a number, and what
    its rounding leaves. words: of a number in the tables of what each bit of an index stands for, its literals.
    roundings: of a pass of two points."""

    type: str
    pairs: bool
    words: Callable[[float], list[str]]
    roundings: int

    def powers(self, size: int) -> list[list[str]]:
        """exp(2 pi i / size) to the power of 2^b, both parts."""
        angles = [2 * math.pi * 2**b / size for b in range(size.bit_length() - 1)]
        return [[*self.words(_exact(math.cos(angle))), *self.words(_exact(math.sin(angle)))] for angle in angles]


def _exact(part: float) -> float:
    """Where pi was rounded, so is what should be 0."""
    return part if abs(part) > 1e-15 else 0.0


def _two(part: float) -> list[str]:
    """A number as a float, and what that leaves."""
    nearest = struct.unpack("f", struct.pack("f", part))[0]
    return [c_float(nearest), c_float(part - nearest)]


DOUBLE = Accurate("double", False, lambda part: [repr(part)], 1)  # what a pass makes is stored
TWO_FLOATS = Accurate("float", True, _two, 1 + TWIDDLE)


def accurate(row: Isa) -> Accurate | None:
    """In double, if there is such arithmetic; in OpenCL, whose devices may lack it, in two floats. None where there is
    no way."""
    if row.dialect == "opencl":
        return TWO_FLOATS
    return DOUBLE if row.doubles else None
