"""Direct convolution by instructions that multiply matrices of bytes.

A tile is some blocks of 16 pixels × some of 16 output channels, whose sums are registers of matrices; one step adds to
each the product of 16 pixels × 64 input channels with 64 input channels × 16 output channels:

    sum[m][v] += a[m] · b[v]          0 <= m < blocks of pixels, 0 <= v < nr

Pixels of a block lie equally far apart, which is all that such an instruction knows of an address. So they follow each
other in a row of the output; or, where a copy holds the padding, along all rows, those between the rows included, which
are no outputs and are left out at the end ("sheet"). The last block of a tile may overlap the one
before it, whose sums it then has again: a register has as many rows in all tiles.

Sums go through memory to become outputs, a pixel at a time, as vectors of channels. Where channels come first in the
output, these lie in memory once more, and channels and pixels change places.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import TiledChoices
from ...plan.plan import REDUCED, Loop, Plan
from ...plan.program import Program
from ...plan.work import Visits, Work
from ..lowering import flatten
from ..space import Space
from . import exact
from . import work as tiled_work
from .direct import nests
from .geometry import Geometry, of_kinds
from .matrix_geometry import QUARTERS, Rowwise, Sheet, blocks, runs, sheet_pixels, sheeted
from .matrix_nest import Matrixwise, Nest
from .stacked import Stacked, packing, stacks
from .tiled import Tiled, in_place
from .work import BLOCKS, in_runs

NAME = "matrix"

MAX_TILES = 12  # distinct tile functions a file may hold
PLACE = 8  # instructions that find where the outputs of a pixel go
FEWEST = 8  # output channels of a group that are worth a matrix
# Of L1, that a panel and the pixels of a part may take for the panel to stay: sums, outputs and what is read ahead lie
# there too. Where outputs are transposed, panels of half of it stay. (Sapphire Rapids: 25 cycles a product of four
# panels beside each other, 34 from 0.95 on.)
KEPT = 0.88


@of_kinds
def geometry(plan: Plan) -> Rowwise:
    spec = plan.spec
    if plan.own(TiledChoices).source == "copy":
        if stacks(spec, plan.target.row):
            return Stacked(plan, spec)
        if sheeted(spec):
            return Sheet(plan, spec)
    return Rowwise(plan, flatten(spec))


def pixels(spec: ConvSpec, row: Isa, source: str) -> int:
    """Those that follow each other, as tiles take them."""
    if source == "copy" and sheeted(spec) and not stacks(spec, row):
        return sheet_pixels(spec)
    return flatten(spec).ow


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    if target.row.matrix is None:
        return f"matrix needs instructions for matrices (isa={target.isa})"
    if spec.ocg < FEWEST or spec.icg < 2:
        return (f"matrix needs input channels to sum, and at least {FEWEST} outputs, a group"
                f" (ic/g={spec.icg}, oc/g={spec.ocg})")
    if spec.residual and not spec.channels_last:
        return f"matrix needs channels last where a residual is added (layout={spec.layout})"
    return exact.unfit(spec, target)


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None."""
    g = geometry(plan)
    sizes = [segment.size for segment in g.segments["ow"]]
    if min(sizes) < g.matrix.rows and len(set(sizes)) > 1:
        return f"all registers have as many rows ({min(sizes)}, {max(sizes)})"
    if not g.shape.blocks:
        return f"there are {g.matrix.registers} registers"
    if len(g.segments["ow"]) * len(g.segments["oc"]) > MAX_TILES:
        return f"too many distinct tiles ({len(g.segments['ow'])} x {len(g.segments['oc'])})"
    return None


PARTS = (1, 4)  # of the pixels of a tile, whose sums are in registers one part after the other; or all pixels there are


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops: as many blocks of pixels as registers hold the sums of, or some times as many."""
    row = target.row
    matrix = row.matrix
    assert matrix is not None
    sources = (*in_place(flatten(spec), row), "copy")
    for nr, source in itertools.product(range(1, QUARTERS + 1), sources):
        if source == "edges" or nr > -(-spec.ocg // row.lanes):
            continue  # a register cannot skip padding
        most = (matrix.registers - 2) // nr
        for many in sorted({most, max(1, (matrix.registers - 4) // nr)} if nr > 1 else {4}):
            all_there = -(-pixels(spec, row, source) // (many * matrix.rows))
            for parts in sorted({*PARTS, all_there}):
                yield Plan(spec=spec, target=target, algorithm=NAME, lanes="oc", mr=many * parts * matrix.rows, nr=nr,
                           choices=TiledChoices(source=source))


def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """Those of direct layers that sum all input channels at once."""
    for loops in nests(plan, geometry(plan).spec):
        if not any(loop.dim == "ic" and loop.step > 1 for loop in loops):
            yield loops


def registers(plan: Plan) -> int:
    """Of matrices."""
    return geometry(plan).shape.sums + 2


def loads(blocks: int, vectors: int) -> int:
    """Registers that a step loads: pixels once; weights that were loaded last are there for the next pixels."""
    return blocks + 1 + blocks * (vectors - 1)


def loads_of(plan: Plan, rows: int, vectors: int) -> tuple[float, float]:
    """Of a word of the reduction: a register has as many of these as rows, so a vector for each that is loaded."""
    return loads(-(-rows // geometry(plan).matrix.rows), vectors), 0


def tile(plan: Plan) -> str:
    """A tile in words."""
    return f"{plan.mr} pixels x {plan.nr * plan.target.row.lanes} channels"


class MatrixTiled(Tiled):
    """The algorithm: its tiles compute whole registers, whatever they store of them."""

    def program(self, plan: Plan, rows: Rows) -> Program:
        g = self.geometry(plan).noted(rows)
        assert isinstance(g, Rowwise)
        program = Nest(g, Matrixwise).program(self.packing)
        turning = [g.io.transpose] if g.io.transpose and not plan.spec.channels_last else []
        return msgspec.structs.replace(program, helpers=(*program.helpers, *g.matrix.helpers, *turning))

    def work(self, plan: Plan) -> Work:
        """Parts of a tile are what a loop inside of all others goes over: they read the same weights."""
        told = geometry(plan)
        if plan.mr > told.together:
            outer = len(plan.loops) - len(REDUCED)
            loops = (*plan.loops[:outer], Loop("ow", told.together), *plan.loops[outer:])
            told = geometry(msgspec.structs.replace(plan, mr=told.together, loops=loops))
        found = in_runs(tiled_work.work(told, self.visits(plan), self.once))
        return found._replace(kept=KEPT) if plan.spec.channels_last else found

    def finish(self, plan: Plan, sums: int) -> float:
        g = self.geometry(plan)
        through = 2.0 * sums  # memory
        if not plan.spec.channels_last:
            through += BLOCKS * plan.target.issue * sums * g.row.lanes
        return through + (exact.narrowed(plan.spec, g.row, sums) if g.narrowed else super().finish(plan, sums))

    def visits_of(self, plan: Plan, g: Geometry) -> tuple[Visits, ...]:
        assert isinstance(g, Rowwise)
        shape, words = g.shape, g.matrix.words
        number, length = runs(g)
        steps = number * -(-length // words) * words  # a step takes as long if it is of fewer words
        caches, found = plan.target.caches, []
        for visit in super().visits_of(plan, g):
            together = min(visit.rows, g.together)
            parts, each = -(-visit.rows // together), len(blocks(together, shape.rows))
            panel = g.terms * visit.vectors * g.row.lanes
            far = 1.0
            pixels = each * shape.rows * steps * g.deep  # bytes that a part reads
            kept = panel + pixels <= KEPT * caches[0].size if plan.spec.channels_last else 2 * panel <= caches[0].size
            if len(caches) > 1 and not kept:  # each part reads it anew, from L2
                far = plan.target.load_rate * plan.target.line / caches[1].rate
            loaded = parts * (loads(each, visit.vectors) + visit.vectors * (far - 1))
            finish = (visit.finish or 0) / (parts if g.meanwhile(parts) else 1) + PLACE * visit.rows
            found.append(visit._replace(rows=parts * each * shape.rows, steps=steps, rounds=steps // words,
                                        loads=loaded, pitch=0, finish=finish))  # a line is read whole, by one load
        return tuple(found)


ALGORITHM = MatrixTiled(NAME, Space(unfit, tiles, orders, limit), geometry, loads_of, registers, tile=tile,
                        reduction=Matrixwise, packing=packing)
