"""Records: the database, what generate takes from it, and its text form."""

import contextlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import msgspec
import pytest
import tools
from tools import command as run

import convgen
from convgen import __version__, api
from convgen.commands import records as records_command
from convgen.emit import render
from convgen.emit.sources import APART, MODULES, digest, digest_of, template_folder
from convgen.errors import InputError, MissingToolError
from convgen.layer.outside import check_text
from convgen.layer.spec import ConvSpec
from convgen.machine import devices
from convgen.machine.host import host
from convgen.machine.target import NAMED
from convgen.packaging import output
from convgen.plan.plan import Loop
from convgen.plan.written import written
from convgen.planner import objective
from convgen.planner import rank as planner
from convgen.tuning import database, records
from convgen.tuning import lock as lockfile
from convgen.tuning.database import Place, Record, Records
from convgen.tuning.records import choice, plan_text, read_plan, read_spec, spec_text

HOST = host()
SPEC = ConvSpec(ic=16, ih=8, iw=8, oc=16, kh=3, kw=3, padding="half", layout="nhwc")
WORDS = ("ic16ih8oc16oh8kh3ph1", "--layout", "nhwc", "--target", "host")
HEADER = '{"convgen_records":1}\n'


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path, tmp_path_factory):
    """A database of this test's own, not there yet; a shared cache."""
    path = tmp_path / "data" / "records.sqlite"
    monkeypatch.setenv("CONVGEN_RECORDS", str(path))
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))
    monkeypatch.chdir(tmp_path)
    return path


def plans(spec=SPEC, target=HOST):
    """The planner's plans, its first choice first."""
    return [estimate.plan for estimate in planner.rank(spec, target)]


def row(plan, seconds=1e-5, **changes):
    fields = {
        "spec": spec_text(plan.spec), "target": records.target_text(plan.target), "device": records.device(),
        "compiler": records.compiler(), "threads": 1, "convgen": __version__, "printer": digest(),
        "plan": plan_text(plan),
        "status": "ok", "min_s": seconds, "median_s": 1.25 * seconds, "repeats": 5, "predicted": 1000.0,
    }  # fmt: skip
    return Record(**{**fields, **changes})


def put(*rows, settled=False):
    with Records() as database:
        database.put(rows, settled)


def everything():
    with Records() as database:
        return database.rows()


# --- canonical texts ---


@pytest.mark.parametrize(
    "spec",
    [SPEC, ConvSpec(ic=1, oc=1, iw=1, kw=1), SPEC.replace(layout="nchw", activation="clip(-1,2)"),
     ConvSpec(ic=4, oc=6, id=5, ih=6, iw=7, kd=1, kh=2, kw=3, g=2, front=1, left=2, bias=False, flip=True),
     SPEC.replace(residual=True, weights_layout="oihw", n=3)],
)  # fmt: skip
def test_specs_and_plans_come_back(spec):
    assert read_spec(spec_text(spec)) == spec
    for plan in plans(spec)[::29]:
        assert read_plan(plan_text(plan), spec, HOST) == plan
        assert "spec" not in json.loads(plan_text(plan))


def test_one_layer_has_one_text():
    pads = {"top": 1, "bottom": 1, "left": 1, "right": 1}
    other = ConvSpec(ic=16, ih=8, iw=8, oc=16, kh=3, kw=3, layout="nhwc", weights_layout="hwio", **pads)
    assert spec_text(other) == spec_text(SPEC)
    assert spec_text(SPEC.replace(bias=False)) != spec_text(SPEC)


def decisions(**changes):
    return json.dumps(json.loads(plan_text(plans()[0])) | changes)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"algorithm":"magic"}', '{"algorithm":"reference"}', '{"algorithm":"direct"}',
     decisions(mr=99), decisions(mr=0), decisions(mr="6"), decisions(nr=-1), decisions(source="magic"),
     decisions(loops=[]), decisions(loops=[{"dim": "ow", "step": 0}]), decisions(speed=9),
     decisions(spec={}), decisions(target={}), decisions(lanes="ow", source="edges")],
)  # fmt: skip
def test_illegal_plans_are_refused(text):
    with pytest.raises(InputError, match="record"):
        read_plan(text, SPEC, HOST)


def test_steps_of_zero_are_refused():
    plan = plans()[0]
    loops = tuple(Loop(loop.dim, 0, loop.bind) for loop in plan.loops)
    with pytest.raises(InputError, match="record"):
        read_plan(plan_text(msgspec.structs.replace(plan, loops=loops)), SPEC, HOST)


def test_fingerprints_fit_a_comment(monkeypatch):
    for text in (records.device(), records.compiler()):
        check_text("origin", text)
        assert text
    monkeypatch.setattr("convgen.machine.host.cpu_name", lambda: "Über */ CPU /*\n*/*/")
    check_text("origin", records.identity.__wrapped__())


@pytest.mark.parametrize("text", ["a */ b", "a /* b", "a\nb", "ü"])
def test_origins_that_would_end_the_comment_are_refused(text):
    with pytest.raises(InputError, match="comment"):
        render.render(plans()[0], None, text)


# --- the database ---


def test_the_file_is_private_and_complete(file):
    put(row(plans()[0]))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert {path.name.split(".")[0] for path in file.parent.iterdir()} == {"records"}
    (found,) = everything()
    assert found.time.startswith("20")
    assert msgspec.structs.replace(found, time="") == row(plans()[0])
    with sqlite3.connect(file) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_reading_makes_no_file(file):
    assert choice(SPEC, HOST) is None
    assert "trials" in run("records", "gc").stderr
    assert run("records", "export", "-").stdout == HEADER
    assert not file.exists()


def test_a_plan_has_one_row_in_a_place():
    first, second = plans()[:2]
    put(row(first, 3e-5), row(second, 2e-5))
    put(row(first, 1e-5))
    put(row(first, 9e-5, threads=2), row(first, 9e-5, compiler="other"))
    assert [(found.min_s, found.threads) for found in everything()].count((1e-5, 1)) == 1
    assert len(everything()) == 4


def test_the_winner_of_a_final_is_ahead_of_faster_trials():
    lucky, winner, loser = plans()[:3]
    put(row(lucky, 1e-6))
    put(row(winner, 3e-6, rounds=3), row(loser, 2e-6, rounds=2), settled=True)
    assert [found.plan for found in everything()] == [plan_text(plan) for plan in (winner, loser, lucky)]
    put(row(loser, 4e-6, rounds=2), settled=True)  # a later final
    assert everything()[0].plan == plan_text(loser)


def test_changes_are_all_or_nothing():
    good = row(plans()[0])
    with Records() as database, pytest.raises(InputError):
        database.put([good, msgspec.structs.replace(good, threads=[])])
    assert everything() == []


WRITER = """
import sys
from convgen.tuning.database import Records, Record
for number in range(25):
    with Records() as database:
        database.put([Record(spec="{}", target="t", device="d", compiler="c", threads=1, convgen="0", printer="",
                          plan=f"{sys.argv[1]} {number}", status="ok", min_s=1.0)])
"""


def test_several_processes_may_create_and_write_it():
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(number)]) for number in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    assert len({found.plan for found in everything()}) == 100


def truncated(path):
    put(*[row(plan) for plan in plans()[:200]])
    path.write_bytes(path.read_bytes()[:9000])


def of_another_program(path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE trials (a)")


def newer(path):
    put(row(plans()[0]))
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")


def open_to_others(path):
    put(row(plans()[0]))
    path.chmod(0o666)


def log_of_others(path):
    """SQLite would take its content for the database's own."""
    put(row(plans()[0]))
    log = path.with_name(f"{path.name}-wal")
    log.touch()
    log.chmod(0o666)


SPOILS = [lambda path: path.write_text("hello, world " * 100), lambda path: path.mkdir(), of_another_program, newer,
          open_to_others, log_of_others]


@pytest.mark.parametrize("spoil", SPOILS, ids=["text", "folder", *[s.__name__ for s in SPOILS[2:]]])
def test_what_cannot_be_used_is_told_in_one_line_and_left_alone(file, spoil):
    """And is no reason for generate to stop."""
    file.parent.mkdir()
    spoil(file)
    before = file.is_dir() or file.read_bytes()
    result = run("records", "list", code=2)
    assert not result.stdout
    assert result.stderr.count("\n") == 1
    assert str(file) in result.stderr
    assert "--no-records" in result.stderr
    went_on = run("generate", *WORDS, "-o", "-", "--no-verify")
    assert went_on.stderr.count("without records") == 1
    assert str(file) in went_on.stderr
    assert "without records" not in run("generate", *WORDS, "-o", "-", "--no-verify", "--no-records").stderr
    assert before == (file.is_dir() or file.read_bytes()) or spoil is newer  # of which SQLite has put the log in
    assert not list(file.parent.glob("*.damaged*"))


def test_a_newer_convgens_are_said_to_be(file):
    file.parent.mkdir()
    newer(file)
    assert "a newer convgen made it, of schema 99, where this one knows 2" in run("records", "list", code=2).stderr


def middle(path):
    """Damage that opening does not meet."""
    put(*[row(plan) for plan in plans()[:200]])
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as opened:
        opened.seek(4096 * 3)
        opened.write(b"\xff" * 4096 * 4)


@pytest.mark.parametrize("spoil", [truncated, middle, lambda path: path.write_bytes(b"")],
                         ids=["truncated", "middle", "empty"])
@pytest.mark.parametrize("words", [("records", "list"), ("generate", *WORDS, "-o", "-", "--no-verify")],
                         ids=["list", "generate"])
def test_a_damaged_database_is_moved_aside(file, spoil, words):
    file.parent.mkdir()
    spoil(file)
    damaged = file.read_bytes()
    told = run(*words).stderr
    assert told.count("were damaged") == 1
    assert "records.sqlite.damaged-1" in told
    assert file.with_name("records.sqlite.damaged-1").read_bytes() == damaged
    put(row(plans()[0]))
    assert "damaged" not in run(*words).stderr
    assert len(everything()) == 1


@pytest.mark.parametrize("change", ["threads = 'many'", "status = 'fine'", "plan = 1.5", "spec = NULL"])
def test_a_row_that_convgen_cannot_have_written_is_left_out(file, change):
    put(*[row(plan) for plan in plans()[:3]])
    with sqlite3.connect(file) as database:
        database.execute(f"UPDATE trials SET {change} WHERE rowid = 2")
    for words in (("records", "list"), ("records", "export", "-"), ("generate", *WORDS, "-o", "-", "--no-verify")):
        assert "Traceback" not in run(*words).stderr
    assert len(everything()) == 2
    assert "1 of 3" in run("records", "gc").stderr
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT COUNT(*) FROM trials").fetchone() == (2,)


def test_numbers_that_are_missing_are_as_if_not_told(file):
    put(row(plans()[0]))
    with sqlite3.connect(file) as database:
        database.execute("UPDATE trials SET time = NULL, detail = NULL, seed = NULL, predicted = NULL")
    assert "1 plan" in run("records", "export", "lock").stderr
    assert len(everything()) == 1


def test_locked_records_are_not_waited_for(file, monkeypatch):
    """As a tool that keeps the file open for itself would have them."""
    put(row(plans()[0]))
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr(records, "PATIENCE", 0.05)
        told = run("generate", *WORDS, "-o", "-", "--no-verify").stderr
    assert "without records" in told
    assert "locked" in told


@pytest.mark.parametrize("room", [0, 4096, 8192])
def test_a_full_disk_leaves_no_half_of_a_database(file, monkeypatch, room):
    """What SQLite could not write it leaves in its log, and says nothing when it closes."""
    whole = database._whole

    def cut(path):
        os.truncate(path, room)
        return whole(path)

    monkeypatch.setattr(database, "_whole", cut)
    with pytest.raises(InputError, match="No space left on device"):
        Records()
    assert list(file.parent.iterdir()) == []


def test_a_million_trials_are_listed_by_sqlite(monkeypatch):
    """Python reads the best of each place alone; reading all of a million took 20 s."""
    first, second, third = plans()[:3]
    put(row(first, 3e-5), row(second, 2e-5, rounds=2), row(third, 1e-5), row(third, 1e-9, threads=2, status="wrong"))
    with Records() as held:
        monkeypatch.setattr(held, "rows", None)
        one, two = held.best()
    assert (one.row.plan, one.trials, one.failed) == (plan_text(second), 3, 0)
    assert (two.row.status, two.trials, two.failed) == ("wrong", 1, 1)


def test_it_is_private_with_its_folders_whatever_the_umask(file, monkeypatch):
    monkeypatch.setenv("CONVGEN_RECORDS", str(file.parent / "one/two/records.sqlite"))
    before = os.umask(0)
    try:
        with Records() as database:
            found = [database.path, *database.path.parents[:3], *database.path.parent.iterdir()]
            assert all(path.stat().st_mode & 0o077 == 0 for path in found)
    finally:
        os.umask(before)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(file):
    file.parent.mkdir(mode=0o500)
    with pytest.raises(InputError, match="Permission"):
        Records()


def as_reader(path, folder_mode, check):
    """Do something as somebody who may read a database and not write it, in a process of its own: root may write
    anywhere."""
    path.chmod(0o444)
    path.parent.chmod(folder_mode)
    child = os.fork()
    if not child:
        code = 1
        try:
            if not os.geteuid():
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            check()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    path.parent.chmod(0o755)
    assert status == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("folder_mode", [0o555, 0o777], ids=["folder", "file"])
@pytest.mark.parametrize("logged", [False, True])
def test_what_can_only_be_read_is_read(monkeypatch, folder_mode, logged):
    """By whoever asks; only writing is refused, in a line. logged: the trial stands in the log yet."""
    found, other = (row(plan) for plan in plans()[:2])
    with tempfile.TemporaryDirectory() as name:  # pytest's folders are closed to others
        path = Path(name) / "records.sqlite"
        monkeypatch.setenv("CONVGEN_RECORDS", str(path))
        before = Records()
        before.put([found])
        if not logged:
            before.__exit__()
        assert "this device" in run("records", "list").stdout  # what that imports, not all may read
        for log in path.parent.glob("records.sqlite-*"):
            log.chmod(0o644)

        def check():
            assert [one.plan for one in everything()] == [found.plan]
            assert choice(SPEC, HOST).plan == read_plan(found.plan, SPEC, HOST)
            assert "this device" in run("records", "list").stdout
            with pytest.raises(InputError, match=r"it can only be read.*--no-records"):
                put(other)

        as_reader(path, folder_mode, check)
        before.__exit__()


# --- the choice ---


def test_nothing_fits():
    put(row(plans()[0]))
    assert choice(SPEC.replace(bias=False), HOST) is None
    assert choice(SPEC, NAMED["scalar"]) is None
    assert choice(SPEC, HOST, "depthwise") is None
    assert choice(SPEC, HOST, plans()[0].algorithm).plan == plans()[0]


def test_failures_and_illegal_plans_are_never_chosen():
    good, other = plans()[:2]
    illegal = msgspec.structs.replace(other, mr=99)
    put(row(good, 5e-5), row(other, 1e-5, status="wrong"), row(illegal, 1e-6))
    assert choice(SPEC, HOST).plan == good
    assert plan_text(good) in lockfile.write(everything())


def test_the_choice_keeps_to_the_limit():
    ranked = [estimate.plan for estimate in planner.rank(SPEC, HOST, max_error=5e-6)]
    best = [next(plan for plan in ranked if written(plan).m == m) for m in (6, 4, 2, 0)]  # fastest first
    put(*(row(plan, 1e-5 * number) for number, plan in enumerate(best, 1)))
    for max_error, plan in zip((5e-6, 1e-6, 2e-7, 0), best, strict=True):
        assert choice(SPEC, HOST, max_error=max_error).plan == plan
    assert choice(SPEC, HOST).plan == best[1]
    assert choice(SPEC, HOST, "winograd", max_error=0) is None
    assert api.generate(SPEC, HOST, max_error=0).plan == best[3]
    with pytest.raises(InputError, match="max_error"):
        choice(SPEC, HOST, max_error=-1)


@pytest.mark.parametrize(
    ("changes", "asked"),
    [({"threads": 4}, {"threads": 1}), ({"compiler": "other"}, {}),
     ({"convgen": "0.0.1"}, {}), ({"printer": "0" * 16}, {}), ({"printer": ""}, {}), ({"threads": 1}, {"threads": 2})],
    ids=str,
)  # fmt: skip
def test_what_was_measured_nearer_comes_first_even_if_slower(changes, asked):
    near, far = plans()[:2]
    here = {"threads": asked.get("threads", 1)}
    put(row(far, 1e-6, **changes))
    assert choice(SPEC, HOST, **asked).plan == far  # better than nothing
    put(row(near, 9e-5, **here))
    assert choice(SPEC, HOST, **asked).plan == near


# --- what printed a plan ---


def test_generate_prefers_what_it_still_prints(monkeypatch):
    """A plan measured as other code printed it is better than none; not once the layer was measured anew."""
    old, new = plans()[:2]
    put(row(old, 1e-9, rounds=9))
    assert choice(SPEC, HOST).plan == old
    assert json.loads(lockfile.write(everything()).splitlines()[1])["printer"] == digest()
    monkeypatch.setattr(database, "digest", lambda: "changed")
    assert choice(SPEC, HOST).plan == old
    put(row(new, 1e-5, printer="changed"))
    assert choice(SPEC, HOST).plan == new
    assert json.loads(lockfile.write(everything()).splitlines()[1])["printer"] == "changed"
    assert len(everything()) == 2, "old rows are kept"
    put(row(old, 1e-5, printer="changed"))
    assert len(everything()) == 3, "the same plan, printed otherwise, has a row of its own"


def copies(tmp_path):
    """The package's sources and the templates, to change."""
    package, folder = tmp_path / "package", tmp_path / "templates"
    shutil.copytree(Path(convgen.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "templates"))
    shutil.copytree(template_folder(), folder)
    return package, folder


@pytest.mark.parametrize(("file", "counts"), [
    ("package/algorithms/tiled/direct.py", True), ("package/algorithms/new.py", True), ("package/machine/isa.py", True),
    ("package/machine/rows/opencl.py", True), ("package/emit/render.py", True), ("package/plan/program.py", True),
    ("templates/tiled/tile.c.j2", True), ("templates/new/new.c.j2", True), ("templates/common/file.c.j2", True),
    ("package/api.py", False), ("package/planner/rank.py", False), ("templates/package/Makefile.j2", False),
    ("templates/probe/probe.c.j2", False),
])
def test_the_digest_is_of_what_prints_kernels(tmp_path, file, counts):
    package, folder = copies(tmp_path)
    assert digest_of(package, folder) == digest(), "wherever it lies"
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + " ")
    assert (digest_of(package, folder) != digest()) == counts


def test_every_part_of_the_printer_is_there():
    package = Path(convgen.__file__).parent
    assert all(any(package.glob(pattern)) for pattern in MODULES)
    assert all((template_folder() / name).is_dir() for name in APART)


def test_a_renamed_file_counts(tmp_path):
    package, folder = copies(tmp_path)
    (package / "algorithms" / "lowering.py").rename(package / "algorithms" / "other.py")
    assert digest_of(package, folder) != digest()


BEFORE = """
PRAGMA journal_mode = WAL; PRAGMA application_id = 1668247158; PRAGMA user_version = 1;
CREATE TABLE trials (spec, target, device, compiler, threads, convgen, plan, status, min_s, median_s, repeats, rounds,
                     predicted, seed, time, detail, UNIQUE (spec, target, device, compiler, threads, convgen, plan))
"""


def of_schema_1(path, rows):
    """A database as it was before rows knew what printed their plans."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(BEFORE)
        fields = [name for name in Record.__struct_fields__ if name != "printer"]
        database.executemany(f"INSERT INTO trials ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})",
                             [[getattr(one, name) for name in fields] for one in rows])
        database.commit()


def test_an_older_database_keeps_all_its_rows(file):
    rows = [one for one in suite() if one.printer == digest()]
    of_schema_1(file, rows)
    late = sqlite3.connect(file)  # of an older convgen, which goes on writing
    assert choice(SPEC, HOST).plan == plans()[2]
    found = everything()
    assert [msgspec.structs.replace(one, printer=digest()) for one in found] == \
        sorted(rows, key=lambda one: (one.place, one.merit))
    assert {one.printer for one in found} == {""}
    late.execute("INSERT OR REPLACE INTO trials (spec, target, device, compiler, threads, convgen, plan, status)"
                 " VALUES ('{}', 't', 'd', 'c', 1, '0', '{}', 'crash')")
    late.execute("UPDATE trials SET repeats = 0, rounds = 0, predicted = 0, seed = 0, time = '', detail = ''"
                 " WHERE device = 'd'")
    late.commit()
    late.close()
    assert len(everything()) == len(rows) + 1
    put(*rows)
    assert len(everything()) == 2 * len(rows) + 1
    with sqlite3.connect(file) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (2,)
        assert database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("trials",)]


def test_several_processes_may_open_an_older_database(file):
    of_schema_1(file, [row(plan) for plan in plans()[:30]])
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(number)]) for number in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    assert len(everything()) == 130


def test_a_migration_is_all_or_nothing(file, monkeypatch):
    of_schema_1(file, [row(plan) for plan in plans()[:5]])
    monkeypatch.setattr(database, "_TABLE", "CREATE TABLE trials (nonsense")
    with pytest.raises(InputError, match="records must be a database"):
        Records()
    monkeypatch.undo()
    monkeypatch.setenv("CONVGEN_RECORDS", str(file))
    assert len(everything()) == 5


def test_a_lock_file_need_not_say_what_printed_its_plans():
    old = json.loads(line())
    del old["printer"]
    assert "1 plan" in run("records", "import", "-", stdin=HEADER + json.dumps(old) + "\n").stderr
    (found,) = everything()
    assert found.printer == ""
    assert choice(SPEC, HOST).plan == plans()[0]


def test_the_host_takes_records_of_this_device_only():
    plan = plans(target=host())[0]
    put(row(plan, device="other"))
    assert choice(SPEC, host()) is None
    put(row(plan))
    assert choice(SPEC, host()).plan == plan


# --- devices of OpenCL ---

CPU = devices.Info(
    platform=0, device=0, platform_name="Portable Language", platform_version="OpenCL 3.0, LLVM 15", name="big-core",
    version="OpenCL 3.0", driver="3.1", kind="cpu", units=2, clock_mhz=2000, vector=8, local_bytes=2**15,
    local_is_real=False, group=1024, items=(1024, 1024, 1024), constant_bytes=2**16, memory_bytes=2**32,
    largest_buffer=2**31, align=1024, timer_ns=1, half=False, double=True, subgroups=False, dots=False, extensions=(),
)  # fmt: skip
GPU = msgspec.structs.replace(CPU, platform=1, platform_name="Fast Company", name="Card", kind="gpu", units=132)


def machine(monkeypatch, *infos):
    """One with these devices."""
    monkeypatch.setattr(devices, "handles", lambda: tuple((info, None) for info in infos))
    monkeypatch.setattr(devices, "complaint", lambda key: None)


def another(info, **changes):
    return msgspec.structs.replace(info, **changes)


def device_row(plan, seconds=1e-5, **changes):
    """As tuning on the device that is here now would write it."""
    place = msgspec.structs.asdict(records.place(plan.spec, plan.target, 1))
    return row(plan, seconds, **{**place, **changes})


def moved(plan, info):
    return msgspec.structs.replace(plan, target=info.target)


@pytest.mark.parametrize(
    ("now", "found"),
    [(CPU, True), (another(CPU, platform=4, device=2), True), (another(CPU, driver="3.2"), True),
     (another(CPU, platform_version="OpenCL 3.0, LLVM 19"), True), (another(CPU, name="small-core"), False),
     (another(CPU, platform_name="Another Language"), False), (another(CPU, units=64), False),
     (another(CPU, vector=4), False)],
    ids=["itself", "counted otherwise", "new driver", "new platform", "name", "platform's name", "units", "vectors"],
)  # fmt: skip
def test_a_device_is_known_by_what_it_says(monkeypatch, now, found):
    machine(monkeypatch, CPU)
    plan = plans(target=CPU.target)[3]
    put(device_row(plan))
    machine(monkeypatch, GPU, now)
    chosen = choice(SPEC, now.target)
    assert (chosen is not None) == found
    if chosen:
        assert chosen.plan == moved(plan, now)
        check_text("origin", chosen.origin)
        assert "thread" not in chosen.origin
        assert "big-core" in chosen.origin


def test_caches_tell_cpus_of_one_name_apart(monkeypatch):
    machine(monkeypatch, CPU, GPU)
    put(device_row(plans(target=CPU.target)[0]))
    assert choice(SPEC, CPU.target)
    small = msgspec.structs.replace(host(), caches=host().caches[:1])
    card = records.fingerprint(GPU)
    monkeypatch.setattr(devices, "host", lambda: small)
    assert choice(SPEC, CPU.target) is None
    assert records.fingerprint(GPU) == card  # which has none of these


def test_a_device_that_is_gone_has_no_records(monkeypatch):
    machine(monkeypatch, CPU)
    plan = plans(target=CPU.target)[0]
    found = device_row(plan)
    put(found)
    for infos in ((), (GPU,)):
        machine(monkeypatch, *infos)
        assert choice(SPEC, CPU.target) is None
        assert records.legal(found)
        assert records.target_of(found.target, found.device) is None
        assert not records.is_here(found)


def test_the_driver_in_use_comes_first_even_if_slower(monkeypatch):
    machine(monkeypatch, CPU)
    old, new = plans(target=CPU.target)[:2]
    put(device_row(old, 1e-9))
    machine(monkeypatch, another(CPU, driver="3.2"))
    put(device_row(new, 1e-5))
    assert choice(SPEC, CPU.target).plan == new
    machine(monkeypatch, CPU)
    assert choice(SPEC, CPU.target).plan == old


def test_a_device_sees_to_its_own_threads(monkeypatch):
    machine(monkeypatch, CPU)
    lucky, winner = plans(target=CPU.target)[:2]
    assert records.place(SPEC, CPU.target, 8) == records.place(SPEC, CPU.target, 1)
    put(device_row(lucky, 1e-9))
    put(device_row(winner, rounds=2), settled=True)
    assert choice(SPEC, CPU.target, threads=8).plan == choice(SPEC, CPU.target).plan == winner


@pytest.mark.parametrize("name", NAMED)
def test_a_named_target_never_looks_at_records(monkeypatch, name):
    """Not even at those of this very machine; the file need not be one that can be read."""
    target = NAMED[name]
    machine(monkeypatch, CPU, GPU)
    there = {"device": records.device_of(target), "compiler": records.compiler_of(target)} if target.device and \
        name != "opencl-sm80" else {}
    put(row(plans(target=target)[-1], **there))
    assert choice(SPEC, target) is None
    monkeypatch.setattr(records, "Records", None)
    made = api.generate(SPEC, target)
    chosen = objective.choose(planner.rank(SPEC, target), target.row.objective).plan
    assert (made.chosen_by, made.plan, made.origin) == ("model", chosen, "")


@pytest.mark.parametrize(("name", "infos", "device"), [
    ("opencl-cpu", (GPU, CPU), CPU), ("opencl-gpu", (CPU, GPU), GPU), ("opencl-gpu", (CPU,), None),
    ("opencl-cpu", (GPU,), None), ("opencl-cpu", (), None), ("opencl-gpu", (another(GPU, kind="accelerator"),), "it")])
def test_a_kind_runs_on_the_first_device_of_it(monkeypatch, name, infos, device):
    machine(monkeypatch, *infos)
    if device is None:
        with pytest.raises(MissingToolError, match=name):
            records.runner(NAMED[name])
    else:
        assert records.runner(NAMED[name]) == (infos[0] if device == "it" else device)


def test_commands_know_devices(monkeypatch, file):
    machine(monkeypatch, CPU)
    first, second = plans(target=CPU.target)[:2]
    put(device_row(first, 2e-5), device_row(second, 1e-5), row(plans()[0]))
    text = run("records", "export", "-").stdout
    assert "opencl:" not in text
    assert "big-core, Portable Language" in text
    lines = run("records", "list").stdout.splitlines()
    assert all("this device" in text for text in lines[1:])
    assert second.label in run("records", "list").stdout
    assert "OpenCL 3.0" in run("records", "list").stdout
    assert "LLVM" not in run("records", "list").stdout
    assert "+100.0%" in run("records", "accuracy").stdout
    run("records", "gc")
    assert len(everything()) == 3
    file.unlink()
    machine(monkeypatch)  # taken over where it is not
    assert "2 plans" in run("records", "import", "-", stdin=text).stderr
    assert "  big-core" in run("records", "list").stdout
    assert "big-core," not in run("records", "list").stdout
    assert "0 of 2" in run("records", "gc").stderr
    assert run("records", "export", "-").stdout == text
    machine(monkeypatch, another(CPU, platform=9))
    assert choice(SPEC, another(CPU, platform=9).target).plan == moved(second, another(CPU, platform=9))
    assert run("records", "export", "-").stdout == text


def test_fingerprints_of_devices_fit_a_comment(monkeypatch):
    machine(monkeypatch, another(CPU, name="Über */ CPU", platform_version="/*\n*/", driver='"\x1b'))
    where = records.place(SPEC, CPU.target, 1)
    check_text("origin", where.device)
    check_text("origin", where.compiler)


# --- what generate makes of it ---


def test_generate_takes_the_plan_and_says_so():
    plan = plans()[-1]
    model = api.generate(SPEC, HOST)
    put(row(plan))
    kernel = api.generate(SPEC, HOST)
    assert kernel.plan == plan
    assert kernel == api.render(plan, None, kernel.origin, chosen_by="records")
    assert kernel.source == api.generate(SPEC, HOST).source
    assert "1 thread" in kernel.origin
    assert kernel.source == api.render(plan).source, "where it was measured is the manifest's to say"
    assert str(everything()[0].min_s) not in kernel.source
    assert api.generate(SPEC, HOST, records=False) == model


def test_the_commands_take_it_too(tmp_path):
    plan = plans()[-1]
    put(row(plan))
    tuned, other = api.generate(SPEC, HOST), api.generate(SPEC, HOST, records=False)
    assert tuned.name == other.name  # a plan that is measured changes no #include
    assert tuned.plan != other.plan
    for folder, options, kernel in (("a", (), tuned), ("b", ("--no-records",), other)):
        run("generate", *WORDS, "-o", folder, "--no-verify", *options)
        assert next(output.stored(tmp_path / folder)).kernel.plan == kernel.plan
    assert "chosen by the records, measured on " in run("plan", *WORDS).stdout
    assert "chosen by the records, measured on " in run("plan", *WORDS, "--explain").stdout
    assert "chosen by the model" in run("plan", *WORDS, "--no-records").stdout
    data = json.loads(run("plan", *WORDS, "--json").stdout)["layers"][0]
    assert data["chosen_by"] == "records"
    assert data["label"] == plan.label
    assert plan.label not in run("verify", *WORDS, "--mode", "exact", "--no-records").stdout


def test_the_manifest_reproduces_the_files(tmp_path):
    put(row(plans()[-1]))
    run("generate", *WORDS, "-o", "out", "--no-verify")
    put(row(plans()[0], 1e-9))  # what is on record later does not matter
    (stored,) = output.stored(tmp_path / "out")
    assert stored.drift == []
    assert stored.kernel.origin
    (manifest,) = (tmp_path / "out").glob("*.json")
    manifest.write_text(manifest.read_text().replace('"origin": "', '"origin": "*/ int evil; /*'))
    with pytest.raises(InputError, match="comment"):
        list(output.stored(tmp_path / "out"))


# --- the text form ---


def suite():
    """Rows of several layers, targets, devices and numbers of threads; several plans of each."""
    found = []
    for spec in (SPEC, SPEC.replace(layout="nchw"), SPEC.replace(activation="relu")):
        for target in (HOST, NAMED["scalar"]):
            ranked = plans(spec, target)
            found += [row(plan, 1e-5 / (number + 1)) for number, plan in enumerate(ranked[:3])]
            found += [row(ranked[-1], threads=2), row(ranked[1], device="Another CPU"),
                      row(ranked[3], 1e-9, status="crash", min_s=None),
                      row(ranked[-1], 1e-9, convgen="0.0.1"), row(ranked[-1], 1e-9, printer="another")]
    return found


def test_export_and_import_give_the_same_kernels(file, tmp_path):
    rows = suite()
    put(*rows)
    run("records", "export", "lock.jsonl")
    text = (tmp_path / "lock.jsonl").read_text()
    made = [api.generate(read_spec(one.spec), one.target.split()[0], threads=one.threads) for one in rows]
    assert any(kernel.origin for kernel in made)

    file.unlink()
    put(*reversed(rows))
    assert run("records", "export", "-").stdout == text  # the order of events does not matter

    file.unlink()
    assert "18 plans" in run("records", "import", "lock.jsonl").stderr
    assert run("records", "export", "-").stdout == text
    again = [api.generate(read_spec(one.spec), one.target.split()[0], threads=one.threads) for one in rows]
    assert again == made
    lines = text.splitlines()
    assert lines[0] + "\n" == HEADER
    assert len(lines) == 19
    assert "time" not in json.loads(lines[1])


def test_files_of_any_length_are_imported(file, tmp_path, monkeypatch):
    """Whole or not at all, though neither memory nor a transaction holds all rows."""
    monkeypatch.setattr(database, "CHUNK", 4)
    monkeypatch.setattr(records_command, "IN_MEMORY", 2000)
    put(*suite())
    with Records() as held:
        assert list(held.each()) == held.rows()
    run("records", "export", "lock.jsonl")
    text = (tmp_path / "lock.jsonl").read_text()
    file.unlink()
    assert "18 plans" in run("records", "import", "-", stdin=text).stderr
    assert run("records", "export", "-").stdout == text
    file.unlink()
    run("records", "import", "-", code=2, stdin=text + "{")
    assert not file.exists()
    result = run("records", "import", "-", code=2, stdin=text + line(device="x" * 2**20))
    assert "file must have no line beyond 1 MiB ('-': line 20)" in result.stderr


def test_import_comes_first_until_the_next_final():
    mine, theirs = plans()[:2]
    put(row(mine, 1e-6, rounds=4), settled=True)
    run("records", "import", "-", stdin=lockfile.write([row(theirs, 5e-5)]))
    assert choice(SPEC, HOST).plan == theirs
    put(row(mine, 1e-6, rounds=2), settled=True)
    assert choice(SPEC, HOST).plan == mine


def test_plans_no_longer_legal_are_left_out():
    text = HEADER + line(plan=json.loads(decisions(mr=99))) + line(threads=2)
    result = run("records", "import", "-", stdin=text)
    assert "left out: line 2: plan" in result.stderr
    assert "1 plan taken over" in result.stderr
    assert [found.threads for found in everything()] == [2]


@pytest.mark.parametrize(("change", "told"), [
    ({"unroll": 0}, "unroll must be 4 (unroll=0)"), ({"source": "local"}, "source must be edges or copy"),
    ({"mr": -1}, "mr must be int >= 0"), ({"mr": 2**63}, "mr must be int <= "), ({"mr": 2**70}, "mr must be int <= "),
    ({"m": 2}, "m must be 0 (m=2)"), ({"loops": [{"dim": "oc", "step": 10**30}]}, "loops[0].step must be int <= "),
    ({"speed": 1}, "unknown field speed")], ids=str)
def test_forged_plans_are_left_out(change, told):
    """With one line that names the field; for a device that is not here, only as far as can be told."""
    direct = next(plan for plan in plans() if plan.algorithm == "direct" and plan.lanes == "oc")
    forged = json.loads(plan_text(direct)) | change
    result = run("records", "import", "-", stdin=HEADER + line(plan=forged))
    assert "0 plans taken over" in result.stderr
    assert f"left out: line 2: plan of a record: {told}" in result.stderr.replace("Object contains ", "")
    assert result.stderr.count("\n") == 2
    away = line(plan=forged, target="opencl cl8", device="elsewhere")
    taken = "must be int" not in told and "unknown" not in told
    assert f"{int(taken)} plan" in run("records", "import", "-", stdin=HEADER + away).stderr
    run("records", "list", "--json")


def test_a_tile_without_an_order_of_loops_is_left_out():
    """Panels of so many input channels, which no order packs."""
    spec = ConvSpec(ic=12288, ih=7, iw=7, oc=1024, kh=1, kw=1)
    loops = [{"dim": dim, "step": step, "bind": bind} for dim, step, bind in (
        ("n", 1, "task"), ("g", 1, "task"), ("od", 1, "task"), ("oh", 1, "task"), ("ow", 64, "seq"), ("oc", 6, "seq"),
        ("ic", 1, "seq"), ("kd", 1, "seq"), ("kh", 1, "seq"), ("kw", 1, "seq"))]
    forged = {"algorithm": "direct", "lanes": "ow", "loops": loops, "mr": 6, "nr": 4, "source": "panels", "unroll": 4}
    with pytest.raises(InputError, match=r"plan of a record: direct has no order of loops for this tile"):
        read_plan(json.dumps(forged), spec, NAMED["x86-64-v4"])


def line(**changes):
    text = lockfile.write([row(plans()[0])]).splitlines()[1]
    return json.dumps(json.loads(text) | changes) + "\n"


DEEP = "[" * 100_000 + "]" * 100_000
BAD = {
    "empty": "",
    "no header": line(),
    "other header": '{"convgen_records":2}\n',
    "text": "hello\n",
    "not JSON": HEADER + "{\n",
    "twice": HEADER + line() + line(),
    "twice, spec in other words": HEADER + line() + line(spec=json.loads(spec_text(SPEC)) | {"n": 1}),
    "unknown field": HEADER + line(speed=1),
    "missing field": HEADER + '{"threads":1}\n',
    "no threads": HEADER + line(threads=0),
    "threads in words": HEADER + line(threads="one"),
    "no time": HEADER + line(min_s=0),
    "negative time": HEADER + line(min_s=-1),
    "median below": HEADER + line(median_s=1e-9),
    "repeats": HEADER + line(repeats=-1),
    "bad spec": HEADER + line(spec={"ic": 0}),
    "unknown field of spec": HEADER + line(spec={"ic": 1, "oc": 1, "iw": 1, "kw": 1, "colour": 1}),
    "endless number": HEADER + line(threads=0).replace('"threads": 0', '"threads": ' + "9" * 5000),
    "threads beyond 63 bits": HEADER + line(threads=2**63),
    "repeats beyond 64 bits": HEADER + line(repeats=2**70),
    "number beyond 63 bits in a spec": HEADER + line(spec=json.loads(spec_text(SPEC)) | {"ic": 2**63}),
    "deep header": DEEP + "\n",
    "deep spec": HEADER + line(spec=0).replace('"spec": 0', f'"spec": {DEEP}'),
    "deep plan": HEADER + line(plan=0).replace('"plan": 0', f'"plan": {DEEP}'),
    "spec in words": HEADER + line(spec="ic3"),
    "comment ends": HEADER + line(device="a */ int evil; /*"),
    "newline": HEADER + line(compiler="gcc\nint evil;"),
    "not ASCII": HEADER + line(device="Prozessor für alle"),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_bad_files_are_refused_whole(file, text):
    result = run("records", "import", "-", code=2, stdin=text)
    assert result.stderr.count("\n") == 1
    assert "record" in result.stderr or "comment" in result.stderr
    assert not file.exists()


def test_files_that_cannot_be_read_or_must_not_be_replaced(tmp_path):
    assert "nowhere" in run("records", "import", "nowhere", code=2).stderr
    assert "readable" in run("records", "import", ".", code=2).stderr
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert "UTF-8" in run("records", "import", "binary", code=2).stderr
    assert "UTF-8" in run("records", "import", "-", code=2, stdin=b"\xff\xfe").stderr
    (tmp_path / "mine.c").write_text("int main(void) { return 0; }")
    assert "another kind" in run("records", "export", "mine.c", code=2).stderr
    assert (tmp_path / "mine.c").read_text().startswith("int main")
    assert "writable" in run("records", "export", "no/such/folder", code=2).stderr
    run("records", "export", "lock")
    run("records", "export", "lock")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["binary", "lock", "mine.c"]


# --- housekeeping ---


def test_gc_keeps_the_best_legal_ones_of_this_version():
    first, second, third, fourth = plans()[:4]
    illegal = msgspec.structs.replace(first, mr=99)
    put(row(first, 4e-6), row(second, 3e-6), row(third, 2e-6), row(fourth, 1e-6, status="crash", min_s=None),
        row(first, 1e-9, convgen="0.0.1"), row(illegal, 1e-9), row(first, 1e-9, target="gone avx2"),
        row(first, 1e-9, printer="another"),
        row(plans(target=host())[0], device="other", target="host avx2"))  # fmt: skip
    assert "6 of 9" in run("records", "gc", "--keep", "2").stderr
    left = [found for found in everything() if found.device != "other"]
    assert [found.plan for found in left] == [plan_text(third), plan_text(second)]
    assert len(everything()) == 3


def test_gc_leaves_what_is_measured_meanwhile(file):
    one, other = row(plans()[0], printer="another"), row(plans()[1], printer="another")
    put(one, other)
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE trials SET time = '2020-01-01T00:00:00+00:00'")

    def useless(row):
        with Records() as elsewhere:
            elsewhere.forget([one, other])
        put(one)  # in the place of the first
        return True

    with Records() as held:
        assert held.prune(useless) == (2, 2)
    assert [found.plan for found in everything()] == [one.plan]


def test_list_shows_the_best_of_each_place():
    put(*suite(), row(plans()[0], device="Other CPU, 9 cores", threads=7))
    lines = run("records", "list").stdout.splitlines()
    assert len(lines) == 1 + 19
    assert any("Other CPU" in text and "9 cores" not in text for text in lines)
    data = json.loads(run("records", "list", "--json").stdout)
    assert len(data["trials"]) == 49
    assert {trial["status"] for trial in data["trials"]} == {"ok", "crash"}


def test_places_are_told_apart_by_all_their_fields():
    assert Place.__struct_fields__ == ("spec", "target", "device", "compiler", "threads")
    base = row(plans()[0])
    for name in Place.__struct_fields__:
        other = getattr(base, name) + (1 if name == "threads" else "?")
        put(base, msgspec.structs.replace(base, **{name: other}))
    assert len({found.place for found in everything()}) == 6


# --- layers that sum integers ---

BYTES = SPEC.replace(dtype="u8:s8:u8", input_zero=3)


@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4-vnni", "scalar"])
def test_rows_of_products_are_told_apart(target):
    """Several of a machine may have sums in s32, and each has plans of its own."""
    machine = NAMED[target]
    every = [one.plan for one in planner.rank(BYTES, machine)]
    texts = {plan_text(plan): plan for plan in every}
    assert len(texts) == len(every)
    assert {plan.target.isa for plan in every} == {one.isa for one in machine.summing(BYTES.arithmetic)}
    for text, plan in texts.items():
        assert read_plan(text, BYTES, machine) == plan
    with pytest.raises(InputError, match=r"arithmetic must be of the target \(.*, 'avx9'\)"):
        read_plan(plan_text(every[0]).replace(every[0].target.isa, "avx9"), BYTES, machine)


def test_a_lock_holds_plans_of_integers(tmp_path):
    other = planner.rank(BYTES, HOST)[-1].plan
    put(row(other, target=records.target_text(HOST)))
    run("records", "export", "convgen.lock")
    held = json.loads((tmp_path / "convgen.lock").read_text().splitlines()[1])
    assert held["plan"]["arithmetic"] == other.target.isa
    words = [*WORDS, "--dtype", "u8:s8:u8", "--input-zero", "3"]
    told = json.loads(run("plan", *words, "--locked", "--json").stdout)
    assert json.dumps(told).count(other.label)
    explained = run("plan", *words, "--no-lock", "--no-records", "--explain").stdout
    assert "no sum leaves s32" in explained
