"""A chain beside its layers, each in a kernel of its own: what is predicted of both."""

from __future__ import annotations

from ..algorithms import MAX_ERROR
from ..algorithms.chain import pooling
from ..errors import UnsupportedError
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.plan import Plan
from . import cost
from .cost import Estimate
from .describe import amount
from .rank import rank

HOPE = 1.05  # times as long as apart that a chain may take to be of use: a longer one may take less


def apart(plan: Plan, max_error: float = MAX_ERROR, max_code: int | None = None) -> list[Estimate]:
    """The best plans of a chain's layers, each in a kernel of its own, for the same machine."""
    return [pooled(layer, plan.target) if layer.pooled else rank(layer, plan.target, None, max_error, max_code)[0]
            for layer in plan.spec.parts]


def pooled(layer: ConvSpec, target: Target) -> Estimate:
    """Of a pooling by itself, which a network has as a step; no kernel is printed of it. UnsupportedError where it has
    no plan."""
    if reason := pooling.unfit(layer, target):
        raise UnsupportedError(reason)
    return cost.estimate(next(pooling.plans(layer, target)))


def least(chain: ConvSpec, target: Target) -> float:
    """Cycles that no plan of a chain takes less than: its layers sum directly."""
    sums = sum(2 * layer.macs for layer in chain.parts if not layer.pooled)
    return sums / max(machine.peak for machine in target.summing(chain.arithmetic) if machine.row.matrix is None)


def verdict(chain: Estimate, layers: list[Estimate]) -> str:
    """Which of the two is predicted to be faster, in a line."""
    cycles = sum(one.cycles for one in layers)
    told = (f"{amount(chain.cycles)}cycles in one kernel, {amount(cycles)}cycles apart"
            f" ({', '.join(one.plan.label for one in layers)})")
    if cycles < chain.cycles:
        return f"apart is faster: the chain is predicted to take {chain.cycles / cycles - 1:.0%} longer, {told}"
    return f"faster than apart, by what is predicted, {cycles / chain.cycles:.2f} times: {told}"
