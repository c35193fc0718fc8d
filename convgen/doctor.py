"""What this machine offers: compilers, CPU, measured limits, the cache; and what is lacking."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

from . import __version__, compilers, devices, isolate, probe
from .errors import CrashError
from .target import Target, cores, host

DEVICE_TIMEOUT = 60.0  # seconds for a device to build and run the least of kernels
OPENMP = "install libgomp (gcc) or libomp-dev (clang) to let kernels start their own threads"


def report() -> Iterator[tuple[str, str]]:
    """(what, finding), a line each; in the order of interest, the slow measurements last but one.

    The last lines, named "install", say what to do when something lacks. MissingToolError after
    all others when no compiler works.
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
        why: str | None = isolate.call("convgen.devices:complaint", info.key, DEVICE_TIMEOUT)
    except CrashError as error:
        why = str(error)
    return why


def cpu_name() -> str:
    """Vendor's model name and archspec's name of the micro-architecture."""
    import archspec.cpu

    model = ""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        found = re.search(r"^model name\s*:\s*(.*\S)", text, re.MULTILINE)
        model = found[1] if found else ""
    except OSError:
        pass  # not Linux
    return f"{model or platform.processor() or platform.machine()} ({archspec.cpu.host().name})"


def machine(target: Target) -> dict[str, str]:
    """What runs and builds kernels for a target here."""
    if target.device is None:
        return {"cpu": cpu_name(), "compiler": str(compilers.find_compiler())}
    info, _ = devices.serving(target)
    return {"device": info.name, "platform": f"{info.platform_name}, {info.platform_version}", "driver": info.driver}


def circumstances(target: Target, threads: int) -> str:
    """What measurements hang on, in a line."""
    if target.device is None:
        return f"{cpu_name()}, {target.isa}, threads: {threads}"
    return f"{devices.serving(target)[0].name}, {target.isa}"


def caches(target: Target) -> str:
    """``L1 32 KiB 8-way, L2 512 KiB 8-way``."""
    return ", ".join(
        f"L{level} {cache.size >> 10} KiB {cache.ways}-way"
        for level, cache in enumerate(target.caches, 1)
    )


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
