/* backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 8 x 56 x 56 x 64, output's gradient 8 x 56 x 56 x 64, weights' gradient hwio 3 x 3 x 64 x 64
 *           backward-weights, kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate mb8ic64ih56oc64oh56kh3ph1 --layout nhwc --op backward-weights --target x86-64-v3 -o .
 * Plan      gradient on avx2, lanes over oc, reading padded copies of some rows, in blocks of channels
 *           for n: 8 times, a task each
 *             for oc by 16: 4 times, a task each
 *               for oh by 9: 7 times
 *                 for ic by 2: 32 times
 *                   for kw by 3: 3 times
 *                     tile of 3 taps x 2 input channels x 16 output channels: 15 of 16 registers
 * Tasks     16 (sums of some pixels and channels), then 4 (blocks of output channels)
 * Cost      924844032 multiply-adds; at least 12992768 bytes moved; 0 bytes packed, 2655744 of workspace for a worker, 292352 more for each other
 * Code      about 1628 bytes compiled for size, rarely more than 9502 for speed
 * Bound     |error| <= g S, S = sum |x||dy|, g = 1639 u / (1 - 1639 u) = 9.77e-05, u = 2^-24
 * Range     nothing overflows where |x| <= X and |dy| <= W, W <= 1.35e+34, X W <= 1.35e+34
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64.h"

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
#define some_lanes backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_some_lanes_
#define copy_row backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_copy_row_
#define copy_row_of_dy backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_copy_row_of_dy_
#define copy_input backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_copy_input_
#define copy_gradient backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_copy_gradient_
#define add_6x16 backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_add_6x16_
#define add_bias backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_add_bias_
#define sum_task backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_sum_task_
#define end_task backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_end_task_

/* All ones in lanes first to end - 1; both are constants at every call, so this is one too. */
static inline __m256i some_lanes(int first, int end)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i before = _mm256_cmpgt_epi32(_mm256_set1_epi32(first), lane);
    return _mm256_andnot_si256(before, _mm256_cmpgt_epi32(_mm256_set1_epi32(end), lane));
}

/* A row of x: 2 channels of each pixel. */
static void copy_row(const float *from, float *to)
{
    for (ptrdiff_t i = 0; i < 2; ++i) {
        to[i] = 0.0f;
    }
    for (ptrdiff_t w = 1; w < 57; ++w) {
        const float *taken = from + w * 64 - 64;
        float *pixel = to + w * 2;
        _mm256_maskstore_ps(pixel, some_lanes(0, 2), _mm256_maskload_ps(taken, some_lanes(0, 2)));
    }
    for (ptrdiff_t i = 114; i < 116; ++i) {
        to[i] = 0.0f;
    }
}

/* A row of dy: 16 channels of each pixel. */
static void copy_row_of_dy(const float *from, float *to)
{
    for (ptrdiff_t w = 0; w < 56; ++w) {
        const float *taken = from + w * 64;
        float *pixel = to + w * 16;
        _mm256_storeu_ps(pixel, _mm256_loadu_ps(taken));
        _mm256_storeu_ps(pixel + 8, _mm256_loadu_ps(taken + 8));
    }
}

/* What a step reads of x. */
static void copy_input(const float *input, float *x, ptrdiff_t h, ptrdiff_t rows)
{
    for (ptrdiff_t r = 0; r < rows + 2; ++r) {
        const ptrdiff_t row = h + r;
        float *to = x + r * 116;
        if (row < 0 || row >= 56) {
            for (ptrdiff_t block = 0; block < 32; ++block) {
                for (ptrdiff_t i = 0; i < 116; ++i) {
                    to[block * 1276 + i] = 0.0f;
                }
            }
        } else {
            const float *from = input + row * 3584;
            for (ptrdiff_t block = 0; block < 32; ++block) {
                copy_row(from + block * 2, to + block * 1276);
            }
        }
    }
}

/* What a step reads of dy. */
static void copy_gradient(const float *output_gradient, float *dy, ptrdiff_t rows)
{
    for (ptrdiff_t r = 0; r < rows; ++r) {
        const float *from = output_gradient + r * 3584;
        for (ptrdiff_t block = 0; block < 4; ++block) {
            copy_row_of_dy(from + block * 16, dy + r * 896 + block * 8064);
        }
    }
}

/* Adds to the sums of 6 input channels and taps and 16 output channels.
   x, dy: the first pixel, in blocks of channels. */
static void add_6x16(const float *x, const float *dy, float *sums, ptrdiff_t rows)
{
    __m256 acc0_0 = _mm256_loadu_ps(sums);
    __m256 acc0_1 = _mm256_loadu_ps(sums + 8);
    __m256 acc1_0 = _mm256_loadu_ps(sums + 16);
    __m256 acc1_1 = _mm256_loadu_ps(sums + 24);
    __m256 acc2_0 = _mm256_loadu_ps(sums + 32);
    __m256 acc2_1 = _mm256_loadu_ps(sums + 40);
    __m256 acc3_0 = _mm256_loadu_ps(sums + 48);
    __m256 acc3_1 = _mm256_loadu_ps(sums + 56);
    __m256 acc4_0 = _mm256_loadu_ps(sums + 64);
    __m256 acc4_1 = _mm256_loadu_ps(sums + 72);
    __m256 acc5_0 = _mm256_loadu_ps(sums + 80);
    __m256 acc5_1 = _mm256_loadu_ps(sums + 88);
    for (ptrdiff_t row = 0; row < rows; ++row) {
        const float *x_w = x + row * 116;
        const float *dy_w = dy + row * 896;
        for (ptrdiff_t column = 0; column < 56; ++column) {
            const __m256 b0 = _mm256_loadu_ps(dy_w);
            const __m256 b1 = _mm256_loadu_ps(dy_w + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_w);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(x_w + 1);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(x_w + 2);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
            const __m256 a3 = _mm256_broadcast_ss(x_w + 3);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a3, b1, acc3_1);
            const __m256 a4 = _mm256_broadcast_ss(x_w + 4);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm256_fmadd_ps(a4, b1, acc4_1);
            const __m256 a5 = _mm256_broadcast_ss(x_w + 5);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm256_fmadd_ps(a5, b1, acc5_1);
            x_w += 2;
            dy_w += 16;
        }
    }
    _mm256_storeu_ps(sums, acc0_0);
    _mm256_storeu_ps(sums + 8, acc0_1);
    _mm256_storeu_ps(sums + 16, acc1_0);
    _mm256_storeu_ps(sums + 24, acc1_1);
    _mm256_storeu_ps(sums + 32, acc2_0);
    _mm256_storeu_ps(sums + 40, acc2_1);
    _mm256_storeu_ps(sums + 48, acc3_0);
    _mm256_storeu_ps(sums + 56, acc3_1);
    _mm256_storeu_ps(sums + 64, acc4_0);
    _mm256_storeu_ps(sums + 72, acc4_1);
    _mm256_storeu_ps(sums + 80, acc5_0);
    _mm256_storeu_ps(sums + 88, acc5_1);
}

/* Adds dy to the sums of 16 output channels. */
static void add_bias(const float *dy, float *sums, ptrdiff_t rows)
{
    __m256 acc0 = _mm256_loadu_ps(sums);
    __m256 acc1 = _mm256_loadu_ps(sums + 8);
    for (ptrdiff_t row = 0; row < rows; ++row) {
        const float *dy_w = dy + row * 896;
        for (ptrdiff_t column = 0; column < 56; ++column) {
            acc0 = _mm256_add_ps(acc0, _mm256_loadu_ps(dy_w));
            acc1 = _mm256_add_ps(acc1, _mm256_loadu_ps(dy_w + 8));
            dy_w += 16;
        }
    }
    _mm256_storeu_ps(sums, acc0);
    _mm256_storeu_ps(sums + 8, acc1);
}

/* A task: sums of some pixels and channels. */
static void sum_task(size_t task, int worker, const float *input, const float *output_gradient, float *workspace)
{
    const ptrdiff_t split = (ptrdiff_t)task; /* parts of the pixels */
    float *x = workspace + (ptrdiff_t)worker * 73088 + 590848;
    float *dy = workspace + (ptrdiff_t)worker * 73088 + 631680;
    float *all = workspace + split * 36928;
    for (ptrdiff_t i = 0; i < 36928; i += 8) {
        _mm256_storeu_ps(all + i, _mm256_setzero_ps());
    }
    for (ptrdiff_t step = split * 56 / 16; step < (split + 1) * 56 / 16; ++step) {
        const ptrdiff_t n = step / 7;
        const ptrdiff_t oh = step % 7 * 9;
        const ptrdiff_t rows = 56 - oh < 9 ? 56 - oh : 9;
        copy_input(input + n * 200704, x, oh - 1, rows);
        copy_gradient(output_gradient + n * 200704 + oh * 3584, dy, rows);
        /* blocks of output channels */
        for (ptrdiff_t block = 0; block < 4; ++block) {
            float *sums = all + block * 9232;
            /* blocks of input channels */
            for (ptrdiff_t a = 0; a < 32; ++a) {
                add_6x16(x + a * 1276, dy + block * 8064, sums + a * 288, rows);
                add_6x16(x + a * 1276 + 116, dy + block * 8064, sums + a * 288 + 96, rows);
                add_6x16(x + a * 1276 + 232, dy + block * 8064, sums + a * 288 + 192, rows);
            }
            add_bias(dy + block * 8064, sums + 9216, rows);
        }
    }
}

/* A task: blocks of output channels, with the sums of all parts of the pixels, in their order. */
static void end_task(size_t task, float *weights_gradient, float *bias_gradient, float *workspace)
{
    const ptrdiff_t block = (ptrdiff_t)task; /* blocks of output channels */
    float *sums = workspace + block * 9232;
    const ptrdiff_t outputs = 16;
    for (ptrdiff_t i = 0; i < 9232; i += 8) {
        __m256 acc = _mm256_loadu_ps(sums + i);
        for (ptrdiff_t split = 1; split < 16; ++split) {
            acc = _mm256_add_ps(acc, _mm256_loadu_ps(sums + i + split * 36928));
        }
        _mm256_storeu_ps(sums + i, acc);
    }
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            for (ptrdiff_t a = 0; a < 32; ++a) {
                for (ptrdiff_t c = 0; c < 2; ++c) {
                    for (ptrdiff_t o = 0; o < outputs; ++o) {
                        const ptrdiff_t oc = block * 16 + o;
                        weights_gradient[oc + (a * 2 + c) * 64 + kh * 12288 + kw * 4096] = sums[a * 288 + c * 16 + (kh * 3 + kw) * 32 + o];
                    }
                }
            }
        }
    }
    for (ptrdiff_t o = 0; o < outputs; ++o) {
        const ptrdiff_t oc = block * 16 + o;
        bias_gradient[oc] = sums[o + 9216];
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef some_lanes
#undef copy_row
#undef copy_row_of_dy
#undef copy_input
#undef copy_gradient
#undef add_6x16
#undef add_bias
#undef sum_task
#undef end_task

size_t backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 16;
    case 1:
        return 4;
    default:
        return 0;
    }
}

void backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_task(int phase, size_t task, int worker, const float *input, const float *output_gradient, float *weights_gradient, float *bias_gradient, void *workspace)
{
    switch (phase) {
    case 0:
        backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_sum_task_(task, worker, input, output_gradient, (float *)workspace);
        break;
    case 1:
        backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_end_task_(task, weights_gradient, bias_gradient, (float *)workspace);
        break;
    }
}

void backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64(const float *input, const float *output_gradient, float *weights_gradient, float *bias_gradient, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_task(phase, (size_t)task, omp_get_thread_num(), input, output_gradient, weights_gradient, bias_gradient, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_task(phase, (size_t)task, 0, input, output_gradient, weights_gradient, bias_gradient, workspace);
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
