"""The algorithms, one module each. An algorithm offers

    NAME, TEMPLATE
    plans(spec, target)   every legal plan; none when the algorithm does not apply
    check(plan)           why a plan is illegal, or None
    roundings(plan)       the longest chain of roundings behind one output
    expected_error(plan)  what its transforms, or operands that it rounds, may be expected to add to the error of
                          an output on random data, relative to sum |x||w| of that output; 0 for plain sums
    amplification(plan)   how many times Σ|x||w| what is rounded can be
    packed_floats(plan)
    workspace_floats(plan)  (shared by all threads, for each thread)
    view(plan)            the template's context
    nest(plan)            its loops with their trip counts
    tasks(plan)           what threads can share
    visits(plan), work(plan)   what it makes a machine do (see work.py)

Imports: errors, layer, machine, plan.
"""

from __future__ import annotations

import math
from typing import Any

from ..errors import InputError
from ..plan.plan import Plan
from . import reference
from .forms import Forms
from .matmul import implicit, tensor
from .tiled import depthwise, direct, dot, grouped
from .winograd import gpu as winograd_gpu
from .winograd import winograd

ALGORITHMS: dict[str, Any] = {  # one interface, by a module or by an object
    algorithm.NAME: algorithm
    for algorithm in (direct.ALGORITHM, dot.ALGORITHM, depthwise.ALGORITHM, grouped.ALGORITHM,
                      Forms(winograd, winograd_gpu), implicit, tensor, reference)
}


def form(plan: Plan) -> Any:
    """The algorithm of a plan, in the form that its loops ask for."""
    algorithm = ALGORITHMS[plan.algorithm]
    return algorithm.of(plan) if isinstance(algorithm, Forms) else algorithm


MAX_ERROR = 1e-6  # the limit of expected_error, unless told: admits F(4x4, 3x3), 1.0e-6, not F(6x6, 3x3), 4.4e-6


def check_max_error(value: float) -> None:
    """InputError for what is no limit of expected_error."""
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise InputError(f"max_error must be a finite number, at least 0 (max_error={value!r:.60})")
