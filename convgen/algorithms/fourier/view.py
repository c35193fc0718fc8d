"""The program of convolutions by Fourier transforms: transforms, products, and the tasks around them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from ...machine.noted import Rows
from ...plan.plan import Plan
from ...plan.program import (
    Call,
    For,
    Node,
    Parameter,
    Phase,
    Program,
    View,
    affine,
    indices,
    packing_parameters,
    reads,
    unrank,
    writes,
)
from ..weights import weight_address
from ..winograd.codelets import Codelet
from .butterflies import Pass, codelet, reversed_bits
from .numbers import Numbers, Trip, numbers


Term = tuple[str, int] | int  # of an address


class Butterfly(NamedTuple):
    """A pass in C. code: of its points; order: which of them each of the code's outputs is."""

    step: Pass
    code: Codelet
    order: list[int]

    @property
    def name(self) -> str:
        return self.step.name


class End(NamedTuple):
    """A block of a pair: where its parts of complex numbers lie in the vectors, its image, in C, and how many rows and
    columns of outputs it is beside the first one."""

    part: int
    n: str
    rows: int
    columns: int


class Table(NamedTuple):
    """Roots of one pass: exp(-2 pi i j k / M) for j < count and each k, as numbers j k scale of `fractions`."""

    count: int
    scales: list[int]


class FourierView(View, frozen=True, kw_only=True):
    """What templates/fourier prints.

    t: the plan's numbers. butterflies: passes, each of which goes both ways; into, back: the statements of a transform. in_place: whether spectra lie where points did. stages: of a transpose of as many rows as lanes, each the
    pairs that a vector is made of. contiguous: whether the pixels of a channel are neighbours. ends: the blocks of a
    pair; missing: in C, that there is no second one, where that can be. signatures: parameters of functions. places:
    the loop variables of a task, by phase; at: each of them in C, where some are always 0. line: the row of blocks
    that a task multiplies.
    Of packing: roots: exp(2 pi i / size) to the power of 2^b, for the longest transform, `size`; tables; weight: where
    the caller's lies; place: where a point of a weights' block does; transforms: (length, step, lines, apart) of each.
    """

    t: Numbers
    butterflies: list[Butterfly]
    into: list[Node]
    back: list[Node]
    in_place: bool
    stages: list[list[tuple[int, int]]]
    contiguous: bool
    ends: list[End]
    missing: str
    signatures: dict[str, tuple[Parameter, ...]]
    places: dict[str, list[tuple[str, str, str]]]
    at: dict[str, dict[str, str]]
    line: str
    size: int
    roots: list[tuple[str, str]]
    tables: list[Table]
    weight: str
    tap_at: str
    transforms: list[tuple[int, int, int, int]]


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/fourier prints."""
    t, s = numbers(plan), plan.spec
    row = rows.of(t.row)
    in_place = t.lanes == 1
    size = t.points if t.flat else max(t.choices.size_h, t.choices.size_w)
    residual = ["residual"] * s.residual
    phases = [Phase("multiply_task", t.tasks, "pairs of blocks, their products" + " and transforms" * t.choices.fused,
                    (*["task"] * (t.tasks > 1), "worker", *["input"] * t.choices.fused, "packed", *residual, "output",
                     "workspace"))]
    if not t.choices.fused:
        lines = t.lines * s.ic * t.slots
        phases.insert(0, Phase("transform_task", lines, "pairs of blocks of the input, transformed", (
            *["task"] * (lines > 1), *["worker"] * (not in_place), "input", "packed", "workspace")))
    trips = {"transform_task": t.transforming, "multiply_task": t.multiplying}
    view = FourierView(
        t=t, butterflies=_butterflies(t),
        into=_transform(t, "forward"), back=_transform(t, "inverse"), in_place=in_place,
        stages=_stages(t.lanes), contiguous=t.x.w == t.y.w == 1,
        ends=_ends(t), missing=f"n + {t.apart} >= {s.n}" if t.paired == "n" and s.n % 2 else "",
        signatures=_signatures(t),
        places={name: unrank([*trips]) for name, trips in trips.items()},
        at={name: {trip.var: trip.var if trip.turns > 1 else "0" for trip in found} for name, found in trips.items()},
        line=_line(t, trips["multiply_task"]),
        size=size, roots=_roots(size), tables=_tables(t, size),
        weight=weight_address(s, "oc" if s.oc > 1 else "", "ic" if s.icg > 1 else "", _taps(t)),
        tap_at="kw - first" if t.flat else f"kh * {t.columns} + kw",
        transforms=[(t.points, 1, 1, 0)] if t.flat else
        [(t.rows, t.columns, t.columns, 1), (t.columns, 1, t.rows, t.columns)])
    return Program(row=row, template="fourier/fourier.c.j2", pack="fourier/pack.c.j2", view=view, phases=tuple(phases),
                   parameters=packing_parameters(s, row, "void"), packed=t.packed, workspace=t.workspace,
                   scratch=t.scratch)


def _ends(t: Numbers) -> list[End]:
    """The blocks of a pair."""
    first = End(0, "n", 0, 0)
    if not t.paired:
        return [first]
    return [first, End(t.lanes, f"(n + {t.apart})" if t.paired == "n" else "n",
                       t.apart * t.h.step if t.paired == "bh" else 0, t.apart * t.w.step if t.paired == "bw" else 0)]


def _line(t: Numbers, trips: list[Trip]) -> str:
    """The number of a row of blocks among those whose spectra are kept: image, plane, row."""
    at = {trip.var: trip.var if trip.turns > 1 else "" for trip in trips}
    return f"({affine('', (at['n'], t.spec.od * t.down), (at['d'], t.down), (at['bh'], 1))})"


def _taps(t: Numbers) -> list[str]:
    return ["kw"] if t.flat else ["kh", "kw"]


def _signatures(t: Numbers) -> dict[str, tuple[Parameter, ...]]:
    s, f = t.spec, t.row.scalar
    place = indices(["n", "d", "c", "bh", "b"])
    given = [reads(f, "residual")] * s.residual
    return {
        "butterflies": (writes(f, "z"), *indices(["step", "apart", "count"])),
        "turned": (writes(f, "z"), *indices(["step", "apart", "count"]), reads(f, "roots")),
        "transpose": (reads(f, "from"), *indices(["from_apart"]), writes(f, "to"), *indices(["to_apart"])),
        "transform": (*[writes(f, "z")] * (t.lanes > 1), reads(f, "packed"), writes(f, "spectrum")),
        "transform_back": (writes(f, "spectrum"), reads(f, "packed"), *[writes(f, "z")] * (t.lanes > 1)),
        "load_block": (reads(f, "from"), *indices(["row", "column"]), writes(f, "to")),
        "store_block": (reads(f, "from"), *[reads(f, "bias")] * s.bias, *[reads(f, "slope")] * s.slopes, *given,
                        writes(f, "output"), *indices(["row", "column"])),
        "load_pair": (reads(f, "input"), reads(f, "packed"), *place, *[writes(f, "z")] * (t.lanes > 1),
                      writes(f, "spectrum")),
        "store_pair": (writes(f, "spectrum"), reads(f, "packed"), *given, writes(f, "output"), *place,
                       *[writes(f, "z")] * (t.lanes > 1)),
        "multiply": (reads(f, "x"), reads(f, "weights"), writes(f, "products")),
        "power": (*indices(["k"]), Parameter("double", "re", "local", True), Parameter("double", "im", "local", True)),
        "transform_weights": (writes(f, "z"), *indices(["length", "step", "lines", "apart"])),
    }


# --- transforms ---


def _butterflies(t: Numbers) -> list[Butterfly]:
    """Each once."""
    steps = {step.name: step for step in t.passes}
    return [Butterfly(step, codelet(step.radix), [reversed_bits(q, step.radix) for q in range(step.radix)])
            for step in steps.values()]


def _passes(t: Numbers, found: list[Pass], way: str, place: str, pitch: int) -> list[Node]:
    """The passes of a transform whose points lie `pitch` apart from `place` on."""
    nodes: list[Node] = []
    for step in found if way == "forward" else reversed(found):
        name = f"{way}_{step.name}"
        if step.count == 1:
            roots = [affine("packed", t.turns_at)] * step.by_lane
            nodes.append(Call(name, [place, str(step.radix * pitch), str(pitch), str(step.blocks), *roots]))
            continue
        roots, size = [affine("packed", t.roots_at + 2 * step.table)], step.points * pitch
        nodes += _over("block", step.blocks * size, size, "", lambda at, name=name, step=step, roots=roots: [
            Call(name, [affine(place, at), str(pitch), str(step.count * pitch), str(step.count), *roots])])
    return nodes


def _transform(t: Numbers, way: str) -> list[Node]:
    """Down all columns, a vector of them at a time, and along all rows, as many at a time as there are lanes."""
    lanes, pitch = t.lanes, 2 * t.columns
    spectrum = "spectrum"
    points = spectrum if lanes == 1 else "z"
    down = _over("column", pitch, 2 * lanes, f"the {t.columns} columns, a vector at a time",
                 lambda at: _passes(t, t.column_passes, way, affine(points, at), pitch))
    if t.columns == 1:
        return down
    band = pitch * lanes

    def along(at: Term) -> list[Node]:
        row = _passes(t, t.row_passes, way, affine(spectrum, at), 2 * lanes)
        squares = [] if lanes == 1 else _over("column", pitch, 2 * lanes, "", lambda column: [
            Call("transpose", _square(t, way, at, column, part)) for part in (0, lanes)])
        return squares + row if way == "forward" else row + squares

    rows = _over("row", t.rows // lanes * band, band, f"the {t.rows} rows, {lanes} at a time", along)
    return down + rows if way == "forward" else rows + down


def _square(t: Numbers, way: str, at: Term, column: Term, part: int) -> list[str]:
    """The arguments of a transpose: rows to columns, or back; a column of the spectrum is as long as `lanes` of points'
    columns are wide."""
    wide = (column[0], t.lanes) if isinstance(column, tuple) else column
    points, spectrum = [affine("z", at, column, part), str(2 * t.columns)], \
        [affine("spectrum", at, wide, part), str(2 * t.lanes)]
    return [*points, *spectrum] if way == "forward" else [*spectrum, *points]


def _over(var: str, end: int, step: int, comment: str, body: Callable[[Term], list[Node]]) -> list[Node]:
    """A loop, where there is more than one turn. body: its statements, from the term of an address."""
    return [For(var, "0", str(end), step, comment, body((var, 1)))] if end > step else body(0)


def _stages(lanes: int) -> list[list[tuple[int, int]]]:
    """A perfect shuffle makes the lowest bit of the lane the highest of the vector's number; as many of them as a lane
    has bits transpose. Vector i of a stage has alternate lanes of two vectors, odd ones in the second half."""
    return [[(2 * i % lanes, 2 * i % lanes + 1) for i in range(lanes)] for _ in range(lanes.bit_length() - 1)]


# --- packing ---


def _roots(size: int) -> list[tuple[str, str]]:
    """exp(2 pi i 2^b / size), as literals in double."""
    angles = [2 * math.pi * 2**b / size for b in range(size.bit_length() - 1)]
    parts = [(math.cos(angle), math.sin(angle)) for angle in angles]
    return [(repr(_clean(re)), repr(_clean(im))) for re, im in parts]


def _clean(part: float) -> float:
    """Where pi was rounded, so is what should be 0."""
    return part if abs(part) > 1e-15 else 0.0


def _tables(t: Numbers, size: int) -> list[Table]:
    return [Table(step.count, [reversed_bits(q, step.radix) * (size // step.points) for q in range(1, step.radix)])
            for step in t.passes if step.count > 1]
