"""Long filters of a stream, in parts: the plans of partitions.py, and what they cost.

The bound is that of fourier.py, with the newest taps as one more part: their sums of Q products are off by at most
γ_Q Σ|x||w|, which is no more than γ_Q times the norms of the samples and the taps. A residual is added to the tails
first. The spectra of the blocks hold all that the tails are of, so an error is a share of

    S = |b| + |r| + Σ ‖x‖ ‖w‖         over parts of the kernel, x the two blocks that a part is transformed with
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...layer.element import F32
from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.bound import UNIT_ROUNDOFF
from ...plan.choices import Choices, FourierChoices
from ...plan.plan import Loop, Plan
from ...plan.program import Program
from ...plan.work import Pass, Visits, Work
from ..fourier import fourier
from ..fourier.fourier import LEVEL, MOVED, WORST
from ..numerics import Growth, Spectral
from ..reading import Reading
from ..space import Space
from ..tiled.microkernel import Reduction
from ..tiled.packing import packing
from . import direct
from .direct import KEPT
from .nest import BlockNest, Blocks
from .partitions import partitions
from .program import program_in_parts

NAME = fourier.NAME
AUTOMATIC = True
APPROXIMATE = True
CHOICES: type[Choices] = FourierChoices

LEAST_PART, LONGEST_PART = 8, 2048  # taps
MOST_PARTS = 2048
TOGETHER = 2  # vectors of spectra whose products are summed together


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    row = target.row
    if row.sums is not F32 or row.dialect != "c" or not row.doubles or not row.has("fnma"):
        return f"fourier needs C in f32, with doubles to pack weights in (isa={row.name})"
    if spec.dtype != F32.name or not spec.g == spec.ic == spec.oc or (spec.sw, spec.dw) != (1, 1):
        return "fourier needs a stream of f32, of one filter for each channel, without stride and dilation"
    if spec.g > 1 and (spec.channels_last or not _by_channel(spec)):
        return f"fourier needs channels and filters one behind the other (layout={spec.layout}," \
               f" weights_layout={spec.weights_layout})"
    if spec.sliced:
        return "fourier needs a stream of whole tensors"
    return None


def _by_channel(spec: ConvSpec) -> bool:
    """Whether the taps of a channel follow each other."""
    array = next(array for array in spec.arrays if array.role == "weights")
    return dict(zip(array.layout.replace("hw", "w"), array.strides, strict=True))["w"] == 1


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops: parts of all sizes that vectors take, which are cut off twice at least."""
    lanes, part = target.row.lanes, LEAST_PART
    while part <= LONGEST_PART:
        left = spec.kw - part
        if 2 * part >= max(lanes * lanes, 4) and left >= part + 2 and -(-left // part) <= MOST_PARTS:
            vectors = max(1, min(4, min(part, spec.iw) // lanes)) if lanes > 1 else 1
            yield Plan(spec=spec, target=target, algorithm=NAME, lanes="ow" if lanes > 1 else "oc",
                       mr=1 if lanes > 1 else min(8, spec.iw), nr=vectors,
                       choices=FourierChoices(size_h=1, size_w=2 * part))
        part *= 2


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """Loops follow from the size."""
    part = partitions(tile).part
    yield Loop("ow", part), Loop("kw", part)


SPACE = Space(unfit, tiles, orders)
plans, check = SPACE.plans, SPACE.check


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    p = partitions(plan)
    trips = {"ow": -(-plan.spec.iw // p.part), "kw": p.parts + 1}
    return [(loop, trips[loop.dim]) for loop in plan.loops]


def tasks(plan: Plan) -> int:
    return 1


def decisions(plan: Plan) -> dict[str, object]:
    return {"size": plan.own(FourierChoices).size_w}


def numerics(plan: Plan) -> Spectral:
    """The bound is above. What to expect is the most where tails are of one block, Q samples of it, and an output has
    summed Q products already."""
    p = partitions(plan)
    steps = 2 * sum(step.roundings for step in p.t.passes)
    expected = WORST * LEVEL * UNIT_ROUNDOFF * math.sqrt(steps * p.size) * math.pi / 2 / p.part
    newest = p.part + (not plan.target.row.fused)
    block = math.sqrt(p.size * p.part)
    amplification = (p.parts + 1) * block / plan.spec.terms
    roundings = max(newest, p.t.roundings) + 1 + plan.spec.bias + plan.spec.residual
    return Spectral(roundings=roundings, expected_error=expected, amplification=amplification,
                    growth=Growth(2.0 * p.size, 1.0, math.sqrt(2) * amplification))


def registers(plan: Plan) -> int:
    """Those of the products: sums of two vectors, spectra, weights."""
    return 16 if plan.target.row.lanes > 1 else 12


def tile(plan: Plan) -> str:
    p = partitions(plan)
    return f"{p.parts} parts of {p.part} taps by {p.size} points, behind {p.part} direct ones"


def reading(plan: Plan) -> Reading:
    return direct.ALGORITHM.reading(plan)


def passes(plan: Plan) -> str:
    return "transforms"


def explain(plan: Plan) -> str:
    p = partitions(plan)
    return (f"the newest {p.part} taps are summed at once, without latency; the other {p.left} in {p.parts} parts,"
            f" whenever {p.part} samples are there; expected error {numerics(plan).expected_error:.3g} of sum |x||w|")


def visits(plan: Plan) -> tuple[Visits, ...]:
    """The newest taps of a block, and the products that come due in its time."""
    p = partitions(plan)
    vectors = p.size // p.lanes // TOGETHER
    number = max(1, round(vectors * plan.spec.iw / p.part))
    sums = 4 * TOGETHER
    own = (*direct.ALGORITHM.visits_of(p.head, p.blocks), Visits(number, sums, 1, p.parts, p.parts, 4 * TOGETHER, 0))
    return tuple(visit._replace(number=visit.number * plan.spec.oc) for visit in own)


def work(plan: Plan) -> Work:
    """Transforms there and back as passes, in the share of them that comes to a block; spectra come from where they are
    kept."""
    p, spec = partitions(plan), plan.spec
    t, size = p.t, spec.itemsize
    samples = spec.oc * spec.iw
    share = samples / p.part
    vectors = max(1, round(2 * t.points // t.lanes * share))
    operations = sum(step.operations for step in t.passes)
    cycles = len(t.passes) + math.log2(t.lanes) + MOVED
    spectra = round(2 * p.parts * t.spectrum * size * share)
    return Work(visits=visits(plan), trips=(), arrays=(), passes=(
        Pass("keep", samples, KEPT, 3 * size * samples), Pass("transforms", vectors, cycles, 0, operations),
        Pass("spectra", 0, 0.0, spectra)), epilogue=0.0, phases=1)


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/streaming prints."""
    p = partitions(plan)
    g = p.blocks.noted(rows, p.blocks.pixel)
    assert isinstance(g, Blocks)
    return program_in_parts(BlockNest(g, Reduction).program(packing), p, g, rows.of(plan.target.row))
