"""Kernels and networks beside other libraries, each at its best.

A library has a process of its own, with the threads it was granted, or the kernel's OpenCL device. For each layer every
contestant is set up once and its result compared with the oracle's; then they are measured
round-robin, so that what disturbs the machine for a while disturbs all of them. One
that is missing, cannot compute a layer, is wrong, crashes or hangs is left out there, with the reason.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

import msgspec
import numpy as np

from .. import isolate
from ..errors import ConvgenError, UnsupportedError
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.kernel import Kernel
from ..run.arrays import Array
from ..run.build import built
from ..run.networks import Network, save
from . import rivals
from .data import draw, expected
from .rivals import instructions, worker
from .rivals.likeness import Likeness
from .rivals.worker import Difference, Job, NetworkJob, Prepared
from .timing import Timing, gflops

OWN = "convgen"
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # NumPy only checks results
    # glibc keeps what is freed: a library that allocates its output in each call pays no page faults
    "MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**40),
}  # fmt: skip
NONE: Mapping[str, Kernel] = {}
PREPARE_TIMEOUT, MEASURE_TIMEOUT = 300.0, 120.0  # seconds


class Figure(msgspec.Struct, frozen=True):
    """One contestant on one layer: its fastest set-up, and seconds a call in each round.

    error: root mean square of the result's, as a share of that of the sums; of integer outputs, of their standard
    deviation. tried: seconds a call of every set-up in a short trial. refused: why other set-ups were not taken.
    difference: how integer outputs differ from what the layer asks for; None where they are real. peer: whether it
    computes what the kernel does, so that the two can be compared: not a kernel in f32 beside one of integers, nor a
    library whose sums of integers are not exact. likeness: of a network, how far its outputs lie from convgen's, and
    what that was held to.
    """

    name: str
    version: str
    setup: str
    calls: int
    seconds: tuple[float, ...]
    error: float
    tried: dict[str, float]
    refused: dict[str, str]
    difference: Difference | None = None
    peer: bool = True
    likeness: Likeness | None = None

    @property
    def timing(self) -> Timing:
        return Timing(self.calls, self.seconds)

    @property
    def least(self) -> float:
        return self.timing.least

    @property
    def median(self) -> float:
        return self.timing.median


class Absent(msgspec.Struct, frozen=True):
    """A rival left out, and why."""

    name: str
    kind: Literal["not installed", "unsupported", "failed"]
    reason: str


class Race(msgspec.Struct, frozen=True):
    """convgen's figure, those of the rivals that could be measured, and the rivals left out."""

    own: Figure
    rivals: tuple[Figure, ...]
    absent: tuple[Absent, ...]

    @property
    def peers(self) -> tuple[Figure, ...]:
        """The rivals that compute what the kernel does."""
        return tuple(one for one in self.rivals if one.peer)

    @property
    def best(self) -> Figure | None:
        """The fastest rival of those that compute the same."""
        return min(self.peers, key=lambda figure: figure.least, default=None)

    @property
    def usual_best(self) -> Figure | None:
        """The one with the least median: what to expect of the best."""
        return min(self.peers, key=lambda figure: figure.median, default=None)

    @property
    def ratio(self) -> float | None:
        """Time of the fastest rival by convgen's, both the least of all rounds: above 1, convgen wins."""
        return self.best.least / self.own.least if self.best else None

    @property
    def median_ratio(self) -> float | None:
        """The same of medians; the rival with the least median may be another than the one with the least time."""
        return self.usual_best.median / self.own.median if self.usual_best else None


class Match(Race, frozen=True):
    """The same of a layer."""

    kernel: Kernel

    def gflops(self, figure: Figure) -> float:
        """Of one of its figures, in the best round."""
        return gflops(self.kernel.spec, figure.least)


class Arena:
    """The contestants' processes. Use it in a with statement. threads: None for kernels of OpenCL devices. held: the
    target to whose instructions libraries are held; those that cannot be are left out."""

    def __init__(self, names: Sequence[str], threads: int | None, repeats: int, held: Target | None = None) -> None:
        self._names, self._threads, self._repeats = tuple(names), threads, repeats
        self._workers: dict[str, isolate.Worker] = {}
        self._absent = [Absent(name, "not installed", why) for name in names
                        if (why := rivals.missing(name))]
        self._settings: dict[str, dict[str, str]] = {}
        if held is not None and instructions.held(held):
            self._hold(held)

    def _hold(self, target: Target) -> None:
        """To the instructions of a target; convgen's own kernels are for it anyway."""
        for name in [name for name in self._names if not rivals.missing(name)]:
            found = instructions.settings(target, rivals.RIVALS[name].variables)
            if found is None and not rivals.RIVALS[name].in_f32:
                self._absent.append(Absent(name, "unsupported", f"cannot be held to the instructions of {target.name}"))
            self._settings[name] = found or {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._workers.values():
            process.kill()

    def compare(self, kernel: Kernel, in_f32: Mapping[str, Kernel] = NONE, apart: Sequence[Kernel] = ()) -> Match:
        """Measure a layer. An error of the kernel's own process is raised; a rival's leaves it out.

        in_f32: the kernels of the layer in f32, by the names of the rivals that they are. apart: of a chain, those of
        its layers.
        """
        with tempfile.TemporaryDirectory() as folder:
            data = _store(kernel.spec, Path(folder))
            where = built(kernel)
            device = None if kernel.plan.target.device is None else where

            def job(name: str) -> Job:
                if name == OWN:
                    return Job(rivals.OWN_MODULE, kernel.spec, str(data), self._threads, device, kernel, where)
                if rivals.RIVALS[name].apart:
                    if not apart:
                        raise UnsupportedError("it is one layer, not a chain")
                    layers = tuple(worker.Built(one, built(one)) for one in apart)
                    return Job(rivals.OWN_MODULE, kernel.spec, str(data), self._threads, device, layers=layers)
                if rivals.RIVALS[name].in_f32:
                    return self._in_f32(in_f32.get(name), Path(folder), device)
                return Job(rivals.RIVALS[name].module, kernel.spec, str(data), self._threads, device)

            return Match(*self._contest("prepare", job), kernel)

    def race(self, net: Network, file: str, inputs: Sequence[Array], quantised: bool) -> Race:
        """Measure a network that was made of a model's file, on such inputs; likewise. quantised: whether it has layers
        of integers."""
        with tempfile.TemporaryDirectory() as folder:
            saved, given = save(net, Path(folder)), Path(folder, "given.npz")
            np.savez(given, *inputs)

            def job(name: str) -> NetworkJob:
                module = rivals.OWN_MODULE if name == OWN else rivals.RIVALS[name].module
                if name != OWN and rivals.format_of(file) not in rivals.NETWORKS.get(name, ()):
                    raise UnsupportedError(f"reads no {rivals.format_of(file)} file, and its package has no converter")
                return NetworkJob(module, file, net.inputs, net.outputs, str(given), str(Path(folder, "wanted.npy")),
                                  net.threads, quantised, saved if name == OWN else None)

            return Race(*self._contest("prepare_network", job))

    def _contest(self, prepare: str,
                 job: Callable[[str], Job | NetworkJob]) -> tuple[Figure, tuple[Figure, ...], tuple[Absent, ...]]:
        """What each was measured to take, by turns. job: of a contestant; UnsupportedError where it has none."""
        absent = list(self._absent)
        ready = dict(self._prepare(prepare, job, absent))
        calls = {name: {setup: worker.calls(prepared.tried[setup]) for setup in prepared.errors}
                 for name, prepared in ready.items()}
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in ready}
        for number in range(self._repeats):
            order = list(ready)
            first = number % len(order)  # another contestant begins each round
            for name in order[first:] + order[:first]:
                try:
                    seconds = self._ask(name, "measure", calls[name], MEASURE_TIMEOUT)
                    rounds[name].append(msgspec.convert(seconds, dict[str, float]))
                except ConvgenError as error:
                    del ready[name]
                    self._leave(name, error, absent)
        own, *others = (_figure(name, one, calls[name], rounds[name]) for name, one in ready.items())
        return own, tuple(others), tuple(absent)

    def _prepare(self, prepare: str, job: Callable[[str], Job | NetworkJob],
                 absent: list[Absent]) -> Iterator[tuple[str, Prepared]]:
        """Set up every contestant; those that cannot be go to `absent`."""
        missing = {one.name for one in absent}
        for name in (OWN, *self._names):
            if name in missing:
                continue
            try:
                yield name, msgspec.convert(self._ask(name, prepare, job(name), PREPARE_TIMEOUT), Prepared)
            except ConvgenError as error:
                self._leave(name, error, absent)

    def _in_f32(self, kernel: Kernel | None, folder: Path, device: str | None) -> Job:
        """The job of a kernel in f32."""
        if kernel is None:
            raise UnsupportedError("the layer is in f32 itself")
        data = _store(kernel.spec, folder)
        return Job(rivals.OWN_MODULE, kernel.spec, str(data), self._threads, device, kernel, built(kernel))

    def _ask(self, name: str, function: str, payload: object, timeout: float) -> object:
        """Call a function of rivals.worker in the contestant's process, which is started if need be."""
        if name not in self._workers:
            environment = {**ENVIRONMENT, **({"OMP_NUM_THREADS": str(self._threads)} if self._threads else {}),
                           **self._settings.get(name, {})}
            self._workers[name] = isolate.Worker(environment, quiet=name != OWN)
        return self._workers[name].call(f"convgen.benchmark.rivals.worker:{function}", payload, timeout)

    def _leave(self, name: str, error: ConvgenError, absent: list[Absent]) -> None:
        """Leave a rival out of this layer; after a failure its process is not used again."""
        unsupported = isinstance(error, UnsupportedError)
        if not unsupported and name in self._workers:
            self._workers.pop(name).kill()
        if name == OWN:
            raise error
        absent.append(Absent(name, "unsupported" if unsupported else "failed", str(error)))


def _figure(name: str, prepared: Prepared, calls: dict[str, int],
            rounds: Sequence[dict[str, float]]) -> Figure:
    """Of the set-ups measured, the one with the least time."""
    setup = min(prepared.errors, key=lambda one: min(seconds[one] for seconds in rounds))
    difference = prepared.differences.get(setup)
    peer = name == OWN or (not rivals.RIVALS[name].in_f32 and (difference is None or difference.exact))
    return Figure(
        name, prepared.version, setup, calls[setup], tuple(seconds[setup] for seconds in rounds),
        prepared.errors[setup], prepared.tried, prepared.refused, difference, peer, prepared.likenesses.get(setup),
    )  # fmt: skip


def _store(spec: ConvSpec, folder: Path) -> Path:
    """A file with the layer's data and what the oracle makes of it."""
    arrays = draw(spec, np.random.default_rng(0))
    path = folder / f"{spec.dtype.replace(':', '-')}.npz"
    # mypy holds one of the names to be savez's own parameter allow_pickle
    np.savez(path, **arrays, **expected(spec, arrays)._asdict())  # type: ignore[arg-type]
    return path


# --- over many layers ---


class Against(msgspec.Struct, frozen=True):
    """How much longer a rival takes than convgen, over the layers that it was measured on: in least times, and in
    medians."""

    geomean_ratio: float
    layers: int
    geomean_median_ratio: float


class Summary(msgspec.Struct, frozen=True):
    """Geometric means over the layers of the fastest rival's time by convgen's; None where there was none."""

    geomean_ratio: float | None
    geomean_median_ratio: float | None
    rivals: dict[str, Against]


def summary(matches: Sequence[Race]) -> Summary:
    ratios = [(match.ratio, match.median_ratio) for match in matches if match.ratio and match.median_ratio]
    least, median = (statistics.geometric_mean(kind) for kind in zip(*ratios, strict=True)) if ratios else (None, None)
    each = {}
    for name in asked(matches):
        found = [(one.least / match.own.least, one.median / match.own.median)
                 for match in matches for one in match.rivals if one.name == name]
        if found:
            times, medians = map(statistics.geometric_mean, zip(*found, strict=True))
            each[name] = Against(times, len(found), medians)
    return Summary(least, median, each)


def asked(matches: Sequence[Race]) -> list[str]:
    """The rivals asked for, in the order of their table."""
    names = {one.name for match in matches for one in match.rivals}
    names |= {one.name for match in matches for one in match.absent}
    return [name for name in rivals.RIVALS if name in names]
