"""The algorithms, one module each. An algorithm offers

    NAME, TEMPLATE
    plans(spec, target)   every legal plan; none when the algorithm does not apply
    check(plan)           why a plan is illegal, or None
    roundings(plan)       the longest chain of roundings behind one output
    packed_floats(plan)
    workspace_floats(plan)  (shared by all threads, for each thread)
    view(plan)            the template's context
    nest(plan)            its loops with their trip counts
    visits(plan), work(plan)   what it makes a machine do (see work.py)
"""

from __future__ import annotations

from typing import Any

from . import depthwise, direct, dot, grouped, reference

ALGORITHMS: dict[str, Any] = {  # one interface, by a module or by an object
    algorithm.NAME: algorithm
    for algorithm in (direct.ALGORITHM, dot.ALGORITHM, depthwise.ALGORITHM, grouped.ALGORITHM, reference)
}
