"""The commands tune and records."""

from __future__ import annotations

import contextlib
import itertools
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import put, put_json, put_table, say
from .errors import ConvgenError, InputError, UnsupportedError, VerificationError
from .request import Request, json_option, layer_options

if TYPE_CHECKING:
    from .planner import Estimate
    from .records import Place, Row
    from .spec import ConvSpec
    from .target import Target
    from .tuner import Progress, Tuned

KEEP = 20  # trials of a layer that gc leaves
EFFORT = ("estimate", "measure", "patient", "exhaustive")


@click.command()
@layer_options
@click.option("--effort", type=click.Choice(EFFORT), default="measure", show_default=True,
              help="Nothing but the model; half a minute; two minutes; every plan: for each layer.")
@click.option("--time-limit", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
              help="For the whole command, divided among the layers.")
@click.option("--threads", type=click.IntRange(1, 1024), default=1, show_default=True,
              help="That share a layer's tasks; an OpenCL device uses as many as it has.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Draws other plans.")
@click.option("--resume/--fresh", default=True, help="Keep earlier trials of these layers, or forget them.")
@json_option
def tune(request: Request, effort: str, time_limit: float | None, threads: int, seed: int, resume: bool,
         as_json: bool, target_name: str, algorithm: str | None, max_error: float) -> None:
    """Measure plans of layers, and keep the best for generate.

    Every trial is on record at once: a tuning that was stopped goes on when it is started again.
    """
    from . import planner, tuner
    from .target import find

    started = time.monotonic()
    if time_limit is not None and math.isnan(time_limit):
        raise InputError("time-limit must be a number of seconds (time-limit=nan)")
    target = find(target_name)
    if target.device is not None and threads != 1:
        raise InputError(f"threads must be left to an OpenCL device (threads={threads}, target={target.name})")
    specs = request.specs()
    firsts = [planner.rank(spec, target, algorithm, max_error)[0] for spec in specs]
    results: list[Tuned] = []
    if effort != "estimate":
        if target.device is None and not target.runs_here():
            raise UnsupportedError(f"target must be one that this machine can run (target={target.name})")
        chosen = tuner.EFFORTS[effort]
        limit = tuner.NO_LIMIT if time_limit is None else time_limit - (time.monotonic() - started)
        with _told_when_stopped():
            for result in _tune(specs, target, chosen, limit, threads, seed, algorithm, max_error, resume):
                results.append(result)
    if as_json:
        put_json({"effort": effort, "threads": threads, "target": target.name, "layers": [
            _summary(spec, names, first, result)
            for (spec, names), first, result in zip(
                specs.items(), firsts, results or itertools.repeat(None), strict=False)
        ]})  # fmt: skip
    elif effort == "estimate":
        put_table(("layer", "plan", "predicted cycles"),
                  [(_called(spec, names), first.plan.label, f"{first.cycles:.0f}")
                   for (spec, names), first in zip(specs.items(), firsts, strict=True)])
    else:
        _table(specs, firsts, results)
    _conclude(specs, results)


def _tune(specs: dict[ConvSpec, tuple[str, ...]], target: Target, effort: Any, limit: float, threads: int,
          seed: int, algorithm: str | None, max_error: float, resume: bool) -> Iterator[Tuned]:  # fmt: skip
    """Tune layer by layer."""
    import msgspec

    from . import records, trial, tuner

    with records.Records() as database:
        for (spec, names), seconds in zip(specs.items(), tuner.shares(len(specs), limit), strict=True):
            place = records.place(spec, target, threads)
            if not resume:
                database.forget(database.rows(**msgspec.structs.asdict(place)))
            with trial.Lab(threads, seed) as lab, _bar(spec, _called(spec, names)) as tell:
                yield tuner.tune(spec, target, lab, database, place, effort, seconds, seed, algorithm, max_error,
                                 tell)


@contextlib.contextmanager
def _told_when_stopped() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        say("stopped; every trial is on record, and the same command goes on")
        raise


@contextlib.contextmanager
def _bar(spec: ConvSpec, called: str) -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr with the best so far, where that is a terminal; else a line in the end."""
    last: list[Progress] = []
    if not sys.stderr.isatty():
        yield last.append
        best = last[-1].best if last else None
        if best is not None:
            say(f"{called}: {_gflops(spec, best)} GFLOP/s, {last[-1].done} plans on record")
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    bar = Bar(console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False)
    with bar:
        task = bar.add_task(called, total=None)

        def tell(progress: Progress) -> None:
            best = "" if progress.best is None else f": {_gflops(spec, progress.best)} GFLOP/s"
            bar.update(task, total=progress.of, completed=progress.done, description=called + best)

        yield tell


def _called(spec: ConvSpec, names: Sequence[str]) -> str:
    """What the user calls a layer; else the part of a kernel's name that says which layer it is."""
    if names:
        return ", ".join(names)
    from .plan import Plan, kernel_name
    from .target import NAMED

    plan = Plan(spec=spec, target=NAMED["scalar"], algorithm="direct")
    return kernel_name(plan).partition("__")[0].removeprefix("conv_")


def _gflops(spec: ConvSpec, seconds: float | None) -> str:
    return "-" if seconds is None else f"{2e-9 * spec.macs / seconds:.1f}"


def _label(row: Row | None) -> str:
    """The plan of a row in a word."""
    from .records import read_plan, read_spec, target_of

    with contextlib.suppress(ConvgenError):
        target = row and target_of(row.target, row.device)
        if row and target:
            return read_plan(row.plan, read_spec(row.spec), target).label
    return "-"


def _table(specs: dict[ConvSpec, tuple[str, ...]], firsts: Sequence[Estimate],
           results: Sequence[Tuned]) -> None:
    rows = []
    for (spec, names), choice, (first, best, tried, _, _) in zip(specs.items(), firsts, results, strict=True):
        first_s, best_s = (row.min_s if row else None for row in (first, best))
        gain = f"{first_s / best_s - 1:.1%}" if first_s and best_s else "-"
        rows.append((_called(spec, names), choice.plan.label, _gflops(spec, first_s), _label(best),
                     _gflops(spec, best_s), gain, str(tried)))
    put_table(("layer", "model's choice", "GFLOP/s", "best", "GFLOP/s", "gain", "tried"), rows)


def _summary(spec: ConvSpec, names: Sequence[str], choice: Estimate, result: Tuned | None) -> dict[str, Any]:
    import msgspec

    from . import planner

    summary: dict[str, Any] = {"names": names, "model": planner.summary(choice)}
    if result is not None:
        for what, row in (("first", result.first), ("best", result.best)):
            summary[what] = row and {"plan": msgspec.json.decode(row.plan), "min_s": row.min_s,
                                     "median_s": row.median_s, "repeats": row.repeats}
        summary |= {"tried": result.tried, "failed": len(result.failed), "finished": result.finished}
    return summary


def _conclude(specs: dict[ConvSpec, tuple[str, ...]], results: Sequence[Tuned]) -> None:
    """Tell what failed, and what there was no time for."""
    for (spec, names), result in zip(specs.items(), results, strict=False):
        for row in result.failed:
            say(f"{_called(spec, names)}: {row.status}: {row.detail} (plan {row.plan})")
    unfinished = sum(not result.finished for result in results)
    if unfinished:
        say(f"time ran out for {unfinished} of {len(results)} layers; the same command goes on")
    if any(result.failed and result.best is None for result in results):
        raise click.exceptions.Exit(VerificationError.exit_code)


# --- records ---


@click.group()
def records() -> None:
    """Look after what tune has measured.

    The database is $CONVGEN_RECORDS, or records.sqlite in the user's data folder.
    """


def _rows() -> list[Row]:
    from .records import Records, records_file

    if not records_file().exists():
        return []
    with Records() as database:
        return database.rows()


def _threads(place: Place) -> str:
    return "-" if place.target.startswith("opencl") else str(place.threads)


def _compiler(place: Place) -> str:
    """Of an OpenCL platform, which may list whatever it is made of, the version."""
    return place.compiler.partition(",")[0] if place.target.startswith("opencl") else place.compiler


def _plans(count: int) -> str:
    return f"{count} plan{'s' * (count != 1)}"


@records.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Show the best trial of every layer, target, device, compiler and number of threads."""
    import msgspec

    from .outside import decode
    from .records import is_here, read_spec

    rows = _rows()
    if as_json:
        put_json({"trials": [
            {**msgspec.structs.asdict(row), **{what: decode(getattr(row, what), dict, f"{what} of a record")
                                               for what in ("spec", "plan")}} for row in rows
        ]})  # fmt: skip
        return
    table = []
    for place, found in itertools.groupby(rows, lambda row: row.place):
        group = list(found)
        spec, best = read_spec(place.spec), group[0]
        failed = sum(row.status != "ok" for row in group)
        where = "this device" if is_here(place) else place.device.partition(",")[0]
        table.append((_called(spec, ()), place.target, _threads(place), _label(best), _gflops(spec, best.min_s),
                      str(len(group)), str(failed), _compiler(place), where))
    put_table(("layer", "target", "threads", "best plan", "GFLOP/s", "trials", "failed", "compiler",
               "device"), table)  # fmt: skip


@records.command()
@click.argument("file")
def export(file: str) -> None:
    """Write the best plans to FILE, or - for stdout: to commit, and to import elsewhere."""
    from . import lockfile

    text = lockfile.write(_rows())
    if file == "-":
        put(text.removesuffix("\n"))
        return
    lockfile.save(Path(file), text)
    say(f"{_plans(len(text.splitlines()) - 1)} written to {file}")


@records.command("import")
@click.argument("file")
def import_(file: str) -> None:
    """Take over the plans of FILE, or - for standard input; for their layers they come first now."""
    from . import lockfile
    from .records import Records

    rows, left_out = lockfile.read(lockfile.load(file))
    with Records() as database:
        database.put(rows, settled=True)
    for reason in left_out:
        say(f"left out: {reason}")
    say(f"{_plans(len(rows))} taken over")


@records.command()
@click.option("--keep", type=click.IntRange(1), default=KEEP, show_default=True,
              help="Trials of a layer, the best of them, that stay.")
def gc(keep: int) -> None:
    """Remove trials of what convgen no longer prints, of plans no longer legal, and the slow ones."""
    from .records import Records

    rows = _rows()
    if rows:
        with Records() as database:
            gone = list(_useless(rows, keep))
            database.forget(gone)
        say(f"{len(gone)} of {len(rows)} trials removed")
    else:
        say("no trials on record")


def _useless(rows: Iterable[Row], keep: int) -> Iterator[Row]:
    """The rows, sorted as Records.rows gives them, that gc removes: of what convgen no longer prints,
    of plans that are no longer legal, and all but the best `keep` of a place."""
    from .records import legal

    kept: dict[Place, int] = {}
    for row in rows:
        number = kept.get(row.place, 0)
        if any(row.outdated) or number >= keep or not legal(row):
            yield row
        else:
            kept[row.place] = number + 1


@records.command()
@json_option
def accuracy(as_json: bool) -> None:
    """Show how far the cost model's first choice is from the best plan measured."""
    import msgspec

    from . import tuner

    found = tuner.accuracy(_rows())
    gaps = [one.gap for one in found if one.gap is not None]
    median, worst = (statistics.median(gaps), max(gaps)) if gaps else (None, None)
    if as_json:
        put_json({"median": median, "worst": worst, "layers": [
            {**msgspec.structs.asdict(one.place), "spec": msgspec.json.decode(one.place.spec),
             "plans": one.plans, "best_s": one.best_s, "gap": one.gap} for one in found
        ]})  # fmt: skip
        return
    if not found:
        raise InputError("records must hold a layer with two measured plans (convgen tune)")
    put_table(("layer", "target", "threads", "plans", "best GFLOP/s", "model's choice"),
              [(_called(one.spec, ()), one.place.target, _threads(one.place), str(one.plans),
                _gflops(one.spec, one.best_s), "not measured" if one.gap is None else f"+{one.gap:.1%}")
               for one in found])  # fmt: skip
    if gaps:
        put(f"the model's choice takes {median:.1%} more time than the best plan in the median,"
            f" {worst:.1%} at worst, {len(gaps)} layers")
