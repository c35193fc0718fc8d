"""convgen tune: measure plans of layers, and keep the best."""

from __future__ import annotations

import contextlib
import itertools
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
import msgspec

from ..errors import InputError, VerificationError
from ..layer.names import show
from ..layer.spec import ConvSpec
from ..machine.find import find
from ..machine.target import Target
from ..planner.cost import Estimate
from ..planner.explain import summary
from ..planner.rank import rank
from ..tuning import lock, records, trial, tuner
from ..tuning.tuner import Effort, Progress, Tuned
from .console import put_json, put_table, say
from .records import label, speed
from .request import Layers, Request, called, check_threads, json_option, layer_options, must_run_here, threads_option

SUFFIX = ".lock"


@click.command()
@layer_options(takes=False)
@click.option("--effort", type=click.Choice(("estimate", *tuner.EFFORTS)), default="measure", show_default=True,
              help="For each layer: the model alone; half a minute; two minutes; every plan.")
@click.option("--time-limit", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
              help="For the whole command, divided among the layers.")
@threads_option
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Of the random sample of plans.")
@click.option("--resume/--fresh", default=True, help="Keep earlier trials of these layers, or forget them.")
@click.option("--lock", "locked", is_flag=False, flag_value="", metavar="[FILE]",
              help=f"Write the best plans into FILE, or the project's {lock.NAME}, from which generate takes them.")
@json_option
def tune(request: Request, effort: str, time_limit: float | None, threads: int, seed: int, resume: bool,
         locked: str | None, as_json: bool) -> None:
    """Measure plans of layers, and keep the best for generate.

    Every trial is on record at once: a tuning that was stopped goes on when it is started again.
    """
    started = time.monotonic()
    if time_limit is not None and math.isnan(time_limit):
        raise InputError("time-limit must be a number of seconds (time-limit=nan)")
    target = find(request.target)
    check_threads(threads, target)
    file = _lock(request, locked)
    layers = request.layers()
    firsts = [rank(spec, target, request.algorithm, request.max_error)[0] for spec in layers]
    results: list[Tuned] = []
    if effort != "estimate":
        must_run_here(target, layers)
        limit = tuner.NO_LIMIT if time_limit is None else time_limit - (time.monotonic() - started)
        with _told_when_stopped(), _locking(file, request, layers, target, threads):
            for result in _tune(request, layers, target, tuner.EFFORTS[effort], limit, threads, seed, resume):
                results.append(result)
    if as_json:
        put_json({"effort": effort, "threads": threads, "target": target.name, "layers": [
            _summary(spec, names, first, result)
            for (spec, names), first, result in zip(
                layers.items(), firsts, results or itertools.repeat(None), strict=False)
        ]})  # fmt: skip
    elif effort == "estimate":
        put_table(("layer", "plan", "predicted cycles"),
                  [(called(spec, names), first.plan.label, f"{first.cycles:.0f}")
                   for (spec, names), first in zip(layers.items(), firsts, strict=True)])
    else:
        _table(layers, firsts, results)
    _conclude(layers, results)


def _tune(request: Request, layers: Layers, target: Target, effort: Effort, limit: float, threads: int, seed: int,
          resume: bool) -> Iterator[Tuned]:
    """Tune layer by layer."""
    with records.Records() as database:
        for (spec, names), seconds in zip(layers.items(), tuner.shares(len(layers), limit), strict=True):
            place = records.place(spec, target, threads)
            if not resume:
                database.forget(database.rows(**msgspec.structs.asdict(place)))
            with trial.Lab(threads, seed) as lab, _bar(spec, called(spec, names)) as tell:
                yield tuner.tune(spec, target, lab, database, place, effort, seconds, seed, request.algorithm,
                                 request.max_error, tell)


def _lock(request: Request, named: str | None) -> Path | None:
    """The lock to write, None for none; a new one stands beside the file of layers. InputError, before the slow part,
    for one that cannot be read."""
    if named and not named.endswith(SUFFIX):
        raise InputError(f"lock must name a file {SUFFIX}, or stand last (lock={show(named)})")
    if named is None:
        return None
    folder = next(iter(request.folders()), Path())
    file = Path(named) if named else request.project() or folder / lock.NAME
    if file.exists():
        lock.open_lock(file)
    return file


@contextlib.contextmanager
def _locking(file: Path | None, request: Request, layers: Layers, target: Target, threads: int) -> Iterator[None]:
    """Write the best plans on record into the lock, in the end or when stopped."""
    try:
        yield
    finally:
        if file:
            with records.Records() as database:
                found = list(filter(None, (
                    records.best(database, records.place(spec, target, threads), spec, target, request.algorithm,
                                 request.max_error) for spec in layers)))
            lock.update(file, found)
            say(f"{file} holds plans for {len(found)} of {len(layers)} layers now")
        elif not records.detected(target):
            say(f"generate takes plans for {target.name} from a {lock.NAME} only; --lock writes it")


@contextlib.contextmanager
def _told_when_stopped() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        say("stopped; every trial is on record, and the same command goes on")
        raise


@contextlib.contextmanager
def _bar(spec: ConvSpec, name: str) -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr with the best so far, where that is a terminal; else a line in the end."""
    last: list[Progress] = []
    if not sys.stderr.isatty():
        yield last.append
        best = last[-1].best if last else None
        if best is not None:
            say(f"{name}: {speed(spec, best)} GFLOP/s, {last[-1].done} plans on record")
        return
    from rich.console import Console  # slow to import, and for terminals only
    from rich.progress import Progress as Bar

    bar = Bar(console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False)
    with bar:
        task = bar.add_task(name, total=None)

        def tell(progress: Progress) -> None:
            best = "" if progress.best is None else f": {speed(spec, progress.best)} GFLOP/s"
            bar.update(task, total=progress.of, completed=progress.done, description=name + best)

        yield tell


def _table(layers: Layers, firsts: Sequence[Estimate],
           results: Sequence[Tuned]) -> None:
    rows = []
    for (spec, names), choice, (first, best, tried, _, _) in zip(layers.items(), firsts, results, strict=True):
        first_s, best_s = (row.min_s if row else None for row in (first, best))
        gain = f"{first_s / best_s - 1:.1%}" if first_s and best_s else "-"
        rows.append((called(spec, names), choice.plan.label, speed(spec, first_s), label(best),
                     speed(spec, best_s), gain, str(tried)))
    put_table(("layer", "model's choice", "GFLOP/s", "best", "GFLOP/s", "gain", "tried"), rows)


def _summary(spec: ConvSpec, names: Sequence[str], choice: Estimate, result: Tuned | None) -> dict[str, object]:
    told: dict[str, object] = {"names": names, "model": summary(choice)}
    if result is not None:
        for what, row in (("first", result.first), ("best", result.best)):
            told[what] = row and {"plan": msgspec.json.decode(row.plan), "min_s": row.min_s,
                                     "median_s": row.median_s, "repeats": row.repeats}
        told |= {"tried": result.tried, "failed": len(result.failed), "finished": result.finished}
    return told


def _conclude(layers: Layers, results: Sequence[Tuned]) -> None:
    """Tell what failed, and what there was no time for."""
    for (spec, names), result in zip(layers.items(), results, strict=False):
        for row in result.failed:
            say(f"{called(spec, names)}: {row.status}: {row.detail} (plan {row.plan})")
    unfinished = sum(not result.finished for result in results)
    if unfinished:
        say(f"time ran out for {unfinished} of {len(results)} layers; the same command goes on")
    if any(result.failed and result.best is None for result in results):
        raise click.exceptions.Exit(VerificationError.exit_code)
