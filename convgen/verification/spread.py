"""How far from its bound a kernel stays: the errors of all its outputs, as shares of what is allowed, counted.

The bound is for the worst that roundings can do together; on random data they cancel, so most errors are
a small part of it, and decades are what tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from .. import isolate
from ..plan.kernel import Kernel
from ..run.build import load
from . import checks, gradients

LEAST = -6  # the decade of the first class; smaller errors are counted there too
CLASSES = 4  # a decade
TIMEOUT = 120.0  # seconds


class Spread(msgspec.Struct, frozen=True):
    """Of the outputs on one kind of data. counts: of errors in classes of a quarter of a decade from 10^LEAST to 1;
    exact: outputs without error; beyond: with more than is allowed. median, most: shares."""

    data: str
    outputs: int
    exact: int
    counts: tuple[int, ...]
    beyond: int
    median: float
    most: float


def measure(kernel: Kernel, where: str, seed: int = 0) -> list[Spread]:
    """Run a built kernel on random reals, in a process of its own. CrashError when that dies or hangs."""
    payload = {"kernel": msgspec.to_builtins(kernel), "where": where, "seed": seed}
    answer = isolate.call("convgen.verification.spread:run", payload, TIMEOUT)
    return msgspec.convert(answer, list[Spread])


def run(payload: dict[str, Any]) -> object:
    """What `measure` runs in the other process: {kernel, where, seed} -> spreads."""
    conv = load(msgspec.convert(payload["kernel"], Kernel), payload["where"])
    rng = np.random.default_rng(payload["seed"])
    if conv.kernel.spec.op != "backward-weights":
        return msgspec.to_builtins([spread(what, *_together(checks.compared(what, conv, arrays)))
                                    for what, arrays in checks.reals(conv, rng)])
    found = [one for one in gradients.compared(conv, rng) if not one[0].endswith("bias")]
    return msgspec.to_builtins([spread(*one) for one in found])


def _together(parts: Iterable[checks.Compared]) -> list[NDArray[Any]]:
    """Results, what they should be, and what is allowed, of all parts of a layer."""
    return [np.concatenate([array.ravel() for array in every])
            for every in zip(*(part[1:] for part in parts), strict=True)]


def spread(data: str, got: NDArray[Any], want: NDArray[np.float64], allowed: NDArray[np.float64]) -> Spread:
    """Count the errors of results."""
    error = np.abs(got - want)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(error == 0, 0.0, error / allowed).ravel()
    shares = np.where(np.isnan(shares), np.inf, shares)
    inside = shares[(shares > 0) & (shares <= 1)]
    classes = np.ceil((np.log10(inside) - LEAST) * CLASSES).astype(np.int64) - 1  # (a, b] of each
    counts = np.bincount(classes.clip(0), minlength=-LEAST * CLASSES)
    return Spread(data, shares.size, int(np.count_nonzero(shares == 0)), tuple(int(count) for count in counts),
                  int(np.count_nonzero(shares > 1)), float(np.median(shares)), float(shares.max()))
