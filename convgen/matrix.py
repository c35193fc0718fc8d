"""Kernels × compilers × optimisation levels: build, verify, and tell what failed."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import click

from .compilers import find_compiler
from .console import progress, put_table, say
from .errors import CrashError, VerificationError
from .render import Kernel
from .target import cores
from .verifier import Report, verify


class Case(NamedTuple):
    """A kernel to verify, and the command that does it again."""

    kernel: Kernel
    command: str


class Verdict(NamedTuple):
    """A case, how it was built, the report, and the options that lead to what failed."""

    case: Case
    cc: str
    opt: str
    report: Report
    options: str


def check(
    cases: Sequence[Case], modes: Sequence[str], ccs: Sequence[str | None] = (None,),
    opts: Sequence[str] = ("O3",), seed: int = 0, timeout: float = 120.0,
) -> list[Verdict]:  # fmt: skip
    """Verify every case, built by every compiler (None is the one found) at every level.

    Compilers run ahead in threads, while one kernel after the other is verified.
    """
    labels = [cc or Path(find_compiler().command[0]).name for cc in ccs]
    for cc in ccs:
        find_compiler(cc)  # complains about the last one too, before the slow part
    jobs = list(itertools.product(cases, zip(ccs, labels, strict=True), opts))
    verdicts = []
    pool = ThreadPoolExecutor(cores())
    try:
        builds = [pool.submit(case.kernel.compile, cc, opt) for case, (cc, _), opt in jobs]
        with progress(len(jobs), "verifying") as step:
            for (case, (cc, label), opt), build in zip(jobs, builds, strict=True):
                report = verify(build.result(), modes, seed, timeout)
                wrong = [part.mode for part in report.checks if not part.ok]
                words = ["--mode", ",".join(modes if report.crashed else wrong), "--opt", opt]
                words += ["--cc", cc] if cc else []
                words += ["--seed", str(seed)] if seed else []
                verdicts.append(Verdict(case, label, opt, report, shlex.join(words)))
                step()
    finally:
        pool.shutdown(cancel_futures=True)
    return verdicts


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
    for case, cc, opt, report, options in failed:
        for part in report.checks:
            if not part.ok:
                say(f"{case.kernel.name} ({cc} -{opt}): {part.mode}: {part.detail}")
        reproduce(f"{case.command} {options}")
    if failed:
        crashed = any(verdict.report.crashed for verdict in failed)
        raise click.exceptions.Exit((CrashError if crashed else VerificationError).exit_code)


def reproduce(command: str) -> None:
    """The line after a failure."""
    click.echo(f"reproduce: {command}", err=True)
