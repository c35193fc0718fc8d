"""What a kernel's functions in C take, in order. Whatever declares or calls them goes by these lists.

    NAME_pack(weights, bias, [scale,] [slopes,] packed)     once
    NAME(input, packed, [residual,] output, workspace)      each run
    NAME(input, output_gradient, weights_gradient, [bias_gradient,] workspace)     of gradients of weights: nothing is
                                                                                   packed
    NAME_pack(weights0, bias0, weights1, bias1, …, packed)  of a chain: what each of its layers packs
    NAME(input, samples, packed, output, state, workspace)  each block of a stream, behind NAME_reset(state)
"""

from __future__ import annotations

import functools
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


class Function(NamedTuple):
    """A function of a kernel. part: what it is for; ending: what follows NAME in its name; result: its type in C."""

    part: str
    ending: str
    result: str
    taken: tuple[Parameter, ...]

    @property
    def parameters(self) -> str:
        """Their declarations."""
        return ", ".join(map(str, self.taken))

    @property
    def arguments(self) -> str:
        """What passes them on."""
        return ", ".join(one.name for one in self.taken)

    @property
    def gives(self) -> str:
        """In C, what stands before a call whose result is this function's too."""
        return "" if self.result == "void " else "return "

    def inside(self, packed: str) -> Inside:
        """Where the caller does not have the packed weights, which are that expression."""
        parameters = ", ".join(str(one) for one in self.taken if one.name != "packed")
        return Inside(self, parameters, ", ".join(packed if one.name == "packed" else one.name for one in self.taken))


class Inside(NamedTuple):
    """A function without its parameter for packed weights. arguments: of the one with it."""

    function: Function
    parameters: str
    arguments: str


def functions(spec: ConvSpec) -> tuple[Function, ...]:
    """All functions of a kernel."""
    run, once = running(spec), packing(spec)
    pack = (Function("pack", "_pack", "void ", once),) if once else ()
    if spec.streamed:
        state = tuple(one for one in run if one.name == "state")
        return *pack, Function("reset", "_reset", "void ", state), Function("run", "", "int ", run)
    phase = Parameter("phase", "int ")
    which = (phase, Parameter("task", "size_t "), Parameter("worker", "int "))
    return (*pack, Function("run", "", "void ", (*run, Parameter("workers", "int "))),
            Function("tasks", "_tasks", "size_t ", (phase,)), Function("task", "_task", "void ", (*which, *run)))


@functools.lru_cache(maxsize=256)  # a network asks for each of its convolutions, of which many are alike
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


@functools.lru_cache(maxsize=256)
def running(spec: ConvSpec) -> tuple[Parameter, ...]:
    """The parameters of NAME, which NAME_task takes behind its own."""
    first, *rest = (_of(array) for array in spec.arrays if array.when == "run")
    packed = [Parameter("packed", "const void *")] * bool(packing(spec))
    if spec.streamed:
        return (first, Parameter("samples", "int "), *packed, *rest, Parameter("state", "void *"),
                Parameter("workspace", "void *"))
    return (first, *packed, *rest, Parameter("workspace", "void *"))


def launched(spec: ConvSpec) -> tuple[Parameter, ...]:
    """What the kernels of an OpenCL device take: of a stream numbers behind memory, the samples of the block and those
    before that of its first output."""
    run = running(spec)
    if not spec.streamed:
        return run
    return (*(one for one in run if one.name != "samples"), Parameter("samples", "int "), Parameter("due", "int "))


def enqueued(spec: ConvSpec, prefix: str) -> dict[str, str]:
    """What NAME_enqueue takes on the host of a device, behind the layer and the queue: names, and their declarations.
    prefix: of the type of a stream."""
    first, *rest = (one.name for one in running(spec) if one.array)
    stream = {"stream": f"{prefix}_stream *stream"} if spec.streamed else {}
    samples = {"samples": "int samples"} if spec.streamed else {}
    return {**stream, first: f"cl_mem {first}", **samples, **{name: f"cl_mem {name}" for name in rest}}


def _of(array: Array) -> Parameter:
    return Parameter(array.role, f"{'' if array.written else 'const '}{array.element.c} *", array)
