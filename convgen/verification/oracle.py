"""The NumPy reference: what a kernel's result is compared with. In float64,

    v[n, o, p] = b[o] + Σ_{c, k} w[o, c, k] · x[n, c, p·s + k·d − pad] + r[n, o, p]
    y = act(v)            S = |b| + Σ |w|·|x| + |r|

where a transposed layer sums w[c, o, k] · x[n, c, q] over all c, k, q with q·s + k·d − pad = p, as the gradient of a
forward layer's input does of that of its output, and weights that alone are integers stand for w·scale[o]; and of
layers that sum integers, in int64, with x and w less their zero points,

    y = clamp(rule(v, scale[o]) + output_zero), or act(f32(v)·scale[o]) in f32, or v

with a residual added in f32, to the product, before it is rounded to an integer; of an activation that is no clamp, the
rule gives its sum, which is made real, activated and rounded in f64.

act may take slopes, a number for each o. It is the table's, in NumPy (layer/activation.py); nothing else is shared with
the generator. Tests compare both with ONNX's reference and with SciPy's.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnsupportedError
from ..layer.spec import BY_INPUT, ConvSpec

Numbers = NDArray[Any]  # f64; int64 where the layer sums integers
RUN = 1024  # outputs of a row that are summed together: all of a long one would leave the caches with every tap
UNKNOWN = np.full(1, np.nan)
ROLES = ("input", "weights", "bias", "residual", "slopes", "scale")


class Result(NamedTuple):
    """Output y, value before the activation v, sum of magnitudes s: in `spec.output_shape`."""

    y: Numbers
    v: Numbers
    s: Numbers


def convolve(spec: ConvSpec, input: NDArray[Any], weights: NDArray[Any] | None = None, bias: NDArray[Any] | None = None,
             residual: NDArray[Any] | None = None, slopes: NDArray[Any] | None = None,
             scale: NDArray[Any] | None = None) -> Result:
    """Compute the layer from arrays in the spec's layouts, named by role; bias, scale and slopes have shape (oc,), the
    residual the output's.

    Raises InputError for an array that is missing, not wanted, or of another shape.
    """
    given = {"input": input, "weights": weights, "bias": bias, "residual": residual, "slopes": slopes, "scale": scale}
    return _computed(spec, given, magnitudes=True)


def output(spec: ConvSpec, arrays: Mapping[str, NDArray[Any]]) -> Numbers:
    """Its y alone, in half the time. arrays: by role."""
    return _computed(spec, {**dict.fromkeys(ROLES), **arrays}, magnitudes=False).y


def _computed(spec: ConvSpec, given: Mapping[str, NDArray[Any] | None], magnitudes: bool) -> Result:
    """magnitudes: whether s is wanted; else it is NaN."""
    wanted: dict[str, tuple[int, ...]] = {array.role: array.shape for array in spec.arrays}
    for role, array in given.items():
        _check(role, array, wanted.get(role))
    input, weights, bias, residual, slopes, scale = (given[role] for role in ROLES)
    assert input is not None  # which was checked
    if spec.pooled or weights is None:  # which no other layer admits
        y = pooled(spec, input)
        return Result(y, y, pooled(spec, np.abs(input)))
    if spec.unruled:
        raise UnsupportedError(spec.unruled)
    if spec.arithmetic.exact:
        return _of_integers(spec, input, weights, bias, scale, residual, magnitudes)
    weights = real_weights(spec, weights, scale)
    added = by_channel(spec, np.zeros(spec.computed.oc) if bias is None else bias.astype(np.float64))
    rest = np.zeros(1) if residual is None else residual.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):  # NaN and Inf pass through
        v = _products(spec, input, weights) + added + rest
        s = _products(spec, np.abs(input), np.abs(weights)) + np.abs(added) + np.abs(rest) if magnitudes else UNKNOWN
    return Result(activate(spec, v, slopes), v, s)


def pooled(spec: ConvSpec, x: NDArray[Any]) -> Numbers:
    """Of each window the largest number, or the average of those that are not padding, in `spec.output_shape`."""
    given = channels_first(spec, x).astype(np.float64)
    y = np.empty((spec.n, spec.ic, *(a.o for a in spec.axes)))
    for place in itertools.product(*(range(a.o) for a in spec.axes)):
        d, h, w = (slice(max(0, o * a.s - a.before), o * a.s - a.before + a.k)
                   for o, a in zip(place, spec.axes, strict=True))
        window = given[:, :, d, h, w]
        od, oh, ow = place
        y[:, :, od, oh, ow] = window.max(axis=(2, 3, 4)) if spec.op == "max-pool" else _average(spec, window)
    y = y.reshape(spec.n, spec.oc, *(a.o for a in spec.axes[3 - spec.rank :]))
    return np.ascontiguousarray(np.moveaxis(y, 1, -1) if spec.channels_last else y)


def _average(spec: ConvSpec, window: Numbers) -> Numbers:
    """Of each channel; of integers to the nearest, ties away from 0."""
    if not spec.arithmetic.exact:
        mean: Numbers = window.mean(axis=(2, 3, 4))
        return mean
    total, count = window.sum(axis=(2, 3, 4)), math.prod(window.shape[2:])
    away: Numbers = np.trunc((total + np.where(total > 0, count // 2, -(count // 2))) / count)
    return away


def carried(spec: ConvSpec, error: NDArray[Any], weights: NDArray[Any] | None = None,
            scale: NDArray[Any] | None = None) -> Numbers:
    """Σ |w| e: what inputs that are off by up to e make of sums, and of what pools them."""
    if spec.pooled or weights is None:
        return pooled(spec, error)
    return _products(spec, error, np.abs(real_weights(spec, weights, scale)))


def real_weights(spec: ConvSpec, weights: NDArray[Any], scale: NDArray[Any] | None = None) -> Numbers:
    """In f64: what weights stand for, in their layout."""
    real: Numbers = weights.astype(np.float64)
    if scale is not None:
        grouped = grouped_weights(spec, real)  # a view
        grouped *= scale.reshape(spec.g, spec.ocg, 1, 1, 1, 1)
    return real


def _of_integers(spec: ConvSpec, x: NDArray[Any], w: NDArray[Any], bias: NDArray[Any] | None,
                 scale: NDArray[Any] | None, residual: NDArray[Any] | None, magnitudes: bool) -> Result:
    """Padding adds nothing: it stands for 0. Sums below 2^53 are exact in f64 too, in which NumPy multiplies fast."""
    x, w = x.astype(np.int64) - spec.input_zero, w.astype(np.int64) - spec.weight_zero
    added = by_channel(spec, np.zeros(spec.oc, np.int64) if bias is None else bias.astype(np.int64))
    v = _products(spec, x, w).astype(np.int64) + added
    s = _products(spec, np.abs(x), np.abs(w)).astype(np.int64) + np.abs(added) if magnitudes else UNKNOWN
    return Result(v if scale is None else scaled(spec, v, scale, residual), v, s)


def scaled(spec: ConvSpec, v: Numbers, scale: NDArray[Any], residual: NDArray[Any] | None = None) -> Numbers:
    """Outputs of integer sums."""
    output, factor = spec.arithmetic.output, by_channel(spec, scale)
    if not output.whole:
        return activate(spec, dequantised(spec, v, scale, residual), dtype=np.float32)
    if residual is None:
        y = spec.rule.round(v, factor) + spec.moved
    else:
        given = spec.quantisation
        rest = (residual.astype(np.int64) - given.residual_zero).astype(np.float32) * np.float32(given.residual_scale)
        y = np.rint(v.astype(np.float32) * factor + rest).astype(np.int64) + spec.moved
    if spec.tabled:
        given, sums = spec.quantisation, np.clip(y, output.smallest, output.largest)
        real = spec.act.value((sums - float(given.sum_zero)) * float(np.float32(given.sum_scale)))
        places = np.rint(real / float(np.float32(spec.output_scale))) + spec.output_zero
        found: Numbers = np.clip(places, output.smallest, output.largest).astype(output.dtype)
        return found
    low, high = _ends(spec)
    return np.clip(np.clip(y, low, high), output.smallest, output.largest).astype(output.dtype)


def dequantised(spec: ConvSpec, v: Numbers, scale: NDArray[Any], residual: NDArray[Any] | None = None) -> NDArray[Any]:
    """In f32, before the activation."""
    products: NDArray[Any] = v.astype(np.float32) * by_channel(spec, scale)
    return products if residual is None else products + residual


def _ends(spec: ConvSpec) -> tuple[float, float]:
    """The outputs that stand for the ends of a clamp; real ones are divided in f32, and rounded as the rule has it."""
    ends = spec.act.value(np.array([-np.inf, np.inf], np.float32))
    nearest = spec.rule.nearest
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        places = np.where(ends == 0, 0, nearest(ends / np.float32(spec.output_scale))) + spec.output_zero
    return float(places[0]), float(places[1])


def by_channel(spec: ConvSpec, numbers: NDArray[Any]) -> NDArray[Any]:
    """A number for each output channel, so that it meets outputs in their layout."""
    return numbers if spec.channels_last else numbers.reshape(-1, *[1] * spec.rank)


def channels_first(spec: ConvSpec, array: NDArray[Any]) -> NDArray[Any]:
    """View of an input, output or residual as [n, c, d, h, w]."""
    if spec.channels_last:
        array = np.moveaxis(array, -1, 1)
    return np.expand_dims(array, tuple(range(2, 5 - spec.rank)))


def by_axes(spec: ConvSpec, chosen: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """The outputs whose n, c, d, h and w are all among the chosen, in `spec.output_shape`."""
    where = np.zeros(spec.output_shape, bool)
    channels_first(spec, where)[np.ix_(*chosen)] = True
    return where


def grouped_weights(spec: ConvSpec, w: NDArray[Any]) -> NDArray[Any]:
    """View of the weights as [g, oc/g, ic/g, kd, kh, kw], reversed when `flip` so that taps always add up."""
    first, last = {"oihw": (0, 1), "hwio": (-1, -2), "ohwi": (0, -1), "iohw": (1, 0), "hwoi": (-2, -1),
                   "ihwo": (-1, 0)}[spec.weights_layout]
    w = np.moveaxis(w, (first, last), (0, 1))  # [o, i, …], of which one counts all groups
    kernel = w.shape[2:]
    by_input = spec.weights_layout in BY_INPUT
    w = w.reshape(spec.ocg, spec.g, spec.icg, *kernel).swapaxes(0, 1) if by_input else \
        w.reshape(spec.g, spec.ocg, spec.icg, *kernel)
    w = np.expand_dims(w, tuple(range(3, 6 - spec.rank)))
    return w[..., ::-1, ::-1, ::-1] if spec.flip else w


def cross_weights(spec: ConvSpec, w: NDArray[Any]) -> NDArray[Any]:
    """The same as [oc, ic/g, kd, kh, kw]."""
    grouped = grouped_weights(spec, w)
    return grouped.reshape(spec.oc, *grouped.shape[2:])


def from_cross(spec: ConvSpec, taps: NDArray[Any]) -> NDArray[Any]:
    """Weights in their layout, of taps [oc, ic/g, kd, kh, kw]."""
    w = np.empty(spec.weights_shape, taps.dtype)
    view = grouped_weights(spec, w)
    view[...] = taps.reshape(view.shape)
    return w


def _products(spec: ConvSpec, x: NDArray[Any], w: NDArray[Any]) -> Numbers:
    """Σ w·x, in `spec.output_shape`."""
    sums = {"transposed": _scatter, "backward-data": _adjoint}.get(spec.operation, _correlate)
    return sums(spec, x, w)


def _correlate(spec: ConvSpec, x: NDArray[Any], w: NDArray[Any]) -> Numbers:
    """Σ w·x, one matrix product for each kernel tap and run of outputs, in `spec.output_shape`."""
    d, h, width = spec.axes
    padded = np.zeros((spec.n, spec.ic, d.padded, h.padded, width.padded))
    padded[:, :, d.before : d.before + d.i, h.before : h.before + h.i,
           width.before : width.before + width.i] = channels_first(spec, x)
    taps = np.moveaxis(cross_weights(spec, w), (0, 1), (3, 4)).astype(np.float64, order="C")
    sums = np.zeros((spec.n, spec.g, spec.ocg, d.o, h.o, width.o))
    runs = [slice(start, min(width.o, start + RUN)) for start in range(0, width.o, RUN)]
    for run, tap in itertools.product(runs, itertools.product(range(d.k), range(h.k), range(width.k))):
        across = [slice(0, d.o), slice(0, h.o), run]
        reach = [slice(k * a.d + some.start * a.s, k * a.d + some.stop * a.s, a.s)
                 for k, a, some in zip(tap, spec.axes, across, strict=True)]
        seen = padded[:, :, *reach].reshape(spec.n, spec.g, spec.icg, -1)
        added = taps[tap].reshape(spec.g, spec.ocg, spec.icg) @ seen
        sums[..., run] += added.reshape(*sums.shape[:-1], -1)
    out = sums.reshape(spec.n, spec.oc, *(a.o for a in spec.axes[3 - spec.rank :]))
    return np.ascontiguousarray(np.moveaxis(out, 1, -1) if spec.channels_last else out)


def _scatter(spec: ConvSpec, x: NDArray[Any], w: NDArray[Any]) -> Numbers:
    """Σ w·x of a transposed layer, in `spec.output_shape`: every input adds its kernel of outputs, of which the pads
    are left out."""
    taps = grouped_weights(spec, w).astype(np.float64)
    grouped = channels_first(spec, x).astype(np.float64).reshape(spec.n, spec.g, spec.icg, -1)
    whole = np.zeros((spec.n, spec.g, spec.ocg, *((a.i - 1) * a.s + (a.k - 1) * a.d + 1 + max(0, -a.after)
                                                  for a in spec.axes)))
    for tap in itertools.product(*(range(a.k) for a in spec.axes)):
        reach = [slice(k * a.d, k * a.d + (a.i - 1) * a.s + 1, a.s) for k, a in zip(tap, spec.axes, strict=True)]
        kd, kh, kw = tap
        added = taps[..., kd, kh, kw] @ grouped
        whole[:, :, :, *reach] += added.reshape(*added.shape[:3], *spec.input_extents)
    kept = whole[:, :, :, *(slice(a.before, a.before + a.o) for a in spec.axes)]
    out = kept.reshape(spec.n, spec.oc, *(a.o for a in spec.axes[3 - spec.rank :]))
    return np.ascontiguousarray(np.moveaxis(out, 1, -1) if spec.channels_last else out)


def _adjoint(spec: ConvSpec, dy: NDArray[Any], w: NDArray[Any]) -> Numbers:
    """Σ w·dy, the gradient of a forward layer's input: each output's goes back to the inputs that it was summed from,
    of which padding is left out."""
    taps = grouped_weights(spec, w).astype(np.float64).swapaxes(1, 2)
    grouped = channels_first(spec, dy).astype(np.float64).reshape(spec.n, spec.g, spec.ocg, -1)
    padded = np.zeros((spec.n, spec.ic, *(a.padded for a in spec.axes)))
    for tap in itertools.product(*(range(a.k) for a in spec.axes)):
        read = [slice(k * a.d, k * a.d + (a.o - 1) * a.s + 1, a.s) for k, a in zip(tap, spec.axes, strict=True)]
        kd, kh, kw = tap
        padded[:, :, *read] += (taps[..., kd, kh, kw] @ grouped).reshape(spec.n, spec.ic, *(a.o for a in spec.axes))
    kept = padded[:, :, *(slice(a.before, a.before + a.i) for a in spec.axes)]
    out = kept.reshape(spec.n, spec.ic, *(a.i for a in spec.axes[3 - spec.rank :]))
    return np.ascontiguousarray(np.moveaxis(out, 1, -1) if spec.channels_last else out)


class Gradient(NamedTuple):
    """Of weights, in their layout, or of the bias: the value, and the sum of magnitudes."""

    y: Numbers
    s: Numbers


def gradients(spec: ConvSpec, x: NDArray[Any], dy: NDArray[Any]) -> tuple[Gradient, Gradient]:
    """Of a layer's weights and bias, in float64: dw[o, c, k] = Σ dy[n, o, p] · x[n, c, p·s + k·d − pad], with x as zero
    beyond its extents, and db[o] = Σ dy[n, o, p]."""
    products = [from_cross(spec, _outer(spec, *arrays)) for arrays in ((x, dy), (np.abs(x), np.abs(dy)))]
    of_bias = [channels_first(spec, array).astype(np.float64).sum((0, 2, 3, 4)) for array in (dy, np.abs(dy))]
    return Gradient(products[0], products[1]), Gradient(of_bias[0], of_bias[1])


def _outer(spec: ConvSpec, x: NDArray[Any], dy: NDArray[Any]) -> Numbers:
    """Taps [oc, ic/g, kd, kh, kw]: one matrix product for each."""
    padded = np.zeros((spec.n, spec.ic, *(a.padded for a in spec.axes)))
    padded[:, :, *(slice(a.before, a.before + a.i) for a in spec.axes)] = channels_first(spec, x)
    made = channels_first(spec, dy).astype(np.float64).swapaxes(0, 1).reshape(spec.g, spec.ocg, -1)
    taps = np.zeros((spec.oc, spec.icg, *(a.k for a in spec.axes)))
    for kd, kh, kw in itertools.product(*(range(a.k) for a in spec.axes)):
        read = [slice(k * a.d, k * a.d + (a.o - 1) * a.s + 1, a.s)
                for k, a in zip((kd, kh, kw), spec.axes, strict=True)]
        seen = padded[:, :, *read].swapaxes(0, 1).reshape(spec.g, spec.icg, -1)
        taps[:, :, kd, kh, kw] = (made @ seen.swapaxes(1, 2)).reshape(spec.oc, spec.icg)
    return taps


def activate(spec: ConvSpec, v: NDArray[Any], slopes: NDArray[Any] | None = None,
             dtype: Any = np.float64) -> NDArray[Any]:
    """The spec's activation, elementwise in f64, or another type of floats. NaN stays NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        given = None if slopes is None else by_channel(spec, slopes.astype(dtype))
        return spec.act.value(v.astype(dtype), given)


def _check(role: str, array: NDArray[Any] | None, wanted: tuple[int, ...] | None) -> None:
    given = None if array is None else array.shape
    if given != wanted:
        raise InputError(f"{role} must have shape {wanted} (got {given})")
