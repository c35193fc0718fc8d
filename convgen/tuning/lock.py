"""Measured plans as text. A project commits them as its convgen.lock, from which everybody generates the same C.

A line of JSON each: first {"convgen_records": 1}, then the best trial of every (spec, target,
device, compiler, threads), sorted. The same records give the same bytes. `records export` writes all of a machine.

A project's lock has one line for a layer, target and number of threads (and, for a target that is not the same
everywhere, device): what it says does not depend on who reads it. It lies beside the layers file, or in a folder above
up to the root of the repository; where there is no repository, beside it alone: what lies higher is somebody else's.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ..algorithms import MAX_ERROR, check_max_error
from ..emit.render import render
from ..errors import ConvgenError, InputError
from ..layer.names import show
from ..layer.outside import Natural, Positive, contents, decode, lines, utf8
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.kernel import LOCK
from ..run import scratch
from .database import Place, Record
from .records import (
    DETECTED,
    Choice,
    check_texts,
    detected,
    device_of,
    first,
    legal,
    or_none,
    plan_text,
    read_decisions,
    read_plan,
    read_spec,
    spec_text,
    target_of,
    target_text,
)

NAME = LOCK
ROOTS = (".git", ".hg", ".jj", ".svn")  # one of which the root of a repository holds
VERSION = 1
MAX_BYTES = 64 * 2**20  # of a project's
MAX_LINE = 2**20
HEADER = {"convgen_records": VERSION}
CONFLICT = ("<<<<<<< ", "||||||| ", "=======", ">>>>>>> ")  # how lines begin that version control leaves
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One choice: a Record without what differs from run to run. Older files do not tell the printer."""

    spec: msgspec.Raw
    target: str
    device: str
    compiler: str
    threads: Positive
    plan: msgspec.Raw
    convgen: str
    printer: str = ""
    min_s: float
    median_s: float
    repeats: Natural
    predicted: float


def write(rows: Iterable[Record]) -> str:
    """The text for rows in the order of Records.rows."""
    return "".join(written(rows))


def written(rows: Iterable[Record]) -> Iterator[str]:
    """Its lines."""
    yield msgspec.json.encode(HEADER).decode() + "\n"
    for _, group in itertools.groupby((row for row in rows if row.status == "ok"), lambda row: row.place):
        ranking = sorted(group, key=lambda row: (row.outdated, row.merit))
        best = next((row for row in ranking if legal(row)), None)
        if best is None:
            continue
        fields = {name: getattr(best, name) for name in Line.__struct_fields__}
        fields |= {name: msgspec.Raw(fields[name].encode()) for name in ("spec", "plan")}
        fields |= {name: float(f"{fields[name]:.6g}") for name in ("min_s", "median_s", "predicted")}
        yield msgspec.json.encode(Line(**fields)).decode() + "\n"


def read(text: str) -> tuple[list[Record], list[str]]:
    """The rows of a lock file, each the winner of its place; and why others were left out: their
    plans are no longer legal. InputError for what convgen cannot have written."""
    found = list(parse(text.splitlines()))
    return [row for row, problem in found if not problem], [problem for _, problem in found if problem]


def parse(lines: Iterable[str]) -> Iterator[tuple[Record, str]]:
    """The row of each line, and why it is to be left out, if so. Lines may be blank. Errors as of `read`."""
    seen: set[Place] = set()
    texts: dict[str, str] = {}  # the same ones come again and again
    number = 0
    for number, line in enumerate(lines, 1):
        if line.startswith(CONFLICT):
            raise InputError(f"records file: line {number}: merge conflict: keep the lines of both sides without the"
                             " marks, of a layer that both have one; or take one side, and tune --lock again")
        if number == 1:
            _check_header(line)
        elif line.strip():
            try:
                row, problem = _row(decode(line, Line))
            except ConvgenError as error:
                raise InputError(f"records file: line {number}: {error}") from None
            spec, target, device, compiler = (
                texts.setdefault(text, text) for text in (row.spec, row.target, row.device, row.compiler))
            place = Place(spec, target, device, compiler, row.threads)
            if place in seen:
                raise InputError(f"records file: line {number}: the same layer and place again")
            if not problem:
                seen.add(place)
            yield row, problem and f"line {number}: {problem}"
    if not number:
        _check_header("")


def _check_header(line: str) -> None:
    header = {}
    with contextlib.suppress(InputError):
        header = decode(line, dict)
    version = header.get("convgen_records")
    if isinstance(version, int) and version > VERSION:
        raise InputError(f"records file must be of version {VERSION}, and is written by a newer convgen"
                         f" (convgen_records={version})")
    if header != HEADER:
        raise InputError(f"records file must begin with {msgspec.json.encode(HEADER).decode()} (line 1: {show(line)})")


def _row(line: Line) -> tuple[Record, str]:
    """The row of a line, its texts made canonical; and why its plan is no longer legal, if so."""
    check_texts(line)
    if not 0 < line.min_s <= line.median_s:
        raise InputError(f"min_s must be positive, and at most median_s (min_s={line.min_s}, median_s={line.median_s})")
    spec = read_spec(bytes(line.spec).decode())
    plan, problem = bytes(line.plan).decode(), ""
    target = target_of(line.target, line.device)
    try:
        if target is None:  # of a device elsewhere
            read_decisions(plan)
        else:
            plan = plan_text(read_plan(plan, spec, target))
    except InputError as error:
        problem = str(error)
    fields: dict[str, Any] = {name: getattr(line, name) for name in Line.__struct_fields__}
    return Record(**{**fields, "spec": spec_text(spec), "plan": plan, "status": "ok", "rounds": 2}), problem


def load(source: str) -> str:
    """The text of a file, or of standard input for -; InputError when it cannot be one."""
    return utf8(contents(source, "file", MAX_BYTES, show(source)), "file", show(source)).removeprefix("\ufeff")


def rows_of(source: str) -> Iterator[tuple[Record, str]]:
    """What `parse` finds in a file, or in standard input for -, of any length; it is read as it is asked for."""
    return parse(_lines(source))


def _lines(source: str) -> Iterator[str]:
    return lines(source, "file", MAX_LINE, show(source))


def save(path: Path, texts: Iterable[str]) -> int:
    """Write lines, all or none, and say how many; InputError when something else is in their place."""
    try:
        if path.exists() and next(_lines(str(path)), "") != msgspec.json.encode(HEADER).decode():
            raise InputError(f"output must not be a file of another kind ({show(str(path))})")
        with scratch.folder(path.parent, ".convgen-") as folder:
            fresh = folder / "lock"
            with fresh.open("w", encoding="utf-8", newline="\n") as file:
                count = sum(1 for text in texts if file.write(text))
            fresh.replace(path)
    except OSError as error:
        raise InputError(f"output must be writable ({show(str(path))}: {error.strerror})") from None
    return count


# --- a project's ---


class Lock(NamedTuple):
    """A project's plans. left_out: why lines of the file are of no use to this convgen."""

    path: Path
    rows: tuple[Record, ...] = ()
    left_out: tuple[str, ...] = ()

    def choice(self, spec: ConvSpec, target: Target, algorithm: str | None = None, threads: int = 1,
               max_error: float = MAX_ERROR, max_code: int | None = None) -> Choice | None:
        """The plan for a layer, within max_error and max_code; the one measured with as many threads, if there are
        several. None when it holds none."""
        check_max_error(max_error)
        text, target_line, threads = spec_text(spec), target_text(target), 1 if target.device else threads
        rows = [row for row in self.rows if (row.spec, row.target) == (text, target_line)]
        if rows and detected(target):
            here = or_none(device_of, target)
            rows = [row for row in rows if row.device == here]
        rows.sort(key=lambda row: (row.threads != threads, row.place))
        return first(rows, spec, target, algorithm, threads, max_error, max_code)


def places(folder: Path) -> list[Path]:
    """Where the lock of the project is looked for that a folder is in: there, and above up to the root of the
    repository."""
    folder = Path(os.path.abspath(folder))  # without .., whose parents would not be those above
    above = [folder, *folder.parents]
    root = next((at for at, place in enumerate(above) if any((place / name).exists() for name in ROOTS)), 0)
    return [place / NAME for place in above[: root + 1]]


def find(folder: Path) -> Path | None:
    """The lock of the project that a folder is in: the first that is there."""
    return next((path for path in places(folder) if os.path.lexists(path)), None)


def open_lock(path: Path) -> Lock:
    """InputError when it is not there, or not as convgen wrote it: forged plans are never printed."""
    if not path.exists() and path.is_symlink():
        raise InputError(f"lock must be a file, and is a link to none ({show(str(path))})")
    if not path.exists():
        raise InputError(f"lock must exist ({show(str(path))}); convgen tune SPEC... --lock FILE writes it")
    try:
        rows, left_out = read(load(str(path)))
        seen: dict[tuple[object, ...], Record] = {}
        for row in rows:
            other = seen.setdefault(_key(row), row)
            if other is not row:
                raise InputError(f"a layer, target and number of threads must stand there once (spec={row.spec},"
                                 f" target={row.target}, threads={row.threads})")
    except ConvgenError as error:
        raise InputError(f"{path}: {error}") from None
    return Lock(path, tuple(rows), tuple(left_out))


def update(path: Path, rows: Iterable[Record]) -> None:
    """Put rows into a lock, in the place of what it held for their layers; a new file where there is none. A line stays
    where the new plan prints the same code: another time, machine or compiler is no reason to change it."""
    held = {_key(row): row for row in (open_lock(path).rows if path.exists() else ())}
    for row in rows:
        old = held.get(_key(row))
        if old is None or not _same_code(old, row):
            held[_key(row)] = row
    save(path, written(sorted(held.values(), key=lambda row: (row.place, row.merit))))


def _key(row: Record) -> tuple[object, ...]:
    """What a lock has one line for."""
    return row.spec, row.target, row.device if row.target.startswith(DETECTED) else "", row.threads


def _same_code(old: Record, new: Record) -> bool:
    """Whether two rows of a layer and a target print kernels that differ in comments at most."""
    if old.plan == new.plan:
        return True
    target = target_of(old.target, old.device)
    if target is None or target != target_of(new.target, new.device):
        return False
    spec = read_spec(old.spec)
    one, other = (COMMENT.sub("", render(read_plan(row.plan, spec, target)).source) for row in (old, new))
    return one == other
