"""What a kernel makes of data, what is right, and how the two compare. The sign of a zero is not compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import algorithms
from ..algorithms.numerics import Rounded, Spectral, Transformed
from ..layer import array as layer
from ..layer.spec import ConvSpec
from ..plan.bound import UNIT_ROUNDOFF
from ..run.arrays import PAGE, Array, room
from ..run.fence import FILL
from . import filtering, oracle, sampled, spectra
from .joined import apart

if TYPE_CHECKING:
    from ..plan.kernel import Kernel
    from ..run.build import AnyConv as Conv

Arrays = dict[str, Array]  # what a layer takes, by role
Doubles = NDArray[np.float64]


class Wrong(Exception):
    """The first wrong element in words; `figure` as a mode returns it."""

    def __init__(self, text: str, figure: float | None = None) -> None:
        super().__init__(text)
        self.figure = figure


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
    memory(there)[...] = FILL
    there[...] = numbers
    return there


def memory(part: Array) -> NDArray[np.uint8]:
    """All bytes of the memory that room made for an array."""
    assert isinstance(part.base, np.ndarray)
    return part.base.view(np.uint8)


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
    memory(out)[...] = FILL
    if over_residual:
        residual = out
        out[...] = arrays["residual"]
    conv(there["input"], residual=residual, out=out, threads=threads)
    return taken(out, memory(out))


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
    raise_first(what, wrong, got, want, allowed, figure)
    return figure


def expect_bits(what: str, got: Array, want: Array) -> None:
    """Raise Wrong unless both hold the same bits."""
    bits = f"u{got.itemsize}"
    raise_first(what, got.view(bits) != want.view(bits), got, want)


def raise_first(
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
