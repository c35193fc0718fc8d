"""Projects that print their kernels while they are built: by convgen_add_layer of CMake, by custom_target of Meson."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tools

from convgen.tuning import lock

ROOT = Path(__file__).resolve().parent.parent
MAIN = """
#include <stdio.h>
#include <stdlib.h>
#include "stem.h"

int main(void)
{
    static float input[stem_INPUT_BYTES / 4], output[stem_OUTPUT_BYTES / 4], weights[stem_WEIGHTS_BYTES / 4];
    float bias[stem_BIAS_BYTES / 4] = { 1.5f };
    void *packed = calloc(1, stem_PACKED_BYTES + stem_ALIGN);
    void *workspace = calloc(1, stem_WORKSPACE_BYTES(1) + stem_ALIGN);

    packed = (char *)packed + (stem_ALIGN - (size_t)packed % stem_ALIGN) % stem_ALIGN;
    workspace = (char *)workspace + (stem_ALIGN - (size_t)workspace % stem_ALIGN) % stem_ALIGN;
    stem_pack(weights, bias, packed);
    stem(input, packed, output, workspace, 1);
    printf("%g %d\\n", (double)output[0], (int)(stem_OUTPUT_BYTES / 4));
    return 0;
}
"""
LAYERS = 'name = "stem"\ndescriptor = "ic3ih5oc{oc}kh3ph1"\n'


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path) -> Path:
    """A project's folder, and a program convgen that runs this very code."""
    program = tmp_path / "bin" / "convgen"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m convgen \"$@\"\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folder = tmp_path / "a project"
    folder.mkdir()
    (folder / "main.c").write_text(MAIN)
    (folder / "net.toml").write_text(LAYERS.format(oc=4))
    lock.update(folder / "convgen.lock", [])
    monkeypatch.chdir(folder)
    return folder


def run(*command, code=0):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (code == 0), f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def later(path: Path) -> None:
    """Give a file a time after all that was built: a file system's clock may stand still while a build ends."""
    built = max(each.stat().st_mtime_ns for each in Path().rglob("*"))
    os.utime(path)
    while path.stat().st_mtime_ns <= built:
        os.utime(path)


# --- CMake ---

CMAKE = """
cmake_minimum_required(VERSION 3.20)
project(app LANGUAGES C)
find_package(convgen 0.1 REQUIRED)
convgen_add_layer(NAME stem SPEC {spec} {words})
add_executable(app main.c)
target_link_libraries(app PRIVATE stem)
"""
DESCRIPTOR = "ic3ih5oc4kh3ph1"


def configure(generator="Ninja", spec=DESCRIPTOR, words="OPTIONS --no-verify", code=0):
    Path("CMakeLists.txt").write_text(CMAKE.format(spec=spec, words=words))
    folder = run("convgen", "--cmake-dir").strip()
    return run("cmake", "-G", generator, "-B", "out", f"-Dconvgen_DIR={folder}", code=code)


def build() -> int:
    """How often kernels were printed."""
    return run("cmake", "--build", "out").count("Printing the kernels of stem")


GENERATORS = pytest.mark.parametrize("generator", [
    pytest.param("Ninja", marks=tools.needs(tools.ninja)),
    pytest.param("Unix Makefiles", marks=[pytest.mark.sweep] * (not tools.ninja()))])


def compiled() -> str:
    """Build; what was printed and compiled."""
    said = run("cmake", "--build", "out")
    return " ".join(["printed"] * ("Printing the kernels" in said) + sorted(re.findall(r"(\w+)\.c\.o", said)))


@GENERATORS
@tools.needs(tools.cmake)
def test_cmake_prints_kernels_when_it_must_and_only_then(place, generator):
    configure(generator, "net.toml", "OPTIONS --no-verify --name stem")
    assert build() == 1
    assert run("out/app") == "1.5 100\n"
    assert not build()
    for changed in ("net.toml", "convgen.lock"):
        later(place / changed)
        assert build() == 1, changed
    (place / "net.toml").write_text(LAYERS.format(oc=8))
    later(place / "net.toml")
    assert build() == 1
    assert run("out/app") == "1.5 200\n"
    assert not build()


SEVERAL = {"stem": DESCRIPTOR, "dw": "g4ic4ih5oc4kh3ph1", "head": "ic4ih5oc8kh1"}


@GENERATORS
@tools.needs(tools.cmake)
def test_cmake_lets_layers_change_come_and_go_and_compiles_what_is_other(place, generator):
    def write(layers: dict[str, str]) -> None:
        (place / "net.toml").write_text("".join(f'[[layer]]\nname = "{name}"\ndescriptor = "{text}"\n'
                                                for name, text in layers.items()))
        later(place / "net.toml")

    write(SEVERAL)
    configure(generator, "net.toml")
    assert compiled() == "printed dw head main stem"
    for layers, made in ((SEVERAL, "printed"), ({**SEVERAL, "head": "ic4ih5oc16kh1"}, "printed head"),
                         ({"stem": DESCRIPTOR, "dw": SEVERAL["dw"], "tail": SEVERAL["head"]}, "printed tail"),
                         ({"stem": DESCRIPTOR}, "printed")):
        write(layers)
        assert compiled() == made
    assert compiled() == ""
    assert run("out/app") == "1.5 100\n"


@pytest.mark.parametrize("old", [pytest.param(False, marks=pytest.mark.sweep), True])
@GENERATORS
@tools.needs(tools.cmake)
def test_cmake_sees_a_lock_that_comes_later(place, generator, old):
    found = place / "convgen.lock"
    found.unlink()
    configure(generator)
    assert build() == 1
    lock.update(found, [])
    if old:  # a time before the build, as of a file that was moved here
        os.utime(found, (1_000_000_000, 1_000_000_000))
    assert build() == 1
    assert not build()
    found.unlink()
    assert build() == 1


@tools.needs(tools.cmake)
def test_cmake_goes_on_with_another_target(place):
    """In the folder of the build nothing is worth keeping."""
    configure("Unix Makefiles", words="TARGET scalar OPTIONS --no-verify")
    build()
    configure("Unix Makefiles", words="TARGET x86-64-v3 OPTIONS --no-verify")
    build()
    assert "--target x86-64-v3" in (place / "out" / "convgen" / "stem" / "stem.c").read_text()


@tools.needs(tools.cmake)
@tools.needs(tools.ninja)
def test_cmake_takes_a_descriptor_a_target_and_options(place):
    configure(words="TARGET x86-64-v3 OPENMP OPTIONS --activation relu --layout nhwc --no-verify")
    assert build() == 1
    source = (place / "out" / "convgen" / "stem" / "stem.c").read_text()
    assert "--target x86-64-v3" in source
    assert "relu" in source
    if not tools.avx2():
        assert run("out/app") == "1.5 100\n"


@pytest.mark.parametrize(("words", "told"), [
    ("TARGET x86-64-v9", "target must be one of host"), ("LOCKED", "lock must hold a plan"),
    ("LOCK none.lock", "lock must exist"), ("NONSENSE", "starts 'NONSENSE'"),
])  # fmt: skip
@tools.needs(tools.cmake)
@tools.needs(tools.ninja)
def test_cmake_says_what_is_wrong_while_it_configures(words, told):
    assert re.search(told.replace(" ", r"\s+"), configure(words=words, code=1))


@pytest.mark.parametrize(("version", "found"), [("0.1", True), ("0.1.0", True), ("0.2", False),
                                                ("1.0", False)])
@tools.needs(tools.cmake)
def test_cmake_knows_the_version(place, version, found):
    folder = run("convgen", "--cmake-dir").strip()
    (place / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.20)\nproject(app LANGUAGES NONE)\n"
                                          f"find_package(convgen {version} QUIET)\n"
                                          'message(STATUS "found: ${convgen_FOUND} ${convgen_VERSION}")\n')
    assert f"found: {int(found)} " in run("cmake", "-B", "out", f"-Dconvgen_DIR={folder}")


def test_the_wheel_has_the_module():
    folder = Path(run("convgen", "--cmake-dir").strip())
    assert {path.name for path in folder.iterdir()} == {"convgenConfig.cmake", "convgenConfigVersion.cmake"}
    assert folder.parent == ROOT / "convgen", "of which the wheel has all files"


# --- Make ---


@tools.needs(tools.make)
def test_make_prints_kernels_when_it_must_and_only_then(place):
    (text,) = re.findall(r"^```make\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (place / "Makefile").write_text(text.replace("--update", "--update --no-verify"))
    (place / "convgen.lock").unlink()

    def made() -> bool:
        return "is up to date" not in run("make", "kernels.stamp")

    assert made()
    assert not made()
    lock.update(place / "convgen.lock", [])
    later(place / "convgen.lock")
    assert made(), "a lock has come"
    assert not made()
    (place / "convgen.lock").unlink()
    assert made(), "and gone"
    assert not made()
    old = (place / "kernels" / "stem.c").stat().st_mtime_ns
    more = '[[layer]]\nname = "b"\ndescriptor = "ic1iw3oc1kw1"\n'
    (place / "net.toml").write_text(f"[[layer]]\n{LAYERS.format(oc=4)}{more}")
    later(place / "net.toml")
    assert made()
    assert (place / "kernels" / "b.c").exists()
    assert (place / "kernels" / "stem.c").stat().st_mtime_ns == old


# --- Meson ---


@tools.needs(tools.meson)
def test_meson_prints_kernels_when_it_must_and_only_then(place):
    (text,) = re.findall(r"^```meson\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (place / "meson.build").write_text(f"project('app', 'c', default_options: ['c_std=c99'])\n{text}")
    run("meson", "setup", "out")
    run("meson", "compile", "-C", "out")
    assert run("out/app") == "1.5 100\n"
    assert "no work to do" in run("ninja", "-C", "out")
    (place / "net.toml").write_text(LAYERS.format(oc=8))
    later(place / "net.toml")
    run("meson", "compile", "-C", "out")
    assert run("out/app") == "1.5 200\n"
    assert "no work to do" in run("ninja", "-C", "out")
    later(place / "net.toml")
    said = run("meson", "compile", "-v", "-C", "out")
    assert "generate" in said
    assert "stem.c.o" not in said, "it came out the same"
