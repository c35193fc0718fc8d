"""Grouped convolution with few channels a group, channels last.

A vector of output channels spans several groups: o = oc / g channels of each. Every group reads its
own i = ic / g input channels, so no element is broadcast to the whole vector; one load brings the
inputs of all its groups, and a shuffle spreads channel j of each over the group's lanes:

    acc[m][v] += spread(x[m][v], j) · w[j][v]          0 <= m < mr, 0 <= v < nr, 0 <= j < i
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator

from ...layer.spec import ConvSpec
from ...machine.target import Target
from ...plan.choices import TiledChoices
from ...plan.plan import Loop, Plan
from ...plan.program import TAPS, Fma, Load, Step, a_tile_an_item, affine
from ...plan.tiling import Segment, largest_parts
from ..space import Space
from .clip import Clip
from .geometry import Geometry
from .microkernel import Reduction, load_lanes
from .tiled import Tiled, in_place, too_coarse

NAME = "grouped"

ROWS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12)  # of a tile


class Groupwise(Reduction):
    """Spread input vectors times weights; the input channels of a group are inside one term."""

    def __init__(self, g: Geometry, served: list[dict[str, Segment]], clips: list[Clip]) -> None:
        super().__init__(g, served, clips)
        channels = served[0]["oc"]
        self.tail = channels.tail
        self.channels = 1
        self.width = g.spec.icg * channels.width

    def panel(self) -> str:
        vectors = self.width // self.g.spec.icg
        return f"w: its panel, {self.width} numbers a tap: {vectors} for each input channel of a group."

    def step(self, x: str, offset: int, w: str, at: int, reach: tuple[int, int]) -> Step:
        """One term: the weights of a tap, then each input vector, whose channels are broadcast within their groups."""
        s, lanes = self.g.spec, self.g.row.lanes
        items: Step = [Load(f"b{j}_{v}", self.row.load(affine(w, at + (j * self.vectors + v) * lanes)))
                       for j in range(s.icg) for v in range(self.vectors)]
        for m in range(*reach):
            for v in range(self.vectors):
                used = self.tail if self.tail and v == self.vectors - 1 else lanes
                inputs = used // s.ocg * s.icg  # input channels of the groups in this vector
                address = affine(x, offset + m * self.g.row_step + v * lanes // s.ocg * s.icg)
                items.append(load_lanes(self.source, f"x{m}_{v}", address, inputs % lanes))
                for j in range(s.icg):
                    items.append(Load(f"a{m}_{v}_{j}", self.row.broadcast_grouped(f"x{m}_{v}", s.ocg, s.icg, j)))
                    items.append(Fma(f"acc{m}_{v}", f"a{m}_{v}_{j}", f"b{j}_{v}"))
        return items


@functools.lru_cache(maxsize=1024)
def geometry(plan: Plan) -> Geometry:
    return Geometry(plan, plan.spec, rows_dim="ow", spans_groups=True)


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None: a vector must have whole groups, more than one, and their inputs fit one too."""
    lanes = target.row.lanes
    if not (spec.channels_last and spec.g > 1 and spec.icg <= spec.ocg < lanes and lanes % spec.ocg == 0
            and spec.ocg > 1):
        return (f"grouped needs channels last and groups that share a vector of {lanes}"
                f" (layout={spec.layout}, ic/g={spec.icg}, oc/g={spec.ocg})")
    return too_coarse(spec, target)


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


def registers(plan: Plan) -> int:
    """Accumulators, the weights of a tap, an input vector and its spread."""
    return plan.mr * plan.nr + plan.spec.icg * plan.nr + 2


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops: pixels in balanced parts."""
    parts = largest_parts(spec.ow, max(ROWS))
    rows = [rows for rows in ROWS if rows in parts]
    for nr, mr, source in itertools.product((1, 2), rows, in_place(spec, target.row)):
        plan = Plan(spec=spec, target=target, algorithm=NAME, lanes="oc", mr=mr, nr=nr,
                    choices=TiledChoices(source=source))
        if registers(plan) <= target.row.registers:
            yield plan


# every FMA takes an input that was loaded and spread for it
ALGORITHM = Tiled(NAME, Space(unfit, tiles, orders), geometry, reduction=Groupwise,
                  loads=lambda plan, rows, vectors: (rows * vectors, vectors), registers=registers)
