"""What a page says of many layers together: a table, bars by time, memory over the schedule, what tuning found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...benchmark.peaks import Peaks
from ...onnx.liveness import Step
from ...planner.describe import amount
from ...planner.explain import peak_of, share_of_peak
from . import plots
from .chart import Chart
from .layer import Layer, Subject, estimate_of, roofs, trials_of
from .table import MINUS_ONE, Bar, Cell, Column, Fact, Table, bars, duration, figure, share, time_text

UNKNOWN = "–"


class Network(NamedTuple):
    """What a page says of a network, or of some layers. memory: None where the order of its steps is not known; then
    arrays has what each layer takes."""

    facts: list[Fact]
    table: Table
    predicted: tuple[Bar, ...]
    measured: tuple[Bar, ...]
    roofline: Chart | None
    memory: Chart | None
    memory_text: str
    arrays: tuple[Bar, ...]
    tuned: Table | None
    tuned_text: str
    left: tuple[str, ...]


def network(subjects: Sequence[Subject], layers: Sequence[Layer], limits: Peaks | None, steps: Sequence[Step],
            left: Sequence[str]) -> Network:
    """All of it. layers: what the page says of each of them."""
    ids = [one.id for one in layers]
    estimates = [estimate_of(subject.kernel.plan) for subject in subjects]
    cycles = [None if one is None else one.cycles * subject.uses
              for one, subject in zip(estimates, subjects, strict=True)]
    seconds = [subject.seconds for subject in subjects]
    whole, taken = sum(filter(None, cycles)), sum(filter(None, seconds))
    order = sorted((i for i in range(len(subjects)) if cycles[i]), key=lambda i: -(cycles[i] or 0.0))
    unweighed = sum(one is None for one in cycles)
    apart = f", without {unweighed} of {len(subjects)} that no model weighs" if unweighed else ""
    slowest = sorted((i for i in range(len(subjects)) if seconds[i]), key=lambda i: -(seconds[i] or 0.0))
    macs = sum(subject.kernel.spec.macs * subject.uses for subject in subjects)
    facts = [Fact("layers", f"{sum(subject.uses for subject in subjects)}, {len(subjects)} different"),
             Fact("multiply-adds", amount(macs).strip()), Fact("predicted", f"{amount(whole)}cycles{apart}"),
             Fact("packed weights", f"{amount(sum(one.kernel.packed_bytes * one.uses for one in subjects))}B")]
    if taken:
        facts += [Fact("measured", time_text(taken)), Fact("speed", f"{2e-9 * macs / taken:.4g} GFLOP/s")]
    tuned, told = _tuned(subjects, ids)
    return Network(
        facts=facts, table=_table(subjects, layers, cycles, seconds), predicted=bars(
            ((_label(subjects[i]), cycles[i] or 0.0, f"{amount(cycles[i] or 0.0)}cycles, {_part(cycles[i], whole)}",
              subjects[i].kernel.plan.label) for i in order), "predicted", [ids[i] for i in order]),
        measured=bars(((_label(subjects[i]), seconds[i] or 0.0,
                        f"{duration(seconds[i]).text}, {_part(seconds[i], taken)}",
                        subjects[i].kernel.plan.label) for i in slowest), "measured", [ids[i] for i in slowest]),
        roofline=_roofline(subjects, limits), memory=plots.memory(steps) if steps else None,
        memory_text=_memory(steps), arrays=() if steps else _arrays(subjects, ids), tuned=tuned, tuned_text=told,
        left=tuple(left))


def _label(subject: Subject) -> str:
    return subject.title + (f" × {subject.uses}" if subject.uses > 1 else "")


def _part(value: float | None, whole: float) -> str:
    return f"{value / whole:.1%}" if value and whole else UNKNOWN


def _table(subjects: Sequence[Subject], layers: Sequence[Layer], cycles: Sequence[float | None],
           seconds: Sequence[float | None]) -> Table:
    """A row a layer, in the network's order; times are of all its uses."""
    timed, verified = any(seconds), any(one.most is not None for one in layers)
    columns = [Column("layer"), Column("input", True), Column("kernel / stride", True), Column("output channels", True),
               Column("uses", True), Column("plan"), Column("multiply-adds", True), Column("flops/byte", True),
               Column("predicted, all uses", True), Column("of peak", True)]
    if timed:
        columns += [Column("measured, one", True), Column("all uses", True), Column("GFLOP/s", True),
                    Column("of FMA peak", True)]
    columns += [Column("error of bound", True)] * verified
    rows = []
    for subject, told, predicted, taken in zip(subjects, layers, cycles, seconds, strict=True):
        spec, plan, measured = subject.kernel.spec, subject.kernel.plan, subject.measured
        estimated = estimate_of(plan)
        axes = spec.axes[3 - spec.rank :]
        extents = " x ".join(map(str, (spec.ic, *(axis.i for axis in axes))))
        kernel = "x".join(str(axis.k) for axis in axes)
        strided = any(axis.s > 1 for axis in axes)
        kernel += " / " + "x".join(str(axis.s) for axis in axes) if strided else ""
        row = [Cell(subject.title, link=told.id, note=", ".join(subject.names)),
               Cell(extents, float(spec.ic * spec.id * spec.ih * spec.iw)),
               Cell(kernel, float(spec.kd * spec.kh * spec.kw)),
               Cell(str(spec.oc), spec.oc), Cell(str(subject.uses), subject.uses), Cell(plan.label),
               figure(float(spec.macs), ""), Cell(f"{2 * spec.macs / spec.bytes:.1f}", 2 * spec.macs / spec.bytes),
               figure(predicted, "cycles"), share(estimated and share_of_peak(estimated))]
        if timed:
            one, speed, part = (measured.min_s, measured.gflops, measured.fma_share) if measured else (None, None, None)
            row += [duration(one), duration(taken), figure(speed, ""), share(part)]
        row += [Cell("–", MINUS_ONE) if told.most is None else Cell(f"{told.most:.3g}", told.most)] * verified
        rows.append(tuple(row))
    return Table("The layers, each different one once", tuple(columns), tuple(rows))


def _roofline(subjects: Sequence[Subject], limits: Peaks | None) -> Chart | None:
    """All layers under one roof: measured ones, or all as the model has them."""
    points = []
    if limits is not None:
        for subject in subjects:
            if (measured := subject.measured) is not None:
                title = f"{subject.title}: {measured.gflops:.4g} GFLOP/s"
                points.append(plots.Point(2 * measured.macs / measured.bytes, measured.gflops, title, "measured"))
        if points:
            return plots.roofline(limits.fma_gflops, [plots.Roof("memory", limits.copy_gbs)], points, "GFLOP/s")
    targets = {subject.kernel.plan.target.name: subject.kernel.plan for subject in subjects}
    if len(targets) != 1:
        return None
    for subject in subjects:
        spec, estimated = subject.kernel.spec, estimate_of(subject.kernel.plan)
        if estimated is not None:
            speed = 2 * spec.macs / max(estimated.cycles, 1.0)
            title = f"{subject.title}: {speed:.4g} flops a cycle, {share_of_peak(estimated):.0%} of peak"
            points.append(plots.Point(2 * spec.macs / spec.bytes, speed, title))
    (plan,) = targets.values()
    return plots.roofline(peak_of(plan), roofs(plan.target), points, "flops a cycle") if points else None


def _memory(steps: Sequence[Step]) -> str:
    if not steps:
        return "The order of the layers is not known: bars are the arrays of each layer by itself."
    most = max(steps, key=lambda step: step.live)
    return (f"At most {amount(most.live)}B are live at once, in {most.op} {most.name}; all values together are"
            f" {amount(sum(step.made for step in steps))}B. Weights are not counted.")


def _arrays(subjects: Sequence[Subject], ids: Sequence[str]) -> tuple[Bar, ...]:
    def entry(subject: Subject) -> tuple[str, float, str, str]:
        kernel, spec = subject.kernel, subject.kernel.spec
        sizes: dict[str, int] = {array.role: array.bytes for array in spec.arrays if array.when == "run"}
        sizes |= {"packed": kernel.packed_bytes, "workspace": kernel.workspace_bytes + kernel.scratch_bytes}
        total = sum(sizes.values())
        return subject.title, total, f"{amount(total)}B", ", ".join(f"{role} {amount(size)}B" for role, size in
                                                                   sizes.items() if size)
    return bars(map(entry, subjects), "memory", ids)


def _tuned(subjects: Sequence[Subject], ids: Sequence[str]) -> tuple[Table | None, str]:
    """What tuning has gained: the first trial, the best, and how many."""
    rows = []
    for subject, anchor in zip(subjects, ids, strict=True):
        spec = subject.kernel.spec
        trials = trials_of(spec, subject.kernel.plan.target)
        times = [row.min_s for row in trials if row.min_s is not None and row.status == "ok"]
        if times:
            first, best = times[0], min(times)
            rows.append((Cell(subject.title, link=anchor), Cell(str(len(trials)), len(trials)),
                         Cell(str(len(trials) - len(times)), len(trials) - len(times)),
                         figure(2e-9 * spec.macs / first, ""), figure(2e-9 * spec.macs / best, ""),
                         Cell(f"{first / best - 1:.1%}", first / best), Cell(trials[-1].time)))
    if not rows:
        return None, "No trials of these layers are on record (convgen tune)."
    columns = (Column("layer"), Column("trials", True), Column("failed", True), Column("first, GFLOP/s", True),
               Column("best, GFLOP/s", True), Column("gain", True), Column("last trial"))
    return Table("Tuning", columns, tuple(rows)), f"{len(rows)} of {len(subjects)} layers have trials on record."
