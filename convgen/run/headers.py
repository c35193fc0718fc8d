"""The headers of a machine's instructions, read once for many kernels: gcc reads immintrin.h for two thirds of the time
that a small kernel takes.

    CACHE/headers/KEY.h         includes them, for one set of flags: from the first kernel on
    CACHE/headers/KEY.h.gch     the same as the compiler keeps it in memory: from the second one on
    CACHE/headers/KEY.none      where it cannot

Told to -include KEY.h, a compiler takes the .gch where that suits it, else the header: what it makes is the same.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from . import private, shelves

LITTLE = frozenset({"stdint.h"})  # of which there is nothing to gain
UNUSED = 30 * 24 * 3600.0  # seconds that one stays which nobody takes, as after an update of the compiler
_making = threading.Lock()


class Kept(NamedTuple):
    """What a compiler keeps of some headers, in a private folder."""

    folder: Path
    key: str

    @property
    def text(self) -> Path:
        return self.folder / f"{self.key}.h"

    @property
    def memory(self) -> Path:
        return self.folder / f"{self.key}.h.gch"

    @property
    def none(self) -> Path:
        return self.folder / f"{self.key}.none"

    @property
    def flags(self) -> tuple[str, ...]:
        """By which the compiler takes it."""
        return ("-include", str(self.text))

    def refuse(self) -> None:
        """Do without from now on: the compiler cannot take what it made."""
        with contextlib.suppress(OSError):
            self.none.touch(private.FILE)
            self.memory.unlink(missing_ok=True)


def kept(folder: Path, key: str, headers: Sequence[str], make: Callable[[Path, Path], bool]) -> Kept | None:
    """What a compiler keeps of these headers; None the first time, when it may be for one kernel alone, and where it
    keeps nothing. make: has the compiler read a header and keep it in a file, and tells whether it did."""
    one = Kept(folder, key)
    with _making, contextlib.suppress(OSError):  # a folder that is full, say, is no fault of a kernel
        if one.none.exists():
            return None
        if not one.text.exists():
            one.text.write_text("".join(f"#include <{header}>\n" for header in headers), encoding="utf-8")
            one.text.chmod(private.FILE)
            return None
        if not one.memory.exists():
            _sweep(folder)
            if not make(one.text, one.memory):
                one.refuse()
                return None
        if private.intact(one.text) and private.intact(one.memory):
            shelves.used(one.memory)
            return one
    return None


def _sweep(folder: Path) -> None:
    """Remove what nobody has taken for long."""
    for path in folder.glob("*.gch"):
        if time.time() - path.stat().st_mtime > UNUSED:
            path.unlink(missing_ok=True)
