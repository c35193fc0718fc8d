"""Pooling, the last layer of a chain: of each window of each channel the largest number, or the average.

    y[n, p, c] = max over k, or Σ over k divided by their count, of x[n, p·s + k − pad, c] that there are

A vector is channels of one pixel; those of integers are plain C, whose loops over channels compilers make vectors of.
Averages of integers are rounded as TensorFlow Lite does, to the nearest, ties away from 0, zero points and all. It is
an algorithm for the chain alone, which prints it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from ...errors import UnsupportedError
from ...layer.element import F32
from ...layer.spec import ConvSpec
from ...machine.isa import Isa
from ...machine.noted import Rows
from ...machine.target import Target
from ...plan.choices import Choices
from ...plan.plan import Loop, Plan
from ...plan.program import Program
from ...plan.work import Access, Footprint, Visits, Work
from ..numerics import Direct
from ..reading import Reading

NAME = "pooling"
AUTOMATIC = False
APPROXIMATE = False
CHOICES = Choices

SIDE = 4  # vectors of a pixel that a CPU works on side by side


class Kind(NamedTuple):
    """said: of an output, in words. first: whether sums begin with the first number of the window, or with 0.
    operation: of a row, that joins two. divides: whether the number of a window's numbers divides the result."""

    said: str
    first: bool
    operation: str
    divides: bool

    def joined(self, row: Isa, a: str, b: str) -> str:
        return row.expression(self.operation, a=a, b=b)


KINDS = {"max-pool": Kind("the largest", True, "max", False), "average-pool": Kind("the average", False, "add", True)}


def unfit(spec: ConvSpec, target: Target) -> str | None:
    """Why there is no plan, or None."""
    if not spec.pooled:
        return f"{NAME} needs a layer that pools (op={spec.operation})"
    if spec.arithmetic.exact and spec.kh * spec.kw << 8 * spec.arithmetic.input.bytes >= 2**31:
        return f"{NAME} must have sums in 32 bits (kh={spec.kh}, kw={spec.kw}, dtype={spec.dtype})"
    if not spec.arithmetic.exact and target.row.sums is not F32:
        return f"{NAME} must be of integers, or in f32 (dtype={spec.dtype}, isa={target.isa})"
    if any(axis.d > 1 for axis in spec.axes):
        return f"{NAME} must be without dilation (dh={spec.dh}, dw={spec.dw})"
    return None


def plans(spec: ConvSpec, target: Target) -> Iterator[Plan]:
    """The only one."""
    if unfit(spec, target) is None:
        yield Plan(spec=spec, target=target, algorithm=NAME, loops=(Loop("oh", 1),), lanes="oc", choices=Choices())


def check(plan: Plan) -> str | None:
    """Why a plan is illegal, or None."""
    return unfit(plan.spec, plan.target) or (None if plan in plans(plan.spec, plan.target) else
                                             f"{NAME} has one plan for a layer")


def decisions(plan: Plan) -> dict[str, object]:
    return {}


def numerics(plan: Plan) -> Direct:
    """Additions, and the division by their count; none where the largest is taken."""
    return Direct(roundings=plan.spec.terms if KINDS[plan.spec.operation].divides else 0)


def program(plan: Plan, rows: Rows) -> Program:
    """UnsupportedError: there is none for it alone."""
    raise UnsupportedError(f"{NAME} must be the last layer of a chain (op={plan.spec.operation})")


def nest(plan: Plan) -> list[tuple[Loop, int]]:
    return [(loop, plan.spec.oh) for loop in plan.loops]


def tasks(plan: Plan) -> int:
    return 1


def visits(plan: Plan) -> tuple[Visits, ...]:
    """A vector of a pixel by some others."""
    spec, lanes = plan.spec, plan.target.row.lanes
    many = spec.n * spec.oh * spec.ow * -(-spec.oc // (SIDE * lanes))
    return (Visits(many, 1, min(SIDE, -(-spec.oc // lanes)), spec.kh * spec.kw, spec.kh, SIDE, 0),)


def work(plan: Plan) -> Work:
    """Rows of outputs, of which each reads some of the input."""
    spec = plan.spec

    def rows(name: str, all_of: tuple[int, ...], share: float, weight: int = 1) -> Access:
        whole = math.prod(all_of) * spec.itemsize
        return Access(name, lambda depth: Footprint(max(1, round(whole * share)) if depth else whole, ()),
                      lambda depth: True, weight)

    return Work(visits=visits(plan), trips=(spec.n * spec.oh,), passes=(), epilogue=0.0, arrays=(
        rows("input", spec.input_shape, spec.kh / spec.ih / spec.n),
        rows("output", spec.output_shape, 1 / spec.oh / spec.n, 2)))


def registers(plan: Plan) -> int:
    return 2


def tile(plan: Plan) -> str:
    return f"{KINDS[plan.spec.operation].said} of windows, {plan.target.row.lanes} channels at a time"


def reading(plan: Plan) -> Reading:
    return Reading("input", "the input as it is")


def passes(plan: Plan) -> str:
    return ""


def explain(plan: Plan) -> str:
    return ""
