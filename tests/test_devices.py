"""Which OpenCL device is taken where there are several, and what is told of one that runs no kernel."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest
import tools
from test_records import CPU, GPU

from convgen.commands import doctor
from convgen.errors import CrashError
from convgen.machine import devices
from convgen.machine.target import NAMED
from convgen.run import compilers

OTHER_CPU = msgspec.structs.replace(CPU, platform=2, name="CPU of another")


@pytest.fixture
def machine(monkeypatch):
    """One that has devices, of which some run nothing; which of them were asked."""
    asked = []

    def become(*found, broken=()):
        def complaint(key):
            asked.append(key)
            return "error: no code" if key in {info.key for info in broken} else None

        monkeypatch.setattr(devices, "handles", lambda: tuple((info, None) for info in found))
        monkeypatch.setattr(devices, "complaint", complaint)
        return asked

    return become


def chosen(*targets):
    return [devices.pick("opencl"), *(devices.serving(NAMED[target])[0] for target in targets)]


def test_the_first_that_runs_kernels_is_taken(machine):
    both = "opencl-cpu", "opencl-gpu"
    machine(CPU, OTHER_CPU, broken=[CPU])
    assert chosen(*both) == [OTHER_CPU] * 3
    machine(CPU, GPU, OTHER_CPU, broken=[CPU])
    assert chosen(*both) == [GPU, OTHER_CPU, GPU]
    machine(CPU, GPU, broken=[GPU])
    assert chosen(*both) == [CPU] * 3
    assert devices.serving(NAMED["opencl-gpu"], strict=True)[0] == GPU, "records are of a kind"


def test_what_is_named_or_alone_is_not_asked(machine):
    asked = machine(CPU, broken=[CPU])
    assert chosen("opencl-cpu", "opencl-gpu") == [CPU] * 3
    machine(CPU, OTHER_CPU, broken=[CPU])
    assert devices.handle(CPU.key)[0] == devices.pick("opencl:0") == CPU
    assert asked == []


def test_where_none_runs_kernels_the_error_of_one_tells(machine):
    machine(CPU, OTHER_CPU, broken=[CPU, OTHER_CPU])
    assert devices.pick("opencl") == OTHER_CPU


@pytest.mark.parametrize(("said", "why"), [
    ("clBuildProgram failed\n\nBuild on CPU:\n\nerror: unknown target CPU 'generic'\nfailed",
     "error: unknown target CPU 'generic'"),
    ("clCreateContext failed: OUT_OF_HOST_MEMORY", "clCreateContext failed: OUT_OF_HOST_MEMORY"),
    (None, "wrong result (0, not 7)"),
], ids=["refused", "failed", "wrong"])
def test_complaint(monkeypatch, said, why):
    """In a line, of a build that fails, of any other error, and of a result."""
    class Refused(Exception):
        pass

    def build(*_):
        if said:
            raise Refused(said)

    cl = SimpleNamespace(
        Error=Refused, CompilerWarning=Warning, Context=lambda found: None, mem_flags=SimpleNamespace(READ_WRITE=1),
        Program=lambda context, source: SimpleNamespace(build=build), Kernel=lambda program, name: lambda *_: None,
        CommandQueue=lambda *_: None, Buffer=lambda *_: None, enqueue_copy=lambda *_: None)
    monkeypatch.setattr(devices, "opencl", lambda: cl)
    monkeypatch.setattr(devices, "handle", lambda key: (CPU, None))
    assert devices.complaint.__wrapped__(CPU.key) == why


@tools.needs_device
def test_a_device_that_runs_kernels_has_no_complaint():
    assert devices.complaint.__wrapped__(tools.devices()[0].key) is None


@pytest.mark.parametrize("why", ["error: no code", CrashError("crashed with SIGSEGV"), None],
                         ids=["refused", "crash", "able"])
def test_doctor_tells_of_a_device_that_runs_nothing(monkeypatch, machine, why):
    def call(function, key, timeout):
        assert (function, key) == ("convgen.machine.devices:complaint", CPU.key)
        if isinstance(why, CrashError):
            raise why
        return why

    machine(CPU)
    monkeypatch.setattr(doctor.isolate, "call", call)
    monkeypatch.setattr(compilers, "all_compilers", lambda: ())
    line = next(finding for what, finding, _ in doctor.report() if what == "device")
    assert line == f"{CPU.key}: {CPU.name}, {CPU.platform_name}" + (f"; runs no kernel: {why}" if why else "")


def test_tests_run_on_one_device_of_a_kind_from_each_implementation(machine):
    twin, third = (msgspec.structs.replace(CPU, platform=number) for number in (3, 4))
    machine(CPU, twin, OTHER_CPU, GPU, third, broken=[CPU])
    tools.devices.cache_clear()
    assert tools.devices() == (GPU, twin)
    machine(CPU, broken=[CPU])
    tools.devices.cache_clear()
    assert tools.device() == f"needs an OpenCL device that runs kernels ({CPU.name}: error: no code)"
    machine()
    tools.devices.cache_clear()
    assert tools.device() == "needs an OpenCL device that runs kernels (none is here)"
    tools.devices.cache_clear()


@pytest.mark.parametrize(("registered", "pyopencl", "said"), [
    (True, False, "convgen[opencl]"), (False, False, "convgen[pocl]"), (False, True, "convgen[pocl]"),
    (True, True, "convgen[pocl]"),
])
def test_what_is_lacking_is_what_is_advised(monkeypatch, tmp_path, registered, pyopencl, said):
    monkeypatch.setenv("OCL_ICD_VENDORS", str(tmp_path))
    if registered:
        (tmp_path / "a.icd").write_text("libdevice.so\n")
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda name: object() if pyopencl else None)
    assert said in devices.remedy()
