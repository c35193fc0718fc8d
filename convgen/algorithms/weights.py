"""Where a weight lies in the caller's array, and what packing makes of it: the one place that knows the layouts of
weights, what flip does, and which weight stands for 0."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import NamedTuple

from ..layer.spec import BY_INPUT, ConvSpec
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
    """Elements of the caller's weights between output channels of a group, input channels and kernel columns."""
    kernel = spec.kd * spec.kh * spec.kw
    return {
        "oihw": (spec.icg * kernel, kernel, 1),
        "hwio": (1, spec.oc, spec.icg * spec.oc),
        "ohwi": (kernel * spec.icg, 1, spec.icg),
        "iohw": (kernel, spec.ocg * kernel, 1),
        "hwoi": (spec.ic, 1, spec.ocg * spec.ic),
        "ihwo": (1, kernel * spec.ocg, spec.ocg),
    }[spec.weights_layout]


def group_stride(spec: ConvSpec) -> int:
    """Elements between the weights of neighbouring groups: these follow each other along the output channels, or, in
    layouts that list the input channels of all groups, along those."""
    o, i, _ = weight_strides(spec)
    return spec.icg * i if spec.weights_layout in BY_INPUT else spec.ocg * o


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


class JoinedTaps(NamedTuple):
    """The columns of a kernel of `kernel` as `number` kernels with a common window: column kw of it meets kernel p in
    the caller's column last - kw·number + p, if there is one, whose weights lie `stride` apart."""

    number: int
    last: int
    kernel: int
    stride: int
    flip: bool

    def column(self, kw: int, p: int) -> bool:
        """Whether there is one."""
        return 0 <= self.last - kw * self.number + p < self.kernel


class Taps(NamedTuple):
    """Some taps of each kernel axis of a layer, evenly apart, as a kernel of their own.

    o, i, g: elements of the caller's weights between output channels of a group, input channels, groups. strides:
    between taps, by dimension. first: to the first tap; steps: terms of it, of several such kernels. channels: of each
    kernel, where the output channels of several are those of one layer, whose weights lie `beside` apart; else 0.
    joined: of several kernels whose sums lie side by side in a tile.
    """

    o: int
    i: int
    g: int
    strides: dict[str, int]
    first: int = 0
    steps: tuple[tuple[str, int], ...] = ()
    channels: int = 0
    beside: int = 0
    joined: JoinedTaps | None = None


@functools.lru_cache(maxsize=64)  # a planner asks for each tile
def all_taps(spec: ConvSpec) -> Taps:
    """Every tap."""
    o, i, _ = weight_strides(spec)
    return Taps(o, i, group_stride(spec), tap_strides(spec))


def channel_terms(spec: ConvSpec, oc: str, taps: Taps | None = None) -> list[tuple[str, int]]:
    """The terms of `affine` for output channel `oc`, an expression, of those of all groups. taps: the layer's own,
    unless told."""
    o, _, group, *_ = taps or all_taps(spec)
    o = group if spec.g > 1 == spec.ocg else o
    one = f"({oc})" if " " in oc else oc
    found = [(oc if o == 1 else one, o)]
    if oc and spec.g > 1 and group != spec.ocg * o:  # groups do not follow each other along the output channels
        found.append((f"({one} / {spec.ocg})", group - spec.ocg * o))
    return found


def weight_address(spec: ConvSpec, oc: str, ic: str, taps: Iterable[str]) -> str:
    """The place of a weight, in C. oc, ic: expressions of its output channel, and of its input channel within the
    group. taps: the kernel's indices that are variables ("kh" and so on); the others are 0."""
    _, i, _ = weight_strides(spec)
    return affine("", *channel_terms(spec, oc), (ic, i), *(tap_term(spec, dim) for dim in taps))


def channel_of(spec: ConvSpec, number: str) -> str:
    """The output channel of a weight, among those of all groups, of which `number` counts the array's, in C."""
    kernel, by_input = spec.kd * spec.kh * spec.kw, spec.weights_layout in BY_INPUT
    if not by_input:
        return f"{number} % {spec.oc}" if spec.weights_layout == "hwio" else f"{number} / {spec.icg * kernel}"
    last = spec.weights_layout == "hwoi"
    apart = {"iohw": kernel, "hwoi": spec.ic, "ihwo": 1}[spec.weights_layout]
    own = f"{number}{f' / {apart}' * (apart > 1)} % {spec.ocg}"
    group = f"{number} % {spec.ic} / {spec.icg}" if last else f"{number} / {spec.icg * spec.ocg * kernel}"
    return f"{group} * {spec.ocg} + {own}" if spec.g > 1 else own


def real_weight(spec: ConvSpec, held: Isa, place: str, channel: str) -> str:
    """A weight as a float, in C: of those alone that are integers, times their scale, a product that rounds. held: the
    row that reads weights; place: in the caller's array; channel: its output channel, among those of `scale`."""
    value = held.get("weights", place)
    return f"{value} * scale[{channel}]" if spec.arithmetic.weights_only else value


def weights_given(spec: ConvSpec, row: Isa, scaled: bool) -> tuple[Parameter, ...]:
    """Parameters of what packs a group's weights. scaled: whether it multiplies them by their scale."""
    return (reads(row.named(spec.weights_element), "weights"), *[reads(row.named(spec.scale), "scale")] * scaled)


def weights_of_group(taps: Taps, groups: int, channels: int, scaled: bool) -> list[str]:
    """Arguments for these, of group g of so many, each of so many channels, in C."""
    group = "g" if groups > 1 else ""
    return [affine("weights", (group, taps.g), *taps.steps, taps.first), *[affine("scale", (group, channels))] * scaled]
