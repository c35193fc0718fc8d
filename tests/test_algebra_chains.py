"""Proofs of chains: each layer is what it should be, of what the one before gives."""

from __future__ import annotations

import re

import pytest
import tools
from test_algebra import cxx, subject
from test_chains import block, pair, pooling

from convgen.api import generate
from convgen.layer.chain import Chain
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.verification.algebra import integers
from convgen.verification.algebra.proof import prove, sums
from convgen.verification.joined import results

pytestmark = tools.needs(cxx)

FULL = Chain([ConvSpec.parse("ic3ih19oc16kh3sh2ph1", layout="nhwc", activation="relu"), *pair(16, 10, 24).parts])
CHAINS = [(pair(17, 13, 5, residual=True), "x86-64-v3"), (block(7, 19, 11, 9, 2, residual=False), "scalar"),
          (block(8, 24, 9, 8, residual=True), "x86-64-v4"), (pair(20, 9, 8, activation="silu"), "aarch64"),
          (pair(20, 9, 8, activation="prelu", bias=False), "wasm32"), (FULL, "x86-64-v3"),
          (pooling(3, 7, 11, 3, 2, 1, "max-pool"), "x86-64-v3"), (pooling(2, 6, 3, 2, 2, 0, "average-pool"), "scalar"),
          *((pooling(2, 6, 5, 2, 2, 0, "average-pool"), target) for target in ("x86-64-v3", "aarch64", "wasm32")),
          (pair(8, 9, 8, dtype="bf16"), "x86-64-v3"), (block(8, 24, 9, 8, dtype="f16", residual=True), "x86-64-v4"),
          (pooling(3, 7, 11, 3, 2, 1, "max-pool", dtype="f16"), "aarch64")]
INTEGERS = [(pair(20, 6, 12, dtype="u8:s8:u8"), "x86-64-v4-vnni"), (block(8, 16, 5, 9, 2, dtype="s8:s8:s8"), "aarch64"),
            (block(8, 16, 5, 9, 2, dtype="u8:s8:u8"), "scalar")]
DEPTHS = {2: 23, 3: 31}  # layers, and runs


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize(("spec", "target"), CHAINS, ids=[target for _, target in CHAINS])
def test_chains_are_proven(spec, target):
    found = subject(generate(spec, find(target)))
    proof = prove(found)
    assert not proof.finding
    assert proof.told(found).startswith(f"{spec.array('output').count} outputs over GF(2^61 - 1), within the bound")


@pytest.mark.parametrize(("spec", "target"), INTEGERS, ids=[target for _, target in INTEGERS])
def test_chains_of_integers_are_proven(spec, target):
    proof = prove(subject(generate(spec, find(target))))
    assert not proof.finding
    assert (proof.outputs, proof.runs) == (spec.array("output").count, DEPTHS[len(spec.parts)])
    assert re.fullmatch(r"for all inputs sums lie in -2147483647 ... 21474\d{5}, of 2147483647", proof.sums)


def test_where_products_are_the_largest_every_layer_reads_the_ends():
    spec = INTEGERS[1][0]
    seen = {kind: [results(spec, arrays)[1].y for one, arrays in integers.joint(spec, 1, few=True) if one == kind]
            for kind in (integers.ANY, integers.LARGEST)}
    reached = {int(end) for y in seen[integers.LARGEST] for end in (y.min(), y.max()) if (y == end).mean() > 0.9}
    assert reached == {-128, 127}


FLOATS, SUMS, WORDS = pair(8, 9, 8), pair(20, 6, 12, dtype="u8:s8:u8"), pair(8, 9, 8, dtype="bf16")
MOST, MEAN = (pooling(2, 5, 3, 3, 2, 1, op) for op in ("max-pool", "average-pool"))
BUGS = {
    "no activation between": (FLOATS, r"acc0_0 = activate\(acc0_0\);", "", "wrong in its activation: output"),
    "a product dropped": (FLOATS, r"acc0_0 = a0 \* b0 \+ acc0_0;", "", "wrong: output"),
    "the least": (MOST, r"return a > b \?", "return a < b ?", "wrong in its activation: output"),
    "a number of the window": (MOST, r"kh < bottom - top", "kh < bottom - top - 1", "wrong in its activation: output"),
    "padding that counts": (MEAN, r"\(float\)\(\(bottom - top\) \* \(right - left\)\)", "9.0f", "wrong: output"),
    "sums that are rounded on the way": (WORDS, r"(acc0_0 = )(a0 \* b0 \+ acc0_0);",
                                         r"\1f32_from_bf16(bf16_from_f32(\2));", "rounds to 16 bits on the way"),
    "a product of integers": (SUMS, r"acc0_0 = \w+ \* \w+ \+ acc0_0;", "", "wrong, "),
    "what stands for 0 between": (SUMS, r"return y \+ 3;", "return y + 4;", "wrong, "),
    "what padding stands for": (SUMS, r"(padding|to\[i\]) = 3;", r"\1 = 4;", "wrong, "),
}


def test_sums_of_a_later_layer_that_may_leave_their_type_are_refuted():
    kernel = generate(SUMS, find("scalar"))
    at = kernel.source.index("layer1_requantise_")
    source = kernel.source[:at] + kernel.source[at:].replace("acc0_0 = a0 * b0", "acc0_0 = 2 * a0 * b0")
    assert source != kernel.source
    assert "leaves its type, for some input" in sums(subject(kernel, source=source)).finding


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", BUGS)
def test_planted_bugs_are_refuted(name):
    spec, pattern, other, told = BUGS[name]
    kernel = generate(spec, find("scalar"))
    source, count = re.subn(pattern, other, kernel.source, count=1)
    assert count == 1, kernel.source
    assert told in prove(subject(kernel, source=source)).finding
