/* conv_f32_nhwc_3x3s1p1_512x7x7_512: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 7 x 7 x 512, output 1 x 7 x 7 x 512, weights hwio 3 x 3 x 512 x 512
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate ic512ih7oc512oh7kh3ph1 --layout nhwc --target x86-64-v3 --max-error 1.6e-07 -o .
 * Plan      winograd on avx2, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oc by 24: 22 times
 *             for ic: 512 times
 *               tile of F(2x2, 3x3) and 1x1 at the end, 16 products of 4 tiles x 24 channels: 16 of 16 registers
 * Tasks     4 (rows of tiles, transformed), then 16 (products, one for each position), then 4 (rows of tiles, transformed back)
 * Cost      115605504 multiply-adds; at least 9639936 bytes moved; 16779264 bytes packed, 1050624 of workspace
 * Code      about 5384 bytes compiled for size, rarely more than 19090 for speed
 * Bound     |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 520 u / (1 - 520
 *           u) = 3.1e-05, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, *
 *           multiplies element by element, so S counts all pixels of an output's tile, also those that
 *           it does not read (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <=
 *           W, S is at most 3.277e+04 X W + |bias|, 7.11 times that of a direct sum
 * Range     nothing overflows where |x| <= X and |w| <= W, X <= 8.5e+37, W <= 1.51e+38, X W <=
 *           5.19e+33, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nhwc_3x3s1p1_512x7x7_512.h"

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
#define tile_4x24 conv_f32_nhwc_3x3s1p1_512x7x7_512_tile_4x24_
#define tile_4x16 conv_f32_nhwc_3x3s1p1_512x7x7_512_tile_4x16_
#define tile_3x24 conv_f32_nhwc_3x3s1p1_512x7x7_512_tile_3x24_
#define tile_3x16 conv_f32_nhwc_3x3s1p1_512x7x7_512_tile_3x16_
#define transform_inside conv_f32_nhwc_3x3s1p1_512x7x7_512_transform_inside_
#define transform_edge conv_f32_nhwc_3x3s1p1_512x7x7_512_transform_edge_
#define transform_output conv_f32_nhwc_3x3s1p1_512x7x7_512_transform_output_
#define transform_edge_right conv_f32_nhwc_3x3s1p1_512x7x7_512_transform_edge_right_
#define transform_output_right conv_f32_nhwc_3x3s1p1_512x7x7_512_transform_output_right_
#define transform_edge_bottom conv_f32_nhwc_3x3s1p1_512x7x7_512_transform_edge_bottom_
#define transform_output_bottom conv_f32_nhwc_3x3s1p1_512x7x7_512_transform_output_bottom_
#define transform_edge_bottom_right conv_f32_nhwc_3x3s1p1_512x7x7_512_transform_edge_bottom_right_
#define transform_output_bottom_right conv_f32_nhwc_3x3s1p1_512x7x7_512_transform_output_bottom_right_
#define input_row conv_f32_nhwc_3x3s1p1_512x7x7_512_input_row_
#define output_row conv_f32_nhwc_3x3s1p1_512x7x7_512_output_row_
#define pack_panel conv_f32_nhwc_3x3s1p1_512x7x7_512_pack_panel_
#define multiply_16 conv_f32_nhwc_3x3s1p1_512x7x7_512_multiply_16_
#define multiply_12 conv_f32_nhwc_3x3s1p1_512x7x7_512_multiply_12_
#define multiply_9 conv_f32_nhwc_3x3s1p1_512x7x7_512_multiply_9_
#define multiply conv_f32_nhwc_3x3s1p1_512x7x7_512_multiply_
#define input_task conv_f32_nhwc_3x3s1p1_512x7x7_512_input_task_
#define multiply_task conv_f32_nhwc_3x3s1p1_512x7x7_512_multiply_task_
#define output_task conv_f32_nhwc_3x3s1p1_512x7x7_512_output_task_

/* 4 tiles x 24 channels.
   x: one position of the first tile, transformed; tiles 512 apart.
   w: its panel, 24 numbers a term; next: a share of the panel behind it, not read.
   output: the first tile, first channel; tiles 512 apart. */
static void tile_4x24(const float *x, const float *w, const float *next, float *output)
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
            _mm_prefetch((const char *)(next + 16), _MM_HINT_T1);
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
        next += 32;
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

/* 4 tiles x 16 channels.
   x: one position of the first tile, transformed; tiles 512 apart.
   w: its panel, 16 numbers a term; next: a share of the panel behind it, not read.
   output: the first tile, first channel; tiles 512 apart. */
static void tile_4x16(const float *x, const float *w, const float *next, float *output)
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
            _mm_prefetch((const char *)(next + 16), _MM_HINT_T1);
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
        next += 32;
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

/* 3 tiles x 24 channels.
   x: one position of the first tile, transformed; tiles 512 apart.
   w: its panel, 24 numbers a term; next: a share of the panel behind it, not read.
   output: the first tile, first channel; tiles 512 apart. */
static void tile_3x24(const float *x, const float *w, const float *next, float *output)
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
            _mm_prefetch((const char *)(next + 16), _MM_HINT_T1);
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
            _mm_prefetch((const char *)(next + 32), _MM_HINT_T1);
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
        next += 48;
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

/* 3 tiles x 16 channels.
   x: one position of the first tile, transformed; tiles 512 apart.
   w: its panel, 16 numbers a term; next: a share of the panel behind it, not read.
   output: the first tile, first channel; tiles 512 apart. */
static void tile_3x16(const float *x, const float *w, const float *next, float *output)
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
            _mm_prefetch((const char *)(next + 16), _MM_HINT_T1);
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
            _mm_prefetch((const char *)(next + 32), _MM_HINT_T1);
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
        next += 48;
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 512, acc1_0);
    _mm256_storeu_ps(output + 520, acc1_1);
    _mm256_storeu_ps(output + 1024, acc2_0);
    _mm256_storeu_ps(output + 1032, acc2_1);
}

/* Transforms a window of 4 x 4 pixels, columns, then rows.
   window: its first pixel; pixels 512 apart, rows 3584.
   v: the tile at the first position; positions 8208 apart, rows of them 32832. */
static void transform_inside(const float *window, float *v)
{
    __m256 columns[16];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            const float *x = window + j * 512 + c;
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
            float *to = v + i * 32832 + c;
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
            _mm256_storeu_ps(to + 24624, t3);
        }
    }
}

/* The same of a window that reaches into the padding, or beyond it, and begins at row ih, column iw of the input. */
static void transform_edge(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    __m256 columns[16];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            if (iw + j < 0) {
                columns[j] = _mm256_setzero_ps();
                columns[j + 4] = _mm256_setzero_ps();
                columns[j + 8] = _mm256_setzero_ps();
                columns[j + 12] = _mm256_setzero_ps();
                continue;
            }
            const float *x = input + ih * 3584 + (iw + j) * 512 + c;
            const __m256 x0 = ih >= 0 ? _mm256_loadu_ps(x) : _mm256_setzero_ps();
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
            float *to = v + i * 32832 + c;
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
            _mm256_storeu_ps(to + 24624, t3);
        }
    }
}

/* The 2 x 2 outputs of a tile, columns, then rows.
   m: the tile at the first position; positions 8208 apart, rows of them 32832.
   bias: of the first channel.
   output: the first pixel; pixels 512 apart, rows 3584. */
static void transform_output(const float *m, const float *bias, float *output)
{
    __m256 columns[8];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            const float *from = m + j * 8208 + c;
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
            const __m256 y0 = _mm256_add_ps(t1, _mm256_loadu_ps(bias + c));
            _mm256_storeu_ps(output + at, y0);
            const __m256 y1 = _mm256_add_ps(t3, _mm256_loadu_ps(bias + c));
            _mm256_storeu_ps(output + at + 512, y1);
        }
    }
}

/* The same of a window that reaches into the padding, or beyond it, and begins at row ih, column 5 of the input. */
static void transform_edge_right(const float *input, ptrdiff_t ih, float *v)
{
    __m256 columns[12];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 3; ++j) {
            if (j >= 2) {
                columns[j] = _mm256_setzero_ps();
                columns[j + 3] = _mm256_setzero_ps();
                columns[j + 6] = _mm256_setzero_ps();
                columns[j + 9] = _mm256_setzero_ps();
                continue;
            }
            const float *x = input + ih * 3584 + (j + 5) * 512 + c;
            const __m256 x0 = ih >= 0 ? _mm256_loadu_ps(x) : _mm256_setzero_ps();
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
            float *to = v + i * 32832 + c;
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
        }
    }
}

/* The 2 x 1 outputs of a tile, columns, then rows.
   m: the tile at the first position; positions 8208 apart, rows of them 32832.
   bias: of the first channel.
   output: the first pixel; pixels 512 apart, rows 3584. */
static void transform_output_right(const float *m, const float *bias, float *output)
{
    __m256 columns[6];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 3; ++j) {
            const float *from = m + j * 8208 + c;
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
            const __m256 y0 = _mm256_add_ps(t1, _mm256_loadu_ps(bias + c));
            _mm256_storeu_ps(output + at, y0);
        }
    }
}

/* The same of a window that reaches into the padding, or beyond it, and begins at row 5, column iw of the input. */
static void transform_edge_bottom(const float *input, ptrdiff_t iw, float *v)
{
    __m256 columns[12];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            if (iw + j < 0) {
                columns[j] = _mm256_setzero_ps();
                columns[j + 4] = _mm256_setzero_ps();
                columns[j + 8] = _mm256_setzero_ps();
                continue;
            }
            const float *x = input + (iw + j) * 512 + c + 17920;
            const __m256 x0 = _mm256_loadu_ps(x);
            const __m256 x1 = _mm256_loadu_ps(x + 3584);
            const __m256 x2 = _mm256_setzero_ps();
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
            float *to = v + i * 32832 + c;
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
            _mm256_storeu_ps(to + 24624, t3);
        }
    }
}

/* The 1 x 2 outputs of a tile, columns, then rows.
   m: the tile at the first position; positions 8208 apart, rows of them 32832.
   bias: of the first channel.
   output: the first pixel; pixels 512 apart, rows 3584. */
static void transform_output_bottom(const float *m, const float *bias, float *output)
{
    __m256 columns[4];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 4; ++j) {
            const float *from = m + j * 8208 + c;
            const __m256 x0 = _mm256_loadu_ps(from);
            const __m256 x1 = _mm256_loadu_ps(from + 32832);
            const __m256 x2 = _mm256_loadu_ps(from + 65664);
            const __m256 t0 = _mm256_sub_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x2, t0);
            columns[j] = t1;
        }
        {
            const __m256 x0 = columns[0];
            const __m256 x1 = columns[1];
            const __m256 x2 = columns[2];
            const __m256 x3 = columns[3];
            const __m256 t0 = _mm256_add_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x3, t0);
            const __m256 t2 = _mm256_sub_ps(x0, x1);
            const __m256 t3 = _mm256_add_ps(x2, t2);
            const ptrdiff_t at = c;
            const __m256 y0 = _mm256_add_ps(t1, _mm256_loadu_ps(bias + c));
            _mm256_storeu_ps(output + at, y0);
            const __m256 y1 = _mm256_add_ps(t3, _mm256_loadu_ps(bias + c));
            _mm256_storeu_ps(output + at + 512, y1);
        }
    }
}

/* The same of a window that reaches into the padding, or beyond it, and begins at row 5, column 5 of the input. */
static void transform_edge_bottom_right(const float *input, float *v)
{
    __m256 columns[9];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 3; ++j) {
            if (j >= 2) {
                columns[j] = _mm256_setzero_ps();
                columns[j + 3] = _mm256_setzero_ps();
                columns[j + 6] = _mm256_setzero_ps();
                continue;
            }
            const float *x = input + (j + 5) * 512 + c + 17920;
            const __m256 x0 = _mm256_loadu_ps(x);
            const __m256 x1 = _mm256_loadu_ps(x + 3584);
            const __m256 x2 = _mm256_setzero_ps();
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
            float *to = v + i * 32832 + c;
            _mm256_storeu_ps(to, t1);
            _mm256_storeu_ps(to + 8208, t2);
            _mm256_storeu_ps(to + 16416, t0);
        }
    }
}

/* The 1 x 1 outputs of a tile, columns, then rows.
   m: the tile at the first position; positions 8208 apart, rows of them 32832.
   bias: of the first channel.
   output: the first pixel; pixels 512 apart, rows 3584. */
static void transform_output_bottom_right(const float *m, const float *bias, float *output)
{
    __m256 columns[3];
    for (ptrdiff_t c = 0; c < 512; c += 8) {
        for (ptrdiff_t j = 0; j < 3; ++j) {
            const float *from = m + j * 8208 + c;
            const __m256 x0 = _mm256_loadu_ps(from);
            const __m256 x1 = _mm256_loadu_ps(from + 32832);
            const __m256 x2 = _mm256_loadu_ps(from + 65664);
            const __m256 t0 = _mm256_sub_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x2, t0);
            columns[j] = t1;
        }
        {
            const __m256 x0 = columns[0];
            const __m256 x1 = columns[1];
            const __m256 x2 = columns[2];
            const __m256 t0 = _mm256_sub_ps(x0, x1);
            const __m256 t1 = _mm256_add_ps(x2, t0);
            const ptrdiff_t at = c;
            const __m256 y0 = _mm256_add_ps(t1, _mm256_loadu_ps(bias + c));
            _mm256_storeu_ps(output + at, y0);
        }
    }
}

/* Transforms the windows of a row of tiles.
   input: the image, the group's first channel.
   oh: the first row of outputs.
   v: the first tile; tiles 512 apart.
   last: the last tile, which is smaller than the others. */
static void input_row(const float *input, ptrdiff_t oh, float *v, float *last)
{
    const ptrdiff_t ih = oh - 1;
    if (oh < 6) {
        for (ptrdiff_t tile = 0; tile < 3; ++tile) {
            const ptrdiff_t iw = tile * 2 - 1;
            if (ih >= 0 && iw >= 0) {
                transform_inside(input + ih * 3584 + iw * 512, v + tile * 512);
            } else {
                transform_edge(input, ih, iw, v + tile * 512);
            }
        }
        transform_edge_right(input, ih, last);
    } else {
        for (ptrdiff_t tile = 0; tile < 3; ++tile) {
            const ptrdiff_t iw = tile * 2 - 1;
            transform_edge_bottom(input, iw, v + tile * 512);
        }
        transform_edge_bottom_right(input, last);
    }
}

/* Transforms the same tiles back.
   m: the first tile; tiles 512 apart.
   last: the last tile, which is smaller than the others.
   bias: of the group's first channel.
   output: the image, the group's first channel.
   oh: the first row of outputs. */
static void output_row(const float *m, const float *last, const float *bias, float *output, ptrdiff_t oh)
{
    if (oh < 6) {
        for (ptrdiff_t tile = 0; tile < 3; ++tile) {
            transform_output(m + tile * 512, bias, output + oh * 3584 + tile * 1024);
        }
        transform_output_right(last, bias, output + oh * 3584 + 3072);
    } else {
        for (ptrdiff_t tile = 0; tile < 3; ++tile) {
            transform_output_bottom(m + tile * 512, bias, output + tile * 1024 + 21504);
        }
        transform_output_bottom_right(last, bias, output + 24576);
    }
}

#ifndef conv_f32_nhwc_3x3s1p1_512x7x7_512_NO_PACK
/* Packs a panel of U = G g transposed G, as integers over a divisor, so that sums in double hardly round.
   weights: the group's.
   oc0: the panel's first output channel.
   width: its output channels.
   out: the panel at the first position, ic, then output channels; positions 262144 apart.
   Returns the end of the panel there. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    static const double g[4][3] = {
        {1.0, 1.0, 1.0},
        {1.0, -1.0, 1.0},
        {0.0, 0.0, 1.0},
        {-1.0, 0.0, 0.0},
    };
    static const double over[4] = {2.0, 2.0, 1.0, 1.0};
    for (ptrdiff_t ic = 0; ic < 512; ++ic) {
        for (ptrdiff_t j = 0; j < width; ++j) {
            for (ptrdiff_t p = 0; p < 4; ++p) {
                for (ptrdiff_t q = 0; q < 4; ++q) {
                    double sum = 0.0;
                    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
                        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
                            sum += g[p][kh] * g[q][kw] * weights[oc0 + j + ic * 512 + kh * 786432 + kw * 262144];
                        }
                    }
                    out[(p * 4 + q) * 262144 + ic * width + j] = (float)(sum / (over[p] * over[q]));
                }
            }
        }
    }
    return out + width * 512;
}

void conv_f32_nhwc_3x3s1p1_512x7x7_512_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 480; oc0 += 24) {
        out = pack_panel(weights, oc0, 24, out);
    }
    for (ptrdiff_t oc0 = 480; oc0 < 512; oc0 += 16) {
        out = pack_panel(weights, oc0, 16, out);
    }
    out += 3932160;
    for (ptrdiff_t oc = 0; oc < 512; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* Products of all input channels for 16 tiles, at one position.
   input: tiles 512 apart.
   weights: panels of the position.
   output: tiles 512 apart. */
static void multiply_16(const float *input, const float *weights, float *output)
{
    /* output channels, 24 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 480; oc0 += 24) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 16; ow0 += 4) {
            tile_4x24(input + ow0 * 512, weights + oc0 * 512, weights + oc0 * 512 + ow0 * 768 + 12288, output + oc0 + ow0 * 512);
        }
    }
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 480; oc0 < 512; oc0 += 16) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 16; ow0 += 4) {
            tile_4x16(input + ow0 * 512, weights + oc0 * 512, weights + oc0 * 512 + ow0 * 768 + 8192, output + oc0 + ow0 * 512);
        }
    }
}

/* Products of all input channels for 12 tiles, at one position.
   input: tiles 512 apart.
   weights: panels of the position.
   output: tiles 512 apart. */
static void multiply_12(const float *input, const float *weights, float *output)
{
    /* output channels, 24 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 480; oc0 += 24) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 12; ow0 += 4) {
            tile_4x24(input + ow0 * 512, weights + oc0 * 512, weights + oc0 * 512 + ow0 * 1024 + 12288, output + oc0 + ow0 * 512);
        }
    }
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 480; oc0 < 512; oc0 += 16) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 12; ow0 += 4) {
            tile_4x16(input + ow0 * 512, weights + oc0 * 512, weights + oc0 * 512 + ow0 * 1024 + 8192, output + oc0 + ow0 * 512);
        }
    }
}

/* Products of all input channels for 9 tiles, at one position.
   input: tiles 512 apart.
   weights: panels of the position.
   output: tiles 512 apart. */
static void multiply_9(const float *input, const float *weights, float *output)
{
    /* output channels, 24 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 480; oc0 += 24) {
        /* pixels, 3 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 9; ow0 += 3) {
            tile_3x24(input + ow0 * 512, weights + oc0 * 512, weights + oc0 * 512 + ow0 * 1376 + 12288, output + oc0 + ow0 * 512);
        }
    }
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 480; oc0 < 512; oc0 += 16) {
        /* pixels, 3 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 9; ow0 += 3) {
            tile_3x16(input + ow0 * 512, weights + oc0 * 512, weights + oc0 * 512 + ow0 * 1376 + 8192, output + oc0 + ow0 * 512);
        }
    }
}

/* Those of the tiles that have position p.
   p: the position.
   v: the first position; positions 8208 apart.
   weights: the same of U; positions 262144 apart.
   m: as v; positions 8208 apart. */
static void multiply(ptrdiff_t p, const float *v, const float *weights, float *m)
{
    const ptrdiff_t i = p / 4;
    const ptrdiff_t j = p % 4;
    if (i < 3 && j < 3) {
        multiply_16(v + p * 8208, weights + p * 262144, m + p * 8208);
    }
    if (i < 3 && j >= 3) {
        multiply_12(v + p * 8208 + 1536, weights + p * 262144, m + p * 8208 + 1536);
    }
    if (i >= 3 && j < 3) {
        multiply_12(v + p * 8208, weights + p * 262144, m + p * 8208);
    }
    if (i >= 3 && j >= 3) {
        multiply_9(v + p * 8208 + 1536, weights + p * 262144, m + p * 8208 + 1536);
    }
}

/* A task: rows of tiles, transformed. The arrays are the layer's. */
static void input_task(size_t task, const float *input, float *workspace)
{
    const ptrdiff_t th = (ptrdiff_t)task; /* row of tiles */
    const ptrdiff_t first = th * 3 + 3;
    const ptrdiff_t last = th < 3 ? th : 15;
    input_row(input, th * 2, workspace + first * 512, workspace + last * 512);
}

/* A task: products, one for each position. The arrays are the layer's. */
static void multiply_task(size_t task, const float *packed, float *workspace)
{
    multiply((ptrdiff_t)task, workspace, packed, workspace + 131328);
}

/* A task: rows of tiles, transformed back. The arrays are the layer's. */
static void output_task(size_t task, const float *packed, float *output, float *workspace)
{
    const ptrdiff_t th = (ptrdiff_t)task; /* row of tiles */
    const ptrdiff_t first = th * 3 + 3;
    const ptrdiff_t last = th < 3 ? th : 15;
    output_row(workspace + 131328 + first * 512, workspace + 131328 + last * 512, packed + 4194304, output, th * 2);
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef tile_4x24
#undef tile_4x16
#undef tile_3x24
#undef tile_3x16
#undef transform_inside
#undef transform_edge
#undef transform_output
#undef transform_edge_right
#undef transform_output_right
#undef transform_edge_bottom
#undef transform_output_bottom
#undef transform_edge_bottom_right
#undef transform_output_bottom_right
#undef input_row
#undef output_row
#undef pack_panel
#undef multiply_16
#undef multiply_12
#undef multiply_9
#undef multiply
#undef input_task
#undef multiply_task
#undef output_task

size_t conv_f32_nhwc_3x3s1p1_512x7x7_512_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 4;
    case 1:
        return 16;
    case 2:
        return 4;
    default:
        return 0;
    }
}

void conv_f32_nhwc_3x3s1p1_512x7x7_512_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    switch (phase) {
    case 0:
        conv_f32_nhwc_3x3s1p1_512x7x7_512_input_task_(task, input, (float *)workspace);
        break;
    case 1:
        conv_f32_nhwc_3x3s1p1_512x7x7_512_multiply_task_(task, (const float *)packed, (float *)workspace);
        break;
    case 2:
        conv_f32_nhwc_3x3s1p1_512x7x7_512_output_task_(task, (const float *)packed, output, (float *)workspace);
        break;
    }
}

void conv_f32_nhwc_3x3s1p1_512x7x7_512(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nhwc_3x3s1p1_512x7x7_512_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_3x3s1p1_512x7x7_512_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nhwc_3x3s1p1_512x7x7_512_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nhwc_3x3s1p1_512x7x7_512_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
