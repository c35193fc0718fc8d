/* conv_f32_nhwc_3x3s1p1_512x7x7_512__direct_avx2_4x24: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 7 x 7 x 512, output 1 x 7 x 7 x 512, weights hwio 3 x 3 x 512 x 512
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate ic512ih7oc512oh7kh3ph1 --layout nhwc --target x86-64-v3
 * Plan      direct on avx2, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oc by 48: 11 times, a task each
 *             for ic by 256: 2 times
 *               for oc by 24: 2 times
 *                 for oh: 7 times
 *                   for ow by 4: 2 times
 *                     for kh: 3 times
 *                       for kw: 3 times
 *                         for ic: 256 times
 *                           tile of 4 pixels x 24 channels: 16 of 16 registers
 * Tasks     11 (output channels, 48 at a time)
 * Cost      115605504 multiply-adds; at least 9639936 bytes moved; 9439232 bytes packed, 0 of workspace
 * Bound     |error| <= g S, S = sum |x||w| + |bias| + |residual|, g = 4608 u / (1 - 4608 u) =
 *           0.000275, u = 2^-24
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
#include "conv_f32_nhwc_3x3s1p1_512x7x7_512__direct_avx2_4x24.h"

#include <immintrin.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif !defined(__GNUC__) && (!defined(__AVX2__) || !defined(__FMA__))
#error "compile this file with -mavx2 -mfma"
#endif

/* 4 pixels x 24 channels, from pixel 0 */
static void tile_4x24_pixel0_first(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc0_2 = _mm256_loadu_ps(bias + 16);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_2 = _mm256_loadu_ps(bias + 16);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc2_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc2_2 = _mm256_loadu_ps(bias + 16);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc3_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc3_2 = _mm256_loadu_ps(bias + 16);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 18432;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a1 = _mm256_broadcast_ss(x_ic);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 512);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1024);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 513);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1025);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 514);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1026);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 515);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1027);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            w_kh += 96;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a0 = _mm256_broadcast_ss(x_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 512);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1024);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1536);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 513);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1025);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1537);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 514);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1026);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1538);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 515);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1027);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1539);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            w_kh += 96;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 512);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1024);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1536);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2048);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 513);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1025);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1537);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2049);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 514);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1026);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1538);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2050);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 515);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1027);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1539);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2051);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            w_kh += 96;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 16, acc0_2);
    _mm256_storeu_ps(output + 512, acc1_0);
    _mm256_storeu_ps(output + 520, acc1_1);
    _mm256_storeu_ps(output + 528, acc1_2);
    _mm256_storeu_ps(output + 1024, acc2_0);
    _mm256_storeu_ps(output + 1032, acc2_1);
    _mm256_storeu_ps(output + 1040, acc2_2);
    _mm256_storeu_ps(output + 1536, acc3_0);
    _mm256_storeu_ps(output + 1544, acc3_1);
    _mm256_storeu_ps(output + 1552, acc3_2);
}

/* 3 pixels x 24 channels, from pixel 4 */
static void tile_3x24_pixel4_first(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc0_2 = _mm256_loadu_ps(bias + 16);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_2 = _mm256_loadu_ps(bias + 16);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc2_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc2_2 = _mm256_loadu_ps(bias + 16);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 18432;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1536);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2048);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2560);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1537);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2049);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2561);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1538);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2050);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2562);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1539);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2051);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2563);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            w_kh += 96;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2048);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2560);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3072);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2049);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2561);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3073);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2050);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2562);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3074);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2051);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2563);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3075);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            w_kh += 96;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2560);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3072);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2561);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3073);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2562);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3074);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2563);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3075);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            }
            w_kh += 96;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 16, acc0_2);
    _mm256_storeu_ps(output + 512, acc1_0);
    _mm256_storeu_ps(output + 520, acc1_1);
    _mm256_storeu_ps(output + 528, acc1_2);
    _mm256_storeu_ps(output + 1024, acc2_0);
    _mm256_storeu_ps(output + 1032, acc2_1);
    _mm256_storeu_ps(output + 1040, acc2_2);
}

/* 4 pixels x 16 channels, from pixel 0 */
static void tile_4x16_pixel0_first(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc2_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc3_1 = _mm256_loadu_ps(bias + 8);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 12288;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a1 = _mm256_broadcast_ss(x_ic);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 512);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1024);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 513);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1025);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 514);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1026);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 515);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1027);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 512);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1024);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1536);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 513);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1025);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1537);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 514);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1026);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1538);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 515);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1027);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1539);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 512);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1024);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1536);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2048);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 513);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1025);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1537);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2049);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 514);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1026);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1538);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2050);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 515);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1027);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1539);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2051);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            w_kh += 64;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 512, acc1_0);
    _mm256_storeu_ps(output + 520, acc1_1);
    _mm256_storeu_ps(output + 1024, acc2_0);
    _mm256_storeu_ps(output + 1032, acc2_1);
    _mm256_storeu_ps(output + 1536, acc3_0);
    _mm256_storeu_ps(output + 1544, acc3_1);
}

/* 3 pixels x 16 channels, from pixel 4 */
static void tile_3x16_pixel4_first(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc2_1 = _mm256_loadu_ps(bias + 8);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 12288;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1536);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2048);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2560);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1537);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2049);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2561);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1538);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2050);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2562);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1539);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2051);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2563);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2048);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2560);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3072);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2049);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2561);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3073);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2050);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2562);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3074);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2051);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2563);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3075);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2560);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3072);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2561);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3073);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2562);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3074);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2563);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3075);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            w_kh += 64;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 512, acc1_0);
    _mm256_storeu_ps(output + 520, acc1_1);
    _mm256_storeu_ps(output + 1024, acc2_0);
    _mm256_storeu_ps(output + 1032, acc2_1);
}

/* 4 pixels x 24 channels, from pixel 0 */
static void tile_4x24_pixel0_last(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    (void)bias;
    __m256 acc0_0 = _mm256_loadu_ps(output);
    __m256 acc0_1 = _mm256_loadu_ps(output + 8);
    __m256 acc0_2 = _mm256_loadu_ps(output + 16);
    __m256 acc1_0 = _mm256_loadu_ps(output + 512);
    __m256 acc1_1 = _mm256_loadu_ps(output + 520);
    __m256 acc1_2 = _mm256_loadu_ps(output + 528);
    __m256 acc2_0 = _mm256_loadu_ps(output + 1024);
    __m256 acc2_1 = _mm256_loadu_ps(output + 1032);
    __m256 acc2_2 = _mm256_loadu_ps(output + 1040);
    __m256 acc3_0 = _mm256_loadu_ps(output + 1536);
    __m256 acc3_1 = _mm256_loadu_ps(output + 1544);
    __m256 acc3_2 = _mm256_loadu_ps(output + 1552);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 18432;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a1 = _mm256_broadcast_ss(x_ic);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 512);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1024);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 513);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1025);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 514);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1026);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 515);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1027);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            w_kh += 96;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a0 = _mm256_broadcast_ss(x_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 512);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1024);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1536);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 513);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1025);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1537);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 514);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1026);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1538);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 515);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1027);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1539);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            w_kh += 96;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 512);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1024);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1536);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2048);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 513);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1025);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1537);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2049);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 514);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1026);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1538);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2050);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 515);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1027);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1539);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2051);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
            }
            w_kh += 96;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 16, acc0_2);
    _mm256_storeu_ps(output + 512, acc1_0);
    _mm256_storeu_ps(output + 520, acc1_1);
    _mm256_storeu_ps(output + 528, acc1_2);
    _mm256_storeu_ps(output + 1024, acc2_0);
    _mm256_storeu_ps(output + 1032, acc2_1);
    _mm256_storeu_ps(output + 1040, acc2_2);
    _mm256_storeu_ps(output + 1536, acc3_0);
    _mm256_storeu_ps(output + 1544, acc3_1);
    _mm256_storeu_ps(output + 1552, acc3_2);
}

/* 3 pixels x 24 channels, from pixel 4 */
static void tile_3x24_pixel4_last(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    (void)bias;
    __m256 acc0_0 = _mm256_loadu_ps(output);
    __m256 acc0_1 = _mm256_loadu_ps(output + 8);
    __m256 acc0_2 = _mm256_loadu_ps(output + 16);
    __m256 acc1_0 = _mm256_loadu_ps(output + 512);
    __m256 acc1_1 = _mm256_loadu_ps(output + 520);
    __m256 acc1_2 = _mm256_loadu_ps(output + 528);
    __m256 acc2_0 = _mm256_loadu_ps(output + 1024);
    __m256 acc2_1 = _mm256_loadu_ps(output + 1032);
    __m256 acc2_2 = _mm256_loadu_ps(output + 1040);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 18432;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1536);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2048);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2560);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1537);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2049);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2561);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1538);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2050);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2562);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1539);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2051);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2563);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            w_kh += 96;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2048);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2560);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3072);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2049);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2561);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3073);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2050);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2562);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3074);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2051);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2563);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3075);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            }
            w_kh += 96;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 16);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2560);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3072);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 24);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2561);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3073);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 64);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2562);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3074);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 72);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 80);
                const __m256 b2 = _mm256_loadu_ps(w_kh + 88);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2563);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3075);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            }
            w_kh += 96;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 16, acc0_2);
    _mm256_storeu_ps(output + 512, acc1_0);
    _mm256_storeu_ps(output + 520, acc1_1);
    _mm256_storeu_ps(output + 528, acc1_2);
    _mm256_storeu_ps(output + 1024, acc2_0);
    _mm256_storeu_ps(output + 1032, acc2_1);
    _mm256_storeu_ps(output + 1040, acc2_2);
}

/* 4 pixels x 16 channels, from pixel 0 */
static void tile_4x16_pixel0_last(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    (void)bias;
    __m256 acc0_0 = _mm256_loadu_ps(output);
    __m256 acc0_1 = _mm256_loadu_ps(output + 8);
    __m256 acc1_0 = _mm256_loadu_ps(output + 512);
    __m256 acc1_1 = _mm256_loadu_ps(output + 520);
    __m256 acc2_0 = _mm256_loadu_ps(output + 1024);
    __m256 acc2_1 = _mm256_loadu_ps(output + 1032);
    __m256 acc3_0 = _mm256_loadu_ps(output + 1536);
    __m256 acc3_1 = _mm256_loadu_ps(output + 1544);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 12288;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a1 = _mm256_broadcast_ss(x_ic);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 512);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1024);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 513);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1025);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 514);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1026);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 515);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1027);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 512);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1024);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1536);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 513);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1025);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1537);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 514);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1026);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1538);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 515);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1027);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 1539);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 512);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1024);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1536);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2048);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 513);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1025);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1537);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2049);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 514);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1026);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1538);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2050);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 515);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 1027);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 1539);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 2051);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            w_kh += 64;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 512, acc1_0);
    _mm256_storeu_ps(output + 520, acc1_1);
    _mm256_storeu_ps(output + 1024, acc2_0);
    _mm256_storeu_ps(output + 1032, acc2_1);
    _mm256_storeu_ps(output + 1536, acc3_0);
    _mm256_storeu_ps(output + 1544, acc3_1);
}

/* 3 pixels x 16 channels, from pixel 4 */
static void tile_3x16_pixel4_last(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    (void)bias;
    __m256 acc0_0 = _mm256_loadu_ps(output);
    __m256 acc0_1 = _mm256_loadu_ps(output + 8);
    __m256 acc1_0 = _mm256_loadu_ps(output + 512);
    __m256 acc1_1 = _mm256_loadu_ps(output + 520);
    __m256 acc2_0 = _mm256_loadu_ps(output + 1024);
    __m256 acc2_1 = _mm256_loadu_ps(output + 1032);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 12288;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1536);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2048);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2560);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1537);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2049);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2561);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1538);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2050);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2562);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1539);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2051);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 2563);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2048);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2560);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3072);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2049);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2561);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3073);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2050);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2562);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3074);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2051);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 2563);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 3075);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            }
            w_kh += 64;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2560);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3072);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2561);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3073);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 32);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2562);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3074);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w_kh + 48);
                const __m256 b1 = _mm256_loadu_ps(w_kh + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2563);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 3075);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            w_kh += 64;
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 512, acc1_0);
    _mm256_storeu_ps(output + 520, acc1_1);
    _mm256_storeu_ps(output + 1024, acc2_0);
    _mm256_storeu_ps(output + 1032, acc2_1);
}

/* One panel: kd, kh, kw, ic, then `width` output channels from oc0, zero beyond the last. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    /* 256 input channels, all taps */
    for (ptrdiff_t ic0 = 0; ic0 < 512; ic0 += 256) {
        for (ptrdiff_t kh = 0; kh < 3; ++kh) {
            for (ptrdiff_t kw = 0; kw < 3; ++kw) {
                for (ptrdiff_t ic = 0; ic < 256; ++ic) {
                    for (ptrdiff_t j = 0; j < width; ++j) {
                        *out++ = weights[oc0 + j + ic0 * 512 + kh * 786432 + kw * 262144 + ic * 512];
                    }
                }
            }
        }
    }
    return out;
}

void conv_f32_nhwc_3x3s1p1_512x7x7_512__direct_avx2_4x24_pack(const float *weights, const float *bias, void *packed)
{
    float *out = packed;
    for (ptrdiff_t oc0 = 0; oc0 < 480; oc0 += 24) {
        out = pack_panel(weights, oc0, 24, out);
    }
    for (ptrdiff_t oc0 = 480; oc0 < 512; oc0 += 16) {
        out = pack_panel(weights, oc0, 16, out);
    }
    for (ptrdiff_t oc = 0; oc < 512; ++oc) {
        *out++ = bias[oc];
    }
}

static void compute_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    const float *weights = packed;
    const float *bias = packed + 2359296;
    (void)worker;
    (void)workspace;
    const ptrdiff_t oc1 = (ptrdiff_t)task; /* output channels, 48 at a time */
    {
        const ptrdiff_t oc_end = oc1 * 2 + 2 < 20 ? oc1 * 2 + 2 : 20;
        /* output channels, 24 at a time */
        for (ptrdiff_t oc_tile = oc1 * 2; oc_tile < oc_end; ++oc_tile) {
            const ptrdiff_t oc0 = oc_tile * 24;
            /* output rows */
            for (ptrdiff_t oh = 0; oh < 7; ++oh) {
                const ptrdiff_t ih = oh - 1;
                const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
                const ptrdiff_t kh_end = ih < 5 ? 3 : ih < 7 ? 7 - ih : 0;
                tile_4x24_pixel0_first(input, ih, kh_begin, kh_end, weights + oc0 * 4608, bias + oc0, output + oc0 + oh * 3584);
                tile_3x24_pixel4_first(input, ih, kh_begin, kh_end, weights + oc0 * 4608, bias + oc0, output + oc0 + oh * 3584 + 2048);
            }
        }
    }
    {
        const ptrdiff_t oc_begin = oc1 * 2 > 20 ? oc1 * 2 : 20;
        /* output channels, 16 at a time */
        for (ptrdiff_t oc_tile = oc_begin; oc_tile < oc1 * 2 + 2; ++oc_tile) {
            const ptrdiff_t oc0 = oc_tile * 16 + 160;
            /* output rows */
            for (ptrdiff_t oh = 0; oh < 7; ++oh) {
                const ptrdiff_t ih = oh - 1;
                const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
                const ptrdiff_t kh_end = ih < 5 ? 3 : ih < 7 ? 7 - ih : 0;
                tile_4x16_pixel0_first(input, ih, kh_begin, kh_end, weights + oc0 * 4608, bias + oc0, output + oc0 + oh * 3584);
                tile_3x16_pixel4_first(input, ih, kh_begin, kh_end, weights + oc0 * 4608, bias + oc0, output + oc0 + oh * 3584 + 2048);
            }
        }
    }
    {
        const ptrdiff_t oc_end = oc1 * 2 + 2 < 20 ? oc1 * 2 + 2 : 20;
        /* output channels, 24 at a time */
        for (ptrdiff_t oc_tile = oc1 * 2; oc_tile < oc_end; ++oc_tile) {
            const ptrdiff_t oc0 = oc_tile * 24;
            /* output rows */
            for (ptrdiff_t oh = 0; oh < 7; ++oh) {
                const ptrdiff_t ih = oh - 1;
                const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
                const ptrdiff_t kh_end = ih < 5 ? 3 : ih < 7 ? 7 - ih : 0;
                tile_4x24_pixel0_last(input + 256, ih, kh_begin, kh_end, weights + oc0 * 4608 + 55296, bias + oc0, output + oc0 + oh * 3584);
                tile_3x24_pixel4_last(input + 256, ih, kh_begin, kh_end, weights + oc0 * 4608 + 55296, bias + oc0, output + oc0 + oh * 3584 + 2048);
            }
        }
    }
    {
        const ptrdiff_t oc_begin = oc1 * 2 > 20 ? oc1 * 2 : 20;
        /* output channels, 16 at a time */
        for (ptrdiff_t oc_tile = oc_begin; oc_tile < oc1 * 2 + 2; ++oc_tile) {
            const ptrdiff_t oc0 = oc_tile * 16 + 160;
            /* output rows */
            for (ptrdiff_t oh = 0; oh < 7; ++oh) {
                const ptrdiff_t ih = oh - 1;
                const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
                const ptrdiff_t kh_end = ih < 5 ? 3 : ih < 7 ? 7 - ih : 0;
                tile_4x16_pixel0_last(input + 256, ih, kh_begin, kh_end, weights + oc0 * 4608 + 36864, bias + oc0, output + oc0 + oh * 3584);
                tile_3x16_pixel4_last(input + 256, ih, kh_begin, kh_end, weights + oc0 * 4608 + 36864, bias + oc0, output + oc0 + oh * 3584 + 2048);
            }
        }
    }
}

size_t conv_f32_nhwc_3x3s1p1_512x7x7_512__direct_avx2_4x24_tasks(int phase)
{
    static const size_t tasks[conv_f32_nhwc_3x3s1p1_512x7x7_512__direct_avx2_4x24_PHASES] = {11};
    return phase >= 0 && phase < conv_f32_nhwc_3x3s1p1_512x7x7_512__direct_avx2_4x24_PHASES ? tasks[phase] : 0;
}

void conv_f32_nhwc_3x3s1p1_512x7x7_512__direct_avx2_4x24_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        compute_task(task, worker, input, packed, output, workspace);
        break;
    default:
        break;
    }
}

void conv_f32_nhwc_3x3s1p1_512x7x7_512__direct_avx2_4x24(const float *input, const void *packed, float *output, void *workspace)
{
    for (int phase = 0; phase < conv_f32_nhwc_3x3s1p1_512x7x7_512__direct_avx2_4x24_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_3x3s1p1_512x7x7_512__direct_avx2_4x24_tasks(phase);
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
#ifdef _OPENMP
            const int worker = omp_get_thread_num();
#else
            const int worker = 0;
#endif
            conv_f32_nhwc_3x3s1p1_512x7x7_512__direct_avx2_4x24_task(phase, (size_t)task, worker, input, packed, output, workspace);
        }
    }
}
#if defined(__clang__)
#pragma clang attribute pop
#endif
