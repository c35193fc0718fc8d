/* conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6__depthwise_avx2_14x8: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 56 x 56 x 128, output 1 x 56 x 56 x 128, weights hwio 3 x 3 x 1 x 128
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, 128 groups, bias, relu6
 * Command   convgen generate g128ic128ih56oc128oh56kh3ph1 --layout nhwc --activation 'relu6' --target x86-64-v3
 * Plan      depthwise on avx2, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oc by 16: 8 times, a task each
 *             for ow by 14: 4 times
 *               for oh: 56 times
 *                 for oc by 8: 2 times
 *                   for kh: 3 times
 *                     for kw: 3 times
 *                       tile of 14 pixels x 8 channels: 16 of 16 registers
 * Tasks     8 (output channels, 16 at a time)
 * Cost      3612672 multiply-adds; at least 3216384 bytes moved; 5120 bytes packed, 0 of workspace
 * Bound     |error| <= g S, S = sum |x||w| + |bias| + |residual|, g = 9 u / (1 - 9 u) = 5.36e-07, u =
 *           2^-24
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
/* gcc must not turn loops that copy or clear into calls of memcpy or memset: this file needs no libc. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif
/* Loading an input again is cheaper than keeping it: registers are for sums. */
#if defined(__GNUC__)
#define RELOAD __asm__ volatile("" ::: "memory")
#else
#define RELOAD (void)0
#endif
/* The functions of this file are built for this instruction set, whatever the rest of the program is. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx2,fma")
#endif
#include "conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6__depthwise_avx2_14x8.h"

#include <immintrin.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif !defined(__GNUC__) && (!defined(__AVX2__) || !defined(__FMA__))
#error "compile this file with -mavx2 -mfma"
#endif

/* relu6; error at most u (0.0 + 0.0 |v|), u = 2^-24. */
static inline __m256 activate(__m256 v)
{
    return _mm256_min_ps(_mm256_set1_ps(6.0f), _mm256_max_ps(_mm256_setzero_ps(), v));
}

/* 14 pixels x 8 channels at the edge, from pixel 0 */
static void tile_14x8_at0(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc6_0 = _mm256_loadu_ps(bias);
    __m256 acc7_0 = _mm256_loadu_ps(bias);
    __m256 acc8_0 = _mm256_loadu_ps(bias);
    __m256 acc9_0 = _mm256_loadu_ps(bias);
    __m256 acc10_0 = _mm256_loadu_ps(bias);
    __m256 acc11_0 = _mm256_loadu_ps(bias);
    __m256 acc12_0 = _mm256_loadu_ps(bias);
    __m256 acc13_0 = _mm256_loadu_ps(bias);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 7168;
        const float *w_kh = w + kh * 24;
        /* kernel column 0 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 a1_0 = _mm256_loadu_ps(x_kh);
            acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
            const __m256 a2_0 = _mm256_loadu_ps(x_kh + 128);
            acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
            const __m256 a3_0 = _mm256_loadu_ps(x_kh + 256);
            acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
            const __m256 a4_0 = _mm256_loadu_ps(x_kh + 384);
            acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
            const __m256 a5_0 = _mm256_loadu_ps(x_kh + 512);
            acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
            const __m256 a6_0 = _mm256_loadu_ps(x_kh + 640);
            acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
            const __m256 a7_0 = _mm256_loadu_ps(x_kh + 768);
            acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
            const __m256 a8_0 = _mm256_loadu_ps(x_kh + 896);
            acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
            const __m256 a9_0 = _mm256_loadu_ps(x_kh + 1024);
            acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
            const __m256 a10_0 = _mm256_loadu_ps(x_kh + 1152);
            acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
            const __m256 a11_0 = _mm256_loadu_ps(x_kh + 1280);
            acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
            const __m256 a12_0 = _mm256_loadu_ps(x_kh + 1408);
            acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
            const __m256 a13_0 = _mm256_loadu_ps(x_kh + 1536);
            acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
        }
        w_kh += 8;
        RELOAD;
        /* kernel column 1 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 a0_0 = _mm256_loadu_ps(x_kh);
            acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
            const __m256 a1_0 = _mm256_loadu_ps(x_kh + 128);
            acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
            const __m256 a2_0 = _mm256_loadu_ps(x_kh + 256);
            acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
            const __m256 a3_0 = _mm256_loadu_ps(x_kh + 384);
            acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
            const __m256 a4_0 = _mm256_loadu_ps(x_kh + 512);
            acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
            const __m256 a5_0 = _mm256_loadu_ps(x_kh + 640);
            acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
            const __m256 a6_0 = _mm256_loadu_ps(x_kh + 768);
            acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
            const __m256 a7_0 = _mm256_loadu_ps(x_kh + 896);
            acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
            const __m256 a8_0 = _mm256_loadu_ps(x_kh + 1024);
            acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
            const __m256 a9_0 = _mm256_loadu_ps(x_kh + 1152);
            acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
            const __m256 a10_0 = _mm256_loadu_ps(x_kh + 1280);
            acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
            const __m256 a11_0 = _mm256_loadu_ps(x_kh + 1408);
            acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
            const __m256 a12_0 = _mm256_loadu_ps(x_kh + 1536);
            acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
            const __m256 a13_0 = _mm256_loadu_ps(x_kh + 1664);
            acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
        }
        w_kh += 8;
        RELOAD;
        /* kernel column 2 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 a0_0 = _mm256_loadu_ps(x_kh + 128);
            acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
            const __m256 a1_0 = _mm256_loadu_ps(x_kh + 256);
            acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
            const __m256 a2_0 = _mm256_loadu_ps(x_kh + 384);
            acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
            const __m256 a3_0 = _mm256_loadu_ps(x_kh + 512);
            acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
            const __m256 a4_0 = _mm256_loadu_ps(x_kh + 640);
            acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
            const __m256 a5_0 = _mm256_loadu_ps(x_kh + 768);
            acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
            const __m256 a6_0 = _mm256_loadu_ps(x_kh + 896);
            acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
            const __m256 a7_0 = _mm256_loadu_ps(x_kh + 1024);
            acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
            const __m256 a8_0 = _mm256_loadu_ps(x_kh + 1152);
            acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
            const __m256 a9_0 = _mm256_loadu_ps(x_kh + 1280);
            acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
            const __m256 a10_0 = _mm256_loadu_ps(x_kh + 1408);
            acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
            const __m256 a11_0 = _mm256_loadu_ps(x_kh + 1536);
            acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
            const __m256 a12_0 = _mm256_loadu_ps(x_kh + 1664);
            acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
            const __m256 a13_0 = _mm256_loadu_ps(x_kh + 1792);
            acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
        }
    }
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 128, acc1_0);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 256, acc2_0);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 384, acc3_0);
    acc4_0 = activate(acc4_0);
    _mm256_storeu_ps(output + 512, acc4_0);
    acc5_0 = activate(acc5_0);
    _mm256_storeu_ps(output + 640, acc5_0);
    acc6_0 = activate(acc6_0);
    _mm256_storeu_ps(output + 768, acc6_0);
    acc7_0 = activate(acc7_0);
    _mm256_storeu_ps(output + 896, acc7_0);
    acc8_0 = activate(acc8_0);
    _mm256_storeu_ps(output + 1024, acc8_0);
    acc9_0 = activate(acc9_0);
    _mm256_storeu_ps(output + 1152, acc9_0);
    acc10_0 = activate(acc10_0);
    _mm256_storeu_ps(output + 1280, acc10_0);
    acc11_0 = activate(acc11_0);
    _mm256_storeu_ps(output + 1408, acc11_0);
    acc12_0 = activate(acc12_0);
    _mm256_storeu_ps(output + 1536, acc12_0);
    acc13_0 = activate(acc13_0);
    _mm256_storeu_ps(output + 1664, acc13_0);
}

/* 14 pixels x 8 channels */
static void tile_14x8(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc6_0 = _mm256_loadu_ps(bias);
    __m256 acc7_0 = _mm256_loadu_ps(bias);
    __m256 acc8_0 = _mm256_loadu_ps(bias);
    __m256 acc9_0 = _mm256_loadu_ps(bias);
    __m256 acc10_0 = _mm256_loadu_ps(bias);
    __m256 acc11_0 = _mm256_loadu_ps(bias);
    __m256 acc12_0 = _mm256_loadu_ps(bias);
    __m256 acc13_0 = _mm256_loadu_ps(bias);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 7168;
        const float *w_kh = w + kh * 24;
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 a0_0 = _mm256_loadu_ps(x_kh);
            acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
            const __m256 a1_0 = _mm256_loadu_ps(x_kh + 128);
            acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
            const __m256 a2_0 = _mm256_loadu_ps(x_kh + 256);
            acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
            const __m256 a3_0 = _mm256_loadu_ps(x_kh + 384);
            acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
            const __m256 a4_0 = _mm256_loadu_ps(x_kh + 512);
            acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
            const __m256 a5_0 = _mm256_loadu_ps(x_kh + 640);
            acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
            const __m256 a6_0 = _mm256_loadu_ps(x_kh + 768);
            acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
            const __m256 a7_0 = _mm256_loadu_ps(x_kh + 896);
            acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
            const __m256 a8_0 = _mm256_loadu_ps(x_kh + 1024);
            acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
            const __m256 a9_0 = _mm256_loadu_ps(x_kh + 1152);
            acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
            const __m256 a10_0 = _mm256_loadu_ps(x_kh + 1280);
            acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
            const __m256 a11_0 = _mm256_loadu_ps(x_kh + 1408);
            acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
            const __m256 a12_0 = _mm256_loadu_ps(x_kh + 1536);
            acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
            const __m256 a13_0 = _mm256_loadu_ps(x_kh + 1664);
            acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 8);
            const __m256 a0_0 = _mm256_loadu_ps(x_kh + 128);
            acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
            const __m256 a1_0 = _mm256_loadu_ps(x_kh + 256);
            acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
            const __m256 a2_0 = _mm256_loadu_ps(x_kh + 384);
            acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
            const __m256 a3_0 = _mm256_loadu_ps(x_kh + 512);
            acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
            const __m256 a4_0 = _mm256_loadu_ps(x_kh + 640);
            acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
            const __m256 a5_0 = _mm256_loadu_ps(x_kh + 768);
            acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
            const __m256 a6_0 = _mm256_loadu_ps(x_kh + 896);
            acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
            const __m256 a7_0 = _mm256_loadu_ps(x_kh + 1024);
            acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
            const __m256 a8_0 = _mm256_loadu_ps(x_kh + 1152);
            acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
            const __m256 a9_0 = _mm256_loadu_ps(x_kh + 1280);
            acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
            const __m256 a10_0 = _mm256_loadu_ps(x_kh + 1408);
            acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
            const __m256 a11_0 = _mm256_loadu_ps(x_kh + 1536);
            acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
            const __m256 a12_0 = _mm256_loadu_ps(x_kh + 1664);
            acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
            const __m256 a13_0 = _mm256_loadu_ps(x_kh + 1792);
            acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 a0_0 = _mm256_loadu_ps(x_kh + 256);
            acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
            const __m256 a1_0 = _mm256_loadu_ps(x_kh + 384);
            acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
            const __m256 a2_0 = _mm256_loadu_ps(x_kh + 512);
            acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
            const __m256 a3_0 = _mm256_loadu_ps(x_kh + 640);
            acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
            const __m256 a4_0 = _mm256_loadu_ps(x_kh + 768);
            acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
            const __m256 a5_0 = _mm256_loadu_ps(x_kh + 896);
            acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
            const __m256 a6_0 = _mm256_loadu_ps(x_kh + 1024);
            acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
            const __m256 a7_0 = _mm256_loadu_ps(x_kh + 1152);
            acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
            const __m256 a8_0 = _mm256_loadu_ps(x_kh + 1280);
            acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
            const __m256 a9_0 = _mm256_loadu_ps(x_kh + 1408);
            acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
            const __m256 a10_0 = _mm256_loadu_ps(x_kh + 1536);
            acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
            const __m256 a11_0 = _mm256_loadu_ps(x_kh + 1664);
            acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
            const __m256 a12_0 = _mm256_loadu_ps(x_kh + 1792);
            acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
            const __m256 a13_0 = _mm256_loadu_ps(x_kh + 1920);
            acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
        }
    }
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 128, acc1_0);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 256, acc2_0);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 384, acc3_0);
    acc4_0 = activate(acc4_0);
    _mm256_storeu_ps(output + 512, acc4_0);
    acc5_0 = activate(acc5_0);
    _mm256_storeu_ps(output + 640, acc5_0);
    acc6_0 = activate(acc6_0);
    _mm256_storeu_ps(output + 768, acc6_0);
    acc7_0 = activate(acc7_0);
    _mm256_storeu_ps(output + 896, acc7_0);
    acc8_0 = activate(acc8_0);
    _mm256_storeu_ps(output + 1024, acc8_0);
    acc9_0 = activate(acc9_0);
    _mm256_storeu_ps(output + 1152, acc9_0);
    acc10_0 = activate(acc10_0);
    _mm256_storeu_ps(output + 1280, acc10_0);
    acc11_0 = activate(acc11_0);
    _mm256_storeu_ps(output + 1408, acc11_0);
    acc12_0 = activate(acc12_0);
    _mm256_storeu_ps(output + 1536, acc12_0);
    acc13_0 = activate(acc13_0);
    _mm256_storeu_ps(output + 1664, acc13_0);
}

/* 14 pixels x 8 channels at the edge, from pixel 42 */
static void tile_14x8_at42(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc6_0 = _mm256_loadu_ps(bias);
    __m256 acc7_0 = _mm256_loadu_ps(bias);
    __m256 acc8_0 = _mm256_loadu_ps(bias);
    __m256 acc9_0 = _mm256_loadu_ps(bias);
    __m256 acc10_0 = _mm256_loadu_ps(bias);
    __m256 acc11_0 = _mm256_loadu_ps(bias);
    __m256 acc12_0 = _mm256_loadu_ps(bias);
    __m256 acc13_0 = _mm256_loadu_ps(bias);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 7168;
        const float *w_kh = w + kh * 24;
        /* kernel column 0 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 a0_0 = _mm256_loadu_ps(x_kh + 5248);
            acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
            const __m256 a1_0 = _mm256_loadu_ps(x_kh + 5376);
            acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
            const __m256 a2_0 = _mm256_loadu_ps(x_kh + 5504);
            acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
            const __m256 a3_0 = _mm256_loadu_ps(x_kh + 5632);
            acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
            const __m256 a4_0 = _mm256_loadu_ps(x_kh + 5760);
            acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
            const __m256 a5_0 = _mm256_loadu_ps(x_kh + 5888);
            acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
            const __m256 a6_0 = _mm256_loadu_ps(x_kh + 6016);
            acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
            const __m256 a7_0 = _mm256_loadu_ps(x_kh + 6144);
            acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
            const __m256 a8_0 = _mm256_loadu_ps(x_kh + 6272);
            acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
            const __m256 a9_0 = _mm256_loadu_ps(x_kh + 6400);
            acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
            const __m256 a10_0 = _mm256_loadu_ps(x_kh + 6528);
            acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
            const __m256 a11_0 = _mm256_loadu_ps(x_kh + 6656);
            acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
            const __m256 a12_0 = _mm256_loadu_ps(x_kh + 6784);
            acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
            const __m256 a13_0 = _mm256_loadu_ps(x_kh + 6912);
            acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
        }
        w_kh += 8;
        RELOAD;
        /* kernel column 1 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 a0_0 = _mm256_loadu_ps(x_kh + 5376);
            acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
            const __m256 a1_0 = _mm256_loadu_ps(x_kh + 5504);
            acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
            const __m256 a2_0 = _mm256_loadu_ps(x_kh + 5632);
            acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
            const __m256 a3_0 = _mm256_loadu_ps(x_kh + 5760);
            acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
            const __m256 a4_0 = _mm256_loadu_ps(x_kh + 5888);
            acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
            const __m256 a5_0 = _mm256_loadu_ps(x_kh + 6016);
            acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
            const __m256 a6_0 = _mm256_loadu_ps(x_kh + 6144);
            acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
            const __m256 a7_0 = _mm256_loadu_ps(x_kh + 6272);
            acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
            const __m256 a8_0 = _mm256_loadu_ps(x_kh + 6400);
            acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
            const __m256 a9_0 = _mm256_loadu_ps(x_kh + 6528);
            acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
            const __m256 a10_0 = _mm256_loadu_ps(x_kh + 6656);
            acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
            const __m256 a11_0 = _mm256_loadu_ps(x_kh + 6784);
            acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
            const __m256 a12_0 = _mm256_loadu_ps(x_kh + 6912);
            acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
            const __m256 a13_0 = _mm256_loadu_ps(x_kh + 7040);
            acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
        }
        w_kh += 8;
        RELOAD;
        /* kernel column 2 */
        {
            const __m256 b0 = _mm256_loadu_ps(w_kh);
            const __m256 a0_0 = _mm256_loadu_ps(x_kh + 5504);
            acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
            const __m256 a1_0 = _mm256_loadu_ps(x_kh + 5632);
            acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
            const __m256 a2_0 = _mm256_loadu_ps(x_kh + 5760);
            acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
            const __m256 a3_0 = _mm256_loadu_ps(x_kh + 5888);
            acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
            const __m256 a4_0 = _mm256_loadu_ps(x_kh + 6016);
            acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
            const __m256 a5_0 = _mm256_loadu_ps(x_kh + 6144);
            acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
            const __m256 a6_0 = _mm256_loadu_ps(x_kh + 6272);
            acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
            const __m256 a7_0 = _mm256_loadu_ps(x_kh + 6400);
            acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
            const __m256 a8_0 = _mm256_loadu_ps(x_kh + 6528);
            acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
            const __m256 a9_0 = _mm256_loadu_ps(x_kh + 6656);
            acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
            const __m256 a10_0 = _mm256_loadu_ps(x_kh + 6784);
            acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
            const __m256 a11_0 = _mm256_loadu_ps(x_kh + 6912);
            acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
            const __m256 a12_0 = _mm256_loadu_ps(x_kh + 7040);
            acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
        }
    }
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 128, acc1_0);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 256, acc2_0);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 384, acc3_0);
    acc4_0 = activate(acc4_0);
    _mm256_storeu_ps(output + 512, acc4_0);
    acc5_0 = activate(acc5_0);
    _mm256_storeu_ps(output + 640, acc5_0);
    acc6_0 = activate(acc6_0);
    _mm256_storeu_ps(output + 768, acc6_0);
    acc7_0 = activate(acc7_0);
    _mm256_storeu_ps(output + 896, acc7_0);
    acc8_0 = activate(acc8_0);
    _mm256_storeu_ps(output + 1024, acc8_0);
    acc9_0 = activate(acc9_0);
    _mm256_storeu_ps(output + 1152, acc9_0);
    acc10_0 = activate(acc10_0);
    _mm256_storeu_ps(output + 1280, acc10_0);
    acc11_0 = activate(acc11_0);
    _mm256_storeu_ps(output + 1408, acc11_0);
    acc12_0 = activate(acc12_0);
    _mm256_storeu_ps(output + 1536, acc12_0);
    acc13_0 = activate(acc13_0);
    _mm256_storeu_ps(output + 1664, acc13_0);
}

/* One panel: kd, kh, kw, ic, then `width` output channels from oc0, zero beyond the last. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            for (ptrdiff_t j = 0; j < width; ++j) {
                *out++ = weights[oc0 + j + kh * 384 + kw * 128];
            }
        }
    }
    return out;
}

void conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6__depthwise_avx2_14x8_pack(const float *weights, const float *bias, void *packed)
{
    float *out = packed;
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
        out = pack_panel(weights, oc0, 8, out);
    }
    for (ptrdiff_t oc = 0; oc < 128; ++oc) {
        *out++ = bias[oc];
    }
}

static void compute_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    const float *weights = packed;
    const float *bias = packed + 1152;
    (void)worker;
    (void)workspace;
    const ptrdiff_t oc1 = (ptrdiff_t)task; /* output channels, 16 at a time */
    /* output rows */
    for (ptrdiff_t oh = 0; oh < 56; ++oh) {
        const ptrdiff_t ih = oh - 1;
        const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
        const ptrdiff_t kh_end = ih < 54 ? 3 : ih < 56 ? 56 - ih : 0;
        /* output channels, 8 at a time */
        for (ptrdiff_t oc_tile = oc1 * 2; oc_tile < oc1 * 2 + 2; ++oc_tile) {
            const ptrdiff_t oc0 = oc_tile * 8;
            tile_14x8_at0(input + oc0, ih, kh_begin, kh_end, weights + oc0 * 9, bias + oc0, output + oc0 + oh * 7168);
        }
    }
    /* pixels, 14 at a time */
    for (ptrdiff_t ow0 = 14; ow0 < 42; ow0 += 14) {
        /* output rows */
        for (ptrdiff_t oh = 0; oh < 56; ++oh) {
            const ptrdiff_t ih = oh - 1;
            const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
            const ptrdiff_t kh_end = ih < 54 ? 3 : ih < 56 ? 56 - ih : 0;
            /* output channels, 8 at a time */
            for (ptrdiff_t oc_tile = oc1 * 2; oc_tile < oc1 * 2 + 2; ++oc_tile) {
                const ptrdiff_t oc0 = oc_tile * 8;
                tile_14x8(input + oc0 + ow0 * 128 - 128, ih, kh_begin, kh_end, weights + oc0 * 9, bias + oc0, output + oc0 + oh * 7168 + ow0 * 128);
            }
        }
    }
    /* output rows */
    for (ptrdiff_t oh = 0; oh < 56; ++oh) {
        const ptrdiff_t ih = oh - 1;
        const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
        const ptrdiff_t kh_end = ih < 54 ? 3 : ih < 56 ? 56 - ih : 0;
        /* output channels, 8 at a time */
        for (ptrdiff_t oc_tile = oc1 * 2; oc_tile < oc1 * 2 + 2; ++oc_tile) {
            const ptrdiff_t oc0 = oc_tile * 8;
            tile_14x8_at42(input + oc0, ih, kh_begin, kh_end, weights + oc0 * 9, bias + oc0, output + oc0 + oh * 7168 + 5376);
        }
    }
}

size_t conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6__depthwise_avx2_14x8_tasks(int phase)
{
    static const size_t tasks[conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6__depthwise_avx2_14x8_PHASES] = {8};
    return phase >= 0 && phase < conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6__depthwise_avx2_14x8_PHASES ? tasks[phase] : 0;
}

void conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6__depthwise_avx2_14x8_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        compute_task(task, worker, input, packed, output, workspace);
        break;
    default:
        break;
    }
}

void conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6__depthwise_avx2_14x8(const float *input, const void *packed, float *output, void *workspace)
{
    for (int phase = 0; phase < conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6__depthwise_avx2_14x8_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6__depthwise_avx2_14x8_tasks(phase);
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
#ifdef _OPENMP
            const int worker = omp_get_thread_num();
#else
            const int worker = 0;
#endif
            conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6__depthwise_avx2_14x8_task(phase, (size_t)task, worker, input, packed, output, workspace);
        }
    }
}
#if defined(__clang__)
#pragma clang attribute pop
#endif
