"""Layers that follow each other, as one: their kernel computes a few rows of one after the other, and no map between
them is ever whole in memory.

    chain = convgen.Chain([depthwise, pointwise])
    kernel = convgen.generate(chain)

A chain is a ConvSpec too: its `layers`, and the fields of what they are from outside (outline.py). Its arrays are the
input of the first layer, residual and output of the last, and of each layer k those that are packed: weights0, bias0,
weights1, … A residual may be the input itself, as in inverted residual blocks: the caller passes that twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import InputError
from .names import kind
from .spec import ConvSpec


def Chain(layers: Iterable[ConvSpec]) -> ConvSpec:
    """The chain of these layers, each with its own bias, activation, scales and slopes: the output of one is the input
    of the next. InputError names the layer and the rule that it breaks."""
    given = tuple(layers) if isinstance(layers, Iterable) else ()
    for layer in given:
        if not isinstance(layer, ConvSpec):
            raise InputError(f"layers must be ConvSpecs ({kind(layer)})")
    if len(given) < 2:
        raise InputError(f"layers must be at least two (layers={len(given)})")
    return ConvSpec(ic=given[0].ic, oc=given[-1].oc, layers=given)
