"""Resize and Upsample: more or fewer places along axes.

An output's place i stands at a coordinate x of the input, of which the mode says how it follows from i. The output is
the input's number nearest to x, or of each axis a sum over its taps t, which are a reduced axis of the nest:

    y[i] = Σ_t f((p_t − x)·c)·input[p_t],    places p_t around x

where f is a triangle (linear) or a cubic, and c is 1, or the scale where an antialias widens f to make fewer places.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, UnsupportedError
from ...layer.building import at, identity
from ...layer.names import show
from ...layer.steps import Index, Operand
from ...layer.terms import Argument, term
from ..graph import Node
from .builder import Builder, Operator

F64 = NDArray[np.float64]


class Axis(NamedTuple):
    """inputs, outputs, their proportion as it is said, outputs by that, and the part of the input that is seen, from 0
    to 1."""

    i: int
    o: int
    scale: float
    whole: float
    start: float = 0.0
    end: float = 1.0


def _symmetric(x: F64, a: Axis) -> F64:
    return a.i / 2 * (1 - a.o / (a.scale * a.i)) + (x + 0.5) / a.scale - 0.5


def _cropped(x: F64, a: Axis) -> F64:
    if a.o == 1:
        return x + 0.5 * (a.start + a.end) * (a.i - 1)
    return a.start * (a.i - 1) + x * (a.end - a.start) * (a.i - 1) / (a.o - 1)


CROP = "tf_crop_and_resize"
COORDINATES: dict[str, Callable[[F64, Axis], F64]] = {
    "half_pixel": lambda x, a: (x + 0.5) / a.scale - 0.5,
    "half_pixel_symmetric": _symmetric,
    "pytorch_half_pixel": lambda x, a: (x + 0.5) / a.scale - 0.5 if a.o > 1 else x * 0,
    "align_corners": lambda x, a: x * (a.i - 1) / (a.whole - 1) if a.o > 1 else x * 0,
    "asymmetric": lambda x, a: x / a.scale,
    "tf_half_pixel_for_nn": lambda x, a: (x + 0.5) / a.scale,
    CROP: _cropped,
}
NEAREST: dict[str, Callable[[F64], F64]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5), "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor, "ceil": np.ceil,
}  # fmt: skip


def _triangle(d: F64, a: float) -> F64:
    return np.asarray(np.maximum(0, 1 - np.abs(d)), np.float64)


def _cubic(d: F64, a: float) -> F64:
    """Keys' kernel."""
    d = np.abs(d)
    near, far = ((a + 2) * d - (a + 3)) * d * d + 1, ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.asarray(np.where(d <= 1, near, np.where(d < 2, far, 0)), np.float64)


# kernel, and how far it reaches
KERNELS: dict[str, tuple[Callable[[F64, float], F64], int]] = {"linear": (_triangle, 1), "cubic": (_cubic, 2)}


class Asked(NamedTuple):
    """What a node asks for, but for extents."""

    mode: str
    coordinates: str
    nearest: str
    cubic: float = -0.75
    antialias: bool = False
    exclude: bool = False
    extrapolation: float = 0.0


def _asked(node: Node, opset: int) -> Asked:
    old = node.op == "Upsample" or opset < 11
    mode = node.get("mode", str, "nearest")
    found = Asked(
        {"bilinear": "linear", "bicubic": "cubic"}.get(mode, mode),
        node.get("coordinate_transformation_mode", str, "asymmetric" if old else "half_pixel"),
        node.get("nearest_mode", str, "floor" if old else "round_prefer_floor"),
        node.get("cubic_coeff_a", float, -0.75),
        bool(node.get("antialias", int, 0)), bool(node.get("exclude_outside", int, 0)),
        node.get("extrapolation_value", float, 0.0))
    for field, value, table in (("mode", found.mode, ("nearest", *KERNELS)),
                                ("coordinate_transformation_mode", found.coordinates, COORDINATES),
                                ("nearest_mode", found.nearest, NEAREST)):
        if value not in table:
            raise InputError(f"{field} must be one of {', '.join(table)} ({field}={show(value)})")
    return found


def _axes(net: Builder, node: Node) -> dict[int, Axis]:
    """Those that change, or of which a part is seen."""
    shape, opset = net.shape(node.input(0)), net.graph.opset
    old = node.op == "Upsample" or opset < 11
    axes = node.get("axes", tuple, tuple(range(len(shape))))
    axes = tuple(at(axis, len(shape), "axes") for axis in axes)
    given = {what: _constant(net, node, place, what) for place, what in
             enumerate(("scales",) if old else ("roi", "scales", "sizes"), 1)}
    scales = given["scales"] or node.get("scales", tuple, ())
    sizes = tuple(map(int, given.get("sizes") or ()))
    part = given.get("roi") or ()
    if len(part) not in (0, 2 * len(axes)) or (len(scales), len(sizes)) not in ((len(axes), 0), (0, len(axes))):
        raise InputError(f"scales or sizes must be one number for each axis, and roi two (scales={list(scales)},"
                         f" sizes={list(sizes)}, roi={list(part)}, {len(axes)} axes)")
    if min((*scales, *sizes)) <= 0:
        raise InputError(f"scales and sizes must be above 0 (scales={list(scales)}, sizes={list(sizes)})")
    policy = node.get("keep_aspect_ratio_policy", str, "stretch")
    if sizes and policy != "stretch":
        kept = (max if policy == "not_smaller" else min)(size / shape[axis] for axis, size in
                                                         zip(axes, sizes, strict=True))
        sizes = tuple(math.floor(kept * shape[axis] + 0.5) for axis in axes)
        scales = (kept,) * len(axes)
    found = {}
    for number, axis in enumerate(axes):
        i = shape[axis]
        o = sizes[number] if sizes else math.floor(i * scales[number])
        scale = scales[number] if scales else o / i
        ends = (part[number], part[len(axes) + number]) if part else (0.0, 1.0)
        if (i, scale, *ends) != (o, 1, 0, 1):
            found[axis] = Axis(i, o, scale, o if sizes else i * scale, *ends)
    return found


def _constant(net: Builder, node: Node, place: int, what: str) -> tuple[float, ...]:
    name = node.input(place)
    if not name:
        return ()
    array = net.array(name)
    if array is None:
        raise UnsupportedError(f"{what} must be a constant")
    return tuple(float(number) for number in array.ravel())


def _taps(asked: Asked, axis: Axis, x: F64) -> tuple[NDArray[np.int64], F64]:
    """Places and weights, [output, tap]."""
    kernel, reach = KERNELS[asked.mode]
    narrow = min(axis.scale, 1.0) if asked.antialias else 1.0
    count = 2 * math.ceil(reach / narrow)
    places = np.floor(x)[:, None] + np.arange(1 - count // 2, count // 2 + 1)
    weights = kernel((places - x[:, None]) * narrow, asked.cubic)
    if asked.exclude:
        weights = np.where((places >= 0) & (places < axis.i), weights, 0)
    if asked.exclude or asked.antialias:
        weights = weights / weights.sum(1, keepdims=True)
    return places.astype(np.int64), weights


def _resize(net: Builder, node: Node) -> None:
    name, asked, changed = node.input(0), _asked(node, net.graph.opset), _axes(net, node)
    shape, element = net.shape(name), net.element(name)
    if asked.mode != "nearest" and element.whole:
        raise UnsupportedError(f"its input must be floats unless mode is nearest (mode={asked.mode}, {element.name})")
    made, index, reduced = [*shape], identity(len(shape)), list[int]()
    weights: list[Operand] = []
    crop = asked.coordinates == CROP
    for number, (axis, one) in enumerate(changed.items()):
        made[axis] = one.o
        x = COORDINATES[asked.coordinates](np.arange(one.o, dtype=np.float64), one)
        beyond = (x < 0) | (x > one.i - 1) if crop else np.zeros(one.o, bool)
        if asked.mode == "nearest":
            nearest = np.clip(NEAREST[asked.nearest](x), 0, one.i - 1)
            index[axis] = Index(0, ((axis, 1),), _table(np.where(beyond, -1, nearest)))
            continue
        places, factors = _taps(asked, one, x)
        count, tap = places.shape[1], len(shape) + number
        places = np.where(beyond[:, None], -1, np.clip(places, 0, one.i - 1))
        index[axis] = Index(0, ((axis, count), (tap, 1)), _table(places))
        held = net.hold(f"{node.output}_weights", factors.astype(element.dtype))
        weights.append(Operand(held, (Index(0, ((axis, 1),)), Index(0, ((tap, 1),)))))
        reduced.append(count)
    root: Argument = Operand(name, tuple(index), asked.extrapolation if crop else None)
    for weight in weights:
        root = term("mul", root, weight)
    if weights:
        root = term("sum", root)
    assert not isinstance(root, float)
    net.nest(node.output, element, tuple(made), root, tuple(reduced))


def _table(places: NDArray[np.number]) -> tuple[int, ...]:
    return tuple(int(place) for place in places.ravel())


OPERATORS: dict[str, Operator] = {"Resize": _resize, "Upsample": _resize}
