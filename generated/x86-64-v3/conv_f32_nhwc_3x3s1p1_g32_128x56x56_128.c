/* conv_f32_nhwc_3x3s1p1_g32_128x56x56_128: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 56 x 56 x 128, output 1 x 56 x 56 x 128, weights hwio 3 x 3 x 4 x 128
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, 32 groups, bias
 * Command   convgen generate g32ic128ih56oc128oh56kh3ph1 --layout nhwc --target x86-64-v3 -o .
 * Plan      grouped on avx2, lanes over oc, reading the input as it is, edge tiles skip the padding, the next tile's input asked for beforehand
 *           for oh: 56 times, a task each
 *             for ow by 10: 6 times
 *               for oc by 8: 16 times
 *                 for kh: 3 times
 *                   for kw: 3 times
 *                     for ic: 4 times
 *                       tile of 10 pixels x 8 channels: 16 of 16 registers
 * Tasks     56 (output rows)
 * Cost      14450688 multiply-adds; at least 3230208 bytes moved; 18944 bytes packed, 0 of workspace
 * Code      about 7184 bytes compiled for size, rarely more than 11656 for speed
 * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 36 u / (1 - 36 u) = 2.15e-06, u = 2^-24
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 4.72e+36, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nhwc_3x3s1p1_g32_128x56x56_128.h"

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
/* Loading an input again is cheaper than keeping it: registers are for sums. */
#if defined(__GNUC__) || defined(__clang__)
#define RELOAD __asm__ volatile("" ::: "memory")
#else
#define RELOAD (void)0
#endif

/* Functions of this file alone, by names that no other file has. */
#define group_lanes conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_group_lanes_
#define tile_10x8_pixel0 conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_tile_10x8_pixel0_
#define tile_10x8 conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_tile_10x8_
#define tile_9x8 conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_tile_9x8_
#define tile_9x8_pixel47 conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_tile_9x8_pixel47_
#define pack_panel conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_pack_panel_
#define compute_task conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_compute_task_

/* For lane l of a vector of output channels, o to a group: input channel j of the i of its group. */
static inline __m256i group_lanes(int o, int i, int j)
{
    return _mm256_setr_epi32(
        j, 1 / o * i + j, 2 / o * i + j, 3 / o * i + j,
        4 / o * i + j, 5 / o * i + j, 6 / o * i + j, 7 / o * i + j);
}

/* 10 pixels x 8 channels, from pixel 0.
   x: the input at row 0, column 0; pixels 128 apart, rows 7168.
   ih: the row of the input that the window begins at.
   kh_begin, kh_end: the first kernel row on the input, and the one behind the last.
   w: its panel, 32 numbers a tap: 8 for each input channel of a group.
   bias: of the first channel.
   output: the first pixel, first channel; pixels 128 apart. */
static void tile_10x8_pixel0(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc6_0 = _mm256_loadu_ps(bias);
    __m256 acc7_0 = _mm256_loadu_ps(bias);
    __m256 acc8_0 = _mm256_loadu_ps(bias);
    __m256 acc9_0 = _mm256_loadu_ps(bias);
    /* the next tile's outputs */
    _mm_prefetch((const char *)(output + 1280), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1408), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1536), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1664), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1792), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1920), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2048), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2176), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2304), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2432), _MM_HINT_T1);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 7168;
        const float *w_kh = w + kh * 96;
        /* kernel columns */
        {
            const __m256 b0_0_0 = _mm256_loadu_ps(w_kh);
            const __m256 b1_0_0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b2_0_0 = _mm256_loadu_ps(w_kh + 64);
            const __m256 x0_0_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_0_0 = _mm256_permutevar8x32_ps(x0_0_0, group_lanes(4, 4, 0));
            acc1_0 = _mm256_fmadd_ps(a0_0_0, b0_0_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a0_0_0, b1_0_0, acc0_0);
            const __m256 x1_0_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_0_0 = _mm256_permutevar8x32_ps(x1_0_0, group_lanes(4, 4, 0));
            acc2_0 = _mm256_fmadd_ps(a1_0_0, b0_0_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a1_0_0, b1_0_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_0_0, b2_0_0, acc0_0);
            const __m256 x2_0_0 = _mm256_loadu_ps(x_kh + 256);
            _mm_prefetch((const char *)(x_kh + 1536), _MM_HINT_T1);
            const __m256 a2_0_0 = _mm256_permutevar8x32_ps(x2_0_0, group_lanes(4, 4, 0));
            acc3_0 = _mm256_fmadd_ps(a2_0_0, b0_0_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a2_0_0, b1_0_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_0_0, b2_0_0, acc1_0);
            const __m256 x3_0_0 = _mm256_loadu_ps(x_kh + 384);
            _mm_prefetch((const char *)(x_kh + 1664), _MM_HINT_T1);
            const __m256 a3_0_0 = _mm256_permutevar8x32_ps(x3_0_0, group_lanes(4, 4, 0));
            acc4_0 = _mm256_fmadd_ps(a3_0_0, b0_0_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a3_0_0, b1_0_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_0_0, b2_0_0, acc2_0);
            const __m256 x4_0_0 = _mm256_loadu_ps(x_kh + 512);
            _mm_prefetch((const char *)(x_kh + 1792), _MM_HINT_T1);
            const __m256 a4_0_0 = _mm256_permutevar8x32_ps(x4_0_0, group_lanes(4, 4, 0));
            acc5_0 = _mm256_fmadd_ps(a4_0_0, b0_0_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a4_0_0, b1_0_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_0_0, b2_0_0, acc3_0);
            const __m256 x5_0_0 = _mm256_loadu_ps(x_kh + 640);
            _mm_prefetch((const char *)(x_kh + 1920), _MM_HINT_T1);
            const __m256 a5_0_0 = _mm256_permutevar8x32_ps(x5_0_0, group_lanes(4, 4, 0));
            acc6_0 = _mm256_fmadd_ps(a5_0_0, b0_0_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a5_0_0, b1_0_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_0_0, b2_0_0, acc4_0);
            const __m256 x6_0_0 = _mm256_loadu_ps(x_kh + 768);
            _mm_prefetch((const char *)(x_kh + 2048), _MM_HINT_T1);
            const __m256 a6_0_0 = _mm256_permutevar8x32_ps(x6_0_0, group_lanes(4, 4, 0));
            acc7_0 = _mm256_fmadd_ps(a6_0_0, b0_0_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a6_0_0, b1_0_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_0_0, b2_0_0, acc5_0);
            const __m256 x7_0_0 = _mm256_loadu_ps(x_kh + 896);
            _mm_prefetch((const char *)(x_kh + 2176), _MM_HINT_T1);
            const __m256 a7_0_0 = _mm256_permutevar8x32_ps(x7_0_0, group_lanes(4, 4, 0));
            acc8_0 = _mm256_fmadd_ps(a7_0_0, b0_0_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a7_0_0, b1_0_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_0_0, b2_0_0, acc6_0);
            const __m256 x8_0_0 = _mm256_loadu_ps(x_kh + 1024);
            _mm_prefetch((const char *)(x_kh + 2304), _MM_HINT_T1);
            const __m256 a8_0_0 = _mm256_permutevar8x32_ps(x8_0_0, group_lanes(4, 4, 0));
            acc9_0 = _mm256_fmadd_ps(a8_0_0, b0_0_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a8_0_0, b1_0_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_0_0, b2_0_0, acc7_0);
            const __m256 x9_0_0 = _mm256_loadu_ps(x_kh + 1152);
            _mm_prefetch((const char *)(x_kh + 2432), _MM_HINT_T1);
            const __m256 a9_0_0 = _mm256_permutevar8x32_ps(x9_0_0, group_lanes(4, 4, 0));
            acc9_0 = _mm256_fmadd_ps(a9_0_0, b1_0_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a9_0_0, b2_0_0, acc8_0);
            const __m256 x10_0_0 = _mm256_loadu_ps(x_kh + 1280);
            _mm_prefetch((const char *)(x_kh + 2560), _MM_HINT_T1);
            const __m256 a10_0_0 = _mm256_permutevar8x32_ps(x10_0_0, group_lanes(4, 4, 0));
            acc9_0 = _mm256_fmadd_ps(a10_0_0, b2_0_0, acc9_0);
            RELOAD;
            const __m256 b0_1_0 = _mm256_loadu_ps(w_kh + 8);
            const __m256 b1_1_0 = _mm256_loadu_ps(w_kh + 40);
            const __m256 b2_1_0 = _mm256_loadu_ps(w_kh + 72);
            const __m256 x0_1_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_1_0 = _mm256_permutevar8x32_ps(x0_1_0, group_lanes(4, 4, 1));
            acc1_0 = _mm256_fmadd_ps(a0_1_0, b0_1_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a0_1_0, b1_1_0, acc0_0);
            const __m256 x1_1_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_1_0 = _mm256_permutevar8x32_ps(x1_1_0, group_lanes(4, 4, 1));
            acc2_0 = _mm256_fmadd_ps(a1_1_0, b0_1_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a1_1_0, b1_1_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_1_0, b2_1_0, acc0_0);
            const __m256 x2_1_0 = _mm256_loadu_ps(x_kh + 256);
            const __m256 a2_1_0 = _mm256_permutevar8x32_ps(x2_1_0, group_lanes(4, 4, 1));
            acc3_0 = _mm256_fmadd_ps(a2_1_0, b0_1_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a2_1_0, b1_1_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_1_0, b2_1_0, acc1_0);
            const __m256 x3_1_0 = _mm256_loadu_ps(x_kh + 384);
            const __m256 a3_1_0 = _mm256_permutevar8x32_ps(x3_1_0, group_lanes(4, 4, 1));
            acc4_0 = _mm256_fmadd_ps(a3_1_0, b0_1_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a3_1_0, b1_1_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_1_0, b2_1_0, acc2_0);
            const __m256 x4_1_0 = _mm256_loadu_ps(x_kh + 512);
            const __m256 a4_1_0 = _mm256_permutevar8x32_ps(x4_1_0, group_lanes(4, 4, 1));
            acc5_0 = _mm256_fmadd_ps(a4_1_0, b0_1_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a4_1_0, b1_1_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_1_0, b2_1_0, acc3_0);
            const __m256 x5_1_0 = _mm256_loadu_ps(x_kh + 640);
            const __m256 a5_1_0 = _mm256_permutevar8x32_ps(x5_1_0, group_lanes(4, 4, 1));
            acc6_0 = _mm256_fmadd_ps(a5_1_0, b0_1_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a5_1_0, b1_1_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_1_0, b2_1_0, acc4_0);
            const __m256 x6_1_0 = _mm256_loadu_ps(x_kh + 768);
            const __m256 a6_1_0 = _mm256_permutevar8x32_ps(x6_1_0, group_lanes(4, 4, 1));
            acc7_0 = _mm256_fmadd_ps(a6_1_0, b0_1_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a6_1_0, b1_1_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_1_0, b2_1_0, acc5_0);
            const __m256 x7_1_0 = _mm256_loadu_ps(x_kh + 896);
            const __m256 a7_1_0 = _mm256_permutevar8x32_ps(x7_1_0, group_lanes(4, 4, 1));
            acc8_0 = _mm256_fmadd_ps(a7_1_0, b0_1_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a7_1_0, b1_1_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_1_0, b2_1_0, acc6_0);
            const __m256 x8_1_0 = _mm256_loadu_ps(x_kh + 1024);
            const __m256 a8_1_0 = _mm256_permutevar8x32_ps(x8_1_0, group_lanes(4, 4, 1));
            acc9_0 = _mm256_fmadd_ps(a8_1_0, b0_1_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a8_1_0, b1_1_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_1_0, b2_1_0, acc7_0);
            const __m256 x9_1_0 = _mm256_loadu_ps(x_kh + 1152);
            const __m256 a9_1_0 = _mm256_permutevar8x32_ps(x9_1_0, group_lanes(4, 4, 1));
            acc9_0 = _mm256_fmadd_ps(a9_1_0, b1_1_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a9_1_0, b2_1_0, acc8_0);
            const __m256 x10_1_0 = _mm256_loadu_ps(x_kh + 1280);
            const __m256 a10_1_0 = _mm256_permutevar8x32_ps(x10_1_0, group_lanes(4, 4, 1));
            acc9_0 = _mm256_fmadd_ps(a10_1_0, b2_1_0, acc9_0);
            RELOAD;
            const __m256 b0_2_0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1_2_0 = _mm256_loadu_ps(w_kh + 48);
            const __m256 b2_2_0 = _mm256_loadu_ps(w_kh + 80);
            const __m256 x0_2_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_2_0 = _mm256_permutevar8x32_ps(x0_2_0, group_lanes(4, 4, 2));
            acc1_0 = _mm256_fmadd_ps(a0_2_0, b0_2_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a0_2_0, b1_2_0, acc0_0);
            const __m256 x1_2_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_2_0 = _mm256_permutevar8x32_ps(x1_2_0, group_lanes(4, 4, 2));
            acc2_0 = _mm256_fmadd_ps(a1_2_0, b0_2_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a1_2_0, b1_2_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_2_0, b2_2_0, acc0_0);
            const __m256 x2_2_0 = _mm256_loadu_ps(x_kh + 256);
            const __m256 a2_2_0 = _mm256_permutevar8x32_ps(x2_2_0, group_lanes(4, 4, 2));
            acc3_0 = _mm256_fmadd_ps(a2_2_0, b0_2_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a2_2_0, b1_2_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_2_0, b2_2_0, acc1_0);
            const __m256 x3_2_0 = _mm256_loadu_ps(x_kh + 384);
            const __m256 a3_2_0 = _mm256_permutevar8x32_ps(x3_2_0, group_lanes(4, 4, 2));
            acc4_0 = _mm256_fmadd_ps(a3_2_0, b0_2_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a3_2_0, b1_2_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_2_0, b2_2_0, acc2_0);
            const __m256 x4_2_0 = _mm256_loadu_ps(x_kh + 512);
            const __m256 a4_2_0 = _mm256_permutevar8x32_ps(x4_2_0, group_lanes(4, 4, 2));
            acc5_0 = _mm256_fmadd_ps(a4_2_0, b0_2_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a4_2_0, b1_2_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_2_0, b2_2_0, acc3_0);
            const __m256 x5_2_0 = _mm256_loadu_ps(x_kh + 640);
            const __m256 a5_2_0 = _mm256_permutevar8x32_ps(x5_2_0, group_lanes(4, 4, 2));
            acc6_0 = _mm256_fmadd_ps(a5_2_0, b0_2_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a5_2_0, b1_2_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_2_0, b2_2_0, acc4_0);
            const __m256 x6_2_0 = _mm256_loadu_ps(x_kh + 768);
            const __m256 a6_2_0 = _mm256_permutevar8x32_ps(x6_2_0, group_lanes(4, 4, 2));
            acc7_0 = _mm256_fmadd_ps(a6_2_0, b0_2_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a6_2_0, b1_2_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_2_0, b2_2_0, acc5_0);
            const __m256 x7_2_0 = _mm256_loadu_ps(x_kh + 896);
            const __m256 a7_2_0 = _mm256_permutevar8x32_ps(x7_2_0, group_lanes(4, 4, 2));
            acc8_0 = _mm256_fmadd_ps(a7_2_0, b0_2_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a7_2_0, b1_2_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_2_0, b2_2_0, acc6_0);
            const __m256 x8_2_0 = _mm256_loadu_ps(x_kh + 1024);
            const __m256 a8_2_0 = _mm256_permutevar8x32_ps(x8_2_0, group_lanes(4, 4, 2));
            acc9_0 = _mm256_fmadd_ps(a8_2_0, b0_2_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a8_2_0, b1_2_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_2_0, b2_2_0, acc7_0);
            const __m256 x9_2_0 = _mm256_loadu_ps(x_kh + 1152);
            const __m256 a9_2_0 = _mm256_permutevar8x32_ps(x9_2_0, group_lanes(4, 4, 2));
            acc9_0 = _mm256_fmadd_ps(a9_2_0, b1_2_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a9_2_0, b2_2_0, acc8_0);
            const __m256 x10_2_0 = _mm256_loadu_ps(x_kh + 1280);
            const __m256 a10_2_0 = _mm256_permutevar8x32_ps(x10_2_0, group_lanes(4, 4, 2));
            acc9_0 = _mm256_fmadd_ps(a10_2_0, b2_2_0, acc9_0);
            RELOAD;
            const __m256 b0_3_0 = _mm256_loadu_ps(w_kh + 24);
            const __m256 b1_3_0 = _mm256_loadu_ps(w_kh + 56);
            const __m256 b2_3_0 = _mm256_loadu_ps(w_kh + 88);
            const __m256 x0_3_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_3_0 = _mm256_permutevar8x32_ps(x0_3_0, group_lanes(4, 4, 3));
            acc1_0 = _mm256_fmadd_ps(a0_3_0, b0_3_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a0_3_0, b1_3_0, acc0_0);
            const __m256 x1_3_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_3_0 = _mm256_permutevar8x32_ps(x1_3_0, group_lanes(4, 4, 3));
            acc2_0 = _mm256_fmadd_ps(a1_3_0, b0_3_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a1_3_0, b1_3_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_3_0, b2_3_0, acc0_0);
            const __m256 x2_3_0 = _mm256_loadu_ps(x_kh + 256);
            const __m256 a2_3_0 = _mm256_permutevar8x32_ps(x2_3_0, group_lanes(4, 4, 3));
            acc3_0 = _mm256_fmadd_ps(a2_3_0, b0_3_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a2_3_0, b1_3_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_3_0, b2_3_0, acc1_0);
            const __m256 x3_3_0 = _mm256_loadu_ps(x_kh + 384);
            const __m256 a3_3_0 = _mm256_permutevar8x32_ps(x3_3_0, group_lanes(4, 4, 3));
            acc4_0 = _mm256_fmadd_ps(a3_3_0, b0_3_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a3_3_0, b1_3_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_3_0, b2_3_0, acc2_0);
            const __m256 x4_3_0 = _mm256_loadu_ps(x_kh + 512);
            const __m256 a4_3_0 = _mm256_permutevar8x32_ps(x4_3_0, group_lanes(4, 4, 3));
            acc5_0 = _mm256_fmadd_ps(a4_3_0, b0_3_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a4_3_0, b1_3_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_3_0, b2_3_0, acc3_0);
            const __m256 x5_3_0 = _mm256_loadu_ps(x_kh + 640);
            const __m256 a5_3_0 = _mm256_permutevar8x32_ps(x5_3_0, group_lanes(4, 4, 3));
            acc6_0 = _mm256_fmadd_ps(a5_3_0, b0_3_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a5_3_0, b1_3_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_3_0, b2_3_0, acc4_0);
            const __m256 x6_3_0 = _mm256_loadu_ps(x_kh + 768);
            const __m256 a6_3_0 = _mm256_permutevar8x32_ps(x6_3_0, group_lanes(4, 4, 3));
            acc7_0 = _mm256_fmadd_ps(a6_3_0, b0_3_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a6_3_0, b1_3_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_3_0, b2_3_0, acc5_0);
            const __m256 x7_3_0 = _mm256_loadu_ps(x_kh + 896);
            const __m256 a7_3_0 = _mm256_permutevar8x32_ps(x7_3_0, group_lanes(4, 4, 3));
            acc8_0 = _mm256_fmadd_ps(a7_3_0, b0_3_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a7_3_0, b1_3_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_3_0, b2_3_0, acc6_0);
            const __m256 x8_3_0 = _mm256_loadu_ps(x_kh + 1024);
            const __m256 a8_3_0 = _mm256_permutevar8x32_ps(x8_3_0, group_lanes(4, 4, 3));
            acc9_0 = _mm256_fmadd_ps(a8_3_0, b0_3_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a8_3_0, b1_3_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_3_0, b2_3_0, acc7_0);
            const __m256 x9_3_0 = _mm256_loadu_ps(x_kh + 1152);
            const __m256 a9_3_0 = _mm256_permutevar8x32_ps(x9_3_0, group_lanes(4, 4, 3));
            acc9_0 = _mm256_fmadd_ps(a9_3_0, b1_3_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a9_3_0, b2_3_0, acc8_0);
            const __m256 x10_3_0 = _mm256_loadu_ps(x_kh + 1280);
            const __m256 a10_3_0 = _mm256_permutevar8x32_ps(x10_3_0, group_lanes(4, 4, 3));
            acc9_0 = _mm256_fmadd_ps(a10_3_0, b2_3_0, acc9_0);
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 128, acc1_0);
    _mm256_storeu_ps(output + 256, acc2_0);
    _mm256_storeu_ps(output + 384, acc3_0);
    _mm256_storeu_ps(output + 512, acc4_0);
    _mm256_storeu_ps(output + 640, acc5_0);
    _mm256_storeu_ps(output + 768, acc6_0);
    _mm256_storeu_ps(output + 896, acc7_0);
    _mm256_storeu_ps(output + 1024, acc8_0);
    _mm256_storeu_ps(output + 1152, acc9_0);
}

/* 10 pixels x 8 channels.
   x: the input at row 0, the first column of the window; pixels 128 apart, rows 7168.
   ih: the row of the input that the window begins at.
   kh_begin, kh_end: the first kernel row on the input, and the one behind the last.
   w: its panel, 32 numbers a tap: 8 for each input channel of a group.
   bias: of the first channel.
   output: the first pixel, first channel; pixels 128 apart. */
static void tile_10x8(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc6_0 = _mm256_loadu_ps(bias);
    __m256 acc7_0 = _mm256_loadu_ps(bias);
    __m256 acc8_0 = _mm256_loadu_ps(bias);
    __m256 acc9_0 = _mm256_loadu_ps(bias);
    /* the next tile's outputs */
    _mm_prefetch((const char *)(output + 1280), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1408), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1536), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1664), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1792), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1920), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2048), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2176), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2304), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2432), _MM_HINT_T1);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 7168;
        const float *w_kh = w + kh * 96;
        /* kernel columns */
        {
            const __m256 b0_0_0 = _mm256_loadu_ps(w_kh);
            const __m256 b1_0_0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b2_0_0 = _mm256_loadu_ps(w_kh + 64);
            const __m256 x0_0_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_0_0 = _mm256_permutevar8x32_ps(x0_0_0, group_lanes(4, 4, 0));
            acc0_0 = _mm256_fmadd_ps(a0_0_0, b0_0_0, acc0_0);
            const __m256 x1_0_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_0_0 = _mm256_permutevar8x32_ps(x1_0_0, group_lanes(4, 4, 0));
            acc1_0 = _mm256_fmadd_ps(a1_0_0, b0_0_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_0_0, b1_0_0, acc0_0);
            const __m256 x2_0_0 = _mm256_loadu_ps(x_kh + 256);
            _mm_prefetch((const char *)(x_kh + 1536), _MM_HINT_T1);
            const __m256 a2_0_0 = _mm256_permutevar8x32_ps(x2_0_0, group_lanes(4, 4, 0));
            acc2_0 = _mm256_fmadd_ps(a2_0_0, b0_0_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_0_0, b1_0_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_0_0, b2_0_0, acc0_0);
            const __m256 x3_0_0 = _mm256_loadu_ps(x_kh + 384);
            _mm_prefetch((const char *)(x_kh + 1664), _MM_HINT_T1);
            const __m256 a3_0_0 = _mm256_permutevar8x32_ps(x3_0_0, group_lanes(4, 4, 0));
            acc3_0 = _mm256_fmadd_ps(a3_0_0, b0_0_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_0_0, b1_0_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_0_0, b2_0_0, acc1_0);
            const __m256 x4_0_0 = _mm256_loadu_ps(x_kh + 512);
            _mm_prefetch((const char *)(x_kh + 1792), _MM_HINT_T1);
            const __m256 a4_0_0 = _mm256_permutevar8x32_ps(x4_0_0, group_lanes(4, 4, 0));
            acc4_0 = _mm256_fmadd_ps(a4_0_0, b0_0_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_0_0, b1_0_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_0_0, b2_0_0, acc2_0);
            const __m256 x5_0_0 = _mm256_loadu_ps(x_kh + 640);
            _mm_prefetch((const char *)(x_kh + 1920), _MM_HINT_T1);
            const __m256 a5_0_0 = _mm256_permutevar8x32_ps(x5_0_0, group_lanes(4, 4, 0));
            acc5_0 = _mm256_fmadd_ps(a5_0_0, b0_0_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_0_0, b1_0_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_0_0, b2_0_0, acc3_0);
            const __m256 x6_0_0 = _mm256_loadu_ps(x_kh + 768);
            _mm_prefetch((const char *)(x_kh + 2048), _MM_HINT_T1);
            const __m256 a6_0_0 = _mm256_permutevar8x32_ps(x6_0_0, group_lanes(4, 4, 0));
            acc6_0 = _mm256_fmadd_ps(a6_0_0, b0_0_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_0_0, b1_0_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_0_0, b2_0_0, acc4_0);
            const __m256 x7_0_0 = _mm256_loadu_ps(x_kh + 896);
            _mm_prefetch((const char *)(x_kh + 2176), _MM_HINT_T1);
            const __m256 a7_0_0 = _mm256_permutevar8x32_ps(x7_0_0, group_lanes(4, 4, 0));
            acc7_0 = _mm256_fmadd_ps(a7_0_0, b0_0_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_0_0, b1_0_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_0_0, b2_0_0, acc5_0);
            const __m256 x8_0_0 = _mm256_loadu_ps(x_kh + 1024);
            _mm_prefetch((const char *)(x_kh + 2304), _MM_HINT_T1);
            const __m256 a8_0_0 = _mm256_permutevar8x32_ps(x8_0_0, group_lanes(4, 4, 0));
            acc8_0 = _mm256_fmadd_ps(a8_0_0, b0_0_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_0_0, b1_0_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_0_0, b2_0_0, acc6_0);
            const __m256 x9_0_0 = _mm256_loadu_ps(x_kh + 1152);
            _mm_prefetch((const char *)(x_kh + 2432), _MM_HINT_T1);
            const __m256 a9_0_0 = _mm256_permutevar8x32_ps(x9_0_0, group_lanes(4, 4, 0));
            acc9_0 = _mm256_fmadd_ps(a9_0_0, b0_0_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a9_0_0, b1_0_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_0_0, b2_0_0, acc7_0);
            const __m256 x10_0_0 = _mm256_loadu_ps(x_kh + 1280);
            _mm_prefetch((const char *)(x_kh + 2560), _MM_HINT_T1);
            const __m256 a10_0_0 = _mm256_permutevar8x32_ps(x10_0_0, group_lanes(4, 4, 0));
            acc9_0 = _mm256_fmadd_ps(a10_0_0, b1_0_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a10_0_0, b2_0_0, acc8_0);
            const __m256 x11_0_0 = _mm256_loadu_ps(x_kh + 1408);
            _mm_prefetch((const char *)(x_kh + 2688), _MM_HINT_T1);
            const __m256 a11_0_0 = _mm256_permutevar8x32_ps(x11_0_0, group_lanes(4, 4, 0));
            acc9_0 = _mm256_fmadd_ps(a11_0_0, b2_0_0, acc9_0);
            RELOAD;
            const __m256 b0_1_0 = _mm256_loadu_ps(w_kh + 8);
            const __m256 b1_1_0 = _mm256_loadu_ps(w_kh + 40);
            const __m256 b2_1_0 = _mm256_loadu_ps(w_kh + 72);
            const __m256 x0_1_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_1_0 = _mm256_permutevar8x32_ps(x0_1_0, group_lanes(4, 4, 1));
            acc0_0 = _mm256_fmadd_ps(a0_1_0, b0_1_0, acc0_0);
            const __m256 x1_1_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_1_0 = _mm256_permutevar8x32_ps(x1_1_0, group_lanes(4, 4, 1));
            acc1_0 = _mm256_fmadd_ps(a1_1_0, b0_1_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_1_0, b1_1_0, acc0_0);
            const __m256 x2_1_0 = _mm256_loadu_ps(x_kh + 256);
            const __m256 a2_1_0 = _mm256_permutevar8x32_ps(x2_1_0, group_lanes(4, 4, 1));
            acc2_0 = _mm256_fmadd_ps(a2_1_0, b0_1_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_1_0, b1_1_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_1_0, b2_1_0, acc0_0);
            const __m256 x3_1_0 = _mm256_loadu_ps(x_kh + 384);
            const __m256 a3_1_0 = _mm256_permutevar8x32_ps(x3_1_0, group_lanes(4, 4, 1));
            acc3_0 = _mm256_fmadd_ps(a3_1_0, b0_1_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_1_0, b1_1_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_1_0, b2_1_0, acc1_0);
            const __m256 x4_1_0 = _mm256_loadu_ps(x_kh + 512);
            const __m256 a4_1_0 = _mm256_permutevar8x32_ps(x4_1_0, group_lanes(4, 4, 1));
            acc4_0 = _mm256_fmadd_ps(a4_1_0, b0_1_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_1_0, b1_1_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_1_0, b2_1_0, acc2_0);
            const __m256 x5_1_0 = _mm256_loadu_ps(x_kh + 640);
            const __m256 a5_1_0 = _mm256_permutevar8x32_ps(x5_1_0, group_lanes(4, 4, 1));
            acc5_0 = _mm256_fmadd_ps(a5_1_0, b0_1_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_1_0, b1_1_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_1_0, b2_1_0, acc3_0);
            const __m256 x6_1_0 = _mm256_loadu_ps(x_kh + 768);
            const __m256 a6_1_0 = _mm256_permutevar8x32_ps(x6_1_0, group_lanes(4, 4, 1));
            acc6_0 = _mm256_fmadd_ps(a6_1_0, b0_1_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_1_0, b1_1_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_1_0, b2_1_0, acc4_0);
            const __m256 x7_1_0 = _mm256_loadu_ps(x_kh + 896);
            const __m256 a7_1_0 = _mm256_permutevar8x32_ps(x7_1_0, group_lanes(4, 4, 1));
            acc7_0 = _mm256_fmadd_ps(a7_1_0, b0_1_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_1_0, b1_1_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_1_0, b2_1_0, acc5_0);
            const __m256 x8_1_0 = _mm256_loadu_ps(x_kh + 1024);
            const __m256 a8_1_0 = _mm256_permutevar8x32_ps(x8_1_0, group_lanes(4, 4, 1));
            acc8_0 = _mm256_fmadd_ps(a8_1_0, b0_1_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_1_0, b1_1_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_1_0, b2_1_0, acc6_0);
            const __m256 x9_1_0 = _mm256_loadu_ps(x_kh + 1152);
            const __m256 a9_1_0 = _mm256_permutevar8x32_ps(x9_1_0, group_lanes(4, 4, 1));
            acc9_0 = _mm256_fmadd_ps(a9_1_0, b0_1_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a9_1_0, b1_1_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_1_0, b2_1_0, acc7_0);
            const __m256 x10_1_0 = _mm256_loadu_ps(x_kh + 1280);
            const __m256 a10_1_0 = _mm256_permutevar8x32_ps(x10_1_0, group_lanes(4, 4, 1));
            acc9_0 = _mm256_fmadd_ps(a10_1_0, b1_1_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a10_1_0, b2_1_0, acc8_0);
            const __m256 x11_1_0 = _mm256_loadu_ps(x_kh + 1408);
            const __m256 a11_1_0 = _mm256_permutevar8x32_ps(x11_1_0, group_lanes(4, 4, 1));
            acc9_0 = _mm256_fmadd_ps(a11_1_0, b2_1_0, acc9_0);
            RELOAD;
            const __m256 b0_2_0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1_2_0 = _mm256_loadu_ps(w_kh + 48);
            const __m256 b2_2_0 = _mm256_loadu_ps(w_kh + 80);
            const __m256 x0_2_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_2_0 = _mm256_permutevar8x32_ps(x0_2_0, group_lanes(4, 4, 2));
            acc0_0 = _mm256_fmadd_ps(a0_2_0, b0_2_0, acc0_0);
            const __m256 x1_2_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_2_0 = _mm256_permutevar8x32_ps(x1_2_0, group_lanes(4, 4, 2));
            acc1_0 = _mm256_fmadd_ps(a1_2_0, b0_2_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_2_0, b1_2_0, acc0_0);
            const __m256 x2_2_0 = _mm256_loadu_ps(x_kh + 256);
            const __m256 a2_2_0 = _mm256_permutevar8x32_ps(x2_2_0, group_lanes(4, 4, 2));
            acc2_0 = _mm256_fmadd_ps(a2_2_0, b0_2_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_2_0, b1_2_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_2_0, b2_2_0, acc0_0);
            const __m256 x3_2_0 = _mm256_loadu_ps(x_kh + 384);
            const __m256 a3_2_0 = _mm256_permutevar8x32_ps(x3_2_0, group_lanes(4, 4, 2));
            acc3_0 = _mm256_fmadd_ps(a3_2_0, b0_2_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_2_0, b1_2_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_2_0, b2_2_0, acc1_0);
            const __m256 x4_2_0 = _mm256_loadu_ps(x_kh + 512);
            const __m256 a4_2_0 = _mm256_permutevar8x32_ps(x4_2_0, group_lanes(4, 4, 2));
            acc4_0 = _mm256_fmadd_ps(a4_2_0, b0_2_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_2_0, b1_2_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_2_0, b2_2_0, acc2_0);
            const __m256 x5_2_0 = _mm256_loadu_ps(x_kh + 640);
            const __m256 a5_2_0 = _mm256_permutevar8x32_ps(x5_2_0, group_lanes(4, 4, 2));
            acc5_0 = _mm256_fmadd_ps(a5_2_0, b0_2_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_2_0, b1_2_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_2_0, b2_2_0, acc3_0);
            const __m256 x6_2_0 = _mm256_loadu_ps(x_kh + 768);
            const __m256 a6_2_0 = _mm256_permutevar8x32_ps(x6_2_0, group_lanes(4, 4, 2));
            acc6_0 = _mm256_fmadd_ps(a6_2_0, b0_2_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_2_0, b1_2_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_2_0, b2_2_0, acc4_0);
            const __m256 x7_2_0 = _mm256_loadu_ps(x_kh + 896);
            const __m256 a7_2_0 = _mm256_permutevar8x32_ps(x7_2_0, group_lanes(4, 4, 2));
            acc7_0 = _mm256_fmadd_ps(a7_2_0, b0_2_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_2_0, b1_2_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_2_0, b2_2_0, acc5_0);
            const __m256 x8_2_0 = _mm256_loadu_ps(x_kh + 1024);
            const __m256 a8_2_0 = _mm256_permutevar8x32_ps(x8_2_0, group_lanes(4, 4, 2));
            acc8_0 = _mm256_fmadd_ps(a8_2_0, b0_2_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_2_0, b1_2_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_2_0, b2_2_0, acc6_0);
            const __m256 x9_2_0 = _mm256_loadu_ps(x_kh + 1152);
            const __m256 a9_2_0 = _mm256_permutevar8x32_ps(x9_2_0, group_lanes(4, 4, 2));
            acc9_0 = _mm256_fmadd_ps(a9_2_0, b0_2_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a9_2_0, b1_2_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_2_0, b2_2_0, acc7_0);
            const __m256 x10_2_0 = _mm256_loadu_ps(x_kh + 1280);
            const __m256 a10_2_0 = _mm256_permutevar8x32_ps(x10_2_0, group_lanes(4, 4, 2));
            acc9_0 = _mm256_fmadd_ps(a10_2_0, b1_2_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a10_2_0, b2_2_0, acc8_0);
            const __m256 x11_2_0 = _mm256_loadu_ps(x_kh + 1408);
            const __m256 a11_2_0 = _mm256_permutevar8x32_ps(x11_2_0, group_lanes(4, 4, 2));
            acc9_0 = _mm256_fmadd_ps(a11_2_0, b2_2_0, acc9_0);
            RELOAD;
            const __m256 b0_3_0 = _mm256_loadu_ps(w_kh + 24);
            const __m256 b1_3_0 = _mm256_loadu_ps(w_kh + 56);
            const __m256 b2_3_0 = _mm256_loadu_ps(w_kh + 88);
            const __m256 x0_3_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_3_0 = _mm256_permutevar8x32_ps(x0_3_0, group_lanes(4, 4, 3));
            acc0_0 = _mm256_fmadd_ps(a0_3_0, b0_3_0, acc0_0);
            const __m256 x1_3_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_3_0 = _mm256_permutevar8x32_ps(x1_3_0, group_lanes(4, 4, 3));
            acc1_0 = _mm256_fmadd_ps(a1_3_0, b0_3_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_3_0, b1_3_0, acc0_0);
            const __m256 x2_3_0 = _mm256_loadu_ps(x_kh + 256);
            const __m256 a2_3_0 = _mm256_permutevar8x32_ps(x2_3_0, group_lanes(4, 4, 3));
            acc2_0 = _mm256_fmadd_ps(a2_3_0, b0_3_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_3_0, b1_3_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_3_0, b2_3_0, acc0_0);
            const __m256 x3_3_0 = _mm256_loadu_ps(x_kh + 384);
            const __m256 a3_3_0 = _mm256_permutevar8x32_ps(x3_3_0, group_lanes(4, 4, 3));
            acc3_0 = _mm256_fmadd_ps(a3_3_0, b0_3_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_3_0, b1_3_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_3_0, b2_3_0, acc1_0);
            const __m256 x4_3_0 = _mm256_loadu_ps(x_kh + 512);
            const __m256 a4_3_0 = _mm256_permutevar8x32_ps(x4_3_0, group_lanes(4, 4, 3));
            acc4_0 = _mm256_fmadd_ps(a4_3_0, b0_3_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_3_0, b1_3_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_3_0, b2_3_0, acc2_0);
            const __m256 x5_3_0 = _mm256_loadu_ps(x_kh + 640);
            const __m256 a5_3_0 = _mm256_permutevar8x32_ps(x5_3_0, group_lanes(4, 4, 3));
            acc5_0 = _mm256_fmadd_ps(a5_3_0, b0_3_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_3_0, b1_3_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_3_0, b2_3_0, acc3_0);
            const __m256 x6_3_0 = _mm256_loadu_ps(x_kh + 768);
            const __m256 a6_3_0 = _mm256_permutevar8x32_ps(x6_3_0, group_lanes(4, 4, 3));
            acc6_0 = _mm256_fmadd_ps(a6_3_0, b0_3_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_3_0, b1_3_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_3_0, b2_3_0, acc4_0);
            const __m256 x7_3_0 = _mm256_loadu_ps(x_kh + 896);
            const __m256 a7_3_0 = _mm256_permutevar8x32_ps(x7_3_0, group_lanes(4, 4, 3));
            acc7_0 = _mm256_fmadd_ps(a7_3_0, b0_3_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_3_0, b1_3_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_3_0, b2_3_0, acc5_0);
            const __m256 x8_3_0 = _mm256_loadu_ps(x_kh + 1024);
            const __m256 a8_3_0 = _mm256_permutevar8x32_ps(x8_3_0, group_lanes(4, 4, 3));
            acc8_0 = _mm256_fmadd_ps(a8_3_0, b0_3_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_3_0, b1_3_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_3_0, b2_3_0, acc6_0);
            const __m256 x9_3_0 = _mm256_loadu_ps(x_kh + 1152);
            const __m256 a9_3_0 = _mm256_permutevar8x32_ps(x9_3_0, group_lanes(4, 4, 3));
            acc9_0 = _mm256_fmadd_ps(a9_3_0, b0_3_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a9_3_0, b1_3_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_3_0, b2_3_0, acc7_0);
            const __m256 x10_3_0 = _mm256_loadu_ps(x_kh + 1280);
            const __m256 a10_3_0 = _mm256_permutevar8x32_ps(x10_3_0, group_lanes(4, 4, 3));
            acc9_0 = _mm256_fmadd_ps(a10_3_0, b1_3_0, acc9_0);
            acc8_0 = _mm256_fmadd_ps(a10_3_0, b2_3_0, acc8_0);
            const __m256 x11_3_0 = _mm256_loadu_ps(x_kh + 1408);
            const __m256 a11_3_0 = _mm256_permutevar8x32_ps(x11_3_0, group_lanes(4, 4, 3));
            acc9_0 = _mm256_fmadd_ps(a11_3_0, b2_3_0, acc9_0);
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 128, acc1_0);
    _mm256_storeu_ps(output + 256, acc2_0);
    _mm256_storeu_ps(output + 384, acc3_0);
    _mm256_storeu_ps(output + 512, acc4_0);
    _mm256_storeu_ps(output + 640, acc5_0);
    _mm256_storeu_ps(output + 768, acc6_0);
    _mm256_storeu_ps(output + 896, acc7_0);
    _mm256_storeu_ps(output + 1024, acc8_0);
    _mm256_storeu_ps(output + 1152, acc9_0);
}

/* 9 pixels x 8 channels.
   x: the input at row 0, the first column of the window; pixels 128 apart, rows 7168.
   ih: the row of the input that the window begins at.
   kh_begin, kh_end: the first kernel row on the input, and the one behind the last.
   w: its panel, 32 numbers a tap: 8 for each input channel of a group.
   bias: of the first channel.
   output: the first pixel, first channel; pixels 128 apart. */
static void tile_9x8(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc6_0 = _mm256_loadu_ps(bias);
    __m256 acc7_0 = _mm256_loadu_ps(bias);
    __m256 acc8_0 = _mm256_loadu_ps(bias);
    /* the next tile's outputs */
    _mm_prefetch((const char *)(output + 1152), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1280), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1408), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1536), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1664), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1792), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1920), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2048), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2176), _MM_HINT_T1);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 7168;
        const float *w_kh = w + kh * 96;
        /* kernel columns */
        {
            const __m256 b0_0_0 = _mm256_loadu_ps(w_kh);
            const __m256 b1_0_0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b2_0_0 = _mm256_loadu_ps(w_kh + 64);
            const __m256 x0_0_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_0_0 = _mm256_permutevar8x32_ps(x0_0_0, group_lanes(4, 4, 0));
            acc0_0 = _mm256_fmadd_ps(a0_0_0, b0_0_0, acc0_0);
            const __m256 x1_0_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_0_0 = _mm256_permutevar8x32_ps(x1_0_0, group_lanes(4, 4, 0));
            acc1_0 = _mm256_fmadd_ps(a1_0_0, b0_0_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_0_0, b1_0_0, acc0_0);
            const __m256 x2_0_0 = _mm256_loadu_ps(x_kh + 256);
            _mm_prefetch((const char *)(x_kh + 1536), _MM_HINT_T1);
            const __m256 a2_0_0 = _mm256_permutevar8x32_ps(x2_0_0, group_lanes(4, 4, 0));
            acc2_0 = _mm256_fmadd_ps(a2_0_0, b0_0_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_0_0, b1_0_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_0_0, b2_0_0, acc0_0);
            const __m256 x3_0_0 = _mm256_loadu_ps(x_kh + 384);
            _mm_prefetch((const char *)(x_kh + 1664), _MM_HINT_T1);
            const __m256 a3_0_0 = _mm256_permutevar8x32_ps(x3_0_0, group_lanes(4, 4, 0));
            acc3_0 = _mm256_fmadd_ps(a3_0_0, b0_0_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_0_0, b1_0_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_0_0, b2_0_0, acc1_0);
            const __m256 x4_0_0 = _mm256_loadu_ps(x_kh + 512);
            _mm_prefetch((const char *)(x_kh + 1792), _MM_HINT_T1);
            const __m256 a4_0_0 = _mm256_permutevar8x32_ps(x4_0_0, group_lanes(4, 4, 0));
            acc4_0 = _mm256_fmadd_ps(a4_0_0, b0_0_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_0_0, b1_0_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_0_0, b2_0_0, acc2_0);
            const __m256 x5_0_0 = _mm256_loadu_ps(x_kh + 640);
            _mm_prefetch((const char *)(x_kh + 1920), _MM_HINT_T1);
            const __m256 a5_0_0 = _mm256_permutevar8x32_ps(x5_0_0, group_lanes(4, 4, 0));
            acc5_0 = _mm256_fmadd_ps(a5_0_0, b0_0_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_0_0, b1_0_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_0_0, b2_0_0, acc3_0);
            const __m256 x6_0_0 = _mm256_loadu_ps(x_kh + 768);
            _mm_prefetch((const char *)(x_kh + 2048), _MM_HINT_T1);
            const __m256 a6_0_0 = _mm256_permutevar8x32_ps(x6_0_0, group_lanes(4, 4, 0));
            acc6_0 = _mm256_fmadd_ps(a6_0_0, b0_0_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_0_0, b1_0_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_0_0, b2_0_0, acc4_0);
            const __m256 x7_0_0 = _mm256_loadu_ps(x_kh + 896);
            _mm_prefetch((const char *)(x_kh + 2176), _MM_HINT_T1);
            const __m256 a7_0_0 = _mm256_permutevar8x32_ps(x7_0_0, group_lanes(4, 4, 0));
            acc7_0 = _mm256_fmadd_ps(a7_0_0, b0_0_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_0_0, b1_0_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_0_0, b2_0_0, acc5_0);
            const __m256 x8_0_0 = _mm256_loadu_ps(x_kh + 1024);
            _mm_prefetch((const char *)(x_kh + 2304), _MM_HINT_T1);
            const __m256 a8_0_0 = _mm256_permutevar8x32_ps(x8_0_0, group_lanes(4, 4, 0));
            acc8_0 = _mm256_fmadd_ps(a8_0_0, b0_0_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_0_0, b1_0_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_0_0, b2_0_0, acc6_0);
            const __m256 x9_0_0 = _mm256_loadu_ps(x_kh + 1152);
            _mm_prefetch((const char *)(x_kh + 2432), _MM_HINT_T1);
            const __m256 a9_0_0 = _mm256_permutevar8x32_ps(x9_0_0, group_lanes(4, 4, 0));
            acc8_0 = _mm256_fmadd_ps(a9_0_0, b1_0_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_0_0, b2_0_0, acc7_0);
            const __m256 x10_0_0 = _mm256_loadu_ps(x_kh + 1280);
            _mm_prefetch((const char *)(x_kh + 2560), _MM_HINT_T1);
            const __m256 a10_0_0 = _mm256_permutevar8x32_ps(x10_0_0, group_lanes(4, 4, 0));
            acc8_0 = _mm256_fmadd_ps(a10_0_0, b2_0_0, acc8_0);
            RELOAD;
            const __m256 b0_1_0 = _mm256_loadu_ps(w_kh + 8);
            const __m256 b1_1_0 = _mm256_loadu_ps(w_kh + 40);
            const __m256 b2_1_0 = _mm256_loadu_ps(w_kh + 72);
            const __m256 x0_1_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_1_0 = _mm256_permutevar8x32_ps(x0_1_0, group_lanes(4, 4, 1));
            acc0_0 = _mm256_fmadd_ps(a0_1_0, b0_1_0, acc0_0);
            const __m256 x1_1_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_1_0 = _mm256_permutevar8x32_ps(x1_1_0, group_lanes(4, 4, 1));
            acc1_0 = _mm256_fmadd_ps(a1_1_0, b0_1_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_1_0, b1_1_0, acc0_0);
            const __m256 x2_1_0 = _mm256_loadu_ps(x_kh + 256);
            const __m256 a2_1_0 = _mm256_permutevar8x32_ps(x2_1_0, group_lanes(4, 4, 1));
            acc2_0 = _mm256_fmadd_ps(a2_1_0, b0_1_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_1_0, b1_1_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_1_0, b2_1_0, acc0_0);
            const __m256 x3_1_0 = _mm256_loadu_ps(x_kh + 384);
            const __m256 a3_1_0 = _mm256_permutevar8x32_ps(x3_1_0, group_lanes(4, 4, 1));
            acc3_0 = _mm256_fmadd_ps(a3_1_0, b0_1_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_1_0, b1_1_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_1_0, b2_1_0, acc1_0);
            const __m256 x4_1_0 = _mm256_loadu_ps(x_kh + 512);
            const __m256 a4_1_0 = _mm256_permutevar8x32_ps(x4_1_0, group_lanes(4, 4, 1));
            acc4_0 = _mm256_fmadd_ps(a4_1_0, b0_1_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_1_0, b1_1_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_1_0, b2_1_0, acc2_0);
            const __m256 x5_1_0 = _mm256_loadu_ps(x_kh + 640);
            const __m256 a5_1_0 = _mm256_permutevar8x32_ps(x5_1_0, group_lanes(4, 4, 1));
            acc5_0 = _mm256_fmadd_ps(a5_1_0, b0_1_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_1_0, b1_1_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_1_0, b2_1_0, acc3_0);
            const __m256 x6_1_0 = _mm256_loadu_ps(x_kh + 768);
            const __m256 a6_1_0 = _mm256_permutevar8x32_ps(x6_1_0, group_lanes(4, 4, 1));
            acc6_0 = _mm256_fmadd_ps(a6_1_0, b0_1_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_1_0, b1_1_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_1_0, b2_1_0, acc4_0);
            const __m256 x7_1_0 = _mm256_loadu_ps(x_kh + 896);
            const __m256 a7_1_0 = _mm256_permutevar8x32_ps(x7_1_0, group_lanes(4, 4, 1));
            acc7_0 = _mm256_fmadd_ps(a7_1_0, b0_1_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_1_0, b1_1_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_1_0, b2_1_0, acc5_0);
            const __m256 x8_1_0 = _mm256_loadu_ps(x_kh + 1024);
            const __m256 a8_1_0 = _mm256_permutevar8x32_ps(x8_1_0, group_lanes(4, 4, 1));
            acc8_0 = _mm256_fmadd_ps(a8_1_0, b0_1_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_1_0, b1_1_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_1_0, b2_1_0, acc6_0);
            const __m256 x9_1_0 = _mm256_loadu_ps(x_kh + 1152);
            const __m256 a9_1_0 = _mm256_permutevar8x32_ps(x9_1_0, group_lanes(4, 4, 1));
            acc8_0 = _mm256_fmadd_ps(a9_1_0, b1_1_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_1_0, b2_1_0, acc7_0);
            const __m256 x10_1_0 = _mm256_loadu_ps(x_kh + 1280);
            const __m256 a10_1_0 = _mm256_permutevar8x32_ps(x10_1_0, group_lanes(4, 4, 1));
            acc8_0 = _mm256_fmadd_ps(a10_1_0, b2_1_0, acc8_0);
            RELOAD;
            const __m256 b0_2_0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1_2_0 = _mm256_loadu_ps(w_kh + 48);
            const __m256 b2_2_0 = _mm256_loadu_ps(w_kh + 80);
            const __m256 x0_2_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_2_0 = _mm256_permutevar8x32_ps(x0_2_0, group_lanes(4, 4, 2));
            acc0_0 = _mm256_fmadd_ps(a0_2_0, b0_2_0, acc0_0);
            const __m256 x1_2_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_2_0 = _mm256_permutevar8x32_ps(x1_2_0, group_lanes(4, 4, 2));
            acc1_0 = _mm256_fmadd_ps(a1_2_0, b0_2_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_2_0, b1_2_0, acc0_0);
            const __m256 x2_2_0 = _mm256_loadu_ps(x_kh + 256);
            const __m256 a2_2_0 = _mm256_permutevar8x32_ps(x2_2_0, group_lanes(4, 4, 2));
            acc2_0 = _mm256_fmadd_ps(a2_2_0, b0_2_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_2_0, b1_2_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_2_0, b2_2_0, acc0_0);
            const __m256 x3_2_0 = _mm256_loadu_ps(x_kh + 384);
            const __m256 a3_2_0 = _mm256_permutevar8x32_ps(x3_2_0, group_lanes(4, 4, 2));
            acc3_0 = _mm256_fmadd_ps(a3_2_0, b0_2_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_2_0, b1_2_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_2_0, b2_2_0, acc1_0);
            const __m256 x4_2_0 = _mm256_loadu_ps(x_kh + 512);
            const __m256 a4_2_0 = _mm256_permutevar8x32_ps(x4_2_0, group_lanes(4, 4, 2));
            acc4_0 = _mm256_fmadd_ps(a4_2_0, b0_2_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_2_0, b1_2_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_2_0, b2_2_0, acc2_0);
            const __m256 x5_2_0 = _mm256_loadu_ps(x_kh + 640);
            const __m256 a5_2_0 = _mm256_permutevar8x32_ps(x5_2_0, group_lanes(4, 4, 2));
            acc5_0 = _mm256_fmadd_ps(a5_2_0, b0_2_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_2_0, b1_2_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_2_0, b2_2_0, acc3_0);
            const __m256 x6_2_0 = _mm256_loadu_ps(x_kh + 768);
            const __m256 a6_2_0 = _mm256_permutevar8x32_ps(x6_2_0, group_lanes(4, 4, 2));
            acc6_0 = _mm256_fmadd_ps(a6_2_0, b0_2_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_2_0, b1_2_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_2_0, b2_2_0, acc4_0);
            const __m256 x7_2_0 = _mm256_loadu_ps(x_kh + 896);
            const __m256 a7_2_0 = _mm256_permutevar8x32_ps(x7_2_0, group_lanes(4, 4, 2));
            acc7_0 = _mm256_fmadd_ps(a7_2_0, b0_2_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_2_0, b1_2_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_2_0, b2_2_0, acc5_0);
            const __m256 x8_2_0 = _mm256_loadu_ps(x_kh + 1024);
            const __m256 a8_2_0 = _mm256_permutevar8x32_ps(x8_2_0, group_lanes(4, 4, 2));
            acc8_0 = _mm256_fmadd_ps(a8_2_0, b0_2_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_2_0, b1_2_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_2_0, b2_2_0, acc6_0);
            const __m256 x9_2_0 = _mm256_loadu_ps(x_kh + 1152);
            const __m256 a9_2_0 = _mm256_permutevar8x32_ps(x9_2_0, group_lanes(4, 4, 2));
            acc8_0 = _mm256_fmadd_ps(a9_2_0, b1_2_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_2_0, b2_2_0, acc7_0);
            const __m256 x10_2_0 = _mm256_loadu_ps(x_kh + 1280);
            const __m256 a10_2_0 = _mm256_permutevar8x32_ps(x10_2_0, group_lanes(4, 4, 2));
            acc8_0 = _mm256_fmadd_ps(a10_2_0, b2_2_0, acc8_0);
            RELOAD;
            const __m256 b0_3_0 = _mm256_loadu_ps(w_kh + 24);
            const __m256 b1_3_0 = _mm256_loadu_ps(w_kh + 56);
            const __m256 b2_3_0 = _mm256_loadu_ps(w_kh + 88);
            const __m256 x0_3_0 = _mm256_loadu_ps(x_kh);
            const __m256 a0_3_0 = _mm256_permutevar8x32_ps(x0_3_0, group_lanes(4, 4, 3));
            acc0_0 = _mm256_fmadd_ps(a0_3_0, b0_3_0, acc0_0);
            const __m256 x1_3_0 = _mm256_loadu_ps(x_kh + 128);
            const __m256 a1_3_0 = _mm256_permutevar8x32_ps(x1_3_0, group_lanes(4, 4, 3));
            acc1_0 = _mm256_fmadd_ps(a1_3_0, b0_3_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_3_0, b1_3_0, acc0_0);
            const __m256 x2_3_0 = _mm256_loadu_ps(x_kh + 256);
            const __m256 a2_3_0 = _mm256_permutevar8x32_ps(x2_3_0, group_lanes(4, 4, 3));
            acc2_0 = _mm256_fmadd_ps(a2_3_0, b0_3_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_3_0, b1_3_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_3_0, b2_3_0, acc0_0);
            const __m256 x3_3_0 = _mm256_loadu_ps(x_kh + 384);
            const __m256 a3_3_0 = _mm256_permutevar8x32_ps(x3_3_0, group_lanes(4, 4, 3));
            acc3_0 = _mm256_fmadd_ps(a3_3_0, b0_3_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_3_0, b1_3_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_3_0, b2_3_0, acc1_0);
            const __m256 x4_3_0 = _mm256_loadu_ps(x_kh + 512);
            const __m256 a4_3_0 = _mm256_permutevar8x32_ps(x4_3_0, group_lanes(4, 4, 3));
            acc4_0 = _mm256_fmadd_ps(a4_3_0, b0_3_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_3_0, b1_3_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_3_0, b2_3_0, acc2_0);
            const __m256 x5_3_0 = _mm256_loadu_ps(x_kh + 640);
            const __m256 a5_3_0 = _mm256_permutevar8x32_ps(x5_3_0, group_lanes(4, 4, 3));
            acc5_0 = _mm256_fmadd_ps(a5_3_0, b0_3_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_3_0, b1_3_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_3_0, b2_3_0, acc3_0);
            const __m256 x6_3_0 = _mm256_loadu_ps(x_kh + 768);
            const __m256 a6_3_0 = _mm256_permutevar8x32_ps(x6_3_0, group_lanes(4, 4, 3));
            acc6_0 = _mm256_fmadd_ps(a6_3_0, b0_3_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_3_0, b1_3_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_3_0, b2_3_0, acc4_0);
            const __m256 x7_3_0 = _mm256_loadu_ps(x_kh + 896);
            const __m256 a7_3_0 = _mm256_permutevar8x32_ps(x7_3_0, group_lanes(4, 4, 3));
            acc7_0 = _mm256_fmadd_ps(a7_3_0, b0_3_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_3_0, b1_3_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_3_0, b2_3_0, acc5_0);
            const __m256 x8_3_0 = _mm256_loadu_ps(x_kh + 1024);
            const __m256 a8_3_0 = _mm256_permutevar8x32_ps(x8_3_0, group_lanes(4, 4, 3));
            acc8_0 = _mm256_fmadd_ps(a8_3_0, b0_3_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_3_0, b1_3_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_3_0, b2_3_0, acc6_0);
            const __m256 x9_3_0 = _mm256_loadu_ps(x_kh + 1152);
            const __m256 a9_3_0 = _mm256_permutevar8x32_ps(x9_3_0, group_lanes(4, 4, 3));
            acc8_0 = _mm256_fmadd_ps(a9_3_0, b1_3_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_3_0, b2_3_0, acc7_0);
            const __m256 x10_3_0 = _mm256_loadu_ps(x_kh + 1280);
            const __m256 a10_3_0 = _mm256_permutevar8x32_ps(x10_3_0, group_lanes(4, 4, 3));
            acc8_0 = _mm256_fmadd_ps(a10_3_0, b2_3_0, acc8_0);
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 128, acc1_0);
    _mm256_storeu_ps(output + 256, acc2_0);
    _mm256_storeu_ps(output + 384, acc3_0);
    _mm256_storeu_ps(output + 512, acc4_0);
    _mm256_storeu_ps(output + 640, acc5_0);
    _mm256_storeu_ps(output + 768, acc6_0);
    _mm256_storeu_ps(output + 896, acc7_0);
    _mm256_storeu_ps(output + 1024, acc8_0);
}

/* 9 pixels x 8 channels, from pixel 47.
   x: the input at row 0, column 0; pixels 128 apart, rows 7168.
   ih: the row of the input that the window begins at.
   kh_begin, kh_end: the first kernel row on the input, and the one behind the last.
   w: its panel, 32 numbers a tap: 8 for each input channel of a group.
   bias: of the first channel.
   output: the first pixel, first channel; pixels 128 apart. */
static void tile_9x8_pixel47(const float *x, ptrdiff_t ih, ptrdiff_t kh_begin, ptrdiff_t kh_end, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc6_0 = _mm256_loadu_ps(bias);
    __m256 acc7_0 = _mm256_loadu_ps(bias);
    __m256 acc8_0 = _mm256_loadu_ps(bias);
    /* the next tile's outputs */
    _mm_prefetch((const char *)(output + 1152), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1280), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1408), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1536), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1664), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1792), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 1920), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2048), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 2176), _MM_HINT_T1);
    /* kernel rows that meet the input */
    for (ptrdiff_t kh = kh_begin; kh < kh_end; ++kh) {
        const float *x_kh = x + (ih + kh) * 7168;
        const float *w_kh = w + kh * 96;
        /* kernel columns */
        {
            const __m256 b0_0_0 = _mm256_loadu_ps(w_kh);
            const __m256 b1_0_0 = _mm256_loadu_ps(w_kh + 32);
            const __m256 b2_0_0 = _mm256_loadu_ps(w_kh + 64);
            const __m256 x0_0_0 = _mm256_loadu_ps(x_kh + 5888);
            _mm_prefetch((const char *)(x_kh + 7168), _MM_HINT_T1);
            const __m256 a0_0_0 = _mm256_permutevar8x32_ps(x0_0_0, group_lanes(4, 4, 0));
            acc0_0 = _mm256_fmadd_ps(a0_0_0, b0_0_0, acc0_0);
            const __m256 x1_0_0 = _mm256_loadu_ps(x_kh + 6016);
            _mm_prefetch((const char *)(x_kh + 7296), _MM_HINT_T1);
            const __m256 a1_0_0 = _mm256_permutevar8x32_ps(x1_0_0, group_lanes(4, 4, 0));
            acc1_0 = _mm256_fmadd_ps(a1_0_0, b0_0_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_0_0, b1_0_0, acc0_0);
            const __m256 x2_0_0 = _mm256_loadu_ps(x_kh + 6144);
            _mm_prefetch((const char *)(x_kh + 7424), _MM_HINT_T1);
            const __m256 a2_0_0 = _mm256_permutevar8x32_ps(x2_0_0, group_lanes(4, 4, 0));
            acc2_0 = _mm256_fmadd_ps(a2_0_0, b0_0_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_0_0, b1_0_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_0_0, b2_0_0, acc0_0);
            const __m256 x3_0_0 = _mm256_loadu_ps(x_kh + 6272);
            _mm_prefetch((const char *)(x_kh + 7552), _MM_HINT_T1);
            const __m256 a3_0_0 = _mm256_permutevar8x32_ps(x3_0_0, group_lanes(4, 4, 0));
            acc3_0 = _mm256_fmadd_ps(a3_0_0, b0_0_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_0_0, b1_0_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_0_0, b2_0_0, acc1_0);
            const __m256 x4_0_0 = _mm256_loadu_ps(x_kh + 6400);
            _mm_prefetch((const char *)(x_kh + 7680), _MM_HINT_T1);
            const __m256 a4_0_0 = _mm256_permutevar8x32_ps(x4_0_0, group_lanes(4, 4, 0));
            acc4_0 = _mm256_fmadd_ps(a4_0_0, b0_0_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_0_0, b1_0_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_0_0, b2_0_0, acc2_0);
            const __m256 x5_0_0 = _mm256_loadu_ps(x_kh + 6528);
            _mm_prefetch((const char *)(x_kh + 7808), _MM_HINT_T1);
            const __m256 a5_0_0 = _mm256_permutevar8x32_ps(x5_0_0, group_lanes(4, 4, 0));
            acc5_0 = _mm256_fmadd_ps(a5_0_0, b0_0_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_0_0, b1_0_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_0_0, b2_0_0, acc3_0);
            const __m256 x6_0_0 = _mm256_loadu_ps(x_kh + 6656);
            _mm_prefetch((const char *)(x_kh + 7936), _MM_HINT_T1);
            const __m256 a6_0_0 = _mm256_permutevar8x32_ps(x6_0_0, group_lanes(4, 4, 0));
            acc6_0 = _mm256_fmadd_ps(a6_0_0, b0_0_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_0_0, b1_0_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_0_0, b2_0_0, acc4_0);
            const __m256 x7_0_0 = _mm256_loadu_ps(x_kh + 6784);
            _mm_prefetch((const char *)(x_kh + 8064), _MM_HINT_T1);
            const __m256 a7_0_0 = _mm256_permutevar8x32_ps(x7_0_0, group_lanes(4, 4, 0));
            acc7_0 = _mm256_fmadd_ps(a7_0_0, b0_0_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_0_0, b1_0_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_0_0, b2_0_0, acc5_0);
            const __m256 x8_0_0 = _mm256_loadu_ps(x_kh + 6912);
            _mm_prefetch((const char *)(x_kh + 8192), _MM_HINT_T1);
            const __m256 a8_0_0 = _mm256_permutevar8x32_ps(x8_0_0, group_lanes(4, 4, 0));
            acc8_0 = _mm256_fmadd_ps(a8_0_0, b0_0_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_0_0, b1_0_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_0_0, b2_0_0, acc6_0);
            const __m256 x9_0_0 = _mm256_loadu_ps(x_kh + 7040);
            _mm_prefetch((const char *)(x_kh + 8320), _MM_HINT_T1);
            const __m256 a9_0_0 = _mm256_permutevar8x32_ps(x9_0_0, group_lanes(4, 4, 0));
            acc8_0 = _mm256_fmadd_ps(a9_0_0, b1_0_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_0_0, b2_0_0, acc7_0);
            RELOAD;
            const __m256 b0_1_0 = _mm256_loadu_ps(w_kh + 8);
            const __m256 b1_1_0 = _mm256_loadu_ps(w_kh + 40);
            const __m256 b2_1_0 = _mm256_loadu_ps(w_kh + 72);
            const __m256 x0_1_0 = _mm256_loadu_ps(x_kh + 5888);
            const __m256 a0_1_0 = _mm256_permutevar8x32_ps(x0_1_0, group_lanes(4, 4, 1));
            acc0_0 = _mm256_fmadd_ps(a0_1_0, b0_1_0, acc0_0);
            const __m256 x1_1_0 = _mm256_loadu_ps(x_kh + 6016);
            const __m256 a1_1_0 = _mm256_permutevar8x32_ps(x1_1_0, group_lanes(4, 4, 1));
            acc1_0 = _mm256_fmadd_ps(a1_1_0, b0_1_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_1_0, b1_1_0, acc0_0);
            const __m256 x2_1_0 = _mm256_loadu_ps(x_kh + 6144);
            const __m256 a2_1_0 = _mm256_permutevar8x32_ps(x2_1_0, group_lanes(4, 4, 1));
            acc2_0 = _mm256_fmadd_ps(a2_1_0, b0_1_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_1_0, b1_1_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_1_0, b2_1_0, acc0_0);
            const __m256 x3_1_0 = _mm256_loadu_ps(x_kh + 6272);
            const __m256 a3_1_0 = _mm256_permutevar8x32_ps(x3_1_0, group_lanes(4, 4, 1));
            acc3_0 = _mm256_fmadd_ps(a3_1_0, b0_1_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_1_0, b1_1_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_1_0, b2_1_0, acc1_0);
            const __m256 x4_1_0 = _mm256_loadu_ps(x_kh + 6400);
            const __m256 a4_1_0 = _mm256_permutevar8x32_ps(x4_1_0, group_lanes(4, 4, 1));
            acc4_0 = _mm256_fmadd_ps(a4_1_0, b0_1_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_1_0, b1_1_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_1_0, b2_1_0, acc2_0);
            const __m256 x5_1_0 = _mm256_loadu_ps(x_kh + 6528);
            const __m256 a5_1_0 = _mm256_permutevar8x32_ps(x5_1_0, group_lanes(4, 4, 1));
            acc5_0 = _mm256_fmadd_ps(a5_1_0, b0_1_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_1_0, b1_1_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_1_0, b2_1_0, acc3_0);
            const __m256 x6_1_0 = _mm256_loadu_ps(x_kh + 6656);
            const __m256 a6_1_0 = _mm256_permutevar8x32_ps(x6_1_0, group_lanes(4, 4, 1));
            acc6_0 = _mm256_fmadd_ps(a6_1_0, b0_1_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_1_0, b1_1_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_1_0, b2_1_0, acc4_0);
            const __m256 x7_1_0 = _mm256_loadu_ps(x_kh + 6784);
            const __m256 a7_1_0 = _mm256_permutevar8x32_ps(x7_1_0, group_lanes(4, 4, 1));
            acc7_0 = _mm256_fmadd_ps(a7_1_0, b0_1_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_1_0, b1_1_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_1_0, b2_1_0, acc5_0);
            const __m256 x8_1_0 = _mm256_loadu_ps(x_kh + 6912);
            const __m256 a8_1_0 = _mm256_permutevar8x32_ps(x8_1_0, group_lanes(4, 4, 1));
            acc8_0 = _mm256_fmadd_ps(a8_1_0, b0_1_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_1_0, b1_1_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_1_0, b2_1_0, acc6_0);
            const __m256 x9_1_0 = _mm256_loadu_ps(x_kh + 7040);
            const __m256 a9_1_0 = _mm256_permutevar8x32_ps(x9_1_0, group_lanes(4, 4, 1));
            acc8_0 = _mm256_fmadd_ps(a9_1_0, b1_1_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_1_0, b2_1_0, acc7_0);
            RELOAD;
            const __m256 b0_2_0 = _mm256_loadu_ps(w_kh + 16);
            const __m256 b1_2_0 = _mm256_loadu_ps(w_kh + 48);
            const __m256 b2_2_0 = _mm256_loadu_ps(w_kh + 80);
            const __m256 x0_2_0 = _mm256_loadu_ps(x_kh + 5888);
            const __m256 a0_2_0 = _mm256_permutevar8x32_ps(x0_2_0, group_lanes(4, 4, 2));
            acc0_0 = _mm256_fmadd_ps(a0_2_0, b0_2_0, acc0_0);
            const __m256 x1_2_0 = _mm256_loadu_ps(x_kh + 6016);
            const __m256 a1_2_0 = _mm256_permutevar8x32_ps(x1_2_0, group_lanes(4, 4, 2));
            acc1_0 = _mm256_fmadd_ps(a1_2_0, b0_2_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_2_0, b1_2_0, acc0_0);
            const __m256 x2_2_0 = _mm256_loadu_ps(x_kh + 6144);
            const __m256 a2_2_0 = _mm256_permutevar8x32_ps(x2_2_0, group_lanes(4, 4, 2));
            acc2_0 = _mm256_fmadd_ps(a2_2_0, b0_2_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_2_0, b1_2_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_2_0, b2_2_0, acc0_0);
            const __m256 x3_2_0 = _mm256_loadu_ps(x_kh + 6272);
            const __m256 a3_2_0 = _mm256_permutevar8x32_ps(x3_2_0, group_lanes(4, 4, 2));
            acc3_0 = _mm256_fmadd_ps(a3_2_0, b0_2_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_2_0, b1_2_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_2_0, b2_2_0, acc1_0);
            const __m256 x4_2_0 = _mm256_loadu_ps(x_kh + 6400);
            const __m256 a4_2_0 = _mm256_permutevar8x32_ps(x4_2_0, group_lanes(4, 4, 2));
            acc4_0 = _mm256_fmadd_ps(a4_2_0, b0_2_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_2_0, b1_2_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_2_0, b2_2_0, acc2_0);
            const __m256 x5_2_0 = _mm256_loadu_ps(x_kh + 6528);
            const __m256 a5_2_0 = _mm256_permutevar8x32_ps(x5_2_0, group_lanes(4, 4, 2));
            acc5_0 = _mm256_fmadd_ps(a5_2_0, b0_2_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_2_0, b1_2_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_2_0, b2_2_0, acc3_0);
            const __m256 x6_2_0 = _mm256_loadu_ps(x_kh + 6656);
            const __m256 a6_2_0 = _mm256_permutevar8x32_ps(x6_2_0, group_lanes(4, 4, 2));
            acc6_0 = _mm256_fmadd_ps(a6_2_0, b0_2_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_2_0, b1_2_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_2_0, b2_2_0, acc4_0);
            const __m256 x7_2_0 = _mm256_loadu_ps(x_kh + 6784);
            const __m256 a7_2_0 = _mm256_permutevar8x32_ps(x7_2_0, group_lanes(4, 4, 2));
            acc7_0 = _mm256_fmadd_ps(a7_2_0, b0_2_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_2_0, b1_2_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_2_0, b2_2_0, acc5_0);
            const __m256 x8_2_0 = _mm256_loadu_ps(x_kh + 6912);
            const __m256 a8_2_0 = _mm256_permutevar8x32_ps(x8_2_0, group_lanes(4, 4, 2));
            acc8_0 = _mm256_fmadd_ps(a8_2_0, b0_2_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_2_0, b1_2_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_2_0, b2_2_0, acc6_0);
            const __m256 x9_2_0 = _mm256_loadu_ps(x_kh + 7040);
            const __m256 a9_2_0 = _mm256_permutevar8x32_ps(x9_2_0, group_lanes(4, 4, 2));
            acc8_0 = _mm256_fmadd_ps(a9_2_0, b1_2_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_2_0, b2_2_0, acc7_0);
            RELOAD;
            const __m256 b0_3_0 = _mm256_loadu_ps(w_kh + 24);
            const __m256 b1_3_0 = _mm256_loadu_ps(w_kh + 56);
            const __m256 b2_3_0 = _mm256_loadu_ps(w_kh + 88);
            const __m256 x0_3_0 = _mm256_loadu_ps(x_kh + 5888);
            const __m256 a0_3_0 = _mm256_permutevar8x32_ps(x0_3_0, group_lanes(4, 4, 3));
            acc0_0 = _mm256_fmadd_ps(a0_3_0, b0_3_0, acc0_0);
            const __m256 x1_3_0 = _mm256_loadu_ps(x_kh + 6016);
            const __m256 a1_3_0 = _mm256_permutevar8x32_ps(x1_3_0, group_lanes(4, 4, 3));
            acc1_0 = _mm256_fmadd_ps(a1_3_0, b0_3_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a1_3_0, b1_3_0, acc0_0);
            const __m256 x2_3_0 = _mm256_loadu_ps(x_kh + 6144);
            const __m256 a2_3_0 = _mm256_permutevar8x32_ps(x2_3_0, group_lanes(4, 4, 3));
            acc2_0 = _mm256_fmadd_ps(a2_3_0, b0_3_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a2_3_0, b1_3_0, acc1_0);
            acc0_0 = _mm256_fmadd_ps(a2_3_0, b2_3_0, acc0_0);
            const __m256 x3_3_0 = _mm256_loadu_ps(x_kh + 6272);
            const __m256 a3_3_0 = _mm256_permutevar8x32_ps(x3_3_0, group_lanes(4, 4, 3));
            acc3_0 = _mm256_fmadd_ps(a3_3_0, b0_3_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a3_3_0, b1_3_0, acc2_0);
            acc1_0 = _mm256_fmadd_ps(a3_3_0, b2_3_0, acc1_0);
            const __m256 x4_3_0 = _mm256_loadu_ps(x_kh + 6400);
            const __m256 a4_3_0 = _mm256_permutevar8x32_ps(x4_3_0, group_lanes(4, 4, 3));
            acc4_0 = _mm256_fmadd_ps(a4_3_0, b0_3_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a4_3_0, b1_3_0, acc3_0);
            acc2_0 = _mm256_fmadd_ps(a4_3_0, b2_3_0, acc2_0);
            const __m256 x5_3_0 = _mm256_loadu_ps(x_kh + 6528);
            const __m256 a5_3_0 = _mm256_permutevar8x32_ps(x5_3_0, group_lanes(4, 4, 3));
            acc5_0 = _mm256_fmadd_ps(a5_3_0, b0_3_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a5_3_0, b1_3_0, acc4_0);
            acc3_0 = _mm256_fmadd_ps(a5_3_0, b2_3_0, acc3_0);
            const __m256 x6_3_0 = _mm256_loadu_ps(x_kh + 6656);
            const __m256 a6_3_0 = _mm256_permutevar8x32_ps(x6_3_0, group_lanes(4, 4, 3));
            acc6_0 = _mm256_fmadd_ps(a6_3_0, b0_3_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a6_3_0, b1_3_0, acc5_0);
            acc4_0 = _mm256_fmadd_ps(a6_3_0, b2_3_0, acc4_0);
            const __m256 x7_3_0 = _mm256_loadu_ps(x_kh + 6784);
            const __m256 a7_3_0 = _mm256_permutevar8x32_ps(x7_3_0, group_lanes(4, 4, 3));
            acc7_0 = _mm256_fmadd_ps(a7_3_0, b0_3_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a7_3_0, b1_3_0, acc6_0);
            acc5_0 = _mm256_fmadd_ps(a7_3_0, b2_3_0, acc5_0);
            const __m256 x8_3_0 = _mm256_loadu_ps(x_kh + 6912);
            const __m256 a8_3_0 = _mm256_permutevar8x32_ps(x8_3_0, group_lanes(4, 4, 3));
            acc8_0 = _mm256_fmadd_ps(a8_3_0, b0_3_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a8_3_0, b1_3_0, acc7_0);
            acc6_0 = _mm256_fmadd_ps(a8_3_0, b2_3_0, acc6_0);
            const __m256 x9_3_0 = _mm256_loadu_ps(x_kh + 7040);
            const __m256 a9_3_0 = _mm256_permutevar8x32_ps(x9_3_0, group_lanes(4, 4, 3));
            acc8_0 = _mm256_fmadd_ps(a9_3_0, b1_3_0, acc8_0);
            acc7_0 = _mm256_fmadd_ps(a9_3_0, b2_3_0, acc7_0);
        }
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 128, acc1_0);
    _mm256_storeu_ps(output + 256, acc2_0);
    _mm256_storeu_ps(output + 384, acc3_0);
    _mm256_storeu_ps(output + 512, acc4_0);
    _mm256_storeu_ps(output + 640, acc5_0);
    _mm256_storeu_ps(output + 768, acc6_0);
    _mm256_storeu_ps(output + 896, acc7_0);
    _mm256_storeu_ps(output + 1024, acc8_0);
}

#ifndef conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_NO_PACK
/* Packs a panel: kh, kw, ic, 8 output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, float *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            for (ptrdiff_t ic = 0; ic < 4; ++ic) {
                for (ptrdiff_t j = 0; j < 8; ++j) {
                    *out++ = weights[oc0 + j + kh * 1536 + kw * 512 + ic * 128];
                }
            }
        }
    }
    return out;
}

void conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
        out = pack_panel(weights, oc0, out);
    }
    for (ptrdiff_t oc = 0; oc < 128; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* A task: output rows. The arrays are the layer's. */
static void compute_task(size_t task, const float *input, const float *packed, float *output)
{
    const float *weights = packed;
    const float *bias = packed + 4608;
    const ptrdiff_t oh = (ptrdiff_t)task; /* output rows */
    const ptrdiff_t ih = oh - 1;
    const ptrdiff_t kh_begin = ih < 0 ? -ih : 0;
    const ptrdiff_t kh_end = ih < 54 ? 3 : 56 - ih;
    /* output channels, 8 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
        tile_10x8_pixel0(input + oc0, ih, kh_begin, kh_end, weights + oc0 * 36, bias + oc0, output + oc0 + oh * 7168);
    }
    /* output channels, 8 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
        tile_10x8(input + oc0 + 1152, ih, kh_begin, kh_end, weights + oc0 * 36, bias + oc0, output + oc0 + oh * 7168 + 1280);
    }
    /* pixels, 9 at a time */
    for (ptrdiff_t ow0 = 20; ow0 < 47; ow0 += 9) {
        /* output channels, 8 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
            tile_9x8(input + oc0 + ow0 * 128 - 128, ih, kh_begin, kh_end, weights + oc0 * 36, bias + oc0, output + oc0 + oh * 7168 + ow0 * 128);
        }
    }
    /* output channels, 8 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
        tile_9x8_pixel47(input + oc0, ih, kh_begin, kh_end, weights + oc0 * 36, bias + oc0, output + oc0 + oh * 7168 + 6016);
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef group_lanes
#undef tile_10x8_pixel0
#undef tile_10x8
#undef tile_9x8
#undef tile_9x8_pixel47
#undef pack_panel
#undef compute_task
#undef RELOAD

size_t conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 56;
    default:
        return 0;
    }
}

void conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_compute_task_(task, input, (const float *)packed, output);
        break;
    }
}

void conv_f32_nhwc_3x3s1p1_g32_128x56x56_128(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nhwc_3x3s1p1_g32_128x56x56_128_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
