"""Programs that tune where there is no Python: what they print is a lock, and a wrong candidate never gets into it."""

import os
import platform
import re
import subprocess

import emulated
import pytest
import tools
from click.testing import CliRunner

from convgen.commands.main import main
from convgen.layer.spec import ConvSpec
from convgen.machine.target import NAMED
from convgen.tuning import elsewhere, lock, tuner
from convgen.tuning.records import read_plan, spec_text
from convgen.tuning.tuner import Effort

FEW = Effort(best=1, sample=1, moves=0, finalists=0, round_s=0.0, seconds=0.0)
V3 = "x86-64-v3"
STRICT = "-Wall -Wextra -Wpedantic -Wconversion -Werror"

QUANTISED = {"dtype": "u8:s8:u8", "input_zero": 3, "output_zero": 7}
FORMS = {
    "plain": ConvSpec(ic=8, ih=6, iw=6, oc=8, kh=3, kw=3, padding="half"),
    "all": ConvSpec(ic=5, ih=7, iw=6, oc=9, kh=3, kw=3, layout="nhwc", bias=True, residual=True, activation="prelu",
                    in_stride=8),
    "f16": ConvSpec(ic=8, ih=6, iw=6, oc=8, kh=1, kw=1, dtype="f16", bias=True, activation="silu"),
    "quantised": ConvSpec(ic=8, ih=6, iw=6, oc=8, kh=3, kw=3, bias=True, **QUANTISED),
    "signed": ConvSpec(ic=8, ih=6, iw=6, oc=8, kh=1, kw=1, dtype="s8:s8:s32"),
    "transposed": ConvSpec(ic=4, ih=5, iw=5, oc=4, kh=3, kw=3, sh=2, sw=2, op="transposed"),
}
MACHINES = [
    pytest.param("aarch64", ["qemu-aarch64"], "aarch64-linux-gnu-gcc -static",
                 marks=tools.needs(emulated.lacking, "aarch64")),
    pytest.param(V3, [], "gcc", marks=pytest.mark.skipif(
        platform.system() != "Linux" or not NAMED[V3].runs_here() or bool(tools.any_c()), reason="needs AVX2, and C")),
]


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    monkeypatch.setenv("CONVGEN_RECORDS", str(tmp_path / "records.sqlite"))
    monkeypatch.setattr(elsewhere, "OPT", "O1")  # compilers are quick
    monkeypatch.chdir(tmp_path)
    return tmp_path


def started(folder, texts, runner, cc):
    """Build the program and start it: what it prints, and says."""
    for name, text in texts.items():
        (folder / name).write_text(text)
    done = subprocess.run(["sh", "build.sh"], cwd=folder, env={**os.environ, "CC": f"{cc} {STRICT}"}, check=False,
                          capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return subprocess.run([*runner, "./tune", 'a "board"'], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("target", "runner", "cc"), MACHINES)
def test_every_form_of_layer(target, runner, cc, place):
    """The best of each layer, whatever its arrays; all candidates compute what the oracle does."""
    layers, machine = list(FORMS.values())[:3 if target == V3 else None], NAMED[target]
    done = started(place, elsewhere.files(layers, machine, FEW), runner, cc)
    assert done.returncode == 0, done.stderr
    assert "wrong" not in done.stderr
    rows, left_out = lock.read(done.stdout)
    assert not left_out
    assert [row.spec for row in rows] == list(map(spec_text, layers))
    for row, spec in zip(rows, layers, strict=True):
        assert row.device == "a .board."
        assert 0 < row.min_s <= row.median_s
        assert row.predicted > 0
        read_plan(row.plan, spec, machine)


@pytest.mark.parametrize(("target", "runner", "cc"), MACHINES[1:])
@pytest.mark.parametrize("form", ["plain", "quantised"])
def test_a_wrong_candidate_is_told_and_never_wins(form, target, runner, cc, place):
    """The data's first tap is a little off: what the first candidate is given, and so what it makes of it."""
    texts = elsewhere.files([FORMS[form]], NAMED[target], FEW)
    packs = re.search(r"layer0_0_pack\((.*)\);", texts["tune.c"])
    weights = packs[1].partition(", ")[0]
    other = f"((unsigned char *){weights} + {FORMS[form].weights_element.bytes})"
    texts["tune.c"] = texts["tune.c"].replace(f"layer0_0_pack({weights}", f"layer0_0_pack((void *){other}")
    done = started(place, texts, runner, cc)
    assert done.returncode == 0
    wrong = [line for line in done.stderr.splitlines() if line.endswith("is wrong")]
    assert len(wrong) == 1
    (row,), _ = lock.read(done.stdout)
    assert row.min_s > 0


def test_its_lock_is_taken(place, monkeypatch):
    """From the command to the kernel: what the program prints is imported, and generated from."""
    monkeypatch.setitem(tuner.EFFORTS, "measure", FEW)
    if tools.any_c() or not NAMED["scalar"].runs_here():
        pytest.skip("needs a C compiler")
    run("tune", "ic8ih6oc8kh1", "--target", "scalar", "--bundle", "there")
    done = started(place / "there", {}, [], "cc")
    (place / "tuned.lock").write_text(done.stdout)
    assert "1 plan taken over" in run("records", "import", "tuned.lock").stderr
    text = run("generate", "ic8ih6oc8kh1", "--target", "scalar", "--lock", "tuned.lock", "--locked", "-o", "k").stderr
    assert "1 by the lock tuned.lock" in text
    run("tune", "ic8ih6oc8kh1", "--target", "scalar", "--bundle", "there", "--seed", 1)  # its own files are replaced
    (place / "there" / "tune.c").write_text("mine\n")
    assert "not by convgen" in run("tune", "ic8ih6oc8kh1", "--target", "scalar", "--bundle", "there", code=2).stderr


def run(*words, code=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr)
    return result


@pytest.mark.parametrize(("words", "code", "says"), [
    (["ic8ih6oc8kh1"], 2, "bundle must be for a named target of C"),
    (["ic8ih6oc8kh1", "--target", "aarch64", "--effort", "exhaustive"], 2, "bundle must be of a few plans a layer"),
    (["ic8ih6oc8kh1", "--target", "aarch64", "--threads", "2"], 2, "threads must be 1 in a bundle"),
    (["ic8ih6oc8kh3ph1", "--target", "aarch64", "--layout", "nhwc", "--then", "ic8ih6oc8kh1"], 3,
     "bundle must be of layers alone: chains"),
    (["ic8iw60oc8kw3", "--target", "aarch64", "--causal", "--stream", "16"], 3, "bundle must be of layers alone"),
    (["ic8ih6oc8kh3ph1", "--target", "aarch64", "--op", "backward-weights"], 3, "bundle must be of layers alone"),
    (["ic8ih6oc8kh3", "--target", "aarch64", "--dtype", "u8:s8:s32", "--largest-sum", "5000"], 3,
     "bundle must be of layers whose weights are free"),
], ids=str)
def test_bad_input(words, code, says):
    result = run("tune", *words, "--bundle", "there", code=code)
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert not os.path.exists("there")
