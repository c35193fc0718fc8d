"""What a Winograd plan for GPUs means in numbers, and what its templates print."""

from __future__ import annotations

import functools
import itertools
import math
from typing import NamedTuple

import msgspec

from ...layer.array import Role
from ...layer.spec import ConvSpec
from ...machine.isa import Isa, words_of
from ...machine.noted import Rows
from ...machine.rows import ISAS, stored
from ...plan.plan import Loop, Plan
from ...plan.program import Parameter, Phase, Program, affine, packing_parameters, reads, writes
from ..matmul import implicit, implicit_view
from ..matmul.numbers import LANES, Implicit, implicit_numbers
from ..matmul.window import digits_of
from ..tiled.geometry import Strides, input_strides, output_strides
from ..weights import real_weight, weight_address
from .codelets import Codelet, codelet
from .numbers import Split, numbers
from .toomcook import Transforms

ROOM = 1 << 24  # floats of V and M that any device has room for: 64 MiB
SHARE = 0.5  # of the larger of input and output, as many more


class Store(NamedTuple):
    """A statement in C, if ``inside`` where that is not empty."""

    inside: str
    text: str


class Transform(NamedTuple):
    """A tile of one channel through the code of its columns, then of its rows. places: (type and variable, C
    expression) of a work-item. loaded: the elements [row][column] in C. stored: what is stored of each row."""

    places: list[tuple[str, str]]
    columns: Codelet
    rows: Codelet
    loaded: list[list[str]]
    stored: list[list[Store]]

    @property
    def names(self) -> list[list[str]]:
        """Names of the elements between the two steps."""
        return [[f"c{i}_{j}" for j in range(self.rows.inputs)] for i in range(len(self.stored))]


class Blocks(NamedTuple):
    """How the tiles of all images are cut: into blocks of `block` tiles, which pass through the three phases one after
    the other. The last one may have fewer: of the others, its products are what those of the block before left."""

    tiles: int
    block: int

    @property
    def parts(self) -> list[tuple[int, int]]:
        """The first tile of each block, and how many there are."""
        return [(first, min(self.block, self.tiles - first)) for first in range(0, self.tiles, self.block)]


def blocks(spec: ConvSpec, h: Transforms, w: Transforms) -> Blocks:
    """As few as keep V and M to the memory that they may take, about as large each; of whole vectors of tiles."""
    tiles = spec.n * spec.od * -(-spec.oh // h.m) * -(-spec.ow // w.m)
    each = h.n * w.n * (spec.ic + spec.oc)  # floats of V and M
    most = int(max(ROOM, SHARE * max(math.prod(spec.input_shape), math.prod(spec.output_shape)))) // each
    if tiles <= most:
        return Blocks(tiles, tiles)
    most = max(most // LANES, 1) * LANES
    parts = -(-tiles // most)
    return Blocks(tiles, min(-(-tiles // (parts * LANES)) * LANES, tiles))


def product(spec: ConvSpec, h: Transforms, w: Transforms) -> ConvSpec:
    """The layer of 1 × 1 that all products of a block are: its groups are positions × groups, its pixels the tiles;
    whole vectors of them, where they are neighbours in memory. InputError where it would be too large."""
    points, tiles = h.n * w.n, blocks(spec, h, w).block
    pitch = tiles if spec.channels_last else -(-tiles // LANES) * LANES
    return ConvSpec(g=points * spec.g, ic=points * spec.ic, oc=points * spec.oc, iw=pitch, kw=1, bias=False,
                    layout="nwc" if spec.channels_last else "ncw")


class Shape:
    """The numbers of a plan."""

    def __init__(self, plan: Plan) -> None:
        t, s = numbers(plan), plan.spec
        self.plan, self.spec, self.h, self.w, self.points = plan, s, t.h, t.w, t.points
        self.blocks = blocks(s, t.h.f, t.w.f)
        self.tiles = self.blocks.block  # of a block
        spec = product(s, t.h.f, t.w.f)
        loops = [Loop(loop.dim, loop.step // t.w.f.m if loop.dim == "ow" else loop.step, loop.bind)
                 for loop in plan.loops if loop.bind != "seq" or loop.dim not in ("oh", "ow")]
        self.inner = Plan(spec=spec, target=plan.target, algorithm=implicit.NAME, lanes=plan.lanes, mr=plan.mr,
                          nr=plan.nr, loops=tuple(loops))
        self.pitch = spec.iw  # the tiles of a block as they lie
        self.v_floats, self.m_floats = spec.ic * self.pitch, spec.oc * self.pitch

    @property
    def products(self) -> Implicit:
        """The numbers of the products."""
        return implicit_numbers(self.inner)

    @property
    def several(self) -> bool:
        """Whether there is more than one block."""
        return self.blocks.block < self.blocks.tiles

    def told(self, first: object, count: object) -> list[str]:
        """What transforms are told of a block, where there are several: its first tile; where tiles are neighbours, how
        many there are."""
        return [str(first), str(count)][: self.several * (1 if self.spec.channels_last else 2)]

    @property
    def aligned(self) -> bool:
        """Whether a row of a tile's outputs is a vector at a multiple of its size."""
        return not self.spec.channels_last and self.w.f.m == LANES and self.spec.ow % LANES == 0


shape = functools.lru_cache(maxsize=1024)(Shape)


class Packing(NamedTuple):
    """What NAME_pack does: transforms of `h` and `w` along the axes, for the elements of one position's panels, [group]
    [panel][input channel][output channel]: `plane` of them, with `channels` and `depth` of a panel. In C: the output
    channel, in its group and among all; a weight. points: positions. numbers: (where, value) of bias and slopes, which
    follow."""

    h: Transforms
    w: Transforms
    points: int
    plane: int
    channels: int
    depth: int
    in_group: str
    oc: str
    weight: str
    numbers: list[tuple[int, str]]


class WinogradGpuView(implicit_view.TileView, frozen=True, kw_only=True):
    """What templates/opencl/winograd.cl.j2 prints.

    product: the layer that all products are. single: the row of floats, one by one; finishing: the row that outputs are
    finished with. input_parameters, output_parameters: of input_task and output_task, and into, back: what these do.
    v_floats: of V, which M follows.
    """

    product: ConvSpec
    single: Isa
    finishing: Isa
    input_parameters: tuple[Parameter, ...]
    into: Transform
    output_parameters: tuple[Parameter, ...]
    back: Transform
    v_floats: int
    pack: Packing


def program(plan: Plan, rows: Rows) -> Program:
    """What is printed; rows note the helpers that it calls."""
    maker = Maker(plan, rows)
    t, s, row, pack = maker.t, plan.spec, maker.row, maker.packing()
    view = maker.view(pack)
    added = ["packed"] * (len(s.per_channel) > 0) + ["residual"] * s.residual
    phases = tuple(itertools.chain(*((
        Phase("input_task", s.ic * (count if t.several else t.pitch), "tiles of a channel, transformed",
              ("task", "input", "workspace", *t.told(first, count))),
        Phase("compute_task", t.products.tasks, "tiles of the products at all positions",
              ("task", "workspace", "packed", f"workspace + {t.v_floats}"), t.products.items, 2 * t.products.buffer),
        Phase("output_task", s.oc * count, "tiles of a channel, transformed back",
              ("task", *added, "output", "workspace", *t.told(first, count))))
        for first, count in t.blocks.parts)))
    return Program(
        row=row, template="opencl/winograd.cl.j2", pack="opencl/winograd_pack.cl.j2", view=view,
        hot=implicit_view.hot(view), phases=phases, parameters=packing_parameters(s, maker.io, row.scalar),
        packed=t.products.packed + s.oc * len(s.per_channel), workspace=t.v_floats + t.m_floats, packers=pack.plane)


class Maker:
    """One plan's program in the making."""

    def __init__(self, plan: Plan, rows: Rows) -> None:
        self.t, self.spec, self.rows = shape(plan), plan.spec, rows
        self.row, self.single = rows.of(plan.target.row), rows.of(ISAS["cl1"])
        self.vectors = rows.of(stored(plan.target.row, plan.spec.arithmetic))
        self.io = rows.of(stored(ISAS["cl1"], plan.spec.arithmetic))

    def view(self, pack: Packing) -> WinogradGpuView:
        t, s = self.t, self.spec
        packed = [reads(self.row.scalar, "packed")] * (len(s.per_channel) > 0)
        residual = [reads(self.io.scalar, "residual")] * s.residual
        task, told = Parameter("size_t", "task"), [Parameter("int", name) for name in t.told("first", "count")]
        return WinogradGpuView(
            **msgspec.structs.asdict(implicit_view.tile(t.inner, self.rows)),
            product=t.inner.spec, single=self.single, finishing=self.row if t.aligned else self.single,
            input_parameters=(task, reads(self.io.scalar, "input"), writes(self.row.scalar, "workspace"), *told),
            into=self.into(),
            output_parameters=(task, *packed, *residual, writes(self.io.scalar, "output"),
                               reads(self.row.scalar, "workspace"), *told),
            back=self.back(), v_floats=t.v_floats, pack=pack)

    def packing(self) -> Packing:
        t, s, products = self.t, self.spec, self.t.products
        panels, channels = products.panels, products.channels
        plane = s.g * products.depth * products.width
        in_group = ("panel" + f" % {panels}" * (s.g > 1), channels if panels > 1 else 0)
        group = ("panel" + f" / {panels}" * (panels > 1), s.ocg if s.g > 1 else 0)
        return Packing(
            h=t.h.f, w=t.w.f, points=t.points, plane=plane, channels=channels, depth=products.depth,
            in_group=affine("", in_group, (f"(int)at % {channels}", 1)), oc=affine("", group, ("in_group", 1)),
            weight=real_weight(s, self.rows.of(words_of(self.single, s.arithmetic.weights)),
                               weight_address(s, "oc", "ic", ("kh", "kw")), "oc"),
            numbers=[(at, self.io.get(role, "oc")) for role, at in self.numbers()])

    def numbers(self) -> list[tuple[Role, int]]:
        """(role, where) of bias and slopes, behind the packed weights of all positions."""
        s, weights = self.spec, self.t.products.packed
        return [(role, weights + index * s.oc) for index, role in enumerate(s.per_channel)]

    def into(self) -> Transform:
        """From the input to V."""
        t, s, h, w = self.t, self.spec, self.t.h, self.t.w
        x = input_strides(s)
        places, at = _numbers_of_tile(t, s.ic, t.pitch)
        places += [("ih", affine("", (at.get("th", ""), h.f.m), -h.axis.before)),
                   ("iw", affine("", (at.get("tw", ""), w.f.m), -w.axis.before)),
                   ("from", _element(x, at, "ih", "iw"))]
        to, position = _place(t, s.ic)
        places.append(("to", to))

        def loaded(i: int, j: int) -> str:
            value = str(self.io.get("input", affine("from", i * x.h + j * x.w)))
            inside = _all(_reads(h, i), _reads(w, j))
            return f"{inside} ? {value} : 0.0f" if inside else value

        code = codelet(w.f.bt)
        return Transform(
            _integers(places), codelet(h.f.bt), code, [[loaded(i, j) for j in range(w.f.n)] for i in range(h.f.n)],
            [[Store("", f"workspace[{affine('to', (i * w.f.n + j) * position)}] = {name};")
              for j, name in enumerate(code.outputs)] for i in range(h.f.n)])

    def back(self) -> Transform:
        """From M to the output."""
        t, s, h, w = self.t, self.spec, self.t.h, self.t.w
        y = output_strides(s)
        places, at = _numbers_of_tile(t, s.oc, t.tiles)
        places += [(f"o{axis.axis.name}", affine("", (at.get(f"t{axis.axis.name}", ""), axis.f.m))) for axis in (h, w)]
        start, position = _place(t, s.oc)
        places += [("from", start), ("to", _element(y, at, "oh", "ow"))]
        code = codelet(w.f.at)
        names = [str(name) for name in code.outputs]
        written = self._row_at_once if t.aligned else self._row
        return Transform(
            _integers(places) + [(f"float {role}", f"packed[{at} + channel]") for role, at in self.numbers()],
            codelet(h.f.at), code,
            [[f"m[{affine('from', (i * w.f.n + j) * position)}]" for j in range(w.f.n)] for i in range(h.f.n)],
            [written(names, i, y) for i in range(h.f.m)])

    def _row(self, names: list[str], i: int, y: Strides) -> list[Store]:
        """The stores of row i of a tile."""
        found = []
        for j, name in enumerate(names):
            at = affine("to", i * y.h + j * y.w)
            residual = self.io.get("residual", at) if self.spec.residual else ""
            found.append(Store(_all(_writes(self.t.h, i), _writes(self.t.w, j)),
                               self.io.put("output", at, self._finished(name, residual)) + ";"))
        return found

    def _row_at_once(self, names: list[str], i: int, y: Strides) -> list[Store]:
        """The same, where they are a vector."""
        residual = self.vectors.load_aligned(affine("residual + to", i * y.h)) if self.spec.residual else ""
        value = self._finished(f"(float4)({', '.join(names)})", residual)
        return [Store(_writes(self.t.h, i), self.vectors.store_aligned(affine("output + to", i * y.h), value) + ";")]

    def _finished(self, value: str, residual: str) -> str:
        value += " + bias" * self.spec.bias + f" + {residual}" * self.spec.residual
        if self.spec.slopes:
            row = self.row if self.t.aligned else self.single
            return f"activate({value}, {row.set1('slopes')})"
        return f"activate({value})" if self.spec.act.name != "none" else value


def _numbers_of_tile(t: Shape, channels: int, tiles: int) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Which channel and tile of its block a task is, neighbours in memory being neighbours; and what the digits of the
    tile among all are called: image, plane, row, column; none for extents of one."""
    s = t.spec
    last, first = ("channel", "tile") if s.channels_last else ("tile", "channel")
    whole = channels if s.channels_last else "count" if t.several else tiles
    values = [(last, f"(int)task % {whole}"), (first, f"(int)task / {whole}")]
    number = "tile"
    if t.several:
        number = "real"
        values.append((number, "first + tile"))
    elif tiles > t.tiles:  # items beyond the last tile repeat it
        number = "real"
        values.append((number, f"min(tile, {t.tiles - 1})"))
    digits = digits_of({"n": s.n, "od": s.od, "th": t.h.tiles, "tw": t.w.tiles}, number)
    return values + digits, {name: name for name, _ in digits}


def _integers(values: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(f"int {name}", value) for name, value in values]


def _element(strides: Strides, at: dict[str, str], h: str, w: str) -> str:
    """Where a tile of a channel begins in the input or the output. at: its digits."""
    return affine("", (at.get("n", ""), strides.n), ("channel", strides.c), (at.get("od", ""), strides.d),
                  (h, strides.h), (w, strides.w))


def _place(t: Shape, channels: int) -> tuple[str, int]:
    """Where a tile of a channel lies in V or M at the first position, in C; elements to the next position."""
    if t.spec.channels_last:
        return affine("", ("tile", t.points * channels), ("channel", 1)), channels
    return affine("", ("channel", t.pitch), ("tile", 1)), channels * t.pitch


def _reads(split: Split, i: int) -> str:
    """The condition, in C, for row or column i of a window to lie inside the input; nothing where it always does."""
    axis = split.axis
    first, last = i - axis.before, (split.tiles - 1) * split.f.m + i - axis.before
    place = f"(i{axis.name} + {i})" if i else f"i{axis.name}"
    return "" if first >= 0 and last < axis.i else f"(uint){place} < {axis.i}"


def _writes(split: Split, i: int) -> str:
    """The same of a tile's outputs."""
    axis = split.axis
    inside = (split.tiles - 1) * split.f.m + i < axis.o
    return "" if inside else f"{affine(f'o{axis.name}', i)} < {axis.o}"


def _all(*conditions: str) -> str:
    """Conditions in C, of which some may be empty."""
    return " && ".join(filter(None, conditions))
