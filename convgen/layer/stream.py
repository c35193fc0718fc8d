"""Causal layers that are called block by block.

As a stream a layer takes x a block at a time, of 1 to `stream` samples, and keeps what its kernel reads of the past in
a state of its caller. Its spec is that of the first block, of `stream` samples behind zeros: iw is `stream`, and its
arrays are those of the largest block.
"""

from __future__ import annotations

import zlib

import msgspec

from .causal import reach
from .spec import ConvSpec


def whole(spec: ConvSpec, samples: int) -> ConvSpec:
    """The layer that a stream is, of all its samples at once: what its blocks give one after the other."""
    return spec.replace(stream=msgspec.UNSET, causal=True, iw=samples)


def tried(spec: ConvSpec) -> ConvSpec:
    """The layer that a test of a kernel sees: of a stream, that of more samples than it reads of the past, so that the
    ring of its state goes round."""
    return whole(spec, reach(spec.kw, spec.dw) + 2 * spec.iw + spec.iw // 2 + 1) if spec.streamed else spec


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
    made = "output and residual" if spec.residual else "output"
    if spec.channels_last:
        return [f"input: [samples][{spec.input_channels}], {made}: [outputs][{spec.output_channels}]; {gives}."]
    return [f"input: {spec.ic} rows, {spec.iw} numbers apart, {made}: {spec.oc} rows, {spec.ow} apart; {gives}."]


def empty(spec: ConvSpec) -> int:
    """The number that stands for the samples before the first, in the input's element."""
    return spec.input_zero if spec.arithmetic.exact else 0


_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def _ordinal(number: int) -> str:
    return f"{number}{'th' if number % 100 in (11, 12, 13) else _ENDINGS.get(number % 10, 'th')}"
