"""convgen devices: the OpenCL devices of this machine."""

from __future__ import annotations

import click
import msgspec

from ..errors import MissingToolError
from ..machine import devices as opencl
from .console import put_json, put_wrapped, say
from .request import json_option


@click.command()
@json_option
def devices(as_json: bool) -> None:
    """List the OpenCL devices of this machine, with their limits.

    --target takes the name in the first column, or opencl:PLATFORM:DEVICE of numbers, or of pieces of names or
    versions that fit one alone: opencl:1:0, opencl:pocl; a version tells two of one name apart, as opencl:3.1+debian.
    """
    found = [info for info, _ in opencl.handles()]
    if not found:
        raise MissingToolError(f"no OpenCL device is here; {opencl.remedy()}")
    for line in opencl.unloaded():
        say(line)
    if as_json:
        put_json({"devices": [{"target": info.title, "isa": info.target.isa, "complaint": opencl.complaint(info.key),
                               **msgspec.to_builtins(info)} for info in found]})
    else:
        put_wrapped("\n\n".join("\n".join(_lines(info)) for info in found), 10)


def _lines(info: opencl.Info) -> list[str]:
    """What a device is called, and its limits."""
    have = {"fp16": info.half, "fp64": info.double, "sub-groups": info.subgroups, "integer dot products": info.dots,
            **({f"compute capability {info.capability / 10:g}": True} if info.capability else {})}
    lacks = [what for what, there in have.items() if not there]
    about = {
        **({"broken": opencl.unable(info, why)} if (why := opencl.complaint(info.key)) else {}),
        "platform": f"{info.platform_name}, {info.platform_version}",
        "version": f"{info.version}, driver {info.driver}",
        "compute": f"{info.units} units, {info.clock_mhz} MHz, vectors of {info.vector} floats (row {info.target.isa})",
        "groups": f"up to {info.group} work-items, {' x '.join(map(str, info.items))}",
        "local": f"{_bytes(info.local_bytes)}, {'of its own' if info.local_is_real else 'in global memory'}",
        "memory": f"{_bytes(info.memory_bytes)}, a buffer up to {_bytes(info.largest_buffer)}, constants"
                  f" {_bytes(info.constant_bytes)}, base aligned to {info.align} bytes",
        "has": ", ".join(what for what, there in have.items() if there) or "none of these",
        **({"lacks": ", ".join(lacks)} if lacks else {}),
        "timer": f"{info.timer_ns} ns",
        "numbers": info.key,
    }
    return [f"{info.title}  {info.name} ({info.kind})", *(f"  {what:9} {text}" for what, text in about.items())]


def _bytes(count: int) -> str:
    """12 GiB, 1536 KiB, 1.234 GiB: to four digits."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if count >= 1 << shift:
            return f"{count / (1 << shift):.4g} {unit}"
    return f"{count} bytes"
