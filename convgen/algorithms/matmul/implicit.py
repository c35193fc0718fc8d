"""Implicit matrix product for GPUs: work-groups share tiles of input and weights in local memory.

A layer is Y = W · X, X being what im2col would write: its rows are taps × input channels, its columns are the
pixels of all images. A work-group computes a tile of output channels × pixels, a chunk of the sum at a time:
while its work-items multiply one chunk, they load the next, of which only the addresses exist as a matrix.
An item has mr rows × nr vectors in registers, four apart from those of its neighbours, so that the group
reads local memory and writes the output without conflicts:

    acc[r][v] += R[k][r] · V[k][v]      lanes = "oc": R is input, V weights;  lanes = "ow": the reverse

(V. Volkov and J. Demmel, Benchmarking GPUs to Tune Dense Linear Algebra, 2008, section 4; S. Chetlur et al.,
cuDNN: Efficient Primitives for Deep Learning, 2014, section 3.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Literal

from ...layer.spec import ConvSpec
from ...machine.target import Target
from ...plan.plan import Loop, Plan
from ...plan.program import TAPS
from ...plan.work import Array, Run, Visits, Work
from . import implicit_view
from .numbers import LANES, LARGEST, NEST, implicit_numbers

NAME = "implicit"
program = implicit_view.program

AHEAD = 16  # loads that an item may keep in registers


def check(plan: Plan) -> str | None:
    """Why the plan is illegal, or None."""
    device, spec = plan.target.device, plan.spec
    if device is None or plan.target.row.lanes != LANES or plan.target.row.arithmetic != "f32":
        return f"implicit needs an OpenCL target with vectors of {LANES} floats"
    dims = [(loop.dim, loop.bind) for loop in plan.loops]
    if dims != NEST:
        return f"loops must be groups, tiles, chunks and items (loops={dims})"
    if min(plan.mr, plan.nr, *(loop.step for loop in plan.loops)) < 1:
        return "tiles must be at least 1"
    steps = {(loop.dim, loop.bind): loop.step for loop in plan.loops}
    item = {"oc": plan.nr * LANES, "ow": plan.mr} if plan.lanes == "oc" else {"oc": plan.mr, "ow": plan.nr * LANES}
    for dim in ("oc", "ow"):
        whole = steps[dim, "group"]
        if steps[dim, "local"] != item[dim] or whole % math.lcm(item[dim], LANES):
            return f"a tile must be whole items of {item[dim]}, and whole vectors ({dim}={whole})"
    s = implicit_numbers(plan)
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


def roundings(plan: Plan) -> int:
    """A product and its additions, in one chain over all chunks; bias and residual."""
    return plan.spec.terms + 1 + plan.spec.bias + plan.spec.residual


def expected_error(plan: Plan) -> float:
    return 0.0


def amplification(plan: Plan) -> float:
    return 1.0


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


def plans(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Tiles that keep an item's sums in registers, for GPUs."""
    if not target.is_gpu:
        return
    lanes: Literal["oc", "ow"] = "oc" if spec.channels_last else "ow"
    for mr, nr in ((8, 2), (4, 2), (8, 1), (4, 1), (2, 1), (1, 1)):
        wide, high = nr * LANES, mr
        for across, down, chunk in itertools.product((4, 8, 16, 32), (4, 8, 16, 32), (4, 8, 16)):
            channels, columns = (across * wide, down * high) if lanes == "oc" else (down * high, across * wide)
            item = (wide, high) if lanes == "oc" else (high, wide)
            loops = (Loop("g", 1, "group"), Loop("oc", channels, "group"), Loop("ow", columns, "group"),
                     Loop("ic", chunk), Loop("ow", item[1], "local"), Loop("oc", item[0], "local"), *TAPS[:3])
            plan = Plan(spec=spec, target=target, algorithm=NAME, lanes=lanes, mr=mr, nr=nr, loops=loops)
            if 32 <= across * down <= 256 and check(plan) is None:
                yield plan


def visits(plan: Plan) -> tuple[Visits, ...]:
    """An item's chunks."""
    s = implicit_numbers(plan)
    number = tasks(plan) * s.items
    return (Visits(number, plan.mr, plan.nr, s.depth, s.chunks, plan.nr + plan.mr / LANES, 0),)


def work(plan: Plan) -> Work:
    """What groups load: their tiles of weights and input, once for each of them."""
    s, row, size = implicit_numbers(plan), plan.target.row, plan.spec.itemsize

    def array(name: str, count: int) -> Array:
        return Array(name, lambda depth: Run(max(1, count), ()), lambda depth: True)

    return Work(visits(plan), (tasks(plan),), (
        array("weights", row.itemsize * s.channels * s.depth), array("input", size * s.columns * s.depth),
        array("output", size * s.channels * s.columns)), (), 0.0)
