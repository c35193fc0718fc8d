/* conv_f32_nhwc_3x3s1p1_64x56x56_64: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 56 x 56 x 64, output 1 x 56 x 56 x 64, weights hwio 3 x 3 x 64 x 64
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate ic64ih56oc64oh56kh3ph1 --layout nhwc --target scalar --algorithm reference -o .
 * Plan      reference
 * Tasks     1 (images)
 * Cost      115605504 multiply-adds; at least 1753344 bytes moved; 147712 bytes packed, 0 of workspace
 * Code      about 398 bytes compiled for size, rarely more than 1776 for speed
 * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 577 u / (1 - 577 u) = 3.44e-05, u = 2^-24
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 2.95e+35, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#include "conv_f32_nhwc_3x3s1p1_64x56x56_64.h"

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
#pragma GCC optimize("no-tree-loop-vectorize") /* ten times the code, and none faster: sums have no loops of their own */
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "build this file with -fno-fast-math: unlike gcc and MSVC, this compiler obeys no pragma for that"
#elif defined(__clang__) && __clang_major__ > 10
#pragma clang fp reassociate(off)
#endif

/* Functions of this file alone, by names that no other file has. */
#define compute_task conv_f32_nhwc_3x3s1p1_64x56x56_64_compute_task_

#ifndef conv_f32_nhwc_3x3s1p1_64x56x56_64_NO_PACK
void conv_f32_nhwc_3x3s1p1_64x56x56_64_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t i = 0; i < 36864; ++i) {
        out[i] = weights[i];
    }
    for (ptrdiff_t oc = 0; oc < 64; ++oc) {
        out[36864 + oc] = bias[oc];
    }
}

#endif

/* One image. */
static void compute_task(const float *input, const float *packed, float *output)
{
    const float *weights = packed;
    for (ptrdiff_t oh = 0; oh < 56; ++oh)
    for (ptrdiff_t ow = 0; ow < 56; ++ow)
    for (ptrdiff_t oc = 0; oc < 64; ++oc) {
        float sum = packed[36864 + oc];
        for (ptrdiff_t kh = 0; kh < 3; ++kh)
        for (ptrdiff_t kw = 0; kw < 3; ++kw)
        for (ptrdiff_t ic = 0; ic < 64; ++ic) {
            const ptrdiff_t ih = oh + kh - 1;
            const ptrdiff_t iw = ow + kw - 1;
            if (ih < 0 || ih >= 56) {
                continue; /* padding: a zero */
            }
            if (iw < 0 || iw >= 56) {
                continue; /* padding: a zero */
            }
            sum += input[ic + ih * 3584 + iw * 64] * weights[oc + ic * 64 + kh * 12288 + kw * 4096];
        }
        output[oc + oh * 3584 + ow * 64] = sum;
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef compute_task

size_t conv_f32_nhwc_3x3s1p1_64x56x56_64_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 1;
    default:
        return 0;
    }
}

void conv_f32_nhwc_3x3s1p1_64x56x56_64_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)task;
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_f32_nhwc_3x3s1p1_64x56x56_64_compute_task_(input, (const float *)packed, output);
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

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(pop)
#endif
