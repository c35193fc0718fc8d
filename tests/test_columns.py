"""Loops that would be long if they were written out: phases of columns in copies, columns of long kernels with a
stride."""

import itertools
import re

import pytest
import tools

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.algorithms.tiled.columns import WRITTEN, each_phase, phases
from convgen.api import render
from convgen.machine.target import NAMED
from convgen.plan.program import Statement
from convgen.run.native import must_run_here
from convgen.verification.report import run_mode


@pytest.mark.parametrize(("iw", "sw", "left", "columns"), list(itertools.product(
    (1, 5, 16, 33), (1, 2, 3, 9, 16, 21), (0, 1, 7, 20), (1, 3, 40))))
def test_phases_hold_each_column_of_the_input_once(iw, sw, left, columns):
    spec = ConvSpec(ic=1, oc=1, iw=iw, kw=1, sw=sw, left=left, right=sw)
    found = phases(spec, columns)
    assert [p for run in found for p in range(run.first, run.first + run.number)] == list(range(sw))
    held = sorted(q * sw + p - left for run in found for p in range(run.first, run.first + run.number)
                  for q in range(run.low, run.high))
    assert held == [i for i in range(iw) if (i + left) // sw < columns]


def test_many_phases_are_a_loop_and_a_few_are_written_out():
    def moved(place, run):
        return [Statement(f"{place}")]

    def kinds(sw, left=0):
        spec = ConvSpec(ic=1, oc=1, iw=7 * sw, kw=1, sw=sw, left=left)
        return [node.kind for node in each_phase(spec, 64, moved)]

    assert kinds(WRITTEN) == ["statement"] * WRITTEN
    assert kinds(WRITTEN + 1) == ["for"]
    assert kinds(32, 5) == ["statement"] * 5 + ["for"]


LONG = {"whole strides": (48, 12), "and a rest": (101, 8), "less than two strides": (70, 40)}


@pytest.mark.parametrize("padding", ["valid", "half"])
@pytest.mark.parametrize("name", LONG)
def test_columns_of_a_long_kernel_are_loops(name, padding):
    """By vectors of pixels, whose columns lie in phases: all taps, each once, and few of them written out."""
    tools.require(tools.any_c())
    kw, sw = LONG[name]
    spec = ConvSpec(ic=3, oc=12, iw=700, kw=kw, sw=sw, padding=padding, layout="ncw")
    plan = next(plan for plan in ALGORITHMS["direct"].plans(spec, NAMED["x86-64-v3"])
                if plan.lanes == "ow" and plan.mr * plan.nr * kw > 512)
    kernel = render(plan)
    tiles = len(re.findall(r"^static void tile_", kernel.source, re.MULTILINE))
    assert kernel.source.count("_mm256_fmadd_ps") < tiles * plan.mr * plan.nr * kw
    assert "column phases" in kernel.source
    must_run_here(plan.target, spec)
    conv = kernel.compile()
    for mode in ("exact", "bound", "guard"):
        check = run_mode(conv, mode)
        assert check.ok, f"{mode}: {check.detail}"


@pytest.mark.parametrize("dtype", ["f32", "u8:s8:u8"])
@pytest.mark.parametrize("left", [0, 5])
def test_copies_with_many_phases(dtype, left):
    tools.require(tools.any_c())
    spec = ConvSpec(ic=3, oc=8, ih=5, iw=150, kh=2, kw=32, sw=32, left=left, layout="nchw", dtype=dtype)
    plan = next(plan for target in NAMED["x86-64-v3"].summing(spec.arithmetic)
                for plan in ALGORITHMS["direct"].plans(spec, target) if plan.lanes == "ow")
    kernel = render(plan)
    assert re.search(r"for \(ptrdiff_t p = \d+; p < \d+; \+\+p", kernel.source)
    must_run_here(plan.target, spec)
    conv = kernel.compile()
    for mode in ("exact", "guard"):
        check = run_mode(conv, mode)
        assert check.ok, f"{mode}: {check.detail}"
