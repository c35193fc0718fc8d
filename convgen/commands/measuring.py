"""What bench does with layers, one by one or all: measure their kernels, and those of ours that rivals are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from ..benchmark import rivals, timing
from ..benchmark.contest import Arena, Figure, Match, Race
from ..benchmark.timing import Timing, gflops
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.kernel import Kernel
from .request import Layers, Request


class Asked(NamedTuple):
    """What bench is asked to do. names: of rivals. same: whether they are held to the instructions of the target."""

    request: Request
    target: Target
    names: Sequence[str]
    same: bool
    threads: int
    repeats: int

    @property
    def granted(self) -> int | None:
        """Threads; None for an OpenCL device, which uses all that it has."""
        return self.threads if self.target.device is None else None

    def arena(self) -> Arena:
        return Arena(self.names, self.granted, self.repeats, self.target if self.same else None)

    def companions(self, kernels: Sequence[Kernel]) -> Companions:
        """The kernels of ours that rivals are."""
        apart = any(rivals.RIVALS[name].apart for name in self.names)
        return Companions(self._in_f32(kernels), self._apart(kernels) if apart else {})

    def measure(self, kernel: Kernel, arena: Arena, companions: Companions) -> tuple[Timing, Match | None]:
        """A kernel's times, and those of the rivals where there are any. CrashError, VerificationError."""
        if not self.names:
            return timing.measure(kernel, self.granted, self.repeats), None
        match = arena.compare(kernel, companions.in_f32.get(kernel.spec, {}), companions.apart.get(kernel.spec, ()))
        return match.own.timing, match

    def _in_f32(self, kernels: Sequence[Kernel]) -> dict[ConvSpec, dict[str, Kernel]]:
        """The same layers in f32, for layers of other types, by the names of the rivals that they are."""
        others = {kernel.spec: rivals.in_f32(kernel.spec) for kernel in kernels}
        others = {spec: other for spec, other in others.items() if other != spec}
        found: dict[ConvSpec, dict[str, Kernel]] = {spec: {} for spec in others}
        for name in self.names:
            error = rivals.RIVALS[name].max_error
            if error is not None and others:
                asked = self.request._replace(algorithm=None, max_error=error, locked=False)
                layers: Layers = dict.fromkeys(others.values(), ())
                made = dict(zip(layers, asked.kernels(layers), strict=True))
                for spec, other in others.items():
                    found[spec][name] = made[other]
        return found

    def _apart(self, kernels: Sequence[Kernel]) -> dict[ConvSpec, Sequence[Kernel]]:
        """The layers of chains, each in a kernel of its own."""
        chains = [kernel.spec for kernel in kernels if kernel.spec.chained]
        layers: Layers = dict.fromkeys((layer for spec in chains for layer in spec.parts), ())
        made = dict(zip(layers, self.request._replace(algorithm=None).kernels(layers),
                        strict=True))
        return {spec: [made[layer] for layer in spec.parts] for spec in chains}


class Companions(NamedTuple):
    """Of a layer, the kernels in f32 by the names of the rivals that they are; of a chain, those of its layers."""

    in_f32: Mapping[ConvSpec, Mapping[str, Kernel]]
    apart: Mapping[ConvSpec, Sequence[Kernel]]


def entry(race: Race, spec: ConvSpec) -> dict[str, object]:
    """What a comparison adds to a layer in a document."""

    def figure(one: Figure) -> dict[str, object]:
        told: dict[str, object] = msgspec.to_builtins(one)
        return told | {"min_s": one.least, "median_s": one.median, "gflops": gflops(spec, one.least)}

    return {
        "layout": spec.layout, "own": figure(race.own),
        "rivals": [figure(one) for one in race.rivals], "left_out": msgspec.to_builtins(race.absent),
        "best": race.best.name if race.best else None,
        "ratio": race.ratio, "median_ratio": race.median_ratio,
    }  # fmt: skip
