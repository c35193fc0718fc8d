"""Roofline, errors, memory, tuning history, and the register tile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ...benchmark.pictures import text_width
from ...onnx.liveness import Step
from ...planner.describe import amount
from ...verification.spread import CLASSES, LEAST, Spread
from .chart import SIZE, Chart, Dot, Mark, Scale, Shape, Text, axes, box, chart, line, number

LEFT, RIGHT, TOP, BOTTOM = 58.0, 346.0, 30.0, 196.0  # of what axes enclose
HEIGHT = BOTTOM + 40.0
CELL = 16.0  # of a register tile, at most
MOST_CELLS = 2048


class Roof(NamedTuple):
    """Bytes a cycle, or 10⁹ bytes a second, from a level of memory."""

    name: str
    rate: float


class Point(NamedTuple):
    """A layer: operations a byte, and operations a cycle, or 10⁹ a second."""

    intensity: float
    speed: float
    title: str
    style: str = "predicted"


def roofline(peak: float, roofs: Sequence[Roof], points: Sequence[Point], unit: str) -> Chart:
    """Speed over arithmetic intensity, both logarithmic, under the roofs: the peak, and bandwidth × intensity."""
    ridges = [peak / roof.rate for roof in roofs]
    low = 10 ** math.floor(math.log10(min(*(point.intensity for point in points), *ridges) / 1.5))
    high = 10 ** math.ceil(math.log10(max(*(point.intensity for point in points), *ridges) * 1.5))
    least = min(*(point.speed for point in points), peak / 10)
    across = Scale(low, high, LEFT, RIGHT, log=True)
    most = max(*(point.speed for point in points), peak)
    up = Scale(10 ** math.floor(math.log10(least / 1.2)), 10 ** math.ceil(math.log10(most * 1.2)), BOTTOM, TOP,
               log=True)
    marks = axes(across, up, ("flops a byte moved at least", unit))
    first = RIGHT
    for roof in roofs:
        begin = across.at(max(low, up.low / roof.rate)), up.at(roof.rate * max(low, up.low / roof.rate))
        end = across.at(peak / roof.rate), up.at(peak)
        first = min(first, end[0])
        marks.append(Shape(line(begin, end), "roof", f"{roof.name}: {roof.rate:.3g} {_bytes(unit)}"))
        if roof is roofs[-1]:  # the lowest, memory's
            marks.append(Text((begin[0] + end[0]) / 2 + 8, (begin[1] + end[1]) / 2 + 12, roof.name))
    marks.append(Shape(line((first, up.at(peak)), (RIGHT, up.at(peak))), "roof", f"peak: {peak:.4g} {unit}"))
    marks.append(Text(RIGHT, up.at(peak) - 6, f"peak {peak:.4g}", "end"))
    note = f"Roofs, {_bytes(unit)}: {', '.join(f'{roof.name} {roof.rate:.3g}' for roof in roofs)}."
    if most > peak:
        note += " Above the peak is what multiplies less often than the layer's definition, or is timed in the caches."
    marks += [Dot(across.at(point.intensity), up.at(point.speed), point.style, point.title) for point in points]
    return chart(f"Roofline, {unit}: " + "; ".join(point.title for point in points[:4]), HEIGHT, marks,
                 [(style, style) for style in dict.fromkeys(point.style for point in points)], note)


def _bytes(unit: str) -> str:
    return "GB/s" if unit.startswith("GF") else "bytes a cycle"


def errors(spreads: Sequence[Spread]) -> Chart:
    """A histogram of |error| / bound over the outputs, for each kind of data; the bound is the line at 1."""
    counts = [[100 * count / spread.outputs for count in spread.counts] for spread in spreads]
    highest = max(max(one) for one in counts) or 1.0
    across, up = Scale(10.0**LEAST, 10.0, LEFT, RIGHT, log=True), Scale(0, 1.1 * highest, BOTTOM, TOP)
    texts = [(10.0**power, number(10.0**power) if power > -3 else f"1e{power}") for power in range(LEAST, 1)]
    marks = axes(across, up, ("|error| as a share of its bound", "% of outputs"), texts)
    for spread, shares, style in zip(spreads, counts, ("first", "second"), strict=True):
        edges = [across.at(10 ** (LEAST + i / CLASSES)) for i in range(len(shares) + 1)]
        points = [(edges[0], BOTTOM)]
        for i, one in enumerate(shares):
            points += [(edges[i], up.at(one)), (edges[i + 1], up.at(one))]
        points.append((edges[-1], BOTTOM))
        marks.append(Shape(line(*points, closed=True), f"area {style}", f"{spread.data}: at most {spread.most:.3g}"
                           f" of the bound, median {spread.median:.3g}"))
    x = across.at(1.0)
    marks += [Shape(line((x, BOTTOM), (x, TOP - 4)), "limit", "the bound"), Text(x - 4, TOP + 8, "bound", "end")]
    title = "; ".join(f"{spread.data}: at most {spread.most:.3g} of the bound" for spread in spreads)
    return chart(f"Errors as shares of the bound. {title}", HEIGHT, marks,
                 [(style, spread.data) for spread, style in zip(spreads, ("first", "second"), strict=True)])


def memory(steps: Sequence[Step]) -> Chart:
    """Bytes that are needed in each step of a network, and the step that needs most."""
    peak = max(range(len(steps)), key=lambda i: steps[i].live)
    most = max(1, steps[peak].live)
    across, up = Scale(0, len(steps), LEFT, RIGHT), Scale(0, 1.15 * most, BOTTOM, TOP)
    levels = [(tick, f"{amount(tick)}B" if tick else "0") for tick in up.ticks()]
    marks = axes(across, up, ("step", "bytes of live values"), levels=levels)
    for i, step in enumerate(steps):
        left, top = across.at(i), up.at(step.live)
        title = f"{i + 1}. {step.op} {step.name}: {amount(step.live)}B live, {amount(step.made)}B made"
        wide = max(across.at(i + 1) - left - (1.0 if len(steps) < 120 else 0.0), 0.5)
        marks.append(Shape(box(left, top, wide, BOTTOM - top), f"area {'first' if step.layer else 'second'}", title))
    x, text = (across.at(peak) + across.at(peak + 1)) / 2, f"most: {amount(most)}B"
    half = text_width(text, SIZE) / 2
    marks.append(Text(min(max(x, LEFT + half), RIGHT - half), up.at(most) - 5, text, "middle"))
    return chart(f"Live memory over {len(steps)} steps; at most {amount(most)}B, in step {peak + 1},"
                 f" {steps[peak].op} {steps[peak].name}", HEIGHT, marks,
                 [("first", "layers"), ("second", "other nodes")])


class Tried(NamedTuple):
    """A trial of tuning: its speed in GFLOP/s, None for one that failed, and what it was."""

    gflops: float | None
    title: str


def history(trials: Sequence[Tried]) -> Chart:
    """GFLOP/s of each trial in their order, and the best so far."""
    highest = max((one.gflops for one in trials if one.gflops), default=1.0)
    across, up = Scale(0, max(2, len(trials) + 1), LEFT, RIGHT), Scale(0, 1.15 * highest, BOTTOM, TOP)
    marks = axes(across, up, ("trial", "GFLOP/s"),
                 [(tick, number(tick)) for tick in across.ticks() if tick == int(tick) and tick > 0])
    best, points = 0.0, list[tuple[float, float]]()
    for i, one in enumerate(trials, 1):
        if one.gflops is None:
            marks.append(Dot(across.at(i), BOTTOM - 4, "failed", one.title, 3.0))
            continue
        if one.gflops > best:
            points += [(across.at(i), up.at(best))] * (best > 0)
            best = one.gflops
            points.append((across.at(i), up.at(best)))
        marks.append(Dot(across.at(i), up.at(one.gflops), "trial", one.title, 2.5))
    if points:
        marks.append(Shape(line(*points, (RIGHT, up.at(best))), "best", f"the best so far, {best:.4g} in the end"))
        marks.append(Text(RIGHT, up.at(best) - 6, f"best {best:.4g}", "end"))
    return chart(f"{len(trials)} trials in their order; the best reaches {best:.4g} GFLOP/s", HEIGHT, marks,
                 [("trial", "a trial"), ("failed", "failed"), ("best", "the best so far")])


def tile(rows: int, vectors: int, lanes: int) -> Chart | None:
    """The accumulators of a register tile: a box for each vector, a cell for each lane. None where they would be too
    many to see."""
    if rows * vectors * lanes > MOST_CELLS:
        return None
    left, top = 20.0, 22.0
    cell = min(CELL, (340.0 - left - 4 * vectors) / (vectors * lanes), 150.0 / rows)
    vector = cell * lanes
    marks: list[Mark] = []
    for row in range(rows):
        for column in range(vectors):
            x, y = left + column * (vector + 4), top + row * cell
            name = f"accumulator acc{row}_{column}, {lanes} lanes"
            marks.append(Shape(box(x, y, vector, cell), "accumulator", name))
            marks += [Shape(line((x + lane * cell, y), (x + lane * cell, y + cell)), "lane")
                      for lane in range(1, lanes)]
    wide = vectors * (vector + 4) - 4
    across = f"{vectors} vector{'s' * (vectors > 1)} of {lanes} lane{'s' * (lanes > 1)}"
    marks += [Text(left + wide / 2, top - 8, across, "middle"),
              Text(left + wide / 2, top + rows * cell + 16, f"{rows} row{'s' * (rows > 1)}", "middle")]
    return chart(f"Register tile: {rows} rows of {vectors} vectors of {lanes} lanes", top + rows * cell + 22, marks)
