"""Gradients of weights on GPUs: a matrix product whose work-groups share tiles in local memory.

    dw[o, (k, c)] = Σ_p dy[o, p] · X[(k, c), p]        X[(k, c), p] = x[c, p·s + k·d − pad]

of the pixels p of all images; X is what im2col would write, and is never written. The gradient of the bias is that of
one more weight, of an input that is always 1. A work-group sums a tile of output channels × columns (taps and input
channels) over a part of the pixels, a chunk of them at a time; an item has mr rows × nr vectors of the tile, the
vectors four apart from those of its neighbours. The sums of all parts are in the workspace,

    [part][group][output channel][column]

and are added in their order in a second phase. So the bits are the same whoever does the tasks.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator

from ...layer.element import F32
from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...machine.rows import stored
from ...machine.target import Target
from ...plan.choices import Choices
from ...plan.plan import Loop, Plan
from ...plan.program import TAPS, Parameter, Phase, Program, View, affine, reads, writes
from ...plan.work import Access, Footprint, Visits, Work
from ..matmul.window import Window, digits_of
from ..numerics import Direct
from ..reading import AS_IT_IS, Reading
from ..space import Space
from ..tiled.geometry import output_strides
from ..weights import weight_address

NAME = "implicit_gradient"
AUTOMATIC = True
APPROXIMATE = False
CHOICES = Choices

LANES = 4
PAD = 4  # floats between rows of local memory, so that transposed stores spread over its banks
LARGEST = 2**31 - 1  # an index is an int
GROUPS = 4  # of a unit, at least, where there are pixels to divide
CHUNKS = 8  # of a part of the pixels, at least


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    if spec.op != "backward-weights":
        return f"op must be backward-weights for {NAME} (op={spec.operation})"
    row = target.row
    if not target.is_gpu or row.lanes != LANES or row.sums is not F32:
        return f"{NAME} needs a GPU with vectors of {LANES} floats (target={target.name}, isa={target.isa})"
    return None


class Numbers:
    """Of a plan. rows, columns: of a tile; all: columns of a group, with that of the bias. high, wide: what these fill
    whole tiles with."""

    def __init__(self, plan: Plan) -> None:
        s, self.plan, self.spec = plan.spec, plan, plan.spec
        outer = {loop.dim: loop.step for loop in plan.loops if loop.bind == "group"}
        self.rows, self.columns = outer["oc"], outer["ic"]
        self.chunk = next(loop.step for loop in plan.loops if loop.bind == "seq")
        self.across, self.down = self.columns // (plan.nr * LANES), self.rows // plan.mr  # items
        self.items = self.across * self.down
        self.weights = s.kd * s.kh * s.kw * s.icg
        self.all = self.weights + s.bias
        self.high_tiles, self.wide_tiles = -(-s.ocg // self.rows), -(-self.all // self.columns)
        self.high, self.wide = self.high_tiles * self.rows, self.wide_tiles * self.columns
        self.pixels = s.n * s.od * s.oh * s.ow
        self.tiles = s.g * self.high_tiles * self.wide_tiles
        device = plan.target.device
        assert device is not None
        most = max(1, self.pixels // (CHUNKS * self.chunk))
        splits = min(most, -(-GROUPS * device.units // self.tiles))
        self.part = -(-self.pixels // (splits * self.chunk)) * self.chunk  # pixels
        self.splits = -(-self.pixels // self.part)
        self.split = s.g * self.high * self.wide  # numbers of the sums of one part
        self.row_pitch, self.column_pitch = self.rows + PAD, self.columns + PAD
        self.shared = self.chunk * (self.row_pitch + self.column_pitch)

    @property
    def tasks(self) -> int:
        """Work-groups."""
        return self.splits * self.tiles


@functools.lru_cache(maxsize=1024)
def numbers(plan: Plan) -> Numbers:
    return Numbers(plan)


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None: what the device has, and how items share what they load."""
    n, spec, device = numbers(plan), plan.spec, plan.target.device
    assert device is not None
    if n.items > device.group:
        return f"a work-group must not exceed {device.group} items ({n.items})"
    if F32.bytes * n.shared > device.local_bytes:
        return f"tiles must fit local memory ({F32.bytes * n.shared} > {device.local_bytes} bytes)"
    if n.rows * n.chunk % n.items or n.columns * n.chunk % n.items:
        return f"items must share the loads of a chunk evenly (items={n.items}, chunk={n.chunk})"
    if max(math.prod(spec.input_shape), math.prod(spec.output_shape), n.splits * n.split) > LARGEST:
        return "arrays must have fewer than 2^31 elements"
    return None


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Tiles that keep an item's sums in registers."""
    for mr, nr in ((8, 2), (4, 2), (4, 1), (2, 1), (1, 1)):
        yield Plan(spec=spec, target=target, algorithm=NAME, lanes="ic", mr=mr, nr=nr)


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """Groups, tiles, chunks of the pixels, items."""
    for across, down, chunk in itertools.product((4, 8, 16), (4, 8, 16), (8, 16)):
        if across * down >= 32:
            yield (Loop("g", 1, "group"), Loop("oc", down * tile.mr, "group"),
                   Loop("ic", across * tile.nr * LANES, "group"), Loop("ow", chunk),
                   Loop("oc", tile.mr, "local"), Loop("ic", tile.nr * LANES, "local"), *TAPS[:3])


SPACE = Space(unfit, tiles, orders, limit)
plans, check = SPACE.plans, SPACE.check


def decisions(plan: Plan) -> dict[str, object]:
    return {}


def numerics(plan: Plan) -> Direct:
    """The products of one part of the pixels, each added to those before, the first to 0; and the other parts."""
    n = numbers(plan)
    return Direct(roundings=min(n.part, n.pixels) + n.splits - 1)


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    n = numbers(plan)
    trips = {("g", "group"): plan.spec.g, ("oc", "group"): n.high_tiles, ("ic", "group"): n.wide_tiles,
             ("ow", "seq"): n.part // n.chunk}
    return [(loop, trips.get((loop.dim, loop.bind), 1)) for loop in plan.loops]


def tasks(plan: Plan) -> int:
    """Work-groups."""
    return numbers(plan).tasks


def visits(plan: Plan) -> tuple[Visits, ...]:
    """One for each part of an item."""
    n = numbers(plan)
    return (Visits(n.tasks * n.items, plan.mr, plan.nr, n.part, n.part // n.chunk, plan.nr + plan.mr / LANES, 0),)


def work(plan: Plan) -> Work:
    """Memory traffic: each work-group loads its tiles of x and dy once."""
    n = numbers(plan)

    def array(name: str, count: int) -> Access:
        return Access(name, lambda depth: Footprint(count, ()), lambda depth: True)

    return Work(visits(plan), (tasks(plan),), (
        array("input", plan.spec.itemsize * n.columns * n.part), array("dy", plan.spec.itemsize * n.rows * n.part),
        array("sums", F32.bytes * n.rows * n.columns)), (), 0.0, phases=2)


def registers(plan: Plan) -> int:
    """Vectors of an item: sums, and a term of either side."""
    return plan.mr * plan.nr + plan.nr + -(-plan.mr // LANES)


def tile(plan: Plan) -> str:
    n = numbers(plan)
    return (f"{n.rows} output channels x {n.columns} taps and input channels by {n.items} items, {n.chunk} pixels at a"
            f" time; an item has {plan.mr} x {plan.nr * LANES}")


def reading(plan: Plan) -> Reading:
    return AS_IT_IS


def passes(plan: Plan) -> str:
    return "copy"


def explain(plan: Plan) -> str:
    return f"{numbers(plan).splits} parts of the pixels, whose sums are added in their order"


# --- the program ---


class ImplicitView(View, frozen=True, kw_only=True):
    """What templates/gradient/implicit.cl.j2 prints.

    t: the plan's numbers. group_parameters: of sum_task. places: (name, value) of a task: its group, the first row and
    column of its tile, the pixels that it sums. of_dy, of_x: of number j of what an item loads; dy, x: that number, x
    where it lies inside. vectors: where an item's are in local memory; products: (accumulator, row, vector). sums_at:
    where an item's sums are in the workspace, and sums: (accumulator, where among them). of_sum: of the second phase,
    where a sum is; of_weight: which weight it is of. end_weight, end_bias: it becomes a gradient.
    """

    t: Numbers
    group_parameters: tuple[Parameter, ...]
    places: list[tuple[str, str]]
    of_dy: list[tuple[str, str]]
    dy: str
    of_x: list[tuple[str, str]]
    inside: str
    x: str
    vectors: list[str]
    products: list[tuple[str, str, str]]
    sums_at: str
    sums: list[tuple[str, str]]
    of_sum: list[tuple[str, str]]
    of_weight: list[tuple[str, str]]
    end_weight: str
    end_bias: str


def program(plan: Plan, rows: Rows) -> Program:
    """What is printed; rows note the helpers that it calls."""
    s, n, row = plan.spec, numbers(plan), rows.of(plan.target.row)
    io, window, y = rows.of(stored(row, s.arithmetic)), Window(s), output_strides(s)
    digits = dict(digits_of({"n": s.n, "d": s.od, "h": s.oh, "w": s.ow}, "p"))
    dy_at = affine("", *((f"({digits[axis]})", pitch) for axis, pitch in
                         (("n", y.n), ("d", y.d), ("h", y.h), ("w", y.w)) if axis in digits),
                   ("g" if s.g > 1 else "", s.ocg * y.c), ("oc", y.c))
    sums = [(f"acc{r}_{v}", affine("sums", r * n.wide + v * LANES * n.across))
            for r in range(plan.mr) for v in range(plan.nr)]
    of_group = affine("", (f"oc / {s.ocg}", n.high), (f"oc % {s.ocg}", 1)) if s.g > 1 else "oc"
    view = ImplicitView(
        t=n, places=_places(n),
        group_parameters=(
            Parameter("size_t", "task"), reads(io.scalar, "input"), reads(io.scalar, "output_gradient"),
            writes(row.scalar, "workspace"), Parameter(row.word, "shared", "local", written=True)),
        vectors=[affine("v", v * LANES * n.across) for v in range(plan.nr)],
        products=[(f"acc{r}_{v}", f"r[{r}]", f"v{v}") for r in range(plan.mr) for v in range(plan.nr)],
        sums_at=affine("", ("split" if n.splits > 1 else "", n.split), ("g" if s.g > 1 else "", n.high * n.wide),
                       ("row0", n.wide), (f"down * {plan.mr}", n.wide), ("column0", 1), ("across", LANES)),
        of_dy=[*_load(n, "row", n.rows), ("p", "first + k"), ("oc", "row0 + row")], dy=io.get("output_gradient", dy_at),
        of_x=[*_load(n, "column", n.columns), ("all", "column0 + column"), *window.of_pixel(0, "first + k", {}),
              *window.of_term("")],
        inside=" && ".join([f"all < {n.weights}", *window.inside(0, "")]), x=io.get("input", "at0 + step"), sums=sums,
        of_sum=[("all", f"(int)(task % {n.all})"), ("oc", f"(int)(task / {n.all})"),
                ("at", affine("", (f"({of_group})", n.wide), ("all", 1)))],
        of_weight=[("tap", f"all / {s.icg}"), ("ic", f"all % {s.icg}"), *window.tap],
        end_weight=io.put("weights_gradient", weight_address(s, "oc", "ic", window.taps), "sum"),
        end_bias=io.put("bias_gradient", "oc", "sum"))
    return Program(
        row=row, template="gradient/implicit.cl.j2", pack="", view=view, parameters=(), packed=0,
        phases=(Phase("sum_task", n.tasks, "tiles of the sums of some pixels",
                      ("task", "input", "output_gradient", "workspace"), n.items, n.shared),
                Phase("end_task", s.oc * n.all, "weights and biases" if s.bias else "weights",
                      ("task", "weights_gradient", *["bias_gradient"] * s.bias, "workspace"))),
        workspace=n.splits * n.split)


def _places(n: Numbers) -> list[tuple[str, str]]:
    found = dict(digits_of({"split": n.splits, "g": n.spec.g, "high": n.high_tiles, "wide": n.wide_tiles}, "tile"))

    def start(of: str, step: int) -> str:
        return affine("", (f"({found[of]})", step)) if of in found else "0"

    digits = [(name, found[name]) for name in ("split", "g") if name in found]
    return [("tile", "(int)task"), *digits, ("row0", start("high", n.rows)), ("column0", start("wide", n.columns)),
            ("begin", affine("", ("split" if n.splits > 1 else "", n.part))),
            ("end", f"min(begin + {n.part}, {n.pixels})")]


def _load(n: Numbers, what: str, many: int) -> list[tuple[str, str]]:
    """Which number of a chunk it is. Neighbours in memory are for neighbouring items."""
    each = affine("item", ("j", n.items))
    across, along = (what, many), ("k", n.chunk)
    (fast, most), (slow, _) = (across, along) if n.spec.channels_last else (along, across)
    return [("number", each), (fast, f"number % {most}"), (slow, f"number / {most}")]
