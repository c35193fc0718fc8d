"""The functions around transforms: pairs of blocks in and out, their products, and the tasks that do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...machine.isa import Isa
from ...plan.program import Advance, Call, For, If, Let, Node, Parameter, Statement, affine, indices, reads, writes
from ..tiled.geometry import Strides
from ..winograd.index import Index, Term, known, over, scoped, term, together
from .numbers import Numbers, Trip
from .told import told


class Place(NamedTuple):
    """A pair of blocks of a channel: image, plane, channel, row of blocks, pair along it."""

    n: Index
    d: Index
    c: Index
    bh: Index
    b: Index

    @property
    def names(self) -> list[str]:
        """Those that are no numbers."""
        return [index for index in self if isinstance(index, str)]


class End(NamedTuple):
    """A block of a pair: where its numbers lie in a vector of both, and how much further it is than the first one: in
    images, and in rows and columns of outputs."""

    part: int
    image: int
    row: int
    column: int


class Blocks:
    """Those of a plan, with the row that computes."""

    def __init__(self, t: Numbers, row: Isa) -> None:
        self.t, self.row, self.s = t, row, t.spec
        self.flat, self.lanes = t.flat, t.lanes
        self.points = "z" if self.lanes > 1 else "spectrum"  # where a pair's points are
        self.both = ["z"] * (self.lanes > 1)
        last = t.slots - 1 if not t.choices.fused else t.tiles * t.pairs_at_once - 1
        n, d, bh = (trip.at for trip in t.places)
        self.read = Place(n, d, "c" if self.s.ic > 1 else 0, bh, "b" if last else 0)
        self.written = Place(n, d, "c" if self.s.oc > 1 else 0, bh, "b" if t.across > 1 else 0)
        apart = {dim: t.apart * (t.paired == dim) for dim in ("n", "bh", "b")}
        second = End(self.lanes, apart["n"], apart["bh"] * t.h.step, apart["b"] * t.w.step)
        self.ends = [End(0, 0, 0, 0), *[second] * bool(t.paired)]
        # the last row and column that blocks reach
        self.bottom = (t.down - 1) * t.h.step + second.row - t.h.before + t.h.size - 1
        self.right = last * t.w.step + second.column - t.w.before + t.w.size - 1

    # --- in ---

    def _image(self, array: str, strides: Strides, place: Place, end: End) -> str:
        """Where a channel begins there; of rows that are blocks by themselves, the row."""
        row = [term(place.bh, strides.h), end.row * strides.h] if self.flat else []
        return affine(array, term(place.n, strides.n), end.image * strides.n, term(place.d, strides.d),
                      term(place.c, strides.c), *row)

    def _corner(self, place: Place, end: End, before: tuple[int, int]) -> dict[str, Index]:
        """Row and column of the first pixel."""
        t = self.t
        row = known(affine("", term(place.bh, t.h.step), end.row - before[0]))
        column = known(affine("", term(place.b, t.w.step), end.column - before[1]))
        return {"column": column} if self.flat else {"row": row, "column": column}

    @property
    def missing(self) -> str:
        """That a pair has no second block, where that can be; along a row of blocks it lies behind the outputs."""
        t = self.t
        return f"{t.paired} == {t.apart - 1}" if t.odd and t.paired != "b" else ""

    def _loads(self) -> list[dict[str, Index]]:
        return [self._corner(self.read, end, (self.t.h.before, self.t.w.before)) for end in self.ends]

    def load_pair(self) -> list[Node]:
        """The spectrum of two blocks of an input channel."""
        corners, nodes = self._loads(), list[Node]()
        for end, corner in zip(self.ends, corners, strict=True):
            image = self._image("input", self.t.x, self.read, end)
            load: list[Node] = [Call("load_block", [image, *told(corners).of(corner), affine(self.points, end.part)])]
            if end.part and self.missing:
                load = [If(self.missing, self._zeros(), load)]
            nodes += load
        if len(self.ends) == 1:
            nodes += self._zeros()
        return [*nodes, Call("transform", [*self.both, "packed", "spectrum"])]

    def _zeros(self) -> list[Node]:
        """For a second block that there is not."""
        zero = self.row.store_aligned(affine(self.points, ("at", 1), self.lanes), self.row.zero())
        return [For("at", "0", str(self.t.spectrum), 2 * self.lanes, "there is no second block",
                    [Statement(f"{zero};")])]

    def load_block(self) -> list[Node]:
        """Vectors of a channel, zeros where there is padding."""
        t = self.t
        inside = told(self._loads()).inside
        if self.flat:
            return self._row(inside["column"], 0, [])
        above, below = t.h.before > 0, self.bottom >= self.s.ih
        outside = ["i < 0"] * above + [f"i >= {self.s.ih}"] * below
        first = inside["row"]
        return [For("i", str(first), affine("", term(first), t.h.size), 1, "",
                    self._row(inside["column"], "i", outside))]

    def _row(self, start: Index, i: Index, outside: list[str]) -> list[Node]:
        """Row i of a block, from column `start` on; zeros where one of the conditions holds."""
        t, row, lanes, w = self.t, self.row, self.lanes, self.s.iw
        low, high = -t.w.before, self.right + 1 - lanes  # the first vector and the last
        if isinstance(start, int):
            low, high = start, start + t.w.size - lanes
        outside = [*outside, *[f"j <= {-lanes}"] * (low <= -lanes), *[f"j >= {w}"] * (high >= w)]
        zeros: list[Node] = [Statement(f"{row.store_aligned('to', row.zero())};")]

        def vector(j: Index) -> list[Node]:
            nodes: list[Node] = [Statement(
                f"{row.store_aligned('to', row.load(affine('from', term(i, t.x.h), term(j, t.x.w))))};")]
            whole = ["j >= 0"] * (low < 0) + [f"j <= {w - lanes}"] * (high > w - lanes)
            if lanes > 1 and (whole or not self.contiguous):
                away = " || ".join(["k < 0"] * (low < 0) + [f"k >= {w}"] * (high > w - lanes))
                value = f"from[{affine('', term(i, t.x.h), ('k', t.x.w))}]"
                some: list[Node] = [For("lane", "0", str(lanes), 1, "", [
                    Let("const ptrdiff_t ", "k", affine("", ("lane", 1), term(j))),
                    Statement(f"to[lane] = {f'{away} ? 0.0f : ' if away else ''}{value};")])]
                mixed = isinstance(j, str) and self.contiguous and w >= lanes
                nodes = [If(" && ".join(whole), nodes, some)] if mixed else some
            if outside and (isinstance(j, str) or i):
                nodes = [If(" || ".join(outside), zeros, nodes)]
            return [*nodes, Advance("to", 2 * lanes)]

        if isinstance(start, int):
            return over("j", (start, start + t.w.size, lanes), vector)
        return [For("j", start, f"{start} + {t.w.size}", lanes, "", vector("j"))]

    @property
    def contiguous(self) -> bool:
        """Whether neighbouring pixels of a channel are neighbours."""
        return self.t.x.w == self.t.y.w == 1

    # --- out ---

    def _stores(self) -> list[dict[str, Index]]:
        return [self._corner(self.written, end, (0, 0)) for end in self.ends]

    def store_pair(self) -> list[Node]:
        """The outputs of two blocks of an output channel."""
        t, s, corners = self.t, self.s, self._stores()
        nodes: list[Node] = [Call("transform_back", ["spectrum", "packed", *self.both])]
        for end, corner in zip(self.ends, corners, strict=True):
            arrays = [self._image(array, t.y, self.written, end) for array in (*["residual"] * s.residual, "output")]
            numbers = [affine("packed", term(self.written.c), at)
                       for at in (*[t.bias_at] * s.bias, *[t.slopes_at] * s.slopes)]
            store: Node = Call("store_block", [affine(self.points, end.part), *numbers, *arrays,
                                               *told(corners).of(corner)])
            nodes.append(If(f"!({self.missing})", [store]) if end.part and self.missing else store)
        return nodes

    def store_block(self) -> list[Node]:
        """Outputs of one block, the epilogue in vectors."""
        t, s = self.t, self.s
        inside = told(self._stores()).inside
        columns, named = self._extent("columns", inside["column"], t.w.step, s.ow, t.paired == "b" and t.odd)
        if self.flat:
            return [*named, *self._outputs([], inside["column"], 0, columns)]
        rows, more = self._extent("rows", inside["row"], t.h.step, s.oh, False)
        row = self._outputs([together(inside["row"], "i", t.y.h)], inside["column"], "i", columns)
        return [*more, *named, For("i", "0", str(rows), 1, "", row)]

    def _outputs(self, place: list[Term], first: Index, i: Index, columns: Index) -> list[Node]:
        """Those of row i: vectors, and what is left, of which a number is known or not."""
        t, row, lanes = self.t, self.row, self.lanes
        plain = self.contiguous or lanes == 1

        def value(j: Index) -> str:
            return row.load_aligned(affine("from", term(i, 2 * t.columns), term(j, 2)))

        def whole(j: Index, at: Index) -> list[Node]:
            return [Let(f"const {row.vector} ", "y", self._finished(value(j), row.load(affine("residual", term(at))))),
                    Statement(f"{row.store(affine('output', term(at)), 'y')};")]

        def some(j: Index, at: Index, left: str) -> list[Node]:
            place = affine("", term(at), ("lane", t.y.w))
            added = [_lanes(str(lanes), "part[lane] = 0.0f;"),  # for an initialiser some compilers call memset
                     _lanes(left, f"part[lane] = residual[{place}];")] if self.s.residual else []
            return [Statement(f"{row.scalar} part[{lanes}];"), *added,
                    Let(f"const {row.vector} ", "y", self._finished(value(j), row.reload("part"))),
                    Statement(f"{row.spill('part', 'y')};"), _lanes(left, f"output[{place}] = part[lane];")]

        def cut(j: Index, at: Index) -> list[Node]:
            left = f"{columns} - j"
            few = left if plain else f"{left} < {lanes} ? {left} : {lanes}"
            return [Let("const ptrdiff_t ", "left", few), *some(j, at, "left")]

        def vector(j: Index, body: Callable[[Index, Index], list[Node]]) -> list[Node]:
            at = known(affine("", *place, together(first, j, t.y.w)))
            return body(j, at) if isinstance(at, int) else [Let("const ptrdiff_t ", "at", at), *body(j, "at")]

        if isinstance(columns, int):
            tail = columns % lanes
            full = whole if plain else lambda j, at: some(j, at, str(lanes))
            nodes = over("j", (0, columns - tail, lanes), lambda j: vector(j, full)) if columns > tail else []
            return nodes + scoped(vector(columns - tail, lambda j, at: some(j, at, str(tail)))) if tail else nodes
        ragged = bool(t.w.step % lanes or (self.s.ow % t.w.step) % lanes)

        def either(j: Index, at: Index) -> list[Node]:
            return [If(f"j + {lanes} <= {columns}", whole(j, at), cut(j, at))]

        return [For("j", "0", columns, lanes, "", vector("j", (either if ragged else whole) if plain else cut))]

    def _extent(self, name: str, first: Index, step: int, extent: int, beyond: bool) -> tuple[Index, list[Node]]:
        """How many outputs a block has along an axis, and what that is called. beyond: whether it may be none."""
        if isinstance(first, int) and not beyond:
            return min(step, extent - first), []
        if extent % step == 0 and not beyond:
            return step, []
        left = f"{extent} - {first}"
        return name, [Let("const ptrdiff_t ", name, f"{left} < {step} ? {left} : {step}")]

    def _finished(self, value: str, residual: str) -> str:
        """A vector of outputs after the epilogue."""
        s, row = self.s, self.row
        value = row.add(value, row.broadcast("bias")) if s.bias else value
        value = row.add(value, residual) if s.residual else value
        if s.slopes:
            return row.both_in_f32("activate", value, row.broadcast("slope"))
        return row.in_f32("activate", value) if s.activation != "none" else value

    # --- products ---

    def multiply(self) -> list[Node]:
        """Vector by vector of the spectra, for some pairs and some output channels at once."""
        t, row = self.t, self.row
        places = [(f"{name}{m}_{o}", affine("products", ("f", 1), self._product(m, o) + part))
                  for m, o in self._sums for name, part in (("re", 0), ("im", self.lanes))]
        ends: list[Node] = [Statement(f"{row.store_aligned(place, name)};") for name, place in places]
        if t.terms == 1:
            once: list[Node] = [*self._spectra("x + f"), *(
                Let(f"const {row.vector} ", f"{name}{m}_{o}", value) for m, o in self._sums for name, value in (
                    ("re", row.fnma(f"b{m}", f"d{o}", row.mul(f"a{m}", f"c{o}"))),
                    ("im", row.fma(f"b{m}", f"c{o}", row.mul(f"a{m}", f"d{o}")))))]
            return over("f", (0, t.spectrum, 2 * self.lanes), lambda f: [*once, *ends, self._on])

        def summed(ic: Index, part: Index) -> list[Node]:
            nodes = self._spectra(affine("x", ("f", 1), term(ic, t.kept * t.plane), term(part, t.plane)))
            for m, o in self._sums:
                re, im = f"re{m}_{o}", f"im{m}_{o}"
                nodes += [Statement(f"{re} = {row.fma(f'a{m}', f'c{o}', re)};"),
                          Statement(f"{im} = {row.fma(f'a{m}', f'd{o}', im)};"),
                          Statement(f"{re} = {row.fnma(f'b{m}', f'd{o}', re)};"),
                          Statement(f"{im} = {row.fma(f'b{m}', f'c{o}', im)};")]
            return [*nodes, self._on]

        starts: list[Node] = [Let(f"{row.vector} ", f"{name}{m}_{o}", row.zero())
                              for m, o in self._sums for name in ("re", "im")]
        nodes = loop("ic", self.s.icg, lambda ic: loop("part", t.parts, lambda part: summed(ic, part)))
        return over("f", (0, t.spectrum, 2 * self.lanes), lambda f: [*starts, *nodes, *ends])

    @property
    def _sums(self) -> list[tuple[int, int]]:
        """(pair, output channel) of each."""
        return [(m, o) for m in range(self.t.pairs_at_once) for o in range(self.t.channels_at_once)]

    @property
    def _on(self) -> Node:
        return Advance("weights", 2 * self.lanes * self.t.channels_at_once)

    def _spectra(self, place: str) -> list[Node]:
        """A vector of each: a + ib of the pairs, whose first is there, and c + id of the output channels' weights."""
        t, row = self.t, self.row
        both = (("ab", "from", t.plane, t.pairs_at_once), ("cd", "weights", 2 * self.lanes, t.channels_at_once))
        return [Let(f"const {row.in_memory} *", "from", place), *(
            Let(f"const {row.vector} ", f"{name}{at}", row.load_aligned(affine(base, at * apart + part)))
            for names, base, apart, number in both for at in range(number)
            for name, part in zip(names, (0, self.lanes), strict=True))]

    def _product(self, m: int, o: int) -> int:
        """Where the products of a pair and an output channel begin."""
        return (m * self.t.channels_at_once + o) * self.t.plane

    # --- tasks ---

    def _scratch(self) -> Node:
        t = self.t
        return Let(f"{self.row.in_memory} *", "z",
                   affine("workspace", t.workspace, ("(ptrdiff_t)worker", t.scratch)))

    def transform_task(self) -> list[Node]:
        """A pair's spectrum, for all that read it."""
        t = self.t
        at = _indices(t.transforming)
        place = Place(at["n"], at["d"], at["ic"], at["bh"], at["slot"])
        lines = t.lines * self.s.ic * t.slots
        spectrum = affine("workspace", ("(ptrdiff_t)task" if lines > 1 else "", t.plane))
        return [*[self._scratch()] * (self.lanes > 1), self._load(place, spectrum)]

    def _load(self, place: Place, spectrum: str) -> Node:
        given = [str(index) for index, own in zip(place, self.read, strict=True) if isinstance(own, str)]
        return Call("load_pair", ["input", "packed", *given, *self.both, spectrum])

    def multiply_task(self) -> list[Node]:
        """Spectra, products, and transforms back, of some pairs in all output channels of a group, or in some."""
        t, s = self.t, self.s
        at, pairs = _indices(t.multiplying), t.pairs_at_once
        nodes: list[Node] = [self._scratch(), Let(f"{self.row.in_memory} *", "products", f"z + {t.plane}")]
        if t.choices.fused:
            nodes.append(Let(f"{self.row.in_memory} *", "spectra",
                             affine("products", pairs * t.channels_at_once * t.plane)))
            nodes += loop("ic", s.icg, lambda ic: [
                self._load(Place(at["n"], at["d"], known(affine("", term(at["g"], s.icg), term(ic))), at["bh"],
                                 self._pair(at["tile"], m)), affine("spectra", term(ic, pairs * t.plane), m * t.plane))
                for m in range(pairs)])
            return nodes + loop("part", t.groups_of, lambda part: self._multiplied(at, part))
        line = [term(at["n"], s.od * t.down), term(at["d"], t.down), term(at["bh"])]
        channel = t.slots * t.plane
        place = affine("workspace", *((one[0], one[1] * s.ic * channel) if isinstance(one, tuple) else
                                      one * s.ic * channel for one in line),
                       term(at["g"], s.icg * channel), term(at["tile"], pairs * t.plane))
        nodes.append(Let(f"const {self.row.in_memory} *", "spectra", place))
        return nodes + self._multiplied(at, at["part"])

    def _pair(self, tile: Index, m: int) -> Index:
        return known(affine("", term(tile, self.t.pairs_at_once), m))

    def _multiplied(self, at: dict[str, Index], part: Index) -> list[Node]:
        t, s = self.t, self.s
        first = known(affine("", term(at["g"], s.ocg), term(part, t.channels_at_once)))
        nodes: list[Node] = []
        c: Index = first
        if isinstance(first, str) and not first.isidentifier():
            nodes, c = [Let("const ptrdiff_t ", "c", first)], "c"
        nodes.append(Call("multiply", ["spectra", affine("packed", term(c, t.terms * t.spectrum)), "products"]))
        for m in range(t.pairs_at_once):
            stores: list[Node] = []
            for o in range(t.channels_at_once):
                place = Place(at["n"], at["d"], known(affine("", term(c), o)), at["bh"], self._pair(at["tile"], m))
                given = [str(index) for index, own in zip(place, self.written, strict=True) if isinstance(own, str)]
                stores.append(Call("store_pair", [affine("products", self._product(m, o)), "packed",
                                                  *["residual"] * s.residual, "output", *given, *self.both]))
            last = t.across % t.pairs_at_once and m >= t.across % t.pairs_at_once
            nodes += [If(f"{self._pair(at['tile'], m)} < {t.across}", stores)] if last else stores
        return nodes

    # --- parameters ---

    def signatures(self) -> dict[str, tuple[Parameter, ...]]:
        s, f = self.s, self.row.scalar
        z, residual = [writes(f, "z")] * (self.lanes > 1), [reads(f, "residual")] * s.residual
        return {
            "transform": (*z, reads(f, "packed"), writes(f, "spectrum")),
            "transform_back": (writes(f, "spectrum"), reads(f, "packed"), *z),
            "load_block": (reads(f, "from"), *indices(told(self._loads()).names), writes(f, "to")),
            "store_block": (reads(f, "from"), *[reads(f, "bias")] * s.bias, *[reads(f, "slope")] * s.slopes, *residual,
                            writes(f, "output"), *indices(told(self._stores()).names)),
            "load_pair": (reads(f, "input"), reads(f, "packed"), *indices(self.read.names), *z, writes(f, "spectrum")),
            "store_pair": (writes(f, "spectrum"), reads(f, "packed"), *residual, writes(f, "output"),
                           *indices(self.written.names), *z),
            "multiply": (reads(f, "x"), reads(f, "weights"), writes(f, "products")),
        }


def _indices(trips: list[Trip]) -> dict[str, Index]:
    return {trip.var: trip.at for trip in trips}


def _lanes(count: str, statement: str) -> Node:
    """For each of the first lanes."""
    return For("lane", "0", count, 1, "", [Statement(statement)])


def loop(var: str, count: int, body: Callable[[Index], list[Node]]) -> list[Node]:
    """The body for each index; in a block of its own where it declares something and is no loop."""
    return [For(var, "0", str(count), 1, "", body(var))] if count > 1 else scoped(body(0))
