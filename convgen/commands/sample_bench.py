"""convgen bench --sample: some layers of a file with very many, one by one, in a file of results as they come."""

from __future__ import annotations

import collections
import functools
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from ..benchmark import contest, kept, peaks, sample, scatter, timing
from ..benchmark.contest import Arena
from ..benchmark.kept import Kept, Limits, Question
from ..benchmark.peaks import Peaks
from ..benchmark.timing import Measured
from ..emit.sources import digest
from ..errors import CrashError, UnsupportedError, VerificationError
from ..layer.formats import to_descriptor
from ..layer.spec import ConvSpec
from ..planner import describe
from ..tuning import records
from ..version import __version__
from .console import INTERRUPTED, bar, ms, note, put, put_table, put_wrapped, quietly, say
from .measuring import Asked, entry
from .request import Layers, called, must_run_here

FILE = "convgen-bench.jsonl"  # where results are kept, unless told
LOOK = 60.0  # seconds after which limits are measured again: the best of all counts, for others disturb them
WORST = 10  # layers that are shown one by one
REASONS, REASON = 10, 200  # for which rivals were left out, and characters of each; JSON has all
FAILURES = (CrashError, VerificationError, UnsupportedError)  # of a layer; the others are still measured


class Drawn(msgspec.Struct, frozen=True):
    """A sample that was measured: the results of its layers, and the machine's limits, None where they are not known.
    `many`: how many layers the file has."""

    layers: tuple[kept.Layer, ...]
    limits: Peaks | None
    many: int

    @property
    def good(self) -> list[tuple[kept.Layer, Measured]]:
        """Those that could be measured, with their figures beside the limits."""
        return [(one, timing.limited(one.row, self.limits) if self.limits else one.row)
                for one in self.layers if one.row is not None]

    @property
    def failed(self) -> list[kept.Layer]:
        return [one for one in self.layers if one.row is None]

    @property
    def worst(self) -> list[tuple[kept.Layer, Measured]]:
        """Those furthest behind the best rival; without rivals, or where there is none, behind the machine's limit."""
        return sorted(self.good, key=lambda one: (_ratio(one[0]) or one[1].of_limit or 0.0))[:WORST]


def _ratio(layer: kept.Layer) -> float | None:
    return layer.race.ratio if layer.race else None


def measure(asked: Asked, number: int, seed: int, path: Path) -> Drawn:
    """Measure a sample, or what is left of it. Stopped by Ctrl-C, it says how to go on."""
    every, _, count = asked.request.loaded()
    must_run_here(asked.target, every, measured=True)
    if count > len(every):
        note(f"{count - len(every)} of {count} layers are there already, and count once")
    specs = sample.draw(every, number, seed)
    results = Kept(path, _question(asked))
    left = [spec for spec in specs if records.spec_text(spec) not in results.layers]
    note(f"{number} of {len(every)} layers, {number - len(left)} of them measured before; results: {path}")
    whose = timing.limits_of(asked.target, asked.threads)

    def look() -> float:
        """Measure the machine's limits; when that was."""
        if whose and left:
            results.add(Limits(peaks.measure(*whose)))
        return time.monotonic()

    looked = look()
    try:
        with bar() as show, asked.arena() as arena:
            begin = time.monotonic()
            for done, spec in enumerate(left):
                pace = (time.monotonic() - begin) / done if done else None
                show("measuring", number - len(left) + done, number,
                     None if pace is None else time.monotonic() + pace * (len(left) - done))
                results.add(_layer(asked, spec, every[spec], arena))
                if time.monotonic() > looked + LOOK:
                    looked = look()
    except KeyboardInterrupt:
        say(f"interrupted: {sum(records.spec_text(spec) in results.layers for spec in specs)} of {number} layers are in"
            f" {path}; the same command goes on")
        raise click.exceptions.Exit(INTERRUPTED) from None
    look()
    limits = functools.reduce(timing.better, results.limits) if results.limits else None
    return Drawn(tuple(results.layers[records.spec_text(spec)] for spec in specs), limits, len(every))


def _question(asked: Asked) -> Question:
    """All that results depend on besides the layer."""
    request = asked.request
    told: dict[str, object] = {
        **request.changes, "target": records.target_text(asked.target), "device": records.device_of(asked.target),
        "compiler": records.compiler_of(asked.target), "threads": asked.threads, "repeats": asked.repeats,
        "against": ",".join(asked.names), "same-instructions": asked.same, "algorithm": request.algorithm,
        "max-error": request.max_error, "max-code": request.max_code, "optimize": request.optimize,
        "lock": request.lock_file(), "locked": request.locked, "records": request.records}
    return Question({"version": __version__, "printer": digest()},
                    {name: str(value) for name, value in told.items() if value not in (None, "", False)})


def _layer(asked: Asked, spec: ConvSpec, names: Sequence[str], arena: Arena) -> kept.Layer:
    """A layer's result."""
    layers: Layers = {spec: tuple(names)}
    result = kept.Layer(key=records.spec_text(spec), kind=sample.kind(spec))
    try:
        with quietly(True):  # the bar is of all of them
            kernels = asked.request.kernels(layers)
            companions = asked.companions(kernels)
        more = [f"--repeats {asked.repeats}", *[f"--against {','.join(asked.names)}"] * bool(asked.names),
                *["--same-instructions"] * asked.same, *[f"--threads {asked.threads}"] * (asked.threads > 1)]
        result = msgspec.structs.replace(result, reproduce=describe.command(
            "bench", kernels[0].plan, optimize=kernels[0].optimize, chosen_by=kernels[0].chosen_by, more=more,
            max_code=kernels[0].max_code))
        taken, match = asked.measure(kernels[0], arena, companions)
    except FAILURES as error:
        return msgspec.structs.replace(result, failed=str(error), exit_code=error.exit_code)
    race = match and contest.Race(match.own, match.rivals, match.absent)
    return msgspec.structs.replace(result, row=timing.measured(kernels[0], taken, None, tuple(names)), race=race)


def exit_code(drawn: Drawn) -> int:
    """Of kernels that are wrong or crash; layers that are not supported are only told of."""
    return max((one.exit_code for one in drawn.failed if one.exit_code != UnsupportedError.exit_code), default=0)


def label(layer: kept.Layer) -> str:
    """What a layer is called: the user's names, or its descriptor."""
    spec = records.read_spec(layer.key)
    return ", ".join(layer.row.names if layer.row else ()) or to_descriptor(spec) or called(spec)


# --- on the terminal ---


def put_all(drawn: Drawn) -> None:
    """By kind, then the worst one by one, then those that could not be measured."""
    good = drawn.good
    if good:
        _put_kinds(good)
        _put_worst(drawn)
        _put_rivals([one.race for one, _ in good if one.race])
    for one in drawn.failed:
        put_wrapped(f"failed: {label(one)}: {one.failed}", 2)
        if one.reproduce:
            put(f"  {one.reproduce}")
    if drawn.limits:
        put(f"peaks: {drawn.limits.fma_gflops:.1f} GFLOP/s of FMA, {drawn.limits.copy_gbs:.1f} GB/s of copying")
        put_wrapped("of limit: the time that FMA peak and bandwidth leave, whichever is longer, by the least time,"
                    " counting a plan's own multiplications; above 1, arrays stayed in the caches from call to call", 2)


def kinds(good: Sequence[tuple[kept.Layer, Measured]]) -> dict[str, dict[str, float | int | None]]:
    """Means over the layers of each kind, and over all; geometric ones. behind: how many have a faster rival."""
    groups = {name: [one for one in good if one[0].kind == name] for name in sample.KINDS} | {"all": list(good)}
    return {name: _means(group) for name, group in groups.items() if group}


def _means(group: Sequence[tuple[kept.Layer, Measured]]) -> dict[str, float | int | None]:
    rows, ratios = [row for _, row in group], [ratio for one, _ in group if (ratio := _ratio(one))]
    shares = [row.of_limit for row in rows if row.of_limit]
    return {
        "layers": len(rows), "geomean_gflops": timing.geomean(rows),
        "geomean_of_limit": statistics.geometric_mean(shares) if shares else None,
        "least_of_limit": min(shares, default=None),
        "geomean_ratio": statistics.geometric_mean(ratios) if ratios else None,
        "least_ratio": min(ratios, default=None), "behind": sum(ratio < 1 for ratio in ratios) if ratios else None,
    }  # fmt: skip


def _put_kinds(good: Sequence[tuple[kept.Layer, Measured]]) -> None:
    heads = {"layers": "layers", "geomean_gflops": "GFLOP/s", "geomean_of_limit": "of limit", "least_of_limit": "least",
             "geomean_ratio": "ratio", "least_ratio": "least ratio", "behind": "behind"}
    found = kinds(good)
    shown = [name for name in heads if any(one[name] is not None for one in found.values())]
    put_table(("kind", *(heads[name] for name in shown)),
              [(kind, *(_number(one[name]) for name in shown)) for kind, one in found.items()])


def _number(value: float | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.2f}"


def _put_worst(drawn: Drawn) -> None:
    """A line each, and how to measure it again."""
    put("")
    compared = any(one.race for one in drawn.layers)
    put_table(
        ("worst", "kind", "min ms", "GFLOP/s", "of limit", "limit", *["best rival", "ratio"] * compared, "plan"),
        [(label(one), one.kind, ms(row.min_s), f"{row.gflops:.1f}", _number(row.of_limit), row.limit or "-",
          *([one.race.best.name if one.race and one.race.best else "-", _number(_ratio(one))] * compared), row.plan)
         for one, row in drawn.worst], ("limit", "plan", "min ms"))
    put("")
    for one, _ in drawn.worst:
        put(one.reproduce)
    put("")


def _put_rivals(races: Sequence[contest.Race]) -> None:
    """How each did, and where and why it was left out."""
    for name, one in contest.summary(races).rivals.items():
        put(f"ratio to {name} {one.geomean_ratio:.2f}, {one.layers} layers")
    left = collections.Counter((absent.name, absent.reason) for race in races for absent in race.absent)
    for (name, reason), layers in left.most_common(REASONS):
        put_wrapped(f"left out: {name}: {reason[:REASON]} ({layers} layers)", 2)


# --- as JSON, as a picture ---


def document(drawn: Drawn) -> dict[str, object]:
    """The measured part of the document."""
    layers = []
    for one, row in drawn.good:
        spec = records.read_spec(one.key)
        layers.append({"layer": label(one), "kind": one.kind, "reproduce": one.reproduce, **msgspec.to_builtins(row),
                       **(entry(one.race, spec) if one.race else {"layout": spec.layout})})
    races = [one.race for one, _ in drawn.good if one.race]
    return {"of": drawn.many, "peaks": msgspec.to_builtins(drawn.limits), "kinds": kinds(drawn.good), "layers": layers,
            "failed": [{"layer": label(one), "kind": one.kind, "error": one.failed, "exit_code": one.exit_code,
                        "reproduce": one.reproduce} for one in drawn.failed],
            **(msgspec.to_builtins(contest.summary(races)) if races else {})}


def picture(drawn: Drawn, circumstances: str) -> str:
    """The SVG. UnsupportedError where the limits are not known."""
    if drawn.limits is None:
        raise UnsupportedError("plot must be of a machine whose limits are known")
    points = [scatter.Point(one.kind, row.intensity, row.own_gflops / drawn.limits.fma_gflops,
                            f"{label(one)}: {ms(row.min_s)} ms, {_number(row.of_limit)} of its limit, {row.plan}")
              for one, row in drawn.good]
    return scatter.draw(f"convgen bench, {len(points)} of {drawn.many} layers: {circumstances}", drawn.limits, points)
