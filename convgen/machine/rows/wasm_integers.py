"""WebAssembly with integers: products of 16 bits by i32x4.dot_i16x8_s, two a lane.

Its vectors are shifted by one count in all lanes. Where lanes have their own, they are multiplied by powers of two, in
64 bits, and then shifted.
"""

from __future__ import annotations

import msgspec

from ...layer.element import S8, S16, S32, U8, Element
from ..isa import Given, Isa

SCALES = {
    "shift_left": """\
/* a * 2^s where s > 0, else a; cut to 32 bits. Few scales are so large. */
static inline v128_t shift_left(v128_t a, v128_t s)
{
    if (wasm_v128_any_true(wasm_i32x4_gt(s, wasm_i32x4_splat(0)))) {
        int32_t numbers[4], shifts[4];
        wasm_v128_store(numbers, a);
        wasm_v128_store(shifts, s);
        for (int i = 0; i < 4; ++i) {
            const int32_t x = numbers[i], left = shifts[i] > 0 ? shifts[i] : 0;
            numbers[i] = x > INT32_MAX >> left ? INT32_MAX : x < INT32_MIN >> left ? INT32_MIN : x * (1 << left);
        }
        a = wasm_v128_load(numbers);
    }
    return a;
}
""",
    "shift_right": """\
/* (a 2^(31 + s) + 2^30) / 2^31 of unsigned a, -31 <= s <= 0. */
static inline v128_t shift_right(v128_t a, v128_t s)
{
    /* 2^(31 + s) as a float */
    const v128_t power = wasm_i32x4_shl(wasm_i32x4_add(s, wasm_i32x4_splat(127 + 31)), 23);
    const v128_t factor = wasm_u32x4_trunc_sat_f32x4(power);
    const v128_t half = wasm_i64x2_splat((int64_t)1 << 30);
    const v128_t low = wasm_i64x2_add(wasm_u64x2_extmul_low_u32x4(a, factor), half);
    const v128_t high = wasm_i64x2_add(wasm_u64x2_extmul_high_u32x4(a, factor), half);
    return wasm_i32x4_shuffle(wasm_u64x2_shr(low, 31), wasm_u64x2_shr(high, 31), 0, 2, 4, 6);
}
""",
    "high_products": """\
/* (a m + half) / 2^31, rounded down. */
static inline v128_t high_products(v128_t a, v128_t m, v128_t half)
{
    const v128_t low = wasm_i64x2_add(wasm_i64x2_extmul_low_i32x4(a, m), wasm_i64x2_extend_low_i32x4(half));
    const v128_t high = wasm_i64x2_add(wasm_i64x2_extmul_high_i32x4(a, m), wasm_i64x2_extend_high_i32x4(half));
    return wasm_i32x4_shuffle(wasm_i64x2_shr(low, 31), wasm_i64x2_shr(high, 31), 0, 2, 4, 6);
}
""",
    "scale_tflite": """\
/* a m 2^(s - 31), rounded twice: to integers after m, ties up; after 2^s, ties away from zero. */
static inline v128_t scale_tflite(v128_t a, v128_t m, v128_t s)
{
    const v128_t high = high_products(shift_left(a, s), m, wasm_i32x4_splat(1 << 30));
    const v128_t sign = wasm_i32x4_shr(high, 31);
    const v128_t y = shift_right(wasm_i32x4_abs(high), wasm_i32x4_min(s, wasm_i32x4_splat(0)));
    return wasm_i32x4_sub(wasm_v128_xor(y, sign), sign);
}
""",
    "scale_tflite_single": """\
/* a m 2^(s - 31), rounded once, ties up: after m where nothing is shifted, else of the product's whole part. */
static inline v128_t scale_tflite_single(v128_t a, v128_t m, v128_t s)
{
    const v128_t zero = wasm_i32x4_splat(0);
    const v128_t right = wasm_i32x4_min(s, zero);
    const v128_t half = wasm_v128_andnot(wasm_i32x4_splat(1 << 30), wasm_i32x4_lt(right, zero));
    const v128_t high = high_products(shift_left(a, s), m, half);
    const v128_t lowest = wasm_i32x4_splat(INT32_MIN);
    /* moved by 2^31 to be unsigned: 2^(31 + s) after the shift */
    const v128_t moved = shift_right(wasm_v128_xor(high, lowest), right);
    const v128_t power = wasm_i32x4_shl(wasm_i32x4_add(right, wasm_i32x4_splat(127 + 31)), 23);
    return wasm_i32x4_sub(moved, wasm_u32x4_trunc_sat_f32x4(power));
}
""",
}

FIRST = """\
/* The first n lanes, n from 1 to 3; n is a constant at every call, so no branch is left. */
static inline void store_first_s32(int32_t *p, v128_t a, int n)
{
    wasm_v128_store32_lane(p, a, 0);
    if (n > 1) {
        wasm_v128_store32_lane(p + 1, a, 1);
    }
    if (n > 2) {
        wasm_v128_store32_lane(p + 2, a, 2);
    }
}
"""


def _numbers(row: Isa) -> Isa:
    """The row of s32 beside a row of f32."""
    load, store = "wasm_v128_load({p})", "wasm_v128_store({p}, {a})"
    return msgspec.structs.replace(
        row, name=f"{row.name}_s32", kind="integers", memory=S32, sums=S32, floats=row,
        include=("stdint.h", *row.include),
        ops={
            "get": "{p}[{i}]", "put": "{p}[{i}] = {a}", "load": load, "store": store,
            "store_tail": "store_first_s32({p}, {a}, {n})", "spill": store, "reload": load,
            "broadcast": "wasm_v128_load32_splat({p})", "set1": "wasm_i32x4_splat({x})", "zero": "wasm_i32x4_splat(0)",
            **{op: f"wasm_i32x4_{op}({{a}}, {{b}})" for op in ("add", "max", "min")},
            "to_f32": "wasm_f32x4_convert_i32x4({a})",
            "rint": "wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest({a}))",
            "scale_tflite": "scale_tflite({a}, {m}, {s})", "scale_tflite_single": "scale_tflite_single({a}, {m}, {s})",
        },
        helpers={"store_first_s32": FIRST, **SCALES})


def _bytes(numbers: Isa, element: Element, letter: str) -> Isa:
    """The row of s32 with bytes in memory; letter: u or i, as names of instructions have it."""
    name, c = element.name, element.c
    wide = f"wasm_{letter}32x4_extend_low_{letter}16x8(wasm_{letter}16x8_extend_low_{letter}8x16({{}}))"
    return numbers.extend(
        name=f"{numbers.name}_{name}", memory=element,
        ops={"load": wide.format("wasm_v128_load32_zero({p})"), "broadcast": "wasm_i32x4_splat(*({p}))",
             "load_part": f"load_first_{name}({{p}}, {{end}})",
             "store": f"wasm_v128_store32_lane({{p}}, bytes_{name}({{a}}), 0)",
             "store_tail": f"store_first_{name}({{p}}, {{a}}, {{n}})", "put": f"{{p}}[{{i}}] = ({c}){{a}}"},
        helpers={
            f"bytes_{name}": f"""\
/* The lanes as bytes, whose range they are in. */
static inline v128_t bytes_{name}(v128_t a)
{{
    const v128_t halves = wasm_i16x8_narrow_i32x4(a, a);
    return wasm_{letter}8x16_narrow_i16x8(halves, halves);
}}
""",
            f"load_first_{name}": f"""\
/* The first n lanes, n from 1 to 3, and zeros; n is a constant at every call, so no branch is left. */
static inline v128_t load_first_{name}(const {c} *p, int n)
{{
    return wasm_i32x4_make(p[0], n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0);
}}
""",
            f"store_first_{name}": f"""\
/* The first n lanes, n from 1 to 3; n is a constant at every call, so no branch is left. */
static inline void store_first_{name}({c} *p, v128_t a, int n)
{{
    const v128_t bytes = bytes_{name}(a);
    wasm_v128_store8_lane(p, bytes, 0);
    if (n > 1) {{
        wasm_v128_store8_lane(p + 1, bytes, 1);
    }}
    if (n > 2) {{
        wasm_v128_store8_lane(p + 2, bytes, 2);
    }}
}}
""",
        })


def integers(row: Isa) -> tuple[Isa, tuple[Isa, ...]]:
    """What a machine has beside its row of f32: the row of products, and those of their sums with bytes in memory."""
    totals = _numbers(row)
    products = msgspec.structs.replace(
        totals, name=f"{row.name}_s16", kind="products", memory=S16, deep=2, products=2.0, totals=totals, helpers={},
        ops={"load": "wasm_v128_load({p})", "broadcast": "wasm_v128_load32_splat({p})", "zero": "wasm_i32x4_splat(0)",
             "fma": "wasm_i32x4_add({c}, wasm_i32x4_dot_i16x8({a}, {b}))"})
    given = dict.fromkeys((U8.name, S8.name), Given(products, offset=None))
    return (msgspec.structs.replace(products, given=given),
            (_bytes(totals, U8, "u"), _bytes(totals, S8, "i")))
