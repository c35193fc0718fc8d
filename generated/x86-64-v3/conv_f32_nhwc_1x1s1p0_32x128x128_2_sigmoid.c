/* conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 128 x 128 x 32, output 1 x 128 x 128 x 2, weights hwio 1 x 1 x 32 x 2
 *           kernel 1x1, stride 1x1, bias, sigmoid
 * Command   convgen generate ic32ih128oc2oh128kh1ph0 --layout nhwc --activation 'sigmoid' --target x86-64-v3 -o .
 * Plan      dot on avx2, lanes over ic, reading the input as it is
 *           for ow by 1026: 16 times, a task each
 *             for ow by 6: 171 times
 *               for ic: 32 times
 *                 tile of 6 pixels x 2 channels x 8 input channels: 15 of 16 registers
 * Tasks     16 (pixels, 1026 at a time)
 * Cost      1048576 multiply-adds; at least 2228488 bytes moved; 320 bytes packed, 0 of workspace
 * Code      about 2042 bytes compiled for size, rarely more than 5650 for speed
 * Bound     |error| <= 0.25 g S, S = sum |x||w| + |bias|, g = 8 u / (1 - 8 u) = 4.77e-07, u = 2^-24;
 *           the activation adds u (4 + 0 (|v| + g S)), v the sum before it
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 5.31e+36, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid.h"

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
/* Inlined, an activation keeps its constants in registers around the loops: registers are for sums. */
#if defined(__GNUC__) || defined(__clang__)
#define APART __attribute__((noinline))
#elif defined(_MSC_VER)
#define APART __declspec(noinline)
#else
#define APART
#endif

/* Functions of this file alone, by names that no other file has. */
#define some_lanes conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_some_lanes_
#define alternate_lanes conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_alternate_lanes_
#define pow2_f32x8 conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_pow2_f32x8_
#define exponential conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_exponential_
#define activate conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_activate_
#define tile_6x2x8 conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_tile_6x2x8_
#define tile_5x2x8 conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_tile_5x2x8_
#define pack_panel conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_pack_panel_
#define compute_task conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_compute_task_

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

/* sigmoid; error at most u (4.0 + 0.0 |v|), u = 2^-24. */
static inline __m256 activate(__m256 v)
{
    const __m256 minus = _mm256_sub_ps(_mm256_setzero_ps(), v);
    const __m256 e = exponential(minus);
    const __m256 one = _mm256_set1_ps(1.0f);
    const __m256 under = _mm256_add_ps(e, one);
    return _mm256_div_ps(one, under);
}

/* 6 pixels x 2 channels x 8 input channels.
   x: the window of the first pixel; pixels 32 apart.
   w: all weights; for each tap and 8 input channels, those of one output channel after the other.
   bias: of all channels, for every pixel.
   output: the first pixel, first channel; pixels 2 apart. */
static APART void tile_6x2x8(const float *x, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_setzero_ps();
    __m256 acc0_1 = _mm256_setzero_ps();
    __m256 acc1_0 = _mm256_setzero_ps();
    __m256 acc1_1 = _mm256_setzero_ps();
    __m256 acc2_0 = _mm256_setzero_ps();
    __m256 acc2_1 = _mm256_setzero_ps();
    __m256 acc3_0 = _mm256_setzero_ps();
    __m256 acc3_1 = _mm256_setzero_ps();
    __m256 acc4_0 = _mm256_setzero_ps();
    __m256 acc4_1 = _mm256_setzero_ps();
    __m256 acc5_0 = _mm256_setzero_ps();
    __m256 acc5_1 = _mm256_setzero_ps();
    {
        const __m256 b0 = _mm256_loadu_ps(w);
        const __m256 b1 = _mm256_loadu_ps(w + 8);
        const __m256 a0 = _mm256_loadu_ps(x);
        acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
        const __m256 a1 = _mm256_loadu_ps(x + 32);
        acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
        const __m256 a2 = _mm256_loadu_ps(x + 64);
        acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        const __m256 a3 = _mm256_loadu_ps(x + 96);
        acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        const __m256 a4 = _mm256_loadu_ps(x + 128);
        acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        const __m256 a5 = _mm256_loadu_ps(x + 160);
        acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
        acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
    }
    {
        const __m256 b0 = _mm256_loadu_ps(w + 16);
        const __m256 b1 = _mm256_loadu_ps(w + 24);
        const __m256 a0 = _mm256_loadu_ps(x + 8);
        acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
        const __m256 a1 = _mm256_loadu_ps(x + 40);
        acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
        const __m256 a2 = _mm256_loadu_ps(x + 72);
        acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        const __m256 a3 = _mm256_loadu_ps(x + 104);
        acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        const __m256 a4 = _mm256_loadu_ps(x + 136);
        acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        const __m256 a5 = _mm256_loadu_ps(x + 168);
        acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
        acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
    }
    {
        const __m256 b0 = _mm256_loadu_ps(w + 32);
        const __m256 b1 = _mm256_loadu_ps(w + 40);
        const __m256 a0 = _mm256_loadu_ps(x + 16);
        acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
        const __m256 a1 = _mm256_loadu_ps(x + 48);
        acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
        const __m256 a2 = _mm256_loadu_ps(x + 80);
        acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        const __m256 a3 = _mm256_loadu_ps(x + 112);
        acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        const __m256 a4 = _mm256_loadu_ps(x + 144);
        acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        const __m256 a5 = _mm256_loadu_ps(x + 176);
        acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
        acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
    }
    {
        const __m256 b0 = _mm256_loadu_ps(w + 48);
        const __m256 b1 = _mm256_loadu_ps(w + 56);
        const __m256 a0 = _mm256_loadu_ps(x + 24);
        acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
        const __m256 a1 = _mm256_loadu_ps(x + 56);
        acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
        const __m256 a2 = _mm256_loadu_ps(x + 88);
        acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        const __m256 a3 = _mm256_loadu_ps(x + 120);
        acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        const __m256 a4 = _mm256_loadu_ps(x + 152);
        acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        const __m256 a5 = _mm256_loadu_ps(x + 184);
        acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
        acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
    }
    /* add up the lanes */
    const __m256 zero = _mm256_setzero_ps();
    const __m256 evens_y0_0_0 = alternate_lanes(_mm256_shuffle_ps(acc0_0, acc0_1, 0x88));
    const __m256 odds_y0_0_0 = alternate_lanes(_mm256_shuffle_ps(acc0_0, acc0_1, 0xdd));
    const __m256 y0_0_0 = _mm256_add_ps(evens_y0_0_0, odds_y0_0_0);
    const __m256 evens_y0_0_1 = alternate_lanes(_mm256_shuffle_ps(acc1_0, acc1_1, 0x88));
    const __m256 odds_y0_0_1 = alternate_lanes(_mm256_shuffle_ps(acc1_0, acc1_1, 0xdd));
    const __m256 y0_0_1 = _mm256_add_ps(evens_y0_0_1, odds_y0_0_1);
    const __m256 evens_y0_0_2 = alternate_lanes(_mm256_shuffle_ps(acc2_0, acc2_1, 0x88));
    const __m256 odds_y0_0_2 = alternate_lanes(_mm256_shuffle_ps(acc2_0, acc2_1, 0xdd));
    const __m256 y0_0_2 = _mm256_add_ps(evens_y0_0_2, odds_y0_0_2);
    const __m256 evens_y0_0_3 = alternate_lanes(_mm256_shuffle_ps(acc3_0, acc3_1, 0x88));
    const __m256 odds_y0_0_3 = alternate_lanes(_mm256_shuffle_ps(acc3_0, acc3_1, 0xdd));
    const __m256 y0_0_3 = _mm256_add_ps(evens_y0_0_3, odds_y0_0_3);
    const __m256 evens_y0_1_0 = alternate_lanes(_mm256_shuffle_ps(y0_0_0, y0_0_1, 0x88));
    const __m256 odds_y0_1_0 = alternate_lanes(_mm256_shuffle_ps(y0_0_0, y0_0_1, 0xdd));
    const __m256 y0_1_0 = _mm256_add_ps(evens_y0_1_0, odds_y0_1_0);
    const __m256 evens_y0_1_1 = alternate_lanes(_mm256_shuffle_ps(y0_0_2, y0_0_3, 0x88));
    const __m256 odds_y0_1_1 = alternate_lanes(_mm256_shuffle_ps(y0_0_2, y0_0_3, 0xdd));
    const __m256 y0_1_1 = _mm256_add_ps(evens_y0_1_1, odds_y0_1_1);
    const __m256 evens_y0_2_0 = alternate_lanes(_mm256_shuffle_ps(y0_1_0, y0_1_1, 0x88));
    const __m256 odds_y0_2_0 = alternate_lanes(_mm256_shuffle_ps(y0_1_0, y0_1_1, 0xdd));
    const __m256 y0_2_0 = _mm256_add_ps(evens_y0_2_0, odds_y0_2_0);
    const __m256 b_y0 = _mm256_loadu_ps(bias);
    __m256 y0 = _mm256_add_ps(y0_2_0, b_y0);
    const __m256 evens_y1_0_0 = alternate_lanes(_mm256_shuffle_ps(acc4_0, acc4_1, 0x88));
    const __m256 odds_y1_0_0 = alternate_lanes(_mm256_shuffle_ps(acc4_0, acc4_1, 0xdd));
    const __m256 y1_0_0 = _mm256_add_ps(evens_y1_0_0, odds_y1_0_0);
    const __m256 evens_y1_0_1 = alternate_lanes(_mm256_shuffle_ps(acc5_0, acc5_1, 0x88));
    const __m256 odds_y1_0_1 = alternate_lanes(_mm256_shuffle_ps(acc5_0, acc5_1, 0xdd));
    const __m256 y1_0_1 = _mm256_add_ps(evens_y1_0_1, odds_y1_0_1);
    const __m256 evens_y1_1_0 = alternate_lanes(_mm256_shuffle_ps(y1_0_0, y1_0_1, 0x88));
    const __m256 odds_y1_1_0 = alternate_lanes(_mm256_shuffle_ps(y1_0_0, y1_0_1, 0xdd));
    const __m256 y1_1_0 = _mm256_add_ps(evens_y1_1_0, odds_y1_1_0);
    const __m256 evens_y1_2_0 = alternate_lanes(_mm256_shuffle_ps(y1_1_0, zero, 0x88));
    const __m256 odds_y1_2_0 = alternate_lanes(_mm256_shuffle_ps(y1_1_0, zero, 0xdd));
    const __m256 y1_2_0 = _mm256_add_ps(evens_y1_2_0, odds_y1_2_0);
    const __m256 b_y1 = _mm256_loadu_ps(bias + 8);
    __m256 y1 = _mm256_add_ps(y1_2_0, b_y1);
    y0 = activate(y0);
    _mm256_storeu_ps(output, y0);
    y1 = activate(y1);
    _mm256_maskstore_ps(output + 8, some_lanes(0, 4), y1);
}

/* 5 pixels x 2 channels x 8 input channels.
   x: the window of the first pixel; pixels 32 apart.
   w: all weights; for each tap and 8 input channels, those of one output channel after the other.
   bias: of all channels, for every pixel.
   output: the first pixel, first channel; pixels 2 apart. */
static APART void tile_5x2x8(const float *x, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_setzero_ps();
    __m256 acc0_1 = _mm256_setzero_ps();
    __m256 acc1_0 = _mm256_setzero_ps();
    __m256 acc1_1 = _mm256_setzero_ps();
    __m256 acc2_0 = _mm256_setzero_ps();
    __m256 acc2_1 = _mm256_setzero_ps();
    __m256 acc3_0 = _mm256_setzero_ps();
    __m256 acc3_1 = _mm256_setzero_ps();
    __m256 acc4_0 = _mm256_setzero_ps();
    __m256 acc4_1 = _mm256_setzero_ps();
    {
        const __m256 b0 = _mm256_loadu_ps(w);
        const __m256 b1 = _mm256_loadu_ps(w + 8);
        const __m256 a0 = _mm256_loadu_ps(x);
        acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
        const __m256 a1 = _mm256_loadu_ps(x + 32);
        acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
        const __m256 a2 = _mm256_loadu_ps(x + 64);
        acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        const __m256 a3 = _mm256_loadu_ps(x + 96);
        acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        const __m256 a4 = _mm256_loadu_ps(x + 128);
        acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
    }
    {
        const __m256 b0 = _mm256_loadu_ps(w + 16);
        const __m256 b1 = _mm256_loadu_ps(w + 24);
        const __m256 a0 = _mm256_loadu_ps(x + 8);
        acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
        const __m256 a1 = _mm256_loadu_ps(x + 40);
        acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
        const __m256 a2 = _mm256_loadu_ps(x + 72);
        acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        const __m256 a3 = _mm256_loadu_ps(x + 104);
        acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        const __m256 a4 = _mm256_loadu_ps(x + 136);
        acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
    }
    {
        const __m256 b0 = _mm256_loadu_ps(w + 32);
        const __m256 b1 = _mm256_loadu_ps(w + 40);
        const __m256 a0 = _mm256_loadu_ps(x + 16);
        acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
        const __m256 a1 = _mm256_loadu_ps(x + 48);
        acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
        const __m256 a2 = _mm256_loadu_ps(x + 80);
        acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        const __m256 a3 = _mm256_loadu_ps(x + 112);
        acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        const __m256 a4 = _mm256_loadu_ps(x + 144);
        acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
    }
    {
        const __m256 b0 = _mm256_loadu_ps(w + 48);
        const __m256 b1 = _mm256_loadu_ps(w + 56);
        const __m256 a0 = _mm256_loadu_ps(x + 24);
        acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
        const __m256 a1 = _mm256_loadu_ps(x + 56);
        acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
        const __m256 a2 = _mm256_loadu_ps(x + 88);
        acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        const __m256 a3 = _mm256_loadu_ps(x + 120);
        acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        const __m256 a4 = _mm256_loadu_ps(x + 152);
        acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
        acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
    }
    /* add up the lanes */
    const __m256 zero = _mm256_setzero_ps();
    const __m256 evens_y0_0_0 = alternate_lanes(_mm256_shuffle_ps(acc0_0, acc0_1, 0x88));
    const __m256 odds_y0_0_0 = alternate_lanes(_mm256_shuffle_ps(acc0_0, acc0_1, 0xdd));
    const __m256 y0_0_0 = _mm256_add_ps(evens_y0_0_0, odds_y0_0_0);
    const __m256 evens_y0_0_1 = alternate_lanes(_mm256_shuffle_ps(acc1_0, acc1_1, 0x88));
    const __m256 odds_y0_0_1 = alternate_lanes(_mm256_shuffle_ps(acc1_0, acc1_1, 0xdd));
    const __m256 y0_0_1 = _mm256_add_ps(evens_y0_0_1, odds_y0_0_1);
    const __m256 evens_y0_0_2 = alternate_lanes(_mm256_shuffle_ps(acc2_0, acc2_1, 0x88));
    const __m256 odds_y0_0_2 = alternate_lanes(_mm256_shuffle_ps(acc2_0, acc2_1, 0xdd));
    const __m256 y0_0_2 = _mm256_add_ps(evens_y0_0_2, odds_y0_0_2);
    const __m256 evens_y0_0_3 = alternate_lanes(_mm256_shuffle_ps(acc3_0, acc3_1, 0x88));
    const __m256 odds_y0_0_3 = alternate_lanes(_mm256_shuffle_ps(acc3_0, acc3_1, 0xdd));
    const __m256 y0_0_3 = _mm256_add_ps(evens_y0_0_3, odds_y0_0_3);
    const __m256 evens_y0_1_0 = alternate_lanes(_mm256_shuffle_ps(y0_0_0, y0_0_1, 0x88));
    const __m256 odds_y0_1_0 = alternate_lanes(_mm256_shuffle_ps(y0_0_0, y0_0_1, 0xdd));
    const __m256 y0_1_0 = _mm256_add_ps(evens_y0_1_0, odds_y0_1_0);
    const __m256 evens_y0_1_1 = alternate_lanes(_mm256_shuffle_ps(y0_0_2, y0_0_3, 0x88));
    const __m256 odds_y0_1_1 = alternate_lanes(_mm256_shuffle_ps(y0_0_2, y0_0_3, 0xdd));
    const __m256 y0_1_1 = _mm256_add_ps(evens_y0_1_1, odds_y0_1_1);
    const __m256 evens_y0_2_0 = alternate_lanes(_mm256_shuffle_ps(y0_1_0, y0_1_1, 0x88));
    const __m256 odds_y0_2_0 = alternate_lanes(_mm256_shuffle_ps(y0_1_0, y0_1_1, 0xdd));
    const __m256 y0_2_0 = _mm256_add_ps(evens_y0_2_0, odds_y0_2_0);
    const __m256 b_y0 = _mm256_loadu_ps(bias);
    __m256 y0 = _mm256_add_ps(y0_2_0, b_y0);
    const __m256 evens_y1_0_0 = alternate_lanes(_mm256_shuffle_ps(acc4_0, acc4_1, 0x88));
    const __m256 odds_y1_0_0 = alternate_lanes(_mm256_shuffle_ps(acc4_0, acc4_1, 0xdd));
    const __m256 y1_0_0 = _mm256_add_ps(evens_y1_0_0, odds_y1_0_0);
    const __m256 evens_y1_1_0 = alternate_lanes(_mm256_shuffle_ps(y1_0_0, zero, 0x88));
    const __m256 odds_y1_1_0 = alternate_lanes(_mm256_shuffle_ps(y1_0_0, zero, 0xdd));
    const __m256 y1_1_0 = _mm256_add_ps(evens_y1_1_0, odds_y1_1_0);
    const __m256 evens_y1_2_0 = alternate_lanes(_mm256_shuffle_ps(y1_1_0, zero, 0x88));
    const __m256 odds_y1_2_0 = alternate_lanes(_mm256_shuffle_ps(y1_1_0, zero, 0xdd));
    const __m256 y1_2_0 = _mm256_add_ps(evens_y1_2_0, odds_y1_2_0);
    const __m256 b_y1 = _mm256_loadu_ps(bias + 8);
    __m256 y1 = _mm256_add_ps(y1_2_0, b_y1);
    y0 = activate(y0);
    _mm256_storeu_ps(output, y0);
    y1 = activate(y1);
    _mm256_maskstore_ps(output + 8, some_lanes(0, 2), y1);
}

#ifndef conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_NO_PACK
/* Packs all weights: 8 input channels of each output channel.
   weights: the layer's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, float *out)
{
    for (ptrdiff_t c = 0; c < 32; c += 8) {
        for (ptrdiff_t o = 0; o < 2; ++o) {
            for (ptrdiff_t j = 0; j < 8; ++j) {
                *out++ = weights[o + (c + j) * 2];
            }
        }
    }
    return out;
}

void conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    out = pack_panel(weights, out);
    for (ptrdiff_t i = 0; i < 16; ++i) {
        *out++ = bias[i % 2];
    }
}

#endif

/* A task: pixels, 1026 at a time. The arrays are the layer's. */
static void compute_task(size_t task, const float *input, const float *packed, float *output)
{
    const float *weights = packed;
    const float *bias = packed + 64;
    const ptrdiff_t ow1 = (ptrdiff_t)task; /* pixels, 1026 at a time */
    {
        const ptrdiff_t ow_end = ow1 * 171 + 171 < 2729 ? ow1 * 171 + 171 : 2729;
        /* pixels, 6 at a time */
        for (ptrdiff_t ow_tile = ow1 * 171; ow_tile < ow_end; ++ow_tile) {
            const ptrdiff_t ow0 = ow_tile * 6;
            tile_6x2x8(input + ow0 * 32, weights, bias, output + ow0 * 2);
        }
    }
    {
        const ptrdiff_t ow_end = ow1 * 171 + 171 < 2731 ? ow1 * 171 + 171 : 2731;
        /* pixels, 5 at a time */
        for (ptrdiff_t ow_tile = 2729; ow_tile < ow_end; ++ow_tile) {
            const ptrdiff_t ow0 = ow_tile * 5 + 2729;
            tile_5x2x8(input + ow0 * 32, weights, bias, output + ow0 * 2);
        }
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef some_lanes
#undef alternate_lanes
#undef pow2_f32x8
#undef exponential
#undef activate
#undef tile_6x2x8
#undef tile_5x2x8
#undef pack_panel
#undef compute_task
#undef APART

size_t conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 16;
    default:
        return 0;
    }
}

void conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_compute_task_(task, input, (const float *)packed, output);
        break;
    }
}

void conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
