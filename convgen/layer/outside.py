"""What comes from files that anybody may have written: their bytes, JSON, the numbers in it, and texts that are printed
again."""

from __future__ import annotations

import codecs
import contextlib
import errno
import functools
import itertools
import os
import re
import select
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TypeVar

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
PATIENCE = 10.0  # seconds for the other end of a pipe to begin


def contents(source: str | Path, what: str, most: int, label: str) -> bytes:
    """The bytes of a file, or of standard input for "-". what, label: of the file, for messages. InputError when it
    cannot be read, holds more than `most` bytes (whole MiB), or is a pipe into which nobody writes."""
    with _reading(source, what, label) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise InputError(f"{what} must not exceed {most >> 20} MiB ({label})")
    return data


def lines(source: str | Path, what: str, most: int, label: str) -> Iterator[str]:
    """The lines of a text, one at a time; otherwise as `contents`, of which no line may hold more bytes than `most`."""
    with _reading(source, what, label) as file:
        for number in itertools.count():
            data = file.readline(most + 1)
            if len(data) > most:
                raise InputError(f"{what} must have no line beyond {most >> 20} MiB ({label}: line {number + 1})")
            if not data:
                return
            yield utf8(data.removeprefix(codecs.BOM_UTF8) if number == 0 else data, what, label).rstrip("\r\n")


def utf8(data: bytes, what: str, label: str) -> str:
    """Its text; InputError where it is none."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{what} must be UTF-8 text ({label}: {error.reason})") from None


@contextlib.contextmanager
def _reading(source: str | Path, what: str, label: str) -> Iterator[BinaryIO]:
    try:
        with contextlib.ExitStack() as stack:
            yield sys.stdin.buffer if source == "-" else stack.enter_context(_opened(source))
    except OSError as error:
        raise InputError(f"{what} must be readable ({label}: {error.strerror or error})") from None


def _opened(path: str | Path) -> BinaryIO:
    """A file; OSError for a pipe whose other end does not begin: opening one in the usual way waits for ever."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    file = os.fdopen(handle, "rb")
    if stat.S_ISFIFO(os.fstat(handle).st_mode):
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        if not poll.poll(PATIENCE * 1000):
            file.close()
            raise OSError(errno.ETIMEDOUT, f"a pipe into which nobody writes for {PATIENCE:g} s")
        os.set_blocking(handle, True)
    return file


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


@functools.lru_cache(maxsize=256)
def check_text(field: str, text: str) -> None:
    """InputError for text that would end a comment in C, or a string, or go on in the next line; trigraphs do. Lines of
    a file tell the same machine again and again."""
    if len(text) > MAX_TEXT or not re.fullmatch(r"[ -~]*", text) or re.search(r'["\\]|\*/|/\*|\?\?', text):
        raise InputError(f"{field} must be at most {MAX_TEXT} printable ASCII characters that a C comment can hold"
                         f" ({field}={show(text)})")


def plain(text: str) -> str:
    """A machine's own name, reduced to text that check_text accepts."""
    text = re.sub(r"[*/]+", lambda run: run[0].replace("*", "/") if "/" in run[0] else run[0], text)
    return re.sub(r"\?{2,}", "?", re.sub(r'[^ -~]|["\\]', "?", text))[:MAX_PLAIN]
