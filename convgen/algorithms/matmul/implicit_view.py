"""The program of an implicit matrix product: an item's loads, its registers, its sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from ...machine.isa import words_of
from ...machine.noted import Rows
from ...machine.rows import stored
from ...plan.plan import Plan
from ...plan.program import HotText, Parameter, Phase, Program, affine, packing_parameters, reads
from ..weights import real_weight, weight
from .epilogue import Sums, epilogue, numbers_of_item
from .group import (
    GroupView,
    Packing,
    group_of_panel,
    group_parameters,
    packed_behind,
    packed_numbers,
    start_of_panel,
    weight_at,
)
from .numbers import LANES, Implicit, implicit_numbers
from .window import Window, numbered


class Fetch(NamedTuple):
    """A load of one item from the input for a chunk, in C: the variable, its value, that for the first chunk, and
    (place, number) of what goes to local memory."""

    name: str
    value: str
    first: str
    stores: list[tuple[str, str]]


class Word(NamedTuple):
    """How channels of the input become a word: the function's parameters, and what it gives, in C."""

    parameters: tuple[Parameter, ...]
    value: str


class Product(NamedTuple):
    """acc += a number of a row times a vector, in C."""

    acc: str
    row: str
    vector: str


class TileView(GroupView, frozen=True, kw_only=True):
    """What templates/opencl/implicit_tile.cl.j2 prints beside.

    t: the plan's numbers. number: the type of those in local memory; word: of integers, how they are made.
    input_type: of what a load brings. terms_of(c): (name, value) of what loads for chunk c need to know, empty: the
    first; fetches: the loads; weights_of(c): places of the loads of weights in the panel, of panel_floats, and
    weight_places: where these go in local memory. row_type: of rows that an item reads together; first_row,
    first_vector: where an item's first are in a chunk, rows, vectors: where they are from these, row_pitch,
    vector_pitch: numbers between terms.
    """

    t: Implicit
    number: str
    word: Word | None
    input_type: str
    terms_of: Callable[[str], list[tuple[str, str]]]
    fetches: list[Fetch]
    panel_floats: int
    weights_of: Callable[[str], list[str]]
    weight_places: list[str]
    row_type: str
    first_row: str
    first_vector: str
    rows: list[str]
    vectors: list[str]
    row_pitch: int
    vector_pitch: int
    products: list[Product]


class ImplicitView(TileView, frozen=True, kw_only=True):
    """What templates/opencl/implicit.cl.j2 prints."""

    pack: Packing


def program(plan: Plan, rows: Rows) -> Program:
    """What is printed; rows note the helpers that it calls."""
    maker = Maker(plan, rows)
    t, io = maker.t, maker.io
    exactly = plan.spec.arithmetic.exact
    there = weight_at(maker.window)
    one = weight(plan.spec, maker.row, there) if exactly else maker.weight(there)
    pack = Packing(taps=maker.window.tap, weight=one,
                   numbers=[] if exactly else packed_numbers(t, io, t.packed_weights),
                   items=plan.spec.g * t.panels * t.depth, behind=packed_behind(t, maker.row) if exactly else [])
    of_tile = maker.tile()
    return Program(
        row=maker.row, template="opencl/implicit.cl.j2", pack="opencl/implicit_pack.cl.j2",
        view=ImplicitView(**msgspec.structs.asdict(of_tile), pack=pack), hot=hot(of_tile),
        phases=(Phase("compute_task", t.tasks, "tiles of the output", items=t.items, shared=2 * t.buffer),),
        parameters=packing_parameters(plan.spec, io, maker.row.scalar),
        capability=maker.row.capability, packed=t.packed, packers=pack.items)


def tile(plan: Plan, rows: Rows) -> TileView:
    """The tile alone, for programs that have phases beside it."""
    return Maker(plan, rows).tile()


def hot(tile: TileView) -> HotText:
    """Where a program of such tiles spends its time."""
    return HotText("compute_task", "opencl/implicit_hot.cl.j2",
                   {"fma": len(tile.products), "load": len(tile.rows) + len(tile.vectors)})


class Maker:
    """The tile of one plan in the making."""

    def __init__(self, plan: Plan, rows: Rows) -> None:
        self.t, self.plan, self.spec, self.noted = implicit_numbers(plan), plan, plan.spec, rows
        self.row, self.io = rows.of(plan.target.row), rows.of(stored(plan.target.row, plan.spec.arithmetic))
        self.window = Window(plan.spec, self.t.deep)
        self.exact = plan.spec.arithmetic.exact
        self.pixels, self.terms, self.pairs = numbered(_loads(self.t))

    def tile(self) -> TileView:
        t, sums = self.t, self.sums()
        of_input, of_weights = (t.input_pitch, 0), (t.weights_pitch, t.chunk * t.input_pitch)
        (row_pitch, row_base), (vector_pitch, vector_base) = \
            (of_input, of_weights) if t.by_channel else (of_weights, of_input)
        together, number = t.group_of_rows, self.row.word
        return TileView(
            group_parameters=group_parameters(self.spec, self.row, self.io),
            panel="(int)task" + f" / {t.tiles}" * (t.tiles > 1),
            group=group_of_panel(t), panel_start=start_of_panel(t),
            numbers_of_item=numbers_of_item(t, self.row, sums, t.packed_weights),
            tile_start=affine("", (f"(int)task % {t.tiles}", t.columns if t.tiles > 1 else 0)),
            constants=self.constants(), epilogue=epilogue(t, self.row, self.io, sums),
            t=t, input_type=number + "4" * t.wide, terms_of=self.terms_of,
            fetches=[self.fetch(index, *pair) for index, pair in enumerate(self.pairs)],
            number=number, word=self.word(), panel_floats=t.depth * t.channels, weights_of=self.weights_of,
            weight_places=[affine("", ("item", LANES), t.chunk * t.input_pitch + LANES * j * t.items)
                           for j in range(t.weight_loads)],
            row_type=number + f"{together}" * (together > 1),
            first_row=affine("", ("down", together), row_base), first_vector=affine("", ("across", LANES), vector_base),
            rows=[affine("r", at) for at in sums.rows[::together]], vectors=[affine("v", at) for at in sums.vectors],
            row_pitch=row_pitch, vector_pitch=vector_pitch,
            products=[self.product(acc, f"r{r // together}" + f".s{r % together}" * (together > 1), f"v{v}")
                      for r, accs in enumerate(sums.acc) for v, acc in enumerate(accs)])

    def weight(self, there: str) -> str:
        """One of the caller's, as a float."""
        held = self.noted.of(words_of(self.plan.target.row, self.spec.arithmetic.weights))
        return real_weight(self.spec, held, there, "oc")

    def product(self, acc: str, row: str, vector: str) -> Product:
        """Of integers the input comes first, and both are vectors."""
        if not self.exact:
            return Product(acc, row, vector)
        sides = (f"({self.row.vector})({row})", vector)
        return Product(acc, *(sides if self.t.by_channel else sides[::-1]))

    def word(self) -> Word | None:
        """How an item makes words of the input, of integers."""
        if not self.exact:
            return None
        s, given = self.spec, self.row.given[self.spec.arithmetic.input.name]
        apart = self.window.strides.c
        places = [f"x[{affine('', (f'min(left, {j})' if s.icg % self.t.deep else str(j), apart))}]" if j else "x[0]"
                  for j in range(self.t.deep)]
        near = apart == 1 and s.icg % self.t.deep == 0
        bytes = "vload4(0, x)" if near else f"({self.row.named(s.arithmetic.input)}4)({', '.join(places)})"
        return Word((reads(self.row.named(s.arithmetic.input), "x"),
                     *[Parameter("int", "left")] * (s.icg % self.t.deep > 0)),
                    f"as_int({bytes})" + " ^ (int)0x80808080" * bool(given.offset))

    def sums(self) -> Sums:
        t, plan, together = self.t, self.plan, self.t.group_of_rows
        return Sums(acc=[[f"acc{r}_{v}" for v in range(plan.nr)] for r in range(plan.mr)],
                    rows=[r % together + r // together * together * t.down for r in range(plan.mr)],
                    vectors=[v * LANES * t.across for v in range(plan.nr)], pitch=together)

    def constants(self) -> list[tuple[str, str]]:
        """(name, value): pixels and terms that an item loads, where these pixels' windows are in the input."""
        found = [(f"pixel{p}", text) for p, text in enumerate(self.pixels)]
        found += [(f"term{q}", text) for q, text in enumerate(self.terms)]
        given = {axis.name: "0" for axis in self.window.axes if axis.s > 1}
        for p in range(len(self.pixels)):
            found += self.window.of_pixel(p, f"min(tile + pixel{p}, {self.t.pixels - 1})", given)
        return found

    def terms_of(self, c: str) -> list[tuple[str, str]]:
        """Which tap and channel chunk c (empty: the first) begins with; or every term of it, where it holds several
        taps."""
        found: list[tuple[str, str]] = []
        for q in [""] if self.t.uniform else [str(q) for q in range(len(self.terms))]:
            found += [(f"all{q}", affine("", (c, self.t.chunk), (f"term{q}" if q else "", 1))),
                      *self.window.of_term(q)]
        return found

    def fetch(self, index: int, pixel: int, term: int) -> Fetch:
        """Load number `index`."""
        t, x = self.t, self.window.strides
        q = "" if t.uniform else str(term)
        inside = self.window.inside(pixel, q)
        offset = f"at{pixel} + step{q}" + (f" + term{term} * {x.c}" if t.uniform else "")
        if self.exact:
            own = f"all{q} % {t.words}" + f" + term{term}" * t.uniform
            left = f", {self.spec.icg - 1} - ({own}) * {t.deep}" * (self.spec.icg % t.deep > 0)
            value = f"word_of(input + {offset.replace(f'* {x.c}', f'* {t.deep * x.c}')}{left})"
            zero = f"(int)0x{t.zero * 0x01010101:08x}"
        else:
            value, zero = (self.io.load_aligned(f"input + {offset}"), self.row.zero()) if t.wide else \
                (self.io.get("input", offset), "0.0f")
        place = [affine("", (f"term{term}", t.input_pitch), (f"pixel{pixel}", 1), j * t.input_pitch)
                 for j in range(LANES if t.wide else 1)]

        def where(*given: str) -> str:
            conditions = [*inside, *given]
            return f"{' && '.join(conditions)} ? {value} : {zero}" if conditions else value

        ends = [f"all{q} < {t.terms}"] * (not t.uniform and t.terms % t.chunk > 0)
        own = self.terms[term]  # compilers warn of conditions that a number alone decides
        first = zero if own.isdecimal() and int(own) >= t.terms else \
            where(*ends * (t.chunk > t.terms and not own.isdecimal()))
        return Fetch(f"x{index}", where(*ends), first,
                     [(to, f"x{index}" + f".s{j}" * t.wide) for j, to in enumerate(place)])

    def weights_of(self, c: str) -> list[str]:
        """Where the weights of chunk c lie in the panel."""
        t = self.t
        return [affine("", (c, t.chunk * t.channels), ("item", LANES), j * t.items * LANES)
                for j in range(t.weight_loads)]


def _loads(t: Implicit) -> list[tuple[str, str]]:
    """(pixel, term) of each load of an item from the input, as numbers in its tile and chunk, in C."""
    width = LANES if t.wide else 1
    along = t.chunk // width  # loads of a pixel
    if t.spec.channels_last:
        term = f"item % {along}" + f" * {width}" * (width > 1)
        return [(affine(f"item / {along}", index * (t.items // along)), term) for index in range(t.loads)]
    if t.columns % t.items == 0:  # at least as many pixels as items
        parts = t.columns // t.items
        return [(affine("item", index % parts * t.items), str(index // parts)) for index in range(t.loads)]
    step = t.items // t.columns
    return [(f"item % {t.columns}", affine(f"item / {t.columns}", index * step)) for index in range(t.loads)]
