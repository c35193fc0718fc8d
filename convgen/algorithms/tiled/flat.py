"""Depthwise convolution of integers, channels first.

A channel is copied, padded, to the scratch of its thread, in planes of every sh-th row and every sw-th column. Rows of
a plane follow each other, P bytes apart, and so do the windows of outputs: with outputs numbered as if their rows were
P long too, the convolution is one of a single row,

    y[o] = Σ_t w[t] · planes[at(t) + o]          0 <= o < (oh − 1) P + ow

whatever stride, dilation and padding, and vectors are full though rows be short. Outputs between the rows are computed
and left behind when rows are brought to the output, as rows of a residual are brought to where outputs will lie. Rows
that fill their vectors well go there by themselves.

Where a row has as many outputs as pixels, and a machine has masks for bytes, columns of padding are left out of the
copy: windows that reach beyond their row take padding by a mask (masks.py), and outputs, of which none lie between
rows, go where they belong.

Products sum `deep` neighbours in a lane. Where these are the columns of a word, whatever it begins at, words are loaded
as they lie (woven.py); rows of at most 16 outputs then lie beside each other in a vector, and go to the output from
there. Where the taps of a kernel row lie close, a shuffle of each 16 bytes makes words of them, also with a stride of
2, for which columns then stay together; else words are of any taps, a vector of bytes of each, interleaved.

Where masks load bytes and rows fill vectors, inplace.py has plans that copy nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import TiledChoices
from ...plan.plan import Loop, Plan
from ...plan.program import (
    TAPS,
    Block,
    Call,
    For,
    Let,
    Node,
    Parameter,
    Phase,
    Program,
    Statement,
    Steps,
    View,
    affine,
    loop,
    operand,
    packing_parameters,
    reads,
    statements,
    unrank,
    writes,
)
from ...plan.work import Pass, Visits, Work
from ..space import Space
from ..weights import channel_terms, tap_term, weight
from . import exact
from . import work as tiled_work
from .contract import lines
from .depthwise import NAME
from .interleaved import several, taken
from .microkernel import Reduction
from .packing import Packing
from .planes import SHORT, Flat, copied, gathered, geometry, spread, way
from .tiled import Tiled, too_coarse
from .woven import packing as woven_packing

MAX_TAPS = 512  # of a channel, all written out
TOGETHER = 16384  # bytes of the scratch of channels that are brought together: what was just written is read slowly
CROSSING = 3.0  # cycles to move a vector that crosses a line
MOVED, OF_MASK = 2, 2  # statements, about, that move a vector; that a product takes with its mask
OVERLAP = 2  # turns that a core computes at a time: each is short, and none waits for another


class Stored(NamedTuple):
    """A vector of outputs. at: behind the first of a turn. sums: it itself, as sums; of bytes, four quarters. some: of
    outputs that are stored, 0 for all. places: where the rows of 16 outputs are stored that lie beside each other in
    it, in C, behind the first of a turn; none where it is stored whole."""

    at: int
    sums: list[str]
    some: int
    places: list[str]


class Turn(NamedTuple):
    """A turn of the loop over a channel's outputs. sums: their names."""

    sums: list[str]
    products: Steps
    stored: list[Stored]


class Masked(NamedTuple):
    """Where masks tell what lies inside. table: them, four a line, `number` in all; at: where a vector's are. whole:
    outputs that fill vectors; last: the turn of those beyond, if there are some."""

    table: list[str]
    number: int
    at: str
    whole: int
    last: Turn | None


class FlatView(View, frozen=True, kw_only=True):
    """What templates/tiled/flat.c.j2 prints.

    lanes, bytes: of a vector of sums, and of bytes, which has `quarters` of these. held: the row of bytes in scratch,
    source: of the caller's, out: of outputs. zero: what stands for 0. vectors: of bytes, that a turn of the loop over
    outputs takes. words: of a channel's weights, of `deep` numbers each; products: with these; x_at: where an output's
    window begins. halved: whether outputs lie in halves of 16 bytes. biased: whether sums start from a bias. beside:
    rows of outputs in a vector, which are then stored `apart`. row_pitch: from one row of windows to the next;
    row_outputs: of outputs, pitch: of those that are to be gathered. copied, spread, gathered: what copy_planes,
    spread_rows and gather_rows do. parameters_of_channel: what convolve takes. masked: where rows follow each other.
    scratch: a worker's. nodes: what a task does. finish: statements, about, that make outputs of a vector of sums.
    """

    lanes: int
    bytes: int
    deep: int
    by_channel: bool
    narrowed: Isa | None
    source: Isa
    held: Isa
    out: Isa
    zero: int
    step: int
    words: int
    turn: Turn
    x_at: str
    halved: bool
    biased: bool
    beside: int
    row_pitch: int
    row_outputs: int
    pitch: int
    copied: list[Node]
    spread: list[Node]
    gathered: list[Node]
    parameters_of_channel: tuple[Parameter, ...]
    masked: Masked | None
    scratch: int
    places: list[tuple[str, str, str]]
    nodes: list[Node]
    pack: Packing
    panel_parameters: tuple[Parameter, ...]
    numbers: list[tuple[str, str, str]]
    packed_numbers: int
    finish: int

    @property
    def statements(self) -> int:
        """A loop over outputs holds a turn; where there are masks, what is left is another."""
        turns = [self.turn] * (self.masked is None or self.masked.whole > 0)
        turns += [self.masked.last] if self.masked and self.masked.last else []
        loads = OF_MASK if self.masked else 1
        summed = sum(loads * statements([turn.products]) + len(turn.sums) + sum(map(self._finish, turn.stored))
                     for turn in turns)
        moved = sum(map(statements, (self.copied, self.spread, self.gathered)))
        return self.words + summed + MOVED * moved + self.looped + (self.masked.number if self.masked else 0)

    @property
    def looped(self) -> int:
        """Packing, and the loops over channels."""
        return statements(self.nodes) + self.pack.statements

    def _finish(self, stored: Stored) -> int:
        """Of a vector of outputs, which is made of one of sums or of four."""
        return self.finish * (len(stored.sums) if self.narrowed else 1) + len(stored.places)


def packing(g: Flat) -> Packing:
    """All the taps of each channel, in words."""
    s, deep = g.spec, g.row.deep
    limit = exact.limit(s) if g.narrowed else 0
    numbers = exact.packed_numbers(s, g.row, g.sections[0], 1, s.oc, s.oc, g.zero, limit=limit)
    if g.woven:
        return woven_packing(s, g.row, numbers, limit)
    value = weight(s, g.row, affine("", *channel_terms(s, "oc"), *(tap_term(s, dim) for dim in ("kh", "kw"))))
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
        numbers=numbers, limit=limit)


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    if reason := several(spec):
        return reason
    if spec.arithmetic.input.name not in target.row.bytewise or target.row.lanes == 1:
        return f"depthwise needs more than one lane, channels first (isa={target.isa})"
    if spec.kh * spec.kw > MAX_TAPS:
        return f"depthwise writes out at most {MAX_TAPS} taps (kh={spec.kh}, kw={spec.kw})"
    return too_coarse(spec, target)


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops."""
    for nr in (1,) if way(spec, target.row) == "masked" else (1, 2):
        plan = Plan(spec=spec, target=target, algorithm=NAME, lanes="ow", mr=1, nr=nr,
                    choices=TiledChoices(source="local"))
        if registers(plan) <= target.row.registers:
            yield plan


def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """Some channels at a time, of which there are tasks enough."""
    spec, g = plan.spec, Flat(plan)
    step = plan.nr * g.bytes
    together = max(1, min(spec.n * spec.g // 16, spec.g, TOGETHER // (g.one * g.in_scratch.itemsize)))
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
        """A term is a word of each output, for a turn of the loop over a channel's outputs; a visit is a channel."""
        g, s, deep = geometry(plan), plan.spec, plan.target.row.deep
        made, extra = plan.nr * g.quarters, 0.0  # vectors of sums
        crossing = plan.target.crossing if g.bytes >= plan.target.line else 1  # lines that a vector lies in
        if g.woven:  # a word is loaded once for all its products; weights too, where registers hold less than all
            steps = s.kh * g.woven.words.each
            loads = crossing * plan.nr * s.kh * len(g.woven.sums) * g.woven.runs / steps
            loads += g.words / steps * (registers(plan) + g.words > plan.target.row.registers)
        elif g.spreads:
            steps, loads, extra = g.words, crossing * plan.nr * 2.0, 1.0 * made
        else:
            steps, loads, extra = g.words, crossing * plan.nr * float(deep), 2.0 * made
        finish = made * _finish(g)
        return (Visits(s.n * s.oc, 1, made * OVERLAP, g.turns * steps / OVERLAP, g.turns, loads * OVERLAP, 0,
                       extra * OVERLAP, finish=g.turns * finish),)

    def work(self, plan: Plan) -> Work:
        """Planes are brought, and outputs gathered, from and to near caches, in vectors that cross their lines."""
        g, s = geometry(plan), plan.spec
        found = tiled_work.in_runs(tiled_work.work(g, self.visits(plan), self.once))
        vector = CROSSING / min(g.bytes, max(SHORT, s.iw))
        scattered = tiled_work.GATHER if g.dealt > 2 else CROSSING / min(g.in_scratch.lanes, max(SHORT, s.iw))
        return found._replace(passes=(Pass("copy", s.n * s.ic * s.ih * s.iw, scattered, 0),
                                      Pass("rows", s.n * s.oc * (s.oh - g.alone) * s.ow * g.gathers,
                                           vector * (1 + s.residual), 0)))

    def program(self, plan: Plan, rows: Rows) -> Program:
        """What is printed; rows note the helpers that it calls."""
        g = geometry(plan)
        s, row, pack, blocks = g.spec, rows.of(g.row), packing(g), -(-g.spec.g // g.together)
        count = s.n * blocks
        source, held, out = rows.of(g.source), rows.of(g.in_scratch), rows.of(g.out)
        flat = rows.of(taken(s, g.row).copied) if g.narrowed else out  # outputs and a residual as they lie
        sections: list[tuple[str, str, str]] = [
            (section.element, section.role, exact.view_of(section, row)) for section in g.sections[0]]
        task = (*["task"] * (count > 1), "worker", "input", "packed", *["residual"] * s.residual, "output",
                "workspace")
        places = [("n", s.n, "images"),
                  ("block" if g.together > 1 else "g", blocks, f"channels, {g.together} at a time")]
        view = FlatView(
            lanes=g.row.lanes, bytes=g.bytes, deep=g.deep, by_channel=False,
            narrowed=g.narrowed and rows.of(g.narrowed), source=source, held=held, out=out, zero=g.zero,
            step=plan.nr * g.bytes, words=g.words, turn=_turn(g, held, plan.nr),
            x_at=affine("", ("o", s.sw // g.dealt)), beside=g.beside,
            halved=g.spreads and s.sw == 2, biased=any(role == "bias" for _, role, _ in sections),
            row_pitch=g.row_pitch, row_outputs=s.ow, pitch=g.pitch, copied=copied(g, source, held),
            spread=spread(g, flat) if g.gathers and s.residual else [],
            gathered=gathered(g, out, flat) if g.gathers else [], masked=_masked(g, held),
            parameters_of_channel=(reads(held.scalar, "planes"), reads(row.scalar, "w"),
                                   *(reads(element, role) for element, role, _ in sections),
                                   *[reads(out.scalar, "residual")] * s.residual, writes(out.scalar, "y")),
            scratch=g.scratch, nodes=_task(g, held, [role for _, role, _ in sections]), places=unrank(places),
            pack=pack,
            panel_parameters=(reads(row.named(s.weights_element), "weights"), Parameter("ptrdiff_t", "oc"),
                              writes(row.scalar, "out")),
            numbers=sections, packed_numbers=s.oc, finish=round(_finish(g) - exact.LOOK_UP * g.row.lanes * s.tabled))
        what = [name for name, extent in (("images", s.n), ("channels", s.g)) if extent > 1]
        return Program(
            row=row, template="tiled/flat.c.j2", pack="tiled/pack.c.j2", view=view,
            phases=(Phase("compute_task", count, " x ".join(what) or "all of it", task),),
            parameters=packing_parameters(s, rows.of(g.io), "void"), workspace_of=held, packed=g.packed,
            scratch=g.scratch, barriers=g.woven is not None,
            over_residual=g.masks is not None)  # else vectors write beyond a row what is still to be added to


def _finish(g: Flat) -> float:
    """Instructions that make outputs of a vector of sums, and store them."""
    return exact.narrowed(g.spec, g.row, 1) if g.narrowed else exact.finish(g.spec, g.row)


def _turn(g: Flat, held: Isa, vectors: int, left: int = 0) -> Turn:
    """A turn of so many vectors of bytes. left: outputs that there are, of less than a vector; quarters that have none
    need no sums where outputs are bytes."""
    made = -(-left // 4) if left and g.narrowed else g.quarters
    quarters = min(made, g.quarters)
    products = g.products(held, "x", quarters)
    sums, stored = [f"acc{v}_{k}" for v in range(vectors) for k in range(quarters)], list[Stored]()
    for v in range(vectors):
        a, b, c, d = (f"acc{v}_{min(k, quarters - 1)}" for k in range(4))
        if g.narrowed:
            places = [affine("", ("apart", k)) for k in range(g.beside)] if g.beside > 1 else []
            stored.append(Stored(v * g.bytes, [a, b, c, d], left, places))
            continue
        for k in range(g.quarters):
            before = k * g.row.lanes
            if not left or left > before:
                some = 0 if not left or left >= before + g.row.lanes else left - before
                stored.append(Stored(v * g.bytes + before, [held.in_order(a, b, c, d, k)], some, []))
    return Turn(sums, Steps(products), stored)


def _masked(g: Flat, held: Isa) -> Masked | None:
    if not g.masks:
        return None
    found = g.masks
    whole, left = divmod(g.positions, g.bytes)
    table = [f"UINT64_C({bits:#018x})" for bits in found.bits]
    vector = f"o / {g.bytes}" + f" % {found.vectors}" * (found.vectors < g.turns)
    return Masked([", ".join(table[at : at + 4]) for at in range(0, len(table), 4)], len(table),
                  affine("masks", (vector if found.vectors > 1 else "", found.each)), whole * g.bytes,
                  _turn(g, held, 1, left) if left else None)


def _task(g: Flat, held: Isa, roles: list[str]) -> list[Node]:
    """What a task does: brings the planes of its channels, then all outputs that see them. What vectors make beyond
    these is looked up too, if there is a table: of memory that was written before."""
    s, many, together = g.spec, g.spec.ocg > 1, g.together
    first = affine("", ("block" if s.g > together else "", together))
    end = affine("", ("block" if s.g > together else "", together), together)
    there = operand(f"g - {first}" if first != "0" else "g", 2)
    image = affine("input", ("n" if s.n > 1 else "", g.given.n), ("g" if s.g > 1 else "", g.given.c))
    channel = affine("", ("g" if s.g > 1 else "", s.ocg), ("oc" if many else "", 1))
    at = operand(channel, 2)
    residual, output = (affine(name, ("n" if s.n > 1 else "", g.output.n), (at, g.output.c))
                        for name in ("residual", "output"))
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
    if g.masks:
        compute.append(Call("convolve", ["planes", *given, *[residual] * s.residual, output]))
    if g.alone:  # the rows, and how many outputs a row has; of those in a vector, how far apart they are stored
        compute.append(Call("convolve", ["planes", *given, *[residual] * s.residual, output, str(g.alone), str(s.ow)]))
    if g.gathers:
        behind = affine("planes", g.alone * g.row_pitch)
        rows = [str(s.oh - g.alone), str(g.pitch)] if g.beside > 1 else ["1", str(g.positions)]
        compute.append(Call("convolve", [behind, *given, *["flat"] * s.residual, "flat", *rows]))
    parts = [channels([*(flat if g.gathers else planes), *compute])]
    if g.gathers and s.residual:
        parts.insert(0, channels([*flat, Call("spread_rows", [residual, "flat"])]))
    if g.gathers:
        parts.append(channels([*flat, Call("gather_rows", ["flat", output])]))
    fill = For("i", "0", str(g.scratch), held.lanes, "whatever is looked up was written", [
        Statement(f"{held.store('scratch + i', held.set1(str(g.zero)))};")])
    return [*[fill] * s.tabled, channels([*planes, Call("copy_planes", [image, "planes"])]),
            *loop("oc", str(s.ocg), parts)]


ALGORITHM = Flattened(NAME, Space(unfit, tiles, orders), geometry, loads, registers, once=True, tile=tile,
                      reduction=Reduction)
