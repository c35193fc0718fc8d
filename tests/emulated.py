"""Programs for other machines: built by a cross compiler without a C library, run emulated or in an engine."""

from __future__ import annotations

import importlib.util
import shlex
import struct
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tools

from convgen.machine.cpus import cpu_features
from convgen.machine.target import NAMED
from convgen.run import emulated as product

F32 = np.float32
ZIG = (*((sys.executable, "-m", "ziglang") if importlib.util.find_spec("ziglang") else ("zig",)),
       "cc", "-fsanitize-trap=undefined")  # without -O it looks for undefined behaviour
OBJECT = tuple(flag for flag in product.BARE if flag not in ("-nostdlib", "-static"))


class Machine(NamedTuple):
    """targets: those whose kernels it is for. emulator: commands, the first that is here runs its programs; none for
    an engine inside this process. compilers: name -> command."""

    targets: tuple[str, ...]
    emulator: tuple[tuple[str, ...], ...]
    compilers: dict[str, tuple[str, ...]]


MACHINES = {
    "aarch64": Machine(
        ("aarch64", "aarch64-dotprod", "aarch64-i8mm", "scalar"), (("qemu-aarch64",), ("qemu-aarch64-static",)),
        {"gcc": ("aarch64-linux-gnu-gcc",), "clang": ("clang", "--target=aarch64-linux-gnu"),
         "clang-19": ("clang-19", "--target=aarch64-linux-gnu"), "zig": (*ZIG, "--target=aarch64-freestanding")}),
    "armv7": Machine(  # one that divides integers: what others need for that comes with compilers
        ("scalar",), (("qemu-arm",), ("qemu-arm-static",)),
        {"gcc": ("arm-linux-gnueabihf-gcc", "-march=armv7ve+vfpv3-d16"),
         "zig": (*ZIG, "--target=arm-freestanding-eabihf", "-mcpu=cortex_a15")}),
    # with an FPU for single precision; larger cores, which user mode emulates, have the instructions too
    "cortex-m4": Machine(
        ("cortex-m4",), (("qemu-arm",), ("qemu-arm-static",)),
        {"gcc": ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mfloat-abi=hard"),
         "zig": (*ZIG, "--target=thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp")}),
    "riscv64": Machine(
        ("scalar",), (("qemu-riscv64",), ("qemu-riscv64-static",)),
        {"gcc": ("riscv64-linux-gnu-gcc", "-Wl,--no-relax"), "zig": (*ZIG, "--target=riscv64-freestanding")}),
    "wasm32": Machine(
        ("wasm32", "scalar"), (),
        {"clang": ("clang", "--target=wasm32-unknown-unknown"),
         "clang-19": ("clang-19", "--target=wasm32-unknown-unknown"),
         "zig": (*ZIG, "--target=wasm32-freestanding")}),
}


@cache
def emulator(name):
    """The command that runs programs for the machine, or None."""
    return next((command for command in MACHINES[name].emulator if not tools.trouble(*command, "--version")), None)


@cache
def lacking(name):
    """Why programs for the machine cannot be built or run here, or None."""
    machine = MACHINES[name]
    if not machine.emulator and not importlib.util.find_spec("wasmtime"):
        return "needs the wheel wasmtime"
    if machine.emulator and not emulator(name):
        return f"needs {machine.emulator[0][0]} (qemu-user)"
    if not compilers(name):
        commands = {" ".join(command[:2]): trouble(name, cc) for cc, command in machine.compilers.items()}
        return f"needs one of {', '.join(f'{command} ({why})' for command, why in commands.items())}"
    return None


@cache
def compilers(name):
    """Names of the cross compilers here."""
    return [cc for cc in MACHINES[name].compilers if not trouble(name, cc)]


def hosted(name, cc, *flags):
    """Why the compiler builds no programs with a C library for the machine, or None."""
    if not emulator(name):
        return lacking(name)
    return tools.c(cc, *flags, emulator=emulator(name))


TWICE = """
void twice(const float *a, const float *b, const float *c, float *out, ptrdiff_t count)
{
    (void)b, (void)c;
    for (ptrdiff_t i = 0; i < count; ++i) {
        out[i] = 2.0f * a[i];
    }
}
"""


@cache
def trouble(name, cc):
    """Why the compiler makes no program for the machine, with its vectors, that runs here; None when it does."""
    row = NAMED[(*MACHINES[name].targets, "scalar")[0]].row
    source = "\n".join(f"#include <{header}>" for header in ("stddef.h", *row.include)) + TWICE
    prototype = TWICE.strip().partition("\n")[0] + ";"
    numbers = np.arange(4, dtype=F32)
    try:
        with tempfile.TemporaryDirectory() as folder:
            called = functions(name)(Path(folder), name, cc, source, prototype, ["twice"], "-O2", *row.flags)
            found = called("twice", [numbers], np.zeros(4, F32), 4)
    except Exception as error:  # whatever an engine raises
        return tools.telling(str(error), type(error).__name__)
    return None if (found == 2 * numbers).all() else "wrong results"


def runner(row):
    """The machine that programs for this row run on, and only there; None if it is this one, or none is here."""
    if set(row.features) <= cpu_features():
        return None
    return next((name for name, machine in MACHINES.items()
                 if row.f32 in (NAMED[target].row for target in machine.targets) and not lacking(name)), None)


def conv(kernel, machine, cc, opt, *extra):
    """A kernel in a program of its own."""
    return product.compile(kernel, shlex.join(MACHINES[machine].compilers[cc]), opt, emulator(machine), extra)


def build(folder, machine, cc, *arguments):
    """The program or module `main` from C files in the folder."""
    command = (*MACHINES[machine].compilers[cc], "-std=c99", *product.BARE, *arguments, "-o", "main")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
    return folder / "main"


def run(machine, program, choice, data):
    """What the program writes when it reads its choice and `data`."""
    done = subprocess.run([*emulator(machine), program], input=struct.pack("<I", choice) + data, capture_output=True,
                          check=False)
    assert done.returncode == 0, f"{choice}: status {done.returncode} {done.stderr.decode()}"
    return done.stdout


# What programs need of an operating system; each begins by reading a number. Each array ends where its page ends, and
# the next page cannot be touched; `align` moves it down to a multiple of that many bytes.
SUPPORT = product.system() + """
static int which(void)
{
    int32_t choice;
    take(&choice, sizeof choice);
    return (int)choice;
}
"""

GUARDED = """
enum { PAGE = 4096 };
static char pool[48u << 20] __attribute__((aligned(PAGE)));
static size_t used;

static void *guarded(size_t bytes, size_t align)
{
    const size_t size = (bytes + align + PAGE - 1) / PAGE * PAGE;
    char *p = pool + used;
    used += size + PAGE;
    if (used > sizeof pool) {
        leave(2);
    }
    forbid(p + size, PAGE);
    const size_t start = size - bytes;
    return p + (start - start % align);
}

/* An array of so many bytes from the standard input. */
static float *given(size_t bytes)
{
    float *p = guarded(bytes, 2);
    take(p, bytes);
    return p;
}
"""

# Reads count and the bytes of four arrays, then a, b, c and out; out goes out.
SERVE = SUPPORT + GUARDED + """
PROTOTYPES

void _start(void)
{
    const int choice = which();
    uint32_t sizes[5];
    float *arrays[4];
    take(sizes, sizeof sizes);
    for (int i = 0; i < 4; ++i) {
        arrays[i] = given(sizes[i + 1]);
    }
    float *const a = arrays[0], *const b = arrays[1], *const c = arrays[2], *const out = arrays[3];
    const ptrdiff_t count = (ptrdiff_t)sizes[0];
    switch (choice) {
CALLS
    default:
        leave(1);
    }
    give(out, sizes[4]);
    leave(0);
}
"""


class Functions:
    """C functions of (a, b, c, out, count), arrays and a length, as one program."""

    def __init__(self, folder, machine, cc, source, prototypes, names, *flags):
        self.machine, self.names = machine, list(names)
        calls = "".join(f"    case {k}: {name}(a, b, c, out, count); break;\n" for k, name in enumerate(self.names))
        (folder / "source.c").write_text(source)
        (folder / "main.c").write_text(SERVE.replace("PROTOTYPES", prototypes).replace("CALLS", calls))
        self.program = build(folder, machine, cc, *flags, "source.c", "main.c")

    def __call__(self, name, arrays, out, count):
        """What `out` becomes. All arrays end before pages that cannot be touched; a crash is an error."""
        arrays = [*arrays, *[np.zeros(0, F32)] * (3 - len(arrays)), out]
        data = struct.pack("<5I", count, *(array.nbytes for array in arrays))
        data += b"".join(array.tobytes() for array in arrays)
        given = run(self.machine, self.program, self.names.index(name), data)
        return np.frombuffer(given, np.uint8).view(out.dtype)


class Module:
    """The functions of a WebAssembly module. Arrays are copied into its memory and back."""

    PAGE = 1 << 16

    def __init__(self, path):
        import wasmtime

        self.store = wasmtime.Store()
        instance = wasmtime.Instance(self.store, wasmtime.Module.from_file(self.store.engine, str(path)), [])
        self.exports = instance.exports(self.store)
        self.memory = self.exports["memory"]
        self.start = self.memory.data_len(self.store)  # behind its data and its stack

    def __call__(self, name, arguments, aligned=()):
        """What the arrays among the arguments become. Each call is made once for each of them, which then ends where
        memory ends; all give the same. Bytes outside of the arrays must stay as they are. aligned: those that start
        at a multiple of 64; the others do not. An argument that is an array of before has that one's place."""
        arrays = {k: value for k, value in enumerate(arguments) if isinstance(value, np.ndarray)
                  and not any(value is other for other in arguments[:k])}
        found = [self.call(name, arguments, arrays, aligned, last) for last in arrays]
        for other in found[1:]:
            assert all(a.tobytes() == b.tobytes() for a, b in zip(found[0], other, strict=True))
        return found[0]

    def call(self, name, arguments, arrays, aligned, last):
        places, top = {}, 0
        for k, array in sorted(arrays.items(), key=lambda item: item[0] == last):
            places[k] = top + 64 + array.itemsize * (k not in aligned)
            top = -(-(places[k] + array.nbytes) // 64) * 64
        size = -(-top // self.PAGE) * self.PAGE
        step = 64 if last in aligned else arrays[last].itemsize
        places[last] = (size - arrays[last].nbytes) // step * step
        image = np.full(size, 0xA5, np.uint8)
        free = np.ones(size, bool)
        for k, array in arrays.items():
            image[places[k] : places[k] + array.nbytes] = array.reshape(-1).view(np.uint8)
            free[places[k] : places[k] + array.nbytes] = False
        # the arrays end with the memory, which only grows
        short = self.start + size - self.memory.data_len(self.store)
        if short > 0:
            self.memory.grow(self.store, short // self.PAGE)
        end = self.memory.data_len(self.store)
        self.memory.write(self.store, image.tobytes(), end - size)
        values = [next((end - size + places[k] for k, array in arrays.items() if array is value), value)
                  for value in arguments]
        self.exports[name](self.store, *values)
        after = np.frombuffer(bytes(self.memory.read(self.store, end - size, end)), np.uint8)
        assert (after[free] == 0xA5).all(), f"{name} wrote outside of its arrays"
        return [after[places[k] : places[k] + array.nbytes].view(array.dtype).reshape(array.shape)
                for k, array in arrays.items()]


MODULE = ("-Wl,--no-entry", "-Wl,--export-memory")


def module(folder, cc, names, *arguments):
    """C files in the folder as a module that exports the functions named."""
    exported = [f"-Wl,--export={name}" for name in names]
    return Module(build(folder, "wasm32", cc, *MODULE, *exported, *arguments))


class ModuleFunctions:
    """The same as Functions, in a WebAssembly module."""

    def __init__(self, folder, machine, cc, source, prototypes, names, *flags):
        (folder / "source.c").write_text(source)
        self.module = module(folder, cc, names, *flags, "source.c")

    def __call__(self, name, arrays, out, count):
        arguments = [*arrays, *[0] * (3 - len(arrays)), out, count]
        return self.module(name, arguments)[-1]


def functions(machine):
    """How to call C functions of a machine."""
    return Functions if MACHINES[machine].emulator else ModuleFunctions
