"""The micro-kernels of the tiled algorithms: every address they read, as text."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ...machine.isa import Isa
from ...plan.program import (
    Advance,
    Barrier,
    Block,
    Fma,
    For,
    Hot,
    Let,
    Load,
    Node,
    Parameter,
    Prefetch,
    Statement,
    Step,
    Steps,
    affine,
    lines_of,
    nodes_of,
    statements,
)
from ...plan.tiling import Segment
from ..squares import Square
from ..turns import in_turns
from .clip import Clip
from .contract import apart
from .geometry import PADDED, Geometry

PLACES = {"pixel": "the window of the first pixel", "output": "the window of the first output",
          "tile": "one position of the first tile, transformed"}
WRITTEN = 512  # multiply-adds of kernel columns that each have an address of their own
SHORT = 16  # turns of a loop that a compiler may unroll altogether


class Accumulator(NamedTuple):
    """One vector of a tile's sums: where its outputs, its bias and its slopes lie, counted from the tile's first
    ones (bias None: it starts at zero; late: it is added to the sum); lanes in use (0: all); when it is an output, in C
    (empty: always); where it waits for the next block of the reduction."""

    name: str
    row: int
    vector: int
    output: int
    bias: int | None
    slopes: int
    valid: int
    when: str = ""
    waiting: int = 0
    late: bool = False


class Tile(NamedTuple):
    """One micro-kernel function.

    sums: its register tile, rows of vectors. results: what is stored, the sums as a rule.
    width: outputs along the vectors of a row.
    stage: "" when it sums everything at once, else "_first", "_next" or "_last" block of the
    reduction. statements: a sum begins and, added to, activated and stored, ends. products: multiply-adds among them.
    barriers: whether it has some. apart: whether it is to stay a function of its own: compilers that inline it keep the
    constants of a long activation in registers around its loops, and spill its sums inside them. constants: parameters
    that each call gives as a number, for which the function is compiled anew.
    waits: whether sums wait in an array of their own for the next block of the reduction.
    across: where the lanes of a vector are channels that lie apart, how many of them are outputs; columns: then, how
    many vectors a row has, in C; put: calls of `squares`, which put them where they belong, if they are not put there
    one by one; take: those that bring the residual, if it is not taken one by one.
    """

    name: str
    parameters: tuple[Parameter, ...]
    rows: int
    sums: list[Accumulator]
    results: list[Accumulator]
    width: int
    stage: str
    body: list[Node]
    statements: int
    products: int
    barriers: bool
    apart: bool
    comment: list[str]
    constants: tuple[Parameter, ...] = ()
    across: int = 0
    columns: str = ""
    waits: bool = False
    put: tuple[Node, ...] = ()
    squares: tuple[Square, ...] = ()
    take: tuple[Node, ...] = ()

    @property
    def printed(self) -> int:
        """Lines of text, about."""
        return len(self.comment) + lines_of(self.body) + len(self.sums) + 2 * len(self.results) + 4

    @property
    def lines(self) -> int:
        """Runs of results, each in whole vectors: one for each row, or one in which the rows follow each other."""
        return 1 + max((result.row for result in self.results), default=0)

    @property
    def used(self) -> int:
        """Outputs of a run."""
        return self.width * self.rows // self.lines

    def place(self, m: int, j: str) -> str:
        """Where output j (empty: the first) of row m is among the results, in C: its run, its number there."""
        return f"[{m}][{j or 0}]" if self.lines == self.rows else f"[0][{affine('', (j, 1), m * self.width)}]"

    @property
    def blocks(self) -> bool:
        """Whether outputs hold blocks of 8 rows, and 8 of each."""
        return self.lines == self.rows and self.rows >= 8 and self.width >= 8

    def condition(self, m: int) -> str:
        """The condition for row m to be outputs, in C; empty where it always is."""
        return next((result.when for result in self.results if result.row == m), "")

    @property
    def qualifiers(self) -> str:
        return "static FOLDED" if self.constants else self.alone

    @property
    def alone(self) -> str:
        """The same of a function that nothing is folded into, or that this one is folded into."""
        return "static APART" if self.apart else "static"

    @property
    def stored(self) -> list[tuple[str, list[Accumulator]]]:
        """The results by the condition for them to be outputs."""
        return [(when, list(results)) for when, results in itertools.groupby(self.results, lambda acc: acc.when)]


def counted(body: list[Node], sums: int, results: int) -> int:
    """Statements of a micro-kernel."""
    return statements(body) + sums + 3 * results


class Reduced(NamedTuple):
    """One loop of the reduction: extent, input stride (None: not affine), elements of packed weights."""

    dim: str
    extent: int
    stride: int | None
    inner: int


class Reduction:
    """The sum of one micro-kernel: loops over taps and input channels around straight-line terms.

    clips: of the axes whose kernel rows on padding are skipped at run time.
    """

    nested = False  # a term is a loop itself
    sums = True  # it takes an input and weights

    def __init__(self, g: Geometry, served: list[dict[str, Segment]], clips: list[Clip]) -> None:
        """served: where the tiles are that the function serves, a segment of each dimension."""
        at = largest(served)
        rows, vectors = g.along(g.rows_dim, at), at[g.vector_dim]
        self.g, self.plan, self.spec, self.pixels = g, g.plan, g.spec, at["ow"]
        self.rows, self.vectors = rows.size, vectors.size
        self.row, self.weights, self.source = g.row, g.weights, g.source  # of sums, packed weights, and the input
        by_channel = self.plan.lanes == "oc"
        # packed weights of one term, and the lanes of the last vector of pixels that may be loaded
        self.width = {g.vector_dim: vectors.width, g.rows_dim: rows.size}.get("oc", 1) * g.deep * g.joined
        self.tail = 0 if by_channel or g.whole_vectors else vectors.tail
        self.clipped = {f"k{clip.axis.name}": clip for clip in clips}
        self.channels = -(-g.kc // g.deep)  # steps over input channels in the loops; others are inside a term

    @classmethod
    def shares(cls, g: Geometry) -> tuple[str, ...]:
        """The dimensions all segments of which one function serves."""
        return ()

    def constants(self) -> tuple[str, ...]:
        """Parameters by which calls say where their tile is, as constants; known when the body is."""
        return ()

    def told(self, at: dict[str, Segment]) -> list[int]:
        """Their values in one place."""
        return []

    def parts(self, acc: Accumulator) -> list[Accumulator]:
        """The sums that stand for one vector of outputs, or for one of each of several phases."""
        g = self.g
        if g.joined == 1:
            return [acc]
        pixel = 0 if self.plan.lanes == "ow" else g.output.w // g.joined  # or it is an output of its own
        return [acc._replace(name=f"{acc.name}_{phase}", output=acc.output + phase * pixel)
                for phase in range(g.joined)]

    def output(self, m: int, v: int) -> str:
        """The condition for a sum to be an output, in C; empty where it is everywhere."""
        return ""

    def columns(self) -> str:
        """How many vectors a row has, in C."""
        return str(self.vectors)

    def contract(self) -> list[str]:
        """What x, w and the numbers between them are."""
        g = self.g
        said = []
        for clip in self.clipped.values():
            row = "row" if clip.axis.name == "h" else "plane"
            said += [f"{clip.start}: the {row} of the input that the window begins at."] * clip.start.isidentifier()
            names = [name for name in (clip.begin, clip.end) if name.isidentifier()]
            said += [f"{', '.join(names)}: the first kernel {row} on the input, and the one behind the last."
                     if len(names) == 2 else f"{names[0]}: the kernel {row}s on the input begin there."
                     if names[0] == clip.begin else f"{names[0]}: the kernel {row} behind the last on the input."] \
                if names else []
        steps = [("windows", g.row_step if g.rows_dim == "ow" and self.spec.sw > 1 else 0), *self.strides()]
        return [f"x: {self.place()}{apart(steps)}.", *said, self.panel()]

    def place(self) -> str:
        """Where x points."""
        h, w = "kh" in self.clipped, self.pixels.taps is not None
        block = ", the block's first channel" if self.g.stages > 1 else ""
        if not (self.clipped or w):
            return f"{PLACES[self.g.pixel]}{block}"
        corner = ["plane 0"] * ("kd" in self.clipped) + ["row 0" if h else "the window's first row"]
        return f"the input at {', '.join(corner)}, {'column 0' if w else 'the first column of the window'}{block}"

    def strides(self) -> list[tuple[str, int]]:
        """How far apart the parts of a window are."""
        g, s = self.g, self.spec
        phased = self.plan.lanes == "ow" and self.g.choices.source in PADDED
        across = ("phases of columns", g.phase if s.sw > 1 else 0) if phased else (f"{g.pixel}s", g.input.w)
        return [across, ("rows", g.input.h if s.ih > 1 else 0), ("planes", g.input.d if s.id > 1 else 0),
                ("channels", g.input.c if s.icg > 1 else 0)]

    def panel(self) -> str:
        """What w points to."""
        ahead = self.g.ahead
        told = "" if not ahead else f"; next: {ahead.stream} numbers behind, not read" if ahead.stream else \
            "; next: a share of the panel behind it, not read"
        return f"w: its panel, {self.width} numbers a term{told}."

    @functools.cached_property
    def summed(self) -> list[Node]:
        """What the function does until all is summed, made once for all stages of the reduction."""
        return [*self._asked(), *self.body()]

    def _asked(self) -> list[Node]:
        """Asks for the lines that the next tile along the row writes, or of planes the one below: no prefetcher
        foresees them all."""
        g = self.g
        if not g.writes_far:
            return []
        lanes, apart, wide = g.row.lanes, self.plan.target.line // g.io.itemsize, self.vectors
        starts = [m * g.row_stride for m in range(self.rows, 2 * self.rows)]
        if g.rows_dim == "oh" and self.plan.lanes == "oc":  # a column is a pixel
            below, across = (self.rows, 0) if g.next and not g.next.along else (0, self.vectors)
            wide, starts = 1, [(m + below) * g.row_stride + (v + across) * g.output.w
                               for m in range(self.rows) for v in range(self.vectors)]
        places = [affine("output", start + at) for start in starts for at in range(0, wide * lanes, apart)]
        asked: Step = [Prefetch(g.row.prefetch_far.format(p=f"({place})")) for place in places]
        return [Steps([asked], "the next tile's outputs", shared=True)]

    def body(self) -> list[Node]:
        """All that the function sums."""
        return self.loops("x", "w")

    def loops(self, x: str, w: str) -> list[Node]:
        """The loops over the input from x on and the weights from w on, adjacent ones merged where addresses allow."""
        g, s, pixels, clipped = self.g, self.spec, self.pixels, self.clipped
        count = {"kd": s.kd, "kh": s.kh, "kw": s.kw, "ic": self.channels}
        if g.merged:
            count |= {"kw": 1, "ic": g.steps}
        stride: dict[str, int | None] = {"kd": s.dd * g.input.d, "kh": g.tap_row(1),
                                         "kw": g.tap(1) if s.kw > 1 else 0, "ic": g.input.c * g.deep}
        if pixels.taps or any(g.tap(k) != k * g.tap(1) for k in range(s.kw)):
            stride["kw"] = None  # each kernel column is written out, with its own offset and rows
        if any(g.tap_row(k) != k * g.tap_row(1) for k in range(s.kh)):
            stride["kh"] = None
        loops: list[Reduced] = []
        inner = self.width
        for dim in reversed(g.order):
            if count[dim] > 1 or dim in clipped or stride[dim] is None:
                merge = loops and dim not in clipped and loops[0].dim not in clipped
                step = stride[dim]
                if merge and step is not None and step == (loops[0].stride or 0) * loops[0].extent:
                    loops[0] = Reduced(f"{dim}_{loops[0].dim}", count[dim] * loops[0].extent,
                                       loops[0].stride, loops[0].inner)
                else:
                    loops.insert(0, Reduced(dim, count[dim], step, inner))
            inner *= count[dim]
        offset = (pixels.start * s.sw - s.left) * g.input.w if pixels.taps else 0
        return _trim(self._reduce(loops, x, w, offset, (0, self.rows))) or self.nothing()

    def nothing(self) -> list[Node]:
        """What a tile does all the window of which is padding."""
        unused = ["x", "w", *(name for clip in self.clipped.values() for name in clip.variables)]
        return [Statement(f"(void){name};") for name in unused]

    def _reduce(self, loops: list[Reduced], x: str, w: str, offset: int,
                reach: tuple[int, int]) -> list[Node]:
        """Loops over the input at x + offset and the weights from w on, for the rows of `reach`."""
        if reach[0] == reach[1]:  # nothing but padding here: step over these weights
            return [Advance(w, math.prod(loop.extent for loop in loops) * self.width)]
        if not loops:
            return self.term(x, w, offset, reach)
        loop, rest = loops[0], loops[1:]
        if loop.dim in self.clipped:
            return self._clip(loop, x, w, lambda x, w: self._reduce(rest, x, w, offset, reach))
        total = math.prod(other.extent for other in loops)
        columns = self.pixels.taps and any(other.stride is None for other in loops)  # each has its rows
        fixed = not columns and not any(other.dim in self.clipped for other in loops)
        if fixed and total <= self.g.choices.unroll:  # all of it in a straight line
            offsets = [offset]
            for other in loops:
                offsets = [o + self._offset(other, k) for o in offsets for k in range(other.extent)]
            return [self._steps(x, w, offsets, reach), *self._past(w, total)]
        if loop.stride is None and loop.dim == "kh":
            return self._by_phases(loop, rest, self.spec.sh, self.g.tap_row, x, w, offset, reach)
        if loop.stride is None and not self.pixels.taps and self.spec.dw == 1 \
                and self.rows * self.vectors * loop.extent > WRITTEN:
            return self._by_phases(loop, rest, self.spec.sw, self.g.tap, x, w, offset, reach)
        if loop.stride is None:
            nodes: list[Node] = []
            for k in range(loop.extent):
                rows = self.pixels.taps[k] if self.pixels.taps else reach
                body = self._reduce(rest, x, w, offset + self.g.tap(k), rows)
                if isinstance(body[0], Steps):
                    body[0] = body[0]._replace(comment=f"kernel column {k}")
                    # neighbouring columns read the same inputs: kept for later, they would be spilled
                    nodes += [Barrier()] * (k > 0)
                nodes += body
            return nodes
        var = loop.dim
        place = Let(f"const {self.source.in_memory} *", f"x_{var}", affine(x, (var, loop.stride)))
        if rest or self.nested:
            body = self._reduce(rest, f"x_{var}", w, offset, reach)
            return [For(var, "0", str(loop.extent), 1, self._reduced(var), [place, *body])]
        unroll = min(self.g.choices.unroll, loop.extent)
        main = loop.extent - loop.extent % unroll
        offsets = [offset + k * loop.stride for k in range(unroll)]
        once = main == unroll
        body = [self._steps(x if once else f"x_{var}", w, offsets, reach), *self._past(w, unroll)]
        if main <= SHORT * unroll and loop.extent * loop.stride > self.g.row_step > 0 and loop.extent > unroll:
            body.append(Barrier())  # a compiler unrolls this loop; its windows overlap
        nodes = body if once else [For(var, "0", str(main), unroll, self._reduced(var), [place, *body])]
        if main < loop.extent:
            offsets = [offset + k * loop.stride for k in range(main, loop.extent)]
            nodes += [self._steps(x, w, offsets, reach), *self._past(w, loop.extent - main)]
        return nodes

    def _by_phases(self, loop: Reduced, rest: list[Reduced], step: int, tap: Callable[[int], int], x: str, w: str,
                   offset: int, reach: tuple[int, int]) -> list[Node]:
        """Kernel rows, or columns too many to be written out, that a copy deals to phases: a loop over phases, as often
        as there are whole strides, and one over those that are left. tap: where the k-th of them is."""
        whole, left = divmod(loop.extent, step)
        phases = [Reduced(f"{loop.dim}p", count, tap(1), loop.inner) for count in (step, left)]
        strides = Reduced(f"{loop.dim}q", whole, tap(step), step * loop.inner)
        nodes = self._reduce([strides, phases[0], *rest] if whole > 1 else [phases[0], *rest], x, w, offset, reach)
        if left > 1:
            nodes += self._reduce([phases[1], *rest], x, w, offset + whole * tap(step), reach)
        elif left:
            nodes += self._reduce(rest, x, w, offset + whole * tap(step), reach)
        return nodes

    def term(self, x: str, w: str, offset: int, reach: tuple[int, int]) -> list[Node]:
        """What the loops surround."""
        return [self._steps(x, w, [offset], reach), *self._past(w, 1)]

    def results(self, sums: list[Accumulator]) -> tuple[list[Node], list[Accumulator]]:
        """Statements after the loops that make results of the sums, and the results: phases whose lanes are pixels
        take turns."""
        joined, lanes = self.g.joined, self.g.row.lanes
        if joined == 1 or self.plan.lanes != "ow":
            return [], sums
        nodes: list[Node] = []
        results: list[Accumulator] = []
        for at in range(0, len(sums), joined):
            first, outputs = sums[at], joined * (sums[at].valid or lanes)
            made, last = in_turns(self.g.row, [acc.name for acc in sums[at : at + joined]],
                                  f"y{first.row}_{first.vector}", -(-outputs // lanes))
            nodes += [Let(f"{self.g.row.vector} ", name, value) for name, value in made]
            place = first.row * self.g.row_stride + first.vector * joined * lanes
            results += [first._replace(name=name, vector=first.vector * joined + part, output=place + part * lanes,
                                       valid=outputs % lanes if outputs < (part + 1) * lanes else 0)
                        for part, name in enumerate(last)]
        return nodes, results

    def _clip(self, loop: Reduced, x: str, w: str, inside: Callable[[str, str], list[Node]]) -> list[Node]:
        """A loop over the kernel rows, or planes, that meet the input; inside(x, w) is its body."""
        clip, pitch = self.clipped[loop.dim], {"kd": self.g.input.d, "kh": self.g.input.h}[loop.dim]
        here, running = f"x_{loop.dim}", f"w_{loop.dim}"
        body: list[Node] = [Let(f"const {self.source.in_memory} *", here, clip.place(x, pitch)),
                            Let(f"const {self.weights.in_memory} *", running, affine(w, (loop.dim, loop.inner)))]
        past = Advance(w, loop.extent * loop.inner)
        summed = [] if clip.begin == clip.end else _trim(inside(here, running))
        if not summed:  # nothing but padding
            return [past]
        what = "row" if loop.dim == "kh" else "plane"
        if clip.only is not None:
            body[1] = Let(f"const {self.weights.in_memory} *", running, affine(w, clip.only * loop.inner))
            nodes: list[Node] = [Block([*body, *summed])]
        else:
            nodes = [For(loop.dim, clip.begin, clip.end, 1, f"kernel {what}s that meet the input",
                         [*body, *summed])]
        return [*nodes, past]

    def _offset(self, loop: Reduced, k: int) -> int:
        tap = self.g.tap_row if loop.dim == "kh" else self.g.tap
        return tap(k) if loop.stride is None else k * loop.stride

    def _reduced(self, dim: str) -> str:
        names = {"kd": "kernel planes", "kh": "kernel rows", "kw": "kernel columns", "ic": "input channels",
                 "kwq": "kernel columns, a stride at a time", "kwp": "column phases",
                 "khq": "kernel rows, a stride at a time", "khp": "row phases"}
        return " x ".join(names[part] for part in dim.split("_"))

    def _steps(self, x: str, w: str, offsets: list[int], reach: tuple[int, int]) -> Steps:
        """Straight-line terms reading the input at x + offset and the weights from w on."""
        steps = [self.step(x, offset, w, k * self.width, reach) for k, offset in enumerate(offsets)]
        if ahead := self.g.ahead:
            lines = ahead.lines(self.rows, len(steps))
            for at in range(lines):
                steps[at * len(steps) // lines].append(Prefetch(ahead.ask(affine("next", at * ahead.line))))
        return Steps(steps)

    def _past(self, w: str, terms: int) -> list[Node]:
        """Behind so many terms."""
        ahead = self.g.ahead
        return [Advance(w, terms * self.width),
                *([Advance("next", ahead.lines(self.rows, terms) * ahead.line)] if ahead else [])]

    def step(self, x: str, offset: int, w: str, at: int, reach: tuple[int, int]) -> Step:
        """One term: vectors of one operand, every row of the other broadcast and multiplied with them."""
        lanes, deep = self.g.row.lanes * self.g.deep, self.g.deep
        rows = range(*reach)
        if self.plan.lanes == "oc":
            of_vectors, of_scalars = self.weights, self.source
            vectors = [affine(w, at + v * lanes) for v in range(self.vectors)]
            scalars = {(m, 0): affine(x, offset + m * self.g.row_step) for m in rows}
        else:
            of_vectors, of_scalars = self.source, self.weights
            vectors = [affine(x, offset + v * lanes) for v in range(self.vectors)]
            phases = range(self.g.joined)
            scalars = {(m, phase): affine(w, at + (phase * self.rows + m) * deep) for m in rows for phase in phases}
        items: Step = [load_lanes(of_vectors, f"b{v}", address, self.tail if v == self.vectors - 1 else 0)
                       for v, address in enumerate(vectors)]
        if self._again(of_vectors, len(scalars), len(vectors)):
            items.append(Barrier())
        if self.g.choices.source == "ahead":
            width, line = self.vectors * lanes, self.plan.target.line // self.source.itemsize
            items += [Prefetch(self.source.prefetch.format(p=affine(x, offset + width + at)))
                      for at in range(0, width, line)]
        for (m, phase), address in scalars.items():
            end = f"_{phase}" * (self.g.joined > 1)
            name = f"a{m}{end}"
            items.append(Load(name, of_scalars.broadcast(address)))
            # of integers the first operand is the input: its bytes may be unsigned
            first, second = ("b{v}", name) if self.g.exact and self.plan.lanes == "ow" else (name, "b{v}")
            items += [Fma(f"acc{m}_{v}{end}", first.format(v=v), second.format(v=v)) for v in range(self.vectors)]
        return items

    def ask(self, x: str, place: int, row: int, column: int, *more: tuple[str, int] | int) -> list[Prefetch]:
        """Asks for the next tile's input in a row and a column of its window. place, more: of this tile's there,
        behind x."""
        following = self.g.next
        if following is None or row < following.rows or column < following.columns:
            return []
        at = affine(x, *more, place + following.apart)
        return [Prefetch(self.row.prefetch_far.format(p=f"({at})"))]

    def _again(self, of_vectors: Isa, rows: int, vectors: int) -> bool:
        """Whether gcc must be kept from reading the vectors of a term again, since few rows multiply them.

        Conversions read memory: gcc would move each to where a register is free, and where there is little else to do,
        memory is the limit: prefetchers follow lines that are read in their order. And where sums take operands from
        memory, gcc 12 reads a vector for each of two or three rows, and of 5 × 5 sums in 32 registers for most of the
        five: with vectors that lie in two lines each, that takes up to 1.5 times as long (Sapphire Rapids).
        """
        if of_vectors.widening[0]:
            return rows < vectors
        full = rows * vectors + vectors + 1 >= self.g.row.registers - 1
        few = 1 < rows < vectors or (rows == vectors and full)
        return of_vectors.folds and few and not self.g.exact  # of integers nobody has measured it


def hot(tiles: Iterable[Tile]) -> Hot:
    """Where a program of these kernels spends its time: the loop around most sums of the largest of them, and of
    those the one with the least code, for at edges what padding does is written out."""
    tile = max(tiles, key=lambda tile: (len(tile.sums), -tile.products))
    loops = [node for node in nodes_of(tile.body) if isinstance(node, For)]
    inner = [loop for loop in loops if not any(isinstance(node, For) for node in nodes_of(loop.body))]
    most = max(inner, key=lambda loop: products(loop.body), default=None)
    return Hot(tile.name, (most,) if most is not None and products(most.body) else tuple(tile.body))


def products(nodes: list[Node]) -> int:
    """The multiply-adds in a text."""
    return sum(isinstance(node, Fma) for node in nodes_of(nodes))


def largest(served: list[dict[str, Segment]]) -> dict[str, Segment]:
    """The segment of each dimension that is as large as a function needs to know."""
    return {dim: max((at[dim] for at in served), key=lambda segment: segment.size) for dim in served[0]}


def load_lanes(row: Isa, name: str, address: str, lanes: int) -> Load:
    """A load of a whole vector, or of its first `lanes` where that is not 0."""
    return Load(name, row.load_part(address, 0, lanes) if lanes else row.load(address))


def _trim(nodes: list[Node]) -> list[Node]:
    """Without the last steps of a pointer that nothing reads any more."""
    while nodes and isinstance(nodes[-1], Advance):
        nodes = nodes[:-1]
    return nodes
