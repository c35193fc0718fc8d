"""Implicit matrix product by the matrix instructions of NVIDIA's GPUs (matrix_rows.py), "tensor cores".

As implicit.py, Y = W · X with tiles of output channels × pixels by work-groups; here a warp of 32 items has a part
of the tile in registers, 8 mr rows × 16 nr columns, and the tile of the other operands goes through a ring of
buffers in local memory, filled by copies that no item waits for before it must:

    wait for chunk c; start to copy chunk c + stages - 1; multiply chunk c

lanes = "oc": rows are pixels, columns channels; lanes = "ow": the reverse. Both operands lie in local memory with the
sum innermost, 16 words of a chunk a row, whose quarters are permuted (`turn`) so that neither the copies nor the loads
of eight rows at once meet in a bank. Numbers that cannot be copied 16 bytes at a time, since they are no neighbours in
memory, pass through registers.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from ..isas import stored
from ..matrix_rows import BLOCK, MATRIX_ROWS, ROW, SLOT, WARP_LANES, WORDS, M, MatrixRow, spread_in_c
from ..plan import UNIT_ROUNDOFF, Loop, Plan
from ..spec import ConvSpec
from ..target import Target
from .geometry import map_strides, weight_strides
from .implicit import LARGEST, digits_of, shared
from .nest import Phase, affine
from .space import Space
from .work import Array, Run, Visits, Work

NAME = "tensor"
TEMPLATE = "opencl/tensor.cl.j2"

LANES = 4  # of the vectors that sums are finished in
SLOTS = ROW // SLOT  # copies of a row of a chunk
STAGES = 4  # buffers at most
KEPT = 144  # sums, and numbers on their way to local memory, that an item may have in its 255 registers
DRAWS = 4.4  # standard deviations of the worst of some 10^5 outputs


class Number(NamedTuple):
    """One number of a slot, in C: its variable, whether it lies inside the input, and where."""

    name: str
    inside: str
    place: str


class Copy(NamedTuple):
    """A slot of the input that an item brings, in C: the condition of the items that do, empty for all; (name, value)
    of a pointer to its numbers, if they lie at known distances; where it goes in a buffer; its numbers, only the first
    where it is copied as one; and its words, made of them."""

    only: str
    pointer: tuple[tuple[str, str], ...]
    place: str
    numbers: tuple[Number, ...]
    words: tuple[str, ...]


class Shape:
    """The numbers of a plan."""

    def __init__(self, plan: Plan) -> None:
        s, self.plan, self.spec = plan.spec, plan, plan.spec
        self.matrix = MATRIX_ROWS[s.dtype]
        outer = {loop.dim: loop.step for loop in plan.loops if loop.bind == "group"}
        self.channels, self.columns = outer["oc"], outer["ow"]  # of a group's tile
        self.by_channel = plan.lanes == "oc"
        vectors, rows = (self.channels, self.columns) if self.by_channel else (self.columns, self.channels)
        self.warp_rows, self.warp_columns = 8 * plan.mr, BLOCK * plan.nr
        self.down, self.across = rows // self.warp_rows, vectors // self.warp_columns  # warps
        self.items = WARP_LANES * self.down * self.across
        self.chunk = ROW * self.matrix.each  # terms
        self.slot = SLOT * self.matrix.each
        self.terms = s.terms
        self.chunks = -(-self.terms // self.chunk)
        # neighbours in the sum that share a tap: a chunk, a slot, or one number
        self.grain = next(g for g in (self.chunk, self.slot, 1) if s.icg % g == 0)
        self.panels = -(-s.ocg // self.channels)
        self.plane = s.od * s.oh * s.ow
        self.pixels = s.n * self.plane
        self.tiles = -(-self.pixels // self.columns)
        self.wide = s.channels_last and self.grain > 1  # input in whole slots
        # vectors of the output are at multiples of their size, and all or nothing
        self.aligned = (s.ocg if self.by_channel else self.plane) % LANES == 0
        self.buffer = (self.columns + self.channels) * ROW  # words of one of them
        device = plan.target.device
        self.stages = min(STAGES, max(2, (device.local_bytes if device else 0) // (4 * self.buffer)))
        self.exchange = self.items * SLOT * (plan.mr // 2 + plan.nr)  # words, where instructions are emulated

    def loads(self, rows: int) -> list[str]:
        """Of each load of an item for so many rows of a tile: the condition, in C, of the items that do it."""
        left = [rows * SLOTS - start for start in range(0, rows * SLOTS, self.items)]
        return [f"item < {items}" if items < self.items else "" for items in left]

    @property
    def packed_words(self) -> int:
        """Of the weights."""
        return self.spec.g * self.panels * self.chunks * self.channels * ROW


shape = functools.lru_cache(maxsize=1024)(Shape)


def row_of(target: Target, dtype: str) -> MatrixRow | None:
    """The instruction for a type that a target has, if any."""
    row = MATRIX_ROWS.get(dtype)
    return row if row and target.is_gpu and target.device and target.device.capability >= row.capability else None


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    row = target.row
    if row_of(target, spec.dtype) is None or row.lanes != LANES or row.arithmetic != "f32":
        return f"tensor needs a GPU with matrix instructions for {spec.dtype} (target={target.name})"
    return None


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None: what the device has, and how items share what they load."""
    s, spec, device = shape(plan), plan.spec, plan.target.device
    assert device is not None
    if s.items > device.group:
        return f"a work-group must not exceed {device.group} items ({s.items})"
    if 4 * s.stages * s.buffer > device.local_bytes:
        return f"tiles must fit local memory ({4 * s.stages * s.buffer} > {device.local_bytes} bytes)"
    if not spec.channels_last and s.columns % s.items and s.items % s.columns:
        return f"items and pixels must divide one another (items={s.items}, pixels={s.columns})"
    kept = 4 * plan.mr * plan.nr + (0 if s.wide else len(s.loads(s.columns)) * s.slot)
    if kept > KEPT:
        return f"an item must not have more than {KEPT} sums and numbers of the input ({kept})"
    if max(math.prod(spec.input_shape), math.prod(spec.output_shape), s.packed_words) > LARGEST:
        return "arrays must have fewer than 2^31 elements"
    return None


def roundings(plan: Plan) -> int:
    """Those of the operands, of each addition of whole instructions, of bias and residual."""
    s = shape(plan)
    products = -(-s.terms // s.matrix.k) * s.matrix.k
    return s.matrix.operand_roundings + s.matrix.roundings * products + plan.spec.bias + plan.spec.residual


def expected_error(plan: Plan) -> float:
    """The largest error to expect of rounded operands among some 10^5 outputs on normal data, relative to their
    sum |x||w|: that of a product has a standard deviation of 0.58 of one rounding; those of a sum cancel."""
    row = MATRIX_ROWS[plan.spec.dtype]
    most = row.operand_roundings * UNIT_ROUNDOFF
    return min(most, DRAWS * 0.29 * most / (math.sqrt(plan.spec.terms) * 2 / math.pi))


def amplification(plan: Plan) -> float:
    return 1.0


def packed_floats(plan: Plan) -> int:
    """[group][panel][chunk][row of a tile][16 words], then the bias, by channel."""
    s = shape(plan)
    return s.packed_words + plan.spec.g * s.panels * s.channels * plan.spec.bias


def workspace_floats(plan: Plan) -> tuple[int, int]:
    return 0, 0


def tasks(plan: Plan) -> int:
    """Work-groups."""
    s = shape(plan)
    return plan.spec.g * s.panels * s.tiles


def registers(plan: Plan) -> int:
    """Vectors of an item: sums, the fragments of one step, and what passes through registers."""
    s = shape(plan)
    through = 0 if s.wide else len(s.loads(s.columns))
    return plan.mr * plan.nr + plan.mr // 2 + plan.nr + through


def tile(plan: Plan) -> str:
    s = shape(plan)
    return (f"{s.columns} pixels x {s.channels} channels by {s.down * s.across} warps, {s.chunk} terms at a time,"
            f" {s.stages} buffers; a warp has {s.warp_rows} x {s.warp_columns}")


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    s = shape(plan)
    trips = {("g", "group"): plan.spec.g, ("oc", "group"): s.panels, ("ow", "group"): s.tiles, ("ic", "seq"): s.chunks}
    return [(loop, trips.get((loop.dim, loop.bind), 1)) for loop in plan.loops]


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops: what a warp has of a tile."""
    for mr, nr in ((8, 4), (8, 2), (4, 4), (4, 2), (4, 1), (2, 2), (2, 1)):
        yield Plan(spec=spec, target=target, algorithm=NAME, lanes="oc" if spec.channels_last else "ow", mr=mr, nr=nr)


def orders(tile: Plan) -> Iterator[tuple[Loop, ...]]:
    """Groups, tiles of whole warps, chunks of the sum, warps, taps."""
    wide, high, chunk = BLOCK * tile.nr, 8 * tile.mr, ROW * MATRIX_ROWS[tile.spec.dtype].each
    for down, across in itertools.product((1, 2, 4, 8), repeat=2):
        if 2 <= down * across <= 8:
            yield shared(tile.lanes, (across * wide, wide), (down * high, high), chunk)


SPACE = Space(unfit, tiles, orders, limit)
plans, check = SPACE.plans, SPACE.check


def visits(plan: Plan) -> tuple[Visits, ...]:
    """An item's chunks. A warp loads its rows and columns once for all of its items."""
    s, target = shape(plan), plan.target
    loads = (s.warp_rows + s.warp_columns) / (WARP_LANES * SLOT * s.matrix.each)
    return (Visits(tasks(plan) * s.items, plan.mr, plan.nr, s.chunks * s.chunk, s.chunks, loads, 0,
                   speed=s.matrix.rate / (target.row.lanes * target.fma_rate), ahead=s.stages - 1),)


def work(plan: Plan) -> Work:
    """What groups load: their tiles of weights and input, once for each of them."""
    s, size = shape(plan), plan.spec.itemsize

    def array(name: str, numbers: int) -> Array:
        return Array(name, lambda depth: Run(max(1, size * numbers), ()), lambda depth: True)

    depth = s.chunks * s.chunk
    return Work(visits(plan), (tasks(plan),), (
        array("weights", s.channels * depth), array("input", s.columns * depth),
        array("output", s.channels * s.columns)), (), 0.0)


class Input:
    """How the items of a group bring the input: the constants of an item, and its copies."""

    def __init__(self, plan: Plan) -> None:
        self.t, self.s = shape(plan), plan.spec
        t, s = self.t, self.s
        self.strides = map_strides(s, s.ic, s.id, s.ih, s.iw)
        self.axes = [axis for axis in s.axes if axis.i > 1 or axis.o > 1 or axis.k > 1 or axis.before or axis.after]
        self.along = {"d": self.strides.d, "h": self.strides.h, "w": self.strides.w}
        self.rows: list[str] = []  # of a tile
        self.slots: list[str] = []
        self.pairs = []
        for index in range(len(t.loads(t.columns))):
            if s.channels_last:  # neighbours have the slots of a row
                row, slot = affine(f"item / {SLOTS}", index * t.items // SLOTS), f"item % {SLOTS}"
            elif t.columns % t.items == 0:  # neighbours have neighbouring pixels
                parts = t.columns // t.items
                row, slot = affine("item", index % parts * t.items), str(index // parts)
            else:
                row = f"item % {t.columns}"
                slot = affine(f"item / {t.columns}", index * (t.items // t.columns))
            for value, values in ((row, self.rows), (slot, self.slots)):
                if value not in values:
                    values.append(value)
            self.pairs.append((self.rows.index(row), self.slots.index(slot)))

    def constants(self) -> list[tuple[str, str]]:
        """(name, value) in C: rows and slots of an item, its pixels, and where in the input they begin."""
        t, s, axes = self.t, self.s, self.axes
        found = [(f"slot{q}", text) for q, text in enumerate(self.slots)]
        for index, row in enumerate(self.rows):
            p, r = f"p{index}", f"row{index}"
            pixel = r if t.by_channel else spread_in_c(r)
            found += [(r, row), (p, f"min(tile + {pixel}, {t.pixels - 1})")]
            digits = dict(digits_of({"n": s.n, "d": s.od, "h": s.oh, "w": s.ow}, p))
            for axis in axes:
                digit = f"({digits[axis.name]})" if axis.name in digits else ""
                found.append((f"i{axis.name}{index}", affine("", (digit, axis.s), -axis.before)))
            found.append((f"at{index}", affine("", (f"({digits.get('n', '0')})", self.strides.n if s.n > 1 else 0),
                                               ("g", s.icg * self.strides.c if s.g > 1 else 0),
                                               *((f"i{axis.name}{index}", self.along[axis.name]) for axis in axes))))
        return found

    def _key(self, slot: int, number: int) -> str:
        """Which variables say where a number's tap is."""
        return {self.t.chunk: "", self.t.slot: str(slot), 1: f"{slot}_{number}"}[self.t.grain]

    def taps(self, c: str) -> list[tuple[str, str]]:
        """(name, value) in C: for chunk c, the term that each chunk, slot or number of an item is, its tap, and how far
        that is from where a pixel begins."""
        t, s = self.t, self.s
        found: list[tuple[str, str]] = []
        for slot in range(len(self.slots)):
            for number in range(t.slot):
                q = self._key(slot, number)
                if any(name == f"all{q}" for name, _ in found):
                    continue
                own = [(f"slot{slot}", t.slot)] if q else []
                found += [(f"all{q}", affine("", chunks(c, t.chunk), *own, number if t.grain == 1 else 0)),
                          (f"tap{q}", f"all{q} / {s.icg}")]
                found += [(f"k{name}{q}", text) for name, text in digits_of(
                    {axis.name: axis.k for axis in self.axes}, f"tap{q}")]
                found.append((f"step{q}", affine("", *((f"k{axis.name}{q}", axis.d * self.along[axis.name])
                                                       for axis in self.axes if axis.k > 1),
                                                 (f"all{q} % {s.icg}", self.strides.c))))
        return found

    def copies(self) -> list[Copy]:
        t, x = self.t, self.strides
        found = []
        for index, ((pixel, slot), only) in enumerate(zip(self.pairs, t.loads(t.columns), strict=True)):
            numbers, pointer = [], dict[str, str]()
            for number in range(1 if t.wide else t.slot):
                q = self._key(slot, number)
                inside = [f"(uint)({affine(f'i{axis.name}{pixel}', (f'k{axis.name}{q}', axis.d if axis.k > 1 else 0))})"
                          f" < {axis.i}" for axis in self.axes if axis.before or axis.after]
                inside += [f"all{q} < {t.terms}"] * (t.terms % t.chunk > 0)
                own = [(f"slot{slot}", t.slot * x.c)] if t.grain == t.chunk else []
                offset = affine(f"at{pixel} + step{q}", *own)
                if t.grain > 1:
                    pointer[f"from{index}"] = f"numbers + ({offset})"
                at = f"numbers[{offset}]" if t.grain == 1 else f"from{index}[{number * x.c}]"
                numbers.append(Number(f"x{index}_{number}", " && ".join(inside) or "true", at))
            each = t.matrix.each
            words = [" | ".join(f"(uint){numbers[each * word + part].name}" + f" << {part * t.matrix.bits}" * (part > 0)
                                for part in range(each)) for word in range(0 if t.wide else SLOT)]
            place = f"row{pixel} * {ROW} + (slot{slot} ^ row{pixel} / 2 % {SLOTS}) * {SLOT}"
            found.append(Copy(only, tuple(pointer.items()), place, tuple(numbers), tuple(words)))
        return found


def chunks(c: str, size: int) -> tuple[str, int] | int:
    """The term of `affine` for chunk c, a variable or a number."""
    return int(c) * size if c.isdecimal() else (c, size)


def operands(plan: Plan) -> list[tuple[str, str, str]]:
    """(name, fragment, what the warp shares of it) of each operand of a step, in C."""
    t = shape(plan)
    found: list[tuple[str, str, str]] = []
    for name, what, count, block, rounds in (("a", "row", plan.mr // 2, M, t.by_channel),
                                             ("b", "column", plan.nr, BLOCK, not t.by_channel)):
        for j in range(count):
            words = f"fragment_of_{what}s({affine(f'{what}_tile', j * block * ROW)}, step, lane)"
            found.append((f"{name}{j}", t.matrix.rounded_words(words) if rounds else words,
                          affine("held", len(found) * WARP_LANES * SLOT)))
    return found


def view(plan: Plan) -> dict[str, Any]:
    """The context of templates/opencl/tensor.cl.j2."""
    t, s, matrix = shape(plan), plan.spec, shape(plan).matrix
    given = Input(plan)
    y = map_strides(s, s.oc, s.od, s.oh, s.ow)
    o, i, tap = weight_strides(s)
    pitch = {"d": s.kh * s.kw * tap, "h": s.kw * tap, "w": tap}
    vector_at = [v * BLOCK for v in range(plan.nr)]

    def row_of_sums(r: int) -> dict[str, Any]:
        """Where a row goes: its pixel and its vectors' channels, or its channel and its vectors' pixels."""
        sums = [{"acc": f"acc{r // 2}_{v}.{('lo', 'hi')[r % 2]}", "more": more, "left": f"{s.ocg - more} - oc",
                 "place": affine("tile", ("across", LANES), more)} for v, more in enumerate(vector_at)]
        return {"place": affine("tile" if t.by_channel else "oc0", ("down", 1), 8 * r), "sums": sums,
                "bias": affine("bias", 8 * r)}

    def pixel_place(j: int) -> str:
        """Of output pixel p + j, channels first."""
        p = f"({affine('p', j)})" if j else "p"
        return f"channel + (size_t)({p} / {t.plane}) * {y.n} + {p} % {t.plane}" if s.n > 1 else affine("channel + p", j)

    def weight_copies(c: str) -> list[tuple[str, str, str]]:
        """(condition of the items that do it, to, from) of an item's copies for chunk c."""
        return [(only, affine("buffers + next", ("item", SLOT), of_weights + j * t.items * SLOT),
                 affine("weights", chunks(c, t.channels * ROW), ("item", SLOT), j * t.items * SLOT))
                for j, only in enumerate(t.loads(t.channels))]

    of_input, of_weights = 0, t.columns * ROW
    row_base, vector_base = (of_input, of_weights) if t.by_channel else (of_weights, of_input)
    panels = s.g * t.panels
    row = plan.target.row
    bias_at = t.packed_words
    scalar = stored(row, s.dtype).scalar
    return {
        "isa": msgspec.structs.replace(row, helpers={**row.helpers, **matrix.helpers}),
        "t": t, "y": y, "matrix": matrix, "axes": given.axes, "affine": affine,
        "item_constants": given.constants(), "taps": given.taps, "copies": given.copies(),
        "weight_copies": weight_copies,
        "steps": ROW // WORDS, "operands": operands(plan),
        "products": [(f"acc{i}_{j}", f"a{i}", f"b{j}", *(affine("held", k * WARP_LANES * SLOT)
                                                         for k in (i, plan.mr // 2 + j)))
                     for i in range(plan.mr // 2) for j in range(plan.nr)],
        "row_blocks": range(plan.mr // 2), "vectors": range(plan.nr),
        "row_tile": affine("buffers + now", (f"(warp % {t.down})", t.warp_rows * ROW if t.down > 1 else 0), row_base),
        "column_tile": affine("buffers + now", (f"(warp / {t.down})" if t.down > 1 else "warp",
                                      t.warp_columns * ROW if t.across > 1 else 0), vector_base),
        "exchange_of_warp": (plan.mr // 2 + plan.nr) * WARP_LANES * SLOT,
        "down": affine("lane / 4", (f"warp % {t.down}", t.warp_rows if t.down > 1 else 0)),
        "across": affine("lane % 4", (f"warp / {t.down}" if t.down > 1 else "warp",
                                      t.warp_columns // LANES if t.across > 1 else 0)),
        "panel": f"(int)(task % {panels})" if panels > 1 else "0",
        "tile_start": affine("", (f"(int)(task / {panels})" if panels > 1 else "(int)task",
                                  t.columns if t.tiles > 1 else 0)),
        "group": "panel" + f" / {t.panels}" * (t.panels > 1),
        "panel_start": affine("", ("panel" + f" % {t.panels}" * (s.g > 1), t.channels if t.panels > 1 else 0)),
        "panel_words": t.chunks * t.channels * ROW,
        "first_channel": ("g", s.ocg if s.g > 1 else 0),
        "bias_of_item": affine("", ("panel", t.channels), ("across", LANES) if t.by_channel else ("down", 1), bias_at),
        "rows_of_sums": [row_of_sums(r) for r in range(plan.mr)],
        "pixel_places": [pixel_place(j) for j in range(1 if t.aligned else LANES)],
        "packed_row": "j" if not t.by_channel else f"({spread_in_c('j')})",
        "bias_at": bias_at, "rows_packed": panels * t.chunks * t.channels,
        "tap": digits_of({axis.name: axis.k for axis in given.axes}, "tap"),
        "weight_at": affine("", ("oc", o), ("ic", i), *(
            (f"({axis.k - 1} - k{axis.name})" if s.flip else f"k{axis.name}", pitch[axis.name])
            for axis in given.axes)),
        "task_parameters": ["size_t task", f"const {scalar} *input", "const float *packed",
                            *[f"const {scalar} *residual"] * s.residual, f"{scalar} *output", "__local float *shared"],
        "packers": panels * t.chunks * t.channels,
        "phases": [Phase("compute_task", tasks(plan), "tiles of the output", items=t.items,
                         shared=f"{t.stages * t.buffer} + EMULATED * {t.exchange}")],
    }
