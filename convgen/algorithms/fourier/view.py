"""The program of convolutions by Fourier transforms."""

from __future__ import annotations

from typing import NamedTuple

from ...machine.noted import Rows
from ...plan.plan import Plan
from ...plan.program import (
    Node,
    Parameter,
    Phase,
    Program,
    View,
    indices,
    packing_parameters,
    reads,
    statements,
    unrank,
    writes,
)
from ..winograd.index import Index, term
from .blocks import Blocks
from .butterflies import Pass
from .numbers import Numbers, numbers
from .packing import Packing
from .transform import Butterfly, Transforms

PACKING = 400  # statements of it, about
AGAIN = 2.25  # times the statements of a pass that is compiled again, both ways: its loops are of numbers then


class Code(NamedTuple):
    """How much code transforms are. passes: their statements, both ways. again: the same of those that are called
    again, with other numbers, for which gcc compiles them again."""

    passes: int
    again: int


def code_of(butterflies: list[Butterfly], called: list[Pass]) -> Code:
    """A point is loaded and stored and has an address, a root is two numbers and a product."""
    each = {(one.step.radix, one.step.roots): len(one.code.ops) + 5 * one.step.radix + 6 * one.step.roots
            for one in butterflies}
    every = sum(each[step.radix, step.roots] for step in called)
    return Code(2 * sum(each.values()), round(AGAIN * (every - sum(each.values()))))


def looped(statements: int, lanes: int) -> int:
    """How many of those beside passes and tiles are in loops that compilers unroll and make vectors of: in plain C few,
    whose loops stay loops."""
    return statements // 2 if lanes > 1 else statements // 8


class FourierView(View, frozen=True, kw_only=True):
    """What templates/fourier prints.

    t: the plan's numbers. butterflies: passes. squares: rows and columns of a transpose, stages: what each makes of
    which vectors. bodies, signatures: statements and parameters of functions, by name. places: the loop variables of a
    task, by phase. pack: NAME_pack. term: of addresses.
    """

    t: Numbers
    butterflies: list[Butterfly]
    squares: dict[str, Index]
    stages: list[list[tuple[int, int]]]
    bodies: dict[str, list[Node]]
    signatures: dict[str, tuple[Parameter, ...]]
    places: dict[str, list[tuple[str, str, str]]]
    pack: Packing
    term: object

    @property
    def statements(self) -> int:
        transpose = (2 + len(self.stages)) * self.t.lanes
        return self.unpacked + transpose + PACKING + sum(map(statements, self.bodies.values()))

    @property
    def unpacked(self) -> int:
        return code_of(self.butterflies, self.t.passes).passes

    @property
    def again(self) -> int:
        return code_of(self.butterflies, self.t.passes).again

    @property
    def looped(self) -> int:
        return looped(self.statements - self.unpacked, self.t.lanes)


def program(plan: Plan, rows: Rows) -> Program:
    """What templates/fourier prints."""
    t, s = numbers(plan), plan.spec
    row = rows.of(t.row)
    transforms, blocks, pack = Transforms(t), Blocks(t, row), Packing(t, row)
    view = FourierView(
        t=t, butterflies=list(transforms.butterflies.values()), squares=transforms.squares.inside,
        stages=transforms.stages(),
        bodies={"transform": transforms.nodes("forward"), "transform_back": transforms.nodes("inverse"),
                "load_block": blocks.load_block(), "load_pair": blocks.load_pair(),
                "store_block": blocks.store_block(), "store_pair": blocks.store_pair(), "multiply": blocks.multiply(),
                "transform_task": blocks.transform_task() if not t.choices.fused else [],
                "multiply_task": blocks.multiply_task()},
        signatures={**_signatures(t, transforms, pack), **blocks.signatures()},
        places={"transform_task": unrank([*t.transforming]), "multiply_task": unrank([*t.multiplying])},
        pack=pack, term=term)
    return Program(row=row, template="fourier/fourier.c.j2", pack="fourier/pack.c.j2", view=view, phases=_phases(t),
                   parameters=packing_parameters(s, row, "void"), packed=t.packed, workspace=t.workspace,
                   scratch=t.scratch, packers=pack.packers)


def _phases(t: Numbers) -> tuple[Phase, ...]:
    residual, fused = ["residual"] * t.spec.residual, t.choices.fused
    many = ["task"] * (t.tasks > 1)
    multiply = Phase("multiply_task", t.tasks, "pairs of blocks: their products" + " and transforms" * fused, (
        *many, "worker", *["input"] * fused, "packed", *residual, "output", "workspace"))
    if fused:
        return (multiply,)
    lines = t.lines * t.spec.ic * t.slots
    return (Phase("transform_task", lines, "pairs of blocks of the input, transformed", (
        *["task"] * (lines > 1), *["worker"] * (t.lanes > 1), "input", "packed", "workspace")), multiply)


def _signatures(t: Numbers, transforms: Transforms, pack: Packing) -> dict[str, tuple[Parameter, ...]]:
    f = t.row.scalar
    squares = transforms.squares.names
    return {
        **{one.name: (writes(f, "z"), *indices(one.told.names), *[reads(f, "roots")] * (one.step.roots > 0))
           for one in transforms.butterflies.values()},
        "transpose": (reads(f, "from"), *indices(name for name in squares if name == "from_apart"), writes(f, "to"),
                      *indices(name for name in squares if name == "to_apart")),
        "transform_weights": (writes(f, "z"), *indices(pack.told.names)),
        "put_root": (*indices(["k"]), writes(f, "to"), *indices(pack.put.names)),
    }
