"""Operators that only move numbers, of whatever type: each number of the output is one of the input, or a constant."""

from __future__ import annotations

import math

from ...errors import InputError, UnsupportedError
from ...layer.building import Shape, at, identity
from ...layer.steps import Index
from ...onnx.operators.gathering import placed
from ...onnx.operators.moving import padded, transpose
from .builder import Builder, Node, Operator

# --- other axes, in the same order ---


def _reshape(net: Builder, node: Node) -> None:
    """RESHAPE, SQUEEZE, EXPAND_DIMS: the shape is the output's, which the file says."""
    net.reshape(node.output, node.input(0), net.made(node.output)[1])


# --- other places ---


def _transpose(net: Builder, node: Node) -> None:
    order, count = net.whole(node.input(1), "perm"), len(net.shape(node.input(0)))
    order = tuple(at(axis, count, "perm") for axis in order)
    if sorted(order) != list(range(count)):
        raise InputError(f"perm must name each axis once (perm={list(order)}, of {count} axes)")
    transpose(net, node.output, node.input(0), order)


def _strided_slice(net: Builder, node: Node) -> None:
    shape = net.shape(node.input(0))
    begin, end, steps = (net.whole(node.input(place), what) for place, what in
                         ((1, "begin"), (2, "end"), (3, "strides")))
    if node.option("EllipsisMask") or node.option("NewAxisMask"):
        raise UnsupportedError("ellipsis_mask and new_axis_mask must be 0")
    if not len(begin) == len(end) == len(steps) <= len(shape) or 0 in steps:
        raise InputError(f"begin, end and strides must be as many, and no stride 0 (begin={list(begin)},"
                         f" end={list(end)}, strides={list(steps)}, {len(shape)} axes)")
    places, gone = [range(extent) for extent in shape], set[int]()
    for axis, (first, last, step) in enumerate(zip(begin, end, steps, strict=True)):
        if node.option("ShrinkAxisMask") >> axis & 1:
            gone.add(axis)
            places[axis] = range(at(first, shape[axis], "begin"), shape[axis])[:1]
            continue
        open_first, open_last = (node.option(f"{what}Mask") >> axis & 1 for what in ("Begin", "End"))
        if not open_last and step < 0 and last < -shape[axis]:  # before the first, which a slice cannot say
            open_last = 1
        places[axis] = range(shape[axis])[slice(None if open_first else first, None if open_last else last, step)]
    _take(net, node, places, gone)


def _take(net: Builder, node: Node, places: list[range], gone: set[int]) -> None:
    """The numbers at these places of each axis, without the axes that are gone."""
    index = [Index(one.start, ((axis, one.step),) if len(one) > 1 else ()) for axis, one in enumerate(places)]
    made = tuple(map(len, places))
    if not gone:
        net.move(node.output, node.input(0), made, index)
        return
    apart = net.move(net.hidden(node.output), node.input(0), made, index)
    net.reshape(node.output, apart, tuple(extent for axis, extent in enumerate(made) if axis not in gone))


def _slice(net: Builder, node: Node) -> None:
    shape = net.shape(node.input(0))
    begin, size = net.whole(node.input(1), "begin"), net.whole(node.input(2), "size")
    if not len(begin) == len(size) == len(shape):
        raise InputError(f"begin and size must be one number for each axis (begin={list(begin)}, size={list(size)},"
                         f" {len(shape)} axes)")
    places = [range(first, extent if count == -1 else first + count)
              for first, count, extent in zip(begin, size, shape, strict=True)]
    if any(one.start < 0 or one.stop > extent for one, extent in zip(places, shape, strict=True)):
        raise InputError(f"begin and size must stay within the input (begin={list(begin)}, size={list(size)},"
                         f" input {shape})")
    _take(net, node, places, set())


def _split(net: Builder, node: Node) -> None:
    """SPLIT, whose first input is the axis; SPLIT_V, whose last is, behind the sizes."""
    even = node.kind == "SPLIT"
    name, number = (node.input(1), node.input(0)) if even else (node.input(0), node.input(2))
    shape = net.shape(name)
    axis = at(net.whole(number, "axis")[0], len(shape))
    count = len(node.outputs)
    sizes = (shape[axis] // count,) * count if even else net.whole(node.input(1), "sizes")
    if sizes.count(-1) == 1:
        sizes = tuple(shape[axis] - sum(sizes) - 1 if size == -1 else size for size in sizes)
    if len(sizes) != count or sum(sizes) != shape[axis] or min(sizes) < 1:
        raise InputError(f"sizes must give all outputs all of the axis (sizes={list(sizes)}, of {shape[axis]})")
    for number_of, (makes, size) in enumerate(zip(node.outputs, sizes, strict=True)):
        index = identity(len(shape))
        index[axis] = Index(sum(sizes[:number_of]), ((axis, 1),))
        net.move(makes, name, (*shape[:axis], size, *shape[axis + 1 :]), index)


def _concatenate(net: Builder, node: Node) -> None:
    shapes = [net.shape(name) for name in node.inputs]
    axis = at(node.option("Axis"), len(shapes[0]))
    if node.activation.name != "none":
        raise UnsupportedError("its activation must be none")
    if len({(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}) != 1 or len({*map(len, shapes)}) != 1:
        raise InputError(f"it must join arrays that differ along axis {axis} alone ({', '.join(map(str, shapes))})")
    if len({net.meaning(name) for name in (*node.inputs, node.output)}) > 1:
        raise UnsupportedError("its inputs and output must have one scale and zero_point")
    if len(node.inputs) == 1:
        net.reshape(node.output, node.input(0), shapes[0])
    else:
        net.join(node.output, node.inputs, axis)


def _pad(net: Builder, node: Node) -> None:
    """PAD by what stands for 0, PADV2 by a constant, MIRROR_PAD by what is there."""
    name = node.input(0)
    shape, given = net.shape(name), net.whole(node.input(1), "paddings")
    if len(given) != 2 * len(shape) or min(given) < 0:
        raise InputError(f"paddings must be two of at least 0 for each axis (paddings={list(given)},"
                         f" {len(shape)} axes)")
    mode, value = "constant", 0.0
    if node.kind == "MIRROR_PAD":
        mode = "symmetric" if node.option("Mode") else "reflect"
        if mode != "reflect":
            raise UnsupportedError("its mode must be REFLECT (it is SYMMETRIC)")
        if any(max(both) >= extent for both, extent in zip(zip(given[::2], given[1::2], strict=True), shape,
                                                           strict=True)):
            raise InputError(f"paddings must be less than the axis is long (paddings={list(given)}, input {shape})")
    elif node.kind == "PADV2":
        array = net.array(node.input(2))
        if array is None or array.size != 1:
            raise UnsupportedError("its value must be one constant number")
        value = float(array.item())
    elif zero := net.meaning(node.output)[1]:
        value = float(zero[0])
    index, made = identity(len(shape)), [*shape]
    for axis, (before, after) in enumerate(zip(given[::2], given[1::2], strict=True)):
        made[axis] += before + after
        index[axis] = padded(axis, shape[axis], before, made[axis], mode)
    net.move(node.output, name, tuple(made), index, value if mode == "constant" else None)


def _gather(net: Builder, node: Node) -> None:
    name, places = node.input(0), net.array(node.input(1))
    shape = net.shape(name)
    axis = at(node.option("Axis"), len(shape))
    if places is None or node.option("BatchDims"):
        raise UnsupportedError("its indices must be constant, and batch_dims 0")
    if ((places < 0) | (places >= shape[axis])).any():
        raise InputError(f"indices must be within the axis (axis={axis}, of {shape[axis]})")
    count = places.ndim
    index = [Index(0, ((other + (count - 1) * (other > axis), 1),)) for other in range(len(shape))]
    strides = [math.prod(places.shape[number + 1 :]) for number in range(count)]
    index[axis] = placed(places, tuple((axis + number, stride) for number, stride in enumerate(strides)))
    net.move(node.output, name, (*shape[:axis], *places.shape, *shape[axis + 1 :]), index)


def _pack(net: Builder, node: Node) -> None:
    """Values side by side along a new axis."""
    shape = net.shape(node.input(0))
    axis = at(node.option("Axis"), len(shape) + 1)
    wide = (*shape[:axis], 1, *shape[axis:])
    pieces = tuple(net.reshape(net.hidden(node.output), name, wide) for name in node.inputs)
    if len(pieces) == 1:
        net.reshape(node.output, pieces[0], net.shape(pieces[0]))
    else:
        net.join(node.output, pieces, axis)


def _unpack(net: Builder, node: Node) -> None:
    shape = net.shape(node.input(0))
    axis = at(node.option("Axis"), len(shape))
    if len(node.outputs) != shape[axis]:
        raise InputError(f"it must have an output for each place of the axis ({len(node.outputs)}, of {shape[axis]})")
    for place, makes in enumerate(node.outputs):
        index = [Index(place) if one == axis else Index(0, ((one - (one > axis), 1),)) for one in range(len(shape))]
        net.move(makes, node.input(0), (*shape[:axis], *shape[axis + 1 :]), index)


def _tile(net: Builder, node: Node) -> None:
    """TILE: places that begin again, of an axis as long as it was; or one place for all."""
    name = node.input(0)
    shape, made = net.shape(name), net.made(node.output)[1]
    first = len(made) - len(shape)
    if first < 0 or any(after % before for before, after in zip(shape, made[first:], strict=True)):
        raise InputError(f"its output must repeat its input ({shape} becomes {made})")
    index = []
    for axis, (before, after) in enumerate(zip(shape, made[first:], strict=True), first):
        table = tuple(place % before for place in range(after)) if 1 < before < after else ()
        index.append(Index(0, ((axis, 1),) if before > 1 else (), table))
    net.move(node.output, name, made, index)


def _blocks(net: Builder, node: Node) -> tuple[str, Shape, int]:
    shape, block = net.shape(node.input(0)), node.option("BlockSize")
    if len(shape) != 4 or block < 1:
        raise InputError(f"it must have an image, and a block of at least 1 (input {shape}, block_size={block})")
    return node.input(0), shape, block


def _depth_to_space(net: Builder, node: Node) -> None:
    name, (n, h, w, c), b = _blocks(net, node)
    if c % b**2:
        raise InputError(f"block_size must divide the channels twice (block_size={b}, channels={c})")
    apart = net.reshape(net.hidden(node.output), name, (n, h, w, b, b, c // b**2))
    turned = transpose(net, net.hidden(node.output), apart, (0, 1, 3, 2, 4, 5))
    net.reshape(node.output, turned, (n, h * b, w * b, c // b**2))


def _space_to_depth(net: Builder, node: Node) -> None:
    name, (n, h, w, c), b = _blocks(net, node)
    if h % b or w % b:
        raise InputError(f"block_size must divide height and width (block_size={b}, {h}x{w})")
    apart = net.reshape(net.hidden(node.output), name, (n, h // b, b, w // b, b, c))
    turned = transpose(net, net.hidden(node.output), apart, (0, 1, 3, 2, 4, 5))
    net.reshape(node.output, turned, (n, h // b, w // b, c * b**2))


def _reverse(net: Builder, node: Node) -> None:
    shape = net.shape(node.input(0))
    axes = {at(axis, len(shape), "axes") for axis in net.whole(node.input(1), "axes")}
    _take(net, node, [range(extent)[:: -1 if axis in axes else 1] for axis, extent in enumerate(shape)], set())


OPERATORS: dict[str, Operator] = {
    "RESHAPE": _reshape, "SQUEEZE": _reshape, "EXPAND_DIMS": _reshape, "TRANSPOSE": _transpose,
    "STRIDED_SLICE": _strided_slice, "SLICE": _slice, "SPLIT": _split, "SPLIT_V": _split,
    "CONCATENATION": _concatenate, "PAD": _pad, "PADV2": _pad, "MIRROR_PAD": _pad, "GATHER": _gather, "PACK": _pack,
    "UNPACK": _unpack, "TILE": _tile, "DEPTH_TO_SPACE": _depth_to_space,
    "SPACE_TO_DEPTH": _space_to_depth, "REVERSE_V2": _reverse,
}  # fmt: skip
