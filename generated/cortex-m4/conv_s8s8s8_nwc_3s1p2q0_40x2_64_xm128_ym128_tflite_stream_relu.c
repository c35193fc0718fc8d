/* conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     s8:s8:s8, input nwc 1 x 2 x 40, output 1 x 2 x 64, weights hwio 3 x 40 x 64
 *           a stream in blocks of up to 2 samples, kernel 3, stride 1, padding 2+0, bias, relu
 * Command   convgen generate ic40iw2oc64ow2kw3pw2 --layout nwc --causal --stream 2 --dtype s8:s8:s8 --input-zero -128 --output-zero -128 --rounding tflite --activation 'relu' --target cortex-m4 -o .
 * Build     arm-none-eabi-gcc -mcpu=cortex-m4 -mfloat-abi=hard -Os -ffreestanding -c conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu.c
 * Plan      direct on cortex_m4_dsp_s16, lanes over oc, reading the ring of past samples that the state holds
 *           for oc by 2: 32 times
 *             for kw: 3 times
 *               for ic: 40 times
 *                 tile of 2 pixels x 2 channels: 7 of 11 registers
 * Cost      15360 multiply-adds; at least 8656 bytes moved; 16128 bytes packed, 0 of workspace, 768 of state
 * Code      about 1090 bytes compiled for size, rarely more than 1090 for speed
 * Bound     none: v = bias + sum w (x + 128) is exact in s32; y = v * m / 2^31 rounded, ties up, then
 *           / 2^-shift rounded, ties away from zero; scale = m 2^(shift - 31) (tflite) - 128, cut to
 *           -128 ... 127, the same bits on every machine
 * Proof     |v - bias| <= 120 * 255 * 128 = 3916800, |bias| must be <= 2143566847; then no sum leaves
 *           s32, nor any part of it, in any order
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#include "conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu.h"

#include <stdint.h>

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
#define word_at conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_word_at_
#define dual_products conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_dual_products_
#define max_s32 conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_max_s32_
#define min_s32 conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_min_s32_
#define shift_left conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_shift_left_
#define scale_tflite conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_scale_tflite_
#define requantise conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_requantise_
#define tile_2x2 conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_tile_2x2_
#define tile_1x2 conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_tile_1x2_
#define pack_panel conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_pack_panel_
#define split_scale conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_split_scale_
#define stream_head conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_stream_head_
#define copy_samples conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_copy_samples_
#define keep conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_keep_
#define compute_block conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_compute_block_

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

/* c and the products of both halves. */
static inline int32_t dual_products(int32_t a, int32_t b, int32_t c)
{
#if defined(__ARM_FEATURE_SIMD32) && defined(__GNUC__)
    return __builtin_arm_smlad(a, b, c);
#else
    return (int16_t)a * (int16_t)b + (a >> 16) * (b >> 16) + c;
#endif
}

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

/* 2 outputs x 2 channels.
   x: the window of the first output; outputs 40 apart.
   w: its panel, 4 numbers a term.
   bias: of the first channel.
   scale: of the first channel.
   output: the first output, first channel; outputs 64 apart. */
static void tile_2x2(const int16_t *x, const int16_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    int32_t acc0_0 = *(bias);
    int32_t acc0_1 = *(bias + 1);
    int32_t acc1_0 = *(bias);
    int32_t acc1_1 = *(bias + 1);
    /* kernel columns x input channels */
    for (ptrdiff_t kw_ic = 0; kw_ic < 60; kw_ic += 4) {
        const int16_t *x_kw_ic = x + kw_ic * 2;
        {
            const int32_t b0 = word_at(w);
            const int32_t b1 = word_at(w + 2);
            const int32_t a0 = word_at(x_kw_ic);
            acc0_0 = dual_products(a0, b0, acc0_0);
            acc0_1 = dual_products(a0, b1, acc0_1);
            const int32_t a1 = word_at(x_kw_ic + 40);
            acc1_0 = dual_products(a1, b0, acc1_0);
            acc1_1 = dual_products(a1, b1, acc1_1);
        }
        {
            const int32_t b0 = word_at(w + 4);
            const int32_t b1 = word_at(w + 6);
            const int32_t a0 = word_at(x_kw_ic + 2);
            acc0_0 = dual_products(a0, b0, acc0_0);
            acc0_1 = dual_products(a0, b1, acc0_1);
            const int32_t a1 = word_at(x_kw_ic + 42);
            acc1_0 = dual_products(a1, b0, acc1_0);
            acc1_1 = dual_products(a1, b1, acc1_1);
        }
        {
            const int32_t b0 = word_at(w + 8);
            const int32_t b1 = word_at(w + 10);
            const int32_t a0 = word_at(x_kw_ic + 4);
            acc0_0 = dual_products(a0, b0, acc0_0);
            acc0_1 = dual_products(a0, b1, acc0_1);
            const int32_t a1 = word_at(x_kw_ic + 44);
            acc1_0 = dual_products(a1, b0, acc1_0);
            acc1_1 = dual_products(a1, b1, acc1_1);
        }
        {
            const int32_t b0 = word_at(w + 12);
            const int32_t b1 = word_at(w + 14);
            const int32_t a0 = word_at(x_kw_ic + 6);
            acc0_0 = dual_products(a0, b0, acc0_0);
            acc0_1 = dual_products(a0, b1, acc0_1);
            const int32_t a1 = word_at(x_kw_ic + 46);
            acc1_0 = dual_products(a1, b0, acc1_0);
            acc1_1 = dual_products(a1, b1, acc1_1);
        }
        w += 16;
        RELOAD;
    }
    *(output) = (int8_t)(requantise(acc0_0, *(scale), *(scale + 64)));
    *(output + 1) = (int8_t)(requantise(acc0_1, *(scale + 1), *(scale + 65)));
    *(output + 64) = (int8_t)(requantise(acc1_0, *(scale), *(scale + 64)));
    *(output + 65) = (int8_t)(requantise(acc1_1, *(scale + 1), *(scale + 65)));
}

/* 1 output x 2 channels.
   x: the window of the first output; outputs 40 apart.
   w: its panel, 4 numbers a term.
   bias: of the first channel.
   scale: of the first channel.
   output: the first output, first channel; outputs 64 apart. */
static void tile_1x2(const int16_t *x, const int16_t *w, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    int32_t acc0_0 = *(bias);
    int32_t acc0_1 = *(bias + 1);
    /* kernel columns x input channels */
    for (ptrdiff_t kw_ic = 0; kw_ic < 60; kw_ic += 4) {
        const int16_t *x_kw_ic = x + kw_ic * 2;
        {
            const int32_t b0 = word_at(w);
            const int32_t b1 = word_at(w + 2);
            const int32_t a0 = word_at(x_kw_ic);
            acc0_0 = dual_products(a0, b0, acc0_0);
            acc0_1 = dual_products(a0, b1, acc0_1);
        }
        {
            const int32_t b0 = word_at(w + 4);
            const int32_t b1 = word_at(w + 6);
            const int32_t a0 = word_at(x_kw_ic + 2);
            acc0_0 = dual_products(a0, b0, acc0_0);
            acc0_1 = dual_products(a0, b1, acc0_1);
        }
        {
            const int32_t b0 = word_at(w + 8);
            const int32_t b1 = word_at(w + 10);
            const int32_t a0 = word_at(x_kw_ic + 4);
            acc0_0 = dual_products(a0, b0, acc0_0);
            acc0_1 = dual_products(a0, b1, acc0_1);
        }
        {
            const int32_t b0 = word_at(w + 12);
            const int32_t b1 = word_at(w + 14);
            const int32_t a0 = word_at(x_kw_ic + 6);
            acc0_0 = dual_products(a0, b0, acc0_0);
            acc0_1 = dual_products(a0, b1, acc0_1);
        }
        w += 16;
        RELOAD;
    }
    *(output) = (int8_t)(requantise(acc0_0, *(scale), *(scale + 64)));
    *(output + 1) = (int8_t)(requantise(acc0_1, *(scale + 1), *(scale + 65)));
}

#ifndef conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_NO_PACK
/* Packs a panel: kw, ic, 2 output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static int16_t *pack_panel(const int8_t *weights, ptrdiff_t oc0, int16_t *out)
{
    for (ptrdiff_t kw = 0; kw < 3; ++kw) {
        for (ptrdiff_t ic = 0; ic < 20; ++ic) {
            for (ptrdiff_t j = 0; j < 2; ++j) {
                for (ptrdiff_t i = 0; i < 2; ++i) {
                    *out++ = weights[oc0 + j + kw * 2560 + (ic * 2 + i) * 64];
                }
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

void conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_pack(const int8_t *weights, const int32_t *bias, const double *scale, void *packed)
{
    int16_t *out = (int16_t *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 2) {
        out = pack_panel(weights, oc0, out);
    }
    int32_t *const bias_out = (int32_t *)(void *)((int16_t *)packed + 7680);
    for (ptrdiff_t oc = 0; oc < 64; ++oc) {
        bias_out[oc] = bias[oc];
    }
    int32_t *const scale_out = (int32_t *)(void *)((int16_t *)packed + 7808);
    for (ptrdiff_t oc = 0; oc < 64; ++oc) {
        split_scale(scale[oc], &scale_out[oc], &scale_out[oc + 64]);
    }
}

#endif

/* What a state begins with. Behind, conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_ALIGN bytes from its start, is a ring of 4 samples,
   twice, so that each window is in one piece. owner: a number that is this layer's.
   next: where the next sample goes.
*/
typedef struct {
    size_t owner;
    ptrdiff_t next;
} stream_head;

/* So many samples of a row. */
static void copy_samples(int16_t *to, const int8_t *from, ptrdiff_t samples)
{
    const ptrdiff_t count = samples * 40;
    for (ptrdiff_t i = 0; i < count; ++i) {
        to[i] = (int16_t)(from[i] + 128);
    }
}

/* Samples of a row into both copies of its ring, from place `next` on. The first may end in the second. */
static void keep(int16_t *ring, const int8_t *from, ptrdiff_t next, ptrdiff_t samples)
{
    const ptrdiff_t left = 4 - next;
    const ptrdiff_t before = samples < left ? samples : left;
    copy_samples(ring + next * 40, from, samples);
    copy_samples(ring + next * 40 + 160, from, before);
    if (before < samples) {
        copy_samples(ring, from + before * 40, samples - before);
    }
}

/* The outputs of a block, `count` of each channel. input: the window of the first. The other arrays are the layer's. */
static void compute_block(const int16_t *input, ptrdiff_t count, const int16_t *packed, int8_t *output)
{
    const int16_t *weights = packed;
    const int32_t *bias = (const int32_t *)(const void *)(packed + 7680);
    const int32_t *scale = (const int32_t *)(const void *)(packed + 7808);
    const ptrdiff_t upto_2 = count / 2 * 2;
    /* output channels, 2 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 64; oc0 += 2) {
        /* outputs, 2 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < upto_2; ow0 += 2) {
            tile_2x2(input + ow0 * 40, weights + oc0 * 120, bias + oc0, scale + oc0, output + oc0 + ow0 * 64);
        }
        /* outputs */
        for (ptrdiff_t ow0 = upto_2; ow0 < count; ++ow0) {
            tile_1x2(input + ow0 * 40, weights + oc0 * 120, bias + oc0, scale + oc0, output + oc0 + ow0 * 64);
        }
    }
}

void conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_reset(void *state)
{
    stream_head *head = (stream_head *)state;
    int16_t *ring = (int16_t *)state + 32;
    head->owner = 3466504375u;
    head->next = 0;
    for (ptrdiff_t i = 0; i < 352; ++i) {
        ring[i] = 0;
    }
}

int conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu(const int8_t *input, int samples, const void *packed, int8_t *output, void *state, void *workspace)
{
    stream_head *head = (stream_head *)state;
    int16_t *ring = (int16_t *)state + 32;
    if (samples < 1 || samples > 2) {
        return -1;
    }
    if (head->owner != 3466504375u) {
        return -2;
    }
    const ptrdiff_t next = head->next;
    const int16_t *weights = (const int16_t *)packed;
    (void)workspace;
    keep(ring, input, next, samples);
    const ptrdiff_t behind = next + samples;
    const ptrdiff_t first = next < 2 ? next + 2 : next - 2;
    head->next = behind < 4 ? behind : behind - 4;
    compute_block(ring + first * 40, samples, weights, output);
    return samples;
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef word_at
#undef dual_products
#undef max_s32
#undef min_s32
#undef shift_left
#undef scale_tflite
#undef requantise
#undef tile_2x2
#undef tile_1x2
#undef pack_panel
#undef split_scale
#undef stream_head
#undef copy_samples
#undef keep
#undef compute_block
#undef RELOAD

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma float_control(pop)
#endif
