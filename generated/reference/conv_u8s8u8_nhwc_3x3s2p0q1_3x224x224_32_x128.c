/* conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     u8:s8:u8, input nhwc 1 x 224 x 224 x 3, output 1 x 112 x 112 x 32, weights hwio 3 x 3 x 3 x 32
 *           kernel 3x3, stride 2x2, padding 0+1 0+1, bias
 * Command   convgen generate ic3ih224oc32oh112kh3sh2ph0 --layout nhwc --dtype u8:s8:u8 --input-zero 128 --target scalar --algorithm reference -o .
 * Plan      reference
 * Tasks     1 (images)
 * Cost      10838016 multiply-adds; at least 553056 bytes moved; 1152 bytes packed, 0 of workspace
 * Code      about 398 bytes compiled for size, rarely more than 1776 for speed
 * Bound     none: v = bias + sum w (x - 128) is exact in s32; y = rint(v * scale), a product in f32,
 *           ties to even (half-even), cut to 0 ... 255, the same bits on every machine
 * Proof     |v - bias| <= 27 * 128 * 128 = 442368, |bias| must be <= 2147041279; then no sum leaves
 *           s32, nor any part of it, in any order
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#include "conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128.h"

#include <stdint.h>
#ifdef _OPENMP
#include <omp.h>
#endif

/* Here, behind all includes, since what others declare is compiled as the rest of the program is. This file computes as it
   is written, whatever that is built with: -ffast-math, -Ofast, or some of what they stand for, would break its bound,
   and what becomes of infinities and NaN. Loops that copy or clear become no calls of memcpy or memset: it needs no libc.
   A product and its sum may be one instruction, where the CPU has one, with -std=c99 too: the bound covers both.
*/
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("no-fast-math")
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#pragma GCC optimize("fp-contract=fast")
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "build this file with -fno-fast-math: unlike gcc and MSVC, this compiler obeys no pragma for that"
#elif defined(__clang__) && __clang_major__ > 10
#pragma clang fp reassociate(off)
#endif

/* Functions of this file alone, by names that no other file has. */
#define max_f32 conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_max_f32_
#define min_f32 conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_min_f32_
#define rint_f32 conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_rint_f32_
#define requantise conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_requantise_
#define compute_task conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_compute_task_

static inline float max_f32(float a, float b)
{
    return a > b ? a : b;
}

static inline float min_f32(float a, float b)
{
    return a < b ? a : b;
}

/* To the nearest integer, ties to even, of |a| < 2^22: beside 1.5 * 2^23 numbers are whole. */
static inline int32_t rint_f32(float a)
{
    union { float f; int32_t s; } bits;
    bits.f = a + 12582912.0f;
    return bits.s - 0x4b400000;
}

/* rint(v * scale), a product in f32, ties to even; cut to 0 ... 255, and 0 added, which stands for 0. */
static inline int32_t requantise(int32_t v, float scale)
{
    const float low = 0.0f;
    const float high = 255.0f;
    const float scaled = (float)(v) * scale;
    const float least = max_f32(scaled, low);
    const int32_t y = rint_f32(min_f32(least, high));
    return y;
}

#ifndef conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_NO_PACK
void conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_pack(const int8_t *weights, const int32_t *bias, const float *scale, void *packed)
{
    int8_t *out = (int8_t *)packed;
    for (ptrdiff_t i = 0; i < 864; ++i) {
        out[i] = weights[i];
    }
    int32_t *const bias_out = (int32_t *)(void *)((int8_t *)packed + 896);
    for (ptrdiff_t oc = 0; oc < 32; ++oc) {
        bias_out[oc] = bias[oc];
    }
    float *const scale_out = (float *)(void *)((int8_t *)packed + 1024);
    for (ptrdiff_t oc = 0; oc < 32; ++oc) {
        scale_out[oc] = scale[oc];
    }
}

#endif

/* One image. */
static void compute_task(const uint8_t *input, const int8_t *packed, uint8_t *output)
{
    const int8_t *weights = packed;
    const int32_t *bias = (const int32_t *)(const void *)(packed + 896);
    const float *scale = (const float *)(const void *)(packed + 1024);
    for (ptrdiff_t oh = 0; oh < 112; ++oh)
    for (ptrdiff_t ow = 0; ow < 112; ++ow)
    for (ptrdiff_t oc = 0; oc < 32; ++oc) {
        int32_t sum = bias[oc];
        for (ptrdiff_t kh = 0; kh < 3; ++kh)
        for (ptrdiff_t kw = 0; kw < 3; ++kw)
        for (ptrdiff_t ic = 0; ic < 3; ++ic) {
            const ptrdiff_t ih = oh * 2 + kh;
            const ptrdiff_t iw = ow * 2 + kw;
            if (ih < 0 || ih >= 224) {
                continue; /* padding: a zero */
            }
            if (iw < 0 || iw >= 224) {
                continue; /* padding: a zero */
            }
            sum += (input[ic + ih * 672 + iw * 3] - 128) * weights[oc + ic * 32 + kh * 288 + kw * 96];
        }
        output[oc + oh * 3584 + ow * 32] = (uint8_t)(requantise(sum, scale[oc]));
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef max_f32
#undef min_f32
#undef rint_f32
#undef requantise
#undef compute_task

size_t conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 1;
    default:
        return 0;
    }
}

void conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_task(int phase, size_t task, int worker, const uint8_t *input, const void *packed, uint8_t *output, void *workspace)
{
    (void)task;
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_compute_task_(input, (const int8_t *)packed, output);
        break;
    }
}

void conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128(const uint8_t *input, const void *packed, uint8_t *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_task(phase, (size_t)task, 0, input, packed, output, workspace);
        }
    }
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(pop)
#endif
