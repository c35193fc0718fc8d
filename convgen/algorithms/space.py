"""Which plans an algorithm has for a layer. What it does not list is illegal, wherever a plan comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from ..layer.outside import mismatch
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.choices import Choices
from ..plan.plan import REDUCED, Loop, Plan

ITEMS = ("group", "local")  # binds of loops that say what the items of a group share


class Space(NamedTuple):
    """Tiles, and orders of loops around each.

    unfit(spec, target): why there is no plan, or None. tiles(spec, target): plans without loops, every other decision
    made. orders(tile): the loops that may go with one. limit(plan): why it is left out all the same, or None; the same
    whatever a thread's loops around its tiles are.
    """

    unfit: Callable[[ConvSpec, Target], str | None]
    tiles: Callable[[ConvSpec, Target], Iterable[Plan]]
    orders: Callable[[Plan], Iterable[tuple[Loop, ...]]]
    limit: Callable[[Plan], str | None] = lambda plan: None

    def plans(self, spec: ConvSpec, target: Target) -> Iterator[Plan]:
        """Every legal plan; none where the algorithm does not apply."""
        if self.unfit(spec, target):
            return
        for tile in self.tiles(spec, target):
            limits = dict[tuple[Loop, ...], str | None]()
            for loops in self.orders(tile):
                plan = msgspec.structs.replace(tile, loops=loops)
                fixed = tuple([loop for loop in loops if loop.dim in REDUCED or loop.bind in ITEMS])
                if fixed not in limits:
                    limits[fixed] = self.limit(plan)
                if limits[fixed] is None:
                    yield plan

    def check(self, plan: Plan) -> str | None:
        """Why a plan is none of them, or None."""
        if reason := self.unfit(plan.spec, plan.target):
            return reason
        tiles = list(self.tiles(plan.spec, plan.target))
        if not tiles:
            return f"{plan.algorithm} has no tile for this layer on target {plan.target.name}"
        if reason := mismatch(_tile(plan), map(_tile, tiles)):
            return reason
        orders = list(self.orders(plan))
        if not orders:
            return f"{plan.algorithm} has no order of loops for this tile on target {plan.target.name}"
        return mismatch(_nest(plan.loops), map(_nest, orders)) or self.limit(plan)


def _tile(plan: Plan) -> dict[str, object]:
    """What is decided before the loops; the struct of choices goes by its name, and first."""
    own = msgspec.structs.asdict(plan.choices) if isinstance(plan.choices, Choices) else {}
    return {"choices": type(plan.choices).__name__, "lanes": plan.lanes, "mr": plan.mr, "nr": plan.nr, **own}


def _nest(loops: tuple[Loop, ...]) -> dict[str, object]:
    """A loop order in words, for messages."""
    return {f"loops[{at}]": f"{loop.bind} {loop.dim} by {loop.step}" for at, loop in enumerate(loops)}
