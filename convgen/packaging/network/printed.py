"""The texts of a network: NAME_run_ISA.c for each instruction set, and NAME_run.c, which calls the one for this CPU."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ...emit.texts import c_strings, templates, tidy
from ...layer.activation_code import Routine
from ...layer.element import KNOWN
from ...layer.spec import ConvSpec
from ...machine.isa import ISAS, PLAIN, Isa, built_with, products_on
from ...machine.noted import Rows
from ...machine.rows.scalar import BETWEEN
from ...machine.rows.words import NUMBERS
from ...plan.program import For, If, Node
from ...version import __version__
from ..embed import Stored
from . import nests
from .program import Array, Line, Whole


class TableText(NamedTuple):
    name: str
    type: str
    size: int
    lines: list[str]


class FunctionText(NamedTuple):
    name: str
    declared: str
    tables: list[TableText]
    nodes: list[Node]


class RoutineText(NamedTuple):
    name: str
    parameters: str
    comment: list[str]
    lines: list[str]


def for_isa(name: str, row: Isa, whole: Whole, layers: Iterable[ConvSpec]) -> str:
    """NAME_run_ISA.c, for CPUs that have what kernels of the layers need: compilers make vectors of bytes by more
    instructions than of floats."""
    machine = max((built_with(row, one.arithmetic) for one in layers), key=lambda one: len(one.features), default=row)
    rows = Rows()
    plain = rows.of(ISAS[PLAIN["c"]])
    routines = {name: _routine(name, one, plain) for name, one in _routines(whole.functions).items()}
    helpers = {name: text for element in _words(whole.functions) for name, text in NUMBERS[KNOWN[element]].items()}
    helpers |= rows.helpers(plain.helpers, ())
    between = tuple(one for each in whole.functions for one in each.helpers)
    helpers |= rows.helpers(products_on(ISAS[PLAIN["c"]])[0].numbers.helpers | BETWEEN, between)
    functions = [one.name for one in whole.functions]
    tables = [table.name for one in whole.functions for table in one.tables]
    context: dict[str, Any] = {
        "name": name, "version": __version__, "isa": row.name, "instructions": machine.target,
        "contracted": False, "ordered": False, "unvectorised": False,
        "helpers": helpers.values(), "routines": routines.values(),
        "functions": [_function(one) for one in whole.functions],
        "infinite": any("INFINITE" in text for one in whole.functions for text in _texts(one.nodes)),
        "shares": any("SHARED" in text for one in whole.functions for text in _texts(one.nodes)),
        "constants": whole.constants, "privates": [*functions, *tables, *helpers, *routines],
        "declared": declared(whole), "unused": _unused(whole), "whole": whole,
        "calls": [_call(line) for line in whole.calls],
    }  # fmt: skip
    return tidy(templates().get_template("network/run_isa.c.j2").render(context))


def for_all(name: str, isas: Sequence[str], whole: Whole, stored: Stored, addresses: Iterable[str],
            workers: int) -> str:
    """NAME_run.c. stored: the constants that go in; addresses: of all. workers: for which the file has the arena, 0
    where callers have it."""
    context: dict[str, Any] = {
        "name": name, "version": __version__, "isas": isas, "parameters": parameters(whole, workers), "whole": whole,
        "arguments": ", ".join(one.name for one in (*whole.inputs, *whole.outputs)), "addresses": [*addresses],
        "steps": [" ".join(c_strings(_ascii(" ".join(line.comment.split())) or "step")) for line in whole.calls],
        "workers": workers, "bytes": max(whole.bytes(workers), 1), **stored.context,
    }  # fmt: skip
    return stored.filled(tidy(templates().get_template("network/run.c.j2").render(context)))


def parameters(whole: Whole, workers: int) -> str:
    """Of NAME_run. workers: as for_all has them."""
    memory = [] if workers else ["void *workspace"]
    return ", ".join([declared(whole), *memory, "int workers"])


def _unused(whole: Whole) -> list[str]:
    """Inputs that nothing reads."""
    read = {word for line in whole.calls for word in re.findall(r"\w+", line.text)}
    return [one.name for one in whole.inputs if one.name not in read]


def declared(whole: Whole) -> str:
    """The arrays that NAME_run takes, as parameters."""
    return ", ".join(one.declaration for one in (*whole.inputs, *whole.outputs))


def said(whole: Whole) -> list[str]:
    """What each array that NAME_run takes is, a line each."""
    width = max(len(one.name) for one in (*whole.inputs, *whole.outputs))
    return [_comment(f"{one.name:<{width}}  {one.said}{f' ({one.value})' if one.value != one.name else ''}")
            for one in (*whole.inputs, *whole.outputs)]


def entry(whole: Whole) -> dict[str, Any]:
    """What a manifest says of it: arrays, memory, and what is called in turn."""
    def listed(arrays: Sequence[Array]) -> list[dict[str, Any]]:
        return [{"name": one.name, "value": one.value, "is": one.said, "bytes": one.bytes} for one in arrays]

    return {"inputs": listed(whole.inputs), "outputs": listed(whole.outputs),
            "bytes": {"arena": whole.arena.bytes, "least": whole.arena.least, "workspace": whole.bytes(1)},
            "steps": [{"call": line.text.partition("(")[0], "does": line.comment} for line in whole.calls]}


def _routines(functions: Sequence[nests.Function]) -> dict[str, Routine]:
    return {name: routine for one in functions for name, routine in one.routines.items()}


def _words(functions: Sequence[nests.Function]) -> list[str]:
    return list(dict.fromkeys(word for one in functions for word in one.words))


def _routine(name: str, routine: Routine, row: Any) -> RoutineText:
    parameters = ", ".join(f"{row.vector} {one}" for one in routine.parameters)
    return RoutineText(name, parameters, textwrap.wrap(routine.comment, 110), list(routine.code(row)))


def _function(one: nests.Function) -> FunctionText:
    tables = [TableText(table.name, table.type, len(table.numbers),
                        textwrap.wrap(", ".join(table.numbers), 110)) for table in one.tables]
    parameters = ", ".join([*one.parameters, "int workers"])
    return FunctionText(one.name, parameters, tables, one.nodes)


def _texts(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        yield getattr(node, "text", "")
        yield getattr(node, "value", "")
        if isinstance(node, For | If):
            yield from _texts(node.body)


def _call(line: Line) -> tuple[str, str]:
    return line.text, textwrap.shorten(_comment(line.comment), 60)


def _comment(text: str) -> str:
    """With names of a model, as a comment can hold it."""
    return _ascii(text).replace("*/", "* /").replace("/*", "/ *")


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()
