"""C without vectors, for any CPU."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ...layer.element import S8, S16, S32, S64, U8, Element
from ..isa import Given, Isa
from ..target import Machine, Target, caches_of
from .words import LOADS, NUMBERS, STORES, WIDENING, in_bytes, in_words

SCALAR = Isa(
    name="scalar",
    lanes=1,
    registers=16,
    fused=False,
    vector="float",
    unvectorised=True,
    fast=(1500.0, 16.0, 30.0),  # sums that lie side by side, gcc packs into vectors
    most_code=24 << 10,
    include=("stdint.h",),
    ops={
        "get": "{p}[{i}]",
        "put": "{p}[{i}] = {a}",
        "load": "*({p})",
        "load_aligned": "*({p})",
        "store": "*({p}) = {a}",
        "store_aligned": "*({p}) = {a}",
        "spill": "*({p}) = {a}",
        "reload": "*({p})",
        # one lane has no tail; the expressions are there because every row has them
        "load_part": "*({p})",
        "store_tail": "*({p}) = {a}",
        "load_few": "*({p})",
        "store_few": "*({p}) = {a}",
        "broadcast": "*({p})",
        "set1": "{x}",
        "zero": "0.0f",
        "in_f32": "{f}({a})",
        "both_in_f32": "{f}({a}, {b})",
        "add": "{a} + {b}",
        "sub": "{a} - {b}",
        "mul": "{a} * {b}",
        "div": "{a} / {b}",
        "fma": "{a} * {b} + {c}",
        "fnma": "{c} - {a} * {b}",
        "max": "max_f32({a}, {b})",
        "min": "min_f32({a}, {b})",
        "deinterleave_even": "{a}",
        "deinterleave_odd": "{b}",
        "interleave_low": "{a}",
        "interleave_high": "{b}",
        "splice": "{b}",
        "broadcast_grouped": "{a}",  # one lane is one group of one channel
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

WORDS = dict.fromkeys(LOADS, "*({p})") | dict.fromkeys(STORES, "*({p}) = {a}")


def stored(row: Isa) -> tuple[Isa, ...]:
    """The rows that have other elements in memory beside one of plain floats."""
    words = (in_words(row, element, WORDS, (f"f32_from_{element.name}", f"{element.name}_from_f32"), helpers,
                      WIDENING[element]) for element, helpers in NUMBERS.items())
    return (*words, in_bytes(row, (1, 1), dict.fromkeys(("load", "broadcast"), "f32_from_s8({p})")))



_S32: dict[str, Any] = {
    "kind": "integers", "memory": S32, "sums": S32, "vector": "int32_t", "unvectorised": False,
    "ops": {
        "get": "{p}[{i}]",
        "put": "{p}[{i}] = {a}",
        "load": "*({p})",
        "load_part": "*({p})",
        "store": "*({p}) = {a}",
        "store_tail": "*({p}) = {a}",
        "spill": "*({p}) = {a}",
        "reload": "*({p})",
        "broadcast": "*({p})",
        "set1": "{x}",
        "zero": "0",
        "add": "{a} + {b}",
        "max": "max_s32({a}, {b})",
        "min": "min_s32({a}, {b})",
        "to_f32": "(float)({a})",
        "rint": "rint_f32({a})",
        "scale_tflite": "scale_tflite({a}, {m}, {s})",
        "scale_tflite_single": "scale_tflite_single({a}, {m}, {s})",
    },
    "helpers": {
        "max_s32": """\
static inline int32_t max_s32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}
""",
        "min_s32": """\
static inline int32_t min_s32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}
""",
        "rint_f32": """\
/* To the nearest integer, ties to even, of |a| < 2^22: beside 1.5 * 2^23 numbers are whole. */
static inline int32_t rint_f32(float a)
{
    union { float f; int32_t s; } bits;
    bits.f = a + 12582912.0f;
    return bits.s - 0x4b400000;
}
""",
        "shift_left": """\
/* a * 2^s where s > 0, else a; cut to 32 bits. */
static inline int32_t shift_left(int32_t a, int32_t s)
{
    if (s <= 0) {
        return a;
    }
    return a > INT32_MAX >> s ? INT32_MAX : a < INT32_MIN >> s ? INT32_MIN : a * (1 << s);
}
""",
        "scale_tflite": """\
/* a m 2^(s - 31), rounded twice: to integers after m, ties up; after 2^s, ties away from zero. */
static inline int32_t scale_tflite(int32_t a, int32_t m, int32_t s)
{
    const int64_t product = (int64_t)shift_left(a, s) * m + ((int64_t)1 << 30);
    const int32_t high = (int32_t)(product >> 31);
    if (s >= 0) {
        return high;
    }
    /* the last bit but one rounds; negative numbers, less 1, away from zero */
    return (((high + (high >> 31)) >> (-s - 1)) + 1) >> 1;
}
""",
        "scale_tflite_single": """\
/* a m 2^(s - 31), rounded once, ties up. */
static inline int32_t scale_tflite_single(int32_t a, int32_t m, int32_t s)
{
    const int32_t n = s < 0 ? 31 - s : 31;
    return (int32_t)(((int64_t)shift_left(a, s) * m + ((int64_t)1 << (n - 1))) >> n);
}
""",
    },
}


BETWEEN = {  # what networks call between layers, and no row
    "scale_away": """\
/* a (high 2^27 + low) / 2^n, rounded once, ties away from zero; cut to 2^30. */
static inline int32_t scale_away(int32_t a, int32_t high, int32_t low, int32_t n)
{
    const int64_t size = a < 0 ? -(int64_t)a : a;
    const int32_t right = n < 89 ? n - 27 : 62;
    const int64_t rounded = (size * high + (size * low >> 27) + ((int64_t)1 << (right - 1))) >> right;
    const int32_t most = rounded < 1 << 30 ? (int32_t)rounded : 1 << 30;
    return a < 0 ? -most : most;
}
""",
}

_S64: dict[str, Any] = {
    "kind": "longs", "memory": S64, "sums": S64, "vector": "int64_t", "unvectorised": False,
    "ops": {
        **{op: text for op, text in _S32["ops"].items() if not op.startswith("scale_")},
        "max": "max_s64({a}, {b})",
        "min": "min_s64({a}, {b})",
        "scale_wide": "scale_wide({a}, {m}, {s})",
    },
    "helpers": {
        "max_s64": """\
static inline int64_t max_s64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}
""",
        "min_s64": """\
static inline int64_t min_s64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}
""",
        "rint_f32": _S32["helpers"]["rint_f32"],
        "scale_wide": """\
/* a m 2^(s - 15), rounded once, ties up; |a| < 2^47, m < 2^15. */
static inline int64_t scale_wide(int64_t a, int64_t m, int64_t s)
{
    if (s < 15) {
        return (a * m + ((int64_t)1 << (14 - s))) >> (15 - s);
    }
    /* no output is as large as what 2^17 gives */
    const int64_t cut = a > 131072 ? 131072 : a < -131072 ? -131072 : a;
    return cut * m * ((int64_t)1 << (s - 15));
}
""",
    },
}


class Plain(NamedTuple):
    """What a machine without instructions for integers has beside its row of f32: of sums, products, and numbers in
    memory."""

    totals: Isa
    products: tuple[Isa, ...]
    stored: tuple[Isa, ...]


def plain(row: Isa, **fields: object) -> Plain:
    """Integers in C. fields: of its rows, where they differ from those of floats."""
    totals = msgspec.structs.replace(row, name=f"{row.name}_s32", floats=row, **{**_S32, **fields})
    stored = tuple(_stored(totals, element) for element in (U8, S8, S16))
    return Plain(totals, tuple(_products(totals, weights) for weights in (S8, S16)), stored)


def longs(row: Isa, **fields: object) -> Plain:
    """The same with sums in 64 bits: products of inputs of 16 bits and weights of 8."""
    totals = msgspec.structs.replace(row, name=f"{row.name}_s64", floats=row, **{**_S64, **fields})
    products = msgspec.structs.replace(
        totals, name=f"{row.name}_long_s8", kind="products", memory=S8, totals=totals,
        ops={"load": "*({p})", "broadcast": "*({p})", "zero": "0", "fma": "add_product({a}, {b}, {c})"},
        helpers={"add_product": """\
/* c and the product of 16 bits by 8, which 32 bits hold. */
static inline int64_t add_product(int64_t a, int64_t b, int64_t c)
{
    return (int32_t)a * (int32_t)b + c;
}
"""})
    inputs = msgspec.structs.replace(products, name=f"{products.name}_s16", memory=S16)
    return Plain(totals, (msgspec.structs.replace(products, given={S16.name: Given(inputs, inputs)}),),
                 (_stored(totals, S16),))


def _stored(totals: Isa, element: Element) -> Isa:
    """Numbers of an element in memory."""
    return totals.extend(name=f"{totals.name}_{element.name}", memory=element,
                         ops={op: totals.ops[op].replace("{a}", f"({element.c})({{a}})")
                              for op in ("put", "store", "store_tail")})


def _products(totals: Isa, weights: Element) -> Isa:
    """One product at a time, of numbers as they lie."""
    row = msgspec.structs.replace(
        totals, name=f"{totals.f32.name}_{weights.name}", kind="products", memory=weights, totals=totals, helpers={},
        ops={"load": "*({p})", "broadcast": "*({p})", "zero": "0", "fma": "{a} * {b} + {c}"})
    rows = {element.name: msgspec.structs.replace(row, name=f"{row.name}_{element.name}", memory=element)
            for element in (U8, S8)}
    given = {name: Given(one, one) for name, one in rows.items()}
    if row.dialect != "c":
        return msgspec.structs.replace(row, given=given)
    # one lane has no quarters and narrows nothing: its outputs are stored one at a time
    ops = {**{op: totals.ops[op] for op in ("load", "store", "store_tail", "spill", "reload", "set1", "max", "min")},
           **{op: SCALAR.ops[op] for op in ("load_part", "deinterleave_even", "deinterleave_odd")},
           **dict.fromkeys(("neighbours", "lengthen", "in_order", "halves"), "{a}"), "over": "{b}", "spread": "*({p})",
           "narrow": "{a} + {x}"}
    flat = {name: msgspec.structs.replace(one, name=f"{one.name}_bytes", kind="bytes", ops=ops,
                                          helpers=totals.helpers) for name, one in rows.items()}
    return msgspec.structs.replace(row, given=given, bytewise={name: Given(one, one) for name, one in flat.items()})


INTEGERS, LONGS = plain(SCALAR), longs(SCALAR)

MACHINE = Machine(
    rows=(SCALAR,),
    stored=(*stored(SCALAR), *INTEGERS.stored, *LONGS.stored),
    products=(*INTEGERS.products, *LONGS.products),
    targets=(Target(name="scalar", isa="scalar", caches=caches_of(32, 256, 2048)),),
)
