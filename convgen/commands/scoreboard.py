"""What bench tells: tables for the terminal, parts of the JSON document, groups of the plot."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..benchmark import pictures as plot
from ..benchmark.contest import Absent, Figure, Match
from ..benchmark.peaks import Peaks
from ..benchmark.rivals import RIVALS
from ..benchmark.timing import Row, geomean
from ..errors import InputError
from ..layer.formats import to_descriptor
from ..layer.names import show
from ..plan.kernel import Kernel
from .console import put, put_table

REASON = 200  # characters of a reason on the terminal; JSON has all of it


def label(row: Row, kernel: Kernel) -> str:
    """What a layer is called: the user's names, or its descriptor."""
    return ", ".join(row.names) or to_descriptor(kernel.spec) or row.kernel


# --- on the terminal ---


def put_rows(rows: Sequence[Row]) -> None:
    """Kernels beside the machine's limits."""
    put_table(
        ("kernel", "min ms", "median ms", "GFLOP/s", "of FMA peak", "of bandwidth", "limit", "layer"),
        [(row.kernel, f"{1e3 * row.min_s:.4f}", f"{1e3 * row.median_s:.4f}", f"{row.gflops:.1f}",
          _share(row.fma_share), _share(row.memory_share), row.limit or "-", ", ".join(row.names))
         for row in rows],
    )
    if len(rows) > 1:
        put(f"geometric mean {geomean(rows):.1f} GFLOP/s")


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def put_peaks(peaks: Peaks, isa: str, threads: int) -> None:
    put(f"peaks with {threads} thread{'s' * (threads > 1)}: {peaks.fma_gflops:.1f} GFLOP/s"
        f" of FMA ({isa}), {peaks.copy_gbs:.1f} GB/s of copying")


def put_matches(rows: Sequence[Row], matches: Sequence[Match]) -> None:
    """Kernels beside the rivals: all of them for a single layer, a line a layer for more."""
    if len(matches) == 1:
        _put_one(rows[0], matches[0])
    else:
        _put_many(rows, matches)
    for line in left_out(rows, matches):
        put(line)


def _put_one(row: Row, match: Match) -> None:
    put(label(row, match.kernel))
    figures = [match.own, *sorted(match.rivals, key=lambda figure: figure.least)]
    put_table(
        ("library", "min ms", "median ms", "GFLOP/s", "of FMA peak", "ratio", "version", "how"),
        [(one.name, f"{1e3 * one.least:.4f}", f"{1e3 * one.median:.4f}", f"{gflops(match, one):.1f}",
          _share(row.fma_share and row.fma_share * row.min_s / one.least), f"{one.least / match.own.least:.2f}",
          one.version, one.setup) for one in figures],
    )
    put("ratio: the least time of the library by that of convgen")


def _put_many(rows: Sequence[Row], matches: Sequence[Match]) -> None:
    names = _names(matches)
    lines = []
    for row, match in zip(rows, matches, strict=True):
        found = {one.name: f"{gflops(match, one):.1f}" for one in match.rivals}
        lines.append((
            label(row, match.kernel), f"{row.gflops:.1f}", *(found.get(name, "-") for name in names),
            match.best.name if match.best else "-", _ratio(match.ratio), _ratio(match.median_ratio),
        ))  # fmt: skip
    put_table(("layer", "convgen", *names, "best rival", "ratio", "of medians"), lines)
    put("GFLOP/s of the direct algorithm, from the least time; ratio: time of the best rival by convgen's")
    means = summary(matches)
    if means["geomean_ratio"]:
        put(f"geometric mean of the ratio {means['geomean_ratio']:.3f},"
            f" of medians {means['geomean_median_ratio']:.3f}")
        put("against each: " + ", ".join(
            f"{name} {one['geomean_ratio']:.2f} ({one['layers']} layers)"
            for name, one in means["rivals"].items()))


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def left_out(rows: Sequence[Row], matches: Sequence[Match]) -> list[str]:
    """A line for each rival and reason, with the layers it holds for."""
    where: dict[Absent, list[str]] = {}
    for row, match in zip(rows, matches, strict=True):
        for absent in match.absent:
            where.setdefault(absent, []).append(label(row, match.kernel))
    lines = []
    for absent, layers in where.items():
        text = absent.reason if len(absent.reason) <= REASON else f"{absent.reason[:REASON]}..."
        failed = "failed: " * (absent.kind == "failed")
        every = "" if len(layers) == len(matches) else f" ({', '.join(layers)})"
        lines.append(f"left out: {absent.name}: {failed}{text}{every}")
    return lines


# --- numbers ---


def gflops(match: Match, figure: Figure) -> float:
    return 2e-9 * match.kernel.spec.macs / figure.least


def summary(matches: Sequence[Match]) -> dict[str, Any]:
    """Geometric means over the layers; None where there is nothing to compare with."""
    ratios = [(match.ratio, match.median_ratio) for match in matches if match.ratio and match.median_ratio]
    least, median = (_geomean([pair[i] for pair in ratios]) for i in (0, 1))
    each = {}
    for name in _names(matches):
        found = [one.least / match.own.least
                 for match in matches for one in match.rivals if one.name == name]
        if found:
            each[name] = {"geomean_ratio": _geomean(found), "layers": len(found)}
    return {"geomean_ratio": least, "geomean_median_ratio": median, "rivals": each}


def _geomean(values: Sequence[float]) -> float | None:
    return statistics.geometric_mean(values) if values else None


def _names(matches: Sequence[Match]) -> list[str]:
    """The rivals asked for, in the order of their table."""
    asked = {one.name for match in matches for one in match.rivals}
    asked |= {one.name for match in matches for one in match.absent}
    return [name for name in RIVALS if name in asked]


def document(rows: Sequence[Row], matches: Sequence[Match], peaks: Peaks | None) -> dict[str, Any]:
    """The measured part of the JSON document."""
    layers = [msgspec.to_builtins(row) for row in rows]
    for layer, match in zip(layers, matches, strict=False):  # there are none without --against
        layer |= _entry(match)
    measured = {"peaks": msgspec.to_builtins(peaks), "layers": layers, "geomean_gflops": geomean(rows)}
    return measured | (summary(matches) if matches else {})


def _entry(match: Match) -> dict[str, Any]:
    """What a comparison adds to a layer."""

    def figure(one: Figure) -> dict[str, Any]:
        told: dict[str, Any] = msgspec.to_builtins(one)
        return told | {"min_s": one.least, "median_s": one.median, "gflops": gflops(match, one)}

    return {
        "layout": match.kernel.spec.layout, "own": figure(match.own),
        "rivals": [figure(one) for one in match.rivals], "left_out": msgspec.to_builtins(match.absent),
        "best": match.best.name if match.best else None,
        "ratio": match.ratio, "median_ratio": match.median_ratio,
    }  # fmt: skip


# --- as a picture ---

NOTES = (
    "GFLOP/s of the direct algorithm, from the least time of all rounds: an algorithm with fewer"
    " multiplications can pass the roofline,",
    "and so can a layer that stays in the caches from call to call. Roofline: the lower of the measured"
    " FMA peak and copy bandwidth × operations a byte.",
)


def check_place(picture: str) -> None:
    """InputError, before anything is measured, when the file could not be written for sure."""
    if not Path(picture).absolute().parent.is_dir():
        raise InputError(f"plot must lie in a folder that exists ({show(picture)})")


def draw(picture: str, rows: Sequence[Row], kernels: Sequence[Kernel], matches: Sequence[Match],
         circumstances: str) -> None:
    """Write the SVG."""
    groups = [
        _group(row, kernel, match)
        for row, kernel, match in itertools.zip_longest(rows, kernels, matches)  # matches may be none
    ]
    text = plot.draw(f"convgen bench, GFLOP/s: {circumstances}", groups, NOTES)
    try:
        Path(picture).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"plot must be writable ({show(picture)}: {error.strerror})") from None


def _group(row: Row, kernel: Kernel, match: Match | None) -> plot.Group:
    """A layer's bars, and its roofline: the lower of FMA peak and bandwidth × operations a byte."""
    bars = [plot.Bar("convgen", row.gflops, f"convgen: {1e3 * row.min_s:.4f} ms, {row.kernel}")]
    if match:
        bars += [
            plot.Bar(one.name, gflops(match, one),
                     f"{one.name} {one.version}: {1e3 * one.least:.4f} ms, {one.setup}")
            for one in match.rivals
        ]
    nearer = max(row.fma_share or 0.0, row.memory_share or 0.0)
    return plot.Group(label(row, kernel), row.gflops / nearer if nearer else 0.0, bars)
