"""The emitted C on systems and compilers that are not here: MSVC and clang-cl, MinGW, macOS.

MSVC itself is on no machine of ours. A clang with MSVC's macros and types parses what MSVC would; a preprocessor
without any macros of GNU shows that no construct of theirs is left for it.
"""

from __future__ import annotations

import functools
import re

import pytest
import test_opencl
import test_package
import tools
from test_emitted import CASES, emitted, run, save

from convgen import ConvSpec, generate
from convgen.machine.isa import built_with
from convgen.machine.target import NAMED
from convgen.packaging import files as package

ARCH = {"AVX2": ("-mavx2", "-mfma", "-mf16c"),
        "AVX512": ("-mavx512f", "-mavx512bw", "-mavx512vl", "-mfma", "-mf16c")}
GNU = re.compile(r"__(?:attribute__|asm__|builtin|extension__|typeof|atomic)|\basm\b|#pragma (?:GCC|clang)")
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
SPEC = ConvSpec(ic=5, oc=21, ih=9, iw=9, kh=3, kw=3, padding="half", residual=True, activation="silu")


@functools.cache
def kernels():
    """Name -> kernel: the cases of C, and layers of words for every row of x86."""
    found = {kernel.name: kernel for kernel in map(emitted, CASES)}
    for dtype in ("f32", "f16", "bf16"):
        for target in ("x86-64-v3", "x86-64-v4"):
            for layout in ("nchw", "nhwc"):
                name = f"{layout}_{dtype}_{NAMED[target].isa}"
                found[name] = generate(SPEC.replace(layout=layout, dtype=dtype), target, name=name, records=False)
    return found


def arch(kernel):
    """What MSVC must be told for it."""
    row = built_with(kernel.plan.target.row, kernel.spec.arithmetic)
    return row.msvc.name if row.msvc else None


@functools.cache
def library():
    """Sources of a library with weights inside."""
    return package.files(test_package.packaged(test_package.network(("stem", "dw"), True), weights="embed"))


# --- MSVC ---


@tools.needs(tools.msvc)
def test_msvc_compiles_every_kernel(tmp_path):
    """By the macros that it defines for /arch, which are no __FMA__ and no __F16C__; nothing else of GNU."""
    for wanted in (None, *ARCH):
        chosen = [kernel for kernel in kernels().values() if arch(kernel) == wanted]
        assert len(chosen) > 2
        for kernel in chosen:
            save(kernel, tmp_path)
        (tmp_path / "all.c").write_text("".join(f'#include "{kernel.name}.c"\n' for kernel in chosen))
        run(tmp_path, tools.as_msvc(), *tools.MSVC, *ARCH.get(wanted, ()), "-Wall", "-Wextra", "-Werror", "all.c")


@tools.needs(tools.msvc)
@pytest.mark.parametrize("name", ["nchw_f32_avx2", "nchw_f16_avx2", "nchw_f32_avx512", "nchw_bf16_avx512"])
def test_msvc_without_arch_is_told_which(name, tmp_path):
    kernel = kernels()[name]
    save(kernel, tmp_path)
    said = tools.trouble(tools.as_msvc(), *tools.MSVC, f"{name}.c", cwd=tmp_path)
    assert f'"compile this file with /arch:{arch(kernel)}"' in said


@tools.needs(tools.msvc)
def test_clang_cl_compiles_every_kernel_without_arch(tmp_path):
    """Its driver, with MSVC's options; the file asks for the instruction set."""
    for kernel in kernels().values():
        save(kernel, tmp_path)
    (tmp_path / "all.c").write_text("".join(f'#include "{name}.c"\n' for name in kernels()))
    run(tmp_path, tools.as_msvc(), "--driver-mode=cl", "--target=x86_64-pc-windows-msvc", "/W4", "/WX",
        "/clang:-ffreestanding", "/Zs", "all.c")


@tools.needs(tools.msvc)
def test_msvc_compiles_a_library(tmp_path):
    """The dispatcher, and weights in rows that its strings fill."""
    folder = test_package.save(tmp_path, library())
    own = [file for file in sorted((folder / "src").glob("*.c")) if "#pragma clang attribute" not in file.read_text()]
    assert {file.stem for file in own} >= {"tiny_dispatch", "tiny_stem", "tiny_dw"}
    for file in own:
        run(folder, tools.as_msvc(), *tools.MSVC, "-Wall", "-Wextra", "-Werror", "-Iinclude", "-Isrc", file)


def sources():
    """Name -> text of every kind of C file that convgen emits."""
    found = {f"{name}.c": kernel.source for name, kernel in kernels().items()}
    found |= {path: text for path, text in library().items() if path.endswith((".c", ".h"))}
    spec = ConvSpec(**next(iter(test_opencl.LAYERS.values())))
    for target in ("opencl-cpu", "opencl-gpu"):
        kernel = generate(spec, target, name="k", records=False)
        found[f"k_opencl.c {target}"] = kernel.host
    return found


@tools.needs(tools.c, "gcc")
def test_no_construct_of_gnu_without_a_guard(tmp_path):
    """What is left for a compiler that is neither gcc nor clang: without headers, which are its own."""
    for name, text in sources().items():
        (tmp_path / "k.c").write_text(re.sub(r"^#include .*$", "", text, flags=re.MULTILINE))
        left = run(tmp_path, "gcc", "-undef", "-D_MSC_VER=1930", "-D__AVX2__", "-D__AVX512F__", "-D__AVX512BW__",
                   "-D__AVX512VL__", "-D_M_X64", "-E", "-P", "k.c")
        left = re.sub(LITERAL, '""', left)
        assert not GNU.search(left), (name, GNU.search(left))
        assert "(" in left or name.endswith(".h")


def test_no_string_is_longer_than_msvc_takes():
    """16,380 bytes in a literal, 65,535 where neighbours are joined (C2026, C1091)."""
    for name, text in sources().items():
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL) if '"/*' not in text else text
        for joined in re.findall(rf"{LITERAL}(?:\s+{LITERAL})*", code):
            assert len(joined) < 16_380, name


def test_cmake_tells_msvc_the_instruction_set():
    text = library()["CMakeLists.txt"]
    assert "if(MSVC)" in text
    for isa, name in (("avx2", "AVX2"), ("avx512", "AVX512")):
        assert f"set_source_files_properties(src/tiny_layer_dw_{isa}.c PROPERTIES COMPILE_OPTIONS /arch:{name})" in text
    assert "_scalar.c PROPERTIES" not in text


# --- systems that a compiler here can build for ---

SYSTEMS = {"x86_64-windows-gnu": "x86-64-v3", "x86_64-macos": "x86-64-v3", "aarch64-macos": "aarch64"}


@pytest.mark.parametrize(("system", "linked"), [
    ("x86_64-windows-gnu", False), ("x86_64-macos", True), ("aarch64-macos", True),
    pytest.param("x86_64-windows-gnu", True, marks=pytest.mark.sweep),  # zig builds a C library first, for 20 s
])
def test_a_library_is_built_for(system, linked, tmp_path):
    """Its self-test, with every file of a library that has its weights inside."""
    tools.require(tools.zig(system, *["-c"] * (not linked)))
    found = test_package.packaged(test_package.network(("stem",), True), SYSTEMS[system], "embed")
    folder = test_package.save(tmp_path, package.files(found))
    sources = [str(file.relative_to(folder)) for file in sorted(folder.rglob("*.c"))]
    for some in ([*sources, "-o", "selftest"],) if linked else ([source, "-c"] for source in sources):
        run(folder, *tools.ZIG, "-target", system, "-std=c99", "-O0", "-Wall", "-Wextra", "-Werror", "-Iinclude",
            "-Isrc", *some, timeout=300)


@tools.needs(tools.wine)
def test_a_library_runs_on_windows(tmp_path):
    """Its self-test, on all instruction sets that are here: with Windows' calling convention, and its 32-bit long."""
    folder = test_package.save(tmp_path, library())
    sources = [str(file.relative_to(folder)) for file in sorted(folder.rglob("*.c"))]
    run(folder, *tools.ZIG, "-target", "x86_64-windows-gnu", "-std=c99", "-O0", "-Iinclude", "-Isrc", *sources, "-o",
        "selftest.exe", timeout=300)
    said = run(folder, tools.wine_here(), "selftest.exe", timeout=300)
    for target in ("scalar", "x86-64-v3", "x86-64-v4"):
        isa = NAMED[target].isa
        assert (f"ok {isa}: tiny_layer_stem, exact: ok" in said) == NAMED[target].runs_here()
    assert "ok: 0 wrong" in said
