"""The loops around transforms and products: rows of tiles, blocks of them, tasks."""

from __future__ import annotations

import functools
from collections.abc import Callable

from ...machine.noted import Rows
from ...machine.rows import stored
from ...plan.plan import Plan
from ...plan.program import Call, If, Let, Node, Statement, affine
from ..tiled.geometry import Strides, input_strides, output_strides
from .index import Index, Term, known, over, parts, product, scoped, term, together
from .numbers import Products, numbers
from .tiles import TileKind, tile_parts


class Loops:
    """The loops of one plan."""

    def __init__(self, plan: Plan, rows: Rows) -> None:
        t = numbers(plan)
        s = t.spec
        self.t, self.s, self.plan = t, s, plan
        self.row, self.io = rows.of(t.row), rows.of(stored(t.row, s.arithmetic))
        self.lanes = t.row.lanes
        # transforms read and write the caller's arrays; or scratch, where pixels and channels have changed places
        self.strided = s.channels_last
        self.x = input_strides(s)
        self.y = output_strides(t.given)
        self.phased = t.phases > 1
        down, across = t.rows.step, t.columns.step
        if self.strided:
            self.window, self.out = self.x, self.y._replace(h=down * self.y.h, w=across * self.y.w)
        else:
            pixels = across * t.w.reach
            self.window = Strides(0, 1, 0, t.window_pixels * t.near, t.near)
            # [vector of channels][row][pixel][lane]
            self.out = Strides(0, t.h.f.m * pixels, 0, pixels * self.lanes, across * self.lanes)
        self.read = min(s.iw, t.window_pixels - s.left)
        self.parts = tile_parts(t)
        # what a row of tiles is told: its first outputs, and its tiles but for one that lies apart
        self.oh: Index = "oh" if t.h.tiles > 1 else 0
        self.ow: Index = "ow" if t.w.blocks > 1 else 0
        self.count: Index = "count" if len(t.w.sizes) > 1 else t.w.block - t.w.nested
        # rows of outputs of a row of tiles, and what a tile that writes them is told of its own
        most = min(t.h.f.m, t.h.axis.o)
        self.height: Index = "rows" if (t.h.partial or t.h.nested) and t.h.tiles > 1 else most
        cut = {"rows": t.h, "columns_left": t.w}
        self.told = [name for name, axis in cut.items() if self.strided and axis.partial and axis.tiles > 1]
        if self.phased:  # where its outputs lie, or would
            self.told = [*["row"] * (t.rows.step > 1 or isinstance(self.oh, str)), "column"] * self.strided

    @property
    def sizes(self) -> bool:
        """Whether blocks differ in their tiles."""
        return len({run.tiles for run in self.t.runs}) > 1

    # --- a row of tiles ---

    def input_row(self) -> list[Node]:
        """A row of tiles transformed, each to its places in v."""
        if not self.strided:
            return self._blocks(self.s.icg, self._channels_in)
        starts = [part.rows.start for row in self.parts for part in row]
        ih: list[Node] = [Let("const ptrdiff_t ", "ih", affine("oh", -self.t.h.axis.before))] * ("ih" in starts)
        return ih + self._tiles(self._transform, "v", self.t.depth)

    def output_row(self) -> list[Node]:
        """The same row of tiles transformed back, from m to the output."""
        t = self.t
        m, o = t.h.f.m, t.h.axis.o
        if self.strided:
            lets, back = "rows" in self.told, self._tiles(self._transform_back, "m", t.width)
        else:
            lets = isinstance(self.height, str)
            back = self._blocks(t.channels, self._channels_back)
        return [Let("const ptrdiff_t ", "rows", f"oh <= {o - m} ? {m} : {o} - oh")] * lets + back

    def _tiles(self, visit: Callable[[TileKind, Index, str], list[Node]], base: str, floats: int,
               block: Index = 0) -> list[Node]:
        """visit(part, tile, place) for each tile of a row, the places of which are `floats` apart from base on."""
        t = self.t

        def row(kinds: list[TileKind]) -> list[Node]:
            nodes = over("tile", (0, self.count, 1), lambda tile: visit(
                kinds[0], tile, affine(base, term(tile, floats), term(block))))
            for kind in kinds[1:]:
                nodes += scoped(visit(kind, t.w.tiles - 1, affine("last", term(block))))
            return nodes

        if not t.h.nested:
            return row(self.parts[0])
        return [If(f"oh < {(t.h.tiles - 1) * t.h.f.m}", row(self.parts[0]), row(self.parts[1]))]

    # --- tiles in the caller's arrays ---

    def _transform(self, part: TileKind, tile: Index, place: str) -> list[Node]:
        ih, iw, w = part.rows.start, part.columns.start, self.t.w
        lets: list[Node] = []
        if isinstance(iw, str) and not part.padding:
            lets = [Let("const ptrdiff_t ", iw, affine("", term(self.ow), term(tile, w.f.m), -w.axis.before))]
        at = affine("input", term(ih, self.x.h), term(iw, self.x.w))
        whole: list[Node] = [Call(f"transform_inside{part.name}", [at, place])]
        edge: list[Node] = [Call(f"transform_edge{part.name}", [*["input"] * (not part.padding), *part.starts, place])]
        if part.inside is None:
            return [*lets, *edge]
        return [*lets, If(" && ".join(part.inside), whole, edge)] if part.inside else [*lets, *whole]

    def _transform_back(self, part: TileKind, tile: Index, place: str) -> list[Node]:
        m, o = self.t.w.f.m, self.t.w.axis.o
        oh: Index = "oh" if isinstance(part.rows.start, str) else part.rows.first + self.t.h.axis.before
        if self.phased:
            return self._phases(lambda ph, pw: [self._transform_phase(part, oh, tile, place, ph, pw)])
        at = (term(oh, self.y.h), term(self.ow, self.y.w), term(tile, m * self.y.w))
        lets: list[Node] = []
        arrays = [affine("output", *at)]
        if self.s.residual:
            lets = [Let("const ptrdiff_t ", "at", affine("", *at))]
            arrays = ["residual + at", "output + at"]
        left = " - ".join([str(o), *(affine("", one) for one in (term(self.ow), term(tile, m)) if one)])
        return [*lets, Call(f"transform_output{part.name}", [
            place, *self.s.per_channel, *arrays, *({"columns_left": left}.get(name, name) for name in self.told)])]

    def _transform_phase(self, part: TileKind, oh: Index, tile: Index, place: str, ph: Index, pw: Index) -> Call:
        """The same of the outputs of a phase, which is told where the first would be: it may lie before the output."""
        t = self.t
        down, across = t.rows.step, t.columns.step
        first = {"row": affine("", term(oh, down), term(ph), -t.rows.cut),
                 "column": affine("", term(self.ow, across), term(tile, t.w.f.m * across), term(pw), -t.columns.cut)}
        return Call(f"transform_output{part.name}", [
            affine(place, *self._channels_of(ph, pw)), *self.s.per_channel, *["residual"] * self.s.residual, "output",
            *(first[name] for name in self.told)])

    def _phases(self, visit: Callable[[Index, Index], list[Node]]) -> list[Node]:
        """visit(ph, pw) for each phase."""
        down, across = self.t.rows.step, self.t.columns.step
        return over("ph", (0, down, 1), lambda ph: over("pw", (0, across, 1), lambda pw: visit(ph, pw)))

    def _channels_of(self, ph: Index, pw: Index) -> tuple[Term, Term]:
        """From the channels of the first phase of a tile to those of another."""
        return term(ph, self.t.columns.step * self.t.padded), term(pw, self.t.padded)

    def row_of(self, i: Index) -> Index:
        """The row of the layer's output that is row i of a phase's, where transforms write it."""
        return known(affine("", term("row" if "row" in self.told else 0), term(i, self.t.rows.step)))

    # --- tiles in scratch, where channels are neighbours: some of them at a time, which stay close ---

    def _blocks(self, channels: int, visit: Callable[[int, Index], list[Node]]) -> list[Node]:
        """visit(size, block) for blocks of channels."""
        nodes: list[Node] = []
        for begin, end, size in parts(channels, self.t.near):
            nodes += over("block", (begin, end, size), functools.partial(visit, size))
        return nodes

    def _channels_in(self, size: int, block: Index) -> list[Node]:
        t, pitch = self.t, self.t.w.f.m * self.window.w
        told = [str(size)] * self.channels_differ
        copied = over("i", (0, t.h.f.n, 1), lambda i: self._row_in(size, block, i))
        return copied + self._tiles(lambda part, tile, place: [
            Call(f"transform_inside{part.name}", [affine("window", term(tile, pitch)), *told, place])],
            "v", t.depth, block)

    @property
    def channels_differ(self) -> bool:
        """Whether some transforms take fewer channels than others."""
        return not self.strided and len(parts(self.s.icg, self.t.near)) > 1

    def _row_in(self, size: int, block: Index, i: Index) -> list[Node]:
        """Copies a row of the window from the input, with zeros where it is padding."""
        t, x, window, axis = self.t, self.x, self.window, self.t.h.axis
        ih: Index = "ih" if isinstance(self.oh, str) or isinstance(i, str) else i - axis.before
        begin, end = t.w.axis.before * window.w, (t.w.axis.before + self.read) * window.w
        zeros: list[Node] = [Call("zero_vectors", ["to", str(window.h)])]
        row: list[Node] = [Call("zero_vectors", ["to", str(begin)])] * (begin > 0)
        row += self._squares(size, self.read, "transpose", lambda c, _, w: [
            affine("input", together(block, c, x.c), term(ih, x.h), term(w)),
            affine("to", term(c), term(w, window.w), begin)])
        row += [Call("zero_vectors", [affine("to", end), str(window.h - end)])] * (end < window.h)
        to = Let(f"{t.row.in_memory} *", "to", affine("window", term(i, window.h)))
        if isinstance(ih, int):
            return [to, *(row if 0 <= ih < axis.i else zeros)]
        last = (t.h.tiles - 1) * t.h.f.m - axis.before + t.h.f.n - 1
        beyond = [f"{ih} < 0"] * (axis.before > 0) + [f"{ih} >= {axis.i}"] * (last >= axis.i)
        return [Let("const ptrdiff_t ", ih, affine("", term(self.oh), term(i), -axis.before)), to,
                *([If(" || ".join(beyond), zeros, row)] if beyond else row)]

    def _channels_back(self, size: int, block: Index) -> list[Node]:
        t, y, out = self.t, self.y, self.out

        def transforms(ph: Index, pw: Index) -> list[Node]:
            """The tiles of a phase, each pixel to its place among those of the others."""
            def transform(part: TileKind, tile: Index, place: str) -> list[Node]:
                return over("c", (0, size, self.lanes), lambda c: [Call(f"transform_output{part.name}", [
                    affine(place, *self._channels_of(ph, pw), term(c)),
                    *[affine("bias", term(block), term(c))] * self.s.bias,
                    affine("window", term(c, out.c), term(tile, t.w.f.m * out.w), term(pw, self.lanes))])])

            return self._tiles(transform, "m", t.width, block)

        def places(c: Index, i: Index, w: Index) -> list[str]:
            at = (together(block, c, y.c), ("row", y.h) if self.phased else together(self.oh, i, y.h), term(w))
            here = affine("window", term(c, out.c), term(i, out.h), term(w, self.lanes), t.columns.cut * self.lanes)
            return [here, *[affine("slopes", term(block), term(c))] * self.s.slopes,
                    *[affine("residual", *at)] * self.s.residual, here if t.staged else affine("output", *at)]

        def row(ph: Index, i: Index, nodes: list[Node]) -> list[Node]:
            """What a row of a phase's outputs takes, if it is one of the layer's."""
            rows = t.rows
            if not self.phased:
                return nodes
            tests = ["row >= 0"] * (rows.cut > 0) + [f"row < {rows.outputs}"] * (
                rows.certain(0, t.h.axis.o) < t.h.axis.o)
            return [Let("const ptrdiff_t ", "row", affine("", together(self.oh, i, rows.step), term(ph), -rows.cut)),
                    *([If(" && ".join(tests), nodes)] if tests else nodes)]

        return over("ph", (0, t.rows.step, 1), lambda ph: [
            *over("pw", (0, t.columns.step, 1), functools.partial(transforms, ph)),
            *self._squares(size, t.columns.outputs, "transpose_back", places, self.height, functools.partial(row, ph)),
            *(self._given_out(size, block) if t.staged else [])])

    def _given_out(self, size: int, block: Index) -> list[Node]:
        """From scratch to the output: the rows of one channel after another."""
        lanes, y, out = self.lanes, self.y, self.out

        def line(first: Index, k: Index, i: Index) -> list[Node]:
            lets: list[Node] = [
                Let(f"const {self.row.in_memory} *", "from",
                    affine("window", term(first, out.c), term(i, out.h), term(k, lanes))),
                Let(f"{self.io.in_memory} *", "to",
                    affine("output", together(block, first, y.c), term(k, y.c), together(self.oh, i, y.h)))]
            return [*lets, *over("w", (0, self.s.ow, lanes), lambda w: [Statement(
                f"{self.io.store(affine('to', term(w)), self.row.load(affine('from', term(w, lanes))))};")])]

        def lines(channels: int, first: Index) -> list[Node]:
            return over("k", (0, channels, 1), lambda k: over("i", (0, self.height, 1), functools.partial(
                line, first, k)))

        nodes: list[Node] = []
        for begin, end, channels in parts(size, lanes):
            nodes += over("c", (begin, end, lanes), functools.partial(lines, channels))
        return nodes

    def _squares(self, channels: int, pixels: int, name: str, places: Callable[[Index, Index, Index], list[str]],
                 rows: Index = 1, around: Callable[[Index, list[Node]], list[Node]] = lambda i, nodes: nodes,
                 ) -> list[Node]:
        """The squares of a block in which pixels and channels change places; places(c, i, w): those of channel c, row i
        and pixel w, from where to where. around: what is done for a row."""

        def square(height: int, width: int, c: Index, i: Index, w: Index) -> list[Node]:
            sides = (height, width) if name == "transpose" else (width, height)
            return [Call(f"{name}_{sides[0]}x{sides[1]}", places(c, i, w))]

        def line(height: int, c: Index, i: Index) -> list[Node]:
            nodes: list[Node] = []
            for begin, end, width in parts(pixels, self.lanes):
                nodes += over("w", (begin, end, self.lanes), functools.partial(square, height, width, c, i))
            return nodes

        def strip(height: int, c: Index) -> list[Node]:
            return over("i", (0, rows, 1), lambda i: around(i, line(height, c, i)))

        nodes: list[Node] = []
        for begin, end, height in parts(channels, self.lanes):
            nodes += over("c", (begin, end, self.lanes), functools.partial(strip, height))
        return nodes

    # --- products ---

    def multiply(self, products: dict[int, list[Products]]) -> list[Node]:
        """The products at position p, those over as many tiles by one function."""
        t = self.t
        vanishing = self._vanishing()
        lets: list[Node] = [Let("const ptrdiff_t ", "i", f"p / {t.w.f.n}")] * (t.h.nested or "i ==" in vanishing)
        lets += [Let("const ptrdiff_t ", "j", f"p % {t.w.f.n}")] * (t.w.nested or "j ==" in vanishing)
        phase = "phase" if self.phased else ""
        multiplied, none = list[Node](), list[Node]()
        for number, runs in products.items():
            for run in runs:
                place: list[Term] = [("p", t.m_plane), (phase, t.padded), run.first * t.width]
                call = Call(f"multiply_{number}", [
                    affine("v", ("p", t.v_plane), run.first * t.depth),
                    affine("weights", ("p", t.u_plane), (phase, t.padded * self.s.icg)), affine("m", *place)])
                zeros = over("tile", (0, number, 1), functools.partial(self._zeros, place))
                condition = self._selects(run)
                multiplied += [If(condition, [call]) if condition else call]
                none += [If(condition, zeros)] if condition else zeros
        nodes: list[Node] = [If(vanishing, none, multiplied)] if vanishing else multiplied
        return lets + over("phase", (0, t.phases, 1), lambda phase: nodes)

    def _zeros(self, place: list[Term], tile: Index) -> list[Node]:
        """In the place of a phase's products of a tile, of which there are none."""
        return [Call("zero_vectors", [affine("m", *place, term(tile, self.t.width)), str(self.t.padded)])]

    def _vanishing(self) -> str:
        """The condition for a phase to have no product at a position, in C; empty where all have all."""
        conditions = []
        for axis, spread, none, at, phase in zip((self.t.h, self.t.w), (self.t.rows, self.t.columns),
                                                 self.t.vanishing, "ij", self.phase_places(), strict=True):
            if none is not None:
                least = sum(not spread.gap(one) for one in range(spread.step))
                tests = [f"{at} == {none}"] * (axis.f.n > 1) + [f"{phase} >= {least}"] * (least > 0)
                conditions.append(" && ".join(tests))
        return " || ".join(f"({one})" if len(conditions) > 1 and "&&" in one else one for one in conditions)

    def phase_places(self) -> tuple[str, str]:
        """The row and the column of `phase`, in C, of the outputs that are the first of each."""
        across = self.t.columns.step
        if self.t.rows.step == 1 or across == 1:
            return "phase", "phase"
        return f"phase / {across}", f"phase % {across}"

    def _selects(self, run: Products) -> str:
        """The condition for a run's products and tiles, in C; empty where it is the only one."""
        conditions = [f"tiles == {run.tiles}"] * self.sizes
        for axis, share, at in ((self.t.h, run.rows, "i"), (self.t.w, run.columns, "j")):
            conditions += [f"{at} {'>=' if share.start else '<'} {axis.last.n}"] * axis.nested
        return " && ".join(conditions)

    # --- tasks ---

    def block(self) -> list[Node]:
        """What a task does with a block of tiles in its worker's scratch."""
        t, memory = self.t, self.t.row.in_memory
        nodes: list[Node] = []
        tiles: dict[str, Index] = {}
        for name, axis in (("h", t.h), ("w", t.w)):
            tiles[name] = f"tiles_{name}" if len(axis.sizes) > 1 else axis.block
            if len(axis.sizes) > 1:
                value = f"t{name} == {axis.blocks - 1} ? {axis.sizes[-1]} : {axis.block}"
                nodes.append(Let("const ptrdiff_t ", f"tiles_{name}", value))
            if axis.blocks > 1:
                nodes.append(Let("const ptrdiff_t ", f"o{name}0", affine("", (f"t{name}", axis.block * axis.f.m))))
        nodes += [Let(f"{memory} *", "v", f"workspace + (ptrdiff_t)worker * {t.scratch}"),
                  Let(f"{memory} *", "m", affine("v", t.v_floats))]
        if not self.strided:
            nodes.append(Let(f"{memory} *", "window", affine("m", t.m_floats)))
        rows = (0, tiles["h"], 1)

        def oh(i: Index) -> str:
            return affine("oh0" if t.h.blocks > 1 else "", term(i, t.h.f.m))

        nodes += over("i", rows, lambda i: self._in(i, oh(i), tiles, "v"))
        weights = affine("packed", ("g", t.u_floats if t.groups > 1 else 0))
        told = [str(product(tiles["h"], tiles["w"]))] * self.sizes
        nodes += over("p", (0, t.points, 1), lambda p: [Call("multiply", [str(p), *told, "v", weights, "m"])])
        return nodes + over("i", rows, lambda i: self._out(i, oh(i), tiles, "m"))

    def input_task(self) -> list[Node]:
        """A task of the first phase: transforms a row of tiles."""
        return [*self._alone(), *self._in(*self._row, self._group(0))]

    def multiply_task(self) -> list[Node]:
        """A task of the second phase: the products of one position."""
        t, task = self.t, "(ptrdiff_t)task"
        if self.s.g == 1:
            return [Call("multiply", [task, "workspace", "packed", affine("workspace", t.v_floats)])]
        return [Let("const ptrdiff_t ", "g", f"{task} / {t.points}"),
                Let("const ptrdiff_t ", "p", f"{task} % {t.points}"),
                Call("multiply", ["p", self._group(0), affine("packed", ("g", t.u_floats)), self._group(t.v_floats)])]

    def output_task(self) -> list[Node]:
        """A task of the last phase: transforms a row of tiles back."""
        return [*self._alone(), *self._out(*self._row, self._group(self.t.v_floats))]

    def _alone(self) -> list[Node]:
        """The worker's scratch for one row."""
        t = self.t
        at = f"{affine('workspace', self.s.g * t.scratch)} + (ptrdiff_t)worker * {t.strip}"
        return [] if self.strided else [Let(f"{t.row.in_memory} *", "window", at)]

    @property
    def _row(self) -> tuple[Index, str, dict[str, Index]]:
        """The row that is a task, its first outputs, and the tiles of all."""
        t = self.t
        row: Index = "th" if t.h.tiles > 1 else 0
        return row, affine("", term(row, t.h.f.m)), {"h": t.h.tiles, "w": t.w.tiles}

    def _group(self, shift: int) -> str:
        """The group's part of the workspace, from a number on."""
        return affine("workspace", ("g", self.t.scratch if self.s.g > 1 else 0), shift)

    def _in(self, row: Index, oh: str, tiles: dict[str, Index], base: str) -> list[Node]:
        """The call of input_row for a row of tiles, those of all rows being at `base`."""
        s = self.s
        lets, places = self._places(row, tiles, base, self.t.depth)
        at = affine("input", *self._origin(self.x, s.icg if s.g > 1 else 0))
        return [*lets, Call("input_row", [at, *self._told(oh), *places, *["window"] * (not self.strided)])]

    def _out(self, row: Index, oh: str, tiles: dict[str, Index], base: str) -> list[Node]:
        """The call of output_row."""
        t, s = self.t, self.s
        lets, places = self._places(row, tiles, base, t.width)
        at = self._origin(self.y, t.channels if t.groups > 1 else 0)
        numbers = [affine("packed", t.groups * (t.u_floats + index * t.padded), ("g", t.padded if t.groups > 1 else 0))
                   for index in range(len(s.per_channel))]
        arrays = [affine(name, *at) for name in (*["residual"] * s.residual, "output")]
        return [*lets, Call("output_row", [
            *places, *numbers, *arrays, *self._told(oh), *["window"] * (not self.strided)])]

    def _told(self, oh: str) -> list[str]:
        """The arguments about a row that both functions take."""
        count = "tiles_w" if self.t.w.blocks > 1 else str(self.t.w.tiles)
        return [*[oh] * (self.oh == "oh"), *["ow0"] * (self.ow == "ow"), *[count] * (self.count == "count")]

    def _places(self, row: Index, tiles: dict[str, Index], base: str, floats: int) -> tuple[list[Node], list[str]]:
        """Where a row's tiles are, and its last one where that is apart."""
        lets: list[Node] = []
        places = []
        for name, place in self._numbers(row, tiles):
            if isinstance(place, str) and not place.isidentifier():
                lets.append(Let("const ptrdiff_t ", name, place))
                place = name
            places.append(affine(base, term(place, floats)))
        return lets, places

    def _numbers(self, row: Index, tiles: dict[str, Index]) -> list[tuple[str, Index]]:
        """(variable, number) of a row's first tile among those of its block (or of all), and of its last one, where
        that lies apart (Numbers.runs). row: of its block, or of its image."""
        t = self.t
        rows, columns = t.h.tiles - t.h.nested, t.w.tiles - t.w.nested
        if t.choices.fused and not t.w.nested:
            return [("first", product(row, tiles["w"]))]
        if t.choices.fused and t.h.blocks > 1:
            return [("first", known(affine("", term(tiles["h"]), term(row, columns)))), ("last", row)]
        images, image = (1, []) if t.choices.fused else (self.s.n * self.s.od, [
            ("od" if self.s.od > 1 else "", 1), ("n" if self.s.n > 1 else "", self.s.od)])
        above, below = images * rows, images * rows * t.w.tiles  # tiles before the first, and before the nested row

        def at(stride: int, start: int, end: int) -> Index:
            """`stride` tiles a row from `start` on; those of the nested row, if not next, from `end` on."""
            usual = affine("", *((name, rows * times * stride) for name, times in image), term(row, stride), start)
            if not t.h.nested or stride * rows + start == end:
                return known(usual)
            return f"{row} < {rows} ? {usual} : {affine('', *((name, times * stride) for name, times in image), end)}"

        first = at(columns, above * t.w.nested, below)
        return [("first", first)] + [("last", at(1, 0, below + images * columns))] * t.w.nested

    def _origin(self, strides: Strides, channels: int) -> list[Term]:
        """Where the image, group and plane of a task begin."""
        s = self.s
        return [("n", strides.n if s.n > 1 else 0), ("g", channels * strides.c), ("od", strides.d if s.od > 1 else 0)]
