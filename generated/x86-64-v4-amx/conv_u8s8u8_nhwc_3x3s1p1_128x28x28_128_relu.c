/* conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     u8:s8:u8, input nhwc 1 x 28 x 28 x 128, output 1 x 28 x 28 x 128, weights hwio 3 x 3 x 128 x 128
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias, relu
 * Command   convgen generate ic128ih28oc128oh28kh3ph1 --layout nhwc --dtype u8:s8:u8 --activation 'relu' --target x86-64-v4-amx -o .
 * Plan      matrix on amx_s8, lanes over oc, reading a padded copy of the input
 *           for ow by 256: 4 times, a task each
 *             for ow by 64: 4 times
 *               for oc by 64: 2 times
 *                 for kh: 3 times
 *                   for kw: 3 times
 *                     for ic: 128 times
 *                       tile of 64 pixels x 64 channels: 6 of 32 registers
 * Tasks     30 (the padded copy), then 4 (pixels, 256 at a time)
 * Cost      115605504 multiply-adds; at least 349184 bytes moved; 148480 bytes packed, 115200 of workspace
 * Code      about 1640 bytes compiled for size, rarely more than 6976 for speed
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
#define weave_1 conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_weave_1_
#define narrow_u8 conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_narrow_u8_
#define requantise conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_requantise_
#define finish_64 conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_finish_64_
#define tile_60x64 conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_tile_60x64_
#define tile_59x64 conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_tile_59x64_
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

/* The bytes of sums, of which each lane has 1 neighbour, in their order. */
static inline __m512i weave_1(__m512i a)
{
    return _mm512_permutexvar_epi32(_mm512_setr_epi32(
        0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), a);
}

/* The sums of four quarters, x added, each cut to the range of a byte. */
static inline __m512i narrow_u8(__m512i a, __m512i b, __m512i c, __m512i d, short x)
{
    const __m512i more = _mm512_set1_epi16(x);
    const __m512i low = _mm512_adds_epi16(_mm512_packs_epi32(a, b), more);
    const __m512i high = _mm512_adds_epi16(_mm512_packs_epi32(c, d), more);
    return _mm512_packus_epi16(low, high);
}

/* rint(v * scale), a product in f32, ties to even; 0 added, which stands for 0; cut to 0 ... 255. */
static inline __m512i requantise(__m512i a, __m512i b, __m512i c, __m512i d,
    const float *scale)
{
    /* what is below all integers becomes the least of them */
    const __m512 most = _mm512_set1_ps(255.0f);
    const __m512 fa = _mm512_mul_ps(_mm512_cvtepi32_ps(a), _mm512_loadu_ps(scale));
    const __m512 fb = _mm512_mul_ps(_mm512_cvtepi32_ps(b), _mm512_loadu_ps(scale + 16));
    const __m512 fc = _mm512_mul_ps(_mm512_cvtepi32_ps(c), _mm512_loadu_ps(scale + 32));
    const __m512 fd = _mm512_mul_ps(_mm512_cvtepi32_ps(d), _mm512_loadu_ps(scale + 48));
    const __m512i ya = _mm512_cvtps_epi32(_mm512_min_ps(fa, most));
    const __m512i yb = _mm512_cvtps_epi32(_mm512_min_ps(fb, most));
    const __m512i yc = _mm512_cvtps_epi32(_mm512_min_ps(fc, most));
    const __m512i yd = _mm512_cvtps_epi32(_mm512_min_ps(fd, most));
    const __m512i bytes = weave_1(narrow_u8(ya, yb, yc, yd, 0));
    const __m512i above = _mm512_max_epu8(bytes, _mm512_set1_epi8((char)(0)));
    return _mm512_min_epu8(above, _mm512_set1_epi8((char)(255)));
}

/* Makes outputs of 64 sums of a pixel. */
static void finish_64(const int32_t *sums, const float *scale, uint8_t *output)
{
    const __m512i acc0_0 = _mm512_loadu_si512((const __m512i *)(sums));
    const __m512i acc0_1 = _mm512_loadu_si512((const __m512i *)(sums + 16));
    const __m512i acc0_2 = _mm512_loadu_si512((const __m512i *)(sums + 32));
    const __m512i acc0_3 = _mm512_loadu_si512((const __m512i *)(sums + 48));
    _mm512_storeu_si512((__m512i *)(output), requantise(acc0_0, acc0_1, acc0_2, acc0_3, scale));
}

/* 60 pixels x 64 channels.
   x: the window of the first pixel; pixels 128 apart, rows 3840.
   w: its panel, 256 numbers a term.
   bias: of the first channel.
   scale: of the first channel.
   output: the first pixel, first channel.
   pixel: the number of the first pixel. */
static void tile_60x64(const uint8_t *x, const int8_t *w, ptrdiff_t pixel, const int32_t *bias, const float *scale, uint8_t *output)
{
    int32_t sums[2048];
    ptrdiff_t m = 16;
    ptrdiff_t column = 0;
    ptrdiff_t at = 0;
    /* 16 pixels at a time */
    for (ptrdiff_t part = 0; part < 4; ++part) {
        const ptrdiff_t first = part * 16 < 44 ? part * 16 : 44;
        const uint8_t *x_part = x + first * 128;
        const int8_t *w_part = w;
        int32_t *const now = sums + part % 2 * 1024;
        const int32_t *const ready = sums + (1 - part % 2) * 1024;
        _tile_loadd(0, bias, 0);
        _tile_loadd(1, bias + 16, 0);
        _tile_loadd(2, bias + 32, 0);
        _tile_loadd(3, bias + 48, 0);
        /* kernel rows */
        for (ptrdiff_t kh = 0; kh < 3; ++kh) {
            const uint8_t *x_kh = x_part + kh * 3840;
            /* input channels, 64 at a time */
            for (ptrdiff_t k = 0; k < 6; ++k) {
                _tile_loadd(4, x_kh + k * 64, 128);
                _tile_loadd(5, w_part + k * 4096, 256);
                _tile_dpbusd(0, 4, 5);
                _tile_loadd(5, w_part + k * 4096 + 64, 256);
                _tile_dpbusd(1, 4, 5);
                _tile_loadd(5, w_part + k * 4096 + 128, 256);
                _tile_dpbusd(2, 4, 5);
                _tile_loadd(5, w_part + k * 4096 + 192, 256);
                _tile_dpbusd(3, 4, 5);
                {
                    const ptrdiff_t end = m + 1 < 16 ? m + 1 : 16;
                    /* outputs of the part before */
                    for (ptrdiff_t i = m; i < end; ++i) {
                        if (column < 28) {
                            finish_64(ready + i * 64, scale, output + at);
                        }
                        at += 128;
                        if (++column == 30) {
                            column = 0;
                            at -= 256;
                        }
                    }
                    m = end;
                }
            }
            w_part += 24576;
        }
        _tile_stored(0, now, 256);
        _tile_stored(1, now + 16, 256);
        _tile_stored(2, now + 32, 256);
        _tile_stored(3, now + 48, 256);
        for (ptrdiff_t i = m; i < 16; ++i) {
            if (column < 28) {
                finish_64(ready + i * 64, scale, output + at);
            }
            at += 128;
            if (++column == 30) {
                column = 0;
                at -= 256;
            }
        }
        m = part * 16 - first;
        column = (pixel + part * 16) % 30;
        at = (pixel + part * 16) / 30 * 3584 + column * 128;
    }
    const int32_t *const ready = sums + 1024;
    for (ptrdiff_t i = m; i < 16; ++i) {
        if (column < 28) {
            finish_64(ready + i * 64, scale, output + at);
        }
        at += 128;
        if (++column == 30) {
            column = 0;
            at -= 256;
        }
    }
}

/* 59 pixels x 64 channels.
   x: the window of the first pixel; pixels 128 apart, rows 3840.
   w: its panel, 256 numbers a term.
   bias: of the first channel.
   scale: of the first channel.
   output: the first pixel, first channel.
   pixel: the number of the first pixel. */
static void tile_59x64(const uint8_t *x, const int8_t *w, ptrdiff_t pixel, const int32_t *bias, const float *scale, uint8_t *output)
{
    int32_t sums[2048];
    ptrdiff_t m = 16;
    ptrdiff_t column = 0;
    ptrdiff_t at = 0;
    /* 16 pixels at a time */
    for (ptrdiff_t part = 0; part < 4; ++part) {
        const ptrdiff_t first = part * 16 < 43 ? part * 16 : 43;
        const uint8_t *x_part = x + first * 128;
        const int8_t *w_part = w;
        int32_t *const now = sums + part % 2 * 1024;
        const int32_t *const ready = sums + (1 - part % 2) * 1024;
        _tile_loadd(0, bias, 0);
        _tile_loadd(1, bias + 16, 0);
        _tile_loadd(2, bias + 32, 0);
        _tile_loadd(3, bias + 48, 0);
        /* kernel rows */
        for (ptrdiff_t kh = 0; kh < 3; ++kh) {
            const uint8_t *x_kh = x_part + kh * 3840;
            /* input channels, 64 at a time */
            for (ptrdiff_t k = 0; k < 6; ++k) {
                _tile_loadd(4, x_kh + k * 64, 128);
                _tile_loadd(5, w_part + k * 4096, 256);
                _tile_dpbusd(0, 4, 5);
                _tile_loadd(5, w_part + k * 4096 + 64, 256);
                _tile_dpbusd(1, 4, 5);
                _tile_loadd(5, w_part + k * 4096 + 128, 256);
                _tile_dpbusd(2, 4, 5);
                _tile_loadd(5, w_part + k * 4096 + 192, 256);
                _tile_dpbusd(3, 4, 5);
                {
                    const ptrdiff_t end = m + 1 < 16 ? m + 1 : 16;
                    /* outputs of the part before */
                    for (ptrdiff_t i = m; i < end; ++i) {
                        if (column < 28) {
                            finish_64(ready + i * 64, scale, output + at);
                        }
                        at += 128;
                        if (++column == 30) {
                            column = 0;
                            at -= 256;
                        }
                    }
                    m = end;
                }
            }
            w_part += 24576;
        }
        _tile_stored(0, now, 256);
        _tile_stored(1, now + 16, 256);
        _tile_stored(2, now + 32, 256);
        _tile_stored(3, now + 48, 256);
        for (ptrdiff_t i = m; i < 16; ++i) {
            if (column < 28) {
                finish_64(ready + i * 64, scale, output + at);
            }
            at += 128;
            if (++column == 30) {
                column = 0;
                at -= 256;
            }
        }
        m = part * 16 - first;
        column = (pixel + part * 16) % 30;
        at = (pixel + part * 16) / 30 * 3584 + column * 128;
    }
    const int32_t *const ready = sums + 1024;
    for (ptrdiff_t i = m; i < 16; ++i) {
        if (column < 28) {
            finish_64(ready + i * 64, scale, output + at);
        }
        at += 128;
        if (++column == 30) {
            column = 0;
            at -= 256;
        }
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
/* Packs a panel: kh, kw, ic, 64 output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static int8_t *pack_panel(const int8_t *weights, ptrdiff_t oc0, int8_t *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            for (ptrdiff_t ic = 0; ic < 32; ++ic) {
                for (ptrdiff_t j = 0; j < 64; ++j) {
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
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
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

/* A task: pixels, 256 at a time. The arrays are the layer's. */
static void compute_task(size_t task, const int8_t *packed, uint8_t *output, uint8_t *workspace)
{
    const int8_t *weights = packed;
    const int32_t *bias = (const int32_t *)(const void *)(packed + 147456);
    const float *scale = (const float *)(const void *)(packed + 147968);
    const ptrdiff_t ow1 = (ptrdiff_t)task; /* pixels, 256 at a time */
    /* palette; bytes of a row of each register, from 16 on; rows, from 48 on */
    static const uint8_t shapes[64] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 64, 0, 64, 0, 64, 0, 64, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    begin_tiles(shapes);
    {
        const ptrdiff_t ow_end = ow1 * 4 + 4 < 12 ? ow1 * 4 + 4 : 12;
        /* pixels, 60 at a time */
        for (ptrdiff_t ow_tile = ow1 * 4; ow_tile < ow_end; ++ow_tile) {
            const ptrdiff_t ow0 = ow_tile * 60;
            /* output channels, 64 at a time */
            for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
                tile_60x64(workspace + ow0 * 128, weights + oc0 * 1152, ow0, bias + oc0, scale + oc0, output + oc0);
            }
        }
    }
    {
        const ptrdiff_t ow_end = ow1 * 4 + 4 < 14 ? ow1 * 4 + 4 : 14;
        /* pixels, 59 at a time */
        for (ptrdiff_t ow_tile = 12; ow_tile < ow_end; ++ow_tile) {
            const ptrdiff_t ow0 = ow_tile * 59 + 12;
            /* output channels, 64 at a time */
            for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
                tile_59x64(workspace + ow0 * 128, weights + oc0 * 1152, ow0, bias + oc0, scale + oc0, output + oc0);
            }
        }
    }
    _tile_release();
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef begin_tiles
#undef weave_1
#undef narrow_u8
#undef requantise
#undef finish_64
#undef tile_60x64
#undef tile_59x64
#undef fill_numbers
#undef copy_numbers
#undef copy_task
#undef pack_panel
#undef compute_task

size_t conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_tasks(int phase)
{
    static const size_t tasks[conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_PHASES] = {30, 4};
    return phase >= 0 && phase < conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_PHASES ? tasks[phase] : 0;
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
#pragma omp parallel for schedule(static) num_threads(workers > 1 ? workers : 1)
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
#ifdef _OPENMP
            const int worker = omp_get_thread_num();
#else
            const int worker = 0;
#endif
            conv_u8s8u8_nhwc_3x3s1p1_128x28x28_128_relu_task(phase, (size_t)task, worker, input, packed, output, workspace);
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
