"""aarch64 with integers: products of 8 bits in pairs by smull and sadalp, or four a lane by sdot and usdot; of 16 bits
by smlal. All are exact: smlal of bytes, which sums two products in 16 bits, is not where all four numbers are -128, and
so is not here.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ...layer.element import S8, S16, S32, U8, Element
from ..isa import Given, Isa
from .arm_bytes import bytewise
from .words import WORD

SCALES = {
    "scale_tflite": """\
/* a m 2^(s - 31), rounded twice: to integers after m, ties up; after 2^s, ties away from zero. */
static inline int32x4_t scale_tflite(int32x4_t a, int32x4_t m, int32x4_t s)
{
    const int32x4_t zero = vdupq_n_s32(0);
    const int32x4_t right = vminq_s32(s, zero);
    const int32x4_t high = vqrdmulhq_s32(vqshlq_s32(a, vmaxq_s32(s, zero)), m);
    const int32x4_t nudge = vshrq_n_s32(vandq_s32(high, right), 31); /* of negative numbers, for ties */
    return vrshlq_s32(vqaddq_s32(high, nudge), right);
}
""",
    "scale_tflite_single": """\
/* a m 2^(s - 31), rounded once, ties up. */
static inline int32x4_t scale_tflite_single(int32x4_t a, int32x4_t m, int32x4_t s)
{
    const int32x4_t zero = vdupq_n_s32(0);
    const int32x4_t shifted = vqshlq_s32(a, vmaxq_s32(s, zero));
    const int32x4_t right = vsubq_s32(vminq_s32(s, zero), vdupq_n_s32(31));
    const int64x2_t low = vmull_s32(vget_low_s32(shifted), vget_low_s32(m));
    const int64x2_t high = vmull_high_s32(shifted, m);
    const int32x2_t first = vmovn_s64(vrshlq_s64(low, vmovl_s32(vget_low_s32(right))));
    return vmovn_high_s64(first, vrshlq_s64(high, vmovl_high_s32(right)));
}
""",
}

FIRST = """\
/* The first n lanes, n from 1 to 3; n is a constant at every call, so no branch is left. */
static inline void store_first_s32(int32_t *p, int32x4_t a, int n)
{
    if (n == 1) {
        vst1q_lane_s32(p, a, 0);
        return;
    }
    vst1_s32(p, vget_low_s32(a));
    if (n == 3) {
        vst1q_lane_s32(p + 2, a, 2);
    }
}
"""


def _numbers(row: Isa, fields: dict[str, object]) -> Isa:
    """The row of s32 beside a row of f32."""
    load, store = "vld1q_s32({p})", "vst1q_s32({p}, {a})"
    return msgspec.structs.replace(
        row, name=f"{row.name}_s32", kind="integers", memory=S32, sums=S32, floats=row, vector="int32x4_t",
        ordered=True,
        **{"include": ("stdint.h", "arm_neon.h"), **fields},
        ops={
            "get": "{p}[{i}]", "put": "{p}[{i}] = {a}", "load": load, "store": store,
            "store_tail": "store_first_s32({p}, {a}, {n})", "spill": store, "reload": load,
            "broadcast": "vld1q_dup_s32({p})", "set1": "vdupq_n_s32({x})", "zero": "vdupq_n_s32(0)",
            **{op: f"v{op}q_s32({{a}}, {{b}})" for op in ("add", "max", "min")},
            "to_f32": "vcvtq_f32_s32({a})", "rint": "vcvtnq_s32_f32({a})",
            "scale_tflite": "scale_tflite({a}, {m}, {s})", "scale_tflite_single": "scale_tflite_single({a}, {m}, {s})",
        },
        helpers={"store_first_s32": FIRST, **SCALES})


class Bytes(NamedTuple):
    """What NEON calls them: the letter of their types; wider, those that hold them in 32 bits, as s32."""

    element: Element
    letter: str
    wider: str

    def row(self, numbers: Isa) -> Isa:
        """The row of s32 with them in memory."""
        name, c, letter = self.element.name, self.element.c, self.letter
        kind = "int" if letter == "s" else "uint"
        return numbers.extend(
            name=f"{numbers.name}_{name}", memory=self.element,
            ops={"load": f"load_{name}({{p}})", "load_part": f"load_first_{name}({{p}}, {{end}})",
                 "store": f"store_{name}({{p}}, {{a}})",
                 "store_tail": f"store_first_{name}({{p}}, {{a}}, {{n}})", "put": f"{{p}}[{{i}}] = ({c}){{a}}",
                 "broadcast": "vdupq_n_s32(*({p}))"},
            helpers={
                "word_at": WORD,
                f"load_{name}": f"""\
static inline int32x4_t load_{name}(const {c} *p)
{{
    const {kind}8x8_t bytes = vreinterpret_{letter}8_s32(vdup_n_s32(word_at(p)));
    return {self.wider.format(f"vmovl_{letter}16(vget_low_{letter}16(vmovl_{letter}8(bytes)))")};
}}
""",
                "lowest_bytes": """\
/* The lowest byte of each lane, twice. */
static inline int8x8_t lowest_bytes(int32x4_t a)
{
    const int16x4_t halves = vmovn_s32(a);
    return vmovn_s16(vcombine_s16(halves, halves));
}
""",
                f"store_{name}": f"""\
static inline void store_{name}({c} *p, int32x4_t a)
{{
    const int32_t word = vget_lane_s32(vreinterpret_s32_s8(lowest_bytes(a)), 0);
#if defined(__GNUC__) || defined(__clang__)
    __builtin_memcpy(p, &word, sizeof word);
#else
    for (unsigned byte = 0; byte < sizeof word; ++byte) {{
        ((char *)p)[byte] = ((const char *)&word)[byte];
    }}
#endif
}}
""",
                f"load_first_{name}": f"""\
/* The first n lanes, n from 1 to 3, and zeros; n is a constant at every call, so no branch is left. */
static inline int32x4_t load_first_{name}(const {c} *p, int n)
{{
    const int32_t numbers[4] = {{p[0], n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0}};
    return vld1q_s32(numbers);
}}
""",
                f"store_first_{name}": f"""\
/* The first n lanes, n from 1 to 3; n is a constant at every call, so no branch is left. */
static inline void store_first_{name}({c} *p, int32x4_t a, int n)
{{
    const {kind}8x8_t bytes = {"lowest_bytes(a)" if letter == "s" else "vreinterpret_u8_s8(lowest_bytes(a))"};
    vst1_lane_{letter}8(p, bytes, 0);
    if (n > 1) {{
        vst1_lane_{letter}8(p + 1, bytes, 1);
    }}
    if (n > 2) {{
        vst1_lane_{letter}8(p + 2, bytes, 2);
    }}
}}
""",
            })


def _halves(numbers: Isa) -> Isa:
    """The row of s32 with numbers of 16 bits in memory."""
    return numbers.extend(
        name=f"{numbers.name}_s16", memory=S16,
        ops={"load": "vmovl_s16(vld1_s16({p}))", "load_part": "load_first_s16({p}, {end})",
             "store": "vst1_s16({p}, vmovn_s32({a}))", "store_tail": "store_first_s16({p}, vmovn_s32({a}), {n})",
             "put": f"{{p}}[{{i}}] = ({S16.c}){{a}}", "broadcast": "vdupq_n_s32(*({p}))"},
        helpers={
            "load_first_s16": """\
/* The first n lanes, n from 1 to 3, and zeros; n is a constant at every call, so no branch is left. */
static inline int32x4_t load_first_s16(const int16_t *p, int n)
{
    const int32_t numbers[4] = {p[0], n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0};
    return vld1q_s32(numbers);
}
""",
            "store_first_s16": """\
/* The first n lanes, n from 1 to 3; n is a constant at every call, so no branch is left. */
static inline void store_first_s16(int16_t *p, int16x4_t a, int n)
{
    vst1_lane_s16(p, a, 0);
    if (n > 1) {
        vst1_lane_s16(p + 1, a, 1);
    }
    if (n > 2) {
        vst1_lane_s16(p + 2, a, 2);
    }
}
""",
        })


BYTES = (Bytes(U8, "u", "vreinterpretq_s32_u32({})"), Bytes(S8, "s", "{}"))

HALF = """\
/* The two bytes at p, in each half of 32 bits. */
static inline int32x4_t pair_at(const void *p)
{
    int16_t half;
#if defined(__GNUC__) || defined(__clang__)
    __builtin_memcpy(&half, p, sizeof half); /* no call, even where nothing else is built in */
#else
    for (unsigned byte = 0; byte < sizeof half; ++byte) {
        ((char *)&half)[byte] = ((const char *)p)[byte];
    }
#endif
    return vreinterpretq_s32_s16(vdupq_n_s16(half));
}
"""


def _row(totals: Isa, name: str, memory: Element, ops: dict[str, str], **fields: object) -> Isa:
    return msgspec.structs.replace(
        totals, name=name, kind="products", memory=memory, totals=totals, ops={"zero": "vdupq_n_s32(0)", **ops},
        **{"helpers": {}, **fields})


def pairs(totals: Isa) -> Isa:
    """Products of bytes, two a lane: the lower half of a vector has eight weights."""
    name = f"{totals.f32.name}_s8"
    ops = {"load": "vreinterpretq_s32_s8(vcombine_s8(vld1_s8({p}), vdup_n_s8(0)))", "broadcast": "pair_at({p})",
           "fma": "add_pairs({a}, {b}, {c})"}
    row = _row(totals, name, S8, ops, deep=2, products=2.0, helpers={"pair_at": HALF, "add_pairs": """\
/* To each of c two products of bytes, of the lower halves. */
static inline int32x4_t add_pairs(int32x4_t a, int32x4_t b, int32x4_t c)
{
    const int8x8_t x = vget_low_s8(vreinterpretq_s8_s32(a));
    return vpadalq_s16(c, vmull_s8(x, vget_low_s8(vreinterpretq_s8_s32(b))));
}
"""})
    return _with_bytes(_signed(row), S8)


def dots(totals: Isa) -> Isa:
    """Products of bytes by sdot, four a lane."""
    ops = {"load": "vreinterpretq_s32_s8(vld1q_s8({p}))", "broadcast": "vdupq_n_s32(word_at({p}))",
           "fma": "vdotq_s32({c}, vreinterpretq_s8_s32({a}), vreinterpretq_s8_s32({b}))"}
    row = _row(totals, f"{totals.f32.name}_s8", S8, ops, deep=4, helpers={"word_at": WORD})
    return _with_bytes(_signed(row), S8)


def _with_bytes(row: Isa, multiplied: Element) -> Isa:
    return msgspec.structs.replace(row, bytewise=bytewise(row, multiplied))


def _signed(row: Isa) -> Isa:
    """The row of products of signed bytes, which takes unsigned ones less 128."""
    bytes_at = {op: row.ops[op].replace("s8({p})", "s8((const int8_t *)({p}))") for op in ("load", "broadcast")}
    flipped = {op: f"veorq_s32({value}, vdupq_n_s32((int32_t)0x80808080))" for op, value in bytes_at.items()}
    unsigned = msgspec.structs.replace(row, name=f"{row.name}_u8", memory=U8, widening=(1.0, 1.0),
                                       ops={**row.ops, **flipped})
    return msgspec.structs.replace(row, given={S8.name: Given(row, row), U8.name: Given(row, unsigned, -128)})


def mixed(totals: Isa) -> tuple[Isa, Isa]:
    """Products of bytes by usdot, which takes unsigned inputs as they are; and by sdot, of signed ones."""
    signed = dots(totals)
    row = msgspec.structs.replace(
        signed, ops={**signed.ops, "load": "vreinterpretq_s32_s8(vld1q_s8((const int8_t *)({p})))",
                     "fma": "vusdotq_s32({c}, vreinterpretq_u8_s32({a}), vreinterpretq_s8_s32({b}))"}, given={})
    source = msgspec.structs.replace(row, name=f"{row.name}_u8", memory=U8)
    signed = msgspec.structs.replace(signed, name=f"{totals.f32.name}_sdot_s8")
    return (_with_bytes(msgspec.structs.replace(row, given={U8.name: Given(source, source)}), U8),
            _with_bytes(msgspec.structs.replace(signed, given={S8.name: Given(signed, signed)}), S8))


def halves(totals: Isa) -> Isa:
    """Products of 16 bits, one a lane, of inputs as they lie: the lower half of a vector has four of each."""
    low = "vreinterpretq_s32_s16(vcombine_s16({}, vdup_n_s16(0)))"
    row = _row(totals, f"{totals.f32.name}_s16", S16, {
        "load": low.format("vld1_s16({p})"), "broadcast": "vreinterpretq_s32_s16(vdupq_n_s16(*({p})))",
        "fma": "add_products({a}, {b}, {c})"}, helpers={"word_at": WORD, "add_products": """\
/* c and the products of 16 bits of the lower halves. */
static inline int32x4_t add_products(int32x4_t a, int32x4_t b, int32x4_t c)
{
    const int16x4_t x = vget_low_s16(vreinterpretq_s16_s32(a));
    return vmlal_s16(c, x, vget_low_s16(vreinterpretq_s16_s32(b)));
}
"""})
    given = {}
    for element, letter in ((U8, "u"), (S8, "s")):
        wide = f"vreinterpretq_s32_{letter}16(vmovl_{letter}8({{}}))"
        ops = {"load": wide.format(f"vreinterpret_{letter}8_s32(vdup_n_s32(word_at({{p}})))"),
               "broadcast": wide.format(f"vld1_dup_{letter}8({{p}})")}
        given[element.name] = msgspec.structs.replace(
            row, name=f"{row.name}_{element.name}", memory=element, widening=(1.0, 1.0), ops={**row.ops, **ops})
    return msgspec.structs.replace(row, given={S16.name: Given(row, row)} | {
        name: Given(one, one) for name, one in given.items()})


def integers(row: Isa, **fields: object) -> tuple[Isa, tuple[Isa, ...]]:
    """What a machine has beside its row of f32: the row of sums of integers, and the same with bytes in memory."""
    totals = _numbers(row, fields)
    return totals, (*(one.row(totals) for one in BYTES), _halves(totals))
