"""aarch64: vectors of 16 bytes, which depthwise layers of integers read and write whole.

A vector of bytes holds four times as many numbers as one of sums: the words of quarter k are of the bytes 4k to 4k + 3.
Words of two bytes lie in the lower half of a vector, where smull takes them; words of four fill it. Products are of
signed bytes, or by usdot of unsigned ones; bytes of the other sort become those by 128 less.
"""

from __future__ import annotations

import msgspec

from ...layer.element import S8, U8, Element
from ..isa import Given, Isa
from .words import WORD, fits, pieces

LANES = 16
VECTOR = "static inline int32x4_t"

PUT_WORD = """\
/* A word, as the four bytes at p. */
static inline void put_word(void *p, int32_t word)
{
#if defined(__GNUC__) || defined(__clang__)
    __builtin_memcpy(p, &word, sizeof word);
#else
    for (unsigned byte = 0; byte < sizeof word; ++byte) {
        ((char *)p)[byte] = ((const char *)&word)[byte];
    }
#endif
}
"""

FIRST = f"""\
/* The first n bytes of b, then those of a. */
{VECTOR} first_bytes(int32x4_t a, int32x4_t b, int n)
{{
    const uint8_t places[{LANES}] = {{{", ".join(map(str, range(LANES)))}}};
    const uint8x16_t first = vcltq_u8(vld1q_u8(places), vdupq_n_u8((uint8_t)n));
    return vreinterpretq_s32_u8(vbslq_u8(first, vreinterpretq_u8_s32(b), vreinterpretq_u8_s32(a)));
}}
"""


def _said(n: int) -> str:
    return f"{n} byte{'s' * (n > 1)}"


def _load(n: int) -> str:
    """The first n bytes, fewer than a vector."""
    lines = ["uint8x16_t a = vdupq_n_u8(0);"]
    for at, size in pieces(n):
        if size == 8:
            lines = ["uint8x16_t a = vcombine_u8(vld1_u8(p), vdup_n_u8(0));"]
        elif size == 4:
            lines.append(f"a = vreinterpretq_u8_s32(vsetq_lane_s32(word_at(p + {at}), vreinterpretq_s32_u8(a),"
                         f" {at // 4}));")
        else:
            lines += [f"a = vld1q_lane_u8(p + {one}, a, {one});" for one in range(at, at + size)]
    body = "\n    ".join([*lines, "return vreinterpretq_s32_u8(a);"])
    return f"/* {_said(n)}, and zeros. */\n{VECTOR} load_bytes_{n}(const uint8_t *p)\n{{\n    {body}\n}}\n"


def _store(n: int) -> str:
    """The first n bytes, fewer than a vector."""
    lines = []
    for at, size in pieces(n):
        if size == 8:
            lines.append("vst1_u8(p, vget_low_u8(vreinterpretq_u8_s32(a)));")
        elif size == 4:
            lines.append(f"put_word(p + {at}, vgetq_lane_s32(a, {at // 4}));")
        else:
            lines += [f"vst1q_lane_u8(p + {one}, vreinterpretq_u8_s32(a), {one});" for one in range(at, at + size)]
    body = "\n    ".join(lines)
    return f"""\
/* The first {_said(n)}. */
static inline void store_some_bytes_{n}(uint8_t *p, int32x4_t a)
{{
    {body}
}}
"""


def _neighbours(deep: int, k: int) -> str:
    """The words of quarter k."""
    half, part = k // 2 + 1, k % 2
    def zip(a: str, b: str) -> str:
        return f"vzip{half}q_s8(vreinterpretq_s8_s32({a}), vreinterpretq_s8_s32({b}))"
    if deep == 4:
        parameters = "int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d"
        value = f"""vreinterpretq_s32_s16(vzip{part + 1}q_s16(
        vreinterpretq_s16_s8({zip("a", "b")}),
        vreinterpretq_s16_s8({zip("c", "d")})))"""
    else:
        pairs = zip("a", "b")
        parameters = "int32x4_t a, int32x4_t b"
        value = f"vreinterpretq_s32_s8({f'vextq_s8({pairs}, vdupq_n_s8(0), 8)' if part else pairs})"
    return f"""\
/* Words of {deep} neighbours: of bytes {4 * k} to {4 * k + 3}. */
{VECTOR} words_{k}({parameters})
{{
    return {value};
}}
"""


def _spread(deep: int, s: int, d: int, k: int) -> str:
    """Words of bytes of a row, of every s-th one."""
    step = 4 * k * s
    shift = max(shift for shift in range(0, step + 1, 4) if shift + 3 * s + (deep - 1) * d < LANES)
    order = ", ".join(str(shift + i * s + j * d) for i in range(4) for j in range(deep))
    place = f"p + {step - shift}" if step - shift else "p"
    letter, kind = ("", "uint8x8_t") if deep == 2 else ("q", "uint8x16_t")
    words = "vcombine_u8(words, vdup_n_u8(0))" if deep == 2 else "words"
    apart = f", {d} apart" if d > 1 else ""
    return f"""\
/* Words of quarter {k}: {deep} bytes{apart}, from every {"" if s == 1 else "second "}one on. */
{VECTOR} spread_{s}_{d}_{k}(const uint8_t *p)
{{
    const uint8_t order[{4 * deep}] = {{{order}}};
    const {kind} words = vqtbl1{letter}_u8(vld1q_u8({place}), vld1{letter}_u8(order));
    return vreinterpretq_s32_u8({words});
}}
"""


def _in_order(k: int) -> str:
    """Quarters are in order."""
    others = "\n".join(f"    (void){name};" for name in "abcd" if name != "abcd"[k])
    return f"""\
{VECTOR} in_order_{k}(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d)
{{
{others}
    return {"abcd"[k]};
}}
"""


def _lengthen(letter: str, k: int) -> str:
    """The bytes of a quarter in 32 bits."""
    def half(at: int, bits: int, value: str) -> str:
        return f"vmovl_{letter}{bits}(vget_{('low', 'high')[at]}_{letter}{bits}({value}))"
    value = half(k % 2, 16, half(k // 2, 8, f"vreinterpretq_{letter}8_s32(a)"))
    value = value if letter == "s" else f"vreinterpretq_s32_u32({value})"
    return f"""\
/* Bytes {4 * k} to {4 * k + 3}, as numbers of 32 bits. */
{VECTOR} lengthen_{letter}_{k}(int32x4_t a)
{{
    return {value};
}}
"""


def _narrow(element: Element) -> str:
    """Sums as bytes."""
    letter = element.name[0]
    cut = {"s": "vqmovn_s16", "u": "vqmovun_s16"}[letter]
    return f"""\
/* The sums of four quarters, x added, each cut to the range of a byte. */
{VECTOR} narrow_{element.name}(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d, int16_t x)
{{
    const int16x8_t more = vdupq_n_s16(x);
    const int16x8_t low = vqaddq_s16(vcombine_s16(vqmovn_s32(a), vqmovn_s32(b)), more);
    const int16x8_t high = vqaddq_s16(vcombine_s16(vqmovn_s32(c), vqmovn_s32(d)), more);
    return vreinterpretq_s32_{letter}8(vcombine_{letter}8({cut}(low), {cut}(high)));
}}
"""


def bytewise(row: Isa, multiplied: Element) -> dict[str, Given]:
    """The rows of bytes beside a row of products of `multiplied` inputs, by element."""
    load, store = "vreinterpretq_s32_u8(vld1q_u8((const uint8_t *)({p})))", \
        "vst1q_u8((uint8_t *)({p}), vreinterpretq_u8_s32({a}))"
    part = "load_bytes_{end}((const uint8_t *)({p}))"
    two = "vreinterpretq_s32_u8(vuzp{}q_u8(vreinterpretq_u8_s32({{a}}), vreinterpretq_u8_s32({{b}})))"
    ops = {"load": load, "load_part": part, "store": store, "spill": store, "reload": load,
           "store_tail": "store_some_bytes_{n}((uint8_t *)({p}), {a})",
           "set1": "vreinterpretq_s32_s8(vdupq_n_s8((int8_t)({x})))",
           "neighbours": "words_{k}({a}, {b}, {c}, {d})" if row.deep == 4 else "words_{k}({a}, {b})",
           "spread": "spread_{s}_{d}_{k}((const uint8_t *)({p}))", "halves": "{a}",
           "in_order": "in_order_{k}({a}, {b}, {c}, {d})",
           "over": "first_bytes({a}, {b}, {n})", "deinterleave_even": two.format(1), "deinterleave_odd": two.format(2)}
    helpers = {"word_at": WORD, "put_word": PUT_WORD, "first_bytes": FIRST,
               **{f"load_bytes_{n}": _load(n) for n in range(1, LANES)},
               **{f"store_some_bytes_{n}": _store(n) for n in range(1, LANES)},
               **{f"words_{k}": _neighbours(row.deep, k) for k in range(4)},
               **{f"spread_{s}_{d}_{k}": _spread(row.deep, s, d, k)
                  for s in (1, 2) for d in range(1, 13) if fits(row.deep, s, d) for k in range(4)},
               **{f"in_order_{k}": _in_order(k) for k in range(4)},
               **{f"lengthen_{letter}_{k}": _lengthen(letter, k) for letter in "su" for k in range(4)},
               **{f"narrow_{element.name}": _narrow(element) for element in (U8, S8)}}

    def of(element: Element) -> Isa:
        """As they are multiplied, but for their type in memory, range and how they become outputs."""
        letter = element.name[0]
        both = f"vreinterpretq_{letter}8_s32({{a}}), vreinterpretq_{letter}8_s32({{b}})"
        own = {"lengthen": f"lengthen_{multiplied.name[0]}_{{k}}({{a}})",
               "narrow": f"narrow_{element.name}({{a}}, {{b}}, {{c}}, {{d}}, {{x}})",
               **{op: f"vreinterpretq_s32_{letter}8(v{op}q_{letter}8({both}))" for op in ("max", "min")}}
        return msgspec.structs.replace(
            row, name=f"{row.name}_bytes_{element.name}", kind="bytes", memory=element, lanes=LANES, given={},
            helpers=helpers, ops={**ops, **own})

    copied, other = of(multiplied), of(S8 if multiplied is U8 else U8)
    flip = "veorq_s32({}, vdupq_n_s32((int32_t)0x80808080))"
    flipping = msgspec.structs.replace(other, name=f"{other.name}_flipped", ops={
        **other.ops, **{op: flip.format(other.ops[op]) for op in ("load", "load_part")}})
    offset = int(multiplied.smallest - other.memory.smallest)
    return {multiplied.name: Given(copied, copied), other.memory.name: Given(copied, flipping, offset)}
