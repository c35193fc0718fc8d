"""What is measured on, random data of a layer's types, and what results are held against.

Of a quantised layer: weights in [−127, 127] around their zero point, as symmetric quantisers make them, and inputs over
the whole range of their type, without −128 where that is symmetric too; some libraries rely on both. A channel's scale
and bias bring its outputs to a normal distribution about as wide as their range, so that a few are cut at its ends.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..layer.spec import ConvSpec
from ..plan.proof import weight_ends
from ..verification import compare, oracle, sampled
from ..verification.joined import joined
from ..verification.timed import definition, normals

SYMMETRIC = 127  # the largest magnitude of integers that symmetric quantisers make of 8 bits
WIDTH = 0.2  # standard deviation of quantised outputs, as a share of their range; of real ones it is 1
VARIED = 0.25  # by which share scales of channels may differ from that
CENTRE = 0.5  # standard deviation of a channel's mean, in those of its outputs


def draw(spec: ConvSpec, rng: np.random.Generator) -> compare.Arrays:
    """All that the layer takes, by role."""
    if spec.chained:
        return joined(spec, [draw(layer, rng) for layer in spec.parts])
    return _integers(spec, rng) if spec.arithmetic.exact else normals(spec, rng)


def expected(spec: ConvSpec, arrays: compare.Arrays) -> oracle.Result:
    """What the oracle makes of them; of a large layer of floats, in boxes of outputs, one number after the other."""
    boxes = _boxes(spec)
    if boxes[0].output is None:
        return definition(spec, arrays)
    results = [definition(box.spec, box.arrays(arrays)) for box in boxes]
    return oracle.Result(*(np.concatenate([one.ravel() for one in field]) for field in zip(*results, strict=True)))


def compared(spec: ConvSpec, output: NDArray[np.generic]) -> NDArray[np.generic]:
    """The outputs that are held against these."""
    boxes = _boxes(spec)
    if boxes[0].output is None:
        return output
    y = output.reshape(spec.output_shape)
    return np.concatenate([box.outputs(y).ravel() for box in boxes])


def _boxes(spec: ConvSpec) -> list[sampled.Part]:
    return [sampled.Part(spec)] if spec.arithmetic.exact else sampled.boxes(spec)


def _integers(spec: ConvSpec, rng: np.random.Generator) -> compare.Arrays:
    of = spec.arithmetic
    least, most = int(of.input.smallest), int(of.input.largest)
    if of.input.signed and not spec.input_zero:
        least = -most
    x = rng.integers(least, most, spec.input_shape, of.input.dtype, endpoint=True)
    low, high = weight_ends(spec)
    w = rng.integers(max(low, -SYMMETRIC), min(high, SYMMETRIC), spec.weights_shape, endpoint=True)
    taps = oracle.cross_weights(spec, w).reshape(spec.oc, -1).astype(np.float64)
    # of the sums of each channel; padding left aside
    mean = taps.sum(1) * (x.mean(dtype=np.float64) - spec.input_zero)
    width = np.sqrt((taps**2).sum(1) + 1) * x.std(dtype=np.float64)
    arrays: compare.Arrays = {"input": x, "weights": (w + spec.weight_zero).astype(spec.weights_element.dtype)}
    if spec.bias:
        arrays["bias"] = np.rint(CENTRE * width * rng.standard_normal(spec.oc) - mean).astype(of.bias.dtype)
    if (scale := spec.array("scale")) is not None:
        wanted = WIDTH * (of.output.largest - of.output.smallest) if of.output.whole else 1.0
        arrays["scale"] = (wanted / width * rng.uniform(1 - VARIED, 1 + VARIED, spec.oc)).astype(scale.element.dtype)
    return arrays
