"""A machine as measured: a file that `convgen calibrate` writes, which `host` goes by, and which is a target by
itself.

The file may come from anybody: it is read as such, and what no machine can be is refused. The one that `host` goes by
is $CONVGEN_MACHINE, or machine.json in the user's data folder, where it says that it is of this machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from ..errors import InputError
from ..layer.names import show
from ..layer.outside import Natural, decode
from .isa import ISAS
from .target import NAMED, Cache, Target

MARK = "convgen_machine"  # the field by which such a file is known
VERSION: Literal[1] = 1
CURE = "convgen calibrate measures it anew"

MOST_CACHES = 4
TWICE = 1.5  # times as often: more than what measuring twice differs by, less than twice
# field of a target, or of a cache -> above what, and at most what it can be
LIMITS = {
    "fma_rate": (0, 64), "fma_latency": (0, 100), "load_rate": (0, 64), "store_rate": (0, 64), "memory_rate": (0, 4096),
    "fork": (0, 10**9), "size": (0, 2**40), "ways": (0, 1024), "rate": (0, 4096), "line": (0, 4096),
}


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a core does by the instructions of a row; fields as of Target."""

    fma_rate: float
    fma_latency: Natural
    load_rate: float
    store_rate: float


class Machine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file. machine: its fingerprint (host.identity). isa: the row that plans are for. rows: of all that it runs.
    fork: cycles, None where nobody could measure them. adds: as of Target."""

    convgen_machine: Literal[1] = VERSION
    machine: str
    isa: str
    rows: dict[str, Row]
    caches: tuple[Cache, ...]
    memory_rate: float
    fork: float | None = None
    adds: bool | msgspec.UnsetType = msgspec.UNSET

    def target(self, name: str) -> Target:
        """As a target of that name."""
        like = next(one for one in NAMED.values() if one.isa == self.isa)
        return msgspec.structs.replace(
            like, name=name, caches=self.caches, memory_rate=self.memory_rate, adds=self.adds,
            halves=self._halves() or msgspec.UNSET,
            fork=msgspec.UNSET if self.fork is None else self.fork, **msgspec.structs.asdict(self.rows[self.isa]))

    def _halves(self) -> bool:
        """Whether vectors as long as a line are loaded half as often as those half as long."""
        own, row = self.rows[self.isa], ISAS[self.isa]
        return any(row.lanes * row.sums.bytes >= near.line for near in self.caches[:1]) and any(
            known.load_rate > TWICE * own.load_rate for name, known in self.rows.items()
            if name in ISAS and 2 * ISAS[name].lanes == row.lanes)

    def text(self) -> str:
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"


class _Version(msgspec.Struct):
    """What of a file can be read whoever wrote it."""

    convgen_machine: int = VERSION


def read(data: bytes | str, what: str) -> Machine:
    """InputError, which names `what` and the field, for what is none, or is a machine that cannot be."""
    if (version := decode(data, _Version, what).convgen_machine) > VERSION:
        raise InputError(f"{what}: convgen_machine must be {VERSION}, and a newer convgen wrote it"
                         f" (convgen_machine={version})")
    found = decode(data, Machine, what)
    known = {one.isa for one in NAMED.values() if one.device is None}
    if found.isa not in known or found.isa not in found.rows:
        raise InputError(f"{what}: isa must be a row of the file, one of {', '.join(sorted(known))}"
                         f" (isa={show(found.isa)})")
    try:
        check(found.target("host"))
        for name, row in found.rows.items():
            for field, value in msgspec.structs.asdict(row).items():
                _within(f"rows.{show(name).strip(chr(39))}.{field}", field, value)
    except InputError as error:
        raise InputError(f"{what}: {error}") from None
    return found


def check(target: Target) -> None:
    """InputError for the rates and caches of no CPU."""
    for field in ("fma_rate", "fma_latency", "load_rate", "store_rate", "memory_rate", "fork"):
        if (value := getattr(target, field)) is not msgspec.UNSET:
            _within(field, field, value)
    if not 1 <= len(target.caches) <= MOST_CACHES:
        raise InputError(f"caches must be those of the CPU: one to {MOST_CACHES} (caches={len(target.caches)})")
    for at, cache in enumerate(target.caches):
        for field, value in msgspec.structs.asdict(cache).items():
            _within(f"caches[{at}].{field}", field, value)
        if cache.line & (cache.line - 1):
            raise InputError(f"caches[{at}].line must be a power of two (line={cache.line})")
        if cache.ways * cache.line > cache.size:
            raise InputError(f"caches[{at}].size must hold its ways of a line each (size={cache.size},"
                             f" ways={cache.ways}, line={cache.line})")
        if at and cache.size <= target.caches[at - 1].size:
            raise InputError(f"caches[{at}].size must exceed the one before (size={cache.size},"
                             f" before={target.caches[at - 1].size})")


def _within(path: str, field: str, value: float) -> None:
    low, high = LIMITS[field]
    if not low < value <= high:
        raise InputError(f"{path} must be above {low} and at most {high} ({field}={value})")


def file() -> Path | None:
    """The one that host goes by; None where $CONVGEN_MACHINE is empty: none."""
    named = os.environ.get("CONVGEN_MACHINE")
    if named == "":
        return None
    return Path(named or Path(platformdirs.user_data_dir("convgen")) / "machine.json").absolute()


def of(identity: str) -> Iterator[Machine]:
    """The machine of that file, if it is the one of this fingerprint. InputError for a file that is none."""
    path = file()
    if path is None:
        return
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"machine must be a file that can be read ({path}: {error.strerror})") from None
    try:
        found = read(data, str(path))
    except InputError as error:
        raise InputError(f"{error}; {CURE}") from None
    if found.machine == identity:
        yield found
