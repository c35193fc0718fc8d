"""Grouped convolution with few channels a group, channels last; of channels first, on a copy.

A vector of output channels spans several groups: o = oc / g channels of each. Every group reads its
own i = ic / g input channels, so no element is broadcast to the whole vector; one load brings the
inputs of all its groups, and a shuffle spreads channel j of each over the group's lanes:

    acc[m][v] += spread(x[m][v], j) · w[j][v]          0 <= m < mr, 0 <= v < nr, 0 <= j < i

Of integers, a step sums some channels at once, and i counts such words of them.

One channel of each group follows another, for all sums of a tile; of two, both are there at once. Where the weights
that a channel has in a kernel row fit the registers, a pixel of the input is spread once for all the kernel columns
that read it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.target import Target
from ...plan.choices import TiledChoices
from ...plan.plan import Loop, Plan
from ...plan.program import TAPS, Advance, Barrier, Fma, Load, Node, Step, Steps, a_tile_an_item, affine
from ...plan.tiling import Segment, largest_parts
from ...plan.work import Visits
from ..space import Space
from .clip import Clip
from .geometry import Geometry, at_padding, of_kinds, too_long
from .microkernel import Reduced, Reduction, load_lanes
from .tiled import Tiled, in_place, too_coarse

NAME = "grouped"

MOST = 18  # rows of a tile
FEW = 2  # channels of a group


class Groupwise(Reduction):
    """Spread input vectors times weights; the input channels of a group are inside one term."""

    def __init__(self, g: Geometry, served: list[dict[str, Segment]], clips: list[Clip]) -> None:
        super().__init__(g, served, clips)
        channels = served[0]["oc"]
        self.tail = channels.tail
        self.channels = 1
        self.words = words(g.spec, g.row)  # of the input channels of a group
        self.width = self.words * g.deep * channels.width

    def panel(self) -> str:
        each = "input channel" if self.g.deep == 1 else f"{self.g.deep} input channels"
        return f"w: its panel, {self.width} numbers a tap: {self.width // self.words} for each {each} of a group."

    def _reduce(self, loops: list[Reduced], x: str, w: str, offset: int, reach: tuple[int, int]) -> list[Node]:
        """A kernel row at once, where its columns share pixels."""
        if [loop.dim for loop in loops] != ["kw"] or not shares_pixels(self.plan):
            return super()._reduce(loops, x, w, offset, reach)
        columns = self.pixels.taps or [reach] * self.spec.kw
        taps = [(offset + self.g.tap(kw), kw * self.width, rows) for kw, rows in enumerate(columns)]
        return [Steps([self._channels(x, w, taps)], "kernel columns"), Advance(w, self.spec.kw * self.width)]

    def step(self, x: str, offset: int, w: str, at: int, reach: tuple[int, int]) -> Step:
        """One term."""
        return self._channels(x, w, [(offset, at, reach)])

    def _channels(self, x: str, w: str, taps: list[tuple[int, int, tuple[int, int]]]) -> Step:
        """Terms: (of the input from x, of the weights from w, rows) of each. Some channels of all pixels, broadcast
        within the groups, follow others; pixels that were kept for the next ones would be spilled."""
        s, lanes, deep = self.g.spec, self.g.row.lanes, self.g.deep
        readers: dict[int, list[tuple[int, int]]] = {}  # place of a pixel -> (row, tap)
        for tap, (offset, _, reach) in enumerate(taps):
            for m in range(*reach):
                readers.setdefault(offset + m * self.g.row_step, []).append((m, tap))
        met = sorted({tap for found in readers.values() for _, tap in found})
        items: Step = []
        for first in range(0, self.words, at_once(self.words)):
            items += [Barrier()] * (first > 0)
            channels = range(first, first + at_once(self.words))
            for tap, j, v in itertools.product(met, channels, range(self.vectors)):
                place = taps[tap][1] + (j * self.vectors + v) * lanes * deep
                items.append(Load(f"b{tap}_{j}_{v}", self.row.load(affine(w, place))))
            for (pixel, (place, found)), v in itertools.product(
                    enumerate(sorted(readers.items())), range(self.vectors)):
                used = self.tail if self.tail and v == self.vectors - 1 else lanes
                inputs = used // s.ocg * self.words  # words of the groups in this vector
                address, given = affine(x, place + v * lanes // s.ocg * self.words * deep), f"x{pixel}_{first}_{v}"
                items.append(load_lanes(self.source, given, address, inputs % lanes))
                if not first:
                    last = (s.kh - 1) * s.dh  # all rows of the kernel in one function
                    items += self.ask(x, place + v * lanes // s.ocg * self.words * deep, last, place // self.g.input.w)
                for j in channels:
                    spread = f"a{pixel}_{j}_{v}"
                    items.append(Load(spread, self.row.broadcast_grouped(given, s.ocg, self.words, j)))
                    items += [Fma(f"acc{m}_{v}", spread, f"b{tap}_{j}_{v}") for m, tap in found]
        return items


@of_kinds
def geometry(plan: Plan) -> Geometry:
    return Geometry(plan, plan.spec, rows_dim="ow", spans_groups=True)


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None: a vector must have whole groups, more than one, and their inputs fit one too."""
    row = target.row
    if not (spec.g > 1 and words(spec, row) <= spec.ocg < row.lanes
            and row.lanes % spec.ocg == 0 and max(spec.icg, spec.ocg) > 1):
        return f"grouped needs groups that share a vector of {row.lanes} (ic/g={spec.icg}, oc/g={spec.ocg})"
    if not row.has("broadcast_grouped"):
        return f"grouped needs a shuffle of vectors (isa={target.isa})"
    return too_coarse(spec, target)


def words(spec: ConvSpec, row: Isa) -> int:
    """Steps over the input channels of a group."""
    return -(-spec.icg // row.deep)


def at_once(words: int) -> int:
    """Of so many channels of a group, those for which a pixel is loaded once: all of very few. (Zen 5, bytes: 0.86 to
    0.9 of the time at a stride of 2.)"""
    return words if words <= FEW else 1


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None."""
    w = plan.spec.axes[2]
    return too_long(w, at_padding(plan, w, plan.mr))


@a_tile_an_item
def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """Loop orders: channels outer keeps their weights close, pixels outer reads whole cache lines."""
    spec = plan.spec
    n, g, od = Loop("n", 1, "task"), Loop("g", 1, "task"), Loop("od", 1)
    step = plan.nr * plan.target.row.lanes
    oc, ow, oh = Loop("oc", step), Loop("ow", plan.mr), Loop("oh", 1)
    task_od, task_oh, task_oc = Loop("od", 1, "task"), Loop("oh", 1, "task"), Loop("oc", step, "task")
    yield n, g, task_od, task_oh, ow, oc, *TAPS
    yield n, g, task_od, task_oh, oc, ow, *TAPS
    yield n, g, task_oc, od, oh, ow, *TAPS
    for band in sorted({-(-spec.oh // parts) for parts in (4, 8, 16) if parts < spec.oh} - {1}):
        block = Loop("oh", band, "task")
        for order in ((oc, oh, ow), (ow, oc, oh), (oc, ow, oh)):
            yield n, g, task_od, block, *order, *TAPS
    for parts in (2, 4, 8, 16):
        panel = -(-spec.oc // (step * parts)) * step
        if step < panel < spec.oc:
            for order in ((oh, ow, oc), (ow, oh, oc)):
                yield n, g, Loop("oc", panel, "task"), od, *order, *TAPS


def columns_read(plan: Plan, rows: int) -> int:
    """Columns of the input that so many neighbouring pixels read."""
    spec = plan.spec
    return len({m * spec.sw + kw * spec.dw for m in range(rows) for kw in range(spec.kw)})


def shares_pixels(plan: Plan) -> bool:
    """Whether a pixel of the input serves all the kernel columns that read it, whose weights are in registers."""
    spec = plan.spec
    return _registers(plan, spec.kw) <= plan.target.row.registers and columns_read(plan, plan.mr) < plan.mr * spec.kw


def registers(plan: Plan) -> int:
    """What a tile takes."""
    return _registers(plan, plan.spec.kw if shares_pixels(plan) else 1)


def _registers(plan: Plan, taps: int) -> int:
    """Accumulators, the weights of so many taps, an input vector, its spread, and the lanes that it takes."""
    return plan.mr * plan.nr + taps * plan.nr * at_once(words(plan.spec, plan.target.row)) + 3


def spreads(plan: Plan, rows: int) -> float:
    """Vectors that are spread for a term of each column of a tile: for each FMA, or for each kernel row that reads
    them."""
    return columns_read(plan, rows) / plan.spec.kw if shares_pixels(plan) else rows


def loads(plan: Plan, rows: int, vectors: int) -> tuple[float, float]:
    """Channels load their vectors of inputs, those of a group that come together once."""
    return spreads(plan, rows) * vectors / at_once(words(plan.spec, plan.target.row)), vectors


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops: pixels in balanced parts."""
    rows = largest_parts(spec.ow, MOST)
    sources = in_place(spec, target.row, "load_part") if spec.channels_last else ()
    if target.row.kind == "products" or not spec.channels_last:
        sources = (*sources, "copy")
    for nr, mr, source in itertools.product((1, 2), rows, sources):
        plan = Plan(spec=spec, target=target, algorithm=NAME, lanes="oc", mr=mr, nr=nr,
                    choices=TiledChoices(source=source))
        if registers(plan) <= target.row.registers:
            yield plan


class Grouped(Tiled):
    """The algorithm."""

    def asked_lines(self, plan: Plan, rows: int, vectors: int) -> float:
        return self.loads(plan, rows, vectors)[0] / max(1, words(plan.spec, plan.target.row) // FEW)

    def visits_of(self, plan: Plan, g: Geometry) -> tuple[Visits, ...]:
        return tuple(visit._replace(shuffles=spreads(plan, visit.rows) * visit.vectors)
                     for visit in super().visits_of(plan, g))


ALGORITHM = Grouped(NAME, Space(unfit, tiles, orders, limit), geometry, reduction=Groupwise, loads=loads,
                  registers=registers)
