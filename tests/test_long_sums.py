"""Layers whose sums are of 64 bits, s16 by s8: random ones over every field, against the rule; what is refused."""

from __future__ import annotations

import random

import emulated
import numpy as np
import pytest
import test_integer_rows
import tools

from convgen import ConvSpec
from convgen.algorithms import ALGORITHMS
from convgen.api import generate, render
from convgen.errors import InputError, UnsupportedError
from convgen.layer.element import S64
from convgen.layer.fields import WEIGHTS_LAYOUTS
from convgen.layer.rounding import RULES, rule
from convgen.machine.find import check_target
from convgen.machine.target import NAMED
from convgen.packaging import weighted
from convgen.plan import proof
from convgen.planner.describe import proof_of
from convgen.planner.rank import rank
from convgen.verification import exactness
from convgen.verification.report import run_mode

OUTPUTS, LAYERS = 25_000, 6  # that each machine is asked for, four times
DTYPES = ("s16:s8:s16", "s16:s8:s16", "s16:s8:f32")


def layers(seed):
    """Random ones: of some thousand outputs each, so that few kernels are compiled."""
    rnd = random.Random(seed)
    while True:
        g = rnd.choice((1, 1, 2, 9))
        dtype = rnd.choice(DTYPES)
        zero = lambda: rnd.choice((0, 0, 0, 0, -32768, 32767, rnd.randint(-32768, 32767)))  # noqa: E731
        fields = {
            "dtype": dtype, "n": rnd.choice((1, 2)), "g": g, "ic": g * rnd.choice((1, 3, 8, 17)),
            "oc": g * rnd.choice((1, 5, 8, 18)), "ih": rnd.randint(15, 30), "iw": rnd.randint(15, 40),
            "bias": rnd.random() < 0.7, "flip": rnd.random() < 0.2, "layout": rnd.choice(("nchw", "nhwc")),
            "weights_layout": rnd.choice(WEIGHTS_LAYOUTS), "input_zero": zero(),
            "activation": rnd.choice(("none", "relu", "relu6", "clip(-1,2)")), "residual": rnd.random() < 0.3,
            **{f"{kind}{axis}": rnd.choice(some) for axis in "hw"
               for kind, some in (("k", (1, 2, 3)), ("s", (1, 1, 2)), ("d", (1, 2)))},
            **{pad: rnd.choice((0, 1, 2)) for pad in ("top", "bottom", "left", "right")}}
        if dtype == "s16:s8:s16":
            rounding = "half-even" if fields["residual"] else rnd.choice([*RULES])
            fields |= {"output_zero": zero(), "output_scale": 0.0002, "rounding": rounding}
            if fields["residual"]:
                fields |= {"residual_zero": zero(), "residual_scale": rnd.choice((0.5, 1.0, 0.013))}
        spec = ConvSpec(**fields)
        if 3000 < np.prod(spec.output_shape) < 30_000:
            yield spec, rnd


def plans(spec, target):
    """The first of each way to read the input, of each row."""
    found = {}
    for one in target.summing(spec.arithmetic):
        for plan in ALGORITHMS["direct"].plans(spec, one):
            found.setdefault((one.isa, plan.lanes, plan.choices.source), plan)
    return [*found.values(), *ALGORITHMS["reference"].plans(spec, target)]


def machines():
    """(machine, target, outputs): this one and an emulated one, and briefly the other targets that run here."""
    for name, target in NAMED.items():
        if target.device is None and target.runs_here() and target.at_home and not name.startswith("cortex"):
            outputs = OUTPUTS if name == "scalar" else OUTPUTS // 4
            yield pytest.param("", name, outputs, id=name, marks=[tools.needs(tools.c, "gcc")])
    lacks = emulated.lacking("aarch64")
    skip = pytest.mark.skipif(bool(lacks), reason=str(lacks))
    yield pytest.param("aarch64", "aarch64", OUTPUTS, id="aarch64", marks=skip)


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.sweep) for part in (1, 2, 3))])
@pytest.mark.parametrize(("machine", "target", "outputs"), [*machines()])
def test_random_layers(machine, target, outputs, part):
    count, inside, rng = 0, 0, np.random.default_rng(11 + part)
    for seed, (spec, rnd) in enumerate(layers(12 + part)):
        plan = rnd.choice(plans(spec, NAMED[target]))
        arrays = (exactness.ties if seed % 4 == 3 else exactness.drawn)(spec, rng)
        made = test_integer_rows.conv(plan, machine, "O1") if machine else render(plan).compile(opt="O1")
        made.pack(arrays["weights"], arrays.get("bias"), arrays.get("scale"))
        want = exactness.right(spec, arrays)
        got = made(arrays["input"], arrays.get("residual"))
        np.testing.assert_array_equal(got, want, f"{plan.label} {plan.choices} {spec!r}")
        count += want.size
        inside += int(((want > want.min()) & (want < want.max())).sum())
        if count >= outputs and seed >= LAYERS * outputs // OUTPUTS:
            break
    assert inside > 0.25 * count  # it is not saturation that agrees


def definition(v, scale):
    """TFLite's function in Python's integers: a multiplier of 31 bits, of which 15 are kept."""
    mantissa, shift = np.frexp(scale)
    m = int(np.floor(mantissa * 2**31 + 0.5))
    if m == 2**31:
        m, shift = 2**30, shift + 1
    if shift < -31:
        return 0
    kept = (m + (1 << 15)) >> 16 if m < 0x7FFF0000 else 0x7FFF
    down = 15 - int(shift)
    return (v * kept + (1 << (down - 1))) >> down


def test_the_rule_is_the_one_that_tflite_has_for_long_sums():
    """By its definition, which ends at a scale of 2^7."""
    rng = np.random.default_rng(1)
    v = rng.integers(1 - 2**47, 2**47, 4000) >> rng.integers(0, 47, 4000)
    scale = np.exp2(rng.uniform(-34, 7, 4000))
    scale[::5] = np.exp2(rng.integers(-33, 7, 800))
    scale[1::5] = np.nextafter(scale[::5], 0)
    wanted = [definition(*pair) for pair in zip(v.tolist(), scale.tolist(), strict=True)]
    for name in ("tflite", "tflite-single"):
        assert rule(name, S64).round(v, scale).tolist() == wanted
    assert rule("half-even", S64) is RULES["half-even"]


@pytest.mark.parametrize(("v", "scale", "wanted"), [
    (1, 0.5, 1), (-1, 0.5, 0), (3, 0.5, 2), (-3, 0.5, -1), (2**46, 2.0**-31, 32768), (1, 2.0**14, 2**14),
    (1, 2.0**16, 2**16), (0, 2.0**60, 0), (-1, 2.0**60, -(2**29)), (2**47 - 1, 2.0**100, 2**46),
    (100, 0.99999, 100), (10**6, 1 - 2.0**-16, 10**6 - 31), (10**6, 1 - 2.0**-17, 10**6 - 31), (2**40, 2.0**-33, 0)])
def test_scales_that_only_a_few_sums_meet(v, scale, wanted):
    """From 2^14 on, where TFLite's function ends: what the formula says, as far as outputs can tell."""
    assert rule("tflite", S64).round(np.array([v]), np.array([scale])).tolist() == [wanted]


def test_sums_are_proven_to_stay_where_the_rule_is_defined():
    spec = ConvSpec(dtype="s16:s8:s16", ic=20, oc=9, ih=6, kh=3, layout="nhwc")
    found = proof.proof(spec)
    assert found.products == 180 * 32768 * 128
    assert found.products + found.bias == 2**47 - 1
    source = generate(spec, "scalar").source
    assert "is exact in s64" in source
    assert "|bias| must be <= 140736733380607; then no sum" in " ".join(source.split()).replace("* ", "")
    told = rf"sums must stay in s64, up to {2**47 - 1} \(channel 0, as any other: up to {2**25} \* 32768 \* 128"
    with pytest.raises(UnsupportedError, match=told):
        rank(ConvSpec(dtype="s16:s8:s16", ic=2**25, oc=1, ih=1, kh=1, layout="nhwc"), "scalar")


@tools.needs(tools.any_c)
@pytest.mark.parametrize("algorithm", ["direct", "reference"])
@pytest.mark.parametrize("dtype", ["s16:s8:s16", "s16:s8:f32"])
def test_sums_far_beyond_32_bits_are_right(algorithm, dtype):
    """A bias of up to 2^47, which the products bring back; and products alone that leave 32 bits."""
    for bias, ic in ((True, 9), (False, 600)):
        spec = ConvSpec(dtype=dtype, ic=ic, oc=5, ih=3, kh=1, layout="nhwc", input_zero=-32768, bias=bias)
        made = generate(spec, "scalar", algorithm=algorithm).compile(opt="O1")
        done = run_mode(made, "overflow")
        assert done.ok, done.detail


@tools.needs(tools.avx2)
@pytest.mark.parametrize(("fields", "fits"), [
    ({"ic": 511}, True), ({"ic": 512}, False), ({"ic": 512, "largest_sum": 2**31 - 1}, True),
    ({"ic": 256, "input_zero": 1}, True), ({"ic": 512, "input_zero": 1, "largest_sum": 2**30}, False),
    ({"ic": 512, "input_zero": 1, "largest_sum": 2**30 - 1}, True)])
def test_vectors_sum_products_in_32_bits_where_these_hold_them(fields, fits):
    """511 products of 2^15 and 2^7; sums that are promised to be short, or half as long where inputs are not moved."""
    spec = ConvSpec(dtype="s16:s8:s16", oc=9, ih=3, kh=1, layout="nhwc", **fields)
    plans = {one.isa: next(ALGORITHMS["direct"].plans(spec, one), None)
             for one in NAMED["x86-64-v3"].summing(spec.arithmetic)}
    assert plans["scalar_long_s8"]
    assert (plans["avx2_s16"] is not None) == fits
    if fits:
        assert "no sum of products leaves s32, no sum leaves s64" in proof_of(plans["avx2_s16"])
        made = render(plans["avx2_s16"]).compile(opt="O1")
        for mode in ("exact", "overflow"):
            done = run_mode(made, mode)
            assert done.ok, done.detail


@tools.needs(tools.any_c)
def test_a_bias_beyond_that_is_refused():
    spec = ConvSpec(dtype="s16:s8:s16", ic=2, oc=3, ih=1, kh=1, layout="nhwc")
    made = generate(spec, "scalar").compile(opt="O1")
    weights, bias = np.ones(spec.weights_shape, np.int8), np.zeros(3, np.int64)
    bias[1] = 2**47 - 1 - 2 * 32767
    made.pack(weights, bias, 1.0)
    bias[1] += 1
    with pytest.raises(InputError, match=r"sums must stay in s64, up to 140737488355327 \(channel 1: "):
        made.pack(weights, bias, 1.0)


@pytest.mark.parametrize(("fields", "error", "told"), [
    ({"input_zero": 32768}, InputError, "input_zero must be in the range of s16, -32768 to 32767 (input_zero=32768)"),
    ({"residual": True, "residual_scale": 2.0**112}, InputError, "residual_scale must be a positive normal f32 up to"),
    ({"residual": True, "residual_scale": 1.0, "rounding": "tflite"}, UnsupportedError,
     "rounding must be half-even with a residual (rounding=tflite)"),
    ({"activation": "silu", "sum_scale": 0.1, "output_scale": 0.1}, UnsupportedError,
     "activation must be one of none, relu, relu6, clip where outputs are s16, which are too many for a table"
     " (activation=silu)")])
def test_what_is_refused(fields, error, told):
    with pytest.raises(error) as caught:
        rank(ConvSpec(dtype="s16:s8:s16", ic=2, oc=2, ih=2, kh=1, **fields), "scalar")
    assert told in str(caught.value)


def test_every_target_for_c_has_such_sums():
    spec = ConvSpec(dtype="s16:s8:s16", ic=600, oc=8, ih=4, kh=3, layout="nhwc")
    for name, target in NAMED.items():
        if target.device is None:
            plan = rank(spec, name)[0].plan
            assert plan.target.row.sums is S64
            check_target(plan.target)
            check_target(rank(spec.replace(ic=8), name)[0].plan.target)


def test_weights_that_are_known_promise_that_32_bits_hold_their_sums():
    """If all that share a kernel do."""
    spec = ConvSpec(dtype="s16:s8:s16", ic=600, oc=2, ih=1, kh=1, layout="nhwc")
    small, large = (np.full(spec.weights_shape, w, np.int8) for w in (3, 127))
    bias = np.array([5, -7])
    promised, free = (proof.kept(spec, weights, bias) for weights in (small, large))
    assert promised.largest_sum == 600 * 3 * 32768 + 7
    assert free is spec
    assert proof.kept(spec, small, bias << 40) is spec
    assert weighted.shared(spec, [promised, promised.replace(largest_sum=5)]) == promised
    assert weighted.shared(spec, [promised, free]) == spec
    short = spec.replace(ic=511)
    assert proof.kept(short, small[..., :511, :], bias) is short
