/* transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 1 x 128 x 32 x 32, output 1 x 3 x 64 x 64, weights iohw 128 x 3 x 4 x 4
 *           transposed, kernel 4x4, stride 2x2, padding 1+1 1+1, bias, tanh
 * Command   convgen generate ic128ih32oc3oh64kh4sh2ph1 --layout nchw --op transposed --activation 'tanh' --target x86-64-v3 -o .
 * Plan      col2im on avx2, lanes over ow, reading the input as it is
 *           for oc: 3 times, a task each
 *             for ow by 24: 43 times
 *               for oc by 4: 4 times
 *                 for ic: 128 times
 *                   tile of 4 products x 24 pixels: 16 of 16 registers
 * Tasks     3 (output channels, 1 at a time)
 * Cost      6291456 multiply-adds; at least 598028 bytes moved; 24588 bytes packed, 68352 of workspace for a worker, 68352 more for each other
 * Code      about 2234 bytes compiled for size, rarely more than 12862 for speed
 * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 132 u / (1 - 132 u) = 7.87e-06, u = 2^-24;
 *           the activation adds u (6 + 0 (|v| + g S)), v the sum before it
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 3.32e+35, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh.h"

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
#define pow2_f32x8 transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_pow2_f32x8_
#define exponential transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_exponential_
#define activate transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_activate_
#define tile_4x24 transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_tile_4x24_
#define tile_4x16 transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_tile_4x16_
#define pack_panel transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_pack_panel_
#define multiply transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_multiply_
#define sum_row transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_sum_row_
#define join_row transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_join_row_
#define finish_row transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_finish_row_
#define compute_task transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_compute_task_

/* 2^k from a = k + 1.5 * 2^23: the low bits of a hold k, which moves into the exponent. */
static inline __m256 pow2_f32x8(__m256 a)
{
    const __m256i k = _mm256_slli_epi32(_mm256_castps_si256(a), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(k, _mm256_set1_epi32(0x3f800000)));
}

/* e^a, infinite above 88.4, relative error below 4 u. a = k ln 2 + r with |r| <= ln 2 / 2; e^r is a polynomial (Cephes' expf). */
static inline __m256 exponential(__m256 a)
{
    const __m256 low = _mm256_set1_ps(-87.3f);
    const __m256 high = _mm256_set1_ps(89.0f);
    const __m256 shift = _mm256_set1_ps(12582912.0f);
    const __m256 above = _mm256_max_ps(low, a);
    const __m256 x = _mm256_min_ps(high, above);
    const __m256 k = _mm256_fmadd_ps(x, _mm256_set1_ps(1.44269504f), shift);
    const __m256 whole = _mm256_sub_ps(k, shift);
    const __m256 r1 = _mm256_fmadd_ps(whole, _mm256_set1_ps(-0.693359375f), x);
    const __m256 r = _mm256_fmadd_ps(whole, _mm256_set1_ps(2.12194440e-4f), r1);
    __m256 p = _mm256_set1_ps(1.9875691500e-4f);
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.3981999507e-3f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(8.3334519073e-3f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(4.1665795894e-2f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.6666665459e-1f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(5.0000001201e-1f));
    const __m256 square = _mm256_mul_ps(r, r);
    const __m256 tail = _mm256_fmadd_ps(p, square, r);
    const __m256 e = _mm256_add_ps(tail, _mm256_set1_ps(1.0f));
    return _mm256_mul_ps(e, pow2_f32x8(k));
}

/* tanh; error at most u (6.0 + 0.0 |v|), u = 2^-24. */
static inline __m256 activate(__m256 v)
{
    /* (e^2v - 1) / (e^2v + 1); beyond |v| = 10 the quotient is 1 in f32 */
    const __m256 above = _mm256_max_ps(_mm256_set1_ps(-10.0f), v);
    const __m256 x = _mm256_min_ps(_mm256_set1_ps(10.0f), above);
    const __m256 e = exponential(_mm256_add_ps(x, x));
    const __m256 one = _mm256_set1_ps(1.0f);
    const __m256 over = _mm256_sub_ps(e, one);
    const __m256 under = _mm256_add_ps(e, one);
    return _mm256_div_ps(over, under);
}

/* 4 channels x 24 pixels.
   x: the window of the first pixel; channels 1024 apart.
   w: its panel, 4 numbers a term.
   output: the first channel, first pixel; channels 1056 apart. */
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
    for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
        const float *x_ic = x + ic * 1024;
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
            const __m256 b0 = _mm256_loadu_ps(x_ic + 1024);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 1032);
            const __m256 b2 = _mm256_loadu_ps(x_ic + 1040);
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
            const __m256 b0 = _mm256_loadu_ps(x_ic + 2048);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 2056);
            const __m256 b2 = _mm256_loadu_ps(x_ic + 2064);
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
            const __m256 b0 = _mm256_loadu_ps(x_ic + 3072);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 3080);
            const __m256 b2 = _mm256_loadu_ps(x_ic + 3088);
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
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 16, acc0_2);
    _mm256_storeu_ps(output + 1056, acc1_0);
    _mm256_storeu_ps(output + 1064, acc1_1);
    _mm256_storeu_ps(output + 1072, acc1_2);
    _mm256_storeu_ps(output + 2112, acc2_0);
    _mm256_storeu_ps(output + 2120, acc2_1);
    _mm256_storeu_ps(output + 2128, acc2_2);
    _mm256_storeu_ps(output + 3168, acc3_0);
    _mm256_storeu_ps(output + 3176, acc3_1);
    _mm256_storeu_ps(output + 3184, acc3_2);
}

/* 4 channels x 16 pixels.
   x: the window of the first pixel; channels 1024 apart.
   w: its panel, 4 numbers a term.
   output: the first channel, first pixel; channels 1056 apart. */
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
    for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
        const float *x_ic = x + ic * 1024;
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
            const __m256 b0 = _mm256_loadu_ps(x_ic + 1024);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 1032);
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
            const __m256 b0 = _mm256_loadu_ps(x_ic + 2048);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 2056);
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
            const __m256 b0 = _mm256_loadu_ps(x_ic + 3072);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 3080);
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
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 1056, acc1_0);
    _mm256_storeu_ps(output + 1064, acc1_1);
    _mm256_storeu_ps(output + 2112, acc2_0);
    _mm256_storeu_ps(output + 2120, acc2_1);
    _mm256_storeu_ps(output + 3168, acc3_0);
    _mm256_storeu_ps(output + 3176, acc3_1);
}

#ifndef transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_NO_PACK
/* Packs a panel: ic, 4 output channels from oc0 on.
   Those of the product are the layer's output channels, kernel rows and columns.
   weights: the task's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, float *out)
{
    for (ptrdiff_t ic = 0; ic < 128; ++ic) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            const ptrdiff_t channel = oc0 + j;
            *out++ = weights[channel + ic * 48];
        }
    }
    return out;
}

void transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t block = 0; block < 3; ++block) {
        for (ptrdiff_t oc0 = 0; oc0 < 16; oc0 += 4) {
            out = pack_panel(weights + block * 16, oc0, out);
        }
    }
    for (ptrdiff_t i = 0; i < 3; ++i) {
        *out++ = bias[i];
    }
}

#endif

/* The product of a task.
   input: the first of its pixels. weights: of its output channels. output: the products. */
static void multiply(const float *input, const float *weights, float *output)
{
    /* pixels, 24 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < 1008; ow0 += 24) {
        /* output channels, 4 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 16; oc0 += 4) {
            tile_4x24(input + ow0, weights + oc0 * 128, output + oc0 * 1056 + ow0);
        }
    }
    /* output channels, 4 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 16; oc0 += 4) {
        tile_4x16(input + 1008, weights + oc0 * 128, output + oc0 * 1056 + 1008);
    }
}

/* The sums of a channel's row, phases 40 apart.
   row0, row1: products of the rows of the input that meet in it. line: the sums. */
static void sum_row(const float *row0, const float *row1, float *line)
{
    {
        __m256 sum = _mm256_loadu_ps(row0 + 1056);
        sum = _mm256_add_ps(sum, _mm256_loadu_ps(row1 + 1056));
        _mm256_storeu_ps(line, sum);
    }
    for (ptrdiff_t i = 1; i < 32; i += 8) {
        __m256 sum = _mm256_loadu_ps(row0 + i + 1056);
        sum = _mm256_add_ps(sum, _mm256_loadu_ps(row0 + i + 3167));
        sum = _mm256_add_ps(sum, _mm256_loadu_ps(row1 + i + 1056));
        sum = _mm256_add_ps(sum, _mm256_loadu_ps(row1 + i + 3167));
        _mm256_storeu_ps(line + i, sum);
    }
    for (ptrdiff_t i = 0; i < 31; i += 8) {
        __m256 sum = _mm256_loadu_ps(row0 + i + 1);
        sum = _mm256_add_ps(sum, _mm256_loadu_ps(row0 + i + 2112));
        sum = _mm256_add_ps(sum, _mm256_loadu_ps(row1 + i + 1));
        sum = _mm256_add_ps(sum, _mm256_loadu_ps(row1 + i + 2112));
        _mm256_storeu_ps(line + i + 40, sum);
    }
    {
        __m256 sum = _mm256_loadu_ps(row0 + 2143);
        sum = _mm256_add_ps(sum, _mm256_loadu_ps(row1 + 2143));
        _mm256_storeu_ps(line + 71, sum);
    }
}

/* The phases of a row, `line`, as its outputs in their order, `joined`. */
static void join_row(const float *line, float *joined)
{
    for (ptrdiff_t i = 0; i < 32; i += 8) {
        const __m256 a0 = _mm256_loadu_ps(line + i);
        const __m256 a1 = _mm256_loadu_ps(line + i + 40);
        const __m256 b0 = _mm256_permute2f128_ps(_mm256_unpacklo_ps(a0, a1), _mm256_unpackhi_ps(a0, a1), 0x20);
        const __m256 b1 = _mm256_permute2f128_ps(_mm256_unpacklo_ps(a0, a1), _mm256_unpackhi_ps(a0, a1), 0x31);
        _mm256_storeu_ps(joined + i * 2, b0);
        _mm256_storeu_ps(joined + i * 2 + 8, b1);
    }
}

/* Outputs of their sums.
   bias: of the channel.
   line, output: the first output's. */
static void finish_row(const float *line, const float *bias, float *output)
{
    const __m256 bias_lanes = _mm256_broadcast_ss(bias);
    for (ptrdiff_t i = 0; i < 64; i += 8) {
        __m256 y = _mm256_loadu_ps(line + i);
        y = _mm256_add_ps(y, bias_lanes);
        y = activate(y);
        _mm256_storeu_ps(output + i, y);
    }
}

/* A task: output channels, 1 at a time. The arrays are the layer's. */
static void compute_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    const ptrdiff_t block = (ptrdiff_t)task; /* output channels, 1 at a time */
    const float *weights = packed;
    const float *bias = weights + 6144;
    float *products = workspace + (ptrdiff_t)worker * 17088;
    float *line = products + 16912;
    float *joined = line + 80;
    for (ptrdiff_t channel = 0; channel < 16; ++channel) {
        for (ptrdiff_t i = 0; i < 32; i += 8) {
            _mm256_storeu_ps(products + channel * 1056 + i + 1024, _mm256_setzero_ps());
        }
    }
    multiply(input, weights + block * 2048, products);
    for (ptrdiff_t oh = 0; oh < 64; ++oh) {
        const ptrdiff_t ih = (oh + 1) / 2;
        const ptrdiff_t phase = (oh + 1) % 2;
        const float *row0 = ih < 32 ? products + ih * 32 + phase * 4224 : products + 1024;
        const float *row1 = ih >= 1 ? products + ih * 32 + phase * 4224 + 8416 : products + 1024;
        sum_row(row0, row1, line);
        join_row(line, joined);
        finish_row(joined, bias + block, output + oh * 64 + block * 4096);
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef pow2_f32x8
#undef exponential
#undef activate
#undef tile_4x24
#undef tile_4x16
#undef pack_panel
#undef multiply
#undef sum_row
#undef join_row
#undef finish_row
#undef compute_task

size_t transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_tasks(int phase)
{
    static const size_t tasks[transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_PHASES] = {3};
    return phase >= 0 && phase < transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_PHASES ? tasks[phase] : 0;
}

void transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_compute_task_(task, worker, input, (const float *)packed, output, (float *)workspace);
        break;
    }
}

void transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_tasks(phase);
#ifdef _OPENMP
        /* threads take longer to start than a small layer does alone */
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
