"""Rows that note what is made of them: the helpers that their operations call, so that a file gets those and no others;
and the operations that an expression consists of, so that they can be counted."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from .isa import Isa
from .matrix import Index

Kept = TypeVar("Kept")

CALL = re.compile(r"([\w{}]+)\(")


@functools.lru_cache(maxsize=4096)
def calls(text: str) -> tuple[str, ...]:
    """What a text of a row's calls: names, or patterns of them over the operands of an operation."""
    return tuple(CALL.findall(text))


class NotedIsa(Isa, frozen=True, kw_only=True):
    """A row; `called` gets the names of its helpers that its operations call, `made` the operations of each
    expression."""

    called: set[str]
    made: dict[str, tuple[str, ...]]

    def expression(self, op: str, /, **operands: Index) -> str:
        text = self.ops[op]
        made = text.format(**operands)
        if self.made.get(made, ("",))[0] == op:  # noted before
            return made
        self.called.update(name for name in (call.format(**operands) for call in calls(text)) if name in self.helpers)
        if made not in operands.values():  # what is done for nothing is no operation
            self.made[made] = (op, *(inner for operand in operands.values() if isinstance(operand, str)
                                     for inner in self.made.get(operand, ())))
        return made


class Rows:
    """The rows that a program's operations come from: one for one of the table."""

    def __init__(self) -> None:
        self.called: set[str] = set()
        self.made: dict[str, tuple[str, ...]] = {}
        self._rows: dict[str, NotedIsa] = {}
        self._once: dict[Hashable, object] = {}

    def of(self, row: Isa) -> Isa:
        """The row that notes what it calls; always the same."""
        if isinstance(row, NotedIsa):
            return row
        if row.name not in self._rows:
            fields = {name: getattr(row, name) for name in Isa.__struct_fields__}
            if row.floats is not None:
                fields["floats"] = self.of(row.floats)
            if row.totals is not None:
                fields["totals"] = self.of(row.totals)
            if row.shorts is not None:
                fields["shorts"] = self.of(row.shorts)
            if row.short is not None:
                fields["short"] = self.of(row.short)
            self._rows[row.name] = NotedIsa(**fields, called=self.called, made=self.made)
        return self._rows[row.name]

    def once(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What programs that come from these rows have in common, made by the first of them."""
        if key not in self._once:
            self._once[key] = make()
        return cast(Kept, self._once[key])

    def helpers(self, helpers: dict[str, str], more: tuple[str, ...]) -> dict[str, str]:
        """Name and text of those called, of those in `more`, and of those that these call; behind those they call."""
        called = self.called | set(more)
        found: dict[str, str] = {}
        for helper, text in reversed(helpers.items()):
            if helper in called:
                called.update(calls(text))
                found = {helper: text} | found
        return found
