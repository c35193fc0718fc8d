"""Layers that see no input later than their output, and those of them that are called block by block.

    y[o, p] = act( b[o] + Σ_{c, k} w[o, c, k] · x[c, p·s + (k − K + 1)·d] )       K taps; x before its first sample: 0

A causal layer is one whose pads are the reach of its kernel, (K − 1)·d, in front, and none behind. As a stream it takes
x a block at a time, of 1 to `stream` samples, and keeps the reach in a state of its caller. Its spec is that of the
first block, of `stream` samples behind zeros: iw is `stream`, and its arrays are those of the largest block.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec

from ..errors import InputError, UnsupportedError

if TYPE_CHECKING:
    from .spec import ConvSpec


def reach(kernel: int, dilation: int) -> int:
    """Samples of the past that a kernel reads."""
    return (kernel - 1) * dilation


def check_stream(spec: ConvSpec) -> None:
    """InputError for a layer that cannot be causal, or cannot be a stream, whatever computes it."""
    what = "stream" if spec.streamed else "causal"
    if spec.rank != 1:
        raise InputError(f"{what} must be of a 1-D layer (layout={spec.layout})")
    if spec.transposed:
        raise InputError(f"{what} must be of a forward layer (op={spec.op})")
    if spec.streamed and spec.n != 1:
        raise InputError(f"stream must be of one image (n={spec.n}, stream={spec.stream})")
    if spec.streamed and spec.iw != spec.stream:
        raise InputError(f"iw must be left to stream (iw={spec.iw}, stream={spec.stream})")


def causal_pads(spec: ConvSpec) -> tuple[int, int]:
    """Its pads, left and right. InputError where others are given."""
    if spec.padding is not None:
        raise InputError(f"padding must be left to a causal layer (padding={spec.padding!r:.60})")
    pads = reach(spec.kw, spec.dw), 0
    for field, given, wanted in zip(("left", "right"), (spec.left, spec.right), pads, strict=True):
        if given not in (None, wanted):
            rule = "(kw - 1) dw" if field == "left" else "0"
            raise InputError(f"{field} must be {rule} of a causal layer ({field}={given}, kw={spec.kw}, dw={spec.dw})")
    return pads


def whole(spec: ConvSpec, samples: int) -> ConvSpec:
    """The layer that a stream is, of all its samples at once: what its blocks give one after the other."""
    return spec.replace(stream=msgspec.UNSET, causal=True, iw=samples)


def check_alone(spec: ConvSpec) -> None:
    """UnsupportedError for a stream where others than its own two files would call it: a library, or its weights."""
    if spec.streamed:
        raise UnsupportedError(f"streams must be generated without weights inside, and outside packages, yet"
                               f" (stream={spec.stream})")


def unstreamed(spec: ConvSpec) -> str | None:
    """Why nothing computes a stream yet, or None."""
    if not spec.streamed:
        return None
    if spec.arithmetic.exact:
        return f"streams must be of floats yet (dtype={spec.dtype})"
    if spec.residual:
        return "streams must be without a residual yet (residual=true)"
    if spec.sliced:
        return "streams must be of whole tensors yet, without in_stride and out_stride"
    return None


# --- what a kernel in C says of itself ---


def owner(name: str, spec: ConvSpec) -> int:
    """What a state of the kernel is known by: 32 bits of its name and its layer, never 0."""
    return zlib.crc32(f"{name} {spec!r}".encode()) | 1


def block_lines(spec: ConvSpec) -> list[str]:
    """How a block of input and output lies in memory, in lines."""
    if not spec.streamed:
        return []
    gives = f"every {_ordinal(spec.sw)} sample gives an output, the first of a stream too" if spec.sw > 1 else \
        "each sample gives an output"
    if spec.channels_last:
        return [f"input: [samples][{spec.ic}], output: [outputs][{spec.oc}]; {gives}."]
    return [f"input: {spec.ic} rows, {spec.iw} numbers apart, output: {spec.oc} rows, {spec.ow} apart; {gives}."]


def overlap() -> list[str]:
    """Which arrays may share memory with the output, in lines."""
    return ["output may be the input's own array, where it has room for both: samples are kept before outputs are",
            "written.",
            "No other array may overlap output."]


_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def _ordinal(number: int) -> str:
    return f"{number}{'th' if number % 100 in (11, 12, 13) else _ENDINGS.get(number % 10, 'th')}"
