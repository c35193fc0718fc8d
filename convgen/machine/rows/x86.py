"""x86-64 with AVX2 or AVX-512."""

from __future__ import annotations

import msgspec

from ...layer.element import BF16, F16
from ..family import Family, Feature
from ..isa import Arch, Isa
from ..target import Machine, Target, caches_of
from .words import NUMBERS, in_bytes, in_words
from .x86_amx import tiles
from .x86_integers import YMM as YMMS
from .x86_integers import ZMM as ZMMS
from .x86_integers import integers

# Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 14.3 and 15.2
YMM = 0x06  # XMM and YMM registers
ZMM = 0xE6  # and mask registers, and ZMM
TMM = ZMM | 0x60000  # and shapes of tiles, and tiles

X86_64 = Family(
    name="x86-64",
    macros=("__x86_64__", "__i386__", "_M_X64"),
    machines=("x86_64", "amd64"),
    compilers=("gcc", "clang", "x86_64-linux-gnu-gcc", "zig cc --target=x86_64-freestanding"),
    probe="package/cpuid.c.j2",
    headers=(("defined(__x86_64__) || defined(__i386__)", "cpuid.h"),),
    msvc=("immintrin.h",),
    features={
        "avx2": Feature(7, "ebx", 5, YMM),
        "fma": Feature(1, "ecx", 12, YMM),
        "f16c": Feature(1, "ecx", 29, YMM),
        "avx512f": Feature(7, "ebx", 16, ZMM),
        "avx512bw": Feature(7, "ebx", 30, ZMM),
        "avx512vl": Feature(7, "ebx", 31, ZMM),
        "avx512_bf16": Feature(7, "eax", 5, ZMM, subleaf=1),
        "avx512_vnni": Feature(7, "ecx", 11, ZMM),
        "avx_vnni": Feature(7, "eax", 4, YMM, subleaf=1),
        "amx_tile": Feature(7, "edx", 24, TMM),
        "amx_int8": Feature(7, "edx", 25, TMM),
    },
)


def _shift_of_8(n: int) -> str:
    """Shuffles work in halves of a vector: the middle two of the four halves lie between."""
    if n == 4:
        body = "return middle;"
    else:
        pair = "middle, a" if n < 4 else "b, middle"
        operands = ", ".join(f"_mm256_castps_si256({x})" for x in pair.split(", "))
        body = f"return _mm256_castsi256_ps(_mm256_alignr_epi8({operands}, {4 * (n % 4)}));"
    return f"""\
/* Lanes {n}, {n + 1} and so on of two vectors one after the other. */
static inline __m256 shift_{n}(__m256 a, __m256 b)
{{
    const __m256 middle = _mm256_permute2f128_ps(a, b, 0x21);
    {body}
}}
"""


def _shift_of_16(n: int) -> str:
    return f"""\
/* Lanes {n}, {n + 1} and so on of two vectors one after the other. */
static inline __m512 shift_{n}(__m512 a, __m512 b)
{{
    return _mm512_castsi512_ps(_mm512_alignr_epi32(_mm512_castps_si512(b), _mm512_castps_si512(a), {n}));
}}
"""


AVX2 = Isa(
    name="avx2",
    folds=True,
    code=6.0,
    fast=(2500.0, 6.0, 60.0),
    lanes=8,
    registers=16,
    fused=True,
    vector="__m256",
    target="avx2,fma",
    flags=("-mavx2", "-mfma"),
    requires=("__AVX2__", "__FMA__"),
    msvc=Arch("AVX2", ("__AVX2__",)),
    family=X86_64,
    features=("avx2", "fma"),
    include=("immintrin.h",),
    prefetch="_mm_prefetch((const char *)({p}), _MM_HINT_T0)",
    prefetch_far="_mm_prefetch((const char *){p}, _MM_HINT_T1)",
    masked=True,
    ops={
        "get": "{p}[{i}]",
        "put": "{p}[{i}] = {a}",
        "load": "_mm256_loadu_ps({p})",
        "load_aligned": "_mm256_loadu_ps({p})",
        "store": "_mm256_storeu_ps({p}, {a})",
        "store_aligned": "_mm256_storeu_ps({p}, {a})",
        "spill": "_mm256_storeu_ps({p}, {a})",
        "reload": "_mm256_loadu_ps({p})",
        "load_part": "_mm256_maskload_ps({p}, some_lanes({first}, {end}))",
        "store_tail": "_mm256_maskstore_ps({p}, some_lanes(0, {n}), {a})",
        "load_few": "_mm256_maskload_ps({p}, some_lanes(0, {n}))",
        "store_few": "_mm256_maskstore_ps({p}, some_lanes(0, {n}), {a})",
        "broadcast": "_mm256_broadcast_ss({p})",
        "set1": "_mm256_set1_ps({x})",
        "zero": "_mm256_setzero_ps()",
        "in_f32": "{f}({a})",
        "both_in_f32": "{f}({a}, {b})",
        "add": "_mm256_add_ps({a}, {b})",
        "sub": "_mm256_sub_ps({a}, {b})",
        "mul": "_mm256_mul_ps({a}, {b})",
        "div": "_mm256_div_ps({a}, {b})",
        "fma": "_mm256_fmadd_ps({a}, {b}, {c})",
        "fnma": "_mm256_fnmadd_ps({a}, {b}, {c})",
        "max": "_mm256_max_ps({a}, {b})",
        "min": "_mm256_min_ps({a}, {b})",
        "deinterleave_even": "alternate_lanes(_mm256_shuffle_ps({a}, {b}, 0x88))",
        "deinterleave_odd": "alternate_lanes(_mm256_shuffle_ps({a}, {b}, 0xdd))",
        "interleave_low": "_mm256_permute2f128_ps(_mm256_unpacklo_ps({a}, {b}), _mm256_unpackhi_ps({a}, {b}), 0x20)",
        "interleave_high": "_mm256_permute2f128_ps(_mm256_unpacklo_ps({a}, {b}), _mm256_unpackhi_ps({a}, {b}), 0x31)",
        "splice": "shift_{n}({a}, {b})",
        "broadcast_grouped": "_mm256_permutevar8x32_ps({a}, group_lanes({o}, {i}, {j}))",
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
        **{f"shift_{n}": _shift_of_8(n) for n in range(1, 8)},
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
    code=6.0,
    fast=(2500.0, 7.0, 60.0),  # instructions are 6 bytes long, and those that read memory 7 to 11
    lanes=16,
    registers=32,
    vector="__m512",
    target="avx512f,avx2,fma",
    flags=("-mavx512f", "-mavx2", "-mfma"),
    requires=("__AVX512F__",),
    msvc=Arch("AVX512", ("__AVX512F__",)),
    features=("avx512f", "avx2", "fma"),
    masks=True,
    ops={
        "load": "_mm512_loadu_ps({p})",
        "load_aligned": "_mm512_loadu_ps({p})",
        "store": "_mm512_storeu_ps({p}, {a})",
        "store_aligned": "_mm512_storeu_ps({p}, {a})",
        "spill": "_mm512_storeu_ps({p}, {a})",
        "reload": "_mm512_loadu_ps({p})",
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
        "fnma": "_mm512_fnmadd_ps({a}, {b}, {c})",
        "max": "_mm512_max_ps({a}, {b})",
        "min": "_mm512_min_ps({a}, {b})",
        "deinterleave_even": "_mm512_permutex2var_ps({a}, every_second(0), {b})",
        "deinterleave_odd": "_mm512_permutex2var_ps({a}, every_second(1), {b})",
        "interleave_low": "_mm512_permutex2var_ps({a}, in_turns(0), {b})",
        "interleave_high": "_mm512_permutex2var_ps({a}, in_turns(8), {b})",
        "splice": "shift_{n}({a}, {b})",
        "broadcast_grouped": "_mm512_permutexvar_ps(group_lanes({o}, {i}, {j}), {a})",
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
        "in_turns": """\
/* Lanes first, first + 1 and so on of two vectors in turns. */
static inline __m512i in_turns(int first)
{
    const __m512i turns = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    return _mm512_add_epi32(turns, _mm512_set1_epi32(first));
}
""",
        **{f"shift_{n}": _shift_of_16(n) for n in range(1, 16)},
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

AVX512_PAST = AVX512.extend(
    name="avx512_past",
    fence="_mm_sfence()",
    ops={"store": "store_past({p}, {a})"},
    helpers={
        "store_past": """\
/* A whole cache line goes to memory, which the caches need not fetch first; from other addresses it is a store. */
static inline void store_past(float *p, __m512 a)
{
    if ((size_t)p % 64) {
        _mm512_storeu_ps(p, a);
    } else {
        _mm512_stream_ps(p, a);
    }
}
""",
    },
)


def _load_words(first: int, end: int) -> str:
    """Words first to end - 1 of 8, and zeros: one by one, or two times four that may overlap."""

    def four(at: int) -> str:
        words = f"_mm_loadl_epi64((const __m128i *)(p + {at}))" if at else "_mm_loadl_epi64((const __m128i *)p)"
        return f"_mm_slli_si128({words}, {2 * at})" if at else words

    if end - first == 8:
        lines = ["return _mm_loadu_si128((const __m128i *)p);"]
    elif end - first == 4:
        lines = [f"return {four(first)};"]
    elif end - first > 4:
        lines = ["return _mm_or_si128(", f"    {four(first)},", f"    {four(end - 4)});"]
    else:
        lines = ["__m128i a = _mm_setzero_si128();",
                 *(f"a = _mm_insert_epi16(a, (short)p[{word}], {word});" for word in range(first, end)), "return a;"]
    body = "\n    ".join(lines)
    return f"""\
/* Words {first} to {end - 1} and zeros. */
static inline __m128i load_words_{first}_{end}(const uint16_t *p)
{{
    {body}
}}
"""


def _store_words(n: int) -> str:
    """The first n words of 8, likewise."""
    lines = [f"p[{word}] = (uint16_t)_mm_extract_epi16(a, {word});" for word in range(n)]
    if n >= 4:
        lines = ["_mm_storel_epi64((__m128i *)p, a);"]
    if n > 4:
        lines.append(f"_mm_storel_epi64((__m128i *)(p + {n - 4}), _mm_srli_si128(a, {2 * (n - 4)}));")
    body = "\n    ".join(lines)
    return f"""\
/* The first {n} word{"s" * (n > 1)}. */
static inline void store_words_{n}(uint16_t *p, __m128i a)
{{
    {body}
}}
"""


def _words(lanes: int, prefix: str, vector: str, parts: dict[str, str]) -> dict[str, str]:
    """What a row of so many lanes does with as many words, a vector of which intrinsics with that prefix take."""
    load = f"{prefix}_loadu_si{16 * lanes}((const {vector} *)({{p}}))"
    store = f"{prefix}_storeu_si{16 * lanes}(({vector} *)({{p}}), {{a}})"
    return {"load": load, "load_aligned": load, "broadcast": f"{prefix}_set1_epi16((short)*({{p}}))",
            "store": store, "store_aligned": store, **parts}


WORDS_8 = _words(8, "_mm", "__m128i", {
    "load_part": "load_words_{first}_{end}({p})",
    "load_few": "load_few_words({p}, {n})",
    "store_tail": "store_words_{n}({p}, {a})",
    "store_few": "store_few_words({p}, {a}, {n})",
})

WORDS_16 = _words(16, "_mm256", "__m256i", {
    "load_part": "_mm256_maskz_loadu_epi16(some_lanes({first}, {end}), {p})",
    "load_few": "_mm256_maskz_loadu_epi16(some_lanes(0, {n}), {p})",
    "store_tail": "_mm256_mask_storeu_epi16({p}, some_lanes(0, {n}), {a})",
    "store_few": "_mm256_mask_storeu_epi16({p}, some_lanes(0, {n}), {a})",
})

PARTS_OF_8 = {
    **{f"load_words_{first}_{end}": _load_words(first, end) for first in range(8) for end in range(first + 1, 9)},
    **{f"store_words_{n}": _store_words(n) for n in range(1, 8)},
    "load_few_words": f"""\
/* The first n words, and zeros; one by one, since n is no constant. */
static inline __m128i load_few_words(const uint16_t *p, int n)
{{
    return _mm_setr_epi16(
        {", ".join(f"(short)(n > {word} ? p[{word}] : 0)" for word in range(4))},
        {", ".join(f"(short)(n > {word} ? p[{word}] : 0)" for word in range(4, 8))});
}}
""",
    "store_few_words": """\
/* The first n words. */
static inline void store_few_words(uint16_t *p, __m128i a, int n)
{
    uint16_t words[8];
    _mm_storeu_si128((__m128i *)words, a);
    for (int i = 0; i < n; ++i) {
        p[i] = words[i];
    }
}
""",
}

F16C = {
    "f32_from_f16": """\
static inline float f32_from_f16(uint16_t a)
{
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(a)));
}
""",
    "f16_from_f32": """\
static inline uint16_t f16_from_f32(float a)
{
    return (uint16_t)_mm_cvtsi128_si32(_mm_cvtps_ph(_mm_set_ss(a), _MM_FROUND_TO_NEAREST_INT));
}
""",
}

AVX2_F16 = in_words(
    AVX2, F16, WORDS_8, ("_mm256_cvtph_ps", "f16_from_f32x8"),
    widening=(1, 3),
    target="avx2,fma,f16c",
    flags=("-mavx2", "-mfma", "-mf16c"),
    requires=("__AVX2__", "__FMA__", "__F16C__"),
    features=("avx2", "fma", "f16c"),
    include=("stdint.h", "immintrin.h"),
    masked=False,
    helpers=PARTS_OF_8 | F16C | {
        "f16_from_f32x8": """\
static inline __m128i f16_from_f32x8(__m256 a)
{
    return _mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT);
}
""",
    },
)

AVX2_BF16 = in_words(
    AVX2, BF16, WORDS_8, ("f32x8_from_bf16", "bf16_from_f32x8"),
    widening=(1, 3),
    include=("stdint.h", "immintrin.h"),
    masked=False,
    helpers=PARTS_OF_8 | NUMBERS[BF16] | {
        "f32x8_from_bf16": """\
static inline __m256 f32x8_from_bf16(__m128i a)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(a), 16));
}
""",
        "bf16_from_f32x8": """\
/* To the nearest, ties to even. */
static inline __m128i bf16_from_f32x8(__m256 a)
{
    const __m256i bits = _mm256_castps_si256(a);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i rounded = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd);
    const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x00400000)); /* NaN */
    const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(a, a, _CMP_UNORD_Q));
    const __m256i words = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, is_nan), 16);
    /* packs the halves of a vector apart */
    return _mm256_castsi256_si128(_mm256_permute4x64_epi64(_mm256_packus_epi32(words, words), 0xd8));
}
""",
    },
)

AVX512_F16 = in_words(
    AVX512, F16, WORDS_16, ("_mm512_cvtph_ps", "f16_from_f32x16"),
    widening=(1, 3),
    target="avx512f,avx512bw,avx512vl,avx2,fma,f16c",
    flags=("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx2", "-mfma", "-mf16c"),
    requires=("__AVX512BW__", "__AVX512VL__", "__F16C__"),
    msvc=Arch("AVX512", ("__AVX512BW__", "__AVX512VL__")),
    features=("avx512f", "avx512bw", "avx512vl", "avx2", "fma", "f16c"),
    include=("stdint.h", "immintrin.h"),
    helpers=F16C | {
        # without a mask it is a macro that gcc -O0 warns of
        "f16_from_f32x16": """\
static inline __m256i f16_from_f32x16(__m512 a)
{
    return _mm512_maskz_cvtps_ph(0xffff, a, _MM_FROUND_TO_NEAREST_INT);
}
""",
    },
)

AVX512_BF16 = in_words(
    AVX512, BF16, WORDS_16, ("f32x16_from_bf16", "bf16_from_f32x16"),
    widening=(1, 3),
    target="avx512f,avx512bw,avx512vl,avx2,fma",
    flags=("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx2", "-mfma"),
    requires=("__AVX512BW__", "__AVX512VL__"),
    msvc=Arch("AVX512", ("__AVX512BW__", "__AVX512VL__")),
    features=("avx512f", "avx512bw", "avx512vl", "avx2", "fma"),
    include=("stdint.h", "immintrin.h"),
    helpers=NUMBERS[BF16] | {
        "in_upper_halves": """\
/* Word i in the upper half of lane i. */
static inline __m512i in_upper_halves(void)
{
    return _mm512_slli_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), 16);
}
""",
        "f32x16_from_bf16": """\
static inline __m512 f32x16_from_bf16(__m256i a)
{
    const __m512i words = _mm512_castsi256_si512(a);
    return _mm512_castsi512_ps(_mm512_maskz_permutexvar_epi16(0xaaaaaaaau, in_upper_halves(), words));
}
""",
        "upper_halves": """\
/* Words 1, 3, 5 and so on, twice. */
static inline __m512i upper_halves(void)
{
    const __m256i lane = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_broadcast_i64x4(_mm256_add_epi16(_mm256_add_epi16(lane, lane), _mm256_set1_epi16(1)));
}
""",
        "bf16_from_f32x16": """\
/* To the nearest, ties to even: the upper halves, rounded. */
static inline __m256i bf16_from_f32x16(__m512 a)
{
    const __m512i bits = _mm512_castps_si512(a);
    const __m512i below = _mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff));
    const __mmask16 odd = _mm512_test_epi32_mask(bits, _mm512_set1_epi32(0x10000));
    const __m512i rounded = _mm512_mask_add_epi32(below, odd, below, _mm512_set1_epi32(1));
    const __mmask16 is_nan = _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q);
    const __m512i number = _mm512_mask_or_epi32(rounded, is_nan, bits, _mm512_set1_epi32(0x00400000));
    return _mm512_castsi512_si256(_mm512_permutexvar_epi16(upper_halves(), number));
}
""",
    },
)

AVX2_S8 = in_bytes(
    AVX2, (1, 3), {"load": "f32x8_from_s8({p})", "broadcast": "_mm256_set1_ps(f32_from_s8({p}))"},
    include=("stdint.h", "immintrin.h"),
    helpers={
        "f32x8_from_s8": """\
static inline __m256 f32x8_from_s8(const int8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}
""",
    },
)

AVX512_S8 = in_bytes(
    AVX512, (1, 3), {"load": "f32x16_from_s8({p})", "broadcast": "_mm512_set1_ps(f32_from_s8({p}))"},
    include=("stdint.h", "immintrin.h"),
    helpers={
        "f32x16_from_s8": """\
static inline __m512 f32x16_from_s8(const int8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}
""",
    },
)


def _with(name: str, features: tuple[str, ...], *rows: Isa) -> tuple[Isa, ...]:
    """The rows of a CPU that has these features more."""
    return tuple(msgspec.structs.replace(row, name=f"{name}{row.name[row.name.find('_'):] * ('_' in row.name)}",
                                         features=(*row.features, *features)) for row in rows)


# AVX2 of Alder Lake, Zen 5 and later, and AVX-512 of Cascade Lake and later, which multiply bytes
AVXVNNI, *AVXVNNI_STORED = _with("avxvnni", ("avx_vnni",), AVX2, AVX2_F16, AVX2_BF16, AVX2_S8)
AVX512VNNI, AVX512VNNI_F16, AVX512VNNI_BF16, AVX512VNNI_S8, AVX512VNNI_PAST = _with(
    "avx512vnni", ("avx512_vnni",), AVX512, AVX512_F16, AVX512_BF16, AVX512_S8, AVX512_PAST)

# AVX-512 of Cooper Lake, Sapphire Rapids, Zen 4 and later, which also rounds to bf16 in one instruction.
AVX512BF16, AVX512BF16_F16, AVX512BF16_S8, AVX512BF16_PAST = _with(
    "avx512bf16", ("avx512_bf16",), AVX512VNNI, AVX512VNNI_F16, AVX512VNNI_S8, AVX512VNNI_PAST)

AVX512BF16_BF16 = AVX512_BF16.extend(
    name="avx512bf16_bf16",
    target=f"{AVX512_BF16.target},avx512bf16",
    flags=(*AVX512_BF16.flags, "-mavx512bf16"),
    requires=(*AVX512_BF16.requires, "__AVX512BF16__"),
    features=(*AVX512VNNI_BF16.features, "avx512_bf16"),
    flushes=True,
    ops={},
    helpers={
        # compilers disagree on what casts of __m256bh mean
        "bf16_from_f32x16": """\
/* To the nearest, ties to even. */
static inline __m256i bf16_from_f32x16(__m512 a)
{
    union { __m256bh numbers; __m256i words; } rounded;
    rounded.numbers = _mm512_cvtneps_pbh(a);
    return rounded.words;
}
""",
    },
)

# AVX-512 of Sapphire Rapids and later, which multiplies matrices
AVX512AMX, *AVX512AMX_STORED = _with(
    "avx512amx", ("amx_tile", "amx_int8"), AVX512BF16, AVX512BF16_F16, AVX512BF16_BF16, AVX512BF16_S8,
    AVX512BF16_PAST)

PRODUCTS_2, INTEGERS_2 = integers(AVX2, YMMS, "avx2", None)
PRODUCTS_2V, INTEGERS_2V = integers(
    AVXVNNI, YMMS, "avxvnni", "_avx", target="avxvnni,avx2,fma", flags=("-mavxvnni", "-mavx2", "-mfma"),
    requires=("__AVXVNNI__", "__AVX2__", "__FMA__"))
WIDE = {"target": "avx512f,avx512bw,avx512vl,avx2,fma", "requires": ("__AVX512BW__", "__AVX512VL__"),
        "flags": ("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx2", "-mfma"),
        "msvc": Arch("AVX512", ("__AVX512BW__", "__AVX512VL__"))}
PRODUCTS_5, INTEGERS_5 = integers(
    AVX512, ZMMS, "avx512", None, features=(*AVX512.features, "avx512bw", "avx512vl"), **WIDE)
VNNI = {**WIDE, "target": f"{WIDE['target']},avx512vnni", "flags": (*WIDE["flags"], "-mavx512vnni"),
        "requires": (*WIDE["requires"], "__AVX512VNNI__")}
PRODUCTS_5V, INTEGERS_5V = integers(
    AVX512VNNI, ZMMS, "avx512vnni", "", features=(*AVX512VNNI.features, "avx512bw", "avx512vl"), **VNNI)
PRODUCTS_5B, INTEGERS_5B = integers(
    AVX512BF16, ZMMS, "avx512bf16", "", features=(*AVX512BF16.features, "avx512bw", "avx512vl"), **VNNI)
PRODUCTS_5T, INTEGERS_5T = integers(
    AVX512AMX, ZMMS, "avx512amx", "", features=(*AVX512AMX.features, "avx512bw", "avx512vl"), **VNNI)
TILED = tiles(PRODUCTS_5T[0], "amx_s8", target=f"{VNNI['target']},amx-tile,amx-int8",
              flags=(*VNNI["flags"], "-mamx-tile", "-mamx-int8"),
              requires=(*VNNI["requires"], "__AMX_TILE__", "__AMX_INT8__"))

MACHINE = Machine(
    rows=(AVX2, AVXVNNI, AVX512, AVX512VNNI, AVX512BF16, AVX512AMX),
    stored=(AVX2_F16, AVX2_BF16, AVX2_S8, *AVXVNNI_STORED, AVX512_F16, AVX512_BF16, AVX512_S8, AVX512_PAST,
            AVX512VNNI_F16, AVX512VNNI_BF16, AVX512VNNI_S8, AVX512VNNI_PAST, AVX512BF16_F16, AVX512BF16_BF16,
            AVX512BF16_S8, AVX512BF16_PAST, *AVX512AMX_STORED,
            *INTEGERS_2, *INTEGERS_2V, *INTEGERS_5, *INTEGERS_5V, *INTEGERS_5B, *INTEGERS_5T),
    products=(*PRODUCTS_2, *PRODUCTS_2V, *PRODUCTS_5, *PRODUCTS_5V, *PRODUCTS_5B, *PRODUCTS_5T, TILED),
    targets=(
        Target(name="x86-64-v3", isa="avx2", caches=caches_of(32, 512, 8192)),
        Target(name="x86-64-v3-vnni", isa="avxvnni", caches=caches_of(32, 1024, 8192)),
        Target(name="x86-64-v4", isa="avx512", caches=caches_of(32, 1024, 8192, ways=(8, 16, 16))),
        Target(name="x86-64-v4-vnni", isa="avx512vnni", caches=caches_of(32, 1024, 8192, ways=(8, 16, 16))),
        Target(name="x86-64-v4-bf16", isa="avx512bf16", caches=caches_of(32, 1024, 8192, ways=(8, 16, 16))),
        # servers, whose cores are far from what they share (measured on Sapphire Rapids: L2 43 bytes a cycle, L3 7,
        # memory 3)
        Target(name="x86-64-v4-amx", isa="avx512amx", memory_rate=3.0,
               caches=caches_of(48, 2048, 8192, ways=(12, 16, 16), rates=(64.0, 43.0, 7.0))),
    ),
)
