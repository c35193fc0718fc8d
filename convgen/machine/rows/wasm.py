"""WebAssembly with vectors of 128 bits."""

from __future__ import annotations

from ...layer.element import BF16, F16
from ..family import Family, Feature
from ..isa import Isa
from ..target import Machine, Target, caches_of
from .wasm_integers import integers
from .words import NUMBERS, in_bytes, in_words

WASM32 = Family(
    name="wasm32",
    macros=("__wasm__",),
    machines=(),  # programs need an engine
    compilers=("clang --target=wasm32-unknown-unknown", "zig cc --target=wasm32-freestanding"),
    features={"wasm-simd128": Feature()},  # an engine without it does not load the program
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
    family=WASM32,
    features=("wasm-simd128",),
    include=("wasm_simd128.h",),
    ops={
        "get": "{p}[{i}]",
        "put": "{p}[{i}] = {a}",
        "load": "wasm_v128_load({p})",
        "load_aligned": "wasm_v128_load({p})",
        "store": "wasm_v128_store({p}, {a})",
        "store_aligned": "wasm_v128_store({p}, {a})",
        "spill": "wasm_v128_store({p}, {a})",
        "reload": "wasm_v128_load({p})",
        "load_part": "load_part({p}, {first}, {end})",
        "store_tail": "store_first({p}, {a}, {n})",
        "load_few": "load_part({p}, 0, {n})",
        "store_few": "store_first({p}, {a}, {n})",
        "broadcast": "wasm_v128_load32_splat({p})",
        "set1": "wasm_f32x4_splat({x})",
        "zero": "wasm_f32x4_splat(0.0f)",
        "in_f32": "{f}({a})",
        "both_in_f32": "{f}({a}, {b})",
        "add": "wasm_f32x4_add({a}, {b})",
        "sub": "wasm_f32x4_sub({a}, {b})",
        "mul": "wasm_f32x4_mul({a}, {b})",
        "div": "wasm_f32x4_div({a}, {b})",
        "fma": "wasm_f32x4_add(wasm_f32x4_mul({a}, {b}), {c})",
        "fnma": "wasm_f32x4_sub({c}, wasm_f32x4_mul({a}, {b}))",
        # pmax(b, a) is b < a ? a : b
        "max": "wasm_f32x4_pmax({b}, {a})",
        "min": "wasm_f32x4_pmin({b}, {a})",
        "deinterleave_even": "wasm_i32x4_shuffle({a}, {b}, 0, 2, 4, 6)",
        "deinterleave_odd": "wasm_i32x4_shuffle({a}, {b}, 1, 3, 5, 7)",
        "interleave_low": "wasm_i32x4_shuffle({a}, {b}, 0, 4, 1, 5)",
        "interleave_high": "wasm_i32x4_shuffle({a}, {b}, 2, 6, 3, 7)",
        "splice": "wasm_i32x4_shuffle({a}, {b}, {n}, {n} + 1, {n} + 2, {n} + 3)",
        "broadcast_grouped": "wasm_i8x16_swizzle({a}, group_lanes({o}, {i}, {j}))",
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

# words are the lower half of a vector
WORDS = {
    "load": "wasm_v128_load64_zero({p})",
    "load_aligned": "wasm_v128_load64_zero({p})",
    "load_part": "load_words({p}, {first}, {end})",
    "load_few": "load_words({p}, 0, {n})",
    "broadcast": "wasm_v128_load16_splat({p})",
    "store": "wasm_v128_store64_lane({p}, {a}, 0)",
    "store_aligned": "wasm_v128_store64_lane({p}, {a}, 0)",
    "store_tail": "store_words({p}, {a}, {n})",
    "store_few": "store_words({p}, {a}, {n})",
}

WORD_HELPERS = {
    "load_words": """\
/* Words first to end - 1 and zeros; both are constants at every call, so no branch is left. */
static inline v128_t load_words(const uint16_t *p, int first, int end)
{
    v128_t a = wasm_i16x8_splat(0);
    if (first == 0) {
        a = wasm_v128_load16_lane(p, a, 0);
    }
    if (first <= 1 && end > 1) {
        a = wasm_v128_load16_lane(p + 1, a, 1);
    }
    if (first <= 2 && end > 2) {
        a = wasm_v128_load16_lane(p + 2, a, 2);
    }
    if (end == 4) {
        a = wasm_v128_load16_lane(p + 3, a, 3);
    }
    return a;
}
""",
    "store_words": """\
/* The first n words, n from 1 to 3; n is a constant at every call, so no branch is left. */
static inline void store_words(uint16_t *p, v128_t a, int n)
{
    wasm_v128_store16_lane(p, a, 0);
    if (n > 1) {
        wasm_v128_store16_lane(p + 1, a, 1);
    }
    if (n > 2) {
        wasm_v128_store16_lane(p + 2, a, 2);
    }
}
""",
}

WASM_F16 = in_words(WASM, F16, WORDS, ("f32x4_from_f16", "f16_from_f32x4"), WORD_HELPERS | NUMBERS[F16] | {
    "f32x4_from_f16": """\
static inline v128_t f32x4_from_f16(v128_t a)
{
    const v128_t words = wasm_u32x4_extend_low_u16x8(a);
    const v128_t magnitude = wasm_v128_and(words, wasm_i32x4_splat(0x7fff));
    const v128_t sign = wasm_i32x4_shl(wasm_v128_xor(words, magnitude), 16);
    /* subnormal numbers are 2^-24 apart */
    const v128_t subnormal = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(magnitude), wasm_f32x4_splat(0x1p-24f));
    const v128_t infinite = wasm_i32x4_gt(magnitude, wasm_i32x4_splat(0x7bff));
    const v128_t more = wasm_v128_and(infinite, wasm_i32x4_splat(112 << 23));
    const v128_t normal = wasm_i32x4_add(wasm_i32x4_shl(magnitude, 13), wasm_i32x4_splat(112 << 23));
    const v128_t small = wasm_i32x4_lt(magnitude, wasm_i32x4_splat(0x0400));
    return wasm_v128_or(sign, wasm_v128_bitselect(subnormal, wasm_i32x4_add(normal, more), small));
}
""",
    "f16_from_f32x4": """\
/* To the nearest, ties to even. */
static inline v128_t f16_from_f32x4(v128_t a)
{
    const v128_t magnitude = wasm_f32x4_abs(a);
    const v128_t sign = wasm_u32x4_shr(wasm_v128_xor(a, magnitude), 16);
    /* the sum has the lowest bit of a subnormal f16 as its own lowest */
    const v128_t sum = wasm_f32x4_add(magnitude, wasm_f32x4_splat(0.5f));
    const v128_t subnormal = wasm_i32x4_sub(sum, wasm_i32x4_splat(0x3f000000));
    const v128_t odd = wasm_v128_and(wasm_u32x4_shr(magnitude, 13), wasm_i32x4_splat(1));
    const v128_t moved = wasm_i32x4_add(magnitude, wasm_i32x4_splat(0x0fff - (112 << 23)));
    const v128_t rounded = wasm_u32x4_shr(wasm_i32x4_add(moved, odd), 13);
    const v128_t small = wasm_i32x4_lt(magnitude, wasm_i32x4_splat(113 << 23));
    const v128_t number = wasm_u32x4_min(wasm_v128_bitselect(subnormal, rounded, small), wasm_i32x4_splat(0x7c00));
    const v128_t word = wasm_v128_bitselect(number, wasm_i32x4_splat(0x7e00), wasm_f32x4_eq(a, a));
    const v128_t words = wasm_v128_or(sign, word);
    return wasm_u16x8_narrow_i32x4(words, words);
}
""",
}, widening=(12, 13))

WASM_BF16 = in_words(WASM, BF16, WORDS, ("f32x4_from_bf16", "bf16_from_f32x4"), WORD_HELPERS | NUMBERS[BF16] | {
    "f32x4_from_bf16": """\
static inline v128_t f32x4_from_bf16(v128_t a)
{
    return wasm_i32x4_shl(wasm_u32x4_extend_low_u16x8(a), 16);
}
""",
    "bf16_from_f32x4": """\
/* To the nearest, ties to even. */
static inline v128_t bf16_from_f32x4(v128_t a)
{
    const v128_t odd = wasm_v128_and(wasm_u32x4_shr(a, 16), wasm_i32x4_splat(1));
    const v128_t rounded = wasm_i32x4_add(wasm_i32x4_add(a, wasm_i32x4_splat(0x7fff)), odd);
    const v128_t quiet = wasm_v128_or(a, wasm_i32x4_splat(0x00400000)); /* NaN */
    const v128_t words = wasm_u32x4_shr(wasm_v128_bitselect(rounded, quiet, wasm_f32x4_eq(a, a)), 16);
    return wasm_u16x8_narrow_i32x4(words, words);
}
""",
}, widening=(2, 3))

_WIDE = "wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16({})))"
WASM_S8 = in_bytes(WASM, (3, 2), {"load": _WIDE.format("wasm_v128_load32_zero({p})"),
                                  "broadcast": "wasm_f32x4_splat(f32_from_s8({p}))"},
                   include=("stdint.h", *WASM.include))

PRODUCTS, BYTES = integers(WASM)

MACHINE = Machine(
    rows=(WASM,),
    stored=(WASM_F16, WASM_BF16, WASM_S8, *BYTES),
    products=(PRODUCTS,),
    targets=(
        # a product and a sum are two instructions
        Target(name="wasm32", isa="wasm", caches=caches_of(32, 512, 4096), fma_rate=1.0),
    ),
)
