"""Some layers of very many, that stand for all of them.

Layers are of kinds, which take turns; those of a kind are in order of kernel and work, and are taken at

    ⌊{start + k·φ} · left⌋   for k = 0, 1, …   where φ is the golden ratio, {x} the fraction of x, `left` how many

are left, so that the first so many of them, however many, lie evenly along that order (H. Niederreiter, Random Number
Generation and Quasi-Monte Carlo Methods, 1992, section 3.1). The seed gives the start, and which kind comes first. A
larger sample of the same seed begins with the smaller.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator

from ..errors import InputError
from ..layer.spec import ConvSpec

FEW = 4  # input channels of a network's first layer, at most
TINY = 10**5  # multiply-adds below which what a call costs counts as much as they do
GOLDEN = (1 + math.sqrt(5)) / 2

KINDS: dict[str, Callable[[ConvSpec], bool]] = {  # the first that holds is a layer's
    "tiny": lambda spec: spec.macs < TINY,
    "depthwise": lambda spec: spec.g > 1 and spec.icg == 1,
    "grouped": lambda spec: spec.g > 1,
    "first layer": lambda spec: spec.ic <= FEW,
    "1x1": lambda spec: spec.kd * spec.kh * spec.kw == 1,
    "dense": lambda _: True,
}


def kind(spec: ConvSpec) -> str:
    """What sort of layer it is, one of KINDS; of a chain, its first layer is."""
    return next(name for name, holds in KINDS.items() if holds(spec.parts[0]))


def draw(specs: Iterable[ConvSpec], number: int, seed: int) -> list[ConvSpec]:
    """`number` different ones of the layers, the same for the same seed whatever order they are in. InputError where
    there are fewer."""
    layers = list(dict.fromkeys(specs))
    if number > len(layers):
        raise InputError(f"sample must not exceed the number of different layers (sample={number},"
                         f" layers={len(layers)})")
    return list(itertools.islice(_drawn(layers, random.Random(seed)), number))


def _drawn(layers: Iterable[ConvSpec], rng: random.Random) -> Iterator[ConvSpec]:
    """All of them, kinds by turns."""
    kinds: dict[str, list[ConvSpec]] = {name: [] for name in KINDS}
    for spec in layers:
        kinds[kind(spec)].append(spec)
    turns = [_spread(sorted(found, key=_order), rng.random()) for found in kinds.values()]
    rng.shuffle(turns)
    for turn in itertools.zip_longest(*turns):
        yield from filter(None, turn)


def _spread(left: list[ConvSpec], start: float) -> Iterator[ConvSpec]:
    for k in range(len(left)):
        yield left.pop(math.floor((start + k * GOLDEN) % 1 * len(left)))


def _order(spec: ConvSpec) -> tuple[object, ...]:
    """By kernel, then work; the rest makes the order total."""
    first = spec.parts[0]
    return first.kd * first.kh * first.kw, (first.kd, first.kh, first.kw), spec.macs, repr(spec)
