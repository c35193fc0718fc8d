"""Plans that tests pick, and plans with other decisions than an algorithm's."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import msgspec

from convgen.layer.spec import ConvSpec
from convgen.plan.choices import TiledChoices
from convgen.plan.plan import Plan
from convgen.planner import explain
from convgen.planner.rank import rank


def chooses(**own: object) -> Callable[[Plan], bool]:
    """Picks plans whose algorithm made these choices."""
    return lambda plan: all(getattr(plan.choices, name) == value for name, value in own.items())


def altered(plan: Plan, **changes: object) -> Plan:
    """The plan with other values of its fields, or of its choices'."""
    own = {name: changes.pop(name) for name in [*changes] if name not in Plan.__struct_fields__}
    plan = msgspec.structs.replace(plan, **changes)
    return msgspec.structs.replace(plan, choices=msgspec.structs.replace(plan.choices, **own)) if own else plan


def of_source(spec: ConvSpec, name: str, source: str, kind: Callable[[Plan], Hashable]) -> list[Plan]:
    """The best direct plan of each kind on that target that reads its input there."""
    found: dict[Hashable, Plan] = {}
    for one in rank(spec, name, "direct"):
        if one.plan.own(TiledChoices).source == source:
            found.setdefault(kind(one.plan), one.plan)
    return list(found.values())


def explained(*asked: object, **more: object) -> str:
    """What explain says, its tables as lines."""
    return "\n".join(block if isinstance(block, str) else
                     "\n".join("  ".join(row) for row in (block.head, *block.rows))
                     for block in explain.explain(*asked, **more))
