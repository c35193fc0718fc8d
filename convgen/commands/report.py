"""convgen report: a layer, a network or a folder of kernels as a page to look at."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from ..benchmark import peaks, timing
from ..benchmark.peaks import Peaks
from ..errors import CrashError, InputError, MissingToolError, UnsupportedError
from ..layer.formats import spec_name, to_descriptor
from ..layer.names import show
from ..onnx.liveness import Step
from ..packaging import files as packages
from ..packaging import output as files
from ..plan.kernel import Kernel
from ..planner.describe import command, headline
from ..run.compilers import find_compiler
from .console import progress, put, reproduce, say
from .page.html import Page, html
from .page.layer import Subject, layer, words
from .page.network import network
from .request import Request, check_threads, layer_options, must_run_here, threads_option


@click.command()
@layer_options()
@click.option("-o", "--output", "file", default="report.html", show_default=True, metavar="FILE.html",
              help="Where to write the page; - is stdout.")
@click.option("--measure", is_flag=True, help="Time the kernels here, and the machine's limits.")
@threads_option
@click.option("--verify/--no-verify", default=None,
              help="Build and run each kernel for its errors and the compiler's instructions; the default for a"
              " single layer, where that is possible.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Of the random data.")
@click.option("--force", is_flag=True, help="Replace the file.")
def report(request: Request, file: str, measure: bool, threads: int, verify: bool | None, seed: int,
           force: bool) -> None:
    """Write one page (HTML, no network needed) of a layer, a model, or what generate or package has written.

    The layer drawn, the plan as a nest, roofline, the plans considered and why each lost, the emitted inner loop beside
    its instruction counts, errors against the bound; of several layers, a table and bars by time, memory over the
    schedule, and what tuning found.
    """
    _check_place(file, force)
    asked = _asked(request, threads)
    targets = {one.kernel.plan.target.name: one.kernel.plan.target for one in asked.subjects}
    for target in targets.values():
        check_threads(threads, target)
        if measure:
            specs = [one.kernel.spec for one in asked.subjects if one.kernel.plan.target == target]
            must_run_here(target, specs, measured=True)
    subjects, limits = _measured(asked.subjects, threads) if measure else (asked.subjects, None)
    wanted = len(subjects) == 1 if verify is None else verify
    layers = []
    with progress(len(subjects), "looking") as step:
        for number, subject in enumerate(subjects, 1):
            why_not = _why_not(subject.kernel, required=bool(verify)) if wanted else \
                "not run: convgen report --verify does for each of several layers" if verify is None else "not run"
            layers.append(layer(subject, number, limits, request.max_error, why_not, seed))
            step()
    several = network(subjects, layers, limits, asked.steps, asked.left) \
        if len(subjects) > 1 else None
    page = Page(title=asked.title, subtitle=asked.subtitle, network=several, layers=tuple(layers),
                words=tuple(words(layers)))
    text = html(page)
    if file == "-":
        put(text.removesuffix("\n"))
        return
    path = Path(file)
    files.write(path.parent, {path.name: text}, force)
    put(file)


# --- what of ---


class Asked(NamedTuple):
    """The kernels, and what a page is called; of a model, its steps and what is left."""

    subjects: list[Subject]
    title: str
    subtitle: str
    steps: tuple[Step, ...] = ()
    left: tuple[str, ...] = ()


def _asked(request: Request, threads: int) -> Asked:
    folders = [source for source in request.sources if os.path.isdir(source)]
    if folders and request.changes:
        field = next(iter(request.changes))
        raise InputError(f"{field} must not be overridden for a folder ({show(folders[0])})")
    subjects = [subject for folder in folders for subject in _written(folder)]
    rest = request._replace(sources=tuple(source for source in request.sources if source not in folders))
    steps: tuple[Step, ...] = ()
    left: tuple[str, ...] = ()
    if rest.sources or not folders:
        layers, models, _ = rest.loaded()
        if len(models) == len(request.sources) == 1:
            steps, left = models[0].steps, models[0].network.left
        kernels = rest.on(threads).kernels(layers)
        subjects += [Subject(kernel, names, max(1, len(names)))
                     for kernel, names in zip(kernels, layers.values(), strict=True)]
    title, subtitle = _called(subjects, request.sources)
    return Asked(subjects, title, subtitle, steps, left)


def _written(folder: str) -> list[Subject]:
    """The kernels that a folder has manifests of, of a package those for its best instruction set; files that differ
    from what their plans give are told."""
    package = packages.found_in(Path(folder))
    if package is not None:
        made = packages.kernels_in(Path(folder), package)
        _say_drift(package.drift)
        others = [str(one.get("isa")) for one in package.listed.isas][:-1]
        if others:
            say(f"{folder}: the page is of its best kernels; it has others for {', '.join(others)}")
        return [Subject(kernel, names, max(1, len(names))) for kernel, names in made]
    found = list(files.stored(Path(folder)))
    if not found:
        raise InputError(f"folder must hold files that convgen generate or package wrote ({show(folder)})")
    _say_drift([line for one in found for line in one.drift])
    return [Subject(one.kernel, one.layers or _own_name(one.kernel)) for one in found]


def _own_name(kernel: Kernel) -> tuple[str, ...]:
    """What the user called a kernel of a layer without a name."""
    return (kernel.name,) * (kernel.name != spec_name(kernel.spec))


def _say_drift(lines: Sequence[str]) -> None:
    for line in lines:
        say(f"{line}; the page is of what the plan gives")


def _called(subjects: Sequence[Subject], sources: Sequence[str]) -> tuple[str, str]:
    """Title and subtitle: of one layer, its name and what it is; else where the layers come from."""
    targets = ", ".join(dict.fromkeys(one.kernel.plan.target.name for one in subjects))
    if len(subjects) == 1:
        spec = subjects[0].kernel.spec
        names = ", ".join(subjects[0].names)
        words = [to_descriptor(spec) or "", f"{spec.dtype} {spec.layout}", f"target {targets}"]
        return ": ".join(filter(None, (names, headline(spec)))), ", ".join(filter(None, words))
    names = ", ".join(Path(source).name for source in sources if os.path.exists(source))
    return names or f"{len(subjects)} layers", f"{len(subjects)} different layers for target {targets}"


def _check_place(file: str, force: bool) -> None:
    """InputError, before the slow part, where the page could not be written."""
    if not file:
        raise InputError("output must name a file, or be - (output='')")
    if file != "-" and Path(file).is_dir():
        raise InputError(f"output must not be a folder ({show(file)})")
    if file != "-" and Path(file).exists() and not force:
        raise InputError(f"output must not exist ({show(file)}), or use --force")


# --- what is found by running it ---


def _why_not(kernel: Kernel, required: bool) -> str:
    """Why a kernel is not run; empty where it can be. required: then that is an error."""
    try:
        must_run_here(kernel.plan.target, [kernel.spec])
        if kernel.plan.target.device is None:
            find_compiler()
    except (UnsupportedError, MissingToolError) as error:
        if required:
            raise
        return f"not run here: {error}"
    return ""


def _measured(subjects: Sequence[Subject], threads: int) -> tuple[list[Subject], Peaks | None]:
    """The subjects with their times, and the limits of the machine, measured before and after."""
    target = subjects[0].kernel.plan.target
    whose = timing.limits_of(target, threads)
    limits = peaks.measure(*whose) if whose else None
    timings = []
    with progress(len(subjects), "measuring") as step:
        for kernel, *_ in subjects:
            try:
                timings.append(timing.measure(kernel, None if kernel.plan.target.device else threads))
            except CrashError as error:
                say(f"{kernel.name}: {error}")
                reproduce(command("verify", kernel.plan, chosen_by=kernel.chosen_by))
                raise click.exceptions.Exit(error.exit_code) from None
            step()
    if whose and limits:
        limits = timing.better(limits, peaks.measure(*whose))
    return [one._replace(measured=timing.measured(one.kernel, taken, limits, one.names))
            for one, taken in zip(subjects, timings, strict=True)], limits
