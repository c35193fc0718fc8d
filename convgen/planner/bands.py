"""The plans of a chain that are worth a look: bands of several heights, strips of several lengths, and for each layer the
plan that is predicted to be the fastest of those that read their input where it lies."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import msgspec

from ..algorithms.chain import chain, stages
from ..algorithms.chain.bands import bands
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.choices import ChainChoices
from ..plan.plan import Loop, Plan
from ..plan.tiling import largest_parts
from . import cost

HIGHEST = 16  # rows of a band, unless the whole map has fewer
PARTS = (1, 2, 4, 8, 16)  # strips of an image
TRIED = 8  # plans of a layer, of which some have no like for other bands


def candidates(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Of every height and length one, of the row by which all layers are summed best."""
    for machine in target.summing(spec.arithmetic):
        if chain.unfit(spec, machine):
            continue
        for height in heights(spec.oh):
            many = bands(spec, height)
            for length in sorted({-(-many // parts) for parts in PARTS if parts <= many}):
                if (plan := _plan(spec, machine, height, length)) is not None:
                    yield plan


def heights(rows: int) -> list[int]:
    """Of bands: those that divide the rows, or all where few do."""
    found = largest_parts(rows, HIGHEST)
    even = [one for one in found if rows % one == 0]
    return even if len(even) > 2 else found


def _plan(spec: ConvSpec, target: Target, height: int, length: int) -> Plan | None:
    choices = ChainChoices(band=height, strip=length)
    loops = (Loop("n", 1, "task"), Loop("oh", height * length, "task"), Loop("oh", height))
    plain = Plan(spec=spec, target=target, algorithm=chain.NAME, loops=loops, choices=choices)
    found = []
    for counted in stages.layers(spec, height, length):
        ranked = _ranked(stages.usual(counted), target)
        fit = next((one for one in ranked[:TRIED] if all(stages.of_rows(one, other) for other in counted)), None)
        if fit is None:
            return None
        found.append(fit)
    return msgspec.structs.replace(plain, stages=tuple(found))


@functools.lru_cache(maxsize=512)
def _ranked(spec: ConvSpec, target: Target) -> tuple[Plan, ...]:
    """The plans of a layer's band, the best first; those whose arithmetic alone takes longer than all of the best are
    left out."""
    computed = sorted(((cost.compute_cycles(stages.tiled(plan).visits(plan), target), at, plan)
                       for at, plan in enumerate(stages.admitted(spec, target))), key=lambda one: one[:2])
    found: list[tuple[float, int, Plan]] = []
    least = float("inf")
    for compute, at, plan in computed:
        if compute > least:
            break
        cycles = cost.estimate(plan, compute).cycles
        least = min(least, cycles)
        found.append((cycles, at, plan))
    return tuple(plan for *_, plan in sorted(found, key=lambda one: one[:2]))
