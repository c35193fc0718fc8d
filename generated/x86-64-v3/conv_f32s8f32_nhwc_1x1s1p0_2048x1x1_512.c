/* conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32:s8:f32, input nhwc 1 x 1 x 1 x 2048, output 1 x 1 x 1 x 512, weights hwio 1 x 1 x 2048 x 512
 *           kernel 1x1, stride 1x1, bias
 * Command   convgen generate ic2048ih1oc512oh1kh1ph0 --layout nhwc --dtype f32:s8:f32 --target x86-64-v3 -o .
 * Plan      direct on avx2, lanes over oc, reading the input as it is, weights in s8
 *           for oc by 56: 10 times, a task each
 *             for ic: 2048 times
 *               tile of 1 pixels x 56 channels: 15 of 16 registers
 * Tasks     10 (output channels, 56 at a time)
 * Cost      1048576 multiply-adds; at least 1062912 bytes moved; 1052672 bytes packed, 0 of workspace
 * Code      about 1574 bytes compiled for size, rarely more than 5344 for speed
 * Bound     |error| <= g S, S = sum |x||scale w| + |bias|, g = 2050 u / (1 - 2050 u) = 0.000122, u =
 *           2^-24
 * Range     nothing overflows where |x| <= X and |scale w| <= W, X <= 1.29e+33, X W <= 8.3e+34, |bias|
 *           <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512.h"

#include <stdint.h>
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
#define f32x8_from_s8 conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_f32x8_from_s8_
#define tile_1x56 conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_tile_1x56_
#define tile_1x48 conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_tile_1x48_
#define pack_panel conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_pack_panel_
#define compute_task conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_compute_task_

static inline __m256 f32x8_from_s8(const int8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}

/* 1 pixel x 56 channels.
   x: the window of the first pixel; pixels 2048 apart.
   w: its panel, 56 numbers a term.
   bias: of the first channel.
   scale: of the first channel.
   output: the first pixel, first channel; pixels 512 apart. */
static void tile_1x56(const float *x, const int8_t *w, const float *bias, const float *scale, float *output)
{
    __m256 acc0_0 = _mm256_setzero_ps();
    __m256 acc0_1 = _mm256_setzero_ps();
    __m256 acc0_2 = _mm256_setzero_ps();
    __m256 acc0_3 = _mm256_setzero_ps();
    __m256 acc0_4 = _mm256_setzero_ps();
    __m256 acc0_5 = _mm256_setzero_ps();
    __m256 acc0_6 = _mm256_setzero_ps();
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 2048; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = f32x8_from_s8(w);
            const __m256 b1 = f32x8_from_s8(w + 8);
            const __m256 b2 = f32x8_from_s8(w + 16);
            const __m256 b3 = f32x8_from_s8(w + 24);
            const __m256 b4 = f32x8_from_s8(w + 32);
            const __m256 b5 = f32x8_from_s8(w + 40);
            const __m256 b6 = f32x8_from_s8(w + 48);
            RELOAD;
            const __m256 a0 = _mm256_broadcast_ss(x_ic);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            acc0_3 = _mm256_fmadd_ps(a0, b3, acc0_3);
            acc0_4 = _mm256_fmadd_ps(a0, b4, acc0_4);
            acc0_5 = _mm256_fmadd_ps(a0, b5, acc0_5);
            acc0_6 = _mm256_fmadd_ps(a0, b6, acc0_6);
        }
        {
            const __m256 b0 = f32x8_from_s8(w + 56);
            const __m256 b1 = f32x8_from_s8(w + 64);
            const __m256 b2 = f32x8_from_s8(w + 72);
            const __m256 b3 = f32x8_from_s8(w + 80);
            const __m256 b4 = f32x8_from_s8(w + 88);
            const __m256 b5 = f32x8_from_s8(w + 96);
            const __m256 b6 = f32x8_from_s8(w + 104);
            RELOAD;
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            acc0_3 = _mm256_fmadd_ps(a0, b3, acc0_3);
            acc0_4 = _mm256_fmadd_ps(a0, b4, acc0_4);
            acc0_5 = _mm256_fmadd_ps(a0, b5, acc0_5);
            acc0_6 = _mm256_fmadd_ps(a0, b6, acc0_6);
        }
        {
            const __m256 b0 = f32x8_from_s8(w + 112);
            const __m256 b1 = f32x8_from_s8(w + 120);
            const __m256 b2 = f32x8_from_s8(w + 128);
            const __m256 b3 = f32x8_from_s8(w + 136);
            const __m256 b4 = f32x8_from_s8(w + 144);
            const __m256 b5 = f32x8_from_s8(w + 152);
            const __m256 b6 = f32x8_from_s8(w + 160);
            RELOAD;
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            acc0_3 = _mm256_fmadd_ps(a0, b3, acc0_3);
            acc0_4 = _mm256_fmadd_ps(a0, b4, acc0_4);
            acc0_5 = _mm256_fmadd_ps(a0, b5, acc0_5);
            acc0_6 = _mm256_fmadd_ps(a0, b6, acc0_6);
        }
        {
            const __m256 b0 = f32x8_from_s8(w + 168);
            const __m256 b1 = f32x8_from_s8(w + 176);
            const __m256 b2 = f32x8_from_s8(w + 184);
            const __m256 b3 = f32x8_from_s8(w + 192);
            const __m256 b4 = f32x8_from_s8(w + 200);
            const __m256 b5 = f32x8_from_s8(w + 208);
            const __m256 b6 = f32x8_from_s8(w + 216);
            RELOAD;
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            acc0_3 = _mm256_fmadd_ps(a0, b3, acc0_3);
            acc0_4 = _mm256_fmadd_ps(a0, b4, acc0_4);
            acc0_5 = _mm256_fmadd_ps(a0, b5, acc0_5);
            acc0_6 = _mm256_fmadd_ps(a0, b6, acc0_6);
        }
        w += 224;
    }
    acc0_0 = _mm256_fmadd_ps(acc0_0, _mm256_loadu_ps(scale), _mm256_loadu_ps(bias));
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = _mm256_fmadd_ps(acc0_1, _mm256_loadu_ps(scale + 8), _mm256_loadu_ps(bias + 8));
    _mm256_storeu_ps(output + 8, acc0_1);
    acc0_2 = _mm256_fmadd_ps(acc0_2, _mm256_loadu_ps(scale + 16), _mm256_loadu_ps(bias + 16));
    _mm256_storeu_ps(output + 16, acc0_2);
    acc0_3 = _mm256_fmadd_ps(acc0_3, _mm256_loadu_ps(scale + 24), _mm256_loadu_ps(bias + 24));
    _mm256_storeu_ps(output + 24, acc0_3);
    acc0_4 = _mm256_fmadd_ps(acc0_4, _mm256_loadu_ps(scale + 32), _mm256_loadu_ps(bias + 32));
    _mm256_storeu_ps(output + 32, acc0_4);
    acc0_5 = _mm256_fmadd_ps(acc0_5, _mm256_loadu_ps(scale + 40), _mm256_loadu_ps(bias + 40));
    _mm256_storeu_ps(output + 40, acc0_5);
    acc0_6 = _mm256_fmadd_ps(acc0_6, _mm256_loadu_ps(scale + 48), _mm256_loadu_ps(bias + 48));
    _mm256_storeu_ps(output + 48, acc0_6);
}

/* 1 pixel x 48 channels.
   x: the window of the first pixel; pixels 2048 apart.
   w: its panel, 48 numbers a term.
   bias: of the first channel.
   scale: of the first channel.
   output: the first pixel, first channel; pixels 512 apart. */
static void tile_1x48(const float *x, const int8_t *w, const float *bias, const float *scale, float *output)
{
    __m256 acc0_0 = _mm256_setzero_ps();
    __m256 acc0_1 = _mm256_setzero_ps();
    __m256 acc0_2 = _mm256_setzero_ps();
    __m256 acc0_3 = _mm256_setzero_ps();
    __m256 acc0_4 = _mm256_setzero_ps();
    __m256 acc0_5 = _mm256_setzero_ps();
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 2048; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = f32x8_from_s8(w);
            const __m256 b1 = f32x8_from_s8(w + 8);
            const __m256 b2 = f32x8_from_s8(w + 16);
            const __m256 b3 = f32x8_from_s8(w + 24);
            const __m256 b4 = f32x8_from_s8(w + 32);
            const __m256 b5 = f32x8_from_s8(w + 40);
            RELOAD;
            const __m256 a0 = _mm256_broadcast_ss(x_ic);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            acc0_3 = _mm256_fmadd_ps(a0, b3, acc0_3);
            acc0_4 = _mm256_fmadd_ps(a0, b4, acc0_4);
            acc0_5 = _mm256_fmadd_ps(a0, b5, acc0_5);
        }
        {
            const __m256 b0 = f32x8_from_s8(w + 48);
            const __m256 b1 = f32x8_from_s8(w + 56);
            const __m256 b2 = f32x8_from_s8(w + 64);
            const __m256 b3 = f32x8_from_s8(w + 72);
            const __m256 b4 = f32x8_from_s8(w + 80);
            const __m256 b5 = f32x8_from_s8(w + 88);
            RELOAD;
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            acc0_3 = _mm256_fmadd_ps(a0, b3, acc0_3);
            acc0_4 = _mm256_fmadd_ps(a0, b4, acc0_4);
            acc0_5 = _mm256_fmadd_ps(a0, b5, acc0_5);
        }
        {
            const __m256 b0 = f32x8_from_s8(w + 96);
            const __m256 b1 = f32x8_from_s8(w + 104);
            const __m256 b2 = f32x8_from_s8(w + 112);
            const __m256 b3 = f32x8_from_s8(w + 120);
            const __m256 b4 = f32x8_from_s8(w + 128);
            const __m256 b5 = f32x8_from_s8(w + 136);
            RELOAD;
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            acc0_3 = _mm256_fmadd_ps(a0, b3, acc0_3);
            acc0_4 = _mm256_fmadd_ps(a0, b4, acc0_4);
            acc0_5 = _mm256_fmadd_ps(a0, b5, acc0_5);
        }
        {
            const __m256 b0 = f32x8_from_s8(w + 144);
            const __m256 b1 = f32x8_from_s8(w + 152);
            const __m256 b2 = f32x8_from_s8(w + 160);
            const __m256 b3 = f32x8_from_s8(w + 168);
            const __m256 b4 = f32x8_from_s8(w + 176);
            const __m256 b5 = f32x8_from_s8(w + 184);
            RELOAD;
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            acc0_2 = _mm256_fmadd_ps(a0, b2, acc0_2);
            acc0_3 = _mm256_fmadd_ps(a0, b3, acc0_3);
            acc0_4 = _mm256_fmadd_ps(a0, b4, acc0_4);
            acc0_5 = _mm256_fmadd_ps(a0, b5, acc0_5);
        }
        w += 192;
    }
    acc0_0 = _mm256_fmadd_ps(acc0_0, _mm256_loadu_ps(scale), _mm256_loadu_ps(bias));
    _mm256_storeu_ps(output, acc0_0);
    acc0_1 = _mm256_fmadd_ps(acc0_1, _mm256_loadu_ps(scale + 8), _mm256_loadu_ps(bias + 8));
    _mm256_storeu_ps(output + 8, acc0_1);
    acc0_2 = _mm256_fmadd_ps(acc0_2, _mm256_loadu_ps(scale + 16), _mm256_loadu_ps(bias + 16));
    _mm256_storeu_ps(output + 16, acc0_2);
    acc0_3 = _mm256_fmadd_ps(acc0_3, _mm256_loadu_ps(scale + 24), _mm256_loadu_ps(bias + 24));
    _mm256_storeu_ps(output + 24, acc0_3);
    acc0_4 = _mm256_fmadd_ps(acc0_4, _mm256_loadu_ps(scale + 32), _mm256_loadu_ps(bias + 32));
    _mm256_storeu_ps(output + 32, acc0_4);
    acc0_5 = _mm256_fmadd_ps(acc0_5, _mm256_loadu_ps(scale + 40), _mm256_loadu_ps(bias + 40));
    _mm256_storeu_ps(output + 40, acc0_5);
}

#ifndef conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_NO_PACK
/* Packs a panel: ic, `width` output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static int8_t *pack_panel(const int8_t *weights, ptrdiff_t oc0, ptrdiff_t width, int8_t *out)
{
    for (ptrdiff_t ic = 0; ic < 2048; ++ic) {
        for (ptrdiff_t j = 0; j < width; ++j) {
            *out++ = weights[oc0 + j + ic * 512];
        }
    }
    return out;
}

void conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_pack(const int8_t *weights, const float *bias, const float *scale, void *packed)
{
    int8_t *out = (int8_t *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 224; oc0 += 56) {
        out = pack_panel(weights, oc0, 56, out);
    }
    for (ptrdiff_t oc0 = 224; oc0 < 512; oc0 += 48) {
        out = pack_panel(weights, oc0, 48, out);
    }
    float *numbers = (float *)(void *)((int8_t *)packed + 1048576);
    for (ptrdiff_t oc = 0; oc < 512; ++oc) {
        *numbers++ = bias[oc];
    }
    for (ptrdiff_t oc = 0; oc < 512; ++oc) {
        *numbers++ = scale[oc];
    }
}

#endif

/* A task: output channels, 56 at a time. The arrays are the layer's. */
static void compute_task(size_t task, const float *input, const int8_t *packed, float *output)
{
    const int8_t *weights = packed;
    const float *bias = (const float *)(const void *)(packed + 1048576);
    const float *scale = (const float *)(const void *)(packed + 1050624);
    const ptrdiff_t oc_tile = (ptrdiff_t)task; /* output channels, 56 at a time */
    if (oc_tile < 4) {
        const ptrdiff_t oc0 = oc_tile * 56;
        tile_1x56(input, weights + oc0 * 2048, bias + oc0, scale + oc0, output + oc0);
    }
    if (oc_tile >= 4) {
        const ptrdiff_t oc0 = oc_tile * 48 + 32;
        tile_1x48(input, weights + oc0 * 2048, bias + oc0, scale + oc0, output + oc0);
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef f32x8_from_s8
#undef tile_1x56
#undef tile_1x48
#undef pack_panel
#undef compute_task
#undef RELOAD

size_t conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 10;
    default:
        return 0;
    }
}

void conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_compute_task_(task, input, (const int8_t *)packed, output);
        break;
    }
}

void conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
