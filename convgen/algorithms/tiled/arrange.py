"""How the tiled algorithms arrange their data: the packed weights, and the zero-padded copy of the input."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from ...layer.array import Role
from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...plan.program import (
    IN_TURN,
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
    nodes_of,
    reads,
    statements,
    unrank,
    writes,
)
from ..squares import Square, square
from ..weights import channel_terms, real_weight, tap_index, weight, weight_strides, weights_of_group
from . import exact
from .columns import Phases, Place, each_phase
from .contract import lines
from .exact import Moving
from .geometry import PADDED, Geometry, Strides, input_strides
from .microkernel import load_lanes

TRANSPOSE = 8  # channels gathered at a time when the copy transposes channels first to channels last


class Panel(NamedTuple):
    """What pack_panel packs: `width` output channels from `oc0` on, in C. These are parameters of it where its calls
    differ in them, else numbers."""

    oc0: str
    width: str

    @property
    def told(self) -> list[str]:
        """Names of those parameters."""
        return [name for name in self if name.isidentifier()]

    @property
    def channel(self) -> str:
        """Output channel j of the panel; alone, it is the first."""
        return affine("", (self.oc0 if self.oc0 != "0" else "", 1), ("j" if self.width != "1" else "", 1))

    @property
    def said(self) -> str:
        """The same in words."""
        width = self.width if self.width.isdigit() else f"`{self.width}`"
        return f"{width} output channel{'s' * (width != '1')}{' from oc0 on' * (self.oc0 == 'oc0')}"

    def channels(self, nodes: list[Node]) -> list[Node]:
        """The nodes for each channel of the panel."""
        return loop("j", self.width, nodes)


class Packing(NamedTuple):
    """How NAME_pack goes about it. panel: packs one as the comment says, told by `parameters` which one. panels: what
    it does for each; numbers: for bias and slopes, which have a number for each channel. packers: work-items that may
    share it. limit: what cuts a bias, and scales, as exact.limit says; 0 if nothing does."""

    comment: list[str]
    parameters: list[str]
    panel: list[Node]
    panels: list[Node]
    numbers: list[Node]
    packers: int = 1
    limit: int = 0

    @property
    def statements(self) -> int:
        return statements(self.panel) + statements(self.panels) + statements(self.numbers)


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
    transpose. moving: of integers. parts: whether a part of a vector is moved as fast as a whole one."""

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
    copiers: tuple[Copier, ...] = ()

    @property
    def statements(self) -> int:
        return statements(self.nest) + sum(statements(one.nest) for one in self.copiers)


PACK = "pack_panel"  # the function that packs one


def packing(g: Geometry, name: str = PACK) -> Packing:
    """Panels of packed weights, one an output-channel tile, read by it from the first to the last. On a GPU
    work-items share the panels."""
    spec = g.plan.spec
    o, i, _, strides, *_ = g.taps
    one = panel(g)
    count = {"ic": g.kc, "kd": spec.kd, "kh": spec.kh, "kw": spec.kw}
    count |= {"kw": 1, "ic": g.steps} if g.merged else {"ic": -(-g.kc // g.deep)}
    loops = [dim for dim in g.order if count[dim] > 1]
    inside = _inside_step(g, "ic" in loops, i)
    channel, kernel = _beside(g, one.channel)
    terms = channel_terms(spec, one.channel, g.taps) if g.spans_groups else \
        [(operand(channel, o), o)] * (channel != "0")
    terms.append((operand(kernel, g.taps.beside), g.taps.beside))
    terms.append(("ic0", i if g.stages > 1 else 0))
    joined = _joined(g, "kw" in loops)
    terms += joined.terms
    for dim in loops:
        terms += inside.terms if dim == "ic" else [] if joined.terms and dim == "kw" else \
            [(tap_index(spec, dim), strides[dim])]
    there = affine("", *terms, *(inside.terms if "ic" not in loops and g.deep > 1 else []))
    value = packed_weight(g, there, channel)
    tests = [f"{one.channel} < {g.channels}"] * (g.packed_channels != g.channels) + inside.tests + joined.tests
    if tests:
        value = f"{' && '.join(tests)} ? {value} : {g.nought}"
    nest = one.channels(loop("i", str(g.deep), [*inside.names, Statement(f"*out++ = {value};")]))
    nest = joined.phases(nest)
    for dim in reversed(loops):
        nest = [For(dim, "0", str(count[dim]), 1, "", nest)]
    if g.stages > 1:
        nest = [For("ic0", "0", str(spec.icg), g.kc, f"{g.kc} input channels, all taps", nest)]
    groups = g.extents["g"]
    given, shared = weights_of_group(g.taps, groups, g.channels, g.scales), g.plan.target.is_gpu
    many = groups, g.taps.channels or g.channels, g.packed_channels
    limit = exact.limit(spec) if g.narrowed else 0
    if g.exact:
        numbers = exact.packed_numbers(spec, g.row, g.sections[0], *many, g.zero, shared=shared, classes=g.classes,
                                       biases=g.biases, limit=limit)
    else:
        again = g.taps.channels > 0
        numbers = packed_numbers(g.io, spec, *many, again=again) if not g.choices.as_given else \
            behind(g, packed_numbers(g.io, spec, *many, g.roles, "numbers", again=again))
        numbers = [If(IN_TURN, numbers)] if shared and numbers else numbers
    blocks = [f"blocks of {g.kc} input channels"] * (g.stages > 1)
    turns: list[Node] = [Let("size_t ", "turn", "0")] * shared
    return Packing(
        comment=lines([
            f"Packs a panel: {''.join(f'{dim}, ' for dim in blocks + loops)}{one.said}"
            f"{', zero beyond the last' * (g.packed_channels != g.channels)}.",
            f"weights: {'the group' if groups > 1 else 'the layer'}'s."
            f"{' scale: of its first channel.' * g.scales} out: the panel. Returns its end."]),
        parameters=one.told,
        panel=nest,
        panels=turns + loop("g", str(groups), panels(g, given, shared, name)),
        numbers=numbers,
        packers=groups * g.tiles("oc") if shared else 1,
        limit=limit)


def _beside(g: Geometry, channel: str) -> tuple[str, str]:
    """The output channel of its kernel that a channel is, and the number of the kernel, where those of several lie
    beside each other."""
    own = g.taps.channels
    if not own:
        return channel, ""
    one = operand(channel, 2)
    return ("0", channel) if own == 1 else (f"{one} % {own}", f"{one} / {own}")


class Inside(NamedTuple):
    """Of the numbers that one step sums: the terms of a weight's place, what must hold for there to be one, and what
    these name."""

    terms: list[tuple[str, int]]
    tests: list[str]
    names: list[Node]


def _inside_step(g: Geometry, looped: bool, stride: int) -> Inside:
    """looped: whether there are several steps. stride: from one input channel to the next."""
    spec = g.spec
    channel = affine("", ("ic" if looped else "", g.deep), ("i", 1)) if g.deep > 1 else "ic"
    if not g.merged:
        tests = [f"{channel} < {spec.icg}"] * (g.icp != spec.icg)
        return Inside([(operand(channel, stride), stride)], tests, [])
    tap, column = weight_strides(spec)[2], "at" if spec.icg == 1 else f"at / {spec.icg}"
    column = f"({spec.kw - 1} - {column})" if spec.flip else operand(column, tap)
    terms = [(column, tap), *[(f"(at % {spec.icg})", stride)] * (spec.icg > 1)]
    return Inside(terms, [f"at < {spec.kw * spec.icg}"], [Let("const ptrdiff_t ", "at", channel)])


class Joined(NamedTuple):
    """Of phases along a row whose sums lie side by side in a tile: the terms of a weight's place, what must hold for
    there to be one, and what does the same for each phase."""

    terms: list[tuple[str, int]]
    tests: list[str]
    phases: Callable[[list[Node]], list[Node]]


def _joined(g: Geometry, looped: bool) -> Joined:
    """looped: whether their window has several columns."""
    taps = g.taps.joined
    if taps is None:
        return Joined([], [], lambda nodes: nodes)
    column = affine("", ("kw" if looped else "", -taps.number), ("p", 1), taps.last)
    gaps = not all(taps.column(kw, p) for kw in range(g.spec.kw) for p in range(taps.number))
    return Joined([(f"({taps.kernel - 1} - column)" if taps.flip else "column", taps.stride)],
                  [f"column >= 0 && column < {taps.kernel}"] * gaps,
                  lambda nodes: [For("p", "0", str(taps.number), 1, "", [
                      Let("const ptrdiff_t ", "column", column), *nodes])])


def panel(g: Geometry) -> Panel:
    """A panel of one group."""
    widths = {segment.width for segment in g.segments["oc"]}
    return Panel("oc0" if g.tiles("oc") > 1 else "0", "width" if len(widths) > 1 else str(widths.pop()))


def loop(var: str, count: str, nodes: list[Node]) -> list[Node]:
    """A loop around the nodes; the nodes alone where it would run once."""
    return nodes if count == "1" else [For(var, "0", count, 1, "", nodes)]


def operand(term: str, factor: int) -> str:
    """A term as an operand: a sum that is multiplied stands in parentheses."""
    return f"({term})" if factor != 1 and " " in term else term


def packed_weight(g: Geometry, there: str, channel: str) -> str:
    """A weight as it is packed, in C. there: its place in the caller's array; channel: its output channel."""
    if g.exact:
        return weight(g.spec, g.row, there)
    if g.choices.as_given:
        return f"weights[{there}]"
    return real_weight(g.spec, g.given_weights, there, channel)


def panels(g: Geometry, given: list[str], shared: bool = False, name: str = PACK) -> list[Node]:
    """Packs the panels of one group, of which the function that packs one gets `given`. shared: by work-items in turns.
    name: the function's."""
    nodes: list[Node] = []
    one = panel(g)
    for start, count, width, *_ in g.segments["oc"]:
        end = str(start + count * width)
        values = {"oc0": str(start) if count == 1 else "oc0", "width": str(width)}
        call = f"{name}({', '.join([*given, *(values[told] for told in one.told), 'out'])});"
        pack: list[Node] = [If(IN_TURN, [Statement(call)]), Advance("out", width * g.terms)] if shared else \
            [Statement(f"out = {call}")]
        nodes += pack if count == 1 else [For("oc0", str(start), end, width, "", pack)]
    return nodes


def behind(g: Geometry, nodes: list[Node]) -> list[Node]:
    """The nodes, which pack `numbers`, floats behind weights of another type."""
    first = next(iter(g.sections[0]), None)
    return [] if first is None else [
        Let(f"{g.row.in_memory} *", "numbers", exact.view_of(first, g.weights, written=True)), *nodes]


def packed_numbers(io: Isa, spec: ConvSpec, groups: int, channels: int, packed: int, roles: Sequence[Role] = (),
                   to: str = "out", *, again: bool = False) -> list[Node]:
    """Packs bias and slopes of all groups, or what has these roles, zero in the lanes beyond the last of a group's
    channels; or, of one group, these channels again and again."""
    nodes: list[Node] = []
    for role in roles or spec.per_channel:
        one = "oc" if packed > 1 and not (again and channels == 1) else ""
        one = f"{one} % {channels}" if again and one else one
        value = io.get(role, affine("", ("g" if groups > 1 else "", channels), (one, 1)))
        if packed != channels and not again:
            value = f"oc < {channels} ? {value} : 0.0f"
        nodes += loop("g", str(groups), loop("oc", str(packed), [Statement(f"*{to}++ = {value};")]))
    return nodes


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


def _phased_row(g: Geometry, w: int) -> list[Node]:
    """[phase][column / stride] from a row of the input whose pixels lie w apart."""
    s = g.spec
    nodes: list[Node] = []
    split = s.sw == 2 and w == 1  # both phases at once, from whole vectors of the input
    if split:
        even, odd = ((column % 2) * g.phase + column // 2 for column in (s.left, s.left + 1))
        nodes.append(Call("split_floats", [affine("to", even), affine("to", odd), "from", str(s.iw)]))

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
        elif high > low and not split:
            q = "q" if high - low > 1 else ""
            move = _moved(g, to(low, "", q), affine("", (q, s.sw * w), (p, w), first * w))
            found += loop("q", str(high - low), [move])
        if high < g.phase:
            found.append(Call("zero_floats", [to(high), str(g.phase - high)]))
        return found

    return [*nodes, *each_phase(s, g.phase, moved)]
