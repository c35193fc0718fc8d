"""The target that a name means."""

from __future__ import annotations

import difflib
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
    if name == "opencl" or name.startswith("opencl:"):
        return pick(name).target
    if name not in NAMED:
        raise InputError(f"target must be one of host, {', '.join(NAMED)}, opencl[:platform[:device]]"
                         f" (target={str(name)[:60]!r}){_meant(name)}")
    return NAMED[name]


# Machines without a target of their own, and the one whose kernels suit them.
NEAR = {
    "cortex-m0": r"cortex-m(0\+|0plus|1|3|23)", "cortex-m4": r"cortex-m(4f|33f?|35p)",
    "cortex-m7": r"cortex-m(7f|55|85)",
    "aarch64": r"arm64.*|armv8.*|neon|cortex-a(3|5|7)\d", "x86-64-v3": r"avx2?|fma|haswell", "x86-64-v4": r"avx-?512",
    "wasm32": r"wasm.*", "scalar": r"(riscv|rv|arm|thumb|mips|ppc|esp|xtensa|generic|x86|c\b).*",
}


def _meant(name: str) -> str:
    """What a name that is none means, probably."""
    plain = name.lower().replace("_", "-")
    near = next((target for target, names in NEAR.items() if re.fullmatch(names, plain)), None)
    near = near or next(iter(difflib.get_close_matches(plain, NAMED, 1)), None)
    return f"; did you mean {near}?" if near else ""


OPENCL_KEY = re.compile(r"opencl:[0-9]{1,4}:[0-9]{1,4}")


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
