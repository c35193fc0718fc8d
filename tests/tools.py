"""Compilers and tools that tests use where they are: each is tried, for what tests want of it, not taken at its name.

A probe gives the reason to do without something, or None. `@needs(probe, …)` skips a test for it, and asks when the
test's turn comes (conftest.py); `require(probe(…))` does inside of one. Nothing is tried twice in a process.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from convgen.commands.main import main
from convgen.machine import devices as opencl
from convgen.machine.target import NAMED
from convgen.run import compilers

# C and C++, freestanding or not; a failure to build or a status that is not 0 says that something lacks.
FUNCTION = "int convgen_probe(int x);\nint convgen_probe(int x) { return x / 3; }\n"
PROGRAM = f"""
#include <stdlib.h>
#ifdef _OPENMP
#include <omp.h>
#endif
{FUNCTION}
int main(void)
{{
    int *p = (int *)malloc(sizeof *p);
    *p = 3;
#ifdef _OPENMP
    *p *= omp_get_max_threads() > 0;
#elif defined(WANT_OPENMP)
#error no OpenMP
#endif
    const int got = convgen_probe(*p);
    free(p);
    return got != 1;
}}
"""


def shared_cache(tmp_path_factory):
    """A folder for what is built, new in each run, of all its workers: who compiles what another has, finds it."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"


def without_zig(monkeypatch):
    """Whoever looks for all compilers here finds no zig, which takes 20 s for its first native program."""
    usual = compilers._usual
    monkeypatch.setattr(compilers, "_usual", lambda: (command for command in usual() if len(command) == 1))


def command(*words, code=0, stdin=None):
    """What convgen with these words says in this process, which must end with that status."""
    result = CliRunner().invoke(main, [str(word) for word in words], input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr)
    return result


def needs(probe, *arguments):
    """A mark: the test is skipped where probe(*arguments) gives a reason."""
    return pytest.mark.needs.with_args(probe, *arguments)


def require(reason):
    """Skip the test that runs, if there is one."""
    if reason:
        pytest.skip(reason)


def trouble(*command, **more):
    """What a command that fails says, in a line; None when it succeeds."""
    try:
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, errors="replace", timeout=120,
                              check=False, **more)
    except (OSError, subprocess.TimeoutExpired) as error:
        return telling(str(error))
    return telling(done.stdout + done.stderr, f"exit status {done.returncode}") if done.returncode else None


@functools.cache
def tmpfs():
    """A file system of its own, for a disk that is full."""
    return trouble("unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=8k", "none", "/mnt")


def telling(text, otherwise=""):
    """The line that says what went wrong."""
    lines = text.strip().splitlines() or [otherwise]
    return next((line for line in lines if re.search("error|cannot", line, re.IGNORECASE)), lines[-1]).strip()[:200]


def lack(what, files, *commands):
    """Why one needs it: what is wrong with the first command that fails, of those run in a folder with the files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text)
        why = next(filter(None, (trouble(*command, cwd=folder) for command in commands)), None)
    return f"needs {what} ({why})" if why else None


# --- compilers ---


@functools.cache
def c(cc, *flags, emulator=()):
    """Whether the compiler builds programs that run."""
    return lack(" ".join((cc, *flags)), {"p.c": PROGRAM}, (cc, "-std=c99", "p.c", "-o", "p", *flags),
                (*emulator, "./p"))


def openmp(cc, *flags):
    return c(cc, "-fopenmp", "-DWANT_OPENMP", *flags)


EIGHT = {**os.environ, "OMP_NUM_THREADS": "8", "OMP_DYNAMIC": "false"}  # an environment: OpenMP has as many threads


SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def sanitizers(cc):
    return c(cc, *SANITIZERS)


@functools.cache
def cpp(cxx, standard):
    """Whether the compiler takes C++ of that standard; linking it would take a library that no test needs."""
    return lack(f"{cxx} -std={standard}", {"p.cpp": PROGRAM}, (cxx, f"-std={standard}", "-c", "p.cpp"))


CC = [cc for cc in ("gcc", "clang", "clang-19") if not c(cc)]  # for this machine
CXX = [cxx for cxx in ("g++", "clang++", "clang++-19") if not cpp(cxx, "c++11")]


def any_c():
    return None if CC else "needs a C compiler (gcc, clang or clang-19)"


# --- what reads and runs their output ---


@functools.cache
def binutils(tool, *command):
    """Whether nm, size or objdump reads what a compiler's command with -c makes, and writes as tests expect it."""
    asked = {"nm": "nm -g --defined-only p.o | grep -q ' T convgen_probe$'",
             "size": "size p.o | grep -q '^ *text.*data.*bss'",
             "objdump": "objdump -d --no-show-raw-insn p.o | grep -qE '^ +[0-9a-f]+:\t[a-z]+ '"}
    return any_c() or lack(tool, {"p.c": FUNCTION}, (*(command or CC[:1]), "-c", "p.c", "-o", "p.o"),
                           ("bash", "-o", "pipefail", "-c", asked[tool]))


DEBUG = "-gdwarf-4"  # of what clang writes without being asked, valgrind 3.19 does not read all


@functools.cache
def valgrind():
    """It wants debug information of the C library, which may be absent."""
    return any_c() or lack("valgrind", {"p.c": PROGRAM}, (CC[0], DEBUG, "p.c", "-o", "p"),
                           ("valgrind", "--error-exitcode=9", "--leak-check=full", "-q", "./p"))


@functools.cache
def qemu_x86_64():
    """Old ones emulate no AVX2."""
    text = 'int main(void) { return !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"); }\n'
    return any_c() or lack("qemu-x86_64 (qemu-user) with AVX2", {"p.c": text}, (CC[0], "p.c", "-o", "p"),
                           ("qemu-x86_64", "-cpu", "Haswell", "./p"))


# --- build systems ---


@functools.cache
def make():
    """GNU make, with cc and ar."""
    lines = ("$(CC) -fPIC -c p.c", "$(AR) rcs libp.a p.o", "$(CC) -shared -Wl,-soname,libp.so p.o -o libp.so",
             "$(CC) p.o -lm -o p", "test $(words ./p p) = 2", "./p")
    rules = "".join(f"\t{line}\n" for line in lines)
    return lack("GNU make, cc and ar", {"p.c": PROGRAM, "Makefile": f"CC = cc\nAR = ar\nall:\n{rules}"}, ("make",))


@functools.cache
def cmake(*packages):
    """cmake with ctest --test-dir, what it builds with, and packages that it finds."""
    lines = ["cmake_minimum_required(VERSION 3.20)", "project(p LANGUAGES C)", "enable_testing()",
             "add_executable(p p.c)", "add_test(NAME p COMMAND p)",
             *(f"find_package({package} REQUIRED)" for package in packages)]
    return lack(" ".join(("cmake", *packages)), {"p.c": PROGRAM, "CMakeLists.txt": "\n".join(lines)},
                ("cmake", "-S", ".", "-B", "out"), ("cmake", "--build", "out"), ("ctest", "--test-dir", "out"))


@functools.cache
def ninja():
    return lack("ninja", {"build.ninja": "rule touch\n  command = touch $out\nbuild p: touch\n"}, ("ninja",))


@functools.cache
def avx2():
    """Whether this machine runs what is for x86-64-v3."""
    return None if NAMED["x86-64-v3"].runs_here() else "needs a CPU with AVX2"


@functools.cache
def meson():
    """meson with pkg-config and what it builds with."""
    text = "project('p', 'c', meson_version: '>=0.56')\nfind_program('pkg-config')\ntest('p', executable('p', 'p.c'))\n"
    return lack("meson, ninja and pkg-config", {"p.c": PROGRAM, "meson.build": text}, ("meson", "setup", "out"),
                ("meson", "compile", "-C", "out"), ("meson", "test", "-C", "out"))


@functools.cache
def pkg_config():
    text = "prefix=/p\nName: p\nVersion: 1\nDescription: p\nLibs: -L${prefix} -lp\nLibs.private: -lm\n"
    return lack("pkg-config", {"p.pc": text}, ("pkg-config", "--static", "--cflags", "--libs", "./p.pc"))


# --- OpenCL ---


@functools.cache
def devices():
    """Those that run kernels, GPUs first, as convgen picks them: one of a kind from each implementation, however often
    it is installed, since on another the tests would only take as long again."""
    found = {}
    for info in sorted(opencl.here(), key=lambda info: info.kind != "gpu"):
        if (info.platform_name, info.kind) not in found and not opencl.complaint(info.key):
            found[info.platform_name, info.kind] = info
    return tuple(found.values())


def device():
    """Whether there is one."""
    if devices():
        return None
    whys = "; ".join(f"{info.name}: {opencl.complaint(info.key)}" for info in opencl.here())
    return f"needs an OpenCL device that runs kernels ({whys or 'none is here'})"


needs_device = needs(device)
LOADER = """
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

int main(void)
{
    const char *text = "__kernel void k(__global int *p) { p[0] = 7; }";
    cl_platform_id platform;
    cl_device_id device;
    if (clGetPlatformIDs(1, &platform, NULL) || clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL)) {
        return 1;
    }
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
    cl_program program = clCreateProgramWithSource(context, 1, &text, NULL, NULL);
    return clBuildProgram(program, 1, &device, "", NULL, NULL) != CL_SUCCESS;
}
"""


def opencl_header(cc=None):
    """Whether a program that uses OpenCL's header and loader can be linked."""
    return _opencl(cc)


def opencl_loader(cc):
    """Whether, besides, the loader's first device builds a kernel; a device of a Python package it does not know."""
    return _opencl(cc, ("./p",))


@functools.cache
def _opencl(cc, *then):
    what = "CL/cl.h, libOpenCL" + " and a device that it knows" * bool(then)
    return any_c() or lack(what, {"p.c": LOADER}, (cc or CC[0], "-std=c99", "p.c", "-o", "p", "-lOpenCL"), *then)


# clang as NVIDIA's compiler
NVIDIA = ("-x", "cl", "-cl-std=CL1.2", "-O2", "--target=nvptx64-nvidia-nvcl", "-Xclang", "-target-cpu", "-Xclang",
          "sm_80", "-Xclang", "-target-feature", "-Xclang", "+ptx75", "-D__NV_CL_C_VERSION=120", "-Xclang",
          "-finclude-default-header", "-S")
ELEMENTS = {"f32": "p[0] = (float)get_global_id(0)", "f16": "vstorea_half4_rte(vload_half4(1, p), 0, p)"}


@functools.cache
def to_ptx(clang, dtype):
    """Whether a clang makes PTX of OpenCL with such elements: one of old has halfs only where they are computed in."""
    kind = {"f32": "float", "f16": "half"}[dtype]
    text = f"__kernel void k(__global {kind} *p) {{ {ELEMENTS[dtype]}; }}\n"
    return lack(f"{clang} that makes PTX of {dtype}", {"p.cl": text}, (clang, *NVIDIA, "p.cl", "-o", "p.ptx"))


def ptx_compiler(dtype):
    return next((clang for clang in ("clang-19", "clang") if not to_ptx(clang, dtype)), None)


def ptx(dtype):
    return None if ptx_compiler(dtype) else to_ptx("clang", dtype)


@functools.cache
def oclgrind():
    """Whether Oclgrind takes the place of OpenCL's loader for programs of this Python."""
    script = "import pyopencl; print([platform.name for platform in pyopencl.get_platforms()])"
    return lack("oclgrind and pyopencl", {}, ("bash", "-o", "pipefail", "-c", 'oclgrind "$@" | grep -q Oclgrind', "-",
                                              sys.executable, "-c", script))


# --- a browser ---

PAGE = "<!DOCTYPE html><title>p</title><p id='p'></p><script>document.getElementById('p').textContent = 6 * 7</script>"


def browsing(folder, path, *more):
    """The command that loads a page in headless Chromium, with what it says in the console on stderr."""
    return ("chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
            "--enable-logging=stderr", "--v=0", *more, Path(path).absolute().as_uri())


@functools.cache
def chromium():
    """Whether it runs what a page's scripts say."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        page = Path(folder) / "p.html"
        page.write_text(PAGE)
        command = " ".join(browsing(folder, page, "--dump-dom"))
        why = trouble("bash", "-o", "pipefail", "-c", f"{command} 2>/dev/null | grep -q '<p id=.p.>42'")
    return f"needs chromium ({why})" if why else None


# --- other systems ---

# clang that says of itself what MSVC does: no __GNUC__, no __clang__, and of instruction sets what /arch gives.
MSVC = ("--target=x86_64-pc-windows-msvc", "-fms-compatibility", "-fms-extensions", "-fms-compatibility-version=19.30",
        "-U__clang__", "-U__GNUC__", "-U__FMA__", "-U__F16C__", "-ffreestanding", "-fsyntax-only")
CLANGS = ("clang-19", "clang")
ZIG = (sys.executable, "-m", "ziglang", "cc")
WINES = ("wine64", "wine", "/usr/lib/wine/wine64")  # Debian keeps it off the path


@functools.cache
def as_msvc():
    """A clang that takes MSVC's place, with the headers of its intrinsics; None where there is none."""
    text = "#include <immintrin.h>\n#include <intrin.h>\n__m256 convgen_probe(__m256 x);\n"
    return next((clang for clang in CLANGS if not lack(clang, {"p.c": text}, (clang, *MSVC, "-mavx2", "p.c"))), None)


def msvc():
    return None if as_msvc() else "needs a clang that compiles as MSVC does (clang-19)"


@functools.cache
def zig(target, how="-o"):
    """Whether the wheel ziglang brings a C compiler for another system: it has their headers and libraries. how: -c
    to compile alone, without the libraries."""
    command = (*ZIG, "-target", target, "p.c", how)
    return lack(f"ziglang for {target}", {"p.c": PROGRAM}, (*command, "p") if how == "-o" else command)


@functools.cache
def wine_here():
    """A Wine that runs a program of zig's; None where there is none."""
    return next((wine for wine in WINES if not lack(wine, {"p.c": PROGRAM}, (wine, "--version"), (
        *ZIG, "-target", "x86_64-windows-gnu", "p.c", "-o", "p.exe"), (wine, "p.exe"))), None)


def wine():
    return None if wine_here() else "needs ziglang and wine64"


# What devices with cl_khr_integer_dot_product have built in, for those without.
DOTS = """
static int dot_4x8packed_us_int(uint a, uint b)
{
    const int4 products = convert_int4(as_uchar4(a)) * convert_int4(as_char4(b));
    return products.s0 + products.s1 + products.s2 + products.s3;
}
"""
