"""What package asks of a whole network: where it ends, which order of axes is the fastest, where its memory lies."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from ..errors import InputError, UnsupportedError
from ..layer.names import brief, show
from ..layer.spec import ConvSpec
from ..layer.steps import Convolve, Model
from ..machine.target import Target
from ..networks import find_model
from ..packaging import bundle
from ..packaging.bundle import Storage
from ..packaging.network.chains import Cycles
from ..packaging.network.orders import Arranged
from ..packaging.network.passes import laid_out, merged, placed
from ..packaging.network.program import distinct
from ..packaging.network.report import Report
from ..planner.describe import amount
from ..tuning.choose import predicted
from .console import note, put_table
from .pool import each
from .request import Command, Request

ARENAS = ("caller", "static")
SECTION = re.compile(r"[A-Za-z0-9_.$,]+\Z")
AUTO = "auto"
LAYOUTS = ("nhwc", "nchw")  # the first, where both are as fast
ALONE = "--layers-only packages its convolutions alone"
SHORTER = "--stop-at OPERATOR or --cut VALUE ends the network earlier"


class Asked(NamedTuple):
    """The options. alone: its convolutions, and no network."""

    alone: bool = False
    cut: tuple[str, ...] = ()
    stop_at: tuple[str, ...] = ()
    arena: str = ARENAS[0]
    threads: int | None = None
    section: str = ""
    report: bool = False
    chains: bool = True

    def check(self, model: bool) -> None:
        """InputError for an option that says nothing of what is packaged."""
        if self.alone and not model:
            raise InputError("layers-only must be for a model")
        if self.alone or not model:
            must_be_network(self.chains)
        for option in ("cut", "stop_at", "arena", "threads", "report"):
            if (self.alone or not model) and (value := getattr(self, option)) != Asked._field_defaults[option]:
                raise InputError(f"{option.replace('_', '-')} must be for a whole network"
                                 f" ({option}={show(value[0] if isinstance(value, tuple) else value)})")
        if self.threads is not None and self.arena != "static":
            raise InputError(f"threads must come with a static arena, whose size they decide (threads={self.threads})")
        if self.section and not SECTION.match(self.section):
            raise InputError(f"section must be a section's name for the linker (section={show(self.section)})")

    def storage(self, weights: str) -> Storage:
        """Where the library has its memory."""
        return Storage(self.section, weights == "blob", (self.threads or 1) if self.arena == "static" else 0)


chains_option = click.option(
    "--chains/--no-chains", default=True, help="Whether convolutions of a network that follow each other become one"
    " kernel, where that is predicted to take no longer: then nothing sees the values between them.")


def must_be_network(chains: bool) -> None:
    """InputError where chains are not wanted of what has none to choose."""
    if not chains:
        raise InputError("no-chains must be for a whole network")


def network_options(command: Command) -> Command:
    """All options of an Asked, which the command gets as one."""
    parts = [
        click.option("--layers-only", "alone", is_flag=True,
                     help="Of a model, its convolutions as functions, in place of the network as one."),
        click.option("--cut", multiple=True, metavar="VALUE",
                     help="End the network at this value of the model, instead of its outputs; may be repeated."),
        click.option("--stop-at", multiple=True, metavar="OPERATOR",
                     help="End the network before nodes of this operator, whose inputs become outputs."),
        click.option("--arena", type=click.Choice(ARENAS), default=ARENAS[0], show_default=True,
                     help="Who has the memory that the network computes in: its caller, or, static, the library."),
        click.option("--threads", type=click.IntRange(1, 1024), help="How many a static arena is for; 1 if not given."),
        click.option("--section", default="", metavar="NAME", help="Of the linker, for weights, as .flash_rodata."),
        click.option("--report", is_flag=True, help="Print what each step of the network takes of RAM and flash, and"
                     " its multiply-adds, as a table."),
        chains_option,
    ]

    @functools.wraps(command)
    def collect(*given: Any, **rest: Any) -> None:
        asked = Asked(**{field: rest.pop(field) for field in Asked._fields})
        command(*given, asked=asked, **rest)

    for part in reversed(parts):
        collect = part(collect)
    return collect


def check_model(request: Request) -> None:
    if len(request.sources) > 1:
        raise InputError(f"model must be the only source (sources={len(request.sources)})")
    for field, value in request.changes.items():
        if field not in ("n", "layout", "dtype"):
            raise InputError(f"{field} must not be overridden for a model ({field}={value!r})")


def cold(request: Request) -> Request:
    """Of a model: if nothing else is asked for, plans are for weights that come from memory, not from a cache."""
    return request._replace(optimize=request.optimize or "network")


def network(request: Request, asked: Asked, targets: Sequence[Target]) -> Arranged:
    """The network of a model, with an order in memory for each value. targets: of which those that were asked for, the
    best last, decide on layouts and chains."""
    check_model(request)
    if targets[-1].device is not None:
        raise UnsupportedError(f"network must be for CPUs to become one function (target={targets[-1].name}); {ALONE}")
    if request.skip:
        raise InputError("skip-unsupported must stand with layers-only")
    wanted = (request.changes.get("layout") or AUTO).lower()
    layouts = [wanted] if wanted != AUTO else [*LAYOUTS]
    first = _read(request, asked, layouts[0])
    if not any(isinstance(step, Convolve) for step in first.steps):
        return laid_out(first)
    known: dict[ConvSpec, Cycles] = {}

    def ask(specs: Sequence[ConvSpec]) -> list[Cycles]:
        new = [spec for spec in dict.fromkeys(specs) if spec not in known]
        known.update(zip(new, _predicted(request, new, targets), strict=True))
        return [known[spec] for spec in specs]

    readings = [first, *(_read(request, asked, layout) for layout in layouts[1:])]
    chains = asked.chains and request.optimize != "size"  # a chain's rows stand beside its input and its output
    models = dict(zip(layouts, merged(readings, ask if chains else None), strict=True))
    if len(models) == 1:
        return placed(models[wanted])
    counts = {layout: distinct(model) for layout, model in models.items()}
    ask([part.spec for network in counts.values() for part in network.parts])
    cycles = {layout: sum(len(part.uses) * (known[part.spec] or (math.inf,))[-1] for part in network.parts)
              for layout, network in counts.items()}
    layout = min(cycles, key=lambda one: cycles[one])
    if others := [f"{cycles[one] / cycles[layout]:.2f} times as long in {one}" for one in cycles
                  if one != layout and 0 < cycles[one] < math.inf]:
        note(f"layout {layout}: convolutions are predicted to take {', '.join(others)} (--layout decides otherwise)")
    return placed(models[layout])


def _read(request: Request, asked: Asked, layout: str) -> Model:
    dtype = request.changes.get("dtype")
    try:
        model = find_model(request.sources[0], batch=request.changes.get("n"), dims=request.dims, layout=layout,
                             dtype=dtype, cut=asked.cut, stop_at=asked.stop_at)
    except UnsupportedError as error:
        raise UnsupportedError(f"{error}; {SHORTER}, {ALONE}") from None
    for step in model.steps:
        if isinstance(step, Convolve) and step.spec.arithmetic.input is not model.values[step.reads].element:
            raise UnsupportedError(f"dtype must be what the model's values are of for a whole network (dtype={dtype},"
                                   f" {brief(step.reads)} is {model.values[step.reads].element.name}); {ALONE}")
    return model


def _predicted(request: Request, specs: Sequence[ConvSpec], targets: Sequence[Target]) -> list[Cycles]:
    """Cycles of convolutions and chains, on each target."""
    wanted = bundle.wanted(request.target)
    deciding = [target for target in targets if target.name in wanted]
    ask = functools.partial(predicted, targets=deciding, algorithm=request.algorithm, tuned=request.tuned(told=False),
                            fallbacks=[target for target in targets if target.name not in wanted],
                            max_error=request.max_error, optimize=request.optimize,
                            max_code=request.max_code)
    return each(ask, specs, len(specs) * len(targets), "comparing plans", about=hash) if specs else []


# --- report ---


def tell(report: Report, table: bool) -> None:
    """What the network takes, in lines; and step by step, as a table on stdout."""
    if table:
        put_table(("call", "does", "MMAC", "weights", "RAM"),
                  [(row.call, row.does, f"{row.macs / 1e6:.2f}", str(row.weights), str(row.ram))
                   for row in report.rows], least=("does",))
    code = f", about {amount(report.code)}B of code of convolutions (-Os)" if report.code else ""
    more = f" ({amount(report.stored)}B for all CPUs)" if report.stored != report.weights else ""
    note(f"{amount(report.macs)}MAC; flash: {amount(report.weights)}B of weights{more}{code}")
    held = f", chains ({report.chains}) with the rows that they hold in place of whole maps" * bool(report.chains)
    note(f"RAM: {amount(report.plan)}B, {report.closeness:.2f} of the least that its largest step needs{held}; and"
         f" {amount(report.inputs)}B of inputs, {amount(report.outputs)}B of outputs")
