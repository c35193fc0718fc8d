"""Operators that only move numbers: each number of the output is one of the input, or a constant."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...errors import InputError, UnsupportedError
from ...layer.building import Building, Shape, all_at, at, identity
from ...layer.names import brief
from ...layer.steps import Index
from ..constants import NotComputable, evaluate
from ..graph import Node
from .builder import Builder, Operator

FOUR = 4  # axes of an image


# --- other axes, in the same order ---


def _same(net: Builder, node: Node) -> None:
    """Identity, and Dropout, which does nothing where nobody trains."""
    ratio, mask = node.input(2), node.outputs[1] if len(node.outputs) > 1 else ""
    if mask and (mask in net.graph.readers or mask in net.graph.kept):
        raise UnsupportedError(f"its mask must not be read ({brief(mask)})")
    if ratio and ((trains := net.array(ratio)) is None or trains.any()):
        raise UnsupportedError(f"it must not train (training_mode={brief(ratio)})")
    net.reshape(node.output, node.input(0), net.shape(node.input(0)))


def _reshape(net: Builder, node: Node) -> None:
    shape = net.shape(node.input(0))
    wanted = net.numbers(node, 1, "shape")
    wanted = node.get("shape", tuple, ()) if wanted is None else wanted
    if not node.get("allowzero", int, 0):
        if any(extent == 0 and axis >= len(shape) for axis, extent in enumerate(wanted)):
            raise InputError(f"shape must copy axes that there are (shape={list(wanted)}, of {len(shape)} axes)")
        wanted = tuple(shape[axis] if extent == 0 else extent for axis, extent in enumerate(wanted))
    rest = math.prod(extent for extent in wanted if extent != -1)
    if wanted.count(-1) > 1 or rest < 1 or math.prod(shape) % rest:
        raise InputError(f"shape must keep the number of elements ({shape} becomes {list(wanted)})")
    net.reshape(node.output, node.input(0),
                tuple(math.prod(shape) // rest if extent == -1 else extent for extent in wanted))


def _flatten(net: Builder, node: Node) -> None:
    shape, axis = net.shape(node.input(0)), node.get("axis", int, 1)
    if not -len(shape) <= axis <= len(shape):
        raise InputError(f"axis must be an axis, or behind the last (axis={axis}, of {len(shape)} axes)")
    axis = axis + len(shape) if axis < 0 else axis
    net.reshape(node.output, node.input(0), (math.prod(shape[:axis]), math.prod(shape[axis:])))


def _axes(net: Builder, node: Node) -> tuple[int, ...] | None:
    """Of an attribute, or from opset 13 on the second input; None where they are not told."""
    given = net.numbers(node, 1, "axes")
    return node.get("axes", tuple, None) if given is None else given


def _squeeze(net: Builder, node: Node) -> None:
    shape, axes = net.shape(node.input(0)), _axes(net, node)
    gone = [axis for axis, extent in enumerate(shape) if extent == 1] if axes is None else all_at(axes, len(shape))
    net.reshape(node.output, node.input(0), tuple(e for axis, e in enumerate(shape) if axis not in gone))


def _unsqueeze(net: Builder, node: Node) -> None:
    shape, axes = net.shape(node.input(0)), _axes(net, node) or ()
    new, rest = all_at(axes, len(shape) + len(axes)), iter(shape)
    net.reshape(node.output, node.input(0),
                tuple(1 if axis in new else next(rest) for axis in range(len(shape) + len(axes))))


# --- other places ---


def _transpose(net: Builder, node: Node) -> None:
    shape = net.shape(node.input(0))
    order = node.get("perm", tuple, tuple(reversed(range(len(shape)))))
    if sorted(order) != list(range(len(shape))):
        raise InputError(f"perm must name each axis once (perm={list(order)}, of {len(shape)} axes)")
    transpose(net, node.output, node.input(0), order)


def transpose(net: Building, makes: str, reads: str, order: Sequence[int]) -> str:
    shape = net.shape(reads)
    return net.move(makes, reads, tuple(shape[axis] for axis in order),
                    [Index(0, ((order.index(axis), 1),)) for axis in range(len(shape))])


def _slice(net: Builder, node: Node) -> None:
    shape = net.shape(node.input(0))
    if net.graph.opset < 10:
        starts, ends = node.get("starts", tuple, ()), node.get("ends", tuple, ())
        axes, steps = node.get("axes", tuple, None), None
    else:
        starts, ends = (net.numbers(node, place, what) or () for place, what in ((1, "starts"), (2, "ends")))
        axes, steps = net.numbers(node, 3, "axes"), net.numbers(node, 4, "steps")
    axes = tuple(range(len(starts))) if axes is None else tuple(at(axis, len(shape), "axes") for axis in axes)
    steps = (1,) * len(axes) if steps is None else steps
    index, made = identity(len(shape)), [*shape]
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise InputError(f"starts, ends, axes and steps must be as many, and no step 0 (starts={list(starts)},"
                         f" ends={list(ends)}, axes={list(axes)}, steps={list(steps)})")
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        places = range(*slice(start, end, step).indices(shape[axis]))
        if step < 0 and end < -shape[axis]:  # before the first, which a slice cannot say
            places = range(*slice(start, None, step).indices(shape[axis]))
        index[axis], made[axis] = Index(places.start, ((axis, step),)), len(places)
    net.move(node.output, node.input(0), tuple(made), index)


def _split(net: Builder, node: Node) -> None:
    name, outputs = node.input(0), node.outputs
    shape = net.shape(name)
    axis = at(node.get("axis", int, 0), len(shape))
    sizes = net.numbers(node, 1, "split")
    sizes = node.get("split", tuple, None) if sizes is None else sizes
    if sizes is None:
        count = node.get("num_outputs", int, len(outputs))
        size = -(-shape[axis] // max(count, 1))
        sizes = tuple(min(size, shape[axis] - size * number) for number in range(count))
    if len(sizes) != len(outputs) or sum(sizes) != shape[axis]:
        raise InputError(f"split must give all outputs all of the axis (split={list(sizes)}, of {shape[axis]})")
    for number, (makes, size) in enumerate(zip(outputs, sizes, strict=True)):
        if makes and (makes in net.graph.readers or makes in net.graph.kept):
            index = identity(len(shape))
            index[axis] = Index(sum(sizes[:number]), ((axis, 1),))
            net.move(makes, name, (*shape[:axis], size, *shape[axis + 1 :]), index)


def _concat(net: Builder, node: Node) -> None:
    shapes = [net.shape(name) for name in node.inputs]
    axis = at(node.get("axis", int, 1), len(shapes[0]))
    if len({(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}) != 1 or len({*map(len, shapes)}) != 1:
        raise InputError(f"it must join arrays that differ along axis {axis} alone ({', '.join(map(str, shapes))})")
    if len(node.inputs) == 1:
        net.reshape(node.output, node.input(0), shapes[0])
    else:
        net.join(node.output, node.inputs, axis)


def _pad(net: Builder, node: Node) -> None:
    name = node.input(0)
    shape, mode = net.shape(name), node.get("mode", str, "constant")
    value: float = node.get("value", float, 0.0)
    pads = net.numbers(node, 1, "pads")
    if pads is None:
        pads = node.get("pads", tuple, node.get("paddings", tuple, ()))
    elif node.input(2):
        array = net.array(node.input(2))
        if array is None:
            raise UnsupportedError("constant_value must be a constant")
        value = float(array.item())
    axes = net.numbers(node, 3, "axes")
    axes = tuple(range(len(shape))) if axes is None else tuple(at(axis, len(shape), "axes") for axis in axes)
    if len(pads) != 2 * len(axes):
        raise InputError(f"pads must be two for each axis (pads={list(pads)}, {len(axes)} axes)")
    index, made = identity(len(shape)), [*shape]
    for axis, before, after in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        made[axis] += before + after
        index[axis] = padded(axis, shape[axis], before, made[axis], mode)
    net.move(node.output, name, tuple(made), index, value if mode == "constant" else None)


def padded(axis: int, extent: int, before: int, made: int, mode: str) -> Index:
    """Where an axis is read that begins `before` numbers earlier."""
    if mode == "constant" or (before <= 0 and made - before <= extent):
        return Index(-before, ((axis, 1),))
    places = np.arange(-before, made - before)
    if mode == "reflect":
        period = max(2 * (extent - 1), 1)
        places = extent - 1 - np.abs(extent - 1 - places % period)
    elif mode == "edge":
        places = np.clip(places, 0, extent - 1)
    elif mode == "wrap":
        places = places % extent
    else:
        raise InputError(f"mode must be constant, reflect, edge or wrap (mode={mode})")
    return Index(0, ((axis, 1),), tuple(map(int, places)))


def _blocks(net: Builder, node: Node) -> tuple[str, Shape, int]:
    shape, block = net.shape(node.input(0)), node.get("blocksize", int, 1)
    if len(shape) != FOUR or block < 1:
        raise InputError(f"it must have an image, and a block of at least 1 (input {shape}, blocksize={block})")
    return node.input(0), shape, block


def _depth_to_space(net: Builder, node: Node) -> None:
    name, (n, c, h, w), b = _blocks(net, node)
    if c % b**2:
        raise InputError(f"blocksize must divide the channels twice (blocksize={b}, channels={c})")
    dcr = node.get("mode", str, "DCR") == "DCR"
    split = (b, b, c // b**2) if dcr else (c // b**2, b, b)
    apart = net.reshape(net.hidden(node.output), name, (n, *split, h, w))
    order = (0, 3, 4, 1, 5, 2) if dcr else (0, 1, 4, 2, 5, 3)
    net.reshape(node.output, transpose(net, net.hidden(node.output), apart, order), (n, c // b**2, h * b, w * b))


def _space_to_depth(net: Builder, node: Node) -> None:
    name, (n, c, h, w), b = _blocks(net, node)
    if h % b or w % b:
        raise InputError(f"blocksize must divide height and width (blocksize={b}, {h}x{w})")
    apart = net.reshape(net.hidden(node.output), name, (n, c, h // b, b, w // b, b))
    order = (0, 3, 5, 1, 2, 4) if node.get("mode", str, "DCR") == "DCR" else (0, 1, 3, 5, 2, 4)
    turned = transpose(net, net.hidden(node.output), apart, order)
    net.reshape(node.output, turned, (n, c * b**2, h // b, w // b))


def _expand(net: Builder, node: Node) -> None:
    name, wanted = node.input(0), net.numbers(node, 1, "shape") or ()
    shape = net.shape(name)
    try:
        made = np.broadcast_shapes(shape, wanted)
    except ValueError:
        raise InputError(f"shape must be one that the input can have ({shape} becomes {list(wanted)})") from None
    first = len(made) - len(shape)
    net.move(node.output, name, made, [Index(0, ((first + axis, 1),) if extent > 1 else ())
                                       for axis, extent in enumerate(shape)])


def _tile(net: Builder, node: Node) -> None:
    name = node.input(0)
    shape, repeats = net.shape(name), net.numbers(node, 1, "repeats") or ()
    if len(repeats) != len(shape):
        raise InputError(f"repeats must be one for each axis (repeats={list(repeats)}, of {len(shape)} axes)")
    axes, index = list[int](), list[Index]()
    for extent, count in zip(shape, repeats, strict=True):
        axes += [count, extent] if count != 1 else [extent]
        index.append(Index(0, ((len(axes) - 1, 1),)))
    apart = net.move(net.hidden(node.output), name, tuple(axes), index)
    net.reshape(node.output, apart, tuple(e * count for e, count in zip(shape, repeats, strict=True)))


def _computed(net: Builder, node: Node) -> None:
    """A constant whose value nobody has computed yet."""
    try:
        (made,) = evaluate(node.proto, [net.array(name) for name in node.inputs], net.graph.opset)
    except NotComputable as reason:
        raise UnsupportedError(f"it must be computable ({brief(str(reason))})") from None
    net.reshape(node.output, net.hold(node.output, made), made.shape)


OPERATORS: dict[str, Operator] = {
    "Identity": _same, "Dropout": _same, "Reshape": _reshape, "Flatten": _flatten, "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze, "Transpose": _transpose, "Slice": _slice, "Split": _split, "Concat": _concat,
    "Pad": _pad, "DepthToSpace": _depth_to_space, "SpaceToDepth": _space_to_depth,
    "Expand": _expand, "Tile": _tile, "Constant": _computed, "ConstantOfShape": _computed,
}  # fmt: skip
