"""Whether a library's outputs of a whole network are those of convgen.

Of real numbers they lie within APART. A network with quantised layers carries each rounding on: where two libraries
sum in another order, or round a tie elsewhere, a number of 8 bits becomes its neighbour, and the layers behind it see
another number. A library then differs from itself, when it is told to optimise nothing; so far it may differ from
convgen too, in each output, in the largest difference and in the typical one, and not farther. Where it differs from
itself by more than CARRIED, that is no rounding any more.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...errors import ConvgenError

APART = 1e-2  # of the largest number of an output
CARRIED = 0.25  # of an output's root mean square

Numbers = NDArray[np.float64]


class Apart(msgspec.Struct, frozen=True):
    """How far an output lies from another, as shares of that of convgen. largest: the largest difference, of the
    largest number. typical: the root mean square of all, of the numbers' own."""

    largest: float
    typical: float

    def __str__(self) -> str:
        return f"{self.largest:.2g} of the largest number, typically {self.typical:.2g}"


class Likeness(msgspec.Struct, frozen=True):
    """Of the output that differs the most. convgen: how far a library's lies from convgen's; itself: from its own with
    nothing optimised, None where nobody had to ask."""

    convgen: Apart
    itself: Apart | None = None

    def __str__(self) -> str:
        beside = "" if self.itself is None else f"; from its own with nothing optimised by {self.itself}"
        return f"differ from convgen's by {self.convgen}{beside}"


def judge(got: Numbers, wanted: Numbers, sizes: Sequence[int], unoptimised: Callable[[], Numbers] | None) -> Likeness:
    """Of outputs of so many numbers, one after the other. wanted: convgen's. unoptimised: asks the library for its own
    with nothing optimised; None where the network has no quantised layers, or the library no such mode. ConvgenError
    where they are others."""
    ours = _apart(got, wanted, wanted, sizes)
    worst = int(np.argmax([one.largest for one in ours]))  # NaN, where there is one
    if ours[worst].largest <= APART:
        return Likeness(ours[worst])
    if unoptimised is None or not math.isfinite(ours[worst].largest):
        raise ConvgenError(f"differs from convgen (output {worst}: {ours[worst].largest:.2g} of the largest number)")
    own = _apart(got, unoptimised(), wanted, sizes)
    for at, (here, there) in enumerate(zip(ours, own, strict=True)):
        near = here.largest <= there.largest and here.typical <= there.typical <= CARRIED
        if not (near or here.largest <= APART):
            raise ConvgenError(f"outputs {Likeness(here, there)} (output {at})")
    return Likeness(ours[worst], own[worst])


def _apart(got: Numbers, other: Numbers, wanted: Numbers, sizes: Sequence[int]) -> list[Apart]:
    """Of each output; wanted: whose numbers differences are shares of."""
    ends = list(itertools.accumulate(sizes))[:-1]
    found = []
    for error, right in zip(np.split(np.abs(got - other), ends), np.split(wanted, ends), strict=True):
        largest = float(np.max(error, initial=0.0)) / float(np.max(np.abs(right), initial=0.0) or 1.0)
        found.append(Apart(largest, math.sqrt(np.sum(error**2) / (np.sum(right**2) or 1.0))))
    return found
