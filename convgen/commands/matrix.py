"""Kernels × compilers × optimisation levels, or OpenCL devices: build, verify, and tell what failed."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import click

from ..errors import CrashError, InputError, VerificationError
from ..layer.names import show
from ..machine.host import cores
from ..plan.kernel import Kernel
from ..run.build import built
from ..run.compilers import find_compiler
from ..verification.report import Report, verify_at
from .console import progress, put_table, say

NO_OPT = "-"


class Case(NamedTuple):
    """A kernel to verify, and the command that does it again."""

    kernel: Kernel
    command: str


class Verdict(NamedTuple):
    """A case, how it was built, the report, and the options that lead to what failed. cc: the compiler, or the
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
    cases: Sequence[Case], modes: Sequence[str], ccs: Sequence[str] = (), opts: Sequence[str] = (),
    seed: int = 0, timeout: float = 120.0,
) -> list[Verdict]:  # fmt: skip
    """Verify every case, built by every compiler (none: the one found) at every level (none: O3); one for an OpenCL
    device, on it, which takes neither.

    Compilers run ahead in threads, while one kernel after the other is verified.
    """
    jobs = [(case, *way) for case, ways in zip(cases, _ways(cases, ccs, opts), strict=True) for way in ways]
    verdicts = []
    pool = ThreadPoolExecutor(cores())
    try:
        builds = [pool.submit(built, case.kernel, cc, opt) for case, cc, opt in jobs]
        with progress(len(jobs), "verifying") as step:
            for (case, cc, opt), build in zip(jobs, builds, strict=True):
                where = build.result()
                report = verify_at(case.kernel, where, modes, seed, timeout)
                wrong = [part.mode for part in report.checks if not part.ok]
                words = ["--mode", ",".join(modes if report.crashed else wrong)]
                words += ["--opt", opt] if opt != NO_OPT else []
                words += ["--cc", cc] if cc else []
                words += ["--seed", str(seed)] if seed else []
                label = where if opt == NO_OPT else cc or Path(find_compiler().command[0]).name
                verdicts.append(Verdict(case, label, opt, report, shlex.join(words)))
                step()
    finally:
        pool.shutdown(cancel_futures=True)
    return verdicts


def _ways(cases: Sequence[Case], ccs: Sequence[str], opts: Sequence[str]) -> Iterator[list[tuple[str | None, str]]]:
    """(compiler, level) of each way to build each case. Complains about what is given in vain, and about a compiler
    that is not there, before the slow part."""
    for case in cases:
        target = case.kernel.plan.target
        if target.device is None:
            for cc in ccs or (None,):
                find_compiler(cc)
            yield list(itertools.product(ccs or (None,), opts or ("O3",)))
            continue
        for option, given in (("cc", ccs), ("opt", opts)):
            if given:
                raise InputError(f"{option} must be left to an OpenCL device ({option}={show(','.join(given))},"
                                 f" target={target.name})")
        yield [(None, NO_OPT)]


def table(verdicts: Sequence[Verdict], modes: Sequence[str]) -> None:
    """A line for each verdict: ok, or the largest error as a share of what the mode allows."""
    lines = []
    for case, cc, opt, report, _ in verdicts:
        found = {
            part.mode: "FAILED" if not part.ok else "ok" if part.figure is None else f"{part.figure:.3f}"
            for part in report.checks
        }
        other = "CRASHED" if report.crashed else "-"
        lines.append((case.kernel.name, cc, opt, *(found.get(mode, other) for mode in modes)))
    put_table(("kernel", "cc", "opt", *modes), lines)


def finish(verdicts: Sequence[Verdict]) -> None:
    """Tell what failed, each with a line that reproduces it, and leave with the exit code then."""
    failed = [verdict for verdict in verdicts if not verdict.report.ok]
    for verdict in failed:
        for part in verdict.report.checks:
            if not part.ok:
                say(f"{verdict.case.kernel.name} ({verdict.way}): {part.mode}: {part.detail}")
        reproduce(f"{verdict.case.command} {verdict.options}")
    if failed:
        crashed = any(verdict.report.crashed for verdict in failed)
        raise click.exceptions.Exit((CrashError if crashed else VerificationError).exit_code)


def reproduce(command: str) -> None:
    """The line after a failure."""
    click.echo(f"reproduce: {command}", err=True)
