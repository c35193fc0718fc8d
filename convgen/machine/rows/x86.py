"""x86-64 with AVX2 or AVX-512."""

from __future__ import annotations

from ..family import Family, Feature
from ..isa import Isa
from ..target import Machine, Target, caches_of

# Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 14.3 and 15.2
YMM = 0x06  # XMM and YMM registers
ZMM = 0xE6  # and mask registers, and ZMM

X86_64 = Family(
    name="x86-64",
    macros=("__x86_64__", "__i386__", "_M_X64"),
    machines=("x86_64", "amd64"),
    features={
        "avx2": Feature(7, "ebx", 5, YMM),
        "fma": Feature(1, "ecx", 12, YMM),
        "avx512f": Feature(7, "ebx", 16, ZMM),
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
    family=X86_64,
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

MACHINE = Machine(
    rows=(AVX2, AVX512),
    targets=(
        Target(name="x86-64-v3", isa="avx2", caches=caches_of(32, 512, 8192)),
        Target(name="x86-64-v4", isa="avx512", caches=caches_of(32, 1024, 8192, ways=(8, 16, 16))),
    ),
)
