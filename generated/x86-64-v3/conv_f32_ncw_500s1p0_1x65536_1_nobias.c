/* conv_f32_ncw_500s1p0_1x65536_1_nobias: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input ncw 1 x 1 x 65536, output 1 x 1 x 65037, weights oihw 1 x 1 x 500
 *           kernel 500, stride 1
 * Command   convgen generate ic1iw65536oc1ow65037kw500pw0 --layout ncw --no-bias --target x86-64-v3 --max-error 9.4e-08 -o .
 * Plan      fourier on avx2, lanes over ow, reading the input as it is
 *           for ow by 3592: 10 times, a task each
 *             tile of 1 pair x 1 channel, 4096 points for 3592 outputs: 6 of 16 registers
 * Tasks     10 (pairs of blocks: their products and transforms)
 * Cost      32518500 multiply-adds; at least 524292 bytes moved; 69568 bytes packed, 98496 of workspace for a worker, 98496 more for each other
 * Code      about 7994 bytes compiled for size, rarely more than 25990 for speed
 * Bound     |error| <= g S, S = sum ||x|| ||w||, g = 84 u / (1 - 84 u) = 5.01e-06, u = 2^-24; over
 *           input channels and parts of the kernel; || || is the root of the sum of squares, of blocks
 *           of the input that are transformed together, so S counts all pixels of these, also those
 *           that it does not read (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w|
 *           <= W, S is at most 2024 X W, 4.05 times that of a direct sum
 * Range     nothing overflows where |x| <= X and |w| <= W, X <= 4.15e+34, X W <= 1.18e+35
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_ncw_500s1p0_1x65536_1_nobias.h"

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
#define alternate_lanes conv_f32_ncw_500s1p0_1x65536_1_nobias_alternate_lanes_
#define forward_8_turned conv_f32_ncw_500s1p0_1x65536_1_nobias_forward_8_turned_
#define inverse_8_turned conv_f32_ncw_500s1p0_1x65536_1_nobias_inverse_8_turned_
#define forward_8_by_lane conv_f32_ncw_500s1p0_1x65536_1_nobias_forward_8_by_lane_
#define inverse_8_by_lane conv_f32_ncw_500s1p0_1x65536_1_nobias_inverse_8_by_lane_
#define forward_8 conv_f32_ncw_500s1p0_1x65536_1_nobias_forward_8_
#define inverse_8 conv_f32_ncw_500s1p0_1x65536_1_nobias_inverse_8_
#define transpose conv_f32_ncw_500s1p0_1x65536_1_nobias_transpose_
#define transform conv_f32_ncw_500s1p0_1x65536_1_nobias_transform_
#define transform_back conv_f32_ncw_500s1p0_1x65536_1_nobias_transform_back_
#define load_block conv_f32_ncw_500s1p0_1x65536_1_nobias_load_block_
#define load_pair conv_f32_ncw_500s1p0_1x65536_1_nobias_load_pair_
#define store_block conv_f32_ncw_500s1p0_1x65536_1_nobias_store_block_
#define store_pair conv_f32_ncw_500s1p0_1x65536_1_nobias_store_pair_
#define multiply conv_f32_ncw_500s1p0_1x65536_1_nobias_multiply_
#define power conv_f32_ncw_500s1p0_1x65536_1_nobias_power_
#define place_of conv_f32_ncw_500s1p0_1x65536_1_nobias_place_of_
#define transform_weights conv_f32_ncw_500s1p0_1x65536_1_nobias_transform_weights_
#define put_root conv_f32_ncw_500s1p0_1x65536_1_nobias_put_root_
#define multiply_task conv_f32_ncw_500s1p0_1x65536_1_nobias_multiply_task_

/* The shuffles above work in halves of a vector; this brings their quarters into order. */
static inline __m256 alternate_lanes(__m256 a)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(a), 0xd8));
}

/* Transforms of 8 points, apart apart, in place; their indices have their bits reversed then.
   roots: what follows of the transform that this is a part of, all but the first, which are 1.
   z: the first point. apart: floats between two points. count: turns. */
static void forward_8_turned(float *z, ptrdiff_t apart, ptrdiff_t count, const float *roots)
{
    for (ptrdiff_t j = 0; j < count; ++j) {
        const __m256 x0 = _mm256_loadu_ps(z);
        const __m256 x1 = _mm256_loadu_ps(z + 8);
        const __m256 x2 = _mm256_loadu_ps(z + apart);
        const __m256 x3 = _mm256_loadu_ps(z + apart + 8);
        const __m256 x4 = _mm256_loadu_ps(z + apart * 2);
        const __m256 x5 = _mm256_loadu_ps(z + apart * 2 + 8);
        const __m256 x6 = _mm256_loadu_ps(z + apart * 3);
        const __m256 x7 = _mm256_loadu_ps(z + apart * 3 + 8);
        const __m256 x8 = _mm256_loadu_ps(z + apart * 4);
        const __m256 x9 = _mm256_loadu_ps(z + apart * 4 + 8);
        const __m256 x10 = _mm256_loadu_ps(z + apart * 5);
        const __m256 x11 = _mm256_loadu_ps(z + apart * 5 + 8);
        const __m256 x12 = _mm256_loadu_ps(z + apart * 6);
        const __m256 x13 = _mm256_loadu_ps(z + apart * 6 + 8);
        const __m256 x14 = _mm256_loadu_ps(z + apart * 7);
        const __m256 x15 = _mm256_loadu_ps(z + apart * 7 + 8);
        const __m256 t0 = _mm256_add_ps(x0, x8);
        const __m256 t1 = _mm256_add_ps(x1, x9);
        const __m256 t2 = _mm256_add_ps(x2, x10);
        const __m256 t3 = _mm256_add_ps(x3, x11);
        const __m256 t4 = _mm256_add_ps(x4, x12);
        const __m256 t5 = _mm256_add_ps(x5, x13);
        const __m256 t6 = _mm256_add_ps(x6, x14);
        const __m256 t7 = _mm256_add_ps(x7, x15);
        const __m256 t8 = _mm256_sub_ps(x0, x8);
        const __m256 t9 = _mm256_sub_ps(x1, x9);
        const __m256 t10 = _mm256_sub_ps(x2, x10);
        const __m256 t11 = _mm256_sub_ps(x3, x11);
        const __m256 t12 = _mm256_sub_ps(x4, x12);
        const __m256 t13 = _mm256_sub_ps(x5, x13);
        const __m256 t14 = _mm256_sub_ps(x6, x14);
        const __m256 t15 = _mm256_sub_ps(x7, x15);
        const __m256 t16 = _mm256_add_ps(t0, t4);
        const __m256 t17 = _mm256_add_ps(t1, t5);
        const __m256 t18 = _mm256_add_ps(t2, t6);
        const __m256 t19 = _mm256_add_ps(t3, t7);
        const __m256 t20 = _mm256_sub_ps(t0, t4);
        const __m256 t21 = _mm256_sub_ps(t1, t5);
        const __m256 t22 = _mm256_sub_ps(t2, t6);
        const __m256 t23 = _mm256_sub_ps(t3, t7);
        const __m256 t24 = _mm256_add_ps(t16, t18);
        const __m256 t25 = _mm256_add_ps(t17, t19);
        const __m256 t26 = _mm256_sub_ps(t16, t18);
        const __m256 t27 = _mm256_sub_ps(t17, t19);
        const __m256 t28 = _mm256_add_ps(t20, t23);
        const __m256 t29 = _mm256_sub_ps(t21, t22);
        const __m256 t30 = _mm256_sub_ps(t20, t23);
        const __m256 t31 = _mm256_add_ps(t21, t22);
        const __m256 t32 = _mm256_add_ps(t10, t11);
        const __m256 t33 = _mm256_sub_ps(t11, t10);
        const __m256 t34 = _mm256_mul_ps(t32, _mm256_set1_ps(0.707106769f));
        const __m256 t35 = _mm256_mul_ps(t33, _mm256_set1_ps(0.707106769f));
        const __m256 t36 = _mm256_sub_ps(t15, t14);
        const __m256 t37 = _mm256_add_ps(t14, t15);
        const __m256 t38 = _mm256_mul_ps(t36, _mm256_set1_ps(0.707106769f));
        const __m256 t39 = _mm256_mul_ps(t37, _mm256_set1_ps(0.707106769f));
        const __m256 t40 = _mm256_add_ps(t8, t13);
        const __m256 t41 = _mm256_sub_ps(t9, t12);
        const __m256 t42 = _mm256_add_ps(t34, t38);
        const __m256 t43 = _mm256_sub_ps(t35, t39);
        const __m256 t44 = _mm256_sub_ps(t8, t13);
        const __m256 t45 = _mm256_add_ps(t9, t12);
        const __m256 t46 = _mm256_sub_ps(t34, t38);
        const __m256 t47 = _mm256_add_ps(t35, t39);
        const __m256 t48 = _mm256_add_ps(t40, t42);
        const __m256 t49 = _mm256_add_ps(t41, t43);
        const __m256 t50 = _mm256_sub_ps(t40, t42);
        const __m256 t51 = _mm256_sub_ps(t41, t43);
        const __m256 t52 = _mm256_add_ps(t44, t47);
        const __m256 t53 = _mm256_sub_ps(t45, t46);
        const __m256 t54 = _mm256_sub_ps(t44, t47);
        const __m256 t55 = _mm256_add_ps(t45, t46);
        _mm256_storeu_ps(z, t24);
        _mm256_storeu_ps(z + 8, t25);
        const __m256 re1 = _mm256_broadcast_ss(roots);
        const __m256 im1 = _mm256_broadcast_ss(roots + 1);
        _mm256_storeu_ps(z + apart, _mm256_fnmadd_ps(t27, im1, _mm256_mul_ps(t26, re1)));
        _mm256_storeu_ps(z + apart + 8, _mm256_fmadd_ps(t27, re1, _mm256_mul_ps(t26, im1)));
        const __m256 re2 = _mm256_broadcast_ss(roots + 2);
        const __m256 im2 = _mm256_broadcast_ss(roots + 3);
        _mm256_storeu_ps(z + apart * 2, _mm256_fnmadd_ps(t29, im2, _mm256_mul_ps(t28, re2)));
        _mm256_storeu_ps(z + apart * 2 + 8, _mm256_fmadd_ps(t29, re2, _mm256_mul_ps(t28, im2)));
        const __m256 re3 = _mm256_broadcast_ss(roots + 4);
        const __m256 im3 = _mm256_broadcast_ss(roots + 5);
        _mm256_storeu_ps(z + apart * 3, _mm256_fnmadd_ps(t31, im3, _mm256_mul_ps(t30, re3)));
        _mm256_storeu_ps(z + apart * 3 + 8, _mm256_fmadd_ps(t31, re3, _mm256_mul_ps(t30, im3)));
        const __m256 re4 = _mm256_broadcast_ss(roots + 6);
        const __m256 im4 = _mm256_broadcast_ss(roots + 7);
        _mm256_storeu_ps(z + apart * 4, _mm256_fnmadd_ps(t49, im4, _mm256_mul_ps(t48, re4)));
        _mm256_storeu_ps(z + apart * 4 + 8, _mm256_fmadd_ps(t49, re4, _mm256_mul_ps(t48, im4)));
        const __m256 re5 = _mm256_broadcast_ss(roots + 8);
        const __m256 im5 = _mm256_broadcast_ss(roots + 9);
        _mm256_storeu_ps(z + apart * 5, _mm256_fnmadd_ps(t51, im5, _mm256_mul_ps(t50, re5)));
        _mm256_storeu_ps(z + apart * 5 + 8, _mm256_fmadd_ps(t51, re5, _mm256_mul_ps(t50, im5)));
        const __m256 re6 = _mm256_broadcast_ss(roots + 10);
        const __m256 im6 = _mm256_broadcast_ss(roots + 11);
        _mm256_storeu_ps(z + apart * 6, _mm256_fnmadd_ps(t53, im6, _mm256_mul_ps(t52, re6)));
        _mm256_storeu_ps(z + apart * 6 + 8, _mm256_fmadd_ps(t53, re6, _mm256_mul_ps(t52, im6)));
        const __m256 re7 = _mm256_broadcast_ss(roots + 12);
        const __m256 im7 = _mm256_broadcast_ss(roots + 13);
        _mm256_storeu_ps(z + apart * 7, _mm256_fnmadd_ps(t55, im7, _mm256_mul_ps(t54, re7)));
        _mm256_storeu_ps(z + apart * 7 + 8, _mm256_fmadd_ps(t55, re7, _mm256_mul_ps(t54, im7)));
        z += 16;
        roots += 14;
    }
}

/* The way back: the same of numbers whose parts have changed places. */
static void inverse_8_turned(float *z, ptrdiff_t apart, ptrdiff_t count, const float *roots)
{
    for (ptrdiff_t j = 0; j < count; ++j) {
        const __m256 x1 = _mm256_loadu_ps(z);
        const __m256 x0 = _mm256_loadu_ps(z + 8);
        const __m256 a1 = _mm256_loadu_ps(z + apart);
        const __m256 b1 = _mm256_loadu_ps(z + apart + 8);
        const __m256 re1 = _mm256_broadcast_ss(roots);
        const __m256 im1 = _mm256_broadcast_ss(roots + 1);
        const __m256 x9 = _mm256_fmadd_ps(b1, im1, _mm256_mul_ps(a1, re1));
        const __m256 x8 = _mm256_fnmadd_ps(a1, im1, _mm256_mul_ps(b1, re1));
        const __m256 a2 = _mm256_loadu_ps(z + apart * 2);
        const __m256 b2 = _mm256_loadu_ps(z + apart * 2 + 8);
        const __m256 re2 = _mm256_broadcast_ss(roots + 2);
        const __m256 im2 = _mm256_broadcast_ss(roots + 3);
        const __m256 x5 = _mm256_fmadd_ps(b2, im2, _mm256_mul_ps(a2, re2));
        const __m256 x4 = _mm256_fnmadd_ps(a2, im2, _mm256_mul_ps(b2, re2));
        const __m256 a3 = _mm256_loadu_ps(z + apart * 3);
        const __m256 b3 = _mm256_loadu_ps(z + apart * 3 + 8);
        const __m256 re3 = _mm256_broadcast_ss(roots + 4);
        const __m256 im3 = _mm256_broadcast_ss(roots + 5);
        const __m256 x13 = _mm256_fmadd_ps(b3, im3, _mm256_mul_ps(a3, re3));
        const __m256 x12 = _mm256_fnmadd_ps(a3, im3, _mm256_mul_ps(b3, re3));
        const __m256 a4 = _mm256_loadu_ps(z + apart * 4);
        const __m256 b4 = _mm256_loadu_ps(z + apart * 4 + 8);
        const __m256 re4 = _mm256_broadcast_ss(roots + 6);
        const __m256 im4 = _mm256_broadcast_ss(roots + 7);
        const __m256 x3 = _mm256_fmadd_ps(b4, im4, _mm256_mul_ps(a4, re4));
        const __m256 x2 = _mm256_fnmadd_ps(a4, im4, _mm256_mul_ps(b4, re4));
        const __m256 a5 = _mm256_loadu_ps(z + apart * 5);
        const __m256 b5 = _mm256_loadu_ps(z + apart * 5 + 8);
        const __m256 re5 = _mm256_broadcast_ss(roots + 8);
        const __m256 im5 = _mm256_broadcast_ss(roots + 9);
        const __m256 x11 = _mm256_fmadd_ps(b5, im5, _mm256_mul_ps(a5, re5));
        const __m256 x10 = _mm256_fnmadd_ps(a5, im5, _mm256_mul_ps(b5, re5));
        const __m256 a6 = _mm256_loadu_ps(z + apart * 6);
        const __m256 b6 = _mm256_loadu_ps(z + apart * 6 + 8);
        const __m256 re6 = _mm256_broadcast_ss(roots + 10);
        const __m256 im6 = _mm256_broadcast_ss(roots + 11);
        const __m256 x7 = _mm256_fmadd_ps(b6, im6, _mm256_mul_ps(a6, re6));
        const __m256 x6 = _mm256_fnmadd_ps(a6, im6, _mm256_mul_ps(b6, re6));
        const __m256 a7 = _mm256_loadu_ps(z + apart * 7);
        const __m256 b7 = _mm256_loadu_ps(z + apart * 7 + 8);
        const __m256 re7 = _mm256_broadcast_ss(roots + 12);
        const __m256 im7 = _mm256_broadcast_ss(roots + 13);
        const __m256 x15 = _mm256_fmadd_ps(b7, im7, _mm256_mul_ps(a7, re7));
        const __m256 x14 = _mm256_fnmadd_ps(a7, im7, _mm256_mul_ps(b7, re7));
        const __m256 t0 = _mm256_add_ps(x0, x8);
        const __m256 t1 = _mm256_add_ps(x1, x9);
        const __m256 t2 = _mm256_add_ps(x2, x10);
        const __m256 t3 = _mm256_add_ps(x3, x11);
        const __m256 t4 = _mm256_add_ps(x4, x12);
        const __m256 t5 = _mm256_add_ps(x5, x13);
        const __m256 t6 = _mm256_add_ps(x6, x14);
        const __m256 t7 = _mm256_add_ps(x7, x15);
        const __m256 t8 = _mm256_sub_ps(x0, x8);
        const __m256 t9 = _mm256_sub_ps(x1, x9);
        const __m256 t10 = _mm256_sub_ps(x2, x10);
        const __m256 t11 = _mm256_sub_ps(x3, x11);
        const __m256 t12 = _mm256_sub_ps(x4, x12);
        const __m256 t13 = _mm256_sub_ps(x5, x13);
        const __m256 t14 = _mm256_sub_ps(x6, x14);
        const __m256 t15 = _mm256_sub_ps(x7, x15);
        const __m256 t16 = _mm256_add_ps(t0, t4);
        const __m256 t17 = _mm256_add_ps(t1, t5);
        const __m256 t18 = _mm256_add_ps(t2, t6);
        const __m256 t19 = _mm256_add_ps(t3, t7);
        const __m256 t20 = _mm256_sub_ps(t0, t4);
        const __m256 t21 = _mm256_sub_ps(t1, t5);
        const __m256 t22 = _mm256_sub_ps(t2, t6);
        const __m256 t23 = _mm256_sub_ps(t3, t7);
        const __m256 t24 = _mm256_add_ps(t16, t18);
        const __m256 t25 = _mm256_add_ps(t17, t19);
        const __m256 t26 = _mm256_sub_ps(t16, t18);
        const __m256 t27 = _mm256_sub_ps(t17, t19);
        const __m256 t28 = _mm256_add_ps(t20, t23);
        const __m256 t29 = _mm256_sub_ps(t21, t22);
        const __m256 t30 = _mm256_sub_ps(t20, t23);
        const __m256 t31 = _mm256_add_ps(t21, t22);
        const __m256 t32 = _mm256_add_ps(t10, t11);
        const __m256 t33 = _mm256_sub_ps(t11, t10);
        const __m256 t34 = _mm256_mul_ps(t32, _mm256_set1_ps(0.707106769f));
        const __m256 t35 = _mm256_mul_ps(t33, _mm256_set1_ps(0.707106769f));
        const __m256 t36 = _mm256_sub_ps(t15, t14);
        const __m256 t37 = _mm256_add_ps(t14, t15);
        const __m256 t38 = _mm256_mul_ps(t36, _mm256_set1_ps(0.707106769f));
        const __m256 t39 = _mm256_mul_ps(t37, _mm256_set1_ps(0.707106769f));
        const __m256 t40 = _mm256_add_ps(t8, t13);
        const __m256 t41 = _mm256_sub_ps(t9, t12);
        const __m256 t42 = _mm256_add_ps(t34, t38);
        const __m256 t43 = _mm256_sub_ps(t35, t39);
        const __m256 t44 = _mm256_sub_ps(t8, t13);
        const __m256 t45 = _mm256_add_ps(t9, t12);
        const __m256 t46 = _mm256_sub_ps(t34, t38);
        const __m256 t47 = _mm256_add_ps(t35, t39);
        const __m256 t48 = _mm256_add_ps(t40, t42);
        const __m256 t49 = _mm256_add_ps(t41, t43);
        const __m256 t50 = _mm256_sub_ps(t40, t42);
        const __m256 t51 = _mm256_sub_ps(t41, t43);
        const __m256 t52 = _mm256_add_ps(t44, t47);
        const __m256 t53 = _mm256_sub_ps(t45, t46);
        const __m256 t54 = _mm256_sub_ps(t44, t47);
        const __m256 t55 = _mm256_add_ps(t45, t46);
        _mm256_storeu_ps(z, t25);
        _mm256_storeu_ps(z + 8, t24);
        _mm256_storeu_ps(z + apart * 4, t27);
        _mm256_storeu_ps(z + apart * 4 + 8, t26);
        _mm256_storeu_ps(z + apart * 2, t29);
        _mm256_storeu_ps(z + apart * 2 + 8, t28);
        _mm256_storeu_ps(z + apart * 6, t31);
        _mm256_storeu_ps(z + apart * 6 + 8, t30);
        _mm256_storeu_ps(z + apart, t49);
        _mm256_storeu_ps(z + apart + 8, t48);
        _mm256_storeu_ps(z + apart * 5, t51);
        _mm256_storeu_ps(z + apart * 5 + 8, t50);
        _mm256_storeu_ps(z + apart * 3, t53);
        _mm256_storeu_ps(z + apart * 3 + 8, t52);
        _mm256_storeu_ps(z + apart * 7, t55);
        _mm256_storeu_ps(z + apart * 7 + 8, t54);
        z += 16;
        roots += 14;
    }
}

/* Transforms of 8 points, 16 apart, in place; their indices have their bits reversed then.
   roots: what follows of the transform of all, a vector for each point.
   z: the first point. */
static void forward_8_by_lane(float *z, const float *roots)
{
    for (ptrdiff_t j = 0; j < 64; ++j) {
        const __m256 x0 = _mm256_loadu_ps(z);
        const __m256 x1 = _mm256_loadu_ps(z + 8);
        const __m256 x2 = _mm256_loadu_ps(z + 16);
        const __m256 x3 = _mm256_loadu_ps(z + 24);
        const __m256 x4 = _mm256_loadu_ps(z + 32);
        const __m256 x5 = _mm256_loadu_ps(z + 40);
        const __m256 x6 = _mm256_loadu_ps(z + 48);
        const __m256 x7 = _mm256_loadu_ps(z + 56);
        const __m256 x8 = _mm256_loadu_ps(z + 64);
        const __m256 x9 = _mm256_loadu_ps(z + 72);
        const __m256 x10 = _mm256_loadu_ps(z + 80);
        const __m256 x11 = _mm256_loadu_ps(z + 88);
        const __m256 x12 = _mm256_loadu_ps(z + 96);
        const __m256 x13 = _mm256_loadu_ps(z + 104);
        const __m256 x14 = _mm256_loadu_ps(z + 112);
        const __m256 x15 = _mm256_loadu_ps(z + 120);
        const __m256 t0 = _mm256_add_ps(x0, x8);
        const __m256 t1 = _mm256_add_ps(x1, x9);
        const __m256 t2 = _mm256_add_ps(x2, x10);
        const __m256 t3 = _mm256_add_ps(x3, x11);
        const __m256 t4 = _mm256_add_ps(x4, x12);
        const __m256 t5 = _mm256_add_ps(x5, x13);
        const __m256 t6 = _mm256_add_ps(x6, x14);
        const __m256 t7 = _mm256_add_ps(x7, x15);
        const __m256 t8 = _mm256_sub_ps(x0, x8);
        const __m256 t9 = _mm256_sub_ps(x1, x9);
        const __m256 t10 = _mm256_sub_ps(x2, x10);
        const __m256 t11 = _mm256_sub_ps(x3, x11);
        const __m256 t12 = _mm256_sub_ps(x4, x12);
        const __m256 t13 = _mm256_sub_ps(x5, x13);
        const __m256 t14 = _mm256_sub_ps(x6, x14);
        const __m256 t15 = _mm256_sub_ps(x7, x15);
        const __m256 t16 = _mm256_add_ps(t0, t4);
        const __m256 t17 = _mm256_add_ps(t1, t5);
        const __m256 t18 = _mm256_add_ps(t2, t6);
        const __m256 t19 = _mm256_add_ps(t3, t7);
        const __m256 t20 = _mm256_sub_ps(t0, t4);
        const __m256 t21 = _mm256_sub_ps(t1, t5);
        const __m256 t22 = _mm256_sub_ps(t2, t6);
        const __m256 t23 = _mm256_sub_ps(t3, t7);
        const __m256 t24 = _mm256_add_ps(t16, t18);
        const __m256 t25 = _mm256_add_ps(t17, t19);
        const __m256 t26 = _mm256_sub_ps(t16, t18);
        const __m256 t27 = _mm256_sub_ps(t17, t19);
        const __m256 t28 = _mm256_add_ps(t20, t23);
        const __m256 t29 = _mm256_sub_ps(t21, t22);
        const __m256 t30 = _mm256_sub_ps(t20, t23);
        const __m256 t31 = _mm256_add_ps(t21, t22);
        const __m256 t32 = _mm256_add_ps(t10, t11);
        const __m256 t33 = _mm256_sub_ps(t11, t10);
        const __m256 t34 = _mm256_mul_ps(t32, _mm256_set1_ps(0.707106769f));
        const __m256 t35 = _mm256_mul_ps(t33, _mm256_set1_ps(0.707106769f));
        const __m256 t36 = _mm256_sub_ps(t15, t14);
        const __m256 t37 = _mm256_add_ps(t14, t15);
        const __m256 t38 = _mm256_mul_ps(t36, _mm256_set1_ps(0.707106769f));
        const __m256 t39 = _mm256_mul_ps(t37, _mm256_set1_ps(0.707106769f));
        const __m256 t40 = _mm256_add_ps(t8, t13);
        const __m256 t41 = _mm256_sub_ps(t9, t12);
        const __m256 t42 = _mm256_add_ps(t34, t38);
        const __m256 t43 = _mm256_sub_ps(t35, t39);
        const __m256 t44 = _mm256_sub_ps(t8, t13);
        const __m256 t45 = _mm256_add_ps(t9, t12);
        const __m256 t46 = _mm256_sub_ps(t34, t38);
        const __m256 t47 = _mm256_add_ps(t35, t39);
        const __m256 t48 = _mm256_add_ps(t40, t42);
        const __m256 t49 = _mm256_add_ps(t41, t43);
        const __m256 t50 = _mm256_sub_ps(t40, t42);
        const __m256 t51 = _mm256_sub_ps(t41, t43);
        const __m256 t52 = _mm256_add_ps(t44, t47);
        const __m256 t53 = _mm256_sub_ps(t45, t46);
        const __m256 t54 = _mm256_sub_ps(t44, t47);
        const __m256 t55 = _mm256_add_ps(t45, t46);
        const __m256 re0 = _mm256_loadu_ps(roots);
        const __m256 im0 = _mm256_loadu_ps(roots + 8);
        _mm256_storeu_ps(z, _mm256_fnmadd_ps(t25, im0, _mm256_mul_ps(t24, re0)));
        _mm256_storeu_ps(z + 8, _mm256_fmadd_ps(t25, re0, _mm256_mul_ps(t24, im0)));
        const __m256 re1 = _mm256_loadu_ps(roots + 16);
        const __m256 im1 = _mm256_loadu_ps(roots + 24);
        _mm256_storeu_ps(z + 16, _mm256_fnmadd_ps(t27, im1, _mm256_mul_ps(t26, re1)));
        _mm256_storeu_ps(z + 24, _mm256_fmadd_ps(t27, re1, _mm256_mul_ps(t26, im1)));
        const __m256 re2 = _mm256_loadu_ps(roots + 32);
        const __m256 im2 = _mm256_loadu_ps(roots + 40);
        _mm256_storeu_ps(z + 32, _mm256_fnmadd_ps(t29, im2, _mm256_mul_ps(t28, re2)));
        _mm256_storeu_ps(z + 40, _mm256_fmadd_ps(t29, re2, _mm256_mul_ps(t28, im2)));
        const __m256 re3 = _mm256_loadu_ps(roots + 48);
        const __m256 im3 = _mm256_loadu_ps(roots + 56);
        _mm256_storeu_ps(z + 48, _mm256_fnmadd_ps(t31, im3, _mm256_mul_ps(t30, re3)));
        _mm256_storeu_ps(z + 56, _mm256_fmadd_ps(t31, re3, _mm256_mul_ps(t30, im3)));
        const __m256 re4 = _mm256_loadu_ps(roots + 64);
        const __m256 im4 = _mm256_loadu_ps(roots + 72);
        _mm256_storeu_ps(z + 64, _mm256_fnmadd_ps(t49, im4, _mm256_mul_ps(t48, re4)));
        _mm256_storeu_ps(z + 72, _mm256_fmadd_ps(t49, re4, _mm256_mul_ps(t48, im4)));
        const __m256 re5 = _mm256_loadu_ps(roots + 80);
        const __m256 im5 = _mm256_loadu_ps(roots + 88);
        _mm256_storeu_ps(z + 80, _mm256_fnmadd_ps(t51, im5, _mm256_mul_ps(t50, re5)));
        _mm256_storeu_ps(z + 88, _mm256_fmadd_ps(t51, re5, _mm256_mul_ps(t50, im5)));
        const __m256 re6 = _mm256_loadu_ps(roots + 96);
        const __m256 im6 = _mm256_loadu_ps(roots + 104);
        _mm256_storeu_ps(z + 96, _mm256_fnmadd_ps(t53, im6, _mm256_mul_ps(t52, re6)));
        _mm256_storeu_ps(z + 104, _mm256_fmadd_ps(t53, re6, _mm256_mul_ps(t52, im6)));
        const __m256 re7 = _mm256_loadu_ps(roots + 112);
        const __m256 im7 = _mm256_loadu_ps(roots + 120);
        _mm256_storeu_ps(z + 112, _mm256_fnmadd_ps(t55, im7, _mm256_mul_ps(t54, re7)));
        _mm256_storeu_ps(z + 120, _mm256_fmadd_ps(t55, re7, _mm256_mul_ps(t54, im7)));
        z += 128;
        roots += 128;
    }
}

/* The way back: the same of numbers whose parts have changed places. */
static void inverse_8_by_lane(float *z, const float *roots)
{
    for (ptrdiff_t j = 0; j < 64; ++j) {
        const __m256 a0 = _mm256_loadu_ps(z);
        const __m256 b0 = _mm256_loadu_ps(z + 8);
        const __m256 re0 = _mm256_loadu_ps(roots);
        const __m256 im0 = _mm256_loadu_ps(roots + 8);
        const __m256 x1 = _mm256_fmadd_ps(b0, im0, _mm256_mul_ps(a0, re0));
        const __m256 x0 = _mm256_fnmadd_ps(a0, im0, _mm256_mul_ps(b0, re0));
        const __m256 a1 = _mm256_loadu_ps(z + 16);
        const __m256 b1 = _mm256_loadu_ps(z + 24);
        const __m256 re1 = _mm256_loadu_ps(roots + 16);
        const __m256 im1 = _mm256_loadu_ps(roots + 24);
        const __m256 x9 = _mm256_fmadd_ps(b1, im1, _mm256_mul_ps(a1, re1));
        const __m256 x8 = _mm256_fnmadd_ps(a1, im1, _mm256_mul_ps(b1, re1));
        const __m256 a2 = _mm256_loadu_ps(z + 32);
        const __m256 b2 = _mm256_loadu_ps(z + 40);
        const __m256 re2 = _mm256_loadu_ps(roots + 32);
        const __m256 im2 = _mm256_loadu_ps(roots + 40);
        const __m256 x5 = _mm256_fmadd_ps(b2, im2, _mm256_mul_ps(a2, re2));
        const __m256 x4 = _mm256_fnmadd_ps(a2, im2, _mm256_mul_ps(b2, re2));
        const __m256 a3 = _mm256_loadu_ps(z + 48);
        const __m256 b3 = _mm256_loadu_ps(z + 56);
        const __m256 re3 = _mm256_loadu_ps(roots + 48);
        const __m256 im3 = _mm256_loadu_ps(roots + 56);
        const __m256 x13 = _mm256_fmadd_ps(b3, im3, _mm256_mul_ps(a3, re3));
        const __m256 x12 = _mm256_fnmadd_ps(a3, im3, _mm256_mul_ps(b3, re3));
        const __m256 a4 = _mm256_loadu_ps(z + 64);
        const __m256 b4 = _mm256_loadu_ps(z + 72);
        const __m256 re4 = _mm256_loadu_ps(roots + 64);
        const __m256 im4 = _mm256_loadu_ps(roots + 72);
        const __m256 x3 = _mm256_fmadd_ps(b4, im4, _mm256_mul_ps(a4, re4));
        const __m256 x2 = _mm256_fnmadd_ps(a4, im4, _mm256_mul_ps(b4, re4));
        const __m256 a5 = _mm256_loadu_ps(z + 80);
        const __m256 b5 = _mm256_loadu_ps(z + 88);
        const __m256 re5 = _mm256_loadu_ps(roots + 80);
        const __m256 im5 = _mm256_loadu_ps(roots + 88);
        const __m256 x11 = _mm256_fmadd_ps(b5, im5, _mm256_mul_ps(a5, re5));
        const __m256 x10 = _mm256_fnmadd_ps(a5, im5, _mm256_mul_ps(b5, re5));
        const __m256 a6 = _mm256_loadu_ps(z + 96);
        const __m256 b6 = _mm256_loadu_ps(z + 104);
        const __m256 re6 = _mm256_loadu_ps(roots + 96);
        const __m256 im6 = _mm256_loadu_ps(roots + 104);
        const __m256 x7 = _mm256_fmadd_ps(b6, im6, _mm256_mul_ps(a6, re6));
        const __m256 x6 = _mm256_fnmadd_ps(a6, im6, _mm256_mul_ps(b6, re6));
        const __m256 a7 = _mm256_loadu_ps(z + 112);
        const __m256 b7 = _mm256_loadu_ps(z + 120);
        const __m256 re7 = _mm256_loadu_ps(roots + 112);
        const __m256 im7 = _mm256_loadu_ps(roots + 120);
        const __m256 x15 = _mm256_fmadd_ps(b7, im7, _mm256_mul_ps(a7, re7));
        const __m256 x14 = _mm256_fnmadd_ps(a7, im7, _mm256_mul_ps(b7, re7));
        const __m256 t0 = _mm256_add_ps(x0, x8);
        const __m256 t1 = _mm256_add_ps(x1, x9);
        const __m256 t2 = _mm256_add_ps(x2, x10);
        const __m256 t3 = _mm256_add_ps(x3, x11);
        const __m256 t4 = _mm256_add_ps(x4, x12);
        const __m256 t5 = _mm256_add_ps(x5, x13);
        const __m256 t6 = _mm256_add_ps(x6, x14);
        const __m256 t7 = _mm256_add_ps(x7, x15);
        const __m256 t8 = _mm256_sub_ps(x0, x8);
        const __m256 t9 = _mm256_sub_ps(x1, x9);
        const __m256 t10 = _mm256_sub_ps(x2, x10);
        const __m256 t11 = _mm256_sub_ps(x3, x11);
        const __m256 t12 = _mm256_sub_ps(x4, x12);
        const __m256 t13 = _mm256_sub_ps(x5, x13);
        const __m256 t14 = _mm256_sub_ps(x6, x14);
        const __m256 t15 = _mm256_sub_ps(x7, x15);
        const __m256 t16 = _mm256_add_ps(t0, t4);
        const __m256 t17 = _mm256_add_ps(t1, t5);
        const __m256 t18 = _mm256_add_ps(t2, t6);
        const __m256 t19 = _mm256_add_ps(t3, t7);
        const __m256 t20 = _mm256_sub_ps(t0, t4);
        const __m256 t21 = _mm256_sub_ps(t1, t5);
        const __m256 t22 = _mm256_sub_ps(t2, t6);
        const __m256 t23 = _mm256_sub_ps(t3, t7);
        const __m256 t24 = _mm256_add_ps(t16, t18);
        const __m256 t25 = _mm256_add_ps(t17, t19);
        const __m256 t26 = _mm256_sub_ps(t16, t18);
        const __m256 t27 = _mm256_sub_ps(t17, t19);
        const __m256 t28 = _mm256_add_ps(t20, t23);
        const __m256 t29 = _mm256_sub_ps(t21, t22);
        const __m256 t30 = _mm256_sub_ps(t20, t23);
        const __m256 t31 = _mm256_add_ps(t21, t22);
        const __m256 t32 = _mm256_add_ps(t10, t11);
        const __m256 t33 = _mm256_sub_ps(t11, t10);
        const __m256 t34 = _mm256_mul_ps(t32, _mm256_set1_ps(0.707106769f));
        const __m256 t35 = _mm256_mul_ps(t33, _mm256_set1_ps(0.707106769f));
        const __m256 t36 = _mm256_sub_ps(t15, t14);
        const __m256 t37 = _mm256_add_ps(t14, t15);
        const __m256 t38 = _mm256_mul_ps(t36, _mm256_set1_ps(0.707106769f));
        const __m256 t39 = _mm256_mul_ps(t37, _mm256_set1_ps(0.707106769f));
        const __m256 t40 = _mm256_add_ps(t8, t13);
        const __m256 t41 = _mm256_sub_ps(t9, t12);
        const __m256 t42 = _mm256_add_ps(t34, t38);
        const __m256 t43 = _mm256_sub_ps(t35, t39);
        const __m256 t44 = _mm256_sub_ps(t8, t13);
        const __m256 t45 = _mm256_add_ps(t9, t12);
        const __m256 t46 = _mm256_sub_ps(t34, t38);
        const __m256 t47 = _mm256_add_ps(t35, t39);
        const __m256 t48 = _mm256_add_ps(t40, t42);
        const __m256 t49 = _mm256_add_ps(t41, t43);
        const __m256 t50 = _mm256_sub_ps(t40, t42);
        const __m256 t51 = _mm256_sub_ps(t41, t43);
        const __m256 t52 = _mm256_add_ps(t44, t47);
        const __m256 t53 = _mm256_sub_ps(t45, t46);
        const __m256 t54 = _mm256_sub_ps(t44, t47);
        const __m256 t55 = _mm256_add_ps(t45, t46);
        _mm256_storeu_ps(z, t25);
        _mm256_storeu_ps(z + 8, t24);
        _mm256_storeu_ps(z + 64, t27);
        _mm256_storeu_ps(z + 72, t26);
        _mm256_storeu_ps(z + 32, t29);
        _mm256_storeu_ps(z + 40, t28);
        _mm256_storeu_ps(z + 96, t31);
        _mm256_storeu_ps(z + 104, t30);
        _mm256_storeu_ps(z + 16, t49);
        _mm256_storeu_ps(z + 24, t48);
        _mm256_storeu_ps(z + 80, t51);
        _mm256_storeu_ps(z + 88, t50);
        _mm256_storeu_ps(z + 48, t53);
        _mm256_storeu_ps(z + 56, t52);
        _mm256_storeu_ps(z + 112, t55);
        _mm256_storeu_ps(z + 120, t54);
        z += 128;
        roots += 128;
    }
}

/* Transforms of 8 points, 16 apart, in place; their indices have their bits reversed then.
   z: the first point. */
static void forward_8(float *z)
{
    const __m256 x0 = _mm256_loadu_ps(z);
    const __m256 x1 = _mm256_loadu_ps(z + 8);
    const __m256 x2 = _mm256_loadu_ps(z + 16);
    const __m256 x3 = _mm256_loadu_ps(z + 24);
    const __m256 x4 = _mm256_loadu_ps(z + 32);
    const __m256 x5 = _mm256_loadu_ps(z + 40);
    const __m256 x6 = _mm256_loadu_ps(z + 48);
    const __m256 x7 = _mm256_loadu_ps(z + 56);
    const __m256 x8 = _mm256_loadu_ps(z + 64);
    const __m256 x9 = _mm256_loadu_ps(z + 72);
    const __m256 x10 = _mm256_loadu_ps(z + 80);
    const __m256 x11 = _mm256_loadu_ps(z + 88);
    const __m256 x12 = _mm256_loadu_ps(z + 96);
    const __m256 x13 = _mm256_loadu_ps(z + 104);
    const __m256 x14 = _mm256_loadu_ps(z + 112);
    const __m256 x15 = _mm256_loadu_ps(z + 120);
    const __m256 t0 = _mm256_add_ps(x0, x8);
    const __m256 t1 = _mm256_add_ps(x1, x9);
    const __m256 t2 = _mm256_add_ps(x2, x10);
    const __m256 t3 = _mm256_add_ps(x3, x11);
    const __m256 t4 = _mm256_add_ps(x4, x12);
    const __m256 t5 = _mm256_add_ps(x5, x13);
    const __m256 t6 = _mm256_add_ps(x6, x14);
    const __m256 t7 = _mm256_add_ps(x7, x15);
    const __m256 t8 = _mm256_sub_ps(x0, x8);
    const __m256 t9 = _mm256_sub_ps(x1, x9);
    const __m256 t10 = _mm256_sub_ps(x2, x10);
    const __m256 t11 = _mm256_sub_ps(x3, x11);
    const __m256 t12 = _mm256_sub_ps(x4, x12);
    const __m256 t13 = _mm256_sub_ps(x5, x13);
    const __m256 t14 = _mm256_sub_ps(x6, x14);
    const __m256 t15 = _mm256_sub_ps(x7, x15);
    const __m256 t16 = _mm256_add_ps(t0, t4);
    const __m256 t17 = _mm256_add_ps(t1, t5);
    const __m256 t18 = _mm256_add_ps(t2, t6);
    const __m256 t19 = _mm256_add_ps(t3, t7);
    const __m256 t20 = _mm256_sub_ps(t0, t4);
    const __m256 t21 = _mm256_sub_ps(t1, t5);
    const __m256 t22 = _mm256_sub_ps(t2, t6);
    const __m256 t23 = _mm256_sub_ps(t3, t7);
    const __m256 t24 = _mm256_add_ps(t16, t18);
    const __m256 t25 = _mm256_add_ps(t17, t19);
    const __m256 t26 = _mm256_sub_ps(t16, t18);
    const __m256 t27 = _mm256_sub_ps(t17, t19);
    const __m256 t28 = _mm256_add_ps(t20, t23);
    const __m256 t29 = _mm256_sub_ps(t21, t22);
    const __m256 t30 = _mm256_sub_ps(t20, t23);
    const __m256 t31 = _mm256_add_ps(t21, t22);
    const __m256 t32 = _mm256_add_ps(t10, t11);
    const __m256 t33 = _mm256_sub_ps(t11, t10);
    const __m256 t34 = _mm256_mul_ps(t32, _mm256_set1_ps(0.707106769f));
    const __m256 t35 = _mm256_mul_ps(t33, _mm256_set1_ps(0.707106769f));
    const __m256 t36 = _mm256_sub_ps(t15, t14);
    const __m256 t37 = _mm256_add_ps(t14, t15);
    const __m256 t38 = _mm256_mul_ps(t36, _mm256_set1_ps(0.707106769f));
    const __m256 t39 = _mm256_mul_ps(t37, _mm256_set1_ps(0.707106769f));
    const __m256 t40 = _mm256_add_ps(t8, t13);
    const __m256 t41 = _mm256_sub_ps(t9, t12);
    const __m256 t42 = _mm256_add_ps(t34, t38);
    const __m256 t43 = _mm256_sub_ps(t35, t39);
    const __m256 t44 = _mm256_sub_ps(t8, t13);
    const __m256 t45 = _mm256_add_ps(t9, t12);
    const __m256 t46 = _mm256_sub_ps(t34, t38);
    const __m256 t47 = _mm256_add_ps(t35, t39);
    const __m256 t48 = _mm256_add_ps(t40, t42);
    const __m256 t49 = _mm256_add_ps(t41, t43);
    const __m256 t50 = _mm256_sub_ps(t40, t42);
    const __m256 t51 = _mm256_sub_ps(t41, t43);
    const __m256 t52 = _mm256_add_ps(t44, t47);
    const __m256 t53 = _mm256_sub_ps(t45, t46);
    const __m256 t54 = _mm256_sub_ps(t44, t47);
    const __m256 t55 = _mm256_add_ps(t45, t46);
    _mm256_storeu_ps(z, t24);
    _mm256_storeu_ps(z + 8, t25);
    _mm256_storeu_ps(z + 16, t26);
    _mm256_storeu_ps(z + 24, t27);
    _mm256_storeu_ps(z + 32, t28);
    _mm256_storeu_ps(z + 40, t29);
    _mm256_storeu_ps(z + 48, t30);
    _mm256_storeu_ps(z + 56, t31);
    _mm256_storeu_ps(z + 64, t48);
    _mm256_storeu_ps(z + 72, t49);
    _mm256_storeu_ps(z + 80, t50);
    _mm256_storeu_ps(z + 88, t51);
    _mm256_storeu_ps(z + 96, t52);
    _mm256_storeu_ps(z + 104, t53);
    _mm256_storeu_ps(z + 112, t54);
    _mm256_storeu_ps(z + 120, t55);
}

/* The way back: the same of numbers whose parts have changed places. */
static void inverse_8(float *z)
{
    const __m256 x1 = _mm256_loadu_ps(z);
    const __m256 x0 = _mm256_loadu_ps(z + 8);
    const __m256 x9 = _mm256_loadu_ps(z + 16);
    const __m256 x8 = _mm256_loadu_ps(z + 24);
    const __m256 x5 = _mm256_loadu_ps(z + 32);
    const __m256 x4 = _mm256_loadu_ps(z + 40);
    const __m256 x13 = _mm256_loadu_ps(z + 48);
    const __m256 x12 = _mm256_loadu_ps(z + 56);
    const __m256 x3 = _mm256_loadu_ps(z + 64);
    const __m256 x2 = _mm256_loadu_ps(z + 72);
    const __m256 x11 = _mm256_loadu_ps(z + 80);
    const __m256 x10 = _mm256_loadu_ps(z + 88);
    const __m256 x7 = _mm256_loadu_ps(z + 96);
    const __m256 x6 = _mm256_loadu_ps(z + 104);
    const __m256 x15 = _mm256_loadu_ps(z + 112);
    const __m256 x14 = _mm256_loadu_ps(z + 120);
    const __m256 t0 = _mm256_add_ps(x0, x8);
    const __m256 t1 = _mm256_add_ps(x1, x9);
    const __m256 t2 = _mm256_add_ps(x2, x10);
    const __m256 t3 = _mm256_add_ps(x3, x11);
    const __m256 t4 = _mm256_add_ps(x4, x12);
    const __m256 t5 = _mm256_add_ps(x5, x13);
    const __m256 t6 = _mm256_add_ps(x6, x14);
    const __m256 t7 = _mm256_add_ps(x7, x15);
    const __m256 t8 = _mm256_sub_ps(x0, x8);
    const __m256 t9 = _mm256_sub_ps(x1, x9);
    const __m256 t10 = _mm256_sub_ps(x2, x10);
    const __m256 t11 = _mm256_sub_ps(x3, x11);
    const __m256 t12 = _mm256_sub_ps(x4, x12);
    const __m256 t13 = _mm256_sub_ps(x5, x13);
    const __m256 t14 = _mm256_sub_ps(x6, x14);
    const __m256 t15 = _mm256_sub_ps(x7, x15);
    const __m256 t16 = _mm256_add_ps(t0, t4);
    const __m256 t17 = _mm256_add_ps(t1, t5);
    const __m256 t18 = _mm256_add_ps(t2, t6);
    const __m256 t19 = _mm256_add_ps(t3, t7);
    const __m256 t20 = _mm256_sub_ps(t0, t4);
    const __m256 t21 = _mm256_sub_ps(t1, t5);
    const __m256 t22 = _mm256_sub_ps(t2, t6);
    const __m256 t23 = _mm256_sub_ps(t3, t7);
    const __m256 t24 = _mm256_add_ps(t16, t18);
    const __m256 t25 = _mm256_add_ps(t17, t19);
    const __m256 t26 = _mm256_sub_ps(t16, t18);
    const __m256 t27 = _mm256_sub_ps(t17, t19);
    const __m256 t28 = _mm256_add_ps(t20, t23);
    const __m256 t29 = _mm256_sub_ps(t21, t22);
    const __m256 t30 = _mm256_sub_ps(t20, t23);
    const __m256 t31 = _mm256_add_ps(t21, t22);
    const __m256 t32 = _mm256_add_ps(t10, t11);
    const __m256 t33 = _mm256_sub_ps(t11, t10);
    const __m256 t34 = _mm256_mul_ps(t32, _mm256_set1_ps(0.707106769f));
    const __m256 t35 = _mm256_mul_ps(t33, _mm256_set1_ps(0.707106769f));
    const __m256 t36 = _mm256_sub_ps(t15, t14);
    const __m256 t37 = _mm256_add_ps(t14, t15);
    const __m256 t38 = _mm256_mul_ps(t36, _mm256_set1_ps(0.707106769f));
    const __m256 t39 = _mm256_mul_ps(t37, _mm256_set1_ps(0.707106769f));
    const __m256 t40 = _mm256_add_ps(t8, t13);
    const __m256 t41 = _mm256_sub_ps(t9, t12);
    const __m256 t42 = _mm256_add_ps(t34, t38);
    const __m256 t43 = _mm256_sub_ps(t35, t39);
    const __m256 t44 = _mm256_sub_ps(t8, t13);
    const __m256 t45 = _mm256_add_ps(t9, t12);
    const __m256 t46 = _mm256_sub_ps(t34, t38);
    const __m256 t47 = _mm256_add_ps(t35, t39);
    const __m256 t48 = _mm256_add_ps(t40, t42);
    const __m256 t49 = _mm256_add_ps(t41, t43);
    const __m256 t50 = _mm256_sub_ps(t40, t42);
    const __m256 t51 = _mm256_sub_ps(t41, t43);
    const __m256 t52 = _mm256_add_ps(t44, t47);
    const __m256 t53 = _mm256_sub_ps(t45, t46);
    const __m256 t54 = _mm256_sub_ps(t44, t47);
    const __m256 t55 = _mm256_add_ps(t45, t46);
    _mm256_storeu_ps(z, t25);
    _mm256_storeu_ps(z + 8, t24);
    _mm256_storeu_ps(z + 64, t27);
    _mm256_storeu_ps(z + 72, t26);
    _mm256_storeu_ps(z + 32, t29);
    _mm256_storeu_ps(z + 40, t28);
    _mm256_storeu_ps(z + 96, t31);
    _mm256_storeu_ps(z + 104, t30);
    _mm256_storeu_ps(z + 16, t49);
    _mm256_storeu_ps(z + 24, t48);
    _mm256_storeu_ps(z + 80, t51);
    _mm256_storeu_ps(z + 88, t50);
    _mm256_storeu_ps(z + 48, t53);
    _mm256_storeu_ps(z + 56, t52);
    _mm256_storeu_ps(z + 112, t55);
    _mm256_storeu_ps(z + 120, t54);
}

/* Lane i of vector j to lane j of vector i, for 8 of real or of imaginary parts.
   from: vectors 16 apart. to: 16 apart. */
static void transpose(const float *from, float *to)
{
    const __m256 r0_0 = _mm256_loadu_ps(from);
    const __m256 r0_1 = _mm256_loadu_ps(from + 16);
    const __m256 r0_2 = _mm256_loadu_ps(from + 32);
    const __m256 r0_3 = _mm256_loadu_ps(from + 48);
    const __m256 r0_4 = _mm256_loadu_ps(from + 64);
    const __m256 r0_5 = _mm256_loadu_ps(from + 80);
    const __m256 r0_6 = _mm256_loadu_ps(from + 96);
    const __m256 r0_7 = _mm256_loadu_ps(from + 112);
    const __m256 r1_0 = alternate_lanes(_mm256_shuffle_ps(r0_0, r0_1, 0x88));
    const __m256 r1_1 = alternate_lanes(_mm256_shuffle_ps(r0_2, r0_3, 0x88));
    const __m256 r1_2 = alternate_lanes(_mm256_shuffle_ps(r0_4, r0_5, 0x88));
    const __m256 r1_3 = alternate_lanes(_mm256_shuffle_ps(r0_6, r0_7, 0x88));
    const __m256 r1_4 = alternate_lanes(_mm256_shuffle_ps(r0_0, r0_1, 0xdd));
    const __m256 r1_5 = alternate_lanes(_mm256_shuffle_ps(r0_2, r0_3, 0xdd));
    const __m256 r1_6 = alternate_lanes(_mm256_shuffle_ps(r0_4, r0_5, 0xdd));
    const __m256 r1_7 = alternate_lanes(_mm256_shuffle_ps(r0_6, r0_7, 0xdd));
    const __m256 r2_0 = alternate_lanes(_mm256_shuffle_ps(r1_0, r1_1, 0x88));
    const __m256 r2_1 = alternate_lanes(_mm256_shuffle_ps(r1_2, r1_3, 0x88));
    const __m256 r2_2 = alternate_lanes(_mm256_shuffle_ps(r1_4, r1_5, 0x88));
    const __m256 r2_3 = alternate_lanes(_mm256_shuffle_ps(r1_6, r1_7, 0x88));
    const __m256 r2_4 = alternate_lanes(_mm256_shuffle_ps(r1_0, r1_1, 0xdd));
    const __m256 r2_5 = alternate_lanes(_mm256_shuffle_ps(r1_2, r1_3, 0xdd));
    const __m256 r2_6 = alternate_lanes(_mm256_shuffle_ps(r1_4, r1_5, 0xdd));
    const __m256 r2_7 = alternate_lanes(_mm256_shuffle_ps(r1_6, r1_7, 0xdd));
    const __m256 r3_0 = alternate_lanes(_mm256_shuffle_ps(r2_0, r2_1, 0x88));
    const __m256 r3_1 = alternate_lanes(_mm256_shuffle_ps(r2_2, r2_3, 0x88));
    const __m256 r3_2 = alternate_lanes(_mm256_shuffle_ps(r2_4, r2_5, 0x88));
    const __m256 r3_3 = alternate_lanes(_mm256_shuffle_ps(r2_6, r2_7, 0x88));
    const __m256 r3_4 = alternate_lanes(_mm256_shuffle_ps(r2_0, r2_1, 0xdd));
    const __m256 r3_5 = alternate_lanes(_mm256_shuffle_ps(r2_2, r2_3, 0xdd));
    const __m256 r3_6 = alternate_lanes(_mm256_shuffle_ps(r2_4, r2_5, 0xdd));
    const __m256 r3_7 = alternate_lanes(_mm256_shuffle_ps(r2_6, r2_7, 0xdd));
    _mm256_storeu_ps(to, r3_0);
    _mm256_storeu_ps(to + 16, r3_1);
    _mm256_storeu_ps(to + 32, r3_2);
    _mm256_storeu_ps(to + 48, r3_3);
    _mm256_storeu_ps(to + 64, r3_4);
    _mm256_storeu_ps(to + 80, r3_5);
    _mm256_storeu_ps(to + 96, r3_6);
    _mm256_storeu_ps(to + 112, r3_7);
}

/* Transforms a pair of blocks, columns, then rows.
   z: its points, which are overwritten. spectrum: the columns of 8 rows after each other. */
static void transform(float *z, const float *packed, float *spectrum)
{
    forward_8_turned(z, 1024, 64, packed + 16384);
    for (ptrdiff_t block = 0; block < 8192; block += 1024) {
        forward_8_turned(z + block, 128, 8, packed + 17280);
    }
    forward_8_by_lane(z, packed + 8192);
    /* the 512 rows, 8 at a time */
    for (ptrdiff_t row = 0; row < 8192; row += 128) {
        transpose(z + row, spectrum + row);
        transpose(z + row + 8, spectrum + row + 8);
        forward_8(spectrum + row);
    }
}

/* The way back, times 4096; what it starts from is overwritten. */
static void transform_back(float *spectrum, const float *packed, float *z)
{
    /* the 512 rows, 8 at a time */
    for (ptrdiff_t row = 0; row < 8192; row += 128) {
        inverse_8(spectrum + row);
        transpose(spectrum + row, z + row);
        transpose(spectrum + row + 8, z + row + 8);
    }
    inverse_8_by_lane(z, packed + 8192);
    for (ptrdiff_t block = 0; block < 8192; block += 1024) {
        inverse_8_turned(z + block, 128, 8, packed + 17280);
    }
    inverse_8_turned(z, 1024, 64, packed + 16384);
}

/* Points of a block along a row, from `column` on, zero where there is padding.
   from: the channel's first pixel there. to: real or imaginary parts, vectors 16 apart. */
static void load_block(const float *from, ptrdiff_t column, float *to)
{
    for (ptrdiff_t j = column; j < column + 4096; j += 8) {
        if (j >= 65536) {
            _mm256_storeu_ps(to, _mm256_setzero_ps());
        } else {
            if (j <= 65528) {
                _mm256_storeu_ps(to, _mm256_loadu_ps(from + j));
            } else {
                for (ptrdiff_t lane = 0; lane < 8; ++lane) {
                    const ptrdiff_t k = lane + j;
                    to[lane] = k >= 65536 ? 0.0f : from[k];
                }
            }
        }
        to += 16;
    }
}

/* The spectrum of a pair of blocks of an input channel. */
static void load_pair(const float *input, const float *packed, ptrdiff_t b, float *z, float *spectrum)
{
    load_block(input, b * 3592, z);
    load_block(input, b * 3592 + 35920, z + 8);
    transform(z, packed, spectrum);
}

/* The outputs of a block, 3592 or as many as there are. from: real or imaginary parts. */
static void store_block(const float *from, float *output, ptrdiff_t column)
{
    const ptrdiff_t columns = 65037 - column < 3592 ? 65037 - column : 3592;
    for (ptrdiff_t j = 0; j < columns; j += 8) {
        const ptrdiff_t at = column + j;
        if (j + 8 <= columns) {
            const __m256 y = _mm256_loadu_ps(from + j * 2);
            _mm256_storeu_ps(output + at, y);
        } else {
            const ptrdiff_t left = columns - j;
            float part[8];
            const __m256 y = _mm256_loadu_ps(from + j * 2);
            _mm256_storeu_ps(part, y);
            for (ptrdiff_t lane = 0; lane < left; ++lane) {
                output[at + lane] = part[lane];
            }
        }
    }
}

/* The outputs of a pair of blocks of an output channel, from its spectrum, which is overwritten. */
static void store_pair(float *spectrum, const float *packed, float *output, ptrdiff_t b, float *z)
{
    transform_back(spectrum, packed, z);
    store_block(z, output, b * 3592);
    store_block(z + 8, output, b * 3592 + 35920);
}

/* Spectra of pairs of blocks times those of the weights; at once: pairs 1, output channels 1.
   x: spectra 8208 apart. weights: in the order in which they are read. products: as x, each pair's channels together. */
static void multiply(const float *x, const float *weights, float *products)
{
    for (ptrdiff_t f = 0; f < 8192; f += 16) {
        const float *from = x + f;
        const __m256 a0 = _mm256_loadu_ps(from);
        const __m256 b0 = _mm256_loadu_ps(from + 8);
        const __m256 c0 = _mm256_loadu_ps(weights);
        const __m256 d0 = _mm256_loadu_ps(weights + 8);
        const __m256 re0_0 = _mm256_fnmadd_ps(b0, d0, _mm256_mul_ps(a0, c0));
        const __m256 im0_0 = _mm256_fmadd_ps(b0, c0, _mm256_mul_ps(a0, d0));
        _mm256_storeu_ps(products + f, re0_0);
        _mm256_storeu_ps(products + f + 8, im0_0);
        weights += 16;
    }
}

#ifndef conv_f32_ncw_500s1p0_1x65536_1_nobias_NO_PACK
/* exp(2 pi i k / 4096), to the accuracy of double: the product of what each bit of k stands for. */
static void power(ptrdiff_t k, double *re, double *im)
{
    static const double powers[12][2] = {
        {0.9999988234517019, 0.0015339801862847655},
        {0.9999952938095762, 0.003067956762965976},
        {0.9999811752826011, 0.006135884649154475},
        {0.9999247018391445, 0.012271538285719925},
        {0.9996988186962042, 0.024541228522912288},
        {0.9987954562051724, 0.049067674327418015},
        {0.9951847266721969, 0.0980171403295606},
        {0.9807852804032304, 0.19509032201612825},
        {0.9238795325112867, 0.3826834323650898},
        {0.7071067811865476, 0.7071067811865475},
        {0.0, 1.0},
        {-1.0, 0.0},
    };
    *re = 1.0;
    *im = 0.0;
    for (ptrdiff_t bit = 0; bit < 12; ++bit) {
        if (k >> bit & 1) {
            const double product = *re * powers[bit][0] - *im * powers[bit][1];
            *im = *re * powers[bit][1] + *im * powers[bit][0];
            *re = product;
        }
    }
}

/* Where a point of a block of weights lies: where that of its spectrum will. Spectra that are read together lie so. */
static ptrdiff_t place_of(ptrdiff_t point)
{
    return (point / 64 * 8 + point % 8) * 16 + point / 8 % 8;
}

/* The conjugate of the spectrum of real numbers, for a correlation, indices with their bits reversed: what halves of ever
   shorter lines have in common, and what not, times its root, in double.
*/
static void transform_weights(float *z)
{
    for (ptrdiff_t middle = 2048; middle > 0; middle /= 2) {
        for (ptrdiff_t j = 0; j < middle; ++j) {
            double re, im;
            power(j * (2048 / middle), &re, &im);
            for (ptrdiff_t i = j; i < 4096; i += 2 * middle) {
                float *a = z + place_of(i);
                float *b = z + place_of(i + middle);
                const double a_re = a[0];
                const double a_im = a[8];
                const double less_re = a_re - b[0];
                const double less_im = a_im - b[8];
                a[0] = (float)(a_re + b[0]);
                a[8] = (float)(a_im + b[8]);
                b[0] = (float)(less_re * re - less_im * im);
                b[8] = (float)(less_re * im + less_im * re);
            }
        }
    }
}

/* exp(-2 pi i k / 4096): its parts, apart apart. */
static void put_root(ptrdiff_t k, float *to, ptrdiff_t apart)
{
    double re, im;
    power(k, &re, &im);
    to[0] = (float)re;
    to[apart] = (float)(-im);
}

void conv_f32_ncw_500s1p0_1x65536_1_nobias_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    {
        float *z = out;
        for (ptrdiff_t point = 0; point < 4096; ++point) {
            z[place_of(point)] = 0.0f;
            z[place_of(point) + 8] = 0.0f;
        }
        for (ptrdiff_t kw = 0; kw < 500; ++kw) {
            z[place_of(kw)] = 0.000244140625f * weights[kw];
        }
        transform_weights(z);
    }
    for (ptrdiff_t row = 0; row < 512; ++row) {
        ptrdiff_t reversed = 0;
        for (ptrdiff_t bit = 1; bit < 512; bit *= 2) {
            reversed = 2 * reversed + (row & bit ? 1 : 0);
        }
        for (ptrdiff_t lane = 0; lane < 8; ++lane) {
            put_root(lane * reversed, out + row * 16 + lane + 8192, 8);
        }
    }
    for (ptrdiff_t j = 0; j < 64; ++j) {
        put_root(j * 32, out + j * 14 + 16384, 1);
        put_root(j * 16, out + j * 14 + 16386, 1);
        put_root(j * 48, out + j * 14 + 16388, 1);
        put_root(j * 8, out + j * 14 + 16390, 1);
        put_root(j * 40, out + j * 14 + 16392, 1);
        put_root(j * 24, out + j * 14 + 16394, 1);
        put_root(j * 56, out + j * 14 + 16396, 1);
    }
    for (ptrdiff_t j = 0; j < 8; ++j) {
        put_root(j * 256, out + j * 14 + 17280, 1);
        put_root(j * 128, out + j * 14 + 17282, 1);
        put_root(j * 384, out + j * 14 + 17284, 1);
        put_root(j * 64, out + j * 14 + 17286, 1);
        put_root(j * 320, out + j * 14 + 17288, 1);
        put_root(j * 192, out + j * 14 + 17290, 1);
        put_root(j * 448, out + j * 14 + 17292, 1);
    }

    (void)bias;
}

#endif

/* A task: pairs of blocks: their products and transforms. The arrays are the layer's. */
static void multiply_task(size_t task, int worker, const float *input, const float *packed, float *output, float *workspace)
{
    const ptrdiff_t tile = (ptrdiff_t)task; /* pairs of blocks */
    float *z = workspace + (ptrdiff_t)worker * 24624;
    float *products = z + 8208;
    float *spectra = products + 8208;
    load_pair(input, packed, tile, z, spectra);
    multiply(spectra, packed, products);
    store_pair(products, packed, output, tile, z);
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef alternate_lanes
#undef forward_8_turned
#undef inverse_8_turned
#undef forward_8_by_lane
#undef inverse_8_by_lane
#undef forward_8
#undef inverse_8
#undef transpose
#undef transform
#undef transform_back
#undef load_block
#undef load_pair
#undef store_block
#undef store_pair
#undef multiply
#undef power
#undef place_of
#undef transform_weights
#undef put_root
#undef multiply_task

size_t conv_f32_ncw_500s1p0_1x65536_1_nobias_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 10;
    default:
        return 0;
    }
}

void conv_f32_ncw_500s1p0_1x65536_1_nobias_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    switch (phase) {
    case 0:
        conv_f32_ncw_500s1p0_1x65536_1_nobias_multiply_task_(task, worker, input, (const float *)packed, output, (float *)workspace);
        break;
    }
}

void conv_f32_ncw_500s1p0_1x65536_1_nobias(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_ncw_500s1p0_1x65536_1_nobias_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_ncw_500s1p0_1x65536_1_nobias_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_ncw_500s1p0_1x65536_1_nobias_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_ncw_500s1p0_1x65536_1_nobias_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
