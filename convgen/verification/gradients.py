"""What a right kernel of a gradient of weights does: the oracle's bits on integers, within its bound on reals, and
properties.

Every mode is as those of checks. Of a large layer some channels are compared, of outputs and of inputs: the gradients
of the weights between these are those of a layer of these channels alone, summed over all pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .. import isolate
from ..errors import UnsupportedError
from ..layer.array import Array as LayerArray
from ..layer.spec import ConvSpec
from ..run.arrays import Array, laid
from ..run.fence import PLACES, Fence
from ..run.gradients import Compiled, Gradients
from . import apart, compare, draws, oracle, sampled
from .checks import Outcome
from .compare import Wrong, expect, expect_bits, placed
from .readers import points, readers

if TYPE_CHECKING:
    from ..run.build import AnyConv

SPECIAL = math.nan


class Data(NamedTuple):
    """x, dy: what the kernel takes."""

    x: Array
    dy: Array


class Part(NamedTuple):
    """Some channels of a layer. spec: the layer that they are by themselves. outputs, inputs: which ones, of all, and
    of all of a group; None where it is the whole layer."""

    spec: ConvSpec
    outputs: Array | None = None
    inputs: Array | None = None

    def data(self, whole: ConvSpec, given: Data) -> Data:
        if self.outputs is None or self.inputs is None:
            return given
        group = int(self.outputs[0]) // whole.ocg
        axis = -1 if whole.channels_last else 1
        return Data(np.take(given.x, self.inputs + group * whole.icg, axis), np.take(given.dy, self.outputs, axis))

    def results(self, whole: ConvSpec, made: Gradients) -> Iterator[tuple[str, Array]]:
        """What the kernel has made of the whole layer, as far as it is this part's, by name."""
        if self.outputs is None or self.inputs is None:
            yield from _named(made)
            return
        taps = oracle.cross_weights(whole, made.weights)[np.ix_(self.outputs, self.inputs)]
        yield "weights", oracle.from_cross(self.spec, taps)
        if made.bias is not None:
            yield "bias", made.bias[self.outputs]


def parts(spec: ConvSpec) -> list[Part]:
    """What is compared: all of a small layer; of a large one some channels of its first, its last and another group,
    the first and the last among them; the same ones each time."""
    if not sampled.large(spec):
        return [Part(spec)]
    rng = np.random.default_rng(0)
    most = max(1, sampled.BOXES // (spec.macs // (spec.oc * spec.icg)))  # of weights' planes
    groups = _some(spec.g, min(3, most), rng)
    side = max(1, math.isqrt(most // len(groups)))
    found = []
    for group in groups:
        outputs, inputs = _some(spec.ocg, side, rng), _some(spec.icg, side, rng)
        own = spec.replace(g=1, ic=len(inputs), oc=len(outputs), in_stride=None, out_stride=None)
        found.append(Part(own, outputs + group * spec.ocg, inputs))
    return found


def _some(count: int, most: int, rng: np.random.Generator) -> Array:
    """Of the numbers below `count` so many: the first, the last, any others."""
    ends = np.unique([0, count - 1])[: max(1, most)]
    others = rng.permutation(np.setdiff1d(np.arange(count), ends))[: max(0, most - len(ends))]
    return np.sort(np.concatenate([ends, others]))


def _covered(parts: list[Part], spec: ConvSpec, count: int) -> str:
    """How many sums are compared, in words."""
    if parts[0].outputs is None:
        return f"{count} sums"
    made = sum(array.count for array in spec.arrays if array.written)
    return f"{count} of {made} sums, of weights between some channels,"


def exact(conv: AnyConv, rng: np.random.Generator) -> Outcome:
    """Integers of which no sum rounds: equal bits."""
    made, spec = _conv(conv), conv.kernel.spec
    data = integers(spec, rng)
    got = run(made, data)
    count, some = 0, parts(spec)
    for part in some:
        wanted = oracle.gradients(part.spec, *part.data(spec, data))
        for (what, array), want in zip(part.results(spec, got), wanted, strict=False):
            expect(f"integers, {what}", array, compare.stored(spec, want.y))
            count += array.size
    return None, f"{_covered(some, spec, count)} equal"


def bound(conv: AnyConv, rng: np.random.Generator) -> Outcome:
    """Reals of like and of mixed magnitudes: every error is within the bound of the plan."""
    figures, count = [0.0], 0
    for what, got, want, allowed in compared(conv, rng):
        figures.append(expect(what, got, want, allowed) or 0.0)
        count += got.size
    covered = _covered(parts(conv.kernel.spec), conv.kernel.spec, count)
    return max(figures), f"of the bound at most, in {covered.rstrip(',')}"


def compared(conv: AnyConv, rng: np.random.Generator) -> Iterator[tuple[str, Array, Array, Array]]:
    """Data of each kind in words, what the kernel makes of it, what is right, and the error that its bound allows."""
    made, spec, limit = _conv(conv), conv.kernel.spec, conv.kernel.bound
    for kind, spread in (("normal data", 0.0), ("mixed magnitudes", 3.0)):
        data = reals(spec, rng, spread)
        got = run(made, data)
        for part in parts(spec):
            wanted = oracle.gradients(part.spec, *part.data(spec, data))
            for (what, array), want in zip(part.results(spec, got), wanted, strict=False):
                yield f"{kind}, {what}", array, want.y, limit.allowed(want.y, want.s, want.y)


def properties(conv: AnyConv, rng: np.random.Generator) -> Outcome:
    """What the definition says without computing a gradient."""
    made = _conv(conv)
    return None, ", ".join([*_impulses(made, rng), *_adjoint(made, rng), *_same_bits(made, rng), *_special(made, rng)])


def guard(conv: AnyConv, rng: np.random.Generator) -> Outcome:
    """Arrays among unmapped pages, as guard.py has it: the bits of an ordinary run, and nothing else is written."""
    made = _conv(conv)
    data = reals(conv.kernel.spec, rng)
    base = run(made, data)
    for place in PLACES:
        isolate.stage(f"guard, arrays {place}")
        for (what, array), (_, want) in zip(_named(_fenced(made, data, place)), _named(base), strict=True):
            expect_bits(f"arrays {place}, {what}", array, want)
    return None, "arrays " + ", ".join(PLACES)


MODES = {"exact": exact, "bound": bound, "properties": properties, "guard": guard}


# --- properties ---


def _impulses(conv: Compiled, rng: np.random.Generator) -> list[str]:
    """A single input of 1 gives the gradients of the outputs that read it to the weights by which they do."""
    spec = conv.kernel.spec
    for place in points([sampled.Part(spec)], rng):
        data = integers(spec, rng)
        x = np.zeros_like(data.x)
        oracle.channels_first(spec, x)[place] = 1.0
        taps = np.zeros((spec.oc, spec.icg, *(axis.k for axis in spec.axes)))
        dy = oracle.channels_first(spec, data.dy)
        for output, tap in readers(spec, place):
            taps[tap] += dy[output].astype(np.float64)
        expect("impulses", run(conv, Data(x, data.dy)).weights, oracle.from_cross(spec, taps))
    return ["impulses"]


def _adjoint(conv: Compiled, rng: np.random.Generator) -> list[str]:
    """⟨conv(x, w) + b, dy⟩ = ⟨w, dw⟩ + ⟨b, db⟩, of integers, whatever w and b are."""
    spec = conv.kernel.spec
    data = integers(spec, rng)
    got = run(conv, data)
    for part in parts(spec):
        own, made = part.data(spec, data), dict(part.results(spec, got))
        w = rng.integers(-3, 4, part.spec.weights_shape).astype(np.float64)
        b = rng.integers(-3, 4, part.spec.oc).astype(np.float64) if spec.bias else None
        left = float((oracle.convolve(part.spec.replace(op="forward"), own.x, w, b).y * own.dy).sum())
        right = float((w * made["weights"]).sum()) + (0.0 if b is None else float((b * made["bias"]).sum()))
        if left != right and not spec.arithmetic.output.rounds:
            raise Wrong(f"adjoint: <conv(x, w), dy> is {left}, <w, dw> {right}")
    return ["adjoint"]


def _same_bits(conv: Compiled, rng: np.random.Generator) -> list[str]:
    """Neither the number of threads nor the order of the tasks changes a bit."""
    spec = conv.kernel.spec
    data = reals(spec, rng)
    base = run(conv, data)
    apart.counted(conv)
    there = placed(spec, _roles(data))
    shuffled = conv.run_in_order(there["input"], int(rng.integers(2**31)), there["output_gradient"])
    others = {"2 threads": run(conv, data, 2), "3 threads": run(conv, data, 3), "tasks in another order": shuffled}
    for what, got in others.items():
        for (name, array), (_, want) in zip(_named(got), _named(base), strict=True):
            expect_bits(f"{what}, {name}", array, want)
    return ["threads", "task order"]


def _special(conv: Compiled, rng: np.random.Generator) -> list[str]:
    """A NaN in x reaches the weights by which some output reads it, and changes no bit of the others."""
    spec = conv.kernel.spec
    data = reals(spec, rng)
    base = run(conv, data)
    for place in points([sampled.Part(spec)], rng)[:2]:
        x = data.x.copy()
        oracle.channels_first(spec, x)[place] = SPECIAL
        reached = np.zeros((spec.oc, spec.icg, *(axis.k for axis in spec.axes)), bool)
        for _, tap in readers(spec, place):
            reached[tap] = True
        seen = oracle.from_cross(spec, reached)
        got = run(conv, Data(x, data.dy)).weights
        expect_bits("NaN, weights that no output reads it by", np.where(seen, base.weights, got), base.weights)
        if not np.isnan(got[seen]).all():
            raise Wrong("NaN: weights by which outputs read it are numbers")
    return ["NaN"]


# --- data ---


def integers(spec: ConvSpec, rng: np.random.Generator) -> Data:
    """Integers from ±1 up, of which sums over all pixels are exact in f32."""
    top = min(8, math.isqrt((2**24 - 1) // spec.terms))
    if top < 1:
        raise UnsupportedError(f"integer data needs fewer than 2^24 terms (terms={spec.terms})")
    return Data(*(_signed(rng, top, array.shape).astype(array.element.dtype) for array in spec.arrays[:2]))


def reals(spec: ConvSpec, rng: np.random.Generator, spread: float = 0.0) -> Data:
    """N(0, 1) numbers, each times 2^N(0, spread²), less in types of a small range."""
    if spec.arithmetic.input.narrow:
        spread = min(spread, draws.NARROW_SPREAD)

    def draw(array: LayerArray, size: float) -> Array:
        found: Array = np.empty(array.shape, array.element.dtype)
        for image in found:  # one after the other, in f64
            image[...] = size * rng.standard_normal(image.shape) * np.exp2(spread * rng.standard_normal(image.shape))
        return found

    x, dy, *_ = spec.arrays
    return Data(draw(x, 1.0), draw(dy, 1 / math.sqrt(spec.terms) if spec.arithmetic.input.narrow else 1.0))


def _signed(rng: np.random.Generator, top: int, shape: tuple[int, ...]) -> Array:
    numbers = rng.integers(-top, top, shape)
    return numbers + (numbers >= 0)


def _roles(data: Data) -> dict[str, Array]:
    return {"input": data.x, "output_gradient": data.dy}


# --- running ---


def _conv(conv: AnyConv) -> Compiled:
    assert isinstance(conv, Compiled)
    return conv


def run(conv: Compiled, data: Data, threads: int | None = None) -> Gradients:
    """The kernel on these arrays, which are slices where the layer's are."""
    there = placed(conv.kernel.spec, _roles(data))
    return conv(there["input"], there["output_gradient"], threads=threads)


def _named(made: Gradients) -> Iterator[tuple[str, Array]]:
    yield "weights", made.weights
    if made.bias is not None:
        yield "bias", made.bias


def _fenced(conv: Compiled, data: Data, place: str) -> Gradients:
    """A run with every array fenced."""
    kernel, (align, wide) = conv.kernel, conv.aligns
    memory: dict[str, Fence] = {}
    given = _roles(data)
    for array in kernel.spec.arrays:
        memory[array.role] = Fence(array.bytes, align, place)
        if array.role in given:
            laid(array, memory[array.role].bytes)[...] = given[array.role]
            memory[array.role].keep(lock=conv.in_place)
    memory["workspace"] = Fence(kernel.workspace_bytes + kernel.scratch_bytes, wide, place)
    conv.run_at(memory)
    for name, made in memory.items():
        if not made.intact():
            raise Wrong(f"arrays {place}: bytes beside the {name} were written")
        if not made.kept():
            raise Wrong(f"arrays {place}: the {name} was written")
    arrays = {array.role: np.array(laid(array, memory[array.role].bytes)) for array in kernel.spec.arrays}
    return Gradients(arrays["weights_gradient"], arrays.get("bias_gradient"))
