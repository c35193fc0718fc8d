"""All that a page says of one kernel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ...algorithms import ALGORITHMS, MAX_ERROR
from ...benchmark.peaks import Peaks
from ...benchmark.timing import Measured
from ...emit.render import inner_loop
from ...errors import ConvgenError, CrashError
from ...layer.formats import spec_name, to_descriptor
from ...layer.spec import ConvSpec
from ...machine.target import Target
from ...plan.kernel import Kernel
from ...plan.plan import Plan
from ...planner.cost import Estimate
from ...planner.describe import amount, bound_text, command, complexity, describe, headline, proof_of, range_text
from ...planner.explain import left_out, losers, order_of, parts, peak_of, prediction, pruned, share_of_peak
from ...planner.explain import roofs as roofs_of
from ...planner.glossary import Word, used
from ...planner.memory import USABLE
from ...planner.rank import estimate, rank
from ...run.build import built
from ...tuning import records
from ...tuning.database import Record, Records, records_file
from ...verification import spread
from ...verification.report import verify_at
from ...verification.spread import Spread
from . import assembly, plots
from .chart import Chart
from .drawing import drawing
from .table import Bar, Cell, Column, Fact, Table, bars, time_text

SHOWN = 24  # kinds of plan that lost
LINES = 400  # of a text that is shown as a whole
LOOPS = {"n": "images", "g": "groups", "oc": "output channels", "od": "output planes", "oh": "output rows",
         "ow": "output columns", "ic": "input channels", "kd": "kernel planes", "kh": "kernel rows",
         "kw": "kernel columns", "phase": "outputs in which the same taps meet"}

# what an operation of a row is counted as
OPERATIONS = {
    "fma": "multiply-adds", "fnma": "multiply-adds", "load": "loads", "load_aligned": "loads", "load_part": "loads",
    "load_few": "loads", "reload": "loads", "get": "loads", "broadcast": "broadcasts from memory", "store": "stores",
    "store_aligned": "stores", "store_tail": "stores", "store_few": "stores", "spill": "stores", "put": "stores",
    "deinterleave_even": "shuffles", "deinterleave_odd": "shuffles", "interleave_low": "shuffles",
    "interleave_high": "shuffles", "splice": "shuffles",
    "broadcast_grouped": "shuffles", "set1": "constants", "zero": "constants", "add": "other arithmetic",
    "sub": "other arithmetic", "mul": "other arithmetic", "div": "other arithmetic", "max": "other arithmetic",
    "min": "other arithmetic", "pow2": "other arithmetic", "in_f32": "other arithmetic",
    "both_in_f32": "other arithmetic", "neighbours": "shuffles", "spread": "shuffles",
    "spread_inside": "shuffles", "load_over": "loads", "over": "shuffles", "weave": "shuffles",
    "store_sixteen": "stores", "lengthen": "other arithmetic",
    "halves": "shuffles", "in_order": "shuffles", "narrow": "shuffles",
    **dict.fromkeys(("shl", "sra", "halve", "to_f32", "rint", "scale_tflite", "scale_tflite_single", "scale_wide"),
                    "other arithmetic"),
}


class Subject(NamedTuple):
    """What a page is of: a kernel, the user's names for its layer, how often the network has it, and its time, where it
    was measured."""

    kernel: Kernel
    names: tuple[str, ...] = ()
    uses: int = 1
    measured: Measured | None = None

    @property
    def seconds(self) -> float | None:
        """Of all its uses."""
        return None if self.measured is None else self.measured.min_s * self.uses

    @property
    def title(self) -> str:
        """What the layer is called: the user's first name for it, or its descriptor."""
        spec = self.kernel.spec
        return next(iter(self.names), None) or to_descriptor(spec) or spec_name(spec)


class Level(NamedTuple):
    """A loop of the nest. times: in words. inside: what its body touches in one turn, and where that fits."""

    text: str
    times: str
    task: bool
    inside: str


class Code(NamedTuple):
    """A text, and what it has how often. left: its lines that are not shown."""

    title: str
    text: str
    counts: tuple[tuple[str, int], ...]
    left: int = 0


class Layer(NamedTuple):
    """What a page says of a kernel; where something cannot be told, its text says why. most: the largest error as a
    share of its bound."""

    id: str
    title: str
    headline: str
    lines: list[str]
    facts: list[Fact]
    command: str
    drawing: Chart
    plan: str
    origin: str
    reading: str
    nest: list[Level]
    taps: list[Level]
    tile: str
    tile_drawn: Chart | None
    reasons: list[str]
    prediction: str
    parts: tuple[Bar, ...]
    roofline: Chart | None
    roofline_text: list[str]
    considered: Table | None
    considered_text: str
    code: list[Code]
    code_missing: str
    bound: str
    proven: tuple[str, ...]
    errors: Chart | None
    error_table: Table | None
    errors_text: str
    most: float | None
    history: Chart | None
    history_text: str


def layer(subject: Subject, number: int, limits: Peaks | None, max_error: float = MAX_ERROR,
          ran: str = "", seed: int = 0) -> Layer:
    """All of it. number: of the layer on its page. limits: the machine's peaks, where times were measured. ran: why the
    kernel is not built and run; empty for that it is."""
    kernel, plan, spec = subject.kernel, subject.kernel.plan, subject.kernel.spec
    algorithm, chosen = ALGORITHMS[plan.algorithm], estimate_of(plan)
    trials = trials_of(spec, plan.target)
    nest = _nest(plan)
    where, failed = _built(kernel, ran)
    spreads, unverified = _spreads(kernel, where, seed) if where else ([], failed)
    code, unprinted = _code(kernel, where)
    table, considered = _considered(kernel, chosen, trials, max_error) if chosen else (
        None, "nothing was weighed: it is the plain loop nest")
    drawn, told = _history(spec, trials)
    return Layer(
        id=f"layer{number}", title=subject.title, headline=headline(spec), lines=describe(spec), facts=_facts(subject),
        command=command("generate", plan), drawing=drawing(spec), plan=f"{plan.label} for target {plan.target.name}",
        origin=kernel.origin, reading=algorithm.reading(plan).words if plan.loops else "", nest=nest[:-4],
        taps=[level for level in nest[-4:] if level.times != "once"],
        tile=f"tile of {algorithm.tile(plan)}: {_registers(plan)}" if plan.loops else "",
        tile_drawn=plots.tile(plan.mr, plan.nr, plan.target.row.lanes) if plan.loops else None,
        reasons=_reasons(plan, max_error), prediction=prediction(chosen) if chosen else "",
        parts=_parts(chosen) if chosen else (),
        roofline=_roofline(subject, chosen, limits) if chosen else None,
        roofline_text=[*roofs_of(chosen)] if chosen else [], considered=table, considered_text=considered,
        code=code, code_missing=unprinted, bound=bound_text(spec, kernel.bound),
        proven=tuple(filter(None, (range_text(spec, kernel.bound), proof_of(plan)))),
        errors=plots.errors(spreads) if spreads else None, error_table=_errors(spreads) if spreads else None,
        errors_text=_verdict(spreads) if spreads else unverified,
        most=max((one.most for one in spreads), default=None), history=drawn, history_text=told)


def words(layers: Sequence[Layer]) -> list[Word]:
    """The glossary's entries of what is said of some layers."""
    said: list[str] = []
    for one in layers:
        said += [*one.lines, *(fact.name for fact in one.facts), one.plan, one.reading, one.tile, *one.reasons,
                 one.prediction, *(bar.label for bar in one.parts), *one.roofline_text, one.bound, *one.proven]
        if one.considered:
            said += [column.name for column in one.considered.columns]
            said += [cell.text for row in one.considered.rows for cell in row]
    return used("\n".join(said))


def estimate_of(plan: Plan) -> Estimate | None:
    """What is predicted of a plan; None where nothing is weighed."""
    return estimate(plan) if plan.loops else None


def _facts(subject: Subject) -> list[Fact]:
    kernel, spec, measured = subject.kernel, subject.kernel.spec, subject.measured
    values = complexity(spec)
    found = [Fact("multiply-adds", amount(spec.macs).strip()), Fact("bytes moved at least", f"{amount(spec.bytes)}B"),
             Fact("intensity", f"{values['flops_per_byte']:.1f} flops/byte"),
             Fact("packed weights", f"{amount(kernel.packed_bytes)}B"),
             Fact("workspace", f"{amount(kernel.workspace_bytes)}B, {amount(kernel.scratch_bytes)}B a worker"),
             Fact("tasks", ", then ".join(map(str, kernel.phases)))]
    if subject.uses > 1:
        found.insert(0, Fact("used", f"{subject.uses} times"))
    if measured is not None:
        found += [Fact("measured, least", time_text(measured.min_s)), Fact("median", time_text(measured.median_s)),
                  Fact("speed", f"{measured.gflops:.4g} GFLOP/s")]
        if measured.fma_share is not None:
            found.append(Fact("of the FMA peak, measured", f"{measured.fma_share:.0%}"))
    return found


# --- the plan ---


def _nest(plan: Plan) -> list[Level]:
    """Its loops, outermost first; the last four are the reduction inside the register tile."""
    if not plan.loops:
        return []
    algorithm = ALGORITHMS[plan.algorithm]
    nest, work = algorithm.nest(plan), algorithm.work(plan)
    same = work.trips == tuple(trips for _, trips in nest[:-4])  # else its footprints are of other loops
    levels = []
    for depth, (loop, trips) in enumerate(nest):
        text = f"{LOOPS[loop.dim]} ({loop.dim})" + (f", {loop.step} at a time" if loop.step > 1 else "")
        inside = ""
        if same and depth < len(work.trips) and trips > 1:
            touched = sum(access.footprint(depth + 1).size for access in work.arrays)
            inside = f"a turn touches {amount(touched)}B: {_fits(touched, plan.target)}"
        levels.append(Level(text, "once" if trips == 1 else f"{trips} times", loop.bind == "task" and trips > 1,
                            inside))
    outer = [level for level in levels[:-4] if level.times != "once"]
    return [*outer, *levels[-4:]]


def _fits(size: float, target: Target) -> str:
    """The first cache that holds so many bytes beside what else goes through it."""
    for number, cache in enumerate(target.caches, 1):
        if size <= cache.size * USABLE:
            return f"in L{number}"
    return "in no cache"


def _reasons(plan: Plan, max_error: float) -> list[str]:
    """What its algorithm has to say, and which ones the limit of error leaves out."""
    if not plan.loops:
        return []
    own = ALGORITHMS[plan.algorithm].explain(plan)
    return [*[f"{own} (limit {max_error:g})"] * bool(own), *left_out(plan.spec, plan.target, None, max_error)]


def _registers(plan: Plan) -> str:
    most = "" if plan.target.is_gpu else f" of {plan.target.row.registers}"
    return f"{ALGORITHMS[plan.algorithm].registers(plan)}{most} registers"


# --- what is predicted ---


def _parts(chosen: Estimate) -> tuple[Bar, ...]:
    return bars((what, cycles, f"{amount(cycles)}cycles", "" if moved is None else f"{amount(moved)}B moved")
                for what, cycles, moved in parts(chosen))


def _roofline(subject: Subject, chosen: Estimate, limits: Peaks | None) -> Chart:
    """In operations a cycle, as the model has them; in GFLOP/s, where the machine was measured."""
    plan, spec, measured = chosen.plan, chosen.plan.spec, subject.measured
    intensity = 2 * spec.macs / spec.bytes
    if measured is not None and limits is not None:
        reached = share_of_peak(chosen) * limits.fma_gflops
        points = [plots.Point(intensity, reached, f"predicted: {share_of_peak(chosen):.0%} of the FMA peak"),
                  plots.Point(intensity, measured.gflops, f"measured: {measured.gflops:.4g} GFLOP/s", "measured")]
        return plots.roofline(limits.fma_gflops, [plots.Roof("memory", limits.copy_gbs)], points, "GFLOP/s")
    speed = 2 * spec.macs / max(chosen.cycles, 1.0)
    point = plots.Point(intensity, speed, f"predicted: {speed:.4g} flops a cycle, {share_of_peak(chosen):.0%} of peak")
    return plots.roofline(peak_of(plan), roofs(plan.target), [point], "flops a cycle")


def roofs(target: Target) -> list[plots.Roof]:
    """Of the levels that the model knows, innermost first; of a GPU, whose peak is of all its units, memory alone."""
    caches = [] if target.is_gpu else target.caches[1:]
    return [*(plots.Roof(f"L{number}", cache.rate) for number, cache in enumerate(caches, 2)),
            plots.Roof("memory", target.memory_rate)]


def _considered(kernel: Kernel, chosen: Estimate, trials: Sequence[Record],
                max_error: float) -> tuple[Table | None, str]:
    """The chosen plan and the best of each other kind, and how many there were."""
    plan = chosen.plan
    try:
        ranked = rank(plan.spec, plan.target, None, max_error)
    except ConvgenError as error:
        return None, str(error)
    known = {row.plan: row.min_s for row in trials if row.min_s is not None}

    def row(one: Estimate, order: str, ratio: float, reason: str) -> tuple[Cell, ...]:
        time = known.get(records.plan_text(one.plan))
        measured = [Cell("–", -1.0) if time is None else Cell(time_text(time), time)] * bool(known)
        reading = ALGORITHMS[one.plan.algorithm].reading(one.plan).word
        return (Cell(one.plan.label), Cell(reading), Cell(order), Cell(f"{amount(one.cycles)}cycles", one.cycles),
                Cell(f"{ratio - 1:+.1%}", ratio), *measured, Cell(reason))

    rows = [row(chosen, order_of(plan), 1.0, "chosen by measurement" if kernel.origin else "chosen")]
    rows += [row(*one) for one in losers(chosen, ranked, SHOWN, small=not kernel.origin)]
    columns = (Column("plan"), Column("reads"), Column("loops"), Column("predicted", True),
               Column("against the chosen", True), *[Column("measured", True)] * bool(known), Column("why it lost"))
    table = Table("The best plan of each kind", columns, tuple(rows))
    return table, (f"{len(ranked)} plans were weighed; of {pruned(ranked)} a part of the cost alone was more than the"
                   f" best. Shown is the best of {len(rows)} kinds: each a tile, a way to read and an order of loops.")


# --- the code ---


def _built(kernel: Kernel, ran: str) -> tuple[str, str]:
    """Where the kernel was built, or else why it was not."""
    if ran:
        return "", ran
    try:
        return built(kernel), ""
    except ConvgenError as error:
        return "", f"not built: {error}"


def _code(kernel: Kernel, where: str) -> tuple[list[Code], str]:
    """The inner loop as emitted, and as compiled where that can be told; and why it is not, in words."""
    inner = inner_loop(kernel.plan)
    if inner is None:
        return [], f"its inner loop is printed by a template of its own: see {next(iter(kernel.files))}"
    counts = Counter[str]()
    for operation, number in inner.operations.items():
        counts[OPERATIONS[operation]] += number
    found = [_shown(f"as emitted, in {inner.function}", inner.text, counts)]
    if not where or kernel.plan.target.device is not None:
        return found, ""
    try:
        loop = assembly.hot_loop(where, inner.function)
    except ConvgenError as error:
        return found, str(error)
    if loop is None:
        return found, "no loop with multiply-adds was found in what the compiler made of it"
    return [*found, _shown("as compiled", loop.text, loop.counts)], ""


def _shown(title: str, text: str, counts: dict[str, int]) -> Code:
    lines = text.rstrip("\n").split("\n")
    return Code(title, "\n".join(lines[:LINES]), tuple(counts.items()), max(0, len(lines) - LINES))


# --- what was found by running it ---


def _spreads(kernel: Kernel, where: str, seed: int) -> tuple[list[Spread], str]:
    """Of errors; where a layer sums integers there are none, and what is verified instead is said."""
    if kernel.spec.arithmetic.exact:
        (found,) = verify_at(kernel, where, ["exact"], seed).checks
        return [], found.detail if found.ok else f"wrong: {found.detail}"
    try:
        return spread.measure(kernel, where, seed), ""
    except CrashError as error:
        return [], f"the kernel crashed: {error}"


def _errors(spreads: Sequence[Spread]) -> Table:
    columns = (Column("data"), Column("median of bound", True), Column("most", True))
    return Table("Errors of all outputs", columns, tuple(
        (Cell(one.data, note=f"{one.outputs} outputs, {one.exact} of them exact"),
         Cell(f"{one.median:.3g}", one.median), Cell(f"{one.most:.3g}", one.most))
        for one in spreads))


def _verdict(spreads: Sequence[Spread]) -> str:
    outputs, beyond = sum(one.outputs for one in spreads), sum(one.beyond for one in spreads)
    return f"{outputs} outputs on random data, " + (f"{beyond} beyond their bound" if beyond else
                                                    "all of them within their bound")


def trials_of(spec: ConvSpec, target: Target) -> list[Record]:
    """What tuning has measured of this layer for this target, at the place with most trials, in the order of time."""
    if not records_file().exists():
        return []
    with Records() as database:
        rows = database.rows(spec=records.spec_text(spec), target=records.target_text(target))
    places = Counter(row.place for row in rows)
    if not places:
        return []
    place, _ = places.most_common(1)[0]
    return sorted((row for row in rows if row.place == place), key=lambda row: row.time)


def _history(spec: ConvSpec, trials: Sequence[Record]) -> tuple[Chart | None, str]:
    if not trials:
        return None, "no trials of this layer are on record (convgen tune)"
    tried = [plots.Tried(2e-9 * spec.macs / row.min_s if row.min_s and row.status == "ok" else None,
                         f"{row.status}: {row.plan}") for row in trials]
    first, last = trials[0], trials[-1]
    threads = f"{first.threads} thread{'s' * (first.threads > 1)}"
    failed = sum(row.status != "ok" for row in trials)
    return plots.history(tried), (f"{len(trials)} trials, {failed} failed, from {first.time} to {last.time}, on"
                                  f" {first.device}; {first.compiler}; {threads}")
