"""Any number of images, by a kernel that takes a fixed one: so many at a time, the last ones with zeros behind.

Each image has the bits that it has in a batch of the layer's size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import msgspec
import numpy as np

from ..errors import InputError
from ..layer.array import Array as LayerArray
from ..layer.names import show
from .arrays import Array, check_given, check_out, converted, room

if TYPE_CHECKING:
    from ..plan.kernel import Kernel


def other_batch(x: Any, wanted: LayerArray) -> bool:
    """Whether x is the layer's input, but for the number of images."""
    return isinstance(x, np.ndarray) and x.shape != wanted.shape and x.shape[1:] == wanted.shape[1:]


def batches(run: Callable[..., Array], kernel: Kernel, arrays: Mapping[str, LayerArray], x: Any, residual: Any,
            out: Any, copy: bool) -> Array:
    """y for any number of images, and of converted arrays if that is asked for: run(x, residual, out) on as many images
    at a time as the layer has, the last ones with zeros for those that lack."""
    given: dict[str, Any] = {"input": x, "residual": residual, "output": None if copy else out}
    if copy:
        given = converted(given, arrays)
    whole = dict(arrays)
    if other_batch(given["input"], arrays["input"]):
        count = len(given["input"])
        whole = {role: msgspec.structs.replace(array, **{field: (count, *getattr(array, field)[1:])
                                                         for field in ("shape", "tensor")})
                 for role, array in arrays.items() if array.when == "run"}
    output = whole["output"]
    fresh = given["output"] is None
    if fresh:
        given["output"] = room(output)
    for role, array in given.items():
        check_given(role, array, whole.get(role))
    x, residual, y = given["input"], given["residual"], cast(Array, given["output"])
    if not fresh:
        check_out(kernel, y, x, residual)
    size = arrays["input"].shape[0]
    for first in range(0, len(x), size):
        part = [None if array is None else array[first : first + size] for array in (x, residual, y)]
        if first + size <= len(x):
            run(*part)
        else:
            left = len(x) - first
            filled = (None if array is None else _filled(array, arrays[role])
                      for role, array in zip(("input", "residual"), part, strict=False))
            y[first:] = run(*filled)[:left]
    if copy and out is not None:
        return _put(out, y)
    return y


def _filled(images: Array, wanted: LayerArray) -> Array:
    """A whole batch that begins with these; the others are zeros."""
    block = room(wanted)
    block[: len(images)], block[len(images) :] = images, 0
    return block


def _put(out: Any, y: Array) -> Array:
    """y in the caller's array, of whatever strides and type of floats."""
    if not isinstance(out, np.ndarray) or out.shape != y.shape or not out.flags.writeable:
        raise InputError(f"out must be a writable NumPy array of shape {y.shape} ({show(getattr(out, 'shape', out))})")
    try:
        np.copyto(out, y, casting="same_kind")
    except TypeError:
        raise InputError(f"out must hold floats (out.dtype={out.dtype})") from None
    return cast(Array, out)
