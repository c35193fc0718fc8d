"""Options of the test run."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """A shell starts what runs in its background with interrupts ignored, and children inherit that;
    the tests that interrupt a process need them to arrive.

    PoCL takes twice as long to build what it optimises, and means the same: that is for the sweeps."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["CONVGEN_MACHINE"] = ""  # what somebody has measured must not decide what tests generate
    if config.getoption("markexpr") == "not sweep":
        os.environ.setdefault("POCL_EXTRA_BUILD_FLAGS", "-cl-opt-disable")


@pytest.hookimpl(tryfirst=True)  # before fixtures, which may need what lacks
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what tools.needs() marks, where its probe gives a reason."""
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
    """Sixteen thousand tests are half a million objects, which stay: the garbage collector need not look through them
    again and again, while they are made or while tests run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """CONVGEN_SHARE=4 takes every fourth test of the sweeps: those of neighbouring cases are alike, and slow."""
    share = int(os.environ.get("CONVGEN_SHARE", "1"))
    sweeps = [item for item in items if item.get_closest_marker("sweep")]
    left = {item for index, item in enumerate(sweeps) if index % share}
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]
