"""The program of a transposed layer with strides: a function for each nest of its phases, one that calls them, and
NAME_pack, which packs the taps of one phase after the other."""

from __future__ import annotations

from typing import NamedTuple

from ...layer.spec import ConvSpec
from ...machine.noted import Rows
from ...plan.choices import TiledChoices
from ...plan.plan import Plan
from ...plan.program import (
    Call,
    For,
    If,
    Let,
    Node,
    Parameter,
    Phase,
    Program,
    Statement,
    affine,
    indices,
    packing_parameters,
    reads,
    statements,
    unrank,
    writes,
)
from ..weights import weights_given
from .copying import copying
from .functions import Functions, NestsView, Variant
from .loopnest import LoopNest
from .microkernel import Reduction, Tile, hot
from .packing import Packing, packing
from .phases import Part, all_tasks, cover_of, parts_of, together
from .tiled import Tiled


class Nothing(Reduction):
    """Of outputs in which no tap meets: nothing is summed."""

    sums = False

    def contract(self) -> list[str]:
        return []

    def body(self) -> list[Node]:
        return []


class Nest(NamedTuple):
    """The function of a part, or of several that are alike. comment: their phases. places: the loop variables of a
    task; nodes: what it does. moved: pointers that begin elsewhere in each of a part's phases."""

    name: str
    comment: list[str]
    parameters: tuple[Parameter, ...]
    places: list[tuple[str, str, str]]
    moved: list[Node]
    nodes: list[Node]


class Panels(NamedTuple):
    """A function that packs a panel. comment, nodes: what it does."""

    name: str
    parameters: tuple[Parameter, ...]
    comment: list[str]
    nodes: list[Node]


class PhasedView(NestsView, frozen=True, kw_only=True):
    """What templates/tiled/phased.c.j2 prints: what NestsView has of all nests; and

    nests: their functions; calls: which of them a task calls. panels: functions that pack; pack: how NAME_pack calls
    them.
    """

    nests: list[Nest]
    calls: list[Node]
    panels: list[Panels]

    @property
    def around(self) -> int:
        copied = self.copy.statements if self.copy else 0
        own = sum(statements(nest.nodes) for nest in self.nests) + sum(statements(one.nodes) for one in self.panels)
        return own + copied + statements(self.pack.panels) + statements(self.pack.numbers)


def program(inner: Tiled, plan: Plan, rows: Rows) -> Program:
    parts, cover = parts_of(inner, plan), cover_of(inner, plan)
    noted = [part._replace(g=part.g.noted(rows)) for part in parts]
    functions: Functions = {}
    loops = [LoopNest(part.g, Nothing if part.phase.empty else inner.reduction, functions) for part in noted]
    nests: list[Nest] = []
    names = [_shared(nests, _nest(part, loop, together(parts))) for part, loop in zip(noted, loops, strict=True)]
    copied = copying(cover.noted(rows)) if cover else None
    tasks, g, spec = all_tasks(parts), noted[0].g, plan.spec
    panels, pack = _packing(noted, spec)
    transposes = any(loop.transposes for loop in loops)
    phases = [Phase("compute_task", tasks, "phases and their tasks", (
        *["task"] * (tasks > 1), *["input"] * (copied is None), "packed",
        *["residual"] * spec.residual, "output", *["workspace"] * (copied is not None)))]
    if copied:
        phases.insert(0, Phase("copy_task", copied.tasks, copied.what,
                               (*["task"] * (copied.tasks > 1), "input", "workspace")))
    view = PhasedView(
        tiles=[one for one in functions.values() if isinstance(one, Tile)],
        variants=[one for one in functions.values() if isinstance(one, Variant)], lanes=g.row.lanes,
        by_channel=plan.lanes != "ow", row_stride=g.row_stride, lane_stride=g.lane_stride, contiguous=g.contiguous,
        copy=copied, numbers=loops[0].numbers(), packed_numbers=g.packed_numbers, transposes=transposes,
        narrowed=g.narrowed, rescales=g.rescales, nests=nests, calls=_calls(noted, loops, names), panels=panels,
        pack=pack)
    return Program(
        row=g.row, template="tiled/phased.c.j2", pack="tiled/phased_pack.c.j2", view=view, phases=tuple(phases),
        parameters=packing_parameters(spec, g.io, "void"), packed_of=g.weights,
        workspace_of=cover.source if cover else None, long=g.long,
        helpers=(*[g.io.transpose] * transposes, *(copied.helpers if copied and g.exact else ())),
        packed=g.packed, workspace=cover.workspace if cover else 0, packers=pack.packers,
        barriers=any(loop.barriers for loop in loops), apart=any(loop.apart for loop in loops),
        capability=g.row.capability, hot=hot(view.tiles),
        over_residual=all(part.g.stages == 1 for part in parts))


def _taken(part: Part, loop: LoopNest) -> list[Parameter]:
    """What the function of a part takes beside its task."""
    numbers = {section.role: section.element or part.g.weights.scalar for section in part.g.sections[0]}
    base = "workspace" if part.plan.own(TiledChoices).source == "copy" else "input"
    io = part.g.io.scalar
    summed = [reads(part.g.source.scalar, base), reads(part.g.weights.scalar, "weights")] * (not part.phase.empty)
    return [*summed, *(reads(numbers[role], role) for role in numbers), *[reads(io, "residual")] * loop.spec.residual,
            writes(io, "output")]


def _shared(nests: list[Nest], made: Nest) -> str:
    """Adds a function to the others, or its phases to one that is like it; its name."""
    for at, nest in enumerate(nests):
        if nest == made._replace(name=nest.name, comment=nest.comment):
            nests[at] = nest._replace(comment=nest.comment + made.comment)
            return nest.name
    nests.append(made._replace(name=f"compute_phase{len(nests)}"))
    return nests[-1].name


def _nest(part: Part, loop: LoopNest, together: bool) -> Nest:
    """The function of a part, without its name."""
    nodes, counted = loop.nodes(), part.counted
    to = affine("", *((name, step) for name, _, step in counted))
    moved = {**dict.fromkeys(["residual"] * loop.spec.residual + ["output"], to),
             "weights": affine("", *part.following(part.g.packed_weights))}
    if part.g.biases:
        moved["bias"] = affine("", *part.following(part.g.packed_numbers))
    phases = [(name, count, f"phases along o{name[1:]}") for name, count, _ in counted]
    parameters = (*[Parameter("size_t", "task")] * (part.all_tasks > 1), *_taken(part, loop))
    places = loop.counted + phases if together else phases + loop.counted
    return Nest("", [part.phase.said], parameters, unrank(places),
                [Statement(f"{name} += {by};") for name, by in moved.items() if by != "0"], nodes)


def _calls(parts: list[Part], loops: list[LoopNest], names: list[str]) -> list[Node]:
    """What a task does: it calls the nest that it is one of, by its name."""
    calls = [_call(part, loop, name) for part, loop, name in zip(parts, loops, names, strict=True)]
    if len(parts) == 1:
        return [Call(calls[0].function, ["task", *calls[0].args] if all_tasks(parts) > 1 else calls[0].args)]
    return _in_turns(parts, calls) if together(parts) else _one_by_one(parts, calls)


def _call(part: Part, loop: LoopNest, name: str) -> Call:
    """The call of a part, without its task."""
    places = {"input": part.reads_at, "workspace": part.reads_at, "weights": part.weights_at, "bias": part.bias_at,
              "residual": part.writes_at, "output": part.writes_at}
    return Call(name, [affine(one.name, places.get(one.name, 0)) for one in _taken(part, loop)])


def _one_by_one(parts: list[Part], calls: list[Call]) -> list[Node]:
    """All tasks of a part, then those of the next."""
    nodes: list[Node] = []
    first = 0
    for part, call in zip(parts, calls, strict=True):
        end = first + part.all_tasks
        task = [affine("task", -first)] * (part.all_tasks > 1)
        tests = [f"task >= {first}"] * (first > 0) + [f"task < {end}"] * (part is not parts[-1])
        nodes += [If(" && ".join(tests), [Call(call.function, [*task, *call.args])])]
        first = end
    return nodes


def _in_turns(parts: list[Part], calls: list[Call]) -> list[Node]:
    """The tasks of all phases that have the same place in them, then those of the next place."""
    many, turns = sum(part.phase.number for part in parts), max(part.tasks for part in parts)
    nodes: list[Node] = [Let("const size_t ", "phase", f"task % {many}" if turns > 1 else "task")]
    nodes += [Let("const size_t ", "place", f"task / {many}")] * (turns > 1)
    first = 0
    for part, call in zip(parts, calls, strict=True):
        number, end = part.phase.number, first + part.phase.number
        place = ["place" + f" * {number}" * (number > 1)] * (part.tasks > 1)
        task = [" + ".join([*place, *[affine("phase", -first)] * (number > 1)])] * (part.all_tasks > 1)
        tests = [f"phase >= {first}"] * (first > 0) + [f"phase < {end}"] * (end < many) \
            + [f"place < {part.tasks}"] * (part.tasks < turns)
        nodes += [If(" && ".join(tests), [Call(call.function, [*task, *call.args])])]
        first = end
    return nodes


def _packing(parts: list[Part], spec: ConvSpec) -> tuple[list[Panels], Packing]:
    """The functions that pack panels, equal ones once, and how NAME_pack calls them."""
    found: list[Panels] = []
    nodes: list[Node] = []
    packers = 0
    for part in parts:
        if part.phase.empty:
            continue
        last = packing(part.g)
        parameters = (*weights_given(spec, part.g.row, part.g.scales), *indices(last.parameters),
                      writes(part.g.weights.scalar, "out"))
        body = (parameters, last.comment, last.panel)
        number = next((at for at, one in enumerate(found) if one[1:] == body), len(found))
        found += [Panels("pack_panel" + f"{number + 1}" * (number > 0), *body)] * (number == len(found))
        panels = packing(part.g, found[number].name).panels
        if isinstance(panels[0], Let):  # the number of turns of work-items: once for all parts
            nodes, panels = nodes or panels[:1], panels[1:]
        packers += part.phase.number * last.packers
        for variable, count, _ in reversed(part.counted):
            panels = [For(variable, "0", str(count), 1, "", panels)]
        nodes += panels
    # which have numbers for all others: phases beside each other have those of each channel several times
    most = max((part.g for part in parts), key=lambda g: (g.packed_channels, g.taps.channels > 0))
    return found, packing(most)._replace(panels=nodes, packers=packers if parts[0].plan.target.is_gpu else 1)
