"""convgen records: look after what tune has measured."""

from __future__ import annotations

import collections
import contextlib
import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
import msgspec

from ..benchmark import sample
from ..benchmark.timing import gflops
from ..errors import ConvgenError, InputError
from ..layer.names import show
from ..layer.outside import decode
from ..layer.spec import ConvSpec
from ..tuning import lock, tuner
from ..tuning.database import Best, Place, Record, Records, records_file
from ..tuning.records import is_here, legal, read_plan, read_spec, target_of
from .console import ms, put, put_json, put_table, put_wrapped, say
from .request import called, json_option

KEEP = 20  # trials of a layer that gc leaves
IN_MEMORY = 64 * 2**20  # bytes of rows to be imported; more go through a temporary file


@click.group()
def records() -> None:
    """Look after what tune has measured.

    The database is $CONVGEN_RECORDS, or records.sqlite in the user's data folder.
    """


def _rows() -> Iterator[Record]:
    if records_file().exists():
        with Records() as database:
            yield from database.each()


def _best() -> list[Best]:
    if not records_file().exists():
        return []
    with Records() as database:
        return database.best()


def label(row: Record | None) -> str:
    """The plan of a row in a word, or - where it has none that is legal."""
    with contextlib.suppress(ConvgenError):
        target = row and target_of(row.target, row.device)
        if row and target:
            return read_plan(row.plan, read_spec(row.spec), target).label
    return "-"


def speed(spec: ConvSpec, seconds: float | None) -> str:
    """GFLOP/s, or - for what was not measured."""
    return "-" if seconds is None else f"{gflops(spec, seconds):.1f}"


def _threads(place: Place) -> str:
    return "-" if place.target.startswith("opencl") else str(place.threads)


def _compiler(place: Place) -> str:
    """The compiler; of an OpenCL platform only its version, for it may list all that it is built from."""
    return place.compiler.partition(",")[0] if place.target.startswith("opencl") else place.compiler


def _plans(count: int) -> str:
    return f"{count} plan{'s' * (count != 1)}"


@records.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Show the best trial of every layer, target, device, compiler and number of threads."""
    if as_json:
        put_json({"trials": [
            {**msgspec.structs.asdict(row), **{what: decode(getattr(row, what), dict, f"{what} of a record")
                                               for what in ("spec", "plan")}} for row in _rows()
        ]})  # fmt: skip
        return
    table = []
    for best, trials, failed in _best():
        place = best.place
        spec = read_spec(place.spec)
        where = "this device" if is_here(place) else place.device.partition(",")[0]
        table.append((called(spec), place.target, _threads(place), label(best), ms(best.min_s),
                      speed(spec, best.min_s), str(trials), str(failed), _compiler(place), where))
    put_table(("layer", "target", "threads", "best plan", "min ms", "GFLOP/s", "trials", "failed", "compiler",
               "device"), table, ("device", "compiler", "failed", "threads", "trials", "target", "GFLOP/s"))


@records.command()
@click.argument("file")
def export(file: str) -> None:
    """Write the best plans to FILE, or - for stdout: to commit, and to import elsewhere."""
    lines = lock.written(_rows())
    if file == "-":
        for line in lines:
            put(line.removesuffix("\n"))
        return
    say(f"{_plans(lock.save(Path(file), lines) - 1)} written to {file}")


@records.command("import")
@click.argument("file")
def import_(file: str) -> None:
    """Take over the plans of FILE, or - for standard input; for their layers they come first now."""
    count = 0
    try:
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as good:  # nothing is taken over of a file with a bad line
            for row, problem in lock.rows_of(file):
                if problem:
                    say(f"left out: {problem}")
                else:
                    good.write(msgspec.json.encode(row) + b"\n")
                    count += 1
            good.seek(0)
            with Records() as database:
                database.take(msgspec.json.decode(line, type=Record) for line in good)
    except OSError as error:
        raise InputError(f"file must fit into the folder of temporary files ({show(file)}: {error.strerror})") from None
    say(f"{_plans(count)} taken over")


@records.command()
@click.option("--keep", type=click.IntRange(1), default=KEEP, show_default=True,
              help="Trials of a layer, the best of them, that stay.")
def gc(keep: int) -> None:
    """Remove trials of what convgen no longer prints, of plans no longer legal, and the slow ones."""
    if not records_file().exists():
        say("no trials on record")
        return
    with Records() as database:
        gone, count = database.prune(_useless(keep))
    say(f"{gone} of {count} trials removed")


def _useless(keep: int) -> Callable[[Record], bool]:
    """Whether gc removes a row: of what convgen no longer prints, of a plan that is no longer legal, or behind the best
    `keep` of its place. It is asked in the order of Records.each."""
    kept: collections.Counter[Place] = collections.Counter()

    def useless(row: Record) -> bool:
        if any(row.outdated) or kept[row.place] >= keep or not legal(row):
            return True
        kept[row.place] += 1
        return False

    return useless


@records.command()
@json_option
def accuracy(as_json: bool) -> None:
    """Show how far the cost model's first choice is from the best plan measured."""
    found = tuner.accuracy(_rows())
    gaps = [one.gap for one in found if one.gap is not None]
    median, worst = (statistics.median(gaps), max(gaps)) if gaps else (None, None)
    kinds = _by_kind(found)
    if as_json:
        put_json({"median": median, "worst": worst, "kinds": {
            name: {"layers": len(own), "median": statistics.median(own), "worst": max(own)}
            for name, own in kinds.items()
        }, "layers": [
            {**msgspec.structs.asdict(one.place), "spec": msgspec.json.decode(one.place.spec),
             "plans": one.plans, "best_s": one.best_s, "gap": one.gap} for one in found
        ]})  # fmt: skip
        return
    if not found:
        raise InputError("records must hold a layer with two measured plans (convgen tune)")
    put_table(("layer", "target", "threads", "plans", "best GFLOP/s", "model's choice"),
              [(called(one.spec), one.place.target, _threads(one.place), str(one.plans),
                speed(one.spec, one.best_s), "not measured" if one.gap is None else f"+{one.gap:.1%}")
               for one in found], ("threads", "target", "plans"))  # fmt: skip
    if len(kinds) > 1:
        put("")
        put_table(("kind", "layers", "median", "worst"),
                  [(name, str(len(own)), f"+{statistics.median(own):.1%}", f"+{max(own):.1%}")
                   for name, own in kinds.items()])
        put("")
    if gaps:
        put_wrapped(f"the model's choice takes {median:.1%} more time than the best plan in the median,"
                    f" {worst:.1%} at worst, {len(gaps)} layers", 2)


def _by_kind(found: Iterable[tuner.Accuracy]) -> dict[str, list[float]]:
    """The gaps that were measured, of layers of each kind."""
    gaps: dict[str, list[float]] = {name: [] for name in sample.KINDS}
    for one in found:
        gaps[sample.kind(one.spec)] += [] if one.gap is None else [one.gap]
    return {name: own for name, own in gaps.items() if own}
