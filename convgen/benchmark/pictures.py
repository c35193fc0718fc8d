"""Bars of GFLOP/s, layer by layer, as an SVG file without any dependency."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

# Okabe and Ito's colours, which colour-blind readers can tell apart; the first is convgen's.
COLOURS = ("#d55e00", "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#cc79a7", "#999999", "#f0e442", "#000000")
ROOF = "#222222"
WIDTH, BAR, GAP, LINE = 960, 11, 14, 18  # pixels: the page at least, a bar, between layers, a line of text
BARS, NUMBER = 320, 60  # the longest bar at least, and the number behind it
TITLE, LABEL, NOTE = 14.0, 12.0, 10.0  # sizes of letters

# Widths of characters, as shares of their size: at least what DejaVu Sans needs, which is wider than most fonts that
# systems have for sans-serif. The rest are capitals, and letters; what is not ASCII may be as wide as it is high.
NARROW, BROAD = " !'()*,-./:;I[]\\fijlrt|`", "#%&@MWmw+<=>~_^"
SHARES = {**dict.fromkeys(NARROW, 0.44), **dict.fromkeys(BROAD, 1.01)}
CAPITAL, LETTER, BOLD = 0.8, 0.66, 1.15
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
    left = 20 + max(text_width(cluster.label, LABEL) for cluster in clusters)
    said = max(text_width(title, TITLE) * BOLD, *(text_width(note, NOTE) for note in notes), 0.0)
    page = math.ceil(max(WIDTH, left + BARS + NUMBER, said + 20))
    marks, lines = legend(colours, page)
    top = (2 + lines) * LINE + 12
    highest = max(max(cluster.roof, *(bar.gflops for bar in cluster.bars)) for cluster in clusters)
    scale = (page - left - NUMBER) / highest  # pixels a GFLOP/s
    heights = [BAR * len(cluster.bars) + GAP for cluster in clusters]
    bottom = top + sum(heights)
    height = bottom + LINE * (len(notes) + 2)

    parts = [text_at(10, LINE, title, f"font-size='{TITLE:g}' font-weight='bold'"), *marks]
    end = 0.0  # of the number before
    for tick in _ticks(highest):
        x, text = left + tick * scale, f"{tick:g}"
        half = text_width(text, NOTE) / 2
        parts.append(f"<path d='M{x:.1f} {top}V{bottom}' stroke='#dddddd'/>")
        if x - half > end:
            parts.append(text_at(x, bottom + LINE - 4, text, f"text-anchor='middle' font-size='{NOTE:g}'"))
            end = x + half + 4
    y = top
    for cluster, taken in zip(clusters, heights, strict=True):
        parts += _cluster(cluster, colours, left, y + GAP // 2, scale)
        y += taken
    parts += [text_at(10, bottom + LINE * (2 + i), note, f"font-size='{NOTE:g}'") for i, note in enumerate(notes)]
    return sheet(page, height, parts)


def sheet(width: int, height: int, parts: Sequence[str]) -> str:
    """A white page with these parts."""
    return "\n".join([
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}'"
        f" viewBox='0 0 {width} {height}' {FONT} font-size='{LABEL:g}' fill='#222222'>",
        f"<rect width='{width}' height='{height}' fill='#ffffff'/>", *parts, "</svg>", ""])


def _cluster(cluster: Cluster, colours: dict[str, str], left: float, top: float, scale: float) -> list[str]:
    end, mark = top + BAR * len(cluster.bars), left + cluster.roof * scale
    texts = [text_at(left - 8, (top + end) / 2 + 4, cluster.label, "text-anchor='end'")]
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
        texts.append(text_at(x, y + BAR - 2, f"{bar.gflops:.3g}", "font-size='9'"))
    if cluster.roof:
        parts.append(
            f"<path class='roof' d='M{mark:.1f} {top - 3:.1f}V{end + 2:.1f}' stroke='{ROOF}'"
            f" stroke-width='2'><title>roofline {cluster.roof:.4g} GFLOP/s</title></path>"
        )
    return parts + texts


def legend(colours: dict[str, str], page: float) -> tuple[list[str], int]:
    """The names behind their colours, and how many lines they take."""
    parts, x, y = list[str](), 10.0, 2 * LINE + 2
    for name in (*colours, "roofline"):
        wide = 14 + text_width(name, LABEL)
        if x > 10 and x + wide > page - 10:
            x, y = 10.0, y + LINE
        if name in colours:
            parts.append(f"<rect x='{x:.0f}' y='{y - 9}' width='10' height='10' fill='{colours[name]}'/>")
        else:
            parts.append(f"<path d='M{x + 5:.0f} {y - 11}v14' stroke='{ROOF}' stroke-width='2'/>")
        parts.append(text_at(x + 14, y, name))
        x += wide + 16
    return parts, (y - 2) // LINE - 1


def text_at(x: float, y: float, text: str, more: str = "") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' {more}>{escape(text)}</text>"


def text_width(text: str, size: float) -> float:
    """Pixels that a text needs at most."""
    return size * sum(SHARES.get(one, (CAPITAL if one.isupper() else LETTER) if one.isascii() else 1.01)
                      for one in text)


def _ticks(highest: float) -> list[float]:
    """Round numbers from 0 to `highest`, five to ten of them."""
    step = 10.0 ** math.floor(math.log10(highest / 5))
    step *= max(factor for factor in (1, 2, 5) if factor * step <= highest / 5)
    return [step * i for i in range(math.floor(highest / step) + 1)]
