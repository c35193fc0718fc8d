"""Bars of GFLOP/s, layer by layer, as an SVG file without any dependency."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

# Okabe and Ito's colours, which colour-blind readers can tell apart; the first is convgen's.
COLOURS = ("#d55e00", "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#cc79a7", "#999999", "#f0e442")
ROOF = "#222222"
WIDTH, BAR, GAP, LINE = 960, 11, 14, 18  # pixels: the page, a bar, between layers, a line of text
FONT = "font-family='Helvetica, Arial, sans-serif'"


class Bar(NamedTuple):
    """One contestant: its name, its GFLOP/s, and a note that the pointer brings up."""

    name: str
    gflops: float
    note: str


class Cluster(NamedTuple):
    """The bars of one layer, from the top, and its roofline in GFLOP/s, 0 where that is not known."""

    label: str
    roof: float
    bars: Sequence[Bar]


def draw(title: str, clusters: Sequence[Cluster], notes: Sequence[str] = ()) -> str:
    """The SVG: a legend, a cluster of horizontal bars a layer, its roofline as a mark across them."""
    names = list(dict.fromkeys(bar.name for cluster in clusters for bar in cluster.bars))
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
    left = 20 + max(_width(cluster.label) for cluster in clusters)
    top = 3 * LINE + 12
    highest = max(max(cluster.roof, *(bar.gflops for bar in cluster.bars)) for cluster in clusters)
    scale = (WIDTH - left - 60) / highest  # pixels a GFLOP/s; the last 60 are for a number
    heights = [BAR * len(cluster.bars) + GAP for cluster in clusters]
    bottom = top + sum(heights)
    height = bottom + LINE * (len(notes) + 2)

    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height}'"
        f" viewBox='0 0 {WIDTH} {height}' {FONT} font-size='12' fill='#222222'>",
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>",
        _text(10, LINE, title, "font-size='14' font-weight='bold'"),
        *_legend(colours, 2 * LINE + 2),
    ]
    for tick in _ticks(highest):
        x = left + tick * scale
        parts.append(f"<path d='M{x:.1f} {top}V{bottom}' stroke='#dddddd'/>")
        parts.append(_text(x, bottom + LINE - 4, f"{tick:g}", "text-anchor='middle' font-size='10'"))
    y = top
    for cluster, height in zip(clusters, heights, strict=True):
        parts += _cluster(cluster, colours, left, y + GAP // 2, scale)
        y += height
    parts += [_text(10, bottom + LINE * (2 + i), note, "font-size='10'") for i, note in enumerate(notes)]
    return "\n".join([*parts, "</svg>", ""])


def _cluster(cluster: Cluster, colours: dict[str, str], left: float, top: float, scale: float) -> list[str]:
    end, mark = top + BAR * len(cluster.bars), left + cluster.roof * scale
    texts = [_text(left - 8, (top + end) / 2 + 4, cluster.label, "text-anchor='end'")]
    parts = []
    for i, bar in enumerate(cluster.bars):
        y, width = top + BAR * i, bar.gflops * scale
        parts.append(
            f"<rect class='bar' x='{left:.1f}' y='{y:.1f}' width='{width:.1f}' height='{BAR - 1}'"
            f" fill='{colours[bar.name]}'><title>{escape(bar.note)}</title></rect>"
        )
        x = left + width + 4
        if x - 3 < mark < x + 20:  # a number that the mark would cross stands behind it
            x = mark + 4
        texts.append(_text(x, y + BAR - 2, f"{bar.gflops:.3g}", "font-size='9'"))
    if cluster.roof:
        parts.append(
            f"<path class='roof' d='M{mark:.1f} {top - 3:.1f}V{end + 2:.1f}' stroke='{ROOF}'"
            f" stroke-width='2'><title>roofline {cluster.roof:.4g} GFLOP/s</title></path>"
        )
    return parts + texts


def _legend(colours: dict[str, str], y: float) -> list[str]:
    parts, x = [], 10.0
    for name, colour in colours.items():
        parts.append(f"<rect x='{x:.0f}' y='{y - 9}' width='10' height='10' fill='{colour}'/>")
        parts.append(_text(x + 14, y, name))
        x += 30 + _width(name)
    parts.append(f"<path d='M{x + 5:.0f} {y - 11}v14' stroke='{ROOF}' stroke-width='2'/>")
    parts.append(_text(x + 14, y, "roofline"))
    return parts


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' {more}>{escape(text)}</text>"


def _width(text: str) -> float:
    """Pixels that a text of 12 takes, about."""
    return 6.6 * len(text)


def _ticks(highest: float) -> list[float]:
    """Round numbers from 0 to `highest`, five to ten of them."""
    step = 10.0 ** math.floor(math.log10(highest / 5))
    step *= max(factor for factor in (1, 2, 5) if factor * step <= highest / 5)
    return [step * i for i in range(math.floor(highest / step) + 1)]
