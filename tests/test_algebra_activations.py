"""The arithmetic of activations, as files have it, on the models of their machines; and planted bugs."""

from __future__ import annotations

import re

import pytest
import tools
from test_algebra import cxx, subject
from test_chains import pair

from convgen.api import generate
from convgen.errors import UnsupportedError
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.verification.algebra.proof import Proof, measured, prove

pytestmark = tools.needs(cxx)

LAYER = ConvSpec.parse("ic3ih6oc4kh1", layout="nhwc")
MEASURED = [("silu", "scalar"), ("gelu", "x86-64-v3"), ("mish", "x86-64-v4"), ("elu(0.3)", "aarch64"),
            ("tanh", "wasm32"), ("softplus", "aarch64"), ("prelu", "x86-64-v3"), ("leaky-relu(0.01)", "wasm32"),
            ("hard-swish", "scalar")]


def made(activation, target, **fields):
    return subject(generate(LAYER.replace(activation=activation, **fields), find(target)))


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize(("activation", "target"), MEASURED)
def test_activations_keep_to_their_errors(activation, target):
    told = measured(made(activation, target), 60.0).activations
    assert re.fullmatch(re.escape(activation) + r" within its error on \d{6} numbers", told)


def test_those_that_the_field_knows_are_not_measured():
    assert measured(made("relu6", "scalar"), 60.0) == Proof()


BUGS = {
    "a coefficient": ("gelu", "aarch64", r"-0\.284496736f", "-0.284496f"),
    "terms in another order": ("sigmoid", "x86-64-v3", r"(1\.3981999507e-3f)(.*\n.*)(8\.3334519073e-3f)", r"\3\2\1"),
    "a term dropped": ("tanh", "x86-64-v4", r"\n[^\n]*4\.1665795894e-2f[^\n]*", ""),
    "an operator": ("silu", "scalar", r"const float square = r \* r", "const float square = r + r"),
    "a sign": ("sigmoid", "x86-64-v4", r"_mm512_fmadd_ps(\(p, r, .*\(8\.)", r"_mm512_fnmadd_ps\1"),
    "a shift": ("mish", "wasm32", r"wasm_i32x4_shl\((\w+), 23\)", r"wasm_i32x4_shl(\1, 22)"),
    "a slope": ("leaky-relu(0.01)", "scalar", r"0\.00999\d*f", "0.0101f"),
    "a slope of another lane": ("prelu", "x86-64-v3", r"(activate\(__m256 v, __m256 slopes\)\n\{)",
                                r"\1\n    slopes = _mm256_permute4x64_epi64(slopes, 0x1b);"),
    "the other side": ("prelu", "x86-64-v3", r"_mm256_max_ps\((.*)\);", r"_mm256_min_ps(\1);"),
}  # fmt: skip


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", BUGS)
def test_planted_bugs_are_refuted(name):
    activation, target, pattern, other = BUGS[name]
    found = made(activation, target)
    source, count = re.subn(pattern, other, found.source, count=1)
    assert count == 1, found.source
    wrong = measured(found._replace(source=source), 60.0).finding
    assert re.match(rf"wrong: activate\(.*\) is .*, {re.escape(activation)} ", wrong)


def test_of_a_chain_each_layer_has_its_own():
    found = subject(generate(pair(8, 5, 8, activation="silu"), find("scalar")))
    assert "; silu within its error on" in prove(found).told(found)
    source = found.source.replace("v / under", "v * under", 1)
    assert source != found.source
    assert "silu" in measured(found._replace(source=source), 60.0).finding


def test_what_cannot_be_compiled_is_told():
    found = made("silu", "x86-64-v3")
    source = found.source.replace("return _mm256_div_ps(v, under)", "return _mm256_hypot_ps(v, under)")
    with pytest.raises(UnsupportedError, match="_mm256_hypot_ps"):
        prove(found._replace(source=source))
