"""Depthwise convolution: every output channel sees one input channel.

Nothing is shared between channels, so nothing is broadcast: one term of the sum is

    acc[m][v] += x[m][v] · w[v]          0 <= m < mr, 0 <= v < nr

lanes = "oc" (channels last): vectors are channels, rows are pixels of an output row, w is a vector.
lanes = "ow" (channels first): vectors are pixels, rows are output rows, w is one weight in every
lane; the padded channel is copied into the thread's scratch, where it stays in L1 or L2.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import msgspec

from ..plan import Loop, Plan
from ..spec import Axis, ConvSpec
from ..target import Target
from .geometry import Geometry
from .microkernel import Reduction, load_lanes
from .nest import Fma, Load, Step, affine
from .tiled import Tiled
from .tiling import Segment, balanced

NAME = "depthwise"

_TAPS = (Loop("kd", 1), Loop("kh", 1), Loop("kw", 1), Loop("ic", 1))  # the reduction, innermost


class Channelwise(Reduction):
    """Input vectors times weights of the same channels."""

    def __init__(self, g: Geometry, rows: Segment, vectors: Segment, pixels: Segment,
                 clip: list[Axis]) -> None:
        super().__init__(g, rows, vectors, pixels, clip)
        if g.vector_dim == "oc":
            self.tail = vectors.tail  # no channel after the last

    def step(self, x: str, offset: int, w: str, at: int, reach: tuple[int, int]) -> Step:
        """One term: the weights of its tap, then every vector of every row."""
        lanes = self.g.row.lanes
        by_channel = self.plan.lanes == "oc"
        items: Step = [Load(f"b{v}", "load", (affine(w, at + v * lanes),)) for v in range(self.vectors)] \
            if by_channel else [Load("b0", "broadcast", (affine(w, at),))]
        for m in range(*reach):
            for v in range(self.vectors):
                address = affine(x, offset + m * self.g.row_step + v * lanes)
                tail = self.tail if v == self.vectors - 1 else 0
                items.append(load_lanes(f"a{m}_{v}", address, tail))
                items.append(Fma(f"acc{m}_{v}", f"a{m}_{v}", f"b{v if by_channel else 0}"))
        return items


@functools.lru_cache(maxsize=1024)
def geometry(plan: Plan) -> Geometry:
    by_channel = plan.lanes == "oc"
    return Geometry(plan, plan.spec, rows_dim="ow" if by_channel else "oh", spans_groups=by_channel)


def check(plan: Plan) -> str | None:
    """Why the plan is illegal, or None."""
    spec, row = plan.spec, plan.target.row
    if spec.icg != 1 or spec.g == 1:
        return f"depthwise needs one input channel a group (ic={spec.ic}, g={spec.g})"
    if plan.mr < 1 or plan.nr < 1:
        return f"mr and nr must be at least 1 (mr={plan.mr}, nr={plan.nr})"
    used = plan.mr * plan.nr + (plan.nr if plan.lanes == "oc" else 1) + 1
    if used > row.registers:
        return f"the tile must fit the registers ({used} > {row.registers}, mr={plan.mr}, nr={plan.nr})"
    padded = any(a.before or a.after for a in spec.axes)
    if plan.lanes == "oc":
        if not spec.channels_last or spec.ocg != 1:
            return "lanes over channels need neighbouring channels, each with one output (lanes=oc)"
        if plan.source not in ("edges" if padded else "input",):
            return f"channels are read where they are (source={plan.source})"
    else:
        if spec.channels_last or row.lanes == 1:
            return "lanes over pixels need neighbouring pixels and more than one lane (lanes=ow)"
        if plan.source != ("local" if padded or spec.sw > 1 else "input"):
            return f"rows of pixels are read from a padded copy, or where they are (source={plan.source})"
    if plan.loops not in orders(plan):
        return f"depthwise has no such loop order (loops={[loop.dim for loop in plan.loops]})"
    return None


def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """The loop orders of a plan's lanes."""
    if plan.lanes == "oc":
        yield from channel_orders(plan)
    else:
        yield (Loop("n", 1, "task"), Loop("g", 1, "task"), Loop("oc", 1), Loop("od", 1), Loop("oh", plan.mr),
               Loop("ow", plan.nr * plan.target.row.lanes), *_TAPS)


def channel_orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """Orders with lanes over channels: channels outer keeps their weights close, pixels outer reads
    whole cache lines."""
    spec = plan.spec
    n, g, od = Loop("n", 1, "task"), Loop("g", 1, "task"), Loop("od", 1)
    step = plan.nr * plan.target.row.lanes
    oc, ow, oh = Loop("oc", step), Loop("ow", plan.mr), Loop("oh", 1)
    task_od, task_oh, task_oc = Loop("od", 1, "task"), Loop("oh", 1, "task"), Loop("oc", step, "task")
    yield n, g, task_od, task_oh, ow, oc, *_TAPS
    yield n, g, task_od, task_oh, oc, ow, *_TAPS
    yield n, g, task_oc, od, oh, ow, *_TAPS
    for band in sorted({-(-spec.oh // parts) for parts in (4, 8, 16) if parts < spec.oh} - {1}):
        block = Loop("oh", band, "task")
        for order in ((oc, oh, ow), (ow, oc, oh), (oc, ow, oh)):
            yield n, g, task_od, block, *order, *_TAPS
    for parts in (2, 4, 8, 16):
        panel = -(-spec.oc // (step * parts)) * step
        if step < panel < spec.oc:
            for order in ((oh, ow, oc), (ow, oh, oc)):
                yield n, g, Loop("oc", panel, "task"), od, *order, *_TAPS


def plans(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Every legal plan; none for a layer that is not depthwise."""
    if spec.icg != 1 or spec.g == 1:
        return
    padded = any(a.before or a.after for a in spec.axes)
    seed = Plan(spec=spec, target=target, algorithm=NAME, lanes="oc", unroll=spec.kw,
                source="edges" if padded else "input") if spec.channels_last else \
        Plan(spec=spec, target=target, algorithm=NAME, lanes="ow", unroll=spec.kw * spec.kh,
             source="local" if padded or spec.sw > 1 else "input")
    rows = spec.ow if seed.lanes == "oc" else spec.oh
    vectors = -(-(spec.oc if seed.lanes == "oc" else spec.ow) // target.row.lanes)
    for nr in range(1, min(vectors, 4) + 1):
        for mr in (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14):
            if max(balanced(rows, mr)) == mr:
                tile = msgspec.structs.replace(seed, mr=mr, nr=nr)
                for loops in orders(tile):
                    plan = msgspec.structs.replace(tile, loops=loops)
                    if check(plan) is None:
                        yield plan


# every FMA loads its own input
ALGORITHM = Tiled(NAME, plans, check, geometry, reduction=Channelwise,
                  loads=lambda plan, rows, vectors: rows * vectors + (vectors if plan.lanes == "oc" else 1))
