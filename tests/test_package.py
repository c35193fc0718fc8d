"""A package: its texts, its library in a debugger's eyes, its dispatcher on other CPUs, and projects that use it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import emulated
import numpy as np
import pytest
import tools
from click.testing import CliRunner
from test_emitted import CASES, WARNINGS

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.api import generate, render
from convgen.commands import package as packaging
from convgen.commands.main import main
from convgen.errors import InputError, UnsupportedError, VerificationError
from convgen.layer.element import ARITHMETICS, ELEMENTS
from convgen.layer.network import DistinctLayer, Network, Use
from convgen.machine.rows import C_ROWS
from convgen.machine.target import NAMED
from convgen.packaging import bundle, embed
from convgen.packaging import files as package
from convgen.verification import compare, exactness, golden, oracle

OUTSIDE = Path(__file__).resolve().parent / "outside"
V3, V4, BOTH = "x86-64-v3", "x86-64-v4", "x86-64-v3,x86-64-v4"

STEM = {"ic": 3, "ih": 20, "iw": 20, "oc": 19, "kh": 7, "kw": 7, "sh": 2, "sw": 2, "padding": "half",
        "activation": "relu"}
LAYERS = {
    "stem": STEM,
    "mid": {"ic": 19, "ih": 10, "iw": 10, "oc": 24, "kh": 3, "kw": 3, "padding": "half", "residual": True,
            "activation": "silu", "layout": "nhwc"},
    "square": {"ic": 16, "ih": 13, "iw": 14, "oc": 24, "kh": 3, "kw": 3, "padding": "half"},  # by Winograd's algorithm
    "dw": {"g": 24, "ic": 24, "ih": 10, "iw": 10, "oc": 24, "kh": 3, "kw": 3, "padding": "half", "layout": "nhwc",
           "activation": "leaky-relu(0.1)"},
    "pre": {"ic": 6, "ih": 9, "iw": 20, "oc": 19, "kh": 3, "kw": 3, "padding": "half", "activation": "prelu"},
    "line": {"ic": 4, "iw": 40, "oc": 6, "kw": 5, "flip": True, "bias": False, "n": 2, "weights_layout": "ohwi"},
    "up": {"g": 2, "ic": 6, "ih": 7, "iw": 9, "oc": 8, "kh": 3, "kw": 4, "sh": 2, "sw": 2, "top": 1, "bottom": -1,
           "left": 1, "right": 1, "op": "transposed", "layout": "nhwc"},
    "same_up": {"ic": 16, "ih": 13, "iw": 14, "oc": 24, "kh": 3, "kw": 3, "padding": "same", "op": "transposed"},
}

WORDS = {f"{name}_{dtype}": {**LAYERS[name], "dtype": dtype} for dtype in ELEMENTS if dtype != "f32"
         for name in LAYERS if name != "same_up"}


def network(layers=("stem",), weights=False, name="tiny"):
    rng = np.random.default_rng(1)
    parts = []
    for label in layers:
        spec = ConvSpec(**(LAYERS | WORDS)[label])
        made = {array.role: (rng.standard_normal(array.shape) / 4).astype(array.element.dtype)
                for array in spec.arrays if array.when == "pack"}
        if spec.slopes:
            made["slopes"] *= 40  # beyond 1, too
        use = Use(label, **made) if weights else Use(label)
        parts.append(DistinctLayer(label, spec, (use,)))
    return Network(name, tuple(parts))


def packaged(found, targets=BOTH, weights="none", **options):
    """The package of a network, without the command around it."""
    embedded, chosen = weights == "embed", bundle.targets(targets)
    symbols = bundle.symbols(found, found.name, [target.isa for target in chosen], embedded)
    layers = tuple(
        bundle.layer(bundle.Job(symbol, part, chosen, tuple(targets.split(",")), None, generate,
                                {"records": False, **options}))
        for symbol, part in zip(symbols.parts, found.parts, strict=True))
    convolutions = packaging._convolutions(layers, symbols.uses) if embedded else ()
    return bundle.Package(found.name, chosen, layers, convolutions, found.left)


@cache
def texts(layers=("stem",), targets=BOTH, weights="none"):
    return package.files(packaged(network(layers, weights == "embed"), targets, weights))


def save(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def run(*command, cwd=None, **environment):
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False,
                          env={**os.environ, **{name: str(value) for name, value in environment.items()}})
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """All layers with weights, for two instruction sets and plain C, built by the Makefile."""
    folder = save(tmp_path_factory.mktemp("built"), texts(tuple(LAYERS), BOTH, "embed"))
    run("make", "-j2", "all", "build/tiny_selftest", "CFLAGS=-O0", cwd=folder)
    return folder


needs_make = tools.needs(tools.make)


# --- texts ---


def test_files_say_where_they_come_from_and_what_they_may_be_used_for():
    made = texts(tuple(LAYERS), BOTH, "embed")
    assert set(made) >= {"include/tiny.h", "src/tiny_dispatch.c", "src/tiny_layer_stem_avx512.c", "src/tiny_stem.c",
                         "test/tiny_selftest.c", "CMakeLists.txt", "meson.build", "Makefile", "manifest.json"}
    for path, text in made.items():
        assert "SPDX-License-Identifier" in text, path
        assert "0BSD" in text, path
        assert not re.search(r"[ \t]$|\n\n\n", text, re.MULTILINE), path
    assert list(made)[-1] == "manifest.json"


def test_the_same_bytes_again():
    assert package.files(packaged(network())) == texts()


def test_manifest():
    made = texts(tuple(LAYERS), BOTH, "embed")
    manifest = json.loads(made["manifest.json"])
    assert manifest["sha256"] == {path: sha256(text.encode()).hexdigest()
                                  for path, text in made.items() if path != "manifest.json"}
    assert [entry["isa"] for entry in manifest["isas"]] == ["scalar", "avx2", "avx512"]
    assert [layer["layer"] for layer in manifest["layers"]] == list(LAYERS)
    for layer in manifest["layers"]:
        assert layer["bytes"]["packed"] == max(kernel["bytes"]["packed"] for kernel in layer["kernels"])
        assert [kernel["plan"]["target"]["isa"] for kernel in layer["kernels"]] == ["scalar", "avx2", "avx512"]
        assert all(kernel["bound"]["roundings"] > 1 for kernel in layer["kernels"])
    assert manifest["convolutions"][0]["bytes"].keys() == {"scalar", "avx2", "avx512"}


def test_sizes_are_the_largest_of_all():
    made = packaged(network(("square",)))
    (layer,) = made.layers
    header = package.files(made)["include/tiny.h"]
    packed = [kernel.packed_bytes for kernel in layer.kernels]
    assert len(set(packed)) > 1
    assert f"#define tiny_square_PACKED_BYTES {max(packed)}\n" in header
    assert f"#define tiny_square_PHASES {max(len(kernel.phases) for kernel in layer.kernels)}\n" in header


def test_a_fallback_that_nobody_asked_for_is_small():
    (layer,) = packaged(network(("square",))).layers
    assert [kernel.plan.algorithm for kernel in layer.kernels] == ["direct", "winograd", "winograd"]
    (layer,) = packaged(network(("square",)), "scalar,x86-64-v3").layers
    assert layer.kernels[0].plan.algorithm == "winograd"


def test_what_is_not_included_is_listed():
    found = network()._replace(left=("n3 MaxPool: not a convolution",))
    files = package.files(packaged(found, "scalar"))
    assert " * The model has 1 other operations" in files["include/tiny.h"]
    assert json.loads(files["manifest.json"])["left"] == ["n3 MaxPool: not a convolution"]


# --- names ---


def parts(*names):
    return Network("net", tuple(DistinctLayer(name, ConvSpec(ic=1, oc=1, iw=3, kw=1), (Use(name),)) for name in names))


@pytest.mark.parametrize(("names", "symbols"), [
    (("a", "A"), ("net_a", "net_A_2")),  # files of one name on some systems
    (("a", "a_pack"), ("net_a", "net_a_pack_2")),
    (("a", "a_avx2"), ("net_a", "net_a_avx2_2")),
    (("a_scalar_pack", "a"), ("net_a_scalar_pack", "net_a_2")),
    (("isa", "force"), ("net_isa_2", "net_force_2")),
    (("selftest", "ISA_AVX2"), ("net_selftest_2", "net_ISA_AVX2_2")),
    (("a", "a_tasks", "a_PHASES"), ("net_a", "net_a_tasks_2", "net_a_PHASES_2")),
])  # fmt: skip
def test_symbols_that_would_meet(names, symbols):
    assert bundle.symbols(parts(*names), "net", ["scalar", "avx2"], False).parts == symbols


def test_long_names_stay_identifiers():
    found = parts("x" * 120 + "a", "x" * 120 + "b")
    chosen = bundle.symbols(found, "net", ["scalar", "avx512"], True)
    assert len(set(chosen.parts) | set(chosen.uses.values())) == 4
    assert all(len(f"{symbol}_avx512_phases") <= 128 for symbol in (*chosen.parts, *chosen.uses.values()))


def test_embedded_convolutions_have_the_plain_names():
    chosen = bundle.symbols(parts("a"), "net", ["scalar"], True)
    assert (chosen.parts, chosen.uses) == (("net_layer_a",), {"a": "net_a"})


# --- targets ---


@pytest.mark.parametrize(("names", "isas"), [
    ("x86-64-v3", ["scalar", "avx2"]), ("x86-64-v4,x86-64-v3", ["scalar", "avx2", "avx512"]), ("scalar", ["scalar"]),
    ("aarch64,scalar", ["scalar", "neon"]), (" x86-64-v3 , scalar", ["scalar", "avx2"]), ("opencl-cpu", ["cl8"]),
])  # fmt: skip
def test_targets(names, isas):
    assert [target.isa for target in bundle.targets(names)] == isas


@pytest.mark.parametrize(("names", "error", "text"), [
    ("x86-64-v3,aarch64", InputError, r"one architecture \(x86-64-v3: x86-64, aarch64: aarch64\)"),
    ("aarch64,scalar,x86-64-v4", InputError, r"one architecture \(aarch64: aarch64, x86-64-v4: x86-64\)"),
    ("x86-64-v5", InputError, "target must be one of"),
    ("", InputError, "target must be one of"),
    ("opencl-cpu,scalar", UnsupportedError, r"one OpenCL target, or for CPUs \(target='opencl-cpu,scalar'\)"),
])  # fmt: skip
def test_targets_that_cannot_be(names, error, text):
    with pytest.raises(error, match=text):
        bundle.targets(names)


def test_every_feature_of_every_row_can_be_asked_for():
    for row in C_ROWS.values():
        assert all(row.family.features[name].test for name in row.features) or row.family.name != "x86-64"
        assert bool(row.family.macros) == bool(row.features) == bool(row.requires)
        assert bool(row.requires) == (row.name not in ("scalar", "cortex_m4", "cortex_m7", "cortex_m0"))  # plain C


# --- data that C draws too ---


def test_a_checksum_sees_one_bit_and_an_exchange_but_no_sign_of_zero():
    y = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    total = golden.checksum(y)
    for at in range(1000):
        other = y.copy()
        other.view(np.uint32)[at] ^= np.uint32(1 << at % 32)
        assert golden.checksum(other) != total
    assert golden.checksum(np.concatenate([y[1:2], y[:1], y[2:]])) != total
    assert golden.checksum(np.array([0.0, 1.0], np.float32)) == golden.checksum(np.array([-0.0, 1.0], np.float32))


def test_every_recipe_is_exact():
    """Direct sums and products between transforms give the oracle's bits on their recipes."""
    for name in ("groups-1d", "winograd-phases", "winograd-edges-tails"):
        fields, target, algorithm, wanted = CASES[name]
        spec = ConvSpec(**{**fields, "activation": "none"})
        plan = next(filter(wanted, ALGORITHMS[algorithm].plans(spec, NAMED[target])))
        found = golden.recipe(plan)
        assert found is not None
        arrays = golden.arrays(spec, found)
        assert all(map(np.count_nonzero, arrays.values()))
        if plan.target.runs_here():
            conv = render(plan).compile(opt="O0")
            compare.pack(conv, arrays)
            y = compare.run(conv, arrays)
            assert golden.checksum(y) == golden.golden(spec, found).total
            assert np.array_equal(y, oracle.convolve(spec, **arrays).y)


# --- weights ---


def test_packed_weights_are_those_of_the_kernel():
    """Of every kind of NAME_pack, for kernels that run here and for those that do not."""
    rng = np.random.default_rng(0)
    kernels = []
    for name, (fields, target, algorithm, wanted) in CASES.items():
        spec = ConvSpec(**fields)
        for at in dict.fromkeys([target, "aarch64", "scalar"]):
            plan = next(filter(wanted, ALGORITHMS[algorithm].plans(spec, NAMED[at])), None)
            if plan:
                kernels.append(render(plan, f"{name}_{plan.target.isa}".replace("-", "_")))
    assert {kernel.plan.target.isa for kernel in kernels} == {"avx2", "neon", "scalar"}
    assert {kernel.plan.algorithm for kernel in kernels} >= {"direct", "dot", "depthwise", "grouped", "winograd"}
    pack = embed.Packer(kernels)
    for kernel in kernels:
        spec = kernel.spec
        given = {array.role: (1 + 9 * rng.random(array.shape)).astype(array.element.dtype)
                 for array in spec.arrays if array.when == "pack"}
        packed = np.frombuffer(pack(kernel, given), np.uint8)
        assert packed.nbytes == kernel.packed_bytes
        if kernel.name in ("copy_ow_phases_scalar", "dot_scalar", "winograd_phases_scalar", "winograd_turned_avx2",
                           "weights_winograd_avx2") and kernel.plan.target.runs_here():
            conv = kernel.compile(opt="O0")
            conv.pack(**given)
            assert np.array_equal(np.frombuffer(conv._ffi.buffer(conv._packed), np.uint8), packed)


def test_bytes_as_strings():
    data = bytes(range(256)) * 5 + b'??=\\"\n0123'
    text = embed.c_bytes(data)
    assert text.isascii()
    assert "??" not in text
    lines = re.findall(r'^    "(.*)" ROW$', text, re.MULTILINE)
    assert len(lines) == len(text.splitlines()) == 3
    read = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), "".join(lines))
    assert read.encode("latin-1") == data


# --- the library ---


@needs_make
def test_the_library_tests_itself(built):
    said = run(built / "build/tiny_selftest")
    for target in bundle.targets(BOTH):
        here = target.runs_here()
        for name in [f"layer_{name}" for name in LAYERS] + list(LAYERS):
            assert (re.search(rf"^ok {target.isa}: tiny_{name}, ", said, re.MULTILINE) is not None) == here
    assert said.endswith("ok: 0 wrong\n")
    assert "no numbers are" not in said


@needs_make
@pytest.mark.parametrize("words", [pytest.param((*WORDS,), marks=pytest.mark.sweep), (*WORDS,)[::4]],
                         ids=["all", "some"])
def test_a_library_of_words_tests_itself(words, tmp_path):
    """Layers of f16, bf16 and f32 in one library, which nothing warns of."""
    mixed = ("stem", *words)
    targets = f"{BOTH},x86-64-v4-bf16"
    folder = save(tmp_path, texts(mixed, targets, "embed"))
    assert "uint16_t holds f16, " in (folder / "include/tiny.h").read_text()
    strict = "-O0 -Wall -Wextra -Wpedantic -Wconversion -Werror"
    run("make", "-j2", "all", "build/tiny_selftest", f"CFLAGS={strict}", cwd=folder)
    said = run(folder / "build/tiny_selftest")
    for target in bundle.targets(targets):
        for name in [f"layer_{name}" for name in mixed] + list(mixed):
            assert (re.search(rf"^ok {target.isa}: tiny_{name}, ", said, re.MULTILINE) is not None) == \
                target.runs_here(ARITHMETICS["f16"]), name
    assert said.endswith("ok: 0 wrong\n")
    assert said.count("exact: ok") > said.count("exact: no numbers are")
    features = {one["isa"]: one["features"] for one in json.loads((folder / "manifest.json").read_text())["isas"]}
    assert "f16c" in features["avx2"]
    assert "avx512bw" in features["avx512"]
    assert "avx512_bf16" in features["avx512bf16"]


@needs_make
@pytest.mark.parametrize("fault", ["(magnitude - (112u << 23) + 0x0fffu", "0x7fffu + (bits.u >> 16 & 1u)"])
def test_a_self_test_sees_words_that_are_rounded_wrong(fault, tmp_path):
    folder = save(tmp_path, texts(("stem_f16", "stem_bf16"), "scalar"))
    for path in (folder / "src").glob("tiny_stem*_scalar.c"):
        path.write_text(path.read_text().replace(fault, fault.replace("fffu", "000u")))
    run("make", "build/tiny_selftest", "CFLAGS=-O0", cwd=folder)
    done = subprocess.run([folder / "build/tiny_selftest"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "FAILED scalar: tiny_stem" in done.stdout


@tools.needs(tools.qemu_x86_64)
@needs_make
@pytest.mark.parametrize(("cpu", "isas"), [
    ("Nehalem", {"scalar"}), ("Haswell", {"scalar", "avx2"}), ("SandyBridge", {"scalar"}), ("Haswell,-fma", {"scalar"}),
    ("Haswell,-xsave", {"scalar"}),
])  # fmt: skip
def test_no_cpu_meets_an_instruction_that_it_lacks(built, cpu, isas):
    said = run("qemu-x86_64", "-cpu", cpu, built / "build/tiny_selftest")
    assert set(re.findall(r"^ok (\w+): tiny", said, re.MULTILINE)) == isas
    assert set(re.findall(r"^skip (\w+)", said, re.MULTILINE)) == {"scalar", "avx2", "avx512"} - isas


CHOICE = """
#include <pthread.h>
#include <stdio.h>
#include "tiny.h"

static void *ask(void *found)
{
    *(int *)found = tiny_isa();
    return NULL;
}

int main(void)
{
    pthread_t threads[8];
    int found[8];
    for (int i = 0; i < 8; ++i) pthread_create(&threads[i], NULL, ask, &found[i]);
    for (int i = 0; i < 8; ++i) pthread_join(threads[i], NULL);
    for (int i = 1; i < 8; ++i) if (found[i] != found[0]) return 1;
    printf("%s", tiny_isa_name(tiny_isa()));
    for (int isa = -1; isa <= tiny_ISAS; ++isa) {
        const int before = tiny_isa(), refused = tiny_force(isa);
        if (tiny_isa() != (refused ? before : isa)) return 2;
        printf(" %d", refused);
    }
    printf(" %d\\n", tiny_isa_name(-1) == NULL && tiny_isa_name(tiny_ISAS) == NULL);
    return 0;
}
"""


@tools.needs(tools.c, "cc", "-pthread")
@needs_make
def test_the_choice(built, tmp_path):
    (tmp_path / "choice.c").write_text(CHOICE)
    run("cc", "-std=c99", *WARNINGS, f"-I{built}/include", "choice.c", built / "build/libtiny.a", "-pthread",
        "-o", "choice", cwd=tmp_path)  # fmt: skip
    here = [target.isa for target in bundle.targets(BOTH) if target.runs_here()]
    refused = [0 if isa in here else -1 for isa in ("scalar", "avx2", "avx512")]
    assert run(tmp_path / "choice").split() == [here[-1], *map(str, [-1, *refused, -1, 1])]
    if not tools.qemu_x86_64():
        said = run("qemu-x86_64", "-cpu", "Nehalem", tmp_path / "choice")
        assert said.split() == ["scalar", "-1", "0", "-1", "-1", "-1", "1"]


@tools.needs(tools.binutils, "nm")
@needs_make
def test_names_in_the_libraries(built):
    def names(*options):
        lines = [line.split() for line in run("nm", "--defined-only", *options).splitlines()]
        return {words[2] for words in lines if len(words) == 3}

    assert all(name.startswith("tiny_") for name in names("-g", built / "build/libtiny.a"))
    header = (built / "include/tiny.h").read_text()
    documented = set(re.findall(r"^tiny_API [\w *]*?\b(tiny_\w+)\(", header, re.MULTILINE))
    assert names("-D", built / "build/libtiny.so") == documented
    assert len(documented) == 3 + 4 * len(LAYERS) + 2 * len(LAYERS)


@pytest.mark.parametrize("cc", tools.CC)
def test_clean_under_every_warning(cc, tmp_path):
    made = texts(tuple(LAYERS), BOTH, "embed")
    save(tmp_path, made)
    files = [path for path in made if re.search(r"dispatch|selftest|tiny_[a-z]+\.c$", path)]
    for path in [*files, "src/tiny_layer_mid_avx2.c"]:
        run(cc, "-std=c99", "-O1", *WARNINGS, "-Iinclude", "-Isrc", "-c", path, "-o", "x.o", cwd=tmp_path)


@tools.needs(tools.cpp, "g++", "c++98")
def test_cpp_can_include_it(tmp_path):
    save(tmp_path, texts())
    (tmp_path / "x.cpp").write_text('#include "tiny.h"\nint main() { return tiny_isa() < 0; }\n')
    run("g++", "-std=c++98", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Iinclude", "-c", "x.cpp", cwd=tmp_path)


@tools.needs(tools.openmp, "cc", *tools.SANITIZERS)
@needs_make
def test_no_more_threads_than_a_workspace_is_for(tmp_path):
    """Whatever OpenMP is set to: the self-test, and somebody else's program, which frees nothing."""
    flags = ("-fopenmp", *tools.SANITIZERS)
    found = network(("stem",))
    batch = DistinctLayer("batch", ConvSpec(**LAYERS["square"], n=3), (Use("batch"),))
    made = packaged(found._replace(parts=(*found.parts, batch)), V3)
    kernel = made.layers[1].kernels[-1]
    assert kernel.scratch_bytes > 0  # for each of more tasks than the self-test has workers
    assert kernel.phases[0] > 8
    save(tmp_path, package.files(made))
    run("make", "-j2", "build/tiny_selftest", "OPENMP=1", f"CFLAGS=-O0 {' '.join(flags)}", cwd=tmp_path)
    assert run(tmp_path / "build/tiny_selftest", **tools.EIGHT).endswith("ok: 0 wrong\n")
    run("cc", *flags, "-Iinclude", OUTSIDE / "main.c", "build/libtiny.a", "-o", "outside", cwd=tmp_path)
    assert run(tmp_path / "outside", **tools.EIGHT, ASAN_OPTIONS="detect_leaks=0") == expected()


# what -> (file, what is there, what is planted): each makes the self-test fail
BUGS = {
    "a sum": ("src/tiny_stem_scalar.c", r"acc1_0 = \*\(bias\)", "acc1_0 = *(bias) + 1.0f"),
    "packing": ("src/tiny_stem_avx2.c", r"bias\[oc\] : 0\.0f", "-bias[oc] : 0.0f"),
    "not written": ("src/tiny_stem_scalar.c", r"output\[j \* 100 \+ 1\] = spread\[1\]\[j\];", "(void)0;"),
    "activation": ("src/tiny_stem_scalar.c", r"max_f32\(0\.0f, v\)", "max_f32(-0.125f, v)"),
    "dispatch": ("src/tiny_dispatch.c", r"tiny_stem_avx2_pack,", "tiny_stem_scalar_pack,"),
}


@needs_make
@pytest.mark.skipif(not NAMED[V3].runs_here(), reason="needs AVX2")
def test_planted_bugs_are_found(tmp_path):
    whole = texts(("stem",), V3)
    for what, (path, there, planted) in BUGS.items():
        wrong, count = re.subn(there, planted, whole[path], count=1)
        assert count, what
        with pytest.raises(VerificationError, match="self-test: FAILED"):
            packaging.selftest("tiny", {**whole, path: wrong}, NAMED["scalar"])


# --- projects that use it ---


def expected():
    return f"1 {bundle.targets(V3)[-1].isa if NAMED[V3].runs_here() else 'scalar'}\n"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save(tmp_path_factory.mktemp("tiny"), texts(("stem",), V3))


@tools.needs(tools.cmake)
@pytest.mark.parametrize("shared", ["OFF", pytest.param("ON", marks=pytest.mark.sweep)])
def test_cmake_add_subdirectory(tiny, shared, tmp_path):
    run("cmake", "-S", OUTSIDE, "-B", tmp_path, f"-DTINY={tiny}", f"-DBUILD_SHARED_LIBS={shared}")
    run("cmake", "--build", tmp_path)
    assert run(tmp_path / "outside") == expected()


@tools.needs(tools.cmake, "OpenMP")
@pytest.mark.parametrize("shared", [pytest.param("OFF", marks=pytest.mark.sweep), "ON"])
def test_cmake_find_package(tiny, shared, tmp_path):
    run("cmake", "-S", tiny, "-B", tmp_path / "lib", f"-DCMAKE_INSTALL_PREFIX={tmp_path}/prefix",
        f"-DBUILD_SHARED_LIBS={shared}", "-Dtiny_SELFTEST=ON", "-Dtiny_OPENMP=ON")  # fmt: skip
    run("cmake", "--build", tmp_path / "lib")
    assert "100% tests passed" in run("ctest", "--test-dir", tmp_path / "lib")
    run("cmake", "--install", tmp_path / "lib")
    run("cmake", "-S", OUTSIDE, "-B", tmp_path / "out", f"-DCMAKE_PREFIX_PATH={tmp_path}/prefix")
    run("cmake", "--build", tmp_path / "out")
    assert run(tmp_path / "out/outside") == expected()


@tools.needs(tools.pkg_config)
@needs_make
@pytest.mark.parametrize("openmp", [pytest.param("", marks=tools.needs(tools.c, "cc", "-static")),
                                    pytest.param("1", marks=tools.needs(tools.openmp, "cc", "-static"))])
def test_make_install_and_pkg_config(tiny, openmp, tmp_path):
    shutil.copytree(tiny, tmp_path / "tiny")
    run("make", "-j2", "check", f"OPENMP={openmp}", "CFLAGS=-O0", cwd=tmp_path / "tiny")
    run("make", "install", f"OPENMP={openmp}", "CFLAGS=-O0", f"PREFIX={tmp_path}/prefix", cwd=tmp_path / "tiny")
    for static in ([], ["--static"]):
        flags = run("pkg-config", *static, "--cflags", "--libs", "tiny",
                    PKG_CONFIG_PATH=tmp_path / "prefix/lib/pkgconfig").split()  # fmt: skip
        run("cc", OUTSIDE / "main.c", *flags, *["-static"] * bool(static), "-o", tmp_path / "outside")
        assert run(tmp_path / "outside", LD_LIBRARY_PATH=tmp_path / "prefix/lib") == expected()


@tools.needs(tools.meson)
@pytest.mark.parametrize("kind", [pytest.param("static", marks=pytest.mark.sweep), "shared"])
def test_meson(tiny, kind, tmp_path):
    """Installed, and found through pkg-config; and as a subproject."""
    prefix = tmp_path / "prefix"
    run("meson", "setup", tmp_path / "lib", tiny, f"--prefix={prefix}", "--libdir=lib", f"-Ddefault_library={kind}",
        "-Dselftest=true")  # fmt: skip
    assert "Ok:                 1" in run("meson", "test", "-C", tmp_path / "lib")
    run("meson", "install", "-C", tmp_path / "lib")
    shutil.copytree(OUTSIDE, tmp_path / "project")
    run("meson", "setup", tmp_path / "out", tmp_path / "project", PKG_CONFIG_PATH=prefix / "lib/pkgconfig")
    run("meson", "compile", "-C", tmp_path / "out")
    assert run(tmp_path / "out/outside", LD_LIBRARY_PATH=prefix / "lib") == expected()

    shutil.copytree(tiny, tmp_path / "project/subprojects/tiny")
    run("meson", "setup", tmp_path / "sub", tmp_path / "project", f"-Ddefault_library={kind}",
        "--force-fallback-for=tiny")  # fmt: skip
    run("meson", "compile", "-C", tmp_path / "sub")
    assert run(tmp_path / "sub/outside") == expected()


@needs_make
@tools.needs(emulated.hosted, "aarch64", "aarch64-linux-gnu-gcc", "-static")
def test_a_package_for_aarch64(tmp_path):
    """Each CPU finds what it has: Armv8, with dot products, with those of mixed signs."""
    save(tmp_path, texts(("stem", "mid"), "aarch64,aarch64-dotprod,aarch64-i8mm", "embed"))
    for cpu, isas in (("cortex-a53", ["neon"]), ("cortex-a76", ["neon", "neondot"]),
                      ("max", ["neon", "neondot", "neoni8mm"])):
        said = run("make", "-j2", "check", "CC=aarch64-linux-gnu-gcc", "CFLAGS=-O0 -static", "AR=aarch64-linux-gnu-ar",
                   f"RUN={emulated.emulator('aarch64')[0]} -cpu {cpu}", cwd=tmp_path)  # fmt: skip
        assert {(isa, name) for isa, name in re.findall(r"^ok (\w+): (\w+)", said, re.MULTILINE)} == {
            (isa, name) for isa in ("scalar", *isas)
            for name in ("tiny_layer_stem", "tiny_stem", "tiny_layer_mid", "tiny_mid")}


# --- the command ---


def convgen(*arguments):
    done = CliRunner().invoke(main, ["package", *map(str, arguments)])
    return SimpleNamespace(code=done.exit_code, out=done.stdout, err=done.stderr)


@pytest.fixture
def layers_file(tmp_path):
    rows = [{"name": name, **LAYERS[name]} for name in ("stem", "line")]
    (tmp_path / "tiny.json").write_text(json.dumps(rows))
    return tmp_path / "tiny.json"


def test_the_command(layers_file, tmp_path):
    folder = tmp_path / "lib"
    done = convgen("--layers", layers_file, "-o", folder, "--target", V3)
    assert (done.code, done.out) == (0, f"{folder}/include/tiny.h\n"), done.err
    if NAMED[V3].runs_here():
        assert "self-test passed: 2 layers, scalar, avx2" in done.err
    header = (folder / "include/tiny.h").read_text()
    assert "tiny_line(const float *input, const void *packed, float *output, void *workspace, int workers);" in header
    (folder / "Makefile").write_text("mine\n")
    done = convgen("--layers", layers_file, "-o", folder, "--target", V3, "--no-verify")
    assert done.code == 2
    assert "output must not exist and differ" in done.err
    assert (folder / "Makefile").read_text() == "mine\n"
    assert convgen("--layers", layers_file, "-o", folder, "--target", V3, "--no-verify", "--force").code == 0
    assert (folder / "Makefile").read_text() != "mine\n"


@pytest.mark.parametrize(("arguments", "code", "text"), [
    (["--target", "x86-64-v3,aarch64"], 2, "targets must be of one architecture"),
    (["--target", "opencl-cpu,opencl-gpu"], 3, "package must be for one OpenCL target"),
    (["--weights", "embed"], 2, "weights must come from a model"),
    (["--weights", "some"], 2, "weights must be none or embed or a file, .npz or .npy (weights='some')"),
    (["--weights", "some.npz"], 2, "weights must be a file that NumPy saved, .npy or .npz ('some.npz': No such file"),
    (["--name", "not a name"], 2, "name must be a C identifier"),
    (["-o", "-"], 2, "output must name a folder"),
    (["model.onnx"], 2, "model must be the only source"),
    (["--algorithm", "winograd"], 3, "stem"),
])  # fmt: skip
def test_what_it_refuses(layers_file, tmp_path, arguments, code, text):
    done = convgen(layers_file, "-o", tmp_path / "lib", *arguments)
    assert (done.code, text in done.err) == (code, True), done.err
    assert not (tmp_path / "lib").exists()


def test_a_package_for_another_machine_is_not_verified(tmp_path):
    other = "aarch64" if NAMED[V3].runs_here() else V3
    done = convgen("ic1iw9oc1kw3", "-o", tmp_path / "lib", "--target", other)
    assert done.code == 0
    assert "not verified: target must be one that this machine can run" in done.err
    assert convgen("ic1iw9oc1kw3", "-o", tmp_path / "lib", "--target", other, "--verify").code == 3


@pytest.mark.parametrize("target", ["scalar", "opencl-cpu"])
def test_weights_of_a_file(layers_file, tmp_path, target):
    """Those of each name, of layers that are given; bad ones are told."""
    rows = json.loads(layers_file.read_text())
    layers_file.write_text(json.dumps([*rows, {**rows[0], "name": "stem.again"}]))
    rng = np.random.default_rng(0)
    given = {f"{name}.{role}": (rng.standard_normal(shape) / 4).astype(np.float32)
             for name in ("stem", "stem.again", "line") for role, shape in
             (("weights", (19, 3, 7, 7) if name != "line" else (6, 5, 4)), ("bias", (19,))) if name != "line" or
             role == "weights"}
    np.savez(tmp_path / "w.npz", **given)
    folder = tmp_path / "lib"
    words = (layers_file, "--target", target, "--weights", tmp_path / "w.npz", "-o", folder)
    done = convgen(*words, "--depfile", tmp_path / "d")
    assert done.code == 0, done.err
    assert str(tmp_path / "w.npz") in (tmp_path / "d").read_text()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [(one["name"], one["layer"]) for one in manifest["convolutions"]] == [
        ("tiny_stem", "tiny_layer_stem"), ("tiny_stem_again", "tiny_layer_stem"), ("tiny_line", "tiny_layer_line")]
    if target == "scalar" or not tools.opencl_loader("cc"):
        assert "self-test passed: 2 layers" in done.err
    np.savez(tmp_path / "w.npz", **{name: array for name, array in given.items() if name != "stem.again.bias"})
    done = convgen(*words)
    assert (done.code, "stem.again: bias must be given" in done.err) == (2, True), done.err
    layers_file.write_text(json.dumps([*rows, {**rows[1], "name": "a.b"}, {**rows[1], "name": "a_b"}]))
    done = convgen(*words)
    assert (done.code, "name must differ from every other layer's in C ('a.b', 'a_b')" in done.err) == (2, True)


def test_a_report_of_a_package(tmp_path):
    """Of each layer the kernel for the best instruction set, as packaged."""
    save(tmp_path, texts(("stem", "mid"), BOTH))
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    done = CliRunner().invoke(main, ["report", str(tmp_path), "--no-verify", "-o", "-"])
    assert done.exit_code == 0, done.output
    for layer in manifest["layers"]:
        assert layer["kernels"][-1]["label"] in done.stdout
    assert "the page is of its best kernels; it has others for scalar, avx2" in done.stderr
    manifest["layers"][0]["spec"]["kh"] = 10**6
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    done = CliRunner().invoke(main, ["report", str(tmp_path), "--no-verify", "-o", "-"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "manifest must be as convgen wrote it" in done.stderr


# --- models ---

def light(name):
    onnx = pytest.importorskip("onnx")
    path = Path(onnx.__file__).with_name("backend") / "test/data/light" / f"light_{name}.onnx"
    return path if path.exists() else pytest.skip(f"needs {path.name}, of the onnx wheel")


def one_conv(folder):
    """A model of a convolution, whose output is the input of another and of a sum."""
    onnx = pytest.importorskip("onnx")
    from onnx import helper, numpy_helper

    rng = np.random.default_rng(3)
    w, b, v = (rng.standard_normal(shape).astype(np.float32) for shape in ((8, 4, 3, 3), (8,), (8, 8, 3, 3)))
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w", "b"], ["h"], name="first", pads=[1] * 4),
         helper.make_node("Conv", ["h", "v"], ["t"], name="second", pads=[1] * 4),
         helper.make_node("Add", ["t", "h"], ["s"]), helper.make_node("Relu", ["s"], ["y"]),
         helper.make_node("Softmax", ["y"], ["z"], name="last")],
        "two", [helper.make_tensor_value_info("x", 1, [1, 4, 9, 9])],
        [helper.make_tensor_value_info("z", 1, [1, 8, 9, 9])],
        [numpy_helper.from_array(array, name) for array, name in ((w, "w"), (b, "b"), (v, "v"))])  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), folder / "two.onnx")
    return folder / "two.onnx"


@pytest.mark.parametrize("command", [["package", "--layers-only"], ["generate"]], ids=["package", "generate"])
def test_the_layers_of_a_model_as_a_library(command, tmp_path):
    model = one_conv(tmp_path)
    done = CliRunner().invoke(main, [*command, str(model), "-o", str(tmp_path / "lib"), "--weights", "embed",
                                     "--target", V3])  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "2 convolutions, 2 different" in done.stderr
    header = (tmp_path / "lib/include/two.h").read_text()
    assert "two_first(const float *input, float *output, void *workspace, int workers);" in header
    assert "const float *input, const float *residual, float *output, void *workspace, int workers);" in header
    manifest = json.loads((tmp_path / "lib/manifest.json").read_text())
    assert len(manifest["left"]) == 1
    if NAMED[V3].runs_here():
        assert "self-test passed: 2 layers, scalar, avx2" in done.stderr


@needs_make
@pytest.mark.skipif(not NAMED[V3].runs_here(), reason="needs AVX2")
def test_wrong_weights_are_found(tmp_path):
    whole = texts(("stem",), V3, "embed")
    path = "src/tiny_stem.c"
    lines = whole[path].splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith('    "'))
    lines[first + 1] = lines[first]  # 512 bytes are those of others
    with pytest.raises(VerificationError, match="self-test: FAILED"):
        packaging.selftest("tiny", {**whole, path: "\n".join(lines) + "\n"}, NAMED["scalar"])


@pytest.mark.sweep
@needs_make
def test_resnet50_as_a_library(tmp_path):
    """Within what it should take: 27 layers, less than 2 MB of code for three instruction sets."""
    done = convgen(light("resnet50"), "-o", tmp_path, "--target", BOTH, "--no-verify", "--name", "resnet50")
    assert done.code == 0, done.err
    said = run("make", "-j2", "check", cwd=tmp_path)
    assert said.endswith("ok: 0 wrong\n")
    assert len(re.findall("^ok scalar: ", said, re.MULTILINE)) == 27
    text = sum(int(line.split()[0]) for line in run("size", tmp_path / "build/libresnet50.a").splitlines()[1:])
    assert text < 2_000_000


# --- for builds that take all files at once, and for C++ ---


CPP = [("gcc", "-std=c99"), ("g++", "-xc++", "-std=c++17"), ("clang++-19", "-xc++", "-std=c++17")]


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("command", CPP, ids=" ".join)
def test_two_libraries_in_one_unit_and_as_cpp(command, tmp_path):
    """All sources of two libraries, with weights inside, in one file; and the self-test, which is a program."""
    tools.require(tools.c(command[0]) if command[0] == "gcc" else tools.cpp(command[0], "c++17"))
    mixed = ("stem", next(iter(WORDS)))
    for name in ("tiny", "other"):
        made = packaged(network(mixed, True), BOTH, "embed")
        save(tmp_path / name, {path.replace("tiny", name): text.replace("tiny", name).replace("TINY", name.upper())
                               for path, text in package.files(made).items()})
    sources = [path for name in ("tiny", "other") for path in sorted((tmp_path / name / "src").glob("*.c"))]
    (tmp_path / "all.c").write_text("".join(f'#include "{path}"\n' for path in sources))
    places = [f"-I{name}/{part}" for name in ("tiny", "other") for part in ("include", "src")]
    strict = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", *places)
    for file in ("all.c", "tiny/test/tiny_selftest.c"):
        run(*command, *strict, "-O0", "-c", file, "-o", "out.o", cwd=tmp_path)


# --- layers that sum integers ---

QUANTISED = {
    "stem": {**STEM, "dtype": "u8:s8:u8", "input_zero": 3, "output_zero": 100, "layout": "nhwc"},
    "mid": {"ic": 19, "ih": 10, "iw": 10, "oc": 24, "kh": 3, "kw": 3, "padding": "half", "dtype": "s8:s8:s8",
            "rounding": "tflite", "layout": "nhwc", "bias": False},
    "end": {"ic": 24, "ih": 10, "iw": 10, "oc": 5, "kh": 1, "kw": 1, "dtype": "s8:s16:f32", "activation": "silu"},
    "sums": {"ic": 24, "ih": 10, "iw": 10, "oc": 5, "kh": 1, "kw": 1, "dtype": "u8:s8:s32", "out_stride": 9,
             "layout": "nhwc"},
    "moved": {"ic": 24, "ih": 10, "iw": 10, "oc": 5, "kh": 1, "kw": 1, "dtype": "s8:u8:f32", "weights_zero": 100,
              "input_zero": -9, "activation": "silu"},
    "added": {"ic": 24, "ih": 10, "iw": 10, "oc": 5, "kh": 1, "kw": 1, "dtype": "s8:s8:u8", "residual": True,
              "residual_scale": 0.3, "residual_zero": 200, "output_zero": 20},
    "added_real": {"ic": 24, "ih": 10, "iw": 10, "oc": 5, "kh": 1, "kw": 1, "dtype": "s8:s8:f32", "residual": True},
    "long": {"ic": 19, "ih": 10, "iw": 10, "oc": 24, "kh": 3, "kw": 3, "padding": "half", "dtype": "s16:s8:s16",
             "rounding": "tflite", "layout": "nhwc"},
    "by_input": {"g": 2, "ic": 10, "ih": 8, "iw": 9, "oc": 6, "kh": 3, "kw": 3, "padding": "half", "dtype": "u8:u8:u8",
                 "weights_layout": "iohw", "weights_zero": 100, "input_zero": 9},
    "up": {"g": 2, "ic": 10, "ih": 5, "iw": 6, "oc": 6, "kh": 3, "kw": 4, "sh": 2, "sw": 3, "dtype": "u8:s8:u8",
           "input_zero": 77, "rounding": "tflite", "op": "transposed", "layout": "nhwc"},
}


def quantised(weights, targets="scalar", layers=tuple(QUANTISED)):
    rng = np.random.default_rng(1)
    parts = []
    for label in layers:
        spec = ConvSpec(**QUANTISED[label])
        arrays = exactness.drawn(spec, rng)
        arrays = {array.role: arrays[array.role] for array in spec.arrays if array.when == "pack"}
        parts.append(DistinctLayer(label, spec, (Use(label, **arrays) if weights else Use(label),)))
    return packaged(Network("whole", tuple(parts)), targets, "embed" if weights else "none")


@pytest.mark.skipif(not tools.CC, reason="needs a C compiler")
@pytest.mark.parametrize("weights", [False, True], ids=["layers", "convolutions"])
def test_integers_are_tested_by_their_checksums(weights):
    files = package.files(quantised(weights))
    lines = packaging.selftest("whole", files, NAMED["scalar"], opt="O1")
    assert len(lines) == len(QUANTISED) * (1 + weights) + 1
    assert all(line.startswith("ok") for line in lines)
    assert "scale: of each output channel" in files["include/whole.h"]
    manifest = json.loads(files["manifest.json"])
    assert [layer["proof"]["terms"] for layer in manifest["layers"]] == [147, 171, 24, 24, 24, 24, 24, 171, 45, 20]
    assert all("sums" in one for one in manifest["convolutions"])
    if weights:
        assert "Proof " in files["src/whole_stem.c"]


@pytest.mark.skipif(not tools.CC, reason="needs a C compiler")
@pytest.mark.parametrize(("layer", "before", "after"), [
    ("stem", " * sum;", " * sum + 100;"), ("mid", "high + (high >> 31)", "high"),
    ("sums", "acc0_0 = *(bias)", "acc0_0 = 1 + *(bias)"), ("long", "1 << (14 - s)", "1 << (13 - s)"),
    ("up", "bias += pw", "bias += 0 * pw")],
    ids=["a bias", "ties", "a sum off by one", "the one rounding", "the bias of another phase"])
def test_the_self_test_sees_wrong_integers(layer, before, after):
    files = package.files(quantised(weights=False))
    path = f"src/whole_{layer}_scalar.c"
    broken = files[path].replace(before, after)
    assert broken != files[path]
    with pytest.raises(VerificationError, match=f"FAILED scalar: whole_{layer}, exact: WRONG"):
        packaging.selftest("whole", {**files, path: broken}, NAMED["scalar"], opt="O1")


@pytest.mark.skipif(not tools.CC, reason="needs a C compiler")
def test_integers_are_dispatched():
    """By what products need: the row of VNNI is not that of f32."""
    made = quantised(weights=True, targets="x86-64-v3,x86-64-v4-vnni", layers=("mid", "end", "long"))
    files = package.files(made)
    isas = {one["isa"]: one["features"] for one in json.loads(files["manifest.json"])["isas"]}
    assert "avx512vnni" in " ".join(isas["avx512vnni"]).replace("_", "")
    lines = packaging.selftest("whole", files, NAMED["x86-64-v3"], opt="O1")
    tested = {line.split()[1].strip(":") for line in lines if line.startswith("ok ")}
    assert tested >= {isa for isa, target in (("scalar", "scalar"), ("avx2", V3), ("avx512vnni", "x86-64-v4-vnni"))
                      if NAMED[target].runs_here()}
