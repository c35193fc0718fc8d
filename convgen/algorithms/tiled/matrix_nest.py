"""The micro-kernels of registers of matrices: functions of two, of the products and of what becomes of their sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...layer.element import S32
from ...plan.program import (
    Advance,
    Block,
    Call,
    For,
    If,
    Let,
    Node,
    Parameter,
    Statement,
    affine,
    indices,
    reads,
    writes,
)
from ...plan.tiling import Segment
from .clip import Clip
from .contract import lines
from .copying import Copying
from .exact import BLOCK
from .functions import known
from .geometry import Geometry
from .loopnest import LoopNest
from .matrix_geometry import QUARTERS, Rowwise, Sheet, blocks
from .microkernel import Reduced, Reduction, Tile, counted
from .stacked import Stacked
from .stacked import copying as stacked


class Matrixwise(Reduction):
    """Products of matrices, whose sums go to memory."""

    nested = True

    def __init__(self, g: Geometry, served: list[dict[str, Segment]], clips: list[Clip]) -> None:
        super().__init__(g, served, clips)
        assert isinstance(g, Rowwise)
        self.matrix, self.shape = g.matrix, g.shape
        self.biased = any(section.role == "bias" for section in g.sections[0])
        self.together = min(self.rows, g.together)  # pixels that are summed together
        self.starts = blocks(self.together, self.shape.rows)
        self.steps = g.products
        self.between: list[Node] = []  # what is done after each step, while registers are multiplied

    def _reduce(self, loops: list[Reduced], x: str, w: str, offset: int, reach: tuple[int, int]) -> list[Node]:
        """Loops around runs of words."""
        if not loops:
            return self._run(x, w, offset, 1)
        if len(loops) == 1 and loops[0].stride == self.g.deep:
            return self._run(x, w, offset, loops[0].extent)
        return super()._reduce(loops, x, w, offset, reach)

    def _run(self, x: str, w: str, offset: int, words: int) -> list[Node]:
        """Neighbouring words of all pixels, and of the weights from w on."""
        each = self.matrix.words
        whole, tail = divmod(words, each)
        nodes: list[Node] = []
        if whole > 1:
            nodes.append(For("k", "0", str(whole), 1, f"input channels, {each * self.g.deep} at a time",
                             self._products(affine(x, ("k", each * self.g.deep), offset),
                                            affine(w, ("k", each * self.width)), False)))
        elif whole:
            nodes += self._products(affine(x, offset), w, False)
        if tail:
            nodes += self._products(affine(x, offset + whole * each * self.g.deep),
                                    affine(w, whole * each * self.width), True)
        return [*nodes, Advance(w, words * self.width)]

    def _products(self, x: str, w: str, tail: bool) -> list[Node]:
        """A step. Of one block of pixels after the other all channels, those of every second one backwards: weights
        that are loaded are used again."""
        matrix, (of_pixels, of_weights) = self.matrix, self.shape.operands(tail)
        element, step = self.spec.arithmetic.input.name, self.source.itemsize * self.g.row_step
        pitch, lanes = self.width, self.g.row.lanes * self.g.deep
        loaded, nodes = -1, list[Node]()
        for at, start in enumerate(self.starts):
            place = affine(x, start * self.g.row_step)
            nodes.append(Statement(matrix.load.format(t=of_pixels, p=place, n=step)))
            for v in reversed(range(self.vectors)) if at % 2 else range(self.vectors):
                if v != loaded:
                    nodes.append(Statement(matrix.load.format(t=of_weights, p=affine(w, v * lanes), n=pitch)))
                    loaded = v
                nodes.append(Statement(matrix.product(element, self.register(at, v), of_pixels, of_weights)))
        return [*nodes, *self.between]

    def register(self, block: int, vector: int) -> int:
        """The sums of a block of pixels and a vector of channels."""
        return block * self.vectors + vector

    def into(self, array: str, x: str, w: str) -> list[Node]:
        """All that is summed from x and w on, in an array of [pixel][channel]. Sums start from the bias, which all rows
        load."""
        lanes, matrix = self.g.row.lanes, self.matrix
        every = [(at, v) for at in range(len(self.starts)) for v in range(self.vectors)]
        width = self.vectors * lanes
        begun = [matrix.load.format(t=self.register(at, v), p=affine("bias", v * lanes), n=0) if self.biased else
                 matrix.zero.format(t=self.register(at, v)) for at, v in every]
        return [*map(Statement, begun), *self.loops(x, w),
                *(Statement(matrix.store.format(
                    t=self.register(at, v), p=affine(array, self.starts[at] * width + v * lanes), n=4 * width))
                    for at, v in every)]


class Places:
    """Where the outputs of one pixel after the other lie, channels last."""

    def __init__(self, g: Rowwise, done: str) -> None:
        """done: the first of them, counted from the first of the tile, in C."""
        self.pitch, self.width, there = g.pitch, g.plan.spec.ow, g.whole.output
        self.step, self.back = there.w, g.pitch * there.w - there.h
        number = done if not g.pitch else "pixel" if done == "0" else f"(pixel + {done})"
        self.first = [("column", f"{number} % {g.pitch}"), ("at", affine(
            "", (f"{number} / {g.pitch}", there.h), ("column", there.w)))] if g.pitch else \
            [("at", affine("", (number, there.w) if number != "0" else 0))]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.first]

    def spares(self, there: Sequence[Parameter], width: int) -> list[Node]:
        """Where pixels that are no outputs have theirs, so wide."""
        return [Statement(f"{one.type} {one.name}_spare[{width}];" if one.written else
                          f"static const {one.type} {one.name}_spare[{width}] = {{0}};")
                for one in there if self.pitch]

    def passed(self, function: str, args: list[str], there: Sequence[Parameter]) -> list[Node]:
        """Makes an output and goes on to the next pixel. Those that are no outputs go to a spare place: a branch would
        be mispredicted twice a row, and products behind it wait for it."""
        if not self.pitch:
            return [Call(function, [*args, *(f"{one.name} + at" for one in there)]), Statement(f"at += {self.step};")]
        found = [f"column < {self.width} ? {one.name} + at : {one.name}_spare" for one in there]
        return [Call(function, [*args, *found]), Statement("++column;"),
                Statement(f"at += column == {self.pitch} ? {self.step - self.back} : {self.step};"),
                Statement(f"column = column == {self.pitch} ? 0 : column;")]


def by_phases(made: Copying, g: Sheet) -> Copying:
    """A copy of rows whose order is that of a sheet."""
    rows, step = g.phase_rows, g.plan.spec.sh
    at = "(ptrdiff_t)task" if g.plan.spec.n == 1 else f"(ptrdiff_t)task % {rows * step}"
    row = ("h", f"{at} % {rows} * {step} + {at} / {rows}", f"row, {rows} of each phase")
    return made._replace(places=[row if place[0] == "h" else place for place in made.places])


class Nest(LoopNest):
    """Loops around tiles that are functions of two: of the products, which calls one for the outputs of a pixel."""

    g: Rowwise

    def nodes(self) -> list[Node]:
        table, matrix = self.g.shape.table(self.g.matrix), self.g.matrix
        told = [", ".join(map(str, table[at : at + 16])) for at in range(0, 64, 16)]
        return [Statement("/* palette; bytes of a row of each register, from 16 on; rows, from 48 on */"),
                Statement(f"static const uint8_t shapes[64] = {{{', '.join(told)}}};"),
                Statement(matrix.begin.format(p="shapes")), *super().nodes(), Statement(matrix.end)]

    def copying(self) -> Copying:
        if isinstance(self.g, Stacked):
            return stacked(self.g)
        made = super().copying()
        return by_phases(made, self.g) if isinstance(self.g, Sheet) and self.spec.sh > 1 else made

    def parameters(self, stage: str) -> tuple[Parameter, ...]:
        """The number of the first pixel, where that says which are outputs, stands behind x and w."""
        x, w, *others = super().parameters(stage)
        return (x, w, *indices(["pixel"] * bool(self.g.pitch)), *others)

    def _visit(self, at: object) -> list[Node]:
        *before, call = super()._visit(at)  # type: ignore[arg-type]
        assert isinstance(call, Call)
        if self.g.pitch:
            x, w, *others = call.args
            start = at.starts.get("ow")  # type: ignore[attr-defined]
            pixel = ("ow0" if self.g.moves("ow") else "0") if start is None else str(start)
            call = Call(call.function, [x, w, pixel, *others])
        return [*before, call]

    def _made(self, reduction: Reduction, at: dict[str, Segment], own: dict[str, Segment], stage: str) -> Tile:
        assert isinstance(reduction, Matrixwise)
        tile = super()._made(reduction, at, own, stage)
        lanes, row = self.g.row.lanes, self.g.row.numbers
        width = reduction.vectors * lanes
        ended = self._ended(tile, reduction.vectors)
        names = [one.name for one in ended.parameters[1:]]
        together = reduction.together
        parts = -(-tile.rows // together)
        first = "first" if parts > 1 else ""
        done = f"part * {together}" if first else "0"
        skips = parts > 1 and tile.rows % together > 0  # outputs that the part before has made
        begin = f"{done} - first" if skips else "0"
        numbers = [name for name in names if name not in ("residual", "output")]
        x, w = ("x_part", "w_part") if first else ("x", "w")
        places = Places(self.g, done)
        there = [one for one in ended.parameters if one.name in ("residual", "output")]
        of, text, behind = row.scalar, list[Node](), list[Node]()

        def ends(index: str, sums: str) -> list[Node]:
            """What makes outputs of the sums of a pixel, where they lie."""
            if not self.spec.channels_last:
                return [Call(ended.name, [affine(sums, (index, width)), *numbers, affine("outputs", (index, width))])]
            return places.passed(ended.name, [affine(sums, (index, width)), *numbers], there)

        if not self.spec.channels_last:
            text = [Statement(f"{of} sums[{together * width}];"),
                    Statement(f"{self.g.io.scalar} outputs[{together * width}];")]
            summed = [*reduction.into("sums", x, w), For("m", begin, str(together), 1, "pixels", ends("m", "sums")),
                      *self._turned(tile, reduction, width, done, first)]
        elif self.g.meanwhile(parts):
            text, summed, behind = self._meanwhile(reduction, places, ends, parts, begin)
        else:
            text = [Statement(f"{of} sums[{together * width}];")]
            summed = [*reduction.into("sums", x, w),
                      *(Let("ptrdiff_t ", name, value) for name, value in places.first),
                      For("m", begin, str(together), 1, "pixels", ends("m", "sums"))]
        if first:
            end = tile.rows - together
            text.append(For("part", "0", str(parts), 1, f"{together} pixels at a time", [
                Let("const ptrdiff_t ", "first", f"{done} < {end} ? {done} : {end}" if skips else done),
                Let(f"const {self.g.source.in_memory} *", x, affine("x", ("first", self.g.row_step))),
                Let(f"const {self.g.weights.in_memory} *", w, "w"), *summed]))
        else:
            text += summed
        if self.spec.channels_last:
            text = [*places.spares(there, width), *text]
        text += behind
        told = ["pixel: the number of the first pixel."] * bool(self.g.pitch)
        return tile._replace(sums=[], results=[], apart=False, body=text, statements=counted(text, 0, 0),
                             comment=[*tile.comment, *lines(told)])

    def _meanwhile(self, reduction: Matrixwise, places: Places, ends: Callable[[str, str], list[Node]], parts: int,
                   begin: str) -> tuple[list[Node], ...]:
        """What a tile does before its parts, for each of them, and behind the last: some outputs of a part are made
        after each step of the next one. begin: the first of them. ends: makes outputs of the sums of pixel i, in C."""
        together, of = reduction.together, self.g.row.numbers.scalar
        size, each = together * reduction.vectors * self.g.row.lanes, -(-together // reduction.steps)
        left = For("i", "m", str(together), 1, "", ends("i", "ready"))
        till = f"m + {each}"
        reduction.between = [Block([
            Let("const ptrdiff_t ", "end", f"{till} < {together} ? {till} : {together}"),
            For("i", "m", "end", 1, "outputs of the part before", ends("i", "ready")), Statement("m = end;")])]
        before: list[Node] = [Statement(f"{of} sums[{2 * size}];"), Statement(f"ptrdiff_t m = {together};"),
                              *(Statement(f"ptrdiff_t {name} = 0;") for name in places.names)]
        part: list[Node] = [
            Let(f"{of} *const ", "now", f"sums + part % 2 * {size}"),
            Let(f"const {of} *const ", "ready", f"sums + (1 - part % 2) * {size}"),
            *reduction.into("now", "x_part", "w_part"), left, Statement(f"m = {begin};"),
            *(Statement(f"{name} = {value};") for name, value in places.first)]
        return before, part, [Let(f"const {of} *const ", "ready", affine("sums", (parts - 1) % 2 * size)), left]

    def _turned(self, tile: Tile, reduction: Matrixwise, width: int, begin: str, first: str) -> list[Node]:
        """The outputs of pixels from `begin` on, counted from the tile's first, to their rows, whose channels lie
        apart. first: that of the part, in C."""
        there, together = self.g.whole.output, reduction.together
        turn = self._turn(tile, width)
        past = affine("", (first, 1), together)
        if not self.g.pitch:
            return [Call(turn.name, [
                "outputs" if begin == "0" else f"outputs + ({begin} - {first}) * {width}",
                affine("output", (begin, 1) if begin != "0" else 0),
                past if begin == "0" else f"{past} - {begin}"])]
        pitch, ow = self.g.pitch, self.g.plan.spec.ow
        low = f"pixel + {begin}" if begin != "0" else "pixel"
        start = affine("", ("pixel", 1), (first, 1))
        return [Let("const ptrdiff_t ", "low", low), Let("const ptrdiff_t ", "high", f"{start} + {together}"),
                For("row", f"low / {pitch}", f"(high - 1) / {pitch} + 1", 1, "rows", [
                    Let("const ptrdiff_t ", "begin", f"low > row * {pitch} ? low : row * {pitch}"),
                    Let("const ptrdiff_t ", "end", f"high < row * {pitch} + {ow} ? high : row * {pitch} + {ow}"),
                    If("begin < end", [Call(turn.name, [
                        f"outputs + (begin - ({start})) * {width}" if " " in start else
                        f"outputs + (begin - {start}) * {width}",
                        affine("output", ("row", there.h - pitch), ("begin", 1)), "end - begin"])])])]

    def _turn(self, tile: Tile, width: int) -> Tile:
        """The function that stores outputs of pixels of a row, channels first."""
        io, apart = self.g.io, self.g.whole.output.c
        channels = tile.width
        blocks = channels - channels % BLOCK if io.transpose else 0
        one = f"output[{affine('', ('j', apart), ('i', 1))}] = from[{affine('', ('i', width), ('j', 1))}];"
        body: list[Node] = []
        if blocks:
            each: list[Node] = [For("i", "0", f"pixels - {BLOCK - 1}", BLOCK, "", [Call(io.transpose, [
                affine("output", ("j0", apart), ("i", 1)), str(apart), affine("from", ("i", width), ("j0", 1)),
                str(width), "0"])]),
                For("i", f"pixels - pixels % {BLOCK}", "pixels", 1, "",
                    [For("j", "j0", f"j0 + {BLOCK}", 1, "", [Statement(one)])])]
            body.append(For("j0", "0", str(blocks), BLOCK, "channels", each))
        if blocks < channels:
            body.append(For("j", str(blocks), str(channels), 1, "channels", [
                For("i", "0", "pixels", 1, "", [Statement(one)])]))
        made = Tile(
            name=f"turn_{channels}", parameters=(reads(io.scalar, "from"), writes(io.scalar, "output"),
                                                 *indices(["pixels"])),
            rows=1, sums=[], results=[], width=channels, stage="", body=body, statements=counted(body, 0, 0),
            products=0, barriers=False, apart=False, comment=lines([
                f"Stores so many pixels of a row, {channels} channels of each, {apart} apart. from: those of a pixel"
                f" {width} from those of the one before."]))
        return self._function(made)

    def _ended(self, tile: Tile, vectors: int) -> Tile:
        """The function that makes outputs of the sums of a pixel."""
        row, lanes = self.g.row.numbers, self.g.row.lanes
        sums = [acc._replace(bias=None) for acc in tile.sums if acc.row == 0]
        loaded: list[Node] = [
            Let(f"const {row.vector} " if self.g.narrowed else f"{row.vector} ", acc.name,
                row.load(affine("sums", acc.vector * lanes))) for acc in sums]
        if self.g.narrowed:  # one result, of which these are the quarters
            tail = sums[-1].valid
            sums = [sums[0]._replace(name="acc0", valid=tail and tail + (QUARTERS - 1) * lanes)]
        given = reads(S32.c, "sums")
        made = Tile(
            name=f"finish_{tile.width}", parameters=(given, *(one for one in tile.parameters if one.name not in (
                "x", "w", "pixel", "bias"))),
            rows=1, sums=[], results=sums, width=tile.width, stage="", body=loaded,
            statements=counted(loaded, 0, len(loaded)), products=0, barriers=False,
            apart=tile.apart, comment=lines([f"Makes outputs of {tile.width} sums of a pixel."]))
        return self._function(made)

    def _function(self, made: Tile) -> Tile:
        """Such a function, printed before those that call it; once, whoever needs it."""
        made = known(self.functions, made)
        self.tiles[made.name] = made
        return made
