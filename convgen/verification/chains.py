"""What a right kernel of a chain does: what its layers' oracles make of each other's outputs.

Every mode is as those of checks. Of floats, *exact* draws integers of which no layer rounds anything, and *bound*
counts what the error of each layer makes of the next one's. Of integers, each layer has the rule's bits, and so has the
chain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UnsupportedError
from ..layer.spec import ConvSpec
from ..plan.bound import UNIT_ROUNDOFF
from . import compare, draws, exactness, oracle, sampled
from .checks import Outcome, same_bits
from .compare import Arrays, Wrong, expect, expect_bits, pack, run
from .guard import guard
from .joined import apart, joined, results
from .readers import moves, points

if TYPE_CHECKING:
    from ..plan.kernel import Kernel
    from ..run.build import AnyConv as Conv

LARGEST = (8, 3, 2, 1)  # integers of weights, and of the input
SHARES = (1.0, 0.25, 1 / 16, 1 / 64)  # of weights that are not 0, as few as sums need to be exact


def exact(conv: Conv, rng: np.random.Generator) -> Outcome:
    """Integers that no layer rounds: equal bits, or within the last activation's own error."""
    spec = conv.kernel.spec
    try:
        arrays = unrounded(spec, rng)
    except UnsupportedError as error:
        return None, f"not possible: {error}"
    pack(conv, arrays)
    last = spec.parts[-1]
    v = results(spec, arrays)[-1].v
    slopes = apart(spec, arrays)[-1].get("slopes")
    want = compare.stored(last, oracle.activate(last, v, slopes, np.float32 if last.act.row.exact else np.float64))
    allowed = 0.0 if last.act.row.exact else conv.kernel.bound.stored(want, own_error(conv.kernel, v))
    figure = expect("integers", run(conv, arrays), want, allowed)
    return figure, f"{want.size} outputs equal" if not np.any(allowed) else f"{want.size} outputs: sums exact"


def own_error(kernel: Kernel, v: NDArray[Any]) -> NDArray[Any]:
    """Of the last activation, of sums that are exact."""
    limit: NDArray[Any] = UNIT_ROUNDOFF * (kernel.bound.absolute + kernel.bound.relative * np.abs(v))
    return limit


def bound(conv: Conv, rng: np.random.Generator) -> Outcome:
    """Reals of like and of mixed magnitudes: every error is within the bound of the chain."""
    figures = [0.0]
    for what, spread in (("normal data", 0.0), ("mixed magnitudes", 3.0)):
        arrays = draws.normals(conv.kernel.spec, rng, spread)
        pack(conv, arrays)
        got, made = run(conv, arrays), results(conv.kernel.spec, arrays)
        figures.append(expect(what, got, made[-1].y, allowed(conv.kernel, arrays, made)) or 0.0)
    return max(figures), f"of the bound at most, in 2 × {got.size} outputs"


def allowed(kernel: Kernel, arrays: Arrays, made: Sequence[oracle.Result]) -> NDArray[Any]:
    """The largest error of each output: that of the layer before, through the weights, and what a layer adds to it.
    made: what each layer makes of the arrays."""
    spec = kernel.spec
    before = kernel.bound.before
    assert isinstance(before, tuple)
    error: Any = 0.0
    for layer, limit, own, its in zip(spec.parts, (*before, kernel.bound), apart(spec, arrays), made, strict=True):
        brought = oracle.carried(layer, error, own.get("weights"), own.get("scale")) if np.any(error) else 0.0
        error = limit.allowed(its.v, its.s, its.y, brought)
    found: NDArray[Any] = error
    return found


def exact_integers(conv: Conv, rng: np.random.Generator) -> Outcome:
    """Whole ranges of all types, and sums that lie between two outputs: the bits of the rule, layer after layer."""
    spec, count = conv.kernel.spec, 0
    for what, draw in (("whole ranges", exactness.drawn), ("ties", exactness.ties)):
        arrays = joined(spec, [draw(layer, rng) for layer in spec.parts])
        pack(conv, arrays)
        want = results(spec, arrays)[-1].y
        expect(what, run(conv, arrays), want)
        count += want.size
    return None, f"{count} outputs equal: whole ranges and ties"


def properties(conv: Conv, rng: np.random.Generator) -> Outcome:
    """What the layers' definition says without computing one."""
    done = [*_shift(conv, rng), *same_bits(conv, rng)]
    return None, ", ".join(done if conv.kernel.spec.arithmetic.exact else [*done, *_special(conv, rng)])


def _shift(conv: Conv, rng: np.random.Generator) -> Iterator[str]:
    """Moving the input by the strides of all layers moves the output: of integers, which no layer rounds."""
    spec = conv.kernel.spec
    try:
        arrays = draws.normals(spec, rng) if spec.arithmetic.exact else unrounded(spec, rng)
    except UnsupportedError:
        return
    if any(not layer.act.row.exact for layer in spec.parts) and not spec.arithmetic.exact:
        return
    pack(conv, arrays)
    base = run(conv, arrays)
    for move in moves(spec):
        expect(move.words, move.part(spec, run(conv, move.rolled(arrays)), 0), move.part(spec, base, 1))
        yield move.name


def _special(conv: Conv, rng: np.random.Generator) -> list[str]:
    """A NaN reaches the outputs whose layers read it, and changes no bit of the others."""
    spec = conv.kernel.spec
    arrays = draws.normals(spec, rng)
    pack(conv, arrays)
    base = run(conv, arrays)
    for place in points([sampled.Part(spec)], rng)[:2]:
        x, reached = arrays["input"].copy(), np.zeros(spec.input_shape)
        oracle.channels_first(spec, x)[place] = math.nan
        oracle.channels_first(spec, reached)[place] = 1.0
        for layer, own in zip(spec.parts, apart(spec, arrays), strict=True):
            ones = None if layer.pooled else np.ones_like(own["weights"])
            reached = (oracle.carried(layer, reached, ones) > 0).astype(np.float64)
        got = run(conv, arrays | {"input": x})
        seen = reached > 0
        expect_bits("NaN, outputs that do not read it", np.where(seen, base, got), base)
        if spec.parts[-1].op != "max-pool" and not np.isnan(got[seen]).all():  # the largest of numbers is one
            raise Wrong("NaN: outputs that read it are numbers")
    return ["NaN"]


def unrounded(spec: ConvSpec, rng: np.random.Generator) -> Arrays:
    """Integers, of which no sum leaves what its type holds exactly, nor any output of a layer what memory does."""
    if inexact := next((layer.act.name for layer in spec.parts[:-1] if not layer.act.row.exact), None):
        raise UnsupportedError(f"{inexact} rounds")
    for share in SHARES:
        for most in LARGEST:
            arrays = joined(spec, [_integers(layer, rng, most, share) for layer in spec.parts])
            if _holds(spec, arrays):
                return arrays
    raise UnsupportedError("no integers were found that all layers hold")


def _integers(layer: ConvSpec, rng: np.random.Generator, most: int, share: float) -> Arrays:
    """From ±1 to ±most; of the weights so many, the others 0, but for one of each channel at least where it has few."""
    def draw(shape: tuple[int, ...]) -> NDArray[Any]:
        numbers = rng.integers(-most, most, shape)
        return numbers + (numbers >= 0)

    found: Arrays = {array.role: draw(array.shape).astype(array.element.dtype) for array in layer.arrays
                     if not array.written}
    if layer.pooled:
        return found
    kept = rng.random(layer.weights_shape) < max(share, min(1.0, 4 / layer.terms))
    found["weights"] = np.where(kept, found["weights"], found["weights"].dtype.type(0))
    if layer.slopes:
        found["slopes"] = (draw((layer.oc,)) / 8).astype(found["slopes"].dtype)
    if layer.arithmetic.weights_only:
        found["scale"] = np.ones_like(found["scale"])
    return found


def _holds(spec: ConvSpec, arrays: Arrays) -> bool:
    """Whether every sum of magnitudes, in units of what slopes make of ones, has no more bits than sums hold; and every
    output but the last is one of memory."""
    unit = 1.0
    for layer, made in zip(spec.parts, results(spec, arrays), strict=True):
        if made.s.max() >= unit * 2.0 ** 24:
            return False
        unit /= 8.0 if layer.slopes else 1.0
        if layer is not spec.parts[-1] and not np.array_equal(made.y, made.y.astype(layer.arithmetic.output.dtype)):
            return False
    return True


MODES = {"exact": exact, "bound": bound, "properties": properties, "guard": guard}
EXACT = {"exact": exact_integers, "properties": properties, "guard": guard}  # of layers that sum integers
