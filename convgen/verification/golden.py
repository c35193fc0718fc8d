"""Data that Python and C draw alike, and what the oracle makes of it: for tests that need no Python.

Every number comes from its index alone, through 32 bits that `mix` makes of a stream and an index;
templates/package/selftest_data.c.j2 is the same in C. A recipe says how to draw arrays on which no
step of a kernel rounds, so that every right kernel gives the same bits, and one sum of them tells.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import algorithms
from ..algorithms.lowering import lowered
from ..algorithms.numerics import Spectral, Transformed
from ..algorithms.winograd.numbers import numbers
from ..layer.array import Array, Role
from ..layer.element import Element
from ..layer.spec import ConvSpec
from ..plan import proof
from ..plan.plan import Plan
from . import filtering, oracle, whole
from .compare import Arrays, stored

Bits = NDArray[np.uint32]
F32 = NDArray[np.float32]

SAMPLES = 64  # outputs that are computed one by one
UNIT_BITS = 24  # sums that stay below 2^24 units are exact in f32
INPUT, WEIGHTS, COLUMNS, SIGNS, BIAS, RESIDUAL, PLACES, SUM, SLOPES, SCALE = range(1, 11)  # streams
ADDED_MOST = 2**20  # of an integer bias
ADDED: dict[Role, int] = {"bias": BIAS, "residual": RESIDUAL}
# A gradient of weights is a forward layer of other axes, which reads dy as weights [oc, n, od, oh, ow], and gives dw.
STANDS = {"output_gradient": "weights", "weights_gradient": "output"}


class Recipe(NamedTuple):
    """Arrays on which no step rounds.

    x: integers from ±1 to ±top_x, all but about one in `sparse` 0. Weights: `scale` times integers up
    to ±top_w; or, where there are vectors of taps, ± rows[…][kh] · columns[…][kw], for one input channel
    in `sparse`; where weights alone are integers, those are the weights, and the scale of a channel is `scale` or half
    of it. Bias and residual: `unit` times integers up to ±added. Slopes: from ±1/8 to ±1.
    Of a layer that sums integers: x over its whole range, weights `top_w` integers from low_w up, bias up to ±added;
    scales from `scale` to twice that.
    """

    top_x: int
    top_w: int
    added: int
    sparse: int
    scale: float
    unit: float
    rows: tuple[tuple[int, ...], ...] = ()
    columns: tuple[tuple[int, ...], ...] = ()
    low_w: int = 0


class Golden(NamedTuple):
    """What a recipe gives. total: `checksum` of the outputs, where the activation keeps them exact;
    else `outputs` holds those at `places`, exact up to f64."""

    recipe: Recipe
    total: int
    outputs: tuple[float, ...] = ()


# --- the generator ---


def mix(stream: int, index: Any) -> Bits:
    """32 bits for each index, with the finaliser of MurmurHash3."""
    index = np.asarray(index)
    with np.errstate(over="ignore"):
        bits: Bits = index.astype(np.uint32) * np.uint32(0x9E3779B1) + np.uint32(stream * 0x85EBCA77 % 2**32)
        bits = (bits ^ bits >> np.uint32(16)) * np.uint32(0x85EBCA6B)
        bits = (bits ^ bits >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return bits ^ bits >> np.uint32(16)


def integers(stream: int, shape: Sequence[int], top: int) -> NDArray[np.float64]:
    """Integers from ±1 to ±top."""
    bits = mix(stream, np.arange(math.prod(shape)))
    size = (1 + (bits >> np.uint32(1)) % np.uint32(top)).astype(np.float64)
    return np.where(bits & np.uint32(1), -size, size).reshape(shape)


def reals(stream: int, shape: Sequence[int]) -> F32:
    """f32 numbers from -1 to 1, of 24 bits."""
    bits = mix(stream, np.arange(math.prod(shape))) >> np.uint32(8)
    return ((bits.astype(np.float64) - 2.0**23) * 2.0**-23).astype(np.float32).reshape(shape)


def places(count: int, samples: int = SAMPLES) -> list[int]:
    """Indices of outputs: the first, the last, and others at random."""
    return [0, count - 1, *(int(bits) % count for bits in mix(PLACES, np.arange(2, samples)))]


def ranged(stream: int, shape: Sequence[int], low: int, count: int) -> NDArray[np.int64]:
    """Integers of so many from low up."""
    found: NDArray[np.int64] = low + (mix(stream, np.arange(math.prod(shape))) % np.uint32(count)).astype(np.int64)
    return found.reshape(shape)


def inputs_of(spec: ConvSpec) -> tuple[int, int]:
    """The least input of a layer that sums integers, and how many there are."""
    return _range(spec.arithmetic.input)


def residuals_of(spec: ConvSpec) -> tuple[int, int]:
    """The least residual of such a layer, and how many there are."""
    of = spec.arithmetic.output
    return _range(of) if of.whole else (-64, 129)  # sums times scales are about as large


def _range(of: Element) -> tuple[int, int]:
    return int(of.smallest), int(of.largest - of.smallest) + 1


def drawn_integers(spec: ConvSpec) -> Arrays:
    """Input and residual of such a layer, over their whole ranges."""
    of = spec.arithmetic
    found: Arrays = {"input": ranged(INPUT, spec.input_shape, *inputs_of(spec)).astype(of.input.dtype)}
    if spec.residual:
        found["residual"] = ranged(RESIDUAL, spec.output_shape, *residuals_of(spec)).astype(of.output.dtype)
    return found


def checksum(y: NDArray[Any]) -> int:
    """Of the bits of f32 numbers or integers, as a sum of odd multiples: a wrong number always changes it. -0 is 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = y.ravel() + np.float32(0) if y.dtype == np.float32 else y.ravel().astype(np.int32)
        bits = numbers.view(np.uint32).astype(np.uint64)
        return int((bits * (mix(SUM, np.arange(y.size)) | np.uint32(1)).astype(np.uint64)).sum(dtype=np.uint64))


# --- recipes ---


def recipe(plan: Plan) -> Recipe | None:
    """Data on which no step of the plan rounds but the last, into the output; None where there is none, as in
    F(6x6, 3x3) and Fourier transforms, or where the layer's arrays cannot hold them."""
    if plan.spec.computed.arithmetic.exact:
        return _whole(plan.spec.computed)
    numerics = algorithms.of(plan).numerics(plan)
    if isinstance(numerics, Spectral):
        return None
    found = _transformed(plan) if isinstance(numerics, Transformed) else _summed(plan.spec.computed)
    return found if found and all(map(_held, plan.spec.computed.arrays, itertools.repeat(found))) else None


def _held(array: Array, made: Recipe) -> bool:
    """Whether an array's element holds all numbers of the recipe."""
    if array.written:
        return True
    taps = [r * c for vectors in itertools.product(made.rows, made.columns) for r, c in itertools.product(*vectors)]
    unit = 1.0 if array.element.whole else made.scale
    drawn = {"slopes": [n / 8 for n in range(1, 9)], "input": [float(made.top_x)], "scale": [made.scale / 2],
             "weights": [unit * n for n in (*taps, *range(1, made.top_w + 1))]}
    numbers = np.array(drawn.get(STANDS.get(array.role, array.role), [made.unit * n for n in range(1, made.added + 1)]))
    with np.errstate(over="ignore", invalid="ignore"):
        return bool((numbers.astype(array.element.dtype).astype(np.float64) == numbers).all())


def _whole(spec: ConvSpec) -> Recipe | None:
    """Of integers: weights and bias as large as sums admit."""
    reach = spec.terms * max(map(abs, proof.inputs(spec)))
    least, largest = proof.weight_ends(spec)
    top = min(max(-least, largest), (proof.most(spec) - 1) // reach)
    if top < 1:
        return None
    low, high = max(least, -top), min(largest, top)
    added = min(ADDED_MOST, proof.most(spec) - reach * top)
    scale = 2.0 ** round(math.log2(64 / (85 * math.sqrt(spec.terms) * top)))
    return Recipe(0, high - low + 1, added, 1, scale, 1.0, low_w=low + spec.weight_zero)


def _summed(spec: ConvSpec) -> Recipe | None:
    top = min(8, math.isqrt((2**UNIT_BITS - 1) // (spec.terms + 2 + 2 * spec.arithmetic.weights_only)))
    if top < 1:
        return None
    scale = _scale(spec, top**2 / 3 * math.sqrt(spec.terms + 2))
    return Recipe(top, top, top, 1, scale, scale * top)


def _transformed(plan: Plan) -> Recipe | None:
    """The densest that does; weights of which G g Gᵀ is dyadic."""
    spec, t = plan.spec.computed, numbers(lowered(plan))
    # of taps in the layer that is computed
    order = slice(None, None, -1) if spec.transposed and not t.given.transposed else slice(None)
    for short, sparse in itertools.product((False, True), (1, 2, 4, 8, 16, 64)):
        rows, columns = (_vectors(filtering.exact_taps(line.f, short, line.spread)[:, order])
                         for line in filtering.lines(plan))
        top = max(abs(r * c) for row in rows for r in row for column in columns for c in column)
        scale = _scale(spec, top * math.sqrt(spec.terms + 2))
        found = Recipe(1, 1, 8, sparse, scale, scale, rows, columns)
        drawn = taps(spec, found)[:, :, 0, order, order]
        if filtering.never_rounds(plan, inputs(spec, found), drawn, 2.0 ** (UNIT_BITS - 1)):  # a bit for what is added
            return found
    return None


def _vectors(array: NDArray[np.float64]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(tap) for tap in vector) for vector in array)


def _scale(spec: ConvSpec, size: float) -> float:
    """The power of two that brings sums of this size to where the activation bends."""
    return 2.0 ** round(math.log2(min(max(spec.act.bend, 2.0**-20), 2.0**20) / size))


# --- arrays ---


def inputs(spec: ConvSpec, made: Recipe) -> F32:
    """x of a recipe."""
    x = integers(INPUT, spec.input_shape, made.top_x)
    kept = mix(INPUT, np.arange(x.size)) >> np.uint32(16)
    x[(kept % np.uint32(made.sparse) != 0).reshape(x.shape)] = 0.0
    return x.astype(np.float32)


def taps(spec: ConvSpec, made: Recipe) -> NDArray[np.float64]:
    """The integers of the weights, [oc, ic/g, kd, kh, kw], or of what stands for them."""
    shape = (spec.oc, spec.icg, spec.kd, spec.kh, spec.kw)
    if spec.op == "backward-weights":
        shape = (spec.oc, spec.n, *spec.output_extents)
    if not made.rows:
        return integers(WEIGHTS, shape, made.top_w)
    pairs = np.arange(spec.oc * spec.icg)
    row, column = (np.array(vectors, np.float64)[mix(stream, pairs) % np.uint32(len(vectors))]
                   for stream, vectors in ((WEIGHTS, made.rows), (COLUMNS, made.columns)))
    sign = np.where(mix(SIGNS, pairs) & np.uint32(1), -1.0, 1.0)
    sign[pairs % spec.icg % made.sparse != 0] = 0.0
    drawn: NDArray[np.float64] = sign[:, None, None] * row[:, :, None] * column[:, None, :]
    return drawn.reshape(shape)


def arrays(spec: ConvSpec, made: Recipe) -> Arrays:
    """All arrays of a recipe, in the spec's layouts; taps are counted as in the layer that is computed."""
    spec = spec.computed
    if spec.arithmetic.exact:
        return _integers(spec, made)
    if spec.op == "backward-weights":
        return _of_gradient(spec, made)
    alone = spec.arithmetic.weights_only
    weights = oracle.from_cross(spec, taps(spec, made) * (1.0 if alone else made.scale)).astype(np.float32)
    found: Arrays = {"input": inputs(spec, made), "weights": weights}
    if alone:
        found["scale"] = made.scale / (1 + (mix(SCALE, np.arange(spec.oc)) >> np.uint32(31)))
    for role, stream in ADDED.items():
        if (array := spec.array(role)) is not None:
            found[role] = (integers(stream, array.shape, made.added) * made.unit).astype(np.float32)
    if (slopes := spec.array("slopes")) is not None:
        found["slopes"] = (integers(SLOPES, slopes.shape, 8) / 8).astype(np.float32)
    return {array.role: found[array.role].astype(array.element.dtype) for array in spec.arrays if not array.written}


def _of_gradient(spec: ConvSpec, made: Recipe) -> Arrays:
    x, dy, *_ = spec.arrays
    drawn = np.empty(dy.shape, dy.element.dtype)
    oracle.channels_first(spec, drawn)[...] = taps(spec, made).swapaxes(0, 1) * made.scale
    return {"input": inputs(spec, made).astype(x.element.dtype), "output_gradient": drawn}


def _integers(spec: ConvSpec, made: Recipe) -> Arrays:
    shape = (spec.oc, spec.icg, spec.kd, spec.kh, spec.kw)
    weights = oracle.from_cross(spec, ranged(WEIGHTS, shape, made.low_w, made.top_w))
    found = {**drawn_integers(spec), "weights": weights}
    if spec.bias:
        found["bias"] = integers(BIAS, (spec.oc,), made.added)
    if spec.arithmetic.scaled:
        found["scale"] = made.scale * (1 + (mix(SCALE, np.arange(spec.oc)) >> np.uint32(24)) / 256)
    return {array.role: found[array.role].astype(array.element.dtype) for array in spec.arrays if not array.written}


def golden(spec: ConvSpec, made: Recipe) -> Golden:
    """What the oracle makes of a recipe."""
    given = arrays(spec, made)
    if spec.op == "backward-weights":
        of_weights, _ = oracle.gradients(spec, given["input"], given["output_gradient"])
        return Golden(made, checksum(stored(spec, of_weights.y.astype(np.float32))))
    v, slopes = oracle.convolve(spec, **given).v, given.get("slopes")
    if spec.arithmetic.exact:
        return Golden(made, *_of_integers(spec, given, v))
    if spec.act.row.exact:
        return Golden(made, checksum(stored(spec, oracle.activate(spec, v, slopes, np.float32))))
    y = oracle.activate(spec, v, slopes)
    return Golden(made, 0, tuple(float(y.flat[at]) for at in places(y.size)))


def _of_integers(spec: ConvSpec, given: Arrays, v: NDArray[np.int64]) -> tuple[int, tuple[float, ...]]:
    """The checksum of outputs; or some of them, where an activation keeps these from being the same everywhere."""
    y, allowed = whole.outputs(spec, v, given)
    if np.any(allowed):
        return 0, tuple(float(y.flat[at]) for at in places(y.size))
    return checksum(y), ()
