"""NumPy arrays as kernels take them: made, checked, and converted where that is asked for.

A kernel reads and writes an array where it lies. One that it could not use as it is, is an InputError that says how to
convert it; a slice of channels is a view of its tensor.
"""

from __future__ import annotations

import contextlib
import math
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike

from ..errors import InputError
from ..layer.array import Array as LayerArray
from ..layer.element import ELEMENTS, F32
from ..layer.names import show
from ..layer.outline import numbered
from ..plan.proof import excess, known

if TYPE_CHECKING:
    from ..layer.spec import ConvSpec
    from ..plan.kernel import Kernel

Array = np.ndarray[Any, np.dtype[Any]]  # of the type that the spec says

ALIGN = 64  # bytes: what packed weights and workspace are aligned to
PAGE = 4096  # bytes: what arrays that are timed are aligned to; which sets of a cache they share is no chance then

PLAIN = (np.ndarray, np.memmap)  # classes of arrays that are their elements and nothing else
FIELDS = {"input": "x", "output": "out"}  # what callers from Python call arrays, where that is not their role


def empty(shape: int | Sequence[int], align: int = ALIGN, dtype: DTypeLike = F32.dtype) -> Array:
    """An array, not initialised, that starts a cache line: no vector of it lies in two lines where
    that can be helped, and a kernel bound by memory can be twice as fast. shape: as of numpy.empty."""
    try:
        extents = [operator.index(one) for one in (shape if isinstance(shape, Iterable) else (shape,))]
    except TypeError:
        extents = [-1]
    if min(extents, default=0) < 0:
        raise InputError(f"shape must be an integer of at least 0, or several (shape={show(shape)})")
    return aligned(extents, math.prod(extents), np.dtype(dtype), align)


def aligned(extents: Sequence[int], count: int, dtype: np.dtype[Any], align: int = ALIGN) -> Array:
    """The same of extents that are known to be some, of so many elements together."""
    block = np.empty(count + align // dtype.itemsize, dtype)
    start = -address(block) % align // dtype.itemsize
    return block[start : start + count].reshape(extents)


def address(array: Array) -> int:
    """Of an array's first element: array.ctypes makes an object first, which takes longer than some kernels."""
    found: int = array.__array_interface__["data"][0]
    return found


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
        way = f"; use {_unmasked(field)}" if isinstance(given, np.ma.MaskedArray) else ""
        raise InputError(f"{field} must be an array of real numbers ({what}){way}") from None
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
    """Why `array` cannot be handed to C, in one line, and what can instead. An output is written to: a copy of it would
    be thrown away, so the way is copy=True, or another array."""
    shape, dtype = wanted.shape, wanted.element.dtype
    type_, written = type_name(dtype), field == FIELDS["output"]
    fits = isinstance(array, np.ndarray) and np.can_cast(dtype, array.dtype, "same_kind")  # for copy=True to write to

    def told(what: str, way: str) -> InputError:
        if written:
            way = "copy=True" if fits else f"convgen.empty({shape}, dtype={type_})"
        return InputError(f"{field} must be {what}; use {way}{'' if written else ', or copy=True'}")

    if not isinstance(array, np.ndarray):
        return told(f"a NumPy array ({field} is a {type(array).__name__})", f"np.asarray({field}, {type_})")
    if isinstance(array, np.ma.MaskedArray) and not written:
        return InputError(f"{field} must be a plain numpy.ndarray ({field} is a MaskedArray); use {_unmasked(field)}")
    if type(array) not in PLAIN:
        return told(f"a plain numpy.ndarray ({field} is a {type(array).__name__})", f"np.asarray({field})")
    if array.dtype != dtype:
        return told(f"{dtype.name} in native byte order ({field}.dtype={array.dtype.str})", f"{field}.astype({type_})")
    if array.shape != shape:
        return InputError(f"{field} must have shape {shape} ({field}.shape={array.shape})")
    if not wanted.whole and not lies(array.strides, wanted):
        part = ":, " * (wanted.layout[-1] != "c") or "..., "
        return InputError(
            f"{field} must be a slice of the channels of a C-contiguous array of shape {wanted.tensor}, such as"
            f" tensor[{part}:{wanted.shape[wanted.layout.index('c')]}] ({field}.strides={array.strides})"
        )
    if wanted.whole and not array.flags.c_contiguous:
        return told(f"C-contiguous ({field}.strides={array.strides})", f"np.ascontiguousarray({field})")
    return told(f"aligned to {dtype.itemsize} bytes ({field}.ctypes.data={array.ctypes.data:#x})", f"{field}.copy()")


def to_pack(spec: ConvSpec, given: Mapping[str, Any], copy: bool) -> dict[str, Any]:
    """What packing takes, by role: converted, where that is asked for. InputError for scales that are none, and for
    weights and a bias that would make sums of integers leave their type. Of a chain each is a list, an item for every
    layer, and roles have the number of its layer behind."""
    if spec.chained:
        found: dict[str, Any] = {}
        for at, layer in enumerate(spec.parts):
            own = {role: _item(role, each, at, len(spec.parts)) for role, each in given.items()}
            with _in_layer(at):
                found |= {numbered(role, at): array for role, array in to_pack(layer, own, copy).items()}
        return found
    wanted: dict[str, LayerArray] = {array.role: array for array in spec.arrays}
    arrays = {**given, "scale": scales(given.get("scale"), wanted)}
    if copy:
        arrays = converted(arrays, wanted)
    for role, array in arrays.items():
        check_given(role, array, wanted.get(role))
    if spec.arithmetic.exact and not spec.pooled:
        check_sums(spec, arrays["weights"], arrays["bias"])
    return arrays


def _item(role: str, each: Any, at: int, layers: int) -> Any:
    """What a chain is given for one of its layers; InputError for what has not one for each."""
    if each is None:
        return None
    if not isinstance(each, list | tuple) or len(each) != layers:
        what = f"len({role})={len(each)}" if isinstance(each, list | tuple) else f"{role} is a {type(each).__name__}"
        raise InputError(f"{role} must be a list of {layers}, one for each layer of the chain, or None ({what})")
    return each[at]


@contextlib.contextmanager
def _in_layer(at: int) -> Iterator[None]:
    """Put the layer of a chain before what is wrong with its arrays."""
    try:
        yield
    except InputError as error:
        raise InputError(f"layers[{at}]: {error}") from None


def scales(given: Any, arrays: Mapping[str, LayerArray]) -> Any:
    """Scales as packing takes them: one number is that of all channels, and f32 may stand for f64. InputError for what
    is no positive normal number of f32."""
    wanted = arrays.get("scale")
    if given is None or wanted is None:
        return given
    found = plain("scale", given)
    limits = np.finfo(F32.dtype)
    wrong = ~((found >= limits.tiny) & (found <= limits.max))
    if wrong.any():
        at = int(np.argmax(wrong))
        where = f"[{at}]" if found.size > 1 else ""
        raise InputError(f"scale must be positive normal numbers of f32 (scale{where}={found.ravel()[at]:g})")
    if found.dtype != wanted.element.dtype and (found.size == 1 or found.dtype == F32.dtype):
        found = found.astype(wanted.element.dtype)
    return np.full(wanted.shape, found.reshape(())) if found.size == 1 else found


def check_sums(spec: ConvSpec, weights: Array, bias: Array | None) -> None:
    """InputError where some input would make the sum of a channel leave its type, or what the layer promises."""
    if told := excess(spec, known(spec, weights, bias)):
        raise InputError(told)


def type_name(dtype: np.dtype[Any]) -> str:
    """How a user writes a type: that of NumPy, or of ml_dtypes."""
    return f"{'np' if hasattr(np, dtype.name) else 'ml_dtypes'}.{dtype.name}"


def _unmasked(field: str) -> str:
    return f"{field}.filled(0), or another value where it is masked"
