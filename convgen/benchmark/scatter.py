"""Many layers under one roofline, as an SVG file without any dependency: how much of the FMA peak each reaches, over
its arithmetic intensity, both logarithmic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from .peaks import Peaks
from .pictures import COLOURS, LINE, NOTE, ROOF, TITLE, legend, sheet, text_at

WIDTH, HEIGHT = 960, 560  # pixels of the page, and of what the axes enclose
LEFT, RIGHT = 60, 940
RADIUS = 3.5
LEAST = 1e-3  # of the peak, below which nothing is shown where it is


class Point(NamedTuple):
    """A layer. intensity: operations a byte. share: of the FMA peak. note: what the pointer brings up."""

    kind: str
    intensity: float
    share: float
    note: str


def draw(title: str, peaks: Peaks, points: Sequence[Point], notes: Sequence[str] = ()) -> str:
    """The SVG: a dot a layer, in the colour of its kind, and the lower of FMA peak and bandwidth × intensity."""
    kinds = list(dict.fromkeys(point.kind for point in points))
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(kinds)}
    marks, lines = legend(colours, WIDTH)
    top = (2 + lines) * LINE + 12
    bottom = top + HEIGHT
    ridge = peaks.fma_gflops / peaks.copy_gbs  # operations a byte
    low = math.floor(math.log10(min(ridge / 10, *(point.intensity for point in points))))
    high = math.ceil(math.log10(max(ridge * 10, *(point.intensity for point in points))))
    least = math.floor(math.log10(max(LEAST, min(0.05, *(point.share for point in points)))))
    most = math.log10(max(1.25, *(1.1 * point.share for point in points)))

    def x(intensity: float) -> float:
        return LEFT + (math.log10(intensity) - low) / (high - low) * (RIGHT - LEFT)

    def y(share: float) -> float:
        return bottom - (math.log10(max(share, LEAST)) - least) / (most - least) * HEIGHT

    parts = [text_at(10, LINE, title, f"font-size='{TITLE:g}' font-weight='bold'"), *marks]
    for power in range(low, high + 1):
        parts += [f"<path d='M{x(10.0**power):.1f} {top}V{bottom}' stroke='#dddddd'/>",
                  text_at(x(10.0**power), bottom + LINE - 4, f"{10.0**power:g}",
                      f"text-anchor='middle' font-size='{NOTE:g}'")]
    for share in [factor * 10.0**power for power in range(least, 2) for factor in (1, 2, 5)]:
        if least <= math.log10(share) + 1e-9 and math.log10(share) <= most:
            parts += [f"<path d='M{LEFT} {y(share):.1f}H{RIGHT}' stroke='#dddddd'/>",
                      text_at(LEFT - 6, y(share) + 4, f"{share:.3g}", f"text-anchor='end' font-size='{NOTE:g}'")]
    begin = max(10.0**low, 10.0**least * ridge)
    parts.append(f"<path class='roof' d='M{x(begin):.1f} {y(begin / ridge):.1f}L{x(ridge):.1f} {y(1):.1f}H{RIGHT}'"
                 f" fill='none' stroke='{ROOF}' stroke-width='2'/>")
    parts += [f"<circle class='layer' cx='{x(point.intensity):.1f}' cy='{y(point.share):.1f}' r='{RADIUS}'"
              f" fill='{colours[point.kind]}' fill-opacity='0.75'><title>{escape(point.note)}</title></circle>"
              for point in points]
    told = ("across: operations of the plan a byte that it moves at least; up: its share of the FMA peak"
            f" ({peaks.fma_gflops:.4g} GFLOP/s; bandwidth {peaks.copy_gbs:.3g} GB/s)", *notes)
    parts += [text_at(10, bottom + LINE * (2 + i), note, f"font-size='{NOTE:g}'") for i, note in enumerate(told)]
    return sheet(WIDTH, bottom + LINE * (len(told) + 2), parts)
