"""A kernel for another machine as a Python callable: a program around it, which a runner starts.

    conv = emulated.compile(kernel, cc="aarch64-linux-gnu-gcc", runner=("qemu-aarch64",))
    conv.pack(weights, bias)
    y = conv(x)

A runner is a command that takes a program's path as its last word and passes standard input and output on: an
emulator, or a script that copies the program to a board and starts it there. $CONVGEN_RUNNER_AARCH64 names that of
aarch64, likewise for the others; a target whose machine has none is run by this machine, or, where that cannot, by
$CONVGEN_RUNNER.

The program needs no C library, only Linux's system calls, which emulators of bare cores know too, or WASI, whose
engines run it: `wasmtime`. It has one thread; several workers do their tasks in turn.
"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..emit.texts import templates, tidy
from ..errors import CrashError, InputError, MissingToolError, UnsupportedError
from ..layer.array import Array as LayerArray
from ..layer.call import packing, running
from ..layer.names import show
from ..machine.isa import ISAS, Isa
from ..machine.target import Target
from . import compilers, programs
from .arrays import ALIGN, Array, check_given, check_out, room, spanned, to_pack
from .batches import batches, other_batch
from .compilers import CompileError, Compiler
from .conv import Conv as Compiled
from .conv import Each

if TYPE_CHECKING:
    from ..plan.kernel import Kernel
    from .fence import Fence

WHERE = "run: "  # how conv.where begins
PAGE = 1 << 16  # bytes; of program.c.j2
WORKERS = 4  # that a workspace has room for, at most

# A program by itself; -lgcc is what compilers for small cores call for arithmetic that these lack.
BARE = ("-ffreestanding", "-nostdlib", "-static", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables")
LIBRARIES = (("-lgcc",), ())
HOSTED = ("-static",)  # with a C library; those of another machine may be elsewhere

PRINTS = """\
#include <math.h>
#include <stdio.h>
int main(int count, char **words) { return printf("%g", exp(count + !words)) < 0; }
"""

# What usually builds for emulators that more than one row runs under.
CROSS = {"qemu-aarch64": "aarch64-linux-gnu-gcc", "qemu-arm": "arm-linux-gnueabihf-gcc",
         "qemu-riscv64": "riscv64-linux-gnu-gcc", "qemu-x86_64": "x86_64-linux-gnu-gcc"}

START = "void _start(void)\n{\n    leave(0);\n}\n"


class Word(IntEnum):
    """What a program understands; of program.c.j2."""

    PUT, GET, POINT, PACK, RUN, TASK, RESET, BLOCK = range(8)


# --- who runs what ---


def runner(target: Target) -> tuple[str, ...]:
    """The command that runs programs for the target; empty where this machine does, or nobody."""
    for variable, wanted in ((f"CONVGEN_RUNNER_{machine(target)}", True), ("CONVGEN_RUNNER", not target.runs_here())):
        text = os.environ.get(variable, "").strip() if wanted and target.device is None else ""
        if text:
            return words(variable, text)
    return ()


def machine(target: Target) -> str:
    """What a variable calls the target's machine."""
    return (target.row.family.name or target.isa).upper().replace("-", "_")


def needed(target: Target) -> str:
    """What to tell where nobody runs the target's programs."""
    return ("target must be one that this machine can run, or have a runner: --run, or"
            f" CONVGEN_RUNNER_{machine(target)} (target={target.name})")


def words(field: str, text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise InputError(f"{field} must be a command ({field}={show(text)}: {error})") from None


class Tools(NamedTuple):
    """A compiler that makes programs which a runner runs, and the libraries to link."""

    compiler: Compiler
    libraries: tuple[str, ...]


@functools.cache
def tools(isa: str, runner: tuple[str, ...], cc: str | None = None, hosted: bool = False) -> Tools:
    """The compiler `cc`, else $CC where it is one for the row's machine, else the first of the family's usual ones.
    hosted: for programs with a C library. MissingToolError when none makes a program that the runner runs."""
    if runner and shutil.which(runner[0]) is None:
        raise MissingToolError(f"runner must be a command that is here ({shlex.join(runner)})")
    row, named = ISAS[isa], os.environ.get("CC", "").strip()
    usual = {command.split()[0]: command for command in row.family.compilers}  # with the flags of the row's machine
    commands = [cc] if cc else [*([usual.get(named, named)] if named else []), *row.family.compilers]
    complaints = []
    for command in commands:
        try:
            return _tools(row, runner, compilers.command_of("cc", command), hosted)
        except MissingToolError as error:
            complaints.append(str(error))
    found = "; ".join(complaints) or "$CC names none"
    what = "programs with a C library" if hosted else "programs"
    emulator = Path(runner[0]).name.removesuffix("-static") if runner else ""
    example = f", as CC={CROSS[emulator]}" if emulator in CROSS else ""
    raise MissingToolError(f"no compiler makes {what} that {shlex.join(runner)} runs; name one by --cc or"
                           f" CC=COMPILER{example} ({found})")


def _tools(row: Isa, runner: tuple[str, ...], command: tuple[str, ...], hosted: bool) -> Tools:
    macros = " || ".join(f"defined({macro})" for macro in row.family.macros) or "1"
    source = f'#if !({macros})\n#error "it is for another machine"\n#endif\n' + (
        PRINTS if hosted else system() + START)
    compiler = Compiler(command, compilers.version(command, compilers.cache_folder()), openmp=False)
    complaint = CompileError("")
    bare = HOSTED if hosted else BARE
    for libraries in [("-lm",)] if hosted else LIBRARIES:
        try:
            path = compilers.store("probe", {"probe.c": source}, compiler,
                                   ("-std=c99", "-O1", *row.flags, *bare), libraries, ".run")
        except CompileError as error:
            complaint = error
            continue
        status, said = programs.run([*runner, str(path)], compilers.cache_folder(), compilers.TIMEOUT)
        if status == -1:
            raise MissingToolError(f"runner must start and end ({shlex.join(runner)}: {said})")
        if status:
            raise MissingToolError(f"{shlex.join(runner)} must run what {shlex.join(command)} builds"
                                   f" ({_ending(status, said)})")
        return Tools(compiler, libraries)
    raise complaint


def _ending(status: int, said: str) -> str:
    """How a program ended, in words."""
    told = said.strip().splitlines()
    how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    return f"{how}: {told[0][:200]}" if told else how


# --- building ---


def compile(kernel: Kernel, cc: str | None = None, opt: str = "O3", runner: tuple[str, ...] = (),
            extra: tuple[str, ...] = (), kind: type[Conv] | None = None) -> Conv:
    """Build the program around a kernel, or find it in the cache. kind: as of load."""
    return load(kernel, built(kernel, cc, opt, runner, extra), kind)


def load(kernel: Kernel, where: str, kind: type[Conv] | None = None) -> Conv:
    """The same of a program that was built before, at conv.where. kind: Conv, or what it is for a kernel of another
    sort."""
    return (kind or Conv)(kernel, words("where", where.removeprefix(WHERE)))


def built(kernel: Kernel, cc: str | None = None, opt: str = "O3", runner: tuple[str, ...] = (),
          extra: tuple[str, ...] = ()) -> str:
    """What load() has it by: the whole command. Errors: those of compilers.build."""
    compiler, libraries = tools(kernel.plan.target.isa, runner, cc)
    name = kernel.name
    main = f"{name}_main.c"
    files = {f"{name}.c": kernel.source, f"{name}.h": kernel.header, main: source(kernel)}
    flags = ("-std=c99", f"-{compilers.check_opt(opt)}", *kernel.flags, *BARE)
    path = compilers.store(name, files, compiler, flags, (*extra, *libraries), ".run", kernel.headers)
    return WHERE + shlex.join([*runner, str(path)])


def source(kernel: Kernel) -> str:
    """The C around a kernel."""
    found = areas(kernel)
    arguments = {name: f"argument[{area.number}]" for name, area in found.items()} | {"samples": "samples"}
    taken = {what: ", ".join(arguments.get(one.name, "NULL") for one in parameters)
             for what, parameters in (("packing", packing(kernel.spec)), ("running", running(kernel.spec)))}
    last = [*found.values()][-1]
    return tidy(_template("program", name=kernel.name, areas=[*found.values()], pages=last.start + last.pages + 1,
                          streamed=kernel.spec.streamed, state=arguments.get("state", ""), **taken))


def system() -> str:
    """The C of what programs need of an operating system."""
    return tidy(_template("system"))


def _template(file: str, **context: object) -> str:
    return templates().get_template(f"harness/{file}.c.j2").render(context)


class Area(NamedTuple):
    """Pages of an array in the program's memory, from the page `start`. align: where the array may begin in them."""

    name: str
    number: int
    start: int
    pages: int
    bytes: int

    @property
    def at(self) -> int:
        """Where the array lies, as near to the end as a cache line lets it."""
        return (self.pages * PAGE - self.bytes) // ALIGN * ALIGN


def areas(kernel: Kernel) -> dict[str, Area]:
    """Of every array that has bytes, by name."""
    sizes = {one.name: one.array.bytes if one.array else 0 for one in (*packing(kernel.spec), *running(kernel.spec))}
    sizes |= {"packed": kernel.packed_bytes, "workspace": kernel.workspace_bytes + WORKERS * kernel.scratch_bytes}
    sizes |= {"state": kernel.state_bytes} if kernel.state_bytes else {}
    found: dict[str, Area] = {}
    start = 1
    for name, size in sizes.items():
        if size:
            pages = -(-(size + ALIGN) // PAGE)
            found[name] = Area(name, len(found), start, pages, size)
            start += pages + 1
    return found


# --- running ---


class Conv(Compiled):
    """One layer in a program of its own, which starts with the first call. Calls from several threads take turns."""

    kernel: Kernel
    in_place = False  # the kernel works on copies

    def __init__(self, kernel: Kernel, command: Sequence[str]) -> None:
        self.kernel, self.command = kernel, tuple(command)
        self._areas = areas(kernel)
        self._arrays: dict[str, LayerArray] = {array.role: array for array in kernel.spec.arrays}
        self._lock = threading.RLock()
        self._packed = False
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the program that writes it
        try:
            self._process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             stderr=self._errors)
        except OSError as error:
            raise MissingToolError(f"runner must start ({shlex.join(self.command)}: {error.strerror})") from None
        assert self._process.stdin
        assert self._process.stdout
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        weakref.finalize(self, _end, self._process)

    def __repr__(self) -> str:
        return f"<convgen.Conv {self.kernel.title}, {shlex.join(self.command[:-1])}>"

    @property
    def where(self) -> str:
        """What run.build.load() needs to find it again, in another process."""
        return WHERE + shlex.join(self.command)

    @property
    def aligns(self) -> tuple[int, int]:
        """Of arrays, and of packed weights and workspace, in bytes."""
        return max(array.element.bytes for array in self._arrays.values()), ALIGN

    def pack(self, weights: Each, bias: Each | None = None, scale: Each | float | None = None, *,
             slopes: Each | None = None, copy: bool = False) -> None:
        """Bring weights, bias, scales and slopes into the kernel's own order, once."""
        given = {"weights": weights, "bias": bias, "scale": scale, "slopes": slopes}
        with self._lock:
            self._put(to_pack(self.kernel.spec, given, copy), "packed")
            self._say(Word.PACK)
            self._packed = True

    def __call__(self, x: Array, residual: Array | None = None, out: Array | None = None,
                 threads: int | None = None, *, copy: bool = False) -> Array:
        """y of spec.output_shape, written to `out` when given; `threads` workers, up to WORKERS, do their tasks in
        turn. Another number of images, and copy, as native.Conv says."""
        if copy or other_batch(x, self._arrays["input"]):
            return batches(functools.partial(self, threads=threads), self.kernel, self._arrays, x, residual, out, copy)
        return self._called(x, residual, out, self._shared(threads))

    def _shared(self, threads: int | None) -> Callable[[], None]:
        """A run by so many workers."""
        count = 1 if threads is None else threads
        if not 1 <= count <= WORKERS:
            raise InputError(f"threads must be from 1 to {WORKERS} under a runner (threads={show(threads)})")

        def run() -> None:
            if count == 1:
                self._run(1)
            for phase, tasks in enumerate(self.kernel.phases if count > 1 else ()):
                for task in range(tasks):
                    self._say(Word.TASK, phase, task, task % count)
        return run

    def run_in_order(self, x: Array, seed: int, residual: Array | None = None) -> Array:
        """y, computed task by task; `seed` shuffles the tasks inside each phase."""
        return self._called(x, residual, None, self._shuffled(seed))

    def _shuffled(self, seed: int) -> Callable[[], None]:
        """A run task by task, in another order."""
        order = np.random.default_rng(seed)

        def run() -> None:
            for phase, tasks in enumerate(self.kernel.phases):
                for task in order.permutation(tasks):
                    self._say(Word.TASK, phase, int(task), 0)
        return run

    def time(self, x: Array, residual: Array | None = None, out: Array | None = None, threads: int | None = None,
             calls: int = 1) -> float:
        """Seconds that `calls` runs take back to back, by the clock of the machine that runs them."""
        if threads not in (None, 1):
            raise UnsupportedError(f"threads must be 1 under a runner (threads={threads})")
        taken: list[float] = []

        def run() -> None:
            self._run(1)
            taken.append(self._run(calls))
        self._called(x, residual, out, run)
        return taken[0]

    # --- for checks: the C functions, on memory as it lies ---

    def pack_at(self, memory: Mapping[str, Fence]) -> None:
        """NAME_pack on copies of the fences' pages, among pages that cannot be touched; the copies come back."""
        self._lent(memory, [one.name for one in packing(self.kernel.spec)], lambda: self._say(Word.PACK))

    def run_at(self, memory: Mapping[str, Fence]) -> None:
        """The layer likewise, by one worker."""
        self._lent(memory, [one.name for one in running(self.kernel.spec)], lambda: self._run(1))

    def _lent(self, memory: Mapping[str, Fence], names: Sequence[str], call: Callable[[], object]) -> None:
        with self._lock:
            lent = []
            for name in names:
                if name in memory:
                    fence, area = memory[name], self._areas[name]
                    # an array at the end of its pages stays before what cannot be touched
                    late = fence.pages.size - fence.start - fence.bytes.size < fence.start
                    at = area.pages * PAGE - fence.pages.size if late else 0
                    self._say(Word.PUT, area.number, at, fence.pages.size, data=fence.pages)
                    self._say(Word.POINT, area.number, at + fence.start)
                    lent.append((fence, area.number, at))
            call()
            for fence, number, at in lent:
                self._say(Word.GET, number, at, fence.pages.size)
                fence.pages[:] = np.frombuffer(self._read(fence.pages.size), np.uint8)

    # --- what the program is told ---

    def _called(self, x: Array, residual: Array | None, out: Array | None, run: Callable[[], None]) -> Array:
        output = self._arrays["output"]
        y = room(output) if out is None else out
        if out is not None:
            check_given("output", out, output)
            check_out(self.kernel, out, x, residual)
        if not self._packed:
            raise InputError("weights must be packed before the first call (conv.pack(weights, bias))")
        area = self._areas["output"]
        with self._lock:
            self._put({"input": x, "residual": residual, "output": y}, "packed", "workspace")
            if residual is not None and y.ctypes.data == residual.ctypes.data:
                own = self._areas["residual"]
                self._say(Word.POINT, own.number, (area.start - own.start) * PAGE + area.at)
            run()
            self._take({"output": y})
        return y

    def _take(self, made: Mapping[str, Array | None]) -> None:
        """Bring arrays back, those that there are."""
        for role, array in made.items():
            if array is not None:
                area = self._areas[role]
                self._say(Word.GET, area.number, area.at, area.bytes)
                _bytes(array, self._arrays[role])[:] = np.frombuffer(self._read(area.bytes), np.uint8)

    def _put(self, given: Mapping[str, Array | None], *others: str) -> None:
        """Bring arrays into their places, and point the arguments to them and to the others."""
        for role, array in given.items():
            wanted = self._arrays.get(role)
            check_given(role, array, wanted)
            if array is not None and wanted is not None:
                area = self._areas[role]
                self._say(Word.PUT, area.number, area.at, area.bytes, data=_bytes(array, wanted))
        for name in (*given, *others):
            if name in self._areas:
                self._say(Word.POINT, self._areas[name].number, self._areas[name].at)

    def _run(self, times: int) -> float:
        """Seconds that so many runs take."""
        self._say(Word.RUN, times, 1)
        return int.from_bytes(self._read(8), "little") * 1e-9

    def _say(self, word: Word, *operands: int, data: Array | None = None) -> None:
        try:
            self._stdin.write(struct.pack("<4I", word, *operands, *[0] * (3 - len(operands))))
            if data is not None:
                self._stdin.write(data.data)
        except OSError:
            raise self._crash() from None

    def _read(self, size: int) -> bytes:
        try:
            self._stdin.flush()
        except OSError:
            raise self._crash() from None
        answer = self._stdout.read(size)
        if len(answer) < size:
            raise self._crash()
        return answer

    def _crash(self) -> CrashError:
        status = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read(1000).decode(errors="replace")
        return CrashError(f"the program under {shlex.join(self.command[:-1])} ended by {_ending(status, said)}")


def _bytes(array: Array, wanted: LayerArray) -> Array:
    """From an array's first number to its last."""
    return spanned(array, wanted).view(np.uint8)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
