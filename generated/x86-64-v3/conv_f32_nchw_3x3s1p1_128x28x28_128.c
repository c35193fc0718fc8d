/* conv_f32_nchw_3x3s1p1_128x28x28_128: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 1 x 128 x 28 x 28, output 1 x 128 x 28 x 28, weights oihw 128 x 128 x 3 x 3
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate ic128ih28oc128oh28kh3ph1 --layout nchw --target x86-64-v3 -o .
 * Plan      winograd on avx2, lanes over oc, reading a padded copy of the input
 *           for oc by 16: 8 times
 *             for ic: 128 times
 *               tile of F(4x4, 3x3), 36 products of 6 tiles x 16 channels: 15 of 16 registers
 * Tasks     7 (rows of tiles, transformed), then 36 (products, one for each position), then 7 (rows of tiles, transformed back)
 * Cost      115605504 multiply-adds; at least 1393152 bytes moved; 2359808 bytes packed, 1833984 of workspace for a worker, 23040 more for each other
 * Code      about 4472 bytes compiled for size, rarely more than 14290 for speed
 * Bound     |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 140 u / (1 - 140
 *           u) = 8.34e-06, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, *
 *           multiplies element by element, so S counts all pixels of an output's tile, also those that
 *           it does not read (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <=
 *           W, S is at most 1.121e+05 X W + |bias|, 97.4 times that of a direct sum
 * Range     nothing overflows where |x| <= X and |w| <= W, X <= 6.94e+36, W <= 9.76e+37, X W <=
 *           1.17e+33, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nchw_3x3s1p1_128x28x28_128.h"

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
#define some_lanes conv_f32_nchw_3x3s1p1_128x28x28_128_some_lanes_
#define alternate_lanes conv_f32_nchw_3x3s1p1_128x28x28_128_alternate_lanes_
#define tile_6x16 conv_f32_nchw_3x3s1p1_128x28x28_128_tile_6x16_
#define tile_5x16 conv_f32_nchw_3x3s1p1_128x28x28_128_tile_5x16_
#define transform_inside conv_f32_nchw_3x3s1p1_128x28x28_128_transform_inside_
#define transform_output conv_f32_nchw_3x3s1p1_128x28x28_128_transform_output_
#define transpose_8x4 conv_f32_nchw_3x3s1p1_128x28x28_128_transpose_8x4_
#define transpose_8x8 conv_f32_nchw_3x3s1p1_128x28x28_128_transpose_8x8_
#define transpose_back_4x8 conv_f32_nchw_3x3s1p1_128x28x28_128_transpose_back_4x8_
#define transpose_back_8x8 conv_f32_nchw_3x3s1p1_128x28x28_128_transpose_back_8x8_
#define zero_vectors conv_f32_nchw_3x3s1p1_128x28x28_128_zero_vectors_
#define input_row conv_f32_nchw_3x3s1p1_128x28x28_128_input_row_
#define output_row conv_f32_nchw_3x3s1p1_128x28x28_128_output_row_
#define pack_panel conv_f32_nchw_3x3s1p1_128x28x28_128_pack_panel_
#define multiply_49 conv_f32_nchw_3x3s1p1_128x28x28_128_multiply_49_
#define multiply conv_f32_nchw_3x3s1p1_128x28x28_128_multiply_
#define input_task conv_f32_nchw_3x3s1p1_128x28x28_128_input_task_
#define multiply_task conv_f32_nchw_3x3s1p1_128x28x28_128_multiply_task_
#define output_task conv_f32_nchw_3x3s1p1_128x28x28_128_output_task_

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

/* 6 tiles x 16 channels.
   x: one position of the first tile, transformed; tiles 128 apart.
   w: its panel, 16 numbers a term; next: a share of the panel behind it, not read.
   output: the first tile, first channel; tiles 128 apart. */
static void tile_6x16(const float *x, const float *w, const float *next, float *output)
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
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 b1 = _mm256_loadu_ps(w + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_ic);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 128);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 256);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 384);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 512);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 640);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            _mm_prefetch((const char *)next, _MM_HINT_T1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 16);
            const __m256 b1 = _mm256_loadu_ps(w + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 129);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 257);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 385);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 513);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 641);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 32);
            const __m256 b1 = _mm256_loadu_ps(w + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 130);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 258);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 386);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 514);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 642);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 48);
            const __m256 b1 = _mm256_loadu_ps(w + 56);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 131);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 259);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 387);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 515);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 643);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
        }
        w += 64;
        next += 16;
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 128, acc1_0);
    _mm256_storeu_ps(output + 136, acc1_1);
    _mm256_storeu_ps(output + 256, acc2_0);
    _mm256_storeu_ps(output + 264, acc2_1);
    _mm256_storeu_ps(output + 384, acc3_0);
    _mm256_storeu_ps(output + 392, acc3_1);
    _mm256_storeu_ps(output + 512, acc4_0);
    _mm256_storeu_ps(output + 520, acc4_1);
    _mm256_storeu_ps(output + 640, acc5_0);
    _mm256_storeu_ps(output + 648, acc5_1);
}

/* 5 tiles x 16 channels.
   x: one position of the first tile, transformed; tiles 128 apart.
   w: its panel, 16 numbers a term; next: a share of the panel behind it, not read.
   output: the first tile, first channel; tiles 128 apart. */
static void tile_5x16(const float *x, const float *w, const float *next, float *output)
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
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 b1 = _mm256_loadu_ps(w + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_ic);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 128);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 256);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 384);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 512);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            _mm_prefetch((const char *)next, _MM_HINT_T1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 16);
            const __m256 b1 = _mm256_loadu_ps(w + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 129);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 257);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 385);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 513);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 32);
            const __m256 b1 = _mm256_loadu_ps(w + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 130);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 258);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 386);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 514);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 48);
            const __m256 b1 = _mm256_loadu_ps(w + 56);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 131);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 259);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 387);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 515);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
        }
        w += 64;
        next += 16;
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 128, acc1_0);
    _mm256_storeu_ps(output + 136, acc1_1);
    _mm256_storeu_ps(output + 256, acc2_0);
    _mm256_storeu_ps(output + 264, acc2_1);
    _mm256_storeu_ps(output + 384, acc3_0);
    _mm256_storeu_ps(output + 392, acc3_1);
    _mm256_storeu_ps(output + 512, acc4_0);
    _mm256_storeu_ps(output + 520, acc4_1);
}

/* Transforms a window of 6 x 6 pixels, columns, then rows.
   window: its first pixel; pixels 32 apart, rows 960.
   v: the tile at the first position; positions 6288 apart, rows of them 37728. */
static void transform_inside(const float *window, float *v)
{
    __m256 columns[36];
    for (ptrdiff_t c = 0; c < 32; c += 8) {
        for (ptrdiff_t j = 0; j < 6; ++j) {
            const float *x = window + j * 32 + c;
            const __m256 x0 = _mm256_loadu_ps(x);
            const __m256 x1 = _mm256_loadu_ps(x + 960);
            const __m256 x2 = _mm256_loadu_ps(x + 1920);
            const __m256 x3 = _mm256_loadu_ps(x + 2880);
            const __m256 x4 = _mm256_loadu_ps(x + 3840);
            const __m256 x5 = _mm256_loadu_ps(x + 4800);
            const __m256 t0 = _mm256_fmadd_ps(x3, _mm256_set1_ps(5.0f), x2);
            const __m256 t1 = _mm256_sub_ps(x4, x1);
            const __m256 t2 = _mm256_fmadd_ps(t0, _mm256_set1_ps(0.5f), t1);
            const __m256 t3 = _mm256_fmadd_ps(x2, _mm256_set1_ps(-2.5f), x1);
            const __m256 t4 = _mm256_fmadd_ps(x3, _mm256_set1_ps(0.5f), x4);
            const __m256 t5 = _mm256_add_ps(t3, t4);
            const __m256 t6 = _mm256_fmadd_ps(x2, _mm256_set1_ps(-2.0f), x0);
            const __m256 t7 = _mm256_sub_ps(x1, x3);
            const __m256 t8 = _mm256_fmadd_ps(t7, _mm256_set1_ps(-1.5f), x4);
            const __m256 t9 = _mm256_add_ps(t6, t8);
            const __m256 t10 = _mm256_fmadd_ps(x3, _mm256_set1_ps(-2.0f), x1);
            const __m256 t11 = _mm256_sub_ps(x4, x2);
            const __m256 t12 = _mm256_fmadd_ps(t11, _mm256_set1_ps(1.5f), x5);
            const __m256 t13 = _mm256_add_ps(t10, t12);
            const __m256 t14 = _mm256_fmadd_ps(t7, _mm256_set1_ps(-2.0f), t11);
            const __m256 t15 = _mm256_fmadd_ps(t7, _mm256_set1_ps(0.5f), t11);
            columns[j] = t9;
            columns[j + 6] = t2;
            columns[j + 12] = t5;
            columns[j + 18] = t14;
            columns[j + 24] = t15;
            columns[j + 30] = t13;
        }
        for (ptrdiff_t i = 0; i < 6; ++i) {
            const __m256 x0 = columns[i * 6];
            const __m256 x1 = columns[i * 6 + 1];
            const __m256 x2 = columns[i * 6 + 2];
            const __m256 x3 = columns[i * 6 + 3];
            const __m256 x4 = columns[i * 6 + 4];
            const __m256 x5 = columns[i * 6 + 5];
            const __m256 t0 = _mm256_fmadd_ps(x3, _mm256_set1_ps(5.0f), x2);
            const __m256 t1 = _mm256_sub_ps(x4, x1);
            const __m256 t2 = _mm256_fmadd_ps(t0, _mm256_set1_ps(0.5f), t1);
            const __m256 t3 = _mm256_fmadd_ps(x2, _mm256_set1_ps(-2.5f), x1);
            const __m256 t4 = _mm256_fmadd_ps(x3, _mm256_set1_ps(0.5f), x4);
            const __m256 t5 = _mm256_add_ps(t3, t4);
            const __m256 t6 = _mm256_fmadd_ps(x2, _mm256_set1_ps(-2.0f), x0);
            const __m256 t7 = _mm256_sub_ps(x1, x3);
            const __m256 t8 = _mm256_fmadd_ps(t7, _mm256_set1_ps(-1.5f), x4);
            const __m256 t9 = _mm256_add_ps(t6, t8);
            const __m256 t10 = _mm256_fmadd_ps(x3, _mm256_set1_ps(-2.0f), x1);
            const __m256 t11 = _mm256_sub_ps(x4, x2);
            const __m256 t12 = _mm256_fmadd_ps(t11, _mm256_set1_ps(1.5f), x5);
            const __m256 t13 = _mm256_add_ps(t10, t12);
            const __m256 t14 = _mm256_fmadd_ps(t7, _mm256_set1_ps(-2.0f), t11);
            const __m256 t15 = _mm256_fmadd_ps(t7, _mm256_set1_ps(0.5f), t11);
            float *to = v + i * 37728 + c;
            _mm256_storeu_ps(to, t9);
            _mm256_storeu_ps(to + 6288, t2);
            _mm256_storeu_ps(to + 12576, t5);
            _mm256_storeu_ps(to + 18864, t14);
            _mm256_storeu_ps(to + 25152, t15);
            _mm256_storeu_ps(to + 31440, t13);
        }
    }
}

/* The 4 x 4 outputs of a tile, columns, then rows.
   m: the tile at the first position; positions 6288 apart, rows of them 37728.
   bias: of the first channel.
   output: the first pixel; pixels 8 apart, rows 224. */
static void transform_output(const float *m, const float *bias, float *output)
{
    __m256 columns[24];
    for (ptrdiff_t j = 0; j < 6; ++j) {
        const float *from = m + j * 6288;
        const __m256 x0 = _mm256_loadu_ps(from);
        const __m256 x1 = _mm256_loadu_ps(from + 37728);
        const __m256 x2 = _mm256_loadu_ps(from + 75456);
        const __m256 x3 = _mm256_loadu_ps(from + 113184);
        const __m256 x4 = _mm256_loadu_ps(from + 150912);
        const __m256 x5 = _mm256_loadu_ps(from + 188640);
        const __m256 t0 = _mm256_fmadd_ps(x4, _mm256_set1_ps(-4.0f), x3);
        const __m256 t1 = _mm256_sub_ps(x1, x2);
        const __m256 t2 = _mm256_fmadd_ps(t0, _mm256_set1_ps(0.5f), t1);
        const __m256 t3 = _mm256_fmadd_ps(x4, _mm256_set1_ps(16.0f), x3);
        const __m256 t4 = _mm256_add_ps(x1, x2);
        const __m256 t5 = _mm256_fmadd_ps(t3, _mm256_set1_ps(0.25f), t4);
        const __m256 t6 = _mm256_add_ps(x0, x3);
        const __m256 t7 = _mm256_add_ps(x4, t4);
        const __m256 t8 = _mm256_add_ps(t6, t7);
        const __m256 t9 = _mm256_fmadd_ps(x3, _mm256_set1_ps(0.125f), x5);
        const __m256 t10 = _mm256_fmadd_ps(x4, _mm256_set1_ps(-8.0f), t1);
        const __m256 t11 = _mm256_add_ps(t9, t10);
        columns[j] = t8;
        columns[j + 6] = t2;
        columns[j + 12] = t5;
        columns[j + 18] = t11;
    }
    for (ptrdiff_t i = 0; i < 4; ++i) {
        const __m256 x0 = columns[i * 6];
        const __m256 x1 = columns[i * 6 + 1];
        const __m256 x2 = columns[i * 6 + 2];
        const __m256 x3 = columns[i * 6 + 3];
        const __m256 x4 = columns[i * 6 + 4];
        const __m256 x5 = columns[i * 6 + 5];
        const __m256 t0 = _mm256_fmadd_ps(x4, _mm256_set1_ps(-4.0f), x3);
        const __m256 t1 = _mm256_sub_ps(x1, x2);
        const __m256 t2 = _mm256_fmadd_ps(t0, _mm256_set1_ps(0.5f), t1);
        const __m256 t3 = _mm256_fmadd_ps(x4, _mm256_set1_ps(16.0f), x3);
        const __m256 t4 = _mm256_add_ps(x1, x2);
        const __m256 t5 = _mm256_fmadd_ps(t3, _mm256_set1_ps(0.25f), t4);
        const __m256 t6 = _mm256_add_ps(x0, x3);
        const __m256 t7 = _mm256_add_ps(x4, t4);
        const __m256 t8 = _mm256_add_ps(t6, t7);
        const __m256 t9 = _mm256_fmadd_ps(x3, _mm256_set1_ps(0.125f), x5);
        const __m256 t10 = _mm256_fmadd_ps(x4, _mm256_set1_ps(-8.0f), t1);
        const __m256 t11 = _mm256_add_ps(t9, t10);
        const ptrdiff_t at = i * 224;
        const __m256 y0 = _mm256_add_ps(t8, _mm256_loadu_ps(bias));
        _mm256_storeu_ps(output + at, y0);
        const __m256 y1 = _mm256_add_ps(t2, _mm256_loadu_ps(bias));
        _mm256_storeu_ps(output + at + 8, y1);
        const __m256 y2 = _mm256_add_ps(t5, _mm256_loadu_ps(bias));
        _mm256_storeu_ps(output + at + 16, y2);
        const __m256 y3 = _mm256_add_ps(t11, _mm256_loadu_ps(bias));
        _mm256_storeu_ps(output + at + 24, y3);
    }
}

/* Lane i of vector j to lane j of vector i, 8 vectors of 4 lanes.
   from: vectors 784 apart. to: vectors 32 apart. */
static inline void transpose_8x4(const float *from, float *to)
{
    const __m256 r0_0 = _mm256_maskload_ps(from, some_lanes(0, 4));
    const __m256 r0_1 = _mm256_maskload_ps(from + 784, some_lanes(0, 4));
    const __m256 r0_2 = _mm256_maskload_ps(from + 1568, some_lanes(0, 4));
    const __m256 r0_3 = _mm256_maskload_ps(from + 2352, some_lanes(0, 4));
    const __m256 r0_4 = _mm256_maskload_ps(from + 3136, some_lanes(0, 4));
    const __m256 r0_5 = _mm256_maskload_ps(from + 3920, some_lanes(0, 4));
    const __m256 r0_6 = _mm256_maskload_ps(from + 4704, some_lanes(0, 4));
    const __m256 r0_7 = _mm256_maskload_ps(from + 5488, some_lanes(0, 4));
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
    _mm256_storeu_ps(to, r3_0);
    _mm256_storeu_ps(to + 32, r3_1);
    _mm256_storeu_ps(to + 64, r3_2);
    _mm256_storeu_ps(to + 96, r3_3);
}

/* Lane i of vector j to lane j of vector i, 8 vectors of 8 lanes.
   from: vectors 784 apart. to: vectors 32 apart. */
static inline void transpose_8x8(const float *from, float *to)
{
    const __m256 r0_0 = _mm256_loadu_ps(from);
    const __m256 r0_1 = _mm256_loadu_ps(from + 784);
    const __m256 r0_2 = _mm256_loadu_ps(from + 1568);
    const __m256 r0_3 = _mm256_loadu_ps(from + 2352);
    const __m256 r0_4 = _mm256_loadu_ps(from + 3136);
    const __m256 r0_5 = _mm256_loadu_ps(from + 3920);
    const __m256 r0_6 = _mm256_loadu_ps(from + 4704);
    const __m256 r0_7 = _mm256_loadu_ps(from + 5488);
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
    _mm256_storeu_ps(to + 32, r3_1);
    _mm256_storeu_ps(to + 64, r3_2);
    _mm256_storeu_ps(to + 96, r3_3);
    _mm256_storeu_ps(to + 128, r3_4);
    _mm256_storeu_ps(to + 160, r3_5);
    _mm256_storeu_ps(to + 192, r3_6);
    _mm256_storeu_ps(to + 224, r3_7);
}

/* Lane i of vector j to lane j of vector i, 4 vectors of 8 lanes.
   from: vectors 8 apart. to: vectors 784 apart. */
static inline void transpose_back_4x8(const float *from, float *to)
{
    const __m256 r0_0 = _mm256_loadu_ps(from);
    const __m256 r0_1 = _mm256_loadu_ps(from + 8);
    const __m256 r0_2 = _mm256_loadu_ps(from + 16);
    const __m256 r0_3 = _mm256_loadu_ps(from + 24);
    const __m256 r0_4 = _mm256_setzero_ps();
    const __m256 r0_5 = _mm256_setzero_ps();
    const __m256 r0_6 = _mm256_setzero_ps();
    const __m256 r0_7 = _mm256_setzero_ps();
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
    _mm256_maskstore_ps(to, some_lanes(0, 4), r3_0);
    _mm256_maskstore_ps(to + 784, some_lanes(0, 4), r3_1);
    _mm256_maskstore_ps(to + 1568, some_lanes(0, 4), r3_2);
    _mm256_maskstore_ps(to + 2352, some_lanes(0, 4), r3_3);
    _mm256_maskstore_ps(to + 3136, some_lanes(0, 4), r3_4);
    _mm256_maskstore_ps(to + 3920, some_lanes(0, 4), r3_5);
    _mm256_maskstore_ps(to + 4704, some_lanes(0, 4), r3_6);
    _mm256_maskstore_ps(to + 5488, some_lanes(0, 4), r3_7);
}

/* Lane i of vector j to lane j of vector i, 8 vectors of 8 lanes.
   from: vectors 8 apart. to: vectors 784 apart. */
static inline void transpose_back_8x8(const float *from, float *to)
{
    const __m256 r0_0 = _mm256_loadu_ps(from);
    const __m256 r0_1 = _mm256_loadu_ps(from + 8);
    const __m256 r0_2 = _mm256_loadu_ps(from + 16);
    const __m256 r0_3 = _mm256_loadu_ps(from + 24);
    const __m256 r0_4 = _mm256_loadu_ps(from + 32);
    const __m256 r0_5 = _mm256_loadu_ps(from + 40);
    const __m256 r0_6 = _mm256_loadu_ps(from + 48);
    const __m256 r0_7 = _mm256_loadu_ps(from + 56);
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
    _mm256_storeu_ps(to + 784, r3_1);
    _mm256_storeu_ps(to + 1568, r3_2);
    _mm256_storeu_ps(to + 2352, r3_3);
    _mm256_storeu_ps(to + 3136, r3_4);
    _mm256_storeu_ps(to + 3920, r3_5);
    _mm256_storeu_ps(to + 4704, r3_6);
    _mm256_storeu_ps(to + 5488, r3_7);
}

/* Zeros, so many of them, in whole vectors. */
static void zero_vectors(float *to, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i += 8) {
        _mm256_storeu_ps(to + i, _mm256_setzero_ps());
    }
}

/* Transforms the windows of a row of tiles.
   input: the image, the group's first channel.
   oh: the first row of outputs.
   v: the first tile; tiles 128 apart.
   window: room for the row's windows, some channels at a time; pixels 32 apart, rows 960. */
static void input_row(const float *input, ptrdiff_t oh, float *v, float *window)
{
    for (ptrdiff_t block = 0; block < 128; block += 32) {
        for (ptrdiff_t i = 0; i < 6; ++i) {
            const ptrdiff_t ih = oh + i - 1;
            float *to = window + i * 960;
            if (ih < 0 || ih >= 28) {
                zero_vectors(to, 960);
            } else {
                zero_vectors(to, 32);
                for (ptrdiff_t c = 0; c < 32; c += 8) {
                    for (ptrdiff_t w = 0; w < 24; w += 8) {
                        transpose_8x8(input + (block + c) * 784 + ih * 28 + w, to + c + w * 32 + 32);
                    }
                    transpose_8x4(input + (block + c) * 784 + ih * 28 + 24, to + c + 800);
                }
                zero_vectors(to + 928, 32);
            }
        }
        for (ptrdiff_t tile = 0; tile < 7; ++tile) {
            transform_inside(window + tile * 128, v + tile * 128 + block);
        }
    }
}

/* Transforms the same tiles back.
   m: the first tile; tiles 128 apart.
   bias: of the group's first channel.
   output: the image, the group's first channel.
   oh: the first row of outputs.
   window: room for the row's outputs, some channels at a time; pixels 8 apart, rows 224. */
static void output_row(const float *m, const float *bias, float *output, ptrdiff_t oh, float *window)
{
    for (ptrdiff_t block = 0; block < 128; block += 32) {
        for (ptrdiff_t tile = 0; tile < 7; ++tile) {
            for (ptrdiff_t c = 0; c < 32; c += 8) {
                transform_output(m + tile * 128 + block + c, bias + block + c, window + c * 112 + tile * 32);
            }
        }
        for (ptrdiff_t c = 0; c < 32; c += 8) {
            for (ptrdiff_t i = 0; i < 4; ++i) {
                for (ptrdiff_t w = 0; w < 24; w += 8) {
                    transpose_back_8x8(window + c * 112 + i * 224 + w * 8, output + (block + c) * 784 + (oh + i) * 28 + w);
                }
                transpose_back_4x8(window + c * 112 + i * 224 + 192, output + (block + c) * 784 + (oh + i) * 28 + 24);
            }
        }
    }
}

#ifndef conv_f32_nchw_3x3s1p1_128x28x28_128_NO_PACK
/* Packs a panel of U = G g transposed G, as integers over a divisor, so that sums in double hardly round.
   weights: the group's.
   oc0: the panel's first output channel.
   out: the panel at the first position, ic, then output channels; positions 16384 apart.
   Returns the end of the panel there. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, float *out)
{
    static const double g[6][3] = {
        {1.0, 0.0, 0.0},
        {1.0, 1.0, 1.0},
        {-1.0, 1.0, -1.0},
        {-16.0, -8.0, -4.0},
        {1.0, -2.0, 4.0},
        {0.0, 0.0, 1.0},
    };
    static const double over[6] = {1.0, 3.0, 3.0, 15.0, 15.0, 1.0};
    for (ptrdiff_t ic = 0; ic < 128; ++ic) {
        for (ptrdiff_t j = 0; j < 16; ++j) {
            for (ptrdiff_t p = 0; p < 6; ++p) {
                for (ptrdiff_t q = 0; q < 6; ++q) {
                    double sum = 0.0;
                    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
                        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
                            sum += g[p][kh] * g[q][kw] * weights[(oc0 + j) * 1152 + ic * 9 + kh * 3 + kw];
                        }
                    }
                    out[(p * 6 + q) * 16384 + ic * 16 + j] = (float)(sum / (over[p] * over[q]));
                }
            }
        }
    }
    return out + 2048;
}

void conv_f32_nchw_3x3s1p1_128x28x28_128_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 16) {
        out = pack_panel(weights, oc0, out);
    }
    out += 573440;
    for (ptrdiff_t oc = 0; oc < 128; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* Products of all input channels for 49 tiles, at one position.
   input: tiles 128 apart.
   weights: panels of the position.
   output: tiles 128 apart. */
static void multiply_49(const float *input, const float *weights, float *output)
{
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 16) {
        /* pixels, 6 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 24; ow0 += 6) {
            tile_6x16(input + ow0 * 128, weights + oc0 * 128, weights + oc0 * 128 + ow0 * 48 + 2048, output + oc0 + ow0 * 128);
        }
        /* pixels, 5 at a time */
        for (ptrdiff_t ow0 = 24; ow0 < 49; ow0 += 5) {
            tile_5x16(input + ow0 * 128, weights + oc0 * 128, weights + oc0 * 128 + ow0 * 48 + 2048, output + oc0 + ow0 * 128);
        }
    }
}

/* Those of the tiles that have position p.
   p: the position.
   v: the first position; positions 6288 apart.
   weights: the same of U; positions 16384 apart.
   m: as v; positions 6288 apart. */
static void multiply(ptrdiff_t p, const float *v, const float *weights, float *m)
{
    multiply_49(v + p * 6288, weights + p * 16384, m + p * 6288);
}

/* A task: rows of tiles, transformed. The arrays are the layer's. */
static void input_task(size_t task, int worker, const float *input, float *workspace)
{
    const ptrdiff_t th = (ptrdiff_t)task; /* row of tiles */
    float *window = workspace + 452736 + (ptrdiff_t)worker * 5760;
    const ptrdiff_t first = th * 7;
    input_row(input, th * 4, workspace + first * 128, window);
}

/* A task: products, one for each position. The arrays are the layer's. */
static void multiply_task(size_t task, const float *packed, float *workspace)
{
    multiply((ptrdiff_t)task, workspace, packed, workspace + 226368);
}

/* A task: rows of tiles, transformed back. The arrays are the layer's. */
static void output_task(size_t task, int worker, const float *packed, float *output, float *workspace)
{
    const ptrdiff_t th = (ptrdiff_t)task; /* row of tiles */
    float *window = workspace + 452736 + (ptrdiff_t)worker * 5760;
    const ptrdiff_t first = th * 7;
    output_row(workspace + 226368 + first * 128, packed + 589824, output, th * 4, window);
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef some_lanes
#undef alternate_lanes
#undef tile_6x16
#undef tile_5x16
#undef transform_inside
#undef transform_output
#undef transpose_8x4
#undef transpose_8x8
#undef transpose_back_4x8
#undef transpose_back_8x8
#undef zero_vectors
#undef input_row
#undef output_row
#undef pack_panel
#undef multiply_49
#undef multiply
#undef input_task
#undef multiply_task
#undef output_task

size_t conv_f32_nchw_3x3s1p1_128x28x28_128_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 7;
    case 1:
        return 36;
    case 2:
        return 7;
    default:
        return 0;
    }
}

void conv_f32_nchw_3x3s1p1_128x28x28_128_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        conv_f32_nchw_3x3s1p1_128x28x28_128_input_task_(task, worker, input, (float *)workspace);
        break;
    case 1:
        conv_f32_nchw_3x3s1p1_128x28x28_128_multiply_task_(task, (const float *)packed, (float *)workspace);
        break;
    case 2:
        conv_f32_nchw_3x3s1p1_128x28x28_128_output_task_(task, worker, (const float *)packed, output, (float *)workspace);
        break;
    }
}

void conv_f32_nchw_3x3s1p1_128x28x28_128(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nchw_3x3s1p1_128x28x28_128_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nchw_3x3s1p1_128x28x28_128_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nchw_3x3s1p1_128x28x28_128_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nchw_3x3s1p1_128x28x28_128_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
