"""What a rival gets, a layer with its data; and what it gives, the ways in which it can compute that.

A module of a rival has

    version() -> str
    setups(problem, threads) -> Iterator[Setup]     # UnsupportedError when it cannot serve the layer
    setups(problem, device) -> Iterator[Setup]      # for a library of devices: the key of an OpenCL device

and lets the library run as its makers advise for constant weights: prepared once, in f32 with no
reduced precision. The input is read from, and the output left in, plain arrays of the layer's
layout, on the device if there is one; what the library must convert on the way is part of its time.

One that reads models from files also has

    networks(network, threads) -> Iterator[Setup]   # UnsupportedError when it cannot serve the model

and, where it can be told to compute a quantised network as the model says it, node by node,

    unoptimised(network, threads) -> outputs, as `joined` has them

DTYPES of a module are the spec's types that it serves, f32 alone unless it says more; OPS, those of operations beside
forward, none unless it says so. Libraries describe a quantised layer by what its integers stand for, of which the layer
itself knows only scale = s_x·s_w / s_y: `Problem.steps`.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import UnsupportedError
from ...layer.spec import Axis, ConvSpec
from ...run import arrays
from ...verification import oracle

F32 = NDArray[np.float32]
Array = NDArray[Any]
FLOATS = np.dtype(np.float32)

STEP = 2.0**-5  # of inputs and outputs: a power of two, with which products of scales are exact


class Setup(NamedTuple):
    """A library set up for one layer in one of the ways it offers.

    time: seconds that so many calls take, back to back, without the cost of calling from Python
        where the library can be called otherwise.
    output: what the last call computed, in the layer's layout; of a network as `joined` has it.
    """

    name: str
    time: Callable[[int], float]
    output: Callable[[], NDArray[Any]]


class Steps(NamedTuple):
    """What 1 stands for in the input, in the weights of each output channel, in the bias and in the output."""

    input: float
    weights: F32
    bias: F32
    output: float


class Problem(NamedTuple):
    """A layer of rank 2 or 3 (1-D is 2-D of height 1), and its data in the spec's dtype.

    x is in the spec's layout, w is [oc, ic/g, (kd,) kh, kw] for a cross-correlation, [ic, oc/g, (kd,) kh, kw] for a
    transposed one, b and scale have oc elements. dy: of gradients, that of the output; what they do not need of x and w
    is zeros.
    """

    spec: ConvSpec
    x: NDArray[Any]
    w: NDArray[Any]
    b: NDArray[Any] | None
    scale: NDArray[Any] | None = None
    dy: NDArray[Any] | None = None

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The spatial axes."""
        return self.spec.axes[1 if self.spec.rank < 3 else 0 :]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Of the spec's layout, with as many axes as x."""
        spatial, spec = tuple(axis.o for axis in self.axes), self.spec
        return (spec.n, *spatial, spec.oc) if spec.channels_last else (spec.n, spec.oc, *spatial)

    @property
    def steps(self) -> Steps:
        """Of a quantised layer: some whose scale is the layer's."""
        assert self.scale is not None
        step, scale = self.spec.output_scale or STEP, self.scale.astype(np.float32)
        return Steps(step, scale, scale * np.float32(step), step)

    @property
    def real_bias(self) -> F32:
        """What a quantised layer's stands for; 0 where it has none."""
        steps, given = self.steps, np.zeros(self.spec.oc) if self.b is None else self.b
        return (given * steps.bias.astype(np.float64)).astype(np.float32)

    @property
    def clamp(self) -> tuple[int, int] | None:
        """The least and the largest output of a quantised layer, where its activation leaves out some of its type."""
        found, output = self.spec.limits, self.spec.arithmetic.output
        return None if found == (output.smallest, output.largest) else found

    @property
    def strides(self) -> list[int]:
        return [axis.s for axis in self.axes]

    @property
    def dilations(self) -> list[int]:
        return [axis.d for axis in self.axes]

    @property
    def before(self) -> list[int]:
        """Padding at the start of each axis."""
        return [axis.before for axis in self.axes]

    @property
    def after(self) -> list[int]:
        return [axis.after for axis in self.axes]

    @property
    def cropped(self) -> list[int]:
        """Outputs that a transposed layer leaves out at the end of each axis."""
        return [max(0, axis.after) for axis in self.axes]

    @property
    def added(self) -> list[int]:
        """Outputs that it has there beyond the last that an input reaches."""
        return [max(0, -axis.after) for axis in self.axes]


class Network(NamedTuple):
    """A model, by its file, and arrays by their names in it: its inputs, and outputs of the shapes and types that a
    library is to make, in the model's order."""

    file: str
    inputs: dict[str, Array]
    outputs: dict[str, Array]


def joined(arrays: Iterable[Array]) -> NDArray[np.float64]:
    """All outputs of a network, one after the other."""
    return np.concatenate([array.astype(np.float64).ravel() for array in arrays])


def make(spec: ConvSpec, x: NDArray[Any], w: NDArray[Any], b: NDArray[Any] | None,
         scale: NDArray[Any] | None = None) -> Problem:
    """The layer of arrays in the spec's own layouts."""
    taps = oracle.cross_weights(spec, w)
    if spec.transposed:
        taps = oracle.grouped_weights(spec, w).swapaxes(1, 2)
        taps = taps.reshape(spec.ic, *taps.shape[2:])
    if spec.rank < 3:
        taps = taps[:, :, 0]
    if spec.rank == 1:
        x = np.expand_dims(x, 1 if spec.channels_last else 2)
    return Problem(spec, aligned(x.shape, x, x.dtype), aligned(taps.shape, taps, taps.dtype), b, scale)


def gradient(spec: ConvSpec, arrays: dict[str, NDArray[Any]]) -> Problem:
    """The same of a gradient, of the arrays that it takes."""
    layer = spec.replace(op="forward")
    x, dy = (arrays["input"], arrays["output_gradient"]) if spec.op == "backward-weights" else \
        (np.zeros(layer.input_shape, arrays["input"].dtype), arrays["input"])
    found = make(spec, x, arrays.get("weights", np.zeros(layer.weights_shape, x.dtype)), None)
    if spec.rank == 1:
        dy = np.expand_dims(dy, 1 if spec.channels_last else 2)
    return found._replace(dy=aligned(dy.shape, dy, dy.dtype))


def aligned(shape: tuple[int, ...], data: NDArray[Any] | float = 0.0,
            dtype: np.dtype[Any] = FLOATS) -> NDArray[Any]:
    """An array that starts a page, as large ones of a library's own do; a copy of `data`."""
    array = arrays.empty(shape, arrays.PAGE, dtype)
    array[...] = data
    return array


def clock(run: Callable[[], object]) -> Callable[[int], float]:
    """Setup.time for a library whose calls from Python cost little."""

    def seconds(calls: int) -> float:
        start = time.perf_counter()
        for _ in itertools.repeat(None, calls):
            run()
        return time.perf_counter() - start

    return seconds


def need(condition: bool, what: str) -> None:
    """UnsupportedError, naming what the rival lacks, unless the condition holds."""
    if not condition:
        raise UnsupportedError(f"no {what}")


def fused(problem: Problem, names: tuple[str, ...]) -> tuple[str, tuple[float, ...]]:
    """The activation's name and parameters; UnsupportedError unless the library can fuse it."""
    act = problem.spec.act
    need(act.name in names, f"fused activation {act.name}")
    return act.name, act.params
