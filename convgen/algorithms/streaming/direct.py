"""Direct sums of a stream: register tiles over the outputs of a block, read from the ring that the state holds."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import Source, TiledChoices
from ...plan.plan import Dim, Lanes, Loop, Plan
from ...plan.program import TAPS, Program
from ...plan.work import Pass, Work
from ..reading import Reading
from ..space import Space
from ..tiled import direct
from ..tiled.tiled import Tiled, in_place, packings, too_coarse
from .nest import BlockNest, Blocks, seen
from .program import program_of

ONES: tuple[Dim, ...] = ("n", "g", "od", "oh")  # dimensions that are not cut into tiles
KEPT = 0.3  # cycles a number of the input costs that is written to both copies of the ring


@functools.lru_cache(maxsize=4096)
def geometry(plan: Plan) -> Blocks:
    return Blocks(plan, rows_dim="ow" if plan.lanes == "oc" else "oc")


def shapes(row: Isa, rows: int, columns: int) -> list[tuple[int, int]]:
    """Register tiles (mr, nr) of outputs × channels: those that fill the registers, half of them, and powers of two,
    since the outputs that are left are summed by these. With one vector of weights a compiler may make each sum a new
    one, in the register that an input was broadcast to, and wants two more."""
    found = set()
    for nr in range(1, min(-(-columns // row.lanes), 7, row.registers // 2) + 1):
        full = max(1, (row.registers - (4 if nr == 1 else 1 + nr)) // nr)
        found |= {(min(rows, most), nr) for most in (full, max(1, full // 2), 1 << full.bit_length() - 1)}
    return sorted(found)


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops. Vectors of samples must be neighbours in the ring, and stay so with a stride."""
    block, row = seen(spec), target.row
    extents: list[tuple[Lanes, int, int]] = [("oc", block.ow, block.ocg)]
    if row.kind != "products" and row.lanes > 1 and spec.sw == 1 and (spec.ic == 1 or not spec.channels_last):
        extents.append(("ow", block.ocg, block.ow))
    exact = row.kind == "products"
    ways: tuple[Source, ...] = (*in_place(block, row, "broadcast"), "copy") if exact else ("input",)
    for lanes, rows, columns in extents:
        unroll = direct.UNROLL if lanes == "oc" else max(direct.UNROLL, min(9, spec.kw))
        found = shapes(row, rows, columns) if lanes == "oc" else direct.shapes(row, rows, columns)
        for (mr, nr), source, as_given in itertools.product(found, ways, packings(spec, row)):
            yield Plan(spec=spec, target=target, algorithm=direct.NAME, lanes=lanes, mr=mr, nr=nr,
                       choices=TiledChoices(unroll=unroll, source=source, as_given=as_given))


def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """Weights outer: a panel of them stays close while the block passes; or the block outer, where its window does."""
    lanes = plan.target.row.lanes
    oc, ow = (plan.nr * lanes, plan.mr) if plan.lanes == "oc" else (plan.mr, plan.nr * lanes)
    inner = TAPS if plan.lanes == "oc" else (TAPS[-1], *TAPS[:-1])
    for outer in ((Loop("oc", oc), Loop("ow", ow)), (Loop("ow", ow), Loop("oc", oc))):
        yield (*(Loop(dim, 1) for dim in ONES), *outer, *inner)


class Streamed(Tiled):
    """A tiled algorithm of streams."""

    geometry: Callable[[Plan], Blocks]

    def program(self, plan: Plan, rows: Rows) -> Program:
        noted = self.geometry(plan).noted(rows, Blocks.pixel)
        assert isinstance(noted, Blocks)
        return program_of(BlockNest(noted, self.reduction).program(self.packing), noted)

    def reading(self, plan: Plan) -> Reading:
        return Reading("ring", "the ring of past samples that the state holds")

    def passes(self, plan: Plan) -> str:
        return "keep"

    def work(self, plan: Plan) -> Work:
        """And each sample is written to the ring, twice."""
        ring = self.geometry(plan).ring
        kept = ring.rows * ring.sample * plan.spec.iw
        return super().work(plan)._replace(passes=(Pass("keep", kept, KEPT, 3 * ring.size * kept),), phases=1)


ALGORITHM = Streamed(direct.NAME, Space(too_coarse, tiles, orders), geometry, direct.loads, direct.registers)
