"""A target: an ISA row plus the caches and core it feeds, and the limits of an OpenCL device. Named ones, which stand
with their rows, never change; `host` and `opencl` are detected."""

from __future__ import annotations

import functools
import math
import platform
from typing import Literal, NamedTuple

import msgspec

from ..layer.element import Arithmetic
from ..layer.outside import Natural, Positive
from .cpus import cpu_features
from .family import ANY
from .isa import DOTS, ISAS, Isa, built_with, exact_rows, products_on


class Cache(msgspec.Struct, frozen=True, dict=True):
    """One data cache level. rate: bytes a cycle that it delivers to the level above (L1: to registers)."""

    size: Positive
    ways: Positive
    rate: float
    line: Positive = 64

    @functools.cached_property
    def sets(self) -> int:
        return max(1, self.size // (self.ways * self.line))

    def met(self, pitch: int) -> int:
        """How many sets lines lie in that are `pitch` bytes apart: few, for multiples of a high power of two."""
        span = self.sets * self.line
        return min(self.sets, span // math.gcd(pitch, span)) if pitch >= self.line else self.sets


SCRATCH = 4 << 20  # bytes that the workers of a CPU have for themselves, all together, if they are more than units
WARP = 64  # work-items of a group that do tasks of their own, on other devices


class Device(msgspec.Struct, frozen=True):
    """The limits of an OpenCL device that a plan keeps to.

    units: compute units. local_bytes: local memory of a work-group. group: most work-items in one.
    half, double: whether it computes with these types. capability: ten times NVIDIA's compute capability, which says
    what matrix instructions there are; 0 elsewhere. dots: whether it multiplies four bytes at once.
    """

    kind: Literal["cpu", "gpu"]
    units: Natural
    local_bytes: Natural
    group: Natural
    half: bool
    double: bool
    capability: Natural = 0
    dots: bool = False

    def has(self, row: Isa) -> bool:
        """Whether it multiplies integers as a row does."""
        return row.capability <= self.capability and (self.dots or DOTS not in row.requires)


KIB = 1024


class Target(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What the planner knows of a machine. device: of an OpenCL target.

    caches: L1 data outwards. memory_rate: bytes a cycle from memory. fma_rate: vector FMAs a cycle;
    fma_latency in cycles; load_rate, store_rate: vector accesses a cycle; issue: instructions a cycle. threads: that
    share a layer's tasks on a CPU, where their number is known. fork: cycles in which these are woken and meet again,
    where that was measured. adds: whether additions have units beside those of FMAs, and shuffles two: AMD's Zen.
    halves: whether the core takes a vector as two halves, each as one of half the size: Zen 4's of 64 bytes.
    """

    name: str
    isa: str
    caches: tuple[Cache, ...]
    memory_rate: float = 6.0
    fma_rate: float = 2.0
    fma_latency: Natural = 4
    load_rate: float = 2.0
    store_rate: float = 1.0
    issue: float = 4.0
    device: Device | None = None
    threads: Positive | msgspec.UnsetType = msgspec.UNSET
    fork: float | msgspec.UnsetType = msgspec.UNSET
    adds: bool | msgspec.UnsetType = msgspec.UNSET  # not in files where it is false
    halves: bool | msgspec.UnsetType = msgspec.UNSET  # the same

    def planned_for(self, threads: int | None) -> Target:
        """This target, where so many threads share a layer's tasks; None for any number. A device of OpenCL has its
        own."""
        return self if threads is None or self.device is not None else msgspec.structs.replace(self, threads=threads)

    @property
    def row(self) -> Isa:
        return ISAS[self.isa]

    @property
    def line(self) -> int:
        """Bytes of a cache line; without caches, of a word."""
        return self.caches[0].line if self.caches else 4

    @property
    def near(self) -> int:
        """Bytes that are read again at no more than the rate of a cache: of the last one; without caches, of half a
        small machine's memory."""
        return self.caches[-1].size if self.caches else 32 * KIB

    def beyond(self, size: int) -> bool:
        """Whether so many bytes come from memory: they exceed half of the last cache, which others use too."""
        return bool(self.caches) and 2 * size > self.caches[-1].size

    def summing(self, arithmetic: Arithmetic) -> list[Target]:
        """The targets that sum as a layer may be summed: itself, in f32, and perhaps in f16; or in integers, by each
        way of multiplying them. UnsupportedError where it has none of these."""
        if arithmetic.exact:
            return [self._summing(row) for row in exact_rows(self.row, arithmetic)
                    if self.device is None or self.device.has(row)]
        halved = self.halved
        return [self, halved] if halved and halved.row.sums is arithmetic.input else [self]

    def _summing(self, row: Isa) -> Target:
        """This target where it sums products of integers by a row."""
        rate, latency = row.pace or (self.fma_rate, self.fma_latency)
        return msgspec.structs.replace(self, isa=row.name, fma_rate=rate, fma_latency=latency)

    @property
    def others(self) -> list[Target]:
        """This target where it sums in other types than f32."""
        exact = [self._summing(row) for row in products_on(self.row)] if self.row.kind == "floats" else []
        return [*[self.halved] * bool(self.halved), *exact]  # type: ignore[list-item]  # None is none

    @property
    def halved(self) -> Target | None:
        """This target where it computes in f16; None for a device that does not, or where it does already."""
        row = next((row for row in ISAS.values() if row.floats is self.row and row.kind == "floats"), None)
        if self.device is None or not self.device.half or row is None:
            return None
        rate = 2 * self.fma_rate if self.is_gpu else self.fma_rate  # two in the place of a float
        return msgspec.structs.replace(self, isa=row.name, fma_rate=rate)

    @property
    def peak(self) -> float:
        """Floating-point operations a cycle when every FMA slot is full: of a core, or of a whole GPU."""
        units = self.device.units if self.is_gpu and self.device else 1
        return 2 * self.row.lanes * self.row.deep * self.fma_rate * units

    @property
    def crossing(self) -> float:
        """Vector loads that one counts as which lies across two lines: of halves, one at most does."""
        return 1.5 if self.halves else 2.0

    @property
    def is_gpu(self) -> bool:
        """Whether it needs very many small tasks."""
        return self.device is not None and self.device.kind == "gpu"

    @property
    def at_home(self) -> bool:
        """Whether this machine is of its kind, for which plans are measured; plain C has no kind of its own."""
        family = self.row.family
        return self.device is not None or family == ANY or platform.machine().lower() in family.machines

    def runs_here(self, arithmetic: Arithmetic | None = None) -> bool:
        """Whether this machine's CPU has the instructions of the row, or those for layers of an arithmetic."""
        row = built_with(self.row, arithmetic) if arithmetic else self.row
        return self.device is None and set(row.features) <= cpu_features()


def caches_of(l1: int, l2: int, l3: int, ways: tuple[int, int, int] = (8, 8, 16),
            rates: tuple[float, ...] = (64.0, 48.0, 24.0)) -> tuple[Cache, ...]:
    """Caches of `l1`, `l2`, `l3` KiB; the rates are those of a current out-of-order x86-64 core."""
    sizes = (l1, l2, l3)
    return tuple(
        Cache(size * KIB, way, rate) for size, way, rate in zip(sizes, ways, rates, strict=True) if size
    )


class Machine(NamedTuple):
    """What a file of rows/ holds. rows: what is computed with, each for arrays of its own element; products: of
    integers; stored: rows for arrays of other elements. targets: deliberately ordinary machines: what is planned for
    them is good on all of the kind."""

    rows: tuple[Isa, ...] = ()
    stored: tuple[Isa, ...] = ()
    products: tuple[Isa, ...] = ()
    targets: tuple[Target, ...] = ()


NAMED: dict[str, Target] = {}  # the targets of every machine, by name; rows/ fills it
