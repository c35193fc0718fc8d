"""Weights embedded by `generate --weights`: what is built of the files computes the layer, and bad arrays are told."""

from __future__ import annotations

import ctypes
import json

import numpy as np
import pytest
import tools
from test_cli import place, run  # noqa: F401  (a fixture)
from test_emitted import run as command

from convgen import ConvSpec
from convgen.verification import oracle

TEXT = "ic3ih9oc20kh3ph1"
SPEC = ConvSpec(ic=3, oc=20, ih=9, iw=9, kh=3, kw=3, padding="half", layout="nhwc")
FLAGS = ("--layout", "nhwc", "--target", "x86-64-v3", "--no-verify", "-o", "out")
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")


def arrays(spec, seed=0):
    """Random ones, of what packing takes."""
    rng = np.random.default_rng(seed)
    return {array.role: rng.uniform(-1, 1, array.shape).astype(array.element.dtype)
            for array in spec.arrays if array.when == "pack"}


def computed(folder, name, inner, spec, x, residual=None):
    """What NAME of the folder's files gives, through ctypes."""
    command(folder, tools.CC[0], "-std=c99", "-O1", "-shared", "-fPIC", *STRICT, f"{name}.c", f"{inner}.c", "-o",
            f"{name}.so")
    y = np.full(spec.output_shape, np.nan, spec.arithmetic.output.dtype)
    workspace = np.zeros(1 << 20, np.uint8)
    given = [ctypes.c_void_p(one.ctypes.data) for one in (x, residual, y, workspace) if one is not None]
    getattr(ctypes.CDLL(str(folder / f"{name}.so")), name)(*given, 1)
    return y


def close(y, spec, x, given, **more):
    wanted, _, sums = oracle.convolve(spec, input=x, **given, **more)
    half = 2e-3 if spec.itemsize == 2 else 0.0
    return bool((abs(y.astype(np.float64) - wanted) <= 1e-5 * sums + half * abs(wanted) + 1e-6).all())


here = pytest.mark.skipif(not tools.CC, reason="needs a C compiler")


@here
@pytest.mark.parametrize(("options", "changes"), [
    ((), {}), (("--no-bias",), {"bias": False}), (("--activation", "prelu", "--residual"),
                                                  {"activation": "prelu", "residual": True}),
    (("--dtype", "f16"), {"dtype": "f16"}), (("--algorithm", "reference"), {})], ids=str)
def test_a_layer_with_its_arrays_computes(place, options, changes):  # noqa: F811
    spec = SPEC.replace(**changes)
    given = arrays(spec)
    words = []
    for role, array in given.items():
        np.save(f"{role}.npy", array)
        words += [f"--{role}", f"{role}.npy"]
    target = ("--target", "scalar") if spec.itemsize == 2 else ()
    said = run("generate", f'{TEXT}n"stem"', *FLAGS, *target, *options, *words)
    assert said.stdout == "out/stem.c\nout/stem_layer.c\n"
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, spec.input_shape).astype(spec.arithmetic.input.dtype)
    more = {"residual": rng.uniform(-1, 1, spec.output_shape).astype(np.float32)} if spec.residual else {}
    y = computed(place / "out", "stem", "stem_layer", spec, x, **more)
    assert close(y, spec, x, given, **more)
    # the command in the kernel's head makes it again, and nothing that verify does not know
    assert "stem_layer" in run("verify", "out", "--mode", "bound").stdout


@here
def test_layers_of_one_file_share_a_kernel(place):  # noqa: F811
    """Two names of one layer have weights of their own, and another layer its own kernel."""
    other = ConvSpec(ic=2, oc=3, iw=7, kw=3, layout="nwc", bias=False)
    given = {"res2.a": arrays(SPEC, 1), "b": arrays(SPEC, 2), "c": arrays(other, 3)}
    np.savez("all.npz", **{f"{layer}.{role}": array for layer, own in given.items() for role, array in own.items()})
    (place / "l.toml").write_text("".join(
        f'[[layer]]\nname = "{name}"\ndescriptor = "{text}"\n{more}'
        for name, text, more in (("res2.a", TEXT, ""), ("b", TEXT, ""), ("c", "ic2iw7oc3kw3", "bias = false\n"))))
    said = run("generate", "l.toml", *FLAGS, "--weights", "all.npz")
    assert said.stdout.split() == ["out/res2_a.c", "out/b.c", "out/c.c", "out/res2_a_layer.c", "out/c_layer.c"]
    for name, inner, label, spec in (("res2_a", "res2_a_layer", "res2.a", SPEC), ("b", "res2_a_layer", "b", SPEC),
                                     ("c", "c_layer", "c", other)):
        x = np.random.default_rng(5).uniform(-1, 1, spec.input_shape).astype(np.float32)
        assert close(computed(place / "out", name, inner, spec, x), spec, x, given[label])


GIVEN = ["--weights", "w.npy", "--bias", "b.npy"]
BAD = {  # what is given, what is said
    "no bias": (["--weights", "w.npy"], "stem: bias must be given"),
    "bias that is not": (["--no-bias", *GIVEN], "stem: bias must be None, the layer has none"),
    "another shape": (["--weights", "b.npy", "--bias", "b.npy"], "stem: weights must have shape (3, 3, 3, 20)"),
    "another type": (["--weights", "d.npy", "--bias", "b.npy"], "weights must be float32"),
    "no file": (["--weights", "no.npy", "--bias", "b.npy"], "'no.npy': No such file"),
    "no array": (["--weights", "text.npy", "--bias", "b.npy"], "'text.npy': it is something else"),
    "objects": (["--weights", "o.npy", "--bias", "b.npy"], "'o.npy': it is something else"),
    "bias alone": (["--bias", "b.npy"], "bias must come with weights"),
    "bias beside npz": (["--weights", "x.npz", "--bias", "b.npy"], "must be in the file of the weights"),
    "npz as bias": (["--weights", "w.npy", "--bias-file", "x.npz"], "bias must be one array, an .npy"),
    "another layer": (["--weights", "x.npz"], "arrays must be called as the layers, stem.weights ('other.weights'"),
    "another word": (["--weights", "k.npz"], "('stem.kernel'"),
    "two layers": (["ic1iw3oc1kw1", *GIVEN], "weights must be an .npz for more than one layer (layers=2)"),
    "stdout": ([*GIVEN, "-o", "-"], "output must be a folder for weights"),
    "embed": (["--weights", "embed"], "weights must come from a model or a file of arrays"),
    "names that meet": (["--name", "a", "ic1iw3oc1kw1", "--name", "a_layer", "--weights", "x.npz"],
                        "name must differ"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_arrays_are_told_in_a_line(name, place):  # noqa: F811
    given = arrays(SPEC)
    np.save("w.npy", given["weights"])
    np.save("b.npy", given["bias"])
    np.save("d.npy", given["weights"].astype(np.float64))
    np.save("o.npy", np.array([None]), allow_pickle=True)
    np.savez("x.npz", **{"other.weights": given["weights"]})
    np.savez("k.npz", **{"stem.kernel": given["weights"]})
    (place / "text.npy").write_text("not an array\n")
    words, told = BAD[name]
    result = run("generate", f'{TEXT}n"stem"', *FLAGS, *words, code=2)
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (place / "out").exists()


def test_a_device_takes_no_weights_inside(place):  # noqa: F811
    np.save("w.npy", arrays(SPEC)["weights"])
    words = ("--no-bias", "--target", "opencl-gpu", "--weights", "w.npy", "-o", "out")
    text = run("generate", TEXT, *words, code=3).stderr
    assert "weights must be for a CPU" in text


@here
@pytest.mark.parametrize(("spoil", "told"), [
    (lambda out: edit(out / "stem.c", "\\", "\\1"), "stem.c differs from what stem.json lists"),
    (lambda out: edit(out / "stem.h", "_ABI 2", "_ABI 3"), "stem.h differs from what stem.json lists"),
    (lambda out: (out / "stem.c").unlink(), "stem.c is missing"),
    (lambda out: [path.unlink() for path in out.glob("stem_layer.*")],
     "stem.json: the kernel 'stem_layer' is missing"),
    (lambda out: run("generate", f'{TEXT}n"stem_layer"', *FLAGS, "--no-bias", "--force", "--algorithm", "reference"),
     "stem.c has weights for another plan than that of stem_layer.c"),
])  # fmt: skip
def test_drift_of_weights_inside_is_told(spoil, told, stem):
    """Though they cannot be made anew without the arrays; a kernel of another plan reads them in another order."""
    run("generate", 'ic2iw9oc3kw3n"other"', "--target", "x86-64-v3", "--no-verify", "-o", "out")
    run("verify", "out", "--mode", "exact")
    spoil(stem)
    result = run("verify", "out", "--mode", "exact", "--json", code=1)
    assert told in result.stderr
    assert json.loads(result.stdout)["drift"] == [line.removeprefix("convgen: ") for line in
                                                  result.stderr.splitlines() if line.startswith("convgen: stem")]


def edit(path, old, new):
    path.write_text(path.read_text().replace(old, new, 1))


def test_drifted_weights_are_written_anew_by_update(stem):
    edit(stem / "stem.c", "\\", "\\1")
    words = ("generate", f'{TEXT}n"stem"', *FLAGS, "--no-bias", "--weights", "w.npy")
    run(*words, code=2)
    assert "stem.c" in run(*words, "--check", code=1).stdout
    run(*words, "--update")
    run(*words, "--check")
    run("generate", "--from", "out", "--check")  # of the kernels alone


@pytest.fixture
def stem(place):  # noqa: F811
    np.save("w.npy", arrays(SPEC)["weights"])
    run("generate", f'{TEXT}n"stem"', *FLAGS, "--no-bias", "--weights", "w.npy")
    return place / "out"


@here
@tools.needs(tools.binutils, "objdump")
def test_weights_are_constant_and_go_where_a_macro_says(stem):
    section = '-Dstem_SECTION=__attribute__((section(".flash")))'
    command(stem, tools.CC[0], "-std=c99", *STRICT, section, "-c", "stem.c", "-o", "s.o")
    said = command(stem, "objdump", "-h", "s.o")
    (line,) = (line for line in said.splitlines() if " .flash " in line)
    assert int(line.split()[2], 16) >= 3 * 3 * 3 * 20 * 4
    assert "READONLY" in said.partition(".flash")[2].splitlines()[1]


@pytest.mark.parametrize("cc", tools.CXX)
def test_one_unit_of_cpp(cc, stem):
    (stem / "all.cpp").write_text('#include "stem.c"\n#include "stem_layer.c"\n')
    command(stem, cc, "-std=c++17", *STRICT, "-c", "all.cpp")


@tools.needs(tools.msvc)
def test_msvc_takes_the_weights(stem):
    command(stem, tools.as_msvc(), *tools.MSVC, "-Wall", "-Wextra", "-Werror", "stem.c")
