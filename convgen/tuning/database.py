"""The database of trials: one row a trial, in SQLite.

A row says what was tried (spec, target, plan), where (device, compiler, threads), by which convgen (its
version, and a digest of what prints kernels) and what came of it. The best row of a place is the one
that went through most rounds of the last final, and among those the fastest: a final measures its plans
side by side, a first trial does not.

The file is $CONVGEN_RECORDS, or records.sqlite in the user's data folder. One that is damaged is moved aside, and
a new one takes its place; one that another program made, or a newer convgen, or that others can write, is left alone;
one that the user cannot write is read.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import itertools
import os
import sqlite3
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import platformdirs

from ..emit.sources import digest
from ..errors import InputError
from ..run import private, scratch
from ..version import __version__

SCHEMA = 2
APPLICATION = 0x636F6E76  # "conv", in the header of the file
BUSY = 30.0  # seconds to wait for another process that writes
CHUNK = 20_000  # rows of a change that comes in several transactions: a second or two
LOGS = ("-wal", "-shm")  # files beside the database whose content SQLite takes for its own
MAGIC = b"SQLite format 3\0"
CURE = "move it away, or set CONVGEN_RECORDS, or use --no-records"

Status = Literal["ok", "wrong", "crash", "timeout", "illegal"]


class Place(msgspec.Struct, frozen=True, order=True):
    """What a plan's time depends on besides the plan: canonical JSON of the spec, "name isa" of the
    target, fingerprints of device and compiler (of an OpenCL target: of platform and driver), number of
    threads (of an OpenCL target: 1, since the device sees to its own)."""

    spec: str
    target: str
    device: str
    compiler: str
    threads: int


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A trial. printer: digest of what printed it, empty where that was not known. plan: canonical JSON of its
    decisions. min_s, median_s: seconds a call, of `repeats` measurements. rounds: how far it came in the
    last final; 1 is not to be in it, 0 not to have been there yet. predicted: cycles."""

    spec: str
    target: str
    device: str
    compiler: str
    threads: int
    convgen: str
    printer: str
    plan: str
    status: Status
    min_s: float | None = None
    median_s: float | None = None
    repeats: int = 0
    rounds: int = 0
    predicted: float = 0.0
    seed: int = 0
    time: str = ""
    detail: str = ""

    @property
    def place(self) -> Place:
        return Place(self.spec, self.target, self.device, self.compiler, self.threads)

    @property
    def merit(self) -> tuple[bool, int, float, str, str, str]:
        """Sorts the best first; the plan only makes the order total."""
        seconds = float("inf") if self.min_s is None else self.min_s
        return (self.status != "ok", -self.rounds, seconds, self.plan, self.convgen, self.printer)

    @property
    def outdated(self) -> tuple[bool, bool]:
        """Whether another version of convgen, and whether another printer, printed what was measured."""
        return self.convgen != __version__, self.printer != digest()


def records_file() -> Path:
    named = os.environ.get("CONVGEN_RECORDS")
    return Path(named or Path(platformdirs.user_data_dir("convgen")) / "records.sqlite").absolute()


class Best(NamedTuple):
    """The best trial of a place, how many it has, and how many of them failed."""

    row: Record
    trials: int
    failed: int


class Records:
    """The open database; InputError when there is something else in its place. Use it in a `with`.

    Every change is one transaction, on the disk when the call returns; several processes may write. wait: seconds for
    another process that writes. Rows that convgen cannot have written are left out, which is said.
    """

    def __init__(self, path: Path | None = None, wait: float = BUSY) -> None:
        self.path, self._wait = path or records_file(), wait
        self._broken: list[int] = []  # rowids
        try:
            self._open()
        except _Damaged as error:
            warnings.warn(str(error), RuntimeWarning, stacklevel=2)
            self._open()

    def _open(self) -> None:
        try:
            if not self.path.exists():
                with self._errors():
                    _create(self.path)
            private.check("records", self.path, self.path.stat(), CURE)
            for log in _logs(self.path):
                with contextlib.suppress(FileNotFoundError):
                    private.check("records", log, log.lstat(), CURE)
            state = self.path.stat()
            self._inode = state.st_ino
            if not state.st_size and (aside := self._aside()):
                raise _damaged(self.path, "it is empty", aside)
        except OSError as error:
            raise self._refused(error.strerror or str(error)) from None
        with self._errors():
            try:
                kind, version = self._connect()
            except sqlite3.OperationalError:
                if os.access(self.path.parent, os.W_OK):
                    raise
                kind, version = self._connect("?immutable=1")  # no log can be made there, which readers need too
        if kind == APPLICATION and 0 < version < SCHEMA:
            self._migrate()
        elif kind != APPLICATION or version != SCHEMA:
            self._database.close()
            newer = kind == APPLICATION and version > SCHEMA
            raise self._refused(f"a newer convgen made it, of schema {version}, where this one knows {SCHEMA}" if newer
                                else "it is not one")

    def __enter__(self) -> Records:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def _connect(self, how: str = "") -> tuple[int, int]:
        """Open the file; what sort of database it is, whose rows can be read."""
        self._database = sqlite3.connect(self.path.absolute().as_uri() + how, timeout=self._wait, isolation_level=None,
                                         uri=True)
        try:
            kind, version = self._kind()
            if kind == APPLICATION and version == SCHEMA:
                self._database.execute("SELECT rowid FROM trials LIMIT 1").fetchall()
        except BaseException:
            self._database.close()
            raise
        return kind, version

    def _kind(self) -> tuple[int, int]:
        """What sort of database, and which schema it has."""
        kind, version = (self._database.execute(f"PRAGMA {name}").fetchone()[0]
                         for name in ("application_id", "user_version"))
        return kind, version

    def _migrate(self) -> None:
        """From schema 1, which did not know what printed a plan. Another process may be first."""
        with self._transaction() as database:
            if self._kind() == (APPLICATION, SCHEMA):
                return
            old = ", ".join(name for name in _COLUMNS if name != "printer")
            database.execute("ALTER TABLE trials RENAME TO trials_1")
            database.execute(_TABLE)
            database.execute(f"INSERT INTO trials ({old}) SELECT {old} FROM trials_1")
            database.execute("DROP TABLE trials_1")
            database.execute(_INDEX)
            database.execute(f"PRAGMA user_version = {SCHEMA}")

    def rows(self, **where: object) -> list[Record]:
        """The rows whose fields have these values, places in order, the best first in each."""
        rows = [row for _, row in self._numbered(where)]
        self._say_broken()
        return rows

    def each(self) -> Iterator[Record]:
        """All rows, in the same order. A place at a time is held: there may be a million."""
        for _, row in self._numbered({}):
            yield row
        self._say_broken()

    def _numbered(self, where: Mapping[str, object]) -> Iterator[tuple[int, Record]]:
        """With their numbers."""
        text = " AND ".join(f"{name} = ?" for name in where) or "1"
        with self._errors():
            found = self._database.execute(f"SELECT rowid, {', '.join(_COLUMNS)} FROM trials WHERE {text}"
                                           f" ORDER BY {', '.join(Place.__struct_fields__)}", tuple(where.values()))
            rows = ((number, row) for number, *values in found if (row := self._read(number, values)))
            for _, group in itertools.groupby(rows, lambda one: one[1].place):
                yield from sorted(group, key=lambda one: one[1].merit)

    def best(self) -> list[Best]:
        """Of every place, in order. Of a million trials too, in half a second: SQLite reads the index alone, and then
        what is shown."""
        with self._errors():  # the columns beside a min() are those of its row
            found = [(self._row(number), count, failed) for number, count, failed, _ in self._database.execute(
                "SELECT rowid, COUNT(*), SUM(status <> 'ok'),"
                " MIN((status <> 'ok') * 1e12 - rounds * 1e6 + IFNULL(min_s, 1e5))"
                f" FROM trials GROUP BY {', '.join(Place.__struct_fields__)}").fetchall()]
        places = [Best(row, count, failed) for row, count, failed in found if row]
        self._say_broken()
        return sorted(places, key=lambda one: one.row.place)

    def _row(self, number: int) -> Record | None:
        """The row of that number; None where it has gone meanwhile, or convgen cannot have written it."""
        values = self._database.execute(f"SELECT {', '.join(_COLUMNS)} FROM trials WHERE rowid = ?",
                                        (number,)).fetchone()
        return values and self._read(number, values)

    def _read(self, number: int, values: list[object]) -> Record | None:
        """A row; None, of which the number is noted, where convgen cannot have written it."""
        fields = {name: value for name, value in zip(_COLUMNS, values, strict=True) if value is not None}
        try:
            return msgspec.convert(fields, Record)
        except msgspec.ValidationError:
            self._broken.append(number)
            return None

    def _say_broken(self) -> None:
        if self._broken:
            warnings.warn(f"records hold trials that convgen cannot have written, which are left out ({self.path}:"
                          f" {len(self._broken)}); convgen records gc removes them", RuntimeWarning, stacklevel=3)

    def put(self, rows: Iterable[Record], settled: bool = False) -> None:
        """Write rows, in the place of those with their keys. settled: they come from a final, and
        their places' other rows are behind them."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        with self._transaction() as database:
            database.execute(_INDEX)  # which files that are older lack
            rows = [msgspec.structs.replace(row, time=now) for row in rows]
            places = {msgspec.structs.astuple(row.place) for row in rows} if settled else ()
            database.executemany(f"UPDATE trials SET rounds = 1 WHERE {_PLACE}", places)
            database.executemany(
                f"INSERT OR REPLACE INTO trials ({', '.join(_COLUMNS)})"
                f" VALUES ({', '.join('?' * len(_COLUMNS))})", map(msgspec.structs.astuple, rows))

    def take(self, rows: Iterable[Record]) -> None:
        """Write rows as those of a final, however many: other processes get to write in between."""
        rows = iter(rows)
        while chunk := list(itertools.islice(rows, CHUNK)):
            self.put(chunk, settled=True)

    def forget(self, rows: Iterable[Record]) -> None:
        """Remove rows."""
        with self._transaction() as database:
            database.executemany(
                f"DELETE FROM trials WHERE {' AND '.join(f'{name} = ?' for name in _KEY)}",
                [tuple(getattr(row, name) for name in _KEY) for row in rows])

    def prune(self, useless: Callable[[Record], bool]) -> tuple[int, int]:
        """Remove the rows of which that is true, asked in the order of `each`, and those that convgen cannot have
        written; how many, of how many. Other processes get to write in between; what they write anew stays."""
        count, gone = 0, list[tuple[int, str]]()
        for number, row in self._numbered({}):
            count += 1
            if useless(row):
                gone.append((number, row.time))
        for at in range(0, len(gone), CHUNK):
            with self._transaction() as database:
                database.executemany("DELETE FROM trials WHERE rowid = ? AND time = ?", gone[at : at + CHUNK])
        with self._transaction() as database:
            database.executemany("DELETE FROM trials WHERE rowid = ?", [(number,) for number in self._broken])
        broken, self._broken = len(self._broken), []
        return len(gone) + broken, count + broken

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._errors():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) and (aside := self._aside()):
                raise _damaged(self.path, str(error), aside) from None
            raise self._refused("it can only be read" if code == sqlite3.SQLITE_READONLY else str(error)) from None

    def _aside(self) -> Path | None:
        """Where the damaged database is from now on; None where it is not convgen's, or another process was first."""
        try:
            with self.path.open("rb") as file:
                head, inode = file.read(72), os.fstat(file.fileno()).st_ino
            ours = head.startswith(MAGIC) and head[68:72] in (b"", APPLICATION.to_bytes(4, "big"))
            if inode != self._inode or (head and not ours):
                return None
            aside = next(path for number in itertools.count(1)
                         if not (path := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists())
            self.path.rename(aside)
            for log, moved in zip(_logs(self.path), _logs(aside), strict=True):
                with contextlib.suppress(FileNotFoundError):
                    log.rename(moved)
        except OSError:
            return None
        return aside

    def _refused(self, why: str) -> InputError:
        return InputError(f"records must be a database that convgen can use ({self.path}: {why}); {CURE}")


class _Damaged(InputError):
    """It was moved aside."""


def _damaged(path: Path, why: str, aside: Path) -> _Damaged:
    return _Damaged(f"records were damaged ({path}: {why}); they are {aside.name} now, and new ones begin")


_COLUMNS = Record.__struct_fields__
_KEY = (*Place.__struct_fields__, "convgen", "printer", "plan")
_PLACE = " AND ".join(f"{name} = ?" for name in Place.__struct_fields__)
# an older convgen that has opened the file before it was migrated does not give a printer
_DEFINED = ", ".join(name + " DEFAULT ''" * (name == "printer") for name in _COLUMNS)
_TABLE = f"CREATE TABLE trials ({_DEFINED}, UNIQUE ({', '.join(_KEY)}))"
# what tells the best of a place, without the plans, which are longer than all of it
_INDEX = f"CREATE INDEX IF NOT EXISTS merits ON trials ({', '.join(Place.__struct_fields__)}, status, rounds, min_s)"


def _logs(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in LOGS]


def _create(path: Path) -> None:
    """A new database that only the user can read; made aside, so that it appears complete, and seen to be whole: where
    the disk is full, SQLite may leave in a log what it could not write."""
    private.make(path.parent)
    with scratch.folder(path.parent, ".records-") as folder:
        fresh = folder / path.name
        fresh.touch(mode=private.FILE)
        with contextlib.closing(sqlite3.connect(fresh)) as database:
            database.executescript(
                f"PRAGMA journal_mode = WAL; PRAGMA application_id = {APPLICATION};"
                f"PRAGMA user_version = {SCHEMA}; {_TABLE}; {_INDEX}")
        if not _whole(fresh):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with contextlib.suppress(FileExistsError):  # another process was first
            os.link(fresh, path)


def _whole(path: Path) -> bool:
    """Whether a database has its table, and is as it should be, without its log."""
    uri = f"{path.absolute().as_uri()}?immutable=1"
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
        return database.execute("PRAGMA quick_check").fetchall() == [("ok",)] and \
            bool(database.execute("SELECT 1 FROM sqlite_master WHERE name = 'trials'").fetchall())
    return False
