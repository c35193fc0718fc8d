"""What the planner counts by, measured on this machine: for each row that its CPU runs, how soon and how often it
multiplies, loads and stores; how much of each cache is of use, how fast it delivers, how many ways it has; what it
takes to start threads.

All is in cycles of the core, which are told by a chain of additions that takes one each; chain and measurement take
turns, so that a clock that changes changes both. The least time of some repeats counts: what disturbs only adds to it.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterable, Sequence

import cffi
import numpy as np

from ..emit.texts import templates, tidy
from ..machine import host
from ..machine.calibrated import LIMITS, Machine, Row
from ..machine.isa import ISAS, Isa
from ..machine.target import KIB, NAMED, Cache
from ..planner.memory import USABLE
from ..run import compilers

NAME = "convgen_calibrate"
UNROLL = 4
VECTORS = 12  # in a block that is read, each of which feeds a chain: enough for 3 a cycle, few enough for 16 registers
ACCUMULATORS = 4  # registers less than a row has, for the rest
REPEATS = 21
SECONDS = 1e-3  # of a repeat: shorter than what a system lets others run for
TRIES = 3
SMALL = 8 * KIB  # bytes that every L1 holds
MOST = 256 * KIB * KIB  # bytes that no core's share of a cache holds
FINE = 2  # working sets for each doubling
SLOWER = 1.25  # rates that differ by less are no two rates
MISSED = 1.7  # loads are so much slower when a line too many is kept in a set
BUSY = 2e5  # cycles that no start takes where its threads have cores of their own
FORKS = 400  # starts of threads, of which the fastest counts: what else runs delays most of them
Tell = Callable[[str], None]


class Probe:
    """The loops of a row, and the clock."""

    def __init__(self, row: Isa) -> None:
        self.row = row
        self._ffi, self._library = _load(row.name)
        self.accumulators = row.registers - ACCUMULATORS
        self.block = VECTORS * row.lanes * 4  # bytes

    def cycles(self, work: Callable[[int], object]) -> float:
        """Of one step of `work`, which is told how many to do."""
        adds, steps = self._steps(self._adds), self._steps(work)
        clock = best = math.inf
        for _ in range(REPEATS):
            clock = min(clock, _seconds(self._adds, adds) / adds / 8)  # of one addition
            best = min(best, _seconds(work, steps) / steps)
        return best / clock

    def clock(self) -> float:
        """Seconds of a cycle."""
        steps = self._steps(self._adds)
        return min(_seconds(self._adds, steps) for _ in range(REPEATS)) / steps / 8

    def floats(self, bytes_: int) -> object:
        """Room for so many bytes of numbers, in whole pages that have been touched."""
        room = np.zeros(bytes_ // 4 + 1024, np.float32)
        room[...] = 1.0
        start = -room.ctypes.data % 4096 // 4
        return self._ffi.from_buffer("float[]", room[start:])

    def call(self, name: str, *arguments: object) -> object:
        """A function of the loops."""
        return getattr(self._library, f"{NAME}_{name}")(*arguments)

    def ring(self, addresses: Sequence[int], room: np.ndarray[tuple[int], np.dtype[np.uintp]]) -> object:
        """Pointers at these offsets of the room, in bytes, each to the next; the first of them."""
        base = room.ctypes.data
        for here, there in zip(addresses, [*addresses[1:], addresses[0]], strict=True):
            room[here // room.itemsize] = base + there
        return self._ffi.cast("void *", base + addresses[0])

    def _adds(self, steps: int) -> object:
        return self.call("adds", steps, 1)

    @staticmethod
    def _steps(work: Callable[[int], object]) -> int:
        """Enough for a repeat. What is interrupted seems to take long: a second try tells."""
        steps = 1
        while (seconds := min(_seconds(work, steps) for _ in range(TRIES))) < SECONDS / 4 and steps < 10**9:
            steps *= 4
        return max(1, int(steps * SECONDS / seconds))


def _seconds(work: Callable[[int], object], steps: int) -> float:
    start = time.perf_counter()
    work(steps)
    return max(time.perf_counter() - start, 1e-9)


def measure(tell: Tell = lambda what: None) -> Machine:
    """This machine. tell: is told what comes next. MissingToolError without a compiler."""
    detected, rows = host.detected(), {}
    for row in rows_here():
        tell(f"row {row.name}")
        rows[row.name] = _row(Probe(row))
    probe = Probe(detected.row)
    tell("caches")
    caches, memory = _caches(probe, detected.caches)
    tell("threads")
    return Machine(machine=host.identity(), isa=detected.isa, rows=rows, caches=caches, memory_rate=memory,
                   fork=_fork(probe, host.cores()), adds=host.detected().adds)


def rows_here() -> Iterable[Isa]:
    """The rows that targets of this CPU have."""
    here = [one for one in NAMED.values() if one.device is None and one.runs_here() and one.at_home]
    return {one.isa: one.row for one in here}.values()


# --- a core ---


def _row(probe: Probe) -> Row:
    data = probe.floats(SMALL)
    blocks = SMALL // probe.block
    accumulators = probe.accumulators
    fmas = accumulators * UNROLL / probe.cycles(lambda steps: probe.call("fma", data, steps))
    latency = probe.cycles(lambda steps: probe.call("chain", data, steps)) / 8
    loads = VECTORS * blocks / probe.cycles(lambda steps: probe.call("loads", data, blocks, steps))
    stores = VECTORS * blocks / probe.cycles(lambda steps: probe.call("stores", data, blocks, steps))
    return Row(fma_rate=_told("fma_rate", fmas), fma_latency=max(1, round(latency)),
               load_rate=_told("load_rate", loads), store_rate=_told("store_rate", stores))


def _told(field: str, value: float) -> float:
    """Three digits, within what a machine file may say."""
    return min(float(f"{value:.3g}"), float(LIMITS[field][1]))


# --- caches ---


def _caches(probe: Probe, caches: Sequence[Cache]) -> tuple[tuple[Cache, ...], float]:
    """The caches as of use, and bytes a cycle from memory."""
    sizes = _sizes()
    data = probe.floats(sizes[-1])
    speeds = {size: _speed(probe, data, size) for size in sizes}
    levels = [*caches, None]
    rates = [_rate(speeds, caches[at - 1].size if at else 0, level.size if level else None)
             for at, level in enumerate(levels)]
    for at in range(1, len(rates)):  # an outer level is never the faster one
        rates[at] = min(rates[at], rates[at - 1])
    found: list[Cache] = []
    for at, cache in enumerate(caches):
        size = min(cache.size, usable(speeds, cache.size, rates[at], rates[at + 1]))
        size = size if not found or size > found[-1].size else cache.size
        ways = _ways(probe, cache) if not at else cache.ways
        found.append(Cache(size=size, ways=ways, rate=_told("rate", rates[at]), line=cache.line))
    return tuple(found), _told("memory_rate", rates[-1])


def _sizes() -> list[int]:
    """Working sets from SMALL to MOST."""
    count = int(FINE * math.log2(MOST / SMALL))
    return [int(SMALL * 2 ** (at / FINE)) // 4096 * 4096 for at in range(count + 1)]


def _speed(probe: Probe, data: object, size: int) -> float:
    """Bytes a cycle that are read of a working set, over and over."""
    blocks = size // probe.block
    return blocks * probe.block / probe.cycles(lambda steps: probe.call("loads", data, blocks, steps))


def _rate(speeds: dict[int, float], above: int, size: int | None) -> float:
    """Of a level: the median of working sets that it holds with room to spare, and that the one above does not hold by
    far; of memory, size None, of the largest."""
    low, high = (4 * above, math.inf) if size is None else (1.5 * above, 0.6 * size)
    inside = sorted(speed for working, speed in speeds.items() if low <= working <= high)
    if not above and inside:
        return inside[-1]  # L1: some sets fit it better than others
    nearest = min(speeds, key=lambda working: abs(math.log(working / math.sqrt(low * (size or MOST)))))
    return inside[len(inside) // 2] if inside else speeds[nearest] if size else speeds[max(speeds)]


def usable(speeds: dict[int, float], size: int, rate: float, outer: float) -> int:
    """Bytes of a cache of which the planner may use its share: where reading falls below the middle between this
    level's rate and the next one's. The size itself where the two differ too little to tell."""
    middle = math.sqrt(rate * outer)
    if rate < SLOWER * outer:
        return size
    held = [working for working, speed in speeds.items() if working <= size and speed >= middle]
    return min(size, int(max(held) / USABLE)) // KIB * KIB if held else size


def _ways(probe: Probe, cache: Cache) -> int:
    """How many lines of L1's one set are kept: more, read in turn, are slower."""
    stride = cache.size // cache.ways // cache.line * cache.line
    room = np.zeros((2 * cache.ways + 2) * stride // 8 + 8, np.uintp)
    start = -room.ctypes.data % stride // 8
    base, kept = math.inf, 0
    for lines in range(2, 2 * cache.ways + 1):
        first = probe.ring([at * stride for at in range(lines)], room[start:])
        cycles = probe.cycles(functools.partial(probe.call, "chase", first))
        base = min(base, cycles)
        if cycles > MISSED * base:
            break
        kept = lines
    return kept if 2 <= kept < 2 * cache.ways else cache.ways


# --- threads ---


def _fork(probe: Probe, threads: int) -> float | None:
    """Cycles to start this machine's threads, and wait for them; None where its cores are busy otherwise."""
    if threads < 2 or not probe.call("forks", threads, 1):
        return None
    def least(count: int) -> float:
        return min(_seconds(lambda steps: probe.call("forks", count, steps), 1) for _ in range(FORKS))

    cycles = max(1.0, (least(threads) - least(1)) / probe.clock())
    return _told("fork", cycles) if cycles < BUSY else None


@functools.cache
def _load(isa: str) -> tuple[cffi.FFI, cffi.FFI.CData]:
    """The built loops of the row of that name, as cffi opens a library."""
    row = ISAS[isa]
    context = {"name": NAME, "isa": row, "accs": row.registers - ACCUMULATORS, "unroll": UNROLL,
               "vectors": VECTORS}
    text, header = (tidy(templates().get_template(f"probe/calibrate.{suffix}.j2").render(context)) for suffix in "ch")
    flags = (*row.flags, "-fno-tree-vectorize", "-fno-tree-slp-vectorize")
    ffi = cffi.FFI()
    ffi.cdef("".join(line for line in header.splitlines(keepends=True) if not line.startswith("#")))
    return ffi, ffi.dlopen(str(compilers.shared(NAME, text, header, flags, openmp=True)))

