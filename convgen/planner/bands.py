"""The plans of a chain that are worth a look: bands of several heights, strips of several lengths, and for each layer
the plan that is predicted to be the fastest of those that read their input where it lies."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from ..algorithms.chain import chain, stages
from ..algorithms.chain.bands import bands, buffers
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.plan import Plan
from ..plan.tiling import largest_parts
from . import cost
from .search import search

HIGHEST = 16  # rows of a band, unless the whole map has fewer
SHARE = 1 / 3  # of the maps between layers that buffers may hold, where fewer rows leave a choice
PARTS = (1, 2, 4, 8, 16)  # strips of an image
TRIED = 8  # plans of a layer, of which some have no like for other bands


def candidates(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """Of every height and length one, of the row by which all layers are summed best."""
    cuts = [(height, length) for height in heights(spec.oh) for many in [bands(spec, height)]
            for length in sorted({-(-many // parts) for parts in PARTS if parts <= many})]
    least = min(_held(spec, *cut) for cut in cuts) if not chain.unfit(spec, target) else 0.0
    for machine in target.summing(spec.arithmetic):
        for height, length in cuts if not chain.unfit(spec, machine) else ():
            if _held(spec, height, length) <= max(least, SHARE) and \
                    (plan := _plan(spec, machine, height, length)) is not None:
                yield plan


def _held(spec: ConvSpec, height: int, length: int) -> float:
    """The share of the maps between the layers that buffers hold."""
    rows = [layer.ow * layer.oc for layer in spec.parts[:-1]]
    held = sum(count * row for count, row in zip(buffers(spec, height, length), rows, strict=True))
    return held / sum(layer.oh * row for layer, row in zip(spec.parts, rows, strict=False))


def heights(rows: int) -> list[int]:
    """Of bands: those that divide the rows, or all where few do."""
    found = largest_parts(rows, HIGHEST)
    even = [one for one in found if rows % one == 0]
    return even if len(even) > 2 else found


def _plan(spec: ConvSpec, target: Target, height: int, length: int) -> Plan | None:
    found = []
    for counted in stages.layers(spec, height, length):
        ranked = _ranked(stages.usual(counted), target)
        fit = next((one for one in ranked[:TRIED] if all(stages.of_rows(one, other) for other in counted)), None)
        if fit is None:
            return None
        found.append(fit)
    return chain.assembled(spec, target, height, length, found)


@functools.lru_cache(maxsize=512)
def _ranked(spec: ConvSpec, target: Target) -> tuple[Plan, ...]:
    """The plans of a layer's band, the best first; those that are not among the best TRIED are left out."""
    computed = sorted(((cost.compute_cycles(stages.of(plan).visits(plan), target), at, plan)
                       for at, plan in enumerate(stages.admitted(spec, target))), key=lambda one: one[:2])
    found = search([(compute, plan) for compute, _, plan in computed], TRIED)
    best = [(one.cycles, at, one.plan) for (_, at, _), one in zip(computed, found, strict=True) if not one.pruned]
    return tuple(plan for *_, plan in sorted(best, key=lambda one: one[:2]))
