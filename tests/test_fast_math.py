"""-ffast-math and its kin: what a kernel promises holds, or it does not compile and says why."""

from __future__ import annotations

import subprocess

import emulated
import numpy as np
import pytest
import tools
from click.testing import CliRunner
from test_emitted import WARNINGS, save

from convgen import ConvSpec, generate
from convgen.commands.main import main
from convgen.machine.target import NAMED
from convgen.run import compilers, native
from convgen.run import emulated as product
from convgen.verification.report import run_mode

pytestmark = pytest.mark.optimised

# Whole sets, and what they consist of.
FLAGS = {
    "Ofast": ("-Ofast",),
    "fast-math": ("-ffast-math",),
    "unsafe": ("-funsafe-math-optimizations",),
    "associative": ("-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math"),
    "reciprocal": ("-freciprocal-math",),
    "finite": ("-ffinite-math-only",),
}
SEEN = ("Ofast", "fast-math", "finite")  # by macros
LAYERS = {
    "sigmoid": ConvSpec(ic=3, oc=5, ih=7, iw=9, kh=1, kw=1, layout="nhwc", activation="sigmoid"),
    "elu": ConvSpec(ic=3, oc=5, ih=7, iw=9, kh=3, kw=3, padding="half", activation="elu"),
    "softplus": ConvSpec(ic=2, oc=4, iw=40, kw=3, activation="softplus", dtype="f16"),
    "fourier": ConvSpec(ic=1, oc=2, iw=700, kw=70),
    "relu": ConvSpec(ic=3, oc=5, ih=7, iw=9, kh=3, kw=3, layout="nhwc", activation="relu", dtype="bf16"),
    "weights": ConvSpec(ic=3, oc=5, ih=7, iw=9, kh=3, kw=3, layout="nhwc", dtype="f32:s8:f32"),
}
each_flag = pytest.mark.parametrize("flag", FLAGS)
GCC = tools.needs(tools.c, "gcc")


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
    monkeypatch.delenv("CC", raising=False)


def holds(conv):
    for mode in ("exact", "bound", "properties"):
        check = run_mode(conv, mode)
        assert check.ok, check.detail


@pytest.mark.sampled(every=2)
@GCC
@pytest.mark.parametrize(("target", "flag"), [
    *(("scalar", flag) for flag in FLAGS), ("cortex-m4", "Ofast"), ("x86-64-v3", "Ofast"), ("x86-64-v3", "unsafe")])
def test_what_is_promised_holds(target, flag):
    if not NAMED[target].runs_here():
        pytest.skip("this CPU lacks the instructions")
    extra = ("-nostartfiles",)  # see compilers.shared
    for name, spec in LAYERS.items():
        kernel = generate(spec, target, "direct", name, records=False)
        path = compilers.build(kernel, "gcc", "O2", openmp=False, extra=(*FLAGS[flag], *extra))
        holds(native.load(kernel, str(path)))


SUMS = {
    "winograd": ConvSpec(ic=9, oc=7, ih=12, iw=12, kh=3, kw=3, padding="half"),
    "col2im": ConvSpec(ic=9, oc=7, ih=8, iw=9, kh=5, kw=5, sh=2, sw=2, padding="same", op="transposed"),
}


@GCC
@pytest.mark.parametrize("flag", ["Ofast", "associative"])
@pytest.mark.parametrize("algorithm", SUMS)
def test_it_sums_as_it_is_written(algorithm, flag):
    """In another order of sums the bound of some is another."""
    spec = SUMS[algorithm]
    kernel = generate(spec, "scalar", algorithm, "k", records=False)
    plain, fast = (native.load(kernel, str(compilers.build(kernel, "gcc", "O2", openmp=False, extra=extra)))
                   for extra in ((), (*FLAGS[flag], "-nostartfiles")))
    holds(fast)
    rng = np.random.default_rng(1)
    weights = rng.standard_normal(spec.weights_shape, np.float32)
    bias, x = rng.standard_normal(7, np.float32), rng.standard_normal(spec.input_shape, np.float32)
    plain.pack(weights, bias)
    fast.pack(weights, bias)
    np.testing.assert_array_equal(plain(x), fast(x))


@pytest.mark.parametrize("machine", ["cortex-m4", "armv7", "aarch64"])
def test_on_other_machines(machine):
    tools.require(emulated.lacking(machine))
    if "gcc" not in emulated.compilers(machine):
        pytest.skip("needs its gcc")
    command = " ".join(emulated.MACHINES[machine].compilers["gcc"])
    for target in emulated.MACHINES[machine].targets:
        kernel = generate(LAYERS["sigmoid"], target, "direct", "k", records=False)
        holds(product.compile(kernel, command, "O2", emulated.emulator(machine), ("-ffast-math",)))


@pytest.mark.parametrize("cc", [cc for cc in tools.CC if "clang" in cc])
@each_flag
def test_clang_refuses_what_it_cannot_undo(cc, flag, tmp_path):
    kernel = generate(LAYERS["elu"], "scalar", "direct", "k", records=False)
    save(kernel, tmp_path)
    done = subprocess.run([cc, "-std=c99", "-O2", *FLAGS[flag], *WARNINGS, "-Wno-deprecated", "-Wno-overriding-option",
                           "-Wno-unknown-warning-option", "-c", "k.c"], cwd=tmp_path, capture_output=True, text=True,
                          check=False)
    assert ("build this file with -fno-fast-math" in done.stderr) == (flag in SEEN)
    assert (done.returncode != 0) == (flag in SEEN), done.stderr
    if flag not in SEEN:
        path = compilers.build(kernel, cc, "O2", openmp=False, extra=FLAGS[flag])
        holds(native.load(kernel, str(path)))


@tools.needs(tools.msvc)
def test_msvc_is_told_in_its_own_words(tmp_path):
    kernel = generate(LAYERS["elu"], "scalar", "direct", "k", records=False)
    save(kernel, tmp_path)
    text = subprocess.run([tools.as_msvc(), *tools.MSVC[:-1], "-E", "k.c"], cwd=tmp_path, capture_output=True,
                          text=True, check=True).stdout
    assert text.index("#pragma float_control(precise, on, push)") < text.index("compute_task")
    assert text.rstrip().endswith("#pragma float_control(pop)")


@GCC
def test_verify_takes_it_and_this_process_keeps_its_numbers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["ic2ih4oc3kh1", "--activation", "tanh", "--target", "scalar", "--cc", "gcc", "--opt", "Ofast"]
    result = CliRunner().invoke(main, ["verify", *words])
    assert result.exit_code == 0, result.stderr
    assert "Ofast" in result.stdout
    generate(LAYERS["sigmoid"], "scalar", name="k", records=False).compile("gcc", "Ofast")
    assert (np.full(8, 1e-40, np.float32) * np.float32(0.5) > 0).all()


@GCC
def test_a_self_test_still_sees_what_is_not_a_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ['ic2ih4oc3kh1n"k"', "--target", "scalar", "--algorithm", "reference", "--name", "net", "-o", "net"]
    result = CliRunner().invoke(main, ["package", *words, "--no-verify"])
    assert result.exit_code == 0, result.stderr
    source = tmp_path / "net/src/net_k_scalar.c"
    text = source.read_text()
    assert "sum += input" in text
    for planted, status in (("input", 0), ("0.0f / 0.0f * input", 1)):
        source.write_text(text.replace("sum += input", f"sum += {planted}"))
        sources = [str(path) for path in (tmp_path / "net").rglob("*.c")]
        subprocess.run(["gcc", "-Ofast", "-Inet/include", "-Inet/src", *sources, "-lm", "-o", "net/a.out"], check=True)
        assert subprocess.run(["net/a.out"], capture_output=True, check=False).returncode == status
