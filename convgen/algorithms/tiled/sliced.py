"""The channels of a task, of a depthwise layer with channels last, copied to its thread's scratch, pixel after pixel.

A vector of channels is a line or less of each pixel, and pixels that lie powers of two apart share few sets of a cache:
with 512 channels the lines of a 7×7 window evict each other, and each tile brings them from the next cache again. In

    scratch[d][h][w][c] = x[d][h][w][oc0 + c]          0 <= c < lanes, of the task whose first channel is oc0

they follow each other, and lie in all sets alike.
"""

from __future__ import annotations

from ...layer.spec import ConvSpec
from ...machine.target import Target
from ...plan.program import Call, Node, Statement, affine, loop
from .copying import Copier, Copying, copier_parameters
from .geometry import Geometry, Strides, map_strides, whole_lines
from .loopnest import LoopNest, Placing

TAPS = 36  # of a kernel that repays the copy (Zen 5: of 25, 0.75 to 1.1 times as fast; of 49 and 81, 1.0 to 2.5)
SHARE = 0.5  # of the second cache, that a slice may take


def worthwhile(spec: ConvSpec, target: Target) -> bool:
    """Whether the lines of a window are more than the sets of L1 hold that they lie in, and a slice is small enough to
    stay near."""
    lanes, size = target.row.lanes, target.row.itemsize
    if target.device is not None or len(target.caches) < 2 or not spec.channels_last or spec.oc % lanes:
        return False
    near, pitch = target.caches[0], spec.input_channels * spec.arithmetic.input.bytes
    crowded = spec.kh * spec.kw > max(TAPS, near.met(pitch) * near.ways)
    return crowded and spec.id * spec.ih * spec.iw * lanes * size <= SHARE * target.caches[1].size


class Sliced(Geometry):
    """Tiles that read a slice."""

    def _input(self) -> tuple[Strides, int]:
        s, lanes = self.spec, self.row.lanes
        pixels = s.id * s.ih * s.iw
        self.scratch = whole_lines(pixels * lanes)
        return map_strides(s, lanes, s.id, s.ih, s.iw)._replace(n=0), 0


class SliceNest(LoopNest):
    """The loops, of which each task first copies its channels."""

    def nodes(self) -> list[Node]:
        g, lanes = self.g, self.row.lanes
        channels = ("oc_tile" if g.moves("oc") else "", lanes)
        place = affine("input", ("n" if self.spec.n > 1 else "", g.given.n), channels)
        return [Call("copy_slice", [place, "scratch"]), *super().nodes()]

    def _channel(self, place: Placing, channel: int) -> list[tuple[str, int] | int]:
        """A slice begins there."""
        return []

    def copying(self) -> Copying:
        g, s, lanes = self.g, self.spec, self.row.lanes
        pixels = s.id * s.ih * s.iw
        move = g.row.store(affine("to", ("i", lanes)), g.io.load(affine("input", ("i", g.given.w))))
        nest: list[Node] = loop("i", str(pixels), [Statement(f"{move};")])
        copier = Copier("copy_slice", f"Copies {lanes} channels of the input, pixel after pixel: [{pixels}][{lanes}].\n"
                                      "   input: the first of them.", copier_parameters(g, "to"), nest)
        return Copying(what="the channels of a task", local=True, plane="", places=[], tasks=0, base="", start="",
                       stride=g.scratch, nest=[], comment="", helpers=set(), copiers=(copier,))
