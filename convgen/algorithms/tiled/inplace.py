"""Depthwise convolution of integers, channels first, whose input is read where it lies.

Where bytes are loaded by masks, what of a vector lies beyond its row is padding, and no channel need be copied: a tile
is a patch of outputs, mr rows by nr vectors of bytes, that walks down the rows of its window. Words are loaded as they
lie (woven.py), once for all rows of outputs that see them.

Vectors of pixels are those of one row, so this is for rows that fill them; flat.py is for others.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import TiledChoices
from ...plan.plan import Loop, Plan
from ...plan.program import Barrier, Fma, Load, Node, Step, Steps, affine
from ...plan.tiling import Edge, Segment, balanced, edge_segments, largest_parts, row_segments
from ...plan.work import Visits, Work
from ..reading import Reading
from ..space import Space
from . import exact
from . import work as tiled_work
from .clip import Clip
from .depthwise import NAME, Patch, nests, rolled
from .geometry import Geometry, too_long
from .interleaved import MAX_TILES, MOST, Wordwise, several
from .microkernel import Accumulator
from .packing import Packing
from .tiled import Tiled, too_coarse
from .woven import narrowing, weaves, woven
from .woven import packing as woven_packing


def source(spec: ConvSpec, row: Isa) -> Isa | None:
    """The row of the bytes that tiles read; None where words are not there as they lie, or masks are not."""
    given = row.wordwise[spec.arithmetic.input.name].in_place if weaves(spec, row) else None
    return given if given and given.has("load_over") else None


class InPlace(Patch):
    """Tiles of output rows, and of vectors of bytes of their pixels, each of which knows where its row ends."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, plan.spec, "oh", "ow")
        spec, row = self.spec, self.row
        found = source(spec, row)
        assert found is not None
        self.source, self.icp = found, 1  # taps fill a word, not channels
        self.woven = woven(spec, row.deep)
        self.terms = spec.kh * self.woven.of_row * row.deep
        self.narrowed = narrowing(spec, row)

    def split(self) -> dict[str, tuple[Segment, ...]]:
        h, w = self.spec.axes[1:]
        lanes = 4 * self.row.lanes
        columns = []
        for run in balanced(-(-w.o // lanes), self.plan.nr):
            for start in range(run.start * lanes, (run.start + run.number * run.size) * lanes, run.size * lanes):
                pixels = min(run.size * lanes, w.o - start)
                columns.append(Segment(start, 1, run.size * lanes, run.size, pixels % lanes, Edge(w, start, pixels)))
        return {"oh": edge_segments(h, self.plan.mr), "ow": tuple(columns), "oc": row_segments(self.channels, 1)}

    def noted(self, rows: Rows, pixel: str = Geometry.pixel) -> InPlace:
        found = super().noted(rows, pixel)
        assert isinstance(found, InPlace)
        assert self.narrowed is not None
        found.narrowed = rows.of(self.narrowed)
        return found

    @property
    def lanes(self) -> int:
        return 4 * self.row.lanes

    @property
    def vector_stride(self) -> int:
        return self.lanes

    @property
    def zero(self) -> int:
        return zero_of(self.spec, self.row)


def zero_of(spec: ConvSpec, row: Isa) -> int:
    """What stands for 0 among bytes as they are loaded."""
    return spec.input_zero + (row.wordwise[spec.arithmetic.input.name].offset or 0)


class InPlaceRows(Wordwise):
    """The words of a row are loaded for all their products; weights stay in registers where these hold them."""

    def __init__(self, g: Geometry, served: list[dict[str, Segment]], clips: list[Clip]) -> None:
        super().__init__(g, served, clips)
        assert isinstance(g, InPlace)
        self.woven, self.zero, self.deep = g.woven, g.zero, g.row.deep
        self.width = self.woven.of_row * self.deep  # packed weights of a row of the kernel
        self.holds = holds(self.plan)

    def panel(self) -> str:
        return f"w: its weights, {self.width} a row of the kernel."

    def parts(self, acc: Accumulator) -> list[Accumulator]:
        """Four vectors of sums, which a vector of outputs is woven of."""
        return [acc._replace(name=f"{acc.name}_{quarter}") for quarter in range(4)]

    def results(self, sums: list[Accumulator]) -> tuple[list[Node], list[Accumulator]]:
        return [], [first._replace(name=first.name.removesuffix("_0")) for first in sums[::4]]

    def _walk(self, x: str, w: str) -> list[Node]:
        nodes = super()._walk(x, w)
        if nodes and self.holds:
            held: Step = [self._weights(w, kh, index) for kh in range(self.spec.kh) for index in
                          range(self.woven.of_row)]
            nodes.insert(0, Steps([held], "the weights stay in registers", shared=True))
        return nodes

    def _weights(self, w: str, kh: int, index: int) -> Load:
        return Load(f"w{kh}_{index}", self.row.broadcast(affine(w, kh * self.width + index * self.deep)))

    def _of_row(self, x: str, w: str, r: int, test: str | None, taps: list[tuple[int, int]]) -> Step:
        own = self.woven
        items: Step = []
        if not self.holds:
            rows = sorted({kh for _, kh in taps})
            items += [self._weights(w, kh, index) for kh in rows for index in range(own.of_row)]
        runs = [divmod(run, own.runs) for run in range(self.vectors * own.runs)]
        for first, sums in own.sums.items():
            words = [self._word(f"a{first}_{run}", x, r, test, run, first) for run in range(len(runs))]
            if test is None or not any(words):
                words = [None] * len(runs) if self.zero else words
            items += [word for word in words if word]
            items.append(Barrier())  # gcc would read them again for every product
            for one, (m, kh), (at, (v, run)) in itertools.product(sums, taps, enumerate(runs)):
                word = words[at]
                if word or self.zero:
                    items.append(Fma(f"acc{m}_{v}_{run * own.outputs + one.output}", word.name if word else "padding",
                                     f"w{kh}_{one.weights}"))
        return items

    def _word(self, name: str, x: str, r: int, row: str | None, run: int, first: int) -> Load | None:
        """The words from column `first` on of a run of row r of the window, with padding beyond the row; None where all
        is padding."""
        lanes, iw = self.source.lanes, self.spec.iw
        column = self.pixels.start * self.spec.sw - self.spec.left + run * lanes + first
        begin, end = max(0, -column), min(lanes, iw - column)
        if row is None or end <= begin:
            return None
        down, below = self.windows.behind("top", r, self.g.input.h)
        place = affine(x, down, below + column)
        value = self.source.load(place) if (begin, end) == (0, lanes) else \
            self.source.load_over(place, begin, end, "padding")
        return Load(name, f"{row} ? {value} : padding" if row and self.zero else value)


@functools.lru_cache(maxsize=1024)
def geometry(plan: Plan) -> InPlace:
    return InPlace(plan)


def packing(g: Geometry) -> Packing:
    """The words of each channel, then bias and scales."""
    assert isinstance(g, InPlace)
    s, limit = g.spec, exact.limit(g.spec)
    numbers = exact.packed_numbers(s, g.row, g.sections[0], 1, s.oc, s.oc, g.zero, limit=limit)
    return woven_packing(s, g.row, numbers, limit)


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    if reason := several(spec):
        return reason
    if source(spec, target.row) is None:
        return f"depthwise reads no bytes by masks where words do not lie as they are (isa={target.isa}, dw={spec.dw})"
    return too_coarse(spec, target)


def there(spec: ConvSpec, target: Target) -> bool:
    """Whether there may be plans."""
    return unfit(spec, target) is None


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None."""
    w, lanes = plan.spec.axes[2], 4 * plan.target.row.lanes
    if reason := too_long(w, -(-w.o // (lanes * plan.nr))):
        return reason
    segments = geometry(plan).segments
    if len(segments["ow"]) * len(segments["oh"]) > MAX_TILES:
        return f"too many distinct tiles (mr={plan.mr}, nr={plan.nr})"
    return None


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops."""
    columns = -(-spec.ow // (4 * target.row.lanes))
    for nr, mr in itertools.product(largest_parts(columns, MOST), largest_parts(spec.oh, MOST)):
        plan = Plan(spec=spec, target=target, algorithm=NAME, lanes="ow", mr=mr, nr=nr,
                    choices=TiledChoices(source="edges"))
        if registers(plan) <= target.row.registers and not rolled(plan):
            yield plan


def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """Those of depthwise layers, with vectors of bytes of pixels."""
    yield from nests(plan, 4 * plan.target.row.lanes)


def registers(plan: Plan) -> int:
    """Sums, the words of a step, a weight and padding."""
    return 4 * plan.mr * plan.nr + plan.nr * woven(plan.spec, plan.target.row.deep).runs + 2


def holds(plan: Plan) -> bool:
    """Whether all weights fit the registers beside the tile."""
    return registers(plan) + plan.spec.kh * woven(plan.spec, plan.target.row.deep).of_row <= plan.target.row.registers


def loads(plan: Plan, rows: int, vectors: int) -> tuple[float, float]:
    """Not asked: see ReadingInPlace.visits."""
    return 0.0, 0.0


def tile(plan: Plan) -> str:
    """A tile in words."""
    return f"{plan.mr} rows x {plan.nr * 4 * plan.target.row.lanes} pixels"


class ReadingInPlace(Tiled):
    """The algorithm."""

    def reading(self, plan: Plan) -> Reading:
        """Padding is what stands for 0."""
        padding = ", in the place of padding what stands for 0" if plan.spec.padded else ""
        return super().reading(plan)._replace(words=f"the input as it is{padding}")

    def visits(self, plan: Plan) -> tuple[Visits, ...]:
        """A term is a word of each output, for the whole tile; most vectors of words are loaded by a mask, and cross a
        line."""
        g, s = geometry(plan), plan.spec
        own, steps = g.woven, s.kh * g.woven.words.each
        found = []
        for visit in tiled_work.visits(g):
            window = len({m * s.sh + kh * s.dh for m in range(visit.rows) for kh in range(s.kh)})
            words = window * len(own.sums) * own.runs * visit.vectors
            weights = own.of_row * (s.kh if holds(plan) else window)
            sums = 4 * visit.rows * visit.vectors
            found.append(visit._replace(vectors=4 * visit.vectors, steps=steps, rounds=1, pitch=0,
                                        loads=(2 * words + weights) / steps, extra=words / steps,
                                        finish=exact.narrowed(s, g.row, sums)))
        return tuple(found)

    def work(self, plan: Plan) -> Work:
        return tiled_work.in_runs(super().work(plan))


ALGORITHM = ReadingInPlace(NAME, Space(unfit, tiles, orders, limit), geometry, loads, registers, once=True, tile=tile,
                           reduction=InPlaceRows, packing=packing)
