"""convgen bench of a whole network: beside other libraries, and where its time goes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import click
import msgspec

from ..benchmark.contest import Arena, Race
from ..errors import CrashError, VerificationError
from ..layer.steps import Convolve
from ..machine.target import Target
from ..run import networks as loaded
from ..run.networks import Network, Step
from . import networks
from .console import Cell, ms, note, put, put_table, put_wrapped, reproduce, say
from .request import Request

PROFILE_TIMEOUT = 300.0  # seconds
SLOWEST = 10  # steps that are shown
REASON = 200  # characters of a reason on the terminal; JSON has all of it


class Timed(msgspec.Struct, frozen=True):
    """A step, or some of a kind: name, and how many; their median times' sum, and its share of that of all; gflops: of
    the convolutions' definition, None where there are none; gbs: of the arrays read and made."""

    name: str
    kind: str
    steps: int
    seconds: float
    share: float
    gflops: float | None
    gbs: float


class Measured(msgspec.Struct, frozen=True):
    """race: convgen beside the others. steps: in their order; kinds: sums, the slowest first. bytes: of workspace."""

    name: str
    race: Race
    steps: tuple[Timed, ...]
    kinds: tuple[Timed, ...]
    bytes: int


def measure(request: Request, names: Sequence[str], threads: int, repeats: int, held: Target | None,
            chains: bool = True) -> Measured:
    """All of it, in processes of their own."""
    laid, net = networks.load(request, threads, measured=True, chains=chains)
    given = networks.inputs(laid)
    quantised = any(isinstance(step, Convolve) and step.spec.arithmetic.exact for step in laid.model.steps)
    note("measuring")
    try:
        with Arena(names, threads, repeats, held) as arena:
            race = arena.race(net, request.sources[0], given, quantised)
        times = loaded.profile(net, given, repeats, PROFILE_TIMEOUT)
    except (CrashError, VerificationError) as error:
        say(str(error))
        reproduce(f"convgen verify {request.sources[0]}")
        raise click.exceptions.Exit(error.exit_code) from None
    steps, kinds = timed(net, [statistics.median(one) for one in times])
    return Measured(laid.model.name, race, steps, kinds, net.workspace_bytes)


def timed(net: Network, seconds: Sequence[float]) -> tuple[tuple[Timed, ...], tuple[Timed, ...]]:
    """Steps, and sums of kinds, of the seconds that each step takes."""
    total = sum(seconds)
    of_kind: dict[str, list[tuple[Step, float]]] = {}
    for step, one in zip(net.steps, seconds, strict=True):
        of_kind.setdefault(step.kind, []).append((step, one))
    kinds = [_sum(kind, found, total) for kind, found in of_kind.items()]
    return (tuple(_sum(step.name, [(step, one)], total) for step, one in zip(net.steps, seconds, strict=True)),
            tuple(sorted(kinds, key=lambda one: -one.seconds)))


def _sum(name: str, found: Sequence[tuple[Step, float]], total: float) -> Timed:
    seconds = sum(one for _, one in found)
    macs, size = (sum(getattr(step, field) for step, _ in found) for field in ("macs", "bytes"))
    return Timed(name, found[0][0].kind, len(found), seconds, seconds / total, 2e-9 * macs / seconds if macs else None,
                 1e-9 * size / seconds)


# --- what is told ---


def document(measured: Measured) -> dict[str, object]:
    """As JSON has it."""
    race = measured.race
    figures = [{**msgspec.to_builtins(one), "min_s": one.least, "median_s": one.median}
               for one in (race.own, *race.rivals)]
    return {"network": measured.name, "workspace": measured.bytes, "own": figures[0], "rivals": figures[1:],
            "left_out": msgspec.to_builtins(race.absent), "best": race.best.name if race.best else None,
            "ratio": race.ratio, "median_ratio": race.median_ratio,
            "steps": msgspec.to_builtins(measured.steps), "kinds": msgspec.to_builtins(measured.kinds)}


def put_all(measured: Measured) -> None:
    """On the terminal."""
    race = measured.race
    figures = [race.own, *sorted(race.rivals, key=lambda figure: figure.median)]
    winner = min(figures, key=lambda figure: figure.median)
    put(measured.name)
    put_table(("library", "median ms", "spread", "min ms", "ratio", "version", "how"), [
        (Cell(one.name, "bold") if one is winner else one.name, ms(one.median),
         Cell(f"±{one.timing.spread:.0%}", "yellow") if one.timing.noisy else f"±{one.timing.spread:.0%}",
         ms(one.least), f"{one.median / race.own.median:.2f}", one.version, one.setup) for one in figures],
              ("how", "version", "min ms", "spread"))
    if race.best and race.usual_best:
        put_wrapped(f"best rival's time by convgen's: {race.median_ratio:.2f} of medians ({race.usual_best.name}),"
                    f" {race.ratio:.2f} of least times ({race.best.name})", 2)
    for one in race.rivals:
        if one.likeness is not None:
            put_wrapped(f"outputs of {one.name} {one.likeness}", 2)
    for absent in race.absent:
        reason = absent.reason if len(absent.reason) <= REASON else f"{absent.reason[:REASON]}..."
        put_wrapped(f"left out: {absent.name}: {'failed: ' * (absent.kind == 'failed')}{reason}", 2)
    total = sum(one.seconds for one in measured.steps)
    slowest = sorted(measured.steps, key=lambda one: -one.seconds)[:SLOWEST]
    put("")
    put_table(("kind", "steps", "ms", "share", "GFLOP/s", "GB/s"),
              [(one.kind, str(one.steps), *_figures(one)) for one in measured.kinds])
    put("")
    put_table(("slowest steps", "kind", "ms", "share", "GFLOP/s", "GB/s"),
              [(one.name, one.kind, *_figures(one)) for one in slowest], ("GB/s",))
    put_wrapped(f"{len(measured.steps)} steps take {ms(total)} ms, each in the median, with a microsecond or so for"
                " measuring it; GFLOP/s of the direct algorithm; GB/s: each array that is read or made, once", 2)


def _figures(one: Timed) -> tuple[str, ...]:
    return (ms(one.seconds), f"{one.share:.1%}", "-" if one.gflops is None else f"{one.gflops:.1f}", f"{one.gbs:.1f}")
