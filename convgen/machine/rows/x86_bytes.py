"""x86-64: vectors of bytes, which depthwise layers of integers read and write whole.

A vector of bytes holds four times as many numbers as one of sums. Those of neighbours are interleaved to the words of
products, a quarter of the bytes at a time; sums are packed to bytes. Both go by the 16 bytes of each lane of 128 bits,
and so undo each other's order: the words of quarter k are of the bytes 4k to 4k + 3 of each 16.
"""

from __future__ import annotations

import msgspec

from ...layer.element import S8, S16, U8
from ..isa import Given, Isa
from .words import fits, pieces

_PARTS = {8: "_mm_loadl_epi64((const __m128i *)({p}))", 16: "_mm_loadu_si128((const __m128i *)({p}))"}


def _wide(bits: int) -> tuple[str, str, str]:
    """The prefix of intrinsics, the type, and the suffix of those on all bits."""
    return {256: "_mm256", 512: "_mm512"}[bits], f"__m{bits}i", f"si{bits}"


def _load_bytes(n: int) -> str:
    """The first n of 32 bytes."""
    whole, rest = divmod(n, 16)
    lines = ["__m128i a = _mm_setzero_si128();"] if rest else []
    for at, size in pieces(rest):
        p = f"p + {whole * 16 + at}" if whole or at else "p"
        if size == 8:
            lines = [f"__m128i a = {_PARTS[8].format(p=p)};"]
        else:
            taken = {4: f"word_at({p})", 2: f"half_at({p})", 1: f"(char)*({p})"}[size]
            lines.append(f"a = _mm_insert_epi{8 * size}(a, {taken}, {at // size});")
    if not rest:
        value = f"_mm256_zextsi128_si256({_PARTS[16].format(p='p')})"
    elif whole:
        value = f"_mm256_inserti128_si256(_mm256_castsi128_si256({_PARTS[16].format(p='p')}), a, 1)"
    else:
        value = "_mm256_zextsi128_si256(a)"
    body = "\n    ".join([*lines, f"return {value};"])
    return f"""\
/* {n} byte{"s" * (n > 1)}, and zeros. */
static inline __m256i load_bytes_{n}(const unsigned char *p)
{{
    {body}
}}
"""


def _store_bytes(n: int) -> str:
    """The first n of 32 bytes."""
    whole, rest = divmod(n, 16)
    lines = ["_mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(v));"] * whole
    half = "_mm256_extracti128_si256(v, 1)" if whole else "_mm256_castsi256_si128(v)"
    lines += [f"const __m128i a = {half};"] if rest else []
    for at, size in pieces(rest):
        p = f"p + {whole * 16 + at}" if whole or at else "p"
        if size == 8:
            lines.append(f"_mm_storel_epi64((__m128i *)({p}), a);")
        elif size == 1:
            lines.append(f"*({p}) = (unsigned char)_mm_extract_epi8(a, {at});")
        else:
            taken = f"_mm_extract_epi{8 * size}(a, {at // size})"
            lines.append(f"put_{'word' if size == 4 else 'half'}({p}, {taken});")
    body = "\n    ".join(lines)
    return f"""\
/* The first {n} byte{"s" * (n > 1)}. */
static inline void store_some_bytes_{n}(unsigned char *p, __m256i v)
{{
    {body}
}}
"""


def _moved(name: str, words: str, type: str, put: bool) -> str:
    """A function for a few bytes at an address."""
    copy = "(p, &word, sizeof word)" if put else "(&word, p, sizeof word)"
    head = f"void {name}(void *p, int value)" if put else f"{type} {name}(const void *p)"
    word = f"const {type} word = ({type})value;" if put else f"{type} word;"
    return f"""\
/* The {words} bytes at p. */
static inline {head}
{{
    {word}
#if defined(__GNUC__) || defined(__clang__)
    __builtin_memcpy{copy};
#else
    memcpy{copy};
#endif
{"" if put else "    return word;" + chr(10)}}}
"""


_AVX512_HELPERS = {
    "some_bytes": """\
/* Ones for the first n bytes; n is a constant at every call, so this is one too. */
static inline __mmask64 some_bytes(int n)
{
    return (__mmask64)((UINT64_C(1) << n) - 1);
}
""",
    "bytes_between": """\
/* Ones for the bytes from first to end - 1, some of them; both are constants at every call. */
static inline __mmask64 bytes_between(int first, int end)
{
    return (__mmask64)(~UINT64_C(0) >> (64 - end + first) << first);
}
""",
}

_BLOCKS = {  # lane k of 128 bits of the sums' quarters, one after the other
    256: """\
static inline __m256i in_order_{k}(__m256i a, __m256i b, __m256i c, __m256i d)
{{
    (void){unused[0]};
    (void){unused[1]};
    return _mm256_permute2x128_si256({used[0]}, {used[1]}, {which});
}}
""",
    512: """\
static inline __m512i in_order_{k}(__m512i a, __m512i b, __m512i c, __m512i d)
{{
    const __m512i low = _mm512_shuffle_i32x4(a, b, {which});
    const __m512i high = _mm512_shuffle_i32x4(c, d, {which});
    return _mm512_shuffle_i32x4(low, high, 0x88);
}}
""",
}


def _in_order(bits: int, k: int) -> str:
    pairs = ("a", "b"), ("c", "d")
    which = k * 0x55 if bits == 512 else (0x20, 0x31)[k // 2]
    text = _BLOCKS[bits].format(k=k, used=pairs[k % 2], unused=pairs[1 - k % 2], which=f"0x{which:02x}")
    return f"/* Vector {k} of the sums of all bytes in their order, from those of the quarters. */\n{text}"


def _neighbours(bits: int, deep: int, k: int) -> str:
    """The words of quarter k."""
    o, v, whole = _wide(bits)
    half, part = ("lo", "hi")[k // 2], ("lo", "hi")[k % 2]
    first = f"{o}_unpack{half}_epi8(a, b)"
    if deep == 4:
        parameters, value = ", ".join(f"{v} {name}" for name in "abcd"), \
            f"{o}_unpack{part}_epi16({first},\n        {o}_unpack{half}_epi8(c, d))"
    else:
        parameters, value = f"{v} a, {v} b", f"{o}_unpack{part}_epi8({first}, {o}_setzero_{whole}())"
    return f"""\
/* Words of {deep} neighbours: of bytes {4 * k} to {4 * k + 3} of each 16. */
static inline {v} words_{k}({parameters})
{{
    return {value};
}}
"""


def _narrow(bits: int, sign: str) -> str:
    """Sums as bytes."""
    o, v, _ = _wide(bits)
    pack = {"u": "packus", "s": "packs"}[sign]
    return f"""\
/* The sums of four quarters, x added, each cut to the range of a byte. */
static inline {v} narrow_{sign}8({v} a, {v} b, {v} c, {v} d, short x)
{{
    const {v} more = {o}_set1_epi16(x);
    const {v} low = {o}_adds_epi16({o}_packs_epi32(a, b), more);
    const {v} high = {o}_adds_epi16({o}_packs_epi32(c, d), more);
    return {o}_{pack}_epi16(low, high);
}}
"""


def _every_second(bits: int, odd: bool) -> str:
    """Every second byte of two vectors."""
    o, v, whole = _wide(bits)
    taken = [f"{o}_srli_epi16({a}, 8)" if odd else f"{o}_and_{whole}({a}, {o}_set1_epi16(255))" for a in "ab"]
    order = {256: "_mm256_permute4x64_epi64(packed, 0xd8)",
             512: "_mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), packed)"}[bits]
    return f"""\
/* Bytes {int(odd)}, {2 + odd} and so on of two vectors one after the other. */
static inline {v} {"odd" if odd else "even"}_bytes({v} a, {v} b)
{{
    const {v} packed = {o}_packus_epi16({taken[0]},
        {taken[1]});
    return {order};
}}
"""


def _spread(bits: int, deep: int, s: int, d: int, k: int, *, inside: bool = False) -> str:
    """Words of bytes of a row: of neighbours with s = 1; with s = 2, of 8 outputs of each 16 bytes, first those of one
    vector and then of the next. inside: with padding in place of some bytes."""
    o, v, whole = _wide(bits)
    start, step = (0, 4 * k) if s == 1 else (bits // 8 * (k // 2), 8 * (k % 2))
    reach = 3 * s + (deep - 1) * d
    shift = max(shift for shift in range(0, step + 1, 4) if shift + reach < 16)
    taken = [shift + i * s + j * d for i in range(4) for j in range(deep)]
    if deep == 2:
        taken = [one for index in taken for one in (index, -1)]
    numbers = ", ".join(map(str, taken))
    broadcast = {256: "_mm256_broadcastsi128_si256", 512: "_mm512_broadcast_i32x4"}[bits]
    apart = f", {d} apart" if d > 1 else ""
    place = f"p + {start + step - shift}" if start + step - shift else "p"
    says, name, parameters, shuffle = "", f"spread_{s}_{d}_{k}", "", "shuffle_epi8("
    if inside:
        says, name, shuffle = ", padding where the mask has zeros", f"spread_inside_{d}_{k}", \
            "mask_shuffle_epi8(padding, (__mmask64)inside, "
        parameters = f", uint64_t inside, {v} padding"
    return f"""\
/* Words of quarter {k}: {deep} bytes{apart}, from every {"" if s == 1 else "second "}one on{says}. */
static inline {v} {name}(const unsigned char *p{parameters})
{{
    const {v} order = {broadcast}(_mm_setr_epi8(
        {numbers}));
    return {o}_{shuffle}{o}_loadu_{whole}((const {v} *)({place})), order);
}}
"""


def _weave(bits: int, n: int) -> str:
    """The bytes of sums of n outputs a lane, in order: those of each 16, then what each 16 have of a run of lanes."""
    o, v, _ = _wide(bits)
    numbers = ", ".join(str(4 * (c * n + j) + i) for c in range(4 // n) for i in range(4) for j in range(n))
    broadcast = {256: "_mm256_broadcastsi128_si256", 512: "_mm512_broadcast_i32x4"}[bits]
    value = f"""{o}_shuffle_epi8(a, {broadcast}(_mm_setr_epi8(
        {numbers})))"""
    if n == 2:
        value = _HALVES[bits].format(a=value)
    if n == 1:  # each 16 bytes are in order, four of each run
        count = bits // 32
        order = ", ".join(str(4 * (at % (count // 4)) + at // (count // 4)) for at in range(count))
        permute = {256: "_mm256_permutevar8x32_epi32(a, {o})", 512: "_mm512_permutexvar_epi32({o}, a)"}[bits]
        value = permute.format(o=f"{o}_setr_epi32(\n        {order})")
    return f"""\
/* The bytes of sums, of which each lane has {n} neighbour{"s" * (n > 1)}, in their order. */
static inline {v} weave_{n}({v} a)
{{
    return {value};
}}
"""


OF_WHOLE_VECTORS = ("spread_inside", "load_over", "weave", "store_sixteen")  # beside the operations of every row


def _short(row: Isa) -> Isa:
    """A row of 16 bytes beside one of more, for what is only moved."""
    ops = {
        "load": "_mm_loadu_si128((const __m128i *)({p}))", "store": "_mm_storeu_si128((__m128i *)({p}), {a})",
        "set1": "_mm_set1_epi8((char)({x}))", "over": "_mm_blendv_epi8({a}, {b}, first_of_16({n}))",
        "load_part": "_mm256_castsi256_si128(load_bytes_{end}((const unsigned char *)({p})))",
        "store_tail": "store_some_bytes_{n}((unsigned char *)({p}), _mm256_castsi128_si256({a}))",
    }
    kept = {op: text for op, text in row.ops.items() if op not in OF_WHOLE_VECTORS}
    return msgspec.structs.replace(row, name=f"{row.name}_16", vector="__m128i", lanes=16, ops={**kept, **ops})


_FIRST = """\
/* All ones in the first n bytes; n is a constant at every call, so this is one too. */
static inline {v} {name}(int n)
{{
    return {o}_cmpgt_epi8({o}_set1_epi8((char)n), {o}_setr_epi8(
        {numbers}));
}}
"""


def _first(o: str, v: str, name: str, count: int) -> str:
    numbers = ",\n        ".join(", ".join(map(str, range(at, at + 16))) for at in range(0, count, 16))
    return _FIRST.format(o=o, v=v, name=name, numbers=numbers)


_HALVES = {256: "_mm256_permute4x64_epi64({a}, 0xd8)",
           512: "_mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), {a})"}

_SIXTEEN = {256: "_mm256_extracti128_si256({a}, {k})", 512: "_mm512_extracti32x4_epi32({a}, {k})"}

_AVX2_HELPERS = {
    "half_at": _moved("half_at", "two", "short", put=False),
    "put_half": _moved("put_half", "two", "short", put=True),
    "put_word": _moved("put_word", "four", "int", put=True),
    "first_bytes": _first("_mm256", "__m256i", "first_bytes", 32),
    "first_of_16": _first("_mm", "__m128i", "first_of_16", 16),
    **{f"load_bytes_{n}": _load_bytes(n) for n in range(1, 32)},
    **{f"store_some_bytes_{n}": _store_bytes(n) for n in range(1, 32)},
}

def bytewise(row: Isa, bits: int, word_at: str) -> dict[str, Given]:
    """The rows of bytes beside a row of products, by element; signed ones become unsigned by 128 more. word_at: the
    helper of that name."""
    o, v, whole = _wide(bits)
    lanes = 4 * row.lanes
    load, store = f"{o}_loadu_{whole}((const {v} *)({{p}}))", f"{o}_storeu_{whole}(({v} *)({{p}}), {{a}})"
    ops = {
        "load": load, "store": store, "reload": load, "spill": store, "set1": f"{o}_set1_epi8((char)({{x}}))",
        "neighbours": "words_{k}({a}, {b}, {c}, {d})" if row.deep == 4 else "words_{k}({a}, {b})",
        "lengthen": f"words_{{k}}({{a}}, {', '.join([f'{o}_setzero_{whole}()'] * (row.deep - 1))})",
        "spread": "spread_{s}_{d}_{k}({p})", "in_order": "in_order_{k}({a}, {b}, {c}, {d})",
        "halves": _HALVES[bits], "weave": "weave_{n}({a})",
        "store_sixteen": f"_mm_storeu_si128((__m128i *)({{p}}), {_SIXTEEN[bits]})",
        "deinterleave_even": "even_bytes({a}, {b})", "deinterleave_odd": "odd_bytes({a}, {b})",
    }
    if bits == 512:
        ops |= {"load_part": "_mm512_maskz_loadu_epi8(some_bytes({end}), {p})",
                "store_tail": "_mm512_mask_storeu_epi8({p}, some_bytes({n}), {a})",
                "spread_inside": "spread_inside_{d}_{k}({p}, {inside}, {padding})",
                "load_over": "_mm512_mask_loadu_epi8({a}, bytes_between({first}, {end}), {p})",
                "over": "_mm512_mask_blend_epi8(some_bytes({n}), {a}, {b})"}
    else:
        ops |= {"load_part": "load_bytes_{end}((const unsigned char *)({p}))",
                "store_tail": "store_some_bytes_{n}((unsigned char *)({p}), {a})",
                "over": "_mm256_blendv_epi8({a}, {b}, first_bytes({n}))"}
    helpers = {"word_at": word_at, **_AVX2_HELPERS, **(_AVX512_HELPERS if bits == 512 else {}),
               **{f"words_{k}": _neighbours(bits, row.deep, k) for k in range(4)},
               **{f"spread_{s}_{d}_{k}": _spread(bits, row.deep, s, d, k)
                  for s in (1, 2) for d in range(1, 13) if fits(row.deep, s, d) for k in range(4)},
               **({f"spread_inside_{d}_{k}": _spread(bits, row.deep, 1, d, k, inside=True)
                   for d in range(1, 13) if fits(row.deep, 1, d) for k in range(4)} if bits == 512 else {}),
               **{f"in_order_{k}": _in_order(bits, k) for k in range(4)},
               **{f"weave_{n}": _weave(bits, n) for n in (1, 2, 4)},
               "even_bytes": _every_second(bits, False), "odd_bytes": _every_second(bits, True),
               "narrow_u8": _narrow(bits, "u"), "narrow_s8": _narrow(bits, "s")}
    unsigned, signed = (
        msgspec.structs.replace(
            row, name=f"{row.name}_bytes_{element.name}", kind="bytes", memory=element, lanes=lanes, given={},
            helpers=helpers, ops={**ops, "narrow": f"narrow_{element.name}({{a}}, {{b}}, {{c}}, {{d}}, {{x}})",
                                  **{op: f"{o}_{op}_ep{element.name[0].replace('s', 'i')}8({{a}}, {{b}})"
                                     for op in ("max", "min")}})
        for element in (U8, S8))
    unsigned, signed = (msgspec.structs.replace(one, short=_short(one)) for one in (unsigned, signed))
    flip = f"{o}_set1_epi8((char)0x80)"
    flipped = {op: f"{o}_xor_{whole}({unsigned.ops[op]}, {flip})" for op in ("load", "load_part")}
    if unsigned.has("load_over"):
        there = ops["load_over"].replace("{a}", f"{o}_xor_{whole}({{a}}, {flip})")
        flipped["load_over"] = f"{o}_xor_{whole}({there}, {flip})"
    moved = signed.short
    assert moved is not None
    few = {op: f"_mm_xor_si128({moved.ops[op]}, _mm_set1_epi8((char)0x80))" for op in ("load", "load_part")}
    moved = msgspec.structs.replace(moved, name=f"{moved.name}_flipped", ops={**moved.ops, **few})
    flipping = msgspec.structs.replace(signed, name=f"{signed.name}_flipped", ops={**signed.ops, **flipped},
                                       short=moved)
    return {U8.name: Given(unsigned, unsigned), S8.name: Given(unsigned, flipping, 128)}


def wordwise(row: Isa, given: dict[str, Given]) -> dict[str, Given]:
    """How a row of products takes inputs whose words it loads as they lie, given the rows of bytes beside it. Words of
    two lie in a copy of 16 bits, which is stored 16 at a time."""
    if row.deep == 4:
        return given
    found, sixteen = dict[str, Given](), given[U8.name].copied.short
    assert sixteen is not None
    for element, extend in ((U8, "epu8"), (S8, "epi8")):
        there = msgspec.structs.replace(sixteen, name=f"{sixteen.name}_{element.name}", memory=element)
        ops = {**sixteen.ops, "store": f"_mm256_storeu_si256((__m256i *)({{p}}), _mm256_cvt{extend}_epi16({{a}}))"}
        held = msgspec.structs.replace(there, name=f"{there.name}_widened", memory=S16, ops=ops)
        found[element.name] = Given(held, there)
    return found
