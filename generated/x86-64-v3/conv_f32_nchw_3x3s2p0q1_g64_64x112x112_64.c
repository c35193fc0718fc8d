/* conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 1 x 64 x 112 x 112, output 1 x 64 x 56 x 56, weights oihw 64 x 1 x 3 x 3
 *           kernel 3x3, stride 2x2, padding 0+1 0+1, 64 groups, bias
 * Command   convgen generate g64ic64ih112oc64oh56kh3sh2ph0 --layout nchw --target x86-64-v3 -o .
 * Plan      depthwise on avx2, lanes over ow, reading the input as it is, edge tiles skip the padding, the next tile's input asked for beforehand
 *           for g: 64 times, a task each
 *             for oh by 4: 14 times
 *               for ow by 16: 4 times
 *                 for kh: 3 times
 *                   for kw: 3 times
 *                     tile of 4 rows x 16 pixels: 14 of 16 registers
 * Tasks     64 (groups)
 * Cost      1806336 multiply-adds; at least 4016640 bytes moved; 2560 bytes packed, 0 of workspace
 * Code      about 6494 bytes compiled for size, rarely more than 10156 for speed
 * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 9 u / (1 - 9 u) = 5.36e-07, u = 2^-24
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 1.89e+37, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#if !defined(__x86_64__) && !defined(__i386__) && !defined(_M_X64)
#error "this file is for x86-64"
#endif
#include "conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64.h"

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
/* Loading an input again is cheaper than keeping it: registers are for sums. */
#if defined(__GNUC__) || defined(__clang__)
#define RELOAD __asm__ volatile("" ::: "memory")
#else
#define RELOAD (void)0
#endif

/* Functions of this file alone, by names that no other file has. */
#define some_lanes conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_some_lanes_
#define alternate_lanes conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_alternate_lanes_
#define patch_4x16 conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_patch_4x16_
#define patch_4x8_pixel48 conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_patch_4x8_pixel48_
#define tile_4x16 conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_tile_4x16_
#define tile_4x8_pixel48 conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_tile_4x8_pixel48_
#define tile_4x16_row52 conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_tile_4x16_row52_
#define tile_4x8_row52_pixel48 conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_tile_4x8_row52_pixel48_
#define pack_panel conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_pack_panel_
#define compute_task conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_compute_task_

/* All ones in lanes first to end - 1; both are constants at every call, so this is one too. */
static inline __m256i some_lanes(int first, int end)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i before = _mm256_cmpgt_epi32(_mm256_set1_epi32(first), lane);
    return _mm256_andnot_si256(before, _mm256_cmpgt_epi32(_mm256_set1_epi32(end), lane));
}

/* The shuffles above work in halves of a vector; this brings their quarters into order. */
static inline __m256 alternate_lanes(__m256 a)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(a), 0xd8));
}

/* Compiled anew in each function that calls it, for the constants that this one gives: their conditions vanish. */
#if defined(__GNUC__) || defined(__clang__)
#define FOLDED inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define FOLDED __forceinline
#else
#define FOLDED inline
#endif

/* Up to 4 rows x 16 pixels.
   x: the window's first row on the input, its first column; rows 112 apart.
   w: its weights, 1 a tap.
   bottom: the row behind its last one there.
   bias: of the first channel.
   output: the first row, first pixel, first channel; rows 56 apart. */
static FOLDED void patch_4x16(const float *x, const float *w, const float *bias, float *output, int bottom)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc0_1 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias);
    __m256 acc1_1 = _mm256_broadcast_ss(bias);
    __m256 acc2_0 = _mm256_broadcast_ss(bias);
    __m256 acc2_1 = _mm256_broadcast_ss(bias);
    __m256 acc3_0 = _mm256_broadcast_ss(bias);
    __m256 acc3_1 = _mm256_broadcast_ss(bias);
    /* the next tile's outputs */
    _mm_prefetch((const char *)(output + 224), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 280), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 336), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 392), _MM_HINT_T1);
    /* row 0 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x);
        const __m256 p0_8 = _mm256_loadu_ps(x + 8);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        const __m256 p1_0 = _mm256_loadu_ps(x + 16);
        const __m256 p1_8 = _mm256_loadu_ps(x + 24);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        RELOAD;
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc0_0 = _mm256_fmadd_ps(a0_0, w0_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w0_0, acc0_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc0_0 = _mm256_fmadd_ps(a0_1, w0_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w0_1, acc0_1);
        const __m256 p0_2 = _mm256_loadu_ps(x + 2);
        const __m256 p0_10 = _mm256_loadu_ps(x + 10);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x + 18);
        const __m256 p1_10 = _mm256_loadu_ps(x + 26);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc0_0 = _mm256_fmadd_ps(a0_2, w0_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w0_2, acc0_1);
    }
    RELOAD;
    /* row 1 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 112);
        const __m256 p0_8 = _mm256_loadu_ps(x + 120);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1008), _MM_HINT_T1);
        const __m256 p1_0 = _mm256_loadu_ps(x + 128);
        const __m256 p1_8 = _mm256_loadu_ps(x + 136);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        _mm_prefetch((const char *)(x + 1024), _MM_HINT_T1);
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc0_0 = _mm256_fmadd_ps(a0_0, w1_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w1_0, acc0_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc0_0 = _mm256_fmadd_ps(a0_1, w1_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w1_1, acc0_1);
        const __m256 p0_2 = _mm256_loadu_ps(x + 114);
        const __m256 p0_10 = _mm256_loadu_ps(x + 122);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x + 130);
        const __m256 p1_10 = _mm256_loadu_ps(x + 138);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc0_0 = _mm256_fmadd_ps(a0_2, w1_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w1_2, acc0_1);
    }
    RELOAD;
    /* row 2 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 224);
        const __m256 p0_8 = _mm256_loadu_ps(x + 232);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1120), _MM_HINT_T1);
        const __m256 p1_0 = _mm256_loadu_ps(x + 240);
        const __m256 p1_8 = _mm256_loadu_ps(x + 248);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        _mm_prefetch((const char *)(x + 1136), _MM_HINT_T1);
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc0_0 = _mm256_fmadd_ps(a0_0, w2_0, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_0, w2_0, acc0_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc1_0 = _mm256_fmadd_ps(a0_0, w0_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w0_0, acc1_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc0_0 = _mm256_fmadd_ps(a0_1, w2_1, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_1, w2_1, acc0_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc1_0 = _mm256_fmadd_ps(a0_1, w0_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w0_1, acc1_1);
        const __m256 p0_2 = _mm256_loadu_ps(x + 226);
        const __m256 p0_10 = _mm256_loadu_ps(x + 234);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x + 242);
        const __m256 p1_10 = _mm256_loadu_ps(x + 250);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc0_0 = _mm256_fmadd_ps(a0_2, w2_2, acc0_0);
        acc0_1 = _mm256_fmadd_ps(a1_2, w2_2, acc0_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc1_0 = _mm256_fmadd_ps(a0_2, w0_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w0_2, acc1_1);
    }
    RELOAD;
    /* row 3 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 336);
        const __m256 p0_8 = _mm256_loadu_ps(x + 344);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1232), _MM_HINT_T1);
        const __m256 p1_0 = _mm256_loadu_ps(x + 352);
        const __m256 p1_8 = _mm256_loadu_ps(x + 360);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        _mm_prefetch((const char *)(x + 1248), _MM_HINT_T1);
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc1_0 = _mm256_fmadd_ps(a0_0, w1_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w1_0, acc1_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc1_0 = _mm256_fmadd_ps(a0_1, w1_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w1_1, acc1_1);
        const __m256 p0_2 = _mm256_loadu_ps(x + 338);
        const __m256 p0_10 = _mm256_loadu_ps(x + 346);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x + 354);
        const __m256 p1_10 = _mm256_loadu_ps(x + 362);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc1_0 = _mm256_fmadd_ps(a0_2, w1_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w1_2, acc1_1);
    }
    RELOAD;
    /* row 4 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 448);
        const __m256 p0_8 = _mm256_loadu_ps(x + 456);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1344), _MM_HINT_T1);
        const __m256 p1_0 = _mm256_loadu_ps(x + 464);
        const __m256 p1_8 = _mm256_loadu_ps(x + 472);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        _mm_prefetch((const char *)(x + 1360), _MM_HINT_T1);
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc1_0 = _mm256_fmadd_ps(a0_0, w2_0, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_0, w2_0, acc1_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc2_0 = _mm256_fmadd_ps(a0_0, w0_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w0_0, acc2_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc1_0 = _mm256_fmadd_ps(a0_1, w2_1, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_1, w2_1, acc1_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc2_0 = _mm256_fmadd_ps(a0_1, w0_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w0_1, acc2_1);
        const __m256 p0_2 = _mm256_loadu_ps(x + 450);
        const __m256 p0_10 = _mm256_loadu_ps(x + 458);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x + 466);
        const __m256 p1_10 = _mm256_loadu_ps(x + 474);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc1_0 = _mm256_fmadd_ps(a0_2, w2_2, acc1_0);
        acc1_1 = _mm256_fmadd_ps(a1_2, w2_2, acc1_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc2_0 = _mm256_fmadd_ps(a0_2, w0_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w0_2, acc2_1);
    }
    RELOAD;
    /* row 5 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 560);
        const __m256 p0_8 = _mm256_loadu_ps(x + 568);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1456), _MM_HINT_T1);
        const __m256 p1_0 = _mm256_loadu_ps(x + 576);
        const __m256 p1_8 = _mm256_loadu_ps(x + 584);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        _mm_prefetch((const char *)(x + 1472), _MM_HINT_T1);
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc2_0 = _mm256_fmadd_ps(a0_0, w1_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w1_0, acc2_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc2_0 = _mm256_fmadd_ps(a0_1, w1_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w1_1, acc2_1);
        const __m256 p0_2 = _mm256_loadu_ps(x + 562);
        const __m256 p0_10 = _mm256_loadu_ps(x + 570);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x + 578);
        const __m256 p1_10 = _mm256_loadu_ps(x + 586);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc2_0 = _mm256_fmadd_ps(a0_2, w1_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w1_2, acc2_1);
    }
    RELOAD;
    /* row 6 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 672);
        const __m256 p0_8 = _mm256_loadu_ps(x + 680);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1568), _MM_HINT_T1);
        const __m256 p1_0 = _mm256_loadu_ps(x + 688);
        const __m256 p1_8 = _mm256_loadu_ps(x + 696);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        _mm_prefetch((const char *)(x + 1584), _MM_HINT_T1);
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc2_0 = _mm256_fmadd_ps(a0_0, w2_0, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_0, w2_0, acc2_1);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc3_0 = _mm256_fmadd_ps(a0_0, w0_0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_0, w0_0, acc3_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc2_0 = _mm256_fmadd_ps(a0_1, w2_1, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_1, w2_1, acc2_1);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc3_0 = _mm256_fmadd_ps(a0_1, w0_1, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_1, w0_1, acc3_1);
        const __m256 p0_2 = _mm256_loadu_ps(x + 674);
        const __m256 p0_10 = _mm256_loadu_ps(x + 682);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x + 690);
        const __m256 p1_10 = _mm256_loadu_ps(x + 698);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc2_0 = _mm256_fmadd_ps(a0_2, w2_2, acc2_0);
        acc2_1 = _mm256_fmadd_ps(a1_2, w2_2, acc2_1);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc3_0 = _mm256_fmadd_ps(a0_2, w0_2, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_2, w0_2, acc3_1);
    }
    RELOAD;
    /* row 7 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 784);
        const __m256 p0_8 = _mm256_loadu_ps(x + 792);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1680), _MM_HINT_T1);
        const __m256 p1_0 = _mm256_loadu_ps(x + 800);
        const __m256 p1_8 = _mm256_loadu_ps(x + 808);
        const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
        _mm_prefetch((const char *)(x + 1696), _MM_HINT_T1);
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc3_0 = _mm256_fmadd_ps(a0_0, w1_0, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_0, w1_0, acc3_1);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc3_0 = _mm256_fmadd_ps(a0_1, w1_1, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_1, w1_1, acc3_1);
        const __m256 p0_2 = _mm256_loadu_ps(x + 786);
        const __m256 p0_10 = _mm256_loadu_ps(x + 794);
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        const __m256 p1_2 = _mm256_loadu_ps(x + 802);
        const __m256 p1_10 = _mm256_loadu_ps(x + 810);
        const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc3_0 = _mm256_fmadd_ps(a0_2, w1_2, acc3_0);
        acc3_1 = _mm256_fmadd_ps(a1_2, w1_2, acc3_1);
    }
    RELOAD;
    if (bottom > 8) {
        /* row 8 of the window */
        {
            const __m256 p0_0 = _mm256_loadu_ps(x + 896);
            const __m256 p0_8 = _mm256_loadu_ps(x + 904);
            const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
            _mm_prefetch((const char *)(x + 1792), _MM_HINT_T1);
            const __m256 p1_0 = _mm256_loadu_ps(x + 912);
            const __m256 p1_8 = _mm256_loadu_ps(x + 920);
            const __m256 a1_0 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0x88));
            _mm_prefetch((const char *)(x + 1808), _MM_HINT_T1);
            RELOAD;
            const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
            acc3_0 = _mm256_fmadd_ps(a0_0, w2_0, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a1_0, w2_0, acc3_1);
            const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
            const __m256 a1_1 = alternate_lanes(_mm256_shuffle_ps(p1_0, p1_8, 0xdd));
            RELOAD;
            const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
            acc3_0 = _mm256_fmadd_ps(a0_1, w2_1, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a1_1, w2_1, acc3_1);
            const __m256 p0_2 = _mm256_loadu_ps(x + 898);
            const __m256 p0_10 = _mm256_loadu_ps(x + 906);
            const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
            const __m256 p1_2 = _mm256_loadu_ps(x + 914);
            const __m256 p1_10 = _mm256_loadu_ps(x + 922);
            const __m256 a1_2 = alternate_lanes(_mm256_shuffle_ps(p1_2, p1_10, 0x88));
            RELOAD;
            const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
            acc3_0 = _mm256_fmadd_ps(a0_2, w2_2, acc3_0);
            acc3_1 = _mm256_fmadd_ps(a1_2, w2_2, acc3_1);
        }
        RELOAD;
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 8, acc0_1);
    _mm256_storeu_ps(output + 56, acc1_0);
    _mm256_storeu_ps(output + 64, acc1_1);
    _mm256_storeu_ps(output + 112, acc2_0);
    _mm256_storeu_ps(output + 120, acc2_1);
    _mm256_storeu_ps(output + 168, acc3_0);
    _mm256_storeu_ps(output + 176, acc3_1);
}

/* Up to 4 rows x 8 pixels, from pixel 48.
   x: the window's first row on the input, column 0; rows 112 apart.
   w: its weights, 1 a tap.
   bottom: the row behind its last one there.
   bias: of the first channel.
   output: the first row, first pixel, first channel; rows 56 apart. */
static FOLDED void patch_4x8_pixel48(const float *x, const float *w, const float *bias, float *output, int bottom)
{
    __m256 acc0_0 = _mm256_broadcast_ss(bias);
    __m256 acc1_0 = _mm256_broadcast_ss(bias);
    __m256 acc2_0 = _mm256_broadcast_ss(bias);
    __m256 acc3_0 = _mm256_broadcast_ss(bias);
    /* the next tile's outputs */
    _mm_prefetch((const char *)(output + 224), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 280), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 336), _MM_HINT_T1);
    _mm_prefetch((const char *)(output + 392), _MM_HINT_T1);
    /* row 0 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 96);
        const __m256 p0_8 = _mm256_loadu_ps(x + 104);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        RELOAD;
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc0_0 = _mm256_fmadd_ps(a0_0, w0_0, acc0_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc0_0 = _mm256_fmadd_ps(a0_1, w0_1, acc0_0);
        const __m256 p0_2 = _mm256_loadu_ps(x + 98);
        const __m256 p0_10 = _mm256_maskload_ps(x + 106, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc0_0 = _mm256_fmadd_ps(a0_2, w0_2, acc0_0);
    }
    RELOAD;
    /* row 1 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 208);
        const __m256 p0_8 = _mm256_loadu_ps(x + 216);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1104), _MM_HINT_T1);
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc0_0 = _mm256_fmadd_ps(a0_0, w1_0, acc0_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc0_0 = _mm256_fmadd_ps(a0_1, w1_1, acc0_0);
        const __m256 p0_2 = _mm256_loadu_ps(x + 210);
        const __m256 p0_10 = _mm256_maskload_ps(x + 218, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc0_0 = _mm256_fmadd_ps(a0_2, w1_2, acc0_0);
    }
    RELOAD;
    /* row 2 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 320);
        const __m256 p0_8 = _mm256_loadu_ps(x + 328);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1216), _MM_HINT_T1);
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc0_0 = _mm256_fmadd_ps(a0_0, w2_0, acc0_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc1_0 = _mm256_fmadd_ps(a0_0, w0_0, acc1_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc0_0 = _mm256_fmadd_ps(a0_1, w2_1, acc0_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc1_0 = _mm256_fmadd_ps(a0_1, w0_1, acc1_0);
        const __m256 p0_2 = _mm256_loadu_ps(x + 322);
        const __m256 p0_10 = _mm256_maskload_ps(x + 330, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc0_0 = _mm256_fmadd_ps(a0_2, w2_2, acc0_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc1_0 = _mm256_fmadd_ps(a0_2, w0_2, acc1_0);
    }
    RELOAD;
    /* row 3 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 432);
        const __m256 p0_8 = _mm256_loadu_ps(x + 440);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1328), _MM_HINT_T1);
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc1_0 = _mm256_fmadd_ps(a0_0, w1_0, acc1_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc1_0 = _mm256_fmadd_ps(a0_1, w1_1, acc1_0);
        const __m256 p0_2 = _mm256_loadu_ps(x + 434);
        const __m256 p0_10 = _mm256_maskload_ps(x + 442, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc1_0 = _mm256_fmadd_ps(a0_2, w1_2, acc1_0);
    }
    RELOAD;
    /* row 4 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 544);
        const __m256 p0_8 = _mm256_loadu_ps(x + 552);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1440), _MM_HINT_T1);
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc1_0 = _mm256_fmadd_ps(a0_0, w2_0, acc1_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc2_0 = _mm256_fmadd_ps(a0_0, w0_0, acc2_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc1_0 = _mm256_fmadd_ps(a0_1, w2_1, acc1_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc2_0 = _mm256_fmadd_ps(a0_1, w0_1, acc2_0);
        const __m256 p0_2 = _mm256_loadu_ps(x + 546);
        const __m256 p0_10 = _mm256_maskload_ps(x + 554, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc1_0 = _mm256_fmadd_ps(a0_2, w2_2, acc1_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc2_0 = _mm256_fmadd_ps(a0_2, w0_2, acc2_0);
    }
    RELOAD;
    /* row 5 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 656);
        const __m256 p0_8 = _mm256_loadu_ps(x + 664);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1552), _MM_HINT_T1);
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc2_0 = _mm256_fmadd_ps(a0_0, w1_0, acc2_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc2_0 = _mm256_fmadd_ps(a0_1, w1_1, acc2_0);
        const __m256 p0_2 = _mm256_loadu_ps(x + 658);
        const __m256 p0_10 = _mm256_maskload_ps(x + 666, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc2_0 = _mm256_fmadd_ps(a0_2, w1_2, acc2_0);
    }
    RELOAD;
    /* row 6 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 768);
        const __m256 p0_8 = _mm256_loadu_ps(x + 776);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1664), _MM_HINT_T1);
        RELOAD;
        const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
        acc2_0 = _mm256_fmadd_ps(a0_0, w2_0, acc2_0);
        const __m256 w0_0 = _mm256_broadcast_ss(w);
        acc3_0 = _mm256_fmadd_ps(a0_0, w0_0, acc3_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
        acc2_0 = _mm256_fmadd_ps(a0_1, w2_1, acc2_0);
        const __m256 w0_1 = _mm256_broadcast_ss(w + 1);
        acc3_0 = _mm256_fmadd_ps(a0_1, w0_1, acc3_0);
        const __m256 p0_2 = _mm256_loadu_ps(x + 770);
        const __m256 p0_10 = _mm256_maskload_ps(x + 778, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
        acc2_0 = _mm256_fmadd_ps(a0_2, w2_2, acc2_0);
        const __m256 w0_2 = _mm256_broadcast_ss(w + 2);
        acc3_0 = _mm256_fmadd_ps(a0_2, w0_2, acc3_0);
    }
    RELOAD;
    /* row 7 of the window */
    {
        const __m256 p0_0 = _mm256_loadu_ps(x + 880);
        const __m256 p0_8 = _mm256_loadu_ps(x + 888);
        const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
        _mm_prefetch((const char *)(x + 1776), _MM_HINT_T1);
        RELOAD;
        const __m256 w1_0 = _mm256_broadcast_ss(w + 3);
        acc3_0 = _mm256_fmadd_ps(a0_0, w1_0, acc3_0);
        const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
        RELOAD;
        const __m256 w1_1 = _mm256_broadcast_ss(w + 4);
        acc3_0 = _mm256_fmadd_ps(a0_1, w1_1, acc3_0);
        const __m256 p0_2 = _mm256_loadu_ps(x + 882);
        const __m256 p0_10 = _mm256_maskload_ps(x + 890, some_lanes(0, 6));
        const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
        RELOAD;
        const __m256 w1_2 = _mm256_broadcast_ss(w + 5);
        acc3_0 = _mm256_fmadd_ps(a0_2, w1_2, acc3_0);
    }
    RELOAD;
    if (bottom > 8) {
        /* row 8 of the window */
        {
            const __m256 p0_0 = _mm256_loadu_ps(x + 992);
            const __m256 p0_8 = _mm256_loadu_ps(x + 1000);
            const __m256 a0_0 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0x88));
            _mm_prefetch((const char *)(x + 1888), _MM_HINT_T1);
            RELOAD;
            const __m256 w2_0 = _mm256_broadcast_ss(w + 6);
            acc3_0 = _mm256_fmadd_ps(a0_0, w2_0, acc3_0);
            const __m256 a0_1 = alternate_lanes(_mm256_shuffle_ps(p0_0, p0_8, 0xdd));
            RELOAD;
            const __m256 w2_1 = _mm256_broadcast_ss(w + 7);
            acc3_0 = _mm256_fmadd_ps(a0_1, w2_1, acc3_0);
            const __m256 p0_2 = _mm256_loadu_ps(x + 994);
            const __m256 p0_10 = _mm256_maskload_ps(x + 1002, some_lanes(0, 6));
            const __m256 a0_2 = alternate_lanes(_mm256_shuffle_ps(p0_2, p0_10, 0x88));
            RELOAD;
            const __m256 w2_2 = _mm256_broadcast_ss(w + 8);
            acc3_0 = _mm256_fmadd_ps(a0_2, w2_2, acc3_0);
        }
        RELOAD;
    }
    _mm256_storeu_ps(output, acc0_0);
    _mm256_storeu_ps(output + 56, acc1_0);
    _mm256_storeu_ps(output + 112, acc2_0);
    _mm256_storeu_ps(output + 168, acc3_0);
}

#undef FOLDED
/* 4 rows x 16 pixels: patch_4x16 for these. */
static void tile_4x16(const float *x, const float *w, const float *bias, float *output)
{
    patch_4x16(x, w, bias, output, 9);
}

/* 4 rows x 8 pixels, from pixel 48: patch_4x8_pixel48 for these. */
static void tile_4x8_pixel48(const float *x, const float *w, const float *bias, float *output)
{
    patch_4x8_pixel48(x, w, bias, output, 9);
}

/* 4 rows x 16 pixels, from row 52: patch_4x16 for these. */
static void tile_4x16_row52(const float *x, const float *w, const float *bias, float *output)
{
    patch_4x16(x, w, bias, output, 8);
}

/* 4 rows x 8 pixels, from row 52, from pixel 48: patch_4x8_pixel48 for these. */
static void tile_4x8_row52_pixel48(const float *x, const float *w, const float *bias, float *output)
{
    patch_4x8_pixel48(x, w, bias, output, 8);
}

#ifndef conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_NO_PACK
/* Packs a panel: kh, kw, 1 output channel.
   weights: the group's. out: the panel. Returns its end. */
static float *pack_panel(const float *weights, float *out)
{
    for (ptrdiff_t kh = 0; kh < 3; ++kh) {
        for (ptrdiff_t kw = 0; kw < 3; ++kw) {
            *out++ = weights[kh * 3 + kw];
        }
    }
    return out;
}

void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_pack(const float *weights, const float *bias, void *packed)
{
    float *out = (float *)packed;
    for (ptrdiff_t g = 0; g < 64; ++g) {
        out = pack_panel(weights + g * 9, out);
    }
    for (ptrdiff_t g = 0; g < 64; ++g) {
        *out++ = bias[g];
    }
}

#endif

/* A task: groups. The arrays are the layer's. */
static void compute_task(size_t task, const float *input, const float *packed, float *output)
{
    const float *weights = packed;
    const float *bias = packed + 576;
    const ptrdiff_t g = (ptrdiff_t)task; /* groups */
    /* output rows, 4 at a time */
    for (ptrdiff_t oh0 = 0; oh0 < 52; oh0 += 4) {
        /* pixels, 16 at a time */
        for (ptrdiff_t ow0 = 0; ow0 < 48; ow0 += 16) {
            tile_4x16(input + g * 12544 + oh0 * 224 + ow0 * 2, weights + g * 9, bias + g, output + g * 3136 + oh0 * 56 + ow0);
        }
        tile_4x8_pixel48(input + g * 12544 + oh0 * 224, weights + g * 9, bias + g, output + g * 3136 + oh0 * 56 + 48);
    }
    /* pixels, 16 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < 48; ow0 += 16) {
        tile_4x16_row52(input + g * 12544 + ow0 * 2 + 11648, weights + g * 9, bias + g, output + g * 3136 + ow0 + 2912);
    }
    tile_4x8_row52_pixel48(input + g * 12544 + 11648, weights + g * 9, bias + g, output + g * 3136 + 2960);
}

/* From here on, and in a file that is compiled behind this one, names mean what they did before. */
#undef some_lanes
#undef alternate_lanes
#undef patch_4x16
#undef patch_4x8_pixel48
#undef tile_4x16
#undef tile_4x8_pixel48
#undef tile_4x16_row52
#undef tile_4x8_row52_pixel48
#undef pack_panel
#undef compute_task
#undef RELOAD

size_t conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_tasks(int phase)
{
    switch (phase) {
    case 0:
        return 64;
    default:
        return 0;
    }
}

void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace)
{
    (void)worker;
    (void)workspace;
    switch (phase) {
    case 0:
        conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_compute_task_(task, input, (const float *)packed, output);
        break;
    }
}

void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64(const float *input, const void *packed, float *output, void *workspace, int workers)
{
#ifndef _OPENMP
    (void)workers;
#endif
    for (int phase = 0; phase < conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_PHASES; ++phase) {
        const ptrdiff_t tasks = (ptrdiff_t)conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_tasks(phase);
#ifdef _OPENMP
        if (workers > 1 && tasks > 1) {
#pragma omp parallel for schedule(static) num_threads(workers)
            for (ptrdiff_t task = 0; task < tasks; ++task) {
                conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_task(phase, (size_t)task, omp_get_thread_num(), input, packed, output, workspace);
            }
            continue;
        }
#endif
        for (ptrdiff_t task = 0; task < tasks; ++task) {
            conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_task(phase, (size_t)task, 0, input, packed, output, workspace);
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
