"""How the tiled algorithms pack weights: panels, each read by a tile from the first number to the last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...layer.array import Role
from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...plan.program import (
    IN_TURN,
    Advance,
    For,
    If,
    Let,
    Node,
    Statement,
    affine,
    loop,
    operand,
    statements,
)
from ..weights import channel_terms, real_weight, tap_index, weight, weight_strides, weights_of_group
from . import exact
from .contract import lines
from .geometry import Geometry


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
