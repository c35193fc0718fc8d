"""Options of the test run: what is quicker where the sweeps do not run, and which cases always run."""

from __future__ import annotations

import functools
import gc
import inspect
import itertools
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from convgen.run import compilers


def pytest_configure(config: pytest.Config) -> None:
    """A shell starts what runs in its background with interrupts ignored, and children inherit that;
    the tests that interrupt a process need them to arrive.

    Compilers take twice as long to build what they optimise, PoCL too, and several times as long with all of
    immintrin.h, and it means the same: that is for the sweeps, and for tests marked `optimised`."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["CONVGEN_MACHINE"] = ""  # what somebody has measured must not decide what tests generate
    if config.getoption("markexpr") == "not sweep":
        os.environ.setdefault("POCL_EXTRA_BUILD_FLAGS", "-cl-opt-disable")
        os.environ.update(FEW)
        for name in ("store", "program"):
            setattr(compilers, name, unoptimised(getattr(compilers, name)))


quickly = [True]  # whether the test that runs lets compilers do without optimisation
FEW = dict.fromkeys(("C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH"), str(Path(__file__).parent / "few"))


def unoptimised(build: Callable[..., Path]) -> Callable[..., Path]:
    """As `build`, but at -O0 where -O1 to -O3 are among the flags."""

    @functools.wraps(build)
    def faster(*arguments: object, **more: object) -> Path:
        parameters = inspect.signature(build).bind(*arguments, **more).arguments
        if quickly[0]:
            parameters["flags"] = tuple("-O0" if flag in ("-O1", "-O2", "-O3") else flag
                                        for flag in parameters.get("flags", ()))
        return build(**parameters)

    return faster


@pytest.hookimpl(tryfirst=True)  # before fixtures, which may need what lacks
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what tools.needs() marks, where its probe gives a reason."""
    if item.config.getoption("markexpr") == "not sweep":
        quickly[0] = not item.get_closest_marker("optimised")
        os.environ.update(FEW if quickly[0] else dict.fromkeys(FEW, ""))
    for mark in item.iter_markers("needs"):
        probe, *arguments = mark.args
        if reason := probe(*arguments):
            pytest.skip(reason)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Each worker has its half of the tests, by whose order modules' fixtures are made once, until one has no more and
    takes from the other's: the last minute is no single test."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-gallery", action="store_true", help="write generated/ anew")


@pytest.fixture(autouse=True, scope="session")
def no_records_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Plans that somebody has measured must not decide what tests generate."""
    os.environ["CONVGEN_RECORDS"] = str(tmp_path_factory.getbasetemp() / "no-records.sqlite")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Twenty thousand tests are half a million objects, which stay: the garbage collector need not look through them
    again and again, while they are made or while tests run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a test marked `sampled`, the sweeps have what is beyond the sample.

    CONVGEN_SHARE=4 takes every fourth test of the sweeps: those of neighbouring cases are alike, and slow."""
    tests: dict[str, list[pytest.Item]] = {}
    for item in items:
        tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for cases in tests.values():
        sample(cases)
    share = int(os.environ.get("CONVGEN_SHARE", "1"))
    sweeps = [item for item in items if item.get_closest_marker("sweep")]
    left = {item for index, item in enumerate(sweeps) if index % share}
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]


def sample(cases: Sequence[pytest.Item]) -> None:
    """Leave to the sweeps what is not in the sample of a test's cases, if it is marked so."""
    mark = cases[0].get_closest_marker("sampled")
    cases = [case for case in cases if not any(bool(one.args[0]) for one in case.iter_markers("skipif"))
             and not case.get_closest_marker("sweep")]
    if mark is not None:
        kept = set(cases[::mark.kwargs["every"]]) if mark.kwargs else covering(cases)
        for case in cases:
            if case not in kept:
                case.add_marker(pytest.mark.sweep)


def covering(cases: Sequence[pytest.Item]) -> set[pytest.Item]:
    """Few cases that have every value of each parameter. The next is always the one that brings most of them, of
    several the one that brings most pairs, and whose values had their turn least often."""
    has = {case: values(case) for case in cases}
    met: Counter[object] = Counter()

    def gain(case: pytest.Item) -> tuple[int, int, int]:
        new, pairs = (sum(one not in met for one in some) for some in (has[case], paired(has[case])))
        return new, pairs, -sum(met[one] for one in has[case])

    kept = set()
    while cases and gain(best := max(cases, key=gain))[0]:
        kept.add(best)
        met.update([*has[best], *paired(has[best])])
    return kept


def paired(found: list[tuple[str, object]]) -> list[object]:
    return [*itertools.combinations(found, 2)]


def values(case: pytest.Item) -> list[tuple[str, object]]:
    """The parameters of a case, each as something that is equal where the value is."""
    return [(name, value if isinstance(value, str | int | float) else id(value))
            for name, value in sorted(case.callspec.params.items())]
