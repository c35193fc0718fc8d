"""convgen targets: the machines to plan for."""

from __future__ import annotations

import click

from ..machine import devices
from ..machine.host import caches, host
from ..machine.target import NAMED, Target
from .console import put_json, put_table
from .request import json_option


@click.command()
@json_option
def targets(as_json: bool) -> None:
    """List the targets: this machine, those that are the same everywhere, and the OpenCL devices here.

    opencl-cpu and opencl-gpu are for any CPU, and any GPU, that OpenCL runs on; opencl-sm80 for NVIDIA's from compute
    capability 8.0 on. Plans for opencl, the first GPU here or else the first device, and opencl:PLATFORM[:DEVICE], by
    number or a part of a name or version, are for that device.
    """
    known = (host(), *NAMED.values(), *(info.target for info in devices.here()))
    if as_json:
        put_json({"targets": [
            {"target": target.name, "isa": target.isa, "lanes": target.row.lanes, "registers": target.row.registers,
             "runs_here": target.runs_here() if target.device is None else _able(target),
             "device": devices.serving(target)[0].title if target.device and devices.here() else None,
             "caches": target.caches, "flags": target.row.flags} for target in known
        ]})  # fmt: skip
        return
    put_table(
        ("target", "isa", "lanes", "registers", "runs here", "caches"),
        [(target.name, target.isa, str(target.row.lanes), str(target.row.registers), _where(target),
          caches(target)) for target in known],
        ("caches", "registers", "lanes"),
    )


def _where(target: Target) -> str:
    """Whether a target's kernels run here, and on which OpenCL device."""
    if target.device is None:
        return "yes" if target.runs_here() else "no"
    if not devices.here():
        return "no"
    info, _ = devices.serving(target)
    return f"on {info.title}" if _able(target) else f"no: {info.title} is broken"


def _able(target: Target) -> bool:
    """Whether a device is here that runs an OpenCL target's kernels."""
    return bool(devices.here()) and devices.complaint(devices.serving(target)[0].key) is None
