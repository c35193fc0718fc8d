"""What a Fourier plan for GPUs prints: the tasks of gpu.py, and how rows of blocks are cut."""

from __future__ import annotations

import math
from typing import NamedTuple

from ...machine.noted import Rows
from ...plan.plan import Plan
from ...plan.program import (
    For,
    Let,
    Node,
    Parameter,
    Phase,
    Program,
    Statement,
    View,
    affine,
    indices,
    packing_parameters,
    reads,
    writes,
)
from ..matmul.window import digits_of
from ..tiled.geometry import Strides
from ..winograd.gpu_view import ROOM, SHARE
from ..winograd.index import Index, Term, known, term
from .blocks import Blocks, End, Place, loop
from .butterflies import Pass
from .numbers import Cut, Numbers, numbers
from .packing import Packing
from .transform import Butterfly, butterflies

FEWEST, MOST = 32, 256  # work-items of a group
RADIX = 8  # points of most codelets
MEET = "barrier(CLK_LOCAL_MEM_FENCE);"


def items(plan: Plan, points: int) -> int:
    """Work-items that transform so many points together: one for each codelet, or some for each."""
    assert plan.target.device is not None
    return min(max(points // RADIX, FEWEST), MOST, 1 << plan.target.device.group.bit_length() - 1)


def lines_at_once(t: Numbers) -> int:
    """Rows of blocks whose spectra are in the workspace together: as many as there is room for."""
    s, line = t.spec, t.spec.ic * t.slots * t.plane
    most = int(max(ROOM, SHARE * max(math.prod(s.input_shape), math.prod(s.output_shape)))) // line
    parts = -(-t.lines // max(1, most))
    return t.lines if t.choices.fused else -(-t.lines // parts)


class Step(NamedTuple):
    """A pass of all blocks that a group has. name: of its function. turns: of all of them; at: where the points of
    turn `turn` begin, in C; given: what else the function is told."""

    name: str
    turns: int
    at: str
    given: list[str]


class Half(NamedTuple):
    """One block of a pair, its numbers the real or the imaginary parts. places: (name, C expression) of where row `i`
    and column `j` of it are in the array; inside: the condition for there to be such a number, empty for always; at:
    where it lies; held: where in local memory."""

    places: list[tuple[str, str]]
    inside: str
    at: str
    held: str


class Pair(NamedTuple):
    """A pair of a task, or its products for one of the task's output channels. at: where it is in shared memory;
    given: its place, as functions are told; inside: when there is one, empty for always. m, o: which it is."""

    m: int
    o: int
    at: str
    given: list[str]
    inside: str


class FourierGpuView(View, frozen=True, kw_only=True):
    """What templates/opencl/fourier.cl.j2 prints.

    t: the plan's numbers. butterflies: passes; steps: those of a way, there and back. items: of a phase's groups.
    signatures: parameters of functions, by name. places: (name, C expression) of the indices of a task, by phase.
    taken: where the pair of a task that transforms is, in C; pairs: those of a task that multiplies, products: of each
    with each of its output channels; multiply: what makes these. loads, stores: both blocks of a pair; point: the
    number of a point in them, of which `digits` are row and column when it is loaded, and when it is stored. spectra,
    weights: where a task's begin. numbers: (name, C expression) of an output channel. finished: an output, of `value`.
    pack: NAME_pack. term: of addresses.
    """

    t: Numbers
    butterflies: list[Butterfly]
    steps: dict[str, list[Step]]
    items: dict[str, int]
    signatures: dict[str, tuple[Parameter, ...]]
    places: dict[str, list[tuple[str, str]]]
    taken: list[str]
    pairs: list[Pair]
    products: list[Pair]
    multiply: list[Node]
    point: str
    digits: dict[str, list[tuple[str, str]]]
    loads: list[Half]
    stores: list[Half]
    spectra: str
    weights: str
    numbers: list[tuple[str, str]]
    finished: str
    pack: Packing
    term: object


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/opencl/fourier.cl.j2 prints; rows note the helpers that it calls."""
    maker = Maker(plan, rows)
    t, s, pack, fused = maker.t, plan.spec, Packing(maker.t, maker.row), maker.t.choices.fused
    residual, phases = ["residual"] * s.residual, list[Phase]()
    for first in range(0, t.lines, maker.lines):
        count, told = min(maker.lines, t.lines - first), [str(first)] * maker.several
        if not fused:
            phases.append(Phase("transform_task", count * s.ic * t.slots, "pairs of blocks of the input, transformed", (
                "task", "input", "packed", "workspace", *told), maker.items["transform_task"], t.spectrum))
        phases.append(Phase(
            "multiply_task", count * t.tasks // t.lines, "pairs of blocks: their products" + " and transforms" * fused,
            ("task", "input" if fused else "workspace", "packed", *residual, "output", *told),
            maker.items["multiply_task"], t.spectrum * plan.mr * plan.nr))
    return Program(
        row=maker.row, template="opencl/fourier.cl.j2", pack="fourier/pack.c.j2", view=maker.view(pack),
        phases=tuple(phases), parameters=packing_parameters(s, maker.row, "void"), packed=t.packed,
        workspace=0 if fused else maker.lines * s.ic * t.slots * t.plane, packers=pack.packers)


class Maker:
    """One plan's program in the making."""

    def __init__(self, plan: Plan, rows: Rows) -> None:
        self.plan, self.spec, self.t = plan, plan.spec, numbers(plan)
        self.row = rows.of(self.t.row)
        self.blocks = Blocks(self.t, self.row)
        self.lines = lines_at_once(self.t)
        self.several = self.lines < self.t.lines
        self.items = {"transform_task": items(plan, self.t.points),
                      "multiply_task": items(plan, self.t.points * plan.mr * plan.nr)}

    def view(self, pack: Packing) -> FourierGpuView:
        t, s = self.t, self.spec
        passes = self.passes()
        known = butterflies([(step, self._call(step, pitch)) for step, pitch in passes])
        places = self.places()
        at = {name: name for name, _ in places["multiply_task"]}

        def steps(both: list[tuple[Pass, int]], transforms: int) -> list[Step]:
            return [self._step(known[step.name], step, pitch, transforms) for step, pitch in both]

        return FourierGpuView(
            t=t, butterflies=list(known.values()), items=self.items, signatures=self.signatures(known),
            steps={"transform": steps(passes, self.plan.mr if t.choices.fused else 1),
                   "transform_back": steps(passes[::-1], self.plan.mr * self.plan.nr)},
            places=places,
            taken=self.blocks.read.names,
            pairs=[self._pair(m, 0, self.blocks.read, 1) for m in range(self.plan.mr)],
            products=[self._pair(m, o, self.blocks.written, self.plan.nr)
                      for m in range(self.plan.mr) for o in range(self.plan.nr)],
            multiply=self.multiply(), point="j" if t.flat else "point",
            digits={name: self._digits(*extents) for name, extents in
                    (("load", (t.h.size, t.w.size)), ("store", (t.h.step, t.w.step)))},
            loads=[self._half(end, self.blocks.read, t.x, (t.h.before, t.w.before), True) for end in self.blocks.ends],
            stores=[self._half(end, self.blocks.written, t.y, (0, 0), False) for end in self.blocks.ends],
            spectra=affine("workspace", (at.get("line", ""), s.ic * t.slots * t.plane),
                           (at.get("g", ""), s.icg * t.slots * t.plane), (at.get("tile", ""), self.plan.mr * t.plane)),
            weights=affine("packed", ("c" if s.oc > 1 else "", t.terms * t.spectrum)),
            numbers=[(name, f"packed[{affine('', term(self.blocks.written.c), place)}]") for name, place in
                     [*[("bias", t.bias_at)] * s.bias, *[("slope", t.slopes_at)] * s.slopes]],
            finished=self._finished("value"), pack=pack, term=term)

    # --- transforms ---

    def passes(self) -> list[tuple[Pass, int]]:
        """Each with how many points lie between two neighbours of what it transforms."""
        return [*((step, self.t.columns) for step in self.t.column_passes), *((step, 1) for step in self.t.row_passes)]

    def _call(self, step: Pass, pitch: int) -> dict[str, Index]:
        """What a pass is told: an item does one turn of it at a time."""
        return {"step": 0, "apart": 2 * step.turns * pitch, "count": 1}

    def _step(self, one: Butterfly, step: Pass, pitch: int, transforms: int) -> Step:
        """Turns of all transforms side by side and of all that follow each other, the former running faster."""
        turns, span = self.t.points * transforms // step.radix, step.turns * pitch
        block, inner = (f"turn / {span}", f"turn % {span}") if span > 1 else ("turn", "")
        if turns == span:
            block, inner = "", "turn"
        root = inner + f" / {pitch}" * (pitch > 1)
        table = affine("packed", (root, 2 * step.roots), self.t.roots_at + 2 * step.table)
        return Step(one.name, turns, affine("z", (block, 2 * step.radix * span), (inner, 2)),
                    [*one.told.of(self._call(step, pitch)), *[table] * (step.roots > 0)])

    # --- blocks ---

    def places(self) -> dict[str, list[tuple[str, str]]]:
        """(name, C expression) of the indices of a task. `line`: the row of blocks, among those of its phase."""
        t, s = self.t, self.spec
        line = "row" if self.several else "line"
        rows = [*[("row", "first" + " + line" * (self.lines > 1))] * self.several,
                *digits_of({"n": t.images, "d": s.od, "bh": t.down}, line)]
        own = digits_of({"line": self.lines, "c": s.ic, "b": t.slots}, "(int)task")
        products = digits_of({"line": self.lines, "g": s.g, "part": t.groups_of, "tile": t.tiles}, "(int)task")
        names = {name for name, _ in products}
        channel = affine("", ("g" if "g" in names else "", s.ocg), ("part" if "part" in names else "", self.plan.nr))
        return {"transform_task": [*own, *rows], "multiply_task": [*products, *rows, *[("c", channel)] * (s.oc > 1)]}

    def _pair(self, m: int, o: int, place: Place, channels: int) -> Pair:
        t = self.t
        index = affine("", ("tile" if t.tiles > 1 else "", self.plan.mr), m)
        given = {"b": index, "c": affine("c", o)}
        left = t.across % self.plan.mr
        return Pair(m, o, affine("shared", (m * channels + o) * t.spectrum),
                    [given.get(name, name) for name in place.names],
                    f"{index} < {t.across}" if left and m >= left else "")

    def _digits(self, rows: int, columns: int) -> list[tuple[str, str]]:
        """Row and column of a number among so many, of a signal the number itself."""
        return [] if self.t.flat else digits_of({"i": rows, "j": columns}, "point")

    def _half(self, end: End, place: Place, strides: Strides, before: tuple[int, int], into: bool) -> Half:
        t, s = self.t, self.spec
        names = {name for name, _ in self._digits(t.h.size if into else t.h.step, t.w.size if into else t.w.step)}
        i, j = "i" if "i" in names else "", "j" if t.flat or "j" in names else ""
        found = {"row": known(affine("", term(place.bh, t.h.step), (i, 1), end.row - before[0])),
                 "column": known(affine("", term(place.b, t.w.step), (j, 1), end.column - before[1]))}
        named = {name: f"{name}{end.part}" if isinstance(index, str) else index for name, index in found.items()}
        at = affine("", term(place.n, strides.n), end.image * strides.n, term(place.d, strides.d),
                    term(place.c, strides.c), term(named["row"], strides.h), term(named["column"], strides.w))
        if into:
            first, last = (-t.h.before + end.row, -t.w.before + end.column), (self.blocks.bottom, self.blocks.right)
            inside = [f"(uint){named[name]} < {extent}" for name, extent, low, high in
                      zip(named, (s.ih, s.iw), first, last, strict=True) if low < 0 or high >= extent]
        else:
            inside = [f"{named[name]} < {extent}" for name, extent, cut in
                      zip(named, (s.oh, s.ow), (t.h, t.w), strict=True) if self._ragged(cut, extent, name)]
        missing = [f"!({self.blocks.missing})"] * bool(end.part and self.blocks.missing)
        held = affine("", (i, 2 * t.w.size), (j, 2), end.part)
        return Half([(str(named[name]), index) for name, index in found.items() if isinstance(index, str)],
                    " && ".join([*missing, *inside]), at, held)

    def _ragged(self, cut: Cut, extent: int, name: str) -> bool:
        """Whether blocks reach beyond the outputs along an axis."""
        beyond = self.t.odd and self.t.paired == ("b" if name == "column" else "bh")
        return cut.blocks * cut.step > extent or beyond

    def _finished(self, value: str) -> str:
        """An output after the epilogue."""
        s, row = self.spec, self.row
        value = row.add(value, "bias") if s.bias else value
        value = row.add(value, "residual[at]") if s.residual else value
        if s.slopes:
            return row.both_in_f32("activate", value, "slope")
        return row.in_f32("activate", value) if s.activation != "none" else value

    # --- products ---

    def multiply(self) -> list[Node]:
        """Spectra of a task's pairs times those of its output channels' weights, frequency by frequency: of those in
        local memory, in place; of others sums over input channels and parts of the kernel, to local memory."""
        nodes = self._in_place() if self.t.choices.fused else self._summed()
        return [For("f", "item", str(self.t.points), self.items["multiply_task"], "", nodes), Statement(MEET)]

    def _point(self, at: str, name: str) -> Node:
        """A complex number of an array, which is loaded as one."""
        return Let("const float2 ", name, f"*(const __global float2 *)({at})")

    def _at(self, plane: int, part: int) -> str:
        """A number of a spectrum in local memory."""
        return f"z[{affine('', ('f', 2), plane * self.t.spectrum + part)}]"

    def _in_place(self) -> list[Node]:
        row, nodes = self.row, [self._point("weights + f * 2", "w")]
        for m in range(self.plan.mr):
            a, b = f"a{m}", f"b{m}"
            nodes += [Let("const float ", a, self._at(m, 0)), Let("const float ", b, self._at(m, 1)),
                      Statement(f"{self._at(m, 0)} = {row.fnma(b, 'w.s1', row.mul(a, 'w.s0'))};"),
                      Statement(f"{self._at(m, 1)} = {row.fma(b, 'w.s0', row.mul(a, 'w.s1'))};")]
        return nodes

    def _summed(self) -> list[Node]:
        t, row, pairs, channels = self.t, self.row, range(self.plan.mr), range(self.plan.nr)
        sums = [(m, o, f"re{m}_{o}", f"im{m}_{o}") for m in pairs for o in channels]
        channel = t.slots * t.plane  # from one to the next

        def place(number: Index) -> tuple[Term, ...]:
            if t.parts == 1 or isinstance(number, int):
                return (term(number, channel),)
            if self.spec.icg == 1:
                return (term(number, t.plane),)
            return (f"{number} / {t.parts}", channel), (f"{number} % {t.parts}", t.plane)

        def summed(number: Index) -> list[Node]:
            nodes = [self._point(affine("spectra", *place(number), ("f", 2), m * t.plane), f"x{m}") for m in pairs]
            nodes += [self._point(affine("weights", term(number, t.term_pitch), ("f", 2), o * t.channel_pitch), f"w{o}")
                      for o in channels]
            for m, o, re, im in sums:
                nodes += [Statement(f"{re} = {row.fma(f'x{m}.s0', f'w{o}.s0', re)};"),
                          Statement(f"{im} = {row.fma(f'x{m}.s0', f'w{o}.s1', im)};"),
                          Statement(f"{re} = {row.fnma(f'x{m}.s1', f'w{o}.s1', re)};"),
                          Statement(f"{im} = {row.fma(f'x{m}.s1', f'w{o}.s0', im)};")]
            return nodes

        return [*(Let("float ", name, row.zero()) for _, _, *both in sums for name in both),
                *loop("term", t.terms, summed),
                *(Statement(f"{self._at(plane, part)} = {name};") for plane, (_, _, *both) in enumerate(sums)
                  for part, name in enumerate(both))]

    # --- parameters ---

    def signatures(self, known: dict[str, Butterfly]) -> dict[str, tuple[Parameter, ...]]:
        f, residual = self.row.scalar, [reads(self.row.scalar, "residual")] * self.spec.residual
        z, item = Parameter(f, "z", "local", written=True), Parameter("int", "item")
        shared, task = Parameter(f, "shared", "local", written=True), Parameter("size_t", "task")
        first = [Parameter("int", "first")] * self.several
        source = reads(f, "input" if self.t.choices.fused else "workspace")

        def ints(place: Place) -> list[Parameter]:
            return [Parameter("int", name) for name in place.names]

        return {
            **{one.name: (z, *indices(one.told.names), *[reads(f, "roots")] * (one.step.roots > 0))
               for one in known.values()},
            "transform": (z, reads(f, "packed"), item), "transform_back": (z, reads(f, "packed"), item),
            "load_pair": (reads(f, "input"), *ints(self.blocks.read), z, item),
            "store_pair": (z, reads(f, "packed"), *residual, writes(f, "output"), *ints(self.blocks.written), item),
            "multiply": (*[reads(f, "spectra")] * (not self.t.choices.fused), reads(f, "weights"), z, item),
            "transform_task": (task, reads(f, "input"), reads(f, "packed"), writes(f, "workspace"), *first, shared),
            "multiply_task": (task, source, reads(f, "packed"), *residual, writes(f, "output"), *first, shared),
            "transform_weights": (writes(f, "z"), *indices(Packing(self.t, self.row).told.names)),
            "put_root": (*indices(["k"]), writes(f, "to"), *indices(Packing(self.t, self.row).put.names)),
        }
