"""The target that a name means."""

from __future__ import annotations

from ..errors import InputError
from .devices import pick
from .host import host
from .target import NAMED, Target


def find(name: str | Target) -> Target:
    """The target of that name, or `host`; InputError for any other."""
    if isinstance(name, Target):
        return name
    if name == "host":
        return host()
    if name == "opencl" or name.startswith("opencl:"):
        return pick(name).target
    if name not in NAMED:
        raise InputError(f"target must be one of host, {', '.join(NAMED)}, opencl[:platform[:device]]"
                         f" (target={str(name)[:60]!r})")
    return NAMED[name]
