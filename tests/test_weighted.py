"""Weights embedded by `generate --weights`: what is built of the files computes the layer, in C and on a device; bad
arrays are told."""

from __future__ import annotations

import ctypes
import itertools
import json
import re
import shlex
import subprocess

import msgspec
import numpy as np
import pytest
import tools
from test_cli import place, run  # noqa: F401  (a fixture)
from test_emitted import run as command

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.errors import UnsupportedError
from convgen.layer.element import ELEMENTS
from convgen.machine.target import NAMED
from convgen.packaging import output
from convgen.packaging.embed import Packer
from convgen.plan import proof
from convgen.verification import exactness, oracle

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
    command(folder, tools.CC[0], "-std=c99", "-O0", "-shared", "-fPIC", *STRICT, f"{name}.c", f"{inner}.c", "-o",
            f"{name}.so")
    y = np.full(spec.output_shape, np.nan, spec.arithmetic.output.dtype)
    workspace = np.zeros(1 << 20, np.uint8)
    given = [ctypes.c_void_p(one.ctypes.data) for one in (x, residual, y, workspace) if one is not None]
    getattr(ctypes.CDLL(str(folder / f"{name}.so")), name)(*given, 1)
    return y


def close(y, spec, x, given, rounded=0.0, **more):
    wanted, _, sums = oracle.convolve(spec, input=x, **given, **more)
    half = 2e-3 if spec.itemsize == 2 else 0.0
    return bool((abs(y.astype(np.float64) - wanted) <= (1e-5 + rounded) * sums + half * abs(wanted) + 1e-6).all())


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


LABELLED = f'{TEXT}n"res2.a"'


@pytest.mark.parametrize("words", [
    (TEXT, "--name", "stem", "--weights", "w.npy", "--bias", "b.npy"), (TEXT, "--weights", "w.npy", "--bias", "b.npy"),
    (LABELLED, "--weights", "w.npz"), (LABELLED, "--name", "stem", "--weights", "w.npz")], ids=str)
def test_the_commands_in_the_heads_make_the_files_again(place, words):  # noqa: F811
    given = arrays(SPEC)
    np.save("w.npy", given["weights"])
    np.save("b.npy", given["bias"])
    np.savez("w.npz", **{f"res2.a.{role}": array for role, array in given.items()})
    run("generate", *words, *FLAGS)
    for path in sorted((place / "out").glob("*.c")):
        again = place / f"again_{path.stem}"
        run(*shlex.split(re.search(r"Command   convgen (.*)", path.read_text())[1]), "--no-verify", "-o", again)
        assert (again / path.name).read_text() == path.read_text()
        assert "layer" in path.stem or {one.name for one in again.iterdir()} == {
            one.name for one in (place / "out").iterdir()}


def test_the_command_of_one_layer_of_a_file_says_what_it_needs(place):  # noqa: F811
    given = arrays(SPEC)
    np.savez("two.npz", **{f"{layer}.{role}": array for layer in "ab" for role, array in given.items()})
    run("generate", f'{TEXT}n"a"', f'{TEXT}n"b"', *FLAGS, "--weights", "two.npz")
    assert "for this layer alone, if the file has no other arrays than those of b\n" in (
        place / "out" / "b.c").read_text()


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
    assert "copy=True" not in result.stderr  # which is an argument in Python
    assert not (place / "out").exists()


# NAME with its weights, on the loader's first device.
DEVICE = r"""
#include "stem_opencl.h"
#include <stdio.h>
#include <string.h>

static char x[stem_opencl_INPUT_BYTES], y[stem_opencl_OUTPUT_BYTES], log[10000];

static int read_file(const char *path, void *data, size_t bytes)
{
    FILE *file = fopen(path, "rb");
    return file == NULL || fread(data, 1, bytes, file) != bytes || fclose(file);
}

int main(void)
{
    cl_platform_id platform;
    cl_device_id device;
    stem_opencl layer;
    memset(&layer, 1, sizeof layer);
    if (stem_opencl_create(&layer, NULL) == CL_SUCCESS || stem_opencl_release(&layer) != CL_SUCCESS) return 2;
    if (clGetPlatformIDs(1, &platform, NULL)) return 3;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL)) return 3;
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, NULL);
    cl_mem input = clCreateBuffer(context, 0, sizeof x, NULL, NULL);
    cl_mem output = clCreateBuffer(context, 0, sizeof y, NULL, NULL);
    if (read_file("x.bin", x, sizeof x)) return 4;
    clEnqueueWriteBuffer(queue, input, CL_TRUE, 0, sizeof x, x, 0, NULL, NULL);
#if stem_opencl_RESIDUAL
    cl_mem residual = clCreateBuffer(context, 0, sizeof y, NULL, NULL);
    if (read_file("residual.bin", y, sizeof y)) return 5;
    clEnqueueWriteBuffer(queue, residual, CL_TRUE, 0, sizeof y, y, 0, NULL, NULL);
#define RESIDUAL residual,
#else
#define RESIDUAL
#endif
    if (stem_opencl_create(&layer, queue)) {
        stem_opencl_log(&layer, sizeof log, log, NULL);
        puts(log);
        return 6;
    }
    if (stem_opencl_enqueue(&layer, queue, input, RESIDUAL output, 0, NULL, NULL)) return 7;
    clEnqueueReadBuffer(queue, output, CL_TRUE, 0, sizeof y, y, 0, NULL, NULL);
    fwrite(y, 1, sizeof y, stdout);
    return stem_opencl_release(&layer) != CL_SUCCESS;
}
"""


@tools.needs(tools.opencl_header)
@pytest.mark.parametrize(("options", "changes", "target"), [
    ((), {}, "opencl-cpu"), (("--activation", "prelu", "--residual"), {"activation": "prelu", "residual": True},
                             "opencl-cpu"),
    (("--no-bias", "--dtype", "f16"), {"bias": False, "dtype": "f16"}, "opencl-cpu"),
    ((), {}, "opencl-gpu"), (("--algorithm", "tensor", "--max-error", "1e-3"), {}, "opencl-sm80")], ids=str)
def test_a_layer_with_its_arrays_computes_on_a_device(place, options, changes, target):  # noqa: F811
    """Packed without the device, and brought there as they are; without one, what is written compiles."""
    spec = SPEC.replace(**changes)
    given = arrays(spec)
    np.savez("w.npz", **given)
    said = run("generate", f'{TEXT}n"stem"', *FLAGS, "--target", target, *options, "--weights", "w.npz")
    assert said.stdout == "out/stem_opencl.c\nout/stem_layer.cl\n"
    (place / "out/main.c").write_text(DEVICE)
    command(place / "out", tools.CC[0], "-std=c99", "-O1", *STRICT, "-c", "stem_opencl.c", "stem_layer_opencl.c")
    command(place / "out", tools.CC[0], "-std=c99", "-O1", "main.c", "stem_opencl.o", "stem_layer_opencl.o", "-lOpenCL",
            "-o", "main")
    tools.require(tools.opencl_loader(tools.CC[0]))
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, spec.input_shape).astype(spec.arithmetic.input.dtype)
    more = {"residual": rng.uniform(-1, 1, spec.output_shape).astype(np.float32)} if spec.residual else {}
    x.tofile(place / "out/x.bin")
    for role, array in more.items():
        array.tofile(place / f"out/{role}.bin")
    done = subprocess.run(["./main"], cwd=place / "out", capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    y = np.frombuffer(done.stdout, spec.arithmetic.output.dtype).reshape(spec.output_shape)
    assert close(y, spec, x, given, rounded=2e-3 if target == "opencl-sm80" else 0.0, **more)


def test_drift_of_weights_for_a_device_is_found(place):  # noqa: F811
    np.savez("w.npz", **arrays(SPEC))
    run("generate", f'{TEXT}n"stem"', *FLAGS, "--target", "opencl-cpu", "--weights", "w.npz")
    kernels = [one.kernel for one in output.stored(place / "out")]
    assert [kernel.name for kernel in kernels] == ["stem_layer"]
    assert output.drift_inside(place / "out", kernels) == []
    (place / "out/stem_opencl.h").write_text("")
    assert output.drift_inside(place / "out", kernels) == ["stem_opencl.h differs from what stem.json lists"]


@tools.needs_device
def test_weights_are_packed_here_as_a_device_packs_them():
    """By every kind of NAME_pack that OpenCL has, bit for bit."""
    kernels = []
    for target, dtype, changes in itertools.product(
            ("opencl-cpu", "opencl-gpu", "opencl-sm80"), ELEMENTS,
            ({"ic": 9}, {"ic": 20, "g": 20}, {"ic": 16, "oc": 16, "g": 4}, {"ic": 18, "oc": 3})):
        spec = SPEC.replace(**changes, dtype=dtype, activation="prelu")
        for algorithm in ALGORITHMS.values():
            most = 120 if algorithm.NAME == "winograd" else 1
            plans = [*itertools.islice(algorithm.plans(spec, NAMED[target]), most)]
            sizes = {getattr(plan.choices, "m", 0): plan for plan in plans}  # of Winograd's tiles
            kernels += [render(sizes[m], f"k{len(kernels)}_{m}") for m in {min(sizes), max(sizes)}] if sizes else []
    others = {"modular", "matrix", "fourier", "col2im", "gradient", "implicit_gradient", "chain",
              "pooling"}  # of integers, in C, and with nothing to pack
    assert {kernel.plan.algorithm for kernel in kernels} == ALGORITHMS.keys() - others
    pack = Packer(kernels)
    some = {(one.plan.algorithm, one.plan.target.is_gpu, one.name.partition("_")[2]): one
            for one in reversed(kernels)}  # the first: of f32
    some |= {one.spec.dtype: one for one in kernels if one.plan.algorithm == "implicit"}
    for kernel in some.values():
        given = arrays(kernel.spec)
        conv = kernel.compile()
        conv.pack(**given)
        _, (_, packed, _) = conv.__reduce__()
        assert pack(kernel, given) == packed, kernel.title


def test_weights_for_sums_of_halfs_are_refused(place):  # noqa: F811
    """C has no such numbers."""
    device = NAMED["opencl-sm80"]
    spec = SPEC.replace(dtype="f16")
    kernel = render(next(ALGORITHMS["direct"].plans(spec, device.halved)), "k")
    with pytest.raises(UnsupportedError, match=r"sums must be in f32 .*: f16\)"):
        Packer([kernel])


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


# --- layers that sum integers ---


QUANTISED = ConvSpec(ic=3, oc=20, ih=9, iw=9, kh=3, kw=3, padding="half", layout="nhwc", dtype="u8:s8:u8", input_zero=9)


def stored(given):
    """The options that name the files of arrays."""
    words = []
    for role, array in given.items():
        np.save(f"{role}.npy", array)
        words += [f"--{role}", f"{role}.npy"]
    return words


@here
@pytest.mark.parametrize("rounding", ["half-even", "tflite"])
def test_integers_with_their_arrays_compute(place, rounding):  # noqa: F811
    """Bit for bit; and the proof is of these weights."""
    spec = QUANTISED.replace(rounding=rounding)
    given = exactness.drawn(spec, np.random.default_rng(3))
    x = given.pop("input")
    words = stored(given | {"scale": given["scale"].astype(np.float32)})
    given["scale"] = given["scale"].astype(np.float32).astype(spec.scale.dtype)
    run("generate", f'{TEXT}n"stem"', *FLAGS, "--dtype", spec.dtype, "--input-zero", 9, "--rounding", rounding, *words)
    y = np.full(spec.output_shape, 0x55, np.uint8)
    command(place / "out", tools.CC[0], "-std=c99", "-O0", "-shared", "-fPIC", *STRICT, "stem.c", "stem_layer.c", "-o",
            "stem.so")
    workspace = np.zeros(1 << 20, np.uint8)  # which must outlive the call
    arguments = [ctypes.c_void_p(one.ctypes.data) for one in (x, y, workspace)]
    ctypes.CDLL(str(place / "out" / "stem.so")).stem(*arguments, 1)
    assert np.array_equal(y, oracle.convolve(spec, x, **given).y)
    known = proof.known(spec, given["weights"], given["bias"])
    told = f"Proof     {known.least} <= v <= {known.largest} in channel {known.channel}"
    assert told in (place / "out/stem.c").read_text()
    assert json.loads((place / "out/stem.json").read_text())["sums"] == msgspec.to_builtins(known)
    run("verify", "out")


@here
def test_weights_make_a_long_layer_legal(place):  # noqa: F811
    """Any weights of 70000 products could overflow, these cannot; and others do."""
    weights = np.zeros((1, 1, 70000, 2), np.int8)
    weights[..., :9, 1] = -128
    given = {"weights": weights, "bias": np.array([5, -7], np.int32), "scale": np.float32(1.5)}
    layer = ("generate", 'ic70000ih1oc2kh1n"end"', "--layout", "nhwc", "--target", "scalar", "--dtype", "u8:s8:u8",
             "--no-verify", "-o", "out")
    run(*layer, *stored(given))
    largest = 9 * 128 * 255 + 7
    assert f"{-largest} <= v <= 0 in channel 1" in (place / "out/end.c").read_text()
    plan = json.loads((place / "out/end_layer.json").read_text())
    assert plan["plan"]["spec"]["largest_sum"] == plan["proof"]["products"] == largest
    weights[..., 1] = 127
    said = run(*layer, *stored(given), "--force", code=3)
    assert f"end: sums must stay in s32, up to 2147483647 (channel 1: from -7 to {70000 * 127 * 255})" in said.stderr


@here
@pytest.mark.parametrize(("largest", "promised", "m"), [(9, 2**25 - 1, 4), (127, None, 3)])
def test_weights_admit_larger_tiles(place, largest, promised, m):  # noqa: F811
    """F(4x4, 3x3) modulo 2^32 is exact for sums below 2^25: these weights keep to that, others of their type do not."""
    given = {"weights": np.full((3, 3, 128, 16), largest, np.int8), "bias": np.full(16, 5, np.int32),
             "scale": np.float32(1e-4)}
    run("generate", 'ic128ih12oc16kh3ph1n"mid"', "--layout", "nhwc", "--target", "x86-64-v3", "--dtype", "u8:s8:u8",
        "--algorithm", "modular", "-o", "out", *stored(given))
    made = json.loads((place / "out/mid_layer.json").read_text())
    assert (made["plan"]["spec"].get("largest_sum"), made["plan"]["m"]) == (promised, m)
    assert made["proof"]["products"] == (promised or 1152 * 255 * 128)
    run("verify", "out")


@here
@pytest.mark.parametrize(("changes", "told"), [
    ({"scale": np.zeros(20, np.float32)}, "scale must be positive normal numbers of f32 (scale[0]=0)"),
    ({"scale": np.full(20, -1, np.float32)}, "scale must be positive normal numbers of f32 (scale[0]=-1)"),
    ({"scale": np.array([1] * 19 + [np.nan], np.float32)},
     "scale must be positive normal numbers of f32 (scale[19]=nan)"),
    ({"scale": np.full(20, np.inf, np.float32)}, "scale must be positive normal numbers of f32 (scale[0]=inf)"),
    ({"scale": np.full(20, 1e-40, np.float32)}, "scale must be positive normal numbers of f32 (scale[0]=9.99995e-41)"),
    ({"scale": np.ones(19, np.float32)}, "scale must have shape (20,) (scale.shape=(19,))"),
    ({"scale": None}, "scale must be given (scale=None)"),
    ({"weights": np.zeros((3, 3, 3, 20), np.uint8)}, "weights must be int8 in native byte order"),
    ({"bias": np.zeros(20, np.int64)}, "bias must be int32 in native byte order"),
    ({"bias": np.zeros(21, np.int32)}, "bias must have shape (20,) (bias.shape=(21,))"),
    ({"bias": np.full(20, 2**31 - 1, np.int32)},
     "sums must stay in s32, up to 2147483647 (channel 2: from -223326 to 2147806276)"),
], ids=str)
def test_bad_arrays_of_integers(place, changes, told):  # noqa: F811
    given = exactness.drawn(QUANTISED, np.random.default_rng(3)) | changes
    del given["input"]
    words = stored({role: array for role, array in given.items() if array is not None})
    said = run("generate", f'{TEXT}n"stem"', *FLAGS, "--dtype", "u8:s8:u8", "--input-zero", 9, *words, code=2)
    assert f"stem: {told}" in said.stderr
    assert said.stderr.count("\n") == 1
    assert not (place / "out").exists()
