"""convgen's own kernel or network, measured as the others are."""

from __future__ import annotations

from collections.abc import Sequence

from ...plan.kernel import Kernel
from ...run.build import load
from ...run.networks import Saved, opened
from ...verification import checks
from ...verification.timed import place, timed
from ...version import __version__
from .problem import Array, Setup, joined


def version() -> str:
    return __version__


def setup(kernel: Kernel, where: str, arrays: checks.Arrays, threads: int | None) -> Setup:
    """The kernel as built, `where` of run.build.built. threads: None for a device."""
    own = timed(load(kernel, where), place(kernel.spec, arrays))
    return Setup(kernel.plan.label, lambda calls: own.seconds(threads, calls), lambda: own.output)


def network(saved: Saved, given: Sequence[Array]) -> Setup:
    """A whole network, on its inputs in order."""
    net = opened(saved)

    def output() -> Array:
        made = net(*given)
        return joined(made if isinstance(made, tuple) else (made,))

    return Setup(f"{len(net.steps)} steps", lambda calls: net.time(calls, *given), output)
