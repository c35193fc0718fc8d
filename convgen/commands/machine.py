"""The commands about this machine and about the input: targets, devices, doctor, schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .console import put, put_json, put_table
from .request import json_option

if TYPE_CHECKING:
    from ..machine.devices import Info
    from ..machine.target import Target


@click.command()
def targets() -> None:
    """List the targets: this machine, those that are the same everywhere, and the OpenCL devices here."""
    from ..machine.devices import here
    from ..machine.host import caches, host
    from ..machine.target import NAMED

    put_table(
        ("target", "isa", "lanes", "registers", "runs here", "caches"),
        [(target.name, target.isa, str(target.row.lanes), str(target.row.registers), _where(target),
          caches(target)) for target in (host(), *NAMED.values(), *(info.target for info in here()))],
    )


def _where(target: Target) -> str:
    """Whether a target's kernels run here, and on which OpenCL device."""
    from ..machine.devices import here, serving

    if target.device is None:
        return "yes" if target.runs_here() else "no"
    return f"on {serving(target)[0].key}" if here() else "no"


@click.command()
@json_option
def devices(as_json: bool) -> None:
    """List the OpenCL devices of this machine, with their limits.

    --target takes the name in the first column, opencl:PLATFORM:DEVICE; each part may also be a piece of a name or
    of a version that fits one alone.
    """
    import msgspec

    from ..errors import MissingToolError
    from ..machine.devices import BRING, handles

    found = [info for info, _ in handles()]
    if not found:
        raise MissingToolError(f"no OpenCL device is here; {BRING}")
    if as_json:
        put_json({"devices": [{"target": info.key, "isa": info.target.isa, **msgspec.to_builtins(info)}
                              for info in found]})
    else:
        put("\n\n".join("\n".join(_lines(info)) for info in found))


def _lines(info: Info) -> list[str]:
    """What a device is called, and its limits."""
    have = {"fp16": info.half, "fp64": info.double, "sub-groups": info.subgroups, "integer dot products": info.dots,
            **({f"compute capability {info.capability / 10:g}": True} if info.capability else {})}
    lacks = [what for what, there in have.items() if not there]
    about = {
        "platform": f"{info.platform_name}, {info.platform_version}",
        "version": f"{info.version}, driver {info.driver}",
        "compute": f"{info.units} units, {info.clock_mhz} MHz, vectors of {info.vector} floats (row {info.target.isa})",
        "groups": f"up to {info.group} work-items, {' x '.join(map(str, info.items))}",
        "local": f"{_bytes(info.local_bytes)}, {'of its own' if info.local_is_real else 'in global memory'}",
        "memory": f"{_bytes(info.memory_bytes)}, a buffer up to {_bytes(info.largest_buffer)}, constants"
                  f" {_bytes(info.constant_bytes)}, base aligned to {info.align // 8} bytes",
        "has": ", ".join(what for what, there in have.items() if there) or "none of these",
        **({"lacks": ", ".join(lacks)} if lacks else {}),
        "timer": f"{info.timer_ns} ns",
    }
    return [f"{info.key}  {info.name} ({info.kind})", *(f"  {what:9} {text}" for what, text in about.items())]


def _bytes(count: int) -> str:
    """12 GiB, 1536 KiB, 1.234 GiB: to four digits."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if count >= 1 << shift:
            return f"{count / (1 << shift):.4g} {unit}"
    return f"{count} bytes"


@click.command()
def doctor() -> None:
    """Show what this machine has, what it can do, and what it lacks."""
    from . import diagnosis as doctor

    for what, finding in doctor.report():
        put(f"{what:9} {finding}")


@click.command()
def schema() -> None:
    """Print the JSON Schema of layers files."""
    from ..layer import formats

    put_json(formats.schema())
