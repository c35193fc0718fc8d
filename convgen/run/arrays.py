"""NumPy arrays as kernels take them: made, checked, and converted where that is asked for.

A kernel reads and writes an array where it lies. One that it could not use as it is, is an InputError that says how to
convert it; a slice of channels is a view of its tensor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..layer.array import Array as LayerArray
from ..layer.element import ELEMENTS, F32

if TYPE_CHECKING:
    from ..plan.kernel import Kernel

Array = np.ndarray[Any, np.dtype[Any]]  # of the type that the spec says

ALIGN = 64  # bytes: what packed weights and workspace are aligned to
PAGE = 4096  # bytes: what arrays that are timed are aligned to; which sets of a cache they share is no chance then

PLAIN = (np.ndarray, np.memmap)  # classes of arrays that are their elements and nothing else
FIELDS = {"input": "x", "output": "out"}  # what callers from Python call arrays, where that is not their role


def empty(shape: tuple[int, ...], align: int = ALIGN, dtype: np.dtype[Any] = F32.dtype) -> Array:
    """An array, not initialised, that starts a cache line: no vector of it lies in two lines where
    that can be helped, and a kernel bound by memory can be twice as fast."""
    count = math.prod(shape)
    block = np.empty(count + align // dtype.itemsize, dtype)
    start = -block.ctypes.data % align // dtype.itemsize
    return block[start : start + count].reshape(shape)


def room(array: LayerArray, align: int = ALIGN) -> Array:
    """Memory for one of a layer's arrays, not initialised: the slice, where it is one of a larger tensor."""
    tensor = empty(array.tensor, align, array.element.dtype)
    return tensor[tuple(map(slice, array.shape))]


def laid(array: LayerArray, memory: Array) -> Array:
    """One of a layer's arrays in memory that has the bytes of its span."""
    size = array.element.bytes
    return np.ndarray(array.shape, array.element.dtype, memory, strides=[size * stride for stride in array.strides])


def spanned(array: Array, wanted: LayerArray) -> Array:
    """All that lies between the first and the last number of a slice, in a row."""
    return np.lib.stride_tricks.as_strided(array, (wanted.span,), (array.itemsize,), writeable=array.flags.writeable)


def check_given(role: str, given: Any, wanted: LayerArray | None) -> None:
    """InputError unless a kernel can use what is given, as it is, for the layer's array of that role, if it has one."""
    field = FIELDS.get(role, role)
    if wanted is None:
        if given is not None:
            raise InputError(f"{field} must be None, the layer has none ({field} is given)")
        return
    if given is None:
        raise InputError(f"{field} must be given ({field}=None)")
    dtype = wanted.element.dtype
    if type(given) in PLAIN and given.dtype == dtype and given.shape == wanted.shape:
        flags = given.flags
        if flags.aligned and (flags.c_contiguous if wanted.whole else lies(given.strides, wanted)):
            return
    raise _refusal(field, given, wanted)


def lies(strides: tuple[int, ...], wanted: LayerArray) -> bool:
    """Whether strides in bytes are those of the layer's array; along an axis of one index, any are."""
    size = wanted.element.bytes
    return all(extent == 1 or own == size * stride
               for own, extent, stride in zip(strides, wanted.shape, wanted.strides, strict=True))


def check_out(kernel: Kernel, out: Array, x: Array, residual: Array | None) -> None:
    """InputError unless a kernel can write to the array, and change nothing that it reads too late."""
    if not out.flags.writeable:
        raise InputError("out must be writable (it is read-only)")
    if _overlap(out, x):
        raise InputError("out must not overlap x (they share memory)")
    if residual is None or not _overlap(out, residual):
        return
    if out.ctypes.data != residual.ctypes.data:
        raise InputError("out must not overlap residual, unless it is the same array (they share memory)")
    check_over_residual(kernel)


def check_over_residual(kernel: Kernel) -> None:
    """InputError where the output must not be the residual's own array."""
    if not kernel.over_residual:
        raise InputError("out must not be the residual with a plan that keeps sums in the output"
                         f" (plan={kernel.plan.label})")


def _overlap(a: Array, b: Array) -> bool:
    """Whether they share a number: slices may lie between each other."""
    return np.may_share_memory(a, b) and np.shares_memory(a, b)


def plain(field: str, given: Any, dtype: np.dtype[Any] | None = None) -> Array:
    """What is given as an array of real numbers, of that type: itself, if it is one. InputError for other things."""
    try:
        if isinstance(given, np.ma.MaskedArray):  # whose mask would be lost
            raise TypeError
        array = np.asarray(given)
        if array.dtype.kind not in "fiub" and array.dtype.name not in {one.numpy for one in ELEMENTS.values()}:
            raise TypeError
    except (TypeError, ValueError):
        what = f"{field}.dtype={given.dtype}" if type(given) is np.ndarray else f"{field} is a {type(given).__name__}"
        raise InputError(f"{field} must be an array of real numbers ({what})") from None
    fitting: Array = array if dtype is None else array.astype(dtype, copy=False)
    return fitting


def converted(given: Mapping[str, Any], arrays: Mapping[str, LayerArray]) -> dict[str, Any]:
    """What is given, with copies in the place of the arrays that a kernel could not use as they are."""
    def fitting(role: str, array: Any) -> Any:
        wanted = arrays.get(role)
        if array is None or wanted is None:
            return array
        numbers = plain(FIELDS.get(role, role), array, wanted.element.dtype)
        if wanted.whole or numbers.shape != wanted.shape:
            return np.require(numbers, requirements=["C", "A"])
        there = room(wanted)
        there[...] = numbers
        return there

    return {role: fitting(role, array) for role, array in given.items()}


def _refusal(field: str, array: Any, wanted: LayerArray) -> InputError:
    """Why `array` cannot be handed to C, in one line."""
    kind, shape, dtype = type(array), wanted.shape, wanted.element.dtype
    if not isinstance(array, np.ndarray):
        return InputError(f"{field} must be a NumPy array ({field} is a {kind.__name__}); use np.asarray, or copy=True")
    if kind not in PLAIN:
        return InputError(
            f"{field} must be a plain numpy.ndarray ({field} is a {kind.__name__}); use np.asarray, or copy=True"
        )
    if array.dtype != dtype:
        return InputError(
            f"{field} must be {dtype.name} in native byte order ({field}.dtype={array.dtype.str});"
            f" use {field}.astype({'np.' if hasattr(np, dtype.name) else ''}{dtype.name}), or copy=True"
        )
    if array.shape != shape:
        return InputError(f"{field} must have shape {shape} ({field}.shape={array.shape})")
    if not wanted.whole and not lies(array.strides, wanted):
        part = ":, " * (wanted.layout[-1] != "c") or "..., "
        return InputError(
            f"{field} must be a slice of the channels of a C-contiguous array of shape {wanted.tensor}, such as"
            f" tensor[{part}:{wanted.shape[wanted.layout.index('c')]}] ({field}.strides={array.strides})"
        )
    if wanted.whole and not array.flags.c_contiguous:
        return InputError(
            f"{field} must be C-contiguous ({field}.strides={array.strides});"
            f" use np.ascontiguousarray({field}), or copy=True"
        )
    return InputError(
        f"{field} must be aligned to {dtype.itemsize} bytes ({field}.ctypes.data={array.ctypes.data:#x});"
        f" use {field}.copy(), or copy=True"
    )
