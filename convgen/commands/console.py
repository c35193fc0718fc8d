"""How the command line talks: data on stdout, everything else on stderr, an error in one line."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from ..errors import ConvgenError, InputError

INTERRUPTED, PIPE_CLOSED = 130, 141  # exit codes; shells number a signal so


class Program(click.Group):
    """Turns every error that is not a bug into one line on stderr and an exit code."""

    def main(self, *args: Any, **extra: Any) -> Any:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: say(str(message))
            try:
                code = super().main(*args, **{**extra, "standalone_mode": False})
            except ConvgenError as error:
                say(str(error))
                code = error.exit_code
            except click.ClickException as error:
                text = error.format_message()
                say(text if len(text) <= 300 else f"{text[:297]}...")
                code = error.exit_code
            except (click.Abort, KeyboardInterrupt):
                code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else 0)


def say(text: str) -> None:
    """One line on stderr."""
    click.echo(f"convgen: {' '.join(text.split())}", err=True)


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


def put_json(data: Any) -> None:
    """One JSON document."""
    import msgspec

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
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True,
                   redirect_stdout=False, redirect_stderr=False)
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
