/* conv_f32_nchw_3x3s1p1_128x28x28_128__direct_avx2_6x16: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 1 x 128 x 28 x 28, output 1 x 128 x 28 x 28, weights oihw 128 x 128 x 3 x 3
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate ic128ih28oc128oh28kh3ph1 --layout nchw --target x86-64-v3
 * Plan      direct on avx2, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oc by 16: 8 times, a task each
 *             for oh: 28 times
 *               for ow by 6: 5 times
 *                 for kh: 3 times
 *                   for kw: 3 times
 *                     for ic: 128 times
 *                       tile of 6 pixels x 16 channels: 15 of 16 registers
 * Tasks     8 (output channels, 16 at a time)
 * Cost      115605504 multiply-adds; at least 1393152 bytes moved; 590336 bytes packed, 0 of workspace
 * Bound     |error| <= g S, S = sum |x||w| + |bias| + |residual|, g = 1152 u / (1 - 1152 u) =
 *           6.87e-05, u = 2^-24
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
/* gcc must not turn loops that copy or clear into calls of memcpy or memset: this file needs no libc. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif
/* The functions of this file are built for this instruction set, whatever the rest of the program is. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx2,fma")
#endif
#include "conv_f32_nchw_3x3s1p1_128x28x28_128__direct_avx2_6x16.h"

#include <immintrin.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif !defined(__GNUC__) && (!defined(__AVX2__) || !defined(__FMA__))
#error "compile this file with -mavx2 -mfma"
#endif

/* 6 pixels x 16 channels, from pixel 0 */
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
        const float *x_kh = x + (ih + kh) * 28;
        const float *w_kh = w + kh * 6144;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic * 784;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a1 = _mm256_broadcast_ss(x_ic);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 4);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 784);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 785);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 786);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 787);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 788);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1568);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1569);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1570);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 1571);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 1572);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2352);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2353);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2354);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 2355);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 2356);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic * 784;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 4);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 5);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 784);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 785);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 786);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 787);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 788);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 789);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1568);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1569);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1570);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1571);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 1572);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 1573);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2352);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2353);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2354);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2355);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 2356);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 2357);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic * 784;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 4);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 5);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 6);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 785);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 786);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 787);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 788);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 789);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 790);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1569);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1570);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1571);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1572);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 1573);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 1574);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2353);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2354);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2355);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2356);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 2357);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 2358);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            w_kh += 64;
        }
    }
    float spread[6][16];
    _mm256_storeu_ps(spread[0], acc0_0);
    _mm256_storeu_ps(spread[0] + 8, acc0_1);
    _mm256_storeu_ps(spread[1], acc1_0);
    _mm256_storeu_ps(spread[1] + 8, acc1_1);
    _mm256_storeu_ps(spread[2], acc2_0);
    _mm256_storeu_ps(spread[2] + 8, acc2_1);
    _mm256_storeu_ps(spread[3], acc3_0);
    _mm256_storeu_ps(spread[3] + 8, acc3_1);
    _mm256_storeu_ps(spread[4], acc4_0);
    _mm256_storeu_ps(spread[4] + 8, acc4_1);
    _mm256_storeu_ps(spread[5], acc5_0);
    _mm256_storeu_ps(spread[5] + 8, acc5_1);
    for (ptrdiff_t j = 0; j < 16; ++j) {
        output[j * 784] = spread[0][j];
        output[j * 784 + 1] = spread[1][j];
        output[j * 784 + 2] = spread[2][j];
        output[j * 784 + 3] = spread[3][j];
        output[j * 784 + 4] = spread[4][j];
        output[j * 784 + 5] = spread[5][j];
    }
}

/* 6 pixels x 16 channels */
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
        const float *x_kh = x + (ih + kh) * 28;
        const float *w_kh = w + kh * 6144;
        /* kernel columns */
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            const float *x_kw = x_kh + kw;
            /* input channels */
            for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
                const float *x_ic = x_kw + ic * 784;
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 1);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 2);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 3);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 4);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 5);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 784);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 785);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 786);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 787);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 788);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 789);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 1568);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 1569);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 1570);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 1571);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 1572);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 1573);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 2352);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 2353);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 2354);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 2355);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 2356);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 2357);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                w_kh += 64;
            }
        }
    }
    float spread[6][16];
    _mm256_storeu_ps(spread[0], acc0_0);
    _mm256_storeu_ps(spread[0] + 8, acc0_1);
    _mm256_storeu_ps(spread[1], acc1_0);
    _mm256_storeu_ps(spread[1] + 8, acc1_1);
    _mm256_storeu_ps(spread[2], acc2_0);
    _mm256_storeu_ps(spread[2] + 8, acc2_1);
    _mm256_storeu_ps(spread[3], acc3_0);
    _mm256_storeu_ps(spread[3] + 8, acc3_1);
    _mm256_storeu_ps(spread[4], acc4_0);
    _mm256_storeu_ps(spread[4] + 8, acc4_1);
    _mm256_storeu_ps(spread[5], acc5_0);
    _mm256_storeu_ps(spread[5] + 8, acc5_1);
    for (ptrdiff_t j = 0; j < 16; ++j) {
        output[j * 784] = spread[0][j];
        output[j * 784 + 1] = spread[1][j];
        output[j * 784 + 2] = spread[2][j];
        output[j * 784 + 3] = spread[3][j];
        output[j * 784 + 4] = spread[4][j];
        output[j * 784 + 5] = spread[5][j];
    }
}

/* 5 pixels x 16 channels */
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
        const float *x_kh = x + (ih + kh) * 28;
        const float *w_kh = w + kh * 6144;
        /* kernel columns */
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            const float *x_kw = x_kh + kw;
            /* input channels */
            for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
                const float *x_ic = x_kw + ic * 784;
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 1);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 2);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 3);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 4);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 784);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 785);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 786);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 787);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 788);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 1568);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 1569);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 1570);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 1571);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 1572);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 2352);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 2353);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 2354);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 2355);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 2356);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                w_kh += 64;
            }
        }
    }
    float spread[5][16];
    _mm256_storeu_ps(spread[0], acc0_0);
    _mm256_storeu_ps(spread[0] + 8, acc0_1);
    _mm256_storeu_ps(spread[1], acc1_0);
    _mm256_storeu_ps(spread[1] + 8, acc1_1);
    _mm256_storeu_ps(spread[2], acc2_0);
    _mm256_storeu_ps(spread[2] + 8, acc2_1);
    _mm256_storeu_ps(spread[3], acc3_0);
    _mm256_storeu_ps(spread[3] + 8, acc3_1);
    _mm256_storeu_ps(spread[4], acc4_0);
    _mm256_storeu_ps(spread[4] + 8, acc4_1);
    for (ptrdiff_t j = 0; j < 16; ++j) {
        output[j * 784] = spread[0][j];
        output[j * 784 + 1] = spread[1][j];
        output[j * 784 + 2] = spread[2][j];
        output[j * 784 + 3] = spread[3][j];
        output[j * 784 + 4] = spread[4][j];
    }
}

/* 5 pixels x 16 channels, from pixel 23 */
static void tile_5x16_pixel23(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
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
        const float *x_kh = x + (ih + kh) * 28;
        const float *w_kh = w + kh * 6144;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic * 784;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 22);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 23);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 24);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 25);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 26);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 806);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 807);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 808);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 809);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 810);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1590);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1591);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1592);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1593);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 1594);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2374);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2375);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2376);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2377);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 2378);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic * 784;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 23);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 24);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 25);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 26);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 27);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 807);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 808);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 809);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 810);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 811);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1591);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1592);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1593);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1594);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 1595);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2375);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2376);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2377);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2378);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 2379);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic * 784;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 24);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 25);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 26);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 27);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 808);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 809);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 810);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 811);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1592);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1593);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1594);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1595);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2376);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2377);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2378);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2379);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            w_kh += 64;
        }
    }
    float spread[5][16];
    _mm256_storeu_ps(spread[0], acc0_0);
    _mm256_storeu_ps(spread[0] + 8, acc0_1);
    _mm256_storeu_ps(spread[1], acc1_0);
    _mm256_storeu_ps(spread[1] + 8, acc1_1);
    _mm256_storeu_ps(spread[2], acc2_0);
    _mm256_storeu_ps(spread[2] + 8, acc2_1);
    _mm256_storeu_ps(spread[3], acc3_0);
    _mm256_storeu_ps(spread[3] + 8, acc3_1);
    _mm256_storeu_ps(spread[4], acc4_0);
    _mm256_storeu_ps(spread[4] + 8, acc4_1);
    for (ptrdiff_t j = 0; j < 16; ++j) {
        output[j * 784] = spread[0][j];
        output[j * 784 + 1] = spread[1][j];
        output[j * 784 + 2] = spread[2][j];
        output[j * 784 + 3] = spread[3][j];
        output[j * 784 + 4] = spread[4][j];
    }
}

/* One panel: kd, kh, kw, ic, then `width` output channels from oc0, zero beyond the last. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            for (ptrdiff_t ic = 0; ic < 128; ++ic) {
                for (ptrdiff_t j = 0; j < width; ++j) {
                    *out++ = weights[(oc0 + j) * 1152 + kh * 3 + kw + ic * 9];
                }
            }
        }
    }
    return out;
}

void conv_f32_nchw_3x3s1p1_128x28x28_128__direct_avx2_6x16_pack(const float *weights, const float *bias, void *packed)
{
    float *out = packed;
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 16) {
        out = pack_panel(weights, oc0, 16, out);
    }
    for (ptrdiff_t oc = 0; oc < 128; ++oc) {
        *out++ = bias[oc];
    }
}

static void compute_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    const float *weights = packed;
    const float *bias = packed + 147456;
    (void)worker;
    (void)workspace;
    const ptrdiff_t oc_tile = (ptrdiff_t)task; /* output channels, 16 at a time */
    const ptrdiff_t oc0 = oc_tile * 16;
    /* output rows */
    for (ptrdiff_t oh = 0; oh < 28; ++oh) {
        const ptrdiff_t ih = oh - 1;
        const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
        const ptrdiff_t kh_end = ih < 26 ? 3 : ih < 28 ? 28 - ih : 0;
        tile_6x16_pixel0(input, ih, kh_begin, kh_end, weights + oc0 * 1152, bias + oc0, output + oc0 * 784 + oh * 28);
        /* pixels, 6 at a time */
        for (ptrdiff_t ow0 = 6; ow0 < 18; ow0 += 6) {
            tile_6x16(input + ow0 - 1, ih, kh_begin, kh_end, weights + oc0 * 1152, bias + oc0, output + oc0 * 784 + oh * 28 + ow0);
        }
        tile_5x16(input + 17, ih, kh_begin, kh_end, weights + oc0 * 1152, bias + oc0, output + oc0 * 784 + oh * 28 + 18);
        tile_5x16_pixel23(input, ih, kh_begin, kh_end, weights + oc0 * 1152, bias + oc0, output + oc0 * 784 + oh * 28 + 23);
    }
}

size_t conv_f32_nchw_3x3s1p1_128x28x28_128__direct_avx2_6x16_tasks(int phase)
{
    static const size_t tasks[conv_f32_nchw_3x3s1p1_128x28x28_128__direct_avx2_6x16_PHASES] = {8};
    return phase >= 0 && phase < conv_f32_nchw_3x3s1p1_128x28x28_128__direct_avx2_6x16_PHASES ? tasks[phase] : 0;
}

void conv_f32_nchw_3x3s1p1_128x28x28_128__direct_avx2_6x16_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        compute_task(task, worker, input, packed, output, workspace);
        break;
    default:
        break;
    }
}

void conv_f32_nchw_3x3s1p1_128x28x28_128__direct_avx2_6x16(const float *input, const void *packed, float *output, void *workspace)
{
    for (int phase = 0; phase < conv_f32_nchw_3x3s1p1_128x28x28_128__direct_avx2_6x16_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nchw_3x3s1p1_128x28x28_128__direct_avx2_6x16_tasks(phase);
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
#ifdef _OPENMP
            const int worker = omp_get_thread_num();
#else
            const int worker = 0;
#endif
            conv_f32_nchw_3x3s1p1_128x28x28_128__direct_avx2_6x16_task(phase, (size_t)task, worker, input, packed, output, workspace);
        }
    }
}
#if defined(__clang__)
#pragma clang attribute pop
#endif
