"""The commands. They import what they need when they run, so that --help and --version are instant."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from .. import __version__
from ..errors import CrashError, InputError, MissingToolError, UnsupportedError, VerificationError
from ..layer.names import check_name, show
from .console import Program, progress, put, put_json, say
from .import_model import import_model
from .machine import devices, doctor, schema, targets
from .package import Order, is_model, package, weights_option
from .package import write as write_package
from .request import Request, json_option, layer_options, records_option
from .tune import records, tune

if TYPE_CHECKING:
    from ..layer.spec import ConvSpec
    from ..machine.target import Target
    from ..plan.kernel import Kernel
    from . import matrix


@click.group(cls=Program, invoke_without_command=True,
             context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="convgen %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Generate specialised C for convolution layers, and verify it.

    SPEC is a layer in one line, as oneDNN's benchdnn writes it (ic64ih56oc64oh56kh3ph1), a TOML or
    JSON file of layers, an ONNX model, or - for standard input.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(InputError.exit_code)


for added in (package, import_model, tune, records, targets, devices, doctor, schema):
    main.add_command(added)


# --- generate ---


@main.command()
@layer_options
@records_option
@click.option("-o", "--output", "folder", default=".", metavar="DIR",
              help="Where to write, not the current folder; - is stdout.")
@click.option("--name", help="What to call the kernel, if it is a single one; or a model's library.")
@weights_option
@click.option("--verify/--no-verify", default=None, help="Verify first; usual where it is possible.")
@click.option("--force", is_flag=True, help="Replace files that differ.")
def generate(request: Request, folder: str, name: str | None, weights: str, verify: bool | None, force: bool,
             records: bool, target_name: str, algorithm: str | None, max_error: float) -> None:
    """Write NAME.c, NAME.h and NAME.json for each layer; nothing if anything fails.

    For an OpenCL target: NAME.cl, C that runs it, and NAME.json. For a model, FILE.onnx: the library that convgen
    package writes.
    """
    if is_model(request):
        options = {"max_error": max_error, "records": records}
        write_package(Order(request, target_name, name, weights, algorithm, options), folder, verify, force)
        return
    from pathlib import Path

    from ..machine.find import find
    from ..packaging import output

    if weights != "none":
        raise InputError(f"weights must come from a model (weights={show(weights)})")
    target = find(target_name)
    if not folder:
        raise InputError("output must name a folder, or be - (output='')")
    if name is not None:
        check_name(name)
    specs = request.specs()
    for option, alone in (("name", name is not None), ("output", folder == "-")):
        if alone and len(specs) > 1:
            raise InputError(f"{option} must be for a single layer (layers={len(specs)})")
    kernels = _kernels(specs, target, algorithm, max_error, name, records=records)
    files = [output.files(kernel, names) for kernel, names in zip(kernels, specs.values(), strict=True)]
    texts = {name: text for group in files for name, text in group.items()}
    if folder != "-":
        output.changed(Path(folder), texts, force)  # tells of obstacles before the slow part
    _verify_generated(kernels, target, verify)
    if folder == "-":
        put(output.single(kernels[0]).removesuffix("\n"))
        return
    output.write(Path(folder), texts, force)
    for group in files:
        put(str(Path(folder) / next(iter(group))))


def _kernels(specs: dict[ConvSpec, tuple[str, ...]], target: Target, algorithm: str | None, max_error: float,
             name: str | None = None, *, records: bool = True, threads: int = 1) -> list[Kernel]:
    from ..api import generate as make

    with progress(len(specs), "planning") as step:
        kernels = []
        for spec, names in specs.items():
            try:
                kernels.append(make(spec, target, algorithm, name, max_error=max_error, records=records,
                                    threads=threads))
            except UnsupportedError as error:
                raise UnsupportedError(": ".join([*names[:1], str(error)])) from None
            step()
    return kernels


def _verify_generated(kernels: Sequence[Kernel], target: Target, wanted: bool | None) -> None:
    """Check bits and bound, unless `wanted` is False; when it is None, only where that is possible."""
    if wanted is False:
        return
    from ..planner import describe
    from ..run.compilers import find_compiler
    from . import matrix

    try:
        _need(target)
        if target.device is None:
            find_compiler()
    except (UnsupportedError, MissingToolError) as error:
        if wanted:
            raise
        say(f"not verified: {error}")
        return
    cases = [matrix.Case(kernel, describe.command("verify", kernel.plan)) for kernel in kernels]
    matrix.finish(matrix.check(cases, ["exact", "bound"]))
    say(f"verified {len(kernels)} kernel{'s' * (len(kernels) > 1)}: exact, bound")


def _need(target: Target) -> None:
    """UnsupportedError or MissingToolError unless kernels for the target run here."""
    if target.device is not None:
        from ..machine.devices import serving

        serving(target)
    elif not target.runs_here():
        raise UnsupportedError(f"target must be one that this machine can run (target={target.name})")


# --- plan ---


@main.command()
@layer_options
@click.option("--explain", is_flag=True, help="Predicted costs, and why other plans lost.")
@records_option
@json_option
def plan(request: Request, explain: bool, records: bool, as_json: bool, target_name: str,
         algorithm: str | None, max_error: float) -> None:
    """Show what a layer costs and the plan chosen for it."""
    from ..machine.find import find
    from ..planner import rank as planner
    from ..planner.describe import complexity_lines, describe, plan_lines
    from ..tuning.records import choice

    target = find(target_name)
    specs = request.specs()
    found = [choice(spec, target, algorithm, max_error=max_error) if records else None for spec in specs]
    best = [planner.cost(measured.plan) if measured else planner.rank(spec, target, algorithm, max_error)[0]
            for spec, measured in zip(specs, found, strict=True)]
    if as_json:
        put_json({"layers": [
            {"names": names, "measured": measured is not None, **planner.summary(estimate)}
            for names, measured, estimate in zip(specs.values(), found, best, strict=True)
        ]})  # fmt: skip
        return
    for (spec, names), measured, estimate in zip(specs.items(), found, best, strict=True):
        lines = [*[""] * (estimate is not best[0]), *([", ".join(names)] if names else [])]
        if explain:
            lines.append(planner.explain(spec, target, algorithm, max_error))
            if measured:
                lines += ["", f"but {estimate.plan.label} was measured to be the best, and is taken",
                          *(f"  {line}" for line in plan_lines(estimate.plan))]
        else:
            lines += [*describe(spec), *complexity_lines(spec)]
            choice_of = ", chosen by measurement" * (measured is not None)
            lines += [f"plan {estimate.plan.label} for target {target.name}{choice_of}"]
            lines += [f"  {line}" for line in plan_lines(estimate.plan)]
            if estimate.cycles:
                lines.append(planner.prediction(estimate))
        put("\n".join(lines))


# --- verify ---


@main.command()
@layer_options
@click.option("--mode", help="exact,bound,properties,guard, or some of them.")
@click.option("--cc", help="Compilers, as gcc,clang-19; one found, if not given.")
@click.option("--opt", help="Optimisation levels, as O0,O3; O3, if not given.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Draws other data.")
@click.option("--timeout", type=float, default=120.0, show_default=True, help="Seconds for each kernel.")
@records_option
def verify(request: Request, mode: str | None, cc: str | None, opt: str | None, seed: int, timeout: float,
           records: bool, target_name: str, algorithm: str | None, max_error: float) -> None:
    """Build layers in every way asked for, or on an OpenCL device, and check them against the oracle.

    SPEC may also be a folder that generate has written: its files are compared with what their
    plans give, and verified.
    """
    from ..machine.find import find
    from ..planner import describe
    from ..run import compilers
    from ..verification import report as verifier
    from . import matrix

    target = find(target_name)
    modes = list(verifier.MODES) if mode is None else _choices("mode", mode, verifier.MODES)
    opts = [] if opt is None else _choices("opt", opt, compilers.OPTS)
    ccs = [] if cc is None else [name.strip() for name in cc.split(",")]
    folders = [source for source in request.sources if os.path.isdir(source)]
    rest = request._replace(sources=tuple(s for s in request.sources if s not in folders))
    if folders and request.changes:
        field = next(iter(request.changes))
        raise InputError(f"{field} must not be overridden for a folder ({show(folders[0])})")
    cases, drift = _stored(folders)
    if rest.sources or not folders:
        kernels = _kernels(rest.specs(), target, algorithm, max_error, records=records)
        cases += [matrix.Case(kernel, describe.command("verify", kernel.plan)) for kernel in kernels]
    for case in cases:
        _need(case.kernel.plan.target)
    verdicts = matrix.check(cases, modes, ccs, opts, seed, timeout)
    if verdicts:
        matrix.table(verdicts, modes)
    for difference, command in drift:
        say(difference)
        matrix.reproduce(command)
    matrix.finish(verdicts)
    if drift:
        raise click.exceptions.Exit(VerificationError.exit_code)


def _stored(folders: Sequence[str]) -> tuple[list[matrix.Case], list[tuple[str, str]]]:
    """The kernels whose files are as their plans give them; what drifted in others, and a command."""
    from pathlib import Path

    from ..packaging import output
    from . import matrix

    cases: list[matrix.Case] = []
    drift: list[tuple[str, str]] = []
    for folder in folders:
        command = f"convgen verify {shlex.quote(folder)}"
        found = list(output.stored(Path(folder)))
        if not found:
            raise InputError(f"folder must hold files that convgen generate wrote ({show(folder)})")
        for kernel, differences in found:
            drift += [(difference, command) for difference in differences]
            cases += [matrix.Case(kernel, command)] * (not differences)
    return cases, drift


def _choices(option: str, text: str, known: Sequence[str] | Mapping[str, Any]) -> list[str]:
    """The words of a list with commas; InputError for one that is not known."""
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if word not in known:
            raise InputError(f"{option} must be one of {', '.join(known)} ({option}={show(word)})")
    return list(dict.fromkeys(words))


# --- bench ---


@main.command()
@layer_options
@click.option("--against", metavar="NAMES", help="Other libraries to measure too, where installed:"
              " onnxruntime,torch,openvino,ncnn,litert,mnn; for an OpenCL device clblast,torch-cuda.")
@click.option("--threads", type=click.IntRange(1, 1024), default=1, show_default=True,
              help="That share a layer's tasks; an OpenCL device uses as many as it has.")
@click.option("--repeats", type=click.IntRange(1, 10_000), default=11, show_default=True,
              help="Measurements of each layer; by turns with --against.")
@records_option
@json_option
@click.option("--plot", "picture", metavar="FILE", help="Draw bars and roofline of each layer, as SVG.")
def bench(request: Request, against: str | None, threads: int, repeats: int, records: bool,
          as_json: bool, picture: str | None, target_name: str, algorithm: str | None, max_error: float) -> None:
    """Measure layers beside the machine's limits, and beside other libraries, in the same run."""
    from ..benchmark import contest as versus
    from ..benchmark import peaks as probe
    from ..benchmark import rivals
    from ..benchmark import timing as bench
    from ..machine.find import find
    from ..planner import describe
    from . import diagnosis as doctor
    from . import matrix, scoreboard

    target = find(target_name)
    _need(target)
    names = [] if against is None else _choices("against", against, rivals.RIVALS)
    rivals.check(names, target)
    there = target.device is not None
    if there and threads != 1:
        raise InputError(f"threads must be left out for an OpenCL device (threads={threads}, target={target.name})")
    granted = None if there else threads
    specs = request.specs()
    if picture is not None:
        scoreboard.check_place(picture)
    kernels = _kernels(specs, target, algorithm, max_error, records=records, threads=threads)
    yard = bench.yardstick(target, threads)
    peaks = probe.measure(*yard) if yard else None
    matches: list[versus.Match] = []
    timings: list[bench.Timing] = []
    with progress(len(kernels), "measuring") as step, versus.Arena(names, granted, repeats) as arena:
        for kernel in kernels:
            try:
                if names:
                    matches.append(arena.compare(kernel))
                    timings.append(matches[-1].own.timing)
                else:
                    timings.append(bench.measure(kernel, granted, repeats))
            except (CrashError, VerificationError) as error:
                say(f"{kernel.name}: {error}")
                matrix.reproduce(describe.command("verify", kernel.plan))
                raise click.exceptions.Exit(error.exit_code) from None
            step()
    if yard and peaks:
        peaks = bench.better(peaks, probe.measure(*yard))
    rows = [bench.row(kernel, timing, peaks, layer)
            for kernel, timing, layer in zip(kernels, timings, specs.values(), strict=True)]
    if picture is not None:
        scoreboard.draw(picture, rows, kernels, matches, doctor.circumstances(target, threads))
    if as_json:
        put_json({"convgen": __version__, **doctor.machine(target), "target": target.name, "isa": target.isa,
                  "threads": granted, **scoreboard.document(rows, matches, peaks)})
        return
    if matches:
        scoreboard.put_matches(rows, matches)
    else:
        scoreboard.put_rows(rows)
    if yard and peaks:
        scoreboard.put_peaks(peaks, yard[0].isa, yard[1])
