"""Proofs of chains: each layer is what it should be, of what the one before gives."""

from __future__ import annotations

import re

import pytest
import tools
from test_algebra import cxx, subject
from test_chains import block, pair

from convgen.api import generate
from convgen.errors import UnsupportedError
from convgen.layer.chain import Chain
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.verification.algebra.proof import prove

pytestmark = tools.needs(cxx)

FULL = Chain([ConvSpec.parse("ic3ih19oc16kh3sh2ph1", layout="nhwc", activation="relu"), *pair(16, 10, 24).parts])
CHAINS = [(pair(17, 13, 5, residual=True), "x86-64-v3"), (block(7, 19, 11, 9, 2, residual=False), "scalar"),
          (block(8, 24, 9, 8, residual=True), "x86-64-v4"), (pair(20, 9, 8, activation="silu"), "aarch64"),
          (pair(20, 9, 8, activation="prelu", bias=False), "wasm32"), (FULL, "x86-64-v3")]


@pytest.mark.parametrize(("spec", "target"), CHAINS, ids=[target for _, target in CHAINS])
def test_chains_are_proven(spec, target):
    found = subject(generate(spec, find(target)))
    proof = prove(found)
    assert not proof.finding
    assert proof.told(found) == f"{spec.array('output').count} outputs over GF(2^61 - 1), within the bound"


BUGS = {
    "no activation between": (r"acc0_0 = activate\(acc0_0\);", "", "wrong in its activation: output"),
    "a product dropped": (r"acc0_0 = a0 \* b0 \+ acc0_0;", "", "wrong: output"),
}


@pytest.mark.parametrize("name", BUGS)
def test_planted_bugs_are_refuted(name):
    pattern, other, told = BUGS[name]
    kernel = generate(pair(8, 9, 8), find("scalar"))
    source, count = re.subn(pattern, other, kernel.source, count=1)
    assert count == 1, kernel.source
    assert told in prove(subject(kernel, source=source)).finding


def test_other_chains_cannot_be_read():
    with pytest.raises(UnsupportedError, match=r"chains of convolutions of f32 alone \(dtype=bf16, layers=2\)"):
        prove(subject(generate(pair(8, 9, 8, dtype="bf16"), find("x86-64-v3"))))
