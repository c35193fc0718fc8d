"""The program of a gradient of weights: tiles, and the tasks of both phases."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...machine.isa import Isa
from ...plan.plan import Plan
from ...plan.program import (
    Advance,
    Block,
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
from ..squares import Square, square
from ..tiled.geometry import Strides, input_strides, output_strides
from ..weights import weight_address
from .copies import Copies, Copy, called, copies_of
from .numbers import Numbers, Rows, numbers

STATEMENTS = 60  # of what is the same in all kernels, about


class Tile(NamedTuple):
    """A function that adds a block of sums. sums: name and place of each."""

    name: str
    parameters: tuple[Parameter, ...]
    comment: list[str]
    sums: list[tuple[str, int]]
    body: list[Node]


class Called(NamedTuple):
    """Calls of a tile: which, where x begins, and where the sums do; how many there are, and how far apart."""

    name: str
    start: int
    first: int
    number: int = 1
    step: int = 0
    pitch: int = 0


LOOPED = 8  # calls that differ evenly are a loop from there on


class Calls(NamedTuple):
    """Those for each block of channels that are not in lanes; and for the last one, where that has fewer."""

    each: list[Called]
    last: list[Called]


class GradientView(View, frozen=True, kw_only=True):
    """What templates/gradient prints.

    tiles, copies, squares: functions. fresh: whether tiles begin sums at 0, where no task adds to them. signatures: the
    parameters of what copies a step of x and dy, and bodies: what they do, by name. places: loop variables of the tasks
    of each phase. summing, ending: what these do.
    """

    tiles: list[Tile]
    copies: list[Copy]
    squares: list[Square]
    fresh: bool
    signatures: dict[str, tuple[Parameter, ...]]
    bodies: dict[str, list[Node]]
    places: list[list[tuple[str, str, str]]]
    summing: list[Node]
    ending: list[Node]

    @property
    def statements(self) -> int:
        trees = [*self.bodies.values(), self.summing, self.ending]
        squares = sum(one.statements for one in self.squares)
        return STATEMENTS + sum(statements(tile.body) + 2 * len(tile.sums) for tile in self.tiles) \
            + sum(map(statements, trees)) + squares


def program_of(plan: Plan, row: Isa, io: Isa) -> Program:
    """What templates/gradient prints. io: of the caller's arrays."""
    n = numbers(plan)
    s = n.spec
    counted = ["images"] * (n.own.images > 1) + ["rows"] * (n.own.rows > 1)
    tiles, calls = _tiles(n, row, counted)
    x, dy = input_strides(s), output_strides(s)
    copies = copies_of(n, row, io, x, dy, counted)
    blocks = f"{'input' if n.by_input else 'output'} channels"
    view = GradientView(
        tiles=tiles + [_adding(n, row, counted)] * s.bias, copies=copies.rows, fresh=n.fresh,
        squares=copies.squares + ([_ending_square(n, row)] if n.ends_in_squares else []),
        signatures=copies.signatures, bodies=copies.bodies,
        places=[unrank([("split", n.own.splits, "parts of the pixels"), ("group", n.groups, "groups"),
                        ("part", n.own.parts, f"parts of the {blocks}")]),
                unrank([("group", n.groups, "groups"), ("block", n.blocks, f"blocks of {blocks}")])],
        summing=_summing(n, row, x, dy, calls, copies), ending=_ending(n, row, io))
    tasks, ends = n.own.splits * n.groups * n.own.parts, n.groups * n.blocks
    hot = [node for node in nodes_of(tiles[0].body) if isinstance(node, For) and node.var == "column"]
    return Program(
        row=row, template="gradient/gradient.c.j2", pack="", view=view, parameters=(), packed=0,
        phases=(Phase("sum_task", tasks, "sums of some pixels and channels",
                      (*["task"] * (tasks > 1), *["worker"] * (n.scratch > 0), "input", "output_gradient",
                       "workspace")),
                Phase("end_task", ends, f"blocks of {blocks}",
                      (*["task"] * (ends > 1), "weights_gradient", *["bias_gradient"] * s.bias, "workspace"))),
        workspace=n.shared, scratch=n.scratch, hot=Hot(tiles[0].name, tuple(hot or tiles[0].body)))


def _summing(n: Numbers, row: Isa, x: Strides, dy: Strides, calls: Calls,
             copies: Copies) -> list[Node]:
    """The steps of a task."""
    own, memory, parts = n.own, f"{row.in_memory} *", n.own.parts > 1
    nodes: list[Node] = []
    if parts:
        left = f"{n.blocks} - first"
        count = f"{left} < {n.part} ? {left} : {n.part}" if n.blocks % n.part else str(n.part)
        nodes += [Let("const ptrdiff_t ", "first", affine("", ("part", n.part))),
                  Let("const ptrdiff_t ", "count", count)]
    nodes += [
        *[Let(memory, "x", affine("workspace", ("(ptrdiff_t)worker", n.scratch), n.shared))] * (not n.x_lies),
        *[Let(memory, "dy", affine("workspace", ("(ptrdiff_t)worker", n.scratch), n.shared + n.place_of_dy))]
        * (not n.dy_lies),
        Let(memory, "all", affine("workspace", ("split" if own.splits > 1 else "", n.split),
                                  ("group" if n.groups > 1 else "", n.blocks * n.sums),
                                  ("first" if parts else "", n.sums))),
        *[For("i", "0", f"count * {n.sums}" if parts else str(n.blocks * n.sums), row.lanes, "",
              [Statement(f"{row.store('all + i', row.zero())};")])] * (not n.fresh)]
    each = n.steps // own.splits
    bounds = (f"split * {n.steps} / {own.splits}", f"(split + 1) * {n.steps} / {own.splits}")
    if n.steps == each * own.splits:
        split = "split" if own.splits > 1 else ""
        bounds = affine("", (split, each)), affine("", (split, each), each)
    step = [*_places(n), *called(n, row, x, dy, copies.signatures), *_products(n, memory, calls)]
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


def _products(n: Numbers, memory: str, calls: Calls) -> list[Node]:
    """Adds the products of a step, block by block."""
    own, parts = n.own, n.own.parts > 1
    several = parts or n.blocks > 1
    counted = ["images"] * (own.images > 1) + ["rows"] * (own.rows > 1)
    block = "block" if several else ""
    along = "a" if n.others > 1 else ""
    others, lanes = ("output", "input") if n.by_input else ("input", "output")

    def added(calls: list[Called], other: str, number: int) -> list[Node]:
        """The products of a block of the other side, which a variable or a number tells."""
        x, dy = ((block, 0) if side.parted else (other, number) for side in (n.x, n.dy))
        def call(one: Called, tile: str) -> Node:
            return Call(one.name, [
                affine("x", (x[0], n.input_block), (tile, one.step), one.start + x[1] * n.input_block),
                affine("dy", (dy[0], n.block), dy[1] * n.block),
                affine("sums", (other, n.tile), (tile, one.pitch), one.first + number * n.tile), *counted])

        return [call(one, "") if one.number == 1 else
                For("tile", "0", str(one.number), 1, "taps of the kernel, some at a time", [call(one, "tile")])
                for one in calls]

    whole = n.others - (n.rest > 0)
    tile: list[Node] = [Let(memory, "sums", affine("all", (block, n.sums))),
                        *_along(whole, f"blocks of {others} channels", added(calls.each, "a" if whole > 1 else "", 0)),
                        *added(calls.last, "", whole)]
    if n.spec.bias:
        sums = affine("sums", (along if n.by_input else "", n.bias), n.bias_at)
        place = (along if n.by_input else block, n.block)
        adding: list[Node] = [Call("add_bias", [affine("dy", place), sums, *counted])]
        tile += _of_first(n, _along(n.others, "", adding), affine("first" if parts else "", (block, 1))) if n.by_input \
            else adding
    return [For("block", "0", "count" if parts else str(n.blocks), 1, f"blocks of {lanes} channels", tile)] \
        if several else tile


def _adding(n: Numbers, row: Isa, counted: list[str]) -> Tile:
    """The sums of dy."""
    vectors = range(n.bias // row.lanes)
    sums = [(f"acc{v}", v * row.lanes) for v in vectors]
    apart = n.dy_channel if n.by_pixel else row.lanes

    def added(valid: int) -> list[Node]:
        """To each sum a vector, or its first `valid` lanes."""
        return [Statement(f"acc{v} = {row.add(f'acc{v}', lanes_of(row, valid, affine('dy_w', v * apart)))};")
                for v in vectors]

    step = n.bias if n.by_input else row.lanes if n.by_pixel else n.dy_pixel
    nodes: list[Node] = [
        Let(f"const {row.in_memory} *", "dy_w", affine("dy", ("image" if "images" in counted else "", n.picture),
                                                       ("row" if "rows" in counted else "", n.line))),
        *_columns(n, row, added, [Advance("dy_w", step)], row.lanes if n.by_input else 1)]
    return Tile("add_bias", (reads(row.scalar, "dy"), writes(row.scalar, "sums"), *indices(counted)),
                [f"Adds dy to the sums of {n.dy.width} output channels."], sums, _counting(nodes, counted))


def _counting(nodes: list[Node], counted: list[str]) -> list[Node]:
    """Loops over images and rows, where there are several."""
    for variable, count in (("row", "rows"), ("image", "images")):
        nodes = [For(variable, "0", count, 1, "", nodes)] if count in counted else nodes
    return nodes


def _tiles(n: Numbers, row: Isa, counted: list[str]) -> tuple[list[Tile], Calls]:
    """The functions, and their calls."""
    names, found = dict[tuple[int, ...], str](), list[Tile]()

    def called_for(these: list[Rows]) -> list[Called]:
        calls = list[Called]()
        for rows in these:
            if rows.offsets not in names:
                sums = n.sums_of(len(rows.offsets))
                names[rows.offsets] = f"add_{sums}x{n.width}" + f"_{len(names)}" * (len(names) > 0)
                found.append(_tile(n, row, names[rows.offsets], rows, counted))
            calls.append(Called(names[rows.offsets], rows.start, rows.first * (n.tile // n.taps)))
        return calls

    calls = Calls(_evenly(called_for(n.rows)), _evenly(called_for(n.last_rows)))
    return found, calls


def _evenly(calls: list[Called]) -> list[Called]:
    """The same calls, LOOPED or more that differ evenly as one."""
    runs: list[list[Called]] = []
    for call in calls:
        run = runs[-1] if runs else []
        apart = _apart(run[-1], call) if run else None
        if apart is None or (len(run) > 1 and apart != _apart(run[0], run[1])):
            runs.append([call])
        else:
            run.append(call)
    return [one for run in runs for one in (run if len(run) < LOOPED else [_one(run)])]


def _apart(before: Called, after: Called) -> tuple[int, int] | None:
    """What two calls of a tile are apart in x and in the sums."""
    return (after.start - before.start, after.first - before.first) if after.name == before.name else None


def _one(run: list[Called]) -> Called:
    first, second, *_ = run
    return first._replace(number=len(run), step=second.start - first.start, pitch=second.first - first.first)


def _tile(n: Numbers, row: Isa, name: str, rows: Rows, counted: list[str]) -> Tile:
    pixels = row.lanes if n.by_pixel else 1

    def products(valid: int) -> list[Node]:
        step = _by_input(n, row, rows) if n.by_input else _by_output(n, row, rows, valid)
        return [Steps([step], shared=not valid)]

    moved: list[Node] = [Advance("x_w", n.w.step * pixels * n.x_pixel),
                         Advance("dy_w", pixels * n.dy_pixel)]
    numbers_of = f"const {row.in_memory} *"
    nodes: list[Node] = [
        Let(numbers_of, "x_w", affine("x", ("image" if "images" in counted else "", n.image),
                                      ("row" if "rows" in counted else "", n.h.step * n.row))),
        Let(numbers_of, "dy_w", affine("dy", ("image" if "images" in counted else "", n.picture),
                                       ("row" if "rows" in counted else "", n.line))),
        *_columns(n, row, products, moved, 1)]
    nodes = _counting(nodes, counted)
    others, lanes = ("output", "input") if n.by_input else ("input", "output")
    said = "taps" if n.by_channel else f"{others} channels and taps"
    # a last block that has fewer channels has sums for the others too: they stay 0
    sums = [(f"acc{r}_{v}", r * n.vectors + v * row.lanes)
            for r in range(n.sums_of(len((n.rows[0] if n.rest else rows).offsets))) for v in range(n.plan.nr)]
    return Tile(name, (reads(row.scalar, "x"), reads(row.scalar, "dy"), writes(row.scalar, "sums"), *indices(counted)),
                [f"Adds to the sums of {n.sums_of(len(rows.offsets))} {said} and {n.width} {lanes} channels.",
                 "x, dy: the first pixel, in blocks of channels."], sums, nodes)


def _columns(n: Numbers, row: Isa, body: Callable[[int], list[Node]], moved: list[Node], pixels: int) -> list[Node]:
    """A loop over the columns of a row, so many at a time, or a vector of them where these lie in lanes: then the last
    one may have fewer. body: from these, 0 for all; moved: goes on to the next."""
    if not n.by_pixel:
        return [For("column", "0", str(n.columns if pixels > 1 else n.spec.ow), pixels, "", [*body(0), *moved])]
    whole, left = n.columns // row.lanes * row.lanes, n.columns % row.lanes
    loop: list[Node] = [For("column", "0", str(whole), row.lanes, "", [*body(0), *moved])] if whole else []
    return loop + (body(left) if left else [])


def _by_output(n: Numbers, row: Isa, rows: Rows, valid: int) -> Step:
    """A pixel: vectors of dy times numbers of x, or, where each output channel has an input channel, vectors of x; or
    pixels, of which `valid` are there, 0: all."""
    vectors = range(n.plan.nr)
    apart = n.dy_channel if n.by_pixel else row.lanes
    step: Step = [Load(f"b{v}", lanes_of(row, valid, affine("dy_w", v * apart))) for v in vectors]
    for r, at in enumerate(rows.offsets):
        if n.by_channel:
            for v in vectors:
                step += [Load(f"a{r}_{v}", row.load(affine("x_w", at + v * row.lanes))),
                         Fma(f"acc{r}_{v}", f"a{r}_{v}", f"b{v}")]
        else:
            place = affine("x_w", at)
            step.append(Load(f"a{r}", lanes_of(row, valid, place) if n.by_pixel else row.broadcast(place)))
            step += [Fma(f"acc{r}_{v}", f"a{r}", f"b{v}") for v in vectors]
    return step


def lanes_of(row: Isa, valid: int, place: str) -> str:
    """A vector, or its first `valid` lanes and zeros."""
    return row.load_part(place, 0, valid) if valid else row.load(place)


def _by_input(n: Numbers, row: Isa, rows: Rows) -> Step:
    """A pixel: vectors of x, some for each tap, times numbers of dy."""
    step: Step = [Load(f"b{c}", row.broadcast(affine("dy_w", c))) for c in range(n.channels)]
    for tap, at in enumerate(rows.offsets):
        for v in range(n.plan.nr):
            step.append(Load(f"a{tap}_{v}", row.load(affine("x_w", at + v * row.lanes))))
            step += [Fma(f"acc{tap * n.channels + c}_{v}", f"a{tap}_{v}", f"b{c}") for c in range(n.channels)]
    return step


def _ending(n: Numbers, row: Isa, io: Isa) -> list[Node]:
    """The sums of a block of lanes, and what they become, in the order of the layout."""
    s = n.spec
    group, block = "group" if n.groups > 1 else "", "block" if n.blocks > 1 else ""
    dims = [f"k{axis.name}" for axis in s.axes if axis.k > 1]
    tap = affine("", *((f"k{axis.name}" if axis.k > 1 else "", pitch) for axis, pitch in
                       zip(s.axes, (s.kh * s.kw, s.kw, 1), strict=True)))
    tap = f"({tap})" if " " in tap else tap
    lane, most = ("i", "inputs") if n.by_input else ("o", "outputs")
    a, c = "a" if n.others > 1 else "", "c" if n.channels > 1 else ""
    own = [] if n.by_channel else [(a, n.tile), (c, n.vectors)]
    place = affine("", *own, (tap if dims else "", n.tile // n.taps), (lane, n.vectors // n.width))
    of_lanes, of_others = [(block, n.width), (lane, 1)], [] if n.by_channel else [(a, n.channels), (c, 1)]
    outputs, inputs = (of_others, of_lanes) if n.by_input else (of_lanes, of_others)
    channel = affine("", *inputs)
    channel = f"({channel})" if " " in channel else "" if channel == "0" else channel
    output = Let("const ptrdiff_t ", "oc", affine("", (group, s.ocg), *outputs))
    address = weight_address(s, "oc", channel, dims)
    nodes = _in_squares(n, row, group, block) if n.ends_in_squares else \
        _ended(row, io, "weights_gradient", address, place, 1 if n.by_pixel else 0)
    for letter in reversed("" if n.ends_in_squares else s.weights_layout.replace("hw", "k")):
        if letter == "k":
            for dim in reversed(dims):
                nodes = [For(dim, "0", str(getattr(s, dim)), 1, "", nodes)]
            continue
        nodes = [output, *nodes] if letter == "o" else nodes
        if (letter == "i") == n.by_input:
            nodes = [For(lane, "0", most, 1, "", nodes)]
        elif not n.by_channel:
            nodes = _each_other(n, nodes)
    if s.bias:
        put: list[Node] = [output, *_bias(n, row, io, a, c)]
        once: list[Node] = put if block else [Block(put)]
        each = _each_other(n, put) if a or c else once
        nodes += _of_first(n, each, block) if n.by_input else [For("o", "0", "outputs", 1, "", put)]
    wide = n.inputs if n.by_input else n.outputs
    left = affine(str(wide), (block, -n.width)).replace("+ block * -", "- block * ")
    count = f"{left} < {n.width} ? {left} : {n.width}" if wide % n.width else str(n.width)
    sums = affine("workspace", (group, n.blocks * n.sums), (block, n.sums))
    return [Let(f"{row.in_memory} *", "sums", sums), Let("const ptrdiff_t ", most, count), *_added(n, row), *nodes]


def _ending_square(n: Numbers, row: Isa) -> Square:
    """Sums of input channels, one for each lane, become input channels of each output channel."""
    return square("sums", row, row.lanes, row.lanes, n.vectors, n.spec.icg)


def _in_squares(n: Numbers, row: Isa, group: str, block: str) -> list[Node]:
    """The sums of a block of lanes, square by square; the last ones of an output channel end where its numbers do."""
    s, lanes, one = n.spec, row.lanes, _ending_square(n, row)

    def across(i: str, fixed: int) -> Node:
        to = affine("weights_gradient", (group, s.ocg * s.icg), (block, n.width * s.icg), ("o", s.icg), (i, 1), fixed)
        return Call(one.name, [affine("sums", (i, n.vectors), ("o", 1), fixed * n.vectors), to])

    whole = s.icg - s.icg % lanes
    inner: list[Node] = [For("i", "0", str(whole), lanes, "", [across("i", 0)]),
                         *[across("", s.icg - lanes)] * (whole < s.icg)]
    return [For("o", "0", "outputs", lanes, "", inner)]


def _bias(n: Numbers, row: Isa, io: Isa, a: str, c: str) -> list[Node]:
    """The gradient of an output channel's bias."""
    if n.by_input:
        return _ended(row, io, "bias_gradient", "oc", affine("", (a, n.bias), (c, 1), n.bias_at), n.channels)
    place = affine("", ("o", n.vectors // n.width), n.bias_at)
    return _ended(row, io, "bias_gradient", "oc", place, 1 if n.by_pixel else 0)


def _ended(row: Isa, io: Isa, array: str, address: str, place: str, apart: int) -> list[Node]:
    """A sum becomes a gradient: one number, or those of all lanes, so far apart, added in their order."""
    if not apart:
        return [Statement(f"{io.put(array, address, row.get('sums', place))};")]
    return [Let(f"{row.scalar} ", "sum", row.get("sums", place)),
            For("p", "1", str(row.lanes), 1, "pixels of a vector", [
                Statement(f"sum += {row.get('sums', affine(place, ('p', apart)))};")]),
            Statement(f"{io.put(array, address, 'sum')};")]


def _added(n: Numbers, row: Isa) -> list[Node]:
    """All parts of the pixels, to the first."""
    if n.own.splits == 1:
        return []
    more = For("split", "1", str(n.own.splits), 1, "", [
        Statement(f"acc = {row.add('acc', row.load(affine('sums + i', ('split', n.split))))};")])
    return [For("i", "0", str(n.sums), row.lanes, "", [
        Let(f"{row.vector} ", "acc", row.load("sums + i")), more, Statement(f"{row.store('sums + i', 'acc')};")])]


def _each_other(n: Numbers, nodes: list[Node]) -> list[Node]:
    """A loop over the channels of a group that are not in lanes, block by block."""
    few = n.outputs if n.by_input else n.inputs
    if n.channels > 1 and few % n.channels:
        count = f"{few} - a * {n.channels} < {n.channels} ? {few} - a * {n.channels} : {n.channels}"
        nodes = [Let("const ptrdiff_t ", "channels", count), For("c", "0", "channels", 1, "", nodes)]
    elif n.channels > 1:
        nodes = [For("c", "0", str(n.channels), 1, "", nodes)]
    return _along(n.others, "", nodes)


def _along(others: int, comment: str, nodes: list[Node]) -> list[Node]:
    """A loop over so many blocks of channels that are not in lanes."""
    return [For("a", "0", str(others), 1, comment, nodes)] if others > 1 else nodes * others


def _of_first(n: Numbers, nodes: list[Node], block: str) -> list[Node]:
    """What one block of lanes alone does."""
    return [If(f"{block} == 0", nodes)] if n.by_input and n.blocks > 1 else nodes
