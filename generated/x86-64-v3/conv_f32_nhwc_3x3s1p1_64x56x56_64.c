/* conv_f32_nhwc_3x3s1p1_64x56x56_64: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 56 x 56 x 64, output 1 x 56 x 56 x 64, weights hwio 3 x 3 x 64 x 64
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate ic64ih56oc64oh56kh3ph1 --layout nhwc --target x86-64-v3 -o .
 * Plan      winograd on avx2, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oh by 8: 7 times, a task each
 *             for oc by 24: 3 times
 *               for ic: 64 times
 *                 tile of F(4x4, 3x3), 36 products of 4 tiles x 24 channels: 16 of 16 registers
 * Tasks     7 (blocks of tiles)
 * Cost      115605504 multiply-adds; at least 1753344 bytes moved; 590080 bytes packed, 520704 of workspace for a worker, 520704 more for each other
 * Code      about 3260 bytes compiled for size, rarely more than 12484 for speed
 * Bound     |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 76 u / (1 - 76 u)
 *           = 4.53e-06, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, *
 *           multiplies element by element, so S counts all pixels of an output's tile, also those that
 *           it does not read (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <=
 *           W, S is at most 5.607e+04 X W + |bias|, 97.4 times that of a direct sum
 * Range     nothing overflows where |x| <= X and |w| <= W, X <= 6.94e+36, W <= 9.76e+37, X W <=
 *           2.35e+33, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nhwc_3x3s1p1_64x56x56_64.h"

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
#define tile_4x24 conv_f32_nhwc_3x3s1p1_64x56x56_64_tile_4x24_
#define tile_4x16 conv_f32_nhwc_3x3s1p1_64x56x56_64_tile_4x16_
#define transform_inside conv_f32_nhwc_3x3s1p1_64x56x56_64_transform_inside_
#define transform_edge conv_f32_nhwc_3x3s1p1_64x56x56_64_transform_edge_
#define transform_output conv_f32_nhwc_3x3s1p1_64x56x56_64_transform_output_
#define input_row conv_f32_nhwc_3x3s1p1_64x56x56_64_input_row_
#define output_row conv_f32_nhwc_3x3s1p1_64x56x56_64_output_row_
#define pack_panel conv_f32_nhwc_3x3s1p1_64x56x56_64_pack_panel_
#define multiply_28 conv_f32_nhwc_3x3s1p1_64x56x56_64_multiply_28_
#define multiply conv_f32_nhwc_3x3s1p1_64x56x56_64_multiply_
#define compute_task conv_f32_nhwc_3x3s1p1_64x56x56_64_compute_task_

/* 4 tiles x 24 channels.
   x: one position of the first tile, transformed; tiles 64 apart.
   w: its panel, 24 numbers a term.
   output: the first tile, first channel; tiles 64 apart. */
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
    for (ptrdiff_t ic = 0; ic < 64; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 b1 = _mm256_loadu_ps(w + 8);
            const __m256 b2 = _mm256_loadu_ps(w + 16);
            const __m256 a0 = _mm256_broadcast_ss(x_ic);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 64);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 128);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 192);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 24);
            const __m256 b1 = _mm256_loadu_ps(w + 32);
            const __m256 b2 = _mm256_loadu_ps(w + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 65);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 129);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 193);
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
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 66);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 130);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 194);
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
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 67);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 131);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 195);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
        }
        w += 96;
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 16, acc0_2);
    _mm256_storeu_ps(output + 64, acc1_0);
    _mm256_storeu_ps(output + 72, acc1_1);
    _mm256_storeu_ps(output + 80, acc1_2);
    _mm256_storeu_ps(output + 128, acc2_0);
    _mm256_storeu_ps(output + 136, acc2_1);
    _mm256_storeu_ps(output + 144, acc2_2);
    _mm256_storeu_ps(output + 192, acc3_0);
    _mm256_storeu_ps(output + 200, acc3_1);
    _mm256_storeu_ps(output + 208, acc3_2);
}

/* 4 tiles x 16 channels.
   x: one position of the first tile, transformed; tiles 64 apart.
   w: its panel, 16 numbers a term.
   output: the first tile, first channel; tiles 64 apart. */
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
    for (ptrdiff_t ic = 0; ic < 64; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 b1 = _mm256_loadu_ps(w + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_ic);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 64);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 128);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 192);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 16);
            const __m256 b1 = _mm256_loadu_ps(w + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 65);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 129);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 193);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 32);
            const __m256 b1 = _mm256_loadu_ps(w + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 66);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 130);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 194);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 48);
            const __m256 b1 = _mm256_loadu_ps(w + 56);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 67);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 131);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 195);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        w += 64;
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 64, acc1_0);
    _mm256_storeu_ps(output + 72, acc1_1);
    _mm256_storeu_ps(output + 128, acc2_0);
    _mm256_storeu_ps(output + 136, acc2_1);
    _mm256_storeu_ps(output + 192, acc3_0);
    _mm256_storeu_ps(output + 200, acc3_1);
}

/* Transforms a window of 6 x 6 pixels, columns, then rows.
   window: its first pixel; pixels 64 apart, rows 3584.
   v: the tile at the first position; positions 1808 apart, rows of them 10848. */
static void transform_inside(const float *window, float *v)
{
    __m256 columns[36];
    for (ptrdiff_t c = 0; c < 64; c += 8) {
        for (ptrdiff_t j = 0; j < 6; ++j) {
            const float *x = window + j * 64 + c;
            const __m256 x0 = _mm256_loadu_ps(x);
            _mm_prefetch((const char *)(x + 256), _MM_HINT_T1);
            const __m256 x1 = _mm256_loadu_ps(x + 3584);
            _mm_prefetch((const char *)(x + 3840), _MM_HINT_T1);
            const __m256 x2 = _mm256_loadu_ps(x + 7168);
            _mm_prefetch((const char *)(x + 7424), _MM_HINT_T1);
            const __m256 x3 = _mm256_loadu_ps(x + 10752);
            _mm_prefetch((const char *)(x + 11008), _MM_HINT_T1);
            const __m256 x4 = _mm256_loadu_ps(x + 14336);
            _mm_prefetch((const char *)(x + 14592), _MM_HINT_T1);
            const __m256 x5 = _mm256_loadu_ps(x + 17920);
            _mm_prefetch((const char *)(x + 18176), _MM_HINT_T1);
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
            float *to = v + i * 10848 + c;
            _mm256_storeu_ps(to, t9);
            _mm256_storeu_ps(to + 1808, t2);
            _mm256_storeu_ps(to + 3616, t5);
            _mm256_storeu_ps(to + 5424, t14);
            _mm256_storeu_ps(to + 7232, t15);
            _mm256_storeu_ps(to + 9040, t13);
        }
    }
}

/* The same of a window that reaches into the padding, or beyond it, and begins at row ih, column iw of the input. */
static void transform_edge(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    __m256 columns[36];
    for (ptrdiff_t c = 0; c < 64; c += 8) {
        for (ptrdiff_t j = 0; j < 6; ++j) {
            if (iw + j < 0 || iw + j >= 56) {
                columns[j] = _mm256_setzero_ps();
                columns[j + 6] = _mm256_setzero_ps();
                columns[j + 12] = _mm256_setzero_ps();
                columns[j + 18] = _mm256_setzero_ps();
                columns[j + 24] = _mm256_setzero_ps();
                columns[j + 30] = _mm256_setzero_ps();
                continue;
            }
            const float *x = input + ih * 3584 + (iw + j) * 64 + c;
            const __m256 x0 = ih >= 0 ? _mm256_loadu_ps(x) : _mm256_setzero_ps();
            const __m256 x1 = _mm256_loadu_ps(x + 3584);
            const __m256 x2 = _mm256_loadu_ps(x + 7168);
            const __m256 x3 = _mm256_loadu_ps(x + 10752);
            const __m256 x4 = _mm256_loadu_ps(x + 14336);
            const __m256 x5 = ih + 5 < 56 ? _mm256_loadu_ps(x + 17920) : _mm256_setzero_ps();
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
            float *to = v + i * 10848 + c;
            _mm256_storeu_ps(to, t9);
            _mm256_storeu_ps(to + 1808, t2);
            _mm256_storeu_ps(to + 3616, t5);
            _mm256_storeu_ps(to + 5424, t14);
            _mm256_storeu_ps(to + 7232, t15);
            _mm256_storeu_ps(to + 9040, t13);
        }
    }
}

/* The 4 x 4 outputs of a tile, columns, then rows.
   m: the tile at the first position; positions 1808 apart, rows of them 10848.
   bias: of the first channel.
   output: the first pixel; pixels 64 apart, rows 3584. */
static void transform_output(const float *m, const float *bias, float *output)
{
    __m256 columns[24];
    for (ptrdiff_t c = 0; c < 64; c += 8) {
        for (ptrdiff_t j = 0; j < 6; ++j) {
            const float *from = m + j * 1808 + c;
            const __m256 x0 = _mm256_loadu_ps(from);
            const __m256 x1 = _mm256_loadu_ps(from + 10848);
            const __m256 x2 = _mm256_loadu_ps(from + 21696);
            const __m256 x3 = _mm256_loadu_ps(from + 32544);
            const __m256 x4 = _mm256_loadu_ps(from + 43392);
            const __m256 x5 = _mm256_loadu_ps(from + 54240);
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
            const ptrdiff_t at = i * 3584 + c;
            _mm_prefetch((const char *)(output + at + 256), _MM_HINT_T1);
            const __m256 y0 = _mm256_add_ps(t8, _mm256_loadu_ps(bias + c));
            _mm256_storeu_ps(output + at, y0);
            _mm_prefetch((const char *)(output + at + 320), _MM_HINT_T1);
            const __m256 y1 = _mm256_add_ps(t2, _mm256_loadu_ps(bias + c));
            _mm256_storeu_ps(output + at + 64, y1);
            _mm_prefetch((const char *)(output + at + 384), _MM_HINT_T1);
            const __m256 y2 = _mm256_add_ps(t5, _mm256_loadu_ps(bias + c));
            _mm256_storeu_ps(output + at + 128, y2);
            _mm_prefetch((const char *)(output + at + 448), _MM_HINT_T1);
            const __m256 y3 = _mm256_add_ps(t11, _mm256_loadu_ps(bias + c));
            _mm256_storeu_ps(output + at + 192, y3);
        }
    }
}

/* Transforms the windows of a row of tiles.
   input: the image, the group's first channel.
   oh: the first row of outputs.
   v: the first tile; tiles 64 apart. */
static void input_row(const float *input, ptrdiff_t oh, float *v)
{
    const ptrdiff_t ih = oh - 1;
    for (ptrdiff_t tile = 0; tile < 14; ++tile) {
        const ptrdiff_t iw = tile * 4 - 1;
        if (ih >= 0 && ih <= 50 && iw >= 0 && iw <= 50) {
            transform_inside(input + ih * 3584 + iw * 64, v + tile * 64);
        } else {
            transform_edge(input, ih, iw, v + tile * 64);
        }
    }
}

/* Transforms the same tiles back.
   m: the first tile; tiles 64 apart.
   bias: of the group's first channel.
   output: the image, the group's first channel.
   oh: the first row of outputs. */
static void output_row(const float *m, const float *bias, float *output, ptrdiff_t oh)
{
    for (ptrdiff_t tile = 0; tile < 14; ++tile) {
        transform_output(m + tile * 64, bias, output + oh * 3584 + tile * 256);
    }
}

#ifndef conv_f32_nhwc_3x3s1p1_64x56x56_64_NO_PACK
/* Packs a panel of U = G g transposed G, as integers over a divisor, so that sums in double hardly round.
   weights: the group's.
   oc0: the panel's first output channel.
   width: its output channels.
   out: the panel at the first position, ic, then output channels; positions 4096 apart.
   Returns the end of the panel there. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
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
    for (ptrdiff_t ic = 0; ic < 64; ++ic) {
        for (ptrdiff_t j = 0; j < width; ++j) {
            for (ptrdiff_t p = 0; p < 6; ++p) {
                for (ptrdiff_t q = 0; q < 6; ++q) {
                    double sum = 0.0;
                    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
                        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
                            sum += g[p][kh] * g[q][kw] * weights[oc0 + j + ic * 64 + kh * 12288 + kw * 4096];
                        }
                    }
                    out[(p * 6 + q) * 4096 + ic * width + j] = (float)(sum / (over[p] * over[q]));
                }
            }
        }
    }
    return out + width * 64;
}

void conv_f32_nhwc_3x3s1p1_64x56x56_64_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 48; oc0 += 24) {
        out = pack_panel(weights, oc0, 24, out);
    }
    out = pack_panel(weights, 48, 16, out);
    out += 143360;
    for (ptrdiff_t oc = 0; oc < 64; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* Products of all input channels for 28 tiles, at one position.
   input: tiles 64 apart.
   weights: panels of the position.
   output: tiles 64 apart. */
static void multiply_28(const float *input, const float *weights, float *output)
{
    /* output channels, 24 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 48; oc0 += 24) {
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 28; ow0 += 4) {
            tile_4x24(input + ow0 * 64, weights + oc0 * 64, output + oc0 + ow0 * 64);
        }
    }
    /* pixels, 4 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < 28; ow0 += 4) {
        tile_4x16(input + ow0 * 64, weights + 3072, output + ow0 * 64 + 48);
    }
}

/* Those of the tiles that have position p.
   p: the position.
   v: the first position; positions 1808 apart.
   weights: the same of U; positions 4096 apart.
   m: as v; positions 1808 apart. */
static void multiply(ptrdiff_t p, const float *v, const float *weights, float *m)
{
    multiply_28(v + p * 1808, weights + p * 4096, m + p * 1808);
}

/* A task: blocks of tiles. The arrays are the layer's. */
static void compute_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    const ptrdiff_t th = (ptrdiff_t)task; /* block of rows */
    const ptrdiff_t oh0 = th * 8;
    float *v = workspace + (ptrdiff_t)worker * 130176;
    float *m = v + 65088;
    for (ptrdiff_t i = 0; i < 2; ++i) {
        const ptrdiff_t first = i * 14;
        input_row(input, oh0 + i * 4, v + first * 64);
    }
    for (ptrdiff_t p = 0; p < 36; ++p) {
        multiply(p, v, packed, m);
    }
    for (ptrdiff_t i = 0; i < 2; ++i) {
        const ptrdiff_t first = i * 14;
        output_row(m + first * 64, packed + 147456, output, oh0 + i * 4);
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef tile_4x24
#undef tile_4x16
#undef transform_inside
#undef transform_edge
#undef transform_output
#undef input_row
#undef output_row
#undef pack_panel
#undef multiply_28
#undef multiply
#undef compute_task

size_t conv_f32_nhwc_3x3s1p1_64x56x56_64_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 7;
    default:
        return 0;
    }
}

void conv_f32_nhwc_3x3s1p1_64x56x56_64_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        conv_f32_nhwc_3x3s1p1_64x56x56_64_compute_task_(task, worker, input, (const float *)packed, output, (float *)workspace);
        break;
    }
}

void conv_f32_nhwc_3x3s1p1_64x56x56_64(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nhwc_3x3s1p1_64x56x56_64_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_3x3s1p1_64x56x56_64_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nhwc_3x3s1p1_64x56x56_64_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nhwc_3x3s1p1_64x56x56_64_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
