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

import functools
import itertools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..isas import stored
from ..plan import Lanes, Loop, Plan
from ..spec import ConvSpec
from ..target import Target
from .geometry import map_strides, weight_strides
from .nest import TAPS, Phase, affine
from .space import Space
from .work import Array, Run, Visits, Work

NAME = "implicit"
TEMPLATE = "opencl/implicit.cl.j2"

LANES = 4  # of the vectors that local memory is read in
PAD = 4  # floats between rows of local memory, so that transposed stores spread over its banks
AHEAD = 16  # loads that an item may keep in registers
LARGEST = 2**31 - 1  # an index is an int


class Fetch(NamedTuple):
    """A load of one item from the input for a chunk, in C: the variable, whether it lies inside the input (empty:
    always), its offset, and where its floats go in local memory."""

    name: str
    inside: str
    offset: str
    places: tuple[str, ...]


class Shape:
    """The numbers of a plan."""

    def __init__(self, plan: Plan) -> None:
        s, self.plan, self.spec = plan.spec, plan, plan.spec
        outer = {loop.dim: loop.step for loop in plan.loops if loop.bind == "group"}
        self.channels, self.columns = outer["oc"], outer["ow"]  # of a group's tile
        self.chunk = next(loop.step for loop in plan.loops if loop.dim == "ic")
        self.by_channel = plan.lanes == "oc"
        vectors, rows = (self.channels, self.columns) if self.by_channel else (self.columns, self.channels)
        self.vectors, self.rows = vectors, rows
        self.across, self.down = vectors // (plan.nr * LANES), rows // plan.mr  # items
        self.items = self.across * self.down
        self.group_of_rows = math.gcd(plan.mr, LANES)  # rows that an item reads together
        self.terms = s.terms
        self.chunks = -(-self.terms // self.chunk)
        self.uniform = s.icg % self.chunk == 0  # a chunk lies in one tap
        self.panels = -(-s.ocg // self.channels)
        self.plane = s.od * s.oh * s.ow
        self.pixels = s.n * self.plane
        self.tiles = -(-self.pixels // self.columns)
        self.wide = s.channels_last and s.icg % LANES == 0 and self.chunk % LANES == 0  # input in vectors
        self.input_pitch = self.columns + PAD
        self.weights_pitch = self.channels
        self.buffer = self.chunk * (self.input_pitch + self.weights_pitch)  # floats of one of the two

    @property
    def aligned(self) -> bool:
        """Whether vectors of the output are at multiples of their size, and all or nothing."""
        return self.spec.ocg % LANES == 0 if self.by_channel else self.plane % LANES == 0

    @property
    def loads(self) -> int:
        """Loads of the input by one item for a chunk."""
        return self.columns * self.chunk // (LANES if self.wide else 1) // self.items

    @property
    def weight_loads(self) -> int:
        return self.channels * self.chunk // LANES // self.items

    def lines(self) -> tuple[list[str], list[str], list[tuple[int, int]]]:
        """(pixels, terms) that an item loads, as numbers in its tile and chunk, in C; and which of them it loads."""
        width = LANES if self.wide else 1
        along = self.chunk // width  # loads of a pixel
        pixels: list[str] = []
        terms: list[str] = []
        pairs = []
        for index in range(self.loads):
            if self.spec.channels_last:
                pixel = affine(f"item / {along}", index * (self.items // along))
                term = f"item % {along}" + (f" * {width}" if width > 1 else "")
            elif self.columns % self.items == 0:  # at least as many pixels as items
                parts = self.columns // self.items
                pixel, term = affine("item", index % parts * self.items), str(index // parts)
            else:
                step = self.items // self.columns
                pixel, term = f"item % {self.columns}", affine(f"item / {self.columns}", index * step)
            for value, values in ((pixel, pixels), (term, terms)):
                if value not in values:
                    values.append(value)
            pairs.append((pixels.index(pixel), terms.index(term)))
        return pixels, terms, pairs


shape = functools.lru_cache(maxsize=1024)(Shape)


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    if not target.is_gpu or target.row.lanes != LANES or target.row.arithmetic != "f32":
        return f"implicit needs a GPU with vectors of {LANES} floats (target={target.name})"
    return None


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None: what the device has, and how items share what they load."""
    s, spec, device = shape(plan), plan.spec, plan.target.device
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
    if max(math.prod(spec.input_shape), math.prod(spec.output_shape), packed_floats(plan)) > LARGEST:
        return "arrays must have fewer than 2^31 elements"
    return None


def roundings(plan: Plan) -> int:
    """A product and its additions, in one chain over all chunks; bias and residual."""
    return plan.spec.terms + 1 + plan.spec.bias + plan.spec.residual


def expected_error(plan: Plan) -> float:
    return 0.0


def amplification(plan: Plan) -> float:
    return 1.0


def packed_floats(plan: Plan) -> int:
    """[group][panel][taps × input channels, whole chunks][channel of the panel], then the bias."""
    s = shape(plan)
    return plan.spec.g * s.panels * s.channels * (s.chunks * s.chunk + plan.spec.bias)


def workspace_floats(plan: Plan) -> tuple[int, int]:
    return 0, 0


def tasks(plan: Plan) -> int:
    """Work-groups."""
    s = shape(plan)
    return plan.spec.g * s.panels * s.tiles


def registers(plan: Plan) -> int:
    """Vectors of an item: sums, one term of either side, and what it has loaded ahead."""
    s = shape(plan)
    return plan.mr * plan.nr + plan.nr + -(-plan.mr // LANES) + s.loads + s.weight_loads


def tile(plan: Plan) -> str:
    s = shape(plan)
    return (f"{s.columns} pixels x {s.channels} channels by {s.items} items, {s.chunk} terms at a time; an item has"
            f" {plan.mr} x {plan.nr * LANES}")


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    s = shape(plan)
    trips = {("g", "group"): plan.spec.g, ("oc", "group"): s.panels, ("ow", "group"): s.tiles, ("ic", "seq"): s.chunks}
    return [(loop, trips.get((loop.dim, loop.bind), 1)) for loop in plan.loops]


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


def visits(plan: Plan) -> tuple[Visits, ...]:
    """An item's chunks."""
    s = shape(plan)
    number = tasks(plan) * s.items
    return (Visits(number, plan.mr, plan.nr, s.chunks * s.chunk, s.chunks, plan.nr + plan.mr / LANES, 0),)


def work(plan: Plan) -> Work:
    """What groups load: their tiles of weights and input, once for each of them."""
    s, row, size = shape(plan), plan.target.row, plan.spec.itemsize

    def array(name: str, count: int) -> Array:
        return Array(name, lambda depth: Run(max(1, count), ()), lambda depth: True)

    depth = s.chunks * s.chunk
    return Work(visits(plan), (tasks(plan),), (
        array("weights", row.itemsize * s.channels * depth), array("input", size * s.columns * depth),
        array("output", size * s.channels * s.columns)), (), 0.0)


def view(plan: Plan) -> dict[str, Any]:
    """The context of templates/opencl/implicit.cl.j2."""
    t, s, io = shape(plan), plan.spec, stored(plan.target.row, plan.spec.dtype).scalar
    x, y = map_strides(s, s.ic, s.id, s.ih, s.iw), map_strides(s, s.oc, s.od, s.oh, s.ow)
    o, i, tap = weight_strides(s)
    axes = [axis for axis in s.axes if axis.i > 1 or axis.o > 1 or axis.k > 1 or axis.before or axis.after]
    pitch = {"d": s.kh * s.kw * tap, "h": s.kw * tap, "w": tap}
    along = {"d": x.d, "h": x.h, "w": x.w}
    pixels, terms, pairs = t.lines()
    bias_at = s.g * t.panels * t.channels * t.chunks * t.chunk

    constants = [(f"term{q}", text) for q, text in enumerate(terms)]
    for index in range(len(pixels)):
        p = f"p{index}"
        constants.append((p, f"min(tile + pixel{index}, {t.pixels - 1})"))
        digits = dict(digits_of({"n": s.n, "d": s.od, "h": s.oh, "w": s.ow}, p))
        for axis in axes:
            place = affine(f"({digits[axis.name]})" if axis.name in digits else "", -axis.before) if axis.s == 1 else \
                affine("", (f"({digits.get(axis.name, '0')})", axis.s), -axis.before)
            constants.append((f"i{axis.name}{index}", place))
        constants.append((f"at{index}", affine("", (f"({digits.get('n', '0')})", x.n if s.n > 1 else 0),
                                               ("g", s.icg * x.c if s.g > 1 else 0),
                                               *((f"i{axis.name}{index}", along[axis.name]) for axis in axes))))

    def tap_of(c: str) -> list[tuple[str, str]]:
        """Which tap and channel chunk c (empty: the first) begins with; or every term of it, where it holds several
        taps."""
        found = []
        for q in [""] if t.uniform else [str(q) for q in range(len(terms))]:
            found.append((f"all{q}", affine("", (c, t.chunk), (f"term{q}" if q else "", 1))))
            found.append((f"tap{q}", f"all{q} / {s.icg}"))
            found += [(f"k{axis}{q}", text) for axis, text in digits_of(
                {axis.name: axis.k for axis in axes}, f"tap{q}")]
            found.append((f"step{q}", affine("", *((f"k{axis.name}{q}", axis.d * along[axis.name])
                                                   for axis in axes if axis.k > 1), (f"all{q} % {s.icg}", x.c))))
        return found

    def fetch(index: int, pixel: int, term: int) -> Fetch:
        q = "" if t.uniform else str(term)
        inside = [f"(uint)({affine(f'i{axis.name}{pixel}', (f'k{axis.name}{q}', axis.d if axis.k > 1 else 0))})"
                  f" < {axis.i}" for axis in axes if axis.before or axis.after]
        inside += [f"all{q} < {t.terms}"] * (not t.uniform and t.terms % t.chunk > 0)
        offset = f"at{pixel} + step{q}" + (f" + term{term} * {x.c}" if t.uniform else "")
        width = LANES if t.wide else 1
        places = [affine("", (f"term{term}", t.input_pitch), (f"pixel{pixel}", 1), j * t.input_pitch)
                  for j in range(width)]
        return Fetch(f"x{index}", " && ".join(inside), offset, tuple(places))

    def weights_of(c: str) -> list[str]:
        return [affine("", (c, t.chunk * t.channels), ("item", LANES), j * t.items * LANES)
                for j in range(t.weight_loads)]

    group = t.group_of_rows
    row_at = [r % group + r // group * group * t.down for r in range(plan.mr)]
    vector_at = [v * LANES * t.across for v in range(plan.nr)]

    def row_of_sums(r: int) -> dict[str, Any]:
        """Where a row goes: its pixel and its vectors' channels, or its channel and its vectors' pixels."""
        sums = [{"acc": f"acc{r}_{v}", "more": more, "left": f"{s.ocg - more} - oc",
                 "place": affine("tile", ("across", LANES), more)} for v, more in enumerate(vector_at)]
        return {"place": affine("tile" if t.by_channel else "oc0", ("down", group), row_at[r]), "sums": sums,
                "bias": affine("bias", row_at[r])}

    def pixel_place(j: int) -> str:
        """Of output pixel p + j, channels first."""
        p = f"({affine('p', j)})" if j else "p"
        return f"channel + (size_t)({p} / {t.plane}) * {y.n} + {p} % {t.plane}" if s.n > 1 else affine("channel + p", j)

    of_input, of_weights = (t.input_pitch, 0), (t.weights_pitch, t.chunk * t.input_pitch)
    (row_pitch, row_base), (vector_pitch, vector_base) = \
        (of_input, of_weights) if t.by_channel else (of_weights, of_input)
    return {
        "t": t, "y": y, "axes": axes, "pixels": pixels, "item_constants": constants, "tap_of": tap_of,
        "fetches": [fetch(index, *pair) for index, pair in enumerate(pairs)],
        "rows": range(plan.mr), "vectors": range(plan.nr), "group_of_rows": group,
        "row_type": "float" if group == 1 else f"float{group}",
        "row_at": row_at, "vector_at": vector_at, "affine": affine, "weights_of": weights_of,
        "row_value": [f"r{r // group}" + f".s{r % group}" * (group > 1) for r in range(plan.mr)],
        "weight_places": [affine("", ("item", LANES), t.chunk * t.input_pitch + LANES * j * t.items)
                          for j in range(t.weight_loads)],
        "tile_start": affine("", (f"(int)task % {t.tiles}", t.columns if t.tiles > 1 else 0)),
        "panel": "(int)task" + f" / {t.tiles}" * (t.tiles > 1),
        "group": "panel" + f" / {t.panels}" * (t.panels > 1),
        "panel_start": affine("", ("panel" + f" % {t.panels}" * (s.g > 1), t.channels if t.panels > 1 else 0)),
        "first_channel": ("g", s.ocg if s.g > 1 else 0),
        "bias_of_item": affine("", ("panel", t.channels), ("across", LANES) if t.by_channel else ("down", group),
                               bias_at),
        "rows_of_sums": [row_of_sums(r) for r in range(plan.mr)],
        "pixel_places": [pixel_place(j) for j in range(1 if t.aligned else LANES)],
        "first_row": affine("", ("down", group), row_base), "row_pitch": row_pitch,
        "first_vector": affine("", ("across", LANES), vector_base), "vector_pitch": vector_pitch,
        "bias_from": f"at / {t.panels * t.channels} * {s.ocg} + in_group",
        "bias_at": bias_at, "panel_floats": t.chunks * t.chunk * t.channels,
        "tap": digits_of({axis.name: axis.k for axis in axes}, "tap"),
        "weight_at": affine("", ("oc", o), ("ic", i), *(
            (f"({axis.k - 1} - k{axis.name})" if s.flip else f"k{axis.name}", pitch[axis.name]) for axis in axes)),
        "task_parameters": ["size_t task", f"const {io} *input", "const float *packed",
                            *[f"const {io} *residual"] * s.residual, f"{io} *output", "__local float *shared"],
        "pack": "opencl/implicit_pack.cl.j2", "packers": s.g * t.panels * t.chunks * t.chunk,
        "phases": [Phase("compute_task", tasks(plan), "tiles of the output", items=t.items, shared=2 * t.buffer)],
    }


def digits_of(extents: dict[str, int], number: str) -> list[tuple[str, str]]:
    """(axis, C expression) of a number of mixed radix, the last axis running fastest; axes of one need none."""
    found: list[tuple[str, str]] = []
    below = 1
    left = [(name, extent) for name, extent in extents.items() if extent > 1]
    for index in reversed(range(len(left))):
        name, extent = left[index]
        text = number + (f" / {below}" if below > 1 else "") + (f" % {extent}" if index else "")
        found.insert(0, (name, text))
        below *= extent
    return found
