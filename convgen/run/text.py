"""How much machine code a kernel is: what this machine's compiler makes of it, as `size` of the binutils counts."""

from __future__ import annotations

import subprocess

from ..plan.kernel import Kernel
from .compilers import Compiler, store

# what describes frames to debuggers is no code
PLAIN = ("-std=c99", "-fno-asynchronous-unwind-tables", "-c")


def text_bytes(kernel: Kernel, compiler: Compiler, opt: str) -> int | None:
    """Bytes of code and constants of a kernel in C, compiled at a level, as O3; None where there is no `size` that
    knows the object. CompileError where the compiler refuses the source."""
    files = {f"{kernel.name}.c": kernel.source, f"{kernel.name}.h": kernel.header}
    made = store(kernel.name, files, compiler, (*PLAIN, f"-{opt}", *kernel.flags), (), ".o")
    try:
        said = subprocess.run(["size", str(made)], capture_output=True, text=True, timeout=60, check=True).stdout
        return int(said.splitlines()[1].split()[0])  # text, data, bss, …
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        return None
