"""What the self-test of a package needs of its chains: the arrays that C draws as Python does, and what must come out.

A chain is looked at whole, so that its test knows no layers: outputs here and there lie within the chain's bound of
what the oracles of its layers make of each other's outputs; where these are integers, the checksum of all is theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..layer.array import Array
from ..layer.call import Parameter, packing, running
from ..layer.element import c_float
from ..layer.outline import numbered
from ..layer.spec import ConvSpec
from ..plan import proof
from ..verification import chains, golden
from ..verification.joined import results
from .bundle import Convolution, PackagedLayer

FIRST = 128  # stream of a chain's arrays; those of layers and of networks are below
EACH = 16  # streams of a layer
WIDE = 7  # weights that alone are integers are from -7 to 7


class Drawn(NamedTuple):
    """An array of a chain. Its numbers: `factor` times reals from -1 to 1; or `many` integers from `low` on; or, of
    scales, from `factor` to twice that."""

    array: Array
    stream: int
    factor: float = 1.0
    low: int = 0
    many: int = 0
    scale: bool = False

    def numbers(self) -> NDArray[Any]:
        shape, dtype = self.array.shape, self.array.element.dtype
        if self.many:
            return golden.ranged(self.stream, shape, self.low, self.many).astype(dtype)
        if self.scale:
            steps = golden.mix(self.stream, np.arange(math.prod(shape))) >> np.uint32(24)
            return (self.factor * (1 + steps / 256)).reshape(shape).astype(dtype)
        return (np.float32(self.factor) * golden.reals(self.stream, shape)).astype(dtype)

    @property
    def view(self) -> list[str]:
        """The fields of its struct in C."""
        run, pitch = self.array.runs
        return [f"&{self.array.element.name}", str(self.array.count), f"{{{run}, {pitch}}}", str(self.stream),
                c_float(self.factor), str(self.low), str(self.many), str(int(self.scale))]


def _drawn(spec: ConvSpec) -> Iterator[tuple[str, Drawn]]:
    """By role: what each layer packs, input and residual."""
    for at, layer in enumerate(spec.parts):
        stream = FIRST + EACH * at
        weights, scale = _sizes(layer)
        for array in layer.arrays:
            if array.written or (array.when == "run" and not (array.role == "residual" or at == 0)):
                continue
            role = numbered(array.role, at) if array.when == "pack" else array.role
            stream += 1
            yield role, {"weights": weights, "scale": scale}.get(array.role, _plain(layer, array)) \
                ._replace(array=array, stream=stream)


def _plain(layer: ConvSpec, array: Array) -> Drawn:
    if not array.element.whole:
        return Drawn(array, 0)
    if array.role == "bias":
        return Drawn(array, 0, low=-8, many=17)
    low, count = golden.inputs_of(layer) if array.role == "input" else golden.residuals_of(layer)
    return Drawn(array, 0, low=low, many=count)


def _sizes(layer: ConvSpec) -> tuple[Drawn, Drawn]:
    """How weights are drawn, and scales: so that what follows is of like size as the input."""
    if layer.pooled:
        return Drawn(layer.arrays[0], 0), Drawn(layer.arrays[0], 0)
    array, spread = layer.arrays[0], 2.0 ** -round(math.log2(math.sqrt(layer.terms) / 3))
    if not array.element.whole:
        return Drawn(array, 0, spread), Drawn(array, 0)
    if layer.arithmetic.weights_only:
        return Drawn(array, 0, low=-WIDE, many=2 * WIDE + 1), Drawn(array, 0, spread / 8, scale=True)
    least, largest = proof.weight_ends(layer)
    reach = layer.terms * max(map(abs, proof.inputs(layer)))
    top = max(1, min(max(-least, largest), (proof.most(layer) - 8) // reach))
    low, high = max(least, -top), min(largest, top)
    fitting = 2.0 ** round(math.log2(64 / (85 * math.sqrt(layer.terms) * top)))
    return (Drawn(array, 0, low=low + layer.weight_zero, many=high - low + 1), Drawn(array, 0, fitting, scale=True))


class Chained(NamedTuple):
    """A test of a chain in C. function: what calls it. arrays: its struct's fields, the output's last. calls: what it
    is made of, with a[i] for arrays. limits: of the outputs that are known, a line for each instruction set."""

    symbol: str
    function: str
    arrays: list[list[str]]
    packing: str
    arguments: str
    memory: tuple[int, int, int]
    total: str
    known: list[list[str]]
    limits: list[list[str]]

    @property
    def outputs(self) -> str:
        """In C, the array of those that are known."""
        return f"outputs_of_{self.function}" if self.known else "NULL"

    def limits_of(self, isa: int) -> str:
        """Likewise."""
        return f"limits{isa}_of_{self.function}" if self.known else "NULL"


def of_layer(layer: PackagedLayer, memory: tuple[int, int, int], function: str) -> Chained:
    """A chain on weights that C draws."""
    drawn = dict(_drawn(layer.spec))
    places = {role: at for at, role in enumerate(drawn)}
    arrays = {role: one.numbers() for role, one in drawn.items()}
    return _chained(layer.symbol, function, layer, drawn, arrays, _arguments(packing(layer.spec), places), memory)


def of_convolution(convolution: Convolution, memory: tuple[int, int, int], function: str) -> Chained:
    """A chain with its weights inside."""
    layer = convolution.layer
    drawn = {role: one for role, one in _drawn(layer.spec) if role in ("input", "residual")}
    arrays = {role: one.numbers() for role, one in drawn.items()} | convolution.use.arrays
    return _chained(convolution.symbol, function, layer, drawn, arrays, "", memory)


def _chained(symbol: str, function: str, layer: PackagedLayer, drawn: dict[str, Drawn],
             arrays: dict[str, NDArray[Any]], packed: str, memory: tuple[int, int, int]) -> Chained:
    spec = layer.spec
    output = next(array for array in spec.arrays if array.role == "output")
    places = {role: at for at, role in enumerate((*drawn, "output"))}
    made = results(spec, arrays)
    y = made[-1].y
    exact = spec.arithmetic.exact
    looked = golden.places(y.size)
    bounds = {kernel.bound: kernel for kernel in layer.kernels}
    limits = {bound: [] if exact else [repr(float(one)) for one in chains.allowed(kernel, arrays, made).flat[looked]]
              for bound, kernel in bounds.items()}
    taken = [one for one in running(spec) if packed or one.name != "packed"]
    return Chained(
        symbol, function, [*(one.view for one in drawn.values()), Drawn(output, 0).view], packed,
        _arguments(taken, places), memory,
        f"UINT64_C(0x{golden.checksum(y):016x})" if exact else "0",
        [] if exact else [[str(at), repr(float(y.flat[at]))] for at in looked],
        [limits[kernel.bound] for kernel in layer.kernels])


def _arguments(taken: Sequence[Parameter], places: dict[str, int]) -> str:
    """In C: the arrays of those that there are, NULL for a bias that a layer lacks, and the kernel's own memory."""
    own = {"packed": "packed", "workspace": "workspace"}
    return ", ".join(own.get(one.name) or (f"({one.type.strip()})a[{places[one.name]}]" if one.name in places
                                           else "NULL") for one in taken)
