"""convgen's own kernel, measured as the others are."""

from __future__ import annotations

from ...plan.kernel import Kernel
from ...run.build import load
from ...verification import checks
from ...version import __version__
from .problem import Setup


def version() -> str:
    return __version__


def setup(kernel: Kernel, where: str, arrays: checks.Arrays, threads: int | None) -> Setup:
    """The kernel as built, `where` of run.build.built. threads: None for a device."""
    conv, spec = load(kernel, where), kernel.spec
    checks.pack(conv, arrays)
    there, y = checks.aligned(spec, arrays)
    x, residual = there["input"], there.get("residual")
    return Setup(
        kernel.plan.label, lambda calls: conv.time(x, residual, y, threads=threads, calls=calls), lambda: y
    )
