"""The copies of the input that tiles read: padded, in the order of lanes, or as the input lies."""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from ...layer.spec import ConvSpec
from ...plan.program import (
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
    loop,
    nodes_of,
    reads,
    statements,
    unrank,
    writes,
)
from ..split import Split, split, splits
from ..squares import Square, square
from . import exact
from .columns import Phases, Place, each_phase
from .exact import Moving
from .geometry import PADDED, Geometry, Strides, input_strides
from .microkernel import load_lanes

TRANSPOSE = 8  # channels gathered at a time when the copy transposes channels first to channels last


class Copier(NamedTuple):
    """A function that copies a part of the input to a worker's scratch, the last of its parameters."""

    name: str
    comment: str
    parameters: tuple[Parameter, ...]
    nest: list[Node]


class Copying(NamedTuple):
    """The copy that tiles read, in words `what`. local: of a part of the input, by the task that needs it, which calls
    `copiers`: that of one channel at the start of a task, where `plane` says where its image begins. Else a phase of
    `tasks` tasks, of which `places` has the loop variables. nest: what a task does, from the input to `base`, which
    begins at `start`. stride: numbers of a worker's scratch. helpers: the functions that it calls; squares: those that
    transpose; split: the one that deals rows to phases. moving: of integers. parts: whether a part of a vector is moved
    as fast as a whole one."""

    what: str
    local: bool
    plane: str
    places: list[tuple[str, str, str]]
    tasks: int
    base: str
    start: str
    stride: int
    nest: list[Node]
    helpers: set[str]
    comment: str
    moving: Moving | None = None
    parts: bool = False
    squares: tuple[Square, ...] = ()
    split: Split | None = None
    copiers: tuple[Copier, ...] = ()

    @property
    def statements(self) -> int:
        dealt = self.split.statements if self.split else 0
        return statements(self.nest) + sum(statements(one.nest) for one in self.copiers) + dealt


def copying(g: Geometry) -> Copying:
    """The copy, a task at a time; or, where tiles make it themselves, the function that they call."""
    if g.choices.source == "near":
        return Copying(what="", local=True, plane="", places=[], tasks=0, base="", start="", stride=g.scratch, nest=[],
                       helpers={"copy_floats"}, comment="")
    made = _widened(g) if g.choices.source == "widened" else _padded(g)
    return made._replace(parts=g.row.masked and g.io.masked)


def _widened(g: Geometry) -> Copying:
    """The input as it lies, in parts: rows of pixels with all channels, or channels."""
    s, given = g.spec, g.given
    tasks, length = (s.n * s.id * s.ih, s.iw * s.ic) if s.channels_last else (s.n * s.ic, s.id * s.ih * s.iw)
    task = "(ptrdiff_t)task" if tasks > 1 else ""
    part = "row" if s.channels_last else "channel"
    at, loops = [(task, given.h if s.channels_last else given.c)], list[tuple[str, int, str]]()
    if not s.channels_last and s.n > 1 and given.n != s.ic * given.c:  # images have other channels between them
        at = [("n", given.n), ("c" if s.ic > 1 else "", given.c)]
        loops = [("n", s.n, "image"), ("c", s.ic, "channel")]
    return Copying(
        what=f"the input in {g.row.sums.name}", local=False, plane="", places=unrank(loops), tasks=tasks, base="to",
        start=affine("workspace", (task, length)), stride=0,
        nest=[Let(f"const {g.io.in_memory} *", "from", affine("input", *at)),
              *(_pixels(g, s, "to") if s.channels_last else [Call("copy_floats", ["to", "from", str(length)])])],
        helpers={"copy_floats"}, comment=f"Copies a {part} of the input, {length} numbers.")


def _padded(g: Geometry) -> Copying:
    """A row of pixels with all channels, or all rows of one channel, with zeros around it if the copy is padded."""
    s = g.spec if g.choices.source in PADDED else _sided(g.spec) if g.choices.source == "columns" else _bare(g.spec)
    d, h, w = s.axes
    inside = g.plan.lanes != "ow"  # channels are neighbours in the copy
    local = g.choices.source == "local"
    source = input_strides(s)
    planes = [("d", d.padded), ("h", h.padded)]
    loops = [] if local else [("n", s.n), *(planes if inside else [("c", s.g * g.icp // g.deep)])]
    stride = {"n": source.n, "c": source.c * g.deep}
    begin = [(name, stride[name]) for name, extent in loops if name in stride and extent > 1]
    for axis, pitch in ((d, source.d), (h, source.h)):
        if axis.padded > 1:
            begin += [(axis.name, pitch), ("1", -axis.before * pitch)]
    copied, squares = copied_row(g, s, source)
    row: list[Node] = [Let(f"const {taken(g)} *", "from", _address(begin)), *copied]
    length = w.padded * g.held + (g.deep - 1) * g.merged if inside else g.phase * s.sw * g.deep
    if g.merged:
        row.append(Call("fill_numbers", [affine("to", w.padded * g.held), str(length - w.padded * g.held)]))
    outside = " || ".join(
        test for axis in (d, h) for pad, test in (
            (axis.before, f"{axis.name} < {axis.before}"),
            (axis.after, f"{axis.name} >= {axis.before + axis.i}")) if pad)
    if s.g > 1 and not inside and g.icp != s.icg:  # blocks of channels do not follow each other
        blocks = g.icp // g.deep
        begin = [(f"(c / {blocks} * {s.icg} + c % {blocks} * {g.deep})", source.c) if name == "c" else (name, step)
                 for name, step in begin]
        row[0] = Let(f"const {taken(g)} *", "from", _address(begin))
    if outside:
        leave = "return;" if inside else "continue;"
        fill = "fill_numbers" if g.exact else "zero_floats"
        row.insert(0, If(outside, [Call(fill, ["to", str(length)]), Statement(leave)]))
    rows = d.padded * h.padded
    if not inside and rows > 1:
        at = affine("to_plane", ("d", h.padded * length) if d.padded > 1 else 0,
                    ("h", length) if h.padded > 1 else 0)
        row.insert(0, Let(f"{g.source.in_memory} *", "to", at))
        for name, extent in reversed(planes):
            if extent > 1:
                row = [For(name, "0", str(extent), 1, "", row)]
    tasks, base = math.prod(extent for _, extent in loops), "to_plane" if not inside and rows > 1 else "to"
    comment = _said(g, s, rows)
    return Copying(
        what="the padded copy" if s is g.spec else "the copy",
        local=local,
        plane=affine("input", ("n", source.n if s.n > 1 else 0), ("g", source.c if s.g > 1 else 0)) if local else "",
        places=unrank([(name, extent, {"n": "image", "c": "channel", "d": "plane", "h": "row"}[name])
                          for name, extent in loops]),
        tasks=tasks,
        base=base,
        start=affine("workspace", ("(ptrdiff_t)task" if tasks > 1 else "", length if inside else length * rows)),
        stride=g.scratch,
        nest=[] if local else row,
        helpers={node.function for node in nodes_of(row) if isinstance(node, Call)},
        squares=squares,
        split=dealing(g),
        moving=exact.moving(s, g.copied_by) if g.exact else None,
        comment=comment,
        copiers=(Copier("copy_plane", f"{comment}\n   input: the channel.", copier_parameters(g, base), row),)
        if local else ())


def copier_parameters(g: Geometry, to: str, *told: str) -> tuple[Parameter, ...]:
    """Of a function that copies a part of the input. told: numbers."""
    return reads(g.row.named(g.spec.arithmetic.input), "input"), *indices(told), writes(g.source.scalar, to)


def _said(g: Geometry, s: ConvSpec, rows: int) -> str:
    """What a padded copy holds, of a layer as it sees it."""
    if g.plan.lanes != "ow":
        return (f"Copies a row of the input{' with its padding' * (g.choices.source != 'unpadded')}:"
                f" [{s.axes[2].padded} pixels][{g.held} channels].")
    return (f"Copies {'a channel' if g.deep == 1 else f'{g.deep} channels'} of the input with its padding:"
            f" [{rows} rows][{s.sw} column phases][{g.phase}]{f'[{g.deep} channels]' * (g.deep > 1)}.")


def copied_row(g: Geometry, s: ConvSpec, source: Strides) -> tuple[list[Node], tuple[Square, ...]]:
    """What copies a row, as the copy sees the layer, and the functions that it calls for squares."""
    if g.exact:
        return _exact_row(g, s, source), ()
    return (_phased_row(g, source.w), ()) if g.plan.lanes == "ow" else _channels_last_row(g, s, source.c, source.w)


def _sided(s: ConvSpec) -> ConvSpec:
    """What a copy whose rows alone are padded sees of a layer."""
    return msgspec.structs.replace(s, top=0, bottom=0, kh=1, sh=1, dh=1, oh=s.ih)


def _bare(s: ConvSpec) -> ConvSpec:
    """What a copy without padding sees of a layer. Short rows follow each other as one, for whole blocks of pixels to
    be transposed."""
    none = dict.fromkeys(("front", "back", "top", "bottom", "left", "right"), 0)
    ones = dict.fromkeys(("kd", "kh", "kw", "sd", "sh", "sw", "dd", "dh", "dw"), 1)
    d, h, w = (1, 1, s.id * s.ih * s.iw) if s.iw < exact.BLOCK else (s.id, s.ih, s.iw)
    return msgspec.structs.replace(s, **none, **ones, id=d, ih=h, iw=w, od=d, oh=h, ow=w)


def _exact_row(g: Geometry, s: ConvSpec, source: Strides) -> list[Node]:
    """Of integers: a row of pixels with all channels, or of the few channels that one step sums."""
    if g.plan.lanes != "ow":
        return exact.copied_row(s, g.copied_by, g.held if g.merged else g.icp, g.held, source.c, source.w)
    return exact.phased_row(s, g.row, g.phase, source.c, source.w, g.interleaver)


def taken(g: Geometry) -> str:
    """The type of the caller's input."""
    return g.row.space + g.row.named(g.spec.arithmetic.input)


def _moved(g: Geometry, to: str, taken: str) -> Statement:
    """The statement that copies one number of the input."""
    return Statement(f"{g.row.put('to', to, g.io.get('from', taken))};")


def _pixels(g: Geometry, s: ConvSpec, to: str) -> list[Node]:
    """Copies a row of pixels with all their channels from `from`: in one go, unless other channels lie between them."""
    pitch = g.given.w
    if pitch == s.ic or s.iw == 1:
        return [Call("copy_floats", [to, "from", str(s.iw * s.ic)])]
    return loop("w", str(s.iw), [
        Call("copy_floats", [affine(to, ("w", s.ic)), affine("from", ("w", pitch)), str(s.ic)])])


def _address(terms: list[tuple[str, int]]) -> str:
    constant = sum(stride for name, stride in terms if name == "1")
    return affine("input", *(t for t in terms if t[0] != "1"), constant)


def _channels_last_row(g: Geometry, s: ConvSpec, c: int, w: int) -> tuple[list[Node], tuple[Square, ...]]:
    """[pixel][channel] from a row of the input, as the copy sees the layer, whose channels lie c apart and pixels w
    apart; and the functions that it calls for squares."""
    at, squares = s.left * s.ic, tuple[Square, ...]()
    nodes: list[Node] = [Call("zero_floats", ["to", str(at)])] if at else []
    if c == 1 or s.ic == 1:
        nodes += _pixels(g, s, affine("to", at))
    else:
        begin = s.ic - s.ic % g.row.lanes if g.squares and w == 1 else 0
        if begin:
            squares = (square("", g.row, g.row.lanes, min(g.row.lanes, s.iw), c, s.ic),)
            nodes += _in_squares(squares[0], s, begin, at)
        main = s.ic - (s.ic - begin) % TRANSPOSE
        for first, last in ((begin, main), (main, s.ic)):
            if first < last:
                nodes += _transposed(g, s, first, last, c, w, at)
    if s.right:
        nodes.append(Call("zero_floats", [affine("to", at + s.iw * s.ic), str(s.right * s.ic)]))
    return nodes, squares


def _in_squares(one: Square, s: ConvSpec, channels: int, at: int) -> list[Node]:
    """Pixels of the first channels, square by square. The last of a row ends where that does: it has pixels of the one
    before again."""
    def across(w: str, fixed: int) -> list[Node]:
        c = "c" if channels > one.rows else ""
        nodes: list[Node] = [Call(one.name, [affine("from", (c, one.apart), (w, 1), fixed),
                                             affine("to", (c, 1), (w, s.ic), at + fixed * s.ic)])]
        return [For("c", "0", str(channels), one.rows, "", nodes)] if c else nodes

    whole = s.iw - s.iw % one.numbers
    nodes = [For("w", "0", str(whole), one.numbers, "", across("w", 0))] if whole > one.numbers else across("", 0)
    return nodes + (across("", s.iw - one.numbers) if whole < s.iw else [])


def _transposed(g: Geometry, s: ConvSpec, first: int, last: int, c: int, w: int, at: int) -> list[Node]:
    """Pixels of channels first to last - 1, some channels at a time; the copy's pixels begin at `at`. Numbers that
    become others do so in whole vectors of pixels, where these are neighbours."""
    lanes = g.row.lanes
    width = min(TRANSPOSE, last - first)
    many, j = last - first > width, "j" if width > 1 else ""
    in_copy: list[tuple[str, int]] = [("c", 1), (j, 1)] if many else [(j, 1)]
    taken = ("(c + j)", c) if many else (j, c)
    to, start = at + first * (not many), first * c * (not many)

    def pixels(count: int, nodes: list[Node]) -> list[Node]:
        return loop("i", str(count), loop("j", str(width), nodes))

    row: list[Node] = []
    if g.io is g.row or w != 1 or lanes == 1 or width == 1 or s.iw == 1:
        column = "w" if s.iw > 1 else ""
        move = _moved(g, affine("", (column, s.ic), *in_copy, to), affine("", (column, w), taken, start))
        row = loop("w", str(s.iw), loop("j", str(width), [move]))
    else:
        whole = s.iw - s.iw % lanes
        for begin, end, count in ((0, whole, lanes), (whole, s.iw, s.iw - whole)):
            if begin == end:
                continue
            inside = end - begin > count  # several vectors
            column, skipped = ("w", 0) if inside else ("", begin)
            pixel = "i" if count > 1 else ""
            address = affine("from", (column, 1), taken, start + skipped)
            vector = load_lanes(g.io, "", address, count % lanes).value
            value = affine("", (pixel, 1))
            place = affine("", (f"(w + {pixel})" if inside else pixel, s.ic), *in_copy, to + skipped * s.ic)
            block: list[Node] = [
                Statement(f"{g.row.scalar} near[{width}][{lanes}];"),
                *loop("j", str(width), [Statement(f"{g.row.spill('near[j]', vector)};")]),
                *pixels(count, [Statement(f"{g.row.put('to', place, f'near[j][{value}]')};")])]
            row += [For("w", "0", str(end), lanes, "", block)] if inside else [Block(block)]
    return [For("c", str(first), str(last), width, "", row)] if many else row


def dealing(g: Geometry) -> Split | None:
    """What deals the rows of the input to phases of columns, if whole vectors of it do."""
    phased = g.plan.lanes == "ow" and g.choices.source in PADDED and not g.exact and g.given.w == 1
    return split(g.row, g.spec.sw, g.spec.left, g.phase) if phased and splits(g.row, g.spec.sw) else None


def _phased_row(g: Geometry, w: int) -> list[Node]:
    """[phase][column / stride] from a row of the input whose pixels lie w apart."""
    s = g.spec
    nodes: list[Node] = []
    at_once = dealing(g)  # all phases, from whole vectors of the input
    if at_once:
        nodes.append(Call("split_floats", ["to", "from", str(s.iw)]))

    def moved(place: Place, these: Phases) -> list[Node]:
        p, number = place
        low, high = these.low, these.high
        found: list[Node] = []

        def to(column: int, base: str = "to", q: str = "") -> str:
            return affine(base, (q, 1), (p, g.phase), number * g.phase + column)

        if low:
            found.append(Call("zero_floats", [to(0), str(low)]))
        first = low * s.sw + number - s.left
        if high > low and s.sw == 1 and w == 1:
            found.append(Call("copy_floats", [to(low), affine("from", first), str(high - low)]))
        elif high > low and not at_once:
            q = "q" if high - low > 1 else ""
            move = _moved(g, to(low, "", q), affine("", (q, s.sw * w), (p, w), first * w))
            found += loop("q", str(high - low), [move])
        if high < g.phase:
            found.append(Call("zero_floats", [to(high), str(g.phase - high)]))
        return found

    return [*nodes, *each_phase(s, g.phase, moved)]
