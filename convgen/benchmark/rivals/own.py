"""convgen's own kernel or network, measured as the others are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...layer.spec import ConvSpec
from ...plan.kernel import Kernel
from ...run import native
from ...run.build import AnyConv, load
from ...run.networks import Saved, opened
from ...verification import compare
from ...verification.joined import apart
from ...verification.timed import place, timed
from ...version import __version__
from .problem import Array, Setup, clock, joined, need


def version() -> str:
    return __version__


def setup(kernel: Kernel, where: str, arrays: compare.Arrays, threads: int | None) -> Setup:
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


def in_turn(chain: ConvSpec, kernels: Sequence[AnyConv], arrays: compare.Arrays, threads: int | None) -> Setup:
    """The kernels of a chain's layers, one after the other: each reads what the one before has written."""
    runs: list[Callable[[], None]] = []
    there = place(chain, arrays)
    given = there["input"]
    for layer, conv, packed in zip(chain.parts, kernels, apart(chain, arrays), strict=True):
        need(isinstance(conv, native.Conv), "kernels apart under a runner")
        assert isinstance(conv, native.Conv)
        there = place(layer, {**packed, "input": np.zeros(layer.input_shape)})
        compare.pack(conv, there)
        runs.append(conv.ready(given, there.get("residual"), there["output"], threads or 1))
        given = there["output"]

    def run() -> None:
        for one in runs:
            one()

    return Setup(", ".join(conv.kernel.plan.label for conv in kernels), clock(run), lambda: given)
