"""Which plan a kernel is printed from, and who chose it.

    lock       the project's, where it holds the layer (lock.py)
    records    what was measured on this machine, for a target that means it: host, opencl (records.py)
    model      the planner's, of which everybody has the same

Tuning looks for the fastest plans: where others are wanted, small ones, the model chooses alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..algorithms import MAX_ERROR
from ..errors import InputError, UnlockedError, UnsupportedError
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.kernel import Chooser
from ..plan.plan import Plan
from ..planner import objective
from ..planner.apart import HOPE, least, pooled
from ..planner.rank import check, estimate
from ..planner.size import check_max_code
from . import records
from .lock import NAME, Lock


class Chosen(NamedTuple):
    """origin: where the plan was measured, in words for a comment; empty where it was not. optimize: what it was
    chosen for, where that is not what suits the target. max_code: the limit of code that was asked for, 0 for none."""

    plan: Plan
    by: Chooser
    origin: str = ""
    optimize: str = ""
    max_code: int = 0


class Tuned(NamedTuple):
    """What is asked before the model is: a project's lock, and this machine's records. locked: nobody but the lock."""

    lock: Lock | None = None
    records: bool = True
    locked: bool = False


NOBODY = Tuned(records=False)


def predicted(spec: ConvSpec, targets: Sequence[Target], fallbacks: Sequence[Target] = (),
              algorithm: str | None = None, tuned: Tuned = NOBODY, threads: int = 1, max_error: float = MAX_ERROR,
              optimize: str | None = None, max_code: int | None = None) -> tuple[float, ...] | None:
    """Cycles that the model's plan takes on each target. None where one of them or of the fallbacks has no plan; and
    for a chain with a layer whose plan was measured, which is faster than predicted, or that no plan makes as fast as
    its layers are apart, by transforms say."""
    def plan(layer: ConvSpec, target: Target, asked: Tuned) -> Chosen:
        return choose(layer, target, algorithm, asked, threads, max_error, optimize, max_code)

    def cycles(layer: ConvSpec, target: Target) -> float:
        return objective.cycles(estimate(plan(layer, target, NOBODY).plan), objective.objective_for(target, optimize))

    try:
        if spec.chained:
            asked = tuned._replace(locked=False)
            if tuned.locked:
                return None
            for target in targets:
                layers = [plan(layer, target, asked) for layer in spec.parts if not layer.pooled]
                pools = sum(pooled(layer, target).cycles for layer in spec.parts if layer.pooled)
                apart = sum(cycles(layer, target) for layer in spec.parts if not layer.pooled) + pools
                if any(one.by != "model" for one in layers) or least(spec, target) > HOPE * apart:
                    return None
        for target in fallbacks if spec.chained else ():
            if max_code is None:
                check(spec, target, algorithm, max_error)  # which plan it has is asked if the chain is taken
            else:
                plan(spec, target, NOBODY)
        if spec.pooled:
            return tuple(pooled(spec, target).cycles for target in targets)
        return tuple(cycles(spec, target) for target in targets)
    except UnsupportedError:
        return None


def choose(spec: ConvSpec, target: Target, algorithm: str | None, tuned: Tuned, threads: int = 1,
           max_error: float = MAX_ERROR, optimize: str | None = None, max_code: int | None = None) -> Chosen:
    """optimize: one of OBJECTIVES, or None for what suits the target. max_code: bytes of code, compiled for speed, that
    the plan may have; None for what the target's row says of plans that nobody measured. UnlockedError where only the
    lock is asked, and does not hold the layer."""
    check_max_code(max_code)
    asked = max_code or 0
    aim = objective.objective_for(target, optimize)
    told = "" if aim == target.row.objective else aim
    if aim not in objective.FAST:
        if tuned.locked:
            raise InputError(f"locked must stand with optimize speed (optimize={aim}): a lock holds the fastest plans")
        tuned = Tuned(None, records=False)
    if tuned.lock and (found := tuned.lock.choice(spec, target, algorithm, threads, max_error, max_code)):
        return Chosen(found.plan, "lock", found.origin, told, asked)
    if tuned.locked:
        held = f"lock={tuned.lock.path}" if tuned.lock else f"there is no {NAME}"
        limit = f"max_error={max_error:g}" + f", max_code={max_code}" * bool(max_code)
        raise UnlockedError(f"lock must hold a plan for it as asked for (target={target.name}, {limit},"
                            f" {held}); convgen tune SPEC... --target {target.name} --lock adds it")
    if tuned.records and (found := records.choice(spec, target, algorithm, threads, max_error, max_code)):
        return Chosen(found.plan, "records", found.origin, told, asked)
    chosen = objective.chosen(spec, target, aim, algorithm, max_error, max_code)
    return Chosen(chosen.plan, "model", optimize=told, max_code=asked)
