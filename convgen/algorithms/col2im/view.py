"""The program of a transposed layer by matrix products: the product of a task, the loops around it and the sums of its
numbers, and packing."""

from __future__ import annotations

import functools

from ...layer.array import Role
from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
from ...plan.plan import Plan
from ...plan.program import (
    Call,
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
    loop,
    operand,
    packing_parameters,
    reads,
    statements,
    unrank,
    writes,
)
from ..tiled.geometry import input_strides, output_strides
from ..tiled.loopnest import LoopNest
from ..tiled.microkernel import Reduction, Tile, hot
from ..tiled.packing import Packing, panel, panels
from ..weights import real_weight, weight_strides, weights_given
from ..winograd.index import Index, over, term
from .numbers import Numbers, numbers
from .sums import Function, Sums


class Col2imView(View, frozen=True, kw_only=True):
    """What templates/col2im prints: what TiledView has of the product, the layer `plain`; and

    functions: what a task calls, in order. places: the loop variables of a task; nodes: what it does. pack: NAME_pack.
    """

    plain: ConvSpec
    tiles: list[Tile]
    lanes: int
    by_channel: bool
    contiguous: bool
    row_stride: int
    lane_stride: int
    transposes: bool
    narrowed: None
    rescales: bool
    packed_numbers: int
    functions: list[Function]
    places: list[tuple[str, str, str]]
    nodes: list[Node]
    pack: Packing
    panel_parameters: tuple[Parameter, ...]

    @property
    def statements(self) -> int:
        own = sum(statements(one.nodes) for one in self.functions)
        return sum(tile.statements for tile in self.tiles) + own + statements(self.nodes) + self.pack.statements


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/col2im prints."""
    t, s = numbers(plan), plan.spec
    row, g = rows.of(t.row), t.product.noted(rows)
    nest = LoopNest(g, Reduction)
    multiply = Function(
        "multiply", [
            "The product of a task.",
            "input: the first of its pixels. weights: of its output channels. output: the products."],
        (reads(row.scalar, "input"), reads(row.scalar, "weights"), writes(row.scalar, "output")), nest.nodes())
    sums, pack = Sums(t, row), _packing(t, row)
    view = Col2imView(
        plain=g.spec, tiles=list(nest.tiles.values()), lanes=t.lanes, by_channel=t.by_pixel, contiguous=True,
        row_stride=g.row_stride, lane_stride=1, transposes=False, narrowed=None, rescales=False,
        packed_numbers=g.packed_numbers, functions=[multiply, *sums.functions()], places=unrank(t.task_loops),
        nodes=Task(t, row, sums).nodes(), pack=pack,
        panel_parameters=(*weights_given(s, row, scaled=False), *indices(pack.parameters), writes(row.scalar, "out")))
    what = " x ".join(what for _, trips, what in t.task_loops if trips > 1)
    phase = Phase("compute_task", t.tasks, what or "all of it", (
        *["task"] * (t.tasks > 1), "worker", "input", "packed", *["residual"] * s.residual, "output", "workspace"))
    return Program(row=row, template="col2im/col2im.c.j2", pack="tiled/pack.c.j2", view=view, phases=(phase,),
                   parameters=packing_parameters(s, row, "void"), packed=t.packed, scratch=t.scratch,
                   barriers=nest.barriers, hot=hot(nest.tiles.values()))


class Task:
    """What a task does: the product, then row by row, and channel by channel where those do not lie together, sums and
    outputs."""

    def __init__(self, t: Numbers, row: Isa, sums: Sums) -> None:
        self.t, self.s, self.row, self.sums = t, t.spec, row, sums
        self.n, self.block, self.band = (
            name if trips > 1 else 0 for name, trips, _ in t.task_loops)
        # numbers from a row of the input's products to the next, and from a kernel row's
        self.row_step = self.s.iw * (t.pitch if t.by_pixel else 1)
        self.tap_step = self.s.kw * (self.s.oc if t.by_pixel else t.pitch)

    def nodes(self) -> list[Node]:
        """All of it."""
        t, s, memory = self.t, self.s, self.row.in_memory
        x, weights = input_strides(s), t.blocks * t.product.packed_weights
        pointers: list[Node] = [
            Let(f"const {memory} *", "weights", "packed"),
            *(Let(f"const {memory} *", role, affine("weights", weights + at * t.period))
              for at, role in enumerate(s.per_channel)),
            Let(f"{memory} *", "products", f"workspace + (ptrdiff_t)worker * {t.scratch}"),
            Let(f"{memory} *", "line", affine("products", t.products)),
            *[Let(f"{memory} *", "joined", affine("line", t.line))] * (t.joined > 0)]
        lets, from_row = self._rows()
        multiply = Call("multiply", [affine("input", term(self.n, x.n), term(from_row, x.h)),
                                     affine("weights", term(self.block, t.product.packed_weights)), "products"])
        return [*pointers, *lets, *self._zeros(), multiply, *self._outputs(from_row)]

    def _rows(self) -> tuple[list[Node], Index]:
        """The first row of the input that a task multiplies: as many follow as in every task."""
        t = self.t
        first, most = t.first - (t.rows_met - 1), self.s.ih - t.rows
        if isinstance(self.band, int) or most == 0:
            return [], min(max(0, first), most)
        return [Let("const ptrdiff_t ", "first", affine("", term(self.band, t.band), first)),
                Let("const ptrdiff_t ", "from_row", f"first < 0 ? 0 : first < {most} ? first : {most}")], "from_row"

    def _zeros(self) -> list[Node]:
        """A row of zeros behind those of the products, for outputs that fewer rows reach; before the products, for its
        last vector may reach into these."""
        t, s, row = self.t, self.s, self.row
        if not t.zeros:
            return []
        many, apart, length = (1, 0, s.iw * t.pitch) if t.by_pixel else (t.channels, t.pitch, s.iw)

        def vector(channel: Index, at: Index) -> list[Node]:
            to = affine("products", term(channel, apart), t.rows * self.row_step, term(at))
            return [Statement(f"{row.store(to, row.zero())};")]

        def line(channel: Index) -> list[Node]:
            return over("i", (0, length, t.lanes), functools.partial(vector, channel))

        return over("channel", (0, many, 1), line)

    def _outputs(self, from_row: Index) -> list[Node]:
        """The rows of outputs."""
        t, h = self.t, self.s.axes[1]
        if h.o == 1:
            return self._row(0, from_row)
        step, first = t.band * h.s, t.first * h.s - h.before
        if isinstance(self.band, int):
            return [For("oh", "0", str(h.o), 1, "", self._row("oh", from_row))]
        nodes: list[Node] = [Let("const ptrdiff_t ", "oh0", affine("", (self.band, step), first))]
        begin, end = "oh0", affine("oh0", step)
        if first + t.bands * step > h.o:
            nodes.append(Let("const ptrdiff_t ", "end", f"{end} < {h.o} ? {end} : {h.o}"))
            end = "end"
        begin = "oh0 < 0 ? 0 : oh0" if first < 0 else "oh0"
        return [*nodes, For("oh", begin, end, 1, "", self._row("oh", from_row))]

    def _row(self, oh: Index, from_row: Index) -> list[Node]:
        """A row of outputs."""
        t, s, y = self.t, self.s, output_strides(self.s)
        c: Index = "c" if t.block > 1 else 0
        to = [term(self.n, y.n), term(oh, y.h)]
        channel = "" if t.by_pixel else affine("", term(self.block, t.block), term(c))
        if not t.by_pixel:
            to += [term(self.block, t.block * y.c), term(c, y.c)]
        rows = [row if t.by_pixel else affine(row, term(c, s.kh * s.kw * t.pitch)) for row in self.sums.rows]
        cropped = (s.left - t.groups_from * s.sw) * s.oc if t.by_pixel else 0
        line = affine("joined" if t.joined else "line", cropped)
        arrays = [affine(name, *to) if name == "residual" else affine(name, (channel if channel != "0" else "", 1))
                  for name in self.sums.arrays]
        nodes: list[Node] = [Call("sum_row", [*rows, "line"]), *[Call("join_row", ["line", "joined"])] * (t.joined > 0),
                             Call("finish_row", [line, *arrays, affine("output", *to)])]
        if not t.by_pixel:
            nodes = loop("c", str(t.block), nodes)
        return [*self._pointers(oh, from_row), *nodes]

    def _pointers(self, oh: Index, from_row: Index) -> list[Node]:
        """Where the products begin of the rows of the input that meet in a row of outputs."""
        h, step = self.s.axes[1], self.row_step
        nodes: list[Node] = []
        if isinstance(oh, int):
            ih: Index = (oh + h.before) // h.s
            phase: Index = (oh + h.before) % h.s
        else:
            place = affine("oh", h.before)
            ih, phase = "ih", "phase" if h.s > 1 else 0
            nodes += [Let("const ptrdiff_t ", ih, f"{operand(place, h.s)} / {h.s}" if h.s > 1 else place)]
            nodes += [Let("const ptrdiff_t ", "phase", f"{operand(place, h.s)} % {h.s}")] * (h.s > 1)
        for j, name in enumerate(self.sums.rows):
            rows = [(f"({ih} - {from_row})", step)] if isinstance(from_row, str) else \
                [term(ih, step), -from_row * step]
            there = affine("products", *rows, term(phase, self.tap_step), j * (h.s * self.tap_step - step))
            nodes.append(Let(f"const {self.row.in_memory} *", name, self._checked(there, j, ih, phase)))
        return nodes

    def _checked(self, there: str, j: int, ih: Index, phase: Index) -> str:
        """The same where there is such a row, row ih less j, else the one of zeros."""
        t, h = self.t, self.s.axes[1]
        zeros, last = affine("products", t.rows * self.row_step), t.first + t.groups - 1
        if isinstance(ih, int) and isinstance(phase, int):
            return there if 0 <= ih - j < h.i and phase + j * h.s < h.k else zeros
        tests = [f"ih >= {j}"] * (t.first < j) + [f"ih < {h.i + j}"] * (last - j >= h.i) + \
            [f"phase < {h.k - j * h.s}"] * (h.k - j * h.s < h.s)
        return f"{' && '.join(tests)} ? {there} : {zeros}" if tests else there


# --- packing ---


def _packing(t: Numbers, row: Isa) -> Packing:
    """NAME_pack: panels of the products' weights, of one block of output channels after the other, then bias and
    slopes."""
    s, g, one = t.spec, t.product, panel(t.product)
    o, i, tap = weight_strides(s)
    split = s.oc if t.by_pixel else t.kernel  # of a product's channels
    above = "" if t.channels == split else "channel" if split == 1 else f"(channel / {split})"
    below = "" if split == 1 else "channel" if t.channels == split else f"(channel % {split})"
    channel, k = (below, above) if t.by_pixel else (above, below)
    if s.flip:
        k = f"({t.kernel - 1} - {k})" if k else ""
    value = real_weight(s, row, affine("", (channel, o), (k, tap), ("ic" if s.ic > 1 else "", i)), channel)
    if g.packed_channels != g.channels:
        value = f"channel < {g.channels} ? {value} : 0.0f"
    nodes = loop("ic", str(s.ic), one.channels([Let("const ptrdiff_t ", "channel", one.channel),
                                                Statement(f"*out++ = {value};")]))
    given = [affine("weights", ("block" if t.blocks > 1 else "", t.block * o))]

    def number(role: Role, at: Index) -> list[Node]:
        place: Index = at if t.period == s.oc else 0 if s.oc == 1 else f"{at} % {s.oc}"
        return [Statement(f"*out++ = {row.get(role, place)};")]

    numbers = [node for role in s.per_channel
               for node in over("i", (0, t.period, 1), functools.partial(number, role))]
    order = "kernel rows and columns, output channels" if t.by_pixel else "output channels, kernel rows and columns"
    return Packing(
        comment=[f"Packs a panel: ic, {one.said}{', zero beyond the last' * (g.packed_channels != g.channels)}.",
                 f"Those of the product are the layer's {order}.",
                 "weights: the task's. out: the panel. Returns its end."],
        parameters=one.told, panel=nodes, panels=loop("block", str(t.blocks), panels(g, given)), numbers=numbers)
