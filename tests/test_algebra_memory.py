"""Proofs of memory: a kernel that takes any of its arrays one number too far is refuted, with the place and the line."""

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


def moved(source, array):
    """The file, whose tasks take an array one number further on, a workspace a line of the cache, since its size is one
    of whole lines; None where they take none of that name."""
    opencl = "__kernel" in source
    call = re.search(r"for \(size_t task = get_\w+\(0\);.*\n.*;" if opencl else r"_task\(int phase, .*\n\{(?:\n.*?)*?\n\}",
                     source)
    text, count = re.subn(rf"(?<=[ )]){array}(?=[,)])", f"{array} + {64 if array == 'workspace' else 1}", call[0].partition("{")[2])
    return source.replace(call[0], call[0].partition("{")[0] + "{" + text) if count else None


@pytest.mark.parametrize(("algorithm", "target", "spec"), [*kernels()])
def test_one_number_too_far_is_refuted(algorithm, target, spec):
    if algorithm == "chain":
        kernel = generate(spec, find(target))
    else:
        plans = list(ALGORITHMS[algorithm].plans(spec, find(target)))
        kernel = render(plans[len(plans) // 2])
    refuted = []
    for array in ("input", "output", "packed", "workspace"):
        if source := moved(kernel.source, array):
            told = prove(subject(kernel, source=source)).finding
            place = rf"(?:outside the array|of another worker): {array}\[[\d, -]+\] \(phase \d, task \d+\)"
            wrong = "wrong: output|made of what nobody wrote: output|read beside the slice"
            assert re.match(rf"(?:{place}|{wrong}).*, {kernel.name}\.c:\d+", told), f"{array}: {told}"
            refuted.append(array)
    assert {"input", "output"} <= {*refuted}
