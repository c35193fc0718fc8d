"""Proofs of memory: a kernel that takes any of its arrays one number too far is refuted, with place and line."""

from __future__ import annotations

import re

import pytest
import tools
from test_algebra import IMAGE, PROVEN, cxx, subject
from test_algebra_chains import CHAINS, INTEGERS
from test_algebra_opencl import COPIED
from test_algebra_opencl import PROVEN as DEVICES

from convgen.algorithms import ALGORITHMS
from convgen.api import generate, render
from convgen.machine.find import find
from convgen.verification.algebra.proof import prove

pytestmark = tools.needs(cxx)

QUICK = ("direct-aarch64", "depthwise-opencl-cpu")


def kernels():
    """(name, kernel's maker) of each algorithm, row and way of sharing memory; a name's first is quick."""
    met = set()
    for algorithm, target, spec in [*PROVEN, *(("chain", target, spec) for spec, target in [*CHAINS, *INTEGERS]),
                                    ("fourier", "aarch64", IMAGE), ("depthwise", "opencl-cpu", COPIED), *DEVICES]:
        name = f"{algorithm}-{target}"
        quick = name in QUICK and name not in met
        met.add(name)
        yield pytest.param(algorithm, target, spec, id=f"{name}-{len(met)}", marks=[] if quick else pytest.mark.sweep)


FAR = {"input": 1, "output": 1, "packed": 1, "workspace": 64}  # its size is one of whole lines of the cache
CALL, TASK = r"for \(size_t task = get_\w+\(0\);.*\n.*;", r"_task\(int phase, .*\n\{(?:\n.*?)*?\n\}"


def moved(source, array):
    """The file, whose tasks take an array so far further on; None where they take none of that name."""
    call = re.search(CALL if "__kernel" in source else TASK, source)[0]
    head, brace, body = call.partition("{")
    text, count = re.subn(rf"(?<=[ ()]){array}(?=[,)])", f"{array} + {FAR[array]}", body)
    return source.replace(call, head + brace + text) if count else None


@pytest.mark.parametrize(("algorithm", "target", "spec"), [*kernels()])
def test_one_number_too_far_is_refuted(algorithm, target, spec):
    if algorithm == "chain":
        kernel = generate(spec, find(target))
    else:
        plans = list(ALGORITHMS[algorithm].plans(spec, find(target)))
        kernel = render(plans[len(plans) // 2])
    places = []
    for array in FAR:
        if source := moved(kernel.source, array):
            told = prove(subject(kernel, source=source)).finding
            line = re.search(rf", {kernel.name}\.c:\d+", told)  # of chains of bytes, copies tell none yet
            assert told
            assert line or algorithm == "chain", f"{array}: {told}"
            places += re.findall(rf"{array}\[[\d, -]+\] \(phase \d, task \d+\)", told)
    assert places  # what is read there may be no number of its type, which is told first
