"""Layers that sum integers, in tiles: what products take, how packed bias and scales follow the weights, the copy.

Rows of products either take an input of the layer as it is, perhaps moved by a constant ("offset"), or a copy of it
less its zero point. What is not subtracted from each input is subtracted from the bias, once: with z what stands for 0,

    Σ w (x − z) + b = Σ w x + (b − z Σ w)

so padding must be read as z: it is copied, unless z is 0, when tiles can skip it. Or tiles skip rows of padding, and
what is subtracted depends on the rows of the kernel that they sum: there is a bias for each class of rows, from … to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from ...layer.array import Role
from ...layer.element import F32
from ...layer.spec import BY_INPUT, ConvSpec
from ...machine.isa import Isa, exact_rows
from ...machine.target import Target
from ...plan.program import IN_TURN, Block, Call, For, If, Let, Node, Statement, affine
from ...plan.proof import held, proof, refusal
from ..split import dealt, splits
from ..weights import Taps, all_taps, channel_terms, less, tap_index, weight_strides
from .columns import Phases, Place, each_phase

# instructions, or as many as take as long: of a vector of sums, to begin them and store them; to make outputs of them
STORE = 6.0
LANE = 8.0  # of a lane that becomes long, to make an output of it
QUANTISE = {"half-even": 8.0, "tflite": 24.0, "tflite-single": 24.0}
DEQUANTISE = 2.0
RESIDUAL = 6.0  # and to add one
CUT = 3.0  # of QUANTISE, to cut them to their range, which bytes need not
LOOK_UP = 4.0  # of a lane, in a table

SATURATES = 512  # a sum or a scale: so many steps beyond 0 every output is at an end of its range
BLOCK = 8  # pixels and channels that change places at once
LINE = 64  # bytes of a cache line


class Operands(NamedTuple):
    """What products are made of inputs. zero: what stands for 0 among them; added: what is added to an input to be one.
    """

    zero: int
    added: int


def operands(spec: ConvSpec, row: Isa) -> Operands:
    """Of a layer, multiplied by a row of products."""
    offset = row.given[spec.arithmetic.input.name].offset
    return Operands(0, -spec.input_zero) if offset is None else Operands(spec.input_zero + offset, offset)


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why a target must not sum a layer of integers, or None."""
    if told := spec.unruled or refusal(spec):
        return told
    row = target.row
    if lengthened(spec, row) and not held(spec, row.sums):
        return f"sums of products must stay in {row.sums.name} (isa={row.name})"
    return None


def lengthened(spec: ConvSpec, row: Isa) -> bool:
    """Whether a row of products has shorter sums than the layer: they become long when the bias is added, lane after
    lane, to be made outputs."""
    return row.kind == "products" and row.sums is not spec.arithmetic.sum


def long_row(spec: ConvSpec, row: Isa) -> Isa | None:
    """The row by which lanes that become long are made outputs; None where sums are as long as the layer's."""
    if not lengthened(spec, row):
        return None
    return next(one for one in exact_rows(row.f32, spec.arithmetic) if one.sums is spec.arithmetic.sum)


def finish(spec: ConvSpec, row: Isa) -> float:
    """Instructions that make outputs of a vector of a layer's sums, and store them."""
    if lengthened(spec, row):
        return STORE + LANE * row.lanes
    if not spec.arithmetic.scaled:
        return STORE
    quantise = QUANTISE[spec.rounding] if spec.arithmetic.quantised else DEQUANTISE
    return STORE + quantise + RESIDUAL * spec.residual + LOOK_UP * row.lanes * spec.tabled


def limit(spec: ConvSpec) -> int:
    """The largest |bias| that packing leaves where outputs lie at an end of their range anyway, so that sums times a
    scale, of which the largest are cut too, stay in 32 bits; 0 where they may leave them. With a scale of 0.5 or more,
    1024 sums beyond 0 are 512 outputs; and with one of 512, one sum is."""
    if spec.rule.integers or not spec.arithmetic.quantised or spec.residual:
        return 0
    products = proof(spec).products
    most = products + 2 * SATURATES
    return most if (products + most) * SATURATES < 2**31 else 0


def narrowed(spec: ConvSpec, row: Isa, sums: int) -> float:
    """The same of so many vectors, four of which become one of bytes."""
    return sums * (finish(spec, row) - STORE - CUT * spec.arithmetic.quantised + STORE / 4)


# --- packed ---


class Section(NamedTuple):
    """An array of packed numbers behind the weights: of which role, where it begins in numbers of the weights, and the
    element, if that is another than theirs."""

    role: Role
    at: int
    element: str = ""


class Biases(NamedTuple):
    """The bias of each output channel, less what all weights that meet in an output make of `zero`, which stands for 0.

    Of a phase of a transposed layer, taps: those of the caller's weights that meet there, as the kernel of `spec`, its
    forward layer. met: whether some do. at: where its biases begin, among those of all phases. alike: of phases that
    differ in their taps alone, the variable that counts them, how many, and the numbers from one's biases to the next
    one's; outermost first. limit: what cuts the caller's bias, if it is not 0.
    """

    spec: ConvSpec
    zero: int
    taps: Taps | None = None
    met: bool = True
    at: int = 0
    alike: tuple[tuple[str, int, int], ...] = ()
    limit: int = 0

    @property
    def number(self) -> int:
        """How many phases."""
        return math.prod(count for _, count, _ in self.alike)

    def place(self, number: str) -> str:
        """Where number `number` of a phase's is, among all, in C."""
        return affine("", *((name, apart) for name, _, apart in self.alike), (number if number != "0" else "", 1),
                      self.at)

    def around(self, nodes: list[Node]) -> list[Node]:
        """The nodes for each of the phases."""
        for name, count, _ in reversed(self.alike):
            nodes = _loop(name, count, nodes)
        return nodes

    def body(self, row: Isa, to: str, channel: str) -> list[Node]:
        """Puts that of a channel to a place, both in C."""
        spec, zero = self.spec, self.zero if self.met else 0
        own = f"bias[{channel}]" if spec.bias else "0"
        if self.limit and spec.bias:
            own = f"limit_bias({own}, scale[{channel}])"
        summed: list[Node] = []
        if zero:
            adds = _summed(spec, channel) if self.taps is None else _summed_taps(spec, channel, self.taps)
            summed = [Let(f"{row.named(spec.arithmetic.sum)} ", "sum", "0"), *adds]
            own = f"{own} - {zero} * sum" if zero > 0 else f"{own} + {-zero} * sum"
        return [*summed, Statement(f"{to} = {own};")]


def sections(spec: ConvSpec, row: Isa, weights: int, channels: int, zero: int,
             biases: int = 1) -> tuple[tuple[Section, ...], int]:
    """Those behind so many packed weights, for so many channels; and where they end. Each begins a cache line. zero:
    what stands for 0. biases: of each channel."""
    found, at = list[Section](), weights
    always = zero != 0 or lengthened(spec, row)  # Σ w is subtracted all the same
    roles: list[Role] = ["bias"] * (always and not spec.bias)
    for role in (*roles, *spec.per_channel):
        split = spec.rule.integers and spec.arithmetic.quantised  # a scale in two words
        words = {"bias": biases, "scale": 1 + split}.get(role, 1)
        at = -(-at * row.itemsize // 64) * 64 // row.itemsize
        of = F32 if role == "scale" and words == 1 else spec.arithmetic.sum
        found.append(Section(role, at, row.named(of)))
        at += (biases if role == "bias" else words) * channels * of.bytes // row.itemsize
    return tuple(found), at


def packed_numbers(spec: ConvSpec, row: Isa, found: tuple[Section, ...], groups: int, channels: int,
                   packed: int, zero: int, repeated: bool = False, order: str = "", shared: bool = False,
                   classes: tuple[tuple[int, int], ...] = (), biases: Sequence[Biases] = (),
                   limit: int = 0) -> list[Node]:
    """Packs bias and scales of all groups, each of `channels` channels in the place of `packed`. zero: what stands for
    0. repeated: again and again, instead of zeros behind them. order: of one group, the channel in place oc, in C,
    where that is not channel oc; what floats are scaled with has its own. shared: by work-items in turns. classes:
    rows of the kernel, from … to, each with a bias. biases: of each phase, where they differ. limit: what
    cuts a bias, and scales."""
    nodes: list[Node] = []
    group = ("g" if groups > 1 else "", channels)
    own_channel = affine("", group, ("oc" if packed > 1 else "", 1))
    if repeated:
        own_channel = f"oc % {channels}" if channels > 1 else "0"
    place = affine("", ("g" if groups > 1 else "", packed), ("oc" if packed > 1 else "", 1))

    def filled(body: list[Node], zeros: list[Node], moved: bool) -> list[Node]:
        """An array. body: a channel of it, moved from another place; zeros: the place of none."""
        body = [Let("const ptrdiff_t ", "channel", order), *body] if moved else body
        body = [If(IN_TURN, body)] if shared else body
        if packed == channels or repeated:
            return _loop("g", groups, _loop("oc", packed, body))
        if moved:
            return _loop("oc", packed, [body[0], If(f"channel < {channels}", body[1:], zeros)])
        # in a loop of their own: of a condition gcc 12 makes loads of vectors that reach beyond the last channel
        zeros = [If(IN_TURN, zeros)] if shared else zeros
        return _loop("g", groups, [For("oc", "0", str(channels), 1, "", body),
                                   For("oc", str(channels), str(packed), 1, "", zeros)])

    for section in found:
        moved = bool(order) and (section.role == "bias" or spec.arithmetic.quantised)
        channel = "channel" if moved else own_channel
        to = f"{section.role}_out"
        nodes.append(Let(f"{row.space}{section.element} *const ", to, _at("packed", section, row, written=True)))
        if section.role == "bias" and classes:
            zeros: list[Node] = [Statement(f"{to}[{affine('', (place, 1), number * groups * packed)}] = 0;")
                                 for number in range(len(classes))]
            nodes += filled(_classes(spec, row, to, place, groups * packed, channel, zero, classes), zeros, moved)
        elif section.role == "bias":
            for own in biases or [Biases(spec, zero, limit=limit)]:
                one = f"{to}[{own.place(place)}]"
                made = own.around(filled(own.body(row, one, channel), [Statement(f"{one} = 0;")], moved))
                nodes += [Block(made)] if biases and isinstance(made[0], Let) else made
        elif section.element == F32.c:
            there = f"{to}[{place}]"
            value = f"limit_scale(scale[{channel}])" if limit else f"scale[{channel}]"
            nodes += filled([Statement(f"{there} = {value};")], [Statement(f"{there} = 0;")], moved)
        else:
            there, shift = f"{to}[{place}]", f"{to}[{affine('', (place, 1), groups * packed)}]"
            nodes += filled([Statement(f"split_scale(scale[{channel}], &{there}, &{shift});")],
                            [Statement(f"{there} = 0;"), Statement(f"{shift} = 0;")], moved)
    return nodes


def _classes(spec: ConvSpec, row: Isa, to: str, place: str, apart: int, channel: str, zero: int,
             classes: tuple[tuple[int, int], ...]) -> list[Node]:
    """The biases of a channel, `apart` numbers from one to the next: the rows of the kernel are summed once, each upon
    those above it."""
    of, taps = row.named(spec.arithmetic.sum), all_taps(spec)
    own = [] if channel == "0" else channel_terms(spec, channel)
    inner = [("ic", spec.icg, taps.i), ("kd", spec.kd, taps.strides["kd"]), ("kw", spec.kw, taps.strides["kw"])]
    at = affine("", *own, (tap_index(spec, "kh") if spec.kh > 1 else "", taps.strides["kh"]),
                *((dim if count > 1 else "", stride) for dim, count, stride in inner))
    nodes: list[Node] = [_adds(spec, at)]
    for dim, count, _ in reversed(inner):
        nodes = _loop(dim, count, nodes)
    kh = "kh" if spec.kh > 1 else ""
    rows = [*nodes, Statement(f"above[{affine('', (kh, 1), 1)}] = sum;")]
    above: list[Node] = [
        Let(f"{of} ", "sum", "0"),
        Statement(f"{of} above[{spec.kh + 1}]; /* what the kernel's rows before one add up to */"),
        Statement("above[0] = 0;"), *_loop("kh", spec.kh, rows)]
    bias, sign, times = f"bias[{channel}]" if spec.bias else "0", "-" if zero > 0 else "+", abs(zero)

    def less_rows(first: int, past: int) -> str:
        return f" {sign} {times} * (above[{past}] - above[{first}])" * (first < past)

    return above + [Statement(f"{to}[{affine('', (place, 1), number * apart)}] = {bias}{less_rows(*rows)};")
                    for number, rows in enumerate(classes)]


def _summed(spec: ConvSpec, channel: str) -> list[Node]:
    """Adds all weights of an output channel, in C, to `sum`."""
    _, i, tap = weight_strides(spec)
    own = [] if channel == "0" else channel_terms(spec, channel)
    if spec.weights_layout in BY_INPUT:  # they do not follow each other
        count = spec.kd * spec.kh * spec.kw
        at = affine("", *own, ("ic" if spec.icg > 1 else "", i), ("tap" if count > 1 else "", tap))
        return _loop("ic", spec.icg, _loop("tap", count, [_adds(spec, at)]))
    at = affine("", *own, ("i" if spec.terms > 1 else "", spec.oc if spec.weights_layout == "hwio" else 1))
    return _loop("i", spec.terms, [_adds(spec, at)])


def _summed_taps(spec: ConvSpec, channel: str, taps: Taps) -> list[Node]:
    """The same of some taps, as the kernel of a forward layer."""
    extents = {"ic": spec.icg, "kd": spec.kd, "kh": spec.kh, "kw": spec.kw}
    strides = {"ic": taps.i, **taps.strides}
    terms = [(name if extent > 1 else "", strides[name]) for name, extent in extents.items()]
    own = [] if channel == "0" else channel_terms(spec, channel, taps)
    nodes = [_adds(spec, affine("", *own, *terms, *taps.steps, taps.first))]
    for name, extent in reversed(extents.items()):
        nodes = _loop(name, extent, nodes)
    return nodes


def _adds(spec: ConvSpec, at: str) -> Node:
    """Adds the weight in a place of the caller's array."""
    return Statement(f"sum += {less(spec, f'weights[{at}]')};")


def _loop(var: str, count: int, nodes: list[Node]) -> list[Node]:
    """A loop around the nodes; the nodes alone where it would run once."""
    return nodes if count == 1 else [For(var, "0", str(count), 1, "", nodes)]


def _at(base: str, section: Section, row: Isa, written: bool = False) -> str:
    of = row.space if written else f"const {row.space}"
    start = affine(f"({of}{row.scalar} *){base}" if written else base, section.at)
    return f"({of}{section.element} *)({of}void *)({start})"


def view_of(section: Section, row: Isa, written: bool = False) -> str:
    """A section of `packed` as a pointer to its numbers, in C."""
    return _at("packed", section, row, written)


# --- the copy ---


class Moving(NamedTuple):
    """taken: the type of the caller's input. zero: what stands for 0. statement: that copies number i."""

    taken: str
    zero: int
    statement: str


def moving(spec: ConvSpec, row: Isa) -> Moving:
    """How a copy is made."""
    taken = row.space + row.named(spec.arithmetic.input)
    return Moving(taken, operands(spec, row).zero, moved(spec, row, "to[i]", "from[i]"))


def moved(spec: ConvSpec, row: Isa, to: str, taken: str) -> str:
    """The statement that copies an input, as products take it. to, taken: places in C."""
    held = row.given[spec.arithmetic.input.name].copied.memory
    added = operands(spec, row).added
    value = f"{taken} + {added}" if added > 0 else f"{taken} - {-added}" if added else taken
    return f"{to} = {f'({row.named(held)})({value})' if added else value};"


def copied_row(s: ConvSpec, row: Isa, icp: int, held: int, c: int, w: int) -> list[Node]:
    """[pixel][channel] in `to`, pixels `held` numbers apart, icp channels to a group, from a row `from` of the input
    whose channels lie c apart and pixels w apart; padding around."""
    zero = operands(s, row).zero
    if icp == s.icg:  # groups follow each other here and there
        s, icp = msgspec.structs.replace(s, g=1), s.ic
    nodes: list[Node] = [Call("fill_numbers", ["to", str(s.left * held)])] if s.left else []
    if c == 1 and held == s.ic and (w == s.ic or s.iw == 1):
        nodes.append(Call("copy_numbers", [affine("to", s.left * held), "from", str(s.iw * s.ic)]))
    else:
        width = min(BLOCK, s.icg) if c > 1 else s.icg
        for first, last in ((0, s.icg - s.icg % width), (s.icg - s.icg % width, s.icg)):
            if first < last:
                nodes += _part(s, row, icp, held, c, w, first, last, min(width, last - first))
        if icp != s.icg:
            place = affine("", ("w" if s.iw > 1 else "", held), ("g" if s.g > 1 else "", icp),
                           ("i" if icp - s.icg > 1 else "", 1), s.left * held + s.icg)
            nodes += _loop("w", s.iw, _loop("g", s.g, _loop("i", icp - s.icg, [Statement(f"to[{place}] = {zero};")])))
    if s.right:
        nodes.append(Call("fill_numbers", [affine("to", (s.left + s.iw) * held), str(s.right * held)]))
    return nodes


def interleaver(spec: ConvSpec, row: Isa) -> Isa | None:
    """The row of bytes by whose vectors a copy puts four channels side by side and deals columns to phases: where a row
    of the input fills vectors, or parts of these are moved as fast."""
    given = row.bytewise.get(spec.arithmetic.input.name)
    if given is None or given.in_place is None or row.deep != 4 or spec.channels_last:
        return None
    by, count = given.in_place, spec.iw // spec.sw
    whole = count >= by.lanes or (count > 0 and by.masks)
    return by if whole and (spec.sw == 1 or splits(by, spec.sw)) else None


def phased_row(s: ConvSpec, row: Isa, phase: int, c: int, w: int, by: Isa | None) -> list[Node]:
    """[phase][column / stride][channel] in `to`, `row.deep` channels side by side, from a row `from` of the first of
    them in the input, whose channels lie c apart and pixels w apart; `c` is the number of these channels' block. by:
    the row of bytes that interleaves them."""
    deep, tail = row.deep, s.icg % row.deep
    blocks = -(-s.icg // deep)

    def of(channels: int) -> list[Node]:
        return _phases(s, row, phase, c, w, channels) if by is None else _words(s, row, phase, c, channels, by)

    if not tail:
        return of(deep)
    if blocks == 1:
        return of(tail)
    last = f"c % {blocks} == {blocks - 1}" if s.g > 1 else f"c == {blocks - 1}"
    return [If(last, of(tail), of(deep))]


def _words(s: ConvSpec, row: Isa, phase: int, c: int, channels: int, by: Isa) -> list[Node]:
    """The same of a block of so many channels, in vectors of pixels: the last of these overlaps the one before it, or
    is a part where there is but one. Input column i is column (i + left) / sw of phase (i + left) % sw."""
    count, lanes = s.iw // s.sw, by.lanes
    first = [(i + s.left) % s.sw * phase + (i + s.left) // s.sw for i in range(s.sw)]  # of the input's columns i
    nodes, end = list[Node](), 0  # of what is written
    for i in [*sorted(range(s.sw), key=lambda i: first[i]), None]:
        begin = s.sw * phase if i is None else first[i]
        nodes += _filled(by, row.deep * end, row.deep * begin)
        end = begin if i is None else begin + count + (i < s.iw % s.sw)
    if nodes or channels < row.deep:  # something stands for 0
        nodes.insert(0, Let(f"const {by.vector} ", "none", by.set1(str(operands(s, row).zero))))

    def vectors(q: str, at: int, columns: int) -> list[Node]:
        """Of pixels sw·(q + at) on, so many columns of each phase."""
        found, of_phases = list[Node](), list[list[str]]()
        for j in range(channels):
            names = list[str]()
            for k in range(s.sw):
                part = min(lanes, s.sw * columns - k * lanes)
                if part > 0:  # what lies behind is stored nowhere
                    names.append(f"p{j}" if s.sw == 1 else f"r{j}_{k}")
                    address = affine("from", (q, s.sw), j * c + s.sw * at + k * lanes)
                    value = by.load_part(address, 0, part) if part < lanes else by.load(address)
                    found.append(Let(f"const {by.vector} ", names[-1], value))
            loads, made = dealt(by, f"r{j}_", names + names[-1:] * (s.sw - len(names)))
            found += [Let(f"const {by.vector} ", load.name, load.value) for load in loads]
            of_phases.append(made)
        for i in range(s.sw):
            p0, p1, p2, p3 = ([made[i] for made in of_phases] + ["none"] * 3)[:4]
            body: list[Node] = [Let(f"const {by.vector} ", f"w{k}", by.neighbours(p0, p1, p2, p3, k))
                                for k in range(4)]
            for k in range(4):
                part = min(lanes, row.deep * columns - k * lanes)
                place = affine("to", (q, row.deep), (first[i] + at) * row.deep + k * lanes)
                value = by.in_order("w0", "w1", "w2", "w3", k)
                if part > 0:
                    stored = by.store_tail(place, value, part) if part < lanes else by.store(place, value)
                    body.append(Statement(f"{stored};"))
            found.append(Block(body))
        return found

    if count < lanes:
        nodes.append(Block(vectors("", 0, count)))
    else:
        whole = count - count % lanes
        every = vectors("q" if whole > lanes else "", 0, lanes)
        nodes.append(For("q", "0", str(whole), lanes, "", every) if whole > lanes else Block(every))
        if count % lanes:
            nodes.append(Block(vectors("", count - lanes, lanes)))
    for i in range(s.iw % s.sw):
        for j in range(row.deep):
            to = f"to[{(first[i] + count) * row.deep + j}]"
            nodes.append(Statement(moved(s, row, to, f"from[{j * c + count * s.sw + i}]") if j < channels else
                                   f"{to} = {operands(s, row).zero};"))
    return nodes


def _filled(by: Isa, begin: int, end: int) -> list[Node]:
    """`none` in the bytes begin to end - 1 of `to`; the last vector overlaps the one before it."""
    whole, rest = (end - begin) // by.lanes, (end - begin) % by.lanes
    places = [begin + k * by.lanes for k in range(whole)] + [end - by.lanes] * (whole > 0 and rest > 0)
    stores = [by.store(affine("to", at), "none") for at in places]
    stores += [by.store_tail(affine("to", begin), "none", rest)] * (whole == 0 and rest > 0)
    return [Statement(f"{store};") for store in stores]


def _phases(s: ConvSpec, row: Isa, phase: int, c: int, w: int, channels: int) -> list[Node]:
    """The same, a pixel at a time."""
    deep = row.deep

    def one(place: Place, these: Phases) -> list[Node]:
        p, number = place
        low, high = these.low, these.high

        def to(column: int, base: str = "to", q: str = "") -> str:
            return affine(base, (q, deep), (p, phase * deep), number * phase * deep + column)

        found: list[Node] = [Call("fill_numbers", [to(0), str(low * deep)])] if low else []
        if high > low:
            q, first = "q" if high - low > 1 else "", low * s.sw + number - s.left
            moves: list[Node] = [Statement(moved(
                s, row, f"to[{to(low * deep + j, '', q)}]",
                f"from[{affine('', (q, s.sw * w), (p, w), first * w + j * c)}]")) for j in range(channels)]
            moves += [Statement(f"to[{to(low * deep + j, '', q)}] = {operands(s, row).zero};")
                      for j in range(channels, deep)]
            found += [For("q", "0", str(high - low), 1, "", moves)] if q else moves
        if high < phase:
            found.append(Call("fill_numbers", [to(high * deep), str((phase - high) * deep)]))
        return found

    return each_phase(s, phase, one)


def _part(s: ConvSpec, row: Isa, icp: int, held: int, c: int, w: int, first: int, last: int,
          width: int) -> list[Node]:
    """Channels first to last - 1 of each group, `width` at a time."""
    given = row.given[s.arithmetic.input.name]
    if given.transpose and c > 1 and w == 1 and width == BLOCK <= s.iw:
        return _transposed(s, row, given.transpose, icp, held, c, first, last)
    many = last - first > width
    column, group = "w" if s.iw > 1 else "", "g" if s.g > 1 else ""
    channel: tuple[tuple[str, int] | int, ...] = (
        ("c" if many else "", 1), ("j" if width > 1 else "", 1), first * (not many))
    to = affine("", (column, held), (group, icp), *channel, s.left * held)
    said = affine("", *channel) if many or width > 1 else str(first)
    taken = affine("", (column, w), (group, s.icg * c),
                   (f"({said})" if " " in said and c > 1 else said, c) if not said.isdigit() else int(said) * c)
    body: list[Node] = [Statement(moved(s, row, f"to[{to}]", f"from[{taken}]"))]
    nodes = _loop("w", s.iw, _loop("j", width, body))
    nodes = [For("c", str(first), str(last), width, "", nodes)] if many else nodes
    return _loop("g", s.g, nodes)


def _transposed(s: ConvSpec, row: Isa, function: str, icp: int, held: int, c: int, first: int,
                last: int) -> list[Node]:
    """The same by blocks of 8 channels and 8 pixels, a cache line of channels after the other: pixels may lie powers of
    two apart, where few lines of many pixels stay. The last block of pixels overlaps the one before it."""
    nodes: list[Node] = []
    whole = last - (last - first) % LINE
    for begin, end, width in ((first, whole, LINE), (whole, last, last - whole)):
        if begin < end:
            nodes += _transposed_lines(s, row, function, icp, held, c, begin, end, width)
    return _loop("g", s.g, nodes)


def _transposed_lines(s: ConvSpec, row: Isa, function: str, icp: int, held: int, c: int, begin: int, end: int,
                      width: int) -> list[Node]:
    """Of channels begin to end - 1, `width` at a time."""
    several, many, group = end - begin > width, width > BLOCK, "g" if s.g > 1 else ""
    channel, more = ("c", 0) if many else ("", begin)
    pixels = s.iw - s.iw % BLOCK

    def block(column: str, at: int) -> list[Node]:
        to = affine("to", (column, held), (group, icp), (channel, 1), (s.left + at) * held + more)
        taken = affine("from", (column, 1), (group, s.icg * c), (channel, c), more * c + at)
        call = Call(function, [to, str(held), taken, str(c), str(operands(s, row).added)])
        if not many:
            return [call]
        here = ("c0", affine("", ("c0", 1), width)) if several else (str(begin), str(end))
        return [For("c", *here, BLOCK, "", [call])]

    nodes: list[Node] = [For("w", "0", str(pixels), BLOCK, "", block("w", 0))] if pixels > BLOCK else block("", 0)
    if s.iw % BLOCK:
        nodes += block("", s.iw - BLOCK)
    return [For("c0", str(begin), str(end), width, "", nodes)] if several else nodes
