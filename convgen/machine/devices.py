"""The OpenCL devices of this machine: what they report, and which one a name means.

``opencl`` is the first GPU, or else the first device; ``opencl:PLATFORM`` and ``opencl:PLATFORM:DEVICE`` pick by
index, or by a part of the name or version in any case, which must fit one alone. Where there is a choice, devices that
build no kernel are passed over.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ..errors import InputError, MissingToolError
from .host import host
from .rows.opencl import gpu
from .target import Device, Target

VENDORS = Path("/etc/OpenCL/vendors")  # where implementations register, unless $OCL_ICD_VENDORS names a folder
LEAST = "__kernel void least(__global int *p) { p[get_global_id(0)] = 7; }"
VECTORS = (16, 8, 4)  # floats of the vector types of CPUs; a compiler joins or splits those that do not fit


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """What a device reports. bytes, but align in bits and timer in nanoseconds. vector: floats of the native
    vector type. dots: integer dot products. capability: ten times NVIDIA's compute capability, 0 elsewhere.
    platform, device: their numbers."""

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

    @property
    def key(self) -> str:
        """The name that always means this device."""
        return f"opencl:{self.platform}:{self.device}"

    @property
    def target(self) -> Target:
        """What plans are made for."""
        limits = Device("cpu" if self.kind == "cpu" else "gpu", self.units, self.local_bytes, self.group,
                        self.half, self.double, self.capability)
        if limits.kind == "gpu":
            return gpu(self.key, limits)
        lanes = next((n for n in VECTORS if n <= self.vector), VECTORS[-1])
        return msgspec.structs.replace(host(), name=self.key, isa=f"cl{lanes}", device=limits)


def remedy() -> str:
    """What brings a device where none is found: only what it lacks."""
    if importlib.util.find_spec("pyopencl") is None and installed():
        return "pip install 'convgen[opencl]' lets Python use the implementation that is here"
    return "pip install 'convgen[pocl]' brings one for CPUs; a GPU's comes with its driver"


def installed() -> bool:
    """Whether an implementation of OpenCL has registered."""
    folder = Path(os.environ.get("OCL_ICD_VENDORS", VENDORS))
    return folder.is_dir() and any(folder.glob("*.icd"))


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
    return tuple(found)


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
        largest_buffer=device.max_mem_alloc_size, align=device.mem_base_addr_align,
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
    CPUs for which its LLVM, older than they are, makes no code."""
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
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return next((line for line in lines if "error:" in line), lines[0])[:200]
    return None if got[0] == 7 else f"wrong result ({got[0]}, not 7)"


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
                         lambda info: (info.platform, f"{info.platform_name} {info.platform_version}"))
    if device:
        found = _fitting("device", device, name, found,
                         lambda info: (info.device, f"{info.name} {info.version} {info.driver}"))
    return _able(sorted(found, key=lambda info: info.kind != "gpu"))


def own_name(target: Target) -> str:
    """What OpenCL calls the device that a target means; empty where that is any of a kind, or is not here."""
    with contextlib.suppress(InputError, MissingToolError):
        return str(handle(target.name)[1].name) if target.name.startswith("opencl:") else ""
    return ""


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
    """The device that runs a target's kernels, or the one of that name; for a named target the first of its kind,
    or else, unless `strict`, the first. MissingToolError when there is none."""
    if name is None and target.name.startswith("opencl:"):
        name = target.name
    if name is not None:
        return handle(name)
    others = {info.key: info.target.is_gpu != target.is_gpu for info, _ in handles()}
    found = [info for info, _ in handles() if not (strict and others[info.key])]
    if not found:
        raise MissingToolError(f"target needs an OpenCL device, and none is here (target={target.name}); {remedy()}")
    return _pair(_able(sorted(found, key=lambda info: others[info.key])))
