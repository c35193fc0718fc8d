"""Proofs of streams: whatever blocks their samples come in, they give what the layer of all samples does."""

from __future__ import annotations

import re

import pytest
import test_streams
import test_streams_integers
import tools
from test_algebra import cxx, subject

from convgen.algorithms import ALGORITHMS
from convgen.api import generate, render
from convgen.layer.spec import ConvSpec
from convgen.layer.stream import whole
from convgen.machine.find import find
from convgen.verification import exactness
from convgen.verification.algebra import intervals
from convgen.verification.algebra.contract import samples
from convgen.verification.algebra.proof import prove

pytestmark = tools.needs(cxx)

PARTS = {"ic": 1, "oc": 1, "kw": 90, "stream": 7}  # by Fourier transforms, in parts of the kernel
STREAMS = [("strided", "scalar"), ("sparse", "x86-64-v3"), ("grouped", "x86-64-v4"), ("filter", "aarch64"),
           ("halfs", "scalar"), ("one-by-one", "wasm32"), ("parts", "x86-64-v3"), ("parts", "scalar"),
           ("strided residual", "x86-64-v3"), ("slices", "scalar"), ("depthwise", "aarch64")]


def stream(name, target):
    fields = PARTS if name == "parts" else test_streams.LAYERS[name]
    return generate(ConvSpec(causal=True, layout="nwc", **fields), find(target), "fourier" if name == "parts" else None)


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize(("name", "target"), STREAMS)
def test_streams_are_proven(name, target):
    found = subject(stream(name, target))
    proof = prove(found)
    assert not proof.finding
    assert proof.outputs > 1.9 * found.spec.array("output").count  # some blocks
    assert proof.told(found).startswith(f"{proof.outputs} outputs over GF(2^61 - 1)")


def of_halves():
    """The text of a stream of f16 whose vectors hold more outputs than a block has."""
    spec = ConvSpec(causal=True, layout="ncw", g=2, ic=18, oc=2, kw=9, stream=4, dtype="f16", residual=True,
                    activation="tanh")
    plans = ALGORITHMS["direct"].plans(spec, find("x86-64-v3"))
    return render(next(plan for plan in plans if plan.lanes == "ow"))


def test_lanes_behind_a_block_may_hold_what_was_rounded():
    """Outputs of another channel, where this one's residual ends: nothing comes of them."""
    assert not prove(subject(of_halves())).finding


def test_what_lanes_behind_a_block_hold_must_not_be_written():
    kernel = of_halves()
    source, count = re.subn(r"j < count - ow0(; \+\+j\) \{\n +rest\[j\])", r"j < 4\1", kernel.source)
    assert count == 1, kernel.source
    assert "written behind the outputs of the block" in prove(subject(kernel, source=source)).finding


INTEGERS = [("odd", "x86-64-v3"), ("residual", "scalar"), ("depthwise", "aarch64"), ("slices", "x86-64-v4-vnni"),
            ("long", "scalar")]


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize(("name", "target"), INTEGERS)
def test_streams_of_integers_are_proven(name, target):
    found = subject(generate(test_streams_integers.layer(name, "nwc"), find(target)))
    proof = prove(found)
    assert not proof.finding
    made = whole(found.spec, samples(found.spec)).array("output").count
    assert (proof.runs, proof.outputs) == (17 + 2 * exactness.steps(found.spec), made)
    assert proof.sums.startswith("for all inputs") == intervals.reads(found)


BUGS = {
    "a ring with one copy": (r"copy_samples\(ring \+ next \* \d+ \+ \d+", "if (0) copy_samples(ring + next",
                             "wrong: output"),
    "a place that stands still": (r"head->next = behind.*;", "", "wrong: output"),
    "a past that is not cleared": (r"(i < \d+)(; \+\+i\) \{\n +ring\[i\] = 0)", r"i < 3\2", "nobody wrote"),
    "any state": (r"if \(head->owner != \w+\)", "if (0)", "takes a state that was never reset"),
    "any block": (r"samples < 1 \|\| ", "", "takes a block of no samples, or of too many"),
    "a phase that is lost": (r"head->due = [^;]*;", "", "another count of outputs"),
    "an output too many": (r"compute_block\((ring.*), count,", r"compute_block(\1, count + 1,",
                           "outside the array: output"),
}


INTEGER_BUGS = {  # of "odd"
    "a place that stands still": (BUGS["a place that stands still"][0], "", "wrong, "),
    "a past that is 0": (r"ring\[i\] = -5", "ring[i] = 0", "wrong, "),
    "any state": (BUGS["any state"][0], "if (0)", "outside the array: state"), "any block": BUGS["any block"],
    "an output too many": (r"compute_block\((ring.*), samples,", r"compute_block(\1, samples + 1,",
                           "outside the array: output of a block"),
}


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", INTEGER_BUGS)
def test_planted_bugs_of_integers_are_refuted(name):
    pattern, other, told = INTEGER_BUGS[name]
    kernel = generate(test_streams_integers.layer("odd", "nwc"), find("scalar"))
    source, count = re.subn(pattern, other, kernel.source, count=1)
    assert count == 1, kernel.source
    assert told in prove(subject(kernel, source=source)).finding


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", BUGS)
def test_planted_bugs_are_refuted(name):
    pattern, other, told = BUGS[name]
    kernel = stream("strided", "scalar")
    source, count = re.subn(pattern, other, kernel.source, count=1)
    assert count == 1, kernel.source
    assert told in prove(subject(kernel, source=source)).finding
