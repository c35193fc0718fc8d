/* conv_f32_nhwc_7x7s2p3_3x224x224_64_relu: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 224 x 224 x 3, output 1 x 112 x 112 x 64, weights hwio 7 x 7 x 3 x 64
 *           kernel 7x7, stride 2x2, padding 3+3 3+3, bias, relu
 * Command   convgen generate ic3ih224oc64kh7sh2ph3 --layout nhwc --activation 'relu' --target x86-64-v3 -o .
 * Plan      direct on avx2, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oh: 112 times, a task each
 *             for ow by 6: 19 times
 *               for oc by 16: 4 times
 *                 for kh: 7 times
 *                   for kw: 7 times
 *                     for ic: 3 times
 *                       tile of 6 pixels x 16 channels: 15 of 16 registers
 * Tasks     112 (output rows)
 * Cost      118013952 multiply-adds; at least 3851264 bytes moved; 37888 bytes packed, 0 of workspace
 * Code      about 7364 bytes compiled for size, rarely more than 11836 for speed
 * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 147 u / (1 - 147 u) = 8.76e-06, u = 2^-24
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 1.15e+36, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nhwc_7x7s2p3_3x224x224_64_relu.h"

#include <immintrin.h>
#ifdef _OPENMP
#include <omp.h>
#endif

/* Here, behind all includes, since what others declare is compiled as the rest of the program is. This file computes as it
   is written, whatever that is built with: -ffast-math, -Ofast, or some of what they stand for, would break its bound,
   and what becomes of infinities and NaN. Loops that copy or clear become no calls of memcpy or memset: it needs no libc.
*/
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("no-fast-math")
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "build this file with -fno-fast-math: unlike gcc and MSVC, this compiler obeys no pragma for that"
#elif defined(__clang__) && __clang_major__ > 10
#pragma clang fp reassociate(off)
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx2,fma")
#elif defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif defined(_MSC_VER)
#if !defined(__AVX2__)
#error "compile this file with /arch:AVX2"
#endif
#elif !defined(__AVX2__) || !defined(__FMA__)
#error "compile this file with -mavx2 -mfma"
#endif
/* Loading an input again is cheaper than keeping it: registers are for sums. */
#if defined(__GNUC__) || defined(__clang__)
#define RELOAD __asm__ volatile("" ::: "memory")
#else
#define RELOAD (void)0
#endif

/* Functions of this file alone, by names that no other file has. */
#define activate conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_activate_
#define tile_6x16_pixel0 conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_tile_6x16_pixel0_
#define tile_6x16 conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_tile_6x16_
#define tile_5x16 conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_tile_5x16_
#define tile_5x16_pixel107 conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_tile_5x16_pixel107_
#define pack_panel conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_pack_panel_
#define compute_task conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_compute_task_

/* relu; error at most u (0.0 + 0.0 |v|), u = 2^-24. */
static inline __m256 activate(__m256 v)
{
    return _mm256_max_ps(_mm256_setzero_ps(), v);
}

/* 6 pixels x 16 channels, from pixel 0.
   x: the input at row 0, column 0; windows 6 apart, pixels 3, rows 672.
   ih: the row of the input that the window begins at.
   kh_begin, kh_end: the first kernel row on the input, and the one behind the last.
   w: its panel, 16 numbers a term.
   bias: of the first channel.
   output: the first pixel, first channel; pixels 64 apart. */
static void tile_6x16_pixel0(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc2_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc3_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc4_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc5_1 = _mm256_loadu_ps(bias + 8);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 672;
        const float *w_kh = w + kh * 336;
        /* kernel column 0 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 3);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 9);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 15);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 21);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 4);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 10);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 16);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 22);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 5);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 11);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 17);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 23);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 1 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a1 = _mm256_broadcast_ss(x_kh);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 6);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 12);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 18);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 24);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 1);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 7);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 13);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 19);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 25);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 2);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 8);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 14);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 20);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 26);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 2 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 3);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 9);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 15);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 21);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 27);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 4);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 10);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 16);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 22);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 28);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 5);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 11);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 17);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 23);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 29);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 3 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 6);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 12);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 18);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 24);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 30);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 1);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 7);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 13);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 19);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 25);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 31);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 2);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 8);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 14);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 20);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 26);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 32);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 4 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 3);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 9);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 15);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 21);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 27);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 33);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 4);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 10);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 16);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 22);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 28);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 34);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 5);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 11);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 17);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 23);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 29);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 35);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 5 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 6);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 12);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 18);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 24);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 30);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 36);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 7);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 13);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 19);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 25);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 31);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 37);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 8);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 14);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 20);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 26);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 32);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 38);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 6 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 9);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 15);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 21);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 27);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 33);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 39);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 10);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 16);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 22);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 28);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 34);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 40);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 11);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 17);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 23);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 29);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 35);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 41);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
    }
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(output + 8, acc0_1);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 64, acc1_0);
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(output + 72, acc1_1);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 128, acc2_0);
    acc2_1 = activate(acc2_1);
    _mm256_storeu_ps(output + 136, acc2_1);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 192, acc3_0);
    acc3_1 = activate(acc3_1);
    _mm256_storeu_ps(output + 200, acc3_1);
    acc4_0 = activate(acc4_0);
    _mm256_storeu_ps(output + 256, acc4_0);
    acc4_1 = activate(acc4_1);
    _mm256_storeu_ps(output + 264, acc4_1);
    acc5_0 = activate(acc5_0);
    _mm256_storeu_ps(output + 320, acc5_0);
    acc5_1 = activate(acc5_1);
    _mm256_storeu_ps(output + 328, acc5_1);
}

/* 6 pixels x 16 channels.
   x: the input at row 0, the first column of the window; windows 6 apart, pixels 3, rows 672.
   ih: the row of the input that the window begins at.
   kh_begin, kh_end: the first kernel row on the input, and the one behind the last.
   w: its panel, 16 numbers a term.
   bias: of the first channel.
   output: the first pixel, first channel; pixels 64 apart. */
static void tile_6x16(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc2_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc3_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc4_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc5_1 = _mm256_loadu_ps(bias + 8);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 672;
        const float *w_kh = w + kh * 336;
        /* kernel columns x input channels */
        for (ptrdiff_t kw_ic = 0; kw_ic < 20; kw_ic += 4) {
            const float *x_kw_ic = x_kh + kw_ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_kw_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_kw_ic + 6);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_kw_ic + 12);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_kw_ic + 18);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_kw_ic + 24);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_kw_ic + 30);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_kw_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_kw_ic + 7);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_kw_ic + 13);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_kw_ic + 19);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_kw_ic + 25);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_kw_ic + 31);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_kw_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_kw_ic + 8);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_kw_ic + 14);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_kw_ic + 20);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_kw_ic + 26);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_kw_ic + 32);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_kw_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_kw_ic + 9);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_kw_ic + 15);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_kw_ic + 21);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_kw_ic + 27);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_kw_ic + 33);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            w_kh += 64;
            RELOAD;
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 20);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 26);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 32);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 38);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 44);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_kh + 50);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
    }
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(output + 8, acc0_1);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 64, acc1_0);
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(output + 72, acc1_1);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 128, acc2_0);
    acc2_1 = activate(acc2_1);
    _mm256_storeu_ps(output + 136, acc2_1);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 192, acc3_0);
    acc3_1 = activate(acc3_1);
    _mm256_storeu_ps(output + 200, acc3_1);
    acc4_0 = activate(acc4_0);
    _mm256_storeu_ps(output + 256, acc4_0);
    acc4_1 = activate(acc4_1);
    _mm256_storeu_ps(output + 264, acc4_1);
    acc5_0 = activate(acc5_0);
    _mm256_storeu_ps(output + 320, acc5_0);
    acc5_1 = activate(acc5_1);
    _mm256_storeu_ps(output + 328, acc5_1);
}

/* 5 pixels x 16 channels.
   x: the input at row 0, the first column of the window; windows 6 apart, pixels 3, rows 672.
   ih: the row of the input that the window begins at.
   kh_begin, kh_end: the first kernel row on the input, and the one behind the last.
   w: its panel, 16 numbers a term.
   bias: of the first channel.
   output: the first pixel, first channel; pixels 64 apart. */
static void tile_5x16(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc2_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc3_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc4_1 = _mm256_loadu_ps(bias + 8);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 672;
        const float *w_kh = w + kh * 336;
        /* kernel columns x input channels */
        for (ptrdiff_t kw_ic = 0; kw_ic < 20; kw_ic += 4) {
            const float *x_kw_ic = x_kh + kw_ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_kw_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_kw_ic + 6);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_kw_ic + 12);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_kw_ic + 18);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_kw_ic + 24);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_kw_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_kw_ic + 7);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_kw_ic + 13);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_kw_ic + 19);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_kw_ic + 25);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_kw_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_kw_ic + 8);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_kw_ic + 14);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_kw_ic + 20);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_kw_ic + 26);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_kw_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_kw_ic + 9);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_kw_ic + 15);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_kw_ic + 21);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_kw_ic + 27);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            w_kh += 64;
            RELOAD;
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 20);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 26);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 32);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 38);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 44);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
    }
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(output + 8, acc0_1);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 64, acc1_0);
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(output + 72, acc1_1);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 128, acc2_0);
    acc2_1 = activate(acc2_1);
    _mm256_storeu_ps(output + 136, acc2_1);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 192, acc3_0);
    acc3_1 = activate(acc3_1);
    _mm256_storeu_ps(output + 200, acc3_1);
    acc4_0 = activate(acc4_0);
    _mm256_storeu_ps(output + 256, acc4_0);
    acc4_1 = activate(acc4_1);
    _mm256_storeu_ps(output + 264, acc4_1);
}

/* 5 pixels x 16 channels, from pixel 107.
   x: the input at row 0, column 0; windows 6 apart, pixels 3, rows 672.
   ih: the row of the input that the window begins at.
   kh_begin, kh_end: the first kernel row on the input, and the one behind the last.
   w: its panel, 16 numbers a term.
   bias: of the first channel.
   output: the first pixel, first channel; pixels 64 apart. */
static void tile_5x16_pixel107(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc2_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc3_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc4_1 = _mm256_loadu_ps(bias + 8);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 672;
        const float *w_kh = w + kh * 336;
        /* kernel column 0 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 633);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 639);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 645);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 651);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 657);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 634);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 640);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 646);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 652);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 658);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 635);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 641);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 647);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 653);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 659);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 1 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 636);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 642);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 648);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 654);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 660);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 637);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 643);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 649);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 655);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 661);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 638);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 644);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 650);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 656);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 662);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 2 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 639);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 645);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 651);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 657);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 663);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 640);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 646);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 652);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 658);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 664);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 641);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 647);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 653);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 659);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 665);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 3 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 642);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 648);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 654);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 660);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 666);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 643);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 649);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 655);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 661);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 667);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 644);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 650);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 656);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 662);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 668);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 4 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 645);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 651);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 657);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 663);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 669);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 646);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 652);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 658);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 664);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 670);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 647);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 653);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 659);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 665);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_kh + 671);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 5 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 648);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 654);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 660);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 666);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 649);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 655);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 661);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 667);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 650);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 656);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 662);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 668);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        w_kh += 48;
        RELOAD;
        /* kernel column 6 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 651);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 657);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 663);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 669);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 652);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 658);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 664);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 670);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_kh + 653);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_kh + 659);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_kh + 665);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_kh + 671);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
    }
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(output + 8, acc0_1);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 64, acc1_0);
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(output + 72, acc1_1);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 128, acc2_0);
    acc2_1 = activate(acc2_1);
    _mm256_storeu_ps(output + 136, acc2_1);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 192, acc3_0);
    acc3_1 = activate(acc3_1);
    _mm256_storeu_ps(output + 200, acc3_1);
    acc4_0 = activate(acc4_0);
    _mm256_storeu_ps(output + 256, acc4_0);
    acc4_1 = activate(acc4_1);
    _mm256_storeu_ps(output + 264, acc4_1);
}

#ifndef conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_NO_PACK
/* Packs a panel: kh, kw, ic, 16 output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, float *out)
{
    for (ptrdiff_t kh = 0; kh < 7; ++kh) {
        for (ptrdiff_t kw = 0; kw < 7; ++kw) {
            for (ptrdiff_t ic = 0; ic < 3; ++ic) {
                for (ptrdiff_t j = 0; j < 16; ++j) {
                    *out++ = weights[oc0 + j + kh * 1344 + kw * 192 + ic * 64];
                }
            }
        }
    }
    return out;
}

void conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 16) {
        out = pack_panel(weights, oc0, out);
    }
    for (ptrdiff_t oc = 0; oc < 64; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* A task: output rows. The arrays are the layer's. */
static void compute_task(size_t task, const float *input, const float *packed, float *output)
{
    const float *weights = packed;
    const float *bias = packed + 9408;
    const ptrdiff_t oh = (ptrdiff_t)task; /* output rows */
    const ptrdiff_t ih = oh * 2 - 3;
    const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
    const ptrdiff_t kh_end = ih < 218 ? 7 : 224 - ih;
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 16) {
        tile_6x16_pixel0(input, ih, kh_begin, kh_end, weights + oc0 * 147, bias + oc0, output + oc0 + oh * 7168);
    }
    /* pixels, 6 at a time */
    for (ptrdiff_t ow0 = 6; ow0 < 102; ow0 += 6) {
        /* output channels, 16 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 16) {
            tile_6x16(input + ow0 * 6 - 9, ih, kh_begin, kh_end, weights + oc0 * 147, bias + oc0, output + oc0 + oh * 7168 + ow0 * 64);
        }
    }
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 16) {
        tile_5x16(input + 603, ih, kh_begin, kh_end, weights + oc0 * 147, bias + oc0, output + oc0 + oh * 7168 + 6528);
    }
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 16) {
        tile_5x16_pixel107(input, ih, kh_begin, kh_end, weights + oc0 * 147, bias + oc0, output + oc0 + oh * 7168 + 6848);
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef activate
#undef tile_6x16_pixel0
#undef tile_6x16
#undef tile_5x16
#undef tile_5x16_pixel107
#undef pack_panel
#undef compute_task
#undef RELOAD

size_t conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 112;
    default:
        return 0;
    }
}

void conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_compute_task_(task, input, (const float *)packed, output);
        break;
    }
}

void conv_f32_nhwc_7x7s2p3_3x224x224_64_relu(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_task(phase, (size_t)task, 0, input, packed, output, workspace);
        }
    }
}

#if defined(__clang__)
#pragma clang attribute pop
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(pop)
#endif
