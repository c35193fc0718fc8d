"""Programs of others, such as compilers, in this one's keeping: they run for so long, print so much, and end when this
process does, even if that is killed.

Each runs in a process group of its own, which is killed with all that it started. A shell, started once, reads the
groups that run, and kills those that are left when its input ends, since then this process is gone.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import math
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import NamedTuple, TypeVar

from ..isolate import check_timeout
from ..machine.host import cores

MOST = 16 * 2**20  # bytes that a program may print
LATE = "not finished in"  # seconds: of a program that was stopped
T = TypeVar("T")
R = TypeVar("R")

_WATCH = """
groups=
while read -r sign group; do
    rest=
    for one in $groups; do
        [ "$one" = "$group" ] || rest="$rest $one"
    done
    groups=$rest
    [ "$sign" = - ] || groups="$groups $group"
done
for one in $groups; do
    kill -9 "-$one"
done
"""


def each(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """What a function that runs programs gives of each, as many at a time as there are cores; all of them `within` what
    holds here."""
    with ThreadPoolExecutor(cores()) as pool:
        jobs = [pool.submit(copy_context().run, function, item) for item in items]
        return [job.result() for job in jobs]


class _Limit(NamedTuple):
    """So many seconds, which end then, by time.monotonic."""

    seconds: float
    end: float


FOREVER = _Limit(math.inf, math.inf)
_limit = ContextVar("limit", default=FOREVER)


@contextlib.contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """All programs that run meanwhile, in this thread, together take no longer, whatever each may take; None: as long
    as that. InputError for a number that is no time."""
    if seconds is None:
        yield
        return
    check_timeout(seconds)
    before = _limit.set(_sooner(_limit.get(), seconds))
    try:
        yield
    finally:
        _limit.reset(before)


def _sooner(limit: _Limit, seconds: float) -> _Limit:
    """That limit, or `seconds` from now."""
    return min(limit, _Limit(seconds, time.monotonic() + seconds), key=lambda one: one.end)


def run(command: Sequence[str], folder: Path, timeout: float) -> tuple[int, str]:
    """Exit status and output, of both kinds, of a program, whose temporary files lie in `folder` too; -1 when it cannot
    start, does not finish in `timeout` seconds or `within` what holds here, or prints more than MOST bytes."""
    limit = _sooner(_limit.get(), timeout)
    _tell("")  # starts the watcher, lest the program run before it does
    environment = {**os.environ, "LC_ALL": "C", "TMPDIR": str(folder)}
    try:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env=environment, start_new_session=True)
    except OSError as error:
        return -1, f"cannot run it: {error.strerror}"
    with process, _watched(process.pid):
        try:
            output, wrong = _output(process, limit.end)
            if wrong:
                _kill(process)
                return -1, wrong.format(timeout=limit.seconds)
        except BaseException:
            _kill(process)
            raise
    return process.returncode, output.decode("utf-8", "replace")


def _output(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, str]:
    """What it prints until it ends; and what is wrong, if it does not."""
    assert process.stdout is not None
    handle, found = process.stdout.fileno(), bytearray()
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    while poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        chunk = os.read(handle, 1 << 16)
        if not chunk:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
                return bytes(found), ""
            break
        found += chunk
        if len(found) > MOST:
            return b"", f"it prints more than {MOST >> 20} MiB"
    return b"", f"{LATE} {{timeout:g}} s"


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With what it started, which would hold the pipe open."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def _watched(group: int) -> Iterator[None]:
    _tell(f"+ {group}\n")
    try:
        yield
    finally:
        _tell(f"- {group}\n")


_telling = threading.Lock()


def _tell(line: str) -> None:
    """A watcher that is gone is no reason to stop."""
    with _telling, contextlib.suppress(OSError):
        watcher = _watcher()
        if watcher is not None and watcher.stdin is not None:
            os.write(watcher.stdin.fileno(), line.encode())


@functools.cache
def _watcher() -> subprocess.Popen[bytes] | None:
    """None where there is no shell."""
    try:
        watcher = subprocess.Popen(["sh", "-c", _WATCH], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
    except OSError:
        return None
    atexit.register(_end, watcher)
    return watcher


def _end(watcher: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        if watcher.stdin is not None:
            watcher.stdin.close()
        watcher.wait(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_watcher.cache_clear)  # the parent's
