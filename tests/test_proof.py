"""Sums of integers: that none overflows, said, proven with weights that are known, and driven to their ends."""

from __future__ import annotations

import itertools
import json

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from tools import any_c, avx2, needs

from convgen import api
from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.commands.main import main
from convgen.errors import InputError, UnsupportedError
from convgen.layer.fields import WEIGHTS_LAYOUTS
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.plan import proof
from convgen.planner.describe import proof_of, proof_text
from convgen.planner.rank import rank
from convgen.verification import exactness, oracle
from convgen.verification.report import EXACT, MODES, modes_of, run_mode, verify

MOST = proof.MOST["s32"]
needs_compiler = needs(any_c)


def layer(dtype="u8:s8:u8", **fields):
    plain = {"ic": 20, "oc": 9, "ih": 6, "iw": 9, "kh": 3, "kw": 3, "padding": 1, "layout": "nhwc"}
    return ConvSpec(dtype=dtype, **{**plain, **fields})


def conv(spec, target="scalar", algorithm="direct"):
    return render(plans(spec, target, algorithm)[0]).compile(opt="O1")


def plans(spec, target="scalar", algorithm="direct"):
    return list(ALGORITHMS[algorithm].plans(spec, find(target).summing(spec.arithmetic)[0]))


# --- the proof ---

INPUTS = {"u8": (0, 255), "s8": (-128, 127)}


@pytest.mark.parametrize(("dtype", "zero"), [
    ("u8:s8:s32", 0), ("u8:s8:u8", 200), ("s8:s8:s8", -128), ("s8:s16:f32", 5)])
def test_the_proof_is_the_largest_sum_of_all(dtype, zero):
    spec = layer(dtype, input_zero=zero)
    found = proof.proof(spec)
    reach = 255 if "s16" in dtype else 128
    x = max(abs(end - zero) for end in INPUTS[dtype[:2]])
    assert (found.terms, found.input, found.weight) == (180, x, reach)
    assert found.products == 180 * x * reach
    assert found.products + found.bias == MOST
    assert f"= {found.products}, |bias| must be <= {found.bias}" in proof_text(spec)


@pytest.mark.parametrize(("layout", "g"), [*itertools.product(WEIGHTS_LAYOUTS, (1, 2))])
def test_known_weights_give_the_ends_of_each_channel(layout, g):
    """Beside every input of a tiny layer."""
    rng = np.random.default_rng(0)
    spec = ConvSpec(dtype="s8:s8:s32", n=16, ic=2 * g, oc=2 * g, g=g, ih=1, iw=2, kh=1, kw=2, input_zero=-100,
                    layout="nhwc", weights_layout=layout)
    weights = exactness.whole(rng, spec.arithmetic.weights, spec.weights_shape)
    low, high = proof.ends(spec, weights)
    ends = np.array(list(itertools.product((-128, 127), repeat=4)), np.int8)  # of 2 channels at 2 pixels
    x = np.concatenate([ends.reshape(16, 1, 2, 2)] * g, axis=3)
    v = oracle.convolve(spec, x, weights, np.zeros(spec.oc, np.int32)).v
    assert np.array_equal(v.min(axis=(0, 1, 2)), low)
    assert np.array_equal(v.max(axis=(0, 1, 2)), high)
    bias = np.arange(spec.oc, dtype=np.int32) * 100000
    known = proof.known(spec, weights, bias)
    assert known.channel == spec.oc - 1
    assert known.largest == high[-1] + bias[-1]
    assert known.least == low[-1]


def test_layers_that_could_overflow_are_refused():
    """65793 products of 255 and 128 fit; one more does not."""
    fits, long = (layer(ic=ic, ih=1, iw=1, kh=1, kw=1, padding=0) for ic in (65793, 65794))
    assert proof.proof(fits).bias == MOST - 65793 * 255 * 128
    assert rank(fits, "scalar")
    for algorithm in (None, "reference", "direct"):
        with pytest.raises(UnsupportedError, match=r"up to 2147483647 \(channel 0, as any other: up to 65794 \* 255 \* "
                                                   r"128 = 2147516160\)"):
            rank(long, "scalar", algorithm)
    promised = long.replace(largest_sum=5000)
    assert rank(promised, "scalar")
    assert "must keep |v|, with and without the bias, within 5000" in proof_text(promised)


@needs_compiler
def test_weights_must_keep_what_is_promised():
    spec = layer(largest_sum=1000, kh=1, kw=1, padding=0)
    made = conv(spec)
    weights, scale = np.zeros(spec.weights_shape, np.int8), np.float32(1)
    weights[0, 0, 0, 7] = 3  # 765
    bias = np.zeros(spec.oc, np.int32)
    made.pack(weights, bias, scale)
    for broken, told in ((236, "from 0 to 1001"), (-1001, "from -1001 to 765")):
        bias[7] = broken
        with pytest.raises(InputError, match=rf"sums must stay in largest_sum, 1000 \(channel 7: {told}\)"):
            made.pack(weights, bias, scale)


@needs_compiler
def test_a_bias_that_overflows_is_refused():
    spec = layer("u8:s8:s32", kh=1, kw=1, padding=0)
    made = conv(spec)
    weights, bias = np.ones(spec.weights_shape, np.int8), np.zeros(spec.oc, np.int32)
    bias[3] = MOST - 20 * 255
    made.pack(weights, bias)
    bias[3] += 1
    with pytest.raises(InputError, match=r"stay in s32, up to 2147483647 \(channel 3: from 0 to 2147483648\)"):
        made.pack(weights, bias)


@pytest.mark.parametrize(("fields", "told"), [
    ({"largest_sum": -1}, "largest_sum must be at least 1 and below 2^31 (largest_sum=-1)"),
    ({"largest_sum": 2**31}, "largest_sum must be at least 1 and below 2^31 (largest_sum=2147483648)"),
    ({"largest_sum": 1.5}, "largest_sum must be an integer (largest_sum=1.5)"),
    ({"largest_sum": 9, "dtype": "f32"}, "largest_sum must not be given unless sums are integers (largest_sum=9)"),
])  # fmt: skip
def test_promises_that_are_none(fields, told):
    with pytest.raises(InputError) as error:
        layer(**fields)
    assert str(error.value) == told


def test_files_say_the_proof(tmp_path):
    """In the head, in the header, in the manifest; and the command of the head promises it again."""
    spec = layer(input_zero=3)
    kernel = api.generate(spec, "scalar", name="k")
    kernel.save(tmp_path)
    for file in ("k.c", "k.h"):
        assert "|v - bias| <= 180 * 252 * 128" in (tmp_path / file).read_text()
    told = json.loads((tmp_path / "k.json").read_text())
    assert told["proof"] == msgspec.to_builtins(proof.proof(spec))
    promised = " ".join(api.generate(spec.replace(largest_sum=77), "scalar", name="k").source.replace("*", "").split())
    assert "--largest-sum 77" in promised
    assert "within 77, whatever x is (largest_sum)" in promised
    assert "Proof" not in api.generate(layer("f32"), "scalar").source


def test_kernels_that_transform_say_what_sums_must_stay_below():
    """Their own sums may overflow; what is left of them is right while the layer's stay below that."""
    spec = layer("u8:s8:s32", ic=16, oc=16, ih=12, iw=12)
    targets = find("x86-64-v3").summing(spec.arithmetic)
    plan = next(plan for target in targets for plan in ALGORITHMS["modular"].plans(spec, target))
    bits = ALGORITHMS["modular"].numerics(plan).bits
    told = proof_of(plan)
    assert told.startswith(proof_text(spec))
    assert told.endswith(f", below the 2^{bits} that its transforms, modulo 2^32, leave")
    assert proof.proof(spec).products < 2**bits


# --- the modes ---


SPECS = {
    "u8": layer(),
    "s8, padded with its zero point": layer("s8:s8:s8", input_zero=-128, output_zero=127, rounding="tflite"),
    "groups, channels first": layer("s8:s8:u8", g=4, ic=8, oc=12, layout="nchw", rounding="tflite-single", bias=False),
    "real outputs": layer("u8:s8:f32", activation="silu", sh=2, dw=2),
    "sums, nine bits": layer("u8:s16:s32", input_zero=255, flip=True, out_stride=12),
    "a promise, no whole window": layer(largest_sum=40000, ih=2, iw=2, kh=5, kw=5, padding=2),
}


@needs_compiler
@pytest.mark.parametrize("name", SPECS)
def test_right_kernels_pass(name):
    made = conv(SPECS[name])
    assert modes_of(SPECS[name]) == ["exact", "properties", "guard", "overflow"]
    for mode in EXACT:
        check = run_mode(made, mode)
        assert check.ok, check


@needs_compiler
def test_modes_follow_from_the_layer():
    made = conv(layer())
    assert [check.mode for check in verify(made).checks] == modes_of(layer())
    assert verify(made, ["bound"]).checks[0].detail == "there is no error to bound: see exact"
    real = api.generate(layer("f32", ic=2, oc=2), "scalar").compile(opt="O1")
    assert [check.mode for check in verify(real).checks] == list(MODES)
    with pytest.raises(InputError, match=r"mode must be one of .*guard, algebra \(mode='overflow', dtype=f32\)"):
        verify(real, ["overflow"])


# What a CPU without exact products of bytes may be tempted to; sums that stop too early; other bugs. And what sees it.
PAIRS = """
static __m256i pairs(__m256i a, __m256i b) /* as pmaddubsw does: cut to 16 bits */
{
    const __m256i sum = _mm256_madd_epi16(a, b);
    return _mm256_min_epi32(_mm256_max_epi32(sum, _mm256_set1_epi32(-32768)), _mm256_set1_epi32(32767));
}
#define _mm256_madd_epi16 pairs
"""
CUT = """
static __m256i stops(__m256i a, __m256i b)
{
    return _mm256_min_epi32(_mm256_add_epi32(a, b), _mm256_set1_epi32(BITS));
}
#define _mm256_add_epi32 stops
"""
TRUNCATED = "#define _mm256_cvtps_epi32 _mm256_cvttps_epi32\n"
AWAY = """
static __m256i away(__m256 a) /* ties go up */
{
    return _mm256_cvttps_epi32(_mm256_floor_ps(_mm256_add_ps(a, _mm256_set1_ps(0.5f))));
}
#define _mm256_cvtps_epi32 away
"""
FAULTS = {
    "pairs in 16 bits": (PAIRS, {}, {"exact", "overflow"}),
    "pairs in 16 bits, few channels, no bias": (PAIRS, {"ic": 4, "bias": False}, {"exact", "overflow"}),
    "pairs in 16 bits, beside no other": (PAIRS, {"ic": 2, "kh": 1, "kw": 1, "padding": 0}, {"overflow"}),
    "sums that stop at the last": (CUT.replace("BITS", "2147483646"), {"dtype": "u8:s8:s32"}, {"overflow"}),
    "sums of 31 bits": (CUT.replace("BITS", "1 << 30"), {}, {"overflow"}),
    "no rounding": (TRUNCATED, {}, {"exact", "overflow"}),
    "ties go up": (AWAY, {}, {"exact"}),
}


@needs_compiler
@needs(avx2)
@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_seen(name):
    text, fields, seen = FAULTS[name]
    kernel = render(plans(layer(**fields), "x86-64-v3")[0])
    include = "#include <immintrin.h>\n"
    broken = msgspec.structs.replace(kernel, source=kernel.source.replace(include, include + text))
    made = broken.compile(opt="O1")
    found = {mode for mode in ("exact", "overflow") if not run_mode(made, mode).ok}
    assert found >= seen, found


def test_data_keep_promises():
    rng = np.random.default_rng(1)
    for limit, layout in itertools.product((300, 5000, 10**6), WEIGHTS_LAYOUTS):
        spec = layer("u8:s16:u8", largest_sum=limit, weights_layout=layout)
        for draw in (exactness.drawn, exactness.ties):
            arrays = draw(spec, rng)
            assert proof.known(spec, arrays["weights"], arrays["bias"]).magnitude <= limit
            assert np.any(arrays["weights"])


# --- the command line ---


def run(*words):
    return CliRunner().invoke(main, [*words])


@needs_compiler
def test_verify_drives_sums():
    spec = "ic8ih5oc8oh5kh3ph1"
    options = ["--dtype", "u8:s8:u8", "--target", "scalar"]
    done = run("verify", spec, *options)
    assert done.exit_code == 0
    assert "overflow" in done.stdout
    assert "bound" not in done.stdout
    done = run("verify", spec, *options, "--mode", "overflow", "--json")
    assert json.loads(done.stdout)["results"][0]["checks"]["overflow"]["ok"]
    done = run("verify", spec, "--target", "scalar", "--mode", "overflow")
    assert done.exit_code == 2
    assert "mode must be one of" in done.stderr


def test_refusals_leave_nothing_behind(tmp_path):
    done = run("generate", "ic70000ih1oc2kh1", "--dtype", "u8:s8:u8", "-o", str(tmp_path / "out"))
    assert done.exit_code == 3
    assert "70000 * 255 * 128" in done.stderr
    assert not (tmp_path / "out").exists()
