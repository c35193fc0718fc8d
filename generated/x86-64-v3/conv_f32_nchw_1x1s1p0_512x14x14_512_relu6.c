/* conv_f32_nchw_1x1s1p0_512x14x14_512_relu6: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 1 x 512 x 14 x 14, output 1 x 512 x 14 x 14, weights oihw 512 x 512 x 1 x 1
 *           kernel 1x1, stride 1x1, bias, relu6
 * Command   convgen generate ic512ih14oc512oh14kh1ph0 --layout nchw --activation 'relu6' --target x86-64-v3 -o .
 * Plan      direct on avx2, lanes over oc, reading a padded copy of the input
 *           for oc by 48: 11 times, a task each
 *             for ow by 4: 49 times
 *               for oc by 24: 2 times
 *                 for ic: 512 times
 *                   tile of 4 pixels x 24 channels: 16 of 16 registers
 * Tasks     1 (the padded copy), then 11 (output channels, 48 at a time)
 * Cost      51380224 multiply-adds; at least 1853440 bytes moved; 1050624 bytes packed, 401408 of workspace
 * Code      about 2216 bytes compiled for size, rarely more than 9658 for speed
 * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 512 u / (1 - 512 u) = 3.05e-05, u = 2^-24
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 3.32e+35, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nchw_1x1s1p0_512x14x14_512_relu6.h"

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

/* Functions of this file alone, by names that no other file has. */
#define alternate_lanes conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_alternate_lanes_
#define activate conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_activate_
#define tile_4x24 conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_tile_4x24_
#define tile_4x16 conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_tile_4x16_
#define transpose_8x8 conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_transpose_8x8_
#define copy_task conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_copy_task_
#define pack_panel conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_pack_panel_
#define compute_task conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_compute_task_

/* The shuffles above work in halves of a vector; this brings their quarters into order. */
static inline __m256 alternate_lanes(__m256 a)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(a), 0xd8));
}

/* relu6; error at most u (0.0 + 0.0 |v|), u = 2^-24. */
static inline __m256 activate(__m256 v)
{
    return _mm256_min_ps(_mm256_set1_ps(6.0f), _mm256_max_ps(_mm256_setzero_ps(), v));
}

/* 4 pixels x 24 channels.
   x: the window of the first pixel; pixels 512 apart.
   w: its panel, 24 numbers a term; next: a share of the panel behind it, not read.
   bias: of the first channel.
   output: the first pixel, first channel; channels 196 apart. */
static void tile_4x24(const float *x, const float *w, const float *next, const float *bias, float *output)
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
            _mm_prefetch((const char *)next, _MM_HINT_T1);
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
        next += 16;
    }
    float spread[4][24];
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(spread[0], acc0_0);
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(spread[0] + 8, acc0_1);
    acc0_2 = activate(acc0_2);
    _mm256_storeu_ps(spread[0] + 16, acc0_2);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(spread[1], acc1_0);
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(spread[1] + 8, acc1_1);
    acc1_2 = activate(acc1_2);
    _mm256_storeu_ps(spread[1] + 16, acc1_2);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(spread[2], acc2_0);
    acc2_1 = activate(acc2_1);
    _mm256_storeu_ps(spread[2] + 8, acc2_1);
    acc2_2 = activate(acc2_2);
    _mm256_storeu_ps(spread[2] + 16, acc2_2);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(spread[3], acc3_0);
    acc3_1 = activate(acc3_1);
    _mm256_storeu_ps(spread[3] + 8, acc3_1);
    acc3_2 = activate(acc3_2);
    _mm256_storeu_ps(spread[3] + 16, acc3_2);
    for (ptrdiff_t j = 0; j < 24; ++j) {
        output[j * 196] = spread[0][j];
        output[j * 196 + 1] = spread[1][j];
        output[j * 196 + 2] = spread[2][j];
        output[j * 196 + 3] = spread[3][j];
    }
}

/* 4 pixels x 16 channels.
   x: the window of the first pixel; pixels 512 apart.
   w: its panel, 16 numbers a term; next: a share of the panel behind it, not read.
   bias: of the first channel.
   output: the first pixel, first channel; channels 196 apart. */
static void tile_4x16(const float *x, const float *w, const float *next, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc2_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc3_1 = _mm256_loadu_ps(bias + 8);
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
            _mm_prefetch((const char *)next, _MM_HINT_T1);
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
        next += 16;
    }
    float spread[4][16];
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(spread[0], acc0_0);
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(spread[0] + 8, acc0_1);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(spread[1], acc1_0);
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(spread[1] + 8, acc1_1);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(spread[2], acc2_0);
    acc2_1 = activate(acc2_1);
    _mm256_storeu_ps(spread[2] + 8, acc2_1);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(spread[3], acc3_0);
    acc3_1 = activate(acc3_1);
    _mm256_storeu_ps(spread[3] + 8, acc3_1);
    for (ptrdiff_t j = 0; j < 16; ++j) {
        output[j * 196] = spread[0][j];
        output[j * 196 + 1] = spread[1][j];
        output[j * 196 + 2] = spread[2][j];
        output[j * 196 + 3] = spread[3][j];
    }
}

/* Number i of row j to number j of row i, 8 rows of 8 numbers.
   from: rows 196 apart. to: 512 apart. */
static inline void transpose_8x8(const float *from, float *to)
{
    const __m256 r0_0 = _mm256_loadu_ps(from);
    const __m256 r0_1 = _mm256_loadu_ps(from + 196);
    const __m256 r0_2 = _mm256_loadu_ps(from + 392);
    const __m256 r0_3 = _mm256_loadu_ps(from + 588);
    const __m256 r0_4 = _mm256_loadu_ps(from + 784);
    const __m256 r0_5 = _mm256_loadu_ps(from + 980);
    const __m256 r0_6 = _mm256_loadu_ps(from + 1176);
    const __m256 r0_7 = _mm256_loadu_ps(from + 1372);
    const __m256 r1_0 = alternate_lanes(_mm256_shuffle_ps(r0_0, r0_1, 0x88));
    const __m256 r1_1 = alternate_lanes(_mm256_shuffle_ps(r0_2, r0_3, 0x88));
    const __m256 r1_2 = alternate_lanes(_mm256_shuffle_ps(r0_4, r0_5, 0x88));
    const __m256 r1_3 = alternate_lanes(_mm256_shuffle_ps(r0_6, r0_7, 0x88));
    const __m256 r1_4 = alternate_lanes(_mm256_shuffle_ps(r0_0, r0_1, 0xdd));
    const __m256 r1_5 = alternate_lanes(_mm256_shuffle_ps(r0_2, r0_3, 0xdd));
    const __m256 r1_6 = alternate_lanes(_mm256_shuffle_ps(r0_4, r0_5, 0xdd));
    const __m256 r1_7 = alternate_lanes(_mm256_shuffle_ps(r0_6, r0_7, 0xdd));
    const __m256 r2_0 = alternate_lanes(_mm256_shuffle_ps(r1_0, r1_1, 0x88));
    const __m256 r2_1 = alternate_lanes(_mm256_shuffle_ps(r1_2, r1_3, 0x88));
    const __m256 r2_2 = alternate_lanes(_mm256_shuffle_ps(r1_4, r1_5, 0x88));
    const __m256 r2_3 = alternate_lanes(_mm256_shuffle_ps(r1_6, r1_7, 0x88));
    const __m256 r2_4 = alternate_lanes(_mm256_shuffle_ps(r1_0, r1_1, 0xdd));
    const __m256 r2_5 = alternate_lanes(_mm256_shuffle_ps(r1_2, r1_3, 0xdd));
    const __m256 r2_6 = alternate_lanes(_mm256_shuffle_ps(r1_4, r1_5, 0xdd));
    const __m256 r2_7 = alternate_lanes(_mm256_shuffle_ps(r1_6, r1_7, 0xdd));
    const __m256 r3_0 = alternate_lanes(_mm256_shuffle_ps(r2_0, r2_1, 0x88));
    const __m256 r3_1 = alternate_lanes(_mm256_shuffle_ps(r2_2, r2_3, 0x88));
    const __m256 r3_2 = alternate_lanes(_mm256_shuffle_ps(r2_4, r2_5, 0x88));
    const __m256 r3_3 = alternate_lanes(_mm256_shuffle_ps(r2_6, r2_7, 0x88));
    const __m256 r3_4 = alternate_lanes(_mm256_shuffle_ps(r2_0, r2_1, 0xdd));
    const __m256 r3_5 = alternate_lanes(_mm256_shuffle_ps(r2_2, r2_3, 0xdd));
    const __m256 r3_6 = alternate_lanes(_mm256_shuffle_ps(r2_4, r2_5, 0xdd));
    const __m256 r3_7 = alternate_lanes(_mm256_shuffle_ps(r2_6, r2_7, 0xdd));
    _mm256_storeu_ps(to, r3_0);
    _mm256_storeu_ps(to + 512, r3_1);
    _mm256_storeu_ps(to + 1024, r3_2);
    _mm256_storeu_ps(to + 1536, r3_3);
    _mm256_storeu_ps(to + 2048, r3_4);
    _mm256_storeu_ps(to + 2560, r3_5);
    _mm256_storeu_ps(to + 3072, r3_6);
    _mm256_storeu_ps(to + 3584, r3_7);
}

/* Copies a row of the input with its padding: [196 pixels][512 channels].
   A task. input: the layer's. workspace: the copy. */
static void copy_task(const float *input, float *workspace)
{
    float *to = workspace;
    const float *from = input;
    for (ptrdiff_t w = 0; w < 192; w += 8) {
        for (ptrdiff_t c = 0; c < 512; c += 8) {
            transpose_8x8(from + c * 196 + w, to + c + w * 512);
        }
    }
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        transpose_8x8(from + c * 196 + 188, to + c + 96256);
    }
}

#ifndef conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_NO_PACK
/* Packs a panel: ic, `width` output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    for (ptrdiff_t ic = 0; ic < 512; ++ic) {
        for (ptrdiff_t j = 0; j < width; ++j) {
            *out++ = weights[(oc0 + j) * 512 + ic];
        }
    }
    return out;
}

void conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
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

#endif

/* A task: output channels, 48 at a time. The arrays are the layer's. */
static void compute_task(size_t task, const float *packed, float *output, float *workspace)
{
    const float *weights = packed;
    const float *bias = packed + 262144;
    const ptrdiff_t oc1 = (ptrdiff_t)task; /* output channels, 48 at a time */
    /* pixels, 4 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < 196; ow0 += 4) {
        {
            const ptrdiff_t oc_end = oc1 * 2 + 2 < 20 ? oc1 * 2 + 2 : 20;
            /* output channels, 24 at a time */
            for (ptrdiff_t oc_tile = oc1 * 2; oc_tile < oc_end; ++oc_tile) {
                const ptrdiff_t oc0 = oc_tile * 24;
                tile_4x24(workspace + ow0 * 512, weights + oc0 * 512, weights + oc0 * 512 + ow0 * 64 + 12288, bias + oc0, output + oc0 * 196 + ow0);
            }
        }
        /* output channels, 16 at a time */
        for (ptrdiff_t oc_tile = 20; oc_tile < oc1 * 2 + 2; ++oc_tile) {
            const ptrdiff_t oc0 = oc_tile * 16 + 160;
            tile_4x16(workspace + ow0 * 512, weights + oc0 * 512, weights + oc0 * 512 + ow0 * 64 + 8192, bias + oc0, output + oc0 * 196 + ow0);
        }
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef alternate_lanes
#undef activate
#undef tile_4x24
#undef tile_4x16
#undef transpose_8x8
#undef copy_task
#undef pack_panel
#undef compute_task

size_t conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 1;
    case 1:
        return 11;
    default:
        return 0;
    }
}

void conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    switch (phase) {
    case 0:
        conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_copy_task_(input, (float *)workspace);
        break;
    case 1:
        conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_compute_task_(task, (const float *)packed, output, (float *)workspace);
        break;
    }
}

void conv_f32_nchw_1x1s1p0_512x14x14_512_relu6(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
