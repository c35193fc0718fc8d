"""Fourier transforms for GPUs: the work-items of a group transform pairs of blocks together, in its local memory.

Tasks are those of fourier.py, with the items of a group where a vector has lanes: neighbouring items have neighbouring
points, wherever these lie. A group transforms pairs of blocks pass by pass, in place, an item a codelet at a time, with
barriers between passes. A point is a complex number, real part first, in local memory and elsewhere:

    transform       of pairs of blocks of the input: spectra, in the workspace
    multiply        items have frequencies: sums over input channels and parts of the kernel; the way back; outputs

Where products are of one term (of depthwise layers, whose kernels are one part), a group keeps the spectra that it
makes, and there is one phase. Else rows of blocks pass through both phases some at a time, so that spectra take no more
memory than there may be to spare.
(N. Govindaraju et al., High Performance Discrete Fourier Transforms on Graphics Processors, 2008, section 3.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import FourierChoices
from ...plan.plan import Loop, Plan
from ...plan.program import Program
from ...plan.work import Access, Footprint, Pass, Visits, Work
from ..matmul.numbers import LARGEST
from ..space import Space
from . import fourier, gpu_view
from .numbers import Numbers, numbers

NAME = fourier.NAME

decisions, numerics, reading = fourier.decisions, fourier.numerics, fourier.reading
passes = fourier.passes
AUTOMATIC, APPROXIMATE, CHOICES = fourier.AUTOMATIC, fourier.APPROXIMATE, fourier.CHOICES
unfit = fourier.unfit

AT_ONCE = ((1, 1), (1, 2), (2, 1), (2, 2), (1, 4))  # pairs of blocks and output channels of a group
LEAST, MOST = 64, 4096  # points of a block
BYTES = 16  # that a pass loads and stores of a point
ACCESS = 4  # cost of a load or store, in instructions


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops."""
    for size_h, size_w in fourier.sizes(spec, 1):
        if LEAST <= size_h * size_w <= MOST:
            for pairs, channels in AT_ONCE:
                if spec.ocg % channels == 0:
                    plan = Plan(spec=spec, target=target, algorithm=NAME, lanes="ow", mr=pairs, nr=channels,
                                choices=FourierChoices(size_h=size_h, size_w=size_w, fused=False))
                    if pairs <= numbers(plan).across:
                        alone = numbers(plan).terms == spec.ocg == 1
                        yield Plan(spec=spec, target=target, algorithm=NAME, lanes="ow", mr=pairs, nr=channels,
                                   choices=FourierChoices(size_h=size_h, size_w=size_w, fused=alone))


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """Loops follow from the sizes."""
    t = numbers(tile)
    points = t.points * tile.mr * tile.nr
    yield (Loop("n", 1, "group"), Loop("od", 1, "group"), Loop("oh", t.h.step, "group"), Loop("g", 1, "group"),
           Loop("oc", tile.nr, "group"), Loop("ow", tile.mr * t.w.step, "group"),
           Loop("ow", points // gpu_view.items(tile, points), "local"), Loop("ic", 1), Loop("kw", t.taps))


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None."""
    t, s, device = numbers(plan), plan.spec, plan.target.device
    assert device is not None
    size = 4 * t.spectrum * plan.mr * plan.nr
    if size > device.local_bytes:
        return f"blocks must fit local memory ({size} > {device.local_bytes} bytes)"
    arrays = (math.prod(s.input_shape), math.prod(s.output_shape), t.packed, t.workspace)
    return "arrays must have fewer than 2^31 elements" if max(arrays) > LARGEST else None


SPACE = Space(unfit, tiles, orders, limit)
plans, check = SPACE.plans, SPACE.check


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    t = numbers(plan)
    items = gpu_view.items(plan, t.points * plan.mr * plan.nr)
    return [(loop, items if loop.bind == "local" else trips) for loop, trips in fourier.nest(plan)]


def tasks(plan: Plan) -> int:
    """Work-groups of the products."""
    return numbers(plan).tasks


def registers(plan: Plan) -> int:
    """Those of the largest codelet, or of the products."""
    return max(40, fourier.registers(plan))


def tile(plan: Plan) -> str:
    t = numbers(plan)
    return f"{fourier.tile(plan)}, by {gpu_view.items(plan, t.points * plan.mr * plan.nr)} items"


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/opencl/fourier.cl.j2 prints."""
    return gpu_view.program(plan, rows)


def explain(plan: Plan) -> str:
    """What transforms save and cost."""
    t, s = numbers(plan), plan.spec
    into, back = t.transforms
    left = t.points * (4 * t.terms * back + _operations(t) * (into + back)) / 2
    return fourier.saved(plan, s.macs / left)


def _operations(t: Numbers) -> float:
    """Real sums and products of a transform, for each point."""
    return sum(step.operations for step in t.passes)


def visits(plan: Plan) -> tuple[Visits, ...]:
    """What a work-item does of a task, as vectors of the row: products, transforms back, and there where the group
    makes spectra."""
    t = numbers(plan)
    items = gpu_view.items(plan, t.points * plan.mr * plan.nr)
    lanes = plan.target.row.lanes
    several = len(t.passes) * (1 + t.choices.fused)
    of_point = 4 * t.terms + _operations(t) * (1 + t.choices.fused)
    share = t.points * plan.mr * plan.nr / items / lanes
    steps = share * of_point
    loads = share * BYTES / 4 * (several + 2) / steps
    return (Visits(t.tasks * items, 1, 1, steps, several + 2, loads, 0),)


def work(plan: Plan) -> Work:
    """The groups of products, which stream spectra and weights; and the transforms before, if they are a phase."""
    t, s = numbers(plan), plan.spec
    into, _ = t.transforms
    x, y = (s.itemsize * math.prod(shape) for shape in (s.input_shape, s.output_shape))

    def array(name: str, floats: int) -> Access:
        return Access(name, lambda depth: Footprint(4 * floats, ()), lambda depth: True)

    outputs = 2 * t.h.step * t.w.step * plan.mr * plan.nr
    spectra = t.spectrum * plan.mr * t.terms
    transform = Pass("transform", into * t.points, _operations(t) + 2 * ACCESS * (len(t.passes) + 1),
                     x + 4 * t.spectrum * into)
    return Work(visits(plan), (tasks(plan),), (
        array("weights", t.spectrum * t.terms * plan.nr), array("spectra", spectra), array("output", outputs)),
        () if t.choices.fused else (transform,), 0.0, least=x + y, phases=1 + (not t.choices.fused))
