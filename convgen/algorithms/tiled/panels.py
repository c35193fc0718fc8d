"""Pixels packed into panels, for matrix products whose vectors are pixels: 1×1 layers, channels first.

A plane of pixels lies pages behind the one before it, and a tile that sums over channels goes from one to the next with
each term: the tables of addresses that a core keeps hold fewer pages than that, no prefetcher follows, and planes that
lie powers of two apart crowd a few sets of a cache. So a task first copies the pixels of its tiles to its thread's
scratch,

    scratch[tile][c][j] = x[c][tile · W + j]          0 <= j < W, the pixels of a tile

and every tile of output channels reads that: one stream, as packed weights are. (Goto and van de Geijn, 2008, section
4.2: the panel of B.)
"""

from __future__ import annotations

from ...machine.isa import Isa
from ...plan.plan import Loop, Plan
from ...plan.program import Call, Node, Statement, affine, loop
from ...plan.tiling import Segment
from .copying import Copier, Copying, copier_parameters
from .geometry import Geometry, Strides
from .loopnest import LoopNest, Place
from .microkernel import load_lanes

MOST = 2 << 20  # bytes of panels that a task packs together


def together(plan: Plan, loops: tuple[Loop, ...]) -> int:
    """Pixels that are packed before others are: those of a tile, which all channels pass by, or of a block of tiles,
    which pass by each panel of channels; 0 of other loops."""
    order = [one for one in loops if one.dim in ("oc", "ow")]
    if not order or order[0].dim == "oc":
        return 0
    return plan.nr * plan.target.row.lanes if order[-1].dim == "oc" else order[0].step


def depth(plan: Plan, loops: tuple[Loop, ...]) -> int:
    """Channels that are packed before others are: those of a block of the reduction."""
    return next((one.step for one in loops if one.dim == "ic" and one.step > 1), plan.spec.icg)


def packs(plan: Plan, loops: tuple[Loop, ...]) -> bool:
    """Whether pixels are packed before the channels that read them, and not too many."""
    return 0 < together(plan, loops) * depth(plan, loops) * plan.target.row.itemsize <= MOST


class Panels(Geometry):
    """Tiles whose channels lie as far apart as the widest is wide."""

    @property
    def whole_vectors(self) -> bool:
        return True

    @property
    def wide(self) -> int:
        """Pixels of a tile."""
        return self.plan.nr * self.row.lanes

    @property
    def together(self) -> int:
        """Pixels that are packed before others are."""
        return together(self.plan, self.plan.loops)

    def _input(self) -> tuple[Strides, int]:
        self.scratch = min(self.together, self.tiles("ow") * self.wide) * depth(self.plan, self.plan.loops)
        return Strides(0, self.wide, 0, 0, 0), 0

    def ordered(self, plan: Plan) -> Panels:
        """Scratch depends on the loops."""
        g = super().ordered(plan)
        g._input()
        return g


class PackingNest(LoopNest):
    """The loops, in which pixels are packed before the output channels that read them."""

    g: Panels
    packing = False  # whether loops over tiles of pixels are made to pack these

    def _nest(self, depth: int, at: Place) -> list[Node]:
        dims = [loop.dim for loop in self.plan.loops]
        if self.packing:
            return self._packed(at)
        nodes = super()._nest(depth, at)
        pixels, channels = (len(dims) - 1 - dims[::-1].index(dim) for dim in ("ow", "oc"))
        if depth == pixels + 1 and pixels < channels:  # a tile's, which channels pass by
            return [*self._packed(at), *nodes]
        if depth == channels and channels < pixels:  # of all tiles of a block
            self.packing = True
            packed = super()._nest(pixels, at)
            self.packing = False
            return [*packed, *nodes]
        return nodes

    def _packed(self, at: Place) -> list[Node]:
        """Packs the pixels of a tile."""
        g, place = self.g, self._placing(at)
        given = [place("n", g.given.n), place("g", self.spec.icg * g.given.c), place("ic", g.given.c),
                 place("ow", g.given.w)]
        return [Call(_name(at.segments["ow"]), [affine("input", *given), affine("scratch", *self._panel())])]

    def _panel(self) -> list[tuple[str, int]]:
        """Where the panel of a tile is in scratch."""
        g = self.g
        if g.together == g.wide:
            return []
        return [(f"(ow_tile - ow1 * {g.together // g.wide})", g.wide * g.kc)]

    def _read(self, at: Place) -> tuple[str, list[str]]:
        return affine("scratch", *self._panel()), []

    def copying(self) -> Copying:
        g = self.g
        copiers = tuple(
            Copier(_name(segment), f"Packs {_pixels(segment, g.row)} pixels of {g.kc} channels: [{g.kc} channels]"
                                   f"[{g.wide} pixels].\n   input: the first of them.", copier_parameters(g, "to"),
                   _moves(g, segment))
            for segment in g.segments["ow"])
        return Copying(what="panels of pixels", local=True, plane="", places=[], tasks=0, base="", start="",
                       stride=g.scratch, nest=[], helpers=set(), comment="", copiers=copiers)


def _pixels(segment: Segment, row: Isa) -> int:
    return segment.width - (row.lanes - segment.tail if segment.tail else 0)


def _name(segment: Segment) -> str:
    """The function that packs such a tile."""
    return f"pack_pixels_{segment.width}" + f"_{segment.tail}" * (segment.tail > 0)


def _moves(g: Panels, segment: Segment) -> list[Node]:
    """What packs a tile's pixels, zeros beyond the last of all."""
    lanes, channel, body = g.row.lanes, "c" if g.kc > 1 else "", list[Node]()
    for v in range(segment.size):
        tail = segment.tail if v == segment.size - 1 else 0
        pixels = load_lanes(g.io, "", affine("input", (channel, g.given.c), v * lanes), tail)
        body.append(Statement(f"{g.row.store(affine('to', (channel, g.wide), v * lanes), pixels.value)};"))
    return loop(channel, str(g.kc), body)
