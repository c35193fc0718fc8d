"""Depthwise sums of a stream: every output channel sees one input channel, so that lanes are channels of inputs and
weights alike, and nothing is broadcast:

    acc[m][v] += x[m · s + k · d][v] · w[k][v]          0 <= m < mr outputs, 0 <= v < nr vectors of channels

Of integers a step of products takes several channels, all but one of which are filled up: a lane is one channel of
the ring all the same. Floats with channels first are not here: vectors of samples do as well, by direct.py.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from ...layer.spec import ConvSpec
from ...machine.target import Target
from ...plan.choices import Source, TiledChoices
from ...plan.plan import Plan
from ...plan.program import Fma, Load, Step, affine
from ..space import Space
from ..tiled import depthwise
from ..tiled.direct import UNROLL, registers
from ..tiled.microkernel import Reduction
from ..tiled.tiled import too_coarse
from .direct import Streamed, orders, shapes
from .nest import Blocks, seen

NAME = depthwise.NAME


@functools.lru_cache(maxsize=4096)
def geometry(plan: Plan) -> Blocks:
    return Blocks(plan, rows_dim="ow", spans_groups=True)


class Lanewise(Reduction):
    """Vectors of the input times vectors of weights."""

    def step(self, x: str, offset: int, w: str, at: int, reach: tuple[int, int]) -> Step:
        lanes, items = self.g.row.lanes * self.g.deep, list[Load | Fma]()
        for v in range(self.vectors):
            items.append(Load(f"b{v}", self.weights.load(affine(w, at + v * lanes))))
            for m in range(*reach):
                place = affine(x, offset + m * self.g.row_step + v * lanes)
                items += [Load(f"a{m}_{v}", self.source.load(place)), Fma(f"acc{m}_{v}", f"a{m}_{v}", f"b{v}")]
        return [*items]


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    row = target.row
    if not spec.icg == spec.ocg == 1 < spec.g:
        return f"depthwise streams need a group for each channel (g={spec.g}, ic={spec.ic}, oc={spec.oc})"
    if not (spec.channels_last or row.kind == "products"):
        return f"depthwise streams of floats must be channels last (layout={spec.layout})"
    if row.lanes == 1:
        return f"depthwise streams need vectors (isa={target.isa})"
    return too_coarse(spec, target)


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops."""
    source: Source = "copy" if target.row.kind == "products" else "input"
    for mr, nr in shapes(target.row, seen(spec).ow, spec.oc):
        yield Plan(spec=spec, target=target, algorithm=NAME, lanes="oc", mr=mr, nr=nr,
                   choices=TiledChoices(unroll=UNROLL, source=source))


def loads(plan: Plan, rows: int, vectors: int) -> tuple[int, int]:
    """Loads of one term: of inputs, which no other output shares, and of weights."""
    return rows * vectors, vectors


ALGORITHM = Streamed(NAME, Space(unfit, tiles, orders), geometry, loads, registers, reduction=Lanewise)
