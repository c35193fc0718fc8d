"""Which of the ranked plans to take: the fastest, where weights are in a cache or where they come from memory, as those
of a network's layers do; the smallest; or the smallest of those that are nearly as fast.

Small is what takes the fewest bytes beside the caller's arrays: code and packed weights in flash, workspace in RAM, of
which a byte counts as four (plan/sizes.py). Nearly as fast is a balanced plan as the fastest that sums directly: what
Winograd's algorithm saves in time costs several times the flash and the RAM, and is for those who ask for speed.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import get_args

from ..algorithms import ALGORITHMS, MAX_ERROR
from ..errors import InputError, UnsupportedError
from ..layer.names import show
from ..layer.spec import ConvSpec
from ..machine.isa import Objective
from ..machine.target import Target
from . import cost
from .cost import Estimate
from .rank import rank
from .size import limit, sizes

OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
FAST: tuple[Objective, ...] = ("speed", "network")
SLOWER = 0.1  # than the fastest, predicted, that a balanced plan may be


def objective_for(target: Target, wanted: str | None) -> Objective:
    """What is asked for, or what suits the target, which networks leave as it is unless that is speed. InputError for
    another word, UnsupportedError where code is not estimated."""
    if wanted is None or (wanted == "network" and (target.row.objective != "speed" or target.device is not None)):
        return target.row.objective
    if wanted not in OBJECTIVES:
        raise InputError(f"optimize must be one of {', '.join(OBJECTIVES)} (optimize={show(wanted)})")
    if wanted not in FAST and target.device is not None:
        raise UnsupportedError(f"optimize must be speed for an OpenCL device (optimize={wanted}, target={target.name})")
    return next(one for one in OBJECTIVES if one == wanted)


def choose(ranked: Sequence[Estimate], objective: Objective, max_code: int | None = None) -> Estimate:
    """One of the ranked plans, the fastest of which is the first. max_code: bytes of code that it may have, as rank was
    told."""
    fastest = ranked[0]
    if objective == "speed" or not fastest.plan.loops:
        return fastest
    if objective == "network":
        return _cold(ranked, max_code)
    able = _nearly(ranked) if objective == "balanced" else \
        [cost.estimate(one.plan) if one.pruned else one for one in ranked]
    share = limit(fastest.plan.target, max_code).share
    able = [one for one in able if share(one.plan) <= 1] or [fastest]
    return min(able, key=lambda one: (sizes(one.plan).own, one.cycles))


@functools.lru_cache(maxsize=1024)
def chosen(spec: ConvSpec, target: Target, objective: Objective, algorithm: str | None = None,
           max_error: float = MAX_ERROR, max_code: int | None = None) -> Estimate:
    """The plan of a layer to take, of all that rank finds."""
    return choose(rank(spec, target, algorithm, max_error, max_code), objective, max_code)


def cycles(one: Estimate, objective: Objective) -> float:
    """What a plan is predicted to take where it is chosen for that."""
    return cost.cold(one) if objective == "network" and one.plan.loops else one.cycles


def _cold(ranked: Sequence[Estimate], max_code: int | None) -> Estimate:
    """The fastest of those whose weights come from memory. None takes less than with weights in a cache, and what of
    reading them nothing hides."""
    least, best, fits = math.inf, ranked[0], limit(ranked[0].plan.target, max_code)
    waited = cost.unhidden(ranked[0].plan)
    for one in sorted(ranked, key=lambda one: one.cycles):
        if one.cycles + waited >= least:
            break
        found = cost.estimate(one.plan, one.compute, least - waited) if one.pruned else one
        if not found.pruned and found.cycles < least and (taken := cost.cold(found)) < least and fits(found.plan):
            least, best = taken, found
    return best


def _nearly(ranked: Sequence[Estimate]) -> list[Estimate]:
    """Those that are nearly as fast as the fastest that sums directly, if one does. Pruned ones take no less than their
    estimate says: most are too slow anyway."""
    direct = [one for one in ranked if not ALGORITHMS[one.plan.algorithm].APPROXIMATE] or ranked
    least, found = math.inf, dict[int, Estimate]()
    for place, one in sorted(enumerate(direct), key=lambda placed: placed[1].cycles):
        if one.cycles > (1 + SLOWER) * least:
            break
        found[place] = cost.estimate(one.plan) if one.pruned else one
        least = min(least, found[place].cycles)
    return [found[place] for place in sorted(found) if found[place].cycles <= (1 + SLOWER) * least]
