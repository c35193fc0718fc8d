"""Nests that pool, as the layers that chains may end with: the largest number of windows, or their average."""

from __future__ import annotations

import math
from typing import Any

from ...errors import InputError
from ...layer.element import Element
from ...layer.network import Use, Wiring
from ...layer.spec import ConvSpec
from ...layer.steps import Call, Convolve, Index, Nest, Value

AXES = 4  # n, c, h, w


def pooling(nest: Nest, title: str, before: Convolve, values: dict[str, Value]) -> Convolve | None:
    """The nest as a layer that follows a convolution; None where it is none."""
    if len(nest.axes) != AXES or len(nest.operands) != 1 or len(nest.reduced) != AXES - 2 or before.spec.rank != 2:
        return None
    (operand,), (kh, kw), of = nest.operands, nest.reduced, before.spec.arithmetic
    count, order = float(kh * kw), before.orders[1]
    op = {(Call("largest", (0,)),): "max-pool",
          _rounded(count) if of.exact else (Call("sum", (0,)), Call("div", (1, count))): "average-pool"
          }.get(_unclamped(nest.calls, of.output))
    n_at, h_at, w_at, c_at = order if before.spec.channels_last else (order[0], *order[2:], order[1])
    plain = all(operand.places[at] == Index(0, ((at, 1),)) for at in (n_at, c_at))
    least = float(of.output.smallest) if of.exact else -math.inf
    outside = None if op == "average-pool" else least  # of padding, averages count no number
    if op is None or not plain or operand.outside not in (None, outside) or \
            values[nest.makes].element is not of.output:
        return None
    shape = values[operand.value].shape
    n, ih, iw, c = (shape[at] for at in (n_at, h_at, w_at, c_at))
    fields: dict[str, Any] = {}
    if of.exact:
        zero = before.spec.output_zero
        fields |= {"input_zero": zero, "output_zero": zero, "rounding": before.spec.rounding}
    for number, (axis, pads, at, k, i) in enumerate((("h", ("top", "bottom"), h_at, kh, ih),
                                                     ("w", ("left", "right"), w_at, kw, iw))):
        place, o, reduced = operand.places[at], nest.axes[at], AXES + number
        steps = dict(place.steps)
        if place.table or set(steps) != {at, reduced}:
            return None
        s, d = steps[at], steps[reduced]
        fields |= {f"k{axis}": k, f"s{axis}": s, f"d{axis}": d, f"i{axis}": i, f"o{axis}": o, pads[0]: -place.start,
                   pads[1]: max(0, (o - 1) * s + (k - 1) * d + 1 + place.start - i)}
    try:
        spec = ConvSpec(op=op, n=n, g=c, ic=c, oc=c, layout=before.spec.layout, dtype=before.spec.dtype, **fields)
    except InputError:
        return None
    use = Use("pool", wiring=Wiring(operand.value, "", nest.makes, (title,)))
    return Convolve(nest.makes, operand.value, "", spec, use, (before.orders[1], before.orders[1]))


def _rounded(count: float) -> tuple[Call, ...]:
    """The calls of an average of so many integers as TensorFlow Lite has it: ties away from 0."""
    half = float(count // 2)
    return (Call("sum", (0,)), Call("less", (0.0, 1)), Call("add", (1, half)), Call("sub", (1, half)),
            Call("choose", (2, 3, 4)), Call("div", (5, count)))


def _unclamped(calls: tuple[Call, ...], element: Element) -> tuple[Call, ...]:
    """Without what clamps the last result to all that an element of integers holds."""
    ends = {"max": float(element.smallest), "min": float(element.largest)} if element.whole else {}
    while calls[-1].function in ends and calls[-1].arguments == (len(calls) - 1, ends[calls[-1].function]):
        calls = calls[:-1]
    return calls
