"""Which outputs read which inputs, by the definition of a layer alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..layer.spec import Axis, ConvSpec
from . import oracle, sampled
from .compare import Arrays, Doubles


def readers(spec: ConvSpec, place: tuple[int, ...]) -> list[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Which outputs [n, oc, …] read input [n, c, d, h, w], each with its tap [oc, ic/g, kd, …].

    Along an axis, output o reads input i through tap k when o·s − pad + k·d = i; of a transposed layer, when
    i·s − pad + k·d = o.
    """
    n, c, *point = place

    def along(axis: Axis, i: int) -> list[tuple[int, int]]:
        if spec.transposed:
            added = ((i * axis.s - axis.before + k * axis.d, k) for k in range(axis.k))
            return [(o, k) for o, k in added if 0 <= o < axis.o]
        met = (divmod(i + axis.before - k * axis.d, axis.s) for k in range(axis.k))
        return [(o, k) for k, (o, odd) in enumerate(met) if not odd and 0 <= o < axis.o]

    group, channel = divmod(c, spec.icg)
    outputs = slice(group * spec.ocg, (group + 1) * spec.ocg)
    met = itertools.product(*(along(axis, i) for axis, i in zip(spec.axes, point, strict=True)))
    split = (zip(*pairs, strict=True) for pairs in met)
    return [((n, outputs, *o), (outputs, channel, *k)) for o, k in split]


def points(parts: Sequence[sampled.Part], rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Up to five different inputs [n, c, d, h, w] of a layer that parts of it read: three at random, the first corner
    of the first part, the last of the last."""
    def of(part: sampled.Part, at: Iterable[int]) -> tuple[int, ...]:
        return tuple(first + one for first, one in zip(part.first, at, strict=True))

    chosen = [parts[int(rng.integers(len(parts)))] for _ in range(3)]
    random = [of(part, (int(rng.integers(extent)) for extent in part.extents)) for part in chosen]
    return list(dict.fromkeys([*random, parts[0].first, of(parts[-1], (extent - 1 for extent in parts[-1].extents))]))


def sums_of(part: sampled.Part, places: Iterable[tuple[int, ...]], taps: NDArray[Any], step: int = 1) -> NDArray[Any]:
    """The sums of a part's outputs where the layer's input is `step` at some places [n, c, d, h, w], else 0. taps: as
    cross_weights has them."""
    v = np.zeros(part.spec.output_shape, taps.dtype)
    sums = oracle.channels_first(part.spec, v)
    for place in places:
        if (here := part.counted(place)) is not None:
            for output, tap in readers(part.spec, here):
                sums[output] += step * taps[tap]
    return v


def reading(spec: ConvSpec, place: tuple[int, ...], value: float, taps: Doubles) -> tuple[sampled.Part, Doubles]:
    """A box of outputs, of all channels, with all that read input [n, c, d, h, w]; and the part in their sums of such
    a value there, 0 where it is not read."""
    met = readers(spec, place)
    n, _, *points = zip(*(output for output, _ in met), strict=True) if met else ((0,),) * 5
    low = dict(zip("ndhw", map(min, (n, *points)), strict=True))
    high = dict(zip("ndhw", map(max, (n, *points)), strict=True))
    near = sampled.Part(spec, None, tuple(slice(low[axis], high[axis] + 1) if axis in low else slice(None)
                                          for axis in spec.layout))
    v = near.outputs(np.broadcast_to(0.0, spec.output_shape)).copy()
    sums = oracle.channels_first(spec, v)
    for (_, channels, *at), tap in met:
        sums[0, channels, *(one - low[axis] for one, axis in zip(at, "dhw", strict=True))] = value * taps[tap]
    return near, v


class Move(NamedTuple):
    """An input that is moved by a stride along an axis, number `axis` of the layout: outputs that read no padding along
    it, low … high - 1, move by one; of a transposed layer, an input moved by one moves them by a stride."""

    along: Axis
    axis: int
    low: int
    high: int
    inputs: int
    outputs: int

    @property
    def name(self) -> str:
        return f"shift along i{self.along.name}"

    @property
    def words(self) -> str:
        name = self.along.name
        return f"input moved by {self.inputs} along i{name}, outputs counted from o{name}={self.low}"

    def rolled(self, arrays: Arrays) -> Arrays:
        """The arrays with what a run takes moved."""
        by = {"input": self.inputs, "residual": self.outputs}
        return {role: np.roll(array, -by[role], self.axis) if role in by else array for role, array in arrays.items()}

    def within(self, part: sampled.Part) -> Move | None:
        """The same of a part's outputs; None where it has no two such ones."""
        if part.output is None:
            return self
        where = part.output[self.axis]
        low, high = max(self.low, where.start), min(self.high, where.stop - self.outputs)
        return self._replace(low=low - where.start, high=high - where.start) if high > low else None

    def part(self, spec: ConvSpec, y: Any, skipped: int) -> NDArray[Any]:
        """Outputs of y from low on, `skipped` steps further, as many as two results have in common."""
        wanted = range(self.low + skipped * self.outputs, self.high + skipped * self.outputs)
        return np.take(np.broadcast_to(y, spec.output_shape), wanted, self.axis)


def moves(spec: ConvSpec) -> Iterator[Move]:
    """Of every axis that has two such outputs."""
    for axis in spec.axes[3 - spec.rank :]:
        reach, steps = (axis.k - 1) * axis.d, (axis.s, 1)
        low = -(-axis.before // axis.s)
        high = (axis.before + axis.i - 1 - reach) // axis.s
        if spec.transposed:
            low, steps = max(0, reach - axis.before), (1, axis.s)
            high = min(axis.o - axis.s, (axis.i - 1) * axis.s - axis.before)
        if high > low:
            yield Move(axis, spec.layout.index(axis.name), low, high, *steps)
