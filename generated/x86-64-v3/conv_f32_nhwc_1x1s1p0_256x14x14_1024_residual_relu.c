/* conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 14 x 14 x 256, output 1 x 14 x 14 x 1024, weights hwio 1 x 1 x 256 x 1024
 *           kernel 1x1, stride 1x1, bias, residual, relu
 * Command   convgen generate ic256ih14oc1024oh14kh1ph0 --layout nhwc --residual --activation 'relu' --target x86-64-v3 -o .
 * Plan      direct on avx2, lanes over oc, reading the input as it is
 *           for ow by 16: 13 times, a task each
 *             for oc by 24: 43 times
 *               for ow by 4: 4 times
 *                 for ic: 256 times
 *                   tile of 4 pixels x 24 channels: 16 of 16 registers
 * Tasks     13 (pixels, 16 at a time)
 * Cost      51380224 multiply-adds; at least 2859008 bytes moved; 1052672 bytes packed, 0 of workspace
 * Code      about 1892 bytes compiled for size, rarely more than 5716 for speed
 * Bound     |error| <= g S, S = sum |x||w| + |bias| + |residual|, g = 257 u / (1 - 257 u) = 1.53e-05,
 *           u = 2^-24
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 6.64e+35, |bias| + |residual| <=
 *           1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu.h"

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
#define activate conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_activate_
#define tile_4x24 conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_tile_4x24_
#define tile_4x16 conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_tile_4x16_
#define pack_panel conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_pack_panel_
#define compute_task conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_compute_task_

/* relu; error at most u (0.0 + 0.0 |v|), u = 2^-24. */
static inline __m256 activate(__m256 v)
{
    return _mm256_max_ps(_mm256_setzero_ps(), v);
}

/* 4 pixels x 24 channels.
   x: the window of the first pixel; pixels 256 apart.
   w: its panel, 24 numbers a term; next: a share of the panel behind it, not read.
   bias: of the first channel.
   residual, output: the first pixel, first channel; pixels 1024 apart. */
static void tile_4x24(const float *x, const float *w, const float *next, const float *bias, const float *residual, float *output)
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
    for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 b1 = _mm256_loadu_ps(w + 8);
            const __m256 b2 = _mm256_loadu_ps(w + 16);
            const __m256 a0 = _mm256_broadcast_ss(x_ic);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 256);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 512);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 768);
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
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 257);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 513);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 769);
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
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 258);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 514);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 770);
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
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 259);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            acc1_2 = _mm256_fmadd_ps(a1, b2, acc1_2);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 515);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            acc2_2 = _mm256_fmadd_ps(a2, b2, acc2_2);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 771);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            acc3_2 = _mm256_fmadd_ps(a3, b2, acc3_2);
        }
        w += 96;
        next += 16;
    }
    acc0_0 = _mm256_add_ps(acc0_0, _mm256_loadu_ps(residual));
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = _mm256_add_ps(acc0_1, _mm256_loadu_ps(residual + 8));
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(output + 8, acc0_1);
    acc0_2 = _mm256_add_ps(acc0_2, _mm256_loadu_ps(residual + 16));
    acc0_2 = activate(acc0_2);
    _mm256_storeu_ps(output + 16, acc0_2);
    acc1_0 = _mm256_add_ps(acc1_0, _mm256_loadu_ps(residual + 1024));
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 1024, acc1_0);
    acc1_1 = _mm256_add_ps(acc1_1, _mm256_loadu_ps(residual + 1032));
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(output + 1032, acc1_1);
    acc1_2 = _mm256_add_ps(acc1_2, _mm256_loadu_ps(residual + 1040));
    acc1_2 = activate(acc1_2);
    _mm256_storeu_ps(output + 1040, acc1_2);
    acc2_0 = _mm256_add_ps(acc2_0, _mm256_loadu_ps(residual + 2048));
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 2048, acc2_0);
    acc2_1 = _mm256_add_ps(acc2_1, _mm256_loadu_ps(residual + 2056));
    acc2_1 = activate(acc2_1);
    _mm256_storeu_ps(output + 2056, acc2_1);
    acc2_2 = _mm256_add_ps(acc2_2, _mm256_loadu_ps(residual + 2064));
    acc2_2 = activate(acc2_2);
    _mm256_storeu_ps(output + 2064, acc2_2);
    acc3_0 = _mm256_add_ps(acc3_0, _mm256_loadu_ps(residual + 3072));
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 3072, acc3_0);
    acc3_1 = _mm256_add_ps(acc3_1, _mm256_loadu_ps(residual + 3080));
    acc3_1 = activate(acc3_1);
    _mm256_storeu_ps(output + 3080, acc3_1);
    acc3_2 = _mm256_add_ps(acc3_2, _mm256_loadu_ps(residual + 3088));
    acc3_2 = activate(acc3_2);
    _mm256_storeu_ps(output + 3088, acc3_2);
}

/* 4 pixels x 16 channels.
   x: the window of the first pixel; pixels 256 apart.
   w: its panel, 16 numbers a term; next: a share of the panel behind it, not read.
   bias: of the first channel.
   residual, output: the first pixel, first channel; pixels 1024 apart. */
static void tile_4x16(const float *x, const float *w, const float *next, const float *bias, const float *residual, float *output)
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
    for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 b1 = _mm256_loadu_ps(w + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_ic);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 256);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 512);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 768);
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
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 257);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 513);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 769);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 32);
            const __m256 b1 = _mm256_loadu_ps(w + 40);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 258);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 514);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 770);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 48);
            const __m256 b1 = _mm256_loadu_ps(w + 56);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 259);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 515);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 771);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
        }
        w += 64;
        next += 16;
    }
    acc0_0 = _mm256_add_ps(acc0_0, _mm256_loadu_ps(residual));
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = _mm256_add_ps(acc0_1, _mm256_loadu_ps(residual + 8));
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(output + 8, acc0_1);
    acc1_0 = _mm256_add_ps(acc1_0, _mm256_loadu_ps(residual + 1024));
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(output + 1024, acc1_0);
    acc1_1 = _mm256_add_ps(acc1_1, _mm256_loadu_ps(residual + 1032));
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(output + 1032, acc1_1);
    acc2_0 = _mm256_add_ps(acc2_0, _mm256_loadu_ps(residual + 2048));
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(output + 2048, acc2_0);
    acc2_1 = _mm256_add_ps(acc2_1, _mm256_loadu_ps(residual + 2056));
    acc2_1 = activate(acc2_1);
    _mm256_storeu_ps(output + 2056, acc2_1);
    acc3_0 = _mm256_add_ps(acc3_0, _mm256_loadu_ps(residual + 3072));
    acc3_0 = activate(acc3_0);
    _mm256_storeu_ps(output + 3072, acc3_0);
    acc3_1 = _mm256_add_ps(acc3_1, _mm256_loadu_ps(residual + 3080));
    acc3_1 = activate(acc3_1);
    _mm256_storeu_ps(output + 3080, acc3_1);
}

#ifndef conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_NO_PACK
/* Packs a panel: ic, `width` output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    for (ptrdiff_t ic = 0; ic < 256; ++ic) {
        for (ptrdiff_t j = 0; j < width; ++j) {
            *out++ = weights[oc0 + j + ic * 1024];
        }
    }
    return out;
}

void conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 1008; oc0 += 24) {
        out = pack_panel(weights, oc0, 24, out);
    }
    out = pack_panel(weights, 1008, 16, out);
    for (ptrdiff_t oc = 0; oc < 1024; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* A task: pixels, 16 at a time. The arrays are the layer's. */
static void compute_task(size_t task, const float *input, const float *packed, const float *residual, float *output)
{
    const float *weights = packed;
    const float *bias = packed + 262144;
    const ptrdiff_t ow1 = (ptrdiff_t)task; /* pixels, 16 at a time */
    /* output channels, 24 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 1008; oc0 += 24) {
        {
            const ptrdiff_t ow_end = ow1 * 4 + 4 < 49 ? ow1 * 4 + 4 : 49;
            /* pixels, 4 at a time */
            for (ptrdiff_t ow_tile = ow1 * 4; ow_tile < ow_end; ++ow_tile) {
                const ptrdiff_t ow0 = ow_tile * 4;
                tile_4x24(input + ow0 * 256, weights + oc0 * 256, weights + oc0 * 256 + ow0 * 32 + 6144, bias + oc0, residual + oc0 + ow0 * 1024, output + oc0 + ow0 * 1024);
            }
        }
    }
    {
        const ptrdiff_t ow_end = ow1 * 4 + 4 < 49 ? ow1 * 4 + 4 : 49;
        /* pixels, 4 at a time */
        for (ptrdiff_t ow_tile = ow1 * 4; ow_tile < ow_end; ++ow_tile) {
            const ptrdiff_t ow0 = ow_tile * 4;
            tile_4x16(input + ow0 * 256, weights + 258048, weights + ow0 * 32 + 262144, bias + 1008, residual + ow0 * 1024 + 1008, output + ow0 * 1024 + 1008);
        }
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef activate
#undef tile_4x24
#undef tile_4x16
#undef pack_panel
#undef compute_task

size_t conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 13;
    default:
        return 0;
    }
}

void conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_task(int phase, size_t task, int worker, const float *input, const void *packed, const float *residual, float *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_compute_task_(task, input, (const float *)packed, residual, output);
        break;
    }
}

void conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu(const float *input, const void *packed, const float *residual, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_task(phase, (size_t)task, omp_get_thread_num(), input, packed, residual, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_task(phase, (size_t)task, 0, input, packed, residual, output, workspace);
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
