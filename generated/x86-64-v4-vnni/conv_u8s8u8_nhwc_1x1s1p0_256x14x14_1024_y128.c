/* conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     u8:s8:u8, input nhwc 1 x 14 x 14 x 256, output 1 x 14 x 14 x 1024, weights hwio 1 x 1 x 256 x 1024
 *           kernel 1x1, stride 1x1, bias
 * Command   convgen generate ic256ih14oc1024oh14kh1ph0 --layout nhwc --dtype u8:s8:u8 --output-zero 128 --target x86-64-v4-vnni -o .
 * Plan      direct on avx512vnni_s8, lanes over oc, reading the input as it is
 *           for oc by 64: 16 times, a task each
 *             for ow by 6: 33 times
 *               for ic: 256 times
 *                 tile of 6 pixels x 64 channels: 29 of 32 registers
 * Tasks     16 (output channels, 64 at a time)
 * Cost      51380224 multiply-adds; at least 521216 bytes moved; 270336 bytes packed, 0 of workspace
 * Code      about 3200 bytes compiled for size, rarely more than 7574 for speed
 * Bound     none: v = bias + sum w x is exact in s32; y = rint(v * scale), a product in f32, ties to
 *           even (half-even) + 128, cut to 0 ... 255, the same bits on every machine
 * Proof     |v - bias| <= 256 * 255 * 128 = 8355840, |bias| must be <= 2139127807; then no sum leaves
 *           s32, nor any part of it, in any order
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128.h"

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
#pragma GCC target("avx512f,avx512bw,avx512vl,avx2,fma,avx512vnni")
#elif defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx2,fma,avx512vnni"))), apply_to = function)
#elif defined(_MSC_VER)
#if !defined(__AVX512BW__) || !defined(__AVX512VL__)
#error "compile this file with /arch:AVX512"
#endif
#elif !defined(__AVX512BW__) || !defined(__AVX512VL__) || !defined(__AVX512VNNI__)
#error "compile this file with -mavx512f -mavx512bw -mavx512vl -mavx2 -mfma -mavx512vnni"
#endif

/* Functions of this file alone, by names that no other file has. */
#define word_at conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_word_at_
#define add_quads conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_add_quads_
#define requantise conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_requantise_
#define tile_6x64 conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_tile_6x64_
#define tile_5x64 conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_tile_5x64_
#define pack_panel conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_pack_panel_
#define compute_task conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_compute_task_

/* The four bytes at p, in an int. */
static inline int word_at(const void *p)
{
    int word;
#if defined(__GNUC__) || defined(__clang__)
    __builtin_memcpy(&word, p, sizeof word); /* no call, even where nothing else is built in */
#else
    for (unsigned byte = 0; byte < sizeof word; ++byte) {
        ((char *)&word)[byte] = ((const char *)p)[byte];
    }
#endif
    return word;
}

/* The sum of c and of four products, a's numbers without a sign; compilers keep it in its place, for else they run out of registers. */
static inline __m512i add_quads(__m512i c, __m512i a, __m512i b)
{
    c = _mm512_dpbusd_epi32(c, a, b);
#if defined(__GNUC__) || defined(__clang__)
    __asm__("" : "+v"(c));
#endif
    return c;
}

/* rint(v * scale), a product in f32, ties to even; cut to -128 ... 127, and 128 added, which stands for 0. */
static inline __m512i requantise(__m512i v, __m512 scale)
{
    const __m512 low = _mm512_set1_ps(-128.0f);
    const __m512 high = _mm512_set1_ps(127.0f);
    const __m512 scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(v), scale);
    const __m512 least = _mm512_max_ps(scaled, low);
    const __m512i y = _mm512_cvtps_epi32(_mm512_min_ps(least, high));
    return _mm512_add_epi32(y, _mm512_set1_epi32(128));
}

/* 6 pixels x 64 channels.
   x: the window of the first pixel; pixels 256 apart.
   w: its panel, 256 numbers a term; next: a share of the panel behind it, not read.
   bias: of the first channel.
   scale: of the first channel.
   output: the first pixel, first channel; pixels 1024 apart. */
static void tile_6x64(const uint8_t *x, const int8_t *w, const int8_t *next, const int32_t *bias, const float *scale, uint8_t *output)
{
    __m512i acc0_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc0_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc0_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc0_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc1_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc1_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc1_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc1_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc2_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc2_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc2_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc2_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc3_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc3_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc3_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc3_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc4_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc4_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc4_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc4_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc5_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc5_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc5_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc5_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 64; ic += 4) {
        const uint8_t *x_ic = x + ic * 4;
        {
            const __m512i b0 = _mm512_loadu_si512((const __m512i *)(w));
            const __m512i b1 = _mm512_loadu_si512((const __m512i *)(w + 64));
            const __m512i b2 = _mm512_loadu_si512((const __m512i *)(w + 128));
            const __m512i b3 = _mm512_loadu_si512((const __m512i *)(w + 192));
            const __m512i a0 = _mm512_set1_epi32(word_at(x_ic));
            acc0_0 = add_quads(acc0_0, a0, b0);
            acc0_1 = add_quads(acc0_1, a0, b1);
            acc0_2 = add_quads(acc0_2, a0, b2);
            acc0_3 = add_quads(acc0_3, a0, b3);
            const __m512i a1 = _mm512_set1_epi32(word_at(x_ic + 256));
            acc1_0 = add_quads(acc1_0, a1, b0);
            acc1_1 = add_quads(acc1_1, a1, b1);
            acc1_2 = add_quads(acc1_2, a1, b2);
            acc1_3 = add_quads(acc1_3, a1, b3);
            const __m512i a2 = _mm512_set1_epi32(word_at(x_ic + 512));
            acc2_0 = add_quads(acc2_0, a2, b0);
            acc2_1 = add_quads(acc2_1, a2, b1);
            acc2_2 = add_quads(acc2_2, a2, b2);
            acc2_3 = add_quads(acc2_3, a2, b3);
            const __m512i a3 = _mm512_set1_epi32(word_at(x_ic + 768));
            acc3_0 = add_quads(acc3_0, a3, b0);
            acc3_1 = add_quads(acc3_1, a3, b1);
            acc3_2 = add_quads(acc3_2, a3, b2);
            acc3_3 = add_quads(acc3_3, a3, b3);
            const __m512i a4 = _mm512_set1_epi32(word_at(x_ic + 1024));
            acc4_0 = add_quads(acc4_0, a4, b0);
            acc4_1 = add_quads(acc4_1, a4, b1);
            acc4_2 = add_quads(acc4_2, a4, b2);
            acc4_3 = add_quads(acc4_3, a4, b3);
            const __m512i a5 = _mm512_set1_epi32(word_at(x_ic + 1280));
            acc5_0 = add_quads(acc5_0, a5, b0);
            acc5_1 = add_quads(acc5_1, a5, b1);
            acc5_2 = add_quads(acc5_2, a5, b2);
            acc5_3 = add_quads(acc5_3, a5, b3);
            _mm_prefetch((const char *)next, _MM_HINT_T1);
        }
        {
            const __m512i b0 = _mm512_loadu_si512((const __m512i *)(w + 256));
            const __m512i b1 = _mm512_loadu_si512((const __m512i *)(w + 320));
            const __m512i b2 = _mm512_loadu_si512((const __m512i *)(w + 384));
            const __m512i b3 = _mm512_loadu_si512((const __m512i *)(w + 448));
            const __m512i a0 = _mm512_set1_epi32(word_at(x_ic + 4));
            acc0_0 = add_quads(acc0_0, a0, b0);
            acc0_1 = add_quads(acc0_1, a0, b1);
            acc0_2 = add_quads(acc0_2, a0, b2);
            acc0_3 = add_quads(acc0_3, a0, b3);
            const __m512i a1 = _mm512_set1_epi32(word_at(x_ic + 260));
            acc1_0 = add_quads(acc1_0, a1, b0);
            acc1_1 = add_quads(acc1_1, a1, b1);
            acc1_2 = add_quads(acc1_2, a1, b2);
            acc1_3 = add_quads(acc1_3, a1, b3);
            const __m512i a2 = _mm512_set1_epi32(word_at(x_ic + 516));
            acc2_0 = add_quads(acc2_0, a2, b0);
            acc2_1 = add_quads(acc2_1, a2, b1);
            acc2_2 = add_quads(acc2_2, a2, b2);
            acc2_3 = add_quads(acc2_3, a2, b3);
            const __m512i a3 = _mm512_set1_epi32(word_at(x_ic + 772));
            acc3_0 = add_quads(acc3_0, a3, b0);
            acc3_1 = add_quads(acc3_1, a3, b1);
            acc3_2 = add_quads(acc3_2, a3, b2);
            acc3_3 = add_quads(acc3_3, a3, b3);
            const __m512i a4 = _mm512_set1_epi32(word_at(x_ic + 1028));
            acc4_0 = add_quads(acc4_0, a4, b0);
            acc4_1 = add_quads(acc4_1, a4, b1);
            acc4_2 = add_quads(acc4_2, a4, b2);
            acc4_3 = add_quads(acc4_3, a4, b3);
            const __m512i a5 = _mm512_set1_epi32(word_at(x_ic + 1284));
            acc5_0 = add_quads(acc5_0, a5, b0);
            acc5_1 = add_quads(acc5_1, a5, b1);
            acc5_2 = add_quads(acc5_2, a5, b2);
            acc5_3 = add_quads(acc5_3, a5, b3);
        }
        {
            const __m512i b0 = _mm512_loadu_si512((const __m512i *)(w + 512));
            const __m512i b1 = _mm512_loadu_si512((const __m512i *)(w + 576));
            const __m512i b2 = _mm512_loadu_si512((const __m512i *)(w + 640));
            const __m512i b3 = _mm512_loadu_si512((const __m512i *)(w + 704));
            const __m512i a0 = _mm512_set1_epi32(word_at(x_ic + 8));
            acc0_0 = add_quads(acc0_0, a0, b0);
            acc0_1 = add_quads(acc0_1, a0, b1);
            acc0_2 = add_quads(acc0_2, a0, b2);
            acc0_3 = add_quads(acc0_3, a0, b3);
            const __m512i a1 = _mm512_set1_epi32(word_at(x_ic + 264));
            acc1_0 = add_quads(acc1_0, a1, b0);
            acc1_1 = add_quads(acc1_1, a1, b1);
            acc1_2 = add_quads(acc1_2, a1, b2);
            acc1_3 = add_quads(acc1_3, a1, b3);
            const __m512i a2 = _mm512_set1_epi32(word_at(x_ic + 520));
            acc2_0 = add_quads(acc2_0, a2, b0);
            acc2_1 = add_quads(acc2_1, a2, b1);
            acc2_2 = add_quads(acc2_2, a2, b2);
            acc2_3 = add_quads(acc2_3, a2, b3);
            const __m512i a3 = _mm512_set1_epi32(word_at(x_ic + 776));
            acc3_0 = add_quads(acc3_0, a3, b0);
            acc3_1 = add_quads(acc3_1, a3, b1);
            acc3_2 = add_quads(acc3_2, a3, b2);
            acc3_3 = add_quads(acc3_3, a3, b3);
            const __m512i a4 = _mm512_set1_epi32(word_at(x_ic + 1032));
            acc4_0 = add_quads(acc4_0, a4, b0);
            acc4_1 = add_quads(acc4_1, a4, b1);
            acc4_2 = add_quads(acc4_2, a4, b2);
            acc4_3 = add_quads(acc4_3, a4, b3);
            const __m512i a5 = _mm512_set1_epi32(word_at(x_ic + 1288));
            acc5_0 = add_quads(acc5_0, a5, b0);
            acc5_1 = add_quads(acc5_1, a5, b1);
            acc5_2 = add_quads(acc5_2, a5, b2);
            acc5_3 = add_quads(acc5_3, a5, b3);
        }
        {
            const __m512i b0 = _mm512_loadu_si512((const __m512i *)(w + 768));
            const __m512i b1 = _mm512_loadu_si512((const __m512i *)(w + 832));
            const __m512i b2 = _mm512_loadu_si512((const __m512i *)(w + 896));
            const __m512i b3 = _mm512_loadu_si512((const __m512i *)(w + 960));
            const __m512i a0 = _mm512_set1_epi32(word_at(x_ic + 12));
            acc0_0 = add_quads(acc0_0, a0, b0);
            acc0_1 = add_quads(acc0_1, a0, b1);
            acc0_2 = add_quads(acc0_2, a0, b2);
            acc0_3 = add_quads(acc0_3, a0, b3);
            const __m512i a1 = _mm512_set1_epi32(word_at(x_ic + 268));
            acc1_0 = add_quads(acc1_0, a1, b0);
            acc1_1 = add_quads(acc1_1, a1, b1);
            acc1_2 = add_quads(acc1_2, a1, b2);
            acc1_3 = add_quads(acc1_3, a1, b3);
            const __m512i a2 = _mm512_set1_epi32(word_at(x_ic + 524));
            acc2_0 = add_quads(acc2_0, a2, b0);
            acc2_1 = add_quads(acc2_1, a2, b1);
            acc2_2 = add_quads(acc2_2, a2, b2);
            acc2_3 = add_quads(acc2_3, a2, b3);
            const __m512i a3 = _mm512_set1_epi32(word_at(x_ic + 780));
            acc3_0 = add_quads(acc3_0, a3, b0);
            acc3_1 = add_quads(acc3_1, a3, b1);
            acc3_2 = add_quads(acc3_2, a3, b2);
            acc3_3 = add_quads(acc3_3, a3, b3);
            const __m512i a4 = _mm512_set1_epi32(word_at(x_ic + 1036));
            acc4_0 = add_quads(acc4_0, a4, b0);
            acc4_1 = add_quads(acc4_1, a4, b1);
            acc4_2 = add_quads(acc4_2, a4, b2);
            acc4_3 = add_quads(acc4_3, a4, b3);
            const __m512i a5 = _mm512_set1_epi32(word_at(x_ic + 1292));
            acc5_0 = add_quads(acc5_0, a5, b0);
            acc5_1 = add_quads(acc5_1, a5, b1);
            acc5_2 = add_quads(acc5_2, a5, b2);
            acc5_3 = add_quads(acc5_3, a5, b3);
        }
        w += 1024;
        next += 64;
    }
    _mm_storeu_si128((__m128i *)(output), _mm512_cvtepi32_epi8(requantise(acc0_0, _mm512_loadu_ps(scale))));
    _mm_storeu_si128((__m128i *)(output + 16), _mm512_cvtepi32_epi8(requantise(acc0_1, _mm512_loadu_ps(scale + 16))));
    _mm_storeu_si128((__m128i *)(output + 32), _mm512_cvtepi32_epi8(requantise(acc0_2, _mm512_loadu_ps(scale + 32))));
    _mm_storeu_si128((__m128i *)(output + 48), _mm512_cvtepi32_epi8(requantise(acc0_3, _mm512_loadu_ps(scale + 48))));
    _mm_storeu_si128((__m128i *)(output + 1024), _mm512_cvtepi32_epi8(requantise(acc1_0, _mm512_loadu_ps(scale))));
    _mm_storeu_si128((__m128i *)(output + 1040), _mm512_cvtepi32_epi8(requantise(acc1_1, _mm512_loadu_ps(scale + 16))));
    _mm_storeu_si128((__m128i *)(output + 1056), _mm512_cvtepi32_epi8(requantise(acc1_2, _mm512_loadu_ps(scale + 32))));
    _mm_storeu_si128((__m128i *)(output + 1072), _mm512_cvtepi32_epi8(requantise(acc1_3, _mm512_loadu_ps(scale + 48))));
    _mm_storeu_si128((__m128i *)(output + 2048), _mm512_cvtepi32_epi8(requantise(acc2_0, _mm512_loadu_ps(scale))));
    _mm_storeu_si128((__m128i *)(output + 2064), _mm512_cvtepi32_epi8(requantise(acc2_1, _mm512_loadu_ps(scale + 16))));
    _mm_storeu_si128((__m128i *)(output + 2080), _mm512_cvtepi32_epi8(requantise(acc2_2, _mm512_loadu_ps(scale + 32))));
    _mm_storeu_si128((__m128i *)(output + 2096), _mm512_cvtepi32_epi8(requantise(acc2_3, _mm512_loadu_ps(scale + 48))));
    _mm_storeu_si128((__m128i *)(output + 3072), _mm512_cvtepi32_epi8(requantise(acc3_0, _mm512_loadu_ps(scale))));
    _mm_storeu_si128((__m128i *)(output + 3088), _mm512_cvtepi32_epi8(requantise(acc3_1, _mm512_loadu_ps(scale + 16))));
    _mm_storeu_si128((__m128i *)(output + 3104), _mm512_cvtepi32_epi8(requantise(acc3_2, _mm512_loadu_ps(scale + 32))));
    _mm_storeu_si128((__m128i *)(output + 3120), _mm512_cvtepi32_epi8(requantise(acc3_3, _mm512_loadu_ps(scale + 48))));
    _mm_storeu_si128((__m128i *)(output + 4096), _mm512_cvtepi32_epi8(requantise(acc4_0, _mm512_loadu_ps(scale))));
    _mm_storeu_si128((__m128i *)(output + 4112), _mm512_cvtepi32_epi8(requantise(acc4_1, _mm512_loadu_ps(scale + 16))));
    _mm_storeu_si128((__m128i *)(output + 4128), _mm512_cvtepi32_epi8(requantise(acc4_2, _mm512_loadu_ps(scale + 32))));
    _mm_storeu_si128((__m128i *)(output + 4144), _mm512_cvtepi32_epi8(requantise(acc4_3, _mm512_loadu_ps(scale + 48))));
    _mm_storeu_si128((__m128i *)(output + 5120), _mm512_cvtepi32_epi8(requantise(acc5_0, _mm512_loadu_ps(scale))));
    _mm_storeu_si128((__m128i *)(output + 5136), _mm512_cvtepi32_epi8(requantise(acc5_1, _mm512_loadu_ps(scale + 16))));
    _mm_storeu_si128((__m128i *)(output + 5152), _mm512_cvtepi32_epi8(requantise(acc5_2, _mm512_loadu_ps(scale + 32))));
    _mm_storeu_si128((__m128i *)(output + 5168), _mm512_cvtepi32_epi8(requantise(acc5_3, _mm512_loadu_ps(scale + 48))));
}

/* 5 pixels x 64 channels.
   x: the window of the first pixel; pixels 256 apart.
   w: its panel, 256 numbers a term; next: a share of the panel behind it, not read.
   bias: of the first channel.
   scale: of the first channel.
   output: the first pixel, first channel; pixels 1024 apart. */
static void tile_5x64(const uint8_t *x, const int8_t *w, const int8_t *next, const int32_t *bias, const float *scale, uint8_t *output)
{
    __m512i acc0_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc0_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc0_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc0_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc1_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc1_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc1_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc1_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc2_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc2_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc2_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc2_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc3_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc3_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc3_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc3_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc4_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc4_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc4_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc4_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 64; ic += 4) {
        const uint8_t *x_ic = x + ic * 4;
        {
            const __m512i b0 = _mm512_loadu_si512((const __m512i *)(w));
            const __m512i b1 = _mm512_loadu_si512((const __m512i *)(w + 64));
            const __m512i b2 = _mm512_loadu_si512((const __m512i *)(w + 128));
            const __m512i b3 = _mm512_loadu_si512((const __m512i *)(w + 192));
            const __m512i a0 = _mm512_set1_epi32(word_at(x_ic));
            acc0_0 = add_quads(acc0_0, a0, b0);
            acc0_1 = add_quads(acc0_1, a0, b1);
            acc0_2 = add_quads(acc0_2, a0, b2);
            acc0_3 = add_quads(acc0_3, a0, b3);
            const __m512i a1 = _mm512_set1_epi32(word_at(x_ic + 256));
            acc1_0 = add_quads(acc1_0, a1, b0);
            acc1_1 = add_quads(acc1_1, a1, b1);
            acc1_2 = add_quads(acc1_2, a1, b2);
            acc1_3 = add_quads(acc1_3, a1, b3);
            const __m512i a2 = _mm512_set1_epi32(word_at(x_ic + 512));
            acc2_0 = add_quads(acc2_0, a2, b0);
            acc2_1 = add_quads(acc2_1, a2, b1);
            acc2_2 = add_quads(acc2_2, a2, b2);
            acc2_3 = add_quads(acc2_3, a2, b3);
            const __m512i a3 = _mm512_set1_epi32(word_at(x_ic + 768));
            acc3_0 = add_quads(acc3_0, a3, b0);
            acc3_1 = add_quads(acc3_1, a3, b1);
            acc3_2 = add_quads(acc3_2, a3, b2);
            acc3_3 = add_quads(acc3_3, a3, b3);
            const __m512i a4 = _mm512_set1_epi32(word_at(x_ic + 1024));
            acc4_0 = add_quads(acc4_0, a4, b0);
            acc4_1 = add_quads(acc4_1, a4, b1);
            acc4_2 = add_quads(acc4_2, a4, b2);
            acc4_3 = add_quads(acc4_3, a4, b3);
            _mm_prefetch((const char *)next, _MM_HINT_T1);
        }
        {
            const __m512i b0 = _mm512_loadu_si512((const __m512i *)(w + 256));
            const __m512i b1 = _mm512_loadu_si512((const __m512i *)(w + 320));
            const __m512i b2 = _mm512_loadu_si512((const __m512i *)(w + 384));
            const __m512i b3 = _mm512_loadu_si512((const __m512i *)(w + 448));
            const __m512i a0 = _mm512_set1_epi32(word_at(x_ic + 4));
            acc0_0 = add_quads(acc0_0, a0, b0);
            acc0_1 = add_quads(acc0_1, a0, b1);
            acc0_2 = add_quads(acc0_2, a0, b2);
            acc0_3 = add_quads(acc0_3, a0, b3);
            const __m512i a1 = _mm512_set1_epi32(word_at(x_ic + 260));
            acc1_0 = add_quads(acc1_0, a1, b0);
            acc1_1 = add_quads(acc1_1, a1, b1);
            acc1_2 = add_quads(acc1_2, a1, b2);
            acc1_3 = add_quads(acc1_3, a1, b3);
            const __m512i a2 = _mm512_set1_epi32(word_at(x_ic + 516));
            acc2_0 = add_quads(acc2_0, a2, b0);
            acc2_1 = add_quads(acc2_1, a2, b1);
            acc2_2 = add_quads(acc2_2, a2, b2);
            acc2_3 = add_quads(acc2_3, a2, b3);
            const __m512i a3 = _mm512_set1_epi32(word_at(x_ic + 772));
            acc3_0 = add_quads(acc3_0, a3, b0);
            acc3_1 = add_quads(acc3_1, a3, b1);
            acc3_2 = add_quads(acc3_2, a3, b2);
            acc3_3 = add_quads(acc3_3, a3, b3);
            const __m512i a4 = _mm512_set1_epi32(word_at(x_ic + 1028));
            acc4_0 = add_quads(acc4_0, a4, b0);
            acc4_1 = add_quads(acc4_1, a4, b1);
            acc4_2 = add_quads(acc4_2, a4, b2);
            acc4_3 = add_quads(acc4_3, a4, b3);
        }
        {
            const __m512i b0 = _mm512_loadu_si512((const __m512i *)(w + 512));
            const __m512i b1 = _mm512_loadu_si512((const __m512i *)(w + 576));
            const __m512i b2 = _mm512_loadu_si512((const __m512i *)(w + 640));
            const __m512i b3 = _mm512_loadu_si512((const __m512i *)(w + 704));
            const __m512i a0 = _mm512_set1_epi32(word_at(x_ic + 8));
            acc0_0 = add_quads(acc0_0, a0, b0);
            acc0_1 = add_quads(acc0_1, a0, b1);
            acc0_2 = add_quads(acc0_2, a0, b2);
            acc0_3 = add_quads(acc0_3, a0, b3);
            const __m512i a1 = _mm512_set1_epi32(word_at(x_ic + 264));
            acc1_0 = add_quads(acc1_0, a1, b0);
            acc1_1 = add_quads(acc1_1, a1, b1);
            acc1_2 = add_quads(acc1_2, a1, b2);
            acc1_3 = add_quads(acc1_3, a1, b3);
            const __m512i a2 = _mm512_set1_epi32(word_at(x_ic + 520));
            acc2_0 = add_quads(acc2_0, a2, b0);
            acc2_1 = add_quads(acc2_1, a2, b1);
            acc2_2 = add_quads(acc2_2, a2, b2);
            acc2_3 = add_quads(acc2_3, a2, b3);
            const __m512i a3 = _mm512_set1_epi32(word_at(x_ic + 776));
            acc3_0 = add_quads(acc3_0, a3, b0);
            acc3_1 = add_quads(acc3_1, a3, b1);
            acc3_2 = add_quads(acc3_2, a3, b2);
            acc3_3 = add_quads(acc3_3, a3, b3);
            const __m512i a4 = _mm512_set1_epi32(word_at(x_ic + 1032));
            acc4_0 = add_quads(acc4_0, a4, b0);
            acc4_1 = add_quads(acc4_1, a4, b1);
            acc4_2 = add_quads(acc4_2, a4, b2);
            acc4_3 = add_quads(acc4_3, a4, b3);
        }
        {
            const __m512i b0 = _mm512_loadu_si512((const __m512i *)(w + 768));
            const __m512i b1 = _mm512_loadu_si512((const __m512i *)(w + 832));
            const __m512i b2 = _mm512_loadu_si512((const __m512i *)(w + 896));
            const __m512i b3 = _mm512_loadu_si512((const __m512i *)(w + 960));
            const __m512i a0 = _mm512_set1_epi32(word_at(x_ic + 12));
            acc0_0 = add_quads(acc0_0, a0, b0);
            acc0_1 = add_quads(acc0_1, a0, b1);
            acc0_2 = add_quads(acc0_2, a0, b2);
            acc0_3 = add_quads(acc0_3, a0, b3);
            const __m512i a1 = _mm512_set1_epi32(word_at(x_ic + 268));
            acc1_0 = add_quads(acc1_0, a1, b0);
            acc1_1 = add_quads(acc1_1, a1, b1);
            acc1_2 = add_quads(acc1_2, a1, b2);
            acc1_3 = add_quads(acc1_3, a1, b3);
            const __m512i a2 = _mm512_set1_epi32(word_at(x_ic + 524));
            acc2_0 = add_quads(acc2_0, a2, b0);
            acc2_1 = add_quads(acc2_1, a2, b1);
            acc2_2 = add_quads(acc2_2, a2, b2);
            acc2_3 = add_quads(acc2_3, a2, b3);
            const __m512i a3 = _mm512_set1_epi32(word_at(x_ic + 780));
            acc3_0 = add_quads(acc3_0, a3, b0);
            acc3_1 = add_quads(acc3_1, a3, b1);
            acc3_2 = add_quads(acc3_2, a3, b2);
            acc3_3 = add_quads(acc3_3, a3, b3);
            const __m512i a4 = _mm512_set1_epi32(word_at(x_ic + 1036));
            acc4_0 = add_quads(acc4_0, a4, b0);
            acc4_1 = add_quads(acc4_1, a4, b1);
            acc4_2 = add_quads(acc4_2, a4, b2);
            acc4_3 = add_quads(acc4_3, a4, b3);
        }
        w += 1024;
        next += 64;
    }
    _mm_storeu_si128((__m128i *)(output), _mm512_cvtepi32_epi8(requantise(acc0_0, _mm512_loadu_ps(scale))));
    _mm_storeu_si128((__m128i *)(output + 16), _mm512_cvtepi32_epi8(requantise(acc0_1, _mm512_loadu_ps(scale + 16))));
    _mm_storeu_si128((__m128i *)(output + 32), _mm512_cvtepi32_epi8(requantise(acc0_2, _mm512_loadu_ps(scale + 32))));
    _mm_storeu_si128((__m128i *)(output + 48), _mm512_cvtepi32_epi8(requantise(acc0_3, _mm512_loadu_ps(scale + 48))));
    _mm_storeu_si128((__m128i *)(output + 1024), _mm512_cvtepi32_epi8(requantise(acc1_0, _mm512_loadu_ps(scale))));
    _mm_storeu_si128((__m128i *)(output + 1040), _mm512_cvtepi32_epi8(requantise(acc1_1, _mm512_loadu_ps(scale + 16))));
    _mm_storeu_si128((__m128i *)(output + 1056), _mm512_cvtepi32_epi8(requantise(acc1_2, _mm512_loadu_ps(scale + 32))));
    _mm_storeu_si128((__m128i *)(output + 1072), _mm512_cvtepi32_epi8(requantise(acc1_3, _mm512_loadu_ps(scale + 48))));
    _mm_storeu_si128((__m128i *)(output + 2048), _mm512_cvtepi32_epi8(requantise(acc2_0, _mm512_loadu_ps(scale))));
    _mm_storeu_si128((__m128i *)(output + 2064), _mm512_cvtepi32_epi8(requantise(acc2_1, _mm512_loadu_ps(scale + 16))));
    _mm_storeu_si128((__m128i *)(output + 2080), _mm512_cvtepi32_epi8(requantise(acc2_2, _mm512_loadu_ps(scale + 32))));
    _mm_storeu_si128((__m128i *)(output + 2096), _mm512_cvtepi32_epi8(requantise(acc2_3, _mm512_loadu_ps(scale + 48))));
    _mm_storeu_si128((__m128i *)(output + 3072), _mm512_cvtepi32_epi8(requantise(acc3_0, _mm512_loadu_ps(scale))));
    _mm_storeu_si128((__m128i *)(output + 3088), _mm512_cvtepi32_epi8(requantise(acc3_1, _mm512_loadu_ps(scale + 16))));
    _mm_storeu_si128((__m128i *)(output + 3104), _mm512_cvtepi32_epi8(requantise(acc3_2, _mm512_loadu_ps(scale + 32))));
    _mm_storeu_si128((__m128i *)(output + 3120), _mm512_cvtepi32_epi8(requantise(acc3_3, _mm512_loadu_ps(scale + 48))));
    _mm_storeu_si128((__m128i *)(output + 4096), _mm512_cvtepi32_epi8(requantise(acc4_0, _mm512_loadu_ps(scale))));
    _mm_storeu_si128((__m128i *)(output + 4112), _mm512_cvtepi32_epi8(requantise(acc4_1, _mm512_loadu_ps(scale + 16))));
    _mm_storeu_si128((__m128i *)(output + 4128), _mm512_cvtepi32_epi8(requantise(acc4_2, _mm512_loadu_ps(scale + 32))));
    _mm_storeu_si128((__m128i *)(output + 4144), _mm512_cvtepi32_epi8(requantise(acc4_3, _mm512_loadu_ps(scale + 48))));
}

#ifndef conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_NO_PACK
/* Packs a panel: ic, 64 output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static int8_t *pack_panel(const int8_t *weights, ptrdiff_t oc0, int8_t *out)
{
    for (ptrdiff_t ic = 0; ic < 64; ++ic) {
        for (ptrdiff_t j = 0; j < 64; ++j) {
            for (ptrdiff_t i = 0; i < 4; ++i) {
                *out++ = weights[oc0 + j + (ic * 4 + i) * 1024];
            }
        }
    }
    return out;
}

void conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_pack(const int8_t *weights, const int32_t *bias, const float *scale, void *packed)
{
    int8_t *out = (int8_t *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 1024; oc0 += 64) {
        out = pack_panel(weights, oc0, out);
    }
    int32_t *const bias_out = (int32_t *)(void *)((int8_t *)packed + 262144);
    for (ptrdiff_t oc = 0; oc < 1024; ++oc) {
        bias_out[oc] = bias[oc];
    }
    float *const scale_out = (float *)(void *)((int8_t *)packed + 266240);
    for (ptrdiff_t oc = 0; oc < 1024; ++oc) {
        scale_out[oc] = scale[oc];
    }
}

#endif

/* A task: output channels, 64 at a time. The arrays are the layer's. */
static void compute_task(size_t task, const uint8_t *input, const int8_t *packed, uint8_t *output)
{
    const int8_t *weights = packed;
    const int32_t *bias = (const int32_t *)(const void *)(packed + 262144);
    const float *scale = (const float *)(const void *)(packed + 266240);
    const ptrdiff_t oc_tile = (ptrdiff_t)task; /* output channels, 64 at a time */
    const ptrdiff_t oc0 = oc_tile * 64;
    /* pixels, 6 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < 186; ow0 += 6) {
        tile_6x64(input + ow0 * 256, weights + oc0 * 256, weights + oc0 * 256 + ow0 * 128 + 16384, bias + oc0, scale + oc0, output + oc0 + ow0 * 1024);
    }
    /* pixels, 5 at a time */
    for (ptrdiff_t ow0 = 186; ow0 < 196; ow0 += 5) {
        tile_5x64(input + ow0 * 256, weights + oc0 * 256, weights + oc0 * 256 + ow0 * 128 + 16384, bias + oc0, scale + oc0, output + oc0 + ow0 * 1024);
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef word_at
#undef add_quads
#undef requantise
#undef tile_6x64
#undef tile_5x64
#undef pack_panel
#undef compute_task

size_t conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 16;
    default:
        return 0;
    }
}

void conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_task(int phase, size_t task, int worker, const uint8_t *input, const void *packed, uint8_t *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_compute_task_(task, input, (const int8_t *)packed, output);
        break;
    }
}

void conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128(const uint8_t *input, const void *packed, uint8_t *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
