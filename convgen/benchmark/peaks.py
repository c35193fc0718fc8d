"""What this machine can do at most: floating-point operations, and bytes copied, a second.

Both are measured with C built from an ISA row, so they are limits of the instructions that kernels
of that row use. The scalar row is kept scalar; a compiler that vectorises a scalar kernel can
therefore exceed its peak.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cffi
import msgspec
import numpy as np

from ..emit.texts import templates, tidy
from ..errors import UnsupportedError
from ..machine.host import host
from ..machine.rows import ISAS, Isa
from ..machine.target import Target
from ..run import compilers

NAME = "convgen_probe"
UNROLL = 4  # copies of the loop's body, so that counting iterations costs nothing
REPEATS = 5
FMA_SECONDS = 5e-3  # of one repeat
LEAST_COPY, MOST_COPY = 2**26, 2**29  # bytes of the copied array, which no cache should hold


class Peaks(msgspec.Struct, frozen=True):
    """fma_gflops: 10⁹ operations a second, an FMA is two. copy_gbs: 10⁹ bytes moved a second."""

    fma_gflops: float
    copy_gbs: float


class Source(msgspec.Struct, frozen=True):
    """C that compilers.shared builds."""

    name: str
    source: str
    header: str
    flags: tuple[str, ...]


def source(row: Isa) -> Source:
    """The C of both loops for one ISA row."""
    context = {"name": NAME, "isa": row, "accs": _accumulators(row), "unroll": UNROLL}
    text, header = (
        tidy(templates().get_template(f"probe/probe.{suffix}.j2").render(context)) for suffix in "ch"
    )
    # Without these a compiler packs the chains of the scalar row into vectors.
    return Source(NAME, text, header, (*row.flags, "-fno-tree-vectorize", "-fno-tree-slp-vectorize"))


def measure(target: Target, threads: int = 1) -> Peaks:
    """The best of several short runs, in all about 0.1 s, of `threads` threads at once.

    Copying is measured with the widest row of the machine, whatever the target. MissingToolError
    without a compiler, UnsupportedError when the CPU lacks the target's instructions.
    """
    if not target.runs_here():
        raise UnsupportedError(f"target must run on this machine (target={target.name})")
    with ThreadPoolExecutor(threads) as pool:
        return Peaks(_fma_rate(target.row, threads, pool) / 1e9, _copy_rate(threads, pool) / 1e9)


def clock(target: Target) -> float:
    """Cycles of a core a second, by the rate of its FMAs: what an operating system reports may be another. Errors as of
    `measure`."""
    if not target.runs_here():
        raise UnsupportedError(f"target must run on this machine (target={target.name})")
    with ThreadPoolExecutor(1) as pool:
        return max(_fma_rate(target.row, 1, pool) for _ in range(REPEATS)) / target.peak


def _fma_rate(row: Isa, threads: int, pool: ThreadPoolExecutor) -> float:
    """Operations a second."""
    ffi, library = _load(row.name)
    accumulators = _accumulators(row)
    buffers = []  # one a thread
    for _ in range(threads):
        data = np.ones((accumulators + 2, row.lanes), np.float32)
        data[:-2] += np.arange(accumulators, dtype=np.float32)[:, None]  # chains that differ
        data[-2] = 0.5  # acc = 0.5·acc + 1 tends to 2
        buffers.append(ffi.from_buffer("float[]", data))

    def work(thread: int) -> None:
        library.convgen_probe_fma(buffers[thread], steps)

    steps = 10_000
    while (seconds := _best(1, threads, pool, work)) < FMA_SECONDS / 4 and steps < 10**9:
        steps *= 4
    steps = max(1, int(steps * FMA_SECONDS / seconds))
    seconds = _best(REPEATS, threads, pool, work)
    return 2 * row.lanes * accumulators * UNROLL * steps * threads / seconds


def _copy_rate(threads: int, pool: ThreadPoolExecutor) -> float:
    """Bytes read or written a second; each thread copies its own share of one array."""
    ffi, library = _load(host().isa)
    step = 4 * host().row.lanes * 4
    size = min(max(2 * max(cache.size for cache in host().caches), LEAST_COPY), MOST_COPY)
    steps = size // (threads * step)
    share = steps * step  # bytes
    origin, to = (ffi.from_buffer("float[]", np.ones(size // 4, np.float32)) for _ in range(2))

    def work(thread: int) -> None:
        offset = thread * share // 4
        library.convgen_probe_copy(origin + offset, to + offset, steps)

    return 2 * share * threads / _best(REPEATS, threads, pool, work)


def _best(repeats: int, threads: int, pool: ThreadPoolExecutor, work: Callable[[int], None]) -> float:
    """Seconds of the fastest repeat of `work`, done by all threads at once."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        others = [pool.submit(work, thread) for thread in range(1, threads)]
        work(0)
        for other in others:
            other.result()
        found.append(time.perf_counter() - start)
    return min(found)


def _accumulators(row: Isa) -> int:
    """Independent chains: enough to hide the latency of an FMA, few enough to stay in registers."""
    return row.registers - 4


@functools.cache
def _load(isa: str) -> tuple[cffi.FFI, cffi.FFI.CData]:
    """The built loops of the row of that name, as cffi opens a library."""
    probe = source(ISAS[isa])
    ffi = cffi.FFI()
    ffi.cdef("""void convgen_probe_fma(float *data, size_t steps);
                void convgen_probe_copy(const float *from, float *to, size_t steps);""")
    return ffi, ffi.dlopen(str(compilers.shared(probe.name, probe.source, probe.header, probe.flags)))
