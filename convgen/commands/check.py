"""convgen check: files that generate has written, proven from their own text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..errors import ConvgenError, InputError, VerificationError
from ..layer.names import show
from ..packaging.output import healed
from ..run.programs import within
from ..verification.algebra.written import written
from ..verification.report import Check, proven
from .console import Cell, put_json, put_table, say
from .request import json_option

TIMEOUT = 120.0  # seconds


@click.command()
@click.argument("folders", nargs=-1, required=True, metavar="DIR...")
@click.option("--full", is_flag=True, help="All tasks and outputs of large layers too, of which else some are taken.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Of the random data.")
@click.option("--timeout", type=float, help="Seconds for each file; 120 to build it and to run it, if not given.")
@json_option
def check(folders: Sequence[str], full: bool, seed: int, timeout: float | None, as_json: bool) -> None:
    """Prove the kernels of folders anew, from their files and the layers that their manifests name.

    It compiles NAME.c, or NAME.cl, as it lies there against numbers of a finite field and runs that, so it is for files
    that you would compile and run. No plan is read, and nothing that printed the files. Those that it cannot read yet
    are listed with the reason.
    """
    proofs: list[tuple[str, Check]] = []
    wrong: list[ConvgenError] = []
    left: list[ConvgenError] = []
    for folder in folders:
        found = list(written(healed(Path(folder))))
        if not found:
            raise InputError(f"folder must hold files that convgen generate wrote ({show(folder)})")
        for name, subject in found:
            try:
                if isinstance(subject, ConvgenError):
                    raise subject
                with within(timeout):
                    proofs.append((name, proven(subject, seed, timeout or TIMEOUT, full=full)))
            except ConvgenError as error:
                say(f"{name}: not proven: {error}")
                (wrong if isinstance(error, InputError) else left).append(error)
    if as_json:
        results = [{"kernel": name, "ok": one.ok, "detail": one.detail} for name, one in proofs]
        put_json({"seed": seed, "results": results,
                  "left": [str(error) for error in (*wrong, *left)]})
    elif proofs:
        put_table(("kernel", "algebra", "proven"), [(name, Cell("ok", "green") if one.ok else Cell("REFUTED", "red"),
                                               one.detail if one.ok else "-") for name, one in proofs], ("proven",))
    for name, one in proofs:
        if not one.ok:
            say(f"{name}: {one.detail}")
    if not all(one.ok for _, one in proofs):
        raise click.exceptions.Exit(VerificationError.exit_code)
    if failed := [*wrong, *left[: not proofs]]:
        raise click.exceptions.Exit(failed[0].exit_code)
