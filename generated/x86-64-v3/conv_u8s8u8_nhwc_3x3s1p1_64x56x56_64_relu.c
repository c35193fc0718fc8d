/* conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     u8:s8:u8, input nhwc 1 x 56 x 56 x 64, output 1 x 56 x 56 x 64, weights hwio 3 x 3 x 64 x 64
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias, relu
 * Command   convgen generate ic64ih56oc64oh56kh3ph1 --layout nhwc --dtype u8:s8:u8 --activation 'relu' --target x86-64-v3 -o .
 * Plan      modular on avx2_s16, lanes over oc, reading a padded copy of the input
 *           for oh by 8: 7 times, a task each
 *             for oc by 16: 4 times
 *               for ow by 5: 6 times
 *                 for ic: 32 times
 *                   tile of F(4x4, 3x3), 36 products of 5 tiles x 16 channels: 13 of 14 registers
 * Tasks     58 (the padded copy), then 7 (blocks of rows of tiles)
 * Cost      115605504 multiply-adds; at least 438784 bytes moved; 295424 bytes packed, 822336 of workspace for a worker, 391680 more for each other
 * Code      about 2426 bytes compiled for size, rarely more than 13918 for speed
 * Bound     none: v = bias + sum w x is exact in s32; y = rint(v * scale), a product in f32, ties to
 *           even (half-even), cut to 0 ... 255, the same bits on every machine
 * Proof     |v - bias| <= 576 * 255 * 128 = 18800640, |bias| must be <= 2128683007, below the 2^25
 *           that its transforms, modulo 2^32, leave
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu.h"

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

/* Functions of this file alone, by names that no other file has. */
#define word_at conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_word_at_
#define add_pairs conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_add_pairs_
#define bytes_of conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_bytes_of_
#define requantise conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_requantise_
#define tile_5x16 conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_tile_5x16_
#define tile_4x16 conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_tile_4x16_
#define fill_numbers conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_fill_numbers_
#define copy_numbers conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_copy_numbers_
#define copy_task conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_copy_task_
#define transform_input conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_transform_input_
#define transform_output conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_transform_output_
#define pack_positions conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_pack_positions_
#define multiply conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_multiply_
#define compute_task conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_compute_task_

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

/* The sum of c and of two products; compilers keep it in its place, for else they run out of registers. */
static inline __m256i add_pairs(__m256i c, __m256i a, __m256i b)
{
    c = _mm256_add_epi32(c, _mm256_madd_epi16(a, b));
#if defined(__GNUC__) || defined(__clang__)
    __asm__("" : "+x"(c));
#endif
    return c;
}

/* The lowest byte of each lane, in the lower half. */
static inline __m128i bytes_of(__m256i a)
{
    const __m256i byte = _mm256_setr_epi8(
        0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    const __m256i bytes = _mm256_shuffle_epi8(a, byte);
    return _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
}

/* rint(v * scale), a product in f32, ties to even; cut to 0 ... 255, and 0 added, which stands for 0. */
static inline __m256i requantise(__m256i v, __m256 scale)
{
    const __m256 low = _mm256_set1_ps(0.0f);
    const __m256 high = _mm256_set1_ps(255.0f);
    const __m256 scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(v), scale);
    const __m256 least = _mm256_max_ps(scaled, low);
    const __m256i y = _mm256_cvtps_epi32(_mm256_min_ps(least, high));
    return y;
}

/* 5 tiles x 16 channels.
   x: one position of the first tile, transformed; tiles 64 apart.
   w: its panel, 32 numbers a term.
   output: the first tile, first channel; tiles 64 apart. */
static void tile_5x16(const int16_t *x, const int16_t *w, int32_t *output)
{
    __m256i acc0_0 = _mm256_setzero_si256();
    __m256i acc0_1 = _mm256_setzero_si256();
    __m256i acc1_0 = _mm256_setzero_si256();
    __m256i acc1_1 = _mm256_setzero_si256();
    __m256i acc2_0 = _mm256_setzero_si256();
    __m256i acc2_1 = _mm256_setzero_si256();
    __m256i acc3_0 = _mm256_setzero_si256();
    __m256i acc3_1 = _mm256_setzero_si256();
    __m256i acc4_0 = _mm256_setzero_si256();
    __m256i acc4_1 = _mm256_setzero_si256();
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
        const int16_t *x_ic = x + ic * 2;
        {
            const __m256i b0 = _mm256_loadu_si256((const __m256i *)(w));
            const __m256i b1 = _mm256_loadu_si256((const __m256i *)(w + 16));
            const __m256i a0 = _mm256_set1_epi32(word_at(x_ic));
            acc0_0 = add_pairs(acc0_0, a0, b0);
            acc0_1 = add_pairs(acc0_1, a0, b1);
            const __m256i a1 = _mm256_set1_epi32(word_at(x_ic + 64));
            acc1_0 = add_pairs(acc1_0, a1, b0);
            acc1_1 = add_pairs(acc1_1, a1, b1);
            const __m256i a2 = _mm256_set1_epi32(word_at(x_ic + 128));
            acc2_0 = add_pairs(acc2_0, a2, b0);
            acc2_1 = add_pairs(acc2_1, a2, b1);
            const __m256i a3 = _mm256_set1_epi32(word_at(x_ic + 192));
            acc3_0 = add_pairs(acc3_0, a3, b0);
            acc3_1 = add_pairs(acc3_1, a3, b1);
            const __m256i a4 = _mm256_set1_epi32(word_at(x_ic + 256));
            acc4_0 = add_pairs(acc4_0, a4, b0);
            acc4_1 = add_pairs(acc4_1, a4, b1);
        }
        {
            const __m256i b0 = _mm256_loadu_si256((const __m256i *)(w + 32));
            const __m256i b1 = _mm256_loadu_si256((const __m256i *)(w + 48));
            const __m256i a0 = _mm256_set1_epi32(word_at(x_ic + 2));
            acc0_0 = add_pairs(acc0_0, a0, b0);
            acc0_1 = add_pairs(acc0_1, a0, b1);
            const __m256i a1 = _mm256_set1_epi32(word_at(x_ic + 66));
            acc1_0 = add_pairs(acc1_0, a1, b0);
            acc1_1 = add_pairs(acc1_1, a1, b1);
            const __m256i a2 = _mm256_set1_epi32(word_at(x_ic + 130));
            acc2_0 = add_pairs(acc2_0, a2, b0);
            acc2_1 = add_pairs(acc2_1, a2, b1);
            const __m256i a3 = _mm256_set1_epi32(word_at(x_ic + 194));
            acc3_0 = add_pairs(acc3_0, a3, b0);
            acc3_1 = add_pairs(acc3_1, a3, b1);
            const __m256i a4 = _mm256_set1_epi32(word_at(x_ic + 258));
            acc4_0 = add_pairs(acc4_0, a4, b0);
            acc4_1 = add_pairs(acc4_1, a4, b1);
        }
        {
            const __m256i b0 = _mm256_loadu_si256((const __m256i *)(w + 64));
            const __m256i b1 = _mm256_loadu_si256((const __m256i *)(w + 80));
            const __m256i a0 = _mm256_set1_epi32(word_at(x_ic + 4));
            acc0_0 = add_pairs(acc0_0, a0, b0);
            acc0_1 = add_pairs(acc0_1, a0, b1);
            const __m256i a1 = _mm256_set1_epi32(word_at(x_ic + 68));
            acc1_0 = add_pairs(acc1_0, a1, b0);
            acc1_1 = add_pairs(acc1_1, a1, b1);
            const __m256i a2 = _mm256_set1_epi32(word_at(x_ic + 132));
            acc2_0 = add_pairs(acc2_0, a2, b0);
            acc2_1 = add_pairs(acc2_1, a2, b1);
            const __m256i a3 = _mm256_set1_epi32(word_at(x_ic + 196));
            acc3_0 = add_pairs(acc3_0, a3, b0);
            acc3_1 = add_pairs(acc3_1, a3, b1);
            const __m256i a4 = _mm256_set1_epi32(word_at(x_ic + 260));
            acc4_0 = add_pairs(acc4_0, a4, b0);
            acc4_1 = add_pairs(acc4_1, a4, b1);
        }
        {
            const __m256i b0 = _mm256_loadu_si256((const __m256i *)(w + 96));
            const __m256i b1 = _mm256_loadu_si256((const __m256i *)(w + 112));
            const __m256i a0 = _mm256_set1_epi32(word_at(x_ic + 6));
            acc0_0 = add_pairs(acc0_0, a0, b0);
            acc0_1 = add_pairs(acc0_1, a0, b1);
            const __m256i a1 = _mm256_set1_epi32(word_at(x_ic + 70));
            acc1_0 = add_pairs(acc1_0, a1, b0);
            acc1_1 = add_pairs(acc1_1, a1, b1);
            const __m256i a2 = _mm256_set1_epi32(word_at(x_ic + 134));
            acc2_0 = add_pairs(acc2_0, a2, b0);
            acc2_1 = add_pairs(acc2_1, a2, b1);
            const __m256i a3 = _mm256_set1_epi32(word_at(x_ic + 198));
            acc3_0 = add_pairs(acc3_0, a3, b0);
            acc3_1 = add_pairs(acc3_1, a3, b1);
            const __m256i a4 = _mm256_set1_epi32(word_at(x_ic + 262));
            acc4_0 = add_pairs(acc4_0, a4, b0);
            acc4_1 = add_pairs(acc4_1, a4, b1);
        }
        w += 128;
    }
    _mm256_storeu_si256((__m256i *)(output), acc0_0);
    _mm256_storeu_si256((__m256i *)(output + 8), acc0_1);
    _mm256_storeu_si256((__m256i *)(output + 64), acc1_0);
    _mm256_storeu_si256((__m256i *)(output + 72), acc1_1);
    _mm256_storeu_si256((__m256i *)(output + 128), acc2_0);
    _mm256_storeu_si256((__m256i *)(output + 136), acc2_1);
    _mm256_storeu_si256((__m256i *)(output + 192), acc3_0);
    _mm256_storeu_si256((__m256i *)(output + 200), acc3_1);
    _mm256_storeu_si256((__m256i *)(output + 256), acc4_0);
    _mm256_storeu_si256((__m256i *)(output + 264), acc4_1);
}

/* 4 tiles x 16 channels.
   x: one position of the first tile, transformed; tiles 64 apart.
   w: its panel, 32 numbers a term.
   output: the first tile, first channel; tiles 64 apart. */
static void tile_4x16(const int16_t *x, const int16_t *w, int32_t *output)
{
    __m256i acc0_0 = _mm256_setzero_si256();
    __m256i acc0_1 = _mm256_setzero_si256();
    __m256i acc1_0 = _mm256_setzero_si256();
    __m256i acc1_1 = _mm256_setzero_si256();
    __m256i acc2_0 = _mm256_setzero_si256();
    __m256i acc2_1 = _mm256_setzero_si256();
    __m256i acc3_0 = _mm256_setzero_si256();
    __m256i acc3_1 = _mm256_setzero_si256();
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
        const int16_t *x_ic = x + ic * 2;
        {
            const __m256i b0 = _mm256_loadu_si256((const __m256i *)(w));
            const __m256i b1 = _mm256_loadu_si256((const __m256i *)(w + 16));
            const __m256i a0 = _mm256_set1_epi32(word_at(x_ic));
            acc0_0 = add_pairs(acc0_0, a0, b0);
            acc0_1 = add_pairs(acc0_1, a0, b1);
            const __m256i a1 = _mm256_set1_epi32(word_at(x_ic + 64));
            acc1_0 = add_pairs(acc1_0, a1, b0);
            acc1_1 = add_pairs(acc1_1, a1, b1);
            const __m256i a2 = _mm256_set1_epi32(word_at(x_ic + 128));
            acc2_0 = add_pairs(acc2_0, a2, b0);
            acc2_1 = add_pairs(acc2_1, a2, b1);
            const __m256i a3 = _mm256_set1_epi32(word_at(x_ic + 192));
            acc3_0 = add_pairs(acc3_0, a3, b0);
            acc3_1 = add_pairs(acc3_1, a3, b1);
        }
        {
            const __m256i b0 = _mm256_loadu_si256((const __m256i *)(w + 32));
            const __m256i b1 = _mm256_loadu_si256((const __m256i *)(w + 48));
            const __m256i a0 = _mm256_set1_epi32(word_at(x_ic + 2));
            acc0_0 = add_pairs(acc0_0, a0, b0);
            acc0_1 = add_pairs(acc0_1, a0, b1);
            const __m256i a1 = _mm256_set1_epi32(word_at(x_ic + 66));
            acc1_0 = add_pairs(acc1_0, a1, b0);
            acc1_1 = add_pairs(acc1_1, a1, b1);
            const __m256i a2 = _mm256_set1_epi32(word_at(x_ic + 130));
            acc2_0 = add_pairs(acc2_0, a2, b0);
            acc2_1 = add_pairs(acc2_1, a2, b1);
            const __m256i a3 = _mm256_set1_epi32(word_at(x_ic + 194));
            acc3_0 = add_pairs(acc3_0, a3, b0);
            acc3_1 = add_pairs(acc3_1, a3, b1);
        }
        {
            const __m256i b0 = _mm256_loadu_si256((const __m256i *)(w + 64));
            const __m256i b1 = _mm256_loadu_si256((const __m256i *)(w + 80));
            const __m256i a0 = _mm256_set1_epi32(word_at(x_ic + 4));
            acc0_0 = add_pairs(acc0_0, a0, b0);
            acc0_1 = add_pairs(acc0_1, a0, b1);
            const __m256i a1 = _mm256_set1_epi32(word_at(x_ic + 68));
            acc1_0 = add_pairs(acc1_0, a1, b0);
            acc1_1 = add_pairs(acc1_1, a1, b1);
            const __m256i a2 = _mm256_set1_epi32(word_at(x_ic + 132));
            acc2_0 = add_pairs(acc2_0, a2, b0);
            acc2_1 = add_pairs(acc2_1, a2, b1);
            const __m256i a3 = _mm256_set1_epi32(word_at(x_ic + 196));
            acc3_0 = add_pairs(acc3_0, a3, b0);
            acc3_1 = add_pairs(acc3_1, a3, b1);
        }
        {
            const __m256i b0 = _mm256_loadu_si256((const __m256i *)(w + 96));
            const __m256i b1 = _mm256_loadu_si256((const __m256i *)(w + 112));
            const __m256i a0 = _mm256_set1_epi32(word_at(x_ic + 6));
            acc0_0 = add_pairs(acc0_0, a0, b0);
            acc0_1 = add_pairs(acc0_1, a0, b1);
            const __m256i a1 = _mm256_set1_epi32(word_at(x_ic + 70));
            acc1_0 = add_pairs(acc1_0, a1, b0);
            acc1_1 = add_pairs(acc1_1, a1, b1);
            const __m256i a2 = _mm256_set1_epi32(word_at(x_ic + 134));
            acc2_0 = add_pairs(acc2_0, a2, b0);
            acc2_1 = add_pairs(acc2_1, a2, b1);
            const __m256i a3 = _mm256_set1_epi32(word_at(x_ic + 198));
            acc3_0 = add_pairs(acc3_0, a3, b0);
            acc3_1 = add_pairs(acc3_1, a3, b1);
        }
        w += 128;
    }
    _mm256_storeu_si256((__m256i *)(output), acc0_0);
    _mm256_storeu_si256((__m256i *)(output + 8), acc0_1);
    _mm256_storeu_si256((__m256i *)(output + 64), acc1_0);
    _mm256_storeu_si256((__m256i *)(output + 72), acc1_1);
    _mm256_storeu_si256((__m256i *)(output + 128), acc2_0);
    _mm256_storeu_si256((__m256i *)(output + 136), acc2_1);
    _mm256_storeu_si256((__m256i *)(output + 192), acc3_0);
    _mm256_storeu_si256((__m256i *)(output + 200), acc3_1);
}

/* So many numbers that stand for 0. */
static void fill_numbers(int16_t *to, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; ++i) {
        to[i] = 0;
    }
}

/* So many numbers, as products take them. */
static void copy_numbers(int16_t *to, const uint8_t *from, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; ++i) {
        to[i] = from[i];
    }
}

/* Copies a row of the input with its padding: [58 pixels][64 channels].
   A task. input: the layer's. workspace: the copy. */
static void copy_task(size_t task, const uint8_t *input, int16_t *workspace)
{
    const ptrdiff_t h = (ptrdiff_t)task; /* row */
    int16_t *to = workspace + (ptrdiff_t)task * 3712;
    if (h < 1 || h >= 57) {
        fill_numbers(to, 3712);
        return;
    }
    const uint8_t *from = input + h * 3584 - 3584;
    fill_numbers(to, 64);
    copy_numbers(to + 64, from, 3584);
    fill_numbers(to + 3648, 64);
}

/* Transforms a window of 6 x 6 pixels, columns, then rows, modulo 2^16.
   x: its first pixel; pixels 64 apart, rows 3712. v: its tile; pixels channels apart, positions 1824. */
static void transform_input(const int16_t *x, int16_t *v)
{
    __m256i columns[36];
    for (ptrdiff_t c = 0; c < 64; c += 16) {
        {
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(x + c));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(x + c + 3712));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(x + c + 7424));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(x + c + 11136));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(x + c + 14848));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(x + c + 18560));
            const __m256i t0 = _mm256_add_epi16(x4, _mm256_slli_epi16(x0, 2));
            const __m256i t1 = _mm256_sub_epi16(t0, _mm256_add_epi16(x2, _mm256_slli_epi16(x2, 2)));
            const __m256i t2 = _mm256_add_epi16(x5, _mm256_slli_epi16(x1, 2));
            const __m256i t3 = _mm256_sub_epi16(t2, _mm256_add_epi16(x3, _mm256_slli_epi16(x3, 2)));
            const __m256i t4 = _mm256_sub_epi16(x3, _mm256_slli_epi16(x1, 2));
            const __m256i t5 = _mm256_sub_epi16(x4, _mm256_slli_epi16(x2, 2));
            const __m256i t6 = _mm256_add_epi16(t4, t5);
            const __m256i t7 = _mm256_sub_epi16(t5, t4);
            const __m256i t8 = _mm256_sub_epi16(x1, x3);
            const __m256i t9 = _mm256_sub_epi16(x4, x2);
            const __m256i t10 = _mm256_sub_epi16(t9, _mm256_slli_epi16(t8, 1));
            const __m256i t11 = _mm256_add_epi16(t9, _mm256_slli_epi16(t8, 1));
            columns[0] = t1;
            columns[6] = t6;
            columns[12] = t7;
            columns[18] = t10;
            columns[24] = t11;
            columns[30] = t3;
        }
        {
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(x + c + 64));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(x + c + 3776));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(x + c + 7488));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(x + c + 11200));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(x + c + 14912));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(x + c + 18624));
            const __m256i t0 = _mm256_add_epi16(x4, _mm256_slli_epi16(x0, 2));
            const __m256i t1 = _mm256_sub_epi16(t0, _mm256_add_epi16(x2, _mm256_slli_epi16(x2, 2)));
            const __m256i t2 = _mm256_add_epi16(x5, _mm256_slli_epi16(x1, 2));
            const __m256i t3 = _mm256_sub_epi16(t2, _mm256_add_epi16(x3, _mm256_slli_epi16(x3, 2)));
            const __m256i t4 = _mm256_sub_epi16(x3, _mm256_slli_epi16(x1, 2));
            const __m256i t5 = _mm256_sub_epi16(x4, _mm256_slli_epi16(x2, 2));
            const __m256i t6 = _mm256_add_epi16(t4, t5);
            const __m256i t7 = _mm256_sub_epi16(t5, t4);
            const __m256i t8 = _mm256_sub_epi16(x1, x3);
            const __m256i t9 = _mm256_sub_epi16(x4, x2);
            const __m256i t10 = _mm256_sub_epi16(t9, _mm256_slli_epi16(t8, 1));
            const __m256i t11 = _mm256_add_epi16(t9, _mm256_slli_epi16(t8, 1));
            columns[1] = t1;
            columns[7] = t6;
            columns[13] = t7;
            columns[19] = t10;
            columns[25] = t11;
            columns[31] = t3;
        }
        {
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(x + c + 128));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(x + c + 3840));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(x + c + 7552));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(x + c + 11264));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(x + c + 14976));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(x + c + 18688));
            const __m256i t0 = _mm256_add_epi16(x4, _mm256_slli_epi16(x0, 2));
            const __m256i t1 = _mm256_sub_epi16(t0, _mm256_add_epi16(x2, _mm256_slli_epi16(x2, 2)));
            const __m256i t2 = _mm256_add_epi16(x5, _mm256_slli_epi16(x1, 2));
            const __m256i t3 = _mm256_sub_epi16(t2, _mm256_add_epi16(x3, _mm256_slli_epi16(x3, 2)));
            const __m256i t4 = _mm256_sub_epi16(x3, _mm256_slli_epi16(x1, 2));
            const __m256i t5 = _mm256_sub_epi16(x4, _mm256_slli_epi16(x2, 2));
            const __m256i t6 = _mm256_add_epi16(t4, t5);
            const __m256i t7 = _mm256_sub_epi16(t5, t4);
            const __m256i t8 = _mm256_sub_epi16(x1, x3);
            const __m256i t9 = _mm256_sub_epi16(x4, x2);
            const __m256i t10 = _mm256_sub_epi16(t9, _mm256_slli_epi16(t8, 1));
            const __m256i t11 = _mm256_add_epi16(t9, _mm256_slli_epi16(t8, 1));
            columns[2] = t1;
            columns[8] = t6;
            columns[14] = t7;
            columns[20] = t10;
            columns[26] = t11;
            columns[32] = t3;
        }
        {
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(x + c + 192));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(x + c + 3904));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(x + c + 7616));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(x + c + 11328));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(x + c + 15040));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(x + c + 18752));
            const __m256i t0 = _mm256_add_epi16(x4, _mm256_slli_epi16(x0, 2));
            const __m256i t1 = _mm256_sub_epi16(t0, _mm256_add_epi16(x2, _mm256_slli_epi16(x2, 2)));
            const __m256i t2 = _mm256_add_epi16(x5, _mm256_slli_epi16(x1, 2));
            const __m256i t3 = _mm256_sub_epi16(t2, _mm256_add_epi16(x3, _mm256_slli_epi16(x3, 2)));
            const __m256i t4 = _mm256_sub_epi16(x3, _mm256_slli_epi16(x1, 2));
            const __m256i t5 = _mm256_sub_epi16(x4, _mm256_slli_epi16(x2, 2));
            const __m256i t6 = _mm256_add_epi16(t4, t5);
            const __m256i t7 = _mm256_sub_epi16(t5, t4);
            const __m256i t8 = _mm256_sub_epi16(x1, x3);
            const __m256i t9 = _mm256_sub_epi16(x4, x2);
            const __m256i t10 = _mm256_sub_epi16(t9, _mm256_slli_epi16(t8, 1));
            const __m256i t11 = _mm256_add_epi16(t9, _mm256_slli_epi16(t8, 1));
            columns[3] = t1;
            columns[9] = t6;
            columns[15] = t7;
            columns[21] = t10;
            columns[27] = t11;
            columns[33] = t3;
        }
        {
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(x + c + 256));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(x + c + 3968));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(x + c + 7680));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(x + c + 11392));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(x + c + 15104));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(x + c + 18816));
            const __m256i t0 = _mm256_add_epi16(x4, _mm256_slli_epi16(x0, 2));
            const __m256i t1 = _mm256_sub_epi16(t0, _mm256_add_epi16(x2, _mm256_slli_epi16(x2, 2)));
            const __m256i t2 = _mm256_add_epi16(x5, _mm256_slli_epi16(x1, 2));
            const __m256i t3 = _mm256_sub_epi16(t2, _mm256_add_epi16(x3, _mm256_slli_epi16(x3, 2)));
            const __m256i t4 = _mm256_sub_epi16(x3, _mm256_slli_epi16(x1, 2));
            const __m256i t5 = _mm256_sub_epi16(x4, _mm256_slli_epi16(x2, 2));
            const __m256i t6 = _mm256_add_epi16(t4, t5);
            const __m256i t7 = _mm256_sub_epi16(t5, t4);
            const __m256i t8 = _mm256_sub_epi16(x1, x3);
            const __m256i t9 = _mm256_sub_epi16(x4, x2);
            const __m256i t10 = _mm256_sub_epi16(t9, _mm256_slli_epi16(t8, 1));
            const __m256i t11 = _mm256_add_epi16(t9, _mm256_slli_epi16(t8, 1));
            columns[4] = t1;
            columns[10] = t6;
            columns[16] = t7;
            columns[22] = t10;
            columns[28] = t11;
            columns[34] = t3;
        }
        {
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(x + c + 320));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(x + c + 4032));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(x + c + 7744));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(x + c + 11456));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(x + c + 15168));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(x + c + 18880));
            const __m256i t0 = _mm256_add_epi16(x4, _mm256_slli_epi16(x0, 2));
            const __m256i t1 = _mm256_sub_epi16(t0, _mm256_add_epi16(x2, _mm256_slli_epi16(x2, 2)));
            const __m256i t2 = _mm256_add_epi16(x5, _mm256_slli_epi16(x1, 2));
            const __m256i t3 = _mm256_sub_epi16(t2, _mm256_add_epi16(x3, _mm256_slli_epi16(x3, 2)));
            const __m256i t4 = _mm256_sub_epi16(x3, _mm256_slli_epi16(x1, 2));
            const __m256i t5 = _mm256_sub_epi16(x4, _mm256_slli_epi16(x2, 2));
            const __m256i t6 = _mm256_add_epi16(t4, t5);
            const __m256i t7 = _mm256_sub_epi16(t5, t4);
            const __m256i t8 = _mm256_sub_epi16(x1, x3);
            const __m256i t9 = _mm256_sub_epi16(x4, x2);
            const __m256i t10 = _mm256_sub_epi16(t9, _mm256_slli_epi16(t8, 1));
            const __m256i t11 = _mm256_add_epi16(t9, _mm256_slli_epi16(t8, 1));
            columns[5] = t1;
            columns[11] = t6;
            columns[17] = t7;
            columns[23] = t10;
            columns[29] = t11;
            columns[35] = t3;
        }
        for (ptrdiff_t i = 0; i < 6; ++i) {
            int16_t *to = v + i * 10944 + c;
            const __m256i x0 = columns[i * 6];
            const __m256i x1 = columns[i * 6 + 1];
            const __m256i x2 = columns[i * 6 + 2];
            const __m256i x3 = columns[i * 6 + 3];
            const __m256i x4 = columns[i * 6 + 4];
            const __m256i x5 = columns[i * 6 + 5];
            const __m256i t0 = _mm256_add_epi16(x4, _mm256_slli_epi16(x0, 2));
            const __m256i t1 = _mm256_sub_epi16(t0, _mm256_add_epi16(x2, _mm256_slli_epi16(x2, 2)));
            const __m256i t2 = _mm256_add_epi16(x5, _mm256_slli_epi16(x1, 2));
            const __m256i t3 = _mm256_sub_epi16(t2, _mm256_add_epi16(x3, _mm256_slli_epi16(x3, 2)));
            const __m256i t4 = _mm256_sub_epi16(x3, _mm256_slli_epi16(x1, 2));
            const __m256i t5 = _mm256_sub_epi16(x4, _mm256_slli_epi16(x2, 2));
            const __m256i t6 = _mm256_add_epi16(t4, t5);
            const __m256i t7 = _mm256_sub_epi16(t5, t4);
            const __m256i t8 = _mm256_sub_epi16(x1, x3);
            const __m256i t9 = _mm256_sub_epi16(x4, x2);
            const __m256i t10 = _mm256_sub_epi16(t9, _mm256_slli_epi16(t8, 1));
            const __m256i t11 = _mm256_add_epi16(t9, _mm256_slli_epi16(t8, 1));
            _mm256_storeu_si256((__m256i *)(to), t1);
            _mm256_storeu_si256((__m256i *)(to + 1824), t6);
            _mm256_storeu_si256((__m256i *)(to + 3648), t7);
            _mm256_storeu_si256((__m256i *)(to + 5472), t10);
            _mm256_storeu_si256((__m256i *)(to + 7296), t11);
            _mm256_storeu_si256((__m256i *)(to + 9120), t3);
        }
    }
}

/* Transforms a tile back, columns, then rows, modulo 2^32: what comes out is 576 times a sum.
   m: the tile; positions 1808 apart. Of the outputs those in the first `rows` and `columns_left` are stored.
   bias, scale: of the first channel. output, residual: the tile's first. */
static void transform_output(const int32_t *m, const int32_t *bias, const float *scale, uint8_t *output, ptrdiff_t rows, ptrdiff_t columns_left)
{
    __m256i columns[24];
    for (ptrdiff_t c = 0; c < 64; c += 8) {
        {
            const int32_t *from = m + c;
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(from));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(from + 10848));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(from + 21696));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(from + 32544));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(from + 43392));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(from + 54240));
            const __m256i t0 = _mm256_add_epi32(x1, x2);
            const __m256i t1 = _mm256_add_epi32(x3, x4);
            const __m256i t2 = _mm256_add_epi32(t1, _mm256_add_epi32(_mm256_slli_epi32(x0, 1), _mm256_slli_epi32(x0, 2)));
            const __m256i t3 = _mm256_add_epi32(t2, _mm256_slli_epi32(t0, 2));
            const __m256i t4 = _mm256_slli_epi32(t0, 2);
            const __m256i t5 = _mm256_add_epi32(t4, _mm256_slli_epi32(t1, 2));
            const __m256i t6 = _mm256_sub_epi32(x3, x4);
            const __m256i t7 = _mm256_sub_epi32(x1, x2);
            const __m256i t8 = _mm256_slli_epi32(t7, 2);
            const __m256i t9 = _mm256_add_epi32(t8, _mm256_slli_epi32(t6, 1));
            const __m256i t10 = _mm256_add_epi32(_mm256_slli_epi32(x5, 3), _mm256_slli_epi32(x5, 4));
            const __m256i t11 = _mm256_add_epi32(t10, _mm256_slli_epi32(t7, 2));
            const __m256i t12 = _mm256_add_epi32(t11, _mm256_slli_epi32(t6, 3));
            columns[0] = t3;
            columns[6] = t9;
            columns[12] = t5;
            columns[18] = t12;
        }
        {
            const int32_t *from = m + c + 1808;
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(from));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(from + 10848));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(from + 21696));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(from + 32544));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(from + 43392));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(from + 54240));
            const __m256i t0 = _mm256_add_epi32(x1, x2);
            const __m256i t1 = _mm256_add_epi32(x3, x4);
            const __m256i t2 = _mm256_add_epi32(t1, _mm256_add_epi32(_mm256_slli_epi32(x0, 1), _mm256_slli_epi32(x0, 2)));
            const __m256i t3 = _mm256_add_epi32(t2, _mm256_slli_epi32(t0, 2));
            const __m256i t4 = _mm256_slli_epi32(t0, 2);
            const __m256i t5 = _mm256_add_epi32(t4, _mm256_slli_epi32(t1, 2));
            const __m256i t6 = _mm256_sub_epi32(x3, x4);
            const __m256i t7 = _mm256_sub_epi32(x1, x2);
            const __m256i t8 = _mm256_slli_epi32(t7, 2);
            const __m256i t9 = _mm256_add_epi32(t8, _mm256_slli_epi32(t6, 1));
            const __m256i t10 = _mm256_add_epi32(_mm256_slli_epi32(x5, 3), _mm256_slli_epi32(x5, 4));
            const __m256i t11 = _mm256_add_epi32(t10, _mm256_slli_epi32(t7, 2));
            const __m256i t12 = _mm256_add_epi32(t11, _mm256_slli_epi32(t6, 3));
            columns[1] = t3;
            columns[7] = t9;
            columns[13] = t5;
            columns[19] = t12;
        }
        {
            const int32_t *from = m + c + 3616;
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(from));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(from + 10848));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(from + 21696));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(from + 32544));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(from + 43392));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(from + 54240));
            const __m256i t0 = _mm256_add_epi32(x1, x2);
            const __m256i t1 = _mm256_add_epi32(x3, x4);
            const __m256i t2 = _mm256_add_epi32(t1, _mm256_add_epi32(_mm256_slli_epi32(x0, 1), _mm256_slli_epi32(x0, 2)));
            const __m256i t3 = _mm256_add_epi32(t2, _mm256_slli_epi32(t0, 2));
            const __m256i t4 = _mm256_slli_epi32(t0, 2);
            const __m256i t5 = _mm256_add_epi32(t4, _mm256_slli_epi32(t1, 2));
            const __m256i t6 = _mm256_sub_epi32(x3, x4);
            const __m256i t7 = _mm256_sub_epi32(x1, x2);
            const __m256i t8 = _mm256_slli_epi32(t7, 2);
            const __m256i t9 = _mm256_add_epi32(t8, _mm256_slli_epi32(t6, 1));
            const __m256i t10 = _mm256_add_epi32(_mm256_slli_epi32(x5, 3), _mm256_slli_epi32(x5, 4));
            const __m256i t11 = _mm256_add_epi32(t10, _mm256_slli_epi32(t7, 2));
            const __m256i t12 = _mm256_add_epi32(t11, _mm256_slli_epi32(t6, 3));
            columns[2] = t3;
            columns[8] = t9;
            columns[14] = t5;
            columns[20] = t12;
        }
        {
            const int32_t *from = m + c + 5424;
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(from));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(from + 10848));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(from + 21696));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(from + 32544));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(from + 43392));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(from + 54240));
            const __m256i t0 = _mm256_add_epi32(x1, x2);
            const __m256i t1 = _mm256_add_epi32(x3, x4);
            const __m256i t2 = _mm256_add_epi32(t1, _mm256_add_epi32(_mm256_slli_epi32(x0, 1), _mm256_slli_epi32(x0, 2)));
            const __m256i t3 = _mm256_add_epi32(t2, _mm256_slli_epi32(t0, 2));
            const __m256i t4 = _mm256_slli_epi32(t0, 2);
            const __m256i t5 = _mm256_add_epi32(t4, _mm256_slli_epi32(t1, 2));
            const __m256i t6 = _mm256_sub_epi32(x3, x4);
            const __m256i t7 = _mm256_sub_epi32(x1, x2);
            const __m256i t8 = _mm256_slli_epi32(t7, 2);
            const __m256i t9 = _mm256_add_epi32(t8, _mm256_slli_epi32(t6, 1));
            const __m256i t10 = _mm256_add_epi32(_mm256_slli_epi32(x5, 3), _mm256_slli_epi32(x5, 4));
            const __m256i t11 = _mm256_add_epi32(t10, _mm256_slli_epi32(t7, 2));
            const __m256i t12 = _mm256_add_epi32(t11, _mm256_slli_epi32(t6, 3));
            columns[3] = t3;
            columns[9] = t9;
            columns[15] = t5;
            columns[21] = t12;
        }
        {
            const int32_t *from = m + c + 7232;
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(from));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(from + 10848));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(from + 21696));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(from + 32544));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(from + 43392));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(from + 54240));
            const __m256i t0 = _mm256_add_epi32(x1, x2);
            const __m256i t1 = _mm256_add_epi32(x3, x4);
            const __m256i t2 = _mm256_add_epi32(t1, _mm256_add_epi32(_mm256_slli_epi32(x0, 1), _mm256_slli_epi32(x0, 2)));
            const __m256i t3 = _mm256_add_epi32(t2, _mm256_slli_epi32(t0, 2));
            const __m256i t4 = _mm256_slli_epi32(t0, 2);
            const __m256i t5 = _mm256_add_epi32(t4, _mm256_slli_epi32(t1, 2));
            const __m256i t6 = _mm256_sub_epi32(x3, x4);
            const __m256i t7 = _mm256_sub_epi32(x1, x2);
            const __m256i t8 = _mm256_slli_epi32(t7, 2);
            const __m256i t9 = _mm256_add_epi32(t8, _mm256_slli_epi32(t6, 1));
            const __m256i t10 = _mm256_add_epi32(_mm256_slli_epi32(x5, 3), _mm256_slli_epi32(x5, 4));
            const __m256i t11 = _mm256_add_epi32(t10, _mm256_slli_epi32(t7, 2));
            const __m256i t12 = _mm256_add_epi32(t11, _mm256_slli_epi32(t6, 3));
            columns[4] = t3;
            columns[10] = t9;
            columns[16] = t5;
            columns[22] = t12;
        }
        {
            const int32_t *from = m + c + 9040;
            const __m256i x0 = _mm256_loadu_si256((const __m256i *)(from));
            const __m256i x1 = _mm256_loadu_si256((const __m256i *)(from + 10848));
            const __m256i x2 = _mm256_loadu_si256((const __m256i *)(from + 21696));
            const __m256i x3 = _mm256_loadu_si256((const __m256i *)(from + 32544));
            const __m256i x4 = _mm256_loadu_si256((const __m256i *)(from + 43392));
            const __m256i x5 = _mm256_loadu_si256((const __m256i *)(from + 54240));
            const __m256i t0 = _mm256_add_epi32(x1, x2);
            const __m256i t1 = _mm256_add_epi32(x3, x4);
            const __m256i t2 = _mm256_add_epi32(t1, _mm256_add_epi32(_mm256_slli_epi32(x0, 1), _mm256_slli_epi32(x0, 2)));
            const __m256i t3 = _mm256_add_epi32(t2, _mm256_slli_epi32(t0, 2));
            const __m256i t4 = _mm256_slli_epi32(t0, 2);
            const __m256i t5 = _mm256_add_epi32(t4, _mm256_slli_epi32(t1, 2));
            const __m256i t6 = _mm256_sub_epi32(x3, x4);
            const __m256i t7 = _mm256_sub_epi32(x1, x2);
            const __m256i t8 = _mm256_slli_epi32(t7, 2);
            const __m256i t9 = _mm256_add_epi32(t8, _mm256_slli_epi32(t6, 1));
            const __m256i t10 = _mm256_add_epi32(_mm256_slli_epi32(x5, 3), _mm256_slli_epi32(x5, 4));
            const __m256i t11 = _mm256_add_epi32(t10, _mm256_slli_epi32(t7, 2));
            const __m256i t12 = _mm256_add_epi32(t11, _mm256_slli_epi32(t6, 3));
            columns[5] = t3;
            columns[11] = t9;
            columns[17] = t5;
            columns[23] = t12;
        }
        for (ptrdiff_t i = 0; i < rows; ++i) {
            const __m256i x0 = columns[i * 6];
            const __m256i x1 = columns[i * 6 + 1];
            const __m256i x2 = columns[i * 6 + 2];
            const __m256i x3 = columns[i * 6 + 3];
            const __m256i x4 = columns[i * 6 + 4];
            const __m256i x5 = columns[i * 6 + 5];
            const __m256i t0 = _mm256_add_epi32(x1, x2);
            const __m256i t1 = _mm256_add_epi32(x3, x4);
            const __m256i t2 = _mm256_add_epi32(t1, _mm256_add_epi32(_mm256_slli_epi32(x0, 1), _mm256_slli_epi32(x0, 2)));
            const __m256i t3 = _mm256_add_epi32(t2, _mm256_slli_epi32(t0, 2));
            const __m256i t4 = _mm256_slli_epi32(t0, 2);
            const __m256i t5 = _mm256_add_epi32(t4, _mm256_slli_epi32(t1, 2));
            const __m256i t6 = _mm256_sub_epi32(x3, x4);
            const __m256i t7 = _mm256_sub_epi32(x1, x2);
            const __m256i t8 = _mm256_slli_epi32(t7, 2);
            const __m256i t9 = _mm256_add_epi32(t8, _mm256_slli_epi32(t6, 1));
            const __m256i t10 = _mm256_add_epi32(_mm256_slli_epi32(x5, 3), _mm256_slli_epi32(x5, 4));
            const __m256i t11 = _mm256_add_epi32(t10, _mm256_slli_epi32(t7, 2));
            const __m256i t12 = _mm256_add_epi32(t11, _mm256_slli_epi32(t6, 3));
            if (columns_left > 0) {
                const __m256i v = _mm256_add_epi32(_mm256_srai_epi32(_mm256_mullo_epi32(t3, _mm256_set1_epi32(954437177)), 6), _mm256_loadu_si256((const __m256i *)(bias + c)));
                _mm_storel_epi64((__m128i *)(output + i * 3584 + c), bytes_of(requantise(v, _mm256_loadu_ps(scale + c))));
            }
            if (columns_left > 1) {
                const __m256i v = _mm256_add_epi32(_mm256_srai_epi32(_mm256_mullo_epi32(t9, _mm256_set1_epi32(954437177)), 6), _mm256_loadu_si256((const __m256i *)(bias + c)));
                _mm_storel_epi64((__m128i *)(output + i * 3584 + c + 64), bytes_of(requantise(v, _mm256_loadu_ps(scale + c))));
            }
            if (columns_left > 2) {
                const __m256i v = _mm256_add_epi32(_mm256_srai_epi32(_mm256_mullo_epi32(t5, _mm256_set1_epi32(954437177)), 6), _mm256_loadu_si256((const __m256i *)(bias + c)));
                _mm_storel_epi64((__m128i *)(output + i * 3584 + c + 128), bytes_of(requantise(v, _mm256_loadu_ps(scale + c))));
            }
            if (columns_left > 3) {
                const __m256i v = _mm256_add_epi32(_mm256_srai_epi32(_mm256_mullo_epi32(t12, _mm256_set1_epi32(954437177)), 6), _mm256_loadu_si256((const __m256i *)(bias + c)));
                _mm_storel_epi64((__m128i *)(output + i * 3584 + c + 192), bytes_of(requantise(v, _mm256_loadu_ps(scale + c))));
            }
        }
    }
}

#ifndef conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_NO_PACK
/* Packs U = G g transposed G, in integers. weights: the layer's. Returns its end. */
static int16_t *pack_positions(const int8_t *weights, int16_t *out)
{
    static const int g_h[6][3] = {
        {1, 0, 0},
        {-1, -1, -1},
        {-1, 1, -1},
        {1, 2, 4},
        {1, -2, 4},
        {0, 0, 1},
    };
    static const int g_w[6][3] = {
        {1, 0, 0},
        {-1, -1, -1},
        {-1, 1, -1},
        {1, 2, 4},
        {1, -2, 4},
        {0, 0, 1},
    };
    for (ptrdiff_t p = 0; p < 6; ++p) {
        for (ptrdiff_t q = 0; q < 6; ++q) {
            for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 16) {
                for (ptrdiff_t ic = 0; ic < 64; ic += 2) {
                    for (ptrdiff_t j = 0; j < 32; ++j) {
                        const ptrdiff_t o = oc0 + j / 2;
                        const ptrdiff_t c = ic + j % 2;
                        int u = 0;
                        if (o < 64) {
                            for (ptrdiff_t kh = 0; kh < 3; ++kh) {
                                for (ptrdiff_t kw = 0; kw < 3; ++kw) {
                                    u += g_h[p][kh] * g_w[q][kw] * weights[o + c * 64 + kh * 12288 + kw * 4096];
                                }
                            }
                        }
                        *out++ = (int16_t)u;
                    }
                }
            }
        }
    }
    return out;
}

void conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_pack(const int8_t *weights, const int32_t *bias, const float *scale, void *packed)
{
    (void)pack_positions(weights, (int16_t *)packed);
    int32_t *const bias_out = (int32_t *)(void *)((int16_t *)packed + 147456);
    for (ptrdiff_t oc = 0; oc < 64; ++oc) {
        bias_out[oc] = bias[oc];
    }
    float *const scale_out = (float *)(void *)((int16_t *)packed + 147584);
    for (ptrdiff_t oc = 0; oc < 64; ++oc) {
        scale_out[oc] = scale[oc];
    }
}

#endif

/* Products of all input channels for 28 tiles, at one position.
   input: V there. weights: U. output: the sums, modulo 2^32. */
static void multiply(const int16_t *input, const int16_t *weights, int32_t *output)
{
    /* output channels, 16 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 16) {
        /* pixels, 5 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 20; ow0 += 5) {
            tile_5x16(input + ow0 * 64, weights + oc0 * 64, output + oc0 + ow0 * 64);
        }
        /* pixels, 4 at a time */
        for (ptrdiff_t ow0 = 20; ow0 < 28; ow0 += 4) {
            tile_4x16(input + ow0 * 64, weights + oc0 * 64, output + oc0 + ow0 * 64);
        }
    }
}

/* A task: blocks of rows of tiles. The arrays are the layer's. */
static void compute_task(size_t task, int worker, const int16_t *packed, uint8_t *output, int16_t *workspace)
{
    const int32_t *bias = (const int32_t *)(const void *)(packed + 147456);
    const float *scale = (const float *)(const void *)(packed + 147584);
    int16_t *scratch = workspace + 215328 + (ptrdiff_t)worker * 195840;
    int16_t *v = (int16_t *)(void *)scratch;
    int32_t *m = (int32_t *)(void *)(scratch + 65664);
    const ptrdiff_t block = (ptrdiff_t)task; /* block of rows of tiles */
    for (ptrdiff_t row = 0; row < 2; ++row) {
        for (ptrdiff_t column = 0; column < 14; ++column) {
            transform_input(workspace + block * 29696 + row * 14848 + column * 256, v + (row * 14 + column) * 64);
        }
    }
    /* positions */
    for (ptrdiff_t p = 0; p < 36; ++p) {
        multiply(v + p * 1824, packed + p * 4096, m + p * 1808);
    }
    for (ptrdiff_t row = 0; row < 2; ++row) {
        const ptrdiff_t below = 56 - (block * 8 + row * 4);
        for (ptrdiff_t column = 0; column < 14; ++column) {
            transform_output(m + (row * 14 + column) * 64, bias, scale, output + block * 28672 + row * 14336 + column * 256, below < 4 ? below : 4, 56 - column * 4);
        }
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef word_at
#undef add_pairs
#undef bytes_of
#undef requantise
#undef tile_5x16
#undef tile_4x16
#undef fill_numbers
#undef copy_numbers
#undef copy_task
#undef transform_input
#undef transform_output
#undef pack_positions
#undef multiply
#undef compute_task

size_t conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 58;
    case 1:
        return 7;
    default:
        return 0;
    }
}

void conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_task(int phase, size_t task, int worker, const uint8_t *input, const void *packed, uint8_t *output, void *workspace)
{
    switch (phase) {
    case 0:
        conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_copy_task_(task, input, (int16_t *)workspace);
        break;
    case 1:
        conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_compute_task_(task, worker, (const int16_t *)packed, output, (int16_t *)workspace);
        break;
    }
}

void conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu(const uint8_t *input, const void *packed, uint8_t *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
