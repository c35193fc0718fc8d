"""Data of layers that sum integers, by role: whole ranges, their ends more often than what lies between; ties; sums
where rounding steps.

Weights and bias keep to what the layer promises of its sums.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..layer.element import Element
from ..layer.spec import ConvSpec
from ..plan.proof import Integers, ends, inputs, meeting, most, weight_ends
from . import oracle

Arrays = dict[str, NDArray[Any]]  # what a layer takes, by role

EDGE = 0.1  # of numbers that are at an end of their range
FEW = 4.0  # weights of a sum, in which many sums are ties
SHOWN = 100.0  # outputs, about, up to which large sums are scaled
BELOW = 0.3  # of scales are just below a power of two, which fewer bits round to it


def drawn(spec: ConvSpec, rng: np.random.Generator) -> Arrays:
    """Whole ranges, and scales by which outputs fall into their range and beyond it."""
    of = spec.arithmetic
    x = whole(rng, of.input, spec.input_shape)
    if spec.pooled:
        return {"input": x}
    w = kept(spec, between(rng, weight_ends(spec), spec.weights_shape))
    size = 60.0 * np.sqrt(spec.terms) * max(map(abs, weight_ends(spec))) / 2  # of a sum, about
    longer = 256 ** (of.input.bytes - 1)  # of other inputs; outputs are as long
    found = {"input": x, "weights": w}
    if spec.bias:
        found["bias"] = within(spec, w, rng.normal(0, size * longer, spec.oc).round())
    if of.scaled:
        scale = np.exp2(rng.uniform(-2, 2, spec.oc)) * 64 / size
        found["scale"] = np.maximum(scale, 2.0**-100).astype(spec.scale.dtype)
    if spec.residual:
        found["residual"] = whole(rng, of.output, spec.output_shape) if of.output.whole else \
            rng.normal(0, 64, spec.output_shape).astype(of.output.dtype)
    return found


def ties(spec: ConvSpec, rng: np.random.Generator) -> Arrays:
    """Sums of a few small weights, of which scales make halves or quarters: many lie between two outputs. By some
    above 1 they are shifted to the left, which large sums do not show."""
    found = drawn(spec, rng)
    if spec.pooled:
        return found
    found["weights"] = kept(spec, np.where(rng.random(spec.weights_shape) < FEW / spec.terms,
                                           rng.choice(_ones(spec), spec.weights_shape), 0))
    if spec.bias:
        found["bias"] = within(spec, found["weights"], rng.integers(-8, 9, spec.oc))
    if spec.arithmetic.scaled:
        found["scale"] = rng.choice((0.5, 0.25, 1.5, 2.5), spec.oc).astype(spec.scale.dtype)
    return found


def steps(spec: ConvSpec) -> bool:
    """Whether there are data of `edges`: a rule rounds, and a bias brings sums to where it steps."""
    return spec.arithmetic.quantised and spec.bias


def edges(spec: ConvSpec, rng: np.random.Generator) -> Arrays:
    """Large sums just below and above where the rule steps from one output to the next: they show the last bit of a
    multiplier. Where there are none, ties."""
    found = ties(spec, rng)
    if not steps(spec):
        return found
    low, high = inputs(spec)
    near = rng.integers(max(low, -1), min(high, 1) + 1, spec.input_shape) + spec.input_zero
    found["input"] = near.astype(found["input"].dtype)
    limit = min(most(spec), 2**31)  # smaller scales than its inverse are 0 to some rules
    furthest = within(spec, found["weights"], rng.choice((-limit, limit), spec.oc)).astype(np.int64)
    far = (furthest * np.exp2(-rng.uniform(0, 3, spec.oc) * rng.integers(0, 2, spec.oc))).astype(np.int64)
    scale = (rng.uniform(1, SHOWN, spec.oc) / np.maximum(np.abs(far), 1)).astype(spec.scale.dtype)
    power = np.nextafter(np.exp2(np.ceil(np.log2(scale))), 0, dtype=scale.dtype)  # just below it
    scale = np.where(rng.random(spec.oc) < BELOW, power, scale)
    wanted, below = spec.rule.round(far, scale), np.zeros_like(far)
    while (np.abs(far - below) > 1).any():  # the first sum that is rounded so lies behind `below`, up to `far`
        middle = (far + below) // 2
        so = spec.rule.round(middle, scale) == wanted
        far, below = np.where(so, middle, far), np.where(so, below, middle)
    found |= {"bias": within(spec, found["weights"], far), "scale": scale}
    if spec.residual:
        found["residual"] = np.full(spec.output_shape, spec.quantisation.residual_zero, spec.arithmetic.output.dtype)
    return found


def _ones(spec: ConvSpec) -> list[int]:
    """1 and -1, of those that a weight less its zero point can be."""
    low, high = weight_ends(spec)
    return [one for one in (-1, 1) if low <= one <= high]


def whole(rng: np.random.Generator, element: Element, shape: tuple[int, ...]) -> NDArray[Any]:
    """Integers of an element."""
    return between(rng, (int(element.smallest), int(element.largest)), shape).astype(element.dtype)


def between(rng: np.random.Generator, range: tuple[int, int], shape: tuple[int, ...]) -> Integers:
    """Integers from the one end to the other."""
    low, high = range
    numbers = rng.integers(low, high + 1, shape)
    ends = rng.random(shape)
    return np.where(ends < EDGE / 2, low, np.where(ends > 1 - EDGE / 2, high, numbers))


def kept(spec: ConvSpec, weights: Integers) -> NDArray[Any]:
    """Weights as the caller has them, of some less their zero point, but none that alone may give more than the largest
    sum that the layer admits, and 0 where those before them in their channel that meet them may give it."""
    left = most(spec) // max(map(abs, inputs(spec)))
    taps = np.clip(oracle.cross_weights(spec, weights), -min(left, 255), min(left, 255))
    for part in meeting(spec, taps):
        admitted = np.cumsum(np.abs(part.reshape(spec.oc, -1).astype(np.int64)), axis=1) <= left
        part[...] = np.where(admitted.reshape(part.shape), part, 0)
    return oracle.from_cross(spec, (taps + spec.weight_zero).astype(spec.weights_element.dtype))


def within(spec: ConvSpec, weights: NDArray[Any], bias: NDArray[Any]) -> NDArray[Any]:
    """The bias, as far as the layer admits it with these weights."""
    low, high = ends(spec, weights)
    found: NDArray[Any] = np.clip(bias, -most(spec) - low, most(spec) - high).astype(spec.arithmetic.bias.dtype)
    return found


def right(spec: ConvSpec, arrays: Arrays) -> NDArray[Any]:
    """What the rule makes of them."""
    return oracle.convolve(spec, **arrays).y
