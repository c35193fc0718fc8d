"""Winograd's minimal filtering for GPUs: transform, one matrix product for each position, transform back.

    V = Bᵀ d B  of every tile and channel        M = Σ_ic U ⊙ V        Y = Aᵀ M A

are three phases. In the first and the last a work-item has a tile of one channel. The α·α products of all tiles
together are what `implicit` makes of a 1 × 1 layer whose groups are the positions and whose pixels are the tiles of
all images; V and M lie as its input and output do, which lets neighbours in a work-group read and write neighbours
in memory in every phase:

    channels last   [tile][position][channel]            channels first   [position][channel][tile]

All tiles are whole: what reaches beyond the output is computed, and not stored. V and M are several times as large as
input and output; where that is more than memory may have to spare, blocks of tiles pass through the phases one after
the other (gpu_view.blocks).
(A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2016, algorithm 1.)
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

from ...errors import InputError
from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import WinogradChoices
from ...plan.plan import Loop, Plan
from ...plan.program import Program
from ...plan.work import Pass, Visits, Work
from ..matmul import implicit
from ..matmul.numbers import implicit_numbers
from ..space import Space
from . import gpu_view, winograd
from .codelets import codelet
from .gpu_view import product, shape
from .numbers import filtering
from .toomcook import Matrix

NAME = winograd.NAME

decisions, numerics, reading = winograd.decisions, winograd.numerics, winograd.reading
passes, explain = winograd.passes, winograd.explain
AUTOMATIC, APPROXIMATE, CHOICES = winograd.AUTOMATIC, winograd.APPROXIMATE, winograd.CHOICES

FLOAT = 4  # bytes of an element of V and M
ACCESS = 4  # cost of a load or store, in instructions


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    return winograd.unfit(spec, target) or implicit.unfit(spec, target)


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops: the tiles of the matrix products."""
    for m in (2, 4, 6):
        try:
            products = product(spec, *(filtering(k, m) for k in (spec.kh, spec.kw)))
        except InputError:
            continue
        for inner in implicit.tiles(products, target):
            yield Plan(spec=spec, target=target, algorithm=NAME, lanes=inner.lanes, mr=inner.mr, nr=inner.nr,
                       choices=WinogradChoices(m=m))


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """The loop orders of the products, with loops over the outputs of a tile before the taps."""
    h, w = (filtering(k, tile.own(WinogradChoices).m) for k in (tile.spec.kh, tile.spec.kw))
    for inner in implicit.orders(tile):
        loops = [Loop(loop.dim, loop.step * w.m if loop.dim == "ow" else loop.step, loop.bind) for loop in inner]
        yield (*loops[:6], Loop("oh", h.m), Loop("ow", w.m), *loops[6:])


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None."""
    return implicit.limit(shape(plan).inner)


SPACE = Space(unfit, tiles, orders, limit)
plans, check = SPACE.plans, SPACE.check


def tasks(plan: Plan) -> int:
    """Work-groups of the products, of all blocks."""
    t = shape(plan)
    return len(t.blocks.parts) * implicit.tasks(t.inner)


def registers(plan: Plan) -> int:
    return implicit.registers(shape(plan).inner)


def tile(plan: Plan) -> str:
    t = shape(plan)
    products = implicit.tile(t.inner).replace("pixels", "tiles").replace("terms", "channels")
    among = f", {len(t.blocks.parts)} times {t.tiles} tiles" * t.several
    return f"F({t.h.f.m}x{t.w.f.m}, {t.h.f.r}x{t.w.f.r}){among}, {t.points} products of {products}"


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    """The loops around a product, at each position, in a block."""
    t = implicit_numbers(shape(plan).inner)
    trips = (plan.spec.g, t.panels, t.tiles, t.chunks)
    return [(loop, trips[index] if index < len(trips) else 1) for index, loop in enumerate(plan.loops)]


def visits(plan: Plan) -> tuple[Visits, ...]:
    t = shape(plan)
    return tuple(visit._replace(number=visit.number * len(t.blocks.parts)) for visit in implicit.visits(t.inner))


def work(plan: Plan) -> Work:
    """The products, which stream V and M, and the transforms before and after (instructions of a work-item)."""
    t, s = shape(plan), plan.spec
    parts = len(t.blocks.parts)
    (into_h, from_h), (into_w, from_w) = (_operations(axis.f.bt, axis.f.at) for axis in (t.h, t.w))
    into, back = into_h * t.w.f.n + into_w * t.h.f.n, from_h * t.w.f.n + from_w * t.h.f.m
    x, y = (s.itemsize * math.prod(shape) // parts for shape in (s.input_shape, s.output_shape))
    v, m = FLOAT * t.v_floats, FLOAT * t.m_floats
    return implicit.work(t.inner)._replace(
        visits=visits(plan), trips=(tasks(plan),),
        passes=(Pass("transform", s.ic * t.tiles, into + ACCESS * 2 * t.points, x + v),
                Pass("transform back", s.oc * t.tiles, back + ACCESS * (t.points + t.h.f.m * t.w.f.m),
                     m + y * (1 + s.residual))) * parts,
        least=parts * (v + m))


@functools.lru_cache(maxsize=256)
def _operations(*matrices: Matrix) -> list[int]:
    """Operations of the transforms into and back."""
    return [len(codelet(matrix).ops) for matrix in matrices]


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/opencl/winograd.cl.j2 prints."""
    return gpu_view.program(plan, rows)
