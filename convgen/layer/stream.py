"""Causal layers that are called block by block.

As a stream a layer takes x a block at a time, of 1 to `stream` samples, and keeps what its kernel reads of the past in
a state of its caller. Its spec is that of the first block, of `stream` samples behind zeros: iw is `stream`, and its
arrays are those of the largest block.
"""

from __future__ import annotations

import zlib

import msgspec

from ..errors import UnsupportedError
from .spec import ConvSpec


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


def owner(name: str, spec: ConvSpec, plan: str) -> int:
    """What a state of the kernel is known by: 32 bits of its name, its layer and its plan in a word, never 0."""
    return zlib.crc32(f"{name} {spec!r} {plan}".encode()) | 1


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
