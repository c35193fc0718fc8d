"""convgen's own kernel, measured as the others are."""

from __future__ import annotations

from ... import __version__
from ...plan.kernel import Kernel
from ...run.build import load
from ...verification.checks import Arrays
from .problem import Setup, aligned


def version() -> str:
    return __version__


def setup(kernel: Kernel, where: str, arrays: Arrays, threads: int | None) -> Setup:
    """The kernel as built, `where` of run.build.built. threads: None for a device."""
    conv = load(kernel, where)
    conv.pack(arrays.w, arrays.b)
    spec = kernel.spec
    x = aligned(arrays.x.shape, arrays.x, arrays.x.dtype)
    y = aligned(spec.output_shape, dtype=spec.arithmetic.output.dtype)
    r = None if arrays.r is None else aligned(arrays.r.shape, arrays.r, arrays.r.dtype)
    return Setup(
        kernel.plan.label, lambda calls: conv.time(x, r, y, threads=threads, calls=calls), lambda: y
    )
