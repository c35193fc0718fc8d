"""Transposed convolution with strides, in phases (lowering.py): register tiles in a loop nest for each, in one kernel.

All phases have the plan's tile, loops and source of the input. Each is a forward layer of stride 1 that takes some taps
of the weights and whose outputs lie the stride apart,

    compute_task:   tasks 0 … 15: compute_phase0, 16 … 31: compute_phase1, …
    packed:         [weights of phase 0][weights of phase 1] … [bias][slopes]

(of integers whose bias is less what their weights make of the zero point, [bias of phase 0][bias of phase 1] …), so a
task is one of a phase's nest. Phases that differ in nothing but their weights and where their outputs begin share
a nest, equal micro-kernels of several nests are one function, and a padded copy serves all phases.

Where outputs of phases along a row are stored one by one, as pixels of a stride are, it takes as long as their sums. So
tiles may be `joined`: a sum for each phase, of a window that serves all,

    acc[m][v][ρ] += x[m][v + κ] · w[ρ + s·(…)]        stored as acc[m][v][0][0] acc[m][v][1][0] acc[m][v][0][1] …
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator

import msgspec

from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import Source, TiledChoices
from ...plan.plan import Loop, Plan
from ...plan.program import Program
from ...plan.work import Visits, Work
from .. import lowering
from ..delegate import Delegate
from ..space import Space
from ..turns import interleaves
from . import phased_view
from . import work as tiled_work
from .exact import operands
from .phases import Part, all_tasks, cover_of, lanes_beside, parts_of, phases_of, plans_of
from .tiled import Tiled

SOURCES: tuple[Source, ...] = ("input", "edges", "copy")
MAX_NESTS = 64  # that a file may hold
FAR = 3.0  # times as long as else a number takes to store where each lane is another channel's plane


@functools.lru_cache(maxsize=1024)
def _visits(algorithm: Phased, kind: Plan) -> tuple[Visits, ...]:
    """Those of all plans of a kind."""
    return algorithm.visits_of(kind)


def _by_lanes(tiles: Iterable[Plan], wide: Iterable[Plan], joined: list[Plan]) -> Iterator[Plan]:
    """Of each kind of lanes the third, if there are some, which store what are neighbours; else the second, of output
    channels, or the first."""
    held = {tile.lanes for tile in joined}
    yield from (tile for tile in wide if tile.lanes == "oc" and "oc" not in held)
    yield from (tile for tile in tiles if tile.lanes != "oc" and tile.lanes not in held)
    yield from joined


class Phased(Delegate, frozen=True):
    """A tiled algorithm, of layers with phases. inner: of the forward layer of one phase; the terms of the layer are
    those of the phase with most. joining: its tiles of a layer for a target that hold so many phases along a row side
    by side. gaps: whether these may have fewer taps than their window."""

    inner: Tiled
    joining: Callable[[ConvSpec, Target, int], Iterator[Plan]]
    gaps: bool

    @property
    def space(self) -> Space:
        """What the phase with most products has, where it suits the others."""
        inner = self.inner.space

        def unfit(spec: ConvSpec, target: Target) -> str | None:
            found = lowering.phases(spec)
            if len(found) > MAX_NESTS:
                return f"{self.NAME} has at most {MAX_NESTS} kinds of phases ({len(found)})"
            return inner.unfit(found[0].spec, target)

        def tiles(spec: ConvSpec, target: Target) -> Iterator[Plan]:
            found, wide = lowering.phases(spec), lowering.phases(spec, lanes_beside(spec, target))
            padded = any(phase.spec.padded for phase in found if not phase.empty)
            # tiles can skip padding that stands for 0
            skips = not (target.row.kind == "products" and operands(spec, target.row).zero)
            for tile in _by_lanes(inner.tiles(found[0].spec, target), inner.tiles(wide[0].spec, target),
                                  self._joined(spec, target)):
                own = tile.own(TiledChoices)
                source: Source = "edges" if padded and skips and own.source == "input" and tile.lanes == "oc" else \
                    own.source
                if source in SOURCES and not (padded and source == "input"):
                    yield msgspec.structs.replace(tile, spec=spec, choices=msgspec.structs.replace(own, source=source))

        def orders(plan: Plan) -> Iterator[tuple[Loop, ...]]:
            first = phases_of(plan)[0].spec
            blocked = plan.lanes == "oc" or plan.spec.sw == 1  # else sums could not stay in the output
            for loops in inner.orders(msgspec.structs.replace(plan, spec=first)):
                if blocked or all(loop.step == 1 for loop in loops if loop.dim == "ic"):
                    yield loops

        def limit(plan: Plan) -> str | None:
            parts = [part for _, part in plans_of(plan)]
            # asked of the phases where they lie in the output, which of a phase alone may lie otherwise
            if any(self.inner.geometry(part).stages > 1 for part in parts) and \
                    any(part.g.waits for part in self.parts(plan)):
                return "a blocked reduction needs output lanes that are neighbours in memory"
            return next(filter(None, map(inner.limit, parts)), None)

        return Space(unfit, tiles, orders, limit)

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        """Every legal plan; none where the algorithm does not apply."""
        return self.space.plans(spec, target)

    def check(self, plan: Plan) -> str | None:
        """Why a plan is none of them, or None."""
        return self.space.check(plan)

    def registers(self, plan: Plan) -> int:
        return max(self.inner.registers(part) for _, part in plans_of(plan))

    def _joined(self, spec: ConvSpec, target: Target) -> list[Plan]:
        """Tiles that hold phases along a row side by side."""
        there = target.row.dialect == "c" and (spec.channels_last or interleaves(target.row))
        joined = lowering.joinable(spec, gaps=self.gaps) if there else 1
        return list(self.joining(lowering.phases(spec, joined=joined)[0].spec, target, joined)) if joined > 1 else []

    def parts(self, plan: Plan) -> list[Part]:
        """The nests."""
        return parts_of(self.inner, plan)

    def nest(self, plan: Plan) -> list[tuple[Loop, int]]:
        """The phases, and the loops of the largest of them."""
        parts = self.parts(plan)
        first = parts[0]
        loops = [(loop, first.g.trips(index)) for index, loop in enumerate(first.plan.loops)]
        return [(Loop("phase", 1, "task"), sum(part.phase.number for part in parts)), *loops]

    def tasks(self, plan: Plan) -> int:
        return all_tasks(self.parts(plan))

    def visits(self, plan: Plan) -> tuple[Visits, ...]:
        """Those of all phases; where no tap meets, the tiles have no terms."""
        return _visits(self, plan.kind)

    def visits_of(self, plan: Plan) -> tuple[Visits, ...]:
        found = []
        for part in self.parts(plan):
            for visit in self.inner.visits_of(part.plan, part.g):
                visit = visit._replace(number=part.phase.number * visit.number)
                found.append(visit._replace(steps=0.0, rounds=0) if part.phase.empty else visit)
        return tuple(found)

    def work(self, plan: Plan) -> Work:
        """Of all nests; the copy is made once."""
        found = [tiled_work.work(part.g, (), self.inner.once)._replace(repeats=part.phase.number, passes=())
                 for part in self.parts(plan)]
        cover = cover_of(self.inner, plan)
        stores = FAR if plan.lanes == "oc" else 1.0
        return found[0]._replace(
            visits=self.visits(plan), passes=tiled_work.passes(cover) if cover else (), others=tuple(found[1:]),
            epilogue=stores * sum(work.repeats * work.epilogue for work in found), orders=None)

    def program(self, plan: Plan, rows: Rows) -> Program:
        """What is printed; rows note the helpers that it calls."""
        return phased_view.program(self.inner, plan, rows)
