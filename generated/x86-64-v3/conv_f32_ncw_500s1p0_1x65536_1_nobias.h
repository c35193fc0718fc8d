/* conv_f32_ncw_500s1p0_1x65536_1_nobias: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input ncw 1 x 1 x 65536, output 1 x 1 x 65037, weights oihw 1 x 1 x 500
 * kernel 500, stride 1
 * |error| <= g S, S = sum ||x|| ||w||, g = 84 u / (1 - 84 u) = 5.01e-06, u = 2^-24; over input
 * channels and parts of the kernel; || || is the root of the sum of squares, of blocks of the input
 * that are transformed together, so S counts all pixels of these, also those that it does not read
 * (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <= W, S is at most 2024 X W,
 * 4.05 times that of a direct sum
 * nothing overflows where |x| <= X and |w| <= W, X <= 4.15e+34, X W <= 1.18e+35
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NCW_500S1P0_1X65536_1_NOBIAS_H
#define CONV_F32_NCW_500S1P0_1X65536_1_NOBIAS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32_ncw_500s1p0_1x65536_1_nobias_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_N 1
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_G 1
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_IC 1
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_IW 65536
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_OC 1
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_OW 65037
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_KW 500
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_SW 1
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_DW 1
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_LEFT 0
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_RIGHT 0
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_BIAS 0
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_SLOPES 0
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_WEIGHTS_BYTES 2000
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_BIAS_BYTES 4
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_INPUT_BYTES 262144
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_OUTPUT_BYTES 260148
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_PACKED_BYTES 69568
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_WORKSPACE_BYTES(workers) (0ull + 98496ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void conv_f32_ncw_500s1p0_1x65536_1_nobias_pack(const float *weights, const float *bias, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output. */
void conv_f32_ncw_500s1p0_1x65536_1_nobias(const float *input, const void *packed, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_f32_ncw_500s1p0_1x65536_1_nobias_tasks(phase), which is 0 for a phase that there is not. */
#define conv_f32_ncw_500s1p0_1x65536_1_nobias_PHASES 1
size_t conv_f32_ncw_500s1p0_1x65536_1_nobias_tasks(int phase);
void conv_f32_ncw_500s1p0_1x65536_1_nobias_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
