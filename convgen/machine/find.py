"""The target that a name means."""

from __future__ import annotations

import re

import msgspec

from ..errors import InputError
from ..layer.outside import leaves, mismatch
from .devices import VECTORS, pick
from .host import host
from .rows.opencl import gpu
from .target import NAMED, Cache, Target


def find(name: str | Target) -> Target:
    """The target of that name, or `host`; InputError for any other."""
    if isinstance(name, Target):
        return name
    if name == "host":
        return host()
    if names_device(name):
        return pick(name).target
    if name not in NAMED:
        raise InputError(f"target must be one of host, {', '.join(NAMED)}, opencl[:platform[:device]]"
                         f" (target={str(name)[:60]!r})")
    return NAMED[name]


def names_device(name: str) -> bool:
    """Whether a target is a device of OpenCL, not a kind of them."""
    return name == "opencl" or name.startswith("opencl:")


OPENCL_KEY = re.compile(r"opencl(:[a-z0-9][a-z0-9.+_-]{0,39}){1,2}")  # of numbers or words


def check_target(target: Target) -> None:
    """InputError for a target that `find` gives on no machine: one of a name that differs from what that means, one
    of a CPU or a device that could not be like that."""
    def fields(made: Target) -> dict[str, object]:
        return dict(leaves(msgspec.to_builtins(made)))

    if reason := mismatch(fields(target), map(fields, _possible(target))):
        raise InputError(f"target: {reason}")


def _possible(target: Target) -> list[Target]:
    """Those that `find` might give with the caches and the device of this one."""
    device, made = target.device, [*NAMED.values()]
    for like in [like for like in made if like.device is None]:
        known = zip(target.caches, like.caches, strict=False)
        caches = tuple(Cache(cache.size, cache.ways, own.rate) for cache, own in known)
        here = msgspec.structs.replace(like, name="host", caches=caches if len(caches) > 1 else like.caches)
        made.append(here)
        if device and device.kind == "cpu" and OPENCL_KEY.fullmatch(target.name):
            made += [msgspec.structs.replace(here, name=target.name, isa=f"cl{lanes}", device=device)
                     for lanes in VECTORS]
    if device and device.kind == "gpu" and OPENCL_KEY.fullmatch(target.name):
        made.append(gpu(target.name, device))
    return [*made, *(one.halved for one in made if one.halved)]
