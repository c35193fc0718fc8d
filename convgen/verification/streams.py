"""What a right kernel of a stream does: the outputs of the layer that all its samples are, however it is cut.

Every mode is as those of checks, which see such a layer (layer/stream.py, `tried`).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .. import isolate
from ..layer.array import Array as LayerArray
from ..layer.spec import ConvSpec
from ..layer.stream import tried
from ..layer.stream import whole as whole_layer
from ..plan.kernel import Kernel
from ..run.arrays import Array, laid
from ..run.conv import Conv as Compiled
from ..run.conv import Each
from ..run.fence import FILL, PLACES, Fence
from ..run.streaming import FOREIGN, SHORT, Streaming, lengths, part
from . import checks, whole
from .checks import Outcome
from .compare import Arrays, Wrong, expect_bits, pack, run
from .draws import normals

if TYPE_CHECKING:
    from ..run.build import AnyConv as Conv


class Heard(Kernel, frozen=True, kw_only=True):
    """A kernel of a stream, which has heard so many samples: the layer that they are together."""

    samples: int

    @property
    def spec(self) -> ConvSpec:
        return whole_layer(self.plan.spec, self.samples)


class Throughout(Compiled):
    """A kernel of a stream as that of the layer which all its samples are."""

    def __init__(self, conv: Streaming) -> None:
        kernel = conv.kernel
        fields = {field: getattr(kernel, field) for field in Kernel.__struct_fields__}
        self.conv, self.kernel = conv, Heard(**fields, samples=tried(kernel.spec).iw)

    def pack(self, weights: Each, bias: Each | None = None, scale: Each | float | None = None, *,
             slopes: Each | None = None, copy: bool = False) -> None:
        self.conv.pack(weights, bias, scale, slopes=slopes, copy=copy)

    def __call__(self, x: Array, residual: Array | None = None, out: Array | None = None, threads: int | None = None,
                 *, copy: bool = False) -> Array:
        y: Array = self.conv(x, residual, out, threads, copy=copy)
        return y


def same_bits(conv: Conv, rng: np.random.Generator) -> list[str]:
    """Neither the lengths of the blocks nor another stream between them changes a bit."""
    streaming = cast(Throughout, conv).conv
    arrays, most = normals(conv.kernel.spec, rng), streaming.kernel.spec.iw
    x, r = arrays["input"], arrays.get("residual")
    pack(conv, arrays)
    base = run(conv, arrays)
    stream = streaming.stream()
    for what, cut in (("one by one", itertools.repeat(1)), ("blocks of random lengths", lengths(rng, most))):
        expect_bits(what, stream.cut(x, cut, r), base)
        stream.reset()
    axis = streaming.kernel.spec.layout.index("w")
    other, half = streaming.stream(), x.shape[axis] // 2
    parts, made = [], 0
    for first, end in ((0, half), (half, x.shape[axis])):
        outputs = stream.outputs(end - first)
        added = None if r is None else part(r, axis, made, made + outputs)
        parts.append(stream(part(x, axis, first, end), added))
        other(part(x[..., ::-1], axis, first, end).copy(), added)
        made += outputs
    expect_bits("two streams in turns", np.concatenate(parts, axis), base)
    return ["cut one by one", "at random", "two streams in turns"]


def _seen(mode: Callable[[Conv, np.random.Generator], Outcome]) -> Callable[[Conv, np.random.Generator], Outcome]:
    """A mode of layers, of a stream as the layer that all its samples are."""
    def run_mode(conv: Conv, rng: np.random.Generator) -> Outcome:
        return mode(cast("Conv", Throughout(cast(Streaming, conv))), rng)
    return run_mode


# --- among unmapped pages ---


def guard(conv: Conv, rng: np.random.Generator) -> Outcome:
    """Fenced blocks of random lengths give the bits of ordinary ones and write nothing else; a call that must not
    compute writes nothing."""
    streaming = cast(Streaming, conv)
    whole_conv = Throughout(streaming)
    arrays = normals(whole_conv.kernel.spec, rng)
    pack(cast("Conv", whole_conv), arrays)
    base = whole_conv(arrays["input"], arrays.get("residual"))
    for place in PLACES:
        isolate.stage(f"guard, arrays {place}")
        expect_bits(f"arrays {place}", _fenced(streaming, arrays, place, rng), base)
    return None, "arrays " + ", ".join(PLACES)


def _fenced(conv: Streaming, arrays: Arrays, place: str, rng: np.random.Generator) -> Array:
    """The outputs of a stream with every array fenced."""
    kernel, spec = conv.kernel, conv.kernel.spec
    align, wide = cast("Conv", conv).aligns
    known: dict[str, LayerArray] = {array.role: array for array in spec.arrays}
    memory = {role: Fence(array.bytes, align, place) for role, array in known.items()}
    sizes = {"packed": kernel.packed_bytes, "state": kernel.state_bytes,
             "workspace": kernel.workspace_bytes + kernel.scratch_bytes}
    memory |= {name: Fence(size, wide, place) for name, size in sizes.items() if size}
    for role, array in known.items():
        if array.when == "pack":
            laid(array, memory[role].bytes)[...] = arrays[role]
            memory[role].keep(lock=False)
    cast("Conv", conv).pack_at({name: fence for name, fence in memory.items() if name in (*known, "packed")})
    memory["packed"].keep(lock=False)
    if conv.block_at(memory, 1) != FOREIGN:
        raise Wrong(f"arrays {place}: a state that was never reset was taken for a stream's")
    conv.start_at(memory)
    for samples in (0, spec.iw + 1):
        if conv.block_at(memory, samples) != SHORT:
            raise Wrong(f"arrays {place}: a block of {samples} samples was taken")
    _untouched(memory, place)
    x, axis = arrays["input"], spec.layout.index("w")
    parts, done, made = list[Any](), 0, 0
    for length in lengths(rng, spec.iw):
        length = min(length, x.shape[axis] - done)
        if not length:
            return np.concatenate(parts, axis)
        memory["input"].bytes[:] = memory["output"].bytes[:] = FILL
        given, gave = (laid(known[role], memory[role].bytes) for role in ("input", "output"))
        part(given, axis, 0, length)[...] = part(x, axis, done, done + length)
        if "residual" in known:
            memory["residual"].bytes[:] = FILL
            added = part(arrays["residual"], axis, made, made + gave.shape[axis])
            part(laid(known["residual"], memory["residual"].bytes), axis, 0, added.shape[axis])[...] = added
        count = conv.block_at(memory, length)
        parts.append(part(gave, axis, 0, count).copy())
        part(gave, axis, 0, count).view(f"u{gave.itemsize}")[...] = np.iinfo(f"u{gave.itemsize}").max
        _untouched(memory, place)
        done += length
        made += count
    raise AssertionError  # blocks do not end


def _untouched(memory: dict[str, Fence], place: str) -> None:
    """Wrong where a call wrote beside an array, to what is only read, or to outputs that it did not tell of."""
    for name, made in memory.items():
        if not made.intact():
            raise Wrong(f"arrays {place}: bytes beside the {name} were written")
        if not made.kept():
            raise Wrong(f"arrays {place}: the {name} were written")
    if (memory["output"].bytes != FILL).any():
        raise Wrong(f"arrays {place}: outputs were written that the call does not count")


MODES = {"exact": _seen(checks.exact), "bound": _seen(checks.bound),
         "properties": _seen(functools.partial(checks.properties, same=same_bits)), "guard": guard}
EXACT = {"exact": _seen(whole.exact), "bound": _seen(whole.bound),
         "properties": _seen(functools.partial(whole.properties, same=same_bits)), "guard": guard,
         "overflow": _seen(whole.overflow)}  # of layers that sum integers
