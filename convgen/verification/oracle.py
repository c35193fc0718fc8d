"""The NumPy reference, in float64: what a kernel's result is compared with.

    v[n, o, p] = b[o] + Σ_{c, k} w[o, c, k] · x[n, c, p·s + k·d − pad] + r[n, o, p]
    y = act(v)            S = |b| + Σ |w|·|x| + |r|

act may take slopes, a number for each o. It is the table's, in NumPy (layer/activation.py); nothing else is shared with
the generator. Tests compare both with ONNX's reference and with SciPy's.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..layer.spec import ConvSpec

F64 = NDArray[np.float64]


class Result(NamedTuple):
    """Output y, value before the activation v, sum of magnitudes s: f64, in `spec.output_shape`."""

    y: F64
    v: F64
    s: F64


def convolve(spec: ConvSpec, input: NDArray[Any], weights: NDArray[Any], bias: NDArray[Any] | None = None,
             residual: NDArray[Any] | None = None, slopes: NDArray[Any] | None = None) -> Result:
    """Compute the layer from arrays in the spec's layouts, named by role; bias and slopes have shape (oc,), the
    residual the output's.

    Raises InputError for an array that is missing, not wanted, or of another shape.
    """
    given = {"input": input, "weights": weights, "bias": bias, "residual": residual, "slopes": slopes}
    wanted: dict[str, tuple[int, ...]] = {array.role: array.shape for array in spec.arrays}
    for role, array in given.items():
        _check(role, array, wanted.get(role))
    added = by_channel(spec, np.zeros(spec.oc) if bias is None else bias.astype(np.float64))
    rest = np.zeros(1) if residual is None else residual.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):  # NaN and Inf pass through
        v = _correlate(spec, input, weights) + added + rest
        s = _correlate(spec, np.abs(input), np.abs(weights)) + np.abs(added) + np.abs(rest)
    return Result(activate(spec, v, slopes), v, s)


def by_channel(spec: ConvSpec, numbers: NDArray[Any]) -> NDArray[Any]:
    """A number for each output channel, so that it meets outputs in their layout."""
    return numbers if spec.channels_last else numbers.reshape(-1, *[1] * spec.rank)


def channels_first(spec: ConvSpec, array: NDArray[Any]) -> NDArray[Any]:
    """View of an input, output or residual as [n, c, d, h, w]."""
    if spec.channels_last:
        array = np.moveaxis(array, -1, 1)
    return np.expand_dims(array, tuple(range(2, 5 - spec.rank)))


def cross_weights(spec: ConvSpec, w: NDArray[Any]) -> NDArray[Any]:
    """View of the weights as [oc, ic/g, kd, kh, kw], reversed when `flip` so that taps always add up."""
    if spec.weights_layout == "hwio":
        w = np.moveaxis(w, (-1, -2), (0, 1))
    elif spec.weights_layout == "ohwi":
        w = np.moveaxis(w, -1, 1)
    w = np.expand_dims(w, tuple(range(2, 5 - spec.rank)))
    return w[:, :, ::-1, ::-1, ::-1] if spec.flip else w


def _correlate(spec: ConvSpec, x: NDArray[Any], w: NDArray[Any]) -> F64:
    """Σ w·x, one matrix product for each kernel tap, in `spec.output_shape`."""
    d, h, width = spec.axes
    padded = np.zeros((spec.n, spec.ic, d.padded, h.padded, width.padded))
    padded[:, :, d.before : d.before + d.i, h.before : h.before + h.i,
           width.before : width.before + width.i] = channels_first(spec, x)
    taps = np.moveaxis(cross_weights(spec, w), (0, 1), (3, 4)).astype(np.float64, order="C")
    sums = np.zeros((spec.n, spec.g, spec.ocg, d.o * h.o * width.o))
    for tap in itertools.product(range(d.k), range(h.k), range(width.k)):
        starts = [k * a.d for k, a in zip(tap, spec.axes, strict=True)]
        reach = [slice(i, i + a.o * a.s, a.s) for i, a in zip(starts, spec.axes, strict=True)]
        seen = padded[:, :, *reach].reshape(spec.n, spec.g, spec.icg, -1)
        sums += taps[tap].reshape(spec.g, spec.ocg, spec.icg) @ seen
    out = sums.reshape(spec.n, spec.oc, *(a.o for a in spec.axes[3 - spec.rank :]))
    return np.ascontiguousarray(np.moveaxis(out, 1, -1) if spec.channels_last else out)


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
