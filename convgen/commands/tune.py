"""convgen tune: measure plans of layers, and keep the best."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
import msgspec

from ..errors import ConvgenError, InputError, UnsupportedError, VerificationError
from ..layer.names import show
from ..layer.spec import ConvSpec
from ..machine.find import find
from ..machine.target import Target
from ..packaging import output
from ..planner.cost import Estimate
from ..planner.explain import summary
from ..planner.rank import check, rank
from ..tuning import elsewhere, fleet, lock, records, trial, tuner
from ..tuning.campaign import Campaign, Layer
from ..tuning.database import Records
from ..tuning.tuner import Effort, Progress, Tuned
from . import fleets
from .console import INTERRUPTED, Cell, bar, duration, ms, note, put_json, put_table, say
from .records import label, speed
from .request import (
    Layers,
    Request,
    called,
    check_threads,
    clock,
    json_option,
    layer_options,
    must_run_here,
    threads_option,
)

SUFFIX = ".lock"


@click.command()
@layer_options(takes=False)
@click.option("--effort", type=click.Choice(("estimate", *tuner.EFFORTS)), default="measure", show_default=True,
              help="For each layer: the model alone; half a minute; two minutes; every plan.")
@click.option("--time-limit", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
              help="For the whole command; layers get it by their share of the network's predicted time.")
@threads_option
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Of the random sample of plans.")
@click.option("--resume/--fresh", default=True, help="Keep earlier trials of these layers, or forget them.")
@click.option("--lock", "locked", is_flag=False, flag_value="", metavar="[FILE]",
              help=f"Write the best plans into FILE, or the project's {lock.NAME}, from which generate takes them.")
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask scheduler, as tcp://host:8786, whose workers measure:"
              f" each kind of them all layers. They are started by: {fleet.START}")
@click.option("--local-workers", type=click.IntRange(1), metavar="N",
              help="Measure in N processes, each on a core of its own: sooner done, and noisier.")
@click.option("--bundle", metavar="DIR", help="Measure nothing: write a program in C that does, on a machine without"
              " Python, and prints a lock.")
@json_option
def tune(request: Request, effort: str, time_limit: float | None, threads: int, seed: int, resume: bool,
         locked: str | None, scheduler: str | None, local_workers: int | None, bundle: str | None,
         as_json: bool) -> None:
    """Measure plans of layers, and keep the best for generate.

    Every layer has a first trial early; then the time goes where the network spends its own. Every trial is on record
    at once: stop it whenever you like (Ctrl-C), the best so far is kept, and the same command goes on.
    """
    started = time.monotonic()
    if time_limit is not None and math.isnan(time_limit):
        raise InputError("time-limit must be a number of seconds (time-limit=nan)")
    if locked is not None and effort == "estimate":
        raise InputError("lock must come with measurements, which the model alone makes none of (effort=estimate)")
    if bundle is not None:
        written = _bundle(request, Path(bundle), effort, threads, seed)
        if as_json:
            put_json({"folder": bundle, "files": written})
        return
    crew = fleets.crew(scheduler, local_workers, threads, effort)
    file = _lock(request, locked)
    layers = request.layers()

    def left() -> float:
        return tuner.NO_LIMIT if time_limit is None else time_limit - (time.monotonic() - started)

    if effort == "estimate":
        _estimate(request, layers, threads, as_json)
        return
    if crew:
        for spec in layers:
            tuner.check_tunable(spec)
        if not fleets.elsewhere(request):
            _check_plans(request, layers, find(request.target))
        with crew as found, _shown(layers) as show:
            results, stopped = fleets.tuned(found, request, layers, tuner.EFFORTS[effort], left(), threads, seed,
                                            resume, file, show)
    else:
        target = _checked(request, layers, threads)
        must_run_here(target, layers, measured=True)
        with _locking(file, request, layers, target, threads):
            own, stopped = _tune(request, layers, target, tuner.EFFORTS[effort], left(), threads, seed, resume)
        results = {"": own}
    if as_json:
        put_json({"effort": effort, "threads": threads, "target": request.target, "layers": [
            _summary(spec, names, result, result.choice) | ({"device": device} if device else {})
            for device, own in results.items() for (spec, names), result in zip(layers.items(), own, strict=True)
        ]})  # fmt: skip
    else:
        _table(layers, results)
    if stopped:
        say("stopped; every trial is on record, and the same command goes on")
        raise click.exceptions.Exit(INTERRUPTED)
    _conclude([(layer, one) for own in results.values() for layer, one in zip(layers.items(), own, strict=True)])


def _checked(request: Request, layers: Layers, threads: int) -> Target:
    """The target; errors for layers that have no plan for it."""
    target = find(request.target)
    check_threads(threads, target)
    _check_plans(request, layers, target)
    return request.on(threads).machine


def _check_plans(request: Request, layers: Layers, target: Target) -> None:
    for spec, names in layers.items():
        try:
            check(spec, target, request.algorithm, request.max_error)
        except UnsupportedError as error:
            raise UnsupportedError(f"{called(spec, names)}: {error}") from None


def _bundle(request: Request, folder: Path, effort: str, threads: int, seed: int) -> list[str]:
    """Write the program that tunes elsewhere; the names of its files."""
    if effort not in ("measure", "patient"):
        raise InputError(f"bundle must be of a few plans a layer: effort measure or patient (effort={effort})")
    if threads != 1:
        raise InputError(f"threads must be 1 in a bundle (threads={threads})")
    target = find(request.target)
    if records.detected(target) or target.device is not None:
        raise InputError(f"bundle must be for a named target of C, which means the same there (target={target.name})")
    layers = request.layers()
    _check_plans(request, layers, target)
    texts = elsewhere.files(list(layers), target, tuner.EFFORTS[effort], seed, request.algorithm, request.max_error,
                            request.max_code)
    output.refuse(folder, texts, output.states(folder, texts), force=False, update=True, ways=("another folder", ""))
    output.write(folder, texts, force=True)
    note(f"{folder}: {len(texts)} files; sh {folder / elsewhere.SCRIPT} builds {elsewhere.NAME}, which prints a lock")
    return list(texts)


def _estimate(request: Request, layers: Layers, threads: int, as_json: bool) -> None:
    """The model's choices alone."""
    target = _checked(request, layers, threads)
    choices = [rank(spec, target, request.algorithm, request.max_error, request.max_code)[0] for spec in layers]
    if as_json:
        put_json({"effort": "estimate", "threads": threads, "target": target.name, "layers": [
            _summary(spec, names, None, choice) for (spec, names), choice in zip(layers.items(), choices, strict=True)
        ]})  # fmt: skip
        return
    hz = clock(target)
    put_table(("layer", "plan", "predicted cycles", "ms"),
              [(called(spec, names), one.plan.label, f"{one.cycles:,.0f}", ms(hz and one.cycles / hz))
               for (spec, names), one in zip(layers.items(), choices, strict=True)])


def _tune(request: Request, layers: Layers, target: Target, effort: Effort, limit: float, threads: int, seed: int,
          resume: bool) -> tuple[list[Tuned], bool]:
    """What came of the layers, and whether the user stopped it."""
    wanted = [Layer(spec, records.place(spec, target, threads), max(1, len(names))) for spec, names in layers.items()]
    with Records() as database, trial.Lab(threads, seed) as lab, _shown(layers) as show:
        if not resume:
            for one in wanted:
                database.forget(database.rows(**msgspec.structs.asdict(one.place)))
        campaign = Campaign(wanted, target, lab, database, effort, limit, seed, request.algorithm, request.max_error,
                            lambda news: show(*news), max_code=request.max_code)
        try:
            campaign.run()
        except KeyboardInterrupt:
            return campaign.results(), True
        return campaign.results(), False


def _lock(request: Request, named: str | None) -> Path | None:
    """The lock to write, None for none; a new one stands beside the file of layers. InputError, before the slow part,
    for one that cannot be read."""
    if named and not named.endswith(SUFFIX):
        raise InputError(f"lock must name a file {SUFFIX}, or stand last (lock={show(named)})")
    if named is None:
        return None
    folder = next(iter(request.folders()), Path())
    file = Path(named) if named else request.project() or folder / lock.NAME
    if os.path.lexists(file):
        lock.open_lock(file)
    return file


@contextlib.contextmanager
def _locking(file: Path | None, request: Request, layers: Layers, target: Target, threads: int) -> Iterator[None]:
    """Write the best plans on record into the lock, in the end or when stopped; what went wrong before is the error to
    report."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(ConvgenError):
            _write_lock(file, request, layers, target, threads)
        raise
    _write_lock(file, request, layers, target, threads)


def _write_lock(file: Path | None, request: Request, layers: Layers, target: Target, threads: int) -> None:
    if file:
        with Records() as database:
            found = list(filter(None, (
                records.best(database, records.place(spec, target, threads), spec, target, request.algorithm,
                             request.max_error, request.max_code) for spec in layers)))
        lock.update(file, found)
        say(f"{file} holds plans for {len(found)} of {len(layers)} layers now")
        if target.row.objective != "speed":
            say(f"generate takes them for {target.name} with --optimize speed")
    elif not records.detected(target):
        say(f"generate takes plans for {target.name} from a {lock.NAME} only; --lock writes it")


@contextlib.contextmanager
def _shown(layers: Layers) -> Iterator[fleets.Show]:
    """On stderr: a bar where that is a terminal, else a line whenever a layer's turn is over."""
    names = [called(spec, names) for spec, names in layers.items()]
    with bar() as show:
        show("planning", 0, len(names))

        def tell(layer: int, progress: Progress, left: float, over: bool, where: str = "") -> None:
            done, of, first, best = progress
            gain = f", gain {first / best - 1:.1%}" if first and best and best < first else ""  # over the first choice
            what = f"{names[layer]}{' on ' * bool(where)}{where}: {ms(best)} ms{gain}"
            limited = left < tuner.NO_LIMIT / 2
            show(what, done, of, time.monotonic() + left if limited else None)
            if over and best and not sys.stderr.isatty():
                say(f"{what}, {done} of {of} plans tried" + f"; {duration(left)} left" * limited)

        yield tell


def _table(layers: Layers, results: Mapping[str, Sequence[Tuned]]) -> None:
    """results: by device; it is named where there are several."""
    rows = []
    for device, own in results.items():
        for (spec, names), one in zip(layers.items(), own, strict=True):
            first_s, best_s = (row.min_s if row else None for row in (one.first, one.best))
            gain = f"{first_s / best_s - 1:.1%}" if first_s and best_s else "-"
            rows.append((called(spec, names), label(one.best), ms(best_s), speed(spec, best_s),
                         gain if gain in ("-", "0.0%") else Cell(gain, "green"),
                         one.choice.plan.label if one.choice else "-", ms(first_s), str(one.tried),
                         *[device.partition(",")[0]] * (len(results) > 1)))
    put_table(("layer", "best plan", "min ms", "GFLOP/s", "gain", "model's choice", "its ms", "tried",
               *["device"] * (len(results) > 1)), rows, ("model's choice", "its ms", "GFLOP/s"))  # fmt: skip


def _summary(spec: ConvSpec, names: Sequence[str], result: Tuned | None,
             choice: Estimate | None) -> dict[str, object]:
    told: dict[str, object] = {"names": names, "model": choice and summary(choice)}
    if result is not None:
        for what, row in (("first", result.first), ("best", result.best)):
            told[what] = row and {"plan": msgspec.json.decode(row.plan), "min_s": row.min_s,
                                     "median_s": row.median_s, "repeats": row.repeats}
        told |= {"tried": result.tried, "failed": len(result.failed), "finished": result.finished}
    return told


def _conclude(results: Sequence[tuple[tuple[ConvSpec, tuple[str, ...]], Tuned]]) -> None:
    """Tell what failed, and what there was no time for."""
    for (spec, names), result in results:
        for row in result.failed:
            say(f"{called(spec, names)}: {row.status}: {row.detail} (plan {row.plan})")
    unfinished = sum(not result.finished for _, result in results)
    if unfinished:
        say(f"time ran out for {unfinished} of {len(results)} layers; the same command goes on")
    if any(result.failed and result.best is None for _, result in results):
        raise click.exceptions.Exit(VerificationError.exit_code)
