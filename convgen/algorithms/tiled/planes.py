"""The planes of depthwise layers of integers, channels first, which flat.py explains: where they lie in the scratch of
a thread, how a channel is copied to them, how rows of a residual come there, and rows of outputs back.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Literal, NamedTuple

from ...layer.spec import Axis, ConvSpec
from ...machine.isa import Isa
from ...machine.rows.words import fits
from ...plan.plan import Plan
from ...plan.program import Barrier, Block, Fma, For, Let, Load, Node, Statement, Step, affine, loop
from ...plan.tiling import Segment, row_segments
from .geometry import Geometry
from .interleaved import taken
from .masks import masks, wraps
from .woven import Woven, narrowing, weaves, woven

FULL = 1.25  # rows go to the output by themselves if they take less than so many times the vectors of all in one
SHORT = 16  # pixels of rows that vectors of 16 bytes move
UNROLLED = 4  # vectors of a row that need no loop
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
        self.way = way(spec, row)
        given = row.wordwise[spec.arithmetic.input.name] if self.way == "woven" else taken(spec, row)
        assert given.in_place is not None
        self.in_scratch, self.bytes = given.copied, 4 * row.lanes
        _, h, w = spec.axes
        self.spreads = self.way in ("spread", "masked")
        self.masks = masks(spec, row) if self.way == "masked" else None
        self.woven = woven(spec, row.deep) if self.way == "woven" else None
        self.dealt = w.s if self.way == "neighbours" else 1  # column phases
        self.pitch = w.i if self.masks else -(-w.padded // w.s)
        step = plan.nr * self.bytes
        # rows of outputs in a vector, which are stored apart
        self.beside = step // SHORT if self.woven and plan.nr == 1 and self.pitch <= SHORT < step else 1
        in_one = (spec.oh - 1) * self.pitch + spec.ow
        self.alone, turns = self._alone(spec, step, in_one)
        if not self.alone:
            self.beside = 1
        if self.beside > 1:
            self.pitch = SHORT
        self.row_pitch = self.pitch * w.s // self.dealt
        self.depth_rows = -(-h.padded // h.s)
        rest = spec.oh - self.alone
        self.positions = (rest - 1) * self.pitch + spec.ow if rest else 0
        self.turns = turns + -(-self.positions // step)
        super().__init__(plan, spec, "oh", "ow")
        self.source = given.in_place
        self.quarters = self.bytes // row.lanes
        if self.woven:
            self.words = spec.kh * self.woven.of_row
        else:
            self.words = spec.kh * -(-spec.kw // row.deep) if self.spreads else -(-spec.kh * spec.kw // row.deep)
        self.terms = self.words * row.deep
        self.gathers = self.positions > 0 and not self.masks
        self.reached = -(-self.positions // step) * step if self.gathers else 0  # outputs that lie in the scratch
        size, out = self.in_scratch.itemsize, spec.arithmetic.output
        line = LINE // size
        whole = self.depth_rows * self.row_pitch + (step + self.bytes) * w.s // self.dealt + self.bytes
        self.plane = -(-whole // line) * line
        self.flat_at = self.plane * h.s * self.dealt
        flat = (self.reached + self.bytes) * out.bytes if self.gathers or self.alone else 0
        self.one = self.flat_at + -(-flat // LINE) * line  # of a channel
        self.together = next((loop.step for loop in plan.loops if loop.dim == "g"), 1)
        self.scratch = self.one * self.together
        self.offset = given.offset or 0
        self.narrowed = narrowing(spec, row) if self.woven else \
            row.bytewise[out.name].in_place if spec.arithmetic.quantised else None
        self.out = self.narrowed or (row.f32 if spec.arithmetic.scaled else row.numbers)
        self.chunk = self.in_scratch.lanes * min(self.dealt, 2)  # pixels that are dealt out at a time

    def _alone(self, s: ConvSpec, step: int, in_one: int) -> tuple[int, int]:
        """Rows that go to the output by themselves, and the turns that these take: of `beside` rows in a vector, 16
        outputs of each. in_one: how many outputs there are if rows follow each other."""
        each = SHORT if self.beside > 1 else -(-s.ow // step) * step  # outputs that are stored of a row
        if self.masks or each * s.oh >= FULL * in_one or each > s.oh * s.ow:
            return 0, 0
        safe = (s.oh * s.ow - each) // s.ow + 1
        safe -= safe % self.beside
        return safe, safe * each // step

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
        return self.spec.input_zero + self.offset

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

        columns = w.padded if self.masks else self.row_pitch
        return [Plane((a * self.dealt + b) * self.plane, *on_input(h, h.s, a, self.depth_rows),
                      *on_input(w, self.dealt, b, columns)) for a in range(h.s) for b in range(self.dealt)]

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

    def products(self, held: Isa, x: str, quarters: int) -> list[Step]:
        """Those of a turn with what lies from x on, for so many quarters of each vector of outputs."""
        vectors = range(self.plan.nr)
        if self.woven:
            return [self._words(self.woven, x, kh, first) for kh in range(self.spec.kh) for first in self.woven.sums]
        return [self._word(held, x, v, index, quarters) for index in range(self.words) for v in vectors]

    def _words(self, own: Woven, x: str, kh: int, first: int) -> Step:
        """The products of the words of kernel row kh that begin at column `first`. gcc would read them again for every
        product."""
        deep = self.row.deep
        runs = [divmod(run, own.runs) for run in range(self.plan.nr * own.runs)]
        places = [affine(x, self.tap_at(kh, first) + run * deep * self.row.lanes) for run in range(len(runs))]
        loads = [Load(f"a{run}", self.row.load(place)) for run, place in enumerate(places)]
        return [*loads, Barrier(), *(
            Fma(f"acc{v}_{run * own.outputs + one.output}", loads[v * own.runs + run].name,
                f"w{kh * own.of_row + one.weights}") for one in own.sums[first] for v, run in runs)]

    def _word(self, held: Isa, x: str, v: int, index: int, quarters: int) -> Step:
        """The products of a word with vector v of bytes from x on, of so many quarters of it."""
        s, names = self.spec, "abcd"[: self.row.deep]
        places = [affine(x, at + v * self.bytes * s.sw // self.dealt) for at in self.places()[index]]
        items: Step = [] if self.spreads else \
            [Load(name, held.load(place)) for name, place in zip(names, places, strict=True)]
        of_row = index % -(-s.kw // self.row.deep) * self.quarters
        for k in range(quarters):
            words = held.spread_inside(places[0], s.dw, k, f"inside[{of_row + k}]", "padding") if self.masks else \
                held.spread(places[0], s.sw, s.dw, k) if self.spreads else held.neighbours("a", "b", "c", "d", k)
            items += [Load(f"b{k}", words), Fma(f"acc{v}_{k}", f"b{k}", f"w{index}")]
        return items


Way = Literal["masked", "woven", "spread", "neighbours"]


def way(spec: ConvSpec, row: Isa) -> Way:
    """Where words come from: of what lies in the planes as it is (woven.py); or of a kernel row's bytes by a shuffle,
    which with a stride leaves outputs in an order that only bytes of them are brought out of, and no residual into; by
    one that takes padding by a mask too; or of vectors of bytes, one for each tap."""
    spread = fits(row.deep, spec.sw, spec.dw) and \
        (spec.sw == 1 or (spec.arithmetic.quantised and not spec.residual))
    if spread and wraps(spec, row):
        return "masked"
    if weaves(spec, row):
        return "woven"
    return "spread" if spread else "neighbours"


@functools.lru_cache(maxsize=1024)
def geometry(plan: Plan) -> Flat:
    return Flat(plan)


# --- what is moved ---


def copied(g: Flat, source: Isa, held: Isa) -> list[Node]:
    """Deals a channel out to the planes. What a vector writes beyond its pixels, the padding behind them or the next
    row overwrites; padding behind a row reaches the first pixel of the next."""
    nodes: list[Node] = []
    planes = g.planes()
    if g.masks:
        (one,) = planes
        begin = one.above * g.row_pitch + one.before
        end = begin + one.rows * one.pixels
        return [*_padding(held, "planes", begin),
                *_moved(g, source, held, ("planes", begin), "input", one.rows * one.pixels, whole=False),
                *_padding(held, affine("planes", end), g.depth_rows * g.row_pitch - end)]
    for one in planes:
        begin = one.above * g.row_pitch + one.before if one.rows and one.pixels else g.depth_rows * g.row_pitch
        nodes += _padding(held, affine("planes", one.at), begin)
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
            nodes += _padding(held, affine("planes", one.at + end), g.depth_rows * g.row_pitch - end)
    return nodes


def _padding(held: Isa, to: str, count: int) -> list[Node]:
    """So many numbers of padding, or some more."""
    if count <= 0:
        return []
    if count <= held.lanes:
        return [Statement(f"{held.store(to, 'padding')};")]
    return [For("i", "0", str(count), held.lanes, "", [Statement(f"{held.store(affine(to, ('i', 1)), 'padding')};")])]


def _rows(g: Flat, source: Isa, held: Isa, planes: list[Plane], begin: int, end: int, whole: bool) -> For:
    """Rows begin to end - 1 of one phase. whole: vectors may be read beyond the row."""
    s = g.spec
    body: list[Node] = [Let(f"const {source.scalar} *", "from",
                            affine("input", ("h", s.sh * s.iw), planes[0].row * s.iw))]
    for one in planes:
        body.append(Let(f"{held.scalar} *", f"to{one.pixel}", affine(
            "planes", ("h", g.row_pitch), one.at + one.above * g.row_pitch + one.before)))
    if g.dealt == 1:
        one, gap = planes[0], g.row_pitch - s.iw
        return For("h", str(begin), str(end), 1, "", [
            *body, *_moved(g, source, held, (f"to{one.pixel}", 0), "from", s.iw, gap, whole=whole)])
    if g.dealt == 2:
        body += _split(g, source, held, planes, whole)
    else:
        for one in planes:
            value = affine(f"from[{affine('', ('i' if one.pixels > 1 else '', s.sw), one.pixel)}]", g.offset)
            place = "i" if one.pixels > 1 else "0"
            body += loop("i", str(one.pixels), [Statement(f"to{one.pixel}[{place}] = ({held.scalar})({value});")])
    for one in planes:
        body += _padding(held, affine(f"to{one.pixel}", one.pixels), g.row_pitch - one.pixels)
    return For("h", str(begin), str(end), 1, "", body)


def _moved(g: Flat, source: Isa, held: Isa, to: tuple[str, int], start: str, pixels: int, gap: int = 0, *,
           whole: bool) -> list[Node]:
    """Pixels as they lie, and `gap` bytes of padding behind them: in the last vector, if that has room. to: a pointer
    and what is added to it. whole: vectors may be read beyond the pixels."""
    padding, switched = "padding", False
    if pixels <= SHORT and source.short and held.short:
        source, held, switched = source.short, held.short, True
        padding = held.set1(str(g.zero))
    lanes = held.lanes
    count, tail = divmod(pixels, lanes)
    nodes: list[Node] = []
    if count > UNROLLED:
        place = f"{start} + i"
        nodes.append(For("i", "0", str(count * lanes), lanes, "", [
            Statement(f"{held.store(affine(to[0], ('i', 1), to[1]), source.load(place))};")]))
    else:
        nodes += [Statement(f"{held.store(affine(*to, at), source.load(affine(start, at)))};")
                  for at in range(0, count * lanes, lanes)]
    if tail:
        at = affine(start, count * lanes)
        last = source.load(at) if whole else source.load_part(at, 0, tail)
        nodes.append(Statement(f"{held.store(affine(*to, count * lanes), held.over(padding, last, tail))};"))
    if gap > (lanes - tail if tail else 0):
        nodes += _padding(held, affine(*to, pixels), gap) if not switched else [
            Statement(f"{held.store(affine(*to, pixels + at), padding)};") for at in range(0, gap, lanes)]
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


def spread(g: Flat, flat: Isa) -> list[Node]:
    """Brings rows of the residual to where outputs will lie in the scratch. The last ones are loaded in parts."""
    if g.spec.ow <= SHORT and flat.short:
        flat = flat.short
    at = affine("flat", ("oh", g.pitch), -g.alone * g.pitch)
    return _rows_of_outputs(g, flat, affine("residual", ("oh", g.spec.ow)), at, lambda to, at, left: flat.store(
        to, flat.load_part(at, 0, left) if left else flat.load(at)))


def gathered(g: Flat, out: Isa, flat: Isa) -> list[Node]:
    """Brings rows of outputs together, which the row flat loads. The last ones end in parts of vectors."""
    if g.spec.ow <= SHORT and out.short and flat.short:
        out, flat = out.short, flat.short
    at = affine("flat", ("oh", g.pitch), -g.alone * g.pitch)
    return _rows_of_outputs(g, out, at, affine("output", ("oh", g.spec.ow)), lambda to, at, left: out.store_tail(
        to, flat.load(at), left) if left else out.store(to, flat.load(at)))


def _rows_of_outputs(g: Flat, row: Isa, taken: str, given: str, moved: Callable[[str, str, int], str]) -> list[Node]:
    """Moves rows that do not go to the output by themselves, row oh from one place to another. moved: the expression,
    of where to, where from, and how many of a vector are left, 0 if it is whole. What a vector moves beyond a row, the
    next rows overwrite."""
    s = g.spec
    vectors, tail = -(-s.ow // row.lanes), s.ow % row.lanes
    safe = max(g.alone, sum(h * s.ow + vectors * row.lanes <= s.oh * s.ow for h in range(s.oh)) if tail else s.oh)
    nodes: list[Node] = []
    for begin, end, left in ((g.alone, safe, 0), (safe, s.oh, tail)):
        if begin == end:
            continue
        body: list[Node] = [Let(f"const {g.out.scalar} *", "from", taken), Let(f"{g.out.scalar} *", "to", given)]
        count = vectors - (left > 0)
        if count > UNROLLED:
            body.append(For("i", "0", str(count * row.lanes), row.lanes, "", [
                Statement(f"{moved('to + i', 'from + i', 0)};")]))
        else:
            body += [Statement(f"{moved(affine('to', at), affine('from', at), 0)};")
                     for at in range(0, count * row.lanes, row.lanes)]
        if left:
            at = count * row.lanes
            body.append(Statement(f"{moved(affine('to', at), affine('from', at), left)};"))
        nodes.append(For("oh", str(begin), str(end), 1, "", body))
    return nodes
