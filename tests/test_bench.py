"""Measuring: the loops that find the machine's limits, the timing of kernels, the shares."""

import platform
import re
import subprocess

import emulated
import pytest
import tools

from convgen import api
from convgen.benchmark import peaks as probe
from convgen.benchmark import timing as bench
from convgen.benchmark.peaks import Peaks
from convgen.commands import doctor
from convgen.errors import CrashError, InputError, MissingToolError, UnsupportedError
from convgen.layer.spec import ConvSpec
from convgen.machine.cpus import cpu_features
from convgen.machine.host import host
from convgen.machine.rows import C_ROWS, ISAS
from convgen.machine.target import NAMED, Target
from convgen.run import compilers

pytestmark = pytest.mark.optimised

SPEC = ConvSpec(ic=8, oc=8, ih=12, iw=12, kh=3, kw=3, residual=True)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path_factory):
    """A cache that many tests share; no $CC."""
    folder = tools.shared_cache(tmp_path_factory)
    monkeypatch.setenv("CONVGEN_CACHE", str(folder))
    monkeypatch.delenv("CC", raising=False)
    tools.without_zig(monkeypatch)
    return folder


# --- the probe ---


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_peaks_are_plausible(threads):
    peaks = probe.measure(host(), threads)
    assert 1 < peaks.fma_gflops < 1000 * threads
    assert 0.5 < peaks.copy_gbs < 2000


def test_vectors_beat_scalars():
    scalar = probe.measure(NAMED["scalar"]).fma_gflops
    lanes = host().row.lanes
    assert lanes == 1 or probe.measure(host()).fma_gflops > 0.4 * lanes * scalar


def test_target_must_run_here(monkeypatch):
    monkeypatch.setattr(Target, "runs_here", lambda self, arithmetic=None: False)
    with pytest.raises(UnsupportedError, match="target=host"):
        probe.measure(host())


@pytest.mark.parametrize("row", C_ROWS.values(), ids=C_ROWS)
def test_probe_compiles_without_warnings_for_every_row(row, tmp_path):
    built = probe.source(row)
    (tmp_path / f"{built.name}.c").write_text(built.source)
    (tmp_path / f"{built.name}.h").write_text(built.header)
    command = compilers.find_compiler().command
    if not set(row.features) <= cpu_features() and not row.target:
        machine = emulated.runner(row)
        if not machine:
            pytest.skip(f"no compiler for {row.name}")
        command = (*emulated.MACHINES[machine].compilers[emulated.compilers(machine)[0]], "-ffreestanding")
    done = subprocess.run(
        [*command, "-std=c99", "-O3", "-Wall", "-Wextra", "-Wpedantic",
         "-Wconversion", "-Werror", *built.flags, "-c", f"{built.name}.c"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


X86 = {"scalar": r"(mul|add)ss", "avx2": r"vfmadd\d+ps"}


@tools.needs(tools.binutils, "objdump")
@pytest.mark.parametrize("cc", tools.CC)
@pytest.mark.parametrize("isa", X86)
def test_loop_of_the_probe_is_nothing_but_fmas_on_registers(isa, cc):
    row = ISAS[isa]
    if platform.machine() != "x86_64" or not set(row.features) <= cpu_features():
        pytest.skip(f"this CPU lacks one of x86-64's {row.features}")
    built = probe.source(row)
    library = compilers.shared(built.name, built.source, built.header, built.flags, cc)
    text = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", library], capture_output=True, text=True, check=True
    ).stdout
    function = re.search(r"<convgen_probe_fma>:\n(.*?)(\n\n|\Z)", text, re.DOTALL)[1]
    lines = [re.match(r"\s*(\w+):\s+(\S+)\s*(.*)", line).groups() for line in function.splitlines()]
    places = {address: number for number, (address, _, _) in enumerate(lines)}
    loops = [
        lines[places[target] : number]
        for number, (_, name, operands) in enumerate(lines)
        if name.startswith("j") and (target := operands.split()[0]) in places and places[target] < number
    ]
    (loop,) = loops
    sums = [operands for _, name, operands in loop if re.fullmatch(X86[isa], name)]
    others = [(name, operands) for _, name, operands in loop if not re.fullmatch(X86[isa], name)]
    chains = row.registers - 4
    assert len(sums) == chains * probe.UNROLL * (1 if row.fused else 2)
    assert len({operands.rpartition(",")[2] for operands in sums}) == chains
    assert not any("(" in operands for operands in sums)
    counting = {"add", "sub", "inc", "dec", "cmp", "test"}
    assert {re.sub("[lq]$", "", name) for name, _ in others} <= counting


# --- timing ---


def test_every_repeat_takes_long_enough():
    conv = api.generate(SPEC).compile()
    timing = bench.time_calls(conv, threads=1, repeats=7)
    assert len(timing.seconds) == 7
    assert timing.calls > 10  # this layer takes microseconds
    assert sorted(timing.seconds)[3] * timing.calls > 0.5 * bench.REPEAT_SECONDS
    assert min(timing.seconds) > 0


@pytest.mark.parametrize("threads", [1, 3])
def test_measured_in_another_process(monkeypatch, threads):
    monkeypatch.setattr(bench, "time_calls", None)  # here, it is not called
    timing = bench.measure(api.generate(SPEC), threads, repeats=3)
    assert len(timing.seconds) == 3
    assert all(seconds > 0 for seconds in timing.seconds)


@pytest.mark.parametrize(("seconds", "spread", "noisy"), [
    ((1.0,), 0.0, False), ((1.0, 1.0, 1.0), 0.0, False), ((0.99, 1.0, 1.0, 1.01, 1.02), 0.005, False),
    ((0.8, 1.0, 1.0, 1.0, 1.2), 0.0, False),  # quartiles do not see what is rare
    ((1.0, 2.7, 2.7, 2.7, 2.8), 0.0, True),  # nor how lucky the fastest was
    ((0.9, 0.9, 1.0, 1.3, 1.4), 0.2, True),
], ids=str)
def test_the_spread_of_a_timing_and_when_it_is_noisy(seconds, spread, noisy):
    timing = bench.Timing(1, seconds)
    assert (timing.spread, timing.noisy) == (pytest.approx(spread), noisy)
    row = bench.measured(api.generate(SPEC), timing, None)
    assert (row.spread, row.noisy) == (timing.spread, timing.noisy)


def test_an_error_in_the_other_process_comes_back(monkeypatch):
    monkeypatch.setattr(compilers, "build", lambda kernel, **_: "/nonexistent.so")
    with pytest.raises(InputError, match="nonexistent"):
        bench.measure(api.generate(SPEC), repeats=1)


def test_a_hang_in_the_other_process_is_an_error(monkeypatch):
    monkeypatch.setattr(bench, "TIMEOUT", 0.001)
    with pytest.raises(CrashError, match="no answer"):
        bench.measure(api.generate(SPEC), repeats=10_000)


# --- shares ---


@pytest.mark.parametrize(
    ("peaks", "limit"), [(Peaks(1.0, 1.0), "compute"), (Peaks(1000.0, 0.001), "memory")]
)
def test_row(peaks, limit):
    kernel = api.generate(SPEC.replace(padding="half"))
    assert 2 * kernel.spec.macs == 165_888
    row = bench.measured(kernel, bench.Timing(4, (3.0, 2.0, 5.0, 4.0, 9.0)), peaks, ("a",))
    assert (row.min_s, row.median_s, row.calls, row.repeats, row.names) == (2.0, 4.0, 4, 5, ("a",))
    assert row.limit == limit
    assert row.fma_share == pytest.approx(165_888 / (peaks.fma_gflops * 1e9) / 2)
    assert row.memory_share == pytest.approx(kernel.spec.bytes / (peaks.copy_gbs * 1e9) / 2)
    assert row.gflops == pytest.approx(165_888e-9 / 2)
    assert row.median_gflops == pytest.approx(165_888e-9 / 4)


def test_geomean_and_better():
    kernel = api.generate(SPEC)
    rows = [bench.measured(kernel, bench.Timing(1, (seconds,)), Peaks(1, 1)) for seconds in (1.0, 4.0)]
    assert bench.geomean(rows) == pytest.approx(rows[0].gflops / 2)
    assert bench.better(Peaks(1, 4), Peaks(2, 3)) == Peaks(2, 4)


# --- the doctor ---


def test_report_tells_of_the_cache_and_of_every_compiler(cache):
    api.generate(SPEC).compile()
    found = list(doctor.report())
    text = {what: said for what, said, _ in found}
    count, size = doctor.usage(cache)
    assert count >= 1
    assert size > 1000
    assert text["cache"].startswith(f"{cache}: ")
    versions = [finding for what, finding, _ in found if what == "compiler"]
    assert len(versions) == len(compilers.all_compilers())
    assert sum(what == "measured" for what, *_ in found) >= 1


def test_report_says_what_to_install(monkeypatch):
    plain = compilers.Compiler(("/bin/cc",), "cc 1", openmp=False)
    monkeypatch.setattr(compilers, "find_compiler", lambda: plain)
    monkeypatch.setattr(probe, "measure", lambda target, threads: Peaks(1.0, 1.0))
    assert list(doctor.report())[-1] == ("install", doctor.OPENMP, doctor.OPENMP)


def test_report_without_a_compiler(monkeypatch):
    monkeypatch.setenv("CC", "/nonexistent")
    found = []
    with pytest.raises(MissingToolError, match="install"):
        found.extend(doctor.report())
    lines = doctor.report()
    assert [next(lines)[0] for _ in range(4)] == ["convgen", "cpu", "isa", "caches"]
