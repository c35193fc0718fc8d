"""Names: what users call their layers, what C lets a kernel be called, how a message shows a value."""

from __future__ import annotations

import contextlib
import hashlib
import re
from itertools import count
from typing import Any

from ..errors import InputError
from .reserved import taken

MAX_NAME = 200  # characters of a layer's name
MAX_IDENTIFIER = 128  # characters of a kernel's name, which also names its files

PRIVATE = "_"  # how names end that a kernel's file has for itself, and no kernel's

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def check_name(name: str) -> str:
    """`name` if it can name a kernel: a C identifier that nothing else has; else InputError."""
    if not isinstance(name, str) or not _IDENTIFIER.match(name) or len(name) > MAX_IDENTIFIER:
        raise InputError(
            f"name must be a C identifier of at most {MAX_IDENTIFIER} characters (name={show(name)})"
        )
    if name.endswith(PRIVATE):
        raise InputError(f"name must not end in {PRIVATE}, as functions do that a file has for itself"
                         f" (name={show(name)})")
    if (what := taken(name)) is not None:
        raise InputError(f"name must not be that of something else: it is {what} (name={show(name)})")
    return name


def to_identifier(name: str) -> str:
    """A C identifier for a layer's name: ``resnet50.2b3x3`` gives ``resnet50_2b3x3``.

    A good one is kept; one that something else has gets `layer_` in front. One cut short, or with nothing to keep,
    ends in a hash that keeps it apart.
    """
    with contextlib.suppress(InputError):
        return check_name(name)
    text = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
    if not text or len(text) > 63:
        digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
        text = f"{text[:54]}_{digest}".strip("_")
    return check_name(f"layer_{text}" if text[0].isdigit() or taken(text) else text)


def fitting(name: str, most: int = MAX_IDENTIFIER - 8) -> str:
    """An identifier of at most so many characters, which leaves some for a number behind it: one cut short ends in a
    hash of all."""
    if len(name) <= most:
        return name
    return f"{name[: most - 9].rstrip('_')}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def symbol_of(name: str) -> str:
    """The same of a name that stands for files too; InputError for one that leads out of their folder."""
    if ".." in re.split(r"[/\\]", name):
        raise InputError(f"name must not lead out of a folder (name={show(name)})")
    return to_identifier(name)


def layer_name(name: Any) -> str:
    """`name` if one line and a pair of quotes can hold it; else InputError."""
    if isinstance(name, str) and 0 < len(name) <= MAX_NAME and name.isprintable() and '"' not in name:
        return name
    raise InputError(
        f"name must be 1 to {MAX_NAME} printable characters without double quotes (name={show(name)})"
    )


def show(value: object) -> str:
    """`value` for a message: as Python writes it, on one line, cut short."""
    try:
        text = repr(value[:80] if isinstance(value, str) else value).replace("\n", " ")
    except Exception:  # an integer of 5,000 digits, a list nested too deep
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 80 else f"{text[:77]}..."


def brief(text: str) -> str:
    """A name of the file for a line of a message."""
    return text if text and text.isprintable() and len(text) <= 80 else show(text)


def kind(value: object) -> str:
    """What sort of thing `value` is, for a message, and which where that is short."""
    short = isinstance(value, str | int | float | None)
    return f"got {show(value)}" if short else f"it is a {type(value).__name__}"


def unused(name: str, taken: set[str]) -> str:
    """A name like this one that is not among the taken, and is from now on."""
    found = next(found for found in (f"{name}_{number}" for number in count(2)) if found not in taken)
    taken.add(found)
    return found
