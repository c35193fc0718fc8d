"""The program of Winograd's algorithm for threads: transforms, parameters, packing, and the loops around them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from ...layer.spec import ConvSpec
from ...machine.isa import Isa, words_of
from ...machine.noted import Rows
from ...plan.plan import Plan
from ...plan.program import (
    Advance,
    Call,
    Let,
    Node,
    Parameter,
    Phase,
    Program,
    Statement,
    View,
    affine,
    indices,
    loop,
    nodes_of,
    operand,
    packing_parameters,
    reads,
    statements,
    unrank,
    writes,
)
from ..tiled.geometry import Geometry, Strides
from ..tiled.loopnest import LoopNest
from ..tiled.microkernel import Reduction, Tile, hot
from ..tiled.packing import Packing, packed_numbers, panel, panels
from ..weights import all_taps, real_weight, tap_strides, tap_term, weight_strides, weights_given, weights_of_group
from .contract import contracts
from .index import Index, Term, parts, term, together
from .loops import Loops
from .numbers import Numbers, Products, part_of
from .tiles import TileKind
from .toomcook import Transforms
from .wide import Wide, wide


class Product(NamedTuple):
    """The products over so many tiles: what multiply_NUMBER does."""

    number: int
    nodes: list[Node]


class Transformed(NamedTuple):
    """An axis along which weights are transformed: what ends the name of G's table, the index of its rows, the
    kernel's index, the transforms."""

    table: str
    position: str
    tap: str
    f: Transforms


class Taken(NamedTuple):
    """Which tap of a phase is transformed, in C. lets: the phase's row and column; taps: which of the caller's taps,
    terms: of its place, tests: whether there is one."""

    lets: list[Node]
    taps: list[Node]
    terms: list[tuple[str, int]]
    tests: list[str]


class WinogradView(View, frozen=True, kw_only=True):
    """What templates/winograd prints.

    t: the plan's numbers. strided: whether transforms read and write the caller's arrays, else scratch, where pixels
    and channels have changed places; window, out: strides of what they read and write; outside: the row that does it.
    plain: the layer that a product is; tiles: its micro-kernels, products: one for each number of tiles. parts: kinds
    of tiles, each with transforms of its own; told: what transform_output is told of a tile; phased: whether that
    is of a phase, whose outputs lie apart among the caller's; pixel: strides of these, row_of: which row of them one of
    the tile is; channels: of the input,
    that a transform takes. signatures, contracts, bodies: parameters of functions, what they are in words, and
    statements, by the names of the functions; edge_parameters: of a part's transform_edge. zeros: whether windows in
    scratch need some. places: the loop variables of a task. pack: NAME_pack; tables: of packing, by what their names
    end in; wide: what it sums in. squares: (rows, columns) of those in which pixels and channels change places, by the
    name of what does that; sides: the rows that read and write there, pitches: from one vector to the next on either
    side; plane: from one channel of the output to the next. term, together: of addresses, see index.py.
    """

    t: Numbers
    strided: bool
    window: Strides
    out: Strides
    outside: Isa
    plain: ConvSpec
    products: list[Product]
    tiles: list[Tile]
    by_channel: bool
    contiguous: bool
    row_stride: int
    lane_stride: int
    transposes: bool
    narrowed: None
    rescales: bool
    packed_numbers: int
    lanes: int
    parts: list[TileKind]
    told: list[str]
    phased: bool
    pixel: Strides
    row_of: Callable[[Index], Index]
    channels: Index
    signatures: dict[str, tuple[Parameter, ...]]
    contracts: dict[str, list[str]]
    edge_parameters: Callable[[TileKind], tuple[Parameter, ...]]
    bodies: dict[str, list[Node]]
    zeros: bool
    places: list[tuple[str, str, str]]
    pack: Packing
    tables: dict[str, Transforms]
    squares: dict[str, list[tuple[int, int]]]
    sides: dict[str, tuple[Isa, Isa]]
    pitches: dict[str, tuple[int, int]]
    plane: int
    wide: Wide
    levels: int
    shuffled: Callable[[int], list[list[int]]]
    term: Callable[..., Term]
    together: Callable[..., Term]

    @property
    def statements(self) -> int:
        """Windows are transformed in two ways, inside and at an edge."""
        nodes = [*self.bodies.values(), *(product.nodes for product in self.products)]
        return (sum(tile.statements for tile in self.tiles) + sum(self._transforms) + self._places_changed
                + sum(map(statements, nodes)) + self.pack.statements)

    @property
    def _transforms(self) -> tuple[int, int]:
        """Statements of those of windows and of those back: on the caller's arrays both once for whole vectors of
        channels, and once for a last one that is none."""
        into, back = (sum(counts) for counts in zip(*(part.statements for part in self.parts), strict=True))
        if not self.strided:
            return into, back
        written = [(count >= self.lanes) + (count % self.lanes > 0) for count in (self.t.spec.icg, self.t.channels)]
        return written[0] * into, written[1] * back

    @property
    def _places_changed(self) -> int:
        """Statements of the functions in which pixels and channels change places: loads, stages, stores."""
        return 0 if self.strided else sum(self.lanes + sum(map(len, self.shuffled(columns))) + columns
                                          for sizes in self.squares.values() for _, columns in sizes)

    @property
    def looped(self) -> int:
        """Half of what is around the micro-kernels; transforms are written out."""
        return (self.statements - sum(tile.statements for tile in self.tiles) - self._places_changed) // 2

    @property
    def again(self) -> int:
        """Transforms of windows for the last channels, where these are fewer; those back of parts of tiles."""
        into, back = self._transforms
        return into * isinstance(self.channels, str) + back * bool(self.told)


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/winograd prints."""
    maker = Maker(plan, rows)
    t, s = maker.t, maker.s
    fused = t.choices.fused
    products, tiles, barriers, calls = maker.products()
    input_row, multiply = maker.input_row(), maker.multiply(calls)
    lines = {"compute_task": maker.block()} if fused else {
        "input_task": maker.input_task(), "multiply_task": maker.multiply_task(), "output_task": maker.output_task()}
    view = WinogradView(
        t=t, strided=maker.strided, window=maker.window, out=maker.out, outside=maker.outside,
        plain=maker.product.spec, products=products, tiles=tiles,
        by_channel=True, contiguous=True, row_stride=t.width, lane_stride=1, transposes=False,
        narrowed=None, rescales=False, packed_numbers=t.width,
        lanes=maker.lanes,
        parts=[part for row in maker.parts for part in row], told=maker.told, channels=maker.channels,
        phased=maker.phased and maker.strided, pixel=maker.y, row_of=maker.row_of,
        signatures=maker.signatures(), edge_parameters=maker.edge,
        contracts=contracts(t, maker.window, maker.out, maker.signatures()),
        bodies={"input_row": input_row, "output_row": maker.output_row(),
                "multiply": multiply, **lines},
        zeros=any(isinstance(node, Call) and node.function == "zero_vectors"
                  for node in nodes_of([*input_row, *multiply])),
        places=unrank(t.tasks) if fused else unrank([*t.tasks[:3], ("th", t.h.tiles, "row of tiles")]),
        pack=maker.pack(), tables={axis.table: axis.f for axis in maker.transformed},
        squares=maker.squares(),
        sides={"transpose": (maker.io, maker.row), "transpose_back": (maker.row, maker.row if t.staged else maker.io)},
        pitches={"transpose": (maker.x.c, maker.window.w),
                 "transpose_back": (maker.lanes, maker.lanes if t.staged else maker.y.c)},
        plane=maker.y.c,
        wide=wide(maker.row), levels=maker.lanes.bit_length() - 1, shuffled=maker.shuffled, term=term,
        together=together)
    return Program(
        row=maker.row, template="winograd/winograd.c.j2", pack="winograd/pack.c.j2", view=view, phases=maker.phases(),
        parameters=packing_parameters(t.given, maker.io, "void"),
        packed=t.groups * (t.u_floats + len(s.per_channel) * t.padded),
        workspace=0 if fused else s.g * t.scratch, scratch=t.scratch if fused else t.strip,
        barriers=barriers, hot=hot(tiles))


class Maker(Loops):
    """One plan's program in the making."""

    def __init__(self, plan: Plan, rows: Rows) -> None:
        super().__init__(plan, rows)
        self.noted = rows
        self.outside = self.io if self.strided else self.row

    @property
    def channels(self) -> Index:
        """Input channels that a transform takes."""
        return "channels" if self.channels_differ else self.s.icg if self.strided else min(self.s.icg, self.t.near)

    # --- products ---

    def products(self) -> tuple[list[Product], list[Tile], bool, dict[int, list[Products]]]:
        """Those of each number of tiles; all their micro-kernels; whether these have barriers; the runs of each."""
        products: list[Product] = []
        tiles: dict[str, Tile] = {}
        barriers = False
        runs: dict[int, list[Products]] = {}
        for count, g in self.t.products.items():
            nest = LoopNest(g.asking().noted(self.noted, "tile"), Reduction)
            products.append(Product(count, nest.nodes()))
            runs[count] = [run for run in self.t.runs if run.number == count]
            tiles |= {tile.name: tile for tile in nest.tiles.values()}
            barriers = barriers or nest.barriers
        return products, list(tiles.values()), barriers, runs

    def phases(self) -> tuple[Phase, ...]:
        t, s = self.t, self.s
        residual = ["residual"] * s.residual
        if self.t.choices.fused:
            what = "blocks of tiles" + " x parts of the output channels" * (part_of(self.plan) > 0)
            count = math.prod(trips for _, trips, _ in t.tasks)
            return (Phase("compute_task", count, what, (
                *["task"] * (count > 1), "worker", "input", "packed", *residual, "output", "workspace")),)
        lines = s.n * s.g * s.od * t.h.tiles
        which = [*["task"] * (lines > 1), *["worker"] * (not self.strided)]
        return (Phase("input_task", lines, "rows of tiles, transformed", (*which, "input", "workspace")),
                Phase("multiply_task", s.g * t.points, "products, one for each position",
                      ("task", "packed", "workspace")),
                Phase("output_task", lines, "rows of tiles, transformed back",
                      (*which, *["packed"] * (len(s.per_channel) > 0), *residual, "output", "workspace")))

    # --- packing ---

    @property
    def transformed(self) -> list[Transformed]:
        """The axes along which weights are transformed; two may share a table."""
        both = [("_h", "p", "kh", self.t.h.f), ("_w", "q", "kw", self.t.w.f)]
        axes = [Transformed(*axis) for axis in both if axis[-1].n > 1]
        same = len({axis.f.g_over for axis in axes}) == 1
        return [axis._replace(table="") for axis in axes] if same else axes

    @property
    def product(self) -> Geometry:
        """That of one position; all cut output channels into the same panels."""
        return next(iter(self.t.products.values()))

    def pack(self) -> Packing:
        """NAME_pack: panels of U, a plane for each position."""
        t, s, product = self.t, self.t.given, self.product
        one = panel(product)
        taps = all_taps(s)
        if s.g == 1:  # parts of the output channels are like groups
            taps = taps._replace(g=t.channels * taps.o)
        given = weights_of_group(taps, t.groups, t.channels, s.arithmetic.weights_only) + ["phase"] * self.phased
        group = loop("phase", str(t.phases), panels(product, given))
        if s.per_channel or t.groups > 1:
            group.append(Advance("out", t.u_floats - t.u_plane))  # the planes of the other positions
        return Packing(
            comment=[], parameters=one.told, panel=self._panel(one.channel, one.width),
            panels=loop("g", str(t.groups), group),
            numbers=packed_numbers(self.io, s, t.groups, t.channels, t.padded))

    def _panel(self, channel: str, width: str) -> list[Node]:
        """U = G g Gᵀ of a panel: `width` output channels, each of which is `channel`, in C."""
        t, s, axes = self.t, self.t.given, self.transformed
        taken = self._taken() if self.phased else Taken([], [], [tap_term(s, axis.tap) for axis in axes], [])
        oc = "" if channel == "0" else operand(channel, weight_strides(s)[0])
        ic, j = "ic" if s.icg > 1 else "", "j" if width != "1" else ""
        given, place = self.noted.of(words_of(t.row, s.arithmetic.weights)), affine(
            "", (oc, weight_strides(s)[0]), (ic, weight_strides(s)[1]), *taken.terms)
        weight = real_weight(s, given, place, channel)
        if tests := [f"{channel} < {t.channels}"] * (t.padded != t.channels) + taken.tests:
            weight = f"({' && '.join(tests)} ? {weight} : 0.0f)"
        factors = [f"g{axis.table}[{axis.position}][{axis.tap}]" for axis in axes]
        divisors = [f"over{axis.table}[{axis.position}]" for axis in axes]
        position = operand(f"p * {t.w.f.n} + q", t.u_plane) if len(axes) == 2 else axes[0].position
        row = (f"{ic} * width" if ic else "", 1) if width == "width" else (ic, int(width))
        place = affine("", (position, t.u_plane), row, (j, 1))
        summed = wide(self.row).summed(factors, weight, divisors)
        nodes = [*taken.taps, *summed.term]
        for axis in reversed(axes):
            nodes = loop(axis.tap, str(axis.f.r), nodes)
        nodes = [*summed.before, *nodes, *summed.after, Statement(f"{self.row.put('out', place, summed.value)};")]
        for axis in reversed(axes):
            nodes = loop(axis.position, str(axis.f.n), nodes)
        return [*taken.lets, *loop("ic", str(s.icg), loop("j", width, nodes)),
                Statement(f"return {affine('out', (width, s.icg) if width == 'width' else int(width) * s.icg)};")]

    def _taken(self) -> Taken:
        """Tap kh, kw of a phase."""
        t, s = self.t, self.t.given
        lets, taps = list[Node](), list[Node]()
        terms, tests = list[tuple[str, int]](), list[str]()
        for axis, own, phase in zip(s.axes[1:], t.spec.axes[1:], self.phase_places(), strict=True):
            name, dim = f"tap_{axis.name}", f"k{axis.name}"
            lets += [Let("const ptrdiff_t ", f"p{axis.name}", phase)] * (axis.s > 1)
            first, back = f"p{axis.name}" if axis.s > 1 else "", f"({own.k - 1} - {dim})" if own.k > 1 else ""
            taps.append(Let("const ptrdiff_t ", name, affine("", (first, 1), (back, axis.s))))
            terms.append((f"({axis.k - 1} - {name})" if s.flip else name, tap_strides(s)[dim]))
            tests += [f"{name} < {axis.k}"] * (own.k * axis.s > axis.k)
        return Taken(lets, taps, terms, tests)

    # --- functions ---

    def signatures(self) -> dict[str, tuple[Parameter, ...]]:
        """The parameters of each function, in the order in which calls give them; transform_edge of a part has those
        of `starts` between its own."""
        t, s, strided = self.t, self.s, self.strided
        io, row, outside = self.io.scalar, self.row.scalar, self.outside.scalar
        bias, residual = [reads(row, "bias")] * s.bias, [reads(io, "residual")] * s.residual
        slopes = [reads(row, "slopes")] * s.slopes
        scratch = [writes(row, "window")] * (not strided)
        apart = t.w.nested
        place = indices(name for name in (self.oh, self.ow, self.count) if isinstance(name, str))
        outer = [*residual, writes(io, "output"), *indices(self.told)] if strided else [writes(row, "output")]
        channels = indices(["channels"] * self.channels_differ)
        return {
            "transform_inside": (reads(outside, "window"), *channels, writes(row, "v")),
            "transform_edge": (reads(outside, "input"), writes(row, "v")),
            "transform_output": (reads(row, "m"), *bias, *(slopes if strided else []), *outer),
            "input_row": (reads(io, "input"), *place, writes(row, "v"), *[writes(row, "last")] * apart, *scratch),
            "output_row": (reads(row, "m"), *[reads(row, "last")] * apart, *bias, *slopes, *residual,
                           writes(io, "output"), *place, *scratch),
            "multiply": (*indices(["p", *["tiles"] * self.sizes]), reads(row, "v"), reads(row, "weights"),
                         writes(row, "m")),
            "product": (reads(row, "input"), reads(row, "weights"), writes(row, "output")),
            "pack_panel": (*weights_given(s, self.row, s.arithmetic.weights_only),
                           *indices(["phase"] * self.phased + panel(self.product).told), writes(row, "out")),
            "zero_vectors": (writes(row, "to"), *indices(["count"])),
            "transpose": (reads(io, "from"), writes(row, "to")),
            "transpose_back": (reads(row, "from"), *slopes, *residual, writes(row if t.staged else io, "to")),
        }

    def edge(self, part: TileKind) -> tuple[Parameter, ...]:
        """Parameters of transform_edge."""
        first, last = self.signatures()["transform_edge"]
        return (*[first] * (not part.padding), *indices(part.starts), last)

    # --- pixels and channels that change places ---

    def squares(self) -> dict[str, list[tuple[int, int]]]:
        """The sizes of the squares in which they do, on the way in and back."""
        def sizes(channels: int, pixels: int) -> list[tuple[int, int]]:
            return sorted({(c, p) for *_, size in parts(channels, self.t.near) for *_, c in parts(size, self.lanes)
                           for *_, p in parts(pixels, self.lanes)})

        return {"transpose": sizes(self.s.icg, self.read),
                "transpose_back": [(p, c) for c, p in sizes(self.t.channels, self.t.columns.outputs)]}

    def shuffled(self, columns: int) -> list[list[int]]:
        """The vectors that each stage must make, for so many columns in the end."""
        levels = self.lanes.bit_length() - 1
        kept = [list(range(columns))]
        while len(kept) < levels:
            kept.insert(0, sorted({2 * i % self.lanes + odd for i in kept[0] for odd in (0, 1)}))
        return kept[:levels]
