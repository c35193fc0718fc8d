"""A project's lock: where it is found, what it decides, how it is written, and that nobody can forge one."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
from pathlib import Path

import msgspec
import pytest
import tools
from test_forged import HOSTILE
from tools import command as run

from convgen import __version__, api
from convgen.emit.sources import digest
from convgen.errors import InputError, UnlockedError
from convgen.layer.formats import parse_descriptor
from convgen.layer.spec import ConvSpec
from convgen.machine.host import host
from convgen.machine.target import NAMED, Target
from convgen.plan.plan import Plan
from convgen.planner import rank as planner
from convgen.planner.objective import FAST, OBJECTIVES
from convgen.planner.size import sizes
from convgen.tuning import database, lock, records, trial
from convgen.tuning.database import Record, Records
from convgen.tuning.records import plan_text, spec_text, target_text

STEM = "ic3ih9oc16kh3"
WIDE = "ic16ih8oc16kh1"
V3, V4 = NAMED["x86-64-v3"], NAMED["x86-64-v4"]
TARGET = ("--target", "x86-64-v3")
LAYERS = '[[layer]]\nname = "stem"\ndescriptor = "ic3ih9oc16kh3"\n'


@pytest.fixture(autouse=True)
def project(monkeypatch, tmp_path, tmp_path_factory) -> Path:
    """A repository with a file of layers in a folder of it, which is the current one; no records."""
    monkeypatch.setenv("CONVGEN_RECORDS", str(tmp_path / "data" / "records.sqlite"))
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
    folder = tmp_path / "project"
    (folder / "net").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "net" / "layers.toml").write_text(LAYERS)
    monkeypatch.chdir(folder)
    return folder


def spec(text: str = STEM) -> ConvSpec:
    return parse_descriptor(text).spec


def plans(text: str = STEM, target: Target = V3) -> list[Plan]:
    return [estimate.plan for estimate in planner.rank(spec(text), target)]


def row(plan: Plan, **changes) -> Record:
    fields = {
        "spec": spec_text(plan.spec), "target": target_text(plan.target), "device": "another CPU", "compiler": "cc 1",
        "threads": 1, "convgen": __version__, "printer": digest(), "plan": plan_text(plan), "status": "ok",
        "min_s": 1e-5, "median_s": 2e-5, "repeats": 5, "predicted": 1000.0,
    }  # fmt: skip
    return Record(**{**fields, **changes})


def here(plan: Plan, **changes) -> Record:
    return row(plan, device=records.device(), compiler=records.compiler(), **changes)


def remember(*rows: Record) -> None:
    with Records() as database:
        database.put(rows)


def chosen(*words, stdin=None) -> tuple[str, str]:
    (layer,) = json.loads(run("plan", *words, "--json", stdin=stdin).stdout)["layers"]
    return layer["chosen_by"], layer["label"]


LAST = plans()[-1]
MODEL, LOCKED = ("model", plans()[0].label), ("lock", LAST.label)
assert MODEL[1] != LOCKED[1]


# --- where it is found ---


@pytest.mark.parametrize(("place", "source", "found"), [
    ("net/convgen.lock", "net/layers.toml", True), ("convgen.lock", "net/layers.toml", True),
    ("../convgen.lock", "net/layers.toml", False), ("net/other.lock", "net/layers.toml", False),
    ("convgen.lock", STEM, True), ("net/convgen.lock", STEM, False), ("convgen.lock", "-", True),
    ("net/convgen.lock", "-", False), ("../convgen.lock", STEM, False),
])  # fmt: skip
def test_it_is_found_beside_the_layers_or_above_and_within_the_repository(place, source, found):
    lock.update(Path(place), [row(LAST)])
    assert chosen(source, *TARGET, stdin=STEM) == (LOCKED if found else MODEL)
    assert chosen(source, *TARGET, "--lock", place, stdin=STEM) == LOCKED
    assert chosen(source, *TARGET, "--no-lock", stdin=STEM) == MODEL


def test_outside_of_a_repository_it_is_looked_for_beside_the_layers_alone(project):
    (project / ".git").rmdir()
    lock.update(project / "convgen.lock", [row(LAST)])
    assert chosen("net/layers.toml", *TARGET) == MODEL
    assert chosen(STEM, *TARGET) == LOCKED
    lock.update(project / "net" / "convgen.lock", [row(LAST)])
    assert chosen("net/layers.toml", *TARGET) == LOCKED


@pytest.mark.parametrize("root", lock.ROOTS)
def test_a_repository_is_of_any_kind(project, root):
    (project / ".git").rename(project / root)
    lock.update(project / "convgen.lock", [row(LAST)])
    lock.update(project.parent / "convgen.lock", [row(plans()[1])])
    assert chosen("net/layers.toml", *TARGET) == LOCKED


def test_it_is_found_from_a_folder_of_the_build(project, monkeypatch):
    (project / "out").mkdir()
    monkeypatch.chdir(project / "out")
    lock.update(project / "out" / "convgen.lock", [row(plans()[1])])  # not above the layers
    assert chosen("../net/layers.toml", *TARGET) == MODEL
    lock.update(project / "convgen.lock", [row(LAST)])
    assert chosen("../net/layers.toml", *TARGET) == LOCKED


def test_layers_of_two_projects_want_one_lock(project):
    for folder in ("a", "b"):
        (project / folder).mkdir()
        (project / folder / "l.toml").write_text(LAYERS)
        lock.update(project / folder / "convgen.lock", [row(LAST)])
    said = run("plan", "a/l.toml", "b/l.toml", *TARGET, code=2).stderr
    assert "lock must be one for all layers" in said
    assert chosen("a/l.toml", "b/l.toml", *TARGET, "--lock", "b/convgen.lock") == LOCKED


# --- what it decides ---


def test_what_is_printed_and_its_manifest_say_who_chose(project):
    lock.update(project / "convgen.lock", [row(LAST)])
    said = run("generate", "net/layers.toml", WIDE, *TARGET, "-o", "out", "--no-verify")
    assert "plans: 1 by the lock convgen.lock, 1 by the model" in said.stderr
    manifests = [json.loads(path.read_text()) for path in sorted((project / "out").glob("*.json"))]
    assert sorted((one["chosen_by"], one.get("origin", "")) for one in manifests) == \
        [("lock", "another CPU; cc 1; 1 thread"), ("model", "")]
    assert run("verify", "out", "--mode", "exact").stdout.count(" ok") == 2, "the manifests give the same files"
    assert "chosen by the lock, measured on another CPU" in run("plan", STEM, *TARGET).stdout
    assert "chosen by the lock, measured on " in run("plan", STEM, *TARGET, "--explain").stdout


def test_the_command_in_the_head_takes_the_lock_or_fails(project):
    """Without it, it would print another plan and not say so; it names no folder of this machine."""
    lock.update(project / "net" / "convgen.lock", [row(LAST)])
    run("generate", "net/layers.toml", *TARGET, "-o", "out", "--no-verify")
    text = (project / "out" / "stem.c").read_text()
    assert " --lock convgen.lock --locked " in text
    words = shlex.split(re.search(r"Command   convgen (.*)", text)[1])
    assert "lock must exist" in run(*words, "-o", "again", "--no-verify", code=2).stderr
    (project / "net" / "convgen.lock").rename(project / "convgen.lock")
    run(*words, "-o", "again", "--no-verify")
    assert (project / "again" / "stem.c").read_text() == text
    lock.update(project / "other.lock", [row(plans(WIDE)[-1])])
    (project / "other.lock").rename(project / "convgen.lock")
    assert "lock must hold a plan" in run(*words, "-o", "third", "--no-verify", code=2).stderr


def test_a_package_takes_it_for_each_of_its_targets(project):
    last = plans(target=V4)[-1]
    lock.update(project / "convgen.lock", [row(LAST), row(last)])
    words = ("net/layers.toml", "--target", "x86-64-v3,x86-64-v4", "--no-verify", "--name", "net")
    said = run("package", *words, "--locked", "-o", "out").stderr
    assert "plans: 2 by the lock convgen.lock; of the fallback in plain C, which need not be locked: 1" in said
    (layer,) = json.loads((project / "out" / "manifest.json").read_text())["layers"]
    choices = {(one["label"], one["chosen_by"]) for one in layer["kernels"]}
    assert choices >= {(LAST.label, "lock"), (last.label, "lock")}
    lock.update(project / "one.lock", [row(LAST)])
    said = run("package", *words, "--locked", "--lock", "one.lock", "-o", "b", code=2).stderr
    assert said.startswith("convgen: stem: lock must hold a plan for it as asked for (target=x86-64-v4")
    assert not (project / "b").exists()


def test_a_named_target_gives_the_same_bytes_whoever_asks(monkeypatch, project):
    lock.update(project / "convgen.lock", [row(LAST)])
    before = run("generate", "net/layers.toml", WIDE, *TARGET, "-o", "-", "--no-verify", code=2)  # two layers
    texts = []
    for _ in range(2):
        texts.append([run("generate", one, *TARGET, "-o", "-", "--no-verify").stdout for one in (STEM, WIDE)])
        remember(here(plans()[1]), here(plans(WIDE)[-1]))
    assert texts[0] == texts[1]
    assert before.stdout == ""
    for name in ("device", "compiler"):
        monkeypatch.setattr(records, name, None)  # nobody asks what this machine is
    assert api.generate(spec(), V3, lock="convgen.lock").plan == LAST


def test_for_the_host_it_comes_before_the_records_and_they_before_the_model(project):
    model, measured, locked = (plans(target=host())[at] for at in (0, 1, -1))
    assert chosen(STEM) == ("model", model.label)
    remember(here(measured))
    assert chosen(STEM) == ("records", measured.label)
    lock.update(project / "convgen.lock", [row(locked)])  # of another machine
    assert chosen(STEM) == ("records", measured.label)
    lock.update(project / "convgen.lock", [here(locked)])
    assert chosen(STEM) == ("lock", locked.label)
    assert chosen(STEM, "--no-lock") == ("records", measured.label)
    assert chosen(STEM, "--no-lock", "--no-records") == ("model", model.label)


def test_of_several_numbers_of_threads_it_takes_the_one_asked_for(project):
    one, four = plans()[1:3]
    lock.update(project / "convgen.lock", [row(four, threads=4), row(one)])
    held = lock.open_lock(project / "convgen.lock")
    assert held.choice(spec(), V3).plan == one
    assert held.choice(spec(), V3, threads=4).plan == four
    assert held.choice(spec(), V3, threads=2) is not None


def test_a_lock_holds_no_plan_beyond_a_limit_of_code(project):
    held_plan = plans()[1]
    lock.update(project / "convgen.lock", [row(held_plan)])
    held, code = lock.open_lock(project / "convgen.lock"), sizes(held_plan).fast
    assert held.choice(spec(), V3, max_code=code).plan == held_plan
    assert held.choice(spec(), V3, max_code=code - 1) is None
    asked = (STEM, *TARGET, "--locked", "--max-code", str(code - 1))
    assert f"max_code={code - 1}" in run("plan", *asked, code=2).stderr


# --- --locked ---


@pytest.mark.parametrize(("rows", "words", "told"), [
    (None, (), "there is no convgen.lock"), ([], (), "lock=convgen.lock"), ([row(plans(WIDE)[0])], (), "stem: "),
    ([row(plans(target=V4)[0])], (), "target=x86-64-v3"), ([row(LAST)], (), None), ([row(LAST)], ("--bias",), None),
    ([row(LAST)], ("--no-bias",), "target="), ([row(LAST)], ("--algorithm", "depthwise"), "target="),
    ([row(LAST)], ("--no-lock",), "there is no convgen.lock"),
    ([here(plans(target=host())[0])], ("--target", "host"), None),
    ([row(plans(target=host())[0])], ("--target", "host"), "target=host"),
], ids=str)  # fmt: skip
def test_locked_refuses_what_it_does_not_hold(project, rows, words, told):
    if rows is not None:
        lock.update(project / "convgen.lock", rows)
    remember(here(plans(target=host())[0]))
    for command in (("generate", "-o", "out", "--no-verify"), ("plan",)):
        whole = (*command, "net/layers.toml", "--locked", *TARGET, *words)
        said = run(*whole, code=2 if told else 0).stderr
        assert (project / "out").exists() != bool(told)
        if told:
            assert said.startswith("convgen: stem: lock must hold a plan for it as asked for (target=")
            assert said.endswith("--lock adds it\n")
            assert told in said
            assert said.count("\n") == 1


def test_it_keeps_to_the_limit_of_error(project):
    text = "ic16ih12oc16kh3ph1"
    fast = next(plan for plan in plans(text) if plan.algorithm == "winograd")
    lock.update(project / "convgen.lock", [row(fast)])
    assert chosen(text, *TARGET) == ("lock", fast.label)
    assert chosen(text, *TARGET, "--max-error", 0)[0] == "model"
    assert "max_error=0" in run("plan", text, *TARGET, "--max-error", 0, "--locked", code=2).stderr


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_it_holds_the_fastest_plans_only(project, objective):
    """Where small ones are asked for, the model chooses, and nobody else can."""
    lock.update(project / "convgen.lock", [row(LAST)])
    asked = (STEM, *TARGET, "--optimize", objective)
    fast = objective in FAST
    assert (chosen(*asked) == LOCKED) == fast
    assert chosen(*asked)[0] in ("lock", "model")
    told = run("plan", *asked, "--locked", code=0 if fast else 2).stderr
    assert ("locked must stand with optimize speed" in told) != fast


def test_a_target_that_small_plans_suit_has_them_without_being_told(project):
    """Its fastest plans are in the lock all the same, for those who ask for speed."""
    core = api.generate(spec(), "cortex-m4", optimize="speed").plan
    lock.update(project / "my.lock", [row(core)])
    made = {objective: api.generate(spec(), "cortex-m4", lock=project / "my.lock", optimize=objective)
            for objective in (None, *OBJECTIVES)}
    assert {objective: kernel.chosen_by for objective, kernel in made.items()} == {
        None: "model", "speed": "lock", "network": "model", "size": "model", "balanced": "model"}
    assert " --optimize speed" in made["speed"].source


def test_in_python(project):
    lock.update(project / "my.lock", [row(LAST)])
    assert api.generate(spec(), V3).chosen_by == "model", "no file decides that was not named"
    kernel = api.generate(spec(), V3, lock=project / "my.lock", locked=True)
    assert (kernel.plan, kernel.chosen_by) == (LAST, "lock")
    with pytest.raises(UnlockedError, match="lock must hold a plan"):
        api.generate(spec(WIDE), V3, lock="my.lock", locked=True)
    with pytest.raises(InputError, match="lock must exist"):
        api.generate(spec(), V3, lock="none.lock")


# --- how it is written ---

TUNE = (*TARGET, "--time-limit", 0.001)  # what is on record is enough


@pytest.mark.parametrize(("words", "stdin", "place"), [
    (("net/layers.toml", *TUNE, "--lock"), None, "net/convgen.lock"), ((STEM, *TUNE, "--lock"), None, "convgen.lock"),
    (("-", *TUNE, "--lock"), STEM, "convgen.lock"), ((*TUNE, "--lock", "a.lock", STEM), None, "a.lock"),
])  # fmt: skip
def test_tune_writes_it_where_generate_finds_it(project, words, stdin, place):
    remember(here(LAST), here(plans()[2], min_s=1e-9, status="wrong"))
    said = run("tune", *words, stdin=stdin).stderr
    assert f"{place} holds plans for 1 of 1 layers now" in said
    assert [path.as_posix() for path in Path().rglob("*.lock")] == [place]
    assert chosen(STEM, *TARGET, "--lock", place) == LOCKED


def test_tune_goes_on_with_the_lock_of_the_project(project):
    """The lines of other layers and targets stay as they are; so does that of a plan that is found again."""
    path = project / "convgen.lock"
    lock.update(path, [row(plans(WIDE)[0]), row(plans(target=V4)[0]), row(plans()[0])])
    old = path.read_text().splitlines()
    remember(here(LAST))
    run("tune", "net/layers.toml", *TUNE, "--lock")
    new = path.read_text().splitlines()
    assert len(new) == len(old) == 4
    assert len(set(new) - set(old)) == 1
    assert chosen("net/layers.toml", *TARGET) == LOCKED
    remember(here(LAST, min_s=0.9e-5))
    run("tune", "net/layers.toml", *TUNE, "--lock")
    assert path.read_text().splitlines() == new


def test_a_tuning_that_is_stopped_leaves_the_best_so_far(monkeypatch):
    def stop(self):
        remember(here(LAST))
        raise KeyboardInterrupt

    monkeypatch.setattr(trial.Lab, "__enter__", stop)
    assert "convgen.lock holds plans for 1 of 1" in run("tune", STEM, *TARGET, "--lock", code=130).stderr
    assert chosen(STEM, *TARGET) == LOCKED


def test_tune_without_it_says_that_a_named_target_takes_no_records():
    remember(here(LAST))
    assert "from a convgen.lock only; --lock writes it" in run("tune", STEM, *TUNE).stderr
    assert "convgen.lock" not in run("tune", STEM, *TUNE[2:]).stderr
    assert not list(Path().rglob("*.lock"))


def test_what_stops_a_tuning_is_told_and_not_what_follows_from_it(monkeypatch):
    def refuse(*_):
        raise InputError(next(told))

    told = iter(["the disk is full", "so there is no lock"])
    monkeypatch.setattr(trial.Lab, "__enter__", refuse)
    monkeypatch.setattr(lock, "update", refuse)
    assert run("tune", STEM, *TARGET, "--lock", code=2).stderr == "convgen: the disk is full\n"
    assert not list(told), "which was tried"


def test_records_that_cannot_be_created_are_told_in_one_line(monkeypatch):
    def full(*words, **more):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(database.sqlite3, "connect", full)
    said = run("tune", STEM, *TUNE, "--lock", "x.lock", code=2).stderr
    assert "database or disk is full" in said
    assert said.count("\n") == 1


def test_a_model_alone_writes_no_lock(project):
    said = run("tune", STEM, *TARGET, "--effort", "estimate", "--lock", code=2)
    assert said.stderr.startswith("convgen: lock must come with measurements")
    assert not said.stdout
    assert not list(project.rglob("*.lock"))


@pytest.mark.parametrize(("words", "told"), [
    (("--lock", "net/layers.toml"), "lock must name a file .lock, or stand last (lock='net/layers.toml')"),
    ((STEM, "--lock", "bad.lock"), "bad.lock: records file must begin with"),
    ((STEM, "--lock", "no/such/folder.lock"), "output must be writable"),
])  # fmt: skip
def test_tune_tells_early_of_a_lock_that_it_cannot_write(project, words, told):
    (project / "bad.lock").write_text("mine")
    assert told in run("tune", *words, *TUNE, code=2).stderr
    assert (project / "bad.lock").read_text() == "mine"
    assert (project / "net" / "layers.toml").read_text() == LAYERS


# --- as people leave it ---


@pytest.mark.parametrize(("text", "told"), [
    ("{header}\n\n{one}\n  \n", ""), ("\ufeff{header}\n{one}", ""), ("{header}\r\n\r\n{one}\r\n", ""),
    ("{header}\n<<<<<<< HEAD\n{one}=======\n{one}>>>>>>> theirs\n", "line 2: merge conflict: keep the lines of both"),
    ("<<<<<<< HEAD\n{header}\n=======\n>>>>>>> theirs\n", "line 1: merge conflict"),
    ('{{"convgen_records":2}}\n', "is written by a newer convgen (convgen_records=2)"),
    ("", "must begin with"), ('{{"convgen_records":0}}\n', "must begin with"), ("[]\n", "must begin with"),
], ids=str)
def test_what_is_wrong_with_a_lock_is_said(project, text, told):
    (project / "convgen.lock").write_bytes(text.format(header=HEADER.strip(), one=line()).encode())
    said = run("plan", STEM, *TARGET, code=2 if told else 0)
    assert told in said.stderr
    assert said.stderr.count("\n") == bool(told)
    assert ("chosen by the lock" in said.stdout) == (not told)
    if not told:
        run("tune", STEM, *TUNE, "--lock")


@pytest.mark.parametrize(("make", "told"), [
    (lambda path: path.mkdir(), "file must be readable ('convgen.lock': Is a directory)"),
    (lambda path: path.symlink_to("none"), "lock must be a file, and is a link to none ('convgen.lock')"),
], ids=["folder", "link"])
def test_a_lock_that_is_no_file_is_not_passed_over(project, make, told):
    make(project / "convgen.lock")
    for words in (("plan", STEM), ("plan", "net/layers.toml"), ("tune", STEM, *TUNE, "--lock")):
        assert told in run(*words, *TARGET, code=2).stderr
    run("plan", STEM, *TARGET, "--no-lock")


def test_a_lock_is_named_or_refused_and_not_both(project):
    lock.update(project / "a.lock", [row(LAST)])
    for words in (("--lock", "a.lock", "--no-lock"), ("--no-lock", "--lock", "a.lock"), ("--lock", "")):
        assert "lock must name a file, and stand without no-lock" in run("plan", STEM, *words, code=2).stderr


# --- what changes nothing ---


def test_a_plan_of_the_same_code_keeps_its_line(project):
    """Two plans may differ in what no code shows: another machine, another compiler; steps of loops that run once."""
    path = project / "convgen.lock"
    sources: dict[str, list[Plan]] = {}
    for plan in plans():
        sources.setdefault(api.render(plan).source, []).append(plan)
    first, second = next(same for same in sources.values() if len(same) > 1)[:2]
    assert plan_text(first) != plan_text(second)
    lock.update(path, [row(first)])
    before = path.read_text()
    for new in (row(second), row(first, device="a third", compiler="cc 2", convgen="9.9", printer="other")):
        lock.update(path, [new])
        assert path.read_text() == before
    lock.update(path, [row(next(plan for plan in plans() if plan not in sources[api.render(first).source]))])
    assert path.read_text() != before


def test_a_lock_with_the_same_plan_changes_no_code(project):
    words = ("generate", STEM, *TARGET, "--no-verify", "--name", "k", "-o", "out")
    run(*words)
    before = {end: (project / "out" / f"k.{end}").read_text() for end in ("c", "h", "json")}
    lock.update(project / "convgen.lock", [row(plans()[0])])
    run(*words, "--update")
    after = {end: (project / "out" / f"k.{end}").read_text() for end in ("c", "h", "json")}
    assert [end for end in before if before[end] != after[end]] == ["json"]
    assert json.loads(after["json"])["origin"] == "another CPU; cc 1; 1 thread"


# --- forged ---


def line(**changes) -> str:
    return json.dumps(json.loads(lock.write([row(LAST)]).splitlines()[1]) | changes) + "\n"


HEADER = '{"convgen_records":1}\n'
PLAN = json.loads(plan_text(LAST))
TEXTS = {f"{field}, {name}": line(**{field: text}) for name, text in HOSTILE.items()
         for field in ("device", "compiler", "convgen", "printer", "target")}
FORGED = {
    "a comment that ends": TEXTS["device, closer"], "no JSON": "{\n", "unknown field": line(speed=1),
    "a conflict of git": f"<<<<<<< ours\n{line()}=======\n",
    "bad spec": line(spec={"ic": 0}), "twice": line() + line(), "twice, measured elsewhere": line() + line(device="b"),
    "no time": line(min_s=0), "threads": line(threads=0), "spec in words": line(spec=STEM),
}  # fmt: skip
USELESS = {
    "no such tile": {**PLAN, "mr": 99}, "negative": {**PLAN, "mr": -1}, "huge": {**PLAN, "mr": 2**70},
    "code for a source": {**PLAN, "source": HOSTILE["closer"]}, "algorithm": {**PLAN, "algorithm": "system"},
    "loops": {**PLAN, "loops": [{"dim": HOSTILE["quote"], "step": 1}]}, "unknown": {**PLAN, "evil": 1}, "none": {},
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_text_of_a_lock_goes_unchecked(project, text):
    (project / "convgen.lock").write_bytes((HEADER + text).encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError, match=r"^convgen\.lock: (records file: line 2: |file must be)") as caught:
        lock.open_lock(Path("convgen.lock"))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED)
def test_a_forged_lock_is_refused_whole(project, text):
    (project / "convgen.lock").write_bytes((HEADER + text).encode("utf-8", "surrogatepass"))
    for command in (("plan",), ("generate", "-o", "out", "--no-verify"), ("tune", *TUNE, "--lock")):
        said = run(command[0], STEM, *TARGET, *command[1:], code=2).stderr
        assert said.startswith("convgen: convgen.lock: ")
        assert said.count("\n") == 1
        assert said[:-1].isprintable()
    assert not (project / "out").exists()


@pytest.mark.parametrize("plan", USELESS.values(), ids=USELESS)
def test_a_plan_that_is_not_legal_is_left_out_and_that_is_said(project, plan):
    (project / "convgen.lock").write_text(HEADER + line(plan=plan))
    said = run("plan", STEM, *TARGET)
    assert "convgen.lock: left out: line 2: " in said.stderr
    assert said.stderr.count("\n") == 1
    assert "chosen by the model" in said.stdout
    assert "lock must hold a plan" in run("generate", STEM, *TARGET, "--locked", "-o", "out", code=2).stderr


def test_a_lock_travels_between_processes():
    """package plans in several."""
    held = lock.Lock(Path("a.lock"), (row(LAST),))
    assert msgspec.json.decode(msgspec.json.encode(held.rows), type=tuple[Record, ...]) == held.rows
