/* conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     s8:s8:s8, input nhwc 1 x 14 x 14 x 512, output 1 x 14 x 14 x 512, weights hwio 3 x 3 x 1 x 512
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, 512 groups, bias
 * Command   convgen generate g512ic512ih14oc512oh14kh3ph1 --layout nhwc --dtype s8:s8:s8 --input-zero -128 --output-zero -128 --rounding tflite --target cortex-m4 -o .
 * Build     arm-none-eabi-gcc -mcpu=cortex-m4 -mfloat-abi=hard -Os -ffreestanding -c conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite.c
 * Plan      depthwise on cortex_m4_s8, lanes over oc, reading the input as it is, in the place of padding what stands for 0
 *           for oc: 512 times, a task each
 *             for oh by 2: 7 times
 *               for ow by 3: 5 times
 *                 for kh: 3 times
 *                   for kw: 3 times
 *                     tile of 2 rows x 3 pixels x 1 channels: 9 of 9 registers
 * Tasks     512 (output channels)
 * Cost      903168 multiply-adds; at least 211456 bytes moved; 10752 bytes packed, 0 of workspace
 * Code      about 4918 bytes compiled for size, rarely more than 4918 for speed
 * Bound     none: v = bias + sum w (x + 128) is exact in s32; y = v * m / 2^31 rounded, ties up, then
 *           / 2^-shift rounded, ties away from zero; scale = m 2^(shift - 31) (tflite) - 128, cut to
 *           -128 ... 127, the same bits on every machine
 * Proof     |v - bias| <= 9 * 255 * 128 = 293760, |bias| must be <= 2147189887; then no sum leaves
 *           s32, nor any part of it, in any order
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#include "conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite.h"

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
/* Loading an input again is cheaper than keeping it: registers are for sums. */
#if defined(__GNUC__) || defined(__clang__)
#define RELOAD __asm__ volatile("" ::: "memory")
#else
#define RELOAD (void)0
#endif

/* Functions of this file alone, by names that no other file has. */
#define max_s32 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_max_s32_
#define min_s32 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_min_s32_
#define shift_left conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_shift_left_
#define scale_tflite conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_scale_tflite_
#define requantise conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_requantise_
#define patch_2x3x1 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_patch_2x3x1_
#define tile_2x3x1_row0_pixel0 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tile_2x3x1_row0_pixel0_
#define tile_2x3x1_row0 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tile_2x3x1_row0_
#define tile_2x2x1_row0_pixel12 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tile_2x2x1_row0_pixel12_
#define tile_2x3x1_pixel0 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tile_2x3x1_pixel0_
#define tile_2x3x1 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tile_2x3x1_
#define tile_2x2x1_pixel12 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tile_2x2x1_pixel12_
#define tile_2x3x1_row12_pixel0 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tile_2x3x1_row12_pixel0_
#define tile_2x3x1_row12 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tile_2x3x1_row12_
#define tile_2x2x1_row12_pixel12 conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tile_2x2x1_row12_pixel12_
#define pack_panel conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_pack_panel_
#define split_scale conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_split_scale_
#define compute_task conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_compute_task_

static inline int32_t max_s32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline int32_t min_s32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* a * 2^s where s > 0, else a; cut to 32 bits. */
static inline int32_t shift_left(int32_t a, int32_t s)
{
    if (s <= 0) {
        return a;
    }
    return a > INT32_MAX >> s ? INT32_MAX : a < INT32_MIN >> s ? INT32_MIN : a * (1 << s);
}

/* a m 2^(s - 31), rounded twice: to integers after m, ties up; after 2^s, ties away from zero. */
static inline int32_t scale_tflite(int32_t a, int32_t m, int32_t s)
{
    const int64_t product = (int64_t)shift_left(a, s) * m + ((int64_t)1 << 30);
    const int32_t high = (int32_t)(product >> 31);
    if (s >= 0) {
        return high;
    }
    /* the last bit but one rounds; negative numbers, less 1, away from zero */
    return (((high + (high >> 31)) >> (-s - 1)) + 1) >> 1;
}

/* v * m / 2^31 rounded, ties up, then / 2^-shift rounded, ties away from zero; scale = m 2^(shift - 31); cut to 0 ... 255, and -128 added, which stands for 0. */
static inline int32_t requantise(int32_t v, int32_t m, int32_t shift)
{
    const int32_t low = 0;
    const int32_t high = 255;
    const int32_t scaled = scale_tflite(v, m, shift);
    const int32_t least = max_s32(scaled, low);
    const int32_t y = min_s32(least, high);
    return y + -128;
}

/* Compiled anew in each function that calls it, for the constants that this one gives: their conditions vanish. */
#if defined(__GNUC__) || defined(__clang__)
#define FOLDED inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define FOLDED __forceinline
#else
#define FOLDED inline
#endif

/* Up to 2 rows x 3 pixels x 1 channel.
   x: the window's first row on the input, its first column there; pixels 512 apart, rows 7168.
   w: its weights, 1 a word.
   columns: outputs across; top: the window's first row on the input; bottom: the row behind its last one there;
     left: the window's first column on the input; right: the column behind its last one there.
   bias: of the first channel.
   scale: of the first channel.
   output: the first row, first pixel, first channel; rows 7168 apart, pixels 512. */
static FOLDED void patch_2x3x1(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output, int columns, int top, int bottom, int left, int right)
{
    int32_t acc0_0 = *(bias);
    int32_t acc0_1 = *(bias);
    int32_t acc0_2 = *(bias);
    int32_t acc1_0 = *(bias);
    int32_t acc1_1 = *(bias);
    int32_t acc1_2 = *(bias);
    const int32_t padding = -128;
    (void)padding;
    /* row 0 of the window */
    {
        const int32_t p0 = top == 0 && left == 0 ? *(x) : padding;
        const int32_t b0_0 = p0;
        const int32_t w0_0 = *(w);
        acc0_0 = b0_0 * w0_0 + acc0_0;
        const int32_t p1 = top == 0 ? *(x + (1 - left) * 512) : padding;
        const int32_t b1_0 = p1;
        const int32_t w1_0 = *(w + 1);
        acc0_0 = b1_0 * w1_0 + acc0_0;
        acc0_1 = b1_0 * w0_0 + acc0_1;
        const int32_t p2 = top == 0 ? *(x + (2 - left) * 512) : padding;
        const int32_t b2_0 = p2;
        const int32_t w2_0 = *(w + 2);
        acc0_0 = b2_0 * w2_0 + acc0_0;
        acc0_1 = b2_0 * w1_0 + acc0_1;
        acc0_2 = b2_0 * w0_0 + acc0_2;
        const int32_t p3 = top == 0 && right > 3 ? *(x + (3 - left) * 512) : padding;
        const int32_t b3_0 = p3;
        acc0_1 = b3_0 * w2_0 + acc0_1;
        acc0_2 = b3_0 * w1_0 + acc0_2;
        const int32_t p4 = top == 0 && right > 4 ? *(x + (4 - left) * 512) : padding;
        const int32_t b4_0 = p4;
        acc0_2 = b4_0 * w2_0 + acc0_2;
    }
    RELOAD;
    /* row 1 of the window */
    {
        const int32_t p0 = left == 0 ? *(x + (1 - top) * 7168) : padding;
        const int32_t b0_0 = p0;
        const int32_t w3_0 = *(w + 3);
        acc0_0 = b0_0 * w3_0 + acc0_0;
        const int32_t w0_0 = *(w);
        acc1_0 = b0_0 * w0_0 + acc1_0;
        const int32_t p1 = *(x + (1 - top) * 7168 + (1 - left) * 512);
        const int32_t b1_0 = p1;
        const int32_t w4_0 = *(w + 4);
        acc0_0 = b1_0 * w4_0 + acc0_0;
        acc0_1 = b1_0 * w3_0 + acc0_1;
        const int32_t w1_0 = *(w + 1);
        acc1_0 = b1_0 * w1_0 + acc1_0;
        acc1_1 = b1_0 * w0_0 + acc1_1;
        const int32_t p2 = *(x + (1 - top) * 7168 + (2 - left) * 512);
        const int32_t b2_0 = p2;
        const int32_t w5_0 = *(w + 5);
        acc0_0 = b2_0 * w5_0 + acc0_0;
        acc0_1 = b2_0 * w4_0 + acc0_1;
        acc0_2 = b2_0 * w3_0 + acc0_2;
        const int32_t w2_0 = *(w + 2);
        acc1_0 = b2_0 * w2_0 + acc1_0;
        acc1_1 = b2_0 * w1_0 + acc1_1;
        acc1_2 = b2_0 * w0_0 + acc1_2;
        const int32_t p3 = right > 3 ? *(x + (1 - top) * 7168 + (3 - left) * 512) : padding;
        const int32_t b3_0 = p3;
        acc0_1 = b3_0 * w5_0 + acc0_1;
        acc0_2 = b3_0 * w4_0 + acc0_2;
        acc1_1 = b3_0 * w2_0 + acc1_1;
        acc1_2 = b3_0 * w1_0 + acc1_2;
        const int32_t p4 = right > 4 ? *(x + (1 - top) * 7168 + (4 - left) * 512) : padding;
        const int32_t b4_0 = p4;
        acc0_2 = b4_0 * w5_0 + acc0_2;
        acc1_2 = b4_0 * w2_0 + acc1_2;
    }
    RELOAD;
    /* row 2 of the window */
    {
        const int32_t p0 = left == 0 ? *(x + (2 - top) * 7168) : padding;
        const int32_t b0_0 = p0;
        const int32_t w6_0 = *(w + 6);
        acc0_0 = b0_0 * w6_0 + acc0_0;
        const int32_t w3_0 = *(w + 3);
        acc1_0 = b0_0 * w3_0 + acc1_0;
        const int32_t p1 = *(x + (2 - top) * 7168 + (1 - left) * 512);
        const int32_t b1_0 = p1;
        const int32_t w7_0 = *(w + 7);
        acc0_0 = b1_0 * w7_0 + acc0_0;
        acc0_1 = b1_0 * w6_0 + acc0_1;
        const int32_t w4_0 = *(w + 4);
        acc1_0 = b1_0 * w4_0 + acc1_0;
        acc1_1 = b1_0 * w3_0 + acc1_1;
        const int32_t p2 = *(x + (2 - top) * 7168 + (2 - left) * 512);
        const int32_t b2_0 = p2;
        const int32_t w8_0 = *(w + 8);
        acc0_0 = b2_0 * w8_0 + acc0_0;
        acc0_1 = b2_0 * w7_0 + acc0_1;
        acc0_2 = b2_0 * w6_0 + acc0_2;
        const int32_t w5_0 = *(w + 5);
        acc1_0 = b2_0 * w5_0 + acc1_0;
        acc1_1 = b2_0 * w4_0 + acc1_1;
        acc1_2 = b2_0 * w3_0 + acc1_2;
        const int32_t p3 = right > 3 ? *(x + (2 - top) * 7168 + (3 - left) * 512) : padding;
        const int32_t b3_0 = p3;
        acc0_1 = b3_0 * w8_0 + acc0_1;
        acc0_2 = b3_0 * w7_0 + acc0_2;
        acc1_1 = b3_0 * w5_0 + acc1_1;
        acc1_2 = b3_0 * w4_0 + acc1_2;
        const int32_t p4 = right > 4 ? *(x + (2 - top) * 7168 + (4 - left) * 512) : padding;
        const int32_t b4_0 = p4;
        acc0_2 = b4_0 * w8_0 + acc0_2;
        acc1_2 = b4_0 * w5_0 + acc1_2;
    }
    RELOAD;
    /* row 3 of the window */
    {
        const int32_t p0 = bottom > 3 && left == 0 ? *(x + (3 - top) * 7168) : padding;
        const int32_t b0_0 = p0;
        const int32_t w6_0 = *(w + 6);
        acc1_0 = b0_0 * w6_0 + acc1_0;
        const int32_t p1 = bottom > 3 ? *(x + (3 - top) * 7168 + (1 - left) * 512) : padding;
        const int32_t b1_0 = p1;
        const int32_t w7_0 = *(w + 7);
        acc1_0 = b1_0 * w7_0 + acc1_0;
        acc1_1 = b1_0 * w6_0 + acc1_1;
        const int32_t p2 = bottom > 3 ? *(x + (3 - top) * 7168 + (2 - left) * 512) : padding;
        const int32_t b2_0 = p2;
        const int32_t w8_0 = *(w + 8);
        acc1_0 = b2_0 * w8_0 + acc1_0;
        acc1_1 = b2_0 * w7_0 + acc1_1;
        acc1_2 = b2_0 * w6_0 + acc1_2;
        const int32_t p3 = bottom > 3 && right > 3 ? *(x + (3 - top) * 7168 + (3 - left) * 512) : padding;
        const int32_t b3_0 = p3;
        acc1_1 = b3_0 * w8_0 + acc1_1;
        acc1_2 = b3_0 * w7_0 + acc1_2;
        const int32_t p4 = bottom > 3 && right > 4 ? *(x + (3 - top) * 7168 + (4 - left) * 512) : padding;
        const int32_t b4_0 = p4;
        acc1_2 = b4_0 * w8_0 + acc1_2;
    }
    RELOAD;
    *(output) = (int8_t)(requantise(acc0_0, *(scale), *(scale + 512)));
    *(output + 512) = (int8_t)(requantise(acc0_1, *(scale), *(scale + 512)));
    if (columns > 2) {
        *(output + 1024) = (int8_t)(requantise(acc0_2, *(scale), *(scale + 512)));
    }
    *(output + 7168) = (int8_t)(requantise(acc1_0, *(scale), *(scale + 512)));
    *(output + 7680) = (int8_t)(requantise(acc1_1, *(scale), *(scale + 512)));
    if (columns > 2) {
        *(output + 8192) = (int8_t)(requantise(acc1_2, *(scale), *(scale + 512)));
    }
}

#undef FOLDED
/* 2 rows x 3 pixels x 1 channel, from row 0, from pixel 0: patch_2x3x1 for these. */
static void tile_2x3x1_row0_pixel0(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    patch_2x3x1(x, w, bias, scale, output, 3, 1, 4, 1, 5);
}

/* 2 rows x 3 pixels x 1 channel, from row 0: patch_2x3x1 for these. */
static void tile_2x3x1_row0(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    patch_2x3x1(x, w, bias, scale, output, 3, 1, 4, 0, 5);
}

/* 2 rows x 2 pixels x 1 channel, from row 0, from pixel 12: patch_2x3x1 for these. */
static void tile_2x2x1_row0_pixel12(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    patch_2x3x1(x, w, bias, scale, output, 2, 1, 4, 0, 3);
}

/* 2 rows x 3 pixels x 1 channel, from pixel 0: patch_2x3x1 for these. */
static void tile_2x3x1_pixel0(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    patch_2x3x1(x, w, bias, scale, output, 3, 0, 4, 1, 5);
}

/* 2 rows x 3 pixels x 1 channel: patch_2x3x1 for these. */
static void tile_2x3x1(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    patch_2x3x1(x, w, bias, scale, output, 3, 0, 4, 0, 5);
}

/* 2 rows x 2 pixels x 1 channel, from pixel 12: patch_2x3x1 for these. */
static void tile_2x2x1_pixel12(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    patch_2x3x1(x, w, bias, scale, output, 2, 0, 4, 0, 3);
}

/* 2 rows x 3 pixels x 1 channel, from row 12, from pixel 0: patch_2x3x1 for these. */
static void tile_2x3x1_row12_pixel0(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    patch_2x3x1(x, w, bias, scale, output, 3, 0, 3, 1, 5);
}

/* 2 rows x 3 pixels x 1 channel, from row 12: patch_2x3x1 for these. */
static void tile_2x3x1_row12(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    patch_2x3x1(x, w, bias, scale, output, 3, 0, 3, 0, 5);
}

/* 2 rows x 2 pixels x 1 channel, from row 12, from pixel 12: patch_2x3x1 for these. */
static void tile_2x2x1_row12_pixel12(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    patch_2x3x1(x, w, bias, scale, output, 2, 0, 3, 0, 3);
}

#ifndef conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_NO_PACK
/* Packs a panel: kh, words, 1 channels, those of each quarter of their bytes together, 1 kernel columns; zero
     beyond the last.
   weights: the layer's. oc0: its first channel. out: the panel. Returns its end. */
static int8_t *pack_panel(const int8_t *weights, ptrdiff_t oc0, int8_t *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t word = 0; word < 3; ++word) {
            const ptrdiff_t channel = oc0;
            const ptrdiff_t kw = word;
            *out++ = weights[channel + kh * 1536 + kw * 512];
        }
    }
    return out;
}

/* scale = m 2^(shift - 31), m of 31 bits, to the nearest; of a positive normal number. (QuantizeMultiplier of TFLite.)
   A scale so large that any sum but 0 ends at an end of the outputs' range may be smaller. */
static inline void split_scale(double scale, int32_t *m, int32_t *shift)
{
    union { double f; uint64_t u; } own;
    own.f = scale;
    const uint64_t bits = own.u;
    int32_t exponent = (int32_t)(bits >> 52) - 1022;
    const uint64_t hidden = (uint64_t)1 << 52;
    const uint64_t significand = (bits & (hidden - 1)) | hidden;
    uint64_t rounded = (significand + ((uint64_t)1 << 21)) >> 22;
    if (rounded >> 31) {
        rounded >>= 1;
        ++exponent;
    }
    /* beyond 2^30 every sum but 0 lies outside all outputs as it is */
    *m = exponent < -31 ? 0 : (int32_t)rounded;
    *shift = exponent < -31 ? 0 : exponent > 30 ? 30 : exponent;
}

void conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_pack(const int8_t *weights, const int32_t *bias, const double *scale, void *packed)
{
    int8_t *out = (int8_t *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 512; ++oc0) {
        out = pack_panel(weights, oc0, out);
    }
    int32_t *const bias_out = (int32_t *)(void *)((int8_t *)packed + 4608);
    for (ptrdiff_t oc = 0; oc < 512; ++oc) {
        int32_t sum = 0;
        for (ptrdiff_t i = 0; i < 9; ++i) {
            sum += weights[oc + i * 512];
        }
        bias_out[oc] = bias[oc] + 128 * sum;
    }
    int32_t *const scale_out = (int32_t *)(void *)((int8_t *)packed + 6656);
    for (ptrdiff_t oc = 0; oc < 512; ++oc) {
        split_scale(scale[oc], &scale_out[oc], &scale_out[oc + 512]);
    }
}

#endif

/* A task: output channels. The arrays are the layer's. */
static void compute_task(size_t task, const int8_t *input, const int8_t *packed, int8_t *output)
{
    const int8_t *weights = packed;
    const int32_t *bias = (const int32_t *)(const void *)(packed + 4608);
    const int32_t *scale = (const int32_t *)(const void *)(packed + 6656);
    const ptrdiff_t oc_tile = (ptrdiff_t)task; /* output channels */
    const ptrdiff_t oc0 = oc_tile;
    tile_2x3x1_row0_pixel0(input + oc0, weights + oc0 * 9, bias + oc0, scale + oc0, output + oc0);
    /* pixels, 3 at a time */
    for (ptrdiff_t ow0 = 3; ow0 < 12; ow0 += 3) {
        tile_2x3x1_row0(input + oc0 + ow0 * 512 - 512, weights + oc0 * 9, bias + oc0, scale + oc0, output + oc0 + ow0 * 512);
    }
    tile_2x2x1_row0_pixel12(input + oc0 + 5632, weights + oc0 * 9, bias + oc0, scale + oc0, output + oc0 + 6144);
    /* output rows, 2 at a time */
    for (ptrdiff_t oh0 = 2; oh0 < 12; oh0 += 2) {
        tile_2x3x1_pixel0(input + oc0 + oh0 * 7168 - 7168, weights + oc0 * 9, bias + oc0, scale + oc0, output + oc0 + oh0 * 7168);
        /* pixels, 3 at a time */
        for (ptrdiff_t ow0 = 3; ow0 < 12; ow0 += 3) {
            tile_2x3x1(input + oc0 + oh0 * 7168 + ow0 * 512 - 7680, weights + oc0 * 9, bias + oc0, scale + oc0, output + oc0 + oh0 * 7168 + ow0 * 512);
        }
        tile_2x2x1_pixel12(input + oc0 + oh0 * 7168 - 1536, weights + oc0 * 9, bias + oc0, scale + oc0, output + oc0 + oh0 * 7168 + 6144);
    }
    tile_2x3x1_row12_pixel0(input + oc0 + 78848, weights + oc0 * 9, bias + oc0, scale + oc0, output + oc0 + 86016);
    /* pixels, 3 at a time */
    for (ptrdiff_t ow0 = 3; ow0 < 12; ow0 += 3) {
        tile_2x3x1_row12(input + oc0 + ow0 * 512 + 78336, weights + oc0 * 9, bias + oc0, scale + oc0, output + oc0 + ow0 * 512 + 86016);
    }
    tile_2x2x1_row12_pixel12(input + oc0 + 84480, weights + oc0 * 9, bias + oc0, scale + oc0, output + oc0 + 92160);
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef max_s32
#undef min_s32
#undef shift_left
#undef scale_tflite
#undef requantise
#undef patch_2x3x1
#undef tile_2x3x1_row0_pixel0
#undef tile_2x3x1_row0
#undef tile_2x2x1_row0_pixel12
#undef tile_2x3x1_pixel0
#undef tile_2x3x1
#undef tile_2x2x1_pixel12
#undef tile_2x3x1_row12_pixel0
#undef tile_2x3x1_row12
#undef tile_2x2x1_row12_pixel12
#undef pack_panel
#undef split_scale
#undef compute_task
#undef RELOAD

size_t conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 512;
    default:
        return 0;
    }
}

void conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_task(int phase, size_t task, int worker, const int8_t *input, const void *packed, int8_t *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_compute_task_(task, input, (const int8_t *)packed, output);
        break;
    }
}

void conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite(const int8_t *input, const void *packed, int8_t *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_task(phase, (size_t)task, 0, input, packed, output, workspace);
        }
    }
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(pop)
#endif
