"""Depthwise convolution of integers, channels first.

A channel is copied, padded, to the scratch of its thread, in planes of every sh-th row and every sw-th column. Rows of
a plane follow each other, P bytes apart, and so do the windows of outputs: with outputs numbered as if their rows were
P long too, the convolution is one of a single row,

    y[o] = Σ_t w[t] · planes[at(t) + o]          0 <= o < (oh − 1) P + ow

whatever stride, dilation and padding, and vectors are full though rows be short. Outputs between the rows are computed
and left behind when rows are brought to the output. Rows that fill their vectors well go there by themselves.

Products sum `deep` neighbours in a lane. Where the taps of a kernel row lie close, a shuffle of each 16 bytes makes
words of them, also with a stride of 2, for which columns then stay together; else words are of any taps, a vector of
bytes of each, interleaved.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from ...layer.spec import Axis, ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
from ...machine.rows.x86_bytes import fits
from ...machine.target import Target
from ...plan.choices import TiledChoices
from ...plan.plan import Loop, Plan
from ...plan.program import (
    TAPS,
    Block,
    Call,
    Fma,
    For,
    Let,
    Load,
    Node,
    Parameter,
    Phase,
    Program,
    Statement,
    Step,
    Steps,
    View,
    affine,
    packing_parameters,
    reads,
    unrank,
    writes,
)
from ...plan.tiling import Segment, row_segments
from ...plan.work import Pass, Visits, Work
from ..space import Space
from ..weights import tap_term, weight_strides
from . import exact
from . import work as tiled_work
from .arrange import Packing, loop, operand
from .contract import lines
from .depthwise import NAME
from .geometry import Geometry
from .interleaved import taken, zero_of
from .microkernel import Reduction
from .tiled import Tiled, too_coarse

MAX_TAPS = 512  # of a channel, all written out
FULL = 1.25  # rows go to the output by themselves if they take less than so many times the vectors of all in one
TOGETHER = 16384  # bytes of the scratch of channels that are brought together: what was just written is read slowly
SHORT = 16  # pixels of rows that vectors of 16 bytes move
UNROLLED = 4  # vectors of a row that need no loop
CROSSING = 3.0  # cycles to move a vector that crosses a line
LINE = 64  # bytes that parts of the scratch begin at multiples of


class Plane(NamedTuple):
    """Of one row phase and one column phase: where it begins in the scratch. row, rows: its first row on the input, and
    how many of its rows are; above: how many are before it. pixel, pixels, before: the same of columns."""

    at: int
    row: int
    rows: int
    above: int
    pixel: int
    pixels: int
    before: int


class Flat(Geometry):
    """The planes of a channel, and the numbers of its outputs."""

    def __init__(self, plan: Plan) -> None:
        spec, row = plan.spec, plan.target.row
        given = taken(spec, row)
        assert given.in_place is not None
        self.in_scratch, self.bytes = given.copied, given.copied.lanes
        _, h, w = spec.axes
        self.spreads = spreads(spec, row)
        self.dealt = 1 if self.spreads else w.s  # column phases
        self.pitch = -(-w.padded // w.s)
        self.row_pitch = self.pitch * w.s // self.dealt
        self.depth_rows = -(-h.padded // h.s)
        step = plan.nr * self.bytes
        turns = -(-spec.ow // step)
        safe = max(0, (spec.oh * spec.ow - turns * step) // spec.ow + 1) if turns * step <= spec.oh * spec.ow else 0
        self.alone = safe if turns * step * spec.oh < FULL * ((spec.oh - 1) * self.pitch + spec.ow) else 0
        rest = spec.oh - self.alone
        self.positions = (rest - 1) * self.pitch + spec.ow if rest else 0
        self.turns = self.alone * turns + -(-self.positions // step)
        super().__init__(plan, spec, "oh", "ow")
        self.source = given.in_place
        self.quarters = self.bytes // row.lanes
        self.words = spec.kh * -(-spec.kw // row.deep) if self.spreads else -(-spec.kh * spec.kw // row.deep)
        self.terms = self.words * row.deep
        step = plan.nr * self.bytes
        self.reached = -(-self.positions // step) * step  # outputs that are computed
        whole = self.depth_rows * self.row_pitch + (step + self.bytes) * w.s // self.dealt + self.bytes
        self.plane = -(-whole // LINE) * LINE
        out = spec.arithmetic.output
        self.flat_at = self.plane * h.s * self.dealt
        self.one = self.flat_at + -(-(self.reached + self.bytes) * out.bytes // LINE) * LINE  # of a channel
        self.together = next((loop.step for loop in plan.loops if loop.dim == "g"), 1)
        self.scratch = self.one * self.together
        self.offset = given.offset or 0
        self.narrowed = row.bytewise[out.name].in_place if spec.arithmetic.quantised else None
        self.out = self.narrowed or (row.f32 if spec.arithmetic.scaled else row.numbers)
        self.chunk = self.bytes * min(self.dealt, 2)  # pixels that are dealt out at a time

    def split(self) -> dict[str, tuple[Segment, ...]]:
        step = self.plan.nr * self.bytes
        s = self.spec
        return {"oc": row_segments(s.ocg, 1), "oh": (Segment(0, 1, s.oh, s.oh),),
                "ow": (Segment(0, self.turns, step, self.plan.nr),)}

    def _input(self):  # type: ignore[no-untyped-def]
        return self.given._replace(n=0, c=0), 0

    @property
    def lanes(self) -> int:
        return self.bytes

    @property
    def zero(self) -> int:
        return zero_of(self.spec, self.row)

    @property
    def packed_weights(self) -> int:
        return self.spec.oc * self.terms

    @property
    def packed_numbers(self) -> int:
        return self.spec.oc

    def planes(self) -> list[Plane]:
        """All of them."""
        _, h, w = self.spec.axes

        def on_input(axis: Axis, step: int, phase: int, held: int) -> tuple[int, int, int]:
            above = max(0, -((phase - axis.before) // step))
            first = phase - axis.before + above * step
            return first, max(0, min(held - above, -(-(axis.i - first) // step))), above

        return [Plane((a * self.dealt + b) * self.plane, *on_input(h, h.s, a, self.depth_rows),
                      *on_input(w, self.dealt, b, self.row_pitch)) for a in range(h.s) for b in range(self.dealt)]

    def safe(self, plane: Plane) -> int:
        """How many of a plane's rows can be read in whole vectors."""
        s = self.spec
        reach = -(-s.iw // self.chunk) * self.chunk
        rows = range(plane.row, plane.row + plane.rows * s.sh, s.sh)
        return sum(h * s.iw + reach <= s.ih * s.iw for h in rows)

    def tap_at(self, kh: int, kw: int) -> int:
        """Where the planes have what output 0 reads of a tap."""
        s, apart = self.spec, self.dealt
        row, column = kh * s.dh, kw * s.dw
        return (row % s.sh * apart + column % apart) * self.plane + row // s.sh * self.row_pitch + column // apart

    def places(self) -> list[list[int]]:
        """For each word the places of its taps; those beyond the last have no weight, and go by another's place. Where
        words are spread from a row, of the first."""
        s, deep = self.spec, self.row.deep
        if self.spreads:
            return [[self.tap_at(kh, kw)] for kh in range(s.kh) for kw in range(0, s.kw, deep)]
        last = s.kh * s.kw - 1
        return [[self.tap_at(*divmod(min(tap, last), s.kw)) for tap in range(at, at + deep)]
                for at in range(0, last + 1, deep)]

    def word(self, held: Isa, x: str, v: int, index: int) -> Step:
        """The products of a word with vector v of bytes from x on."""
        s, names = self.spec, "abcd"[: self.row.deep]
        places = [affine(x, at + v * self.bytes * (s.sw if self.spreads else 1)) for at in self.places()[index]]
        items: Step = [] if self.spreads else \
            [Load(name, held.load(place)) for name, place in zip(names, places, strict=True)]
        for k in range(self.quarters):
            words = held.spread(places[0], s.sw, s.dw, k) if self.spreads else held.neighbours("a", "b", "c", "d", k)
            items += [Load(f"b{k}", words), Fma(f"acc{v}_{k}", f"b{k}", f"w{index}")]
        return items


def spreads(spec: ConvSpec, row: Isa) -> bool:
    """Whether the words of a kernel row's taps are made by shuffles of that row's bytes; with a stride these leave
    outputs in an order that only bytes of them are brought out of."""
    return fits(row.deep, spec.sw, spec.dw) and (spec.sw == 1 or spec.arithmetic.quantised)


class FlatView(View, frozen=True, kw_only=True):
    """What templates/tiled/flat.c.j2 prints.

    lanes, bytes: of a vector of sums, and of bytes, which has `quarters` of these. held: the row of bytes in scratch,
    source: of the caller's, out: of outputs. zero: what stands for 0. vectors: of bytes, that a turn of the loop over
    outputs takes. words: of a channel's weights, of `deep` numbers each; products: with these; x_at: where an output's
    window begins. halved: whether outputs lie in halves of 16 bytes. biased: whether sums start from a bias. row_pitch:
    from one row of windows to the next; row_outputs: of outputs, pitch: of those that are to be gathered. copied,
    gathered: what copy_planes and gather_rows do. parameters_of_channel: what convolve takes. scratch: a worker's.
    nodes: what a task does.
    """

    lanes: int
    bytes: int
    quarters: int
    deep: int
    by_channel: bool
    narrowed: Isa | None
    source: Isa
    held: Isa
    out: Isa
    zero: int
    vectors: int
    words: int
    products: Steps
    x_at: str
    halved: bool
    biased: bool
    row_pitch: int
    row_outputs: int
    pitch: int
    copied: list[Node]
    gathered: list[Node]
    parameters_of_channel: tuple[Parameter, ...]
    scratch: int
    places: list[tuple[str, str, str]]
    nodes: list[Node]
    pack: Packing
    panel_parameters: tuple[Parameter, ...]
    numbers: list[tuple[str, str, str]]
    packed_numbers: int


@functools.lru_cache(maxsize=1024)
def geometry(plan: Plan) -> Flat:
    return Flat(plan)


def packing(g: Flat) -> Packing:
    """All the taps of each channel, in words."""
    s, deep = g.spec, g.row.deep
    o, _, _ = weight_strides(s)
    value = f"weights[{affine('', (operand('oc', o), o), *(tap_term(s, dim) for dim in ('kh', 'kw')))}]"
    if g.spreads:
        row = g.terms // s.kh
        index, one = ("kw", str(row)), list[Node]()
        test = f"kw < {s.kw}" if row > s.kw else ""
    else:
        index, test = ("tap", str(g.terms)), f"tap < {s.kh * s.kw}" if g.terms > s.kh * s.kw else ""
        one = [Let("const ptrdiff_t ", "kh", f"tap / {s.kw}"), Let("const ptrdiff_t ", "kw", f"tap % {s.kw}")]
    one.append(Statement(f"*out++ = {f'{test} ? {value} : 0' if test else value};"))
    nest: list[Node] = [For(*index[:1], "0", index[1], 1, "", one)]
    if g.spreads:
        nest = [For("kh", "0", str(s.kh), 1, "", nest)]
    return Packing(
        comment=lines([f"Packs the taps of channel oc, {deep} a word, zeros beyond the last.",
                       "weights: the layer's. out: the panel. Returns its end."]),
        parameters=["oc"], panel=nest,
        panels=loop("oc", str(s.oc), [Statement("out = pack_panel(weights, oc, out);")]),
        numbers=exact.packed_numbers(s, g.row, g.sections[0], 1, s.oc, s.oc, g.zero))


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    if spec.icg != 1 or spec.g == 1:
        return f"depthwise needs one input channel a group (ic={spec.ic}, g={spec.g})"
    if spec.kd * spec.od * spec.id > 1:
        return f"depthwise needs one plane, channels first, where sums are integers (kd={spec.kd}, id={spec.id})"
    if spec.arithmetic.input.name not in target.row.bytewise or target.row.lanes == 1:
        return f"depthwise needs more than one lane, channels first (isa={target.isa})"
    if spec.kh * spec.kw > MAX_TAPS:
        return f"depthwise writes out at most {MAX_TAPS} taps (kh={spec.kh}, kw={spec.kw})"
    if spec.residual:
        return "depthwise adds no residual to sums of integers (residual=True)"
    if spec.tabled:
        return f"depthwise looks no outputs up (activation={spec.activation})"
    return too_coarse(spec, target)


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops."""
    for nr in (1, 2):
        plan = Plan(spec=spec, target=target, algorithm=NAME, lanes="ow", mr=1, nr=nr,
                    choices=TiledChoices(source="local"))
        if registers(plan) <= target.row.registers:
            yield plan


def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """Some channels at a time, of which there are tasks enough."""
    spec = plan.spec
    step = plan.nr * taken(spec, plan.target.row).copied.lanes
    together = max(1, min(spec.n * spec.g // 16, spec.g, TOGETHER // Flat(plan).one))
    yield (Loop("n", 1, "task"), Loop("g", together, "task"), Loop("oc", 1), Loop("od", 1), Loop("oh", spec.oh),
           Loop("ow", step), *TAPS)


def registers(plan: Plan) -> int:
    """Sums, the words of a step, and what they are made of."""
    return 4 * plan.nr + 4 + plan.target.row.deep


def loads(plan: Plan, rows: int, vectors: int) -> tuple[float, float]:
    """Not asked: see Flattened.visits."""
    return 0.0, 0.0


def tile(plan: Plan) -> str:
    """A tile in words."""
    return f"{plan.nr * taken(plan.spec, plan.target.row).copied.lanes} pixels"


class Flattened(Tiled):
    """The algorithm."""

    def visits(self, plan: Plan) -> tuple[Visits, ...]:
        """A term is a word, for a turn of the loop over a channel's outputs."""
        g, s, deep = geometry(plan), plan.spec, plan.target.row.deep
        number = s.n * s.oc * g.turns
        made = plan.nr * g.quarters  # vectors of words
        loads = plan.nr * 2 if g.spreads else plan.nr * deep
        return (Visits(number, 1, made, g.words, 1, loads, 0, made if g.spreads else 2.0 * made),)

    def work(self, plan: Plan) -> Work:
        """Planes are brought, and outputs gathered, from and to near caches, in vectors that cross their lines."""
        g, s = geometry(plan), plan.spec
        found = tiled_work.work(g, self.visits(plan), self.once)
        vector = CROSSING / min(g.bytes, max(SHORT, s.iw))
        scattered = tiled_work.GATHER if g.dealt > 2 else vector
        return found._replace(passes=(Pass("copy", s.n * s.ic * s.ih * s.iw, scattered, 0),
                                      Pass("rows", s.n * s.oc * (s.oh - g.alone) * s.ow, vector, 0)))

    def program(self, plan: Plan, rows: Rows) -> Program:
        """What is printed; rows note the helpers that it calls."""
        g = geometry(plan)
        s, row, pack, blocks = g.spec, rows.of(g.row), packing(g), -(-g.spec.g // g.together)
        count = s.n * blocks
        source, held, out = rows.of(g.source), rows.of(g.in_scratch), rows.of(g.out)
        sections: list[tuple[str, str, str]] = [
            (section.element, section.role, exact.view_of(section, row)) for section in g.sections[0]]
        task = (*["task"] * (count > 1), "worker", "input", "packed", "output", "workspace")
        products: list[Step] = [g.word(held, "x", v, index) for index in range(g.words) for v in range(plan.nr)]
        places = [("n", s.n, "images"),
                  ("block" if g.together > 1 else "g", blocks, f"channels, {g.together} at a time")]
        view = FlatView(
            lanes=g.row.lanes, bytes=g.bytes, quarters=g.quarters, deep=g.deep, by_channel=False,
            narrowed=g.narrowed and rows.of(g.narrowed), source=source, held=held, out=out, zero=g.zero,
            vectors=plan.nr, words=g.words, products=Steps(products), x_at=affine("", ("o", s.sw if g.spreads else 1)),
            halved=g.spreads and s.sw == 2, biased=any(role == "bias" for _, role, _ in sections),
            row_pitch=g.row_pitch, row_outputs=s.ow, pitch=g.pitch, copied=copied(g, source, held),
            gathered=gathered(g, out, held if g.narrowed else out) if g.positions else [],
            parameters_of_channel=(reads(held.scalar, "planes"), reads(row.scalar, "w"),
                                   *(reads(element, role) for element, role, _ in sections), writes(out.scalar, "y")),
            scratch=g.scratch, nodes=_task(g, [role for _, role, _ in sections]), places=unrank(places), pack=pack,
            panel_parameters=(reads(row.named(s.arithmetic.weights), "weights"), Parameter("ptrdiff_t", "oc"),
                              writes(row.scalar, "out")),
            numbers=sections, packed_numbers=s.oc)
        what = [name for name, extent in (("images", s.n), ("channels", s.g)) if extent > 1]
        return Program(
            row=row, template="tiled/flat.c.j2", pack="tiled/pack.c.j2", view=view,
            phases=(Phase("compute_task", count, " x ".join(what) or "all of it", task),),
            parameters=packing_parameters(s, rows.of(g.io), "void"), workspace_of=held, packed=g.packed,
            scratch=g.scratch)


def _task(g: Flat, roles: list[str]) -> list[Node]:
    """What a task does: brings the planes of its channels, then all outputs that see them."""
    s, many, together = g.spec, g.spec.ocg > 1, g.together
    first = affine("", ("block" if s.g > together else "", together))
    end = affine("", ("block" if s.g > together else "", together), together)
    there = operand(f"g - {first}" if first != "0" else "g", 2)
    image = affine("input", ("n" if s.n > 1 else "", g.given.n), ("g" if s.g > 1 else "", g.given.c))
    channel = affine("", ("g" if s.g > 1 else "", s.ocg), ("oc" if many else "", 1))
    at = operand(channel, 2)
    output = affine("output", ("n" if s.n > 1 else "", g.output.n), (at, g.output.c))
    planes: list[Node] = [Let(f"{g.in_scratch.scalar} *", "planes",
                              affine("scratch", (there if together > 1 else "", g.one)))]
    flat: list[Node] = [*planes, Let(f"{g.out.scalar} *", "flat",
                                     f"({g.out.scalar} *)(void *)({affine('planes', g.flat_at)})")]

    def channels(nodes: list[Node]) -> Node:
        if together == 1:
            return Block(nodes)
        return For("g", first, f"({end} < {s.g} ? {end} : {s.g})" if s.g % together else end, 1, "", nodes)

    numbers = [affine(role, (channel, 1)) for role in roles]
    given = [affine("weights", (at, g.terms)), *numbers]
    compute: list[Node] = []
    if g.alone:
        compute.append(Call("convolve", ["planes", *given, output, str(g.alone), str(s.ow)]))
    if g.positions:
        behind = affine("planes", g.alone * g.row_pitch)
        compute.append(Call("convolve", [behind, *given, "flat", "1", str(g.positions)]))
    parts = [channels([*(flat if g.positions else planes), *compute])]
    if g.positions:
        parts.append(channels([*flat, Call("gather_rows", ["flat", output])]))
    return [channels([*planes, Call("copy_planes", [image, "planes"])]), *loop("oc", str(s.ocg), parts)]


def copied(g: Flat, source: Isa, held: Isa) -> list[Node]:
    """Deals a channel out to the planes. What a vector writes beyond its pixels, the padding behind them or the next
    row overwrites; padding behind a row reaches the first pixel of the next."""
    nodes: list[Node] = []
    planes = g.planes()
    for one in planes:
        begin = one.above * g.row_pitch + one.before if one.rows and one.pixels else g.depth_rows * g.row_pitch
        nodes += _padding(g, held, affine("planes", one.at), begin)
    for phase in range(g.spec.sh):
        of_row = [one for one in planes[phase * g.dealt : (phase + 1) * g.dealt] if one.rows and one.pixels]
        if not of_row:
            continue
        first, safe = of_row[0], g.safe(of_row[0])
        for begin, end in ((0, safe), (safe, first.rows)):
            if begin < end:
                nodes.append(_rows(g, source, held, of_row, begin, end, end == safe))
        for one in of_row:
            end = (one.above + one.rows - 1) * g.row_pitch + one.before + one.pixels
            nodes += _padding(g, held, affine("planes", one.at + end), g.depth_rows * g.row_pitch - end)
    return nodes


def _padding(g: Flat, held: Isa, to: str, count: int) -> list[Node]:
    """So many bytes of padding, or some more."""
    if count <= 0:
        return []
    if count <= g.bytes:
        return [Statement(f"{held.store(to, 'padding')};")]
    return [For("i", "0", str(count), g.bytes, "", [Statement(f"{held.store(affine(to, ('i', 1)), 'padding')};")])]


def _rows(g: Flat, source: Isa, held: Isa, planes: list[Plane], begin: int, end: int, whole: bool) -> For:
    """Rows begin to end - 1 of one phase. whole: vectors may be read beyond the row."""
    s = g.spec
    body: list[Node] = [Let(f"const {source.scalar} *", "from",
                            affine("input", ("h", s.sh * s.iw), planes[0].row * s.iw))]
    for one in planes:
        body.append(Let(f"{held.scalar} *", f"to{one.pixel}", affine(
            "planes", ("h", g.row_pitch), one.at + one.above * g.row_pitch + one.before)))
    if g.dealt == 1:
        return For("h", str(begin), str(end), 1, "", [*body, *_moved(g, source, held, planes[0], whole)])
    if g.dealt == 2:
        body += _split(g, source, held, planes, whole)
    else:
        for one in planes:
            value = affine(f"from[{affine('', ('i' if one.pixels > 1 else '', s.sw), one.pixel)}]", g.offset)
            place = "i" if one.pixels > 1 else "0"
            body += loop("i", str(one.pixels), [Statement(f"to{one.pixel}[{place}] = ({held.scalar})({value});")])
    for one in planes:
        body += _padding(g, held, affine(f"to{one.pixel}", one.pixels), g.row_pitch - one.pixels)
    return For("h", str(begin), str(end), 1, "", body)


def _moved(g: Flat, source: Isa, held: Isa, plane: Plane, whole: bool) -> list[Node]:
    """A row as it lies, and the padding behind it: in the last vector, if that has room."""
    s, to, padding = g.spec, f"to{plane.pixel}", "padding"
    if s.iw <= SHORT and source.short and held.short:
        source, held = source.short, held.short
        padding = held.set1(str(g.zero))
    lanes = held.lanes
    count, tail = divmod(s.iw, lanes)
    gap = g.row_pitch - s.iw
    nodes: list[Node] = []
    if count > UNROLLED:
        nodes.append(For("i", "0", str(count * lanes), lanes, "", [
            Statement(f"{held.store(f'{to} + i', source.load('from + i'))};")]))
    else:
        nodes += [Statement(f"{held.store(affine(to, at), source.load(affine('from', at)))};")
                  for at in range(0, count * lanes, lanes)]
    if tail:
        at = affine("from", count * lanes)
        pixels = source.load(at) if whole else source.load_part(at, 0, tail)
        nodes.append(Statement(f"{held.store(affine(to, count * lanes), held.over(padding, pixels, tail))};"))
    if gap > (lanes - tail if tail else 0):
        nodes += _padding(g, held, affine(to, s.iw), gap) if lanes == g.bytes else [
            Statement(f"{held.store(affine(to, s.iw + at), padding)};") for at in range(0, gap, lanes)]
    return nodes


def _split(g: Flat, source: Isa, held: Isa, planes: list[Plane], whole: bool) -> list[Node]:
    """Pixels of a row, every second to one of two planes."""
    s, width = g.spec, g.chunk

    def vectors(at: str, first: int, pixels: int) -> list[Node]:
        """Two of pixels from `at` + first on, of which so many are there."""
        values = []
        for more in (0, g.bytes):
            left, place = pixels - more, affine("from", (at, 1), first + more)
            values.append("padding" if left <= 0 else source.load(place) if left >= g.bytes else
                          source.load_part(place, 0, left))
        nodes: list[Node] = [Let(f"const {held.vector} ", name, value)
                             for name, value in zip("ab", values, strict=True)]
        for one in planes:
            every_second = held.deinterleave_odd if one.pixel else held.deinterleave_even
            place = affine(f"to{one.pixel}", (f"{at} / 2" if at else "", 1), first // 2)
            nodes.append(Statement(f"{held.store(place, every_second('a', 'b'))};"))
        return nodes

    tail = 0 if whole else s.iw % width
    count = (s.iw - tail + width - 1) // width
    found: list[Node] = [For("i", "0", str(count * width), width, "", vectors("i", 0, width))] if count else []
    return [*found, Block(vectors("", count * width, tail))] if tail else found


def gathered(g: Flat, out: Isa, flat: Isa) -> list[Node]:
    """Brings rows of outputs together, which the row flat loads. What a vector writes beyond a row, the next rows
    overwrite; the last ones end in parts of vectors."""
    s = g.spec
    if s.ow <= SHORT and out.short and flat.short:
        out, flat = out.short, flat.short
    vectors, tail = -(-s.ow // out.lanes), s.ow % out.lanes
    safe = max(g.alone, sum(h * s.ow + vectors * out.lanes <= s.oh * s.ow for h in range(s.oh)) if tail else s.oh)
    nodes: list[Node] = []
    for begin, end, left in ((g.alone, safe, 0), (safe, s.oh, tail)):
        if begin == end:
            continue
        body: list[Node] = [Let(f"const {out.scalar} *", "from", affine("flat", ("oh", g.pitch), -g.alone * g.pitch)),
                            Let(f"{out.scalar} *", "to", affine("output", ("oh", s.ow)))]
        count = vectors - (left > 0)
        if count > UNROLLED:
            body.append(For("i", "0", str(count * out.lanes), out.lanes, "", [
                Statement(f"{out.store('to + i', flat.load('from + i'))};")]))
        else:
            body += [Statement(f"{out.store(affine('to', at), flat.load(affine('from', at)))};")
                     for at in range(0, count * out.lanes, out.lanes)]
        if left:
            at = count * out.lanes
            body.append(Statement(f"{out.store_tail(affine('to', at), flat.load(affine('from', at)), left)};"))
        nodes.append(For("oh", str(begin), str(end), 1, "", body))
    return nodes


ALGORITHM = Flattened(NAME, Space(unfit, tiles, orders), geometry, loads, registers, once=True, tile=tile,
                      reduction=Reduction)
