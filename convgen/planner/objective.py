"""Which of the ranked plans to take: the fastest, the smallest, or the smallest of those that are nearly as fast.

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
from .size import most_code, sizes

OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
SLOWER = 0.1  # than the fastest, predicted, that a balanced plan may be


def objective_for(target: Target, wanted: str | None) -> Objective:
    """What is asked for, or what suits the target. InputError for another word, UnsupportedError where code is not
    estimated."""
    if wanted is None:
        return target.row.objective
    if wanted not in OBJECTIVES:
        raise InputError(f"optimize must be one of {', '.join(OBJECTIVES)} (optimize={show(wanted)})")
    if wanted != "speed" and target.device is not None:
        raise UnsupportedError(f"optimize must be speed for an OpenCL device (optimize={wanted}, target={target.name})")
    return next(one for one in OBJECTIVES if one == wanted)


def choose(ranked: Sequence[Estimate], objective: Objective, max_code: int | None = None) -> Estimate:
    """One of the ranked plans, the fastest of which is the first. max_code: bytes of code that it may have, as rank was
    told."""
    fastest = ranked[0]
    if objective == "speed" or not fastest.plan.loops:
        return fastest
    able = _nearly(ranked) if objective == "balanced" else \
        [cost.estimate(one.plan) if one.pruned else one for one in ranked]
    most = most_code(fastest.plan.target, max_code)
    able = [one for one in able if sizes(one.plan).fast <= most] or [fastest]
    return min(able, key=lambda one: (sizes(one.plan).own, one.cycles))


@functools.lru_cache(maxsize=64)
def chosen(spec: ConvSpec, target: Target, objective: Objective, algorithm: str | None = None,
           max_error: float = MAX_ERROR, max_code: int | None = None) -> Estimate:
    """The plan of a layer to take, of all that rank finds."""
    return choose(rank(spec, target, algorithm, max_error, max_code), objective, max_code)


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
