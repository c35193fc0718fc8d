"""What runs in a rival's process: set it up for a layer or a network, check it, time it.

Of the set-ups for a layer those that are near the fastest are kept. Only one process of a
comparison works at any moment: a function here returns when the threads of its process have gone
to sleep. Libraries let them spin for a while after a call, in case another follows; none is told not
to, which would slow it down.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import math
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...errors import ConvgenError, UnsupportedError, VerificationError
from ...layer.spec import ConvSpec
from ...plan.kernel import Kernel
from ...run.build import load
from ...run.networks import Argument, Saved
from ...verification import oracle
from ..data import SYMMETRIC, compared
from . import likeness, own, problem
from .likeness import Likeness
from .problem import Setup, aligned

BURST = 5e-3  # seconds of back-to-back calls in one measurement
TRIALS = 5  # measurements of a set-up, to see which ones to keep
NEAR = 1.25  # a set-up that takes more than this many times the fastest's time is dropped
MOST_CALLS = 100_000
SLEEP_LIMIT = 3.0  # seconds after which idle threads must have gone to sleep
GRACE = 0.2  # seconds that they get where nobody can see whether they sleep
TASKS = Path("/proc/self/task")  # Linux: the threads of this process
CORES_SLACK = 0.25  # cores that a set-up may keep busy beyond the threads granted

# A result must be right, and computed in single precision: its largest error as a share of
# Σ|x||w| + |b| + |r|, and its root mean square as a share of that of the sums. In f32 the largest
# Winograd tiles reach 1.2e-4 in the second; with operands of bf16 it is above 1.5e-3.
LARGEST, TYPICAL = 1e-3, 5e-4

# Of integers: one whose sums saturate is told of, and measured, until it has little to do with the layer: the root mean
# square of its differences as a share of the outputs' standard deviation.
UNLIKE = 0.5

Data = dict[str, NDArray[Any]]  # x, w, b, r of the layer, and y, v, s of the oracle

F32_ROUNDINGS = 4  # of the operations that make an output of a sum

_kept: list[Setup] = []


class Difference(msgspec.Struct, frozen=True):
    """How integer outputs differ from the layer's rule: the largest difference, and the share of outputs that differ.

    exact: whether each is nevertheless the nearest to its sum times scale, up to what products in f32 round, so that
    all sums are exact and only their rounding is another rule.
    """

    largest: int
    share: float
    exact: bool

    def __str__(self) -> str:
        if not self.largest:
            return "equal"
        return f"{'' if self.exact else 'not exact, '}±{self.largest} in {100 * self.share:.2g}%"


class Built(msgspec.Struct, frozen=True):
    """A kernel, and what run.build.load has it by."""

    kernel: Kernel
    where: str


class Job(msgspec.Struct, frozen=True):
    """What to prepare. module: that describes the rival. data: a file with x, w, b, r and the oracle's y, v, s.
    Either threads or device, the key of an OpenCL device, is None. kernel, where: for convgen's own; layers: for those
    of a chain's layers."""

    module: str
    spec: ConvSpec
    data: str
    threads: int | None
    device: str | None
    kernel: Kernel | None = None
    where: str = ""
    layers: tuple[Built, ...] = ()


class NetworkJob(msgspec.Struct, frozen=True):
    """The same of a network. file: the model's. inputs, outputs: what it takes and gives. given: a file of its inputs,
    in order. wanted: one of what convgen makes of them, which writes it. quantised: whether it has layers of integers.
    saved: for convgen's own."""

    module: str
    file: str
    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    given: str
    wanted: str
    threads: int
    quantised: bool = False
    saved: Saved | None = None


class Prepared(msgspec.Struct, frozen=True):
    """A rival that is ready.

    errors: of each set-up that was kept, root mean square as a share of that of the sums; of integer outputs, of their
    standard deviation. tried: seconds a call of each set-up that was right. refused: why others were not taken.
    differences: of each that was kept, where outputs are integers. likenesses: the same of a network's outputs.
    """

    version: str
    errors: dict[str, float]
    tried: dict[str, float]
    refused: dict[str, str]
    differences: dict[str, Difference] = {}
    likenesses: dict[str, Likeness] = {}


class Checked(NamedTuple):
    """A result's typical error; how integers differ; and the outputs of a network."""

    error: float
    difference: Difference | None = None
    likeness: Likeness | None = None


def prepare(payload: object) -> Prepared:
    """Set a rival up, on a Job. UnsupportedError when it cannot compute the layer, VerificationError when no set-up is
    right."""
    _kept.clear()
    gc.collect()
    job = msgspec.convert(payload, Job)
    with np.load(Path(job.data)) as file:
        data = {name: file[name] for name in file.files}
    module, offered = _offered(job, data)
    # convgen's own kernel uses no threads but those it is told to; a device is there for all its users
    cores = math.inf if job.threads is None or job.device or module is own else job.threads
    check = (lambda setup: _check_integers(setup, job, data)) if job.spec.arithmetic.exact else \
        lambda setup: Checked(_check(setup, job.spec, data))
    return _prepared(module, offered, cores, check)


def prepare_network(payload: object) -> Prepared:
    """The same on a NetworkJob. What is right is what convgen makes, which is asked first; verify tells whether that
    is."""
    _kept.clear()
    gc.collect()
    job = msgspec.convert(payload, NetworkJob)
    with np.load(job.given) as file:
        given = [aligned(file[name].shape, file[name], file[name].dtype) for name in file.files]
    if job.saved is not None:
        setup = own.network(job.saved, given)
        setup.time(1)
        np.save(job.wanted, setup.output())
        return _prepared(own, [setup], math.inf, lambda _: Checked(0.0))
    network = problem.Network(job.file, {one.value: array for one, array in zip(job.inputs, given, strict=True)},
                              {one.value: np.zeros(one.shape, one.dtype) for one in job.outputs})
    module, wanted = importlib.import_module(job.module), np.load(job.wanted)
    sizes = [math.prod(one.shape) for one in job.outputs]
    unoptimised = getattr(module, "unoptimised", None) if job.quantised else None
    itself = functools.cache(lambda: unoptimised(network, job.threads)) if unoptimised else None

    def check(setup: Setup) -> Checked:
        found = likeness.judge(setup.output(), wanted, sizes, itself)
        return Checked(found.convgen.typical, None, found)

    return _prepared(module, module.networks(network, job.threads), job.threads, check)


def _prepared(module: ModuleType, offered: Iterable[Setup], cores: float,
              check: Callable[[Setup], Checked]) -> Prepared:
    """Set-ups that are right and near the fastest, kept. cores: that they may keep busy. check: ConvgenError where a
    result is wrong."""
    errors: dict[str, float] = {}
    differences: dict[str, Difference] = {}
    likenesses: dict[str, Likeness] = {}
    tried: dict[str, float] = {}
    refused: dict[str, str] = {}
    for setup in offered:
        try:
            setup.time(1)
            errors[setup.name], difference, like = check(setup)
            if difference is not None:
                differences[setup.name] = difference
            if like is not None:
                likenesses[setup.name] = like
            tried[setup.name] = _trial(setup, cores)
            _kept.append(setup)
        except ConvgenError as error:
            refused[setup.name] = str(error)
        _sleep()
    if any(difference.exact for difference in differences.values()):
        for name in [name for name in tried if not differences[name].exact]:
            refused[name] = str(differences[name])
            del tried[name]
    if not tried:
        raise VerificationError("; ".join(f"{name}: {why}" for name, why in refused.items()))
    _kept[:] = [setup for setup in _kept if tried.get(setup.name, math.inf) <= NEAR * min(tried.values())]
    names = [setup.name for setup in _kept]
    return Prepared(module.version(), {name: errors[name] for name in names}, tried, refused,
                    {name: differences[name] for name in names if name in differences},
                    {name: likenesses[name] for name in names if name in likenesses})


def measure(calls: dict[str, int]) -> dict[str, float]:
    """Set-up -> seconds a call, of so many back to back, after a quarter as many to warm up."""
    seconds = {}
    for setup in _kept:
        count = calls[setup.name]
        setup.time(1 + count // 4)
        seconds[setup.name] = setup.time(count) / count
        _sleep()
    return seconds


def calls(seconds: float) -> int:
    """How many calls of this length fill a measurement."""
    return max(1, min(MOST_CALLS, math.ceil(BURST / seconds)))


def _offered(job: Job, data: Data) -> tuple[ModuleType, Iterator[Setup]]:
    """The module that describes the rival, and its set-ups for the layer."""
    arrays = {name: array for name, array in data.items() if name not in oracle.Result._fields}
    if job.kernel is not None:
        return own, iter([own.setup(job.kernel, job.where, arrays, job.threads)])
    if job.layers:
        kernels = [load(one.kernel, one.where) for one in job.layers]
        return own, iter([own.in_turn(job.spec, kernels, arrays, job.threads)])
    if job.spec.chained:
        raise UnsupportedError("no chains of layers")
    if job.spec.residual:
        raise UnsupportedError("no residual input")
    if job.spec.sliced:
        raise UnsupportedError("no slices of larger tensors")
    if job.spec.weight_zero:
        raise UnsupportedError("no zero point of weights")
    module = importlib.import_module(job.module)
    served = getattr(module, "DTYPES", ("f32",))
    if job.spec.dtype not in served:
        raise UnsupportedError(f"not measured in {job.spec.dtype}, but in {', '.join(served)}")
    if (op := job.spec.operation) != "forward" and job.spec.dtype not in getattr(module, "OPS", {}).get(op, ()):
        raise UnsupportedError(f"{op} layers are not measured in {job.spec.dtype}")
    if job.spec.backward:
        return module, module.setups(problem.gradient(job.spec, arrays), job.device or job.threads)
    given = problem.make(job.spec, arrays["input"], arrays["weights"], arrays.get("bias"), arrays.get("scale"))
    return module, module.setups(given, job.device or job.threads)


def _check(setup: Setup, spec: ConvSpec, data: Data) -> float:
    """The result's typical error; ConvgenError unless it is what the oracle says."""
    y, v, s = (data[name] for name in "yvs")
    got = compared(spec, setup.output()).reshape(y.shape).astype(np.float64)
    error = np.abs(got - y)
    largest = float(np.max(error / (s + np.finfo(np.float32).tiny)))
    typical = math.sqrt(np.mean(error**2) / np.mean(v**2))
    if not largest <= LARGEST:  # also when it is NaN
        raise ConvgenError(f"wrong result (error {largest:.2g} of the sum of magnitudes)")
    if not typical <= TYPICAL:
        raise ConvgenError(f"less than single precision (typical error {typical:.2g})")
    return typical


def _check_integers(setup: Setup, job: Job, data: Data) -> Checked:
    """The result's typical error, and how it differs; ConvgenError when it has nothing to do with the layer, or when it
    is convgen's own and differs at all."""
    y = data["y"].astype(np.int64)
    got = setup.output().reshape(y.shape).astype(np.int64)
    off = np.abs(got - y)
    largest, share = int(off.max()), float(np.mean(off > 0))
    difference = Difference(largest, share, not largest or _nearest(job.spec, got, data))
    typical = math.sqrt(np.mean(off.astype(np.float64) ** 2)) / max(float(y.std()), 1.0)
    if typical > UNLIKE or (largest and (job.kernel is not None or job.layers)):
        raise ConvgenError(f"wrong result ({difference} of outputs)")
    return Checked(typical, difference)


def _nearest(spec: ConvSpec, got: NDArray[np.int64], data: Data) -> bool:
    """Whether outputs are what their exact sums round to by whatever rule. Libraries whose integers are symmetric stop
    above the least of the type; some round what the output's zero point adds to the sum to an integer; what f32 rounds
    is told by the sum of magnitudes."""
    if "scale" not in data:
        return False
    scale = oracle.by_channel(spec, data["scale"].astype(np.float64))
    real, (least, most) = data["v"] * scale + spec.output_zero, spec.limits
    slack = 0.5 + 0.5 * scale + F32_ROUNDINGS * np.finfo(np.float32).eps * (data["s"] * scale + abs(spec.output_zero))
    return any(bool(np.all(np.abs(got - np.clip(real, low, most)) <= slack))
               for low in (least, max(least, -SYMMETRIC)))


def _trial(setup: Setup, threads: float) -> float:
    """Seconds a call, the least of a few measurements; ConvgenError if it uses too many cores."""
    count = 1
    while (taken := setup.time(count)) < BURST and count < MOST_CALLS:
        count = max(count + 1, min(calls(taken / count), 10 * count))  # the first calls are slow ones
    found, cores = [], []
    for _ in range(TRIALS):
        worked, start = time.process_time(), time.perf_counter()
        found.append(setup.time(count) / count)
        cores.append((time.process_time() - worked) / (time.perf_counter() - start))
    used = statistics.median(cores)
    if used > threads + CORES_SLACK:
        raise ConvgenError(f"keeps {used:.1f} cores busy where {threads} may be used")
    return min(found)


def _sleep() -> None:
    """Wait until no other thread of this process computes; ConvgenError when they do not stop."""
    if not TASKS.is_dir():
        time.sleep(GRACE)
        return
    deadline = time.monotonic() + SLEEP_LIMIT
    while _others_run():
        if time.monotonic() > deadline:
            raise ConvgenError(f"keeps computing for {SLEEP_LIMIT:g} s after its last call")
        time.sleep(1e-3)


def _others_run() -> bool:
    """Whether another thread runs, or waits for nothing but a processor."""
    own = str(threading.get_native_id())
    for thread in TASKS.iterdir():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            state = (thread / "stat").read_text().rpartition(")")[2].split()[0]
            if state == "R" and thread.name != own:
                return True
    return False
