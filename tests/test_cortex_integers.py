"""The layers of a keyword spotter (DS-CNN) in int8, and in TFLite's 16x8, on Cortex-M: instructions, counted by an
emulator, against the plain loop nest that TFLite's rule is written down in; code and memory."""

from __future__ import annotations

import re
import subprocess

import pytest
import tools

from convgen import ConvSpec, generate

FIELDS = {"dtype": "s8:s8:s8", "layout": "nhwc", "weights_layout": "oihw", "rounding": "tflite", "input_zero": -5,
          "output_zero": 3}
MAP = {"ic": 64, "oc": 64, "ih": 25, "iw": 5}
LONG = {"dtype": "s16:s8:s16", "input_zero": 0, "output_zero": 0}
# name: the layer, and how many of the plain nest's instructions it may take
LAYERS = {
    "first": ({"ic": 1, "oc": 64, "ih": 49, "iw": 10, "kh": 10, "kw": 4, "sh": 2, "sw": 2, "top": 4, "bottom": 5,
               "left": 1, "right": 1}, 0.25),
    "depthwise": (MAP | {"g": 64, "kh": 3, "kw": 3, "padding": "half"}, 0.5),
    "pointwise": (MAP | {"kh": 1, "kw": 1}, 0.25),
    "pointwise 16x8": (MAP | LONG | {"kh": 1, "kw": 1}, 0.35),
    "depthwise 16x8": (MAP | LONG | {"g": 64, "kh": 3, "kw": 3, "padding": "half"}, 0.65),
}
COMPILER = ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mfloat-abi=hard", "-mthumb", "-std=c11", "-ffreestanding",
            "-fno-tree-loop-distribute-patterns")
# a board with a Cortex-M4; an instruction takes a nanosecond, and its clock ticks every 40
BOARD = ("qemu-system-arm", "-M", "mps2-an386", "-nographic", "-icount", "shift=0", "-semihosting-config",
         "enable=on,target=native", "-kernel")
LINK = """
MEMORY { CODE (rx) : ORIGIN = 0, LENGTH = 4M DATA (rwx) : ORIGIN = 0x20000000, LENGTH = 4M }
SECTIONS {
    .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > CODE
    .ARM.exidx : { *(.ARM.exidx*) } > CODE
    .bss (NOLOAD) : { *(.bss*) *(COMMON) } > DATA
    stack_top = ORIGIN(DATA) + LENGTH(DATA);
}
"""

# Each output by itself; gemmlowp's two roundings, as they are defined there, or the one of TFLite's 16x8.
TYPES = """
#include <stdint.h>
#ifdef WIDE
typedef int16_t number;
typedef int64_t total;
enum { LESS = 0, ADDED = 0, MOST = 32767 };
#else
typedef int8_t number;
typedef int32_t total;
enum { LESS = 5, ADDED = 3, MOST = 127 };
#endif
void plain(const number *x, const int8_t *w, const total *bias, const int32_t *m, const int32_t *n, number *y);
"""
PLAIN = """
#include "types.h"
static int32_t high_product(int32_t a, int32_t m)
{
    const int64_t product = (int64_t)a * m;
    return (int32_t)((product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) / ((int64_t)1 << 31));
}
static int32_t divided(int32_t a, int n)
{
    const int32_t mask = (int32_t)((1u << n) - 1), limit = (mask >> 1) + (a < 0);
    return (a >> n) + ((a & mask) > limit);
}
#ifdef WIDE
static total scaled(total v, int32_t m, int n)
{
    return (v * ((m + (1 << 15)) >> 16) + ((int64_t)1 << (14 + n))) >> (15 + n);
}
#else
static total scaled(total v, int32_t m, int n) { return divided(high_product(v, m), n); }
#endif
void plain(const number *x, const int8_t *w, const total *bias, const int32_t *m, const int32_t *n, number *y)
{
    for (int oh = 0; oh < OH; oh++) for (int ow = 0; ow < OW; ow++) for (int o = 0; o < OC; o++) {
        total sum = bias[o];
        for (int kh = 0; kh < KH; kh++) for (int kw = 0; kw < KW; kw++) {
            const int ih = oh * SH + kh - TOP, iw = ow * SW + kw - LEFT;
            if (ih < 0 || ih >= IH || iw < 0 || iw >= IW) continue;
            for (int i = 0; i < ICG; i++)
                sum += (x[(ih * IW + iw) * IC + o / OCG * ICG + i] + LESS) * w[((o * ICG + i) * KH + kh) * KW + kw];
        }
        const total v = scaled(sum, m[o], n[o]) + ADDED;
        y[(oh * OW + ow) * OC + o] = (number)(v < -MOST - 1 ? -MOST - 1 : v > MOST ? MOST : v);
    }
}
"""
MAIN = """
#include "k.h"
#include "types.h"
#define REGISTER(address) (*(volatile uint32_t *)address)
enum { INPUTS = k_INPUT_BYTES / sizeof(number), OUTPUTS = k_OUTPUT_BYTES / sizeof(number) };
extern uint32_t stack_top;
static number x[INPUTS], y[OUTPUTS], right[OUTPUTS];
static int8_t w[k_WEIGHTS_BYTES];
static int32_t m[OC], n[OC];
static total bias[OC];
static double scale[OC];
static _Alignas(64) char packed[k_PACKED_BYTES], workspace[k_WORKSPACE_BYTES(1) + 4];
static void ask(int what, const void *given)
{
    register int r0 __asm__("r0") = what;
    register const void *r1 __asm__("r1") = given;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}
static void say(const char *name, uint32_t value)
{
    char text[16], *p = text + 15;
    *p = 0;
    *--p = '\\n';
    do { *--p = (char)('0' + value % 10); value /= 10; } while (value);
    ask(4, name);
    ask(4, p);
}
static void start(void) { REGISTER(0xE000E014) = 0xffffff, REGISTER(0xE000E018) = 0, REGISTER(0xE000E010) = 5; }
static uint32_t ticks(void) { return -REGISTER(0xE000E018) & 0xffffff; }
static uint32_t drawn(void) { static uint32_t state = 1; return state = state * 1664525u + 1013904223u; }
static void reset(void)
{
    REGISTER(0xE000ED88) |= 0xf << 20; /* the FPU */
    __asm__ volatile("dsb\\n\\tisb");
    for (uint32_t i = 0; i < INPUTS; ++i) x[i] = (number)(drawn() >> 16 >> 8 * (sizeof(number) == 1));
    for (uint32_t i = 0; i < sizeof w; ++i) w[i] = (int8_t)(drawn() >> 24);
    for (int i = 0; i < OC; ++i) bias[i] = (int32_t)drawn() >> 18, scale[i] = 0.0007, m[i] = 1539316279, n[i] = 10;
    k_pack(w, bias, scale, packed);
    start();
    k(x, packed, y, workspace, 1);
    say("kernel ", ticks());
    start();
    plain(x, w, bias, m, n, right);
    say("plain ", ticks());
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < OUTPUTS; ++i) wrong += y[i] != right[i];
    say("wrong ", wrong);
    ask(0x18, (const void *)0x20026);
}
__attribute__((section(".vectors"), used)) static void *const vectors[] = {&stack_top, (void *)reset};
"""


def lacking():
    """Why such programs cannot be built or run here, or None."""
    return (tools.trouble(COMPILER[0], "--version") or tools.trouble(BOARD[0], "--version")
            or tools.binutils("size", COMPILER[0]))


@tools.needs(lacking)
@pytest.mark.parametrize("name", LAYERS)
def test_a_keyword_spotter(name, tmp_path):
    """Fewer instructions than the plain nest, which gcc -O3 compiles; its bits; less than 6 KB of code."""
    fields, most = LAYERS[name]
    spec = ConvSpec(**FIELDS | fields)
    kernel = generate(spec, "cortex-m4", name="k", records=False, optimize="speed")
    for file, text in {"k.c": kernel.source, "k.h": kernel.header, "types.h": TYPES, "plain.c": PLAIN, "main.c": MAIN,
                       "link.ld": LINK}.items():
        (tmp_path / file).write_text(text)
    sizes = {one: getattr(spec, one.lower()) for one in ("OC", "OH", "OW", "KH", "KW", "SH", "SW", "TOP", "LEFT", "IH",
                                                         "IW", "IC", "ICG", "OCG")}

    def run(*command):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    run(*COMPILER, "-Os", "-c", "k.c", "-o", "small.o")
    assert int(run("arm-none-eabi-size", "small.o").splitlines()[1].split()[0]) < 6 << 10
    wide = ["-DWIDE"] * (spec.dtype == LONG["dtype"])
    run(*COMPILER, "-O3", *wide, *(f"-D{one}={size}" for one, size in sizes.items()), "-nostdlib", "-T", "link.ld",
        "k.c", "plain.c", "main.c", "-lgcc", "-o", "main")  # fmt: skip
    told = dict(re.findall(r"(\w+) (\d+)", run(*BOARD, "main")))
    assert told["wrong"] == "0"
    assert int(told["kernel"]) <= most * int(told["plain"])
