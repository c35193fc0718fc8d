"""Folders and files that nobody but the user and root can change, since what lies in them is loaded or run.

A folder is private when its owner is one of the two and no other may write it. What lies in a private folder can be
replaced by them alone; so a path is checked step by step from a folder that the user chose, and none of the steps
below it may be a link.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from ..errors import InputError

FOLDER, FILE = 0o700, 0o600  # modes of what is made
OTHERS = stat.S_IWGRP | stat.S_IWOTH
CURE = "set CONVGEN_CACHE"


def make(folder: Path) -> None:
    """The folder, and those above it that are lacking, which Path.mkdir would leave to the umask."""
    if not folder.is_dir():
        make(folder.parent)
        folder.mkdir(mode=FOLDER, exist_ok=True)


def check(what: str, path: Path, state: os.stat_result, cure: str) -> None:
    """InputError, which ends in the cure, when others own it or can write it."""
    if _foreign(state):
        raise InputError(f"{what} must belong to the user who runs convgen"
                         f" ({path}: owner {state.st_uid}, user {os.geteuid()}); {cure}")
    if _exposed(state):
        raise InputError(f"{what} must not be writable by others"
                         f" ({path}: mode {stat.S_IMODE(state.st_mode):o}); chmod go-w it, or {cure}")


def folder(path: Path) -> Path:
    """A folder of the cache, in a private one: made, or made anew where others could write it, for what lies there may
    be theirs. InputError when it is a link or a file, or another user's."""
    state = _made(path)
    if stat.S_ISDIR(state.st_mode) and _exposed(state) and not _foreign(state):
        aside = tempfile.mkdtemp(prefix="open-", dir=path.parent)
        with contextlib.suppress(FileNotFoundError):  # another process was first
            path.rename(Path(aside) / path.name)
        shutil.rmtree(aside, ignore_errors=True)
        state = _made(path)
    if not stat.S_ISDIR(state.st_mode):
        raise InputError(f"cache must hold a folder here, neither link nor file ({path}); remove it, or {CURE}")
    check("folder of the cache", path, state, CURE)
    return path


def intact(path: Path) -> bool:
    """Whether none but the user and root could write a file of the cache, in a private folder. InputError when it is a
    link, or another user's."""
    state = path.lstat()
    if not stat.S_ISREG(state.st_mode):
        raise InputError(f"cache must hold a plain file here, no link ({path}); remove it, or {CURE}")
    if _foreign(state):
        check("file of the cache", path, state, CURE)
    return not _exposed(state)


def _made(path: Path) -> os.stat_result:
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=FOLDER)
    return path.lstat()


def _foreign(state: os.stat_result) -> bool:
    return os.name == "posix" and state.st_uid not in (os.geteuid(), 0)


def _exposed(state: os.stat_result) -> bool:
    return os.name == "posix" and bool(state.st_mode & OTHERS)
