"""Data at the end of a kernel's range: as large as its head says that nothing on the way overflows.

Numbers of one magnitude differ in sign alone. Signs of the input are the same in all channels, and so are those of the
weights, so that channels add up; the left half of the input, and the weights of every other output channel, are
positive altogether, so that all terms do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..layer.element import Element
from ..layer.spec import ConvSpec
from ..plan.bound import Range
from . import oracle

Floats = NDArray[np.float64]


def largest(spec: ConvSpec, range: Range, rng: np.random.Generator) -> dict[str, Floats]:
    """The arrays by role, in f64: the input as large as it may be, weights as it then leaves them."""
    of = spec.arithmetic
    x = _inside(range.input, of.input)
    w = min(_inside(range.weights, of.weights), _inside(range.product / x, of.weights))
    input, taps = np.full(spec.input_shape, x), np.full((spec.oc, spec.icg, spec.kd, spec.kh, spec.kw), w)
    pixels = oracle.channels_first(spec, input)  # a view
    half = pixels.shape[-1] // 2
    pixels[..., half:] *= rng.choice((-1.0, 1.0), (spec.n, 1, *pixels.shape[2:-1], pixels.shape[-1] - half))
    taps[1::2] *= rng.choice((-1.0, 1.0), (len(taps[1::2]), 1, *taps.shape[2:]))
    weights = oracle.from_cross(spec, taps)
    added = range.added / max(1, spec.bias + spec.residual)
    found = {"input": input, "weights": weights}
    if of.weights_only and of.weights.whole:
        found |= {"weights": np.sign(weights) * of.weights.largest, "scale": np.full(spec.oc, w / of.weights.largest)}
    if spec.bias:
        found["bias"] = _inside(added, of.bias) * rng.choice((-1.0, 1.0), spec.oc)
    if spec.residual:
        found["residual"] = _inside(added, of.output) * rng.choice((-1.0, 1.0), spec.output_shape)
    if spec.slopes:
        found["slopes"] = rng.choice((-1.0, 1.0), spec.oc)
    return found


def _inside(magnitude: float, element: Element) -> float:
    """Of a number that its type rounds, and may round up; no more than the type holds."""
    return min(magnitude, element.largest) * (1 - 2 * element.roundoff)
