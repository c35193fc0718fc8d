"""Gradients of weights: register tiles of sums over pixels.

Tasks are parts of the pixels and of the output channels. Each sums its pixels in their order; the sums of all parts are
added in their order, in a second phase. So the bits are the same whoever does the tasks, and the plan alone says them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import msgspec

from ...layer.element import F32
from ...layer.spec import ConvSpec
from ...machine.isa import stored
from ...machine.noted import Rows
from ...machine.target import Cache, Target
from ...plan.choices import GradientChoices
from ...plan.plan import Lanes, Loop, Plan
from ...plan.program import Program
from ...plan.work import Pass, Visits, Work
from ..numerics import Direct
from ..reading import AS_IT_IS, Reading
from ..space import Space
from .copies import strides, transposes
from .numbers import Numbers, depthwise, numbers, rearranged
from .view import program_of

NAME = "gradient"
AUTOMATIC = True
APPROXIMATE = False
CHOICES = GradientChoices

TASKS = 16  # enough to share among some threads
SHARE = 0.5  # of the second cache, for what is copied at a time, and for the sums of a task; of the first, where pixels
# in lanes make so few products that copies count
PIXELS = 1024  # summed at a time, at most
FIRST, SECOND = 32 * 1024, 256 * 1024  # bytes of caches that a target does not say
READ = 0.9  # of the time that copies wait for memory, where tiles read what lies there, and sum meanwhile
SUMMED = 8  # times as many numbers are read as there are sums of all parts, at least
COPIED = 0.25  # cycles that a number takes to be copied, in vectors
TRANSPOSED = 0.4  # in squares
FOLLOWED = 64  # planes of x and dy that prefetchers follow; where more are transposed, SPREAD
SPREAD = 0.8  # one by one
ENDED, IN_SQUARES = 1.5, 0.5  # that a sum takes to become a gradient; in squares that are transposed


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    row = target.row
    if spec.op != "backward-weights":
        return f"op must be backward-weights for {NAME} (op={spec.operation})"
    if target.is_gpu:
        return f"{NAME} needs workers with caches of their own (target={target.name})"
    if row.kind != "floats" or row.sums is not F32:
        return f"{NAME} sums in f32 (isa={target.isa})"
    return None


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Every tile that fits the registers and leaves little of a block unused. Lanes may be of input channels or pixels
    where output channels leave some of theirs empty. Rows of more taps than there are registers are cut evenly."""
    plain = Plan(spec=spec, target=target, algorithm=NAME, choices=GradientChoices(taps=1, images=1, rows=1, splits=1,
                                                                                  parts=1))
    row, by_channel = target.row, depthwise(plain)
    taps = sorted({1, -(-spec.kw // 2), spec.kw, spec.kw * spec.kh, spec.kw * -(-spec.kh // 2)})
    sides: list[tuple[Lanes, int, int, int]] = [("oc", spec.oc if by_channel else spec.ocg, row.lanes, spec.icg)]
    if not by_channel and spec.ocg % row.lanes:
        sides.append(("ic", spec.icg, row.lanes, spec.ocg))
        if not spec.channels_last and rearranged(spec).sw == 1:
            sides.append(("ow", spec.ocg, 1, spec.icg))
    for dim, wide, channels_of, few in sides:
        for nr in range(1, 5):
            if nr > 1 and (nr - 1) * channels_of >= wide:
                break
            left = row.registers - 1
            longest = (left - 1) // nr if dim == "ic" else (left - nr) // nr  # taps for which there are registers
            if spec.kw > left and longest < 1:
                continue
            for many in [-(-spec.kw // -(-spec.kw // longest))] if spec.kw > left else taps:
                room = left // (nr * many + 1) if dim == "ic" else (left - nr) // (nr * many)
                if room < 1:
                    continue
                least = -(-few // room)
                each = sorted({-(-few // blocks) for blocks in (least, least + 1)} if not by_channel else {1})
                for channels in each:
                    yield divided(msgspec.structs.replace(plain, lanes=dim, mr=channels * many, nr=nr), many)


def divided(tile: Plan, taps: int) -> Plan:
    """The plan of a tile: how many rows are summed at a time, and how tasks divide the sums."""
    own = GradientChoices(taps=taps, images=1, rows=1, splits=1, parts=1)
    n = numbers(msgspec.structs.replace(tile, choices=own))
    made = [_divided(n, spread) for spread in (True, False)[not n.spreads:]]
    own = next(one for one in made if one is made[-1] or one.rows == n.spec.oh)
    return msgspec.structs.replace(tile, choices=own)


def _divided(n: Numbers, spread: bool) -> GradientChoices:
    """spread: whether x is read where it lies, which costs no more in many parts: these have few splits, and so few
    sums that meet in memory."""
    s, caches = n.spec, n.plan.target.caches
    near = round(SHARE * (_size(caches[:1], FIRST) if n.by_pixel else _size(caches[1:2], SECOND)))
    apart = n.by_channel and not s.channels_last  # channels that no others need, in memory of their own
    parts = n.blocks if apart or spread else min(n.blocks, -(-F32.bytes * n.blocks * n.sums // near))
    part = -(-n.blocks // parts)
    x, dy = (side.width * (part if side.parted else side.blocks) for side in (n.x, n.dy))
    copied = x * s.sh * s.sw * (not spread) + dy
    pixels = max(s.ow, min(PIXELS, near // (F32.bytes * copied)))
    rows = min(s.oh, pixels // s.ow)
    images = max(1, min(s.n, pixels // (s.oh * s.ow))) if rows == s.oh else 1
    steps = -(-s.n // images) * s.od * -(-s.oh // rows)
    parts = -(-n.blocks // part)
    splits = -(-TASKS // (n.groups * parts))
    if s.channels_last and n.groups > 1:  # each reads a little of every pixel: those of a part stay near
        numbers_read = math.prod(s.input_shape) + math.prod(s.output_shape)
        splits = max(splits, min(-(-F32.bytes * numbers_read // near), numbers_read // (SUMMED * n.split)))
    return GradientChoices(taps=n.own.taps, images=images, rows=rows, splits=min(steps, splits), parts=parts)


def _size(caches: tuple[Cache, ...], otherwise: int) -> int:
    return caches[0].size if caches else otherwise


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """The only one."""
    n = numbers(tile)
    wide: Lanes = "ic" if n.by_input else "oc"
    few: Lanes = "oc" if n.by_input else "ic"
    outer = [Loop("n", n.own.images, "task"), Loop(wide, n.width, "task"), Loop("oh", n.own.rows)]
    yield (*outer, Loop(few, n.channels), Loop("kd", 1), Loop("kh", 1), Loop("kw", min(n.own.taps, tile.spec.kw)))


SPACE = Space(unfit, tiles, orders)
plans, check = SPACE.plans, SPACE.check


def decisions(plan: Plan) -> dict[str, object]:
    return msgspec.structs.asdict(plan.own(GradientChoices))


def numerics(plan: Plan) -> Direct:
    """A product and its additions."""
    return Direct(roundings=numbers(plan).longest)


def program(plan: Plan, rows: Rows) -> Program:
    """What is printed; rows note the helpers that it calls."""
    row = rows.of(plan.target.row)
    return program_of(plan, row, rows.of(stored(plan.target.row, plan.spec.arithmetic)))


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    n = numbers(plan)
    wide, few = n.groups * n.blocks, n.others
    outputs, inputs = (few, wide) if n.by_input else (wide, few)
    trips = {"n": n.batches * n.spec.od, "oc": outputs, "oh": n.heights, "ic": inputs, "kd": 1, "kh": 1,
             "kw": len(n.rows)}
    return [(loop, trips[loop.dim]) for loop in plan.loops]


def tasks(plan: Plan) -> int:
    n = numbers(plan)
    return n.own.splits * n.groups * n.own.parts


def visits(plan: Plan) -> tuple[Visits, ...]:
    n = numbers(plan)
    s = n.spec
    often = n.steps * n.groups * n.blocks * n.others
    columns = -(-s.ow // plan.target.row.lanes) if n.by_pixel else s.ow
    pixels = s.n * s.od * s.oh * columns / n.steps
    lines = n.own.images * n.own.rows
    channels = 1 if n.x.parted else n.channels
    return tuple(Visits(often * count, n.sums_of(length), plan.nr, pixels, lines, _loads(plan, length), F32.bytes,
                        finish=3.0 * n.sums_of(length) * plan.nr)
                 for length, count in Counter((end - first) * channels for first, end in n.spans).items())


def _loads(plan: Plan, rows: int) -> float:
    """Of a pixel: vectors of one side, and of the other a number for each row, or vectors."""
    n = numbers(plan)
    return n.channels + rows * plan.nr if n.by_input else plan.nr + (rows * plan.nr if n.by_channel else rows)


def work(plan: Plan) -> Work:
    n, spec = numbers(plan), plan.spec
    ended = n.own.splits * n.split
    costs = _copied(n, plan.target.row.lanes)
    shown = (READ if lies and n.once(side) else 1.0 for side, lies in ((n.x, n.x_lies), (n.dy, n.dy_lies)))
    copies = [Pass("copy", number, cycles, round(share * spec.itemsize * math.prod(shape)))
              for number, cycles, share, shape
              in zip(n.copied, costs, shown, (spec.input_shape, spec.output_shape), strict=True)]
    each = IN_SQUARES if n.ends_in_squares else ENDED
    return Work(visits=visits(plan), trips=(), arrays=(), passes=tuple(copies), phases=2,
                epilogue=each * n.vectors / n.width * math.prod(spec.weights_shape) + ended / plan.target.row.lanes)


def _copied(n: Numbers, lanes: int) -> list[float]:
    """Cycles that a number takes to be copied, of x and of dy."""
    sides = [*zip((n.x, n.dy), strides(n), strict=True)]
    if n.spec.channels_last:
        return [COPIED] * len(sides)
    turned = [transposes(side, lanes, apart) for side, apart in sides]
    squares = TRANSPOSED if n.width * sum(turned) <= FOLLOWED else SPREAD
    return [COPIED if side.planes else squares if square else SPREAD
            for (side, _), square in zip(sides, turned, strict=True)]


def registers(plan: Plan) -> int:
    """The sums, what rows share of a pixel, and one vector more."""
    n = numbers(plan)
    return plan.mr * plan.nr + (n.channels if n.by_input else plan.nr) + 1


def tile(plan: Plan) -> str:
    n = numbers(plan)
    if n.by_channel:
        return f"{n.own.taps} taps x {n.width} channels"
    inputs, outputs = (n.width, n.channels) if n.by_input else (n.channels, n.width)
    pixels = f" x {plan.target.row.lanes} pixels" * n.by_pixel
    return f"{n.own.taps} taps x {inputs} input channels x {outputs} output channels{pixels}"


def reading(plan: Plan) -> Reading:
    n = numbers(plan)
    if n.x_lies:
        return AS_IT_IS
    return Reading("copy", "padded copies of some rows, in blocks of channels")


def passes(plan: Plan) -> str:
    return "copy"


def explain(plan: Plan) -> str:
    own = plan.own(GradientChoices)
    return (f"sums {own.rows} rows of {own.images} images at a time; {own.splits} parts of the pixels, whose sums are"
            " added in their order")
