"""Finding compilers, and building through the cache."""

import contextlib
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tools
from scale_kernel import Scale, data, expected, one_line, packed

from convgen.errors import InputError, MissingToolError
from convgen.run import compilers, headers, programs, scratch

pytestmark = pytest.mark.optimised


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """A new, empty cache; no $CC."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CONVGEN_CACHE", str(folder))
    monkeypatch.delenv("CC", raising=False)
    return folder


def program(path, *lines):
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


# --- the cache ---


class OtherHeader(Scale):
    header = Scale().header + "/* more */\n"


@pytest.fixture
def gcc():
    """Its path."""
    tools.require(tools.c("gcc"))
    return shutil.which("gcc")


def libraries(cache):
    return sorted((cache / "kernels").glob("*/*.so"))


def test_cache_holds_one_private_library_for_each_build(cache):
    path = compilers.build(Scale())
    before = path.stat().st_mtime_ns
    assert compilers.build(Scale()) == path
    assert path.stat().st_mtime_ns == before
    variants = {
        path,
        compilers.build(Scale(), opt="O0"),
        compilers.build(Scale(), openmp=False),
        compilers.build(Scale(bias=False)),
        compilers.build(OtherHeader()),
        compilers.build(Scale(flags=("-DX",))),
        compilers.build(Scale(), extra=("-DX",)),
        *(compilers.build(Scale(), cc) for cc in tools.CC),
    }
    assert len({each.parent for each in variants}) == 6 + len(tools.CC)
    assert sorted(variants) == libraries(cache)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert not list(cache.glob("build-*"))


WIDE = "#include <stdlib.h>\n"  # a stand-in for the header of a machine's instructions


@pytest.mark.parametrize("cc", tools.CC)
def test_headers_are_kept_from_the_second_kernel_on(cc, cache):
    """And what is made with what a compiler keeps of them is what is made without, to the byte."""
    sources = [f"{WIDE}int one(int x);\nint one(int x) {{ return abs(x) + {k}; }}\n" for k in range(3)]
    plain = [compilers.shared("one", source, cc=cc).read_bytes() for source in sources]
    shutil.rmtree(cache / "kernels")
    found = []
    for source, text in zip(sources, plain, strict=True):
        assert compilers.shared("one", source, cc=cc, includes=("stdlib.h",)).read_bytes() == text
        found.append(sorted(path.suffix for path in (cache / "headers").iterdir()))
    assert found == [[".h"], [".gch", ".h"], [".gch", ".h"]]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (cache / "headers").iterdir()} == {0o600}


@pytest.mark.parametrize("cc", tools.CC)
def test_what_a_compiler_cannot_take_of_them_is_left_out(cc, cache):
    for number in range(4):
        source = f"{WIDE}int one(int x);\nint one(int x) {{ return abs(x) + {number}; }}\n"
        assert compilers.shared("one", source, cc=cc, includes=("stdlib.h",)).is_file()
        for kept in (cache / "headers").glob("*.gch"):
            kept.write_bytes(b"spoiled")
    with pytest.raises(compilers.CompileError, match="no_such"):
        compilers.shared("one", "int one(void) { return no_such; }\n", cc=cc, includes=("stdlib.h",))
    for number in range(2):
        source = f"int two(void);\nint two(void) {{ return {number}; }}\n"
        assert compilers.shared("two", source, cc=cc, includes=("none.h",)).is_file()
    (none,) = (path for path in (cache / "headers").glob("*.h") if "none.h" in path.read_text())
    assert none.with_suffix(".none").exists()
    assert not list(cache.glob("build-*/header.gch"))


def test_what_a_compiler_cannot_keep_is_tried_once(cache):
    tried = []
    (cache / "headers").mkdir(parents=True)
    for _ in range(4):
        assert headers.kept(cache / "headers", "key", ["none.h"], lambda *paths: tried.append(paths)) is None
    assert len(tried) == 1


def test_headers_that_nobody_took_for_long_go(cache):
    def make(text, place):
        place.touch(0o600)
        return True

    (cache / "headers").mkdir(parents=True)
    for key in ("old", "old", "new"):
        headers.kept(cache / "headers", key, ["stdlib.h"], make)
    os.utime(cache / "headers/old.h.gch", (0, 0))
    assert headers.kept(cache / "headers", "new", ["stdlib.h"], make)
    assert {path.name for path in (cache / "headers").iterdir()} == {"old.h", "new.h", "new.h.gch"}


def test_another_machine_builds_its_own(monkeypatch, cache):
    compilers.build(Scale())
    monkeypatch.setattr(compilers, "_host", lambda: "another")
    compilers.build(Scale())
    assert len(libraries(cache)) == 2


@pytest.mark.parametrize("content", [b"", b"\x7fELF", None])
def test_damaged_library_is_built_again(cache, content):
    path = compilers.build(Scale())
    whole = path.read_bytes()
    spoiled = whole[: len(whole) // 2] if content is None else content
    path.unlink()
    path.write_bytes(spoiled)
    again = compilers.build(Scale())
    assert len(again.read_bytes()) == len(whole)
    assert libraries(cache) == [again]
    x, _ = data(Scale())
    np.testing.assert_array_equal(packed(Scale())(x), expected(Scale(), x, None))


def test_damaged_compiler_record_is_probed_again(cache):
    compiler = compilers.find_compiler()
    (record,) = (cache / "compilers").glob("*.json")
    for content in (b"", b"{", b'{"command": 3}'):
        record.write_bytes(content)
        assert compilers.find_compiler() == compiler
        assert len(record.read_bytes()) > 20


def test_concurrent_processes_build_the_same_kernel(cache):
    script = (
        "import sys; sys.path[:0] = [sys.argv[1]]; import scale_kernel as t, numpy as np\n"
        "conv = t.packed(t.Scale())\n"
        "print(conv.path, float(conv(np.zeros((1, 1, 6, 8), np.float32)).sum()))"
    )
    command = [sys.executable, "-c", script, str(Path(__file__).parent)]
    crowd = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    answers = [process.communicate(timeout=120)[0] for process in crowd]
    assert [process.returncode for process in crowd] == [0] * 8
    assert {float(answer.split()[1]) for answer in answers} == {24.0}
    assert {answer.split()[0] for answer in answers} == {str(path) for path in libraries(cache)}
    assert not list(cache.glob("build-*"))


def test_cache_that_others_can_write_is_refused(cache):
    cache.mkdir()
    for mode in (0o777, 0o720):
        cache.chmod(mode)
        with pytest.raises(InputError, match=r"must not be writable by others .*mode 7[27]") as error:
            compilers.build(Scale())
        one_line(error)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_cache_of_another_user_is_refused(cache):
    cache.mkdir(mode=0o700)
    os.chown(cache, 12345, 12345)
    with pytest.raises(InputError, match=r"must belong to the user .*owner 12345"):
        compilers.build(Scale())


def modes(folder):
    """Of it and of all in it, as path -> mode."""
    return {path: stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}


def test_what_is_made_is_private_whatever_the_umask(monkeypatch, tmp_path):
    monkeypatch.setenv("CONVGEN_CACHE", str(tmp_path / "one/two/cache"))
    before = os.umask(0)
    try:
        path = compilers.build(Scale())
    finally:
        os.umask(before)
    found = modes(tmp_path / "one")
    assert path in found
    assert len(found) == 3 + 2 + 1 + 2  # cache; kernels, its shelf and library; compilers and its record
    assert {path: mode for path, mode in found.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}


def places(library):
    """Of a library in the cache: the folders on the way to it, and itself."""
    return [library.parent.parent, library.parent, library]


def planted(library):
    """Another library in its place, under its own digest, which adds 100 to what is expected."""
    source = Scale().source.replace("half[i] + p[1]", "half[i] + p[1] + 100.0f")
    other = compilers.shared("scale", source, Scale().header)
    place = library.with_name(other.name)
    library.unlink()
    shutil.copyfile(other, place)
    place.chmod(0o600)
    return place


@pytest.mark.parametrize("at", range(3), ids=["kernels", "shelf", "library"])
@pytest.mark.parametrize("mode", [0o770, 0o777, 0o1777, 0o702])
def test_what_others_could_write_is_built_again(cache, at, mode):
    """Also a library that is ours: in a folder that was open, others may have exchanged libraries."""
    place = planted(compilers.build(Scale()))
    places(place)[at].chmod(mode)
    path = compilers.build(Scale())
    assert path.name != place.name
    x, _ = data(Scale())
    np.testing.assert_array_equal(packed(Scale())(x), expected(Scale(), x, None))
    assert not any(mode & 0o022 for mode in modes(cache).values())
    assert sorted(path.name for path in cache.iterdir()) == ["compilers", "kernels"]


def test_compiler_record_that_others_could_write_names_no_program(gcc, cache):
    compiler = compilers.find_compiler(gcc)
    (record,) = (cache / "compilers").glob("*.json")
    for place in (record, record.parent):
        record.write_bytes(record.read_bytes().replace(gcc.encode(), b"/evil"))
        assert compilers.find_compiler(gcc).command == ("/evil",)
        place.chmod(place.stat().st_mode | 0o020)
        assert compilers.find_compiler(gcc) == compiler


def give_away(monkeypatch, owned):
    """Let a path belong to another user, as far as Path.lstat tells."""
    lstat = Path.lstat

    def told(path):
        state = lstat(path)
        return os.stat_result((*state[:4], 12345, *state[5:])) if path == owned else state

    monkeypatch.setattr(Path, "lstat", told)


@pytest.mark.parametrize("at", range(3), ids=["kernels", "shelf", "library"])
@pytest.mark.parametrize("mode", [0o700, 0o777])
def test_what_belongs_to_another_user_is_refused(monkeypatch, at, mode):
    place = places(planted(compilers.build(Scale())))[at]
    place.chmod(mode)
    give_away(monkeypatch, place)
    with pytest.raises(InputError, match=rf"must belong to the user .*\({place}: owner 12345, user \d+\)") as error:
        compilers.build(Scale())
    assert one_line(error).endswith("set CONVGEN_CACHE")
    assert place.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_planted_library_of_another_user_is_refused():
    place = planted(compilers.build(Scale()))
    os.chown(place, 12345, 12345)
    with pytest.raises(InputError, match=r"must belong to the user .*owner 12345"):
        compilers.build(Scale())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes what belongs to root")
def test_what_belongs_to_root_is_used(monkeypatch):
    path = compilers.build(Scale())
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert compilers.build(Scale()) == path


@pytest.mark.parametrize("at", range(2), ids=["kernels", "shelf"])
def test_link_in_the_cache_is_not_followed(tmp_path, at):
    place = places(compilers.build(Scale()))[at]
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=rf"cache must hold a .*\({place}\); remove it, or set CONVGEN_CACHE") as error:
        compilers.build(Scale())
    one_line(error)


@pytest.mark.parametrize("make", [
    lambda path: path.symlink_to("/nowhere"), lambda path: path.symlink_to("/etc/passwd"), os.mkfifo,
    lambda path: (path / "inside").mkdir(parents=True),
], ids=["dangling link", "link", "pipe", "folder"])
def test_what_stands_in_a_librarys_place_is_replaced(cache, make):
    path = compilers.build(Scale())
    path.unlink()
    make(path)
    assert compilers.build(Scale()) == path
    assert stat.S_ISREG(path.lstat().st_mode)


def test_a_file_is_not_taken_for_a_folder(cache):
    compilers.build(Scale())
    shutil.rmtree(cache / "kernels")
    (cache / "kernels").write_text("")
    with pytest.raises(InputError, match="cache must hold a folder here"):
        compilers.build(Scale())


def test_cache_that_cannot_be_made_is_replaced_with_one_warning(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CONVGEN_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(RuntimeWarning, match="convgen keeps no cache") as warned:
        path = compilers.build(Scale())
    assert len(warned) == 1
    assert warned[0].filename == __file__  # whose call it is
    folder = compilers.cache_folder()
    assert path.is_relative_to(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_empty_cache_variable_means_the_default(monkeypatch, tmp_path):
    monkeypatch.setenv("CONVGEN_CACHE", "")
    monkeypatch.setattr(compilers.platformdirs, "user_cache_dir", lambda name: str(tmp_path / name))
    assert compilers.cache_folder() == tmp_path / "convgen"


# --- compilers ---


@tools.needs(tools.openmp, "gcc")
def test_compilers_come_in_order(monkeypatch, tmp_path, gcc):
    assert compilers.find_compiler().command == (gcc,)
    assert compilers.find_compiler().openmp
    assert "gcc" in compilers.find_compiler().version
    spaced = program(tmp_path / "my cc", f'exec {gcc} "$@"')
    monkeypatch.setenv("CC", str(spaced))
    assert compilers.find_compiler().command == (str(spaced),)
    monkeypatch.setenv("CC", "gcc -pipe")
    assert compilers.find_compiler().command == (gcc, "-pipe")
    assert compilers.find_compiler("gcc").command == (gcc,)
    monkeypatch.setenv("CC", " ")
    assert compilers.find_compiler().command == (gcc,)


@tools.needs(tools.openmp, "gcc")
def test_all_compilers_leaves_out_aliases_and_looks_again(monkeypatch, tmp_path, gcc):
    # A compiler without OpenMP until the file appears.
    cc = program(
        tmp_path / "gcc",
        f'case "$*" in *-fopenmp*) test -e {tmp_path}/omp || exit 1;; esac', f'exec {gcc} "$@"',
    )  # fmt: skip
    (tmp_path / "cc").symlink_to(cc)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(compilers, "_usual", lambda: [(str(cc),), (str(tmp_path / "cc"),)])
    assert [c.openmp for c in compilers.all_compilers()] == [False]
    (tmp_path / "omp").write_text("")
    assert not compilers.find_compiler().openmp  # remembered
    assert [c.openmp for c in compilers.all_compilers()] == [True]
    assert compilers.find_compiler().openmp


def test_warm_start_runs_no_program(monkeypatch, cache):
    path = compilers.build(Scale())
    monkeypatch.setattr(programs.subprocess, "Popen", None)
    assert compilers.build(Scale()) == path


def test_replaced_compiler_is_probed_again(tmp_path, gcc, cache):
    for version in ("one", "three"):
        told = f'[ "$1" = --version ] && echo {version} && exit'
        cc = program(tmp_path / "cc", told, f'exec {gcc} "$@"')
        assert compilers.find_compiler(str(cc)).version == version
        compilers.build(Scale(), str(cc))
    assert len(libraries(cache)) == 2


@pytest.mark.parametrize(
    ("cc", "text"),
    [
        ("no-such-compiler", "cc must name an executable, found on PATH (cc='no-such-compiler')"),
        ("", "cc must name an executable"),
        ("gcc 'unfinished", "cc must be a command"),
        ("/", "cc must name an executable"),
        ("{tmp}/text", "cc must name an executable"),  # not executable
        ("true", "a C compiler must build a trivial program"),
        ("ls", "a C compiler must build a trivial program"),
        ("{tmp}/fails", "fails: line two)"), ("{tmp}/full", "full: ld: No space left on device)"),
        ("{tmp}/garbage", "cannot run it: Exec format error"),
    ],
)
def test_compiler_that_does_not_work(tmp_path, cache, cc, text):
    (tmp_path / "text").write_text("hello")
    program(tmp_path / "fails", "echo line one; echo line two; exit 1")
    program(tmp_path / "full", "echo 'ld: No space left on device'; echo 'collect2: error: ld returned 1'; exit 1")
    (tmp_path / "garbage").write_bytes(b"\x7fELFgarbage")
    (tmp_path / "garbage").chmod(0o755)
    with pytest.raises(MissingToolError) as error:
        compilers.build(Scale(), cc.format(tmp=tmp_path))
    assert text in one_line(error)
    assert error.value.exit_code == 4
    assert not list(cache.glob("build-*"))


def test_wrong_environment_variable_is_named_and_not_passed_over(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(MissingToolError, match=r"\$CC must name an executable"):
        compilers.find_compiler()
    monkeypatch.setenv("CC", "no-such-wrapper gcc")
    with pytest.raises(MissingToolError, match=r"found on PATH \(\$CC='no-such-wrapper gcc'\); no no-such-wrapper is"):
        compilers.find_compiler()


@tools.needs(tools.c, "gcc")
def test_a_wrapper_before_the_compiler_works(monkeypatch, tmp_path, gcc):
    """As ccache and distcc are."""
    wrapper = program(tmp_path / "wrapper", 'exec "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("CC", "wrapper gcc -pipe")
    compiler = compilers.find_compiler()
    assert compiler.command == (str(wrapper), "gcc", "-pipe")
    assert "gcc" in compiler.version
    x, _ = data(Scale())
    np.testing.assert_array_equal(packed(Scale())(x), expected(Scale(), x, None))


@tools.needs(tools.c, "gcc")
def test_a_compiler_for_another_machine_is_passed_over_and_that_is_said_once(monkeypatch, tmp_path, gcc):
    """In the environment, as builds for other machines have it; one that is asked for is not."""
    cross = program(tmp_path / "cross-gcc", f'exec {gcc} "$@" -nostartfiles -Wl,-e,0')
    monkeypatch.setenv("CC", str(cross))
    with pytest.warns(RuntimeWarning, match=r"\$CC builds no programs for this machine, so .*gcc is taken") as said:
        taken = [compilers.find_compiler().command for _ in range(2)]
    assert taken == [(gcc,)] * 2
    assert len(said) == 1
    with pytest.raises(MissingToolError, match="must build a trivial program"):
        compilers.find_compiler(str(cross))


def test_no_compiler_at_all(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compilers.importlib.util, "find_spec", lambda name: None)
    pattern = r"no working C compiler \(looked for .*install gcc"
    with pytest.raises(MissingToolError, match=pattern) as error:
        compilers.build(Scale())
    one_line(error)


def test_broken_compiler_is_passed_over(monkeypatch, tmp_path, gcc):
    program(tmp_path / "gcc", "echo it is broken; exit 1")
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compilers.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingToolError, match="it is broken"):
        compilers.find_compiler()
    program(tmp_path / "cc", f'PATH={shlex.quote(path)} exec {gcc} "$@"')
    assert compilers.find_compiler().command == (str(tmp_path / "cc"),)


def test_zig_of_the_wheel_is_found(monkeypatch, tmp_path):
    pytest.importorskip("ziglang")
    monkeypatch.setenv("PATH", str(tmp_path))
    (command,) = compilers._usual()
    assert command[1:] == ("cc",)
    assert os.access(command[0], os.X_OK)
    assert compilers.command_of("cc", "zig cc") == command


@pytest.mark.sweep  # its first run builds zig's own libraries, for most of a minute
def test_zig_builds_a_kernel():
    pytest.importorskip("ziglang")
    kernel = Scale()
    x, _ = data(kernel)
    np.testing.assert_array_equal(packed(kernel, "zig cc")(x, threads=2), expected(kernel, x, None))


@pytest.mark.parametrize("opt", ["O4", "-O3", "", None, 3, "O2 -DX"])
def test_bad_optimisation_level(opt):
    with pytest.raises(InputError, match="opt must be one of O0, O1, O2, O3, Os") as error:
        compilers.build(Scale(), opt=opt)
    one_line(error)


def test_refused_source_names_the_compiler_and_keeps_the_files(cache):
    with pytest.raises(compilers.CompileError, match="impossible") as error:
        compilers.build(Scale(), extra=("-include", "impossible.h"))
    text = one_line(error)
    assert compilers.find_compiler().command[0] in text
    command = text.split("reproduce: ")[1]
    again = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert again.returncode != 0
    assert "impossible.h" in again.stderr
    folder = Path(shlex.split(command)[1])
    assert sorted(path.name for path in folder.iterdir()) == ["scale.c", "scale.h"]
    assert not libraries(cache)


def test_compiler_that_hangs_is_stopped_with_what_it_started(monkeypatch, tmp_path, gcc):
    pid = tmp_path / "pid"
    cc = program(
        tmp_path / "slow",
        f'case "$*" in *-shared*) sleep 60 & echo $! > {pid}; wait;; esac', f'exec {gcc} "$@"',
    )  # fmt: skip
    compilers.find_compiler(str(cc))
    monkeypatch.setattr(compilers, "TIMEOUT", 0.5)
    start = time.monotonic()
    with pytest.raises(compilers.CompileError, match=r"not finished in 0\.5 s"):
        compilers.build(Scale(), str(cc))
    assert time.monotonic() - start < 5
    with contextlib.suppress(FileNotFoundError):  # gone, or not yet collected by init
        stat = Path(f"/proc/{pid.read_text().strip()}/stat")
        while time.monotonic() - start < 5 and "(sleep) Z" not in stat.read_text():
            time.sleep(0.01)  # killed, and about to die
        assert "(sleep) Z" in stat.read_text()


def test_programs_together_take_no_longer_than_they_may(tmp_path):
    """In threads too; and longer again afterwards."""
    def sleep(seconds):
        return programs.run(["sleep", str(seconds)], tmp_path, 60)

    with programs.within(1):
        assert sleep(0) == (0, "")
        assert programs.each(sleep, (30, 60)) == [(-1, "not finished in 1 s")] * 2
        with programs.within(30):
            assert sleep(30) == (-1, "not finished in 1 s")
    assert sleep(0) == (0, "")
    with pytest.raises(InputError, match="timeout must be more than 0"), programs.within(-1):
        pass


# --- no room ---


@pytest.mark.parametrize("words", [("generate", "-o", "out", "ic1iw9oc2kw3"), ("verify", "ic1iw9oc2kw3"),
                                   ("tune", "--time-limit", "5", "--lock", "x.lock", "ic1iw9oc2kw3")], ids=str)
@tools.needs(tools.tmpfs)
def test_a_full_disk_is_called_one(tmp_path, gcc, words):
    """And no missing compiler, nor a fault of the program."""
    full = tmp_path / "full"
    full.mkdir()
    command = shlex.join([sys.executable, "-m", "convgen", *words])
    script = f"mount -t tmpfs -o size=8k none {full} && cd {tmp_path} && {command}"
    folders = {"CONVGEN_CACHE": full / "cache", "CONVGEN_RECORDS": full / "data" / "records.sqlite"}
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **{name: str(path) for name, path in folders.items()},
                               "PYTHONPATH": str(root)})
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert re.search(f"{full}.*(No space left on device|disk I/O error|disk is full)", done.stderr)
    assert "install" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["probe", "kernel"])
def test_a_full_disk_is_told_from_a_bad_compiler(monkeypatch, tmp_path, gcc, cache, kind):
    pattern = "*" if kind == "probe" else "*-shared*"
    cc = program(tmp_path / "cc", f'case "$*" in {pattern}) kill -BUS $$;; esac', f'exec {gcc} "$@"')
    with pytest.raises(MissingToolError):
        compilers.build(Scale(), str(cc))

    def full(dir):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compilers.tempfile, "TemporaryFile", full)
    with pytest.raises(InputError, match=r"disk must have room .*No space left on device") as error:
        compilers.build(Scale(), str(cc))
    one_line(error)
    assert len(list(cache.glob("build-*"))) == (kind == "kernel"), "of the first, which may be tried again"


def test_builds_that_were_left_are_removed_after_a_day(cache):
    compilers.build(Scale())
    old, new = cache / "build-old", cache / "build-new"
    for folder, age in ((old, 2 * scratch.KEPT), (new, scratch.KEPT / 2)):
        folder.mkdir()
        (folder / "k.c").write_text("")
        os.utime(folder, (time.time() - age,) * 2)
    compilers.build(OtherHeader())
    assert sorted(cache.glob("build-*")) == [new]
