"""Programs for aarch64 built with a cross compiler and run under qemu's user-mode emulation."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache

import numpy as np

from convgen.target import cpu_features

QEMU = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
COMMANDS = {
    "gcc": ("aarch64-linux-gnu-gcc",),
    "clang": ("clang", "--target=aarch64-linux-gnu"),
    "clang-19": ("clang-19", "--target=aarch64-linux-gnu"),
}

# What the programs need of a C library. Each array ends where its pages end, and the next page cannot
# be touched; `align` moves it down to a multiple of that many bytes.
SUPPORT = """
#define _DEFAULT_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void *guarded(size_t bytes, size_t align)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t size = (bytes + align + page - 1) / page * page;
    char *p = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p + size, page, PROT_NONE)) {
        exit(2);
    }
    const size_t start = size - bytes;
    return p + (start - start % align);
}

/* An array of so many bytes from the standard input. */
static float *given(size_t bytes)
{
    float *p = guarded(bytes, 4);
    if (fread(p, 1, bytes, stdin) != bytes) {
        exit(3);
    }
    return p;
}
"""


@cache
def lacking():
    """Why programs for aarch64 cannot be built or run here, or None."""
    if not QEMU:
        return "needs qemu-aarch64 (qemu-user)"
    if not shutil.which(COMMANDS["gcc"][0]):  # clang links with its libraries
        return "needs aarch64-linux-gnu-gcc (gcc-aarch64-linux-gnu, libc6-dev-arm64-cross)"
    return None


def compilers():
    """Names of the cross compilers here."""
    return [name for name, command in COMMANDS.items() if shutil.which(command[0])] if not lacking() else []


def runs(row):
    """Whether programs for this row run emulated, and only so."""
    return row.name == "neon" and not set(row.features) <= cpu_features() and not lacking()


def build(folder, cc, *arguments):
    """The program `main` from C files in the folder."""
    done = subprocess.run([*COMMANDS[cc], "-std=c99", "-static", *arguments, "-o", "main"], cwd=folder,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{cc} {' '.join(arguments)}\n{done.stderr}"
    return folder / "main"


def run(program, *arguments, data=b""):
    """What the program writes when it reads `data`."""
    done = subprocess.run([QEMU, program, *map(str, arguments)], input=data, capture_output=True, check=False)
    assert done.returncode == 0, f"{arguments}: status {done.returncode} {done.stderr.decode()}"
    return done.stdout


# main NAME COUNT BYTES BYTES BYTES BYTES: a, b, c and out come in, out goes out.
SERVE = SUPPORT + """
#include <string.h>

PROTOTYPES

int main(int argc, char **argv)
{
    float *arrays[4];
    if (argc != 7) {
        return 1;
    }
    for (int i = 0; i < 4; ++i) {
        arrays[i] = given(strtoul(argv[3 + i], NULL, 10));
    }
    float *const a = arrays[0], *const b = arrays[1], *const c = arrays[2], *const out = arrays[3];
    const ptrdiff_t count = atol(argv[2]);
    (void)b, (void)c;
CALLS
    const size_t bytes = strtoul(argv[6], NULL, 10);
    return fwrite(out, 1, bytes, stdout) == bytes ? 0 : 1;
}
"""


class Functions:
    """C functions of f32 arrays. calls: name -> the call with `a`, `b`, `c`, `out` and `count`."""

    def __init__(self, folder, cc, source, prototypes, calls, *flags):
        chosen = "".join(f'    if (!strcmp(argv[1], "{name}")) {call};\n' for name, call in calls.items())
        (folder / "source.c").write_text(source)
        (folder / "main.c").write_text(SERVE.replace("PROTOTYPES", prototypes).replace("CALLS", chosen))
        self.program = build(folder, cc, *flags, "source.c", "main.c")

    def __call__(self, name, arrays, out, count):
        """What `out` becomes. All arrays end before pages that cannot be touched; a crash is an error."""
        arrays = [*arrays, *[np.zeros(0, np.float32)] * (3 - len(arrays)), out]
        data = b"".join(array.tobytes() for array in arrays)
        said = run(self.program, name, count, *(array.nbytes for array in arrays), data=data)
        return np.frombuffer(said, np.float32)
