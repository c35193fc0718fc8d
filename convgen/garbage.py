"""Garbage collection of Python, which waits while kernels are made."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """Without it. What planning makes is in no circles, of what printing makes little is: collection would visit all of
    it in vain, time and again, and now and then all that the process holds, which takes longer than most plans."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
