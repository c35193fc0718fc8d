"""convgen verify: kernels × compilers × optimisation levels, or on OpenCL devices, against the oracle."""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import click

from ..errors import (
    ConvgenError,
    CrashError,
    InputError,
    MissingToolError,
    UnsupportedError,
    VerificationError,
)
from ..layer.names import show
from ..machine.find import find, names_device
from ..machine.host import cores
from ..packaging import files as packages
from ..packaging import output
from ..plan.kernel import Kernel
from ..planner import describe
from ..run.build import built, compiler
from ..run.compilers import OPTS, CompileError
from ..run.programs import within
from ..verification.report import ALGEBRA, EXACT, MODES, NAMES, Report, modes_of, verify_at
from ..version import __version__
from . import networks, networks_verify, whole
from .console import Cell, progress, put, put_json, put_table, reproduce, say
from .package import owner, verify_package
from .request import Request, given, json_option, layer_options, must_run_here, others, use_runner, words_of

NO_OPT = "-"
TIMEOUT = 120.0  # seconds for each kernel


@click.command()
@layer_options(threads=True)
@click.option("--mode", help=f"Some of {','.join(NAMES)}; all but the last that suit the layer, if not given.")
@click.option("--cc", help="Compilers, as gcc,clang-19; the first one found, if not given.")
@click.option("--opt", help="Optimisation levels, as O0,O3; O3, if not given.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Of the random data.")
@click.option("--timeout", type=float, help="Seconds to build a kernel, and to verify it: 120, if not given.")
@networks.each_layer_option
@whole.chains_option
@json_option
def verify(request: Request, mode: str | None, cc: str | None, opt: str | None, seed: int, timeout: float | None,
           each: bool, chains: bool, as_json: bool) -> None:
    """Build layers in every way asked for, or on an OpenCL device, and check them against the oracle.

    SPEC may also be a folder that generate has written: its files are compared with what their plans give, weights
    inside with what was written, and verified; those that nothing here can run are listed with the reason. Its OpenCL
    kernels run on the device of --target, if that names one; else on those that they were made for. Or one that
    package has written: its self-test is built and run. It fails when something is wrong, and when nothing could be
    checked.

    Of a model alone, the whole network is run, and each of its values compared with what NumPy makes of the same
    inputs: in float64, to 0.001 of the value's largest number; integers exactly.
    """
    find(request.target)  # complains of a bad one, also when there are only folders to verify
    if networks.asked(request, each):
        networks.refuse(mode=mode, opt=opt)
        networks_verify.verify(request, cc, seed, timeout, as_json, chains)
        return
    whole.must_be_network(chains)
    modes = None if mode is None else words_of("mode", mode, NAMES)
    runs = _runs(modes)
    opts = [] if opt is None else words_of("opt", opt, OPTS)
    ccs = [] if cc is None else [name.strip() for name in cc.split(",")]
    folders = [source for source in request.sources if os.path.isdir(source)]
    rest = request._replace(sources=tuple(s for s in request.sources if s not in folders))
    if folders and request.changes:
        field = next(iter(request.changes))
        raise InputError(f"{field} must not be overridden for a folder ({show(folders[0])})")
    device = _device(request, folders)
    libraries = {folder: found for folder in folders if (found := packages.found_in(Path(folder)))}
    cases, drift, unread, left = _written([folder for folder in folders if folder not in libraries], device)
    drift += [(f"{folder}: {line}", f"convgen verify {shlex.quote(folder)}")
              for folder, found in libraries.items() for line in found.drift]
    run_by = [*(one.device for one in cases), *(found.targets[0].device for found in libraries.values())]
    if device and not drift and not any(run_by):
        raise InputError(f"target must not be a device for folders without kernels for OpenCL (target={show(device)},"
                         f" folder={show(folders[0])})")
    use_runner(request.run, others([*(one.kernel.plan.target for one in cases),
                                     *(owner(found.targets) for found in libraries.values())]))
    broken: list[Left] = []
    tested = []
    sound = {folder: found for folder, found in libraries.items() if not found.drift}
    for line in _self_tests(sound, ccs, opts, device, timeout, left, broken):
        tested.append(line)
        if not as_json:
            put(line)
    with within(timeout):
        cases = [one for one in cases if not runs or _possible(one, ccs, left)]
    if rest.sources or not folders:
        layers = [case(kernel) for kernel in rest.kernels(rest.layers())]
        for one in layers if runs else ():
            must_run_here(one.kernel.plan.target, [one.kernel.spec])
        cases += layers
    verdicts = check(cases, modes, ccs, opts, seed, timeout, left)
    run = modes or [one for one in EXACT if one in {mode for case in cases for mode in modes_of(case.kernel.spec)}]
    if as_json:
        put_json({"modes": run or list(MODES), "seed": seed, "results": list(map(_result, verdicts)),
                  "packages": tested, "failed": {name: str(error) for name, error in broken},
                  "drift": [difference for difference, _ in drift], "unread": unread,
                  "left": {name: str(error) for name, error in left}})
    elif verdicts:
        _put_verdicts(verdicts, run)
    for difference, command in drift:
        say(difference)
        reproduce(command)
    for line in unread:
        say(line)
    finish(verdicts)
    if broken:
        raise click.exceptions.Exit(max(one.why.exit_code for one in broken))
    if drift:
        raise click.exceptions.Exit(VerificationError.exit_code)
    if unread:
        raise click.exceptions.Exit(InputError.exit_code)
    if left and not verdicts and not tested:
        raise click.exceptions.Exit(left[0].why.exit_code)


# --- what to verify ---


class Case(NamedTuple):
    """A kernel to verify, and the command that verifies it again. device: the OpenCL device for it, instead of its
    target's. optional: where it cannot run here, that is only told."""

    kernel: Kernel
    command: str
    device: str | None = None
    optional: bool = False


class Left(NamedTuple):
    """A kernel or a package that cannot be checked here; or a package whose self-test fails, or cannot be built."""

    name: str
    why: ConvgenError


def case(kernel: Kernel, optional: bool = False) -> Case:
    again = describe.command("verify", kernel.plan, optimize=kernel.optimize, chosen_by=kernel.chosen_by,
                             max_code=kernel.max_code)
    return Case(kernel, again, optional=optional)


def _device(request: Request, folders: Sequence[str]) -> str | None:
    """The OpenCL device for the kernels of folders; InputError for another target, which would change nothing."""
    if not folders or not given("target"):
        return None
    if not names_device(request.target):
        raise InputError(f"target must name an OpenCL device, as opencl:0:0, for a folder; other kernels run where"
                         f" they were made for (target={show(request.target)}, folder={show(folders[0])})")
    return request.target


class Written(NamedTuple):
    """What folders hold: kernels to verify; how files differ from what they should be, each with a command that shows
    it; manifests that cannot be read; kernels of another version."""

    cases: list[Case]
    drift: list[tuple[str, str]]
    unread: list[str]
    left: list[Left]


def _written(folders: Sequence[str], device: str | None) -> Written:
    """The kernels whose files in the folders are what their plans give, for a device if one is named; what else is
    there."""
    whole = Written([], [], [], [])
    for folder in folders:
        command = f"convgen verify {shlex.quote(folder)}"
        before = len(whole.unread)
        found = list(output.stored(Path(folder), whole.unread))
        orphans = output.besides(Path(folder)).told(Path(folder))
        if not found and not orphans and len(whole.unread) == before:
            raise InputError(f"folder must hold files that convgen generate wrote ({show(folder)}{_below(folder)})")
        for version in dict.fromkeys(one.version for one in found if one.version != __version__):
            say(f"{folder}: convgen is {show(version)} there, {show(__version__)} here; generate --from"
                f" {shlex.quote(folder)} --update prints kernels anew")
        for one in found:
            whole.drift.extend((difference, command) for difference in one.drift)
            own = device if one.kernel.plan.target.device else None
            case = Case(one.kernel, command + _on(own), own, optional=True)
            if one.other:
                _leave(case, UnsupportedError(f"convgen {one.version} printed it, and its files are as that left them"),
                       whole.left)
            elif not one.drift:
                whole.cases.append(case)
        inside = output.drift_inside(Path(folder), [one.kernel for one in found])
        whole.drift.extend((line, command) for line in (*inside, *orphans))
    return whole


def _below(folder: str) -> str:
    """The folders in a folder that hold kernels, for a message."""
    inner = [path.name for path in sorted(Path(folder).iterdir())
             if path.is_dir() and next(output.stored(path, []), None)]
    return f"; in it {', '.join(inner)} do" * bool(inner)


def _on(device: str | None) -> str:
    """The option that names a device."""
    return f" --target {shlex.quote(device)}" if device else ""


def _possible(one: Case, ccs: Sequence[str], left: list[Left]) -> bool:
    """Whether a kernel can be built and run here; if not, the reason is said and goes to `left`."""
    target = one.kernel.plan.target
    try:
        must_run_here(target, [one.kernel.spec], one.device)
        for cc in ccs or (None,):
            if target.device is None:
                compiler(target, cc)
    except (UnsupportedError, MissingToolError) as error:
        _leave(one, error, left)
        return False
    return True


def _leave(one: Case, why: ConvgenError, left: list[Left]) -> None:
    say(f"{one.kernel.name}: not verified: {why}")
    left.append(Left(one.kernel.name, why))


def _self_tests(libraries: dict[str, packages.Found], ccs: Sequence[str], opts: Sequence[str], device: str | None,
                timeout: float | None, left: list[Left], broken: list[Left]) -> Iterator[str]:
    """Build packages in every way, and run their self-tests; a line for each that passes. What cannot be done goes to
    `left`, what fails to `broken`, and both are said."""
    for folder, found in libraries.items():
        own = device if found.targets[0].device else None
        for cc, opt in itertools.product(ccs or (None,), opts or ("O3",)):
            try:
                yield verify_package(folder, found, cc, opt, own, timeout)
            except (UnsupportedError, MissingToolError, VerificationError, CrashError) as error:
                wrong = isinstance(error, (VerificationError, CrashError, CompileError))
                say(f"{folder}: {'' if wrong else 'not verified: '}{error}")
                (broken if wrong else left).append(Left(folder, error))
                if wrong:
                    reproduce(f"convgen verify {shlex.quote(folder)}{_on(own)}")


# --- in every way to build it ---


class Verdict(NamedTuple):
    """A case, how it was built, the report, and the options that repeat what failed. cc: the compiler, or the
    OpenCL device, which has no opt."""

    case: Case
    cc: str
    opt: str
    report: Report
    options: str

    @property
    def way(self) -> str:
        return f"{self.cc} -{self.opt}" if self.opt != NO_OPT else self.cc


def check(
    cases: Sequence[Case], modes: Sequence[str] | None, ccs: Sequence[str] = (), opts: Sequence[str] = (),
    seed: int = 0, timeout: float | None = None, left: list[Left] | None = None,
) -> list[Verdict]:  # fmt: skip
    """Verify every case, built by every compiler (the one found, if none is given) at every level (O3, if none is
    given), in all modes that suit it, if none are given; a case for an OpenCL device is verified on it, and takes
    neither. Optional ones that a device lacks the memory or the types for go to `left`. timeout: seconds to build a
    case, and as many to verify it.

    Compilers run ahead in threads, while kernels are verified one by one.
    """
    runs = _runs(modes)
    every_way = (_ways if runs else _unbuilt)(cases, ccs, opts)
    with within(timeout):
        jobs = [(one, *way) for one, ways in zip(cases, every_way, strict=True) for way in ways]
    verdicts = []
    left = [] if left is None else left
    pool = ThreadPoolExecutor(cores())
    try:
        builds = [pool.submit(_built, one, cc, opt, timeout) if runs else None for one, cc, opt in jobs]
        with progress(len(jobs), "verifying") as step:
            for (one, cc, opt), build in zip(jobs, builds, strict=True):
                where = build.result() if build else NO_OPT
                try:
                    with within(timeout):
                        report = verify_at(one.kernel, where, modes, seed, TIMEOUT if timeout is None else timeout)
                except UnsupportedError as error:
                    if not one.optional:
                        raise
                    _leave(one, error, left)
                    step()
                    continue
                wrong = [part.mode for part in report.checks if not part.ok]
                words = ["--mode", ",".join((modes or modes_of(one.kernel.spec)) if report.crashed else wrong)]
                words += ["--opt", opt] if opt != NO_OPT else []
                words += ["--cc", cc] if cc else []
                words += ["--seed", str(seed)] if seed else []
                label = where if opt == NO_OPT else cc or Path(compiler(one.kernel.plan.target).command[0]).name
                verdicts.append(Verdict(one, label, opt, report, shlex.join(words)))
                step()
    finally:
        pool.shutdown(cancel_futures=True)
    return verdicts


def _built(one: Case, cc: str | None, opt: str, timeout: float | None) -> str:
    with within(timeout):
        return built(one.kernel, cc, opt, one.device)


def _runs(modes: Sequence[str] | None) -> bool:
    """Whether a mode runs kernels, which must be built for that, and for this machine."""
    return modes is None or set(modes) != {ALGEBRA}


def _unbuilt(cases: Sequence[Case], ccs: Sequence[str], opts: Sequence[str]) -> Iterator[list[tuple[str | None, str]]]:
    """The one way to look at each case that is not built. InputError for options of builds."""
    for option, words in (("cc", ccs), ("opt", opts)):
        if words:
            raise InputError(f"{option} must be left out where nothing is built ({option}={show(','.join(words))},"
                             f" mode={ALGEBRA})")
    for _ in cases:
        yield [(None, NO_OPT)]


def _ways(cases: Sequence[Case], ccs: Sequence[str], opts: Sequence[str]) -> Iterator[list[tuple[str | None, str]]]:
    """(compiler, level) of each way to build each case. InputError for options that a device does not take, and
    MissingToolError for a compiler that is not here: before the slow part."""
    for one in cases:
        target = one.kernel.plan.target
        if target.device is None:
            for cc in ccs or (None,):
                compiler(target, cc)
            yield list(itertools.product(ccs or (None,), opts or ("O3",)))
            continue
        for option, words in (("cc", ccs), ("opt", opts)):
            if words:
                raise InputError(f"{option} must be left to an OpenCL device ({option}={show(','.join(words))},"
                                 f" target={target.name})")
        yield [(None, NO_OPT)]


# --- what came of it ---


def _put_verdicts(verdicts: Sequence[Verdict], modes: Sequence[str]) -> None:
    """A line for each verdict: ok, or the largest error as a share of what the mode allows."""
    lines = []
    for one, cc, opt, report, _ in verdicts:
        found = {
            part.mode: Cell("FAILED", "red") if not part.ok else
            Cell("ok" if part.figure is None else f"{part.figure:.3f}", "green")
            for part in report.checks
        }
        other = Cell("CRASHED", "red") if report.crashed else "-"
        lines.append((one.kernel.name, one.kernel.plan.label, cc, opt, *(found.get(mode, other) for mode in modes)))
    put_table(("kernel", "plan", "cc", "opt", *modes), lines, ("plan",))


def _result(verdict: Verdict) -> dict[str, object]:
    """A verdict as data for JSON. figure: the largest error as a share of what the mode allows."""
    report = verdict.report
    return {"kernel": verdict.case.kernel.name, "cc": None if verdict.cc == NO_OPT else verdict.cc,
            "opt": None if verdict.opt == NO_OPT else verdict.opt,
            "ok": report.ok, "crashed": report.crashed,
            "checks": {part.mode: {"ok": part.ok, "figure": part.figure, "detail": part.detail}
                       for part in report.checks},
            "reproduce": f"{verdict.case.command} {verdict.options}"}


def finish(verdicts: Sequence[Verdict]) -> None:
    """Tell what failed, each with a line that reproduces it; then exit with the code for that."""
    failed = [verdict for verdict in verdicts if not verdict.report.ok]
    for verdict in failed:
        for part in verdict.report.checks:
            if not part.ok:
                kernel = verdict.case.kernel
                say(f"{kernel.name} ({kernel.plan.label}, {verdict.way}): {part.mode}: {part.detail}")
        reproduce(f"{verdict.case.command} {verdict.options}")
    if failed:
        crashed = any(verdict.report.crashed for verdict in failed)
        raise click.exceptions.Exit((CrashError if crashed else VerificationError).exit_code)
