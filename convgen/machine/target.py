"""A target: an ISA row plus the caches and core it feeds, and the limits of an OpenCL device. Named ones never
change; `host` and `opencl` are detected."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from ..errors import InputError
from ..layer.outside import Natural, Positive, leaves, mismatch
from .cpus import cpu_features
from .rows import HALVED, ISAS, Isa


class Cache(msgspec.Struct, frozen=True):
    """One data cache level. rate: bytes a cycle that it delivers to the level above (L1: to registers)."""

    size: Positive
    ways: Positive
    rate: float
    line: Positive = 64

    @property
    def sets(self) -> int:
        return max(1, self.size // (self.ways * self.line))


SCRATCH = 4 << 20  # bytes that the workers of a CPU have for themselves, all together, if they are more than units
WARP = 64  # work-items of a group that do tasks of their own, on other devices


class Device(msgspec.Struct, frozen=True):
    """The limits of an OpenCL device that a plan keeps to.

    units: compute units. local_bytes: local memory of a work-group. group: most work-items in one.
    half, double: whether it computes with these types. capability: ten times NVIDIA's compute capability, which says
    what matrix instructions there are; 0 elsewhere.
    """

    kind: Literal["cpu", "gpu"]
    units: Natural
    local_bytes: Natural
    group: Natural
    half: bool
    double: bool
    capability: Natural = 0


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What the planner knows of a machine. device: of an OpenCL target.

    caches: L1 data outwards. memory_rate: bytes a cycle from memory. fma_rate: vector FMAs a cycle;
    fma_latency in cycles; load_rate, store_rate: vector accesses a cycle; issue: instructions a cycle.
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

    @property
    def row(self) -> Isa:
        return ISAS[self.isa]

    @property
    def halved(self) -> Target | None:
        """This target where it computes in f16; None for a device that does not, or where it does already."""
        if self.device is None or not self.device.half or self.isa not in HALVED:
            return None
        rate = 2 * self.fma_rate if self.is_gpu else self.fma_rate  # two in the place of a float
        return msgspec.structs.replace(self, isa=HALVED[self.isa].name, fma_rate=rate)

    @property
    def peak(self) -> float:
        """Floating-point operations a cycle when every FMA slot is full: of a core, or of a whole GPU."""
        units = self.device.units if self.is_gpu and self.device else 1
        return 2 * self.row.lanes * self.fma_rate * units

    @property
    def is_gpu(self) -> bool:
        """Whether it needs very many small tasks."""
        return self.device is not None and self.device.kind == "gpu"

    def runs_here(self) -> bool:
        """Whether this machine's CPU has the instructions of the row."""
        return self.device is None and set(self.row.features) <= cpu_features()


_KIB = 1024


def caches_of(l1: int, l2: int, l3: int, ways: tuple[int, int, int] = (8, 8, 16),
            rates: tuple[float, ...] = (64.0, 48.0, 24.0)) -> tuple[Cache, ...]:
    """Caches of `l1`, `l2`, `l3` KiB; the rates are those of a current out-of-order x86-64 core."""
    sizes = (l1, l2, l3)
    return tuple(
        Cache(size * _KIB, way, rate) for size, way, rate in zip(sizes, ways, rates, strict=True) if size
    )


def gpu(name: str, device: Device) -> Target:
    """A GPU of ordinary compute units: 128 FMAs a cycle each, and 16 bytes from memory."""
    return Target(name=name, isa="cl4", device=device, fma_rate=32.0, memory_rate=16.0 * device.units,
                  caches=caches_of(32, 512, 8192))


# Deliberately ordinary machines: what is planned for them is good on all of the kind.
NAMED: dict[str, Target] = {
    target.name: target
    for target in (
        Target(name="x86-64-v3", isa="avx2", caches=caches_of(32, 512, 8192)),
        Target(name="x86-64-v4", isa="avx512", caches=caches_of(32, 1024, 8192, ways=(8, 16, 16))),
        Target(name="aarch64", isa="neon",
               caches=caches_of(64, 512, 4096, ways=(4, 8, 16), rates=(32.0, 16.0, 8.0))),
        # a product and a sum are two instructions
        Target(name="wasm32", isa="wasm", caches=caches_of(32, 512, 4096), fma_rate=1.0),
        Target(name="scalar", isa="scalar", caches=caches_of(32, 256, 2048)),
        Target(name="opencl-cpu", isa="cl8", caches=caches_of(32, 512, 8192),
               device=Device("cpu", 4, 32 * _KIB, 1024, half=False, double=True)),
        gpu("opencl-gpu", Device("gpu", 32, 32 * _KIB, 256, half=False, double=False)),
        gpu("opencl-sm80", Device("gpu", 96, 48 * _KIB, 1024, half=True, double=True, capability=80)),
    )
}


VECTORS = (16, 8, 4)  # floats of the vector types of OpenCL's CPUs; a compiler joins or splits those that do not fit
OPENCL_KEY = re.compile(r"opencl:[0-9]{1,4}:[0-9]{1,4}")


def check_target(target: Target) -> None:
    """InputError for a target that `find` gives on no machine: one of a name that differs from what that means, one
    of a CPU or a device that could not be like that."""
    def fields(made: Target) -> dict[str, object]:
        return dict(leaves(msgspec.to_builtins(made)))

    if reason := mismatch(fields(target), map(fields, _possible(target))):
        raise InputError(f"target: {reason}")


def _possible(target: Target) -> list[Target]:
    """Those that `find` might give with the caches and the device of this one."""
    device, made = target.device, [*NAMED.values()]
    for like in [like for like in made if like.device is None]:
        known = zip(target.caches, like.caches, strict=False)
        caches = tuple(Cache(cache.size, cache.ways, own.rate) for cache, own in known)
        here = msgspec.structs.replace(like, name="host", caches=caches if len(caches) > 1 else like.caches)
        made.append(here)
        if device and device.kind == "cpu" and OPENCL_KEY.fullmatch(target.name):
            made += [msgspec.structs.replace(here, name=target.name, isa=f"cl{lanes}", device=device)
                     for lanes in VECTORS]
    if device and device.kind == "gpu" and OPENCL_KEY.fullmatch(target.name):
        made.append(gpu(target.name, device))
    return [*made, *(one.halved for one in made if one.halved)]









