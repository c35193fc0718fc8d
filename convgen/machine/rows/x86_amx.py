"""x86-64 with AMX: products of matrices of bytes, 16 × 64 by 64 × 16, a row of sums a cycle."""

from __future__ import annotations

import msgspec

from ...layer.element import S8, U8
from ..isa import Given, Isa
from ..matrix import Matrix

# Linux keeps the registers of a process that asked for them (Documentation/arch/x86/xstate.rst): a request that was
# granted is answered at once, in 60 ns. Compilers do not know that loads of tiles read memory: what was written before
# is there once the barrier is behind.
_BEGIN = """\
/* Asks Linux for the registers of tiles, which a process may use when it has asked once, and gives them shapes. */
static inline void begin_tiles(const uint8_t *shapes)
{
#if defined(__linux__) && defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
    long answer = 158; /* arch_prctl */
    __asm__ volatile("syscall" : "+a"(answer) : "D"(0x1023L), "S"(18L) : "rcx", "r11", "memory");
    (void)answer;
#elif defined(__GNUC__) || defined(__clang__)
    __asm__ volatile("" ::: "memory");
#endif
    _tile_loadconfig(shapes);
}
"""

_STACK = """\
/* Pixels of 3 bytes of two rows, side by side as 4 bytes each, of which the last is 0. */
static inline void stack_pixels(void *to, const void *first, const void *second, ptrdiff_t count)
{
    const __m128i spread = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
    uint8_t *const p = (uint8_t *)to;
    const uint8_t *const a = (const uint8_t *)first;
    const uint8_t *const b = (const uint8_t *)second;
    ptrdiff_t w = 0;
    for (; w < count - 5; w += 4) {
        const __m128i x = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(a + 3 * w)), spread);
        const __m128i y = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(b + 3 * w)), spread);
        _mm_storeu_si128((__m128i *)(void *)(p + 8 * w), _mm_unpacklo_epi32(x, y));
        _mm_storeu_si128((__m128i *)(void *)(p + 8 * w + 16), _mm_unpackhi_epi32(x, y));
    }
    for (; w < count; ++w) {
        for (ptrdiff_t i = 0; i < 4; ++i) {
            p[8 * w + i] = (uint8_t)(i < 3 ? a[3 * w + i] : 0);
            p[8 * w + 4 + i] = (uint8_t)(i < 3 ? b[3 * w + i] : 0);
        }
    }
}
"""

TILES = Matrix(
    rows=16,
    words=16,
    registers=8,
    begin="begin_tiles({p});",
    end="_tile_release();",
    zero="_tile_zero({t});",
    load="_tile_loadd({t}, {p}, {n});",
    store="_tile_stored({t}, {p}, {n});",
    multiply={U8.name: "_tile_dpbusd({c}, {a}, {b});", S8.name: "_tile_dpbssd({c}, {a}, {b});"},
    helpers=("begin_tiles",),
    stack="stack_pixels",
)


def tiles(quads: Isa, name: str, **fields: object) -> Isa:
    """The row of a machine that has tiles beside its row of products of bytes: these are as that one's, but signed
    inputs need not be moved. pace: a product of 16 × 16 words takes 16 cycles, and 21 where registers are loaded for it
    all the time (measured); 52 cycles pass until a sum may be added to (Intel 64 and IA-32 Architectures Optimization
    Reference Manual, on AMX).
    """
    row = msgspec.structs.replace(
        quads, name=name, matrix=TILES, products=1 / 256, pace=(12.0, 3), wordwise={},
        helpers={**quads.helpers, "begin_tiles": _BEGIN, "stack_pixels": _STACK}, **fields)
    unsigned = msgspec.structs.replace(row, name=f"{name}_u8", memory=U8)
    signed = msgspec.structs.replace(row, name=f"{name}_s8")
    helper = "transpose_8x8"
    return msgspec.structs.replace(row, given={U8.name: Given(unsigned, unsigned, 0, helper),
                                               S8.name: Given(signed, signed, 0, helper)})
