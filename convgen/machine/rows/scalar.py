"""C without vectors, for any CPU."""

from __future__ import annotations

from ..isa import Isa
from ..target import Machine, Target, caches_of
from .words import LOADS, NUMBERS, STORES, WIDENING, in_words

SCALAR = Isa(
    name="scalar",
    lanes=1,
    registers=16,
    fused=False,
    vector="float",
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
        "max": "max_f32({a}, {b})",
        "min": "min_f32({a}, {b})",
        "deinterleave_even": "{a}",
        "deinterleave_odd": "{b}",
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

STORED = tuple(
    in_words(SCALAR, element, WORDS, (f"f32_from_{element.name}", f"{element.name}_from_f32"), helpers,
             WIDENING[element])
    for element, helpers in NUMBERS.items()
)

MACHINE = Machine(
    rows=(SCALAR,),
    stored=STORED,
    targets=(Target(name="scalar", isa="scalar", caches=caches_of(32, 256, 2048)),),
)
