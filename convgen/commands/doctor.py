"""convgen doctor: what this machine offers (compilers, CPU, measured limits, the cache), and what is lacking."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from ..benchmark import peaks as probe
from ..machine import devices
from ..machine.host import caches, cores, cpu_name, host
from ..run import compilers
from ..version import __version__
from .console import put_json, put_wrapped
from .request import json_option

OPENMP = "install libgomp (gcc) or libomp-dev (clang) to let kernels start their own threads"


# what there may be several of -> key of their list in JSON
MANY = {"compiler": "compilers", "device": "devices", "measured": "measured", "install": "install"}


class Finding(NamedTuple):
    """A line: what is found, in words, and as data for JSON."""

    what: str
    text: str
    data: object


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Show what this machine has, what it can do, and what it lacks."""
    if not as_json:
        for what, text, _ in report():
            put_wrapped(f"{what:9} {text}", 10)
        return
    document: dict[str, object] = {}
    lists = {key: list[object]() for key in MANY.values()}
    try:
        for what, _, data in report():
            if what in MANY:
                lists[MANY[what]] += [data] * (data is not None)
            else:
                document[what] = data
    finally:
        put_json({**document, **lists})


def report() -> Iterator[Finding]:
    """The slow measurements come towards the end.

    A last one "install" says what to do when something is missing. MissingToolError after
    what needs no compiler, when none works.
    """
    target = host()
    yield Finding("convgen", f"{__version__}, Python {platform.python_version()}, {platform.system()}",
                  {"version": __version__, "python": platform.python_version(), "system": platform.system()})
    yield Finding("cpu", f"{cpu_name()}, {cores()} cores to use", {"name": cpu_name(), "cores": cores()})
    row = target.row
    yield Finding("isa", f"{row.name}: {row.lanes} lanes, {row.registers} registers",
                  {"name": row.name, "lanes": row.lanes, "registers": row.registers})
    yield Finding("caches", caches(target), target.caches)
    found = compilers.all_compilers()
    for compiler in found:
        openmp = "OpenMP" if compiler.openmp else "no OpenMP"
        yield Finding("compiler", f"{compiler}: {compiler.version}, {openmp}",
                      {"command": str(compiler), "version": compiler.version, "openmp": compiler.openmp})
    for info in devices.here():
        why = devices.complaint(info.key)
        broken = f"; {devices.unable(info, why)}" if why else ""
        yield Finding("device", f"{info.title}: {info.name}, {info.platform_name}{broken}",
                      {"target": info.title, "name": info.name, "platform": info.platform_name, "complaint": why})
    if not devices.here():
        yield Finding("device", f"none of OpenCL; {devices.remedy()}", None)
    else:
        yield from (Finding("device", line, None) for line in devices.unloaded())
    folder = compilers.cache_folder()
    count, size = usage(folder)
    yield Finding("cache", f"{folder}: {count} kernels, {size / 2**20:.1f} MiB",
                  {"folder": str(folder), "kernels": count, "bytes": size})
    chosen = compilers.find_compiler()  # raises when there is none
    yield Finding("chosen", str(chosen), str(chosen))
    for threads in sorted({1, cores()}):
        peaks = probe.measure(target, threads)
        yield Finding("measured", f"{peaks.fma_gflops:.1f} GFLOP/s of FMA, {peaks.copy_gbs:.1f} GB/s of copying"
                      f" with {threads} thread{'s' * (threads > 1)}",
                      {"threads": threads, "fma_gflops": peaks.fma_gflops, "copy_gbs": peaks.copy_gbs})
    if not chosen.openmp:
        yield Finding("install", OPENMP, OPENMP)


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
