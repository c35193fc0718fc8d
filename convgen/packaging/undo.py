"""Steps of writing files that are undone, the last first, where a later one fails or is interrupted."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def ending_in_order() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, as Ctrl-C does, in place of ending the process with all half done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def make(folder: Path, steps: contextlib.ExitStack) -> None:
    """Create the folder and those above it that are missing."""
    missing = itertools.takewhile(lambda path: not path.exists(), (folder, *folder.parents))
    for path in reversed(list(missing)):
        path.mkdir(exist_ok=True)
        steps.callback(_quietly, path.rmdir)


def place(fresh: Path, path: Path, steps: contextlib.ExitStack) -> None:
    """Rename `fresh` to `path`, keeping what was there until it is sure to go."""
    old = fresh.with_name(f"{fresh.name}.old")
    if path.exists():
        shutil.copy2(path, old)
        steps.callback(_quietly, os.replace, old, path)
    else:
        steps.callback(_quietly, path.unlink)
    os.replace(fresh, path)


def _quietly(step: Any, *arguments: Any) -> None:
    """A step on the way back; the error that caused it is the one to report."""
    with contextlib.suppress(OSError):
        step(*arguments)
