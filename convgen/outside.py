"""What comes from files that anybody may have written: JSON and the numbers in it."""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec

from .errors import InputError

Form = TypeVar("Form")

# Numbers that C has a type for; msgspec asks it of what it reads.
Natural = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]

LONGEST = 160  # characters of a reason


def decode(what: str, text: str | bytes, form: type[Form]) -> Form:
    """A value of that form; InputError, in one line, for JSON of anything else."""
    try:
        return msgspec.json.decode(text, type=form)
    except RecursionError:
        reason = "it must not nest so deep"
    except (msgspec.MsgspecError, UnicodeError) as error:
        reason = _told(" ".join(str(error).split()))[:LONGEST]
    raise InputError(f"{what}: {reason}")


def _told(reason: str) -> str:
    """What msgspec says ("Expected `int` >= 0 - at `$.mr`"), the field first."""
    rule, _, field = reason.replace("`", "").partition(" - at $")
    field = field.removeprefix(".")
    if rule.startswith("Expected "):
        return f"{field or 'it'} must be {rule.removeprefix('Expected ')}"
    return f"{field}: {rule}" if field else rule
