"""A chain of layers seen from outside, as one layer: what spec.py needs of it.

Its windows are receptive fields: with layers of kernels k, strides s, dilations d and pads, from the first to the last,

    reach += (k − 1)·d·S        pad += pad·S        S *= s

so that output p of an axis reads inputs p·S − pad … p·S − pad + reach, as those of a forward layer do.
"""

from __future__ import annotations

import itertools
from typing import Any, cast

import msgspec

from ..errors import InputError
from . import descriptor
from .array import Array, Role
from .names import show

Layers = Any  # a tuple of ConvSpecs, whose module imports this one

MOST = 8  # of a chain

SAME = ("n", "layout", "dtype", "rounding")  # fields that all layers share


def outline(layers: Layers) -> dict[str, Any]:
    """The fields of the layer that a chain is from outside. InputError for layers that do not follow each other."""
    check(layers)
    first, last = layers[0], layers[-1]
    fields: dict[str, Any] = {name: getattr(first, name) for name in (*SAME, "ic", "id", "ih", "iw", "in_stride",
                                                                      "input_zero")}
    fields |= {name: getattr(last, name) for name in (
        "oc", "out_stride", "residual", "output_zero", "output_scale", "residual_zero", "residual_scale")}
    for at, (axis, pads) in enumerate(descriptor.PADS.items()):
        reach, before, stride = 0, 0, 1
        for one in (layer.axes[at] for layer in layers):
            reach, before, stride = reach + (one.k - 1) * one.d * stride, before + one.before * stride, stride * one.s
        outer, inner = first.axes[at], last.axes[at]
        after = max(0, (inner.o - 1) * stride + reach + 1 - before - outer.i)
        fields |= {f"k{axis}": reach + 1, f"s{axis}": stride, f"d{axis}": 1, f"o{axis}": inner.o}
        fields |= zip(pads, (before, after), strict=True)
    return fields | {"g": 1, "bias": any(layer.bias for layer in layers)}


def check(layers: Layers) -> None:
    """InputError, with the layer and the rule, for what is no chain."""
    if not isinstance(layers, tuple) or not 2 <= len(layers) <= MOST:
        count = len(layers) if isinstance(layers, tuple) else show(layers)
        raise InputError(f"layers must be from 2 to {MOST} layers (layers={count})")
    for at, layer in enumerate(layers):
        where = f"layers[{at}]: "
        for field, plain in (("op", "forward"), ("stream", msgspec.UNSET), ("range", msgspec.UNSET),
                             ("layers", msgspec.UNSET)):
            value = layer.operation if field == "op" else getattr(layer, field)
            if value != plain and not (field == "op" and layer.pooled and at == len(layers) - 1):
                rule = f"must be {plain} but in the last layer, which may pool," if field == "op" \
                    else "must not be given"
                raise InputError(f"{where}{field} {rule} in a chain ({field}={show(value)})")
        if layer.residual and at < len(layers) - 1:
            raise InputError(f"{where}residual must be false but in the last layer of a chain (residual=true)")
    for at, (before, layer) in enumerate(itertools.pairwise(layers), 1):
        pairs = [(field, field) for field in SAME]
        pairs += [("ic", "oc"), *((f"i{axis}", f"o{axis}") for axis in descriptor.PADS), ("input_zero", "output_zero")]
        for own, other in pairs:
            value, wanted = getattr(layer, own), getattr(before, other)
            if value != wanted:
                raise InputError(f"layers[{at}]: {own} must be {other} of the layer before"
                                 f" ({own}={show(value)}, {other}={show(wanted)})")
        for field, one in (("in_stride", layer), ("out_stride", before)):
            if getattr(one, field) is not msgspec.UNSET:
                raise InputError(f"{field} must not be given between layers of a chain"
                                 f" ({field}={show(getattr(one, field))})")


ENDS = {"in_stride": 0, "residual": -1, "residual_zero": -1, "residual_scale": -1, "out_stride": -1}


def changes_of(at: int, layers: int, changes: dict[str, Any]) -> dict[str, Any]:
    """Of changes to all layers of a chain, those to number `at`: what is the chain's own array is of one end alone."""
    return {field: value for field, value in changes.items() if field not in ENDS or at == ENDS[field] % layers}


def numbered(role: str, at: int) -> Role:
    """What an array of layer `at` is to the chain."""
    return cast(Role, f"{role}{at}")


def arrays(layers: Layers) -> tuple[Array, ...]:
    """What a caller hands over: what each layer packs, with its number; the input of the first; residual and output of
    the last."""
    packed = [msgspec.structs.replace(array, role=numbered(array.role, at)) for at, layer in enumerate(layers)
              for array in layer.arrays if array.when == "pack"]
    first = [array for array in layers[0].arrays if array.role == "input"]
    return (*packed, *first, *(array for array in layers[-1].arrays if array.role in ("residual", "output")))
