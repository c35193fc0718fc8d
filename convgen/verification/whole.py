"""What a right kernel of a layer that sums integers does: the rule's bits, always.

Every mode is as those of checks. There is no error to bound; instead *overflow* drives each channel's sum as far as
its weights and bias admit, and compares with int64.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..layer.spec import Axis, ConvSpec
from ..plan.bound import UNIT_ROUNDOFF
from ..plan.proof import ends, inputs, most, weight_ends
from . import exactness, oracle, sampled
from .checks import Outcome, Same, same_bits
from .compare import Arrays, Wrong, expect, expect_bits, index, pack, run
from .readers import moves, points, sums_of

if TYPE_CHECKING:
    from ..run.build import AnyConv as Conv

Integers = NDArray[np.int64]

DRAWINGS = {"whole ranges": exactness.drawn, "ties": exactness.ties, "edges of rounding": exactness.edges}
SHOWN = 100.0  # outputs of 8 bits that the largest sums become
BLOCK = 8  # input channels whose products go up together, or down, where they are balanced


def exact(conv: Conv, rng: np.random.Generator) -> Outcome:
    """Whole ranges of all types, and sums that lie between two outputs."""
    spec, parts = conv.kernel.spec, sampled.parts(conv.kernel)
    for what, draw in DRAWINGS.items():
        arrays = draw(spec, rng)
        pack(conv, arrays)
        got = run(conv, arrays)
        for part in parts:
            given = part.arrays(arrays)
            want, allowed = outputs(part.spec, oracle.convolve(part.spec, **given).v, given)
            expect(part.told(what), part.outputs(got), want, allowed)
        if conv.kernel.over_residual:
            expect_bits("output over its residual", run(conv, arrays, over_residual=True), got)
    same = "equal" if spec.act.row.exact or spec.arithmetic.output.whole else f"of exact sums, {spec.act.name} within" \
        " its own error"
    return None, f"{len(DRAWINGS)} × {sampled.covered(parts, spec.computed)} {same}: {', '.join(DRAWINGS)}"


def bound(conv: Conv, rng: np.random.Generator) -> Outcome:
    """Nothing, since there is no error."""
    return None, "there is no error to bound: see exact"


def properties(conv: Conv, rng: np.random.Generator, same: Same | None = None) -> Outcome:
    """What the layer's definition says without computing a convolution. same: as checks has it."""
    _impulses(conv, rng)
    impulses = sampled.some(["impulses"], sampled.parts(conv.kernel), conv.kernel.spec.computed)
    return None, ", ".join([impulses, *_shifts(conv, rng), *(same or same_bits)(conv, rng)])


def outputs(spec: ConvSpec, v: Integers, arrays: Arrays) -> tuple[NDArray[Any], Any]:
    """What memory holds of sums v, and the error that it may have: an activation's own, where it computes reals."""
    scale, residual, of = arrays.get("scale"), arrays.get("residual"), spec.arithmetic
    if scale is None:
        return v, 0.0
    if of.output.whole or spec.act.row.exact:
        return oracle.scaled(spec, v, scale, residual), 0.0
    real = oracle.dequantised(spec, v, scale, residual).astype(np.float64)
    _, absolute, relative = spec.act.error
    return oracle.activate(spec, real), UNIT_ROUNDOFF * (absolute + relative * np.abs(real))


def _impulses(conv: Conv, rng: np.random.Generator) -> None:
    """An input that stands for zeros and a few ones, or where it has no ones minus ones, gives weights back."""
    spec = conv.kernel.spec
    arrays = exactness.drawn(spec, rng)
    step = 1 if spec.input_zero < spec.arithmetic.input.largest else -1
    arrays["input"] = np.full_like(arrays["input"], spec.input_zero)
    if "bias" in arrays:
        arrays["bias"] = exactness.within(spec, arrays["weights"], rng.integers(-8, 9, spec.oc))
    if "scale" in arrays:
        arrays["scale"] = np.ones_like(arrays["scale"])
    added = oracle.by_channel(spec, arrays.get("bias", np.zeros(spec.oc, np.int64)))
    parts, taps = sampled.parts(conv.kernel), taps_of(spec, arrays["weights"])
    places = points(parts, rng)
    for place in places:
        oracle.channels_first(spec, arrays["input"])[place] = spec.input_zero + step
    pack(conv, arrays)
    got = run(conv, arrays)
    for part in parts:
        v = sums_of(part, places, taps, step) + added
        expect(part.told("impulses"), part.outputs(got), *outputs(part.spec, v, part.arrays(arrays)))


def _shifts(conv: Conv, rng: np.random.Generator) -> Iterator[str]:
    """Moving the input by a stride moves the output."""
    spec = conv.kernel.spec
    arrays = exactness.drawn(spec, rng)
    pack(conv, arrays)
    base = run(conv, arrays)
    for move in moves(spec):
        expect(move.words, move.part(spec, run(conv, move.rolled(arrays)), 0), move.part(spec, base, 1))
        yield move.name


# --- the largest sums ---


class Drive(NamedTuple):
    """How sums are driven. what: in words. signs: of each product, in the order of a channel's weights, 1 where its
    input is at the end of its range that makes it large. bias, scale: of each channel."""

    what: str
    signs: NDArray[np.int64]
    bias: Integers
    scale: NDArray[np.float64]


def overflow(conv: Conv, rng: np.random.Generator) -> Outcome:
    """The input that makes a channel's sum the largest, and the one that makes it the least, for every channel, with
    a bias as far as it is admitted in that direction; and, so that an output of 8 bits shows the last bit of a sum,
    with one that brings such a sum back to 0."""
    spec = conv.kernel.spec
    extremes = at_ends(spec, rng)
    taps = taps_of(spec, extremes).reshape(spec.oc, -1)
    count = 0
    for drive in drives(spec, extremes, taps):
        given: Arrays = {"weights": extremes}
        if spec.bias:
            given["bias"] = drive.bias.astype(spec.arithmetic.bias.dtype)
        if spec.arithmetic.scaled:
            given["scale"] = drive.scale.astype(spec.scale.dtype)
        if spec.residual:  # that stands for 0
            zero = spec.quantisation.residual_zero
            given["residual"] = np.full(spec.output_shape, zero, spec.arithmetic.output.dtype)
        for channels in shares(spec):
            arrays, v, here = driven(spec, rng, taps, drive, channels)
            pack(conv, given | arrays)
            got = run(conv, given | arrays)
            want, allowed = outputs(spec, v, given)
            _compare(spec, drive.what, got, want, allowed, v, here)
            count += int(here.sum())
    low, high = ends(spec, extremes)
    return None, f"{spec.oc} channels, sums of products from {low.min()} to {high.max()}, {count} outputs equal"


def taps_of(spec: ConvSpec, weights: NDArray[Any]) -> Integers:
    """Weights less their zero point, as [oc, ic/g, kd, kh, kw]."""
    return oracle.cross_weights(spec, weights).astype(np.int64) - spec.weight_zero


def at_ends(spec: ConvSpec, rng: np.random.Generator) -> NDArray[Any]:
    """At the ends of their range; of the first channel, the largest in magnitude."""
    low, high = weight_ends(spec)
    weights = rng.choice((low, high), spec.weights_shape)
    oracle.grouped_weights(spec, weights)[0, 0] = low if -low >= high else high
    return exactness.kept(spec, weights)


def drives(spec: ConvSpec, weights: NDArray[Any], taps: Integers) -> Iterator[Drive]:
    low, high = ends(spec, weights)
    limit, up = most(spec), np.ones(taps.shape[1], np.int64)
    none, ones = np.zeros(spec.oc, np.int64), np.ones(spec.oc)
    coarse = SHOWN / (ones * limit if spec.bias else np.maximum(1, np.maximum(-low, high)))
    yield Drive("the largest sums", up, limit - high if spec.bias else none, coarse)
    yield Drive("the least sums", -up, -limit - low if spec.bias else none, coarse)
    if not spec.arithmetic.scaled:
        return
    if spec.bias:
        yield Drive("the largest sums, less a bias", up, np.maximum(-high, -limit - low), ones)
        yield Drive("the least sums, less a bias", -up, np.minimum(-low, limit - high), ones)
        return
    blocks = np.arange(spec.icg)[:, None] // BLOCK + np.arange(taps.shape[1] // spec.icg)
    balanced = np.where(blocks % 2, -1, 1).ravel()
    v = np.abs((taps * _inputs(spec, taps, balanced)).sum(axis=1))
    yield Drive("sums of large parts", balanced, none, SHOWN / np.maximum(1, v))


def _inputs(spec: ConvSpec, taps: Integers, signs: NDArray[np.int64]) -> Integers:
    """x − input_zero for each weight: at the end of the range that makes the product large, or small."""
    low, high = inputs(spec)
    return np.where(taps * signs >= 0, high, low)


def shares(spec: ConvSpec) -> Iterator[list[int]]:
    """Channels of a group that a run can drive, at an output each."""
    outputs = len(_outputs(spec))
    for first in range(0, spec.ocg, outputs):
        yield list(range(first, min(first + outputs, spec.ocg)))


def _outputs(spec: ConvSpec) -> list[tuple[int, ...]]:
    """[n, d, h, w] of outputs that read no input in common, nor padding where that can be helped."""
    return list(itertools.product(range(spec.n), *(_apart(axis, spec.transposed) for axis in spec.axes)))


@functools.lru_cache(maxsize=256)
def _apart(axis: Axis, transposed: bool) -> list[int]:
    """Those that read the most inputs, as long as these are behind those of the last."""
    met = [_met(axis, o, transposed)[1] for o in range(axis.o)]
    most, found, end = max(map(len, met)), list[int](), -1
    for o, read in enumerate(met):
        if len(read) == most and min(read, default=end + 1) > end:
            found.append(o)
            end = max(read, default=end)
    return found


def _met(axis: Axis, o: int, transposed: bool) -> tuple[range, range]:
    """Of an output along an axis, the taps that meet an input there, and these inputs."""
    if not transposed:
        start = o * axis.s - axis.before
        first = max(0, (axis.d - 1 - start) // axis.d)
        end = max(first, min(axis.k, (axis.i - 1 - start) // axis.d + 1))
        return range(first, end), range(start + first * axis.d, start + end * axis.d, axis.d)
    taps = [k for k in range(axis.k) if (o + axis.before - k * axis.d) % axis.s == 0
            and 0 <= o + axis.before - k * axis.d < axis.i * axis.s]
    if not taps:
        return range(0), range(0)
    common = math.gcd(axis.s, axis.d)
    start, apart, back = (o + axis.before - taps[0] * axis.d) // axis.s, axis.s // common, axis.d // common
    return range(taps[0], taps[-1] + 1, apart), range(start, start - len(taps) * back, -back)


def driven(spec: ConvSpec, rng: np.random.Generator, taps: Integers, drive: Drive,
            channels: list[int]) -> tuple[Arrays, Integers, NDArray[np.bool_]]:
    """The input that drives these channels of every group, one after the other at the outputs; the sums there, and
    where that is."""
    x = exactness.whole(rng, spec.arithmetic.input, spec.input_shape)
    v = np.zeros(spec.output_shape, np.int64)
    here = np.zeros(spec.output_shape, bool)
    xs, vs, where = (oracle.channels_first(spec, array) for array in (x, v, here))
    kernel = [axis.k for axis in spec.axes]
    own = taps.reshape(spec.g, spec.ocg, spec.icg, *kernel)
    signs = drive.signs.reshape(spec.icg, *kernel)
    bias = drive.bias.reshape(spec.g, spec.ocg)
    for (n, *place), channel in zip(_outputs(spec), itertools.cycle(channels), strict=False):
        output: Any = place
        met = [_met(axis, o, spec.transposed) for axis, o in zip(spec.axes, output, strict=True)]
        part: Any = (slice(None), *(slice(read.start, read.stop, read.step) for read, _ in met))
        moved = _inputs(spec, own[:, channel][:, *part], signs[part])
        xs[n][:, *np.ix_(*(read for _, read in met))] = (moved + spec.input_zero).reshape(spec.ic, *moved.shape[2:])
        # sums below 2^53 are exact in f64 too, in which NumPy multiplies fast
        flat = moved.reshape(spec.g, -1, 1).astype(np.float64)
        sums = own[:, :, *part].reshape(spec.g, spec.ocg, -1).astype(np.float64) @ flat
        vs[n, :, *output] = (sums[..., 0].astype(np.int64) + bias).reshape(spec.oc)
        where[n, :, *output] = True
    return {"input": x}, v, here


def _compare(spec: ConvSpec, what: str, got: NDArray[Any], want: NDArray[Any], allowed: Any, v: Integers,
             driven: NDArray[np.bool_]) -> None:
    """Wrong, with the channel and its sum, for the first driven output that is not what its sum makes it."""
    wrong = driven & ~(np.abs(got.astype(np.float64) - want.astype(np.float64)) <= allowed)
    if wrong.any():
        at = np.unravel_index(np.argmax(wrong), wrong.shape)
        channel = at[-1] if spec.channels_last else at[1]
        raise Wrong(f"{what}: {np.count_nonzero(wrong)} of {np.count_nonzero(driven)} outputs wrong, first"
                    f" y[{index(at)}], of channel {channel}: the sum {v[at]} gives {want[at]}, and here {got[at]}")
