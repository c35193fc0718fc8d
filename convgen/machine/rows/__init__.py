"""The ISA table: data, no logic. Adding an instruction set is adding a row."""

from __future__ import annotations

from ...errors import UnsupportedError
from ..isa import OPERATIONS, Isa
from .opencl import HALF, HALF_ROWS, HALF_STORED, VECTOR_ROWS

__all__ = ["AVX2", "AVX512", "CL1", "C_ROWS", "HALVED", "ISAS", "NEON", "OPENCL_ROWS", "OPERATIONS", "SCALAR", "STORED",
           "WASM", "Isa", "stored"]

SCALAR = Isa(
    name="scalar",
    lanes=1,
    registers=16,
    fused=False,
    vector="float",
    include=("stdint.h",),
    ops={
        "get": "{p}[{i}]",
        "put": "{p}[{i}] = {a}",
        "load": "*({p})",
        "fetch": "*({p})",
        "store": "*({p}) = {a}",
        "place": "*({p}) = {a}",
        "stash": "*({p}) = {a}",
        "recall": "*({p})",
        # one lane has no tail; the expressions are there because every row has them
        "load_part": "*({p})",
        "store_tail": "*({p}) = {a}",
        "load_few": "*({p})",
        "store_few": "*({p}) = {a}",
        "broadcast": "*({p})",
        "set1": "{x}",
        "zero": "0.0f",
        "in_f32": "{f}({a})",
        "add": "{a} + {b}",
        "sub": "{a} - {b}",
        "mul": "{a} * {b}",
        "div": "{a} / {b}",
        "fma": "{a} * {b} + {c}",
        "max": "max_f32({a}, {b})",
        "min": "min_f32({a}, {b})",
        "evens": "{a}",
        "odds": "{b}",
        "shift": "{b}",
        "spread": "{a}",  # one lane is one group of one channel
        "pow2": "pow2_f32({a})",
    },
    helpers={
        "max_f32": """\
static inline float max_f32(float a, float b)
{
    return a > b ? a : b;
}
""",
        "min_f32": """\
static inline float min_f32(float a, float b)
{
    return a < b ? a : b;
}
""",
        "pow2_f32": """\
/* 2^k from a = k + 1.5 * 2^23: the low bits of a hold k, which moves into the exponent. */
static inline float pow2_f32(float a)
{
    union { float f; uint32_t u; } bits;
    bits.f = a;
    bits.u = (bits.u << 23) + UINT32_C(0x3f800000);
    return bits.f;
}
""",
    },
)

AVX2 = Isa(
    name="avx2",
    lanes=8,
    registers=16,
    fused=True,
    vector="__m256",
    target="avx2,fma",
    flags=("-mavx2", "-mfma"),
    requires=("__AVX2__", "__FMA__"),
    features=("avx2", "fma"),
    include=("immintrin.h",),
    masked=True,
    ops={
        "get": "{p}[{i}]",
        "put": "{p}[{i}] = {a}",
        "load": "_mm256_loadu_ps({p})",
        "fetch": "_mm256_loadu_ps({p})",
        "store": "_mm256_storeu_ps({p}, {a})",
        "place": "_mm256_storeu_ps({p}, {a})",
        "stash": "_mm256_storeu_ps({p}, {a})",
        "recall": "_mm256_loadu_ps({p})",
        "load_part": "_mm256_maskload_ps({p}, some_lanes({first}, {end}))",
        "store_tail": "_mm256_maskstore_ps({p}, some_lanes(0, {n}), {a})",
        "load_few": "_mm256_maskload_ps({p}, some_lanes(0, {n}))",
        "store_few": "_mm256_maskstore_ps({p}, some_lanes(0, {n}), {a})",
        "broadcast": "_mm256_broadcast_ss({p})",
        "set1": "_mm256_set1_ps({x})",
        "zero": "_mm256_setzero_ps()",
        "in_f32": "{f}({a})",
        "add": "_mm256_add_ps({a}, {b})",
        "sub": "_mm256_sub_ps({a}, {b})",
        "mul": "_mm256_mul_ps({a}, {b})",
        "div": "_mm256_div_ps({a}, {b})",
        "fma": "_mm256_fmadd_ps({a}, {b}, {c})",
        "max": "_mm256_max_ps({a}, {b})",
        "min": "_mm256_min_ps({a}, {b})",
        "evens": "alternate_lanes(_mm256_shuffle_ps({a}, {b}, 0x88))",
        "odds": "alternate_lanes(_mm256_shuffle_ps({a}, {b}, 0xdd))",
        "shift": "shift_lanes({a}, {b}, {n})",
        "spread": "_mm256_permutevar8x32_ps({a}, group_lanes({o}, {i}, {j}))",
        "pow2": "pow2_f32x8({a})",
    },
    helpers={
        "some_lanes": """\
/* All ones in lanes first to end - 1; both are constants at every call, so this is one too. */
static inline __m256i some_lanes(int first, int end)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i before = _mm256_cmpgt_epi32(_mm256_set1_epi32(first), lane);
    return _mm256_andnot_si256(before, _mm256_cmpgt_epi32(_mm256_set1_epi32(end), lane));
}
""",
        "alternate_lanes": """\
/* The shuffles above work in halves of a vector; this brings their quarters into order. */
static inline __m256 alternate_lanes(__m256 a)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(a), 0xd8));
}
""",
        "shift_lanes": """\
/* Lanes n, n + 1 and so on of two vectors one after the other. */
static inline __m256 shift_lanes(__m256 a, __m256 b, int n)
{
    const __m256i lane = _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(n));
    const __m256i beyond = _mm256_cmpgt_epi32(lane, _mm256_set1_epi32(7));
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(a, lane), _mm256_permutevar8x32_ps(b, lane),
                            _mm256_castsi256_ps(beyond));
}
""",
        "group_lanes": """\
/* For lane l of a vector of output channels, o to a group: input channel j of the i of its group. */
static inline __m256i group_lanes(int o, int i, int j)
{
    return _mm256_setr_epi32(
        j, 1 / o * i + j, 2 / o * i + j, 3 / o * i + j,
        4 / o * i + j, 5 / o * i + j, 6 / o * i + j, 7 / o * i + j);
}
""",
        "pow2_f32x8": """\
/* 2^k from a = k + 1.5 * 2^23: the low bits of a hold k, which moves into the exponent. */
static inline __m256 pow2_f32x8(__m256 a)
{
    const __m256i k = _mm256_slli_epi32(_mm256_castps_si256(a), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(k, _mm256_set1_epi32(0x3f800000)));
}
""",
    },
)

AVX512 = AVX2.extend(
    name="avx512",
    lanes=16,
    registers=32,
    vector="__m512",
    target="avx512f,avx2,fma",
    flags=("-mavx512f", "-mavx2", "-mfma"),
    requires=("__AVX512F__",),
    features=("avx512f", "avx2", "fma"),
    ops={
        "load": "_mm512_loadu_ps({p})",
        "fetch": "_mm512_loadu_ps({p})",
        "store": "_mm512_storeu_ps({p}, {a})",
        "place": "_mm512_storeu_ps({p}, {a})",
        "stash": "_mm512_storeu_ps({p}, {a})",
        "recall": "_mm512_loadu_ps({p})",
        "load_part": "_mm512_maskz_loadu_ps(some_lanes({first}, {end}), {p})",
        "store_tail": "_mm512_mask_storeu_ps({p}, some_lanes(0, {n}), {a})",
        "load_few": "_mm512_maskz_loadu_ps(some_lanes(0, {n}), {p})",
        "store_few": "_mm512_mask_storeu_ps({p}, some_lanes(0, {n}), {a})",
        "broadcast": "_mm512_set1_ps(*({p}))",
        "set1": "_mm512_set1_ps({x})",
        "zero": "_mm512_setzero_ps()",
        "add": "_mm512_add_ps({a}, {b})",
        "sub": "_mm512_sub_ps({a}, {b})",
        "mul": "_mm512_mul_ps({a}, {b})",
        "div": "_mm512_div_ps({a}, {b})",
        "fma": "_mm512_fmadd_ps({a}, {b}, {c})",
        "max": "_mm512_max_ps({a}, {b})",
        "min": "_mm512_min_ps({a}, {b})",
        "evens": "_mm512_permutex2var_ps({a}, every_second(0), {b})",
        "odds": "_mm512_permutex2var_ps({a}, every_second(1), {b})",
        "shift": "_mm512_permutex2var_ps({a}, lanes_from({n}), {b})",
        "spread": "_mm512_permutexvar_ps(group_lanes({o}, {i}, {j}), {a})",
        "pow2": "pow2_f32x16({a})",
    },
    helpers={
        "some_lanes": """\
/* Ones for lanes first to end - 1; both are constants at every call, so this is one too. */
static inline __mmask16 some_lanes(int first, int end)
{
    return (__mmask16)((1u << end) - (1u << first));
}
""",
        "every_second": """\
/* Lanes first, first + 2 and so on of two vectors one after the other. */
static inline __m512i every_second(int first)
{
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    return _mm512_add_epi32(even, _mm512_set1_epi32(first));
}
""",
        "lanes_from": """\
/* Lanes n, n + 1 and so on of two vectors one after the other. */
static inline __m512i lanes_from(int n)
{
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_add_epi32(lane, _mm512_set1_epi32(n));
}
""",
        "group_lanes": """\
/* For lane l of a vector of output channels, o to a group: input channel j of the i of its group. */
static inline __m512i group_lanes(int o, int i, int j)
{
    return _mm512_setr_epi32(
        j, 1 / o * i + j, 2 / o * i + j, 3 / o * i + j, 4 / o * i + j, 5 / o * i + j, 6 / o * i + j,
        7 / o * i + j, 8 / o * i + j, 9 / o * i + j, 10 / o * i + j, 11 / o * i + j, 12 / o * i + j,
        13 / o * i + j, 14 / o * i + j, 15 / o * i + j);
}
""",
        "pow2_f32x16": """\
/* 2^k from a = k + 1.5 * 2^23: the low bits of a hold k, which moves into the exponent. */
static inline __m512 pow2_f32x16(__m512 a)
{
    const __m512i k = _mm512_slli_epi32(_mm512_castps_si512(a), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(k, _mm512_set1_epi32(0x3f800000)));
}
""",
    },
)

# Part of every aarch64, so no flag asks for it.
NEON = Isa(
    name="neon",
    lanes=4,
    registers=32,
    fused=True,
    vector="float32x4_t",
    requires=("__aarch64__", "__ARM_NEON"),
    features=("asimd",),
    include=("arm_neon.h",),
    ops={
        "get": "{p}[{i}]",
        "put": "{p}[{i}] = {a}",
        "load": "vld1q_f32({p})",
        "fetch": "vld1q_f32({p})",
        "store": "vst1q_f32({p}, {a})",
        "place": "vst1q_f32({p}, {a})",
        "stash": "vst1q_f32({p}, {a})",
        "recall": "vld1q_f32({p})",
        "load_part": "load_part({p}, {first}, {end})",
        "store_tail": "store_first({p}, {a}, {n})",
        "load_few": "load_part({p}, 0, {n})",
        "store_few": "store_first({p}, {a}, {n})",
        "broadcast": "vdupq_n_f32(*({p}))",
        "set1": "vdupq_n_f32({x})",
        "zero": "vdupq_n_f32(0.0f)",
        "in_f32": "{f}({a})",
        "add": "vaddq_f32({a}, {b})",
        "sub": "vsubq_f32({a}, {b})",
        "mul": "vmulq_f32({a}, {b})",
        "div": "vdivq_f32({a}, {b})",
        "fma": "vfmaq_f32({c}, {a}, {b})",
        "max": "max_f32x4({a}, {b})",
        "min": "min_f32x4({a}, {b})",
        "evens": "vuzp1q_f32({a}, {b})",
        "odds": "vuzp2q_f32({a}, {b})",
        "shift": "vextq_f32({a}, {b}, {n})",
        "spread": "spread_lanes({a}, {o}, {i}, {j})",
        "pow2": "pow2_f32x4({a})",
    },
    helpers={
        "load_part": """\
/* Lanes first to end - 1 and zeros; both are constants at every call, so no branch is left. */
static inline float32x4_t load_part(const float *p, int first, int end)
{
    float32x4_t a = vdupq_n_f32(0.0f);
    if (first == 0 && end >= 2) {
        a = vcombine_f32(vld1_f32(p), vget_high_f32(a));
    } else if (first == 0) {
        a = vld1q_lane_f32(p, a, 0);
    } else if (first == 1 && end >= 2) {
        a = vld1q_lane_f32(p + 1, a, 1);
    }
    if (first <= 2 && end == 4) {
        a = vcombine_f32(vget_low_f32(a), vld1_f32(p + 2));
    } else if (first <= 2 && end == 3) {
        a = vld1q_lane_f32(p + 2, a, 2);
    } else if (first == 3) {
        a = vld1q_lane_f32(p + 3, a, 3);
    }
    return a;
}
""",
        "store_first": """\
/* The first n lanes, n from 1 to 3; n is a constant at every call, so no branch is left. */
static inline void store_first(float *p, float32x4_t a, int n)
{
    if (n == 1) {
        vst1q_lane_f32(p, a, 0);
        return;
    }
    vst1_f32(p, vget_low_f32(a));
    if (n == 3) {
        vst1q_lane_f32(p + 2, a, 2);
    }
}
""",
        # fmax and fmaxnm treat NaN in ways of their own
        "max_f32x4": """\
static inline float32x4_t max_f32x4(float32x4_t a, float32x4_t b)
{
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}
""",
        "min_f32x4": """\
static inline float32x4_t min_f32x4(float32x4_t a, float32x4_t b)
{
    return vbslq_f32(vcltq_f32(a, b), a, b);
}
""",
        "spread_lanes": """\
/* For lane l of a vector of output channels, o to a group: input channel j of the i of its group. */
static inline float32x4_t spread_lanes(float32x4_t a, int o, int i, int j)
{
    const uint32_t lanes[4] = {
        (uint32_t)j, (uint32_t)(1 / o * i + j), (uint32_t)(2 / o * i + j), (uint32_t)(3 / o * i + j)};
    /* lane l is bytes 4 l to 4 l + 3 */
    const uint32x4_t bytes = vmlaq_n_u32(vdupq_n_u32(0x03020100), vld1q_u32(lanes), 0x04040404);
    return vreinterpretq_f32_u8(vqtbl1q_u8(vreinterpretq_u8_f32(a), vreinterpretq_u8_u32(bytes)));
}
""",
        "pow2_f32x4": """\
/* 2^k from a = k + 1.5 * 2^23: the low bits of a hold k, which moves into the exponent. */
static inline float32x4_t pow2_f32x4(float32x4_t a)
{
    const uint32x4_t k = vshlq_n_u32(vreinterpretq_u32_f32(a), 23);
    return vreinterpretq_f32_u32(vaddq_u32(k, vdupq_n_u32(0x3f800000)));
}
""",
    },
)

# 128-bit vectors of WebAssembly: no fused multiply-add, which would be in its relaxed part, whose roundings are
# the engine's choice. Engines have the registers of the CPU that they run on; x86-64 has the fewest.
WASM = Isa(
    name="wasm",
    lanes=4,
    registers=16,
    fused=False,
    vector="v128_t",
    flags=("-msimd128",),
    requires=("__wasm_simd128__",),
    features=("wasm-simd128",),  # no CPU reports it: programs need an engine
    include=("wasm_simd128.h",),
    ops={
        "get": "{p}[{i}]",
        "put": "{p}[{i}] = {a}",
        "load": "wasm_v128_load({p})",
        "fetch": "wasm_v128_load({p})",
        "store": "wasm_v128_store({p}, {a})",
        "place": "wasm_v128_store({p}, {a})",
        "stash": "wasm_v128_store({p}, {a})",
        "recall": "wasm_v128_load({p})",
        "load_part": "load_part({p}, {first}, {end})",
        "store_tail": "store_first({p}, {a}, {n})",
        "load_few": "load_part({p}, 0, {n})",
        "store_few": "store_first({p}, {a}, {n})",
        "broadcast": "wasm_v128_load32_splat({p})",
        "set1": "wasm_f32x4_splat({x})",
        "zero": "wasm_f32x4_splat(0.0f)",
        "in_f32": "{f}({a})",
        "add": "wasm_f32x4_add({a}, {b})",
        "sub": "wasm_f32x4_sub({a}, {b})",
        "mul": "wasm_f32x4_mul({a}, {b})",
        "div": "wasm_f32x4_div({a}, {b})",
        "fma": "wasm_f32x4_add(wasm_f32x4_mul({a}, {b}), {c})",
        # pmax(b, a) is b < a ? a : b
        "max": "wasm_f32x4_pmax({b}, {a})",
        "min": "wasm_f32x4_pmin({b}, {a})",
        "evens": "wasm_i32x4_shuffle({a}, {b}, 0, 2, 4, 6)",
        "odds": "wasm_i32x4_shuffle({a}, {b}, 1, 3, 5, 7)",
        "shift": "wasm_i32x4_shuffle({a}, {b}, {n}, {n} + 1, {n} + 2, {n} + 3)",
        "spread": "wasm_i8x16_swizzle({a}, group_lanes({o}, {i}, {j}))",
        "pow2": "pow2_f32x4({a})",
    },
    helpers={
        "load_part": """\
/* Lanes first to end - 1 and zeros; both are constants at every call, so no branch is left. */
static inline v128_t load_part(const float *p, int first, int end)
{
    v128_t a = wasm_f32x4_splat(0.0f);
    if (first == 0 && end >= 2) {
        a = wasm_v128_load64_zero(p);
    } else if (first == 0) {
        a = wasm_v128_load32_zero(p);
    } else if (first == 1 && end >= 2) {
        a = wasm_v128_load32_lane(p + 1, a, 1);
    }
    if (first <= 2 && end == 4) {
        a = wasm_v128_load64_lane(p + 2, a, 1);
    } else if (first <= 2 && end == 3) {
        a = wasm_v128_load32_lane(p + 2, a, 2);
    } else if (first == 3) {
        a = wasm_v128_load32_lane(p + 3, a, 3);
    }
    return a;
}
""",
        "store_first": """\
/* The first n lanes, n from 1 to 3; n is a constant at every call, so no branch is left. */
static inline void store_first(float *p, v128_t a, int n)
{
    if (n == 1) {
        wasm_v128_store32_lane(p, a, 0);
        return;
    }
    wasm_v128_store64_lane(p, a, 0);
    if (n == 3) {
        wasm_v128_store32_lane(p + 2, a, 2);
    }
}
""",
        "group_lanes": """\
/* For lane l of a vector of output channels, o to a group: input channel j of the i of its group, as bytes. */
static inline v128_t group_lanes(int o, int i, int j)
{
    const v128_t lanes = wasm_i32x4_make(j, 1 / o * i + j, 2 / o * i + j, 3 / o * i + j);
    /* lane l is bytes 4 l to 4 l + 3 */
    return wasm_i32x4_add(wasm_i32x4_mul(lanes, wasm_i32x4_splat(0x04040404)), wasm_i32x4_splat(0x03020100));
}
""",
        "pow2_f32x4": """\
/* 2^k from a = k + 1.5 * 2^23: the low bits of a hold k, which moves into the exponent. */
static inline v128_t pow2_f32x4(v128_t a)
{
    return wasm_i32x4_add(wasm_i32x4_shl(a, 23), wasm_i32x4_splat(0x3f800000));
}
""",
    },
)

# OpenCL's floats, one by one: for the plain loop nest.
CL1 = SCALAR.extend(
    name="cl1",
    dialect="opencl",
    registers=128,
    include=(),
    ops={
        "max": "select({b}, {a}, isgreater({a}, {b}))",
        "min": "select({b}, {a}, isless({a}, {b}))",
        "pow2": "as_float((as_int({a}) << 23) + 0x3f800000)",
    },
)

# Its floats, halfs in memory.
CL1_STORED = CL1.extend(
    name="cl1_f16",
    scalar="half",
    ops={
        "get": HALF.get("{p}", "{i}"),
        "put": HALF.put("{p}", "{i}", "{a}"),
        **dict.fromkeys(("load", "fetch", "load_part", "load_few", "broadcast"), HALF.get("{p}", "0")),
        **dict.fromkeys(("store", "place", "store_tail", "store_few"), HALF.put("{p}", "0", "{a}")),
    },
)

C_ROWS = {row.name: row for row in (SCALAR, AVX2, AVX512, NEON, WASM)}
OPENCL_ROWS = {row.name: row for row in (CL1, *VECTOR_ROWS)}
ISAS: dict[str, Isa] = {**C_ROWS, **OPENCL_ROWS, **{row.name: row for row in HALF_ROWS}}

# (row, type of a layer's arrays): the row that computes alike, and brings these arrays in and out
STORED = {(row.name.removesuffix("_f16"), "f16"): row for row in (CL1_STORED, *HALF_STORED, *HALF_ROWS)}
# row of floats -> that of as many halfs
HALVED = {row.f32.name: row for row in HALF_ROWS}


def stored(row: Isa, dtype: str) -> Isa:
    """`row`, but for what lies in memory: arrays of dtype. UnsupportedError where it has no such words."""
    if dtype == row.arithmetic == "f32":
        return row
    if (row.name, dtype) not in STORED:
        raise UnsupportedError(f"dtype {dtype} needs an OpenCL target, such as opencl-cpu (isa={row.name})")
    return STORED[row.name, dtype]
