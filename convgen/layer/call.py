"""What a kernel's functions in C take, in order. Whatever declares or calls them goes by these lists.

    NAME_pack(weights, bias, [scale,] [slopes,] packed)     once
    NAME(input, packed, [residual,] output, workspace)      each run
    NAME(input, output_gradient, weights_gradient, [bias_gradient,] workspace)     of gradients of weights: nothing is
                                                                                   packed
    NAME_pack(weights0, bias0, weights1, bias1, …, packed)  of a chain: what each of its layers packs
    NAME(input, samples, packed, output, state, workspace)  each block of a stream
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

from .array import Array
from .spec import ConvSpec


class Parameter(NamedTuple):
    """type: in C, up to the name. array: None for memory that is the kernel's own to arrange, for a number, and for a
    bias that the layer lacks, which is NULL."""

    name: str
    type: str
    array: Array | None = None

    def __str__(self) -> str:
        """Its declaration."""
        return self.type + self.name


def packing(spec: ConvSpec) -> tuple[Parameter, ...]:
    """The parameters of NAME_pack; none where there is no such function."""
    if not any(array.when == "pack" for array in spec.arrays):
        return ()
    if spec.chained:
        every = [[one._replace(name=f"{one.name}{at}") for one in packing(layer)[:-1]]
                 for at, layer in enumerate(spec.parts)]
        return (*itertools.chain(*every), Parameter("packed", "void *"))
    first, *rest = (_of(array) for array in spec.arrays if array.when == "pack")
    absent = [] if spec.bias else [Parameter("bias", f"const {spec.arithmetic.bias.c} *")]
    return (first, *absent, *rest, Parameter("packed", "void *"))


def running(spec: ConvSpec) -> tuple[Parameter, ...]:
    """The parameters of NAME, which NAME_task takes behind its own."""
    first, *rest = (_of(array) for array in spec.arrays if array.when == "run")
    packed = [Parameter("packed", "const void *")] * bool(packing(spec))
    if spec.streamed:
        return (first, Parameter("samples", "int "), *packed, *rest, Parameter("state", "void *"),
                Parameter("workspace", "void *"))
    return (first, *packed, *rest, Parameter("workspace", "void *"))


def _of(array: Array) -> Parameter:
    return Parameter(array.role, f"{'' if array.written else 'const '}{array.element.c} *", array)
