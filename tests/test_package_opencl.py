"""A package for an OpenCL device: its texts, its self-test on a device, projects that use it, and what it refuses."""

from __future__ import annotations

import json
import re
import subprocess
from types import SimpleNamespace

import msgspec
import pytest
import test_package
import tools
from click.testing import CliRunner
from test_package import LAYERS, convgen, layers_file, network, packaged, parts, run, save  # noqa: F401
from test_records import CPU as CPU_INFO

from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.commands import package as packaging
from convgen.commands.main import main
from convgen.errors import MissingToolError, UnsupportedError, VerificationError
from convgen.machine import devices
from convgen.machine.target import NAMED
from convgen.packaging import bundle
from convgen.packaging import files as package
from convgen.plan.kernel import Function

CPU, GPU, SM80 = "opencl-cpu", "opencl-gpu", "opencl-sm80"
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror")

needs_opencl = tools.needs(tools.opencl_header)
needs_loader = tools.needs(tools.opencl_loader, "cc")
needs_make = tools.needs(tools.make)


@pytest.fixture(scope="module")
def made():
    """A package of each kind, once."""
    known = {}

    def get(layers=("stem", "mid"), target=CPU, weights="embed", **options):
        key = (layers, target, weights, *options.items())
        if key not in known:
            found = network(layers, weights == "embed")
            symbols = bundle.symbols(found, found.name, [bundle.OPENCL], weights == "embed")
            assert set(symbols.parts).isdisjoint(symbols.uses.values())
            known[key] = packaged(found, target, weights, **options)
        return known[key]

    return get


@pytest.fixture(scope="module")
def texts(made):
    return lambda *arguments, **options: package.files(made(*arguments, **options))


# --- texts ---


def test_files(texts):
    found = texts()
    assert {path for path in found if path.startswith(("include/", "src/"))} == {
        "include/tiny.h", *(f"{place}/tiny_{name}{ending}" for name in ("layer_stem", "layer_mid", "stem", "mid")
                            for place, ending in (("include", "_opencl.h"), ("src", "_opencl.c"))),
        "src/tiny_layer_stem.cl", "src/tiny_layer_mid.cl"}
    for path, text in found.items():
        assert "SPDX-License-Identifier" in text, path
        assert not re.search(r"[ \t]$|\n\n\n", text, re.MULTILINE), path
        if not path.endswith((".cl", "_opencl.c", "_opencl.h")):  # no words of what only CPUs have
            assert not re.search(r"openmp|dispatch|_isa|_ALIGN|cpuid", text, re.IGNORECASE), path
    header = found["include/tiny.h"]
    included = re.findall('#include "(.*)"', header)
    assert [f"include/{name}" for name in included] == [path for path in found if path.endswith("_opencl.h")]
    assert "tiny_layer_mid: mid\n   f32, input nhwc 1 x 10 x 10 x 19" in header


def test_a_layer_is_what_generate_writes(made, texts):
    for layer in made().layers:
        (kernel,) = layer.kernels
        assert kernel.name == layer.symbol
        for file, text in kernel.files.items():
            assert texts()[("include/" if file.endswith(".h") else "src/") + file] == text


def test_manifest(made, texts):
    manifest = json.loads(texts()["manifest.json"])
    assert manifest["isas"] == [{"isa": "cl8", "target": CPU, "features": []}]
    assert manifest["convolutions"][0]["bytes"] == {"cl8": made().layers[0].kernels[0].packed_bytes}
    for entry, layer in zip(manifest["layers"], made().layers, strict=True):
        (told,), (kernel,) = entry["kernels"], layer.kernels
        assert msgspec.convert(told["functions"], tuple[Function, ...]) == kernel.functions
        assert told["flags"] == ["-cl-std=CL1.2"]
        assert told["extensions"] == []


@pytest.mark.parametrize(("names", "symbols"), [
    (("a", "A"), ("net_a", "net_A_2")), (("a", "a_pack"), ("net_a", "net_a_pack")),
    (("a", "a_opencl_create"), ("net_a", "net_a_opencl_create_2")), (("a_opencl", "a"), ("net_a_opencl", "net_a_2")),
    (("a", "a_opencl_h"), ("net_a", "net_a_opencl_h_2")), (("selftest",), ("net_selftest_2",)),
])  # fmt: skip
def test_symbols_that_would_meet(names, symbols):
    assert bundle.symbols(parts(*names), "net", [bundle.OPENCL], False).parts == symbols


@needs_opencl
@pytest.mark.parametrize("command", test_package.CPP, ids=" ".join)
def test_two_libraries_in_one_unit_and_as_cpp(command, texts, tmp_path):
    tools.require(tools.c(command[0]) if command[0] == "gcc" else tools.cpp(command[0], "c++17"))
    for name in ("tiny", "other"):
        save(tmp_path / name, {path.replace("tiny", name): text.replace("tiny", name).replace("TINY", name.upper())
                               for path, text in texts().items()})
    sources = [path for name in ("tiny", "other") for path in sorted((tmp_path / name / "src").glob("*.c"))]
    (tmp_path / "all.c").write_text("".join(f'#include "{path}"\n' for path in sources))
    for file in ("all.c", "tiny/test/tiny_selftest.c"):
        run(*command, *STRICT[:3], "-Werror", "-Itiny/include", "-Iother/include", "-O0", "-c", file, "-o", "out.o",
            cwd=tmp_path)


@needs_opencl
@pytest.mark.parametrize("cc", tools.CC)
def test_clean_under_every_warning(cc, texts, tmp_path):
    save(tmp_path, texts(("stem", "pre", "stem_bf16")))
    for path in sorted(tmp_path.glob("*/*.c")):
        run(cc, "-std=c99", "-O1", *STRICT, "-Iinclude", "-c", path.relative_to(tmp_path), "-o", "out.o", cwd=tmp_path)


# --- on a device ---


@pytest.mark.sampled(every=2)
@needs_loader
@pytest.mark.parametrize(("layers", "target", "options"), [
    (tuple(LAYERS), CPU, {}), (("stem_f16", "pre_bf16", "line"), CPU, {}), (("square", "dw"), GPU, {}),
    (("mid_f16", "square"), SM80, {"max_error": 1e-3})], ids=str)
def test_the_library_tests_itself(layers, target, options, texts):
    """Layers and convolutions, of every kind and type, with kernels for CPUs, GPUs and matrix instructions."""
    lines = packaging.selftest("tiny", texts(layers, target, **options), NAMED[target], opt="O0")
    told = [re.fullmatch(r"ok (.*): tiny_(\w+), .*", line) for line in lines[:-1]]
    assert [line[2] for line in told] == [f"layer_{name}" for name in layers] + list(layers)
    assert len({line[1] for line in told}) == 1
    assert lines[-1] == "ok: 0 wrong"
    assert not any("no numbers are" in line for line in lines)


@needs_loader
def test_slices_of_tensors(tmp_path):
    """What lies between the channels of a slice is left as it is, and makes no difference."""
    done = convgen('ic8ih9oc8kh3ph1n"part"', "--in-stride", 12, "--out-stride", 16, "--residual", "--layout", "nhwc",
                   "--name", "net", "--target", CPU, "--verify", "-o", tmp_path)
    assert done.code == 0, done.err
    assert "self-test passed: 1 layers" in done.err


BUGS = {  # path, what is there, what is put in its place
    "a bias": ("src/tiny_layer_stem_opencl.c", r"bias\[oc\]", "bias[0]"),
    "a task": ("src/tiny_layer_stem_opencl.c", r"task \+= get_global_size\(0\)", "task += 2 * get_global_size(0)"),
    "an upload": ("src/tiny_stem_opencl.c", r"_PACKED_BYTES,", "_PACKED_BYTES / 2,"),
    "weights": ("src/tiny_stem_opencl.c", r'^(    ".*)\n    ".*', r"\1\n\1"),
}  # fmt: skip


@pytest.mark.sampled(every=2)
@needs_loader
@pytest.mark.parametrize("what", BUGS)
def test_planted_bugs_are_found(what, texts):
    whole = texts(("stem",))
    path, there, planted = BUGS[what]
    wrong, count = re.subn(there, planted, whole[path], count=1, flags=re.MULTILINE)
    assert count
    with pytest.raises(VerificationError, match=r"self-test: FAILED .*tiny_"):
        packaging.selftest("tiny", {**whole, path: wrong}, NAMED[CPU], opt="O0")


@needs_loader
def test_what_the_device_compiler_says_is_told(texts):
    whole = texts(("stem",), CPU, "none")
    path = "src/tiny_stem_opencl.c"
    broken = {**whole, path: whole[path].replace("get_global_id", "get_globla_id")}
    with pytest.raises(VerificationError, match="self-test: FAILED: tiny_stem_opencl_create gives error -11"):
        packaging.selftest("tiny", broken, NAMED[CPU], opt="O0")


@needs_opencl
def test_without_a_device_there_is_a_message(layers_file, texts, tmp_path, monkeypatch):  # noqa: F811
    """From the program, and from the commands, which do without or give up."""
    assert devices.own_name(NAMED[CPU]) == "", "any of its kind"
    monkeypatch.setenv("OCL_ICD_VENDORS", str(tmp_path / "none"))
    with pytest.raises(MissingToolError, match=r"system's loader knows \(there is no OpenCL device\)"):
        packaging.selftest("tiny", texts(("stem",)), NAMED[CPU], opt="O0")
    for verify, code in (((), 0), (("--verify",), 4)):
        done = convgen(layers_file, "--target", CPU, "-o", tmp_path / "lib", *verify)
        assert done.code == code
        assert "self-test needs an OpenCL device" in done.err
    verify = CliRunner().invoke(main, ["verify", str(tmp_path / "lib")])
    assert (verify.exit_code, "not verified: self-test needs an OpenCL device" in verify.stderr) == (4, True)


def test_without_a_loader_there_is_a_message(layers_file, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr("convgen.run.compilers._OPENCL", "#include <no/such/header.h>\n")
    done = convgen(layers_file, "--target", CPU, "-o", tmp_path / "lib")
    assert done.code == 0
    assert "not verified: " in done.err
    assert "needs CL/cl.h and libOpenCL" in done.err


@needs_loader
@needs_make
def test_a_device_by_name(texts, tmp_path):
    folder = save(tmp_path, texts(("stem",), CPU, "none"))
    run("make", "build/tiny_selftest", "CFLAGS=-O0", cwd=folder)

    def start(*arguments):
        return subprocess.run([folder / "build/tiny_selftest", *arguments], capture_output=True, text=True, check=False)

    first = start()
    name = re.match("ok (.*): tiny", first.stdout)[1]
    assert start(name[2:]).stdout == first.stdout
    other = start("no such device")
    assert (other.returncode, other.stdout) == (77, "skip: there is no OpenCL device called no such device\n")
    assert run("make", "check", "CFLAGS=-O0", f"DEVICE={name}", cwd=folder).endswith(first.stdout)


# --- projects that use it ---

MAIN = """
#include "tiny.h"
#include <stdio.h>

int main(void)
{
    tiny_stem_opencl layer;
    printf("%d %d", tiny_ABI, tiny_stem_opencl_create(&layer, NULL) == CL_SUCCESS);
    return tiny_stem_opencl_release(&layer) != CL_SUCCESS;
}
"""


@tools.needs(tools.cmake, "OpenCL")
@needs_loader
@pytest.mark.parametrize("shared", ["OFF", pytest.param("ON", marks=pytest.mark.sweep)])
def test_cmake(shared, texts, tmp_path):
    """Tested by ctest, installed, found by find_package."""
    save(tmp_path / "tiny", texts(("stem",)))
    run("cmake", "-S", tmp_path / "tiny", "-B", tmp_path / "lib", f"-DCMAKE_INSTALL_PREFIX={tmp_path}/prefix",
        f"-DBUILD_SHARED_LIBS={shared}", "-Dtiny_SELFTEST=ON", "-DCMAKE_BUILD_TYPE=Debug")  # fmt: skip
    run("cmake", "--build", tmp_path / "lib")
    assert "100% tests passed" in run("ctest", "--test-dir", tmp_path / "lib")
    run("cmake", "--install", tmp_path / "lib")
    (tmp_path / "main.c").write_text(MAIN)
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.13)\nproject(outside C)\nfind_package(tiny REQUIRED)\n"
        "add_executable(outside main.c)\ntarget_link_libraries(outside tiny::tiny)\n")
    run("cmake", "-S", tmp_path, "-B", tmp_path / "out", f"-DCMAKE_PREFIX_PATH={tmp_path}/prefix")
    run("cmake", "--build", tmp_path / "out")
    assert run(tmp_path / "out/outside") == "1 0"


@tools.needs(tools.meson)
@needs_loader
def test_meson_and_pkg_config(texts, tmp_path):
    save(tmp_path / "tiny", texts(("stem",)))
    run("meson", "setup", tmp_path / "lib", tmp_path / "tiny", f"--prefix={tmp_path}/prefix", "--libdir=lib",
        "-Dselftest=true", "-Dbuildtype=debug")  # fmt: skip
    assert "Ok:                 1" in run("meson", "test", "-C", tmp_path / "lib")
    run("meson", "install", "-C", tmp_path / "lib")
    (tmp_path / "main.c").write_text(MAIN)
    flags = run("pkg-config", "--cflags", "--libs", "tiny", PKG_CONFIG_PATH=tmp_path / "prefix/lib/pkgconfig").split()
    run("cc", tmp_path / "main.c", *flags, "-o", tmp_path / "outside")
    assert run(tmp_path / "outside", LD_LIBRARY_PATH=tmp_path / "prefix/lib") == "1 0"


@needs_opencl
@needs_make
def test_make_install(texts, tmp_path):
    save(tmp_path / "tiny", texts(("stem",)))
    run("make", "install", "CFLAGS=-O0", f"PREFIX={tmp_path}/prefix", cwd=tmp_path / "tiny")
    assert {path.name for path in (tmp_path / "prefix/include").iterdir()} == {
        "tiny.h", "tiny_stem_opencl.h", "tiny_layer_stem_opencl.h"}
    (tmp_path / "main.c").write_text(MAIN)
    for library in ("libtiny.a", "libtiny.so"):
        run("cc", "main.c", "-Iprefix/include", f"prefix/lib/{library}", "-lOpenCL", "-o", "outside", cwd=tmp_path)
        assert run(tmp_path / "outside", LD_LIBRARY_PATH=tmp_path / "prefix/lib") == "1 0"


# --- the commands ---


@needs_loader
@tools.needs_device
def test_the_commands(layers_file, tmp_path):  # noqa: F811
    """For the device that is here; verified now and later; what changed is found."""
    folder = tmp_path / "lib"
    done = convgen(layers_file, "--target", "opencl", "--algorithm", "reference", "-o", folder)
    assert (done.code, done.out) == (0, f"{folder}/include/tiny.h\n"), done.err
    said = next(line for line in done.err.splitlines() if "self-test passed" in line)
    assert said.startswith("convgen: self-test passed: 2 layers, ")
    for layer in json.loads((folder / "manifest.json").read_text())["layers"]:
        assert layer["kernels"][0]["plan"]["algorithm"] == "reference", "whatever the device is called"
    assert devices.own_name(package.found_in(folder).targets[0]) in said
    verify = CliRunner().invoke(main, ["verify", str(folder)])
    told, _, _ = said.removeprefix("convgen: ").rpartition(" (")
    assert (verify.exit_code, verify.stdout) == (0, f"{folder}: {told}\n"), verify.stderr
    (folder / "src/tiny_stem.cl").write_text("")
    verify = CliRunner().invoke(main, ["verify", str(folder)])
    assert (verify.exit_code, "src/tiny_stem.cl differs" in verify.stderr) == (1, True)


def test_a_model_as_a_library(tmp_path):
    done = convgen(test_package.one_conv(tmp_path), "-o", tmp_path / "lib", "--layers-only", "--weights", "embed",
                   "--target", CPU)
    assert done.code == 0, done.err
    header = (tmp_path / "lib/include/two_second_opencl.h").read_text()
    assert "queue, cl_mem input, cl_mem residual, cl_mem output," in header
    if not tools.opencl_loader("cc"):
        assert "self-test passed: 2 layers" in done.err


def test_sums_of_halfs_are_refused():
    """Neither the data nor the bounds of a self-test are for them."""
    part = network(("stem_f16",)).parts[0]
    target = NAMED[SM80].halved
    plan = next(ALGORITHMS["direct"].plans(part.spec, target))
    job = bundle.Job("net_a", part, (target,), (target.name,), None, lambda *given, **_: render(plan, given[3]), {})
    with pytest.raises(UnsupportedError, match="sums must be in f32 for a package"):
        bundle.layer(job)


@needs_loader
@tools.needs_device
def test_verify_takes_a_device_for_a_package(layers_file, tmp_path, monkeypatch):  # noqa: F811
    """And tells of one that runs no kernel, instead of blaming the package."""
    info = devices.here()[0]
    convgen(layers_file, "--target", CPU, "--algorithm", "reference", "-o", tmp_path / "lib", "--no-verify")
    asked = []
    own_name = devices.own_name
    monkeypatch.setattr(devices, "own_name", lambda *words: asked.append(words[1]) or own_name(*words))
    verify = CliRunner().invoke(main, ["verify", str(tmp_path / "lib"), "--target", info.key])
    assert (verify.exit_code, asked) == (0, [info.key]), verify.stderr
    assert "self-test passed" in verify.stdout
    monkeypatch.setattr(devices, "complaint", lambda key: "no code")
    verify = CliRunner().invoke(main, ["verify", str(tmp_path / "lib")])
    assert verify.exit_code == 4
    assert re.search("not verified: .* runs no kernel: no code", verify.stderr)
    assert CliRunner().invoke(main, ["verify", str(tmp_path / "lib"), "--target", CPU]).exit_code == 2


def test_a_word_that_tells_a_device_from_others(monkeypatch):
    """One's name may be part of another's."""
    def device(name, platform):
        return SimpleNamespace(name=name, platform=SimpleNamespace(name=platform))

    infos = [msgspec.structs.replace(CPU_INFO, platform=at) for at in range(2)]
    found = [device("pthread-EPYC", "Portable"), device("EPYC", "Intel(R) OpenCL")]
    monkeypatch.setattr(devices, "handles", lambda: tuple(zip(infos, found, strict=True)))
    monkeypatch.setattr(devices, "complaint", lambda key: None)
    assert [devices.own_name(info.target) for info in infos] == ["pthread-EPYC", "Intel(R) OpenCL"]
    assert devices.own_name(NAMED[CPU]) == ""
    assert devices.own_name(NAMED[CPU], "opencl:1:0") == "Intel(R) OpenCL"
