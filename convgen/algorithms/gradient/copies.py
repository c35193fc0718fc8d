"""What copies the rows of x and dy that a step reads into blocks of channels: padded, and in f32. What lies as tiles
read it is not copied (Numbers.x_lies, dy_lies).

Channels that are neighbours are copied vector by vector, and so are rows of planes that stay planes. Of planes whose
channels shall lie in lanes, squares of as many pixels as channels are transposed:

    from   [channel][pixel]        to   [pixel][channel of the block]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...plan.program import (
    Call,
    For,
    If,
    Let,
    Node,
    Parameter,
    Statement,
    affine,
    indices,
    reads,
    writes,
)
from ..squares import Square, square
from ..tiled.geometry import Strides, input_strides, output_strides
from .numbers import Numbers, Side


class Copy(NamedTuple):
    """A function that copies a row of pixels, `width` channels of each, of which `valid` are there. first, end: pixels
    that are there, of `number`. pixel, channel: from one of the caller's numbers to the next; start: to the first
    pixel. vectors: of a pixel, where channels are neighbours: the place, lanes that there is room for, and that are
    there (0: all; None: none). nodes: what does it otherwise than pixel by pixel."""

    name: str
    what: str
    width: int
    valid: int
    first: int
    end: int
    number: int
    pixel: int
    channel: int
    start: int
    vectors: list[tuple[int, int, int | None]]
    nodes: list[Node]


class Copies(NamedTuple):
    """rows, squares: functions. signatures: the parameters of what copies a step of x and dy; bodies: what that does,
    by name."""

    rows: list[Copy]
    squares: list[Square]
    signatures: dict[str, tuple[Parameter, ...]]
    bodies: dict[str, list[Node]]


def copies_of(n: Numbers, row: Isa, io: Isa, x: Strides, dy: Strides, counted: list[str]) -> Copies:
    """Of a plan. io: of the caller's arrays, x and dy: their strides; counted: of images and rows, those that are
    several in a step."""
    s, squares = n.spec, dict[str, Square]()
    apart_x, apart_dy = strides(n)
    of_x, of_dy = list[Copy](), list[Copy]()
    if not n.x_lies:
        places = (*n.w.inside, n.w.number)
        of_x = _rows("copy_row", "x", n.x, row, io, n.inputs, places, apart_x, -s.left * x.w, squares)
    if not n.dy_lies:
        of_dy = _rows("copy_row_of_dy", "dy", n.dy, row, io, n.outputs, (0, s.ow, n.columns), apart_dy, 0, squares)

    def which(side: Side, functions: list[Copy]) -> list[str]:
        """What tells the blocks of a part, of which the last may have a function of its own."""
        return [*["first"] * (len(functions) > 1), "count"] if n.parted(side) else []

    signatures, bodies = dict[str, tuple[Parameter, ...]](), dict[str, list[Node]]()
    if of_x:
        signatures["copy_input"] = (reads(io.scalar, "input"), writes(row.scalar, "x"),
                                    *indices([*["d"] * _deep(s), "h", *counted, *which(n.x, of_x)]))
        bodies["copy_input"] = _copied_input(n, row, io, x, [one.name for one in of_x])
    if of_dy:
        signatures["copy_gradient"] = (reads(io.scalar, "output_gradient"), writes(row.scalar, "dy"),
                                       *indices([*counted, *which(n.dy, of_dy)]))
        bodies["copy_gradient"] = _copied_gradient(n, io, dy, [one.name for one in of_dy])
    return Copies(of_x + of_dy, [*squares.values()], signatures, bodies)


def called(n: Numbers, row: Isa, x: Strides, dy: Strides,
           signatures: dict[str, tuple[Parameter, ...]]) -> list[Node]:
    """What has x and dy of a step: calls of what copies them, or where they lie."""
    s, group = n.spec, "group" if n.groups > 1 else ""
    image, plane, line = "n" if n.batches > 1 else "", "od" if s.od > 1 else "", "oh" if n.heights > 1 else ""

    def first(side: Side, channel: int) -> tuple[str, int]:
        return ("first" if n.parted(side) else "", n.width * channel)

    given = {
        "input": affine("input", (image, x.n), (group, s.icg * x.c), first(n.x, x.c)),
        "output_gradient": affine("output_gradient", (image, dy.n), (plane, dy.d), (line, dy.h), (group, s.ocg * dy.c),
                                  first(n.dy, dy.c)),
        "d": affine("", (plane, s.sd), -s.front), "h": affine("", (line, s.sh), -s.top)}
    lie: list[Node] = []
    if n.x_lies:
        place = affine("input", (image, x.n), (plane, s.sd * x.d), (line, s.sh * x.h), (group, s.icg * x.c),
                       first(n.x, x.c))
        lie.append(Let(f"const {row.in_memory} *", "x", place))
    if n.dy_lies:
        lie.append(Let(f"const {row.in_memory} *", "dy", given["output_gradient"]))
    return [*lie, *(Call(name, [given.get(parameter.name, parameter.name) for parameter in parameters])
                    for name, parameters in signatures.items())]


# --- rows ---


def _rows(name: str, what: str, side: Side, row: Isa, io: Isa, channels: int, places: tuple[int, int, int],
          apart: tuple[int, int], start: int, squares: dict[str, Square]) -> list[Copy]:
    """Of whole blocks, and of the last one where it is none."""
    found, (pixel, channel), width = [], apart, side.width
    for valid in [width] * (channels >= width) + [channels % width] * (channels % width > 0):
        vectors = [] if channel > 1 else [
            (at, min(width - at, row.lanes) % row.lanes, min(valid - at, row.lanes) % row.lanes
             if at < valid else None) for at in range(0, width, row.lanes)]
        own = f"{name}_{valid}" if valid < width else name
        nodes = list[Node]()
        if side.planes:
            nodes = _planes(row, io, width, valid, places, channel, start)
        elif transposes(side, row.lanes, apart) and places[1] > places[0]:
            nodes = _squares(what, row, valid, places, channel, start, width, squares)
        there = (0, places[2]) if side.planes else places[:2]
        found.append(Copy(own, what, width, valid, *there, places[2], pixel, channel, start, vectors, nodes))
    return found


def _planes(row: Isa, io: Isa, width: int, valid: int, places: tuple[int, int, int], channel: int,
            start: int) -> list[Node]:
    """A row of each channel, and zeros where there is none."""
    (first, end, number), lanes = places, row.lanes

    def zeros(begin: int, behind: int, to: str) -> list[Node]:
        return [For("i", str(begin), str(behind), 1, "", [Statement(f"{row.put(to, 'i', '0.0f')};")])] \
            if begin < behind else []

    whole = first + (end - first) // lanes * lanes
    copied: list[Node] = [For("w", str(first), str(whole), lanes, "", [
        Statement(f"{row.store('plane + w', io.load('taken + w'))};")])] if first < whole else []
    if left := (end - first) % lanes if first < end else 0:
        part = io.load_part(affine("taken", whole), 0, left)
        copied.append(Statement(f"{row.store_tail(affine('plane', whole), part, left)};"))
    channels: list[Node] = [
        Let(f"const {io.in_memory} *", "taken", affine("from", ("c", channel), start)),
        Let(f"{row.in_memory} *", "plane", affine("to", ("c", number))),
        *zeros(0, first, "plane"), *copied, *zeros(end, number, "plane")]
    return [For("c", "0", str(valid), 1, "", channels), *zeros(valid * number, width * number, "to")]


def strides(n: Numbers) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of x and dy, from one of the caller's pixels that are read to the next, and from channel to channel."""
    x, dy = input_strides(n.spec), output_strides(n.spec)
    return (n.w.every * x.w, x.c), (dy.w, dy.c)


def transposes(side: Side, lanes: int, apart: tuple[int, int]) -> bool:
    """Whether a block of channels is transposed: of planes of neighbouring pixels. apart: see strides."""
    pixel, channel = apart
    return side.parted and not side.planes and lanes > 1 and pixel == 1 < channel


def _squares(what: str, row: Isa, valid: int, places: tuple[int, int, int], channel: int, start: int, width: int,
             squares: dict[str, Square]) -> list[Node]:
    """Calls for a row of pixels. The last square ends where the row does: of some pixels that is the second time."""
    (first, end, _), lanes = places, row.lanes
    pixels = min(lanes, end - first)

    def at(w: str, fixed: int) -> list[Node]:
        nodes = list[Node]()
        for c in range(0, valid, lanes):
            one = square(what, row, min(lanes, valid - c), pixels, channel, width)
            squares[one.name] = one
            nodes.append(Call(one.name, [affine("from", (w, 1), c * channel + start + fixed),
                                         affine("to", (w, width), c + fixed * width)]))
        return nodes

    whole = (end - first) // pixels * pixels
    nodes = at("", first) if whole == pixels else [For("w", str(first), str(first + whole), lanes, "", at("w", 0))]
    nodes += at("", end - pixels) * (first + whole < end)
    zeros: list[Node] = [Statement(f"{row.store(affine('to', ('w', width), c), row.zero())};")
                         for c in range(-(-valid // lanes) * lanes, width, lanes)]
    return nodes + ([For("w", str(first), str(end), 1, "", zeros)] if zeros else [])


# --- a step ---


def _blocks(full: int, names: list[str], call: Callable[[str, str, int], list[Node]], blocks: int, first: str,
            count: str) -> list[Node]:
    """Calls for each block, told by a variable or a number; the last one of all may have a function of its own. first,
    count: of a part of them, in C; empty where it is all of them, `blocks`."""
    var = "block"
    if len(names) == 1:
        return _loop(var, count or str(blocks), call(names[0], var if count or blocks > 1 else "", 0))
    if not full:
        return call(names[0], "", 0)
    if count:
        return [For(var, "0", count, 1, "", [If(f"{affine(first, (var, 1))} < {full}", call(names[0], var, 0),
                                                call(names[1], var, 0))])]
    return [*_loop(var, str(full), call(names[0], var if full > 1 else "", 0)), *call(names[1], "", full)]


def _loop(var: str, count: str, nodes: list[Node]) -> list[Node]:
    return nodes if count == "1" else [For(var, "0", count, 1, "", nodes)]


def _deep(s: ConvSpec) -> bool:
    """Whether it matters which plane of x a row is of: not where there is but one, which is read."""
    return s.od > 1 or s.kd > 1 or s.front > 0 or s.back > 0


def _copied_input(n: Numbers, row: Isa, io: Isa, x: Strides, names: list[str]) -> list[Node]:
    """Planes and rows of x, those on padding as zeros."""
    s, parts = n.spec, n.parted(n.x)
    deep, images = _deep(s), n.own.images > 1
    rows = affine("", ("rows", n.h.step), (s.kh - 1) * s.dh + 1 - n.h.step) if n.own.rows > 1 else str(n.h.number)

    def call(name: str, block: str, fixed: int) -> list[Node]:
        channels = n.x.width * x.c
        return [Call(name, [affine("from", (block, channels), fixed * channels),
                            affine("to", (block, n.input_block), fixed * n.input_block)])]

    where = affine("input", ("image" if images else "", x.n), ("plane" if deep else "", x.d), ("row", x.h))
    copied = [Let(f"const {io.in_memory} *", "from", where),
              *_blocks(n.inputs // n.x.width, names, call, n.x.blocks, "first" if parts else "",
                       "count" if parts else "")]
    many = "block" if parts or n.x.blocks > 1 else ""
    zeros = _loop("block", "count" if parts else str(n.x.blocks), [
        For("i", "0", str(n.row), 1, "", [Statement(
            f"{row.put('to', affine('', (many, n.input_block), ('i', 1)), '0.0f')};")])])
    tests = [f"plane < 0 || plane >= {s.id}"] * (s.front > 0 or s.back > 0) \
        + [f"row < 0 || row >= {s.ih}"] * (s.top > 0 or s.bottom > 0 or n.h.every == 1 < s.sh)
    lines: list[Node] = [
        Let("const ptrdiff_t ", "row", affine("h", ("r", n.h.every))),
        Let(f"{row.in_memory} *", "to", affine("x", ("image" if images else "", n.image),
                                               ("kd" if s.kd > 1 else "", n.plane), ("r", n.row))),
        *([If(" || ".join(tests), zeros, copied)] if tests else copied)]
    nodes: list[Node] = [For("r", "0", rows, 1, "", lines)]
    if deep:
        nodes.insert(0, Let("const ptrdiff_t ", "plane", affine("d", ("kd" if s.kd > 1 else "", s.dd))))
    nodes = _loop("kd", str(s.kd), nodes)
    return [For("image", "0", "images", 1, "", nodes)] if images else nodes


def _copied_gradient(n: Numbers, io: Isa, dy: Strides, names: list[str]) -> list[Node]:
    """Rows of dy."""
    images, rows, parts = n.own.images > 1, n.own.rows > 1, n.parted(n.dy)
    to = [("image" if images else "", n.picture), ("r" if rows else "", n.line)]

    def call(name: str, block: str, fixed: int) -> list[Node]:
        channels = n.dy.width * dy.c
        return [Call(name, [affine("from", (block, channels), fixed * channels),
                            affine("dy", *to, (block, n.block), fixed * n.block)])]

    nodes: list[Node] = [
        Let(f"const {io.in_memory} *", "from", affine("output_gradient", ("image" if images else "", dy.n),
                                                      ("r" if rows else "", dy.h))),
        *_blocks(n.outputs // n.dy.width, names, call, n.dy.blocks, "first" if parts else "", "count" if parts else "")]
    nodes = [For("r", "0", "rows", 1, "", nodes)] if rows else nodes
    return [For("image", "0", "images", 1, "", nodes)] if images else nodes
