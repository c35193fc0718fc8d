"""A network built into the cache and loaded, for this machine alone: kernels as objects, which other networks share,
and weights that are packed when it is loaded, so that no compiler reads them.

    net = load(arranged, target, kernels)
    y = net(x)
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import cffi
import numpy as np
from numpy.typing import NDArray

from ...emit.texts import templates, tidy
from ...errors import UnsupportedError
from ...layer.call import packing, running
from ...layer.network import Use
from ...layer.spec import ConvSpec
from ...layer.steps import Convolve, Model, Step
from ...machine.target import Target
from ...plan.kernel import Kernel
from ...run import compilers, emulated, networks, programs
from ...run.arrays import ALIGN, empty
from ...run.native import must_run_here
from ...run.networks import Network
from . import printed
from .orders import Arranged
from .program import Array, Scratch, Whole, whole


class _Packed(NamedTuple):
    """A convolution whose packed weights are among the constants. kernel: of its layer."""

    symbol: str
    use: Use
    kernel: Kernel


class UseText(NamedTuple):
    symbol: str
    parameters: str
    kernel: str
    arguments: str


def check(target: Target) -> None:
    """UnsupportedError for a target whose networks cannot be loaded here."""
    if target.device is not None or emulated.runner(target):
        raise UnsupportedError("network must be for a target in C that this machine runs by itself"
                               f" (target={target.name})")


def load(of: Arranged, target: Target, kernels: Mapping[ConvSpec, Kernel], threads: int = 1,
         cc: str | None = None) -> Network:
    """kernels: of each layer that the network has, for the target, with names of their own; their layers may promise
    more of their sums. UnsupportedError where this machine lacks the instructions or weights are not constant,
    MissingToolError without a compiler."""
    check(target)
    packed: list[_Packed] = []
    for step in of.model.steps:
        if isinstance(step, Convolve):
            kernel = kernels[step.spec]
            must_run_here(target, kernel.spec)
            packed.append(_Packed(f"net_conv{len(packed)}", step.use, kernel))
    scratch = {one.use.name: Scratch(one.kernel.workspace_bytes, one.kernel.scratch_bytes, one.kernel.over_residual)
               for one in packed}
    made = whole(of, "net", {one.use.name: one.symbol for one in packed}, scratch)
    used = {kernel.name: kernel for kernel in kernels.values()}
    objects = programs.each(lambda kernel: compilers.object_of(kernel, cc), used.values())
    path = compilers.linked("net", _files(made, target, packed, list(used.values())), objects, cc)
    sizes = [of.model.constants[one.value].nbytes for one in made.constants]
    starts = list(itertools.accumulate((-(-size // ALIGN) * ALIGN for size in
                                        (*sizes, *(one.kernel.packed_bytes for one in packed))), initial=0))
    built = networks.Built(
        str(path), f"net_run_{target.row.name}", _arguments(made.inputs, of.model), _arguments(made.outputs, of.model),
        tuple(starts[:-1]), made.arena.bytes, made.tops, _steps(made, of.model), _places(made, of))
    memory = empty((starts[-1],), dtype=np.uint8)
    memory.fill(0)
    for constant, start in zip(made.constants, starts, strict=False):
        _put(memory, start, of.model.constants[constant.value])
    _pack(str(path), packed, memory, starts[len(sizes):])
    return Network(built, memory, threads)


def _files(made: Whole, target: Target, packed: list[_Packed], kernels: list[Kernel]) -> dict[str, str]:
    """The C of all that is no kernel, and the kernels' headers."""
    uses = []
    for at, one in enumerate(packed, len(made.constants)):
        taken = [*(parameter.name for parameter in running(one.kernel.spec)), "workers"]
        uses.append(UseText(one.symbol, ", ".join(name for name in taken if name != "packed"), one.kernel.name,
                            ", ".join(f"constants[{at}]" if name == "packed" else name for name in taken)))
    context: dict[str, Any] = {"headers": [f"{kernel.name}.h" for kernel in kernels], "uses": uses,
                               "isa": target.row.name, "declared": printed.declared(made)}
    texts = {name: tidy(templates().get_template(f"network/{template}").render(context))
             for name, template in (("net.h", "loaded.h.j2"), ("net_kernels.h", "loaded_kernels.h.j2"))}
    return {"net.c": printed.for_isa("net", target.row, made, [kernel.spec for kernel in kernels]), **texts,
            **{f"{kernel.name}.h": kernel.header for kernel in kernels}}


def _put(memory: NDArray[np.uint8], start: int, array: NDArray[Any]) -> None:
    memory[start : start + array.nbytes] = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)


def _pack(path: str, packed: list[_Packed], memory: NDArray[np.uint8], starts: list[int]) -> None:
    """Weights, by the kernels' own functions."""
    ffi = cffi.FFI()
    for kernel in {one.kernel.name: one.kernel for one in packed}.values():
        ffi.cdef(f"void {kernel.name}_pack({', '.join(['void *'] * len(packing(kernel.spec)))});")
    library = ffi.dlopen(path, ffi.RTLD_NOW | getattr(ffi, "RTLD_NODELETE", 0))
    for one, start in zip(packed, starts, strict=False):
        given = {role: np.ascontiguousarray(array) for role, array in one.use.arrays.items()}
        given["packed"] = memory[start:]
        for array in one.kernel.spec.arrays:
            if array.when == "pack" and array.role not in given:
                raise UnsupportedError(f"{array.role} must be constant ({one.use.name})")
        getattr(library, f"{one.kernel.name}_pack")(*[
            ffi.cast("void *", given[parameter.name].ctypes.data) if parameter.name in given else ffi.NULL
            for parameter in packing(one.kernel.spec)])


# --- what is said of it ---


def _arguments(arrays: tuple[Array, ...], model: Model) -> tuple[networks.Argument, ...]:
    return tuple(networks.Argument(one.value, one.name, model.values[one.value].element.name,
                                   model.values[one.value].shape) for one in arrays)


def _steps(made: Whole, model: Model) -> tuple[networks.Step, ...]:
    """Of each call. Those that join the pieces of a value share its bytes."""
    titles = model.titles or [""] * len(model.steps)
    calls = Counter(line.step for line in made.calls)
    found = []
    for line in made.calls:
        step = model.steps[line.step]
        macs = step.spec.macs if isinstance(step, Convolve) else 0
        size = step.spec.bytes if isinstance(step, Convolve) else sum(_bytes(model, name)
                                                                      for name in (*step.values, step.makes))
        found.append(networks.Step(titles[line.step], _kind(step, titles[line.step]), macs, size // calls[line.step]))
    return tuple(found)


def _bytes(model: Model, name: str) -> int:
    value = model.values[name]
    return value.element.bytes * math.prod(value.shape)


def _kind(step: Step, title: str) -> str:
    """What steps are summed by: convolutions by their kernels, other steps by the operator, a title's last word."""
    if not isinstance(step, Convolve):
        return title.rpartition(" ")[2] or "step"
    spec = step.spec
    if spec.chained:
        return f"chain of {len(spec.parts)}"
    if all(axis.i == axis.o == 1 for axis in spec.axes):
        return "product"
    sort = "transposed" if spec.transposed else "depthwise" if spec.icg == 1 and spec.g > 1 \
        else "grouped" if spec.g > 1 else "convolution"
    return f"{sort} {'x'.join(str(axis.k) for axis in spec.axes[3 - spec.rank :])}"


def _places(made: Whole, of: Arranged) -> tuple[networks.Place, ...]:
    """Of what steps make, when it is complete: where nothing is called for a step, it was so before."""
    found, last = [], 0
    at_end = {line.step: at for at, line in enumerate(made.calls)}
    for at, step in enumerate(of.model.steps):
        last = at_end.get(at, last)
        value, spot, lie = of.model.values[step.makes], made.spots[step.makes], of.lies[step.makes]
        size = value.element.bytes
        found.append(networks.Place(step.makes, last, spot.array, value.element.name, value.shape,
                                    tuple(size * stride for stride in lie.strides), spot.offset))
    return tuple(found)
