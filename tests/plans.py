"""Plans that tests pick, and plans with other decisions than an algorithm's."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from convgen.plan.plan import Plan
from convgen.planner import explain


def chooses(**own: object) -> Callable[[Plan], bool]:
    """Picks plans whose algorithm made these choices."""
    return lambda plan: all(getattr(plan.choices, name) == value for name, value in own.items())


def altered(plan: Plan, **changes: object) -> Plan:
    """The plan with other values of its fields, or of its choices'."""
    own = {name: changes.pop(name) for name in [*changes] if name not in Plan.__struct_fields__}
    plan = msgspec.structs.replace(plan, **changes)
    return msgspec.structs.replace(plan, choices=msgspec.structs.replace(plan.choices, **own)) if own else plan


def explained(*asked: object, **more: object) -> str:
    """What explain says, its tables as lines."""
    return "\n".join(block if isinstance(block, str) else
                     "\n".join("  ".join(row) for row in (block.head, *block.rows))
                     for block in explain.explain(*asked, **more))
