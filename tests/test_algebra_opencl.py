"""Proofs of OpenCL files: every algorithm of floats, work-item by work-item, and planted bugs."""

from __future__ import annotations

import re

import pytest
import tools
from test_algebra import BACK, CHANNELS, FIRST, PLAIN, UP, WEIGHTS, cxx, run, subject

from convgen.algorithms import ALGORITHMS
from convgen.api import generate, render
from convgen.errors import UnsupportedError
from convgen.machine.find import find
from convgen.verification.algebra.proof import prove

pytestmark = tools.needs(cxx)

HALVES, TILED = PLAIN.replace(dtype="f16"), PLAIN.replace(layout="nchw")
PROVEN = [("direct", "opencl-cpu", FIRST), ("direct", "opencl-gpu", UP.replace(activation="none")),
          ("direct", "opencl-cpu", HALVES), ("implicit", "opencl-gpu", PLAIN), ("implicit", "opencl-gpu", HALVES),
          ("direct", "opencl-gpu", BACK), ("winograd", "opencl-gpu", TILED), ("depthwise", "opencl-cpu", CHANNELS),
          ("implicit_gradient", "opencl-gpu", WEIGHTS), ("reference", "opencl-gpu", FIRST)]


def kernel_of(algorithm, target, spec):
    plans = list(ALGORITHMS[algorithm].plans(spec, find(target)))
    return render(plans[len(plans) // 2])


@pytest.mark.parametrize(("algorithm", "target", "spec"), PROVEN,
                         ids=[f"{algorithm}-{target}-{i}" for i, (algorithm, target, _) in enumerate(PROVEN)])
def test_kernels_are_proven(algorithm, target, spec):
    kernel = kernel_of(algorithm, target, spec)
    proof = prove(subject(kernel))
    assert not proof.finding
    assert proof.outputs == next(array.count for array in spec.arrays if array.written)
    assert algorithm == "winograd" or 0 <= kernel.bound.roundings - proof.roundings <= 2


SHARED, LANES = ("implicit", "opencl-gpu", PLAIN), ("direct", "opencl-cpu", FIRST.replace(residual=False))
BUGS = {
    "a barrier dropped": (SHARED, r"\n +barrier\(CLK_LOCAL_MEM_FENCE\);", "", "while another task uses it: array 0"),
    "a barrier that some reach": (SHARED, r"(const int item = .*;)", r"\1 if (item > 5) barrier(CLK_LOCAL_MEM_FENCE);",
                                  "a barrier that not all items of a group reach"),
    "half of the memory": (SHARED, r"c % 2 \* \d+", "0", "raced, read while another task writes it: array 0"),
    "memory too short": (SHARED, r"(float shared\[)\d+", r"\g<1>200", "outside the array: array 0"),
    "all items write": (SHARED, r"shared\[term0 \* \d+ \+ pixel0\]", "shared[0]",
                        "while another task uses it: array 0"),
    "tasks that are not shared": (LANES, r"task \+= get_(global_size|num_groups)\(0\)", "task += 100000",
                                  "made of what nobody wrote: output"),
    "tasks that all items do": (LANES, r"(size_t task = )get_\w+_id\(0\)", r"\g<1>0", "raced, written while another"),
    "lanes of another place": (LANES, r"(acc0_0 = .*\+ )acc0_0;", r"\1acc1_0;", "wrong: output"),
    "a size in the head": (LANES, r"input 5184", "input 5180", "bytes of input in the head, 5180, expected 5184"),
}


@pytest.mark.parametrize("name", BUGS)
def test_planted_bugs_are_refuted(name):
    what, pattern, other, told = BUGS[name]
    kernel = kernel_of(*what)
    source, count = re.subn(pattern, other, kernel.source, count=1)
    assert count == 1, kernel.source
    assert told in prove(subject(kernel, source=source)).finding


def test_check_and_verify_read_opencl(tmp_path):
    generate(PLAIN, find("opencl-gpu")).save(tmp_path / "out")
    assert "891 outputs over GF(2^61 - 1)" in run("check", tmp_path / "out").stdout
    assert "ok" in run("verify", "ic2iw6oc3kw2", "--target", "opencl-cpu", "--mode", "algebra").stdout


def test_what_cannot_be_read_yet_is_told():
    for spec, told in ((PLAIN.replace(activation="gelu"), "activations that are no clamps"),
                       (PLAIN.replace(dtype="u8:s8:u8"), "single layers of floats alone")):
        with pytest.raises(UnsupportedError, match=told):
            prove(subject(generate(spec, find("opencl-gpu"))))
