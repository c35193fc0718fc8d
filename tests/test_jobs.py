"""Many layers, and long ones: planned in several processes to the same bytes, and soon."""

import os
import time

import pytest
from click.testing import CliRunner

from convgen import ConvSpec
from convgen.commands import pool
from convgen.commands.main import main
from convgen.errors import CrashError, InputError
from convgen.machine.target import NAMED
from convgen.planner.rank import rank

MANY = [f"ic4ih{size}oc4kh1" for size in range(4, 4 + pool.MANY + 2)]
SOON = 1.0  # seconds of this process; a third of it, on a machine that has nothing else to do
LONG = {
    "ten million samples": ConvSpec(ic=1, oc=1, iw=10**7, kw=3, padding="half", layout="ncw"),
    "of eight channels": ConvSpec(ic=8, oc=8, iw=10**7, kw=3, padding="half", layout="nwc"),
    "ten thousand taps": ConvSpec(ic=1, oc=1, iw=10**6, kw=10**4, layout="ncw"),
    "a hundred thousand": ConvSpec(ic=8, oc=8, iw=10**6, kw=10**5, layout="nwc"),
    "dilated": ConvSpec(ic=16, oc=16, iw=10**5, kw=1001, dw=16, layout="nwc"),
}


def generate(folder, *words, code=0):
    result = CliRunner().invoke(main, ["generate", *words, "--target", "scalar", "--no-verify", "-o", str(folder)])
    assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr)
    return result


def test_processes_print_the_same(tmp_path):
    """The same files in the same order, by however many."""
    told = [generate(tmp_path / jobs, *MANY, "--jobs", jobs).stdout.replace(f"/{jobs}/", "/") for jobs in ("1", "2")]
    assert told[0] == told[1]
    files = [sorted(path.name for path in (tmp_path / jobs).iterdir()) for jobs in ("1", "2")]
    assert files[0] == files[1]
    assert len(files[0]) == 3 * len(MANY)
    for name in files[0]:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_what_is_wrong_with_one_is_told_in_a_line(tmp_path):
    """And nothing is written."""
    result = generate(tmp_path / "k", *MANY, "--algorithm", "winograd", "--jobs", "2", code=3)
    assert result.stderr.count("\n") == 1
    assert "algorithm winograd has no plan for this layer" in result.stderr
    assert not (tmp_path / "k").exists()


def _fails(job):
    if job == 3:
        raise InputError("three is wrong")
    return job


def _dies(job):
    os._exit(job)


def test_a_process_that_fails_or_dies():
    jobs = range(pool.MANY)
    with pytest.raises(InputError, match="three is wrong"):
        pool.each(_fails, jobs, len(jobs), "planning", 2)
    with pytest.raises(CrashError, match="planning: one of 2 processes died"):
        pool.each(_dies, jobs, len(jobs), "planning", 2)


def _who(job):
    time.sleep(0.02)
    return os.getpid()


def test_a_process_goes_on_with_what_it_has_planned():
    """In another order, and among jobs that are new: those go to whoever is free."""
    jobs = range(pool.MANY)
    with pool.together():
        first = pool.each(_who, jobs, len(jobs), "comparing", 2, about=int)
        second = pool.each(_who, [*reversed(jobs), *range(100, 104)], len(jobs), "planning", 2, about=int)
    assert len({*first, *second}) == 2
    assert sum(one == other for one, other in zip(reversed(first), second, strict=False)) >= len(jobs) - 2


@pytest.mark.parametrize("name", LONG)
def test_long_layers_are_planned_soon(name):
    start = time.process_time()
    ranked = rank(LONG[name], NAMED["x86-64-v3"])
    assert time.process_time() - start < SOON
    assert len(ranked) > 10
