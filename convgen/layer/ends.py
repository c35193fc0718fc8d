"""Where a network ends that is not all of its model, and what keeps a model from becoming one: of any importer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from ..errors import InputError
from .names import brief

MENTIONED = 8  # of the operators that are missing


class Operation(NamedTuple):
    """Of a model. words: what its operator is called; inputs, outputs: values, empty for what is left out."""

    words: tuple[str, ...]
    inputs: Sequence[str]
    outputs: Sequence[str]


def ends(operations: Sequence[Operation], given: Collection[str], outputs: tuple[str, ...], stop_at: Collection[str],
         cut: Collection[str]) -> tuple[str, ...]:
    """The values at which the network ends. given: inputs and constants of the model; outputs: its own. cut: values, in
    place of these. stop_at: operators before which it ends: its outputs are what their nodes read, and outputs that do
    not need them. InputError for names that the model does not have."""
    known = {*given, *(name for one in operations for name in one.outputs)} - {""}
    if not outputs:
        raise InputError("model must have outputs (it has none)")
    for name in outputs:
        if name not in known:
            raise InputError(f"outputs must be values that nodes make, inputs or constants ({brief(name)})")
    for name in cut:
        if name not in known:
            raise InputError(f"cut must name values of the model ({brief(name)})")
    outputs = tuple(dict.fromkeys(cut)) or outputs
    if not stop_at:
        return outputs
    behind: set[str] = set()  # values that need such a node
    before: list[str] = []
    for one in operations:
        if not behind.isdisjoint(one.inputs):
            behind.update(one.outputs)
        elif not set(stop_at).isdisjoint(one.words):
            before += [name for name in one.inputs if name and name not in given]
            behind.update(one.outputs)
    behind.discard("")
    if not behind:
        raise InputError(f"stop_at must name operators of the model ({', '.join(map(brief, stop_at))})")
    found = tuple(dict.fromkeys([*(name for name in outputs if name not in behind), *before]))
    if not found:
        raise InputError(f"stop_at must leave something of the model ({', '.join(map(brief, stop_at))})")
    return found


class Missing:
    """Nodes that cannot be steps."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self._reasons: dict[str, str] = {}

    def add(self, op: str, name: str, reason: str) -> None:
        self.count[op] += 1
        if reason:
            self._reasons.setdefault(op, f" (of {brief(name)}, {reason})")

    @property
    def said(self) -> str:
        found = [f"{count} {brief(op)}{self._reasons.get(op, '')}" for op, count in sorted(self.count.items())]
        more = ", …" * (len(found) > MENTIONED)
        return f"operators must be among those that convgen has (left: {', '.join(found[:MENTIONED])}{more})"
