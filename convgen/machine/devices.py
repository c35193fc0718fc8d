"""The OpenCL devices of this machine: what they report, and which one a name means.

``opencl`` is the first GPU, or else the first device; ``opencl:PLATFORM`` and ``opencl:PLATFORM:DEVICE`` pick by
index, or by a part of the name or version in any case, which must fit one alone. Where there is a choice, devices that
build no kernel are passed over. Plans call a device by words, which mean it in whatever order implementations register.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib.util
import os
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from .. import isolate
from ..errors import CrashError, InputError, MissingToolError
from .host import host
from .rows.opencl import gpu
from .target import NAMED, Device, Target

VENDORS = Path("/etc/OpenCL/vendors")  # where implementations register, unless $OCL_ICD_VENDORS names a folder
LEAST = "__kernel void least(__global int *p) { p[get_global_id(0)] = 7; }"
PATIENCE = 60.0  # seconds for a device to build and run the least of kernels
BRINGS = ("apt install pocl-opencl-icd (Debian, Ubuntu) makes a device of any CPU, pip install 'convgen[pocl]' of"
          " x86-64 CPUs known in 2022; a GPU's comes with its driver")
# words of names and versions that tell no implementation from another
COMMON = {"opencl", "portable", "computing", "language", "accelerated", "parallel", "processing", "platform", "linux"}
VECTORS = (16, 8, 4)  # floats of the vector types of CPUs; a compiler joins or splits those that do not fit


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """What a device reports. Sizes in bytes, the timer in nanoseconds. vector: floats of the native
    vector type. dots: integer dot products. capability: ten times NVIDIA's compute capability, 0 elsewhere.
    platform, device: their numbers. called: the name in plans, of words instead of numbers where some fit it alone."""

    platform: int
    device: int
    platform_name: str
    platform_version: str
    name: str
    version: str
    driver: str
    kind: str
    units: int
    clock_mhz: int
    vector: int
    local_bytes: int
    local_is_real: bool
    group: int
    items: tuple[int, ...]
    constant_bytes: int
    memory_bytes: int
    largest_buffer: int
    align: int
    timer_ns: int
    half: bool
    double: bool
    subgroups: bool
    dots: bool
    capability: int = 0
    extensions: tuple[str, ...]
    called: str = ""

    @property
    def key(self) -> str:
        """The name that means this device as long as the machine stays as it is."""
        return f"opencl:{self.platform}:{self.device}"

    @property
    def title(self) -> str:
        """What users and plans call it."""
        return self.called or self.key

    @property
    def target(self) -> Target:
        """What plans are made for."""
        limits = Device("cpu" if self.kind == "cpu" else "gpu", self.units, self.local_bytes, self.group,
                        self.half, self.double, self.capability, self.dots)
        if limits.kind == "gpu":
            return gpu(self.title, limits)
        lanes = next((n for n in VECTORS if n <= self.vector), VECTORS[-1])
        return msgspec.structs.replace(host(), name=self.title, isa=f"cl{lanes}", device=limits, adds=msgspec.UNSET)


def remedy() -> str:
    """What brings a device where none is found: only what it lacks, or what hides those that are here."""
    if importlib.util.find_spec("pyopencl") is None and registered():
        return "pip install 'convgen[opencl]' lets Python use the implementation that is here"
    return hidden() or "; ".join([*unloaded(), BRINGS])


def hidden() -> str | None:
    """That the environment hides implementations which have registered in the usual place."""
    folder = os.environ.get("OCL_ICD_VENDORS")
    files = [file for file in _icds(VENDORS) if file not in registered()]
    if folder is None or not files:
        return None
    return f"OCL_ICD_VENDORS={folder[:200]!r} hides {', '.join(map(str, files))}"


def _icds(place: Path) -> list[Path]:
    return sorted(place.glob("*.icd")) if place.is_dir() else [place] * (place.suffix == ".icd" and place.is_file())


def registered() -> list[Path]:
    """The files by which implementations of OpenCL have registered."""
    return _icds(Path(os.environ.get("OCL_ICD_VENDORS", VENDORS)))


def unloaded() -> list[str]:
    """The implementations that have registered in vain, a line each, with the reason."""
    lines = []
    for file in registered():
        try:
            ctypes.CDLL(file.read_text().strip())
        except (OSError, ValueError) as error:  # ValueError: no text, or a 0 in it
            lines.append(f"registered but did not load: {file} ({' '.join(str(error).split())[:200]})")
    return lines


def opencl() -> Any:
    """The module pyopencl, its caches off: they are pickles in a folder that others may write."""
    os.environ.setdefault("PYOPENCL_NO_CACHE", "1")
    try:
        import pyopencl
    except ImportError as error:
        raise MissingToolError(f"OpenCL needs pyopencl: {remedy()} ({error})") from None
    return pyopencl


@functools.cache
def handles() -> tuple[tuple[Any, Any], ...]:
    """(Info, pyopencl.Device) of every device; MissingToolError without pyopencl."""
    cl = opencl()
    try:
        platforms = cl.get_platforms()
    except cl.Error:  # the loader found none
        platforms = []
    found = []
    for p, platform in enumerate(platforms):
        try:
            devices = platform.get_devices()
        except cl.Error:
            continue
        found += [(_info(cl, p, d, platform, device), device) for d, device in enumerate(devices)]
    infos = [info for info, _ in found]
    return tuple((msgspec.structs.replace(info, called=_called(info, infos)), device) for info, device in found)


def _called(info: Info, infos: Sequence[Info]) -> str:
    """The name of a device in plans: a word that fits its platform alone; another for the device, if it is not the
    only one; numbers where no word does."""
    near = [other for other in infos if other.platform == info.platform]
    platform = _word(_platform(info), [_platform(other) for other in infos if other.platform != info.platform])
    device = _word(_device(info), [_device(other) for other in near if other is not info])
    return ":".join(["opencl", platform or str(info.platform), *([device or str(info.device)] * (len(near) > 1))])


def _word(text: str, others: Sequence[str]) -> str | None:
    """The first word that no other text has a part of, one with a letter first if there is any."""
    words = [word for word in re.findall(r"[a-z0-9][a-z0-9.+_-]*", text.lower())
             if 2 < len(word) <= 40 and not word.isdecimal() and word not in COMMON]
    alone = [word for word in words if not any(word in other.lower() for other in others)]
    return next(iter(sorted(alone, key=lambda word: not word[0].isalpha())), None)


def _platform(info: Info) -> str:
    return f"{info.platform_name} {info.platform_version}"


def _device(info: Info) -> str:
    return f"{info.name} {info.version} {info.driver}"


def _info(cl: Any, p: int, d: int, platform: Any, device: Any) -> Info:
    names = tuple(sorted(device.extensions.split()))

    def ask(what: str, default: Any) -> Any:
        """What an implementation may not answer."""
        try:
            return getattr(device, what)
        except (cl.Error, AttributeError):
            return default

    kinds = {cl.device_type.CPU: "cpu", cl.device_type.GPU: "gpu", cl.device_type.ACCELERATOR: "accelerator"}
    return Info(
        platform=p, device=d, platform_name=_text(platform.name), platform_version=_text(platform.version),
        name=_text(device.name), version=_text(device.version), driver=_text(device.driver_version),
        kind=next((kind for bit, kind in kinds.items() if device.type & bit), "other"),
        units=device.max_compute_units, clock_mhz=device.max_clock_frequency,
        vector=max(1, ask("native_vector_width_float", 1)),
        local_bytes=device.local_mem_size, local_is_real=device.local_mem_type == cl.device_local_mem_type.LOCAL,
        group=device.max_work_group_size, items=tuple(device.max_work_item_sizes),
        constant_bytes=device.max_constant_buffer_size, memory_bytes=device.global_mem_size,
        largest_buffer=device.max_mem_alloc_size, align=max(1, device.mem_base_addr_align // 8),
        timer_ns=device.profiling_timer_resolution,
        half="cl_khr_fp16" in names, double="cl_khr_fp64" in names,
        subgroups="cl_khr_subgroups" in names or "cl_intel_subgroups" in names or ask("max_num_sub_groups", 0) > 0,
        dots="cl_khr_integer_dot_product" in names,
        capability=10 * ask("compute_capability_major_nv", 0) + ask("compute_capability_minor_nv", 0),
        extensions=names,
    )  # fmt: skip


def _text(value: str) -> str:
    return " ".join(value.split())


def here() -> tuple[Info, ...]:
    """Those of this machine; none without pyopencl."""
    with contextlib.suppress(MissingToolError):
        return tuple(info for info, _ in handles())
    return ()


@functools.cache
def complaint(key: str) -> str | None:
    """Why the device of that name runs no kernel, not even the least, in a line; None when it does. PoCL, say, shows
    CPUs for which its LLVM, older than they are, makes no code. It is tried in another process, since a driver may be
    what goes down."""
    try:
        why: str | None = isolate.call("convgen.machine.devices:attempt", key, PATIENCE)
    except CrashError as error:
        return str(error)
    return why


def attempt(key: str) -> str | None:
    """What `complaint` tells, in this process."""
    cl = opencl()
    _, device = handle(key)
    got = np.zeros(1, np.int32)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", cl.CompilerWarning)
            context = cl.Context([device])
            least = cl.Kernel(cl.Program(context, LEAST).build([], [device]), "least")
            queue = cl.CommandQueue(context, device)
            buffer = cl.Buffer(context, cl.mem_flags.READ_WRITE, got.nbytes)
            least(queue, got.shape, None, buffer)
            cl.enqueue_copy(queue, got, buffer)
    except cl.Error as error:
        return cause(error)
    return None if got[0] == 7 else f"wrong result ({got[0]}, not 7)"


def cause(error: Exception) -> str:
    """The line of a driver's error that says why: a compiler's "error:" stands behind what it was called with."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return next((line for line in lines if "error:" in line), lines[0])[:200]


def ready(target: Target, name: str | None = None) -> Info:
    """The device that `serving` gives, seen to run a kernel; MissingToolError when it does not."""
    info, _ = serving(target, name)
    if why := complaint(info.key):
        raise MissingToolError(f"{info.title} {unable(info, why)} (target={target.name})")
    return info


def unable(info: Info, why: str) -> str:
    """That a device runs no kernel, and what may help."""
    newer = "apt install pocl-opencl-icd (Debian, Ubuntu) brings a PoCL for any CPU"
    helps = hidden() or (newer if "pocl" in info.platform_version.lower() else None)
    return f"runs no kernel: {why}{f'; {helps}' if helps else ''}"


def _able(found: list[Info]) -> Info:
    """The first that runs kernels. The last is not asked: nothing else is left, and its own error will tell."""
    return next((info for info in found[:-1] if not complaint(info.key)), found[-1])


def pick(name: str) -> Info:
    """The device of a name; InputError when it fits none or several, MissingToolError when there is none at all."""
    found = [info for info, _ in handles()]
    if not found:
        raise MissingToolError(f"target needs an OpenCL device, and none is here (target={name[:60]!r});"
                               f" {remedy()}")
    _, _, rest = name.partition(":")
    platform, _, device = rest.partition(":")
    if platform:
        found = _fitting("platform", platform, name, found,
                         lambda info: (info.platform, _platform(info)))
    if device:
        found = _fitting("device", device, name, found,
                         lambda info: (info.device, _device(info)))
    return _able(sorted(found, key=lambda info: info.kind != "gpu"))


def own_name(target: Target, name: str | None = None) -> str:
    """What tells the device that a target means, or the one of that name, from others: part of what OpenCL calls it or
    its platform; empty where it is any of a kind, or is not here. MissingToolError where it runs no kernel."""
    info = None
    with contextlib.suppress(InputError, MissingToolError):
        info, _ = serving(NAMED.get(target.name, target), name)
    if info and (why := complaint(info.key)):
        raise MissingToolError(f"{info.title} {unable(info, why)} (target={target.name})")
    if info is None or (name is None and not target.name.startswith("opencl:")):
        return ""
    words = [str(_pair(info)[1].name), str(_pair(info)[1].platform.name)]
    others = [_pair(other)[1] for other in here() if other is not info]
    return next((word for word in words if not any(word in one.name or word in one.platform.name for one in others)),
                words[0])


def _fitting(what: str, wanted: str, name: str, found: list[Info],
             key: Callable[[Info], tuple[int, str]]) -> list[Info]:
    """Those with that index, or whose text holds it; one platform, or one device."""
    if wanted.isdecimal():
        fits = [info for info in found if key(info)[0] == int(wanted)]
    else:
        fits = [info for info in found if wanted.lower() in key(info)[1].lower()]
    kinds = dict.fromkeys(key(info) for info in (fits or found))
    listed = "; ".join(f"{number} {text}" for number, text in kinds)
    if not fits:
        raise InputError(f"{what} must be one of: {listed} (target={name[:60]!r})")
    if len(kinds) > 1:
        raise InputError(f"{what} must fit one alone: {listed} (target={name[:60]!r})")
    return fits


def handle(key: str) -> tuple[Info, Any]:
    """The device of a name, for the runner."""
    return _pair(pick(key))


def _pair(info: Info) -> tuple[Info, Any]:
    return next(pair for pair in handles() if pair[0] is info)


def serving(target: Target, name: str | None = None, strict: bool = False) -> tuple[Info, Any]:
    """The device that runs a target's kernels, or the one of that name; for a portable target the first of its kind,
    or else, unless `strict`, the first. MissingToolError when there is none."""
    if name is not None:
        return handle(name)
    if target.name.startswith("opencl:"):
        try:
            return handle(target.name)
        except InputError as error:  # of a file that was made elsewhere
            raise MissingToolError(f"the device of the target is not here: {error}") from None
    found = [info for info, _ in handles()]
    if not found:
        raise MissingToolError(f"target needs an OpenCL device, and none is here (target={target.name}); {remedy()}")
    alike = [info for info in found if info.target.is_gpu == target.is_gpu]
    if strict and not alike:
        others = ", ".join(f"{info.title} ({info.kind})" for info in found)
        raise MissingToolError(f"target needs a {'GPU' if target.is_gpu else 'CPU'}; here is only {others}"
                               f" (target={target.name})")
    return _pair(_able(alike if strict else sorted(found, key=lambda info: info not in alike)))
