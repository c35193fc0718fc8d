"""What a plan's arithmetic does to numbers: of what kind it is, and how far it may stray."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from .winograd.numbers import Split


class Growth(NamedTuple):
    """How large numbers become on the way to an output, at most, but for roundings: made of the input alone, so many
    times the largest |x|; of the weights, times the largest |w|; of both, times both and the layer's terms."""

    input: float = 1.0
    weights: float = 1.0
    sums: float = 1.0


class Direct(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of products, each rounded.

    roundings: the longest chain of them behind one output. expected_error: what to expect beyond those of such sums in
    f32, among some 10^5 outputs on normal data, relative to Σ|x||w| of an output. amplification: how many times Σ|x||w|
    what is rounded can be. growth: how large numbers become.
    """

    roundings: int
    expected_error: float = 0.0
    amplification: float = 1.0
    growth: Growth = Growth()


class Rounded(Direct, frozen=True, kw_only=True):
    """The same of operands that are rounded first, to so many significant bits."""

    significand: int = 24


class Modular(Direct, frozen=True, kw_only=True):
    """The same of integers that are transformed modulo 2^32: sums of products are right below 2^bits."""

    bits: int


class Transformed(Direct, frozen=True, kw_only=True):
    """Products of transformed input and weights, along both axes: Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A in each tile."""

    h: Split
    w: Split


class Spectral(Direct, frozen=True, kw_only=True):
    """Products of Fourier transforms, which round as a share of the norms of what is transformed."""


Numerics = Direct | Rounded | Modular | Transformed | Spectral
