"""What of a layer is compared with the oracle: all of a small one; of a large one boxes of outputs, at its corners, its
borders and inside.

NumPy would take minutes and gigabytes for what a kernel computes in milliseconds. Outputs depend on the inputs in their
windows alone, so a box of them is a layer of its own, with the part of the input that it reads, and padding where it
reads beyond:

    o in [first, end)  reads  i in [first·s − before, (end − 1)·s + (k − 1)·d − before]

of a transposed layer, and the gradient of an input that is one,

    o in [first, end)  reads  i in [(first + before − (k − 1)·d) / s, (end − 1 + before) / s]

Boxes begin and end where tiles do, whose errors depend on a place within the tile.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from .. import algorithms
from ..algorithms.numerics import Transformed
from ..layer import descriptor
from ..layer.spec import Axis, ConvSpec
from ..plan.plan import Plan
from . import filtering

if TYPE_CHECKING:
    from ..plan.kernel import Kernel

MOST_MACS = 2**33  # multiply-adds of a layer that is compared as a whole: a second or two of NumPy
MOST_VALUES = 2**26  # inputs and outputs of such a layer
BOXES = 2**30  # multiply-adds of all boxes, about
ALONE = 16  # times as long as a product among those of a matrix, NumPy takes for one of a channel by itself
Slices = tuple[slice, ...]


class Part(NamedTuple):
    """Some of a layer's outputs. spec: the layer that they are by themselves; input, output: where its arrays lie in
    the whole ones; none where it is all of the layer."""

    spec: ConvSpec
    input: Slices | None = None
    output: Slices | None = None

    def arrays(self, given: dict[str, Any]) -> dict[str, Any]:
        """What this part takes of the layer's arrays."""
        cut = {"input": self.input, "residual": self.output}
        return {role: array[where] if (where := cut.get(role)) is not None else array for role, array in given.items()}

    @property
    def first(self) -> tuple[int, ...]:
        """The layer's input [n, c, d, h, w] that is this part's first."""
        starts = {} if self.input is None else {axis: one.start or 0
                                                for axis, one in zip(self.spec.layout, self.input, strict=True)}
        return tuple(starts.get(axis, 0) for axis in "ncdhw")

    @property
    def extents(self) -> tuple[int, ...]:
        """Of its input, in the same order."""
        return self.spec.n, self.spec.ic, *(axis.i for axis in self.spec.axes)

    def counted(self, place: tuple[int, ...]) -> tuple[int, ...] | None:
        """An input [n, c, d, h, w] of the layer, counted from this part's first; None where it has not got it."""
        here = tuple(at - first for at, first in zip(place, self.first, strict=True))
        return here if all(0 <= at < extent for at, extent in zip(here, self.extents, strict=True)) else None

    def outputs(self, y: NDArray[Any]) -> NDArray[Any]:
        return y if self.output is None else y[self.output]

    def plan(self, whole: Plan) -> Plan:
        """That of the layer, for this part: loops that take an axis as one block do so here."""
        if self.output is None:
            return whole
        axes, own_axes = (filtering.cut(spec) if _transforms(whole) else spec.axes for spec in (whole.spec, self.spec))
        extents = {f"o{axis.name}": (axis.o, own.o) for axis, own in zip(axes, own_axes, strict=True)}
        loops = tuple(msgspec.structs.replace(loop, step=own) if loop.step == there else loop
                      for loop in whole.loops for there, own in (extents.get(loop.dim, (0, 0)),))
        return msgspec.structs.replace(whole, spec=self.spec, loops=loops)

    def kernel(self, whole: Kernel) -> Kernel:
        """The layer's with that plan, for what follows from it; its texts are not this part's."""
        return whole if self.output is None else msgspec.structs.replace(whole, plan=self.plan(whole.plan))

    def told(self, what: str) -> str:
        """What is compared, in words."""
        return what if self.output is None else f"{what}, in outputs [{index(self.output)}]"


def parts(kernel: Kernel) -> list[Part]:
    """Of a kernel's layer, the same ones each time."""
    spec, plan = kernel.spec.computed, kernel.plan
    if spec.operation == "forward" and spec != plan.spec:
        return [Part(spec)]
    steps, cuts = [1, 1, 1], [0, 0, 0]
    if _transforms(plan):
        lines = filtering.lines(plan)
        steps[1:], cuts[1:] = [line.f.m * line.spread.step for line in lines], [line.spread.cut for line in lines]
    return boxes(spec, steps, cuts)


def _transforms(plan: Plan) -> bool:
    """Whether it computes tiles of outputs, of data that it transforms."""
    return isinstance(algorithms.of(plan).numerics(plan), Transformed)


def boxes(spec: ConvSpec, steps: Sequence[int] = (1, 1, 1), cuts: Sequence[int] = (0, 0, 0)) -> list[Part]:
    """Of a layer, whose outputs are computed so many at a time along each axis, the first ones without what is cut."""
    transposed = spec.operation == "transposed"
    apart = spec.operation in ("forward", "transposed") and not (spec.chained or spec.streamed or spec.pooled)
    if not apart or not large(spec):
        return [Part(spec)]
    rng = np.random.default_rng(0)
    along = [_ranges(axis, extent, step, rng, transposed, cut)
             for axis, extent, step, cut in zip(spec.axes, _extents(spec, steps), steps, cuts, strict=True)]
    images = itertools.cycle(dict.fromkeys((0, spec.n - 1)))
    return [_part(spec, next(images), box) for box in itertools.product(*along)]


def large(spec: ConvSpec) -> bool:
    """Whether the oracle would take too long, or too much memory, for the whole of a layer."""
    return spec.macs * _slower(spec) > MOST_MACS or values(spec) > MOST_VALUES


def _slower(spec: ConvSpec) -> float:
    """How much longer the oracle takes for a product than where it multiplies large matrices."""
    return 1 + ALONE / (spec.icg * spec.ocg)


def values(spec: ConvSpec) -> int:
    """Numbers of a layer's inputs and outputs."""
    return sum(array.count for array in spec.arrays if array.when == "run")


def covered(parts: list[Part], spec: ConvSpec) -> str:
    """How many outputs are compared, in words."""
    (output,) = (array for array in spec.arrays if array.written)
    if parts[0].output is None:
        return f"{output.count} outputs"
    count = sum(array.count for part in parts for array in part.spec.arrays if array.written)
    return f"{count} of {output.count} outputs, in {len(parts)} boxes,"


def some(what: Sequence[str], parts: list[Part], spec: ConvSpec) -> str:
    """What is compared, in words, and of a large layer, of how many outputs."""
    return ", ".join(what) + (f" of {covered(parts, spec).rstrip(',')}" if parts[0].output is not None else "")


def index(where: Slices) -> str:
    return ", ".join(f"{one.start or 0}:{'' if one.stop is None else one.stop}" for one in where)


def _extents(spec: ConvSpec, steps: Sequence[int]) -> list[int]:
    """Of boxes along each axis: whole tiles, as many as BOXES admits, one at least; of short axes, all outputs."""
    found = [1, 1, 1]
    of_output = 3**spec.rank * spec.oc * spec.icg * spec.kd * spec.kh * spec.kw * _slower(spec)
    left = max(1, int(BOXES / of_output))
    for rest, at in zip((3, 2, 1), sorted(range(3), key=lambda at: spec.axes[at].o), strict=True):
        share = max(1, int(left ** (1 / rest)) // steps[at])
        found[at] = min(spec.axes[at].o, share * steps[at])
        left = max(1, left // found[at])
    return found


def _ranges(axis: Axis, extent: int, step: int, rng: np.random.Generator, transposed: bool,
            cut: int) -> list[tuple[int, int]]:
    """First outputs, some inside, and last ones, which read an input."""
    if extent >= axis.o:
        return [(0, axis.o)]
    last = (axis.o - extent) // step * step
    inside = int(rng.integers(0, last // step + 1)) * step
    met = [(max(0, first - cut), axis.o if first == last else first + extent - cut)
           for first in sorted({0, inside, last})]
    some = [(first, end) for first, end in met if _read(axis, first, end, transposed)]
    return some or [(0, axis.o) if transposed else _reading(axis, extent, step)]


def _read(axis: Axis, first: int, end: int, transposed: bool) -> range:
    """The inputs that outputs read."""
    if transposed:
        start = first + axis.before - (axis.k - 1) * axis.d
        return range(max(0, -(-start // axis.s)), min(axis.i, (end - 1 + axis.before) // axis.s + 1))
    low = first * axis.s - axis.before
    return range(max(0, low), min(axis.i, low + (end - 1 - first) * axis.s + (axis.k - 1) * axis.d + 1))


def _reading(axis: Axis, extent: int, step: int) -> tuple[int, int]:
    """Outputs from the first one that reads an input on."""
    first = max(0, axis.before - (axis.k - 1) * axis.d) // axis.s // step * step
    return first, min(axis.o, first + extent)


def pixels(spec: ConvSpec, given: dict[str, Any], places: Sequence[int]) -> tuple[ConvSpec, dict[str, Any], list[Any]]:
    """Of a forward layer the pixels in which outputs lie that are counted in memory's order: a layer of one pixel, with
    an image for each; its arrays; and the index of each output in what it gives."""
    x, axes = given["input"], {axis.name: axis for axis in spec.axes if axis.name in spec.layout}
    pads = {name: (axis.before, axis.after) for name, axis in axes.items()}
    padded = np.pad(x, [pads.get(name, (0, 0)) for name in spec.layout], constant_values=spec.input_zero)
    windows, beside, where = [], [], []
    for image, place in enumerate(places):
        at = dict(zip(spec.layout, map(int, np.unravel_index(place, spec.output_shape)), strict=True))
        one = {name: slice(at[name], at[name] + 1) for name in ("n", *axes)}
        read = one | {name: slice(at[name] * axis.s, at[name] * axis.s + (axis.k - 1) * axis.d + 1)
                      for name, axis in axes.items()}
        windows.append(padded[tuple(read.get(name, slice(None)) for name in spec.layout)])
        beside.append(tuple(one.get(name, slice(None)) for name in spec.layout))
        where.append(tuple({"n": image, "c": at["c"]}.get(name, 0) for name in spec.layout))
    fields = {"n": len(places), "in_stride": None, "out_stride": None}
    for axis in spec.axes:
        fields |= {f"i{axis.name}": (axis.k - 1) * axis.d + 1, f"o{axis.name}": 1,
                   **dict.fromkeys(descriptor.PADS[axis.name], 0)}
    first = spec.layout.index("n")
    own = given | {"input": np.concatenate(windows, first)}
    if "residual" in given:
        own["residual"] = np.concatenate([given["residual"][cut] for cut in beside], first)
    return spec.replace(**fields), own, where


def _part(spec: ConvSpec, image: int, box: tuple[tuple[int, int], ...]) -> Part:
    fields: dict[str, int] = {"n": 1}
    places = {"n": (slice(image, image + 1),) * 2}
    for axis, (first, end) in zip(spec.axes, box, strict=True):
        read = _read(axis, first, end, spec.transposed)
        if spec.transposed:
            before = first + axis.before - read.start * axis.s
            after = (len(read) - 1) * axis.s + (axis.k - 1) * axis.d + 1 - before - (end - first)
        else:
            before = read.start - (first * axis.s - axis.before)
            after = (end - 1 - first) * axis.s + (axis.k - 1) * axis.d + 1 - before - len(read)
        fields |= {f"i{axis.name}": len(read), f"o{axis.name}": end - first,
                   **dict(zip(descriptor.PADS[axis.name], (before, after), strict=True))}
        places[axis.name] = slice(read.start, read.stop), slice(first, end)
    cut = [places.get(name, (slice(None),) * 2) for name in spec.layout]
    own = spec.replace(**fields, in_stride=None, out_stride=None)
    return Part(own, tuple(one for one, _ in cut), tuple(one for _, one in cut))
