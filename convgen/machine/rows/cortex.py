"""Cortex-M: plain C with the registers, the rates and the memory of a core, built for it by an embedded compiler.

Kernels run on any machine too, so that they are verified where they are written. No operating system hands out
threads, and flash is small: plans are balanced unless asked otherwise, and as small as can be where every product is a
call, whatever the plan.
"""

from __future__ import annotations

import msgspec

from ...layer.element import S8, S16, U8
from ..family import Family
from ..isa import Given, Isa, Objective
from ..target import Cache, Machine, Target
from .scalar import SCALAR, Plain, longs, plain, stored
from .words import WORD

ZIG = "zig cc --target=thumb-freestanding-eabi"
LINUX = "arm-linux-gnueabi"  # of a larger core: for a package's self-test, which takes a C library and a system


def _row(name: str, registers: int, objective: Objective, *compilers: str, fpu: bool = True) -> Isa:
    family = Family(name=name.replace("_", "-"), macros=(), machines=(), features={}, compilers=compilers)
    told = f"build this file for the FPU ({compilers[0]}); for a core without one, generate it for cortex-m0"
    refuses = ("defined(__arm__) && !defined(__ARM_FP)", told) if fpu else ("", "")
    return SCALAR.extend(ops={}, name=name, registers=registers, family=family, objective=objective, doubles=False,
                         refuses=refuses, unvectorised=False, fast=(350.0, 4.0, 4.0))  # built for size


# The FPU has 32 registers of single precision; without one, numbers lie in the eight that all instructions reach.
M4 = _row("cortex_m4", 32, "balanced",
          "arm-none-eabi-gcc -mcpu=cortex-m4 -mfloat-abi=hard", f"{ZIG}hf -mcpu=cortex_m4+vfp4d16sp", f"{LINUX}hf-gcc")
M7 = _row("cortex_m7", 32, "balanced",
          "arm-none-eabi-gcc -mcpu=cortex-m7 -mfloat-abi=hard", f"{ZIG}hf -mcpu=cortex_m7+fp_armv8d16",
          f"{LINUX}hf-gcc")
M0 = _row("cortex_m0", 8, "size", "arm-none-eabi-gcc -mcpu=cortex-m0", f"{ZIG} -mcpu=cortex_m0",
          f"{LINUX}-gcc", f"{LINUX}hf-gcc", fpu=False)
ROWS = (M4, M7, M0)


def _dual(integers: Plain) -> Isa:
    """Products of 16 bits by smlad, two a lane; elsewhere in C, so that kernels run there too."""
    totals = integers.totals
    row = msgspec.structs.replace(
        totals, name=f"{totals.f32.name}_dsp_s16", kind="products", memory=S16, totals=totals, deep=2, registers=11,
        ops={"load": "word_at({p})", "broadcast": "word_at({p})", "zero": "0", "fma": "dual_products({a}, {b}, {c})"},
        helpers={"word_at": WORD, "dual_products": """\
/* c and the products of both halves. */
static inline int32_t dual_products(int32_t a, int32_t b, int32_t c)
{
#if defined(__ARM_FEATURE_SIMD32) && defined(__GNUC__)
    return __builtin_arm_smlad(a, b, c);
#else
    return (int16_t)a * (int16_t)b + (a >> 16) * (b >> 16) + c;
#endif
}
"""})
    return msgspec.structs.replace(row, given={S16.name: Given(row, row)} | dict.fromkeys(
        (U8.name, S8.name), Given(row, offset=None)))


# Of the core's registers those that pointers leave: more where words are read, which need no address of their own. No
# FPU is needed. A product and its sum are one instruction, on M0 two.
M4_INTEGERS = plain(M4, registers=9, pace=(1.0, 1), refuses=("", ""))
M7_INTEGERS = plain(M7, registers=9, pace=(1.0, 2), refuses=("", ""))
M0_INTEGERS = plain(M0, registers=6, pace=(0.5, 2))
# sums of 64 bits take two registers each
INTEGERS = (M4_INTEGERS, M7_INTEGERS, M0_INTEGERS, longs(M4, registers=5, pace=(1.0, 1), refuses=("", "")),
            longs(M7, registers=5, pace=(1.0, 2), refuses=("", "")), longs(M0, registers=4, pace=(0.1, 10)))

MACHINE = Machine(
    rows=ROWS,
    stored=(*(one for row in ROWS for one in stored(row)), *(row for one in INTEGERS for row in one.stored)),
    products=(_dual(M4_INTEGERS), _dual(M7_INTEGERS), *(row for one in INTEGERS for row in one.products)),
    targets=(
        # a product and an addition; a load takes two cycles, and nothing runs beside it (Cortex-M4 TRM, 7.2.3)
        Target(name="cortex-m4", isa="cortex_m4", caches=(), memory_rate=2.0, fma_rate=0.5, fma_latency=2,
               load_rate=0.5, store_rate=0.5, issue=1.0),
        # two instructions a cycle, one of them for the FPU
        Target(name="cortex-m7", isa="cortex_m7", caches=(Cache(16 << 10, 4, 8.0, line=32),), memory_rate=2.0,
               fma_rate=1.0, fma_latency=3, load_rate=1.0, store_rate=1.0, issue=2.0),
        # a product and an addition are calls of some fifty instructions each
        Target(name="cortex-m0", isa="cortex_m0", caches=(), memory_rate=2.0, fma_rate=0.01, fma_latency=100,
               load_rate=0.5, store_rate=0.5, issue=1.0),
    ),
)
