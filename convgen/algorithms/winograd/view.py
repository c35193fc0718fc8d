"""The program of Winograd's algorithm for threads: calls, addresses, parameters, transforms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
from ...machine.rows import stored
from ...plan.plan import Plan
from ...plan.program import Node, Parameter, Phase, Program, View, affine, packing_parameters, reads, unrank, writes
from ..tiled.arrange import panels
from ..tiled.geometry import Strides, map_strides
from ..tiled.loopnest import LoopNest
from ..tiled.microkernel import Reduction, Tile
from ..weights import weight_strides
from .codelets import Codelet, codelet
from .numbers import Numbers, Run, numbers, part_of
from .toomcook import Transforms


class Part(NamedTuple):
    """Tiles of one kind, the transforms of which have names that end in `name`."""

    name: str
    h: Transforms
    w: Transforms

    @property
    def codes(self) -> dict[str, Codelet]:
        return {"into_h": codelet(self.h.bt), "into_w": codelet(self.w.bt),
                "from_h": codelet(self.h.at), "from_w": codelet(self.w.at)}


def tile_parts(t: Numbers) -> list[list[Part]]:
    """Rows of tiles that differ, all but the last and the last; in each, tiles that differ."""
    downs = [("", t.h.f), ("_bottom", t.h.last)][: 1 + t.h.nested]
    acrosses = [("", t.w.f), ("_right", t.w.last)][: 1 + t.w.nested]
    return [[Part(down + across, h, w) for across, w in acrosses] for down, h in downs]


def indices(t: Numbers) -> list[tuple[str, str]]:
    """(variable, C expression): the number of a row's first tile, and that of its last one, where it lies apart
    (Numbers.runs). A row is number i of its block, or th of its image."""
    rows, columns = t.h.tiles - t.h.nested, t.w.tiles - t.w.nested
    if t.plan.fused and not t.w.nested:
        return [("first", "i * tiles_w")]
    if t.plan.fused and t.h.blocks > 1:
        return [("first", f"tiles_h + i * {columns}"), ("last", "i")]
    if t.plan.fused:
        images, image, row = 1, [], "i"
    else:
        images, row = t.spec.n * t.spec.od, "th" if t.h.tiles > 1 else ""
        image = [("od" if t.spec.od > 1 else "", 1), ("n" if t.spec.n > 1 else "", t.spec.od)]
    above, below = images * rows, images * rows * t.w.tiles  # tiles before the first, and before the nested row

    def at(stride: int, start: int, end: int) -> str:
        """`stride` tiles a row from `start` on; those of the nested row, if not next, from `end` on."""
        usual = affine("", *((name, rows * times * stride) for name, times in image), (row, stride), start)
        if not t.h.nested or stride * rows + start == end:
            return usual
        return f"{row} < {rows} ? {usual} : {affine('', *((name, times * stride) for name, times in image), end)}"

    first = at(columns, above * t.w.nested, below)
    return [("first", first)] + [("last", at(1, 0, below + images * columns))] * t.w.nested


def selects(t: Numbers, run: Run) -> str:
    """The condition for a run's products and tiles, in C; empty where it is the only one."""
    sizes = {other.tiles for other in t.runs}
    conditions = [f"tiles == {run.tiles}"] * (len(sizes) > 1)
    for axis, share, at in ((t.h, run.rows, "i"), (t.w, run.columns, "j")):
        conditions += [f"{at} {'>=' if share.start else '<'} {axis.last.n}"] * axis.nested
    return " && ".join(conditions)


class Product(NamedTuple):
    """The products over so many tiles: what multiply_NUMBER does, and (condition, first tile) of each of its calls."""

    number: int
    nodes: list[Node]
    calls: list[tuple[str, int]]


class WinogradView(View, frozen=True, kw_only=True):
    """What templates/winograd prints.

    t: the plan's numbers; x, y: strides of input and output. strided: whether transforms read and write the caller's
    arrays, else a window of the scratch with channels last, into which pixels and channels are turned round; window,
    out: strides of what they read and write, and outside: the row that does it. plain: the layer that a product is;
    tiles: its micro-kernels, products: one for each number of tiles. rows_of_parts: see tile_parts; indices: see
    indices. signatures: parameters of each function. places: the loop variables of a task.
    edges: whether windows reach beyond the input. cut, blocks: see the functions of Cuts. turns: sizes of the squares
    that are turned round; sides: the rows that read and write there; read: pixels of a row that are.
    """

    t: Numbers
    x: Strides
    y: Strides
    strided: bool
    window: Strides
    out: Strides
    outside: Isa
    edges: bool
    plain: ConvSpec
    products: list[Product]
    sizes: int
    tiles: list[Tile]
    tile_parameters: tuple[Parameter, ...]
    by_channel: bool
    contiguous: bool
    row_stride: int
    lane_stride: int
    lanes: int
    tails: dict[str, int]
    rows_of_parts: list[list[Part]]
    indices: list[tuple[str, str]]
    places: list[tuple[str, str, str]]
    group: tuple[str, int]
    signatures: dict[str, tuple[Parameter, ...]]
    task_arguments: list[str]
    input_arguments: Callable[[str, str], str]
    output_arguments: Callable[[str, str], str]
    tile_arguments: Callable[[str, str], str]
    turn_arguments: Callable[[str], str]
    panels: list[Node]
    weight_at: str
    bias_at: int
    cut: Callable[[int], list[tuple[int, int, int]]]
    blocks: Callable[[int], list[tuple[int, int, int]]]
    turns: dict[str, list[tuple[int, int]]]
    sides: dict[str, tuple[Isa, Isa]]
    read: int
    levels: int
    shuffled: Callable[[int], list[list[int]]]


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/winograd prints."""
    maker = Maker(plan, rows)
    t, s = maker.t, maker.s
    products, tiles, barriers = maker.products()
    view = WinogradView(
        t=t, x=maker.x, y=maker.y, strided=maker.strided, window=maker.window, out=maker.out, outside=maker.outside,
        edges=s.padded or t.h.partial or t.w.partial, plain=next(iter(t.products.values())).spec,
        products=products, sizes=len({run.tiles for run in t.runs}), tiles=tiles,
        tile_parameters=(reads(t.row.scalar, "x"), reads(t.row.scalar, "w"), writes(t.row.scalar, "output")),
        by_channel=True, contiguous=True, row_stride=t.width, lane_stride=1, lanes=maker.lanes,
        tails={"input": s.icg % maker.lanes, "output": t.channels % maker.lanes},
        rows_of_parts=tile_parts(t), indices=maker.places,
        places=unrank(t.tasks) if plan.fused else unrank([*t.tasks[:3], ("th", t.h.tiles, "row of tiles")]),
        group=("g", t.scratch if s.g > 1 else 0), signatures=maker.signatures(),
        task_arguments=["worker", "input", "packed", *["residual"] * s.residual, "output", "workspace"],
        input_arguments=maker.input_arguments, output_arguments=maker.output_arguments,
        tile_arguments=maker.tile_arguments, turn_arguments=maker.turn_arguments,
        panels=maker.panels(), weight_at=maker.weight_at(), bias_at=t.groups * t.u_floats,
        cut=maker.cut, blocks=maker.blocks, turns=maker.turns(),
        sides={"turn": (maker.io, maker.row), "turn_last": (maker.row, maker.io)}, read=maker.read,
        levels=maker.levels, shuffled=maker.shuffled)
    return Program(
        row=maker.row, template="winograd/winograd.c.j2", pack="winograd/pack.c.j2", view=view, phases=maker.phases(),
        parameters=packing_parameters(maker.io, "void"), packed=t.groups * (t.u_floats + s.bias * t.width),
        workspace=0 if plan.fused else s.g * t.scratch, scratch=t.scratch if plan.fused else t.strip,
        barriers=barriers, doubles=True)


class Maker:
    """One plan's program in the making."""

    def __init__(self, plan: Plan, rows: Rows) -> None:
        t, s = numbers(plan), plan.spec
        self.t, self.s, self.plan, self.rows = t, s, plan, rows
        self.row, self.io = rows.of(t.row), rows.of(stored(t.row, s.dtype))
        self.lanes = t.row.lanes
        self.levels = self.lanes.bit_length() - 1
        self.strided = s.channels_last
        self.x = map_strides(s, s.ic, s.id, s.ih, s.iw)
        self.y = map_strides(s, s.oc, s.od, s.oh, s.ow)
        self.outside = self.io if self.strided else self.row
        if self.strided:
            self.window, self.out = self.x, self.y
        else:
            pixels = t.w.reach
            self.window = Strides(0, 1, 0, t.window_pixels * t.near, t.near)
            # [vector of channels][row][pixel][lane]
            self.out = Strides(0, t.h.f.m * pixels, 0, pixels * self.lanes, self.lanes)
        self.places = indices(t)
        self.read = min(s.iw, t.window_pixels - s.left)

    # --- products ---

    def products(self) -> tuple[list[Product], list[Tile], bool]:
        """Those of each number of tiles; all their micro-kernels; whether these have barriers."""
        products: list[Product] = []
        tiles: dict[str, Tile] = {}
        barriers = False
        for count, g in self.t.products.items():
            nest = LoopNest(g.noted(self.rows), Reduction)
            calls = [(selects(self.t, run), run.first) for run in self.t.runs if run.number == count]
            products.append(Product(count, nest.nodes(), calls))
            tiles |= {tile.name: tile for tile in nest.tiles.values()}
            barriers = barriers or nest.barriers
        return products, list(tiles.values()), barriers

    def phases(self) -> tuple[Phase, ...]:
        t, s = self.t, self.s
        if self.plan.fused:
            what = "blocks of tiles" + " x parts of the output channels" * (part_of(self.plan) > 0)
            return (Phase("compute_task", math.prod(trips for _, trips, _ in t.tasks), what),)
        lines = s.n * s.g * s.od * t.h.tiles
        return (Phase("input_task", lines, "rows of tiles, transformed"),
                Phase("multiply_task", s.g * t.points, "products, one for each position"),
                Phase("output_task", lines, "rows of tiles, transformed back"))

    # --- packing ---

    def weight_at(self) -> str:
        """Where a tap lies in the caller's weights, in C."""
        s = self.s
        o, i, tap = weight_strides(s)
        return affine("", ("oc", o), ("ic", i), *(
            (f"({k - 1} - k{a})" if s.flip else f"k{a}", stride)
            for a, k, stride in (("h", s.kh, s.kw * tap), ("w", s.kw, tap))))

    def panels(self) -> list[Node]:
        """Packs those of a group."""
        t, o = self.t, weight_strides(self.s)[0]
        return panels(next(iter(t.products.values())), affine("weights", ("g", t.channels * o if t.groups > 1 else 0)))

    # --- functions ---

    def signatures(self) -> dict[str, tuple[Parameter, ...]]:
        """The parameters of each function, in the order in which the arguments below come."""
        t, s, strided = self.t, self.s, self.strided
        io, row, outside = self.io.scalar, self.row.scalar, self.outside.scalar

        def index(*names: str) -> list[Parameter]:
            return [Parameter("ptrdiff_t", name) for name in names]

        bias, residual = [reads(row, "bias")] * s.bias, [reads(io, "residual")] * s.residual
        window = [writes(row, "window")] * (not strided)
        place = index("oh", *["ow"] * strided, "count")
        if strided:
            window_of_tile = index("ih", "iw")
            tile = [reads(row, "m"), *bias, *residual, writes(io, "output"),
                    *index(*["rows"] * t.h.partial, *["columns_left"] * t.w.partial)]
        else:
            window_of_tile = index("channels")
            tile = [reads(row, "m"), *bias, writes(row, "output")]
        into = (reads(outside, "input"), *window_of_tile, writes(row, "v"))
        return {
            "transform_inside": into, "transform_edge": into, "transform_output": tuple(tile),
            "input_row": (reads(io, "input"), *place, writes(row, "v"), *[writes(row, "last")] * t.w.nested, *window),
            "output_row": (reads(row, "m"), *[reads(row, "last")] * t.w.nested, *bias, *residual, writes(io, "output"),
                           *place, *window),
            "multiply": (*index("p", *["tiles"] * (len({run.tiles for run in t.runs}) > 1)), reads(row, "v"),
                         reads(row, "weights"), writes(row, "m")),
            "product": (reads(row, "input"), reads(row, "weights"), writes(row, "output")),
            "pack_panel": (reads(io, "weights"), *index("oc0", "width"), writes(row, "out")),
            "zero_vectors": (writes(row, "to"), *index("count")),
            "turn": (reads(io, "from"), *index("from_pitch"), writes(row, "to"), *index("to_pitch")),
            "turn_last": (reads(row, "from"), *index("from_pitch"), *residual, writes(io, "to"), *index("to_pitch")),
        }

    def _origin(self, strides: Strides, channels: int) -> list[tuple[str, int]]:
        """Where the image, group and plane of a task begin."""
        s = self.s
        return [("n", strides.n if s.n > 1 else 0), ("g", channels * strides.c), ("od", strides.d if s.od > 1 else 0)]

    def _row_at(self, base: str, channels: int) -> list[str]:
        return [f"{base} + {name} * {channels}" for name, _ in self.places]

    def input_arguments(self, oh: str, v: str) -> str:
        """Of a call of input_row."""
        t, s = self.t, self.s
        at = self._origin(self.x, s.icg if s.g > 1 else 0)
        return ", ".join([affine("input", *at), oh, *["ow0"] * self.strided, "tiles_w", *self._row_at(v, t.depth),
                          *["window"] * (not self.strided)])

    def output_arguments(self, oh: str, m: str) -> str:
        """Of a call of output_row."""
        t, s = self.t, self.s
        at = self._origin(self.y, t.channels if t.groups > 1 else 0)
        added = [affine("packed", t.groups * t.u_floats, ("g", t.width if t.groups > 1 else 0))] * s.bias
        added += [affine("residual", *at)] * s.residual
        return ", ".join([*self._row_at(m, t.width), *added, affine("output", *at), oh, *["ow0"] * self.strided,
                          "tiles_w", *["window"] * (not self.strided)])

    def tile_arguments(self, start: str, place: str) -> str:
        """Of a call of transform_output, for a tile that begins there."""
        t, s = self.t, self.s
        if not self.strided:
            return ", ".join([f"{start} + block + c", *["bias + block + c"] * s.bias, f"window + ({place})"])
        left = f"{t.w.axis.o} - ow - {affine('', ('tile', t.w.f.m))}"
        return ", ".join([start, *["bias"] * s.bias, *["residual + at"] * s.residual, "output + at",
                          *["rows"] * t.h.partial, *[left] * t.w.partial])

    def turn_arguments(self, start: str) -> str:
        """Of a call of turn_last."""
        return ", ".join([start, str(self.out.w), *["residual + at"] * self.s.residual, "output + at", str(self.y.c)])

    # --- pixels and channels turned round ---

    def cut(self, extent: int) -> list[tuple[int, int, int]]:
        """(begin, end, lanes in use) of whole vectors along an extent, and of what is left."""
        return parts(extent, self.lanes)

    def blocks(self, channels: int) -> list[tuple[int, int, int]]:
        """(begin, end, size) of blocks of channels that are turned round together, and of what is left."""
        return parts(channels, self.t.near)

    def turns(self) -> dict[str, list[tuple[int, int]]]:
        """The sizes of the squares in which blocks of an array are turned round, on the way in and back."""
        def squares(channels: int, pixels: int) -> list[tuple[int, int]]:
            return sorted({(c, p) for *_, size in self.blocks(channels) for *_, c in self.cut(size)
                           for *_, p in self.cut(pixels)})

        return {"turn": squares(self.s.icg, self.read),
                "turn_last": [(p, c) for c, p in squares(self.t.channels, self.s.ow)]}

    def shuffled(self, columns: int) -> list[list[int]]:
        """The vectors that each stage must make, for so many columns in the end."""
        kept = [list(range(columns))]
        while len(kept) < self.levels:
            kept.insert(0, sorted({2 * i % self.lanes + odd for i in kept[0] for odd in (0, 1)}))
        return kept[: self.levels]


def parts(extent: int, size: int) -> list[tuple[int, int, int]]:
    """(begin, end, size) of whole parts of an extent, and of what is left."""
    whole = extent - extent % size
    return [part for part in ((0, whole, size), (whole, extent, extent - whole)) if part[0] < part[1]]
