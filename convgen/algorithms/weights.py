"""Where a weight lies in the caller's array, and what packing makes of it: the one place that knows the layouts of
weights, what flip does, and which weight stands for 0."""

from __future__ import annotations

from collections.abc import Iterable

from ..layer.spec import ConvSpec
from ..machine.isa import Isa
from ..plan.program import Parameter, affine, reads


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


def real_weight(spec: ConvSpec, held: Isa, place: str, channel: str) -> str:
    """A weight as a float, in C: of those alone that are integers, times their scale, a product that rounds. held: the
    row that reads weights; place: in the caller's array; channel: its output channel, among those of `scale`."""
    value = held.get("weights", place)
    return f"{value} * scale[{channel}]" if spec.arithmetic.weights_only else value


def weights_given(spec: ConvSpec, row: Isa, scaled: bool) -> tuple[Parameter, ...]:
    """Parameters of what packs a group's weights. scaled: whether it multiplies them by their scale."""
    return (reads(row.named(spec.weights_element), "weights"), *[reads(row.named(spec.scale), "scale")] * scaled)


def weights_of_group(spec: ConvSpec, groups: int, channels: int, scaled: bool) -> list[str]:
    """Arguments for these, of group g of so many, each of so many channels, in C."""
    group, o = "g" if groups > 1 else "", weight_strides(spec)[0]
    return [affine("weights", (group, channels * o)), *[affine("scale", (group, channels))] * scaled]
