"""aarch64 with NEON."""

from __future__ import annotations

import msgspec

from ...layer.element import BF16, F16
from ..family import Capability, Family, Feature
from ..isa import Isa
from ..target import Machine, Target, caches_of
from .arm_integers import dots, halves, integers, mixed, pairs
from .words import NUMBERS, WORD, in_bytes, in_words

AARCH64 = Family(
    name="aarch64",
    macros=("__aarch64__",),
    machines=("aarch64", "arm64"),
    features={"asimd": Feature(), "asimddp": Capability(1, 20, "FEAT_DotProd", 43),
              "i8mm": Capability(2, 13, "FEAT_I8MM", 66)},
    probe="package/hwcap.c.j2",
    headers=(("defined(__linux__)", "sys/auxv.h"), ("defined(__APPLE__)", "sys/sysctl.h")),
    compilers=("aarch64-linux-gnu-gcc", "clang --target=aarch64-linux-gnu", "zig cc --target=aarch64-freestanding"),
)

# Part of every aarch64, so no flag asks for it.
NEON = Isa(
    name="neon",
    lanes=4,
    registers=32,
    fused=True,
    vector="float32x4_t",
    requires=("__aarch64__", "__ARM_NEON"),
    family=AARCH64,
    features=("asimd",),
    include=("arm_neon.h",),
    ops={
        "get": "{p}[{i}]",
        "put": "{p}[{i}] = {a}",
        "load": "vld1q_f32({p})",
        "load_aligned": "vld1q_f32({p})",
        "store": "vst1q_f32({p}, {a})",
        "store_aligned": "vst1q_f32({p}, {a})",
        "spill": "vst1q_f32({p}, {a})",
        "reload": "vld1q_f32({p})",
        "load_part": "load_part({p}, {first}, {end})",
        "store_tail": "store_first({p}, {a}, {n})",
        "load_few": "load_part({p}, 0, {n})",
        "store_few": "store_first({p}, {a}, {n})",
        "broadcast": "vdupq_n_f32(*({p}))",
        "set1": "vdupq_n_f32({x})",
        "zero": "vdupq_n_f32(0.0f)",
        "in_f32": "{f}({a})",
        "both_in_f32": "{f}({a}, {b})",
        "add": "vaddq_f32({a}, {b})",
        "sub": "vsubq_f32({a}, {b})",
        "mul": "vmulq_f32({a}, {b})",
        "div": "vdivq_f32({a}, {b})",
        "fma": "vfmaq_f32({c}, {a}, {b})",
        "fnma": "vfmsq_f32({c}, {a}, {b})",
        "max": "max_f32x4({a}, {b})",
        "min": "min_f32x4({a}, {b})",
        "deinterleave_even": "vuzp1q_f32({a}, {b})",
        "deinterleave_odd": "vuzp2q_f32({a}, {b})",
        "interleave_low": "vzip1q_f32({a}, {b})",
        "interleave_high": "vzip2q_f32({a}, {b})",
        "splice": "vextq_f32({a}, {b}, {n})",
        "broadcast_grouped": "spread_lanes({a}, {o}, {i}, {j})",
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

WORDS = {
    "load": "vld1_u16({p})",
    "load_aligned": "vld1_u16({p})",
    "load_part": "load_words({p}, {first}, {end})",
    "load_few": "load_words({p}, 0, {n})",
    "broadcast": "vld1_dup_u16({p})",
    "store": "vst1_u16({p}, {a})",
    "store_aligned": "vst1_u16({p}, {a})",
    "store_tail": "store_words({p}, {a}, {n})",
    "store_few": "store_words({p}, {a}, {n})",
}

WORD_HELPERS = {
    "load_words": """\
/* Words first to end - 1 and zeros; both are constants at every call, so no branch is left. */
static inline uint16x4_t load_words(const uint16_t *p, int first, int end)
{
    uint16x4_t a = vdup_n_u16(0);
    if (first == 0) {
        a = vld1_lane_u16(p, a, 0);
    }
    if (first <= 1 && end > 1) {
        a = vld1_lane_u16(p + 1, a, 1);
    }
    if (first <= 2 && end > 2) {
        a = vld1_lane_u16(p + 2, a, 2);
    }
    if (end == 4) {
        a = vld1_lane_u16(p + 3, a, 3);
    }
    return a;
}
""",
    "store_words": """\
/* The first n words, n from 1 to 3; n is a constant at every call, so no branch is left. */
static inline void store_words(uint16_t *p, uint16x4_t a, int n)
{
    vst1_lane_u16(p, a, 0);
    if (n > 1) {
        vst1_lane_u16(p + 1, a, 1);
    }
    if (n > 2) {
        vst1_lane_u16(p + 2, a, 2);
    }
}
""",
}

NEON_F16 = in_words(NEON, F16, WORDS, ("f32x4_from_f16", "f16_from_f32x4"), WORD_HELPERS | {
    "f32x4_from_f16": """\
static inline float32x4_t f32x4_from_f16(uint16x4_t a)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(a));
}
""",
    "f16_from_f32x4": """\
static inline uint16x4_t f16_from_f32x4(float32x4_t a)
{
    return vreinterpret_u16_f16(vcvt_f16_f32(a));
}
""",
    "f32_from_f16": """\
static inline float f32_from_f16(uint16_t a)
{
    return vgetq_lane_f32(f32x4_from_f16(vdup_n_u16(a)), 0);
}
""",
    "f16_from_f32": """\
static inline uint16_t f16_from_f32(float a)
{
    return vget_lane_u16(f16_from_f32x4(vdupq_n_f32(a)), 0);
}
""",
}, widening=(1, 2))

NEON_BF16 = in_words(NEON, BF16, WORDS, ("f32x4_from_bf16", "bf16_from_f32x4"), WORD_HELPERS | NUMBERS[BF16] | {
    "f32x4_from_bf16": """\
static inline float32x4_t f32x4_from_bf16(uint16x4_t a)
{
    return vreinterpretq_f32_u32(vshlq_n_u32(vmovl_u16(a), 16));
}
""",
    "bf16_from_f32x4": """\
/* To the nearest, ties to even. */
static inline uint16x4_t bf16_from_f32x4(float32x4_t a)
{
    const uint32x4_t bits = vreinterpretq_u32_f32(a);
    const uint32x4_t odd = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
    const uint32x4_t rounded = vaddq_u32(vaddq_u32(bits, vdupq_n_u32(0x7fff)), odd);
    const uint32x4_t quiet = vorrq_u32(bits, vdupq_n_u32(0x00400000)); /* NaN */
    return vshrn_n_u32(vbslq_u32(vceqq_f32(a, a), rounded, quiet), 16);
}
""",
}, widening=(2, 3))

NEON_S8 = in_bytes(NEON, (3, 3), {"load": "f32x4_from_s8({p})", "broadcast": "vdupq_n_f32(f32_from_s8({p}))"}, helpers={
    "word_at": WORD,
    "f32x4_from_s8": """\
static inline float32x4_t f32x4_from_s8(const int8_t *p)
{
    const int8x8_t bytes = vreinterpret_s8_s32(vdup_n_s32(word_at(p)));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(bytes))));
}
""",
}, include=("stdint.h", "arm_neon.h"))


def _with(name: str, **fields: object) -> tuple[Isa, ...]:
    """The rows of floats of a CPU that has some features more."""
    return tuple(msgspec.structs.replace(row, name=row.name.replace(NEON.name, name), **fields)
                 for row in (NEON, NEON_F16, NEON_BF16, NEON_S8))


def _wider(row: Isa, march: str, *macros: str) -> dict[str, object]:
    """What a compiler is told for the integers of a row of floats: in the file, for no flag means the same to all."""
    return {"target": f"arch={march}", "requires": (*row.requires, *macros)}


# Armv8.2's dot products, of Cortex-A55 and A76, Apple's M1 and later; mixed signs of Armv8.6, Cortex-A510, Neoverse V1
NEONDOT, *DOT_WORDS = _with("neondot", features=("asimd", "asimddp"))
NEONI8MM, *I8MM_WORDS = _with("neoni8mm", features=("asimd", "asimddp", "i8mm"))

TOTALS, BYTES = integers(NEON)
DOT_TOTALS, DOT_BYTES = integers(NEONDOT, **_wider(NEONDOT, "armv8.2-a+dotprod", "__ARM_FEATURE_DOTPROD"))
I8MM_TOTALS, I8MM_BYTES = integers(NEONI8MM, **_wider(
    NEONI8MM, "armv8.2-a+dotprod+i8mm", "__ARM_FEATURE_DOTPROD", "__ARM_FEATURE_MATMUL_INT8"))

CACHES = caches_of(64, 512, 4096, ways=(4, 8, 16), rates=(32.0, 16.0, 8.0))

MACHINE = Machine(
    rows=(NEON, NEONDOT, NEONI8MM),
    stored=(NEON_F16, NEON_BF16, NEON_S8, *DOT_WORDS, *I8MM_WORDS, *BYTES, *DOT_BYTES, *I8MM_BYTES),
    products=(pairs(TOTALS), halves(TOTALS), dots(DOT_TOTALS), halves(DOT_TOTALS), *mixed(I8MM_TOTALS),
              halves(I8MM_TOTALS)),
    targets=(
        Target(name="aarch64", isa="neon", caches=CACHES),
        Target(name="aarch64-dotprod", isa="neondot", caches=CACHES),
        Target(name="aarch64-i8mm", isa="neoni8mm", caches=CACHES),
    ),
)
