"""How the command line talks: data on stdout, everything else on stderr, an error in one line.

All tables are drawn here. On a terminal one keeps to its width: columns that say least are left out, and a line says
which; then text is wrapped between words, never within one. Elsewhere, as in a pipe or a file, all of it is written.
Colour is for what a reader looks for: ok, failed, noisy, the row that won. There is none where stdout is no terminal,
and none with NO_COLOR.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar

import click

from ..errors import InputError

GAP = "  "  # between columns
SQUEEZED = 24  # characters of text that a line of a column should hold, before others are left out
INTERRUPTED, PIPE_CLOSED = 130, 141  # exit codes; a shell says 128 + the number of the signal

_quiet = ContextVar("_quiet", default=False)


class Told:
    """What a command has told so far: what is wrong, the commands that show it again, and whether its document."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.reproduce: list[str] = []
        self.document = False


told = ContextVar("told", default=Told())  # noqa: B039  # of nobody: each command has one of its own


def say(text: str) -> None:
    """One line on stderr about what is wrong, or asks for care."""
    told.get().errors.append(" ".join(text.split()))
    _write(text)


def _write(text: str) -> None:
    """One line on stderr; a terminal breaks it between words."""
    line = f"convgen: {' '.join(text.split())}"
    if sys.stderr.isatty():
        line = textwrap.fill(line, shutil.get_terminal_size().columns, subsequent_indent="  ",
                             break_long_words=False, break_on_hyphens=False)
    click.echo(line, err=True)


def note(text: str) -> None:
    """One line on stderr about something that went well; none where quiet is asked for."""
    if not _quiet.get():
        _write(text)


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

    told.get().document = True
    put(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def put_wrapped(text: str, hang: int) -> None:
    """Lines of text; on a terminal those that are too long go on below, `hang` columns further to the right."""
    room = width()
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        if room is None or len(line) <= room:
            put(line)
        else:
            put(textwrap.fill(line.strip(), room, initial_indent=" " * indent, subsequent_indent=" " * (indent + hang),
                              break_long_words=False, break_on_hyphens=False))


# --- tables ---


class Cell(str):
    """A cell with a meaning that has a colour; `green` for what is right, `red` for what is wrong, `yellow` for what
    asks for care, `bold` for what a reader looks for."""

    style: str

    def __new__(cls, text: str, style: str) -> Cell:
        cell = super().__new__(cls, text)
        cell.style = style
        return cell


def width() -> int | None:
    """Columns of the terminal that stdout is; None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def coloured() -> bool:
    """Whether stdout is to be in colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def put_table(head: Sequence[str], rows: Sequence[Sequence[str]], least: Sequence[str] = (),
              chosen: int | None = None) -> None:
    """Rows as aligned columns. least: the names of columns that may be left out, the first of them first. chosen: the
    row that the reader looks for."""
    if chosen is not None:
        rows = [[Cell(cell, "bold") for cell in row] if at == chosen else row for at, row in enumerate(rows)]
    for line in table(head, rows, least, width()):
        put("".join(map(_painted, line)) if coloured() else "".join(line))


def _painted(text: str) -> str:
    if not isinstance(text, Cell):
        return text
    return click.style(text, bold=True) if text.style == "bold" else click.style(text, fg=text.style)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], least: Sequence[str] = (),
          room: int | None = None) -> Iterator[list[str]]:
    """The lines of a table as pieces to be joined; to the right where a column holds numbers, or - for none. room:
    columns of the terminal, None for no limit."""
    columns = {name: [name, *cells] for name, *cells in zip(head, *rows, strict=True)}
    titles = columns[head[0]]
    kept = {name: cells for name, cells in columns.items() if name not in least}
    alone = room is not None and _narrowest(kept) > room  # names too long for a table: on lines of their own
    if alone:
        del columns[head[0]]
    dropped = []
    for name in least:
        if room is None or _narrowest(columns) + len(GAP) * alone <= room:
            break
        if any(cell.strip("- ") for cell in columns.pop(name)[1:]):  # an empty column is not missed
            dropped.append(name)
    widths = _widths(columns, room and room - len(GAP) * alone)
    numbers = [all(cell[:1].isdigit() or cell[:1] in "-+±" for cell in cells[1:]) for cells in columns.values()]
    for title, row in zip(titles, zip(*columns.values(), strict=True), strict=True):
        if alone:
            yield [title]
        yield from _row(row, widths, numbers, GAP * alone)
    if dropped and room:
        text = f"(no room for {', '.join(dropped)}: a wider terminal, a pipe or a file has all)"
        yield from ([line] for line in textwrap.wrap(text, room))


def _narrowest(columns: dict[str, list[str]]) -> int:
    """The width of a table whose long cells are wrapped between words."""
    widths = (max(*map(_longest, cells), min(SQUEEZED, max(map(len, cells)))) for cells in columns.values())
    return sum(widths) + len(GAP) * (len(columns) - 1)


def _longest(text: str) -> int:
    return max(map(len, text.split(" ")))


def _widths(columns: dict[str, list[str]], room: int | None) -> list[int]:
    """As wide as their cells; where that is too much, the widest give way first, down to their longest words."""
    widths = [max(map(len, cells)) for cells in columns.values()]
    lowest = [max(map(_longest, cells)) for cells in columns.values()]
    while room is not None and sum(widths) + len(GAP) * (len(widths) - 1) > room:
        wide = [at for at in range(len(widths)) if widths[at] > lowest[at]]
        if not wide:
            break
        widths[max(wide, key=lambda at: widths[at])] -= 1
    return widths


def _row(row: Sequence[str], widths: Sequence[int], numbers: Sequence[bool], indent: str) -> Iterator[list[str]]:
    """The lines of one row."""
    cells = [textwrap.wrap(cell, size, break_long_words=False, break_on_hyphens=False)
             for cell, size in zip(row, widths, strict=True)]
    for parts in itertools.zip_longest(*cells, fillvalue=""):
        line = [indent]
        for cell, part, size, number in zip(row, parts, widths, numbers, strict=True):
            piece = part.rjust(size) if number else part.ljust(size)
            line += [Cell(piece, cell.style) if isinstance(cell, Cell) else piece, GAP]
        while line and not line[-1].strip():
            line.pop()
        if line:
            *line, last = line
            line.append(Cell(last.rstrip(), last.style) if isinstance(last, Cell) else last.rstrip())
        yield line


def ms(seconds: float | None) -> str:
    """Milliseconds to four digits, or - for what was not measured."""
    if not seconds:
        return "-"
    return f"{1e3 * seconds:.{max(0, 3 - math.floor(math.log10(1e3 * seconds)))}f}"


# --- the rest of what it says ---


@contextlib.contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[], None]]:
    """A bar on stderr where that is a terminal; what it yields counts one step."""
    done = itertools.count(1)
    with bar() as show:
        show(what, 0, total)
        yield lambda: show(what, next(done), total)


@contextlib.contextmanager
def bar() -> Iterator[Callable[..., None]]:
    """A bar on stderr where that is a terminal, and quiet is not asked for. It yields show(what, done, total, end): end
    is the time, of time.monotonic, when all will be over, for what is left to be counted down."""
    if _quiet.get() or not sys.stderr.isatty():
        yield lambda what, done, total, end=None: None
        return
    from rich.console import Console  # slow to import, and for terminals only
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn  # likewise
    from rich.text import Text  # likewise

    class Left(ProgressColumn):
        def render(self, task: Task) -> Text:
            end = task.fields.get("end")
            return Text("" if end is None else f"{duration(end - time.monotonic())} left")

    columns = BarColumn(10), TextColumn("{task.completed:.0f}/{task.total:.0f}"), Left(), \
        TextColumn("{task.description}", markup=False)
    live = Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=4,
                    redirect_stdout=False, redirect_stderr=False)
    with live:
        task = live.add_task("", total=0)
        yield lambda what, done, total, end=None: live.update(
            task, description=what, completed=done, total=total, end=end)


def duration(seconds: float) -> str:
    """41 s, 3 min, 1 h 5 min."""
    whole = max(0, round(seconds))
    if whole < 120:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def reproduce(command: str) -> None:
    """The line after a failure."""
    told.get().reproduce.append(command)
    click.echo(f"reproduce: {command}", err=True)
