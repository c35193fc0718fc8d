"""Layers tuned by the workers of a Dask scheduler on this machine: what comes on record, and what is lost with whom."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

import msgspec
import pytest
import tools
from click.testing import CliRunner

from convgen.commands.main import main
from convgen.errors import MissingToolError
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.tuning import fleet, member, records, trial
from convgen.tuning.campaign import Campaign, Layer
from convgen.tuning.database import Records
from convgen.tuning.tuner import Effort

distributed = pytest.importorskip("distributed")

QUICK = Effort(best=2, sample=1, moves=1, finalists=2, round_s=0.05, seconds=60.0)
LAYERS = [ConvSpec(ic=8, ih=6, iw=6, oc=8, kh=1, kw=1), ConvSpec(ic=8, ih=7, iw=7, oc=16, kh=1, kw=1)]
NAMES = ["one", "two"]
TARGET = "scalar"  # few plans, which any machine has
OFFER = ("--resources", f"{fleet.RESOURCE}=1")


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path, tmp_path_factory):
    monkeypatch.setenv("CONVGEN_RECORDS", str(tmp_path / "records.sqlite"))
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))


class Cluster:
    """A scheduler, and workers as they are started."""

    def __init__(self, log):
        self.log, self.processes = log, []
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.address = self._said(self.scheduler, r"Scheduler at: +(tcp://\S+)")

    def worker(self, *more, **env):
        process = self._start("worker", self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard", *more, **env)
        self._said(process, "Registered to")
        return process

    def _start(self, *words, **env):
        with open(self.log / str(len(self.processes)), "wb") as out:
            process = subprocess.Popen([sys.executable, "-m", "dask", *words], stdout=out, stderr=out,
                                       env={**os.environ, **env}, start_new_session=True)
        self.processes.append(process)
        return process

    def _said(self, process, pattern, seconds=60):
        file, until = self.log / str(self.processes.index(process)), time.monotonic() + seconds
        while time.monotonic() < until:
            if found := re.search(pattern, file.read_text()):
                return found[found.re.groups]
            time.sleep(0.05)
        raise AssertionError(file.read_text())

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    yield made
    made.close()


def made_by(address, database, said, tell=lambda news: None, effort=QUICK, layers=LAYERS):
    with fleet.connected(address) as crew:
        own = fleet.Fleet(crew, [(spec, 1) for spec in layers], find(TARGET), find(TARGET), database, effort,
                          names=NAMES, say=said.append, tell=tell)
        own.run()
        return own.results()


def alone(path):
    """The rows of the same tuning in this process."""
    place = [Layer(spec, records.place(spec, find(TARGET), 1)) for spec in LAYERS]
    with Records(path) as database, trial.Lab(1, 0) as lab:
        Campaign(place, find(TARGET), lab, database, QUICK).run()
        return database.rows()


def form(row):
    """What of a row does not depend on how fast the machine was just then."""
    fields = msgspec.structs.asdict(row)
    return {name: value for name, value in fields.items() if name not in ("plan", "min_s", "median_s", "time")} | {
        "repeats": row.repeats > 0, "rounds": row.rounds > 0, "predicted": row.predicted > 0}


def test_a_lost_workers_layers_are_tuned_by_the_other(cluster, tmp_path):
    """One worker dies in the middle of its first turn; two others are of no use, and it is said why."""
    victim = cluster.worker(*OFFER)
    cluster.worker(*OFFER)
    cluster.worker()
    cluster.worker(*OFFER, CC="no-such-compiler")
    said, told = [], []

    def tell(news):
        if not told:
            os.killpg(victim.pid, signal.SIGKILL)
        told.append(news)

    with Records() as database:
        results = made_by(cluster.address, database, said, tell)
        rows = database.rows()
    (kind, found), = results.items()
    assert kind.device == records.device()
    assert all(one.best and one.finished and not one.failed for one in found)
    assert sorted(line.partition(" is left out: ")[2][:27] for line in said) == [
        "$CC must name an executable", "must offer to measure alone"]
    mates = alone(tmp_path / "alone.sqlite")
    assert {row.place for row in rows} == {row.place for row in mates}
    assert {tuple(form(row).items()) for row in rows} >= {tuple(form(row).items()) for row in mates if row.rounds > 0}
    assert len(rows) == len(mates)
    assert {news.layer for news in told if news.over} == {0, 1}


def test_what_was_tried_is_on_record_when_the_scheduler_dies(cluster, monkeypatch):
    monkeypatch.setattr(fleet, "CONNECT", 2.0)
    cluster.worker(*OFFER)

    def tell(news):
        if len(database.rows()) >= 2:  # there are more news than trials
            cluster.scheduler.kill()

    with Records() as database:
        with pytest.raises(MissingToolError, match=r"scheduler tcp://.* is gone; every trial"):
            made_by(cluster.address, database, [], tell)
        assert len(database.rows()) >= 2
        assert {row.status for row in database.rows()} == {"ok"}


def test_stopped_it_keeps_what_it_has_and_goes_on(cluster):
    """Ctrl-C once, then the same command: it tries no plan twice."""
    cluster.worker(*OFFER)
    command = [sys.executable, "-m", "convgen", "tune", "ic8ih6oc8kh1", "--target", TARGET, "--scheduler",
               cluster.address, "--time-limit", "60"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with Records() as database:
            if len(known := database.rows()) >= 2:
                break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert "stopped; every trial is on record" in process.communicate(timeout=30)[1]
    assert process.returncode == 130
    with Records() as database:
        kept = database.rows()
        assert {row.plan for row in kept} >= {row.plan for row in known}
        results = made_by(cluster.address, database, [], layers=[records.read_spec(kept[0].spec)])
    (found,), = results.values()
    assert found.finished
    assert {row.plan for row in kept}.isdisjoint(row.plan for row in found.failed)


@pytest.mark.parametrize(("options", "code", "says"), [
    (["--scheduler", "tcp://127.0.0.1:1"], 2, "scheduler must be the address of a Dask scheduler that runs"),
    (["--scheduler", "nowhere"], 2, "scheduler must be the address of a Dask scheduler that runs"),
    (["--scheduler", "http://127.0.0.1:1"], 2, "scheduler must be the address of a Dask scheduler that runs"),
    (["--scheduler", "tcp://127.0.0.1:1", "--local-workers", "1"], 2, "scheduler must stand without local-workers"),
    (["--local-workers", "1", "--effort", "estimate"], 2, "must come with measurements"),
    (["--local-workers", "100000"], 2, "local-workers must not exceed the cores"),
    (["--local-workers", "1", "--layout", "nhwc", "--then", "ic8ih6oc8kh1"], 3, "chains are not tuned yet"),
    (["--local-workers", "1", "--target", "scalar", "--algorithm", "winograd"], 3, "algorithm winograd has no plan"),
    (["--local-workers", "1", "--threads", "2"], 2, "threads must be 1 with local workers"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_bad_input(options, code, says, monkeypatch):
    monkeypatch.setattr(fleet, "CONNECT", 0.5)
    result = CliRunner().invoke(main, ["tune", "ic8ih6oc8kh1", *options])
    assert (result.exit_code, result.stderr.count("\n")) == (code, 1), result.stderr
    assert says in result.stderr


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", bytes(64)], ids=["none", "ssh", "zeros"])
def test_a_server_that_is_no_scheduler(greeting, tmp_path):
    """In a process of its own: what Dask could not close, it tells as that ends, or it waits for it for ever."""
    program = "from convgen.tuning import fleet\nfleet.CONNECT = 0.5\nfrom convgen.commands.main import main\nmain()"
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        words = [sys.executable, "-c", program, "tune", "ic8ih6oc8kh1", "--scheduler", address]
        with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
            calls, until = [], time.monotonic() + 60
            server.settimeout(0.1)
            while process.poll() is None and time.monotonic() < until:
                with contextlib.suppress(OSError):
                    calls.append(server.accept()[0])
                    calls[-1].sendall(greeting)
            process.kill()
            said = process.stderr.read()
    assert (process.returncode, said.count("\n")) == (2, 1), said
    assert f"scheduler must be the address of a Dask scheduler that runs (scheduler='{address}'" in said


def test_a_scheduler_of_another_version_is_refused(cluster, monkeypatch):
    monkeypatch.setattr(distributed, "__version__", "1.0")
    result = CliRunner().invoke(main, ["tune", "ic8ih6oc8kh1", "--scheduler", cluster.address])
    assert result.exit_code == 2
    assert re.fullmatch(r"convgen: scheduler must run distributed 1\.0, .*, which runs [\d.]+\)\n", result.stderr)


def test_no_worker_is_told_in_a_line(cluster):
    result = CliRunner().invoke(main, ["tune", "ic8ih6oc8kh1", "--scheduler", cluster.address])
    assert result.exit_code == 4
    assert result.stderr == f"convgen: no worker of {cluster.address} can tune; start some: {fleet.START}\n"


def test_local_workers_keep_to_a_core_each(tmp_path):
    with fleet.local(1, 1) as crew:
        assert crew.cores == {0: min(os.sched_getaffinity(0))}
        with Records() as database:
            own = fleet.Fleet(crew, [(LAYERS[0], 1)], find(TARGET), find(TARGET), database, QUICK, names=NAMES)
            own.run()
            kept = "convgen.tuning.member", ("_idle",)
            assert crew.client.run(lambda: len(__import__(kept[0], fromlist=kept[1])._idle)).popitem()[1] == 0
            assert [row.status for row in database.rows()].count("ok") == len(database.rows()) > 2


def test_a_worker_keeps_its_process_from_turn_to_turn(monkeypatch):
    """Until the tuning is over, or a turn fails, or another tuning begins."""
    class Made:
        closed = False

        def __init__(self, threads, seed):
            pass

        def close(self):
            self.closed = True

    def lent(tag):
        with member._lab(SimpleNamespace(tag=tag, threads=1, seed=0)) as made:
            assert not made.closed
            return made

    monkeypatch.setattr(member, "Lab", Made)
    first = lent("one")
    assert lent("one") is first
    assert not first.closed
    other = lent("two")
    assert first.closed
    assert other is not first
    member.stop("two")
    assert other.closed
    with member._lab(SimpleNamespace(tag="three", threads=1, seed=0)) as busy:
        member.stop("three")
        assert not busy.closed
    assert busy.closed
    with pytest.raises(MissingToolError), member._lab(SimpleNamespace(tag="four", threads=1, seed=0)) as failed:
        raise MissingToolError("no compiler")
    assert failed.closed
    assert not member._idle
