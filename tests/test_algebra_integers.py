"""Proofs of layers that sum integers: their instructions beside this machine's, kernels of every row, planted bugs."""

from __future__ import annotations

import re
import subprocess

import pytest
import tools
from test_algebra import cxx, subject

from convgen.algorithms import ALGORITHMS
from convgen.api import render
from convgen.layer.spec import ConvSpec
from convgen.machine.find import find
from convgen.run.compilers import find_compiler
from convgen.verification import exactness
from convgen.verification.algebra import intervals
from convgen.verification.algebra.proof import FLAGS, INCLUDE, prove

pytestmark = tools.needs(cxx)

# --- instructions, beside those of this machine ---

COMMON = [f"W_{name}(a, b)" for name in (
    *("adds_epi16", "max_epi8", "min_epi8", "max_epu8", "min_epu8"),
    *("max_epi32", "min_epi32", "mul_epi32", "packs_epi16", "packs_epi32", "packus_epi16", "packus_epi32"),
    *(f"unpack{half}_epi{bits}" for half in ("lo", "hi") for bits in (8, 16, 32, 64)), "shuffle_epi8", "add_epi64",
    *("sub_epi64", "sllv_epi32", "sllv_epi64", "srlv_epi64", "srav_epi32", "xor_S", "and_S", "or_S", "andnot_S"))]
COMMON += [f"W_{name}(W_srai_epi{bits}(a, {by}), W_srai_epi{bits}(b, {by}))" for name, bits, by in (
    ("madd_epi16", 16, 1), ("add_epi16", 16, 1), ("sub_epi16", 16, 1), ("add_epi32", 32, 1), ("sub_epi32", 32, 1),
    ("mullo_epi32", 32, 17))]
COMMON += [f"W_{name}(a, 3)" for name in (
    "slli_epi16", "slli_epi32", "slli_epi64", "srli_epi16", "srli_epi32", "srli_epi64", "srai_epi16", "srai_epi32")]
COMMON += ["W_castps_S(W_cvtepi32_ps(a))", "W_cvtps_epi32(W_mul_ps(W_cvtepi32_ps(a), W_set1_ps(0.37f)))", "load(x + 3)"]
LOW, LOW512 = "_mm256_castsi256_si128(a)", "_mm512_castsi512_si128(a)"
AVX2 = ["_mm256_permute2x128_si256(a, b, 0x21)", "_mm256_permute2x128_si256(a, b, 0x83)",
        "_mm256_permute4x64_epi64(a, 0xd8)", "_mm256_blend_epi32(a, b, 0xaa)", "_mm256_blendv_epi8(a, b, c)",
        f"_mm256_zextsi128_si256(_mm_cvtepi8_epi16({LOW}))", f"_mm256_zextsi128_si256(_mm_cvtepu8_epi16({LOW}))",
        f"_mm256_cvtepi8_epi16({LOW})", f"_mm256_cvtepu8_epi16({LOW})", "_mm256_cmpgt_epi32(a, b)",
        "_mm256_cmpgt_epi8(a, b)",
        "_mm256_broadcastsi128_si256(_mm256_extracti128_si256(a, 1))", f"_mm256_inserti128_si256(b, {LOW}, 1)",
        f"_mm256_zextsi128_si256(_mm_insert_epi8({LOW}, 7, 3))", f"_mm256_set1_epi32(_mm_extract_epi8({LOW}, 5))",
        "_mm256_zextsi128_si256(_mm_loadl_epi64((const __m128i *)(const void *)(x + 1)))",
        "_mm256_maskload_epi32((const int *)(const void *)x, a)"]
AVX512 = ["_mm512_shuffle_i32x4(a, b, 0x8d)", "_mm512_mask_blend_epi8(0x123456789abcdef0u, a, b)",
          "_mm512_maskz_loadu_epi8(0x8421f00f12345678u, x + 1)",
          "_mm512_mask_shuffle_epi8(a, 0x123456789abcdef0u, b, c)", f"_mm512_broadcast_i32x4({LOW512})",
          "_mm512_srav_epi64(a, _mm512_and_si512(b, _mm512_set1_epi64(63)))",
          *(f"_mm512_mask_{name}_epi32(a, 0x5a5a, _mm512_srai_epi32(a, 1), _mm512_srai_epi32(b, 1))"
            for name in ("add", "sub")),
          "_mm512_set1_epi32(_mm512_cmpgt_epi32_mask(a, b))",
          "_mm512_zextsi128_si512(_mm512_cvtepi32_epi8(_mm512_srai_epi32(a, 24)))"]
VNNI = ["_mm512_dpbusd_epi32(_mm512_srai_epi32(a, 1), b, c)", "_mm512_dpwssd_epi32(_mm512_srai_epi32(a, 2), b, c)"]
PROGRAM = """
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
BEFORE
#include <immintrin.h>
#define load(p) W_loadu_S((const V *)(const void *)(p))
int main(void)
{
    uint8_t x[256], y[64];
    for (int i = 0; i < 256; ++i) {
        x[i] = (uint8_t)((i * 167 + 13) ^ (i * i >> 3));
    }
    const V a = load(x), b = load(x + 77), c = load(x + 150);
    (void)c;
LINES
}
"""


@pytest.mark.parametrize(("bits", "operations", "target", "flags"), [
    (256, AVX2, "x86-64-v3", ["-mavx2"]),
    (512, AVX512 + VNNI, "x86-64-v4-vnni", ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni"])])
def test_lanes_are_those_of_here(tmp_path, bits, operations, target, flags):
    if not find(target).runs_here():
        pytest.skip(f"this machine runs no {target}")
    w, s = f"_mm{bits}", f"si{bits}"
    every = [*COMMON, *operations]
    lines = "\n".join(f"    W_storeu_S((V *)(void *)y, {one}); fwrite(y, 1, {bits // 8}, stdout);" for one in every)
    ours = 'extern "C" [[noreturn]] void leaves() { _Exit(9); }'
    ours += ours.replace("leaves", "wraps") + 'extern "C" void aligned(const void *, int) {}'
    text = PROGRAM.replace("LINES", lines)
    for sign, word in (("W", w), ("S", s), ("V", f"__m{bits}i")):
        text = re.sub(rf"(?<![A-Za-z]){sign}(?![A-Za-z])", word, text)
    ours_flags, said = ["-I", INCLUDE / "integers", "-I", INCLUDE], []
    for name, before, more in (("real.cpp", "", flags), ("ours.cpp", ours, ours_flags)):
        (tmp_path / name).write_text(text.replace("BEFORE", before))
        subprocess.run([*find_compiler().command, *FLAGS, *more, name, "-o", "p", "-lm"], cwd=tmp_path, check=True)
        said.append(subprocess.run([tmp_path / "p"], capture_output=True, check=True).stdout)
    size = bits // 8
    assert len(said[0]) == len(every) * size
    assert [one for i, one in enumerate(every) if said[0][i * size :][:size] != said[1][i * size :][:size]] == []


# --- kernels ---

SMALL = {"ic": 6, "oc": 11, "ih": 4, "iw": 9, "kh": 1, "kw": 2, "padding": "half", "layout": "nhwc",
         "dtype": "u8:s8:u8"}
SPATIAL = {**SMALL, "kh": 3, "kw": 3, "layout": "nchw"}
TILED = {**SPATIAL, "layout": "nhwc", "ic": 12, "oc": 20, "ih": 7}
DEEP = {**SPATIAL, "g": 17, "ic": 17, "oc": 17, "layout": "nhwc"}
RULES = ({"rounding": "half-even", "input_zero": 131, "output_zero": 3, "activation": "relu6", "output_scale": 0.05},
         {"rounding": "tflite", "input_zero": 77, "bias": False, "activation": "sigmoid", "output_scale": 1 / 256,
          "sum_scale": 0.05},
         {"rounding": "tflite-single", "output_zero": 255})
BELOW = {"residual": True, "residual_scale": 0.7, "input_zero": 255, "dtype": "u8:s8:s8"}  # conversions leave 32 bits
LONG = {"dtype": "s16:s8:s16", "rounding": "tflite"}
REAL = SMALL | {"dtype": "u8:s8:f32", "activation": "silu", "residual": True}
PROVEN = [
    ("direct", "scalar", SPATIAL | RULES[0]), ("depthwise", "scalar", DEEP),
    ("direct", "x86-64-v3", SMALL | RULES[0]), ("direct", "x86-64-v3", SPATIAL | LONG),
    ("direct", "x86-64-v3", SMALL | {"rounding": "tflite", "dtype": "s8:s8:s8"}),
    ("modular", "x86-64-v3", TILED), ("depthwise", "x86-64-v3", DEEP | {"dtype": "s8:s8:s8"}),
    ("direct", "x86-64-v3-vnni", SMALL | RULES[2]),
    ("direct", "x86-64-v4", SMALL | {"dtype": "s8:s8:s32"}), ("direct", "x86-64-v4-vnni", SMALL | RULES[1]),
    ("direct", "x86-64-v4-vnni", SPATIAL | {"op": "transposed", "sw": 2, "dtype": "u8:s8:f32", "activation": "relu"}),
    ("direct", "aarch64", SMALL | RULES[1]), ("depthwise", "aarch64", DEEP | RULES[0]),
    ("direct", "aarch64", SMALL | {"rounding": "tflite"}),
    ("direct", "aarch64-dotprod", SMALL | {"residual": True, "residual_scale": 0.5, "in_stride": 9, "out_stride": 12}),
    ("direct", "aarch64-i8mm", SMALL | RULES[0]), ("direct", "wasm32", SMALL | RULES[1]),
    ("direct", "wasm32", SMALL | RULES[2]), ("depthwise", "x86-64-v4-vnni", DEEP | BELOW),
    ("matrix", "x86-64-v4-amx", SMALL | {"ic": 64, "oc": 32}), ("direct", "x86-64-v3", REAL),
    ("dot", "x86-64-v3", SMALL | {"oc": 3, "dtype": "u8:s8:s32", "input_zero": 46, "bias": False}),
]  # fmt: skip


def plans(algorithm, target, fields):
    spec = ConvSpec(**fields)
    return [plan for row in find(target).summing(spec.arithmetic) for plan in ALGORITHMS[algorithm].plans(spec, row)]


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize(("algorithm", "target", "fields"), PROVEN,
                         ids=[f"{algorithm}-{target}-{i}" for i, (algorithm, target, _) in enumerate(PROVEN)])
def test_kernels_are_proven(algorithm, target, fields):
    found = plans(algorithm, target, fields)
    kernel = render(found[len(found) // 2])
    proof = prove(subject(kernel))
    assert not proof.finding
    spec = kernel.spec
    scales = spec.arithmetic.scaled + 2 * (spec.arithmetic.scaled and spec.bias)  # runs of any, and of the smallest
    assert (proof.outputs, proof.runs) == (spec.array("output").count, 14 + scales + 2 * exactness.steps(spec))
    assert proof.sums.startswith("for all inputs") == intervals.reads(subject(kernel))


# --- planted bugs ---

POINT = ("direct", "x86-64-v3", SMALL)
PLAIN = ("direct", "scalar", SPATIAL)
ROUNDED = ("direct", "x86-64-v3", SMALL | {"oc": 40} | RULES[2])
FIXED = ("direct", "scalar", SPATIAL | {"rounding": "tflite"})
TABLE = ("direct", "wasm32", SMALL | RULES[1])
NUDGED = ("direct", "aarch64", SMALL | {"rounding": "tflite"})
QUADS = ("direct", "x86-64-v4-vnni", SMALL)
TILES = ("matrix", "x86-64-v4-amx", SMALL | {"ic": 64, "oc": 32})

ACTIVE = ("direct", "scalar", REAL)

BUGS = {
    "an activation left out": (ACTIVE, r"return activate\(y\);", "return y;", "wrong, "),
    "an activation twice": (ACTIVE, r"return activate\(y\);", "return activate(activate(y));", "wrong, "),
    "another activation": (ACTIVE, r"one = 1\.0f", "one = 1.0001f", "wrong: activate("),
    "a statement dropped": (POINT, r"\n +acc1_0 = add_pairs\(acc1_0, a1, b0\);", "", "wrong, "),
    "an operand": (QUADS, r"acc0_0 = add_quads\(acc0_0, a0, b0\)", "acc0_0 = add_quads(acc0_0, b0, a0)", "wrong, "),
    "an index off by one": (PLAIN, r"\*\(x_kh \+ (\d+)\)", r"*(x_kh + 1 + \1)", "wrong, "),
    "rounded down": (PLAIN, r"rint_f32\(min_f32\(least, high\)\)", "(int32_t)min_f32(least, high)", "wrong, "),
    "an end of a clamp": (POINT, r"_mm256_set1_ps\(255\.0f\)", "_mm256_set1_ps(254.0f)", "wrong, 254 for 255"),
    "a scale of another channel": (POINT, r"_mm256_loadu_ps\(scale \+ 8\)", "_mm256_loadu_ps(scale)", "wrong, "),
    "twice the scale": (PLAIN, r"\(float\)\(v\) \* scale", "(float)(v) * scale * 1.0000001f", "wrong, "),
    "sums of 16 bits": (PLAIN, r"acc0_0 = a0 \* b0 \+ acc0_0", "acc0_0 = (int16_t)(a0 * b0 + acc0_0)", "wrong, "),
    "a sum that leaves 32 bits": (POINT, r"(_mm256_madd_epi16\(a, b\))",
                                  r"_mm256_mullo_epi32(\1, _mm256_set1_epi32(65536))", "leaves its type, 32 bits"),
    "a scalar sum that leaves them": (PLAIN, r"acc0_0 = a0 \* b0 \+ acc0_0", "acc0_0 = a0 * 100000000 * b0 + acc0_0",
                                      "leaves its type"),
    "products of 16 bits": (POINT, r"_mm256_madd_epi16", "_mm256_mullo_epi16", "leaves its type"),
    "a read behind the input": (POINT, r"word_at\(x\)", "word_at(x + 4000)", "outside the array: workspace"),
    "a byte behind packed": (POINT, r"bias_out\[oc\] = 0;", "bias_out[oc + 100] = 0;", "outside the array: packed"),
    "a write into the input": (PLAIN, r"(static void \w+\(const uint8_t \*x, .*\n\{)", r"\1\n    *(uint8_t *)x = 0;",
                               "written, though read-only: input"),
    "another task's workspace": (POINT, r"(static void copy_task.*\n\{)", r"\1\n    workspace[0] += 1;", "raced"),
    "a shift of the smallest scales": (ROUNDED, r"shift = exponent < ", "shift = exponent <= ", "scales"),
    "the smallest scale taken for 0": (FIXED, r"exponent < -31 \? 0", "exponent < -30 ? 0", "the smallest scales"),
    "a shift of the multiplier": (TABLE, r"= scale_tflite\(v, m, shift\)", "= scale_tflite(m, v, shift)", "wrong, "),
    "a nudge of the lowest sums": (NUDGED, r"(vandq_s32\(high, right\)), 31", r"\1, 30", "of edges of rounding"),
    "a multiplier that is not rounded": (FIXED, r"\(significand \+ [^>]*\) >>", "significand >>",
                                         "of edges of rounding"),
    "a multiplier that its rounding makes longer": (FIXED, r"rounded >>= 1;", "", "of edges of rounding"),
    "an aligned load": (POINT, r"_mm256_loadu_si256\(\(const __m256i \*\)\(bias",
                        "_mm256_load_si256((const __m256i *)(1 + bias",
                        "misaligned: packed"),
    "a byte off": (POINT, r"\(const __m256i \*\)\(w\)", "(const __m256i *)((const char *)w + 1)", "wrong, "),
    "what is reserved in the shapes of tiles": (TILES, r"(shapes\[64\] = \{1, 0, 0), 0", r"\1, 1", "leaves its type"),
    "a tile of bytes without rows": (TILES, r"(shapes\[64\] = \{1(, \d+){29}), 0", r"\1, 1", "leaves its type"),
    "a tile too wide": (TILES, r"(_tile_stored\(\d+, [^,]+, )(\d+)", r"\g<1>3 + \2", "or an array of a function"),
    "a task too many": (POINT, r"(case 0:\n +return )(\d+);", r"\g<1>1 + \2;", "outside the array"),
}  # fmt: skip


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize("name", BUGS)
def test_planted_bugs_are_refuted(name):
    (algorithm, target, fields), pattern, other, told = BUGS[name]
    kernel = render(plans(algorithm, target, fields)[0])
    source, count = re.subn(pattern, other, kernel.source, count=1)
    assert count == 1, kernel.source
    assert told in prove(subject(kernel, source=source)).finding
