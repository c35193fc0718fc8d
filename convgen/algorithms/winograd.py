"""Winograd's minimal filtering: fewer multiplications for stride 1, at the price of transforms.

The output is cut into tiles of mh × mw; with α = m + k − 1 along each axis, a tile is

    Y = Aᵀ [Σ_ic U ⊙ V] A        U = G g Gᵀ (packed once),  V = Bᵀ d B

(A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2016, equation 8). Each of
the α·α positions is a matrix product over the tiles of a block: pixels × input channels by input
channels × output channels, by the register tiles of `direct`. A block's V and M = Σ U ⊙ V stay in its
thread's scratch; or all blocks pass through three phases together (plan.fused is False), which needs
more memory and leaves more tasks.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from .. import codelets
from ..codelets import Transforms, codelet, noise, transforms
from ..errors import InputError
from ..plan import UNIT_ROUNDOFF, Bind, Loop, Plan
from ..spec import Axis, ConvSpec
from ..target import Target
from .arrange import packing, panels
from .direct import tiles
from .geometry import Geometry, Strides, map_strides, weight_strides
from .loopnest import View
from .microkernel import Reduction
from .nest import TAPS, Phase, affine, unrank
from .tiling import row_segments, vector_segments
from .work import Array, Pass, Run, Visits, Work

NAME = "winograd"
TEMPLATE = "winograd/winograd.c.j2"

LINE = 16  # floats of a cache line


class Product(Geometry):
    """The matrix product of one position: rows are tiles, channels lie together, padded to vectors."""

    late_bias = True

    def _input(self) -> tuple[Strides, int]:
        pitch = -(-self.spec.ic // self.row.lanes) * self.row.lanes
        return Strides(0, 1, 0, 0, pitch), 0


class Split(NamedTuple):
    """How an axis is cut: transforms, tiles in all, tiles in a block."""

    axis: Axis
    f: Transforms
    tiles: int
    block: int

    @property
    def blocks(self) -> int:
        return -(-self.tiles // self.block)

    @property
    def cuts(self) -> list[tuple[int, int]]:
        """(tiles of a block, number of such blocks), the longer first."""
        last = self.tiles - (self.blocks - 1) * self.block
        return [(self.block, self.blocks - 1), (last, 1)] if last < self.block else [(last, self.blocks)]

    @property
    def sizes(self) -> list[int]:
        """Tiles of the blocks, each size once, the longer first."""
        return [size for size, _ in self.cuts]

    @property
    def partial(self) -> bool:
        """Whether the last tile reaches beyond the output."""
        return self.axis.o % self.f.m != 0


IDENTITY = Transforms(1, 1, (), ((Fraction(1),),), ((Fraction(1),),), ((Fraction(1),),))


@functools.lru_cache(maxsize=256)
def filtering(k: int, m: int) -> Transforms:
    """F(m, k), or nothing to do along an axis with a kernel of 1."""
    return IDENTITY if k == 1 else transforms(m, k)


class Numbers:
    """What a plan means in numbers."""

    def __init__(self, plan: Plan) -> None:
        s, self.plan, self.row = plan.spec, plan, plan.target.row
        self.spec = s
        block: dict[str, int] = {loop.dim: loop.step for loop in plan.loops}
        _, h, w = s.axes
        self.h, self.w = (
            Split(axis, f, -(-axis.o // f.m), max(1, block[f"o{axis.name}"] // f.m))
            for axis, f in ((h, filtering(h.k, plan.m)), (w, filtering(w.k, plan.m))))
        self.points = self.h.f.n * self.w.f.n
        lanes = self.row.lanes
        self.depth, self.width = (-(-c // lanes) * lanes for c in (s.icg, s.ocg))  # channels, padded
        most = max(self.counts)
        # a line more than tiles need: planes at a power of two would meet in one set of the cache
        self.v_plane, self.m_plane = (most * c + LINE for c in (self.depth, self.width))
        self.u_plane = self.width * s.icg

    @functools.cached_property
    def products(self) -> dict[int, Product]:
        """The matrix product over each number of tiles."""
        return {count: self._product(count) for count in self.counts}

    @property
    def counts(self) -> list[int]:
        """Tiles that one product takes: those of a block, or all of the layer."""
        if not self.plan.fused:
            return [self.spec.n * self.spec.od * self.h.tiles * self.w.tiles]
        return sorted({a * b for a in self.h.sizes for b in self.w.sizes}, reverse=True)

    def _product(self, count: int) -> Product:
        plan, s = self.plan, self.spec
        spec = ConvSpec(ic=s.icg, oc=self.width, iw=count, kw=1, layout="nwc", bias=False)
        seq = [Loop(dim, 1) for dim in ("n", "g")]
        loops = (*seq, Loop("oc", plan.nr * self.row.lanes), Loop("od", 1), Loop("oh", 1), Loop("ow", plan.mr), *TAPS)
        inner = Plan(spec=spec, target=plan.target, algorithm="direct", lanes="oc", mr=plan.mr, nr=plan.nr,
                     unroll=plan.unroll, loops=loops)
        return Product(inner, spec, "ow")

    @property
    def strip(self) -> int:
        """Floats that hold, channels first, the window of a row of tiles, or outputs of some channels."""
        if self.spec.channels_last:
            return 0
        pixels = self.w.tiles * self.w.f.m
        window = self.h.f.n * (pixels + self.w.f.r - 1) * self.depth
        return -(-max(window, self.h.f.m * pixels * self.row.lanes) // LINE) * LINE

    @property
    def scratch(self) -> int:
        """Floats of V and M, and of what a thread needs beside them."""
        return self.points * (self.v_plane + self.m_plane) + self.strip * self.plan.fused

    @property
    def tasks(self) -> list[tuple[str, int, str]]:
        s = self.spec
        return [("n", s.n, "image"), ("g", s.g, "group"), ("od", s.od, "plane"),
                ("th", self.h.blocks, "block of rows"), ("tw", self.w.blocks, "block of columns")]


numbers = functools.lru_cache(maxsize=1024)(Numbers)


def check(plan: Plan) -> str | None:
    """Why the plan is illegal, or None."""
    spec, row = plan.spec, plan.target.row
    if not _applies(spec):
        return "winograd needs stride 1, no dilation, and a kernel of more than one pixel in one plane"
    if plan.lanes != "oc" or plan.mr < 1 or plan.nr < 1:
        return f"lanes must be oc, mr and nr at least 1 (lanes={plan.lanes}, mr={plan.mr}, nr={plan.nr})"
    if plan.mr * plan.nr + plan.nr + 1 > row.registers:
        return f"the tile must fit the registers (mr={plan.mr}, nr={plan.nr})"
    try:
        h, w = (filtering(k, plan.m).m for k in (spec.kh, spec.kw))
    except InputError as error:
        return str(error)
    if plan.source != _source(spec) or plan.unroll < 1:
        return f"the source must be {_source(spec)}, unroll at least 1 (source={plan.source}, unroll={plan.unroll})"
    return _check_loops(plan, h, w)


def _check_loops(plan: Plan, h: int, w: int) -> str | None:
    """h, w: outputs of a tile, down and across."""
    spec = plan.spec
    rows, columns = (sum(loop.step for loop in plan.loops if loop.dim == dim) for dim in ("oh", "ow"))
    if plan.loops != _loops(rows, columns, plan.nr * plan.target.row.lanes, plan.fused):
        return f"loops must be n, g, od, oh, ow, oc and the sum's (loops={[loop.dim for loop in plan.loops]})"
    all_rows, all_columns = -(-spec.oh // h) * h, -(-spec.ow // w) * w
    if not (0 < rows <= all_rows and 0 < columns <= all_columns) or rows % h or columns % w:
        return f"blocks must be whole tiles of {h} x {w}, no more than there are (oh={rows}, ow={columns})"
    if (rows < all_rows and not plan.fused) or (columns < all_columns and not (plan.fused and spec.channels_last)):
        return f"a block must hold whole rows of tiles, or all where phases follow each other (oh={rows}, ow={columns})"
    return None


def _source(spec: ConvSpec) -> Literal["edges", "copy"]:
    """Channels first, a row of tiles is turned round into scratch."""
    return "edges" if spec.channels_last else "copy"


def _applies(spec: ConvSpec) -> bool:
    _, h, w = spec.axes
    return spec.kd == 1 and spec.sd == 1 and not (spec.front or spec.back) and h.k * w.k > 1 \
        and all(a.s == 1 and a.d == 1 for a in (h, w))


def amplification(plan: Plan) -> float:
    """How many times as large as Σ|x||w| what is rounded can be, for x and w of one magnitude."""
    t = numbers(plan)
    return codelets.amplification(t.h.f) * codelets.amplification(t.w.f)


def roundings(plan: Plan) -> int:
    """Transforms, products over channels, transforms back, bias and residual."""
    t = numbers(plan)
    fused = t.row.fused
    depth = plan.spec.icg + (not fused) + 1 + plan.spec.bias + plan.spec.residual
    for f in (t.h.f, t.w.f):
        depth += max(codelet(f.bt).roundings(fused)) + max(codelet(f.at).roundings(fused))
    return depth


def expected_error(plan: Plan) -> float:
    """What the transforms add to an output's error on random data, relative to its sum of |x||w|: the
    measured largest are about this."""
    return _noise(plan.spec.kh, plan.m) * _noise(plan.spec.kw, plan.m) * UNIT_ROUNDOFF


@functools.lru_cache(maxsize=256)
def _noise(k: int, m: int) -> float:
    return noise(filtering(k, m))


def packed_floats(plan: Plan) -> int:
    t = numbers(plan)
    return plan.spec.g * (t.points * t.u_plane + plan.spec.bias * t.width)


def workspace_floats(plan: Plan) -> tuple[int, int]:
    t = numbers(plan)
    return (0, t.scratch) if plan.fused else (plan.spec.g * t.scratch, t.strip)


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    t = numbers(plan)
    trips = {"n": plan.spec.n, "g": plan.spec.g, "od": plan.spec.od, "oh": t.h.blocks, "ow": t.w.blocks,
             "oc": -(-t.width // (plan.nr * t.row.lanes)), "ic": plan.spec.icg}
    return [(loop, trips.get(loop.dim, 1)) for loop in plan.loops]


def view(plan: Plan) -> dict[str, Any]:
    """The context of templates/winograd/winograd.c.j2."""
    t, s = numbers(plan), plan.spec
    products: list[dict[str, Any]] = []
    micro: dict[str, Any] = {}
    for count, g in t.products.items():
        context = View(g, Reduction, packing).context()
        products.append({"count": count, "nest": context["nest_nodes"]})
        micro |= {tile.name: tile for tile in context["tiles"]}
    x, y = map_strides(s, s.ic, s.id, s.ih, s.iw), map_strides(s, s.oc, s.od, s.oh, s.ow)
    o, i, tap = weight_strides(s)
    blocks = unrank(t.tasks)
    rows = unrank([*t.tasks[:3], ("th", t.h.tiles, "row of tiles")])
    if plan.fused:
        phases = [Phase("compute_task", tasks(plan), "blocks of tiles")]
    else:
        lines = s.n * s.g * s.od * t.h.tiles
        phases = [Phase("input_task", lines, "rows of tiles, transformed"),
                  Phase("multiply_task", s.g * t.points, "products, one for each position"),
                  Phase("output_task", lines, "rows of tiles, transformed back")]
    weight_at = affine("", ("oc", o), ("ic", i), *(
        (f"({k - 1} - k{a})" if s.flip else f"k{a}", stride)
        for a, k, stride in (("h", s.kh, s.kw * tap), ("w", s.kw, tap))))
    first = next(iter(t.products.values()))
    strided, lanes = s.channels_last, t.row.lanes
    residual, bias = ["const float *residual"] * s.residual, ["const float *bias"] * s.bias
    place = ["ptrdiff_t oh", *["ptrdiff_t ow"] * strided, "ptrdiff_t count"]
    if strided:
        window, out = x, y
        tile_parameters = ["const float *m", *bias, *residual, "float *output", *["ptrdiff_t rows"] * t.h.partial,
                           *["ptrdiff_t columns_left"] * t.w.partial]
    else:
        window = Strides(0, 1, 0, window_pixels(t) * t.depth, t.depth)
        out = Strides(0, 1, 0, t.w.tiles * t.w.f.m * lanes, lanes)
        tile_parameters = ["const float *m", *bias, "float *output"]

    def origin(strides: Strides, channels: int) -> list[tuple[str, int]]:
        return [("n", strides.n if s.n > 1 else 0), ("g", channels * strides.c if s.g > 1 else 0),
                ("od", strides.d if s.od > 1 else 0)]

    def input_arguments(oh: str, v: str) -> list[str]:
        return [affine("input", *origin(x, s.icg)), oh, *["ow0"] * strided, "tiles_w", v, *["window"] * (not strided)]

    def output_arguments(oh: str, m: str) -> list[str]:
        at = origin(y, s.ocg)
        added = [affine("packed", s.g * t.points * t.u_plane, ("g", t.width if s.g > 1 else 0))] * s.bias
        added += [affine("residual", *at)] * s.residual
        return [m, *added, affine("output", *at), oh, *["ow0"] * strided, "tiles_w", *["window"] * (not strided)]

    def first_tile(scratch: int, channels: int, plane: int = 0) -> str:
        row = t.w.tiles * channels
        return affine("", ("g", scratch if s.g > 1 else 0), plane, ("th", row if t.h.tiles > 1 else 0),
                      ("od", t.h.tiles * row if s.od > 1 else 0), ("n", s.od * t.h.tiles * row if s.n > 1 else 0))

    return {
        "weight_at": weight_at, "panels": panels(first, "of_group"), "output_parameters": tile_parameters,
        "row_parameters": ["const float *m", *bias, *residual, "float *output", *place,
                           *["float *window"] * (not strided)],
        "input_arguments": input_arguments, "output_arguments": output_arguments, "first_tile": first_tile,
        "strided": strided, "window": window, "out": out, "read": min(s.iw, window_pixels(t) - s.left),
        "levels": lanes.bit_length() - 1,
        "task_arguments": ["worker", "input", "packed", *["residual"] * s.residual, "output", "workspace"],

        "plain": first.spec, "edges": any(a.before or a.after for a in s.axes) or t.h.partial or t.w.partial,
        "t": t, "x": x, "y": y, "products": products, "tiles": list(micro.values()), "phases": phases,
        "places": blocks if plan.fused else rows,
        "weight": {"o": o, "i": i, "h": s.kw * tap, "w": tap},
        "bias_at": s.g * t.points * t.u_plane,
        "codes": {"into_h": codelet(t.h.f.bt), "into_w": codelet(t.w.f.bt),
                  "from_h": codelet(t.h.f.at), "from_w": codelet(t.w.f.at)},
        "lanes": t.row.lanes, "tails": {"input": s.icg % t.row.lanes, "output": s.ocg % t.row.lanes},
        "tile_parameters": ["const float *x", "const float *w", "float *output"],
        "by_channel": True, "contiguous": True, "row_stride": t.width, "lane_stride": 1,
    }


def window_pixels(t: Numbers) -> int:
    """Columns that a row of tiles reads."""
    return t.w.tiles * t.w.f.m + t.w.f.r - 1


def plans(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Every legal plan; none where the algorithm does not apply."""
    if not _applies(spec) or spec.icg < target.row.lanes or spec.ocg < target.row.lanes:
        return
    for m in (2, 4, 6):
        try:
            h, w = (filtering(k, m) for k in (spec.kh, spec.kw))
        except InputError:
            continue
        th, tw = -(-spec.oh // h.m), -(-spec.ow // w.m)
        room = target.caches[-1].size // (spec.itemsize * h.n * w.n * (spec.icg + spec.ocg))  # tiles
        blocks = [(bh, bw, True) for bh, bw in _blocks(spec, th, tw) if bh == 1 or bh * bw <= room]
        for bh, bw, fused in (*blocks, (th, tw, False)):
            count = bh * bw if fused else spec.n * spec.od * th * tw
            product = ConvSpec(ic=spec.icg, oc=spec.ocg, iw=count, kw=1, layout="nwc")
            for mr, nr in tiles(target, "oc", product):
                yield Plan(spec=spec, target=target, algorithm=NAME, lanes="oc", mr=mr, nr=nr, unroll=4, m=m,
                           fused=fused, source=_source(spec),
                           loops=_loops(bh * h.m, bw * w.m, nr * target.row.lanes, fused))


def _blocks(spec: ConvSpec, rows: int, columns: int) -> list[tuple[int, int]]:
    """Tiles of a block, down and across: rows of tiles as even as can be, or parts of one row."""
    blocks = {(-(-rows // parts), columns) for parts in range(1, rows + 1)}
    if spec.channels_last:  # else a row of tiles is turned round as a whole
        blocks |= {(1, -(-columns // parts)) for parts in range(2, 9) if parts <= columns}
    return sorted(blocks)


def _loops(rows: int, columns: int, channels: int, fused: bool) -> tuple[Loop, ...]:
    bind: Bind = "task" if fused else "seq"
    return (Loop("n", 1, "task"), Loop("g", 1, "task"), Loop("od", 1, "task"), Loop("oh", rows, bind),
            Loop("ow", columns, bind), Loop("oc", channels), *TAPS)


def registers(plan: Plan) -> int:
    """Of the product's tile: accumulators, the vectors of a term, and what is broadcast."""
    return plan.mr * plan.nr + plan.nr + 1


def tile(plan: Plan) -> str:
    """A tile in words."""
    t = numbers(plan)
    return (f"F({t.h.f.m}x{t.w.f.m}, {t.h.f.r}x{t.w.f.r}), {t.points} products of {plan.mr} tiles x"
            f" {plan.nr * t.row.lanes} channels")


def visits(plan: Plan) -> tuple[Visits, ...]:
    """The micro-kernel runs of all products."""
    t, s = numbers(plan), plan.spec
    runs = Counter[int]()
    if plan.fused:
        for (a, a_blocks), (b, b_blocks) in itertools.product(t.h.cuts, t.w.cuts):
            runs[a * b] += s.n * s.od * a_blocks * b_blocks
    else:
        runs.update(t.counts)
    channels = vector_segments(t.width, plan.nr, t.row.lanes)
    return tuple(
        Visits(s.g * t.points * blocks * rows.number * vectors.number, rows.size, vectors.size, s.icg,
               -(-s.icg // plan.unroll), rows.size + vectors.size, s.itemsize * t.depth)
        for count, blocks in runs.items()
        for rows, vectors in itertools.product(row_segments(count, plan.mr), channels))


def work(plan: Plan) -> Work:
    """Products between transforms: U, V and M in the loops over groups, blocks, positions, panels of output
    channels and tiles; and the passes before and after."""
    t, s = numbers(plan), plan.spec
    size, lanes = s.itemsize, t.row.lanes
    blocks = s.n * s.od * t.h.blocks * t.w.blocks if plan.fused else 1
    panels, count = -(-t.width // (plan.nr * lanes)), max(t.counts)
    trips = (s.g, blocks, t.points, panels, -(-count // plan.mr))

    def array(name: str, plane: int, dims: tuple[int, ...], weight: int) -> Array:
        """A plane for each position; dims: the loops that move it. Scratch serves one block after another."""
        def footprint(depth: int) -> Run:
            inside = [trips[dim] for dim in dims if dim >= depth and dim < 3]
            below = [trips[dim] for dim in dims if 3 <= dim < depth]
            return Run(max(1, size * plane * math.prod(inside) // math.prod(below)), ())
        return Array(name, footprint, dims.__contains__, weight)

    tiles_all = s.n * s.od * s.g * t.h.tiles * t.w.tiles
    (into_h, from_h), (into_w, from_w) = (_operations(k, plan.m) for k in (s.kh, s.kw))
    into, back = (into_h * t.w.f.n + into_w * t.h.f.n, from_h * t.w.f.n + from_w * t.h.f.m)
    vectors_in, vectors_out = tiles_all * t.depth // lanes, tiles_all * t.width // lanes
    x, y = (size * s.n * c * e for c, e in ((s.ic, s.id * s.ih * s.iw), (s.oc, s.od * s.oh * s.ow)))
    return Work(
        visits=visits(plan), trips=trips,
        arrays=(array("weights", t.u_plane, (0, 2, 3), 1), array("V", count * t.depth, (0, 2, 4), 2),
                array("M", count * t.width, (0, 2, 3, 4), 2)),
        passes=(Pass("transform", vectors_in, into / 2 + 2 * t.points, x),
                Pass("transform back", vectors_out, back / 2 + 1.5 * t.points, y)),
        epilogue=0.0)


def tasks(plan: Plan) -> int:
    """Tasks of the longest phase."""
    t = numbers(plan)
    return math.prod(trips for _, trips, _ in t.tasks) if plan.fused else plan.spec.g * t.points


@functools.lru_cache(maxsize=256)
def _operations(k: int, m: int) -> tuple[int, int]:
    """Of one transform into and one back, along an axis."""
    f = filtering(k, m)
    return len(codelet(f.bt).ops), len(codelet(f.at).ops)
