"""What an attacker or an unlucky user brings: every input is answered soon, in little memory, in one line."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tools import command as run

import convgen
from convgen.commands import pool
from convgen.commands.main import main
from convgen.errors import InputError, UnsupportedError
from convgen.layer import formats, outside
from convgen.layer.formats import load_layers
from convgen.layer.spec import ConvSpec
from convgen.packaging import output, selftest, weighted
from convgen.run import compilers, programs, scratch, shelves
from convgen.tuning import lock
from convgen.verification import sampled

OK = "ic4ih8oc4kh3ph1"


# file name -> its text, what the message says; each took gigabytes, or minutes, when it was as large as files may be
LONG = {
    "dotted.toml": ("[[layer]]\n" + ".".join(["a"] * 4000) + " = 1\n", "keys must have at most 32 parts"),
    "table.toml": ("[" + " . ".join(["a", '"b c"', "'d'"] * 40) + "]\n", "keys must have at most 32 parts"),
    "inline.toml": ("layer = [{" + "a." * 40 + "a = 1}]\n", "keys must have at most 32 parts"),
    "nested.toml": ("a = " + "[" * 100_000, "must not nest so deep"),
    "nested.json": ("[" * 100_000, "must not nest so deep"),
    "line.txt": ("ic64" * 20_000, "a line must have at most 65536 characters"),
    "quotes.txt": ('"' * 70_000, "a line must have at most"),
    "bytes.txt": ("#" * (4 * 2**20 + 1), "must not exceed 4 MiB"),
}


@pytest.mark.parametrize("name", LONG)
def test_files_that_would_take_gigabytes_are_refused(tmp_path, name):
    text, told = LONG[name]
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=told) as error:
        load_layers(str(tmp_path / name))
    assert len(str(error.value)) < 600
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["many.txt", "many.json", "many.toml"])
def test_files_of_very_many_layers_are_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(formats, "MAX_LAYERS", 3)
    layer = {"txt": f"{OK}\n", "json": f'{{"descriptor": "{OK}"}}', "toml": f"[[layer]]\ndescriptor = '{OK}'\n"}
    kind = name.partition(".")[2]
    for count in (3, 4):
        (tmp_path / name).write_text(f"[{', '.join([layer[kind]] * count)}]" if kind == "json" else layer[kind] * count)
        if count == 3:
            assert len(load_layers(str(tmp_path / name))) == 3
    with pytest.raises(InputError, match="at most 3 layers"):
        load_layers(str(tmp_path / name))


def test_dots_in_names_and_comments_are_no_keys(tmp_path):
    name = ".".join("abcdefghij" * 3)
    (tmp_path / "a.toml").write_text(f"# {'.' * 100}\ndescriptor = '{OK}'\nname = '{name}'\n")
    assert load_layers(str(tmp_path / "a.toml"))[0].name == name


READERS = {
    "layers": lambda path: load_layers(str(path)),
    "lock": lambda path: lock.load(str(path)),
    "manifest": lambda path: list(output.stored(path.parent)),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_without_a_writer_is_told(tmp_path, monkeypatch, reader):
    monkeypatch.setattr(outside, "PATIENCE", 0.05)
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "pipe.c").touch()
    with pytest.raises(InputError, match="a pipe into which nobody writes"):
        READERS[reader](tmp_path / "pipe.json")


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("weights.npy", bytes(2**21))


def claiming(path):
    """A head of many elements, and none of them."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (2**40,)})


@pytest.mark.parametrize(("name", "make", "told"), [
    ("w.npz", bomb, "unfolds to more than"), ("w.npy", claiming, "it is something else"),
    ("w.npy", os.mkfifo, "not a plain file"), ("w.npy", os.mkdir, "not a plain file"),
    ("w.npz", lambda path: path.write_bytes(b"PK"), "it is something else"),
], ids=["bomb", "claim", "pipe", "folder", "torn"])
def test_files_of_weights_are_what_they_claim(tmp_path, monkeypatch, name, make, told):
    monkeypatch.setattr(weighted, "MOST_BYTES", 2**20)
    make(tmp_path / name)
    words = ["generate", OK, "--weights", tmp_path / name, "-o", tmp_path / "out", "--no-verify"]
    assert told in " ".join(run(*words, code=2).stderr.split())


def test_a_pipe_with_a_writer_is_read(tmp_path):
    """As a shell's <(...) is."""
    os.mkfifo(tmp_path / "pipe.json")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe.json").write_text(json.dumps({"descriptor": OK})))
    writer.start()
    assert len(load_layers(str(tmp_path / "pipe.json"))) == 1
    writer.join()


def test_a_pipe_in_the_place_of_an_output_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.c")
    assert output.states(tmp_path, {"a.c": "", "b.c": ""}) == {"a.c": "changed", "b.c": "new"}


# --- time ---


def test_a_time_out_is_called_one_and_says_the_way_out(tmp_path):
    """Where a machine is under load, say: nothing is known of the kernel, which is not to say that it crashed."""
    run("verify", OK, "--mode", "exact")  # which builds it
    words = ["generate", OK, "-o", str(tmp_path / "out"), "--timeout"]
    found = run(*words, "0.0001", code=5)
    assert "timeout:" in found.stderr
    assert "more seconds by --timeout" in found.stderr
    assert not (tmp_path / "out").exists()
    assert "timeout must be more than 0" in run(*words, "-1", code=2).stderr.replace("\n", " ")


@pytest.mark.parametrize("words", [("generate", "-o", "out"), ("generate", "-o", "out", "--prove"),
                                   ("verify", "--mode", "algebra")], ids=" ".join)
@pytest.mark.parametrize("answers", ["", "*probe*|*--version*"], ids=["never", "until it matters"])
def test_a_compiler_that_hangs_has_the_time_that_a_user_gives(tmp_path, monkeypatch, words, answers):
    cc = tmp_path / "slow"
    cc.write_text(f'#!/bin/sh\ncase "$*" in {answers or "nothing"}) exec gcc "$@";; esac\nexec sleep 600\n')
    cc.chmod(0o755)
    monkeypatch.setenv("CC", str(cc))
    monkeypatch.setenv("CONVGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    proves = answers and " ".join(words) != "generate -o out"
    said = " ".join(run(words[0], OK, *words[1:], "--timeout", "2", code=5 if proves else 4).stderr.split())
    assert ("must end in time (timeout=2 s)" if proves else "not finished in 2 s") in said
    assert not (tmp_path / "out").exists()


# --- compilers ---


def script(path, *lines):
    path.write_text("\n".join(["#!/bin/sh", *lines]))
    path.chmod(0o755)
    return str(path)


def test_a_program_may_not_print_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "MOST", 2**20)
    status, told = programs.run(["sh", "-c", "yes & yes"], tmp_path, 60)
    assert (status, told) == (-1, "it prints more than 1 MiB")
    assert programs.run(["sh", "-c", "echo out; echo err >&2; exit 3"], tmp_path, 60) == (3, "out\nerr\n")


def test_a_program_ends_with_the_process_that_started_it(tmp_path):
    """Also when that is killed: a compiler that hangs would stay for ever."""
    code = "from convgen.run import programs; from pathlib import Path; programs.run(['sh', '-c', 'sleep 1000 &" \
           f" echo $! > pid.new; mv pid.new pid; wait'], Path({str(tmp_path)!r}), 100)"
    parent = subprocess.Popen([sys.executable, "-c", code])
    pid = tmp_path / "pid"
    assert within(20, pid.exists)
    time.sleep(0.5)  # for the watcher to be told
    parent.kill()
    parent.wait()
    status = Path(f"/proc/{pid.read_text().strip()}/stat")
    assert within(10, lambda: not status.exists() or ") Z" in status.read_text())


def within(seconds, happens):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happens():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("words", [("generate",), ("package", "--name", "lib")], ids=["generate", "package"])
@pytest.mark.parametrize(("lines", "told"), [
    (["exit 1"], "a C compiler must build a trivial program"), (None, "$CC must name an executable"),
], ids=["broken", "missing"])
def test_a_compiler_that_is_named_and_broken_is_an_error(tmp_path, monkeypatch, words, lines, told):
    monkeypatch.setenv("CC", script(tmp_path / "mycc", *lines) if lines else "no-such-cc")
    assert told in run(*words, OK, "-o", tmp_path / "out", code=4).stderr
    assert not (tmp_path / "out").exists()


def test_a_compiler_that_hangs_is_asked_once(tmp_path, monkeypatch):
    monkeypatch.setattr(compilers, "TRIVIAL", 0.3)
    monkeypatch.setenv("CC", script(tmp_path / "mycc", f"echo >> {tmp_path}/asked", "exec sleep 1000"))
    start = time.monotonic()
    assert "not finished in 0.3 s" in run("generate", OK, "-o", tmp_path / "out", code=4).stderr
    assert time.monotonic() - start < 60
    assert (tmp_path / "asked").read_text() == "\n"


# --- what killed processes leave ---


def test_folders_of_processes_that_are_gone_are_removed(tmp_path):
    code = f"from convgen.run import scratch; from pathlib import Path; import sys\n" \
           f"with scratch.folder(Path({str(tmp_path)!r}), 'build-') as path: print(path, flush=True); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    live, dead = (subprocess.Popen([sys.executable, "-c", code], **pipes) for _ in range(2))
    paths = [Path(one.stdout.readline().strip()) for one in (live, dead)]
    dead.kill()
    dead.wait()
    failed, other = tmp_path / "build-failed", tmp_path / "build-other"
    failed.mkdir()
    (other / "inside").mkdir(parents=True)
    os.utime(other, (0, 0))
    with scratch.folder(tmp_path, "build-") as mine:
        assert sorted(tmp_path.iterdir()) == sorted([paths[0], failed, mine])
    live.communicate()
    assert list(tmp_path.iterdir()) == [failed]


def test_what_is_killed_while_a_compiler_runs_is_removed_by_the_next(tmp_path, monkeypatch):
    """With the compiler's own temporary files: of a package's self-test, of a proof."""
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path))
    code = "from convgen.run import programs, scratch; import os\n" \
           "with scratch.temporary() as path: programs.run(['sh', '-c', 'mktemp && kill -9 $PPID'], path, 9)"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)}, check=False)
    (left,) = tmp_path.iterdir()
    assert (done.returncode, len(list(left.iterdir()))) == (-9, 2)  # the owner's file, and the program's
    with scratch.temporary() as mine:
        assert list(tmp_path.iterdir()) == [mine]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", range(1, 6))
def test_a_folder_that_is_half_removed_is_removed_by_the_next(tmp_path, at):
    """Whatever of it went first."""
    code = f"""if True:
        import os
        from pathlib import Path
        from convgen.run import scratch
        count = 0
        def killed(name):
            own = getattr(os, name)
            def step(*args, **more):
                global count
                count += 1
                if count == {at}:
                    os.kill(os.getpid(), 9)
                return own(*args, **more)
            return step
        with scratch.folder(Path({str(tmp_path)!r}), 'build-') as path:
            (path / 'inside').mkdir()
            (path / 'inside' / 'a').touch()
            os.unlink, os.rmdir = killed('unlink'), killed('rmdir')"""
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert (done.returncode, len(list(tmp_path.iterdir()))) == ((-9, 1) if at < 5 else (0, 0))
    with scratch.folder(tmp_path, "build-") as mine:
        assert list(tmp_path.iterdir()) == [mine]


def test_a_folder_stays_where_that_is_asked_for(tmp_path):
    with pytest.raises(ValueError, match="x"), scratch.folder(tmp_path, "build-", leave=ValueError) as path:
        raise ValueError("x")
    with pytest.raises(KeyError), scratch.folder(tmp_path, "build-", leave=ValueError):
        raise KeyError
    assert list(tmp_path.iterdir()) == [path]
    assert list(path.iterdir()) == []


@pytest.mark.parametrize(("at", "reader"), [*((at, "generate") for at in range(2, 6)), (4, "check"), (4, "verify")])
def test_files_of_a_killed_generate_are_all_new_or_all_old(tmp_path, at, reader):
    """At every rename, of the files themselves from the third on: whoever looks next sees one of the two."""
    out = tmp_path / "out"
    run("generate", OK, "--no-verify", "-o", out, "--name", "k")
    old = {path.name: path.read_text() for path in out.iterdir()}
    assert killed_at(at, "generate", OK, "--no-bias", "--no-verify", "--force", "-o", out, "--name", "k") == -9
    words = {"generate": ["generate", OK, "--check", "-o", out, "--name", "k"], "check": ["check", out],
             "verify": ["verify", out, "--mode", "exact"]}[reader]
    CliRunner().invoke(main, [str(word) for word in words])
    new = {path.name: path.read_text() for path in out.iterdir()}
    assert new.keys() == old.keys()
    changed = {name for name in new if new[name] != old[name]}
    assert changed in (set(), set(new))
    assert bool(changed) == (at > 2)


def killed_at(at, *words):
    """The status of a command that is killed at such a rename of what it has written."""
    code = f"""if True:
        import os, sys
        from convgen.commands.main import main
        replace, count = os.replace, 0
        def killed(*args):
            global count
            if ".convgen-" in str(args[0]):
                count += 1
                if count == {at}:
                    os.kill(os.getpid(), 9)
            replace(*args)
        os.replace = killed
        main({[str(word) for word in words]!r})"""
    return subprocess.run([sys.executable, "-c", code], check=False).returncode


def test_names_of_files_that_are_left_lie_in_their_folder(tmp_path):
    """Nothing is renamed to a place outside, whatever the names say."""
    out = tmp_path / "out"
    code = f"from convgen.run import scratch; from pathlib import Path; import os\n" \
           f"with scratch.folder(Path({str(out)!r}), '.convgen-') as path:\n" \
           f"    (path / 'a').write_text('a'); (path / 'b').write_text('b')\n" \
           f"    (path / 'link').mkdir(); (path / 'link' / 'c').write_text('c')\n" \
           f"    scratch.seal(path, ['link/c', '../a', {str(tmp_path / 'a')!r}, 'b', 7]); os.kill(os.getpid(), 9)"
    out.mkdir()
    (out / "link").symlink_to(tmp_path)
    subprocess.run([sys.executable, "-c", code], check=False)
    scratch.sweep(out, ".convgen-")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    assert {path.name for path in out.iterdir()} <= {"b", "link"}


@pytest.mark.parametrize("at", range(2, 6))
def test_a_killed_generate_is_put_right_by_the_next(tmp_path, at):
    """At every rename into the folder: no file is torn, and nothing is left."""
    out = tmp_path / "out"
    assert killed_at(at, "generate", OK, "--no-verify", "-o", out) == -9
    run("generate", OK, "--no-verify", "-o", out)
    assert sorted(path.suffix for path in out.iterdir()) == [".c", ".h", ".json"]
    run("generate", OK, "--check", "-o", out)


# --- the size of the cache ---


def test_the_cache_keeps_what_was_used_last(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVGEN_CACHE_SIZE", "4")
    for at in range(8):
        shelf = tmp_path / str(at)
        shelf.mkdir()
        (shelf / "kernel.so").write_bytes(bytes(2**20))
        os.utime(shelf, (at * 1000 + 1000,) * 2)
    shelves.used(tmp_path / "0")
    shelves.trim(tmp_path, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "6", "7"]
    (tmp_path / "8").mkdir()
    (tmp_path / "8" / "kernel.so").write_bytes(bytes(4 * 2**20))  # new, so that others may be about to load it
    shelves.trim(tmp_path, 100)
    assert len(list(tmp_path.iterdir())) == 4, "so little is not looked at"
    shelves.trim(tmp_path, 2**20)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "8"]


@pytest.mark.parametrize("text", ["much", "-1", "1.5", "9" * 20])
def test_the_size_of_the_cache_is_a_number(monkeypatch, text):
    monkeypatch.setenv("CONVGEN_CACHE_SIZE", text)
    with pytest.raises(InputError, match="CONVGEN_CACHE_SIZE must be a number of MiB"):
        shelves.limit()


# --- what a system lacks ---


def test_without_semaphores_layers_are_planned_one_after_the_other(monkeypatch):
    """As in a container whose /dev/shm cannot be written."""
    def lacking(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pool, "ProcessPoolExecutor", lacking)
    monkeypatch.setattr(pool, "cores", lambda: 2)
    assert pool.each(str, [1, 2], pool.MANY, "planning") == ["1", "2"]


# --- numbers that no type holds ---

LINE = {"spec": {"ic": 16, "oc": 16, "iw": 8, "ih": 8, "kh": 3, "kw": 3, "layout": "nhwc", "weights_layout": "hwio"},
        "target": "x86-64-v3 avx2", "device": "d", "compiler": "c", "threads": 1, "plan": {"algorithm": "direct"},
        "convgen": "0.1", "min_s": 1e-5, "median_s": 1e-5, "repeats": 3, "predicted": 1.0}


@pytest.mark.parametrize("number", [2**63, 2**64, 10**30, 10**400], ids=["2^63", "2^64", "10^30", "10^400"])
@pytest.mark.parametrize("field", ["threads", "repeats", "min_s", "predicted", "spec.ic", "spec.kh", "plan.mr",
                                   "plan.unroll", "plan.loops"])
def test_locks_with_numbers_of_any_size_are_read_or_refused(field, number):
    line = json.loads(json.dumps(LINE))
    *above, name = field.split(".")
    (line[above[0]] if above else line)[name] = [{"dim": "oc", "step": number}] if name == "loops" else number
    text = f'{{"convgen_records":1}}\n{json.dumps(line)}\n'
    with contextlib.suppress(InputError):
        rows, left_out = lock.read(text)
        assert (rows, len(left_out)) == ([], 1)


@pytest.mark.parametrize("field", ["spec", "plan", "device"])
def test_locks_that_nest_deep_are_refused(field):
    line = json.dumps({**LINE, field: "deep"}).replace('"deep"', "[" * 100_000 + "]" * 100_000)
    with contextlib.suppress(InputError):
        rows, left_out = lock.read(f'{{"convgen_records":1}}\n{line}\n')
        assert (rows, len(left_out)) == ([], 1)


# --- what would take gigabytes to test ---


@pytest.mark.parametrize(("most", "told"), [
    (0, "layers of more than 0 inputs and outputs"), (10**9, "what large layers give with their own weights"),
], ids=["not tested", "not known"])
def test_a_package_leaves_out_tests_that_would_take_gigabytes(tmp_path, monkeypatch, most, told):
    """A model of 122 bytes took 18.8 GB. What is left out is said, and the rest is still built and clean."""
    onnx = pytest.importorskip("onnx")
    of, floats = onnx.helper, onnx.TensorProto.FLOAT
    weights = onnx.numpy_helper.from_array(np.ones((2, 4, 1, 1), np.float32), "w")
    graph = of.make_graph([of.make_node("Conv", ["x", "w"], ["y"], "c")], "g",
                          [of.make_tensor_value_info("x", floats, [1, 4, 30, 15])],
                          [of.make_tensor_value_info("y", floats, None)], [weights])
    onnx.save(of.make_model(graph, opset_imports=[of.make_opsetid("", 17)]), tmp_path / "big.onnx")
    monkeypatch.setattr(sampled, "MOST_VALUES", 0)
    monkeypatch.setattr(selftest, "MOST_VALUES", most)
    said = run("package", tmp_path / "big.onnx", "-o", tmp_path / "lib", "--target", "scalar").stderr
    assert told in " ".join(said.split())
    assert "the self-test leaves out the network as a whole" in " ".join(said.split())
    assert "self-test passed" in said
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-Iinclude", "-Isrc"]
    done = subprocess.run(["gcc", *flags, "-c", "test/big_selftest.c", "-o", os.devnull], cwd=tmp_path / "lib",
                          capture_output=True, text=True, check=False)
    assert not done.stderr


# --- how much is printed ---


@pytest.mark.parametrize("descriptor", ["ic64ih128oc64oh128kh63ph31", "ic64ih256oc64oh256kh127ph63",
                                        "ic8ih16oc8kh3oh4014ph2000", "ic1iw70000oc1kw65536", "ic512ih8oc512kh3ph1"])
@pytest.mark.parametrize("target", ["scalar", "x86-64-v3", "x86-64-v4", "opencl-gpu"])
def test_no_file_is_longer_than_some_thousand_lines(descriptor, target):
    """63 × 63 taps were 106,183 lines."""
    for layout in ("nchw", "nhwc") if "ih" in descriptor else ("ncw",):
        try:
            kernel = convgen.generate(ConvSpec.parse(descriptor).replace(layout=layout), target)
        except UnsupportedError:
            continue
        assert max(text.count("\n") for text in kernel.files.values()) < 5000
