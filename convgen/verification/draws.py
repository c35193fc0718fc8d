"""Data of layers of floats, drawn at random: integers of which no sum rounds, reals of like and of mixed magnitudes.

Data avoids zeros, which hide what is wrong, and is scaled to where the activation bends; slopes are at most 1 in
magnitude, for which bounds are stated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UnsupportedError
from ..layer import array as layer
from ..layer.spec import ConvSpec
from ..run.arrays import Array
from . import exactness, filtering, oracle, sampled
from .compare import Arrays, spectral, transforms
from .joined import joined

if TYPE_CHECKING:
    from ..plan.kernel import Kernel

BYTE = 74.0  # standard deviation of weights of 8 bits
NARROW_SPREAD = 1.5  # of magnitudes, at most, whose sums a type of a small range still holds
NARROW_RANGE, RANGE = (-4, 6), (-20, 20)  # powers of two of where sums may lie


def unrounded(kernel: Kernel, rng: np.random.Generator) -> Arrays:
    """Data on which no step of the kernel rounds."""
    spec = kernel.spec.computed
    if not transforms(kernel):
        return integers(spec, rng, exact_bits(kernel))
    if spectral(kernel):
        raise UnsupportedError("Fourier transforms round all data")
    parts = sampled.parts(kernel)
    x, w = filtering.exact(kernel.plan, rng, 23,  # and a bit for what is added
                           [(part.plan(kernel.plan), part.input) for part in parts])
    scale = scale_to(spec, float(np.abs(w).max()) * math.sqrt(spec.terms + 2))
    drawn = {"input": x, **weights_of(spec, rng, w, scale), **eighths(spec, rng)}
    with np.errstate(invalid="ignore"):  # what no integer of the type is
        arrays = each(spec, lambda array: drawn[array.role] if array.role in drawn else
                       nonzero(rng, 8, array.shape) * scale)
    if not np.array_equal(arrays["weights"], drawn["weights"]):
        raise UnsupportedError(f"weights that are exact for its transforms need more bits than"
                               f" {spec.arithmetic.weights.name} has")
    return arrays


def exact_bits(kernel: Kernel) -> int:
    """Of integers that the type of the sums holds."""
    return kernel.bound.sums.mantissa


def integers(spec: ConvSpec, rng: np.random.Generator, bits: int = 24) -> Arrays:
    """Integers times a power of two; Σ|x||w| + |b| + |r| < 2^bits units, so sums of as many bits are exact. Where some
    weights are of half a unit, what is added is counted twice."""
    largest = 64 if spec.arithmetic.output.rounds else 8  # so that sums have more bits than it
    limit = min(largest, math.isqrt((2**bits - 1) // (spec.terms + 2 + 2 * spec.arithmetic.weights_only)))
    if limit < 1:
        raise UnsupportedError(f"integer data needs fewer than 2^{bits} terms (terms={spec.terms})")
    scale = scale_to(spec, limit**2 / 3 * math.sqrt(spec.terms + 2))
    arrays = _fill(spec, lambda shape: nonzero(rng, limit, shape), scale, limit) | eighths(spec, rng)
    if spec.arithmetic.weights_only:
        numbers = nonzero(rng, limit, spec.weights_shape).astype(spec.arithmetic.weights.dtype)
        arrays |= weights_of(spec, rng, numbers, scale)
    return arrays


def normals(spec: ConvSpec, rng: np.random.Generator, spread: float = 0.0) -> Arrays:
    """N(0, 1) numbers, each times 2^N(0, spread²), less in f16; w, b and r then scaled to suit the activation. Weights
    that alone are integers are of their whole range. Of a layer that sums integers, these."""
    if spec.chained:
        return joined(spec, [normals(layer, rng, spread) for layer in spec.parts])
    if spec.arithmetic.exact:
        return exactness.drawn(spec, rng)
    if spec.arithmetic.input.narrow:
        spread = min(spread, NARROW_SPREAD)

    def draw(shape: tuple[int, ...]) -> Array:
        numbers = rng.standard_normal(shape, np.float32)
        return numbers * np.exp2(spread * rng.standard_normal(shape, np.float32)) if spread else numbers

    size = math.sqrt(spec.terms)
    arrays = _fill(spec, draw, scale_to(spec, size), size)
    if (slopes := spec.array("slopes")) is not None:
        arrays["slopes"] = rng.uniform(-1.0, 1.0, slopes.shape).astype(slopes.element.dtype)
    if spec.arithmetic.weights_only:
        weights = exactness.whole(rng, spec.arithmetic.weights, spec.weights_shape)
        arrays["weights"] = np.where(weights == 0, weights.dtype.type(1), weights)
        scale = scale_to(spec, size * BYTE) * np.exp2(rng.uniform(-1, 1, spec.oc) * max(1.0, spread))
        arrays["scale"] = scale.astype(spec.scale.dtype)
    return arrays


def weights_of(spec: ConvSpec, rng: np.random.Generator, numbers: NDArray[Any], unit: float) -> Arrays:
    """Weights that are numbers times a power of two. Where they alone are integers, these are the numbers, and scales
    are that or half of it."""
    if not spec.arithmetic.weights_only:
        return {"weights": numbers * np.float32(unit)}
    return {"weights": numbers, "scale": (unit * rng.choice((0.5, 1.0), spec.oc)).astype(spec.scale.dtype)}


def real(spec: ConvSpec, arrays: Arrays) -> Arrays:
    """The arrays, with the weights that integers stand for."""
    scale = arrays.get("scale")
    real = oracle.real_weights(spec, arrays["weights"], scale)
    return {role: array for role, array in (arrays | {"weights": real}).items() if role != "scale"}


def eighths(spec: ConvSpec, rng: np.random.Generator) -> Arrays:
    """Slopes from ±1/8 to ±1, where the layer has them: a product with one of an integer of some bits less than f32 has
    is exact."""
    slopes = spec.array("slopes")
    return {} if slopes is None else {"slopes": (nonzero(rng, 8, slopes.shape) / 8).astype(slopes.element.dtype)}


def _fill(spec: ConvSpec, draw: Callable[[tuple[int, ...]], Any], scale: float, size: float) -> Arrays:
    """Arrays drawn by shape: the input as drawn, weights times `scale`, what is added times `scale·size`; slopes, and
    weights that alone are integers, are left to the caller."""
    factors = {"input": 1.0, "weights": scale, "slopes": 0.0}
    if spec.arithmetic.weights_only:
        factors |= {"weights": 0.0, "scale": 0.0}
    return each(spec, lambda array: draw(array.shape) * factors.get(array.role, scale * size))


def each(spec: ConvSpec, draw: Callable[[layer.Array], Any]) -> Arrays:
    """What the layer takes, each array as drawn, in its own type."""
    taken = [array for array in spec.arrays if not array.written]
    taken.sort(key=lambda array: array.role != "input")  # which a seed draws first
    return {array.role: np.asarray(draw(array), array.element.dtype) for array in taken}


def scale_to(spec: ConvSpec, size: float) -> float:
    """The power of two that brings sums of this size to where the activation bends."""
    low, high = NARROW_RANGE if spec.arithmetic.output.narrow else RANGE
    return 2.0 ** round(math.log2(min(max(spec.act.bend, 2.0**low), 2.0**high) / size))


def nonzero(rng: np.random.Generator, limit: int, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Integers from ±1 to ±limit."""
    numbers = rng.integers(-limit, limit, shape)
    return numbers + (numbers >= 0)
