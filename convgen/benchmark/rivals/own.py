"""convgen's own kernel, measured as the others are."""

from __future__ import annotations

from ...plan.kernel import Kernel
from ...run.build import load
from ...verification import checks
from ...verification.timed import place, timed
from ...version import __version__
from .problem import Setup


def version() -> str:
    return __version__


def setup(kernel: Kernel, where: str, arrays: checks.Arrays, threads: int | None) -> Setup:
    """The kernel as built, `where` of run.build.built. threads: None for a device."""
    own = timed(load(kernel, where), place(kernel.spec, arrays))
    return Setup(kernel.plan.label, lambda calls: own.seconds(threads, calls), lambda: own.output)
