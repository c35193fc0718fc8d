"""What people call: a spec in, a kernel out. Here the planner, what tuning found and the printer meet."""

from __future__ import annotations

import os
from pathlib import Path

from .algorithms import MAX_ERROR
from .emit import render as printer
from .layer.spec import ConvSpec
from .machine.find import find
from .machine.target import Target
from .plan import kernel
from .plan.kernel import Chooser
from .plan.plan import Plan
from .run import build
from .run.build import AnyConv
from .tuning.choose import Tuned, choose
from .tuning.lock import Lock, open_lock


class Kernel(kernel.Kernel, frozen=True, kw_only=True):
    __doc__ = kernel.Kernel.__doc__

    def compile(self, cc: str | None = None, opt: str = "O3", device: str | None = None) -> AnyConv:
        """Build and load: by a C compiler, or on an OpenCL device, the target's unless another is named.
        MissingToolError when there is none."""
        return build.compile(self, cc, opt, device)

    def load(self, where: str) -> AnyConv:
        """A kernel that was compiled before, at conv.where."""
        return build.load(self, where)


def render(plan: Plan, name: str | None = None, origin: str = "", optimize: str = "",
           chosen_by: Chooser = "") -> Kernel:
    """Print a plan. The same plan (and name, origin and objective) gives the same bytes. InputError when the plan is
    illegal."""
    made = printer.render(plan, name, origin, optimize)
    fields = {field: getattr(made, field) for field in made.__struct_fields__}
    return Kernel(**{**fields, "chosen_by": chosen_by})


def generate(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
             name: str | None = None, *, max_error: float = MAX_ERROR, records: bool = True,
             lock: Lock | str | os.PathLike[str] | None = None, locked: bool = False, threads: int = 1,
             optimize: str | None = None) -> Kernel:
    """Plan one layer for a target and print its source.

    algorithm: one of algorithms.ALGORITHMS, or None for the best of all. name: the prefix of
    every symbol, or None for one that says layer and plan. max_error: the largest error that transforms and rounded
    operands may be expected to add to an output on random data, relative to its sum of |x||w|; 0 admits plain sums
    only. lock: a file of plans that tuning found, which come first. records: take the plan that was measured to be the
    fastest on this machine, for a target that means this machine. Both: preferably with this number of threads. Else
    the cost model chooses; locked: UnlockedError instead, unless the lock holds the layer. optimize: "speed", "size"
    (of code, packed weights and workspace), or "balanced", the smallest within 10 % of the fastest, which the cost
    model alone can tell; None for what suits the target.
    """
    held = lock if lock is None or isinstance(lock, Lock) else open_lock(Path(lock))
    plan, by, origin, aim = choose(spec, find(target), algorithm, Tuned(held, records, locked), threads, max_error,
                                   optimize)
    return render(plan, name, origin, aim, by)
