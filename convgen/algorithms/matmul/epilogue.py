"""What follows the sums of a work-group's tile, in C: bias, residual, slopes, stores."""

from __future__ import annotations

from typing import NamedTuple

from ...layer.array import Role
from ...machine.isa import Isa
from ...plan.program import affine
from ..tiled.geometry import output_strides
from .numbers import LANES, Tiles


class Sums(NamedTuple):
    """Where an item has its sums. acc[row][vector]: accumulators of LANES each; rows, vectors: how far they are from
    the item's first one in the tile. pitch: rows between the first ones of neighbouring items."""

    acc: list[list[str]]
    rows: list[int]
    vectors: list[int]
    pitch: int


class End(NamedTuple):
    """How a vector of sums ends where `inside` holds: the residual, empty where there is none, and its stores."""

    inside: str
    residual: str
    stores: list[str]


class Vector(NamedTuple):
    """A vector of sums. place: its first pixel, where lanes are pixels. bias, slopes: empty where there are none.
    whole: its end; part: the same where only some of its lanes are inside, if that can be."""

    acc: str
    place: str
    bias: str
    slopes: str
    whole: End
    part: End | None


class Row(NamedTuple):
    """place: its pixel, or its channel where lanes are pixels."""

    place: str
    vectors: list[Vector]


class Epilogue(NamedTuple):
    """All of a tile. begin: where in the output a pixel's channels begin, or a channel's pixels. numbers: (name, value)
    of vectors of bias and slopes. places: in the output, of a vector's pixels, where lanes are pixels: of the first, if
    that is enough."""

    begin: str
    numbers: list[tuple[str, str]]
    rows: list[Row]
    places: list[str]


def epilogue(t: Tiles, row: Isa, io: Isa, sums: Sums) -> Epilogue:
    """row, io: operations on sums and packed weights, and on the caller's arrays."""
    of_rows = _channels_of_pixels if t.by_channel else _pixels_of_channels
    return of_rows(t, row, io, sums)


def numbers_of_item(t: Tiles, sums: Sums, weights: int) -> list[tuple[str, str]]:
    """(role, where) of bias and slopes: where in what is packed, `weights` of it first, those of an item's first
    channel lie."""
    own = ("across", LANES) if t.by_channel else ("down", sums.pitch)
    return [(role, affine("", ("panel", t.channels), own, at)) for role, at in numbers_at(t, weights)]


def numbers_at(t: Tiles, weights: int) -> list[tuple[Role, int]]:
    """(role, where) of bias and slopes as a whole there."""
    return [(role, weights + index * t.spec.g * t.width) for index, role in enumerate(t.spec.per_channel)]


def _channel(t: Tiles) -> str:
    """Channel oc of a group among all."""
    return affine("oc", ("g", t.spec.ocg if t.spec.g > 1 else 0))


def _channels_of_pixels(t: Tiles, row: Isa, io: Isa, sums: Sums) -> Epilogue:
    """Rows are pixels, vectors their channels."""
    s = t.spec
    load, store = (io.load_aligned, io.store_aligned) if t.aligned else (io.load, io.store)

    def vector(acc: str, v: int) -> Vector:
        more = sums.vectors[v]
        residual, output, left = affine("residual + at", more), affine("output + at", more), f"{s.ocg - more} - oc"
        whole = End(f"{affine('oc', more + LANES)} <= {s.ocg}", load(residual) if s.residual else "",
                    [store(output, acc)])
        part = None if t.aligned else End(
            f"{affine('oc', more)} < {s.ocg}", io.load_few(residual, left) if s.residual else "",
            [io.store_few(output, acc, left)])
        return Vector(acc, "", f"bias{v}" * s.bias, f"slopes{v}" * s.slopes, whole, part)

    return Epilogue(
        begin=f"(size_t)p * {output_strides(s).w} + {_channel(t)}",
        numbers=[(f"{role}{v}", row.load_aligned(affine(role, more))) for role in s.per_channel
                 for v, more in enumerate(sums.vectors)],
        rows=[Row(affine("tile", ("down", sums.pitch), at), [vector(acc, v) for v, acc in enumerate(accs)])
              for at, accs in zip(sums.rows, sums.acc, strict=True)],
        places=[])


def _pixels_of_channels(t: Tiles, row: Isa, io: Isa, sums: Sums) -> Epilogue:
    """Rows are channels, vectors their pixels: `places` of them, of which those below `end` are inside."""
    s = t.spec
    y = output_strides(s)
    count = 1 if t.aligned else LANES

    def place(j: int) -> str:
        """Of output pixel p + j."""
        p = f"({affine('p', j)})" if j else "p"
        return f"channel + (size_t)({p} / {t.plane}) * {y.n} + {p} % {t.plane}" if s.n > 1 else affine("channel + p", j)

    def residual() -> str:
        if t.aligned:
            return str(io.load_aligned("residual + at0"))
        lanes = [io.get("residual", f"at{j}") for j in range(LANES)]
        return f"(float4)({', '.join([lanes[0], *(f'p + {j} < end ? {lanes[j]} : 0.0f' for j in range(1, LANES))])})"

    def vector(acc: str, at: int, more: int) -> Vector:
        stores = [io.store_aligned("output + at0", acc)] if t.aligned else \
            [io.put("output", f"at{j}", f"{acc}.s{j}") for j in range(LANES)]
        return Vector(acc, affine("tile", ("across", LANES), more),
                      row.broadcast(affine("bias", at)) if s.bias else "",
                      row.broadcast(affine("slopes", at)) if s.slopes else "",
                      End("p < end", residual() if s.residual else "", stores), None)

    return Epilogue(
        begin=f"(size_t)({_channel(t)}) * {y.c}",
        numbers=[],
        rows=[Row(affine("oc0", ("down", sums.pitch), at),
                  [vector(acc, at, more) for acc, more in zip(accs, sums.vectors, strict=True)])
              for at, accs in zip(sums.rows, sums.acc, strict=True)],
        places=[place(j) for j in range(count)])
