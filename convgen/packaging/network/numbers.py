"""What a nest does to numbers, as statements in C.

Each operand and each call is a variable of its own: floats are float, also those that are double in memory; integers
int32_t, or int64_t where an operand has 64 bits; truths int.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from ...layer.activation import Activation
from ...layer.activation_code import Routine
from ...layer.element import F32, S64, Element, c_float
from ...layer.functions import FUNCTIONS, REDUCTIONS, Kind
from ...layer.steps import Call, Nest, Value


class Variable(NamedTuple):
    """name: in C. kind: of its number; type: in C."""

    name: str
    kind: Kind
    type: str


class Arithmetic:
    """The variables of a nest, and the statements that make them. inner: the calls that are done for each place of the
    reduced axes; reductions; outer: those that are done once. By number, operands before calls."""

    def __init__(self, nest: Nest, values: dict[str, Value]) -> None:
        self.nest, self.count = nest, len(nest.operands)
        elements = [values[operand.value].element for operand in nest.operands]
        self._whole = "int64_t" if S64 in (*elements, values[nest.makes].element) else "int32_t"
        self.variables = [self._variable(f"a{at}", "whole" if element.whole else "real")
                          for at, element in enumerate(elements)]
        for at, call in enumerate(nest.calls):
            self.variables.append(self._variable(f"v{at}", self._result(call)))
        self.reductions = [self.count + at for at, call in enumerate(nest.calls) if call.function in REDUCTIONS]
        last = len(self.variables) - 1
        self.outer = self._needed([last])
        self.inner = self._needed([one for at in self.reductions for one in self._arguments(at)])
        self.routines: dict[str, Routine] = {}
        self.helpers: dict[str, None] = {}  # in the order in which they come

    def _variable(self, name: str, kind: Kind) -> Variable:
        return Variable(name, kind, {"real": "float", "whole": self._whole, "truth": "int"}[kind])

    def call(self, number: int) -> Call:
        return self.nest.calls[number - self.count]

    def _arguments(self, number: int) -> list[int]:
        return [one for one in self.call(number).arguments if isinstance(one, int)]

    def _needed(self, wanted: Sequence[int]) -> list[int]:
        """What is needed for some numbers, in order; reductions are where it ends."""
        found, pending = set(wanted), list(wanted)
        while pending:
            number = pending.pop()
            if number >= self.count and number not in self.reductions:
                fresh = set(self._arguments(number)) - found
                found |= fresh
                pending += fresh
        return sorted(found)

    def _result(self, call: Call) -> Kind:
        reduction = REDUCTIONS.get(call.function)
        if reduction is not None:
            return "whole" if reduction.finds else self._kind(call.arguments[0])
        row = FUNCTIONS.get(call.function)
        if row is None:
            return "real"  # an activation
        if row.result is not None:
            return row.result
        given = call.arguments[1:] if call.function == "choose" else call.arguments
        kinds = [self.variables[one].kind for one in given if isinstance(one, int)]
        return "real" if "real" in kinds or not kinds else "whole" if "whole" in kinds else "truth"

    def _kind(self, argument: int | float) -> Kind:
        return self.variables[argument].kind if isinstance(argument, int) else "real"

    def value(self, number: int, at: str = "", table: str = "") -> str:
        """An expression of a call that is no reduction. at: the index of what reductions left, where that is an
        array. table: the name of that of the call, if it has one."""
        call = self.call(number)
        row = FUNCTIONS.get(call.function)
        whole = row is not None and not any(
            self._kind(one) == "real" for one in call.arguments if isinstance(one, int))
        given = [self.argument(one, whole, at, call.function == "choose" and not place)
                 for place, one in enumerate(call.arguments)]
        if row is None:
            act = Activation.parse(call.function)
            *called, last = act.routines
            self.routines |= {one.name: one for one in called}
            name = re.sub(r"\W+", "_", f"{act}").strip("_") + "_f32"
            self.routines[name] = last._replace(name=name)
            return f"{name}({given[0]})"
        if whole and row.whole is not None:
            return row.whole.format(*given)
        self.routines |= {one.name: one for one in row.routines}
        self.helpers |= dict.fromkeys(row.helpers)
        return row.c.format(*given, table=table, type=self.variables[number].type)

    def argument(self, one: int | float, whole: bool, at: str = "", condition: bool = False) -> str:
        """whole: whether it meets integers alone. condition: it is one, whatever it meets."""
        if isinstance(one, int):
            variable = self.variables[one]
            name = variable.name + at * (one in self.reductions)
            return name if whole or condition or variable.kind == "real" else f"(float){name}"
        return str(int(one)) if whole else literal(one)


def literal(value: float) -> str:
    """Of f32, infinities too."""
    if math.isinf(value):
        return "INFINITE" if value > 0 else "-INFINITE"
    return c_float(value)


def loaded(element: Element, address: str) -> str:
    """The number there, as a variable has it."""
    if element.words:
        return f"f32_from_{element.name}({address})"
    return address if element.whole or element is F32 else f"(float){address}"


def stored(element: Element, number: str, variable: Variable) -> str:
    """A number as memory has it."""
    if element is F32:
        return number if variable.kind == "real" else f"(float)({number})"
    if element.whole:
        return number if variable.type == element.c else f"({element.c})({number})"
    return f"{element.name}_from_f32({number})" if element.words else f"({element.c})({number})"
