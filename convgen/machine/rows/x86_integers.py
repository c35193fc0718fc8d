"""x86-64 with integers: products of 8 bits by VNNI, four a lane, or of 16 bits by pmaddwd, two a lane; both exact.

pmaddubsw, which multiplies bytes without VNNI, cuts sums of two to 16 bits, and so is not here.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ...layer.element import S8, S16, S32, U8, Element
from ..isa import Given, Isa
from .words import WORD
from .x86_bytes import bytewise, wordwise


class Width(NamedTuple):
    """Vectors of so many bits, in intrinsics: the prefix, the type and the suffix of whole ones, that of 128 bits or
    less which holds as many bytes as they have lanes."""

    bits: int
    vector: str

    @property
    def prefix(self) -> str:
        return {256: "_mm256", 512: "_mm512"}[self.bits]

    @property
    def lanes(self) -> int:
        return self.bits // 32

    def load(self) -> str:
        return f"{self.prefix}_loadu_si{self.bits}((const {self.vector} *)({{p}}))"

    def store(self) -> str:
        return f"{self.prefix}_storeu_si{self.bits}(({self.vector} *)({{p}}), {{a}})"


YMM, ZMM = Width(256, "__m256i"), Width(512, "__m512i")

# x >> 31 of a 64-bit product x in each lane: of even lanes and of odd ones, which move into their upper halves.
_HIGH = {
    256: """\
    const __m256i half = _mm256_set1_epi64x((long long)1 << 30);
    const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(a, m), half);
    const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(m, 32)), half);
    const __m256i high = _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xaa);
""",
    512: """\
    const __m512i half = _mm512_set1_epi64((long long)1 << 30);
    const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(a, m), half);
    const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(m, 32)), half);
    const __m512i high = _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
""",
}

_REST = {  # 1 where the bits that are shifted out are more than half, of negative numbers more than half and one
    256: "_mm256_sub_epi32(_mm256_srav_epi32(high, right), _mm256_cmpgt_epi32(_mm256_and_si256(high, mask), limit))",
    512: """_mm512_mask_add_epi32(_mm512_srav_epi32(high, right),
        _mm512_cmpgt_epi32_mask(_mm512_and_si512(high, mask), limit), _mm512_srav_epi32(high, right),
        _mm512_set1_epi32(1))""",
}

_SHIFTED = {  # 64-bit products x, rounded and shifted to the right by n; AVX2 shifts unsigned ones: they are moved
    256: """\
/* floor((x + 2^(n - 1)) / 2^n) in the lower halves; n >= 31. */
static inline __m256i shift_products(__m256i x, __m256i n)
{
    const __m256i one = _mm256_set1_epi64x(1);
    const __m256i half = _mm256_sllv_epi64(one, _mm256_sub_epi64(n, one));
    const __m256i lowest = _mm256_set1_epi64x((long long)1 << 62);
    const __m256i moved = _mm256_add_epi64(_mm256_add_epi64(x, half), lowest);
    return _mm256_sub_epi64(_mm256_srlv_epi64(moved, n), _mm256_srlv_epi64(lowest, n));
}
""",
    512: """\
/* floor((x + 2^(n - 1)) / 2^n) in the lower halves; n >= 31. */
static inline __m512i shift_products(__m512i x, __m512i n)
{
    const __m512i one = _mm512_set1_epi64(1);
    const __m512i half = _mm512_sllv_epi64(one, _mm512_sub_epi64(n, one));
    return _mm512_srav_epi64(_mm512_add_epi64(x, half), n);
}
""",
}

_BLEND = {256: "_mm256_blend_epi32({even}, _mm256_slli_epi64({odd}, 32), 0xaa)",
          512: "_mm512_mask_blend_epi32(0xaaaa, {even}, _mm512_slli_epi64({odd}, 32))"}


def _tflite(width: Width) -> dict[str, str]:
    """The functions of TFLite's rules, by name; s > 0 shifts to the left."""
    v, o, bits = width.vector, width.prefix, width.bits
    blend = _BLEND[bits].format(even="shift_products(even, even_n)", odd="shift_products(odd, odd_n)")
    return {
        "shift_left": f"""\
/* a * 2^s where s > 0, else a; cut to 32 bits. */
static inline {v} shift_left({v} a, {v} s)
{{
    const {v} left = {o}_max_epi32(s, {o}_setzero_si{bits}());
    const {v} low = {o}_srav_epi32({o}_set1_epi32(-2147483647 - 1), left);
    const {v} high = {o}_srav_epi32({o}_set1_epi32(2147483647), left);
    return {o}_sllv_epi32({o}_min_epi32({o}_max_epi32(a, low), high), left);
}}
""",
        "scale_tflite": f"""\
/* a m 2^(s - 31), rounded twice: to integers after m, ties up; after 2^s, ties away from zero. */
static inline {v} scale_tflite({v} a, {v} m, {v} s)
{{
    const {v} zero = {o}_setzero_si{bits}();
    const {v} one = {o}_set1_epi32(1);
    a = shift_left(a, s);
{_HIGH[bits]}\
    const {v} right = {o}_max_epi32({o}_sub_epi32(zero, s), zero);
    const {v} mask = {o}_sub_epi32({o}_sllv_epi32(one, right), one);
    const {v} limit = {o}_add_epi32({o}_srli_epi32(mask, 1), {o}_srli_epi32(high, 31));
    return {_REST[bits]};
}}
""",
        "shift_products": _SHIFTED[bits],
        "scale_tflite_single": f"""\
/* a m 2^(s - 31), rounded once, ties up. */
static inline {v} scale_tflite_single({v} a, {v} m, {v} s)
{{
    const {v} zero = {o}_setzero_si{bits}();
    const {v} n = {o}_sub_epi32({o}_set1_epi32(31), {o}_min_epi32(s, zero));
    a = shift_left(a, s);
    const {v} even = {o}_mul_epi32(a, m);
    const {v} odd = {o}_mul_epi32({o}_srli_epi64(a, 32), {o}_srli_epi64(m, 32));
    const {v} odd_n = {o}_srli_epi64(n, 32);
    const {v} even_n = {o}_srli_epi64({o}_slli_epi64(n, 32), 32);
    return {blend};
}}
""",
    }


# What halve adds: the parts of a and of b, of n lanes each, that lie beside each other in four lanes; of four lanes, in
# the whole vector.
_PARTS = {
    1: ("{o}_unpacklo_epi32(a, b)", "{o}_unpackhi_epi32(a, b)"),
    2: ("{o}_unpacklo_epi64(a, b)", "{o}_unpackhi_epi64(a, b)"),
    256: ("_mm256_permute2x128_si256(a, b, 0x20)", "_mm256_permute2x128_si256(a, b, 0x31)"),
    512: ("_mm512_shuffle_i32x4(a, b, 0x88)", "_mm512_shuffle_i32x4(a, b, 0xdd)"),
}


def _halve(width: Width, n: int) -> str:
    """One step towards the sums of lanes of several vectors."""
    says = f"The halves of every four lanes added, {n} of a and {n} of b in turns." if n < 4 else \
        "Neighbouring fours of lanes added: of a, then of b."
    v, (first, second) = width.vector, _PARTS[n if n < 4 else width.bits]
    return f"""\
/* {says} */
static inline {v} halve_{n}({v} a, {v} b)
{{
    return {width.prefix}_add_epi32({first.format(o=width.prefix)}, {second.format(o=width.prefix)});
}}
"""


# The first words of a vector, and zeros. Half a vector needs no mask.
_SOME_WORDS = {
    256: """\
/* Words first to end - 1, and zeros; both are constants at every call. */
static inline __m256i load_words(const void *p, int first, int end)
{
    if (first == 0 && end == 4) {
        return _mm256_inserti128_si256(_mm256_setzero_si256(), _mm_loadu_si128((const __m128i *)p), 0);
    }
    return _mm256_maskload_epi32((const int *)p, some_lanes(first, end));
}
""",
    512: """\
/* Words first to end - 1, and zeros. */
static inline __m512i load_words(const void *p, int first, int end)
{
    return _mm512_maskz_loadu_epi32(some_lanes(first, end), p);
}
""",
}


def _load_pairs(n: int) -> str:
    """n pairs of bytes: four of them, two, and one, each if it is needed."""
    lines = ["__m128i a = _mm_setzero_si128();"]
    if n & 4:
        lines = ["__m128i a = _mm_loadl_epi64((const __m128i *)p);"]
    if n & 2:
        lines.append(f"a = _mm_insert_epi32(a, word_at({'p + 8' if n > 4 else 'p'}), {(n & 4) // 2});")
    if n & 1:
        lines.append(f"a = _mm_insert_epi16(a, p[{2 * n - 2}] | p[{2 * n - 1}] << 8, {n - 1});")
    body = "\n    ".join(lines)
    return f"""\
/* {n} pair{"s" * (n > 1)} of bytes, and zeros. */
static inline __m128i load_pairs_{n}(const uint8_t *p)
{{
    {body}
    return a;
}}
"""


_SPREAD = {256: "_mm256_permutevar8x32_epi32({a}, group_lanes({o}, {i}, {j}))",
           512: "_mm512_permutexvar_epi32(group_lanes({o}, {i}, {j}), {a})"}

_NARROW = {  # so many bytes of a vector that holds them in its lanes
    256: """\
/* The lowest byte of each lane, in the lower half. */
static inline __m128i bytes_of(__m256i a)
{
    const __m256i byte = _mm256_setr_epi8(
        0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    const __m256i bytes = _mm256_shuffle_epi8(a, byte);
    return _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
}
""",
}


def _store_bytes(n: int) -> str:
    """The first n of 8 bytes."""
    body = "\n    ".join(f"p[{byte}] = (char)_mm_extract_epi8(a, {byte});" for byte in range(n))
    return f"""\
/* The first {n} byte{"s" * (n > 1)}. */
static inline void store_bytes_{n}(char *p, __m128i a)
{{
    {body}
}}
"""


_HALVES = """\
/* The lower half of each lane, all in the lower half. */
static inline __m128i halves_of(__m256i a)
{
    const __m256i half = _mm256_setr_epi8(
        0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1,
        0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1);
    const __m256i halves = _mm256_shuffle_epi8(a, half);
    return _mm_unpacklo_epi64(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
}
"""


def _store_halves(n: int) -> str:
    """The first n of 8 numbers of 16 bits."""
    body = "\n    ".join(f"p[{at}] = (int16_t)_mm_extract_epi16(a, {at});" for at in range(n))
    return f"""\
/* The first {n} number{"s" * (n > 1)}. */
static inline void store_halves_{n}(int16_t *p, __m128i a)
{{
    {body}
}}
"""


def _load_halves(n: int) -> str:
    """The first n of 8 numbers of 16 bits, and zeros."""
    listed = ", ".join(f"p[{at}]" if at < n else "0" for at in range(8))
    return f"""\
/* The first {n} number{"s" * (n > 1)}, and zeros. */
static inline __m128i load_halves_{n}(const int16_t *p)
{{
    return _mm_setr_epi16({listed});
}}
"""


def _load_bytes(n: int) -> str:
    """The first n of 8 bytes, and zeros."""
    listed = ", ".join(f"p[{byte}]" if byte < n else "0" for byte in range(8))
    return f"""\
/* The first {n} byte{"s" * (n > 1)}, and zeros. */
static inline __m128i load_low_bytes_{n}(const char *p)
{{
    return _mm_setr_epi8({listed}, 0, 0, 0, 0, 0, 0, 0, 0);
}}
"""


_TRANSPOSED = """\
/* The bytes at from, 8 rows of 8, as columns: two in each vector. */
static inline void transpose_bytes(__m128i columns[4], const void *from, ptrdiff_t apart)
{
    const char *p = (const char *)from;
    const __m128i a0 = _mm_loadl_epi64((const __m128i *)(const void *)p);
    const __m128i a1 = _mm_loadl_epi64((const __m128i *)(const void *)(p + apart));
    const __m128i a2 = _mm_loadl_epi64((const __m128i *)(const void *)(p + 2 * apart));
    const __m128i a3 = _mm_loadl_epi64((const __m128i *)(const void *)(p + 3 * apart));
    const __m128i a4 = _mm_loadl_epi64((const __m128i *)(const void *)(p + 4 * apart));
    const __m128i a5 = _mm_loadl_epi64((const __m128i *)(const void *)(p + 5 * apart));
    const __m128i a6 = _mm_loadl_epi64((const __m128i *)(const void *)(p + 6 * apart));
    const __m128i a7 = _mm_loadl_epi64((const __m128i *)(const void *)(p + 7 * apart));
    const __m128i b0 = _mm_unpacklo_epi8(a0, a1);
    const __m128i b1 = _mm_unpacklo_epi8(a2, a3);
    const __m128i b2 = _mm_unpacklo_epi8(a4, a5);
    const __m128i b3 = _mm_unpacklo_epi8(a6, a7);
    const __m128i c0 = _mm_unpacklo_epi16(b0, b1);
    const __m128i c1 = _mm_unpackhi_epi16(b0, b1);
    const __m128i c2 = _mm_unpacklo_epi16(b2, b3);
    const __m128i c3 = _mm_unpackhi_epi16(b2, b3);
    columns[0] = _mm_unpacklo_epi32(c0, c2);
    columns[1] = _mm_unpackhi_epi32(c0, c2);
    columns[2] = _mm_unpacklo_epi32(c1, c3);
    columns[3] = _mm_unpackhi_epi32(c1, c3);
}
"""


def _transpose(held: Element, taken: str) -> str:
    """The helper of Given.transpose; taken: epu8 or epi8, where bytes become 16 bits."""
    if held.bytes == 1:
        name, number = "transpose_8x8", "void"
        store = """\
        const __m128i two = _mm_add_epi8(columns[i], _mm_set1_epi8((char)added));
        char *const p = (char *)to + 2 * i * to_apart;
        _mm_storel_epi64((__m128i *)(void *)p, two);
        _mm_storel_epi64((__m128i *)(void *)(p + to_apart), _mm_unpackhi_epi64(two, two));
"""
    else:
        name, number = f"transpose_{taken}_8x8", held.c
        store = f"""\
        const __m128i low = _mm_cvt{taken}_epi16(columns[i]);
        const __m128i high = _mm_cvt{taken}_epi16(_mm_unpackhi_epi64(columns[i], columns[i]));
        {number} *const p = to + 2 * i * to_apart;
        _mm_storeu_si128((__m128i *)(void *)p, _mm_add_epi16(low, _mm_set1_epi16((short)added)));
        _mm_storeu_si128((__m128i *)(void *)(p + to_apart), _mm_add_epi16(high, _mm_set1_epi16((short)added)));
"""
    return f"""\
/* to[i * to_apart + j] = from[j * from_apart + i] + added, for i and j from 0 to 7. */
static inline void {name}({number} *to, ptrdiff_t to_apart, const void *from, ptrdiff_t from_apart, int added)
{{
    __m128i columns[4];
    transpose_bytes(columns, from, from_apart);
    for (int i = 0; i < 4; ++i) {{
{store}    }}
}}
"""


def _numbers(row: Isa, width: Width, name: str, **fields: object) -> dict[str, Isa]:
    """The row of s32 beside a row of f32, and the same with bytes in memory, by element."""
    o, bits = width.prefix, width.bits
    masked = bits == 512
    some, first = "some_lanes(0, {n})", "some_lanes({first}, {end})"
    common = {**fields, "kind": "integers", "sums": S32, "floats": row, "vector": width.vector, "lanes": width.lanes,
              "include": ("stdint.h", "immintrin.h")}
    whole = msgspec.structs.replace(
        row, name=f"{name}_s32", memory=S32, **common,
        ops={
            "get": "{p}[{i}]", "put": "{p}[{i}] = {a}", "load": width.load(), "store": width.store(),
            "store_tail": f"_mm512_mask_storeu_epi32({{p}}, {some}, {{a}})" if masked else
            f"_mm256_maskstore_epi32((int *)({{p}}), {some}, {{a}})",
            "spill": width.store(), "reload": width.load(), "broadcast": f"{o}_set1_epi32(*({{p}}))",
            "set1": f"{o}_set1_epi32({{x}})", "zero": f"{o}_setzero_si{bits}()",
            **{op: f"{o}_{op}_epi32({{a}}, {{b}})" for op in ("add", "sub", "max", "min")},
            "mul": f"{o}_mullo_epi32({{a}}, {{b}})", "shl": f"{o}_slli_epi32({{a}}, {{n}})",
            "sra": f"{o}_srai_epi32({{a}}, {{n}})",
            "halve": "halve_{n}({a}, {b})",
            "to_f32": f"{o}_cvtepi32_ps({{a}})", "rint": f"{o}_cvtps_epi32({{a}})",
            "scale_tflite": "scale_tflite({a}, {m}, {s})", "scale_tflite_single": "scale_tflite_single({a}, {m}, {s})",
        },
        helpers={"some_lanes": row.helpers["some_lanes"], **_tflite(width),
                 **{f"halve_{n}": _halve(width, n) for n in (1, 2, 4, 8) if n < width.lanes}})
    found = {S32.name: whole}
    kept = {name: text for name, text in whole.helpers.items() if masked or name != "some_lanes"}  # bytes have no masks
    for element, extend in ((U8, "epu8"), (S8, "epi8")):
        number = element.c
        if masked:
            ops = {"load": f"_mm512_cvt{extend}_epi32(_mm_loadu_si128((const __m128i *)({{p}})))",
                   "store": "_mm_storeu_si128((__m128i *)({p}), _mm512_cvtepi32_epi8({a}))",
                   "load_part": f"_mm512_cvt{extend}_epi32(_mm_maskz_loadu_epi8({first}, {{p}}))",
                   "store_tail": f"_mm_mask_storeu_epi8({{p}}, {some}, _mm512_cvtepi32_epi8({{a}}))"}
            helpers = {"some_lanes": row.helpers["some_lanes"]}
        else:
            ops = {"load": f"_mm256_cvt{extend}_epi32(_mm_loadl_epi64((const __m128i *)({{p}})))",
                   "store": "_mm_storel_epi64((__m128i *)({p}), bytes_of({a}))",
                   "load_part": f"_mm256_cvt{extend}_epi32(load_low_bytes_{{end}}((const char *)({{p}})))",
                   "store_tail": "store_bytes_{n}((char *)({p}), bytes_of({a}))"}
            helpers = {"bytes_of": _NARROW[256], **{f"store_bytes_{n}": _store_bytes(n) for n in range(1, 8)},
                       **{f"load_low_bytes_{n}": _load_bytes(n) for n in range(1, 8)}}
        found[element.name] = msgspec.structs.replace(
            whole, name=f"{whole.name}_{element.name}", memory=element, transpose="transpose_8x8",
            ops={**whole.ops, **ops, "put": f"{{p}}[{{i}}] = ({number}){{a}}"},
            helpers={**kept, **helpers, "transpose_bytes": _TRANSPOSED, "transpose_8x8": _transpose(U8, "")})
    found[S16.name] = _halves(whole, width, kept)
    return found


def _halves(whole: Isa, width: Width, helpers: dict[str, str]) -> Isa:
    """The row of s32 with numbers of 16 bits in memory."""
    if width.bits == 512:
        some, first = "some_lanes(0, {n})", "some_lanes({first}, {end})"
        ops = {"load": "_mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i *)({p})))",
               "store": "_mm256_storeu_si256((__m256i *)({p}), _mm512_cvtepi32_epi16({a}))",
               "load_part": f"_mm512_cvtepi16_epi32(_mm256_maskz_loadu_epi16({first}, {{p}}))",
               "store_tail": f"_mm256_mask_storeu_epi16({{p}}, {some}, _mm512_cvtepi32_epi16({{a}}))"}
        more = {}
    else:
        ops = {"load": "_mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)({p})))",
               "store": "_mm_storeu_si128((__m128i *)({p}), halves_of({a}))",
               "load_part": "_mm256_cvtepi16_epi32(load_halves_{end}({p}))",
               "store_tail": "store_halves_{n}({p}, halves_of({a}))"}
        more = {"halves_of": _HALVES, **{f"store_halves_{n}": _store_halves(n) for n in range(1, 8)},
                **{f"load_halves_{n}": _load_halves(n) for n in range(1, 8)}}
    return msgspec.structs.replace(
        whole, name=f"{whole.name}_s16", memory=S16, helpers={**helpers, **more},
        ops={**whole.ops, **ops, "put": f"{{p}}[{{i}}] = ({S16.c}){{a}}"})


def _summed(width: Width, name: str, says: str, value: str) -> str:
    """The function of fma: a compiler would like to load much beforehand, or to let products wait for their sum, and
    so would run out of registers."""
    v, any_register = width.vector, {256: "x", 512: "v"}[width.bits]
    return f"""\
/* The sum of c and of {says}; compilers keep it in its place, for else they run out of registers. */
static inline {v} {name}({v} c, {v} a, {v} b)
{{
    c = {value};
#if defined(__GNUC__) || defined(__clang__)
    __asm__("" : "+{any_register}"(c));
#endif
    return c;
}}
"""


def _products(totals: Isa, width: Width, name: str, fma: str, *, deep: int) -> Isa:
    """A row of products of two words of 32 bits, `deep` numbers each."""
    o = width.prefix
    function, says = {4: ("add_quads", "four products, a's numbers without a sign"),
                      2: ("add_pairs", "two products")}[deep]
    part = "load_words({p}, {first}, {end})"
    return msgspec.structs.replace(
        totals, name=name, kind="products", memory=S8 if deep == 4 else S16, deep=deep, totals=totals,
        ops={"load": width.load(), "load_part": part, "broadcast": f"{o}_set1_epi32(word_at({{p}}))",
             "zero": f"{o}_setzero_si{width.bits}()", "fma": f"{function}({{c}}, {{a}}, {{b}})",
             "broadcast_grouped": _SPREAD[width.bits]},
        helpers={"word_at": WORD, **{helper: totals.f32.helpers[helper] for helper in ("some_lanes", "group_lanes")},
                 "load_words": _SOME_WORDS[width.bits], function: _summed(width, function, says, fma),
                 "transpose_bytes": _TRANSPOSED, **(
                     {"transpose_8x8": _transpose(U8, "")} if deep == 4 else
                     {f"transpose_{taken}_8x8": _transpose(S16, taken) for taken in ("epu8", "epi8")})})


def _quads(totals: Isa, width: Width, name: str, fma: str) -> Isa:
    """Of bytes, of which those of the second operand are unsigned, those of the third signed."""
    row, o = _products(totals, width, name, fma, deep=4), width.prefix
    flip = f"{o}_xor_si{width.bits}(%s, {o}_set1_epi32((int)0x80808080u))"
    flipped = {op: flip % row.ops[op] for op in ("load", "load_part", "broadcast")}
    unsigned = msgspec.structs.replace(row, name=f"{name}_u8", memory=U8)
    signed = msgspec.structs.replace(row, name=f"{name}_s8", ops={**row.ops, **flipped})
    given = {U8.name: Given(unsigned, unsigned, 0, "transpose_8x8"),
             S8.name: Given(unsigned, signed, 128, "transpose_8x8")}
    return msgspec.structs.replace(row, given=given)


def _pairs(totals: Isa, width: Width, name: str, fma: str, **fields: object) -> Isa:
    """A row of products of 16 bits, and how it takes bytes: a vector of them is widened as fast as it is loaded, but
    no two of them in all lanes."""
    row = msgspec.structs.replace(_products(totals, width, name, fma, deep=2), **fields)
    o, given = width.prefix, dict[str, Given]()
    helpers = {f"load_pairs_{n}": _load_pairs(n) for n in range(1, 8)} if width.bits == 256 else {}
    row = msgspec.structs.replace(row, helpers={**row.helpers, **helpers})
    for element, extend in ((U8, "epu8"), (S8, "epi8")):
        half = width.bits // 2
        load = {128: "_mm_loadu_si128", 256: "_mm256_loadu_si256"}[half]
        ops = {op: row.ops[op] for op in ("zero", "fma", "broadcast_grouped")}
        ops["load"] = f"{o}_cvt{extend}_epi16({load}((const __m{half}i *)({{p}})))"
        ops["load_part"] = f"{o}_cvt{extend}_epi16(_mm256_maskz_loadu_epi16(some_lanes({{first}}, {{end}}), {{p}}))" \
            if width.bits == 512 else f"_mm256_cvt{extend}_epi16(load_pairs_{{end}}((const uint8_t *)({{p}})))"
        there = msgspec.structs.replace(row, name=f"{row.name}_{element.name}", memory=element, ops=ops)
        given[element.name] = Given(row, there, 0, f"transpose_{extend}_8x8")
    given[S16.name] = Given(row, row)
    return msgspec.structs.replace(row, given=given, shorts=_shorts(totals, width))


def _shorts(totals: Isa, width: Width) -> Isa:
    """Numbers of 16 bits."""
    o = width.prefix
    return msgspec.structs.replace(
        totals, name=totals.name.replace("s32", "shorts"), kind="shorts", memory=S16, sums=S16, lanes=2 * width.lanes,
        ops={"load": width.load(), "store": width.store(), "set1": f"{o}_set1_epi16({{x}})",
             "shl": f"{o}_slli_epi16({{a}}, {{n}})",
             **{op: f"{o}_{op}_epi16({{a}}, {{b}})" for op in ("add", "sub")}},
        helpers={})


def integers(row: Isa, width: Width, name: str, vnni: str | None,
             **fields: object) -> tuple[tuple[Isa, ...], tuple[Isa, ...]]:
    """What a machine has beside its row of f32: rows of products, and those of their sums in memory. vnni: what
    follows dpbusd in the name of its intrinsic; None without it."""
    o = width.prefix
    found = _numbers(row, width, name, **fields)
    totals = found[S32.name]
    others = tuple(one for one in found.values() if one is not totals)
    if vnni is None:  # two instructions, and registers between them
        multiplied = f"{o}_add_epi32(c, {o}_madd_epi16(a, b))"
        rows = [_pairs(totals, width, f"{name}_s16", multiplied, products=2.0, registers=totals.registers - 2)]
    else:
        rows = [_quads(totals, width, f"{name}_s8", f"{o}_dpbusd{vnni}_epi32(c, a, b)"),
                _pairs(totals, width, f"{name}_s16", f"{o}_dpwssd{vnni}_epi32(c, a, b)")]
    rows = [msgspec.structs.replace(one, bytewise=bytewise(one, width.bits, WORD)) for one in rows]
    return tuple(msgspec.structs.replace(one, wordwise=wordwise(one, one.bytewise)) for one in rows), others
