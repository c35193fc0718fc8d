"""This machine: its CPU, its caches, its cores."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import re
from pathlib import Path

import msgspec

from ..layer.outside import plain
from . import calibrated
from .cpus import cpu_features
from .target import NAMED, Target, caches_of

SYSFS = Path("/sys/devices/system/cpu/cpu0/cache")
INTEL, SERVER = "GenuineIntel", "x86-64-v4-amx"  # whose CPUs with AVX-512 are mostly servers, like that one
AMD = "AuthenticAMD"
ZEN = "25"  # the family of Zen 3 and 4, of which the second has AVX-512
# Zen 4, measured: it takes vectors of 64 bytes as two halves, and its caches and memory deliver so many bytes a cycle.
HALVES = {"fma_rate": 1.0, "load_rate": 1.0, "store_rate": 0.5, "halves": True, "memory_rate": 8.0,
          "caches": caches_of(32, 1024, 8192, rates=(64.0, 32.0, 24.0))}
SHARE = 16 * 1024  # KiB of the last cache for each core, as much as hardly any CPU has


@functools.cache
def host() -> Target:
    """This machine, as `convgen calibrate` measured it, or else as it is detected. InputError for a broken file of
    it."""
    return next((found.target("host") for found in calibrated.of(identity())), None) or detected()


@functools.cache
def identity() -> str:
    """This machine in one line: CPU, cores, caches, and a digest of the CPU's features."""
    digest = hashlib.sha256(" ".join(sorted(cpu_features())).encode()).hexdigest()[:8]
    return plain(f"{cpu_name()}, {os.cpu_count()} cores, {caches(detected())}, features {digest}")


@functools.cache
def detected() -> Target:
    """This machine without measurements: of the widest rows its CPU runs the one of most features, and its caches as
    the operating system reports them; the rest, or all where it reports none, as the first named target with that row
    has it."""
    here = [target for target in NAMED.values() if target.runs_here()]
    like = max(here, key=lambda target: (target.row.lanes, len(target.row.features)))
    vendor = _told("vendor_id")
    if wide(like) and vendor == AMD and _told("cpu family") == ZEN:
        like = msgspec.structs.replace(like, **HALVES)
    far = NAMED[SERVER] if wide(like) and vendor == INTEL else like
    found, caches = _sysfs_caches(), like.caches
    if found:
        caches = caches_of(*found[:3], ways=found[3:], rates=tuple(cache.rate for cache in far.caches))
    return msgspec.structs.replace(like, name="host", caches=caches, memory_rate=far.memory_rate,
                                   adds=vendor == AMD or msgspec.UNSET)


def wide(target: Target) -> bool:
    """Whether its vectors are those of AVX-512."""
    return target.row.lanes == NAMED[SERVER].row.lanes


def _sysfs_caches() -> tuple[int, int, int, int, int, int] | None:
    """(L1d, L2, L3) in KiB and their ways from Linux; None elsewhere or when it says nothing sensible.

    No more of the last than its cores may have: a virtual machine is told of the whole socket's, of which others take
    their part. (Two cores that were told of 480 MiB had some 32.)
    """
    sizes, ways = [0, 0, 0], [8, 8, 16]
    for index in SYSFS.glob("index[0-9]"):
        try:
            level = int((index / "level").read_text())
            kind = (index / "type").read_text().strip()
            size = (index / "size").read_text().strip()
            way = int((index / "ways_of_associativity").read_text())
        except (OSError, ValueError):
            continue
        if kind != "Instruction" and 1 <= level <= 3 and size.endswith("K"):
            sizes[level - 1], ways[level - 1] = int(size[:-1]), way or 16
    if not sizes[0] or not sizes[1]:
        return None
    return (sizes[0], sizes[1], min(sizes[2], SHARE * (os.cpu_count() or 1)), ways[0], ways[1], ways[2])


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_name() -> str:
    """Vendor's model name and archspec's name of the micro-architecture."""
    import archspec.cpu

    model = _told("model name") or platform.processor() or platform.machine()
    return f"{model} ({archspec.cpu.host().name})"


def _told(field: str) -> str:
    """What Linux says of the CPU; nothing elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(rf"^{field}\s*:\s*(.*\S)", text, re.MULTILINE)
    return found[1] if found else ""


def caches(target: Target) -> str:
    """``L1 32 KiB 8-way, L2 512 KiB 8-way``."""
    return "none" if not target.caches else ", ".join(
        f"L{level} {cache.size >> 10} KiB {cache.ways}-way"
        for level, cache in enumerate(target.caches, 1)
    )
