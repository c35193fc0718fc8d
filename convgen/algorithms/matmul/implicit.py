"""Implicit matrix product for GPUs: work-groups share tiles of input and weights in local memory.

A layer is Y = W · X, X being what im2col would write: its rows are taps × input channels, its columns are the
pixels of all images. A work-group computes a tile of output channels × pixels, a chunk of the sum at a time:
while its work-items multiply one chunk, they load the next, of which only the addresses exist as a matrix.
An item has mr rows × nr vectors in registers, four apart from those of its neighbours, so that the group
reads local memory and writes the output without conflicts:

    acc[r][v] += R[k][r] · V[k][v]      lanes = "oc": R is input, V weights;  lanes = "ow": the reverse

Of integers a term is a word of four input channels, which an item makes of the input as it lies.

(V. Volkov and J. Demmel, Benchmarking GPUs to Tune Dense Linear Algebra, 2008, section 4; S. Chetlur et al.,
cuDNN: Efficient Primitives for Deep Learning, 2014, section 3.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ...layer.element import F32
from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import Choices
from ...plan.plan import Lanes, Loop, Plan
from ...plan.program import TAPS, Program
from ...plan.work import Access, Footprint, Visits, Work
from ..numerics import Direct
from ..reading import AS_IT_IS, Reading
from ..space import Space
from ..tiled import exact
from . import implicit_view
from .numbers import LANES, LARGEST, implicit_numbers

NAME = "implicit"
AUTOMATIC = True
APPROXIMATE = False
CHOICES = Choices

AHEAD = 16  # loads that an item may keep in registers


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    row = target.row
    if not target.is_gpu or row.lanes != LANES or not (row.sums is F32 or row.deep == LANES):
        return (f"implicit needs a GPU with vectors of {LANES} floats, or products of {LANES} bytes"
                f" (target={target.name}, isa={target.isa})")
    return exact.unfit(spec, target) if spec.arithmetic.exact else None


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None: what the device has, and how items share what they load."""
    s, spec, device = implicit_numbers(plan), plan.spec, plan.target.device
    assert device is not None
    if s.items > device.group:
        return f"a work-group must not exceed {device.group} items ({s.items})"
    if 8 * s.buffer > device.local_bytes:
        return f"tiles must fit local memory ({8 * s.buffer} > {device.local_bytes} bytes)"
    width = LANES if s.wide else 1
    if s.columns * s.chunk % (width * s.items) or s.channels * s.chunk % (LANES * s.items):
        return f"items must share the loads of a chunk evenly (items={s.items}, chunk={s.chunk})"
    if spec.channels_last and s.items % (s.chunk // width):
        return f"items must be a multiple of the loads of a pixel (items={s.items}, chunk={s.chunk})"
    if not spec.channels_last and s.columns % s.items and s.items % s.columns:
        return f"items and pixels must divide one another (items={s.items}, pixels={s.columns})"
    if s.loads > AHEAD:
        return f"an item must not load more than {AHEAD} times ahead ({s.loads})"
    if max(math.prod(spec.input_shape), math.prod(spec.output_shape), s.packed) > LARGEST:
        return "arrays must have fewer than 2^31 elements"
    return None


def tasks(plan: Plan) -> int:
    """Work-groups."""
    return implicit_numbers(plan).tasks


def registers(plan: Plan) -> int:
    """Vectors of an item: sums, one term of either side, and what it has loaded ahead."""
    s = implicit_numbers(plan)
    return plan.mr * plan.nr + plan.nr + -(-plan.mr // LANES) + s.loads + s.weight_loads


def tile(plan: Plan) -> str:
    s = implicit_numbers(plan)
    return (f"{s.columns} pixels x {s.channels} channels by {s.items} items, {s.chunk} terms at a time; an item has"
            f" {plan.mr} x {plan.nr * LANES}")


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    return implicit_numbers(plan).nest


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops: tiles that keep an item's sums in registers."""
    for mr, nr in ((8, 2), (4, 2), (8, 1), (4, 1), (2, 1), (1, 1)):
        yield Plan(spec=spec, target=target, algorithm=NAME, lanes="oc" if spec.channels_last else "ow", mr=mr, nr=nr)


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """Groups, tiles, chunks of the sum, items, taps."""
    wide, high = tile.nr * LANES, tile.mr
    for across, down, chunk in itertools.product((4, 8, 16, 32), (4, 8, 16, 32), (4, 8, 16)):
        if 32 <= across * down <= 256:
            yield shared(tile.lanes, (across * wide, wide), (down * high, high), chunk)


def shared(lanes: Lanes, vectors: tuple[int, int], rows: tuple[int, int], chunk: int) -> tuple[Loop, ...]:
    """The loops of groups whose items share a tile: what the tile has, and what each of those that share it."""
    channels, columns = (vectors, rows) if lanes == "oc" else (rows, vectors)
    return (Loop("g", 1, "group"), Loop("oc", channels[0], "group"), Loop("ow", columns[0], "group"),
            Loop("ic", chunk), Loop("ow", columns[1], "local"), Loop("oc", channels[1], "local"), *TAPS[:3])


SPACE = Space(unfit, tiles, orders, limit)
plans, check = SPACE.plans, SPACE.check


def decisions(plan: Plan) -> dict[str, object]:
    return {"lanes": plan.lanes}


def visits(plan: Plan) -> tuple[Visits, ...]:
    """One visit for each chunk of a work-item."""
    s = implicit_numbers(plan)
    number = tasks(plan) * s.items
    return (Visits(number, plan.mr, plan.nr, s.depth, s.chunks, plan.nr + plan.mr / LANES, 0),)


def work(plan: Plan) -> Work:
    """Memory traffic: each work-group loads its tiles of weights and input once."""
    s, row, size = implicit_numbers(plan), plan.target.row, plan.spec.itemsize

    def array(name: str, count: int) -> Access:
        return Access(name, lambda depth: Footprint(max(1, count), ()), lambda depth: True)

    return Work(visits(plan), (tasks(plan),), (
        array("weights", row.itemsize * s.deep * s.channels * s.depth),
        array("input", size * s.deep * s.columns * s.depth),
        array("output", size * s.channels * s.columns)), (), 0.0)


def numerics(plan: Plan) -> Direct:
    """A product and its additions, the first of them to 0, in one chain over all chunks; bias and residual; a weight
    times its scale. Integers do not round."""
    spec, of = plan.spec, plan.spec.arithmetic
    return Direct(roundings=0 if of.exact else spec.terms + spec.bias + spec.residual + of.weights_only)


def reading(plan: Plan) -> Reading:
    return AS_IT_IS


def passes(plan: Plan) -> str:
    return "copy"


def explain(plan: Plan) -> str:
    return ""


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/opencl/implicit.cl.j2 prints."""
    return implicit_view.program(plan, rows)
