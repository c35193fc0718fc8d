"""Which OpenCL device is taken where there are several, and what is told of one that runs no kernel."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import msgspec
import pytest
import tools
from click.testing import CliRunner
from test_records import CPU, GPU

from convgen.commands import doctor
from convgen.commands.main import main
from convgen.errors import CrashError, InputError, MissingToolError, UnsupportedError
from convgen.machine import devices
from convgen.machine.find import check_target, find
from convgen.machine.target import NAMED
from convgen.run import compilers

TINY = "ic4ih5oc8kh3ph1"
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
    assert devices.attempt(CPU.key) == why


@tools.needs_device
def test_a_device_that_runs_kernels_has_no_complaint():
    assert devices.complaint.__wrapped__(tools.devices()[0].key) is None


@pytest.mark.parametrize("why", ["error: no code", CrashError("crashed with SIGSEGV"), None],
                         ids=["refused", "crash", "able"])
def test_doctor_tells_of_a_device_that_runs_nothing(monkeypatch, machine, why):
    complaint = devices.complaint.__wrapped__

    def call(function, key, timeout):
        assert (function, key) == ("convgen.machine.devices:attempt", CPU.key)
        if isinstance(why, CrashError):
            raise why
        return why

    machine(CPU)
    monkeypatch.setattr(devices, "hidden", lambda: None)
    monkeypatch.setattr(devices.isolate, "call", call)
    monkeypatch.setattr(devices, "complaint", complaint)
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


@pytest.mark.parametrize(("folder", "system", "pyopencl", "said"), [
    (["a"], [], False, "convgen[opencl]' lets Python use"), ([], [], False, "apt install pocl-opencl-icd"),
    ([], [], True, "convgen[pocl]"), (["a"], [], True, "registered but did not load: {folder}/a.icd (libnone-a.so: "),
    (["a", "b"], [], True, "b.icd (libnone-b.so: "),
    ([], ["c"], True, "OCL_ICD_VENDORS='{folder}' hides {system}/c.icd"),
    (["a"], ["c"], True, "OCL_ICD_VENDORS='{folder}' hides {system}/c.icd"),
    (None, [], True, "apt install pocl-opencl-icd"), (None, ["c"], True, "did not load: {system}/c.icd"),
])
def test_what_is_lacking_is_what_is_advised(monkeypatch, tmp_path, folder, system, pyopencl, said):
    """folder: what is registered where the environment says; system: in the usual place."""
    places = {"folder": tmp_path / "own", "system": tmp_path / "system"}
    for place, names in zip(places.values(), (folder, system), strict=True):
        place.mkdir()
        for name in names or ():
            (place / f"{name}.icd").write_text(f"libnone-{name}.so\n")
    monkeypatch.setattr(devices, "VENDORS", places["system"])
    monkeypatch.setenv("OCL_ICD_VENDORS", str(places["folder"]))
    if folder is None:
        monkeypatch.delenv("OCL_ICD_VENDORS")
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda name: object() if pyopencl else None)
    assert said.format(**places) in devices.remedy()
    assert ("convgen[pocl]" in devices.remedy()) == ("hides" not in said and "lets" not in said)


def test_what_may_help_where_a_device_runs_nothing(monkeypatch):
    pocl = msgspec.structs.replace(CPU, platform_version="OpenCL 3.0 PoCL 3.0")
    monkeypatch.setattr(devices, "hidden", lambda: None)
    assert devices.unable(CPU, "why") == "runs no kernel: why"
    assert devices.unable(pocl, "why").startswith("runs no kernel: why; apt install pocl-opencl-icd")
    monkeypatch.setattr(devices, "hidden", lambda: "the environment hides it")
    assert devices.unable(pocl, "why") == "runs no kernel: why; the environment hides it"


# --- what a device is called ---

POCL = {"platform_name": "Portable Computing Language", "platform_version": "OpenCL 3.0 PoCL 3.1+debian Linux, LLVM"}
NEWER = {**POCL, "platform_version": "OpenCL 3.0 PoCL 6.0 Linux, LLVM"}
INTEL = {"platform_name": "Intel(R) OpenCL", "platform_version": "OpenCL 3.0 LINUX"}
CUDA = {"platform_name": "NVIDIA CUDA", "platform_version": "OpenCL 3.0 CUDA 12.2.140", "kind": "gpu"}


@pytest.mark.parametrize(("found", "called"), [
    ([POCL], ["pocl"]), ([POCL, INTEL], ["pocl", "intel"]), ([INTEL, POCL], ["intel", "pocl"]),
    ([POCL, NEWER], ["3.1+debian", "6.0"]), ([POCL, POCL], ["0", "1"]),
    ([{**CUDA, "name": "GeForce RTX 4090"}, {**CUDA, "name": "GeForce GTX 1080", "platform": 0}, POCL],
     ["nvidia:rtx", "nvidia:gtx", "pocl"]),
    ([{**CUDA, "name": "A100"}, {**CUDA, "name": "A100", "platform": 0}], ["nvidia:0", "nvidia:1"]),
], ids=str)
def test_devices_are_called_by_words_that_fit_them_alone(monkeypatch, found, called):
    """In whatever order their implementations register."""
    infos = [msgspec.structs.replace(CPU, **{"platform": at, "device": 0, **fields}) for at, fields in enumerate(found)]
    near = [[other for other in infos[:at] if other.platform == info.platform] for at, info in enumerate(infos)]
    infos = [msgspec.structs.replace(info, device=len(before)) for info, before in zip(infos, near, strict=True)]
    names = [devices._called(info, infos) for info in infos]
    assert names == [f"opencl:{name}" for name in called]
    infos = [msgspec.structs.replace(info, called=name) for info, name in zip(infos, names, strict=True)]
    monkeypatch.setattr(devices, "handles", lambda: tuple((info, None) for info in infos))
    for info in infos:
        assert find(info.title).name == info.title
        assert devices.pick(info.title) == devices.pick(info.key) == info
        check_target(info.target)


# --- what cannot run here ---


def test_a_kind_that_is_not_here(machine):
    """Advice for a machine without devices would be wrong."""
    machine(CPU)
    with pytest.raises(MissingToolError, match=re.escape(f"needs a GPU; here is only {CPU.key} (cpu) (target=")):
        devices.serving(NAMED["opencl-sm80"], strict=True)
    machine(GPU)
    with pytest.raises(MissingToolError, match="needs a CPU; here is only"):
        devices.serving(NAMED["opencl-cpu"], strict=True)


def test_a_device_of_a_file_that_is_not_here_is_what_lacks(machine):
    machine(CPU)
    with pytest.raises(MissingToolError, match="the device of the target is not here: platform must be one of"):
        devices.serving(msgspec.structs.replace(CPU.target, name="opencl:nonesuch"))
    with pytest.raises(InputError):
        devices.pick("opencl:nonesuch")


def test_a_broken_device_is_not_ready(machine):
    machine(CPU, broken=[CPU])
    with pytest.raises(MissingToolError, match=f"{CPU.key} runs no kernel: error: no code"):
        devices.ready(NAMED["opencl-gpu"])


COMMANDS = {"verify": (), "bench": (), "tune": (), "generate": ("-o", "out", "--verify")}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_ask_a_device_whether_it_runs_anything(machine, monkeypatch, tmp_path, command):
    """Before they try plans of a layer on it, or put trials on record."""
    monkeypatch.setenv("CONVGEN_RECORDS", str(tmp_path / "records.sqlite"))
    monkeypatch.chdir(tmp_path)
    machine(CPU, broken=[CPU])
    for target in ("opencl", "opencl-cpu"):
        result = CliRunner().invoke(main, [command, TINY, "--target", target, *COMMANDS[command]])
        assert result.exit_code == 4, result.stderr
        assert result.stderr.count("runs no kernel") == 1
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "records.sqlite").exists()


def test_lists_tell_of_a_device_that_is_broken(machine):
    machine(CPU, broken=[CPU])
    told = CliRunner().invoke(main, ["devices"]).stdout
    assert "broken    runs no kernel: error: no code" in told
    assert json.loads(CliRunner().invoke(main, ["devices", "--json"]).stdout)["devices"][0]["complaint"]
    assert f"no: {CPU.key} is broken" in CliRunner().invoke(main, ["targets"]).stdout
    told = json.loads(CliRunner().invoke(main, ["targets", "--json"]).stdout)["targets"]
    assert not next(target["runs_here"] for target in told if target["target"] == "opencl-gpu")


@pytest.mark.parametrize("how", ["broken", "too small"])
def test_portable_files_are_written_whatever_is_here(machine, monkeypatch, tmp_path, how):
    """With the reason why nothing is verified."""
    def refuse(*_):
        raise UnsupportedError("arrays must fit the device's memory (2 > 1 bytes)")

    machine(CPU, broken=[CPU] * (how == "broken"))
    monkeypatch.setattr("convgen.commands.verify.verify_at", refuse)
    words = ["generate", TINY, "--target", "opencl-gpu", "-o", str(tmp_path)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.stderr
    assert "not verified: " in result.stderr
    assert len(list(tmp_path.iterdir())) == 4
    assert CliRunner().invoke(main, [*words, "--verify"]).exit_code == (4 if how == "broken" else 3)
