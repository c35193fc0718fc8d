/* conv_f32_nhwc_3x3s1p1_64x56x56_64: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 56 x 56 x 64, output 1 x 56 x 56 x 64, weights hwio 3 x 3 x 64 x 64
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate ic64ih56oc64oh56kh3ph1 --layout nhwc --target scalar -o .
 * Plan      winograd on scalar, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oh by 8: 7 times, a task each
 *             for oc by 3: 22 times
 *               for ic: 64 times
 *                 tile of F(4x4, 3x3), 36 products of 4 tiles x 3 channels: 16 of 16 registers
 * Tasks     7 (blocks of tiles)
 * Cost      115605504 multiply-adds; at least 1753344 bytes moved; 590080 bytes packed, 520704 of workspace for a worker, 520704 more for each other
 * Code      about 2314 bytes compiled for size, rarely more than 11232 for speed
 * Bound     |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 78 u / (1 - 78 u)
 *           = 4.65e-06, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, *
 *           multiplies element by element, so S counts all pixels of an output's tile, also those that
 *           it does not read (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <=
 *           W, S is at most 5.607e+04 X W + |bias|, 97.4 times that of a direct sum
 * Range     nothing overflows where |x| <= X and |w| <= W, X <= 6.94e+36, W <= 9.76e+37, X W <=
 *           2.35e+33, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#include "conv_f32_nhwc_3x3s1p1_64x56x56_64.h"

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

/* Functions of this file alone, by names that no other file has. */
#define tile_4x3 conv_f32_nhwc_3x3s1p1_64x56x56_64_tile_4x3_
#define tile_4x2 conv_f32_nhwc_3x3s1p1_64x56x56_64_tile_4x2_
#define transform_inside conv_f32_nhwc_3x3s1p1_64x56x56_64_transform_inside_
#define transform_edge conv_f32_nhwc_3x3s1p1_64x56x56_64_transform_edge_
#define transform_output conv_f32_nhwc_3x3s1p1_64x56x56_64_transform_output_
#define input_row conv_f32_nhwc_3x3s1p1_64x56x56_64_input_row_
#define output_row conv_f32_nhwc_3x3s1p1_64x56x56_64_output_row_
#define pack_panel conv_f32_nhwc_3x3s1p1_64x56x56_64_pack_panel_
#define multiply_28 conv_f32_nhwc_3x3s1p1_64x56x56_64_multiply_28_
#define multiply conv_f32_nhwc_3x3s1p1_64x56x56_64_multiply_
#define compute_task conv_f32_nhwc_3x3s1p1_64x56x56_64_compute_task_

/* 4 tiles x 3 channels.
   x: one position of the first tile, transformed; tiles 64 apart.
   w: its panel, 3 numbers a term.
   output: the first tile, first channel; tiles 64 apart. */
static void tile_4x3(const float *x, const float *w, float *output)
{
    float acc0_0 = 0.0f;
    float acc0_1 = 0.0f;
    float acc0_2 = 0.0f;
    float acc1_0 = 0.0f;
    float acc1_1 = 0.0f;
    float acc1_2 = 0.0f;
    float acc2_0 = 0.0f;
    float acc2_1 = 0.0f;
    float acc2_2 = 0.0f;
    float acc3_0 = 0.0f;
    float acc3_1 = 0.0f;
    float acc3_2 = 0.0f;
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 64; ic += 4) {
        const float *x_ic = x + ic;
        {
            const float b0 = *(w);
            const float b1 = *(w + 1);
            const float b2 = *(w + 2);
            const float a0 = *(x_ic);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_ic + 64);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_ic + 128);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
            const float a3 = *(x_ic + 192);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            acc3_2 = a3 * b2 + acc3_2;
        }
        {
            const float b0 = *(w + 3);
            const float b1 = *(w + 4);
            const float b2 = *(w + 5);
            const float a0 = *(x_ic + 1);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_ic + 65);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_ic + 129);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
            const float a3 = *(x_ic + 193);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            acc3_2 = a3 * b2 + acc3_2;
        }
        {
            const float b0 = *(w + 6);
            const float b1 = *(w + 7);
            const float b2 = *(w + 8);
            const float a0 = *(x_ic + 2);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_ic + 66);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_ic + 130);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
            const float a3 = *(x_ic + 194);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            acc3_2 = a3 * b2 + acc3_2;
        }
        {
            const float b0 = *(w + 9);
            const float b1 = *(w + 10);
            const float b2 = *(w + 11);
            const float a0 = *(x_ic + 3);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            acc0_2 = a0 * b2 + acc0_2;
            const float a1 = *(x_ic + 67);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            acc1_2 = a1 * b2 + acc1_2;
            const float a2 = *(x_ic + 131);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            acc2_2 = a2 * b2 + acc2_2;
            const float a3 = *(x_ic + 195);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            acc3_2 = a3 * b2 + acc3_2;
        }
        w += 12;
    }
    *(output) = acc0_0;
    *(output + 1) = acc0_1;
    *(output + 2) = acc0_2;
    *(output + 64) = acc1_0;
    *(output + 65) = acc1_1;
    *(output + 66) = acc1_2;
    *(output + 128) = acc2_0;
    *(output + 129) = acc2_1;
    *(output + 130) = acc2_2;
    *(output + 192) = acc3_0;
    *(output + 193) = acc3_1;
    *(output + 194) = acc3_2;
}

/* 4 tiles x 2 channels.
   x: one position of the first tile, transformed; tiles 64 apart.
   w: its panel, 2 numbers a term.
   output: the first tile, first channel; tiles 64 apart. */
static void tile_4x2(const float *x, const float *w, float *output)
{
    float acc0_0 = 0.0f;
    float acc0_1 = 0.0f;
    float acc1_0 = 0.0f;
    float acc1_1 = 0.0f;
    float acc2_0 = 0.0f;
    float acc2_1 = 0.0f;
    float acc3_0 = 0.0f;
    float acc3_1 = 0.0f;
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 64; ic += 4) {
        const float *x_ic = x + ic;
        {
            const float b0 = *(w);
            const float b1 = *(w + 1);
            const float a0 = *(x_ic);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_ic + 64);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_ic + 128);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float a3 = *(x_ic + 192);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
        }
        {
            const float b0 = *(w + 2);
            const float b1 = *(w + 3);
            const float a0 = *(x_ic + 1);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_ic + 65);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_ic + 129);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float a3 = *(x_ic + 193);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
        }
        {
            const float b0 = *(w + 4);
            const float b1 = *(w + 5);
            const float a0 = *(x_ic + 2);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_ic + 66);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_ic + 130);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float a3 = *(x_ic + 194);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
        }
        {
            const float b0 = *(w + 6);
            const float b1 = *(w + 7);
            const float a0 = *(x_ic + 3);
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float a1 = *(x_ic + 67);
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float a2 = *(x_ic + 131);
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float a3 = *(x_ic + 195);
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
        }
        w += 8;
    }
    *(output) = acc0_0;
    *(output + 1) = acc0_1;
    *(output + 64) = acc1_0;
    *(output + 65) = acc1_1;
    *(output + 128) = acc2_0;
    *(output + 129) = acc2_1;
    *(output + 192) = acc3_0;
    *(output + 193) = acc3_1;
}

/* Transforms a window of 6 x 6 pixels, columns, then rows.
   window: its first pixel; pixels 64 apart, rows 3584.
   v: the tile at the first position; positions 1808 apart, rows of them 10848. */
static void transform_inside(const float *window, float *v)
{
    float columns[36];
    for (ptrdiff_t c = 0; c < 64; c += 1) {
        for (ptrdiff_t j = 0; j < 6; ++j) {
            const float *x = window + j * 64 + c;
            const float x0 = *(x);
            const float x1 = *(x + 3584);
            const float x2 = *(x + 7168);
            const float x3 = *(x + 10752);
            const float x4 = *(x + 14336);
            const float x5 = *(x + 17920);
            const float t0 = x3 * 5.0f + x2;
            const float t1 = x4 - x1;
            const float t2 = t0 * 0.5f + t1;
            const float t3 = x2 * -2.5f + x1;
            const float t4 = x3 * 0.5f + x4;
            const float t5 = t3 + t4;
            const float t6 = x2 * -2.0f + x0;
            const float t7 = x1 - x3;
            const float t8 = t7 * -1.5f + x4;
            const float t9 = t6 + t8;
            const float t10 = x3 * -2.0f + x1;
            const float t11 = x4 - x2;
            const float t12 = t11 * 1.5f + x5;
            const float t13 = t10 + t12;
            const float t14 = t7 * -2.0f + t11;
            const float t15 = t7 * 0.5f + t11;
            columns[j] = t9;
            columns[j + 6] = t2;
            columns[j + 12] = t5;
            columns[j + 18] = t14;
            columns[j + 24] = t15;
            columns[j + 30] = t13;
        }
        for (ptrdiff_t i = 0; i < 6; ++i) {
            const float x0 = columns[i * 6];
            const float x1 = columns[i * 6 + 1];
            const float x2 = columns[i * 6 + 2];
            const float x3 = columns[i * 6 + 3];
            const float x4 = columns[i * 6 + 4];
            const float x5 = columns[i * 6 + 5];
            const float t0 = x3 * 5.0f + x2;
            const float t1 = x4 - x1;
            const float t2 = t0 * 0.5f + t1;
            const float t3 = x2 * -2.5f + x1;
            const float t4 = x3 * 0.5f + x4;
            const float t5 = t3 + t4;
            const float t6 = x2 * -2.0f + x0;
            const float t7 = x1 - x3;
            const float t8 = t7 * -1.5f + x4;
            const float t9 = t6 + t8;
            const float t10 = x3 * -2.0f + x1;
            const float t11 = x4 - x2;
            const float t12 = t11 * 1.5f + x5;
            const float t13 = t10 + t12;
            const float t14 = t7 * -2.0f + t11;
            const float t15 = t7 * 0.5f + t11;
            float *to = v + i * 10848 + c;
            *(to) = t9;
            *(to + 1808) = t2;
            *(to + 3616) = t5;
            *(to + 5424) = t14;
            *(to + 7232) = t15;
            *(to + 9040) = t13;
        }
    }
}

/* The same of a window that reaches into the padding, or beyond it, and begins at row ih, column iw of the input. */
static void transform_edge(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    float columns[36];
    for (ptrdiff_t c = 0; c < 64; c += 1) {
        for (ptrdiff_t j = 0; j < 6; ++j) {
            if (iw + j < 0 || iw + j >= 56) {
                columns[j] = 0.0f;
                columns[j + 6] = 0.0f;
                columns[j + 12] = 0.0f;
                columns[j + 18] = 0.0f;
                columns[j + 24] = 0.0f;
                columns[j + 30] = 0.0f;
                continue;
            }
            const float *x = input + ih * 3584 + (iw + j) * 64 + c;
            const float x0 = ih >= 0 ? *(x) : 0.0f;
            const float x1 = *(x + 3584);
            const float x2 = *(x + 7168);
            const float x3 = *(x + 10752);
            const float x4 = *(x + 14336);
            const float x5 = ih + 5 < 56 ? *(x + 17920) : 0.0f;
            const float t0 = x3 * 5.0f + x2;
            const float t1 = x4 - x1;
            const float t2 = t0 * 0.5f + t1;
            const float t3 = x2 * -2.5f + x1;
            const float t4 = x3 * 0.5f + x4;
            const float t5 = t3 + t4;
            const float t6 = x2 * -2.0f + x0;
            const float t7 = x1 - x3;
            const float t8 = t7 * -1.5f + x4;
            const float t9 = t6 + t8;
            const float t10 = x3 * -2.0f + x1;
            const float t11 = x4 - x2;
            const float t12 = t11 * 1.5f + x5;
            const float t13 = t10 + t12;
            const float t14 = t7 * -2.0f + t11;
            const float t15 = t7 * 0.5f + t11;
            columns[j] = t9;
            columns[j + 6] = t2;
            columns[j + 12] = t5;
            columns[j + 18] = t14;
            columns[j + 24] = t15;
            columns[j + 30] = t13;
        }
        for (ptrdiff_t i = 0; i < 6; ++i) {
            const float x0 = columns[i * 6];
            const float x1 = columns[i * 6 + 1];
            const float x2 = columns[i * 6 + 2];
            const float x3 = columns[i * 6 + 3];
            const float x4 = columns[i * 6 + 4];
            const float x5 = columns[i * 6 + 5];
            const float t0 = x3 * 5.0f + x2;
            const float t1 = x4 - x1;
            const float t2 = t0 * 0.5f + t1;
            const float t3 = x2 * -2.5f + x1;
            const float t4 = x3 * 0.5f + x4;
            const float t5 = t3 + t4;
            const float t6 = x2 * -2.0f + x0;
            const float t7 = x1 - x3;
            const float t8 = t7 * -1.5f + x4;
            const float t9 = t6 + t8;
            const float t10 = x3 * -2.0f + x1;
            const float t11 = x4 - x2;
            const float t12 = t11 * 1.5f + x5;
            const float t13 = t10 + t12;
            const float t14 = t7 * -2.0f + t11;
            const float t15 = t7 * 0.5f + t11;
            float *to = v + i * 10848 + c;
            *(to) = t9;
            *(to + 1808) = t2;
            *(to + 3616) = t5;
            *(to + 5424) = t14;
            *(to + 7232) = t15;
            *(to + 9040) = t13;
        }
    }
}

/* The 4 x 4 outputs of a tile, columns, then rows.
   m: the tile at the first position; positions 1808 apart, rows of them 10848.
   bias: of the first channel.
   output: the first pixel; pixels 64 apart, rows 3584. */
static void transform_output(const float *m, const float *bias, float *output)
{
    float columns[24];
    for (ptrdiff_t c = 0; c < 64; c += 1) {
        for (ptrdiff_t j = 0; j < 6; ++j) {
            const float *from = m + j * 1808 + c;
            const float x0 = *(from);
            const float x1 = *(from + 10848);
            const float x2 = *(from + 21696);
            const float x3 = *(from + 32544);
            const float x4 = *(from + 43392);
            const float x5 = *(from + 54240);
            const float t0 = x4 * -4.0f + x3;
            const float t1 = x1 - x2;
            const float t2 = t0 * 0.5f + t1;
            const float t3 = x4 * 16.0f + x3;
            const float t4 = x1 + x2;
            const float t5 = t3 * 0.25f + t4;
            const float t6 = x0 + x3;
            const float t7 = x4 + t4;
            const float t8 = t6 + t7;
            const float t9 = x3 * 0.125f + x5;
            const float t10 = x4 * -8.0f + t1;
            const float t11 = t9 + t10;
            columns[j] = t8;
            columns[j + 6] = t2;
            columns[j + 12] = t5;
            columns[j + 18] = t11;
        }
        for (ptrdiff_t i = 0; i < 4; ++i) {
            const float x0 = columns[i * 6];
            const float x1 = columns[i * 6 + 1];
            const float x2 = columns[i * 6 + 2];
            const float x3 = columns[i * 6 + 3];
            const float x4 = columns[i * 6 + 4];
            const float x5 = columns[i * 6 + 5];
            const float t0 = x4 * -4.0f + x3;
            const float t1 = x1 - x2;
            const float t2 = t0 * 0.5f + t1;
            const float t3 = x4 * 16.0f + x3;
            const float t4 = x1 + x2;
            const float t5 = t3 * 0.25f + t4;
            const float t6 = x0 + x3;
            const float t7 = x4 + t4;
            const float t8 = t6 + t7;
            const float t9 = x3 * 0.125f + x5;
            const float t10 = x4 * -8.0f + t1;
            const float t11 = t9 + t10;
            const ptrdiff_t at = i * 3584 + c;
            const float y0 = t8 + *(bias + c);
            *(output + at) = y0;
            const float y1 = t2 + *(bias + c);
            *(output + at + 64) = y1;
            const float y2 = t5 + *(bias + c);
            *(output + at + 128) = y2;
            const float y3 = t11 + *(bias + c);
            *(output + at + 192) = y3;
        }
    }
}

/* Transforms the windows of a row of tiles.
   input: the image, the group's first channel.
   oh: the first row of outputs.
   v: the first tile; tiles 64 apart. */
static void input_row(const float *input, ptrdiff_t oh, float *v)
{
    const ptrdiff_t ih = oh - 1;
    for (ptrdiff_t tile = 0; tile < 14; ++tile) {
        const ptrdiff_t iw = tile * 4 - 1;
        if (ih >= 0 && ih <= 50 && iw >= 0 && iw <= 50) {
            transform_inside(input + ih * 3584 + iw * 64, v + tile * 64);
        } else {
            transform_edge(input, ih, iw, v + tile * 64);
        }
    }
}

/* Transforms the same tiles back.
   m: the first tile; tiles 64 apart.
   bias: of the group's first channel.
   output: the image, the group's first channel.
   oh: the first row of outputs. */
static void output_row(const float *m, const float *bias, float *output, ptrdiff_t oh)
{
    for (ptrdiff_t tile = 0; tile < 14; ++tile) {
        transform_output(m + tile * 64, bias, output + oh * 3584 + tile * 256);
    }
}

#ifndef conv_f32_nhwc_3x3s1p1_64x56x56_64_NO_PACK
/* Packs a panel of U = G g transposed G, as integers over a divisor, so that sums in double hardly round.
   weights: the group's.
   oc0: the panel's first output channel.
   width: its output channels.
   out: the panel at the first position, ic, then output channels; positions 4096 apart.
   Returns the end of the panel there. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    static const double g[6][3] = {
        {1.0, 0.0, 0.0},
        {1.0, 1.0, 1.0},
        {-1.0, 1.0, -1.0},
        {-16.0, -8.0, -4.0},
        {1.0, -2.0, 4.0},
        {0.0, 0.0, 1.0},
    };
    static const double over[6] = {1.0, 3.0, 3.0, 15.0, 15.0, 1.0};
    for (ptrdiff_t ic = 0; ic < 64; ++ic) {
        for (ptrdiff_t j = 0; j < width; ++j) {
            for (ptrdiff_t p = 0; p < 6; ++p) {
                for (ptrdiff_t q = 0; q < 6; ++q) {
                    double sum = 0.0;
                    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
                        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
                            sum += g[p][kh] * g[q][kw] * weights[oc0 + j + ic * 64 + kh * 12288 + kw * 4096];
                        }
                    }
                    out[(p * 6 + q) * 4096 + ic * width + j] = (float)(sum / (over[p] * over[q]));
                }
            }
        }
    }
    return out + width * 64;
}

void conv_f32_nhwc_3x3s1p1_64x56x56_64_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 60; oc0 += 3) {
        out = pack_panel(weights, oc0, 3, out);
    }
    for (ptrdiff_t oc0 = 60; oc0 < 64; oc0 += 2) {
        out = pack_panel(weights, oc0, 2, out);
    }
    out += 143360;
    for (ptrdiff_t oc = 0; oc < 64; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* Products of all input channels for 28 tiles, at one position.
   input: tiles 64 apart.
   weights: panels of the position.
   output: tiles 64 apart. */
static void multiply_28(const float *input, const float *weights, float *output)
{
    /* output channels, 3 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 60; oc0 += 3) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 28; ow0 += 4) {
            tile_4x3(input + ow0 * 64, weights + oc0 * 64, output + oc0 + ow0 * 64);
        }
    }
    /* output channels, 2 at a time */
    for (ptrdiff_t oc0 = 60; oc0 < 64; oc0 += 2) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 28; ow0 += 4) {
            tile_4x2(input + ow0 * 64, weights + oc0 * 64, output + oc0 + ow0 * 64);
        }
    }
}

/* Those of the tiles that have position p.
   p: the position.
   v: the first position; positions 1808 apart.
   weights: the same of U; positions 4096 apart.
   m: as v; positions 1808 apart. */
static void multiply(ptrdiff_t p, const float *v, const float *weights, float *m)
{
    multiply_28(v + p * 1808, weights + p * 4096, m + p * 1808);
}

/* A task: blocks of tiles. The arrays are the layer's. */
static void compute_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    const ptrdiff_t th = (ptrdiff_t)task; /* block of rows */
    const ptrdiff_t oh0 = th * 8;
    float *v = workspace + (ptrdiff_t)worker * 130176;
    float *m = v + 65088;
    for (ptrdiff_t i = 0; i < 2; ++i) {
        const ptrdiff_t first = i * 14;
        input_row(input, oh0 + i * 4, v + first * 64);
    }
    for (ptrdiff_t p = 0; p < 36; ++p) {
        multiply(p, v, packed, m);
    }
    for (ptrdiff_t i = 0; i < 2; ++i) {
        const ptrdiff_t first = i * 14;
        output_row(m + first * 64, packed + 147456, output, oh0 + i * 4);
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef tile_4x3
#undef tile_4x2
#undef transform_inside
#undef transform_edge
#undef transform_output
#undef input_row
#undef output_row
#undef pack_panel
#undef multiply_28
#undef multiply
#undef compute_task

size_t conv_f32_nhwc_3x3s1p1_64x56x56_64_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 7;
    default:
        return 0;
    }
}

void conv_f32_nhwc_3x3s1p1_64x56x56_64_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        conv_f32_nhwc_3x3s1p1_64x56x56_64_compute_task_(task, worker, input, (const float *)packed, output, (float *)workspace);
        break;
    }
}

void conv_f32_nhwc_3x3s1p1_64x56x56_64(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nhwc_3x3s1p1_64x56x56_64_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_3x3s1p1_64x56x56_64_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nhwc_3x3s1p1_64x56x56_64_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nhwc_3x3s1p1_64x56x56_64_task(phase, (size_t)task, 0, input, packed, output, workspace);
        }
    }
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(pop)
#endif
