"""The proof that no sum of a layer of integers leaves its type.

A kernel adds products w·(x − z), z being input_zero and w less weights_zero, one after the other or some at once, in
any order, and starts from 0 or from the bias. What it has added at any time is the whole sum of another input: the one
that is z wherever nothing was added yet. Some kernels multiply x + c and start from the bias less (z + c)·Σ w; theirs
is the whole sum of the input that is −c there, which an input can be too. So whole sums are all that there is to look
at: of a channel with weights w, they lie between

    Σ min(w·low, w·high)  and  Σ max(w·low, w·high),    low <= x − z <= high,

the first at most 0 and the second at least 0, and from there the bias moves them. Whoever knows no weights takes the
largest of their type for each, and says which bias is left.

In an output of a transposed layer the taps of one phase meet: each phase has whole sums of its own.

Kernels of layers with sums in 64 bits may add products alone in 32 bits, where these hold them, and the bias to that.
Kernels that add up lanes at the end add the bias last, too: of inputs as they lie, sums before that may be larger than
whole ones, and there is no such kernel where 32 bits do not hold them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnsupportedError
from ..layer.element import S32, S64, Element
from ..layer.spec import BY_INPUT, ConvSpec

# In magnitude, of a sum: all that 32 bits hold; of 64, as far as their rules are defined.
MOST = {S32.name: 2**31 - 1, S64.name: 2**47 - 1}

NINE = 255  # in magnitude, of a weight of 16 bits by inputs of 8: they are 8 bits less a zero point of 8 bits

Integers = NDArray[np.int64]


class Proof(msgspec.Struct, frozen=True):
    """What a layer's sums stay within, whatever its weights are.

    terms: of a sum. input, weight: the largest |x − input_zero| and |w − weights_zero|. products: the largest sum of
    products, in magnitude; promised: whether that, with and without the bias, is for weights and bias to keep. bias:
    the largest |bias| that is left.
    """

    terms: int
    input: int
    weight: int
    products: int
    bias: int
    promised: bool = False


def inputs(spec: ConvSpec) -> tuple[int, int]:
    """The least and the largest x − input_zero."""
    of = spec.arithmetic.input
    return int(of.smallest) - spec.input_zero, int(of.largest) - spec.input_zero


def weight_ends(spec: ConvSpec) -> tuple[int, int]:
    """The least and the largest w − weights_zero; of 16 bits, those that they are for."""
    of = spec.weights_element
    if of.bytes > 1:
        return -NINE, NINE
    return int(of.smallest) - spec.weight_zero, int(of.largest) - spec.weight_zero


def most(spec: ConvSpec) -> int:
    """What sums must stay within, in magnitude: their type, or what is promised."""
    return spec.promise or MOST[spec.arithmetic.sum.name]


def proof(spec: ConvSpec) -> Proof:
    """Of a layer that sums integers; UnsupportedError where there is none."""
    x, w = (max(map(abs, pair)) for pair in (inputs(spec), weight_ends(spec)))
    of = spec.arithmetic
    if of.input is of.weights and of.input.bytes > 1:
        w = -int(of.weights.smallest)
    products, limit = spec.promise or spec.terms * x * w, MOST[of.sum.name]
    if products > limit:
        raise UnsupportedError(
            f"sums must stay in {of.sum.name}, up to {limit} (channel 0, as any other: up to {spec.terms} * {x} * {w} ="
            f" {products}); largest_sum may promise less of weights that are known")
    return Proof(spec.terms, x, w, products, limit - products * (not spec.promise), bool(spec.promise))


def refusal(spec: ConvSpec) -> str | None:
    """Why a layer of integers must not be summed, or None."""
    try:
        proof(spec)
    except UnsupportedError as error:
        return str(error)
    return None


def held(spec: ConvSpec, sums: Element) -> bool:
    """Whether an element holds all sums of products alone, to which the bias is added last, of inputs as they lie, too.
    Of what is promised for inputs less their zero point, such sums are at most twice as large."""
    found, of = proof(spec), spec.arithmetic.input
    if found.promised:
        return found.products * (2 if spec.input_zero else 1) <= MOST[sums.name]
    return found.terms * max(found.input, -int(of.smallest), int(of.largest)) * found.weight <= MOST[sums.name]


# --- of weights that are known ---


def ends(spec: ConvSpec, weights: NDArray[Any]) -> tuple[Integers, Integers]:
    """For each channel the least and the largest sum of products that an input can give; weights in their layout."""
    low, high = inputs(spec)
    least, largest = list[Integers](), list[Integers]()
    for part in meeting(spec, _taps(spec, weights)):
        taps = part.reshape(spec.oc, -1)
        up, down = (np.where(kept, taps, 0).sum(axis=1, dtype=np.int64) for kept in (taps > 0, taps < 0))
        least.append(up * low + down * high)
        largest.append(up * high + down * low)
    return np.min(least, axis=0), np.max(largest, axis=0)


def meeting(spec: ConvSpec, taps: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Of taps [oc, ic/g, kd, kh, kw], those that meet in an output, as views: all; of a transposed layer, phase by
    phase, those that are a multiple of s / gcd(s, d) apart."""
    apart = [axis.s // math.gcd(axis.s, axis.d) if spec.transposed else 1 for axis in spec.axes]
    for d, h, w in itertools.product(*(range(min(a.k, step)) for a, step in zip(spec.axes, apart, strict=True))):
        yield taps[:, :, d :: apart[0], h :: apart[1], w :: apart[2]]


def _taps(spec: ConvSpec, weights: NDArray[Any]) -> NDArray[Any]:
    """Weights less their zero point, as [oc, ic/g, kd, kh, kw]."""
    first = {"oihw": (0, 1), "hwio": (-1, -2), "ohwi": (0, -1), "iohw": (0, 1), "hwoi": (-1, -2),
             "ihwo": (0, -1)}[spec.weights_layout]
    kernel, taps = (spec.kd, spec.kh, spec.kw), np.moveaxis(weights, first, (0, 1))
    if spec.weights_layout in BY_INPUT:  # input channels of all groups, output channels of one
        taps = taps.reshape(spec.g, spec.icg, spec.ocg, *kernel).swapaxes(1, 2)
    taps = taps.reshape(spec.oc, spec.icg, *kernel)
    return taps.astype(np.int64) - spec.weight_zero if spec.weight_zero else taps


class Known(msgspec.Struct, frozen=True):
    """The channel whose sums go furthest from 0, with and without its bias, and between what they lie."""

    channel: int
    least: int
    largest: int

    @property
    def magnitude(self) -> int:
        return max(-self.least, self.largest)


def known(spec: ConvSpec, weights: NDArray[Any], bias: NDArray[Any] | None = None) -> Known:
    """Of weights in their layout."""
    low, high = ends(spec, weights)
    if bias is not None:
        added = bias.astype(np.int64)
        low, high = np.minimum(low, low + added), np.maximum(high, high + added)
    channel = int(np.argmax(np.maximum(-low, high)))
    return Known(channel, int(low[channel]), int(high[channel]))


def excess(spec: ConvSpec, found: Known) -> str | None:
    """In words, that the sums of known weights leave what they must stay in; None where they do not."""
    if found.magnitude <= most(spec):
        return None
    within = f"largest_sum, {spec.promise}" if spec.promise else f"{spec.arithmetic.sum.name}, up to {most(spec)}"
    return f"sums must stay in {within} (channel {found.channel}: from {found.least} to {found.largest})"


def kept(spec: ConvSpec, weights: NDArray[Any], bias: NDArray[Any] | None = None,
         worth: Iterable[int] = ()) -> ConvSpec:
    """The layer; with the promise that these weights and bias keep, where others could make its sums overflow, or where
    32 bits hold sums that have 64; or with the first of those `worth` making that they keep, where other weights would
    not. UnsupportedError where these could overflow, too; InputError where that is the bias's doing."""
    if told := excess(spec, found := known(spec, weights, bias)):
        raise (UnsupportedError if excess(spec, known(spec, weights)) else InputError)(told)
    shorter = spec.arithmetic.sum is S64 and found.magnitude <= MOST[S32.name] and not held(spec, S32)
    if refusal(spec) is not None or shorter:
        return spec.replace(largest_sum=max(1, found.magnitude))
    return next((spec.replace(largest_sum=most) for most in worth if found.magnitude <= most < proof(spec).products),
                spec)
