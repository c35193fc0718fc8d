"""Where a weight lies in the caller's array: the one place that knows the layouts of weights, and what flip does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..layer.spec import ConvSpec
from ..plan.program import affine


def weight_strides(spec: ConvSpec) -> tuple[int, int, int]:
    """Elements of the caller's weights between output channels of a group, input channels and kernel columns."""
    kernel = spec.kd * spec.kh * spec.kw
    return {
        "oihw": (spec.icg * kernel, kernel, 1),
        "hwio": (1, spec.oc, spec.icg * spec.oc),
        "ohwi": (kernel * spec.icg, 1, spec.icg),
        "iohw": (kernel, spec.ocg * kernel, 1),
        "hwoi": (spec.ic, 1, spec.ocg * spec.ic),
    }[spec.weights_layout]


def group_stride(spec: ConvSpec) -> int:
    """Elements between the weights of neighbouring groups: these follow each other along the output channels, or, in
    layouts that list the input channels of all groups, along those."""
    o, i, _ = weight_strides(spec)
    return spec.icg * i if spec.weights_layout in ("iohw", "hwoi") else spec.ocg * o


def group_term(spec: ConvSpec, oc: str) -> tuple[str, int]:
    """The term of `affine` that is missing where output channel `oc`, an expression, counts those of all groups."""
    o, *_ = weight_strides(spec)
    return f"({oc} / {spec.ocg})", group_stride(spec) - spec.ocg * o if oc and spec.g > 1 else 0


def tap_strides(spec: ConvSpec) -> dict[str, int]:
    """Elements between kernel planes, rows and columns."""
    tap = weight_strides(spec)[2]
    return {"kd": spec.kh * spec.kw * tap, "kh": spec.kw * tap, "kw": tap}


def tap_index(spec: ConvSpec, dim: str) -> str:
    """The kernel row, column or plane that `dim` ("kh", "kw", "kd") is in the array."""
    return f"({getattr(spec, dim) - 1} - {dim})" if spec.flip else dim


def tap_term(spec: ConvSpec, dim: str) -> tuple[str, int]:
    """Its term of `affine`."""
    return tap_index(spec, dim), tap_strides(spec)[dim]


class Taps(NamedTuple):
    """Some taps of each kernel axis of a layer, evenly apart, as a kernel of their own.

    o, i, g: elements of the caller's weights between output channels of a group, input channels, groups. strides:
    between taps, by dimension. first: to the first tap; steps: terms of it, of several such kernels.
    """

    o: int
    i: int
    g: int
    strides: dict[str, int]
    first: int = 0
    steps: tuple[tuple[str, int], ...] = ()


def all_taps(spec: ConvSpec) -> Taps:
    """Every tap."""
    o, i, _ = weight_strides(spec)
    return Taps(o, i, group_stride(spec), tap_strides(spec))


def weight_address(spec: ConvSpec, oc: str, ic: str, taps: Iterable[str]) -> str:
    """The place of a weight, in C. oc, ic: expressions of its output channel, and of its input channel within the
    group. taps: the kernel's indices that are variables ("kh" and so on); the others are 0."""
    o, i, _ = weight_strides(spec)
    return affine("", (oc, o), group_term(spec, oc), (ic, i), *(tap_term(spec, dim) for dim in taps))
