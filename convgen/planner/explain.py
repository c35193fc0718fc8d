"""Why a plan was chosen: its predicted cost, part by part, and what the best of the others lose.

Parts add up to the prediction, and what is shown of them adds up too. What moves between caches while micro-kernels
run counts with what they do not hide; where moving takes longer than all the rest, with the difference too.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from ..algorithms import ALGORITHMS, MAX_ERROR
from ..algorithms.numerics import Spectral, Transformed
from ..layer.spec import ConvSpec
from ..machine.isa import Objective
from ..machine.target import Target
from ..plan.plan import Plan
from ..plan.written import written
from . import glossary
from .apart import apart, verdict
from .bounds import bound_of
from .cost import Estimate, roofline
from .describe import (
    amount,
    bound_text,
    complexity,
    complexity_lines,
    describe,
    plan_lines,
    proof_of,
    range_text,
    sizes_lines,
)
from .memory import exposed
from .objective import SLOWER, choose
from .rank import estimate as full_estimate
from .rank import inexact, overflowing, rank
from .size import limit, sizes

OBJECTIVES = {"size": "size", "balanced": f"size within {SLOWER:.0%} of the fastest that sums directly"}
REJECTED = 8  # other kinds of plan that explain shows
REST = 0.05  # a share of a difference that is not worth a word
TIE = 5e-4  # a share of the cycles that nobody can measure
UNITS = ((1e9, 1e6, "Mcycles"), (1e6, 1e3, "kcycles"), (0.0, 1.0, "cycles"))  # from how many cycles on


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
        "conflict_cycles": round(estimate.conflicts),
        "late_cycles": round(estimate.late),
        "idle_cycles": round(estimate.idle),
        "traffic": [{"level": level, "bytes": round(moved), "cycles": round(cycles)}
                    for level, moved, cycles in estimate.traffic],
        "share_of_peak": round(share_of_peak(estimate), 4),
    }


class Table(NamedTuple):
    """For whoever draws it. least: the columns that say least, the first of them first. chosen: the row of the plan
    that is taken, if it is one of plans."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    least: tuple[str, ...] = ()
    chosen: int | None = None


def prediction(estimate: Estimate, hz: float | None = None) -> str:
    """The predicted cost in a line. hz: cycles a second of the machine, where it is here."""
    speed = f"{share_of_peak(estimate):.0%} of the FMA peak"
    numerics = ALGORITHMS[estimate.plan.algorithm].numerics(estimate.plan)
    if isinstance(numerics, Transformed | Spectral):  # fewer multiplications than the layer's definition has
        speed = f"as fast as direct sums at {speed}"
    time = f" ({milliseconds(estimate.cycles, hz)} ms at {hz / 1e9:.2g} GHz)" if hz else ""
    return f"predicted {amount(estimate.cycles)}cycles{time}, {speed}"


def milliseconds(cycles: float, hz: float) -> str:
    return f"{1e3 * cycles / hz:.3g}"


def explain(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
            max_error: float = MAX_ERROR, objective: Objective = "speed", measured: Plan | None = None,
            hz: float | None = None, how: str = "", max_code: int | None = None) -> list[str | Table]:
    """Text and tables: the plan that is taken as a loop nest with its predicted cost, why the best of the others lost,
    and what the words mean. measured: the plan that tuning chose. hz: as prediction takes it. how: who chose, in words
    behind the plan. max_code: as rank takes it."""
    ranked = rank(spec, target, algorithm, max_error, max_code)
    chosen = full_estimate(measured) if measured else choose(ranked, objective, max_code)
    objective = "speed" if measured else objective
    plan = chosen.plan
    lines = [*describe(spec), "", *complexity_lines(spec), "", f"plan {plan.label} for target {plan.target.name}{how}",
             *(f"  {line}" for line in plan_lines(plan))]
    blocks: list[str | Table] = ["\n".join(lines)]
    if plan.loops:  # else it is the reference: nothing was weighed
        if more := ALGORITHMS[plan.algorithm].explain(plan):
            blocks.append(f"  {more} (limit {max_error:g})")
        blocks += [f"  {line}" for line in left_out(spec, target, algorithm, max_error)]
        blocks += [f"  {line}" for line in _too_large(ranked[0], algorithm, max_error, max_code)]
        if plan.stages:
            blocks += ["", f"  {verdict(chosen, apart(plan, max_error, max_code))}"]
        blocks += ["", f"Why this one? It is {prediction(chosen, hz)}:", "", _cost(chosen), "", *roofs(chosen),
                   *_smaller(ranked[0], chosen, objective), "",
                   *_others(chosen, ranked, measured is not None, objective, hz)]
    blocks += ["", f"error, proven for any input: {bound_text(spec, bound_of(plan))}"]
    blocks += [f"magnitudes, proven too: {text}"] if (text := range_text(spec, bound_of(plan))) else []
    blocks += [f"sums, proven for any input: {text}"] if (text := proof_of(plan)) else []
    return [*blocks, "", *_words(blocks)]


def left_out(spec: ConvSpec, target: str | Target, algorithm: str | None, max_error: float) -> list[str]:
    """Which algorithms the limit of error leaves out, and which the range, a line each."""
    if algorithm:
        return []
    found = inexact(spec, target, max_error)
    lines = [f"{name} is left out: its expected error is {error:.3g} of sum |x||w| or more (limit {max_error:g})"
             for name, error in found.items()]
    return lines + [f"{family} is left out: it {reason}" for family, reason in overflowing(spec, target).items()
                    if family not in found]


def _too_large(first: Estimate, algorithm: str | None, max_error: float, max_code: int | None) -> Iterator[str]:
    """Which plan the limit of code leaves out, if that would be the first."""
    plan = first.plan
    fastest = rank(plan.spec, plan.target, algorithm, max_error, sys.maxsize)[0]
    if fastest.cycles < first.cycles:
        size, most = sizes(fastest.plan), limit(plan.target, max_code)
        excess = f"code, compiled for speed, may take {amount(size.fast)}B (limit {amount(most.code)}B)" \
            if size.fast > most.code else f"file may have {size.lines} lines (limit {most.lines:g})"
        yield (f"{fastest.plan.label} is left out: its {excess}; it would take"
               f" {1 - fastest.cycles / first.cycles:.1%} less time")


# --- the plan that is taken ---


class Part(NamedTuple):
    """Of a predicted cost: the cycles that it adds. moved: bytes, for a level of memory."""

    what: str
    cycles: float
    moved: float | None = None


def parts(estimate: Estimate) -> list[Part]:
    """What a prediction consists of; the cycles add up to it, unless it was pruned."""
    found = [Part("micro-kernels", estimate.compute)]
    beside = estimate.passes, estimate.epilogue, estimate.idle, estimate.conflicts, estimate.late
    rest = estimate.cycles - estimate.compute - math.fsum(beside)
    if estimate.plan.target.is_gpu:
        for level, moved, cycles in estimate.traffic:
            beyond = min(max(0.0, cycles - estimate.compute), rest)
            found += [Part(level, beyond, moved), Part("waiting", rest - beyond)]
    else:
        shown = [share * cycles for share, (_, _, cycles) in
                 zip(exposed(len(estimate.traffic)), estimate.traffic, strict=False)]
        longest = max(estimate.traffic, key=lambda level: level[2], default=None)
        found += [Part(level[0], cycles + (rest - sum(shown)) * (level is longest), level[1])
                  for level, cycles in zip(estimate.traffic, shown, strict=True)]
    passes = ALGORITHMS[estimate.plan.algorithm].passes(estimate.plan)
    return found + [Part(what, cycles) for what, cycles in (
        (passes, estimate.passes), ("scattered stores", estimate.epilogue), ("cache conflicts", estimate.conflicts),
        ("late lines", estimate.late), ("idle threads", estimate.idle)) if cycles]


def unit(cycles: float) -> tuple[float, str]:
    """The unit in which so many cycles have three to six digits, and what it is called."""
    return next((size, name) for least, size, name in UNITS if cycles >= least)


def apportioned(amounts: Sequence[float]) -> list[int]:
    """Whole numbers next to the amounts, whose sum is next to theirs: those with the largest rests are rounded up."""
    whole = [math.floor(amount) for amount in amounts]
    missing = round(math.fsum(amounts)) - sum(whole)
    for at in sorted(range(len(whole)), key=lambda at: whole[at] - amounts[at])[:missing]:
        whole[at] += 1
    return whole


def adding(estimate: Estimate) -> list[tuple[str, str]]:
    """Each part, with what moves in it, and what it adds; the last is the total, to which the others add up as shown.
    """
    found, (size, name) = parts(estimate), unit(estimate.cycles)
    adds = apportioned([part.cycles / size for part in found])
    named = [part.what if part.moved is None else f"{part.what}, {amount(part.moved)}B" for part in found]
    return [(what, f"{added:,} {name}") for what, added in zip([*named, "total"], [*adds, sum(adds)], strict=True)]


def _cost(estimate: Estimate) -> Table:
    """A row for each part: bytes moved, what it would take by itself, what it adds."""
    found, (size, name) = parts(estimate), unit(estimate.cycles)
    adds = apportioned([part.cycles / size for part in found])
    shares = apportioned([100 * part.cycles / max(estimate.cycles, 1.0) for part in found])
    alone = {level: cycles for level, _, cycles in estimate.traffic}
    rows = [(part.what, "" if part.moved is None else f"{amount(part.moved)}B",
             f"{alone.get(part.what, part.cycles) / size:,.0f}", f"{added:,}", f"{share}%")
            for part, added, share in zip(found, adds, shares, strict=True)]
    rows.append(("total", "", "", f"{sum(adds):,}", f"{sum(shares)}%"))
    return Table(("part", "moves", f"{name} by itself", "adds", "share"), rows, ("moves", f"{name} by itself"))


def _smaller(fastest: Estimate, winner: Estimate, objective: Objective) -> Iterator[str]:
    """What the winner takes, and what the fastest would."""
    own, other = sizes(winner.plan), sizes(fastest.plan)
    yield from sizes_lines(own, inside=False)
    if objective != "speed":
        longer = winner.cycles / fastest.cycles - 1
        takes, other_takes = (f"{amount(one.flash)}B and {amount(one.workspace)}B" for one in (own, other))
        yield (f"chosen for {OBJECTIVES[objective]}: {takes} of flash and workspace; the fastest,"
               f" {fastest.plan.label}, takes {other_takes}, and this one {longer:.1%} more time")




def roofs(estimate: Estimate) -> Iterator[str]:
    """The least time of direct sums whose arrays come from memory; and how a plan takes less, where one does."""
    plan = estimate.plan
    compute, memory = roofline(plan.spec, plan.target, _speed(plan))
    yield (f"roofline, of direct sums whose arrays come from memory: {amount(compute)}cycles at {peak_of(plan):.0f}"
           f" flops a cycle, {amount(memory)}cycles at {plan.target.memory_rate:g} bytes a cycle: bound by"
           f" {'compute' if compute >= memory else 'memory'}")
    if estimate.cycles < compute:
        yield "This plan takes less than the arithmetic of direct sums: it multiplies less often."
    if estimate.cycles < memory:
        yield "This plan takes less than memory: its arrays are still in a cache when it is called again."


def share_of_peak(estimate: Estimate) -> float:
    """Of the FMA peak, counting the operations of the layer's definition."""
    return 2 * estimate.plan.spec.macs / (max(estimate.cycles, 1.0) * peak_of(estimate.plan))


def peak_of(plan: Plan) -> float:
    """Floating-point operations a cycle of the instructions that a plan multiplies with."""
    return plan.target.peak * _speed(plan)


def _speed(plan: Plan) -> float:
    """How many times as fast these are as the target's FMAs."""
    visits = ALGORITHMS[plan.algorithm].visits(plan) if plan.loops else ()
    return max((visit.speed for visit in visits), default=1.0)


# --- the others ---


class Loser(NamedTuple):
    """The best of another kind of plan: its loops, how many times as long as the chosen one it is predicted to take,
    and what it loses by."""

    estimate: Estimate
    order: str
    ratio: float
    reason: str


def losers(chosen: Estimate, ranked: Sequence[Estimate], most: int = REJECTED, small: bool = False) -> Iterator[Loser]:
    """The best plan of each family and then of each other kind, in the order of what is
    predicted; no two look alike. Where tuning chose, or the plan is to be `small`, some may be before it."""
    kinds = dict[tuple[str, ...], list[Estimate]]()
    for one in ranked:
        kinds.setdefault(_kind(one.plan), []).append(one)
    kinds.pop(_kind(chosen.plan), None)
    families = dict[str, list[Estimate]]()
    for group in kinds.values():
        families.setdefault(group[0].plan.family, []).extend(group)
    leaders = [_leader(families[family]) for family in sorted(families)][:most]
    shown = {_kind(one.plan) for one in leaders}
    others = [group for kind, group in kinds.items() if kind not in shown][: most - len(leaders)]
    for one in sorted([*leaders, *map(_leader, others)], key=lambda one: one.cycles):
        yield Loser(one, order_of(one.plan), one.cycles / chosen.cycles, _reason(one, chosen, small))


def _leader(group: Sequence[Estimate]) -> Estimate:
    """The best of some. Pruned ones take no less than is known of them."""
    best: Estimate | None = None
    for one in sorted(group, key=lambda one: one.cycles):
        if best is not None and one.cycles >= best.cycles:
            break
        found = full_estimate(one.plan) if one.pruned else one
        best = found if best is None or found.cycles < best.cycles else best
    assert best is not None
    return best


def pruned(ranked: Sequence[Estimate]) -> int:
    """Plans of which only that is known, that they take longer than the best."""
    return sum(one.pruned for one in ranked)


def _others(chosen: Estimate, ranked: Sequence[Estimate], measured: bool, objective: Objective,
            hz: float | None) -> Iterator[str | Table]:
    """How many there are; then the chosen one and the best of each other kind, with what it loses by."""
    out = pruned(ranked)
    said = f" For {out} of them the micro-kernels alone, or with a cache, take longer than all of the best one."
    aside = said if out else ""
    why = "was measured to be the best, and is taken, whatever is predicted" if measured else \
        "is the one that is predicted to take the least time" if objective == "speed" else \
        f"was chosen for {OBJECTIVES[objective]}"
    yield f"{len(ranked)} plans can compute this layer.{aside} The plan with * {why}."
    yield ""
    size, name = unit(chosen.cycles)
    shown = [Loser(chosen, order_of(chosen.plan), 1.0, "chosen"), *losers(chosen, ranked, small=objective != "speed")]
    shown.sort(key=lambda one: one.ratio)  # stable: the chosen one before its equals
    rows = []
    for one in shown:
        plan, cycles = one.estimate.plan, one.estimate.cycles
        time = (milliseconds(cycles, hz),) if hz else ()
        more = "-" if one.estimate is chosen else f"{one.ratio - 1:+.1%}"
        rows.append((plan.label + "*" * (one.estimate is chosen), _reading(plan), one.order,
                     f"{cycles / size:,.0f}", *time, more, one.reason))
    ms = ("ms",) if hz else ()
    yield Table(("plan", "reads", "loops", name, *ms, "slower", "loses by"), rows, (name, *ms),
                next(at for at, one in enumerate(shown) if one.estimate is chosen))


def _kind(plan: Plan) -> tuple[str, ...]:
    """What a row of the table shows."""
    return plan.label, _reading(plan), order_of(plan)


def order_of(plan: Plan) -> str:
    """The loops around the tile, from the outside in: ``oc oh ow kh kw ic``."""
    return " ".join(loop.dim for loop, trips in ALGORITHMS[plan.algorithm].nest(plan) if trips > 1)


def _reading(plan: Plan) -> str:
    return ALGORITHMS[plan.algorithm].reading(plan).word


def _reason(estimate: Estimate, chosen: Estimate, small: bool) -> str:
    """The part of the cost that grew most over the chosen one's."""
    if estimate.cycles < chosen.cycles * (1 - TIE):
        return "predicted to be faster, but larger" if small else \
            "predicted to be faster, but measured to be slower, or not measured"
    if estimate.cycles < chosen.cycles * (1 + TIE):
        return "nothing: a tie, and the first one is taken"
    before = {part.what: part for part in parts(chosen)}
    grown = max(parts(estimate), key=lambda part: part.cycles - before.get(part.what, Part("", 0.0)).cycles)
    old = before.get(grown.what, Part("", 0.0))
    moved = f" ({amount(grown.moved)}B moved, not {amount(old.moved)}B)" \
        if grown.moved and old.moved is not None and grown.moved > old.moved else ""
    more, lost = grown.cycles - old.cycles, estimate.cycles - chosen.cycles
    rest = f", {amount(more - lost)}cycles less elsewhere" if more > (1 + REST) * lost else \
        f", {amount(lost - more)}cycles elsewhere" if lost > (1 + REST) * more else ""
    return f"{grown.what}: {amount(more)}cycles more{moved}{rest}"


# --- the words ---


def _words(blocks: Sequence[str | Table]) -> Iterator[str | Table]:
    """The glossary's entries of what the blocks say."""
    text = "\n".join(block if isinstance(block, str) else "\n".join(" ".join(row) for row in (block.head, *block.rows))
                     for block in blocks)
    yield "words used:"
    yield Table(("word", "means"), [(one.word, one.meaning) for one in glossary.used(text)])
