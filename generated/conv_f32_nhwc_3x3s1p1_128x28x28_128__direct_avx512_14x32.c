/* conv_f32_nhwc_3x3s1p1_128x28x28_128__direct_avx512_14x32: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 28 x 28 x 128, output 1 x 28 x 28 x 128, weights hwio 3 x 3 x 128 x 128
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate ic128ih28oc128oh28kh3ph1 --layout nhwc --target x86-64-v4
 * Plan      direct on avx512, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oh: 28 times, a task each
 *             for ow by 14: 2 times
 *               for oc by 32: 4 times
 *                 for kh: 3 times
 *                   for kw: 3 times
 *                     for ic: 128 times
 *                       tile of 14 pixels x 32 channels: 31 of 32 registers
 * Tasks     28 (output rows)
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
#pragma GCC target("avx512f,avx2,fma")
#endif
#include "conv_f32_nhwc_3x3s1p1_128x28x28_128__direct_avx512_14x32.h"

#include <immintrin.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
#elif !defined(__GNUC__) && (!defined(__AVX512F__))
#error "compile this file with -mavx512f -mavx2 -mfma"
#endif

/* 14 pixels x 32 channels, from pixel 0 */
static void tile_14x32_pixel0(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m512 acc0_0 = _mm512_loadu_ps(bias);
    __m512 acc0_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc1_0 = _mm512_loadu_ps(bias);
    __m512 acc1_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc2_0 = _mm512_loadu_ps(bias);
    __m512 acc2_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc3_0 = _mm512_loadu_ps(bias);
    __m512 acc3_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc4_0 = _mm512_loadu_ps(bias);
    __m512 acc4_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc5_0 = _mm512_loadu_ps(bias);
    __m512 acc5_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc6_0 = _mm512_loadu_ps(bias);
    __m512 acc6_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc7_0 = _mm512_loadu_ps(bias);
    __m512 acc7_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc8_0 = _mm512_loadu_ps(bias);
    __m512 acc8_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc9_0 = _mm512_loadu_ps(bias);
    __m512 acc9_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc10_0 = _mm512_loadu_ps(bias);
    __m512 acc10_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc11_0 = _mm512_loadu_ps(bias);
    __m512 acc11_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc12_0 = _mm512_loadu_ps(bias);
    __m512 acc12_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc13_0 = _mm512_loadu_ps(bias);
    __m512 acc13_1 = _mm512_loadu_ps(bias + 16);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 12288;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 16);
                const __m512 a1 = _mm512_set1_ps(*(x_ic));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 128));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 256));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 384));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 512));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 640));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 768));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 896));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1024));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1152));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1280));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1408));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1536));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 32);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 48);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 1));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 129));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 257));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 385));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 513));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 641));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 769));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 897));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1025));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1153));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1281));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1409));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1537));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 64);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 80);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 2));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 130));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 258));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 386));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 514));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 642));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 770));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 898));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1026));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1154));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1282));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1410));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1538));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 96);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 112);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 3));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 131));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 259));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 387));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 515));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 643));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 771));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 899));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1027));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1155));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1283));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1411));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1539));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            w_kh += 128;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 16);
                const __m512 a0 = _mm512_set1_ps(*(x_ic));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 128));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 256));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 384));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 512));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 640));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 768));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 896));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 1024));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1152));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1280));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1408));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1536));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1664));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 32);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 48);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 129));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 257));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 385));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 513));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 641));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 769));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 897));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 1025));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1153));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1281));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1409));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1537));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1665));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 64);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 80);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 2));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 130));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 258));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 386));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 514));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 642));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 770));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 898));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 1026));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1154));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1282));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1410));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1538));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1666));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 96);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 112);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 3));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 131));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 259));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 387));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 515));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 643));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 771));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 899));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 1027));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1155));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1283));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1411));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1539));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1667));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            w_kh += 128;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 16);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 128));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 256));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 384));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 512));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 640));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 768));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 896));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 1024));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 1152));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1280));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1408));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1536));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1664));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1792));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 32);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 48);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 129));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 257));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 385));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 513));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 641));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 769));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 897));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 1025));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 1153));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1281));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1409));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1537));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1665));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1793));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 64);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 80);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 130));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 258));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 386));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 514));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 642));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 770));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 898));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 1026));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 1154));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1282));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1410));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1538));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1666));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1794));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 96);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 112);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 131));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 259));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 387));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 515));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 643));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 771));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 899));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 1027));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 1155));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 1283));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 1411));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 1539));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 1667));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 1795));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            w_kh += 128;
        }
    }
    _mm512_storeu_ps(output, acc0_0);
    _mm512_storeu_ps(output + 16, acc0_1);
    _mm512_storeu_ps(output + 128, acc1_0);
    _mm512_storeu_ps(output + 144, acc1_1);
    _mm512_storeu_ps(output + 256, acc2_0);
    _mm512_storeu_ps(output + 272, acc2_1);
    _mm512_storeu_ps(output + 384, acc3_0);
    _mm512_storeu_ps(output + 400, acc3_1);
    _mm512_storeu_ps(output + 512, acc4_0);
    _mm512_storeu_ps(output + 528, acc4_1);
    _mm512_storeu_ps(output + 640, acc5_0);
    _mm512_storeu_ps(output + 656, acc5_1);
    _mm512_storeu_ps(output + 768, acc6_0);
    _mm512_storeu_ps(output + 784, acc6_1);
    _mm512_storeu_ps(output + 896, acc7_0);
    _mm512_storeu_ps(output + 912, acc7_1);
    _mm512_storeu_ps(output + 1024, acc8_0);
    _mm512_storeu_ps(output + 1040, acc8_1);
    _mm512_storeu_ps(output + 1152, acc9_0);
    _mm512_storeu_ps(output + 1168, acc9_1);
    _mm512_storeu_ps(output + 1280, acc10_0);
    _mm512_storeu_ps(output + 1296, acc10_1);
    _mm512_storeu_ps(output + 1408, acc11_0);
    _mm512_storeu_ps(output + 1424, acc11_1);
    _mm512_storeu_ps(output + 1536, acc12_0);
    _mm512_storeu_ps(output + 1552, acc12_1);
    _mm512_storeu_ps(output + 1664, acc13_0);
    _mm512_storeu_ps(output + 1680, acc13_1);
}

/* 14 pixels x 32 channels, from pixel 14 */
static void tile_14x32_pixel14(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m512 acc0_0 = _mm512_loadu_ps(bias);
    __m512 acc0_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc1_0 = _mm512_loadu_ps(bias);
    __m512 acc1_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc2_0 = _mm512_loadu_ps(bias);
    __m512 acc2_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc3_0 = _mm512_loadu_ps(bias);
    __m512 acc3_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc4_0 = _mm512_loadu_ps(bias);
    __m512 acc4_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc5_0 = _mm512_loadu_ps(bias);
    __m512 acc5_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc6_0 = _mm512_loadu_ps(bias);
    __m512 acc6_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc7_0 = _mm512_loadu_ps(bias);
    __m512 acc7_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc8_0 = _mm512_loadu_ps(bias);
    __m512 acc8_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc9_0 = _mm512_loadu_ps(bias);
    __m512 acc9_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc10_0 = _mm512_loadu_ps(bias);
    __m512 acc10_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc11_0 = _mm512_loadu_ps(bias);
    __m512 acc11_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc12_0 = _mm512_loadu_ps(bias);
    __m512 acc12_1 = _mm512_loadu_ps(bias + 16);
    __m512 acc13_0 = _mm512_loadu_ps(bias);
    __m512 acc13_1 = _mm512_loadu_ps(bias + 16);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 3584;
        const float *w_kh = w + kh * 12288;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 16);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1664));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 1792));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 1920));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2048));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2176));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2304));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2432));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2560));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2688));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 2816));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 2944));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3072));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3200));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 3328));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 32);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 48);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1665));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 1793));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 1921));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2049));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2177));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2305));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2433));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2561));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2689));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 2817));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 2945));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3073));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3201));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 3329));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 64);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 80);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1666));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 1794));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 1922));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2050));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2178));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2306));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2434));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2562));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2690));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 2818));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 2946));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3074));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3202));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 3330));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 96);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 112);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1667));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 1795));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 1923));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2051));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2179));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2307));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2435));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2563));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2691));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 2819));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 2947));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3075));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3203));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 3331));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            w_kh += 128;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 16);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1792));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 1920));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 2048));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2176));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2304));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2432));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2560));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2688));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2816));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 2944));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 3072));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3200));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3328));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 3456));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 32);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 48);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1793));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 1921));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 2049));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2177));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2305));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2433));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2561));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2689));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2817));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 2945));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 3073));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3201));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3329));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 3457));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 64);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 80);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1794));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 1922));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 2050));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2178));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2306));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2434));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2562));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2690));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2818));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 2946));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 3074));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3202));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3330));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 3458));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 96);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 112);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1795));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 1923));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 2051));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2179));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2307));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2435));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2563));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2691));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2819));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 2947));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 3075));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3203));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3331));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
                const __m512 a13 = _mm512_set1_ps(*(x_ic + 3459));
                acc13_0 = _mm512_fmadd_ps(a13, b0, acc13_0);
                acc13_1 = _mm512_fmadd_ps(a13, b1, acc13_1);
            }
            w_kh += 128;
        }
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
            const float *x_ic = x_kh + ic;
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 16);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1920));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 2048));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 2176));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2304));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2432));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2560));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2688));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2816));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2944));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 3072));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 3200));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3328));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3456));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 32);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 48);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1921));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 2049));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 2177));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2305));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2433));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2561));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2689));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2817));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2945));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 3073));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 3201));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3329));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3457));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 64);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 80);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1922));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 2050));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 2178));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2306));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2434));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2562));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2690));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2818));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2946));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 3074));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 3202));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3330));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3458));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
            }
            {
                const __m512 b0 = _mm512_loadu_ps(w_kh + 96);
                const __m512 b1 = _mm512_loadu_ps(w_kh + 112);
                const __m512 a0 = _mm512_set1_ps(*(x_ic + 1923));
                acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
                const __m512 a1 = _mm512_set1_ps(*(x_ic + 2051));
                acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
                const __m512 a2 = _mm512_set1_ps(*(x_ic + 2179));
                acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
                const __m512 a3 = _mm512_set1_ps(*(x_ic + 2307));
                acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
                const __m512 a4 = _mm512_set1_ps(*(x_ic + 2435));
                acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
                const __m512 a5 = _mm512_set1_ps(*(x_ic + 2563));
                acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
                const __m512 a6 = _mm512_set1_ps(*(x_ic + 2691));
                acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
                acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
                const __m512 a7 = _mm512_set1_ps(*(x_ic + 2819));
                acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
                acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
                const __m512 a8 = _mm512_set1_ps(*(x_ic + 2947));
                acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
                acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
                const __m512 a9 = _mm512_set1_ps(*(x_ic + 3075));
                acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
                acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
                const __m512 a10 = _mm512_set1_ps(*(x_ic + 3203));
                acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
                acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
                const __m512 a11 = _mm512_set1_ps(*(x_ic + 3331));
                acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
                acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
                const __m512 a12 = _mm512_set1_ps(*(x_ic + 3459));
                acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
                acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
            }
            w_kh += 128;
        }
    }
    _mm512_storeu_ps(output, acc0_0);
    _mm512_storeu_ps(output + 16, acc0_1);
    _mm512_storeu_ps(output + 128, acc1_0);
    _mm512_storeu_ps(output + 144, acc1_1);
    _mm512_storeu_ps(output + 256, acc2_0);
    _mm512_storeu_ps(output + 272, acc2_1);
    _mm512_storeu_ps(output + 384, acc3_0);
    _mm512_storeu_ps(output + 400, acc3_1);
    _mm512_storeu_ps(output + 512, acc4_0);
    _mm512_storeu_ps(output + 528, acc4_1);
    _mm512_storeu_ps(output + 640, acc5_0);
    _mm512_storeu_ps(output + 656, acc5_1);
    _mm512_storeu_ps(output + 768, acc6_0);
    _mm512_storeu_ps(output + 784, acc6_1);
    _mm512_storeu_ps(output + 896, acc7_0);
    _mm512_storeu_ps(output + 912, acc7_1);
    _mm512_storeu_ps(output + 1024, acc8_0);
    _mm512_storeu_ps(output + 1040, acc8_1);
    _mm512_storeu_ps(output + 1152, acc9_0);
    _mm512_storeu_ps(output + 1168, acc9_1);
    _mm512_storeu_ps(output + 1280, acc10_0);
    _mm512_storeu_ps(output + 1296, acc10_1);
    _mm512_storeu_ps(output + 1408, acc11_0);
    _mm512_storeu_ps(output + 1424, acc11_1);
    _mm512_storeu_ps(output + 1536, acc12_0);
    _mm512_storeu_ps(output + 1552, acc12_1);
    _mm512_storeu_ps(output + 1664, acc13_0);
    _mm512_storeu_ps(output + 1680, acc13_1);
}

/* One panel: kd, kh, kw, ic, then `width` output channels from oc0, zero beyond the last. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            for (ptrdiff_t ic = 0; ic < 128; ++ic) {
                for (ptrdiff_t j = 0; j < width; ++j) {
                    *out++ = weights[oc0 + j + kh * 49152 + kw * 16384 + ic * 128];
                }
            }
        }
    }
    return out;
}

void conv_f32_nhwc_3x3s1p1_128x28x28_128__direct_avx512_14x32_pack(const float *weights, const float *bias, void *packed)
{
    float *out = packed;
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 32) {
        out = pack_panel(weights, oc0, 32, out);
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
    const ptrdiff_t oh = (ptrdiff_t)task; /* output rows */
    const ptrdiff_t ih = oh - 1;
    const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
    const ptrdiff_t kh_end = ih < 26 ? 3 : ih < 28 ? 28 - ih : 0;
    /* output channels, 32 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 32) {
        tile_14x32_pixel0(input, ih, kh_begin, kh_end, weights + oc0 * 1152, bias + oc0, output + oc0 + oh * 3584);
    }
    /* output channels, 32 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 32) {
        tile_14x32_pixel14(input, ih, kh_begin, kh_end, weights + oc0 * 1152, bias + oc0, output + oc0 + oh * 3584 + 1792);
    }
}

size_t conv_f32_nhwc_3x3s1p1_128x28x28_128__direct_avx512_14x32_tasks(int phase)
{
    static const size_t tasks[conv_f32_nhwc_3x3s1p1_128x28x28_128__direct_avx512_14x32_PHASES] = {28};
    return phase >= 0 && phase < conv_f32_nhwc_3x3s1p1_128x28x28_128__direct_avx512_14x32_PHASES ? tasks[phase] : 0;
}

void conv_f32_nhwc_3x3s1p1_128x28x28_128__direct_avx512_14x32_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        compute_task(task, worker, input, packed, output, workspace);
        break;
    default:
        break;
    }
}

void conv_f32_nhwc_3x3s1p1_128x28x28_128__direct_avx512_14x32(const float *input, const void *packed, float *output, void *workspace)
{
    for (int phase = 0; phase < conv_f32_nhwc_3x3s1p1_128x28x28_128__direct_avx512_14x32_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_3x3s1p1_128x28x28_128__direct_avx512_14x32_tasks(phase);
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
#ifdef _OPENMP
            const int worker = omp_get_thread_num();
#else
            const int worker = 0;
#endif
            conv_f32_nhwc_3x3s1p1_128x28x28_128__direct_avx512_14x32_task(phase, (size_t)task, worker, input, packed, output, workspace);
        }
    }
}
#if defined(__clang__)
#pragma clang attribute pop
#endif
