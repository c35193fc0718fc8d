"""The program of Winograd's filtering modulo 2^32: transforms as statements, loops, packing."""

from __future__ import annotations

import functools
from typing import NamedTuple

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
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
    packing_parameters,
    reads,
    unrank,
    writes,
)
from ..tiled import exact
from ..tiled.copying import Copying, copying
from ..tiled.geometry import Strides, output_strides
from ..tiled.loopnest import LoopNest
from ..tiled.microkernel import Reduction, Tile, hot
from ..weights import less, tap_term, weight_strides
from .codelets import Op, codelet
from .modular_numbers import Numbers, Residue
from .toomcook import fractions


class Matrix(NamedTuple):
    """A transform along an axis as statements, on x0, x1 and so on, and the names of what it gives."""

    lines: list[str]
    outputs: list[str]


class ModularView(View, frozen=True, kw_only=True):
    """What templates/winograd/modular prints.

    t: the plan's numbers; zero: what stands for 0 in the copy. into_h, into_w, from_h, from_w: the transforms of
    columns and rows. tiles, product_nodes: the micro-kernels of a position and its loops; plain: the layer that it is.
    numbers: of output channels, as TiledView has them. residue: see there. window, out: strides of the copy and of
    what is written; copy; places, nodes: of a task; shared: numbers of workspace before that of workers. panels:
    (first channel, how many, width) of U's; behind: how what follows U is packed. *_parameters: of functions.
    """

    t: Numbers
    zero: int
    shorts: Isa
    into_h: Matrix
    into_w: Matrix
    from_h: Matrix
    from_w: Matrix
    tiles: list[Tile]
    product_nodes: list[Node]
    plain: ConvSpec
    by_channel: bool
    contiguous: bool
    row_stride: int
    lane_stride: int
    lanes: int
    packed_numbers: int
    transposes: bool
    narrowed: None
    rescales: bool
    numbers: list[tuple[str, str, str]]
    residue: Residue
    window: Strides
    out: Strides
    copy: Copying
    places: list[tuple[str, str, str]]
    nodes: list[Node]
    weight: str
    panels: list[tuple[int, int, int]]
    shared: int
    behind: list[Node]
    product_parameters: tuple[Parameter, ...]
    input_parameters: tuple[Parameter, ...]
    output_parameters: tuple[Parameter, ...]
    pack_parameters: tuple[Parameter, ...]

    @property
    def statements(self) -> int:
        """Transforms and micro-kernels."""
        lines = sum(len(matrix.lines) for matrix in (self.into_h, self.into_w, self.from_h, self.from_w))
        return sum(tile.statements for tile in self.tiles) + 2 * lines + 40


def program(t: Numbers, rows: Rows) -> Program:
    """What is printed."""
    s, row = t.spec, rows.of(t.row)
    shorts, sums = row.shorts, row.numbers
    assert shorts is not None
    nest = LoopNest(t.product.noted(rows, "tile"), Reduction)
    nodes, copy = nest.nodes(), copying(t.copy.noted(rows))
    found, packed = t.sections
    size = t.copy.source.itemsize
    shared = -(-(t.copy.workspace + shorts.lanes) * size // 64) * 64 // size  # a vector may reach beyond the copy
    io, said = t.copy.io, [(section.element, section.role) for section in found]
    view = ModularView(
        t=t, zero=exact.operands(s, t.row).zero, shorts=shorts,
        into_h=_matrix(shorts, t.h.bt), into_w=_matrix(shorts, t.w.bt), from_h=_matrix(sums, t.h.at),
        from_w=_matrix(sums, t.w.at), tiles=list(nest.tiles.values()), product_nodes=nodes, plain=t.product.spec,
        by_channel=True, contiguous=True, row_stride=t.width, lane_stride=1, lanes=t.row.lanes, packed_numbers=t.width,
        transposes=False,
        narrowed=None, rescales=False,
        numbers=[(section.element, section.role, exact.view_of(section, t.row)) for section in found],
        residue=t.residue, window=t.copy.input, out=_written(t), copy=copy,
        places=unrank([("n", s.n, "image"), ("block", t.blocks, "block of rows of tiles")]),
        nodes=_task(t, [role for _, role in said]), weight=_weight(s),
        panels=[(start, count, width) for start, count, width, *_ in t.product.segments["oc"]],
        shared=shared, behind=exact.packed_numbers(s, t.row, found, 1, s.oc, t.width, 0),
        product_parameters=(reads(row.scalar, "input"), reads(row.scalar, "weights"), writes(sums.scalar, "output")),
        input_parameters=(reads(t.copy.source.scalar, "x"), writes(row.scalar, "v")),
        output_parameters=(reads(sums.scalar, "m"), *(reads(element, role) for element, role in said),
                           *[reads(io.scalar, "residual")] * s.residual, writes(io.scalar, "output"),
                           *indices(["rows", "columns_left"])),
        pack_parameters=(reads(row.named(s.weights_element), "weights"), writes(row.scalar, "out")))
    count = s.n * t.blocks
    return Program(
        row=row, template="winograd/modular.c.j2", pack="winograd/modular_pack.c.j2", view=view,
        phases=(Phase("copy_task", copy.tasks, copy.what, (*["task"] * (copy.tasks > 1), "input", "workspace")),
                Phase("compute_task", count, "blocks of rows of tiles",
                      (*["task"] * (count > 1), "worker", "packed", *["residual"] * s.residual, "output",
                       "workspace"))),
        parameters=packing_parameters(s, row, "void"), packed=packed, workspace=shared, scratch=t.scratch,
        hot=hot(nest.tiles.values()), workspace_of=t.copy.source,
        helpers=(*copy.helpers, *[io.transpose] * (not s.channels_last and bool(io.transpose))))


def _written(t: Numbers) -> Strides:
    """Of where transforms back write: the output, or a block of it with channels last."""
    s = t.spec
    return output_strides(s) if s.channels_last else Strides(0, 1, 0, s.ow * t.width, t.width)


def _task(t: Numbers, numbered: list[str]) -> list[Node]:
    """A block of rows of tiles: transforms, products, transforms back."""
    s, out, window = t.spec, _written(t), t.copy.input
    block, n, rows = ("block" if t.blocks > 1 else ""), ("n" if s.n > 1 else ""), t.block * t.h.m
    row, column = ("row" if t.block > 1 else ""), ("column" if t.columns > 1 else "")
    tile = affine("", (row, t.columns), (column, 1))
    apart = f"({tile})" if " " in tile else tile

    def each(nodes: list[Node], before: list[Node]) -> list[Node]:
        return loop("row", str(t.block), [*before, *loop("column", str(t.columns), nodes)])

    read = affine("workspace", (n, window.n), (block, rows * window.h), (row, t.h.m * window.h),
                  (column, t.w.m * window.w))
    terms = (*([(n, out.n), (block, rows * out.h)] if s.channels_last else []),
             (row, t.h.m * out.h), (column, t.w.m * out.w))
    added, to = (affine(name if s.channels_last else "strip", *terms) for name in ("residual", "output"))
    below = affine("", (block, rows), (row, t.h.m))
    back: list[Node] = [Call("transform_output", [
        affine("m", (apart, t.width)), *numbered, *[added] * s.residual, to, f"below < {t.h.m} ? below : {t.h.m}",
        f"{s.ow} - {affine('', (column, t.w.m))}"])]
    multiplied: list[Node] = [Call("multiply", [
        affine("v", ("p", t.v_plane)), affine("packed", ("p", t.u_plane)), affine("m", ("p", t.m_plane))])]
    return [
        *([] if s.channels_last else _pixels(t, block, rows)),
        *([] if s.channels_last or not s.residual else _gathered(t, block, n, rows)),
        *each([Call("transform_input", [read, affine("v", (apart, t.depth))])], []),
        For("p", "0", str(t.points), 1, "positions", multiplied),
        *each(back, [Let("const ptrdiff_t ", "below", f"{s.oh} - {f'({below})' if ' + ' in below else below}")]),
        *([] if s.channels_last else _turned(t, block, n, rows))]


def _pixels(t: Numbers, block: str, rows: int) -> list[Node]:
    """How many of an output channel are in a block."""
    s = t.spec
    return [Let("const ptrdiff_t ", "left", affine(str(s.oh), (block, -rows)).replace("+ block * -", "- block * ")),
            Let("const ptrdiff_t ", "pixels", f"(left < {rows} ? left : {rows}) * {s.ow}")]


def _gathered(t: Numbers, block: str, n: str, rows: int) -> list[Node]:
    """Brings the residual of a block to where its outputs will be, channels last."""
    s, plane = t.spec, t.spec.oh * t.spec.ow
    moved = Statement(f"strip[{affine('', ('p', t.width), ('c', 1))}] = added[{affine('', ('c', plane), ('p', 1))}];")
    return [Let(f"const {t.copy.io.in_memory} *", "added",
                affine("residual", (n, s.output_channels * plane), (block, rows * s.ow))),
            For("c", "0", str(s.oc), 1, "residual", [For("p", "0", "pixels", 1, "", [moved])])]


def _turned(t: Numbers, block: str, n: str, rows: int) -> list[Node]:
    """Brings a block of outputs to where channels are first."""
    s, io, plane = t.spec, t.copy.io, t.spec.oh * t.spec.ow
    whole = s.oc - s.oc % 8 if io.transpose else 0
    one = [Statement(f"to[{affine('', ('c', plane), ('p', 1))}] = strip[{affine('', ('p', t.width), ('c', 1))}];")]
    moved = [Statement(f"to[{affine('', ('(c + i)', plane), ('p', 1))}]"
                       f" = strip[{affine('', ('p', t.width), ('c', 1), ('i', 1))}];")]
    nodes: list[Node] = [
        Let(f"{io.in_memory} *", "to", affine("output", (n, s.output_channels * plane), (block, rows * s.ow)))]
    if whole:
        eight = Call(io.transpose, [affine("to", ("c", plane), ("p", 1)), str(plane),
                                    affine("strip", ("p", t.width), ("c", 1)), str(t.width), "0"])
        nodes += [
            Let("const ptrdiff_t ", "even", "pixels - pixels % 8"),
            For("c", "0", str(whole), 8, "channels and pixels, 8 x 8 at a time", [
                For("p", "0", "even", 8, "", [eight]),
                For("i", "0", "8", 1, "", [For("p", "even", "pixels", 1, "", [*moved])])])]
    if whole < s.oc:
        nodes.append(For("c", str(whole), str(s.oc), 1, "", [For("p", "0", "pixels", 1, "", [*one])]))
    return nodes


def _weight(s: ConvSpec) -> str:
    """The weight of output channel o and input channel c, in C."""
    o, i, _ = weight_strides(s)
    place = affine("", ("o", o), ("c", i), *(tap_term(s, f"k{axis.name}") for axis in s.axes[1:] if axis.k > 1))
    return less(s, f"weights[{place}]")


def _matrix(row: Isa, matrix: tuple[tuple[int, ...], ...]) -> Matrix:
    made = codelet(fractions(matrix))
    if any(op.constant.denominator > 1 for op in made.ops):  # what they share are fractions
        lines = [f"const {row.vector} t{at} = {_sum(row, factors)};" for at, factors in enumerate(matrix)]
        return Matrix(lines, [f"t{at}" for at in range(len(matrix))])
    return Matrix([f"const {row.vector} {op.name} = {_operation(row, op)};" for op in made.ops],
                  [str(output) for output in made.outputs])


def _sum(row: Isa, factors: tuple[int, ...]) -> str:
    """The sum of products of x0, x1 and so on with small constants, some of which are above 0."""
    terms = sorted(((f"x{at}", k) for at, k in enumerate(factors) if k), key=lambda term: term[1] < 0)
    value = ""
    for name, k in terms:
        times = _times(row, name, abs(k))
        value = times if not value else row.add(value, times) if k > 0 else row.sub(value, times)
    return value


def _operation(row: Isa, op: Op) -> str:
    """An operation of a codelet in integers: multiplications by small constants are shifts and sums."""
    if op.kind in ("add", "sub"):
        return row.expression(op.kind, a=op.operands[0], b=op.operands[1])
    k = int(op.constant)
    times = _times(row, op.operands[0], abs(k))
    if op.kind == "mul":
        return times if k > 0 else row.sub(row.set1("0"), times)
    return row.add(op.operands[1], times) if k > 0 else row.sub(op.operands[1], times)


def _times(row: Isa, a: str, k: int) -> str:
    """a·k, k > 0."""
    terms = [row.shl(a, bit) if bit else a for bit in range(k.bit_length()) if k >> bit & 1]
    return functools.reduce(row.add, terms)


