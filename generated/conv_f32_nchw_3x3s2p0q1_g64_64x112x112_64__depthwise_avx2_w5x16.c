/* conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w5x16: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 1 x 64 x 112 x 112, output 1 x 64 x 56 x 56, weights oihw 64 x 1 x 3 x 3
 *           kernel 3x3, stride 2x2, padding 0+1 0+1, 64 groups, bias
 * Command   convgen generate g64ic64ih112oc64oh56kh3sh2ph0 --layout nchw --target x86-64-v3
 * Plan      depthwise on avx2, lanes over ow, reading the input as it is, edge tiles skip the padding
 *           for g: 64 times, a task each
 *             for oh by 5: 12 times
 *               for ow by 16: 4 times
 *                 for kh: 3 times
 *                   for kw: 3 times
 *                     tile of 5 rows x 16 pixels: 16 of 16 registers
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
#include "conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w5x16.h"

#include <immintrin.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif !defined(__GNUC__) && (!defined(__AVX2__) || !defined(__FMA__))
#error "compile this file with -mavx2 -mfma"
#endif

/* All ones in lanes first to end - 1; both are constants at every call, so this is one too. */
static inline __m256i some_lanes(int first, int end)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i before = _mm256_cmpgt_epi32(_mm256_set1_epi32(first), lane);
    return _mm256_andnot_si256(before, _mm256_cmpgt_epi32(_mm256_set1_epi32(end), lane));
}

/* The shuffles above work in halves of a vector; this brings their quarters into order. */
static inline __m256 alternate_lanes(__m256 a)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(a), 0xd8));
}

/* 5 rows x 16 pixels */
static void tile_5x16(const float *x, ptrdiff_t ih, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc0_1 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias);
    __m256 acc1_1 = _mm256_broadcast_ss(bias);
    __m256 acc2_0 = _mm256_broadcast_ss(bias);
    __m256 acc2_1 = _mm256_broadcast_ss(bias);
    __m256 acc3_0 = _mm256_broadcast_ss(bias);
    __m256 acc3_1 = _mm256_broadcast_ss(bias);
    __m256 acc4_0 = _mm256_broadcast_ss(bias);
    __m256 acc4_1 = _mm256_broadcast_ss(bias);
    const float *x0 = x + ih * 112;
    /* input row 0 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x0);
        const __m256 p0_8 = _mm256_loadu_ps(x0 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x0 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x0 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc0_0 = _mm256_fmadd_ps(a0_0, w0_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w0_0, acc0_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc0_0 = _mm256_fmadd_ps(a0_1, w0_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w0_1, acc0_1);
        const __m256 p0_2 = _mm256_loadu_ps(x0 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x0 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x0 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x0 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc0_0 = _mm256_fmadd_ps(a0_2, w0_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w0_2, acc0_1);
    }
    RELOAD;
    const float *x1 = x + (ih + 1) * 112;
    /* input row 1 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x1);
        const __m256 p0_8 = _mm256_loadu_ps(x1 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x1 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x1 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc0_0 = _mm256_fmadd_ps(a0_0, w1_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w1_0, acc0_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc0_0 = _mm256_fmadd_ps(a0_1, w1_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w1_1, acc0_1);
        const __m256 p0_2 = _mm256_loadu_ps(x1 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x1 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x1 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x1 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc0_0 = _mm256_fmadd_ps(a0_2, w1_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w1_2, acc0_1);
    }
    RELOAD;
    const float *x2 = x + (ih + 2) * 112;
    /* input row 2 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x2);
        const __m256 p0_8 = _mm256_loadu_ps(x2 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x2 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x2 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc0_0 = _mm256_fmadd_ps(a0_0, w2_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w2_0, acc0_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc1_0 = _mm256_fmadd_ps(a0_0, w0_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w0_0, acc1_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc0_0 = _mm256_fmadd_ps(a0_1, w2_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w2_1, acc0_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc1_0 = _mm256_fmadd_ps(a0_1, w0_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w0_1, acc1_1);
        const __m256 p0_2 = _mm256_loadu_ps(x2 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x2 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x2 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x2 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc0_0 = _mm256_fmadd_ps(a0_2, w2_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w2_2, acc0_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc1_0 = _mm256_fmadd_ps(a0_2, w0_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w0_2, acc1_1);
    }
    RELOAD;
    const float *x3 = x + (ih + 3) * 112;
    /* input row 3 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x3);
        const __m256 p0_8 = _mm256_loadu_ps(x3 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x3 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x3 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc1_0 = _mm256_fmadd_ps(a0_0, w1_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w1_0, acc1_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc1_0 = _mm256_fmadd_ps(a0_1, w1_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w1_1, acc1_1);
        const __m256 p0_2 = _mm256_loadu_ps(x3 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x3 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x3 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x3 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc1_0 = _mm256_fmadd_ps(a0_2, w1_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w1_2, acc1_1);
    }
    RELOAD;
    const float *x4 = x + (ih + 4) * 112;
    /* input row 4 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x4);
        const __m256 p0_8 = _mm256_loadu_ps(x4 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x4 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x4 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc1_0 = _mm256_fmadd_ps(a0_0, w2_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w2_0, acc1_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc2_0 = _mm256_fmadd_ps(a0_0, w0_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w0_0, acc2_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc1_0 = _mm256_fmadd_ps(a0_1, w2_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w2_1, acc1_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc2_0 = _mm256_fmadd_ps(a0_1, w0_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w0_1, acc2_1);
        const __m256 p0_2 = _mm256_loadu_ps(x4 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x4 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x4 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x4 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc1_0 = _mm256_fmadd_ps(a0_2, w2_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w2_2, acc1_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc2_0 = _mm256_fmadd_ps(a0_2, w0_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w0_2, acc2_1);
    }
    RELOAD;
    const float *x5 = x + (ih + 5) * 112;
    /* input row 5 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x5);
        const __m256 p0_8 = _mm256_loadu_ps(x5 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x5 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x5 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc2_0 = _mm256_fmadd_ps(a0_0, w1_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w1_0, acc2_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc2_0 = _mm256_fmadd_ps(a0_1, w1_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w1_1, acc2_1);
        const __m256 p0_2 = _mm256_loadu_ps(x5 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x5 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x5 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x5 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc2_0 = _mm256_fmadd_ps(a0_2, w1_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w1_2, acc2_1);
    }
    RELOAD;
    const float *x6 = x + (ih + 6) * 112;
    /* input row 6 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x6);
        const __m256 p0_8 = _mm256_loadu_ps(x6 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x6 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x6 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc2_0 = _mm256_fmadd_ps(a0_0, w2_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w2_0, acc2_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc3_0 = _mm256_fmadd_ps(a0_0, w0_0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_0, w0_0, acc3_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc2_0 = _mm256_fmadd_ps(a0_1, w2_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w2_1, acc2_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc3_0 = _mm256_fmadd_ps(a0_1, w0_1, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_1, w0_1, acc3_1);
        const __m256 p0_2 = _mm256_loadu_ps(x6 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x6 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x6 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x6 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc2_0 = _mm256_fmadd_ps(a0_2, w2_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w2_2, acc2_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc3_0 = _mm256_fmadd_ps(a0_2, w0_2, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_2, w0_2, acc3_1);
    }
    RELOAD;
    const float *x7 = x + (ih + 7) * 112;
    /* input row 7 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x7);
        const __m256 p0_8 = _mm256_loadu_ps(x7 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x7 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x7 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc3_0 = _mm256_fmadd_ps(a0_0, w1_0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_0, w1_0, acc3_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc3_0 = _mm256_fmadd_ps(a0_1, w1_1, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_1, w1_1, acc3_1);
        const __m256 p0_2 = _mm256_loadu_ps(x7 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x7 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x7 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x7 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc3_0 = _mm256_fmadd_ps(a0_2, w1_2, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_2, w1_2, acc3_1);
    }
    RELOAD;
    const float *x8 = x + (ih + 8) * 112;
    /* input row 8 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x8);
        const __m256 p0_8 = _mm256_loadu_ps(x8 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x8 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x8 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc3_0 = _mm256_fmadd_ps(a0_0, w2_0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_0, w2_0, acc3_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc4_0 = _mm256_fmadd_ps(a0_0, w0_0, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a1_0, w0_0, acc4_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc3_0 = _mm256_fmadd_ps(a0_1, w2_1, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_1, w2_1, acc3_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc4_0 = _mm256_fmadd_ps(a0_1, w0_1, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a1_1, w0_1, acc4_1);
        const __m256 p0_2 = _mm256_loadu_ps(x8 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x8 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x8 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x8 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc3_0 = _mm256_fmadd_ps(a0_2, w2_2, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_2, w2_2, acc3_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc4_0 = _mm256_fmadd_ps(a0_2, w0_2, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a1_2, w0_2, acc4_1);
    }
    RELOAD;
    const float *x9 = x + (ih + 9) * 112;
    /* input row 9 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x9);
        const __m256 p0_8 = _mm256_loadu_ps(x9 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x9 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x9 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc4_0 = _mm256_fmadd_ps(a0_0, w1_0, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a1_0, w1_0, acc4_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc4_0 = _mm256_fmadd_ps(a0_1, w1_1, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a1_1, w1_1, acc4_1);
        const __m256 p0_2 = _mm256_loadu_ps(x9 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x9 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x9 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x9 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc4_0 = _mm256_fmadd_ps(a0_2, w1_2, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a1_2, w1_2, acc4_1);
    }
    RELOAD;
    const float *x10 = x + (ih + 10) * 112;
    /* input row 10 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x10);
        const __m256 p0_8 = _mm256_loadu_ps(x10 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x10 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x10 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc4_0 = _mm256_fmadd_ps(a0_0, w2_0, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a1_0, w2_0, acc4_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc4_0 = _mm256_fmadd_ps(a0_1, w2_1, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a1_1, w2_1, acc4_1);
        const __m256 p0_2 = _mm256_loadu_ps(x10 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x10 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x10 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x10 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc4_0 = _mm256_fmadd_ps(a0_2, w2_2, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a1_2, w2_2, acc4_1);
    }
    RELOAD;
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 56, acc1_0);
    _mm256_storeu_ps(output + 64, acc1_1);
    _mm256_storeu_ps(output + 112, acc2_0);
    _mm256_storeu_ps(output + 120, acc2_1);
    _mm256_storeu_ps(output + 168, acc3_0);
    _mm256_storeu_ps(output + 176, acc3_1);
    _mm256_storeu_ps(output + 224, acc4_0);
    _mm256_storeu_ps(output + 232, acc4_1);
}

/* 5 rows x 8 pixels, from pixel 48 */
static void tile_5x8_pixel48(const float *x, ptrdiff_t ih, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias);
    __m256 acc2_0 = _mm256_broadcast_ss(bias);
    __m256 acc3_0 = _mm256_broadcast_ss(bias);
    __m256 acc4_0 = _mm256_broadcast_ss(bias);
    const float *x0 = x + ih * 112;
    /* input row 0 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x0 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x0 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc0_0 = _mm256_fmadd_ps(a0_0, w0_0, acc0_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc0_0 = _mm256_fmadd_ps(a0_1, w0_1, acc0_0);
        const __m256 p0_2 = _mm256_loadu_ps(x0 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x0 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc0_0 = _mm256_fmadd_ps(a0_2, w0_2, acc0_0);
    }
    RELOAD;
    const float *x1 = x + (ih + 1) * 112;
    /* input row 1 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x1 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x1 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc0_0 = _mm256_fmadd_ps(a0_0, w1_0, acc0_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc0_0 = _mm256_fmadd_ps(a0_1, w1_1, acc0_0);
        const __m256 p0_2 = _mm256_loadu_ps(x1 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x1 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc0_0 = _mm256_fmadd_ps(a0_2, w1_2, acc0_0);
    }
    RELOAD;
    const float *x2 = x + (ih + 2) * 112;
    /* input row 2 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x2 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x2 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc0_0 = _mm256_fmadd_ps(a0_0, w2_0, acc0_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc1_0 = _mm256_fmadd_ps(a0_0, w0_0, acc1_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc0_0 = _mm256_fmadd_ps(a0_1, w2_1, acc0_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc1_0 = _mm256_fmadd_ps(a0_1, w0_1, acc1_0);
        const __m256 p0_2 = _mm256_loadu_ps(x2 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x2 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc0_0 = _mm256_fmadd_ps(a0_2, w2_2, acc0_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc1_0 = _mm256_fmadd_ps(a0_2, w0_2, acc1_0);
    }
    RELOAD;
    const float *x3 = x + (ih + 3) * 112;
    /* input row 3 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x3 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x3 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc1_0 = _mm256_fmadd_ps(a0_0, w1_0, acc1_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc1_0 = _mm256_fmadd_ps(a0_1, w1_1, acc1_0);
        const __m256 p0_2 = _mm256_loadu_ps(x3 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x3 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc1_0 = _mm256_fmadd_ps(a0_2, w1_2, acc1_0);
    }
    RELOAD;
    const float *x4 = x + (ih + 4) * 112;
    /* input row 4 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x4 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x4 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc1_0 = _mm256_fmadd_ps(a0_0, w2_0, acc1_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc2_0 = _mm256_fmadd_ps(a0_0, w0_0, acc2_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc1_0 = _mm256_fmadd_ps(a0_1, w2_1, acc1_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc2_0 = _mm256_fmadd_ps(a0_1, w0_1, acc2_0);
        const __m256 p0_2 = _mm256_loadu_ps(x4 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x4 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc1_0 = _mm256_fmadd_ps(a0_2, w2_2, acc1_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc2_0 = _mm256_fmadd_ps(a0_2, w0_2, acc2_0);
    }
    RELOAD;
    const float *x5 = x + (ih + 5) * 112;
    /* input row 5 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x5 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x5 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc2_0 = _mm256_fmadd_ps(a0_0, w1_0, acc2_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc2_0 = _mm256_fmadd_ps(a0_1, w1_1, acc2_0);
        const __m256 p0_2 = _mm256_loadu_ps(x5 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x5 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc2_0 = _mm256_fmadd_ps(a0_2, w1_2, acc2_0);
    }
    RELOAD;
    const float *x6 = x + (ih + 6) * 112;
    /* input row 6 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x6 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x6 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc2_0 = _mm256_fmadd_ps(a0_0, w2_0, acc2_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc3_0 = _mm256_fmadd_ps(a0_0, w0_0, acc3_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc2_0 = _mm256_fmadd_ps(a0_1, w2_1, acc2_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc3_0 = _mm256_fmadd_ps(a0_1, w0_1, acc3_0);
        const __m256 p0_2 = _mm256_loadu_ps(x6 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x6 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc2_0 = _mm256_fmadd_ps(a0_2, w2_2, acc2_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc3_0 = _mm256_fmadd_ps(a0_2, w0_2, acc3_0);
    }
    RELOAD;
    const float *x7 = x + (ih + 7) * 112;
    /* input row 7 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x7 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x7 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc3_0 = _mm256_fmadd_ps(a0_0, w1_0, acc3_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc3_0 = _mm256_fmadd_ps(a0_1, w1_1, acc3_0);
        const __m256 p0_2 = _mm256_loadu_ps(x7 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x7 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc3_0 = _mm256_fmadd_ps(a0_2, w1_2, acc3_0);
    }
    RELOAD;
    const float *x8 = x + (ih + 8) * 112;
    /* input row 8 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x8 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x8 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc3_0 = _mm256_fmadd_ps(a0_0, w2_0, acc3_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc4_0 = _mm256_fmadd_ps(a0_0, w0_0, acc4_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc3_0 = _mm256_fmadd_ps(a0_1, w2_1, acc3_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc4_0 = _mm256_fmadd_ps(a0_1, w0_1, acc4_0);
        const __m256 p0_2 = _mm256_loadu_ps(x8 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x8 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc3_0 = _mm256_fmadd_ps(a0_2, w2_2, acc3_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc4_0 = _mm256_fmadd_ps(a0_2, w0_2, acc4_0);
    }
    RELOAD;
    const float *x9 = x + (ih + 9) * 112;
    /* input row 9 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x9 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x9 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc4_0 = _mm256_fmadd_ps(a0_0, w1_0, acc4_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc4_0 = _mm256_fmadd_ps(a0_1, w1_1, acc4_0);
        const __m256 p0_2 = _mm256_loadu_ps(x9 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x9 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc4_0 = _mm256_fmadd_ps(a0_2, w1_2, acc4_0);
    }
    RELOAD;
    const float *x10 = x + (ih + 10) * 112;
    /* input row 10 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x10 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x10 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc4_0 = _mm256_fmadd_ps(a0_0, w2_0, acc4_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc4_0 = _mm256_fmadd_ps(a0_1, w2_1, acc4_0);
        const __m256 p0_2 = _mm256_loadu_ps(x10 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x10 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc4_0 = _mm256_fmadd_ps(a0_2, w2_2, acc4_0);
    }
    RELOAD;
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 56, acc1_0);
    _mm256_storeu_ps(output + 112, acc2_0);
    _mm256_storeu_ps(output + 168, acc3_0);
    _mm256_storeu_ps(output + 224, acc4_0);
}

/* 4 rows x 16 pixels */
static void tile_4x16(const float *x, ptrdiff_t ih, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc0_1 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias);
    __m256 acc1_1 = _mm256_broadcast_ss(bias);
    __m256 acc2_0 = _mm256_broadcast_ss(bias);
    __m256 acc2_1 = _mm256_broadcast_ss(bias);
    __m256 acc3_0 = _mm256_broadcast_ss(bias);
    __m256 acc3_1 = _mm256_broadcast_ss(bias);
    const float *x0 = x + ih * 112;
    /* input row 0 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x0);
        const __m256 p0_8 = _mm256_loadu_ps(x0 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x0 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x0 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc0_0 = _mm256_fmadd_ps(a0_0, w0_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w0_0, acc0_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc0_0 = _mm256_fmadd_ps(a0_1, w0_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w0_1, acc0_1);
        const __m256 p0_2 = _mm256_loadu_ps(x0 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x0 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x0 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x0 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc0_0 = _mm256_fmadd_ps(a0_2, w0_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w0_2, acc0_1);
    }
    RELOAD;
    const float *x1 = x + (ih + 1) * 112;
    /* input row 1 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x1);
        const __m256 p0_8 = _mm256_loadu_ps(x1 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x1 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x1 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc0_0 = _mm256_fmadd_ps(a0_0, w1_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w1_0, acc0_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc0_0 = _mm256_fmadd_ps(a0_1, w1_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w1_1, acc0_1);
        const __m256 p0_2 = _mm256_loadu_ps(x1 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x1 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x1 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x1 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc0_0 = _mm256_fmadd_ps(a0_2, w1_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w1_2, acc0_1);
    }
    RELOAD;
    const float *x2 = x + (ih + 2) * 112;
    /* input row 2 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x2);
        const __m256 p0_8 = _mm256_loadu_ps(x2 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x2 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x2 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc0_0 = _mm256_fmadd_ps(a0_0, w2_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w2_0, acc0_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc1_0 = _mm256_fmadd_ps(a0_0, w0_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w0_0, acc1_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc0_0 = _mm256_fmadd_ps(a0_1, w2_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w2_1, acc0_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc1_0 = _mm256_fmadd_ps(a0_1, w0_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w0_1, acc1_1);
        const __m256 p0_2 = _mm256_loadu_ps(x2 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x2 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x2 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x2 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc0_0 = _mm256_fmadd_ps(a0_2, w2_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w2_2, acc0_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc1_0 = _mm256_fmadd_ps(a0_2, w0_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w0_2, acc1_1);
    }
    RELOAD;
    const float *x3 = x + (ih + 3) * 112;
    /* input row 3 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x3);
        const __m256 p0_8 = _mm256_loadu_ps(x3 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x3 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x3 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc1_0 = _mm256_fmadd_ps(a0_0, w1_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w1_0, acc1_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc1_0 = _mm256_fmadd_ps(a0_1, w1_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w1_1, acc1_1);
        const __m256 p0_2 = _mm256_loadu_ps(x3 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x3 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x3 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x3 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc1_0 = _mm256_fmadd_ps(a0_2, w1_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w1_2, acc1_1);
    }
    RELOAD;
    const float *x4 = x + (ih + 4) * 112;
    /* input row 4 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x4);
        const __m256 p0_8 = _mm256_loadu_ps(x4 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x4 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x4 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc1_0 = _mm256_fmadd_ps(a0_0, w2_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w2_0, acc1_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc2_0 = _mm256_fmadd_ps(a0_0, w0_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w0_0, acc2_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc1_0 = _mm256_fmadd_ps(a0_1, w2_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w2_1, acc1_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc2_0 = _mm256_fmadd_ps(a0_1, w0_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w0_1, acc2_1);
        const __m256 p0_2 = _mm256_loadu_ps(x4 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x4 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x4 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x4 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc1_0 = _mm256_fmadd_ps(a0_2, w2_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w2_2, acc1_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc2_0 = _mm256_fmadd_ps(a0_2, w0_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w0_2, acc2_1);
    }
    RELOAD;
    const float *x5 = x + (ih + 5) * 112;
    /* input row 5 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x5);
        const __m256 p0_8 = _mm256_loadu_ps(x5 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x5 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x5 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc2_0 = _mm256_fmadd_ps(a0_0, w1_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w1_0, acc2_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc2_0 = _mm256_fmadd_ps(a0_1, w1_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w1_1, acc2_1);
        const __m256 p0_2 = _mm256_loadu_ps(x5 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x5 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x5 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x5 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc2_0 = _mm256_fmadd_ps(a0_2, w1_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w1_2, acc2_1);
    }
    RELOAD;
    const float *x6 = x + (ih + 6) * 112;
    /* input row 6 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x6);
        const __m256 p0_8 = _mm256_loadu_ps(x6 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x6 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x6 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc2_0 = _mm256_fmadd_ps(a0_0, w2_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w2_0, acc2_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc3_0 = _mm256_fmadd_ps(a0_0, w0_0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_0, w0_0, acc3_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc2_0 = _mm256_fmadd_ps(a0_1, w2_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w2_1, acc2_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc3_0 = _mm256_fmadd_ps(a0_1, w0_1, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_1, w0_1, acc3_1);
        const __m256 p0_2 = _mm256_loadu_ps(x6 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x6 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x6 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x6 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc2_0 = _mm256_fmadd_ps(a0_2, w2_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w2_2, acc2_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc3_0 = _mm256_fmadd_ps(a0_2, w0_2, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_2, w0_2, acc3_1);
    }
    RELOAD;
    const float *x7 = x + (ih + 7) * 112;
    /* input row 7 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x7);
        const __m256 p0_8 = _mm256_loadu_ps(x7 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x7 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x7 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc3_0 = _mm256_fmadd_ps(a0_0, w1_0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_0, w1_0, acc3_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc3_0 = _mm256_fmadd_ps(a0_1, w1_1, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_1, w1_1, acc3_1);
        const __m256 p0_2 = _mm256_loadu_ps(x7 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x7 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x7 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x7 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc3_0 = _mm256_fmadd_ps(a0_2, w1_2, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_2, w1_2, acc3_1);
    }
    RELOAD;
    const float *x8 = x + (ih + 8) * 112;
    /* input row 8 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x8);
        const __m256 p0_8 = _mm256_loadu_ps(x8 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x8 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x8 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc3_0 = _mm256_fmadd_ps(a0_0, w2_0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_0, w2_0, acc3_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc3_0 = _mm256_fmadd_ps(a0_1, w2_1, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_1, w2_1, acc3_1);
        const __m256 p0_2 = _mm256_loadu_ps(x8 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x8 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x8 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x8 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc3_0 = _mm256_fmadd_ps(a0_2, w2_2, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_2, w2_2, acc3_1);
    }
    RELOAD;
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 56, acc1_0);
    _mm256_storeu_ps(output + 64, acc1_1);
    _mm256_storeu_ps(output + 112, acc2_0);
    _mm256_storeu_ps(output + 120, acc2_1);
    _mm256_storeu_ps(output + 168, acc3_0);
    _mm256_storeu_ps(output + 176, acc3_1);
}

/* 4 rows x 8 pixels, from pixel 48 */
static void tile_4x8_pixel48(const float *x, ptrdiff_t ih, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias);
    __m256 acc2_0 = _mm256_broadcast_ss(bias);
    __m256 acc3_0 = _mm256_broadcast_ss(bias);
    const float *x0 = x + ih * 112;
    /* input row 0 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x0 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x0 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc0_0 = _mm256_fmadd_ps(a0_0, w0_0, acc0_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc0_0 = _mm256_fmadd_ps(a0_1, w0_1, acc0_0);
        const __m256 p0_2 = _mm256_loadu_ps(x0 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x0 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc0_0 = _mm256_fmadd_ps(a0_2, w0_2, acc0_0);
    }
    RELOAD;
    const float *x1 = x + (ih + 1) * 112;
    /* input row 1 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x1 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x1 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc0_0 = _mm256_fmadd_ps(a0_0, w1_0, acc0_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc0_0 = _mm256_fmadd_ps(a0_1, w1_1, acc0_0);
        const __m256 p0_2 = _mm256_loadu_ps(x1 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x1 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc0_0 = _mm256_fmadd_ps(a0_2, w1_2, acc0_0);
    }
    RELOAD;
    const float *x2 = x + (ih + 2) * 112;
    /* input row 2 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x2 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x2 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc0_0 = _mm256_fmadd_ps(a0_0, w2_0, acc0_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc1_0 = _mm256_fmadd_ps(a0_0, w0_0, acc1_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc0_0 = _mm256_fmadd_ps(a0_1, w2_1, acc0_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc1_0 = _mm256_fmadd_ps(a0_1, w0_1, acc1_0);
        const __m256 p0_2 = _mm256_loadu_ps(x2 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x2 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc0_0 = _mm256_fmadd_ps(a0_2, w2_2, acc0_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc1_0 = _mm256_fmadd_ps(a0_2, w0_2, acc1_0);
    }
    RELOAD;
    const float *x3 = x + (ih + 3) * 112;
    /* input row 3 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x3 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x3 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc1_0 = _mm256_fmadd_ps(a0_0, w1_0, acc1_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc1_0 = _mm256_fmadd_ps(a0_1, w1_1, acc1_0);
        const __m256 p0_2 = _mm256_loadu_ps(x3 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x3 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc1_0 = _mm256_fmadd_ps(a0_2, w1_2, acc1_0);
    }
    RELOAD;
    const float *x4 = x + (ih + 4) * 112;
    /* input row 4 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x4 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x4 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc1_0 = _mm256_fmadd_ps(a0_0, w2_0, acc1_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc2_0 = _mm256_fmadd_ps(a0_0, w0_0, acc2_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc1_0 = _mm256_fmadd_ps(a0_1, w2_1, acc1_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc2_0 = _mm256_fmadd_ps(a0_1, w0_1, acc2_0);
        const __m256 p0_2 = _mm256_loadu_ps(x4 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x4 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc1_0 = _mm256_fmadd_ps(a0_2, w2_2, acc1_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc2_0 = _mm256_fmadd_ps(a0_2, w0_2, acc2_0);
    }
    RELOAD;
    const float *x5 = x + (ih + 5) * 112;
    /* input row 5 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x5 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x5 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc2_0 = _mm256_fmadd_ps(a0_0, w1_0, acc2_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc2_0 = _mm256_fmadd_ps(a0_1, w1_1, acc2_0);
        const __m256 p0_2 = _mm256_loadu_ps(x5 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x5 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc2_0 = _mm256_fmadd_ps(a0_2, w1_2, acc2_0);
    }
    RELOAD;
    const float *x6 = x + (ih + 6) * 112;
    /* input row 6 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x6 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x6 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc2_0 = _mm256_fmadd_ps(a0_0, w2_0, acc2_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc3_0 = _mm256_fmadd_ps(a0_0, w0_0, acc3_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc2_0 = _mm256_fmadd_ps(a0_1, w2_1, acc2_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc3_0 = _mm256_fmadd_ps(a0_1, w0_1, acc3_0);
        const __m256 p0_2 = _mm256_loadu_ps(x6 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x6 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc2_0 = _mm256_fmadd_ps(a0_2, w2_2, acc2_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc3_0 = _mm256_fmadd_ps(a0_2, w0_2, acc3_0);
    }
    RELOAD;
    const float *x7 = x + (ih + 7) * 112;
    /* input row 7 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x7 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x7 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc3_0 = _mm256_fmadd_ps(a0_0, w1_0, acc3_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc3_0 = _mm256_fmadd_ps(a0_1, w1_1, acc3_0);
        const __m256 p0_2 = _mm256_loadu_ps(x7 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x7 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc3_0 = _mm256_fmadd_ps(a0_2, w1_2, acc3_0);
    }
    RELOAD;
    const float *x8 = x + (ih + 8) * 112;
    /* input row 8 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x8 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x8 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc3_0 = _mm256_fmadd_ps(a0_0, w2_0, acc3_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc3_0 = _mm256_fmadd_ps(a0_1, w2_1, acc3_0);
        const __m256 p0_2 = _mm256_loadu_ps(x8 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x8 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc3_0 = _mm256_fmadd_ps(a0_2, w2_2, acc3_0);
    }
    RELOAD;
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 56, acc1_0);
    _mm256_storeu_ps(output + 112, acc2_0);
    _mm256_storeu_ps(output + 168, acc3_0);
}

/* 4 rows x 16 pixels, from row 52 */
static void tile_4x16_row52(const float *x, ptrdiff_t ih, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc0_1 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias);
    __m256 acc1_1 = _mm256_broadcast_ss(bias);
    __m256 acc2_0 = _mm256_broadcast_ss(bias);
    __m256 acc2_1 = _mm256_broadcast_ss(bias);
    __m256 acc3_0 = _mm256_broadcast_ss(bias);
    __m256 acc3_1 = _mm256_broadcast_ss(bias);
    const float *x0 = x + ih * 112;
    /* input row 0 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x0);
        const __m256 p0_8 = _mm256_loadu_ps(x0 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x0 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x0 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc0_0 = _mm256_fmadd_ps(a0_0, w0_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w0_0, acc0_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc0_0 = _mm256_fmadd_ps(a0_1, w0_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w0_1, acc0_1);
        const __m256 p0_2 = _mm256_loadu_ps(x0 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x0 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x0 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x0 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc0_0 = _mm256_fmadd_ps(a0_2, w0_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w0_2, acc0_1);
    }
    RELOAD;
    const float *x1 = x + (ih + 1) * 112;
    /* input row 1 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x1);
        const __m256 p0_8 = _mm256_loadu_ps(x1 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x1 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x1 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc0_0 = _mm256_fmadd_ps(a0_0, w1_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w1_0, acc0_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc0_0 = _mm256_fmadd_ps(a0_1, w1_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w1_1, acc0_1);
        const __m256 p0_2 = _mm256_loadu_ps(x1 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x1 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x1 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x1 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc0_0 = _mm256_fmadd_ps(a0_2, w1_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w1_2, acc0_1);
    }
    RELOAD;
    const float *x2 = x + (ih + 2) * 112;
    /* input row 2 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x2);
        const __m256 p0_8 = _mm256_loadu_ps(x2 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x2 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x2 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc0_0 = _mm256_fmadd_ps(a0_0, w2_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w2_0, acc0_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc1_0 = _mm256_fmadd_ps(a0_0, w0_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w0_0, acc1_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc0_0 = _mm256_fmadd_ps(a0_1, w2_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w2_1, acc0_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc1_0 = _mm256_fmadd_ps(a0_1, w0_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w0_1, acc1_1);
        const __m256 p0_2 = _mm256_loadu_ps(x2 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x2 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x2 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x2 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc0_0 = _mm256_fmadd_ps(a0_2, w2_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w2_2, acc0_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc1_0 = _mm256_fmadd_ps(a0_2, w0_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w0_2, acc1_1);
    }
    RELOAD;
    const float *x3 = x + (ih + 3) * 112;
    /* input row 3 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x3);
        const __m256 p0_8 = _mm256_loadu_ps(x3 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x3 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x3 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc1_0 = _mm256_fmadd_ps(a0_0, w1_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w1_0, acc1_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc1_0 = _mm256_fmadd_ps(a0_1, w1_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w1_1, acc1_1);
        const __m256 p0_2 = _mm256_loadu_ps(x3 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x3 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x3 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x3 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc1_0 = _mm256_fmadd_ps(a0_2, w1_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w1_2, acc1_1);
    }
    RELOAD;
    const float *x4 = x + (ih + 4) * 112;
    /* input row 4 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x4);
        const __m256 p0_8 = _mm256_loadu_ps(x4 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x4 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x4 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc1_0 = _mm256_fmadd_ps(a0_0, w2_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w2_0, acc1_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc2_0 = _mm256_fmadd_ps(a0_0, w0_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w0_0, acc2_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc1_0 = _mm256_fmadd_ps(a0_1, w2_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w2_1, acc1_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc2_0 = _mm256_fmadd_ps(a0_1, w0_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w0_1, acc2_1);
        const __m256 p0_2 = _mm256_loadu_ps(x4 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x4 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x4 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x4 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc1_0 = _mm256_fmadd_ps(a0_2, w2_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w2_2, acc1_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc2_0 = _mm256_fmadd_ps(a0_2, w0_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w0_2, acc2_1);
    }
    RELOAD;
    const float *x5 = x + (ih + 5) * 112;
    /* input row 5 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x5);
        const __m256 p0_8 = _mm256_loadu_ps(x5 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x5 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x5 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc2_0 = _mm256_fmadd_ps(a0_0, w1_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w1_0, acc2_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc2_0 = _mm256_fmadd_ps(a0_1, w1_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w1_1, acc2_1);
        const __m256 p0_2 = _mm256_loadu_ps(x5 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x5 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x5 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x5 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc2_0 = _mm256_fmadd_ps(a0_2, w1_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w1_2, acc2_1);
    }
    RELOAD;
    const float *x6 = x + (ih + 6) * 112;
    /* input row 6 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x6);
        const __m256 p0_8 = _mm256_loadu_ps(x6 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x6 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x6 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc2_0 = _mm256_fmadd_ps(a0_0, w2_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w2_0, acc2_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc3_0 = _mm256_fmadd_ps(a0_0, w0_0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_0, w0_0, acc3_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc2_0 = _mm256_fmadd_ps(a0_1, w2_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w2_1, acc2_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc3_0 = _mm256_fmadd_ps(a0_1, w0_1, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_1, w0_1, acc3_1);
        const __m256 p0_2 = _mm256_loadu_ps(x6 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x6 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x6 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x6 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc2_0 = _mm256_fmadd_ps(a0_2, w2_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w2_2, acc2_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc3_0 = _mm256_fmadd_ps(a0_2, w0_2, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_2, w0_2, acc3_1);
    }
    RELOAD;
    const float *x7 = x + (ih + 7) * 112;
    /* input row 7 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x7);
        const __m256 p0_8 = _mm256_loadu_ps(x7 + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x7 + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x7 + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc3_0 = _mm256_fmadd_ps(a0_0, w1_0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_0, w1_0, acc3_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc3_0 = _mm256_fmadd_ps(a0_1, w1_1, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_1, w1_1, acc3_1);
        const __m256 p0_2 = _mm256_loadu_ps(x7 + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x7 + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x7 + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x7 + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc3_0 = _mm256_fmadd_ps(a0_2, w1_2, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_2, w1_2, acc3_1);
    }
    RELOAD;
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 56, acc1_0);
    _mm256_storeu_ps(output + 64, acc1_1);
    _mm256_storeu_ps(output + 112, acc2_0);
    _mm256_storeu_ps(output + 120, acc2_1);
    _mm256_storeu_ps(output + 168, acc3_0);
    _mm256_storeu_ps(output + 176, acc3_1);
}

/* 4 rows x 8 pixels, from row 52, from pixel 48 */
static void tile_4x8_row52_pixel48(const float *x, ptrdiff_t ih, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias);
    __m256 acc2_0 = _mm256_broadcast_ss(bias);
    __m256 acc3_0 = _mm256_broadcast_ss(bias);
    const float *x0 = x + ih * 112;
    /* input row 0 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x0 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x0 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc0_0 = _mm256_fmadd_ps(a0_0, w0_0, acc0_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc0_0 = _mm256_fmadd_ps(a0_1, w0_1, acc0_0);
        const __m256 p0_2 = _mm256_loadu_ps(x0 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x0 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc0_0 = _mm256_fmadd_ps(a0_2, w0_2, acc0_0);
    }
    RELOAD;
    const float *x1 = x + (ih + 1) * 112;
    /* input row 1 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x1 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x1 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc0_0 = _mm256_fmadd_ps(a0_0, w1_0, acc0_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc0_0 = _mm256_fmadd_ps(a0_1, w1_1, acc0_0);
        const __m256 p0_2 = _mm256_loadu_ps(x1 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x1 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc0_0 = _mm256_fmadd_ps(a0_2, w1_2, acc0_0);
    }
    RELOAD;
    const float *x2 = x + (ih + 2) * 112;
    /* input row 2 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x2 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x2 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc0_0 = _mm256_fmadd_ps(a0_0, w2_0, acc0_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc1_0 = _mm256_fmadd_ps(a0_0, w0_0, acc1_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc0_0 = _mm256_fmadd_ps(a0_1, w2_1, acc0_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc1_0 = _mm256_fmadd_ps(a0_1, w0_1, acc1_0);
        const __m256 p0_2 = _mm256_loadu_ps(x2 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x2 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc0_0 = _mm256_fmadd_ps(a0_2, w2_2, acc0_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc1_0 = _mm256_fmadd_ps(a0_2, w0_2, acc1_0);
    }
    RELOAD;
    const float *x3 = x + (ih + 3) * 112;
    /* input row 3 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x3 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x3 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc1_0 = _mm256_fmadd_ps(a0_0, w1_0, acc1_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc1_0 = _mm256_fmadd_ps(a0_1, w1_1, acc1_0);
        const __m256 p0_2 = _mm256_loadu_ps(x3 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x3 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc1_0 = _mm256_fmadd_ps(a0_2, w1_2, acc1_0);
    }
    RELOAD;
    const float *x4 = x + (ih + 4) * 112;
    /* input row 4 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x4 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x4 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc1_0 = _mm256_fmadd_ps(a0_0, w2_0, acc1_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc2_0 = _mm256_fmadd_ps(a0_0, w0_0, acc2_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc1_0 = _mm256_fmadd_ps(a0_1, w2_1, acc1_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc2_0 = _mm256_fmadd_ps(a0_1, w0_1, acc2_0);
        const __m256 p0_2 = _mm256_loadu_ps(x4 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x4 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc1_0 = _mm256_fmadd_ps(a0_2, w2_2, acc1_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc2_0 = _mm256_fmadd_ps(a0_2, w0_2, acc2_0);
    }
    RELOAD;
    const float *x5 = x + (ih + 5) * 112;
    /* input row 5 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x5 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x5 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc2_0 = _mm256_fmadd_ps(a0_0, w1_0, acc2_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc2_0 = _mm256_fmadd_ps(a0_1, w1_1, acc2_0);
        const __m256 p0_2 = _mm256_loadu_ps(x5 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x5 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc2_0 = _mm256_fmadd_ps(a0_2, w1_2, acc2_0);
    }
    RELOAD;
    const float *x6 = x + (ih + 6) * 112;
    /* input row 6 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x6 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x6 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc2_0 = _mm256_fmadd_ps(a0_0, w2_0, acc2_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc3_0 = _mm256_fmadd_ps(a0_0, w0_0, acc3_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc2_0 = _mm256_fmadd_ps(a0_1, w2_1, acc2_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc3_0 = _mm256_fmadd_ps(a0_1, w0_1, acc3_0);
        const __m256 p0_2 = _mm256_loadu_ps(x6 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x6 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc2_0 = _mm256_fmadd_ps(a0_2, w2_2, acc2_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc3_0 = _mm256_fmadd_ps(a0_2, w0_2, acc3_0);
    }
    RELOAD;
    const float *x7 = x + (ih + 7) * 112;
    /* input row 7 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x7 + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x7 + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc3_0 = _mm256_fmadd_ps(a0_0, w1_0, acc3_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc3_0 = _mm256_fmadd_ps(a0_1, w1_1, acc3_0);
        const __m256 p0_2 = _mm256_loadu_ps(x7 + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x7 + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc3_0 = _mm256_fmadd_ps(a0_2, w1_2, acc3_0);
    }
    RELOAD;
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 56, acc1_0);
    _mm256_storeu_ps(output + 112, acc2_0);
    _mm256_storeu_ps(output + 168, acc3_0);
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

void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w5x16_pack(const float *weights, const float *bias, void *packed)
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
    (void)worker;
    (void)workspace;
    const ptrdiff_t g = (ptrdiff_t)task; /* groups */
    /* output rows, 5 at a time */
    for (ptrdiff_t oh0 = 0; oh0 < 40; oh0 += 5) {
        /* pixels, 16 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 48; ow0 += 16) {
            tile_5x16(input + g * 12544 + ow0 * 2, oh0 * 2, weights + g * 9, bias + g, output + g * 3136 + oh0 * 56 + ow0);
        }
        tile_5x8_pixel48(input + g * 12544, oh0 * 2, weights + g * 9, bias + g, output + g * 3136 + oh0 * 56 + 48);
    }
    /* output rows, 4 at a time */
    for (ptrdiff_t oh0 = 40; oh0 < 52; oh0 += 4) {
        /* pixels, 16 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 48; ow0 += 16) {
            tile_4x16(input + g * 12544 + ow0 * 2, oh0 * 2, weights + g * 9, bias + g, output + g * 3136 + oh0 * 56 + ow0);
        }
        tile_4x8_pixel48(input + g * 12544, oh0 * 2, weights + g * 9, bias + g, output + g * 3136 + oh0 * 56 + 48);
    }
    /* pixels, 16 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < 48; ow0 += 16) {
        tile_4x16_row52(input + g * 12544 + ow0 * 2, 104, weights + g * 9, bias + g, output + g * 3136 + ow0 + 2912);
    }
    tile_4x8_row52_pixel48(input + g * 12544, 104, weights + g * 9, bias + g, output + g * 3136 + 2960);
}

size_t conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w5x16_tasks(int phase)
{
    static const size_t tasks[conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w5x16_PHASES] = {64};
    return phase >= 0 && phase < conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w5x16_PHASES ? tasks[phase] : 0;
}

void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w5x16_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        compute_task(task, worker, input, packed, output, workspace);
        break;
    default:
        break;
    }
}

void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w5x16(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w5x16_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w5x16_tasks(phase);
#ifdef _OPENMP
#pragma omp parallel for schedule(static) num_threads(workers > 1 ? workers : 1)
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
#ifdef _OPENMP
            const int worker = omp_get_thread_num();
#else
            const int worker = 0;
#endif
            conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64__depthwise_avx2_w5x16_task(phase, (size_t)task, worker, input, packed, output, workspace);
        }
    }
}
#if defined(__clang__)
#pragma clang attribute pop
#endif
