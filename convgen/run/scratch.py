"""Folders for files under way, beside where these will be renamed to; what killed processes left of them is removed.

    PARENT/PREFIX…/         while its process lives
    PARENT/PREFIX…/owner    a file that the process has locked: the lock goes when the process does, however it ends
    PARENT/PREFIX…/whole    the names of files there that are complete and belong together: whoever finds them without
                            their process renames them into PARENT, as it was about to
    PARENT/PREFIX….gone/    while it is removed, by whoever finds it

A folder without an owner's file is one that somebody may want to look at, such as a failed build; it stays for a day.
Those of other users are left alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, where age alone tells
    fcntl = None  # type: ignore[assignment]

KEPT = 24 * 3600.0  # seconds
OWNER, WHOLE = "owner", "whole"
GONE = ".gone"
MOST = 2**20  # bytes of names


@contextlib.contextmanager
def folder(parent: Path, prefix: str, leave: type[BaseException] | tuple[()] = ()) -> Iterator[Path]:
    """A new folder, removed in the end; but left for a day where an exception of the kind `leave` ends its use."""
    sweep(parent, prefix)
    path, lock = Path(tempfile.mkdtemp(prefix=prefix, dir=parent)), None
    try:
        lock = _locked(path)
        yield path
    except leave:
        with contextlib.suppress(OSError):
            (path / OWNER).unlink()
        raise
    except BaseException:
        _remove(path)
        raise
    else:
        _remove(path)
    finally:
        if lock is not None:
            lock.close()


def temporary() -> contextlib.AbstractContextManager[Path]:
    """One in the system's folder for temporary files."""
    return folder(Path(tempfile.gettempdir()), "convgen-work-")


def _locked(path: Path) -> BinaryIO:
    """The owner's file, which appears locked; open for as long as somebody holds it."""
    fresh = path / f"{OWNER}.new"
    file = open(fresh, "x+b")  # noqa: SIM115  the lock lasts as long as it is open
    with contextlib.suppress(OSError):  # a file system that has no locks
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.replace(fresh, path / OWNER)
    return file


def seal(path: Path, names: list[str]) -> None:
    """From here on these files of a folder will be in its parent, all of them, even if the process is killed now."""
    fresh = path / f"{WHOLE}.new"
    fresh.write_text(json.dumps(names), encoding="utf-8")
    os.replace(fresh, path / WHOLE)


def unseal(path: Path) -> None:
    (path / WHOLE).unlink(missing_ok=True)


def _finish(path: Path) -> None:
    """Rename what is left of files that belong together."""
    if not (path / WHOLE).is_file() or (path / WHOLE).is_symlink() or (path / WHOLE).stat().st_size > MOST:
        return
    with contextlib.suppress(ValueError, TypeError):
        names, parent = json.loads((path / WHOLE).read_text(encoding="utf-8")), path.parent.resolve()
        for name in map(Path, names):
            there = (parent / name).parent.resolve()  # links lead nowhere else: the folder may be anybody's
            if there.is_relative_to(parent) and ".." not in name.parts and (path / name).is_file():
                there.mkdir(parents=True, exist_ok=True)
                os.replace(path / name, there / name.name)


def sweep(parent: Path, prefix: str) -> None:
    """Finish or remove what was left: by processes that are gone, or long ago."""
    for path in parent.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            state = path.lstat()
            mine = os.name != "posix" or state.st_uid == os.geteuid()
            if not mine or not path.is_dir() or path.is_symlink():
                continue
            if path.name.endswith(GONE):
                shutil.rmtree(path, ignore_errors=True)
            elif _orphaned(path) or time.time() - state.st_mtime > KEPT:
                _finish(path)
                _remove(path)


def _remove(path: Path) -> None:
    """By a name that says so: if the process is killed while it does this, the next does the rest."""
    with contextlib.suppress(OSError):
        path = path.rename(path.with_name(f"{path.name}{GONE}"))
    shutil.rmtree(path, ignore_errors=True)


def _orphaned(path: Path) -> bool:
    """Whether its process is gone; not known where there are no locks."""
    if fcntl is None:
        return False
    try:
        handle = os.open(path / OWNER, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
