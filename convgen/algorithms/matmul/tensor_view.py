"""The program of an implicit matrix product by matrix instructions: an item's copies, a warp's operands, its sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from ...machine.noted import Rows
from ...machine.rows import stored
from ...machine.rows.nvidia import BLOCK, ROW, SLOT, WARP_LANES, WORDS, M, MatrixRow, spread_in_c
from ...plan.plan import Plan
from ...plan.program import (
    IN_TURN,
    For,
    HotText,
    If,
    Node,
    Phase,
    Program,
    Statement,
    affine,
    packing_parameters,
)
from ..weights import less
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
from .numbers import LANES, SLOTS, Tensor, tensor_numbers
from .window import Window, numbered

# what templates call of a matrix row's helpers, where it has them
HELPERS = ("meet", "share", "copy", "end_copies", "fragment_of_rows", "fragment_of_columns", "multiply", "to_tf32",
           "to_tf32_4")


class Transfer(NamedTuple):
    """16 bytes that an item copies to local memory, in C: the condition of the items that do, empty for all; from where
    to where; whether they lie inside, else they are zeros."""

    only: str
    to: str
    source: str
    inside: str


class Number(NamedTuple):
    """A number of the input, in C: the variable, its value, and that for the first chunk."""

    name: str
    value: str
    first: str


class Slot(NamedTuple):
    """16 bytes of the input that pass through registers, in C: the condition of the items that bring them, empty for
    all; (name, value) of a pointer to the numbers, if they lie at known distances; the numbers; where they go
    in a buffer, and the words that they are there."""

    only: str
    pointer: list[tuple[str, str]]
    numbers: list[Number]
    place: str
    words: str


class Operand(NamedTuple):
    """Of a step, in C: its words, and where the items of a warp hold them together."""

    name: str
    words: str
    held: str


class Product(NamedTuple):
    """acc += a · b, in C."""

    acc: str
    a: Operand
    b: Operand


class TensorView(GroupView, frozen=True, kw_only=True):
    """What templates/opencl/tensor.cl.j2 prints.

    t: the plan's numbers; matrix: the instruction. down, across: the first row of an item and its first four columns.
    numbers_of_item: before bias, `fill`, the slot that is copied where the input has none, if there is one.
    panel_words: of packed weights of a panel. held: where a warp's operands are, where instructions are emulated.
    weight_transfers(c): those of chunk c, a variable or a number; terms_of(c): (name, value) of what loads of the input
    need to know; transfers, slots: these loads, as one or the other. later: the chunk to copy while chunk c is
    multiplied. row_tile, column_tile: a warp's rows and columns in a buffer. steps: of a chunk, each with `operands`
    and `products`. packed_row: the channel of row j of a panel.
    """

    t: Tensor
    matrix: MatrixRow
    down: str
    across: str
    panel_words: int
    held: str
    weight_transfers: Callable[[str], list[Transfer]]
    terms_of: Callable[[str], list[tuple[str, str]]]
    transfers: list[Transfer]
    slots: list[Slot]
    later: str
    row_tile: str
    column_tile: str
    steps: int
    operands: list[Operand]
    products: list[Product]
    pack: Packing
    packed_row: str


def program(plan: Plan, rows: Rows) -> Program:
    """What is printed; rows note the helpers that it calls."""
    maker = Maker(plan, rows)
    t, view = maker.t, maker.view()
    return Program(
        row=maker.row, template="opencl/tensor.cl.j2", pack="opencl/tensor_pack.cl.j2", view=view,
        hot=HotText("compute_task", "opencl/tensor_hot.cl.j2", {"fma": len(view.products), "load": len(view.operands)}),
        phases=(Phase("compute_task", t.tasks, "tiles of the output", items=t.items,
                      shared=f"{t.stages * t.buffer} + EMULATED * {t.exchange}"),),
        parameters=packing_parameters(plan.spec, maker.io, maker.row.scalar), packed=t.packed, packers=t.packed_rows,
        helpers=(*HELPERS, f"wait_for_copies_{t.stages - 2}"), capability=t.matrix.capability)


class Maker:
    """One plan's program in the making."""

    def __init__(self, plan: Plan, rows: Rows) -> None:
        self.t, self.plan, self.spec = tensor_numbers(plan), plan, plan.spec
        row, self.matrix = plan.target.row, self.t.matrix
        self.row = rows.of(msgspec.structs.replace(row, helpers=row.helpers | self.matrix.helpers))
        self.io = rows.of(stored(self.row, plan.spec.arithmetic))
        self.window = Window(plan.spec)
        self.rows, self.places, self.pairs = numbered(_slots(self.t))
        self.nought = self.t.zero % 2**self.matrix.bits  # the bits of what stands for 0
        # of a buffer, the pixels come first
        of_weights = self.of_weights = self.t.columns * ROW
        self.row_base, self.vector_base = (0, of_weights) if self.t.by_channel else (of_weights, 0)

    def view(self) -> TensorView:
        t, plan, sums, operands = self.t, self.plan, self.sums(), self.operands()
        panels, pairs = self.spec.g * t.panels, plan.mr // 2
        warp_down = f"warp % {t.down}"
        warp_across = f"warp / {t.down}" if t.down > 1 else "warp"
        return TensorView(
            group_parameters=group_parameters(self.spec, self.row, self.io),
            panel=f"(int)(task % {panels})" if panels > 1 else "0",
            group=group_of_panel(t), panel_start=start_of_panel(t),
            numbers_of_item=[*self.fill(), *numbers_of_item(t, self.row, sums, t.packed_words)],
            tile_start=affine("", (f"(int)(task / {panels})" if panels > 1 else "(int)task",
                                   t.columns if t.tiles > 1 else 0)),
            constants=self.constants(), epilogue=epilogue(t, self.row, self.io, sums),
            t=t, matrix=self.matrix,
            down=affine("lane / 4", (warp_down, t.warp_rows if t.down > 1 else 0)),
            across=affine("lane % 4", (warp_across, t.warp_columns // LANES if t.across > 1 else 0)),
            panel_words=t.chunks * t.channels * ROW,
            held=affine("", ("warp", t.exchange_of_warp), t.stages * t.buffer),
            weight_transfers=self.weight_transfers, terms_of=self.terms_of,
            transfers=self.transfers() if t.wide else [], slots=[] if t.wide else self.slots(),
            later=f"(c + {t.stages - 1})",
            row_tile=affine("buffers + now", (f"({warp_down})", t.warp_rows * ROW if t.down > 1 else 0), self.row_base),
            column_tile=affine("buffers + now", (f"({warp_across})" if t.down > 1 else warp_across,
                                                 t.warp_columns * ROW if t.across > 1 else 0), self.vector_base),
            steps=ROW // WORDS, operands=operands,
            products=[Product(f"acc{i}_{j}", operands[i], operands[pairs + j])
                      for i in range(pairs) for j in range(plan.nr)],
            pack=self.packing(), packed_row=f"({spread_in_c('j')})" if t.by_channel else "j")

    def packing(self) -> Packing:
        t, exactly = self.t, self.spec.arithmetic.exact
        bits = f"given[{weight_at(self.window)}]"
        if self.spec.weight_zero:
            bits = f"({self.matrix.number}){less(self.spec, bits)}"
        return Packing(taps=self.window.tap, weight=self.matrix.rounded(bits),
                       numbers=[] if exactly else packed_numbers(t, self.io, t.packed_words), items=t.packed_rows,
                       behind=packed_behind(t, self.row, self.packed_fill()) if exactly else [])

    def packed_fill(self) -> list[Node]:
        """Packs a slot of what stands for 0, where there is one: of bytes, as the weights before it."""
        t = self.t
        if not t.filled:
            return []
        kept = Statement(f"kept[{affine('', ('i', 1), t.packed_rows * t.chunk)}] = {self.nought};")
        return [For("i", "0", str(t.slot), 1, "", [If(IN_TURN, [kept])])]

    # --- sums ---

    def sums(self) -> Sums:
        """Two rows of them, eight apart, are one accumulator of the instruction."""
        plan = self.plan
        return Sums(acc=[[f"acc{r // 2}_{v}.{('lo', 'hi')[r % 2]}" for v in range(plan.nr)] for r in range(plan.mr)],
                    rows=[8 * r for r in range(plan.mr)], vectors=[BLOCK * v for v in range(plan.nr)], pitch=1)

    def operands(self) -> list[Operand]:
        """The operands of a step: rows, then columns."""
        t, plan = self.t, self.plan
        found: list[Operand] = []
        for name, what, count, block, rounds in (("a", "row", plan.mr // 2, M, t.by_channel),
                                                 ("b", "column", plan.nr, BLOCK, not t.by_channel)):
            for j in range(count):
                words = f"fragment_of_{what}s({affine(f'{what}_tile', j * block * ROW)}, step, lane)"
                found.append(Operand(f"{name}{j}", self.matrix.rounded_words(words) if rounds else words,
                                     affine("held", len(found) * WARP_LANES * SLOT)))
        return found

    # --- what goes to local memory ---

    def constants(self) -> list[tuple[str, str]]:
        """(name, value): slots and rows that an item brings, where the windows of these rows' pixels are."""
        found = [(f"slot{q}", text) for q, text in enumerate(self.places)]
        for index, text in enumerate(self.rows):
            row = f"row{index}"
            pixel = row if self.t.by_channel else spread_in_c(row)
            found += [(row, text), *self.window.of_pixel(index, f"min(tile + {pixel}, {self.t.pixels - 1})", {})]
        return found

    def _key(self, slot: int, number: int) -> str:
        """Which variables say where a number's tap is."""
        return {self.t.chunk: "", self.t.slot: str(slot), 1: f"{slot}_{number}"}[self.t.grain]

    def terms_of(self, c: str) -> list[tuple[str, str]]:
        """For chunk c: the term that each chunk, slot or number of an item is, and its tap."""
        t, found = self.t, dict[str, list[tuple[str, str]]]()
        for slot in range(len(self.places)):
            for number in range(t.slot):
                q = self._key(slot, number)
                if q not in found:
                    own = [(f"slot{slot}", t.slot)] if q else []
                    term = affine("", _chunks(c, t.chunk), *own, number if t.grain == 1 else 0)
                    found[q] = [(f"all{q}", term), *self.window.of_term(q)]
        return [line for lines in found.values() for line in lines]

    def weight_transfers(self, c: str) -> list[Transfer]:
        """The transfers of the weights of chunk c."""
        t = self.t
        return [Transfer(only, affine("buffers + next", ("item", SLOT), self.of_weights + j * t.items * SLOT),
                         affine("weights", _chunks(c, t.channels * ROW), ("item", SLOT), j * t.items * SLOT), "true")
                for j, only in enumerate(t.loads(t.channels))]

    def transfers(self) -> list[Transfer]:
        """Of the input, where whole slots are neighbours in memory."""
        found = []
        for (pixel, slot), only in zip(self.pairs, self.t.loads(self.t.columns), strict=True):
            source, inside = f"numbers + ({self._offset(pixel, slot, 0)})", self._inside(pixel, slot, 0)
            if self.t.filled:
                source, inside = f"{inside} ? {source} : fill", "true"
            found.append(Transfer(only, f"buffers + next + {self._place(pixel, slot)}", source, inside))
        return found

    def fill(self) -> list[tuple[str, str, str]]:
        """(type, name, where) of the slot that is copied where the input has none, if there is one."""
        number, at = self.matrix.number, self.t.packed_rows * self.t.chunk
        return [(number, "fill", f"(const __global {number} *)packed + {at}")] * self.t.filled

    def slots(self) -> list[Slot]:
        """Of the input, where they are not."""
        t, each, bits = self.t, self.matrix.each, self.matrix.bits
        found = []
        for index, ((pixel, slot), only) in enumerate(zip(self.pairs, t.loads(t.columns), strict=True)):
            numbers = []
            for number in range(t.slot):
                at = f"numbers[{self._offset(pixel, slot, number)}]" if t.grain == 1 else \
                    f"from{index}[{number * self.window.strides.c}]"
                inside, first = self._inside(pixel, slot, number), self._inside(pixel, slot, number, first=True)
                there = str(self.nought) if first == "false" else f"{first} ? {at} : {self.nought}"
                numbers.append(Number(f"x{index}_{number}", f"{inside} ? {at} : {self.nought}", there))
            words = [" | ".join(f"(uint){numbers[each * word + part].name}" + f" << {part * bits}" * (part > 0)
                                for part in range(each)) for word in range(SLOT)]
            pointer = [(f"from{index}", f"numbers + ({self._offset(pixel, slot, 0)})")] if t.grain > 1 else []
            found.append(Slot(only, pointer, numbers, self._place(pixel, slot), f"(uint4)({', '.join(words)})"))
        return found

    def _place(self, pixel: int, slot: int) -> str:
        """The place of a slot in a buffer."""
        return f"row{pixel} * {ROW} + (slot{slot} ^ row{pixel} / 2 % {SLOTS}) * {SLOT}"

    def _offset(self, pixel: int, slot: int, number: int) -> str:
        """Of a number in the input; where they lie at known distances, of the slot's first."""
        t = self.t
        own = [(f"slot{slot}", t.slot * self.window.strides.c)] if t.grain == t.chunk else []
        return affine(f"at{pixel} + step{self._key(slot, number)}", *own)

    def _inside(self, pixel: int, slot: int, number: int, first: bool = False) -> str:
        """Whether a number is there; in the first chunk, where compilers warn of what a number alone decides."""
        t, q, place = self.t, self._key(slot, number), self.places[slot]
        ends = t.terms % t.chunk > 0
        if first and ends and place.isdecimal():
            if int(place) * t.slot + number >= t.terms:
                return "false"
            ends = False
        inside = self.window.inside(pixel, q) + [f"all{q} < {t.terms}"] * (ends and not (first and t.chunk <= t.terms))
        return " && ".join(inside) or "true"


def _chunks(c: str, size: int) -> tuple[str, int] | int:
    """The term of `affine` for chunk c, a variable or a number."""
    return int(c) * size if c.isdecimal() else (c, size)


def _slots(t: Tensor) -> list[tuple[str, str]]:
    """(row, slot) of a tile of the input, for each that an item brings, in C."""
    loads = range(len(t.loads(t.columns)))
    if t.spec.channels_last:  # neighbours have the slots of a row
        return [(affine(f"item / {SLOTS}", index * t.items // SLOTS), f"item % {SLOTS}") for index in loads]
    if t.columns % t.items == 0:  # neighbours have neighbouring pixels
        parts = t.columns // t.items
        return [(affine("item", index % parts * t.items), str(index // parts)) for index in loads]
    step = t.items // t.columns
    return [(f"item % {t.columns}", affine(f"item / {t.columns}", index * step)) for index in loads]
