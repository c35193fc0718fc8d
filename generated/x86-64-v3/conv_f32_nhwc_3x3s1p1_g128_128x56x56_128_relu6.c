/* conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 56 x 56 x 128, output 1 x 56 x 56 x 128, weights hwio 3 x 3 x 1 x 128
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, 128 groups, bias, relu6
 * Command   convgen generate g128ic128ih56oc128oh56kh3ph1 --layout nhwc --activation 'relu6' --target x86-64-v3 -o .
 * Plan      depthwise on avx2, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oh by 2: 28 times, a task each
 *             for ow by 4: 14 times
 *               for oc by 8: 16 times
 *                 for kh: 3 times
 *                   for kw: 3 times
 *                     tile of 2 rows x 4 pixels x 8 channels: 14 of 16 registers
 * Tasks     28 (output rows, 2 at a time)
 * Cost      3612672 multiply-adds; at least 3216384 bytes moved; 5120 bytes packed, 0 of workspace
 * Code      about 7568 bytes compiled for size, rarely more than 13336 for speed
 * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 9 u / (1 - 9 u) = 5.36e-07, u = 2^-24
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 1.89e+37, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6.h"

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
#define activate conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_activate_
#define patch_2x4x8 conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_patch_2x4x8_
#define tile_2x4x8_row0_pixel0 conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_tile_2x4x8_row0_pixel0_
#define tile_2x4x8_row0 conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_tile_2x4x8_row0_
#define tile_2x4x8_row0_pixel52 conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_tile_2x4x8_row0_pixel52_
#define tile_2x4x8_pixel0 conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_tile_2x4x8_pixel0_
#define tile_2x4x8 conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_tile_2x4x8_
#define tile_2x4x8_pixel52 conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_tile_2x4x8_pixel52_
#define tile_2x4x8_row54_pixel0 conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_tile_2x4x8_row54_pixel0_
#define tile_2x4x8_row54 conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_tile_2x4x8_row54_
#define tile_2x4x8_row54_pixel52 conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_tile_2x4x8_row54_pixel52_
#define pack_panel conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_pack_panel_
#define compute_task conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_compute_task_

/* relu6; error at most u (0.0 + 0.0 |v|), u = 2^-24. */
static inline __m256 activate(__m256 v)
{
    return _mm256_min_ps(_mm256_set1_ps(6.0f), _mm256_max_ps(_mm256_setzero_ps(), v));
}

/* Compiled anew in each function that calls it, for the constants that this one gives: their conditions vanish. */
#if defined(__GNUC__) || defined(__clang__)
#define FOLDED inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define FOLDED __forceinline
#else
#define FOLDED inline
#endif

/* Up to 2 rows x 4 pixels x 8 channels.
   x: the window's first row on the input, its first column there; pixels 128 apart, rows 7168.
   w: its weights, 8 a tap.
   top: the window's first row on the input; bottom: the row behind its last one there; left: the window's first
     column on the input; right: the column behind its last one there.
   bias: of the first channel.
   output: the first row, first pixel, first channel; rows 7168 apart, pixels 128. */
static FOLDED void patch_2x4x8(const float *x, const float *w, const float *bias, float *output, int top, int bottom, int left, int right)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias);
    __m256 acc0_2 = _mm256_loadu_ps(bias);
    __m256 acc0_3 = _mm256_loadu_ps(bias);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias);
    __m256 acc1_2 = _mm256_loadu_ps(bias);
    __m256 acc1_3 = _mm256_loadu_ps(bias);
    if (top == 0) {
        /* row 0 of the window */
        {
            const __m256 a0 = left == 0 ? _mm256_loadu_ps(x) : _mm256_setzero_ps();
            const __m256 a1 = _mm256_loadu_ps(x + (1 - left) * 128);
            const __m256 a2 = _mm256_loadu_ps(x + (2 - left) * 128);
            const __m256 a3 = _mm256_loadu_ps(x + (3 - left) * 128);
            RELOAD;
            const __m256 w0_0 = _mm256_loadu_ps(w);
            if (left == 0) acc0_0 = _mm256_fmadd_ps(a0, w0_0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a1, w0_0, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a2, w0_0, acc0_2);
            acc0_3 = _mm256_fmadd_ps(a3, w0_0, acc0_3);
            const __m256 a4 = _mm256_loadu_ps(x + (4 - left) * 128);
            RELOAD;
            const __m256 w0_1 = _mm256_loadu_ps(w + 8);
            acc0_0 = _mm256_fmadd_ps(a1, w0_1, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a2, w0_1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a3, w0_1, acc0_2);
            acc0_3 = _mm256_fmadd_ps(a4, w0_1, acc0_3);
            const __m256 a5 = right > 5 ? _mm256_loadu_ps(x + (5 - left) * 128) : _mm256_setzero_ps();
            RELOAD;
            const __m256 w0_2 = _mm256_loadu_ps(w + 16);
            acc0_0 = _mm256_fmadd_ps(a2, w0_2, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a3, w0_2, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a4, w0_2, acc0_2);
            if (right > 5) acc0_3 = _mm256_fmadd_ps(a5, w0_2, acc0_3);
        }
        RELOAD;
    }
    const float *x1 = x + (1 - top) * 7168;
    /* row 1 of the window */
    {
        const __m256 a0 = left == 0 ? _mm256_loadu_ps(x1) : _mm256_setzero_ps();
        const __m256 a1 = _mm256_loadu_ps(x1 + (1 - left) * 128);
        const __m256 a2 = _mm256_loadu_ps(x1 + (2 - left) * 128);
        const __m256 a3 = _mm256_loadu_ps(x1 + (3 - left) * 128);
        RELOAD;
        const __m256 w1_0 = _mm256_loadu_ps(w + 24);
        if (left == 0) acc0_0 = _mm256_fmadd_ps(a0, w1_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1, w1_0, acc0_1);
        acc0_2 = _mm256_fmadd_ps(a2, w1_0, acc0_2);
        acc0_3 = _mm256_fmadd_ps(a3, w1_0, acc0_3);
        const __m256 w0_0 = _mm256_loadu_ps(w);
        if (left == 0) acc1_0 = _mm256_fmadd_ps(a0, w0_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1, w0_0, acc1_1);
        acc1_2 = _mm256_fmadd_ps(a2, w0_0, acc1_2);
        acc1_3 = _mm256_fmadd_ps(a3, w0_0, acc1_3);
        const __m256 a4 = _mm256_loadu_ps(x1 + (4 - left) * 128);
        RELOAD;
        const __m256 w1_1 = _mm256_loadu_ps(w + 32);
        acc0_0 = _mm256_fmadd_ps(a1, w1_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a2, w1_1, acc0_1);
        acc0_2 = _mm256_fmadd_ps(a3, w1_1, acc0_2);
        acc0_3 = _mm256_fmadd_ps(a4, w1_1, acc0_3);
        const __m256 w0_1 = _mm256_loadu_ps(w + 8);
        acc1_0 = _mm256_fmadd_ps(a1, w0_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a2, w0_1, acc1_1);
        acc1_2 = _mm256_fmadd_ps(a3, w0_1, acc1_2);
        acc1_3 = _mm256_fmadd_ps(a4, w0_1, acc1_3);
        const __m256 a5 = right > 5 ? _mm256_loadu_ps(x1 + (5 - left) * 128) : _mm256_setzero_ps();
        RELOAD;
        const __m256 w1_2 = _mm256_loadu_ps(w + 40);
        acc0_0 = _mm256_fmadd_ps(a2, w1_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a3, w1_2, acc0_1);
        acc0_2 = _mm256_fmadd_ps(a4, w1_2, acc0_2);
        if (right > 5) acc0_3 = _mm256_fmadd_ps(a5, w1_2, acc0_3);
        const __m256 w0_2 = _mm256_loadu_ps(w + 16);
        acc1_0 = _mm256_fmadd_ps(a2, w0_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a3, w0_2, acc1_1);
        acc1_2 = _mm256_fmadd_ps(a4, w0_2, acc1_2);
        if (right > 5) acc1_3 = _mm256_fmadd_ps(a5, w0_2, acc1_3);
    }
    RELOAD;
    const float *x2 = x + (2 - top) * 7168;
    /* row 2 of the window */
    {
        const __m256 a0 = left == 0 ? _mm256_loadu_ps(x2) : _mm256_setzero_ps();
        const __m256 a1 = _mm256_loadu_ps(x2 + (1 - left) * 128);
        const __m256 a2 = _mm256_loadu_ps(x2 + (2 - left) * 128);
        const __m256 a3 = _mm256_loadu_ps(x2 + (3 - left) * 128);
        RELOAD;
        const __m256 w2_0 = _mm256_loadu_ps(w + 48);
        if (left == 0) acc0_0 = _mm256_fmadd_ps(a0, w2_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1, w2_0, acc0_1);
        acc0_2 = _mm256_fmadd_ps(a2, w2_0, acc0_2);
        acc0_3 = _mm256_fmadd_ps(a3, w2_0, acc0_3);
        const __m256 w1_0 = _mm256_loadu_ps(w + 24);
        if (left == 0) acc1_0 = _mm256_fmadd_ps(a0, w1_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1, w1_0, acc1_1);
        acc1_2 = _mm256_fmadd_ps(a2, w1_0, acc1_2);
        acc1_3 = _mm256_fmadd_ps(a3, w1_0, acc1_3);
        const __m256 a4 = _mm256_loadu_ps(x2 + (4 - left) * 128);
        RELOAD;
        const __m256 w2_1 = _mm256_loadu_ps(w + 56);
        acc0_0 = _mm256_fmadd_ps(a1, w2_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a2, w2_1, acc0_1);
        acc0_2 = _mm256_fmadd_ps(a3, w2_1, acc0_2);
        acc0_3 = _mm256_fmadd_ps(a4, w2_1, acc0_3);
        const __m256 w1_1 = _mm256_loadu_ps(w + 32);
        acc1_0 = _mm256_fmadd_ps(a1, w1_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a2, w1_1, acc1_1);
        acc1_2 = _mm256_fmadd_ps(a3, w1_1, acc1_2);
        acc1_3 = _mm256_fmadd_ps(a4, w1_1, acc1_3);
        const __m256 a5 = right > 5 ? _mm256_loadu_ps(x2 + (5 - left) * 128) : _mm256_setzero_ps();
        RELOAD;
        const __m256 w2_2 = _mm256_loadu_ps(w + 64);
        acc0_0 = _mm256_fmadd_ps(a2, w2_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a3, w2_2, acc0_1);
        acc0_2 = _mm256_fmadd_ps(a4, w2_2, acc0_2);
        if (right > 5) acc0_3 = _mm256_fmadd_ps(a5, w2_2, acc0_3);
        const __m256 w1_2 = _mm256_loadu_ps(w + 40);
        acc1_0 = _mm256_fmadd_ps(a2, w1_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a3, w1_2, acc1_1);
        acc1_2 = _mm256_fmadd_ps(a4, w1_2, acc1_2);
        if (right > 5) acc1_3 = _mm256_fmadd_ps(a5, w1_2, acc1_3);
    }
    RELOAD;
    if (bottom > 3) {
        const float *x3 = x + (3 - top) * 7168;
        /* row 3 of the window */
        {
            const __m256 a0 = left == 0 ? _mm256_loadu_ps(x3) : _mm256_setzero_ps();
            const __m256 a1 = _mm256_loadu_ps(x3 + (1 - left) * 128);
            const __m256 a2 = _mm256_loadu_ps(x3 + (2 - left) * 128);
            const __m256 a3 = _mm256_loadu_ps(x3 + (3 - left) * 128);
            RELOAD;
            const __m256 w2_0 = _mm256_loadu_ps(w + 48);
            if (left == 0) acc1_0 = _mm256_fmadd_ps(a0, w2_0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, w2_0, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a2, w2_0, acc1_2);
            acc1_3 = _mm256_fmadd_ps(a3, w2_0, acc1_3);
            const __m256 a4 = _mm256_loadu_ps(x3 + (4 - left) * 128);
            RELOAD;
            const __m256 w2_1 = _mm256_loadu_ps(w + 56);
            acc1_0 = _mm256_fmadd_ps(a1, w2_1, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a2, w2_1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a3, w2_1, acc1_2);
            acc1_3 = _mm256_fmadd_ps(a4, w2_1, acc1_3);
            const __m256 a5 = right > 5 ? _mm256_loadu_ps(x3 + (5 - left) * 128) : _mm256_setzero_ps();
            RELOAD;
            const __m256 w2_2 = _mm256_loadu_ps(w + 64);
            acc1_0 = _mm256_fmadd_ps(a2, w2_2, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a3, w2_2, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a4, w2_2, acc1_2);
            if (right > 5) acc1_3 = _mm256_fmadd_ps(a5, w2_2, acc1_3);
        }
        RELOAD;
    }
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(output + 128, acc0_1);
    acc0_2 = activate(acc0_2);
    _mm256_storeu_ps(output + 256, acc0_2);
    acc0_3 = activate(acc0_3);
    _mm256_storeu_ps(output + 384, acc0_3);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 7168, acc1_0);
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(output + 7296, acc1_1);
    acc1_2 = activate(acc1_2);
    _mm256_storeu_ps(output + 7424, acc1_2);
    acc1_3 = activate(acc1_3);
    _mm256_storeu_ps(output + 7552, acc1_3);
}

#undef FOLDED
/* 2 rows x 4 pixels x 8 channels, from row 0, from pixel 0: patch_2x4x8 for these. */
static void tile_2x4x8_row0_pixel0(const float *x, const float *w, const float *bias, float *output)
{
    patch_2x4x8(x, w, bias, output, 1, 4, 1, 6);
}

/* 2 rows x 4 pixels x 8 channels, from row 0: patch_2x4x8 for these. */
static void tile_2x4x8_row0(const float *x, const float *w, const float *bias, float *output)
{
    patch_2x4x8(x, w, bias, output, 1, 4, 0, 6);
}

/* 2 rows x 4 pixels x 8 channels, from row 0, from pixel 52: patch_2x4x8 for these. */
static void tile_2x4x8_row0_pixel52(const float *x, const float *w, const float *bias, float *output)
{
    patch_2x4x8(x, w, bias, output, 1, 4, 0, 5);
}

/* 2 rows x 4 pixels x 8 channels, from pixel 0: patch_2x4x8 for these. */
static void tile_2x4x8_pixel0(const float *x, const float *w, const float *bias, float *output)
{
    patch_2x4x8(x, w, bias, output, 0, 4, 1, 6);
}

/* 2 rows x 4 pixels x 8 channels: patch_2x4x8 for these. */
static void tile_2x4x8(const float *x, const float *w, const float *bias, float *output)
{
    patch_2x4x8(x, w, bias, output, 0, 4, 0, 6);
}

/* 2 rows x 4 pixels x 8 channels, from pixel 52: patch_2x4x8 for these. */
static void tile_2x4x8_pixel52(const float *x, const float *w, const float *bias, float *output)
{
    patch_2x4x8(x, w, bias, output, 0, 4, 0, 5);
}

/* 2 rows x 4 pixels x 8 channels, from row 54, from pixel 0: patch_2x4x8 for these. */
static void tile_2x4x8_row54_pixel0(const float *x, const float *w, const float *bias, float *output)
{
    patch_2x4x8(x, w, bias, output, 0, 3, 1, 6);
}

/* 2 rows x 4 pixels x 8 channels, from row 54: patch_2x4x8 for these. */
static void tile_2x4x8_row54(const float *x, const float *w, const float *bias, float *output)
{
    patch_2x4x8(x, w, bias, output, 0, 3, 0, 6);
}

/* 2 rows x 4 pixels x 8 channels, from row 54, from pixel 52: patch_2x4x8 for these. */
static void tile_2x4x8_row54_pixel52(const float *x, const float *w, const float *bias, float *output)
{
    patch_2x4x8(x, w, bias, output, 0, 3, 0, 5);
}

#ifndef conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_NO_PACK
/* Packs a panel: kh, kw, 8 output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, float *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            for (ptrdiff_t j = 0; j < 8; ++j) {
                *out++ = weights[oc0 + j + kh * 384 + kw * 128];
            }
        }
    }
    return out;
}

void conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_pack(const float *weights, const float *bias, void *packed)
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

/* A task: output rows, 2 at a time. The arrays are the layer's. */
static void compute_task(size_t task, const float *input, const float *packed, float *output)
{
    const float *weights = packed;
    const float *bias = packed + 1152;
    const ptrdiff_t oh_tile = (ptrdiff_t)task; /* output rows, 2 at a time */
    if (oh_tile < 1) {
        /* output channels, 8 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
            tile_2x4x8_row0_pixel0(input + oc0, weights + oc0 * 9, bias + oc0, output + oc0);
        }
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 4; ow0 < 52; ow0 += 4) {
            /* output channels, 8 at a time */
            for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
                tile_2x4x8_row0(input + oc0 + ow0 * 128 - 128, weights + oc0 * 9, bias + oc0, output + oc0 + ow0 * 128);
            }
        }
        /* output channels, 8 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
            tile_2x4x8_row0_pixel52(input + oc0 + 6528, weights + oc0 * 9, bias + oc0, output + oc0 + 6656);
        }
    }
    if (oh_tile >= 1 && oh_tile < 27) {
        const ptrdiff_t oh0 = oh_tile * 2;
        /* output channels, 8 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
            tile_2x4x8_pixel0(input + oc0 + oh0 * 7168 - 7168, weights + oc0 * 9, bias + oc0, output + oc0 + oh0 * 7168);
        }
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 4; ow0 < 52; ow0 += 4) {
            /* output channels, 8 at a time */
            for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
                tile_2x4x8(input + oc0 + oh0 * 7168 + ow0 * 128 - 7296, weights + oc0 * 9, bias + oc0, output + oc0 + oh0 * 7168 + ow0 * 128);
            }
        }
        /* output channels, 8 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
            tile_2x4x8_pixel52(input + oc0 + oh0 * 7168 - 640, weights + oc0 * 9, bias + oc0, output + oc0 + oh0 * 7168 + 6656);
        }
    }
    if (oh_tile >= 27) {
        /* output channels, 8 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
            tile_2x4x8_row54_pixel0(input + oc0 + 379904, weights + oc0 * 9, bias + oc0, output + oc0 + 387072);
        }
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 4; ow0 < 52; ow0 += 4) {
            /* output channels, 8 at a time */
            for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
                tile_2x4x8_row54(input + oc0 + ow0 * 128 + 379776, weights + oc0 * 9, bias + oc0, output + oc0 + ow0 * 128 + 387072);
            }
        }
        /* output channels, 8 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 8) {
            tile_2x4x8_row54_pixel52(input + oc0 + 386432, weights + oc0 * 9, bias + oc0, output + oc0 + 393728);
        }
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef activate
#undef patch_2x4x8
#undef tile_2x4x8_row0_pixel0
#undef tile_2x4x8_row0
#undef tile_2x4x8_row0_pixel52
#undef tile_2x4x8_pixel0
#undef tile_2x4x8
#undef tile_2x4x8_pixel52
#undef tile_2x4x8_row54_pixel0
#undef tile_2x4x8_row54
#undef tile_2x4x8_row54_pixel52
#undef pack_panel
#undef compute_task
#undef RELOAD

size_t conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 28;
    default:
        return 0;
    }
}

void conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_compute_task_(task, input, (const float *)packed, output);
        break;
    }
}

void conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nhwc_3x3s1p1_g128_128x56x56_128_relu6_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
