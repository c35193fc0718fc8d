/* conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     u8:s8:u8, input nhwc 1 x 56 x 56 x 128, output 1 x 56 x 56 x 128, weights hwio 3 x 3 x 1 x 128
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, 128 groups, bias, relu
 * Command   convgen generate g128ic128ih56oc128oh56kh3ph1 --layout nhwc --dtype u8:s8:u8 --activation 'relu' --target x86-64-v4-vnni -o .
 * Plan      depthwise on avx512vnni_s8, lanes over oc, reading the input as it is, in the place of padding what stands for 0
 *           for oh: 56 times, a task each
 *             for ow by 6: 10 times
 *               for oc by 64: 2 times
 *                 for kh: 3 times
 *                   for kw: 3 times
 *                     tile of 1 rows x 6 pixels x 64 channels: 30 of 32 registers
 * Tasks     56 (output rows)
 * Cost      3612672 multiply-adds; at least 804992 bytes moved; 4096 bytes packed, 0 of workspace
 * Code      about 10916 bytes compiled for size, rarely more than 20180 for speed
 * Bound     none: v = bias + sum w x is exact in s32; y = rint(v * scale), a product in f32, ties to
 *           even (half-even), cut to 0 ... 255, the same bits on every machine
 * Proof     |v - bias| <= 9 * 255 * 128 = 293760, |bias| must be <= 2147189887; then no sum leaves
 *           s32, nor any part of it, in any order
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu.h"

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
/* Loading an input again is cheaper than keeping it: registers are for sums. */
#if defined(__GNUC__) || defined(__clang__)
#define RELOAD __asm__ volatile("" ::: "memory")
#else
#define RELOAD (void)0
#endif

/* Functions of this file alone, by names that no other file has. */
#define add_quads conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_add_quads_
#define words_0 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_words_0_
#define words_1 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_words_1_
#define words_2 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_words_2_
#define words_3 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_words_3_
#define narrow_u8 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_narrow_u8_
#define requantise conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_requantise_
#define patch_1x6x64 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_patch_1x6x64_
#define tile_1x6x64_row0_pixel0 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x6x64_row0_pixel0_
#define tile_1x6x64_row0 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x6x64_row0_
#define tile_1x5x64_row0 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x5x64_row0_
#define tile_1x5x64_row0_pixel51 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x5x64_row0_pixel51_
#define tile_1x6x64_pixel0 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x6x64_pixel0_
#define tile_1x6x64 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x6x64_
#define tile_1x5x64 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x5x64_
#define tile_1x5x64_pixel51 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x5x64_pixel51_
#define tile_1x6x64_row55_pixel0 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x6x64_row55_pixel0_
#define tile_1x6x64_row55 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x6x64_row55_
#define tile_1x5x64_row55 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x5x64_row55_
#define tile_1x5x64_row55_pixel51 conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tile_1x5x64_row55_pixel51_
#define pack_panel conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_pack_panel_
#define limit_bias conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_limit_bias_
#define limit_scale conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_limit_scale_
#define compute_task conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_compute_task_

/* The sum of c and of four products, a's numbers without a sign; compilers keep it in its place, for else they run out of registers. */
static inline __m512i add_quads(__m512i c, __m512i a, __m512i b)
{
    c = _mm512_dpbusd_epi32(c, a, b);
#if defined(__GNUC__) || defined(__clang__)
    __asm__("" : "+v"(c));
#endif
    return c;
}

/* Words of 4 neighbours: of bytes 0 to 3 of each 16. */
static inline __m512i words_0(__m512i a, __m512i b, __m512i c, __m512i d)
{
    return _mm512_unpacklo_epi16(_mm512_unpacklo_epi8(a, b),
        _mm512_unpacklo_epi8(c, d));
}

/* Words of 4 neighbours: of bytes 4 to 7 of each 16. */
static inline __m512i words_1(__m512i a, __m512i b, __m512i c, __m512i d)
{
    return _mm512_unpackhi_epi16(_mm512_unpacklo_epi8(a, b),
        _mm512_unpacklo_epi8(c, d));
}

/* Words of 4 neighbours: of bytes 8 to 11 of each 16. */
static inline __m512i words_2(__m512i a, __m512i b, __m512i c, __m512i d)
{
    return _mm512_unpacklo_epi16(_mm512_unpackhi_epi8(a, b),
        _mm512_unpackhi_epi8(c, d));
}

/* Words of 4 neighbours: of bytes 12 to 15 of each 16. */
static inline __m512i words_3(__m512i a, __m512i b, __m512i c, __m512i d)
{
    return _mm512_unpackhi_epi16(_mm512_unpackhi_epi8(a, b),
        _mm512_unpackhi_epi8(c, d));
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
    /* products stay in 32 bits: limit_scale, and limit_bias if there is a bias, see to that */
    const __m512 fa = _mm512_mul_ps(_mm512_cvtepi32_ps(a), _mm512_loadu_ps(scale));
    const __m512 fb = _mm512_mul_ps(_mm512_cvtepi32_ps(b), _mm512_loadu_ps(scale + 16));
    const __m512 fc = _mm512_mul_ps(_mm512_cvtepi32_ps(c), _mm512_loadu_ps(scale + 32));
    const __m512 fd = _mm512_mul_ps(_mm512_cvtepi32_ps(d), _mm512_loadu_ps(scale + 48));
    const __m512i ya = _mm512_cvtps_epi32(fa);
    const __m512i yb = _mm512_cvtps_epi32(fb);
    const __m512i yc = _mm512_cvtps_epi32(fc);
    const __m512i yd = _mm512_cvtps_epi32(fd);
    const __m512i bytes = narrow_u8(ya, yb, yc, yd, 0);
    const __m512i above = _mm512_max_epu8(bytes, _mm512_set1_epi8((char)(0)));
    return _mm512_min_epu8(above, _mm512_set1_epi8((char)(255)));
}

/* Compiled anew in each function that calls it, for the constants that this one gives: their conditions vanish. */
#if defined(__GNUC__) || defined(__clang__)
#define FOLDED inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define FOLDED __forceinline
#else
#define FOLDED inline
#endif

/* Up to 1 row x 6 pixels x 64 channels.
   x: the window's first row on the input, its first column there; pixels 128 apart, rows 7168.
   w: its weights, 256 a word.
   columns: outputs across; top: the window's first row on the input; bottom: the row behind its last one there;
     left: the window's first column on the input; right: the column behind its last one there.
   bias: of the first channel.
   scale: of the first channel.
   output: the first row, first pixel, first channel; rows 7168 apart, pixels 128. */
static FOLDED void patch_1x6x64(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output, int columns, int top, int bottom, int left, int right)
{
    __m512i acc0_0_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc0_0_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc0_0_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc0_0_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc0_1_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc0_1_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc0_1_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc0_1_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc0_2_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc0_2_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc0_2_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc0_2_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc0_3_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc0_3_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc0_3_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc0_3_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc0_4_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc0_4_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc0_4_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc0_4_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    __m512i acc0_5_0 = _mm512_loadu_si512((const __m512i *)(bias));
    __m512i acc0_5_1 = _mm512_loadu_si512((const __m512i *)(bias + 16));
    __m512i acc0_5_2 = _mm512_loadu_si512((const __m512i *)(bias + 32));
    __m512i acc0_5_3 = _mm512_loadu_si512((const __m512i *)(bias + 48));
    const __m512i padding = _mm512_set1_epi8((char)(0));
    (void)padding;
    if (top == 0) {
        /* row 0 of the window */
        {
            const __m512i p0 = left == 0 ? _mm512_loadu_si512((const __m512i *)(x)) : padding;
            const __m512i p1 = _mm512_loadu_si512((const __m512i *)(x + (1 - left) * 128));
            const __m512i p2 = _mm512_loadu_si512((const __m512i *)(x + (2 - left) * 128));
            const __m512i p3 = _mm512_loadu_si512((const __m512i *)(x + (3 - left) * 128));
            const __m512i b0_0 = words_0(p0, p1, p2, p3);
            const __m512i w0_0 = _mm512_loadu_si512((const __m512i *)(w));
            acc0_0_0 = add_quads(acc0_0_0, b0_0, w0_0);
            const __m512i w1_0 = _mm512_loadu_si512((const __m512i *)(w + 256));
            acc0_1_0 = add_quads(acc0_1_0, b0_0, w1_0);
            const __m512i b0_1 = words_1(p0, p1, p2, p3);
            const __m512i w0_1 = _mm512_loadu_si512((const __m512i *)(w + 64));
            acc0_0_1 = add_quads(acc0_0_1, b0_1, w0_1);
            const __m512i w1_1 = _mm512_loadu_si512((const __m512i *)(w + 320));
            acc0_1_1 = add_quads(acc0_1_1, b0_1, w1_1);
            const __m512i b0_2 = words_2(p0, p1, p2, p3);
            const __m512i w0_2 = _mm512_loadu_si512((const __m512i *)(w + 128));
            acc0_0_2 = add_quads(acc0_0_2, b0_2, w0_2);
            const __m512i w1_2 = _mm512_loadu_si512((const __m512i *)(w + 384));
            acc0_1_2 = add_quads(acc0_1_2, b0_2, w1_2);
            const __m512i b0_3 = words_3(p0, p1, p2, p3);
            const __m512i w0_3 = _mm512_loadu_si512((const __m512i *)(w + 192));
            acc0_0_3 = add_quads(acc0_0_3, b0_3, w0_3);
            const __m512i w1_3 = _mm512_loadu_si512((const __m512i *)(w + 448));
            acc0_1_3 = add_quads(acc0_1_3, b0_3, w1_3);
            const __m512i p4 = _mm512_loadu_si512((const __m512i *)(x + (4 - left) * 128));
            const __m512i p5 = _mm512_loadu_si512((const __m512i *)(x + (5 - left) * 128));
            const __m512i b2_0 = words_0(p2, p3, p4, p5);
            acc0_2_0 = add_quads(acc0_2_0, b2_0, w0_0);
            acc0_3_0 = add_quads(acc0_3_0, b2_0, w1_0);
            const __m512i b2_1 = words_1(p2, p3, p4, p5);
            acc0_2_1 = add_quads(acc0_2_1, b2_1, w0_1);
            acc0_3_1 = add_quads(acc0_3_1, b2_1, w1_1);
            const __m512i b2_2 = words_2(p2, p3, p4, p5);
            acc0_2_2 = add_quads(acc0_2_2, b2_2, w0_2);
            acc0_3_2 = add_quads(acc0_3_2, b2_2, w1_2);
            const __m512i b2_3 = words_3(p2, p3, p4, p5);
            acc0_2_3 = add_quads(acc0_2_3, b2_3, w0_3);
            acc0_3_3 = add_quads(acc0_3_3, b2_3, w1_3);
            const __m512i p6 = right > 6 ? _mm512_loadu_si512((const __m512i *)(x + (6 - left) * 128)) : padding;
            const __m512i p7 = right > 7 ? _mm512_loadu_si512((const __m512i *)(x + (7 - left) * 128)) : padding;
            const __m512i b4_0 = words_0(p4, p5, p6, p7);
            acc0_4_0 = add_quads(acc0_4_0, b4_0, w0_0);
            acc0_5_0 = add_quads(acc0_5_0, b4_0, w1_0);
            const __m512i b4_1 = words_1(p4, p5, p6, p7);
            acc0_4_1 = add_quads(acc0_4_1, b4_1, w0_1);
            acc0_5_1 = add_quads(acc0_5_1, b4_1, w1_1);
            const __m512i b4_2 = words_2(p4, p5, p6, p7);
            acc0_4_2 = add_quads(acc0_4_2, b4_2, w0_2);
            acc0_5_2 = add_quads(acc0_5_2, b4_2, w1_2);
            const __m512i b4_3 = words_3(p4, p5, p6, p7);
            acc0_4_3 = add_quads(acc0_4_3, b4_3, w0_3);
            acc0_5_3 = add_quads(acc0_5_3, b4_3, w1_3);
        }
        RELOAD;
    }
    /* row 1 of the window */
    {
        const __m512i p0 = left == 0 ? _mm512_loadu_si512((const __m512i *)(x + (1 - top) * 7168)) : padding;
        const __m512i p1 = _mm512_loadu_si512((const __m512i *)(x + (1 - top) * 7168 + (1 - left) * 128));
        const __m512i p2 = _mm512_loadu_si512((const __m512i *)(x + (1 - top) * 7168 + (2 - left) * 128));
        const __m512i p3 = _mm512_loadu_si512((const __m512i *)(x + (1 - top) * 7168 + (3 - left) * 128));
        const __m512i b0_0 = words_0(p0, p1, p2, p3);
        const __m512i w2_0 = _mm512_loadu_si512((const __m512i *)(w + 512));
        acc0_0_0 = add_quads(acc0_0_0, b0_0, w2_0);
        const __m512i w3_0 = _mm512_loadu_si512((const __m512i *)(w + 768));
        acc0_1_0 = add_quads(acc0_1_0, b0_0, w3_0);
        const __m512i b0_1 = words_1(p0, p1, p2, p3);
        const __m512i w2_1 = _mm512_loadu_si512((const __m512i *)(w + 576));
        acc0_0_1 = add_quads(acc0_0_1, b0_1, w2_1);
        const __m512i w3_1 = _mm512_loadu_si512((const __m512i *)(w + 832));
        acc0_1_1 = add_quads(acc0_1_1, b0_1, w3_1);
        const __m512i b0_2 = words_2(p0, p1, p2, p3);
        const __m512i w2_2 = _mm512_loadu_si512((const __m512i *)(w + 640));
        acc0_0_2 = add_quads(acc0_0_2, b0_2, w2_2);
        const __m512i w3_2 = _mm512_loadu_si512((const __m512i *)(w + 896));
        acc0_1_2 = add_quads(acc0_1_2, b0_2, w3_2);
        const __m512i b0_3 = words_3(p0, p1, p2, p3);
        const __m512i w2_3 = _mm512_loadu_si512((const __m512i *)(w + 704));
        acc0_0_3 = add_quads(acc0_0_3, b0_3, w2_3);
        const __m512i w3_3 = _mm512_loadu_si512((const __m512i *)(w + 960));
        acc0_1_3 = add_quads(acc0_1_3, b0_3, w3_3);
        const __m512i p4 = _mm512_loadu_si512((const __m512i *)(x + (1 - top) * 7168 + (4 - left) * 128));
        const __m512i p5 = _mm512_loadu_si512((const __m512i *)(x + (1 - top) * 7168 + (5 - left) * 128));
        const __m512i b2_0 = words_0(p2, p3, p4, p5);
        acc0_2_0 = add_quads(acc0_2_0, b2_0, w2_0);
        acc0_3_0 = add_quads(acc0_3_0, b2_0, w3_0);
        const __m512i b2_1 = words_1(p2, p3, p4, p5);
        acc0_2_1 = add_quads(acc0_2_1, b2_1, w2_1);
        acc0_3_1 = add_quads(acc0_3_1, b2_1, w3_1);
        const __m512i b2_2 = words_2(p2, p3, p4, p5);
        acc0_2_2 = add_quads(acc0_2_2, b2_2, w2_2);
        acc0_3_2 = add_quads(acc0_3_2, b2_2, w3_2);
        const __m512i b2_3 = words_3(p2, p3, p4, p5);
        acc0_2_3 = add_quads(acc0_2_3, b2_3, w2_3);
        acc0_3_3 = add_quads(acc0_3_3, b2_3, w3_3);
        const __m512i p6 = right > 6 ? _mm512_loadu_si512((const __m512i *)(x + (1 - top) * 7168 + (6 - left) * 128)) : padding;
        const __m512i p7 = right > 7 ? _mm512_loadu_si512((const __m512i *)(x + (1 - top) * 7168 + (7 - left) * 128)) : padding;
        const __m512i b4_0 = words_0(p4, p5, p6, p7);
        acc0_4_0 = add_quads(acc0_4_0, b4_0, w2_0);
        acc0_5_0 = add_quads(acc0_5_0, b4_0, w3_0);
        const __m512i b4_1 = words_1(p4, p5, p6, p7);
        acc0_4_1 = add_quads(acc0_4_1, b4_1, w2_1);
        acc0_5_1 = add_quads(acc0_5_1, b4_1, w3_1);
        const __m512i b4_2 = words_2(p4, p5, p6, p7);
        acc0_4_2 = add_quads(acc0_4_2, b4_2, w2_2);
        acc0_5_2 = add_quads(acc0_5_2, b4_2, w3_2);
        const __m512i b4_3 = words_3(p4, p5, p6, p7);
        acc0_4_3 = add_quads(acc0_4_3, b4_3, w2_3);
        acc0_5_3 = add_quads(acc0_5_3, b4_3, w3_3);
    }
    RELOAD;
    if (bottom > 2) {
        /* row 2 of the window */
        {
            const __m512i p0 = left == 0 ? _mm512_loadu_si512((const __m512i *)(x + (2 - top) * 7168)) : padding;
            const __m512i p1 = _mm512_loadu_si512((const __m512i *)(x + (2 - top) * 7168 + (1 - left) * 128));
            const __m512i p2 = _mm512_loadu_si512((const __m512i *)(x + (2 - top) * 7168 + (2 - left) * 128));
            const __m512i p3 = _mm512_loadu_si512((const __m512i *)(x + (2 - top) * 7168 + (3 - left) * 128));
            const __m512i b0_0 = words_0(p0, p1, p2, p3);
            const __m512i w4_0 = _mm512_loadu_si512((const __m512i *)(w + 1024));
            acc0_0_0 = add_quads(acc0_0_0, b0_0, w4_0);
            const __m512i w5_0 = _mm512_loadu_si512((const __m512i *)(w + 1280));
            acc0_1_0 = add_quads(acc0_1_0, b0_0, w5_0);
            const __m512i b0_1 = words_1(p0, p1, p2, p3);
            const __m512i w4_1 = _mm512_loadu_si512((const __m512i *)(w + 1088));
            acc0_0_1 = add_quads(acc0_0_1, b0_1, w4_1);
            const __m512i w5_1 = _mm512_loadu_si512((const __m512i *)(w + 1344));
            acc0_1_1 = add_quads(acc0_1_1, b0_1, w5_1);
            const __m512i b0_2 = words_2(p0, p1, p2, p3);
            const __m512i w4_2 = _mm512_loadu_si512((const __m512i *)(w + 1152));
            acc0_0_2 = add_quads(acc0_0_2, b0_2, w4_2);
            const __m512i w5_2 = _mm512_loadu_si512((const __m512i *)(w + 1408));
            acc0_1_2 = add_quads(acc0_1_2, b0_2, w5_2);
            const __m512i b0_3 = words_3(p0, p1, p2, p3);
            const __m512i w4_3 = _mm512_loadu_si512((const __m512i *)(w + 1216));
            acc0_0_3 = add_quads(acc0_0_3, b0_3, w4_3);
            const __m512i w5_3 = _mm512_loadu_si512((const __m512i *)(w + 1472));
            acc0_1_3 = add_quads(acc0_1_3, b0_3, w5_3);
            const __m512i p4 = _mm512_loadu_si512((const __m512i *)(x + (2 - top) * 7168 + (4 - left) * 128));
            const __m512i p5 = _mm512_loadu_si512((const __m512i *)(x + (2 - top) * 7168 + (5 - left) * 128));
            const __m512i b2_0 = words_0(p2, p3, p4, p5);
            acc0_2_0 = add_quads(acc0_2_0, b2_0, w4_0);
            acc0_3_0 = add_quads(acc0_3_0, b2_0, w5_0);
            const __m512i b2_1 = words_1(p2, p3, p4, p5);
            acc0_2_1 = add_quads(acc0_2_1, b2_1, w4_1);
            acc0_3_1 = add_quads(acc0_3_1, b2_1, w5_1);
            const __m512i b2_2 = words_2(p2, p3, p4, p5);
            acc0_2_2 = add_quads(acc0_2_2, b2_2, w4_2);
            acc0_3_2 = add_quads(acc0_3_2, b2_2, w5_2);
            const __m512i b2_3 = words_3(p2, p3, p4, p5);
            acc0_2_3 = add_quads(acc0_2_3, b2_3, w4_3);
            acc0_3_3 = add_quads(acc0_3_3, b2_3, w5_3);
            const __m512i p6 = right > 6 ? _mm512_loadu_si512((const __m512i *)(x + (2 - top) * 7168 + (6 - left) * 128)) : padding;
            const __m512i p7 = right > 7 ? _mm512_loadu_si512((const __m512i *)(x + (2 - top) * 7168 + (7 - left) * 128)) : padding;
            const __m512i b4_0 = words_0(p4, p5, p6, p7);
            acc0_4_0 = add_quads(acc0_4_0, b4_0, w4_0);
            acc0_5_0 = add_quads(acc0_5_0, b4_0, w5_0);
            const __m512i b4_1 = words_1(p4, p5, p6, p7);
            acc0_4_1 = add_quads(acc0_4_1, b4_1, w4_1);
            acc0_5_1 = add_quads(acc0_5_1, b4_1, w5_1);
            const __m512i b4_2 = words_2(p4, p5, p6, p7);
            acc0_4_2 = add_quads(acc0_4_2, b4_2, w4_2);
            acc0_5_2 = add_quads(acc0_5_2, b4_2, w5_2);
            const __m512i b4_3 = words_3(p4, p5, p6, p7);
            acc0_4_3 = add_quads(acc0_4_3, b4_3, w4_3);
            acc0_5_3 = add_quads(acc0_5_3, b4_3, w5_3);
        }
        RELOAD;
    }
    _mm512_storeu_si512((__m512i *)(output), requantise(acc0_0_0, acc0_0_1, acc0_0_2, acc0_0_3, scale));
    _mm512_storeu_si512((__m512i *)(output + 128), requantise(acc0_1_0, acc0_1_1, acc0_1_2, acc0_1_3, scale));
    _mm512_storeu_si512((__m512i *)(output + 256), requantise(acc0_2_0, acc0_2_1, acc0_2_2, acc0_2_3, scale));
    _mm512_storeu_si512((__m512i *)(output + 384), requantise(acc0_3_0, acc0_3_1, acc0_3_2, acc0_3_3, scale));
    _mm512_storeu_si512((__m512i *)(output + 512), requantise(acc0_4_0, acc0_4_1, acc0_4_2, acc0_4_3, scale));
    if (columns > 5) {
        _mm512_storeu_si512((__m512i *)(output + 640), requantise(acc0_5_0, acc0_5_1, acc0_5_2, acc0_5_3, scale));
    }
}

#undef FOLDED
/* 1 row x 6 pixels x 64 channels, from row 0, from pixel 0: patch_1x6x64 for these. */
static void tile_1x6x64_row0_pixel0(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 6, 1, 3, 1, 8);
}

/* 1 row x 6 pixels x 64 channels, from row 0: patch_1x6x64 for these. */
static void tile_1x6x64_row0(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 6, 1, 3, 0, 8);
}

/* 1 row x 5 pixels x 64 channels, from row 0: patch_1x6x64 for these. */
static void tile_1x5x64_row0(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 5, 1, 3, 0, 7);
}

/* 1 row x 5 pixels x 64 channels, from row 0, from pixel 51: patch_1x6x64 for these. */
static void tile_1x5x64_row0_pixel51(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 5, 1, 3, 0, 6);
}

/* 1 row x 6 pixels x 64 channels, from pixel 0: patch_1x6x64 for these. */
static void tile_1x6x64_pixel0(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 6, 0, 3, 1, 8);
}

/* 1 row x 6 pixels x 64 channels: patch_1x6x64 for these. */
static void tile_1x6x64(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 6, 0, 3, 0, 8);
}

/* 1 row x 5 pixels x 64 channels: patch_1x6x64 for these. */
static void tile_1x5x64(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 5, 0, 3, 0, 7);
}

/* 1 row x 5 pixels x 64 channels, from pixel 51: patch_1x6x64 for these. */
static void tile_1x5x64_pixel51(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 5, 0, 3, 0, 6);
}

/* 1 row x 6 pixels x 64 channels, from row 55, from pixel 0: patch_1x6x64 for these. */
static void tile_1x6x64_row55_pixel0(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 6, 0, 2, 1, 8);
}

/* 1 row x 6 pixels x 64 channels, from row 55: patch_1x6x64 for these. */
static void tile_1x6x64_row55(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 6, 0, 2, 0, 8);
}

/* 1 row x 5 pixels x 64 channels, from row 55: patch_1x6x64 for these. */
static void tile_1x5x64_row55(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 5, 0, 2, 0, 7);
}

/* 1 row x 5 pixels x 64 channels, from row 55, from pixel 51: patch_1x6x64 for these. */
static void tile_1x5x64_row55_pixel51(const uint8_t *x, const int8_t *w, const int32_t *bias, const float *scale, uint8_t *output)
{
    patch_1x6x64(x, w, bias, scale, output, 5, 0, 2, 0, 6);
}

#ifndef conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_NO_PACK
/* Packs a panel: kh, phases, 64 channels, those of each quarter of their bytes together, 4 kernel columns; zero
     beyond the last.
   weights: the layer's. oc0: its first channel. out: the panel. Returns its end. */
static int8_t *pack_panel(const int8_t *weights, ptrdiff_t oc0, int8_t *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t phase = 0; phase < 2; ++phase) {
            for (ptrdiff_t j = 0; j < 64; ++j) {
                for (ptrdiff_t i = 0; i < 4; ++i) {
                    const ptrdiff_t channel = oc0 + j / 64 * 64 + j % 16 / 4 * 16 + j % 64 / 16 * 4 + j % 4;
                    const ptrdiff_t kw = i + phase * -1;
                    *out++ = kw >= 0 && kw < 3 ? weights[channel + kh * 384 + kw * 128] : 0;
                }
            }
        }
    }
    return out;
}

/* With a scale of 0.5 or more, a bias beyond this moves all sums outside all outputs, and may be smaller. */
static inline int32_t limit_bias(int32_t bias, float scale)
{
    const int32_t most = 294784;
    if (scale < 0.5f) {
        return bias;
    }
    return bias > most ? most : bias < -most ? -most : bias;
}

/* A scale that moves any sum but 0 outside all outputs may be smaller. */
static inline float limit_scale(float scale)
{
    return scale < 512.0f ? scale : 512.0f;
}

void conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_pack(const int8_t *weights, const int32_t *bias, const float *scale, void *packed)
{
    int8_t *out = (int8_t *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
        out = pack_panel(weights, oc0, out);
    }
    int32_t *const bias_out = (int32_t *)(void *)((int8_t *)packed + 3072);
    for (ptrdiff_t oc = 0; oc < 128; ++oc) {
        const ptrdiff_t channel = oc / 64 * 64 + oc % 16 / 4 * 16 + oc % 64 / 16 * 4 + oc % 4;
        bias_out[oc] = limit_bias(bias[channel], scale[channel]);
    }
    float *const scale_out = (float *)(void *)((int8_t *)packed + 3584);
    for (ptrdiff_t oc = 0; oc < 128; ++oc) {
        const ptrdiff_t channel = oc / 64 * 64 + oc % 16 / 4 * 16 + oc % 64 / 16 * 4 + oc % 4;
        scale_out[oc] = limit_scale(scale[channel]);
    }
}

#endif

/* A task: output rows. The arrays are the layer's. */
static void compute_task(size_t task, const uint8_t *input, const int8_t *packed, uint8_t *output)
{
    const int8_t *weights = packed;
    const int32_t *bias = (const int32_t *)(const void *)(packed + 3072);
    const float *scale = (const float *)(const void *)(packed + 3584);
    const ptrdiff_t oh_tile = (ptrdiff_t)task; /* output rows */
    if (oh_tile < 1) {
        /* output channels, 64 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
            tile_1x6x64_row0_pixel0(input + oc0, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0);
        }
        /* pixels, 6 at a time */
        for (ptrdiff_t ow0 = 6; ow0 < 36; ow0 += 6) {
            /* output channels, 64 at a time */
            for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
                tile_1x6x64_row0(input + oc0 + ow0 * 128 - 128, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0 + ow0 * 128);
            }
        }
        /* pixels, 5 at a time */
        for (ptrdiff_t ow0 = 36; ow0 < 51; ow0 += 5) {
            /* output channels, 64 at a time */
            for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
                tile_1x5x64_row0(input + oc0 + ow0 * 128 - 128, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0 + ow0 * 128);
            }
        }
        /* output channels, 64 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
            tile_1x5x64_row0_pixel51(input + oc0 + 6400, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0 + 6528);
        }
    }
    if (oh_tile >= 1 && oh_tile < 55) {
        const ptrdiff_t oh0 = oh_tile;
        /* output channels, 64 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
            tile_1x6x64_pixel0(input + oc0 + oh0 * 7168 - 7168, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0 + oh0 * 7168);
        }
        /* pixels, 6 at a time */
        for (ptrdiff_t ow0 = 6; ow0 < 36; ow0 += 6) {
            /* output channels, 64 at a time */
            for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
                tile_1x6x64(input + oc0 + oh0 * 7168 + ow0 * 128 - 7296, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0 + oh0 * 7168 + ow0 * 128);
            }
        }
        /* pixels, 5 at a time */
        for (ptrdiff_t ow0 = 36; ow0 < 51; ow0 += 5) {
            /* output channels, 64 at a time */
            for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
                tile_1x5x64(input + oc0 + oh0 * 7168 + ow0 * 128 - 7296, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0 + oh0 * 7168 + ow0 * 128);
            }
        }
        /* output channels, 64 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
            tile_1x5x64_pixel51(input + oc0 + oh0 * 7168 - 768, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0 + oh0 * 7168 + 6528);
        }
    }
    if (oh_tile >= 55) {
        /* output channels, 64 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
            tile_1x6x64_row55_pixel0(input + oc0 + 387072, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0 + 394240);
        }
        /* pixels, 6 at a time */
        for (ptrdiff_t ow0 = 6; ow0 < 36; ow0 += 6) {
            /* output channels, 64 at a time */
            for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
                tile_1x6x64_row55(input + oc0 + ow0 * 128 + 386944, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0 + ow0 * 128 + 394240);
            }
        }
        /* pixels, 5 at a time */
        for (ptrdiff_t ow0 = 36; ow0 < 51; ow0 += 5) {
            /* output channels, 64 at a time */
            for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
                tile_1x5x64_row55(input + oc0 + ow0 * 128 + 386944, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0 + ow0 * 128 + 394240);
            }
        }
        /* output channels, 64 at a time */
        for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 64) {
            tile_1x5x64_row55_pixel51(input + oc0 + 393472, weights + oc0 * 24, bias + oc0, scale + oc0, output + oc0 + 400768);
        }
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef add_quads
#undef words_0
#undef words_1
#undef words_2
#undef words_3
#undef narrow_u8
#undef requantise
#undef patch_1x6x64
#undef tile_1x6x64_row0_pixel0
#undef tile_1x6x64_row0
#undef tile_1x5x64_row0
#undef tile_1x5x64_row0_pixel51
#undef tile_1x6x64_pixel0
#undef tile_1x6x64
#undef tile_1x5x64
#undef tile_1x5x64_pixel51
#undef tile_1x6x64_row55_pixel0
#undef tile_1x6x64_row55
#undef tile_1x5x64_row55
#undef tile_1x5x64_row55_pixel51
#undef pack_panel
#undef limit_bias
#undef limit_scale
#undef compute_task
#undef RELOAD

size_t conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 56;
    default:
        return 0;
    }
}

void conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_task(int phase, size_t task, int worker, const uint8_t *input, const void *packed, uint8_t *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_compute_task_(task, input, (const int8_t *)packed, output);
        break;
    }
}

void conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu(const uint8_t *input, const void *packed, uint8_t *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_u8s8u8_nhwc_3x3s1p1_g128_128x56x56_128_relu_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
