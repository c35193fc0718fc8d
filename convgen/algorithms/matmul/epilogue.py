"""What follows the sums of a work-group's tile, in C: bias, residual, slopes, stores."""

from __future__ import annotations

from typing import NamedTuple

from ...layer.array import Role
from ...machine.isa import Isa
from ...plan.program import affine
from ..tiled import exact
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
    """How a vector of sums ends where `inside` holds: the residual that is added to floats, empty where there is none;
    of integers, what is `made` of sums, residual and all, empty where that is themselves; and the stores."""

    inside: str
    residual: str
    made: str
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
    """All of a tile. made: the type of what is made of sums. begin: where in the output a pixel's channels begin, or a
    channel's pixels. numbers: (type, name, value) of vectors of bias, scales and slopes. places: in the output, of a
    vector's pixels, where lanes are pixels: of the first, if that is enough."""

    made: str
    begin: str
    numbers: list[tuple[str, str, str]]
    rows: list[Row]
    places: list[str]


def epilogue(t: Tiles, row: Isa, io: Isa, sums: Sums) -> Epilogue:
    """row, io: operations on sums and packed weights, and on the caller's arrays."""
    of_rows = _channels_of_pixels if t.by_channel else _pixels_of_channels
    return of_rows(t, row, io, sums)


def numbers_of_item(t: Tiles, row: Isa, sums: Sums, weights: int) -> list[tuple[str, str, str]]:
    """(type, role, where) of bias, scales and slopes: where in what is packed, `weights` of it first, those of an
    item's first channel lie."""
    own = ("across", LANES) if t.by_channel else ("down", sums.pitch)
    if row.kind == "products":
        place = affine("", ("panel", t.channels), own)
        return [(section.element, section.role, f"{exact.view_of(section, row)} + ({place})")
                for section in t.sections[0]]
    return [("float", role, f"packed + ({affine('', ('panel', t.channels), own, at)})")
            for role, at in numbers_at(t, weights)]


def _end(t: Tiles, inside: str, acc: str, numbers: dict[str, str], residual: str, stores: list[str]) -> End:
    """What becomes of a vector of sums. numbers: its scale, and perhaps a shift, by name."""
    of = t.spec.arithmetic
    if not of.scaled:
        return End(inside, residual, "", stores)
    given = [acc, *(numbers[name] for name in ("scale", "shift") if name in numbers), *[residual] * bool(residual)]
    return End(inside, "", f"{'requantise' if of.quantised else 'dequantise'}({', '.join(given)})", stores)


def _type(t: Tiles, row: Isa) -> str:
    """Of a vector that is made of one of sums."""
    return (row.numbers if t.spec.arithmetic.quantised else row.f32).vector


def _take(t: Tiles, row: Isa, role: Role) -> Isa:
    """The row of an array of numbers by channel."""
    if row.kind != "products":
        return row
    real = role == "scale" and not (t.spec.arithmetic.quantised and t.spec.rule.integers)
    return row.f32 if real else row.numbers


def _each(t: Tiles, row: Isa) -> list[tuple[Role, str, int]]:
    """(role, name, where) of the vectors that a channel has: a scale may be two, so far apart."""
    if row.kind != "products":
        return [(role, role, 0) for role in t.spec.per_channel]
    found: list[tuple[Role, str, int]] = []
    for section in t.sections[0]:
        found.append((section.role, section.role, 0))
        if section.role == "scale" and _take(t, row, "scale") is row.numbers:
            found.append((section.role, "shift", t.spec.g * t.width))
    return found


def numbers_at(t: Tiles, weights: int) -> list[tuple[Role, int]]:
    """(role, where) of bias and slopes as a whole there."""
    return [(role, weights + index * t.spec.g * t.width) for index, role in enumerate(t.spec.per_channel)]


def _channel(t: Tiles) -> str:
    """Channel oc of a group among all."""
    return affine("oc", ("g", t.spec.ocg if t.spec.g > 1 else 0))


def _channels_of_pixels(t: Tiles, row: Isa, io: Isa, sums: Sums) -> Epilogue:
    """Rows are pixels, vectors their channels."""
    s = t.spec
    exactly = row.kind == "products"
    load, store = (io.load_aligned, io.store_aligned) if t.aligned and not exactly else (io.load, io.store)
    each = _each(t, row)
    biased = any(role == "bias" for role, _, _ in each)

    def vector(acc: str, v: int) -> Vector:
        more = sums.vectors[v]
        out = "made" if s.arithmetic.scaled else acc
        numbers = {name: f"{name}{v}" for _, name, _ in each}
        residual, output, left = affine("residual + at", more), affine("output + at", more), f"{s.ocg - more} - oc"
        whole = _end(t, f"{affine('oc', more + LANES)} <= {s.ocg}", acc, numbers,
                     load(residual) if s.residual else "", [store(output, out)])
        part = None if t.aligned else _end(
            t, f"{affine('oc', more)} < {s.ocg}", acc, numbers, io.load_few(residual, left) if s.residual else "",
            [io.store_few(output, out, left)])
        return Vector(acc, "", f"bias{v}" * biased, f"slopes{v}" * s.slopes, whole, part)

    return Epilogue(
        made=_type(t, row),
        begin=f"(size_t)p * {output_strides(s).w} + {_channel(t)}",
        numbers=[(_take(t, row, role).vector, f"{name}{v}",
                  (_take(t, row, role).load if exactly else row.load_aligned)(affine(role, more + at)))
                 for role, name, at in each for v, more in enumerate(sums.vectors)],
        rows=[Row(affine("tile", ("down", sums.pitch), at), [vector(acc, v) for v, acc in enumerate(accs)])
              for at, accs in zip(sums.rows, sums.acc, strict=True)],
        places=[])


def _pixels_of_channels(t: Tiles, row: Isa, io: Isa, sums: Sums) -> Epilogue:
    """Rows are channels, vectors their pixels: `places` of them, of which those below `end` are inside."""
    s = t.spec
    y = output_strides(s)
    count = 1 if t.aligned else LANES
    each = _each(t, row)
    biased = any(role == "bias" for role, _, _ in each)
    load, store = (io.load, io.store) if row.kind == "products" else (io.load_aligned, io.store_aligned)
    nought = "0" if io.kind == "integers" else "0.0f"

    def place(j: int) -> str:
        """Of output pixel p + j."""
        p = f"({affine('p', j)})" if j else "p"
        return f"channel + (size_t)({p} / {t.plane}) * {y.n} + {p} % {t.plane}" if s.n > 1 else affine("channel + p", j)

    def residual() -> str:
        if t.aligned:
            return load("residual + at0")
        lanes = [io.get("residual", f"at{j}") for j in range(LANES)]
        inside = [lanes[0], *(f"p + {j} < end ? {lanes[j]} : {nought}" for j in range(1, LANES))]
        return f"({io.vector})({', '.join(inside)})"

    def vector(acc: str, at: int, more: int) -> Vector:
        taken = {name: _take(t, row, role).broadcast(affine(role, at + apart)) for role, name, apart in each}
        out = "made" if s.arithmetic.scaled else acc
        stores = [store("output + at0", out)] if t.aligned else \
            [io.put("output", f"at{j}", f"{out}.s{j}") for j in range(LANES)]
        return Vector(acc, affine("tile", ("across", LANES), more),
                      taken["bias"] if biased else "", taken["slopes"] if s.slopes else "",
                      _end(t, "p < end", acc, taken, residual() if s.residual else "", stores), None)

    return Epilogue(
        made=_type(t, row),
        begin=f"(size_t)({_channel(t)}) * {y.c}",
        numbers=[],
        rows=[Row(affine("oc0", ("down", sums.pitch), at),
                  [vector(acc, at, more) for acc, more in zip(accs, sums.vectors, strict=True)])
              for at, accs in zip(sums.rows, sums.acc, strict=True)],
        places=[place(j) for j in range(count)])
