"""Proofs over a finite field: the headers' own arithmetic, kernels of every algorithm and row, and planted bugs."""

from __future__ import annotations

import json
import math
import random
import re
import subprocess
from fractions import Fraction

import msgspec
import numpy
import pytest
import tools
from click.testing import CliRunner
from test_random import random_spec

from convgen.algorithms import ALGORITHMS
from convgen.api import generate, render
from convgen.commands.main import main
from convgen.errors import UnsupportedError
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.machine.target import caches_of
from convgen.planner import rank
from convgen.run.compilers import find_compiler
from convgen.verification.algebra.contract import Subject
from convgen.verification.algebra.proof import FLAGS, INCLUDE, Proof, prove
from convgen.verification.report import verify

P = 2**61 - 1


def cxx():
    return None if tools.CXX else "needs a compiler of C++"


pytestmark = tools.needs(cxx)


def subject(kernel, **texts):
    """texts: in the place of the kernel's own."""
    return Subject(**{"name": kernel.name, "source": kernel.source, "header": kernel.header, "spec": kernel.spec,
                      "bound": kernel.bound, **texts})


# --- the headers' own arithmetic, beside Python's integers ---

ARITHMETIC = r"""
#include "field.h"
[[noreturn]] static void refute(const char *, const void *, const Trace &) { exit(9); }
static Val number(uint64_t v) { return Val{v, 1, 0, 0, DATA}; }
int main()
{
    unsigned long long a, b, c;
    double x;
    for (char what; scanf(" %c", &what) == 1;) {
        if (what == 'f' || what == 'd') {
            scanf("%lf", &x);
            const Val l = literal(x, what == 'f' ? 0x1p-24 : 0x1p-53, what == 'd');
            printf("%llu %d %d\n", (unsigned long long)l.value, l.roundings + l.fine, l.kind);
            continue;
        }
        scanf("%llu %llu %llu", &a, &b, &c);
        const Val p = number(a), q = number(b), r = number(c);
        printf("%llu %llu %llu %llu\n", (unsigned long long)add(p, q).value, (unsigned long long)add(p, minus(q)).value,
               (unsigned long long)fma(p, q, r).value, b ? (unsigned long long)quotient(p, q).value : 0);
    }
}
"""


@pytest.fixture(scope="module")
def arithmetic(tmp_path_factory):
    """Answers of field.h to lines of questions."""
    folder = tmp_path_factory.mktemp("arithmetic")
    (folder / "p.cpp").write_text(ARITHMETIC)
    subprocess.run([*find_compiler().command, *FLAGS, "-I", INCLUDE, "p.cpp", "-o", "p", "-lm"], cwd=folder, check=True)

    def answers(questions):
        said = subprocess.run([folder / "p"], input="\n".join(questions), capture_output=True, text=True, check=True)
        return [tuple(map(int, line.split())) for line in said.stdout.splitlines()]
    return answers


def test_arithmetic_is_that_of_integers(arithmetic):
    rnd = random.Random(1)
    edges = (0, 1, 2, P - 1, P - 2, 2**32, 2**60, (P + 1) // 2)
    draw = lambda: rnd.choice(edges) if rnd.random() < 0.2 else rnd.randrange(P)  # noqa: E731
    asked = [(draw(), draw(), draw()) for _ in range(250_000)]
    wanted = [((a + b) % P, (a - b) % P, (a * b + c) % P) for a, b, c in asked]
    got = arithmetic(f"o {a} {b} {c}" for a, b, c in asked)
    assert [one[:3] for one in got] == wanted
    assert all(quotient * b % P == a for (a, b, _), (*_, quotient) in zip(asked, got, strict=True) if b)


@pytest.mark.parametrize(("kind", "m"), [("f", 3), ("f", 4), ("f", 6), ("d", 3), ("d", 5), ("d", 12), ("d", 20)])
def test_literals_stand_for_cosines(arithmetic, kind, m):
    """Of angles by parts of a turn: those that double them are as they are."""
    angles = [2 * math.pi * k / 2**m for k in (1, 2)]
    asked = [numpy.float32(math.cos(angle)) if kind == "f" else math.cos(angle) for angle in angles]
    (one, rounded, _), (two, *_) = arithmetic(f"{kind} {x:.17g}" for x in asked)
    assert rounded == 1
    assert (2 * one * one - 1) % P == (two if m > 3 else 0)


@pytest.mark.parametrize(("kind", "x", "fraction", "roundings"), [
    ("f", 0.25, Fraction(1, 4), 0), ("f", -5.25, Fraction(-21, 4), 0),
    ("f", 0.011111111380159855, Fraction(1, 90), 1),
    ("f", 0.1666666716337204, Fraction(1, 6), 1), ("f", -0.71111112833023071, Fraction(-32, 45), 1),
    ("d", 1 / 90, Fraction(1, 90), 1), ("d", -2.0, Fraction(-2), 0), ("f", 0.0, Fraction(0), 0),
    ("f", 2.0**-20, Fraction(1, 2**20), 0), ("f", 12582912.0, Fraction(12582912), 0),
    ("f", 0.6931471824645996, Fraction(0.6931471824645996), 0), ("d", 0.1234567890123, Fraction(0.1234567890123), 0),
])  # fmt: skip
def test_literals_stand_for_fractions(arithmetic, kind, x, fraction, roundings):
    """Of short ones the fraction that is meant, one rounding away; others are what they are."""
    ((value, rounded, _),) = arithmetic([f"{kind} {x:.17g}"])
    assert value == fraction.numerator * pow(fraction.denominator, -1, P) % P
    assert rounded == roundings


# --- instructions, beside those of this machine ---

AVX2 = ["_mm256_shuffle_ps(a, b, 0x88)", "_mm256_shuffle_ps(a, b, 0x1b)", "_mm256_unpacklo_ps(a, b)",
        "_mm256_unpackhi_ps(a, b)", "_mm256_max_ps(a, a)", "_mm256_fmadd_ps(a, b, c)", "_mm256_fnmadd_ps(a, b, c)",
        "_mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(a), 0xd8))", "_mm256_sub_ps(c, a)",
        *(f"_mm256_permute2f128_ps(a, b, {how:#x})" for how in (0x20, 0x21, 0x31, 0x02, 0x13)),
        *(f"_mm256_castsi256_ps(_mm256_alignr_epi8(_mm256_castps_si256(a), _mm256_castps_si256(b), {by}))"
          for by in (0, 4, 8, 12, 16)),
        "_mm256_permutevar8x32_ps(a, _mm256_setr_epi32(7, 0, 3, 3, 9, 1, 2, 6))",
        "_mm256_maskload_ps(x + 3, _mm256_cmpgt_epi32("
        "_mm256_set1_epi32(5), _mm256_setr_epi32(0, 9, 2, 3, 4, 5, 6, 7)))",
        "_mm256_maskload_ps(x, _mm256_andnot_si256("
        "_mm256_setr_epi32(0, -1, 0, 0, -1, 0, 0, 0), _mm256_set1_epi32(-1)))"]
AVX512 = ["_mm512_castsi512_ps(_mm512_alignr_epi32(_mm512_castps_si512(a), _mm512_castps_si512(b), 5))",
          "_mm512_permutex2var_ps(a, _mm512_add_epi32(_mm512_set1_epi32(3), _mm512_setr_epi32("
          "0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)), b)",
          "_mm512_permutexvar_ps(_mm512_setr_epi32(15, 0, 3, 3, 9, 1, 2, 6, 8, 8, 7, 14, 13, 10, 11, 12), a)",
          "_mm512_maskz_loadu_ps(0x8421, x + 1)", "_mm512_fmadd_ps(a, b, c)"]
LANES = """
#include <immintrin.h>
static void lanes(float *x)
{
    float y[16];
%s
}
"""


@pytest.mark.parametrize(("bits", "operations", "target"), [(256, AVX2, "x86-64-v3"), (512, AVX512, "x86-64-v4")])
def test_lanes_move_as_they_do_here(tmp_path, bits, operations, target):
    if not find(target).runs_here():
        pytest.skip(f"this machine runs no {target}")
    own = f"_mm{bits}"
    given = f"__m{bits} a = {own}_loadu_ps(x), b = {own}_loadu_ps(x + 16), c = {own}_set1_ps(2048);"
    lines = "\n".join(f"    {{ {given} {own}_storeu_ps(y, {operation}); show(y); }}" for operation in operations)
    begin = "int main() { float x[40]; for (int i = 0; i < 40; ++i) { x[i] = (float)(i + 1); } lanes(x); }"
    show = f'static void show({{}} *y) {{{{ for (int i = 0; i < {bits // 32}; ++i) {{{{ printf("%d ", {{}}); }}}} }}}}'
    ours = "(int)(y[i].value < P / 2 ? y[i].value : -(long)(P - y[i].value))"
    headers = "\n".join(f'#include "{name}.h"' for name in ("field", "memory", "vectors"))
    texts = {"real.cpp": ["#include <stdio.h>", show.format("float", "(int)y[i]")],
             "ours.cpp": [headers, show.format("Num", ours), '#include "macros.h"']}
    said = []
    for name, text in texts.items():
        (tmp_path / name).write_text("\n".join([*text, LANES % lines, begin]))
        flags = ("-mavx2", "-mfma", "-mavx512f") if name == "real.cpp" else ("-I", INCLUDE)
        subprocess.run([*find_compiler().command, *FLAGS, *flags, name, "-o", "p", "-lm"], cwd=tmp_path, check=True)
        said.append(subprocess.run([tmp_path / "p"], capture_output=True, text=True, check=True).stdout.split())
    assert len(said[0]) == len(operations) * bits // 32
    assert said[0] == said[1]


# --- kernels ---

PLAIN = ConvSpec.parse("ic5ih9oc11oh9kh3ph1", layout="nhwc", activation="relu")
FIRST = ConvSpec.parse("ic9ih12oc17oh12kh3ph1", layout="nchw", residual=True)
WIDE = ConvSpec.parse("ic16ih16oc32oh16kh3ph1", layout="nhwc")
POINTS = ConvSpec.parse("ic8ih7oc12oh7kh1ph0", layout="nhwc", activation="clip(-1,2)")
CHANNELS = ConvSpec.parse("g20ic20ih11oc20oh6kh3sh2ph1", layout="nhwc", activation="relu6")
PLANES = ConvSpec.parse("g5ic5ih21oc5oh11kh3sh2ph1", layout="nchw")
GROUPS = ConvSpec.parse("g4ic16ih9oc16oh9kh3ph1", layout="nhwc")
UP = ConvSpec.parse("ic6ih5oc7oh10kh4sh2ph1", layout="nchw", op="transposed", activation="sigmoid")
BESIDE = ConvSpec.parse("ic6ih5oc3oh10kh2sh2ph0", layout="nhwc", op="transposed")  # two phases fill a vector
BACK = ConvSpec.parse("ic6ih9oc7oh5kh3sh2ph1", layout="nhwc", op="backward-data")
WEIGHTS = ConvSpec.parse("ic6ih9oc7oh9kh3ph1", layout="nchw", op="backward-weights")
SLICE = ConvSpec(ic=6, oc=10, ih=6, iw=7, kh=2, kw=3, g=2, layout="nhwc", in_stride=9, out_stride=13, flip=True,
                 activation="prelu", padding="same", n=2)
DEEP = ConvSpec(ic=3, oc=5, id=4, ih=5, iw=11, kd=2, kh=3, kw=3, dw=2, padding=1, activation="gelu", layout="ncdhw")

SIGNAL = ConvSpec(ic=1, oc=1, iw=150, kw=64)
IMAGE = ConvSpec(g=2, ic=2, oc=2, ih=20, iw=23, kh=9, kw=11, padding="half", activation="relu")

PROVEN = [
    ("direct", "scalar", PLAIN), ("direct", "x86-64-v3", FIRST), ("direct", "x86-64-v4", SLICE),
    ("direct", "aarch64", DEEP), ("direct", "wasm32", SLICE), ("direct", "x86-64-v3", UP), ("direct", "aarch64", BACK),
    ("direct", "x86-64-v3", BESIDE),
    ("dot", "x86-64-v4", POINTS),
    ("depthwise", "scalar", CHANNELS), ("depthwise", "x86-64-v3", PLANES), ("depthwise", "x86-64-v4", PLANES),
    ("depthwise", "aarch64", PLANES), ("depthwise", "wasm32", CHANNELS),
    ("grouped", "x86-64-v3", GROUPS), ("grouped", "x86-64-v4", GROUPS),
    ("winograd", "scalar", PLAIN), ("winograd", "x86-64-v3", FIRST), ("winograd", "x86-64-v4", WIDE),
    ("winograd", "aarch64", PLAIN), ("winograd", "wasm32", FIRST),
    ("col2im", "scalar", UP), ("col2im", "x86-64-v4", UP), ("col2im", "wasm32", UP),
    ("gradient", "x86-64-v3", WEIGHTS), ("gradient", "aarch64", WEIGHTS),
    ("reference", "scalar", DEEP), ("reference", "wasm32", BACK),
    ("fourier", "scalar", SIGNAL), ("fourier", "x86-64-v3", SIGNAL), ("fourier", "aarch64", IMAGE),
]  # fmt: skip


@pytest.mark.sampled
@pytest.mark.parametrize(("algorithm", "target", "spec"), PROVEN,
                         ids=[f"{algorithm}-{target}-{index}" for index, (algorithm, target, _) in enumerate(PROVEN)])
def test_kernels_are_proven_and_claim_what_they_carry(algorithm, target, spec):
    plans = list(ALGORITHMS[algorithm].plans(spec, find(target)))
    assert plans
    kernel = render(plans[len(plans) // 2])
    proof = prove(subject(kernel))
    assert not proof.finding
    assert proof.outputs == next(array.count for array in spec.arrays if array.written)
    if spec.activation in ("none", "relu", "relu6", "clip(-1,2)"):
        slack = kernel.bound.roundings - proof.roundings
        if algorithm == "fourier":
            assert 0 <= slack <= 9
        else:
            assert slack == 0
            assert proof.amplification == pytest.approx(kernel.bound.amplification)


# What is far from a machine whose caches hold next to nothing: outputs that go past them, inputs that are asked for.
SMALL = msgspec.structs.replace(find("x86-64-v4"), caches=caches_of(4, 32, 16))
FAR = [("depthwise", ConvSpec.parse("g32ic32ih24oc32oh24kh3ph1", layout="nhwc", residual=True)),
       ("depthwise", ConvSpec.parse("g2ic2ih240oc2oh240kh3ph1", layout="nchw")),
       ("depthwise", ConvSpec.parse("g2ic2ih320oc2oh160kh3sh2ph1", layout="nchw")),
       ("grouped", ConvSpec.parse("g8ic32ih24oc32oh24kh3ph1", layout="nhwc")),
       ("direct", ConvSpec.parse("ic8ih24oc32oh24kh1ph0", layout="nhwc"))]


@pytest.mark.parametrize(("algorithm", "spec"), FAR, ids=["channels", "planes", "planes, stride 2", "groups", "points"])
def test_what_goes_past_the_caches_is_proven(algorithm, spec):
    kernel = render(rank.best(spec, SMALL, algorithm))
    asks = algorithm != "direct" and (spec.layout == "nhwc" or kernel.plan.nr * 16 < spec.ow)
    assert "store_past(output" in kernel.source
    assert kernel.source.count("_mm_sfence();") == 1
    assert ("_MM_HINT_T1" in kernel.source) == asks
    assert not prove(subject(kernel)).finding


# Words of 16 bits in memory: each way of reading and writing them, on every row.
HALVES = [("direct", "scalar", PLAIN, "bf16"), ("direct", "x86-64-v3", UP, "f16"),
          ("depthwise", "x86-64-v3", PLANES, "bf16"), ("depthwise", "x86-64-v4", PLANES, "bf16"),
          ("direct", "x86-64-v4", SLICE, "f16"), ("depthwise", "aarch64", PLANES, "f16"),
          ("winograd", "wasm32", FIRST, "bf16"), ("direct", "wasm32", SLICE, "f16"),
          ("gradient", "aarch64", WEIGHTS, "bf16"), ("winograd", "x86-64-v3", FIRST, "f16")]


# Weights alone of another type, packed as floats and as they are, each row's way of reading them.
PANEL = ConvSpec(ic=20, oc=20, g=20, ih=9, iw=21, kh=3, kw=3, padding="half", layout="nhwc", activation="prelu")
LONG = ConvSpec(ic=128, oc=40, ih=1, iw=7, kh=1, kw=1, layout="nhwc", residual=True)
NARROW = [("scalar", PANEL, "f32:s8:f32", True), ("x86-64-v3", PANEL, "f32:s8:f32", True),
          ("x86-64-v3", LONG, "f32:bf16:f32", True), ("x86-64-v4", PANEL, "f32:f16:f32", True),
          ("x86-64-v4", LONG, "f32:s8:f32", True), ("aarch64", PANEL, "f32:s8:f32", True),
          ("wasm32", PANEL, "f32:s8:f32", True), ("aarch64", PANEL, "f32:f16:f32", False)]


def narrow(target, spec, dtype, as_given):
    spec = spec.replace(dtype=dtype)
    plans = [plan for algorithm in ALGORITHMS.values() for plan in algorithm.plans(spec, find(target))
             if bool(getattr(plan.choices, "as_given", False)) == as_given]
    return render(plans[len(plans) // 2])


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("row", NARROW, ids=lambda row: f"{row[0]}-{row[2]}")
def test_weights_alone_are_widened_and_scaled(row):
    kernel = narrow(*row)
    assert not prove(subject(kernel)).finding


@pytest.mark.parametrize(("pattern", "other", "told"), [
    (r"\(float\)\*p", "(float)p[1]", "wrong: output"),
    (r"= scale\[(\w+)\];", r"= scale[0 * \1];", "wrong: output"),
    (r"(\*\)packed \+ )(\d+)\);\n", r"\g<1>8 + \2);\n", "outside the array: packed"),
    (r"\n +\*numbers\+\+ = bias", "\n        numbers[-1] = bias", "made of what nobody wrote"),
], ids=["another byte", "another channel's scale", "numbers too far", "numbers over bytes"])
def test_planted_bugs_of_weights_alone_are_refuted(pattern, other, told):
    kernel = narrow("scalar", PANEL.replace(activation="none"), "f32:s8:f32", True)
    source, count = re.subn(pattern, other, kernel.source, count=1)
    assert count == 1, kernel.source
    assert told in prove(subject(kernel, source=source)).finding


@pytest.mark.sampled
@pytest.mark.parametrize(("algorithm", "target", "spec", "dtype"), HALVES,
                         ids=["-".join((*words, dtype)) for *words, _, dtype in HALVES])
def test_words_of_16_bits_are_the_numbers_that_they_hold(algorithm, target, spec, dtype):
    plans = halves(algorithm, target, spec, dtype)
    kernel = render(plans[len(plans) // 2])
    proof = prove(subject(kernel))
    assert not proof.finding
    assert proof.outputs == next(array.count for array in kernel.spec.arrays if array.written)


def halves(algorithm, target, spec, dtype):
    spec = spec.replace(dtype=dtype)
    return [plan for row in find(target).summing(spec.arithmetic) for plan in ALGORITHMS[algorithm].plans(spec, row)]


# Gradients whose pixels are summed in several parts, in steps that are not all as long.
PARTS = [ConvSpec(n=3, ic=9, oc=3, ih=40, iw=29, kh=1, kw=1, layout="nchw", op="backward-weights"),
         ConvSpec(n=5, g=17, ic=17, oc=17, ih=40, iw=30, kh=3, kw=3, padding=1, layout="nhwc", op="backward-weights")]


@pytest.mark.parametrize("spec", PARTS, ids=["few", "depthwise"])
def test_gradients_claim_what_they_carry(spec):
    """By channels in lanes, of outputs or inputs, and by pixels."""
    for plan in {plan.lanes: plan for plan in ALGORITHMS["gradient"].plans(spec, find("x86-64-v3"))}.values():
        assert plan.choices.splits > 1
        kernel = render(plan)
        proof = prove(subject(kernel))
        assert (proof.finding, proof.roundings) == ("", kernel.bound.roundings), plan


# Tiles of every size, the last as large as the others and smaller: (target, k, tile, outputs). The positions that
# F(4, 3) computes in most steps are not those that it takes through most; of F(6, 5) in two floats, some divisors are
# products that no float holds.
TILES = [("x86-64-v3", 3, 4, 8), ("scalar", 5, 6, 9), ("wasm32", 3, 4, 7), ("aarch64", 7, 4, 6), ("x86-64-v3", 2, 6, 7),
         ("scalar", 4, 2, 5), ("opencl-gpu", 5, 6, 6), ("opencl-gpu", 3, 4, 4)]


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize(("target", "k", "m", "outputs"), TILES)
def test_transforms_claim_what_they_carry(target, k, m, outputs):
    size = outputs + k - 1
    spec = ConvSpec(ic=8, oc=8, ih=size, iw=size, kh=k, kw=k, layout="nhwc", bias=k != 3, residual=k == 5)
    kernel = render(next(plan for plan in ALGORITHMS["winograd"].plans(spec, find(target)) if plan.choices.m == m))
    proof = prove(subject(kernel))
    assert (proof.finding, proof.roundings) == ("", kernel.bound.roundings)


def test_other_transforms_have_their_fractions():
    """F(6x6, 3x3) and F(2x2, 5x5), whose matrices are no multiples of powers of two."""
    wide = ConvSpec.parse("ic4ih10oc8oh10kh5ph2", layout="nhwc")
    for spec, m, target in ((FIRST, 6, "x86-64-v3"), (wide, 2, "scalar")):
        plans = ALGORITHMS["winograd"].plans(spec, find(target))
        plan = next(plan for plan in plans if plan.label.startswith(f"winograd{m}_"))
        assert not prove(subject(render(plan))).finding


def test_large_layers_are_sampled_and_say_so():
    kernel = generate(ConvSpec.parse("ic64ih56oc64oh56kh3ph1", layout="nhwc"), find("x86-64-v3"), "direct")
    found = subject(kernel)
    proof = prove(found)
    assert not proof.finding
    assert proof.tasks < proof.all_tasks
    assert f"{proof.outputs} of 200704 outputs" in proof.told(found)
    assert f"{proof.tasks} of {proof.all_tasks} tasks" in proof.told(found)


# --- planted bugs ---

DIRECT = ("direct", "x86-64-v3", POINTS)
FILTER = ("winograd", "scalar", FIRST.replace(residual=False))
LOOPS = ("reference", "scalar", PLAIN)
VECTORS = ("winograd", "aarch64", PLAIN)
WAVES = ("fourier", "scalar", SIGNAL)
SUMS = ("col2im", "scalar", UP.replace(activation="none"))

BUGS = {
    "a constant of a transform": (FILTER, r"sum / \(over\[p\]", "sum / (2.0 * over[p]",
                                  "counts 1/2 times, expected 1"),
    "a root of a transform": (WAVES, r"(\{0\.7071067811865476), ", r"\1, -", "wrong: output"),
    "a cosine for a sine": (WAVES, r"\{(0\.92387953251128\d+), (0\.38268343236508\d+)", r"{\2, \1", "wrong: output"),
    "a root that is not one": (WAVES, r"\{0\.92387953251128\d+", "{0.923879533", "wrong: output"),
    "an operand": (DIRECT, r"(fmadd_ps\(a0, b0, )acc0_0", r"\1acc0_1", "bias[0] counts 0 times, expected 1"),
    "an index off by one": (LOOPS, r"iw = ow \+ kw - 1", "iw = ow + kw - 2", "counts 0 times, expected 1"),
    "a condition off by one": (LOOPS, r"if \(iw < 0", "if (iw <= 0", "counts 0 times, expected 1"),
    "a statement dropped": (DIRECT, r"\n +acc0_0 = _mm256_fmadd_ps\(a0, b0, acc0_0\);", "",
                            "counts 0 times, expected 1"),
    "a term added twice": (LOOPS, r"(sum \+= input.*;)", r"\1 \1", "counts 2 times, expected 1"),
    "the wrong array": (LOOPS, r"bias\[oc\]", "weights[oc]", "bias[0] counts 0 times, expected 1"),
    "no activation": (DIRECT, r"acc0_0 = activate\(acc0_0\);", "", "wrong in its activation: output[0, 0, 0, 0]"),
    "a sum's bounds swapped": (DIRECT, r"_mm256_min_ps\(_mm256_set1_ps\(2", "_mm256_max_ps(_mm256_set1_ps(2",
                               "wrong in its activation: output"),
    "a read behind the input": (LOOPS, r"if \(iw < 0 \|\| iw >= 9\)", "if (iw < 0 || iw >= 99)",
                                "outside the array: input[405] (phase 0, task 0), "),
    "a read before the weights": (LOOPS, r"out\[i\] = weights\[i\]", "out[i] = weights[i - 1]",
                                  "outside the array: weights[-1]"),
    "a write behind packed": (LOOPS, r"oc < 11; \+\+oc\) \{\n +out", "oc < 12; ++oc) {\n        out",
                              "outside the array: bias[11]"),
    "a write into the input": (LOOPS, r"output\[oc", "((float *)input)[oc", "written, though read-only: input"),
    "an output not written": (LOOPS, r"oh < 9; \+\+oh", "oh < 8; ++oh",
                              "made of what nobody wrote: output[0, 8, 0, 0]"),
    "a number not set": (LOOPS, r"float sum = [^;]*;", "float sum;", "made of what nobody wrote: output"),
    "a vector that is not set": (VECTORS, r"\n +columns\[j \+ 12\] = t\d+;", "", "made of what nobody wrote"),
    "another task's workspace": (FILTER, r"(multiply_task\(.*\)\n\{)", r"\1\n    workspace[0] = workspace[0];",
                                 "raced"),
    "another worker's scratch": (SUMS, r"\(ptrdiff_t\)worker \*", "(ptrdiff_t)(worker - 1) *",
                                 "of another worker: workspace"),
    "a worker more than there are": (SUMS, r"(_task\(phase, \(size_t\)task, )0", r"\1 1",
                                     "outside the array: workspace"),
    "an aligned load": (DIRECT, r"_mm256_loadu_ps\(bias", "_mm256_load_ps(1 + bias", "misaligned: packed"),
    "tasks of a phase far beyond": (LOOPS, r"(default:\n +return) 0", r"\1 phase == 2147483647",
                                    "has tasks of a phase that there is not"),
    "a shift by no number of bits": (WAVES, r"bit = 0; bit < ", "bit = -1; bit < ", "a shift by no number of bits"),
    "an array of a function": (FILTER, r"columns\[i \* 6 \+ 5\]", "columns[i * 6 + 45]", "array of a function"),
}  # fmt: skip


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", BUGS)
def test_planted_bugs_are_refuted(name):
    (algorithm, target, spec), pattern, other, told = BUGS[name]
    kernel = generate(spec, find(target), algorithm)
    source, count = re.subn(pattern, other, kernel.source, count=1)
    assert count == 1, kernel.source
    finding = prove(subject(kernel, source=source)).finding
    assert told in finding


WORDS = {  # of POINTS in f16, by loops of scalars
    "words taken for floats": (r"= f32_from_f16\((\*\(x_ic\))\)", r"= \1", "computes with the bits of a number of 16"),
    "floats stored as words": (r"= f16_from_f32\((\w+)\);", r"= \1;", "of another type: output"),
    "rounded on the way": (r"= f16_from_f32\((\w+)\);", r"= f16_from_f32(f32_from_f16(f16_from_f32(\1)) + 1.0f);",
                           "rounds to 16 bits on the way"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_planted_bugs_of_words_are_refuted(name):
    pattern, other, told = WORDS[name]
    kernel = render(halves("direct", "scalar", POINTS, "f16")[0])
    source, count = re.subn(pattern, other, kernel.source, count=1)
    assert count == 1, kernel.source
    assert told in prove(subject(kernel, source=source)).finding


def test_a_claim_below_what_the_file_carries_is_refuted():
    for algorithm, spec, field, told in (("direct", POINTS, "roundings", "roundings 9 of 8, magnitude 8 of 8"),
                                         ("winograd", FIRST, "amplification", "magnitude")):
        kernel = generate(spec, find("scalar"), algorithm)
        claimed = getattr(kernel.bound, field)
        less = claimed - 1 if field == "roundings" else claimed * 0.999
        finding = prove(subject(kernel, bound=msgspec.structs.replace(kernel.bound, **{field: less}))).finding
        assert finding.startswith("beyond the bound")
        assert told in finding


def test_a_header_that_states_another_size_is_refuted():
    kernel = generate(POINTS, find("scalar"))
    header = kernel.header.replace("_INPUT_BYTES 1568", "_INPUT_BYTES 1572")
    assert header != kernel.header
    assert prove(subject(kernel, header=header)).finding.endswith("_INPUT_BYTES of the header, 1572, expected 1568")


def test_a_header_without_a_function_is_refuted():
    kernel = generate(POINTS, find("scalar"))
    for function in ("", "_pack", "_task", "_tasks"):
        header, count = re.subn(rf"^\w+ {kernel.name}{function}\(.*\n", "", kernel.header, flags=re.MULTILINE)
        assert count == 1
        assert prove(subject(kernel, header=header)).finding == f"wrong: the header declares no {kernel.name}{function}"


WARPED = "ic32ih5oc16kh3ph1"  # of f16 in nhwc, which matrix instructions multiply


def test_what_cannot_be_read_is_told_apart_from_what_is_wrong():
    kernel = generate(POINTS, find("x86-64-v3"))
    texts = {"_mm256_hadd_ps(": "was not declared|undeclared", "(__m256)_mm256_castps_si256(": ""}
    for call, told in texts.items():
        source = kernel.source.replace("_mm256_max_ps(", call, 1)
        if told:
            with pytest.raises(UnsupportedError, match=told):
                prove(subject(kernel, source=source))
    with pytest.raises(UnsupportedError, match="no meaning for matrix instructions of floats"):
        prove(subject(generate(ConvSpec.parse(WARPED, layout="nhwc", dtype="f16"), find("opencl-sm80"))))


# --- what people type ---


def run(*words, code=0):
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done


def test_verify_proves_kernels_of_any_machine_and_runs_none():
    tiny = "ic2iw6oc3kw2"
    lines = run("verify", tiny, "--target", "aarch64", "--mode", "algebra").stdout.splitlines()
    assert [line.split()[-1] for line in lines] == ["algebra", "ok"]
    document = json.loads(run("verify", tiny, "--target", "wasm32", "--mode", "algebra", "--json").stdout)
    (result,) = document["results"]
    assert (result["ok"], result["cc"], result["opt"]) == (True, None, None)
    assert "outputs over GF(2^61 - 1)" in result["checks"]["algebra"]["detail"]
    halves = [WARPED, "--layout", "nhwc", "--dtype", "f16", "--target", "opencl-sm80"]
    assert "matrix instructions of floats" in run("verify", *halves, "--mode", "algebra", code=3).stderr
    assert "cc must be left out" in run("verify", tiny, "--mode", "algebra", "--cc", "gcc", code=2).stderr


def test_generate_proves_before_it_writes(tmp_path, monkeypatch):
    words = ["generate", "ic2iw6oc3kw2", "--target", "wasm32", "--no-verify", "--prove", "-o", tmp_path / "out"]
    assert "proven: conv_f32_ncw_2s1p0_2x6_3: 15 outputs over GF(2^61 - 1)" in run(*words).stderr
    wrong = Proof(finding="wrong: output[0]")
    monkeypatch.setattr("convgen.verification.report.prove", lambda *_, **__: wrong)
    words[-1] = tmp_path / "refuted"
    told = run(*words, code=1).stderr
    assert "algebra: wrong: output[0]" in told
    assert "reproduce: convgen verify" in told
    assert not (tmp_path / "refuted").exists()


def test_verify_in_python_takes_the_mode_beside_others(monkeypatch):
    report = verify(generate(POINTS).compile(), ["exact", "algebra"])
    assert [(check.mode, check.ok) for check in report.checks] == [("exact", True), ("algebra", True)]
    monkeypatch.setattr("convgen.verification.report.prove", None)  # who asks for no proof pays for none
    assert verify(generate(POINTS).compile()).ok


def test_check_proves_folders_by_their_files_alone(tmp_path):
    generate(POINTS, find("x86-64-v4"), "direct").save(tmp_path / "out")
    (source,) = (tmp_path / "out").glob("*.c")
    assert "588 outputs over GF(2^61 - 1), roundings 8 of 8" in run("check", tmp_path / "out").stdout
    source.write_text(source.read_text().replace("acc0_0 = activate(acc0_0);", "", 1))
    result = run("check", tmp_path / "out", code=1)
    where = rf"output\[0, 0, 0, 0\] \(phase 0\), {source.stem}\.c:\d+"
    assert re.search(rf"{source.stem}: wrong in its activation: {where}", result.stderr)
    manifest = source.with_suffix(".json")
    manifest.write_text(manifest.read_text().replace('"activation": "clip(-1,2)"', '"activation": "none"'))
    assert json.loads(run("check", tmp_path / "out", "--json", code=1).stdout)["results"][0]["ok"] is False
    manifest.write_text(manifest.read_text().replace('"activation": "none"', '"activation": "nonsense"'))
    assert "activation must be one of" in run("check", tmp_path / "out", code=2).stderr
    (tmp_path / "none").mkdir()
    assert "folder must hold files" in run("check", tmp_path / "none", code=2).stderr
    generate(ConvSpec.parse(WARPED, layout="nhwc", dtype="f16"), find("opencl-sm80")).save(tmp_path / "halves")
    told = run("check", tmp_path / "halves", code=3).stderr
    assert "not proven: algebra has no meaning for matrix instructions of floats" in told


@pytest.mark.sweep
@pytest.mark.parametrize("first", range(0, 1000, 20))
def test_many_random_layers_are_proven(first):
    for seed in range(first, first + 20):
        rnd = random.Random(seed)
        machine = find(rnd.choice(("scalar", "x86-64-v3", "x86-64-v4", "aarch64", "wasm32")))
        spec = random_spec(rnd)
        plans = [list(ALGORITHMS[name].plans(spec, machine)) for name in ALGORITHMS]
        kernel = render(rnd.choice(rnd.choice([some for some in plans if some])))
        assert not prove(subject(kernel), seed).finding, f"seed {seed}: {spec}"
