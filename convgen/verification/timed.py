"""A loaded kernel on data, whatever its layer takes and gives: for who measures it, and compares what it computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..layer.spec import ConvSpec
from ..run.arrays import PAGE, Array, room
from ..run.gradients import Compiled, Gradients
from . import compare, draws, gradients, oracle
from .compare import Arrays
from .joined import results

if TYPE_CHECKING:
    from ..run.build import AnyConv


class Timed(NamedTuple):
    """seconds(threads, calls): that so many calls take, back to back. output: what the last one computed; of gradients
    of weights, these."""

    seconds: Callable[[int | None, int], float]
    output: Array


def normals(spec: ConvSpec, rng: np.random.Generator) -> Arrays:
    """Random data of a layer, by role."""
    if spec.op != "backward-weights":
        return draws.normals(spec, rng)
    data = gradients.reals(spec, rng)
    return {"input": data.x, "output_gradient": data.dy}


def place(spec: ConvSpec, arrays: Arrays) -> Arrays:
    """The arrays at addresses that suit the machine, and room for what the layer gives."""
    there, made = compare.aligned(spec, arrays) if spec.op != "backward-weights" else (_rooms(spec, arrays), None)
    return there if made is None else there | {"output": made}


def _rooms(spec: ConvSpec, arrays: Arrays) -> Arrays:
    there: Arrays = {array.role: room(array, PAGE) for array in spec.arrays}
    for role, array in arrays.items():
        there[role][...] = array
    return there


def timed(conv: AnyConv, there: Arrays) -> Timed:
    """A kernel on arrays in their places, its weights packed."""
    x = there["input"]
    if isinstance(conv, Compiled):
        made, run = Gradients(there["weights_gradient"], there.get("bias_gradient")), conv.time
        return Timed(lambda threads, calls: run(x, there["output_gradient"], made, threads, calls), made.weights)
    compare.pack(conv, there)
    y, residual = there["output"], there.get("residual")
    return Timed(lambda threads, calls: conv.time(x, residual, y, threads, calls), y)


def definition(spec: ConvSpec, arrays: Arrays) -> oracle.Result:
    """What the oracle makes of the arrays; of gradients of weights, these."""
    if spec.chained:
        return results(spec, arrays)[-1]
    if spec.op != "backward-weights":
        return oracle.convolve(spec, **arrays)
    of_weights, _ = oracle.gradients(spec, arrays["input"], arrays["output_gradient"])
    return oracle.Result(of_weights.y, of_weights.y, of_weights.s)
