"""A chain of layers in one kernel: bands of rows pass through all layers, in a worker's own memory.

    for each strip of bands (a task):
        for each band:
            for each layer: the rows that it reads and the band before has not made

A layer's part of a band is a layer of a few rows, whose micro-kernels are those of tiled/.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ...layer.spec import ConvSpec
from ...machine.isa import stored
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import ChainChoices
from ...plan.plan import Loop, Plan
from ...plan.program import Program
from ...plan.work import Access, Footprint, Pass, Visits, Work
from ..numerics import Direct
from ..reading import Reading
from . import pooling, stages, view
from .bands import Band, bands, buffers, strips

NAME = "chain"
AUTOMATIC = True
APPROXIMATE = False
CHOICES = ChainChoices

LINE = 64  # bytes of a line of weights
MOVED = 0.5  # cycles of a vector that is kept
AGAIN = 0.4  # cycles of a line of weights, which every band reads again (Zen 5, bands of 1 and 2 rows of 14 pixels)
THREADS = 4  # that tasks should keep busy: more strips of bands compute more rows twice


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    if not spec.chained:
        return f"{NAME} needs several layers (layers=1)"
    if target.row.dialect != "c":
        return f"chains must be in C; for OpenCL take their layers apart (target={target.name})"
    if spec.rank != 2 or not spec.channels_last:
        return f"chains need rows that lie side by side, as in nhwc (layout={spec.layout})"
    for at, layer in enumerate(spec.parts):
        for axis in layer.axes[1:]:
            if max(axis.before, axis.after) > (axis.k - 1) * axis.d:
                return f"chains need outputs that each read some input (layers[{at}]: k{axis.name}={axis.k})"
        if layer.pooled and (reason := pooling.unfit(layer, target)):
            return f"layers[{at}]: {reason}"
    return None


def plans(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """None unasked: of all that there are, the planner makes those that it weighs."""
    yield from ()


def assembled(spec: ConvSpec, target: Target, band: int, strip: int, layers: Sequence[Plan]) -> Plan:
    """The plan of bands of so many rows, so many of them in a strip, with these plans of the layers."""
    loops = (Loop("n", 1, "task"), Loop("oh", band * strip, "task"), Loop("oh", band))
    return Plan(spec=spec, target=target, algorithm=NAME, loops=loops, choices=ChainChoices(band=band, strip=strip),
                stages=tuple(layers))


def check(plan: Plan) -> str | None:
    """Why a plan is illegal, or None."""
    if reason := unfit(plan.spec, plan.target):
        return reason
    own = plan.choices
    if not isinstance(own, ChainChoices):
        return f"choices must be of {NAME}"
    if not 1 <= own.band <= plan.spec.oh or own.strip < 1:
        return f"band must be from 1 to oh, strip at least 1 (band={own.band}, strip={own.strip}, oh={plan.spec.oh})"
    counted = stages.layers(plan.spec, own.band, own.strip)
    if len(plan.stages) != len(counted):
        return f"stages must be as many as layers (stages={len(plan.stages)}, layers={len(counted)})"
    for at, (stage, specs) in enumerate(zip(plan.stages, counted, strict=True)):
        if stage.target != plan.target or stage.spec not in specs or not stages.legal(stage):
            return f"stages[{at}] must be a plan of some rows of its layer"
    return None if stages.plans_of(plan) else "stages must have plans for all bands"


def decisions(plan: Plan) -> dict[str, object]:
    own = plan.own(ChainChoices)
    return {"band": own.band, "strip": own.strip}


def numerics(plan: Plan) -> Direct:
    """Of the last layer, whose input is what the others compute."""
    return stages.of(plan.stages[-1]).numerics(plan.stages[-1])


def program(plan: Plan, rows: Rows) -> Program:
    """What is printed; rows note the helpers that it calls."""
    return view.program(plan, rows)


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    """The strips of all images, and their bands."""
    own, spec = plan.own(ChainChoices), plan.spec
    return [(Loop("n", 1, "task"), spec.n), (Loop("oh", own.band * own.strip, "task"), len(_strips(plan))),
            (Loop("oh", own.band), min(own.strip, bands(spec, own.band)))]


def tasks(plan: Plan) -> int:
    return plan.spec.n * len(_strips(plan))


def visits(plan: Plan) -> tuple[Visits, ...]:
    """Those of all bands of all layers."""
    own, found = plan.own(ChainChoices), list[Visits]()
    for plans_of, counted in zip(stages.plans_of(plan) or (), stages.layers(plan.spec, own.band, own.strip),
                                 strict=False):
        for spec, count in counted.items():
            one = plans_of[spec]
            found += [visit._replace(number=visit.number * count) for visit in stages.of(one).visits(one)]
    return tuple(found)


def work(plan: Plan) -> Work:
    """The nest of bands, which moves the chain's input and output and, for each band, all weights and buffers; and
    beside it those of its layers, band by band."""
    own, spec = plan.own(ChainChoices), plan.spec
    counted = stages.layers(spec, own.band, own.strip)
    nests = []
    for one, specs in zip(plan.stages, counted, strict=True):
        algorithm = stages.of(one)
        share = sum(count * other.oh for other, count in specs.items()) / one.spec.oh
        nests.append(algorithm.work(one)._replace(repeats=max(1, round(share))))
    row = stored(plan.target.row, spec.arithmetic)
    moved = sum(part.kept * part.spec.ow * part.spec.oc for one in _strips(plan) for band in one for part in band.parts)
    many, packed = spec.n * sum(map(len, _strips(plan))), sum(map(view.packed_bytes, plan.stages))
    kept = Pass("rows kept", spec.n * moved, MOVED / row.lanes, scratch_bytes(plan))
    again = Pass("weights", many * packed // LINE, AGAIN, packed)
    return Work(visits=visits(plan), trips=(many,), arrays=_arrays(plan), passes=(kept, again) if moved else (again,),
                epilogue=sum(work.repeats * work.epilogue for work in nests), others=tuple(nests), threads=THREADS)


def _arrays(plan: Plan) -> tuple[Access, ...]:
    """Of the nest of bands: input and output, of which each band has its own rows; weights and buffers, which are the
    same for all."""
    own, spec = plan.own(ChainChoices), plan.spec
    size = spec.itemsize
    share = own.band / spec.oh / spec.n
    packed = sum(view.packed_bytes(one) for one in plan.stages)

    def whole(name: str, bytes: int, weight: int = 1) -> Access:
        each = max(1, round(bytes * share))
        return Access(name, lambda depth: Footprint(each if depth else bytes, ()), lambda depth: True, weight)

    def same(name: str, bytes: int) -> Access:
        return Access(name, lambda depth: Footprint(max(1, bytes), ()), lambda depth: False)

    x, y = (size * math.prod(shape) for shape in (spec.input_shape, spec.output_shape))
    found = [whole("input", x), whole("output", y, 2), *[whole("residual", y)] * spec.residual]
    return (*found, same("weights", packed), same("buffers", scratch_bytes(plan)))


def scratch_bytes(plan: Plan) -> int:
    """Of a worker: the buffers of all maps between layers, and a copy of rows where a layer makes one."""
    return view.scratch_bytes(plan)


def registers(plan: Plan) -> int:
    return max(stages.of(one).registers(one) for one in plan.stages)


def tile(plan: Plan) -> str:
    return ", then ".join(stages.of(one).tile(one) for one in plan.stages)


def reading(plan: Plan) -> Reading:
    own = plan.own(ChainChoices)
    rows = ", ".join(map(str, buffers(plan.spec, own.band, own.strip)))
    words = f"the input as it is, between layers buffers of {rows} rows, {scratch_bytes(plan)} bytes for each worker"
    return Reading("input", words)


def passes(plan: Plan) -> str:
    return "rows kept, weights again"


def explain(plan: Plan) -> str:
    return ""


def _strips(plan: Plan) -> list[tuple[Band, ...]]:
    own = plan.own(ChainChoices)
    return strips(plan.spec, own.band, own.strip)
