"""How the command line talks: data on stdout, everything else on stderr, an error in one line."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar

import click

from ..errors import InputError

PIPE_CLOSED = 141  # exit code; a shell says 128 + the number of the signal

_quiet = ContextVar("_quiet", default=False)


def say(text: str) -> None:
    """One line on stderr."""
    click.echo(f"convgen: {' '.join(text.split())}", err=True)


def note(text: str) -> None:
    """One line on stderr about something that went well; none where quiet is asked for."""
    if not _quiet.get():
        say(text)


@contextlib.contextmanager
def quietly(wanted: bool) -> Iterator[None]:
    """Without notes and bars."""
    before = _quiet.set(wanted)
    try:
        yield
    finally:
        _quiet.reset(before)


def put(text: str) -> None:
    """Data, on stdout."""
    try:
        click.echo(text)
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):  # what is still buffered has nowhere to go
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise click.exceptions.Exit(PIPE_CLOSED) from None
        raise InputError(f"standard output must be writable ({error.strerror})") from None


def put_json(data: object) -> None:
    """One JSON document."""
    import msgspec  # here, since the list of commands does without it

    put(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def put_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns; to the right where they hold numbers, or - for none."""
    columns = list(zip(head, *rows, strict=True))
    numbers = [all(cell[:1].isdigit() or cell == "-" for cell in column[1:]) for column in columns]
    widths = [max(map(len, column)) for column in columns]
    for row in (head, *rows):
        cells = (cell.rjust(width) if number else cell.ljust(width)
                 for cell, width, number in zip(row, widths, numbers, strict=True))
        put("  ".join(cells).rstrip())


@contextlib.contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[], None]]:
    """A bar on stderr where that is a terminal; what it yields counts one step."""
    if _quiet.get() or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console  # slow to import, and for terminals only
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True,
                   redirect_stdout=False, redirect_stderr=False)
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def reproduce(command: str) -> None:
    """The line after a failure."""
    click.echo(f"reproduce: {command}", err=True)
