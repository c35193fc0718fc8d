"""The plans of a chain's layers: one for the rows that a layer computes most often, and those of its other bands, which
read the same packed weights."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from typing import cast

import msgspec

from ...layer.spec import ConvSpec
from ...machine.target import Target
from ...plan.choices import ChainChoices, Source, TiledChoices
from ...plan.plan import Loop, Plan
from ..protocol import Algorithm
from ..tiled import depthwise, direct, dot, grouped, interleaved
from ..tiled.tiled import Tiled
from . import pooling
from .bands import strips

IN_PLACE: tuple[Source, ...] = ("input", "edges")  # a band is read where it lies
COPIED: tuple[Source, ...] = ("copy",)  # or, of integers, copied first in the form that products take

_OF_FLOATS: dict[str, Tiled] = {one.NAME: one for one in (
    direct.ALGORITHM, dot.ALGORITHM, depthwise.ALGORITHM, grouped.ALGORITHM)}
_OF_INTEGERS = {**_OF_FLOATS, interleaved.ALGORITHM.NAME: interleaved.ALGORITHM}


def algorithms(target: Target) -> dict[str, Tiled]:
    """Those that can compute a layer of a chain, by name."""
    return _OF_INTEGERS if target.row.sums.whole else _OF_FLOATS


def of(plan: Plan) -> Algorithm:
    """The algorithm of a layer's plan."""
    return cast(Algorithm, pooling if plan.spec.pooled else tiled(plan))


def tiled(plan: Plan) -> Tiled:
    """The same of a convolution."""
    return algorithms(plan.target)[plan.algorithm]


def layers(chain: ConvSpec, height: int, length: int) -> list[Counter[ConvSpec]]:
    """Of each layer of the chain, the layers of a few rows that its bands are, with how many are."""
    found = [Counter[ConvSpec]() for _ in chain.parts]
    for one in strips(chain, height, length):
        for part in (part for band in one for part in band.parts):
            found[part.stage][part.spec] += chain.n
    return found


def usual(counted: Counter[ConvSpec]) -> ConvSpec:
    """The layer that most bands are."""
    return counted.most_common(1)[0][0]


def admitted(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """The plans that a layer of a chain may have: those that read their input where it lies and need no memory; of
    integers also those that copy their rows, a pixel's channels side by side."""
    if spec.pooled:
        yield from pooling.plans(spec, target)
        return
    for algorithm in algorithms(target).values():
        for plan in algorithm.plans(spec, target):
            own = plan.own(TiledChoices)
            there = own.source in IN_PLACE or (target.row.sums.whole and own.source in COPIED and plan.lanes == "oc")
            if there and not own.as_given and algorithm.geometry(plan).stages == 1:
                yield plan


def legal(plan: Plan) -> bool:
    """Whether a plan is one of these."""
    known = (pooling.NAME,) if plan.spec.pooled else algorithms(plan.target)
    return plan.algorithm in known and plan in admitted(plan.spec, plan.target)


def alone(plan: Plan) -> Plan:
    """The plan of a band, whose tiles one task computes."""
    return msgspec.structs.replace(plan, loops=tuple(Loop(loop.dim, loop.step) for loop in plan.loops))


@functools.lru_cache(maxsize=1024)
def of_rows(plan: Plan, spec: ConvSpec) -> Plan | None:
    """The plan for other rows of the same layer that is most like one: with the same panels of weights, in the same
    order. None where there is none."""
    if spec == plan.spec:
        return plan
    if spec.pooled:
        return next(admitted(spec, plan.target), None)
    algorithm = tiled(plan)
    packed = algorithm.packing(algorithm.geometry(plan))
    order = [loop.dim for loop in plan.loops]
    others = (other for other in admitted(spec, plan.target)
              if (other.algorithm, other.lanes) == (plan.algorithm, plan.lanes))
    near = sorted(others, key=lambda other: (
        abs(other.mr - plan.mr) + abs(other.nr - plan.nr), [loop.dim for loop in other.loops] != order))
    # the nearest first: how a plan packs takes longest to find out
    return next((other for other in near if algorithm.packing(algorithm.geometry(other)) == packed), None)


@functools.lru_cache(maxsize=256)
def plans_of(plan: Plan) -> tuple[dict[ConvSpec, Plan], ...] | None:
    """Of each layer of a chain's plan, the plans of its bands by what they compute; None where some has none."""
    own = plan.own(ChainChoices)
    found: list[dict[ConvSpec, Plan]] = []
    for stage, counted in zip(plan.stages, layers(plan.spec, own.band, own.strip), strict=True):
        made = {spec: other for spec in counted if (other := of_rows(stage, spec)) is not None}
        if len(made) < len(counted):
            return None
        found.append(made)
    return tuple(found)
