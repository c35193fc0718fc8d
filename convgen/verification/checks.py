"""The modes of verify for layers of floats: the oracle's bits on integers, within a bound on reals, and properties.

Every mode is a function (conv, rng) -> (figure, detail) that raises Wrong. figure is the largest
error as a share of what is allowed, None where bits were compared.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..errors import UnsupportedError
from ..layer.spec import ConvSpec
from ..run.arrays import Array
from . import apart, extremes, oracle, sampled
from .compare import (
    Arrays,
    Doubles,
    expect,
    expect_bits,
    index,
    pack,
    placed,
    pointwise,
    raise_first,
    references,
    rounds_operands,
    run,
    stored,
    touched,
    transforms,
)
from .draws import each, eighths, exact_bits, integers, nonzero, normals, real, scale_to, unrounded, weights_of
from .readers import moves, points, reading, sums_of

if TYPE_CHECKING:
    from ..run.build import AnyConv as Conv

Outcome = tuple[float | None, str]
Compared = tuple[str, Array, Doubles, Doubles]
"""Data in words, what the kernel makes of it, what is right, and the error that its bound allows."""
Same = Callable[["Conv", np.random.Generator], list[str]]

NEARLY = 1e-6  # what others may miss the value at an infinity by: sigmoid(Inf) is 1, or nearly


def exact(conv: Conv, rng: np.random.Generator) -> Outcome:
    """Integers, so that no sum rounds: equal bits, or within the activation's own error."""
    spec = conv.kernel.spec.computed
    try:
        arrays = unrounded(conv.kernel, rng)
    except UnsupportedError as error:
        if not transforms(conv.kernel):
            raise
        return None, f"not possible: {error}"
    pack(conv, arrays)
    got = run(conv, arrays)
    compared = sampled.parts(conv.kernel)
    figures = []
    for part in compared:
        given = part.arrays(arrays)
        want, allowed = pointwise(part.kernel(conv.kernel), oracle.convolve(part.spec, **given).v, given)
        figures.append(expect(part.told("integers"), part.outputs(got), want, allowed))
    figure = max((found for found in figures if found is not None), default=None)
    too = ""
    if conv.kernel.over_residual:
        expect_bits("output over its residual", run(conv, arrays, over_residual=True), got)
        too = ", over the residual too"
    if spec.act.row.exact:
        return None, f"{sampled.covered(compared, spec)} equal{too}"
    return figure, f"{sampled.covered(compared, spec)}: sums exact, {spec.act.name} within its own error{too}"


def bound(conv: Conv, rng: np.random.Generator) -> Outcome:
    """Reals of like, of mixed and of the largest magnitudes: every error is within the bound of the plan."""
    figures, count = [], 0
    for what, arrays in itertools.chain(reals(conv, rng), largest(conv, rng)):
        figures += [expect(*one) or 0.0 for one in compared(what, conv, arrays)]
        count += 1
    covered = sampled.covered(sampled.parts(conv.kernel), conv.kernel.spec.computed)
    return max(figures), f"of the bound at most, in {count} × {covered}"


def reals(conv: Conv, rng: np.random.Generator) -> Iterator[tuple[str, Arrays]]:
    """Data of each kind."""
    for what, spread in (("normal data", 0.0), ("mixed magnitudes", 3.0)):
        yield what, normals(conv.kernel.spec.computed, rng, spread)


def largest(conv: Conv, rng: np.random.Generator) -> Iterator[tuple[str, Arrays]]:
    """The largest magnitudes that the kernel holds, where it says so: no number overflows, on the way or in the end."""
    spec, held = conv.kernel.spec.computed, conv.kernel.bound.range
    if not isinstance(held, msgspec.UnsetType):
        drawn = extremes.largest(spec, held, rng)
        yield "the largest magnitudes", each(spec, lambda array: drawn[array.role])


def compared(what: str, conv: Conv, arrays: Arrays) -> Iterator[Compared]:
    """What the kernel makes of the data, beside what it should, in each part that is compared."""
    pack(conv, arrays)
    got = run(conv, arrays)
    for part, (y, v, s) in references(conv.kernel, arrays):
        yield part.told(what), part.outputs(got), y, conv.kernel.bound.allowed(v, s, y)


def properties(conv: Conv, rng: np.random.Generator, same: Same | None = None) -> Outcome:
    """What the layer's definition says without computing a convolution. same: what changes no bit, if not the threads
    and their order."""
    figure = _impulses(conv, rng)
    compared = ["impulses", *_linearity_and_shift(conv, rng)]
    bits = [*(same or same_bits)(conv, rng), *_specials(conv, rng)]
    return figure, f"{sampled.some(compared, sampled.parts(conv.kernel), conv.kernel.spec.computed)}, {', '.join(bits)}"


def _impulses(conv: Conv, rng: np.random.Generator) -> float | None:
    """An input of zeros and a few ones gives weights back: of so few bits that sums of five are exact."""
    spec = conv.kernel.spec.computed
    top = 2 ** min(exact_bits(conv.kernel) - 3, spec.arithmetic.weights.mantissa - 1)
    drawn = {**weights_of(spec, rng, nonzero(rng, top, spec.weights_shape), scale_to(spec, top)), **eighths(spec, rng)}
    arrays = each(spec, lambda array: drawn.get(array.role, np.zeros(array.shape)))
    taps = oracle.cross_weights(spec, real(spec, arrays)["weights"])
    parts = sampled.parts(conv.kernel)
    places = points(parts, rng)
    for place in places:
        oracle.channels_first(spec, arrays["input"])[place] = 1.0
    pack(conv, arrays)
    got = run(conv, arrays)
    rounds = rounds_operands(conv.kernel)
    bounds = [result.s for _, result in references(conv.kernel, arrays)] if rounds else [None] * len(parts)
    figures = []
    for part, s in zip(parts, bounds, strict=True):
        v = sums_of(part, places, taps)
        want, allowed = pointwise(part.kernel(conv.kernel), v, arrays)
        if rounds:
            want = oracle.activate(part.spec, v, arrays.get("slopes"))
            allowed = conv.kernel.bound.allowed(v, s, want)
        figures.append(expect(part.told("impulses"), part.outputs(got), want, allowed))
    return max((figure for figure in figures if figure is not None), default=None)


def _linearity_and_shift(conv: Conv, rng: np.random.Generator) -> list[str]:
    """f(x + x′) + f(0) = f(x) + f(x′), and moving the input by a stride moves the output: on integers that
    no sum rounds, or within the bounds of all that is compared."""
    kernel, spec = conv.kernel, conv.kernel.spec.computed
    rounds = transforms(kernel)
    arrays = normals(spec, rng) if rounds else integers(spec, rng, exact_bits(kernel) - 1)
    first = arrays["input"]
    grid = first.dtype.type(2 ** (spec.arithmetic.input.mantissa - 5))
    arrays["input"] = first = np.round(first * grid) / grid  # the sum of two is exact, up to 16
    pack(conv, arrays)
    parts, done = sampled.parts(kernel), list[str]()

    def made(given: Arrays) -> list[Array]:
        """The outputs of each part."""
        y = run(conv, given)
        return [part.outputs(y).copy() for part in parts]

    def slack(given: Arrays) -> list[Any]:
        """What these may err."""
        if rounds:
            return [kernel.bound.allowed(v, s, y) for _, (y, v, s) in references(kernel, given)]
        return [_slack(part) for part in parts]

    def _slack(part: sampled.Part) -> Any:
        most = np.full(part.spec.output_shape, top_x * top_w * spec.terms + sum(tops.values()))
        ends = np.maximum(*(np.abs(oracle.activate(part.spec, v, slopes)) for v in (most, -most)))
        return kernel.bound.stored(ends, pointwise(part.kernel(kernel), most, arrays)[1])

    slopes = arrays.get("slopes")
    tops = {role: float(np.abs(array).max()) for role, array in real(spec, arrays).items() if role != "slopes"}
    top_x, top_w = tops.pop("input"), tops.pop("weights")
    base, here = made(arrays), slack(arrays)
    if spec.act.name == "none":
        other = -np.roll(first, 1)
        given = [arrays | {"input": x} for x in (first + other, other, np.zeros_like(other))]
        for part, one, *others in zip(parts, base, *map(made, given), here, *map(slack, given), strict=True):
            both, second, zero = (y.astype(np.float64) for y in others[:3])
            expect(part.told("additivity"), both + zero, one + second, 2 * sum(others[3:]))
        done.append("additivity")
    for move in moves(spec):
        rolled = move.rolled(arrays)
        for part, own, after, before, allowed, as_well in zip(
                parts, map(move.within, parts), made(rolled), base, slack(rolled), here, strict=True):
            if own is not None:
                after, before, allowed, as_well = (own.part(part.spec, y, skipped) for y, skipped in (
                    (after, 0), (before, 1), (allowed, 0), (as_well, 1)))
                expect(part.told(own.words), after, before, allowed + as_well)
        done += [move.name] * any(map(move.within, parts))
    return done


def same_bits(conv: Conv, rng: np.random.Generator) -> list[str]:
    """Neither the number of threads nor the order of the tasks changes a bit."""
    arrays = normals(conv.kernel.spec.computed, rng)
    pack(conv, arrays)
    base = run(conv, arrays)
    for threads in (2, 3):
        expect_bits(f"{threads} threads", run(conv, arrays, threads), base)
    seed = int(rng.integers(2**31))
    there = placed(conv.kernel.spec.computed, arrays)
    x, residual = there["input"], there.get("residual")
    expect_bits("tasks in another order", conv.run_in_order(x, seed, residual=residual), base)
    apart.counted(conv)
    apart.disjoint(conv, x, residual, seed, base)
    return ["threads", "task order"]


def _specials(conv: Conv, rng: np.random.Generator) -> list[str]:
    """A NaN or Inf reaches the outputs that read it, and changes no bit of the others."""
    spec, transformed = conv.kernel.spec.computed, transforms(conv.kernel)
    arrays = normals(spec, rng)
    pack(conv, arrays)
    base = run(conv, arrays)
    taps = oracle.cross_weights(spec, arrays["weights"])
    for value in (math.nan, math.inf):
        places = points([sampled.Part(spec)], rng)
        place = places[int(rng.integers(len(places)))]
        x = arrays["input"].copy()
        oracle.channels_first(spec, x)[place] = value
        got = run(conv, arrays | {"input": x})
        near, v = reading(spec, place, value, taps)
        here = near.outputs(got)
        what = f"{value} in x[n, c, d, h, w] = [{index(place)}], outputs that"
        if transformed:  # it reaches all of its tiles' outputs, as one kind of special or another
            expect_bits(f"{what} do not see it", np.where(touched(conv.kernel, place), base, got), base)
            raise_first(near.told(f"{what} read it"), (v != 0) & _finite(spec, here, arrays), here, v)
            continue
        others = got.copy()
        near.outputs(others)[...] = np.where(v == 0, here, near.outputs(base))
        expect_bits(f"{what} do not read it", others, base)
        want = stored(spec, oracle.activate(spec, v, arrays.get("slopes")))
        allowed = 0.0 if spec.act.row.exact else NEARLY
        # silu(−Inf) is NaN by its formula, and may be its limit
        want = np.where(np.isnan(want) & (v < 0) & (np.abs(here) <= allowed), here, want)
        expect(near.told(f"{what} read it"), np.where(v == 0, want, here), want, allowed)
    return ["NaN", "Inf"]


def _finite(spec: ConvSpec, y: Array, arrays: Arrays) -> NDArray[np.bool_]:
    """Outputs that show no special: an activation may hide one at its end, or nearly there. Ends are what it makes of
    large numbers, since some formulas have no value at an infinity."""
    low, high = (oracle.activate(spec, np.full(y.shape, end), arrays.get("slopes")) for end in (-1e30, 1e30))
    plain: NDArray[np.bool_] = np.isfinite(y) & (np.abs(y - low) > NEARLY) & (np.abs(y - high) > NEARLY)
    return plain
