"""How large the cache of built kernels may become: CONVGEN_CACHE_SIZE MiB, 2048 if not set; 0 is no limit.

Each shelf is a folder, whose time is when it was last used. Where they are too large together, those go that were not
used for the longest time, until a quarter is free; but none of the last minutes, which another process may be about to
load. Sizes are only added up now and then: when a process builds its first kernel, and then whenever it has built a
sixteenth of the limit.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from ..layer.names import show

VARIABLE = "CONVGEN_CACHE_SIZE"
SIZE = 2048  # MiB
FRESH = 600.0  # seconds

_since: dict[Path, int] = {}  # bytes built in each cache since its size was added up


class Shelf(NamedTuple):
    """A folder of the cache: when it was last used, and bytes."""

    used: float
    path: Path
    size: int


def limit() -> int:
    """Bytes. InputError where the variable is no number."""
    text = os.environ.get(VARIABLE, "").strip() or str(SIZE)
    if not text.isdecimal() or len(text) > 12:
        raise InputError(f"{VARIABLE} must be a number of MiB, or 0 for no limit ({VARIABLE}={show(text)})")
    return int(text) << 20


def used(shelf: Path) -> None:
    """Note that it was used now."""
    with contextlib.suppress(OSError):
        os.utime(shelf)


def trim(kernels: Path, built: int) -> None:
    """Keep the folder of shelves within the limit, into which so many bytes were just built."""
    most = limit()
    before = _since.get(kernels)
    _since[kernels] = (before or 0) + built
    if not most or (before is not None and _since[kernels] < most // 16):
        return
    _since[kernels] = 0
    found = sorted(_shelves(kernels))
    left = sum(shelf.size for shelf in found)
    if left <= most:
        return
    for shelf in found:
        if left <= most - most // 4 or time.time() - shelf.used < FRESH:
            break
        remove(shelf.path)
        left -= shelf.size


def _shelves(kernels: Path) -> list[Shelf]:
    found = []
    for path in kernels.iterdir():
        with contextlib.suppress(OSError):  # another process removes it
            if path.is_dir() and not path.is_symlink():
                size = sum(file.lstat().st_size for file in path.iterdir())
                found.append(Shelf(path.stat().st_mtime, path, size))
    return found


def remove(path: Path) -> None:
    """A folder with all in it, or a file or a link, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
