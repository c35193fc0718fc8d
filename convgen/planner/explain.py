"""Why a plan was chosen: its predicted cost, part by part, and what the best of the others lose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from ..algorithms import ALGORITHMS, MAX_ERROR
from ..algorithms.numerics import Transformed
from ..layer.spec import ConvSpec
from ..machine.isa import Objective
from ..machine.target import Target
from ..plan.plan import Plan
from ..plan.written import written
from .cost import Estimate, exposed
from .describe import amount, complexity, complexity_lines, describe, plan_lines, sizes_lines
from .objective import SLOWER, choose, sizes
from .rank import rank

OBJECTIVES = {"size": "size", "balanced": f"size within {SLOWER:.0%} of the fastest"}
REJECTED = 8  # other kinds of plan that explain shows


def summary(estimate: Estimate) -> dict[str, object]:
    """An estimate as data for JSON."""
    plan = estimate.plan
    return {
        "plan": msgspec.to_builtins(written(plan)),
        "label": plan.label,
        "complexity": complexity(plan.spec),
        "cycles": round(estimate.cycles),
        "compute_cycles": round(estimate.compute),
        "pass_cycles": round(estimate.passes),
        "epilogue_cycles": round(estimate.epilogue),
        "traffic": [{"level": level, "bytes": round(moved), "cycles": round(cycles)}
                    for level, moved, cycles in estimate.traffic],
        "share_of_peak": round(share_of_peak(estimate), 4),
    }


def prediction(estimate: Estimate) -> str:
    """The predicted cost in a line."""
    speed = f"{share_of_peak(estimate):.0%} of the FMA peak"
    numerics = ALGORITHMS[estimate.plan.algorithm].numerics(estimate.plan)
    if isinstance(numerics, Transformed):  # fewer multiplications than the layer's definition has
        speed = f"as fast as direct sums at {speed}"
    return f"predicted {amount(estimate.cycles)}cycles, {speed}"


def explain(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
            max_error: float = MAX_ERROR, objective: Objective = "speed") -> str:
    """The winner as a loop nest with its predicted cost, and why the best of the others lost."""
    ranked = rank(spec, target, algorithm, max_error)
    winner = choose(ranked, objective)
    plan = winner.plan
    lines = [*describe(spec), "", *complexity_lines(spec), "", f"plan {plan.label} for target {plan.target.name}",
             *(f"  {line}" for line in plan_lines(plan))]
    if not plan.loops:  # the reference: nothing was weighed
        return "\n".join(lines)
    if more := ALGORITHMS[plan.algorithm].explain(plan):
        lines.append(f"  {more} (limit {max_error:g})")
    lines += ["", *_cost(winner), _roofline(plan), *_smaller(ranked[0], winner, objective), "",
              *_others([winner, *(one for one in ranked if one.plan != plan)])]
    return "\n".join(lines)


# --- the winner ---


class Part(NamedTuple):
    """Of a predicted cost. moved: bytes, for a level of memory."""

    what: str
    cycles: float
    moved: float | None = None


def parts(estimate: Estimate) -> list[Part]:
    """What a prediction consists of: some parts overlap, so that they add up to more."""
    passes = ALGORITHMS[estimate.plan.algorithm].passes(estimate.plan)
    return [Part("micro-kernels", estimate.compute),
            *(Part(level, cycles, moved) for level, moved, cycles in estimate.traffic),
            *(Part(what, cycles) for what, cycles in ((passes, estimate.passes),
                                                      ("scattered stores", estimate.epilogue),
                                                      ("idle threads", estimate.idle)) if cycles)]


def _cost(estimate: Estimate) -> Iterator[str]:
    """The prediction, then a line for each of its parts: what, bytes, cycles."""
    yield prediction(estimate)
    for what, cycles, moved in parts(estimate):
        size = "" if moved is None else f"{amount(moved)}B"
        yield f"  {what:<16} {size:>12}  {amount(cycles):>8}cycles"


def _smaller(fastest: Estimate, winner: Estimate, objective: Objective) -> Iterator[str]:
    """What the winner takes, and what the fastest would."""
    own, other = sizes(winner.plan), sizes(fastest.plan)
    yield from sizes_lines(own)
    if objective != "speed":
        longer = winner.cycles / fastest.cycles - 1
        yield (f"chosen for {OBJECTIVES[objective]}: {amount(own.own)}B of code, packed weights and workspace; the"
               f" fastest, {fastest.plan.label}, takes {amount(other.own)}B, and this one {longer:.1%} more time")


def _roofline(plan: Plan) -> str:
    """Cycles of the arithmetic at the machine's peak, and of moving each array once; the larger bounds the layer."""
    spec, rate, peak = plan.spec, plan.target.memory_rate, peak_of(plan)
    compute, memory = 2 * spec.macs / peak, spec.bytes / rate
    return (f"roofline: {amount(compute)}cycles at {peak:.0f} flops a cycle,"
            f" {amount(memory)}cycles at {rate:g} bytes a cycle from memory:"
            f" bound by {'compute' if compute >= memory else 'memory'}")


def share_of_peak(estimate: Estimate) -> float:
    """Of the FMA peak, counting the operations of the layer's definition."""
    return 2 * estimate.plan.spec.macs / (max(estimate.cycles, 1.0) * peak_of(estimate.plan))


def peak_of(plan: Plan) -> float:
    """Floating-point operations a cycle of the instructions that a plan multiplies with."""
    visits = ALGORITHMS[plan.algorithm].visits(plan) if plan.loops else ()
    return plan.target.peak * max((visit.speed for visit in visits), default=1.0)


# --- the others ---


class Loser(NamedTuple):
    """The best of another kind of plan: its loops outside the tile and where the input comes from, how many times as
    long as the chosen one it is predicted to take, and what it loses by."""

    estimate: Estimate
    order: str
    ratio: float
    reason: str


def losers(chosen: Estimate, ranked: Sequence[Estimate], most: int = REJECTED) -> Iterator[Loser]:
    """The best plan of each other kind, in the order of what is predicted. Where tuning chose, some are before it."""
    seen = {_kind(chosen.plan)}
    for estimate in ranked:
        if len(seen) > most:
            break
        kind = _kind(estimate.plan)
        if kind not in seen:
            seen.add(kind)
            yield Loser(estimate, _order(estimate.plan), estimate.cycles / chosen.cycles, _reason(estimate, chosen))


def pruned(ranked: Sequence[Estimate]) -> int:
    """Plans that lost by their micro-kernels alone."""
    return sum(one.pruned for one in ranked)


def _others(ranked: Sequence[Estimate]) -> Iterator[str]:
    """How many there are; then the best of each kind, with what it loses by."""
    yield f"{len(ranked)} plans, {pruned(ranked)} out by their micro-kernels alone; the best of the others, one a kind:"
    for estimate, order, ratio, reason in losers(ranked[0], ranked):
        yield f"  {ratio - 1:+7.1%}  {estimate.plan.label:<24} {order:<28} {reason}"


def _kind(plan: Plan) -> tuple[object, ...]:
    return plan.label, _reading(plan), tuple(loop.dim for loop in plan.loops)


def _order(plan: Plan) -> str:
    """The loops outside the tile, and where the input comes from: ``oc ic oh ow, copy``."""
    dims = [loop.dim for loop, trips in ALGORITHMS[plan.algorithm].nest(plan)[:-4] if trips > 1]
    return ", ".join(filter(None, (" ".join(dims), _reading(plan))))


def _reading(plan: Plan) -> str:
    return ALGORITHMS[plan.algorithm].reading(plan).word


def _reason(estimate: Estimate, winner: Estimate) -> str:
    """The part of the cost that grew most over the winner's."""
    if estimate.cycles < winner.cycles:
        return "predicted to be faster, but measurement chose"
    if estimate.pruned:
        return f"its micro-kernels alone take {amount(estimate.compute)}cycles"
    parts = {"micro-kernels": (estimate.compute, winner.compute),
             ALGORITHMS[estimate.plan.algorithm].passes(estimate.plan): (estimate.passes, winner.passes),
             "scattered stores": (estimate.epilogue, winner.epilogue),
             "idle threads": (estimate.idle, winner.idle)}
    for share, (level, moved, cycles), (_, _, least) in zip(
            exposed(len(winner.traffic)), estimate.traffic, winner.traffic, strict=True):
        parts[f"{level}, {amount(moved)}B"] = (cycles * share, least * share)
    worst = max(parts, key=lambda part: parts[part][0] - parts[part][1])
    return f"{worst}: {amount(max(0.0, parts[worst][0] - parts[worst][1]))}cycles more"
