/* conv_f32_nhwc_3x3s1p1_512x7x7_512__winograd2_avx2_4x24: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 7 x 7 x 512, output 1 x 7 x 7 x 512, weights hwio 3 x 3 x 512 x 512
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate ic512ih7oc512oh7kh3ph1 --layout nhwc --target x86-64-v3 --max-error 1.6e-07
 * Plan      winograd on avx2, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oc by 24: 22 times
 *             for ic: 512 times
 *               tile of F(2x2, 3x3) and 1x1 at the end, 16 products of 4 tiles x 24 channels: 16 of 16 registers
 * Tasks     4 (rows of tiles, transformed), then 16 (products, one for each position), then 4 (rows of tiles, transformed back)
 * Cost      115605504 multiply-adds; at least 9639936 bytes moved; 16779264 bytes packed, 1050624 of workspace
 * Bound     |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias| + |residual|, g = 520
 *           u / (1 - 520 u) = 3.1e-05, u = 2^-24; where |x| <= X and |w| <= W, S is at most 3.277e+04
 *           X W + |bias| + |residual|, 7.11 times that of a direct sum
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
#include "conv_f32_nhwc_3x3s1p1_512x7x7_512__winograd2_avx2_4x24.h"

#include <immintrin.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif !defined(__GNUC__) && (!defined(__AVX2__) || !defined(__FMA__))
#error "compile this file with -mavx2 -mfma"
#endif

/* 4 pixels x 24 channels */
static void tile_4x24(const float *x, const float *w, float *output)
{
    __m256 acc0_0 = _mm256_setzero_ps();
    __m256 acc0_1 = _mm256_setzero_ps();
    __m256 acc0_2 = _mm256_setzero_ps();
    __m256 acc1_0 = _mm256_setzero_ps();
    __m256 acc1_1 = _mm256_setzero_ps();
    __m256 acc1_2 = _mm256_setzero_ps();
    __m256 acc2_0 = _mm256_setzero_ps();
    __m256 acc2_1 = _mm256_setzero_ps();
    __m256 acc2_2 = _mm256_setzero_ps();
    __m256 acc3_0 = _mm256_setzero_ps();
    __m256 acc3_1 = _mm256_setzero_ps();
    __m256 acc3_2 = _mm256_setzero_ps();
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 512; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 b1 = _mm256_loadu_ps(w + 8);
            const __m256 b2 = _mm256_loadu_ps(w + 16);
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
            const __m256 b0 = _mm256_loadu_ps(w + 24);
            const __m256 b1 = _mm256_loadu_ps(w + 32);
            const __m256 b2 = _mm256_loadu_ps(w + 40);
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
            const __m256 b0 = _mm256_loadu_ps(w + 48);
            const __m256 b1 = _mm256_loadu_ps(w + 56);
            const __m256 b2 = _mm256_loadu_ps(w + 64);
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
            const __m256 b0 = _mm256_loadu_ps(w + 72);
            const __m256 b1 = _mm256_loadu_ps(w + 80);
            const __m256 b2 = _mm256_loadu_ps(w + 88);
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
        w += 96;
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

/* 4 pixels x 16 channels */
static void tile_4x16(const float *x, const float *w, float *output)
{
    __m256 acc0_0 = _mm256_setzero_ps();
    __m256 acc0_1 = _mm256_setzero_ps();
    __m256 acc1_0 = _mm256_setzero_ps();
    __m256 acc1_1 = _mm256_setzero_ps();
    __m256 acc2_0 = _mm256_setzero_ps();
    __m256 acc2_1 = _mm256_setzero_ps();
    __m256 acc3_0 = _mm256_setzero_ps();
    __m256 acc3_1 = _mm256_setzero_ps();
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 512; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 b1 = _mm256_loadu_ps(w + 8);
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
            const __m256 b0 = _mm256_loadu_ps(w + 16);
            const __m256 b1 = _mm256_loadu_ps(w + 24);
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
            const __m256 b0 = _mm256_loadu_ps(w + 32);
            const __m256 b1 = _mm256_loadu_ps(w + 40);
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
            const __m256 b0 = _mm256_loadu_ps(w + 48);
            const __m256 b1 = _mm256_loadu_ps(w + 56);
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
        w += 64;
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

/* 3 pixels x 24 channels */
static void tile_3x24(const float *x, const float *w, float *output)
{
    __m256 acc0_0 = _mm256_setzero_ps();
    __m256 acc0_1 = _mm256_setzero_ps();
    __m256 acc0_2 = _mm256_setzero_ps();
    __m256 acc1_0 = _mm256_setzero_ps();
    __m256 acc1_1 = _mm256_setzero_ps();
    __m256 acc1_2 = _mm256_setzero_ps();
    __m256 acc2_0 = _mm256_setzero_ps();
    __m256 acc2_1 = _mm256_setzero_ps();
    __m256 acc2_2 = _mm256_setzero_ps();
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 512; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 b1 = _mm256_loadu_ps(w + 8);
            const __m256 b2 = _mm256_loadu_ps(w + 16);
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
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 24);
            const __m256 b1 = _mm256_loadu_ps(w + 32);
            const __m256 b2 = _mm256_loadu_ps(w + 40);
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
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 48);
            const __m256 b1 = _mm256_loadu_ps(w + 56);
            const __m256 b2 = _mm256_loadu_ps(w + 64);
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
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 72);
            const __m256 b1 = _mm256_loadu_ps(w + 80);
            const __m256 b2 = _mm256_loadu_ps(w + 88);
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
        }
        w += 96;
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

/* 3 pixels x 16 channels */
static void tile_3x16(const float *x, const float *w, float *output)
{
    __m256 acc0_0 = _mm256_setzero_ps();
    __m256 acc0_1 = _mm256_setzero_ps();
    __m256 acc1_0 = _mm256_setzero_ps();
    __m256 acc1_1 = _mm256_setzero_ps();
    __m256 acc2_0 = _mm256_setzero_ps();
    __m256 acc2_1 = _mm256_setzero_ps();
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 512; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 b1 = _mm256_loadu_ps(w + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_ic);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 512);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 1024);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 16);
            const __m256 b1 = _mm256_loadu_ps(w + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 513);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 1025);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 32);
            const __m256 b1 = _mm256_loadu_ps(w + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 514);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 1026);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 48);
            const __m256 b1 = _mm256_loadu_ps(w + 56);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 515);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 1027);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        }
        w += 64;
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 512, acc1_0);
    _mm256_storeu_ps(output + 520, acc1_1);
    _mm256_storeu_ps(output + 1024, acc2_0);
    _mm256_storeu_ps(output + 1032, acc2_1);
}

/* Columns, then rows: the 4 x 4 window at (ih, iw), all channels, to its 16 positions in v. */
static void transform_inside(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    __m256 columns[16];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            const float *x = input + (ih * 3584 + (iw + j) * 512 + c);
            const __m256 x0 = _mm256_loadu_ps(x);
            const __m256 x1 = _mm256_loadu_ps(x + 3584);
            const __m256 x2 = _mm256_loadu_ps(x + 7168);
            const __m256 x3 = _mm256_loadu_ps(x + 10752);
            const __m256 t0 = _mm256_sub_ps(x3, x1);
            const __m256 t1 = _mm256_add_ps(x1, x2);
            const __m256 t2 = _mm256_sub_ps(x2, x1);
            const __m256 t3 = _mm256_sub_ps(x2, x0);
            columns[j] = t1;
            columns[j + 4] = t2;
            columns[j + 8] = t0;
            columns[j + 12] = t3;
        }
        for (ptrdiff_t i = 0; i < 4; ++i) {
            const __m256 x0 = columns[i * 4];
            const __m256 x1 = columns[i * 4 + 1];
            const __m256 x2 = columns[i * 4 + 2];
            const __m256 x3 = columns[i * 4 + 3];
            const __m256 t0 = _mm256_sub_ps(x3, x1);
            const __m256 t1 = _mm256_add_ps(x1, x2);
            const __m256 t2 = _mm256_sub_ps(x2, x1);
            const __m256 t3 = _mm256_sub_ps(x2, x0);
            float *to = v + (i * 32832 + c);
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
            _mm256_storeu_ps(to + 24624, t3);
        }
    }
}
/* The same where the window reaches into the padding, or beyond it. */
static void transform_edge(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    __m256 columns[16];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            if (iw + j < 0 || iw + j >= 7) {
                columns[j] = _mm256_setzero_ps();
                columns[j + 4] = _mm256_setzero_ps();
                columns[j + 8] = _mm256_setzero_ps();
                columns[j + 12] = _mm256_setzero_ps();
                continue;
            }
            const float *x = input + (ih * 3584 + (iw + j) * 512 + c);
            const __m256 x0 = ih >= 0 && ih < 7 ? _mm256_loadu_ps(x) : _mm256_setzero_ps();
            const __m256 x1 = ih + 1 >= 0 && ih + 1 < 7 ? _mm256_loadu_ps(x + 3584) : _mm256_setzero_ps();
            const __m256 x2 = ih + 2 >= 0 && ih + 2 < 7 ? _mm256_loadu_ps(x + 7168) : _mm256_setzero_ps();
            const __m256 x3 = ih + 3 >= 0 && ih + 3 < 7 ? _mm256_loadu_ps(x + 10752) : _mm256_setzero_ps();
            const __m256 t0 = _mm256_sub_ps(x3, x1);
            const __m256 t1 = _mm256_add_ps(x1, x2);
            const __m256 t2 = _mm256_sub_ps(x2, x1);
            const __m256 t3 = _mm256_sub_ps(x2, x0);
            columns[j] = t1;
            columns[j + 4] = t2;
            columns[j + 8] = t0;
            columns[j + 12] = t3;
        }
        for (ptrdiff_t i = 0; i < 4; ++i) {
            const __m256 x0 = columns[i * 4];
            const __m256 x1 = columns[i * 4 + 1];
            const __m256 x2 = columns[i * 4 + 2];
            const __m256 x3 = columns[i * 4 + 3];
            const __m256 t0 = _mm256_sub_ps(x3, x1);
            const __m256 t1 = _mm256_add_ps(x1, x2);
            const __m256 t2 = _mm256_sub_ps(x2, x1);
            const __m256 t3 = _mm256_sub_ps(x2, x0);
            float *to = v + (i * 32832 + c);
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
            _mm256_storeu_ps(to + 24624, t3);
        }
    }
}

/* The 2 x 2 outputs of a tile, all channels, from its 16 positions in m. */
static void transform_output(const float *m, const float *bias, float *output)
{
    __m256 columns[8];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            const float *from = m + (j * 8208 + c);
            const __m256 x0 = _mm256_loadu_ps(from);
            const __m256 x1 = _mm256_loadu_ps(from + 32832);
            const __m256 x2 = _mm256_loadu_ps(from + 65664);
            const __m256 x3 = _mm256_loadu_ps(from + 98496);
            const __m256 t0 = _mm256_add_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x3, t0);
            const __m256 t2 = _mm256_sub_ps(x0, x1);
            const __m256 t3 = _mm256_add_ps(x2, t2);
            columns[j] = t1;
            columns[j + 4] = t3;
        }
        for (ptrdiff_t i = 0; i < 2; ++i) {
            const __m256 x0 = columns[i * 4];
            const __m256 x1 = columns[i * 4 + 1];
            const __m256 x2 = columns[i * 4 + 2];
            const __m256 x3 = columns[i * 4 + 3];
            const __m256 t0 = _mm256_add_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x3, t0);
            const __m256 t2 = _mm256_sub_ps(x0, x1);
            const __m256 t3 = _mm256_add_ps(x2, t2);
            const ptrdiff_t at = i * 3584 + c;
            {
                __m256 sum = _mm256_add_ps(t1, _mm256_loadu_ps(bias + c));
                _mm256_storeu_ps(output + (at), sum);
            }
            {
                __m256 sum = _mm256_add_ps(t3, _mm256_loadu_ps(bias + c));
                _mm256_storeu_ps(output + (at + 512), sum);
            }
        }
    }
}
/* Columns, then rows: the 4 x 3 window at (ih, iw), all channels, to its 12 positions in v. */
static void transform_inside_right(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    __m256 columns[12];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 3; ++j) {
            const float *x = input + (ih * 3584 + (iw + j) * 512 + c);
            const __m256 x0 = _mm256_loadu_ps(x);
            const __m256 x1 = _mm256_loadu_ps(x + 3584);
            const __m256 x2 = _mm256_loadu_ps(x + 7168);
            const __m256 x3 = _mm256_loadu_ps(x + 10752);
            const __m256 t0 = _mm256_sub_ps(x3, x1);
            const __m256 t1 = _mm256_add_ps(x1, x2);
            const __m256 t2 = _mm256_sub_ps(x2, x1);
            const __m256 t3 = _mm256_sub_ps(x2, x0);
            columns[j] = t1;
            columns[j + 3] = t2;
            columns[j + 6] = t0;
            columns[j + 9] = t3;
        }
        for (ptrdiff_t i = 0; i < 4; ++i) {
            const __m256 x0 = columns[i * 3];
            const __m256 x1 = columns[i * 3 + 1];
            const __m256 x2 = columns[i * 3 + 2];
            const __m256 t0 = _mm256_sub_ps(x2, x0);
            const __m256 t1 = _mm256_add_ps(x0, x1);
            const __m256 t2 = _mm256_sub_ps(x1, x0);
            float *to = v + (i * 32832 + c);
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
        }
    }
}
/* The same where the window reaches into the padding, or beyond it. */
static void transform_edge_right(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    __m256 columns[12];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 3; ++j) {
            if (iw + j < 0 || iw + j >= 7) {
                columns[j] = _mm256_setzero_ps();
                columns[j + 3] = _mm256_setzero_ps();
                columns[j + 6] = _mm256_setzero_ps();
                columns[j + 9] = _mm256_setzero_ps();
                continue;
            }
            const float *x = input + (ih * 3584 + (iw + j) * 512 + c);
            const __m256 x0 = ih >= 0 && ih < 7 ? _mm256_loadu_ps(x) : _mm256_setzero_ps();
            const __m256 x1 = ih + 1 >= 0 && ih + 1 < 7 ? _mm256_loadu_ps(x + 3584) : _mm256_setzero_ps();
            const __m256 x2 = ih + 2 >= 0 && ih + 2 < 7 ? _mm256_loadu_ps(x + 7168) : _mm256_setzero_ps();
            const __m256 x3 = ih + 3 >= 0 && ih + 3 < 7 ? _mm256_loadu_ps(x + 10752) : _mm256_setzero_ps();
            const __m256 t0 = _mm256_sub_ps(x3, x1);
            const __m256 t1 = _mm256_add_ps(x1, x2);
            const __m256 t2 = _mm256_sub_ps(x2, x1);
            const __m256 t3 = _mm256_sub_ps(x2, x0);
            columns[j] = t1;
            columns[j + 3] = t2;
            columns[j + 6] = t0;
            columns[j + 9] = t3;
        }
        for (ptrdiff_t i = 0; i < 4; ++i) {
            const __m256 x0 = columns[i * 3];
            const __m256 x1 = columns[i * 3 + 1];
            const __m256 x2 = columns[i * 3 + 2];
            const __m256 t0 = _mm256_sub_ps(x2, x0);
            const __m256 t1 = _mm256_add_ps(x0, x1);
            const __m256 t2 = _mm256_sub_ps(x1, x0);
            float *to = v + (i * 32832 + c);
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
        }
    }
}

/* The 2 x 1 outputs of a tile, all channels, from its 12 positions in m. */
static void transform_output_right(const float *m, const float *bias, float *output)
{
    __m256 columns[6];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 3; ++j) {
            const float *from = m + (j * 8208 + c);
            const __m256 x0 = _mm256_loadu_ps(from);
            const __m256 x1 = _mm256_loadu_ps(from + 32832);
            const __m256 x2 = _mm256_loadu_ps(from + 65664);
            const __m256 x3 = _mm256_loadu_ps(from + 98496);
            const __m256 t0 = _mm256_add_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x3, t0);
            const __m256 t2 = _mm256_sub_ps(x0, x1);
            const __m256 t3 = _mm256_add_ps(x2, t2);
            columns[j] = t1;
            columns[j + 3] = t3;
        }
        for (ptrdiff_t i = 0; i < 2; ++i) {
            const __m256 x0 = columns[i * 3];
            const __m256 x1 = columns[i * 3 + 1];
            const __m256 x2 = columns[i * 3 + 2];
            const __m256 t0 = _mm256_sub_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x2, t0);
            const ptrdiff_t at = i * 3584 + c;
            {
                __m256 sum = _mm256_add_ps(t1, _mm256_loadu_ps(bias + c));
                _mm256_storeu_ps(output + (at), sum);
            }
        }
    }
}
/* Columns, then rows: the 3 x 4 window at (ih, iw), all channels, to its 12 positions in v. */
static void transform_inside_bottom(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    __m256 columns[12];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            const float *x = input + (ih * 3584 + (iw + j) * 512 + c);
            const __m256 x0 = _mm256_loadu_ps(x);
            const __m256 x1 = _mm256_loadu_ps(x + 3584);
            const __m256 x2 = _mm256_loadu_ps(x + 7168);
            const __m256 t0 = _mm256_sub_ps(x2, x0);
            const __m256 t1 = _mm256_add_ps(x0, x1);
            const __m256 t2 = _mm256_sub_ps(x1, x0);
            columns[j] = t1;
            columns[j + 4] = t2;
            columns[j + 8] = t0;
        }
        for (ptrdiff_t i = 0; i < 3; ++i) {
            const __m256 x0 = columns[i * 4];
            const __m256 x1 = columns[i * 4 + 1];
            const __m256 x2 = columns[i * 4 + 2];
            const __m256 x3 = columns[i * 4 + 3];
            const __m256 t0 = _mm256_sub_ps(x3, x1);
            const __m256 t1 = _mm256_add_ps(x1, x2);
            const __m256 t2 = _mm256_sub_ps(x2, x1);
            const __m256 t3 = _mm256_sub_ps(x2, x0);
            float *to = v + (i * 32832 + c);
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
            _mm256_storeu_ps(to + 24624, t3);
        }
    }
}
/* The same where the window reaches into the padding, or beyond it. */
static void transform_edge_bottom(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    __m256 columns[12];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            if (iw + j < 0 || iw + j >= 7) {
                columns[j] = _mm256_setzero_ps();
                columns[j + 4] = _mm256_setzero_ps();
                columns[j + 8] = _mm256_setzero_ps();
                continue;
            }
            const float *x = input + (ih * 3584 + (iw + j) * 512 + c);
            const __m256 x0 = ih >= 0 && ih < 7 ? _mm256_loadu_ps(x) : _mm256_setzero_ps();
            const __m256 x1 = ih + 1 >= 0 && ih + 1 < 7 ? _mm256_loadu_ps(x + 3584) : _mm256_setzero_ps();
            const __m256 x2 = ih + 2 >= 0 && ih + 2 < 7 ? _mm256_loadu_ps(x + 7168) : _mm256_setzero_ps();
            const __m256 t0 = _mm256_sub_ps(x2, x0);
            const __m256 t1 = _mm256_add_ps(x0, x1);
            const __m256 t2 = _mm256_sub_ps(x1, x0);
            columns[j] = t1;
            columns[j + 4] = t2;
            columns[j + 8] = t0;
        }
        for (ptrdiff_t i = 0; i < 3; ++i) {
            const __m256 x0 = columns[i * 4];
            const __m256 x1 = columns[i * 4 + 1];
            const __m256 x2 = columns[i * 4 + 2];
            const __m256 x3 = columns[i * 4 + 3];
            const __m256 t0 = _mm256_sub_ps(x3, x1);
            const __m256 t1 = _mm256_add_ps(x1, x2);
            const __m256 t2 = _mm256_sub_ps(x2, x1);
            const __m256 t3 = _mm256_sub_ps(x2, x0);
            float *to = v + (i * 32832 + c);
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
            _mm256_storeu_ps(to + 24624, t3);
        }
    }
}

/* The 1 x 2 outputs of a tile, all channels, from its 12 positions in m. */
static void transform_output_bottom(const float *m, const float *bias, float *output)
{
    __m256 columns[4];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            const float *from = m + (j * 8208 + c);
            const __m256 x0 = _mm256_loadu_ps(from);
            const __m256 x1 = _mm256_loadu_ps(from + 32832);
            const __m256 x2 = _mm256_loadu_ps(from + 65664);
            const __m256 t0 = _mm256_sub_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x2, t0);
            columns[j] = t1;
        }
        for (ptrdiff_t i = 0; i < 1; ++i) {
            const __m256 x0 = columns[i * 4];
            const __m256 x1 = columns[i * 4 + 1];
            const __m256 x2 = columns[i * 4 + 2];
            const __m256 x3 = columns[i * 4 + 3];
            const __m256 t0 = _mm256_add_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x3, t0);
            const __m256 t2 = _mm256_sub_ps(x0, x1);
            const __m256 t3 = _mm256_add_ps(x2, t2);
            const ptrdiff_t at = i * 3584 + c;
            {
                __m256 sum = _mm256_add_ps(t1, _mm256_loadu_ps(bias + c));
                _mm256_storeu_ps(output + (at), sum);
            }
            {
                __m256 sum = _mm256_add_ps(t3, _mm256_loadu_ps(bias + c));
                _mm256_storeu_ps(output + (at + 512), sum);
            }
        }
    }
}
/* Columns, then rows: the 3 x 3 window at (ih, iw), all channels, to its 9 positions in v. */
static void transform_inside_bottom_right(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    __m256 columns[9];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 3; ++j) {
            const float *x = input + (ih * 3584 + (iw + j) * 512 + c);
            const __m256 x0 = _mm256_loadu_ps(x);
            const __m256 x1 = _mm256_loadu_ps(x + 3584);
            const __m256 x2 = _mm256_loadu_ps(x + 7168);
            const __m256 t0 = _mm256_sub_ps(x2, x0);
            const __m256 t1 = _mm256_add_ps(x0, x1);
            const __m256 t2 = _mm256_sub_ps(x1, x0);
            columns[j] = t1;
            columns[j + 3] = t2;
            columns[j + 6] = t0;
        }
        for (ptrdiff_t i = 0; i < 3; ++i) {
            const __m256 x0 = columns[i * 3];
            const __m256 x1 = columns[i * 3 + 1];
            const __m256 x2 = columns[i * 3 + 2];
            const __m256 t0 = _mm256_sub_ps(x2, x0);
            const __m256 t1 = _mm256_add_ps(x0, x1);
            const __m256 t2 = _mm256_sub_ps(x1, x0);
            float *to = v + (i * 32832 + c);
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
        }
    }
}
/* The same where the window reaches into the padding, or beyond it. */
static void transform_edge_bottom_right(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    __m256 columns[9];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 3; ++j) {
            if (iw + j < 0 || iw + j >= 7) {
                columns[j] = _mm256_setzero_ps();
                columns[j + 3] = _mm256_setzero_ps();
                columns[j + 6] = _mm256_setzero_ps();
                continue;
            }
            const float *x = input + (ih * 3584 + (iw + j) * 512 + c);
            const __m256 x0 = ih >= 0 && ih < 7 ? _mm256_loadu_ps(x) : _mm256_setzero_ps();
            const __m256 x1 = ih + 1 >= 0 && ih + 1 < 7 ? _mm256_loadu_ps(x + 3584) : _mm256_setzero_ps();
            const __m256 x2 = ih + 2 >= 0 && ih + 2 < 7 ? _mm256_loadu_ps(x + 7168) : _mm256_setzero_ps();
            const __m256 t0 = _mm256_sub_ps(x2, x0);
            const __m256 t1 = _mm256_add_ps(x0, x1);
            const __m256 t2 = _mm256_sub_ps(x1, x0);
            columns[j] = t1;
            columns[j + 3] = t2;
            columns[j + 6] = t0;
        }
        for (ptrdiff_t i = 0; i < 3; ++i) {
            const __m256 x0 = columns[i * 3];
            const __m256 x1 = columns[i * 3 + 1];
            const __m256 x2 = columns[i * 3 + 2];
            const __m256 t0 = _mm256_sub_ps(x2, x0);
            const __m256 t1 = _mm256_add_ps(x0, x1);
            const __m256 t2 = _mm256_sub_ps(x1, x0);
            float *to = v + (i * 32832 + c);
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
        }
    }
}

/* The 1 x 1 outputs of a tile, all channels, from its 9 positions in m. */
static void transform_output_bottom_right(const float *m, const float *bias, float *output)
{
    __m256 columns[3];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 3; ++j) {
            const float *from = m + (j * 8208 + c);
            const __m256 x0 = _mm256_loadu_ps(from);
            const __m256 x1 = _mm256_loadu_ps(from + 32832);
            const __m256 x2 = _mm256_loadu_ps(from + 65664);
            const __m256 t0 = _mm256_sub_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x2, t0);
            columns[j] = t1;
        }
        for (ptrdiff_t i = 0; i < 1; ++i) {
            const __m256 x0 = columns[i * 3];
            const __m256 x1 = columns[i * 3 + 1];
            const __m256 x2 = columns[i * 3 + 2];
            const __m256 t0 = _mm256_sub_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x2, t0);
            const ptrdiff_t at = i * 3584 + c;
            {
                __m256 sum = _mm256_add_ps(t1, _mm256_loadu_ps(bias + c));
                _mm256_storeu_ps(output + (at), sum);
            }
        }
    }
}
/* A row of `count` tiles, the first one's outputs at (oh, ow), to v, the last one to `last`. */
static void input_row(const float *input, ptrdiff_t oh, ptrdiff_t ow, ptrdiff_t count, float *v, float *last)
{
    const ptrdiff_t ih = oh - 1;
    if (oh < 6) {
        for (ptrdiff_t tile = 0; tile < count - 1; ++tile) {
            const ptrdiff_t iw = ow + tile * 2 - 1;
            if (ih >= 0 && ih <= 3 && iw >= 0 && iw <= 3) {
                transform_inside(input, ih, iw, v + tile * 512);
            } else {
                transform_edge(input, ih, iw, v + tile * 512);
            }
        }
        {
            const ptrdiff_t tile = 3;
            const ptrdiff_t iw = ow + tile * 2 - 1;
            if (ih >= 0 && ih <= 3 && iw >= 0 && iw <= 4) {
                transform_inside_right(input, ih, iw, last);
            } else {
                transform_edge_right(input, ih, iw, last);
            }
        }
    } else {
        for (ptrdiff_t tile = 0; tile < count - 1; ++tile) {
            const ptrdiff_t iw = ow + tile * 2 - 1;
            if (ih >= 0 && ih <= 4 && iw >= 0 && iw <= 3) {
                transform_inside_bottom(input, ih, iw, v + tile * 512);
            } else {
                transform_edge_bottom(input, ih, iw, v + tile * 512);
            }
        }
        {
            const ptrdiff_t tile = 3;
            const ptrdiff_t iw = ow + tile * 2 - 1;
            if (ih >= 0 && ih <= 4 && iw >= 0 && iw <= 4) {
                transform_inside_bottom_right(input, ih, iw, last);
            } else {
                transform_edge_bottom_right(input, ih, iw, last);
            }
        }
    }
}

/* The same tiles from m to the output. */
static void output_row(const float *m, const float *last, const float *bias, float *output, ptrdiff_t oh, ptrdiff_t ow, ptrdiff_t count)
{
    if (oh < 6) {
        for (ptrdiff_t tile = 0; tile < count - 1; ++tile) {
            const ptrdiff_t at = oh * 3584 + ow * 512 + tile * 1024;
            transform_output(m + tile * 512, bias, output + at);
        }
        {
            const ptrdiff_t tile = 3;
            const ptrdiff_t at = oh * 3584 + ow * 512 + tile * 1024;
            transform_output_right(last, bias, output + at);
        }
    } else {
        for (ptrdiff_t tile = 0; tile < count - 1; ++tile) {
            const ptrdiff_t at = oh * 3584 + ow * 512 + tile * 1024;
            transform_output_bottom(m + tile * 512, bias, output + at);
        }
        {
            const ptrdiff_t tile = 3;
            const ptrdiff_t at = oh * 3584 + ow * 512 + tile * 1024;
            transform_output_bottom_right(last, bias, output + at);
        }
    }
}

/* One panel: ic, then `width` output channels from oc0, zero beyond the last; a plane for each position. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    /* G: integers over a divisor, so that sums in double hardly round */
    static const double g_h[4][3] = {
        {1.0, 1.0, 1.0},
        {1.0, -1.0, 1.0},
        {0.0, 0.0, 1.0},
        {-1.0, 0.0, 0.0},
    };
    static const double over_g_h[4] = {2.0, 2.0, 1.0, 1.0};
    /* G: integers over a divisor, so that sums in double hardly round */
    static const double g_w[4][3] = {
        {1.0, 1.0, 1.0},
        {1.0, -1.0, 1.0},
        {0.0, 0.0, 1.0},
        {-1.0, 0.0, 0.0},
    };
    static const double over_g_w[4] = {2.0, 2.0, 1.0, 1.0};
    for (ptrdiff_t ic = 0; ic < 512; ++ic) {
        for (ptrdiff_t j = 0; j < width; ++j) {
            const ptrdiff_t oc = oc0 + j;
            for (ptrdiff_t p = 0; p < 4; ++p) {
                for (ptrdiff_t q = 0; q < 4; ++q) {
                    double sum = 0.0;
                    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
                        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
                            const ptrdiff_t at = oc + ic * 512 + kh * 786432 + kw * 262144;
                            sum += g_h[p][kh] * g_w[q][kw] * (oc < 512 ? (double)weights[at] : 0.0);
                        }
                    }
                    out[(p * 4 + q) * 262144 + ic * width + j] = (float)(sum / (over_g_h[p] * over_g_w[q]));
                }
            }
        }
    }
    return out + 512 * width;
}

void conv_f32_nhwc_3x3s1p1_512x7x7_512__winograd2_avx2_4x24_pack(const float *weights, const float *bias, void *packed)
{
    for (ptrdiff_t g = 0; g < 1; ++g) {
        float *out = (float *)packed + g * 4194304;
        for (ptrdiff_t oc0 = 0; oc0 < 480; oc0 += 24) {
            out = pack_panel(weights, oc0, 24, out);
        }
        for (ptrdiff_t oc0 = 480; oc0 < 512; oc0 += 16) {
            out = pack_panel(weights, oc0, 16, out);
        }
    }
    float *out = (float *)packed + 4194304;
    for (ptrdiff_t g = 0; g < 1; ++g) {
        for (ptrdiff_t oc = 0; oc < 512; ++oc) {
            *out++ = oc < 512 ? bias[g * 512 + oc] : 0.0f;
        }
    }
}

/* Products of all input channels for 16 tiles, at one position. */
static void multiply_16(const float *input, const float *weights, float *output)
{
    /* output channels, 24 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 480; oc0 += 24) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 16; ow0 += 4) {
            tile_4x24(input + ow0 * 512, weights + oc0 * 512, output + oc0 + ow0 * 512);
        }
    }
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 480; oc0 < 512; oc0 += 16) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 16; ow0 += 4) {
            tile_4x16(input + ow0 * 512, weights + oc0 * 512, output + oc0 + ow0 * 512);
        }
    }
}

/* Products of all input channels for 12 tiles, at one position. */
static void multiply_12(const float *input, const float *weights, float *output)
{
    /* output channels, 24 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 480; oc0 += 24) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 12; ow0 += 4) {
            tile_4x24(input + ow0 * 512, weights + oc0 * 512, output + oc0 + ow0 * 512);
        }
    }
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 480; oc0 < 512; oc0 += 16) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 12; ow0 += 4) {
            tile_4x16(input + ow0 * 512, weights + oc0 * 512, output + oc0 + ow0 * 512);
        }
    }
}

/* Products of all input channels for 9 tiles, at one position. */
static void multiply_9(const float *input, const float *weights, float *output)
{
    /* output channels, 24 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 480; oc0 += 24) {
        /* pixels, 3 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 9; ow0 += 3) {
            tile_3x24(input + ow0 * 512, weights + oc0 * 512, output + oc0 + ow0 * 512);
        }
    }
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 480; oc0 < 512; oc0 += 16) {
        /* pixels, 3 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 9; ow0 += 3) {
            tile_3x16(input + ow0 * 512, weights + oc0 * 512, output + oc0 + ow0 * 512);
        }
    }
}

/* Those of the tiles that have position p. */
static void multiply(ptrdiff_t p, const float *v, const float *weights, float *m)
{
    const ptrdiff_t i = p / 4;
    const ptrdiff_t j = p % 4;
    v += p * 8208;
    weights += p * 262144;
    m += p * 8208;
    if (i < 3 && j < 3) {
        multiply_16(v, weights, m);
    }
    if (i < 3 && j >= 3) {
        multiply_12(v + 1536, weights, m + 1536);
    }
    if (i >= 3 && j < 3) {
        multiply_12(v, weights, m);
    }
    if (i >= 3 && j >= 3) {
        multiply_9(v + 1536, weights, m + 1536);
    }
}

static void input_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    (void)worker;
    (void)packed;
    (void)output;
    const ptrdiff_t th = (ptrdiff_t)task; /* row of tiles */
    const ptrdiff_t oh0 = th * 2;
    const ptrdiff_t tiles_w = 4;
    const ptrdiff_t ow0 = 0;
    const ptrdiff_t first = th * 3 + 3;
    const ptrdiff_t last = th < 3 ? th : 15;
    float *v = workspace;
    input_row(input, oh0, ow0, tiles_w, v + first * 512, v + last * 512);
}

static void multiply_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    (void)worker;
    (void)input;
    (void)output;
    const ptrdiff_t g = (ptrdiff_t)task / 16;
    const ptrdiff_t p = (ptrdiff_t)task % 16;
    float *v = workspace + g * 262656;
    multiply(p, v, packed + g * 4194304, v + 131328);
}

static void output_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    (void)worker;
    (void)input;
    const ptrdiff_t th = (ptrdiff_t)task; /* row of tiles */
    const ptrdiff_t oh0 = th * 2;
    const ptrdiff_t tiles_w = 4;
    const ptrdiff_t ow0 = 0;
    const ptrdiff_t first = th * 3 + 3;
    const ptrdiff_t last = th < 3 ? th : 15;
    const float *m = workspace + 131328;
    output_row(m + first * 512, m + last * 512, packed + 4194304, output, oh0, ow0, tiles_w);
}

size_t conv_f32_nhwc_3x3s1p1_512x7x7_512__winograd2_avx2_4x24_tasks(int phase)
{
    static const size_t tasks[conv_f32_nhwc_3x3s1p1_512x7x7_512__winograd2_avx2_4x24_PHASES] = {4, 16, 4};
    return phase >= 0 && phase < conv_f32_nhwc_3x3s1p1_512x7x7_512__winograd2_avx2_4x24_PHASES ? tasks[phase] : 0;
}

void conv_f32_nhwc_3x3s1p1_512x7x7_512__winograd2_avx2_4x24_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        input_task(task, worker, input, packed, output, workspace);
        break;
    case 1:
        multiply_task(task, worker, input, packed, output, workspace);
        break;
    case 2:
        output_task(task, worker, input, packed, output, workspace);
        break;
    default:
        break;
    }
}

void conv_f32_nhwc_3x3s1p1_512x7x7_512__winograd2_avx2_4x24(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nhwc_3x3s1p1_512x7x7_512__winograd2_avx2_4x24_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_3x3s1p1_512x7x7_512__winograd2_avx2_4x24_tasks(phase);
#ifdef _OPENMP
#pragma omp parallel for schedule(static) num_threads(workers > 1 ? workers : 1)
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
#ifdef _OPENMP
            const int worker = omp_get_thread_num();
#else
            const int worker = 0;
#endif
            conv_f32_nhwc_3x3s1p1_512x7x7_512__winograd2_avx2_4x24_task(phase, (size_t)task, worker, input, packed, output, workspace);
        }
    }
}
#if defined(__clang__)
#pragma clang attribute pop
#endif
