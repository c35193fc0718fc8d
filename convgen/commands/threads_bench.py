"""bench --threads-model: how layers should scale with threads, each by the plan for so many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..benchmark import peaks, threads, timing
from ..machine.host import cores
from ..plan.kernel import Kernel
from .console import ms, progress, put, put_json, put_table, put_wrapped
from .request import Layers, Request, called, must_run_here


class Step(NamedTuple):
    """A layer by so many threads. alone: seconds of all tasks; predicted: of a run; measured: where there are cores."""

    threads: int
    kernel: Kernel
    alone: float
    predicted: float
    measured: float | None


def counts(most: int) -> list[int]:
    """1, 2, 4, … up to the number asked for."""
    return [*(2**at for at in range(most.bit_length()) if 2**at < most), most]


def bench(request: Request, most: int, repeats: int, as_json: bool) -> None:
    """Measure, and tell."""
    layers, target = request.layers(), request.machine
    must_run_here(target, layers, measured=True)
    start = threads.start_of(target, peaks.clock(target) if target.device is None else 1.0)
    found = [_steps(request, {spec: names}, most, repeats, start) for spec, names in layers.items()]
    if as_json:
        put_json({"target": target.name, "start_s": start, "layers": [
            {"names": names, "steps": [
                {"threads": one.threads, "plan": one.kernel.plan.label, "tasks": one.kernel.phases,
                 "tasks_s": one.alone, "predicted_s": one.predicted, "measured_s": one.measured} for one in steps]}
            for names, steps in zip(layers.values(), found, strict=True)]})
        return
    for layer, steps in zip(layers.items(), found, strict=True):
        put(called(*layer))
        _put(steps)
    put_wrapped("predicted: each thread takes the next task as soon as it is free, by the tasks' times on one thread,"
                f" and a phase starts in {1e6 * start:.2g} us; memory that threads share is not in it", 2)


def _steps(request: Request, layer: Layers, most: int, repeats: int, start: float) -> list[Step]:
    steps = []
    with progress(len(counts(most)), "measuring") as step:
        for count in counts(most):
            (kernel,) = request._replace(threads=count).kernels(layer)
            phases = threads.measure(kernel, repeats)
            here = timing.measure(kernel, count, repeats).least if count <= cores() else None
            steps.append(Step(count, kernel, sum(map(sum, phases)), threads.simulated(phases, count, start), here))
            step()
    return steps


def _put(steps: Sequence[Step]) -> None:
    first = steps[0].predicted
    put_table(("threads", "plan", "tasks", "tasks ms", "predicted ms", "speed-up", "busy", "measured ms"),
              [(str(one.threads), one.kernel.plan.label, " + ".join(map(str, one.kernel.phases)), ms(one.alone),
                ms(one.predicted), f"{first / one.predicted:.2f}", f"{one.alone / one.predicted / one.threads:.0%}",
                ms(one.measured)) for one in steps], ("tasks ms", "busy", "plan"))
