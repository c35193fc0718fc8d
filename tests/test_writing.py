"""Files in a build: what has drifted, what is rewritten, what they depend on, and what is said about it as JSON."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
import tools
from test_cli import FAULT, REFERENCE, alter
from tools import command as run

from convgen.commands import verify, writing
from convgen.commands.main import main
from convgen.emit import render
from convgen.machine import devices
from convgen.packaging import output
from convgen.tuning import lock

TINY = "ic3ih5oc4kh3ph1"
OTHER = "ic1iw9oc2kw3"
PLAIN = ("--target", "scalar", "--no-verify")
G = ("generate", TINY, *PLAIN, "--name", "k", "-o", "out")
OLD = 1_000_000_000  # seconds


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path, tmp_path_factory) -> Path:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
    tools.without_zig(monkeypatch)
    return work


def look(folder: Path) -> dict[str, tuple[bytes, int]]:
    """What is there, and of when; all made old, so that what is written later shows."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes(), int(path.stat().st_mtime)
            os.utime(path, (OLD, OLD))
    return found


def spoil(path: Path, old: str = "float", new: str = "double") -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


DRIFT = {
    "a line": (lambda out: spoil(out / "k.c"), "double", 1),
    "one that is missing": (lambda out: (out / "k.h").unlink(), "out/k.h is missing\n", 1),
    "all of it": (lambda out: [path.unlink() for path in out.iterdir()], "out/k.json is missing\n", 3),
    "an older convgen": (lambda out: spoil(out / "k.json", '"convgen": "', '"convgen": "0.0.'), '"convgen": "0.0.', 1),
}


@pytest.mark.parametrize(("change", "told", "count"), DRIFT.values(), ids=DRIFT)
def test_check_shows_drift_and_writes_nothing(place, change, told, count):
    run(*G)
    assert run(*G, "--check").stdout == ""
    change(place / "out")
    before = look(place)
    said = run(*G, "--check", code=1)
    assert told in said.stdout
    assert f"{count} of 3 files drifted" in said.stderr
    assert {name: text for name, (text, _) in look(place).items()} == {name: text for name, (text, _) in before.items()}
    assert all(when == OLD for _, when in look(place).values())
    run("generate", "--from", "out", "--check", code=1 if (place / "out" / "k.json").exists() else 2)


def test_the_diff_is_a_short_unified_one(place):
    run(*G)
    (place / "out" / "k.c").write_text((place / "out" / "k.c").read_text().replace("float", "double"))
    lines = run(*G, "--check", code=1).stdout.splitlines()
    assert lines[:2] == ["--- out/k.c", "+++ out/k.c (expected)"]
    assert lines[2].startswith("@@ -")
    assert any(line.startswith("-") and "double" in line for line in lines)
    assert any(line.startswith("+") and "float" in line for line in lines)
    assert len(lines) == writing.DIFF_LINES + 1
    assert lines[-1].endswith(" more lines")


def test_update_verifies_and_rewrites_what_drifted_and_no_more(place):
    words = ("generate", TINY, OTHER, "--target", "scalar", "-o", "out", "--update")
    run(*words)
    _, second = sorted((place / "out").glob("*.c"))
    good = look(place)
    spoil(second)
    os.utime(second, (OLD, OLD))
    said = run(*words).stderr
    assert "verified 1 kernel:" in said
    after = look(place)
    assert {name: text for name, (text, _) in after.items()} == {name: text for name, (text, _) in good.items()}
    assert "verified" not in run(*words).stderr


def test_what_is_up_to_date_gets_a_new_time_so_that_make_is_content(place):
    run(*G)
    for options in ((), ("--update",), ("--force",)):
        look(place)
        run(*G, *options)
        assert all(when > OLD for _, when in look(place).values())
    for options in (("--check",), ("--dry-run",), ("--check", "--stamp", "s"), ("--dry-run", "--stamp", "s")):
        run(*G, *options)
        assert all(when == OLD for _, when in look(place).values())
    assert not (place / "s").exists()


def test_with_a_stamp_it_alone_gets_a_new_time_and_the_depfile_is_of_it(place):
    words = (*G, "--update", "--stamp", "k.stamp", "--depfile", "k.d")
    run(*words)
    assert (place / "k.d").read_text().startswith("k.stamp: \\\n")
    look(place)
    run(*words)
    assert {name for name, (_, when) in look(place).items() if when > OLD} == {"k.stamp", "k.d"}
    spoil(place / "out" / "k.c")
    look(place)
    run(*words)
    assert {name for name, (_, when) in look(place).items() if when > OLD} == {"k.stamp", "k.d", "out/k.c"}


def test_a_dry_run_says_what_would_be_written(place):
    assert run(*G, "--dry-run").stdout == "new     out/k.c\nnew     out/k.h\nnew     out/k.json\n"
    assert not (place / "out").exists()
    run(*G)
    spoil(place / "out" / "k.h", "\n", "\n\n")
    before = look(place)
    for options in ((), ("--update",), ("--force",)):
        said = run(*G, "--dry-run", *options)
        assert said.stdout == "same    out/k.c\nchanged out/k.h\nsame    out/k.json\n"
        assert ("would be refused: output must not exist and differ (out/k.h" in said.stderr) == (not options)
    said = run("generate", TINY, "--target", "x86-64-v3", "--name", "k", "-o", "out", "--dry-run")
    assert "would be refused: output must not hold k for another target" in said.stderr
    assert said.stdout.startswith("changed out/k.c")
    assert look(place).keys() == before.keys()


def test_quiet_says_nothing_but_what_is_wrong(place):
    words = ("generate", TINY, "--target", "scalar", "--name", "k", "-o", "out", "--quiet")
    said = run(*words)
    assert (said.stdout, said.stderr) == ("", "")
    spoil(place / "out" / "k.c")
    assert "use --update" in run(*words, code=2).stderr
    assert run(*words, "--check", code=1).stdout.startswith("--- out/k.c")


BLANKS = {
    "line endings": (lambda data: data.replace(b"\n", b"\r\n"), "line endings differ (CRLF, not LF)"),
    "one of them": (lambda data: data.replace(b"\n", b"\r\n", 1), "line endings differ (CRLF, not LF)"),
    "no newline": (lambda data: data[:-1], "no newline at the end"),
    "both": (lambda data: data[:-1].replace(b"\n", b"\r\n"), "line endings differ (CRLF, not LF) and no newline at"),
}


@pytest.mark.parametrize("file", ["k.c", "k.json"])
@pytest.mark.parametrize(("change", "told"), BLANKS.values(), ids=BLANKS)
def test_drift_that_no_line_shows_is_told_in_words(place, change, told, file):
    run(*G)
    path = place / "out" / file
    path.write_bytes(change(path.read_bytes()))
    assert run(*G, "--check", code=1).stdout.startswith(f"out/{file}: {told}")
    assert f"{file} differs from what its plan gives: {told}" in run("verify", "out", code=1).stderr
    path.write_bytes(path.read_bytes().replace(b"f", b"g", 1) + b"\n")
    assert "\n-" in run(*G, "--check", code=1).stdout, "a diff"


# --- what is not convgen's, and what no layer asks for ---


def test_update_replaces_what_convgen_wrote_and_nothing_else(place):
    run(*G)
    (place / "out" / "k.c").write_text("int mine;\n")
    said = run(*G, "--update", code=2).stderr
    assert said == "convgen: output must not exist and differ (out/k.c: not by convgen), or use --force\n"
    assert (place / "out" / "k.c").read_text() == "int mine;\n"
    run(*G, "--force")
    (place / "out" / "k.json").write_text('{"mine": 1}')
    assert "out/k.json: not by convgen" in run(*G, "--update", code=2).stderr


def test_a_file_without_a_manifest_does_not_pass(place):
    run(*G)
    run("generate", OTHER, *PLAIN, "--name", "j", "-o", "out")
    (place / "out" / "j.json").unlink()
    (place / "out" / "mine.c").write_text("int mine;\n")
    said = run("verify", "out", "--mode", "exact", code=1)
    assert said.stdout.splitlines()[1].startswith("k ")
    lines = [line for line in said.stderr.splitlines() if line.startswith("convgen")]
    assert lines == [f"convgen: out/j.{end} is by convgen, but no manifest says what it should be" for end in "ch"]
    for words in (("generate", "--from", "out"), G):
        said = run(*words, "--check", "--quiet", code=1).stderr
        assert said.splitlines() == lines
    assert "out/j.c is by convgen" in run(*G, "--update").stderr
    assert json.loads(run(*G, "--check", "--json", code=1).stdout)["orphans"] == ["j.c", "j.h"]
    assert (place / "out" / "j.c").exists()
    (place / "out" / "k.json").unlink()
    assert "out/k.h is by convgen" in run("verify", "out", code=1).stderr


def test_a_kernel_that_no_layer_asks_for_is_told(place):
    run(*G)
    run("generate", OTHER, *PLAIN, "--name", "j", "-o", "out")
    (place / "out" / "other.json").write_text("{}")
    for options in ("--check", "--dry-run", "--update"):
        assert "no layer here asks for what else is in out: j\n" in run(*G, options).stderr
        assert run(*G, options, "--quiet").stderr == ""
    assert "asks" not in run("generate", "--from", "out", "--check").stderr
    assert (place / "out" / "j.c").exists()


# --- another version ---


def test_what_another_version_wrote_is_told_apart_and_not_run(place, monkeypatch):
    """Nothing here can tell whether it computes the layer, and a manifest that vouches for code may be anybody's."""
    run(*G)
    run("generate", OTHER, *PLAIN, "--name", "j", "-o", "out")
    for module in (output, render, verify):
        monkeypatch.setattr(module, "__version__", "9.9.9")
    said = run("verify", "out", "--mode", "exact", code=3)
    assert said.stdout == ""
    assert said.stderr.startswith("convgen: out: convgen is '0.1.0' there, '9.9.9' here; generate --from out --update ")
    assert "k: not verified: convgen 0.1.0 printed it, and its files are as that left them\n" in said.stderr
    path = place / "out" / "k.c"
    path.write_text('__attribute__((constructor)) static void now(void) { __builtin_trap(); }\n' + path.read_text())
    assert "k.c differs from what k.json lists" in run("verify", "out", "--mode", "exact", code=1).stderr
    manifest = json.loads((place / "out" / "k.json").read_text())
    manifest["sha256"]["k.c"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (place / "out" / "k.json").write_text(json.dumps(manifest))
    assert run("verify", "out", "--mode", "exact", code=3).stdout == ""
    run("generate", "--from", "out", "--update", "--no-verify")
    assert run("verify", "out", "--mode", "exact").stderr == ""


# --- damaged manifests ---


@pytest.mark.parametrize("text", ["{", '{"convgen": "x"}', '{"convgen": 3, "plan": 4}'])
def test_a_manifest_that_cannot_be_read_does_not_stop_the_others(place, text):
    run(*G)
    (place / "out" / "a.json").write_text(text)
    (place / "out" / "a.c").write_text("")
    said = run("verify", "out", "--mode", "exact", code=2)
    assert said.stdout.splitlines()[1].startswith("k ")
    assert said.stderr.startswith("convgen: manifest must be as convgen wrote it (out/a.json: ")
    assert said.stderr.endswith("; generate --force writes it anew\n")
    assert said.stderr.count("\n") == 1
    again = run("generate", "--from", "out", "--check", code=2)
    assert again.stderr.startswith(said.stderr)
    assert json.loads(run("verify", "out", "--mode", "exact", "--json", code=2).stdout)["unread"]
    spoil(place / "out" / "k.c")
    assert "k.c differs" in run("verify", "out", code=1).stderr
    assert "out/a.json" in run("generate", "--from", "out", "--check", code=1).stderr
    assert "out/a.json" in run("generate", "--from", "out", "--update", code=2).stderr
    assert "a.json" in run("verify", "out", "--mode", "exact", code=2).stderr, "and k is as it was"


# --- another layer by the same name ---


def test_another_target_is_said(place):
    run(*G)
    words = ("generate", TINY, "--target", "x86-64-v3", "--no-verify", "--name", "k", "-o", "out")
    said = run(*words, code=2).stderr
    assert said.startswith("convgen: output must not hold k for another target: that for x86-64-v3 ")


@pytest.mark.parametrize(("words", "told"), [
    (["ic3ih5oc8kh3ph1"], ["oc is 4 there, 8 here"]),
    (["ic3ih5oc4kh3ph1", "--layout", "nhwc"], ["layout is 'nchw' there"]),
    (["ic3ih5oc4kh3ph1", "--activation", "relu", "--residual"], ["activation is 'none' there, 'relu' here",
                                                                "residual is False there, True here"]),
    ([TINY, "--algorithm", "reference"], ["algorithm is 'direct' there, 'reference' here"]),
], ids=str)  # fmt: skip
def test_what_another_layer_differs_in_is_said(place, words, told):
    run(*G)
    said = run("generate", *PLAIN, "--name", "k", "-o", "out", *words, code=2).stderr
    assert said.startswith("convgen: output must not exist and differ (out/k.c: ")
    assert all(one in said for one in told), said
    assert said.endswith("or use --update\n")
    assert said.count("\n") == 1
    run("generate", *PLAIN, "--name", "k", "-o", "out", *words, "--update")
    run("generate", *PLAIN, "--name", "k", "-o", "out", *words, "--check")


# --- from manifests ---


def test_from_manifests_the_files_are_printed_again(place):
    (place / "l.toml").write_text(f'layer = [{{name = "one", descriptor = "{TINY}"}}, {{descriptor = "{OTHER}"}}]')
    run("generate", "l.toml", *PLAIN, "-o", "out")
    before = look(place / "out")
    run("generate", "--from", "out", "--check")
    for path in (place / "out").glob("*.[ch]"):
        path.unlink()
    said = run("generate", "--from", "out", "--no-verify")
    assert len(said.stdout.splitlines()) == 2
    assert {name: text for name, (text, _) in look(place / "out").items()} == \
        {name: text for name, (text, _) in before.items()}
    run("generate", "--from", "out", "-o", "copy", "--no-verify")
    assert look(place / "copy").keys() == before.keys()


@pytest.mark.parametrize(("words", "told"), [
    (["--from", "out", TINY], "from must stand without layers"), (["--from", "out", "--name", "j"], "from must stand"),
    (["--from", "out", "--layout", "nhwc"], "from must stand"), (["--from", "out", "--target", "scalar"], "from must"),
    (["--from", "empty"], "from must be a folder with manifests"), (["--from", "none"], "from must be a folder with"),
    (["--from", "broken"], "manifest must be as convgen wrote it (broken/k.json"),
    ([TINY, "--check", "--update"], "must stand without"), ([TINY, "--check", "--dry-run"], "must stand without"),
    ([TINY, "-o", "-", "--check"], "output must be a folder for --check"),
    ([TINY, "-o", "-", "--json"], "output must be a folder for --json"),
    ([TINY, "-o", "-", "--depfile", "d"], "output must be a folder for --depfile"),
    ([TINY, "-o", "-", "--stamp", "s"], "output must be a folder for --stamp"),
    ([TINY, "-o", "new", "--depfile", "no/such/d"], "depfile must be writable (no/such/d: No such file"),
    ([TINY, "-o", "new", "--stamp", "no/such/s"], "stamp must be writable (no/such/s: No such file"),
    ([TINY, "-o", "new", "--depfile", "empty"], "depfile must be writable (empty: Is a directory"),
    ([TINY, "-o", "new", "--stamp", "s", "--depfile", "empty/d/e"], "depfile must be writable (empty/d/e"),
    ([TINY, "--depfile", ""], "depfile must name a file"), ([TINY, "--stamp", ""], "stamp must name a file"),
], ids=str)  # fmt: skip
def test_bad_options_are_told_in_one_line(place, words, told):
    run(*G)
    (place / "empty").mkdir()
    (place / "broken").mkdir()
    (place / "broken" / "k.c").write_text("")
    (place / "broken" / "k.json").write_text("{")
    said = run("generate", "--no-verify", *words, code=2)
    assert told in said.stderr
    assert said.stderr.count("\n") == 1
    assert bool(said.stdout) == ("--json" in words)
    assert not (place / "new").exists(), "before anything is written"
    assert not (place / "s").exists()


# --- what they depend on ---


def test_a_depfile_names_layers_lock_templates_and_sources(place):
    (place / "my layers#1.toml").write_text(f'descriptor = "{TINY}"\n')
    lock.update(place / "convgen.lock", [])
    run("generate", "my layers#1.toml", *PLAIN, "--name", "k", "-o", "out", "--depfile", "k.d")
    text = (place / "k.d").read_text()
    rule, *others = text.split("\n\n")
    made, needed = rule.replace("\\\n", "").split(": ")
    assert made.split() == ["out/k.c", "out/k.h", "out/k.json"]
    assert needed.startswith(f"  {place}/my\\ layers\\#1.toml   {place}/convgen.lock ")
    assert "templates/tiled/tile.c.j2" in needed
    assert "convgen/planner/rank.py" in needed
    assert len(others) == len(needed.split("   ")), "each is a target too, as gcc -MP says it"


@tools.needs(tools.make)
def test_make_runs_it_when_it_must_and_only_then(place):
    (place / "l.toml").write_text(f'name = "stem"\ndescriptor = "{TINY}"\n')
    command = f"{sys.executable} -m convgen generate l.toml {' '.join(PLAIN)} --name k -o out --update --depfile k.d -q"
    (place / "Makefile").write_text(f"out/k.c:\n\t{command}\n-include k.d\n")

    def make() -> bool:
        """Whether it did something."""
        return "is up to date" not in subprocess.run(["make", "out/k.c"], check=True, capture_output=True, text=True,
                                                     cwd=place).stdout

    assert make()
    assert not make()
    os.utime(place / "l.toml")  # the same text, of later
    os.utime(place / "out" / "k.c", (OLD, OLD))
    assert make()
    assert not make()
    (place / "l.toml").write_text(f'name = "stem"\ndescriptor = "{OTHER}"\n')
    os.utime(place / "out" / "k.c", (OLD, OLD))
    assert make()
    assert '"ic": 1' in (place / "out" / "k.json").read_text()
    assert not make()
    (place / "l.toml").unlink()
    with pytest.raises(subprocess.CalledProcessError) as failed:
        make()
    assert "No rule" not in failed.value.stderr, "what is gone is convgen's to tell"


# --- as JSON ---


def document(*words, code=0):
    return json.loads(run(*words, "--json", code=code).stdout)


def test_generate_as_json(place):
    said = document(*G, "--dry-run")
    (made,) = said["outputs"]
    assert list(said) == ["convgen", "outputs", "depends", "searched", "orphans", "unasked"]
    assert (said["depends"], said["searched"], said["orphans"]) == ([], ["convgen.lock"], [])
    assert list(made) == ["name", "layers", "target", "plan", "chosen_by", "origin", "flags", "verified", "files"]
    assert made["files"] == [{"path": f"out/k.{end}", "state": "new"} for end in ("c", "h", "json")]
    assert (made["name"], made["target"], made["chosen_by"], made["verified"]) == ("k", "scalar", "model", False)
    assert document("generate", TINY, "--target", "scalar", "--name", "k", "-o", "out")["outputs"][0]["verified"]
    spoil(place / "out" / "k.c")
    states = [file["state"] for file in document(*G, "--check", code=1)["outputs"][0]["files"]]
    assert states == ["changed", "same", "same"]


def test_package_takes_the_same_options(place):
    words = ("package", TINY, "--target", "scalar", "--no-verify", "--name", "net", "-o", "out")
    (made,) = document(*words)["outputs"]
    assert (made["name"], [one["chosen_by"] for one in made["kernels"]]) == ("net", ["model"])
    assert {"path": "out/include/net.h", "state": "new"} in made["files"]
    run(*words, "--check")
    spoil(place / "out" / "Makefile", "net", "ten")
    assert "+++ out/Makefile (expected)" in run(*words, "--check", code=1).stdout
    assert "use --update" in run(*words, code=2).stderr
    run(*words, "--update", "--depfile", "net.d")
    run(*words, "--check")
    assert "out/include/net.h" in (place / "net.d").read_text()


def test_verify_as_json(place):
    run(*G)
    said = document("verify", "out", "--mode", "exact,bound")
    assert (said["modes"], said["seed"], said["drift"]) == (["exact", "bound"], 0, [])
    (one,) = said["results"]
    assert list(one) == ["kernel", "cc", "opt", "ok", "crashed", "checks", "reproduce"]
    assert (one["kernel"], one["opt"], one["ok"], one["crashed"]) == ("k", "O3", True, False)
    assert one["checks"]["exact"]["ok"] is True
    assert 0 <= one["checks"]["bound"]["figure"] <= 1
    spoil(place / "out" / "k.c")
    said = document("verify", "out", "--mode", "exact", code=1)
    assert (said["results"], len(said["drift"])) == ([], 1)


def test_targets_and_plan_as_json():
    found = document("targets")["targets"]
    assert [list(one) for one in found] == [["target", "isa", "lanes", "registers", "runs_here", "device", "caches",
                                             "flags"]] * len(found)
    v3 = next(one for one in found if one["target"] == "x86-64-v3")
    assert (v3["isa"], v3["lanes"], v3["flags"]) == ("avx2", 8, ["-mavx2", "-mfma"])
    (layer,) = document("plan", TINY, "--target", "scalar")["layers"]
    assert list(layer) == ["names", "chosen_by", "origin", "plan", "label", "complexity", "cycles", "compute_cycles",
                           "pass_cycles", "epilogue_cycles", "conflict_cycles", "late_cycles", "idle_cycles", "traffic",
                           "share_of_peak", "bytes"]


def commands(group=main, before=()):
    """The words of every command that takes --json."""
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))
        elif any("--json" in parameter.opts for parameter in command.params):
            yield " ".join((*before, name))


FAILING = {  # command -> (what it is given, exit code)
    "bench": (TINY, "--repeats", "0", 2),
    "calibrate": ("-o", "mine.txt", 2),
    "check": ("nowhere", 2),
    "devices": (4,),
    "doctor": ("--nonsense", 2),
    "generate": (TINY, *REFERENCE, "--no-records", "-o", "out", 1),
    "import": ("no.onnx", 2),
    "package": (TINY, "--target", "opencl-cpu,scalar", "-o", "out", 3),
    "plan": ("ic0", 2),
    "records accuracy": (2,),
    "records list": ("more", 2),
    "targets": ("more", 2),
    "tune": (TINY, "--effort", "none", 2),
    "verify": (TINY, "--target", "opencl-cpu", 4),
}


def test_the_table_of_failing_commands_is_whole():
    assert sorted(commands()) == sorted(FAILING)


@pytest.mark.parametrize("command", FAILING)
def test_a_failure_is_a_document_too(command, place, monkeypatch):
    """Of every command with --json: what stderr says, and the exit code."""
    if REFERENCE[0] in FAILING[command]:
        alter(monkeypatch, *FAULT)
    monkeypatch.setattr(devices, "handles", lambda: ())
    (place / "old.sqlite").write_text("no records")
    monkeypatch.setenv("CONVGEN_RECORDS", str(place / "old.sqlite"))
    *words, code = FAILING[command]
    result = run(*command.split(), *words, "--json", code=code)
    said = json.loads(result.stdout)
    assert list(said) == ["errors", "reproduce", "exit_code"]
    assert said["exit_code"] == code
    lines = [f"convgen: {error}" for error in said["errors"]] + [f"reproduce: {one}" for one in said["reproduce"]]
    assert lines == result.stderr.splitlines() != []
    assert bool(said["reproduce"]) == (code == 1)


@pytest.mark.parametrize(("old", "new", "code", "told"), [
    ("return wrong != 0", "return 1", 1, "self-test"), ("return wrong != 0", "return wring", 4, "cannot build"),
    ("return wrong != 0", "__builtin_trap(); return wrong", 5, "died of signal")])
def test_verify_goes_on_behind_a_package_that_fails(old, new, code, told, place):
    for name in ("bad", "good"):
        run("package", TINY, "--target", "scalar", "--no-verify", "--name", name, "-o", name)
    path = place / "bad" / "test" / "bad_selftest.c"
    manifest = place / "bad" / "manifest.json"
    before = output_hash(path)
    spoil(path, old, new)
    spoil(manifest, before, output_hash(path))
    result = run("verify", "bad", "good", "--opt", "O0", "--json", code=code)
    said = json.loads(result.stdout)
    assert told in said["failed"]["bad"]
    assert [line.partition(":")[0] for line in said["packages"]] == ["good"]
    assert "reproduce: convgen verify bad\n" in result.stderr


def output_hash(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_doctor_as_json(monkeypatch):
    keys = ["convgen", "cpu", "isa", "caches", "cache", "chosen", "compilers", "devices", "measured", "install"]
    said = document("doctor")
    assert list(said) == keys
    assert said["cpu"]["cores"] >= 1
    assert said["compilers"][0].keys() == {"command", "version", "openmp"}
    assert said["measured"][0]["fma_gflops"] > 0
    monkeypatch.setenv("CC", "/nonexistent/cc")
    result = run("doctor", "--json", code=4)
    assert json.loads(result.stdout)["measured"] == []
    assert "/nonexistent/cc" in result.stderr
