"""What comes from files that anybody may have written: JSON, the numbers in it, and texts that are printed again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, TypeVar

import msgspec

from ..errors import InputError
from .names import show

Form = TypeVar("Form")

# Numbers that C has a type for; msgspec asks it of what it reads.
Natural = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]

MAX_TEXT = 1000  # characters of a text in a comment
MAX_PLAIN = 400  # of a name that a machine gave
MAX_REASON = 160
SHOWN = 8  # values in a message, of those that are legal


def decode(text: str | bytes, form: type[Form], what: str = "") -> Form:
    """A value of that form; InputError, in one line that begins with `what`, for JSON of anything else."""
    try:
        return msgspec.json.decode(text, type=form)
    except RecursionError:
        reason = "it must not nest so deep"
    except (msgspec.MsgspecError, UnicodeError) as error:
        reason = _told(" ".join(str(error).split()))[:MAX_REASON]
    raise InputError(f"{what}: {reason}" if what else reason)


def _told(reason: str) -> str:
    """What msgspec says ("Expected `int` >= 0 - at `$.mr`"), the field first."""
    rule, _, field = reason.replace("`", "").partition(" - at $")
    field = field.removeprefix(".")
    if rule.startswith("Expected "):
        return f"{field or 'it'} must be {rule.removeprefix('Expected ')}"
    return f"{field}: {rule}" if field else rule


def leaves(value: Any, field: str = "") -> Iterator[tuple[str, Any]]:
    """(field, value) of all that dicts and lists hold, as ``plan.loops[0].step``; keys are not among them."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from leaves(inside, f"{field}.{name}" if field else name)
    elif isinstance(value, list | tuple):
        for at, inside in enumerate(value):
            yield from leaves(inside, f"{field}[{at}]")
    else:
        yield field, value


def mismatch(given: Mapping[str, object], known: Iterable[Mapping[str, object]]) -> str | None:
    """The first field in which the values differ from all known ones that agree in the fields before; None where they
    equal a known one."""
    left = list(known)
    for name in dict.fromkeys(name for fields in (given, *left) for name in fields):
        value, legal = given.get(name), dict.fromkeys(one.get(name) for one in left)
        if value not in legal:
            *most, last = [str(one) for one in legal][:SHOWN] + ["others"] * (len(legal) > SHOWN)
            return f"{name} must be {' or '.join([', '.join(most)] * bool(most) + [last])} ({name}={show(value)})"
        left = [one for one in left if one.get(name) == value]
    return None


# --- texts ---


def check_text(field: str, text: str) -> None:
    """InputError for text that would end a comment in C, or a string, or go on in the next line; trigraphs do."""
    if len(text) > MAX_TEXT or not re.fullmatch(r"[ -~]*", text) or re.search(r'["\\]|\*/|/\*|\?\?', text):
        raise InputError(f"{field} must be at most {MAX_TEXT} printable ASCII characters that a C comment can hold"
                         f" ({field}={show(text)})")


def plain(text: str) -> str:
    """A machine's own name, reduced to text that check_text accepts."""
    text = re.sub(r"[*/]+", lambda run: run[0].replace("*", "/") if "/" in run[0] else run[0], text)
    return re.sub(r"\?{2,}", "?", re.sub(r'[^ -~]|["\\]', "?", text))[:MAX_PLAIN]
