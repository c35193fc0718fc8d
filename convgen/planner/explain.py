"""Why a plan was chosen: its predicted cost, part by part, and what the best of the others lose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from ..algorithms import ALGORITHMS, MAX_ERROR
from ..algorithms.numerics import Transformed
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.plan import Plan
from ..plan.written import written
from .cost import Estimate, exposed
from .describe import amount, complexity, complexity_lines, describe, plan_lines
from .rank import rank

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
            max_error: float = MAX_ERROR) -> str:
    """The winner as a loop nest with its predicted cost, and why the best of the others lost."""
    ranked = rank(spec, target, algorithm, max_error)
    winner, plan = ranked[0], ranked[0].plan
    lines = [*describe(spec), "", *complexity_lines(spec), "", f"plan {plan.label} for target {plan.target.name}",
             *(f"  {line}" for line in plan_lines(plan))]
    if not plan.loops:  # the reference: nothing was weighed
        return "\n".join(lines)
    if more := ALGORITHMS[plan.algorithm].explain(plan):
        lines.append(f"  {more} (limit {max_error:g})")
    lines += ["", *_cost(winner), _roofline(plan), "", *_others(ranked)]
    return "\n".join(lines)


# --- the winner ---


def _cost(estimate: Estimate) -> Iterator[str]:
    """The prediction, then a line for each of its parts: what, bytes, cycles."""
    yield prediction(estimate)
    yield f"  {'micro-kernels':<16} {'':>12}  {amount(estimate.compute):>8}cycles"
    for level, moved, cycles in estimate.traffic:
        yield f"  {level:<16} {amount(moved):>11}B  {amount(cycles):>8}cycles"
    passes = ALGORITHMS[estimate.plan.algorithm].passes(estimate.plan)
    for what, cycles in ((passes, estimate.passes), ("scattered stores", estimate.epilogue),
                         ("idle threads", estimate.idle)):
        if cycles:
            yield f"  {what:<16} {'':>12}  {amount(cycles):>8}cycles"


def _roofline(plan: Plan) -> str:
    """Cycles of the arithmetic at the machine's peak, and of moving each array once; the larger bounds the layer."""
    spec, rate, peak = plan.spec, plan.target.memory_rate, _peak(plan)
    compute, memory = 2 * spec.macs / peak, spec.bytes / rate
    return (f"roofline: {amount(compute)}cycles at {peak:.0f} flops a cycle,"
            f" {amount(memory)}cycles at {rate:g} bytes a cycle from memory:"
            f" bound by {'compute' if compute >= memory else 'memory'}")


def share_of_peak(estimate: Estimate) -> float:
    """Of the FMA peak, counting the operations of the layer's definition."""
    return 2 * estimate.plan.spec.macs / (max(estimate.cycles, 1.0) * _peak(estimate.plan))


def _peak(plan: Plan) -> float:
    """Floating-point operations a cycle of the instructions that a plan multiplies with."""
    visits = ALGORITHMS[plan.algorithm].visits(plan) if plan.loops else ()
    return plan.target.peak * max((visit.speed for visit in visits), default=1.0)


# --- the others ---


def _others(ranked: Sequence[Estimate]) -> Iterator[str]:
    """How many there are; then the best of each kind, with what it loses by."""
    winner = ranked[0]
    pruned = sum(one.pruned for one in ranked)
    yield f"{len(ranked)} plans, {pruned} out by their micro-kernels alone; the best of the others, one a kind:"
    seen = {_kind(winner.plan)}
    for estimate in ranked[1:]:
        kind = _kind(estimate.plan)
        if kind in seen:
            continue
        seen.add(kind)
        yield (f"  {estimate.cycles / winner.cycles - 1:+7.1%}  {estimate.plan.label:<24}"
               f" {_order(estimate.plan):<28} {_reason(estimate, winner)}")
        if len(seen) > REJECTED:
            break


def _kind(plan: Plan) -> tuple[object, ...]:
    return plan.label, _reading(plan), tuple(loop.dim for loop in plan.loops)


def _order(plan: Plan) -> str:
    """The loops outside the tile, and where the input comes from: ``oc ic oh ow, copy``."""
    dims = [loop.dim for loop, trips in ALGORITHMS[plan.algorithm].nest(plan)[:-4] if trips > 1]
    return f"{' '.join(dims)}, {_reading(plan)}"


def _reading(plan: Plan) -> str:
    return ALGORITHMS[plan.algorithm].reading(plan).word


def _reason(estimate: Estimate, winner: Estimate) -> str:
    """The part of the cost that grew most over the winner's."""
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
