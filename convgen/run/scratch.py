"""Folders for files under way, beside where these will be renamed to; what killed processes left of them is removed.

    PARENT/PREFIX…/         while its process lives
    PARENT/PREFIX…/owner    a file that the process has locked: the lock goes when the process does, however it ends

A folder without an owner's file is one that somebody may want to look at, such as a failed build; it stays for a day.
Those of other users are left alone.
"""

from __future__ import annotations

import contextlib
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
OWNER = "owner"


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
        shutil.rmtree(path, ignore_errors=True)
        raise
    else:
        shutil.rmtree(path, ignore_errors=True)
    finally:
        if lock is not None:
            lock.close()


def _locked(path: Path) -> BinaryIO:
    """The owner's file, which appears locked; open for as long as somebody holds it."""
    fresh = path / f"{OWNER}.new"
    file = open(fresh, "x+b")  # noqa: SIM115  the lock lasts as long as it is open
    with contextlib.suppress(OSError):  # a file system that has no locks
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.replace(fresh, path / OWNER)
    return file


def sweep(parent: Path, prefix: str) -> None:
    """Remove what was left: by processes that are gone, or long ago."""
    for path in parent.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            state = path.lstat()
            mine = os.name != "posix" or state.st_uid == os.geteuid()
            if mine and path.is_dir() and not path.is_symlink() and \
                    (_orphaned(path) or time.time() - state.st_mtime > KEPT):
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
