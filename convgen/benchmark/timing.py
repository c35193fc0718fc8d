"""How fast a kernel is, and how near to what the machine can do.

A call is timed in repeats of at least 2 ms of back-to-back calls on random data, after a warm-up.
The median tells what to expect, and is what tables lead with; the fastest repeat tells what the kernel can do on a
quiet machine. Where the two lie far apart, or repeats scatter, the machine was `noisy`, and a reader is told. Two
limits stand beside them, both measured in the same run: the FMA peak, and the bandwidth of copying. A layer
that stays in the caches from call to call can exceed the second.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
import numpy as np

from .. import isolate
from ..algorithms import ALGORITHMS
from ..errors import MissingToolError
from ..layer.spec import ConvSpec
from ..machine import devices
from ..machine.host import host
from ..machine.target import NAMED, Target
from ..plan.kernel import Kernel
from ..plan.work import multiplied
from ..run import compilers, emulated
from ..run.build import AnyConv, built, load
from ..verification.timed import place, timed
from .data import draw
from .peaks import Peaks

REPEATS = 11
REPEAT_SECONDS = 2e-3
MOST_CALLS = 100_000  # in a repeat
TIMEOUT = 900.0  # seconds for one layer
NOISY_RATIO, NOISY_SPREAD = 1.25, 0.1  # a median so many times the least time, or such a spread, is told of


# --- measuring ---


class Timing(msgspec.Struct, frozen=True):
    """Seconds a call in each repeat of `calls` calls."""

    calls: int
    seconds: tuple[float, ...]

    @property
    def least(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, as a share of the median: 0.03 where half of all repeats lie within
        about 3 % of it."""
        if len(self.seconds) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return (high - low) / 2 / self.median

    @property
    def noisy(self) -> bool:
        return self.median > NOISY_RATIO * self.least or self.spread > NOISY_SPREAD


class Job(msgspec.Struct, frozen=True):
    """What another process is to time. where: the built kernel, as run.opencl.built gives it. threads: None for an
    OpenCL device."""

    kernel: Kernel
    where: str
    threads: int | None
    repeats: int


def measure(kernel: Kernel, threads: int | None = 1, repeats: int = REPEATS) -> Timing:
    """Build a kernel and time it, in a process of its own; threads: None for an OpenCL device. CrashError when that
    dies or hangs."""
    job = Job(kernel, built(kernel), threads, repeats)
    return msgspec.convert(isolate.call("convgen.benchmark.timing:run", job, TIMEOUT), Timing)


def run(payload: object) -> Timing:
    """What `measure` runs in the other process, on a Job."""
    job = msgspec.convert(payload, Job)
    return time_calls(load(job.kernel, job.where), job.threads, job.repeats)


def time_calls(conv: AnyConv, threads: int | None, repeats: int) -> Timing:
    """Time a loaded kernel on random data."""
    own = timed(conv, place(conv.kernel.spec, draw(conv.kernel.spec, np.random.default_rng(0))))

    def seconds(calls: int) -> float:
        return own.seconds(threads, calls)

    calls = 1
    seconds(calls)  # page faults, threads started
    while (taken := seconds(calls)) < REPEAT_SECONDS and calls < MOST_CALLS:
        # a little more than needed, for the first calls are the slow ones
        calls = min(MOST_CALLS, max(calls + 1, math.ceil(1.3 * calls * REPEAT_SECONDS / taken)))
    return Timing(calls, tuple(seconds(calls) / calls for _ in itertools.repeat(None, repeats)))


# --- what it means ---


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One layer, measured; names are the user's. Times are seconds a call; gflops counts
    2·macs, the direct algorithm, in the least time. spread and noisy: as Timing says.

    products: multiplications that the plan makes, where those are fewer than the direct algorithm's macs. rate: how
    many of its row take as long as an FMA.

    fma_share: of the FMA peak, or of that of products of integers. memory_share: of the bandwidth, counting every array
    once; both in the least time. limit: which of the two is nearer; no kernel of the direct algorithm exceeds it,
    caches aside. of_limit: how near, counting the plan's own products. All four are None where limits are not known.
    """

    names: tuple[str, ...]
    kernel: str
    plan: str
    macs: int
    bytes: int
    calls: int
    repeats: int
    min_s: float
    median_s: float
    spread: float
    noisy: bool
    gflops: float
    median_gflops: float
    products: float
    rate: float
    fma_share: float | None = None
    memory_share: float | None = None
    limit: Literal["compute", "memory"] | None = None
    of_limit: float | None = None

    @property
    def intensity(self) -> float:
        """Operations that the plan makes for a byte that is moved at least, with a product and a sum as two; in FMAs,
        so that the roofline of all is one."""
        return 2 * self.products / self.rate / self.bytes

    @property
    def own_gflops(self) -> float:
        """10⁹ such operations a second, in the least time."""
        return 2e-9 * self.products / self.rate / self.min_s


def measured(kernel: Kernel, timing: Timing, peaks: Peaks | None, names: tuple[str, ...] = ()) -> Measured:
    """What a kernel's timing means beside the limits."""
    spec, plan = kernel.spec, kernel.plan
    least, median, row = timing.least, timing.median, plan.target.row
    made = row.lanes * row.deep * multiplied(ALGORITHMS[plan.algorithm].visits(plan))
    layer = Measured(
        names=names, kernel=kernel.name, plan=kernel.plan.label, macs=spec.macs, bytes=spec.bytes,
        calls=timing.calls, repeats=len(timing.seconds), min_s=least, median_s=median,
        spread=timing.spread, noisy=timing.noisy,
        gflops=gflops(spec, least), median_gflops=gflops(spec, median), products=min(spec.macs, made or spec.macs),
        rate=rate(plan.target) if spec.arithmetic.exact else 1.0,
    )  # fmt: skip
    return layer if peaks is None else limited(layer, peaks)


def limited(layer: Measured, peaks: Peaks) -> Measured:
    """A measured layer beside these limits."""
    compute = 2e-9 * layer.macs / peaks.fma_gflops / layer.rate  # seconds, at the peak
    memory = 1e-9 * layer.bytes / peaks.copy_gbs
    own = compute * layer.products / layer.macs
    return msgspec.structs.replace(
        layer, fma_share=compute / layer.min_s, memory_share=memory / layer.min_s,
        limit="compute" if compute >= memory else "memory", of_limit=max(own, memory) / layer.min_s)


def gflops(spec: ConvSpec, seconds: float) -> float:
    """10⁹ operations a second of the direct algorithm, whichever the kernel uses."""
    return 2e-9 * spec.macs / seconds


def unit(kernels: Iterable[Kernel]) -> str:
    """What 10⁹ operations a second are called."""
    return "Gop/s" if any(kernel.spec.arithmetic.exact for kernel in kernels) else "GFLOP/s"


def geomean(layers: Sequence[Measured]) -> float:
    """Geometric mean of the layers' GFLOP/s, in their least times."""
    return statistics.geometric_mean(layer.gflops for layer in layers)


def median_geomean(layers: Sequence[Measured]) -> float:
    """The same in their median times."""
    return statistics.geometric_mean(layer.median_gflops for layer in layers)


# --- the limits ---


def limits_of(target: Target, threads: int) -> tuple[Target, int] | None:
    """Whose peaks limit kernels for a target, and with how many threads: for an OpenCL device that is this machine's
    CPU, those of C. None where they are not known: for other devices and machines, and without a C compiler."""
    if target.device is None:
        return None if emulated.runner(target) else (in_f32(target), threads)
    info, _ = devices.serving(target)
    with contextlib.suppress(MissingToolError):
        compilers.find_compiler()
        return (host(), info.units) if info.kind == "cpu" else None
    return None


def peak(kernel: Kernel, peaks: Peaks) -> float:
    """10⁹ operations a second that the instructions of its row reach: FMAs as measured, products of integers."""
    return peaks.fma_gflops * (rate(kernel.plan.target) if kernel.spec.arithmetic.exact else 1.0)


def rate(target: Target) -> float:
    """Products of integers in the time of an FMA: as many as the row says, for they take the same place in the core."""
    return target.peak / in_f32(target).peak


def in_f32(target: Target) -> Target:
    """A target of layers of other types, where it computes in f32."""
    row = target.row.f32
    usual = next((one.fma_rate for one in NAMED.values() if one.isa == row.name), target.fma_rate)
    return msgspec.structs.replace(target, isa=row.name, fma_rate=usual if target.row.pace else target.fma_rate)


def better(first: Peaks, second: Peaks) -> Peaks:
    """The higher of each figure: what disturbs a measurement only lowers it."""
    return Peaks(max(first.fma_gflops, second.fma_gflops), max(first.copy_gbs, second.copy_gbs))
