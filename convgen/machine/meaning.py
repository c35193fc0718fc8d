"""What each operation of a row does, in NumPy: the table that explains them, and that every row is tested against.

The last axis of an array is the lanes of a vector, or the `lanes` numbers at an address p, which may be of another
element: what is loaded is converted, exactly; what is stored is rounded to the nearest, ties to even, as NumPy does
when it assigns; integers that are stored are in its range. A result of one number is a vector that has it in every
lane.

Of a row of products vectors are opaque but for their sums: loads, broadcasts and shuffles give what its fma
multiplies, `deep` numbers a lane, and that means `products`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Lanes = NDArray[Any]


class Operation(NamedTuple):
    """means: a function of the operands, by their names. It gives what the operation gives, or writes to p."""

    name: str
    operands: tuple[str, ...]
    means: Callable[..., Lanes | None]

    @property
    def writes(self) -> bool:
        """Whether it writes to p."""
        return {"p", "a"} <= set(self.operands)


def get(p: Lanes, i: int) -> Lanes:
    """One number."""
    return p[..., i]


def put(p: Lanes, i: int, a: Lanes) -> None:
    """One number."""
    p[..., i] = a


def load(p: Lanes) -> Lanes:
    """From any address."""
    return p


def load_aligned(p: Lanes) -> Lanes:
    """load, from an address that is a multiple of what it loads."""
    return p


def store(p: Lanes, a: Lanes) -> None:
    """To any address."""
    p[...] = a


def store_aligned(p: Lanes, a: Lanes) -> None:
    """store, to an address that is a multiple of what it stores."""
    p[...] = a


def spill(p: Lanes, a: Lanes) -> None:
    """store, to an array of the function's own, of what is computed with."""
    p[...] = a


def reload(p: Lanes) -> Lanes:
    """load, from such an array."""
    return p


def load_part(p: Lanes, first: int, end: int) -> Lanes:
    """Touches nothing but lanes first to end - 1; the others are 0."""
    a = np.zeros_like(p)
    a[..., first:end] = p[..., first:end]
    return a


def store_tail(p: Lanes, a: Lanes, n: int) -> None:
    """Touches nothing but the first n lanes."""
    p[..., :n] = a[..., :n]


def load_few(p: Lanes, n: int) -> Lanes:
    """load_part of the first n lanes, which may be all; n is no literal."""
    return load_part(p, 0, n)


def store_few(p: Lanes, a: Lanes, n: int) -> None:
    """store_tail; n is no literal."""
    store_tail(p, a, n)


def broadcast(p: Lanes) -> Lanes:
    return p[..., :1]


def set1(x: str) -> Lanes:
    return np.array(x.removesuffix("f"), np.float32) if x.endswith("f") else np.array(int(x))


def zero() -> Lanes:
    return np.array(0, np.float32)


def add(a: Lanes, b: Lanes) -> Lanes:
    return a + b


def sub(a: Lanes, b: Lanes) -> Lanes:
    return a - b


def mul(a: Lanes, b: Lanes) -> Lanes:
    return a * b


def div(a: Lanes, b: Lanes) -> Lanes:
    return a / b


def fma(a: Lanes, b: Lanes, c: Lanes) -> Lanes:
    """Rounded once where the row is `fused`, else twice; OpenCL's as the device likes."""
    return a * b + c


def fnma(a: Lanes, b: Lanes, c: Lanes) -> Lanes:
    """fma of -a, for products of complex numbers."""
    less: Lanes = c - a * b
    return less


def products(a: Lanes, b: Lanes, c: Lanes) -> Lanes:
    """fma of a row of products: to a sum, whose type holds all sums on the way, the products of `deep` neighbours a
    lane are added. The neighbours are a last axis."""
    total: Lanes = c + (a.astype(np.int64) * b).sum(-1)
    return total


def shl(a: Lanes, n: int) -> Lanes:
    """Of integers, modulo two to the power of their bits."""
    return np.left_shift(a, n)


def sra(a: Lanes, n: int) -> Lanes:
    """Towards minus infinity."""
    return np.right_shift(a, n)


def max_(a: Lanes, b: Lanes) -> Lanes:
    """b where either is NaN, and of two zeros."""
    return np.where(a > b, a, b)


def min_(a: Lanes, b: Lanes) -> Lanes:
    """b where either is NaN, and of two zeros."""
    return np.where(a < b, a, b)


def pow2(a: Lanes) -> Lanes:
    """2^k from a = k + 1.5·2^23, whose low mantissa bits hold k; 2^k is normal. In f32 only."""
    return np.exp2(a.astype(np.float64) - 1.5 * 2.0**23)


def in_f32(f: Callable[[Lanes], Lanes], a: Lanes) -> Lanes:
    """f is a function of vectors of as many floats."""
    return f(a.astype(np.float32))


def both_in_f32(f: Callable[[Lanes, Lanes], Lanes], a: Lanes, b: Lanes) -> Lanes:
    """The same of a function of two vectors."""
    return f(a.astype(np.float32), b.astype(np.float32))


def deinterleave_even(a: Lanes, b: Lanes) -> Lanes:
    """Lanes 0, 2, … of a, then of b."""
    return np.concatenate([a, b], -1)[..., 0::2]


def deinterleave_odd(a: Lanes, b: Lanes) -> Lanes:
    """Lanes 1, 3, … of a, then of b."""
    return np.concatenate([a, b], -1)[..., 1::2]


def interleave_low(a: Lanes, b: Lanes) -> Lanes:
    """The first half of a's lanes and of b's, one of each in turns."""
    return np.stack([a, b], -1).reshape(*a.shape[:-1], -1)[..., : a.shape[-1]]


def interleave_high(a: Lanes, b: Lanes) -> Lanes:
    """The other half."""
    return np.stack([a, b], -1).reshape(*a.shape[:-1], -1)[..., a.shape[-1] :]


def splice(a: Lanes, b: Lanes, n: int) -> Lanes:
    """Lanes n, n + 1, … of a, then the first n of b."""
    return np.concatenate([a[..., n:], b[..., :n]], -1)


def broadcast_grouped(a: Lanes, o: int, i: int, j: int) -> Lanes:
    """Input channel j of the group that each output channel is in, where groups have i input and o output channels,
    and a holds the inputs of whole groups."""
    lane = np.arange(a.shape[-1])
    return a[..., lane // o * i + j]


def halve(a: Lanes, b: Lanes, n: int) -> Lanes:
    """A step towards the sum of all lanes of a and that of b, which are those of n vectors each in turns: half as many
    sums of each. n of a and n of b in turns, in every four lanes; from n = 4 on those of a, then those of b."""
    if n < 4:
        of_a, of_b = (halves[..., :2] + halves[..., 2:]
                      for halves in (x.reshape(*x.shape[:-1], -1, 4) for x in (a, b)))
        parts = [part for at in range(0, 2, n) for part in (of_a[..., at : at + n], of_b[..., at : at + n])]
        return np.concatenate(parts, -1).reshape(a.shape)
    fours = np.concatenate([a, b], -1).reshape(*a.shape[:-1], -1, 2, 4)
    added: Lanes = fours.sum(-2, dtype=a.dtype).reshape(a.shape)
    return added


def to_f32(a: Lanes) -> Lanes:
    """To the nearest, ties to even."""
    return a.astype(np.float32)


def rint(a: Lanes) -> Lanes:
    """Of floats, up to 2^22 in magnitude; ties to even."""
    return np.rint(a)


FAR = 2**28  # in magnitude, of a scaled sum: beyond it the rules leave open how far, for outputs are cut anyway


def scale_tflite(a: Lanes, m: Lanes, s: Lanes) -> Lanes:
    """a·m·2^(s - 31), where 2^30 <= m < 2^31 or m is 0, and -31 <= s <= 30. Rounded to integers after m, ties up, and
    after 2^s where s < 0, ties away from zero."""
    high = (_shifted(a, s) * m + 2**30) >> 31
    right = np.maximum(-s.astype(np.int64), 0)
    rounded: Lanes = np.sign(high) * ((np.abs(high) + (1 << right >> 1)) >> right)
    return rounded


def scale_tflite_single(a: Lanes, m: Lanes, s: Lanes) -> Lanes:
    """The same, rounded once, ties up."""
    right = 31 - np.minimum(s.astype(np.int64), 0)
    rounded: Lanes = (_shifted(a, s) * m + (1 << right >> 1)) >> right
    return rounded


def scale_wide(a: Lanes, m: Lanes, s: Lanes) -> Lanes:
    """a·m·2^(s - 15), where |a| < 2^47, 2^14 <= m < 2^15 or m is 0, and -31 <= s <= 30, rounded once, ties up. In
    integers of any length."""
    exact = a.astype(object) * m
    down, up = np.maximum(15 - s, 0).astype(object), np.maximum(s - 15, 0).astype(object)
    rounded: Lanes = np.clip(((exact << up) * 2 + (1 << down)) >> (down + 1), -FAR, FAR).astype(np.int64)
    return rounded


def _shifted(a: Lanes, s: Lanes) -> Lanes:
    """a·2^s where s > 0, in 64 bits; cut to 32."""
    cut: Lanes = np.clip(a.astype(np.int64) << np.maximum(s, 0), -(2**31), 2**31 - 1)
    return cut


# --- bytes: a word is along a last axis of its own, lane after lane; quarter k has bytes 4k to 4k + 3 of each 16 ---


def _quarter(a: Lanes, k: int) -> Lanes:
    """Of words of all bytes."""
    blocks = a.reshape(*a.shape[:-2], -1, 4, 4, a.shape[-1])
    return blocks[..., k, :, :].reshape(*a.shape[:-2], -1, a.shape[-1])


def neighbours(a: Lanes, b: Lanes, c: Lanes, d: Lanes, k: int) -> Lanes:
    """The words of quarter k, each of the same byte of a, b, c and d, or of as many of these as a word holds."""
    return _quarter(np.stack([a, b, c, d], -1), k)


def lengthen(a: Lanes, k: int) -> Lanes:
    """The bytes of quarter k as numbers of 32 bits."""
    return a.reshape(*a.shape[:-1], -1, 4, 4)[..., k, :].reshape(*a.shape[:-1], -1)


def spread(p: Lanes, s: int, d: int, k: int) -> Lanes:
    """The words of quarter k of p's first quarter, whose bytes are those at i·s, i·s + d and so on; with s = 2 the
    first 8 of 16 are of the outputs of one vector of bytes, the others of the next."""
    i = np.arange(p.shape[-1] // 4) * s
    if s == 2:
        i = i.reshape(2, -1, 8).transpose(1, 0, 2).reshape(-1)
    return _quarter(np.stack([p[..., i + j * d] for j in range(4)], -1), k)


def spread_inside(p: Lanes, d: int, k: int, inside: Lanes, padding: int) -> Lanes:
    """spread with s = 1, and padding for the bytes that are not inside. inside: of the words' bytes, as spread gives
    them; in code the bits of a mask, one for each byte of the vector, the lowest first."""
    return np.where(inside, spread(p, 1, d, k), padding)


def load_over(p: Lanes, first: int, end: int, a: Lanes) -> Lanes:
    """Those of p from first to end - 1, among those of a; no others are touched in memory."""
    inside = np.arange(a.shape[-1])
    return np.where((first <= inside) & (inside < end), p, a)


def over(a: Lanes, b: Lanes, n: int) -> Lanes:
    """The first n of b, then those of a."""
    return np.concatenate([b[..., :n], a[..., n:]], -1)


def halves(a: Lanes) -> Lanes:
    """The first 8 of each 16 bytes, then the others: what spread with s = 2 came from, in order."""
    return a.reshape(*a.shape[:-1], -1, 2, 8).swapaxes(-3, -2).reshape(a.shape)


def weave(a: Lanes, n: int) -> Lanes:
    """Bytes of the outputs that lanes of sums have n each of, in their order. Lane i of quarter c·n + v has output
    n·i + v of the c-th run of n lanes' outputs."""
    blocks = a.reshape(*a.shape[:-1], -1, 4 // n, n, 4)  # of 16: runs, outputs of a lane, lanes
    return np.moveaxis(blocks, (-3, -1), (-4, -2)).reshape(a.shape)


def store_sixteen(p: Lanes, a: Lanes, k: int) -> None:
    """Touches 16 bytes, which become bytes 16k to 16k + 15 of a."""
    p[..., :16] = a[..., 16 * k : 16 * k + 16]


def in_order(a: Lanes, b: Lanes, c: Lanes, d: Lanes, k: int) -> Lanes:
    """Vector k of the numbers of all bytes in their order, from those of the quarters."""
    every = np.stack([x.reshape(*x.shape[:-1], -1, 4) for x in (a, b, c, d)], -2)
    return every.reshape(*a.shape[:-1], 4, a.shape[-1])[..., k, :]


def narrow(a: Lanes, b: Lanes, c: Lanes, d: Lanes, x: int) -> Lanes:
    """The sums of the quarters as bytes in their order, x added, all cut to the range of what is stored."""
    every = np.concatenate([in_order(a, b, c, d, k) for k in range(4)], -1)
    return every.astype(np.int64) + x


OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation(means.__name__.removesuffix("_"), tuple(inspect.signature(means).parameters), means)
        for means in (get, put, load, load_aligned, store, store_aligned, spill, reload, load_part, store_tail,
                      load_few, store_few, broadcast, set1, zero, add, sub, mul, div, fma, fnma, max_, min_, pow2,
                      in_f32, both_in_f32, deinterleave_even, deinterleave_odd, interleave_low, interleave_high,
                      splice, broadcast_grouped, shl, sra, halve, to_f32, rint, scale_tflite, scale_tflite_single,
                      scale_wide, neighbours, lengthen, spread, spread_inside, load_over, over, halves, weave,
                      store_sixteen, in_order, narrow)
    )
}
