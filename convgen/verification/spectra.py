"""What Fourier transforms make of data: how far they may stray, and what they mix.

A pair of blocks of input, of norm ‖x‖, and a part of a kernel, ‖w‖, add ‖x‖ ‖w‖ to S of every output of the pair: that
is in NumPy, in float64, on whole layers, from where blocks lie; nothing of the generated code is read.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..algorithms.fourier.numbers import Cut, Numbers, numbers
from ..algorithms.lowering import lowered
from ..algorithms.streaming.partitions import Partitions, partitions
from ..layer.spec import ConvSpec
from ..plan.plan import Plan
from . import oracle

F64 = NDArray[np.float64]

AXES = {"n": 0, "bh": 3, "b": 4}  # along which a pair's blocks are apart


def magnitudes(plan: Plan, input: NDArray[Any], weights: NDArray[Any], bias: NDArray[Any] | None = None,
               residual: NDArray[Any] | None = None, slopes: NDArray[Any] | None = None) -> F64:
    """S of every output: Σ ‖x‖ ‖w‖ + |b| + |r|, in spec.output_shape. slopes come after it."""
    if plan.spec.streamed:
        return _of_stream(plan, input, weights, bias, residual)
    return of_outputs(plan, shares(plan, input, weights), bias, residual)


def shares(plan: Plan, input: NDArray[Any], weights: NDArray[Any]) -> F64:
    """Σ ‖x‖ ‖w‖ of the outputs of each block: [n, oc, d, rows of blocks, blocks]."""
    t = numbers(lowered(plan))
    spec = t.spec
    x, w = np.sqrt(_energies(t, input)), _norms(t, weights)
    n, _, depth, down, slots = x.shape
    across = slots - t.parts + 1
    s = np.zeros((n, spec.oc, depth, down, across))
    for part in range(t.parts):
        seen = x[..., part : part + across].reshape(n, spec.g, spec.icg, -1)
        given = w[:, :, part].reshape(spec.g, spec.ocg, spec.icg)
        s += (given @ seen).reshape(s.shape)
    if t.paired:  # what a pair has, both of its blocks have
        s = np.concatenate([s, s], AXES[t.paired])[: spec.n]
    return s


def of_outputs(plan: Plan, shares: F64, bias: NDArray[Any] | None = None, residual: NDArray[Any] | None = None,
               where: tuple[slice, ...] | None = None) -> F64:
    """S of these outputs, slices in the layer's layout, or of all; of the residual, what is added to them."""
    t = numbers(lowered(plan))
    spec, chosen = t.spec, dict(zip(t.spec.layout, where or (), strict=where is not None))
    blocks = [np.arange(extent)[chosen.get(axis, slice(None))] // step for axis, extent, step in zip(
        "ncdhw", (spec.n, spec.oc, spec.od, spec.oh, spec.ow), (1, 1, 1, t.h.step, t.w.step), strict=True)]
    s = shares[np.ix_(*blocks)]
    s = s.reshape(*s.shape[:2], *s.shape[5 - spec.rank :])
    if spec.channels_last:
        s = np.moveaxis(s, 1, -1)
    return _added(spec, s, bias, residual)


def _of_stream(plan: Plan, input: NDArray[Any], weights: NDArray[Any], bias: NDArray[Any] | None,
               residual: NDArray[Any] | None) -> F64:
    """The same of a whole stream of a filter in parts, in the shape of its input: each output reads the newest samples,
    and a pair of blocks of them for each other part."""
    s = np.array([_of_filter(partitions(plan), x, w) for x, w in zip(
        input.reshape(plan.spec.ic, -1), oracle.cross_weights(plan.spec, weights).reshape(plan.spec.oc, -1),
        strict=True)]).reshape(input.shape)
    return _added(plan.spec, s, bias, residual)


def _added(spec: ConvSpec, s: F64, bias: NDArray[Any] | None, residual: NDArray[Any] | None) -> F64:
    """With |b| and |r|."""
    if bias is not None:
        s = s + oracle.by_channel(spec, np.abs(bias.astype(np.float64)))
    return s if residual is None else s + np.abs(residual.astype(np.float64))


def _of_filter(p: Partitions, input: NDArray[Any], taps: NDArray[Any]) -> F64:
    """Σ ‖x‖ ‖w‖ of a channel."""
    x, w = input.astype(np.float64) ** 2, taps.astype(np.float64)
    energies = np.concatenate([[0.0], np.cumsum(x)])
    ends = np.arange(1, len(x) + 1)
    s: F64 = np.sqrt(energies[ends] - energies[np.maximum(0, ends - p.part)]) * math.sqrt((w[p.left :] ** 2).sum())
    whole = np.arange(len(x)) // p.part * p.part  # samples before an output's own block
    for age in range(p.parts):
        last = np.maximum(0, whole - age * p.part)
        norm = math.sqrt((w[max(0, p.left - (age + 1) * p.part) : p.left - age * p.part] ** 2).sum())
        s += np.sqrt(np.maximum(0.0, energies[last] - energies[np.maximum(0, last - p.size)])) * norm
    return s


def touched(plan: Plan, spec: ConvSpec, place: tuple[int, ...]) -> NDArray[np.bool_]:
    """The outputs whose blocks see input [n, c, d, h, w] of the layer, or are transformed with ones that do: a NaN
    there reaches all of them."""
    if plan.spec.streamed:
        x = np.zeros(spec.input_shape, np.float32)
        oracle.channels_first(spec, x)[place] = 1.0
        return magnitudes(plan, x, np.ones(spec.weights_shape, np.float32)) > 0
    t = numbers(lowered(plan))
    n, c, d, h, w = place
    seen = {"n": np.arange(spec.n) == n, "bh": _seeing(t.h, h, t.h.blocks), "b": _seeing(t.w, w, t.w.blocks + t.parts)}
    if t.paired:  # of each pair both blocks see it, or none
        both = np.pad(seen[t.paired], (0, int(t.odd)))
        seen[t.paired] = both[: -t.apart] | both[t.apart :]
    seen["b"] = np.lib.stride_tricks.sliding_window_view(seen["b"], t.parts).any(axis=1)
    if t.paired:
        seen[t.paired] = np.tile(seen[t.paired][: t.apart], 2)
    return oracle.by_axes(t.spec, [
        seen["n"][: spec.n], np.arange(spec.oc) // spec.ocg == c // spec.icg, np.arange(spec.od) == d,
        *(np.repeat(seen[dim], cut.step)[:extent]
          for dim, cut, extent in (("bh", t.h, spec.oh), ("b", t.w, spec.ow)))])


def _seeing(cut: Cut, at: int, blocks: int) -> NDArray[np.bool_]:
    """The blocks along an axis that have the input `at`."""
    begins = np.arange(blocks) * cut.step - cut.before
    return (begins <= at) & (at < begins + cut.size)


def _energies(t: Numbers, input: NDArray[Any]) -> F64:
    """‖x‖² of each pair of blocks of a channel: [n, ic, d, rows of blocks, blocks], of which as many lie behind those
    of the outputs as the kernel has parts but one."""
    spec = t.spec
    more = t.parts - 1
    squares = oracle.channels_first(spec, input).astype(np.float64) ** 2
    if t.paired == "n":
        squares = np.concatenate([squares, np.zeros_like(squares[: 2 * t.apart - spec.n])])
    rows, columns = (2 * t.apart if t.paired == dim else cut.blocks for dim, cut in (("bh", t.h), ("b", t.w)))
    blocks = _along(_along(squares, t.h, spec.ih, rows, 3), t.w, spec.iw, columns + more, 4)
    if not t.paired:
        return blocks
    axis = AXES[t.paired]
    count = t.apart + more * (t.paired == "b")
    first, second = (np.take(blocks, range(start, start + count), axis) for start in (0, t.apart))
    pairs: F64 = first + second
    return pairs


def _along(squares: F64, cut: Cut, extent: int, blocks: int, axis: int) -> F64:
    """The sums over each block of an axis."""
    sums = np.concatenate([np.zeros_like(np.take(squares, [0], axis)), np.cumsum(squares, axis)], axis)
    starts = np.arange(blocks) * cut.step - cut.before
    low, high = (np.clip(ends, 0, extent) for ends in (starts, starts + cut.size))
    difference: F64 = np.take(sums, high, axis) - np.take(sums, low, axis)
    return np.maximum(difference, 0.0)


def _norms(t: Numbers, weights: NDArray[Any]) -> F64:
    """‖w‖ of each part of the kernel of a channel: [oc, ic/g, part]."""
    squares = oracle.cross_weights(t.spec, weights).astype(np.float64) ** 2
    norms: F64 = np.stack([np.sqrt(squares[..., part * t.taps : (part + 1) * t.taps].sum((2, 3, 4)))
                           for part in range(t.parts)], 2)
    return norms
