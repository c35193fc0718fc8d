"""Nests that pool, as the layers that chains may end with: the largest number of windows, or their average."""

from __future__ import annotations

import math
from typing import Any

from ...errors import InputError
from ...layer.network import Use, Wiring
from ...layer.spec import ConvSpec
from ...layer.steps import Call, Convolve, Index, Nest, Value

AXES = 4  # n, c, h, w


def pooling(nest: Nest, title: str, before: Convolve, values: dict[str, Value]) -> Convolve | None:
    """The nest as a layer that follows a convolution; None where it is none."""
    if len(nest.axes) != AXES or len(nest.operands) != 1 or len(nest.reduced) != AXES - 2 or before.spec.rank != 2:
        return None
    (operand,), (kh, kw) = nest.operands, nest.reduced
    op = {(Call("largest", (0,)),): "max-pool",
          (Call("sum", (0,)), Call("div", (1, float(kh * kw)))): "average-pool"}.get(nest.calls)
    plain = operand.places[:2] == (Index(0, ((0, 1),)), Index(0, ((1, 1),)))
    of = before.spec.arithmetic
    least = float(of.output.smallest) if of.exact else -math.inf
    outside = None if op == "average-pool" else least  # of padding, averages count no number
    if op is None or not plain or operand.outside not in (None, outside) or \
            values[nest.makes].element is not of.output:
        return None
    n, c, ih, iw = values[operand.value].shape
    fields: dict[str, Any] = {}
    if of.exact:
        zero = before.spec.output_zero
        fields |= {"input_zero": zero, "output_zero": zero, "rounding": before.spec.rounding}
    for at, (axis, pads, k, i, o) in enumerate((("h", ("top", "bottom"), kh, ih, nest.axes[2]),
                                                ("w", ("left", "right"), kw, iw, nest.axes[3])), 2):
        place = operand.places[at]
        steps = dict(place.steps)
        if place.table or set(steps) != {at, at + 2}:
            return None
        s, d = steps[at], steps[at + 2]
        fields |= {f"k{axis}": k, f"s{axis}": s, f"d{axis}": d, f"i{axis}": i, f"o{axis}": o, pads[0]: -place.start,
                   pads[1]: max(0, (o - 1) * s + (k - 1) * d + 1 + place.start - i)}
    try:
        spec = ConvSpec(op=op, n=n, g=c, ic=c, oc=c, layout=before.spec.layout, dtype=before.spec.dtype, **fields)
    except InputError:
        return None
    use = Use("pool", wiring=Wiring(operand.value, "", nest.makes, (title,)))
    return Convolve(nest.makes, operand.value, "", spec, use, (before.orders[1], before.orders[1]))
