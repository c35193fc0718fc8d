"""convgen calibrate: measure this machine for the planner."""

from __future__ import annotations

from pathlib import Path

import click

from ..benchmark import calibration
from ..errors import InputError
from ..layer.names import show
from ..machine import calibrated
from ..machine.calibrated import Machine
from ..machine.find import FILE_NAME
from ..machine.host import caches, detected
from ..run import private
from .console import bar, note, put, put_json, put_table
from .request import json_option


@click.command()
@click.option("-o", "--output", metavar="FILE.json", help="Write the machine there, a target for --target FILE.json,"
              " instead of to where host finds it.")
@json_option
def calibrate(output: str | None, as_json: bool) -> None:
    """Measure this machine for the planner, and keep it for host, or as a file that is a target.

    It takes a minute; nothing else should run meanwhile. Plans for host then go by what was measured. Named targets do
    not change. Remove the file to plan as before.
    """
    path = _place(output)
    with bar() as show_:
        machine = calibration.measure(lambda what: show_(what, 0, 0))
    calibrated.read(machine.text(), "machine")  # what it would not take back is not written
    try:
        if output is None:
            private.make(path.parent)
        path.write_text(machine.text(), encoding="utf-8")
    except OSError as error:
        raise InputError(f"output must be writable ({show(str(path))}: {error.strerror})") from None
    if as_json:
        put_json(machine)
    else:
        _put(machine)
    note(f"written to {path}" + (", by which host is planned from now on" if output is None else ""))


def _place(output: str | None) -> Path:
    """Where to write. InputError, before the slow part, for what could not be a target, and what is another file."""
    if output is None:
        path = calibrated.file()
        if path is None:
            raise InputError("output must be given where CONVGEN_MACHINE is empty: -o FILE.json")
        return path
    path = Path(output)
    if not FILE_NAME.fullmatch(path.name) or not path.absolute().parent.is_dir():
        raise InputError(f"output must be a FILE.json, of letters, digits and ._-, in a folder that exists"
                         f" (output={show(output)})")
    if path.exists():
        try:
            calibrated.read(path.read_bytes(), path.name)
        except (OSError, InputError):
            raise InputError(f"output must not exist, or be a machine (output={show(output)})") from None
    return path


def _put(machine: Machine) -> None:
    put_table(("row", "FMAs a cycle", "latency", "loads a cycle", "stores a cycle"),
              [(name, f"{row.fma_rate:g}", str(row.fma_latency), f"{row.load_rate:g}", f"{row.store_rate:g}")
               for name, row in machine.rows.items()])
    names = [*(f"L{level}" for level in range(1, len(machine.caches) + 1)), "memory"]
    rates = [*(cache.rate for cache in machine.caches), machine.memory_rate]
    put("bytes a cycle from " + ", ".join(f"{name} {rate:g}" for name, rate in zip(names, rates, strict=True)))
    put(f"caches: {caches(machine.target('host'))}; detected: {caches(detected())}")
    if machine.fork is not None:
        put(f"threads start, and meet again, in {machine.fork:g} cycles")
