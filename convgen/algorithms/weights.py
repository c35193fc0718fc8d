"""A weight of the caller's array: the one place that knows where it lies, what flip does, and which one stands for 0.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..layer.spec import ConvSpec
from ..machine.isa import Isa
from ..plan.program import affine


def weight(spec: ConvSpec, row: Isa, place: str) -> str:
    """A weight of integers in a place of the caller's array, less the one that stands for 0, in C."""
    found = f"weights[{place}]"
    return f"({row.named(spec.arithmetic.weights)}){less(spec, found)}" if spec.weight_zero else found


def less(spec: ConvSpec, number: str) -> str:
    """The same in the type of sums."""
    zero = spec.weight_zero
    return f"({number} - {zero})" if zero > 0 else f"({number} + {-zero})" if zero else number


def weight_strides(spec: ConvSpec) -> tuple[int, int, int]:
    """Elements of the caller's weights between output channels, input channels and kernel columns."""
    kernel = spec.kd * spec.kh * spec.kw
    return {
        "oihw": (spec.icg * kernel, kernel, 1),
        "hwio": (1, spec.oc, spec.icg * spec.oc),
        "ohwi": (kernel * spec.icg, 1, spec.icg),
    }[spec.weights_layout]


def tap_term(spec: ConvSpec, dim: str) -> tuple[str, int]:
    """The term of `affine` for kernel row, column or plane `dim` ("kh", "kw", "kd")."""
    tap = weight_strides(spec)[2]
    stride = {"kd": spec.kh * spec.kw * tap, "kh": spec.kw * tap, "kw": tap}[dim]
    return f"({getattr(spec, dim) - 1} - {dim})" if spec.flip else dim, stride


def weight_address(spec: ConvSpec, oc: str, ic: str, taps: Iterable[str]) -> str:
    """The place of a weight, in C. oc, ic: expressions of its output channel, and of its input channel within the
    group. taps: the kernel's indices that are variables ("kh" and so on); the others are 0."""
    o, i, _ = weight_strides(spec)
    return affine("", (oc, o), (ic, i), *(tap_term(spec, dim) for dim in taps))
