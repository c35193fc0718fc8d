"""Tuning on an OpenCL device: what goes down with a kernel is a process, and costs one trial."""

from __future__ import annotations

import json
import re
import sys
import time

import msgspec
import pytest
import tools
from tools import command

from convgen import ConvSpec, generate
from convgen.emit import render
from convgen.errors import CrashError, MissingToolError, UnsupportedError
from convgen.layer.outside import check_text
from convgen.machine import devices
from convgen.machine.target import NAMED
from convgen.planner import rank as planner
from convgen.run import compilers
from convgen.tuning import records, trial, tuner
from convgen.tuning.database import Records
from convgen.tuning.records import plan_text
from convgen.tuning.trial import Lab
from convgen.tuning.tuner import Effort

FOUND = tools.devices()
pytestmark = tools.needs_device
TINY = ConvSpec(ic=8, ih=6, iw=6, oc=8, kh=3, kw=3, layout="nhwc")
WORDS = ("ic8ih6oc8kh3", "--layout", "nhwc")
SMALL = {"measure": Effort(3, 1, 1, 2, 0.1, 20.0)}


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path):
    path = tmp_path / "records.sqlite"
    monkeypatch.setenv("CONVGEN_RECORDS", str(path))
    return path


def plans(count=2):
    ranked = [estimate.plan for estimate in planner.rank(TINY, FOUND[0].target, max_error=0)]
    return [plan for plan in ranked if plan.algorithm != "winograd"][:count]


def device(**changes):
    """The first device here, or what another would be."""
    return msgspec.structs.replace(FOUND[0], **changes)


def become(monkeypatch, info):
    """This machine has that device alone."""
    monkeypatch.setattr(devices, "handles", lambda: ((info, None),))


# --- trials ---


def test_a_trial_measures_on_the_device():
    first, second = plans()
    with Lab(threads=1, seed=0) as lab:
        lab.build([first, second])
        outcome = lab.run(first, 5, left=60.0, verify=True)
        assert outcome.status == "ok", outcome
        assert len(outcome.seconds) == 5
        assert all(1e-7 < seconds < 1e-1 for seconds in outcome.seconds)
        assert len(lab.run(second, 5, left=60.0, best=1e-12, verify=True).seconds) == 1  # far too slow
        worker = lab._worker
        assert len(lab.run(first, 3, left=60.0).seconds) == 3
        assert lab._worker is worker


def spoil(monkeypatch, spoilt, inserted):
    """Plant a fault at the start of the first phase of one plan's kernel."""

    def faulty(plan):
        kernel = render.render(plan)
        if plan != spoilt:
            return kernel
        source, count = re.subn(rf"(\bvoid {kernel.name}_0\([^{{;]*\{{)", rf"\1 {inserted}", kernel.source)
        assert count == 1
        return msgspec.structs.replace(kernel, source=source)

    monkeypatch.setattr(trial, "render", faulty)


FAULTS = [
    ("output[0] = 1e9f; return;", "wrong", "integers"),
    ("for (volatile int i = 0; i < 1;) { }", "timeout", "verify"),
    ("nonsense;", "illegal", "nonsense"),
]  # fmt: skip
if FOUND and FOUND[0].kind == "cpu":
    FAULTS.append(("__builtin_trap();", "crash", "SIG"))  # it takes its process down


@pytest.mark.parametrize(("inserted", "status", "telling"), FAULTS)
def test_faults_cost_one_trial(monkeypatch, inserted, status, telling):
    good, bad = plans()
    spoil(monkeypatch, bad, inserted)
    with Lab(threads=1, seed=0) as lab:
        assert lab.run(good, 1, left=60.0, verify=True).status == "ok"
        with monkeypatch.context() as patch:
            patch.setattr(trial, "_patience", lambda plan: 4.0)
            outcome = lab.run(bad, 3, left=60.0, verify=True)
        assert outcome.status == status, outcome
        assert telling in outcome.detail
        assert lab.run(good, 3, left=60.0, verify=True).status == "ok"


def test_a_lack_of_time_is_not_the_plans_fault(monkeypatch):
    (plan,) = plans(1)
    spoil(monkeypatch, plan, "for (volatile int i = 0; i < 1;) { }")
    with Lab(threads=1, seed=0) as lab:
        assert lab.run(plan, 3, left=1.0, verify=True) is None


class Stub:
    """A worker that answers with an error."""

    killed = False

    def __init__(self, error):
        self.error = error

    def call(self, function, payload, timeout):
        raise self.error

    def kill(self):
        self.killed = True


def test_a_device_that_failed_is_not_used_again():
    """Its process is alive, but the context in it may be lost."""
    (plan,) = plans(1)
    with Lab(threads=1, seed=0) as lab:
        lab._worker = stub = Stub(CrashError("device failed to run the kernel: OUT_OF_RESOURCES"))
        outcome = lab.run(plan, 3, left=60.0)
        assert (outcome.status, "OUT_OF_RESOURCES" in outcome.detail) == ("crash", True)
        assert stub.killed
        assert lab.run(plan, 1, left=60.0, verify=True).status == "ok"


def test_a_plan_too_big_for_the_device_is_illegal():
    (plan,) = plans(1)
    with Lab(threads=1, seed=0) as lab:
        lab._worker = Stub(UnsupportedError("workspace must fit a buffer of the device"))
        outcome = lab.run(plan, 3, left=60.0)
        assert (outcome.status, "workspace" in outcome.detail) == ("illegal", True)


def test_kernels_kept_ready_make_room(monkeypatch):
    """A device's memory may be full of those that came before."""
    monkeypatch.setattr(trial, "_subjects", {"others": None})
    calls = []

    def full(job):
        calls.append(len(trial._subjects))
        if trial._subjects:
            raise UnsupportedError("device must have the memory to run the kernel")
        return [1.0]

    monkeypatch.setattr(trial, "_run", full)
    monkeypatch.setattr(trial.msgspec, "convert", lambda payload, kind: payload)
    assert trial.run({}) == [1.0]
    assert calls == [1, 0]


def test_another_fault_than_the_plans_is_raised(monkeypatch):
    (plan,) = plans(1)
    monkeypatch.setattr(devices, "handles", lambda: ())
    with Lab(threads=1, seed=0) as lab, pytest.raises(MissingToolError) as raised:
        lab.run(plan, 3, left=60.0)
    assert not isinstance(raised.value, compilers.CompileError)


# --- the command, and what generate makes of it ---


@pytest.mark.parametrize("target", ["opencl", FOUND[0].key, f"opencl-{FOUND[0].target.device.kind}"] if FOUND else [])
def test_tune_then_generate(monkeypatch, tmp_path, target):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tuner, "EFFORTS", SMALL)
    start = time.monotonic()
    (layer,) = json.loads(command("tune", *WORDS, "--target", target, "--json", "--lock", "a.lock").stdout)["layers"]
    assert time.monotonic() - start < 30
    assert (layer["tried"], layer["failed"]) == (5, 0)
    assert 0 < layer["best"]["min_s"] <= layer["first"]["min_s"]
    kernel = generate(TINY, target, lock="a.lock")
    assert (kernel.chosen_by, generate(TINY, target).chosen_by) == \
        ("lock", "model" if target in NAMED else "records")  # what is the same everywhere takes no records
    assert FOUND[0].name in kernel.origin
    assert json.loads(plan_text(kernel.plan)) == layer["best"]["plan"]
    assert command("tune", *WORDS, "--target", target).stdout.split()[-1] == "0"  # all on record
    assert "this device" in command("records", "list").stdout
    assert "opencl" in command("records", "accuracy").stdout


def test_records_are_for_one_device(monkeypatch):
    monkeypatch.setattr(tuner, "EFFORTS", SMALL)
    command("tune", *WORDS, "--target", FOUND[0].key)
    tuned = generate(TINY, FOUND[0].key).plan
    become(monkeypatch, device(platform=7, device=3))  # the same one, counted otherwise
    found = generate(TINY, "opencl")
    assert found.plan == msgspec.structs.replace(tuned, target=device(platform=7, device=3).target)
    assert found.origin
    become(monkeypatch, device(name="another"))
    assert not generate(TINY, "opencl").origin


def test_a_failure_is_on_record_and_the_rest_is_tuned(monkeypatch):
    """The model's own first choice fails."""
    fault, status, _ = FAULTS[-1]
    monkeypatch.setattr(tuner, "EFFORTS", SMALL)
    choice = planner.rank(TINY, FOUND[0].target)[0].plan
    spoil(monkeypatch, choice, fault)
    result = command("tune", *WORDS, "--target", "opencl")
    with Records() as database:
        failed = {row.plan: row.status for row in database.rows() if row.status != "ok"}
        assert failed == {plan_text(choice): status}
        assert len(database.rows()) == 5
    assert f"{status}: " in result.stderr
    assert generate(TINY, "opencl").plan != choice


@pytest.mark.parametrize(
    ("words", "code", "telling"),
    [(("--target", "opencl", "--threads", "2"), 2, "threads must be left to an OpenCL device"),
     (("--target", "opencl-cpu", "--threads", "2"), 2, "threads"), (("--target", "opencl:nonesuch"), 2, "platform")],
    ids=str,
)  # fmt: skip
def test_bad_input(file, words, code, telling):
    assert telling in command("tune", *WORDS, *words, code=code).stderr
    assert not file.exists()


def test_without_pyopencl_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyopencl", None)
    devices.handles.cache_clear()
    assert "pip install" in command("tune", *WORDS, "--target", "opencl-cpu", code=4).stderr
    assert not generate(TINY, "opencl-cpu").origin


def test_no_device_of_the_kind(monkeypatch):
    become(monkeypatch, device(kind="cpu"))
    assert "opencl-gpu" in command("tune", *WORDS, "--target", "opencl-gpu", code=4).stderr
    assert plans(1)[0].label in command("tune", *WORDS, "--target", FOUND[0].key, "--max-error", 0,
                                        "--effort", "estimate").stdout  # fmt: skip


def test_places_say_what_runs_and_what_builds_it():
    place = records.place(TINY, FOUND[0].target, 4)
    assert place.target == f"opencl {FOUND[0].target.isa}"
    assert FOUND[0].name.split()[0] in place.device
    assert f"{FOUND[0].units} units" in place.device
    assert FOUND[0].driver in place.compiler
    assert place.threads == 1
    check_text("origin", place.device)
    check_text("origin", place.compiler)
