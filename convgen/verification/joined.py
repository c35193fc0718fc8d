"""The arrays of a chain, by what each is to the chain, and to its layers; and what the oracle makes of them. A layer is
a chain of one, whose arrays have its own roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from numpy.typing import NDArray

from ..layer.outline import numbered
from ..layer.spec import ConvSpec
from . import oracle

Arrays = dict[str, NDArray[Any]]


def joined(spec: ConvSpec, layers: Iterable[Mapping[str, NDArray[Any]]]) -> Arrays:
    """What a chain takes, of what each of its layers does: input of the first, residual of the last, and all that are
    packed."""
    found: Arrays = {}
    for at, (layer, arrays) in enumerate(zip(spec.parts, layers, strict=True)):
        found |= {numbered(array.role, at): arrays[array.role] for array in layer.arrays if array.when == "pack"}
        given = [*["input"] * (at == 0), *["residual"] * layer.residual]
        found |= {role: arrays[role] for role in given}
    return found


def apart(spec: ConvSpec, arrays: Mapping[str, NDArray[Any]]) -> list[Arrays]:
    """What each layer packs, by its own roles; the last has the residual too."""
    if not spec.chained:
        return [{role: array for role, array in arrays.items() if role != "input"}]
    found: list[Arrays] = []
    for at, layer in enumerate(spec.parts):
        found.append({array.role: arrays[numbered(array.role, at)] for array in layer.arrays if array.when == "pack"})
    if "residual" in arrays:
        found[-1]["residual"] = arrays["residual"]
    return found


def results(spec: ConvSpec, arrays: Mapping[str, NDArray[Any]]) -> list[oracle.Result]:
    """What the oracle makes of each layer, whose input is the output of the one before."""
    x, found = arrays["input"], list[oracle.Result]()
    for layer, own in zip(spec.parts, apart(spec, arrays), strict=True):
        found.append(oracle.convolve(layer, x, **own))
        x = found[-1].y
    return found


def output(spec: ConvSpec, arrays: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """That of the last layer alone, in half the time."""
    x = arrays["input"]
    for layer, own in zip(spec.parts, apart(spec, arrays), strict=True):
        x = oracle.output(layer, {**own, "input": x})
    return x
