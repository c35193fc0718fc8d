"""Few output channels, channels last: every output is a dot product along the input channels.

Output channels would leave most lanes empty, so lanes are input channels. Each sum of a tile is a
vector of partial sums,

    acc[m][o] += x[m] · w[o]          0 <= m < mr pixels, 0 <= o < oc

and lanes are added up at the end, a pair of vectors at a time, each step halving what is left:

    halve(a, b) = even lanes of (a, b) + odd lanes of (a, b)

(of integers, in the order in which a row does it fastest).
After log2(lanes) steps lane i of one vector is the whole sum of vector i of the tile. Pixels and output
channels are neighbours in memory, so that vector is stored as it is; with other channels between the pixels, its lanes
are stored one by one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.target import Target
from ...plan.choices import Source, TiledChoices
from ...plan.plan import Loop, Plan
from ...plan.program import (
    TAPS,
    Advance,
    Fma,
    For,
    Let,
    Load,
    Node,
    Statement,
    Step,
    Steps,
    a_tile_an_item,
    affine,
    loop,
    operand,
)
from ...plan.proof import held
from ...plan.tiling import Segment, edge_segments, largest_parts, row_segments
from ..lowering import flatten
from ..space import Space
from ..weights import weight_address, weight_strides, weights_of_group
from . import exact
from .clip import Clip
from .contract import lines
from .geometry import SKIPS, Geometry, at_padding, of_kinds, too_long
from .microkernel import Accumulator, Reduction, load_lanes
from .packing import Packing, behind, packed_weight
from .tiled import Tiled, in_place, packings, too_coarse

NAME = "dot"

STRAIGHT = 4  # vectors of input channels that need no loop


class Across(Geometry):
    """Tiles of pixels with all the output channels, input channels in vectors."""

    late_bias = True

    @property
    def contiguous(self) -> bool:
        """Whether results are neighbours in memory: those of a pixel are, and those of the next follow, if no other
        channels lie between them."""
        return self.output.w == self.spec.oc

    def split(self) -> dict[str, tuple[Segment, ...]]:
        w, most = self.spec.axes[2], self.plan.mr
        pixels = edge_segments(w, most) if self.choices.source in SKIPS else row_segments(w.o, most)
        return {"ow": pixels, "oc": (Segment(0, 1, self.channels, self.channels),)}

    @property
    def depth(self) -> int:
        """Vectors of input channels, each a step."""
        return -(-self.icp // self.width) * self.deep

    @property
    def width(self) -> int:
        """Input channels of a vector."""
        return self.row.lanes * self.deep

    @property
    def packed_weights(self) -> int:
        s = self.spec
        return s.kd * s.kh * s.kw * self.depth // self.deep * self.width * s.oc

    @property
    def packed_numbers(self) -> int:
        return self.results * self.row.lanes

    @property
    def results(self) -> int:
        """Vectors that the largest tile stores."""
        return -(-max(segment.size for segment in self.segments["ow"]) * self.channels // self.row.lanes)


class Dotwise(Reduction):
    """Vectors of input channels times weights, for every pixel and output channel."""

    nested = True

    def __init__(self, g: Geometry, served: list[dict[str, Segment]], clips: list[Clip]) -> None:
        super().__init__(g, served, clips)
        self.channels = 1
        self.width = g.depth * g.row.lanes * self.spec.oc

    def panel(self) -> str:
        return (f"w: all weights; for each tap and {self.g.row.lanes * self.g.deep} input channels, those of one"
                " output channel after the other.")

    def term(self, x: str, w: str, offset: int, reach: tuple[int, int]) -> list[Node]:
        """A tap: all its input channels."""
        lanes = self.g.row.lanes
        vector = lanes * self.g.deep  # input channels
        whole, tail = divmod(self.g.icp // self.g.deep, lanes)
        nodes: list[Node] = []
        if self.g.depth // self.g.deep <= STRAIGHT:
            nodes = [Steps([self._channels(x, w, offset, k, 0, reach) for k in range(whole)])]
        else:
            place: list[Node] = [Let(f"const {self.source.in_memory} *", "x_ic", affine(x, ("ic", vector))),
                                 Let(f"const {self.weights.in_memory} *", "w_ic",
                                     affine(w, ("ic", vector * self.spec.oc)))]
            loop = [*place, Steps([self._channels("x_ic", "w_ic", offset, 0, 0, reach)])]
            nodes = [For("ic", "0", str(whole), 1, f"input channels, {vector} at a time", loop)]
        if tail:
            nodes.append(Steps([self._channels(x, w, offset, whole, tail, reach)]))
        return [*nodes, Advance(w, self.width)]

    def _channels(self, x: str, w: str, offset: int, k: int, tail: int, reach: tuple[int, int]) -> Step:
        """Vector k of the input channels."""
        vector, outputs = self.g.row.lanes * self.g.deep, self.spec.oc
        items: Step = [Load(f"b{o}", self.weights.load(affine(w, (k * outputs + o) * vector))) for o in range(outputs)]
        for m in range(*reach):
            items.append(load_lanes(self.source, f"a{m}", affine(x, offset + m * self.g.row_step + k * vector), tail))
            items += [Fma(f"acc{m}_{o}", f"a{m}", f"b{o}") for o in range(outputs)]
        return items

    def results(self, sums: list[Accumulator]) -> tuple[list[Node], list[Accumulator]]:
        """The lanes of every sum added up; a vector of results for every `lanes` sums."""
        row, lanes = self.row.numbers, self.row.lanes
        biased = self.g.long is None and not self.g.rescales and any(
            section.role == "bias" for section in self.g.sections[0])
        steps: Step = []
        results = []
        halved = False
        names = [acc.name for acc in sums]
        for start in range(0, len(names), lanes):
            level, last = names[start : start + lanes], f"y{start // lanes}"
            valid = len(level) % lanes
            for depth in range(int(math.log2(lanes))):
                halved = halved or len(level) % 2 > 0
                level += ["zero"] * (len(level) % 2)
                pairs = list(zip(level[::2], level[1::2], strict=True))
                level = []
                for i, pair in enumerate(pairs):
                    name = f"{last}_{depth}_{i}"
                    steps += _halve(row, name, pair, 1 << depth)
                    level.append(name)
            added = f"bias + {start}" if start else "bias"
            steps += [Load(f"b_{last}", row.load(added)), Load(last, row.add(level[0], f"b_{last}"), const=False)] \
                if biased else [Load(last, row.add(level[0], "zero"), const=False)]
            results.append(Accumulator(last, 0, start // lanes, start, None, start, valid))
        if halved or not biased:
            steps.insert(0, Load("zero", row.zero()))
        return [Steps([steps], "add up the lanes", shared=True)], results


def _halve(row: Isa, name: str, pair: tuple[str, str], n: int) -> Step:
    """The sums in a pair of vectors, n lanes of each, become half as many."""
    if row.has("halve"):
        return [Load(name, row.halve(*pair, n))]
    evens, odds = f"evens_{name}", f"odds_{name}"
    return [Load(evens, row.deinterleave_even(*pair)), Load(odds, row.deinterleave_odd(*pair)),
            Load(name, row.add(evens, odds))]


@of_kinds
def geometry(plan: Plan) -> Across:
    return Across(plan, flatten(plan.spec), "ow", "oc")


def packing(g: Geometry) -> Packing:
    """The weights of all taps, and bias and slopes as often as the results of a tile repeat them."""
    assert isinstance(g, Across)
    s, vector = g.plan.spec, g.row.lanes * g.deep
    taps = [dim for dim in ("kd", "kh", "kw") if getattr(s, dim) > 1]
    c, j = "c" if s.icg > vector else "", "j" if vector > 1 else ""
    ic = affine("", (c, 1), (j, 1))
    there = weight_address(s, "o" if s.oc > 1 else "", operand(ic, weight_strides(s)[1]), taps)
    value = packed_weight(g, there, "o" if s.oc > 1 else "0")
    if s.icg % vector:
        value = f"{ic} < {s.icg} ? {value} : {g.nought}"
    nest = loop("o", str(s.oc), loop("j", str(vector), [Statement(f"*out++ = {value};")]))
    if c:
        nest = [For(c, "0", str(s.icg), vector, "", nest)]
    for dim in reversed(taps):
        nest = [For(dim, "0", str(getattr(s, dim)), 1, "", nest)]
    to = "numbers" if g.choices.as_given else "out"
    numbers: list[Node] = [
        For("i", "0", str(g.packed_numbers), 1, "",
            [Statement(f"*{to}++ = {g.io.get(role, f'i % {s.oc}' if s.oc > 1 else 0)};")]) for role in g.roles]
    if g.choices.as_given:
        numbers = behind(g, numbers)
    if g.exact:
        numbers = exact.packed_numbers(s, g.row, g.sections[0], 1, s.oc, g.packed_numbers,
                                       exact.operands(s, g.row).zero, repeated=True)
    comment = lines([
        f"Packs all weights: {''.join(f'{dim}, ' for dim in taps)}{vector} input channels of each output channel"
        f"{', zero beyond the last' * (s.icg % vector > 0)}.",
        f"weights: the layer's.{' scale: of its first channel.' * g.scales} out: the panel. Returns its end."])
    given = ", ".join(weights_of_group(g.taps, 1, s.oc, g.scales))
    return Packing(comment=comment, parameters=[], panel=nest, panels=[Statement(f"out = pack_panel({given}, out);")],
                   numbers=numbers)


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None: where output channels fill a vector, for one."""
    lanes = target.row.lanes
    if not (spec.channels_last and spec.g == 1 and spec.oc < lanes and spec.icg > 1):
        return (f"dot needs channels last, no groups, several input channels and fewer than {lanes} output channels"
                f" (layout={spec.layout}, g={spec.g}, ic={spec.ic}, oc={spec.oc})")
    if target.row.sums.whole and not target.row.numbers.has("halve"):
        return f"dot needs a shuffle of vectors (isa={target.isa})"
    if told := too_coarse(spec, target):
        return told
    if target.row.sums.whole and not held(spec, target.row.sums):
        return f"sums without their bias, which dot adds last, must stay in {target.row.sums.name}"
    return None


def limit(plan: Plan) -> str | None:
    """Why a plan is left out, or None."""
    w = plan.spec.axes[2]
    return too_long(w, at_padding(plan, w, plan.mr))


def _sources(spec: ConvSpec, row: Isa) -> tuple[Source, ...]:
    if row.kind == "products":
        return (*in_place(spec, row), "copy")
    return ("edges" if spec.padded else "input",)


def registers(plan: Plan) -> int:
    """Sums, weights, and an input."""
    return plan.mr * plan.nr + plan.nr + 1


@a_tile_an_item
def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
    """Rows of pixels are tasks; a layer that is one long row is cut into blocks."""
    spec = flatten(plan.spec)
    n, g, od, oh = (Loop(dim, 1, "task") for dim in ("n", "g", "od", "oh"))
    oc, ow, inner = Loop("oc", plan.nr), Loop("ow", plan.mr), (*TAPS[:3], Loop("ic", 1))
    if spec.oh * spec.od > 1:
        yield n, g, od, oh, oc, ow, *inner
        return
    tiles = -(-spec.ow // plan.mr)
    for parts in sorted({1, 16, 64}):
        block = Loop("ow", -(-tiles // parts) * plan.mr, "task")
        if parts == 1:
            yield n, g, od, oh, oc, ow, *inner
        elif block.step > plan.mr:
            yield n, g, block, Loop("od", 1), Loop("oh", 1), oc, ow, *inner


def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Plans without loops: pixels in balanced parts."""
    row = target.row
    parts = largest_parts(flatten(spec).ow, max(1, row.registers // spec.oc))
    if row.sums.whole:  # a vector of results takes as long as a part of one
        whole = [mr for mr in parts if mr * spec.oc % row.lanes == 0 and mr * spec.oc + spec.oc < row.registers]
        parts = whole or parts
    for mr, source, as_given in itertools.product(parts, _sources(spec, row), packings(spec, row)):
        plan = Plan(spec=spec, target=target, algorithm=NAME, lanes="ic", mr=mr, nr=spec.oc,
                    choices=TiledChoices(source=source, as_given=as_given))
        if registers(plan) <= row.registers:
            yield plan


def _vectors(spec: ConvSpec, row: Isa) -> int:
    """Of input channels."""
    return -(-spec.icg // (row.lanes * row.deep))


def loads(plan: Plan, rows: int, vectors: int) -> tuple[float, float]:
    """Inputs, and weights of a term with its share of adding up the lanes: two shuffles and a sum for each."""
    spec = plan.spec
    terms = _vectors(spec, plan.target.row) * spec.kd * spec.kh * spec.kw
    adding = 0 if plan.target.row.sums.whole else 3 * rows * vectors / terms  # of integers, part of finish
    return rows, vectors + adding


def tile(plan: Plan) -> str:
    """A tile in words."""
    return f"{plan.mr} pixels x {plan.nr} channels x {plan.target.row.lanes * plan.target.row.deep} input channels"


class Dot(Tiled):
    """The algorithm: sums are split over the lanes, which shortens the chain of roundings."""

    def finish(self, plan: Plan, sums: int) -> float:
        """Three instructions add up the lanes of a sum; then a vector holds as many sums as it has lanes."""
        return 3 * sums + super().finish(plan, -(-sums // plan.target.row.lanes))

    def roundings(self, plan: Plan) -> int:
        """Products and their additions in a lane, the additions of lanes of which any is not 0, a scale, bias,
        residual."""
        spec, row = plan.spec, plan.target.row
        terms = _vectors(spec, row) * spec.kd * spec.kh * spec.kw
        added = (min(row.lanes, spec.icg) - 1).bit_length()
        return terms + added + spec.arithmetic.weights_only + spec.bias + spec.residual


ALGORITHM = Dot(NAME, Space(unfit, tiles, orders, limit), geometry, loads, registers, once=True, tile=tile,
                reduction=Dotwise, packing=packing)
