"""What a nest computes, as an expression of operands, numbers and other expressions.

    nest("y", (8, 16), term("add", term("mul", x, 0.5), b))

is the nest of two calls that makes y = x/2 + b.
"""

from __future__ import annotations

from typing import NamedTuple

from .steps import Call, Nest, Operand


class Term(NamedTuple):
    """A function of functions.py, or an activation, or a reduction, of arguments. table: as a Call has it."""

    function: str
    arguments: tuple[Argument, ...]
    table: tuple[int, ...] | tuple[float, ...] = ()


Argument = Operand | Term | float


def term(function: str, *arguments: Argument) -> Term:
    return Term(function, arguments)


def looked_up(place: Argument, table: tuple[int, ...] | tuple[float, ...]) -> Term:
    """table[place], of whole numbers or of floats."""
    return Term("look-up-real" if isinstance(table[0], float) else "look-up", (place,), table)


def nest(makes: str, axes: tuple[int, ...], root: Operand | Term, reduced: tuple[int, ...] = ()) -> Nest:
    """The nest that computes an expression; what occurs in it again is computed once."""
    operands: list[Operand] = []
    terms: list[Term] = []  # each after its arguments

    def visit(one: Argument) -> None:
        if isinstance(one, Operand):
            if one not in operands:
                operands.append(one)
        elif isinstance(one, Term) and one not in terms:
            for argument in one.arguments:
                visit(argument)
            terms.append(one)

    def place(one: Argument) -> int | float:
        if isinstance(one, Operand):
            return operands.index(one)
        return len(operands) + terms.index(one) if isinstance(one, Term) else float(one)

    visit(root)
    calls = tuple(Call(one.function, tuple(map(place, one.arguments)), one.table) for one in terms)
    return Nest(makes, axes, tuple(operands), calls, reduced)
