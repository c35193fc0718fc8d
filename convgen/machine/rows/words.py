"""Rows that compute in f32 and have words of 16 bits in memory, from the row of f32 and what a machine does with words;
and rows that read bytes of weights as f32.

A word holds an f16 or a bf16, and its C type is uint16_t: no compiler need know either. Each is read exactly, and
rounded to the nearest, ties to even; a NaN stays one. A byte is an integer, which f32 holds exactly.
"""

from __future__ import annotations

import msgspec

from ...layer.element import BF16, F16, S8, Element
from ..isa import Isa

LOADS = ("load", "load_aligned", "load_part", "load_few", "broadcast")
STORES = ("store", "store_aligned", "store_tail", "store_few")


def in_words(row: Isa, element: Element, words: dict[str, str], vectors: tuple[str, str], helpers: dict[str, str],
             widening: tuple[float, float], **fields: object) -> Isa:
    """words: the operations of LOADS and STORES for vectors of words. vectors: functions that make floats of such a
    vector, and the other way; the same for one number are f32_from_f16 and f16_from_f32, or of bf16. helpers: all
    that these call; widening, fields: what else the row has of its own."""
    widen, narrow = vectors
    name = element.name
    return row.extend(
        name=f"{row.name}_{name}",
        memory=element,
        ops={
            "get": f"f32_from_{name}({{p}}[{{i}}])",
            "put": f"{{p}}[{{i}}] = {name}_from_f32({{a}})",
            **{op: f"{widen}({words[op]})" for op in LOADS},
            **{op: words[op].replace("{a}", f"{narrow}({{a}})") for op in STORES},
        },
        helpers=helpers,
        widening=widening,
        **fields,
    )


def in_bytes(row: Isa, widening: tuple[float, float], vectors: dict[str, str],
             helpers: dict[str, str] | None = None, **fields: object) -> Isa:
    """A row of weights. vectors: the operations that make floats of bytes, if it has some: load, broadcast. helpers:
    what these call beside f32_from_s8. widening, fields: what else it has of its own."""
    return msgspec.structs.replace(
        row, name=f"{row.name}_f32_{S8.name}", kind="weights", memory=S8, widening=widening,
        ops={"get": "(float){p}[{i}]", **vectors}, helpers={**(BYTE if vectors else {}), **(helpers or {})}, **fields)


BYTE = {
    "f32_from_s8": """\
static inline float f32_from_s8(const int8_t *p)
{
    return (float)*p;
}
""",
}


# Conversions of one number in C99, for machines that have no instructions for them.
NUMBERS = {
    F16: {
        "f32_from_f16": """\
static inline float f32_from_f16(uint16_t a)
{
    const uint32_t magnitude = a & 0x7fffu;
    union { float f; uint32_t u; } bits;
    if (magnitude < 0x0400u) {
        bits.f = (float)magnitude * 0x1p-24f; /* subnormal numbers are 2^-24 apart */
    } else {
        bits.u = (magnitude << 13) + ((magnitude < 0x7c00u ? 112u : 224u) << 23);
    }
    bits.u |= (a & 0x8000u) << 16;
    return bits.f;
}
""",
        "f16_from_f32": """\
/* To the nearest, ties to even. */
static inline uint16_t f16_from_f32(float a)
{
    union { float f; uint32_t u; } bits;
    bits.f = a;
    const uint32_t sign = bits.u >> 16 & 0x8000u;
    const uint32_t magnitude = bits.u & 0x7fffffffu;
    const uint32_t exponent = magnitude >> 23;
    uint32_t word = 0;
    if (magnitude > 0x7f800000u) {
        word = 0x7e00u; /* NaN */
    } else if (exponent > 142) {
        word = 0x7c00u; /* 2^16 or more */
    } else if (exponent > 112) {
        word = (magnitude - (112u << 23) + 0x0fffu + (magnitude >> 13 & 1u)) >> 13;
    } else if (exponent > 101) {
        /* a multiple of 2^-24 */
        const uint32_t significand = (magnitude & 0x007fffffu) | 0x00800000u;
        const uint32_t shift = 126u - exponent;
        word = (significand + (1u << (shift - 1u)) - 1u + (significand >> shift & 1u)) >> shift;
    }
    return (uint16_t)(sign | word);
}
""",
    },
    BF16: {
        "f32_from_bf16": """\
static inline float f32_from_bf16(uint16_t a)
{
    union { float f; uint32_t u; } bits;
    bits.u = (uint32_t)a << 16;
    return bits.f;
}
""",
        "bf16_from_f32": """\
/* To the nearest, ties to even. */
static inline uint16_t bf16_from_f32(float a)
{
    union { float f; uint32_t u; } bits;
    bits.f = a;
    if ((bits.u & 0x7fffffffu) > 0x7f800000u) {
        return (uint16_t)(bits.u >> 16 | 0x0040u); /* NaN */
    }
    return (uint16_t)((bits.u + 0x7fffu + (bits.u >> 16 & 1u)) >> 16);
}
""",
    },
}

WIDENING = {F16: (8, 8), BF16: (1, 1)}  # instructions of theirs that make a float of a word

WORD = """\
/* The four bytes at p, in an int. */
static inline int word_at(const void *p)
{
    int word;
#if defined(__GNUC__) || defined(__clang__)
    __builtin_memcpy(&word, p, sizeof word); /* no call, even where nothing else is built in */
#else
    for (unsigned byte = 0; byte < sizeof word; ++byte) {
        ((char *)&word)[byte] = ((const char *)p)[byte];
    }
#endif
    return word;
}
"""


def pieces(n: int) -> list[tuple[int, int]]:
    """(offset, bytes) of the powers of two that n bytes, fewer than 16, are moved in."""
    found, at = [], 0
    for size in (8, 4, 2, 1):
        if n & size:
            found.append((at, size))
            at += size
    return found


def fits(deep: int, s: int, d: int) -> bool:
    """Whether a word's bytes, of pixels s apart and taps d apart, lie in the 16 that a shuffle sees."""
    return s <= 2 and 3 * s + (deep - 1) * d < 16
