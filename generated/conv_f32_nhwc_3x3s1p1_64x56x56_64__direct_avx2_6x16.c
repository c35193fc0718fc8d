/* conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 56 x 56 x 64, output 1 x 56 x 56 x 64, weights hwio 3 x 3 x 64 x 64
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate ic64ih56oc64oh56kh3ph1 --layout nhwc --target x86-64-v3
 * Plan      direct on avx2, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oh by 4: 14 times, a task each
 *             for ic by 32: 2 times
 *               for oc by 16: 4 times
 *                 for oh: 4 times
 *                   for ow by 6: 10 times
 *                     for kh: 3 times
 *                       for kw: 3 times
 *                         for ic: 32 times
 *                           tile of 6 pixels x 16 channels: 15 of 16 registers
 * Tasks     14 (output rows, 4 at a time)
 * Cost      115605504 multiply-adds; at least 1753344 bytes moved; 147712 bytes packed, 0 of workspace
 * Bound     |error| <= g S, S = sum |x||w| + |bias| + |residual|, g = 576 u / (1 - 576 u) = 3.43e-05,
 *           u = 2^-24
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
#include "conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16.h"

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
static void tile_6x16_pixel0_first(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
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
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 1536;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a1 = _mm256_broadcast_ss(x_ic);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 64);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 128);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 192);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 256);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 65);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 129);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 193);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 257);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 66);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 130);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 194);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 258);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 67);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 131);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 195);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 259);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 64);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 128);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 192);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 256);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 320);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 65);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 129);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 193);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 257);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 321);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 66);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 130);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 194);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 258);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 322);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 67);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 131);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 195);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 259);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 323);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 64);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 128);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 192);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 256);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 320);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 384);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 65);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 129);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 193);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 257);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 321);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 385);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 66);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 130);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 194);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 258);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 322);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 386);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 67);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 131);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 195);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 259);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 323);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 387);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            w_kh += 64;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 64, acc1_0);
    _mm256_storeu_ps(output + 72, acc1_1);
    _mm256_storeu_ps(output + 128, acc2_0);
    _mm256_storeu_ps(output + 136, acc2_1);
    _mm256_storeu_ps(output + 192, acc3_0);
    _mm256_storeu_ps(output + 200, acc3_1);
    _mm256_storeu_ps(output + 256, acc4_0);
    _mm256_storeu_ps(output + 264, acc4_1);
    _mm256_storeu_ps(output + 320, acc5_0);
    _mm256_storeu_ps(output + 328, acc5_1);
}

/* 6 pixels x 16 channels */
static void tile_6x16_first(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
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
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 1536;
        /* kernel columns */
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            const float *x_kw = x_kh + kw * 64;
            /* input channels */
            for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
                const float *x_ic = x_kw + ic;
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 64);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 128);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 192);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 256);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 320);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 65);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 129);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 193);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 257);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 321);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 66);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 130);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 194);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 258);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 322);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 67);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 131);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 195);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 259);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 323);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                w_kh += 64;
            }
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 64, acc1_0);
    _mm256_storeu_ps(output + 72, acc1_1);
    _mm256_storeu_ps(output + 128, acc2_0);
    _mm256_storeu_ps(output + 136, acc2_1);
    _mm256_storeu_ps(output + 192, acc3_0);
    _mm256_storeu_ps(output + 200, acc3_1);
    _mm256_storeu_ps(output + 256, acc4_0);
    _mm256_storeu_ps(output + 264, acc4_1);
    _mm256_storeu_ps(output + 320, acc5_0);
    _mm256_storeu_ps(output + 328, acc5_1);
}

/* 5 pixels x 16 channels */
static void tile_5x16_first(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
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
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 1536;
        /* kernel columns */
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            const float *x_kw = x_kh + kw * 64;
            /* input channels */
            for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
                const float *x_ic = x_kw + ic;
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 64);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 128);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 192);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 256);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 65);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 129);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 193);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 257);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 66);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 130);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 194);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 258);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 67);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 131);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 195);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 259);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                w_kh += 64;
            }
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 64, acc1_0);
    _mm256_storeu_ps(output + 72, acc1_1);
    _mm256_storeu_ps(output + 128, acc2_0);
    _mm256_storeu_ps(output + 136, acc2_1);
    _mm256_storeu_ps(output + 192, acc3_0);
    _mm256_storeu_ps(output + 200, acc3_1);
    _mm256_storeu_ps(output + 256, acc4_0);
    _mm256_storeu_ps(output + 264, acc4_1);
}

/* 5 pixels x 16 channels, from pixel 51 */
static void tile_5x16_pixel51_first(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
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
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 1536;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3200);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3264);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3328);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3392);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3456);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3201);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3265);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3329);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3393);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3457);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3202);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3266);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3330);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3394);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3458);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3203);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3267);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3331);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3395);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3459);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3264);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3328);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3392);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3456);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3520);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3265);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3329);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3393);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3457);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3521);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3266);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3330);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3394);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3458);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3522);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3267);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3331);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3395);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3459);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3523);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3328);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3392);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3456);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3520);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3329);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3393);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3457);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3521);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3330);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3394);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3458);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3522);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3331);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3395);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3459);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3523);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            w_kh += 64;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 64, acc1_0);
    _mm256_storeu_ps(output + 72, acc1_1);
    _mm256_storeu_ps(output + 128, acc2_0);
    _mm256_storeu_ps(output + 136, acc2_1);
    _mm256_storeu_ps(output + 192, acc3_0);
    _mm256_storeu_ps(output + 200, acc3_1);
    _mm256_storeu_ps(output + 256, acc4_0);
    _mm256_storeu_ps(output + 264, acc4_1);
}

/* 6 pixels x 16 channels, from pixel 0 */
static void tile_6x16_pixel0_last(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    (void)bias;
    __m256 acc0_0 = _mm256_loadu_ps(output);
    __m256 acc0_1 = _mm256_loadu_ps(output + 8);
    __m256 acc1_0 = _mm256_loadu_ps(output + 64);
    __m256 acc1_1 = _mm256_loadu_ps(output + 72);
    __m256 acc2_0 = _mm256_loadu_ps(output + 128);
    __m256 acc2_1 = _mm256_loadu_ps(output + 136);
    __m256 acc3_0 = _mm256_loadu_ps(output + 192);
    __m256 acc3_1 = _mm256_loadu_ps(output + 200);
    __m256 acc4_0 = _mm256_loadu_ps(output + 256);
    __m256 acc4_1 = _mm256_loadu_ps(output + 264);
    __m256 acc5_0 = _mm256_loadu_ps(output + 320);
    __m256 acc5_1 = _mm256_loadu_ps(output + 328);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 1536;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a1 = _mm256_broadcast_ss(x_ic);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 64);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 128);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 192);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 256);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 65);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 129);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 193);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 257);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 66);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 130);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 194);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 258);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 67);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 131);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 195);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 259);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 64);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 128);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 192);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 256);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 320);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 65);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 129);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 193);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 257);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 321);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 66);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 130);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 194);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 258);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 322);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 67);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 131);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 195);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 259);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 323);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 64);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 128);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 192);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 256);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 320);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 384);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 65);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 129);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 193);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 257);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 321);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 385);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 66);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 130);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 194);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 258);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 322);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 386);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 67);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 131);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 195);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 259);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 323);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 387);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            w_kh += 64;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 64, acc1_0);
    _mm256_storeu_ps(output + 72, acc1_1);
    _mm256_storeu_ps(output + 128, acc2_0);
    _mm256_storeu_ps(output + 136, acc2_1);
    _mm256_storeu_ps(output + 192, acc3_0);
    _mm256_storeu_ps(output + 200, acc3_1);
    _mm256_storeu_ps(output + 256, acc4_0);
    _mm256_storeu_ps(output + 264, acc4_1);
    _mm256_storeu_ps(output + 320, acc5_0);
    _mm256_storeu_ps(output + 328, acc5_1);
}

/* 6 pixels x 16 channels */
static void tile_6x16_last(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    (void)bias;
    __m256 acc0_0 = _mm256_loadu_ps(output);
    __m256 acc0_1 = _mm256_loadu_ps(output + 8);
    __m256 acc1_0 = _mm256_loadu_ps(output + 64);
    __m256 acc1_1 = _mm256_loadu_ps(output + 72);
    __m256 acc2_0 = _mm256_loadu_ps(output + 128);
    __m256 acc2_1 = _mm256_loadu_ps(output + 136);
    __m256 acc3_0 = _mm256_loadu_ps(output + 192);
    __m256 acc3_1 = _mm256_loadu_ps(output + 200);
    __m256 acc4_0 = _mm256_loadu_ps(output + 256);
    __m256 acc4_1 = _mm256_loadu_ps(output + 264);
    __m256 acc5_0 = _mm256_loadu_ps(output + 320);
    __m256 acc5_1 = _mm256_loadu_ps(output + 328);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 1536;
        /* kernel columns */
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            const float *x_kw = x_kh + kw * 64;
            /* input channels */
            for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
                const float *x_ic = x_kw + ic;
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 64);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 128);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 192);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 256);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 320);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 65);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 129);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 193);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 257);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 321);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 66);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 130);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 194);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 258);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 322);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 67);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 131);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 195);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 259);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                    const __m256 a5 = _mm256_broadcast_ss(x_ic + 323);
                    acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                    acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
                }
                w_kh += 64;
            }
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 64, acc1_0);
    _mm256_storeu_ps(output + 72, acc1_1);
    _mm256_storeu_ps(output + 128, acc2_0);
    _mm256_storeu_ps(output + 136, acc2_1);
    _mm256_storeu_ps(output + 192, acc3_0);
    _mm256_storeu_ps(output + 200, acc3_1);
    _mm256_storeu_ps(output + 256, acc4_0);
    _mm256_storeu_ps(output + 264, acc4_1);
    _mm256_storeu_ps(output + 320, acc5_0);
    _mm256_storeu_ps(output + 328, acc5_1);
}

/* 5 pixels x 16 channels */
static void tile_5x16_last(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    (void)bias;
    __m256 acc0_0 = _mm256_loadu_ps(output);
    __m256 acc0_1 = _mm256_loadu_ps(output + 8);
    __m256 acc1_0 = _mm256_loadu_ps(output + 64);
    __m256 acc1_1 = _mm256_loadu_ps(output + 72);
    __m256 acc2_0 = _mm256_loadu_ps(output + 128);
    __m256 acc2_1 = _mm256_loadu_ps(output + 136);
    __m256 acc3_0 = _mm256_loadu_ps(output + 192);
    __m256 acc3_1 = _mm256_loadu_ps(output + 200);
    __m256 acc4_0 = _mm256_loadu_ps(output + 256);
    __m256 acc4_1 = _mm256_loadu_ps(output + 264);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 1536;
        /* kernel columns */
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            const float *x_kw = x_kh + kw * 64;
            /* input channels */
            for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
                const float *x_ic = x_kw + ic;
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 64);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 128);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 192);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 256);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 65);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 129);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 193);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 257);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 66);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 130);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 194);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 258);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                {
                    const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                    const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                    const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                    acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                    acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                    const __m256 a1 = _mm256_broadcast_ss(x_ic + 67);
                    acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                    acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                    const __m256 a2 = _mm256_broadcast_ss(x_ic + 131);
                    acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                    acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                    const __m256 a3 = _mm256_broadcast_ss(x_ic + 195);
                    acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                    acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                    const __m256 a4 = _mm256_broadcast_ss(x_ic + 259);
                    acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                    acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                }
                w_kh += 64;
            }
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 64, acc1_0);
    _mm256_storeu_ps(output + 72, acc1_1);
    _mm256_storeu_ps(output + 128, acc2_0);
    _mm256_storeu_ps(output + 136, acc2_1);
    _mm256_storeu_ps(output + 192, acc3_0);
    _mm256_storeu_ps(output + 200, acc3_1);
    _mm256_storeu_ps(output + 256, acc4_0);
    _mm256_storeu_ps(output + 264, acc4_1);
}

/* 5 pixels x 16 channels, from pixel 51 */
static void tile_5x16_pixel51_last(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    (void)bias;
    __m256 acc0_0 = _mm256_loadu_ps(output);
    __m256 acc0_1 = _mm256_loadu_ps(output + 8);
    __m256 acc1_0 = _mm256_loadu_ps(output + 64);
    __m256 acc1_1 = _mm256_loadu_ps(output + 72);
    __m256 acc2_0 = _mm256_loadu_ps(output + 128);
    __m256 acc2_1 = _mm256_loadu_ps(output + 136);
    __m256 acc3_0 = _mm256_loadu_ps(output + 192);
    __m256 acc3_1 = _mm256_loadu_ps(output + 200);
    __m256 acc4_0 = _mm256_loadu_ps(output + 256);
    __m256 acc4_1 = _mm256_loadu_ps(output + 264);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 1536;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3200);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3264);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3328);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3392);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3456);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3201);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3265);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3329);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3393);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3457);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3202);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3266);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3330);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3394);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3458);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3203);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3267);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3331);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3395);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3459);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3264);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3328);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3392);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3456);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3520);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3265);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3329);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3393);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3457);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3521);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3266);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3330);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3394);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3458);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3522);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3267);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3331);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3395);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3459);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 3523);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3328);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3392);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3456);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3520);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3329);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3393);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3457);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3521);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3330);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3394);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3458);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3522);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3331);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3395);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3459);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 3523);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            w_kh += 64;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 64, acc1_0);
    _mm256_storeu_ps(output + 72, acc1_1);
    _mm256_storeu_ps(output + 128, acc2_0);
    _mm256_storeu_ps(output + 136, acc2_1);
    _mm256_storeu_ps(output + 192, acc3_0);
    _mm256_storeu_ps(output + 200, acc3_1);
    _mm256_storeu_ps(output + 256, acc4_0);
    _mm256_storeu_ps(output + 264, acc4_1);
}

/* One panel: kd, kh, kw, ic, then `width` output channels from oc0, zero beyond the last. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    /* 32 input channels, all taps */
    for (ptrdiff_t ic0 = 0; ic0 < 64; ic0 += 32) {
        for (ptrdiff_t kh = 0; kh < 3; ++kh) {
            for (ptrdiff_t kw = 0; kw < 3; ++kw) {
                for (ptrdiff_t ic = 0; ic < 32; ++ic) {
                    for (ptrdiff_t j = 0; j < width; ++j) {
                        *out++ = weights[oc0 + j + ic0 * 64 + kh * 12288 + kw * 4096 + ic * 64];
                    }
                }
            }
        }
    }
    return out;
}

void conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16_pack(const float *weights, const float *bias, void *packed)
{
    float *out = packed;
    for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 16) {
        out = pack_panel(weights, oc0, 16, out);
    }
    for (ptrdiff_t oc = 0; oc < 64; ++oc) {
        *out++ = bias[oc];
    }
}

static void compute_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    const float *weights = packed;
    const float *bias = packed + 36864;
    (void)worker;
    (void)workspace;
    const ptrdiff_t oh1 = (ptrdiff_t)task; /* output rows, 4 at a time */
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 16) {
        /* output rows */
        for (ptrdiff_t oh = oh1 * 4; oh < oh1 * 4 + 4; ++oh) {
            const ptrdiff_t ih = oh - 1;
            const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
            const ptrdiff_t kh_end = ih < 54 ? 3 : ih < 56 ? 56 - ih : 0;
            tile_6x16_pixel0_first(input, ih, kh_begin, kh_end, weights + oc0 * 576, bias + oc0, output + oc0 + oh * 3584);
            /* pixels, 6 at a time */
            for (ptrdiff_t ow0 = 6; ow0 < 36; ow0 += 6) {
                tile_6x16_first(input + ow0 * 64 - 64, ih, kh_begin, kh_end, weights + oc0 * 576, bias + oc0, output + oc0 + oh * 3584 + ow0 * 64);
            }
            /* pixels, 5 at a time */
            for (ptrdiff_t ow0 = 36; ow0 < 51; ow0 += 5) {
                tile_5x16_first(input + ow0 * 64 - 64, ih, kh_begin, kh_end, weights + oc0 * 576, bias + oc0, output + oc0 + oh * 3584 + ow0 * 64);
            }
            tile_5x16_pixel51_first(input, ih, kh_begin, kh_end, weights + oc0 * 576, bias + oc0, output + oc0 + oh * 3584 + 3264);
        }
    }
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 16) {
        /* output rows */
        for (ptrdiff_t oh = oh1 * 4; oh < oh1 * 4 + 4; ++oh) {
            const ptrdiff_t ih = oh - 1;
            const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
            const ptrdiff_t kh_end = ih < 54 ? 3 : ih < 56 ? 56 - ih : 0;
            tile_6x16_pixel0_last(input + 32, ih, kh_begin, kh_end, weights + oc0 * 576 + 4608, bias + oc0, output + oc0 + oh * 3584);
            /* pixels, 6 at a time */
            for (ptrdiff_t ow0 = 6; ow0 < 36; ow0 += 6) {
                tile_6x16_last(input + ow0 * 64 - 32, ih, kh_begin, kh_end, weights + oc0 * 576 + 4608, bias + oc0, output + oc0 + oh * 3584 + ow0 * 64);
            }
            /* pixels, 5 at a time */
            for (ptrdiff_t ow0 = 36; ow0 < 51; ow0 += 5) {
                tile_5x16_last(input + ow0 * 64 - 32, ih, kh_begin, kh_end, weights + oc0 * 576 + 4608, bias + oc0, output + oc0 + oh * 3584 + ow0 * 64);
            }
            tile_5x16_pixel51_last(input + 32, ih, kh_begin, kh_end, weights + oc0 * 576 + 4608, bias + oc0, output + oc0 + oh * 3584 + 3264);
        }
    }
}

size_t conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16_tasks(int phase)
{
    static const size_t tasks[conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16_PHASES] = {14};
    return phase >= 0 && phase < conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16_PHASES ? tasks[phase] : 0;
}

void conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        compute_task(task, worker, input, packed, output, workspace);
        break;
    default:
        break;
    }
}

void conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16(const float *input, const void *packed, float *output, void *workspace)
{
    for (int phase = 0; phase < conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16_tasks(phase);
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
#ifdef _OPENMP
            const int worker = omp_get_thread_num();
#else
            const int worker = 0;
#endif
            conv_f32_nhwc_3x3s1p1_64x56x56_64__direct_avx2_6x16_task(phase, (size_t)task, worker, input, packed, output, workspace);
        }
    }
}
#if defined(__clang__)
#pragma clang attribute pop
#endif
