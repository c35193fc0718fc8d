"""The target that a name means."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import msgspec

from ..errors import InputError
from ..layer.names import show
from ..layer.outside import Natural, Positive, contents, decode, leaves, mismatch
from . import calibrated
from .devices import VECTORS, pick
from .host import HALVES, host, wide
from .isa import ISAS
from .rows.opencl import gpu
from .target import NAMED, Cache, Device, Target


def find(name: str | Target) -> Target:
    """The target of that name, or `host`; InputError for any other."""
    if isinstance(name, Target):
        return name
    if name == "host":
        return host()
    if names_device(name):
        return pick(name).target
    if name.endswith(DESCRIBED):
        return described(Path(name))
    if name not in NAMED:
        raise InputError(f"target must be one of host, {', '.join(NAMED)}, opencl[:platform[:device]], or a file"
                         f" {DESCRIBED} that describes a machine (target={str(name)[:60]!r}){_meant(name)}")
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


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Those of a device in a file, by the names that `convgen devices --json` gives them."""

    kind: str
    units: Positive
    local_bytes: Positive
    group: Positive
    half: bool = False
    double: bool = False
    capability: Natural = 0


def described(path: Path) -> Target:
    """The machine of a file, which need not be here: a CPU, as `convgen calibrate` writes it; or a GPU, an object or
    what `convgen devices --json` prints of one device, plans for which run wherever there is as much. It is called as
    the file is, whatever folder that is in."""
    if not FILE_NAME.fullmatch(path.name):
        raise InputError(f"target must be a file with a name of letters, digits and ._- (target={show(str(path))})")
    text = contents(path, "target's file", MAX_BYTES, f"target={show(str(path))}")
    fields = decode(text, dict[str, msgspec.Raw], path.name)
    if calibrated.MARK in fields:
        return calibrated.read(text, path.name).target(path.name)
    listed = fields.get("devices")
    found = [decode(text, Limits, path.name)] if listed is None else decode(bytes(listed), list[Limits], path.name)
    if len(found) != 1 or found[0].kind == "cpu":
        kinds = ", ".join(one.kind for one in found) or "none"
        raise InputError(f"{path.name} must describe one device, a GPU; plans for CPUs are opencl-cpu's"
                         f" (devices: {kinds})")
    limits = found[0]
    return gpu(path.name, Device("gpu", limits.units, limits.local_bytes, limits.group, limits.half, limits.double,
                                 limits.capability))


MAX_BYTES = 2**20  # of such a file
DESCRIBED = ".json"  # how the name of a file that describes a device ends
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.json")


def names_device(name: str) -> bool:
    """Whether a target is a device of OpenCL, not a kind of them."""
    return name == "opencl" or name.startswith("opencl:")


OPENCL_KEY = re.compile(r"opencl(:[a-z0-9][a-z0-9.+_-]{0,39}){1,2}")  # of numbers or words


def check_target(target: Target) -> None:
    """InputError for a target that `find` gives on no machine: one of a name that differs from what that means, one
    of a CPU or a device that could not be like that."""
    def fields(made: Target) -> dict[str, object]:
        return dict(leaves(msgspec.to_builtins(made)))

    target = msgspec.structs.replace(target, threads=msgspec.UNSET)  # any number may be planned for
    if reason := mismatch(fields(target), map(fields, _possible(target))):
        raise InputError(f"target: {reason}")


def _possible(target: Target) -> list[Target]:
    """Those that `find` might give with the caches and the device of this one."""
    device, made = target.device, [*NAMED.values()]
    usual = [like for like in made if like.device is None]
    for like in [*usual, *(msgspec.structs.replace(like, **HALVES) for like in usual if wide(like))]:
        known = zip(target.caches, like.caches, strict=False)
        caches = tuple(Cache(cache.size, cache.ways, own.rate) for cache, own in known)
        here = msgspec.structs.replace(like, name="host", caches=caches if len(caches) > 1 else like.caches)
        made.append(here)
        if device and device.kind == "cpu" and OPENCL_KEY.fullmatch(target.name):
            made += [msgspec.structs.replace(here, name=target.name, isa=f"cl{lanes}", device=device)
                     for lanes in VECTORS]
    if device and device.kind == "gpu" and (OPENCL_KEY.fullmatch(target.name) or FILE_NAME.fullmatch(target.name)):
        made.append(gpu(target.name, device))
    row = ISAS.get(target.isa)
    if device is None and (target.name == "host" or FILE_NAME.fullmatch(target.name)) and row and row.dialect == "c":
        calibrated.check(target)
        made.append(target)
    return [*made, *(other for one in made for other in one.others)]
