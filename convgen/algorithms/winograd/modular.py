"""Winograd's minimal filtering of integers, exact: all of it modulo 2^32.

As in winograd.py a tile of m × m outputs is

    Y = Aᵀ [Σ_ic U ⊙ V] A        U = G g Gᵀ,  V = Bᵀ d B

but with integers. At whole points Bᵀ and Aᵀ are integers, and row i of G is one over a divisor s_i. With s_i G in the
place of G, and Aᵀ times L / s_i in the place of Aᵀ, where L is their least common multiple along an axis, everything is
an integer, and Y comes out L_h L_w times as large. That product is q 2^e with an odd q, which has an inverse modulo
2^32; so what is left of Y, whatever overflowed on the way, is 2^e v modulo 2^32, and v itself wherever
|v| < 2^(31 − e): by its types, or as largest_sum promises. F(4 × 4, 3 × 3) has e = 6, F(3 × 3, 3 × 3) and
F(2 × 2, 3 × 3) have e = 2. U and V must fit 16 bits, of which products are summed as pmaddwd does.

A task is a block of rows of tiles, whose V and Σ U ⊙ V stay in its worker's scratch. It reads a padded copy of the
input in 16 bits, which holds the windows of all tiles, also of those that reach beyond the output.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import TiledChoices, WinogradChoices
from ...plan.plan import Loop, Plan
from ...plan.program import (
    TAPS,
    Node,
    Parameter,
    Phase,
    Program,
    View,
    affine,
    packing_parameters,
    reads,
    unrank,
    writes,
)
from ...plan.proof import proof
from ...plan.tiling import row_segments, vector_segments
from ...plan.work import Access, Footprint, Pass, Visits, Work
from ..lowering import rows_product
from ..numerics import Modular
from ..reading import Reading
from ..space import Space
from ..tiled import direct, exact
from ..tiled.arrange import Copying, copying
from ..tiled.exact import Section
from ..tiled.geometry import Geometry, Strides, output_strides
from ..tiled.loopnest import LoopNest
from ..tiled.microkernel import Reduction, Tile, hot
from ..weights import tap_term, weight_strides
from .codelets import Op, codelet
from .toomcook import transforms

NAME = "modular"
AUTOMATIC = True
APPROXIMATE = False
CHOICES = WinogradChoices

POINTS = (0, 1, -1, 2, -2)  # whole numbers, the smallest
SIZES = (2, 3, 4)  # outputs of a tile along an axis
SHORT = 2**15 - 1
NEEDS = "modular needs one group, stride 1, no dilation, and a kernel of more than one pixel in one plane"


class Line(NamedTuple):
    """Transforms of an axis, in integers: bt, g, at; and L."""

    m: int
    n: int
    bt: tuple[tuple[int, ...], ...]
    g: tuple[tuple[int, ...], ...]
    at: tuple[tuple[int, ...], ...]
    over: int

    @property
    def reach(self) -> int:
        """How many times larger than an input a transformed one may be."""
        return max(sum(map(abs, row)) for row in self.bt)

    @property
    def gain(self) -> int:
        """The same of weights."""
        return max(sum(map(abs, row)) for row in self.g)


IDENTITY = Line(1, 1, ((1,),), ((1,),), ((1,),), 1)


@functools.lru_cache(maxsize=64)
def line(k: int, m: int) -> Line | None:
    """F(m, k); None where there are not enough points."""
    if k == 1:
        return IDENTITY
    if m + k - 2 > len(POINTS):
        return None
    f = transforms(m, k, POINTS[: m + k - 2])
    over = math.lcm(*(divisor for _, divisor in f.g_over))
    at = tuple(tuple(int(a) * over // divisor for a, (_, divisor) in zip(row, f.g_over, strict=True)) for row in f.at)
    return Line(m, f.n, tuple(tuple(map(int, row)) for row in f.bt), tuple(row for row, _ in f.g_over), at, over)


class Residue(NamedTuple):
    """L_h L_w = q 2^e: the inverse of q modulo 2^32, as int32_t has it, and e."""

    inverse: int
    e: int


def residue(over: int) -> Residue:
    """Of a positive number."""
    e = (over & -over).bit_length() - 1
    inverse = pow(over >> e, -1, 2**32)
    return Residue(inverse - 2**32 * (inverse >= 2**31), e)


class Numbers:
    """What a plan means in numbers."""

    def __init__(self, plan: Plan) -> None:
        s, self.plan, self.row = plan.spec, plan, plan.target.row
        self.spec, self.m = s, plan.own(WinogradChoices).m
        h, w = line(s.kh, self.m), line(s.kw, self.m)
        assert h is not None
        assert w is not None
        assert self.row.shorts is not None
        self.h, self.w, lanes = h, w, self.row.lanes
        self.rows, self.columns = -(-s.oh // h.m), -(-s.ow // w.m)  # tiles
        self.block = next(loop.step for loop in plan.loops if loop.dim == "oh") // h.m  # rows of tiles
        self.count = self.block * self.columns
        self.points = h.n * w.n
        self.depth = -(-s.ic // self.row.shorts.lanes) * self.row.shorts.lanes  # channels of V
        self.width = -(-s.oc // lanes) * lanes  # and of M
        # planes at a power of two would meet in one set of the cache
        self.v_plane, self.m_plane = self.count * self.depth + 32, self.count * self.width + 16
        self.copy = _copied(plan, self.rows * h.m, self.columns * w.m)
        self.product = self._product()
        self.u_plane = self.product.packed_weights
        held = self.copy.source.itemsize
        self.m_at = -(-self.points * self.v_plane * 2 // 64) * 64 // held  # in numbers of the copy, from V on
        self.strip_at = self.m_at + self.points * self.m_plane * 4 // held
        strip = 0 if s.channels_last else self.block * h.m * s.ow * self.width * s.arithmetic.output.bytes
        self.scratch = self.strip_at + -(-strip // 64) * 64 // held

    def _product(self) -> Product:
        plan = self.plan
        spec = rows_product(self.spec.ic, self.width, self.count).replace(dtype="s16:s16:s32")
        seq = [Loop(dim, 1) for dim in ("n", "g")]
        loops = (*seq, Loop("oc", plan.nr * self.row.lanes), Loop("od", 1), Loop("oh", 1), Loop("ow", plan.mr), *TAPS)
        inner = Plan(spec=spec, target=plan.target, algorithm=direct.NAME, mr=plan.mr, nr=plan.nr, loops=loops,
                     choices=TiledChoices(unroll=4, source="input"))
        return Product(inner, self.depth)

    @property
    def sections(self) -> tuple[tuple[Section, ...], int]:
        """Bias and scales, behind U."""
        return exact.sections(self.spec, self.row, self.points * self.u_plane, self.width, 0)


class Product(Geometry):
    """The matrix product of one position: rows are tiles."""

    def __init__(self, plan: Plan, pitch: int) -> None:
        self.pitch = pitch
        super().__init__(plan, plan.spec, "ow")

    def _input(self) -> tuple[Strides, int]:
        return Strides(0, 1, 0, 0, self.pitch), 0


def _copied(plan: Plan, rows: int, columns: int) -> Geometry:
    """The padded copy, for so many outputs."""
    s = plan.spec
    spec = s.replace(bottom=s.bottom + rows - s.oh, right=s.right + columns - s.ow,
                     **{pad: getattr(s, pad) for pad in ("front", "back", "top", "left")})
    inner = Plan(spec=spec, target=plan.target, algorithm=direct.NAME, mr=1, nr=1,
                 choices=TiledChoices(unroll=1, source="copy"))
    return Geometry(inner, spec, "ow")


numbers = functools.lru_cache(maxsize=512)(Numbers)


# --- which plans there are ---


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    row = target.row
    if row.shorts is None or row.deep != 2:
        return f"modular multiplies pairs of 16 bits (isa={row.name})"
    _, h, w = spec.axes
    if spec.g > 1 or spec.kd * spec.id * spec.od > 1 or h.k * w.k == 1 or any(a.s > 1 or a.d > 1 for a in (h, w)):
        return NEEDS
    if min(spec.ic, spec.oc) < row.lanes or spec.ic % 2:
        return f"modular needs {row.lanes} channels, an even number of the input (ic={spec.ic}, oc={spec.oc})"
    return exact.unfit(spec, target)


def admits(spec: ConvSpec, m: int) -> bool:
    """Whether tiles of m × m are exact: U and V fit 16 bits, and v what is left of Y."""
    h, w = line(spec.kh, m), line(spec.kw, m)
    if h is None or w is None:
        return False
    known = proof(spec)
    return h.reach * w.reach * known.input <= SHORT and h.gain * w.gain * known.weight <= SHORT \
        and known.products < 2 ** (31 - residue(h.over * w.over).e)


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops."""
    for m in SIZES:
        if admits(spec, m):
            shapes = {shape for block in _blocks(spec, m) for shape in
                      direct.shapes(target.row, block * -(-spec.ow // _outputs(spec.kw, m)), spec.oc)}
            for mr, nr in sorted(shapes):
                yield Plan(spec=spec, target=target, algorithm=NAME, lanes="oc", mr=mr, nr=nr,
                           choices=WinogradChoices(unroll=4, source="copy", m=m, fused=True))


def _outputs(k: int, m: int) -> int:
    """Of a tile, along an axis with a kernel of k."""
    return m if k > 1 else 1


def _blocks(spec: ConvSpec, m: int) -> list[int]:
    """Rows of tiles in a block: whatever divides all."""
    rows = -(-spec.oh // _outputs(spec.kh, m))
    return [size for size in range(1, rows + 1) if rows % size == 0]


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """Blocks for which a register tile is worth a look."""
    spec, m = tile.spec, tile.own(WinogradChoices).m
    rows, columns = _outputs(spec.kh, m), -(-spec.ow // _outputs(spec.kw, m))
    for block in _blocks(spec, m):
        if (tile.mr, tile.nr) in direct.shapes(tile.target.row, block * columns, spec.oc):
            yield (Loop("n", 1, "task"), Loop("oh", block * rows, "task"),
                   Loop("oc", tile.nr * tile.target.row.lanes), Loop("ow", tile.mr), *TAPS)


SPACE = Space(unfit, tiles, orders)
plans, check = SPACE.plans, SPACE.check


# --- what others ask ---


def decisions(plan: Plan) -> dict[str, object]:
    return {"lanes": plan.lanes, "m": plan.own(WinogradChoices).m}


def numerics(plan: Plan) -> Modular:
    """Nothing is rounded."""
    t = numbers(plan)
    return Modular(roundings=0, bits=31 - residue(t.h.over * t.w.over).e)


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    t = numbers(plan)
    trips = {"n": plan.spec.n, "oh": t.rows // t.block, "oc": -(-t.width // (plan.nr * t.row.lanes)),
             "ow": -(-t.count // plan.mr), "ic": -(-plan.spec.ic // 2)}
    return [(loop, trips.get(loop.dim, 1)) for loop in plan.loops]


def tasks(plan: Plan) -> int:
    t = numbers(plan)
    return plan.spec.n * t.rows // t.block


def visits(plan: Plan) -> tuple[Visits, ...]:
    """The micro-kernel runs of all products."""
    t = numbers(plan)
    often, steps = t.points * tasks(plan), -(-plan.spec.ic // 2)
    return tuple(
        Visits(often * rows.number * vectors.number, rows.size, vectors.size, steps, -(-steps // 4),
               rows.size + vectors.size, 2 * t.depth)
        for rows, vectors in itertools.product(row_segments(t.count, plan.mr),
                                               vector_segments(t.width, plan.nr, t.row.lanes)))


def work(plan: Plan) -> Work:
    """Products between transforms, and these as passes."""
    t, s = numbers(plan), plan.spec
    assert t.row.shorts is not None
    panels, blocks = -(-t.width // (plan.nr * t.row.lanes)), tasks(plan)
    trips = (blocks, t.points, panels, -(-t.count // plan.mr))

    def array(name: str, plane: int, dims: tuple[int, ...], weight: int) -> Access:
        """A plane for each position; dims: the loops that move it."""
        def footprint(depth: int) -> Footprint:
            inside = [trips[dim] for dim in dims if depth <= dim < 2]
            below = [trips[dim] for dim in dims if 2 <= dim < depth]
            return Footprint(max(1, plane * math.prod(inside) // math.prod(below)), ())
        return Access(name, footprint, dims.__contains__, weight)

    into, back = (sum(len(codelet(_fractions(matrix)).ops) * count for matrix, count in pairs) for pairs in (
        ((t.h.bt, t.w.n), (t.w.bt, t.h.n)), ((t.h.at, t.w.n), (t.w.at, t.h.m))))
    every = blocks * t.count
    ends = t.h.m * t.w.m * (4 + exact.finish(s))
    copied = t.copy.workspace
    size = t.copy.source.itemsize
    return Work(
        visits=visits(plan), trips=trips,
        arrays=(array("weights", 2 * t.u_plane, (1, 2), 1), array("V", 2 * t.count * t.depth, (1, 3), 2),
                array("M", 4 * t.count * t.width, (1, 2, 3), 2)),
        passes=(Pass("copy", copied, 2 / t.row.shorts.lanes, size * copied + s.ic * s.ih * s.iw * s.n),
                Pass("transform", every * t.depth // t.row.shorts.lanes, t.points, size * copied, into),
                Pass("transform back", every * t.width // t.row.lanes, 0.7 * t.points,
                     s.arithmetic.output.bytes * s.n * s.oc * s.oh * s.ow, back + ends)),
        epilogue=0.0 if s.channels_last else 0.5 * s.n * s.oc * s.oh * s.ow, phases=2)


def registers(plan: Plan) -> int:
    return direct.registers(plan)


def tile(plan: Plan) -> str:
    t = numbers(plan)
    return (f"F({t.h.m}x{t.w.m}, {plan.spec.kh}x{plan.spec.kw}), {t.points} products of {plan.mr} tiles x"
            f" {plan.nr * t.row.lanes} channels")


def reading(plan: Plan) -> Reading:
    return Reading("copy", "a padded copy of the input")


def passes(plan: Plan) -> str:
    return "transforms"


def explain(plan: Plan) -> str:
    """What the transforms save, and why they are exact."""
    t, s = numbers(plan), plan.spec
    left = t.points * t.rows * t.columns * s.n * s.ic * s.oc
    return (f"F({t.h.m}x{t.w.m}, {s.kh}x{s.kw}) modulo 2^32: {s.macs / left:.2f} times fewer multiplications, exact"
            f" since no sum reaches 2^{numerics(plan).bits}")


# --- the program ---


class Matrix(NamedTuple):
    """A transform along an axis as statements, on x0, x1 and so on, and the names of what it gives."""

    lines: list[str]
    outputs: list[str]


class ModularView(View, frozen=True, kw_only=True):
    """What templates/winograd/modular prints.

    t: the plan's numbers; zero: what stands for 0 in the copy. into_h, into_w, from_h, from_w: the transforms of
    columns and rows. tiles, product_nodes: the micro-kernels of a position and its loops; plain: the layer that it is.
    numbers: of output channels, as TiledView has them. residue: see there. window, out: strides of the copy and of
    what is written; copy, places; shared: numbers of workspace before that of workers. panels: (first channel, how
    many, width) of U's; behind: how what follows U is packed.
    """

    t: Numbers
    zero: int
    shorts: Isa
    into_h: Matrix
    into_w: Matrix
    from_h: Matrix
    from_w: Matrix
    tiles: list[Tile]
    product_nodes: list[Node]
    plain: ConvSpec
    by_channel: bool
    contiguous: bool
    row_stride: int
    lane_stride: int
    lanes: int
    packed_numbers: int
    transposes: bool
    numbers: list[tuple[str, str, str]]
    residue: Residue
    window: Strides
    out: Strides
    copy: Copying
    places: list[tuple[str, str, str]]
    block_places: list[tuple[str, str, str]]
    weights_at: str
    panels: list[tuple[int, int, int]]
    shared: int
    behind: list[Node]
    product_parameters: tuple[Parameter, ...]
    pack_parameters: tuple[Parameter, ...]

    @property
    def statements(self) -> int:
        """Transforms and micro-kernels."""
        lines = sum(len(matrix.lines) for matrix in (self.into_h, self.into_w, self.from_h, self.from_w))
        return sum(tile.statements for tile in self.tiles) + 2 * lines + 40


def program(plan: Plan, rows: Rows) -> Program:
    """What is printed."""
    t, s = numbers(plan), plan.spec
    row = rows.of(t.row)
    shorts, sums = row.shorts, row.numbers
    assert shorts is not None
    product = t.product.noted(rows, "tile")
    nest_ = LoopNest(product, Reduction)
    nodes = nest_.nodes()
    copy = copying(t.copy.noted(rows))
    found, packed = t.sections
    blocks = t.rows // t.block
    out = output_strides(s)
    strip = Strides(0, 1, 0, s.ow * t.width, t.width)
    size = t.copy.source.itemsize
    shared = -(-(t.copy.workspace + shorts.lanes) * size // 64) * 64 // size  # a vector may reach beyond the copy
    view = ModularView(
        t=t, zero=exact.operands(s, t.row).zero, shorts=shorts,
        into_h=_matrix(shorts, t.h.bt), into_w=_matrix(shorts, t.w.bt), from_h=_matrix(sums, t.h.at),
        from_w=_matrix(sums, t.w.at), tiles=list(nest_.tiles.values()), product_nodes=nodes, plain=t.product.spec,
        by_channel=True, contiguous=True, row_stride=t.width, lane_stride=1, lanes=t.row.lanes, packed_numbers=t.width,
        transposes=False,
        numbers=[(section.element, section.role, exact.view_of(section, t.row)) for section in found],
        residue=residue(t.h.over * t.w.over), window=t.copy.input, out=out if s.channels_last else strip, copy=copy,
        places=copy.places, block_places=unrank([("n", s.n, "image"), ("block", blocks, "block of rows of tiles")]),
        weights_at=_weight(s), panels=[(start, count, width) for start, count, width, *_ in t.product.segments["oc"]],
        shared=shared, behind=exact.packed_numbers(s, t.row, found, 1, s.oc, t.width, 0),
        product_parameters=(reads(row.scalar, "input"), reads(row.scalar, "weights"), writes(sums.scalar, "output")),
        pack_parameters=(reads(row.named(s.arithmetic.weights), "weights"), writes(row.scalar, "out")))
    count = s.n * blocks
    return Program(
        row=row, template="winograd/modular.c.j2", pack="winograd/modular_pack.c.j2", view=view,
        phases=(Phase("copy_task", copy.tasks, copy.what, (*["task"] * (copy.tasks > 1), "input", "workspace")),
                Phase("compute_task", count, "blocks of rows of tiles",
                      (*["task"] * (count > 1), "worker", "packed", "output", "workspace"))),
        parameters=packing_parameters(s, row, "void"), packed=packed,
        workspace=shared,
        scratch=t.scratch, hot=hot(nest_.tiles.values()), workspace_of=t.copy.source,
        helpers=(*copy.helpers, *[rows.of(t.copy.io).transpose] * (not s.channels_last and bool(t.copy.io.transpose))))


def _weight(s: ConvSpec) -> str:
    """The place of a weight of output channel o and input channel c, in C."""
    o, i, _ = weight_strides(s)
    return affine("", ("o", o), ("c", i), *(tap_term(s, f"k{axis.name}") for axis in s.axes[1:] if axis.k > 1))


def _fractions(matrix: tuple[tuple[int, ...], ...]) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(map(Fraction, row)) for row in matrix)


def _matrix(row: Isa, matrix: tuple[tuple[int, ...], ...]) -> Matrix:
    made = codelet(_fractions(matrix))
    if any(op.constant.denominator > 1 for op in made.ops):  # what they share are fractions
        lines = [f"const {row.vector} t{at} = {_sum(row, factors)};" for at, factors in enumerate(matrix)]
        return Matrix(lines, [f"t{at}" for at in range(len(matrix))])
    return Matrix([f"const {row.vector} {op.name} = {_operation(row, op)};" for op in made.ops],
                  [str(output) for output in made.outputs])


def _sum(row: Isa, factors: tuple[int, ...]) -> str:
    """The sum of products of x0, x1 and so on with small constants, some of which are above 0."""
    terms = sorted(((f"x{at}", k) for at, k in enumerate(factors) if k), key=lambda term: term[1] < 0)
    value = ""
    for name, k in terms:
        times = _times(row, name, abs(k))
        value = times if not value else row.add(value, times) if k > 0 else row.sub(value, times)
    return value


def _operation(row: Isa, op: Op) -> str:
    """An operation of a codelet in integers: multiplications by small constants are shifts and sums."""
    if op.kind in ("add", "sub"):
        return row.expression(op.kind, a=op.operands[0], b=op.operands[1])
    k = int(op.constant)
    times = _times(row, op.operands[0], abs(k))
    if op.kind == "mul":
        return times if k > 0 else row.sub(row.set1("0"), times)
    return row.add(op.operands[1], times) if k > 0 else row.sub(op.operands[1], times)


def _times(row: Isa, a: str, k: int) -> str:
    """a·k, k > 0."""
    terms = [row.shl(a, bit) if bit else a for bit in range(k.bit_length()) if k >> bit & 1]
    return functools.reduce(row.add, terms)


