"""The functions of a program as text: those of a kernel, and of each layer of a chain, whose names are its own."""

from __future__ import annotations

from collections.abc import Iterable

from .. import algorithms
from ..layer import stream
from ..layer.call import Parameter as Taken
from ..layer.call import launched
from ..layer.element import c_float
from ..layer.names import PRIVATE
from ..machine.isa import stored, words_of
from ..machine.noted import Rows
from ..plan.plan import Plan
from ..plan.program import Parameter, Phase, Program, View, affine, reads, writes
from .context import Common
from .dialect import LANGUAGES
from .texts import lanes_of, templates, tidy

TASK = (Parameter("size_t", "task"), Parameter("int", "worker"))  # what phases may take beside arrays
OWN = ("packed", "workspace", "state")  # memory that is none of the caller's arrays
NUMBERS = ("samples", "due")  # of a stream


def printed(template: str, *views: View) -> str:
    """A template filled in; the views share no name."""
    context = {name: getattr(view, name) for view in views for name in view.__struct_fields__}
    return templates().get_template(template).render(context)


class ProgramPrinter:
    """The program of a plan, and the rows that it is printed with. name: what C calls the kernel. rows, program: of a
    layer of a chain, which is a program among others."""

    def __init__(self, plan: Plan, name: str, rows: Rows | None = None, program: Program | None = None) -> None:
        self.plan, self.spec, self.name = plan, plan.spec.computed, name
        self.private: dict[str, None] = {}  # names of functions, in the order of their definitions
        self.rows, self.language = rows or Rows(), LANGUAGES[plan.target.row.dialect]
        self.program = program or algorithms.of(plan).program(plan, self.rows)
        self.isa = self.rows.of(self.program.row)
        # for the caller's arrays
        self.io = self.rows.of(self.program.io or stored(self.program.row, self.spec.arithmetic))
        self.needs = self.isa if self.isa.kind == "products" else \
            words_of(self.program.row, self.spec.arithmetic.weights)  # of compiler and CPU
        self.packed_of = self.rows.of(self.program.packed_of or self.isa)
        self.workspace_of = self.rows.of(self.program.workspace_of or self.isa)
        taken = launched(self.spec)
        memory = OWN if self.program.phases else OWN[:2]  # without phases, a stream's templates see to its state
        self.arrays = tuple(self.pointer(one) for one in taken if one.array or one.name in memory)
        self.numbers = tuple(Parameter("int", one.name) for one in taken if one.name in NUMBERS)
        self.entry = self.language.entry
        inner = self.program.inner
        self.inner = inner and ProgramPrinter(inner.plan, name, self.rows, inner.program)

    def pointer(self, one: Taken) -> Parameter:
        """The parameter of a run as functions of the program have it."""
        if one.array is None:
            return {"packed": reads(self.packed_of.scalar, "packed"), "state": writes("void", "state"),
                    "workspace": writes(self.workspace_of.scalar, "workspace")}[one.name]
        return (writes if one.array.written else reads)(self.isa.named(one.array.element), one.name)

    def view(self) -> Common:
        """What the algorithm's templates may print."""
        spec, language = self.spec, self.language
        low, high = (end - spec.moved for end in spec.limits) if spec.arithmetic.quantised else (0, 0)
        result = self.isa.f32 if spec.arithmetic.scaled and not spec.arithmetic.quantised else self.isa.numbers
        return Common(
            name=self.name, spec=spec, isa=self.isa, io=self.io, result=result, long=self.program.long,
            packed_of=self.packed_of, workspace_of=self.workspace_of,
            rule=spec.rule, low=low, high=high, act=spec.act,
            phases=self.program.phases, parameters=self.program.parameters,
            parameters_of=self.parameters_of,
            declared=language.declared, c_float=c_float, lanes_of=lanes_of, affine=affine,
            entry=self.entry, apart=language.apart, inline=language.inline, always=language.always,
            constant=language.constant, unrolled=language.unrolled, u64=language.u64, bits_of=language.bits_of,
            owner=stream.owner(self.name, spec, self.plan.label), private=self.note_private)

    def note_private(self, name: str) -> str:
        """Of a function that is defined here."""
        self.private[name] = None
        return name

    def full(self, private: str) -> str:
        """What a function that is defined here is called in the end: no kernel's name ends so, and none of the names
        that follow from it."""
        return f"{self.name}_{private}{PRIVATE}"

    def privates(self, names: Iterable[str]) -> dict[str, str]:
        """Names of functions that are defined here, and what each is called in the end."""
        return {name: self.full(name) for name in names}

    def parameters_of(self, phase: Phase) -> tuple[Parameter, ...]:
        """The parameters of a phase's function."""
        given = {parameter.name: parameter for parameter in (*TASK, *self.arrays, *self.numbers)}
        return tuple(given[name] for name in phase.arguments)

    def known(self) -> dict[str, str]:
        """The helper functions of its rows, by name, of which some may have been called."""
        isa = self.isa
        rows = [isa, isa.f32, isa.numbers, *(given.copied for given in isa.bytewise.values()), self.io] \
            if isa.kind == "products" else [isa, self.io, self.needs]
        if (long := self.program.long) is not None:
            rows = [long.f32, long.numbers, *rows]
        return {name: text for row in rows for name, text in row.helpers.items()}

    def apart(self, source: str, names: Iterable[str]) -> str:
        """A text in which names that are defined there mean functions of the kernel's own, and nothing behind it."""
        own = self.privates(names)
        lines = [*(f"#define {name} {full}" for name, full in own.items()), tidy(source).rstrip("\n"),
                 *(f"#undef {name}" for name in own)]
        return "\n".join(lines) + "\n"


class LayerPrinter(ProgramPrinter):
    """A layer of a chain, of which the chain's own functions call the program's `exports`."""

    def __init__(self, chain: ProgramPrinter, at: int) -> None:
        super().__init__(chain.plan.stages[at], f"layer{at}", chain.rows, chain.program.stages[at])
        self.chain, self.entry = chain.name, "static "

    def full(self, private: str) -> str:
        return f"{self.chain}_{self.name}_{private}{PRIVATE}"

    def text(self, template: str) -> str:
        """What a template prints, which defines names for itself."""
        self.private = {}
        source = printed(template, self.view(), self.program.view)
        return self.apart(source, [name for name in self.private if name not in self.program.exports])
