"""Machines as measured: files that lie are refused, files that do not are targets, and host goes by its own alone."""

import json

import msgspec
import pytest
import tools
from tools import command as run

from convgen import ConvSpec, generate
from convgen.benchmark import calibration
from convgen.errors import InputError
from convgen.machine import calibrated, host
from convgen.machine.calibrated import Machine, Row
from convgen.machine.find import check_target, find
from convgen.machine.isa import ISAS
from convgen.machine.target import Cache, Target
from convgen.tuning.records import device

pytestmark = pytest.mark.optimised

SPEC = ConvSpec(ic=16, ih=8, iw=8, oc=16, kh=3, kw=3, padding="half", layout="nhwc")
ROW = Row(fma_rate=1.5, fma_latency=5, load_rate=1.25, store_rate=0.5)
TRUE = Machine(machine="a machine", isa="avx2", rows={"avx2": ROW, "scalar": ROW}, memory_rate=3.0, fork=1200.0,
               caches=(Cache(49152, 12, 70.0), Cache(2**20, 16, 30.0)))


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed(path, value):
    """The file with a field of another value; None for without it."""
    data = json.loads(TRUE.text())
    inside = data
    *before, last = path
    for step in before:
        inside = inside[step]
    if value is None:
        del inside[last]
    else:
        inside[last] = value
    return json.dumps(data)


LIES = [
    (("rows", "avx2", "fma_rate"), -1.0, "fma_rate must be above 0 and at most 64 (fma_rate=-1.0)"),
    (("rows", "scalar", "load_rate"), 0, "rows.scalar.load_rate must be above 0 and at most 64 (load_rate=0.0)"),
    (("rows", "avx2", "store_rate"), 1e9, "store_rate must be above 0 and at most 64 (store_rate=1000000000.0)"),
    (("rows", "avx2", "fma_latency"), 0, "fma_latency must be above 0 and at most 100 (fma_latency=0)"),
    (("rows", "avx2"), None, "isa must be a row of the file"),
    (("memory_rate",), 0.0, "memory_rate must be above 0 and at most 4096 (memory_rate=0.0)"),
    (("fork",), -5.0, "fork must be above 0 and at most 1000000000 (fork=-5.0)"),
    (("caches", 0, "size"), 0, "caches[0].size must be `int` >= 1"),
    (("caches", 0, "size"), 64, "caches[0].size must hold its ways of a line each (size=64, ways=12, line=64)"),
    (("caches", 1, "size"), 49152, "caches[1].size must exceed the one before (size=49152, before=49152)"),
    (("caches", 1, "rate"), -30.0, "caches[1].rate must be above 0 and at most 4096 (rate=-30.0)"),
    (("caches", 1, "ways"), 10**6, "caches[1].ways must be above 0 and at most 1024 (ways=1000000)"),
    (("caches",), [], "caches must be those of the CPU: one to 4 (caches=0)"),
    (("isa",), "sse9", "isa must be a row of the file"),
    (("isa",), "cl8", "isa must be a row of the file"),
    (("convgen_machine",), 2, "convgen_machine must be 1, and a newer convgen wrote it (convgen_machine=2)"),
    (("convgen_machine",), 0, "convgen_machine: Invalid enum value 0"),
    (("caches", 0, "line"), 48, "caches[0].line must be a power of two (line=48)"),
    (("speed",), 3, "Object contains unknown field speed"),
    (("machine",), None, "Object missing required field machine"),
]


@pytest.mark.parametrize(("path", "value", "says"), LIES, ids=str)
def test_machines_that_cannot_be_are_refused(path, value, says, place):
    """One line that names file, field, rule and value; and for host the cure."""
    (place / "lie.json").write_text(changed(path, value))
    line = run("plan", "ic8ih6oc8kh1", "--target", "lie.json", code=2).stderr
    assert line.startswith("convgen: lie.json: ")
    assert says.replace("`", "") in line.replace("`", ""), line
    assert line.count("\n") == 1


def test_a_machine_is_a_target_by_its_file(place):
    """Wherever it lies, it is called as the file is; what is generated for it is found again."""
    (place / "mine.json").write_text(TRUE.text())
    target = find("mine.json")
    assert (target.name, target.isa, target.fma_rate, target.fma_latency) == ("mine.json", "avx2", 1.5, 5)
    assert (target.caches, target.memory_rate, target.fork) == (TRUE.caches, 3.0, 1200.0)
    check_target(target)
    run("generate", "ic16ih8oc16kh3ph1", "--target", "mine.json", "-o", "k", "--no-verify")
    text = next((place / "k").glob("*.c")).read_text()
    assert "--target mine.json" in text
    run("generate", "ic16ih8oc16kh3ph1", "--target", "mine.json", "-o", "k", "--check")
    (place / "mine.json").unlink()
    run("generate", "--from", "k", "--check")


def test_a_manifest_of_a_machine_that_cannot_be_is_refused(place):
    (place / "mine.json").write_text(TRUE.text())
    for change in ({"fma_rate": -1.0}, {"caches": (Cache(64, 8, 1.0),)}, {"isa": "cl8"}):
        with pytest.raises(InputError):
            check_target(msgspec.structs.replace(find("mine.json"), **change))


# --- host ---


@pytest.fixture
def mine(monkeypatch, place):
    """Puts a machine where host finds it, and gives the host that this makes."""
    def put(machine):
        monkeypatch.setenv("CONVGEN_MACHINE", str(place / "machine.json"))
        (place / "machine.json").write_text(machine if isinstance(machine, str) else machine.text())
        return host.host.__wrapped__()
    return put


def test_host_goes_by_its_own_file_alone(mine):
    isa = host.detected().isa
    own = msgspec.structs.replace(TRUE, machine=host.identity(), isa=isa, rows={isa: ROW})
    found = mine(own)
    assert (found.name, found.isa, found.fma_rate, found.caches) == ("host", isa, 1.5, TRUE.caches)
    check_target(found)
    assert mine(msgspec.structs.replace(own, machine="another machine")) == host.detected()


def test_without_a_file_host_is_what_is_detected(monkeypatch, place):
    for path in ("", place / "none.json"):
        monkeypatch.setenv("CONVGEN_MACHINE", str(path))
        assert host.host.__wrapped__() == host.detected()


def test_what_a_broken_file_of_host_is_cured_by(mine):
    with pytest.raises(InputError, match=r"machine\.json: .*; convgen calibrate measures it anew"):
        mine("{}")
    with pytest.raises(InputError, match="fma_rate must be above 0"):
        mine(changed(("rows", "avx2", "fma_rate"), -1))


@pytest.mark.parametrize(("vendor", "family", "halves"), [
    ("AuthenticAMD", "25", True), ("AuthenticAMD", "26", msgspec.UNSET), ("GenuineIntel", "6", msgspec.UNSET)])
def test_zen_4_takes_long_vectors_as_two_halves(monkeypatch, vendor, family, halves):
    """Zen 3 is of the same family, without AVX-512, and has one whole vector of 32 bytes after the other."""
    monkeypatch.setattr(host, "_told", {"vendor_id": vendor, "cpu family": family}.get)
    for name, expected in (("x86-64-v4-bf16", halves), ("x86-64-v3", msgspec.UNSET)):
        monkeypatch.setattr(Target, "runs_here", lambda one, name=name: one.name == name)
        found = host.detected.__wrapped__()
        assert found.halves is expected
        assert found.fma_rate == found.load_rate == (1.0 if expected is True else 2.0)


@pytest.mark.parametrize(("wide", "half", "halves"), [(0.94, 1.91, True), (1.91, 1.91, msgspec.UNSET)])
def test_halves_are_known_by_how_often_they_are_loaded(wide, half, halves):
    loads = {"avx512": wide, "avx2": half}
    rows = {isa: msgspec.structs.replace(ROW, load_rate=rate) for isa, rate in loads.items()}
    found = msgspec.structs.replace(TRUE, isa="avx512", rows=rows)
    assert found.target("mine").halves is halves
    assert msgspec.structs.replace(found, isa="avx2").target("mine").halves is msgspec.UNSET


def test_neither_fingerprints_nor_named_targets_change(mine):
    """Records of before stay in use; what is generated for a name is the same for everybody."""
    before, text = device(), generate(SPEC, "x86-64-v3").source
    mine(msgspec.structs.replace(TRUE, machine=host.identity()))
    assert device() == before
    assert generate(SPEC, "x86-64-v3").source == text


# --- measuring ---


@pytest.mark.parametrize(("speeds", "held"), [
    ({8: 64, 16: 64, 32: 60, 64: 20}, 32),
    ({8: 64, 16: 64, 32: 30, 64: 16}, 20),  # half is somebody else's
    ({8: 64, 16: 62, 32: 61, 64: 60}, 32),  # the next level is as fast: nothing tells
], ids=str)
def test_how_much_of_a_cache_is_of_use(speeds, held):
    kib = {size << 10: float(speed) for size, speed in speeds.items()}
    assert calibration.usable(kib, 32 << 10, 64.0, float(min(speeds.values()))) == held << 10


@pytest.mark.skipif(bool(tools.any_c()), reason="needs a C compiler")
def test_this_machine_is_measured(monkeypatch, place):
    """In short: numbers that a machine may have, in a file that is taken back."""
    for name, value in {"MOST": 1 << 22, "REPEATS": 3, "SECONDS": 2e-4, "FORKS": 20}.items():
        monkeypatch.setattr(calibration, name, value)
    isas = {"scalar", host.detected().isa}
    monkeypatch.setattr(calibration, "rows_here", lambda: [ISAS[isa] for isa in sorted(isas)])
    text = run("calibrate", "-o", "mine.json").stdout
    assert "bytes a cycle from L1" in text
    found = calibrated.read((place / "mine.json").read_text(), "mine.json")
    assert found.machine == host.identity()
    assert found.rows.keys() == isas
    assert find("mine.json").isa == host.detected().isa
    rates = [cache.rate for cache in found.caches] + [found.memory_rate]
    assert rates == sorted(rates, reverse=True)
    for own, told in zip(found.caches, host.detected().caches, strict=True):
        assert own.size <= told.size
    run("calibrate", "-o", "mine.json", "--json")  # its own file is replaced


@pytest.mark.parametrize(("output", "says"), [
    ("mine.txt", "output must be a FILE.json"), ("no/mine.json", "in a folder that exists"),
    ("-x.json", "output must be a FILE.json"), ("other.json", "output must not exist, or be a machine"),
])
def test_where_it_may_be_written(output, says, place):
    (place / "other.json").write_text('{"mine": 1}')
    assert says in run("calibrate", f"--output={output}", code=2).stderr
