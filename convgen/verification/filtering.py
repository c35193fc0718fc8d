"""What Winograd's transforms make of data: how far they may stray, and data that they do not round.

A tile of F(m, r) computes Y = Aᵀ [Σ U ⊙ (Bᵀ d B)] A with U = G g Gᵀ, in straight-line code whose roundings
and magnitudes codelets.py counts. Everything here is that algebra again, in NumPy and float64, on whole
layers; nothing of the generated code is read. A transposed layer is the forward one that has its phases as channels
(lowering.Subpixel): its weights become those of that, and that one's outputs its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..algorithms.lowering import Spread, forward, lowered, subpixel
from ..algorithms.winograd.codelets import codelet
from ..algorithms.winograd.numbers import Numbers, Split, numbers
from ..algorithms.winograd.toomcook import Matrix, Transforms, exact_weights
from ..errors import UnsupportedError
from ..layer.spec import Axis, ConvSpec
from ..plan.plan import Plan
from . import oracle

F64 = NDArray[np.float64]
WIDE = 2.0**-44  # what G g Gᵀ may err in double, or in two floats, of |G||g||Gᵀ|


class Line(NamedTuple):
    """One axis: its transforms as arrays; G is g over over. Bᵀ [tiles, n, n] and Aᵀ [tiles, m, n] are those of
    each tile, smaller ones with zeros after them; b and a, the magnitudes of their codelets. spread: where outputs
    lie; vanishing: the product that phases without a first tap have not."""

    axis: Axis
    spread: Spread
    vanishing: int | None
    f: Transforms
    g: F64
    over: F64
    bt: F64
    at: F64
    b: F64
    a: F64

    @property
    def tiles(self) -> int:
        return len(self.bt)


def lines(plan: Plan) -> tuple[Line, Line]:
    """The two axes that a plan transforms, of the forward layer that its layer is."""
    t = numbers(lowered(plan))
    return _line(t.h, t.rows, t.vanishing[0]), _line(t.w, t.columns, t.vanishing[1])


def _line(split: Split, spread: Spread, vanishing: int | None) -> Line:
    integers, over = zip(*split.f.g_over, strict=True)

    def stack(most: Matrix, last: Matrix) -> F64:
        whole = np.tile(_array(most), (split.tiles, 1, 1))
        small = _array(last)
        whole[-1] = 0.0
        whole[-1, : small.shape[0], : small.shape[1]] = small
        return whole

    kinds = split.f, split.last
    return Line(split.axis, spread, vanishing, split.f, _array(integers), np.array(over, np.float64),
                stack(*(f.bt for f in kinds)), stack(*(f.at for f in kinds)),
                stack(*(codelet(f.bt).magnitude() for f in kinds)), stack(*(codelet(f.at).magnitude() for f in kinds)))


def _apply(rows: F64, tiles: F64, columns: F64) -> F64:
    """[…, th, tw, p, q]: the matrices of each row of tiles from the left, of each column from the right."""
    both: F64 = rows[:, None] @ tiles @ columns.transpose(0, 2, 1)
    return both


def magnitudes(plan: Plan, input: NDArray[Any], weights: NDArray[Any], bias: NDArray[Any] | None = None,
               residual: NDArray[Any] | None = None, slopes: NDArray[Any] | None = None,
               scale: NDArray[Any] | None = None) -> F64:
    """S of every output: Σ |Aᵀ| [|U| ⊙ (|Bᵀ| |x| |B|)] |A| + |b| + |r|, in spec.output_shape. slopes come after it.

    A kernel's error is within γ_d·S, as that of a direct sum is within γ_d·Σ|x||w| (Codelet.roundings).
    """
    t, (h, v) = numbers(lowered(plan)), lines(plan)
    spec = t.given
    taps = by_phase(t, oracle.cross_weights(spec, oracle.real_weights(spec, weights, scale))[:, :, 0])
    u = np.abs(_weights(h, v, taps)) + WIDE * _weights(h, v, np.abs(taps), magnitude=True)
    y = _apply(h.a, _products(t.spec, u, _apply(h.b, np.abs(windows(plan, input)), v.b)), v.a)
    y = _spread(t, y).reshape(spec.n, spec.oc, *(a.o for a in spec.axes[3 - spec.rank :]))
    if spec.channels_last:
        y = np.moveaxis(y, 1, -1)
    if bias is not None:
        y = y + oracle.by_channel(spec, np.abs(bias.astype(np.float64)))
    return y if residual is None else y + np.abs(residual.astype(np.float64))


def by_phase(t: Numbers, taps: F64) -> F64:
    """Taps [oc, ic/g, kh, kw] of a layer as those of the forward one, whose channels are [g][ph][pw][oc/g]: tap
    ρ + s (K - 1 - j) is j of the K of phase ρ."""
    if t.phases == 1:
        return taps
    (down, rows), (across, columns) = ((spread.step, axis.k) for spread, axis in zip(
        (t.rows, t.columns), t.spec.axes[1:], strict=True))
    whole = np.zeros((*taps.shape[:2], rows * down, columns * across))
    whole[..., : taps.shape[2], : taps.shape[3]] = taps
    split = whole.reshape(t.given.g, t.given.ocg, t.given.icg, rows, down, columns, across)[..., ::-1, :, ::-1, :]
    return split.transpose(0, 4, 6, 1, 2, 3, 5).reshape(-1, t.given.icg, rows, columns)


def _spread(t: Numbers, y: F64) -> F64:
    """Outputs [n, oc, d, th, tw, mh, mw] of tiles of the forward layer, as those of the layer: [n, oc, d, oh, ow]."""
    n, _, depth, th, tw, mh, mw = y.shape
    y = y.transpose(0, 1, 2, 3, 5, 4, 6).reshape(
        n, t.given.g, t.rows.step, t.columns.step, t.given.ocg, depth, th * mh, tw * mw)
    y = y.transpose(0, 1, 4, 5, 6, 2, 7, 3).reshape(n, t.given.oc, depth, th * mh * t.rows.step, -1)
    rows, columns = (slice(one.cut, one.cut + one.outputs) for one in (t.rows, t.columns))
    return y[:, :, :, rows, columns]


def _weights(h: Line, v: Line, taps: F64, magnitude: bool = False) -> F64:
    """G g Gᵀ, divided last as NAME_pack does: what is dyadic comes out so. magnitude: |G| for G."""
    rows, columns = (np.abs(line.g) if magnitude else line.g for line in (h, v))
    u: F64 = rows @ taps @ columns.T / np.outer(h.over, v.over)
    return u


def _products(spec: ConvSpec, u: F64, d: F64) -> F64:
    """Σ over input channels of U [oc, ic, p, q] times V [n, ic, d, th, tw, p, q]: [n, oc, d, th, tw, p, q]."""
    n, _, depth, th, tw, p, q = d.shape
    d = d.reshape(n, spec.g, spec.icg, depth * th * tw, p * q).transpose(1, 4, 2, 0, 3)
    d = d.reshape(spec.g, p * q, spec.icg, n * depth * th * tw)
    u = u.reshape(spec.g, spec.ocg, spec.icg, p * q).transpose(0, 3, 1, 2)
    m = (u @ d).reshape(spec.g, p, q, spec.ocg, n, depth, th, tw).transpose(4, 0, 3, 5, 6, 7, 1, 2)
    return m.reshape(n, spec.oc, depth, th, tw, p, q)


def windows(plan: Plan, x: NDArray[Any]) -> F64:
    """The input of every tile, [n, ic, d, th, tw, αh, αw], zero where it is padding."""
    spec, (h, w) = numbers(lowered(plan)).spec, lines(plan)
    size = [line.tiles * line.f.m + line.f.r - 1 for line in (h, w)]
    padded = np.zeros((spec.n, spec.ic, spec.id, *size))
    rows, columns = (min(line.axis.i, extent - line.axis.before) for line, extent in zip((h, w), size, strict=True))
    padded[..., h.axis.before : h.axis.before + rows, w.axis.before : w.axis.before + columns] = \
        oracle.channels_first(spec, x)[..., :rows, :columns]
    seen = np.lib.stride_tricks.sliding_window_view(padded, (h.f.n, w.f.n), (3, 4))
    return seen[:, :, :, :: h.f.m, :: w.f.m]


def cut(spec: ConvSpec) -> tuple[Axis, Axis, Axis]:
    """The axes of the forward layer whose outputs are cut into tiles."""
    seen = subpixel(forward(spec) or spec.computed)
    assert seen is not None
    return seen.spec.axes


def touched(plan: Plan, place: tuple[int, ...]) -> NDArray[np.bool_]:
    """The outputs whose tiles see input [n, c, d, h, w]: a NaN there reaches all of them."""
    spec = lowered(plan).spec
    n, c, d, *point = place
    seen = [np.arange(spec.n) == n, np.arange(spec.oc) // spec.ocg == c // spec.icg, np.arange(spec.od) == d,
            *(_seeing(line, at) for line, at in zip(lines(plan), point, strict=True))]
    return oracle.by_axes(spec, seen)


def _seeing(line: Line, at: int) -> NDArray[np.bool_]:
    """The outputs along an axis whose tiles see the input `at`."""
    begins = np.arange(line.tiles) * line.f.m - line.axis.before
    inside = at - begins[:, None] == np.arange(line.f.n)  # [tiles, n]
    products = np.repeat((line.b @ inside[..., None] > 0).astype(np.float64), line.spread.step, axis=2)
    if line.vanishing is not None:
        products[:, line.vanishing, [phase for phase in range(line.spread.step) if line.spread.gap(phase)]] = 0.0
    seen: NDArray[np.bool_] = (line.a @ products > 0).reshape(-1)
    return seen[line.spread.cut :][: line.spread.outputs]


def exact(plan: Plan, rng: np.random.Generator, bits: int = 24,
          parts: Sequence[tuple[Plan, tuple[slice, ...] | None]] = (),
          ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """x and w on which no step rounds: signs, and weights of which G g Gᵀ is dyadic; as dense as can be. parts: plans
    of those that are compared, and where their inputs lie, if not all is.

    UnsupportedError when not even a few elements of one channel are exact.
    """
    parts = parts or [(plan, None)]
    spec, (h, v) = lowered(plan).spec, lines(plan)
    order, sign = rng.permutation(spec.icg), rng.choice([-1.0, 1.0], (spec.oc, spec.icg, 1, 1))
    for short, sparse in itertools.product((False, True), (1, 2, 4, 8, 16, 64)):
        rows, columns = (rng.choice(exact_taps(line.f, short, line.spread), (spec.oc, spec.icg)) for line in (h, v))
        taps = sign * rows[..., :, None] * columns[..., None, :]
        taps[:, order[-(-spec.icg // sparse) :]] = 0.0
        x = rng.choice(np.array([-1, 1], np.float32), spec.input_shape)
        x[rng.random(x.shape) * sparse > 1] = 0.0
        if all(never_rounds(part, x if where is None else x[where], taps, 2.0**bits) for part, where in parts):
            return x, oracle.from_cross(spec, taps[:, :, None]).astype(np.float32)
    raise UnsupportedError(f"no weights are exact in F({max(h.f.m, v.f.m)}, {max(h.f.r, v.f.r)}) (bits={bits})")


def exact_taps(f: Transforms, short: bool, spread: Spread) -> F64:
    """Vectors of a layer's weights of which G makes dyadic ones in each phase; short: without the longest."""
    phases = [_exact_taps(f, short, spread.taps <= phase + spread.step * (f.r - 1)) for phase in range(spread.step)]
    found = np.zeros((max(map(len, phases)), f.r, spread.step))
    for phase, vectors in enumerate(phases):
        for at in range(len(found)):
            found[at, :, phase] = vectors[(at + phase) % len(vectors)]
    found = found if spread.step == 1 else found[:, ::-1]
    return found.reshape(len(found), -1)[:, : spread.taps]


def _exact_taps(f: Transforms, short: bool, gap: bool) -> list[tuple[int, ...]]:
    """Those of a phase. gap: whether it has no first tap."""
    if gap and f.r == 1:
        return [(0,)]
    if gap:
        f = msgspec.structs.replace(f, r=f.r - 1, g=tuple(row[1:] for row in f.g))
    found = sorted(exact_weights(f), key=lambda taps: max(map(abs, taps)))
    return [(0,) * gap + taps for taps in (found[:-1] if short and len(found) > 1 else found)]


def never_rounds(plan: Plan, x: NDArray[Any], taps: F64, limit: float) -> bool:
    """Whether all sums, in any order, stay below `limit` units of what they add up."""
    t, (h, v) = numbers(lowered(plan)), lines(plan)
    spec = t.spec
    u, d = _weights(h, v, by_phase(t, taps)), windows(plan, x)
    transformed = _apply(h.bt, d, v.bt)
    units = _grains(u) * _grains(transformed)  # of the products, position by position
    m = _products(spec, u, transformed)
    sums = _products(spec, np.abs(u), np.abs(transformed)).max(axis=(0, 1, 2, 3, 4))
    back = _apply(h.a, np.abs(m), v.a).max()
    rows, columns = (np.array([grain(line.at[..., k]) for k in range(line.f.n)]) for line in (h, v))
    finest = (_grains(m) * np.outer(rows, columns)).min()
    return bool((sums < limit * units).all() and back < limit * finest)


def _grains(values: F64) -> F64:
    """The grain of each position [..., p, q]."""
    *_, p, q = values.shape
    return np.array([[grain(values[..., i, j]) for j in range(q)] for i in range(p)])


def grain(values: F64) -> float:
    """The largest power of two that all values are multiples of."""
    left, unit = values[values != 0], 1.0
    for _ in range(64):
        if np.all(left == np.round(left)):
            return unit
        left, unit = left * 2, unit / 2
    return unit


def _array(matrix: Any) -> F64:
    return np.array([[float(c) for c in row] for row in matrix])
