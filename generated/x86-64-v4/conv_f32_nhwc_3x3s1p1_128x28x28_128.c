/* conv_f32_nhwc_3x3s1p1_128x28x28_128: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nhwc 1 x 28 x 28 x 128, output 1 x 28 x 28 x 128, weights hwio 3 x 3 x 128 x 128
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate ic128ih28oc128oh28kh3ph1 --layout nhwc --target x86-64-v4 -o .
 * Plan      winograd on avx512, lanes over oc, reading the input as it is, edge tiles skip the padding
 *           for oc by 32: 4 times
 *             for ic: 128 times
 *               tile of F(4x4, 3x3), 36 products of 13 tiles x 32 channels: 29 of 32 registers
 * Tasks     7 (rows of tiles, transformed), then 36 (products, one for each position), then 7 (rows of tiles, transformed back)
 * Cost      115605504 multiply-adds; at least 1393152 bytes moved; 2359808 bytes packed, 1810944 of workspace
 * Code      about 5036 bytes compiled for size, rarely more than 14486 for speed
 * Bound     |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 140 u / (1 - 140
 *           u) = 8.34e-06, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, *
 *           multiplies element by element, so S counts all pixels of an output's tile, also those that
 *           it does not read (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <=
 *           W, S is at most 1.121e+05 X W + |bias|, 97.4 times that of a direct sum
 * Range     nothing overflows where |x| <= X and |w| <= W, X <= 6.94e+36, W <= 9.76e+37, X W <=
 *           1.17e+33, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nhwc_3x3s1p1_128x28x28_128.h"

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
#pragma GCC target("avx512f,avx2,fma")
#elif defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
#elif defined(_MSC_VER)
#if !defined(__AVX512F__)
#error "compile this file with /arch:AVX512"
#endif
#elif !defined(__AVX512F__)
#error "compile this file with -mavx512f -mavx2 -mfma"
#endif

/* Functions of this file alone, by names that no other file has. */
#define tile_13x32 conv_f32_nhwc_3x3s1p1_128x28x28_128_tile_13x32_
#define tile_12x32 conv_f32_nhwc_3x3s1p1_128x28x28_128_tile_12x32_
#define transform_inside conv_f32_nhwc_3x3s1p1_128x28x28_128_transform_inside_
#define transform_edge conv_f32_nhwc_3x3s1p1_128x28x28_128_transform_edge_
#define transform_output conv_f32_nhwc_3x3s1p1_128x28x28_128_transform_output_
#define input_row conv_f32_nhwc_3x3s1p1_128x28x28_128_input_row_
#define output_row conv_f32_nhwc_3x3s1p1_128x28x28_128_output_row_
#define pack_panel conv_f32_nhwc_3x3s1p1_128x28x28_128_pack_panel_
#define multiply_49 conv_f32_nhwc_3x3s1p1_128x28x28_128_multiply_49_
#define multiply conv_f32_nhwc_3x3s1p1_128x28x28_128_multiply_
#define input_task conv_f32_nhwc_3x3s1p1_128x28x28_128_input_task_
#define multiply_task conv_f32_nhwc_3x3s1p1_128x28x28_128_multiply_task_
#define output_task conv_f32_nhwc_3x3s1p1_128x28x28_128_output_task_

/* 13 tiles x 32 channels.
   x: one position of the first tile, transformed; tiles 128 apart.
   w: its panel, 32 numbers a term; next: a share of the panel behind it, not read.
   output: the first tile, first channel; tiles 128 apart. */
static void tile_13x32(const float *x, const float *w, const float *next, float *output)
{
    __m512 acc0_0 = _mm512_setzero_ps();
    __m512 acc0_1 = _mm512_setzero_ps();
    __m512 acc1_0 = _mm512_setzero_ps();
    __m512 acc1_1 = _mm512_setzero_ps();
    __m512 acc2_0 = _mm512_setzero_ps();
    __m512 acc2_1 = _mm512_setzero_ps();
    __m512 acc3_0 = _mm512_setzero_ps();
    __m512 acc3_1 = _mm512_setzero_ps();
    __m512 acc4_0 = _mm512_setzero_ps();
    __m512 acc4_1 = _mm512_setzero_ps();
    __m512 acc5_0 = _mm512_setzero_ps();
    __m512 acc5_1 = _mm512_setzero_ps();
    __m512 acc6_0 = _mm512_setzero_ps();
    __m512 acc6_1 = _mm512_setzero_ps();
    __m512 acc7_0 = _mm512_setzero_ps();
    __m512 acc7_1 = _mm512_setzero_ps();
    __m512 acc8_0 = _mm512_setzero_ps();
    __m512 acc8_1 = _mm512_setzero_ps();
    __m512 acc9_0 = _mm512_setzero_ps();
    __m512 acc9_1 = _mm512_setzero_ps();
    __m512 acc10_0 = _mm512_setzero_ps();
    __m512 acc10_1 = _mm512_setzero_ps();
    __m512 acc11_0 = _mm512_setzero_ps();
    __m512 acc11_1 = _mm512_setzero_ps();
    __m512 acc12_0 = _mm512_setzero_ps();
    __m512 acc12_1 = _mm512_setzero_ps();
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m512 b0 = _mm512_loadu_ps(w);
            const __m512 b1 = _mm512_loadu_ps(w + 16);
            const __m512 a0 = _mm512_set1_ps(*(x_ic));
            acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
            const __m512 a1 = _mm512_set1_ps(*(x_ic + 128));
            acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
            const __m512 a2 = _mm512_set1_ps(*(x_ic + 256));
            acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
            const __m512 a3 = _mm512_set1_ps(*(x_ic + 384));
            acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
            const __m512 a4 = _mm512_set1_ps(*(x_ic + 512));
            acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
            const __m512 a5 = _mm512_set1_ps(*(x_ic + 640));
            acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
            const __m512 a6 = _mm512_set1_ps(*(x_ic + 768));
            acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
            acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
            const __m512 a7 = _mm512_set1_ps(*(x_ic + 896));
            acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
            acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
            const __m512 a8 = _mm512_set1_ps(*(x_ic + 1024));
            acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
            acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
            const __m512 a9 = _mm512_set1_ps(*(x_ic + 1152));
            acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
            acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
            const __m512 a10 = _mm512_set1_ps(*(x_ic + 1280));
            acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
            acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
            const __m512 a11 = _mm512_set1_ps(*(x_ic + 1408));
            acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
            acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
            const __m512 a12 = _mm512_set1_ps(*(x_ic + 1536));
            acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
            acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
            _mm_prefetch((const char *)next, _MM_HINT_T1);
        }
        {
            const __m512 b0 = _mm512_loadu_ps(w + 32);
            const __m512 b1 = _mm512_loadu_ps(w + 48);
            const __m512 a0 = _mm512_set1_ps(*(x_ic + 1));
            acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
            const __m512 a1 = _mm512_set1_ps(*(x_ic + 129));
            acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
            const __m512 a2 = _mm512_set1_ps(*(x_ic + 257));
            acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
            const __m512 a3 = _mm512_set1_ps(*(x_ic + 385));
            acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
            const __m512 a4 = _mm512_set1_ps(*(x_ic + 513));
            acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
            const __m512 a5 = _mm512_set1_ps(*(x_ic + 641));
            acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
            const __m512 a6 = _mm512_set1_ps(*(x_ic + 769));
            acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
            acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
            const __m512 a7 = _mm512_set1_ps(*(x_ic + 897));
            acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
            acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
            const __m512 a8 = _mm512_set1_ps(*(x_ic + 1025));
            acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
            acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
            const __m512 a9 = _mm512_set1_ps(*(x_ic + 1153));
            acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
            acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
            const __m512 a10 = _mm512_set1_ps(*(x_ic + 1281));
            acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
            acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
            const __m512 a11 = _mm512_set1_ps(*(x_ic + 1409));
            acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
            acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
            const __m512 a12 = _mm512_set1_ps(*(x_ic + 1537));
            acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
            acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
            _mm_prefetch((const char *)(next + 16), _MM_HINT_T1);
        }
        {
            const __m512 b0 = _mm512_loadu_ps(w + 64);
            const __m512 b1 = _mm512_loadu_ps(w + 80);
            const __m512 a0 = _mm512_set1_ps(*(x_ic + 2));
            acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
            const __m512 a1 = _mm512_set1_ps(*(x_ic + 130));
            acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
            const __m512 a2 = _mm512_set1_ps(*(x_ic + 258));
            acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
            const __m512 a3 = _mm512_set1_ps(*(x_ic + 386));
            acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
            const __m512 a4 = _mm512_set1_ps(*(x_ic + 514));
            acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
            const __m512 a5 = _mm512_set1_ps(*(x_ic + 642));
            acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
            const __m512 a6 = _mm512_set1_ps(*(x_ic + 770));
            acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
            acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
            const __m512 a7 = _mm512_set1_ps(*(x_ic + 898));
            acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
            acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
            const __m512 a8 = _mm512_set1_ps(*(x_ic + 1026));
            acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
            acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
            const __m512 a9 = _mm512_set1_ps(*(x_ic + 1154));
            acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
            acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
            const __m512 a10 = _mm512_set1_ps(*(x_ic + 1282));
            acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
            acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
            const __m512 a11 = _mm512_set1_ps(*(x_ic + 1410));
            acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
            acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
            const __m512 a12 = _mm512_set1_ps(*(x_ic + 1538));
            acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
            acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
            _mm_prefetch((const char *)(next + 32), _MM_HINT_T1);
        }
        {
            const __m512 b0 = _mm512_loadu_ps(w + 96);
            const __m512 b1 = _mm512_loadu_ps(w + 112);
            const __m512 a0 = _mm512_set1_ps(*(x_ic + 3));
            acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
            const __m512 a1 = _mm512_set1_ps(*(x_ic + 131));
            acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
            const __m512 a2 = _mm512_set1_ps(*(x_ic + 259));
            acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
            const __m512 a3 = _mm512_set1_ps(*(x_ic + 387));
            acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
            const __m512 a4 = _mm512_set1_ps(*(x_ic + 515));
            acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
            const __m512 a5 = _mm512_set1_ps(*(x_ic + 643));
            acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
            const __m512 a6 = _mm512_set1_ps(*(x_ic + 771));
            acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
            acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
            const __m512 a7 = _mm512_set1_ps(*(x_ic + 899));
            acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
            acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
            const __m512 a8 = _mm512_set1_ps(*(x_ic + 1027));
            acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
            acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
            const __m512 a9 = _mm512_set1_ps(*(x_ic + 1155));
            acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
            acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
            const __m512 a10 = _mm512_set1_ps(*(x_ic + 1283));
            acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
            acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
            const __m512 a11 = _mm512_set1_ps(*(x_ic + 1411));
            acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
            acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
            const __m512 a12 = _mm512_set1_ps(*(x_ic + 1539));
            acc12_0 = _mm512_fmadd_ps(a12, b0, acc12_0);
            acc12_1 = _mm512_fmadd_ps(a12, b1, acc12_1);
        }
        w += 128;
        next += 48;
    }
    _mm512_storeu_ps(output, acc0_0);
    _mm512_storeu_ps(output + 16, acc0_1);
    _mm512_storeu_ps(output + 128, acc1_0);
    _mm512_storeu_ps(output + 144, acc1_1);
    _mm512_storeu_ps(output + 256, acc2_0);
    _mm512_storeu_ps(output + 272, acc2_1);
    _mm512_storeu_ps(output + 384, acc3_0);
    _mm512_storeu_ps(output + 400, acc3_1);
    _mm512_storeu_ps(output + 512, acc4_0);
    _mm512_storeu_ps(output + 528, acc4_1);
    _mm512_storeu_ps(output + 640, acc5_0);
    _mm512_storeu_ps(output + 656, acc5_1);
    _mm512_storeu_ps(output + 768, acc6_0);
    _mm512_storeu_ps(output + 784, acc6_1);
    _mm512_storeu_ps(output + 896, acc7_0);
    _mm512_storeu_ps(output + 912, acc7_1);
    _mm512_storeu_ps(output + 1024, acc8_0);
    _mm512_storeu_ps(output + 1040, acc8_1);
    _mm512_storeu_ps(output + 1152, acc9_0);
    _mm512_storeu_ps(output + 1168, acc9_1);
    _mm512_storeu_ps(output + 1280, acc10_0);
    _mm512_storeu_ps(output + 1296, acc10_1);
    _mm512_storeu_ps(output + 1408, acc11_0);
    _mm512_storeu_ps(output + 1424, acc11_1);
    _mm512_storeu_ps(output + 1536, acc12_0);
    _mm512_storeu_ps(output + 1552, acc12_1);
}

/* 12 tiles x 32 channels.
   x: one position of the first tile, transformed; tiles 128 apart.
   w: its panel, 32 numbers a term; next: a share of the panel behind it, not read.
   output: the first tile, first channel; tiles 128 apart. */
static void tile_12x32(const float *x, const float *w, const float *next, float *output)
{
    __m512 acc0_0 = _mm512_setzero_ps();
    __m512 acc0_1 = _mm512_setzero_ps();
    __m512 acc1_0 = _mm512_setzero_ps();
    __m512 acc1_1 = _mm512_setzero_ps();
    __m512 acc2_0 = _mm512_setzero_ps();
    __m512 acc2_1 = _mm512_setzero_ps();
    __m512 acc3_0 = _mm512_setzero_ps();
    __m512 acc3_1 = _mm512_setzero_ps();
    __m512 acc4_0 = _mm512_setzero_ps();
    __m512 acc4_1 = _mm512_setzero_ps();
    __m512 acc5_0 = _mm512_setzero_ps();
    __m512 acc5_1 = _mm512_setzero_ps();
    __m512 acc6_0 = _mm512_setzero_ps();
    __m512 acc6_1 = _mm512_setzero_ps();
    __m512 acc7_0 = _mm512_setzero_ps();
    __m512 acc7_1 = _mm512_setzero_ps();
    __m512 acc8_0 = _mm512_setzero_ps();
    __m512 acc8_1 = _mm512_setzero_ps();
    __m512 acc9_0 = _mm512_setzero_ps();
    __m512 acc9_1 = _mm512_setzero_ps();
    __m512 acc10_0 = _mm512_setzero_ps();
    __m512 acc10_1 = _mm512_setzero_ps();
    __m512 acc11_0 = _mm512_setzero_ps();
    __m512 acc11_1 = _mm512_setzero_ps();
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 128; ic += 4) {
        const float *x_ic = x + ic;
        {
            const __m512 b0 = _mm512_loadu_ps(w);
            const __m512 b1 = _mm512_loadu_ps(w + 16);
            const __m512 a0 = _mm512_set1_ps(*(x_ic));
            acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
            const __m512 a1 = _mm512_set1_ps(*(x_ic + 128));
            acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
            const __m512 a2 = _mm512_set1_ps(*(x_ic + 256));
            acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
            const __m512 a3 = _mm512_set1_ps(*(x_ic + 384));
            acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
            const __m512 a4 = _mm512_set1_ps(*(x_ic + 512));
            acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
            const __m512 a5 = _mm512_set1_ps(*(x_ic + 640));
            acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
            const __m512 a6 = _mm512_set1_ps(*(x_ic + 768));
            acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
            acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
            const __m512 a7 = _mm512_set1_ps(*(x_ic + 896));
            acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
            acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
            const __m512 a8 = _mm512_set1_ps(*(x_ic + 1024));
            acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
            acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
            const __m512 a9 = _mm512_set1_ps(*(x_ic + 1152));
            acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
            acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
            const __m512 a10 = _mm512_set1_ps(*(x_ic + 1280));
            acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
            acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
            const __m512 a11 = _mm512_set1_ps(*(x_ic + 1408));
            acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
            acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
            _mm_prefetch((const char *)next, _MM_HINT_T1);
        }
        {
            const __m512 b0 = _mm512_loadu_ps(w + 32);
            const __m512 b1 = _mm512_loadu_ps(w + 48);
            const __m512 a0 = _mm512_set1_ps(*(x_ic + 1));
            acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
            const __m512 a1 = _mm512_set1_ps(*(x_ic + 129));
            acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
            const __m512 a2 = _mm512_set1_ps(*(x_ic + 257));
            acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
            const __m512 a3 = _mm512_set1_ps(*(x_ic + 385));
            acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
            const __m512 a4 = _mm512_set1_ps(*(x_ic + 513));
            acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
            const __m512 a5 = _mm512_set1_ps(*(x_ic + 641));
            acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
            const __m512 a6 = _mm512_set1_ps(*(x_ic + 769));
            acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
            acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
            const __m512 a7 = _mm512_set1_ps(*(x_ic + 897));
            acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
            acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
            const __m512 a8 = _mm512_set1_ps(*(x_ic + 1025));
            acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
            acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
            const __m512 a9 = _mm512_set1_ps(*(x_ic + 1153));
            acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
            acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
            const __m512 a10 = _mm512_set1_ps(*(x_ic + 1281));
            acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
            acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
            const __m512 a11 = _mm512_set1_ps(*(x_ic + 1409));
            acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
            acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
            _mm_prefetch((const char *)(next + 16), _MM_HINT_T1);
        }
        {
            const __m512 b0 = _mm512_loadu_ps(w + 64);
            const __m512 b1 = _mm512_loadu_ps(w + 80);
            const __m512 a0 = _mm512_set1_ps(*(x_ic + 2));
            acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
            const __m512 a1 = _mm512_set1_ps(*(x_ic + 130));
            acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
            const __m512 a2 = _mm512_set1_ps(*(x_ic + 258));
            acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
            const __m512 a3 = _mm512_set1_ps(*(x_ic + 386));
            acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
            const __m512 a4 = _mm512_set1_ps(*(x_ic + 514));
            acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
            const __m512 a5 = _mm512_set1_ps(*(x_ic + 642));
            acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
            const __m512 a6 = _mm512_set1_ps(*(x_ic + 770));
            acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
            acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
            const __m512 a7 = _mm512_set1_ps(*(x_ic + 898));
            acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
            acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
            const __m512 a8 = _mm512_set1_ps(*(x_ic + 1026));
            acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
            acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
            const __m512 a9 = _mm512_set1_ps(*(x_ic + 1154));
            acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
            acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
            const __m512 a10 = _mm512_set1_ps(*(x_ic + 1282));
            acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
            acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
            const __m512 a11 = _mm512_set1_ps(*(x_ic + 1410));
            acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
            acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
            _mm_prefetch((const char *)(next + 32), _MM_HINT_T1);
        }
        {
            const __m512 b0 = _mm512_loadu_ps(w + 96);
            const __m512 b1 = _mm512_loadu_ps(w + 112);
            const __m512 a0 = _mm512_set1_ps(*(x_ic + 3));
            acc0_0 = _mm512_fmadd_ps(a0, b0, acc0_0);
            acc0_1 = _mm512_fmadd_ps(a0, b1, acc0_1);
            const __m512 a1 = _mm512_set1_ps(*(x_ic + 131));
            acc1_0 = _mm512_fmadd_ps(a1, b0, acc1_0);
            acc1_1 = _mm512_fmadd_ps(a1, b1, acc1_1);
            const __m512 a2 = _mm512_set1_ps(*(x_ic + 259));
            acc2_0 = _mm512_fmadd_ps(a2, b0, acc2_0);
            acc2_1 = _mm512_fmadd_ps(a2, b1, acc2_1);
            const __m512 a3 = _mm512_set1_ps(*(x_ic + 387));
            acc3_0 = _mm512_fmadd_ps(a3, b0, acc3_0);
            acc3_1 = _mm512_fmadd_ps(a3, b1, acc3_1);
            const __m512 a4 = _mm512_set1_ps(*(x_ic + 515));
            acc4_0 = _mm512_fmadd_ps(a4, b0, acc4_0);
            acc4_1 = _mm512_fmadd_ps(a4, b1, acc4_1);
            const __m512 a5 = _mm512_set1_ps(*(x_ic + 643));
            acc5_0 = _mm512_fmadd_ps(a5, b0, acc5_0);
            acc5_1 = _mm512_fmadd_ps(a5, b1, acc5_1);
            const __m512 a6 = _mm512_set1_ps(*(x_ic + 771));
            acc6_0 = _mm512_fmadd_ps(a6, b0, acc6_0);
            acc6_1 = _mm512_fmadd_ps(a6, b1, acc6_1);
            const __m512 a7 = _mm512_set1_ps(*(x_ic + 899));
            acc7_0 = _mm512_fmadd_ps(a7, b0, acc7_0);
            acc7_1 = _mm512_fmadd_ps(a7, b1, acc7_1);
            const __m512 a8 = _mm512_set1_ps(*(x_ic + 1027));
            acc8_0 = _mm512_fmadd_ps(a8, b0, acc8_0);
            acc8_1 = _mm512_fmadd_ps(a8, b1, acc8_1);
            const __m512 a9 = _mm512_set1_ps(*(x_ic + 1155));
            acc9_0 = _mm512_fmadd_ps(a9, b0, acc9_0);
            acc9_1 = _mm512_fmadd_ps(a9, b1, acc9_1);
            const __m512 a10 = _mm512_set1_ps(*(x_ic + 1283));
            acc10_0 = _mm512_fmadd_ps(a10, b0, acc10_0);
            acc10_1 = _mm512_fmadd_ps(a10, b1, acc10_1);
            const __m512 a11 = _mm512_set1_ps(*(x_ic + 1411));
            acc11_0 = _mm512_fmadd_ps(a11, b0, acc11_0);
            acc11_1 = _mm512_fmadd_ps(a11, b1, acc11_1);
        }
        w += 128;
        next += 48;
    }
    _mm512_storeu_ps(output, acc0_0);
    _mm512_storeu_ps(output + 16, acc0_1);
    _mm512_storeu_ps(output + 128, acc1_0);
    _mm512_storeu_ps(output + 144, acc1_1);
    _mm512_storeu_ps(output + 256, acc2_0);
    _mm512_storeu_ps(output + 272, acc2_1);
    _mm512_storeu_ps(output + 384, acc3_0);
    _mm512_storeu_ps(output + 400, acc3_1);
    _mm512_storeu_ps(output + 512, acc4_0);
    _mm512_storeu_ps(output + 528, acc4_1);
    _mm512_storeu_ps(output + 640, acc5_0);
    _mm512_storeu_ps(output + 656, acc5_1);
    _mm512_storeu_ps(output + 768, acc6_0);
    _mm512_storeu_ps(output + 784, acc6_1);
    _mm512_storeu_ps(output + 896, acc7_0);
    _mm512_storeu_ps(output + 912, acc7_1);
    _mm512_storeu_ps(output + 1024, acc8_0);
    _mm512_storeu_ps(output + 1040, acc8_1);
    _mm512_storeu_ps(output + 1152, acc9_0);
    _mm512_storeu_ps(output + 1168, acc9_1);
    _mm512_storeu_ps(output + 1280, acc10_0);
    _mm512_storeu_ps(output + 1296, acc10_1);
    _mm512_storeu_ps(output + 1408, acc11_0);
    _mm512_storeu_ps(output + 1424, acc11_1);
}

/* Transforms a window of 6 x 6 pixels, columns, then rows.
   window: its first pixel; pixels 128 apart, rows 3584.
   v: the tile at the first position; positions 6288 apart, rows of them 37728. */
static void transform_inside(const float *window, float *v)
{
    __m512 columns[36];
    for (ptrdiff_t c = 0; c < 128; c += 16) {
        for (ptrdiff_t j = 0; j < 6; ++j) {
            const float *x = window + j * 128 + c;
            const __m512 x0 = _mm512_loadu_ps(x);
            const __m512 x1 = _mm512_loadu_ps(x + 3584);
            const __m512 x2 = _mm512_loadu_ps(x + 7168);
            const __m512 x3 = _mm512_loadu_ps(x + 10752);
            const __m512 x4 = _mm512_loadu_ps(x + 14336);
            const __m512 x5 = _mm512_loadu_ps(x + 17920);
            const __m512 t0 = _mm512_fmadd_ps(x3, _mm512_set1_ps(5.0f), x2);
            const __m512 t1 = _mm512_sub_ps(x4, x1);
            const __m512 t2 = _mm512_fmadd_ps(t0, _mm512_set1_ps(0.5f), t1);
            const __m512 t3 = _mm512_fmadd_ps(x2, _mm512_set1_ps(-2.5f), x1);
            const __m512 t4 = _mm512_fmadd_ps(x3, _mm512_set1_ps(0.5f), x4);
            const __m512 t5 = _mm512_add_ps(t3, t4);
            const __m512 t6 = _mm512_fmadd_ps(x2, _mm512_set1_ps(-2.0f), x0);
            const __m512 t7 = _mm512_sub_ps(x1, x3);
            const __m512 t8 = _mm512_fmadd_ps(t7, _mm512_set1_ps(-1.5f), x4);
            const __m512 t9 = _mm512_add_ps(t6, t8);
            const __m512 t10 = _mm512_fmadd_ps(x3, _mm512_set1_ps(-2.0f), x1);
            const __m512 t11 = _mm512_sub_ps(x4, x2);
            const __m512 t12 = _mm512_fmadd_ps(t11, _mm512_set1_ps(1.5f), x5);
            const __m512 t13 = _mm512_add_ps(t10, t12);
            const __m512 t14 = _mm512_fmadd_ps(t7, _mm512_set1_ps(-2.0f), t11);
            const __m512 t15 = _mm512_fmadd_ps(t7, _mm512_set1_ps(0.5f), t11);
            columns[j] = t9;
            columns[j + 6] = t2;
            columns[j + 12] = t5;
            columns[j + 18] = t14;
            columns[j + 24] = t15;
            columns[j + 30] = t13;
        }
        for (ptrdiff_t i = 0; i < 6; ++i) {
            const __m512 x0 = columns[i * 6];
            const __m512 x1 = columns[i * 6 + 1];
            const __m512 x2 = columns[i * 6 + 2];
            const __m512 x3 = columns[i * 6 + 3];
            const __m512 x4 = columns[i * 6 + 4];
            const __m512 x5 = columns[i * 6 + 5];
            const __m512 t0 = _mm512_fmadd_ps(x3, _mm512_set1_ps(5.0f), x2);
            const __m512 t1 = _mm512_sub_ps(x4, x1);
            const __m512 t2 = _mm512_fmadd_ps(t0, _mm512_set1_ps(0.5f), t1);
            const __m512 t3 = _mm512_fmadd_ps(x2, _mm512_set1_ps(-2.5f), x1);
            const __m512 t4 = _mm512_fmadd_ps(x3, _mm512_set1_ps(0.5f), x4);
            const __m512 t5 = _mm512_add_ps(t3, t4);
            const __m512 t6 = _mm512_fmadd_ps(x2, _mm512_set1_ps(-2.0f), x0);
            const __m512 t7 = _mm512_sub_ps(x1, x3);
            const __m512 t8 = _mm512_fmadd_ps(t7, _mm512_set1_ps(-1.5f), x4);
            const __m512 t9 = _mm512_add_ps(t6, t8);
            const __m512 t10 = _mm512_fmadd_ps(x3, _mm512_set1_ps(-2.0f), x1);
            const __m512 t11 = _mm512_sub_ps(x4, x2);
            const __m512 t12 = _mm512_fmadd_ps(t11, _mm512_set1_ps(1.5f), x5);
            const __m512 t13 = _mm512_add_ps(t10, t12);
            const __m512 t14 = _mm512_fmadd_ps(t7, _mm512_set1_ps(-2.0f), t11);
            const __m512 t15 = _mm512_fmadd_ps(t7, _mm512_set1_ps(0.5f), t11);
            float *to = v + i * 37728 + c;
            _mm512_storeu_ps(to, t9);
            _mm512_storeu_ps(to + 6288, t2);
            _mm512_storeu_ps(to + 12576, t5);
            _mm512_storeu_ps(to + 18864, t14);
            _mm512_storeu_ps(to + 25152, t15);
            _mm512_storeu_ps(to + 31440, t13);
        }
    }
}

/* The same of a window that reaches into the padding, or beyond it, and begins at row ih, column iw of the input. */
static void transform_edge(const float *input, ptrdiff_t ih, ptrdiff_t iw, float *v)
{
    __m512 columns[36];
    for (ptrdiff_t c = 0; c < 128; c += 16) {
        for (ptrdiff_t j = 0; j < 6; ++j) {
            if (iw + j < 0 || iw + j >= 28) {
                columns[j] = _mm512_setzero_ps();
                columns[j + 6] = _mm512_setzero_ps();
                columns[j + 12] = _mm512_setzero_ps();
                columns[j + 18] = _mm512_setzero_ps();
                columns[j + 24] = _mm512_setzero_ps();
                columns[j + 30] = _mm512_setzero_ps();
                continue;
            }
            const float *x = input + ih * 3584 + (iw + j) * 128 + c;
            const __m512 x0 = ih >= 0 ? _mm512_loadu_ps(x) : _mm512_setzero_ps();
            const __m512 x1 = _mm512_loadu_ps(x + 3584);
            const __m512 x2 = _mm512_loadu_ps(x + 7168);
            const __m512 x3 = _mm512_loadu_ps(x + 10752);
            const __m512 x4 = _mm512_loadu_ps(x + 14336);
            const __m512 x5 = ih + 5 < 28 ? _mm512_loadu_ps(x + 17920) : _mm512_setzero_ps();
            const __m512 t0 = _mm512_fmadd_ps(x3, _mm512_set1_ps(5.0f), x2);
            const __m512 t1 = _mm512_sub_ps(x4, x1);
            const __m512 t2 = _mm512_fmadd_ps(t0, _mm512_set1_ps(0.5f), t1);
            const __m512 t3 = _mm512_fmadd_ps(x2, _mm512_set1_ps(-2.5f), x1);
            const __m512 t4 = _mm512_fmadd_ps(x3, _mm512_set1_ps(0.5f), x4);
            const __m512 t5 = _mm512_add_ps(t3, t4);
            const __m512 t6 = _mm512_fmadd_ps(x2, _mm512_set1_ps(-2.0f), x0);
            const __m512 t7 = _mm512_sub_ps(x1, x3);
            const __m512 t8 = _mm512_fmadd_ps(t7, _mm512_set1_ps(-1.5f), x4);
            const __m512 t9 = _mm512_add_ps(t6, t8);
            const __m512 t10 = _mm512_fmadd_ps(x3, _mm512_set1_ps(-2.0f), x1);
            const __m512 t11 = _mm512_sub_ps(x4, x2);
            const __m512 t12 = _mm512_fmadd_ps(t11, _mm512_set1_ps(1.5f), x5);
            const __m512 t13 = _mm512_add_ps(t10, t12);
            const __m512 t14 = _mm512_fmadd_ps(t7, _mm512_set1_ps(-2.0f), t11);
            const __m512 t15 = _mm512_fmadd_ps(t7, _mm512_set1_ps(0.5f), t11);
            columns[j] = t9;
            columns[j + 6] = t2;
            columns[j + 12] = t5;
            columns[j + 18] = t14;
            columns[j + 24] = t15;
            columns[j + 30] = t13;
        }
        for (ptrdiff_t i = 0; i < 6; ++i) {
            const __m512 x0 = columns[i * 6];
            const __m512 x1 = columns[i * 6 + 1];
            const __m512 x2 = columns[i * 6 + 2];
            const __m512 x3 = columns[i * 6 + 3];
            const __m512 x4 = columns[i * 6 + 4];
            const __m512 x5 = columns[i * 6 + 5];
            const __m512 t0 = _mm512_fmadd_ps(x3, _mm512_set1_ps(5.0f), x2);
            const __m512 t1 = _mm512_sub_ps(x4, x1);
            const __m512 t2 = _mm512_fmadd_ps(t0, _mm512_set1_ps(0.5f), t1);
            const __m512 t3 = _mm512_fmadd_ps(x2, _mm512_set1_ps(-2.5f), x1);
            const __m512 t4 = _mm512_fmadd_ps(x3, _mm512_set1_ps(0.5f), x4);
            const __m512 t5 = _mm512_add_ps(t3, t4);
            const __m512 t6 = _mm512_fmadd_ps(x2, _mm512_set1_ps(-2.0f), x0);
            const __m512 t7 = _mm512_sub_ps(x1, x3);
            const __m512 t8 = _mm512_fmadd_ps(t7, _mm512_set1_ps(-1.5f), x4);
            const __m512 t9 = _mm512_add_ps(t6, t8);
            const __m512 t10 = _mm512_fmadd_ps(x3, _mm512_set1_ps(-2.0f), x1);
            const __m512 t11 = _mm512_sub_ps(x4, x2);
            const __m512 t12 = _mm512_fmadd_ps(t11, _mm512_set1_ps(1.5f), x5);
            const __m512 t13 = _mm512_add_ps(t10, t12);
            const __m512 t14 = _mm512_fmadd_ps(t7, _mm512_set1_ps(-2.0f), t11);
            const __m512 t15 = _mm512_fmadd_ps(t7, _mm512_set1_ps(0.5f), t11);
            float *to = v + i * 37728 + c;
            _mm512_storeu_ps(to, t9);
            _mm512_storeu_ps(to + 6288, t2);
            _mm512_storeu_ps(to + 12576, t5);
            _mm512_storeu_ps(to + 18864, t14);
            _mm512_storeu_ps(to + 25152, t15);
            _mm512_storeu_ps(to + 31440, t13);
        }
    }
}

/* The 4 x 4 outputs of a tile, columns, then rows.
   m: the tile at the first position; positions 6288 apart, rows of them 37728.
   bias: of the first channel.
   output: the first pixel; pixels 128 apart, rows 3584. */
static void transform_output(const float *m, const float *bias, float *output)
{
    __m512 columns[24];
    for (ptrdiff_t c = 0; c < 128; c += 16) {
        for (ptrdiff_t j = 0; j < 6; ++j) {
            const float *from = m + j * 6288 + c;
            const __m512 x0 = _mm512_loadu_ps(from);
            const __m512 x1 = _mm512_loadu_ps(from + 37728);
            const __m512 x2 = _mm512_loadu_ps(from + 75456);
            const __m512 x3 = _mm512_loadu_ps(from + 113184);
            const __m512 x4 = _mm512_loadu_ps(from + 150912);
            const __m512 x5 = _mm512_loadu_ps(from + 188640);
            const __m512 t0 = _mm512_fmadd_ps(x4, _mm512_set1_ps(-4.0f), x3);
            const __m512 t1 = _mm512_sub_ps(x1, x2);
            const __m512 t2 = _mm512_fmadd_ps(t0, _mm512_set1_ps(0.5f), t1);
            const __m512 t3 = _mm512_fmadd_ps(x4, _mm512_set1_ps(16.0f), x3);
            const __m512 t4 = _mm512_add_ps(x1, x2);
            const __m512 t5 = _mm512_fmadd_ps(t3, _mm512_set1_ps(0.25f), t4);
            const __m512 t6 = _mm512_add_ps(x0, x3);
            const __m512 t7 = _mm512_add_ps(x4, t4);
            const __m512 t8 = _mm512_add_ps(t6, t7);
            const __m512 t9 = _mm512_fmadd_ps(x3, _mm512_set1_ps(0.125f), x5);
            const __m512 t10 = _mm512_fmadd_ps(x4, _mm512_set1_ps(-8.0f), t1);
            const __m512 t11 = _mm512_add_ps(t9, t10);
            columns[j] = t8;
            columns[j + 6] = t2;
            columns[j + 12] = t5;
            columns[j + 18] = t11;
        }
        for (ptrdiff_t i = 0; i < 4; ++i) {
            const __m512 x0 = columns[i * 6];
            const __m512 x1 = columns[i * 6 + 1];
            const __m512 x2 = columns[i * 6 + 2];
            const __m512 x3 = columns[i * 6 + 3];
            const __m512 x4 = columns[i * 6 + 4];
            const __m512 x5 = columns[i * 6 + 5];
            const __m512 t0 = _mm512_fmadd_ps(x4, _mm512_set1_ps(-4.0f), x3);
            const __m512 t1 = _mm512_sub_ps(x1, x2);
            const __m512 t2 = _mm512_fmadd_ps(t0, _mm512_set1_ps(0.5f), t1);
            const __m512 t3 = _mm512_fmadd_ps(x4, _mm512_set1_ps(16.0f), x3);
            const __m512 t4 = _mm512_add_ps(x1, x2);
            const __m512 t5 = _mm512_fmadd_ps(t3, _mm512_set1_ps(0.25f), t4);
            const __m512 t6 = _mm512_add_ps(x0, x3);
            const __m512 t7 = _mm512_add_ps(x4, t4);
            const __m512 t8 = _mm512_add_ps(t6, t7);
            const __m512 t9 = _mm512_fmadd_ps(x3, _mm512_set1_ps(0.125f), x5);
            const __m512 t10 = _mm512_fmadd_ps(x4, _mm512_set1_ps(-8.0f), t1);
            const __m512 t11 = _mm512_add_ps(t9, t10);
            const ptrdiff_t at = i * 3584 + c;
            const __m512 y0 = _mm512_add_ps(t8, _mm512_loadu_ps(bias + c));
            _mm512_storeu_ps(output + at, y0);
            const __m512 y1 = _mm512_add_ps(t2, _mm512_loadu_ps(bias + c));
            _mm512_storeu_ps(output + at + 128, y1);
            const __m512 y2 = _mm512_add_ps(t5, _mm512_loadu_ps(bias + c));
            _mm512_storeu_ps(output + at + 256, y2);
            const __m512 y3 = _mm512_add_ps(t11, _mm512_loadu_ps(bias + c));
            _mm512_storeu_ps(output + at + 384, y3);
        }
    }
}

/* Transforms the windows of a row of tiles.
   input: the image, the group's first channel.
   oh: the first row of outputs.
   v: the first tile; tiles 128 apart. */
static void input_row(const float *input, ptrdiff_t oh, float *v)
{
    const ptrdiff_t ih = oh - 1;
    for (ptrdiff_t tile = 0; tile < 7; ++tile) {
        const ptrdiff_t iw = tile * 4 - 1;
        if (ih >= 0 && ih <= 22 && iw >= 0 && iw <= 22) {
            transform_inside(input + ih * 3584 + iw * 128, v + tile * 128);
        } else {
            transform_edge(input, ih, iw, v + tile * 128);
        }
    }
}

/* Transforms the same tiles back.
   m: the first tile; tiles 128 apart.
   bias: of the group's first channel.
   output: the image, the group's first channel.
   oh: the first row of outputs. */
static void output_row(const float *m, const float *bias, float *output, ptrdiff_t oh)
{
    for (ptrdiff_t tile = 0; tile < 7; ++tile) {
        transform_output(m + tile * 128, bias, output + oh * 3584 + tile * 512);
    }
}

#ifndef conv_f32_nhwc_3x3s1p1_128x28x28_128_NO_PACK
/* Packs a panel of U = G g transposed G, as integers over a divisor, so that sums in double hardly round.
   weights: the group's.
   oc0: the panel's first output channel.
   out: the panel at the first position, ic, then output channels; positions 16384 apart.
   Returns the end of the panel there. */
static float *pack_panel(const float *weights, ptrdiff_t oc0, float *out)
{
    static const double g[6][3] = {
        {1.0, 0.0, 0.0},
        {1.0, 1.0, 1.0},
        {-1.0, 1.0, -1.0},
        {-16.0, -8.0, -4.0},
        {1.0, -2.0, 4.0},
        {0.0, 0.0, 1.0},
    };
    static const double over[6] = {1.0, 3.0, 3.0, 15.0, 15.0, 1.0};
    for (ptrdiff_t ic = 0; ic < 128; ++ic) {
        for (ptrdiff_t j = 0; j < 32; ++j) {
            for (ptrdiff_t p = 0; p < 6; ++p) {
                for (ptrdiff_t q = 0; q < 6; ++q) {
                    double sum = 0.0;
                    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
                        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
                            sum += g[p][kh] * g[q][kw] * weights[oc0 + j + ic * 128 + kh * 49152 + kw * 16384];
                        }
                    }
                    out[(p * 6 + q) * 16384 + ic * 32 + j] = (float)(sum / (over[p] * over[q]));
                }
            }
        }
    }
    return out + 4096;
}

void conv_f32_nhwc_3x3s1p1_128x28x28_128_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 32) {
        out = pack_panel(weights, oc0, out);
    }
    out += 573440;
    for (ptrdiff_t oc = 0; oc < 128; ++oc) {
        *out++ = bias[oc];
    }
}

#endif

/* Products of all input channels for 49 tiles, at one position.
   input: tiles 128 apart.
   weights: panels of the position.
   output: tiles 128 apart. */
static void multiply_49(const float *input, const float *weights, float *output)
{
    /* output channels, 32 at a time */
    for (ptrdiff_t oc0 = 0; oc0 < 128; oc0 += 32) {
        tile_13x32(input, weights + oc0 * 128, weights + oc0 * 128 + 4096, output + oc0);
        /* pixels, 12 at a time */
        for (ptrdiff_t ow0 = 13; ow0 < 49; ow0 += 12) {
            tile_12x32(input + ow0 * 128, weights + oc0 * 128, weights + oc0 * 128 + ow0 * 96 + 4096, output + oc0 + ow0 * 128);
        }
    }
}

/* Those of the tiles that have position p.
   p: the position.
   v: the first position; positions 6288 apart.
   weights: the same of U; positions 16384 apart.
   m: as v; positions 6288 apart. */
static void multiply(ptrdiff_t p, const float *v, const float *weights, float *m)
{
    multiply_49(v + p * 6288, weights + p * 16384, m + p * 6288);
}

/* A task: rows of tiles, transformed. The arrays are the layer's. */
static void input_task(size_t task, const float *input, float *workspace)
{
    const ptrdiff_t th = (ptrdiff_t)task; /* row of tiles */
    const ptrdiff_t first = th * 7;
    input_row(input, th * 4, workspace + first * 128);
}

/* A task: products, one for each position. The arrays are the layer's. */
static void multiply_task(size_t task, const float *packed, float *workspace)
{
    multiply((ptrdiff_t)task, workspace, packed, workspace + 226368);
}

/* A task: rows of tiles, transformed back. The arrays are the layer's. */
static void output_task(size_t task, const float *packed, float *output, float *workspace)
{
    const ptrdiff_t th = (ptrdiff_t)task; /* row of tiles */
    const ptrdiff_t first = th * 7;
    output_row(workspace + 226368 + first * 128, packed + 589824, output, th * 4);
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef tile_13x32
#undef tile_12x32
#undef transform_inside
#undef transform_edge
#undef transform_output
#undef input_row
#undef output_row
#undef pack_panel
#undef multiply_49
#undef multiply
#undef input_task
#undef multiply_task
#undef output_task

size_t conv_f32_nhwc_3x3s1p1_128x28x28_128_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 7;
    case 1:
        return 36;
    case 2:
        return 7;
    default:
        return 0;
    }
}

void conv_f32_nhwc_3x3s1p1_128x28x28_128_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    switch (phase) {
    case 0:
        conv_f32_nhwc_3x3s1p1_128x28x28_128_input_task_(task, input, (float *)workspace);
        break;
    case 1:
        conv_f32_nhwc_3x3s1p1_128x28x28_128_multiply_task_(task, (const float *)packed, (float *)workspace);
        break;
    case 2:
        conv_f32_nhwc_3x3s1p1_128x28x28_128_output_task_(task, (const float *)packed, output, (float *)workspace);
        break;
    }
}

void conv_f32_nhwc_3x3s1p1_128x28x28_128(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nhwc_3x3s1p1_128x28x28_128_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nhwc_3x3s1p1_128x28x28_128_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nhwc_3x3s1p1_128x28x28_128_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nhwc_3x3s1p1_128x28x28_128_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
