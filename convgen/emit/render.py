"""Plan → Kernel: the texts of its files."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from .. import algorithms
from ..errors import InputError
from ..garbage import waiting
from ..layer import stream
from ..layer.array import elements
from ..layer.call import enqueued
from ..layer.call import packing as packing_parameters
from ..layer.call import running as running_parameters
from ..layer.element import includes
from ..layer.formats import spec_name
from ..layer.names import check_name
from ..layer.outside import check_text
from ..machine.isa import ISAS, PLAIN, built_with
from ..machine.rows.words import NUMBERS
from ..machine.target import SCRATCH, WARP, Target
from ..plan.kernel import Chooser, Function, Kernel
from ..plan.plan import Plan
from ..plan.program import Fma, HotText, Load, Phase, nodes_of
from ..planner.bounds import bound_of, overflows
from ..planner.describe import overlap, scaling, words
from ..version import __version__
from .context import CDocument, Loops, OpenCLDocument, Words
from .functions import OWN, TASK, LayerPrinter, ProgramPrinter, printed
from .sizes import LEAST, Sizes, sizes
from .texts import tidy

STREAMED = {"due": "stream->due"}  # what the host calls it


@waiting()
def render(plan: Plan, name: str | None = None, origin: str = "", optimize: str = "",
           chosen_by: Chooser = "", max_code: int = 0) -> Kernel:
    """Print a plan. The same plan (and name, objective, limit of code and chooser) gives the same bytes. optimize: what
    it was chosen for, where that is not what suits the target; max_code: the limit of code that was asked for, 0 for
    none. origin: for the manifest. InputError when the plan is illegal."""
    printer = Printer(plan, name, origin, optimize, chosen_by, max_code)
    return printer.c() if plan.target.row.dialect == "c" else printer.opencl()


class Packing(NamedTuple):
    """NAME_pack by itself: what it needs before it, by name, and what it is, in plain C."""

    helpers: dict[str, str]
    source: str


def packing(kernel: Kernel) -> Packing:
    """NAME_pack of a kernel in C. Where the kernel is for OpenCL, in which NAME_pack has no vectors, C reads it after a
    few definitions."""
    printer = Printer(kernel.plan, kernel.name, kernel.origin)
    source = printer.packs()
    if in_c := printer.language.in_c:
        words = tuple(text for texts in NUMBERS.values() for text in texts.values())
        helpers = {in_c: tidy(printed(in_c, Words(numbers=words)))}
    else:  # the row's own may be for another machine; and some are called by what is not printed here
        helpers = printer.rows.helpers(built_with(ISAS[PLAIN["c"]], kernel.spec.arithmetic).helpers, ())
    return Packing(helpers, printer.apart(source, printer.private))


class InnerLoop(NamedTuple):
    """Where a kernel spends its time: the function that the loop is in, its text, and how often it has each operation
    of the row."""

    function: str
    text: str
    operations: dict[str, int]


def inner_loop(plan: Plan) -> InnerLoop | None:
    """The innermost loop of a plan's largest micro-kernel; None of a plain loop nest, which has none."""
    printer = Printer(plan, None, "")
    hot = printer.program.hot
    if hot is None:
        return None
    if isinstance(hot, HotText):
        text = printed(hot.template, printer.view(), printer.program.view)
        return InnerLoop(hot.function, textwrap.dedent(tidy(text)), hot.operations)
    text = printed("tiled/hot.c.j2", Loops(nodes=hot.nodes, isa=printer.isa))
    counts: Counter[str] = Counter()
    for node in nodes_of([*hot.nodes]):
        if isinstance(node, Load):
            counts.update(printer.rows.made.get(node.value, ()))
        elif isinstance(node, Fma):
            counts["fma"] += 1
    return InnerLoop(hot.function, tidy(text), dict(counts))


class Printer(ProgramPrinter):
    """One plan on its way to texts: c() or opencl() makes them."""

    def __init__(self, plan: Plan, name: str | None, origin: str, optimize: str = "", chosen_by: Chooser = "",
                 max_code: int = 0) -> None:
        algorithms.check(plan)
        if reason := overflows(plan):
            raise InputError(f"plan: {plan.family} {reason}")
        super().__init__(plan, spec_name(plan.spec) if name is None else check_name(name))
        self.layers = [LayerPrinter(self, at) for at in range(len(self.program.stages))]  # of a chain
        self.origin, self.optimize, self.chosen_by, self.max_code = origin, optimize, chosen_by, max_code
        self.bound = bound_of(plan)
        self.arguments = [array.name for array in self.arrays]
        self.over_residual = self.spec.residual and self.program.over_residual
        check_text("origin", origin)
        check_text("target", plan.target.name)
        self.words = words(plan, self.bound, self.name, optimize, chosen_by, max_code)

    # --- what both dialects have ---

    def body(self) -> str:
        """The algorithm's functions; of a chain, those of its layers before them."""
        program, layers = self.program, self.layers
        within = self.inner_text()
        own = printed(program.template, self.view(), program.view)
        if not layers:
            return within + own
        return "\n".join([*(layer.text(layer.program.template) for layer in layers),
                          f"#ifndef {self.name}_NO_PACK", self.packs(), "#endif\n", own])

    def inner_text(self) -> str:
        """The functions of the layer inside, if there is one, by the names that they have there."""
        if self.inner is None:
            return ""
        text = printed(self.inner.program.template, self.inner.view(), self.inner.program.view)
        self.private |= self.inner.private
        return text

    def packs(self) -> str:
        """NAME_pack; of a chain, those of its layers before it."""
        if self.inner is not None:
            text = printed(self.inner.program.pack, self.inner.view(), self.inner.program.view)
            self.private |= self.inner.private
            return text
        self.private = dict.fromkeys(name for layer in self.layers for name in layer.program.exports) | self.private
        pack = printed(self.program.pack, self.view(), self.program.view)
        packed = (layer.text(layer.program.pack) for layer in self.layers if layer.program.pack)  # no pooling is
        return "\n".join([*packed, pack])

    def helpers(self) -> dict[str, str]:
        """The helper functions that have been called so far, by name."""
        printers = [*self.layers, *([self.inner] if self.inner else []), self]
        known = {name: text for one in printers for name, text in one.known().items()}
        return self.rows.helpers(known, tuple(name for one in printers for name in one.program.helpers))

    def calls(self) -> list[str]:
        """What NAME_task does for each phase: C++ wants to be told the types behind void."""
        typed = {parameter.name: f"({'' if parameter.written else 'const '}{parameter.type} *){parameter.name}"
                 for parameter in self.arrays if parameter.name in ("packed", "workspace")}
        return [f"{self.full(phase.function)}({', '.join(typed.get(name, name) for name in phase.arguments)})"
                for phase in self.program.phases]

    def bytes(self, numbers: int) -> int:
        """Bytes of so many numbers of packed weights."""
        return self.packed_of.itemsize * numbers

    def work_bytes(self, numbers: int) -> int:
        """Of so many numbers of workspace."""
        return self.workspace_of.itemsize * numbers

    def head(self) -> list[str]:
        """Lines of the head comment: the layer, the command, the plan, the costs, the bound."""
        words, spec, phases = self.words, self.spec, self.program.phases
        family = self.plan.target.row.family
        lines = [
            *_labelled("Layer", words.layer),
            *_labelled("Command", [words.command]),
            *([] if family.machines or not family.compilers else
              _labelled("Build", [f"{family.compilers[0]} -Os -ffreestanding -c {self.name}.c"])),
            *_labelled("Plan", words.plan),
            *_labelled("Tasks", [_tasks(phases) + _planned_for(self.plan.target)] if phases else []),
            f"Cost      {spec.macs} multiply-adds; at least {spec.bytes} bytes moved;"
            f" {self.bytes(self.program.packed)} bytes packed, {self.workspace()}"
            + f", {self.program.state} of state" * self.spec.streamed,
            *[f"Code      about {self.program.code_bytes} bytes compiled for size, rarely more than"
              f" {self.program.fast_bytes} for speed"] * (self.program.code_bytes > 0),
        ]
        for label, text in (("Bound", words.bound), ("Range", words.range), ("Proof", words.proof)):
            lines += textwrap.wrap(f"{label:<10}{text}", 100, subsequent_indent=" " * 10) if text else []
        return [f" {line}".rstrip() for line in lines]

    def launches(self) -> list[str]:
        """Lines of the head comment of NAME.cl: how to launch the kernels without the host's code."""
        program, spec = self.program, self.spec
        packing = ", ".join("NULL for bias" if parameter.array is None and parameter.name == "bias" else parameter.name
                            for parameter in packing_parameters(spec))
        steps = [(f"{self.name}_pack({packing}), once:", f"{program.packers}")] if packing else []
        at, taken = 0, [*self.arguments, *(number.name for number in self.numbers)]
        for times, phases in _rounds(program.phases):
            for phase in phases:
                local = f" x {phase.items}, local size {phase.items}" * (phase.items > 1)
                steps.append((f"{self.name}_{at}({', '.join(taken)}):", f"{phase.tasks}{local}"))
                at += 1
            at += (times - 1) * len(phases)
            if times > 1:
                call, size = steps.pop()
                steps.append((call, f"{size}; the same {len(phases)} sizes again, to {self.name}_{at - 1}"))
        shared, each = self.work_bytes(program.workspace), self.work_bytes(program.scratch)
        own = f"{each} for each work-{'group' if max(phase.items for phase in program.phases) > 1 else 'item'}"
        workspace = " + ".join([*[f"{shared or LEAST}"] * bool(shared or not each), *[own] * bool(each)])
        bytes_of = [f"{what.lower()} {count}" for what, count in self.sizes().arrays if what != "BIAS" or spec.bias]
        how = ("In one dimension, in this order, each when the one before has ended. Work-items share the tasks: any"
               " global size gives the same bits. The local size is free where none is said.")
        lines = textwrap.wrap(how, 90)
        for said, size in steps:  # a name may be longer than a line
            lines += [*textwrap.wrap(said, 90, subsequent_indent="  ", break_long_words=False),
                      *textwrap.wrap(f"global size {size}", 88, initial_indent="  ", subsequent_indent="    ")]
        begins = [f"state is filled with {stream.empty(spec)} before the first block. samples: of the block, 1 to"
                  f" {spec.iw}; due: samples before that of the next output, 0 at first."] * spec.streamed
        return [f" {line}" for line in [
            *_labelled("Launch", [*lines, *(line for text in begins for line in textwrap.wrap(text, 90))]),
            *_labelled("Bytes", textwrap.wrap(", ".join([*bytes_of, f"workspace {workspace}"]), 90))]]

    def title(self) -> str:
        """What it computes, in words."""
        return f"a chain of {len(self.layers)} convolution layers" if self.layers else "a convolution layer"

    def subject(self) -> str:
        """What has the extents that the header says."""
        return "From outside" if self.layers else "The layer"

    def workspace(self) -> str:
        """Its bytes, in words."""
        shared, each = self.work_bytes(self.program.workspace), self.work_bytes(self.program.scratch)
        return f"{shared + each} of workspace" + f" for a worker, {each} more for each other" * bool(each)

    def contract(self) -> list[str]:
        """Lines of a header's comment."""
        return [f" {line}" for line in [*self.words.layer, *textwrap.wrap(self.words.bound, 100),
                                      *textwrap.wrap(self.words.range, 100), *textwrap.wrap(self.words.proof, 100),
                                      *scaling(self.spec)]]

    def sizes(self) -> Sizes:
        """The macros of a header."""
        program = self.program
        return sizes(self.plan.spec, self.bytes(program.packed), self.work_bytes(program.workspace),
                     self.work_bytes(program.scratch), program.state, over_residual=self.over_residual)

    def contents(self) -> str:
        """What is packed, in words."""
        more = ["scales"] * self.spec.arithmetic.has_scale + ["slopes"] * self.spec.slopes
        return f"weights, bias and {more[0]}" if more else "weights and bias"

    # --- C ---

    def c(self) -> Kernel:
        """NAME.c and NAME.h."""
        io, spec = self.needs, self.spec
        body, helpers = self.body(), self.helpers()
        found = elements(spec.arrays)
        document = CDocument(
            name=self.name, version=__version__, head=self.head(), contract=self.contract(), isa=self.needs, body=body,
            title=self.title(), subject=self.subject(),
            helpers=tuple(helpers.values()), privates=self.privates((*helpers, *self.private)),
            barriers=self.program.barriers, phases=self.program.phases, calls=self.calls(), arguments=self.arguments,
            shared=bool(self.program.phases) and not self.plan.brief,
            sizes=self.sizes(), contents=self.contents(), slices=self.words.slices,
            overlap=overlap(spec, self.over_residual) + self.without_workspace(), contracted=not io.fused,
            apart=self.program.apart, instructions=io.target, refused=io.refuses[0], refusal=io.refuses[1],
            elsewhere=" && ".join(f"!defined({macro})" for macro in io.family.macros),
            missing=_missing(io.requires), missing_msvc=_missing(io.msvc.macros if io.msvc else ()),
            needs=" and ".join(io.requires) + f", as with {' '.join(io.flags)}" * bool(io.flags),
            ordered=io.ordered, unvectorised=io.unvectorised,
            unfit=f"compile this file with {' '.join(io.flags)}" if io.flags else
            f"this file needs a compiler that defines {' and '.join(io.requires)}",
            includes=includes(found), numbers=[element.sentence for element in found if element.sentence],
            pack_parameters=packing_parameters(spec), call_parameters=running_parameters(spec), unused=self.unused(),
            block=stream.block_lines(spec))
        texts = {field: tidy(printed(template, document)) for field, (_, template) in self.language.files.items()}
        return self.kernel(texts, io.flags, include=f'#include "{self.name}.h"\n', headers=io.include)

    def without_workspace(self) -> list[str]:
        """That a kernel has none, in a line."""
        return [] if self.program.workspace or self.program.scratch else ["workspace may be NULL: nothing is in it."]

    def unused(self) -> list[str]:
        """The parameters of NAME_task that no phase takes."""
        taken = {name for phase in self.program.phases for name in phase.arguments}
        return [parameter.name for parameter in (*TASK, *self.arrays) if parameter.name not in taken]

    # --- OpenCL ---

    def opencl(self) -> Kernel:
        """NAME.cl, and the host's code around it."""
        isa, language, program = self.isa, self.language, self.program
        scratch = self.work_bytes(program.scratch)
        flags = isa.flags or language.flags
        same = {"residual", "output"} if self.over_residual else set[str]()  # one array, perhaps
        declared = [f"__global {'' if array.written else 'const '}{array.type} *"
                    f"{'' if array.name in same else 'restrict '}{array.name}" for array in self.arrays]
        declared += [f"{number.type} {number.name}" for number in self.numbers]
        of_packing = tuple(language.declare(parameter) for parameter in program.parameters)
        extensions = isa.requires
        body, helpers = self.body(), self.helpers()
        taken = packing_parameters(self.spec)[:-1]
        from_host = [f"const {(one.array.element if one.array else self.spec.arithmetic.bias).host} *{one.name}"
                     for one in taken]

        def document(source: str) -> OpenCLDocument:
            return OpenCLDocument(
                name=self.name, version=__version__, head=[*self.head(), *self.launches()],
                contract=self.contract(), isa=isa, body=body,
                helpers=tuple(helpers.values()), privates=self.privates((*helpers, *self.private)),
                barriers=program.barriers, phases=program.phases, arguments=self.arguments,
                sizes=self.sizes(), contents=self.contents(), slices=self.words.slices,
                overlap=overlap(self.spec, self.over_residual), spec=self.spec,
                reused=bool(program.workspace or scratch), packed_from=taken,
                kernel_parameters=declared, unused=self.unused_of_phases(), extensions=extensions, packing=packing,
                launched=launched,
                flags=flags, source=source, from_host=from_host, warp=WARP,
                cached=SCRATCH // scratch if scratch else max(phase.tasks for phase in program.phases),
                buffers={a: "OUTPUT" if a == "residual" else a.upper() for a in self.arguments if a not in OWN},
                taken=enqueued(self.spec, f"{self.name}_opencl"),
                numbers=[STREAMED.get(number.name, number.name) for number in self.numbers],
                block=stream.block_lines(self.spec), empty=stream.empty(self.spec))

        packing = Function(f"{self.name}_pack", of_packing, program.packers, 1) if of_packing else None
        launched = tuple(Function(f"{self.name}_{at}", tuple(declared), phase.tasks, phase.items)
                         for at, phase in enumerate(program.phases))
        template = {field: template for field, (_, template) in language.files.items()}
        source = tidy(printed(template.pop("source"), document("")))
        texts = {field: tidy(printed(other, document(source))) for field, other in template.items()}
        return self.kernel({"source": source, **texts}, flags, functions=(packing, *launched) if packing else launched,
                           extensions=extensions, items=tuple(phase.items for phase in program.phases))

    def unused_of_phases(self) -> list[list[str]]:
        """The parameters of a phase's kernel that its function does not take, for each phase."""
        named = [one.name for one in (*self.arrays, *self.numbers)]
        usual = [name for name in named if name != "workspace"]
        taken = [set(re.findall(r"\w+", " ".join(phase.arguments or usual))) for phase in self.program.phases]
        return [[name for name in named if name not in found] for found in taken]

    def kernel(self, texts: dict[str, str], flags: tuple[str, ...], *, include: str = "",
               headers: tuple[str, ...] = (), functions: tuple[Function, ...] = (), extensions: tuple[str, ...] = (),
               items: tuple[int, ...] = ()) -> Kernel:
        """The kernel: its texts, and what a caller must know of them."""
        program = self.program
        return Kernel(
            name=self.name, source=texts["source"], header=texts["header"], host=texts.get("host", ""),
            endings=tuple(ending for ending, _ in self.language.files.values()), plan=self.plan, bound=self.bound,
            phases=tuple(phase.tasks for phase in program.phases), packed_bytes=self.bytes(program.packed),
            workspace_bytes=self.work_bytes(program.workspace), scratch_bytes=self.work_bytes(program.scratch),
            flags=flags, state_bytes=program.state,
            code_bytes=program.code_bytes, fast_bytes=program.fast_bytes, lines=program.lines, optimize=self.optimize,
            max_code=self.max_code, chosen_by=self.chosen_by, origin=self.origin,
            over_residual=self.over_residual, include=include, headers=headers, functions=functions,
            extensions=extensions, items=items,
            packers=program.packers, capability=program.capability)


def _rounds(phases: Sequence[Phase]) -> list[tuple[int, Sequence[Phase]]]:
    """Phases that come again, of other parts of the layer: how often, and once those that differ in nothing else."""
    names = [phase.function for phase in phases]
    length = names.index(names[0], 1) if names[0] in names[1:] else len(names)
    rounds = [phases[at : at + length] for at in range(0, len(phases), length)]
    same = itertools.groupby(rounds, lambda one: [(phase.function, phase.tasks, phase.items) for phase in one])
    return [(len(alike), alike[0]) for alike in (list(group) for _, group in same)]


def _tasks(phases: Sequence[Phase]) -> str:
    """The tasks of phases, in words."""
    return "; then ".join(f"{times} times over: " * (times > 1) + ", then ".join(
        f"{phase.tasks} ({phase.what})" for phase in alike) for times, alike in _rounds(phases))


def _planned_for(target: Target) -> str:
    """For how many threads a plan was chosen, where that was said."""
    if isinstance(target.threads, msgspec.UnsetType):
        return ""
    return f"; planned for {target.threads} thread{'s' * (target.threads > 1)}"


def _missing(macros: tuple[str, ...]) -> str:
    """A condition in C: one of the macros is not defined."""
    return " || ".join(f"!defined({macro})" for macro in macros)


def _labelled(label: str, lines: list[str]) -> list[str]:
    """Lines in a column behind a label."""
    return [f"{label if not index else '':<10}{line}" for index, line in enumerate(lines)]
