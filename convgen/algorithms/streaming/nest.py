"""Register tiles of a block whose length a call tells: the geometry and the loops of `tiled`, with other ends.

    const ptrdiff_t upto_12 = count / 12 * 12;                         whole tiles
    const ptrdiff_t upto_8 = upto_12 + (count - upto_12) / 8 * 8;      then smaller ones, by powers of two
    for (ptrdiff_t ow0 = 0; ow0 < upto_12; ow0 += 12) { … }

Every output is one chain of sums in the order of the packed weights, in a tile of any size: a stream has the same bits
however it is cut. Vectors of outputs that are not all there are summed like others, into workspace, from where those
that are there are copied; and their residual comes there first, behind them where there are several rows.
"""

from __future__ import annotations

import functools

import msgspec

from ...layer.causal import reach
from ...layer.spec import ConvSpec
from ...plan.plan import Plan
from ...plan.program import Block, Call, For, If, Let, Node, Statement, affine
from ...plan.tiling import Segment, row_segments, vector_segments
from ..tiled.geometry import Geometry
from ..tiled.loopnest import LoopNest, Place
from .ring import Ring, ring_of, strides

REST = "rest"  # known of a place in the vector of outputs that are not all there


@functools.lru_cache(maxsize=1024)
def seen(spec: ConvSpec) -> ConvSpec:
    """The layer that tiles see: a block behind the samples that it reads of the past, without padding."""
    return spec.replace(stream=msgspec.UNSET, iw=reach(spec.kw, spec.dw) + spec.iw, left=0)


def sizes(most: int) -> list[int]:
    """Rows, or vectors, of tiles: the largest, and powers of two below it."""
    return [most, *(1 << bit for bit in reversed(range((most - 1).bit_length())))]


class Blocks(Geometry):
    """The numbers of a plan, for the largest block."""

    pixel = "output"

    def __init__(self, plan: Plan, rows_dim: str, spans_groups: bool = False) -> None:
        super().__init__(plan, seen(plan.spec), rows_dim, spans_groups=spans_groups)
        held = self.held if self.choices.source == "copy" else 0
        self.ring: Ring = ring_of(plan.spec, self.row.lanes * self.deep, self.source.itemsize, held)
        self.input, self.workspace, self.added = strides(self.ring), 0, 0
        if plan.lanes == "ow":
            last = self.segments["oc"][0].size - 1
            self.workspace = last * self.row_stride + (self.row.lanes - 1) * self.lane_stride + 1
            if last and self.spec.residual:  # not where a row before it is stored, whose vector is longer than a block
                self.added = self.workspace
                self.workspace *= 2

    @property
    def copies(self) -> bool:
        """The ring is what they read."""
        return False

    def split(self) -> dict[str, tuple[Segment, ...]]:
        plan, lanes, length = self.plan, self.row.lanes, self.spec.ow
        lane = lanes if plan.lanes == "ow" else 1
        segments, done = list[Segment](), 0
        for size in sizes(plan.nr if lane > 1 else plan.mr):
            number = (length - done) // (size * lane)
            segments.append(Segment(done, number, size * lane, size))
            done += number * size * lane
        if done < length:  # a vector that is not all there costs as much as one that is
            segments[-1] = segments[-1]._replace(number=segments[-1].number + 1)
        channels = vector_segments(self.channels, plan.nr, lanes) if lane == 1 else row_segments(self.channels, plan.mr)
        return {"oc": channels, "ow": tuple(segments)}

    def moves(self, dim: str) -> bool:
        return dim == "ow" or super().moves(dim)


class BlockNest(LoopNest):
    """The loops around the tiles of a block."""

    g: Blocks

    def nodes(self) -> list[Node]:
        """Where tiles of each size end, then the loops."""
        ends, done = list[Node](), ""
        for segment in self.g.segments["ow"]:
            if segment.width > 1:
                left = f"(count - {done})" if done else "count"
                whole = f"{left} / {segment.width} * {segment.width}"
                ends.append(Let("const ptrdiff_t ", _end(segment), f"{done} + {whole}" if done else whole))
                done = _end(segment)
        return [*ends, *super().nodes()]

    def _comment(self, dim: str, step: int) -> str:
        if dim != "ow":
            return super()._comment(dim, step)
        return f"outputs, {step} at a time" if step > 1 else "outputs"

    def _segments(self, depth: int, at: Place, step: int, blocks: list[int]) -> list[Node]:
        if self.plan.loops[depth].dim != "ow":
            return super()._segments(depth, at, step, blocks)
        nodes, done = list[Node](), "0"
        for segment in self.g.segments["ow"]:
            body = self._nest(depth + 1, at.inside("ow", segment))
            nodes.append(For("ow0", done, _end(segment), segment.width, self._comment("ow", segment.width), body))
            done = _end(segment)
        if self.plan.lanes == "ow":
            rest = at.inside("ow", self.g.segments["ow"][-1]).at(REST, 0)
            place = Let("const ptrdiff_t ", "ow0", done)
            nodes.append(If(f"{done} < count", [place, *self._nest(depth + 1, rest)]))
        return nodes

    def _visit(self, at: Place) -> list[Node]:
        nodes = super()._visit(at)
        if REST not in at.starts:
            return nodes
        *before, call = nodes
        assert isinstance(call, Call)
        *others, output = call.args
        added = list[Node]()
        if self.spec.residual:
            *others, residual = others
            first = self.g.added
            added = [self._copied(at, "workspace", "added", Let(f"const {self.g.io.in_memory} *", "added", residual),
                                  first)]
            others.append(affine("workspace", first))
        return [*before, *added, call._replace(args=[*others, "workspace"]),
                self._copied(at, REST, "workspace", Let(f"{self.g.io.in_memory} *", REST, output))]

    def _copied(self, at: Place, to: str, taken: str, place: Node, first: int = 0) -> Node:
        """Copies outputs that are not a whole vector, to number `first` and behind. place: what says where they are."""
        g, rows = self.g, at.segments["oc"].size
        terms = ("m" if rows > 1 else "", g.row_stride), ("j", g.lane_stride)
        moved = Statement(f"{to}[{affine('', *terms, first)}] = {taken}[{affine('', *terms)}];")
        copy: list[Node] = [For("j", "0", "count - ow0", 1, "", [moved])]
        return Block([place, *(copy if rows == 1 else [For("m", "0", str(rows), 1, "", copy)])])


def _end(segment: Segment) -> str:
    """Where tiles of that size end."""
    return f"upto_{segment.width}" if segment.width > 1 else "count"
