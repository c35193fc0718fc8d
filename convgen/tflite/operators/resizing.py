"""More or fewer places along both axes of an image (resize_nearest_neighbor.h, resize_bilinear.h).

Bilinear: an output is the sum over the two places around it along each axis, which are reduced axes of the nest; of
s8 with weights of whole numbers of 2^-10.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, UnsupportedError
from ...layer.building import identity
from ...layer.element import F32, S8, S32
from ...layer.steps import Index, Operand
from ...layer.terms import Argument, term
from .builder import Builder, Node, Operator
from .pooling import rounded_mean

ONE = 1 << 10  # a weight of 1, of integers


def _asked(net: Builder, node: Node) -> tuple[tuple[int, ...], tuple[int, ...], bool, bool]:
    """The input's shape, the output's extents, and whether corners, or the middles of places, lie on each other."""
    shape, size = net.shape(node.input(0)), net.whole(node.input(1), "size")
    if len(shape) != 4 or len(size) != 2 or min(size) < 1:
        raise InputError(f"it must have images, and two sizes of at least 1 (input {shape}, size={list(size)})")
    if net.made(node.output)[1] != (shape[0], *size, shape[3]):
        raise InputError(f"its output must have the shape {(shape[0], *size, shape[3])} ({node.output} has"
                         f" {net.made(node.output)[1]})")
    align, half = bool(node.option("AlignCorners")), bool(node.option("HalfPixelCenters"))
    if align and half:
        raise InputError("align_corners and half_pixel_centers must not both be set")
    return shape, size, align, half


def _nearest(net: Builder, node: Node) -> None:
    shape, size, align, half = _asked(net, node)
    index = identity(4)
    for axis, (i, o) in enumerate(zip(shape[1:3], size, strict=True), 1):
        scale = np.float32(i - 1) / np.float32(o - 1) if align and o > 1 else np.float32(i) / np.float32(o)
        x = (np.arange(o, dtype=np.float32) + np.float32(0.5 * half)) * scale
        places = np.clip(np.floor(x + np.float32(0.5)) if align else np.floor(x), 0, i - 1)
        index[axis] = Index(0, ((axis, 1),), tuple(int(place) for place in places))
    net.move(node.output, node.input(0), (shape[0], *size, shape[3]), index)


def _taps(i: int, o: int, *, align: bool, half: bool, whole: bool) -> tuple[NDArray[np.int64], NDArray[np.generic]]:
    """Places and weights, [output, 2]."""
    ends = (i - 1, o - 1) if align and o > 1 else (i, o)
    if whole:
        scale = (ONE * ends[0] + ends[1] // 2) // ends[1]
        at = np.arange(o) * scale + (scale // 2 - ONE // 2 if half else 0)
        low = np.maximum(np.trunc(at / ONE).astype(np.int64), 0)
        high = np.minimum(np.trunc((at + ONE - 1) / ONE).astype(np.int64), i - 1)
        rest = at - ONE * low
        return np.stack([low, high], 1), np.stack([ONE - rest, rest], 1).astype(np.int32)
    real = np.float32(ends[0]) / np.float32(ends[1])
    x = np.arange(o, dtype=np.float32)
    x = (x + np.float32(0.5)) * real - np.float32(0.5) if half else x * real
    low = np.maximum(np.floor(x), 0).astype(np.int64)
    high = np.minimum(np.ceil(x), i - 1).astype(np.int64)
    part = x - low.astype(np.float32)
    return np.stack([low, high], 1), np.stack([1 - part, part], 1).astype(np.float32)


def _bilinear(net: Builder, node: Node) -> None:
    shape, size, align, half = _asked(net, node)
    name, whole = node.input(0), net.quantised(node, 1)
    if whole and net.element(name) is not S8:
        raise UnsupportedError("its data must be f32 or s8")
    index = identity(4)
    weights: list[Operand] = []
    for axis, (i, o) in enumerate(zip(shape[1:3], size, strict=True), 1):
        places, factors = _taps(i, o, align=align, half=half, whole=whole)
        tap = 3 + axis
        index[axis] = Index(0, ((axis, 2), (tap, 1)), tuple(int(place) for place in places.ravel()))
        held = net.hold(f"{node.output}_weights", factors.astype(S32.dtype if whole else F32.dtype))
        weights.append(Operand(held, (Index(0, ((axis, 1),)), Index(0, ((tap, 1),)))))
    each: Argument = Operand(name, tuple(index))
    for weight in weights:
        each = term("mul", each, weight)
    total = term("sum", each)
    root = rounded_mean(total, float(ONE * ONE)) if whole else total
    net.nest(node.output, net.element(name), (shape[0], *size, shape[3]), root, (2, 2))


OPERATORS: dict[str, Operator] = {"RESIZE_NEAREST_NEIGHBOR": _nearest, "RESIZE_BILINEAR": _bilinear}
