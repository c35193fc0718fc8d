"""What people call: a spec in, a kernel out. Here the planner, the records and the printer meet."""

from __future__ import annotations

from .algorithms import MAX_ERROR
from .emit import render as printer
from .layer.spec import ConvSpec
from .machine.find import find
from .machine.target import Target
from .plan import kernel
from .plan.plan import Plan
from .planner.objective import choose, objective_for
from .planner.rank import rank
from .run import build
from .run.build import AnyConv
from .tuning.records import choice


class Kernel(kernel.Kernel, frozen=True, kw_only=True):
    __doc__ = kernel.Kernel.__doc__

    def compile(self, cc: str | None = None, opt: str = "O3", device: str | None = None) -> AnyConv:
        """Build and load: by a C compiler, or on an OpenCL device, the target's unless another is named.
        MissingToolError when there is none."""
        return build.compile(self, cc, opt, device)

    def load(self, where: str) -> AnyConv:
        """A kernel that was compiled before, at conv.where."""
        return build.load(self, where)


def render(plan: Plan, name: str | None = None, origin: str = "", optimize: str = "") -> Kernel:
    """Print a plan. The same plan (and name, origin and objective) gives the same bytes. InputError when the plan is
    illegal."""
    made = printer.render(plan, name, origin, optimize)
    return Kernel(**{field: getattr(made, field) for field in made.__struct_fields__})


def generate(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
             name: str | None = None, *, max_error: float = MAX_ERROR, records: bool = True,
             threads: int = 1, optimize: str | None = None) -> Kernel:
    """Plan one layer for a target and print its source.

    algorithm: one of algorithms.ALGORITHMS, or None for the best of all. name: the prefix of
    every symbol, or None for one that says the layer. max_error: the largest error that transforms and rounded
    operands may be expected to add to an output on random data, relative to its sum of |x||w|; 0 admits plain sums
    only. records: take the plan that tuning found to be the fastest, if it has measured the layer, preferably with
    this number of threads; else the cost model chooses. optimize: "speed", "size" (of code, packed weights and
    workspace), or "balanced", the smallest within 10 % of the fastest; None for what suits the target.
    """
    target = find(target)
    objective = objective_for(target, optimize)
    trusted = records and optimize in (None, "speed")
    measured = choice(spec, target, algorithm, threads, max_error) if trusted else None
    if measured:
        return render(measured.plan, name, measured.origin)
    chosen = choose(rank(spec, target, algorithm, max_error), objective)
    return render(chosen.plan, name, optimize="" if objective == target.row.objective else objective)
