"""Gradients of weights: register tiles of sums over pixels.

Tasks are parts of the pixels and of the output channels. Each sums its pixels in their order; the sums of all parts are
added in their order, in a second phase. So the bits are the same whoever does the tasks, and the plan alone says them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from ...layer.element import F32
from ...layer.spec import ConvSpec
from ...machine.isa import stored
from ...machine.noted import Rows
from ...machine.target import Cache, Target
from ...plan.choices import GradientChoices
from ...plan.plan import Loop, Plan
from ...plan.program import Program
from ...plan.work import Pass, Visits, Work
from ..numerics import Direct
from ..reading import Reading
from ..space import Space
from .numbers import depthwise, numbers, rearranged
from .view import program_of

NAME = "gradient"
AUTOMATIC = True
APPROXIMATE = False
CHOICES = GradientChoices

TASKS = 16  # enough to share among some threads
SHARE = 0.5  # of the second cache, for what is copied at a time, and for the sums of a task
PIXELS = 1024  # summed at a time, at most
FIRST, SECOND = 32 * 1024, 256 * 1024  # bytes of caches that a target does not say
COPIED = 0.25  # cycles that a number takes to be copied, in vectors
SPREAD = 1.3  # one by one, where channels are planes
ENDED = 1.5  # that a sum takes to become a gradient


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    row = target.row
    if spec.op != "backward-weights":
        return f"op must be backward-weights for {NAME} (op={spec.operation})"
    if row.dialect != "c":
        return f"{NAME} needs a target in C (target={target.name})"
    if row.kind != "floats" or row.sums is not F32:
        return f"{NAME} sums in f32 (isa={target.isa})"
    return None


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Every tile that fits the registers and leaves little of a block unused."""
    plain = Plan(spec=spec, target=target, algorithm=NAME, choices=GradientChoices(taps=1, images=1, rows=1, splits=1,
                                                                                  parts=1))
    row, by_channel = target.row, depthwise(plain)
    outputs = spec.oc if by_channel else spec.ocg
    taps = sorted({1, -(-spec.kw // 2), spec.kw, spec.kw * spec.kh, spec.kw * -(-spec.kh // 2)})
    for nr in range(1, 5):
        if nr > 1 and (nr - 1) * row.lanes >= outputs:
            break
        for many in taps:
            room = (row.registers - nr - 1) // (nr * many)
            if room < 1:
                continue
            least = -(-spec.icg // room)
            each = sorted({-(-spec.icg // blocks) for blocks in (least, least + 1)} if not by_channel else {1})
            for channels in each:
                tile = msgspec.structs.replace(plain, mr=channels * many, nr=nr)
                yield divided(tile, many)


def divided(tile: Plan, taps: int) -> Plan:
    """The plan of a tile: how many rows are summed at a time, and how tasks divide the sums."""
    s, caches = rearranged(tile.spec), tile.target.caches
    own = GradientChoices(taps=taps, images=1, rows=1, splits=1, parts=1)
    n = numbers(msgspec.structs.replace(tile, choices=own))
    second = _size(caches[1:2], SECOND)
    bytes_of = n.groups * n.blocks * n.sums * F32.bytes
    parts = n.blocks if n.by_channel else min(n.blocks, -(-bytes_of // round(n.groups * SHARE * second)))
    part = -(-n.blocks // parts)
    pixel = F32.bytes * (part * n.width + n.input_blocks * n.channels * s.sh * s.sw)
    pixels = max(s.ow, min(PIXELS, round(SHARE * second) // pixel))
    rows = min(s.oh, pixels // s.ow)
    images = max(1, min(s.n, pixels // (s.oh * s.ow))) if rows == s.oh else 1
    steps = -(-s.n // images) * s.od * -(-s.oh // rows)
    parts = -(-n.blocks // part)
    splits = min(steps, -(-TASKS // (n.groups * parts)))
    own = GradientChoices(taps=taps, images=images, rows=rows, splits=splits, parts=parts)
    return msgspec.structs.replace(tile, choices=own)


def _size(caches: tuple[Cache, ...], otherwise: int) -> int:
    return caches[0].size if caches else otherwise


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """The only one."""
    n = numbers(tile)
    own = n.own
    outer = [Loop("n", own.images, "task"), Loop("oc", n.width, "task"), Loop("oh", own.rows)]
    yield (*outer, Loop("ic", n.channels), Loop("kd", 1), Loop("kh", 1), Loop("kw", min(own.taps, tile.spec.kw)))


SPACE = Space(unfit, tiles, orders)
plans, check = SPACE.plans, SPACE.check


def decisions(plan: Plan) -> dict[str, object]:
    return msgspec.structs.asdict(plan.own(GradientChoices))


def numerics(plan: Plan) -> Direct:
    """A product, its additions, and those of the parts."""
    n = numbers(plan)
    return Direct(roundings=n.longest + 1 + n.own.splits - 1)


def program(plan: Plan, rows: Rows) -> Program:
    """What is printed; rows note the helpers that it calls."""
    row = rows.of(plan.target.row)
    return program_of(plan, row, rows.of(stored(plan.target.row, plan.spec.arithmetic)))


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    n = numbers(plan)
    s = n.spec
    trips = {"n": n.batches * s.od, "oc": n.groups * n.blocks, "oh": n.heights, "ic": n.input_blocks, "kd": 1, "kh": 1,
             "kw": len(n.rows)}
    return [(loop, trips[loop.dim]) for loop in plan.loops]


def tasks(plan: Plan) -> int:
    n = numbers(plan)
    return n.own.splits * n.groups * n.own.parts


def visits(plan: Plan) -> tuple[Visits, ...]:
    n = numbers(plan)
    s = n.spec
    often = n.steps * n.groups * n.blocks * n.input_blocks
    pixels = s.n * s.od * s.oh * s.ow / n.steps
    lines = n.own.images * n.own.rows
    return tuple(Visits(often, len(rows.offsets), plan.nr, pixels, lines, _loads(plan, len(rows.offsets)), F32.bytes,
                        finish=3.0 * len(rows.offsets) * plan.nr) for rows in n.rows)


def _loads(plan: Plan, rows: int) -> float:
    """Of a pixel: vectors of dy, and of x a number for each row, or vectors."""
    return plan.nr + (rows * plan.nr if depthwise(plan) else rows)


def work(plan: Plan) -> Work:
    n, spec = numbers(plan), plan.spec
    x, y = n.copied
    cycles = COPIED if spec.channels_last else SPREAD
    ended = n.own.splits * n.split
    copies = [Pass("copy", x + y, cycles, spec.itemsize * (math.prod(spec.input_shape) + math.prod(spec.output_shape)))]
    return Work(visits=visits(plan), trips=(), arrays=(), passes=tuple(copies), phases=2,
                epilogue=ENDED * math.prod(spec.weights_shape) + ended / plan.target.row.lanes)


def registers(plan: Plan) -> int:
    """The sums, vectors of dy, and one of x."""
    return plan.mr * plan.nr + plan.nr + 1


def tile(plan: Plan) -> str:
    n = numbers(plan)
    if n.by_channel:
        return f"{n.own.taps} taps x {n.width} channels"
    return f"{n.own.taps} taps x {n.channels} input channels x {n.width} output channels"


def reading(plan: Plan) -> Reading:
    return Reading("copy", "padded copies of some rows, in blocks of channels")


def passes(plan: Plan) -> str:
    return "copy"


def explain(plan: Plan) -> str:
    own = plan.own(GradientChoices)
    return (f"sums {own.rows} rows of {own.images} images at a time; {own.splits} parts of the pixels, whose sums are"
            " added in their order")
