"""A kernel built and loaded, as its target says: by a C compiler, for a runner of another machine's programs, or on an
OpenCL device."""

from __future__ import annotations

from ..errors import InputError
from ..layer.spec import ConvSpec
from ..machine import devices
from ..machine.target import Target
from ..plan.kernel import Kernel
from . import compilers, emulated, gradients, native, opencl, streaming
from .compilers import Compiler

AnyConv = native.Conv | opencl.Conv | emulated.Conv


def compile(kernel: Kernel, cc: str | None = None, opt: str = "O3", device: str | None = None,
            queue: object = None) -> AnyConv:
    """Build and load. cc, opt: for C. device: OpenCL's, the target's unless another is named; or queue: of pyopencl, on
    whose device and in whose context it is to be. InputError for what the target has no use for, MissingToolError when
    there is no compiler or device; UnsupportedError where this machine lacks the instructions."""
    target = kernel.plan.target
    if target.device is not None:
        if cc is not None or opt != "O3":
            option, word = ("opt", opt) if cc is None else ("cc", cc)
            raise InputError(f"{option} must be left to an OpenCL device ({option}={word!r}, target={target.name})")
        return opencl.compile(kernel, device, queue, _on_device(kernel.spec))
    if device is not None or queue is not None:
        option, given = ("queue", queue) if device is None else ("device", device)
        raise InputError(f"{option} must be for a kernel in OpenCL ({option}={given!r}, target={target.name})")
    there, here = _kinds(kernel.spec)
    if runner := emulated.runner(kernel.plan.target):
        return emulated.compile(kernel, cc, opt, runner, kind=there)
    native.must_run_here(kernel.plan.target, kernel.spec)
    return native.compile(kernel, cc, opt, here)


def load(kernel: Kernel, where: str) -> AnyConv:
    """A kernel that was compiled before, at conv.where."""
    if kernel.plan.target.device is not None:
        return opencl.compile(kernel, where, kind=_on_device(kernel.spec))
    there, here = _kinds(kernel.spec)
    if where.startswith(emulated.WHERE):
        return emulated.load(kernel, where, there)
    return native.load(kernel, where, here)


def _kinds(spec: ConvSpec) -> tuple[type[emulated.Conv], type[native.Conv]]:
    """What a layer's kernels are under a runner, and in this process."""
    if spec.op == "backward-weights":
        return gradients.Emulated, gradients.Native
    return (streaming.Emulated, streaming.Conv) if spec.streamed else (emulated.Conv, native.Conv)


def _on_device(spec: ConvSpec) -> type[opencl.Conv]:
    """The same on an OpenCL device."""
    if spec.op == "backward-weights":
        return gradients.OnDevice
    return streaming.OnDevice if spec.streamed else opencl.Conv


def built(kernel: Kernel, cc: str | None = None, opt: str = "O3", device: str | None = None) -> str:
    """What load() has it by, in another process: a library, now built; the command that runs a program; or the device,
    its target's unless another is named, that builds it there, since a driver may be what goes down."""
    if kernel.plan.target.device is not None:
        return devices.serving(kernel.plan.target, device)[0].key
    if runner := emulated.runner(kernel.plan.target):
        return emulated.built(kernel, cc, opt, runner)
    return str(compilers.build(kernel, cc=cc, opt=opt))


def compiler(target: Target, cc: str | None = None) -> Compiler:
    """What builds C for the target here. MissingToolError when there is none."""
    if runner := emulated.runner(target):
        return emulated.tools(target.isa, runner, cc).compiler
    return compilers.find_compiler(cc)
