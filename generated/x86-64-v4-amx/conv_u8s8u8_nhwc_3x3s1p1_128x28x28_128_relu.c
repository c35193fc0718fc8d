/* conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     u8:s8:u8, input nhwc 1 x 28 x 28 x 128, output 1 x 28 x 28 x 128, weights hwio 3 x 3 x 128 x 128
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias, relu
 * Command   convgen generate ic128ih28oc128oh28kh3ph1 --layout nhwc --dtype u8:s8:u8 --activation 'relu' --target x86-64-v4-amx -o .
 * Plan      matrix on amx_s8, lanes over oc, reading a padded copy of the input
 *           for oc by 16: 8 times, a task each
 *             for kh: 3 times
 *               for kw: 3 times
 *                 for ic: 128 times
 *                   tile of 896 pixels x 16 channels: 8 of 32 registers
 * Tasks     30 (the padded copy), then 8 (output channels, 16 at a time)
 * Cost      115605504 multiply-adds; at least 349184 bytes moved; 148480 bytes packed, 115200 of workspace
 * Code      about 1070 bytes compiled for size, rarely more than 5619 for speed
 * Bound     none: v = bias + sum w x is exact in s32; y = rint(v * scale), a product in f32, ties to
 *           even (half-even), cut to 0 ... 255, the same bits on every machine
 * Proof     |v - bias| <= 1152 * 255 * 128 = 37601280, |bias| must be <= 2109882367; then no sum
 *           leaves s32, nor any part of it, in any order
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu.h"

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
#pragma GCC target("avx512f,avx512bw,avx512vl,avx2,fma,avx512vnni,amx-tile,amx-int8")
#elif defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx2,fma,avx512vnni,amx-tile,amx-int8"))), apply_to = function)
#elif defined(_MSC_VER)
#if !defined(__AVX512BW__) || !defined(__AVX512VL__)
#error "compile this file with /arch:AVX512"
#endif
#elif !defined(__AVX512BW__) || !defined(__AVX512VL__) || !defined(__AVX512VNNI__) || !defined(__AMX_TILE__) || !defined(__AMX_INT8__)
#error "compile this file with -mavx512f -mavx512bw -mavx512vl -mavx2 -mfma -mavx512vnni -mamx-tile -mamx-int8"
#endif

/* Functions of this file alone, by names that no other file has. */
#define begin_tiles conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_begin_tiles_
#define requantise conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_requantise_
#define finish_16 conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_finish_16_
#define tile_838x16 conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_tile_838x16_
#define fill_numbers conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_fill_numbers_
#define copy_numbers conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_copy_numbers_
#define copy_task conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_copy_task_
#define pack_panel conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_pack_panel_
#define compute_task conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_compute_task_

/* Asks Linux for the registers of tiles, which a process may use when it has asked once, and gives them shapes. */
static inline void begin_tiles(const uint8_t *shapes)
{
#if defined(__linux__) && defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
    long answer = 158; /* arch_prctl */
    __asm__ volatile("syscall" : "+a"(answer) : "D"(0x1023L), "S"(18L) : "rcx", "r11", "memory");
    (void)answer;
#elif defined(__GNUC__) || defined(__clang__)
    __asm__ volatile("" ::: "memory");
#endif
    _tile_loadconfig(shapes);
}

/* rint(v * scale), a product in f32, ties to even; cut to 0 ... 255, and 0 added, which stands for 0. */
static inline __m512i requantise(__m512i v, __m512 scale)
{
    const __m512 low = _mm512_set1_ps(0.0f);
    const __m512 high = _mm512_set1_ps(255.0f);
    const __m512 scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(v), scale);
    const __m512 least = _mm512_max_ps(scaled, low);
    const __m512i y = _mm512_cvtps_epi32(_mm512_min_ps(least, high));
    return y;
}

/* Makes outputs of 16 sums of a pixel. */
static void finish_16(const int32_t *sums, const float *scale, uint8_t *output)
{
    __m512i acc0_0 = _mm512_loadu_si512((const __m512i *)(sums));
    _mm_storeu_si128((__m128i *)(output), _mm512_cvtepi32_epi8(requantise(acc0_0, _mm512_loadu_ps(scale))));
}

/* 838 pixels x 16 channels.
   x: the window of the first pixel; pixels 128 apart, rows 3840.
   w: its panel, 64 numbers a term.
   bias: of the first channel.
   scale: of the first channel.
   output: the first pixel, first channel.
   pixel: the number of the first pixel. */
static void tile_838x16(const uint8_t *x, const int8_t *w, ptrdiff_t pixel, const int32_t *bias, const float *scale, uint8_t *output)
{
    uint8_t output_spare[16];
    int32_t sums[3072];
    ptrdiff_t m = 96;
    ptrdiff_t column = 0;
    ptrdiff_t at = 0;
    /* 96 pixels at a time */
    for (ptrdiff_t part = 0; part < 9; ++part) {
        const ptrdiff_t first = part * 96 < 742 ? part * 96 : 742;
        const uint8_t *x_part = x + first * 128;
        const int8_t *w_part = w;
        int32_t *const now = sums + part % 2 * 1536;
        const int32_t *const ready = sums + (1 - part % 2) * 1536;
        _tile_loadd(0, bias, 0);
        _tile_loadd(1, bias, 0);
        _tile_loadd(2, bias, 0);
        _tile_loadd(3, bias, 0);
        _tile_loadd(4, bias, 0);
        _tile_loadd(5, bias, 0);
        /* kernel rows */
        for (ptrdiff_t kh = 0; kh < 3; ++kh) {
            const uint8_t *x_kh = x_part + kh * 3840;
            /* input channels, 64 at a time */
            for (ptrdiff_t k = 0; k < 6; ++k) {
                _tile_loadd(6, x_kh + k * 64, 128);
                _tile_loadd(7, w_part + k * 1024, 64);
                _tile_dpbusd(0, 6, 7);
                _tile_loadd(6, x_kh + k * 64 + 2048, 128);
                _tile_dpbusd(1, 6, 7);
                _tile_loadd(6, x_kh + k * 64 + 4096, 128);
                _tile_dpbusd(2, 6, 7);
                _tile_loadd(6, x_kh + k * 64 + 6144, 128);
                _tile_dpbusd(3, 6, 7);
                _tile_loadd(6, x_kh + k * 64 + 8192, 128);
                _tile_dpbusd(4, 6, 7);
                _tile_loadd(6, x_kh + k * 64 + 10240, 128);
                _tile_dpbusd(5, 6, 7);
                {
                    const ptrdiff_t end = m + 6 < 96 ? m + 6 : 96;
                    /* outputs of the part before */
                    for (ptrdiff_t i = m; i < end; ++i) {
                        finish_16(ready + i * 16, scale, column < 28 ? output + at : output_spare);
                        ++column;
                        at += column == 30 ? -128 : 128;
                        column = column == 30 ? 0 : column;
                    }
                    m = end;
                }
            }
            w_part += 6144;
        }
        _tile_stored(0, now, 64);
        _tile_stored(1, now + 256, 64);
        _tile_stored(2, now + 512, 64);
        _tile_stored(3, now + 768, 64);
        _tile_stored(4, now + 1024, 64);
        _tile_stored(5, now + 1280, 64);
        for (ptrdiff_t i = m; i < 96; ++i) {
            finish_16(ready + i * 16, scale, column < 28 ? output + at : output_spare);
            ++column;
            at += column == 30 ? -128 : 128;
            column = column == 30 ? 0 : column;
        }
        m = part * 96 - first;
        column = (pixel + part * 96) % 30;
        at = (pixel + part * 96) / 30 * 3584 + column * 128;
    }
    const int32_t *const ready = sums;
    for (ptrdiff_t i = m; i < 96; ++i) {
        finish_16(ready + i * 16, scale, column < 28 ? output + at : output_spare);
        ++column;
        at += column == 30 ? -128 : 128;
        column = column == 30 ? 0 : column;
    }
}

/* So many numbers that stand for 0. */
static void fill_numbers(uint8_t *to, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; ++i) {
        to[i] = 0;
    }
}

/* So many numbers, as products take them. */
static void copy_numbers(uint8_t *to, const uint8_t *from, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; ++i) {
        to[i] = from[i];
    }
}

/* Copies a row of the input with its padding: [30 pixels][128 channels].
   A task. input: the layer's. workspace: the copy. */
static void copy_task(size_t task, const uint8_t *input, uint8_t *workspace)
{
    const ptrdiff_t h = (ptrdiff_t)task; /* row */
    uint8_t *to = workspace + (ptrdiff_t)task * 3840;
    if (h < 1 || h >= 29) {
        fill_numbers(to, 3840);
        return;
    }
    const uint8_t *from = input + h * 3584 - 3584;
    fill_numbers(to, 128);
    copy_numbers(to + 128, from, 3584);
    fill_numbers(to + 3712, 128);
}

#ifndef conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_NO_PACK
/* Packs a panel: kh, kw, ic, 16 output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static int8_t *pack_panel(const int8_t *weights, ptrdiff_t oc0, int8_t *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            for (ptrdiff_t ic = 0; ic < 32; ++ic) {
                for (ptrdiff_t j = 0; j < 16; ++j) {
                    for (ptrdiff_t i = 0; i < 4; ++i) {
                        *out++ = weights[oc0 + j + kh * 49152 + kw * 16384 + (ic * 4 + i) * 128];
                    }
                }
            }
        }
    }
    return out;
}

void conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_pack(const int8_t *weights, const int32_t *bias, const float *scale, void *packed)
{
    int8_t *out = (int8_t *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 16) {
        out = pack_panel(weights, oc0, out);
    }
    int32_t *const bias_out = (int32_t *)(void *)((int8_t *)packed + 147456);
    for (ptrdiff_t oc = 0; oc < 128; ++oc) {
        bias_out[oc] = bias[oc];
    }
    float *const scale_out = (float *)(void *)((int8_t *)packed + 147968);
    for (ptrdiff_t oc = 0; oc < 128; ++oc) {
        scale_out[oc] = scale[oc];
    }
}

#endif

/* A task: output channels, 16 at a time. The arrays are the layer's. */
static void compute_task(size_t task, const int8_t *packed, uint8_t *output, uint8_t *workspace)
{
    const int8_t *weights = packed;
    const int32_t *bias = (const int32_t *)(const void *)(packed + 147456);
    const float *scale = (const float *)(const void *)(packed + 147968);
    const ptrdiff_t oc_tile = (ptrdiff_t)task; /* output channels, 16 at a time */
    /* palette; bytes of a row of each register, from 16 on; rows, from 48 on */
    static const uint8_t shapes[64] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 64, 0, 64, 0, 64, 0, 64, 0, 64, 0, 64, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0};
    begin_tiles(shapes);
    const ptrdiff_t oc0 = oc_tile * 16;
    tile_838x16(workspace, weights + oc0 * 1152, 0, bias + oc0, scale + oc0, output + oc0);
    _tile_release();
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef begin_tiles
#undef requantise
#undef finish_16
#undef tile_838x16
#undef fill_numbers
#undef copy_numbers
#undef copy_task
#undef pack_panel
#undef compute_task

size_t conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 30;
    case 1:
        return 8;
    default:
        return 0;
    }
}

void conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_task(int phase, size_t task, int worker, const uint8_t *input, const void *packed, uint8_t *output, void *workspace)
{
    (void)worker;
    switch (phase) {
    case 0:
        conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_copy_task_(task, input, (uint8_t *)workspace);
        break;
    case 1:
        conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_compute_task_(task, (const int8_t *)packed, output, (uint8_t *)workspace);
        break;
    }
}

void conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu(const uint8_t *input, const void *packed, uint8_t *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
