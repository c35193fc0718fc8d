"""convgen verify of a whole network: all its values beside what they must be."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from ..errors import VerificationError
from ..packaging.network.chains import inside
from ..run import networks as loaded
from ..run import scratch
from ..run.programs import within
from ..verification.along import TOLERANCE, Error, Reference
from . import networks
from .console import Cell, note, put, put_json, put_table, reproduce, say
from .request import Request

TIMEOUT = 120.0  # seconds to run the network


def verify(request: Request, cc: str | None, seed: int, timeout: float | None, as_json: bool,
           chains: bool = True) -> None:
    """Run the network once; a line for each value, and how far it lies from what NumPy makes of the same inputs."""
    with within(timeout):
        laid, net = networks.load(request, cc=cc, chains=chains)
    given = networks.inputs(laid, seed)
    note("computing all values in NumPy")
    reference = Reference(laid.model, dict(zip(laid.model.inputs, given, strict=True)))
    with scratch.temporary() as folder:
        errors = [reference.compare(value, array)
                  for value, array in loaded.record(net, given, folder, TIMEOUT if timeout is None else timeout)]
    hidden = inside(laid.model)
    if as_json:
        put_json({"tolerance": TOLERANCE, "seed": seed, "values": errors, "inside_chains": hidden,
                  "ok": all(one.ok for one in errors)})
    else:
        _put(errors)
        if hidden:
            put(f"{len(hidden)} values lie inside of chains, where nothing sees them; --no-chains shows them")
    wrong = [one for one in errors if not one.ok]
    for one in wrong[:1]:
        say(f"{one.title or one.value}: {_said(one)} in {one.differing} of {one.count} numbers is more than"
            f" {TOLERANCE if one.sort == 'real' else 0:g}, first of {len(wrong)} of {len(errors)} values")
        seeded = ["--seed", str(seed)] * bool(seed)
        reproduce(shlex.join(["convgen", "verify", *request.sources, *seeded]))
        raise click.exceptions.Exit(VerificationError.exit_code)


def _said(one: Error) -> str:
    return f"{one.error:.2g} of the largest" if one.sort == "real" else f"{one.error:g}"


def _put(errors: Sequence[Error]) -> None:
    put_table(("step", "value", "numbers", "error", "differ", "judged"),
              [(one.title, one.value, str(one.count), Cell(f"{one.error:.2g}", "green" if one.ok else "red"),
                str(one.differing) if one.sort != "real" else "-", one.sort) for one in errors],
              ("value", "differ", "numbers"))
    real = [one for one in errors if one.sort == "real"]
    exact = [one for one in errors if one.sort == "exact"]
    told = [one for one in errors if one.sort == "told"]
    if real:
        worst = max(real, key=lambda one: one.error)
        put(f"{len(real)} values of real numbers: largest error {worst.error:.2g} of the largest number, at"
            f" {worst.title}; {TOLERANCE:g} is allowed")
    if exact:
        put(f"{len(exact)} values must be equal: {sum(not one.differing for one in exact)} are")
    if told:
        put(f"{len(told)} values are made of integers that real numbers were rounded to, and are not judged")
