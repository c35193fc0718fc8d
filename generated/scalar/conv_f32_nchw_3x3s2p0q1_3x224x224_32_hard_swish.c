/* conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 1 x 3 x 224 x 224, output 1 x 32 x 112 x 112, weights oihw 32 x 3 x 3 x 3
 *           kernel 3x3, stride 2x2, padding 0+1 0+1, bias, hard-swish
 * Command   convgen generate ic3ih224oc32oh112kh3sh2ph0 --layout nchw --activation 'hard-swish' --target scalar -o .
 * Plan      direct on scalar, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oh: 112 times, a task each
 *             for oc by 3: 11 times
 *               for ow by 4: 28 times
 *                 for kh: 3 times
 *                   for kw: 3 times
 *                     for ic: 3 times
 *                       tile of 4 pixels x 3 channels: 16 of 16 registers
 * Tasks     112 (output rows)
 * Cost      10838016 multiply-adds; at least 2211328 bytes moved; 3584 bytes packed, 0 of workspace
 * Code      about 2774 bytes compiled for size, rarely more than 11896 for speed
 * Bound     |error| <= 1.5 g S, S = sum |x||w| + |bias|, g = 28 u / (1 - 28 u) = 1.67e-06, u = 2^-24;
 *           the activation adds u (0 + 5 (|v| + g S)), v the sum before it
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 6.3e+36, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#include "conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish.h"

#include <stdint.h>
#ifdef _OPENMP
#include <omp.h>
#endif

/* Here, behind all includes, since what others declare is compiled as the rest of the program is. This file computes as it
   is written, whatever that is built with: -ffast-math, -Ofast, or some of what they stand for, would break its bound,
   and what becomes of infinities and NaN. Loops that copy or clear become no calls of memcpy or memset: it needs no libc.
   A product and its sum may be one instruction, where the CPU has one, with -std=c99 too: the bound covers both.
*/
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("no-fast-math")
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#pragma GCC optimize("fp-contract=fast")
#pragma GCC optimize("no-tree-loop-vectorize") /* ten times the code, and none faster: sums have no loops of their own */
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "build this file with -fno-fast-math: unlike gcc and MSVC, this compiler obeys no pragma for that"
#elif defined(__clang__) && __clang_major__ > 10
#pragma clang fp reassociate(off)
#endif
/* Loading an input again is cheaper than keeping it: registers are for sums. */
#if defined(__GNUC__) || defined(__clang__)
#define RELOAD __asm__ volatile("" ::: "memory")
#else
#define RELOAD (void)0
#endif
/* Inlined, an activation keeps its constants in registers around the loops: registers are for sums. */
#if defined(__GNUC__) || defined(__clang__)
#define APART __attribute__((noinline))
#elif defined(_MSC_VER)
#define APART __declspec(noinline)
#else
#define APART
#endif

/* Functions of this file alone, by names that no other file has. */
#define max_f32 conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_max_f32_
#define min_f32 conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_min_f32_
#define activate conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_activate_
#define tile_4x3 conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_tile_4x3_
#define tile_4x3_pixel108 conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_tile_4x3_pixel108_
#define tile_4x2 conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_tile_4x2_
#define tile_4x2_pixel108 conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_tile_4x2_pixel108_
#define pack_panel conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_pack_panel_
#define compute_task conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_compute_task_

static inline float max_f32(float a, float b)
{
    return a > b ? a : b;
}

static inline float min_f32(float a, float b)
{
    return a < b ? a : b;
}

/* hard-swish; error at most u (0.0 + 5.0 |v|), u = 2^-24. */
static inline float activate(float v)
{
    const float raised = v + 3.0f;
    const float gate = min_f32(6.0f, max_f32(0.0f, raised));
    const float sixth = gate * 0.166666667f;
    return v * sixth;
}

/* 4 pixels x 3 channels.
   x: the input at row 0, the first column of the window; windows 2 apart, rows 224, channels 50176.
   ih: the row of the input that the window begins at.
   kh_end: the kernel row behind the last on the input.
   w: its panel, 3 numbers a term.
   bias: of the first channel.
   output: the first pixel, first channel; channels 12544 apart. */
static APART void tile_4x3(const float *x, ptrdiff_t ih, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    float acc0_0 = *(bias);
    float acc0_1 = *(bias + 1);
    float acc0_2 = *(bias + 2);
    float acc1_0 = *(bias);
    float acc1_1 = *(bias + 1);
    float acc1_2 = *(bias + 2);
    float acc2_0 = *(bias);
    float acc2_1 = *(bias + 1);
    float acc2_2 = *(bias + 2);
    float acc3_0 = *(bias);
    float acc3_1 = *(bias + 1);
    float acc3_2 = *(bias + 2);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = 0; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 224;
        const float *w_kh = w + kh * 27;
        /* kernel columns */
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            const float *x_kw = x_kh + kw;
            {
                const float b0 = *(w_kh);
                const float b1 = *(w_kh + 1);
                const float b2 = *(w_kh + 2);
                const float a0 = *(x_kw);
                acc0_0 = a0 * b0 + acc0_0;
                acc0_1 = a0 * b1 + acc0_1;
                acc0_2 = a0 * b2 + acc0_2;
                const float a1 = *(x_kw + 2);
                acc1_0 = a1 * b0 + acc1_0;
                acc1_1 = a1 * b1 + acc1_1;
                acc1_2 = a1 * b2 + acc1_2;
                const float a2 = *(x_kw + 4);
                acc2_0 = a2 * b0 + acc2_0;
                acc2_1 = a2 * b1 + acc2_1;
                acc2_2 = a2 * b2 + acc2_2;
                const float a3 = *(x_kw + 6);
                acc3_0 = a3 * b0 + acc3_0;
                acc3_1 = a3 * b1 + acc3_1;
                acc3_2 = a3 * b2 + acc3_2;
            }
            {
                const float b0 = *(w_kh + 3);
                const float b1 = *(w_kh + 4);
                const float b2 = *(w_kh + 5);
                const float a0 = *(x_kw + 50176);
                acc0_0 = a0 * b0 + acc0_0;
                acc0_1 = a0 * b1 + acc0_1;
                acc0_2 = a0 * b2 + acc0_2;
                const float a1 = *(x_kw + 50178);
                acc1_0 = a1 * b0 + acc1_0;
                acc1_1 = a1 * b1 + acc1_1;
                acc1_2 = a1 * b2 + acc1_2;
                const float a2 = *(x_kw + 50180);
                acc2_0 = a2 * b0 + acc2_0;
                acc2_1 = a2 * b1 + acc2_1;
                acc2_2 = a2 * b2 + acc2_2;
                const float a3 = *(x_kw + 50182);
                acc3_0 = a3 * b0 + acc3_0;
                acc3_1 = a3 * b1 + acc3_1;
                acc3_2 = a3 * b2 + acc3_2;
            }
            {
                const float b0 = *(w_kh + 6);
                const float b1 = *(w_kh + 7);
                const float b2 = *(w_kh + 8);
                const float a0 = *(x_kw + 100352);
                acc0_0 = a0 * b0 + acc0_0;
                acc0_1 = a0 * b1 + acc0_1;
                acc0_2 = a0 * b2 + acc0_2;
                const float a1 = *(x_kw + 100354);
                acc1_0 = a1 * b0 + acc1_0;
                acc1_1 = a1 * b1 + acc1_1;
                acc1_2 = a1 * b2 + acc1_2;
                const float a2 = *(x_kw + 100356);
                acc2_0 = a2 * b0 + acc2_0;
                acc2_1 = a2 * b1 + acc2_1;
                acc2_2 = a2 * b2 + acc2_2;
                const float a3 = *(x_kw + 100358);
                acc3_0 = a3 * b0 + acc3_0;
                acc3_1 = a3 * b1 + acc3_1;
                acc3_2 = a3 * b2 + acc3_2;
            }
            w_kh += 9;
        }
    }
    float spread[4][3];
    acc0_0 = activate(acc0_0);
    *(spread[0]) = acc0_0;
    acc0_1 = activate(acc0_1);
    *(spread[0] + 1) = acc0_1;
    acc0_2 = activate(acc0_2);
    *(spread[0] + 2) = acc0_2;
    acc1_0 = activate(acc1_0);
    *(spread[1]) = acc1_0;
    acc1_1 = activate(acc1_1);
    *(spread[1] + 1) = acc1_1;
    acc1_2 = activate(acc1_2);
    *(spread[1] + 2) = acc1_2;
    acc2_0 = activate(acc2_0);
    *(spread[2]) = acc2_0;
    acc2_1 = activate(acc2_1);
    *(spread[2] + 1) = acc2_1;
    acc2_2 = activate(acc2_2);
    *(spread[2] + 2) = acc2_2;
    acc3_0 = activate(acc3_0);
    *(spread[3]) = acc3_0;
    acc3_1 = activate(acc3_1);
    *(spread[3] + 1) = acc3_1;
    acc3_2 = activate(acc3_2);
    *(spread[3] + 2) = acc3_2;
    for (ptrdiff_t j = 0; j < 3; ++j) {
        output[j * 12544] = spread[0][j];
        output[j * 12544 + 1] = spread[1][j];
        output[j * 12544 + 2] = spread[2][j];
        output[j * 12544 + 3] = spread[3][j];
    }
}

/* 4 pixels x 3 channels, from pixel 108.
   x: the input at row 0, column 0; windows 2 apart, rows 224, channels 50176.
   ih: the row of the input that the window begins at.
   kh_end: the kernel row behind the last on the input.
   w: its panel, 3 numbers a term.
   bias: of the first channel.
   output: the first pixel, first channel; channels 12544 apart. */
static APART void tile_4x3_pixel108(const float *x, ptrdiff_t ih, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    float acc0_0 = *(bias);
    float acc0_1 = *(bias + 1);
    float acc0_2 = *(bias + 2);
    float acc1_0 = *(bias);
    float acc1_1 = *(bias + 1);
    float acc1_2 = *(bias + 2);
    float acc2_0 = *(bias);
    float acc2_1 = *(bias + 1);
    float acc2_2 = *(bias + 2);
    float acc3_0 = *(bias);
    float acc3_1 = *(bias + 1);
    float acc3_2 = *(bias + 2);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = 0; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 224;
        const float *w_kh = w + kh * 27;
        /* kernel column 0 */
        {
            const float b0 = *(w_kh);
            const float b1 = *(w_kh + 1);
            const float b2 = *(w_kh + 2);
            const float a0 = *(x_kh + 216);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_kh + 218);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_kh + 220);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
            const float a3 = *(x_kh + 222);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            acc3_2 = a3 * b2 + acc3_2;
        }
        {
            const float b0 = *(w_kh + 3);
            const float b1 = *(w_kh + 4);
            const float b2 = *(w_kh + 5);
            const float a0 = *(x_kh + 50392);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_kh + 50394);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_kh + 50396);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
            const float a3 = *(x_kh + 50398);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            acc3_2 = a3 * b2 + acc3_2;
        }
        {
            const float b0 = *(w_kh + 6);
            const float b1 = *(w_kh + 7);
            const float b2 = *(w_kh + 8);
            const float a0 = *(x_kh + 100568);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_kh + 100570);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_kh + 100572);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
            const float a3 = *(x_kh + 100574);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            acc3_2 = a3 * b2 + acc3_2;
        }
        w_kh += 9;
        RELOAD;
        /* kernel column 1 */
        {
            const float b0 = *(w_kh);
            const float b1 = *(w_kh + 1);
            const float b2 = *(w_kh + 2);
            const float a0 = *(x_kh + 217);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_kh + 219);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_kh + 221);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
            const float a3 = *(x_kh + 223);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            acc3_2 = a3 * b2 + acc3_2;
        }
        {
            const float b0 = *(w_kh + 3);
            const float b1 = *(w_kh + 4);
            const float b2 = *(w_kh + 5);
            const float a0 = *(x_kh + 50393);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_kh + 50395);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_kh + 50397);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
            const float a3 = *(x_kh + 50399);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            acc3_2 = a3 * b2 + acc3_2;
        }
        {
            const float b0 = *(w_kh + 6);
            const float b1 = *(w_kh + 7);
            const float b2 = *(w_kh + 8);
            const float a0 = *(x_kh + 100569);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_kh + 100571);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_kh + 100573);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
            const float a3 = *(x_kh + 100575);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            acc3_2 = a3 * b2 + acc3_2;
        }
        w_kh += 9;
        RELOAD;
        /* kernel column 2 */
        {
            const float b0 = *(w_kh);
            const float b1 = *(w_kh + 1);
            const float b2 = *(w_kh + 2);
            const float a0 = *(x_kh + 218);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_kh + 220);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_kh + 222);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
        }
        {
            const float b0 = *(w_kh + 3);
            const float b1 = *(w_kh + 4);
            const float b2 = *(w_kh + 5);
            const float a0 = *(x_kh + 50394);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_kh + 50396);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_kh + 50398);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
        }
        {
            const float b0 = *(w_kh + 6);
            const float b1 = *(w_kh + 7);
            const float b2 = *(w_kh + 8);
            const float a0 = *(x_kh + 100570);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_kh + 100572);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_kh + 100574);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
        }
    }
    float spread[4][3];
    acc0_0 = activate(acc0_0);
    *(spread[0]) = acc0_0;
    acc0_1 = activate(acc0_1);
    *(spread[0] + 1) = acc0_1;
    acc0_2 = activate(acc0_2);
    *(spread[0] + 2) = acc0_2;
    acc1_0 = activate(acc1_0);
    *(spread[1]) = acc1_0;
    acc1_1 = activate(acc1_1);
    *(spread[1] + 1) = acc1_1;
    acc1_2 = activate(acc1_2);
    *(spread[1] + 2) = acc1_2;
    acc2_0 = activate(acc2_0);
    *(spread[2]) = acc2_0;
    acc2_1 = activate(acc2_1);
    *(spread[2] + 1) = acc2_1;
    acc2_2 = activate(acc2_2);
    *(spread[2] + 2) = acc2_2;
    acc3_0 = activate(acc3_0);
    *(spread[3]) = acc3_0;
    acc3_1 = activate(acc3_1);
    *(spread[3] + 1) = acc3_1;
    acc3_2 = activate(acc3_2);
    *(spread[3] + 2) = acc3_2;
    for (ptrdiff_t j = 0; j < 3; ++j) {
        output[j * 12544] = spread[0][j];
        output[j * 12544 + 1] = spread[1][j];
        output[j * 12544 + 2] = spread[2][j];
        output[j * 12544 + 3] = spread[3][j];
    }
}

/* 4 pixels x 2 channels.
   x: the input at row 0, the first column of the window; windows 2 apart, rows 224, channels 50176.
   ih: the row of the input that the window begins at.
   kh_end: the kernel row behind the last on the input.
   w: its panel, 2 numbers a term.
   bias: of the first channel.
   output: the first pixel, first channel; channels 12544 apart. */
static APART void tile_4x2(const float *x, ptrdiff_t ih, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    float acc0_0 = *(bias);
    float acc0_1 = *(bias + 1);
    float acc1_0 = *(bias);
    float acc1_1 = *(bias + 1);
    float acc2_0 = *(bias);
    float acc2_1 = *(bias + 1);
    float acc3_0 = *(bias);
    float acc3_1 = *(bias + 1);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = 0; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 224;
        const float *w_kh = w + kh * 18;
        /* kernel columns */
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            const float *x_kw = x_kh + kw;
            {
                const float b0 = *(w_kh);
                const float b1 = *(w_kh + 1);
                const float a0 = *(x_kw);
                acc0_0 = a0 * b0 + acc0_0;
                acc0_1 = a0 * b1 + acc0_1;
                const float a1 = *(x_kw + 2);
                acc1_0 = a1 * b0 + acc1_0;
                acc1_1 = a1 * b1 + acc1_1;
                const float a2 = *(x_kw + 4);
                acc2_0 = a2 * b0 + acc2_0;
                acc2_1 = a2 * b1 + acc2_1;
                const float a3 = *(x_kw + 6);
                acc3_0 = a3 * b0 + acc3_0;
                acc3_1 = a3 * b1 + acc3_1;
            }
            {
                const float b0 = *(w_kh + 2);
                const float b1 = *(w_kh + 3);
                const float a0 = *(x_kw + 50176);
                acc0_0 = a0 * b0 + acc0_0;
                acc0_1 = a0 * b1 + acc0_1;
                const float a1 = *(x_kw + 50178);
                acc1_0 = a1 * b0 + acc1_0;
                acc1_1 = a1 * b1 + acc1_1;
                const float a2 = *(x_kw + 50180);
                acc2_0 = a2 * b0 + acc2_0;
                acc2_1 = a2 * b1 + acc2_1;
                const float a3 = *(x_kw + 50182);
                acc3_0 = a3 * b0 + acc3_0;
                acc3_1 = a3 * b1 + acc3_1;
            }
            {
                const float b0 = *(w_kh + 4);
                const float b1 = *(w_kh + 5);
                const float a0 = *(x_kw + 100352);
                acc0_0 = a0 * b0 + acc0_0;
                acc0_1 = a0 * b1 + acc0_1;
                const float a1 = *(x_kw + 100354);
                acc1_0 = a1 * b0 + acc1_0;
                acc1_1 = a1 * b1 + acc1_1;
                const float a2 = *(x_kw + 100356);
                acc2_0 = a2 * b0 + acc2_0;
                acc2_1 = a2 * b1 + acc2_1;
                const float a3 = *(x_kw + 100358);
                acc3_0 = a3 * b0 + acc3_0;
                acc3_1 = a3 * b1 + acc3_1;
            }
            w_kh += 6;
        }
    }
    float spread[4][2];
    acc0_0 = activate(acc0_0);
    *(spread[0]) = acc0_0;
    acc0_1 = activate(acc0_1);
    *(spread[0] + 1) = acc0_1;
    acc1_0 = activate(acc1_0);
    *(spread[1]) = acc1_0;
    acc1_1 = activate(acc1_1);
    *(spread[1] + 1) = acc1_1;
    acc2_0 = activate(acc2_0);
    *(spread[2]) = acc2_0;
    acc2_1 = activate(acc2_1);
    *(spread[2] + 1) = acc2_1;
    acc3_0 = activate(acc3_0);
    *(spread[3]) = acc3_0;
    acc3_1 = activate(acc3_1);
    *(spread[3] + 1) = acc3_1;
    for (ptrdiff_t j = 0; j < 2; ++j) {
        output[j * 12544] = spread[0][j];
        output[j * 12544 + 1] = spread[1][j];
        output[j * 12544 + 2] = spread[2][j];
        output[j * 12544 + 3] = spread[3][j];
    }
}

/* 4 pixels x 2 channels, from pixel 108.
   x: the input at row 0, column 0; windows 2 apart, rows 224, channels 50176.
   ih: the row of the input that the window begins at.
   kh_end: the kernel row behind the last on the input.
   w: its panel, 2 numbers a term.
   bias: of the first channel.
   output: the first pixel, first channel; channels 12544 apart. */
static APART void tile_4x2_pixel108(const float *x, ptrdiff_t ih, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    float acc0_0 = *(bias);
    float acc0_1 = *(bias + 1);
    float acc1_0 = *(bias);
    float acc1_1 = *(bias + 1);
    float acc2_0 = *(bias);
    float acc2_1 = *(bias + 1);
    float acc3_0 = *(bias);
    float acc3_1 = *(bias + 1);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = 0; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 224;
        const float *w_kh = w + kh * 18;
        /* kernel column 0 */
        {
            const float b0 = *(w_kh);
            const float b1 = *(w_kh + 1);
            const float a0 = *(x_kh + 216);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_kh + 218);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_kh + 220);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float a3 = *(x_kh + 222);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
        }
        {
            const float b0 = *(w_kh + 2);
            const float b1 = *(w_kh + 3);
            const float a0 = *(x_kh + 50392);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_kh + 50394);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_kh + 50396);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float a3 = *(x_kh + 50398);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
        }
        {
            const float b0 = *(w_kh + 4);
            const float b1 = *(w_kh + 5);
            const float a0 = *(x_kh + 100568);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_kh + 100570);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_kh + 100572);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float a3 = *(x_kh + 100574);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
        }
        w_kh += 6;
        RELOAD;
        /* kernel column 1 */
        {
            const float b0 = *(w_kh);
            const float b1 = *(w_kh + 1);
            const float a0 = *(x_kh + 217);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_kh + 219);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_kh + 221);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float a3 = *(x_kh + 223);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
        }
        {
            const float b0 = *(w_kh + 2);
            const float b1 = *(w_kh + 3);
            const float a0 = *(x_kh + 50393);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_kh + 50395);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_kh + 50397);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float a3 = *(x_kh + 50399);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
        }
        {
            const float b0 = *(w_kh + 4);
            const float b1 = *(w_kh + 5);
            const float a0 = *(x_kh + 100569);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_kh + 100571);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_kh + 100573);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float a3 = *(x_kh + 100575);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
        }
        w_kh += 6;
        RELOAD;
        /* kernel column 2 */
        {
            const float b0 = *(w_kh);
            const float b1 = *(w_kh + 1);
            const float a0 = *(x_kh + 218);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_kh + 220);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_kh + 222);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
        }
        {
            const float b0 = *(w_kh + 2);
            const float b1 = *(w_kh + 3);
            const float a0 = *(x_kh + 50394);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_kh + 50396);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_kh + 50398);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
        }
        {
            const float b0 = *(w_kh + 4);
            const float b1 = *(w_kh + 5);
            const float a0 = *(x_kh + 100570);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_kh + 100572);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_kh + 100574);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
        }
    }
    float spread[4][2];
    acc0_0 = activate(acc0_0);
    *(spread[0]) = acc0_0;
    acc0_1 = activate(acc0_1);
    *(spread[0] + 1) = acc0_1;
    acc1_0 = activate(acc1_0);
    *(spread[1]) = acc1_0;
    acc1_1 = activate(acc1_1);
    *(spread[1] + 1) = acc1_1;
    acc2_0 = activate(acc2_0);
    *(spread[2]) = acc2_0;
    acc2_1 = activate(acc2_1);
    *(spread[2] + 1) = acc2_1;
    acc3_0 = activate(acc3_0);
    *(spread[3]) = acc3_0;
    acc3_1 = activate(acc3_1);
    *(spread[3] + 1) = acc3_1;
    for (ptrdiff_t j = 0; j < 2; ++j) {
        output[j * 12544] = spread[0][j];
        output[j * 12544 + 1] = spread[1][j];
        output[j * 12544 + 2] = spread[2][j];
        output[j * 12544 + 3] = spread[3][j];
    }
}

#ifndef conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_NO_PACK
/* Packs a panel: kh, kw, ic, `width` output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            for (ptrdiff_t ic = 0; ic < 3; ++ic) {
                for (ptrdiff_t j = 0; j < width; ++j) {
                    *out++ = weights[(oc0 + j) * 27 + kh * 3 + kw + ic * 9];
                }
            }
        }
    }
    return out;
}

void conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 30; oc0 += 3) {
        out = pack_panel(weights, oc0, 3, out);
    }
    out = pack_panel(weights, 30, 2, out);
    for (ptrdiff_t oc = 0; oc < 32; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* A task: output rows. The arrays are the layer's. */
static void compute_task(size_t task, const float *input, const float *packed, float *output)
{
    const float *weights = packed;
    const float *bias = packed + 864;
    const ptrdiff_t oh = (ptrdiff_t)task; /* output rows */
    const ptrdiff_t ih = oh * 2;
    const ptrdiff_t kh_end = ih < 222 ? 3 : 224 - ih;
    /* output channels, 3 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 30; oc0 += 3) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 108; ow0 += 4) {
            tile_4x3(input + ow0 * 2, ih, kh_end, weights + oc0 * 27, bias + oc0, output + oc0 * 12544 + oh * 112 + ow0);
        }
        tile_4x3_pixel108(input, ih, kh_end, weights + oc0 * 27, bias + oc0, output + oc0 * 12544 + oh * 112 + 108);
    }
    /* pixels, 4 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < 108; ow0 += 4) {
        tile_4x2(input + ow0 * 2, ih, kh_end, weights + 810, bias + 30, output + oh * 112 + ow0 + 376320);
    }
    tile_4x2_pixel108(input, ih, kh_end, weights + 810, bias + 30, output + oh * 112 + 376428);
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef max_f32
#undef min_f32
#undef activate
#undef tile_4x3
#undef tile_4x3_pixel108
#undef tile_4x2
#undef tile_4x2_pixel108
#undef pack_panel
#undef compute_task
#undef RELOAD
#undef APART

size_t conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 112;
    default:
        return 0;
    }
}

void conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_compute_task_(task, input, (const float *)packed, output);
        break;
    }
}

void conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_task(phase, (size_t)task, 0, input, packed, output, workspace);
        }
    }
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(pop)
#endif
