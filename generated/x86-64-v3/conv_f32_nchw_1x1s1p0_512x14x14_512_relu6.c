/* conv_f32_nchw_1x1s1p0_512x14x14_512_relu6: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 1 x 512 x 14 x 14, output 1 x 512 x 14 x 14, weights oihw 512 x 512 x 1 x 1
 *           kernel 1x1, stride 1x1, bias, relu6
 * Command   convgen generate ic512ih14oc512oh14kh1ph0 --layout nchw --activation 'relu6' --target x86-64-v3 -o .
 * Plan      direct on avx2, lanes over ow, reading the input as it is
 *           for oc by 32: 16 times, a task each
 *             for ow by 24: 9 times
 *               for oc by 4: 8 times
 *                 for ic: 512 times
 *                   tile of 4 channels x 24 pixels: 16 of 16 registers
 * Tasks     16 (output channels, 32 at a time)
 * Cost      51380224 multiply-adds; at least 1853440 bytes moved; 1050624 bytes packed, 0 of workspace
 * Code      about 2438 bytes compiled for size, rarely more than 6370 for speed
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
#define some_lanes conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_some_lanes_
#define activate conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_activate_
#define tile_4x24 conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_tile_4x24_
#define tile_4x16 conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_tile_4x16_
#define tile_4x12 conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_tile_4x12_
#define pack_panel conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_pack_panel_
#define compute_task conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_compute_task_

/* All ones in lanes first to end - 1; both are constants at every call, so this is one too. */
static inline __m256i some_lanes(int first, int end)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i before = _mm256_cmpgt_epi32(_mm256_set1_epi32(first), lane);
    return _mm256_andnot_si256(before, _mm256_cmpgt_epi32(_mm256_set1_epi32(end), lane));
}

/* relu6; error at most u (0.0 + 0.0 |v|), u = 2^-24. */
static inline __m256 activate(__m256 v)
{
    return _mm256_min_ps(_mm256_set1_ps(6.0f), _mm256_max_ps(_mm256_setzero_ps(), v));
}

/* 4 channels x 24 pixels.
   x: the window of the first pixel; channels 196 apart.
   w: its panel, 4 numbers a term.
   bias: of the first channel.
   output: the first channel, first pixel; channels 196 apart. */
static void tile_4x24(const float *x, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc0_1 = _mm256_broadcast_ss(bias);
    __m256 acc0_2 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias + 1);
    __m256 acc1_1 = _mm256_broadcast_ss(bias + 1);
    __m256 acc1_2 = _mm256_broadcast_ss(bias + 1);
    __m256 acc2_0 = _mm256_broadcast_ss(bias + 2);
    __m256 acc2_1 = _mm256_broadcast_ss(bias + 2);
    __m256 acc2_2 = _mm256_broadcast_ss(bias + 2);
    __m256 acc3_0 = _mm256_broadcast_ss(bias + 3);
    __m256 acc3_1 = _mm256_broadcast_ss(bias + 3);
    __m256 acc3_2 = _mm256_broadcast_ss(bias + 3);
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 512; ic += 4) {
        const float *x_ic = x + ic * 196;
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 8);
            const __m256 b2 = _mm256_loadu_ps(x_ic + 16);
            const __m256 a0 = _mm256_broadcast_ss(w);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            const __m256 a1 = _mm256_broadcast_ss(w + 1);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(w + 2);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(w + 3);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 196);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 204);
            const __m256 b2 = _mm256_loadu_ps(x_ic + 212);
            const __m256 a0 = _mm256_broadcast_ss(w + 4);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            const __m256 a1 = _mm256_broadcast_ss(w + 5);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(w + 6);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(w + 7);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 392);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 400);
            const __m256 b2 = _mm256_loadu_ps(x_ic + 408);
            const __m256 a0 = _mm256_broadcast_ss(w + 8);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            const __m256 a1 = _mm256_broadcast_ss(w + 9);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(w + 10);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(w + 11);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 588);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 596);
            const __m256 b2 = _mm256_loadu_ps(x_ic + 604);
            const __m256 a0 = _mm256_broadcast_ss(w + 12);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            const __m256 a1 = _mm256_broadcast_ss(w + 13);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(w + 14);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(w + 15);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
        }
        w += 16;
    }
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(output + 8, acc0_1);
    acc0_2 = activate(acc0_2);
    _mm256_storeu_ps(output + 16, acc0_2);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 196, acc1_0);
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(output + 204, acc1_1);
    acc1_2 = activate(acc1_2);
    _mm256_storeu_ps(output + 212, acc1_2);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 392, acc2_0);
    acc2_1 = activate(acc2_1);
    _mm256_storeu_ps(output + 400, acc2_1);
    acc2_2 = activate(acc2_2);
    _mm256_storeu_ps(output + 408, acc2_2);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 588, acc3_0);
    acc3_1 = activate(acc3_1);
    _mm256_storeu_ps(output + 596, acc3_1);
    acc3_2 = activate(acc3_2);
    _mm256_storeu_ps(output + 604, acc3_2);
}

/* 4 channels x 16 pixels.
   x: the window of the first pixel; channels 196 apart.
   w: its panel, 4 numbers a term.
   bias: of the first channel.
   output: the first channel, first pixel; channels 196 apart. */
static void tile_4x16(const float *x, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc0_1 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias + 1);
    __m256 acc1_1 = _mm256_broadcast_ss(bias + 1);
    __m256 acc2_0 = _mm256_broadcast_ss(bias + 2);
    __m256 acc2_1 = _mm256_broadcast_ss(bias + 2);
    __m256 acc3_0 = _mm256_broadcast_ss(bias + 3);
    __m256 acc3_1 = _mm256_broadcast_ss(bias + 3);
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 512; ic += 4) {
        const float *x_ic = x + ic * 196;
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 8);
            const __m256 a0 = _mm256_broadcast_ss(w);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 1);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 2);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(w + 3);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 196);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 204);
            const __m256 a0 = _mm256_broadcast_ss(w + 4);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 5);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 6);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(w + 7);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 392);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 400);
            const __m256 a0 = _mm256_broadcast_ss(w + 8);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 9);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 10);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(w + 11);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 588);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 596);
            const __m256 a0 = _mm256_broadcast_ss(w + 12);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 13);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 14);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(w + 15);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        w += 16;
    }
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(output + 8, acc0_1);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 196, acc1_0);
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(output + 204, acc1_1);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 392, acc2_0);
    acc2_1 = activate(acc2_1);
    _mm256_storeu_ps(output + 400, acc2_1);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 588, acc3_0);
    acc3_1 = activate(acc3_1);
    _mm256_storeu_ps(output + 596, acc3_1);
}

/* 4 channels x 12 pixels.
   x: the window of the first pixel; channels 196 apart.
   w: its panel, 4 numbers a term.
   bias: of the first channel.
   output: the first channel, first pixel; channels 196 apart. */
static void tile_4x12(const float *x, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc0_1 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias + 1);
    __m256 acc1_1 = _mm256_broadcast_ss(bias + 1);
    __m256 acc2_0 = _mm256_broadcast_ss(bias + 2);
    __m256 acc2_1 = _mm256_broadcast_ss(bias + 2);
    __m256 acc3_0 = _mm256_broadcast_ss(bias + 3);
    __m256 acc3_1 = _mm256_broadcast_ss(bias + 3);
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 512; ic += 4) {
        const float *x_ic = x + ic * 196;
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic);
            const __m256 b1 = _mm256_maskload_ps(x_ic + 8, some_lanes(0, 4));
            const __m256 a0 = _mm256_broadcast_ss(w);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 1);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 2);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(w + 3);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 196);
            const __m256 b1 = _mm256_maskload_ps(x_ic + 204, some_lanes(0, 4));
            const __m256 a0 = _mm256_broadcast_ss(w + 4);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 5);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 6);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(w + 7);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 392);
            const __m256 b1 = _mm256_maskload_ps(x_ic + 400, some_lanes(0, 4));
            const __m256 a0 = _mm256_broadcast_ss(w + 8);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 9);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 10);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(w + 11);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 588);
            const __m256 b1 = _mm256_maskload_ps(x_ic + 596, some_lanes(0, 4));
            const __m256 a0 = _mm256_broadcast_ss(w + 12);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 13);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 14);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(w + 15);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        w += 16;
    }
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = activate(acc0_1);
    _mm256_maskstore_ps(output + 8, some_lanes(0, 4), acc0_1);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 196, acc1_0);
    acc1_1 = activate(acc1_1);
    _mm256_maskstore_ps(output + 204, some_lanes(0, 4), acc1_1);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 392, acc2_0);
    acc2_1 = activate(acc2_1);
    _mm256_maskstore_ps(output + 400, some_lanes(0, 4), acc2_1);
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 588, acc3_0);
    acc3_1 = activate(acc3_1);
    _mm256_maskstore_ps(output + 596, some_lanes(0, 4), acc3_1);
}

#ifndef conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_NO_PACK
/* Packs a panel: ic, 4 output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, float *out)
{
    for (ptrdiff_t ic = 0; ic < 512; ++ic) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            *out++ = weights[(oc0 + j) * 512 + ic];
        }
    }
    return out;
}

void conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 512; oc0 += 4) {
        out = pack_panel(weights, oc0, out);
    }
    for (ptrdiff_t oc = 0; oc < 512; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* A task: output channels, 32 at a time. The arrays are the layer's. */
static void compute_task(size_t task, const float *input, const float *packed, float *output)
{
    const float *weights = packed;
    const float *bias = packed + 262144;
    const ptrdiff_t oc1 = (ptrdiff_t)task; /* output channels, 32 at a time */
    /* pixels, 24 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < 168; ow0 += 24) {
        /* output channels, 4 at a time */
        for (ptrdiff_t oc_tile = oc1 * 8; oc_tile < oc1 * 8 + 8; ++oc_tile) {
            const ptrdiff_t oc0 = oc_tile * 4;
            tile_4x24(input + ow0, weights + oc0 * 512, bias + oc0, output + oc0 * 196 + ow0);
        }
    }
    /* output channels, 4 at a time */
    for (ptrdiff_t oc_tile = oc1 * 8; oc_tile < oc1 * 8 + 8; ++oc_tile) {
        const ptrdiff_t oc0 = oc_tile * 4;
        tile_4x16(input + 168, weights + oc0 * 512, bias + oc0, output + oc0 * 196 + 168);
    }
    /* output channels, 4 at a time */
    for (ptrdiff_t oc_tile = oc1 * 8; oc_tile < oc1 * 8 + 8; ++oc_tile) {
        const ptrdiff_t oc0 = oc_tile * 4;
        tile_4x12(input + 184, weights + oc0 * 512, bias + oc0, output + oc0 * 196 + 184);
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef some_lanes
#undef activate
#undef tile_4x24
#undef tile_4x16
#undef tile_4x12
#undef pack_panel
#undef compute_task

size_t conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_tasks(int phase)
{
    static const size_t tasks[conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_PHASES] = {16};
    return phase >= 0 && phase < conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_PHASES ? tasks[phase] : 0;
}

void conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_compute_task_(task, input, (const float *)packed, output);
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
        /* threads take longer to start than a small layer does alone */
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
