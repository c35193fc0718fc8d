"""First layers by matrices: rows of the input that a stride goes over lie beside each other.

A step multiplies 64 neighbouring bytes, but a kernel row of 7 pixels of 4 bytes is 28. So a copy has pixels of sh rows
side by side,

    copy[p][w][r][i] = x[sh · (p − top') + r][w − left][i]        0 <= r < sh, 0 <= i < 4

and is, to the loops, a layer of stride 1 whose pixels have 4 · sh channels, and whose kernel has fewer rows. Channel
4 r + i of its kernel row p is channel i of row sh · p + r − first; where there is none, the weight is 0. (7 × 7, stride
2, 3 channels: 4 steps for 7.)
"""

from __future__ import annotations

import math

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...plan.plan import Plan
from ...plan.program import Call, For, If, Let, Node, Statement, affine, loop, nodes_of, operand, unrank
from ..weights import tap_index, tap_strides, weight_strides
from . import exact
from .contract import lines
from .copying import Copying, taken
from .geometry import Geometry, input_strides
from .matrix_geometry import Rowwise
from .packing import Packing, packed_weight, panel
from .packing import packing as in_order

BY_VECTORS = (3, 2)  # channels, and rows side by side, that the row's helper copies


def stacks(spec: ConvSpec, row: Isa) -> bool:
    """Whether that saves steps."""
    plain = spec.planar and spec.g == spec.dh == spec.dw == 1 < spec.sh
    matrix = row.matrix
    return plain and matrix is not None and spec.icg <= row.deep and spec.ih % spec.sh == 0 \
        and spec.kw * spec.sh <= matrix.words and _bottom(spec) >= 0


def _first(spec: ConvSpec) -> int:
    """Rows of 0 before those of the kernel, for pixels of sh rows to begin with the input."""
    return -spec.top % spec.sh


def _rows(spec: ConvSpec) -> int:
    return -(-(spec.kh + _first(spec)) // spec.sh)


def _top(spec: ConvSpec) -> int:
    return (spec.top + _first(spec)) // spec.sh


def _bottom(spec: ConvSpec) -> int:
    return spec.oh + _rows(spec) - 1 - spec.ih // spec.sh - _top(spec)


class Stacked(Rowwise):
    """The layer as the loops see it."""

    def __init__(self, plan: Plan, spec: ConvSpec) -> None:
        row = plan.target.row
        super().__init__(plan, spec.replace(
            ic=spec.sh * row.deep, ih=spec.ih // spec.sh, kh=_rows(spec), sh=1, top=_top(spec), bottom=_bottom(spec)))


def packing(g: Geometry) -> Packing:
    """Panels, of such a layer in its own order."""
    made = in_order(g)
    if not isinstance(g, Stacked):
        return made
    s, one = g.plan.spec, panel(g)
    o, i, _ = weight_strides(s)
    strides, first = tap_strides(s), _first(s)
    row = f"({s.kh - 1} - row)" if s.flip else "row"
    column = tap_index(s, "kw") if s.kw > 1 else ""
    there = affine("", (operand(one.channel, o), o), (row, strides["kh"]), (column, strides["kw"]), ("i", i))
    tests = [f"{one.channel} < {g.channels}"] * (g.packed_channels != g.channels) + ["row >= 0"] * (first > 0) + \
        [f"row < {s.kh}"] * (_rows(s) * s.sh - first > s.kh) + [f"i < {s.icg}"] * (s.icg < g.deep)
    value = packed_weight(g, there, one.channel)
    if tests:
        value = f"{' && '.join(tests)} ? {value} : {g.nought}"
    nest = one.channels(loop("i", str(g.deep), [Statement(f"*out++ = {value};")]))
    nest = [For("r", "0", str(s.sh), 1, "", [
        Let("const ptrdiff_t ", "row", affine("", ("kh" if _rows(s) > 1 else "", s.sh), ("r", 1), -first)), *nest])]
    nest = loop("kh", str(_rows(s)), loop("kw", str(s.kw), nest))
    return made._replace(panel=nest, comment=lines([
        f"Packs a panel: kh, kw, {s.sh} rows, {one.said}.", "weights: the layer's. out: the panel. Returns its end."]))


def copying(g: Stacked) -> Copying:
    """The copy, a row of pixels at a time."""
    s, own = g.plan.spec, g.spec
    given, rows, length = input_strides(s), own.axes[1].padded, g.copied_row
    places = [(name, extent, what) for name, extent, what in (("n", s.n, "image"), ("h", rows, "row")) if extent > 1]
    start = affine("input", ("n" if s.n > 1 else "", given.n), ("h", s.sh * given.h), -own.top * s.sh * given.h)
    outside = [f"h < {own.top}"] * (own.top > 0) + [f"h >= {own.top + own.ih}"] * (own.bottom > 0)
    ends = [(0, s.left), (s.left + s.iw, s.right)]
    fills: list[Node] = [
        Call("fill_numbers", [affine("to", at * g.held), str(pad * g.held)]) for at, pad in ends if pad]
    nodes: list[Node] = [Let(f"const {taken(g)} *", "from", start), *fills, *_pixels(g, s)]
    if outside:
        nodes.insert(0, If(" || ".join(outside), [Call("fill_numbers", ["to", str(length)]), Statement("return;")]))
    return Copying(
        what="the copy, rows side by side", local=False, plane="", places=unrank(places),
        tasks=math.prod(extent for _, extent, _ in places), base="to",
        start=affine("workspace", ("(ptrdiff_t)task", length)), stride=0, nest=nodes,
        helpers={node.function for node in nodes_of(nodes) if isinstance(node, Call)},
        moving=exact.moving(s, g.copied_by),
        comment=f"Copies {s.sh} rows of the input with their padding: [{own.axes[2].padded} pixels][{s.sh} rows]"
                f"[{g.deep} channels].")


def _pixels(g: Stacked, s: ConvSpec) -> list[Node]:
    """Those of sh rows."""
    given, left = input_strides(s), s.left * g.held
    if (s.icg, s.sh) == BY_VECTORS and given.w == s.icg:
        return [Call(g.matrix.stack, [affine("to", left), "from", affine("from", given.h), str(s.iw)])]
    to = affine("", ("w", g.held), ("r", g.deep), ("i", 1), left)
    there = affine("", ("w", given.w), ("r", given.h), ("i", given.c))
    value: list[Node] = [Statement(exact.moved(s, g.copied_by, f"to[{to}]", f"from[{there}]"))]
    if s.icg < g.deep:
        value = [If(f"i < {s.icg}", value, [Statement(f"to[{to}] = {g.zero};")])]
    return [For("w", "0", str(s.iw), 1, "pixels", [
        For("r", "0", str(s.sh), 1, "", loop("i", str(g.deep), value))])]
