"""OpenCL devices as this process has them open: a context each, the programs built in it, and errors as ours."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import threading
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CrashError, UnsupportedError
from ..machine import devices
from .compilers import CompileError

if TYPE_CHECKING:
    from ..plan.kernel import Kernel

LOG_LINES, LOG_COLUMNS = 12, 200
NAMED = re.compile(r"error.*?:(\d+):\d+:|:(\d+):\d+: (?:fatal )?error")  # the line that a compiler complains about


@contextlib.contextmanager
def translated(what: str) -> Iterator[None]:
    """Errors of OpenCL as ours. UnsupportedError where a driver would wait forever for threads that it had before this
    process was forked off."""
    cl = devices.opencl()
    if _abandoned:
        raise UnsupportedError(f"device must not have been open before a fork, or the child cannot {what}; start the"
                               " child by multiprocessing.get_context('spawn')")
    try:
        yield
    except cl.MemoryError as error:
        raise UnsupportedError(f"device must have the memory to {what} ({_brief(error)})") from None
    except cl.Error as error:
        raise CrashError(f"device failed to {what}: {_brief(error)}") from None


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


@functools.cache
def context_of(key: str) -> Any:
    """One context for each device, and with it one queue and its lock."""
    cl = devices.opencl()
    _, device = devices.handle(key)
    with translated("open a context"):
        context = cl.Context([device])
        return context, cl.CommandQueue(context, device), threading.RLock()


_abandoned = False  # whether this process is a copy of one that had a device open


def _after_fork() -> None:
    global _abandoned
    _abandoned = _abandoned or context_of.cache_info().currsize > 0


os.register_at_fork(after_in_child=_after_fork)


@functools.cache
def in_place(key: str) -> bool:
    """Whether a kernel sees a host's array, which the device is to use, at its own address."""
    cl = devices.opencl()
    info, device = devices.handle(key)
    if info.kind != "cpu":
        return False  # with memory of its own, or an address space
    with translated("run a kernel"):
        context, queue, _ = context_of(key)
        source = "__kernel void where(__global ulong *p) { *p = (ulong)p; }"
        with quietly(cl):
            where = cl.Kernel(cl.Program(context, source).build([], [device]), "where")
        block = np.zeros(3, np.uint32)[1:]  # at an address that kernels for CPUs are content with, of 8 bytes
        flags = cl.mem_flags.READ_WRITE | cl.mem_flags.USE_HOST_PTR
        where(queue, (1,), (1,), cl.Buffer(context, flags, hostbuf=block))
        queue.finish()
        return int(block.view(np.uint64)[0]) == block.ctypes.data


@contextlib.contextmanager
def quietly(cl: Any) -> Iterator[None]:
    """Without what some drivers say of programs that they have built, if only to praise themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cl.CompilerWarning)
        yield


def program(cl: Any, context: Any, device: Any, kernel: Kernel) -> Any:
    """The program; CompileError with what the device's compiler complains of, the line of the source that it names, and
    the log."""
    try:
        with quietly(cl):
            return cl.Program(context, kernel.source).build(list(kernel.flags), [device])
    except cl.RuntimeError as error:
        lines = kernel.source.splitlines()
        log = list(dict.fromkeys(line.strip() for line in str(error).splitlines() if line.strip()))
        named = next((int(m[1] or m[2]) for line in log if (m := NAMED.search(line))), 0)
        shown = [f"line {named}: {lines[named - 1].strip()[:160]}"] * (0 < named <= len(lines))
        why = devices.cause(error)
        rest = [line[:LOG_COLUMNS] for line in log if line != why][:LOG_LINES]
        raise CompileError("\n".join([f"device's compiler refused {kernel.name}.cl: {why}", *shown, *rest,
                                      "convgen doctor tells whether the device runs any kernel"])) from None
