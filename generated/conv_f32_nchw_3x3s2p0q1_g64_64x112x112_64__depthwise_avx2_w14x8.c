/* conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w14x8: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 1 x 64 x 112 x 112, output 1 x 64 x 56 x 56, weights oihw 64 x 1 x 3 x 3
 *           kernel 3x3, stride 2x2, padding 0+1 0+1, 64 groups, bias
 * Command   convgen generate g64ic64ih112oc64oh56kh3sh2ph0 --layout nchw --target x86-64-v3
 * Plan      depthwise on avx2, lanes over ow, reading a padded copy of each channel
 *           for g: 64 times, a task each
 *             for oh by 14: 4 times
 *               for ow by 8: 7 times
 *                 for kh: 3 times
 *                   for kw: 3 times
 *                     tile of 14 rows x 8 pixels: 16 of 16 registers
 * Tasks     64 (groups)
 * Cost      1806336 multiply-adds; at least 4016640 bytes moved; 2560 bytes packed, 0 of workspace
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
/* The functions of this file are built for this instruction set, whatever the rest of the program is. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx2,fma")
#endif
#include "conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w14x8.h"

#include <immintrin.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif !defined(__GNUC__) && (!defined(__AVX2__) || !defined(__FMA__))
#error "compile this file with -mavx2 -mfma"
#endif

/* The shuffles above work in halves of a vector; this brings their quarters into order. */
static inline __m256 alternate_lanes(__m256 a)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(a), 0xd8));
}

/* 14 rows x 8 pixels */
static void tile_14x8(const float *x, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias);
    __m256 acc2_0 = _mm256_broadcast_ss(bias);
    __m256 acc3_0 = _mm256_broadcast_ss(bias);
    __m256 acc4_0 = _mm256_broadcast_ss(bias);
    __m256 acc5_0 = _mm256_broadcast_ss(bias);
    __m256 acc6_0 = _mm256_broadcast_ss(bias);
    __m256 acc7_0 = _mm256_broadcast_ss(bias);
    __m256 acc8_0 = _mm256_broadcast_ss(bias);
    __m256 acc9_0 = _mm256_broadcast_ss(bias);
    __m256 acc10_0 = _mm256_broadcast_ss(bias);
    __m256 acc11_0 = _mm256_broadcast_ss(bias);
    __m256 acc12_0 = _mm256_broadcast_ss(bias);
    __m256 acc13_0 = _mm256_broadcast_ss(bias);
    {
        const __m256 b0 = _mm256_broadcast_ss(w);
        const __m256 a0_0 = _mm256_loadu_ps(x);
        acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
        const __m256 a1_0 = _mm256_loadu_ps(x + 228);
        acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
        const __m256 a2_0 = _mm256_loadu_ps(x + 456);
        acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
        const __m256 a3_0 = _mm256_loadu_ps(x + 684);
        acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
        const __m256 a4_0 = _mm256_loadu_ps(x + 912);
        acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
        const __m256 a5_0 = _mm256_loadu_ps(x + 1140);
        acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
        const __m256 a6_0 = _mm256_loadu_ps(x + 1368);
        acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
        const __m256 a7_0 = _mm256_loadu_ps(x + 1596);
        acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
        const __m256 a8_0 = _mm256_loadu_ps(x + 1824);
        acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
        const __m256 a9_0 = _mm256_loadu_ps(x + 2052);
        acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
        const __m256 a10_0 = _mm256_loadu_ps(x + 2280);
        acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
        const __m256 a11_0 = _mm256_loadu_ps(x + 2508);
        acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
        const __m256 a12_0 = _mm256_loadu_ps(x + 2736);
        acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
        const __m256 a13_0 = _mm256_loadu_ps(x + 2964);
        acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
    }
    {
        const __m256 b0 = _mm256_broadcast_ss(w + 1);
        const __m256 a0_0 = _mm256_loadu_ps(x + 57);
        acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
        const __m256 a1_0 = _mm256_loadu_ps(x + 285);
        acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
        const __m256 a2_0 = _mm256_loadu_ps(x + 513);
        acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
        const __m256 a3_0 = _mm256_loadu_ps(x + 741);
        acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
        const __m256 a4_0 = _mm256_loadu_ps(x + 969);
        acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
        const __m256 a5_0 = _mm256_loadu_ps(x + 1197);
        acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
        const __m256 a6_0 = _mm256_loadu_ps(x + 1425);
        acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
        const __m256 a7_0 = _mm256_loadu_ps(x + 1653);
        acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
        const __m256 a8_0 = _mm256_loadu_ps(x + 1881);
        acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
        const __m256 a9_0 = _mm256_loadu_ps(x + 2109);
        acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
        const __m256 a10_0 = _mm256_loadu_ps(x + 2337);
        acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
        const __m256 a11_0 = _mm256_loadu_ps(x + 2565);
        acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
        const __m256 a12_0 = _mm256_loadu_ps(x + 2793);
        acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
        const __m256 a13_0 = _mm256_loadu_ps(x + 3021);
        acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
    }
    {
        const __m256 b0 = _mm256_broadcast_ss(w + 2);
        const __m256 a0_0 = _mm256_loadu_ps(x + 1);
        acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
        const __m256 a1_0 = _mm256_loadu_ps(x + 229);
        acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
        const __m256 a2_0 = _mm256_loadu_ps(x + 457);
        acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
        const __m256 a3_0 = _mm256_loadu_ps(x + 685);
        acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
        const __m256 a4_0 = _mm256_loadu_ps(x + 913);
        acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
        const __m256 a5_0 = _mm256_loadu_ps(x + 1141);
        acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
        const __m256 a6_0 = _mm256_loadu_ps(x + 1369);
        acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
        const __m256 a7_0 = _mm256_loadu_ps(x + 1597);
        acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
        const __m256 a8_0 = _mm256_loadu_ps(x + 1825);
        acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
        const __m256 a9_0 = _mm256_loadu_ps(x + 2053);
        acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
        const __m256 a10_0 = _mm256_loadu_ps(x + 2281);
        acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
        const __m256 a11_0 = _mm256_loadu_ps(x + 2509);
        acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
        const __m256 a12_0 = _mm256_loadu_ps(x + 2737);
        acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
        const __m256 a13_0 = _mm256_loadu_ps(x + 2965);
        acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
    }
    {
        const __m256 b0 = _mm256_broadcast_ss(w + 3);
        const __m256 a0_0 = _mm256_loadu_ps(x + 114);
        acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
        const __m256 a1_0 = _mm256_loadu_ps(x + 342);
        acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
        const __m256 a2_0 = _mm256_loadu_ps(x + 570);
        acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
        const __m256 a3_0 = _mm256_loadu_ps(x + 798);
        acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
        const __m256 a4_0 = _mm256_loadu_ps(x + 1026);
        acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
        const __m256 a5_0 = _mm256_loadu_ps(x + 1254);
        acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
        const __m256 a6_0 = _mm256_loadu_ps(x + 1482);
        acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
        const __m256 a7_0 = _mm256_loadu_ps(x + 1710);
        acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
        const __m256 a8_0 = _mm256_loadu_ps(x + 1938);
        acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
        const __m256 a9_0 = _mm256_loadu_ps(x + 2166);
        acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
        const __m256 a10_0 = _mm256_loadu_ps(x + 2394);
        acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
        const __m256 a11_0 = _mm256_loadu_ps(x + 2622);
        acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
        const __m256 a12_0 = _mm256_loadu_ps(x + 2850);
        acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
        const __m256 a13_0 = _mm256_loadu_ps(x + 3078);
        acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
    }
    {
        const __m256 b0 = _mm256_broadcast_ss(w + 4);
        const __m256 a0_0 = _mm256_loadu_ps(x + 171);
        acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
        const __m256 a1_0 = _mm256_loadu_ps(x + 399);
        acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
        const __m256 a2_0 = _mm256_loadu_ps(x + 627);
        acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
        const __m256 a3_0 = _mm256_loadu_ps(x + 855);
        acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
        const __m256 a4_0 = _mm256_loadu_ps(x + 1083);
        acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
        const __m256 a5_0 = _mm256_loadu_ps(x + 1311);
        acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
        const __m256 a6_0 = _mm256_loadu_ps(x + 1539);
        acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
        const __m256 a7_0 = _mm256_loadu_ps(x + 1767);
        acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
        const __m256 a8_0 = _mm256_loadu_ps(x + 1995);
        acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
        const __m256 a9_0 = _mm256_loadu_ps(x + 2223);
        acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
        const __m256 a10_0 = _mm256_loadu_ps(x + 2451);
        acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
        const __m256 a11_0 = _mm256_loadu_ps(x + 2679);
        acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
        const __m256 a12_0 = _mm256_loadu_ps(x + 2907);
        acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
        const __m256 a13_0 = _mm256_loadu_ps(x + 3135);
        acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
    }
    {
        const __m256 b0 = _mm256_broadcast_ss(w + 5);
        const __m256 a0_0 = _mm256_loadu_ps(x + 115);
        acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
        const __m256 a1_0 = _mm256_loadu_ps(x + 343);
        acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
        const __m256 a2_0 = _mm256_loadu_ps(x + 571);
        acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
        const __m256 a3_0 = _mm256_loadu_ps(x + 799);
        acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
        const __m256 a4_0 = _mm256_loadu_ps(x + 1027);
        acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
        const __m256 a5_0 = _mm256_loadu_ps(x + 1255);
        acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
        const __m256 a6_0 = _mm256_loadu_ps(x + 1483);
        acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
        const __m256 a7_0 = _mm256_loadu_ps(x + 1711);
        acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
        const __m256 a8_0 = _mm256_loadu_ps(x + 1939);
        acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
        const __m256 a9_0 = _mm256_loadu_ps(x + 2167);
        acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
        const __m256 a10_0 = _mm256_loadu_ps(x + 2395);
        acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
        const __m256 a11_0 = _mm256_loadu_ps(x + 2623);
        acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
        const __m256 a12_0 = _mm256_loadu_ps(x + 2851);
        acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
        const __m256 a13_0 = _mm256_loadu_ps(x + 3079);
        acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
    }
    {
        const __m256 b0 = _mm256_broadcast_ss(w + 6);
        const __m256 a0_0 = _mm256_loadu_ps(x + 228);
        acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
        const __m256 a1_0 = _mm256_loadu_ps(x + 456);
        acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
        const __m256 a2_0 = _mm256_loadu_ps(x + 684);
        acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
        const __m256 a3_0 = _mm256_loadu_ps(x + 912);
        acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
        const __m256 a4_0 = _mm256_loadu_ps(x + 1140);
        acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
        const __m256 a5_0 = _mm256_loadu_ps(x + 1368);
        acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
        const __m256 a6_0 = _mm256_loadu_ps(x + 1596);
        acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
        const __m256 a7_0 = _mm256_loadu_ps(x + 1824);
        acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
        const __m256 a8_0 = _mm256_loadu_ps(x + 2052);
        acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
        const __m256 a9_0 = _mm256_loadu_ps(x + 2280);
        acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
        const __m256 a10_0 = _mm256_loadu_ps(x + 2508);
        acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
        const __m256 a11_0 = _mm256_loadu_ps(x + 2736);
        acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
        const __m256 a12_0 = _mm256_loadu_ps(x + 2964);
        acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
        const __m256 a13_0 = _mm256_loadu_ps(x + 3192);
        acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
    }
    {
        const __m256 b0 = _mm256_broadcast_ss(w + 7);
        const __m256 a0_0 = _mm256_loadu_ps(x + 285);
        acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
        const __m256 a1_0 = _mm256_loadu_ps(x + 513);
        acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
        const __m256 a2_0 = _mm256_loadu_ps(x + 741);
        acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
        const __m256 a3_0 = _mm256_loadu_ps(x + 969);
        acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
        const __m256 a4_0 = _mm256_loadu_ps(x + 1197);
        acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
        const __m256 a5_0 = _mm256_loadu_ps(x + 1425);
        acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
        const __m256 a6_0 = _mm256_loadu_ps(x + 1653);
        acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
        const __m256 a7_0 = _mm256_loadu_ps(x + 1881);
        acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
        const __m256 a8_0 = _mm256_loadu_ps(x + 2109);
        acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
        const __m256 a9_0 = _mm256_loadu_ps(x + 2337);
        acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
        const __m256 a10_0 = _mm256_loadu_ps(x + 2565);
        acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
        const __m256 a11_0 = _mm256_loadu_ps(x + 2793);
        acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
        const __m256 a12_0 = _mm256_loadu_ps(x + 3021);
        acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
        const __m256 a13_0 = _mm256_loadu_ps(x + 3249);
        acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
    }
    {
        const __m256 b0 = _mm256_broadcast_ss(w + 8);
        const __m256 a0_0 = _mm256_loadu_ps(x + 229);
        acc0_0 = _mm256_fmadd_ps(a0_0, b0, acc0_0);
        const __m256 a1_0 = _mm256_loadu_ps(x + 457);
        acc1_0 = _mm256_fmadd_ps(a1_0, b0, acc1_0);
        const __m256 a2_0 = _mm256_loadu_ps(x + 685);
        acc2_0 = _mm256_fmadd_ps(a2_0, b0, acc2_0);
        const __m256 a3_0 = _mm256_loadu_ps(x + 913);
        acc3_0 = _mm256_fmadd_ps(a3_0, b0, acc3_0);
        const __m256 a4_0 = _mm256_loadu_ps(x + 1141);
        acc4_0 = _mm256_fmadd_ps(a4_0, b0, acc4_0);
        const __m256 a5_0 = _mm256_loadu_ps(x + 1369);
        acc5_0 = _mm256_fmadd_ps(a5_0, b0, acc5_0);
        const __m256 a6_0 = _mm256_loadu_ps(x + 1597);
        acc6_0 = _mm256_fmadd_ps(a6_0, b0, acc6_0);
        const __m256 a7_0 = _mm256_loadu_ps(x + 1825);
        acc7_0 = _mm256_fmadd_ps(a7_0, b0, acc7_0);
        const __m256 a8_0 = _mm256_loadu_ps(x + 2053);
        acc8_0 = _mm256_fmadd_ps(a8_0, b0, acc8_0);
        const __m256 a9_0 = _mm256_loadu_ps(x + 2281);
        acc9_0 = _mm256_fmadd_ps(a9_0, b0, acc9_0);
        const __m256 a10_0 = _mm256_loadu_ps(x + 2509);
        acc10_0 = _mm256_fmadd_ps(a10_0, b0, acc10_0);
        const __m256 a11_0 = _mm256_loadu_ps(x + 2737);
        acc11_0 = _mm256_fmadd_ps(a11_0, b0, acc11_0);
        const __m256 a12_0 = _mm256_loadu_ps(x + 2965);
        acc12_0 = _mm256_fmadd_ps(a12_0, b0, acc12_0);
        const __m256 a13_0 = _mm256_loadu_ps(x + 3193);
        acc13_0 = _mm256_fmadd_ps(a13_0, b0, acc13_0);
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 56, acc1_0);
    _mm256_storeu_ps(output + 112, acc2_0);
    _mm256_storeu_ps(output + 168, acc3_0);
    _mm256_storeu_ps(output + 224, acc4_0);
    _mm256_storeu_ps(output + 280, acc5_0);
    _mm256_storeu_ps(output + 336, acc6_0);
    _mm256_storeu_ps(output + 392, acc7_0);
    _mm256_storeu_ps(output + 448, acc8_0);
    _mm256_storeu_ps(output + 504, acc9_0);
    _mm256_storeu_ps(output + 560, acc10_0);
    _mm256_storeu_ps(output + 616, acc11_0);
    _mm256_storeu_ps(output + 672, acc12_0);
    _mm256_storeu_ps(output + 728, acc13_0);
}

static void zero_floats(float *to, ptrdiff_t count)
{
    const ptrdiff_t whole = count - count % 8;
    for (ptrdiff_t i = 0; i < whole; i += 8) {
        _mm256_storeu_ps(to + i, _mm256_setzero_ps());
    }
    for (ptrdiff_t i = whole; i < count; ++i) {
        to[i] = 0.0f;
    }
}

/* Every second float to `even`, the others to `odd`. */
static void split_floats(float *even, float *odd, const float *from, ptrdiff_t count)
{
    const ptrdiff_t pairs = count / 2;
    const ptrdiff_t whole = pairs - pairs % 8;
    for (ptrdiff_t i = 0; i < whole; i += 8) {
        const __m256 a = _mm256_loadu_ps(from + 2 * i);
        const __m256 b = _mm256_loadu_ps(from + 2 * i + 8);
        _mm256_storeu_ps(even + i, alternate_lanes(_mm256_shuffle_ps(a, b, 0x88)));
        _mm256_storeu_ps(odd + i, alternate_lanes(_mm256_shuffle_ps(a, b, 0xdd)));
    }
    for (ptrdiff_t i = whole; i < pairs; ++i) {
        even[i] = from[2 * i];
        odd[i] = from[2 * i + 1];
    }
    if (count % 2) {
        even[pairs] = from[2 * pairs];
    }
}

/* A channel of the padded input, [113 rows][2 column phases][57]. */
static void copy_plane(const float *input, float *to_plane)
{
    for (ptrdiff_t h = 0; h < 113; ++h) {
        float *to = to_plane + h * 114;
        if (h >= 112) {
            zero_floats(to, 114);
            continue;
        }
        const float *from = input + h * 112;
        split_floats(to, to + 57, from, 112);
        zero_floats(to + 56, 1);
        zero_floats(to + 113, 1);
    }
}

/* One panel: kd, kh, kw, ic, then `width` output channels from oc0, zero beyond the last. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            for (ptrdiff_t j = 0; j < width; ++j) {
                *out++ = weights[(oc0 + j) * 9 + kh * 3 + kw];
            }
        }
    }
    return out;
}

void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w14x8_pack(const float *weights, const float *bias, void *packed)
{
    float *out = packed;
    for (ptrdiff_t g = 0; g < 64; ++g) {
        out = pack_panel(weights + g * 9, 0, 1, out);
    }
    for (ptrdiff_t g = 0; g < 64; ++g) {
        for (ptrdiff_t oc = 0; oc < 1; ++oc) {
            *out++ = bias[g + oc];
        }
    }
}

static void compute_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    const float *weights = packed;
    const float *bias = packed + 576;
    float *scratch = workspace + worker * 12896;
    const ptrdiff_t g = (ptrdiff_t)task; /* groups */
    copy_plane(input + g * 12544, scratch);
    input = scratch;
    /* output rows, 14 at a time */
    for (ptrdiff_t oh0 = 0; oh0 < 56; oh0 += 14) {
        /* pixels, 8 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 56; ow0 += 8) {
            tile_14x8(input + oh0 * 228 + ow0, weights + g * 9, bias + g, output + g * 3136 + oh0 * 56 + ow0);
        }
    }
}

size_t conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w14x8_tasks(int phase)
{
    static const size_t tasks[conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w14x8_PHASES] = {64};
    return phase >= 0 && phase < conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w14x8_PHASES ? tasks[phase] : 0;
}

void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w14x8_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        compute_task(task, worker, input, packed, output, workspace);
        break;
    default:
        break;
    }
}

void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w14x8(const float *input, const void *packed, float *output, void *workspace)
{
    for (int phase = 0; phase < conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w14x8_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w14x8_tasks(phase);
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
#ifdef _OPENMP
            const int worker = omp_get_thread_num();
#else
            const int worker = 0;
#endif
            conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w14x8_task(phase, (size_t)task, worker, input, packed, output, workspace);
        }
    }
}
#if defined(__clang__)
#pragma clang attribute pop
#endif
