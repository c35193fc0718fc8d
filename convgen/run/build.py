"""A kernel built and loaded: by a C compiler, or on an OpenCL device, as its target says."""

from __future__ import annotations

from ..machine import devices
from ..plan.kernel import Kernel
from . import compilers, native, opencl

AnyConv = native.Conv | opencl.Conv


def compile(kernel: Kernel, cc: str | None = None, opt: str = "O3", device: str | None = None) -> AnyConv:
    """Build and load. cc, opt: for C. device: OpenCL's, the target's unless another is named. MissingToolError when
    there is none; UnsupportedError where this machine lacks the instructions."""
    if kernel.plan.target.device is not None:
        return opencl.compile(kernel, device)
    native.must_run_here(kernel.plan.target, kernel.spec)
    return native.compile(kernel, cc, opt)


def load(kernel: Kernel, where: str) -> AnyConv:
    """A kernel that was compiled before, at conv.where."""
    if kernel.plan.target.device is not None:
        return opencl.compile(kernel, where)
    return native.load(kernel, where)


def built(kernel: Kernel, cc: str | None = None, opt: str = "O3") -> str:
    """What load() has it by, in another process: a library, now built; or the device that builds it there, since a
    driver may be what goes down."""
    if kernel.plan.target.device is not None:
        return devices.serving(kernel.plan.target)[0].key
    return str(compilers.build(kernel, cc=cc, opt=opt))
