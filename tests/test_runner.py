"""Kernels of other machines: programs that a runner starts, verified, measured and tuned as those of this machine."""

import hashlib
import json
import platform
import shutil
import sys
from pathlib import Path

import emulated
import msgspec
import pytest
import tools
from tools import command as run

from convgen import ConvSpec, api, generate
from convgen.errors import MissingToolError
from convgen.machine.target import NAMED
from convgen.run import build, compilers
from convgen.run import emulated as product
from convgen.tuning import tuner
from convgen.verification.report import MODES, run_mode, verify

pytestmark = pytest.mark.optimised  # of programs for other machines zig's look for undefined behaviour else

TINY = "ic3ih5oc4kh3ph1"
SPEC = ConvSpec(ic=8, ih=9, oc=16, kh=3, iw=10, kw=3, padding="half", residual=True, activation="relu")
V3 = "x86-64-v3"
HERE = ("env",)  # runs programs of this machine, as an emulator runs others
QEMU = "qemu-aarch64 -L /usr/aarch64-linux-gnu"

LONG = 300.0  # seconds, which nothing here takes
aarch64 = tools.needs(emulated.lacking, "aarch64")
each = pytest.mark.parametrize(("target", "runner"), [
    pytest.param("aarch64", "qemu-aarch64", marks=aarch64),
    pytest.param("wasm32", f"{sys.executable} {Path(__file__).with_name('wasi.py')}",
                 marks=tools.needs(emulated.lacking, "wasm32")),
    pytest.param(V3, "env", marks=pytest.mark.skipif(
        platform.system() != "Linux" or not NAMED[V3].runs_here() or bool(tools.any_c()), reason="needs AVX2, and C")),
])


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path, tmp_path_factory):
    """An empty current folder, a cache that many tests share, no variables; commands set some."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
    monkeypatch.setenv("CONVGEN_RECORDS", str(tmp_path / "records.sqlite"))
    monkeypatch.delenv("CC", raising=False)
    for name in ("", *{f"_{product.machine(target)}" for target in NAMED.values() if target.device is None}):
        monkeypatch.setenv(f"CONVGEN_RUNNER{name}", "")
    return tmp_path


def alter(monkeypatch, old, new):
    """Plant a fault in every kernel."""
    make = api.generate

    def faulty(*args, **kwargs):
        kernel = make(*args, **kwargs)
        assert old in kernel.source
        return msgspec.structs.replace(kernel, source=kernel.source.replace(old, new))

    monkeypatch.setattr(api, "generate", faulty)


# --- a kernel ---


@pytest.mark.sampled
@each
@pytest.mark.parametrize("algorithm", ["direct", "winograd", "reference"])
def test_every_mode(target, runner, algorithm):
    """All that a Conv of this machine can do, a program can: the same report, from another process too."""
    conv = product.compile(generate(SPEC, target, algorithm, "k"), runner=tuple(runner.split()))
    for mode in MODES:
        check = run_mode(conv, mode)
        assert check.ok, check
    report = verify(conv, ["exact", "guard"])
    assert report.ok, report


@pytest.mark.sampled
@each
@pytest.mark.parametrize(("old", "new", "crashes"), [
    ("output[", "output[-1] = output[", False),
    ("        float sum =", "        (void)*(const volatile char *)(output + 1440);\n        float sum =", True),
    ("output[", "((float *)(size_t)input)[0] = output[", False),
])
def test_the_guard_of_a_program(target, runner, old, new, crashes):
    """A stray write or read, or a write to what is only read: it crashes there, or shows here."""
    if crashes and target == "wasm32":
        pytest.skip("all memory is open")
    kernel = generate(SPEC, target, "reference", "k")
    assert old in kernel.source
    kernel = msgspec.structs.replace(kernel, source=kernel.source.replace(old, new, 1))
    conv = product.compile(kernel, runner=tuple(runner.split()))
    report = verify(conv, ["guard"])
    assert not report.ok
    assert report.crashed == crashes, report


@pytest.mark.sampled(every=3)
@each
def test_variables_name_the_runner(target, runner, monkeypatch):
    machine = product.machine(NAMED[target])
    assert machine == ("X86_64" if target == V3 else target.upper())
    monkeypatch.setenv(f"CONVGEN_RUNNER_{machine}", runner)
    conv = build.compile(generate(SPEC, target, name="k"))
    assert isinstance(conv, product.Conv)
    assert build.load(conv.kernel, conv.where).where == conv.where


def test_the_runner_for_all_is_for_what_cannot_run_here(monkeypatch):
    monkeypatch.setenv("CONVGEN_RUNNER", "anything -x")
    assert {product.runner(target) for target in NAMED.values() if target.device is None} == {(), ("anything", "-x")}
    for target in NAMED.values():
        assert (product.runner(target) == ()) == (target.runs_here() or target.device is not None)


def test_a_compiler_for_the_wrong_machine_is_found_out(monkeypatch):
    tools.require(tools.any_c())
    with pytest.raises(MissingToolError, match=r"no compiler makes programs that env runs; .*for another machine"):
        product.tools("neon" if platform.machine() == "x86_64" else "avx2", HERE, tools.CC[0])


# --- commands ---


@each
def test_generate_verifies(target, runner, place, monkeypatch):
    words = ["generate", TINY, "--target", target, "--run", runner, "-o", "out", "--algorithm", "reference"]
    assert "verified 1 kernel: exact, bound, properties, guard" in run(*words).stderr
    alter(monkeypatch, "sum += input", "sum += 1.5f * input")
    assert "exact: " in run(*words[:-3], "new", *words[-2:], code=1).stderr
    alter(monkeypatch, "        float sum =", "        __builtin_trap();\n        float sum =")
    assert "ended by" in run(*words[:-3], "new", *words[-2:], code=5).stderr
    assert not (place / "new").exists()


@each
def test_bench_and_tune(target, runner, monkeypatch):
    """Tuning ends by the number of its plans: how many a slow machine tries in a given time is a chance."""
    monkeypatch.setitem(tuner.EFFORTS, "measure", tuner.Effort(best=2, sample=0, moves=0, finalists=2, round_s=0.05,
                                                               seconds=LONG))
    words = [TINY, "--target", target, "--run", runner]
    (layer,) = (data := json.loads(run("bench", *words, "--repeats", 2, "--json").stdout))["layers"]
    assert data["runner"] == runner
    assert data["peaks"] is None
    assert layer["min_s"] > 0
    found = json.loads(run("tune", *words, "--time-limit", LONG, "--json").stdout)["layers"][0]
    assert found["tried"] == 2
    assert found["failed"] == 0
    assert f"{runner} on " in run("records", "list", "--json").stdout
    for refused in (["bench", *words, "--threads", 2], ["tune", *words, "--threads", 2],
                    ["bench", *words, "--against", "torch"]):
        assert "under a runner" in run(*refused, code=2).stderr


@pytest.mark.parametrize(("runner", "code", "told"), [
    ("no-such-emulator", 2, "run must be a command that is here (run='no-such-emulator')"),
    ("'", 2, "run must be a command"),
    ("false", 4, "must run what"),
])
def test_runners_that_do_not_work(runner, code, told):
    tools.require(tools.any_c())
    target = V3 if platform.machine() == "x86_64" else "aarch64"
    assert told in run("verify", TINY, "--target", target, "--run", runner, code=code).stderr


def test_a_runner_is_for_another_machine():
    for command in ("verify", "bench", "tune"):
        told = run(command, TINY, "--run", "env", code=2).stderr
        assert told == "convgen: run must be for the target of another machine, or for a folder (run='env')\n"


# What runs anywhere, and so on this machine, unless a runner is named.
each_plain = pytest.mark.parametrize("target", ["scalar", "cortex-m4"])


@pytest.fixture
def noted(place):
    """A runner that notes what it starts, for programs of this machine; and the compiler for them."""
    tools.require(tools.any_c())
    script = place / "board"
    script.write_text(f'#!/bin/sh\necho "$@" >> {place}/started\nexec "$@"\n')
    script.chmod(0o755)
    return script


@each_plain
def test_a_named_runner_runs_a_folder_that_could_run_here(target, noted, place):
    for made in (["generate"], ["package", "--name", "net"]):
        run(*made, TINY, "--target", target, "-o", made[0], "--no-verify")
    run("verify", "generate", "--mode", "exact")
    assert not (place / "started").exists()
    run("verify", "generate", "--mode", "exact", "--run", noted, "--cc", tools.CC[0])
    assert ".run" in (place / "started").read_text()
    tools.require(tools.c(tools.CC[0], "-static"))
    run("verify", "package", "--run", noted, "--cc", tools.CC[0])
    assert "net_selftest" in (place / "started").read_text()


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7", "cortex-m0"])
def test_the_self_test_of_a_core_is_run_by_a_larger_one(core):
    """Compilers for bare cores have no C library that an emulated system could serve."""
    tools.require(emulated.hosted("armv7", "arm-linux-gnueabihf-gcc", "-static"))
    said = run("package", TINY, "--target", core, "--name", "net", "-o", "net", "--run", "qemu-arm").stderr
    assert f"self-test passed: 1 layers, {core.replace('-', '_')}" in said


@tools.needs(emulated.lacking, "cortex-m4")
def test_a_compiler_of_the_row_gets_the_rows_flags(monkeypatch):
    name = "arm-none-eabi-gcc"
    tools.require(tools.trouble(name, "--version"))
    monkeypatch.setenv("CC", name)
    product.tools.cache_clear()
    assert "-mcpu=cortex-m4" in product.tools("cortex_m4", ("qemu-arm",)).compiler.command
    product.tools.cache_clear()


def test_emulators_have_a_compiler_to_be_named():
    tools.require(tools.trouble("qemu-riscv64", "--version"))
    told = run("verify", TINY, "--target", "scalar", "--run", "qemu-riscv64", code=4).stderr
    assert "as CC=riscv64-linux-gnu-gcc" in told


def test_a_runner_without_a_compiler_says_which_to_name(noted):
    told = run("package", TINY, "--target", "scalar", "--name", "net", "-o", "net", "--run", noted, code=4).stderr
    assert "no compiler makes programs with a C library" in told
    assert "name one by --cc or CC=" in told


@each_plain
def test_a_named_runner_runs_what_from_prints_again(target, noted, place, monkeypatch):
    monkeypatch.setenv("CC", tools.CC[0])
    run("generate", TINY, "--target", target, "-o", "out", "--no-verify")
    said = run("generate", "--from", "out", "--run", noted).stderr
    assert f"verified 1 kernel: exact, bound, properties, guard ({tools.CC[0]} -O3, run by {noted})" in said
    assert (place / "started").exists()


@pytest.mark.parametrize("command", ["generate", "package"])
def test_a_misspelt_runner_is_no_reason_to_verify_less(command, place, monkeypatch):
    words = [command, TINY, "--target", "scalar", "--name", "k", "-o", "out"]  # which the compiler at hand builds
    told = run(*words, "--run", "qemu-amr", code=2).stderr
    assert told == "convgen: run must be a command that is here (run='qemu-amr')\n"
    assert not (place / "out").exists()
    tools.require(tools.any_c())
    monkeypatch.setenv("CC", tools.CC[0])
    assert "must run what" in run(*words, "--run", "false", "-q", code=4).stderr
    assert not (place / "out").exists()


@pytest.mark.parametrize("command", ["generate", "package"])
def test_quiet_does_not_hide_that_nothing_was_verified(command, monkeypatch):
    monkeypatch.setattr(compilers, "_usual", lambda: iter(()))  # there is none
    said = run(command, TINY, "--target", "scalar", "--name", "k", "-o", "out", "-q")
    assert "not verified: " in said.stderr


@pytest.mark.parametrize("words", [["tune", "--lock"], ["bench"], ["report", "--measure", "-o", "page.html"]],
                         ids=" ".join)
def test_times_are_those_of_the_targets_machine(words, place):
    told = run(words[0], TINY, "--target", "cortex-m4", *words[1:], code=3).stderr
    assert "target must be one that this machine can run, or have a runner" in told
    assert not list(place.glob("*.lock"))


def test_a_layer_for_another_machine_says_what_it_takes():
    target = "aarch64" if platform.machine() == "x86_64" else V3
    told = run("verify", TINY, "--target", target, code=3).stderr
    assert f"--run, or CONVGEN_RUNNER_{product.machine(NAMED[target])} (target={target})" in told


# --- folders ---


@aarch64
def test_a_folder_of_several_machines_is_checked_as_far_as_it_can_be():
    """What cannot be run is listed; alone it is an error, and another compiler is found out."""
    run("generate", TINY, "--target", "aarch64", "--name", "away", "-o", "out", "--no-verify")
    said = run("verify", "out", code=3)
    assert not said.stdout
    assert "away: not verified: target must be one that this machine can run" in said.stderr
    run("generate", TINY, "--name", "here", "-o", "out", "--no-verify")
    said = run("verify", "out", "--mode", "exact")
    assert [line.split()[0] for line in said.stdout.splitlines()] == ["kernel", "here"]
    assert "away: not verified" in said.stderr
    found = json.loads(run("verify", "out", "--mode", "exact", "--json").stdout)
    assert [one["kernel"] for one in found["results"]] == ["here"]
    assert found["left"].keys() == {"away"}
    said = run("verify", "out", "--mode", "exact,guard", "--run", QEMU)
    assert [line.split()[0] for line in said.stdout.splitlines()] == ["kernel", "away", "here"]
    assert not said.stderr


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A package for this machine, and one for another."""
    folder = tmp_path_factory.mktemp("packages")
    for name, target in (("here", "host"), ("away", "aarch64")):
        run("package", f"{TINY}n\"{name}\"", "--target", target, "--name", name, "-o", folder / name, "--no-verify")
    return folder


def test_verify_runs_the_self_test_of_a_package(packages):
    tools.require(tools.any_c())
    said = run("verify", packages / "here")
    assert said.stdout == f"{packages / 'here'}: self-test passed: 1 layers, {said.stdout.split('layers, ')[1]}"
    assert json.loads(run("verify", packages / "here", "--json").stdout)["packages"] == said.stdout.splitlines()


@aarch64
def test_a_package_of_another_machine(packages):
    tools.require(emulated.hosted("aarch64", "aarch64-linux-gnu-gcc", "-static"))
    assert "away: not verified: target must be" in run("verify", packages / "away", code=3).stderr
    assert "1 layers, scalar, neon" in run("verify", packages / "away", "--run", QEMU).stdout
    said = run("package", TINY, "--target", "aarch64", "--name", "net", "-o", "net", "--run", QEMU)
    assert "self-test passed: 1 layers, scalar, neon" in said.stderr


@pytest.mark.parametrize(("path", "change", "told", "code"), [
    ("src/here_dispatch.c", lambda text: text + "\n", "src/here_dispatch.c differs from what the manifest lists", 1),
    ("Makefile", None, "Makefile: No such file", 1),
    ("manifest.json", lambda text: text.replace('"Makefile"', '"../Makefile"'), "must list files of its own", 2),
    ("manifest.json", lambda text: text.replace('"name": "here",', '"name": "a;b",', 1), "name must be", 2),
])
def test_packages_that_are_not_as_they_were_written(packages, place, path, change, told, code):
    shutil.copytree(packages / "here", place / "lib")
    changed = place / "lib" / path
    changed.unlink() if change is None else changed.write_text(change(changed.read_text()))
    said = run("verify", "lib", code=code).stderr
    assert told in said
    assert ("reproduce: convgen verify lib" in said) == (code == 1)


@pytest.mark.parametrize(("old", "new", "code", "told"), [
    ("void here_here_scalar(", "float here_half;\nvoid here_here_scalar(", 0, ""),
    ("sum += input", "sum += 1.5f * input", 1, "self-test: FAILED"),
    ("        float sum =", "        __builtin_trap();\n        float sum =", 5, "self-test died of signal"),
])
def test_a_self_test_that_fails(packages, place, old, new, code, told):
    """Whoever changes a kernel and the manifest with it."""
    tools.require(tools.any_c())
    run("package", f'{TINY}n"here"', "--target", "scalar", "--algorithm", "reference", "--name", "here", "-o", "lib",
        "--no-verify")
    (kernel,) = (place / "lib/src").glob("here_here_scalar.c")
    digest = hashlib.sha256(kernel.read_bytes()).hexdigest()
    text = kernel.read_text()
    assert old in text
    kernel.write_text(text.replace(old, new))
    manifest = place / "lib/manifest.json"
    manifest.write_text(manifest.read_text().replace(digest, hashlib.sha256(kernel.read_bytes()).hexdigest()))
    assert told in run("verify", "lib", code=code).stderr
