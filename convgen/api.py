"""What people call: a spec in, a kernel out. Here the planner, what tuning found and the printer meet."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from . import notebook
from .algorithms import MAX_ERROR
from .benchmark import peaks, rivals, timing
from .benchmark.contest import Absent, Arena, Figure
from .benchmark.peaks import Peaks
from .benchmark.timing import Measured
from .emit import render as printer
from .errors import InputError
from .layer.names import kind, show
from .layer.spec import ConvSpec
from .machine.devices import ready
from .machine.find import find
from .machine.target import Target
from .packaging import output
from .plan import kernel
from .plan.kernel import Chooser
from .plan.plan import Plan
from .planner.cost import Estimate
from .planner.describe import describe, plan_lines
from .planner.explain import adding, prediction, share_of_peak
from .planner.rank import estimate, rank
from .run import build
from .run.conv import Conv
from .run.emulated import runner
from .run.native import must_run_here
from .tuning import choose, trial, tuner
from .tuning import records as database
from .tuning.database import Records
from .tuning.lock import Lock, open_lock
from .tuning.tuner import EFFORTS, NO_LIMIT, Progress


class Kernel(kernel.Kernel, frozen=True, kw_only=True):
    __doc__ = kernel.Kernel.__doc__

    def compile(self, cc: str | None = None, opt: str = "O3", device: str | None = None,
                queue: object = None) -> Conv:
        """Build and load: by a C compiler, or on an OpenCL device, the target's unless another is named; or on that of
        a pyopencl queue, in its context, where it takes that context's arrays. MissingToolError when there is none."""
        return build.compile(self, cc, opt, device, queue)

    def load(self, where: str) -> Conv:
        """A kernel that was compiled before, at conv.where."""
        return build.load(self, where)

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> list[Path]:
        """Write the kernel's files, all or none, into a folder, which is made if need be: NAME.c, NAME.h and NAME.json,
        or for OpenCL NAME.cl, NAME_opencl.h, NAME_opencl.c and NAME.json. They are those of `convgen generate -o`.
        Their paths. InputError where one is there and differs, unless forced."""
        texts = output.files(self)
        output.write(Path(folder), texts, force)
        return [Path(folder) / name for name in texts]


def _layer(spec: ConvSpec) -> ConvSpec:
    """The spec itself. InputError for what people take for one."""
    if isinstance(spec, ConvSpec):
        return spec
    hint = "; ConvSpec.parse(text) reads descriptors" if isinstance(spec, str) else ""
    hint = "; kernel.spec is its layer" if isinstance(spec, kernel.Kernel) else hint
    raise InputError(f"spec must be a ConvSpec ({kind(spec)}){hint}")


def render(plan: Plan, name: str | None = None, origin: str = "", optimize: str = "",
           chosen_by: Chooser = "", max_code: int = 0) -> Kernel:
    """Print a plan. The same plan (and name, origin, objective, limit of code and chooser) gives the same bytes.
    InputError when the plan is illegal."""
    made = printer.render(plan, name, origin, optimize, chosen_by, max_code)
    return Kernel(**{field: getattr(made, field) for field in made.__struct_fields__})


def generate(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None,
             name: str | None = None, *, max_error: float = MAX_ERROR, records: bool = True,
             lock: Lock | str | os.PathLike[str] | None = None, locked: bool = False, threads: int | None = None,
             optimize: str | None = None, max_code: int | None = None) -> Kernel:
    """Plan one layer for a target and print its source.

    algorithm: one of algorithms.ALGORITHMS, or None for the best of all. name: the prefix of
    every symbol, or None for one that says the layer. max_error: the largest error that transforms and rounded
    operands may be expected to add to an output on random data, relative to its sum of |x||w|; 0 admits plain sums
    only, which data with sentinels, hot pixels or NaN needs: Winograd's tiles spread them to neighbours. lock: a file
    of plans that tuning found, which come first. records: take the plan that was measured to be the fastest on this
    machine, for a target that means this machine. Both: preferably with this number of threads. Else the cost model
    chooses, for so many threads, or for any number where that is None; locked: UnlockedError instead, unless the lock
    holds the layer. optimize: "speed", "size"
    (of code, packed weights and workspace), or "balanced", the smallest within 10 % of the fastest, which the cost
    model alone can tell; None for what suits the target. max_code: bytes of code, compiled for speed, that it may
    have, by an estimate that is rarely exceeded; None for 64 KiB, in plain C 24 KiB, where nobody measured a larger
    plan. UnsupportedError where no plan has so few.
    """
    tuned = choose.Tuned(_lock(lock), records, locked)
    machine = find(target).planned_for(threads)
    chosen = choose.choose(_layer(spec), machine, algorithm, tuned, threads or 1, max_error, optimize, max_code)
    return render(chosen.plan, name, chosen.origin, chosen.optimize, chosen.by, chosen.max_code)


# --- what `convgen plan`, `tune` and `bench` tell, as data ---


class Planned(msgspec.Struct, frozen=True):
    """A layer's chosen plan. origin: where it was measured to be the best; empty when the cost model chose it.
    estimate: what the model predicts that it costs, in cycles, part by part."""

    plan: Plan
    origin: str
    estimate: Estimate

    @property
    def cycles(self) -> float:
        return self.estimate.cycles

    @property
    def share_of_peak(self) -> float:
        """The predicted speed as a share of what the machine's FMAs reach, counting the operations of the layer's
        definition; 0 for the plain loop nest, whose cost is not predicted."""
        return share_of_peak(self.estimate) if self.cycles else 0.0

    def __repr__(self) -> str:
        return f"<convgen.plan {self._title()}>"

    def __str__(self) -> str:
        return "\n".join([self._title(), *plan_lines(self.plan)])

    def _repr_html_(self) -> str:
        rows = [("layer", "\n".join(describe(self.plan.spec))), ("measured", self.origin or "no")]
        rows += adding(self.estimate) if self.cycles else []
        return notebook.table(self._title(), rows, note="\n".join(plan_lines(self.plan)))

    def _title(self) -> str:
        cost = f": {prediction(self.estimate)}" if self.cycles else ""
        return f"{self.plan.label} for {self.plan.target.name}{cost}"


def plan(spec: ConvSpec, target: str | Target = "host", algorithm: str | None = None, *,
         max_error: float = MAX_ERROR, records: bool = True, lock: Lock | str | os.PathLike[str] | None = None,
         locked: bool = False, threads: int | None = None, optimize: str | None = None,
         max_code: int | None = None) -> Planned:
    """The plan that `generate` would print, with what it should cost. Arguments as of generate."""
    tuned = choose.Tuned(_lock(lock), records, locked)
    machine = find(target).planned_for(threads)
    chosen = choose.choose(_layer(spec), machine, algorithm, tuned, threads or 1, max_error, optimize, max_code)
    return Planned(chosen.plan, chosen.origin, estimate(chosen.plan))


def _lock(lock: Lock | str | os.PathLike[str] | None) -> Lock | None:
    """What `lock` names, read."""
    return lock if lock is None or isinstance(lock, Lock) else open_lock(Path(lock))


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1e3 * seconds:.4f} ms"


class Tuned(msgspec.Struct, frozen=True, kw_only=True):
    """What tuning found. plan: the fastest, which generate takes from now on; None when none could be measured.
    seconds: of a call, the least. first, first_seconds: the cost model's choice; None where it could not be measured.
    tried: plans measured now. failed: what went wrong with some of them, a line each. finished: false when time ran
    out."""

    plan: Plan | None
    seconds: float | None
    first: Plan
    first_seconds: float | None
    tried: int
    failed: tuple[str, ...]
    finished: bool

    @property
    def gain(self) -> float | None:
        """How many times as fast as the model's choice."""
        return self.first_seconds / self.seconds if self.first_seconds and self.seconds else None

    def __repr__(self) -> str:
        best = f"{self.plan.label}, {1e3 * (self.seconds or 0):.4g} ms" if self.plan else "no plan could be measured"
        gain = f", {self.gain:.2f} times as fast as {self.first.label}" if self.gain else ""
        return f"<convgen.tune {best}{gain}, {self.tried} tried now>"

    def _repr_html_(self) -> str:
        rows = [("fastest", self.plan.label if self.plan else "-", _ms(self.seconds)),
                ("the model's choice", self.first.label, _ms(self.first_seconds)),
                ("times as fast", "", f"{self.gain:.2f}" if self.gain else "-"),
                ("tried now", "all that there was to try" if self.finished else "until time ran out", self.tried)]
        rows += [("failed", line, "") for line in self.failed]
        return notebook.table("tuned" if self.plan else "no plan could be measured", rows,
                              note="\n".join(plan_lines(self.plan)) if self.plan else "")


def tune(spec: ConvSpec, target: str | Target = "host", *, effort: str = "measure", seconds: float | None = None,
         threads: int = 1, algorithm: str | None = None, max_error: float = MAX_ERROR,
         max_code: int | None = None, seed: int = 0,
         progress: Callable[[Progress], None] | None = None) -> Tuned:
    """Measure plans of a layer; every trial is on record at once, and generate takes the best.

    effort: measure (half a minute), patient (two minutes) or exhaustive (every plan). seconds: at most, about.
    threads: of a call; an OpenCL device uses all that it has. progress: is called after each trial. A tuning that was
    stopped goes on when it is called again. Errors: those of the machine, not of plans.
    """
    if effort not in EFFORTS:
        raise InputError(f"effort must be one of {', '.join(EFFORTS)} (effort={show(effort)})")
    if seconds is not None and not seconds > 0:
        raise InputError(f"seconds must be more than 0 (seconds={seconds})")
    wanted = find(target)
    _check_machine(wanted, _layer(spec))
    first = rank(spec, wanted, algorithm, max_error, max_code)[0].plan
    with Records() as rows, trial.Lab(threads, seed) as lab:
        place = database.place(spec, wanted, threads)
        found = tuner.tune(spec, wanted, lab, rows, place, EFFORTS[effort], seconds or NO_LIMIT, seed, algorithm,
                           max_error, progress or (lambda told: None), max_code=max_code)
    failed = tuple(f"{row.status}: {row.detail} (plan {row.plan})" for row in found.failed)
    plan = None if found.best is None else database.read_plan(found.best.plan, spec, wanted)
    least, first_s = (None if row is None else row.min_s for row in (found.best, found.first))
    return Tuned(plan=plan, seconds=least, first=first, first_seconds=first_s, tried=found.tried, failed=failed,
                 finished=found.finished)


def _check_machine(target: Target, spec: ConvSpec) -> None:
    """UnsupportedError or MissingToolError unless this machine runs kernels of the layer for the target."""
    if target.device is not None:
        ready(target)
    elif not runner(target):
        must_run_here(target, spec)


class Benched(msgspec.Struct, frozen=True):
    """How fast a kernel is. measured: seconds a call, GFLOP/s, shares of the machine's limits. limits: those, None
    where they are not known. rivals: the other libraries' figures. absent: those left out, and why."""

    kernel: Kernel
    measured: Measured
    limits: Peaks | None
    rivals: tuple[Figure, ...] = ()
    absent: tuple[Absent, ...] = ()

    def __repr__(self) -> str:
        one = self.measured
        others = "".join(f", {rival.name} {1e3 * rival.least:.4g} ms" for rival in self.rivals)
        others += "".join(f", without {absent.name}" for absent in self.absent)
        speed = f"{one.gflops:.4g} {timing.unit([self.kernel])}"
        return f"<convgen.bench {one.kernel}: {1e3 * one.min_s:.4g} ms, {speed}{others}>"

    def _repr_html_(self) -> str:
        one = self.measured
        rows = [("convgen", f"{1e3 * one.min_s:.4f}", f"{1e3 * one.median_s:.4f}", f"{one.gflops:.1f}", "")]
        rows += [(rival.name, f"{1e3 * rival.least:.4f}", f"{1e3 * rival.median:.4f}",
                  f"{timing.gflops(self.kernel.spec, rival.least):.1f}", f"{rival.version}, {rival.setup}")
                 for rival in self.rivals]
        rows += [(absent.name, "-", "-", "-", f"left out: {absent.reason}") for absent in self.absent]
        return notebook.table(one.kernel, rows, ("", "min ms", "median ms", timing.unit([self.kernel]), ""))


def bench(layer: ConvSpec | Kernel, target: str | Target = "host", *, against: Sequence[str] = (), threads: int = 1,
          repeats: int = timing.REPEATS, limits: Peaks | None = None) -> Benched:
    """Measure a layer, by the kernel that generate makes of it, or a kernel, beside the machine's limits.

    against: other libraries to measure in turns with it (onnxruntime, torch, openvino, ncnn, litert, mnn, scipy; for
    an OpenCL device clblast, torch-cuda), and f32 or f32-direct, convgen's kernel of the same layer in f32, the second
    without transforms, or apart, convgen's kernels of a chain's layers, one for each. threads: an OpenCL device uses
    all that it has. limits: of an earlier result; measured unless given, which takes a second. CrashError when the
    kernel crashes.
    """
    if not (type(repeats) is int and repeats >= 1):
        raise InputError(f"repeats must be an integer of at least 1 (repeats={show(repeats)})")
    several = threads if threads > 1 else None  # one is no reason to plan otherwise than for all
    made = layer if isinstance(layer, kernel.Kernel) else generate(layer, target, threads=several)
    wanted = made.plan.target
    _check_machine(wanted, made.spec)
    names = [against] if isinstance(against, str) else list(against)
    rivals.check(names, wanted)
    granted = threads if wanted.device is None else None
    whose = timing.limits_of(wanted, threads)
    if limits is None and whose:
        limits = peaks.measure(*whose)
    if not names:
        return Benched(made, timing.measured(made, timing.measure(made, granted, repeats), limits), limits)
    other, errors = rivals.in_f32(made.spec), {name: rivals.RIVALS[name].max_error for name in names}
    in_f32 = {name: generate(other, timing.in_f32(wanted), max_error=error, threads=several)
              for name, error in errors.items() if error is not None and other != made.spec}
    layers = [generate(layer, wanted, threads=several) for layer in made.spec.parts if made.spec.chained]
    with Arena(names, granted, repeats) as arena:
        match = arena.compare(made, in_f32, layers)
    return Benched(made, timing.measured(made, match.own.timing, limits), limits, match.rivals, match.absent)
