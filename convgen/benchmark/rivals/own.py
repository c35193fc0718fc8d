"""convgen's own kernel, measured as the others are."""

from __future__ import annotations

from ... import __version__
from ...emit.render import Kernel
from ...verification import checks
from .layer import Setup, aligned


def version() -> str:
    return __version__


def setup(kernel: Kernel, where: str, arrays: checks.Arrays, threads: int | None) -> Setup:
    """The kernel as built for `where`, see opencl.built. threads: None for a device."""
    conv, spec = kernel.load(where), kernel.spec
    checks.pack(conv, arrays)
    there = checks.aligned(arrays)
    x, residual = there["input"], there.get("residual")
    y = aligned(spec.output_shape, dtype=spec.arithmetic.output.dtype)
    return Setup(
        kernel.plan.label, lambda calls: conv.time(x, residual, y, threads=threads, calls=calls), lambda: y
    )
