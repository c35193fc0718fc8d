/* transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 1 x 128 x 32 x 32, output 1 x 3 x 64 x 64, weights iohw 128 x 3 x 4 x 4
 *           transposed, kernel 4x4, stride 2x2, padding 1+1 1+1, bias, tanh
 * Command   convgen generate ic128ih32oc3oh64kh4sh2ph1 --layout nchw --op transposed --activation 'tanh' --target x86-64-v3 -o .
 * Plan      direct on avx2, lanes over ow, reading a padded copy of the input
 *           for phase: 4 times, a task each
 *             for oh: 32 times, a task each
 *               for ow by 16: 2 times
 *                 for ic: 128 times
 *                   for kh: 2 times
 *                     for kw: 2 times
 *                       tile of 3 channels x 16 pixels: 9 of 16 registers
 * Tasks     128 (the padded copy), then 128 (phases and their tasks)
 * Cost      6291456 multiply-adds; at least 598028 bytes moved; 24588 bytes packed, 696320 of workspace
 * Code      about 1004 bytes compiled for size, rarely more than 5962 for speed
 * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 512 u / (1 - 512 u) = 3.05e-05, u = 2^-24;
 *           the activation adds u (6 + 0 (|v| + g S)), v the sum before it
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 3.32e+35, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh.h"

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
/* Inlined, an activation keeps its constants in registers around the loops: registers are for sums. */
#if defined(__GNUC__) || defined(__clang__)
#define APART __attribute__((noinline))
#elif defined(_MSC_VER)
#define APART __declspec(noinline)
#else
#define APART
#endif

/* Functions of this file alone, by names that no other file has. */
#define pow2_f32x8 transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_pow2_f32x8_
#define exponential transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_exponential_
#define activate transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_activate_
#define tile_3x16 transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_tile_3x16_
#define zero_floats transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_zero_floats_
#define copy_floats transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_copy_floats_
#define copy_task transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_copy_task_
#define pack_panel transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_pack_panel_
#define compute_phase0 transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_compute_phase0_
#define compute_task transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_compute_task_

/* 2^k from a = k + 1.5 * 2^23: the low bits of a hold k, which moves into the exponent. */
static inline __m256 pow2_f32x8(__m256 a)
{
    const __m256i k = _mm256_slli_epi32(_mm256_castps_si256(a), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(k, _mm256_set1_epi32(0x3f800000)));
}

/* e^a, infinite above 88.4, relative error below 4 u. a = k ln 2 + r with |r| <= ln 2 / 2; e^r is a polynomial (Cephes' expf). */
static inline __m256 exponential(__m256 a)
{
    const __m256 low = _mm256_set1_ps(-87.3f);
    const __m256 high = _mm256_set1_ps(89.0f);
    const __m256 shift = _mm256_set1_ps(12582912.0f);
    const __m256 above = _mm256_max_ps(low, a);
    const __m256 x = _mm256_min_ps(high, above);
    const __m256 k = _mm256_fmadd_ps(x, _mm256_set1_ps(1.44269504f), shift);
    const __m256 whole = _mm256_sub_ps(k, shift);
    const __m256 r1 = _mm256_fmadd_ps(whole, _mm256_set1_ps(-0.693359375f), x);
    const __m256 r = _mm256_fmadd_ps(whole, _mm256_set1_ps(2.12194440e-4f), r1);
    __m256 p = _mm256_set1_ps(1.9875691500e-4f);
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.3981999507e-3f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(8.3334519073e-3f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(4.1665795894e-2f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.6666665459e-1f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(5.0000001201e-1f));
    const __m256 square = _mm256_mul_ps(r, r);
    const __m256 tail = _mm256_fmadd_ps(p, square, r);
    const __m256 e = _mm256_add_ps(tail, _mm256_set1_ps(1.0f));
    return _mm256_mul_ps(e, pow2_f32x8(k));
}

/* tanh; error at most u (6.0 + 0.0 |v|), u = 2^-24. */
static inline __m256 activate(__m256 v)
{
    /* (e^2v - 1) / (e^2v + 1); beyond |v| = 10 the quotient is 1 in f32 */
    const __m256 above = _mm256_max_ps(_mm256_set1_ps(-10.0f), v);
    const __m256 x = _mm256_min_ps(_mm256_set1_ps(10.0f), above);
    const __m256 e = exponential(_mm256_add_ps(x, x));
    const __m256 one = _mm256_set1_ps(1.0f);
    const __m256 over = _mm256_sub_ps(e, one);
    const __m256 under = _mm256_add_ps(e, one);
    return _mm256_div_ps(over, under);
}

/* 3 channels x 16 pixels.
   x: the window of the first pixel; rows 40 apart, channels 1360.
   w: its panel, 3 numbers a term.
   bias: of the first channel.
   output: the first channel, first pixel; channels 4096 apart, pixels 2. */
static APART void tile_3x16(const float *x, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc0_1 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias + 1);
    __m256 acc1_1 = _mm256_broadcast_ss(bias + 1);
    __m256 acc2_0 = _mm256_broadcast_ss(bias + 2);
    __m256 acc2_1 = _mm256_broadcast_ss(bias + 2);
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 128; ++ic) {
        const float *x_ic = x + ic * 1360;
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 8);
            const __m256 a0 = _mm256_broadcast_ss(w);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 1);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 2);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 1);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 9);
            const __m256 a0 = _mm256_broadcast_ss(w + 3);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 4);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 5);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 40);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 48);
            const __m256 a0 = _mm256_broadcast_ss(w + 6);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 7);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 8);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(x_ic + 41);
            const __m256 b1 = _mm256_loadu_ps(x_ic + 49);
            const __m256 a0 = _mm256_broadcast_ss(w + 9);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm256_fmadd_ps(a0, b1, acc0_1);
            const __m256 a1 = _mm256_broadcast_ss(w + 10);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm256_fmadd_ps(a1, b1, acc1_1);
            const __m256 a2 = _mm256_broadcast_ss(w + 11);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm256_fmadd_ps(a2, b1, acc2_1);
        }
        w += 12;
    }
    float spread[3][16];
    acc0_0 = activate(acc0_0);
    _mm256_storeu_ps(spread[0], acc0_0);
    acc0_1 = activate(acc0_1);
    _mm256_storeu_ps(spread[0] + 8, acc0_1);
    acc1_0 = activate(acc1_0);
    _mm256_storeu_ps(spread[1], acc1_0);
    acc1_1 = activate(acc1_1);
    _mm256_storeu_ps(spread[1] + 8, acc1_1);
    acc2_0 = activate(acc2_0);
    _mm256_storeu_ps(spread[2], acc2_0);
    acc2_1 = activate(acc2_1);
    _mm256_storeu_ps(spread[2] + 8, acc2_1);
    for (ptrdiff_t j = 0; j < 16; ++j) {
        output[j * 2] = spread[0][j];
        output[j * 2 + 4096] = spread[1][j];
        output[j * 2 + 8192] = spread[2][j];
    }
}

/* So many zeros. */
static void zero_floats(float *to, ptrdiff_t count)
{
    const ptrdiff_t whole = count - count % 8;
    for (ptrdiff_t i = 0; i < whole; i += 8) {
        _mm256_storeu_ps(to + i, _mm256_setzero_ps());
    }
    for (ptrdiff_t i = whole; i < count; ++i) {
        to[i] = 0.0f;
    }
}

/* So many numbers. */
static void copy_floats(float *to, const float *from, ptrdiff_t count)
{
    const ptrdiff_t whole = count - count % 8;
    for (ptrdiff_t i = 0; i < whole; i += 8) {
        _mm256_storeu_ps(to + i, _mm256_loadu_ps(from + i));
    }
    for (ptrdiff_t i = whole; i < count; ++i) {
        to[i] = from[i];
    }
}

/* Copies a channel of the input with its padding: [34 rows][1 column phases][40].
   A task. input: the layer's. workspace: the copy. */
static void copy_task(size_t task, const float *input, float *workspace)
{
    const ptrdiff_t c = (ptrdiff_t)task; /* channel */
    float *to_plane = workspace + (ptrdiff_t)task * 1360;
    for (ptrdiff_t h = 0; h < 34; ++h) {
        float *to = to_plane + h * 40;
        if (h < 1 || h >= 33) {
            zero_floats(to, 40);
            continue;
        }
        const float *from = input + c * 1024 + h * 32 - 32;
        zero_floats(to, 1);
        copy_floats(to + 1, from, 32);
        zero_floats(to + 33, 7);
    }
}

#ifndef transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_NO_PACK
/* Packs a panel: ic, kh, kw, 3 output channels.
   weights: the layer's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, float *out)
{
    for (ptrdiff_t ic = 0; ic < 128; ++ic) {
        for (ptrdiff_t kh = 0; kh < 2; ++kh) {
            for (ptrdiff_t kw = 0; kw < 2; ++kw) {
                for (ptrdiff_t j = 0; j < 3; ++j) {
                    *out++ = weights[j * 16 + ic * 48 + (1 - kh) * 8 + (1 - kw) * 2];
                }
            }
        }
    }
    return out;
}

void transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    out = pack_panel(weights + 5, out);
    out = pack_panel(weights + 4, out);
    out = pack_panel(weights + 1, out);
    out = pack_panel(weights, out);
    for (ptrdiff_t oc = 0; oc < 3; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* A task of outputs from 0 x 0 on, 2x2 apart: kernel 2x2;
   or of outputs from 0 x 1 on, 2x2 apart: kernel 2x2;
   or of outputs from 1 x 0 on, 2x2 apart: kernel 2x2;
   or of outputs from 1 x 1 on, 2x2 apart: kernel 2x2. */
static void compute_phase0(size_t task, const float *workspace, const float *weights, const float *bias, float *output)
{
    const ptrdiff_t oh = (ptrdiff_t)task; /* output rows */
    /* pixels, 16 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < 32; ow0 += 16) {
        tile_3x16(workspace + oh * 40 + ow0, weights, bias, output + oh * 128 + ow0 * 2);
    }
}

/* A task: phases and their tasks. The arrays are the layer's. */
static void compute_task(size_t task, const float *packed, float *output, float *workspace)
{
    const float *weights = packed;
    const float *bias = packed + 6144;
    const size_t phase = task % 4;
    const size_t place = task / 4;
    if (phase < 1) {
        compute_phase0(place, workspace, weights, bias, output);
    }
    if (phase >= 1 && phase < 2) {
        compute_phase0(place, workspace + 1, weights + 1536, bias, output + 1);
    }
    if (phase >= 2 && phase < 3) {
        compute_phase0(place, workspace + 40, weights + 3072, bias, output + 64);
    }
    if (phase >= 3) {
        compute_phase0(place, workspace + 41, weights + 4608, bias, output + 65);
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef pow2_f32x8
#undef exponential
#undef activate
#undef tile_3x16
#undef zero_floats
#undef copy_floats
#undef copy_task
#undef pack_panel
#undef compute_phase0
#undef compute_task
#undef APART

size_t transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 128;
    case 1:
        return 128;
    default:
        return 0;
    }
}

void transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    switch (phase) {
    case 0:
        transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_copy_task_(task, input, (float *)workspace);
        break;
    case 1:
        transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_compute_task_(task, (const float *)packed, output, (float *)workspace);
        break;
    }
}

void transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
