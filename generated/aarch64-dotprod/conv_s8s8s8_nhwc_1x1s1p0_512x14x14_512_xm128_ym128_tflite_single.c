/* conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     s8:s8:s8, input nhwc 1 x 14 x 14 x 512, output 1 x 14 x 14 x 512, weights hwio 1 x 1 x 512 x 512
 *           kernel 1x1, stride 1x1, bias
 * Command   convgen generate ic512ih14oc512oh14kh1ph0 --layout nhwc --dtype s8:s8:s8 --input-zero -128 --output-zero -128 --rounding tflite-single --target aarch64-dotprod -o .
 * Plan      direct on neondot_s8, lanes over oc, reading the input as it is
 *           for oc by 64: 8 times, a task each
 *             for ow by 6: 33 times
 *               for oc by 16: 4 times
 *                 for ic: 512 times
 *                   tile of 6 pixels x 16 channels: 29 of 32 registers
 * Tasks     8 (output channels, 64 at a time)
 * Cost      51380224 multiply-adds; at least 468992 bytes moved; 268288 bytes packed, 0 of workspace
 * Code      about 2282 bytes compiled for size, rarely more than 6928 for speed
 * Bound     none: v = bias + sum w (x + 128) is exact in s32; y = v * m / 2^(31 - shift) rounded, ties
 *           up; scale = m 2^(shift - 31) (tflite-single) - 128, cut to -128 ... 127, the same bits on
 *           every machine
 * Proof     |v - bias| <= 512 * 255 * 128 = 16711680, |bias| must be <= 2130771967; then no sum leaves
 *           s32, nor any part of it, in any order
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__aarch64__)
#error "this file is for aarch64"
#endif
#include "conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single.h"

#include <stdint.h>
#include <arm_neon.h>
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
#pragma GCC optimize("no-schedule-insns") /* it would load more ahead than there are registers */
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "build this file with -fno-fast-math: unlike gcc and MSVC, this compiler obeys no pragma for that"
#elif defined(__clang__) && __clang_major__ > 10
#pragma clang fp reassociate(off)
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("arch=armv8.2-a+dotprod")
#elif defined(__clang__)
#pragma clang attribute push(__attribute__((target("arch=armv8.2-a+dotprod"))), apply_to = function)
#elif !defined(__aarch64__) || !defined(__ARM_NEON) || !defined(__ARM_FEATURE_DOTPROD)
#error "this file needs a compiler that defines __aarch64__ and __ARM_NEON and __ARM_FEATURE_DOTPROD"
#endif

/* Functions of this file alone, by names that no other file has. */
#define word_at conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_word_at_
#define scale_tflite_single conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_scale_tflite_single_
#define lowest_bytes conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_lowest_bytes_
#define store_s8 conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_store_s8_
#define requantise conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_requantise_
#define tile_6x16 conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_tile_6x16_
#define tile_5x16 conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_tile_5x16_
#define pack_panel conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_pack_panel_
#define split_scale conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_split_scale_
#define compute_task conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_compute_task_

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

/* a m 2^(s - 31), rounded once, ties up. */
static inline int32x4_t scale_tflite_single(int32x4_t a, int32x4_t m, int32x4_t s)
{
    const int32x4_t zero = vdupq_n_s32(0);
    const int32x4_t shifted = vqshlq_s32(a, vmaxq_s32(s, zero));
    const int32x4_t right = vsubq_s32(vminq_s32(s, zero), vdupq_n_s32(31));
    const int64x2_t low = vmull_s32(vget_low_s32(shifted), vget_low_s32(m));
    const int64x2_t high = vmull_high_s32(shifted, m);
    const int32x2_t first = vmovn_s64(vrshlq_s64(low, vmovl_s32(vget_low_s32(right))));
    return vmovn_high_s64(first, vrshlq_s64(high, vmovl_high_s32(right)));
}

/* The lowest byte of each lane, twice. */
static inline int8x8_t lowest_bytes(int32x4_t a)
{
    const int16x4_t halves = vmovn_s32(a);
    return vmovn_s16(vcombine_s16(halves, halves));
}

static inline void store_s8(int8_t *p, int32x4_t a)
{
    const int32_t word = vget_lane_s32(vreinterpret_s32_s8(lowest_bytes(a)), 0);
#if defined(__GNUC__) || defined(__clang__)
    __builtin_memcpy(p, &word, sizeof word);
#else
    for (unsigned byte = 0; byte < sizeof word; ++byte) {
        ((char *)p)[byte] = ((const char *)&word)[byte];
    }
#endif
}

/* v * m / 2^(31 - shift) rounded, ties up; scale = m 2^(shift - 31); cut to 0 ... 255, and -128 added, which stands for 0. */
static inline int32x4_t requantise(int32x4_t v, int32x4_t m, int32x4_t shift)
{
    const int32x4_t low = vdupq_n_s32(0);
    const int32x4_t high = vdupq_n_s32(255);
    const int32x4_t scaled = scale_tflite_single(v, m, shift);
    const int32x4_t least = vmaxq_s32(scaled, low);
    const int32x4_t y = vminq_s32(least, high);
    return vaddq_s32(y, vdupq_n_s32(-128));
}

/* 6 pixels x 16 channels.
   x: the window of the first pixel; pixels 512 apart.
   w: its panel, 64 numbers a term.
   bias: of the first channel.
   scale: of the first channel.
   output: the first pixel, first channel; pixels 512 apart. */
static void tile_6x16(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    int32x4_t acc0_0 = vld1q_s32(bias);
    int32x4_t acc0_1 = vld1q_s32(bias + 4);
    int32x4_t acc0_2 = vld1q_s32(bias + 8);
    int32x4_t acc0_3 = vld1q_s32(bias + 12);
    int32x4_t acc1_0 = vld1q_s32(bias);
    int32x4_t acc1_1 = vld1q_s32(bias + 4);
    int32x4_t acc1_2 = vld1q_s32(bias + 8);
    int32x4_t acc1_3 = vld1q_s32(bias + 12);
    int32x4_t acc2_0 = vld1q_s32(bias);
    int32x4_t acc2_1 = vld1q_s32(bias + 4);
    int32x4_t acc2_2 = vld1q_s32(bias + 8);
    int32x4_t acc2_3 = vld1q_s32(bias + 12);
    int32x4_t acc3_0 = vld1q_s32(bias);
    int32x4_t acc3_1 = vld1q_s32(bias + 4);
    int32x4_t acc3_2 = vld1q_s32(bias + 8);
    int32x4_t acc3_3 = vld1q_s32(bias + 12);
    int32x4_t acc4_0 = vld1q_s32(bias);
    int32x4_t acc4_1 = vld1q_s32(bias + 4);
    int32x4_t acc4_2 = vld1q_s32(bias + 8);
    int32x4_t acc4_3 = vld1q_s32(bias + 12);
    int32x4_t acc5_0 = vld1q_s32(bias);
    int32x4_t acc5_1 = vld1q_s32(bias + 4);
    int32x4_t acc5_2 = vld1q_s32(bias + 8);
    int32x4_t acc5_3 = vld1q_s32(bias + 12);
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
        const int8_t *x_ic = x + ic * 4;
        {
            const int32x4_t b0 = vreinterpretq_s32_s8(vld1q_s8(w));
            const int32x4_t b1 = vreinterpretq_s32_s8(vld1q_s8(w + 16));
            const int32x4_t b2 = vreinterpretq_s32_s8(vld1q_s8(w + 32));
            const int32x4_t b3 = vreinterpretq_s32_s8(vld1q_s8(w + 48));
            const int32x4_t a0 = vdupq_n_s32(word_at(x_ic));
            acc0_0 = vdotq_s32(acc0_0, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b0));
            acc0_1 = vdotq_s32(acc0_1, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b1));
            acc0_2 = vdotq_s32(acc0_2, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b2));
            acc0_3 = vdotq_s32(acc0_3, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b3));
            const int32x4_t a1 = vdupq_n_s32(word_at(x_ic + 512));
            acc1_0 = vdotq_s32(acc1_0, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b0));
            acc1_1 = vdotq_s32(acc1_1, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b1));
            acc1_2 = vdotq_s32(acc1_2, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b2));
            acc1_3 = vdotq_s32(acc1_3, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b3));
            const int32x4_t a2 = vdupq_n_s32(word_at(x_ic + 1024));
            acc2_0 = vdotq_s32(acc2_0, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b0));
            acc2_1 = vdotq_s32(acc2_1, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b1));
            acc2_2 = vdotq_s32(acc2_2, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b2));
            acc2_3 = vdotq_s32(acc2_3, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b3));
            const int32x4_t a3 = vdupq_n_s32(word_at(x_ic + 1536));
            acc3_0 = vdotq_s32(acc3_0, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b0));
            acc3_1 = vdotq_s32(acc3_1, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b1));
            acc3_2 = vdotq_s32(acc3_2, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b2));
            acc3_3 = vdotq_s32(acc3_3, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b3));
            const int32x4_t a4 = vdupq_n_s32(word_at(x_ic + 2048));
            acc4_0 = vdotq_s32(acc4_0, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b0));
            acc4_1 = vdotq_s32(acc4_1, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b1));
            acc4_2 = vdotq_s32(acc4_2, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b2));
            acc4_3 = vdotq_s32(acc4_3, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b3));
            const int32x4_t a5 = vdupq_n_s32(word_at(x_ic + 2560));
            acc5_0 = vdotq_s32(acc5_0, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b0));
            acc5_1 = vdotq_s32(acc5_1, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b1));
            acc5_2 = vdotq_s32(acc5_2, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b2));
            acc5_3 = vdotq_s32(acc5_3, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b3));
        }
        {
            const int32x4_t b0 = vreinterpretq_s32_s8(vld1q_s8(w + 64));
            const int32x4_t b1 = vreinterpretq_s32_s8(vld1q_s8(w + 80));
            const int32x4_t b2 = vreinterpretq_s32_s8(vld1q_s8(w + 96));
            const int32x4_t b3 = vreinterpretq_s32_s8(vld1q_s8(w + 112));
            const int32x4_t a0 = vdupq_n_s32(word_at(x_ic + 4));
            acc0_0 = vdotq_s32(acc0_0, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b0));
            acc0_1 = vdotq_s32(acc0_1, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b1));
            acc0_2 = vdotq_s32(acc0_2, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b2));
            acc0_3 = vdotq_s32(acc0_3, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b3));
            const int32x4_t a1 = vdupq_n_s32(word_at(x_ic + 516));
            acc1_0 = vdotq_s32(acc1_0, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b0));
            acc1_1 = vdotq_s32(acc1_1, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b1));
            acc1_2 = vdotq_s32(acc1_2, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b2));
            acc1_3 = vdotq_s32(acc1_3, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b3));
            const int32x4_t a2 = vdupq_n_s32(word_at(x_ic + 1028));
            acc2_0 = vdotq_s32(acc2_0, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b0));
            acc2_1 = vdotq_s32(acc2_1, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b1));
            acc2_2 = vdotq_s32(acc2_2, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b2));
            acc2_3 = vdotq_s32(acc2_3, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b3));
            const int32x4_t a3 = vdupq_n_s32(word_at(x_ic + 1540));
            acc3_0 = vdotq_s32(acc3_0, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b0));
            acc3_1 = vdotq_s32(acc3_1, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b1));
            acc3_2 = vdotq_s32(acc3_2, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b2));
            acc3_3 = vdotq_s32(acc3_3, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b3));
            const int32x4_t a4 = vdupq_n_s32(word_at(x_ic + 2052));
            acc4_0 = vdotq_s32(acc4_0, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b0));
            acc4_1 = vdotq_s32(acc4_1, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b1));
            acc4_2 = vdotq_s32(acc4_2, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b2));
            acc4_3 = vdotq_s32(acc4_3, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b3));
            const int32x4_t a5 = vdupq_n_s32(word_at(x_ic + 2564));
            acc5_0 = vdotq_s32(acc5_0, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b0));
            acc5_1 = vdotq_s32(acc5_1, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b1));
            acc5_2 = vdotq_s32(acc5_2, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b2));
            acc5_3 = vdotq_s32(acc5_3, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b3));
        }
        {
            const int32x4_t b0 = vreinterpretq_s32_s8(vld1q_s8(w + 128));
            const int32x4_t b1 = vreinterpretq_s32_s8(vld1q_s8(w + 144));
            const int32x4_t b2 = vreinterpretq_s32_s8(vld1q_s8(w + 160));
            const int32x4_t b3 = vreinterpretq_s32_s8(vld1q_s8(w + 176));
            const int32x4_t a0 = vdupq_n_s32(word_at(x_ic + 8));
            acc0_0 = vdotq_s32(acc0_0, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b0));
            acc0_1 = vdotq_s32(acc0_1, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b1));
            acc0_2 = vdotq_s32(acc0_2, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b2));
            acc0_3 = vdotq_s32(acc0_3, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b3));
            const int32x4_t a1 = vdupq_n_s32(word_at(x_ic + 520));
            acc1_0 = vdotq_s32(acc1_0, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b0));
            acc1_1 = vdotq_s32(acc1_1, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b1));
            acc1_2 = vdotq_s32(acc1_2, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b2));
            acc1_3 = vdotq_s32(acc1_3, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b3));
            const int32x4_t a2 = vdupq_n_s32(word_at(x_ic + 1032));
            acc2_0 = vdotq_s32(acc2_0, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b0));
            acc2_1 = vdotq_s32(acc2_1, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b1));
            acc2_2 = vdotq_s32(acc2_2, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b2));
            acc2_3 = vdotq_s32(acc2_3, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b3));
            const int32x4_t a3 = vdupq_n_s32(word_at(x_ic + 1544));
            acc3_0 = vdotq_s32(acc3_0, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b0));
            acc3_1 = vdotq_s32(acc3_1, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b1));
            acc3_2 = vdotq_s32(acc3_2, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b2));
            acc3_3 = vdotq_s32(acc3_3, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b3));
            const int32x4_t a4 = vdupq_n_s32(word_at(x_ic + 2056));
            acc4_0 = vdotq_s32(acc4_0, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b0));
            acc4_1 = vdotq_s32(acc4_1, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b1));
            acc4_2 = vdotq_s32(acc4_2, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b2));
            acc4_3 = vdotq_s32(acc4_3, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b3));
            const int32x4_t a5 = vdupq_n_s32(word_at(x_ic + 2568));
            acc5_0 = vdotq_s32(acc5_0, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b0));
            acc5_1 = vdotq_s32(acc5_1, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b1));
            acc5_2 = vdotq_s32(acc5_2, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b2));
            acc5_3 = vdotq_s32(acc5_3, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b3));
        }
        {
            const int32x4_t b0 = vreinterpretq_s32_s8(vld1q_s8(w + 192));
            const int32x4_t b1 = vreinterpretq_s32_s8(vld1q_s8(w + 208));
            const int32x4_t b2 = vreinterpretq_s32_s8(vld1q_s8(w + 224));
            const int32x4_t b3 = vreinterpretq_s32_s8(vld1q_s8(w + 240));
            const int32x4_t a0 = vdupq_n_s32(word_at(x_ic + 12));
            acc0_0 = vdotq_s32(acc0_0, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b0));
            acc0_1 = vdotq_s32(acc0_1, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b1));
            acc0_2 = vdotq_s32(acc0_2, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b2));
            acc0_3 = vdotq_s32(acc0_3, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b3));
            const int32x4_t a1 = vdupq_n_s32(word_at(x_ic + 524));
            acc1_0 = vdotq_s32(acc1_0, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b0));
            acc1_1 = vdotq_s32(acc1_1, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b1));
            acc1_2 = vdotq_s32(acc1_2, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b2));
            acc1_3 = vdotq_s32(acc1_3, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b3));
            const int32x4_t a2 = vdupq_n_s32(word_at(x_ic + 1036));
            acc2_0 = vdotq_s32(acc2_0, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b0));
            acc2_1 = vdotq_s32(acc2_1, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b1));
            acc2_2 = vdotq_s32(acc2_2, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b2));
            acc2_3 = vdotq_s32(acc2_3, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b3));
            const int32x4_t a3 = vdupq_n_s32(word_at(x_ic + 1548));
            acc3_0 = vdotq_s32(acc3_0, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b0));
            acc3_1 = vdotq_s32(acc3_1, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b1));
            acc3_2 = vdotq_s32(acc3_2, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b2));
            acc3_3 = vdotq_s32(acc3_3, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b3));
            const int32x4_t a4 = vdupq_n_s32(word_at(x_ic + 2060));
            acc4_0 = vdotq_s32(acc4_0, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b0));
            acc4_1 = vdotq_s32(acc4_1, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b1));
            acc4_2 = vdotq_s32(acc4_2, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b2));
            acc4_3 = vdotq_s32(acc4_3, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b3));
            const int32x4_t a5 = vdupq_n_s32(word_at(x_ic + 2572));
            acc5_0 = vdotq_s32(acc5_0, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b0));
            acc5_1 = vdotq_s32(acc5_1, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b1));
            acc5_2 = vdotq_s32(acc5_2, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b2));
            acc5_3 = vdotq_s32(acc5_3, vreinterpretq_s8_s32(a5), vreinterpretq_s8_s32(b3));
        }
        w += 256;
    }
    store_s8(output, requantise(acc0_0, vld1q_s32(scale), vld1q_s32(scale + 512)));
    store_s8(output + 4, requantise(acc0_1, vld1q_s32(scale + 4), vld1q_s32(scale + 516)));
    store_s8(output + 8, requantise(acc0_2, vld1q_s32(scale + 8), vld1q_s32(scale + 520)));
    store_s8(output + 12, requantise(acc0_3, vld1q_s32(scale + 12), vld1q_s32(scale + 524)));
    store_s8(output + 512, requantise(acc1_0, vld1q_s32(scale), vld1q_s32(scale + 512)));
    store_s8(output + 516, requantise(acc1_1, vld1q_s32(scale + 4), vld1q_s32(scale + 516)));
    store_s8(output + 520, requantise(acc1_2, vld1q_s32(scale + 8), vld1q_s32(scale + 520)));
    store_s8(output + 524, requantise(acc1_3, vld1q_s32(scale + 12), vld1q_s32(scale + 524)));
    store_s8(output + 1024, requantise(acc2_0, vld1q_s32(scale), vld1q_s32(scale + 512)));
    store_s8(output + 1028, requantise(acc2_1, vld1q_s32(scale + 4), vld1q_s32(scale + 516)));
    store_s8(output + 1032, requantise(acc2_2, vld1q_s32(scale + 8), vld1q_s32(scale + 520)));
    store_s8(output + 1036, requantise(acc2_3, vld1q_s32(scale + 12), vld1q_s32(scale + 524)));
    store_s8(output + 1536, requantise(acc3_0, vld1q_s32(scale), vld1q_s32(scale + 512)));
    store_s8(output + 1540, requantise(acc3_1, vld1q_s32(scale + 4), vld1q_s32(scale + 516)));
    store_s8(output + 1544, requantise(acc3_2, vld1q_s32(scale + 8), vld1q_s32(scale + 520)));
    store_s8(output + 1548, requantise(acc3_3, vld1q_s32(scale + 12), vld1q_s32(scale + 524)));
    store_s8(output + 2048, requantise(acc4_0, vld1q_s32(scale), vld1q_s32(scale + 512)));
    store_s8(output + 2052, requantise(acc4_1, vld1q_s32(scale + 4), vld1q_s32(scale + 516)));
    store_s8(output + 2056, requantise(acc4_2, vld1q_s32(scale + 8), vld1q_s32(scale + 520)));
    store_s8(output + 2060, requantise(acc4_3, vld1q_s32(scale + 12), vld1q_s32(scale + 524)));
    store_s8(output + 2560, requantise(acc5_0, vld1q_s32(scale), vld1q_s32(scale + 512)));
    store_s8(output + 2564, requantise(acc5_1, vld1q_s32(scale + 4), vld1q_s32(scale + 516)));
    store_s8(output + 2568, requantise(acc5_2, vld1q_s32(scale + 8), vld1q_s32(scale + 520)));
    store_s8(output + 2572, requantise(acc5_3, vld1q_s32(scale + 12), vld1q_s32(scale + 524)));
}

/* 5 pixels x 16 channels.
   x: the window of the first pixel; pixels 512 apart.
   w: its panel, 64 numbers a term.
   bias: of the first channel.
   scale: of the first channel.
   output: the first pixel, first channel; pixels 512 apart. */
static void tile_5x16(const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    int32x4_t acc0_0 = vld1q_s32(bias);
    int32x4_t acc0_1 = vld1q_s32(bias + 4);
    int32x4_t acc0_2 = vld1q_s32(bias + 8);
    int32x4_t acc0_3 = vld1q_s32(bias + 12);
    int32x4_t acc1_0 = vld1q_s32(bias);
    int32x4_t acc1_1 = vld1q_s32(bias + 4);
    int32x4_t acc1_2 = vld1q_s32(bias + 8);
    int32x4_t acc1_3 = vld1q_s32(bias + 12);
    int32x4_t acc2_0 = vld1q_s32(bias);
    int32x4_t acc2_1 = vld1q_s32(bias + 4);
    int32x4_t acc2_2 = vld1q_s32(bias + 8);
    int32x4_t acc2_3 = vld1q_s32(bias + 12);
    int32x4_t acc3_0 = vld1q_s32(bias);
    int32x4_t acc3_1 = vld1q_s32(bias + 4);
    int32x4_t acc3_2 = vld1q_s32(bias + 8);
    int32x4_t acc3_3 = vld1q_s32(bias + 12);
    int32x4_t acc4_0 = vld1q_s32(bias);
    int32x4_t acc4_1 = vld1q_s32(bias + 4);
    int32x4_t acc4_2 = vld1q_s32(bias + 8);
    int32x4_t acc4_3 = vld1q_s32(bias + 12);
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
        const int8_t *x_ic = x + ic * 4;
        {
            const int32x4_t b0 = vreinterpretq_s32_s8(vld1q_s8(w));
            const int32x4_t b1 = vreinterpretq_s32_s8(vld1q_s8(w + 16));
            const int32x4_t b2 = vreinterpretq_s32_s8(vld1q_s8(w + 32));
            const int32x4_t b3 = vreinterpretq_s32_s8(vld1q_s8(w + 48));
            const int32x4_t a0 = vdupq_n_s32(word_at(x_ic));
            acc0_0 = vdotq_s32(acc0_0, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b0));
            acc0_1 = vdotq_s32(acc0_1, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b1));
            acc0_2 = vdotq_s32(acc0_2, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b2));
            acc0_3 = vdotq_s32(acc0_3, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b3));
            const int32x4_t a1 = vdupq_n_s32(word_at(x_ic + 512));
            acc1_0 = vdotq_s32(acc1_0, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b0));
            acc1_1 = vdotq_s32(acc1_1, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b1));
            acc1_2 = vdotq_s32(acc1_2, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b2));
            acc1_3 = vdotq_s32(acc1_3, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b3));
            const int32x4_t a2 = vdupq_n_s32(word_at(x_ic + 1024));
            acc2_0 = vdotq_s32(acc2_0, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b0));
            acc2_1 = vdotq_s32(acc2_1, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b1));
            acc2_2 = vdotq_s32(acc2_2, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b2));
            acc2_3 = vdotq_s32(acc2_3, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b3));
            const int32x4_t a3 = vdupq_n_s32(word_at(x_ic + 1536));
            acc3_0 = vdotq_s32(acc3_0, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b0));
            acc3_1 = vdotq_s32(acc3_1, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b1));
            acc3_2 = vdotq_s32(acc3_2, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b2));
            acc3_3 = vdotq_s32(acc3_3, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b3));
            const int32x4_t a4 = vdupq_n_s32(word_at(x_ic + 2048));
            acc4_0 = vdotq_s32(acc4_0, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b0));
            acc4_1 = vdotq_s32(acc4_1, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b1));
            acc4_2 = vdotq_s32(acc4_2, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b2));
            acc4_3 = vdotq_s32(acc4_3, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b3));
        }
        {
            const int32x4_t b0 = vreinterpretq_s32_s8(vld1q_s8(w + 64));
            const int32x4_t b1 = vreinterpretq_s32_s8(vld1q_s8(w + 80));
            const int32x4_t b2 = vreinterpretq_s32_s8(vld1q_s8(w + 96));
            const int32x4_t b3 = vreinterpretq_s32_s8(vld1q_s8(w + 112));
            const int32x4_t a0 = vdupq_n_s32(word_at(x_ic + 4));
            acc0_0 = vdotq_s32(acc0_0, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b0));
            acc0_1 = vdotq_s32(acc0_1, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b1));
            acc0_2 = vdotq_s32(acc0_2, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b2));
            acc0_3 = vdotq_s32(acc0_3, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b3));
            const int32x4_t a1 = vdupq_n_s32(word_at(x_ic + 516));
            acc1_0 = vdotq_s32(acc1_0, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b0));
            acc1_1 = vdotq_s32(acc1_1, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b1));
            acc1_2 = vdotq_s32(acc1_2, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b2));
            acc1_3 = vdotq_s32(acc1_3, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b3));
            const int32x4_t a2 = vdupq_n_s32(word_at(x_ic + 1028));
            acc2_0 = vdotq_s32(acc2_0, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b0));
            acc2_1 = vdotq_s32(acc2_1, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b1));
            acc2_2 = vdotq_s32(acc2_2, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b2));
            acc2_3 = vdotq_s32(acc2_3, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b3));
            const int32x4_t a3 = vdupq_n_s32(word_at(x_ic + 1540));
            acc3_0 = vdotq_s32(acc3_0, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b0));
            acc3_1 = vdotq_s32(acc3_1, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b1));
            acc3_2 = vdotq_s32(acc3_2, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b2));
            acc3_3 = vdotq_s32(acc3_3, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b3));
            const int32x4_t a4 = vdupq_n_s32(word_at(x_ic + 2052));
            acc4_0 = vdotq_s32(acc4_0, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b0));
            acc4_1 = vdotq_s32(acc4_1, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b1));
            acc4_2 = vdotq_s32(acc4_2, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b2));
            acc4_3 = vdotq_s32(acc4_3, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b3));
        }
        {
            const int32x4_t b0 = vreinterpretq_s32_s8(vld1q_s8(w + 128));
            const int32x4_t b1 = vreinterpretq_s32_s8(vld1q_s8(w + 144));
            const int32x4_t b2 = vreinterpretq_s32_s8(vld1q_s8(w + 160));
            const int32x4_t b3 = vreinterpretq_s32_s8(vld1q_s8(w + 176));
            const int32x4_t a0 = vdupq_n_s32(word_at(x_ic + 8));
            acc0_0 = vdotq_s32(acc0_0, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b0));
            acc0_1 = vdotq_s32(acc0_1, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b1));
            acc0_2 = vdotq_s32(acc0_2, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b2));
            acc0_3 = vdotq_s32(acc0_3, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b3));
            const int32x4_t a1 = vdupq_n_s32(word_at(x_ic + 520));
            acc1_0 = vdotq_s32(acc1_0, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b0));
            acc1_1 = vdotq_s32(acc1_1, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b1));
            acc1_2 = vdotq_s32(acc1_2, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b2));
            acc1_3 = vdotq_s32(acc1_3, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b3));
            const int32x4_t a2 = vdupq_n_s32(word_at(x_ic + 1032));
            acc2_0 = vdotq_s32(acc2_0, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b0));
            acc2_1 = vdotq_s32(acc2_1, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b1));
            acc2_2 = vdotq_s32(acc2_2, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b2));
            acc2_3 = vdotq_s32(acc2_3, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b3));
            const int32x4_t a3 = vdupq_n_s32(word_at(x_ic + 1544));
            acc3_0 = vdotq_s32(acc3_0, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b0));
            acc3_1 = vdotq_s32(acc3_1, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b1));
            acc3_2 = vdotq_s32(acc3_2, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b2));
            acc3_3 = vdotq_s32(acc3_3, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b3));
            const int32x4_t a4 = vdupq_n_s32(word_at(x_ic + 2056));
            acc4_0 = vdotq_s32(acc4_0, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b0));
            acc4_1 = vdotq_s32(acc4_1, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b1));
            acc4_2 = vdotq_s32(acc4_2, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b2));
            acc4_3 = vdotq_s32(acc4_3, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b3));
        }
        {
            const int32x4_t b0 = vreinterpretq_s32_s8(vld1q_s8(w + 192));
            const int32x4_t b1 = vreinterpretq_s32_s8(vld1q_s8(w + 208));
            const int32x4_t b2 = vreinterpretq_s32_s8(vld1q_s8(w + 224));
            const int32x4_t b3 = vreinterpretq_s32_s8(vld1q_s8(w + 240));
            const int32x4_t a0 = vdupq_n_s32(word_at(x_ic + 12));
            acc0_0 = vdotq_s32(acc0_0, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b0));
            acc0_1 = vdotq_s32(acc0_1, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b1));
            acc0_2 = vdotq_s32(acc0_2, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b2));
            acc0_3 = vdotq_s32(acc0_3, vreinterpretq_s8_s32(a0), vreinterpretq_s8_s32(b3));
            const int32x4_t a1 = vdupq_n_s32(word_at(x_ic + 524));
            acc1_0 = vdotq_s32(acc1_0, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b0));
            acc1_1 = vdotq_s32(acc1_1, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b1));
            acc1_2 = vdotq_s32(acc1_2, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b2));
            acc1_3 = vdotq_s32(acc1_3, vreinterpretq_s8_s32(a1), vreinterpretq_s8_s32(b3));
            const int32x4_t a2 = vdupq_n_s32(word_at(x_ic + 1036));
            acc2_0 = vdotq_s32(acc2_0, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b0));
            acc2_1 = vdotq_s32(acc2_1, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b1));
            acc2_2 = vdotq_s32(acc2_2, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b2));
            acc2_3 = vdotq_s32(acc2_3, vreinterpretq_s8_s32(a2), vreinterpretq_s8_s32(b3));
            const int32x4_t a3 = vdupq_n_s32(word_at(x_ic + 1548));
            acc3_0 = vdotq_s32(acc3_0, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b0));
            acc3_1 = vdotq_s32(acc3_1, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b1));
            acc3_2 = vdotq_s32(acc3_2, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b2));
            acc3_3 = vdotq_s32(acc3_3, vreinterpretq_s8_s32(a3), vreinterpretq_s8_s32(b3));
            const int32x4_t a4 = vdupq_n_s32(word_at(x_ic + 2060));
            acc4_0 = vdotq_s32(acc4_0, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b0));
            acc4_1 = vdotq_s32(acc4_1, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b1));
            acc4_2 = vdotq_s32(acc4_2, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b2));
            acc4_3 = vdotq_s32(acc4_3, vreinterpretq_s8_s32(a4), vreinterpretq_s8_s32(b3));
        }
        w += 256;
    }
    store_s8(output, requantise(acc0_0, vld1q_s32(scale), vld1q_s32(scale + 512)));
    store_s8(output + 4, requantise(acc0_1, vld1q_s32(scale + 4), vld1q_s32(scale + 516)));
    store_s8(output + 8, requantise(acc0_2, vld1q_s32(scale + 8), vld1q_s32(scale + 520)));
    store_s8(output + 12, requantise(acc0_3, vld1q_s32(scale + 12), vld1q_s32(scale + 524)));
    store_s8(output + 512, requantise(acc1_0, vld1q_s32(scale), vld1q_s32(scale + 512)));
    store_s8(output + 516, requantise(acc1_1, vld1q_s32(scale + 4), vld1q_s32(scale + 516)));
    store_s8(output + 520, requantise(acc1_2, vld1q_s32(scale + 8), vld1q_s32(scale + 520)));
    store_s8(output + 524, requantise(acc1_3, vld1q_s32(scale + 12), vld1q_s32(scale + 524)));
    store_s8(output + 1024, requantise(acc2_0, vld1q_s32(scale), vld1q_s32(scale + 512)));
    store_s8(output + 1028, requantise(acc2_1, vld1q_s32(scale + 4), vld1q_s32(scale + 516)));
    store_s8(output + 1032, requantise(acc2_2, vld1q_s32(scale + 8), vld1q_s32(scale + 520)));
    store_s8(output + 1036, requantise(acc2_3, vld1q_s32(scale + 12), vld1q_s32(scale + 524)));
    store_s8(output + 1536, requantise(acc3_0, vld1q_s32(scale), vld1q_s32(scale + 512)));
    store_s8(output + 1540, requantise(acc3_1, vld1q_s32(scale + 4), vld1q_s32(scale + 516)));
    store_s8(output + 1544, requantise(acc3_2, vld1q_s32(scale + 8), vld1q_s32(scale + 520)));
    store_s8(output + 1548, requantise(acc3_3, vld1q_s32(scale + 12), vld1q_s32(scale + 524)));
    store_s8(output + 2048, requantise(acc4_0, vld1q_s32(scale), vld1q_s32(scale + 512)));
    store_s8(output + 2052, requantise(acc4_1, vld1q_s32(scale + 4), vld1q_s32(scale + 516)));
    store_s8(output + 2056, requantise(acc4_2, vld1q_s32(scale + 8), vld1q_s32(scale + 520)));
    store_s8(output + 2060, requantise(acc4_3, vld1q_s32(scale + 12), vld1q_s32(scale + 524)));
}

#ifndef conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_NO_PACK
/* Packs a panel: ic, 16 output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static int8_t *pack_panel(const int8_t *weights, ptrdiff_t oc0, int8_t *out)
{
    for (ptrdiff_t ic = 0; ic < 128; ++ic) {
        for (ptrdiff_t j = 0; j < 16; ++j) {
            for (ptrdiff_t i = 0; i < 4; ++i) {
                *out++ = weights[oc0 + j + (ic * 4 + i) * 512];
            }
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

void conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_pack(const int8_t *weights, const int32_t *bias, const double *scale, void *packed)
{
    int8_t *out = (int8_t *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 512; oc0 += 16) {
        out = pack_panel(weights, oc0, out);
    }
    int32_t *const bias_out = (int32_t *)(void *)((int8_t *)packed + 262144);
    for (ptrdiff_t oc = 0; oc < 512; ++oc) {
        int32_t sum = 0;
        for (ptrdiff_t i = 0; i < 512; ++i) {
            sum += weights[oc + i * 512];
        }
        bias_out[oc] = bias[oc] + 128 * sum;
    }
    int32_t *const scale_out = (int32_t *)(void *)((int8_t *)packed + 264192);
    for (ptrdiff_t oc = 0; oc < 512; ++oc) {
        split_scale(scale[oc], &scale_out[oc], &scale_out[oc + 512]);
    }
}

#endif

/* A task: output channels, 64 at a time. The arrays are the layer's. */
static void compute_task(size_t task, const int8_t *input, const int8_t *packed, int8_t *output)
{
    const int8_t *weights = packed;
    const int32_t *bias = (const int32_t *)(const void *)(packed + 262144);
    const int32_t *scale = (const int32_t *)(const void *)(packed + 264192);
    const ptrdiff_t oc1 = (ptrdiff_t)task; /* output channels, 64 at a time */
    /* pixels, 6 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < 186; ow0 += 6) {
        /* output channels, 16 at a time */
        for (ptrdiff_t oc_tile = oc1 * 4; oc_tile < oc1 * 4 + 4; ++oc_tile) {
            const ptrdiff_t oc0 = oc_tile * 16;
            tile_6x16(input + ow0 * 512, weights + oc0 * 512, bias + oc0, scale + oc0, output + oc0 + ow0 * 512);
        }
    }
    /* pixels, 5 at a time */
    for (ptrdiff_t ow0 = 186; ow0 < 196; ow0 += 5) {
        /* output channels, 16 at a time */
        for (ptrdiff_t oc_tile = oc1 * 4; oc_tile < oc1 * 4 + 4; ++oc_tile) {
            const ptrdiff_t oc0 = oc_tile * 16;
            tile_5x16(input + ow0 * 512, weights + oc0 * 512, bias + oc0, scale + oc0, output + oc0 + ow0 * 512);
        }
    }
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef word_at
#undef scale_tflite_single
#undef lowest_bytes
#undef store_s8
#undef requantise
#undef tile_6x16
#undef tile_5x16
#undef pack_panel
#undef split_scale
#undef compute_task

size_t conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 8;
    default:
        return 0;
    }
}

void conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_task(int phase, size_t task, int worker, const int8_t *input, const void *packed, int8_t *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_compute_task_(task, input, (const int8_t *)packed, output);
        break;
    }
}

void conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single(const int8_t *input, const void *packed, int8_t *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_s8s8s8_nhwc_1x1s1p0_512x14x14_512_xm128_ym128_tflite_single_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
