/* conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nwc 1 x 64 x 16, output 1 x 64 x 16, weights hwio 3 x 16 x 16
 *           a stream in blocks of up to 64 samples, kernel 3, stride 1, dilation 64, padding 128+0, bias, residual
 * Command   convgen generate ic16iw64oc16ow64kw3pw128dw63 --layout nwc --causal --stream 64 --residual --target x86-64-v3 -o .
 * Plan      direct on avx2, lanes over oc, reading the ring of past samples that the state holds
 *           for ow by 6: 11 times
 *             for kw: 3 times
 *               for ic: 16 times
 *                 tile of 6 pixels x 16 channels: 15 of 16 registers
 * Cost      49152 multiply-adds; at least 15424 bytes moved; 3136 bytes packed, 0 of workspace, 24704 of state
 * Code      about 2882 bytes compiled for size, rarely more than 16426 for speed
 * Bound     |error| <= g S, S = sum |x||w| + |bias| + |residual|, g = 49 u / (1 - 49 u) = 2.92e-06, u
 *           = 2^-24
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 3.54e+36, |bias| + |residual| <=
 *           1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream.h"

#include <immintrin.h>

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
#define tile_6x16 conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_tile_6x16_
#define tile_4x16 conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_tile_4x16_
#define tile_2x16 conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_tile_2x16_
#define tile_1x16 conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_tile_1x16_
#define pack_panel conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_pack_panel_
#define stream_head conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_stream_head_
#define copy_samples conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_copy_samples_
#define keep conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_keep_
#define compute_block conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_compute_block_

/* 6 outputs x 16 channels.
   x: the window of the first output; outputs 16 apart.
   w: its panel, 16 numbers a term.
   bias: of the first channel.
   residual, output: the first output, first channel; outputs 16 apart. */
static void tile_6x16(const float *x, const float *w, const float *bias, const float *residual, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc2_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc3_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc4_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc5_1 = _mm256_loadu_ps(bias + 8);
    /* kernel columns */
    for (ptrdiff_t kw = 0; kw < 3; ++kw) {
        const float *x_kw = x + kw * 1024;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 16; ic += 4) {
            const float *x_ic = x_kw + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w);
                const __m256 b1 = _mm256_loadu_ps(w + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 16);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 32);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 48);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 64);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 80);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 16);
                const __m256 b1 = _mm256_loadu_ps(w + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 17);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 33);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 49);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 65);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 81);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 32);
                const __m256 b1 = _mm256_loadu_ps(w + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 18);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 34);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 50);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 66);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 82);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 48);
                const __m256 b1 = _mm256_loadu_ps(w + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 19);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 35);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 51);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
                const __m256 a4 = _mm256_broadcast_ss(x_ic + 67);
                acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
                acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
                const __m256 a5 = _mm256_broadcast_ss(x_ic + 83);
                acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
                acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            }
            w += 64;
        }
    }
    acc0_0 = _mm256_add_ps(acc0_0, _mm256_loadu_ps(residual));
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = _mm256_add_ps(acc0_1, _mm256_loadu_ps(residual + 8));
    _mm256_storeu_ps(output + 8, acc0_1);
    acc1_0 = _mm256_add_ps(acc1_0, _mm256_loadu_ps(residual + 16));
    _mm256_storeu_ps(output + 16, acc1_0);
    acc1_1 = _mm256_add_ps(acc1_1, _mm256_loadu_ps(residual + 24));
    _mm256_storeu_ps(output + 24, acc1_1);
    acc2_0 = _mm256_add_ps(acc2_0, _mm256_loadu_ps(residual + 32));
    _mm256_storeu_ps(output + 32, acc2_0);
    acc2_1 = _mm256_add_ps(acc2_1, _mm256_loadu_ps(residual + 40));
    _mm256_storeu_ps(output + 40, acc2_1);
    acc3_0 = _mm256_add_ps(acc3_0, _mm256_loadu_ps(residual + 48));
    _mm256_storeu_ps(output + 48, acc3_0);
    acc3_1 = _mm256_add_ps(acc3_1, _mm256_loadu_ps(residual + 56));
    _mm256_storeu_ps(output + 56, acc3_1);
    acc4_0 = _mm256_add_ps(acc4_0, _mm256_loadu_ps(residual + 64));
    _mm256_storeu_ps(output + 64, acc4_0);
    acc4_1 = _mm256_add_ps(acc4_1, _mm256_loadu_ps(residual + 72));
    _mm256_storeu_ps(output + 72, acc4_1);
    acc5_0 = _mm256_add_ps(acc5_0, _mm256_loadu_ps(residual + 80));
    _mm256_storeu_ps(output + 80, acc5_0);
    acc5_1 = _mm256_add_ps(acc5_1, _mm256_loadu_ps(residual + 88));
    _mm256_storeu_ps(output + 88, acc5_1);
}

/* 4 outputs x 16 channels.
   x: the window of the first output; outputs 16 apart.
   w: its panel, 16 numbers a term.
   bias: of the first channel.
   residual, output: the first output, first channel; outputs 16 apart. */
static void tile_4x16(const float *x, const float *w, const float *bias, const float *residual, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc2_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc3_1 = _mm256_loadu_ps(bias + 8);
    /* kernel columns */
    for (ptrdiff_t kw = 0; kw < 3; ++kw) {
        const float *x_kw = x + kw * 1024;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 16; ic += 4) {
            const float *x_ic = x_kw + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w);
                const __m256 b1 = _mm256_loadu_ps(w + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 16);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 32);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 48);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 16);
                const __m256 b1 = _mm256_loadu_ps(w + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 17);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 33);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 49);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 32);
                const __m256 b1 = _mm256_loadu_ps(w + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 18);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 34);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 50);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 48);
                const __m256 b1 = _mm256_loadu_ps(w + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 19);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
                const __m256 a2 = _mm256_broadcast_ss(x_ic + 35);
                acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
                acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
                const __m256 a3 = _mm256_broadcast_ss(x_ic + 51);
                acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
                acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            }
            w += 64;
        }
    }
    acc0_0 = _mm256_add_ps(acc0_0, _mm256_loadu_ps(residual));
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = _mm256_add_ps(acc0_1, _mm256_loadu_ps(residual + 8));
    _mm256_storeu_ps(output + 8, acc0_1);
    acc1_0 = _mm256_add_ps(acc1_0, _mm256_loadu_ps(residual + 16));
    _mm256_storeu_ps(output + 16, acc1_0);
    acc1_1 = _mm256_add_ps(acc1_1, _mm256_loadu_ps(residual + 24));
    _mm256_storeu_ps(output + 24, acc1_1);
    acc2_0 = _mm256_add_ps(acc2_0, _mm256_loadu_ps(residual + 32));
    _mm256_storeu_ps(output + 32, acc2_0);
    acc2_1 = _mm256_add_ps(acc2_1, _mm256_loadu_ps(residual + 40));
    _mm256_storeu_ps(output + 40, acc2_1);
    acc3_0 = _mm256_add_ps(acc3_0, _mm256_loadu_ps(residual + 48));
    _mm256_storeu_ps(output + 48, acc3_0);
    acc3_1 = _mm256_add_ps(acc3_1, _mm256_loadu_ps(residual + 56));
    _mm256_storeu_ps(output + 56, acc3_1);
}

/* 2 outputs x 16 channels.
   x: the window of the first output; outputs 16 apart.
   w: its panel, 16 numbers a term.
   bias: of the first channel.
   residual, output: the first output, first channel; outputs 16 apart. */
static void tile_2x16(const float *x, const float *w, const float *bias, const float *residual, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc1_1 = _mm256_loadu_ps(bias + 8);
    /* kernel columns */
    for (ptrdiff_t kw = 0; kw < 3; ++kw) {
        const float *x_kw = x + kw * 1024;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 16; ic += 4) {
            const float *x_ic = x_kw + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w);
                const __m256 b1 = _mm256_loadu_ps(w + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 16);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 16);
                const __m256 b1 = _mm256_loadu_ps(w + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 17);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 32);
                const __m256 b1 = _mm256_loadu_ps(w + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 18);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 48);
                const __m256 b1 = _mm256_loadu_ps(w + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
                const __m256 a1 = _mm256_broadcast_ss(x_ic + 19);
                acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
                acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            }
            w += 64;
        }
    }
    acc0_0 = _mm256_add_ps(acc0_0, _mm256_loadu_ps(residual));
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = _mm256_add_ps(acc0_1, _mm256_loadu_ps(residual + 8));
    _mm256_storeu_ps(output + 8, acc0_1);
    acc1_0 = _mm256_add_ps(acc1_0, _mm256_loadu_ps(residual + 16));
    _mm256_storeu_ps(output + 16, acc1_0);
    acc1_1 = _mm256_add_ps(acc1_1, _mm256_loadu_ps(residual + 24));
    _mm256_storeu_ps(output + 24, acc1_1);
}

/* 1 output x 16 channels.
   x: the window of the first output; outputs 16 apart.
   w: its panel, 16 numbers a term.
   bias: of the first channel.
   residual, output: the first output, first channel; outputs 16 apart. */
static void tile_1x16(const float *x, const float *w, const float *bias, const float *residual, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc0_1 = _mm256_loadu_ps(bias + 8);
    /* kernel columns */
    for (ptrdiff_t kw = 0; kw < 3; ++kw) {
        const float *x_kw = x + kw * 1024;
        /* input channels */
        for (ptrdiff_t ic = 0; ic < 16; ic += 4) {
            const float *x_ic = x_kw + ic;
            {
                const __m256 b0 = _mm256_loadu_ps(w);
                const __m256 b1 = _mm256_loadu_ps(w + 8);
                const __m256 a0 = _mm256_broadcast_ss(x_ic);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 16);
                const __m256 b1 = _mm256_loadu_ps(w + 24);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 32);
                const __m256 b1 = _mm256_loadu_ps(w + 40);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            }
            {
                const __m256 b0 = _mm256_loadu_ps(w + 48);
                const __m256 b1 = _mm256_loadu_ps(w + 56);
                const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
                acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
                acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            }
            w += 64;
        }
    }
    acc0_0 = _mm256_add_ps(acc0_0, _mm256_loadu_ps(residual));
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = _mm256_add_ps(acc0_1, _mm256_loadu_ps(residual + 8));
    _mm256_storeu_ps(output + 8, acc0_1);
}

#ifndef conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_NO_PACK
/* Packs a panel: kw, ic, 16 output channels.
   weights: the layer's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, float *out)
{
    for (ptrdiff_t kw = 0; kw < 3; ++kw) {
        for (ptrdiff_t ic = 0; ic < 16; ++ic) {
            for (ptrdiff_t j = 0; j < 16; ++j) {
                *out++ = weights[j + kw * 256 + ic * 16];
            }
        }
    }
    return out;
}

void conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    out = pack_panel(weights, out);
    for (ptrdiff_t oc = 0; oc < 16; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* What a state begins with. Behind, conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_ALIGN bytes from its start, is a ring of 192 samples,
   twice, so that each window is in one piece. owner: a number that is this layer's.
   next: where the next sample goes.
*/
typedef struct {
    size_t owner;
    ptrdiff_t next;
} stream_head;

/* So many samples of a row. */
static void copy_samples(float *to, const float *from, ptrdiff_t samples)
{
    const ptrdiff_t count = samples * 16;
    const ptrdiff_t whole = count - count % 8;
    for (ptrdiff_t i = 0; i < whole; i += 8) {
        _mm256_storeu_ps(to + i, _mm256_loadu_ps(from + i));
    }
    for (ptrdiff_t i = whole; i < count; ++i) {
        to[i] = from[i];
    }
}

/* Samples of a row into both copies of its ring, from place `next` on. The first may end in the second. */
static void keep(float *ring, const float *from, ptrdiff_t next, ptrdiff_t samples)
{
    const ptrdiff_t left = 192 - next;
    const ptrdiff_t before = samples < left ? samples : left;
    copy_samples(ring + next * 16, from, samples);
    copy_samples(ring + next * 16 + 3072, from, before);
    if (before < samples) {
        copy_samples(ring, from + before * 16, samples - before);
    }
}

/* The outputs of a block, `count` of each channel. input: the window of the first. The other arrays are the layer's. */
static void compute_block(const float *input, ptrdiff_t count, const float *packed, const float *residual, float *output)
{
    const float *weights = packed;
    const float *bias = packed + 768;
    const ptrdiff_t upto_6 = count / 6 * 6;
    const ptrdiff_t upto_4 = upto_6 + (count - upto_6) / 4 * 4;
    const ptrdiff_t upto_2 = upto_4 + (count - upto_4) / 2 * 2;
    /* outputs, 6 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < upto_6; ow0 += 6) {
        tile_6x16(input + ow0 * 16, weights, bias, residual + ow0 * 16, output + ow0 * 16);
    }
    /* outputs, 4 at a time */
    for (ptrdiff_t ow0 = upto_6; ow0 < upto_4; ow0 += 4) {
        tile_4x16(input + ow0 * 16, weights, bias, residual + ow0 * 16, output + ow0 * 16);
    }
    /* outputs, 2 at a time */
    for (ptrdiff_t ow0 = upto_4; ow0 < upto_2; ow0 += 2) {
        tile_2x16(input + ow0 * 16, weights, bias, residual + ow0 * 16, output + ow0 * 16);
    }
    /* outputs */
    for (ptrdiff_t ow0 = upto_2; ow0 < count; ++ow0) {
        tile_1x16(input + ow0 * 16, weights, bias, residual + ow0 * 16, output + ow0 * 16);
    }
}

void conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_reset(void *state)
{
    stream_head *head = (stream_head *)state;
    float *ring = (float *)state + 16;
    head->owner = 1405454679u;
    head->next = 0;
    for (ptrdiff_t i = 0; i < 6160; ++i) {
        ring[i] = 0.0f;
    }
}

int conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream(const float *input, int samples, const void *packed, const float *residual, float *output, void *state, void *workspace)
{
    stream_head *head = (stream_head *)state;
    float *ring = (float *)state + 16;
    if (samples < 1 || samples > 64) {
        return -1;
    }
    if (head->owner != 1405454679u) {
        return -2;
    }
    const ptrdiff_t next = head->next;
    const float *weights = (const float *)packed;
    (void)workspace;
    keep(ring, input, next, samples);
    const ptrdiff_t behind = next + samples;
    const ptrdiff_t first = next < 128 ? next + 64 : next - 128;
    head->next = behind < 192 ? behind : behind - 192;
    compute_block(ring + first * 16, samples, weights, residual, output);
    return samples;
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef tile_6x16
#undef tile_4x16
#undef tile_2x16
#undef tile_1x16
#undef pack_panel
#undef stream_head
#undef copy_samples
#undef keep
#undef compute_block

#if defined(__clang__)
#pragma clang attribute pop
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(pop)
#endif
