/* conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid__direct_avx2_14x8: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 128 x 128 x 32, output 1 x 128 x 128 x 2, weights hwio 1 x 1 x 32 x 2
 *           kernel 1x1, stride 1x1, bias, sigmoid
 * Command   convgen generate ic32ih128oc2oh128kh1ph0 --layout nhwc --activation 'sigmoid' --target x86-64-v3
 * Plan      direct on avx2, lanes over oc, reading the input as it is
 *           for ow by 1036: 16 times, a task each
 *             for ow by 14: 74 times
 *               for ic: 32 times
 *                 tile of 14 pixels x 8 channels: 16 of 16 registers
 * Tasks     16 (pixels, 1036 at a time)
 * Cost      1048576 multiply-adds; at least 2228488 bytes moved; 1056 bytes packed, 0 of workspace
 * Bound     |error| <= 0.25 g S, S = sum |x||w| + |bias| + |residual|, g = 32 u / (1 - 32 u) =
 *           1.91e-06, u = 2^-24; the activation adds u (4 + 0 (|v| + g S)), v the sum before it
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
/* gcc must not turn loops that copy or clear into calls of memcpy or memset: this file needs no libc. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif
/* The functions of this file are built for this instruction set, whatever the rest of the program is. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx2,fma")
#endif
#include "conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid__direct_avx2_14x8.h"

#include <immintrin.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif !defined(__GNUC__) && (!defined(__AVX2__) || !defined(__FMA__))
#error "compile this file with -mavx2 -mfma"
#endif

/* All ones in the first n lanes; n is a constant at every call, so this is one too. */
static inline __m256i first_lanes(int n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

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

/* sigmoid; error at most u (4.0 + 0.0 |v|), u = 2^-24. */
static inline __m256 activate(__m256 v)
{
    const __m256 minus = _mm256_sub_ps(_mm256_setzero_ps(), v);
    const __m256 e = exponential(minus);
    const __m256 one = _mm256_set1_ps(1.0f);
    const __m256 under = _mm256_add_ps(e, one);
    return _mm256_div_ps(one, under);
}

/* 14 pixels x 2 channels */
static void tile_14x2(const float *x, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc6_0 = _mm256_loadu_ps(bias);
    __m256 acc7_0 = _mm256_loadu_ps(bias);
    __m256 acc8_0 = _mm256_loadu_ps(bias);
    __m256 acc9_0 = _mm256_loadu_ps(bias);
    __m256 acc10_0 = _mm256_loadu_ps(bias);
    __m256 acc11_0 = _mm256_loadu_ps(bias);
    __m256 acc12_0 = _mm256_loadu_ps(bias);
    __m256 acc13_0 = _mm256_loadu_ps(bias);
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 a0 = _mm256_broadcast_ss(x_ic);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 32);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 64);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 96);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 128);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 160);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            const __m256 a6 = _mm256_broadcast_ss(x_ic + 192);
            acc6_0 = _mm256_fmadd_ps(a6, b0, acc6_0);
            const __m256 a7 = _mm256_broadcast_ss(x_ic + 224);
            acc7_0 = _mm256_fmadd_ps(a7, b0, acc7_0);
            const __m256 a8 = _mm256_broadcast_ss(x_ic + 256);
            acc8_0 = _mm256_fmadd_ps(a8, b0, acc8_0);
            const __m256 a9 = _mm256_broadcast_ss(x_ic + 288);
            acc9_0 = _mm256_fmadd_ps(a9, b0, acc9_0);
            const __m256 a10 = _mm256_broadcast_ss(x_ic + 320);
            acc10_0 = _mm256_fmadd_ps(a10, b0, acc10_0);
            const __m256 a11 = _mm256_broadcast_ss(x_ic + 352);
            acc11_0 = _mm256_fmadd_ps(a11, b0, acc11_0);
            const __m256 a12 = _mm256_broadcast_ss(x_ic + 384);
            acc12_0 = _mm256_fmadd_ps(a12, b0, acc12_0);
            const __m256 a13 = _mm256_broadcast_ss(x_ic + 416);
            acc13_0 = _mm256_fmadd_ps(a13, b0, acc13_0);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 33);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 65);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 97);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 129);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 161);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            const __m256 a6 = _mm256_broadcast_ss(x_ic + 193);
            acc6_0 = _mm256_fmadd_ps(a6, b0, acc6_0);
            const __m256 a7 = _mm256_broadcast_ss(x_ic + 225);
            acc7_0 = _mm256_fmadd_ps(a7, b0, acc7_0);
            const __m256 a8 = _mm256_broadcast_ss(x_ic + 257);
            acc8_0 = _mm256_fmadd_ps(a8, b0, acc8_0);
            const __m256 a9 = _mm256_broadcast_ss(x_ic + 289);
            acc9_0 = _mm256_fmadd_ps(a9, b0, acc9_0);
            const __m256 a10 = _mm256_broadcast_ss(x_ic + 321);
            acc10_0 = _mm256_fmadd_ps(a10, b0, acc10_0);
            const __m256 a11 = _mm256_broadcast_ss(x_ic + 353);
            acc11_0 = _mm256_fmadd_ps(a11, b0, acc11_0);
            const __m256 a12 = _mm256_broadcast_ss(x_ic + 385);
            acc12_0 = _mm256_fmadd_ps(a12, b0, acc12_0);
            const __m256 a13 = _mm256_broadcast_ss(x_ic + 417);
            acc13_0 = _mm256_fmadd_ps(a13, b0, acc13_0);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 16);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 34);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 66);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 98);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 130);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 162);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            const __m256 a6 = _mm256_broadcast_ss(x_ic + 194);
            acc6_0 = _mm256_fmadd_ps(a6, b0, acc6_0);
            const __m256 a7 = _mm256_broadcast_ss(x_ic + 226);
            acc7_0 = _mm256_fmadd_ps(a7, b0, acc7_0);
            const __m256 a8 = _mm256_broadcast_ss(x_ic + 258);
            acc8_0 = _mm256_fmadd_ps(a8, b0, acc8_0);
            const __m256 a9 = _mm256_broadcast_ss(x_ic + 290);
            acc9_0 = _mm256_fmadd_ps(a9, b0, acc9_0);
            const __m256 a10 = _mm256_broadcast_ss(x_ic + 322);
            acc10_0 = _mm256_fmadd_ps(a10, b0, acc10_0);
            const __m256 a11 = _mm256_broadcast_ss(x_ic + 354);
            acc11_0 = _mm256_fmadd_ps(a11, b0, acc11_0);
            const __m256 a12 = _mm256_broadcast_ss(x_ic + 386);
            acc12_0 = _mm256_fmadd_ps(a12, b0, acc12_0);
            const __m256 a13 = _mm256_broadcast_ss(x_ic + 418);
            acc13_0 = _mm256_fmadd_ps(a13, b0, acc13_0);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 35);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 67);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 99);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 131);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 163);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            const __m256 a6 = _mm256_broadcast_ss(x_ic + 195);
            acc6_0 = _mm256_fmadd_ps(a6, b0, acc6_0);
            const __m256 a7 = _mm256_broadcast_ss(x_ic + 227);
            acc7_0 = _mm256_fmadd_ps(a7, b0, acc7_0);
            const __m256 a8 = _mm256_broadcast_ss(x_ic + 259);
            acc8_0 = _mm256_fmadd_ps(a8, b0, acc8_0);
            const __m256 a9 = _mm256_broadcast_ss(x_ic + 291);
            acc9_0 = _mm256_fmadd_ps(a9, b0, acc9_0);
            const __m256 a10 = _mm256_broadcast_ss(x_ic + 323);
            acc10_0 = _mm256_fmadd_ps(a10, b0, acc10_0);
            const __m256 a11 = _mm256_broadcast_ss(x_ic + 355);
            acc11_0 = _mm256_fmadd_ps(a11, b0, acc11_0);
            const __m256 a12 = _mm256_broadcast_ss(x_ic + 387);
            acc12_0 = _mm256_fmadd_ps(a12, b0, acc12_0);
            const __m256 a13 = _mm256_broadcast_ss(x_ic + 419);
            acc13_0 = _mm256_fmadd_ps(a13, b0, acc13_0);
        }
        w += 32;
    }
    acc0_0 = activate(acc0_0);
    _mm256_maskstore_ps(output, first_lanes(2), acc0_0);
    acc1_0 = activate(acc1_0);
    _mm256_maskstore_ps(output + 2, first_lanes(2), acc1_0);
    acc2_0 = activate(acc2_0);
    _mm256_maskstore_ps(output + 4, first_lanes(2), acc2_0);
    acc3_0 = activate(acc3_0);
    _mm256_maskstore_ps(output + 6, first_lanes(2), acc3_0);
    acc4_0 = activate(acc4_0);
    _mm256_maskstore_ps(output + 8, first_lanes(2), acc4_0);
    acc5_0 = activate(acc5_0);
    _mm256_maskstore_ps(output + 10, first_lanes(2), acc5_0);
    acc6_0 = activate(acc6_0);
    _mm256_maskstore_ps(output + 12, first_lanes(2), acc6_0);
    acc7_0 = activate(acc7_0);
    _mm256_maskstore_ps(output + 14, first_lanes(2), acc7_0);
    acc8_0 = activate(acc8_0);
    _mm256_maskstore_ps(output + 16, first_lanes(2), acc8_0);
    acc9_0 = activate(acc9_0);
    _mm256_maskstore_ps(output + 18, first_lanes(2), acc9_0);
    acc10_0 = activate(acc10_0);
    _mm256_maskstore_ps(output + 20, first_lanes(2), acc10_0);
    acc11_0 = activate(acc11_0);
    _mm256_maskstore_ps(output + 22, first_lanes(2), acc11_0);
    acc12_0 = activate(acc12_0);
    _mm256_maskstore_ps(output + 24, first_lanes(2), acc12_0);
    acc13_0 = activate(acc13_0);
    _mm256_maskstore_ps(output + 26, first_lanes(2), acc13_0);
}

/* 13 pixels x 2 channels */
static void tile_13x2(const float *x, const float *w, const float *bias, float *output)
{
    __m256 acc0_0 = _mm256_loadu_ps(bias);
    __m256 acc1_0 = _mm256_loadu_ps(bias);
    __m256 acc2_0 = _mm256_loadu_ps(bias);
    __m256 acc3_0 = _mm256_loadu_ps(bias);
    __m256 acc4_0 = _mm256_loadu_ps(bias);
    __m256 acc5_0 = _mm256_loadu_ps(bias);
    __m256 acc6_0 = _mm256_loadu_ps(bias);
    __m256 acc7_0 = _mm256_loadu_ps(bias);
    __m256 acc8_0 = _mm256_loadu_ps(bias);
    __m256 acc9_0 = _mm256_loadu_ps(bias);
    __m256 acc10_0 = _mm256_loadu_ps(bias);
    __m256 acc11_0 = _mm256_loadu_ps(bias);
    __m256 acc12_0 = _mm256_loadu_ps(bias);
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 32; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m256 b0 = _mm256_loadu_ps(w);
            const __m256 a0 = _mm256_broadcast_ss(x_ic);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 32);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 64);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 96);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 128);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 160);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            const __m256 a6 = _mm256_broadcast_ss(x_ic + 192);
            acc6_0 = _mm256_fmadd_ps(a6, b0, acc6_0);
            const __m256 a7 = _mm256_broadcast_ss(x_ic + 224);
            acc7_0 = _mm256_fmadd_ps(a7, b0, acc7_0);
            const __m256 a8 = _mm256_broadcast_ss(x_ic + 256);
            acc8_0 = _mm256_fmadd_ps(a8, b0, acc8_0);
            const __m256 a9 = _mm256_broadcast_ss(x_ic + 288);
            acc9_0 = _mm256_fmadd_ps(a9, b0, acc9_0);
            const __m256 a10 = _mm256_broadcast_ss(x_ic + 320);
            acc10_0 = _mm256_fmadd_ps(a10, b0, acc10_0);
            const __m256 a11 = _mm256_broadcast_ss(x_ic + 352);
            acc11_0 = _mm256_fmadd_ps(a11, b0, acc11_0);
            const __m256 a12 = _mm256_broadcast_ss(x_ic + 384);
            acc12_0 = _mm256_fmadd_ps(a12, b0, acc12_0);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 8);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 1);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 33);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 65);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 97);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 129);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 161);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            const __m256 a6 = _mm256_broadcast_ss(x_ic + 193);
            acc6_0 = _mm256_fmadd_ps(a6, b0, acc6_0);
            const __m256 a7 = _mm256_broadcast_ss(x_ic + 225);
            acc7_0 = _mm256_fmadd_ps(a7, b0, acc7_0);
            const __m256 a8 = _mm256_broadcast_ss(x_ic + 257);
            acc8_0 = _mm256_fmadd_ps(a8, b0, acc8_0);
            const __m256 a9 = _mm256_broadcast_ss(x_ic + 289);
            acc9_0 = _mm256_fmadd_ps(a9, b0, acc9_0);
            const __m256 a10 = _mm256_broadcast_ss(x_ic + 321);
            acc10_0 = _mm256_fmadd_ps(a10, b0, acc10_0);
            const __m256 a11 = _mm256_broadcast_ss(x_ic + 353);
            acc11_0 = _mm256_fmadd_ps(a11, b0, acc11_0);
            const __m256 a12 = _mm256_broadcast_ss(x_ic + 385);
            acc12_0 = _mm256_fmadd_ps(a12, b0, acc12_0);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 16);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 2);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 34);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 66);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 98);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 130);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 162);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            const __m256 a6 = _mm256_broadcast_ss(x_ic + 194);
            acc6_0 = _mm256_fmadd_ps(a6, b0, acc6_0);
            const __m256 a7 = _mm256_broadcast_ss(x_ic + 226);
            acc7_0 = _mm256_fmadd_ps(a7, b0, acc7_0);
            const __m256 a8 = _mm256_broadcast_ss(x_ic + 258);
            acc8_0 = _mm256_fmadd_ps(a8, b0, acc8_0);
            const __m256 a9 = _mm256_broadcast_ss(x_ic + 290);
            acc9_0 = _mm256_fmadd_ps(a9, b0, acc9_0);
            const __m256 a10 = _mm256_broadcast_ss(x_ic + 322);
            acc10_0 = _mm256_fmadd_ps(a10, b0, acc10_0);
            const __m256 a11 = _mm256_broadcast_ss(x_ic + 354);
            acc11_0 = _mm256_fmadd_ps(a11, b0, acc11_0);
            const __m256 a12 = _mm256_broadcast_ss(x_ic + 386);
            acc12_0 = _mm256_fmadd_ps(a12, b0, acc12_0);
        }
        {
            const __m256 b0 = _mm256_loadu_ps(w + 24);
            const __m256 a0 = _mm256_broadcast_ss(x_ic + 3);
            acc0_0 = _mm256_fmadd_ps(a0, b0, acc0_0);
            const __m256 a1 = _mm256_broadcast_ss(x_ic + 35);
            acc1_0 = _mm256_fmadd_ps(a1, b0, acc1_0);
            const __m256 a2 = _mm256_broadcast_ss(x_ic + 67);
            acc2_0 = _mm256_fmadd_ps(a2, b0, acc2_0);
            const __m256 a3 = _mm256_broadcast_ss(x_ic + 99);
            acc3_0 = _mm256_fmadd_ps(a3, b0, acc3_0);
            const __m256 a4 = _mm256_broadcast_ss(x_ic + 131);
            acc4_0 = _mm256_fmadd_ps(a4, b0, acc4_0);
            const __m256 a5 = _mm256_broadcast_ss(x_ic + 163);
            acc5_0 = _mm256_fmadd_ps(a5, b0, acc5_0);
            const __m256 a6 = _mm256_broadcast_ss(x_ic + 195);
            acc6_0 = _mm256_fmadd_ps(a6, b0, acc6_0);
            const __m256 a7 = _mm256_broadcast_ss(x_ic + 227);
            acc7_0 = _mm256_fmadd_ps(a7, b0, acc7_0);
            const __m256 a8 = _mm256_broadcast_ss(x_ic + 259);
            acc8_0 = _mm256_fmadd_ps(a8, b0, acc8_0);
            const __m256 a9 = _mm256_broadcast_ss(x_ic + 291);
            acc9_0 = _mm256_fmadd_ps(a9, b0, acc9_0);
            const __m256 a10 = _mm256_broadcast_ss(x_ic + 323);
            acc10_0 = _mm256_fmadd_ps(a10, b0, acc10_0);
            const __m256 a11 = _mm256_broadcast_ss(x_ic + 355);
            acc11_0 = _mm256_fmadd_ps(a11, b0, acc11_0);
            const __m256 a12 = _mm256_broadcast_ss(x_ic + 387);
            acc12_0 = _mm256_fmadd_ps(a12, b0, acc12_0);
        }
        w += 32;
    }
    acc0_0 = activate(acc0_0);
    _mm256_maskstore_ps(output, first_lanes(2), acc0_0);
    acc1_0 = activate(acc1_0);
    _mm256_maskstore_ps(output + 2, first_lanes(2), acc1_0);
    acc2_0 = activate(acc2_0);
    _mm256_maskstore_ps(output + 4, first_lanes(2), acc2_0);
    acc3_0 = activate(acc3_0);
    _mm256_maskstore_ps(output + 6, first_lanes(2), acc3_0);
    acc4_0 = activate(acc4_0);
    _mm256_maskstore_ps(output + 8, first_lanes(2), acc4_0);
    acc5_0 = activate(acc5_0);
    _mm256_maskstore_ps(output + 10, first_lanes(2), acc5_0);
    acc6_0 = activate(acc6_0);
    _mm256_maskstore_ps(output + 12, first_lanes(2), acc6_0);
    acc7_0 = activate(acc7_0);
    _mm256_maskstore_ps(output + 14, first_lanes(2), acc7_0);
    acc8_0 = activate(acc8_0);
    _mm256_maskstore_ps(output + 16, first_lanes(2), acc8_0);
    acc9_0 = activate(acc9_0);
    _mm256_maskstore_ps(output + 18, first_lanes(2), acc9_0);
    acc10_0 = activate(acc10_0);
    _mm256_maskstore_ps(output + 20, first_lanes(2), acc10_0);
    acc11_0 = activate(acc11_0);
    _mm256_maskstore_ps(output + 22, first_lanes(2), acc11_0);
    acc12_0 = activate(acc12_0);
    _mm256_maskstore_ps(output + 24, first_lanes(2), acc12_0);
}

/* One panel: kd, kh, kw, ic, then `width` output channels from oc0, zero beyond the last. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, ptrdiff_t width, float *out)
{
    for (ptrdiff_t ic = 0; ic < 32; ++ic) {
        for (ptrdiff_t j = 0; j < width; ++j) {
            *out++ = oc0 + j < 2 ? weights[oc0 + j + ic * 2] : 0.0f;
        }
    }
    return out;
}

void conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid__direct_avx2_14x8_pack(const float *weights, const float *bias, void *packed)
{
    float *out = packed;
    out = pack_panel(weights, 0, 8, out);
    for (ptrdiff_t oc = 0; oc < 8; ++oc) {
        *out++ = oc < 2 ? bias[oc] : 0.0f;
    }
}

static void compute_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    const float *weights = packed;
    const float *bias = packed + 256;
    (void)worker;
    (void)workspace;
    const ptrdiff_t ow1 = (ptrdiff_t)task; /* pixels, 1036 at a time */
    {
        const ptrdiff_t ow_end = ow1 * 74 + 74 < 1161 ? ow1 * 74 + 74 : 1161;
        /* pixels, 14 at a time */
        for (ptrdiff_t ow_tile = ow1 * 74; ow_tile < ow_end; ++ow_tile) {
            const ptrdiff_t ow0 = ow_tile * 14;
            tile_14x2(input + ow0 * 32, weights, bias, output + ow0 * 2);
        }
    }
    {
        const ptrdiff_t ow_end = ow1 * 74 + 74 < 1171 ? ow1 * 74 + 74 : 1171;
        const ptrdiff_t ow_begin = ow1 * 74 > 1161 ? ow1 * 74 : 1161;
        /* pixels, 13 at a time */
        for (ptrdiff_t ow_tile = ow_begin; ow_tile < ow_end; ++ow_tile) {
            const ptrdiff_t ow0 = ow_tile * 13 + 1161;
            tile_13x2(input + ow0 * 32, weights, bias, output + ow0 * 2);
        }
    }
}

size_t conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid__direct_avx2_14x8_tasks(int phase)
{
    static const size_t tasks[conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid__direct_avx2_14x8_PHASES] = {16};
    return phase >= 0 && phase < conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid__direct_avx2_14x8_PHASES ? tasks[phase] : 0;
}

void conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid__direct_avx2_14x8_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        compute_task(task, worker, input, packed, output, workspace);
        break;
    default:
        break;
    }
}

void conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid__direct_avx2_14x8(const float *input, const void *packed, float *output, void *workspace)
{
    for (int phase = 0; phase < conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid__direct_avx2_14x8_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid__direct_avx2_14x8_tasks(phase);
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
#ifdef _OPENMP
            const int worker = omp_get_thread_num();
#else
            const int worker = 0;
#endif
            conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid__direct_avx2_14x8_task(phase, (size_t)task, worker, input, packed, output, workspace);
        }
    }
}
#if defined(__clang__)
#pragma clang attribute pop
#endif
