"""What a header says of a layer in macros: its extents, and the bytes of what a caller allocates.

Plain numbers, for `#if` too, and never 0: an array of C has an element.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import UNSET

from ..layer.call import packing, running
from ..layer.descriptor import PADS
from ..layer.fields import OPS
from ..layer.outline import MOST
from ..layer.spec import ConvSpec

FLAGS = ("bias", "slopes", "residual")  # arrays that not every layer has
LEAST = 4  # bytes of memory that the kernel arranges: a float
APART = ("packed", "workspace", "samples", "state")  # parameters that are none of the caller's arrays

# What follows a kernel's name in those of its functions and macros.
ENDINGS = ("", "_pack", "_tasks", "_task", "_ABI", "_ALIGN", "_PHASES", "_N", "_G",
           *(f"_{op.upper().replace('-', '_')}" for op in OPS[1:]), "_IC", "_OC",
           *(f"_{kind}{axis}" for kind in "IOKSD" for axis in "DHW"),
           *(f"_{pad.upper()}" for pads in PADS.values() for pad in pads),
           *(f"_{flag.upper()}" for flag in FLAGS), "_IN_STRIDE", "_OUT_STRIDE", "_OUTPUT_MAY_BE_RESIDUAL",
           "_WORKSPACE_BYTES", "_STREAM", "_STATE_BYTES", "_reset",
           *(f"_{what}_BYTES" for what in ("INPUT", "WEIGHTS", "BIAS", "SCALE", "SLOPES", "RESIDUAL", "PACKED",
                                           "OUTPUT", "OUTPUT_GRADIENT", "WEIGHTS_GRADIENT", "BIAS_GRADIENT",
                                           *(f"{role}{at}" for role in ("WEIGHTS", "BIAS", "SCALE", "SLOPES")
                                             for at in range(MOST)))))


class Sizes(NamedTuple):
    """extents: (macro, number), and what else a caller may ask of the arrays. arrays: (macro, bytes), of what packing
    takes, then of what a run does. shared, each: bytes of workspace for all workers, and for each of them, in 64 bits,
    for workers may be many."""

    extents: tuple[tuple[str, int], ...]
    arrays: tuple[tuple[str, int], ...]
    shared: str
    each: str


def sizes(spec: ConvSpec, packed: int, workspace: int, scratch: int, state: int = 0, *, over_residual: bool) -> Sizes:
    """Of a layer, whose kernel takes so many bytes of packed weights, of workspace and of it for each worker, and of a
    stream's state.
    over_residual: whether its output may be the residual's own array."""
    axes = spec.axes[3 - spec.rank :]
    extents = [*[(spec.operation.upper().replace("-", "_"), 1)] * (spec.operation != OPS[0]),
               *[("STREAM", spec.iw)] * spec.streamed,
               ("N", spec.n), ("G", spec.g), ("IC", spec.ic), *((f"I{axis.name}".upper(), axis.i) for axis in axes),
               ("OC", spec.oc), *((f"O{axis.name}".upper(), axis.o) for axis in axes),
               *((f"{kind}{axis.name}".upper(), getattr(axis, kind)) for kind in "ksd" for axis in axes),
               *((pad.upper(), getattr(spec, pad)) for axis in axes for pad in PADS[axis.name]),
               *((flag.upper(), int(getattr(spec, flag))) for flag in FLAGS),
               *[("IN_STRIDE", spec.in_stride)] * (spec.in_stride is not UNSET),
               *[("OUT_STRIDE", spec.out_stride)] * (spec.out_stride is not UNSET),
               *[("OUTPUT_MAY_BE_RESIDUAL", int(over_residual))] * spec.residual]
    bytes_of: dict[str, int] = {array.role: array.bytes for array in spec.arrays}
    least = spec.arithmetic.bias.bytes  # of the array that may be missing
    parameters = (*packing(spec), *running(spec))
    names = [one.name for one in parameters if one.name not in APART]
    arrays = [(name.upper(), bytes_of.get(name, least)) for name in names]
    shared = workspace if workspace or scratch else LEAST
    arrays += [("PACKED", max(packed, LEAST))] * any(one.name == "packed" for one in parameters)
    arrays += [("STATE", state)] * spec.streamed
    return Sizes(tuple(extents), tuple(arrays), f"{shared}ull", f"{scratch}ull")
