"""The rows that a task reads, copied to its thread's scratch, as a padded copy of the whole input would hold them;
vectors are pixels.

A copy of a large input goes to memory and comes back from there, and a tile that sums over channels goes from plane to
plane of it. A band of rows stays in a near cache, all channels of a row side by side:

    scratch[h][c][phase][q] = x[c][sh · oh + h − top][sw · q + phase − left]

where 0 <= h < (R − 1) · sh + (kh − 1) · dh + 1, for R output rows from oh on. Bands overlap, in the rows that the
kernel reaches beyond its step: each copies these anew. Phases begin at cache lines. (Rows of 258 numbers, of three
channels, lie so that each load meets stores to outputs which have the same place in their pages: 1.35 times as slow.)
"""

from __future__ import annotations

import msgspec

from ...layer.spec import ConvSpec
from ...plan.plan import Loop, Plan
from ...plan.program import Call, For, If, Let, Node, Statement, affine, loop, nodes_of
from . import exact
from .copying import Copier, Copying, copied_row, copier_parameters, dealing, taken
from .geometry import ASKED_PLANES, Geometry, Strides, input_strides, whole_lines
from .loopnest import LoopNest, Place

MOST = 1 << 20  # bytes of a band


def height(loops: tuple[Loop, ...]) -> int:
    """Output rows of a band: those of a task, if it has all tiles of some rows; else 0."""
    tasks = [loop for loop in loops if loop.bind == "task"]
    return tasks[-1].step if [loop.dim for loop in tasks] == ["n", "g", "od", "oh"] else 0


def rows(spec: ConvSpec, outputs: int) -> int:
    """Rows of the padded input that so many output rows read."""
    return (outputs - 1) * spec.sh + (spec.kh - 1) * spec.dh + 1


def fits(plan: Plan, spec: ConvSpec, loops: tuple[Loop, ...]) -> bool:
    """Whether tasks read bands of rows, and not too many."""
    pixels = rows(spec, height(loops)) * spec.axes[2].padded
    return height(loops) > 0 and pixels * spec.icg * plan.target.row.itemsize <= MOST


class Band(Geometry):
    """Tiles that read a copy of the rows of a task, of its group."""

    def _input(self) -> tuple[Strides, int]:
        s = self.spec
        self.phase, self.outputs = whole_lines(self.phased(s.axes[2].padded)), height(self.plan.loops)
        row = self.phase * s.sw
        self.scratch = whole_lines(self.icp * row * rows(s, self.outputs)) if self.outputs else 0
        return Strides(0, row, 0, self.icp * row, self.deep), 0

    def ordered(self, plan: Plan) -> Band:
        """Scratch depends on the loops."""
        g = super().ordered(plan)
        g._input()
        return g


class BandNest(LoopNest):
    """The loops, of which each task first copies its rows."""

    g: Band

    @property
    def _task(self) -> str:
        """The number of a task among those of an image and group."""
        return "" if self.spec.oh <= self.g.outputs else "oh" if self.g.outputs == 1 else "oh1"

    def nodes(self) -> list[Node]:
        s, source = self.spec, input_strides(self.spec)
        group = affine("input", ("n" if s.n > 1 else "", source.n), ("g" if s.g > 1 else "", s.icg * source.c))
        first = affine("", (self._task, self.g.outputs * s.sh))
        return [Call("copy_band", [group, first, "scratch"]), *super().nodes()]

    def _read(self, at: Place) -> tuple[str, list[str]]:
        g, place = self.g, self._placing(at)
        row = "" if g.outputs == 1 else "oh" if not self._task else f"(oh - oh1 * {g.outputs})"
        return affine("scratch", place("ic", g.input.c), (row, self.spec.sh * g.input.h), place("ow", g.column)), []

    def copying(self) -> Copying:
        g, source = self.g, input_strides(self.spec)
        s = msgspec.structs.replace(self.spec, n=1, g=1, ic=self.spec.icg, oc=self.spec.ocg)
        held, blocks, length = rows(s, g.outputs), g.icp // g.deep, g.phase * s.sw * g.deep
        c = "c" if blocks > 1 else ""
        row, _ = copied_row(g, s, source)
        row[:0] = self._asked(source)
        row.insert(0, Let(f"const {taken(g)} *", "from",
                          affine("input", (c, source.c * g.deep), ("h", source.h), -s.top * source.h)))
        below = self._last >= s.top + s.ih
        if tests := [f"h < {s.top}"] * (s.top > 0) + [f"h >= {s.top + s.ih}"] * below:
            fill = "fill_numbers" if g.exact else "zero_floats"
            row.insert(0, If(" || ".join(tests), [Call(fill, ["to", str(length)]), Statement("continue;")]))
        row.insert(0, Let(f"{g.source.in_memory} *", "to",
                          affine("band", ("(h - first)" if held > 1 else "", g.input.h), (c, length))))
        # channels outside: their rows follow each other in the input
        nest = loop("c", str(blocks), [For("h", "first", f"first + {held}", 1, "", row)])
        deep = f"[{g.deep} channels]" * (g.deep > 1)
        copier = Copier("copy_band", f"Copies {held} rows of the padded input: [{held} rows][{blocks} channels]"
                                     f"[{s.sw} column phases][{g.phase}]{deep}.\n   input: the group's, of an image;"
                                     " first: the first of the rows, those of padding counted.",
                        copier_parameters(g, "band", "first"), nest)
        return Copying(what="the rows that a task reads", local=True, plane="", places=[], tasks=0, base="", start="",
                       stride=g.scratch, nest=[], comment="", split=dealing(g), copiers=(copier,),
                       helpers={node.function for node in nodes_of(nest) if isinstance(node, Call)},
                       moving=exact.moving(s, g.copied_by) if g.exact else None, parts=g.row.masked and g.io.masked)

    def _asked(self, source: Strides) -> list[Node]:
        """Asks for the row that the next task copies in the place of this one, where maps lie beyond the second cache:
        the rows of a band are too many short runs for prefetchers. (Zen 5, images of 600² and 672²: 0.93 of the time;
        Zen 4, there 0.95, of 2 to 15 MB 0.99.)"""
        g, s, target = self.g, self.spec, self.plan.target
        if not (g.row.prefetch_far and target.caches[1:]) or s.oh <= g.outputs \
                or s.map_bytes <= ASKED_PLANES * target.caches[1].size:
            return []
        step = target.line // s.arithmetic.input.bytes
        place = affine("from", ("i", 1), g.outputs * s.sh * source.h)
        return [For("i", "0", str(s.iw), step, "", [Statement(g.row.prefetch_far.format(p=f"({place})") + ";")])]

    @property
    def _last(self) -> int:
        """The last row of the padded input that a task copies; where rows are not a whole number of bands, it lies
        beyond those that outputs read."""
        bands = -(-self.spec.oh // self.g.outputs)
        return (bands * self.g.outputs - 1) * self.spec.sh + (self.spec.kh - 1) * self.spec.dh
