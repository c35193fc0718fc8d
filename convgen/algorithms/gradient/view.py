"""The program of a gradient of weights: functions that copy, tiles, and the tasks of both phases."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...plan.plan import Plan
from ...plan.program import (
    Advance,
    Call,
    Fma,
    For,
    Hot,
    If,
    Let,
    Load,
    Node,
    Parameter,
    Phase,
    Program,
    Statement,
    Step,
    Steps,
    View,
    affine,
    indices,
    nodes_of,
    reads,
    statements,
    unrank,
    writes,
)
from ..tiled.geometry import Strides, input_strides, output_strides
from ..weights import weight_address
from .numbers import Numbers, Rows, numbers, whole

STATEMENTS = 60  # of what is the same in all kernels, about


class Tile(NamedTuple):
    """A function that adds a block of sums. sums: name and place of each."""

    name: str
    parameters: tuple[Parameter, ...]
    comment: list[str]
    sums: list[tuple[str, int]]
    body: list[Node]


class Copy(NamedTuple):
    """A function that copies a row of pixels, `width` channels of each, of which `valid` are there. first, end: pixels
    that are there, of `number`. pixel, channel: from one of the caller's numbers to the next; start: to the first
    pixel. vectors: of a pixel, where channels are neighbours: the place, lanes that there is room for, and that are
    there (0: all; None: none)."""

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


class GradientView(View, frozen=True, kw_only=True):
    """What templates/gradient prints.

    tiles, copies: functions. signatures: the parameters of what copies a step of x and dy, and bodies: what they do, by
    name. places: loop variables of the tasks of each phase. summing, ending: what these do.
    """

    tiles: list[Tile]
    copies: list[Copy]
    signatures: dict[str, tuple[Parameter, ...]]
    bodies: dict[str, list[Node]]
    places: list[list[tuple[str, str, str]]]
    summing: list[Node]
    ending: list[Node]

    @property
    def statements(self) -> int:
        trees = [*self.bodies.values(), self.summing, self.ending]
        return STATEMENTS + sum(statements(tile.body) + 2 * len(tile.sums) for tile in self.tiles) \
            + sum(map(statements, trees))


def program_of(plan: Plan, row: Isa, io: Isa) -> Program:
    """What templates/gradient prints. io: of the caller's arrays."""
    n = numbers(plan)
    s = n.spec
    counted = ["images"] * (n.own.images > 1) + ["rows"] * (n.own.rows > 1)
    tiles, calls = _tiles(n, row, counted)
    x, dy = input_strides(s), output_strides(s)
    of_x = _copies("copy_row", "x", row, n.channels, n.inputs, (*n.w.inside, n.w.number), n.w.every * x.w, x.c,
                   -s.left * x.w)
    of_dy = _copies("copy_row_of_dy", "dy", row, n.width, n.outputs, (0, s.ow, s.ow), dy.w, dy.c, 0)
    depth = ["d"] * _deep(s)

    def which(functions: list[Copy]) -> list[str]:
        """What tells the blocks of a part, of which the last may have a function of its own."""
        return [*["first"] * (len(functions) > 1), "count"] if n.own.parts > 1 else []

    signatures = {
        "copy_input": (reads(io.scalar, "input"), writes(row.scalar, "x"),
                       *indices([*depth, "h", *counted, *(which(of_x) if n.by_channel else [])])),
        "copy_gradient": (reads(io.scalar, "output_gradient"), writes(row.scalar, "dy"),
                          *indices([*counted, *which(of_dy)]))}
    bodies = {"copy_input": _copied_input(n, row, io, x, [one.name for one in of_x]),
              "copy_gradient": _copied_gradient(n, io, dy, [one.name for one in of_dy])}
    view = GradientView(
        tiles=tiles + [_adding(n, row, counted)] * s.bias, copies=of_x + of_dy, signatures=signatures, bodies=bodies,
        places=[unrank([("split", n.own.splits, "parts of the pixels"), ("group", n.groups, "groups"),
                        ("part", n.own.parts, "parts of the output channels")]),
                unrank([("group", n.groups, "groups"), ("block", n.blocks, "blocks of output channels")])],
        summing=_summing(n, row, x, dy, calls, signatures), ending=_ending(n, row, io))
    tasks, ends = n.own.splits * n.groups * n.own.parts, n.groups * n.blocks
    loop = next(node for node in nodes_of(tiles[0].body) if isinstance(node, For) and node.var == "column")
    return Program(
        row=row, template="gradient/gradient.c.j2", pack="", view=view, parameters=(), packed=0,
        phases=(Phase("sum_task", tasks, "sums of some pixels and channels",
                      (*["task"] * (tasks > 1), "worker", "input", "output_gradient", "workspace")),
                Phase("end_task", ends, "blocks of output channels",
                      (*["task"] * (ends > 1), "weights_gradient", *["bias_gradient"] * s.bias, "workspace"))),
        workspace=n.shared, scratch=n.scratch, hot=Hot(tiles[0].name, (loop,)))


def _copies(name: str, what: str, row: Isa, width: int, channels: int, places: tuple[int, int, int], pixel: int,
            channel: int, start: int) -> list[Copy]:
    """Of whole blocks, and of the last one where it is none."""
    found = []
    for valid in [width] * (channels >= width) + [channels % width] * (channels % width > 0):
        vectors = [] if channel > 1 else [
            (at, min(width - at, row.lanes) % row.lanes, min(valid - at, row.lanes) % row.lanes
             if at < valid else None) for at in range(0, width, row.lanes)]
        own = f"{name}_{valid}" if valid < width else name
        found.append(Copy(own, what, width, valid, *places, pixel, channel, start, vectors))
    return found


def _blocks(full: int, names: list[str], call: Callable[[str, str], list[Node]], blocks: int, first: str,
            count: str) -> list[Node]:
    """Calls for each block; the last one of all may have a function of its own. first, count: of a part of them, in C;
    empty where it is all of them, `blocks`."""
    var = "block"
    if len(names) == 1:
        return _loop(var, count or str(blocks), call(names[0], var if count or blocks > 1 else ""))
    if not full:
        return call(names[0], "")
    if count:
        return [For(var, "0", count, 1, "", [If(f"{affine(first, (var, 1))} < {full}", call(names[0], var),
                                                call(names[1], var))])]
    return [*_loop(var, str(full), call(names[0], var if full > 1 else "")), *call(names[1], f"{full}")]


def _loop(var: str, count: str, nodes: list[Node]) -> list[Node]:
    return nodes if count == "1" else [For(var, "0", count, 1, "", nodes)]


def _deep(s: ConvSpec) -> bool:
    """Whether it matters which plane of x a row is of: not where there is but one, which is read."""
    return s.od > 1 or s.kd > 1 or s.front > 0 or s.back > 0


def _copied_input(n: Numbers, row: Isa, io: Isa, x: Strides, names: list[str]) -> list[Node]:
    """Planes and rows of x, those on padding as zeros."""
    s = n.spec
    blocks = n.part if n.by_channel else n.input_blocks
    parts = n.by_channel and n.own.parts > 1
    many = parts or blocks > 1
    deep = _deep(s)
    images = n.own.images > 1
    rows = affine("", ("rows", n.h.step), (s.kh - 1) * s.dh + 1 - n.h.step) if n.own.rows > 1 else str(n.h.number)

    def at(block: str) -> str:
        return affine("to", (block if many else "", n.input_block)) if not block.isdigit() else \
            affine("to", int(block) * n.input_block)

    where = affine("input", ("image" if images else "", x.n), ("plane" if deep else "", x.d), ("row", x.h))
    full = n.inputs // n.channels
    copied = [Let(f"const {io.in_memory} *", "from", where),
              *_blocks(full, names, lambda name, block: [Call(name, [affine("from", (block, n.channels * x.c))
                                                                     if not block.isdigit() else
                                                                     affine("from", int(block) * n.channels * x.c),
                                                                     at(block)])],
                       blocks, "first" if parts else "", "count" if parts else "")]
    zeros = _loop("block", "count" if parts else str(blocks), [
        For("i", "0", str(n.row), 1, "", [Statement(
            f"{row.put('to', affine('', ('block' if many else '', n.input_block), ('i', 1)), '0.0f')};")])])
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
    images, rows, parts = n.own.images > 1, n.own.rows > 1, n.own.parts > 1
    to = [("image" if images else "", n.picture), ("r" if rows else "", n.line)]

    def call(name: str, block: str) -> list[Node]:
        fixed = int(block) if block.isdigit() else 0
        variable = "" if block.isdigit() else block
        return [Call(name, [affine("from", (variable, n.width * dy.c), fixed * n.width * dy.c),
                            affine("dy", *to, (variable, n.block), fixed * n.block)])]

    nodes: list[Node] = [
        Let(f"const {io.in_memory} *", "from", affine("output_gradient", ("image" if images else "", dy.n),
                                                      ("r" if rows else "", dy.h))),
        *_blocks(n.outputs // n.width, names, call, n.part, "first" if parts else "", "count" if parts else "")]
    nodes = [For("r", "0", "rows", 1, "", nodes)] if rows else nodes
    return [For("image", "0", "images", 1, "", nodes)] if images else nodes


def _summing(n: Numbers, row: Isa, x: Strides, dy: Strides, calls: list[tuple[str, int, int]],
             signatures: dict[str, tuple[Parameter, ...]]) -> list[Node]:
    """The steps of a task."""
    own, memory, parts = n.own, f"{row.in_memory} *", n.own.parts > 1
    nodes: list[Node] = []
    if parts:
        left = f"{n.blocks} - first"
        count = f"{left} < {n.part} ? {left} : {n.part}" if n.blocks % n.part else str(n.part)
        nodes += [Let("const ptrdiff_t ", "first", affine("", ("part", n.part))),
                  Let("const ptrdiff_t ", "count", count)]
    nodes += [
        Let(memory, "x", affine("workspace", ("(ptrdiff_t)worker", n.scratch), n.shared)),
        Let(memory, "dy", affine("x", n.scratch - whole(n.part * n.block))),
        Let(memory, "all", affine("workspace", ("split" if own.splits > 1 else "", n.split),
                                  ("group" if n.groups > 1 else "", n.blocks * n.sums),
                                  ("first" if parts else "", n.sums))),
        For("i", "0", f"count * {n.sums}" if parts else str(n.blocks * n.sums), row.lanes, "",
            [Statement(f"{row.store('all + i', row.zero())};")])]
    each = n.steps // own.splits
    bounds = (f"split * {n.steps} / {own.splits}", f"(split + 1) * {n.steps} / {own.splits}")
    if n.steps == each * own.splits:
        split = "split" if own.splits > 1 else ""
        bounds = affine("", (split, each)), affine("", (split, each), each)
    step = [*_places(n), *_copied(n, x, dy, signatures), *_products(n, memory, calls)]
    return [*nodes, For("step", *bounds, 1, "", step)]


def _places(n: Numbers) -> list[Node]:
    """Where a step is: its first image, plane and row of outputs, and how many images and rows are its."""
    s, own, nodes = n.spec, n.own, list[Node]()
    if n.batches > 1:
        below = s.od * n.heights
        image = "step" if below == 1 else f"step / {below}"
        nodes.append(Let("const ptrdiff_t ", "n", image if own.images == 1 else f"{image} * {own.images}"))
    if s.od > 1:
        nodes.append(Let("const ptrdiff_t ", "od", ("step" if n.heights == 1 else f"step / {n.heights}")
                         + f" % {s.od}" * (n.batches > 1)))
    if n.heights > 1:
        nodes.append(Let("const ptrdiff_t ", "oh", "step" + f" % {n.heights}" * (n.steps > n.heights)
                         + f" * {own.rows}" * (own.rows > 1)))
    for name, most, extent, var in (("images", own.images, s.n, "n"), ("rows", own.rows, s.oh, "oh")):
        if most > 1:
            left = f"{extent} - {var}"
            nodes.append(Let("const ptrdiff_t ", name, str(most) if extent % most == 0 else
                             f"{left} < {most} ? {left} : {most}"))
    return nodes


def _copied(n: Numbers, x: Strides, dy: Strides, signatures: dict[str, tuple[Parameter, ...]]) -> list[Node]:
    """Calls of what copies a step of x and dy."""
    s, group = n.spec, "group" if n.groups > 1 else ""
    image, plane, row = "n" if n.batches > 1 else "", "od" if s.od > 1 else "", "oh" if n.heights > 1 else ""
    every = ("first" if n.own.parts > 1 else "", n.width)
    given = {
        "input": affine("input", (image, x.n), (group, s.icg * x.c), *[(every[0], every[1] * x.c)] * n.by_channel),
        "output_gradient": affine("output_gradient", (image, dy.n), (plane, dy.d), (row, dy.h), (group, s.ocg * dy.c),
                                  (every[0], every[1] * dy.c)),
        "d": affine("", (plane, s.sd), -s.front), "h": affine("", (row, s.sh), -s.top)}
    return [Call(name, [given.get(parameter.name, parameter.name) for parameter in parameters])
            for name, parameters in signatures.items()]


def _products(n: Numbers, memory: str, calls: list[tuple[str, int, int]]) -> list[Node]:
    """Adds the products of a step, block by block."""
    own, parts = n.own, n.own.parts > 1
    several = parts or n.blocks > 1
    counted = ["images"] * (own.images > 1) + ["rows"] * (own.rows > 1)
    block = "block" if several else ""
    along = "" if n.by_channel or n.input_blocks == 1 else "a"
    of_x = (block if n.by_channel else along, n.input_block)
    added: list[Node] = [Call(name, [affine("x", of_x, start), "own", affine("sums", (along, n.tile), first), *counted])
                         for name, start, first in calls]
    added = [For("a", "0", str(n.input_blocks), 1, "blocks of input channels", added)] if along else added
    tile: list[Node] = [Let(f"const {memory}", "own", affine("dy", (block, n.block))),
                        Let(memory, "sums", affine("all", (block, n.sums))), *added]
    if n.spec.bias:
        tile.append(Call("add_bias", ["own", affine("sums", n.input_blocks * n.tile), *counted]))
    return [For("block", "0", "count" if parts else str(n.blocks), 1, "blocks of output channels", tile)] \
        if several else tile


def _adding(n: Numbers, row: Isa, counted: list[str]) -> Tile:
    """The sums of dy."""
    vectors = range(0, n.width, row.lanes)
    sums = [(f"acc{v}", v) for v in vectors]
    added: list[Node] = [Statement(f"acc{v} = {row.add(f'acc{v}', row.load(affine('dy_w', v)))};") for v in vectors]
    nodes: list[Node] = [
        Let(f"const {row.in_memory} *", "dy_w", affine("dy", ("image" if "images" in counted else "", n.picture),
                                                       ("row" if "rows" in counted else "", n.line))),
        For("column", "0", str(n.spec.ow), 1, "", [*added, Advance("dy_w", n.width)])]
    return Tile("add_bias", (reads(row.scalar, "dy"), writes(row.scalar, "sums"), *indices(counted)),
                [f"Adds dy to the sums of {n.width} output channels."], sums, _counting(nodes, counted))


def _counting(nodes: list[Node], counted: list[str]) -> list[Node]:
    """Loops over images and rows, where there are several."""
    for variable, count in (("row", "rows"), ("image", "images")):
        nodes = [For(variable, "0", count, 1, "", nodes)] if count in counted else nodes
    return nodes


def _tiles(n: Numbers, row: Isa, counted: list[str]) -> tuple[list[Tile], list[tuple[str, int, int]]]:
    """The functions, and their calls: of which, where x begins, and where the sums do."""
    names, found, calls = dict[tuple[int, ...], str](), list[Tile](), list[tuple[str, int, int]]()
    for rows in n.rows:
        if rows.offsets not in names:
            names[rows.offsets] = f"add_{len(rows.offsets)}x{n.width}" + f"_{len(names)}" * (len(names) > 0)
            found.append(_tile(n, row, names[rows.offsets], rows, counted))
        calls.append((names[rows.offsets], rows.start, rows.first * (n.tile // n.taps)))
    return found, calls


def _tile(n: Numbers, row: Isa, name: str, rows: Rows, counted: list[str]) -> Tile:
    vectors = range(n.plan.nr)
    step: Step = [Load(f"b{v}", row.load(affine("dy_w", v * row.lanes))) for v in vectors]
    for r, at in enumerate(rows.offsets):
        if n.by_channel:
            for v in vectors:
                step += [Load(f"a{r}_{v}", row.load(affine("x_w", at + v * row.lanes))),
                         Fma(f"acc{r}_{v}", f"a{r}_{v}", f"b{v}")]
        else:
            step.append(Load(f"a{r}", row.broadcast(affine("x_w", at))))
            step += [Fma(f"acc{r}_{v}", f"a{r}", f"b{v}") for v in vectors]
    numbers_of = f"const {row.in_memory} *"
    nodes: list[Node] = [
        Let(numbers_of, "x_w", affine("x", ("image" if "images" in counted else "", n.image),
                                      ("row" if "rows" in counted else "", n.h.step * n.row))),
        Let(numbers_of, "dy_w", affine("dy", ("image" if "images" in counted else "", n.picture),
                                       ("row" if "rows" in counted else "", n.line))),
        For("column", "0", str(n.spec.ow), 1, "", [Steps([step], shared=True), Advance("x_w", n.w.step * n.pixel),
                                                   Advance("dy_w", n.width)])]
    nodes = _counting(nodes, counted)
    said = "taps" if n.by_channel else "input channels and taps"
    sums = [(f"acc{r}_{v}", r * n.width + v * row.lanes) for r in range(len(rows.offsets)) for v in vectors]
    return Tile(name, (reads(row.scalar, "x"), reads(row.scalar, "dy"), writes(row.scalar, "sums"), *indices(counted)),
                [f"Adds to the sums of {len(rows.offsets)} {said} and {n.width} output channels.",
                 "x, dy: the first pixel, in blocks of channels."], sums, nodes)


def _ending(n: Numbers, row: Isa, io: Isa) -> list[Node]:
    """The sums of a block of output channels, and what they become, in the order of the layout."""
    s = n.spec
    group, block = "group" if n.groups > 1 else "", "block" if n.blocks > 1 else ""
    dims = [f"k{axis.name}" for axis in s.axes if axis.k > 1]
    tap = affine("", *((f"k{axis.name}" if axis.k > 1 else "", pitch) for axis, pitch in
                       zip(s.axes, (s.kh * s.kw, s.kw, 1), strict=True)))
    tap = f"({tap})" if " " in tap else tap
    a, c = "a" if n.input_blocks > 1 else "", "c" if n.channels > 1 else ""
    own = [] if n.by_channel else [(a, n.tile), (c, n.width)]
    place = affine("", *own, (tap if dims else "", n.tile // n.taps), ("o", 1))
    channel = "" if n.by_channel else affine("", (a, n.channels), (c, 1))
    channel = f"({channel})" if " " in channel else "" if channel == "0" else channel
    first = affine("", (group, s.ocg), (block, n.width), ("o", 1))
    address = weight_address(s, "oc", channel, dims)
    nodes: list[Node] = [Statement(f"{io.put('weights_gradient', address, row.get('sums', place))};")]
    for letter in reversed(s.weights_layout.replace("hw", "k")):
        if letter == "k":
            for dim in reversed(dims):
                nodes = [For(dim, "0", str(getattr(s, dim)), 1, "", nodes)]
        elif letter == "o":
            nodes = [For("o", "0", "outputs", 1, "", [Let("const ptrdiff_t ", "oc", first), *nodes])]
        elif not n.by_channel:
            nodes = _channels(n, nodes)
    if s.bias:
        put = io.put("bias_gradient", "oc", row.get("sums", affine("", ("o", 1), n.input_blocks * n.tile)))
        nodes.append(For("o", "0", "outputs", 1, "", [Let("const ptrdiff_t ", "oc", first), Statement(f"{put};")]))
    left = affine(str(n.outputs), (block, -n.width)).replace("+ block * -", "- block * ")
    outputs = f"{left} < {n.width} ? {left} : {n.width}" if n.outputs % n.width else str(n.width)
    sums = affine("workspace", (group, n.blocks * n.sums), (block, n.sums))
    return [Let(f"{row.in_memory} *", "sums", sums), Let("const ptrdiff_t ", "outputs", outputs), *_added(n, row),
            *nodes]


def _added(n: Numbers, row: Isa) -> list[Node]:
    """All parts of the pixels, to the first."""
    if n.own.splits == 1:
        return []
    more = For("split", "1", str(n.own.splits), 1, "", [
        Statement(f"acc = {row.add('acc', row.load(affine('sums + i', ('split', n.split))))};")])
    return [For("i", "0", str(n.sums), row.lanes, "", [
        Let(f"{row.vector} ", "acc", row.load("sums + i")), more, Statement(f"{row.store('sums + i', 'acc')};")])]


def _channels(n: Numbers, nodes: list[Node]) -> list[Node]:
    """A loop over the input channels of a group, block by block."""
    if n.channels > 1 and n.inputs % n.channels:
        count = f"{n.inputs} - a * {n.channels} < {n.channels} ? {n.inputs} - a * {n.channels} : {n.channels}"
        nodes = [Let("const ptrdiff_t ", "channels", count), For("c", "0", "channels", 1, "", nodes)]
    elif n.channels > 1:
        nodes = [For("c", "0", str(n.channels), 1, "", nodes)]
    return [For("a", "0", str(n.input_blocks), 1, "", nodes)] if n.input_blocks > 1 else nodes

