"""What a right kernel does: the oracle's bits on integers, within its bound on reals, and properties.

Every mode is a function (conv, rng) -> (figure, detail) that raises Wrong. figure is the largest
error as a share of what is allowed, None where bits were compared. Data avoids zeros, which hide
what is wrong, and is scaled to where the activation bends; slopes are at most 1 in magnitude, for which bounds are
stated. The sign of a zero is not compared.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from .. import algorithms
from ..algorithms.numerics import Rounded, Spectral, Transformed
from ..errors import UnsupportedError
from ..layer import array as layer
from ..layer.spec import Axis, ConvSpec
from ..plan.bound import UNIT_ROUNDOFF
from ..run.arrays import PAGE, Array, room
from ..run.fence import FILL
from . import exactness, extremes, filtering, oracle, sampled, spectra
from .joined import apart, joined

if TYPE_CHECKING:
    from ..plan.kernel import Kernel
    from ..run.build import AnyConv as Conv

Arrays = dict[str, Array]  # what a layer takes, by role
Doubles = NDArray[np.float64]
Outcome = tuple[float | None, str]
Compared = tuple[str, Array, Doubles, Doubles]
"""Data in words, what the kernel makes of it, what is right, and the error that its bound allows."""
Same = Callable[["Conv", np.random.Generator], list[str]]

NEARLY = 1e-6  # what others may miss the value at an infinity by: sigmoid(Inf) is 1, or nearly

BYTE = 74.0  # standard deviation of weights of 8 bits
NARROW_SPREAD = 1.5  # of magnitudes, at most, whose sums a type of a small range still holds
NARROW_RANGE, RANGE = (-4, 6), (-20, 20)  # powers of two of where sums may lie


class Wrong(Exception):
    """The first wrong element in words; `figure` as a mode returns it."""

    def __init__(self, text: str, figure: float | None = None) -> None:
        super().__init__(text)
        self.figure = figure


# --- modes ---


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
        yield "the largest magnitudes", _each(spec, lambda array: drawn[array.role])


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
    drawn = {**_weights(spec, rng, _nonzero(rng, top, spec.weights_shape), _scale(spec, top)), **_eighths(spec, rng)}
    arrays = _each(spec, lambda array: drawn.get(array.role, np.zeros(array.shape)))
    taps = oracle.cross_weights(spec, _real(spec, arrays)["weights"])
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


def sums_of(part: sampled.Part, places: Iterable[tuple[int, ...]], taps: NDArray[Any], step: int = 1) -> NDArray[Any]:
    """The sums of a part's outputs where the layer's input is `step` at some places [n, c, d, h, w], else 0. taps: as
    cross_weights has them."""
    v = np.zeros(part.spec.output_shape, taps.dtype)
    sums = oracle.channels_first(part.spec, v)
    for place in places:
        if (here := part.counted(place)) is not None:
            for output, tap in readers(part.spec, here):
                sums[output] += step * taps[tap]
    return v


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
    tops = {role: float(np.abs(array).max()) for role, array in _real(spec, arrays).items() if role != "slopes"}
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


class Move(NamedTuple):
    """An input that is moved by a stride along an axis, number `axis` of the layout: outputs that read no padding along
    it, low … high - 1, move by one; of a transposed layer, an input moved by one moves them by a stride."""

    along: Axis
    axis: int
    low: int
    high: int
    inputs: int
    outputs: int

    @property
    def name(self) -> str:
        return f"shift along i{self.along.name}"

    @property
    def words(self) -> str:
        name = self.along.name
        return f"input moved by {self.inputs} along i{name}, outputs counted from o{name}={self.low}"

    def rolled(self, arrays: Arrays) -> Arrays:
        """The arrays with what a run takes moved."""
        by = {"input": self.inputs, "residual": self.outputs}
        return {role: np.roll(array, -by[role], self.axis) if role in by else array for role, array in arrays.items()}

    def within(self, part: sampled.Part) -> Move | None:
        """The same of a part's outputs; None where it has no two such ones."""
        if part.output is None:
            return self
        where = part.output[self.axis]
        low, high = max(self.low, where.start), min(self.high, where.stop - self.outputs)
        return self._replace(low=low - where.start, high=high - where.start) if high > low else None

    def part(self, spec: ConvSpec, y: Any, skipped: int) -> NDArray[Any]:
        """Outputs of y from low on, `skipped` steps further, as many as two results have in common."""
        wanted = range(self.low + skipped * self.outputs, self.high + skipped * self.outputs)
        return np.take(np.broadcast_to(y, spec.output_shape), wanted, self.axis)


def moves(spec: ConvSpec) -> Iterator[Move]:
    """Of every axis that has two such outputs."""
    for axis in spec.axes[3 - spec.rank :]:
        reach, steps = (axis.k - 1) * axis.d, (axis.s, 1)
        low = -(-axis.before // axis.s)
        high = (axis.before + axis.i - 1 - reach) // axis.s
        if spec.transposed:
            low, steps = max(0, reach - axis.before), (1, axis.s)
            high = min(axis.o - axis.s, (axis.i - 1) * axis.s - axis.before)
        if high > low:
            yield Move(axis, spec.layout.index(axis.name), low, high, *steps)


def same_bits(conv: Conv, rng: np.random.Generator) -> list[str]:
    """Neither the number of threads nor the order of the tasks changes a bit."""
    arrays = normals(conv.kernel.spec.computed, rng)
    pack(conv, arrays)
    base = run(conv, arrays)
    for threads in (2, 3):
        expect_bits(f"{threads} threads", run(conv, arrays, threads), base)
    seed = int(rng.integers(2**31))
    there = placed(conv.kernel.spec.computed, arrays)
    expect_bits("tasks in another order", conv.run_in_order(there["input"], seed, residual=there.get("residual")), base)
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
        near, v = _reading(spec, place, value, taps)
        here = near.outputs(got)
        what = f"{value} in x[n, c, d, h, w] = [{index(place)}], outputs that"
        if transformed:  # it reaches all of its tiles' outputs, as one kind of special or another
            expect_bits(f"{what} do not see it", np.where(touched(conv.kernel, place), base, got), base)
            _raise_first(near.told(f"{what} read it"), (v != 0) & _finite(spec, here, arrays), here, v)
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


def _reading(spec: ConvSpec, place: tuple[int, ...], value: float, taps: Doubles) -> tuple[sampled.Part, Doubles]:
    """A box of outputs, of all channels, with all that read input [n, c, d, h, w]; and the part in their sums of such
    a value there, 0 where it is not read."""
    met = readers(spec, place)
    n, _, *points = zip(*(output for output, _ in met), strict=True) if met else ((0,),) * 5
    low = dict(zip("ndhw", map(min, (n, *points)), strict=True))
    high = dict(zip("ndhw", map(max, (n, *points)), strict=True))
    near = sampled.Part(spec, None, tuple(slice(low[axis], high[axis] + 1) if axis in low else slice(None)
                                          for axis in spec.layout))
    v = near.outputs(np.broadcast_to(0.0, spec.output_shape)).copy()
    sums = oracle.channels_first(spec, v)
    for (_, channels, *at), tap in met:
        sums[0, channels, *(one - low[axis] for one, axis in zip(at, "dhw", strict=True))] = value * taps[tap]
    return near, v


# --- data ---


def aligned(spec: ConvSpec, arrays: Arrays) -> tuple[Arrays, Array]:
    """The same numbers, and room for an output, at addresses that suit the machine: what is timed."""
    fresh: Arrays = {array.role: room(array, PAGE) for array in spec.arrays}
    for role, array in arrays.items():
        fresh[role][...] = array
    return fresh, fresh.pop("output")


def placed(spec: ConvSpec, arrays: Arrays) -> Arrays:
    """The same numbers as a run takes them: where the layer has slices, in tensors that are NaN beside them."""
    return {array.role: _placed(array, arrays[array.role]) for array in spec.arrays if array.role in arrays}


def _placed(array: layer.Array, numbers: Array) -> Array:
    if array.whole:
        return numbers
    there = room(array)
    _memory(there)[...] = FILL
    there[...] = numbers
    return there


def _memory(part: Array) -> NDArray[np.uint8]:
    """All bytes of the memory that room made for an array."""
    assert isinstance(part.base, np.ndarray)
    return part.base.view(np.uint8)


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
    scale = _scale(spec, float(np.abs(w).max()) * math.sqrt(spec.terms + 2))
    drawn = {"input": x, **_weights(spec, rng, w, scale), **_eighths(spec, rng)}
    with np.errstate(invalid="ignore"):  # what no integer of the type is
        arrays = _each(spec, lambda array: drawn[array.role] if array.role in drawn else
                       _nonzero(rng, 8, array.shape) * scale)
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
    scale = _scale(spec, limit**2 / 3 * math.sqrt(spec.terms + 2))
    arrays = _fill(spec, lambda shape: _nonzero(rng, limit, shape), scale, limit) | _eighths(spec, rng)
    if spec.arithmetic.weights_only:
        numbers = _nonzero(rng, limit, spec.weights_shape).astype(spec.arithmetic.weights.dtype)
        arrays |= _weights(spec, rng, numbers, scale)
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
    arrays = _fill(spec, draw, _scale(spec, size), size)
    if (slopes := spec.array("slopes")) is not None:
        arrays["slopes"] = rng.uniform(-1.0, 1.0, slopes.shape).astype(slopes.element.dtype)
    if spec.arithmetic.weights_only:
        weights = exactness.whole(rng, spec.arithmetic.weights, spec.weights_shape)
        arrays["weights"] = np.where(weights == 0, weights.dtype.type(1), weights)
        scale = _scale(spec, size * BYTE) * np.exp2(rng.uniform(-1, 1, spec.oc) * max(1.0, spread))
        arrays["scale"] = scale.astype(spec.scale.dtype)
    return arrays


def _weights(spec: ConvSpec, rng: np.random.Generator, numbers: NDArray[Any], unit: float) -> Arrays:
    """Weights that are numbers times a power of two. Where they alone are integers, these are the numbers, and scales
    are that or half of it."""
    if not spec.arithmetic.weights_only:
        return {"weights": numbers * np.float32(unit)}
    return {"weights": numbers, "scale": (unit * rng.choice((0.5, 1.0), spec.oc)).astype(spec.scale.dtype)}


def _real(spec: ConvSpec, arrays: Arrays) -> Arrays:
    """The arrays, with the weights that integers stand for."""
    scale = arrays.get("scale")
    real = oracle.real_weights(spec, arrays["weights"], scale)
    return {role: array for role, array in (arrays | {"weights": real}).items() if role != "scale"}


def _eighths(spec: ConvSpec, rng: np.random.Generator) -> Arrays:
    """Slopes from ±1/8 to ±1, where the layer has them: a product with one of an integer of some bits less than f32 has
    is exact."""
    slopes = spec.array("slopes")
    return {} if slopes is None else {"slopes": (_nonzero(rng, 8, slopes.shape) / 8).astype(slopes.element.dtype)}


def _fill(spec: ConvSpec, draw: Callable[[tuple[int, ...]], Any], scale: float, size: float) -> Arrays:
    """Arrays drawn by shape: the input as drawn, weights times `scale`, what is added times `scale·size`; slopes, and
    weights that alone are integers, are left to the caller."""
    factors = {"input": 1.0, "weights": scale, "slopes": 0.0}
    if spec.arithmetic.weights_only:
        factors |= {"weights": 0.0, "scale": 0.0}
    return _each(spec, lambda array: draw(array.shape) * factors.get(array.role, scale * size))


def _each(spec: ConvSpec, draw: Callable[[layer.Array], Any]) -> Arrays:
    """What the layer takes, each array as drawn, in its own type."""
    taken = [array for array in spec.arrays if not array.written]
    taken.sort(key=lambda array: array.role != "input")  # which a seed draws first
    return {array.role: np.asarray(draw(array), array.element.dtype) for array in taken}


def _scale(spec: ConvSpec, size: float) -> float:
    """The power of two that brings sums of this size to where the activation bends."""
    low, high = NARROW_RANGE if spec.arithmetic.output.narrow else RANGE
    return 2.0 ** round(math.log2(min(max(spec.act.bend, 2.0**low), 2.0**high) / size))


def _nonzero(rng: np.random.Generator, limit: int, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Integers from ±1 to ±limit."""
    numbers = rng.integers(-limit, limit, shape)
    return numbers + (numbers >= 0)


def points(parts: Sequence[sampled.Part], rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Up to five different inputs [n, c, d, h, w] of a layer that parts of it read: three at random, the first corner
    of the first part, the last of the last."""
    def of(part: sampled.Part, at: Iterable[int]) -> tuple[int, ...]:
        return tuple(first + one for first, one in zip(part.first, at, strict=True))

    chosen = [parts[int(rng.integers(len(parts)))] for _ in range(3)]
    random = [of(part, (int(rng.integers(extent)) for extent in part.extents)) for part in chosen]
    return list(dict.fromkeys([*random, parts[0].first, of(parts[-1], (extent - 1 for extent in parts[-1].extents))]))


def readers(spec: ConvSpec, place: tuple[int, ...]) -> list[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Which outputs [n, oc, …] read input [n, c, d, h, w], each with its tap [oc, ic/g, kd, …].

    Along an axis, output o reads input i through tap k when o·s − pad + k·d = i; of a transposed layer, when
    i·s − pad + k·d = o.
    """
    n, c, *point = place

    def along(axis: Axis, i: int) -> list[tuple[int, int]]:
        if spec.transposed:
            added = ((i * axis.s - axis.before + k * axis.d, k) for k in range(axis.k))
            return [(o, k) for o, k in added if 0 <= o < axis.o]
        met = (divmod(i + axis.before - k * axis.d, axis.s) for k in range(axis.k))
        return [(o, k) for k, (o, odd) in enumerate(met) if not odd and 0 <= o < axis.o]

    group, channel = divmod(c, spec.icg)
    outputs = slice(group * spec.ocg, (group + 1) * spec.ocg)
    met = itertools.product(*(along(axis, i) for axis, i in zip(spec.axes, point, strict=True)))
    split = (zip(*pairs, strict=True) for pairs in met)
    return [((n, outputs, *o), (outputs, channel, *k)) for o, k in split]


# --- running and comparing ---


def pack(conv: Conv, arrays: Arrays) -> None:
    """Give the kernel what it takes once of these arrays."""
    spec = conv.kernel.spec.computed
    if spec.chained:
        parts = apart(spec, {role: array for role, array in arrays.items() if role != "residual"})
        conv.pack(*([part.get(role) for part in parts] for role in ("weights", "bias", "scale")),
                  slopes=[part.get("slopes") for part in parts])
        return
    given: dict[str, Any] = {array.role: arrays[array.role] for array in spec.arrays if array.when == "pack"}
    conv.pack(**given)


def run(conv: Conv, arrays: Arrays, threads: int | None = None, over_residual: bool = False) -> Array:
    """The packed kernel on these arrays; Wrong where it writes beside the output. over_residual: on a copy of the
    residual, where the output goes too."""
    spec = conv.kernel.spec.computed
    there, wanted = placed(spec, arrays), spec.array("output")
    residual: Array | None = there.get("residual")
    assert wanted is not None
    if wanted.whole and not over_residual:
        y: Array = conv(there["input"], residual=residual, threads=threads)
        return y
    out = room(wanted)
    _memory(out)[...] = FILL
    if over_residual:
        residual = out
        out[...] = arrays["residual"]
    conv(there["input"], residual=residual, out=out, threads=threads)
    return taken(out, _memory(out))


def taken(out: Array, memory: NDArray[np.uint8]) -> Array:
    """A copy of the outputs, which are FILL afterwards; Wrong unless all else of the memory around them is so still."""
    y = np.array(out, order="C")
    out.view(f"u{out.itemsize}")[...] = np.iinfo(f"u{out.itemsize}").max
    if (memory != FILL).any():
        raise Wrong("channels beside the output's were written")
    return y


def transforms(kernel: Kernel) -> bool:
    """Whether the kernel transforms its data before it multiplies."""
    return isinstance(algorithms.of(kernel.plan).numerics(kernel.plan), Transformed | Spectral)


def spectral(kernel: Kernel) -> bool:
    """Whether these are Fourier's."""
    return isinstance(algorithms.of(kernel.plan).numerics(kernel.plan), Spectral)


def touched(kernel: Kernel, place: tuple[int, ...]) -> NDArray[np.bool_]:
    """The outputs that input [n, c, d, h, w] reaches in such a kernel."""
    if spectral(kernel):
        return spectra.touched(kernel.plan, kernel.spec.computed, place)
    return filtering.touched(kernel.plan, place)


def rounds_operands(kernel: Kernel) -> bool:
    """Whether the kernel rounds what it multiplies: a transform does, and a matrix instruction may."""
    numerics = algorithms.of(kernel.plan).numerics(kernel.plan)
    return isinstance(numerics, Transformed | Rounded | Spectral) and numerics.expected_error > 0


def reference(kernel: Kernel, arrays: Arrays) -> oracle.Result:
    """What the oracle makes of arrays; s is what the kernel's bound is a share of."""
    ((_, result),) = references(kernel, arrays, [sampled.Part(kernel.spec.computed)])
    return result


def references(kernel: Kernel, arrays: Arrays, parts: Sequence[sampled.Part] = (),
               ) -> Iterator[tuple[sampled.Part, oracle.Result]]:
    """The same of parts of a layer, of those that are compared unless some are given."""
    blocks = _of_blocks(kernel, arrays)
    for part in parts or sampled.parts(kernel):
        given = part.arrays(arrays)
        result = oracle.convolve(part.spec, **given)
        if blocks is not None:
            result = result._replace(s=blocks(part, given))
        elif transforms(kernel):
            result = result._replace(s=filtering.magnitudes(part.plan(kernel.plan), **given))
        yield part, result


def _of_blocks(kernel: Kernel, arrays: Arrays) -> Callable[[sampled.Part, Arrays], Doubles] | None:
    """Of a kernel that transforms blocks by Fourier, the s of a part, which a block beyond it is part of."""
    if not spectral(kernel):
        return None
    plan = kernel.plan
    if plan.spec.streamed:
        return lambda part, given: spectra.magnitudes(plan, **given)
    shares = spectra.shares(plan, arrays["input"], arrays["weights"])
    return lambda part, given: spectra.of_outputs(plan, shares, given.get("bias"), given.get("residual"), part.output)


def _finite(spec: ConvSpec, y: Array, arrays: Arrays) -> NDArray[np.bool_]:
    """Outputs that show no special: an activation may hide one at its end, or nearly there. Ends are what it makes of
    large numbers, since some formulas have no value at an infinity."""
    low, high = (oracle.activate(spec, np.full(y.shape, end), arrays.get("slopes")) for end in (-1e30, 1e30))
    plain: NDArray[np.bool_] = np.isfinite(y) & (np.abs(y - low) > NEARLY) & (np.abs(y - high) > NEARLY)
    return plain


def stored(spec: ConvSpec, y: NDArray[Any]) -> NDArray[Any]:
    """y as memory holds it: rounded, where that is not what its last operation does anyway."""
    output = spec.arithmetic.output
    with np.errstate(over="ignore", invalid="ignore"):
        return y.astype(output.dtype).astype(y.dtype) if output.rounds else y


def pointwise(kernel: Kernel, v: NDArray[np.float64], arrays: Arrays) -> tuple[NDArray[Any], Any]:
    """What memory holds after the activation of sums v that f32 holds exactly, and the error it may have."""
    spec, limit, slopes = kernel.spec, kernel.bound, arrays.get("slopes")
    if spec.act.row.exact:
        return stored(spec, oracle.activate(spec, v, slopes, np.float32)), 0.0
    y = oracle.activate(spec, v, slopes)
    return y, limit.stored(y, UNIT_ROUNDOFF * (limit.absolute + limit.relative * np.abs(v)))


def expect(what: str, got: NDArray[Any], want: NDArray[Any], allowed: Any = 0.0) -> float | None:
    """Raise Wrong unless |got − want| <= allowed everywhere; the largest error as a share of it."""
    if np.array_equal(got, want):
        return None
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        same = (got == want) | (np.isnan(got) & np.isnan(want))
        error = np.abs(got - np.asarray(want, np.float64))
        wrong = ~(same | (error <= allowed))
        share = np.where(same, 0.0, error / allowed)
    figure = float(share.max()) if np.any(allowed) and np.isfinite(share).all() else None
    _raise_first(what, wrong, got, want, allowed, figure)
    return figure


def expect_bits(what: str, got: Array, want: Array) -> None:
    """Raise Wrong unless both hold the same bits."""
    bits = f"u{got.itemsize}"
    _raise_first(what, got.view(bits) != want.view(bits), got, want)


def _raise_first(
    what: str, wrong: NDArray[np.bool_], got: NDArray[Any], want: NDArray[Any], allowed: Any = 0.0,
    figure: float | None = None,
) -> None:
    if not wrong.any():
        return
    at = np.unravel_index(np.argmax(wrong), wrong.shape)
    limit = float(np.broadcast_to(allowed, wrong.shape)[at])
    raise Wrong(
        f"{what}: {np.count_nonzero(wrong)} of {wrong.size} outputs wrong, first y[{index(at)}] is"
        f" {_number(got[at])}, expected {_number(want[at])}" + (f" ± {limit:.3g}" if limit else ""), figure,
    )


def _number(value: Any) -> str:
    return f"{value:.9g}" if isinstance(value, np.floating) else str(value)


def index(at: tuple[Any, ...]) -> str:
    return ", ".join(str(int(i)) for i in at)
