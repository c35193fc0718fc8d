"""The probes of tools.py: what is there by name and does not do what tests want of it is a reason to skip."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import emulated
import pytest
import tools

WRAPPER = '#!/bin/sh\nfor word; do case "$word" in {refused}) echo "error: no $word" >&2; exit 1;; esac; done\n{rest}\n'
REAL = tools.CC[0] if tools.CC else ""


def fake(folder, name, refused="", rest=None):
    """A command that fails when one of its words is `refused`, and is the real one else."""
    path = folder / name
    path.write_text(WRAPPER.format(refused=refused or "''", rest=rest or f'exec {shutil.which(REAL)} "$@"'))
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def poor(monkeypatch, tmp_path):
    """A PATH that begins with an empty folder; what was found out before is forgotten, and again at the end."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    probes = [probe for module in (tools, emulated) for probe in vars(module).values() if hasattr(probe, "cache_clear")]
    for probe in probes:
        probe.cache_clear()
    yield tmp_path
    for probe in probes:
        probe.cache_clear()


@tools.needs(tools.any_c)
def test_a_compiler_that_lacks_a_library_still_is_one(tmp_path):
    cc = fake(tmp_path, "clang", "-fopenmp|-fsanitize=*|-static")
    assert tools.c(cc) is None
    assert tools.openmp(cc) == f"needs {cc} -fopenmp -DWANT_OPENMP (error: no -fopenmp)"
    assert "error: no -fsanitize=" in tools.sanitizers(cc)
    assert "error: no -static" in tools.c(cc, "-static")


@tools.needs(tools.any_c)
def test_a_compiler_that_ignores_openmp_has_none(tmp_path):
    rest = f'for word; do shift; [ "$word" = -fopenmp ] || set -- "$@" "$word"; done\nexec {shutil.which(REAL)} "$@"'
    assert "no OpenMP" in tools.openmp(fake(tmp_path, "cc", rest=rest))


def test_a_broken_tool_is_none(poor):
    for name in ("clang", "clang++", "clang-19", "nm", "size", "objdump", "make", "cmake", "meson", "oclgrind",
                 "qemu-x86_64", "valgrind", "pkg-config"):
        fake(poor, name, rest="exit 1")
    reasons = [tools.c("clang"), tools.openmp("clang"), tools.cpp("clang++", "c++11"), tools.ptx("f32"), tools.make(),
               tools.cmake(), tools.meson(), tools.pkg_config(), tools.oclgrind(), tools.qemu_x86_64(),
               tools.valgrind(), *(tools.binutils(tool) for tool in ("nm", "size", "objdump"))]
    assert all(reasons), reasons


def test_a_cross_compiler_or_an_emulator_that_is_broken_is_not_counted(poor):
    for name in ("aarch64-linux-gnu-gcc", "clang", "clang-19"):
        fake(poor, name, rest="exit 1")
    assert set(emulated.compilers("aarch64")) <= {"zig"}
    assert set(emulated.compilers("wasm32")) <= {"zig"}
    for name in ("qemu-arm", "qemu-arm-static"):
        fake(poor, name, rest="exit 1")
    assert emulated.lacking("cortex-m4") == "needs qemu-arm (qemu-user)"


@tools.needs(lambda: "needs the moon")
def test_the_mark_skips():
    raise AssertionError


def test_no_test_takes_a_tool_at_its_name():
    found = {path.name for path in Path(__file__).parent.glob("*.py") if "shutil.which(" in path.read_text()}
    assert found == {"test_compilers.py", "test_tools.py"}, "for the path of what was tried"
