"""Find a C compiler, and build shared libraries with it through a cache on disk.

A library depends on (source, header, flags, compiler, host) and nothing else, so it is stored under
a hash of those:

    CACHE/kernels/KEY/DIGEST.so     DIGEST is the hash of the file itself; .run for a program of another machine
    CACHE/compilers/KEY.json        what probing a compiler found; KEY holds its path, time and size
    CACHE/headers/                  what compilers keep of headers: see headers.py
    CACHE/build-…/                  one build under way, or the sources of one that failed, for a day: see scratch.py

Every file is written aside and renamed into place, so processes need no locks; a library torn by a
crash does not match its own name, and is built again. Nothing is used that another user could have
written, for libraries are loaded, and records name programs that are run: see private.py. How large it may become:
shelves.py.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import stat
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import platformdirs

from ..errors import InputError, MissingToolError, NamedToolError
from ..layer.names import show
from . import headers, private, programs, scratch, shelves

if TYPE_CHECKING:
    from ..plan.kernel import Kernel

OPTS = ("O0", "O1", "O2", "O3", "Os", "Ofast")

# Seconds for one run of a compiler. The first run of zig builds parts of its own C library, which
# takes most of a minute on a slow machine.
TIMEOUT = 300.0
TRIVIAL = 120.0  # of a trivial program, with that

INSTALL = "install gcc or clang, or: pip install ziglang"
ROOM = 1 << 20  # bytes that a disk must take where a compiler has failed, or else the disk is what is wrong
TELLING = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT), "error", "undefined")  # of lines that compilers print

_PLAIN = "int main(void) { return sizeof(float) != 4; }\n"
_OPENCL = """\
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
int main(void) { cl_uint count = 0; (void)clGetPlatformIDs(0, NULL, &count); return 0; }
"""
_OPENMP = "#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n"


class CompileError(MissingToolError):
    """The compiler refused a kernel's source, or did not finish."""


class Compiler(msgspec.Struct, frozen=True):
    """A C compiler that was seen to work: command line prefix, first line of --version, OpenMP."""

    command: tuple[str, ...]
    version: str
    openmp: bool

    def __str__(self) -> str:
        return shlex.join(self.command)


# --- finding ---


def find_compiler(cc: str | None = None) -> Compiler:
    """The compiler `cc` (name, path, or command such as "zig cc"), else $CC, gcc, clang, cc, zig's.

    MissingToolError when there is none; NamedToolError when the one asked for, or $CC, is none, or compiles nothing. A
    $CC whose programs do not link or run here may be for another machine: then the next is taken, with a warning.
    """
    complaints = []
    origin, named = ("cc", cc) if cc is not None else ("$CC", os.environ.get("CC", "").strip())
    if named or cc is not None:
        command = command_of(origin, named or "")
        try:
            return _probe(command)
        except MissingToolError as error:
            if cc is not None or programs.LATE in str(error) or not _compiles(command):
                raise NamedToolError(str(error)) from None
            complaints.append(str(error))
    for command in _usual():
        try:
            compiler = _probe(command)
        except MissingToolError as error:
            complaints.append(str(error))
            continue
        if named:
            _say_passed_over(str(compiler), complaints[0])
        return compiler
    found = complaints[0] if complaints else "looked for $CC, gcc, clang, cc and the ziglang wheel"
    raise MissingToolError(f"no working C compiler ({found}); {INSTALL}")


def _compiles(command: tuple[str, ...]) -> bool:
    """Whether it makes an object of a trivial program, as a compiler for another machine does."""
    with scratch.temporary() as work:
        (work / "probe.c").write_text(_PLAIN, encoding="utf-8")
        status, _ = _run([*command, "-c", "probe.c", "-o", "probe.o"], work)
        return status == 0 and (work / "probe.o").is_file()


@functools.cache  # one warning a process
def _say_passed_over(compiler: str, complaint: str) -> None:
    warnings.warn(f"$CC builds no programs for this machine, so {compiler} is taken for what runs here ({complaint})",
                  RuntimeWarning, stacklevel=3)


def all_compilers() -> tuple[Compiler, ...]:
    """Every working compiler in the order of find_compiler, aliases left out.

    Each is probed anew, and the result remembered: OpenMP may have been installed since.
    """
    commands = list(_usual())
    with contextlib.suppress(MissingToolError):
        commands.insert(0, command_of("$CC", os.environ.get("CC", "").strip()))
    found: dict[tuple[str, ...], Compiler] = {}
    for command in commands:
        identity = (os.path.realpath(command[0]), *command[1:])
        if identity not in found:
            with contextlib.suppress(MissingToolError):
                found[identity] = _probe(command, fresh=True)
    return tuple(found.values())


def _usual() -> Iterator[tuple[str, ...]]:
    for name in ("gcc", "clang", "cc", "zig"):
        path = _which(name)
        if path:
            yield (path, "cc") if name == "zig" else (path,)


def _which(name: str) -> str | None:
    """Absolute path of an executable; "zig" may also be the one inside the ziglang wheel."""
    path = shutil.which(name)
    if path is None and name == "zig":
        wheel = importlib.util.find_spec("ziglang")
        if wheel and wheel.origin:
            path = shutil.which(str(Path(wheel.origin).with_name("zig")))
    return os.path.abspath(path) if path else None


def command_of(origin: str, text: str) -> tuple[str, ...]:
    """Split a user's compiler into path and arguments; a whole path may contain spaces."""
    try:
        words = [text] if shutil.which(text) else shlex.split(text)
    except ValueError as error:
        raise NamedToolError(f"{origin} must be a command ({origin}={show(text)}: {error})") from None
    path = _which(words[0]) if words else None
    if path is None:
        lacking = f"no {words[0]} is there" if len(words) > 1 else INSTALL
        raise NamedToolError(f"{origin} must name an executable, found on PATH ({origin}={show(text)}); {lacking}")
    return (path, *words[1:])


def _probe(command: tuple[str, ...], fresh: bool = False) -> Compiler:
    """Compile, link and run a trivial program, with and without OpenMP; remembered on disk."""
    real = Path(command[0]).resolve()
    state = real.stat()
    cache = cache_folder()
    with _using(cache):
        shelf = private.folder(cache / "compilers")
    record = shelf / f"{_hash(*command, real, state.st_mtime_ns, state.st_size)}.json"
    if not fresh:
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            if private.intact(record):
                return msgspec.json.decode(record.read_bytes(), type=Compiler)
    with _using(cache), scratch.folder(cache, "build-") as work:
        complaint = _runs(command, ("-fopenmp",), _OPENMP, work)
        openmp = complaint is None
        if complaint and programs.LATE not in complaint:  # one that hangs does so again
            complaint = _runs(command, (), _PLAIN, work)
        if complaint:
            _check_room(work)
            raise MissingToolError(
                f"a C compiler must build a trivial program ({shlex.join(command)}: {complaint})"
            )
        compiler = Compiler(command, version(command, work), openmp)
        (work / "record").write_bytes(msgspec.json.encode(compiler))
        _keep(work / "record", record)
    return compiler


def version(command: tuple[str, ...], folder: Path) -> str:
    """The first line that a compiler says of itself."""
    status, output = _run([*command, "--version"], folder)
    return output.strip().splitlines()[0] if status == 0 and output.strip() else "unknown version"


def _runs(command: tuple[str, ...], flags: tuple[str, ...], source: str, work: Path,
          libraries: tuple[str, ...] = ()) -> str | None:
    """None when the program builds and runs; else the line that says most of what went wrong."""
    (work / "probe.c").write_text(source, encoding="utf-8")
    status, output = programs.run([*command, "-std=c99", *flags, "-o", "probe", "probe.c", *libraries], work, TRIVIAL)
    if status == 0:
        status, output = programs.run([str(work / "probe")], work, TRIVIAL)
    return None if status == 0 else _complaint(status, output)


def _complaint(status: int, output: str) -> str:
    """Of what a compiler printed, the line that says what is wrong: errors before what follows from them."""
    lines = output.strip().splitlines() or [f"exit status {status}"]
    telling = (line for mark in TELLING for line in lines if mark in line)
    return next(telling, lines[-1]).strip()[:200]


def _check_room(work: Path) -> None:
    """InputError where a compiler failed since there is no room for what it writes in its folder."""
    folder = work.parent
    cure = "set TMPDIR" if folder == Path(tempfile.gettempdir()) else private.CURE
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(ROOM))
            file.flush()
    except OSError as error:
        raise InputError("disk must have room for what a compiler writes"
                         f" ({folder}: {error.strerror}); {cure}") from None


def _run(command: list[str], folder: Path) -> tuple[int, str]:
    return programs.run(command, folder, TIMEOUT)


# --- building ---


def build(
    kernel: Kernel, cc: str | None = None, opt: str = "O3", openmp: bool = True,
    extra: tuple[str, ...] = (),
) -> Path:  # fmt: skip
    """Shared library of `kernel`, from the cache or newly compiled, with OpenMP when there is one.

    `extra` flags come last. InputError for a wrong `opt` or a cache that cannot be used,
    MissingToolError without a compiler, CompileError when it refuses the source.
    """
    return shared(kernel.name, kernel.source, kernel.header, kernel.flags, cc, opt, openmp, extra, kernel.headers)


def shared(
    name: str, source: str, header: str = "", flags: tuple[str, ...] = (), cc: str | None = None, opt: str = "O3",
    openmp: bool = False, extra: tuple[str, ...] = (), includes: tuple[str, ...] = (),
) -> Path:  # fmt: skip
    """The same of any C file that needs no other than NAME.h. includes: headers that it includes, if they are large."""
    level = check_opt(opt)
    compiler = find_compiler(cc)
    # with -Ofast, what starts a library would flush the subnormal numbers of all that runs in this process
    flags = ("-std=c99", f"-{level}", "-fPIC", "-shared", *["-nostartfiles"] * (level == "Ofast"),
             "-fvisibility=default", *flags, *["-fopenmp"] * (openmp and compiler.openmp))
    return store(name, {f"{name}.c": source, f"{name}.h": header}, compiler, flags, extra, ".so", includes)


def object_of(kernel: Kernel, cc: str | None = None) -> Path:
    """The kernel as an object file, for a library of several; likewise."""
    compiler = find_compiler(cc)
    flags = ("-std=c99", "-O3", "-fPIC", *kernel.flags, *["-fopenmp"] * compiler.openmp, "-c")
    return store(kernel.name, {f"{kernel.name}.c": kernel.source, f"{kernel.name}.h": kernel.header}, compiler, flags,
                 (), ".o", kernel.headers)


def linked(name: str, files: Mapping[str, str], objects: Sequence[Path], cc: str | None = None) -> Path:
    """A shared library of C files and of objects; likewise."""
    compiler = find_compiler(cc)
    flags = ("-std=c99", "-O3", "-fPIC", "-shared", "-fvisibility=default", *["-fopenmp"] * compiler.openmp)
    return store(name, files, compiler, flags, (*map(str, objects), "-lm"), ".so")


def check_opt(opt: str) -> str:
    """An optimisation level; InputError for what is none."""
    if opt not in OPTS:
        raise InputError(f"opt must be one of {', '.join(OPTS)} (opt={show(opt)})")
    return opt


def store(name: str, files: Mapping[str, str], compiler: Compiler, flags: Sequence[str], extra: Sequence[str],
          ending: str, includes: tuple[str, ...] = ()) -> Path:
    """What a compiler makes of the C among some files, from the cache or newly made; `extra` flags come last. includes:
    as above."""
    sources = [file for file in files if file.endswith(".c")]
    key = _hash(name, *files.values(), *flags, "", *extra, "", *compiler.command, compiler.version, _host())
    cache = cache_folder()
    with _using(cache):
        shelf = private.folder(private.folder(cache / "kernels") / key)
        made = _intact(shelf, ending)
        if made:
            return made
        with scratch.folder(cache, "build-", leave=CompileError) as work:  # of which the sources stay, to try again
            for file, text in files.items():
                (work / file).write_text(text, encoding="utf-8", newline="\n")
            fresh = f"kernel{ending}"
            command = [*compiler.command, *flags, "-o", fresh, *sources, *extra]
            kept = _kept(compiler, (*flags, *extra), includes, cache, work)
            if kept is None or _run([*command, *kept.flags], work)[0] != 0:
                _compile(command, work, fresh)  # which says what is wrong
                if kept is not None:
                    kept.refuse()
            made = shelf / f"{_digest(work / fresh)}{ending}"
            _keep(work / fresh, made, private.FILE if ending == ".so" else private.FOLDER)
        shelves.trim(cache / "kernels", made.stat().st_size)
        return made


def _kept(compiler: Compiler, flags: tuple[str, ...], includes: tuple[str, ...], cache: Path,
          work: Path) -> headers.Kept | None:
    """What the compiler keeps of these headers, where there is something to gain."""
    if set(includes) <= headers.LITTLE:
        return None
    key = _hash(*includes, "", *flags, "", *compiler.command, compiler.version, _host())

    def make(text: Path, place: Path) -> bool:
        made = work / "header.gch"
        status, _ = _run([*compiler.command, *flags, "-x", "c-header", str(text), "-o", str(made)], work)
        if status == 0 and made.is_file():
            _keep(made, place)
        return place.is_file()

    return headers.kept(private.folder(cache / "headers"), key, includes, make)


def opencl_flags(compiler: Compiler) -> tuple[str, ...]:
    """Flags that link a program with OpenCL's loader; MissingToolError without it, or without its header."""
    flags = ("-lOpenCL",)
    with scratch.temporary() as work:
        complaint = _runs(compiler.command, (), _OPENCL, work, flags)
    if complaint is not None:
        raise MissingToolError(f"{compiler} needs CL/cl.h and libOpenCL ({complaint}); Debian's ocl-icd-opencl-dev has"
                               " them")
    return flags


def program(folder: Path, sources: Sequence[str], name: str, compiler: Compiler, flags: tuple[str, ...] = (),
            libraries: tuple[str, ...] = ()) -> Path:
    """A program of C files in `folder`, built there, as many at a time as there are cores."""

    def compile_one(at: int) -> None:
        _compile([*compiler.command, "-std=c99", *flags, "-c", sources[at], "-o", f"{at}.o"], folder, f"{at}.o",
                 sources[at])

    programs.each(compile_one, range(len(sources)))
    _compile([*compiler.command, *(f"{at}.o" for at in range(len(sources))), *flags, *libraries, "-lm", "-o", name],
             folder, name, name)
    return folder / name


def _compile(command: list[str], work: Path, made: str = "kernel.so", what: str = "the kernel") -> None:
    status, output = _run(command, work)
    if status == 0 and (work / made).is_file():
        return
    _check_room(work)
    raise CompileError(
        f"{command[0]} cannot build {what}: {_complaint(status, output)};"
        f" reproduce: cd {shlex.quote(str(work))} && {shlex.join(command)}"
    )


def _intact(shelf: Path, ending: str) -> Path | None:
    """The library or program on `shelf` whose content matches its name; others are removed."""
    for path in sorted(shelf.glob(f"*{ending}")):
        if not stat.S_ISREG(path.lstat().st_mode):  # a link, or a folder, that nobody but the user can have put there
            shelves.remove(path)
        elif private.intact(path) and _digest(path) == path.stem:
            shelves.used(shelf)
            return path
        else:
            path.unlink(missing_ok=True)
    return None


def _keep(made: Path, place: Path, mode: int = private.FILE) -> None:
    """Move a file into the cache."""
    made.chmod(mode)
    os.replace(made, place)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]


def _hash(*parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode([str(part) for part in parts])).hexdigest()[:32]


@functools.cache
def _host() -> str:
    """What machine this is: a home folder may be shared between different ones."""
    model = platform.processor()
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            model = next((line for line in lines if line.startswith("model name")), model)
    except OSError:
        pass  # not Linux
    return f"{sys.platform} {platform.machine()} {model.strip()}"


# --- the cache folder ---


def cache_folder() -> Path:
    """$CONVGEN_CACHE or the user's cache folder, created private; a temporary one if unwritable.

    The libraries in it are loaded and run, so InputError when others could have written them.
    """
    folder = Path(os.environ.get("CONVGEN_CACHE") or platformdirs.user_cache_dir("convgen")).absolute()
    try:
        private.make(folder)
        state = folder.stat()
    except OSError as error:
        return Path(_temporary_cache(folder, str(error.strerror or error)).name)
    private.check("cache folder", folder, state, private.CURE)
    if not os.access(folder, os.W_OK | os.X_OK):
        return Path(_temporary_cache(folder, "not writable").name)
    return folder


@contextlib.contextmanager
def _using(cache: Path) -> Iterator[None]:
    """Report a full disk, say, as what it is to the user: an unusable cache."""
    try:
        yield
    except OSError as error:
        raise InputError(f"cache folder must be usable ({cache}: {error.strerror or error})") from None


def _callers() -> int:
    """The stacklevel, for who calls this, of the code that uses the package: a warning is about its line."""
    package, frame, level = os.path.dirname(os.path.dirname(__file__)) + os.sep, sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(package):
        frame, level = frame.f_back, level + 1
    return level


@functools.cache  # one folder and one warning a process; removed when the process ends
def _temporary_cache(folder: Path, reason: str) -> tempfile.TemporaryDirectory[str]:
    warnings.warn(f"convgen keeps no cache: {folder}: {reason}", RuntimeWarning, stacklevel=_callers())
    return tempfile.TemporaryDirectory(prefix="convgen-")
