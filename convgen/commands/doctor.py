"""convgen doctor: what this machine offers (compilers, CPU, measured limits, the cache), and what is lacking."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import click

from .. import isolate
from ..benchmark import peaks as probe
from ..errors import CrashError
from ..machine import devices
from ..machine.host import caches, cores, cpu_name, host
from ..run import compilers
from ..version import __version__
from .console import put_wrapped

DEVICE_TIMEOUT = 60.0  # seconds for a device to build and run the least of kernels
OPENMP = "install libgomp (gcc) or libomp-dev (clang) to let kernels start their own threads"


@click.command()
def doctor() -> None:
    """Show what this machine has, what it can do, and what it lacks."""
    for what, finding in report():
        put_wrapped(f"{what:9} {finding}", 10)


def report() -> Iterator[tuple[str, str]]:
    """(what, finding), a line each, the slow measurements towards the end.

    A last line "install" says what to do when something is missing. MissingToolError after
    what needs no compiler, when none works.
    """
    target = host()
    yield "convgen", f"{__version__}, Python {platform.python_version()}, {platform.system()}"
    yield "cpu", f"{cpu_name()}, {cores()} cores to use"
    row = target.row
    yield "isa", f"{row.name}: {row.lanes} lanes, {row.registers} registers"
    yield "caches", caches(target)
    found = compilers.all_compilers()
    for compiler in found:
        openmp = "OpenMP" if compiler.openmp else "no OpenMP"
        yield "compiler", f"{compiler}: {compiler.version}, {openmp}"
    for info in devices.here():
        why = _complaint(info)
        yield "device", f"{info.key}: {info.name}, {info.platform_name}{f'; runs no kernel: {why}' if why else ''}"
    if not devices.here():
        yield "device", f"none of OpenCL; {devices.BRING}"
    folder = compilers.cache_folder()
    count, size = usage(folder)
    yield "cache", f"{folder}: {count} kernels, {size / 2**20:.1f} MiB"
    chosen = compilers.find_compiler()  # raises when there is none
    yield "chosen", str(chosen)
    for threads in sorted({1, cores()}):
        peaks = probe.measure(target, threads)
        yield "measured", (f"{peaks.fma_gflops:.1f} GFLOP/s of FMA, {peaks.copy_gbs:.1f} GB/s of copying"
                           f" with {threads} thread{'s' * (threads > 1)}")
    if not chosen.openmp:
        yield "install", OPENMP


def _complaint(info: devices.Info) -> str | None:
    """Why the device is of no use; it is tried in another process, since a driver may be what goes down."""
    try:
        why: str | None = isolate.call("convgen.machine.devices:complaint", info.key, DEVICE_TIMEOUT)
    except CrashError as error:
        why = str(error)
    return why


def usage(folder: Path) -> tuple[int, int]:
    """Number of cached libraries and the bytes that all files in the cache take."""
    count = size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.stat(os.path.join(parent, name)).st_size
            except OSError:
                continue  # removed meanwhile
            count += name.endswith(".so")
    return count, size
