"""SciPy: kernels of one channel each by Fourier transforms, in blocks (oaconvolve) or of all at once (fftconvolve).

Both transform the weights in every call: they have no way to be given their spectrum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy
from scipy import fft, signal

from .problem import F32, Problem, Setup, aligned, clock, need

WAYS = ("oaconvolve", "fftconvolve")


def version() -> str:
    return str(scipy.__version__)


def setups(problem: Problem, threads: int) -> Iterator[Setup]:
    spec = problem.spec
    need(not spec.channels_last, "channels last")
    need(spec.icg == spec.ocg == 1, "sums over channels")
    need(all(axis.s == axis.d == 1 for axis in problem.axes), "strides or dilations")
    need(all(max(axis.before, axis.after) < axis.k for axis in problem.axes), "padding of a kernel's length or more")
    need(spec.act.name == "none", f"activation {spec.act.name}")
    for name in WAYS:
        yield _setup(name, problem, threads)


def _setup(name: str, problem: Problem, threads: int) -> Setup:
    convolve: Callable[..., F32] = getattr(signal, name)
    axes = tuple(range(2, problem.x.ndim))
    taps = np.flip(np.moveaxis(problem.w, 1, 0), axes)  # [1, channels, …], of a convolution
    padded = any(axis.before or axis.after for axis in problem.axes)
    starts = [axis.k - 1 - axis.before for axis in problem.axes]  # of the layer's outputs among those of all shifts
    inside: tuple[Any, ...] = tuple(slice(start, start + axis.o)
                                    for start, axis in zip(starts, problem.axes, strict=True))
    y = aligned(problem.output_shape)
    bias = 0.0 if problem.b is None else problem.b.reshape(-1, *[1] * len(axes))

    def call() -> None:
        with fft.set_workers(threads):
            found = convolve(problem.x, taps, mode="full" if padded else "valid", axes=axes)
        np.add(found[(..., *inside)] if padded else found, bias, out=y)

    return Setup(name, clock(call), lambda: y)
